/* gather_aws.c: what the services beside AWS IoT hold: IAM, Cognito, CloudWatch Logs. */
#include <inttypes.h>
#include <stdio.h>

#include "base/map.h"
#include "collect/gather_priv.h"

#include "base/banned.h"

#define ARGS(...)                                                                                  \
    (const struct aws_arg[]){__VA_ARGS__},                                                         \
        sizeof((const struct aws_arg[]){__VA_ARGS__}) / sizeof(struct aws_arg)

/* ---- identity pools -------------------------------------------------------------------------- */

static enum status one_pool(struct gather *g, struct str id, struct why *why)
{
    const struct json_value *pool = NULL;
    const struct json_value *roles = NULL;
    const struct json_value *value = NULL;
    struct tree tree;
    enum op_id op = OP_cognito_DescribeIdentityPool;
    enum status status = gather_call(g, op, ARGS({M_IdentityPoolId, id}), &pool, why);
    if (status == STATUS_OK) {
        op = OP_cognito_GetIdentityPoolRoles;
        status = gather_call(g, op, ARGS({M_IdentityPoolId, id}), &roles, why);
    }
    if (status != STATUS_OK) {
        return gather_refusal(g, op, status, why);
    }
    tree_object(&tree, g->work);
    tree_add(&tree, "pool", pool);
    tree_add(&tree, "roles", roles);
    TRY(tree_finish(&tree, &value, why));
    return gather_put(g, SNAPSHOT_POOL, id, value, why);
}

enum status gather_pools(struct gather *g, struct why *why)
{
    const struct list_of_names what = {.op = OP_cognito_ListIdentityPools,
                                       .page_size = "60",
                                       .list = "IdentityPools",
                                       .key = "IdentityPoolId"};
    struct names names;
    TRY(gather_names(g, &what, &names, why));
    return gather_each(g, &names, SNAPSHOT_POOL, one_pool, why);
}

/* ---- roles ----------------------------------------------------------------------------------- */

/* ARNs, each once, in g->names. */
struct arns {
    struct gather *g;
    struct names names;
    struct map seen;
    int64_t roles;
};

static enum status add_arn(struct arns *arns, struct str arn, struct why *why)
{
    struct str copy;
    if (arn.len == 0 || map_has(&arns->seen, arn)) {
        return STATUS_OK;
    }
    if (arns->names.n == arns->names.cap) {
        size_t wider = arns->names.cap == 0 ? 64 : arns->names.cap * 2;
        arns->names.at =
            arena_grow(arns->g->names, arns->names.at, arns->names.cap * sizeof arns->names.at[0],
                       wider * sizeof arns->names.at[0]);
        TRY_PTR(arns->names.at);
        arns->names.cap = wider;
    }
    TRY(str_dup(arns->g->names, arn, &copy, why));
    TRY(map_put(&arns->seen, copy, arns, why));
    arns->names.at[arns->names.n++] = copy;
    return STATUS_OK;
}

static void arns_init(struct arns *arns, struct gather *g)
{
    *arns = (struct arns){.g = g};
    map_init(&arns->seen, g->names, GATHER_NAMES_MAX);
}

/* Managed policies of AWS are not told by GetAccountAuthorizationDetails, unless all are. */
static bool is_of_aws(struct str arn)
{
    size_t service = str_find_char(arn, ':', str_find_char(arn, ':', 0) + 1);
    return str_starts(str_slice(arn, service, arn.len), STR(":iam::aws:policy/"));
}

static enum status note_attached(struct arns *arns, const struct json_value *role, bool all,
                                 struct why *why)
{
    const struct json_value *list = json_tree_get(role, STR("AttachedManagedPolicies"));
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        struct str arn = tree_text(v, "PolicyArn");
        if (all || is_of_aws(arn)) {
            TRY(add_arn(arns, arn, why));
        }
    }
    return STATUS_OK;
}

static enum status put_new(struct gather *g, enum snapshot_kind kind, struct str id,
                           const struct json_value *value, struct why *why)
{
    return id.len == 0 || part_has(g->options->part, kind, id)
               ? STATUS_OK
               : part_add(g->options->part, kind, id, value, g->page, why);
}

