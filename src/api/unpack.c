/* unpack.c: see unpack.h. */
#include "api/unpack.h"

#include "base/banned.h"

enum status unpack_tags(const struct call *call, enum member_id member, struct tags *ret,
                        struct why *why)
{
    const struct value *list = arg_get(call, member);
    size_t n = value_count(list);
    struct tag_pair *items = NEW_ARRAY(call->mem, struct tag_pair, n);
    TRY_PTR(items);
    for (size_t i = 0; i < n; i++) {
        const struct value *tag = value_at(list, i);
        items[i] = (struct tag_pair){value_str(tag, M_Key), value_str(tag, M_Value)};
    }
    *ret = (struct tags){items, n};
    return STATUS_OK;
}

enum status unpack_attributes(const struct call *call, const struct value *payload,
                              struct attributes_change *ret, struct why *why)
{
    const struct value *map = value_get(payload, M_attributes);
    size_t n = value_count(map);
    struct attribute *items = NEW_ARRAY(call->mem, struct attribute, n);
    TRY_PTR(items);
    for (size_t i = 0; i < n; i++) {
        items[i] = (struct attribute){value_key(map, i), value_text(value_at(map, i))};
    }
    *ret = (struct attributes_change){
        .given = map != NULL, .merge = value_bool(payload, M_merge, false), .values = {items, n}};
    return STATUS_OK;
}

enum status unpack_texts(const struct call *call, const struct value *list, const struct str **ret,
                         size_t *ret_n, struct why *why)
{
    size_t n = value_count(list);
    struct str *texts = NEW_ARRAY(call->mem, struct str, n);
    TRY_PTR(texts);
    for (size_t i = 0; i < n; i++) {
        texts[i] = value_text(value_at(list, i));
    }
    *ret = texts;
    *ret_n = n;
    return STATUS_OK;
}

void reply_validity(struct call *call, int64_t not_before, int64_t not_after)
{
    reply_begin(call, M_validity);
    reply_time(call, M_notBefore, not_before);
    reply_time(call, M_notAfter, not_after);
    reply_end(call);
}

enum status reply_certificate_ids(struct call *call, struct str type, struct str id,
                                  struct why *why)
{
    struct str arn;
    TRY(call_arn(call, type, id, &arn, why));
    reply_str(call, M_certificateArn, arn);
    reply_str(call, M_certificateId, id);
    return STATUS_OK;
}
