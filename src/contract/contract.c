#include "contract/contract.h"

#include <math.h>

#include "base/banned.h"

const struct str member_names[M_COUNT] = {
    STR_INIT(""),
#define MEMBER(name) STR_INIT(#name),
#include "contract/members.inc"
#undef MEMBER
};

/* shapes.inc is read twice: for the lists that structs and enums point to, then for the shapes. */
#define NEED(name, of, at)                                                                         \
    {                                                                                              \
        M_##name, S_##of, PLACE_##at, true, NULL                                                   \
    }
#define NEED_AS(name, of, at, wire)                                                                \
    {                                                                                              \
        M_##name, S_##of, PLACE_##at, true, wire                                                   \
    }
#define MAY(name, of, at)                                                                          \
    {                                                                                              \
        M_##name, S_##of, PLACE_##at, false, NULL                                                  \
    }
#define MAY_AS(name, of, at, wire)                                                                 \
    {                                                                                              \
        M_##name, S_##of, PLACE_##at, false, wire                                                  \
    }
#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define FREE           NAN
#define SHAPE(id, ...) {.name = STR_INIT(#id), __VA_ARGS__},
#define SIZED(lo, hi)  .min = (lo), .max = (hi), .pattern = P_NONE

#define STRUCT(id, ...) static const struct shape_member members_of_##id[] = {__VA_ARGS__};
#define ENUM(id, ...)   static const char *const values_of_##id[] = {__VA_ARGS__};
#define STRING(id, ...)
#define SECRET(id, ...)
#define NUMBER(id, ...)
#define BOOLEAN(id)
#define TIMESTAMP(id)
#define BLOB(id, ...)
#define LIST(id, ...)
#define MAP(id, ...)
#define MAP_AS(id, from, to, lo, hi, k, v) static const char *const entry_of_##id[] = {k, v};
#define EMPTY(id)
#include "contract/shapes.inc"
#undef STRUCT
#undef ENUM
#undef STRING
#undef SECRET
#undef NUMBER
#undef BOOLEAN
#undef TIMESTAMP
#undef BLOB
#undef LIST
#undef MAP
#undef MAP_AS
#undef EMPTY

#define STRING(id, lo, hi, like)                                                                   \
    SHAPE(id, .type = TYPE_STRING, .min = lo, .max = hi, .pattern = like)
#define SECRET(id, lo, hi, like)                                                                   \
    SHAPE(id, .type = TYPE_STRING, .secret = true, .min = lo, .max = hi, .pattern = like)