static enum status take_details(void *ctx, const struct json_value *page, struct why *why)
{
    struct arns *arns = ctx;
    const struct json_value *roles = json_tree_get(page, STR("RoleDetailList"));
    const struct json_value *policies = json_tree_get(page, STR("Policies"));
    for (const struct json_value *v = JSON_FIRST(roles); v != NULL; v = v->next) {
        TRY(note_attached(arns, v, false, why));
        TRY(put_new(arns->g, SNAPSHOT_ROLE, tree_text(v, "Arn"), v, why));
        arns->roles++;
    }
    for (const struct json_value *v = JSON_FIRST(policies); v != NULL; v = v->next) {
        TRY(put_new(arns->g, SNAPSHOT_MANAGED, tree_text(v, "Arn"), v, why));
    }
    gather_tell(arns->g, arns->roles, -1);
    return STATUS_OK;
}

/* A managed policy by itself, in the form in which the details tell it: its default version. */
static enum status one_managed(struct gather *g, struct str arn, struct why *why)
{
    const struct json_value *policy = NULL;
    const struct json_value *version = NULL;
    const struct json_value *versions = NULL;
    const struct json_value *value = NULL;
    struct tree list, tree;
    enum op_id op = OP_iam_GetPolicy;
    enum status status = gather_call(g, op, ARGS({M_PolicyArn, arn}), &policy, why);
    policy = json_tree_get(policy, STR("Policy"));
    if (status == STATUS_OK && policy != NULL) {
        struct str number = tree_text(policy, "DefaultVersionId");
        op = OP_iam_GetPolicyVersion;
        status = gather_call(g, op, ARGS({M_PolicyArn, arn}, {M_VersionId, number}), &version, why);
        version = json_tree_get(version, STR("PolicyVersion"));
    }
    if (status != STATUS_OK || policy == NULL || version == NULL) {
        return gather_refusal(g, op, status, why);
    }
    tree_array(&list, g->work);
    tree_add(&list, NULL, version);
    TRY(tree_finish(&list, &versions, why));
    tree_object(&tree, g->work);
    for (const struct json_value *v = policy->first; v != NULL; v = v->next) {
        char key[64];
        snprintf(key, sizeof key, "%.*s", STR_ARG(v->key));
        char *copy = str_z(g->work, str_from(key));
        TRY_PTR(copy);
        tree_add(&tree, copy, v);
    }
    tree_add(&tree, "PolicyVersionList", versions);
    TRY(tree_finish(&tree, &value, why));
    return gather_put(g, SNAPSHOT_MANAGED, arn, value, why);
}

/* ---- roles one by one, where the account does not tell all at once --------------------------- */

static enum status note_role_of(void *ctx, enum snapshot_kind kind, struct str id, struct why *why)
{
    struct arns *arns = ctx;
    const struct json_value *value = NULL;
    arena_clear(arns->g->work);
    TRY(part_get(arns->g->options->part, kind, id, arns->g->work, &value, why));
    const struct json_value *roles =
        json_tree_get(json_tree_get(value, STR("roles")), STR("Roles"));
    for (const struct json_value *v = JSON_FIRST(roles); v != NULL; v = v->next) {
        TRY(add_arn(arns, v->type == JSON_STRING ? v->text : STR(""), why));
    }
    return add_arn(arns, tree_text(value, "roleArn"), why);
}

static enum status note_of_alias(void *ctx, struct str id, struct why *why)
{
    return note_role_of(ctx, SNAPSHOT_ROLE_ALIAS, id, why);
}

static enum status note_of_pool(void *ctx, struct str id, struct why *why)
{
    return note_role_of(ctx, SNAPSHOT_POOL, id, why);
}

static enum status note_of_audit(void *ctx, struct str id, struct why *why)
{
    return note_role_of(ctx, SNAPSHOT_AUDIT_CONFIG, id, why);
}

/* The name is what follows the last slash of an ARN. */
static struct str role_name(struct str arn)
{
    size_t from = arn.len;
    while (from > 0 && arn.ptr[from - 1] != '/') {
        from--;
    }
    return str_slice(arn, from, arn.len);
}

/* At most one page each: a role has ten managed policies, and inline ones of 10,240 characters. */
static enum status inline_of(struct gather *g, struct str name, struct tree *into,
                             enum op_id *ret_op, struct why *why)
{
    const struct json_value *list = NULL;
    *ret_op = OP_iam_ListRolePolicies;
    TRY(gather_call(g, *ret_op, ARGS({M_RoleName, name}, {M_MaxItems, STR("1000")}), &list, why));
    list = json_tree_get(list, STR("PolicyNames"));
    *ret_op = OP_iam_GetRolePolicy;
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        const struct json_value *reply = NULL;
        TRY(gather_call(g, *ret_op, ARGS({M_RoleName, name}, {M_PolicyName, v->text}), &reply,
                        why));
        tree_add(into, NULL, reply);
    }
    return STATUS_OK;
}

