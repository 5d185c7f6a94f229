/* task.c: see task.h. */
#include "mitigate/task.h"

#include <stdlib.h>

#include "base/limits.h"

#include "base/banned.h"

#define IN_PROGRESS STR("IN_PROGRESS")
#define CANCELED    STR("CANCELED")

enum { COUNT_PAGE = 500 };

/* ---- starting: the target -------------------------------------------------------------------- */

static enum status find_check(const char *member, struct str name, enum check_id *ret,
                              struct why *why)
{
    if (!check_find(name, ret)) {
        return why_set(why, STATUS_INVALID, "%s: there is no check %.*s", member,
                       STR_ARG(str_slice(name, 0, 128)));
    }
    return STATUS_OK;
}

static enum status take_audit(const struct account_ctx *ctx, struct str id, struct why *why)
{
    struct audit_task audit = {.id = id};
    enum status status = store_get(ctx->tx, TABLE(audit_task), &audit, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_INVALID, "auditTaskId: there is no audit task %.*s",
                       STR_ARG(id));
    }
    TRY(status);
    if (str_eq(audit.status, IN_PROGRESS)) {
        return why_set(why, STATUS_INVALID,
                       "audit task %.*s is in progress; what it will find is not known yet",
                       STR_ARG(id));
    }
    return STATUS_OK;
}

static enum status take_finding(const struct account_ctx *ctx, struct str id,
                                struct mission *mission, struct why *why)
{
    struct finding finding = {.id = id};
    enum check_id check;
    enum status status = store_get(ctx->tx, TABLE(finding), &finding, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_INVALID, "findingIds: there is no audit finding %.*s",
                       STR_ARG(id));
    }
    TRY(status);
    TRY(find_check("findingIds", finding.check_name, &check, why));
    if (mission->checks[check].n_actions == 0) {
        return why_set(
            why, STATUS_INVALID,
            "finding %.*s is of %.*s, for which auditCheckToActionsMapping has no action",
            STR_ARG(id), STR_ARG(finding.check_name));
    }
    for (size_t i = 0; i < mission->n_findings; i++) {
        if (str_eq(mission->findings[i], id)) {
            return STATUS_OK; /* named twice is named */
        }
    }
    mission->findings[mission->n_findings++] = id;
    return STATUS_OK;
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static enum status take_codes(const struct task_codes *in, struct mission *mission, struct why *why)
{
    enum check_id check;
    TRY(find_check("auditCheckToReasonCodeFilter", in->check, &check, why));
    struct mission_check *of = &mission->checks[check];
    if (of->n_actions == 0) {
        return why_set(why, STATUS_INVALID,
                       "auditCheckToReasonCodeFilter names %.*s, for which "
                       "auditCheckToActionsMapping has no action",
                       STR_ARG(check_rows[check].name));
    }
    if (of->n_codes > 0) {
        return why_set(why, STATUS_INVALID, "auditCheckToReasonCodeFilter names %.*s twice",
                       STR_ARG(check_rows[check].name));
    }
    for (size_t i = 0; i < in->n && i < MISSION_CODES_MAX; i++) {
        of->codes[of->n_codes++] = in->codes[i];
    }
    return STATUS_OK;
}

static enum status take_target(const struct account_ctx *ctx, const struct task_new *in,
                               struct mission *mission, struct why *why)
{
    bool audit = !str_absent(in->audit_task);
    if (audit == (in->n_findings > 0) || (in->n_codes > 0 && !audit)) {
        return why_set(why, STATUS_INVALID,
                       "target must be an auditTaskId, with or without an "
                       "auditCheckToReasonCodeFilter, or findingIds alone");
    }
    mission->audit_task = in->audit_task;
    if (audit) {
        TRY(take_audit(ctx, in->audit_task, why));
    }
    for (size_t i = 0; i < in->n_findings && i < MISSION_FINDINGS_MAX; i++) {
        TRY(take_finding(ctx, in->findings[i], mission, why));
    }
    qsort(mission->findings, mission->n_findings, sizeof mission->findings[0], by_text);
    for (size_t i = 0; i < in->n_codes; i++) {
        TRY(take_codes(&in->codes[i], mission, why));
    }
    return STATUS_OK;
}

/* ---- starting: the actions ------------------------------------------------------------------- */

