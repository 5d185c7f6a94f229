/* import_account.c: see import_account.h. */
#include "api/import_account.h"

#include "account/iam_policy.h"
#include "account/quotas.h"
#include "api/import_documents.h"

#include "base/banned.h"

static enum status read_identity(const struct account_ctx *ctx, struct import_read *read,
                                 const struct json_value *value, enum iam_kind kind,
                                 struct iam_import_entity *ret, struct why *why)
{
    bool user = kind == IAM_USER;
    struct str name = user ? STR("UserName") : STR("RoleName");
    TRY(import_text(read, NULL, value, name, true, &ret->name, why));
    TRY(import_text(read, NULL, value, STR("Path"), true, &ret->path, why));
    TRY(import_text(read, NULL, value, user ? STR("UserId") : STR("RoleId"), true, &ret->id, why));
    TRY(import_text(read, NULL, value, STR("Arn"), true, &ret->arn, why));
    TRY(import_time(read, NULL, value, STR("CreateDate"), true, &ret->created, why));
    enum status status =
        iam_import_arn_check(ctx, iam_kind_text(kind), ret->arn, ret->path, ret->name, why);
    const struct import_place at = {NULL, STR("Arn"), 0};
    return status == STATUS_OK ? STATUS_OK : import_fault(read, &at, status);
}

static enum status read_document(const struct account_ctx *ctx, struct import_read *read,
                                 const struct import_place *at, const struct json_value *value,
                                 struct str member, enum policy_dialect dialect, bool of_aws,
                                 struct str *ret, struct why *why)
{
    TRY(import_document(read, at, value, member, ret, why));
    enum status status = iam_import_document_check(ctx, *ret, dialect, of_aws, why);
    const struct import_place here = {at, member, 0};
    return status == STATUS_OK ? STATUS_OK : import_fault(read, &here, status);
}

/* ---- users and roles ------------------------------------------------------------------------- */

static enum status refuse_twice(struct import_read *read, const struct import_place *at,
                                const struct iam_import_inline *own, size_t n, struct why *why)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(own[i].name, own[n].name)) {
            const struct import_place here = {at, STR("PolicyName"), 0};
            return import_fault(read, &here,
                                why_set(why, STATUS_INVALID, "two policies are called %.*s",
                                        STR_ARG(str_slice(own[n].name, 0, 128))));
        }
    }
    return STATUS_OK;
}

static enum status read_inline(const struct account_ctx *ctx, struct import_read *read,
                               const struct json_value *value, struct iam_import_entity *ret,
                               struct why *why)
{
    struct str member = ret->kind == IAM_USER ? STR("UserPolicyList") : STR("RolePolicyList");
    const struct import_place list_at = {NULL, member, 0};
    const struct json_value *list;
    size_t size = 0;
    TRY(import_list(read, NULL, value, member, &list, why));
    struct iam_import_inline *own =
        NEW_ARRAY(ctx->mem, struct iam_import_inline, list == NULL ? 0 : list->n);
    TRY_PTR(own);
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        struct iam_import_inline *row = &own[ret->n_own];
        const struct import_place at = {&list_at, STR_ABSENT, ret->n_own};
        TRY(import_text(read, &at, v, STR("PolicyName"), true, &row->name, why));
        TRY(refuse_twice(read, &at, own, ret->n_own, why));
        TRY(read_document(ctx, read, &at, v, STR("PolicyDocument"), POLICY_OF_IDENTITY, false,
                          &row->document, why));
        size += policy_size(row->document);
        ret->n_own++;
    }
    if (size > QUOTA_IAM_ROLE_INLINE) {
        return import_fault(read, &list_at,
                            why_set(why, STATUS_LIMIT,
                                    "the documents have %zu characters together, of %d allowed",
                                    size, QUOTA_IAM_ROLE_INLINE));
    }
    ret->own = own;
    return STATUS_OK;
}

static enum status read_attached(const struct account_ctx *ctx, struct import_read *read,
                                 const struct json_value *value, struct iam_import_entity *ret,
                                 struct why *why)
{
    struct str member = STR("AttachedManagedPolicies");
    const struct import_place list_at = {NULL, member, 0};
    const struct json_value *list;
    TRY(import_list(read, NULL, value, member, &list, why));
    struct str *arns = NEW_ARRAY(ctx->mem, struct str, list == NULL ? 0 : list->n);
    TRY_PTR(arns);
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        const struct import_place at = {&list_at, STR_ABSENT, ret->n_attached};
        TRY(import_text(read, &at, v, STR("PolicyArn"), true, &arns[ret->n_attached], why));
        ret->n_attached++;
    }
    ret->attached = arns;
    return STATUS_OK;
}

