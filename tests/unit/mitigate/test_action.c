#include "mitigate/action.h"

#include <stdio.h>

#include "../account/fixture.h"

#define ROLE STR("arn:aws:iam::123456789012:role/mitigate")

static struct action_new some(const char *name, enum action_kind kind)
{
    return (struct action_new){
        .name = str_from(name),
        .role_arn = ROLE,
        .params = {.kind = kind,
                   .groups = {STR("Quarantine"), STR("Second")},
                   .n_groups = 2,
                   .override_dynamic = true,
                   .logging_role = STR("arn:aws:iam::123456789012:role/logging"),
                   .log_level = STR("WARN"),
                   .topic_arn = STR("arn:aws:sns:us-east-1:123456789012:findings")}};
}

static void each_kind_is_kept_with_its_own_parameters_alone(void **state)
{
    struct fixture *f = *state;
    static const char *const want[ACTION_KIND_COUNT] = {
        [ACTION_UPDATE_DEVICE_CERTIFICATE] =
            "{\"updateDeviceCertificateParams\":{\"action\":\"DEACTIVATE\"}}",
        [ACTION_UPDATE_CA_CERTIFICATE] =
            "{\"updateCACertificateParams\":{\"action\":\"DEACTIVATE\"}}",
        [ACTION_ADD_THINGS_TO_THING_GROUP] =
            "{\"addThingsToThingGroupParams\":{\"overrideDynamicGroups\":true,"
            "\"thingGroupNames\":[\"Quarantine\",\"Second\"]}}",
        [ACTION_REPLACE_DEFAULT_POLICY_VERSION] =
            "{\"replaceDefaultPolicyVersionParams\":{\"templateName\":\"BLANK_POLICY\"}}",
        [ACTION_ENABLE_IOT_LOGGING] =
            "{\"enableIoTLoggingParams\":{\"logLevel\":\"WARN\","
            "\"roleArnForLogging\":\"arn:aws:iam::123456789012:role/logging\"}}",
        [ACTION_PUBLISH_FINDING_TO_SNS] =
            "{\"publishFindingToSnsParams\":{"
            "\"topicArn\":\"arn:aws:sns:us-east-1:123456789012:findings\"}}",
    };
    for (int kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        const struct action_new in =
            some(action_kind_name((enum action_kind)kind).ptr, (enum action_kind)kind);
        struct mitigation_action row;
        struct action_params back;
        CHECK_OK(WRITE(f, action_create(&f->ctx, &in, &row, &f->why)));
        CHECK_OK(READ(f, action_get(&f->ctx, in.name, &row, &f->why)));
        CHECK_STR(row.params, want[kind]);
        CHECK_STR(row.kind, action_kind_name((enum action_kind)kind).ptr);
        CHECK_OK(action_params_read(f->ctx.mem, row.params, &back, &f->why));
        assert_int_equal(back.kind, kind);
        bool groups = kind == ACTION_ADD_THINGS_TO_THING_GROUP;
        assert_int_equal(back.n_groups, groups ? 2 : 0);
        assert_int_equal(back.override_dynamic, groups);
    }
}

static void what_is_no_action_is_refused(void **state)
{
    struct fixture *f = *state;
    struct mitigation_action row;
    struct action_new in = some("a", ACTION_UPDATE_DEVICE_CERTIFICATE);
    in.role_arn = STR("arn:aws:iam::123456789012:user/root");
    CHECK_REFUSED(f, STATUS_INVALID, "is not the ARN of an IAM role",
                  WRITE(f, action_create(&f->ctx, &in, &row, &f->why)));
    in.role_arn = STR("arn:aws:iam::999999999999:role/theirs");
    CHECK_REFUSED(f, STATUS_INVALID,
                  "roleArn is of account 999999999999; the role must be of this account",
                  WRITE(f, action_create(&f->ctx, &in, &row, &f->why)));
    in = some("a", ACTION_ENABLE_IOT_LOGGING);
    in.params.log_level = STR("DISABLED");
    CHECK_REFUSED(f, STATUS_INVALID, "logLevel is DISABLED; ENABLE_IOT_LOGGING takes DEBUG",
                  WRITE(f, action_create(&f->ctx, &in, &row, &f->why)));
    in = some("a", ACTION_ENABLE_IOT_LOGGING);
    in.params.logging_role = STR("arn:aws:iam::999999999999:role/theirs");
    CHECK_REFUSED(f, STATUS_INVALID, "roleArnForLogging is of account 999999999999",
                  WRITE(f, action_create(&f->ctx, &in, &row, &f->why)));
    static const char *const topics[] = {"",
                                         "findings",
                                         "arn:aws:sqs:us-east-1:123456789012:queue",
                                         "arn:aws:sns:us-east-1:1:t",
                                         "arn:aws:sns:us-east-1:123456789012:",
                                         "arn:aws:sns:us-east-1:123456789012:t/x"};
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        in = some("a", ACTION_PUBLISH_FINDING_TO_SNS);
        in.params.topic_arn = str_from(topics[i]);
        CHECK_REFUSED(f, STATUS_INVALID, "is not the ARN of an SNS topic",
                      WRITE(f, action_create(&f->ctx, &in, &row, &f->why)));
    }
}

