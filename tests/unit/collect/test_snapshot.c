#include "lib/check.h"

#include "base/clock.h"
#include "collect/snapshot.h"

static struct arena *mem;

static int setup(void **state)
{
    (void)state;
    mem = arena_new((size_t)32 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

static const struct json_value *tree(const char *text)
{
    const struct json_value *value = NULL;
    CHECK_OK(json_tree_read(str_from(text), mem, &value, NULL));
    return value;
}

static void a_line_is_written_sorted_and_read_back(void **state)
{
    (void)state;
    struct str line;
    struct snapshot_line read;
    CHECK_OK(snapshot_line_write(SNAPSHOT_THING, STR("a\nb"),
                                 tree("{\"z\":1.50,\"a\":{\"d\":[{\"y\":1,\"x\":null}],\"c\":2}}"),
                                 mem, &line, NULL));
    CHECK_STR(line, "{\"kind\":\"thing\",\"id\":\"a\\nb\",\"value\":{\"a\":{\"c\":2,\"d\":[{"
                    "\"x\":null,\"y\":1}]},\"z\":1.50}}");
    CHECK_OK(snapshot_line_read(line, mem, &read, NULL));
    assert_int_equal(read.kind, SNAPSHOT_THING);
    CHECK_STR(read.id, "a\nb");
    assert_int_equal(read.value->n, 2);
}

static void a_head_is_written_and_read_back(void **state)
{
    (void)state;
    const struct snapshot_head head = {.account = STR("123456789012"),
                                       .region = STR("eu-west-1"),
                                       .endpoint = STR("aws"),
                                       .begun = 1767323045678,
                                       .ended = TIME_NEVER,
                                       .history_from = 5000};
    struct snapshot_head read;
    struct str line;
    CHECK_OK(snapshot_head_write(&head, mem, &line, NULL));
    CHECK_OK(snapshot_head_read(line, mem, &read, NULL));
    CHECK_STR(read.account, "123456789012");
    CHECK_STR(read.region, "eu-west-1");
    assert_true(read.begun == head.begun && read.ended == TIME_NEVER && read.history_from == 5000);
}

static void heads_that_are_none_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum status status;
    } rows[] = {
        {"", STATUS_MALFORMED},
        {"[]", STATUS_INVALID},
        {"{}", STATUS_INVALID},
        {"{\"bulwarkSnapshot\":\"1\"}", STATUS_INVALID},
        {"{\"bulwarkSnapshot\":2}", STATUS_UNSUPPORTED},
        {"{\"bulwarkSnapshot\":1}", STATUS_INVALID},
        {"{\"bulwarkSnapshot\":1,\"account\":\"1234\",\"region\":\"eu-west-1\"}", STATUS_INVALID},
        {"{\"bulwarkSnapshot\":1,\"account\":\"123456789012\",\"region\":\"../x\"}",
         STATUS_INVALID},
        {"{\"bulwarkSnapshot\":1,\"account\":\"123456789012\",\"region\":\"x\"}", STATUS_INVALID},
        {"{\"bulwarkSnapshot\":1,\"account\":\"123456789012\",\"region\":\"x\",\"begun\":\"x\"}",
         STATUS_INVALID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct snapshot_head read;
        struct why why = {.code = STATUS_OK};
        CHECK_STATUS(snapshot_head_read(str_from(rows[i].line), mem, &read, &why), rows[i].status);
        assert_true(why.text[0] != '\0');
    }
}

static void lines_that_are_none_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum status status;
    } rows[] = {
        {"x", STATUS_MALFORMED},
        {"{\"kind\":\"thing\",\"id\":\"x\",\"value\":{},\"more\":1}", STATUS_INVALID},
        {"{\"kind\":\"thing\",\"id\":\"x\",\"value\":[]}", STATUS_INVALID},
        {"{\"kind\":\"thing\",\"id\":1,\"value\":{}}", STATUS_INVALID},
        {"{\"kind\":\"nothing\",\"id\":\"x\",\"value\":{}}", STATUS_INVALID},
        {"{\"kind\":\"thing\",\"kind\":\"thing\",\"id\":\"x\",\"value\":{}}", STATUS_MALFORMED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct snapshot_line read;
        CHECK_STATUS(snapshot_line_read(str_from(rows[i].line), mem, &read, NULL), rows[i].status);
    }
}

static void a_line_has_a_largest_size(void **state)
{
    (void)state;
    char *text = arena_alloc(mem, SNAPSHOT_LINE_MAX + 1);
    struct snapshot_line read;
    assert_non_null(text);
    memset(text, ' ', SNAPSHOT_LINE_MAX + 1);
    CHECK_STATUS(snapshot_line_read((struct str){text, SNAPSHOT_LINE_MAX + 1}, mem, &read, NULL),
                 STATUS_TOO_LARGE);
    memset(text, 'x', SNAPSHOT_LINE_MAX);
    const struct json_value member = {
        .type = JSON_STRING, .key = STR("a"), .text = {text, SNAPSHOT_LINE_MAX}};
    const struct json_value value = {.type = JSON_OBJECT, .n = 1, .first = &member};
    struct str line;
    CHECK_STATUS(snapshot_line_write(SNAPSHOT_THING, STR("x"), &value, mem, &line, NULL),
                 STATUS_TOO_LARGE);
}

static enum status next(struct snapshot_order *order, enum snapshot_kind kind, const char *id,
                        const char *value)
{
    const struct snapshot_line line = {kind, str_from(id), tree(value)};
    return snapshot_order_next(order, &line, NULL);
}

static void lines_stand_in_order_up_to_an_end_that_counts_them(void **state)
{
    (void)state;
    struct snapshot_order order = {.n = 0};
    CHECK_OK(next(&order, SNAPSHOT_LOGGING, "", "{}"));
    CHECK_OK(next(&order, SNAPSHOT_THING, "a", "{}"));
    CHECK_STATUS(next(&order, SNAPSHOT_THING, "a", "{}"), STATUS_INVALID);
    CHECK_STATUS(next(&order, SNAPSHOT_LOGGING, "b", "{}"), STATUS_INVALID);
    CHECK_STATUS(next(&order, SNAPSHOT_MARK, "b", "{}"), STATUS_INVALID);
    CHECK_STATUS(next(&order, SNAPSHOT_END, "", "{}"), STATUS_INVALID);
    CHECK_STATUS(next(&order, SNAPSHOT_END, "", "{\"lines\":3}"), STATUS_INVALID);
    assert_false(order.ended);
    CHECK_OK(next(&order, SNAPSHOT_END, "", "{\"lines\":2}"));
    assert_true(order.ended);
    CHECK_STATUS(next(&order, SNAPSHOT_END, "", "{\"lines\":2}"), STATUS_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_line_is_written_sorted_and_read_back),
        TEST(a_head_is_written_and_read_back),
        TEST(heads_that_are_none_are_refused),
        TEST(lines_that_are_none_are_refused),
        TEST(a_line_has_a_largest_size),
        TEST(lines_stand_in_order_up_to_an_end_that_counts_them),
    };
    return RUN_TESTS("snapshot", tests);
}
