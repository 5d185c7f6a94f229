/* Rules of the account's audit configuration. */
#include "audit/check.h"

#include "audit_fixture.h"

#define AGE     CHECK_DEVICE_CERTIFICATE_AGE
#define ENDING  CHECK_DEVICE_CERTIFICATE_EXPIRING
#define TOPIC   STR("arn:aws:sns:us-east-1:123456789012:audits")
#define FOREIGN STR("arn:aws:iam::210987654321:role/audit")

static enum status do_update(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return audit_config_update(ctx, arg, why);
}

static enum status do_delete(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return audit_config_delete(ctx, arg != NULL, why); /* any arg: schedules too */
}

static struct audit_config get(struct audit_fixture *f)
{
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(f);
    struct audit_config config;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    ctx.tx = view;
    CHECK_OK(audit_config_get(&ctx, &config, NULL));
    return config;
}

static enum status update(struct audit_fixture *f, struct str role,
                          const struct audit_config_check *checks, size_t n)
{
    struct audit_config_update in = {.role_arn = role, .checks = checks, .n_checks = n};
    return fixture_write(f, do_update, &in, NULL);
}

static const struct audit_config_check age_on = {AGE, {true, true}, {false, 0}};

static void before_the_first_update_everything_is_off(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    struct audit_config config = get(&f);
    assert_false(config.configured);
    assert_true(str_absent(config.role_arn));
    for (int i = 0; i < CHECK_COUNT; i++) {
        assert_false(config.checks[i].enabled);
    }
    assert_int_equal(audit_config_days(&config, AGE), 365);
    assert_int_equal(audit_config_days(&config, ENDING), 30);
    CHECK_STATUS(fixture_write(&f, do_delete, NULL, NULL), STATUS_NOT_FOUND);
    fixture_close(&f);
}

static void the_first_update_needs_a_role_and_a_check(void **state)
{
    (void)state;
    struct audit_fixture f;
    const struct audit_config_check off = {AGE, {true, false}, {false, 0}};
    const struct audit_config_check days = {AGE, {false, false}, {true, 100}};
    fixture_open(&f);
    CHECK_STATUS(update(&f, STR_ABSENT, &age_on, 1), STATUS_INVALID);
    CHECK_STATUS(update(&f, ROLE, NULL, 0), STATUS_INVALID);
    CHECK_STATUS(update(&f, ROLE, &off, 1), STATUS_INVALID);
    CHECK_STATUS(update(&f, ROLE, &days, 1), STATUS_INVALID);
    assert_false(get(&f).configured);
    CHECK_OK(update(&f, ROLE, &age_on, 1));
    assert_true(get(&f).checks[AGE].enabled);
    fixture_close(&f);
}

static void later_updates_patch(void **state)
{
    (void)state;
    struct audit_fixture f;
    const struct audit_config_check days = {AGE, {false, false}, {true, 100}};
    const struct audit_config_check ending = {ENDING, {true, true}, {false, 0}};
    const struct audit_config_check off = {AGE, {true, false}, {false, 0}};
    fixture_open(&f);
    CHECK_OK(update(&f, ROLE, &age_on, 1));
    CHECK_OK(update(&f, STR_ABSENT, &days, 1));
    CHECK_OK(update(&f, STR_ABSENT, &ending, 1));
    struct audit_config config = get(&f);
    assert_true(config.checks[AGE].enabled);
    assert_true(config.checks[ENDING].enabled);
    assert_int_equal(audit_config_days(&config, AGE), 100);
    assert_true(str_eq(config.role_arn, ROLE));
    CHECK_OK(update(&f, STR("arn:aws:iam::123456789012:role/other"), &off, 1));
    config = get(&f);
    assert_false(config.checks[AGE].enabled);
    assert_int_equal(audit_config_days(&config, AGE), 100);
    CHECK_STR(config.role_arn, "arn:aws:iam::123456789012:role/other");
    CHECK_OK(fixture_write(&f, do_delete, NULL, NULL));
    config = get(&f);
    assert_false(config.configured || config.checks[ENDING].enabled);
    assert_int_equal(audit_config_days(&config, AGE), 365);
    fixture_close(&f);
}

