/* jobs.c: see jobs.h. */
#include "daemon/jobs.h"

#include "account/ban.h"
#include "account/client.h"
#include "account/log.h"
#include "account/outbox.h"
#include "account/session.h"
#include "account/traffic.h"
#include "audit/retention.h"
#include "audit/schedule.h"
#include "mitigate/retention.h"
#include "provision/claim.h"

#include "base/banned.h"

enum { JOB_MEMORY = 8 << 20, SESSIONS_STEP = 1000, LOGS_STEP = 1000, CLAIMS_STEP = 100 };

static struct account_ctx job_account(const struct jobs_env *env, struct arena *mem,
                                      struct store_tx *tx)
{
    return (struct account_ctx){.id = env->account,
                                .clock = env->clock,
                                .rnd = env->rnd,
                                .extensions = env->extensions,
                                .mem = mem,
                                .tx = tx};
}

/* A question asked of a view. */
static enum status ask(const struct jobs_env *env, struct arena *mem,
                       enum status (*question)(const struct jobs_env *env,
                                               const struct account_ctx *ctx, bool *ret,
                                               struct why *why),
                       bool *ret, struct why *why)
{
    AUTO_VIEW *view = NULL;
    TRY(store_read_begin(env->store, &view, why));
    const struct account_ctx ctx = job_account(env, mem, view);
    return question(env, &ctx, ret, why);
}

/* ---- schedules ------------------------------------------------------------------------------- */

struct start_due {
    const struct jobs_env *env;
    struct schedule_started started;
};

static enum status any_due(const struct jobs_env *env, const struct account_ctx *ctx, bool *ret,
                           struct why *why)
{
    (void)env;
    return schedule_is_due(ctx, ret, why);
}

static enum status start_due(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct start_due *due = arg;
    return schedule_start_due(ctx, due->env->schedule_time, &due->started, why);
}

/* Who starts a scheduled audit is nobody but the clock. */
static void tell_started(const struct jobs_env *env, struct arena *mem,
                         const struct schedule_started *started)
{
    for (size_t i = 0; i < started->n; i++) {
        struct str arn = STR("*");
        struct str name = started->at[i].schedule;
        enum status status = arn_make(mem, &env->account, STR("scheduledaudit"), name, &arn, NULL);
        const struct deed deed = {.cause = STR("schedule"),
                                  .task = started->at[i].task,
                                  .name = name,
                                  .action = STR_ABSENT,
                                  .resources = &arn,
                                  .n_resources = status == STATUS_OK,
                                  .outcome = STR("OK")};
        if (env->trail != NULL) {
            trail_deeds(env->trail, &deed, 1);
        }
    }
}

static enum status run_schedules(void *arg, bool *ret_again, struct why *why)
{
    const struct jobs_env *env = arg;
    bool due = false;
    AUTO_ARENA *mem = arena_new(JOB_MEMORY);
    TRY_PTR(mem);
    *ret_again = false;
    TRY(ask(env, mem, any_due, &due, why));
    if (!due) {
        return STATUS_OK;
    }
    struct start_due work = {.env = env};
    const struct account_ctx ctx = job_account(env, mem, NULL);
    struct account_call call = {.ctx = &ctx, .run = start_due, .arg = &work};
    TRY(store_write(env->store, account_call_run, &call, why));
    tell_started(env, mem, &work.started);
    if (work.started.n > 0 && env->runner != NULL) {
        audit_runner_wake(env->runner);
    }
    return STATUS_OK;
}

/* ---- retention ------------------------------------------------------------------------------- */

static int64_t kept_since(const struct jobs_env *env)
{
    return clock_now(&env->clock) - env->retention_days * DAY_MS;
}

static enum status any_old(const struct jobs_env *env, const struct account_ctx *ctx, bool *ret,
                           struct why *why)
{
    return retention_is_due(ctx, kept_since(env), ret, why);
}

struct remove_old {
    int64_t before;
    bool more;
};

static enum status remove_old(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct remove_old *old = arg;
    return retention_step(ctx, old->before, &old->more, why);
}

