/* change.c: see change.h. */
#include "collect/change.h"

#include "collect/snapshot.h"
#include "collect/tree.h"

#include "base/banned.h"

#define BLANK    STR("{\"Version\":\"2012-10-17\",\"Statement\":[]}")
#define INACTIVE STR("INACTIVE")

enum { OPTIONS_BYTES_MAX = 64 << 10, CALL_MEMORY = 16 << 20 };

#define ARGS(...)                                                                                  \
    (const struct aws_arg[]){__VA_ARGS__},                                                         \
        sizeof((const struct aws_arg[]){__VA_ARGS__}) / sizeof(struct aws_arg)

/* What a kind is given. */
struct making {
    struct aws *aws;
    const struct change *change;
    bool begun;
    bool look;         /* and make nothing */
    struct str left;   /* of an undo */
    struct arena *mem; /* of the outcome, and of the calls */
    struct change_outcome *out;
};

static enum status moved(const struct making *m, enum change_end end, struct why *why,
                         const char *what, struct str is)
{
    m->out->end = end;
    return str_fmt(m->mem, &m->out->note, why, "%s is %.*s now", what, STR_ARG(is));
}

static void ended(const struct making *m, enum change_end end, struct str left)
{
    m->out->end = end;
    m->out->left = left;
}

/* Asked before the first call that changes something. */
static bool only_looks(const struct making *m)
{
    if (m->look) {
        ended(m, CHANGE_DUE, STR(""));
    }
    return m->look;
}

/* ---- certificates ---------------------------------------------------------------------------- */

struct certificate_ops {
    enum op_id describe;
    enum op_id update;
};
static const struct certificate_ops device_ops = {OP_DescribeCertificate, OP_UpdateCertificate};
static const struct certificate_ops ca_ops = {OP_DescribeCACertificate, OP_UpdateCACertificate};

/* Its status, and the version that each change counts up. */
static enum status look_at_certificate(const struct making *m, const struct certificate_ops *ops,
                                       struct str *ret_status, struct str *ret_version,
                                       struct why *why)
{
    const struct json_value *reply = NULL;
    TRY(aws_call(m->aws, ops->describe, ARGS({M_certificateId, m->change->resource}), m->mem,
                 &reply, why));
    reply = json_tree_get(reply, STR("certificateDescription"));
    const struct json_value *version = json_tree_get(reply, STR("customerVersion"));
    *ret_status = tree_text(reply, "status");
    *ret_version = version == NULL ? STR("") : version->text;
    return STATUS_OK;
}

static enum status make_certificate(const struct making *m, const struct certificate_ops *ops,
                                    struct why *why)
{
    const struct json_value *reply = NULL;
    struct str status, version;
    TRY(look_at_certificate(m, ops, &status, &version, why));
    if (str_eq(status, INACTIVE)) {
        ended(m, m->begun ? CHANGE_MADE : CHANGE_KNOWN, version);
        return STATUS_OK;
    }
    if (!str_eq(status, m->change->before)) {
        return moved(m, CHANGE_MOVED, why, "the certificate", status);
    }
    if (only_looks(m)) {
        return STATUS_OK;
    }
    TRY(aws_call(m->aws, ops->update,
                 ARGS({M_certificateId, m->change->resource}, {M_newStatus, INACTIVE}), m->mem,
                 &reply, why));
    TRY(look_at_certificate(m, ops, &status, &version, why));
    ended(m, CHANGE_MADE, version);
    return STATUS_OK;
}

static enum status undo_certificate(const struct making *m, const struct certificate_ops *ops,
                                    struct why *why)
{
    const struct json_value *reply = NULL;
    struct str status, version;
    TRY(look_at_certificate(m, ops, &status, &version, why));
    if (!str_eq(status, INACTIVE)) {
        return moved(m, CHANGE_KEPT, why, "the certificate", status);
    }
    if (!str_eq(version, m->left)) {
        return moved(m, CHANGE_KEPT, why, "the certificate was changed since: its version",
                     version);
    }
    TRY(aws_call(m->aws, ops->update,
                 ARGS({M_certificateId, m->change->resource}, {M_newStatus, m->change->before}),
                 m->mem, &reply, why));
    ended(m, CHANGE_RESTORED, STR(""));
    return STATUS_OK;
}

