/* What a request asks for: the action, and the ARNs of what it names. Who may what is a
 * conversation, tests/vectors/api/callers.txt. */
#include "exchange.h"

#define ARN "arn:aws:iot:us-east-1:123456789012:"
#define IAM "arn:aws:iam::123456789012:"
#define ANN IAM "user/ann"

static struct site site;

static enum status nothing(struct call *call, struct why *why)
{
    (void)call;
    (void)why;
    return STATUS_OK;
}

static struct handler rows[OP_COUNT];

static int setup(void **state)
{
    (void)state;
    for (int id = 0; id < OP_COUNT; id++) {
        rows[id] = (struct handler){KIND_READ, nothing, NULL};
    }
    rows[OP_CreateThing].kind = KIND_WRITE;
    rows[OP_iam_DeleteUser].kind = KIND_WRITE;
    rows[OP_iam_CreateUser].kind = KIND_WRITE;
    rows[OP_CreateThingType].kind = KIND_DIRECT;
    site_open(&site, rows, NULL, 0);
    site.caller.arn = STR(ANN); /* who is no user: each request is refused, and recorded */
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    site_close(&site);
    return 0;
}

struct asks {
    const char *service, *line, *header, *body;
    const char *action, *resource;
    size_t n;
};

static void check_asks(const struct asks *row)
{
    site.caller.service = str_from(row->service);
    const struct http_reply *reply = site_ask(&site, row->line, row->header, row->body);
    if (site.status != STATUS_DENIED) {
        fail_msg("%s: %d %.*s", row->line, reply->status, STR_ARG(reply->body));
    }
    CHECK_STR(str_from(site.action), row->action);
    CHECK_STR(str_from(site.resource), row->resource);
    assert_int_equal(site.n_resources, row->n);
}

static void what_a_request_names_is_its_resource(void **state)
{
    (void)state;
    static const struct asks asks[] = {
        {"iot", "GET /things", NULL, NULL, "iot:ListThings", "*", 1},
        {"iot", "GET /things/a", NULL, NULL, "iot:DescribeThing", ARN "thing/a", 1},
        {"iot", "POST /things/a", NULL, "{\"billingGroupName\":\"b\"}", "iot:CreateThing",
         ARN "thing/a", 2},
        {"iot", "GET /audit/scheduledaudits/daily", NULL, NULL, "iot:DescribeScheduledAudit",
         ARN "scheduledaudit/daily", 1},
        {"iot", "GET /audit/tasks/0123456789abcdef0123456789abcdef", NULL, NULL,
         "iot:DescribeAuditTask", "*", 1},
        {"iot", "GET /mitigationactions/actions/a", NULL, NULL, "iot:DescribeMitigationAction",
         ARN "mitigationaction/a", 1},
        {"iot", "GET /principals/things", "x-amzn-principal: " ARN "cert/00", NULL,
         "iot:ListPrincipalThings", ARN "cert/00", 1},
        {"iot", "PUT /thing-groups/removeThingFromThingGroup", NULL,
         "{\"thingArn\":\"" ARN "thing/a\",\"thingGroupName\":\"g\"}",
         "iot:RemoveThingFromThingGroup", ARN "thing/a", 2},
        {"iot", "PUT /thing-groups/removeThingFromThingGroup", NULL, "{}",
         "iot:RemoveThingFromThingGroup", "*", 1},
        {"iot", "PUT /thing-groups/updateThingGroupsForThing", NULL,
         "{\"thingName\":\"a\",\"thingGroupsToAdd\":[\"g\",\"h\"],"
         "\"thingGroupsToRemove\":[\"i\"]}",
         "iot:UpdateThingGroupsForThing", ARN "thing/a", 4},
        {"iot", "POST /effective-policies?thingName=a", NULL, "{}", "iot:GetEffectivePolicies", "*",
         1},
    };
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        check_asks(&asks[i]);
    }
}

