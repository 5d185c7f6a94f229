/* str.h: text that carries its length, and byte strings likewise.
 *
 * A `struct str` is a view: it owns nothing and is passed by value. Whoever made the bytes says how
 * long they live (an arena, a literal, the input). It need not end in NUL; str_z makes a copy that
 * does, for foreign libraries. A str with ptr NULL is *absent*, which is not the same as empty: an
 * absent member of a request has ptr NULL and len 0. str_eq treats them alike; str_absent tells.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"

struct str {
    const char *ptr;
    size_t len;
};

struct bytes {
    const uint8_t *ptr;
    size_t len;
};

/* STR("literal"); in static tables STR_INIT("literal"). For printf: "%.*s" with STR_ARG(s). */
#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_INIT(literal)                                                                          \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }
#define STR_ABSENT ((struct str){NULL, 0})
#define STR_ARG(s) (int)(s).len, (s).ptr == NULL ? "" : (s).ptr

static inline struct str str_from(const char *z)
{
    return z == NULL ? STR_ABSENT : (struct str){z, strlen(z)};
}

static inline struct str str_of_bytes(struct bytes b)
{
    return (struct str){(const char *)b.ptr, b.len};
}

static inline struct bytes bytes_of_str(struct str s)
{
    return (struct bytes){(const uint8_t *)s.ptr, s.len};
}

static inline bool str_absent(struct str s)
{
    return s.ptr == NULL;
}

static inline bool str_eq(struct str a, struct str b)
{
    /* Most texts that differ do so in length or first byte; they cost no call. */
    return a.len == b.len &&
           (a.len == 0 || (a.ptr[0] == b.ptr[0] && memcmp(a.ptr, b.ptr, a.len) == 0));
}

/* Bytewise order, shorter first on a tie: <0, 0, >0. */
int str_cmp(struct str a, struct str b);

/* ASCII letters only. */
bool str_eq_nocase(struct str a, struct str b);

bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* True when both are equal; the time taken depends on the lengths alone. For secrets. */
bool bytes_eq_secret(struct bytes a, struct bytes b);

/* The index of the first c at or after from; s.len when there is none. */
size_t str_find_char(struct str s, char c, size_t from);

/* The part from (inclusive) to (exclusive), both clipped to the text. */
static inline struct str str_slice(struct str s, size_t from, size_t to)
{
    to = to > s.len ? s.len : to;
    from = from > to ? to : from;
    return s.ptr == NULL ? s : (struct str){s.ptr + from, to - from};
}

/* Without spaces, tabs and carriage returns at either end. */
struct str str_trim(struct str s);

/* Takes the part before the next sep off *rest (and the sep); *rest is absent after the last part,
 * and an absent *rest gives false:
 *     while (str_next(&rest, '/', &part)) ...     "a//b" gives "a", "", "b"; "" gives one "". */
bool str_next(struct str *rest, char sep, struct str *ret_part);

/* Copies into the arena. An absent str stays absent. NULL pointer in the result (with len > 0 in
 * the argument) never happens silently: the status says NO_MEMORY. */
MUST_USE enum status str_dup(struct arena *mem, struct str s, struct str *ret, struct why *why);
MUST_USE enum status bytes_dup(struct arena *mem, struct bytes b, struct bytes *ret,
                               struct why *why);

/* A NUL-ended copy; NULL when out of memory. An absent str gives "". */
MUST_USE char *str_z(struct arena *mem, struct str s);

/* printf into the arena. */
MUST_USE enum status str_fmt(struct arena *mem, struct str *ret, struct why *why, const char *fmt,
                             ...) PRINTF_LIKE(4, 5);

/* Reads the whole of s as a decimal number (sign allowed, no spaces, no plus). INVALID when it is
 * none or does not fit. */
MUST_USE enum status str_to_int64(struct str s, int64_t *ret);

/* FNV-1a over the bytes; for tables in memory, never for anything that is stored. */
uint64_t str_hash(struct str s);

/* The bytes (1 to 4) of the UTF-8 sequence that s begins with; 0 when it is none, or s is empty. */
size_t str_utf8_sequence(struct str s);

/* True when s is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool str_is_utf8(struct str s);

/* The number of Unicode code points; s must be UTF-8. The service model counts in these. */
size_t str_utf8_length(struct str s);

#endif
