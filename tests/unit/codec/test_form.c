#include "lib/check.h"

#include "base/limits.h"
#include "codec/form.h"
#include "lib/fault.h"

static struct arena *mem;

static int setup(void **state)
{
    (void)state;
    mem = arena_new(1 << 22);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

static void names_and_values_are_decoded_in_their_order(void **state)
{
    (void)state;
    struct uri_query form;
    struct why why;
    CHECK_OK(form_read(mem,
                       STR("Action=CreateRole&&Path=%2Fa+b%2B%2f&Empty=&Bare&x=1=2&%41=%C3%A9"),
                       &form, &why));
    static const char *const rows[][2] = {
        {"Action", "CreateRole"}, {"Path", "/a b+/"}, {"Empty", ""}, {"Bare", ""}, {"x", "1=2"},
        {"A", "\xC3\xA9"}};
    assert_int_equal(form.n, 6);
    for (size_t i = 0; i < form.n; i++) {
        CHECK_STR(form.params[i].name, rows[i][0]);
        CHECK_STR(form.params[i].value, rows[i][1]);
    }
}

static void nothing_has_no_parameters(void **state)
{
    (void)state;
    static const struct str nothings[] = {{NULL, 0}, STR_INIT(""), STR_INIT("&&&")};
    for (size_t i = 0; i < 3; i++) {
        struct uri_query form = {.n = 7};
        CHECK_OK(form_read(mem, nothings[i], &form, NULL));
        assert_int_equal(form.n, 0);
    }
}

static void what_is_no_text_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *form, *why;
    } rows[] = {
        {"a=%", "not followed by two hexadecimal digits"},
        {"a=%zz", "not followed by two hexadecimal digits"},
        {"%4", "not followed by two hexadecimal digits"},
        {"a=%FF", "the value of a parameter is not UTF-8 text"},
        {"a=%00", "the value of a parameter is not UTF-8 text"},
        {"%ED%A0%80=a", "the name of a parameter is not UTF-8 text"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct uri_query form;
        struct why why;
        CHECK_STATUS(form_read(mem, str_from(rows[i].form), &form, &why), STATUS_MALFORMED);
        assert_non_null(strstr(why.text, rows[i].why));
    }
}

static void there_is_a_largest_number_of_parameters(void **state)
{
    (void)state;
    struct buf text;
    struct uri_query form;
    struct why why;
    buf_init(&text, mem, 1 << 20);
    for (int i = 0; i < LIMIT_FORM_PARAMETERS; i++) {
        buf_put_str(&text, STR("a=1&"));
    }
    CHECK_OK(form_read(mem, buf_view(&text), &form, &why));
    assert_int_equal(form.n, LIMIT_FORM_PARAMETERS);
    buf_put_str(&text, STR("a"));
    CHECK_STATUS(form_read(mem, buf_view(&text), &form, &why), STATUS_TOO_LARGE);
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    AUTO_ARENA *own = arena_new(40);
    struct uri_query form;
    struct why why;
    CHECK_STATUS(form_read(own, STR("a=1&b=2"), &form, &why), STATUS_NO_MEMORY);
    AUTO_ARENA *some = arena_new(40);
    CHECK_STATUS(form_read(some, STR("a=1+%3123456789"), &form, &why), STATUS_NO_MEMORY);
}

#define FORM_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FORM_TEST(names_and_values_are_decoded_in_their_order),
        FORM_TEST(nothing_has_no_parameters),
        FORM_TEST(what_is_no_text_is_refused),
        FORM_TEST(there_is_a_largest_number_of_parameters),
        FORM_TEST(without_memory_it_says_so),
    };
    return RUN_TESTS("form", tests);
}
