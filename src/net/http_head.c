#include "net/http_head.h"

#include "base/banned.h"

/* RFC 9110, section 5.6.2: what names of methods and headers are made of. */
static const bool token_chars[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true,  ['#'] = true,
    ['$'] = true,         ['%'] = true,         ['&'] = true,         ['\''] = true, ['*'] = true,
    ['+'] = true,         ['-'] = true,         ['.'] = true,         ['^'] = true,  ['_'] = true,
    ['`'] = true,         ['|'] = true,         ['~'] = true,
};

static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!token_chars[(unsigned char)s.ptr[i]]) {
            return false;
        }
    }
    return s.len > 0;
}

/* Whether every byte is one of ASCII's that print, or one of the two allowed on top. */
static bool is_printable(struct str s, char also, char and_also)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if ((c <= ' ' || c > '~') && c != also && c != and_also) {
            return false;
        }
    }
    return true;
}

/* Where it ends. */

/* The length of an empty line at from: 1 or 2; 0 when it is none; -1 when more must come to tell.
 * A line end without CR is found here, so that the request is refused and not waited for. */
static int empty_line(struct str text, size_t from)
{
    if (from < text.len && text.ptr[from] == '\n') {
        return 1;
    }
    if (from < text.len && text.ptr[from] != '\r') {
        return 0;
    }
    if (from + 1 < text.len) {
        return text.ptr[from + 1] == '\n' ? 2 : 0;
    }
    return -1;
}

enum http_head_said http_head_find(struct http_head_search *search, struct str text,
                                   size_t *ret_len)
{
    while (search->looked < text.len) {
        struct str rest = str_slice(text, search->looked, text.len);
        size_t end = str_find_char(rest, '\n', 0);
        if (!search->line_whole && !is_printable(str_slice(rest, 0, end), ' ', '\r')) {
            return HTTP_HEAD_HOPELESS;
        }
        if (end == rest.len) {
            search->looked = text.len;
            return HTTP_HEAD_MORE;
        }
        search->line_whole = true;
        size_t next = search->looked + end + 1;
        int empty = empty_line(text, next);
        if (empty < 0) {
            search->looked = next - 1;
            return HTTP_HEAD_MORE;
        }
        if (empty > 0) {
            *ret_len = next + (size_t)empty;
            return HTTP_HEAD_WHOLE;
        }
        search->looked = next;
    }
    return HTTP_HEAD_MORE;
}

/* What it says. */

