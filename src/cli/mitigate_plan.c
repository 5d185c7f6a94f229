/* mitigate_plan.c: see mitigate_plan.h. A client of the daemon that holds the snapshot, like any
 * other. */
#include "cli/mitigate_plan.h"

#include <inttypes.h>

#include "base/map.h"
#include "cli/api_client.h"
#include "cli/credentials.h"
#include "cli/snapshot_file.h"
#include "codec/digest.h"
#include "collect/tree.h"

#include "base/banned.h"

enum { CALL_MEMORY = 64 << 20, BODY_BYTES_MAX = 256 << 10, POLL_MS = 100, CHECKS_MAX = 64 };

#define ROLE_NAME STR("bulwark-mitigate-plan")
#define ARGS(...)                                                                                  \
    (const struct aws_arg[]){__VA_ARGS__},                                                         \
        sizeof((const struct aws_arg[]){__VA_ARGS__}) / sizeof(struct aws_arg)

struct planning {
    const struct plan_request *request;
    struct plan *plan;
    struct aws *aws;    /* the daemon that holds the snapshot */
    struct arena *mem;  /* of the plan */
    struct arena *call; /* of one call */
    struct arena *page; /* of a page of the preview */
    struct str role_arn;
    struct str audit;
    struct map seen; /* changes, each once */
};

/* ---- kinds and their parameters -------------------------------------------------------------- */

static void put_groups(struct json_write *w, const struct plan_request *r)
{
    json_write_key(w, STR("thingGroupNames"));
    json_write_array(w);
    for (size_t i = 0; i < r->n_groups; i++) {
        json_write_string(w, r->groups[i]);
    }
    json_write_end(w);
}

static void put_deactivate(struct json_write *w, const struct plan_request *r)
{
    (void)r;
    json_write_member(w, STR("action"), STR("DEACTIVATE"));
}

static void put_template(struct json_write *w, const struct plan_request *r)
{
    (void)r;
    json_write_member(w, STR("templateName"), STR("BLANK_POLICY"));
}

static void put_logging(struct json_write *w, const struct plan_request *r)
{
    json_write_member(w, STR("logLevel"), str_from(r->log_level));
    json_write_member(w, STR("roleArnForLogging"), str_from(r->logging_role));
}

static void put_topic(struct json_write *w, const struct plan_request *r)
{
    json_write_member(w, STR("topicArn"), str_from(r->topic));
}

static bool has_groups(const struct plan_request *r)
{
    return r->n_groups > 0;
}

static bool has_logging(const struct plan_request *r)
{
    return r->logging_role != NULL;
}

static bool has_topic(const struct plan_request *r)
{
    return r->topic != NULL;
}

static const struct kind {
    struct str name;
    struct str params;
    void (*put)(struct json_write *w, const struct plan_request *r);
    bool (*ready)(const struct plan_request *r); /* NULL: it needs nothing */
    const char *needs;
} kinds[] = {
    {STR_INIT("UPDATE_DEVICE_CERTIFICATE"), STR_INIT("updateDeviceCertificateParams"),
     put_deactivate, NULL, NULL},
    {STR_INIT("UPDATE_CA_CERTIFICATE"), STR_INIT("updateCACertificateParams"), put_deactivate, NULL,
     NULL},
    {STR_INIT("ADD_THINGS_TO_THING_GROUP"), STR_INIT("addThingsToThingGroupParams"), put_groups,
     has_groups, "--group NAME"},
    {STR_INIT("REPLACE_DEFAULT_POLICY_VERSION"), STR_INIT("replaceDefaultPolicyVersionParams"),
     put_template, NULL, NULL},
    {STR_INIT("ENABLE_IOT_LOGGING"), STR_INIT("enableIoTLoggingParams"), put_logging, has_logging,
     "--logging-role ARN"},
    {STR_INIT("PUBLISH_FINDING_TO_SNS"), STR_INIT("publishFindingToSnsParams"), put_topic,
     has_topic, "--topic ARN"},
};

