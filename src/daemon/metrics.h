/* metrics.h: what the daemon counts, as Prometheus and OpenMetrics text.
 *
 * A family is a name, a type, a sentence and samples; the two formats differ in how counters are
 * named in their TYPE line, and in the closing "# EOF". Labels are few and bounded: operations and
 * check names, never things or addresses.
 * Source: OpenMetrics 1.0, prometheus.io "Exposition formats".
 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include <stdatomic.h>

#include "api/door.h"
#include "broker/server.h"
#include "net/http_server.h"
#include "provision/jit.h"
#include "store/store.h"

/* What the audit thread counts for us. */
struct audit_counters {
    atomic_uint_fast64_t finished;
    atomic_uint_fast64_t failed;
    atomic_uint_fast64_t list_problems;
    atomic_uint_fast64_t answers_unknown;
};

/* What the notifier counts for us. */
struct notify_counters {
    atomic_uint_fast64_t delivered;
    atomic_uint_fast64_t failed;
    atomic_uint_fast64_t dead;
};

/* What the thread of mitigation counts for us. */
struct mitigate_counters {
    atomic_uint_fast64_t completed; /* steps */
    atomic_uint_fast64_t failed;
    atomic_uint_fast64_t skipped;
    atomic_uint_fast64_t undone; /* changes taken back */
    atomic_uint_fast64_t ended;  /* tasks carried out to their end */
    atomic_uint_fast64_t ended_ms;
};

/* Where the numbers come from; set once the parts have started, never changed while serving. */
struct metrics {
    struct store *store;
    const struct http_server *server;
    const struct door *door;
    const struct audit_counters *audits;
    const struct notify_counters *notifications;
    const struct mitigate_counters *mitigations;
    const struct broker_counters *brokers;
    const struct jit *jit;
};

/* The page. openmetrics as the client's Accept header asks. */
MUST_USE enum status metrics_text(const struct metrics *metrics, struct arena *mem,
                                  bool openmetrics, struct str *ret, struct why *why);

/* What the Accept header prefers. */
bool metrics_wants_openmetrics(struct str accept);

/* The Content-Type of the page. */
struct str metrics_content_type(bool openmetrics);

#endif
