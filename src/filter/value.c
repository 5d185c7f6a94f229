/* value.c: what is compared with: texts with wildcards, numbers, regular expressions. */
#include "base/buf.h"
#include "filter/filter_priv.h"

#include "base/banned.h"

/* ---- texts ----------------------------------------------------------------------------------- */

/* Texts cut at wildcards, while they are read. */
struct cutting {
    struct buf bytes; /* all pieces, one after another */
    size_t *ends;
    size_t n;
};

static enum status cutting_begin(struct cutting *c, struct arena *mem, size_t max, struct why *why)
{
    buf_init(&c->bytes, mem, max);
    c->ends = NEW_ARRAY(mem, size_t, max + 1);
    c->n = 0;
    TRY_PTR(c->ends);
    return STATUS_OK;
}

static void cut(struct cutting *c)
{
    c->ends[c->n++] = buf_view(&c->bytes).len;
}

static enum status cutting_end(struct cutting *c, struct arena *mem, const struct str **ret,
                               size_t *ret_n, struct why *why)
{
    struct str all;
    cut(c);
    TRY(buf_finish(&c->bytes, &all, why));
    struct str *pieces = NEW_ARRAY(mem, struct str, c->n);
    TRY_PTR(pieces);
    size_t from = 0;
    for (size_t i = 0; i < c->n; i++) {
        pieces[i] = str_slice(all, from, c->ends[i]);
        from = c->ends[i];
    }
    *ret = pieces;
    *ret_n = c->n;
    return STATUS_OK;
}

enum status parse_quoted(struct parse *p, char quote, bool wild, const struct str **ret,
                         size_t *ret_n, struct why *why)
{
    struct cutting c;
    size_t opened = p->at - 1;
    TRY(cutting_begin(&c, p->mem, p->text.len, why));
    for (;;) {
        if (p->at == p->text.len) {
            return why_at(why, STATUS_INVALID, opened, "a quote is opened and not closed");
        }
        char ch = p->text.ptr[p->at++];
        if (ch == quote) {
            break;
        }
        char next = parse_peek(p);
        if (ch == '\\' && p->at < p->text.len && (next == quote || next == '\\' || next == '*')) {
            buf_put_char(&c.bytes, next);
            p->at++;
        } else if (ch == '*' && wild) {
            cut(&c);
        } else {
            buf_put_char(&c.bytes, ch);
        }
    }
    return cutting_end(&c, p->mem, ret, ret_n, why);
}

/* A word without quotes ends at what means something in a pattern. */
static bool ends_word(const struct parse *p)
{
    return p->at == p->text.len || strchr(" \t\r\n,)}]&|=<>!\"%", p->text.ptr[p->at]) != NULL;
}

static enum status parse_plain(struct parse *p, struct operand *ret, struct why *why)
{
    struct cutting c;
    size_t from = p->at;
    TRY(cutting_begin(&c, p->mem, p->text.len, why));
    for (; !ends_word(p); p->at++) {
        if (p->text.ptr[p->at] == '*') {
            cut(&c);
        } else {
            buf_put_char(&c.bytes, p->text.ptr[p->at]);
        }
    }
    if (p->at == from) {
        return parse_refuse(p, why,
                            "a value is missing: a number, a word, \"a text\" or %%a regular "
                            "expression%%");
    }
    struct str word = str_slice(p->text, from, p->at);
    struct str digits = str_slice(word, str_starts(word, STR("+")), word.len);
    ret->is_number = json_number_double(digits, &ret->number, NULL) == STATUS_OK;
    return cutting_end(&c, p->mem, &ret->pieces, &ret->n_pieces, why);
}

static size_t find(struct str text, struct str part, size_t from)
{
    const char *found = memmem(text.ptr + from, text.len - from, part.ptr, part.len);
    return found == NULL ? SIZE_MAX : (size_t)(found - text.ptr);
}

/* The first piece begins the text, the last one ends it, the others stand between, in order; each
 * as early as it can, which leaves the others the most. */
static bool pieces_match(const struct operand *operand, struct str text)
{
    size_t n = operand->n_pieces;
    struct str first = operand->pieces[0];
    struct str last = operand->pieces[n - 1];
    if (n == 1) {
        return str_eq(first, text);
    }
    if (text.len < first.len + last.len || !str_starts(text, first) || !str_ends(text, last)) {
        return false;
    }
    struct str middle = str_slice(text, 0, text.len - last.len);
    size_t at = first.len;
    for (size_t i = 1; i + 1 < n; i++) {
        struct str piece = operand->pieces[i];
        if (piece.len == 0) {
            continue;
        }
        size_t found = find(middle, piece, at);
        if (found == SIZE_MAX) {
            return false;
        }
        at = found + piece.len;
    }
    return true;
}

/* ---- comparisons ----------------------------------------------------------------------------- */

enum status parse_comparison(struct parse *p, enum comparison *ret, struct why *why)
{
    static const struct {
        const char *sign;
        enum comparison comparison;
    } signs[] = {{"!=", CMP_NE}, {"<=", CMP_LE}, {">=", CMP_GE},
                 {"=", CMP_EQ},  {"<", CMP_LT},  {">", CMP_GT}};
    parse_spaces(p);
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (parse_take(p, signs[i].sign)) {
            *ret = signs[i].comparison;
            return STATUS_OK;
        }
    }
    return parse_refuse(p, why, "a condition is missing: = != < > <= >=%s",
                        str_absent(p->field) ? ", IS NULL, IS TRUE, IS FALSE or NOT EXISTS"
                                             : "; or a comma, or ]");
}

enum status parse_operand(struct parse *p, enum comparison comparison, struct operand *ret,
                          struct why *why)
{
    struct operand operand = {.regex = NULL};
    parse_spaces(p);
    size_t from = p->at;
    if (parse_take(p, "%")) {
        TRY(parse_regex(p, &operand.regex, why));
    } else if (parse_take(p, "\"")) {
        operand.quoted = true;
        TRY(parse_quoted(p, '"', true, &operand.pieces, &operand.n_pieces, why));
    } else {
        TRY(parse_plain(p, &operand, why));
    }
    if (comparison >= CMP_LT && !operand.is_number) {
        return why_at(why, STATUS_INVALID, from, "< > <= >= compare with a number");
    }
    *ret = operand;
    return STATUS_OK;
}

static bool number_holds(double a, enum comparison comparison, double b)
{
    switch (comparison) {
    case CMP_EQ:
        return a == b;
    case CMP_NE:
        return a != b;
    case CMP_LT:
        return a < b;
    case CMP_GT:
        return a > b;
    case CMP_LE:
        return a <= b;
    case CMP_GE:
        return a >= b;
    }
    return false;
}

static bool text_is(const struct operand *operand, enum json_type type, struct str text)
{
    if (operand->regex != NULL) {
        return type != JSON_BOOL && regex_matches(operand->regex, text);
    }
    bool string = type == JSON_STRING || type == JSON_BROKEN;
    bool number = type == JSON_NUMBER && !operand->quoted;
    return (string || number) && pieces_match(operand, text);
}

bool operand_holds(const struct operand *operand, enum comparison comparison, enum json_type type,
                   struct str text)
{
    double value;
    bool is_number = (type == JSON_NUMBER || type == JSON_BROKEN) &&
                     json_number_double(text, &value, NULL) == STATUS_OK;
    if (operand->is_number && is_number) {
        return number_holds(value, comparison, operand->number);
    }
    if (comparison >= CMP_LT) {
        return false;
    }
    return text_is(operand, type, text) == (comparison == CMP_EQ);
}
