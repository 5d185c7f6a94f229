/* Filter patterns: each vector of tests/vectors/filter, bounds, and memory that runs out. */
#include "filter/filter.h"

#include <stdlib.h>

#include "lib/check.h"

enum { MEMORY = 1 << 20 };

static bool matches(struct str pattern, struct str record)
{
    AUTO_ARENA *mem = arena_new(MEMORY);
    const struct filter *filter;
    bool found = false;
    struct why why = {.code = STATUS_OK};
    if (filter_compile(pattern, mem, &filter, &why) != STATUS_OK) {
        fail_msg("%.*s: %s", STR_ARG(pattern), why.text);
    }
    CHECK_OK(filter_matches(filter, record, mem, &found, &why));
    return found;
}

static void check_refused(struct str pattern, struct str words)
{
    AUTO_ARENA *mem = arena_new(MEMORY);
    const struct filter *filter;
    struct why why = {.code = STATUS_OK};
    enum status status = filter_compile(pattern, mem, &filter, &why);
    if (status != STATUS_INVALID && status != STATUS_TOO_LARGE) {
        fail_msg("%.*s: not refused, %s", STR_ARG(pattern), status_name(status));
    }
    assert_true(why.offset <= pattern.len);
    if (memmem(why.text, strlen(why.text), words.ptr, words.len) == NULL) {
        fail_msg("%.*s: \"%s\" does not say \"%.*s\"", STR_ARG(pattern), why.text, STR_ARG(words));
    }
}

static struct str read_vectors(struct arena *mem)
{
    char *text = arena_alloc(mem, 1 << 16);
    FILE *file = fopen(VECTORS_DIR "/filter/patterns.txt", "re");
    assert_non_null(file);
    size_t len = fread(text, 1, 1 << 16, file);
    fclose(file);
    assert_in_range(len, 1000, (1 << 16) - 1);
    return (struct str){text, len};
}

static struct str behind(struct str line, struct str word)
{
    struct str rest = str_slice(line, word.len, line.len);
    return str_slice(rest, rest.len > 0, rest.len);
}

static void each_vector_is_as_it_says(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(MEMORY);
    struct str rest = read_vectors(mem);
    struct str line;
    struct str pattern = STR_ABSENT;
    size_t n = 0;
    while (str_next(&rest, '\n', &line)) {
        bool yes = str_starts(line, STR("yes"));
        if (str_starts(line, STR("pattern"))) {
            pattern = behind(line, STR("pattern"));
        } else if (str_starts(line, STR("refused"))) {
            struct str words;
            assert_true(str_next(&rest, '\n', &words));
            check_refused(behind(line, STR("refused")), words);
            n++;
        } else if (yes || str_starts(line, STR("no"))) {
            struct str record = behind(line, yes ? STR("yes") : STR("no"));
            if (matches(pattern, record) != yes) {
                fail_msg("%.*s: %.*s", STR_ARG(pattern), STR_ARG(line));
            }
            n++;
        } else {
            assert_true(line.len == 0 || line.ptr[0] == '#');
        }
    }
    assert_in_range(n, 150, 1000);
}

static void an_absent_pattern_matches_everything(void **state)
{
    (void)state;
    assert_true(matches(STR_ABSENT, STR("x")));
    assert_true(matches(STR("  \t "), STR_ABSENT));
    assert_false(matches(STR("x"), STR_ABSENT));
}

static void patterns_are_bounded(void **state)
{
    (void)state;
    static char text[FILTER_BYTES_MAX + 2];
    memset(text, 'a', sizeof text);
    assert_true(matches((struct str){text, FILTER_BYTES_MAX}, (struct str){text, sizeof text}));
    check_refused((struct str){text, FILTER_BYTES_MAX + 1}, STR("more than 4096 bytes"));
    for (size_t i = 1; i < sizeof text; i += 2) {
        text[i] = ' ';
    }
    size_t most = 2 * (size_t)FILTER_TESTS_MAX;
    assert_true(matches((struct str){text, most}, STR("a")));
    check_refused((struct str){text, most + 2}, STR("more than 128 conditions"));
}

static void records_that_are_no_json_match_no_conditions(void **state)
{
    (void)state;
    const struct str records[] = {STR_INIT("{"), STR_INIT("{\"a\":1,\"a\":1}"), STR_INIT("[]"),
                                  STR_INIT("{\"a\":\"\xff\"}"), STR_INIT("")};
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        assert_false(matches(STR("{ $.b NOT EXISTS }"), records[i]));
    }
    assert_true(matches(STR("{ $.b NOT EXISTS }"), STR("{}")));
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    const struct str pattern = STR("{ $.a[0].b = \"x*y\" && ($.c = %a+% || $.d > 5) }");
    const struct str record = STR("{\"a\":[{\"b\":\"x\\n1y\"}],\"d\":6,\"c\":true}");
    bool done = false;
    size_t refused = 0;
    for (size_t max = 0; !done; max += 48) {
        AUTO_ARENA *mem = arena_new(max);
        const struct filter *filter;
        bool found = false;
        enum status status = filter_compile(pattern, mem, &filter, NULL);
        if (status == STATUS_OK) {
            status = filter_matches(filter, record, mem, &found, NULL);
        }
        done = status == STATUS_OK;
        refused += !done;
        if (!done) {
            CHECK_STATUS(status, STATUS_NO_MEMORY);
        } else {
            assert_true(found);
        }
    }
    assert_in_range(refused, 10, 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_vector_is_as_it_says),
        cmocka_unit_test(an_absent_pattern_matches_everything),
        cmocka_unit_test(patterns_are_bounded),
        cmocka_unit_test(records_that_are_no_json_match_no_conditions),
        cmocka_unit_test(without_memory_it_says_so),
    };
    return RUN_TESTS("filter/filter", tests);
}
