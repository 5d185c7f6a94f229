#include "lib/check.h"
#include "lib/files.h"

#include "base/clock.h"
#include "collect/part.h"
#include "collect/tree.h"

static struct arena *mem;
static const char *dir;
static struct str path;

static int setup(void **state)
{
    (void)state;
    mem = arena_new((size_t)32 << 20);
    dir = temp_dir_make(mem);
    CHECK_OK(str_fmt(mem, &path, NULL, "%s/s", dir));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    arena_free(mem);
    return 0;
}

static struct snapshot_head head(void)
{
    return (struct snapshot_head){.account = STR("123456789012"),
                                  .region = STR("us-east-1"),
                                  .endpoint = STR("aws"),
                                  .begun = 1000,
                                  .ended = TIME_NEVER,
                                  .history_from = TIME_NEVER};
}

static struct part *opened(int64_t *ret_kept)
{
    struct snapshot_head of = head();
    struct part *part = NULL;
    CHECK_OK(part_open(path, &of, &part, ret_kept, NULL));
    assert_true(of.begun == 1000);
    return part;
}

static void add(struct part *part, enum snapshot_kind kind, const char *id, const char *text)
{
    const struct json_value *value = NULL;
    CHECK_OK(json_tree_read(str_from(text), mem, &value, NULL));
    CHECK_OK(part_add(part, kind, str_from(id), value, mem, NULL));
}

static struct str file_text(const char *suffix)
{
    struct str name;
    CHECK_OK(str_fmt(mem, &name, NULL, "%.*s%s", STR_ARG(path), suffix));
    FILE *file = fopen(name.ptr, "r");
    char *text = arena_alloc(mem, 1 << 20);
    assert_non_null(text);
    size_t len = file == NULL ? 0 : fread(text, 1, 1 << 20, file);
    if (file == NULL) {
        return STR_ABSENT;
    }
    fclose(file);
    return (struct str){text, len};
}

static void append(const char *text)
{
    struct str name;
    CHECK_OK(str_fmt(mem, &name, NULL, "%.*s.part", STR_ARG(path)));
    FILE *file = fopen(name.ptr, "a");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_snapshot_is_the_lines_in_order_the_later_of_each(void **state)
{
    (void)state;
    int64_t kept = -1;
    int64_t lines = 0;
    const struct snapshot_head of = head();
    struct part *part = opened(&kept);
    assert_int_equal(kept, 0);
    add(part, SNAPSHOT_THING, "b", "{\"n\":1}");
    add(part, SNAPSHOT_THING, "a", "{}");
    add(part, SNAPSHOT_LOGGING, "", "{}");
    add(part, SNAPSHOT_THING, "b", "{\"n\":2}");
    add(part, SNAPSHOT_MARK, "x", "{}");
    assert_true(part_has(part, SNAPSHOT_THING, STR("a")));
    assert_false(part_has(part, SNAPSHOT_GROUP, STR("a")));
    assert_int_equal(part_count(part, SNAPSHOT_THING), 2);
    const struct json_value *value = NULL;
    CHECK_OK(part_get(part, SNAPSHOT_THING, STR("b"), mem, &value, NULL));
    CHECK_STR(json_tree_get(value, STR("n"))->text, "2");
    CHECK_OK(part_finish(part, &of, false, &lines, NULL));
    part_free(part);
    assert_int_equal(lines, 3);
    CHECK_STR(file_text(""),
              "{\"bulwarkSnapshot\":1,\"account\":\"123456789012\",\"region\":\"us-east-1\","
              "\"endpoint\":\"aws\",\"begun\":\"1970-01-01T00:00:01.000Z\"}\n"
              "{\"kind\":\"logging\",\"id\":\"\",\"value\":{}}\n"
              "{\"kind\":\"thing\",\"id\":\"a\",\"value\":{}}\n"
              "{\"kind\":\"thing\",\"id\":\"b\",\"value\":{\"n\":2}}\n"
              "{\"kind\":\"end\",\"id\":\"\",\"value\":{\"lines\":3}}\n");
    assert_true(str_absent(file_text(".part")));
}

static void what_was_there_is_gone_on_with_without_a_torn_line(void **state)
{
    (void)state;
    int64_t kept = 0;
    struct part *part = opened(&kept);
    add(part, SNAPSHOT_THING, "a", "{}");
    add(part, SNAPSHOT_UNKNOWN, "roles", "{\"error\":\"x\"}");
    part_free(part);
    append("{\"kind\":\"thing\",\"id\":\"torn");
    part = opened(&kept);
    assert_int_equal(kept, 2);
    assert_true(part_has(part, SNAPSHOT_THING, STR("a")));
    assert_false(part_has(part, SNAPSHOT_UNKNOWN, STR("roles"))); /* asked for again */
    add(part, SNAPSHOT_THING, "b", "{}");
    part_free(part);
    part = opened(&kept);
    assert_int_equal(kept, 3);
    part_free(part);
}

static void one_at_a_time_and_of_one_account(void **state)
{
    (void)state;
    int64_t kept = 0;
    struct snapshot_head other = head();
    struct part *second = NULL;
    struct why why = {.code = STATUS_OK};
    struct part *part = opened(&kept);
    CHECK_STATUS(part_open(path, &other, &second, &kept, &why), STATUS_BUSY);
    part_free(part);
    other.region = STR("eu-west-1");
    CHECK_STATUS(part_open(path, &other, &second, &kept, &why), STATUS_INVALID);
    append("not a line\n");
    other = head();
    CHECK_STATUS(part_open(path, &other, &second, &kept, &why), STATUS_INVALID);
    assert_non_null(strstr(why.text, "line 2"));
}

static void an_id_has_a_largest_size(void **state)
{
    (void)state;
    int64_t kept = 0;
    struct part *part = opened(&kept);
    char *id = arena_alloc(mem, SNAPSHOT_ID_MAX + 1);
    const struct json_value value = {.type = JSON_OBJECT};
    assert_non_null(id);
    memset(id, 'x', SNAPSHOT_ID_MAX + 1);
    CHECK_STATUS(
        part_add(part, SNAPSHOT_THING, (struct str){id, SNAPSHOT_ID_MAX + 1}, &value, mem, NULL),
        STATUS_TOO_LARGE);
    CHECK_OK(part_add(part, SNAPSHOT_THING, (struct str){id, SNAPSHOT_ID_MAX}, &value, mem, NULL));
    part_free(part);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_snapshot_is_the_lines_in_order_the_later_of_each),
        TEST(what_was_there_is_gone_on_with_without_a_torn_line),
        TEST(one_at_a_time_and_of_one_account),
        TEST(an_id_has_a_largest_size),
    };
    return RUN_TESTS("part", tests);
}
