#include "lib/check.h"

static void next_splits_and_ends(void **state)
{
    (void)state;
    struct str rest = STR("a//b");
    struct str part;
    assert_true(str_next(&rest, '/', &part));
    CHECK_STR(part, "a");
    assert_true(str_next(&rest, '/', &part));
    CHECK_STR(part, "");
    assert_true(str_next(&rest, '/', &part));
    CHECK_STR(part, "b");
    assert_false(str_next(&rest, '/', &part));
}

static void numbers_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    int64_t value = 7;
    CHECK_OK(str_to_int64(STR("-9223372036854775808"), &value));
    assert_true(value == INT64_MIN);
    const char *bad[] = {"", "-", "+1", " 1", "1 ", "9223372036854775808", "0x1", "1-"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(str_to_int64(str_from(bad[i]), &value), STATUS_INVALID);
    }
    assert_true(value == INT64_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(next_splits_and_ends),
        cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
    };
    return RUN_TESTS("str", tests);
}
