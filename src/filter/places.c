/* places.c: patterns of the words of a record, by place: [ip, user, ..., status = 4*]. */
#include <ctype.h>

#include "filter/filter_priv.h"

#include "base/banned.h"

struct places {
    const struct node **conditions; /* NULL: any word */
    size_t n;
    size_t ellipsis; /* stands before this place; SIZE_MAX: none */
};

/* ---- reading --------------------------------------------------------------------------------- */

/* The name at hand, without moving; it may stand in parentheses: (a = 1 || a = 2). */
static struct str next_name(const struct parse *p)
{
    size_t at = p->at;
    while (at < p->text.len &&
           (p->text.ptr[at] == '(' || isspace((unsigned char)p->text.ptr[at]))) {
        at++;
    }
    size_t from = at;
    while (at < p->text.len && (isalnum((unsigned char)p->text.ptr[at]) || p->text.ptr[at] == '_' ||
                                p->text.ptr[at] == '-')) {
        at++;
    }
    return str_slice(p->text, from, at);
}

static enum status parse_place(struct parse *p, const struct node **ret, struct why *why)
{
    struct str name = next_name(p);
    if (name.len == 0) {
        return parse_refuse(p, why, "a place has a name of letters, digits, _ and -, or is ...");
    }
    size_t from = p->at;
    if (parse_take(p, "(") == false) {
        p->at += name.len;
        parse_spaces(p);
        if (parse_peek(p) == ',' || parse_peek(p) == ']') {
            *ret = NULL;
            return parse_count_test(p, why);
        }
    }
    p->at = from;
    char *z = str_z(p->mem, name);
    TRY_PTR(z);
    p->field = (struct str){z, name.len};
    return parse_conditions(p, ret, why);
}

static enum status parse_next(struct parse *p, struct places *places, struct why *why)
{
    parse_spaces(p);
    if (!parse_take(p, "...")) {
        return parse_place(p, &places->conditions[places->n++], why);
    }
    if (places->ellipsis != SIZE_MAX) {
        return parse_refuse(p, why, "a pattern of places has one ... at most");
    }
    places->ellipsis = places->n;
    return STATUS_OK;
}

enum status parse_places(struct parse *p, const struct places **ret, struct why *why)
{
    struct places *places = NEW(p->mem, struct places);
    TRY_PTR(places);
    places->ellipsis = SIZE_MAX;
    places->conditions = NEW_ARRAY(p->mem, const struct node *, FILTER_TESTS_MAX + 1);
    TRY_PTR(places->conditions);
    do {
        TRY(parse_next(p, places, why));
        parse_spaces(p);
    } while (parse_take(p, ","));
    if (!parse_take(p, "]")) {
        return parse_refuse(p, why, "a place is followed by a comma or by ]");
    }
    *ret = places;
    return STATUS_OK;
}

/* ---- matching -------------------------------------------------------------------------------- */

/* Takes a word off a record; "..." and [...] are one, without what is around them. */
static bool next_word(struct str *rest, struct str *ret)
{
    size_t at = 0;
    while (at < rest->len && isspace((unsigned char)rest->ptr[at])) {
        at++;
    }
    if (at == rest->len) {
        return false;
    }
    char open = rest->ptr[at];
    char close = open == '"' ? '"' : ']';
    size_t end = open == '"' || open == '[' ? str_find_char(*rest, close, at + 1) : rest->len;
    if (end < rest->len) {
        *ret = str_slice(*rest, at + 1, end);
        *rest = str_slice(*rest, end + 1, rest->len);
        return true;
    }
    for (end = at; end < rest->len && !isspace((unsigned char)rest->ptr[end]); end++) {
    }
    *ret = str_slice(*rest, at, end);
    *rest = str_slice(*rest, end, rest->len);
    return true;
}

enum status places_match(const struct places *places, struct str record, struct arena *scratch,
                         bool *ret, struct why *why)
{
    struct str rest = record;
    struct str word;
    size_t n = 0;
    while (next_word(&rest, &word)) {
        n++;
    }
    *ret = places->ellipsis == SIZE_MAX ? n == places->n : n >= places->n;
    if (!*ret) {
        return STATUS_OK;
    }
    struct str *words = NEW_ARRAY(scratch, struct str, n);
    TRY_PTR(words);
    rest = record;
    for (size_t i = 0; i < n; i++) {
        next_word(&rest, &words[i]);
    }
    for (size_t i = 0; i < places->n && *ret; i++) {
        size_t at = i < places->ellipsis ? i : n - places->n + i;
        *ret = places->conditions[i] == NULL || node_holds_word(places->conditions[i], words[at]);
    }
    return STATUS_OK;
}
