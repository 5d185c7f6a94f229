/* http_server_refusal.c: what the server answers itself, before any handler. */
#include "net/http_server_priv.h"

#include <stdio.h>

#include "base/banned.h"

#define REFUSAL(name, status, exception, message)                                                  \
    const struct refusal name = {status, STR_INIT(exception "Exception"), STR_INIT(message)}
REFUSAL(refused_target, 400, "InvalidRequest", "The request target is not a path.");
REFUSAL(refused_bytes, 400, "InvalidRequest",
        "The method or a header has a byte that may not stand there.");
REFUSAL(refused_framing, 400, "InvalidRequest",
        "The length of the request is not stated in one way.");
REFUSAL(refused_length, 400, "InvalidRequest", "Content-Length is not a number.");
REFUSAL(refused_time, 408, "RequestTimeout", "The request did not arrive in time.");
REFUSAL(refused_body, 413, "RequestEntityTooLarge", "The request body is too large.");
REFUSAL(refused_headers, 431, "InvalidRequest", "The request line and headers are too large.");
REFUSAL(refused_memory, 503, "ServiceUnavailable", "Out of memory.");
REFUSAL(refused_end, 503, "ServiceUnavailable", "The server is ending.");

#undef REFUSAL

size_t refusal_body(const struct refusal *refusal, char body[REFUSAL_BODY_MAX])
{
    int n = snprintf(body, REFUSAL_BODY_MAX, "{\"__type\":\"%.*s\",\"message\":\"%.*s\"}",
                     STR_ARG(refusal->exception), STR_ARG(refusal->message));
    return (size_t)n;
}

void refusal_tell(const struct connection *c, const struct refusal *refusal, const char *request_id)
{
    const struct http_server *server = c->server;
    const struct http_rejection rejection = {.peer = str_from(c->peer),
                                             .status = refusal->status,
                                             .exception = refusal->exception,
                                             .message = refusal->message,
                                             .request_id = str_from(request_id)};
    if (server->tell_rejected != NULL) {
        server->tell_rejected(server->rejected_ctx, &rejection);
    }
}
