/* op_sts.c: who asks, as the account sees it. */
#include "api/handlers.h"
#include "codec/digest.h"

#include "base/banned.h"

enum { USER_ID_LETTERS = 17 };

/* A user's id begins with AIDA. It is made of the ARN, so that it stays the same as long as the
 * user does: the users of access keys alone have no record that could hold one. */
static enum status user_id(struct call *call, struct str arn, struct str *ret, struct why *why)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint8_t digest[SHA256_BYTES];
    char text[USER_ID_LETTERS];
    TRY(digest_sha256(bytes_of_str(arn), digest, why));
    for (size_t i = 0; i < USER_ID_LETTERS; i++) {
        text[i] = letters[digest[i] % 32];
    }
    return str_fmt(call->mem, ret, why, "AIDA%.*s", USER_ID_LETTERS, text);
}

/* Whoever is let in without a signature is the account itself, as its root is. */
enum status op_sts_GetCallerIdentity(struct call *call, struct why *why)
{
    struct str account = call->env->id.account;
    struct str arn = call->caller.arn;
    struct str id = account;
    if (str_absent(arn)) {
        TRY(str_fmt(call->mem, &arn, why, "arn:aws:iam::%.*s:root", STR_ARG(account)));
    } else if (!str_ends(arn, STR(":root"))) {
        TRY(user_id(call, arn, &id, why));
    }
    reply_str(call, M_UserId, id);
    reply_str(call, M_Account, account);
    reply_str(call, M_Arn, arn);
    return STATUS_OK;
}
