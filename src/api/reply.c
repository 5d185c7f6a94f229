#include "api/reply.h"

#include "base/limits.h"
#include "codec/json_write.h"
#include "model/arn.h"

#include "base/banned.h"

static void begin(struct http_exchange *exchange, struct str request_id, int http, struct str body)
{
    struct http_reply *reply = &exchange->reply;
    reply->status = http;
    reply->body = body;
    reply->n_headers = 0;
    http_reply_header(reply, STR("x-amzn-RequestId"), request_id);
    if (body.len > 0) {
        http_reply_header(reply, STR("Content-Type"), STR("application/json"));
    }
}

void reply_success(struct http_exchange *exchange, struct str request_id, struct str body)
{
    begin(exchange, request_id, 200, body);
}

/* resourceArn, and resourceId: the name in the ARN. */
static void put_resource(struct json_write *out, const struct why *why)
{
    struct str resource = str_from(why->resource);
    struct arn arn;
    if (resource.len == 0) {
        return;
    }
    if (arn_parse(resource, &arn, NULL) == STATUS_OK && !str_absent(arn.name)) {
        json_write_member(out, STR("resourceId"), arn.name);
        json_write_member(out, STR("resourceArn"), resource);
    } else {
        json_write_member(out, STR("resourceId"), resource);
    }
}

static struct str message_of(enum status status, int http, const struct why *why)
{
    if (http >= 500 && http != 501 && status != STATUS_BUSY) {
        return STR("The service could not do this; its log tells more under the request id.");
    }
    return why->text[0] != '\0' ? str_from(why->text) : str_from(status_meaning(status));
}

void reply_error(struct http_exchange *exchange, struct str request_id, enum status status,
                 const struct why *why)
{
    struct api_error error = api_error_of_why(SERVICE_iot, status, why);
    struct buf body;
    struct json_write out;
    struct str text;
    buf_init(&body, exchange->mem, LIMIT_REPLY_BYTES);
    json_write_init(&out, &body);
    json_write_object(&out);
    json_write_member(&out, STR("__type"), error.exception);
    json_write_member(&out, STR("message"), message_of(status, error.http, why));
    put_resource(&out, why);
    json_write_end(&out);
    json_write_finish(&out);
    if (buf_finish(&body, &text, NULL) != STATUS_OK) {
        text = STR("{\"message\":\"out of memory\"}"); /* the header still names the error */
    }
    begin(exchange, request_id, error.http, text);
    http_reply_header(&exchange->reply, STR("x-amzn-ErrorType"), error.exception);
}
