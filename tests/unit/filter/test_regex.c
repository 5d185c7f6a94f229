/* Regular expressions of filter patterns, held against PCRE2 on random ones. */
#include "filter/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/rnd.h"
#include "lib/check.h"

enum { MEMORY = 1 << 20, EXPRESSIONS = 4000, TEXTS = 12 };

static bool found(const char *expression, struct str text)
{
    AUTO_ARENA *mem = arena_new(MEMORY);
    const struct regex *regex;
    struct why why = {.code = STATUS_OK};
    if (regex_compile(str_from(expression), 0, mem, &regex, &why) != STATUS_OK) {
        fail_msg("%s: %s", expression, why.text);
    }
    return regex_matches(regex, text);
}

static void each_operator_does_what_it_says(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        const char *text;
        bool found;
    } rows[] = {
        {"^\\[", "[x", true},         {"^\\[", "x[", false},
        {"colou?r", "color", true},   {"colou?r", "colouur", false},
        {"[A-Z]", "aB", true},        {"[A-Z]", "ab", false},
        {"[^a-c-]", "abc-", false},   {"[^a-c-]", "abcd", true},
        {"a{3,5}", "aa", false},      {"^a{3,5}$", "aaaaaa", false},
        {"^a{3,5}$", "aaaaa", true},  {"^a{2}$", "aa", true},
        {"^a{2,}$", "aaaaaaa", true}, {"^a{2, 3}$", "aaa", true},
        {"gra|ey", "grey", true},     {"^gr$|^ey$", "grey", false},
        {"10\\.10", "10x10", false},  {"\\d\\D\\s\\S\\w\\W", "1a b_-", true},
        {"\\d\\D", "12", false},      {"^\\x41$", "A", true},
        {"^.$", "\xc3\xa9", true},    {"^[^a]$", "\xc3\xa9", true},
        {"^..$", "\xc3\xa9", false},  {"^a*$", "", true},
        {"^a+$", "", false},          {"$^", "", true},
        {"$^", "x", false},           {"a$b", "ab", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (found(rows[i].expression, str_from(rows[i].text)) != rows[i].found) {
            fail_msg("%s: %s", rows[i].expression, rows[i].text);
        }
    }
}

static void what_is_no_expression_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        size_t at;
    } rows[] = {{"a\\", 2},    {"[", 1},    {"a[]", 2},    {"[b-a]", 4}, {"a(", 1},
                {"ab!", 2},    {"\\q", 1},  {"\\x8", 1},   {"\\xff", 1}, {"a{", 2},
                {"a{x}", 2},   {"a{3", 3},  {"a{999}", 5}, {"a?+", 2},   {"^*", 1},
                {"|a", 0},     {"a||b", 2}, {"a|", 2},     {"", 0},      {"\xc3\xa9", 0},
                {"[\xc3]", 1}, {"{2}", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ARENA *mem = arena_new(MEMORY);
        const struct regex *regex;
        struct why why = {.code = STATUS_OK};
        enum status status = regex_compile(str_from(rows[i].expression), 7, mem, &regex, &why);
        if (status != STATUS_INVALID || why.offset != rows[i].at + 7) {
            fail_msg("%s: %s at %zu: %s", rows[i].expression, status_name(status), why.offset,
                     why.text);
        }
    }
}

/* ---- against PCRE2 --------------------------------------------------------------------------- */

static unsigned below(const struct rnd *rnd, unsigned n)
{
    uint32_t value;
    rnd_fill(rnd, &value, sizeof value);
    return value % n;
}

static struct str random_expression(const struct rnd *rnd, struct arena *mem)
{
    static const char *const ones[] = {"a", "b", "[ab]", "[^a]", ".", "\\w", "\\.", "c"};
    static const char *const counts[] = {"",  "",    "",      "?",     "*",
                                         "+", "{2}", "{1,2}", "{0,1}", "{2,}"};
    struct buf text;
    struct str ret;
    buf_init(&text, mem, 1 << 12);
    for (unsigned alternatives = 1 + below(rnd, 3); alternatives > 0; alternatives--) {
        buf_put_str(&text, below(rnd, 4) == 0 ? STR("^") : STR(""));
        for (unsigned i = 1 + below(rnd, 4); i > 0; i--) {
            buf_put_str(&text, str_from(ones[below(rnd, 8)]));
            buf_put_str(&text, str_from(counts[below(rnd, 10)]));
        }
        buf_put_str(&text, below(rnd, 4) == 0 ? STR("$") : STR(""));
        buf_put_str(&text, alternatives > 1 ? STR("|") : STR(""));
    }
    CHECK_OK(buf_finish(&text, &ret, NULL));
    return ret;
}

static void random_expressions_find_what_pcre2_finds(void **state)
{
    (void)state;
    uint64_t seed = 20;
    struct rnd rnd = rnd_seeded_for_tests(&seed);
    AUTO_ARENA *mem = arena_new(MEMORY);
    size_t n_found = 0;
    for (int i = 0; i < EXPRESSIONS; i++) {
        arena_clear(mem);
        struct str expression = random_expression(&rnd, mem);
        const struct regex *regex;
        CHECK_OK(regex_compile(expression, 0, mem, &regex, NULL));
        int error;
        PCRE2_SIZE at;
        pcre2_code *code = pcre2_compile((PCRE2_SPTR)expression.ptr, expression.len,
                                         PCRE2_DOLLAR_ENDONLY, &error, &at, NULL);
        assert_non_null(code);
        pcre2_match_data *data = pcre2_match_data_create(1, NULL);
        for (int j = 0; j < TEXTS; j++) {
            char text[8];
            size_t len = below(&rnd, sizeof text);
            for (size_t k = 0; k < len; k++) {
                text[k] = "abc.\n"[below(&rnd, 5)];
            }
            bool want = pcre2_match(code, (PCRE2_SPTR)text, len, 0, 0, data, NULL) >= 0;
            if (regex_matches(regex, (struct str){text, len}) != want) {
                fail_msg("%.*s: \"%.*s\"", STR_ARG(expression), (int)len, text);
            }
            n_found += want;
        }
        pcre2_match_data_free(data);
        pcre2_code_free(code);
    }
    assert_in_range(n_found, EXPRESSIONS, EXPRESSIONS * (TEXTS - 1));
}

static void nothing_is_tried_again(void **state)
{
    (void)state;
    static char text[1 << 15];
    memset(text, 'a', sizeof text);
    int64_t began = clock_monotonic_ms();
    assert_false(found("^.*a*a*a*a*a*a*a*a*a*a*a*a*b$", (struct str){text, sizeof text}));
    assert_in_range(clock_monotonic_ms() - began, 0, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operator_does_what_it_says),
        cmocka_unit_test(what_is_no_expression_is_refused_with_its_place),
        cmocka_unit_test(random_expressions_find_what_pcre2_finds),
        cmocka_unit_test(nothing_is_tried_again),
    };
    return RUN_TESTS("filter/regex", tests);
}
