/* jobs.h: what the ticker runs: a row for each thing that the daemon does by itself.
 *
 * A job looks through a view first and writes only when there is something to do, so that an idle
 * daemon commits nothing.
 */
#ifndef DAEMON_JOBS_H
#define DAEMON_JOBS_H

#include "audit/runner.h"
#include "daemon/ticker.h"
#include "daemon/trail.h"

struct jobs_env {
    struct store *store;
    struct account_id account;
    struct clock clock;
    struct rnd rnd;
    struct trail *trail;         /* synced each second; may be NULL */
    struct audit_runner *runner; /* woken when a schedule has started a task; may be NULL */
    int64_t schedule_time;       /* ms after midnight UTC */
    bool extensions;
    int64_t retention_days; /* of audits, findings and mitigation tasks */
    int64_t log_days;       /* of log records */
};

/* Writes the rows, at most TICKER_JOBS_MAX; env outlives them. Returns how many. */
size_t jobs_list(struct jobs_env *env, struct ticker_job *jobs);

#endif
