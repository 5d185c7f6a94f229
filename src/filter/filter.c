/* filter.c: see filter.h; and patterns of terms. */
#include "filter/filter.h"

#include <ctype.h>
#include <strings.h>

#include "filter/filter_priv.h"

#include "base/banned.h"

enum kind { KIND_TERMS, KIND_JSON, KIND_PLACES };

struct term {
    char modifier; /* '-', '?' or NUL */
    const struct regex *regex;
    struct str text;
};

struct filter {
    enum kind kind;
    const struct term *terms;
    size_t n_terms;
    bool only_any; /* all terms are ?terms */
    const struct node *condition;
    const struct places *places;
};

/* ---- reading --------------------------------------------------------------------------------- */

char parse_peek(const struct parse *p)
{
    return p->at < p->text.len ? p->text.ptr[p->at] : '\0';
}

void parse_spaces(struct parse *p)
{
    while (p->at < p->text.len && isspace((unsigned char)p->text.ptr[p->at])) {
        p->at++;
    }
}

bool parse_take(struct parse *p, const char *sign)
{
    bool stands = str_starts(str_slice(p->text, p->at, p->text.len), str_from(sign));
    p->at += stands ? strlen(sign) : 0;
    return stands;
}

bool parse_take_word(struct parse *p, const char *word)
{
    size_t end = p->at + strlen(word);
    bool stands = end <= p->text.len && strncasecmp(p->text.ptr + p->at, word, strlen(word)) == 0 &&
                  (end == p->text.len || !isalnum((unsigned char)p->text.ptr[end]));
    p->at = stands ? end : p->at;
    return stands;
}

enum status parse_count_test(struct parse *p, struct why *why)
{
    if (++p->n_tests > FILTER_TESTS_MAX) {
        return why_at(why, STATUS_TOO_LARGE, p->at, "there are more than %d conditions or terms",
                      FILTER_TESTS_MAX);
    }
    return STATUS_OK;
}

enum status parse_regex(struct parse *p, const struct regex **ret, struct why *why)
{
    size_t from = p->at;
    while (p->at < p->text.len && p->text.ptr[p->at] != '%') {
        p->at += p->text.ptr[p->at] == '\\' && p->at + 1 < p->text.len ? 2 : 1;
    }
    if (p->at >= p->text.len) {
        return why_at(why, STATUS_INVALID, from - 1, "a regular expression lacks its second %%");
    }
    if (++p->n_regexes > FILTER_REGEX_MAX) {
        return why_at(why, STATUS_INVALID, from - 1,
                      "a filter pattern has at most %d regular "
                      "expressions",
                      FILTER_REGEX_MAX);
    }
    TRY(regex_compile(str_slice(p->text, from, p->at), from, p->mem, ret, why));
    p->at++;
    return STATUS_OK;
}

static enum status parse_term(struct parse *p, struct term *ret, struct why *why)
{
    struct term term = {.modifier = '\0'};
    if (parse_peek(p) == '-' || parse_peek(p) == '?') {
        term.modifier = parse_peek(p);
        p->at++;
    }
    size_t from = p->at;
    TRY(parse_count_test(p, why));
    if (parse_take(p, "%")) {
        TRY(parse_regex(p, &term.regex, why));
    } else if (parse_take(p, "\"")) {
        const struct str *pieces;
        size_t n;
        TRY(parse_quoted(p, '"', false, &pieces, &n, why));
        term.text = pieces[0];
    } else {
        while (p->at < p->text.len && !isspace((unsigned char)p->text.ptr[p->at])) {
            p->at++;
        }
        term.text = str_slice(p->text, from, p->at);
    }
    if (term.regex == NULL && term.text.len == 0) {
        return why_at(why, STATUS_INVALID, from, "a term is empty");
    }
    *ret = term;
    return STATUS_OK;
}

static enum status parse_terms(struct parse *p, struct filter *filter, struct why *why)
{
    struct term *terms = NEW_ARRAY(p->mem, struct term, FILTER_TESTS_MAX);
    TRY_PTR(terms);
    filter->only_any = true;
    for (parse_spaces(p); p->at < p->text.len; parse_spaces(p)) {
        struct term term;
        TRY(parse_term(p, &term, why));
        filter->only_any = filter->only_any && term.modifier == '?';
        terms[filter->n_terms++] = term;
    }
    filter->terms = terms;
    return STATUS_OK;
}

static enum status parse_whole(struct parse *p, struct filter *filter, struct why *why)
{
    if (p->text.len > FILTER_BYTES_MAX) {
        return why_at(why, STATUS_TOO_LARGE, FILTER_BYTES_MAX, "it has more than %d bytes",
                      FILTER_BYTES_MAX);
    }
    parse_spaces(p);
    if (parse_take(p, "{")) {
        filter->kind = KIND_JSON;
        TRY(parse_conditions(p, &filter->condition, why));
        if (!parse_take(p, "}")) {
            return parse_refuse(p, why, "&&, || or } is due here");
        }
    } else if (parse_take(p, "[")) {
        filter->kind = KIND_PLACES;
        TRY(parse_places(p, &filter->places, why));
    } else {
        return parse_terms(p, filter, why);
    }
    parse_spaces(p);
    return p->at == p->text.len ? STATUS_OK
                                : parse_refuse(p, why, "nothing may follow the end of the pattern");
}

enum status filter_compile(struct str pattern, struct arena *mem, const struct filter **ret,
                           struct why *why)
{
    struct parse p = {.text = pattern, .mem = mem, .field = STR_ABSENT};
    struct filter *filter = NEW(mem, struct filter);
    struct why inner = {.code = STATUS_OK};
    TRY_PTR(filter);
    enum status status = parse_whole(&p, filter, &inner);
    if (status == STATUS_INVALID || status == STATUS_TOO_LARGE) {
        return why_at(why, status, inner.offset,
                      "the filter pattern is refused at character %zu: %s", inner.offset + 1,
                      inner.text);
    }
    if (status != STATUS_OK) {
        return why_set(why, status, "%s", inner.text);
    }
    *ret = filter;
    return STATUS_OK;
}

/* ---- matching -------------------------------------------------------------------------------- */

static bool term_is_in(const struct term *term, struct str record)
{
    if (term->regex != NULL) {
        return regex_matches(term->regex, record);
    }
    return record.len > 0 && memmem(record.ptr, record.len, term->text.ptr, term->text.len) != NULL;
}

static bool terms_match(const struct filter *filter, struct str record)
{
    bool any = filter->n_terms == 0;
    for (size_t i = 0; i < filter->n_terms; i++) {
        const struct term *term = &filter->terms[i];
        if (term->modifier == '?') {
            any = any || (filter->only_any && term_is_in(term, record));
        } else if (term_is_in(term, record) == (term->modifier == '-')) {
            return false;
        }
    }
    return any || !filter->only_any;
}

enum status filter_matches(const struct filter *filter, struct str record, struct arena *scratch,
                           bool *ret, struct why *why)
{
    if (filter->kind == KIND_TERMS) {
        *ret = terms_match(filter, record);
        return STATUS_OK;
    }
    if (filter->kind == KIND_PLACES) {
        return places_match(filter->places, record, scratch, ret, why);
    }
    const struct json_value *root = NULL;
    *ret = false;
    struct str text = str_trim(record);
    if (!str_starts(text, STR("{"))) {
        return STATUS_OK;
    }
    enum status status = json_tree_read(text, scratch, &root, NULL);
    if (status == STATUS_NO_MEMORY) {
        return why_no_memory(why);
    }
    *ret = status == STATUS_OK && node_holds_json(filter->condition, root);
    return STATUS_OK;
}
