/* schedule.c: see schedule.h. */
#include "audit/schedule.h"

#include "audit/calendar.h"
#include "audit/config.h"
#include "audit/task.h"
#include "base/buf.h"

#include "base/banned.h"

#define KIND STR("scheduledaudit")

enum { CHECKS_BYTES_MAX = CHECK_COUNT * 128 };

/* ---- rows ------------------------------------------------------------------------------------ */

bool schedule_next_check(struct str *rest, enum check_id *ret)
{
    struct str name;
    while (str_next(rest, '\n', &name)) {
        if (check_find(name, ret)) {
            return true;
        }
    }
    return false;
}

enum status schedule_get(const struct account_ctx *ctx, struct str name,
                         struct scheduled_audit *ret, struct why *why)
{
    struct scheduled_audit row = {.name = name};
    enum status status = store_get(ctx->tx, TABLE(scheduled_audit), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_resource(
            why, ctx, KIND, name,
            why_set(why, status, "no scheduled audit is named %.*s", STR_ARG(name)));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

/* All of them; there are few. rows has room for QUOTA_SCHEDULED_AUDITS. */
static enum status get_all(const struct account_ctx *ctx, struct scheduled_audit *rows,
                           size_t *ret_n, struct why *why)
{
    const struct store_range all = {.index = NULL};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(scheduled_audit), &all, &scan, why));
    bool more = true;
    size_t n = 0;
    while (n < QUOTA_SCHEDULED_AUDITS) {
        TRY(store_scan_next(scan, &rows[n], ctx->mem, &more, why));
        if (!more) {
            break;
        }
        n++;
    }
    *ret_n = n;
    return STATUS_OK;
}

enum status schedule_list(const struct account_ctx *ctx, const struct page *page,
                          struct page_rows *ret, struct why *why)
{
    const struct store_range all = {.index = NULL};
    return page_read(ctx, TABLE(scheduled_audit), &all, page, NULL, ret, why);
}

/* ---- making and changing --------------------------------------------------------------------- */

/* The names of the checks, one a line; each enabled, none twice. */
static enum status write_checks(const struct account_ctx *ctx, const struct schedule_request *in,
                                struct str *ret, struct why *why)
{
    struct audit_config config;
    struct buf out;
    TRY(audit_config_get(ctx, &config, why));
    TRY(audit_checks_enabled(&config, in->checks, in->n_checks, why));
    buf_init(&out, ctx->mem, CHECKS_BYTES_MAX);
    for (size_t i = 0; i < in->n_checks; i++) {
        if (i > 0) {
            buf_put_char(&out, '\n');
        }
        buf_put_str(&out, check_rows[in->checks[i]].name);
    }
    return buf_finish(&out, ret, why);
}

static enum status count_from(const struct scheduled_audit *row, int64_t time_of_day, int64_t after,
                              int64_t *ret, struct why *why)
{
    struct calendar calendar;
    TRY(calendar_read(row->frequency, row->day_of_week, row->day_of_month, &calendar, why));
    calendar.time_of_day = time_of_day;
    calendar.anchor = row->anchor;
    *ret = calendar_next(&calendar, after);
    return STATUS_OK;
}

