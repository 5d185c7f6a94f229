/* principal.c: see principal.h. */
#include "account/principal.h"

#include "account/thing.h"

#include "base/banned.h"

static const struct str EXCLUSIVE = STR_INIT("EXCLUSIVE_THING");
static const struct str NON_EXCLUSIVE = STR_INIT("NON_EXCLUSIVE_THING");

/* ---- what is a principal ----------------------------------------------------------------------
 */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_uuid(struct str s)
{
    if (s.len != UUID_TEXT) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s.ptr[i] != '-' : !is_hex(s.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* "us-east-1:" and a uuid: lower-case letters, digits and dashes before the colon. */
bool principal_is_cognito(struct str s)
{
    size_t colon = str_find_char(s, ':', 0);
    for (size_t i = 0; i < colon; i++) {
        char c = s.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return false;
        }
    }
    return colon > 0 && colon < s.len && is_uuid(str_slice(s, colon + 1, s.len));
}

enum status principal_check(const struct account_ctx *ctx, struct str principal, struct why *why)
{
    if (principal_is_cognito(principal)) {
        return STATUS_OK;
    }
    struct certificate row = {0};
    if (!arn_is_ours(&ctx->id, principal, STR("cert"), &row.id)) {
        return why_set(why, STATUS_INVALID,
                       "principal '%.*s' is neither the ARN of a certificate of account %.*s in "
                       "%.*s nor the id of a Cognito identity",
                       STR_ARG(str_slice(principal, 0, 192)), STR_ARG(ctx->id.account),
                       STR_ARG(ctx->id.region));
    }
    enum status status = store_get(ctx->tx, TABLE(certificate), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_resource(why, ctx, STR("cert"), row.id,
                            why_set(why, status, "no certificate has the id %.*s",
                                    STR_ARG(str_slice(row.id, 0, 128))));
    }
    return status;
}

/* ---- attaching --------------------------------------------------------------------------------
 */

/* Rule 3, for a pair that is there. */
static enum status same_kind(const struct principal_thing *present, struct str kind,
                             struct why *why)
{
    if (!str_absent(kind) && !str_eq(kind, present->kind)) {
        return why_set(why, STATUS_INVALID,
                       "principal %.*s is attached to thing %.*s as %.*s; detach it before it is "
                       "attached as %.*s",
                       STR_ARG(present->principal), STR_ARG(present->thing), STR_ARG(present->kind),
                       STR_ARG(kind));
    }
    return STATUS_OK;
}

/* Rule 2. A principal with an exclusive thing has no other, so one row tells. */
static enum status exclusive_check(const struct account_ctx *ctx, struct str thing,
                                   struct str principal, struct str kind, struct why *why)
{
    struct principal_thing prefix = {.principal = principal};
    struct store_range range = {.prefix = &prefix, .n_prefix = 1};
    struct principal_thing other;
    bool more;
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(principal_thing), &range, &scan, why));
    TRY(store_scan_next(scan, &other, ctx->mem, &more, why));
    if (more && str_eq(other.kind, EXCLUSIVE)) {
        return why_set(why, STATUS_INVALID,
                       "principal %.*s cannot be attached to thing %.*s: it belongs to thing %.*s "
                       "exclusively",
                       STR_ARG(principal), STR_ARG(thing), STR_ARG(other.thing));
    }
    if (more && str_eq(kind, EXCLUSIVE)) {
        return why_set(
            why, STATUS_INVALID,
            "principal %.*s cannot be attached to thing %.*s exclusively: it is attached "
            "to thing %.*s",
            STR_ARG(principal), STR_ARG(thing), STR_ARG(other.thing));
    }
    return STATUS_OK;
}

enum status principal_attach(const struct account_ctx *ctx, struct str thing, struct str principal,
                             struct str kind, struct why *why)
{
    struct thing row;
    TRY(thing_get(ctx, thing, &row, why));
    TRY(principal_check(ctx, principal, why));
    struct principal_thing pair = {.principal = principal, .thing = thing};
    enum status status = store_get(ctx->tx, TABLE(principal_thing), &pair, ctx->mem, why);
    if (status == STATUS_OK) {
        return same_kind(&pair, kind, why);
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    pair.kind = str_absent(kind) ? NON_EXCLUSIVE : kind;
    TRY(exclusive_check(ctx, thing, principal, pair.kind, why));
    return store_insert(ctx->tx, TABLE(principal_thing), &pair, why);
}

enum status principal_detach(const struct account_ctx *ctx, struct str thing, struct str principal,
                             struct why *why)
{
    struct thing row;
    TRY(thing_get(ctx, thing, &row, why));
    TRY(principal_check(ctx, principal, why));
    struct principal_thing pair = {.principal = principal, .thing = thing};
    enum status status = store_delete(ctx->tx, TABLE(principal_thing), &pair, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "principal %.*s is not attached to thing %.*s",
                       STR_ARG(principal), STR_ARG(thing));
    }
    return status;
}

/* ---- lists ------------------------------------------------------------------------------------
 */

static enum status look_at_kind(const struct account_ctx *ctx, const void *row, const void *arg,
                                bool *ret_keep, bool *ret_stop, struct why *why)
{
    (void)ctx;
    (void)ret_stop;
    (void)why;
    const struct str *kind = arg;
    *ret_keep = str_eq(((const struct principal_thing *)row)->kind, *kind);
    return STATUS_OK;
}

static enum status list(const struct account_ctx *ctx, const struct store_range *range,
                        struct str kind, const struct page *page, struct page_rows *ret,
                        struct why *why)
{
    struct page_filter look = {look_at_kind, &kind};
    return page_read(ctx, TABLE(principal_thing), range, page, str_absent(kind) ? NULL : &look, ret,
                     why);
}

enum status principals_of_thing(const struct account_ctx *ctx, struct str thing, struct str kind,
                                const struct page *page, struct page_rows *ret, struct why *why)
{
    struct thing row;
    TRY(thing_get(ctx, thing, &row, why));
    struct principal_thing prefix = {.thing = thing};
    struct store_range range = {
        .index = INDEX(principal_thing, by_thing), .prefix = &prefix, .n_prefix = 1};
    return list(ctx, &range, kind, page, ret, why);
}

enum status things_of_principal(const struct account_ctx *ctx, struct str principal,
                                struct str kind, const struct page *page, struct page_rows *ret,
                                struct why *why)
{
    TRY(principal_check(ctx, principal, why));
    struct principal_thing prefix = {.principal = principal};
    struct store_range range = {.prefix = &prefix, .n_prefix = 1};
    return list(ctx, &range, kind, page, ret, why);
}
