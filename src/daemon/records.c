/* records.c: see records.h. */
#include "daemon/records.h"

#include <stdio.h>

#include "base/banned.h"

/* "CreateThing", or of another service "iam:CreateRole", into text; a page's path. */
static struct str operation_name(const struct door_record *record, char *text, size_t size)
{
    const struct operation *op = record->op;
    if (op == NULL) {
        return record->request->path;
    }
    if (op->service == SERVICE_iot) {
        return op->name;
    }
    snprintf(text, size, "%s:%s", op_service(op)->id.ptr, op->name.ptr);
    return str_from(text);
}

void record_exchange(void *ctx, const struct door_record *record)
{
    char name[96];
    const struct log *log = ctx;
    bool ours = record->http >= 500 && record->http != 501;
    bool told = record->op != NULL || record->http == 401 || record->http == 403;
    enum log_level level = ours || record->misfit ? LOG_ERROR : told ? LOG_INFO : LOG_DEBUG;
    log_event(log, level, "api.request",
              LOG_STR("operation", operation_name(record, name, sizeof name)),
              LOG_INT("http", record->http), LOG_TEXT("status", status_name(record->status)),
              LOG_TEXT("why", record->why), LOG_STR("request", record->request_id),
              LOG_STR("key", record->key_id), LOG_STR("peer", record->request->peer),
              LOG_INT("ms", record->duration_ms), LOG_INT("misfit", record->misfit));
}

void record_rejection(void *ctx, const struct http_rejection *rejection)
{
    const struct log *log = ctx;
    bool ours = rejection->status == 500 || rejection->status == 503;
    log_event(log, ours ? LOG_ERROR : LOG_INFO, "http.rejected", LOG_INT("http", rejection->status),
              LOG_STR("status", rejection->exception), LOG_STR("why", rejection->message),
              LOG_STR("request", rejection->request_id), LOG_STR("peer", rejection->peer));
}

void record_job_failure(void *ctx, const struct ticker_job *job, const struct why *why)
{
    const struct log *log = ctx;
    log_event(log, LOG_WARN, "job.failed", LOG_TEXT("job", job->name),
              LOG_TEXT("status", status_name(why->code)), LOG_TEXT("why", why->text));
}

static void count(struct audit_counters *counters, const struct audit_event *event)
{
    struct str name = str_from(event->name);
    if (str_eq(name, STR("audit.finished"))) {
        atomic_fetch_add(&counters->finished, 1);
    } else if (str_eq(name, STR("audit.failed"))) {
        atomic_fetch_add(&counters->failed, 1);
    } else if (str_eq(name, STR("audit.list_problem"))) {
        atomic_fetch_add(&counters->list_problems, 1);
        atomic_fetch_add(&counters->answers_unknown, (uint64_t)event->number);
    }
}

void record_audit(void *ctx, const struct audit_event *event)
{
    struct audit_listener *listener = ctx;
    bool trouble = !str_absent(event->text) && event->text.len > 0;
    count(&listener->counters, event);
    log_event(listener->log, trouble ? LOG_WARN : LOG_INFO, event->name,
              LOG_STR("task", event->task), LOG_STR("subject", event->subject),
              LOG_STR("text", event->text), LOG_INT("number", event->number));
}

static void count_mitigation(struct mitigate_counters *counters, const struct mitigate_event *event)
{
    struct str name = str_from(event->name);
    atomic_fetch_add(&counters->completed, (uint64_t)event->steps.completed);
    atomic_fetch_add(&counters->failed, (uint64_t)event->steps.failed);
    atomic_fetch_add(&counters->skipped, (uint64_t)event->steps.skipped);
    if (str_eq(name, STR("mitigation.undone"))) {
        atomic_fetch_add(&counters->undone, (uint64_t)event->number);
    } else if (str_eq(name, STR("mitigation.finished")) || str_eq(name, STR("mitigation.failed"))) {
        atomic_fetch_add(&counters->ended, 1);
        atomic_fetch_add(&counters->ended_ms, (uint64_t)event->ms);
    }
}

void record_mitigation(void *ctx, const struct mitigate_event *event)
{
    struct mitigate_listener *listener = ctx;
    enum log_level level = event->text.len > 0                                     ? LOG_WARN
                           : str_eq(str_from(event->name), STR("mitigation.page")) ? LOG_DEBUG
                                                                                   : LOG_INFO;
    count_mitigation(&listener->counters, event);
    log_event(listener->log, level, event->name, LOG_STR("task", event->task),
              LOG_STR("text", event->text), LOG_INT("number", event->number),
              LOG_INT("ms", event->ms));
}

void record_notification(void *ctx, const struct notify_event *event)
{
    static const struct {
        const char *name;
        enum log_level level;
    } rows[] = {
        [NOTIFY_DELIVERED] = {"notification.delivered", LOG_DEBUG},
        [NOTIFY_FAILED] = {"notification.failed", LOG_WARN},
        [NOTIFY_DEAD] = {"notification.dead", LOG_ERROR},
        [NOTIFY_ROLE_UNKNOWN] = {"notification.role_not_held", LOG_INFO},
        [NOTIFY_TROUBLE] = {"notification.delayed", LOG_WARN},
    };
    struct notify_listener *listener = ctx;
    if (event->what == NOTIFY_DELIVERED) {
        atomic_fetch_add(&listener->counters.delivered, 1);
    } else if (event->what == NOTIFY_FAILED) {
        atomic_fetch_add(&listener->counters.failed, 1);
    } else if (event->what == NOTIFY_DEAD) {
        atomic_fetch_add(&listener->counters.dead, (uint64_t)event->number);
    }
    log_event(listener->log, rows[event->what].level, rows[event->what].name,
              LOG_STR("id", event->id), LOG_STR("kind", event->kind),
              LOG_STR("to", event->endpoint), LOG_STR("text", event->text),
              LOG_INT("number", event->number));
}
