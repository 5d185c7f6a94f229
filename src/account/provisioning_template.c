/* provisioning_template.c: see provisioning_template.h. */
#include "account/provisioning_template.h"

#include "account/ca_certificate.h"
#include "account/policy.h"
#include "account/quotas.h"
#include "account/role_alias.h"

#include "base/banned.h"

#define TYPE STR("provisioningtemplate")

enum template_use provisioning_use(struct str kind)
{
    return str_eq(kind, TEMPLATE_KIND_JITP) ? TEMPLATE_JITP : TEMPLATE_FLEET;
}

/* A document in a template that breaks the grammar is the template's fault, not a request's. */
static enum status document_check(struct arena *mem, const struct template_policy *policy,
                                  struct why *why)
{
    struct why cause = {.code = STATUS_OK};
    enum status status = policy_document_check(mem, policy->document, &cause);
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    if (status == STATUS_NO_MEMORY) {
        return why_no_memory(why);
    }
    return why_set(why, STATUS_INVALID, "$.Resources.%.*s.Properties.PolicyDocument: %s",
                   STR_ARG(str_slice(policy->id, 0, 64)), cause.text);
}

enum status provisioning_body_check(struct arena *mem, struct str body, enum template_use use,
                                    const struct template **ret, struct why *why)
{
    const struct template *template = NULL;
    struct template_filled *fixed = NEW(mem, struct template_filled);
    TRY_PTR(fixed);
    TRY(template_read(mem, body, use, &template, fixed, why));
    for (size_t i = 0; i < fixed->n_policies; i++) {
        if (!str_absent(fixed->policies[i].document)) {
            TRY(document_check(mem, &fixed->policies[i], why));
        }
    }
    if (ret != NULL) {
        *ret = template;
    }
    return STATUS_OK;
}

/* ---- creating -------------------------------------------------------------------------------- */

