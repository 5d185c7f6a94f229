#include "lib/check.h"

#include "collect/tree.h"

static struct str text_of(struct arena *mem, const struct json_value *value)
{
    struct buf out;
    struct json_write w;
    struct str text;
    buf_init(&out, mem, 1 << 16);
    json_write_init(&w, &out);
    json_tree_write(&w, value);
    json_write_finish(&w);
    CHECK_OK(buf_finish(&out, &text, NULL));
    return text;
}

static void trees_are_put_together_of_others(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct json_value *part = NULL;
    const struct json_value *list = NULL;
    const struct json_value *whole = NULL;
    struct tree array, object;
    CHECK_OK(json_tree_read(STR("{\"a\":{\"b\":[1,2]},\"c\":\"x\"}"), mem, &part, NULL));
    tree_array(&array, mem);
    tree_add(&array, NULL, json_tree_get(part, STR("c")));
    tree_add(&array, NULL, json_tree_get(part, STR("a")));
    tree_add(&array, NULL, NULL);
    CHECK_OK(tree_finish(&array, &list, NULL));
    tree_object(&object, mem);
    tree_add(&object, "list", list);
    tree_add_text(&object, "none", STR_ABSENT);
    tree_add_text(&object, "text", STR("t"));
    tree_add_int(&object, "n", -5);
    CHECK_OK(tree_finish(&object, &whole, NULL));
    CHECK_STR(text_of(mem, whole), "{\"list\":[\"x\",{\"b\":[1,2]}],\"text\":\"t\",\"n\":-5}");
    CHECK_STR(text_of(mem, part), "{\"a\":{\"b\":[1,2]},\"c\":\"x\"}"); /* left as it was */
    CHECK_STR(tree_text(whole, "text"), "t");
    assert_true(str_absent(tree_text(whole, "n")));
    assert_true(str_absent(tree_text(NULL, "text")));
}

static void without_memory_it_says_so_at_its_end(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(64);
    const struct json_value *whole = NULL;
    struct tree object;
    tree_object(&object, mem);
    tree_add_text(&object, "a", STR("1"));
    CHECK_STATUS(tree_finish(&object, &whole, NULL), STATUS_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_are_put_together_of_others),
        cmocka_unit_test(without_memory_it_says_so_at_its_end),
    };
    return RUN_TESTS("tree", tests);
}
