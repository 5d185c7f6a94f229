/* base64.h: bytes as text, RFC 4648.
 *
 * BASE64_STANDARD (section 4) is padded, as blobs of AWS bodies are. BASE64_URL (section 5) is not
 * padded and fit for URLs as it is. Decoding is strict: the alphabet alone, no white space, the
 * padding exactly as written by an encoder, unused bits zero. So a text has one reading, and bytes
 * have one spelling.
 */
#ifndef CODEC_BASE64_H
#define CODEC_BASE64_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum base64_kind { BASE64_STANDARD, BASE64_URL };

MUST_USE enum status base64_encode(struct arena *mem, enum base64_kind kind, struct bytes bytes,
                                   struct str *ret, struct why *why);

/* MALFORMED with the offset of the character that cannot be. */
MUST_USE enum status base64_decode(struct arena *mem, enum base64_kind kind, struct str text,
                                   struct bytes *ret, struct why *why);

#endif
