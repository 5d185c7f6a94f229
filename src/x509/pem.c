#include "x509/pem_priv.h"

#include "base/buf.h"
#include "codec/base64.h"

#include "base/banned.h"

#define BEGIN STR("-----BEGIN ")
#define END   STR("-----END ")
#define DASH  STR("-----")

enum { LABEL_MAX = 64, LINE_DIGITS = 64 };

static bool found_at(struct str text, size_t at, struct str word)
{
    return text.len - at >= word.len && memcmp(text.ptr + at, word.ptr, word.len) == 0;
}

/* The first place at or after from where a line starts with word; text.len when there is none. */
static size_t find_line(struct str text, struct str word, size_t from)
{
    for (size_t at = from; at < text.len;) {
        if ((at == 0 || text.ptr[at - 1] == '\n' || text.ptr[at - 1] == '\r') &&
            found_at(text, at, word)) {
            return at;
        }
        const char *next = memchr(text.ptr + at + 1, '-', text.len - at - 1);
        if (next == NULL) {
            break;
        }
        at = (size_t)(next - text.ptr);
    }
    return text.len;
}

/* The label that starts at `at` and is ended by five dashes on the same line. */
static bool read_label(struct str text, size_t at, struct str *ret)
{
    for (size_t i = at; i < text.len && i - at <= LABEL_MAX; i++) {
        if (text.ptr[i] == '-') {
            *ret = str_slice(text, at, i);
            return found_at(text, i, DASH);
        }
        if (text.ptr[i] < ' ' || text.ptr[i] > '~') {
            break;
        }
    }
    return false;
}

