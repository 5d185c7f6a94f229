/* feed.h: what one broker is still to be told of the account, and telling it, a slice at a time.
 *
 * A broker that holds a state of this life of the daemon is told what changed since; any other is
 * told the whole: policies, principals, authorities, bans, in the order of their keys. Each slice
 * is read from a view of its own, so that a million principals hold neither memory nor a view; what
 * changes meanwhile is in the journal, and is told after. A change of a thing or a group is walked
 * down to the certificates here, page by page, as far as the broker reads.
 */
#ifndef BROKER_FEED_H
#define BROKER_FEED_H

#include "broker/journal.h"
#include "broker/rows.h"

enum { FEED_CURSOR_BYTES = 8192 };

enum feed_phase { FEED_POLICIES, FEED_PRINCIPALS, FEED_CAS, FEED_BANS, FEED_END, FEED_CHANGES };

struct feed {
    struct journal *journal;
    enum feed_phase phase;
    uint64_t told;   /* the broker knows the state of this number, once a STATE has said so */
    uint64_t stated; /* the number of the last STATE */
    bool open;       /* rows were sent since the last STATE */
    int64_t oldest;  /* moment of the oldest change among them; TIME_NEVER: none */
    size_t rows;     /* sent so far, for who looks on */
    /* Where the phase, or the walk of a change, stands; len 0: at its beginning. */
    size_t cursor_len;
    char cursor[FEED_CURSOR_BYTES];
};

/* The broker holds `state` of this life; 0: it holds nothing, and is told the whole. *ret_whole
 * says which it became. */
void feed_begin(struct feed *feed, struct journal *journal, uint64_t state, bool *ret_whole);

/* Whether there is something to tell. */
bool feed_is_behind(const struct feed *feed);

/* Tells as much as fits (OUTBOUND_FULL). ctx has no tx; ctx->mem is cleared on the way. NOT_FOUND:
 * the changes are forgotten; begin anew with the whole. */
MUST_USE enum status feed_fill(struct feed *feed, struct store *store,
                               const struct account_ctx *ctx, struct outbound *out,
                               struct why *why);

#endif
