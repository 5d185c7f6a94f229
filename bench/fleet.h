/* fleet.h: a large account in a store, the same at every run but for the keys' bits.
 *
 * Certificates are rows of FLEET_DISTINCT different ones, half RSA-2048 and half P-256, issued here
 * and read the way registration reads them, each under an id of its own and in random order; they
 * name no revocation lists. One in a hundred expires within 30 days of FLEET_NOW. Policies are
 * those of policy_text.h. Things have three attributes and no type.
 */
#ifndef BENCH_FLEET_H
#define BENCH_FLEET_H

#include "model/arn.h"
#include "store/store.h"

#define FLEET_NOW INT64_C(1767225600000)

enum { FLEET_DISTINCT = 2000, FLEET_EXPIRING = 100 };

struct fleet {
    size_t certificates;
    size_t policies;
    size_t things;
};

/* Fills an empty store. Exits the program with a sentence when it cannot. */
void fleet_fill(struct store *store, const struct fleet *fleet);

/* Makes the store at path, unless it is there with tables of the same shape as this program's:
 * under another name and then moved, so that a cut-off run leaves nothing half done. */
void fleet_make(const char *path, const struct fleet *fleet);

/* Opens the store at path, which the program make_fleet makes first when it must: in a process of
 * its own, which callgrind does not follow and whose memory is not ours. */
struct store *fleet_open(const char *path, const struct fleet *fleet);

struct account_id fleet_account(void);

/* Exits with the sentence unless status is OK. */
void fleet_must(enum status status, const struct why *why);

#endif