static enum status take_definition(const struct account_ctx *ctx, struct str name,
                                   struct mission *mission, const struct definition **ret,
                                   struct why *why)
{
    for (size_t i = 0; i < mission->n_definitions; i++) {
        if (str_eq(mission->definitions[i].name, name)) {
            *ret = &mission->definitions[i];
            return STATUS_OK;
        }
    }
    struct mitigation_action row;
    struct definition *action = &mission->definitions[mission->n_definitions];
    enum status status = action_get(ctx, name, &row, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_INVALID,
                       "auditCheckToActionsMapping: no mitigation action is named %.*s",
                       STR_ARG(name));
    }
    TRY(status);
    *action = (struct definition){.name = name, .id = row.action_id, .role_arn = row.role_arn};
    TRY(action_params_read(ctx->mem, row.params, &action->params, why));
    TRY(account_arn(ctx, STR("mitigationaction"), name, &action->arn, why));
    mission->n_definitions++;
    *ret = action;
    return STATUS_OK;
}

static enum status take_action(const struct account_ctx *ctx, struct str name, enum check_id check,
                               struct mission *mission, struct why *why)
{
    const struct definition *action = NULL;
    struct mission_check *of = &mission->checks[check];
    TRY(take_definition(ctx, name, mission, &action, why));
    if (!action_fits_check(action->params.kind, check)) {
        return why_set(why, STATUS_INVALID,
                       "action %.*s is %.*s, which cannot be applied to findings of %.*s",
                       STR_ARG(name), STR_ARG(action_kind_name(action->params.kind)),
                       STR_ARG(check_rows[check].name));
    }
    for (size_t i = 0; i < of->n_actions; i++) {
        if (of->actions[i] == action) {
            return why_set(why, STATUS_INVALID,
                           "auditCheckToActionsMapping names action %.*s twice for %.*s",
                           STR_ARG(name), STR_ARG(check_rows[check].name));
        }
    }
    of->actions[of->n_actions++] = action;
    return STATUS_OK;
}

static enum status take_mapping(const struct account_ctx *ctx, const struct task_new *in,
                                struct mission *mission, struct why *why)
{
    size_t n = 0;
    for (size_t i = 0; i < in->n_mapping; i++) {
        n += in->mapping[i].n;
    }
    mission->definitions = NEW_ARRAY(ctx->mem, struct definition, n);
    TRY_PTR(mission->definitions);
    for (size_t i = 0; i < in->n_mapping; i++) {
        const struct task_actions *of = &in->mapping[i];
        enum check_id check;
        TRY(find_check("auditCheckToActionsMapping", of->check, &check, why));
        if (mission->checks[check].n_actions > 0) {
            return why_set(why, STATUS_INVALID, "auditCheckToActionsMapping names %.*s twice",
                           STR_ARG(check_rows[check].name));
        }
        for (size_t j = 0; j < of->n && j < MISSION_ACTIONS_MAX; j++) {
            TRY(take_action(ctx, of->actions[j], check, mission, why));
        }
    }
    return mission->n_definitions > 0
               ? STATUS_OK
               : why_set(why, STATUS_INVALID, "auditCheckToActionsMapping is empty");
}

/* ---- starting -------------------------------------------------------------------------------- */

