/* intake.h: what a broker tells, taken into the account exactly once.
 *
 * A batch of frames is one transaction, which also keeps how far this life of the broker (its
 * epoch) has been taken in; so a frame that comes again after a crash of either side changes
 * nothing, and one that was acknowledged is never lost. What is published because of a frame
 * (lifecycle.h) is published again when the frame comes again: at least once, as AWS says of it.
 *
 * A new epoch ends the connections of former ones: nobody else would tell of it. They ended when
 * the former life was last heard of, for the reason SERVER_ERROR.
 *
 * A frame that breaks a rule of the account (a client id that is too long, a moment that cannot be)
 * is counted and passed over: a broker must not be stopped by one of its clients.
 */
#ifndef BROKER_INTAKE_H
#define BROKER_INTAKE_H

#include "account/account.h"
#include "broker/outbound.h"

enum {
    INTAKE_FRAMES_MAX = 1024, /* of a batch */
    INTAKE_BYTES_MAX = 2 << 20,
    INTAKE_STALE_STEP = 200, /* connections of former lives ended with one batch */
};

/* What the frames were, by type, and what became of them. */
struct intake_counts {
    uint64_t frames[LINK_TYPE_END];
    uint64_t again;                         /* known already */
    uint64_t refused;                       /* broke a rule */
    uint64_t dropped;                       /* that the broker had no room for, as it says */
    uint64_t sent, received, auth_failures; /* messages, denials: of counters */
    char refusal[WHY_TEXT_MAX];             /* the last reason of a refusal; "": none */
};

struct intake_batch {
    struct str broker;
    struct str version; /* of its plugin */
    uint8_t epoch[LINK_ID_BYTES];
    struct bytes frames; /* whole ones, with their lengths */
    size_t n;
    /* What JITR and JITP do with a certificate that nobody registered; NULL: nothing. */
    enum status (*stranger)(void *ctx, const struct account_ctx *account,
                            const struct link_stranger *stranger, struct why *why);
    void *stranger_ctx;
    /* What it makes. */
    struct outbound publish; /* PUBLISH frames; the caller releases it */
    uint64_t sequence;       /* all frames up to it are in */
    bool stale;              /* connections of former lives are still to be ended */
    struct intake_counts counts;
};

/* One transaction; ctx->tx is the running one. Of its results none counts unless it commits. */
MUST_USE enum status intake_apply(const struct account_ctx *ctx, struct intake_batch *batch,
                                  struct why *why);

/* How far an epoch of a broker was taken in; 0: it is a new one. ctx->tx may be a view. */
MUST_USE enum status intake_sequence(const struct account_ctx *ctx, struct str broker,
                                     const uint8_t epoch[LINK_ID_BYTES], uint64_t *ret,
                                     struct why *why);

#endif
