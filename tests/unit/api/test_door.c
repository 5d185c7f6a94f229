#include "exchange.h"

#include <pthread.h>

#include "contract/errors.h"

static struct site site;
static pthread_t test_thread;
static bool alone = true; /* test_thread is the only one that asks */

/* ---- handlers that show where they run ------------------------------------------------------- */

static enum status describe(struct call *call, struct why *why)
{
    struct setting row = {.name = arg_str(call, M_thingName)};
    if (alone) {
        assert_true(pthread_equal(pthread_self(), test_thread)); /* a read waits for nobody */
    }
    if (store_get(call->tx, TABLE(setting), &row, call->mem, why) != STATUS_OK) {
        return why_set(why, STATUS_NOT_FOUND, "no thing is named %.*s", STR_ARG(row.name));
    }
    reply_str(call, M_thingName, row.name);
    reply_str(call, M_thingTypeName, row.value);
    return STATUS_OK;
}

static enum status create(struct call *call, struct why *why)
{
    struct setting row = {.name = arg_str(call, M_thingName),
                          .value = arg_str(call, M_thingTypeName),
                          .modified = call->now};
    if (str_absent(row.value)) {
        row.value = call->prepared == NULL ? STR("none") : str_from(call->prepared);
    }
    enum status status = store_insert(call->tx, TABLE(setting), &row, why);
    if (status == STATUS_EXISTS) {
        why_set(why, status, "the thing %.*s exists", STR_ARG(row.name));
        snprintf(why->resource, sizeof(why->resource),
                 "arn:aws:iot:us-east-1:123456789012:thing/%.*s", STR_ARG(row.name));
        return status;
    }
    TRY(status);
    if (str_eq(row.value, STR("refused"))) {
        return why_set(why, STATUS_INVALID, "refused after writing");
    }
    if (str_eq(row.value, STR("misfit"))) {
        reply_str(call, M_policyName, STR("x"));
    }
    if (call->op == &operations[OP_CreateThing]) {
        reply_str(call, M_thingName, row.name);
    }
    return STATUS_OK;
}

static enum status prepare(struct call *call, struct why *why)
{
    assert_false(pthread_equal(pthread_self(), test_thread));
    assert_null(call->tx);
    if (str_eq(arg_str(call, M_thingTypeName), STR("unprepared"))) {
        return why_set(why, STATUS_CERT_INVALID, "cannot be prepared");
    }
    static char made[] = "made";
    call->prepared = made;
    return STATUS_OK;
}

static _Atomic int told;

static void tell(const struct api_env *env, void *ctx)
{
    (void)env;
    told += *(const int *)ctx;
}

static enum status delete_it(struct call *call, struct why *why)
{
    struct setting row = {.name = arg_str(call, M_thingName)};
    static const int one = 1;
    call_after_commit(call, tell, (void *)(uintptr_t)&one);
    return store_delete(call->tx, TABLE(setting), &row, why);
}

static enum status direct(struct call *call, struct why *why)
{
    (void)why;
    assert_null(call->tx);
    assert_false(pthread_equal(pthread_self(), test_thread));
    return STATUS_OK;
}

static enum status get_role(struct call *call, struct why *why)
{
    struct setting row = {.name = arg_str(call, M_RoleName)};
    if (store_get(call->tx, TABLE(setting), &row, call->mem, why) != STATUS_OK) {
        return why_set(why, STATUS_NOT_FOUND, "no role is named %.*s", STR_ARG(row.name));
    }
    reply_begin(call, M_Role);
    reply_str(call, M_Arn, STR("arn:aws:iam::123456789012:role/r"));
    reply_str(call, M_AssumeRolePolicyDocument, row.value);
    reply_time(call, M_CreateDate, INT64_C(1767323045678));
    reply_str(call, M_Path, STR("/"));
    reply_str(call, M_RoleId, STR("AROAEXAMPLEEXAMPLE"));
    reply_str(call, M_RoleName, row.name);
    reply_end(call);
    return STATUS_OK;
}

static enum status create_role(struct call *call, struct why *why)
{
    struct setting row = {.name = arg_str(call, M_RoleName),
                          .value = arg_str(call, M_AssumeRolePolicyDocument),
                          .modified = call->now};
    TRY(store_insert(call->tx, TABLE(setting), &row, why));
    if (str_eq(row.value, STR("misfit"))) {
        reply_str(call, M_PolicyName, STR("x"));
        return STATUS_OK;
    }
    return get_role(call, why);
}

