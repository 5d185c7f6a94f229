#include "lib/check.h"
#include "model/arn.h"

static const struct account_id ID = {STR_INIT("123456789012"), STR_INIT("eu-west-1")};

static void made_arns_are_ours_again(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4096);
    struct str text;
    struct str name;
    CHECK_OK(arn_make(mem, &ID, STR("thing"), STR("a:b/c"), &text, NULL));
    CHECK_STR(text, "arn:aws:iot:eu-west-1:123456789012:thing/a:b/c");
    assert_true(arn_is_ours(&ID, text, STR("thing"), &name));
    CHECK_STR(name, "a:b/c");
    assert_false(arn_is_ours(&ID, text, STR("cert"), &name));
}

static void the_partition_follows_the_region(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4096);
    struct str text;
    const struct account_id china = {STR("123456789012"), STR("cn-north-1")};
    CHECK_OK(arn_make(mem, &china, STR("cert"), STR("00"), &text, NULL));
    CHECK_STR(text, "arn:aws-cn:iot:cn-north-1:123456789012:cert/00");
}

static void what_is_no_arn_is_refused(void **state)
{
    (void)state;
    const char *bad[] = {"", "arn", "arn:aws:iot:us-east-1:1", "urn:aws:iot:r:1:thing/x",
                         "thing/x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct arn arn;
        CHECK_STATUS(arn_parse(str_from(bad[i]), &arn, NULL), STATUS_INVALID);
    }
    struct str name = STR("untouched");
    assert_false(
        arn_is_ours(&ID, STR("arn:aws:iot:eu-west-1:999999999999:thing/x"), STR("thing"), &name));
    CHECK_STR(name, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_arns_are_ours_again),
        cmocka_unit_test(the_partition_follows_the_region),
        cmocka_unit_test(what_is_no_arn_is_refused),
    };
    return RUN_TESTS("arn", tests);
}
