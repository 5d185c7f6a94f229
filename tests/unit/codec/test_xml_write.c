#include "lib/check.h"

#include "codec/xml_write.h"

static struct arena *mem;
static struct buf out;
static struct xml_write w;

static int setup(void **state)
{
    (void)state;
    mem = arena_new(1 << 20);
    buf_init(&out, mem, 1 << 16);
    xml_write_init(&w, &out);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

static void elements_lie_in_one_another(void **state)
{
    (void)state;
    struct str text;
    xml_write_root(&w, STR("R"), STR("http://a/?b&c"));
    xml_write_leaf(&w, STR("a"), STR("1"));
    xml_write_leaf(&w, STR("none"), STR_ABSENT);
    xml_write_leaf(&w, STR("empty"), STR(""));
    xml_write_begin(&w, STR("b.c-d_2"));
    xml_write_text(&w, STR("x"));
    xml_write_end(&w);
    xml_write_end(&w);
    xml_write_finish(&w);
    CHECK_OK(buf_finish(&out, &text, NULL));
    CHECK_STR(text,
              "<R xmlns=\"http://a/?b&amp;c\"><a>1</a><empty></empty><b.c-d_2>x</b.c-d_2></R>");
}

/* What a text becomes, between <r> and </r>; absent when it fails. */
static struct str written(struct str text, bool shown)
{
    buf_clear(&out);
    xml_write_init(&w, &out);
    xml_write_root(&w, STR("r"), STR(""));
    if (shown) {
        xml_write_shown(&w, text);
    } else {
        xml_write_text(&w, text);
    }
    xml_write_end(&w);
    xml_write_finish(&w);
    if (buf_status(&out) != STATUS_OK) {
        assert_int_equal(buf_status(&out), STATUS_INTERNAL);
        return STR_ABSENT;
    }
    return str_slice(buf_view(&out), 3, buf_view(&out).len - 4);
}

static void what_means_something_in_xml_is_escaped(void **state)
{
    (void)state;
    CHECK_STR(written(STR("a<b>&\"c' ]]>"), false), "a&lt;b&gt;&amp;&quot;c' ]]&gt;");
    CHECK_STR(written(STR("\tline\r\n"), false), "\tline&#xD;\n");
    CHECK_STR(written(STR("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), false),
              "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    CHECK_STR(written(STR("\x7F\xC2\x85\xEF\xBF\xBD"), false), "\x7F\xC2\x85\xEF\xBF\xBD");
    CHECK_STR(written(STR(""), false), "");
}

static void what_xml_cannot_say_fails_and_is_shown_as_unknown(void **state)
{
    (void)state;
    static const struct str rows[] = {
        STR_INIT("a\0b"),
        STR_INIT("a\1b"),
        STR_INIT("a\x1F"
                 "b"),
        STR_INIT("a\xFF"
                 "b"),
        STR_INIT("a\xEF\xBF\xBE"
                 "b"),
        STR_INIT("a\xEF\xBF\xBF"
                 "b"),
        STR_INIT("a\xED\xA0\x80"
                 "b"),
        STR_INIT("a\xC3"),
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(str_absent(written(rows[i], false)));
        struct str shown = written(rows[i], true);
        assert_true(str_starts(shown, STR("a\xEF\xBF\xBD")) && str_is_utf8(shown));
    }
    CHECK_STR(written(STR("a\0<"), true), "a\xEF\xBF\xBD&lt;");
}

static void a_wrong_order_is_a_fault_of_ours(void **state)
{
    (void)state;
    xml_write_finish(&w); /* no root */
    assert_int_equal(buf_status(&out), STATUS_INTERNAL);
    buf_clear(&out);
    xml_write_root(&w, STR("r"), STR(""));
    xml_write_finish(&w); /* open */
    assert_int_equal(buf_status(&out), STATUS_INTERNAL);
    buf_clear(&out);
    xml_write_end(&w);
    assert_int_equal(buf_status(&out), STATUS_OK);
    xml_write_end(&w); /* one end too many */
    assert_int_equal(buf_status(&out), STATUS_INTERNAL);
    buf_clear(&out);
    xml_write_root(&w, STR("again"), STR("")); /* a second root */
    assert_int_equal(buf_status(&out), STATUS_INTERNAL);
    buf_clear(&out);
    xml_write_text(&w, STR("x")); /* outside */
    assert_int_equal(buf_status(&out), STATUS_INTERNAL);
    buf_clear(&out);
    xml_write_init(&w, &out);
    xml_write_begin(&w, STR("r")); /* no root yet */
    assert_int_equal(buf_status(&out), STATUS_INTERNAL);
}

static void names_are_names_and_depth_has_its_bound(void **state)
{
    (void)state;
    static const char *const names[] = {"", "1a", "a b", "a<", "a:b", "-a", "\xC3\xA9"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        buf_clear(&out);
        xml_write_init(&w, &out);
        xml_write_root(&w, str_from(names[i]), STR(""));
        assert_int_equal(buf_status(&out), STATUS_INTERNAL);
    }
    buf_clear(&out);
    xml_write_init(&w, &out);
    xml_write_root(&w, STR("r"), STR(""));
    for (int i = 1; i < XML_DEPTH_MAX; i++) {
        xml_write_begin(&w, STR("e"));
    }
    assert_int_equal(buf_status(&out), STATUS_OK);
    xml_write_begin(&w, STR("e"));
    assert_int_equal(buf_status(&out), STATUS_INTERNAL);
}

#define XML_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        XML_TEST(elements_lie_in_one_another),
        XML_TEST(what_means_something_in_xml_is_escaped),
        XML_TEST(what_xml_cannot_say_fails_and_is_shown_as_unknown),
        XML_TEST(a_wrong_order_is_a_fault_of_ours),
        XML_TEST(names_are_names_and_depth_has_its_bound),
    };
    return RUN_TESTS("xml_write", tests);
}
