/* xml_read.c: see xml_read.h. One pass, without recursion: open elements are a stack. */
#include "codec/xml_read.h"

#include "base/buf.h"
#include "base/limits.h"

#include "base/banned.h"

struct open {
    struct xml_node *node;
    const struct xml_node **last; /* where its next child goes */
    struct buf text;
};

struct reader {
    struct str in;
    size_t at;
    struct arena *mem;
    struct open stack[XML_READ_DEPTH_MAX];
    size_t depth;
    size_t n_elements;
    const struct xml_node *root;
};

static enum status malformed(const struct reader *r, struct why *why, const char *what)
{
    return why_at(why, STATUS_MALFORMED, r->at, "the XML is broken at byte %zu: %s", r->at, what);
}

static bool looking_at(const struct reader *r, struct str what)
{
    return str_starts(str_slice(r->in, r->at, r->in.len), what);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':' || (c & 0x80) != 0;
}

static void skip_space(struct reader *r)
{
    while (r->at < r->in.len && is_space(r->in.ptr[r->at])) {
        r->at++;
    }
}

/* Moves behind the next `end`. */
static enum status skip_to(struct reader *r, struct str end, const char *what, struct why *why)
{
    while (r->at < r->in.len && !looking_at(r, end)) {
        r->at++;
    }
    if (r->at >= r->in.len) {
        return malformed(r, why, what);
    }
    r->at += end.len;
    return STATUS_OK;
}

static enum status read_name(struct reader *r, struct str *ret, struct why *why)
{
    size_t from = r->at;
    while (r->at < r->in.len && is_name(r->in.ptr[r->at])) {
        r->at++;
    }
    if (r->at == from) {
        return malformed(r, why, "a name is expected here");
    }
    *ret = str_slice(r->in, from, r->at);
    return STATUS_OK;
}

/* ---- text ------------------------------------------------------------------------------------ */

/* What XML 1.0 calls Char. */
static bool is_char(uint32_t c)
{
    return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) ||
           (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
}

static void put_utf8(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_put_char(out, (char)c);
        return;
    }
    unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t leads[] = {0, 0xC0, 0xE0, 0xF0};
    buf_put_char(out, (char)(leads[more] | c >> (6 * more)));
    for (; more > 0; more--) {
        buf_put_char(out, (char)(0x80 | (c >> (6 * (more - 1)) & 0x3F)));
    }
}

/* "38" or "x26" between "&#" and ";". */
static bool read_number(struct str digits, uint32_t *ret)
{
    bool hex = str_starts(digits, STR("x"));
    uint32_t value = 0;
    digits = str_slice(digits, hex, digits.len);
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.ptr[i];
        int digit = c >= '0' && c <= '9'          ? c - '0'
                    : hex && c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : hex && c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                  : -1;
        if (digit < 0 || value > 0x10FFFF) {
            return false;
        }
        value = value * (hex ? 16 : 10) + (uint32_t)digit;
    }
    *ret = value;
    return digits.len > 0 && is_char(value);
}

static enum status read_reference(struct reader *r, struct buf *out, struct why *why)
{
    static const struct {
        struct str name;
        char c;
    } known[] = {{STR_INIT("amp"), '&'},
                 {STR_INIT("lt"), '<'},
                 {STR_INIT("gt"), '>'},
                 {STR_INIT("quot"), '"'},
                 {STR_INIT("apos"), '\''}};
    enum { REFERENCE_MAX = 12 };
    struct str rest = str_slice(r->in, r->at + 1, r->at + REFERENCE_MAX);
    struct str name = str_slice(rest, 0, str_find_char(rest, ';', 0));
    uint32_t c = 0;
    if (name.len == rest.len) {
        return malformed(r, why, "a reference has no ';'");
    }
    if (str_starts(name, STR("#")) && read_number(str_slice(name, 1, name.len), &c)) {
        put_utf8(out, c);
        r->at += name.len + 2;
        return STATUS_OK;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (str_eq(known[i].name, name)) {
            buf_put_char(out, known[i].c);
            r->at += name.len + 2;
            return STATUS_OK;
        }
    }
    return malformed(r, why, "this reference is none of XML's own");
}

/* Text up to the next '<'. A carriage return that stands bare is a line feed (XML 1.0, 2.11). */
static enum status read_text(struct reader *r, struct buf *out, struct why *why)
{
    while (r->at < r->in.len && r->in.ptr[r->at] != '<') {
        char c = r->in.ptr[r->at];
        if (c == '&') {
            TRY(read_reference(r, out, why));
            continue;
        }
        if ((uint8_t)c < 0x20 && !is_space(c)) {
            return malformed(r, why, "a control character cannot be in XML");
        }
        r->at++;
        if (c == '\r') {
            r->at += r->at < r->in.len && r->in.ptr[r->at] == '\n';
            c = '\n';
        }
        buf_put_char(out, c);
    }
    return STATUS_OK;
}

/* "<![CDATA[" ... "]]>" */
static enum status read_cdata(struct reader *r, struct buf *out, struct why *why)
{
    r->at += STR("<![CDATA[").len;
    size_t from = r->at;
    TRY(skip_to(r, STR("]]>"), "a CDATA section has no end", why));
    for (size_t i = from; i < r->at; i++) {
        if ((uint8_t)r->in.ptr[i] < 0x20 && !is_space(r->in.ptr[i])) {
            return malformed(r, why, "a control character cannot be in XML");
        }
    }
    buf_put_str(out, str_slice(r->in, from, r->at - STR("]]>").len));
    return STATUS_OK;
}

/* ---- tags ------------------------------------------------------------------------------------ */