static enum status is_free(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct scheduled_audit old;
    const struct store_range all = {.index = NULL};
    size_t n = 0;
    enum status status = schedule_get(ctx, name, &old, NULL);
    if (status == STATUS_OK) {
        return why_resource(
            why, ctx, KIND, name,
            why_set(why, STATUS_EXISTS, "scheduled audit %.*s exists", STR_ARG(name)));
    }
    TRY(store_count(ctx->tx, TABLE(scheduled_audit), &all, QUOTA_SCHEDULED_AUDITS, &n, why));
    if (n >= QUOTA_SCHEDULED_AUDITS) {
        return why_set(why, STATUS_LIMIT, "the account has %d scheduled audits, which is the limit",
                       QUOTA_SCHEDULED_AUDITS);
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status schedule_create(const struct account_ctx *ctx, const struct schedule_request *in,
                            struct why *why)
{
    int64_t now = clock_now(&ctx->clock);
    struct scheduled_audit row = {.name = in->name,
                                  .frequency = in->frequency,
                                  .day_of_month = in->day_of_month,
                                  .day_of_week = in->day_of_week,
                                  .anchor = now,
                                  .last_run = TIME_NEVER};
    TRY(write_checks(ctx, in, &row.checks, why));
    TRY(count_from(&row, in->time_of_day, now, &row.next_run, why));
    TRY(is_free(ctx, in->name, why));
    TRY(store_insert(ctx->tx, TABLE(scheduled_audit), &row, why));
    return tags_put(ctx, KIND, in->name, in->tags, why);
}

enum status schedule_update(const struct account_ctx *ctx, const struct schedule_request *in,
                            struct why *why)
{
    struct scheduled_audit row;
    TRY(schedule_get(ctx, in->name, &row, why));
    if (in->checks_given) {
        TRY(write_checks(ctx, in, &row.checks, why));
    }
    bool days =
        !str_absent(in->frequency) || !str_absent(in->day_of_month) || !str_absent(in->day_of_week);
    if (days) {
        row.frequency = str_absent(in->frequency) ? row.frequency : in->frequency;
        row.day_of_month = str_absent(in->day_of_month) ? row.day_of_month : in->day_of_month;
        row.day_of_week = str_absent(in->day_of_week) ? row.day_of_week : in->day_of_week;
        row.anchor = clock_now(&ctx->clock);
        TRY(count_from(&row, in->time_of_day, row.anchor, &row.next_run, why));
    }
    return store_put(ctx->tx, TABLE(scheduled_audit), &row, why);
}

enum status schedule_delete(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct scheduled_audit row;
    TRY(schedule_get(ctx, name, &row, why));
    TRY(tags_drop(ctx, KIND, name, why));
    return store_delete(ctx->tx, TABLE(scheduled_audit), &row, why);
}

/* ---- what others ask ------------------------------------------------------------------------- */

enum status schedule_using(const struct account_ctx *ctx, enum check_id check, struct str *ret_name,
                           struct why *why)
{
    struct scheduled_audit rows[QUOTA_SCHEDULED_AUDITS];
    struct str name = STR_ABSENT;
    size_t n = 0;
    TRY(get_all(ctx, rows, &n, why));
    for (size_t i = 0; i < n; i++) {
        struct str rest = rows[i].checks;
        enum check_id id;
        while (schedule_next_check(&rest, &id)) {
            name = id == check ? rows[i].name : name;
        }
    }
    *ret_name = name;
    return STATUS_OK;
}

enum status schedule_any(const struct account_ctx *ctx, bool *ret, struct why *why)
{
    const struct store_range all = {.index = NULL};
    size_t n = 0;
    TRY(store_count(ctx->tx, TABLE(scheduled_audit), &all, 1, &n, why));
    *ret = n > 0;
    return STATUS_OK;
}

enum status schedule_delete_all(const struct account_ctx *ctx, struct why *why)
{
    struct scheduled_audit rows[QUOTA_SCHEDULED_AUDITS];
    size_t n = 0;
    TRY(get_all(ctx, rows, &n, why));
    for (size_t i = 0; i < n; i++) {
        TRY(schedule_delete(ctx, rows[i].name, why));
    }
    return STATUS_OK;
}

/* ---- running --------------------------------------------------------------------------------- */

enum status schedule_is_due(const struct account_ctx *ctx, bool *ret, struct why *why)
{
    struct scheduled_audit rows[QUOTA_SCHEDULED_AUDITS];
    int64_t now = clock_now(&ctx->clock);
    size_t n = 0;
    TRY(get_all(ctx, rows, &n, why));
    *ret = false;
    for (size_t i = 0; i < n; i++) {
        *ret = *ret || rows[i].next_run <= now;
    }
    return STATUS_OK;
}

static enum status start_one(const struct account_ctx *ctx, struct scheduled_audit *row,
                             int64_t time_of_day, int64_t now, struct str *ret_task,
                             struct why *why)
{
    enum check_id checks[CHECK_COUNT];
    size_t n = 0;
    struct str rest = row->checks;
    struct str task;
    while (n < CHECK_COUNT && schedule_next_check(&rest, &checks[n])) {
        n++;
    }
    TRY(audit_task_start_scheduled(ctx, row->name, checks, n, &task, why));
    *ret_task = task;
    row->last_run = now;
    TRY(count_from(row, time_of_day, now, &row->next_run, why));
    return store_put(ctx->tx, TABLE(scheduled_audit), row, why);
}

enum status schedule_start_due(const struct account_ctx *ctx, int64_t time_of_day,
                               struct schedule_started *ret, struct why *why)
{
    struct scheduled_audit rows[QUOTA_SCHEDULED_AUDITS];
    int64_t now = clock_now(&ctx->clock);
    size_t n = 0;
    struct schedule_started started = {.n = 0};
    TRY(get_all(ctx, rows, &n, why));
    for (size_t i = 0; i < n; i++) {
        bool running = false;
        if (rows[i].next_run > now) {
            continue;
        }
        TRY(audit_task_is_running(ctx, rows[i].name, &running, why));
        if (!running) {
            started.at[started.n].schedule = rows[i].name;
            TRY(start_one(ctx, &rows[i], time_of_day, now, &started.at[started.n].task, why));
            started.n++;
        }
    }
    *ret = started;
    return STATUS_OK;
}