static enum status update_role(struct call *call, struct why *why)
{
    (void)call;
    return why_raise(why, STATUS_CONFLICT, X_iam_EntityTemporarilyUnmodifiable, "wait <a> \x01");
}

static enum status nothing_to_say(struct call *call, struct why *why)
{
    (void)call;
    (void)why;
    return STATUS_OK;
}

static enum status log_groups(struct call *call, struct why *why)
{
    (void)why;
    reply_begin_list(call, M_logGroups);
    reply_begin_item(call);
    reply_str(call, M_logGroupName, arg_str(call, M_logGroupNamePrefix));
    reply_int(call, M_creationTime, call->now);
    reply_end_item(call);
    reply_end_list(call);
    return STATUS_OK;
}

static const struct handler rows[OP_COUNT] = {
    [OP_iam_GetRole] = {KIND_READ, get_role, NULL},
    [OP_iam_CreateRole] = {KIND_WRITE, create_role, NULL},
    [OP_iam_UpdateRole] = {KIND_WRITE, update_role, NULL},
    [OP_iam_DeleteRole] = {KIND_DIRECT, nothing_to_say, NULL},
    [OP_logs_DescribeLogGroups] = {KIND_READ, log_groups, NULL},
    [OP_logs_PutRetentionPolicy] = {KIND_WRITE, nothing_to_say, NULL},
    [OP_DescribeThing] = {KIND_READ, describe, NULL},
    [OP_CreateThing] = {KIND_WRITE, create, NULL},
    [OP_CreateThingType] = {KIND_DIRECT, direct, NULL},
    [OP_CreateThingGroup] = {KIND_NONE, NULL, NULL},
    [OP_UpdateThing] = {KIND_WRITE, create, prepare},
    [OP_DeleteThing] = {KIND_WRITE, delete_it, NULL},
};

static void health(void *ctx, struct http_exchange *exchange)
{
    exchange->reply.status = 200;
    exchange->reply.body = str_from(ctx);
}

static char up[] = "up", below[] = "below";
static const struct door_page pages[] = {
    {STR_INIT("/health"), health, up},
    {STR_INIT("/console/"), health, below},
};

static int setup(void **state)
{
    (void)state;
    test_thread = pthread_self();
    site_open(&site, rows, pages, 2);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    site_close(&site);
    return 0;
}

static const struct http_reply *ask(const char *line, const char *body)
{
    return site_ask(&site, line, NULL, body);
}

static void check_error(const struct http_reply *reply, int http, const char *exception,
                        const char *message)
{
    assert_int_equal(reply->status, http);
    CHECK_STR(reply_header_get(reply, "x-amzn-ErrorType"), exception);
    CHECK_STR(reply_member(reply, "__type"), exception);
    CHECK_STR(reply_member(reply, "message"), message);
}

static void check_xml_error(const struct http_reply *reply, int http, const char *code,
                            const char *message)
{
    assert_int_equal(reply->status, http);
    CHECK_STR(reply_header_get(reply, "Content-Type"), "text/xml");
    CHECK_STR(reply_element(reply, "Code"), code);
    CHECK_STR(reply_element(reply, "Message"), message);
    CHECK_STR(reply_element(reply, "Type"), http < 500 ? "Sender" : "Receiver");
    assert_true(
        str_eq(reply_header_get(reply, "x-amzn-RequestId"), reply_element(reply, "RequestId")));
}

static const struct http_reply *ask_iam(const char *action)
{
    char body[512];
    snprintf(body, sizeof(body), "Version=2010-05-08&Action=%s", action);
    site.caller.service = STR("iam");
    return ask("POST /", body);
}

