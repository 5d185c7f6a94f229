#include "codec/xml_write.h"

#include "base/banned.h"

#define REPLACEMENT "\xEF\xBF\xBD"

void xml_write_init(struct xml_write *w, struct buf *out)
{
    w->out = out;
    w->depth = 0;
    w->rooted = false;
}

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        bool later = (c >= '0' && c <= '9') || c == '-' || c == '.';
        if (!letter && (!later || i == 0)) {
            return false;
        }
    }
    return name.len > 0;
}

/* "<name", and the name remembered. */
static void open_element(struct xml_write *w, struct str name)
{
    if (!is_name(name) || w->depth == XML_DEPTH_MAX || (w->depth == 0 && w->rooted)) {
        buf_fail(w->out, STATUS_INTERNAL);
        return;
    }
    w->rooted = true;
    w->names[w->depth++] = name;
    buf_put_char(w->out, '<');
    buf_put_str(w->out, name);
}

/* The bytes (1 to 4) of a character that XML has, RFC 3629 and XML 1.0 section 2.2; else 0. */
static size_t character(struct str s)
{
    size_t n = str_utf8_sequence(s);
    unsigned char c = (unsigned char)s.ptr[0];
    if (n == 1) {
        return c >= 0x20 || c == '\t' || c == '\n' || c == '\r' ? 1 : 0;
    }
    bool none = n == 3 && c == 0xEF && (unsigned char)s.ptr[1] == 0xBF &&
                (unsigned char)s.ptr[2] >= 0xBE; /* U+FFFE, U+FFFF */
    return none ? 0 : n;
}

static struct str reference(char c)
{
    switch (c) {
    case '&':
        return STR("&amp;");
    case '<':
        return STR("&lt;");
    case '>':
        return STR("&gt;");
    case '"':
        return STR("&quot;");
    case '\r':
        return STR("&#xD;");
    default:
        return STR_ABSENT;
    }
}

static void put_text(struct buf *out, struct str text, bool shown)
{
    size_t at = 0, plain = 0; /* from plain to at nothing needs care */
    while (at < text.len) {
        size_t n = character(str_slice(text, at, text.len));
        struct str instead = n == 1 ? reference(text.ptr[at]) : STR_ABSENT;
        if (n == 0 && !shown) {
            buf_fail(out, STATUS_INTERNAL);
            return;
        }
        if (n == 0) {
            instead = STR(REPLACEMENT);
            n = 1;
        }
        if (!str_absent(instead)) {
            buf_put(out, text.ptr + plain, at - plain);
            buf_put_str(out, instead);
            plain = at + n;
        }
        at += n;
    }
    buf_put(out, text.ptr + plain, at - plain);
}

void xml_write_root(struct xml_write *w, struct str name, struct str xmlns)
{
    if (w->depth != 0) {
        buf_fail(w->out, STATUS_INTERNAL);
    }
    open_element(w, name);
    if (xmlns.len > 0) {
        buf_put_str(w->out, STR(" xmlns=\""));
        put_text(w->out, xmlns, false);
        buf_put_char(w->out, '"');
    }
    buf_put_char(w->out, '>');
}

void xml_write_begin(struct xml_write *w, struct str name)
{
    if (w->depth == 0) {
        buf_fail(w->out, STATUS_INTERNAL);
    }
    open_element(w, name);
    buf_put_char(w->out, '>');
}

void xml_write_end(struct xml_write *w)
{
    if (w->depth == 0) {
        buf_fail(w->out, STATUS_INTERNAL);
        return;
    }
    buf_put_str(w->out, STR("</"));
    buf_put_str(w->out, w->names[--w->depth]);
    buf_put_char(w->out, '>');
}

void xml_write_text(struct xml_write *w, struct str text)
{
    if (w->depth == 0) {
        buf_fail(w->out, STATUS_INTERNAL);
    }
    put_text(w->out, text, false);
}

void xml_write_shown(struct xml_write *w, struct str text)
{
    if (w->depth == 0) {
        buf_fail(w->out, STATUS_INTERNAL);
    }
    put_text(w->out, text, true);
}

void xml_write_leaf(struct xml_write *w, struct str name, struct str text)
{
    if (!str_absent(text)) {
        xml_write_begin(w, name);
        xml_write_text(w, text);
        xml_write_end(w);
    }
}

void xml_write_finish(struct xml_write *w)
{
    if (w->depth != 0 || !w->rooted) {
        buf_fail(w->out, STATUS_INTERNAL);
    }
}
