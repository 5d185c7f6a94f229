/* journal.h: what was changed in an account, in a file: before it is changed, and after.
 *
 *     {"bulwarkJournal":1,"account":"123456789012","region":"eu-west-1","endpoint":"aws",
 *      "snapshot":"9f86d0..."}
 *     {"n":0,"state":"begun","kind":"UPDATE_DEVICE_CERTIFICATE","resource":"4b2e...", ...}
 *     {"n":0,"state":"made","left":"7"}
 *     {"n":0,"state":"restored"}
 *
 * A line is on the disk before the next step is taken, so whatever kills the program, the journal
 * knows of each change that it was not begun, perhaps made, or made. Going on with a journal asks
 * the account about what was begun; an undo walks it backwards. A last line that was not written
 * whole is taken away.
 *
 * A journal belongs to the snapshot that its changes were planned from, known by its SHA-256: what
 * another one calls for is another change, even of the same thing.
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
    struct str snapshot; /* hex SHA-256; absent: whichever, of a journal that is there */
};

enum journal_mode {
    JOURNAL_THERE, /* NOT_FOUND when it is not */
    JOURNAL_MAKE,  /* makes it when it is not there */
    JOURNAL_RENEW, /* the same; one of another snapshot is kept aside as PATH.1, PATH.2 ... */
};

struct journal;

/* Opens the journal. INVALID: it is of another account, region or endpoint, or cannot be read;
 * CONFLICT: it is of another snapshot; NOT_FOUND; BUSY: another process has it open. The caller
 * ends it with collect_journal_free, which accepts NULL. */
MUST_USE enum status journal_open(const char *path, enum journal_mode mode,
                                  const struct journal_head *head, struct journal **ret,
                                  struct why *why);
void collect_journal_free(struct journal *journal);

/* Where the journal of another snapshot is now; absent: there was none. */
struct str journal_aside(const struct journal *journal);

size_t journal_count(const struct journal *journal);
const struct journal_entry *journal_at(const struct journal *journal, size_t i);

/* The entry of a change, or NULL. */
const struct journal_entry *journal_find(const struct journal *journal,
                                         const struct change *change);

/* Durable when they return. begin gives the number of the entry, of an old one too, which is then
 * of the change as it is planned now. */
MUST_USE enum status journal_begin(struct journal *journal, const struct change *change,
                                   size_t *ret_n, struct why *why);
MUST_USE enum status journal_end(struct journal *journal, size_t n, enum journal_state state,
                                 struct str left, struct str note, struct why *why);

#endif
