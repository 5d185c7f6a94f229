/* policy.c: see policy.h. */
#include "account/policy.h"

#include "account/quotas.h"
#include "codec/digest.h"
#include "policy/doc.h"

#include "base/banned.h"

/* ---- documents ------------------------------------------------------------------------------- */

enum status policy_document_check(struct arena *mem, struct str document, struct why *why)
{
    const struct policy_doc *doc;
    if (!str_is_utf8(document)) {
        return why_set(why, STATUS_MALFORMED_POLICY, "the policy document is not UTF-8");
    }
    size_t size = policy_size(document);
    if (size > POLICY_SIZE_MAX) {
        return why_set(why, STATUS_MALFORMED_POLICY,
                       "the policy document has %zu characters without white space; %d are allowed",
                       size, POLICY_SIZE_MAX);
    }
    return policy_doc_read(mem, document, &doc, why);
}

static enum status version_insert(const struct account_ctx *ctx, const struct policy *policy,
                                  struct str document, struct policy_version *ret, struct why *why)
{
    struct policy_version row = {
        .policy = policy->name,
        .version = policy->last_version,
        .document = document,
        .created = clock_now(&ctx->clock),
    };
    char *hash = arena_alloc(ctx->mem, SHA256_HEX + 1);
    TRY_PTR(hash);
    TRY(digest_sha256_hex(bytes_of_str(document), hash, why));
    row.document_hash = (struct str){hash, SHA256_HEX};
    TRY(store_insert(ctx->tx, TABLE(policy_version), &row, why));
    *ret = row;
    return STATUS_OK;
}

/* Stamps a change and puts the row. */
static enum status policy_put(const struct account_ctx *ctx, struct policy *policy, struct why *why)
{
    policy->modified = clock_now(&ctx->clock);
    TRY(account_uuid(ctx, &policy->generation_id, why));
    return store_put(ctx->tx, TABLE(policy), policy, why);
}

enum status policy_create(const struct account_ctx *ctx, struct str name, struct str document,
                          struct tags tags, struct policy *ret, struct why *why)
{
    struct policy there = {.name = name};
    enum status status = store_get(ctx->tx, TABLE(policy), &there, ctx->mem, why);
    if (status == STATUS_OK) {
        return why_resource(why, ctx, STR("policy"), name,
                            why_set(why, STATUS_EXISTS,
                                    "policy %.*s exists already; "
                                    "CreatePolicyVersion gives it another document",
                                    STR_ARG(name)));
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    struct policy row = {
        .name = name,
        .default_version = 1,
        .last_version = 1,
        .created = clock_now(&ctx->clock),
    };
    struct policy_version version;
    TRY(version_insert(ctx, &row, document, &version, why));
    TRY(policy_put(ctx, &row, why));
    TRY(tags_put(ctx, STR("policy"), name, tags, why));
    *ret = row;
    return STATUS_OK;
}

static enum status count_versions(const struct account_ctx *ctx, struct str name, size_t *ret,
                                  struct why *why)
{
    struct policy_version prefix = {.policy = name};
    struct store_range range = {.prefix = &prefix, .n_prefix = 1};
    return store_count(ctx->tx, TABLE(policy_version), &range, QUOTA_POLICY_VERSIONS, ret, why);
}

enum status policy_version_create(const struct account_ctx *ctx, struct str name,
                                  struct str document, bool set_as_default,
                                  struct policy_version *ret, struct why *why)
{
    struct policy policy;
    size_t n;
    TRY(policy_get(ctx, name, &policy, NULL, why));
    TRY(count_versions(ctx, name, &n, why));
    if (n >= QUOTA_POLICY_VERSIONS) {
        return why_set(why, STATUS_VERSIONS_LIMIT,
                       "policy %.*s has %d versions; delete one before another is made",
                       STR_ARG(name), QUOTA_POLICY_VERSIONS);
    }
    policy.last_version++;
    if (set_as_default) {
        policy.default_version = policy.last_version;
    }
    TRY(version_insert(ctx, &policy, document, ret, why));
    return policy_put(ctx, &policy, why);
}

/* ---- reading --------------------------------------------------------------------------------- */

enum status policy_get(const struct account_ctx *ctx, struct str name, struct policy *ret,
                       struct policy_version *ret_default, struct why *why)
{
    struct policy row = {.name = name};
    enum status status = store_get(ctx->tx, TABLE(policy), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_NOT_FOUND, "no policy is named %.*s", STR_ARG(name));
    }
    TRY(status);
    if (ret_default != NULL) {
        struct policy_version version = {.policy = name, .version = row.default_version};
        TRY(store_get(ctx->tx, TABLE(policy_version), &version, ctx->mem, why));
        *ret_default = version;
    }
    *ret = row;
    return STATUS_OK;
}

