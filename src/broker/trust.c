#include "broker/trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "codec/digest.h"
#include "x509/anchor.h"
#include "x509/cert.h"

#include "base/banned.h"

enum {
    ID_TEXT = 64,
    FILE_NAME_MAX = 32,
    FILES_OF_HASH_MAX = 10000,
    BUNDLE_MAX = 1000, /* certificates in it; a folder has no such bound */
    BUNDLE_BYTES_MAX = 16 << 20,
};

struct trusted {
    char id[ID_TEXT];
    uint32_t hash;
    unsigned number;
};

struct trust {
    int folder;
    struct trusted *all;
    size_t n, cap;
};

/* ---- the folder ------------------------------------------------------------------------------ */

enum status trust_new(struct str folder, struct trust **ret, struct why *why)
{
    AUTO_ARENA *mem = arena_new(1 << 16);
    char *path = mem == NULL ? NULL : str_z(mem, folder);
    struct trust *trust = mem_alloc(sizeof *trust);
    if (path == NULL || trust == NULL) {
        mem_free(trust);
        return why_no_memory(why);
    }
    bool made = mkdir(path, 0755) == 0 || errno == EEXIST;
    trust->folder = made ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (trust->folder < 0) {
        mem_free(trust);
        return why_set(why, STATUS_IO, "%s: %s", path, strerrordesc_np(errno));
    }
    *ret = trust;
    return STATUS_OK;
}

void trust_free(struct trust *trust)
{
    if (trust != NULL) {
        close(trust->folder);
        mem_free(trust->all);
        mem_free(trust);
    }
}

size_t trust_count(const struct trust *trust)
{
    return trust->n;
}

static void file_name(uint32_t hash, unsigned number, char name[FILE_NAME_MAX])
{
    snprintf(name, FILE_NAME_MAX, "%08" PRIx32 ".%u", hash, number);
}

static enum status write_file(const struct trust *trust, const char *name, struct str text,
                              struct why *why)
{
    static const char beside[] = ".new";
    int fd = openat(trust->folder, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool written = fd >= 0 && write(fd, text.ptr, text.len) == (ssize_t)text.len;
    int code = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (!written || renameat(trust->folder, beside, trust->folder, name) != 0) {
        code = written ? errno : code;
        return why_set(why, STATUS_IO, "the folder of trusted authorities: %s",
                       strerrordesc_np(code));
    }
    return STATUS_OK;
}

/* ---- what is trusted ------------------------------------------------------------------------- */

static struct trusted *find(struct trust *trust, struct str id)
{
    for (size_t i = 0; i < trust->n; i++) {
        if (str_eq((struct str){trust->all[i].id, ID_TEXT}, id)) {
            return &trust->all[i];
        }
    }
    return NULL;
}

static unsigned next_number(const struct trust *trust, uint32_t hash)
{
    unsigned number = 0;
    for (size_t i = 0; i < trust->n; i++) {
        number += trust->all[i].hash == hash;
    }
    return number;
}

static enum status add(struct trust *trust, struct arena *mem, struct str id, struct bytes der,
                       struct why *why)
{
    struct trusted row = {.number = 0};
    char name[FILE_NAME_MAX];
    struct str pem;
    if (find(trust, id) != NULL || id.len != ID_TEXT) {
        return STATUS_OK;
    }
    TRY(anchor_hash(der, &row.hash, why));
    TRY(cert_pem(mem, der, &pem, why));
    row.number = next_number(trust, row.hash);
    if (row.number >= FILES_OF_HASH_MAX) {
        return why_set(why, STATUS_LIMIT, "%d trusted certificates have one subject already",
                       FILES_OF_HASH_MAX);
    }
    if (trust->n == trust->cap) {
        size_t cap = trust->cap == 0 ? 64 : 2 * trust->cap;
        struct trusted *all = mem_grow(trust->all, cap * sizeof *all);
        TRY_PTR(all);
        trust->all = all;
        trust->cap = cap;
    }
    memcpy(row.id, id.ptr, ID_TEXT);
    file_name(row.hash, row.number, name);
    TRY(write_file(trust, name, pem, why));
    trust->all[trust->n++] = row;
    return STATUS_OK;
}

/* The last of its hash takes its place, so that the numbers have no gap. */
static enum status drop(struct trust *trust, struct str id, struct why *why)
{
    char hole[FILE_NAME_MAX];
    char last[FILE_NAME_MAX];
    struct trusted *row = find(trust, id);
    if (row == NULL) {
        return STATUS_OK;
    }
    struct trusted gone = *row;
    unsigned highest = next_number(trust, gone.hash) - 1;
    file_name(gone.hash, gone.number, hole);
    file_name(gone.hash, highest, last);
    int failed = gone.number == highest ? unlinkat(trust->folder, hole, 0)
                                        : renameat(trust->folder, last, trust->folder, hole);
    if (failed != 0 && errno != ENOENT) {
        return why_set(why, STATUS_IO, "the folder of trusted authorities: %s",
                       strerrordesc_np(errno));
    }
    for (size_t i = 0; i < trust->n; i++) {
        if (trust->all[i].hash == gone.hash && trust->all[i].number == highest) {
            trust->all[i].number = gone.number;
        }
    }
    *row = trust->all[--trust->n];
    return STATUS_OK;
}

/* ---- the bundle ------------------------------------------------------------------------------ */

static enum status read_file(const struct trust *trust, const char *name, struct buf *out,
                             struct why *why)
{
    char text[16 << 10];
    int fd = openat(trust->folder, name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : 0;
    do {
        n = fd < 0 ? -1 : read(fd, text, sizeof text);
        buf_put(out, text, n > 0 ? (size_t)n : 0);
    } while (n > 0);
    if (fd >= 0) {
        close(fd);
    }
    return n == 0 ? STATUS_OK
                  : why_set(why, STATUS_IO, "the folder of trusted authorities: %s",
                            strerrordesc_np(errno));
}

/* All of them in one file beside the folder, for listeners that take no folder. */
static enum status write_bundle(const struct trust *trust, struct why *why)
{
    AUTO_ARENA *mem = arena_new(2 * BUNDLE_BYTES_MAX);
    struct buf out;
    struct str text;
    TRY_PTR(mem);
    buf_init(&out, mem, BUNDLE_BYTES_MAX);
    for (size_t i = 0; i < trust->n && i < BUNDLE_MAX; i++) {
        char name[FILE_NAME_MAX];
        file_name(trust->all[i].hash, trust->all[i].number, name);
        TRY(read_file(trust, name, &out, why));
    }
    TRY(buf_finish(&out, &text, why));
    return write_file(trust, "../ca.pem", text, why);
}

/* ---- filling --------------------------------------------------------------------------------- */

static bool is_ours(const char *name)
{
    size_t i = 0;
    while (i < 8 && strchr("0123456789abcdef", name[i]) != NULL && name[i] != '\0') {
        i++;
    }
    if (i < 8 || name[8] != '.' || name[9] == '\0') {
        return false;
    }
    return strspn(name + 9, "0123456789") == strlen(name + 9);
}

/* Files of a former life are written anew: what they hold is not asked. */
static enum status clear(struct trust *trust, struct why *why)
{
    int fd = openat(trust->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        return why_set(why, STATUS_IO, "the folder of trusted authorities: %s",
                       strerrordesc_np(errno));
    }
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (is_ours(entry->d_name)) {
            unlinkat(trust->folder, entry->d_name, 0);
        }
    }
    closedir(dir);
    trust->n = 0;
    return STATUS_OK;
}

static enum status add_by_id(struct trust *trust, const struct account_ctx *ctx, struct str id,
                             struct why *why)
{
    struct certificate_der der = {.id = id};
    TRY(store_get(ctx->tx, TABLE(certificate_der), &der, ctx->mem, why));
    return add(trust, ctx->mem, id, der.der, why);
}

static bool is_own_issuer(const struct certificate *row)
{
    return row->ca_id.len == 0 && str_eq(row->issuer_hash, row->subject_hash);
}

static enum status fill_authorities(struct trust *trust, const struct account_ctx *ctx,
                                    struct why *why)
{
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(ca_certificate), NULL, &scan, why));
    for (;;) {
        struct ca_certificate row;
        bool more = false;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            return STATUS_OK;
        }
        if (str_eq(row.status, STR("ACTIVE"))) {
            TRY(add_by_id(trust, ctx, row.id, why));
        }
    }
}

