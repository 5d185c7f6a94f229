/* part.h: a snapshot while it is being collected: FILE.part, to which each line is appended as soon
 * as it is known, and from which a collection that was cut off goes on.
 *
 * Its lines stand in the order in which they came; a later one of the same kind and id counts.
 * A last line that was not written whole is taken away when it is opened again. part_finish sorts
 * the lines into FILE, which is there whole or not at all, and removes the part when told to.
 * Memory: some 150 bytes for each line; the lines stay on the disk.
 */
#ifndef COLLECT_PART_H
#define COLLECT_PART_H

#include "collect/snapshot.h"

struct part;

/* Opens or makes the part of the snapshot at path. An older one is gone on with when it is of the
 * same account, region and endpoint, and *head then has its beginning; INVALID else, and when it
 * cannot be read; BUSY: another process has it open. *ret_kept: lines that were there. The caller
 * ends it with part_free, which accepts NULL. */
MUST_USE enum status part_open(struct str path, struct snapshot_head *head, struct part **ret,
                               int64_t *ret_kept, struct why *why);
void part_free(struct part *part);

bool part_has(const struct part *part, enum snapshot_kind kind, struct str id);

/* How many lines of a kind there are. */
int64_t part_count(const struct part *part, enum snapshot_kind kind);

/* Appends a line; scratch is used and not kept. TOO_LARGE, IO. */
MUST_USE enum status part_add(struct part *part, enum snapshot_kind kind, struct str id,
                              const struct json_value *value, struct arena *scratch,
                              struct why *why);

/* The value of a line that is there; NOT_FOUND. */
MUST_USE enum status part_get(const struct part *part, enum snapshot_kind kind, struct str id,
                              struct arena *mem, const struct json_value **ret, struct why *why);

/* Calls visit with the id of each line of a kind, in the order in which they came. */
MUST_USE enum status part_each(const struct part *part, enum snapshot_kind kind,
                               enum status (*visit)(void *ctx, struct str id, struct why *why),
                               void *ctx, struct why *why);

/* Writes the snapshot, durable. With keep the part stays, to be gone on with. */
MUST_USE enum status part_finish(struct part *part, const struct snapshot_head *head, bool keep,
                                 int64_t *ret_lines, struct why *why);

#endif
