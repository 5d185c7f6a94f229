/* records.h: what the log says of requests and audits. */
#ifndef DAEMON_RECORDS_H
#define DAEMON_RECORDS_H

#include "api/door.h"
#include "audit/runner.h"
#include "base/log.h"
#include "daemon/metrics.h"
#include "daemon/ticker.h"
#include "mitigate/runner.h"
#include "net/http_server.h"
#include "notify/notifier.h"

/* One line for each exchange: info for operations and for who is not let in, error where the fault
 * is ours, debug for the rest (pages, paths of nobody). ctx is the log. */
void record_exchange(void *ctx, const struct door_record *record);

/* One line for each request that the HTTP server refused before the door saw it. ctx is the log. */
void record_rejection(void *ctx, const struct http_rejection *rejection);

/* Timed work that failed; it is tried again. ctx is the log. */
void record_job_failure(void *ctx, const struct ticker_job *job, const struct why *why);

struct audit_listener {
    const struct log *log;
    struct audit_counters counters;
};

/* Logs and counts. ctx is a struct audit_listener. */
void record_audit(void *ctx, const struct audit_event *event);

struct notify_listener {
    const struct log *log;
    struct notify_counters counters;
};

/* Logs and counts. ctx is a struct notify_listener. */
void record_notification(void *ctx, const struct notify_event *event);

struct mitigate_listener {
    const struct log *log;
    struct mitigate_counters counters;
};

/* Logs (pages for debugging alone) and counts. ctx is a struct mitigate_listener. */
void record_mitigation(void *ctx, const struct mitigate_event *event);

#endif
