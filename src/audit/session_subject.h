/* session_subject.h: the history of connections as audits go through it: one principal, or one
 * client id, after the other, with what its connections of the window came to.
 */
#ifndef AUDIT_SESSION_SUBJECT_H
#define AUDIT_SESSION_SUBJECT_H

#include "account/session_walk.h"
#include "audit/check.h"
#include "audit/overlap.h"
#include "audit/window.h"

struct session_stream;

/* Begins behind the principal or client id `after` (absent: at the first). subject is one of the
 * three of sessions. tx outlives the stream, which the caller ends with session_stream_close. */
MUST_USE enum status session_stream_open(struct store_tx *tx, enum audit_subject subject,
                                         const struct audit_window *window, struct str after,
                                         struct session_stream **ret, struct why *why);

/* The next; NULL: that was all. It and its texts live until the next call, or in mem. asked is
 * asked now and then whether to go on; false gives CANCELED. */
MUST_USE enum status session_stream_next(struct session_stream *stream, struct arena *mem,
                                         bool (*asked)(void *ctx), void *asked_ctx,
                                         const struct session_subject **ret, struct why *why);

void session_stream_close(struct session_stream *stream); /* accepts NULL */

#endif
