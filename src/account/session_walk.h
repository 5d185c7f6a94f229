/* session_walk.h: rows of some days, merged into one order: how an audit reads a window.
 *
 * The orders of sessions begin with the day on which they ended, so that days outside of a window
 * are not looked at. Inside a day, rows come in the order that the audit wants; a walk reads the
 * days side by side and gives the least of their rows each time. Its memory is a row a day.
 *
 *     struct session_walk *walk;
 *     TRY(session_walk_sessions(tx, SESSION_CERTIFICATE, from, STR_ABSENT, &walk, why));
 *     for (const struct session *row; session_walk_next(walk, &row, why) == OK && row != NULL;)
 *     session_walk_free(walk);
 */
#ifndef ACCOUNT_SESSION_WALK_H
#define ACCOUNT_SESSION_WALK_H

#include "account/session.h"

struct session_walk;

/* Sessions of a kind that were open at some moment from `from` on, by principal, connected, client;
 * of principals after `after` (absent: all). Only client, connected, begun, principal, disconnected
 * are filled. The caller ends the walk before the tx. */
MUST_USE enum status session_walk_sessions(struct store_tx *tx, enum session_kind kind,
                                           int64_t from, struct str after,
                                           struct session_walk **ret, struct why *why);

/* Takeovers that happened from `from` on, by client, disconnected; of clients after `after`. */
MUST_USE enum status session_walk_takeovers(struct store_tx *tx, int64_t from, struct str after,
                                            struct session_walk **ret, struct why *why);

/* The next row (struct session, or struct takeover), which lives until the next call; NULL: that
 * was all. */
MUST_USE enum status session_walk_next(struct session_walk *walk, const void **ret,
                                       struct why *why);

void session_walk_free(struct session_walk *walk); /* accepts NULL */

static inline void auto_session_walk(struct session_walk **walk)
{
    session_walk_free(*walk);
}
#define AUTO_WALK __attribute__((cleanup(auto_session_walk))) struct session_walk

#endif
