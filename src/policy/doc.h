/* doc.h: a policy document, read strictly into the form that everything here works on.
 *
 * Four dialects of one grammar: IoT policies, the identity policies of IAM (what a user or role
 * may do), the trust policies of roles (who may become one), and the policies of resources (who
 * may do what to a topic of SNS). They differ in a few rules, and each document is read under those
 * of its own.
 *
 * One compiled form, several readers: evaluate.h decides requests on it, broad.h and misconfig.h
 * find what an audit reports, reach.h answers "can it ever". It is read once, never changes, and
 * lies in the arena it was read into; it points into the text it was read from, which must live as
 * long.
 *
 * Grammar: IAM's, as IoT policies use it.
 *     https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 *     https://docs.aws.amazon.com/iot/latest/developerguide/iot-policies.html
 * Refused, with the byte offset and a sentence: bad JSON, duplicate members, unknown elements, a
 * Version other than the two, Effect in another case, neither or both of Action and NotAction (of
 * Resource and NotResource), Principal, unknown condition operators, empty lists of actions or
 * resources, empty strings, actions without a service, resources that can be no ARN. A policy
 * without statements, AWS's blank one, is none of these: it allows nothing.
 *
 * IAM's own dialects besides refuse a policy without statements, a Sid with other characters than
 * letters and digits, one that occurs twice, and a wildcard in the service of an action. A trust
 * policy must have a Principal in each statement and no Resource, and its actions are those of sts;
 * NotPrincipal is refused, since nobody can say whom it lets in. The policy of a resource must have
 * Principal and Resource in each statement; its Sids may be any text, as in SNS's own first policy.
 */
#ifndef POLICY_DOC_H
#define POLICY_DOC_H

#include "base/arena.h"
#include "base/err.h"
#include "policy/actions.h"
#include "policy/pattern.h"
#include "policy/principal.h"

enum policy_dialect { POLICY_OF_IOT, POLICY_OF_IDENTITY, POLICY_OF_TRUST, POLICY_OF_RESOURCE };

enum policy_effect { POLICY_ALLOW, POLICY_DENY };

/* Operators of conditions; IAM's names. Each negated one follows its positive. */
#define POLICY_OPERATOR_LIST(X)                                                                    \
    X(STRING_EQUALS, "StringEquals", STRING)                                                       \
    X(STRING_NOT_EQUALS, "StringNotEquals", STRING)                                                \
    X(STRING_EQUALS_NOCASE, "StringEqualsIgnoreCase", STRING)                                      \
    X(STRING_NOT_EQUALS_NOCASE, "StringNotEqualsIgnoreCase", STRING)                               \
    X(STRING_LIKE, "StringLike", LIKE)                                                             \
    X(STRING_NOT_LIKE, "StringNotLike", LIKE)                                                      \
    X(NUMERIC_EQUALS, "NumericEquals", NUMBER)                                                     \
    X(NUMERIC_NOT_EQUALS, "NumericNotEquals", NUMBER)                                              \
    X(NUMERIC_LESS, "NumericLessThan", NUMBER)                                                     \
    X(NUMERIC_LESS_EQUALS, "NumericLessThanEquals", NUMBER)                                        \
    X(NUMERIC_GREATER, "NumericGreaterThan", NUMBER)                                               \
    X(NUMERIC_GREATER_EQUALS, "NumericGreaterThanEquals", NUMBER)                                  \
    X(DATE_EQUALS, "DateEquals", DATE)                                                             \
    X(DATE_NOT_EQUALS, "DateNotEquals", DATE)                                                      \
    X(DATE_LESS, "DateLessThan", DATE)                                                             \
    X(DATE_LESS_EQUALS, "DateLessThanEquals", DATE)                                                \
    X(DATE_GREATER, "DateGreaterThan", DATE)                                                       \
    X(DATE_GREATER_EQUALS, "DateGreaterThanEquals", DATE)                                          \
    X(BOOL, "Bool", BOOL)                                                                          \
    X(BINARY_EQUALS, "BinaryEquals", BINARY)                                                       \
    X(IP_ADDRESS, "IpAddress", ADDRESS)                                                            \
    X(NOT_IP_ADDRESS, "NotIpAddress", ADDRESS)                                                     \
    X(ARN_EQUALS, "ArnEquals", ARN)                                                                \
    X(ARN_NOT_EQUALS, "ArnNotEquals", ARN)                                                         \
    X(ARN_LIKE, "ArnLike", ARN)                                                                    \
    X(ARN_NOT_LIKE, "ArnNotLike", ARN)                                                             \
    X(NULL, "Null", NULL)

