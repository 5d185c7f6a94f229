/* hex.h: bytes as hexadecimal digits. */
#ifndef CODEC_HEX_H
#define CODEC_HEX_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Writes 2 * bytes.len lowercase digits to text, and no NUL. */
void hex_encode(struct bytes bytes, char *text);

/* The same into the arena. */
MUST_USE enum status hex_dup(struct arena *mem, struct bytes bytes, struct str *ret,
                             struct why *why);

/* Reads exactly 2 * n digits of either case into out. MALFORMED otherwise; out is then undefined.
 */
MUST_USE enum status hex_decode(struct str text, uint8_t *out, size_t n, struct why *why);

/* The value of one digit, or -1. */
int hex_digit(char c);

#endif
