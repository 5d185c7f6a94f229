/* snapshot.h: what was read of an account, as a file: one JSON object a line.
 *
 *     {"bulwarkSnapshot":1,"account":"123456789012","region":"eu-west-1", ...}      the head
 *     {"kind":"certificate","id":"4b2e...","value":{...}}                           what it holds
 *     {"kind":"end","id":"","value":{"lines":1042}}                                 the last line
 *
 * A value is what the account's API said, in its own members, sorted by name, or part of it; the
 * list of kinds below says of each. Lines stand in the order of kinds, then of ids, each pair once:
 * the same account gives the same lines. A file that lacks its last line was cut off, and is not
 * read. Nothing secret is in it: no private key, no access key, no registration code.
 *
 * A line is at most SNAPSHOT_LINE_MAX bytes, what is longer by nature (targets, members, things,
 * connections) comes in several; ids are then NAME/00001 and so on. A reader refuses what it does
 * not know, with the line: another version, another kind.
 */
#ifndef COLLECT_SNAPSHOT_H
#define COLLECT_SNAPSHOT_H

#include "codec/json_tree.h"

enum { SNAPSHOT_VERSION = 1, SNAPSHOT_LINE_MAX = 768 << 10, SNAPSHOT_ID_MAX = 2304 };

/* clang-format off */

/* kind, its name, id, value */
#define SNAPSHOT_KINDS(X) \
    X(UNKNOWN,       "unknown")             /* area: {action, error, count}: what was not told */ \
    X(AUDIT_CONFIG,  "audit-configuration") /* "": DescribeAccountAuditConfiguration */ \
    X(SUPPRESSION,   "audit-suppression")   /* check and resource: an AuditSuppression */ \
    X(LOGGING,       "logging")             /* "": {v1: GetLoggingOptions, v2: GetV2LoggingOptions} */ \
    X(CA,            "ca-certificate")      /* id: a CACertificateDescription */ \
    X(CERTIFICATE,   "certificate")         /* id: a CertificateDescription */ \
    X(THING_TYPE,    "thing-type")          /* name: a ThingTypeDefinition */ \
    X(THING,         "thing")               /* name: a ThingAttribute */ \
    X(THINGS_OF,     "principal-things")    /* principal/n: {principal, things: [{thingName, thingPrincipalType}]} */ \
    X(GROUP,         "thing-group")         /* name: DescribeThingGroup */ \
    X(MEMBERS,       "thing-group-members") /* name/n: {thingGroupName, things: [name]} */ \
    X(POLICY,        "policy")              /* name: {policy: GetPolicy, versions: [GetPolicyVersion]} */ \
    X(TARGETS,       "policy-targets")      /* name/n: {policyName, targets: [target]} */ \
    X(ROLE_ALIAS,    "role-alias")          /* name: a RoleAliasDescription */ \
    X(MANAGED,       "managed-policy")      /* ARN: a ManagedPolicyDetail */ \
    X(ROLE,          "role")                /* ARN: a RoleDetail */ \
    X(ROLE_USE,      "role-use")            /* role ARN: {Arn, JobStatus, ServicesLastAccessed} */ \
    X(POOL,          "identity-pool")       /* id: {pool: DescribeIdentityPool, roles: GetIdentityPoolRoles} */ \
    X(CONNECTIONS,   "connections")         /* day/n: {events: [message]} of the log group AWSIotLogsV2 */ \
    X(MARK,          "mark")                /* only while collecting: a part that is complete */ \
    X(END,           "end")                 /* "": {lines} */

/* clang-format on */

enum snapshot_kind {
#define SNAPSHOT_ENUM(id, name) SNAPSHOT_##id,
    SNAPSHOT_KINDS(SNAPSHOT_ENUM)
#undef SNAPSHOT_ENUM
        SNAPSHOT_KIND_COUNT
};

/* "certificate". */
struct str snapshot_kind_name(enum snapshot_kind kind);

/* What cannot be known of an account is told by area; a check needs some of them. */
#define AREAS(X)                                                                                   \
    X(AUDIT_CONFIG, "audit-configuration")                                                         \
    X(SUPPRESSIONS, "audit-suppressions")                                                          \
    X(LOGGING, "logging")                                                                          \
    X(CAS, "ca-certificates")                                                                      \
    X(CERTIFICATES, "certificates")                                                                \
    X(THINGS, "things")                                                                            \
    X(GROUPS, "thing-groups")                                                                      \
    X(POLICIES, "policies")                                                                        \
    X(TARGETS, "policy-targets")                                                                   \
    X(ROLE_ALIASES, "role-aliases")                                                                \
    X(POOLS, "identity-pools")                                                                     \
    X(ROLES, "roles")             /* those of role aliases, pools and audits */                    \
    X(OTHER_ROLES, "other-roles") /* the rest of them */                                           \
    X(ROLE_USE, "role-use")       /* role ARN: {Arn, JobStatus, ServicesLastAccessed} */           \
    X(CONNECTIONS, "connections")

enum area {
#define AREA_ENUM(id, name) AREA_##id,
    AREAS(AREA_ENUM)
#undef AREA_ENUM
        AREA_COUNT
};
struct str area_name(enum area area);

/* The first line. */
struct snapshot_head {
    struct str account;
    struct str region;
    struct str endpoint;  /* where it was read; for people */
    int64_t begun;        /* ms */
    int64_t ended;        /* TIME_NEVER: while it is being read */
    int64_t history_from; /* connections are told from then on; TIME_NEVER: none are */
};

MUST_USE enum status snapshot_head_write(const struct snapshot_head *head, struct arena *mem,
                                         struct str *ret, struct why *why);

/* INVALID or MALFORMED: it is not the first line of a snapshot, or of another version; its account
 * is twelve digits and its region a name. Texts are views of line, or lie in mem. */
MUST_USE enum status snapshot_head_read(struct str line, struct arena *mem,
                                        struct snapshot_head *ret, struct why *why);

struct snapshot_line {
    enum snapshot_kind kind;
    struct str id;
    const struct json_value *value; /* an object */
};

/* value is one JSON object; written with its members in order of name. TOO_LARGE beyond
 * SNAPSHOT_LINE_MAX. */
MUST_USE enum status snapshot_line_write(enum snapshot_kind kind, struct str id,
                                         const struct json_value *value, struct arena *mem,
                                         struct str *ret, struct why *why);

/* MALFORMED: no JSON; INVALID: another form, an unknown kind; TOO_LARGE. */
MUST_USE enum status snapshot_line_read(struct str line, struct arena *mem,
                                        struct snapshot_line *ret, struct why *why);

/* Holds the lines of a file to their order as they are read; begins zeroed. */
struct snapshot_order {
    int64_t n; /* lines so far, without head and end */
    enum snapshot_kind kind;
    char id[SNAPSHOT_ID_MAX];
    size_t id_len;
    bool ended;
};
MUST_USE enum status snapshot_order_next(struct snapshot_order *order,
                                         const struct snapshot_line *line, struct why *why);

/* A value with the members of every object in it sorted by name. */
MUST_USE enum status json_put_sorted(struct json_write *w, const struct json_value *value,
                                     struct arena *mem, struct why *why);

#endif
