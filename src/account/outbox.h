/* outbox.h: messages on their way out: rows, written in the transaction of what they tell of.
 *
 * A message begins as one row for a topic (endpoint ""), so that writing it costs no more than a
 * row, however many listen. notify/ then spreads it: a row for each confirmed subscription, or, of
 * a topic that is not held here, one row for the SNS that holds it. Each such row is one delivery.
 * Invariants
 *  1. A row is PENDING until it was delivered, when it is removed, or given up, when it is DEAD.
 *     DEAD rows say why (last_error), stay OUTBOX_DEAD_DAYS, and can be sent again.
 *  2. A delivery that the receiver has taken and we were killed before noting is sent again: at
 *     least once. The message id that receivers see is that of the message, the same each time.
 *  3. The role in whose name an audit's notification is sent is asked when the message is spread.
 *     An account that does not hold that role in its IAM sends without asking (see
 *     docs/decisions); one that holds it must have it allow sns:Publish on the topic, and let
 *     iot.amazonaws.com assume it for audits. A refusal makes the message DEAD, so that it can be
 *     sent again once the role is mended.
 *  4. What is for a subscription that is no more is dropped.
 *  5. It is bounded. When LIMIT_OUTBOX_PENDING rows wait, whoever wants to tell something is
 * refused and says so to his caller; the end of an audit, which nobody waits for, becomes DEAD at
 * once. Of DEAD rows LIMIT_OUTBOX_DEAD are kept; what is given up then is gone, and counted.
 */
#ifndef ACCOUNT_OUTBOX_H
#define ACCOUNT_OUTBOX_H

#include "account/page.h"

#define OUTBOX_PENDING STR("PENDING")
#define OUTBOX_DEAD    STR("DEAD")

enum {
    OUTBOX_BODY_MAX = 256 << 10, /* of a message; SNS's largest too */
    OUTBOX_DEAD_DAYS = 30,
};

/* ---- telling --------------------------------------------------------------------------------- */

struct outbox_message {
    struct str kind; /* AUDIT, FINDING, PUBLISH */
    struct str topic_arn;
    struct str role_arn; /* absent: none is asked */
    struct str subject;  /* absent: none */
    struct str body;
};

/* LIMIT (of SNS: Throttled, so that clients try again), with the bound, when no further message is
 * taken. */
MUST_USE enum status outbox_room(const struct account_ctx *ctx, struct why *why);

/* The row, not yet written: for plans that may come to nothing. Its id is the MessageId. */
MUST_USE enum status outbox_make(const struct account_ctx *ctx,
                                 const struct outbox_message *message, struct outbox *ret,
                                 struct why *why);

/* Writes a row that outbox_make made; without room (invariant 5) as DEAD. */
MUST_USE enum status outbox_write(const struct account_ctx *ctx, struct outbox *row,
                                  struct why *why);

/* Makes and writes it. Whoever commits it wakes the notifier after. */
MUST_USE enum status outbox_add(const struct account_ctx *ctx, const struct outbox_message *message,
                                struct str *ret_id, struct why *why);

/* The request for confirmation of a pending subscription, with its token, to its endpoint. LIMIT:
 * invariant 5. */
MUST_USE enum status outbox_ask(const struct account_ctx *ctx,
                                const struct subscription *subscription, struct why *why);

/* ---- delivering: for notify/ ------------------------------------------------------------------
 */

struct outbox_spread {
    size_t n;          /* deliveries made of it */
    bool dead;         /* it could not be; error says why */
    bool role_unknown; /* its role is not held here, and was not asked */
    bool full;         /* LIMIT_OUTBOX_SPREAD: it waits until deliveries have ended */
    struct str error;
};

/* Makes deliveries of a message. elsewhere is where topics not held here are published to; absent:
 * nowhere. A row that is gone, or is no message to be spread, gives all zero. */
MUST_USE enum status outbox_spread(const struct account_ctx *ctx, struct str id,
                                   struct str elsewhere, struct outbox_spread *ret,
                                   struct why *why);

/* It was taken, or nobody wants it any more. A row that is gone is no failure, here and below. */
MUST_USE enum status outbox_done(const struct account_ctx *ctx, struct str id, struct why *why);

/* It was tried in vain; next_try TIME_NEVER gives it up. */
MUST_USE enum status outbox_failed(const struct account_ctx *ctx, struct str id, struct str error,
                                   int64_t next_try, struct why *why);

/* Gives up what waits for an endpoint untried since `before`, at most max rows. */
MUST_USE enum status outbox_give_up(const struct account_ctx *ctx, struct str endpoint,
                                    int64_t before, struct str error, size_t max, size_t *ret_n,
                                    struct why *why);

/* ---- looking after -------------------------------------------------------------------------- */

/* A page of struct outbox in the given state, by the time of the next try (DEAD: of giving up). */
MUST_USE enum status outbox_list(const struct account_ctx *ctx, struct str state,
                                 const struct page *page, struct page_rows *ret, struct why *why);

MUST_USE enum status outbox_get(const struct account_ctx *ctx, struct str id, struct outbox *ret,
                                struct why *why);

/* PENDING again, as if new. INVALID unless it is DEAD; LIMIT: invariant 5. */
MUST_USE enum status outbox_resend(const struct account_ctx *ctx, struct str id, struct outbox *ret,
                                   struct why *why);

struct outbox_counts {
    int64_t pending, dead;
    int64_t dropped; /* ever */
};
MUST_USE enum status outbox_counts_get(const struct account_ctx *ctx, struct outbox_counts *ret,
                                       struct why *why);

/* Removes what has been DEAD since before that time, at most max rows. */
MUST_USE enum status outbox_prune(const struct account_ctx *ctx, int64_t before, size_t max,
                                  size_t *ret_n, struct why *why);

#endif
