/* access_key.c: see access_key.h. */
#include "account/access_key.h"

#include "account/quotas.h"
#include "codec/base64.h"

#include "base/banned.h"

enum { KEY_ID_NOISE = 16, SECRET_BYTES = 30 }; /* 30 bytes are the 40 characters of AWS's secrets */

static const struct str ACTIVE = STR_INIT("ACTIVE");
static const struct str INACTIVE = STR_INIT("INACTIVE");

enum status access_key_make(struct arena *mem, const struct rnd *rnd, int64_t now,
                            struct str user_arn, struct access_key *ret, struct why *why)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint8_t noise[KEY_ID_NOISE];
    uint8_t secret[SECRET_BYTES];
    char key_id[KEY_ID_NOISE + 1] = "";
    rnd_fill(rnd, noise, sizeof noise);
    rnd_fill(rnd, secret, sizeof secret);
    for (size_t i = 0; i < sizeof noise; i++) {
        key_id[i] = alphabet[noise[i] % 32];
    }
    struct access_key key = {.user_arn = user_arn, .status = ACTIVE, .created = now};
    TRY(str_fmt(mem, &key.id, why, "AKIA%s", key_id));
    enum status status = base64_encode(mem, BASE64_STANDARD, (struct bytes){secret, sizeof secret},
                                       &key.secret, why);
    mem_wipe(secret, sizeof secret);
    TRY(status);
    *ret = key;
    return STATUS_OK;
}

/* The rows of an owner: a handful. Without secrets. */
static struct store_range keys_of(const struct access_key *owner)
{
    return (struct store_range){
        .index = INDEX(access_key, by_user),
        .prefix = owner,
        .n_prefix = 1,
        .columns = COLUMN_BIT(COL_access_key__id) | COLUMN_BIT(COL_access_key__user_arn) |
                   COLUMN_BIT(COL_access_key__status) | COLUMN_BIT(COL_access_key__created)};
}

enum status access_key_create(const struct account_ctx *ctx, struct str user_arn,
                              struct access_key *ret, struct why *why)
{
    const struct access_key owner = {.user_arn = user_arn};
    const struct store_range range = keys_of(&owner);
    struct access_key key;
    size_t n;
    TRY(store_count(ctx->tx, TABLE(access_key), &range, QUOTA_IAM_KEYS, &n, why));
    if (n >= QUOTA_IAM_KEYS) {
        return why_set(why, STATUS_LIMIT, "%.*s already has %d access keys, the most",
                       STR_ARG(user_arn), QUOTA_IAM_KEYS);
    }
    TRY(access_key_make(ctx->mem, &ctx->rnd, clock_now(&ctx->clock), user_arn, &key, why));
    TRY(store_insert(ctx->tx, TABLE(access_key), &key, why));
    *ret = key;
    return STATUS_OK;
}

static enum status get(const struct account_ctx *ctx, struct str user_arn, struct str id,
                       struct access_key *ret, struct why *why)
{
    struct access_key row = {.id = id};
    enum status status = store_get(ctx->tx, TABLE(access_key), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && !str_eq(row.user_arn, user_arn))) {
        return why_set(why, STATUS_NOT_FOUND, "The Access Key with id %.*s cannot be found",
                       STR_ARG(id));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

/* Whether the key is the root's only active one. */
static enum status is_last_of_root(const struct account_ctx *ctx, const struct access_key *key,
                                   bool *ret, struct why *why)
{
    *ret = false;
    if (!arn_is_root(&ctx->id, key->user_arn) || !str_eq(key->status, ACTIVE)) {
        return STATUS_OK;
    }
    const struct store_range range = keys_of(key);
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(access_key), &range, &scan, why));
    for (;;) {
        struct access_key other;
        bool more;
        TRY(store_scan_next(scan, &other, ctx->mem, &more, why));
        if (!more) {
            *ret = true;
            return STATUS_OK;
        }
        if (!str_eq(other.id, key->id) && str_eq(other.status, ACTIVE)) {
            return STATUS_OK;
        }
    }
}

static enum status keep_last_of_root(const struct account_ctx *ctx, const struct access_key *key,
                                     enum status code, struct why *why)
{
    bool last;
    TRY(is_last_of_root(ctx, key, &last, why));
    if (last) {
        return why_set(why, code,
                       "%.*s is the last active access key of the account's root; without it "
                       "nobody could rule the account",
                       STR_ARG(key->id));
    }
    return STATUS_OK;
}

enum status access_key_update(const struct account_ctx *ctx, struct str user_arn, struct str id,
                              bool active, struct why *why)
{
    struct access_key row;
    TRY(get(ctx, user_arn, id, &row, why));
    if (!active) {
        TRY(keep_last_of_root(ctx, &row, STATUS_INVALID, why));
    }
    row.status = active ? ACTIVE : INACTIVE;
    return store_put(ctx->tx, TABLE(access_key), &row, why);
}

enum status access_key_delete(const struct account_ctx *ctx, struct str user_arn, struct str id,
                              struct why *why)
{
    struct access_key row;
    TRY(get(ctx, user_arn, id, &row, why));
    TRY(keep_last_of_root(ctx, &row, STATUS_DELETE_CONFLICT, why));
    return store_delete(ctx->tx, TABLE(access_key), &row, why);
}

enum status access_keys_list(const struct account_ctx *ctx, struct str user_arn,
                             const struct page *page, struct page_rows *ret, struct why *why)
{
    const struct access_key owner = {.user_arn = user_arn};
    const struct store_range range = keys_of(&owner);
    return page_read(ctx, TABLE(access_key), &range, page, NULL, ret, why);
}
