#include "broker/listener_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/banned.h"

enum { BACKLOG = 16, PATH_TEXT_MAX = 4096 };

/* Paths of sockets have 107 bytes; a longer one is reached by its folder's descriptor. */
static enum status address_of_path(const char *path, struct sockaddr_un *ret, int *ret_folder,
                                   struct why *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len < sizeof address.sun_path) {
        memcpy(address.sun_path, path, len);
        *ret = address;
        return STATUS_OK;
    }
    const char *slash = strrchr(path, '/');
    char folder[PATH_TEXT_MAX];
    if (slash == NULL || (size_t)(slash - path) >= sizeof folder) {
        return why_set(why, STATUS_INVALID, "%.64s... is too long for a socket", path);
    }
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int n =
        snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", fd, slash + 1);
    if (fd < 0 || n < 0 || (size_t)n >= sizeof address.sun_path) {
        if (fd >= 0) {
            close(fd);
        }
        return why_set(why, STATUS_INVALID, "%.64s... is too long for a socket", path);
    }
    *ret = address;
    *ret_folder = fd;
    return STATUS_OK;
}

static enum status remove_former(const char *path, struct why *why)
{
    struct stat st;
    if (lstat(path, &st) != 0) {
        return STATUS_OK;
    }
    if (!S_ISSOCK(st.st_mode)) {
        return why_set(why, STATUS_INVALID, "%s is there already, and is no socket", path);
    }
    return unlink(path) == 0 ? STATUS_OK
                             : why_set(why, STATUS_IO, "%s: %s", path, strerrordesc_np(errno));
}

static enum status bind_at(struct listener *listener, const struct sockaddr_un *address,
                           struct why *why)
{
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* Nobody can connect before listen, so the mode is right when it matters. */
    if (listener->fd < 0 ||
        bind(listener->fd, (const struct sockaddr *)address, sizeof *address) != 0 ||
        chmod(listener->path, 0660) != 0 || listen(listener->fd, BACKLOG) != 0) {
        return why_set(why, STATUS_IO, "%s: %s", listener->path, strerrordesc_np(errno));
    }
    return STATUS_OK;
}

enum status listener_open(struct listener *listener, struct str path, const uid_t *users,
                          size_t n_users, struct why *why)
{
    struct sockaddr_un address;
    int folder = -1;
    *listener = (struct listener){.fd = -1, .path = mem_alloc(path.len + 1)};
    TRY_PTR(listener->path);
    memcpy(listener->path, path.ptr, path.len);
    for (size_t i = 0; i < n_users && i < LISTENER_USERS_MAX; i++) {
        listener->users[listener->n_users++] = users[i];
    }
    enum status status = remove_former(listener->path, why);
    if (status == STATUS_OK) {
        status = address_of_path(listener->path, &address, &folder, why);
    }
    if (status == STATUS_OK) {
        status = bind_at(listener, &address, why);
    }
    if (folder >= 0) {
        close(folder);
    }
    return status;
}

static bool may_come(const struct listener *listener, uid_t uid)
{
    bool may = uid == geteuid() || uid == 0;
    for (size_t i = 0; i < listener->n_users; i++) {
        may |= uid == listener->users[i];
    }
    return may;
}

int listener_accept(struct listener *listener, int64_t *ret_uid, struct why *why)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return -1; /* nobody, or one who has gone again */
    }
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
        why_fill(why, STATUS_IO, 0, "the kernel does not say whose it is");
        close(fd);
        return -1;
    }
    *ret_uid = peer.uid;
    if (!may_come(listener, peer.uid)) {
        why_fill(why, STATUS_DENIED, 0, "user %lu may not come here; broker-user names who may",
                 (unsigned long)peer.uid);
        close(fd);
        return -1;
    }
    return fd;
}

void listener_close(struct listener *listener)
{
    if (listener->fd >= 0) {
        unlink(listener->path);
        close(listener->fd);
    }
    mem_free(listener->path);
    *listener = (struct listener){.fd = -1};
}
