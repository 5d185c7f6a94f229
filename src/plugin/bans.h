/* bans.h: who is refused for a time: client ids, certificates, addresses, networks.
 *
 * Every ban ends by itself. Those that have ended are taken out when they are met, and by the
 * sweep.
 */
#ifndef PLUGIN_BANS_H
#define PLUGIN_BANS_H

#include "link/codec.h"
#include "net/cidr.h"
#include "plugin/table.h"

/* Networks are gone through one by one; more are refused. */
enum { BANS_MAX = 65536, BANS_NETWORKS_MAX = 256 };

struct ban {
    uint64_t id;
    enum link_ban_kind kind;
    int64_t until;
    uint64_t generation;
    struct cidr network;
    struct ban *prev, *next;
    size_t value_len;
    char value[]; /* a certificate's id in lower case */
};

struct bans {
    struct hash_key key;
    struct table by_value;
    struct table by_id;
    struct ban *first;
    struct ban *networks[BANS_NETWORKS_MAX];
    size_t n_networks;
    size_t n;
};

void bans_release(struct bans *bans);

/* Adds or replaces the ban of that id. INVALID: a value that its kind does not have. LIMIT. */
MUST_USE enum status bans_set(struct bans *bans, const struct link_ban *row, uint64_t generation,
                              struct why *why);
void bans_drop(struct bans *bans, uint64_t id);

/* Drops those of older generations, and those that ended before now. */
void bans_sweep(struct bans *bans, uint64_t generation, int64_t now);

/* True when a ban that has not ended holds the value; for addresses networks count too. */
bool bans_hold(const struct bans *bans, enum link_ban_kind kind, struct str value, int64_t now);

#endif
