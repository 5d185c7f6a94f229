/* iam.h: what users, roles and managed policies have in common: names, ids, who holds policies.
 *
 * Names are unique without regard to case and keep the case they were made with; a look-up finds
 * them in any. Paths are "/" or "/a/b/" and part of the ARN, not of the name. Ids are never used
 * again. Source: "IAM identifiers", IAM user guide. Sentences are IAM's where it has one.
 */
#ifndef ACCOUNT_IAM_H
#define ACCOUNT_IAM_H

#include "account/account.h"
#include "policy/doc.h"

/* Who can hold policies. */
enum iam_kind { IAM_USER, IAM_ROLE };

struct iam_entity {
    enum iam_kind kind;
    struct str folded; /* the name in lower case */
    struct str name;
    struct str path;
    struct str id;
};

/* "user", "role": as in ARNs and in the store. */
struct str iam_kind_text(enum iam_kind kind);

MUST_USE enum status iam_fold(const struct account_ctx *ctx, struct str name, struct str *ret,
                              struct why *why);

/* A fresh id of 21 characters: prefix is AIDA (users), AROA (roles), ANPA (policies). */
MUST_USE enum status iam_id_make(const struct account_ctx *ctx, struct str prefix, struct str *ret,
                                 struct why *why);

/* NOT_FOUND: "The role with name X cannot be found." */
MUST_USE enum status iam_entity_get(const struct account_ctx *ctx, enum iam_kind kind,
                                    struct str name, struct iam_entity *ret, struct why *why);

/* The one that the ARN names, case and path included; NOT_FOUND also for ARNs of other accounts. */
MUST_USE enum status iam_entity_of_arn(const struct account_ctx *ctx, enum iam_kind kind,
                                       struct str arn, struct iam_entity *ret, struct why *why);

MUST_USE enum status iam_entity_arn(const struct account_ctx *ctx, const struct iam_entity *entity,
                                    struct str *ret, struct why *why);

/* A document of the dialect within its size (characters without white space): MALFORMED_POLICY,
 * LIMIT. */

MUST_USE enum status iam_document_check(const struct account_ctx *ctx, struct str document,
                                        enum policy_dialect dialect, size_t size_max,
                                        struct why *why);

#endif
