/* notes.h: what a policy says that can never have an effect.
 *
 * AWS accepts such a document at CreatePolicy, and so do we; what it says there is simply never so.
 * Mostly it is a slip of the pen, so whoever checks a policy by hand is told. These are notes, no
 * findings: no audit reports them and no verdict hangs on them.
 *  - An action of "iot:" that covers none: "iot:Publsh". What it should allow is not allowed, and
 *    what it should deny is not denied.
 *  - A variable that no connection has a value for: "${foo}". A text that holds it matches nothing.
 *  - "${" in a document whose Version is not 2012-10-17: there it begins no variable, and the text
 * is taken as it stands, dollar sign and all.
 *  - A value that the operator of its condition cannot read: "IpAddress" on "10.0.0.0/64". It
 *    equals nothing; so a negated operator always holds for it.
 */
#ifndef POLICY_NOTES_H
#define POLICY_NOTES_H

#include "base/buf.h"
#include "policy/doc.h"

enum policy_note_kind {
    POLICY_NOTE_ACTION,
    POLICY_NOTE_VARIABLE,
    POLICY_NOTE_LITERAL, /* would be a variable under another Version */
    POLICY_NOTE_VALUE,
};

struct policy_note {
    enum policy_note_kind kind;
    uint32_t statement;
    struct str text; /* the action, the variable's name, the text or the value, as written */
    enum policy_operator op; /* POLICY_NOTE_VALUE */
};

/* The notes of a document in the order of its statements, in each actions, resources, conditions;
 * the same note once a statement. The list lies in the arena. Fails with NO_MEMORY. */
MUST_USE enum status policy_notes_find(struct arena *mem, const struct policy_doc *doc,
                                       const struct policy_note **ret, size_t *ret_n,
                                       struct why *why);

/* Appends the note as a sentence for people. */
void policy_note_explain(struct buf *out, const struct policy_note *note);

#endif
