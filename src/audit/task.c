/* task.c: see task.h. */
#include "audit/task.h"

#include "audit/check.h"
#include "audit/notification.h"
#include "base/retries.h"

#include "base/banned.h"

#define IN_PROGRESS STR("IN_PROGRESS")
#define WAITING     STR("WAITING_FOR_DATA_COLLECTION")
#define CANCELED    STR("CANCELED")
#define FAILED      STR("FAILED")
#define ON_DEMAND   STR("ON_DEMAND_AUDIT_TASK")
#define SCHEDULED   STR("SCHEDULED_AUDIT_TASK")

bool audit_check_done(struct str status)
{
    return !str_eq(status, IN_PROGRESS) && !str_eq(status, WAITING);
}

/* ---- starting -------------------------------------------------------------------------------- */

enum status audit_checks_enabled(const struct audit_config *config, const enum check_id *checks,
                                 size_t n, struct why *why)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < n; i++) {
        struct str name = check_rows[checks[i]].name;
        if (!config->checks[checks[i]].enabled) {
            return why_set(why, STATUS_INVALID,
                           "%.*s is not enabled in the account's audit configuration",
                           STR_ARG(name));
        }
        if (seen & (UINT64_C(1) << checks[i])) {
            return why_set(why, STATUS_INVALID, "targetCheckNames names %.*s twice", STR_ARG(name));
        }
        seen |= UINT64_C(1) << checks[i];
    }
    return n > 0 ? STATUS_OK : why_set(why, STATUS_INVALID, "targetCheckNames is empty");
}

/* The runner remembers of each task when it is due, those of schedules (five) too. */
_Static_assert(QUOTA_AUDITS_IN_PROGRESS + QUOTA_AUDITS_WAITING + 5 <= RETRY_TASKS_MAX,
               "the runner has no room for so many tasks");

struct running {
    size_t on_demand; /* those that wait are not among them */
    size_t waiting;   /* on-demand ones of which nothing but waiting checks is left */
    bool scheduled;   /* of the schedule asked for */
};

/* Whether nothing but checks that wait for their data is left of a task. */
static enum status only_waits(const struct account_ctx *ctx, struct str id, bool *ret,
                              struct why *why)
{
    enum { CHECKS_MEMORY = 1 << 20 };
    AUTO_ARENA *mem = arena_new(CHECKS_MEMORY);
    TRY_PTR(mem);
    AUTO_SCAN *scan = NULL;
    const struct audit_check_run like = {.task = id};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    bool waits = false;
    bool runs = false;
    TRY(store_scan_open(ctx->tx, TABLE(audit_check_run), &range, &scan, why));
    for (bool more = true; more && !runs;) {
        struct audit_check_run run = {.task = STR_ABSENT};
        TRY(store_scan_next(scan, &run, mem, &more, why));
        waits = waits || (more && str_eq(run.status, WAITING));
        runs = more && str_eq(run.status, IN_PROGRESS);
    }
    *ret = waits && !runs;
    return STATUS_OK;
}

/* Tasks in progress are few: at most the quotas, and one for each schedule. */
static enum status look_at_running(const struct account_ctx *ctx, struct str schedule,
                                   struct running *ret, struct why *why)
{
    const struct audit_task like = {.status = IN_PROGRESS};
    const struct store_range range = {
        .index = INDEX(audit_task, by_status), .prefix = &like, .n_prefix = 1};
    struct running running = {0};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(audit_task), &range, &scan, why));
    for (bool more = true; more;) {
        struct audit_task task = {.id = STR_ABSENT};
        TRY(store_scan_next(scan, &task, ctx->mem, &more, why));
        if (more) {
            bool waits = false;
            bool on_demand = str_eq(task.kind, ON_DEMAND);
            TRY(on_demand ? only_waits(ctx, task.id, &waits, why) : STATUS_OK);
            running.waiting += waits;
            running.on_demand += on_demand && !waits;
            running.scheduled =
                running.scheduled || (!str_absent(schedule) && str_eq(task.schedule, schedule));
        }
    }
    *ret = running;
    return STATUS_OK;
}

enum status audit_task_is_running(const struct account_ctx *ctx, struct str schedule, bool *ret,
                                  struct why *why)
{
    struct running running;
    TRY(look_at_running(ctx, schedule, &running, why));
    *ret = running.scheduled;
    return STATUS_OK;
}

/* The first of the checks that may have to wait for its data; NULL: none. */
static const struct check_row *find_lagged(const enum check_id *checks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct audit_check *check = audit_checks[checks[i]];
        if (check != NULL && check->window == WINDOW_LAGGED) {
            return &check_rows[checks[i]];
        }
    }
    return NULL;
}

