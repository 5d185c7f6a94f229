/* percent.h: a percent-encoded part of a request as text. */
#ifndef API_PERCENT_H
#define API_PERCENT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Decodes (codec/uri.h); the result is UTF-8 without U+0000. UNREADABLE otherwise, naming `what`.
 */
MUST_USE enum status percent_text(struct str encoded, const char *what, struct arena *mem,
                                  struct str *ret, struct why *why);

/* As the last step of it, for what is not encoded. */
MUST_USE enum status plain_text(struct str text, const char *what, struct why *why);

#endif