static enum status check_new(const struct account_ctx *ctx, const struct task_new *in,
                             struct why *why)
{
    struct mitigation_task row = {.id = in->id};
    enum status status = store_get(ctx->tx, TABLE(mitigation_task), &row, ctx->mem, why);
    if (status == STATUS_OK) {
        return why_set(why, STATUS_TASK_EXISTS, "mitigation task %.*s exists already",
                       STR_ARG(in->id));
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    const struct mitigation_task token = {.token = in->token};
    const struct store_range same = {
        .index = INDEX(mitigation_task, by_token), .prefix = &token, .n_prefix = 1};
    size_t n = 0;
    TRY(store_count(ctx->tx, TABLE(mitigation_task), &same, 1, &n, why));
    if (n > 0) {
        return why_set(why, STATUS_TASK_EXISTS,
                       "clientRequestToken %.*s was used for another mitigation task",
                       STR_ARG(in->token));
    }
    const struct mitigation_task like = {.status = IN_PROGRESS};
    const struct store_range running = {
        .index = INDEX(mitigation_task, by_status), .prefix = &like, .n_prefix = 1};
    TRY(store_count(ctx->tx, TABLE(mitigation_task), &running, QUOTA_MITIGATION_TASKS, &n, why));
    if (n >= QUOTA_MITIGATION_TASKS) {
        return why_set(why, STATUS_LIMIT, "%d mitigation tasks are in progress, which is the limit",
                       QUOTA_MITIGATION_TASKS);
    }
    return STATUS_OK;
}

static enum status put_checks(const struct account_ctx *ctx, const struct mission *mission,
                              struct why *why)
{
    for (int check = 0; check < CHECK_COUNT; check++) {
        if (mission->checks[check].n_actions > 0) {
            const struct mitigation_check row = {.task = mission->row.id,
                                                 .name = check_rows[check].name};
            TRY(store_insert(ctx->tx, TABLE(mitigation_check), &row, why));
        }
    }
    return STATUS_OK;
}

enum status task_mission(const struct account_ctx *ctx, const struct task_new *in,
                         struct mission *ret, struct why *why)
{
    *ret = (struct mission){.n_findings = 0};
    TRY(take_mapping(ctx, in, ret, why));
    return take_target(ctx, in, ret, why);
}

enum status task_start(const struct account_ctx *ctx, const struct task_new *in, struct why *why)
{
    struct mission *mission = NEW(ctx->mem, struct mission);
    TRY_PTR(mission);
    TRY(check_new(ctx, in, why));
    TRY(task_mission(ctx, in, mission, why));
    mission->row = (struct mitigation_task){.id = in->id,
                                            .status = IN_PROGRESS,
                                            .token = in->token,
                                            .started = clock_now(&ctx->clock),
                                            .finished = TIME_NEVER,
                                            .undo = STR(""),
                                            .undo_started = TIME_NEVER,
                                            .undo_finished = TIME_NEVER};
    TRY(mission_write(ctx->mem, mission, &mission->row, why));
    TRY(put_checks(ctx, mission, why));
    return store_insert(ctx->tx, TABLE(mitigation_task), &mission->row, why);
}

/* ---- numbers --------------------------------------------------------------------------------- */

enum status task_count(const struct account_ctx *ctx, const struct mission *mission,
                       int64_t ret_totals[CHECK_COUNT], struct why *why)
{
    AUTO_ARENA *mem = arena_new(LIMIT_REQUEST_MEMORY);
    AUTO_ARENA *cursors = arena_new(LIMIT_REQUEST_MEMORY);
    struct str after = STR_ABSENT;
    TRY_PTR(mem);
    TRY_PTR(cursors);
    struct account_ctx in = *ctx;
    in.mem = mem;
    size_t n = COUNT_PAGE;
    while (n == COUNT_PAGE) {
        arena_clear(mem);
        struct finding *findings = NEW_ARRAY(mem, struct finding, COUNT_PAGE);
        TRY_PTR(findings);
        TRY(mission_findings(&in, mission, after, findings, COUNT_PAGE, &n, why));
        for (size_t i = 0; i < n; i++) {
            enum check_id check;
            if (mission_part(mission, &findings[i], &check) != PART_NONE) {
                ret_totals[check]++;
            }
        }
        arena_clear(cursors);
        if (n > 0) {
            TRY(str_dup(cursors, findings[n - 1].id, &after, why));
        }
    }
    return STATUS_OK;
}

enum status task_put_totals(const struct account_ctx *ctx, struct mitigation_task *row,
                            const struct mission *mission, const int64_t totals[CHECK_COUNT],
                            struct why *why)
{
    for (int check = 0; check < CHECK_COUNT; check++) {
        if (mission->checks[check].n_actions > 0) {
            struct mitigation_check of = {.task = row->id, .name = check_rows[check].name};
            TRY(store_get(ctx->tx, TABLE(mitigation_check), &of, ctx->mem, why));
            of.total = totals[check];
            TRY(store_put(ctx->tx, TABLE(mitigation_check), &of, why));
        }
    }
    row->counted = 1;
    return store_put(ctx->tx, TABLE(mitigation_task), row, why);
}

/* ---- describing ------------------------------------------------------------------------------ */

enum status task_get(const struct account_ctx *ctx, struct str id, struct mitigation_task *ret,
                     struct why *why)
{
    struct mitigation_task row = {.id = id};
    enum status status = store_get(ctx->tx, TABLE(mitigation_task), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "there is no audit mitigation task %.*s", STR_ARG(id));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

enum status task_describe(const struct account_ctx *ctx, struct str id, struct task_described *ret,
                          struct why *why)
{
    *ret = (struct task_described){.n_checks = 0};
    TRY(task_get(ctx, id, &ret->row, why));
    const struct mitigation_check like = {.task = id};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(mitigation_check), &range, &scan, why));
    for (bool more = true; ret->n_checks < CHECK_COUNT;) {
        struct task_numbers *of = &ret->checks[ret->n_checks];
        TRY(store_scan_next(scan, &of->row, ctx->mem, &more, why));
        if (!more) {
            break;
        }
        of->canceled = str_eq(ret->row.status, CANCELED)
                           ? of->row.total - of->row.failed - of->row.succeeded - of->row.skipped
                           : 0;
        ret->n_checks++;
    }
    return STATUS_OK;
}

