/* op_sts.c: who asks, as the account sees it. */
#include "account/iam.h"
#include "api/handlers.h"

#include "base/banned.h"

/* Whoever is let in without a signature is the account itself, as its root is. */
enum status op_sts_GetCallerIdentity(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str arn = call->caller.arn;
    struct iam_entity user = {.id = ctx.id.account};
    if (str_absent(arn)) {
        TRY(arn_make_root(call->mem, &ctx.id, &arn, why));
    } else if (!arn_is_root(&ctx.id, arn)) {
        TRY(iam_entity_of_arn(&ctx, IAM_USER, arn, &user, why));
    }
    reply_str(call, M_UserId, user.id);
    reply_str(call, M_Account, ctx.id.account);
    reply_str(call, M_Arn, arn);
    return STATUS_OK;
}
