/* recent.h: the most recent of many connections, for a finding's related resources.
 *
 * A certificate may have been shared by ten million connections. A finding counts them all and
 * lists the RECENT_MAX most recent; memory is the same however many there were.
 */
#ifndef AUDIT_RECENT_H
#define AUDIT_RECENT_H

#include "account/session.h"

enum { RECENT_MAX = 1000, RECENT_TEXT_MAX = SESSION_TEXT_BYTES_MAX };

struct recent_entry {
    int64_t at;                      /* by which it is recent */
    int64_t connected, disconnected; /* TIME_NEVER: not seen; still open */
    enum session_kind kind;
    size_t len;
    char text[RECENT_TEXT_MAX]; /* client id, or principal */
};

struct recent {
    size_t total;                 /* added */
    size_t n;                     /* kept */
    struct recent_entry *entries; /* room for twice RECENT_MAX */
    struct recent_entry **order;  /* after recent_finish: n of them, most recent first */
};

/* The caller ends it with recent_release. */
MUST_USE enum status recent_init(struct recent *recent, struct why *why);
void recent_release(struct recent *recent);

void recent_clear(struct recent *recent);

/* The text is copied, and cut at RECENT_TEXT_MAX. */
void recent_add(struct recent *recent, int64_t at, int64_t connected, int64_t disconnected,
                enum session_kind kind, struct str text);

/* Puts order right; n is at most RECENT_MAX then. By at, newest first; of equal ones in the
 * order of their texts. */
void recent_finish(struct recent *recent);

#endif