static enum status refuse_name_taken(const struct account_ctx *ctx, struct str name,
                                     struct why *why)
{
    struct provisioning_template there = {.name = name};
    enum status status = store_get(ctx->tx, TABLE(provisioning_template), &there, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    return why_resource(
        why, ctx, TYPE, name,
        why_set(why, STATUS_EXISTS, "provisioning template %.*s exists already", STR_ARG(name)));
}

static enum status refuse_too_many(const struct account_ctx *ctx, struct why *why)
{
    const struct store_range all = {.index = NULL};
    size_t n;
    TRY(store_count(ctx->tx, TABLE(provisioning_template), &all, QUOTA_PROVISIONING_TEMPLATES, &n,
                    why));
    if (n >= QUOTA_PROVISIONING_TEMPLATES) {
        return why_set(why, STATUS_LIMIT,
                       "the account already has %d provisioning templates, the most",
                       QUOTA_PROVISIONING_TEMPLATES);
    }
    return STATUS_OK;
}

/* What holds of a row after each change. */
static enum status row_check(const struct provisioning_template *row, struct why *why)
{
    if (str_eq(row->kind, TEMPLATE_KIND_JITP) && !str_absent(row->hook)) {
        return why_set(why, STATUS_INVALID,
                       "a JITP template has no preProvisioningHook; only FLEET_PROVISIONING has");
    }
    return role_arn_check(row->role_arn, why);
}

static enum status version_insert(const struct account_ctx *ctx, const struct str name,
                                  int64_t number, struct str body,
                                  struct provisioning_template_version *ret, struct why *why)
{
    struct provisioning_template_version row = {
        .template = name, .version = number, .body = body, .created = clock_now(&ctx->clock)};
    TRY(store_insert(ctx->tx, TABLE(provisioning_template_version), &row, why));
    if (ret != NULL) {
        *ret = row;
    }
    return STATUS_OK;
}

enum status provisioning_template_create(const struct account_ctx *ctx,
                                         const struct provisioning_template_new *in,
                                         struct provisioning_template *ret, struct why *why)
{
    struct provisioning_template row = {
        .name = in->name,
        .kind = str_absent(in->kind) ? TEMPLATE_KIND_FLEET : in->kind,
        .description = in->description,
        .enabled = in->enabled,
        .role_arn = in->role_arn,
        .hook = in->hook,
        .default_version = 1,
        .last_version = 1,
        .created = clock_now(&ctx->clock),
        .modified = clock_now(&ctx->clock),
    };
    TRY(refuse_name_taken(ctx, in->name, why));
    TRY(refuse_too_many(ctx, why));
    TRY(row_check(&row, why));
    TRY(version_insert(ctx, row.name, 1, in->body, NULL, why));
    TRY(store_insert(ctx->tx, TABLE(provisioning_template), &row, why));
    TRY(tags_put(ctx, TYPE, row.name, in->tags, why));
    *ret = row;
    return STATUS_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

enum status provisioning_template_get(const struct account_ctx *ctx, struct str name,
                                      struct provisioning_template *ret,
                                      struct provisioning_template_version *ret_default,
                                      struct why *why)
{
    struct provisioning_template row = {.name = name};
    enum status status = store_get(ctx->tx, TABLE(provisioning_template), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_NOT_FOUND, "no provisioning template is named %.*s",
                       STR_ARG(str_slice(name, 0, 64)));
    }
    TRY(status);
    if (ret_default != NULL) {
        struct provisioning_template_version version = {.template = name,
                                                        .version = row.default_version};
        TRY(store_get(ctx->tx, TABLE(provisioning_template_version), &version, ctx->mem, why));
        *ret_default = version;
    }
    *ret = row;
    return STATUS_OK;
}

enum status provisioning_template_list(const struct account_ctx *ctx, const struct page *page,
                                       struct page_rows *ret, struct why *why)
{
    const struct store_range all = {.index = NULL};
    return page_read(ctx, TABLE(provisioning_template), &all, page, NULL, ret, why);
}

enum status provisioning_version_get(const struct account_ctx *ctx, struct str name,
                                     int64_t version, struct provisioning_template *ret_template,
                                     struct provisioning_template_version *ret, struct why *why)
{
    struct provisioning_template template;
    struct provisioning_template_version row = {.template = name, .version = version};
    TRY(provisioning_template_get(ctx, name, &template, NULL, why));
    enum status status =
        store_get(ctx->tx, TABLE(provisioning_template_version), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_NOT_FOUND, "provisioning template %.*s has no version %lld",
                       STR_ARG(name), (long long)version);
    }
    TRY(status);
    if (ret_template != NULL) {
        *ret_template = template;
    }
    *ret = row;
    return STATUS_OK;
}

static struct store_range versions_of(const struct provisioning_template_version *prefix)
{
    return (struct store_range){
        .prefix = prefix,
        .n_prefix = 1,
        .columns = COLUMN_BIT(COL_provisioning_template_version__template) |
                   COLUMN_BIT(COL_provisioning_template_version__version) |
                   COLUMN_BIT(COL_provisioning_template_version__created),
    };
}

enum status provisioning_version_list(const struct account_ctx *ctx, struct str name,
                                      const struct page *page,
                                      struct provisioning_template *ret_template,
                                      struct page_rows *ret, struct why *why)
{
    const struct provisioning_template_version prefix = {.template = name};
    const struct store_range range = versions_of(&prefix);
    TRY(provisioning_template_get(ctx, name, ret_template, NULL, why));
    return page_read(ctx, TABLE(provisioning_template_version), &range, page, NULL, ret, why);
}

/* ---- changing -------------------------------------------------------------------------------- */

static enum status row_put(const struct account_ctx *ctx, struct provisioning_template *row,
                           struct why *why)
{
    row->modified = clock_now(&ctx->clock);
    return store_put(ctx->tx, TABLE(provisioning_template), row, why);
}

enum status provisioning_template_update(const struct account_ctx *ctx, struct str name,
                                         const struct provisioning_template_change *change,
                                         struct why *why)
{
    struct provisioning_template row;
    struct provisioning_template_version version;
    TRY(provisioning_template_get(ctx, name, &row, NULL, why));
    if (change->remove_hook && !str_absent(change->hook)) {
        return why_set(why, STATUS_INVALID,
                       "removePreProvisioningHook cannot be asked for together with a "
                       "preProvisioningHook");
    }
    if (change->default_version.given) {
        row.default_version = change->default_version.value;
        TRY(provisioning_version_get(ctx, name, row.default_version, NULL, &version, why));
    }
    row.description = str_absent(change->description) ? row.description : change->description;
    row.role_arn = str_absent(change->role_arn) ? row.role_arn : change->role_arn;
    row.enabled = change->enabled.given ? change->enabled.value : row.enabled;
    row.hook = str_absent(change->hook) ? row.hook : change->hook;
    if (change->remove_hook) {
        row.hook = STR_ABSENT;
    }
    TRY(row_check(&row, why));
    return row_put(ctx, &row, why);
}