static const struct http_reply *ask_logs(const char *operation, const char *body)
{
    char header[128];
    snprintf(header, sizeof(header), "X-Amz-Target: Logs_20140328.%s", operation);
    site.caller.service = STR("logs");
    return site_ask(&site, "POST /", header, body);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void the_query_protocol_is_answered_in_xml(void **state)
{
    (void)state;
    static const char head[] =
        "<CreateRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><CreateRoleResult>"
        "<Role><Arn>arn:aws:iam::123456789012:role/r</Arn><AssumeRolePolicyDocument>{&lt;"
        "}</AssumeRolePolicyDocument><CreateDate>2026-01-02T03:04:05.678Z</CreateDate><Path>/</"
        "Path>"
        "<RoleId>AROAEXAMPLEEXAMPLE</RoleId><RoleName>r</RoleName></Role></CreateRoleResult>"
        "<ResponseMetadata><RequestId>";
    const struct http_reply *reply =
        ask_iam("CreateRole&RoleName=r&AssumeRolePolicyDocument=%7B%3C%7D");
    assert_int_equal(reply->status, 200);
    CHECK_STR(reply_header_get(reply, "Content-Type"), "text/xml");
    CHECK_STR(str_slice(reply->body, 0, sizeof(head) - 1), head);
    CHECK_STR(str_slice(reply->body, sizeof(head) - 1 + 36, reply->body.len),
              "</RequestId></ResponseMetadata></CreateRoleResponse>");
    CHECK_STR(reply_element(ask_iam("GetRole&RoleName=r"), "RoleName"), "r");
    reply = ask_iam("DeleteRole&RoleName=r");
    assert_int_equal(reply->status, 200);
    assert_true(str_starts(reply->body, STR("<DeleteRoleResponse xmlns=\"https://iam.amazonaws.com/"
                                            "doc/2010-05-08/\"><ResponseMetadata><RequestId>")));
    assert_int_equal(door_count(site.door, OP_iam_CreateRole).calls, 1);
    assert_int_equal(door_count(site.door, OP_CreatePolicy).calls, 0);
}

static void errors_of_the_query_protocol_are_xml(void **state)
{
    (void)state;
    check_xml_error(ask_iam("GetRole&RoleName=x"), 404, "NoSuchEntity", "no role is named x");
    check_xml_error(ask_iam("GetRole&RoleName=a%20b"), 400, "ValidationError",
                    "1 validation error detected: Value 'a b' at 'roleName' failed to satisfy "
                    "constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+");
    check_xml_error(
        ask_iam("CreateRole&RoleName=r&AssumeRolePolicyDocument=d&Tags.member.1.Key=k"), 400,
        "ValidationError",
        "1 validation error detected: Value at 'tags.1.member.value' failed to satisfy constraint: "
        "Member must not be null");
    check_xml_error(ask_iam("GetRole&RoleName.x=1"), 400, "MalformedInput",
                    "RoleName.x: nothing can be inside of this value");
    check_xml_error(ask_iam("ListRoles"), 501, "NotImplemented",
                    "Bulwark does not offer ListRoles yet");
    check_xml_error(ask_iam("UpdateRole&RoleName=r"), 409, "EntityTemporarilyUnmodifiable",
                    "wait &lt;a&gt; \xEF\xBF\xBD");
}

static void what_xml_cannot_say_undoes_the_write(void **state)
{
    (void)state;
    static const char sorry[] =
        "The service could not do this; its log tells more under the request id.";
    check_xml_error(ask_iam("CreateRole&RoleName=r&AssumeRolePolicyDocument=misfit"), 500,
                    "ServiceFailure", sorry);
    assert_true(site.misfit);
    assert_int_equal(door_misfits(site.door), 1);
    check_xml_error(ask_iam("GetRole&RoleName=r"), 404, "NoSuchEntity", "no role is named r");
}

static void the_json_protocol_is_answered_in_json(void **state)
{
    (void)state;
    const struct http_reply *reply =
        ask_logs("DescribeLogGroups", "{\"logGroupNamePrefix\":\"g\"}");
    assert_int_equal(reply->status, 200);
    CHECK_STR(reply_header_get(reply, "Content-Type"), "application/x-amz-json-1.1");
    CHECK_STR(reply->body,
              "{\"logGroups\":[{\"logGroupName\":\"g\",\"creationTime\":1767323045678}]}");
    reply = ask_logs("PutRetentionPolicy", "{\"logGroupName\":\"g\",\"retentionInDays\":7}");
    assert_int_equal(reply->status, 200);
    CHECK_STR(reply->body, "");
    check_error(ask_logs("DescribeLogGroups", "{\"limit\":\"x\"}"), 400, "SerializationException",
                "limit: a number is expected, and a string is sent");
    check_error(ask_logs("DescribeLogGroups", "{\"limit\":0}"), 400, "InvalidParameterException",
                "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: "
                "Member must have value greater than or equal to 1");
    check_error(ask_logs("FilterLogEvents", "{}"), 501, "NotImplementedException",
                "Bulwark does not offer FilterLogEvents yet");
    check_error(ask_logs("Nothing", "{}"), 400, "UnknownOperationException",
                "X-Amz-Target \"Logs_20140328.Nothing\" is no operation of Amazon CloudWatch Logs");
}

static void refusals_are_in_the_protocol_of_the_service_that_was_asked(void **state)
{
    (void)state;
    static const char form[] = "Content-Type: application/x-www-form-urlencoded";
    site.identity = STATUS_UNAUTHENTICATED;
    check_xml_error(site_ask(&site, "POST /", form, "Action=GetUser&Version=2010-05-08"), 403,
                    "InvalidClientTokenId", "refused");
    check_error(site_ask(&site, "POST /", "X-Amz-Target: Logs_20140328.GetLogEvents", "{}"), 400,
                "UnrecognizedClientException", "refused");
    check_xml_error(
        ask("POST /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20260102%2Fr%2F"
            "sns%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&"
            "X-Amz-SignedHeaders=host&X-Amz-Signature=x",
            "Action=GetUser&Version=2010-05-08"),
        403, "InvalidClientTokenId", "refused");
    site.identity = STATUS_OK;
    site.caller = (struct caller){.key_id = STR_ABSENT};
    check_xml_error(site_ask(&site, "POST /?x", form, "Action=GetRoles&Version=2010-05-08"), 400,
                    "InvalidAction", "Could not find operation GetRoles for version 2010-05-08");
}

static void what_is_written_can_be_read_when_the_reply_is_there(void **state)
{
    (void)state;
    const struct http_reply *reply = ask("POST /things/lamp", "{\"thingTypeName\":\"t\"}");
    assert_int_equal(reply->status, 200);
    CHECK_STR(reply->body, "{\"thingName\":\"lamp\"}");
    CHECK_STR(reply_header_get(reply, "Content-Type"), "application/json");
    assert_int_equal(reply_header_get(reply, "x-amzn-RequestId").len, 36);
    reply = ask("GET /things/lamp", NULL);
    CHECK_STR(reply->body, "{\"thingName\":\"lamp\",\"thingTypeName\":\"t\"}");
}

static void a_failed_write_leaves_nothing(void **state)
{
    (void)state;
    check_error(ask("POST /things/lamp", "{\"thingTypeName\":\"refused\"}"), 400,
                "InvalidRequestException", "refused after writing");
    check_error(ask("GET /things/lamp", NULL), 404, "ResourceNotFoundException",
                "no thing is named lamp");
}

static void a_resource_in_the_way_is_named(void **state)
{
    (void)state;
    ask("POST /things/lamp", NULL);
    const struct http_reply *reply = ask("POST /things/lamp", NULL);
    check_error(reply, 409, "ResourceAlreadyExistsException", "the thing lamp exists");
    CHECK_STR(reply_member(reply, "resourceId"), "lamp");
    CHECK_STR(reply_member(reply, "resourceArn"), "arn:aws:iot:us-east-1:123456789012:thing/lamp");
}

static void what_takes_long_is_prepared_on_a_worker(void **state)
{
    (void)state;
    assert_int_equal(ask("PATCH /things/lamp", "{}")->status, 200);
    CHECK_STR(reply_member(ask("GET /things/lamp", NULL), "thingTypeName"), "made");
    check_error(ask("PATCH /things/b", "{\"thingTypeName\":\"unprepared\"}"), 400,
                "CertificateValidationException", "cannot be prepared");
    assert_int_equal(ask("POST /thing-types/t", NULL)->status, 200);
}

static void whoever_waits_is_told_after_the_commit_only(void **state)
{
    (void)state;
    told = 0;
    assert_int_equal(ask("DELETE /things/lamp", NULL)->status, 404);
    assert_int_equal(told, 0);
    ask("POST /things/lamp", NULL);
    assert_int_equal(ask("DELETE /things/lamp", NULL)->status, 200);
    assert_int_equal(told, 1);
}

static void what_is_not_offered_is_said_to_be_so(void **state)
{
    (void)state;
    check_error(ask("POST /thing-groups/g", NULL), 501, "NotImplementedException",
                "Bulwark does not offer CreateThingGroup yet");
    assert_ptr_equal(site.op, &operations[OP_CreateThingGroup]);
    check_error(ask("GET /nothing", NULL), 404, "UnknownOperationException",
                "no operation has this path");
    assert_null(site.op);
}

static void a_bad_request_meets_no_handler(void **state)
{
    (void)state;
    check_error(ask("POST /things/lamp", "{\"thingTypeName\":7}"), 400, "SerializationException",
                "thingTypeName: a string is expected, and a number is sent");
    check_error(ask("POST /things/a%20b", NULL), 400, "InvalidRequestException",
                "1 validation error detected: Value 'a b' at 'thingName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9:_-]+");
    check_error(ask("GET /things/a", NULL), 404, "ResourceNotFoundException",
                "no thing is named a");
}

static void who_asks_is_asked_first(void **state)
{
    (void)state;
    static const struct {
        enum status status;
        int http;
        const char *exception;
    } kinds[] = {
        {STATUS_SIGNATURE_MISSING, 403, "MissingAuthenticationTokenException"},
        {STATUS_SIGNATURE_INCOMPLETE, 400, "IncompleteSignatureException"},
        {STATUS_SIGNATURE_WRONG, 403, "InvalidSignatureException"},
        {STATUS_UNAUTHENTICATED, 403, "UnrecognizedClientException"},
        {STATUS_DENIED, 403, "AccessDeniedException"},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        site.identity = kinds[i].status;
        check_error(ask("GET /nothing", NULL), kinds[i].http, kinds[i].exception, "refused");
    }
    CHECK_STR(ask("GET /health", NULL)->body, "up"); /* a page is asked by anybody */
}

static void other_services_are_not_taken_for_this_one(void **state)
{
    (void)state;
    site.caller.service = STR("s3");
    check_error(ask("GET /things/a", NULL), 404, "UnknownOperationException",
                "Bulwark does not offer the service s3");
    site.caller.service = STR("sns"); /* a signature for SNS is good for nothing else */
    check_xml_error(ask("POST /things/a", NULL), 400, "InvalidAction",
                    "Amazon SNS is asked by POST of the path /");
    check_xml_error(ask("POST /", "Action=GetRole&Version=2010-05-08"), 400, "InvalidAction",
                    "Could not find operation GetRole for version 2010-05-08");
    site.caller.service = STR("iot");
    check_error(ask("POST /", "Action=GetRole&Version=2010-05-08"), 404,
                "UnknownOperationException", "no operation has this path");
    site.caller = (struct caller){.key_id = STR_ABSENT};
    assert_int_equal(site_ask(&site, "POST /", "X-Amz-Target: Logs.PutLogEvents", "{}")->status,
                     404);
    assert_int_equal(site_ask(&site, "POST /",
                              "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
                              "Action=ListTopics")
                         ->status,
                     404);
    assert_int_equal(
        site_ask(&site, "POST /things/a", "Content-Type: application/x-www-form-urlencoded", "{}")
            ->status,
        200);
}

static void web_pages_cannot_ask_unsigned(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        int http;
    } kinds[] = {
        {"Origin: https://evil.example", 403},
        {"Origin: null", 403},
        {"Host: evil.example", 403},
        {"Host: 127.0.0.1.evil.example", 403},
        {"Host: localhost:8480", 200},
        {"Host: 127.0.0.1:8480", 200},
        {"Host: [::1]:8480", 200},
        {"Accept: */*", 200},
    };
    site.caller = (struct caller){.key_id = STR_ABSENT};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char line[40];
        snprintf(line, sizeof(line), "POST /things/lamp%zu", i);
        if (site_ask(&site, line, kinds[i].header, NULL)->status != kinds[i].http) {
            fail_msg("%s: not %d", kinds[i].header, kinds[i].http);
        }
    }
    site.caller.key_id = STR("AKIATEST"); /* a signature is proof enough */
    assert_int_equal(site_ask(&site, "GET /things/lamp6", kinds[0].header, NULL)->status, 200);
}

