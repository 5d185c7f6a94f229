/* iam_policy.c: see iam_policy.h. */
#include "account/iam_policy.h"

#include <inttypes.h>

#include "account/iam_aws.h"
#include "account/quotas.h"

#include "base/banned.h"

/* ---- which one ------------------------------------------------------------------------------- */

static enum status from_aws(const struct account_ctx *ctx, const struct iam_aws_policy *aws,
                            struct iam_managed *ret, struct why *why)
{
    const struct account_id owner = {STR("aws"), ctx->id.region};
    struct iam_managed policy = {.name = aws->name,
                                 .path = aws->path,
                                 .id = aws->id,
                                 .description = aws->description,
                                 .default_version = 1,
                                 .last_version = 1,
                                 .created = IAM_AWS_CREATED_S * INT64_C(1000),
                                 .modified = IAM_AWS_CREATED_S * INT64_C(1000),
                                 .of_aws = true,
                                 .document = aws->document,
                                 .document_made = IAM_AWS_CREATED_S * INT64_C(1000)};
    TRY(arn_make_iam(ctx->mem, &owner, STR("policy"), aws->path, aws->name, &policy.arn, why));
    *ret = policy;
    return STATUS_OK;
}

static enum status from_row(const struct account_ctx *ctx, const struct iam_policy *row,
                            struct iam_managed *ret, struct why *why)
{
    struct iam_managed policy = {.name = row->name,
                                 .path = row->path,
                                 .id = row->id,
                                 .description = row->description,
                                 .folded = row->folded,
                                 .default_version = row->default_version,
                                 .last_version = row->last_version,
                                 .created = row->created,
                                 .modified = row->modified};
    TRY(arn_make_iam(ctx->mem, &ctx->id, STR("policy"), row->path, row->name, &policy.arn, why));
    *ret = policy;
    return STATUS_OK;
}

static struct iam_managed from_held(const struct iam_aws_held *row)
{
    return (struct iam_managed){.arn = row->arn,
                                .name = row->name,
                                .path = row->path,
                                .id = row->id,
                                .description = row->description,
                                .default_version = row->version,
                                .last_version = row->version,
                                .created = row->created,
                                .modified = row->modified,
                                .of_aws = true,
                                .document = row->document,
                                .document_made = row->made};
}

static enum status find_aws(const struct account_ctx *ctx, struct str arn, struct str path,
                            struct str name, struct iam_managed *ret, struct why *why)
{
    for (size_t i = 0; i < iam_aws_count(); i++) {
        const struct iam_aws_policy *aws = iam_aws_at(i);
        if (str_eq(aws->name, name) && str_eq(aws->path, path)) {
            return from_aws(ctx, aws, ret, why);
        }
    }
    struct iam_aws_held row = {.arn = arn};
    enum status status = store_get(ctx->tx, TABLE(iam_aws_held), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "Policy %.*s does not exist or is not attachable.",
                       STR_ARG(str_slice(arn, 0, 256)));
    }
    TRY(status);
    *ret = from_held(&row);
    return STATUS_OK;
}

enum status iam_policy_get(const struct account_ctx *ctx, struct str arn, struct iam_managed *ret,
                           struct why *why)
{
    const struct account_id aws = {STR("aws"), ctx->id.region};
    struct str path;
    struct str name;
    struct iam_policy row = {.name = STR_ABSENT};
    enum status status = STATUS_NOT_FOUND;
    if (arn_is_our_iam(&aws, arn, STR("policy"), &path, &name)) {
        return find_aws(ctx, arn, path, name, ret, why);
    }
    if (arn_is_our_iam(&ctx->id, arn, STR("policy"), &path, &name)) {
        TRY(iam_fold(ctx, name, &row.folded, why));
        status = store_get(ctx->tx, TABLE(iam_policy), &row, ctx->mem, why);
    }
    if (status == STATUS_NOT_FOUND ||
        (status == STATUS_OK && !(str_eq(row.name, name) && str_eq(row.path, path)))) {
        return why_set(why, STATUS_NOT_FOUND, "Policy %.*s was not found.",
                       STR_ARG(str_slice(arn, 0, 256)));
    }
    TRY(status);
    return from_row(ctx, &row, ret, why);
}

