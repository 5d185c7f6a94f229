/* lifecycle.h: the events that AWS IoT publishes of clients: what they are called and what they
 * say.
 *
 *     $aws/events/presence/connected/CLIENT        $aws/events/presence/connect_failed/CLIENT
 *     $aws/events/presence/disconnected/CLIENT     $aws/events/subscriptions/(un)subscribed/CLIENT
 * A client id with '#' or '+' has none of them: it would make a filter of the topic.
 * Source: "Lifecycle events", AWS IoT Core developer guide.
 */
#ifndef BROKER_LIFECYCLE_H
#define BROKER_LIFECYCLE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "link/messages.h"

enum lifecycle_kind {
    LIFECYCLE_CONNECTED,
    LIFECYCLE_DISCONNECTED,
    LIFECYCLE_CONNECT_FAILED,
    LIFECYCLE_SUBSCRIBED,
    LIFECYCLE_UNSUBSCRIBED,
};

/* Absent texts are left out; each kind says its own members alone. */
struct lifecycle {
    enum lifecycle_kind kind;
    int64_t at;
    struct str client;
    struct str session;
    struct str principal;
    struct str thing;               /* of an exclusive attachment */
    struct str address;             /* connected, connect_failed */
    struct str reason;              /* disconnected */
    int64_t version;                /* connected, disconnected */
    const struct link_list *topics; /* of subscriptions: rows of texts */
};

/* *ret_topic is absent when the client has no such events. Both lie in mem. */
MUST_USE enum status lifecycle_write(const struct lifecycle *event, struct arena *mem,
                                     struct str *ret_topic, struct str *ret_json, struct why *why);

#endif
