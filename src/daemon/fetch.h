/* fetch.h: the fetcher that audits are given: net/http_client under the address rule.
 *
 * Public and private addresses are allowed; loopback, link-local and metadata addresses are refused
 * unless listed, or, for loopback, while the daemon itself serves without authentication on it.
 */
#ifndef DAEMON_FETCH_H
#define DAEMON_FETCH_H

#include "audit/fetch.h"

struct net_fetcher_options {
    struct str allow; /* CIDRs, separated by commas; "" for none */
    bool allow_loopback;
};

struct net_fetcher;

/* INVALID names the first CIDR that is none. The caller ends it with net_fetcher_free. */
MUST_USE enum status net_fetcher_new(const struct net_fetcher_options *options,
                                     struct net_fetcher **ret, struct why *why);
void net_fetcher_free(struct net_fetcher *fetcher); /* accepts NULL */

/* Lent; as long as the fetcher. */
const struct fetcher *net_fetcher_get(const struct net_fetcher *fetcher);

/* Its address rule, lent likewise: webhooks are held to it too. */
const struct fetch_rule *net_fetcher_rule_get(const struct net_fetcher *fetcher);

#endif