#define ENUM(id, ...)                                                                              \
    SHAPE(id, .type = TYPE_ENUM, SIZED(FREE, FREE), .n = COUNT(values_of_##id),                    \
          .values = values_of_##id)
#define NUMBER(id, kind, lo, hi) SHAPE(id, .type = TYPE_##kind, SIZED(lo, hi))
#define BOOLEAN(id)              SHAPE(id, .type = TYPE_BOOLEAN, SIZED(FREE, FREE))
#define TIMESTAMP(id)            SHAPE(id, .type = TYPE_TIMESTAMP, SIZED(FREE, FREE))
#define BLOB(id, lo, hi)         SHAPE(id, .type = TYPE_BLOB, SIZED(lo, hi))
#define LIST(id, of, lo, hi)     SHAPE(id, .type = TYPE_LIST, SIZED(lo, hi), .element = S_##of)
#define MAP(id, from, to, lo, hi)                                                                  \
    SHAPE(id, .type = TYPE_MAP, SIZED(lo, hi), .key = S_##from, .element = S_##to)
#define MAP_AS(id, from, to, lo, hi, k, v)                                                         \
    SHAPE(id, .type = TYPE_MAP, SIZED(lo, hi), .key = S_##from, .element = S_##to,                 \
          .entry = entry_of_##id)
#define STRUCT(id, ...)                                                                            \
    SHAPE(id, .type = TYPE_STRUCT, SIZED(FREE, FREE), .n = COUNT(members_of_##id),                 \
          .members = members_of_##id)
#define EMPTY(id) SHAPE(id, .type = TYPE_STRUCT, SIZED(FREE, FREE))
const struct shape shapes[S_COUNT] = {
    {.name = STR_INIT(""), .pattern = P_NONE},
#include "contract/shapes.inc"
};

const struct pattern patterns[P_COUNT] = {
#define PATTERN(id, java)          {java, java},
#define PATTERN_AS(id, java, pcre) {java, pcre},
#include "contract/patterns.inc"
};

const struct exception exceptions[X_COUNT] = {
#define FIRST(service)
#define LAST(service)
#define EXCEPTION(name, http)                   {STR_INIT(#name "Exception"), http},
#define EXCEPTION_OF(service, name, wire, http) {STR_INIT(wire), http},
#include "contract/exceptions.inc"
#undef FIRST
#undef LAST
};

const struct operation operations[OP_COUNT] = {
#define FIRST(service)
#define LAST(service)
#define E(name)             | 1ULL << X_##name
#define E_OF(service, name) | 1ULL << (X_##service##_##name - X_FIRST_##service)
#define OPERATION(id, verb, uri, in, out, from, size, next, raises)                                \
    {.name = STR_INIT(#id),                                                                        \
     .path = STR_INIT(uri),                                                                        \
     .method = METHOD_##verb,                                                                      \
     .input = S_##in,                                                                              \
     .output = S_##out,                                                                            \
     .token_in = M_##from,                                                                         \
     .page_size = M_##size,                                                                        \
     .token_out = M_##next,                                                                        \
     .errors = 0 raises},
#define ACTION(of, id, in, out, from, size, next, raises)                                          \
    {.name = STR_INIT(#id),                                                                        \
     .path = STR_INIT("/"),                                                                        \
     .service = SERVICE_##of,                                                                      \
     .method = METHOD_POST,                                                                        \
     .input = S_##in,                                                                              \
     .output = S_##out,                                                                            \
     .token_in = M_##from,                                                                         \
     .page_size = M_##size,                                                                        \
     .token_out = M_##next,                                                                        \
     .errors = 0 raises},
#define NAMED(of, id)                                                                              \
    {.name = STR_INIT(#id), .path = STR_INIT("/"), .service = SERVICE_##of, .method = METHOD_POST},
#include "contract/operations.inc"
#undef FIRST
#undef LAST
};

const struct service services[SERVICE_COUNT] = {
#define SERVICE(of, signed_as, called, speaks, since, aim, space, digest)                          \
    [SERVICE_##of] = {.id = STR_INIT(#of),                                                         \
                      .name = STR_INIT(signed_as),                                                 \
                      .title = STR_INIT(called),                                                   \
                      .version = STR_INIT(since),                                                  \
                      .target = STR_INIT(aim),                                                     \
                      .xmlns = STR_INIT(space),                                                    \
                      .protocol = PROTOCOL_##speaks,                                               \
                      .first = OP_FIRST_##of,                                                      \
                      .end = OP_END_##of,                                                          \
                      .first_exception = X_FIRST_##of,                                             \
                      .end_exception = X_END_##of},
#include "contract/services.inc"
#undef SERVICE
};

const struct str method_names[METHOD_COUNT] = {
    [METHOD_GET] = STR_INIT("GET"),       [METHOD_POST] = STR_INIT("POST"),
    [METHOD_PUT] = STR_INIT("PUT"),       [METHOD_PATCH] = STR_INIT("PATCH"),
    [METHOD_DELETE] = STR_INIT("DELETE"),
};

/* The rows lie in ASCII order, so names and ids are found by halving. */
const struct operation *operation_find(enum service_id service, struct str name)
{
    size_t low = services[service].first, high = services[service].end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(name, operations[middle].name);
        if (order == 0) {
            return &operations[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

enum member_id member_find(struct str name)
{
    size_t low = M_NONE + 1, high = M_COUNT;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(name, member_names[middle]);
        if (order == 0) {
            return (enum member_id)middle;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return M_NONE;
}

const struct shape_member *shape_member_find(const struct shape *shape, enum member_id member)
{
    size_t low = 0, high = shape->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (shape->members[middle].member == member) {
            return &shape->members[middle];
        }
        if (member < shape->members[middle].member) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const struct shape_member *shape_member_sent(const struct shape *shape, enum place place,
                                             struct str name)
{
    for (size_t i = 0; i < shape->n; i++) {
        const struct shape_member *member = &shape->members[i];
        if (member->place == place && str_eq(member_wire(member), name)) {
            return member;
        }
    }
    return NULL;
}

bool enum_word_also_taken(enum shape_id shape, struct str word)
{
    static const struct {
        enum shape_id shape;
        struct str word;
    } words[] = {
        {S_MitigationActionType, STR_INIT("PUBLISH_FINDINGS_TO_SNS")}, /* developer guide */
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        if (words[i].shape == shape && str_eq(words[i].word, word)) {
            return true;
        }
    }
    return false;
}