static bool take_line(struct str *rest, struct str *ret)
{
    size_t end = str_find_char(*rest, '\n', 0);
    if (end == 0 || end == rest->len || rest->ptr[end - 1] != '\r') {
        return false;
    }
    *ret = str_slice(*rest, 0, end - 1);
    *rest = str_slice(*rest, end + 1, rest->len);
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "HTTP/1.1". */
static bool is_version(struct str s)
{
    return s.len == 8 && str_starts(s, STR("HTTP/")) && is_digit(s.ptr[5]) && s.ptr[6] == '.' &&
           is_digit(s.ptr[7]);
}

static const struct http_refusal *read_request_line(struct str line, struct http_request *request,
                                                    bool *ret_oldest)
{
    struct str version = line;
    struct str target = STR("");
    if (!str_next(&version, ' ', &request->method) || !str_next(&version, ' ', &target) ||
        !is_token(request->method) || !is_version(version)) {
        return &http_refused_line;
    }
    if (version.ptr[5] != '1') {
        return &http_refused_version;
    }
    if (target.len == 0 || target.ptr[0] != '/') {
        return &http_refused_target;
    }
    if (!is_printable(target, '/', '/')) {
        return &http_refused_target_text;
    }
    size_t mark = str_find_char(target, '?', 0);
    request->path = str_slice(target, 0, mark);
    request->query = mark == target.len ? STR_ABSENT : str_slice(target, mark + 1, target.len);
    *ret_oldest = version.ptr[7] == '0';
    return NULL;
}

/* No control characters but tabs; bytes beyond ASCII mean whatever the handler makes of them. */
static bool is_value(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool read_header(struct str line, struct http_header *ret)
{
    size_t colon = str_find_char(line, ':', 0);
    ret->name = str_slice(line, 0, colon);
    ret->value = str_slice(line, colon + 1, line.len);
    if (colon == line.len || !is_token(ret->name) || !is_value(ret->value)) {
        return false;
    }
    ret->value = str_trim(ret->value);
    return true;
}

static const struct http_refusal *read_headers(struct arena *mem, struct str rest,
                                               struct http_request *request)
{
    size_t lines = 0;
    for (size_t i = 0; i < rest.len; i++) {
        lines += rest.ptr[i] == '\n';
    }
    struct http_header *headers = NEW_ARRAY(mem, struct http_header, lines);
    struct str line;
    if (headers == NULL) {
        return &http_refused_memory;
    }
    request->headers = headers;
    for (;;) {
        if (!take_line(&rest, &line)) {
            return &http_refused_header;
        }
        if (line.len == 0) {
            return NULL;
        }
        if (!read_header(line, &headers[request->n_headers])) {
            return &http_refused_header;
        }
        request->n_headers++;
    }
}

/* What is said of framing, and how often. */
struct said {
    unsigned hosts;
    unsigned lengths;
    unsigned codings;
    struct str length;
    struct str coding;
    struct str expected;
    bool close;
};

static bool lists(struct str list, struct str word)
{
    struct str part;
    while (str_next(&list, ',', &part)) {
        if (str_eq_nocase(str_trim(part), word)) {
            return true;
        }
    }
    return false;
}

static void hear(struct said *said, const struct http_header *header)
{
    if (str_eq_nocase(header->name, STR("Host"))) {
        said->hosts++;
    } else if (str_eq_nocase(header->name, STR("Content-Length"))) {
        said->lengths++;
        said->length = header->value;
    } else if (str_eq_nocase(header->name, STR("Transfer-Encoding"))) {
        said->codings++;
        said->coding = header->value;
    } else if (str_eq_nocase(header->name, STR("Expect"))) {
        said->expected = header->value;
    } else if (str_eq_nocase(header->name, STR("Connection"))) {
        said->close = said->close || lists(header->value, STR("close"));
    }
}

/* Digits alone: str_to_int64 would take a sign. */
static bool read_length(struct str text, int64_t *ret)
{
    return text.len > 0 && is_digit(text.ptr[0]) && str_to_int64(text, ret) == STATUS_OK;
}

/* RFC 9112, sections 6.1 to 6.3. */
static const struct http_refusal *judge_framing(const struct said *said, bool oldest,
                                                struct http_framing *framing)
{
    if (said->lengths + said->codings > 1 || (said->codings > 0 && oldest)) {
        return &http_refused_framing;
    }
    if (said->codings > 0 && !str_eq_nocase(said->coding, STR("chunked"))) {
        return &http_refused_coding;
    }
    if (said->lengths > 0 && !read_length(said->length, &framing->length)) {
        return &http_refused_length;
    }
    framing->chunked = said->codings > 0;
    framing->keep_alive = !oldest && !said->close;
    return NULL;
}

/* RFC 9112, section 3.2; RFC 9110, section 10.1.1. */
static const struct http_refusal *judge(const struct said *said, bool oldest,
                                        struct http_framing *framing)
{
    bool expects = !oldest && !str_absent(said->expected);
    if (said->hosts > 1 || (said->hosts == 0 && !oldest)) {
        return &http_refused_host;
    }
    framing->waits = expects && str_eq_nocase(said->expected, STR("100-continue"));
    return expects && !framing->waits ? &http_refused_expectation
                                      : judge_framing(said, oldest, framing);
}

const struct http_refusal *http_head_read(struct arena *mem, struct str head,
                                          struct http_request *request, struct http_framing *ret)
{
    struct str line;
    struct said said = {.hosts = 0};
    bool oldest = false;
    *ret = (struct http_framing){.length = 0};
    if (!take_line(&head, &line)) {
        return &http_refused_line;
    }
    const struct http_refusal *refusal = read_request_line(line, request, &oldest);
    if (refusal == NULL) {
        refusal = read_headers(mem, head, request);
    }
    if (refusal != NULL) {
        return refusal;
    }
    for (size_t i = 0; i < request->n_headers; i++) {
        hear(&said, &request->headers[i]);
    }
    return judge(&said, oldest, ret);
}