static void a_name_is_given_once_and_a_hundred_at_most(void **state)
{
    struct fixture *f = *state;
    struct mitigation_action row;
    for (int i = 0; i < QUOTA_MITIGATION_ACTIONS; i++) {
        struct action_new in = some("", ACTION_UPDATE_CA_CERTIFICATE);
        in.name = fixture_name(f, "action", i);
        CHECK_OK(WRITE(f, action_create(&f->ctx, &in, &row, &f->why)));
    }
    struct action_new in = some("one-more", ACTION_UPDATE_CA_CERTIFICATE);
    CHECK_REFUSED(f, STATUS_LIMIT, "the account has 100 mitigation actions, the most",
                  WRITE(f, action_create(&f->ctx, &in, &row, &f->why)));
    in.name = fixture_name(f, "action", 7);
    CHECK_REFUSED(f, STATUS_EXISTS, "exists already",
                  WRITE(f, action_create(&f->ctx, &in, &row, &f->why)));
    assert_non_null(strstr(f->why.resource, ":mitigationaction/action"));
    CHECK_OK(WRITE(f, action_delete(&f->ctx, in.name, &f->why)));
    CHECK_OK(WRITE(f, action_delete(&f->ctx, in.name, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no mitigation action is named",
                  READ(f, action_get(&f->ctx, in.name, &row, &f->why)));
    CHECK_OK(WRITE(f, action_create(&f->ctx, &in, &row, &f->why)));
}

static void an_update_keeps_the_id_and_what_it_does_not_name(void **state)
{
    struct fixture *f = *state;
    struct mitigation_action row, changed;
    struct action_new in = some("a", ACTION_UPDATE_CA_CERTIFICATE);
    CHECK_OK(WRITE(f, action_create(&f->ctx, &in, &row, &f->why)));
    f->now += 1000;
    struct str other = STR("arn:aws:iam::123456789012:role/other");
    CHECK_OK(WRITE(f, action_update(&f->ctx, in.name, other, NULL, &changed, &f->why)));
    CHECK_STR(changed.kind, "UPDATE_CA_CERTIFICATE");
    in = some("a", ACTION_UPDATE_DEVICE_CERTIFICATE);
    CHECK_OK(WRITE(f, action_update(&f->ctx, in.name, STR_ABSENT, &in.params, &changed, &f->why)));
    CHECK_STR(changed.kind, "UPDATE_DEVICE_CERTIFICATE");
    assert_true(str_eq(changed.role_arn, other));
    assert_true(str_eq(changed.action_id, row.action_id));
    assert_int_equal(changed.created, row.created);
    assert_int_equal(changed.modified, row.created + 1000);
    in.params.kind = ACTION_ENABLE_IOT_LOGGING;
    in.params.log_level = STR("DISABLED");
    CHECK_REFUSED(
        f, STATUS_INVALID, "logLevel is DISABLED",
        WRITE(f, action_update(&f->ctx, in.name, STR_ABSENT, &in.params, &changed, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no mitigation action is named b",
                  WRITE(f, action_update(&f->ctx, STR("b"), other, NULL, &changed, &f->why)));
}

static void lists_are_by_name_and_by_kind(void **state)
{
    struct fixture *f = *state;
    struct mitigation_action row;
    struct action_new in = some("b", ACTION_UPDATE_CA_CERTIFICATE);
    CHECK_OK(WRITE(f, action_create(&f->ctx, &in, &row, &f->why)));
    in = some("a", ACTION_UPDATE_DEVICE_CERTIFICATE);
    CHECK_OK(WRITE(f, action_create(&f->ctx, &in, &row, &f->why)));
    const struct page page = {.max = 10, .descending = true};
    struct page_rows rows;
    CHECK_OK(READ(f, action_list(&f->ctx, STR_ABSENT, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 2);
    CHECK_STR(((struct mitigation_action *)rows.rows)[0].name, "a");
    CHECK_OK(READ(f, action_list(&f->ctx, STR("UPDATE_CA_CERTIFICATE"), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    CHECK_STR(((struct mitigation_action *)rows.rows)[0].name, "b");
}

static void both_names_of_publishing_are_one_kind(void **state)
{
    (void)state;
    enum action_kind kind = ACTION_KIND_COUNT;
    assert_true(action_kind_find(STR("PUBLISH_FINDINGS_TO_SNS"), &kind));
    assert_int_equal(kind, ACTION_PUBLISH_FINDING_TO_SNS);
    assert_true(action_kind_find(STR("PUBLISH_FINDING_TO_SNS"), &kind));
    assert_false(action_kind_find(STR("PUBLISH"), &kind));
}

/* The developer guide's table, row by row: check, and the letters of what it allows beside
 * PUBLISH_FINDING_TO_SNS: d device certificate, g thing group, c CA certificate, p policy, l
 * logging. */
static void the_guides_table_says_what_fits_a_check(void **state)
{
    (void)state;
    static const struct {
        const char *check;
        const char *allowed;
    } rows[] = {
        {"REVOKED_CA_CERTIFICATE_STILL_ACTIVE_CHECK", "c"},
        {"CA_CERTIFICATE_EXPIRING_CHECK", "c"},
        {"CA_CERTIFICATE_KEY_QUALITY_CHECK", "c"},
        {"INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES_CHECK", "dg"},
        {"DEVICE_CERTIFICATE_SHARED_CHECK", "dg"},
        {"DEVICE_CERTIFICATE_EXPIRING_CHECK", "dg"},
        {"DEVICE_CERTIFICATE_AGE_CHECK", "dg"},
        {"REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE_CHECK", "dg"},
        {"DEVICE_CERTIFICATE_KEY_QUALITY_CHECK", "dg"},
        {"IOT_POLICY_OVERLY_PERMISSIVE_CHECK", "p"},
        {"IOT_POLICY_POTENTIAL_MISCONFIGURATION_CHECK", "p"},
        {"LOGGING_DISABLED_CHECK", "l"},
        {"AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK", ""},
        {"UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK", ""},
        {"IOT_ROLE_ALIAS_OVERLY_PERMISSIVE_CHECK", ""},
        {"IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES_CHECK", ""},
        {"CONFLICTING_CLIENT_IDS_CHECK", ""},
    };
    static const char letters[ACTION_KIND_COUNT] = {
        [ACTION_UPDATE_DEVICE_CERTIFICATE] = 'd',      [ACTION_UPDATE_CA_CERTIFICATE] = 'c',
        [ACTION_ADD_THINGS_TO_THING_GROUP] = 'g',      [ACTION_ENABLE_IOT_LOGGING] = 'l',
        [ACTION_REPLACE_DEFAULT_POLICY_VERSION] = 'p',
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum check_id check;
        assert_true(check_find(str_from(rows[i].check), &check));
        for (int kind = 0; kind < ACTION_KIND_COUNT; kind++) {
            bool want = kind == ACTION_PUBLISH_FINDING_TO_SNS ||
                        strchr(rows[i].allowed, letters[kind]) != NULL;
            if (action_fits_check((enum action_kind)kind, check) != want) {
                fail_msg("%s and %s", rows[i].check, action_kind_name((enum action_kind)kind).ptr);
            }
        }
    }
}

static void damaged_parameters_are_called_so(void **state)
{
    struct fixture *f = *state;
    struct action_params params;
    CHECK_STATUS(action_params_read(f->ctx.mem, STR("{"), &params, &f->why), STATUS_CORRUPT);
    CHECK_STATUS(action_params_read(f->ctx.mem, STR("{\"x\":{}}"), &params, &f->why),
                 STATUS_CORRUPT);
}

static void an_action_is_made_wholly_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    struct mitigation_action row;
    const struct tag_pair tag = {STR("team"), STR("security")};
    struct action_new in = some("a", ACTION_ADD_THINGS_TO_THING_GROUP);
    in.tags = (struct tags){&tag, 1};
    CHECK_ALL_OR_NOTHING(f, action_create(&f->ctx, &in, &row, &f->why));
    CHECK_ALL_OR_NOTHING(f, action_delete(&f->ctx, in.name, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_is_kept_with_its_own_parameters_alone),
        TEST(what_is_no_action_is_refused),
        TEST(a_name_is_given_once_and_a_hundred_at_most),
        TEST(an_update_keeps_the_id_and_what_it_does_not_name),
        TEST(lists_are_by_name_and_by_kind),
        TEST(both_names_of_publishing_are_one_kind),
        TEST(the_guides_table_says_what_fits_a_check),
        TEST(damaged_parameters_are_called_so),
        TEST(an_action_is_made_wholly_or_not_at_all),
    };
    return RUN_TESTS("mitigate/action", tests);
}
