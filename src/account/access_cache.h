/* access_cache.h: the policies of the callers that asked last, kept compiled between requests.
 *
 * Opening an access reads and compiles every policy of a user; deciding with one that is open costs
 * a fifth of that. An entry is of the state of the rows that it was read from: it holds for a view
 * that has seen as many changes of those tables (store_watched), and is read anew for any other. So
 * a change of a user or policy counts from the request after the one that made it, as without the
 * cache. At most ACCESS_CACHE_ENTRIES callers are kept, the last ones to ask; those that are
 * denied for want of a user are not.
 */
#ifndef ACCOUNT_ACCESS_CACHE_H
#define ACCOUNT_ACCESS_CACHE_H

#include "account/access.h"

enum { ACCESS_CACHE_ENTRIES = 64, ACCESS_CACHE_MEMORY = 4 << 20 /* of one */ };

struct access_cache;
struct access_entry;

MUST_USE enum status access_cache_new(struct access_cache **ret, struct why *why);
void access_cache_free(struct access_cache *cache); /* nothing is lent; accepts NULL */

/* access_of_caller, over a view. The access is lent until access_cache_give. From any thread. A
 * caller whose policies take more than ACCESS_CACHE_MEMORY is opened in ctx->mem, and *ret_entry is
 * NULL. */
MUST_USE enum status access_cache_take(struct access_cache *cache, const struct account_ctx *ctx,
                                       struct str caller_arn, const struct access **ret,
                                       struct access_entry **ret_entry, struct why *why);
void access_cache_give(struct access_cache *cache, struct access_entry *entry); /* accepts NULL */

#endif