/* ---- listing --------------------------------------------------------------------------------- */

static enum status has_finding(const struct account_ctx *ctx, const struct mitigation_task *row,
                               const struct finding *finding, bool *ret, struct why *why)
{
    struct mission *mission = NEW(ctx->mem, struct mission);
    enum check_id check;
    TRY_PTR(mission);
    TRY(mission_read(ctx->mem, &ctx->id, row, mission, why));
    *ret = mission_part(mission, finding, &check) != PART_NONE;
    return STATUS_OK;
}

struct looking {
    const struct task_filter *filter;
    bool by_finding;
    struct finding finding; /* id absent: there is none */
};

static enum status look(const struct account_ctx *ctx, const void *row, const void *arg,
                        bool *ret_keep, bool *ret_stop, struct why *why)
{
    const struct mitigation_task *task = row;
    const struct looking *looking = arg;
    const struct task_filter *filter = looking->filter;
    *ret_stop = task->started < filter->start;
    *ret_keep = (str_absent(filter->status) || str_eq(filter->status, task->status)) &&
                !(looking->by_finding && str_absent(looking->finding.id));
    if (*ret_keep && !str_absent(filter->audit_task)) {
        struct mission *mission = NEW(ctx->mem, struct mission);
        TRY_PTR(mission);
        TRY(mission_read(ctx->mem, &ctx->id, task, mission, why));
        *ret_keep = str_eq(mission->audit_task, filter->audit_task);
    }
    if (*ret_keep && looking->by_finding) {
        TRY(has_finding(ctx, task, &looking->finding, ret_keep, why));
    }
    return STATUS_OK;
}

enum status task_list(const struct account_ctx *ctx, const struct task_filter *filter,
                      const struct page *page, struct page_rows *ret, struct why *why)
{
    if (filter->start > filter->end) {
        return why_set(why, STATUS_INVALID, "startTime is after endTime");
    }
    struct looking looking = {.filter = filter, .by_finding = !str_absent(filter->finding)};
    if (looking.by_finding) {
        looking.finding.id = filter->finding;
        enum status status = store_get(ctx->tx, TABLE(finding), &looking.finding, ctx->mem, why);
        if (status == STATUS_NOT_FOUND) {
            looking.finding.id = STR_ABSENT;
        } else {
            TRY(status);
        }
    }
    const struct mitigation_task newest = {.started = filter->end};
    const struct store_range range = {
        .index = INDEX(mitigation_task, by_started), .from = &newest, .n_from = 1};
    const struct page_filter fits = {look, &looking};
    struct page newest_first = *page;
    newest_first.descending = true;
    return page_read(ctx, TABLE(mitigation_task), &range, &newest_first, &fits, ret, why);
}

/* ---- canceling ------------------------------------------------------------------------------- */

enum status task_cancel(const struct account_ctx *ctx, struct str id, struct why *why)
{
    struct mitigation_task row;
    TRY(task_get(ctx, id, &row, why));
    if (!str_eq(row.status, IN_PROGRESS)) {
        return why_set(why, STATUS_INVALID,
                       "mitigation task %.*s is %.*s; only one that is in progress can be canceled",
                       STR_ARG(id), STR_ARG(row.status));
    }
    row.status = CANCELED;
    row.finished = clock_now(&ctx->clock);
    if (row.counted) {
        return store_put(ctx->tx, TABLE(mitigation_task), &row, why);
    }
    struct mission *mission = NEW(ctx->mem, struct mission);
    int64_t totals[CHECK_COUNT] = {0};
    TRY_PTR(mission);
    TRY(mission_read(ctx->mem, &ctx->id, &row, mission, why));
    TRY(task_count(ctx, mission, totals, why));
    return task_put_totals(ctx, &row, mission, totals, why);
}

