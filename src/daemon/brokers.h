/* brokers.h: the link to the brokers as the settings want it, and what the log says of it. */
#ifndef DAEMON_BROKERS_H
#define DAEMON_BROKERS_H

#include "base/log.h"
#include "broker/server.h"
#include "daemon/options.h"
#include "notify/notifier.h"

struct broker_listener {
    const struct log *log;
    struct broker_counters counters;
};

/* Logs. ctx is a struct broker_listener. */
void record_broker(void *ctx, const struct broker_event *event);

/* notifier_options.publish; ctx is the struct broker_server. Ends within BROKER_PUBLISH_MS. To an
 * MQTT 5 client the Content-Type is the content type, other headers are user properties. */
MUST_USE enum status brokers_notify(void *ctx, struct notify_publish *publish, struct why *why);

/* DIR/broker.sock, or what broker-socket says. */
MUST_USE enum status brokers_socket(struct arena *mem, const struct options *options,
                                    struct str *ret, struct why *why);

/* The folder that the TLS of brokers trusts, DIR/broker/ca (broker/trust.h); makes DIR/broker. IO.
 */
MUST_USE enum status brokers_trust(struct arena *mem, struct str data, struct str local_ca_pem,
                                   struct broker_options *ret, struct why *why);

/* Fills path, users and settings from the options. INVALID: a user that there is not, or too many.
 * Texts lie in mem. */
MUST_USE enum status brokers_options(struct arena *mem, const struct options *options,
                                     struct broker_options *ret, struct why *why);

#endif
