#include "account/logging.h"
#include "mitigate_fixture.h"

#define CHECK CHECK_LOGGING_DISABLED

static struct str set_up(struct fixture *f)
{
    account_make(f);
    put_action(f, "log", ACTION_ENABLE_IOT_LOGGING);
    return put_finding(f, CHECK, "1", "account=123456789012");
}

static enum status get(struct fixture *f, struct logging_v2 *ret)
{
    return READ(f, logging_v2_get(&f->ctx, ret, &f->why));
}

static void set(struct fixture *f, const char *level, bool disable_all)
{
    const struct logging_v2 in = {
        .role_arn = STR(ROLE_ARN("before")), .level = str_from(level), .disable_all = disable_all};
    CHECK_OK(WRITE(f, logging_v2_set(&f->ctx, &in, false, &f->why)));
}

static void logging_is_enabled_and_unset_again(void **state)
{
    struct fixture *f = *state;
    struct logging_v2 options;
    struct str finding = set_up(f);
    mitigate(f, &(struct request_of){CHECK, {"log"}});
    only_execution(f, finding, "COMPLETED");
    CHECK_OK(get(f, &options));
    CHECK_STR(options.level, "WARN");
    CHECK_STR(options.role_arn, ROLE_ARN("logging"));
    struct page_rows rows = undo_task(f);
    check_undone(&rows, NULL);
    CHECK_STATUS(get(f, &options), STATUS_NOT_CONFIGURED);
}

static void options_there_were_come_back(void **state)
{
    struct fixture *f = *state;
    struct logging_v2 options;
    set_up(f);
    set(f, "ERROR", true);
    mitigate(f, &(struct request_of){CHECK, {"log"}});
    CHECK_OK(get(f, &options));
    assert_false(options.disable_all);
    undo_task(f);
    CHECK_OK(get(f, &options));
    CHECK_STR(options.level, "ERROR");
    CHECK_STR(options.role_arn, ROLE_ARN("before"));
    assert_true(options.disable_all);
}

static void options_changed_since_are_kept(void **state)
{
    struct fixture *f = *state;
    struct logging_v2 options;
    set_up(f);
    mitigate(f, &(struct request_of){CHECK, {"log"}});
    set(f, "DEBUG", false);
    struct page_rows rows = undo_task(f);
    check_undone(&rows, "the logging options were changed since");
    CHECK_OK(get(f, &options));
    CHECK_STR(options.level, "DEBUG");
}

static void levels_of_single_targets_need_the_options(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    mitigate(f, &(struct request_of){CHECK, {"log"}});
    CHECK_OK(WRITE(f, log_level_set(&f->ctx, STR("CLIENT_ID"), STR("c"), STR("INFO"), &f->why)));
    struct page_rows rows = undo_task(f);
    check_undone(&rows, "log levels of single targets were set since");
}

static void the_role_must_be_let_pass_the_logging_role(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    CHECK_OK(try_inline(f, IAM_ROLE, "mitigate", "all",
                        POLICY(GRANT("Allow", "iot:SetV2LoggingOptions", "*"))));
    mitigate(f, &(struct request_of){CHECK, {"log"}});
    struct mitigation_execution done = only_execution(f, finding, "FAILED");
    check_message(&done, "INSUFFICIENT_PERMISSIONS",
                  "no policy of role mitigate allows iam:PassRole on " ROLE_ARN("logging"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(logging_is_enabled_and_unset_again),
        TEST(options_there_were_come_back),
        TEST(options_changed_since_are_kept),
        TEST(levels_of_single_targets_need_the_options),
        TEST(the_role_must_be_let_pass_the_logging_role),
    };
    return RUN_TESTS("mitigate/step_logging", tests);
}