static enum status role_detail(struct gather *g, struct str name, const struct json_value **ret,
                               enum op_id *ret_op, struct why *why)
{
    const struct json_value *role = NULL;
    const struct json_value *attached = NULL;
    const struct json_value *inlines = NULL;
    struct tree list, tree;
    *ret_op = OP_iam_GetRole;
    TRY(gather_call(g, *ret_op, ARGS({M_RoleName, name}), &role, why));
    role = json_tree_get(role, STR("Role"));
    tree_array(&list, g->work);
    TRY(inline_of(g, name, &list, ret_op, why));
    *ret_op = OP_iam_ListAttachedRolePolicies;
    TRY(gather_call(g, *ret_op, ARGS({M_RoleName, name}, {M_MaxItems, STR("1000")}), &attached,
                    why));
    TRY(tree_finish(&list, &inlines, why));
    tree_object(&tree, g->work);
    const char *const texts[] = {
        "Arn", "AssumeRolePolicyDocument", "CreateDate", "Path", "RoleId", "RoleName"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        tree_add_text(&tree, texts[i], tree_text(role, texts[i]));
    }
    tree_add(&tree, "RolePolicyList", inlines);
    tree_add(&tree, "AttachedManagedPolicies", json_tree_get(attached, STR("AttachedPolicies")));
    return tree_finish(&tree, ret, why);
}

static enum status one_role(struct gather *g, struct str arn, struct why *why)
{
    const struct json_value *value = NULL;
    enum op_id op = OP_iam_GetRole;
    enum status status = role_detail(g, role_name(arn), &value, &op, why);
    if (status != STATUS_OK) {
        return gather_refusal(g, op, status, why);
    }
    return gather_put(g, SNAPSHOT_ROLE, arn, value, why);
}

static enum status note_policies_of(void *ctx, struct str id, struct why *why)
{
    struct arns *arns = ctx;
    const struct json_value *value = NULL;
    arena_clear(arns->g->work);
    TRY(part_get(arns->g->options->part, SNAPSHOT_ROLE, id, arns->g->work, &value, why));
    return note_attached(arns, value, true, why);
}

/* The roles that audits ask for, by the calls of the guides' permissions policy. */
static enum status gather_named_roles(struct gather *g, struct why *why)
{
    const struct part *part = g->options->part;
    struct arns roles, policies;
    arns_init(&roles, g);
    arns_init(&policies, g);
    TRY(part_each(part, SNAPSHOT_ROLE_ALIAS, note_of_alias, &roles, why));
    TRY(part_each(part, SNAPSHOT_POOL, note_of_pool, &roles, why));
    TRY(part_each(part, SNAPSHOT_AUDIT_CONFIG, note_of_audit, &roles, why));
    TRY(gather_each(g, &roles.names, SNAPSHOT_ROLE, one_role, why));
    TRY(part_each(part, SNAPSHOT_ROLE, note_policies_of, &policies, why));
    return gather_each(g, &policies.names, SNAPSHOT_MANAGED, one_managed, why);
}

enum status gather_roles(struct gather *g, struct why *why)
{
    const struct aws_arg args[] = {{M_Filter, STR("Role\nLocalManagedPolicy")}};
    struct arns arns;
    const struct aws_pages pages = {.op = OP_iam_GetAccountAuthorizationDetails,
                                    .args = args,
                                    .n_args = 1,
                                    .visit = take_details,
                                    .ctx = &arns};
    arns_init(&arns, g);
    enum status status = aws_all_pages(g->options->aws, &pages, g->page, why);
    if (status == STATUS_OK) {
        return gather_each(g, &arns.names, SNAPSHOT_MANAGED, one_managed, why);
    }
    if (!gather_note_other(g, AREA_OTHER_ROLES, pages.op, status, why)) {
        return status;
    }
    return gather_named_roles(g, why);
}

/* ---- what roles are used for ----------------------------------------------------------------- */

enum { JOB_POLLS = 60, JOB_PAUSE_MS = 500 };

/* The report as IAM gives it, of those services that were used, with whom it is about. */
static enum status report_of(struct gather *g, struct str arn, const struct json_value *reply,
                             const struct json_value **ret, struct why *why)
{
    struct tree list, tree;
    const struct json_value *used = NULL;
    const struct json_value *all = json_tree_get(reply, STR("ServicesLastAccessed"));
    tree_array(&list, g->work);
    for (const struct json_value *v = JSON_FIRST(all); v != NULL; v = v->next) {
        if (tree_text(v, "LastAuthenticated").len > 0) {
            tree_add(&list, NULL, v);
        }
    }
    TRY(tree_finish(&list, &used, why));
    tree_object(&tree, g->work);
    tree_add_text(&tree, "Arn", arn);
    tree_add_text(&tree, "JobStatus", tree_text(reply, "JobStatus"));
    tree_add(&tree, "ServicesLastAccessed", used);
    return tree_finish(&tree, ret, why);
}

