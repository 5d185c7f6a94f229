#include "api/reply.h"

#include "api/value_xml.h"
#include "base/limits.h"
#include "codec/json_write.h"
#include "model/arn.h"

#include "base/banned.h"

static const struct str content_types[] = {
    [PROTOCOL_REST_JSON] = STR_INIT("application/json"),
    [PROTOCOL_QUERY] = STR_INIT("text/xml"),
    [PROTOCOL_JSON] = STR_INIT("application/x-amz-json-1.1"),
};

static void begin(struct http_exchange *exchange, enum service_id service, struct str request_id,
                  int http, struct str body)
{
    struct http_reply *reply = &exchange->reply;
    reply->status = http;
    reply->body = body;
    reply->n_headers = 0;
    http_reply_header(reply, STR("x-amzn-RequestId"), request_id);
    if (body.len > 0) {
        http_reply_header(reply, STR("Content-Type"), content_types[services[service].protocol]);
    }
}

void reply_success(struct http_exchange *exchange, enum service_id service, struct str request_id,
                   struct str body)
{
    begin(exchange, service, request_id, 200, body);
}

enum status reply_xml(const struct operation *op, const struct value *members,
                      struct str request_id, struct arena *mem, struct str *ret, struct why *why)
{
    struct str root, result;
    struct buf body;
    struct xml_write out;
    TRY(str_fmt(mem, &root, why, "%.*sResponse", STR_ARG(op->name)));
    TRY(str_fmt(mem, &result, why, "%.*sResult", STR_ARG(op->name)));
    buf_init(&body, mem, LIMIT_REPLY_BYTES);
    xml_write_init(&out, &body);
    xml_write_root(&out, root, op_service(op)->xmlns);
    if (members != NULL) {
        xml_write_begin(&out, result);
        value_to_xml(&out, members, mem);
        xml_write_end(&out);
    }
    xml_write_begin(&out, STR("ResponseMetadata"));
    xml_write_leaf(&out, STR("RequestId"), request_id);
    xml_write_end(&out);
    xml_write_end(&out);
    xml_write_finish(&out);
    return buf_finish(&body, ret, why);
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

static void put_json(struct buf *body, enum service_id service, struct str name, struct str message,
                     const struct why *why)
{
    struct json_write out;
    json_write_init(&out, body);
    json_write_object(&out);
    json_write_member(&out, STR("__type"), name);
    json_write_member(&out, STR("message"), message);
    if (service == SERVICE_iot) {
        put_resource(&out, why);
    }
    json_write_end(&out);
    json_write_finish(&out);
}

static void put_xml(struct buf *body, enum service_id service, struct api_error error,
                    struct str message, struct str request_id)
{
    struct xml_write out;
    xml_write_init(&out, body);
    xml_write_root(&out, STR("ErrorResponse"), services[service].xmlns);
    xml_write_begin(&out, STR("Error"));
    xml_write_leaf(&out, STR("Type"), error.http < 500 ? STR("Sender") : STR("Receiver"));
    xml_write_leaf(&out, STR("Code"), error.exception);
    xml_write_begin(&out, STR("Message"));
    xml_write_shown(&out, message);
    xml_write_end(&out);
    xml_write_end(&out);
    xml_write_leaf(&out, STR("RequestId"), request_id);
    xml_write_end(&out);
    xml_write_finish(&out);
}

void reply_error(struct http_exchange *exchange, enum service_id service, struct str request_id,
                 enum status status, const struct why *why)
{
    struct api_error error = api_error_of_why(service, status, why);
    struct str message = message_of(status, error.http, why);
    bool xml = services[service].protocol == PROTOCOL_QUERY;
    struct buf body;
    struct str text;
    buf_init(&body, exchange->mem, LIMIT_REPLY_BYTES);
    if (xml) {
        put_xml(&body, service, error, message, request_id);
    } else {
        put_json(&body, service, error.exception, message, why);
    }
    if (buf_finish(&body, &text, NULL) != STATUS_OK) { /* the header still names the error */
        text =
            xml ? STR("<ErrorResponse></ErrorResponse>") : STR("{\"message\":\"out of memory\"}");
    }
    begin(exchange, service, request_id, error.http, text);
    http_reply_header(&exchange->reply, STR("x-amzn-ErrorType"), error.exception);
}
