/* op_iam_account.c: all users, roles and policies of the account in one list, with what they hold.
 */
#include "account/iam_grant.h"
#include "account/iam_role.h"
#include "account/iam_user.h"
#include "api/unpack_iam.h"

#include "base/banned.h"

/* The parts of the one list, in their order. */
enum part { PART_USERS, PART_ROLES, PART_AWS, PART_OWN, PART_COUNT };

struct details {
    bool wanted[PART_COUNT];
    enum part part;   /* where the page goes on, */
    struct str after; /* and from where in it */
    size_t left;      /* rows that the page still takes */
};

/* ---- what is asked --------------------------------------------------------------------------- */

static void read_filter(const struct call *call, struct details *d)
{
    static const struct {
        struct str name;
        enum part part;
    } rows[] = {{STR_INIT("User"), PART_USERS},
                {STR_INIT("Role"), PART_ROLES},
                {STR_INIT("AWSManagedPolicy"), PART_AWS},
                {STR_INIT("LocalManagedPolicy"), PART_OWN}};
    const struct value *filter = arg_get(call, M_Filter);
    size_t n = filter == NULL ? 0 : value_count(filter);
    for (int part = 0; part < PART_COUNT; part++) {
        d->wanted[part] = n == 0;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
            if (str_eq(value_at(filter, i)->text, rows[r].name)) {
                d->wanted[rows[r].part] = true;
            }
        }
    }
}

static enum status details_begin(const struct call *call, struct details *ret, struct why *why)
{
    struct details d = {.part = PART_USERS};
    struct page page;
    struct str parts[2];
    int64_t part = 0;
    TRY(call_iam_page(call, &page, why));
    read_filter(call, &d);
    d.left = page_size(&page);
    if (!str_absent(page.after)) {
        TRY(page_position_read(page.after, parts, 2, why));
        if (str_to_int64(parts[0], &part) != STATUS_OK || part < 0 || part >= PART_COUNT) {
            return why_set(why, STATUS_INVALID, "the position is none of this list");
        }
        d.part = (enum part)part;
        d.after = parts[1].len > 0 ? parts[1] : STR_ABSENT;
    }
    *ret = d;
    return STATUS_OK;
}

/* Whether the page takes rows of a part; *ret_page is which. */
static bool takes(const struct details *d, enum part part, struct page *ret_page)
{
    *ret_page = (struct page){.max = d->left, .after = d->after};
    return d->part == part && d->wanted[part] && d->left > 0;
}

/* After n rows of a part, of which there are more when next is there. */
static void took(struct details *d, size_t n, struct str next)
{
    d->left -= n;
    d->after = next;
    if (str_absent(next)) {
        d->part++;
    }
}

/* A part that is not wanted is passed over. */
static void pass(struct details *d, enum part part)
{
    if (d->part == part && !d->wanted[part]) {
        d->part++;
        d->after = STR_ABSENT;
    }
}

/* ---- what users and roles hold --------------------------------------------------------------- */

static enum status reply_inline(struct call *call, enum iam_kind kind,
                                const struct iam_grants *grants, struct why *why)
{
    reply_begin_list(call, kind == IAM_USER ? M_UserPolicyList : M_RolePolicyList);
    for (size_t i = 0; i < grants->n; i++) {
        if (str_absent(grants->at[i].arn)) {
            reply_begin_item(call);
            reply_str(call, M_PolicyName, grants->at[i].name);
            TRY(reply_iam_document(call, M_PolicyDocument, grants->at[i].document, why));
            reply_end_item(call);
        }
    }
    reply_end_list(call);
    return STATUS_OK;
}

static enum status reply_grants(struct call *call, enum iam_kind kind, struct str folded,
                                struct str arn, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_grants grants;
    TRY(iam_grants_get(&ctx, kind, folded, &grants, why));
    TRY(reply_inline(call, kind, &grants, why));
    reply_begin_list(call, M_AttachedManagedPolicies);
    for (size_t i = 0; i < grants.n; i++) {
        if (!str_absent(grants.at[i].arn)) {
            reply_begin_item(call);
            reply_str(call, M_PolicyName, grants.at[i].name);
            reply_str(call, M_PolicyArn, grants.at[i].arn);
            reply_end_item(call);
        }
    }
    reply_end_list(call);
    return reply_iam_tags(call, arn, true, why);
}