static enum status run_retention(void *arg, bool *ret_again, struct why *why)
{
    const struct jobs_env *env = arg;
    AUTO_ARENA *mem = arena_new(JOB_MEMORY);
    TRY_PTR(mem);
    TRY(ask(env, mem, any_old, ret_again, why));
    if (!*ret_again) {
        return STATUS_OK;
    }
    struct remove_old work = {.before = kept_since(env)};
    const struct account_ctx ctx = job_account(env, mem, NULL);
    struct account_call call = {.ctx = &ctx, .run = remove_old, .arg = &work};
    TRY(store_write(env->store, account_call_run, &call, why));
    *ret_again = work.more;
    return STATUS_OK;
}

static enum status any_old_mitigation(const struct jobs_env *env, const struct account_ctx *ctx,
                                      bool *ret, struct why *why)
{
    return mitigation_retention_is_due(ctx, kept_since(env), ret, why);
}

static enum status remove_old_mitigation(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct remove_old *old = arg;
    return mitigation_retention_step(ctx, old->before, &old->more, why);
}

static enum status run_mitigation_retention(void *arg, bool *ret_again, struct why *why)
{
    const struct jobs_env *env = arg;
    AUTO_ARENA *mem = arena_new(JOB_MEMORY);
    TRY_PTR(mem);
    TRY(ask(env, mem, any_old_mitigation, ret_again, why));
    if (!*ret_again) {
        return STATUS_OK;
    }
    struct remove_old work = {.before = kept_since(env)};
    const struct account_ctx ctx = job_account(env, mem, NULL);
    struct account_call call = {.ctx = &ctx, .run = remove_old_mitigation, .arg = &work};
    TRY(store_write(env->store, account_call_run, &call, why));
    *ret_again = work.more;
    return STATUS_OK;
}

/* ---- connections ----------------------------------------------------------------------------- */

static enum status any_sessions(const struct jobs_env *env, const struct account_ctx *ctx,
                                bool *ret, struct why *why)
{
    (void)env;
    return session_sweep_is_due(ctx, clock_now(&ctx->clock) - SESSION_KEEP_MS, ret, why);
}

static enum status sweep_sessions(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return session_sweep(ctx, clock_now(&ctx->clock) - SESSION_KEEP_MS, SESSIONS_STEP, arg, why);
}

static enum status run_sessions(void *arg, bool *ret_again, struct why *why)
{
    const struct jobs_env *env = arg;
    AUTO_ARENA *mem = arena_new(JOB_MEMORY);
    TRY_PTR(mem);
    TRY(ask(env, mem, any_sessions, ret_again, why));
    if (!*ret_again) {
        return STATUS_OK;
    }
    size_t n = 0;
    const struct account_ctx ctx = job_account(env, mem, NULL);
    struct account_call call = {.ctx = &ctx, .run = sweep_sessions, .arg = &n};
    TRY(store_write(env->store, account_call_run, &call, why));
    *ret_again = n == SESSIONS_STEP;
    return STATUS_OK;
}

/* ---- the log of changes -----------------------------------------------------------------------
 */

static enum status run_trail(void *arg, bool *ret_again, struct why *why)
{
    const struct jobs_env *env = arg;
    *ret_again = false;
    return env->trail == NULL ? STATUS_OK : trail_sync(env->trail, why);
}

/* ---- dead letters ---------------------------------------------------------------------------- */

enum { DEAD_LETTERS_MAX = 64 };

static enum status any_dead(const struct jobs_env *env, const struct account_ctx *ctx, bool *ret,
                            struct why *why)
{
    (void)env;
    const struct page first = {.max = 1};
    struct page_rows rows;
    int64_t before = clock_now(&ctx->clock) - OUTBOX_DEAD_DAYS * (int64_t)DAY_MS;
    TRY(outbox_list(ctx, OUTBOX_DEAD, &first, &rows, why));
    *ret = rows.n > 0 && ((const struct outbox *)rows.rows)->next_try < before;
    return STATUS_OK;
}

static enum status remove_dead(const struct account_ctx *ctx, void *arg, struct why *why)
{
    int64_t before = clock_now(&ctx->clock) - OUTBOX_DEAD_DAYS * (int64_t)DAY_MS;
    return outbox_prune(ctx, before, DEAD_LETTERS_MAX, arg, why);
}

