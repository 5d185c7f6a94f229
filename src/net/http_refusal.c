#include "net/http_refusal.h"

#include "base/banned.h"

static bool is_form(const struct http_request *request)
{
    return str_eq(request->path, STR("/")) &&
           str_starts(http_header_get(request, STR("Content-Type")),
                      STR("application/x-www-form-urlencoded"));
}

static enum status make_xml(int http, struct str name, struct str message, struct str request_id,
                            struct arena *mem, struct str *ret)
{
    return str_fmt(mem, ret, NULL,
                   "<ErrorResponse><Error><Type>%s</Type><Code>%.*s</Code><Message>%.*s</Message>"
                   "</Error><RequestId>%.*s</RequestId></ErrorResponse>",
                   http < 500 ? "Sender" : "Receiver", STR_ARG(name), STR_ARG(message),
                   STR_ARG(request_id));
}

void http_refusal_write(const struct http_request *request, struct str exception,
                        struct str message, struct str request_id, struct arena *mem,
                        struct http_reply *reply)
{
    bool xml = is_form(request);
    struct str name = exception;
    if (xml && str_ends(name, STR("Exception"))) {
        name.len -= sizeof("Exception") - 1;
    }
    enum status status =
        xml ? make_xml(reply->status, name, message, request_id, mem, &reply->body)
            : str_fmt(mem, &reply->body, NULL, "{\"__type\":\"%.*s\",\"message\":\"%.*s\"}",
                      STR_ARG(name), STR_ARG(message));
    if (status != STATUS_OK) {
        reply->body = STR("{}");
    }
    http_reply_header(reply, STR("Content-Type"), xml ? STR("text/xml") : STR("application/json"));
    http_reply_header(reply, STR("x-amzn-ErrorType"), name);
    http_reply_header(reply, STR("x-amzn-RequestId"), request_id);
}
