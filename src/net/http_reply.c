#include "net/http_reply.h"

#include "base/banned.h"

/* RFC 9110, section 15. People read it, programs do not. */
static const struct {
    int status;
    const char *phrase;
} phrases[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {417, "Expectation Failed"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

static const char *phrase_of(int status)
{
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        if (phrases[i].status == status) {
            return phrases[i].phrase;
        }
    }
    return "Other";
}

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

static void put_header(struct buf *out, struct str name, struct str value)
{
    if (name.len > 0 && is_plain(name) && is_plain(value)) {
        buf_put_str(out, name);
        buf_put_str(out, STR(": "));
        buf_put_str(out, value);
        buf_put_str(out, STR("\r\n"));
    }
}

void http_reply_write(const struct http_reply *reply, const struct http_reply_form *form,
                      struct buf *out)
{
    int status = reply->status >= 200 && reply->status <= 599 ? reply->status : 500;
    buf_put_fmt(out, "HTTP/1.1 %d %s\r\n", status, phrase_of(status));
    if (!str_absent(form->date)) {
        put_header(out, STR("Date"), form->date);
    }
    for (size_t i = 0; i < reply->n_headers; i++) {
        put_header(out, reply->headers[i].name, reply->headers[i].value);
    }
    if (form->closes) {
        put_header(out, STR("Connection"), STR("close"));
    }
    buf_put_fmt(out, "Content-Length: %zu\r\n\r\n", reply->body.len);
}
