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

static void what_iam_holds_has_a_path_and_no_region(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4096);
    static const struct {
        const char *path, *name, *arn;
    } rows[] = {
        {"/", "r", "arn:aws:iam::123456789012:role/r"},
        {"/a/b/", "r", "arn:aws:iam::123456789012:role/a/b/r"},
        {"/a//", "r", "arn:aws:iam::123456789012:role/a//r"},
    };
    struct str text;
    struct str path;
    struct str name;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_OK(arn_make_iam(mem, &ID, STR("role"), str_from(rows[i].path), str_from(rows[i].name),
                              &text, NULL));
        CHECK_STR(text, rows[i].arn);
        assert_true(arn_is_our_iam(&ID, text, STR("role"), &path, &name));
        CHECK_STR(path, rows[i].path);
        CHECK_STR(name, rows[i].name);
        assert_false(arn_is_our_iam(&ID, text, STR("user"), &path, &name));
    }
    const char *const bad[] = {
        "arn:aws:iam::999999999999:role/r",  "arn:aws-cn:iam::123456789012:role/r",
        "arn:aws:iot::123456789012:role/r",  "arn:aws:iam:eu-west-1:123456789012:role/r",
        "arn:aws:iam::123456789012:role",    "arn:aws:iam::123456789012:role/",
        "arn:aws:iam::123456789012:role/a/", "r"};
    name = STR("untouched");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(arn_is_our_iam(&ID, str_from(bad[i]), STR("role"), &path, &name));
    }
    CHECK_STR(name, "untouched");
}

static void the_root_is_the_accounts_own(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4096);
    struct str root;
    CHECK_OK(arn_make_root(mem, &ID, &root, NULL));
    CHECK_STR(root, "arn:aws:iam::123456789012:root");
    assert_true(arn_is_root(&ID, root));
    assert_false(arn_is_root(&ID, STR("arn:aws:iam::123456789012:root/")));
    assert_false(arn_is_root(&ID, STR("arn:aws:iam::123456789012:user/root")));
    assert_false(arn_is_root(&ID, STR("arn:aws:iam::999999999999:root")));
    assert_false(arn_is_root(&ID, STR_ABSENT));
}

static void topics_have_subscriptions(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4096);
    struct str text;
    struct str topic = STR("untouched");
    struct str subscription;
    CHECK_OK(arn_make_topic(mem, &ID, STR("alarms"), STR_ABSENT, &text, NULL));
    assert_true(arn_is_our_topic(&ID, text, &topic, &subscription));
    CHECK_STR(topic, "alarms");
    assert_true(str_absent(subscription));
    CHECK_OK(arn_make_topic(mem, &ID, STR("alarms"), STR("7"), &text, NULL));
    assert_true(str_ends(text, STR(":123456789012:alarms:7")));
    assert_true(arn_is_our_topic(&ID, text, &topic, &subscription));
    CHECK_STR(subscription, "7");
    const char *const bad[] = {"alarms", "arn:aws:sns::123456789012:alarms",
                               "arn:aws:sns:antarctica-1:123456789012:alarms",
                               "arn:aws:iam::123456789012:role/r"};
    topic = STR("untouched");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(arn_is_our_topic(&ID, str_from(bad[i]), &topic, &subscription));
    }
    CHECK_STR(topic, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_arns_are_ours_again),
        cmocka_unit_test(the_partition_follows_the_region),
        cmocka_unit_test(what_is_no_arn_is_refused),
        cmocka_unit_test(what_iam_holds_has_a_path_and_no_region),
        cmocka_unit_test(topics_have_subscriptions),
        cmocka_unit_test(the_root_is_the_accounts_own),
    };
    return RUN_TESTS("arn", tests);
}
