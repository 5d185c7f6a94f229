/* contract.h: what is promised to the outside, as rows: the operations of the AWS services and the
 * shapes of their requests and replies.
 *
 * Everything here is derived from the public service models by tools/derive-contract (the *.inc
 * files; services.inc says from which) and is read-only. Nothing here does anything: routing,
 * validation, replies, the CLI and the manual read these tables. Members are named by an enum
 * constant, M_thingName, so that a misspelled one does not compile; shapes are S_ThingName and
 * operations OP_CreateThing. Those are of AWS IoT; what belongs to another service has its id in
 * front: S_iam_Role, OP_iam_CreateRole, X_iam_NoSuchEntity. Members are names alone, and shared.
 *
 * How a value travels follows from its place, as the restJson1 protocol says: timestamps are ISO
 * 8601 in the path and the query, and epoch seconds in a body; blobs are base64. The model
 * overrides neither anywhere (the tool refuses a model that does). The services of the other
 * protocols have no places: every member is in the body, under its own name.
 */
#ifndef CONTRACT_CONTRACT_H
#define CONTRACT_CONTRACT_H

#include "base/str.h"

/* How the requests and replies of a service are written. */
enum protocol {
    PROTOCOL_REST_JSON, /* restJson1: a method and a path for each operation, JSON bodies */
    PROTOCOL_QUERY,     /* POST /, a form with Action and Version, replies in XML */
    PROTOCOL_JSON,      /* JSON 1.1: POST /, X-Amz-Target, JSON bodies */
};

enum service_id {
#define SERVICE(id, ...) SERVICE_##id,
#include "contract/services.inc"
#undef SERVICE
    SERVICE_COUNT
};

enum member_id {
    M_NONE,
#define MEMBER(name) M_##name,
#include "contract/members.inc"
#undef MEMBER
    M_COUNT
};

enum shape_type {
    TYPE_STRING,
    TYPE_ENUM,
    TYPE_INTEGER, /* 32 bits */
    TYPE_LONG,
    TYPE_DOUBLE,
    TYPE_BOOLEAN,
    TYPE_TIMESTAMP,
    TYPE_BLOB,
    TYPE_LIST,
    TYPE_MAP,
    TYPE_STRUCT,
};

enum place {
    PLACE_BODY,    /* a member of the JSON object that is the body */
    PLACE_PAYLOAD, /* the body is this member */
    PLACE_URI,
    PLACE_QUERY,
    PLACE_HEADER,
    PLACE_STATUS, /* the HTTP status of the reply */
};

struct shape_member {
    uint16_t member; /* enum member_id; a struct's members are sorted by it */
    uint16_t shape;  /* enum shape_id */
    uint8_t place;   /* enum place */
    bool required;
    const char *wire; /* its name on the wire, NULL when that is the member's own */
};

struct shape {
    struct str name;
    uint8_t type;     /* enum shape_type */
    bool secret;      /* never shown in a message or a log */
    uint8_t pattern;  /* enum pattern_id, P_NONE when there is none */
    uint16_t n;       /* TYPE_STRUCT: members; TYPE_ENUM: values */
    uint16_t element; /* TYPE_LIST: of the elements; TYPE_MAP: of the values (enum shape_id) */
    uint16_t key;     /* TYPE_MAP: of the keys */
    /* Smallest and largest length in code points (strings), bytes (blobs), entries (lists, maps),
     * or value (numbers). NAN is no bound, and every comparison with it is false. */
    double min, max;
    union {
        const struct shape_member *members; /* TYPE_STRUCT */
        const char *const *values;          /* TYPE_ENUM */
        const char *const *entry; /* TYPE_MAP in the Query protocol: what a key and a value
                                     are called; NULL: "key" and "value" */
    };
};

enum shape_id {
    S_NONE,
#define SHAPE_ENUM(name, ...) S_##name,
#define STRING                SHAPE_ENUM
#define SECRET                SHAPE_ENUM
#define ENUM                  SHAPE_ENUM
#define NUMBER                SHAPE_ENUM
#define BOOLEAN               SHAPE_ENUM
#define TIMESTAMP             SHAPE_ENUM
#define BLOB                  SHAPE_ENUM
#define LIST                  SHAPE_ENUM
#define MAP                   SHAPE_ENUM
#define MAP_AS                SHAPE_ENUM
#define STRUCT                SHAPE_ENUM
#define EMPTY                 SHAPE_ENUM
#include "contract/shapes.inc"
#undef STRING
#undef SECRET
#undef ENUM
#undef NUMBER
#undef BOOLEAN
#undef TIMESTAMP
#undef BLOB
#undef LIST
#undef MAP
#undef MAP_AS
#undef STRUCT
#undef EMPTY
#undef SHAPE_ENUM
    S_COUNT
};

