/* suppression.c: see suppression.h. */
#include "audit/suppression.h"

#include "base/banned.h"

/* ---- what is asked --------------------------------------------------------------------------- */

static enum status check_kind(enum check_id check, const struct resource_id *resource,
                              struct why *why)
{
    const struct check_row *row = &check_rows[check];
    if (!str_eq(resource_type_name(resource->kind), row->resource_type)) {
        return why_set(why, STATUS_INVALID,
                       "resourceIdentifier is of %.*s; findings of %.*s are about %.*s",
                       STR_ARG(resource_type_name(resource->kind)), STR_ARG(row->name),
                       STR_ARG(row->resource_type));
    }
    return STATUS_OK;
}

static enum status key_of(const struct account_ctx *ctx, enum check_id check,
                          const struct resource_id *resource, struct audit_suppression *ret,
                          struct why *why)
{
    TRY(check_kind(check, resource, why));
    *ret = (struct audit_suppression){.check_name = check_rows[check].name};
    return resource_key(ctx->mem, resource, &ret->resource_key, why);
}

/* One of the two ends, or neither. */
static enum status read_end(const struct account_ctx *ctx, const struct suppression_request *in,
                            bool *ret_given, int64_t *ret, struct why *why)
{
    bool forever = in->indefinitely.given && in->indefinitely.value;
    bool dated = in->expires != TIME_NEVER;
    if (forever && dated) {
        return why_set(why, STATUS_INVALID,
                       "give either expirationDate or suppressIndefinitely=true, not both");
    }
    if (dated && in->expires <= clock_now(&ctx->clock)) {
        return why_set(why, STATUS_INVALID, "expirationDate is not in the future");
    }
    *ret_given = forever || dated;
    *ret = forever ? SUPPRESSION_FOREVER : in->expires;
    return STATUS_OK;
}

/* ---- one ------------------------------------------------------------------------------------- */