static enum status run_dead_letters(void *arg, bool *ret_again, struct why *why)
{
    const struct jobs_env *env = arg;
    AUTO_ARENA *mem = arena_new(JOB_MEMORY * 8);
    TRY_PTR(mem);
    TRY(ask(env, mem, any_dead, ret_again, why));
    if (!*ret_again) {
        return STATUS_OK;
    }
    size_t n = 0;
    const struct account_ctx ctx = job_account(env, mem, NULL);
    struct account_call call = {.ctx = &ctx, .run = remove_dead, .arg = &n};
    TRY(store_write(env->store, account_call_run, &call, why));
    *ret_again = n == DEAD_LETTERS_MAX;
    return STATUS_OK;
}

/* ---- logs ------------------------------------------------------------------------------------ */

static int64_t logs_kept_since(const struct jobs_env *env)
{
    return clock_now(&env->clock) - env->log_days * DAY_MS;
}

static enum status any_logs(const struct jobs_env *env, const struct account_ctx *ctx, bool *ret,
                            struct why *why)
{
    return log_sweep_is_due(ctx, logs_kept_since(env), ret, why);
}

struct sweep_logs {
    int64_t before;
    size_t n;
};

static enum status sweep_logs(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct sweep_logs *work = arg;
    return log_sweep(ctx, work->before, LOGS_STEP, &work->n, why);
}

static enum status run_logs(void *arg, bool *ret_again, struct why *why)
{
    const struct jobs_env *env = arg;
    AUTO_ARENA *mem = arena_new(JOB_MEMORY);
    TRY_PTR(mem);
    TRY(ask(env, mem, any_logs, ret_again, why));
    if (!*ret_again) {
        return STATUS_OK;
    }
    struct sweep_logs work = {.before = logs_kept_since(env)};
    const struct account_ctx ctx = job_account(env, mem, NULL);
    struct account_call call = {.ctx = &ctx, .run = sweep_logs, .arg = &work};
    TRY(store_write(env->store, account_call_run, &call, why));
    *ret_again = work.n == LOGS_STEP;
    return STATUS_OK;
}

/* ---- claims ---------------------------------------------------------------------------------- */

static enum status any_claims(const struct jobs_env *env, const struct account_ctx *ctx, bool *ret,
                              struct why *why)
{
    (void)env;
    return claim_sweep_is_due(ctx, ret, why);
}

static enum status sweep_claims(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return claim_sweep(ctx, CLAIMS_STEP, arg, why);
}

static enum status run_claims(void *arg, bool *ret_again, struct why *why)
{
    const struct jobs_env *env = arg;
    AUTO_ARENA *mem = arena_new(JOB_MEMORY);
    TRY_PTR(mem);
    TRY(ask(env, mem, any_claims, ret_again, why));
    if (!*ret_again) {
        return STATUS_OK;
    }
    size_t n = 0;
    const struct account_ctx ctx = job_account(env, mem, NULL);
    struct account_call call = {.ctx = &ctx, .run = sweep_claims, .arg = &n};
    TRY(store_write(env->store, account_call_run, &call, why));
    *ret_again = n == CLAIMS_STEP;
    return STATUS_OK;
}

/* ---- clients --------------------------------------------------------------------------------- */

enum { CLIENTS_STEP = 1000, CLIENTS_PERIOD_MS = HOUR_MS };

/* What is over: bans and windows of traffic at once, clients that have been gone for long. */
static enum status any_over(const struct jobs_env *env, const struct account_ctx *ctx, bool *ret,
                            struct why *why)
{
    const struct store_range first_ban = {.index = INDEX(ban, by_until)};
    int64_t now = clock_now(&env->clock);
    struct ban ban = {.until = INT64_MAX};
    struct traffic traffic = {.window = INT64_MAX};
    bool more = false;
    AUTO_SCAN *bans = NULL;
    AUTO_SCAN *windows = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(ban), &first_ban, &bans, why));
    TRY(store_scan_next(bans, &ban, ctx->mem, &more, why));
    TRY(store_scan_open(ctx->tx, TABLE(traffic), NULL, &windows, why));
    TRY(store_scan_next(windows, &traffic, ctx->mem, &more, why));
    *ret = ban.until <= now || traffic.window < now - TRAFFIC_KEEP_MS;
    return STATUS_OK;
}