static enum status count_left_out(struct import_read *read, const struct json_value *value,
                                  struct import_left_out *left, struct why *why)
{
    const struct json_value *list;
    const struct json_value *boundary = json_tree_get(value, STR("PermissionsBoundary"));
    TRY(import_list(read, NULL, value, STR("GroupList"), &list, why));
    left->memberships += list == NULL ? 0 : list->n;
    TRY(import_list(read, NULL, value, STR("InstanceProfileList"), &list, why));
    left->instance_profiles += list == NULL ? 0 : list->n;
    left->boundaries += boundary != NULL && boundary->type == JSON_OBJECT;
    return STATUS_OK;
}

enum status import_read_entity(const struct account_ctx *ctx, struct import_read *read,
                               enum iam_kind kind, const struct json_value *value,
                               struct iam_import_entity *ret, struct import_left_out *left,
                               struct why *why)
{
    *ret = (struct iam_import_entity){.kind = kind, .trust = STR_ABSENT};
    TRY(read_identity(ctx, read, value, kind, ret, why));
    if (kind == IAM_ROLE) {
        TRY(read_document(ctx, read, NULL, value, STR("AssumeRolePolicyDocument"), POLICY_OF_TRUST,
                          false, &ret->trust, why));
    }
    TRY(read_inline(ctx, read, value, ret, why));
    TRY(read_attached(ctx, read, value, ret, why));
    TRY(import_tags(read, NULL, value, STR("Tags"), &ret->tags, why));
    return count_left_out(read, value, left, why);
}

/* ---- policies -------------------------------------------------------------------------------- */

/* "v12" */
static enum status read_version_id(struct import_read *read, const struct import_place *at,
                                   const struct json_value *value, struct str member, int64_t *ret,
                                   struct why *why)
{
    struct str text;
    const struct import_place here = {at, member, 0};
    TRY(import_text(read, at, value, member, true, &text, why));
    if (!str_starts(text, STR("v")) ||
        str_to_int64(str_slice(text, 1, text.len), ret) != STATUS_OK || *ret < 1) {
        return import_fault(read, &here,
                            why_set(why, STATUS_INVALID, "versions are v1, v2 and so on"));
    }
    return STATUS_OK;
}

static enum status refuse_versions(struct import_read *read, const struct import_place *at,
                                   const struct iam_import_policy *policy, struct why *why)
{
    bool found = false;
    for (size_t i = 0; i < policy->n; i++) {
        found = found || policy->versions[i].version == policy->default_version;
        for (size_t k = 0; k < i; k++) {
            if (policy->versions[i].version == policy->versions[k].version) {
                const struct import_place here = {at, STR_ABSENT, i};
                return import_fault(read, &here,
                                    why_set(why, STATUS_INVALID, "the version is there twice"));
            }
        }
    }
    return found ? STATUS_OK
                 : import_fault(read, at,
                                why_set(why, STATUS_INVALID, "the default version is missing"));
}

static enum status read_versions(const struct account_ctx *ctx, struct import_read *read,
                                 const struct json_value *value, struct iam_import_policy *ret,
                                 struct why *why)
{
    const struct import_place list_at = {NULL, STR("PolicyVersionList"), 0};
    const struct json_value *list;
    bool of_aws = iam_import_is_of_aws(ret->arn);
    TRY(import_list(read, NULL, value, list_at.member, &list, why));
    if (list == NULL || list->n > QUOTA_IAM_POLICY_VERSIONS) {
        return import_fault(read, &list_at,
                            why_set(why, STATUS_INVALID, "a policy has one to %d versions",
                                    QUOTA_IAM_POLICY_VERSIONS));
    }
    struct iam_policy_version *versions = NEW_ARRAY(ctx->mem, struct iam_policy_version, list->n);
    TRY_PTR(versions);
    ret->versions = versions;
    for (const struct json_value *v = list->first; v != NULL; v = v->next, ret->n++) {
        const struct import_place at = {&list_at, STR_ABSENT, ret->n};
        struct iam_policy_version *row = &versions[ret->n];
        TRY(read_version_id(read, &at, v, STR("VersionId"), &row->version, why));
        TRY(import_time(read, &at, v, STR("CreateDate"), true, &row->created, why));
        TRY(read_document(ctx, read, &at, v, STR("Document"), POLICY_OF_IDENTITY, of_aws,
                          &row->document, why));
    }
    return refuse_versions(read, &list_at, ret, why);
}