static enum status make_device(const struct making *m, struct why *why)
{
    return make_certificate(m, &device_ops, why);
}

static enum status undo_device(const struct making *m, struct why *why)
{
    return undo_certificate(m, &device_ops, why);
}

static enum status make_ca(const struct making *m, struct why *why)
{
    return make_certificate(m, &ca_ops, why);
}

static enum status undo_ca(const struct making *m, struct why *why)
{
    return undo_certificate(m, &ca_ops, why);
}

/* ---- things in groups ------------------------------------------------------------------------ */

struct membership {
    struct str group;
    bool found;
};

static enum status look_for_group(void *ctx, const struct json_value *page, struct why *why)
{
    struct membership *membership = ctx;
    const struct json_value *list = json_tree_get(page, STR("thingGroups"));
    (void)why;
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        membership->found =
            membership->found || str_eq(tree_text(v, "groupName"), membership->group);
    }
    return STATUS_OK;
}

static enum status is_member(const struct making *m, bool *ret, struct why *why)
{
    const struct aws_arg args[] = {{M_thingName, m->change->resource}};
    struct membership membership = {.group = m->change->part};
    const struct aws_pages pages = {.op = OP_ListThingGroupsForThing,
                                    .args = args,
                                    .n_args = 1,
                                    .visit = look_for_group,
                                    .ctx = &membership};
    AUTO_ARENA *mem = arena_new(CALL_MEMORY);
    TRY_PTR(mem);
    TRY(aws_all_pages(m->aws, &pages, mem, why));
    *ret = membership.found;
    return STATUS_OK;
}

static enum status make_membership(const struct making *m, struct why *why)
{
    const struct json_value *reply = NULL;
    bool member = false;
    TRY(is_member(m, &member, why));
    if (member) {
        ended(m, m->begun ? CHANGE_MADE : CHANGE_KNOWN, STR(""));
        return STATUS_OK;
    }
    if (only_looks(m)) {
        return STATUS_OK;
    }
    TRY(aws_call(m->aws, OP_AddThingToThingGroup,
                 ARGS({M_thingName, m->change->resource}, {M_thingGroupName, m->change->part}),
                 m->mem, &reply, why));
    ended(m, CHANGE_MADE, STR(""));
    return STATUS_OK;
}

static enum status undo_membership(const struct making *m, struct why *why)
{
    const struct json_value *reply = NULL;
    bool member = false;
    TRY(is_member(m, &member, why));
    if (!member) {
        m->out->end = CHANGE_KEPT;
        m->out->note = STR("the thing is no longer in the group");
        return STATUS_OK;
    }
    TRY(aws_call(m->aws, OP_RemoveThingFromThingGroup,
                 ARGS({M_thingName, m->change->resource}, {M_thingGroupName, m->change->part}),
                 m->mem, &reply, why));
    ended(m, CHANGE_RESTORED, STR(""));
    return STATUS_OK;
}

/* ---- policies -------------------------------------------------------------------------------- */

static enum status look_at_policy(const struct making *m, struct str *ret_version,
                                  struct str *ret_document, struct why *why)
{
    const struct json_value *reply = NULL;
    TRY(aws_call(m->aws, OP_GetPolicy, ARGS({M_policyName, m->change->resource}), m->mem, &reply,
                 why));
    *ret_version = tree_text(reply, "defaultVersionId");
    *ret_document = tree_text(reply, "policyDocument");
    return STATUS_OK;
}

static enum status make_policy(const struct making *m, struct why *why)
{
    const struct json_value *reply = NULL;
    struct str version, document;
    TRY(look_at_policy(m, &version, &document, why));
    if (str_eq(document, BLANK)) {
        ended(m, m->begun ? CHANGE_MADE : CHANGE_KNOWN, version);
        return STATUS_OK;
    }
    if (!str_eq(version, m->change->before)) {
        return moved(m, CHANGE_MOVED, why, "the default version of the policy", version);
    }
    if (only_looks(m)) {
        return STATUS_OK;
    }
    TRY(aws_call_once(m->aws, OP_CreatePolicyVersion,
                      ARGS({M_policyName, m->change->resource}, {M_policyDocument, BLANK},
                           {M_setAsDefault, STR("true")}),
                      m->mem, &reply, why));
    ended(m, CHANGE_MADE, tree_text(reply, "policyVersionId"));
    return STATUS_OK;
}

