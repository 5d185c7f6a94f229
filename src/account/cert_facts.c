/* cert_facts.c: see cert_facts.h. */
#include "account/cert_facts.h"

#include "codec/hex.h"
#include "x509/cert.h"

#include "base/banned.h"

/* The setting that says which columns are filled in; a later column counts on. */
#define FILLED_SETTING STR("certificate-facts")
#define FILLED_VALUE   STR("1")

enum { BATCH = 200, BATCH_MEMORY = 64 << 20, WRITE_MEMORY = 4 << 20 };

enum status cert_facts_exponent(struct arena *mem, const struct key *key, struct str *ret,
                                struct why *why)
{
    *ret = STR("");
    return key->exponent.ptr == NULL ? STATUS_OK : hex_dup(mem, key->exponent, ret, why);
}

/* ---- the two tables -------------------------------------------------------------------------- */

union fill_row {
    struct certificate device;
    struct ca_certificate ca;
};

/* A table of certificates, and where the columns are. */
struct fill_table {
    const struct table *table;
    uint64_t columns; /* by which it is told what a row lacks */
    struct str *(*id)(union fill_row *row);
    struct str *(*exponent)(union fill_row *row);
    struct str *(*digest)(union fill_row *row);
};

#define FILL_TABLE(t, member)                                                                      \
    static struct str *t##_id(union fill_row *row)                                                 \
    {                                                                                              \
        return &row->member.id;                                                                    \
    }                                                                                              \
    static struct str *t##_exponent(union fill_row *row)                                           \
    {                                                                                              \
        return &row->member.key_exponent;                                                          \
    }                                                                                              \
    static struct str *t##_digest(union fill_row *row)                                             \
    {                                                                                              \
        return &row->member.signature_digest;                                                      \
    }                                                                                              \
    static const struct fill_table fill_##t = {                                                    \
        TABLE(t), COLUMN_BIT(COL_##t##__id) | COLUMN_BIT(COL_##t##__key_exponent), t##_id,         \
        t##_exponent, t##_digest};

FILL_TABLE(certificate, device)
FILL_TABLE(ca_certificate, ca)

/* ---- a batch --------------------------------------------------------------------------------- */

struct found {
    struct str id;
    struct str exponent;
    struct str digest;
};

struct fill {
    const struct cert_facts_env *env;
    const struct fill_table *at;
    struct arena *mem; /* cleared with each batch */
    struct found found[BATCH];
    size_t n;
    size_t changed;
};

/* What the bytes say; a certificate whose bytes say nothing is not asked again. */
static enum status look(struct store_tx *view, struct arena *mem, struct found *found,
                        struct why *why)
{
    struct certificate_der row = {.id = found->id};
    const struct cert *cert = NULL;
    found->exponent = found->digest = STR("");
    enum status status = store_get(view, TABLE(certificate_der), &row, mem, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    status = cert_read(mem, str_of_bytes(row.der), &cert, why);
    if (status == STATUS_NO_MEMORY) {
        return status;
    }
    if (status != STATUS_OK) {
        return STATUS_OK;
    }
    found->digest = cert->signature_digest;
    return cert_facts_exponent(mem, &cert->key, &found->exponent, why);
}

/* The next rows that lack the columns, in the order of their ids. */
static enum status collect(struct fill *fill, struct str after, struct str *ret_last,
                           bool *ret_more, struct why *why)
{
    AUTO_VIEW *view = NULL;
    AUTO_SCAN *scan = NULL;
    union fill_row row = {.device = {.id = after}};
    *fill->at->id(&row) = after;
    const struct store_range range = {.after = after.len == 0 ? NULL : &row,
                                      .columns = fill->at->columns};
    TRY(store_read_begin(fill->env->store, &view, why));
    TRY(store_scan_open(view, fill->at->table, &range, &scan, why));
    fill->n = 0;
    *ret_more = true;
    while (fill->n < BATCH && *ret_more) {
        TRY(store_scan_next(scan, &row, fill->mem, ret_more, why));
        if (!*ret_more) {
            break;
        }
        *ret_last = *fill->at->id(&row);
        if (str_absent(*fill->at->exponent(&row))) {
            struct found *found = &fill->found[fill->n++];
            found->id = *ret_last;
            TRY(look(view, fill->mem, found, why));
        }
    }
    return STATUS_OK;
}

static enum status write_batch(struct store_tx *tx, void *ctx, struct why *why)
{
    struct fill *fill = ctx;
    AUTO_ARENA *mem = arena_new(WRITE_MEMORY);
    TRY_PTR(mem);
    for (size_t i = 0; i < fill->n; i++) {
        union fill_row row = {.device = {.id = STR_ABSENT}};
        arena_clear(mem);
        *fill->at->id(&row) = fill->found[i].id;
        enum status status = store_get(tx, fill->at->table, &row, mem, why);
        if (status == STATUS_NOT_FOUND) {
            continue; /* deleted in the meantime */
        }
        TRY(status);
        *fill->at->exponent(&row) = fill->found[i].exponent;
        *fill->at->digest(&row) = fill->found[i].digest;
        TRY(store_put(tx, fill->at->table, &row, why));
    }
    return STATUS_OK;
}

static enum status fill_table(struct fill *fill, const struct fill_table *at, struct why *why)
{
    char last[128] = "";
    size_t len = 0;
    fill->at = at;
    for (bool more = true; more;) {
        struct str end = STR("");
        if (fill->env->canceled != NULL && fill->env->canceled(fill->env->cancel_ctx)) {
            return why_set(why, STATUS_CANCELED, "filling in what certificates say was stopped");
        }
        arena_clear(fill->mem);
        TRY(collect(fill, (struct str){last, len}, &end, &more, why));
        if (fill->n > 0) {
            TRY(store_write(fill->env->store, write_batch, fill, why));
        }
        fill->changed += fill->n;
        len = end.len < sizeof last ? end.len : sizeof last;
        memcpy(last, end.ptr, len);
    }
    return STATUS_OK;
}

/* ---- once for a folder ----------------------------------------------------------------------- */

static enum status is_filled(struct fill *fill, bool *ret, struct why *why)
{
    AUTO_VIEW *view = NULL;
    struct setting row = {.name = FILLED_SETTING};
    TRY(store_read_begin(fill->env->store, &view, why));
    enum status status = store_get(view, TABLE(setting), &row, fill->mem, why);
    *ret = status == STATUS_OK && str_eq(row.value, FILLED_VALUE);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status remember(struct store_tx *tx, void *ctx, struct why *why)
{
    const struct fill *fill = ctx;
    const struct setting row = {
        .name = FILLED_SETTING, .value = FILLED_VALUE, .modified = clock_now(&fill->env->clock)};
    return store_put(tx, TABLE(setting), &row, why);
}

static enum status fill_all(struct fill *fill, struct why *why)
{
    bool filled = false;
    TRY(is_filled(fill, &filled, why));
    if (filled) {
        return STATUS_OK;
    }
    TRY(fill_table(fill, &fill_certificate, why));
    TRY(fill_table(fill, &fill_ca_certificate, why));
    return store_write(fill->env->store, remember, fill, why);
}

enum status cert_facts_fill(const struct cert_facts_env *env, size_t *ret_n, struct why *why)
{
    struct fill *fill = mem_alloc(sizeof *fill);
    TRY_PTR(fill);
    *fill = (struct fill){.env = env, .mem = arena_new(BATCH_MEMORY)};
    enum status status = fill->mem == NULL ? why_no_memory(why) : fill_all(fill, why);
    if (ret_n != NULL) {
        *ret_n = fill->changed;
    }
    arena_free(fill->mem);
    mem_free(fill);
    return status;
}
