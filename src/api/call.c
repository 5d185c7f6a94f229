#include "api/call.h"

#include "codec/base64.h"
#include "codec/json_write.h"

#include "base/banned.h"

void reply_str(struct call *call, enum member_id member, struct str text)
{
    json_write_member(call->out, member_names[member], text);
}

void reply_int(struct call *call, enum member_id member, int64_t number)
{
    json_write_key(call->out, member_names[member]);
    json_write_int64(call->out, number);
}

void reply_double(struct call *call, enum member_id member, double number)
{
    json_write_key(call->out, member_names[member]);
    json_write_double(call->out, number);
}

void reply_bool(struct call *call, enum member_id member, bool yes)
{
    json_write_key(call->out, member_names[member]);
    json_write_bool(call->out, yes);
}

void reply_time(struct call *call, enum member_id member, int64_t ms)
{
    json_write_member_time(call->out, member_names[member], ms);
}

void reply_blob(struct call *call, enum member_id member, struct bytes bytes)
{
    struct str text = STR_ABSENT;
    enum status status = base64_encode(call->mem, BASE64_STANDARD, bytes, &text, NULL);
    if (status != STATUS_OK) {
        buf_fail(call->out->out, status);
        return;
    }
    reply_str(call, member, text);
}

void reply_json(struct call *call, enum member_id member, struct str json)
{
    if (!str_absent(json)) {
        json_write_key(call->out, member_names[member]);
        json_write_raw(call->out, json);
    }
}

void reply_value(struct call *call, enum member_id member, const struct value *value)
{
    struct str json = STR_ABSENT;
    enum status status = value_to_json(value, call->mem, &json, NULL);
    if (status != STATUS_OK) {
        buf_fail(call->out->out, status);
        return;
    }
    reply_json(call, member, json);
}

void reply_begin(struct call *call, enum member_id member)
{
    json_write_key(call->out, member_names[member]);
    json_write_object(call->out);
}

void reply_end(struct call *call)
{
    json_write_end(call->out);
}

void reply_begin_list(struct call *call, enum member_id member)
{
    json_write_key(call->out, member_names[member]);
    json_write_array(call->out);
}

void reply_item_str(struct call *call, struct str text)
{
    json_write_string(call->out, text);
}

void reply_item_json(struct call *call, struct str json)
{
    json_write_raw(call->out, json);
}

void reply_begin_item(struct call *call)
{
    json_write_object(call->out);
}

void reply_end_item(struct call *call)
{
    json_write_end(call->out);
}

void reply_end_list(struct call *call)
{
    json_write_end(call->out);
}

void reply_begin_map(struct call *call, enum member_id member)
{
    reply_begin(call, member);
}

void reply_entry_str(struct call *call, struct str key, struct str text)
{
    json_write_key(call->out, key);
    json_write_string(call->out, text);
}

void reply_begin_entry(struct call *call, struct str key)
{
    json_write_key(call->out, key);
    json_write_object(call->out);
}

void reply_end_entry(struct call *call)
{
    json_write_end(call->out);
}

void reply_end_map(struct call *call)
{
    json_write_end(call->out);
}

void call_after_commit(struct call *call, void (*told)(const struct api_env *env, void *ctx),
                       void *ctx)
{
    call->committed = told;
    call->committed_ctx = ctx;
}
