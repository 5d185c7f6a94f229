/* op_tag.c: tags of resources of any kind. */
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"

#include "base/banned.h"

enum status op_TagResource(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct tags tags;
    TRY(unpack_tags(call, M_tags, &tags, why));
    return tag_resource(&ctx, arg_str(call, M_resourceArn), tags, why);
}

enum status op_UntagResource(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct str *keys;
    size_t n;
    TRY(unpack_texts(call, arg_get(call, M_tagKeys), &keys, &n, why));
    return untag_resource(&ctx, arg_str(call, M_resourceArn), keys, n, why);
}

/* A resource has at most fifty tags, so the first page is all and no token is ever given out; one
 * that comes in is refused by call_page. */
enum status op_ListTagsForResource(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct tags tags;
    TRY(call_page(call, &page, why));
    TRY(tags_list(&ctx, arg_str(call, M_resourceArn), &tags, why));
    reply_begin_list(call, M_tags);
    for (size_t i = 0; i < tags.n; i++) {
        reply_begin_item(call);
        reply_str(call, M_Key, tags.items[i].key);
        reply_str(call, M_Value, tags.items[i].value);
        reply_end_item(call);
    }
    reply_end_list(call);
    return STATUS_OK;
}
