/* account.c: see account.h. */
#include "account/account.h"

#include <stdio.h>

#include "base/banned.h"

enum status account_arn(const struct account_ctx *ctx, struct str type, struct str name,
                        struct str *ret, struct why *why)
{
    return arn_make(ctx->mem, &ctx->id, type, name, ret, why);
}

enum status account_uuid(const struct account_ctx *ctx, struct str *ret, struct why *why)
{
    char *text = arena_alloc(ctx->mem, UUID_TEXT + 1);
    TRY_PTR(text);
    rnd_uuid(&ctx->rnd, text);
    *ret = (struct str){text, UUID_TEXT};
    return STATUS_OK;
}

enum status why_resource(struct why *why, const struct account_ctx *ctx, struct str type,
                         struct str name, enum status code)
{
    struct str arn;
    if (why != NULL && account_arn(ctx, type, name, &arn, NULL) == STATUS_OK) {
        snprintf(why->resource, sizeof why->resource, "%.*s", STR_ARG(arn));
    }
    return code;
}

enum status account_call_run(struct store_tx *tx, void *ctx, struct why *why)
{
    const struct account_call *call = ctx;
    struct account_ctx in_tx = *call->ctx;
    in_tx.tx = tx;
    return call->run(&in_tx, call->arg, why);
}
