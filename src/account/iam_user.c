/* iam_user.c: see iam_user.h. */
#include "account/iam_user.h"

#include "account/iam_access.h"
#include "account/iam_grant.h"
#include "account/quotas.h"

#include "base/banned.h"

enum status iam_user_get(const struct account_ctx *ctx, struct str name, struct iam_user *ret,
                         struct why *why)
{
    struct iam_user row = {.name = name};
    TRY(iam_fold(ctx, name, &row.folded, why));
    enum status status = store_get(ctx->tx, TABLE(iam_user), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "The user with name %.*s cannot be found.", STR_ARG(name));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

enum status iam_user_arn(const struct account_ctx *ctx, const struct iam_user *user,
                         struct str *ret, struct why *why)
{
    return arn_make_iam(ctx->mem, &ctx->id, STR("user"), user->path, user->name, ret, why);
}

static enum status is_free(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct iam_user old;
    enum status status = iam_user_get(ctx, name, &old, why);
    if (status == STATUS_OK) {
        return why_set(why, STATUS_EXISTS, "User with name %.*s already exists.",
                       STR_ARG(old.name));
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    const struct store_range all = {.index = NULL};
    size_t n;
    TRY(store_count(ctx->tx, TABLE(iam_user), &all, QUOTA_IAM_USERS, &n, why));
    if (n >= QUOTA_IAM_USERS) {
        return why_set(why, STATUS_LIMIT, "the account already has %d users, the most",
                       QUOTA_IAM_USERS);
    }
    return STATUS_OK;
}

enum status iam_user_create(const struct account_ctx *ctx, struct str name, struct str path,
                            struct tags tags, struct iam_user *ret, struct why *why)
{
    struct str arn;
    TRY(is_free(ctx, name, why));
    struct iam_user row = {.name = name,
                           .path = str_absent(path) ? STR("/") : path,
                           .created = clock_now(&ctx->clock)};
    TRY(iam_fold(ctx, name, &row.folded, why));
    TRY(iam_id_make(ctx, STR("AIDA"), &row.id, why));
    TRY(store_insert(ctx->tx, TABLE(iam_user), &row, why));
    TRY(iam_user_arn(ctx, &row, &arn, why));
    TRY(tags_put_arn(ctx, arn, tags, why));
    *ret = row;
    return STATUS_OK;
}

static enum status refuse_keys(const struct account_ctx *ctx, const struct iam_user *user,
                               struct why *why)
{
    struct access_key owner = {.id = STR_ABSENT};
    const struct store_range range = {
        .index = INDEX(access_key, by_user), .prefix = &owner, .n_prefix = 1};
    size_t n;
    TRY(iam_user_arn(ctx, user, &owner.user_arn, why));
    TRY(store_count(ctx->tx, TABLE(access_key), &range, 1, &n, why));
    if (n > 0) {
        return why_set(why, STATUS_DELETE_CONFLICT,
                       "Cannot delete entity, must delete access keys first: user %.*s has some.",
                       STR_ARG(user->name));
    }
    return STATUS_OK;
}

enum status iam_user_delete(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct iam_user row;
    struct str arn;
    TRY(iam_user_get(ctx, name, &row, why));
    TRY(refuse_keys(ctx, &row, why));
    TRY(iam_grants_refuse_any(ctx, IAM_USER, row.folded, why));
    TRY(iam_user_arn(ctx, &row, &arn, why));
    TRY(tags_drop_arn(ctx, arn, why));
    TRY(iam_uses_drop(ctx, IAM_USER, row.folded, why));
    return store_delete(ctx->tx, TABLE(iam_user), &row, why);
}

static enum status has_path(const struct account_ctx *ctx, const void *row, const void *arg,
                            bool *ret_keep, bool *ret_stop, struct why *why)
{
    (void)ctx, (void)ret_stop, (void)why;
    *ret_keep = str_starts(((const struct iam_user *)row)->path, *(const struct str *)arg);
    return STATUS_OK;
}

enum status iam_users_list(const struct account_ctx *ctx, struct str prefix,
                           const struct page *page, struct page_rows *ret, struct why *why)
{
    const struct store_range all = {.index = NULL};
    const struct page_filter filter = {has_path, &prefix};
    return page_read(ctx, TABLE(iam_user), &all, page, str_absent(prefix) ? NULL : &filter, ret,
                     why);
}
