/* json_number.h: numbers of JSON, RFC 8259 section 6, as values.
 *
 * Conversions are exact or refused, and do not heed the locale. For texts kept for later
 * (json_read_number, json_tree.h), and for the reader, which has a shorter way for short ones.
 */
#ifndef CODEC_JSON_NUMBER_H
#define CODEC_JSON_NUMBER_H

#include "base/err.h"
#include "base/str.h"

/* The whole of text as a value. MALFORMED when it is not exactly one number; INVALID when it is
 * not a whole number of 64 bits (1.0 and 1e2 are), or beyond the largest double. */
MUST_USE enum status json_number_int64(struct str text, int64_t *ret, struct why *why);
MUST_USE enum status json_number_double(struct str text, double *ret, struct why *why);

/* How a number is written, taken apart: (-1)^negative * mantissa * 10^exponent. */
struct json_number {
    struct str text;
    uint64_t mantissa;
    int64_t exponent;
    unsigned digits; /* significant ones in mantissa, at most 19 */
    bool negative;
    bool lossy; /* a digit other than 0 did not fit into mantissa */
};

/* Takes the number apart that begins at p < end. Gives where it ends; or where it breaks, and in
 * *ret_expected, else untouched, what is due there. */
const char *json_number_scan(const char *p, const char *end, struct json_number *ret,
                             const char **ret_expected);

/* The values; offset is that of the number in its text, for the sentence. */
MUST_USE enum status json_number_to_int64(const struct json_number *number, size_t offset,
                                          int64_t *ret, struct why *why);
MUST_USE enum status json_number_to_double(const struct json_number *number, size_t offset,
                                           double *ret, struct why *why);

#endif
