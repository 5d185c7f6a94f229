/* changes_priv.h: what the running write transaction has changed so far, for the store's watcher.
 *
 * Belongs to the writer and its thread. A job that is undone takes its entries back; what a lost
 * group noted is forgotten.
 */
#ifndef STORE_CHANGES_PRIV_H
#define STORE_CHANGES_PRIV_H

#include "store/store.h"

struct changes {
    const struct store_watch *watch; /* NULL: nobody listens, nothing is noted */
    struct arena *mem;               /* of the entries' keys; NULL until the first one */
    struct store_change *at;
    size_t n, cap;
    bool all; /* more than can be kept: anything may have changed */
};

/* Notes a write that the backend has made. Never fails: what cannot be kept sets `all`. */
void changes_note(struct changes *changes, const struct table *table, const void *row);

/* Back to what was noted when n entries were there. */
void changes_undo(struct changes *changes, size_t n);

/* The group is durable: tells the watcher, forgets the entries. */
void changes_tell(struct changes *changes);

/* The group is lost. */
void changes_forget(struct changes *changes);

void changes_release(struct changes *changes);

#endif
