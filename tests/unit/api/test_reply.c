#include "lib/check.h"

#include "api/reply.h"

static struct http_exchange exchange;

static int setup(void **state)
{
    (void)state;
    exchange = (struct http_exchange){.mem = arena_new(1 << 16)};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(exchange.mem);
    return 0;
}

static struct str header(const char *name)
{
    for (size_t i = 0; i < exchange.reply.n_headers; i++) {
        if (str_eq(exchange.reply.headers[i].name, str_from(name))) {
            return exchange.reply.headers[i].value;
        }
    }
    return STR_ABSENT;
}

static void an_error_is_named_in_header_and_body(void **state)
{
    (void)state;
    struct why why = {0};
    enum status status = why_set(&why, STATUS_NOT_FOUND, "no thing is named \"%s\"", "a\n\xFF");
    reply_error(&exchange, SERVICE_iot, STR("id"), status, &why);
    assert_int_equal(exchange.reply.status, 404);
    CHECK_STR(exchange.reply.body, "{\"__type\":\"ResourceNotFoundException\",\"message\":\"no "
                                   "thing is named \\\"a\\n\xEF\xBF\xBD\\\"\"}");
    CHECK_STR(header("x-amzn-ErrorType"), "ResourceNotFoundException");
    CHECK_STR(header("x-amzn-RequestId"), "id");
    CHECK_STR(header("Content-Type"), "application/json");
}

static void a_resource_in_the_way_is_sent_with_it(void **state)
{
    (void)state;
    struct why why = {.code = STATUS_EXISTS, .text = "exists"};
    memcpy(why.resource, "arn:aws:iot:r:123456789012:thing/a/b", 37);
    reply_error(&exchange, SERVICE_iot, STR("id"), STATUS_EXISTS, &why);
    CHECK_STR(exchange.reply.body,
              "{\"__type\":\"ResourceAlreadyExistsException\",\"message\":\"exists\","
              "\"resourceId\":\"a/b\",\"resourceArn\":\"arn:aws:iot:r:123456789012:thing/a/b\"}");
    memcpy(why.resource, "no-arn", 7);
    reply_error(&exchange, SERVICE_iot, STR("id"), STATUS_EXISTS, &why);
    CHECK_STR(exchange.reply.body,
              "{\"__type\":\"ResourceAlreadyExistsException\",\"message\":\"exists\","
              "\"resourceId\":\"no-arn\"}");
}

static void faults_of_ours_are_not_told_to_the_client(void **state)
{
    (void)state;
    struct why why = {.code = STATUS_IO, .text = "/var/lib/bulwark/db: disk full"};
    static const enum status ours[] = {STATUS_IO, STATUS_CORRUPT, STATUS_INTERNAL,
                                       STATUS_NO_MEMORY};
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        reply_error(&exchange, SERVICE_iot, STR("id"), ours[i], &why);
        assert_in_range(exchange.reply.status, 500, 503);
        assert_null(memmem(exchange.reply.body.ptr, exchange.reply.body.len, "disk full", 9));
    }
    reply_error(&exchange, SERVICE_iot, STR("id"), STATUS_BUSY, &why); /* but what to do is */
    assert_non_null(memmem(exchange.reply.body.ptr, exchange.reply.body.len, "disk full", 9));
}

static void an_error_without_a_sentence_says_what_its_kind_is(void **state)
{
    (void)state;
    struct why why = {0};
    reply_error(&exchange, SERVICE_iot, STR("id"), STATUS_LIMIT, &why);
    CHECK_STR(exchange.reply.body, "{\"__type\":\"LimitExceededException\",\"message\":\"a quota "
                                   "of the account is used up\"}");
}

static void without_memory_the_error_still_has_its_name(void **state)
{
    (void)state;
    struct why why = {.code = STATUS_NOT_FOUND, .text = "x"};
    arena_free(exchange.mem);
    exchange.mem = arena_new(16);
    reply_error(&exchange, SERVICE_iot, STR("id"), STATUS_NOT_FOUND, &why);
    assert_int_equal(exchange.reply.status, 404);
    CHECK_STR(exchange.reply.body, "{\"message\":\"out of memory\"}");
    CHECK_STR(header("x-amzn-ErrorType"), "ResourceNotFoundException");
}

