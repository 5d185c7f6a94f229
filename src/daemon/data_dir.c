/* data_dir.c: see data_dir.h. */
#include "daemon/data_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/access_key.h"
#include "codec/hex.h"

#include "base/banned.h"

#define PAGE_KEY_SETTING STR("page-key")

/* ---- the folder ------------------------------------------------------------------------------ */

enum status data_dir_open(const char *path, struct why *why)
{
    struct stat st;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return why_set(why, STATUS_IO, "the data folder %s cannot be made: %s", path,
                       strerrordesc_np(errno));
    }
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return why_set(why, STATUS_IO, "%s is not a folder", path);
    }
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return why_set(why, STATUS_DENIED,
                       "others may write to the data folder %s; chmod go-w it first", path);
    }
    return STATUS_OK;
}

static enum status path_of(struct arena *mem, struct str dir, const char *name, const char *end,
                           const char **ret, struct why *why)
{
    struct str path;
    TRY(str_fmt(mem, &path, why, "%.*s/%s%s", STR_ARG(dir), name, end));
    *ret = path.ptr; /* str_fmt ends it with a NUL */
    return STATUS_OK;
}

enum status data_dir_readable(struct arena *mem, const char *setting, struct str path,
                              struct why *why)
{
    if (path.len == 0) {
        return STATUS_OK;
    }
    char *name = str_z(mem, path);
    TRY_PTR(name);
    DIR *dir = opendir(name);
    if (dir == NULL) {
        return why_set(why, STATUS_IO, "%s names %s, which cannot be opened: %s", setting, name,
                       strerrordesc_np(errno));
    }
    closedir(dir);
    return STATUS_OK;
}

static bool write_all(int fd, struct str text)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n <= 0) {
            return false;
        }
        text = str_slice(text, (size_t)n, text.len);
    }
    return fsync(fd) == 0;
}

/* Until the folder is synced, a rename may be lost with the power. */
static bool sync_folder(struct arena *mem, struct str dir)
{
    const char *path = str_z(mem, dir);
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return synced;
}

enum status data_dir_write(struct arena *mem, struct str dir, const char *name, struct str text,
                           struct why *why)
{
    const char *path = NULL;
    const char *fresh = NULL;
    TRY(path_of(mem, dir, name, "", &path, why));
    TRY(path_of(mem, dir, name, ".new", &fresh, why));
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return why_set(why, STATUS_IO, "%s cannot be made: %s", fresh, strerrordesc_np(errno));
    }
    bool written = write_all(fd, text);
    if (close(fd) != 0 || !written || rename(fresh, path) != 0 || !sync_folder(mem, dir)) {
        return why_set(why, STATUS_IO, "%s cannot be written: %s", path, strerrordesc_np(errno));
    }
    return STATUS_OK;
}

void data_dir_remove(struct arena *mem, struct str dir, const char *name)
{
    const char *path = NULL;
    if (path_of(mem, dir, name, "", &path, NULL) == STATUS_OK) {
        unlink(path);
    }
}

/* ---- whose account it is --------------------------------------------------------------------- */

struct identity {
    struct setting rows[2]; /* account, region */
};

static enum status put_identity(struct store_tx *tx, void *ctx, struct why *why)
{
    const struct identity *identity = ctx;
    TRY(store_put(tx, TABLE(setting), &identity->rows[0], why));
    return store_put(tx, TABLE(setting), &identity->rows[1], why);
}