static enum status find_kind(const struct plan_request *r, struct str word, const struct kind **ret,
                             struct why *why)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!str_eq(kinds[i].name, word)) {
            continue;
        }
        *ret = &kinds[i];
        return kinds[i].ready == NULL || kinds[i].ready(r)
                   ? STATUS_OK
                   : why_set(why, STATUS_INVALID, "%.*s needs %s", STR_ARG(word), kinds[i].needs);
    }
    return why_set(why, STATUS_INVALID,
                   "%.*s is no kind of action; they are UPDATE_DEVICE_CERTIFICATE, "
                   "UPDATE_CA_CERTIFICATE, ADD_THINGS_TO_THING_GROUP, "
                   "REPLACE_DEFAULT_POLICY_VERSION, ENABLE_IOT_LOGGING and "
                   "PUBLISH_FINDING_TO_SNS",
                   STR_ARG(str_slice(word, 0, 64)));
}

/* ---- requests as JSON ------------------------------------------------------------------------ */

static void begin_object(struct planning *p, struct buf *out, struct json_write *w)
{
    buf_init(out, p->call, BODY_BYTES_MAX);
    json_write_init(w, out);
    json_write_object(w);
}

static enum status end_object(struct buf *out, struct json_write *w, struct str *ret,
                              struct why *why)
{
    json_write_end(w);
    json_write_finish(w);
    return buf_finish(out, ret, why);
}

static void put_pairs(struct json_write *w, const struct plan_pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str rest = pairs[i].words;
        struct str word;
        json_write_key(w, pairs[i].check);
        json_write_array(w);
        while (str_next(&rest, ',', &word)) {
            json_write_string(w, word);
        }
        json_write_end(w);
    }
}

/* ---- the role and the actions ---------------------------------------------------------------- */

/* In the account the caller's own rights decide; here a role that may do all stands for them. */
static enum status make_role(struct planning *p, struct why *why)
{
    const struct json_value *reply = NULL;
    TRY(aws_call(p->aws, OP_iam_CreateRole,
                 ARGS({M_RoleName, ROLE_NAME},
                      {M_AssumeRolePolicyDocument,
                       STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                           "\"Principal\":{\"Service\":\"iot.amazonaws.com\"},"
                           "\"Action\":\"sts:AssumeRole\"}]}")}),
                 p->call, &reply, why));
    reply = json_tree_get(reply, STR("Role"));
    TRY(str_dup(p->mem, tree_text(reply, "Arn"), &p->role_arn, why));
    return aws_call(p->aws, OP_iam_PutRolePolicy,
                    ARGS({M_RoleName, ROLE_NAME}, {M_PolicyName, STR("all")},
                         {M_PolicyDocument,
                          STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                              "\"Action\":\"*\",\"Resource\":\"*\"}]}")}),
                    p->call, &reply, why);
}

static enum status make_action(struct planning *p, const struct kind *kind, struct why *why)
{
    const struct json_value *reply = NULL;
    struct buf out;
    struct json_write w;
    struct str params;
    begin_object(p, &out, &w);
    json_write_key(&w, kind->params);
    json_write_object(&w);
    kind->put(&w, p->request);
    json_write_end(&w);
    TRY(end_object(&out, &w, &params, why));
    return aws_call(
        p->aws, OP_CreateMitigationAction,
        ARGS({M_actionName, kind->name}, {M_roleArn, p->role_arn}, {M_actionParams, params}),
        p->call, &reply, why);
}

static enum status make_actions(struct planning *p, struct why *why)
{
    bool made[sizeof kinds / sizeof kinds[0]] = {false};
    for (size_t i = 0; i < p->request->n_actions; i++) {
        struct str rest = p->request->actions[i].words;
        struct str word;
        while (str_next(&rest, ',', &word)) {
            const struct kind *kind = NULL;
            TRY(find_kind(p->request, word, &kind, why));
            if (!made[kind - kinds]) {
                made[kind - kinds] = true;
                TRY(make_action(p, kind, why));
            }
        }
    }
    return STATUS_OK;
}

/* ---- the audit ------------------------------------------------------------------------------- */

