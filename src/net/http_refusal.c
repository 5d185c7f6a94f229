#include "net/http_refusal.h"

#include "base/banned.h"

#define HTTP_REFUSAL_DEFINE(name, status, exception, message)                                      \
    const struct http_refusal http_refused_##name = {status, STR_INIT(exception "Exception"),      \
                                                     STR_INIT(message)};
HTTP_REFUSALS(HTTP_REFUSAL_DEFINE)
#undef HTTP_REFUSAL_DEFINE

void http_refusal_reply(const struct http_refusal *refusal, struct str request_id,
                        struct arena *mem, struct http_reply *ret)
{
    *ret = (struct http_reply){.status = refusal->status};
    if (str_fmt(mem, &ret->body, NULL, "{\"__type\":\"%.*s\",\"message\":\"%.*s\"}",
                STR_ARG(refusal->exception), STR_ARG(refusal->message)) != STATUS_OK) {
        ret->body = STR("{}");
    }
    http_reply_header(ret, STR("Content-Type"), STR("application/json"));
    http_reply_header(ret, STR("x-amzn-ErrorType"), refusal->exception);
    http_reply_header(ret, STR("x-amzn-RequestId"), request_id);
}