enum status pem_next(struct str text, size_t from, struct pem_block *ret, struct why *why)
{
    struct pem_block block;
    block.start = find_line(text, BEGIN, from);
    if (block.start == text.len) {
        return why_at(why, STATUS_NOT_FOUND, from, "there is no PEM block (-----BEGIN ...-----)");
    }
    if (!read_label(text, block.start + BEGIN.len, &block.label)) {
        return why_at(why, STATUS_MALFORMED, block.start,
                      "the BEGIN line of the PEM block at byte %zu is not ended by five dashes",
                      block.start);
    }
    size_t body = block.start + BEGIN.len + block.label.len + DASH.len;
    size_t end = find_line(text, END, body);
    struct str label;
    if (end == text.len || !read_label(text, end + END.len, &label) ||
        !str_eq(label, block.label)) {
        return why_at(why, STATUS_MALFORMED, block.start,
                      "the PEM block at byte %zu has no line -----END %.*s-----", block.start,
                      STR_ARG(block.label));
    }
    block.body = str_slice(text, body, end);
    block.end = end + END.len + label.len + DASH.len;
    *ret = block;
    return STATUS_OK;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

enum status pem_decode(struct arena *mem, struct str body, size_t max, struct bytes *ret,
                       struct why *why)
{
    char *digits = arena_alloc(mem, body.len);
    size_t n = 0;
    struct why inner;
    TRY_PTR(digits);
    for (size_t i = 0; i < body.len; i++) {
        digits[n] = body.ptr[i];
        n += !is_space(body.ptr[i]);
    }
    struct str text = {digits, n};
    size_t pads = (size_t)str_ends(text, STR("=")) + (size_t)str_ends(text, STR("=="));
    if (n / 4 * 3 > max + pads) {
        return why_set(why, STATUS_TOO_LARGE, "the PEM block holds more than %zu bytes", max);
    }
    enum status status = base64_decode(mem, BASE64_STANDARD, text, ret, &inner);
    if (status != STATUS_OK) {
        return why_set(why, status, "the PEM block is not base64: %s", inner.text);
    }
    return STATUS_OK;
}

bool pem_is_der(struct str in)
{
    return in.len >= 2 && in.ptr[0] == 0x30 && ((unsigned char)in.ptr[1] & 0x80) != 0;
}

static bool label_wanted(const struct pem_kind *kind, struct str label)
{
    for (size_t i = 0; i < 3 && kind->label[i] != NULL; i++) {
        if (str_eq(label, str_from(kind->label[i]))) {
            return true;
        }
    }
    return false;
}

/* The one block of a text: of a wanted label, with nothing after it. A private key is looked for
 * first, because whoever sent one must know. */
static enum status the_block(const struct pem_kind *kind, struct str text, struct pem_block *ret,
                             struct why *why)
{
    struct pem_block first;
    size_t n = 0;
    for (size_t from = 0;; n++) {
        struct pem_block block;
        enum status status = pem_next(text, from, &block, why);
        if (status == STATUS_NOT_FOUND) {
            break;
        }
        TRY(status);
        if (str_ends(block.label, STR("PRIVATE KEY"))) {
            return why_at(why, STATUS_MALFORMED, block.start,
                          "the text holds a private key (%.*s) at byte %zu; send the %s alone, and "
                          "replace a key that has been sent anywhere",
                          STR_ARG(block.label), block.start, kind->what);
        }
        first = n == 0 ? block : first;
        from = block.end;
    }
    if (n == 0) {
        return why_set(why, STATUS_MALFORMED, "the input is neither DER nor a PEM text with a %s",
                       kind->what);
    }
    if (n > 1) {
        return why_at(why, STATUS_MALFORMED, first.end,
                      "the text holds %zu PEM blocks; exactly one %s is accepted", n, kind->what);
    }
    *ret = first;
    return STATUS_OK;
}

static enum status pem_read(struct arena *mem, const struct pem_kind *kind, struct str text,
                            struct bytes *ret_der, struct why *why)
{
    struct pem_block block = {.start = 0};
    TRY(the_block(kind, text, &block, why));
    if (!label_wanted(kind, block.label)) {
        return why_at(why, STATUS_MALFORMED, block.start, "the PEM block is a %.*s, not a %s (%s)",
                      STR_ARG(block.label), kind->what, kind->label[0]);
    }
    if (memchr(text.ptr, 0, block.start) != NULL) {
        return why_set(why, STATUS_MALFORMED, "the text before the PEM block holds a NUL byte");
    }
    for (size_t i = block.end; i < text.len; i++) {
        if (!is_space(text.ptr[i])) {
            return why_at(why, STATUS_MALFORMED, i,
                          "%zu bytes follow the %s's END line, from byte %zu", text.len - i,
                          kind->what, i);
        }
    }
    return pem_decode(mem, block.body, kind->max_der, ret_der, why);
}

enum status pem_or_der_read(struct arena *mem, const struct pem_kind *kind, struct str in,
                            struct bytes *ret_der, struct why *why)
{
    bool is_der = pem_is_der(in);
    size_t max = is_der ? kind->max_der : kind->max_text;
    if (in.len > max) {
        return why_set(why, STATUS_TOO_LARGE, "the %s is %zu bytes, the most is %zu", kind->what,
                       in.len, max);
    }
    if (in.len == 0) {
        return why_set(why, STATUS_MALFORMED, "the %s is empty", kind->what);
    }
    if (is_der) {
        *ret_der = bytes_of_str(in);
        return STATUS_OK;
    }
    return pem_read(mem, kind, in, ret_der, why);
}

enum status pem_write(struct arena *mem, const char *label, struct bytes der, struct str *ret,
                      struct why *why)
{
    struct buf out;
    struct str digits;
    TRY(base64_encode(mem, BASE64_STANDARD, der, &digits, why));
    buf_init(&out, mem, digits.len + digits.len / LINE_DIGITS + 4 * LABEL_MAX);
    buf_put_fmt(&out, "-----BEGIN %s-----\n", label);
    for (size_t i = 0; i < digits.len; i += LINE_DIGITS) {
        buf_put_str(&out, str_slice(digits, i, i + LINE_DIGITS));
        buf_put_char(&out, '\n');
    }
    buf_put_fmt(&out, "-----END %s-----\n", label);
    return buf_finish(&out, ret, why);
}