static enum status enable_checks(struct planning *p, struct why *why)
{
    const struct json_value *reply = NULL;
    struct buf out;
    struct json_write w;
    struct str checks;
    begin_object(p, &out, &w);
    for (size_t i = 0; i < p->request->n_actions; i++) {
        json_write_key(&w, p->request->actions[i].check);
        json_write_object(&w);
        json_write_member_bool(&w, STR("enabled"), true);
        json_write_end(&w);
    }
    TRY(end_object(&out, &w, &checks, why));
    return aws_call(p->aws, OP_UpdateAccountAuditConfiguration,
                    ARGS({M_auditCheckConfigurations, checks}), p->call, &reply, why);
}

static enum status start_audit(struct planning *p, struct why *why)
{
    const struct json_value *reply = NULL;
    struct buf names;
    struct str list;
    buf_init(&names, p->call, BODY_BYTES_MAX);
    for (size_t i = 0; i < p->request->n_actions; i++) {
        buf_put_fmt(&names, "%s%.*s", i == 0 ? "" : "\n", STR_ARG(p->request->actions[i].check));
    }
    TRY(buf_finish(&names, &list, why));
    TRY(aws_call(p->aws, OP_StartOnDemandAuditTask, ARGS({M_targetCheckNames, list}), p->call,
                 &reply, why));
    return str_dup(p->mem, tree_text(reply, "taskId"), &p->audit, why);
}

static enum status note_unjudged(struct planning *p, const struct json_value *task, struct why *why)
{
    const struct json_value *checks = json_tree_get(task, STR("auditDetails"));
    struct plan *plan = p->plan;
    plan->unjudged = NEW_ARRAY(p->mem, struct str, checks == NULL ? 0 : checks->n);
    TRY_PTR(plan->unjudged);
    for (const struct json_value *c = JSON_FIRST(checks); c != NULL; c = c->next) {
        struct str message = tree_text(c, "message");
        if (message.len > 0) {
            TRY(str_fmt(p->mem, &plan->unjudged[plan->n_unjudged++], why, "%.*s: %.*s",
                        STR_ARG(c->key), STR_ARG(message)));
        }
    }
    return STATUS_OK;
}

static enum status wait_for_audit(struct planning *p, struct why *why)
{
    for (;;) {
        const struct json_value *task = NULL;
        arena_clear(p->call);
        TRY(aws_call(p->aws, OP_DescribeAuditTask, ARGS({M_taskId, p->audit}), p->call, &task,
                     why));
        struct str status = tree_text(task, "taskStatus");
        if (str_eq(status, STR("COMPLETED")) || str_eq(status, STR("FAILED"))) {
            return note_unjudged(p, task, why);
        }
        aws_wait(p->aws, POLL_MS);
    }
}

/* ---- the preview ----------------------------------------------------------------------------- */

static bool is_wanted(const struct plan_request *r, struct str resource)
{
    for (size_t i = 0; i < r->n_resources; i++) {
        if (str_eq(r->resources[i], resource)) {
            return true;
        }
    }
    return r->n_resources == 0;
}

static enum status add_refusal(struct planning *p, const struct json_value *step, struct why *why)
{
    struct plan *plan = p->plan;
    if (plan->n_refused == plan->cap_refused) {
        size_t wider = plan->cap_refused == 0 ? 64 : plan->cap_refused * 2;
        plan->refused =
            arena_grow(p->mem, plan->refused, plan->cap_refused * sizeof plan->refused[0],
                       wider * sizeof plan->refused[0]);
        TRY_PTR(plan->refused);
        plan->cap_refused = wider;
    }
    return str_fmt(p->mem, &plan->refused[plan->n_refused++], why, "%.*s for %.*s: %.*s",
                   STR_ARG(tree_text(step, "actionType")), STR_ARG(tree_text(step, "checkName")),
                   STR_ARG(tree_text(step, "message")));
}