static enum status remove_over(const struct account_ctx *ctx, void *arg, struct why *why)
{
    size_t *most = arg;
    size_t n = 0;
    TRY(ban_sweep(ctx, CLIENTS_STEP, most, why));
    TRY(traffic_sweep(ctx, clock_now(&ctx->clock) - TRAFFIC_KEEP_MS, CLIENTS_STEP, &n, why));
    *most = n > *most ? n : *most;
    return STATUS_OK;
}

static enum status run_traffic(void *arg, bool *ret_again, struct why *why)
{
    const struct jobs_env *env = arg;
    AUTO_ARENA *mem = arena_new(JOB_MEMORY);
    TRY_PTR(mem);
    TRY(ask(env, mem, any_over, ret_again, why));
    if (!*ret_again) {
        return STATUS_OK;
    }
    size_t n = 0;
    const struct account_ctx ctx = job_account(env, mem, NULL);
    struct account_call call = {.ctx = &ctx, .run = remove_over, .arg = &n};
    TRY(store_write(env->store, account_call_run, &call, why));
    *ret_again = n == CLIENTS_STEP;
    return STATUS_OK;
}

static enum status sweep_clients(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return clients_sweep(ctx, clock_now(&ctx->clock) - CLIENT_KEEP_MS, CLIENTS_STEP, arg, why);
}

static enum status any_clients(const struct jobs_env *env, const struct account_ctx *ctx, bool *ret,
                               struct why *why)
{
    size_t n = 0;
    (void)env;
    TRY(store_count(ctx->tx, TABLE(client_state), NULL, 1, &n, why));
    *ret = n > 0;
    return STATUS_OK;
}

/* A walk over all of them, page by page, without a list by time: it is done once an hour. */
static enum status run_clients(void *arg, bool *ret_again, struct why *why)
{
    const struct jobs_env *env = arg;
    struct str cursor = STR("");
    AUTO_ARENA *mem = arena_new(JOB_MEMORY);
    AUTO_ARENA *kept = arena_new(JOB_MEMORY);
    TRY_PTR(mem);
    TRY_PTR(kept);
    TRY(ask(env, mem, any_clients, ret_again, why));
    bool any = *ret_again;
    *ret_again = false;
    while (any && !str_absent(cursor)) {
        const struct account_ctx ctx = job_account(env, mem, NULL);
        struct account_call call = {.ctx = &ctx, .run = sweep_clients, .arg = &cursor};
        TRY(store_write(env->store, account_call_run, &call, why));
        struct str next = cursor;
        arena_clear(kept);
        TRY(str_dup(kept, next, &cursor, why));
        arena_clear(mem);
    }
    return STATUS_OK;
}

/* ---- the rows -------------------------------------------------------------------------------- */

size_t jobs_list(struct jobs_env *env, struct ticker_job *jobs)
{
    const struct ticker_job rows[] = {
        {"schedules", SECOND_MS, run_schedules, env},
        {"audit-log", SECOND_MS, run_trail, env},
        {"retention", MINUTE_MS, run_retention, env},
        {"dead letters", MINUTE_MS, run_dead_letters, env},
        {"mitigation-retention", MINUTE_MS, run_mitigation_retention, env},
        {"sessions", MINUTE_MS, run_sessions, env},
        {"logs", MINUTE_MS, run_logs, env},
        {"traffic", MINUTE_MS, run_traffic, env},
        {"clients", CLIENTS_PERIOD_MS, run_clients, env},
        {"claims", MINUTE_MS, run_claims, env},
    };
    _Static_assert(sizeof rows / sizeof rows[0] <= TICKER_JOBS_MAX,
                   "the ticker has too few places");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        jobs[i] = rows[i];
    }
    return sizeof rows / sizeof rows[0];
}