static enum status skip_attribute(struct reader *r, struct why *why)
{
    struct str name;
    TRY(read_name(r, &name, why));
    skip_space(r);
    if (!looking_at(r, STR("="))) {
        return malformed(r, why, "an attribute has no value");
    }
    r->at++;
    skip_space(r);
    char quote = r->at < r->in.len ? r->in.ptr[r->at] : '\0';
    if (quote != '"' && quote != '\'') {
        return malformed(r, why, "an attribute's value has no quotes");
    }
    r->at++;
    while (r->at < r->in.len && r->in.ptr[r->at] != quote && r->in.ptr[r->at] != '<') {
        r->at++;
    }
    if (!looking_at(r, (struct str){&quote, 1})) {
        return malformed(r, why, "an attribute's value has no end");
    }
    r->at++;
    return STATUS_OK;
}

static enum status open_element(struct reader *r, struct str name, struct why *why)
{
    if (r->depth == XML_READ_DEPTH_MAX || r->n_elements == LIMIT_JSON_VALUES) {
        return why_at(why, STATUS_TOO_LARGE, r->at,
                      "the XML has more than %d elements, or they are nested deeper than %d",
                      LIMIT_JSON_VALUES, XML_READ_DEPTH_MAX);
    }
    if (r->depth == 0 && r->root != NULL) {
        return malformed(r, why, "there is a second root element");
    }
    struct xml_node *node = NEW(r->mem, struct xml_node);
    TRY_PTR(node);
    *node = (struct xml_node){.name = name, .text = STR("")};
    if (r->depth == 0) {
        r->root = node;
    } else {
        struct open *parent = &r->stack[r->depth - 1];
        *parent->last = node;
        parent->last = &node->next;
        parent->node->n++;
    }
    struct open *open = &r->stack[r->depth++];
    open->node = node;
    open->last = &node->first;
    buf_init(&open->text, r->mem, r->in.len + 1);
    r->n_elements++;
    return STATUS_OK;
}

static enum status close_element(struct reader *r, struct why *why)
{
    struct open *open = &r->stack[--r->depth];
    struct str text;
    TRY(buf_finish(&open->text, &text, why));
    if (open->node->n == 0) {
        open->node->text = text.ptr == NULL ? STR("") : text;
        return STATUS_OK;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!is_space(text.ptr[i])) {
            return malformed(r, why, "an element holds text and elements");
        }
    }
    return STATUS_OK;
}

static enum status read_start_tag(struct reader *r, struct why *why)
{
    struct str name;
    r->at++;
    TRY(read_name(r, &name, why));
    TRY(open_element(r, name, why));
    for (;;) {
        size_t before = r->at;
        skip_space(r);
        if (looking_at(r, STR(">"))) {
            r->at++;
            return STATUS_OK;
        }
        if (looking_at(r, STR("/>"))) {
            r->at += 2;
            return close_element(r, why);
        }
        if (r->at == before) {
            return malformed(r, why, "a tag has no end");
        }
        TRY(skip_attribute(r, why));
    }
}

static enum status read_end_tag(struct reader *r, struct why *why)
{
    struct str name;
    r->at += 2;
    TRY(read_name(r, &name, why));
    skip_space(r);
    if (r->depth == 0 || !looking_at(r, STR(">")) ||
        !str_eq(name, r->stack[r->depth - 1].node->name)) {
        return malformed(r, why, "this end tag closes no open element");
    }
    r->at++;
    return close_element(r, why);
}

/* One piece of markup, at '<'. */
static enum status read_markup(struct reader *r, struct why *why)
{
    if (looking_at(r, STR("<!--"))) {
        return skip_to(r, STR("-->"), "a comment has no end", why);
    }
    if (looking_at(r, STR("<![CDATA[")) && r->depth > 0) {
        return read_cdata(r, &r->stack[r->depth - 1].text, why);
    }
    if (looking_at(r, STR("<!"))) {
        return malformed(r, why, "declarations of a document type are not read");
    }
    if (looking_at(r, STR("<?"))) {
        return skip_to(r, STR("?>"), "an instruction has no end", why);
    }
    return looking_at(r, STR("</")) ? read_end_tag(r, why) : read_start_tag(r, why);
}

static enum status read_all(struct reader *r, struct why *why)
{
    while (r->at < r->in.len) {
        if (r->in.ptr[r->at] == '<') {
            TRY(read_markup(r, why));
        } else if (r->depth > 0) {
            TRY(read_text(r, &r->stack[r->depth - 1].text, why));
        } else if (is_space(r->in.ptr[r->at])) {
            r->at++;
        } else {
            return malformed(r, why, "text stands outside of the root element");
        }
    }
    if (r->depth > 0 || r->root == NULL) {
        return malformed(r, why, r->root == NULL ? "there is no element" : "an element has no end");
    }
    return STATUS_OK;
}

enum status xml_read(struct str text, struct arena *mem, const struct xml_node **ret_root,
                     struct why *why)
{
    struct reader *r = NEW(mem, struct reader);
    TRY_PTR(r);
    if (!str_is_utf8(text)) {
        return why_set(why, STATUS_MALFORMED, "the XML is not UTF-8");
    }
    r->in = text;
    r->mem = mem;
    TRY(read_all(r, why));
    *ret_root = r->root;
    return STATUS_OK;
}

const struct xml_node *xml_child(const struct xml_node *node, struct str name)
{
    const struct xml_node *child = node == NULL ? NULL : node->first;
    while (child != NULL && !str_eq(child->name, name)) {
        child = child->next;
    }
    return child;
}

struct str xml_child_text(const struct xml_node *node, struct str name)
{
    const struct xml_node *child = xml_child(node, name);
    return child == NULL ? STR_ABSENT : child->text;
}