static enum status add_change(struct planning *p, const struct change *change, struct why *why)
{
    struct plan *plan = p->plan;
    struct str key;
    if (!is_wanted(p->request, change->resource)) {
        return STATUS_OK;
    }
    TRY(str_fmt(p->mem, &key, why, "%.*s\n%.*s\n%.*s", STR_ARG(change->kind),
                STR_ARG(change->resource), STR_ARG(change->part)));
    if (map_has(&p->seen, key)) {
        return STATUS_OK;
    }
    TRY(map_put(&p->seen, key, p, why));
    if (plan->n == plan->cap) {
        size_t wider = plan->cap == 0 ? 64 : plan->cap * 2;
        plan->changes = arena_grow(p->mem, plan->changes, plan->cap * sizeof plan->changes[0],
                                   wider * sizeof plan->changes[0]);
        TRY_PTR(plan->changes);
        plan->cap = wider;
    }
    struct change *into = &plan->changes[plan->n++];
    const struct str from[] = {change->kind,  change->resource, change->part,  change->before,
                               change->after, change->finding,  change->detail};
    struct str *const to[] = {&into->kind,  &into->resource, &into->part,  &into->before,
                              &into->after, &into->finding,  &into->detail};
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
        TRY(str_dup(p->mem, str_absent(from[i]) ? STR("") : from[i], to[i], why));
    }
    return STATUS_OK;
}

/* The finding as it is published: as the API has it, with times in epoch milliseconds. */
static void put_message(struct json_write *w, const struct json_value *finding)
{
    json_write_object(w);
    for (const struct json_value *v = JSON_FIRST(finding); v != NULL; v = v->next) {
        double seconds = 0;
        bool time = str_eq(v->key, STR("findingTime")) || str_eq(v->key, STR("taskStartTime"));
        json_write_key(w, v->key);
        if (time && json_number_double(v->text, &seconds, NULL) == STATUS_OK) {
            json_write_int64(w, (int64_t)(seconds * 1000 + 0.5));
        } else {
            json_tree_write(w, v);
        }
    }
    json_write_end(w);
}

/* What a message is about, the same in every plan: its check, and a digest of resource and code. */
static enum status message_id(struct planning *p, const struct json_value *finding, struct str *ret,
                              struct why *why)
{
    struct buf out;
    struct json_write w;
    struct str text;
    char digest[SHA256_HEX + 1];
    const struct json_value *about = json_tree_get(finding, STR("nonCompliantResource"));
    begin_object(p, &out, &w);
    json_write_member(&w, STR("code"), tree_text(finding, "reasonForNonComplianceCode"));
    json_write_key(&w, STR("resource"));
    if (about == NULL) {
        json_write_null(&w);
    } else {
        TRY(json_put_sorted(&w, about, p->call, why));
    }
    TRY(end_object(&out, &w, &text, why));
    TRY(digest_sha256_hex(bytes_of_str(text), digest, why));
    return str_fmt(p->call, ret, why, "%.*s/%s", STR_ARG(tree_text(finding, "checkName")), digest);
}

static enum status complete_message(struct planning *p, struct change *change, struct why *why)
{
    const struct json_value *reply = NULL;
    struct buf out;
    struct json_write w;
    arena_clear(p->call);
    TRY(aws_call(p->aws, OP_DescribeAuditFinding, ARGS({M_findingId, change->finding}), p->call,
                 &reply, why));
    reply = json_tree_get(reply, STR("finding"));
    buf_init(&out, p->call, BODY_BYTES_MAX);
    json_write_init(&w, &out);
    put_message(&w, reply);
    json_write_finish(&w);
    TRY(buf_finish(&out, &change->detail, why));
    return message_id(p, reply, &change->resource, why);
}

static enum status take_change(struct planning *p, const struct json_value *step,
                               const struct json_value *row, struct why *why)
{
    struct change change = {.kind = tree_text(step, "actionType"),
                            .resource = tree_text(row, "resource"),
                            .part = tree_text(row, "part"),
                            .before = tree_text(row, "before"),
                            .after = tree_text(row, "after"),
                            .finding = tree_text(step, "findingId")};
    if (str_eq(change.kind, STR("ENABLE_IOT_LOGGING"))) {
        change.after = str_from(p->request->log_level);
        change.detail = str_from(p->request->logging_role);
    }
    if (str_eq(change.kind, STR("UPDATE_DEVICE_CERTIFICATE"))) {
        change.part = STR(""); /* the generation that the snapshot gave it */
    }
    if (str_eq(change.kind, STR("PUBLISH_FINDING_TO_SNS"))) {
        TRY(complete_message(p, &change, why));
    }
    return add_change(p, &change, why);
}

