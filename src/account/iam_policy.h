/* iam_policy.h: managed policies: documents with a name of their own that users and roles attach.
 *
 * The account's own have up to QUOTA_IAM_POLICY_VERSIONS versions, of which the default counts;
 * those of AWS are there from the start (account/iam_aws.h), or came with an import
 * (account/iam_import.h), have one version, and cannot be changed: DENIED. All are named by ARN.
 * Source: the *Policy and *PolicyVersion operations, IAM API reference.
 */
#ifndef ACCOUNT_IAM_POLICY_H
#define ACCOUNT_IAM_POLICY_H

#include "account/iam.h"
#include "account/page.h"
#include "account/tags.h"

struct iam_managed {
    struct str arn;
    struct str name;
    struct str path;
    struct str id;
    struct str description; /* absent: none */
    struct str folded;
    int64_t default_version;
    int64_t last_version;
    int64_t created;
    int64_t modified;
    bool of_aws;         /* else the account's own */
    struct str document; /* of one of AWS: of its one version, and when that was made */
    int64_t document_made;
};

struct iam_policy_create {
    struct str name;
    struct str path; /* absent: "/" */
    struct str document;
    struct str description; /* absent: none */
    struct tags tags;
};

/* Version 1, the default. EXISTS, LIMIT, MALFORMED_POLICY. */
MUST_USE enum status iam_policy_create(const struct account_ctx *ctx,
                                       const struct iam_policy_create *in, struct iam_managed *ret,
                                       struct why *why);

MUST_USE enum status iam_policy_get(const struct account_ctx *ctx, struct str arn,
                                    struct iam_managed *ret, struct why *why);

/* How many users and roles it is attached to. */
MUST_USE enum status iam_policy_count_attached(const struct account_ctx *ctx, struct str arn,
                                               size_t *ret, struct why *why);

/* DELETE_CONFLICT: attached, or it has versions besides its default. */
MUST_USE enum status iam_policy_delete(const struct account_ctx *ctx, struct str arn,
                                       struct why *why);

/* ---- versions: named "v1", "v2" ... ---------------------------------------------------------- */

/* LIMIT: it has QUOTA_IAM_POLICY_VERSIONS; MALFORMED_POLICY. */
MUST_USE enum status iam_policy_version_create(const struct account_ctx *ctx, struct str arn,
                                               struct str document, bool set_as_default,
                                               struct iam_policy_version *ret, struct why *why);

MUST_USE enum status iam_policy_version_get(const struct account_ctx *ctx, struct str arn,
                                            struct str number, struct iam_managed *ret_policy,
                                            struct iam_policy_version *ret, struct why *why);

/* Of a policy that iam_policy_get gave. */
MUST_USE enum status iam_policy_default_get(const struct account_ctx *ctx,
                                            const struct iam_managed *policy,
                                            struct iam_policy_version *ret, struct why *why);

struct iam_policy_versions {
    struct iam_managed policy;
    struct iam_policy_version *at; /* newest first */
    size_t n;
};
MUST_USE enum status iam_policy_versions_get(const struct account_ctx *ctx, struct str arn,
                                             struct iam_policy_versions *ret, struct why *why);

MUST_USE enum status iam_policy_default_set(const struct account_ctx *ctx, struct str arn,
                                            struct str number, struct why *why);

/* DELETE_CONFLICT: the default one. */
MUST_USE enum status iam_policy_version_delete(const struct account_ctx *ctx, struct str arn,
                                               struct str number, struct why *why);

/* ---- lists ----------------------------------------------------------------------------------- */

struct iam_policies_wanted {
    bool not_aws;
    bool not_local;
    bool attached;     /* those attached to somebody alone */
    struct str prefix; /* of the path; absent: any */
};

struct iam_policies {
    struct iam_managed *at;
    size_t n;
    struct str next; /* as struct page_rows */
};

/* Those of AWS first, then the account's by name. */
MUST_USE enum status iam_policies_list(const struct account_ctx *ctx,
                                       const struct iam_policies_wanted *wanted,
                                       const struct page *page, struct iam_policies *ret,
                                       struct why *why);

/* Who has it attached: a page of struct iam_attached. */
struct iam_holders_wanted {
    bool not_users;
    bool not_roles;
    struct str prefix; /* of the holder's path; absent: any */
};
MUST_USE enum status iam_policy_holders_list(const struct account_ctx *ctx, struct str arn,
                                             const struct iam_holders_wanted *wanted,
                                             const struct page *page, struct page_rows *ret,
                                             struct why *why);

#endif