static void pages_are_served_beside_the_api(void **state)
{
    (void)state;
    CHECK_STR(ask("GET /health", NULL)->body, "up");
    CHECK_STR(ask("GET /console/", NULL)->body, "below");
    CHECK_STR(ask("GET /console/app.js", NULL)->body, "below");
    assert_int_equal(ask("GET /healthy", NULL)->status, 404);
    assert_int_equal(ask("GET /console", NULL)->status, 404);
}

static void a_reply_that_does_not_fit_is_a_fault_of_ours(void **state)
{
    (void)state;
    check_error(ask("POST /things/lamp", "{\"thingTypeName\":\"misfit\"}"), 500,
                "InternalFailureException",
                "The service could not do this; its log tells more under the request id.");
    assert_true(site.misfit);
    assert_non_null(strstr(site.why, "CreateThing: the reply does not fit its shape: policyName"));
    assert_int_equal(door_misfits(site.door), 1);
}

static void calls_are_counted_by_operation(void **state)
{
    (void)state;
    ask("POST /things/lamp", NULL);
    ask("GET /things/lamp", NULL);
    ask("GET /things/other", NULL);
    struct door_count count = door_count(site.door, OP_DescribeThing);
    assert_int_equal(count.calls, 2);
    assert_int_equal(count.errors, 1);
    assert_int_equal(door_count(site.door, OP_CreateThing).calls, 1);
    assert_int_equal(door_count(site.door, OP_DeleteThing).calls, 0);
}