enum status policy_version_get(const struct account_ctx *ctx, struct str name, struct str number,
                               struct policy *ret_policy, struct policy_version *ret,
                               struct why *why)
{
    struct policy policy;
    TRY(policy_get(ctx, name, &policy, NULL, why));
    struct policy_version row = {.policy = name};
    enum status status = str_to_int64(number, &row.version);
    if (status == STATUS_OK) {
        status = store_get(ctx->tx, TABLE(policy_version), &row, ctx->mem, why);
    }
    if (status == STATUS_NOT_FOUND || status == STATUS_INVALID) {
        return why_set(why, STATUS_NOT_FOUND, "policy %.*s has no version %.*s", STR_ARG(name),
                       STR_ARG(str_slice(number, 0, 32)));
    }
    TRY(status);
    if (ret_policy != NULL) {
        *ret_policy = policy;
    }
    *ret = row;
    return STATUS_OK;
}

enum status policy_list(const struct account_ctx *ctx, const struct page *page,
                        struct page_rows *ret, struct why *why)
{
    struct store_range range = {.index = INDEX(policy, by_created)};
    return page_read(ctx, TABLE(policy), &range, page, NULL, ret, why);
}

enum status policy_version_list(const struct account_ctx *ctx, struct str name,
                                struct policy_versions *ret, struct why *why)
{
    struct policy_versions versions = {.n = 0};
    TRY(policy_get(ctx, name, &versions.policy, NULL, why));
    versions.at = NEW_ARRAY(ctx->mem, struct policy_version, QUOTA_POLICY_VERSIONS);
    TRY_PTR(versions.at);
    struct policy_version prefix = {.policy = name};
    struct store_range range = {.prefix = &prefix,
                                .n_prefix = 1,
                                .columns = COLUMN_BIT(COL_policy_version__policy) |
                                           COLUMN_BIT(COL_policy_version__version) |
                                           COLUMN_BIT(COL_policy_version__created)};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(policy_version), &range, &scan, why));
    while (versions.n < QUOTA_POLICY_VERSIONS) {
        bool more;
        TRY(store_scan_next(scan, &versions.at[versions.n], ctx->mem, &more, why));
        if (!more) {
            break;
        }
        versions.n++;
    }
    *ret = versions;
    return STATUS_OK;
}

/* ---- changing -------------------------------------------------------------------------------- */

enum status policy_set_default(const struct account_ctx *ctx, struct str name, struct str number,
                               struct why *why)
{
    struct policy policy;
    struct policy_version version;
    TRY(policy_version_get(ctx, name, number, &policy, &version, why));
    if (policy.default_version == version.version) {
        return STATUS_OK;
    }
    policy.default_version = version.version;
    return policy_put(ctx, &policy, why);
}

enum status policy_version_delete(const struct account_ctx *ctx, struct str name, struct str number,
                                  struct why *why)
{
    struct policy policy;
    struct policy_version version;
    TRY(policy_version_get(ctx, name, number, &policy, &version, why));
    if (policy.default_version == version.version) {
        return why_set(why, STATUS_DELETE_CONFLICT,
                       "version %.*s is the default of policy %.*s; make another one the default "
                       "first",
                       STR_ARG(number), STR_ARG(name));
    }
    TRY(store_delete(ctx->tx, TABLE(policy_version), &version, why));
    return policy_put(ctx, &policy, why);
}

static enum status refuse_attached(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct policy_target prefix = {.policy = name};
    struct store_range range = {.prefix = &prefix, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(policy_target), &range, &scan, why));
    struct policy_target row;
    bool more;
    TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
    if (!more) {
        return STATUS_OK;
    }
    return why_set(why, STATUS_DELETE_CONFLICT, "policy %.*s is attached to %.*s; detach it first",
                   STR_ARG(name), STR_ARG(row.target));
}

enum status policy_delete(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct policy policy;
    size_t n;
    TRY(policy_get(ctx, name, &policy, NULL, why));
    TRY(count_versions(ctx, name, &n, why));
    if (n > 1) {
        return why_set(why, STATUS_DELETE_CONFLICT,
                       "policy %.*s has versions besides its default; delete them first",
                       STR_ARG(name));
    }
    TRY(refuse_attached(ctx, name, why));
    struct policy_version version = {.policy = name, .version = policy.default_version};
    TRY(tags_drop(ctx, STR("policy"), name, why));
    TRY(store_delete(ctx->tx, TABLE(policy_version), &version, why));
    return store_delete(ctx->tx, TABLE(policy), &policy, why);
}
