/* change.h: one change to an account, as a mitigation makes it and takes it back.
 *
 * The kinds are those of mitigation actions. Each looks first: a resource that is as it should be
 * already is left alone, and one that is not as it was planned from (somebody moved it since the
 * snapshot) is left alone too, with the reason. Undoing restores what is still as the change left
 * it. Every look and every change is a call of the account's own API.
 */
#ifndef COLLECT_CHANGE_H
#define COLLECT_CHANGE_H

#include "collect/aws.h"

struct change {
    struct str kind; /* UPDATE_DEVICE_CERTIFICATE ... */
    struct str
        resource;      /* certificate id, policy, thing; "" of logging; of a message its finding */
    struct str part;   /* the group of a thing, the topic of a message; "" else */
    struct str before; /* status, version, options; "": nothing was there */
    struct str after;
    struct str finding;
    struct str detail; /* of a message its text, of logging its role; "" else */
};

enum change_end {
    CHANGE_MADE,
    CHANGE_KNOWN,    /* it was so already */
    CHANGE_MOVED,    /* it is not as it was planned from: left alone */
    CHANGE_DUE,      /* of a look: it is as it was planned from */
    CHANGE_RESTORED, /* by an undo */
    CHANGE_KEPT,     /* an undo left it as it is */
};

struct change_outcome {
    enum change_end end;
    struct str left; /* what the change left, by which an undo knows it again */
    struct str note; /* why it was left alone or kept, a sentence; absent else */
};

bool change_kind_known(struct str kind);

/* Refusals as of aws_call; after BUSY and IO nobody knows whether it was made. begun: an earlier
 * run began it and did not tell how it ended, so what it would have left is taken for its own. All
 * of *ret lies in mem. */
MUST_USE enum status change_make(struct aws *aws, const struct change *change, bool begun,
                                 struct arena *mem, struct change_outcome *ret, struct why *why);

/* What change_make would find, and makes nothing: KNOWN, MOVED or DUE. A message cannot be looked
 * at: one that was published is KNOWN. */
MUST_USE enum status change_look(struct aws *aws, const struct change *change, struct arena *mem,
                                 struct change_outcome *ret, struct why *why);

/* left: what change_make told. */
MUST_USE enum status change_undo(struct aws *aws, const struct change *change, struct str left,
                                 struct arena *mem, struct change_outcome *ret, struct why *why);

#endif