static void a_request_that_fills_its_memory_is_too_large(void **state)
{
    (void)state;
    size_t n = 1 << 20, at = 0;
    char *body = mem_alloc(n);
    at += (size_t)snprintf(body, n, "{\"attributePayload\":{\"attributes\":{\"\":\"\"");
    for (int i = 0; at < n - 32; i++) {
        at += (size_t)snprintf(body + at, n - at, ",\"%x\":\"\"", i);
    }
    memcpy(body + at, "}}}", 4);
    const struct http_reply *reply = ask("POST /things/lamp", body);
    mem_free(body);
    assert_int_equal(reply->status, 400);
    CHECK_STR(reply_header_get(reply, "x-amzn-ErrorType"), "InvalidRequestException");
}

static void many_ask_at_once_and_each_reads_what_it_wrote(void **state)
{
    (void)state;
    enum { THREADS = 8, ROUNDS = 50 };
    static const char *const lines[] = {"POST /things/a", "GET /things/a", "PATCH /things/b",
                                        "GET /things/b", "DELETE /things/a"};
    alone = false;
    size_t granted = site_ask_crowd(&site, THREADS, ROUNDS, lines, 5);
    alone = true;
    assert_int_equal(granted, 5 * THREADS * ROUNDS);
    assert_int_equal(door_count(site.door, OP_DescribeThing).calls, 2 * THREADS * ROUNDS);
    assert_int_equal(door_count(site.door, OP_DescribeThing).errors, 0);
}

