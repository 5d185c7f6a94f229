/* regex.h: the regular expressions of filter patterns, between % and %.
 *
 * The documented subset: letters, digits, spaces and _ # = @ / ; : , - for themselves; any other
 * character behind a backslash; . for any character; classes [a-z] [^0-9]; \d \D \s \S \w \W \xhh;
 * ? * + {n} {n,} {n,m} behind one of these; ^ and $; | between alternatives. No parentheses, no
 * characters outside of ASCII. What is searched may be UTF-8.
 *
 * Without groups an alternative is a row of items, so a set of places in the rows is all the state
 * there is: each character of a text is looked at once for each item, and nothing is ever tried
 * again. The largest expression on the largest record takes REGEX_ITEMS_MAX steps a character.
 */
#ifndef FILTER_REGEX_H
#define FILTER_REGEX_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { REGEX_ITEMS_MAX = 256 };

struct regex;

/* Reads an expression, without its % signs; offset is where it begins in the pattern. INVALID, with
 * the place; TOO_LARGE: more than REGEX_ITEMS_MAX items when counts are written out. */
MUST_USE enum status regex_compile(struct str text, size_t offset, struct arena *mem,
                                   const struct regex **ret, struct why *why);

/* Whether it is found anywhere in text. */
bool regex_matches(const struct regex *regex, struct str text);

#endif