/* The same for one that is about to be changed. */
static enum status get_own(const struct account_ctx *ctx, struct str arn, struct iam_managed *ret,
                           struct why *why)
{
    struct iam_managed policy;
    TRY(iam_policy_get(ctx, arn, &policy, why));
    if (policy.of_aws) {
        return why_set(why, STATUS_DENIED, "%.*s is a policy of AWS; nobody here may change it",
                       STR_ARG(policy.arn));
    }
    *ret = policy;
    return STATUS_OK;
}

/* Stamps a change and puts the row. */
static enum status put(const struct account_ctx *ctx, const struct iam_managed *policy,
                       struct why *why)
{
    const struct iam_policy row = {.folded = policy->folded,
                                   .name = policy->name,
                                   .path = policy->path,
                                   .id = policy->id,
                                   .description = policy->description,
                                   .default_version = policy->default_version,
                                   .last_version = policy->last_version,
                                   .created = policy->created,
                                   .modified = clock_now(&ctx->clock)};
    return store_put(ctx->tx, TABLE(iam_policy), &row, why);
}

/* ---- making and removing --------------------------------------------------------------------- */

static enum status is_free(const struct account_ctx *ctx, const struct iam_policy *row,
                           struct why *why)
{
    struct iam_policy old = *row;
    enum status status = store_get(ctx->tx, TABLE(iam_policy), &old, ctx->mem, why);
    if (status == STATUS_OK) {
        return why_set(why, STATUS_EXISTS, "A policy called %.*s already exists.",
                       STR_ARG(old.name));
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    const struct store_range all = {.index = NULL};
    size_t n;
    TRY(store_count(ctx->tx, TABLE(iam_policy), &all, QUOTA_IAM_POLICIES, &n, why));
    if (n >= QUOTA_IAM_POLICIES) {
        return why_set(why, STATUS_LIMIT, "the account already has %d managed policies, the most",
                       QUOTA_IAM_POLICIES);
    }
    return STATUS_OK;
}

enum status iam_policy_create(const struct account_ctx *ctx, const struct iam_policy_create *in,
                              struct iam_managed *ret, struct why *why)
{
    int64_t now = clock_now(&ctx->clock);
    struct iam_policy row = {.name = in->name,
                             .path = str_absent(in->path) ? STR("/") : in->path,
                             .description = in->description,
                             .default_version = 1,
                             .last_version = 1,
                             .created = now,
                             .modified = now};
    TRY(iam_fold(ctx, in->name, &row.folded, why));
    TRY(is_free(ctx, &row, why));
    TRY(iam_document_check(ctx, in->document, POLICY_OF_IDENTITY, QUOTA_IAM_MANAGED, why));
    TRY(iam_id_make(ctx, STR("ANPA"), &row.id, why));
    const struct iam_policy_version version = {row.folded, 1, in->document, now};
    TRY(store_insert(ctx->tx, TABLE(iam_policy), &row, why));
    TRY(store_insert(ctx->tx, TABLE(iam_policy_version), &version, why));
    struct iam_managed policy;
    TRY(from_row(ctx, &row, &policy, why));
    TRY(tags_put_arn(ctx, policy.arn, in->tags, why));
    *ret = policy;
    return STATUS_OK;
}

enum status iam_policy_count_attached(const struct account_ctx *ctx, struct str arn, size_t *ret,
                                      struct why *why)
{
    const struct iam_attached prefix = {.policy_arn = arn};
    const struct store_range range = {
        .index = INDEX(iam_attached, by_policy), .prefix = &prefix, .n_prefix = 1};
    return store_count(ctx->tx, TABLE(iam_attached), &range, 0, ret, why);
}

static enum status count_versions(const struct account_ctx *ctx, const struct iam_managed *policy,
                                  size_t *ret, struct why *why)
{
    const struct iam_policy_version prefix = {.policy = policy->folded};
    const struct store_range range = {.prefix = &prefix, .n_prefix = 1};
    return store_count(ctx->tx, TABLE(iam_policy_version), &range, 0, ret, why);
}

enum status iam_policy_delete(const struct account_ctx *ctx, struct str arn, struct why *why)
{
    struct iam_managed policy;
    size_t n;
    TRY(get_own(ctx, arn, &policy, why));
    TRY(iam_policy_count_attached(ctx, policy.arn, &n, why));
    if (n > 0) {
        return why_set(why, STATUS_DELETE_CONFLICT,
                       "Cannot delete a policy attached to entities: %.*s is attached to %zu.",
                       STR_ARG(policy.name), n);
    }
    TRY(count_versions(ctx, &policy, &n, why));
    if (n > 1) {
        return why_set(why, STATUS_DELETE_CONFLICT,
                       "This policy has more than one version. Before you delete a policy, you "
                       "must delete the policy's versions. The default version is deleted with "
                       "the policy.");
    }
    const struct iam_policy_version version = {.policy = policy.folded,
                                               .version = policy.default_version};
    const struct iam_policy row = {.folded = policy.folded};
    TRY(tags_drop_arn(ctx, policy.arn, why));
    TRY(store_delete(ctx->tx, TABLE(iam_policy_version), &version, why));
    return store_delete(ctx->tx, TABLE(iam_policy), &row, why);
}

/* ---- versions -------------------------------------------------------------------------------- */

enum status iam_policy_version_create(const struct account_ctx *ctx, struct str arn,
                                      struct str document, bool set_as_default,
                                      struct iam_policy_version *ret, struct why *why)
{
    struct iam_managed policy;
    size_t n;
    TRY(get_own(ctx, arn, &policy, why));
    TRY(iam_document_check(ctx, document, POLICY_OF_IDENTITY, QUOTA_IAM_MANAGED, why));
    TRY(count_versions(ctx, &policy, &n, why));
    if (n >= QUOTA_IAM_POLICY_VERSIONS) {
        return why_set(why, STATUS_LIMIT,
                       "A managed policy can have up to %d versions. Before you create a new "
                       "version, you must delete an existing version.",
                       QUOTA_IAM_POLICY_VERSIONS);
    }
    policy.last_version++;
    if (set_as_default) {
        policy.default_version = policy.last_version;
    }
    const struct iam_policy_version row = {policy.folded, policy.last_version, document,
                                           clock_now(&ctx->clock)};
    TRY(store_insert(ctx->tx, TABLE(iam_policy_version), &row, why));
    TRY(put(ctx, &policy, why));
    *ret = row;
    return STATUS_OK;
}

static enum status version_get(const struct account_ctx *ctx, const struct iam_managed *policy,
                               int64_t number, struct iam_policy_version *ret, struct why *why)
{
    struct iam_policy_version row = {.policy = policy->folded, .version = number};
    enum status status = STATUS_NOT_FOUND;
    if (!policy->of_aws) {
        status = store_get(ctx->tx, TABLE(iam_policy_version), &row, ctx->mem, why);
    } else if (number == policy->default_version) {
        row.document = policy->document;
        row.created = policy->document_made;
        status = STATUS_OK;
    }
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "Policy %.*s version v%" PRId64 " does not exist.",
                       STR_ARG(policy->arn), number);
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

enum status iam_policy_version_get(const struct account_ctx *ctx, struct str arn, struct str number,
                                   struct iam_managed *ret_policy, struct iam_policy_version *ret,
                                   struct why *why)
{
    struct iam_managed policy;
    int64_t version = 0;
    TRY(iam_policy_get(ctx, arn, &policy, why));
    if (!str_starts(number, STR("v")) ||
        str_to_int64(str_slice(number, 1, number.len), &version) != STATUS_OK) {
        return why_set(why, STATUS_NOT_FOUND,
                       "Policy %.*s version %.*s does not exist; versions are v1, v2 and so on",
                       STR_ARG(policy.arn), STR_ARG(str_slice(number, 0, 32)));
    }
    TRY(version_get(ctx, &policy, version, ret, why));
    if (ret_policy != NULL) {
        *ret_policy = policy;
    }
    return STATUS_OK;
}

enum status iam_policy_default_get(const struct account_ctx *ctx, const struct iam_managed *policy,
                                   struct iam_policy_version *ret, struct why *why)
{
    return version_get(ctx, policy, policy->default_version, ret, why);
}

enum status iam_policy_versions_get(const struct account_ctx *ctx, struct str arn,
                                    struct iam_policy_versions *ret, struct why *why)
{
    struct iam_policy_versions versions = {.n = 0};
    TRY(iam_policy_get(ctx, arn, &versions.policy, why));
    versions.at = NEW_ARRAY(ctx->mem, struct iam_policy_version, QUOTA_IAM_POLICY_VERSIONS);
    TRY_PTR(versions.at);
    if (versions.policy.of_aws) {
        TRY(iam_policy_default_get(ctx, &versions.policy, &versions.at[0], why));
        versions.n = 1;
        *ret = versions;
        return STATUS_OK;
    }
    const struct iam_policy_version prefix = {.policy = versions.policy.folded};
    const struct store_range range = {.prefix = &prefix, .n_prefix = 1, .descending = true};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(iam_policy_version), &range, &scan, why));
    while (versions.n < QUOTA_IAM_POLICY_VERSIONS) {
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

enum status iam_policy_default_set(const struct account_ctx *ctx, struct str arn, struct str number,
                                   struct why *why)
{
    struct iam_managed policy;
    struct iam_policy_version version;
    TRY(get_own(ctx, arn, &policy, why));
    TRY(iam_policy_version_get(ctx, arn, number, NULL, &version, why));
    policy.default_version = version.version;
    return put(ctx, &policy, why);
}

enum status iam_policy_version_delete(const struct account_ctx *ctx, struct str arn,
                                      struct str number, struct why *why)
{
    struct iam_managed policy;
    struct iam_policy_version version;
    TRY(get_own(ctx, arn, &policy, why));
    TRY(iam_policy_version_get(ctx, arn, number, NULL, &version, why));
    if (version.version == policy.default_version) {
        return why_set(why, STATUS_DELETE_CONFLICT,
                       "Cannot delete the default version of a policy.");
    }
    TRY(store_delete(ctx->tx, TABLE(iam_policy_version), &version, why));
    return put(ctx, &policy, why);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static enum status is_wanted(const struct account_ctx *ctx,
                             const struct iam_policies_wanted *wanted,
                             const struct iam_managed *policy, bool *ret, struct why *why)
{
    size_t n = 1;
    if (wanted->attached) {
        TRY(iam_policy_count_attached(ctx, policy->arn, &n, why));
    }
    *ret = n > 0 && (str_absent(wanted->prefix) || str_starts(policy->path, wanted->prefix));
    return STATUS_OK;
}

static enum status look_at_own(const struct account_ctx *ctx, const void *row, const void *arg,
                               bool *ret_keep, bool *ret_stop, struct why *why)
{
    struct iam_managed policy;
    (void)ret_stop;
    TRY(from_row(ctx, row, &policy, why));
    return is_wanted(ctx, arg, &policy, ret_keep, why);
}

static enum status look_at_held(const struct account_ctx *ctx, const void *row, const void *arg,
                                bool *ret_keep, bool *ret_stop, struct why *why)
{
    const struct iam_managed policy = from_held(row);
    (void)ret_stop;
    return is_wanted(ctx, arg, &policy, ret_keep, why);
}

/* Where a page begins: at a row of AWS's table, or behind a position among those of AWS that were
 * imported, or among the account's own. */
enum phase { PHASE_AWS, PHASE_HELD, PHASE_OWN, PHASE_END };
struct place {
    enum phase phase;
    size_t aws;
    struct str after; /* absent: from the start */
};

static enum status place_read(struct str text, struct place *ret, struct why *why)
{
    struct str parts[3];
    int64_t phase = 0;
    int64_t aws = 0;
    *ret = (struct place){PHASE_AWS, 0, STR_ABSENT};
    if (str_absent(text)) {
        return STATUS_OK;
    }
    TRY(page_position_read(text, parts, 3, why));
    if (str_to_int64(parts[0], &phase) != STATUS_OK || phase < 0 || phase >= PHASE_END ||
        str_to_int64(parts[1], &aws) != STATUS_OK || aws < 0) {
        return why_set(why, STATUS_INVALID, "the position is none of this list");
    }
    *ret = (struct place){(enum phase)phase, (size_t)aws, parts[2].len > 0 ? parts[2] : STR_ABSENT};
    return STATUS_OK;
}

static enum status place_make(const struct account_ctx *ctx, const struct place *place,
                              struct str *ret, struct why *why)
{
    struct str parts[3] = {STR_ABSENT, STR_ABSENT,
                           str_absent(place->after) ? STR("") : place->after};
    TRY(str_fmt(ctx->mem, &parts[0], why, "%d", (int)place->phase));
    TRY(str_fmt(ctx->mem, &parts[1], why, "%zu", place->aws));
    return page_position_make(ctx->mem, parts, 3, ret, why);
}

static enum status list_aws(const struct account_ctx *ctx, const struct iam_policies_wanted *wanted,
                            size_t max, struct place *place, struct iam_policies *list,
                            struct why *why)
{
    for (; place->aws < iam_aws_count() && list->n < max; place->aws++) {
        bool keep;
        TRY(from_aws(ctx, iam_aws_at(place->aws), &list->at[list->n], why));
        TRY(is_wanted(ctx, wanted, &list->at[list->n], &keep, why));
        list->n += keep;
    }
    if (place->aws == iam_aws_count()) {
        *place = (struct place){PHASE_HELD, 0, STR_ABSENT};
    }
    return STATUS_OK;
}

/* Those that are rows: of AWS, or the account's own. */
static enum status list_rows(const struct account_ctx *ctx,
                             const struct iam_policies_wanted *wanted, size_t max,
                             struct place *place, struct iam_policies *list, struct why *why)
{
    const struct store_range all = {.index = NULL};
    bool own = place->phase == PHASE_OWN;
    const struct page_filter filter = {own ? look_at_own : look_at_held, wanted};
    const struct page page = {.max = max - list->n, .after = place->after};
    struct page_rows rows;
    TRY(page_read(ctx, own ? TABLE(iam_policy) : TABLE(iam_aws_held), &all, &page, &filter, &rows,
                  why));
    for (size_t i = 0; i < rows.n; i++) {
        struct iam_managed *policy = &list->at[list->n++];
        if (own) {
            TRY(from_row(ctx, (const struct iam_policy *)rows.rows + i, policy, why));
        } else {
            *policy = from_held((const struct iam_aws_held *)rows.rows + i);
        }
    }
    place->after = rows.next;
    if (str_absent(rows.next)) {
        place->phase++;
    }
    return STATUS_OK;
}

static enum status list_phase(const struct account_ctx *ctx,
                              const struct iam_policies_wanted *wanted, size_t max,
                              struct place *place, struct iam_policies *list, struct why *why)
{
    bool unwanted = place->phase == PHASE_OWN ? wanted->not_local : wanted->not_aws;
    if (unwanted) {
        place->phase++;
        return STATUS_OK;
    }
    return place->phase == PHASE_AWS ? list_aws(ctx, wanted, max, place, list, why)
                                     : list_rows(ctx, wanted, max, place, list, why);
}

/* Filtered lists may end a page early; the page then goes on as far as it was looked at. */
enum status iam_policies_list(const struct account_ctx *ctx,
                              const struct iam_policies_wanted *wanted, const struct page *page,
                              struct iam_policies *ret, struct why *why)
{
    struct iam_policies list = {.next = STR_ABSENT};
    struct place place;
    size_t max = page_size(page);
    TRY(place_read(page->after, &place, why));
    list.at = NEW_ARRAY(ctx->mem, struct iam_managed, max);
    TRY_PTR(list.at);
    while (place.phase < PHASE_END && list.n < max) {
        TRY(list_phase(ctx, wanted, max, &place, &list, why));
        if (!str_absent(place.after)) {
            break;
        }
    }
    while (place.phase < PHASE_END && str_absent(place.after) && place.aws == 0 &&
           (place.phase == PHASE_OWN ? wanted->not_local : wanted->not_aws)) {
        place.phase++;
    }
    if (place.phase < PHASE_END) {
        TRY(place_make(ctx, &place, &list.next, why));
    }
    *ret = list;
    return STATUS_OK;
}

static enum status look_at_holder(const struct account_ctx *ctx, const void *row, const void *arg,
                                  bool *ret_keep, bool *ret_stop, struct why *why)
{
    const struct iam_attached *attached = row;
    const struct iam_holders_wanted *wanted = arg;
    bool user = str_eq(attached->kind, iam_kind_text(IAM_USER));
    struct iam_entity entity;
    (void)ret_stop;
    if (user ? wanted->not_users : wanted->not_roles) {
        *ret_keep = false;
        return STATUS_OK;
    }
    TRY(iam_entity_get(ctx, user ? IAM_USER : IAM_ROLE, attached->entity, &entity, why));
    *ret_keep = str_absent(wanted->prefix) || str_starts(entity.path, wanted->prefix);
    return STATUS_OK;
}

enum status iam_policy_holders_list(const struct account_ctx *ctx, struct str arn,
                                    const struct iam_holders_wanted *wanted,
                                    const struct page *page, struct page_rows *ret, struct why *why)
{
    struct iam_managed policy;
    TRY(iam_policy_get(ctx, arn, &policy, why));
    const struct iam_attached prefix = {.policy_arn = policy.arn};
    const struct store_range range = {
        .index = INDEX(iam_attached, by_policy), .prefix = &prefix, .n_prefix = 1};
    const struct page_filter filter = {look_at_holder, wanted};
    return page_read(ctx, TABLE(iam_attached), &range, page, &filter, ret, why);
}
