#include "detect/profile_check.h"

#include "some_profile.h"

/* A part of a profile that is otherwise fine, and what is wrong with it. */
static const struct {
    enum profile_part part;
    const char *json;
    const char *fault;
} rows[] = {
    {PART_BEHAVIORS, "[{\"name\":\"b\",\"metric\":\"aws:no\"}]", "behavior b: there is no metric"},
    {PART_BEHAVIORS,
     "[{\"name\":\"b\",\"metric\":\"aws:no\"},{\"name\":\"c\",\"metric\":\"aws:no\"}]",
     "; and 1 more (validate-security-profile-behaviors lists them)"},
    {PART_ALERT_TARGETS, "{\"SNS\":{\"alertTargetArn\":\"alarms\",\"roleArn\":\"" SOME_ROLE "\"}}",
     "alertTargetArn 'alarms' is not the ARN of an SNS topic"},
    {PART_ALERT_TARGETS,
     "{\"SNS\":{\"alertTargetArn\":\"arn:aws:sns:us-east-1:123456789012:t\",\"roleArn\":"
     "\"arn:aws:iam::999999999999:role/alerts\"}}",
     "roleArn of alertTargets is of account 999999999999"},
    {PART_EXPORT, "{\"mqttTopic\":\"a/+/b\",\"roleArn\":\"" SOME_ROLE "\"}",
     "mqttTopic 'a/+/b' has a wildcard"},
    {PART_EXPORT, "{\"mqttTopic\":\"a/b\",\"roleArn\":\"arn:aws:iam::999999999999:role/alerts\"}",
     "roleArn of metricsExportConfig is of account 999999999999"},
    {PART_RETAINED, "[\"aws:all-bytes-in\",\"no\"]",
     "additionalMetricsToRetain: there is no metric no"},
    {PART_RETAINED_V2, "[{\"metric\":\"no\"}]",
     "additionalMetricsToRetainV2: there is no metric no"},
    {PART_RETAINED_V2,
     "[{\"metric\":\"aws:num-messages-sent\",\"metricDimension\":{\"dimensionName\":\"no\"}}]",
     "additionalMetricsToRetainV2: no dimension is named no"},
    {PART_RETAINED_V2, "[{\"metric\":\"battery\",\"metricDimension\":{\"dimensionName\":\"d\"}}]",
     "additionalMetricsToRetainV2: battery cannot be scoped by a dimension"},
};

static void each_part_is_held_to_its_rule(void **state)
{
    struct fixture *f = *state;
    some_names(f);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct profile_request in = some_profile("P");
        in.parts[rows[i].part] = str_from(rows[i].json);
        CHECK_REFUSED(f, STATUS_INVALID, rows[i].fault,
                      WRITE(f, profile_create(&f->ctx, &in, &f->why)));
    }
    const struct profile_request in = some_profile("P");
    CHECK_OK(WRITE(f, profile_create(&f->ctx, &in, &f->why)));
}

static void metrics_and_dimensions_are_looked_up(void **state)
{
    struct fixture *f = *state;
    some_names(f);
    CHECK_OK(READ(f, profile_check_metric(&f->ctx, STR("aws:all-bytes-in"), &f->why)));
    CHECK_OK(READ(f, profile_check_metric(&f->ctx, STR("battery"), &f->why)));
    CHECK_STATUS(READ(f, profile_check_metric(&f->ctx, STR("aws:no"), &f->why)), STATUS_NOT_FOUND);
    CHECK_OK(READ(f, profile_check_dimension(&f->ctx, STR("d"), &f->why)));
    CHECK_STATUS(READ(f, profile_check_dimension(&f->ctx, STR("e"), &f->why)), STATUS_NOT_FOUND);
}

static void behaviors_can_be_checked_without_a_profile(void **state)
{
    struct fixture *f = *state;
    struct behavior_faults faults;
    some_names(f);
    CHECK_OK(READ(f, profile_check_behaviors(&f->ctx, SOME_BEHAVIORS, &faults, &f->why)));
    assert_int_equal(faults.n, 0);
    CHECK_OK(
        READ(f, profile_check_behaviors(&f->ctx, STR("[{\"name\":\"b\"}]"), &faults, &f->why)));
    assert_int_equal(faults.n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_part_is_held_to_its_rule),
        TEST(metrics_and_dimensions_are_looked_up),
        TEST(behaviors_can_be_checked_without_a_profile),
    };
    return RUN_TESTS("detect/profile_check", tests);
}