static enum status reply_users(struct call *call, struct details *d, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows = {.next = STR_ABSENT};
    reply_begin_list(call, M_UserDetailList);
    if (takes(d, PART_USERS, &page)) {
        TRY(iam_users_list(&ctx, STR_ABSENT, &page, &rows, why));
        took(d, rows.n, rows.next);
    }
    for (size_t i = 0; i < rows.n; i++) {
        const struct iam_user *user = (const struct iam_user *)rows.rows + i;
        struct str arn;
        TRY(iam_user_arn(&ctx, user, &arn, why));
        reply_begin_item(call);
        TRY(reply_iam_user(call, user, why));
        reply_begin_list(call, M_GroupList);
        reply_end_list(call);
        TRY(reply_grants(call, IAM_USER, user->folded, arn, why));
        reply_end_item(call);
    }
    reply_end_list(call);
    pass(d, PART_USERS);
    return STATUS_OK;
}

static enum status reply_roles(struct call *call, struct details *d, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows = {.next = STR_ABSENT};
    reply_begin_list(call, M_RoleDetailList);
    if (takes(d, PART_ROLES, &page)) {
        TRY(iam_roles_list(&ctx, STR_ABSENT, &page, &rows, why));
        took(d, rows.n, rows.next);
    }
    for (size_t i = 0; i < rows.n; i++) {
        const struct iam_role *role = (const struct iam_role *)rows.rows + i;
        struct str arn;
        TRY(iam_role_arn(&ctx, role, &arn, why));
        reply_begin_item(call);
        TRY(reply_iam_role(call, role, why));
        reply_begin_list(call, M_InstanceProfileList);
        reply_end_list(call);
        TRY(reply_grants(call, IAM_ROLE, role->folded, arn, why));
        reply_end_item(call);
    }
    reply_end_list(call);
    pass(d, PART_ROLES);
    return STATUS_OK;
}

/* ---- policies -------------------------------------------------------------------------------- */

static enum status reply_policy(struct call *call, const struct iam_managed *policy,
                                struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_policy_versions versions;
    TRY(iam_policy_versions_get(&ctx, policy->arn, &versions, why));
    reply_begin_item(call);
    TRY(reply_iam_policy(call, policy, why));
    reply_str(call, M_Description, policy->description);
    reply_begin_list(call, M_PolicyVersionList);
    for (size_t i = 0; i < versions.n; i++) {
        const struct iam_policy_version *version = &versions.at[i];
        reply_begin_item(call);
        TRY(reply_iam_document(call, M_Document, version->document, why));
        reply_iam_version(call, M_VersionId, version->version);
        reply_bool(call, M_IsDefaultVersion, version->version == policy->default_version);
        reply_time(call, M_CreateDate, version->created);
        reply_end_item(call);
    }
    reply_end_list(call);
    reply_end_item(call);
    return STATUS_OK;
}

/* Of AWS's policies those that somebody has attached; of the account's own all. */
static enum status reply_policies(struct call *call, struct details *d, enum part part,
                                  struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct iam_policies_wanted wanted = {
        .not_aws = part == PART_OWN, .not_local = part == PART_AWS, .attached = part == PART_AWS};
    struct page page;
    struct iam_policies list = {.n = 0};
    if (takes(d, part, &page)) {
        TRY(iam_policies_list(&ctx, &wanted, &page, &list, why));
        took(d, list.n, list.next);
    }
    for (size_t i = 0; i < list.n; i++) {
        TRY(reply_policy(call, &list.at[i], why));
    }
    pass(d, part);
    return STATUS_OK;
}

enum status op_iam_GetAccountAuthorizationDetails(struct call *call, struct why *why)
{
    struct details d;
    struct str next = STR_ABSENT;
    TRY(details_begin(call, &d, why));
    TRY(reply_users(call, &d, why));
    reply_begin_list(call, M_GroupDetailList);
    reply_end_list(call);
    TRY(reply_roles(call, &d, why));
    reply_begin_list(call, M_Policies);
    TRY(reply_policies(call, &d, PART_AWS, why));
    TRY(reply_policies(call, &d, PART_OWN, why));
    reply_end_list(call);
    if (d.part < PART_COUNT) {
        struct str parts[2] = {STR_ABSENT, str_absent(d.after) ? STR("") : d.after};
        TRY(str_fmt(call->mem, &parts[0], why, "%d", (int)d.part));
        TRY(page_position_make(call->mem, parts, 2, &next, why));
    }
    return reply_next(call, next, why);
}
