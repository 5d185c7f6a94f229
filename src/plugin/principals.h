/* principals.h: the registered certificates, by fingerprint: a million of them in a table.
 *
 * A row keeps the lists of its message as they came, and is read anew when a connection is judged.
 */
#ifndef PLUGIN_PRINCIPALS_H
#define PLUGIN_PRINCIPALS_H

#include "link/codec.h"
#include "plugin/table.h"

struct connection;

struct principal {
    uint8_t fingerprint[LINK_DIGEST_BYTES];
    enum link_certificate state;
    int64_t not_before, not_after; /* both inclusive */
    int64_t revoked;               /* TIME_NEVER: no list holds it */
    struct link_list policies;     /* of link_number; views into bytes */
    struct link_list things;       /* of link_thing */
    uint8_t *bytes;
    uint64_t generation;            /* of the whole state that named it */
    struct connection *connections; /* those that are open */
    bool gone;                      /* not registered any more; freed with its last connection */
    struct principal *prev, *next;
};

struct principals {
    struct table by_fingerprint;
    struct principal *first; /* all of them */
    struct principal *sweep; /* the next to be looked at by a sweep */
    size_t n;
};

void principals_release(struct principals *principals);

/* NULL: no such. Also one that is gone and has connections left. */
struct principal *principals_find(const struct principals *principals,
                                  const uint8_t fingerprint[LINK_DIGEST_BYTES]);

/* Adds or replaces. *ret_old are the bytes that the former lists point into: connections read from
 * them until they are judged anew; then the caller frees them (mem_free). NO_MEMORY: nothing has
 * changed. INVALID: no fingerprint. */
MUST_USE enum status principals_set(struct principals *principals, const struct link_principal *row,
                                    uint64_t generation, struct principal **ret, uint8_t **ret_old,
                                    struct why *why);

/* Marks it as gone; frees it when it has no connections. */
void principals_drop(struct principals *principals, struct principal *principal);

/* Its last connection has ended. */
void principals_tidy(struct principals *principals, struct principal *principal);

#endif
