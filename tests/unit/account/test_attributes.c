#include "account/attributes.h"

#include "fixture.h"

static const struct attribute AB[] = {{STR_INIT("b"), STR_INIT("2")},
                                      {STR_INIT("a"), STR_INIT("1")}};

static void changes_combine_with_what_is_stored(void **state)
{
    struct fixture *f = *state;
    const struct attribute empty_a[] = {{STR("a"), STR("")}, {STR("z"), STR("")}};
    const struct attribute new_a[] = {{STR("c"), STR("3")}, {STR("a"), STR("9")}};
    const struct {
        const char *stored;
        struct attributes_change change;
        const char *want;
    } rows[] = {
        {NULL, {0}, "{}"},
        {"{}", {0}, "{}"},
        {"{\"a\":\"1\"}", {0}, "{\"a\":\"1\"}"},
        {NULL, {true, false, {AB, 2}}, "{\"a\":\"1\",\"b\":\"2\"}"},
        {NULL, {true, true, {AB, 2}}, "{\"a\":\"1\",\"b\":\"2\"}"},
        {"{\"a\":\"1\",\"b\":\"2\"}",
         {true, true, {new_a, 2}},
         "{\"a\":\"9\",\"b\":\"2\",\"c\":\"3\"}"},
        {"{\"a\":\"1\",\"b\":\"2\"}", {true, false, {new_a, 2}}, "{\"a\":\"9\",\"c\":\"3\"}"},
        {"{\"a\":\"1\",\"b\":\"2\"}", {true, true, {empty_a, 2}}, "{\"b\":\"2\"}"},
        {"{\"a\":\"1\",\"b\":\"2\"}", {true, false, {empty_a, 2}}, "{}"},
        {"{\"a\":\"1\"}", {true, false, {NULL, 0}}, "{}"},
        {"{\"a\":\"1\"}", {true, true, {NULL, 0}}, "{\"a\":\"1\"}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct attributes got;
        struct str json;
        CHECK_OK(attributes_apply(f->ctx.mem, str_from(rows[i].stored), &rows[i].change, &got,
                                  &json, &f->why));
        CHECK_STR(json, rows[i].want);
        struct attributes again;
        CHECK_OK(attributes_read(f->ctx.mem, json, &again, &f->why));
        assert_int_equal(again.n, got.n);
    }
}

static void what_was_never_written_is_corrupt(void **state)
{
    struct fixture *f = *state;
    const char *const bad[] = {"", "[]", "{\"a\":1}", "{\"a\"", "{} x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct attributes got;
        CHECK_REFUSED(f, STATUS_CORRUPT, "stored attributes cannot be read",
                      attributes_read(f->ctx.mem, str_from(bad[i]), &got, &f->why));
    }
}

static void number_and_size_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct attributes two = {AB, 2};
    CHECK_OK(attributes_check(two, 2, "thing", STR("lamp"), &f->why));
    CHECK_REFUSED(f, STATUS_INVALID, "thing lamp would have 2 attributes; it may have 1",
                  attributes_check(two, 1, "thing", STR("lamp"), &f->why));
    char *text = arena_alloc(f->ctx.mem, 48128);
    assert_non_null(text);
    struct attribute big = {STR("n"), {text, 48127}};
    CHECK_OK(attributes_check((struct attributes){&big, 1}, 1, "thing", STR("lamp"), &f->why));
    big.value.len++;
    CHECK_REFUSED(f, STATUS_INVALID, "would be 48129 bytes together; they may be 48128",
                  attributes_check((struct attributes){&big, 1}, 1, "thing", STR("lamp"), &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(changes_combine_with_what_is_stored),
        TEST(what_was_never_written_is_corrupt),
        TEST(number_and_size_are_bounded),
    };
    return RUN_TESTS("account/attributes", tests);
}