enum policy_operator {
#define POLICY_OPERATOR_ENUM(name, text, kind) POLICY_OP_##name,
    POLICY_OPERATOR_LIST(POLICY_OPERATOR_ENUM)
#undef POLICY_OPERATOR_ENUM
        POLICY_OPERATOR_COUNT
};

/* What kind of values an operator compares. */
enum policy_operand {
    POLICY_OPERAND_STRING, /* text, may hold variables */
    POLICY_OPERAND_LIKE,   /* text with wildcards and variables */
    POLICY_OPERAND_NUMBER,
    POLICY_OPERAND_DATE, /* RFC 3339, or seconds since 1970 */
    POLICY_OPERAND_BOOL,
    POLICY_OPERAND_BINARY,  /* base64 */
    POLICY_OPERAND_ADDRESS, /* IPv4 or IPv6, or a CIDR block */
    POLICY_OPERAND_ARN,     /* as LIKE, field by field; six patterns for each value */
    POLICY_OPERAND_NULL,    /* "true" when the key shall be absent */
};

enum policy_quantifier { POLICY_ONE, POLICY_FOR_ALL_VALUES, POLICY_FOR_ANY_VALUE };

struct policy_operator_row {
    struct str name;
    enum policy_operand operand;
};
extern const struct policy_operator_row policy_operators[POLICY_OPERATOR_COUNT];

/* "operator key values": one key of one operator. Conditions of a statement are ANDed, values of
 * one condition ORed. */
struct policy_condition {
    enum policy_operator op;
    enum policy_quantifier quantifier;
    bool if_exists;
    struct policy_key key;
    const struct policy_pattern *values; /* of an ARN operand, the six fields of each */
    size_t n_values;                     /* patterns, so six for each ARN */
};
enum { POLICY_ARN_FIELDS = 6 };

struct policy_statement {
    enum policy_effect effect;
    uint32_t offset;                /* byte of the document at which it begins */
    bool not_action;                /* written as NotAction; `actions` is the complement already */
    bool not_resource;              /* written as NotResource; `resources` are the excluded ones */
    uint64_t actions;               /* the numbered actions it covers */
    struct str sid;                 /* absent when it has none */
    const struct str *action_texts; /* as written, for actions without number */
    size_t n_actions;
    const struct policy_pattern *resources;
    size_t n_resources; /* 0 in a trust policy: it is about its role alone */
    const struct policy_principal *principals;
    size_t n_principals; /* 0 in what is attached to a user, role or device: it is about that */
    const struct policy_condition *conditions;
    size_t n_conditions;
};

struct policy_doc {
    bool variables; /* Version 2012-10-17 */
    struct str id;  /* absent when it has none */
    const struct policy_statement *statements;
    size_t n_statements;
};

/* Reads a document of at most LIMIT_POLICY_BYTES (TOO_LARGE beyond) and
 * LIMIT_POLICY_STATEMENTS. On MALFORMED_POLICY why->offset is the byte at which reading stopped. */
MUST_USE enum status policy_doc_read(struct arena *mem, struct str text,
                                     const struct policy_doc **ret, struct why *why);

/* The same for a document of any dialect; policy_doc_read is that of POLICY_OF_IOT. */
MUST_USE enum status policy_doc_read_as(struct arena *mem, struct str text,
                                        enum policy_dialect dialect, const struct policy_doc **ret,
                                        struct why *why);

/* The size that the quota of 2048 means: characters, not counting white space. The text must be
 * UTF-8. What creates a policy compares it; reading one does not, so that policies of any origin
 * can be judged. */
enum { POLICY_SIZE_MAX = 2048 };
size_t policy_size(struct str text);

/* True when the statement covers an action by name, prefix included ("iot:CreateJob"): for the
 * actions without number. */
bool policy_statement_covers(const struct policy_statement *statement, struct str action);

/* The one written "${iot:ClientId}" tie: the statement demands that the client id belongs to a
 * thing that the certificate is attached to (Bool iot:Connection.Thing.IsAttached "true"). */
bool policy_statement_attached(const struct policy_statement *statement);

#endif
