/* value.h: what a request says, as a tree of typed values that fits its shape.
 *
 * validate.c makes the tree before any handler runs, so a handler never meets a value of the wrong
 * type, a missing required member, a text outside its bounds or an unknown enum word. Members are
 * asked for by M_ constants: a misspelled one does not compile. A tree and its texts live in the
 * arena of the request.
 *
 *     struct str name = value_str(in, M_thingName);                    absent: STR_ABSENT
 *     const struct value *tags = value_get(in, M_tags);
 *     for (size_t i = 0; i < value_count(tags); i++) {                 absent: none
 *         struct str key = value_str(value_at(tags, i), M_Key);
 *     }
 */
#ifndef API_VALUE_H
#define API_VALUE_H

#include "base/clock.h"
#include "base/str.h"
#include "contract/contract.h"

struct value_entry;

struct value {
    uint16_t shape; /* enum shape_id, which gives the type; S_NONE: not there */
    uint32_t count; /* list: elements; map: entries; struct: members of the shape */
    union {
        struct str text;                   /* string, enum; blob: decoded */
        int64_t integer;                   /* integer, long, boolean; timestamp: ms UTC */
        double number;                     /* double */
        const struct value *elements;      /* list */
        const struct value_entry *entries; /* map, in the order of the request, keys unique */
        const struct value *fields;        /* struct, in the order of the shape's members */
    };
};

struct value_entry {
    struct str key;
    struct value value;
};

static inline enum shape_type value_type(const struct value *value)
{
    return (enum shape_type)shapes[value->shape].type;
}

/* A member of a struct; NULL when it is absent, and when `in` is NULL. */
const struct value *value_get(const struct value *in, enum member_id member);

static inline bool value_has(const struct value *in, enum member_id member)
{
    return value_get(in, member) != NULL;
}

/* A member of a struct as what it is; the fallback when it is absent. A blob is a str too. */
struct str value_str(const struct value *in, enum member_id member); /* STR_ABSENT */
int64_t value_int(const struct value *in, enum member_id member, int64_t fallback);
bool value_bool(const struct value *in, enum member_id member, bool fallback);
double value_double(const struct value *in, enum member_id member, double fallback);
int64_t value_time(const struct value *in, enum member_id member); /* ms UTC, or TIME_NEVER */

/* Elements of a list, entries of a map; 0 for NULL. */
static inline size_t value_count(const struct value *value)
{
    return value == NULL ? 0 : value->count;
}

/* The i-th element of a list or value of a map, i < value_count. */
const struct value *value_at(const struct value *value, size_t i);

/* The key of the i-th entry of a map. */
struct str value_key(const struct value *map, size_t i);

/* The value under a key of a map; NULL when there is none, and when map is NULL. */
const struct value *value_find(const struct value *map, struct str key);

/* The text of a value that is a string, enum or blob (an element, a map's value); absent for NULL.
 */
struct str value_text(const struct value *value);

/* Canonical JSON of the value: members and keys sorted, absent members left out, no white space;
 * times as epoch seconds, blobs as base64. What the store's JSON columns hold. An absent value
 * (NULL) gives STR_ABSENT. */
MUST_USE enum status value_to_json(const struct value *value, struct arena *mem, struct str *ret,
                                   struct why *why);

/* Reads JSON as a value of the shape; null members count as absent. Types are checked here, bounds
 * by validate.h. strict: a member that the shape does not have is a fault (our own replies); else
 * it is ignored, as AWS does. UNREADABLE: the text is not JSON, or not of the shape; the sentence
 * names the member. Texts may be views of json. */
MUST_USE enum status value_from_json(struct str json, enum shape_id shape, bool strict,
                                     struct arena *mem, struct value *ret, struct why *why);

#endif
