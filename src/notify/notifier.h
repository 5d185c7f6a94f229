/* notifier.h: the thread that delivers what is in the outbox.
 *
 * It owns no state that matters: the rows say what is to be delivered, how often it was tried and
 * when it is tried again (account/outbox.h). Killed at any moment, the next life goes on from them.
 *  1. At least once. A delivery is removed in a transaction after the receiver answered 200 to 299;
 *     anything else is a failure and is tried again, later each time (backoff.h), until it is given
 *     up and DEAD.
 *  2. One slow or broken receiver delays no other. At most NOTIFY_FLIGHTS calls are under way, of
 *     which at most NOTIFY_FLIGHTS_EACH go to one endpoint, and one while it fails; an endpoint
 * that fails is left alone for a while, whatever waits for it. Endpoints take turns.
 *  3. What waits lies in the store; only what is under way is in memory.
 *  4. Where a webhook leads is held to the address rule (net/cidr.h); the sns-endpoint is the
 *     operator's own choice and is not.
 *  5. What is for a topic of the brokers (mqtt) is taken when a broker has published it. While none
 *     is there that is a failure like any other, so it waits in the outbox.
 */
#ifndef NOTIFY_NOTIFIER_H
#define NOTIFY_NOTIFIER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "account/outbox.h"
#include "net/http_client.h"

enum {
    NOTIFY_FLIGHTS = 32,
    NOTIFY_FLIGHTS_EACH = 4,
    NOTIFY_TIMEOUT_MS = 15000, /* of one try, as SNS has it */
};

struct notifier;

/* What happened, for the log and the metrics; called on the notifier's thread. */
struct notify_event {
    enum notify_what {
        NOTIFY_DELIVERED,
        NOTIFY_FAILED,       /* number: tries so far */
        NOTIFY_DEAD,         /* number: how many were given up */
        NOTIFY_ROLE_UNKNOWN, /* sent without asking a role that is not held here */
        NOTIFY_TROUBLE,      /* the store refuses */
    } what;
    struct str id;
    struct str kind;
    struct str endpoint; /* or the topic's ARN */
    struct str text;
    int64_t number;
};

/* A message for a topic of the brokers. What it points to outlives its end. */
struct notify_publish {
    struct str topic;
    struct str payload;
    const struct http_header *headers; /* what a webhook would be sent beside the payload */
    size_t n_headers;
    enum status status; /* filled by notify_published, as why */
    struct why why;
    atomic_int state; /* the notifier's own */
    struct notifier *notifier;
};

/* It has ended; OK: a broker has published it. Once for each that was begun, from any thread. */
void notify_published(struct notify_publish *publish, enum status status, const struct why *why);

struct notifier_options {
    struct store *store;
    struct account_id account;
    struct clock clock;
    struct rnd rnd;
    const struct fetch_rule *rule;
    struct str elsewhere;  /* URL of the SNS that holds other topics; absent: none */
    struct http_sign sign; /* with what it is asked; no key: unsigned */
    struct str ca_file;    /* PEM of authorities trusted there besides the system's; absent: none */
    unsigned timeout_ms;   /* 0: NOTIFY_TIMEOUT_MS */
    /* Begins one, and never waits; it must end by itself, since notifier_stop waits for that. On
     * failure it never was. NULL: there are no brokers. */
    enum status (*publish)(void *ctx, struct notify_publish *publish, struct why *why);
    void *publish_ctx;
    void (*told)(void *ctx, const struct notify_event *event); /* may be NULL */
    void *told_ctx;
};

/* Not yet running; what options point to outlives it. The caller ends it with notifier_stop. */
MUST_USE enum status notifier_new(const struct notifier_options *options, struct notifier **ret,
                                  struct why *why);

/* Starts the thread. url: where this daemon is reached, for the links in messages; outlives it. */
MUST_USE enum status notifier_start(struct notifier *notifier, struct str url, struct why *why);

/* There may be something new. From any thread, never waits. Accepts NULL. */
void notifier_wake(struct notifier *notifier);

/* Ends the thread; what was under way is tried again in the next life. Accepts NULL. */
void notifier_stop(struct notifier *notifier);

/* For tests: one turn on the calling thread. Looks, begins what is due, waits up to ms for an end
 * and notes it. True when something ended or began. */
bool notifier_turn(struct notifier *notifier, struct str url, int ms);

#endif