/* A job of IAM that tells it; *ret_op is what was refused. */
static enum status wait_for_job(struct gather *g, struct str arn, const struct json_value **ret,
                                enum op_id *ret_op, struct why *why)
{
    const struct json_value *reply = NULL;
    *ret_op = OP_iam_GenerateServiceLastAccessedDetails;
    TRY(gather_call(g, *ret_op, ARGS({M_Arn, arn}), &reply, why));
    struct str job = tree_text(reply, "JobId");
    *ret_op = OP_iam_GetServiceLastAccessedDetails;
    for (int i = 0; i < JOB_POLLS; i++) {
        TRY(gather_call(g, *ret_op, ARGS({M_JobId, job}, {M_MaxItems, STR("1000")}), &reply, why));
        struct str status = tree_text(reply, "JobStatus");
        if (str_eq(status, STR("COMPLETED"))) {
            return report_of(g, arn, reply, ret, why);
        }
        if (!str_eq(status, STR("IN_PROGRESS"))) {
            return why_set(why, STATUS_INVALID, "the job that tells what %.*s was used for is %.*s",
                           STR_ARG(str_slice(arn, 0, 200)), STR_ARG(str_slice(status, 0, 32)));
        }
        aws_wait(g->options->aws, JOB_PAUSE_MS);
    }
    return why_set(why, STATUS_BUSY, "the job that tells what %.*s was used for does not end",
                   STR_ARG(str_slice(arn, 0, 200)));
}

static enum status one_role_use(struct gather *g, struct str arn, struct why *why)
{
    const struct json_value *value = NULL;
    enum op_id op = OP_iam_GenerateServiceLastAccessedDetails;
    enum status status = wait_for_job(g, arn, &value, &op, why);
    if (status != STATUS_OK) {
        return gather_refusal(g, op, status, why);
    }
    return gather_put(g, SNAPSHOT_ROLE_USE, arn, value, why);
}

enum status gather_role_use(struct gather *g, struct why *why)
{
    struct arns arns;
    arns_init(&arns, g);
    TRY(part_each(g->options->part, SNAPSHOT_ROLE_ALIAS, note_of_alias, &arns, why));
    return gather_each(g, &arns.names, SNAPSHOT_ROLE_USE, one_role_use, why);
}

/* ---- connections ----------------------------------------------------------------------------- */

#define LOG_GROUP STR("AWSIotLogsV2")
#define PATTERN   STR("{ ($.eventType = \"Connect\") || ($.eventType = \"Disconnect\") }")

enum { DAY_TEXT = 10, EVENTS_BYTES_MAX = 256 << 10 };

struct day {
    struct gather *g;
    char name[DAY_TEXT + 1]; /* "2026-01-02" */
    unsigned n;
    struct tree events; /* of the line at hand, in g->page */
    size_t bytes;
};

/* What of a log record says who was connected when; the rest of it is not kept. */
static const char *const event_members[] = {
    "clientId",         "cognitoIdentityPoolId",
    "disconnectReason", "eventType",
    "principalId",      "reason",
    "sourceIp",         "status",
    "timestamp",
};

static enum status flush_day(struct day *day, struct why *why)
{
    const struct json_value *events = NULL;
    const struct json_value *value = NULL;
    struct tree tree;
    struct str id;
    TRY(tree_finish(&day->events, &events, why));
    if (events->n == 0) {
        return STATUS_OK;
    }
    tree_object(&tree, day->g->page);
    tree_add(&tree, "events", events);
    TRY(tree_finish(&tree, &value, why));
    TRY(str_fmt(day->g->page, &id, why, "%s/%05u", day->name, ++day->n));
    tree_array(&day->events, day->g->page);
    day->bytes = 0;
    return part_add(day->g->options->part, SNAPSHOT_CONNECTIONS, id, value, day->g->page, why);
}