static void thresholds_have_bounds_and_a_check(void **state)
{
    (void)state;
    static const struct {
        enum check_id check;
        int64_t days;
        bool allowed;
    } rows[] = {
        {AGE, 29, false},
        {AGE, 30, true},
        {AGE, 3652, true},
        {AGE, 3653, false},
        {AGE, -1, false},
        {AGE, 0, false},
        {ENDING, 30, true},
        {ENDING, 3653, false},
        {AGE, INT64_MAX, false},
        {CHECK_CA_CERTIFICATE_EXPIRING, 30, false}, /* fixed */
        {CHECK_LOGGING_DISABLED, 30, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct audit_fixture f;
        const struct audit_config_check check = {rows[i].check, {true, true}, {true, rows[i].days}};
        fixture_open(&f);
        CHECK_STATUS(update(&f, ROLE, &check, 1), rows[i].allowed ? STATUS_OK : STATUS_INVALID);
        assert_int_equal(get(&f).configured, rows[i].allowed);
        fixture_close(&f);
    }
}

static void a_check_that_is_not_there_cannot_be_enabled(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    for (int id = 0; id < CHECK_COUNT; id++) {
        const struct audit_config_check on = {(enum check_id)id, {true, true}, {false, 0}};
        const struct audit_config_check off = {(enum check_id)id, {true, false}, {false, 0}};
        const struct audit_config_check both[] = {age_on, off};
        CHECK_STATUS(update(&f, ROLE, &on, 1),
                     audit_checks[id] != NULL ? STATUS_OK : STATUS_INVALID);
        if (id != AGE) {
            CHECK_OK(update(&f, ROLE, both, 2));
        }
    }
    fixture_close(&f);
}

static void a_check_of_our_own_needs_the_extensions(void **state)
{
    (void)state;
    struct audit_fixture f;
    const struct audit_config_check off = {
        CHECK_SHARED_COGNITO_IDENTITY, {true, false}, {false, 0}};
    const struct audit_setting stored = {.name = check_rows[CHECK_SHARED_COGNITO_IDENTITY].name,
                                         .enabled = 1};
    fixture_open(&f);
    fixture_put(&f, TABLE(audit_setting), &stored);
    assert_true(get(&f).checks[CHECK_SHARED_COGNITO_IDENTITY].enabled);
    f.extensions = false;
    assert_false(get(&f).checks[CHECK_SHARED_COGNITO_IDENTITY].enabled);
    CHECK_STATUS(update(&f, ROLE, &age_on, 1), STATUS_OK);
    CHECK_STATUS(update(&f, ROLE, &off, 1), STATUS_INVALID);
    fixture_close(&f);
}

static void a_check_named_twice_is_refused(void **state)
{
    (void)state;
    struct audit_fixture f;
    const struct audit_config_check twice[] = {age_on, age_on};
    fixture_open(&f);
    CHECK_STATUS(update(&f, ROLE, twice, 2), STATUS_INVALID);
    fixture_close(&f);
}

static void roles_lie_in_this_account(void **state)
{
    (void)state;
    struct audit_fixture f;
    const struct str bad[] = {FOREIGN, STR("audit"), STR("arn:aws:iam::123456789012:user/audit"),
                              STR("arn:aws:iam::123456789012:role/"), STR("")};
    fixture_open(&f);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(update(&f, bad[i], &age_on, 1), STATUS_INVALID);
    }
    fixture_close(&f);
}

static enum status set_target(struct audit_fixture *f, struct str arn, struct str role,
                              struct maybe_bool enabled)
{
    struct audit_config_update in = {.role_arn = ROLE,
                                     .checks = &age_on,
                                     .n_checks = 1,
                                     .has_target = true,
                                     .target = {.target_arn = arn, .role_arn = role},
                                     .target_enabled = enabled};
    return fixture_write(f, do_update, &in, NULL);
}

static void an_enabled_target_is_whole(void **state)
{
    (void)state;
    struct audit_fixture f;
    const struct maybe_bool on = {true, true};
    const struct maybe_bool same = {false, false};
    fixture_open(&f);
    CHECK_STATUS(set_target(&f, TOPIC, STR_ABSENT, on), STATUS_INVALID);
    CHECK_STATUS(set_target(&f, STR_ABSENT, ROLE, on), STATUS_INVALID);
    CHECK_STATUS(set_target(&f, TOPIC, FOREIGN, on), STATUS_INVALID);
    assert_false(get(&f).has_target);
    CHECK_OK(set_target(&f, TOPIC, STR_ABSENT, same)); /* not enabled: may lack its role */
    CHECK_OK(set_target(&f, STR_ABSENT, ROLE, on));
    struct audit_config config = get(&f);
    assert_true(config.has_target && config.target.enabled);
    assert_true(str_eq(config.target.target_arn, TOPIC));
    assert_true(str_eq(config.target.role_arn, ROLE));
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_first_update_everything_is_off),
        cmocka_unit_test(the_first_update_needs_a_role_and_a_check),
        cmocka_unit_test(later_updates_patch),
        cmocka_unit_test(thresholds_have_bounds_and_a_check),
        cmocka_unit_test(a_check_that_is_not_there_cannot_be_enabled),
        cmocka_unit_test(a_check_of_our_own_needs_the_extensions),
        cmocka_unit_test(a_check_named_twice_is_refused),
        cmocka_unit_test(roles_lie_in_this_account),
        cmocka_unit_test(an_enabled_target_is_whole),
    };
    return RUN_TESTS("config", tests);
}
