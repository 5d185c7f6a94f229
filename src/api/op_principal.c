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

/* Which end of a pair a list is of, and what it is called there. */
struct end {
    struct str (*of)(const struct principal_thing *pair);
    enum member_id member;
};

static struct str principal_of(const struct principal_thing *pair)
{
    return pair->principal;
}

static struct str thing_of(const struct principal_thing *pair)
{
    return pair->thing;
}

static enum status reply_ends(struct call *call, enum member_id list, const struct page_rows *rows,
                              struct end end, struct why *why)
{
    const struct principal_thing *pairs = rows->rows;
    reply_begin_list(call, list);
    for (size_t i = 0; i < rows->n; i++) {
        reply_item_str(call, end.of(&pairs[i]));
    }
    reply_end_list(call);
    return reply_next(call, rows->next, why);
}

/* As the second versions of the operations have it: with the kind of each. */
static enum status reply_ends_and_kinds(struct call *call, enum member_id list,
                                        const struct page_rows *rows, struct end end,
                                        struct why *why)
{
    const struct principal_thing *pairs = rows->rows;
    reply_begin_list(call, list);
    for (size_t i = 0; i < rows->n; i++) {
        reply_begin_item(call);
        reply_str(call, end.member, end.of(&pairs[i]));
        reply_str(call, M_thingPrincipalType, pairs[i].kind);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows->next, why);
}

enum status op_ListThingPrincipals(struct call *call, struct why *why)
{
    struct page_rows rows;
    TRY(read_principals(call, &rows, why));
    return reply_ends(call, M_principals, &rows, (struct end){principal_of, M_principal}, why);
}

enum status op_ListThingPrincipalsV2(struct call *call, struct why *why)
{
    struct page_rows rows;
    TRY(read_principals(call, &rows, why));
    return reply_ends_and_kinds(call, M_thingPrincipalObjects, &rows,
                                (struct end){principal_of, M_principal}, why);
}

enum status op_ListPrincipalThings(struct call *call, struct why *why)
{
    struct page_rows rows;
    TRY(read_things(call, &rows, why));
    return reply_ends(call, M_things, &rows, (struct end){thing_of, M_thingName}, why);
}

enum status op_ListPrincipalThingsV2(struct call *call, struct why *why)
{
    struct page_rows rows;
    TRY(read_things(call, &rows, why));
    return reply_ends_and_kinds(call, M_principalThingObjects, &rows,
                                (struct end){thing_of, M_thingName}, why);
}
