/* launch.h: a daemon for the time of one command.
 *
 * `bulwark audit --data DIR` needs an API to ask; where no daemon serves DIR, the bulwarkd that
 * lies beside this program (or, failing that, on PATH) is started on a free loopback port, and
 * ended by SIGTERM when the command is done.
 */
#ifndef CLI_LAUNCH_H
#define CLI_LAUNCH_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "cli/interrupt.h"

struct launched;

struct launch {
    const char *data;
    const char *config; /* NULL: DIR/last.conf, with which it was served last, so that an audit that
                           nobody serves judges by the same lists */
    struct str
        account;       /* absent: data must be a data folder already; else it is made one of this */
    struct str region; /* account, in this region */
    bool in_memory;    /* what it holds goes with it */
    struct interrupt *interrupt; /* ends it on a signal; or NULL */
};

/* Returns when DIR/endpoint is there. NOT_FOUND: DIR is no data folder (nothing is made by
 * mistake); IO: the daemon ended or was not ready in time. */
MUST_USE enum status launch_daemon(const struct launch *launch, struct arena *mem,
                                   struct launched **ret, struct why *why);

/* Ends it and waits for it. Accepts NULL. */
void launched_end(struct launched *launched);

#endif
