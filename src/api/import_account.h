/* import_account.h: pieces of what `aws iam get-account-authorization-details` shows, read as the
 * account takes them in (account/iam_import.h).
 *
 * The shape is AWS's: UserDetailList, RoleDetailList and Policies. GroupDetailList, group
 * memberships, permissions boundaries and instance profiles have no place here; they are counted.
 */
#ifndef API_IMPORT_ACCOUNT_H
#define API_IMPORT_ACCOUNT_H

#include "account/iam_import.h"
#include "api/import_read.h"

/* What was there and has no place in the account. */
struct import_left_out {
    size_t memberships;
    size_t boundaries;
    size_t instance_profiles;
};

/* One element of UserDetailList or RoleDetailList, of Policies. Everything is checked that needs
 * no store; read->path then says where, relative to the element. All lies in ctx->mem. */
MUST_USE enum status import_read_entity(const struct account_ctx *ctx, struct import_read *read,
                                        enum iam_kind kind, const struct json_value *value,
                                        struct iam_import_entity *ret, struct import_left_out *left,
                                        struct why *why);
MUST_USE enum status import_read_policy(const struct account_ctx *ctx, struct import_read *read,
                                        const struct json_value *value,
                                        struct iam_import_policy *ret, struct why *why);

#endif
