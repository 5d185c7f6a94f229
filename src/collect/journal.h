/* journal.h: what was changed in an account, in a file: before it is changed, and after.
 *
 *     {"bulwarkJournal":1,"account":"123456789012","region":"eu-west-1","endpoint":"aws"}
 *     {"n":0,"state":"begun","kind":"UPDATE_DEVICE_CERTIFICATE","resource":"4b2e...", ...}
 *     {"n":0,"state":"made","left":"7"}
 *     {"n":0,"state":"restored"}
 *
 * A line is on the disk before the next step is taken, so whatever kills the program, the journal
 * knows of each change that it was not begun, perhaps made, or made. Going on with a journal asks
 * the account about what was begun; an undo walks it backwards. A last line that was not written
 * whole is taken away.
 */
#ifndef COLLECT_JOURNAL_H
#define COLLECT_JOURNAL_H

#include "collect/change.h"

enum { JOURNAL_LINE_MAX = 512 << 10, JOURNAL_CHANGES_MAX = 1 << 20 };

enum journal_state {
    JOURNAL_BEGUN,
    JOURNAL_MADE,
    JOURNAL_KNOWN,
    JOURNAL_MOVED,
    JOURNAL_REFUSED, /* by the account; is tried again */
    JOURNAL_RESTORED,
    JOURNAL_KEPT,
    JOURNAL_STATE_COUNT
};

struct journal_entry {
    struct change change;
    enum journal_state state;
    struct str left;
    struct str note;
};

struct journal_head {
    struct str account;
    struct str region;
    struct str endpoint;
};

struct journal;

/* Opens or, when make says so, makes the journal. INVALID: it is of another account, region or
 * endpoint, or cannot be read; NOT_FOUND; BUSY: another process has it open. The caller ends it
 * with collect_journal_free, which accepts NULL. */
MUST_USE enum status journal_open(const char *path, bool make, const struct journal_head *head,
                                  struct journal **ret, struct why *why);
void collect_journal_free(struct journal *journal);

size_t journal_count(const struct journal *journal);
const struct journal_entry *journal_at(const struct journal *journal, size_t i);

/* The entry of a change, or NULL. */
const struct journal_entry *journal_find(const struct journal *journal,
                                         const struct change *change);

/* Durable when they return. begin gives the number of the entry, of an old one too. */
MUST_USE enum status journal_begin(struct journal *journal, const struct change *change,
                                   size_t *ret_n, struct why *why);
MUST_USE enum status journal_end(struct journal *journal, size_t n, enum journal_state state,
                                 struct str left, struct str note, struct why *why);

#endif
