#include "base/limits.h"
#include "mitigate_fixture.h"

#define CHECK CHECK_CONFLICTING_CLIENT_IDS

static struct outbox only_message(struct fixture *f)
{
    const struct outbox like = {.state = STR("PENDING")};
    const struct store_range range = {
        .index = INDEX(outbox, by_state), .prefix = &like, .n_prefix = 1};
    const struct page page = {.max = 10};
    struct page_rows rows;
    CHECK_OK(READ(f, page_read(&f->ctx, TABLE(outbox), &range, &page, NULL, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    return *(const struct outbox *)rows.rows;
}

static void the_finding_itself_is_the_message(void **state)
{
    struct fixture *f = *state;
    account_make(f);
    put_action(f, "tell", ACTION_PUBLISH_FINDING_TO_SNS);
    struct str id = put_finding(f, CHECK, "1", "clientId=lamp \"7\"");
    put_related(f, id, 0, "aa");
    mitigate(f, &(struct request_of){CHECK, {"tell"}});
    only_execution(f, id, "COMPLETED");
    struct outbox message = only_message(f);
    struct str want;
    CHECK_OK(str_fmt(
        f->ctx.mem, &want, NULL,
        "{\"checkName\":\"CONFLICTING_CLIENT_IDS_CHECK\",\"findingId\":\"%.*s\","
        "\"findingTime\":%lld,\"nonCompliantResource\":{\"resourceIdentifier\":{\"clientId\":"
        "\"lamp \\\"7\\\"\"},\"resourceType\":\"CLIENT_ID\"},"
        "\"reasonForNonCompliance\":\"Because.\",\"reasonForNonComplianceCode\":\"CODE_A\","
        "\"relatedResources\":[{\"resourceIdentifier\":{\"deviceCertificateId\":\"aa\"},"
        "\"resourceType\":\"DEVICE_CERTIFICATE\"}],\"severity\":\"HIGH\","
        "\"taskId\":\"0123456789abcdef0123456789abcdef\",\"taskStartTime\":%lld}",
        STR_ARG(id), (long long)f->now - 600, (long long)f->now - 1000));
    if (!str_eq(message.body, want)) {
        fail_msg("%.*s is not %.*s", STR_ARG(message.body), STR_ARG(want));
    }
    CHECK_STR(message.topic_arn, "arn:aws:sns:us-east-1:123456789012:findings");
    CHECK_STR(message.role_arn, ROLE_ARN("mitigate"));
    assert_true(str_absent(message.subject));
    assert_int_equal(message.next_try, f->now);
}

static void a_message_is_not_taken_back(void **state)
{
    struct fixture *f = *state;
    account_make(f);
    put_action(f, "tell", ACTION_PUBLISH_FINDING_TO_SNS);
    put_finding(f, CHECK, "1", "clientId=lamp");
    mitigate(f, &(struct request_of){CHECK, {"tell"}});
    struct page_rows rows = undo_task(f);
    check_undone(&rows, "a message that was published cannot be taken back");
    only_message(f);
}

static void without_the_permission_nothing_is_published(void **state)
{
    struct fixture *f = *state;
    account_make(f);
    put_action(f, "tell", ACTION_PUBLISH_FINDING_TO_SNS);
    struct str id = put_finding(f, CHECK, "1", "clientId=lamp");
    CHECK_OK(try_inline(f, IAM_ROLE, "mitigate", "all",
                        POLICY(GRANT("Allow", "sns:Publish", "arn:aws:sns:*:*:other"))));
    mitigate(f, &(struct request_of){CHECK, {"tell"}});
    struct mitigation_execution done = only_execution(f, id, "FAILED");
    check_message(&done, "INSUFFICIENT_PERMISSIONS",
                  "allows sns:Publish on arn:aws:sns:us-east-1:");
}

static void when_too_many_messages_wait_the_step_fails_and_says_so(void **state)
{
    struct fixture *f = *state;
    const struct outbox_count full = {.state = STR("PENDING"), .n = LIMIT_OUTBOX_PENDING};
    account_make(f);
    put_action(f, "tell", ACTION_PUBLISH_FINDING_TO_SNS);
    struct str id = put_finding(f, CHECK, "1", "clientId=lamp");
    put_row(f, TABLE(outbox_count), &full);
    mitigate(f, &(struct request_of){CHECK, {"tell"}});
    struct mitigation_execution done = only_execution(f, id, "FAILED");
    check_message(&done, "LimitExceededException", "100000 notifications wait to be delivered");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_finding_itself_is_the_message),
        TEST(a_message_is_not_taken_back),
        TEST(without_the_permission_nothing_is_published),
        TEST(when_too_many_messages_wait_the_step_fails_and_says_so),
    };
    return RUN_TESTS("mitigate/step_publish", tests);
}
