#include "codec/uri.h"

#include "base/limits.h"
#include "lib/check.h"

static struct arena *mem;

static void decoding_copies_only_when_it_must(void **state)
{
    (void)state;
    struct str out;
    static const char plain[] = "a+b/c~";
    CHECK_OK(uri_decode(mem, str_from(plain), &out, NULL));
    assert_ptr_equal(out.ptr, plain);
    CHECK_OK(uri_decode(mem, STR("A%3Ab%2f%20%C3%a9%25"), &out, NULL));
    CHECK_STR(out, "A:b/ \xc3\xa9%");
    CHECK_OK(uri_decode(mem, STR("%00"), &out, NULL));
    assert_true(out.len == 1 && out.ptr[0] == '\0');
    CHECK_OK(uri_decode(mem, STR_ABSENT, &out, NULL));
    assert_true(str_absent(out));
}

static void a_lone_percent_sign_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"ab%", "ab%4", "ab%g0", "ab%0g", "ab%%41", "ab% 1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct str out = STR("kept");
        struct why why;
        CHECK_STATUS(uri_decode(mem, str_from(bad[i]), &out, &why), STATUS_MALFORMED);
        assert_int_equal(why.offset, 2);
        CHECK_STR(out, "kept");
    }
}

static void encoding_keeps_the_unreserved_alone(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, mem, 4096);
    uri_encode(&out, STR("aZ09-._~/ +%:\xc3\xa9"), URI_ENCODE_SLASH);
    CHECK_STR(buf_view(&out), "aZ09-._~%2F%20%2B%25%3A%C3%A9");
    buf_clear(&out);
    uri_encode(&out, STR("/a:b/"), URI_KEEP_SLASH);
    CHECK_STR(buf_view(&out), "/a%3Ab/");
}

static void a_query_is_split_and_decoded(void **state)
{
    (void)state;
    struct uri_query query;
    CHECK_OK(uri_query_read(mem, STR("a=1&&b&c%3D=x%26y=z&a=2&="), &query, NULL));
    assert_int_equal(query.n, 5);
    CHECK_STR(uri_query_get(&query, STR("a")), "1");
    CHECK_STR(query.params[3].value, "2");
    assert_false(str_absent(uri_query_get(&query, STR("b"))));
    CHECK_STR(uri_query_get(&query, STR("b")), "");
    CHECK_STR(uri_query_get(&query, STR("c=")), "x&y=z");
    CHECK_STR(query.params[4].name, "");
    assert_true(str_absent(uri_query_get(&query, STR("d"))));
    CHECK_OK(uri_query_read(mem, STR_ABSENT, &query, NULL));
    assert_int_equal(query.n, 0);
    CHECK_STATUS(uri_query_read(mem, STR("a=%"), &query, NULL), STATUS_MALFORMED);
    CHECK_STATUS(uri_query_read(mem, STR("%x=1"), &query, NULL), STATUS_MALFORMED);
}

static void the_number_of_parameters_has_a_bound(void **state)
{
    (void)state;
    char text[2 * (LIMIT_QUERY_PARAMETERS + 1)];
    struct uri_query query;
    for (size_t i = 0; i < sizeof text; i += 2) {
        text[i] = 'a';
        text[i + 1] = '&';
    }
    CHECK_OK(uri_query_read(mem, (struct str){text, sizeof text - 2}, &query, NULL));
    assert_int_equal(query.n, LIMIT_QUERY_PARAMETERS);
    CHECK_STATUS(uri_query_read(mem, (struct str){text, sizeof text}, &query, NULL),
                 STATUS_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding_copies_only_when_it_must),
        cmocka_unit_test(a_lone_percent_sign_is_refused),
        cmocka_unit_test(encoding_keeps_the_unreserved_alone),
        cmocka_unit_test(a_query_is_split_and_decoded),
        cmocka_unit_test(the_number_of_parameters_has_a_bound),
    };
    mem = arena_new(1 << 16);
    int failed = RUN_TESTS("uri", tests);
    arena_free(mem);
    return failed;
}