static enum status take_page(void *ctx, const struct json_value *page, struct why *why)
{
    struct planning *p = ctx;
    const struct json_value *steps = json_tree_get(page, STR("steps"));
    for (const struct json_value *s = JSON_FIRST(steps); s != NULL; s = s->next) {
        const struct json_value *rows = json_tree_get(s, STR("changes"));
        const struct json_value *count = json_tree_get(s, STR("changesCount"));
        int64_t all = 0;
        if (str_eq(tree_text(s, "status"), STR("FAILED"))) {
            TRY(add_refusal(p, s, why));
        }
        for (const struct json_value *c = JSON_FIRST(rows); c != NULL; c = c->next) {
            TRY(take_change(p, s, c, why));
        }
        if (count != NULL && json_number_int64(count->text, &all, NULL) == STATUS_OK) {
            int64_t told = rows == NULL ? 0 : (int64_t)rows->n;
            p->plan->untold += all > told ? all - told : 0;
        }
    }
    return STATUS_OK;
}

static enum status preview(struct planning *p, struct why *why)
{
    struct buf out;
    struct json_write w;
    struct str target, mapping;
    arena_clear(p->call);
    begin_object(p, &out, &w);
    json_write_member(&w, STR("auditTaskId"), p->audit);
    if (p->request->n_codes > 0) {
        json_write_key(&w, STR("auditCheckToReasonCodeFilter"));
        json_write_object(&w);
        put_pairs(&w, p->request->codes, p->request->n_codes);
        json_write_end(&w);
    }
    TRY(end_object(&out, &w, &target, why));
    TRY(str_dup(p->mem, target, &target, why));
    begin_object(p, &out, &w);
    put_pairs(&w, p->request->actions, p->request->n_actions);
    TRY(end_object(&out, &w, &mapping, why));
    TRY(str_dup(p->mem, mapping, &mapping, why));
    const struct aws_arg args[] = {{M_target, target}, {M_auditCheckToActionsMapping, mapping}};
    const struct aws_pages pages = {.op = OP_PreviewAuditMitigationActionsTask,
                                    .args = args,
                                    .n_args = 2,
                                    .page_size = "50",
                                    .visit = take_page,
                                    .ctx = p};
    return aws_all_pages(p->aws, &pages, p->page, why);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static enum status open_aws(const struct api_client *client, struct str region, struct aws **ret,
                            struct why *why)
{
    const struct credentials *credentials = api_client_credentials(client);
    const struct aws_options options = {
        .places = {.region = region, .all = api_client_url(client)},
        .key = {.access_key = credentials->key_id, .secret = credentials->secret},
        .clock = clock_system(),
        .rnd = rnd_system()};
    return aws_new(&options, ret, why);
}

static enum status run(struct planning *p, struct why *why)
{
    TRY(make_role(p, why));
    TRY(make_actions(p, why));
    TRY(enable_checks(p, why));
    TRY(start_audit(p, why));
    TRY(wait_for_audit(p, why));
    return preview(p, why);
}

enum status plan_make(const struct plan_request *request, struct arena *mem, struct plan *ret,
                      struct why *why)
{
    const struct api_target target = {.snapshot = request->snapshot, .config = request->config};
    struct api_client *client = NULL;
    struct snapshot_head head;
    struct planning p = {.request = request,
                         .plan = ret,
                         .mem = mem,
                         .call = arena_new(CALL_MEMORY),
                         .page = arena_new(CALL_MEMORY)};
    *ret = (struct plan){.n = 0};
    map_init(&p.seen, mem, JOURNAL_CHANGES_MAX);
    enum status status = p.call == NULL || p.page == NULL
                             ? why_no_memory(why)
                             : snapshot_file_head(request->snapshot, mem, &head, why);
    if (status == STATUS_OK) {
        ret->account = head.account;
        ret->region = head.region;
        status = api_client_open(&target, mem, &client, why);
    }
    if (status == STATUS_OK) {
        status = open_aws(client, head.region, &p.aws, why);
    }
    if (status == STATUS_OK) {
        status = run(&p, why);
    }
    aws_free(p.aws);
    api_client_close(client);
    arena_free(p.page);
    arena_free(p.call);
    return status;
}
