/* devices.h: the thread that meets the devices of which brokers tell (provision/jit.h), and that
 * has published what the service itself says on the brokers' topics (account/broker_message.h).
 *
 * A broker's events are taken in within a transaction; meeting a device is transactions of its own,
 * so it waits in a queue in between. The queue is bounded and in memory: who finds it full, or
 * waits in it when we end, comes again by itself.
 */
#ifndef DAEMON_DEVICES_H
#define DAEMON_DEVICES_H

#include "base/log.h"
#include "broker/server.h"
#include "provision/jit.h"

enum { DEVICES_QUEUE = 256, DEVICES_PUBLISH_MS = 500 };

struct devices;

/* Begins to meet; jit and log outlive it. The caller ends it with devices_free. */
MUST_USE enum status devices_start(struct jit *jit, const struct log *log, struct devices **ret,
                                   struct why *why);

/* Through whom messages are published from now on. */
void devices_publish_through(struct devices *devices, struct broker_server *brokers);

/* Ends the thread; devices_stranger may still be called. Accepts NULL, as devices_free. */
void devices_stop(struct devices *devices);
void devices_free(struct devices *devices);

/* broker_options.stranger; ctx is a struct devices. Never fails, never waits. */
enum status devices_stranger(void *ctx, const struct account_ctx *account,
                             const struct link_stranger *stranger, struct why *why);

#endif