/* The body makes the request's arena grow on the way. */
static void each_failed_allocation_is_answered(void **state)
{
    (void)state;
    size_t n = 300000, at = 0;
    char *body = mem_alloc(n);
    at += (size_t)snprintf(body, n, "{\"attributePayload\":{\"attributes\":{\"a\":\"\\n\"");
    for (int i = 0; at < n - 64; i++) {
        at += (size_t)snprintf(body + at, n - at, ",\"%x\":\"\\n\"", i);
    }
    memcpy(body + at, "}}}", 4);
    site.faulty = true;
    int answers = 0;
    do {
        const struct http_reply *reply = ask("POST /things/a%20b", body);
        assert_true(reply->status == 503 || reply->status == 400);
        answers += reply->status == 503;
        site.fault_at++;
    } while (site.fault_struck);
    site.faulty = false;
    mem_free(body);
    assert_in_range(answers, 1, 100);
    assert_int_equal(site.http, 400); /* the last one, without a fault */
}

#define DOOR_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(what_is_written_can_be_read_when_the_reply_is_there),
        DOOR_TEST(a_failed_write_leaves_nothing),
        DOOR_TEST(a_resource_in_the_way_is_named),
        DOOR_TEST(what_takes_long_is_prepared_on_a_worker),
        DOOR_TEST(whoever_waits_is_told_after_the_commit_only),
        DOOR_TEST(what_is_not_offered_is_said_to_be_so),
        DOOR_TEST(a_bad_request_meets_no_handler),
        DOOR_TEST(who_asks_is_asked_first),
        DOOR_TEST(the_query_protocol_is_answered_in_xml),
        DOOR_TEST(errors_of_the_query_protocol_are_xml),
        DOOR_TEST(what_xml_cannot_say_undoes_the_write),
        DOOR_TEST(the_json_protocol_is_answered_in_json),
        DOOR_TEST(refusals_are_in_the_protocol_of_the_service_that_was_asked),
        DOOR_TEST(other_services_are_not_taken_for_this_one),
        DOOR_TEST(web_pages_cannot_ask_unsigned),
        DOOR_TEST(pages_are_served_beside_the_api),
        DOOR_TEST(a_reply_that_does_not_fit_is_a_fault_of_ours),
        DOOR_TEST(calls_are_counted_by_operation),
        DOOR_TEST(many_ask_at_once_and_each_reads_what_it_wrote),
        DOOR_TEST(each_failed_allocation_is_answered),
        DOOR_TEST(a_request_that_fills_its_memory_is_too_large),
    };
    return RUN_TESTS("door", tests);
}