static enum status check_quota(const struct account_ctx *ctx, const enum check_id *checks, size_t n,
                               struct why *why)
{
    struct running running;
    const struct check_row *lagged = find_lagged(checks, n);
    TRY(look_at_running(ctx, STR_ABSENT, &running, why));
    if (running.on_demand >= QUOTA_AUDITS_IN_PROGRESS) {
        return why_set(why, STATUS_LIMIT,
                       "%d audits are in progress, which is the limit: wait until one of them has "
                       "ended, or cancel one (list-audit-tasks, cancel-audit-task)",
                       QUOTA_AUDITS_IN_PROGRESS);
    }
    if (lagged != NULL && running.waiting >= QUOTA_AUDITS_WAITING) {
        return why_set(why, STATUS_LIMIT,
                       "%d audits wait for data of connections, which is the limit: leave out "
                       "%.*s, wait until one of them has ended, or cancel one (list-audit-tasks, "
                       "cancel-audit-task)",
                       QUOTA_AUDITS_WAITING, STR_ARG(lagged->name));
    }
    return STATUS_OK;
}

/* The rows of a new task. Checks that are not enabled have failed before they begin. */
static enum status insert_task(const struct account_ctx *ctx, const struct audit_config *config,
                               struct audit_task *task, const enum check_id *checks, size_t n,
                               struct why *why)
{
    char id[HEX_ID_TEXT + 1];
    rnd_hex_id(&ctx->rnd, id);
    task->status = IN_PROGRESS;
    task->started = clock_now(&ctx->clock);
    task->finished = TIME_NEVER;
    TRY(str_dup(ctx->mem, str_from(id), &task->id, why));
    TRY(store_insert(ctx->tx, TABLE(audit_task), task, why));
    for (size_t i = 0; i < n; i++) {
        struct audit_check_run run = {.task = task->id,
                                      .name = check_rows[checks[i]].name,
                                      .status = IN_PROGRESS,
                                      .threshold_days = audit_config_days(config, checks[i])};
        if (!config->checks[checks[i]].enabled) {
            run.status = FAILED;
            run.error_code = STR("AUDIT_CHECK_DISABLED");
            run.message = STR("the check is not enabled in the account's audit configuration");
        }
        TRY(store_insert(ctx->tx, TABLE(audit_check_run), &run, why));
    }
    return STATUS_OK;
}

enum status audit_task_start(const struct account_ctx *ctx, const enum check_id *checks, size_t n,
                             struct str *ret_id, struct why *why)
{
    struct audit_config config;
    struct audit_task task = {.kind = ON_DEMAND};
    TRY(audit_config_get(ctx, &config, why));
    TRY(audit_checks_enabled(&config, checks, n, why));
    TRY(check_quota(ctx, checks, n, why));
    TRY(insert_task(ctx, &config, &task, checks, n, why));
    *ret_id = task.id;
    return STATUS_OK;
}

enum status audit_task_start_scheduled(const struct account_ctx *ctx, struct str schedule,
                                       const enum check_id *checks, size_t n, struct str *ret_id,
                                       struct why *why)
{
    struct audit_config config;
    struct audit_task task = {.kind = SCHEDULED, .schedule = schedule};
    bool any = false;
    TRY(audit_config_get(ctx, &config, why));
    TRY(insert_task(ctx, &config, &task, checks, n, why));
    for (size_t i = 0; i < n; i++) {
        any = any || config.checks[checks[i]].enabled;
    }
    *ret_id = task.id;
    return any ? STATUS_OK : audit_task_finish(ctx, task.id, STR_ABSENT, why);
}

/* ---- describing ------------------------------------------------------------------------------ */

static enum status get_task(const struct account_ctx *ctx, struct str id, struct audit_task *ret,
                            struct why *why)
{
    struct audit_task task = {.id = id};
    enum status status = store_get(ctx->tx, TABLE(audit_task), &task, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_NOT_FOUND, "there is no audit task %.*s", STR_ARG(id));
    }
    TRY(status);
    *ret = task;
    return STATUS_OK;
}

static enum status get_checks(const struct account_ctx *ctx, struct str id,
                              struct audit_described *ret, struct why *why)
{
    const struct audit_check_run like = {.task = id};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    ret->checks = NEW_ARRAY(ctx->mem, struct audit_check_run, CHECK_COUNT);
    TRY_PTR(ret->checks);
    TRY(store_scan_open(ctx->tx, TABLE(audit_check_run), &range, &scan, why));
    bool more = true;
    while (more && ret->n_checks < CHECK_COUNT) {
        TRY(store_scan_next(scan, &ret->checks[ret->n_checks], ctx->mem, &more, why));
        ret->n_checks += more;
    }
    return STATUS_OK;
}