/* ---- executions ------------------------------------------------------------------------------ */

static enum status done_executions(const struct account_ctx *ctx, struct str task,
                                   struct str finding, struct mitigation_execution *ret,
                                   size_t *ret_n, struct why *why)
{
    const struct mitigation_execution like = {.task = task, .finding = finding};
    const struct store_range range = {.prefix = &like, .n_prefix = 2};
    AUTO_SCAN *scan = NULL;
    size_t n = 0;
    TRY(store_scan_open(ctx->tx, TABLE(mitigation_execution), &range, &scan, why));
    for (bool more = true; n < MISSION_ACTIONS_MAX;) {
        TRY(store_scan_next(scan, &ret[n], ctx->mem, &more, why));
        if (!more) {
            break;
        }
        n++;
    }
    *ret_n = n;
    return STATUS_OK;
}

/* Invariant 4. */
static enum status open_executions(const struct account_ctx *ctx, const struct mitigation_task *row,
                                   struct str id, struct mitigation_execution *ret, size_t *ret_n,
                                   struct why *why)
{
    struct finding finding = {.id = id};
    struct mission *mission = NEW(ctx->mem, struct mission);
    enum check_id check;
    TRY_PTR(mission);
    *ret_n = 0;
    enum status status = store_get(ctx->tx, TABLE(finding), &finding, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    TRY(mission_read(ctx->mem, &ctx->id, row, mission, why));
    enum mission_part part = mission_part(mission, &finding, &check);
    if (part == PART_NONE || part == PART_LEFT_OUT) {
        return STATUS_OK;
    }
    const struct mission_check *of = &mission->checks[check];
    for (size_t i = 0; i < of->n_actions; i++) {
        ret[i] = (struct mitigation_execution){
            .task = row->id,
            .finding = finding.id,
            .seq = (int64_t)i,
            .action = of->actions[i]->name,
            .action_id = of->actions[i]->id,
            .status = str_eq(row->status, IN_PROGRESS) ? STR("PENDING") : CANCELED,
            .started = TIME_NEVER,
            .finished = TIME_NEVER};
    }
    *ret_n = of->n_actions;
    return STATUS_OK;
}

/* At most MISSION_ACTIONS_MAX rows; a position is the seq of the last one shown. */
static enum status take_page(const struct account_ctx *ctx, struct str status,
                             const struct page *page, struct mitigation_execution *rows, size_t n,
                             struct page_rows *ret, struct why *why)
{
    int64_t after = -1;
    size_t kept = 0;
    struct str next = STR_ABSENT;
    if (!str_absent(page->after) && str_to_int64(page->after, &after) != STATUS_OK) {
        return why_set(why, STATUS_INVALID, "the position is none of this list");
    }
    for (size_t i = 0; i < n; i++) {
        if (rows[i].seq <= after || !(str_absent(status) || str_eq(status, rows[i].status))) {
            continue;
        }
        if (kept == page_size(page)) {
            TRY(str_fmt(ctx->mem, &next, why, "%lld", (long long)rows[kept - 1].seq));
            break;
        }
        rows[kept++] = rows[i];
    }
    *ret = (struct page_rows){rows, kept, next};
    return STATUS_OK;
}

enum status task_executions(const struct account_ctx *ctx, struct str id, struct str finding,
                            struct str status, const struct page *page, struct page_rows *ret,
                            struct why *why)
{
    struct mitigation_task row;
    struct mitigation_execution *rows =
        NEW_ARRAY(ctx->mem, struct mitigation_execution, MISSION_ACTIONS_MAX);
    size_t n = 0;
    TRY_PTR(rows);
    TRY(task_get(ctx, id, &row, why));
    TRY(done_executions(ctx, id, finding, rows, &n, why));
    if (n == 0) {
        TRY(open_executions(ctx, &row, finding, rows, &n, why));
    }
    return take_page(ctx, status, page, rows, n, ret, why);
}