/* A string matches a pattern as a whole (Java's matches()), code point by code point. */
struct pattern {
    const char *java; /* as the model has it; what messages show */
    const char *pcre; /* the same language in PCRE2's syntax */
};

enum pattern_id {
#define PATTERN(id, java)          id,
#define PATTERN_AS(id, java, pcre) id,
#include "contract/patterns.inc"
#undef PATTERN
#undef PATTERN_AS
    P_NONE,
    P_COUNT = P_NONE
};

/* X_FIRST_iam is the first exception of IAM, and no number of its own; likewise operations. */
enum exception_id {
#define FIRST(service)                   X_FIRST_##service, X_BEFORE_##service = X_FIRST_##service - 1,
#define EXCEPTION(name, http)            X_##name,
#define EXCEPTION_OF(service, name, ...) X_##service##_##name,
#define LAST(service)                    X_END_##service, X_LAST_##service = X_END_##service - 1,
#include "contract/exceptions.inc"
#undef FIRST
#undef LAST
#undef EXCEPTION
#undef EXCEPTION_OF
    X_COUNT
};

struct exception {
    struct str name; /* on the wire: "ResourceNotFoundException", in IAM "NoSuchEntity" */
    int http;
};

enum method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHOD_COUNT };

enum op_id {
#define FIRST(service)             OP_FIRST_##service, OP_BEFORE_##service = OP_FIRST_##service - 1,
#define OPERATION(name, ...)       OP_##name,
#define ACTION(service, name, ...) OP_##service##_##name,
#define NAMED(service, name)       OP_##service##_##name,
#define LAST(service)              OP_END_##service, OP_LAST_##service = OP_END_##service - 1,
#include "contract/operations.inc"
#undef FIRST
#undef LAST
#undef OPERATION
#undef ACTION
#undef NAMED
    OP_COUNT
};

/* Every operation answers 200 when it succeeds. */
struct operation {
    struct str name;
    struct str path; /* "/things/{thingName}"; a label is a whole segment, "{arn+}" the rest */
    uint8_t service; /* enum service_id */
    uint8_t method;  /* enum method */
    uint16_t input;  /* enum shape_id, always a struct; S_NONE: nothing but the name is known */
    uint16_t output; /* S_NONE when the reply has no members */
    uint16_t token_in, page_size, token_out; /* members that page a list, or M_NONE */
    uint64_t errors; /* bit X_ - X_FIRST_ of each exception that the model lists */
};

struct service {
    struct str id;       /* "cognito": ours, in names of this program */
    struct str name;     /* "cognito-identity": in signatures */
    struct str title;    /* "Amazon Cognito Identity" */
    struct str version;  /* "2014-06-30" */
    struct str target;   /* PROTOCOL_JSON: X-Amz-Target begins with it and a dot */
    struct str xmlns;    /* PROTOCOL_QUERY: the namespace of replies */
    uint8_t protocol;    /* enum protocol */
    uint16_t first, end; /* its operations, in order: first <= id < end */
    uint16_t first_exception, end_exception;
};

/* The tables; ids index them. */
extern const struct service services[SERVICE_COUNT];
extern const struct str member_names[M_COUNT];
extern const struct shape shapes[S_COUNT];
extern const struct pattern patterns[P_COUNT];
extern const struct exception exceptions[X_COUNT];
extern const struct operation operations[OP_COUNT];
extern const struct str method_names[METHOD_COUNT];

/* The id of an operation from its row. */
static inline enum op_id op_id(const struct operation *op)
{
    return (enum op_id)(op - operations);
}

static inline const struct service *op_service(const struct operation *op)
{
    return &services[op->service];
}

/* The name of a member on the wire. */
static inline struct str member_wire(const struct shape_member *member)
{
    return member->wire != NULL ? str_from(member->wire) : member_names[member->member];
}

/* Finds by name or id; NULL (M_NONE) when there is none. */
const struct operation *operation_find(enum service_id service, struct str name);
enum member_id member_find(struct str name);
const struct shape_member *shape_member_find(const struct shape *shape, enum member_id member);

/* The member that has this name on the wire, at this place. */
const struct shape_member *shape_member_sent(const struct shape *shape, enum place place,
                                             struct str name);

/* Whether a word that the model's enum lacks is taken all the same, because the guides print it;
 * its handler knows what it means. */
bool enum_word_also_taken(enum shape_id shape, struct str word);

#endif