static void count_check(struct audit_statistics *statistics, struct str status)
{
    const struct {
        struct str status;
        int64_t *count;
    } rows[] = {
        {IN_PROGRESS, &statistics->in_progress},
        {WAITING, &statistics->waiting},
        {STR("COMPLETED_COMPLIANT"), &statistics->compliant},
        {STR("COMPLETED_NON_COMPLIANT"), &statistics->non_compliant},
        {FAILED, &statistics->failed},
        {CANCELED, &statistics->canceled},
    };
    statistics->total++;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        *rows[i].count += str_eq(rows[i].status, status);
    }
}

enum status audit_task_describe(const struct account_ctx *ctx, struct str id,
                                struct audit_described *ret, struct why *why)
{
    struct audit_described described = {.n_checks = 0};
    TRY(get_task(ctx, id, &described.task, why));
    TRY(get_checks(ctx, id, &described, why));
    for (size_t i = 0; i < described.n_checks; i++) {
        count_check(&described.statistics, described.checks[i].status);
    }
    *ret = described;
    return STATUS_OK;
}

static enum status list_look(const struct account_ctx *ctx, const void *row, const void *arg,
                             bool *ret_keep, bool *ret_stop, struct why *why)
{
    (void)ctx;
    (void)why;
    const struct audit_task *task = row;
    const struct audit_task_filter *filter = arg;
    *ret_stop = task->started < filter->start;
    *ret_keep = (str_absent(filter->kind) || str_eq(filter->kind, task->kind)) &&
                (str_absent(filter->status) || str_eq(filter->status, task->status));
    return STATUS_OK;
}

enum status audit_task_list(const struct account_ctx *ctx, const struct audit_task_filter *filter,
                            const struct page *page, struct page_rows *ret, struct why *why)
{
    if (filter->start > filter->end) {
        return why_set(why, STATUS_INVALID, "startTime is after endTime");
    }
    const struct audit_task newest = {.started = filter->end};
    const struct store_range range = {
        .index = INDEX(audit_task, by_started), .from = &newest, .n_from = 1};
    const struct page_filter look = {list_look, filter};
    struct page newest_first = *page;
    newest_first.descending = true;
    return page_read(ctx, TABLE(audit_task), &range, &newest_first, &look, ret, why);
}

/* ---- ending ---------------------------------------------------------------------------------- */

enum status audit_task_cancel(const struct account_ctx *ctx, struct str id, struct why *why)
{
    struct audit_described audit;
    TRY(audit_task_describe(ctx, id, &audit, why));
    if (!str_eq(audit.task.status, IN_PROGRESS)) {
        return why_set(why, STATUS_INVALID,
                       "audit task %.*s is %.*s; only one that is in progress "
                       "can be canceled",
                       STR_ARG(id), STR_ARG(audit.task.status));
    }
    for (size_t i = 0; i < audit.n_checks; i++) {
        struct audit_check_run *run = &audit.checks[i];
        if (!audit_check_done(run->status)) {
            run->status = CANCELED;
            TRY(store_put(ctx->tx, TABLE(audit_check_run), run, why));
        }
    }
    audit.task.status = CANCELED;
    audit.task.finished = clock_now(&ctx->clock);
    TRY(store_put(ctx->tx, TABLE(audit_task), &audit.task, why));
    return audit_notify(ctx, &audit, why);
}

enum status audit_task_finish(const struct account_ctx *ctx, struct str id, struct str message,
                              struct why *why)
{
    struct audit_described audit;
    TRY(audit_task_describe(ctx, id, &audit, why));
    if (!str_eq(audit.task.status, IN_PROGRESS)) {
        return STATUS_OK; /* canceled in the meantime */
    }
    for (size_t i = 0; i < audit.n_checks; i++) {
        struct audit_check_run *run = &audit.checks[i];
        if (!audit_check_done(run->status)) {
            run->status = FAILED;
            run->message = message;
            count_check(&audit.statistics, FAILED);
            audit.statistics.total--;
            TRY(store_put(ctx->tx, TABLE(audit_check_run), run, why));
        }
    }
    bool failed = audit.statistics.failed == audit.statistics.total;
    audit.task.status = failed || !str_absent(message) ? FAILED : STR("COMPLETED");
    audit.task.message = message;
    audit.task.finished = clock_now(&ctx->clock);
    TRY(store_put(ctx->tx, TABLE(audit_task), &audit.task, why));
    return audit_notify(ctx, &audit, why);
}