static enum status undo_policy(const struct making *m, struct why *why)
{
    const struct json_value *reply = NULL;
    struct str version, document;
    TRY(look_at_policy(m, &version, &document, why));
    if (!str_eq(version, m->left)) {
        return moved(m, CHANGE_KEPT, why, "the default version of the policy", version);
    }
    TRY(aws_call(m->aws, OP_SetDefaultPolicyVersion,
                 ARGS({M_policyName, m->change->resource}, {M_policyVersionId, m->change->before}),
                 m->mem, &reply, why));
    TRY(aws_call(m->aws, OP_DeletePolicyVersion,
                 ARGS({M_policyName, m->change->resource}, {M_policyVersionId, m->left}), m->mem,
                 &reply, why));
    ended(m, CHANGE_RESTORED, STR(""));
    return STATUS_OK;
}

/* ---- logging --------------------------------------------------------------------------------- */

/* The V2 options as one text; "" when there are none. */
static enum status look_at_logging(const struct making *m, struct str *ret,
                                   const struct json_value **ret_tree, struct why *why)
{
    struct buf out;
    struct json_write w;
    *ret_tree = NULL;
    enum status status = aws_call(m->aws, OP_GetV2LoggingOptions, NULL, 0, m->mem, ret_tree, why);
    if (status == STATUS_NOT_CONFIGURED || status == STATUS_NOT_FOUND) {
        *ret = STR("");
        return STATUS_OK;
    }
    TRY(status);
    buf_init(&out, m->mem, OPTIONS_BYTES_MAX);
    json_write_init(&w, &out);
    TRY(json_put_sorted(&w, *ret_tree, m->mem, why));
    return buf_finish(&out, ret, why);
}

static enum status set_logging(const struct making *m, struct str role, struct str level,
                               struct str off, struct why *why)
{
    const struct json_value *reply = NULL;
    return aws_call(m->aws, OP_SetV2LoggingOptions,
                    ARGS({M_roleArn, role}, {M_defaultLogLevel, level}, {M_disableAllLogs, off}),
                    m->mem, &reply, why);
}

static bool is_off(const struct json_value *options)
{
    const struct json_value *off = json_tree_get(options, STR("disableAllLogs"));
    return off != NULL && off->type == JSON_BOOL && off->boolean;
}

/* What undo_logging leaves where there were no options. */
static bool is_as_undone(const struct making *m, const struct json_value *options)
{
    return m->change->before.len == 0 && !is_off(options) &&
           str_eq(tree_text(options, "defaultLogLevel"), STR("DISABLED")) &&
           str_eq(tree_text(options, "roleArn"), m->change->detail);
}

/* Before and after are compared as the API says them, members sorted. */
static enum status make_logging(const struct making *m, struct why *why)
{
    const struct json_value *tree = NULL;
    struct str now;
    TRY(look_at_logging(m, &now, &tree, why));
    if (str_eq(tree_text(tree, "defaultLogLevel"), m->change->after) && !is_off(tree) &&
        str_eq(tree_text(tree, "roleArn"), m->change->detail)) {
        ended(m, m->begun ? CHANGE_MADE : CHANGE_KNOWN, now);
        return STATUS_OK;
    }
    if (!str_eq(now, m->change->before) && !is_as_undone(m, tree)) {
        m->out->end = CHANGE_MOVED;
        m->out->note = STR("the logging options are not those of the snapshot");
        return STATUS_OK;
    }
    if (only_looks(m)) {
        return STATUS_OK;
    }
    TRY(set_logging(m, m->change->detail, m->change->after, STR("false"), why));
    TRY(look_at_logging(m, &now, &tree, why));
    ended(m, CHANGE_MADE, now);
    return STATUS_OK;
}

