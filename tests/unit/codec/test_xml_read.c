#include "lib/check.h"

#include "codec/xml_read.h"
#include "codec/xml_write.h"

static struct arena *mem;

static int setup(void **state)
{
    (void)state;
    mem = arena_new(8 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

static void a_reply_is_a_tree(void **state)
{
    (void)state;
    const struct xml_node *root = NULL;
    CHECK_OK(xml_read(STR("<?xml version=\"1.0\"?>\n<R xmlns='u'>\n <L><member>1</member><member/>"
                          "</L><T>a</T></R>\n"),
                      mem, &root, NULL));
    CHECK_STR(root->name, "R");
    assert_int_equal(root->n, 2);
    const struct xml_node *list = xml_child(root, STR("L"));
    assert_int_equal(list->n, 2);
    CHECK_STR(list->first->text, "1");
    CHECK_STR(list->first->next->text, "");
    CHECK_STR(xml_child_text(root, STR("T")), "a");
    assert_true(str_absent(xml_child_text(root, STR("none"))));
    assert_null(xml_child(NULL, STR("T")));
}

static void references_and_sections_are_resolved(void **state)
{
    (void)state;
    const struct xml_node *root = NULL;
    CHECK_OK(xml_read(STR("<a>&lt;&#65;&#x20AC;<![CDATA[<b>&amp;]]>&gt;&quot;&apos;\r\n.\r</a>"),
                      mem, &root, NULL));
    CHECK_STR(root->text, "<A\xe2\x82\xac<b>&amp;>\"'\n.\n");
}

static void what_the_writer_writes_is_read_back(void **state)
{
    (void)state;
    struct buf out;
    struct xml_write w;
    struct str text;
    const struct xml_node *root = NULL;
    const struct str odd = STR("{\"a\": \"<&>\r\n\t\xc3\xa9\"}");
    buf_init(&out, mem, 1 << 16);
    xml_write_init(&w, &out);
    xml_write_root(&w, STR("R"), STR("http://x/?a&b"));
    xml_write_leaf(&w, STR("Document"), odd);
    xml_write_end(&w);
    xml_write_finish(&w);
    CHECK_OK(buf_finish(&out, &text, NULL));
    CHECK_OK(xml_read(text, mem, &root, NULL));
    assert_true(str_eq(xml_child_text(root, STR("Document")), odd));
}

static void what_is_not_well_formed_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "  ",
        "a",
        "<a>",
        "</a>",
        "<a></b>",
        "<a/><a/>",
        "<a/>x",
        "<a",
        "<a b>",
        "<a b=c/>",
        "<a b='c/>",
        "<a b='<'/>",
        "<a b='1'c='2'>",
        "<a><b/>text</a>",
        "<a>&b;</a>",
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a>&#99999999999;</a>",
        "<a>&amp</a>",
        "<a>\x01</a>",
        "<a><![CDATA[\x01]]></a>",
        "<a><![CDATA[x</a>",
        "<a><!-- </a>",
        "<a>\xff</a>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct xml_node *root = NULL;
        struct why why = {.code = STATUS_OK};
        if (xml_read(str_from(texts[i]), mem, &root, &why) != STATUS_MALFORMED) {
            fail_msg("%s: was read", texts[i]);
        }
        assert_true(why.text[0] != '\0');
    }
}

static void depth_is_bounded(void **state)
{
    (void)state;
    char text[(XML_READ_DEPTH_MAX + 1) * 7 + 1];
    size_t n = 0;
    const struct xml_node *root = NULL;
    for (int depth = XML_READ_DEPTH_MAX; depth <= XML_READ_DEPTH_MAX + 1; depth++) {
        n = 0;
        for (int i = 0; i < depth; i++) {
            memcpy(text + n, "<a>", 3);
            n += 3;
        }
        for (int i = 0; i < depth; i++) {
            memcpy(text + n, "</a>", 4);
            n += 4;
        }
        CHECK_STATUS(xml_read((struct str){text, n}, mem, &root, NULL),
                     depth > XML_READ_DEPTH_MAX ? STATUS_TOO_LARGE : STATUS_OK);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reply_is_a_tree),
        TEST(references_and_sections_are_resolved),
        TEST(what_the_writer_writes_is_read_back),
        TEST(what_is_not_well_formed_is_refused),
        TEST(depth_is_bounded),
    };
    return RUN_TESTS("xml_read", tests);
}
