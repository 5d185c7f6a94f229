/* pattern.h: the regular expressions of the service model, compiled once.
 *
 * A set is made at start and never changes; threads share it. Java's matches() is meant: the whole
 * text, code point by code point. Matching is bounded: an expression that would take more than
 * PATTERN_STEPS steps on a text counts as not matching it.
 */
#ifndef API_PATTERN_H
#define API_PATTERN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "contract/contract.h"

enum { PATTERN_STEPS = 1000000 };

struct pattern_set;

/* The patterns of the contract. The caller ends it with pattern_set_free, which accepts NULL. */
MUST_USE enum status pattern_set_new(struct pattern_set **ret, struct why *why);
void pattern_set_free(struct pattern_set *set);

/* Whether text, which must be UTF-8, matches as a whole. Scratch memory comes from mem. */
MUST_USE enum status pattern_matches(const struct pattern_set *set, enum pattern_id id,
                                     struct str text, struct arena *mem, bool *ret,
                                     struct why *why);

#endif
