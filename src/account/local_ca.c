/* local_ca.c: see local_ca.h. */
#include "account/local_ca.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "x509/issue.h"

#include "base/banned.h"

#define KEY_FILE  "local-ca.key"
#define CERT_FILE "local-ca.pem"

enum { BACKDATE_MS = 5 * MINUTE_MS };

struct local_ca {
    struct issuer *issuer;
    struct str pem;
};

/* Where the pair lies. */
struct place {
    struct arena *mem;
    struct str folder;
};

static void auto_fd(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}
#define AUTO_FD __attribute__((cleanup(auto_fd))) int

static enum status io_failed(struct why *why, const char *what, const char *path)
{
    int error = errno;
    char text[128];
    return why_set(why, STATUS_IO, "cannot %s %s: %s", what, path,
                   strerror_r(error, text, sizeof text));
}

static enum status path_of(const struct place *place, const char *name, char **ret, struct why *why)
{
    struct str path;
    TRY(str_fmt(place->mem, &path, why, "%.*s/%s", STR_ARG(place->folder), name));
    char *z = str_z(place->mem, path);
    TRY_PTR(z);
    *ret = z;
    return STATUS_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum status check_mode(int fd, const char *path, struct why *why)
{
    struct stat info;
    if (fstat(fd, &info) != 0) {
        return io_failed(why, "look at", path);
    }
    if ((info.st_mode & 077) != 0) {
        return why_set(why, STATUS_DENIED,
                       "%s has mode %03o, so others may read or change it; set it to 600", path,
                       (unsigned)(info.st_mode & 0777));
    }
    return STATUS_OK;
}

/* The text of a file; absent when there is no such file. */
static enum status read_file(const struct place *place, const char *name, struct str *ret,
                             struct why *why)
{
    char *path;
    TRY(path_of(place, name, &path, why));
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT) {
        *ret = STR_ABSENT;
        return STATUS_OK;
    }
    if (fd < 0) {
        return io_failed(why, "open", path);
    }
    TRY(check_mode(fd, path, why));
    char *text = arena_alloc(place->mem, LIMIT_PEM_BYTES);
    TRY_PTR(text);
    ssize_t len = read(fd, text, LIMIT_PEM_BYTES);
    if (len < 0) {
        return io_failed(why, "read", path);
    }
    *ret = (struct str){text, (size_t)len};
    return STATUS_OK;
}

/* ---- making ---------------------------------------------------------------------------------- */

static enum status write_whole(int fd, struct str text, const char *path, struct why *why)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return io_failed(why, "write", path);
        }
        text = str_slice(text, (size_t)n, text.len);
    }
    return fsync(fd) == 0 ? STATUS_OK : io_failed(why, "sync", path);
}

static enum status sync_folder(const struct place *place, struct why *why)
{
    char *path = str_z(place->mem, place->folder);
    TRY_PTR(path);
    AUTO_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) {
        return io_failed(why, "sync", path);
    }
    return STATUS_OK;
}

/* Puts a file in place, whole and synced, or not at all. */
static enum status write_file(const struct place *place, const char *name, struct str text,
                              struct why *why)
{
    char *path;
    char *draft;
    struct str draft_name;
    TRY(path_of(place, name, &path, why));
    TRY(str_fmt(place->mem, &draft_name, why, "%s.new", path));
    draft = str_z(place->mem, draft_name);
    TRY_PTR(draft);
    if (unlink(draft) != 0 && errno != ENOENT) {
        return io_failed(why, "remove", draft);
    }
    AUTO_FD fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return io_failed(why, "create", draft);
    }
    TRY(write_whole(fd, text, draft, why));
    if (rename(draft, path) != 0) {
        return io_failed(why, "rename", draft);
    }
    return sync_folder(place, why);
}

static enum status make_pair(const struct place *place, struct str account,
                             const struct clock *clock, const struct rnd *rnd, struct str *ret_key,
                             struct str *ret_cert, struct why *why)
{
    struct issue_spec spec = {
        .not_before = clock_now(clock) - BACKDATE_MS,
        .not_after = ISSUE_NOT_AFTER,
        .ca = true,
        .path_length = 0,
    };
    TRY(str_fmt(place->mem, &spec.common_name, why, "Bulwark local CA of account %.*s",
                STR_ARG(account)));
    /* 128 bits of strength until 2049, which RSA-2048 does not have, and quick to sign with. */
    return issue_root(place->mem, KEY_SPEC_P256, &spec, rnd, ret_key, ret_cert, why);
}

