/* check.h: what an audit check is, and what it sees.
 *
 * A check is one file with one const struct audit_check and one row in registry.c; the runner knows
 * none by name. A check names the kind of resource it reads (its subject) and judges one resource
 * at a time: facts come from the row and from what the runner prepared (struct audit_facts), time
 * is the moment the audit began, so that one audit judges everything against one instant. A judge
 * has no state, writes nothing and asks nothing of the outside.
 *
 * All checks of one subject share one scan of it.
 */
#ifndef AUDIT_CHECK_H
#define AUDIT_CHECK_H

#include "audit/resource.h"
#include "base/arena.h"
#include "contract/checks.h"
#include "model/arn.h"
#include "model/records.h"

enum audit_subject {
    SUBJECT_DEVICE_CERTIFICATE,   /* rows: struct certificate, ACTIVE or PENDING_TRANSFER */
    SUBJECT_CA_CERTIFICATE,       /* struct ca_certificate, ACTIVE */
    SUBJECT_POLICY,               /* struct policy_subject: each policy with its default version */
    SUBJECT_ACCOUNT,              /* struct account_subject: the account itself, once */
    SUBJECT_CERTIFICATE_SESSIONS, /* struct session_subject: certificates that were connected */
    SUBJECT_IDENTITY_SESSIONS,    /* the same of Cognito identities */
    SUBJECT_CLIENT_TAKEOVERS,     /* the same of client ids that were taken over */
    SUBJECT_ROLE_ALIAS,           /* struct role_alias_subject: each role alias with its role */
    SUBJECT_IDENTITY_POOL,        /* struct pool_subject: each pool used in the last 31 days */
    SUBJECT_ROLE,                 /* struct role_subject: each role of the account */
    SUBJECT_DEVICE_RIGHTS,        /* struct device_rights of each device certificate */
    SUBJECT_DEVICE_KEY,           /* struct key_subject: the key of each device certificate */
    SUBJECT_CA_KEY,               /* the same of CA certificates */
    SUBJECT_DEVICE_CRYPTOGRAPHY,  /* struct certificate, with the columns of cryptography.h */
    SUBJECT_CA_CRYPTOGRAPHY,      /* struct ca_certificate, likewise */
    SUBJECT_REVOCATION_LIST,      /* struct list_subject: issuers with the lists they signed */
    SUBJECT_SERVER_CERTIFICATE,   /* struct server_subject: what servers show themselves by */
    SUBJECT_COUNT
};

/* A policy as checks see it: the name, and what its text was found to say. */
struct policy_subject {
    struct str name;
    int64_t version;
    const struct policy_facts *facts; /* shared by all policies of the same text */
};

struct account_subject {
    struct str account;
    bool logging; /* V1 or V2 logging is on at the account's level */
};

struct role_subject {
    struct str name;
    struct str trust; /* its trust policy, as sent */
};

/* Connections of one principal (those that overlapped), or of one client id (those that were ended
 * by a takeover), within facts->from and facts->to. */
struct recent;
struct session_subject {
    struct str key;  /* certificate id, Cognito identity id, client id */
    struct str pool; /* of a Cognito identity; absent: not known */
    size_t n;        /* connections in all; of a client id those taken over */
    const struct recent *recent;
};

/* What is known beyond the row. */
struct audit_facts {
    int64_t now;              /* when the audit began */
    int64_t from, to;         /* the window of a check that has one (window.h) */
    int64_t threshold_days;   /* of this check, as configured */
    struct revocation *lists; /* revocation lists and issuers; NULL when no check needs them */
    const struct keyq_list *weak_keys; /* NULL: no lists were loaded */
    struct account_id account;
};

enum { AUDIT_VERDICTS_MAX = 8 };

/* What belongs to a finding. Texts lie in the arena given to the judge. */
struct audit_related {
    struct resource_id resource;
    struct str info; /* JSON additionalInfo, or absent */
};

/* One thing wrong. Texts lie in the arena given to the judge. */
struct audit_verdict {
    struct str code;   /* reasonForNonComplianceCode */
    struct str reason; /* what, where, how far: a sentence for people */
    struct str info;   /* JSON additionalInfo, or absent */
    /* Whose fault it is. Filled by the runner with the resource judged, unless the check points at
     * another one (the revoked issuer of a certificate): then the judged one becomes related. */
    struct resource_id resource;
    const struct audit_related *related; /* besides, in the order in which they are shown */
    size_t n_related;
};

struct audit_verdicts {
    size_t n; /* 0: compliant */
    struct audit_verdict list[AUDIT_VERDICTS_MAX];
    bool unknown;    /* could not be judged: counted, and said in the check's message */
    struct str lack; /* why it could not */
};

typedef enum status audit_judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                                struct audit_verdicts *ret, struct why *why);

/* Whether a check judges a stretch of the history (window.h). */
enum audit_window_kind { WINDOW_NONE, WINDOW_LAGGED, WINDOW_TO_NOW };

struct audit_check {
    enum check_id id;
    enum audit_subject subject;
    audit_judge *judge;
    bool needs_lists;    /* revocation lists */
    bool points_outside; /* its findings are of other resources than those it reads */
    enum audit_window_kind window;
};

/* The checks this program has, in the order of check_id; NULL where it has none yet. */
extern const struct audit_check *const audit_checks[CHECK_COUNT];

#endif