/* Those registered without an authority are a range of an index; most of them are the local
 * authority's and no more than looked at. */
static enum status fill_devices(struct trust *trust, const struct account_ctx *ctx, struct why *why)
{
    const struct certificate like = {.ca_id = STR("")};
    const struct store_range range = {.index = INDEX(certificate, by_ca),
                                      .prefix = &like,
                                      .n_prefix = 1,
                                      .columns = COLUMN_BIT(COL_certificate__id) |
                                                 COLUMN_BIT(COL_certificate__ca_id) |
                                                 COLUMN_BIT(COL_certificate__issuer_hash) |
                                                 COLUMN_BIT(COL_certificate__subject_hash)};
    AUTO_ARENA *mem = arena_new(1 << 20);
    AUTO_SCAN *scan = NULL;
    TRY_PTR(mem);
    struct account_ctx one = *ctx;
    one.mem = mem;
    TRY(store_scan_open(ctx->tx, TABLE(certificate), &range, &scan, why));
    for (;;) {
        struct certificate row = {.id = STR_ABSENT};
        bool more = false;
        arena_clear(mem);
        TRY(store_scan_next(scan, &row, mem, &more, why));
        if (!more) {
            return STATUS_OK;
        }
        if (is_own_issuer(&row)) {
            TRY(add_by_id(trust, &one, row.id, why));
        }
    }
}

enum status trust_fill(struct trust *trust, const struct account_ctx *ctx, struct bytes local,
                       struct why *why)
{
    char id[SHA256_HEX + 1];
    TRY(clear(trust, why));
    if (local.len > 0) {
        TRY(digest_sha256_hex(local, id, why));
        TRY(add(trust, ctx->mem, str_from(id), local, why));
    }
    TRY(fill_authorities(trust, ctx, why));
    TRY(fill_devices(trust, ctx, why));
    return write_bundle(trust, why);
}

enum status trust_update(struct trust *trust, const struct account_ctx *ctx, struct str id,
                         bool authority, struct why *why)
{
    struct ca_certificate ca = {.id = id};
    struct certificate device = {.id = id};
    enum status status = authority ? store_get(ctx->tx, TABLE(ca_certificate), &ca, ctx->mem, why)
                                   : store_get(ctx->tx, TABLE(certificate), &device, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
    }
    bool wanted = status == STATUS_OK &&
                  (authority ? str_eq(ca.status, STR("ACTIVE")) : is_own_issuer(&device));
    if (wanted == (find(trust, id) != NULL)) {
        return STATUS_OK;
    }
    TRY(wanted ? add_by_id(trust, ctx, id, why) : drop(trust, id, why));
    return write_bundle(trust, why);
}