enum status suppression_get(const struct account_ctx *ctx, enum check_id check,
                            const struct resource_id *resource, struct audit_suppression *ret,
                            struct why *why)
{
    struct audit_suppression row;
    TRY(key_of(ctx, check, resource, &row, why));
    enum status status = store_get(ctx->tx, TABLE(audit_suppression), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "no suppression of %.*s is about %.*s",
                       STR_ARG(check_rows[check].name), STR_ARG(str_slice(resource->id, 0, 256)));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

static enum status is_free(const struct account_ctx *ctx, const struct suppression_request *in,
                           struct why *why)
{
    struct audit_suppression old;
    const struct audit_suppression like = {.token = in->token};
    const struct store_range same_token = {
        .index = INDEX(audit_suppression, by_token), .prefix = &like, .n_prefix = 1};
    const struct store_range all = {.index = NULL};
    size_t n = 0;
    enum status status = suppression_get(ctx, in->check, in->resource, &old, NULL);
    if (status == STATUS_OK) {
        return why_set(why, STATUS_EXISTS, "%.*s is already suppressed for %.*s",
                       STR_ARG(old.check_name), STR_ARG(str_slice(in->resource->id, 0, 256)));
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    TRY(store_count(ctx->tx, TABLE(audit_suppression), &same_token, 1, &n, why));
    if (n > 0) {
        return why_set(why, STATUS_EXISTS,
                       "another suppression was made with clientRequestToken %.*s",
                       STR_ARG(in->token));
    }
    TRY(store_count(ctx->tx, TABLE(audit_suppression), &all, QUOTA_SUPPRESSIONS, &n, why));
    if (n >= QUOTA_SUPPRESSIONS) {
        return why_set(why, STATUS_LIMIT, "the account has %d suppressions, which is the limit",
                       QUOTA_SUPPRESSIONS);
    }
    return STATUS_OK;
}

enum status suppression_create(const struct account_ctx *ctx, const struct suppression_request *in,
                               struct why *why)
{
    struct audit_suppression row;
    bool given = false;
    TRY(key_of(ctx, in->check, in->resource, &row, why));
    TRY(read_end(ctx, in, &given, &row.expires, why));
    if (!given) {
        return why_set(why, STATUS_INVALID,
                       "a suppression needs an expirationDate, or suppressIndefinitely=true");
    }
    TRY(is_free(ctx, in, why));
    TRY(resource_json(ctx->mem, in->resource, STR_ABSENT, &row.resource, why));
    row.description = in->description;
    row.token = in->token;
    return store_insert(ctx->tx, TABLE(audit_suppression), &row, why);
}

enum status suppression_update(const struct account_ctx *ctx, const struct suppression_request *in,
                               struct why *why)
{
    struct audit_suppression row;
    bool given = false;
    int64_t end = 0;
    TRY(suppression_get(ctx, in->check, in->resource, &row, why));
    TRY(read_end(ctx, in, &given, &end, why));
    if (given) {
        row.expires = end;
    } else if (in->indefinitely.given && row.expires == SUPPRESSION_FOREVER) {
        return why_set(why, STATUS_INVALID,
                       "suppressIndefinitely=false needs an expirationDate instead");
    }
    row.description = str_absent(in->description) ? row.description : in->description;
    return store_put(ctx->tx, TABLE(audit_suppression), &row, why);
}

enum status suppression_delete(const struct account_ctx *ctx, enum check_id check,
                               const struct resource_id *resource, struct why *why)
{
    struct audit_suppression row;
    TRY(key_of(ctx, check, resource, &row, why));
    enum status status = store_delete(ctx->tx, TABLE(audit_suppression), &row, why);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* ---- many ------------------------------------------------------------------------------------ */

struct looking {
    struct str check_name;
    struct str resource_key; /* absent: any */
};

static enum status look(const struct account_ctx *ctx, const void *row, const void *arg,
                        bool *ret_keep, bool *ret_stop, struct why *why)
{
    (void)ctx;
    (void)ret_stop;
    (void)why;
    const struct audit_suppression *suppression = row;
    const struct looking *looking = arg;
    *ret_keep =
        (str_absent(looking->check_name) || str_eq(looking->check_name, suppression->check_name)) &&
        (str_absent(looking->resource_key) ||
         str_eq(looking->resource_key, suppression->resource_key));
    return STATUS_OK;
}

enum status suppression_list(const struct account_ctx *ctx, const struct suppression_filter *filter,
                             const struct page *page, struct page_rows *ret, struct why *why)
{
    struct looking looking = {filter->check_name, STR_ABSENT};
    const struct store_range range = {.index = INDEX(audit_suppression, by_expiry)};
    const struct page_filter fits = {look, &looking};
    if (filter->resource != NULL) {
        TRY(resource_key(ctx->mem, filter->resource, &looking.resource_key, why));
    }
    return page_read(ctx, TABLE(audit_suppression), &range, page, &fits, ret, why);
}

/* ---- what audits ask ------------------------------------------------------------------------- */

enum status suppression_any(struct store_tx *tx, struct str check_name, bool *ret, struct why *why)
{
    const struct audit_suppression like = {.check_name = check_name};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    size_t n = 0;
    TRY(store_count(tx, TABLE(audit_suppression), &range, 1, &n, why));
    *ret = n > 0;
    return STATUS_OK;
}

enum status suppression_holds(struct store_tx *tx, struct arena *mem, struct str check_name,
                              struct str resource_key, int64_t now, bool *ret, struct why *why)
{
    struct audit_suppression row = {.check_name = check_name, .resource_key = resource_key};
    enum status status = store_get(tx, TABLE(audit_suppression), &row, mem, why);
    if (status == STATUS_NOT_FOUND) {
        *ret = false;
        return STATUS_OK;
    }
    TRY(status);
    *ret = row.expires > now;
    return STATUS_OK;
}
