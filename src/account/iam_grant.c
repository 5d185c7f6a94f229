/* iam_grant.c: see iam_grant.h. */
#include "account/iam_grant.h"

#include "account/iam_policy.h"
#include "account/quotas.h"

#include "base/banned.h"

static const size_t inline_max[] = {
    [IAM_USER] = QUOTA_IAM_USER_INLINE, [IAM_ROLE] = QUOTA_IAM_ROLE_INLINE};

/* ---- inline ---------------------------------------------------------------------------------- */

/* Characters of the entity's inline policies but the one named. */
static enum status size_of_others(const struct account_ctx *ctx, const struct iam_inline *row,
                                  size_t *ret, struct why *why)
{
    const struct store_range range = {.prefix = row, .n_prefix = 2};
    size_t size = 0;
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(iam_inline), &range, &scan, why));
    for (;;) {
        struct iam_inline other;
        bool more;
        TRY(store_scan_next(scan, &other, ctx->mem, &more, why));
        if (!more) {
            *ret = size;
            return STATUS_OK;
        }
        size += str_eq(other.policy, row->policy) ? 0 : policy_size(other.document);
    }
}

enum status iam_inline_put(const struct account_ctx *ctx, enum iam_kind kind, struct str name,
                           struct str policy, struct str document, struct why *why)
{
    struct iam_entity entity;
    size_t others;
    TRY(iam_entity_get(ctx, kind, name, &entity, why));
    TRY(iam_document_check(ctx, document, POLICY_OF_IDENTITY, inline_max[kind], why));
    const struct iam_inline row = {iam_kind_text(kind), entity.folded, policy, document};
    TRY(size_of_others(ctx, &row, &others, why));
    if (others + policy_size(document) > inline_max[kind]) {
        return why_set(why, STATUS_LIMIT,
                       "Maximum policy size of %zu bytes exceeded for %.*s %.*s: its inline "
                       "policies would have %zu characters together",
                       inline_max[kind], STR_ARG(iam_kind_text(kind)), STR_ARG(entity.name),
                       others + policy_size(document));
    }
    return store_put(ctx->tx, TABLE(iam_inline), &row, why);
}

