/* session.h: the history of connections: which client was connected, as whom, from when to when.
 *
 * What is told are events: a client connected, a client disconnected. They come from the broker as
 * they happen, or from a history that is imported, and then twice, late, in any order, and with
 * gaps. The rows of a client are a function of the set of its events, not of their order:
 *  1. The same event twice is once. A beginning is told by client and moment; an end by client,
 *     moment, principal and, where both name one, session identifier.
 *  2. An end belongs to the beginning with the same session identifier. Where none is named: to the
 *     newest beginning before it that has no end and the same principal; but an end by takeover
 *     that follows a new connection within TAKEOVER_MS to the one before that.
 *  3. A client has one connection at a time, so a session whose end was not seen ends when the next
 *     one of its client begins; its reason is absent. The last one is open.
 *  4. An end without a beginning is a session of its last millisecond: it proves no more.
 * What is farther from an event than SESSION_NEAR beginnings of the same client is left alone, so
 * an event costs the same however long the history is.
 *
 * Orders: by key, a client's sessions; by_end, the sessions that ended on one day (open ones: on
 * TIME_NEVER), by kind and principal. A window is some days of it (session_walk.h), and sessions
 * outside cost nothing. Every change goes through session_apply, which keeps takeover and pool_use
 * with it.
 *
 * SPEC: AWS IoT Core developer guide, "Lifecycle events" and "CloudWatch Logs: connect,
 * disconnect".
 */
#ifndef ACCOUNT_SESSION_H
#define ACCOUNT_SESSION_H

#include "account/account.h"

enum session_kind { SESSION_CERTIFICATE, SESSION_COGNITO, SESSION_OTHER };

enum {
    SESSION_NEAR = 2,
    SESSION_TAKEOVER_MS = 30 * SECOND_MS,
    SESSION_CLIENT_BYTES_MAX = 128, /* AWS IoT Core quotas: client id */
    SESSION_TEXT_BYTES_MAX = 512,   /* of the other texts */
};

/* A scheduled audit looks back to its previous run, at most a month, and that one did too. */
#define SESSION_KEEP_MS (INT64_C(62) * DAY_MS + 2 * HOUR_MS)

/* The disconnectReason of a session whose client id connected again. The log form says
 * DUPLICATE_CLIENT_ID for the same; whoever reads that form spells it thus. */
#define SESSION_DUPLICATE STR("DUPLICATE_CLIENTID")

/* The day of ended_day; TIME_NEVER is no day, and the open sessions are on it. */
static inline int64_t session_day(int64_t ms)
{
    return ms == TIME_NEVER ? TIME_NEVER : ms / DAY_MS - (ms % DAY_MS < 0);
}

struct session_event {
    bool begins; /* else it ends */
    int64_t at;
    struct str client;
    struct str session;   /* absent: not told */
    struct str principal; /* absent or "": not told */
    enum session_kind kind;
    struct str pool;    /* absent: not told */
    struct str address; /* absent: not told */
    struct str reason;  /* of an end; absent or "": not told */
};

/* INVALID, unless it can have happened: its client id and moment, and the lengths of its texts. */
MUST_USE enum status session_check(const struct session_event *event, struct why *why);

/* What became of events. */
struct session_applied {
    size_t changed; /* said something new */
    size_t known;   /* said nothing that was not known */
};

/* Takes events in, in any order; texts need live no longer than the call. INVALID: see
 * session_check. */
MUST_USE enum status session_apply(const struct account_ctx *ctx,
                                   const struct session_event *events, size_t n,
                                   struct session_applied *ret, struct why *why);

/* One event each, as the broker tells them; begins and reason of event are set here. */
MUST_USE enum status session_begin(const struct account_ctx *ctx, struct session_event event,
                                   struct why *why);
MUST_USE enum status session_end(const struct account_ctx *ctx, struct session_event event,
                                 struct str reason, struct why *why);

/* The client's connection, if it has one open, ends as a duplicate at event.at, and this begins. */
MUST_USE enum status session_takeover(const struct account_ctx *ctx, struct session_event event,
                                      struct why *why);

/* Forgets at most max sessions (and as many takeovers) that ended on a day that was over before
 * `before`. *ret_n is how many went; less than max: that was all. */
MUST_USE enum status session_sweep(const struct account_ctx *ctx, int64_t before, size_t max,
                                   size_t *ret_n, struct why *why);

/* Whether a sweep would find something; ctx->tx may be a view. */
MUST_USE enum status session_sweep_is_due(const struct account_ctx *ctx, int64_t before, bool *ret,
                                          struct why *why);

/* What kind of principal a text is by its look: 64 hex digits are a certificate's id, a region and
 * a uuid a Cognito identity's ("us-east-1:4f20..."). */
enum session_kind session_kind_of(struct str principal);

#endif
