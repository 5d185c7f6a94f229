/* op_principal.c: which principals belong to which things. */
#include "account/principal.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"

#include "base/banned.h"

enum status op_AttachThingPrincipal(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return principal_attach(&ctx, arg_str(call, M_thingName), arg_str(call, M_principal),
                            arg_str(call, M_thingPrincipalType), why);
}

enum status op_DetachThingPrincipal(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return principal_detach(&ctx, arg_str(call, M_thingName), arg_str(call, M_principal), why);
}

static enum status read_principals(struct call *call, struct page_rows *ret, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    TRY(call_page(call, &page, why));
    return principals_of_thing(&ctx, arg_str(call, M_thingName),
                               arg_str(call, M_thingPrincipalType), &page, ret, why);
}

static enum status read_things(struct call *call, struct page_rows *ret, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    TRY(call_page(call, &page, why));
    return things_of_principal(&ctx, arg_str(call, M_principal),
                               arg_str(call, M_thingPrincipalType), &page, ret, why);
}

enum status op_ListThingPrincipals(struct call *call, struct why *why)
{
    struct page_rows rows;
    TRY(read_principals(call, &rows, why));
    const struct principal_thing *pairs = rows.rows;
    reply_begin_list(call, M_principals);
    for (size_t i = 0; i < rows.n; i++) {
        reply_item_str(call, pairs[i].principal);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

enum status op_ListThingPrincipalsV2(struct call *call, struct why *why)
{
    struct page_rows rows;
    TRY(read_principals(call, &rows, why));
    const struct principal_thing *pairs = rows.rows;
    reply_begin_list(call, M_thingPrincipalObjects);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        reply_str(call, M_principal, pairs[i].principal);
        reply_str(call, M_thingPrincipalType, pairs[i].kind);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

enum status op_ListPrincipalThings(struct call *call, struct why *why)
{
    struct page_rows rows;
    TRY(read_things(call, &rows, why));
    const struct principal_thing *pairs = rows.rows;
    reply_begin_list(call, M_things);
    for (size_t i = 0; i < rows.n; i++) {
        reply_item_str(call, pairs[i].thing);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

enum status op_ListPrincipalThingsV2(struct call *call, struct why *why)
{
    struct page_rows rows;
    TRY(read_things(call, &rows, why));
    const struct principal_thing *pairs = rows.rows;
    reply_begin_list(call, M_principalThingObjects);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        reply_str(call, M_thingName, pairs[i].thing);
        reply_str(call, M_thingPrincipalType, pairs[i].kind);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}
