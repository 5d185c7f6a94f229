/* certificate_transfer.c: see certificate_transfer.h. */
#include "account/certificate_transfer.h"

#include "account/policy_names.h"

#include "base/banned.h"

static enum status refuse_policies(const struct account_ctx *ctx, struct str id, struct why *why)
{
    struct str arn;
    struct policy_names names;
    TRY(account_arn(ctx, STR("cert"), id, &arn, why));
    TRY(policy_names_get(ctx, arn, &names, why));
    if (names.n == 0) {
        return STATUS_OK;
    }
    return why_resource(why, ctx, STR("policy"), names.at[0],
                        why_set(why, STATUS_TRANSFER_CONFLICT,
                                "policy %.*s is attached to the certificate; detach it before the "
                                "transfer",
                                STR_ARG(names.at[0])));
}

enum status certificate_transfer(const struct account_ctx *ctx, struct str id,
                                 struct str to_account, struct str message, struct why *why)
{
    struct certificate row;
    TRY(certificate_get(ctx, id, &row, why));
    if (!str_eq(row.status, STR("INACTIVE"))) {
        return why_set(why, STATUS_CERT_STATE,
                       "certificate %.*s is %.*s; only an INACTIVE one is transferred",
                       STR_ARG(row.id), STR_ARG(row.status));
    }
    if (str_eq(to_account, row.owner)) {
        return why_set(why, STATUS_INVALID, "account %.*s owns the certificate already",
                       STR_ARG(to_account));
    }
    TRY(refuse_policies(ctx, row.id, why));
    row.status = STR("PENDING_TRANSFER");
    row.transfer_to = to_account;
    row.transfer_message = message;
    row.transfer_reject = STR_ABSENT;
    row.transferred = clock_now(&ctx->clock);
    row.transfer_accepted = TIME_NEVER;
    row.transfer_rejected = TIME_NEVER;
    struct outgoing outgoing = {.created = row.created, .certificate = row.id};
    TRY(store_insert(ctx->tx, TABLE(outgoing), &outgoing, why));
    return certificate_put(ctx, &row, why);
}

/* The certificate of a transfer that is pending, taken off the list of the outgoing. */
static enum status pending_take(const struct account_ctx *ctx, struct str id,
                                struct certificate *ret, struct why *why)
{
    struct certificate row;
    TRY(certificate_get(ctx, id, &row, why));
    if (!str_eq(row.status, STR("PENDING_TRANSFER"))) {
        if (row.transferred != TIME_NEVER) {
            return why_set(why, STATUS_TRANSFER_DONE, "the transfer of certificate %.*s has ended",
                           STR_ARG(row.id));
        }
        return why_set(why, STATUS_INVALID, "certificate %.*s is not being transferred",
                       STR_ARG(row.id));
    }
    struct outgoing outgoing = {.created = row.created, .certificate = row.id};
    TRY(store_delete(ctx->tx, TABLE(outgoing), &outgoing, why));
    *ret = row;
    return STATUS_OK;
}

enum status certificate_transfer_accept(const struct account_ctx *ctx, struct str id,
                                        bool set_as_active, struct why *why)
{
    struct certificate row;
    TRY(pending_take(ctx, id, &row, why));
    row.status = set_as_active ? STR("ACTIVE") : STR("INACTIVE");
    row.previous_owner = row.owner;
    row.owner = row.transfer_to;
    row.transfer_to = STR_ABSENT;
    row.transfer_accepted = clock_now(&ctx->clock);
    return certificate_put(ctx, &row, why);
}

enum status certificate_transfer_reject(const struct account_ctx *ctx, struct str id,
                                        struct str reason, struct why *why)
{
    struct certificate row;
    TRY(pending_take(ctx, id, &row, why));
    row.status = STR("INACTIVE");
    row.transfer_to = STR_ABSENT;
    row.transfer_reject = reason;
    row.transfer_rejected = clock_now(&ctx->clock);
    return certificate_put(ctx, &row, why);
}

enum status certificate_transfer_cancel(const struct account_ctx *ctx, struct str id,
                                        struct why *why)
{
    struct certificate row;
    TRY(pending_take(ctx, id, &row, why));
    row.status = STR("INACTIVE");
    row.transfer_to = STR_ABSENT;
    return certificate_put(ctx, &row, why);
}

enum status certificate_list_outgoing(const struct account_ctx *ctx, const struct page *page,
                                      struct page_rows *ret, struct why *why)
{
    struct store_range range = {.index = NULL};
    struct page_rows listed;
    TRY(page_read(ctx, TABLE(outgoing), &range, page, NULL, &listed, why));
    const struct outgoing *outgoing = listed.rows;
    struct certificate *rows = NEW_ARRAY(ctx->mem, struct certificate, listed.n);
    TRY_PTR(rows);
    for (size_t i = 0; i < listed.n; i++) {
        TRY(certificate_get(ctx, outgoing[i].certificate, &rows[i], why));
    }
    *ret = (struct page_rows){.rows = rows, .n = listed.n, .next = listed.next};
    return STATUS_OK;
}
