/* trail.h: the log of changes, DIR/audit.log: who did what to which resource, and how it ended.
 *
 * A line of JSON for each call of an operation that can change the account, done or refused, and
 * for each call, of whatever operation, that the caller's policies forbade; with `reads`, for every
 * call of an operation:
 *     {"time":"2026-01-02T03:04:05.678Z","request":"...","key":"AKIA...","user":"arn:aws:iam::...",
 *      "source":"192.0.2.7","service":"iot","operation":"CreateThing","action":"iot:CreateThing",
 *      "resources":["arn:aws:iot:..."],"http":200,"outcome":"OK"}
 * outcome is OK or the exception that was sent; a refusal by policies adds "why". No other part of
 * the request is in it, so no secret can be. What an import changed is named besides: "changed".
 *
 * What the daemon did by itself has lines too (account/deed.h): who is the role as which it did it,
 *     {"time":"...","cause":"mitigation","task":"...","finding":"...","name":"TurnOff",
 *      "user":"arn:aws:iam::...:role/TurnOff","service":"iot","action":"iot:UpdateCertificate",
 *      "resources":["arn:aws:iot:...:cert/..."],"outcome":"OK"}
 * cause is mitigation, undo or schedule.
 *
 * Invariants
 *  1. The line of a change is written after its commit and before its reply, with one write(2) to
 *     a file that is only appended to: whoever has the reply finds the line, also after the daemon
 *     was killed. A power failure may lose the lines of the last second: trail_sync is a job of
 *     the daemon's. A process killed between commit and line loses that one line, or the lines
 *     of one page of steps.
 *  2. Lines are whole: one that could not be written whole is taken back.
 *  3. The file is of mode 0600 and at most max_bytes; then it becomes audit.log.1, that .2 and so
 *     on, and the oldest goes: `files` of them in all.
 *  4. A line that cannot be written is an error in the daemon's log; the change stays done.
 * Shared by all threads.
 */
#ifndef DAEMON_TRAIL_H
#define DAEMON_TRAIL_H

#include "account/deed.h"
#include "api/door.h"
#include "base/log.h"

struct trail_options {
    struct str dir;
    size_t max_bytes;
    unsigned files; /* the one that is written counted; from 1 */
    bool reads;     /* calls that change nothing, too */
    struct clock clock;
    const struct log *log; /* outlives the trail */
};

struct trail;

/* Opens or makes the file. IO: it cannot be written; or it is no regular file. */
MUST_USE enum status trail_open(const struct trail_options *options, struct trail **ret,
                                struct why *why);
void trail_close(struct trail *trail); /* syncs; accepts NULL */

/* The line of an exchange, if it has one. */
void trail_exchange(struct trail *trail, const struct door_record *record);

/* A line for each; a deed_listener, whose ctx is the trail. */
void trail_deeds(void *trail, const struct deed *deeds, size_t n);

/* The file by its name anew, after others moved it (SIGHUP). On failure the old one stays. */
MUST_USE enum status trail_reopen(struct trail *trail, struct why *why);

/* What was written is on the disk. Does nothing when nothing was. */
MUST_USE enum status trail_sync(struct trail *trail, struct why *why);

#endif