static enum status take_event(struct day *day, const struct json_value *event, struct why *why)
{
    const struct json_value *message = NULL;
    const struct json_value *kept = NULL;
    struct tree tree;
    struct str text = tree_text(event, "message");
    if (text.len == 0 || text.len > EVENTS_BYTES_MAX ||
        json_tree_read(text, day->g->page, &message, NULL) != STATUS_OK) {
        return STATUS_OK; /* another line of the log */
    }
    tree_object(&tree, day->g->page);
    for (size_t i = 0; i < sizeof event_members / sizeof event_members[0]; i++) {
        tree_add(&tree, event_members[i], json_tree_get(message, str_from(event_members[i])));
    }
    if (json_tree_get(message, STR("timestamp")) == NULL) {
        tree_add(&tree, "timestamp", json_tree_get(event, STR("timestamp")));
    }
    TRY(tree_finish(&tree, &kept, why));
    tree_add(&day->events, NULL, kept);
    day->bytes += text.len;
    return day->bytes < EVENTS_BYTES_MAX ? STATUS_OK : flush_day(day, why);
}

static enum status take_events(void *ctx, const struct json_value *page, struct why *why)
{
    struct day *day = ctx;
    const struct json_value *list = json_tree_get(page, STR("events"));
    tree_array(&day->events, day->g->page);
    day->bytes = 0;
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        TRY(take_event(day, v, why));
    }
    return flush_day(day, why);
}

static enum status gather_day(struct gather *g, int64_t from, int64_t to, struct why *why)
{
    char from_text[24];
    char to_text[24];
    char moment[TIME_TEXT_MAX];
    struct day day = {.g = g};
    struct str mark;
    snprintf(from_text, sizeof from_text, "%" PRId64, from);
    snprintf(to_text, sizeof to_text, "%" PRId64, to);
    time_format(from, moment);
    memcpy(day.name, moment, DAY_TEXT);
    TRY(str_fmt(g->work, &mark, why, "connections/%s", day.name));
    if (part_has(g->options->part, SNAPSHOT_MARK, mark)) {
        return STATUS_OK;
    }
    const struct aws_arg args[] = {{M_logGroupName, LOG_GROUP},
                                   {M_startTime, str_from(from_text)},
                                   {M_endTime, str_from(to_text)},
                                   {M_filterPattern, PATTERN}};
    const struct aws_pages pages = {.op = OP_logs_FilterLogEvents,
                                    .args = args,
                                    .n_args = sizeof args / sizeof args[0],
                                    .visit = take_events,
                                    .ctx = &day};
    TRY(aws_all_pages(g->options->aws, &pages, g->page, why));
    struct tree empty;
    const struct json_value *value = NULL;
    tree_object(&empty, g->work);
    TRY(tree_finish(&empty, &value, why));
    return gather_put(g, SNAPSHOT_MARK, mark, value, why);
}

/* Whether the account logs connections at all: AWS does so from INFO on. */
static enum status connections_are_logged(struct gather *g, bool *ret, struct why *why)
{
    const struct json_value *value = NULL;
    TRY(part_get(g->options->part, SNAPSHOT_LOGGING, STR(""), g->work, &value, why));
    const struct json_value *v2 = json_tree_get(value, STR("v2"));
    const struct json_value *off = json_tree_get(v2, STR("disableAllLogs"));
    struct str level = tree_text(v2, "defaultLogLevel");
    *ret = (str_eq(level, STR("INFO")) || str_eq(level, STR("DEBUG"))) &&
           (off == NULL || off->type != JSON_BOOL || !off->boolean);
    return STATUS_OK;
}

enum status gather_connections(struct gather *g, struct why *why)
{
    const struct gather_options *options = g->options;
    bool logged = false;
    if (options->history_from == TIME_NEVER) {
        gather_note_text(g, STR("logs:FilterLogEvents"),
                         STR("it was not asked for: --days 0 was given"));
        return STATUS_OK;
    }
    TRY(connections_are_logged(g, &logged, why));
    if (!logged) {
        gather_note_text(g, STR("logs:FilterLogEvents"),
                         STR("connections are not logged: V2 logging is not on at level INFO or "
                             "DEBUG"));
        return STATUS_OK;
    }
    int64_t days = (options->history_to - options->history_from) / DAY_MS + 1;
    int64_t from = options->history_from;
    for (int64_t n = 0; from < options->history_to; n++) {
        int64_t next = (from / DAY_MS + 1) * DAY_MS;
        int64_t to = next < options->history_to ? next : options->history_to;
        gather_tell(g, n, days);
        arena_clear(g->work);
        enum status status = gather_day(g, from, to, why);
        if (status != STATUS_OK) {
            return gather_note(g, OP_logs_FilterLogEvents, status, why, -1) ? STATUS_OK : status;
        }
        from = next;
    }
    return STATUS_OK;
}
