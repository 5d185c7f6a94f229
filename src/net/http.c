#include "net/http.h"

#include "base/banned.h"

struct str http_header_get(const struct http_request *request, struct str name)
{
    for (size_t i = 0; i < request->n_headers; i++) {
        if (str_eq_nocase(request->headers[i].name, name)) {
            return request->headers[i].value;
        }
    }
    return STR_ABSENT;
}

void http_reply_header(struct http_reply *reply, struct str name, struct str value)
{
    if (reply->n_headers < HTTP_REPLY_HEADERS_MAX) {
        reply->headers[reply->n_headers++] = (struct http_header){name, value};
    }
}

void http_finish(struct http_exchange *exchange)
{
    exchange->finish(exchange);
}
