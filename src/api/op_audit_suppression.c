/* op_audit_suppression.c: findings that somebody knows of and accepts. */
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"
#include "api/unpack_audit.h"
#include "audit/suppression.h"

#include "base/banned.h"

static enum status read_request(const struct call *call, struct suppression_request *ret,
                                struct why *why)
{
    struct suppression_request in = {.expires = arg_time(call, M_expirationDate),
                                     .indefinitely = unpack_bool(call, M_suppressIndefinitely),
                                     .description = arg_str(call, M_description),
                                     .token = arg_str(call, M_clientRequestToken)};
    TRY(unpack_check(call, M_checkName, &in.check, why));
    TRY(unpack_resource_id(call, M_resourceIdentifier, &in.resource, why));
    *ret = in;
    return STATUS_OK;
}

enum status op_CreateAuditSuppression(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct suppression_request in;
    TRY(read_request(call, &in, why));
    return suppression_create(&ctx, &in, why);
}

enum status op_UpdateAuditSuppression(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct suppression_request in;
    TRY(read_request(call, &in, why));
    return suppression_update(&ctx, &in, why);
}

enum status op_DeleteAuditSuppression(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct suppression_request in;
    TRY(read_request(call, &in, why));
    return suppression_delete(&ctx, in.check, in.resource, why);
}

static void reply_suppression(struct call *call, const struct audit_suppression *suppression)
{
    bool forever = suppression->expires == SUPPRESSION_FOREVER;
    reply_str(call, M_checkName, suppression->check_name);
    reply_json(call, M_resourceIdentifier, suppression->resource);
    reply_time(call, M_expirationDate, forever ? TIME_NEVER : suppression->expires);
    reply_bool(call, M_suppressIndefinitely, forever);
    reply_str(call, M_description, suppression->description);
}

enum status op_DescribeAuditSuppression(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct suppression_request in;
    struct audit_suppression suppression;
    TRY(read_request(call, &in, why));
    TRY(suppression_get(&ctx, in.check, in.resource, &suppression, why));
    reply_suppression(call, &suppression);
    return STATUS_OK;
}

enum status op_ListAuditSuppressions(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct suppression_filter filter = {.check_name = STR_ABSENT};
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    page.descending = !arg_bool(call, M_ascendingOrder, true);
    TRY(unpack_resource_id(call, M_resourceIdentifier, &filter.resource, why));
    if (arg_has(call, M_checkName)) {
        enum check_id id;
        TRY(unpack_check(call, M_checkName, &id, why));
        filter.check_name = check_rows[id].name;
    }
    TRY(suppression_list(&ctx, &filter, &page, &rows, why));
    const struct audit_suppression *suppressions = rows.rows;
    reply_begin_list(call, M_suppressions);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        reply_suppression(call, &suppressions[i]);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}