static enum status load_pair(const struct place *place, struct str *ret_key, struct str *ret_cert,
                             struct why *why)
{
    struct str key;
    struct str cert;
    TRY(read_file(place, CERT_FILE, &cert, why));
    TRY(read_file(place, KEY_FILE, &key, why));
    if (str_absent(key) && !str_absent(cert)) {
        return why_set(why, STATUS_CORRUPT,
                       "%.*s holds local-ca.pem but not its key local-ca.key; put the key back, or "
                       "move the certificate away to begin with a new authority",
                       STR_ARG(place->folder));
    }
    *ret_key = key;
    *ret_cert = cert;
    return STATUS_OK;
}

static void wipe(struct str secret)
{
    union {
        const char *in;
        char *out;
    } ptr = {.in = secret.ptr};
    if (secret.ptr != NULL) {
        mem_wipe(ptr.out, secret.len);
    }
}

/* A fresh pair, in the folder before it signs anything. */
static enum status begin_pair(const struct place *place, struct str account,
                              const struct clock *clock, const struct rnd *rnd, struct str *ret_key,
                              struct str *ret_cert, struct why *why)
{
    TRY(make_pair(place, account, clock, rnd, ret_key, ret_cert, why));
    TRY(write_file(place, KEY_FILE, *ret_key, why));
    return write_file(place, CERT_FILE, *ret_cert, why);
}

enum status local_ca_open(struct arena *mem, struct str folder, struct str account,
                          const struct clock *clock, const struct rnd *rnd, struct local_ca **ret,
                          struct why *why)
{
    struct place place = {.mem = mem, .folder = folder};
    struct str old_key = STR_ABSENT;
    struct str key = STR_ABSENT;
    struct str cert = STR_ABSENT;
    struct local_ca *ca = NEW(mem, struct local_ca);
    enum status status = ca == NULL ? why_no_memory(why) : STATUS_OK;
    if (status != STATUS_OK) {
        goto out;
    }
    status = load_pair(&place, &old_key, &cert, why);
    if (status != STATUS_OK) {
        goto out;
    }
    key = old_key;
    if (str_absent(cert)) {
        status = begin_pair(&place, account, clock, rnd, &key, &cert, why);
        if (status != STATUS_OK) {
            goto out;
        }
    }
    status = issuer_open(mem, key, cert, &ca->issuer, why);
    if (status != STATUS_OK) {
        goto out;
    }
    ca->pem = cert;
    *ret = ca;
out:
    wipe(old_key);
    wipe(key);
    return status;
}

void local_ca_close(struct local_ca *ca)
{
    if (ca != NULL) {
        issuer_free(ca->issuer);
    }
}

static enum status issue(struct arena *mem, const struct local_ca *ca, struct bytes spki,
                         struct bytes name_der, int64_t not_after, const struct clock *clock,
                         const struct rnd *rnd, struct bytes *ret_der, struct why *why)
{
    struct issue_spec spec = {
        .spki = spki,
        .name_der = name_der,
        .common_name = STR(ISSUE_DEVICE_NAME),
        .not_before = clock_now(clock) - BACKDATE_MS,
        .not_after = not_after,
        .path_length = -1,
    };
    return issue_certificate(mem, ca->issuer, &spec, rnd, ret_der, why);
}

enum status local_ca_issue(struct arena *mem, const struct local_ca *ca, struct bytes spki,
                           struct bytes name_der, const struct clock *clock, const struct rnd *rnd,
                           struct bytes *ret_der, struct why *why)
{
    return issue(mem, ca, spki, name_der, ISSUE_NOT_AFTER, clock, rnd, ret_der, why);
}

enum status local_ca_issue_until(struct arena *mem, const struct local_ca *ca, struct bytes spki,
                                 int64_t not_after, const struct clock *clock,
                                 const struct rnd *rnd, struct bytes *ret_der, struct why *why)
{
    return issue(mem, ca, spki, (struct bytes){NULL, 0}, not_after, clock, rnd, ret_der, why);
}

struct str local_ca_pem_get(const struct local_ca *ca)
{
    return ca->pem;
}