enum status provisioning_version_create(const struct account_ctx *ctx, struct str name,
                                        struct str body, bool set_as_default,
                                        struct provisioning_template_version *ret, struct why *why)
{
    struct provisioning_template row;
    const struct provisioning_template_version prefix = {.template = name};
    const struct store_range range = versions_of(&prefix);
    size_t n;
    TRY(provisioning_template_get(ctx, name, &row, NULL, why));
    TRY(store_count(ctx->tx, TABLE(provisioning_template_version), &range, QUOTA_TEMPLATE_VERSIONS,
                    &n, why));
    if (n >= QUOTA_TEMPLATE_VERSIONS) {
        return why_set(why, STATUS_VERSIONS_LIMIT,
                       "provisioning template %.*s has %d versions; delete one before another is "
                       "made",
                       STR_ARG(name), QUOTA_TEMPLATE_VERSIONS);
    }
    row.last_version++;
    if (set_as_default) {
        row.default_version = row.last_version;
    }
    TRY(version_insert(ctx, name, row.last_version, body, ret, why));
    return row_put(ctx, &row, why);
}

/* ---- deleting -------------------------------------------------------------------------------- */

enum status provisioning_version_delete(const struct account_ctx *ctx, struct str name,
                                        int64_t version, struct why *why)
{
    struct provisioning_template template;
    struct provisioning_template_version row;
    TRY(provisioning_version_get(ctx, name, version, &template, &row, why));
    if (template.default_version == version) {
        return why_set(why, STATUS_DELETE_CONFLICT,
                       "version %lld is the default of provisioning template %.*s; make another "
                       "one the default first",
                       (long long)version, STR_ARG(name));
    }
    return store_delete(ctx->tx, TABLE(provisioning_template_version), &row, why);
}

static enum status refuse_in_use(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct page page = {.max = 1, .after = STR_ABSENT};
    struct page_rows rows;
    do { /* a page of a filtered list may find nothing and go on */
        TRY(ca_certificate_list(ctx, name, &page, &rows, why));
        page.after = rows.next;
    } while (rows.n == 0 && !str_absent(rows.next));
    if (rows.n == 0) {
        return STATUS_OK;
    }
    const struct ca_certificate *ca = rows.rows;
    return why_resource(why, ctx, STR("cacert"), ca->id,
                        why_set(why, STATUS_DELETE_CONFLICT,
                                "CA certificate %.*s provisions with template %.*s",
                                STR_ARG(ca->id), STR_ARG(name)));
}

static enum status versions_drop(const struct account_ctx *ctx, struct str name, struct why *why)
{
    const struct provisioning_template_version prefix = {.template = name};
    const struct store_range range = versions_of(&prefix);
    struct page_rows rows;
    const struct page page = {.max = QUOTA_TEMPLATE_VERSIONS, .after = STR_ABSENT};
    TRY(page_read(ctx, TABLE(provisioning_template_version), &range, &page, NULL, &rows, why));
    const struct provisioning_template_version *versions = rows.rows;
    for (size_t i = 0; i < rows.n; i++) {
        TRY(store_delete(ctx->tx, TABLE(provisioning_template_version), &versions[i], why));
    }
    return STATUS_OK;
}

enum status provisioning_template_delete(const struct account_ctx *ctx, struct str name,
                                         struct why *why)
{
    struct provisioning_template row;
    TRY(provisioning_template_get(ctx, name, &row, NULL, why));
    TRY(refuse_in_use(ctx, name, why));
    TRY(versions_drop(ctx, name, why));
    TRY(tags_drop(ctx, TYPE, name, why));
    return store_delete(ctx->tx, TABLE(provisioning_template), &row, why);
}