/* Options that were set for the first time cannot be removed in AWS; at level DISABLED nothing is
 * logged, as before. */
static enum status undo_logging(const struct making *m, struct why *why)
{
    const struct json_value *tree = NULL;
    const struct json_value *before = NULL;
    struct str now;
    TRY(look_at_logging(m, &now, &tree, why));
    if (!str_eq(now, m->left)) {
        m->out->end = CHANGE_KEPT;
        m->out->note = STR("the logging options were changed since");
        return STATUS_OK;
    }
    if (m->change->before.len > 0) {
        TRY(json_tree_read(m->change->before, m->mem, &before, why));
    }
    struct str role = before == NULL ? m->change->detail : tree_text(before, "roleArn");
    struct str level = before == NULL ? STR("DISABLED") : tree_text(before, "defaultLogLevel");
    TRY(set_logging(m, role, level, is_off(before) ? STR("true") : STR("false"), why));
    ended(m, CHANGE_RESTORED, STR(""));
    return STATUS_OK;
}

/* ---- messages -------------------------------------------------------------------------------- */

static enum status make_message(const struct making *m, struct why *why)
{
    const struct json_value *reply = NULL;
    if (m->look) {
        ended(m, CHANGE_KNOWN, STR(""));
        return STATUS_OK;
    }
    TRY(aws_call_once(m->aws, OP_sns_Publish,
                      ARGS({M_TopicArn, m->change->part}, {M_Message, m->change->detail}), m->mem,
                      &reply, why));
    ended(m, CHANGE_MADE, tree_text(reply, "MessageId"));
    return STATUS_OK;
}

static enum status undo_message(const struct making *m, struct why *why)
{
    (void)why;
    m->out->end = CHANGE_KEPT;
    m->out->note = STR("a message that was published cannot be taken back");
    return STATUS_OK;
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct kind {
    struct str name;
    enum status (*make)(const struct making *m, struct why *why);
    enum status (*undo)(const struct making *m, struct why *why);
} kinds[] = {
    {STR_INIT("UPDATE_DEVICE_CERTIFICATE"), make_device, undo_device},
    {STR_INIT("UPDATE_CA_CERTIFICATE"), make_ca, undo_ca},
    {STR_INIT("ADD_THINGS_TO_THING_GROUP"), make_membership, undo_membership},
    {STR_INIT("REPLACE_DEFAULT_POLICY_VERSION"), make_policy, undo_policy},
    {STR_INIT("ENABLE_IOT_LOGGING"), make_logging, undo_logging},
    {STR_INIT("PUBLISH_FINDING_TO_SNS"), make_message, undo_message},
};

static const struct kind *find_kind(struct str name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (str_eq(kinds[i].name, name)) {
            return &kinds[i];
        }
    }
    return NULL;
}

bool change_kind_known(struct str kind)
{
    return find_kind(kind) != NULL;
}

enum status change_make(struct aws *aws, const struct change *change, bool begun, struct arena *mem,
                        struct change_outcome *ret, struct why *why)
{
    const struct kind *kind = find_kind(change->kind);
    const struct making m = {.aws = aws, .change = change, .begun = begun, .mem = mem, .out = ret};
    *ret = (struct change_outcome){.left = STR(""), .note = STR_ABSENT};
    return kind->make(&m, why);
}

enum status change_look(struct aws *aws, const struct change *change, struct arena *mem,
                        struct change_outcome *ret, struct why *why)
{
    const struct kind *kind = find_kind(change->kind);
    const struct making m = {.aws = aws, .change = change, .look = true, .mem = mem, .out = ret};
    *ret = (struct change_outcome){.left = STR(""), .note = STR_ABSENT};
    return kind->make(&m, why);
}

enum status change_undo(struct aws *aws, const struct change *change, struct str left,
                        struct arena *mem, struct change_outcome *ret, struct why *why)
{
    const struct kind *kind = find_kind(change->kind);
    const struct making m = {.aws = aws, .change = change, .left = left, .mem = mem, .out = ret};
    *ret = (struct change_outcome){.left = STR(""), .note = STR_ABSENT};
    return kind->undo(&m, why);
}