static void the_query_protocol_says_it_in_xml(void **state)
{
    (void)state;
    struct why why = {0};
    enum status status = why_set(&why, STATUS_NOT_FOUND, "no role \"%s\"", "<a\x01\xFF>");
    reply_error(&exchange, SERVICE_iam, STR("id"), status, &why);
    assert_int_equal(exchange.reply.status, 404);
    CHECK_STR(
        exchange.reply.body,
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender"
        "</Type><Code>NoSuchEntity</Code><Message>no role &quot;&lt;a\xEF\xBF\xBD\xEF\xBF\xBD"
        "&gt;&quot;</Message></Error><RequestId>id</RequestId></ErrorResponse>");
    CHECK_STR(header("Content-Type"), "text/xml");
    arena_free(exchange.mem);
    exchange.mem = arena_new(16);
    reply_error(&exchange, SERVICE_iam, STR("id"), status, &why);
    assert_int_equal(exchange.reply.status, 404);
    CHECK_STR(exchange.reply.body, "<ErrorResponse></ErrorResponse>");
}

static void what_another_service_found_in_the_way_is_said_in_its_sentence(void **state)
{
    (void)state;
    struct why why = {.code = STATUS_EXISTS, .text = "exists", .resource = "arn:x"};
    reply_error(&exchange, SERVICE_logs, STR("id"), STATUS_EXISTS, &why);
    CHECK_STR(exchange.reply.body,
              "{\"__type\":\"ResourceAlreadyExistsException\",\"message\":\"exists\"}");
    CHECK_STR(header("Content-Type"), "application/x-amz-json-1.1");
}

static void a_success_of_the_query_protocol_is_wrapped(void **state)
{
    (void)state;
    struct value fields[3] = {{.shape = S_sts_accountType, .text = STR("1")}};
    const struct value members = {
        .shape = S_sts_GetCallerIdentityResponse, .count = 3, .fields = fields};
    struct str xml;
    CHECK_OK(reply_xml(&operations[OP_sts_GetCallerIdentity], &members, STR("id"), exchange.mem,
                       &xml, NULL));
    CHECK_STR(xml, "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                   "<GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult>"
                   "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>"
                   "</GetCallerIdentityResponse>");
    CHECK_OK(reply_xml(&operations[OP_iam_DeleteRole], NULL, STR("id"), exchange.mem, &xml, NULL));
    CHECK_STR(xml, "<DeleteRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">"
                   "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>"
                   "</DeleteRoleResponse>");
    fields[0].text = STR("\x01");
    CHECK_STATUS(reply_xml(&operations[OP_sts_GetCallerIdentity], &members, STR("id"), exchange.mem,
                           &xml, NULL),
                 STATUS_INTERNAL);
}

static void a_success_without_a_body_has_no_type(void **state)
{
    (void)state;
    reply_success(&exchange, SERVICE_iot, STR("id"), STR(""));
    assert_int_equal(exchange.reply.status, 200);
    assert_true(str_absent(header("Content-Type")));
    CHECK_STR(header("x-amzn-RequestId"), "id");
}

#define REPLY_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPLY_TEST(an_error_is_named_in_header_and_body),
        REPLY_TEST(a_resource_in_the_way_is_sent_with_it),
        REPLY_TEST(faults_of_ours_are_not_told_to_the_client),
        REPLY_TEST(an_error_without_a_sentence_says_what_its_kind_is),
        REPLY_TEST(without_memory_the_error_still_has_its_name),
        REPLY_TEST(the_query_protocol_says_it_in_xml),
        REPLY_TEST(what_another_service_found_in_the_way_is_said_in_its_sentence),
        REPLY_TEST(a_success_of_the_query_protocol_is_wrapped),
        REPLY_TEST(a_success_without_a_body_has_no_type),
    };
    return RUN_TESTS("reply", tests);
}
