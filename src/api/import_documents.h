/* import_documents.h: the lists that POST /bulwark/import/account takes, a row each.
 *
 * The body is one JSON object: any of
 *     Policies, UserDetailList, RoleDetailList   of get-account-authorization-details (IAM)
 *     IdentityPools                              each as describe-identity-pool shows it (Cognito)
 *     IdentityPoolRoles                          each as get-identity-pool-roles shows it
 *     ServiceLastAccessedDetails                 each as get-service-last-accessed-details shows
 *                                                it (IAM), with a member Arn of ours: of whom
 * and of ours dryRun (true: nothing is written) and assumed (of a dry run: ARNs of policies and
 * roles and ids of pools that would be here by then). They are taken in in this order. The reply:
 *     {"new":1,"changed":0,"known":3,"builtIn":1,"memberships":0,"boundaries":0,
 *      "instanceProfiles":0,"refused":[{"list":"RoleDetailList","index":2,"path":".Tags[0].Key",
 *      "why":"it is missing"}]}
 * builtIn are policies of AWS that are in the program; the three after it have no place here. What
 * is refused changes nothing; all others are taken in all the same.
 */
#ifndef API_IMPORT_DOCUMENTS_H
#define API_IMPORT_DOCUMENTS_H

#include "account/import.h"
#include "api/call.h"
#include "api/import_account.h"

/* What is known of the whole request while an element is taken in. */
struct import_run {
    struct account_ctx ctx;
    struct import_read *read; /* a refusal's path */
    bool dry;
    const struct str *assumed;
    size_t n_assumed;
    bool built_in; /* the element is a policy of AWS that is in the program */
    struct str id; /* what it is called in the log of changes: an ARN, or the id of a pool */
};
bool import_is_assumed(const struct import_run *run, struct str id);

struct import_row {
    struct str list;
    size_t size; /* of an element that was read */
    enum status (*read)(const struct account_ctx *ctx, struct import_read *read,
                        const struct json_value *value, void *ret, struct import_left_out *left,
                        struct why *why);
    /* In the transaction. A status that import_refuses knows came before anything was written. */
    enum status (*take)(struct import_run *run, const void *element, enum import_change *ret,
                        struct why *why);
};

/* Statuses that refuse one element; others end the request. */
bool import_refuses(enum status status);

extern const struct import_row import_policies_row, import_users_row, import_roles_row;
extern const struct import_row import_pools_row, import_pool_roles_row;
extern const struct import_row import_usage_row;

#endif
