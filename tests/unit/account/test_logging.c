#include "account/logging.h"

#include "account/group.h"
#include "account/quotas.h"
#include "base/buf.h"
#include "fixture.h"

static const struct str ROLE = STR_INIT("arn:aws:iam::123456789012:role/log");
static const struct str OTHER = STR_INIT("arn:aws:iam::123456789012:role/other");

static enum status set_v2(struct fixture *f, struct str role, const char *level, bool disable)
{
    const struct logging_v2 in = {
        .role_arn = role, .level = str_from(level), .disable_all = disable};
    return WRITE(f, logging_v2_set(&f->ctx, &in, false, &f->why));
}

static struct logging_v2 get_v2(struct fixture *f)
{
    struct logging_v2 options;
    CHECK_OK(READ(f, logging_v2_get(&f->ctx, &options, &f->why)));
    return options;
}

static enum status set_level(struct fixture *f, const char *type, const char *name,
                             const char *level)
{
    return WRITE(f,
                 log_level_set(&f->ctx, str_from(type), str_from(name), str_from(level), &f->why));
}

static enum status delete_level(struct fixture *f, const char *type, const char *name)
{
    return WRITE(f, log_level_delete(&f->ctx, str_from(type), str_from(name), &f->why));
}

/* All levels, as "TYPE:name=LEVEL ". */
static struct str levels(struct fixture *f, const char *type)
{
    struct buf text;
    buf_init(&text, f->ctx.mem, 4096);
    struct page page = {.max = 2};
    do {
        struct page_rows rows;
        CHECK_OK(READ(f, log_levels_list(&f->ctx, str_from(type), &page, &rows, &f->why)));
        const struct log_target *targets = rows.rows;
        for (size_t i = 0; i < rows.n; i++) {
            buf_put_fmt(&text, "%.*s:%.*s=%.*s ", STR_ARG(targets[i].target_type),
                        STR_ARG(targets[i].target_name), STR_ARG(targets[i].level));
        }
        page.after = rows.next;
    } while (!str_absent(page.after));
    struct str whole;
    CHECK_OK(buf_finish(&text, &whole, &f->why));
    return whole;
}

/* ---- V1 ---------------------------------------------------------------------------------------
 */

static void v1_is_disabled_until_it_is_set(void **state)
{
    struct fixture *f = *state;
    struct logging_v1 options;
    CHECK_OK(READ(f, logging_v1_get(&f->ctx, &options, &f->why)));
    assert_true(str_absent(options.role_arn));
    CHECK_STR(options.level, "DISABLED");
    CHECK_OK(WRITE(f, logging_v1_set(&f->ctx, ROLE, STR("ERROR"), &f->why)));
    CHECK_OK(WRITE(f, logging_v1_set(&f->ctx, OTHER, STR_ABSENT, &f->why)));
    CHECK_OK(READ(f, logging_v1_get(&f->ctx, &options, &f->why)));
    assert_true(str_eq(options.role_arn, OTHER));
    CHECK_STR(options.level, "ERROR");
    CHECK_REFUSED(f, STATUS_INVALID, "is not the ARN of an IAM role",
                  WRITE(f, logging_v1_set(&f->ctx, STR("log"), STR("INFO"), &f->why)));
}

/* ---- V2 ---------------------------------------------------------------------------------------
 */

