/* json_read.h: JSON pulled out of a buffer, one value at a time, in one pass.
 *
 * Strict RFC 8259: the text must be UTF-8 (RFC 3629), without a byte order mark, nested at most
 * LIMIT_JSON_DEPTH deep; numbers, escapes and literals are exactly those of the grammar; a lone
 * surrogate is no character and is refused. The reader makes no tree and allocates nothing: text
 * comes as a view into the input, and only a string that holds an escape is written anew, into the
 * arena. Whoever wants a tree: json_tree.h.
 *
 * The caller says what it expects, and the reader either gives it or says why not, with the byte
 * offset:
 *     struct json_read r;
 *     json_read_init(&r, text, mem);
 *     TRY(json_read_object(&r, why));
 *     while (json_read_more(&r)) {
 *         TRY(json_read_key(&r, &key, why));
 *         if (str_eq(key, STR("Version"))) { TRY(json_read_string(&r, &version, why)); }
 *         else                             { TRY(json_read_skip(&r, why)); }
 *     }
 *     TRY(json_read_finish(&r, why));
 *
 * Failures: MALFORMED, the text is not JSON; INVALID, it is, but another type or a number out of
 * range stands where the caller expected something; TOO_LARGE, nested too deep; NO_MEMORY. After a
 * failure the reader stands at the offending byte and is of no further use.
 *
 * That a key occurs twice in an object is no fault of grammar; see json_read_once.
 */
#ifndef CODEC_JSON_READ_H
#define CODEC_JSON_READ_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "codec/json_number.h"

enum json_type {
    JSON_BROKEN, /* nothing that begins a value */
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

/* "a string", "an object"; for sentences. */
const char *json_type_name(enum json_type type);

struct json_read {
    const char *start;
    const char *at;
    const char *end;
    struct arena *mem;
    const char *complaint; /* what json_read_more found wrong; the next read says it */
    uint64_t kinds;        /* a bit for each open container, newest lowest: 1 for an object */
    unsigned depth;
    bool first; /* the newest container has shown nothing yet, or none is open */
};

/* Begins to read text, which must outlive the reader and every view taken from it. Strings with
 * escapes are unescaped into mem, which may be NULL only when none is read as a string or key. */
void json_read_init(struct json_read *r, struct str text, struct arena *mem);

/* What the next value is, by its first byte; moves over white space alone. */
extern const uint8_t json_types[256];                   /* an enum json_type for each first byte */
enum json_type json_read_type_odd(struct json_read *r); /* with white space before it, or none */
static inline enum json_type json_read_type(struct json_read *r)
{
    if (r->at < r->end && (uint8_t)*r->at > ' ') {
        return (enum json_type)json_types[(uint8_t)*r->at];
    }
    return json_read_type_odd(r);
}

/* The byte offset of the next token, for sentences of the caller's own (why_at). */
size_t json_read_offset(struct json_read *r);

/* Enters an object or array. Then, until json_read_more gives false, each round reads one member
 * (json_read_key, then one value) or one element (one value). The round that gives false has left
 * the container. */
MUST_USE enum status json_read_object(struct json_read *r, struct why *why);
MUST_USE enum status json_read_array(struct json_read *r, struct why *why);

/* True while the newest container has another member or element, or is broken here, in which case
 * the next read fails and says how. */
bool json_read_more_odd(struct json_read *r); /* anything but a comma at hand */
static inline bool json_read_more(struct json_read *r)
{
    if (r->at < r->end && !r->first && *r->at == ',') {
        r->at++;
        return true;
    }
    if (r->at < r->end && r->first && *r->at == '"' && r->depth > 0) {
        r->first = false;
        return true;
    }
    return json_read_more_odd(r);
}

/* The key of the next member; the reader then stands before its value. */
MUST_USE enum status json_read_key(struct json_read *r, struct str *ret, struct why *why);

/* One value each. */
MUST_USE enum status json_read_string(struct json_read *r, struct str *ret, struct why *why);
MUST_USE enum status json_read_bool(struct json_read *r, bool *ret, struct why *why);
MUST_USE enum status json_read_null(struct json_read *r, struct why *why);

/* A number as it is written: a view. */
MUST_USE enum status json_read_number(struct json_read *r, struct str *ret, struct why *why);

/* A number whose value is a whole one of 64 bits, exactly: 1.0 and 1e2 are, 1.5 and
 * 9223372036854775808 are INVALID. */
MUST_USE enum status json_read_int64(struct json_read *r, int64_t *ret, struct why *why);

/* The double nearest to the number. INVALID when that is infinite. Does not heed the locale. */
MUST_USE enum status json_read_double(struct json_read *r, double *ret, struct why *why);

/* Any value, checked as strictly as if it were read, and left behind. */
MUST_USE enum status json_read_skip(struct json_read *r, struct why *why);

/* As json_read_skip, and gives the bytes of the value, without white space around them. */
MUST_USE enum status json_read_raw(struct json_read *r, struct str *ret, struct why *why);

/* Nothing but white space follows. */
MUST_USE enum status json_read_finish(struct json_read *r, struct why *why);

/* For objects with a fixed set of members: *seen begins at 0, bit (0..63) is the member's own
 * number. The second time MALFORMED: "the member "Version" occurs twice". Call it right after
 * json_read_key. For objects with free keys, use a map and json_read_key_new. */
MUST_USE enum status json_read_once(struct json_read *r, uint64_t *seen, unsigned bit,
                                    struct str key, struct why *why);

/* A key that must not be in keys yet, and is then. Its value there is not NULL, and no more. */
struct map;
MUST_USE enum status json_read_key_new(struct json_read *r, struct map *keys, struct str *ret,
                                       struct why *why);

#endif
