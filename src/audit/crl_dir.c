/* crl_dir.c: revocation lists from a folder, for fleets without a network to fetch them from. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/revocation_priv.h"
#include "base/limits.h"

#include "base/banned.h"

static bool is_list_name(struct str name)
{
    return str_ends(name, STR(".crl")) || str_ends(name, STR(".pem")) ||
           str_ends(name, STR(".der"));
}

/* The whole of a regular file of at most LIMIT_CRL_BYTES, in rev->mem: a list of the folder is
 * verified when its issuer becomes known, which may be pages later. */
static enum status slurp(struct revocation *rev, int dir, const char *name, struct str *ret,
                         struct why *why)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0) {
        return why_set(why, STATUS_IO, "it cannot be opened: %s", strerrordesc_np(errno));
    }
    enum status status = STATUS_OK;
    char *bytes = NULL;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        status = why_set(why, STATUS_IO, "it is not a regular file");
    } else if (st.st_size > LIMIT_CRL_BYTES) {
        status = why_set(why, STATUS_TOO_LARGE, "it is larger than %d bytes", LIMIT_CRL_BYTES);
    } else if ((bytes = arena_alloc(rev->mem, (size_t)st.st_size)) == NULL) {
        status = why_no_memory(why);
    }
    size_t have = 0;
    while (status == STATUS_OK && have < (size_t)st.st_size) {
        ssize_t got = read(fd, bytes + have, (size_t)st.st_size - have);
        if (got <= 0) {
            status = why_set(why, STATUS_IO, "it cannot be read: %s",
                             got == 0 ? "it became shorter" : strerrordesc_np(errno));
        } else {
            have += (size_t)got;
        }
    }
    close(fd);
    if (status == STATUS_OK) {
        *ret = (struct str){bytes, have};
    }
    return status;
}

static enum status add_file(struct revocation *rev, int dir, const char *name, struct why *why)
{
    struct list_slot *list = NEW(rev->mem, struct list_slot);
    TRY_PTR(list);
    TRY(str_fmt(rev->mem, &list->source, why, "file:%s", name));
    list->next_file = rev->files;
    rev->files = list;
    struct str text;
    struct why lack = {.code = STATUS_OK};
    if (slurp(rev, dir, name, &text, &lack) != STATUS_OK) {
        list_problem(rev, list, "%s", lack.text);
        return STATUS_OK;
    }
    list_read(rev, list, text);
    if (list->state == LIST_READ || list->out_of_time) {
        /* Decoded PEM lies in scratch, which is cleared before the list is verified. */
        TRY(bytes_dup(rev->mem, list->der, &list->der, why));
    }
    return STATUS_OK;
}

/* A folder that cannot be read is a list that cannot: the audit goes on and says so. */
static enum status add_folder_problem(struct revocation *rev, struct list_slot **ret,
                                      struct why *why)
{
    struct list_slot *list = NEW(rev->mem, struct list_slot);
    TRY_PTR(list);
    TRY(str_fmt(rev->mem, &list->source, why, "folder:%.*s", STR_ARG(rev->env.crl_dir)));
    list->next_file = rev->files;
    rev->files = list;
    *ret = list;
    return STATUS_OK;
}

enum status crl_dir_read(struct revocation *rev, struct why *why)
{
    char *path = str_z(rev->mem, rev->env.crl_dir);
    TRY_PTR(path);
    DIR *dir = opendir(path);
    struct list_slot *folder = NULL;
    if (dir == NULL) {
        int error = errno;
        TRY(add_folder_problem(rev, &folder, why));
        list_problem(rev, folder, "the crl folder cannot be opened: %s", strerrordesc_np(error));
        return STATUS_OK;
    }
    enum status status = STATUS_OK;
    size_t n = 0;
    const struct dirent *entry;
    while (status == STATUS_OK && (entry = readdir(dir)) != NULL) {
        if (!is_list_name(str_from(entry->d_name))) {
            continue;
        }
        if (++n > LIMIT_CRL_DIR_FILES) {
            status = add_folder_problem(rev, &folder, why);
            if (status == STATUS_OK) {
                list_problem(rev, folder, "the crl folder has more than %d lists",
                             LIMIT_CRL_DIR_FILES);
            }
            break;
        } else {
            status = add_file(rev, dirfd(dir), entry->d_name, why);
        }
    }
    closedir(dir);
    return status;
}