static void v2_is_not_configured_until_it_is_set(void **state)
{
    struct fixture *f = *state;
    struct logging_v2 options;
    struct page page = {0};
    struct page_rows rows;
    CHECK_OK(WRITE(f, logging_v1_set(&f->ctx, ROLE, STR("ERROR"), &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_CONFIGURED, "V2 logging was never configured",
                  READ(f, logging_v2_get(&f->ctx, &options, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_CONFIGURED, "V2 logging was never configured",
                  READ(f, log_levels_list(&f->ctx, STR_ABSENT, &page, &rows, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_CONFIGURED, "V2 logging was never configured",
                  set_level(f, "CLIENT_ID", "lamp", "INFO"));
}

static void the_first_set_needs_role_and_level(void **state)
{
    struct fixture *f = *state;
    CHECK_REFUSED(f, STATUS_INVALID, "roleArn is missing", set_v2(f, STR_ABSENT, "INFO", false));
    CHECK_REFUSED(f, STATUS_INVALID, "defaultLogLevel is missing", set_v2(f, ROLE, NULL, false));
    CHECK_REFUSED(f, STATUS_INVALID, "is not the ARN of an IAM role",
                  set_v2(f, STR("log"), "INFO", false));
    CHECK_OK(set_v2(f, ROLE, "INFO", true));
    struct logging_v2 options = get_v2(f);
    assert_true(options.disable_all);
    assert_true(str_eq(options.role_arn, ROLE));
    assert_int_equal(options.n_events, 0);
}

static void later_sets_change_what_they_give(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(set_v2(f, ROLE, "INFO", true));
    CHECK_OK(set_v2(f, OTHER, NULL, true));
    CHECK_STR(get_v2(f).level, "INFO");
    assert_true(str_eq(get_v2(f).role_arn, OTHER));
    CHECK_OK(set_v2(f, STR_ABSENT, "WARN", false));
    CHECK_STR(get_v2(f).level, "WARN");
    assert_true(str_eq(get_v2(f).role_arn, OTHER));
    assert_false(get_v2(f).disable_all);
}

static void events_are_kept_replaced_and_told_apart(void **state)
{
    struct fixture *f = *state;
    const struct logging_event events[] = {{STR("Connect"), STR("DEBUG"), STR("my/group")},
                                           {STR("Publish-In"), STR_ABSENT, STR_ABSENT},
                                           {STR("Connect"), STR("INFO"), STR_ABSENT}};
    struct logging_v2 in = {
        .role_arn = ROLE, .level = STR("INFO"), .events = events, .n_events = 2};
    CHECK_OK(WRITE(f, logging_v2_set(&f->ctx, &in, true, &f->why)));
    CHECK_OK(set_v2(f, STR_ABSENT, "WARN", false));
    struct logging_v2 options = get_v2(f);
    assert_int_equal(options.n_events, 2);
    CHECK_STR(options.events[0].type, "Connect");
    CHECK_STR(options.events[0].level, "DEBUG");
    CHECK_STR(options.events[0].destination, "my/group");
    assert_true(str_absent(options.events[1].level));
    assert_true(str_absent(options.events[1].destination));
    in.n_events = 3;
    CHECK_REFUSED(f, STATUS_INVALID, "event type Connect is configured twice",
                  WRITE(f, logging_v2_set(&f->ctx, &in, true, &f->why)));
    in.n_events = 0;
    CHECK_OK(WRITE(f, logging_v2_set(&f->ctx, &in, true, &f->why)));
    assert_int_equal(get_v2(f).n_events, 0);
}

/* ---- levels -----------------------------------------------------------------------------------
 */

static void levels_are_set_listed_and_deleted(void **state)
{
    struct fixture *f = *state;
    const struct group_create house = {.name = STR("house")};
    struct thing_group group;
    CHECK_OK(WRITE(f, group_create(&f->ctx, &house, &group, &f->why)));
    CHECK_OK(set_v2(f, ROLE, "ERROR", false));
    CHECK_OK(set_level(f, "THING_GROUP", "house", "DEBUG"));
    CHECK_OK(set_level(f, "CLIENT_ID", "lamp", "INFO"));
    CHECK_OK(set_level(f, "CLIENT_ID", "lamp", "WARN"));
    CHECK_OK(set_level(f, "SOURCE_IP", "192.0.2.7", "INFO"));
    CHECK_OK(set_level(f, "SOURCE_IP", "2001:db8::1", "INFO"));
    CHECK_STR(levels(f, NULL), "CLIENT_ID:lamp=WARN DEFAULT:=ERROR SOURCE_IP:192.0.2.7=INFO "
                               "SOURCE_IP:2001:db8::1=INFO THING_GROUP:house=DEBUG ");
    CHECK_STR(levels(f, "SOURCE_IP"), "SOURCE_IP:192.0.2.7=INFO SOURCE_IP:2001:db8::1=INFO ");
    CHECK_OK(delete_level(f, "SOURCE_IP", "192.0.2.7"));
    CHECK_OK(delete_level(f, "SOURCE_IP", "192.0.2.7"));
    CHECK_OK(delete_level(f, "THING_GROUP", "house"));
    CHECK_STR(levels(f, NULL), "CLIENT_ID:lamp=WARN DEFAULT:=ERROR SOURCE_IP:2001:db8::1=INFO ");
}

static void the_default_level_is_one_thing_under_two_names(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(set_v2(f, ROLE, "ERROR", false));
    CHECK_OK(set_level(f, "DEFAULT", NULL, "DEBUG"));
    CHECK_STR(get_v2(f).level, "DEBUG");
    CHECK_OK(set_v2(f, STR_ABSENT, "WARN", false));
    CHECK_STR(levels(f, "DEFAULT"), "DEFAULT:=WARN ");
    CHECK_REFUSED(f, STATUS_INVALID, "DEFAULT has no targetName",
                  set_level(f, "DEFAULT", "x", "INFO"));
    CHECK_REFUSED(f, STATUS_INVALID, "DEFAULT log level cannot be deleted",
                  delete_level(f, "DEFAULT", ""));
}

static void targets_must_make_sense(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(set_v2(f, ROLE, "ERROR", false));
    CHECK_REFUSED(f, STATUS_INVALID, "THING_GROUP none does not exist",
                  set_level(f, "THING_GROUP", "none", "INFO"));
    CHECK_REFUSED(f, STATUS_INVALID, "a log target CLIENT_ID has one",
                  set_level(f, "CLIENT_ID", NULL, "INFO"));
    const char *const bad[] = {"lamp", "192.0.2", "192.0.2.0/24", "192.0.2.256", "::g"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_REFUSED(f, STATUS_INVALID, "is not an IP address",
                      set_level(f, "SOURCE_IP", bad[i], "INFO"));
    }
}

static void an_account_has_a_thousand_levels(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(set_v2(f, ROLE, "ERROR", false));
    for (int i = 0; i < QUOTA_LOG_TARGETS; i++) {
        CHECK_OK(set_level(f, "CLIENT_ID", fixture_name(f, "lamp", i).ptr, "INFO"));
    }
    CHECK_REFUSED(f, STATUS_LIMIT, "already has log levels for 1000 targets",
                  set_level(f, "CLIENT_ID", "more", "INFO"));
    CHECK_OK(set_level(f, "CLIENT_ID", "lamp-000", "DEBUG"));
    CHECK_OK(set_level(f, "DEFAULT", NULL, "DEBUG"));
}

static void every_failure_leaves_the_account_as_it_was(void **state)
{
    struct fixture *f = *state;
    const struct logging_event event = {STR("Connect"), STR("DEBUG"), STR("my/group")};
    const struct logging_v2 in = {
        .role_arn = ROLE, .level = STR("INFO"), .events = &event, .n_events = 1};
    CHECK_ALL_OR_NOTHING(f, logging_v2_set(&f->ctx, &in, true, &f->why));
    CHECK_ALL_OR_NOTHING(
        f, log_level_set(&f->ctx, STR("CLIENT_ID"), STR("lamp"), STR("INFO"), &f->why));
    CHECK_ALL_OR_NOTHING(f, logging_v1_set(&f->ctx, ROLE, STR("INFO"), &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(v1_is_disabled_until_it_is_set),
        TEST(v2_is_not_configured_until_it_is_set),
        TEST(the_first_set_needs_role_and_level),
        TEST(later_sets_change_what_they_give),
        TEST(events_are_kept_replaced_and_told_apart),
        TEST(levels_are_set_listed_and_deleted),
        TEST(the_default_level_is_one_thing_under_two_names),
        TEST(targets_must_make_sense),
        TEST(an_account_has_a_thousand_levels),
        TEST(every_failure_leaves_the_account_as_it_was),
    };
    return RUN_TESTS("account/logging", tests);
}
