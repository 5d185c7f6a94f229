/* mitigate_steps.c: see mitigate_steps.h.
 *
 * The API lists executions by finding, so the task's findings are asked one by one: only those of
 * checks whose numbers say that there is something, and at most ASKED_MAX.
 */
#include "cli/mitigate_steps.h"

#include <inttypes.h>

#include "cli/report.h"
#include "codec/json_write.h"

#include "base/banned.h"

enum { STEPS_MEMORY = 32 << 20, BODY_BYTES_MAX = 4 << 10, ASKED_MAX = 2000 };

struct steps {
    struct cli *cli;
    struct api_client *client;
    struct str id;
    const struct json_value *checks; /* the task's numbers by check */
    int64_t failed, skipped;         /* findings, of all checks */
    int64_t shown, shown_max, asked;
    struct arena *page; /* of a page of findings */
    struct arena *call; /* of one finding */
};

/* ---- one finding ----------------------------------------------------------------------------- */

/* What the finding is about; absent when it is not kept any more. */
static enum status resource_of(struct steps *s, struct str finding, struct str *ret,
                               struct why *why)
{
    struct str path;
    const struct json_value *reply = NULL;
    TRY(str_fmt(s->call, &path, why, "/audit/findings/%.*s", STR_ARG(finding)));
    enum status status = api_client_call(s->client, s->call, "GET", path, STR_ABSENT, &reply, why);
    if (status == STATUS_NOT_FOUND) {
        *ret = STR_ABSENT;
        return STATUS_OK;
    }
    TRY(status);
    return finding_resource(json_tree_get(reply, STR("finding")), s->call, ret, why);
}

static void put_step(struct cli *cli, const struct json_value *step, struct str finding,
                     struct str resource)
{
    struct str code = json_text(step, "errorCode");
    fprintf(cli->out, "%s: %.*s of finding %.*s%s%.*s: %.*s%s%.*s\n",
            str_eq(json_text(step, "status"), STR("FAILED")) ? "failed" : "skipped",
            STR_ARG(json_text(step, "actionName")), STR_ARG(finding), resource.len > 0 ? ", " : "",
            STR_ARG(resource), STR_ARG(code), code.len > 0 ? ": " : "",
            STR_ARG(json_text(step, "message")));
}

static int64_t count_status(const struct json_value *steps, struct str status)
{
    int64_t n = 0;
    for (const struct json_value *v = JSON_FIRST(steps); v != NULL; v = v->next) {
        n += str_eq(json_text(v, "status"), status);
    }
    return n;
}

/* A finding has at most five actions: one page has them all. */
static enum status show_finding(struct steps *s, struct str finding, struct why *why)
{
    struct str path, resource;
    const struct json_value *reply = NULL;
    arena_clear(s->call);
    s->asked++;
    TRY(str_fmt(s->call, &path, why,
                "/audit/mitigationactions/executions?findingId=%.*s&taskId=%.*s", STR_ARG(finding),
                STR_ARG(s->id)));
    TRY(api_client_call(s->client, s->call, "GET", path, STR_ABSENT, &reply, why));
    const struct json_value *steps = json_tree_get(reply, STR("actionsExecutions"));
    if (count_status(steps, s->failed > 0 ? STR("FAILED") : STR("SKIPPED")) == 0) {
        return STATUS_OK;
    }
    s->shown++;
    TRY(resource_of(s, finding, &resource, why));
    for (const struct json_value *v = JSON_FIRST(steps); v != NULL; v = v->next) {
        if (!str_eq(json_text(v, "status"), STR("COMPLETED"))) {
            put_step(s->cli, v, finding, resource);
        }
    }
    return STATUS_OK;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static bool is_over(const struct steps *s)
{
    int64_t wanted = s->failed > 0 ? s->failed : s->skipped;
    return s->shown >= s->shown_max || s->shown >= wanted || s->asked >= ASKED_MAX;
}

static bool has_some(const struct steps *s, struct str check)
{
    const struct json_value *numbers = json_tree_get(s->checks, check);
    return json_number(numbers, s->failed > 0 ? "failedFindingsCount" : "skippedFindingsCount") > 0;
}

static enum status next_page(struct steps *s, struct str audit, struct str token,
                             const struct json_value **ret, struct why *why)
{
    struct buf out;
    struct json_write w;
    struct str body;
    arena_clear(s->call);
    buf_init(&out, s->call, BODY_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("taskId"), audit);
    json_write_member_int64(&w, STR("maxResults"), 250);
    json_write_member(&w, STR("nextToken"), token);
    json_write_end(&w);
    json_write_finish(&w);
    TRY(buf_finish(&out, &body, why)); /* before the page that lends the token goes */
    arena_clear(s->page);
    return api_client_call(s->client, s->page, "POST", STR("/audit/findings"), body, ret, why);
}

static enum status walk_audit(struct steps *s, struct str audit, struct why *why)
{
    struct str token = STR_ABSENT;
    do {
        const struct json_value *page = NULL;
        TRY(next_page(s, audit, token, &page, why));
        const struct json_value *list = json_tree_get(page, STR("findings"));
        for (const struct json_value *f = JSON_FIRST(list); f != NULL && !is_over(s); f = f->next) {
            if (has_some(s, json_text(f, "checkName"))) {
                TRY(show_finding(s, json_text(f, "findingId"), why));
            }
        }
        token = json_text(page, "nextToken");
    } while (!str_absent(token) && !is_over(s));
    return STATUS_OK;
}

static enum status walk(struct steps *s, const struct json_value *target, struct why *why)
{
    const struct json_value *findings = json_tree_get(target, STR("findingIds"));
    if (JSON_FIRST(findings) == NULL) {
        return walk_audit(s, json_text(target, "auditTaskId"), why);
    }
    for (const struct json_value *f = JSON_FIRST(findings); f != NULL && !is_over(s); f = f->next) {
        TRY(show_finding(s, f->text, why));
    }
    return STATUS_OK;
}

enum status mitigate_steps_show(struct cli *cli, struct api_client *client, struct str id,
                                const struct json_value *task, int64_t shown, struct why *why)
{
    AUTO_ARENA *page = arena_new(STEPS_MEMORY);
    AUTO_ARENA *call = arena_new(STEPS_MEMORY);
    struct steps s = {.cli = cli,
                      .client = client,
                      .id = id,
                      .checks = json_tree_get(task, STR("taskStatistics")),
                      .shown_max = shown,
                      .page = page,
                      .call = call};
    TRY_PTR(page);
    TRY_PTR(call);
    for (const struct json_value *c = JSON_FIRST(s.checks); c != NULL; c = c->next) {
        s.failed += json_number(c, "failedFindingsCount");
        s.skipped += json_number(c, "skippedFindingsCount");
    }
    if (s.failed + s.skipped == 0) {
        return STATUS_OK;
    }
    TRY(walk(&s, json_tree_get(task, STR("target")), why));
    if (s.shown < s.failed + s.skipped) {
        fprintf(cli->out,
                "... and %" PRId64 " more: aws iot list-audit-mitigation-actions-executions "
                "--task-id %.*s --finding-id FINDING\n",
                s.failed + s.skipped - s.shown, STR_ARG(id));
    }
    return STATUS_OK;
}