enum status import_read_policy(const struct account_ctx *ctx, struct import_read *read,
                               const struct json_value *value, struct iam_import_policy *ret,
                               struct why *why)
{
    *ret = (struct iam_import_policy){.n = 0};
    TRY(import_text(read, NULL, value, STR("PolicyName"), true, &ret->name, why));
    TRY(import_text(read, NULL, value, STR("PolicyId"), true, &ret->id, why));
    TRY(import_text(read, NULL, value, STR("Arn"), true, &ret->arn, why));
    TRY(import_text(read, NULL, value, STR("Path"), true, &ret->path, why));
    TRY(import_text(read, NULL, value, STR("Description"), false, &ret->description, why));
    TRY(import_time(read, NULL, value, STR("CreateDate"), true, &ret->created, why));
    TRY(import_time(read, NULL, value, STR("UpdateDate"), true, &ret->modified, why));
    TRY(read_version_id(read, NULL, value, STR("DefaultVersionId"), &ret->default_version, why));
    const struct import_place at = {NULL, STR("Arn"), 0};
    enum status status =
        iam_import_arn_check(ctx, STR("policy"), ret->arn, ret->path, ret->name, why);
    if (status != STATUS_OK) {
        return import_fault(read, &at, status);
    }
    return read_versions(ctx, read, value, ret, why);
}

/* ---- the rows -------------------------------------------------------------------------------- */

static enum status read_user_row(const struct account_ctx *ctx, struct import_read *read,
                                 const struct json_value *value, void *ret,
                                 struct import_left_out *left, struct why *why)
{
    return import_read_entity(ctx, read, IAM_USER, value, ret, left, why);
}

static enum status read_role_row(const struct account_ctx *ctx, struct import_read *read,
                                 const struct json_value *value, void *ret,
                                 struct import_left_out *left, struct why *why)
{
    return import_read_entity(ctx, read, IAM_ROLE, value, ret, left, why);
}

static enum status read_policy_row(const struct account_ctx *ctx, struct import_read *read,
                                   const struct json_value *value, void *ret,
                                   struct import_left_out *left, struct why *why)
{
    (void)left;
    return import_read_policy(ctx, read, value, ret, why);
}

static enum status take_policy(struct import_run *run, const void *element, enum import_change *ret,
                               struct why *why)
{
    run->id = ((const struct iam_import_policy *)element)->arn;
    return iam_import_policy(&run->ctx, element, run->dry, ret, &run->built_in, why);
}

static enum status take_entity(struct import_run *run, const void *element, enum import_change *ret,
                               struct why *why)
{
    const struct iam_import_entity *entity = element;
    run->id = entity->arn;
    const struct import_place list_at = {NULL, STR("AttachedManagedPolicies"), 0};
    for (size_t i = 0; i < entity->n_attached; i++) {
        struct iam_managed policy;
        enum status status = iam_policy_get(&run->ctx, entity->attached[i], &policy, why);
        if (status == STATUS_NOT_FOUND && !import_is_assumed(run, entity->attached[i])) {
            const struct import_place at = {&list_at, STR_ABSENT, i};
            return import_fault(run->read, &at,
                                why_set(why, status,
                                        "policy %.*s is neither here nor among what was imported",
                                        STR_ARG(str_slice(entity->attached[i], 0, 256))));
        }
        if (status != STATUS_NOT_FOUND) {
            TRY(status);
        }
    }
    return iam_import_entity(&run->ctx, entity, run->dry, ret, why);
}

const struct import_row import_policies_row = {
    STR_INIT("Policies"), sizeof(struct iam_import_policy), read_policy_row, take_policy};
const struct import_row import_users_row = {
    STR_INIT("UserDetailList"), sizeof(struct iam_import_entity), read_user_row, take_entity};
const struct import_row import_roles_row = {
    STR_INIT("RoleDetailList"), sizeof(struct iam_import_entity), read_role_row, take_entity};