/* What is kept under name; absent when nothing is. */
static enum status kept_setting(struct store *store, struct arena *mem, struct str name,
                                struct str *ret, struct why *why)
{
    AUTO_VIEW *view = NULL;
    struct setting row = {.name = name, .value = STR_ABSENT};
    TRY(store_read_begin(store, &view, why));
    enum status status = store_get(view, TABLE(setting), &row, mem, why);
    *ret = status == STATUS_OK ? row.value : STR_ABSENT;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status settle(struct str name, struct str kept, struct str given, struct str otherwise,
                          struct str *ret, struct why *why)
{
    if (!str_absent(kept) && given.len > 0 && !str_eq(kept, given)) {
        return why_set(why, STATUS_INVALID,
                       "the data folder was made with %.*s %.*s and cannot be served as %.*s: its "
                       "ARNs are stored. Leave --%.*s out, or take another folder",
                       STR_ARG(name), STR_ARG(kept), STR_ARG(given), STR_ARG(name));
    }
    *ret = !str_absent(kept) ? kept : given.len > 0 ? given : otherwise;
    return STATUS_OK;
}

enum status identity_ensure(struct store *store, struct arena *mem, const struct account_id *given,
                            const struct clock *clock, struct account_id *ret, struct why *why)
{
    struct account_id id;
    struct str account;
    struct str region;
    TRY(kept_setting(store, mem, STR("account"), &account, why));
    TRY(kept_setting(store, mem, STR("region"), &region, why));
    TRY(settle(STR("account"), account, given->account, ACCOUNT_DEFAULT, &id.account, why));
    TRY(settle(STR("region"), region, given->region, REGION_DEFAULT, &id.region, why));
    if (str_absent(account) || str_absent(region)) {
        int64_t now = clock_now(clock);
        struct identity identity = {
            {{STR("account"), id.account, now}, {STR("region"), id.region, now}}};
        TRY(store_write(store, put_identity, &identity, why));
    }
    *ret = id;
    return STATUS_OK;
}

/* ---- the first access key -------------------------------------------------------------------- */

enum status credentials_check(struct arena *mem, struct str dir, struct why *why)
{
    const char *path = NULL;
    struct stat st;
    TRY(path_of(mem, dir, "credentials", "", &path, why));
    if (stat(path, &st) == 0 && (st.st_mode & 077) != 0) {
        return why_set(why, STATUS_DENIED,
                       "%s has mode %03o, so others may read or change it; set it to 600", path,
                       (unsigned)(st.st_mode & 0777));
    }
    return STATUS_OK; /* the account is served without it */
}

static enum status put_key(struct store_tx *tx, void *ctx, struct why *why)
{
    return store_insert(tx, TABLE(access_key), ctx, why);
}

static enum status has_keys(struct store *store, bool *ret, struct why *why)
{
    AUTO_VIEW *view = NULL;
    const struct store_range all = {.index = NULL};
    size_t n = 0;
    TRY(store_read_begin(store, &view, why));
    TRY(store_count(view, TABLE(access_key), &all, 1, &n, why));
    *ret = n > 0;
    return STATUS_OK;
}

enum status credentials_ensure(struct store *store, struct arena *mem, struct str dir,
                               const struct account_id *id, const struct clock *clock,
                               const struct rnd *rnd, struct why *why)
{
    bool there = false;
    TRY(has_keys(store, &there, why));
    if (there) {
        return STATUS_OK;
    }
    struct access_key key;
    struct str root;
    struct str text;
    TRY(arn_make_root(mem, id, &root, why));
    TRY(access_key_make(mem, rnd, clock_now(clock), root, &key, why));
    TRY(str_fmt(mem, &text, why,
                "[default]\naws_access_key_id = %.*s\naws_secret_access_key = %.*s\n",
                STR_ARG(key.id), STR_ARG(key.secret)));
    TRY(data_dir_write(mem, dir, "credentials", text, why));
    return store_write(store, put_key, &key, why);
}

/* ---- the key of page tokens ------------------------------------------------------------------ */

static enum status put_setting(struct store_tx *tx, void *ctx, struct why *why)
{
    return store_insert(tx, TABLE(setting), ctx, why);
}

static enum status page_key_load(struct store *store, struct arena *mem, struct page_key *ret,
                                 struct why *why)
{
    AUTO_VIEW *view = NULL;
    struct setting row = {.name = PAGE_KEY_SETTING};
    TRY(store_read_begin(store, &view, why));
    TRY(store_get(view, TABLE(setting), &row, mem, why));
    return hex_decode(row.value, ret->bytes, sizeof ret->bytes, why);
}

enum status page_key_ensure(struct store *store, struct arena *mem, const struct clock *clock,
                            const struct rnd *rnd, struct page_key *ret, struct why *why)
{
    struct page_key key;
    enum status status = page_key_load(store, mem, &key, why);
    if (status == STATUS_NOT_FOUND) {
        rnd_fill(rnd, key.bytes, sizeof key.bytes);
        struct setting row = {.name = PAGE_KEY_SETTING, .modified = clock_now(clock)};
        TRY(hex_dup(mem, (struct bytes){key.bytes, sizeof key.bytes}, &row.value, why));
        status = store_write(store, put_setting, &row, why);
    }
    TRY(status);
    *ret = key;
    return STATUS_OK;
}
