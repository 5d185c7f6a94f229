#include "daemon/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

enum { TEXT_MAX = 80 };

/* The manager orders a reload before the "ready" that ends it by the monotonic time. */
static void write_text(enum notice notice, char text[TEXT_MAX])
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    switch (notice) {
    case NOTICE_READY:
        snprintf(text, TEXT_MAX, "READY=1");
        break;
    case NOTICE_RELOADING:
        snprintf(text, TEXT_MAX, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, us);
        break;
    case NOTICE_STOPPING:
        snprintf(text, TEXT_MAX, "STOPPING=1");
        break;
    }
}

static enum status read_address(const char *name, struct sockaddr_un *ret, socklen_t *ret_len,
                                struct why *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof address.sun_path) {
        return why_set(why, STATUS_INVALID,
                       "NOTIFY_SOCKET is '%.128s'; it must be /PATH or @NAME of at most %zu bytes",
                       name, sizeof address.sun_path - 1);
    }
    memcpy(address.sun_path, name, len);
    if (name[0] == '@') {
        address.sun_path[0] = '\0';
    }
    *ret = address;
    *ret_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return STATUS_OK;
}

enum status notify_send(const char *name, enum notice notice, struct why *why)
{
    struct sockaddr_un address;
    socklen_t len = 0;
    char text[TEXT_MAX] = "";
    if (name == NULL || name[0] == '\0') {
        return STATUS_OK;
    }
    TRY(read_address(name, &address, &len, why));
    write_text(notice, text);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool sent = fd >= 0 && sendto(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
                                  (const struct sockaddr *)&address, len) >= 0;
    int code = errno;
    if (fd >= 0) {
        close(fd);
    }
    return sent ? STATUS_OK
                : why_set(why, STATUS_IO, "the service manager at %.128s cannot be told: %s", name,
                          strerrordesc_np(code));
}
