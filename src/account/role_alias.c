/* role_alias.c: see role_alias.h. */
#include "account/role_alias.h"

#include <inttypes.h>

#include "account/quotas.h"
#include "account/role_alias_use.h"

#include "base/banned.h"

static const struct str KIND = STR_INIT("rolealias");

static bool is_account(struct str s)
{
    bool digits = s.len == 12;
    for (size_t i = 0; digits && i < s.len; i++) {
        digits = s.ptr[i] >= '0' && s.ptr[i] <= '9';
    }
    return digits;
}

enum status role_arn_check(struct str arn, struct why *why)
{
    struct arn parts;
    if (arn_parse(arn, &parts, NULL) != STATUS_OK || !str_starts(parts.partition, STR("aws")) ||
        !str_eq(parts.service, STR("iam")) || parts.region.len != 0 || !is_account(parts.account) ||
        !str_eq(parts.type, STR("role")) || parts.name.len == 0 || str_ends(parts.name, STR("/"))) {
        return why_set(why, STATUS_INVALID,
                       "'%.*s' is not the ARN of an IAM role: arn:aws:iam::ACCOUNT:role/NAME",
                       STR_ARG(str_slice(arn, 0, 256)));
    }
    return STATUS_OK;
}

static enum status seconds_check(struct str alias, struct maybe_int seconds, struct why *why)
{
    if (seconds.given &&
        (seconds.value < ROLE_ALIAS_SECONDS_MIN || seconds.value > ROLE_ALIAS_SECONDS_MAX)) {
        return why_set(
            why, STATUS_INVALID,
            "credentials of role alias %.*s would last %" PRId64 " seconds; they may last %d to %d",
            STR_ARG(alias), seconds.value, ROLE_ALIAS_SECONDS_MIN, ROLE_ALIAS_SECONDS_MAX);
    }
    return STATUS_OK;
}

enum status role_alias_get(const struct account_ctx *ctx, struct str alias, struct role_alias *ret,
                           struct why *why)
{
    struct role_alias row = {.alias = alias};
    enum status status = store_get(ctx->tx, TABLE(role_alias), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_resource(why, ctx, KIND, alias,
                            why_set(why, status, "no role alias is named %.*s", STR_ARG(alias)));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

enum status role_arn_check_own(const struct account_ctx *ctx, const char *member, struct str text,
                               struct why *why)
{
    struct arn arn;
    TRY(role_arn_check(text, why));
    TRY(arn_parse(text, &arn, why));
    if (!str_eq(arn.account, ctx->id.account)) {
        return why_set(why, STATUS_INVALID,
                       "%s is of account %.*s; the role must be of this account, %.*s", member,
                       STR_ARG(arn.account), STR_ARG(ctx->id.account));
    }
    return STATUS_OK;
}

static enum status is_free(const struct account_ctx *ctx, struct str alias, struct why *why)
{
    struct role_alias old;
    enum status status = role_alias_get(ctx, alias, &old, why);
    if (status == STATUS_OK) {
        return why_resource(why, ctx, KIND, alias,
                            why_set(why, STATUS_EXISTS, "role alias %.*s exists", STR_ARG(alias)));
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    struct store_range all = {0};
    size_t n;
    TRY(store_count(ctx->tx, TABLE(role_alias), &all, QUOTA_ROLE_ALIASES, &n, why));
    if (n >= QUOTA_ROLE_ALIASES) {
        return why_set(why, STATUS_LIMIT, "the account already has %d role aliases, the most",
                       QUOTA_ROLE_ALIASES);
    }
    return STATUS_OK;
}

enum status role_alias_create(const struct account_ctx *ctx, struct str alias, struct str role_arn,
                              struct maybe_int seconds, struct tags tags, struct role_alias *ret,
                              struct why *why)
{
    TRY(role_arn_check(role_arn, why));
    TRY(seconds_check(alias, seconds, why));
    TRY(is_free(ctx, alias, why));
    int64_t now = clock_now(&ctx->clock);
    struct role_alias row = {.alias = alias,
                             .role_arn = role_arn,
                             .duration_seconds =
                                 seconds.given ? seconds.value : ROLE_ALIAS_SECONDS_DEFAULT,
                             .created = now,
                             .modified = now};
    TRY(store_insert(ctx->tx, TABLE(role_alias), &row, why));
    TRY(tags_put(ctx, KIND, alias, tags, why));
    *ret = row;
    return STATUS_OK;
}

enum status role_alias_update(const struct account_ctx *ctx, struct str alias, struct str role_arn,
                              struct maybe_int seconds, struct why *why)
{
    struct role_alias row;
    TRY(role_alias_get(ctx, alias, &row, why));
    TRY(seconds_check(alias, seconds, why));
    if (!str_absent(role_arn)) {
        TRY(role_arn_check(role_arn, why));
        row.role_arn = role_arn;
    }
    if (seconds.given) {
        row.duration_seconds = seconds.value;
    }
    row.modified = clock_now(&ctx->clock);
    return store_put(ctx->tx, TABLE(role_alias), &row, why);
}

enum status role_alias_delete(const struct account_ctx *ctx, struct str alias, struct why *why)
{
    struct role_alias row;
    TRY(role_alias_get(ctx, alias, &row, why));
    TRY(tags_drop(ctx, KIND, alias, why));
    TRY(role_alias_uses_drop(ctx, alias, why));
    return store_delete(ctx->tx, TABLE(role_alias), &row, why);
}

enum status role_aliases_list(const struct account_ctx *ctx, const struct page *page,
                              struct page_rows *ret, struct why *why)
{
    struct store_range all = {0};
    return page_read(ctx, TABLE(role_alias), &all, page, NULL, ret, why);
}
