/* json_escape.h: the escapes of JSON strings, RFC 8259 section 7.
 *
 * For the reader (json_read.h), which checks a string first and unescapes it only when somebody
 * wants its text.
 */
#ifndef CODEC_JSON_ESCAPE_H
#define CODEC_JSON_ESCAPE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* The length of the escape whose backslash stands at p < end, a pair of surrogates counting as one;
 * 0 when it is none, a lone surrogate included. */
size_t json_escape_length(const char *p, const char *end);

/* Writes anew what stands between the quotes, every escape of which was checked; never longer than
 * it was. NO_MEMORY also when mem is NULL. */
MUST_USE enum status json_unescape(struct arena *mem, struct str raw, struct str *ret,
                                   struct why *why);

#endif
