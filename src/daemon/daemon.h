/* daemon.h: all parts, wired. Start makes them in order, stop ends them in the reverse order.
 *
 *     store -> secrets -> local CA -> weak keys -> fetcher -> audits -> log of changes
 *     -> door -> HTTP server
 *
 * After daemon_start returns, requests are served on the server's threads, writes happen on the
 * store's, audits on theirs; the caller only waits for signals.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "base/log.h"
#include "daemon/options.h"
#include "model/arn.h"

struct daemon;

/* options and log outlive the daemon. On failure nothing is left running. INVALID: a setting is
 * wrong, whatever the machine is like; anything else: it cannot serve here and now. */
MUST_USE enum status daemon_start(const struct options *options, const struct log *log,
                                  const struct clock *clock, struct daemon **ret, struct why *why);

/* Whose account it serves. */
struct account_id daemon_account(const struct daemon *daemon);

/* "http://127.0.0.1:8480" */
struct str daemon_url(const struct daemon *daemon);

/* SIGHUP: TLS files are read again; bad ones leave the old in force. The log of changes is opened
 * anew by its name. Hosts that audits could not
 * reach are asked again. */
MUST_USE enum status daemon_reload(struct daemon *daemon, struct why *why);

/* Lets what is in hand finish (replies, transactions, the page of an audit). Accepts NULL. False
 * when an exchange would not end, and something had to be left as it is for the exit. */
bool daemon_stop(struct daemon *daemon);

#endif
