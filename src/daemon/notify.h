/* notify.h: what the service manager is told: that the daemon serves, reads its files again, ends.
 *
 * The protocol of sd_notify(3), without its library: one datagram of NAME=VALUE lines to the Unix
 * socket that NOTIFY_SOCKET names, "/path" or, for the abstract namespace, "@name". A manager that
 * did not ask (no NOTIFY_SOCKET) is told nothing, and that is fine.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include "base/err.h"

enum notice { NOTICE_READY, NOTICE_RELOADING, NOTICE_STOPPING };

/* Tells the manager at socket; NULL or "" does nothing. INVALID: no such kind of address; IO: the
 * manager does not listen. Never waits. */
MUST_USE enum status notify_send(const char *socket, enum notice notice, struct why *why);

#endif
