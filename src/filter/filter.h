/* filter.h: the filter patterns of CloudWatch Logs: which records a search shows.
 *
 * A pattern is one of three kinds, told apart by its first character:
 *   {   conditions on a record that is a JSON object:
 *           { $.reason = "DUPLICATE_CLIENT_ID" && ($.sourcePort >= 1024 || $.a.b[0] NOT EXISTS) }
 *       A selector is $ and steps: .name  ['any name']  [3]  and, once in a selector, .* or [*],
 *       which stands for each member or element; then one that fits is enough. Conditions:
 *           = !=                  with "text", a plain word, a number, or %regex%; * in a text or
 *                                 word stands for any characters
 *           < > <= >=             with a number
 *           IS NULL, IS TRUE, IS FALSE, NOT EXISTS
 *       && binds tighter than ||; parentheses group; spaces are optional. A comparison with what
 *       is not there, null, an array or an object never holds, != among them.
 *   [   conditions on the words of a record, by place: [ip, user, ..., status = 4*, bytes > 1000].
 *       "..." and [...] in a record are one word; a record has as many words as the pattern has
 *       names, or more where one place is an ellipsis.
 *   else  terms: word "a phrase" %regex% are all in the record; -word is not; where there are only
 *       ?word terms, one of them is (beside others they count for nothing, as in AWS).
 * Texts are compared byte by byte, in their case. A word in quotes is compared with strings alone;
 * a number without quotes with numbers by value, and with strings by their characters.
 *
 * Compiling is bounded by FILTER_BYTES_MAX, FILTER_TESTS_MAX and FILTER_DEPTH_MAX; matching takes
 * time linear in the record for each condition, regular expressions included (regex.h).
 *
 * SPEC: Amazon CloudWatch Logs user guide, "Filter pattern syntax".
 */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum {
    FILTER_BYTES_MAX = 4096, /* 1024 characters of the contract */
    FILTER_TESTS_MAX = 128,  /* conditions, or terms */
    FILTER_DEPTH_MAX = 16,   /* parentheses */
    FILTER_REGEX_MAX = 2,    /* as in AWS */
};

struct filter;

/* Reads a pattern; an absent or empty one matches everything. The filter lies in mem and views
 * pattern. INVALID: the sentence and why->offset say where; TOO_LARGE: beyond the bounds. */
MUST_USE enum status filter_compile(struct str pattern, struct arena *mem,
                                    const struct filter **ret, struct why *why);

/* Whether a record matches. scratch is used up by an amount linear in the record; the caller clears
 * it. NO_MEMORY is its one failure. */
MUST_USE enum status filter_matches(const struct filter *filter, struct str record,
                                    struct arena *scratch, bool *ret, struct why *why);

#endif
