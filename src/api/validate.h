/* validate.h: a value against the bounds of its shape: required, length, range, pattern, enum.
 *
 * One walker for both directions: requests before a handler sees them, and our own replies in tests
 * and under --check-replies. Lengths are counted in Unicode code points (texts), bytes (blobs) and
 * entries (lists, maps). Every fault is counted; the sentence names as many as fit, in the words
 * that AWS uses:
 *     1 validation error detected: Value 'a b' at 'thingName' failed to satisfy constraint: Member
 *     must satisfy regular expression pattern: [a-zA-Z0-9:_-]+
 * Elements are numbered from 1 ('tags.2.member.Key'); a value is cut to VALUE_SHOWN bytes; one
 * whose shape is secret is not shown. Services whose members begin with a capital (RoleName) call
 * them in these sentences as AWS does, 'roleName', 'tags.2.member.key'.
 */
#ifndef API_VALIDATE_H
#define API_VALIDATE_H

#include "api/pattern.h"
#include "api/value.h"

enum { VALUE_SHOWN = 64 };

/* OUT_OF_BOUNDS with the faults named. */
MUST_USE enum status validate_value(const struct pattern_set *set, const struct value *value,
                                    struct arena *mem, struct why *why);

/* The body of a successful reply of op. INTERNAL: it does not fit; the sentence says where. */
MUST_USE enum status validate_reply(const struct pattern_set *set, const struct operation *op,
                                    struct str body, struct arena *mem, struct why *why);

#endif
