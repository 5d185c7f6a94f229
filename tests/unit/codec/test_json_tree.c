#include "codec/json_tree.h"

#include "base/buf.h"
#include "base/limits.h"
#include "lib/check.h"
#include "lib/fault.h"

static struct arena *mem;

static void a_tree_holds_every_value_in_order(void **state)
{
    (void)state;
    const struct json_value *root = NULL;
    CHECK_OK(
        json_tree_read(STR("{\"n\":-1.50,\"s\":\"a\\tb\",\"l\":[true,null,[]],\"o\":{\"x\":{}}}"),
                       mem, &root, NULL));
    assert_int_equal(root->type, JSON_OBJECT);
    assert_int_equal(root->n, 4);
    CHECK_STR(json_tree_get(root, STR("n"))->text, "-1.50");
    assert_int_equal(json_tree_get(root, STR("n"))->offset, 5);
    CHECK_STR(json_tree_get(root, STR("s"))->text, "a\tb");
    const struct json_value *list = json_tree_get(root, STR("l"));
    assert_int_equal(list->n, 3);
    const struct json_value *v = JSON_FIRST(list);
    assert_true(v->type == JSON_BOOL && v->boolean);
    assert_int_equal(v->next->type, JSON_NULL);
    assert_true(v->next->next->type == JSON_ARRAY && v->next->next->n == 0);
    assert_null(v->next->next->next);
    assert_non_null(json_tree_get(json_tree_get(root, STR("o")), STR("x")));
    assert_null(json_tree_get(root, STR("absent")));
    assert_null(json_tree_get(list, STR("n")));
    assert_null(json_tree_get(NULL, STR("n")));
    assert_null(JSON_FIRST((const struct json_value *)NULL));
}

static void a_scalar_is_a_tree(void **state)
{
    (void)state;
    const struct json_value *root = NULL;
    CHECK_OK(json_tree_read(STR(" \"x\" "), mem, &root, NULL));
    CHECK_STR(root->text, "x");
    CHECK_STATUS(json_tree_read(STR("\"x\" 1"), mem, &root, NULL), STATUS_MALFORMED);
    CHECK_STATUS(json_tree_read(STR(""), mem, &root, NULL), STATUS_MALFORMED);
    CHECK_STATUS(json_tree_read(STR("[1,]"), mem, &root, NULL), STATUS_MALFORMED);
}

static struct str object_with(size_t n, const char *last)
{
    struct buf out;
    struct str text;
    buf_init(&out, mem, 1 << 22);
    buf_put_char(&out, '{');
    for (size_t i = 0; i < n; i++) {
        buf_put_fmt(&out, "\"k%zu\":{\"a\":1},", i);
    }
    buf_put_fmt(&out, "\"%s\":2}", last);
    CHECK_OK(buf_finish(&out, &text, NULL));
    return text;
}

static void a_key_twice_is_refused_in_small_and_large_objects(void **state)
{
    (void)state;
    const struct json_value *root = NULL;
    struct why why;
    static const size_t sizes[] = {1, 15, 16, 17, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        CHECK_OK(json_tree_read(object_with(sizes[i], "new"), mem, &root, NULL));
        assert_int_equal(root->n, sizes[i] + 1);
        struct str text = object_with(sizes[i], "k0");
        CHECK_STATUS(json_tree_read(text, mem, &root, &why), STATUS_MALFORMED);
        assert_int_equal(why.offset, text.len - 2);
    }
    CHECK_STATUS(json_tree_read(STR("[{\"a\":1,\"\\u0061\":2}]"), mem, &root, NULL),
                 STATUS_MALFORMED);
    CHECK_OK(json_tree_read(STR("[{\"a\":{\"a\":1}},{\"a\":2}]"), mem, &root, NULL));
}

static void the_number_of_values_has_a_bound(void **state)
{
    (void)state;
    const struct json_value *root = NULL;
    struct buf out;
    struct str text;
    buf_init(&out, mem, 1 << 20);
    buf_put_char(&out, '[');
    for (size_t i = 1; i < LIMIT_JSON_VALUES - 1; i++) {
        buf_put(&out, "0,", 2);
    }
    size_t len = buf_view(&out).len;
    buf_put(&out, "0]", 2);
    CHECK_OK(buf_finish(&out, &text, NULL));
    CHECK_OK(json_tree_read(text, mem, &root, NULL));
    assert_int_equal(root->n, LIMIT_JSON_VALUES - 1);
    buf_clear(&out);
    out.len = len;
    buf_put(&out, "0,0]", 4);
    CHECK_OK(buf_finish(&out, &text, NULL));
    CHECK_STATUS(json_tree_read(text, mem, &root, NULL), STATUS_TOO_LARGE);
}

static void failing_memory_is_said(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        AUTO_ARENA *own = arena_new(1 << 20);
        const struct json_value *root = NULL;
        fault_start(n);
        enum status status = json_tree_read(STR("[1,\"\\n\",{}]"), own, &root, NULL);
        if (!fault_stop()) {
            CHECK_OK(status);
            break;
        }
        CHECK_STATUS(status, STATUS_NO_MEMORY);
        assert_null(root);
    }
}

static void a_tree_is_written_as_it_was_read(void **state)
{
    (void)state;
    const char *texts[] = {"{\"b\":[1.50,-0,1e3,true,false,null,\"x\\n\"],\"a\":{}}", "[]", "7"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct json_value *tree;
        struct json_write w;
        struct buf out;
        struct str text;
        buf_init(&out, mem, 4096);
        json_write_init(&w, &out);
        CHECK_OK(json_tree_read(str_from(texts[i]), mem, &tree, NULL));
        json_tree_write(&w, tree);
        json_write_finish(&w);
        CHECK_OK(buf_finish(&out, &text, NULL));
        CHECK_STR(text, texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_is_written_as_it_was_read),
        cmocka_unit_test(a_tree_holds_every_value_in_order),
        cmocka_unit_test(a_scalar_is_a_tree),
        cmocka_unit_test(a_key_twice_is_refused_in_small_and_large_objects),
        cmocka_unit_test(the_number_of_values_has_a_bound),
        cmocka_unit_test(failing_memory_is_said),
    };
    mem = arena_new(64 << 20);
    int failed = RUN_TESTS("json_tree", tests);
    arena_free(mem);
    return failed;
}
