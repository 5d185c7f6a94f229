/* sqlite_ahead.h: a table's pages are asked for before a scan comes to them.
 *
 * Rows of a random key lie all over the file, so a scan by key waits for the disk at each page that
 * is not in memory. Which pages come next stands in the tree's inner pages, one for a dozen leaves
 * or more: they are read from the file itself, and the kernel is asked for the pages that they
 * point to, some hundred of them before the scan. So the disk works on many at once, and only on
 * those. Asking takes as long as a syscall and a command to the disk, so a thread of its own asks.
 *
 * SPEC: sqlite.org/fileformat2.html, section 1.6, "B-tree Pages". What is read here may be older
 * than the scan's view, since the log is not looked at, or anything at all when the file is
 * damaged: that costs a wait or a page read in vain, never more.
 */
#ifndef STORE_SQLITE_AHEAD_H
#define STORE_SQLITE_AHEAD_H

#include <stdint.h>

#include "base/err.h"

struct ahead;

/* For a scan of the whole tree whose root is that page (from 1), from its first row on. file is
 * lent. NULL when nothing is asked for: the tree is small, the file says what this does not read,
 * or there is neither memory nor a thread. */
struct ahead *ahead_start(int file, uint32_t root);
void ahead_stop(struct ahead *ahead); /* waits for the thread; accepts NULL */

/* The scan has read so many pages since it began. Waits for nothing. */
void ahead_follow(struct ahead *ahead, uint64_t pages_read);

/* ---- the walk, without its thread ------------------------------------------------------------ */

enum {
    AHEAD_PAGES = 512, /* so many before the scan */
    AHEAD_LEVELS = 12, /* of inner pages; SQLite itself has 20 at most */
};

struct ahead_walk;

/* NULL as above. */
struct ahead_walk *ahead_walk_new(int file, uint32_t root);
void ahead_walk_free(struct ahead_walk *walk); /* accepts NULL */

/* Goes on until so many pages were asked for in all, or the tree has ended; gives how many were. */
uint64_t ahead_walk_to(struct ahead_walk *walk, uint64_t pages);

#endif