enum status iam_inline_get(const struct account_ctx *ctx, enum iam_kind kind, struct str name,
                           struct str policy, struct iam_inline *ret, struct why *why)
{
    struct iam_entity entity;
    TRY(iam_entity_get(ctx, kind, name, &entity, why));
    struct iam_inline row = {
        .kind = iam_kind_text(kind), .entity = entity.folded, .policy = policy};
    enum status status = store_get(ctx->tx, TABLE(iam_inline), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "The %.*s policy with name %.*s cannot be found.",
                       STR_ARG(iam_kind_text(kind)), STR_ARG(policy));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

enum status iam_inline_delete(const struct account_ctx *ctx, enum iam_kind kind, struct str name,
                              struct str policy, struct why *why)
{
    struct iam_inline row;
    TRY(iam_inline_get(ctx, kind, name, policy, &row, why));
    return store_delete(ctx->tx, TABLE(iam_inline), &row, why);
}

enum status iam_inline_list(const struct account_ctx *ctx, enum iam_kind kind, struct str name,
                            const struct page *page, struct page_rows *ret, struct why *why)
{
    struct iam_entity entity;
    TRY(iam_entity_get(ctx, kind, name, &entity, why));
    const struct iam_inline prefix = {.kind = iam_kind_text(kind), .entity = entity.folded};
    const struct store_range range = {.prefix = &prefix, .n_prefix = 2};
    return page_read(ctx, TABLE(iam_inline), &range, page, NULL, ret, why);
}

/* ---- attached -------------------------------------------------------------------------------- */

enum status iam_attach(const struct account_ctx *ctx, enum iam_kind kind, struct str name,
                       struct str policy_arn, struct why *why)
{
    struct iam_entity entity;
    struct iam_managed policy;
    TRY(iam_entity_get(ctx, kind, name, &entity, why));
    TRY(iam_policy_get(ctx, policy_arn, &policy, why));
    struct iam_attached row = {iam_kind_text(kind), entity.folded, policy.arn,
                               clock_now(&ctx->clock)};
    struct iam_attached old = row;
    enum status status = store_get(ctx->tx, TABLE(iam_attached), &old, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    const struct store_range range = {.prefix = &row, .n_prefix = 2};
    size_t n;
    TRY(store_count(ctx->tx, TABLE(iam_attached), &range, QUOTA_IAM_ATTACHED, &n, why));
    if (n >= QUOTA_IAM_ATTACHED) {
        return why_set(why, STATUS_LIMIT,
                       "Cannot exceed quota for PoliciesPerEntity: %.*s %.*s has %d attached",
                       STR_ARG(iam_kind_text(kind)), STR_ARG(entity.name), QUOTA_IAM_ATTACHED);
    }
    return store_insert(ctx->tx, TABLE(iam_attached), &row, why);
}

enum status iam_detach(const struct account_ctx *ctx, enum iam_kind kind, struct str name,
                       struct str policy_arn, struct why *why)
{
    struct iam_entity entity;
    TRY(iam_entity_get(ctx, kind, name, &entity, why));
    const struct iam_attached row = {
        .kind = iam_kind_text(kind), .entity = entity.folded, .policy_arn = policy_arn};
    enum status status = store_delete(ctx->tx, TABLE(iam_attached), &row, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "Policy %.*s is not attached to %.*s %.*s.",
                       STR_ARG(str_slice(policy_arn, 0, 256)), STR_ARG(iam_kind_text(kind)),
                       STR_ARG(entity.name));
    }
    return status;
}

static enum status has_path(const struct account_ctx *ctx, const void *row, const void *arg,
                            bool *ret_keep, bool *ret_stop, struct why *why)
{
    (void)ret_stop;
    struct iam_managed policy;
    TRY(iam_policy_get(ctx, ((const struct iam_attached *)row)->policy_arn, &policy, why));
    *ret_keep = str_starts(policy.path, *(const struct str *)arg);
    return STATUS_OK;
}

enum status iam_attached_list(const struct account_ctx *ctx, enum iam_kind kind, struct str name,
                              struct str prefix, const struct page *page, struct page_rows *ret,
                              struct why *why)
{
    struct iam_entity entity;
    TRY(iam_entity_get(ctx, kind, name, &entity, why));
    const struct iam_attached of = {.kind = iam_kind_text(kind), .entity = entity.folded};
    const struct store_range range = {.prefix = &of, .n_prefix = 2};
    const struct page_filter filter = {has_path, &prefix};
    return page_read(ctx, TABLE(iam_attached), &range, page, str_absent(prefix) ? NULL : &filter,
                     ret, why);
}

/* ---- all ------------------------------------------------------------------------------------- */

enum status iam_grants_refuse_any(const struct account_ctx *ctx, enum iam_kind kind,
                                  struct str folded, struct why *why)
{
    const struct iam_inline own = {.kind = iam_kind_text(kind), .entity = folded};
    const struct iam_attached held = {.kind = iam_kind_text(kind), .entity = folded};
    const struct store_range owns = {.prefix = &own, .n_prefix = 2};
    const struct store_range holds = {.prefix = &held, .n_prefix = 2};
    size_t n;
    TRY(store_count(ctx->tx, TABLE(iam_attached), &holds, 1, &n, why));
    if (n > 0) {
        return why_set(why, STATUS_DELETE_CONFLICT,
                       "Cannot delete entity, must detach all policies first.");
    }
    TRY(store_count(ctx->tx, TABLE(iam_inline), &owns, 1, &n, why));
    if (n > 0) {
        return why_set(why, STATUS_DELETE_CONFLICT,
                       "Cannot delete entity, must delete policies first.");
    }
    return STATUS_OK;
}

static enum status add(const struct account_ctx *ctx, struct iam_grants *grants,
                       const struct iam_grant *grant, struct why *why)
{
    /* Grows in place as long as it is the arena's newest block; lists are short. */
    struct iam_grant *at =
        arena_grow(ctx->mem, grants->at, grants->n * sizeof *at, (grants->n + 1) * sizeof *at);
    TRY_PTR(at);
    grants->at = at;
    grants->at[grants->n++] = *grant;
    return STATUS_OK;
}

static enum status add_inline(const struct account_ctx *ctx, const struct iam_inline *prefix,
                              struct iam_grants *grants, struct why *why)
{
    const struct store_range range = {.prefix = prefix, .n_prefix = 2};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(iam_inline), &range, &scan, why));
    for (;;) {
        struct iam_inline row;
        bool more;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            return STATUS_OK;
        }
        const struct iam_grant grant = {row.policy, STR_ABSENT, row.document};
        TRY(add(ctx, grants, &grant, why));
    }
}

static enum status add_attached(const struct account_ctx *ctx, const struct iam_attached *prefix,
                                struct iam_grants *grants, struct why *why)
{
    const struct store_range range = {.prefix = prefix, .n_prefix = 2};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(iam_attached), &range, &scan, why));
    for (;;) {
        struct iam_attached row;
        struct iam_managed policy;
        struct iam_policy_version version;
        bool more;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            return STATUS_OK;
        }
        TRY(iam_policy_get(ctx, row.policy_arn, &policy, why));
        TRY(iam_policy_default_get(ctx, &policy, &version, why));
        const struct iam_grant grant = {policy.name, policy.arn, version.document};
        TRY(add(ctx, grants, &grant, why));
    }
}

enum status iam_grants_get(const struct account_ctx *ctx, enum iam_kind kind, struct str folded,
                           struct iam_grants *ret, struct why *why)
{
    const struct iam_inline own = {.kind = iam_kind_text(kind), .entity = folded};
    const struct iam_attached held = {.kind = iam_kind_text(kind), .entity = folded};
    struct iam_grants grants = {NULL, 0};
    TRY(add_inline(ctx, &own, &grants, why));
    TRY(add_attached(ctx, &held, &grants, why));
    *ret = grants;
    return STATUS_OK;
}
