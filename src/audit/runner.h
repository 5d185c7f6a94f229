/* runner.h: the thread that carries audits out.
 *
 * A task is a row (task.h); the runner takes the oldest that is in progress, judges, and writes
 * what it finds page by page, until none is left; then it sleeps until it is woken. After a restart
 * it goes on with what was in progress. It owns no state that matters: killed at any moment, the
 * rows say where to go on.
 *
 *  1. One audit reads one view of the store, from its beginning (or its resumption) to its end.
 *  2. Memory is bounded by the page and by the revocation lists, not by the fleet.
 *  3. The findings, numbers and cursor of some pages are one transaction, which also looks whether
 *     the task was canceled: a canceled task gets no more findings.
 *  4. The network is asked outside of transactions, and never for longer than the fetcher's bounds.
 *  5. Tasks are carried out one at a time, in the order in which they began. One that fails for a
 * trouble that may pass (memory, disk) waits and is tried again, while others go on; after
 * RETRY_TRIES tries (retries.h) it ends as FAILED. While not even that can be written, it is tried
 * again each minute.
 */
#ifndef AUDIT_RUNNER_H
#define AUDIT_RUNNER_H

#include "audit/fetch.h"
#include "audit/server_subject.h"
#include "base/clock.h"
#include "base/rnd.h"
#include "model/arn.h"
#include "store/store.h"
#include "x509/keyq.h"

struct audit_runner;

/* What happened, for the log and the metrics; called on the runner's thread. */
struct audit_event {
    /* "audit.started", "audit.finished", "audit.failed", "audit.delayed", "audit.list_problem",
     * "audit.role_not_held", "audit.not_permitted" */
    const char *name;
    struct str task;
    struct str subject; /* a check, a list's address, a role */
    struct str text;
    int64_t number; /* ms that it took; seconds until it is tried again; answers left unknown */
};

struct audit_runner_options {
    struct store *store;
    struct account_id account;
    struct clock clock;
    struct rnd rnd;
    const struct fetcher *fetcher;     /* NULL: the network is not asked */
    struct str local_ca;               /* PEM; absent: none */
    struct str crl_dir;                /* absent: none */
    const struct keyq_list *weak_keys; /* NULL: no lists of weak keys */
    struct server_watch watch;         /* certificates of servers; none: places absent */
    int64_t session_lag_ms;            /* how far behind checks of connections stay (window.h) */
    void (*told)(void *ctx, const struct audit_event *event); /* may be NULL */
    void *told_ctx;
};

/* Starts the thread; what options point to outlives it. The caller ends it with audit_runner_stop.
 */
MUST_USE enum status audit_runner_start(const struct audit_runner_options *options,
                                        struct audit_runner **ret, struct why *why);

/* There may be a new task. From any thread, never waits. */
void audit_runner_wake(struct audit_runner *runner);

/* Ends the thread within a page's time; a task in progress stays in progress. Accepts NULL. */
void audit_runner_stop(struct audit_runner *runner);

/* Carries out every task in progress on the calling thread, without a runner: tests, benchmarks.
 * Each is tried once; the status is that of the first that could not be ended. */
MUST_USE enum status audit_run_all(const struct audit_runner_options *options, struct why *why);

#endif