static void other_services_have_arns_of_their_own(void **state)
{
    (void)state;
    static const struct asks asks[] = {
        {"iam", "POST /", NULL, "Version=2010-05-08&Action=GetRole&RoleName=r", "iam:GetRole",
         IAM "role/r", 1},
        {"iam", "POST /", NULL, "Version=2010-05-08&Action=CreateUser&UserName=u&Path=/p/",
         "iam:CreateUser", IAM "user/p/u", 1},
        {"iam", "POST /", NULL, "Version=2010-05-08&Action=GetUser", "iam:GetUser", ANN, 1},
        {"sns", "POST /", NULL, "Version=2010-03-31&Action=CreateTopic&Name=t", "sns:CreateTopic",
         "arn:aws:sns:us-east-1:123456789012:t", 1},
        {"sns", "POST /", NULL, "Version=2010-03-31&Action=Publish&Message=m&TargetArn=arn:aws:x",
         "sns:Publish", "arn:aws:x", 1},
        {"logs", "POST /", "X-Amz-Target: Logs_20140328.FilterLogEvents",
         "{\"logGroupName\":\"AWSIotLogsV2\"}", "logs:FilterLogEvents",
         "arn:aws:logs:us-east-1:123456789012:log-group:AWSIotLogsV2:log-stream:", 1},
        {"logs", "POST /", "X-Amz-Target: Logs_20140328.GetLogEvents",
         "{\"logGroupIdentifier\":\"g\",\"logStreamName\":\"s\"}", "logs:GetLogEvents",
         "arn:aws:logs:us-east-1:123456789012:log-group:g:log-stream:s", 1},
        {"logs", "POST /", "X-Amz-Target: Logs_20140328.DescribeLogGroups", "{}",
         "logs:DescribeLogGroups", "arn:aws:logs:us-east-1:123456789012:log-group::log-stream:", 1},
        {"cognito-identity", "POST /",
         "X-Amz-Target: AWSCognitoIdentityService.GetIdentityPoolRoles",
         "{\"IdentityPoolId\":\"us-east-1:0\"}", "cognito-identity:GetIdentityPoolRoles",
         "arn:aws:cognito-identity:us-east-1:123456789012:identitypool/us-east-1:0", 1},
    };
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        check_asks(&asks[i]);
    }
}

static void changes_are_known_as_such_whoever_asks(void **state)
{
    (void)state;
    site.caller.arn = STR(IAM "root");
    assert_int_equal(site_ask(&site, "POST /things/a", NULL, NULL)->status, 200);
    assert_true(site.changes);
    CHECK_STR(str_from(site.resource), ARN "thing/a");
    assert_int_equal(site_ask(&site, "POST /thing-types/t", NULL, NULL)->status, 200);
    assert_true(site.changes);
    assert_int_equal(site_ask(&site, "GET /things/a", NULL, NULL)->status, 200);
    assert_false(site.changes);
    assert_int_equal(site.n_resources, 0); /* nobody asks what the root reads */
    site.caller.service = STR("iam");
    site_ask(&site, "POST /", NULL, "Version=2010-05-08&Action=DeleteUser&UserName=u");
    CHECK_STR(str_from(site.resource), IAM "user/u");
}

static void who_is_let_in_unsigned_is_like_the_root(void **state)
{
    (void)state;
    site.caller = (struct caller){.key_id = STR_ABSENT};
    assert_int_equal(site_ask(&site, "POST /things/a", "Host: localhost", NULL)->status, 200);
    site.caller.arn = STR("arn:aws:iam::210987654321:root"); /* of another account */
    assert_int_equal(site_ask(&site, "POST /things/a", "Host: localhost", NULL)->status, 403);
}

#define AUTHORIZE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AUTHORIZE_TEST(what_a_request_names_is_its_resource),
        AUTHORIZE_TEST(other_services_have_arns_of_their_own),
        AUTHORIZE_TEST(changes_are_known_as_such_whoever_asks),
        AUTHORIZE_TEST(who_is_let_in_unsigned_is_like_the_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
