/* page.c: page tokens. A token is, in base64 (the pattern of Marker allows no base64url),
 *     version (1 byte), time of issue (8 bytes, ms, big-endian), MAC (16 bytes), position
 * where the MAC is over all but itself and over the operation and its filters. */
#include "api/page.h"

#include "base/buf.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/digest.h"

#include "base/banned.h"

enum { VERSION = 1, TIME_AT = 1, MAC_AT = 9, MAC_BYTES = 16, POSITION_AT = MAC_AT + MAC_BYTES };

/* What the token must agree with: the operation, and the request's members besides the paging. */
static enum status put_filters(const struct call *call, struct buf *out, struct why *why)
{
    const struct operation *op = call->op;
    const struct shape *shape = &shapes[call->in->shape];
    buf_put_fmt(out, "%s:%s", op_service(op)->id.ptr, op->name.ptr);
    for (size_t i = 0; i < shape->n; i++) {
        enum member_id member = (enum member_id)shape->members[i].member;
        const struct value *value = value_get(call->in, member);
        struct str json;
        if (value == NULL || member == op->token_in || member == op->page_size) {
            continue;
        }
        TRY(value_to_json(value, call->mem, &json, why));
        buf_put_char(out, '\n');
        buf_put_str(out, member_names[member]);
        buf_put_char(out, '=');
        buf_put_str(out, json); /* holds no line feed */
    }
    return STATUS_OK;
}

static enum status seal(const struct call *call, struct bytes head, struct str position,
                        uint8_t ret_mac[SHA256_BYTES], struct why *why)
{
    struct buf text;
    struct str all;
    buf_init(&text, call->mem, LIMIT_REPLY_BYTES);
    buf_put(&text, head.ptr, head.len);
    TRY(put_filters(call, &text, why));
    buf_put_char(&text, '\0');
    buf_put_str(&text, position);
    TRY(buf_finish(&text, &all, why));
    const struct page_key *key = call->env->page_key;
    return digest_hmac_sha256((struct bytes){key->bytes, PAGE_KEY_BYTES}, bytes_of_str(all),
                              ret_mac, why);
}

static int64_t issued_at(struct bytes token)
{
    uint64_t ms = 0;
    for (size_t i = TIME_AT; i < MAC_AT; i++) {
        ms = ms << 8 | token.ptr[i];
    }
    return (int64_t)ms;
}

static enum status open_token(const struct call *call, struct str text, struct str *ret,
                              struct why *why)
{
    struct str name = member_names[call->op->token_in];
    struct bytes token;
    uint8_t mac[SHA256_BYTES];
    enum status status = base64_decode(call->mem, BASE64_STANDARD, text, &token, why);
    if (status == STATUS_NO_MEMORY) {
        return status;
    }
    if (status != STATUS_OK || token.len < POSITION_AT || token.ptr[0] != VERSION) {
        return why_set(why, STATUS_INVALID, "%s is not a token of this service", name.ptr);
    }
    struct str position = {(const char *)token.ptr + POSITION_AT, token.len - POSITION_AT};
    TRY(seal(call, (struct bytes){token.ptr, MAC_AT}, position, mac, why));
    if (!bytes_eq_secret((struct bytes){mac, MAC_BYTES},
                         (struct bytes){token.ptr + MAC_AT, MAC_BYTES})) {
        return why_set(why, STATUS_INVALID,
                       "%s does not belong to this request: it is for the same operation with the "
                       "same filters only",
                       name.ptr);
    }
    if (call->now - issued_at(token) > (int64_t)PAGE_TOKEN_HOURS * HOUR_MS) {
        return why_set(why, STATUS_INVALID, "%s is older than %d hours; begin the list again",
                       name.ptr, PAGE_TOKEN_HOURS);
    }
    *ret = position;
    return STATUS_OK;
}

/* A page's size where the request gives none. */
static const uint8_t default_sizes[SERVICE_COUNT] = {
    [SERVICE_iot] = PAGE_SIZE_DEFAULT,
    [SERVICE_iam] = 100,
    [SERVICE_sts] = 100,
    [SERVICE_sns] = 100,
    [SERVICE_logs] = 50,
    [SERVICE_cognito] = PAGE_SIZE_DEFAULT,
};

enum status call_page(const struct call *call, struct page *ret, struct why *why)
{
    const struct operation *op = call->op;
    struct page page = {.after = STR_ABSENT};
    page.max = (size_t)arg_int(call, (enum member_id)op->page_size, default_sizes[op->service]);
    if (shape_member_find(&shapes[op->input], M_ascendingOrder) != NULL) {
        page.descending = !arg_bool(call, M_ascendingOrder, false);
    }
    struct str token = arg_str(call, (enum member_id)op->token_in);
    if (!str_absent(token)) {
        TRY(open_token(call, token, &page.after, why));
    }
    *ret = page;
    return STATUS_OK;
}

enum status reply_next(struct call *call, struct str position, struct why *why)
{
    uint8_t mac[SHA256_BYTES], head[MAC_AT] = {VERSION};
    struct buf token;
    struct str bytes, text;
    if (shape_member_find(&shapes[call->op->output], M_IsTruncated) != NULL) {
        reply_bool(call, M_IsTruncated, !str_absent(position));
    }
    if (str_absent(position)) {
        return STATUS_OK;
    }
    for (size_t i = TIME_AT; i < MAC_AT; i++) {
        head[i] = (uint8_t)((uint64_t)call->now >> (8 * (MAC_AT - 1 - i)));
    }
    TRY(seal(call, (struct bytes){head, MAC_AT}, position, mac, why));
    buf_init(&token, call->mem, LIMIT_REPLY_BYTES);
    buf_put(&token, head, MAC_AT);
    buf_put(&token, mac, MAC_BYTES);
    buf_put_str(&token, position);
    TRY(buf_finish(&token, &bytes, why));
    TRY(base64_encode(call->mem, BASE64_STANDARD, bytes_of_str(bytes), &text, why));
    reply_str(call, (enum member_id)call->op->token_out, text);
    return STATUS_OK;
}
