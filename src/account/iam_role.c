/* iam_role.c: see iam_role.h. */
#include "account/iam_role.h"

#include "account/iam_access.h"
#include "account/iam_grant.h"
#include "account/quotas.h"

#include "base/banned.h"

/* A user or role of ours that a trust policy names must be there, so that a misspelled one is seen
 * at once; those of other accounts cannot be looked up. */
static enum status principal_check(const struct account_ctx *ctx,
                                   const struct policy_principal *principal, struct why *why)
{
    struct str path;
    struct str name;
    struct iam_entity entity;
    enum status status = STATUS_OK;
    if (principal->kind != POLICY_PERSON) {
        return STATUS_OK;
    }
    if (arn_is_our_iam(&ctx->id, principal->text, STR("user"), &path, &name)) {
        status = iam_entity_of_arn(ctx, IAM_USER, principal->text, &entity, why);
    } else if (arn_is_our_iam(&ctx->id, principal->text, STR("role"), &path, &name)) {
        status = iam_entity_of_arn(ctx, IAM_ROLE, principal->text, &entity, why);
    }
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_MALFORMED_POLICY,
                       "Invalid principal in policy: \"AWS\":\"%.*s\" does not exist",
                       STR_ARG(str_slice(principal->text, 0, 256)));
    }
    return status;
}

static enum status trust_check(const struct account_ctx *ctx, struct str trust, struct why *why)
{
    const struct policy_doc *doc;
    TRY(iam_document_check(ctx, trust, POLICY_OF_TRUST, QUOTA_IAM_TRUST, why));
    TRY(policy_doc_read_as(ctx->mem, trust, POLICY_OF_TRUST, &doc, why));
    for (size_t i = 0; i < doc->n_statements; i++) {
        const struct policy_statement *statement = &doc->statements[i];
        for (size_t p = 0; p < statement->n_principals; p++) {
            TRY(principal_check(ctx, &statement->principals[p], why));
        }
    }
    return STATUS_OK;
}

enum status iam_role_get(const struct account_ctx *ctx, struct str name, struct iam_role *ret,
                         struct why *why)
{
    struct iam_role row = {.name = name};
    TRY(iam_fold(ctx, name, &row.folded, why));
    enum status status = store_get(ctx->tx, TABLE(iam_role), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "The role with name %.*s cannot be found.", STR_ARG(name));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

enum status iam_role_arn(const struct account_ctx *ctx, const struct iam_role *role,
                         struct str *ret, struct why *why)
{
    return arn_make_iam(ctx->mem, &ctx->id, STR("role"), role->path, role->name, ret, why);
}

static enum status is_free(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct iam_role old;
    enum status status = iam_role_get(ctx, name, &old, why);
    if (status == STATUS_OK) {
        return why_set(why, STATUS_EXISTS, "Role with name %.*s already exists.",
                       STR_ARG(old.name));
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    const struct store_range all = {.index = NULL};
    size_t n;
    TRY(store_count(ctx->tx, TABLE(iam_role), &all, QUOTA_IAM_ROLES, &n, why));
    if (n >= QUOTA_IAM_ROLES) {
        return why_set(why, STATUS_LIMIT, "the account already has %d roles, the most",
                       QUOTA_IAM_ROLES);
    }
    return STATUS_OK;
}

enum status iam_role_create(const struct account_ctx *ctx, const struct iam_role_create *in,
                            struct iam_role *ret, struct why *why)
{
    struct str arn;
    TRY(is_free(ctx, in->name, why));
    TRY(trust_check(ctx, in->trust, why));
    struct iam_role row = {.name = in->name,
                           .path = str_absent(in->path) ? STR("/") : in->path,
                           .description = in->description,
                           .trust = in->trust,
                           .max_session =
                               in->max_session.given ? in->max_session.value : ROLE_SESSION_DEFAULT,
                           .created = clock_now(&ctx->clock)};
    TRY(iam_fold(ctx, in->name, &row.folded, why));
    TRY(iam_id_make(ctx, STR("AROA"), &row.id, why));
    TRY(store_insert(ctx->tx, TABLE(iam_role), &row, why));
    TRY(iam_role_arn(ctx, &row, &arn, why));
    TRY(tags_put_arn(ctx, arn, in->tags, why));
    *ret = row;
    return STATUS_OK;
}

enum status iam_role_update(const struct account_ctx *ctx, struct str name, struct str description,
                            struct maybe_int max_session, struct why *why)
{
    struct iam_role row;
    TRY(iam_role_get(ctx, name, &row, why));
    if (!str_absent(description)) {
        row.description = description;
    }
    if (max_session.given) {
        row.max_session = max_session.value;
    }
    return store_put(ctx->tx, TABLE(iam_role), &row, why);
}

enum status iam_role_trust_set(const struct account_ctx *ctx, struct str name, struct str trust,
                               struct why *why)
{
    struct iam_role row;
    TRY(iam_role_get(ctx, name, &row, why));
    TRY(trust_check(ctx, trust, why));
    row.trust = trust;
    return store_put(ctx->tx, TABLE(iam_role), &row, why);
}

enum status iam_role_delete(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct iam_role row;
    struct str arn;
    TRY(iam_role_get(ctx, name, &row, why));
    TRY(iam_grants_refuse_any(ctx, IAM_ROLE, row.folded, why));
    TRY(iam_role_arn(ctx, &row, &arn, why));
    TRY(tags_drop_arn(ctx, arn, why));
    TRY(iam_uses_drop(ctx, IAM_ROLE, row.folded, why));
    return store_delete(ctx->tx, TABLE(iam_role), &row, why);
}

static enum status has_path(const struct account_ctx *ctx, const void *row, const void *arg,
                            bool *ret_keep, bool *ret_stop, struct why *why)
{
    (void)ctx, (void)ret_stop, (void)why;
    *ret_keep = str_starts(((const struct iam_role *)row)->path, *(const struct str *)arg);
    return STATUS_OK;
}

enum status iam_roles_list(const struct account_ctx *ctx, struct str prefix,
                           const struct page *page, struct page_rows *ret, struct why *why)
{
    const struct store_range all = {.index = NULL};
    const struct page_filter filter = {has_path, &prefix};
    return page_read(ctx, TABLE(iam_role), &all, page, str_absent(prefix) ? NULL : &filter, ret,
                     why);
}
