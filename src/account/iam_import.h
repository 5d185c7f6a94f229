/* iam_import.h: users, roles and managed policies as they stand in an account elsewhere.
 *
 * What comes is whole: an entity with its path, id, trust policy, inline and attached policies and
 * tags, a policy with all of its versions. Taking one in makes the account hold it just so, and
 * taking it in again changes nothing. What does not come stays as it is; nothing is removed. Rules:
 *  1. Only what is of this account is taken in, by its ARN; and policies of AWS, of which the
 *     default version is kept. Those that are in the program (account/iam_aws.h) stay as they are.
 *  2. Documents must be readable here, so that no check is blind to one (_check). A trust policy
 *     may name users and roles that are not here: elsewhere they were, and order does not matter.
 *  3. Bounds are the sizes of IAM, and for numbers the most that AWS raises its quotas to.
 *  4. Description and session length of a role are not in what IAM lists, and are kept.
 * The documents lie as they came: whoever calls makes them compact, so that they compare.
 */
#ifndef ACCOUNT_IAM_IMPORT_H
#define ACCOUNT_IAM_IMPORT_H

#include "account/iam.h"
#include "account/import.h"
#include "account/tags.h"

struct iam_import_policy {
    struct str arn;
    struct str name;
    struct str path;
    struct str id;
    struct str description; /* absent: none */
    int64_t default_version;
    int64_t created;
    int64_t modified;
    const struct iam_policy_version *versions; /* whose member policy is not read */
    size_t n;
};

struct iam_import_inline {
    struct str name;
    struct str document;
};

struct iam_import_entity {
    enum iam_kind kind;
    struct str arn;
    struct str name;
    struct str path;
    struct str id;
    struct str trust; /* of a role */
    int64_t created;
    const struct iam_import_inline *own;
    size_t n_own;
    const struct str *attached; /* ARNs */
    size_t n_attached;
    struct tags tags;
};

/* ---- without the store: what can be taken in at all ------------------------------------------ */

/* INVALID: the ARN is not that of path and name in this account (or of AWS). */
MUST_USE enum status iam_import_arn_check(const struct account_ctx *ctx, struct str type,
                                          struct str arn, struct str path, struct str name,
                                          struct why *why);

bool iam_import_is_of_aws(struct str arn);

/* MALFORMED_POLICY, LIMIT. */
MUST_USE enum status iam_import_document_check(const struct account_ctx *ctx, struct str document,
                                               enum policy_dialect dialect, bool of_aws,
                                               struct why *why);

/* ---- with the store ---------------------------------------------------------------------------
 *
 * Everything but writing is done when dry is true. A refusal comes before anything is written. */

/* LIMIT. *ret_built_in: a policy of AWS that is in the program, which then is IMPORT_KNOWN. */
MUST_USE enum status iam_import_policy(const struct account_ctx *ctx,
                                       const struct iam_import_policy *in, bool dry,
                                       enum import_change *ret, bool *ret_built_in,
                                       struct why *why);

/* LIMIT. The policies attached must be here (iam_policy_get). */
MUST_USE enum status iam_import_entity(const struct account_ctx *ctx,
                                       const struct iam_import_entity *in, bool dry,
                                       enum import_change *ret, struct why *why);

#endif
