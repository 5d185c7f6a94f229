/* journal.h: what has changed of what brokers see, in the order of the changes, in memory.
 *
 * Each entry has a number, one more than the one before; the number of the last is the state's. An
 * entry names what was changed (a policy, a certificate, a group ...), not whom it concerns: who
 * reads it walks from there to the certificates, as far as the broker takes them (feed.h). So an
 * entry is written in constant time, on the store's writer thread, and a change of a group of a
 * million things is one entry.
 *
 * Bounded: beyond JOURNAL_MAX the oldest are forgotten, and whoever has not read them needs the
 * whole state. The same holds for a change that was too large to be told (store_watch, all), and
 * for what was before this life of the daemon: numbers are of one life, which its instance names.
 */
#ifndef BROKER_JOURNAL_H
#define BROKER_JOURNAL_H

#include <stdbool.h>

#include "model/arn.h"
#include "store/store.h"

enum { JOURNAL_MAX = 65536 };

enum change_kind {
    CHANGE_POLICY,      /* by name */
    CHANGE_CERTIFICATE, /* by id: state, policies, things */
    CHANGE_THING,       /* by name: its certificates see it differently */
    CHANGE_GROUP,       /* by name: policies of all things in it and below */
    CHANGE_CA,          /* by id */
    CHANGE_BAN,         /* by id, in decimal */
};

struct journal;

/* id outlives it. The caller ends it with journal_close, which accepts NULL. */
MUST_USE enum status journal_new(const struct account_id *id, struct clock clock,
                                 struct journal **ret, struct why *why);
void journal_close(struct journal *journal);

/* The tables to watch, and the watcher's function; ctx is the journal. */
void journal_tables(bool ret_tables[N_TABLES]);
void journal_note(void *ctx, const struct store_change *changes, size_t n, bool all);

/* The number of the last change. What a view shows that is begun after this was asked is no older.
 * Any thread. */
uint64_t journal_number(struct journal *journal);

struct change {
    uint64_t number;
    enum change_kind kind;
    int64_t at; /* when it was committed */
    struct str key;
};

/* The first change after a number. *ret_found false: there is none yet. NOT_FOUND: it is forgotten,
 * or was never known; the whole state is needed. The key lies in mem. Any thread. */
MUST_USE enum status journal_after(struct journal *journal, uint64_t number, struct arena *mem,
                                   struct change *ret, bool *ret_found, struct why *why);

#endif
