#include "request.h"

#include "api/asked.h"

#define FORM   "Content-Type: application/x-www-form-urlencoded; charset=utf-8"
#define TARGET "X-Amz-Target: "

static void the_service_is_that_of_the_scope_or_of_the_protocol(void **state)
{
    (void)state;
    static const struct {
        const char *scope, *line, *header, *body;
        enum service_id service;
        enum status status;
    } rows[] = {
        {"iot", "GET /things", NULL, NULL, SERVICE_iot, STATUS_OK},
        {"execute-api", "GET /things", NULL, NULL, SERVICE_iot, STATUS_OK},
        {"iam", "POST /", NULL, NULL, SERVICE_iam, STATUS_OK},
        {"cognito-identity", "POST /", NULL, NULL, SERVICE_cognito, STATUS_OK},
        /* a signature is for one service, whatever else the request says */
        {"iam", "POST /", FORM, "Version=2011-06-15", SERVICE_iam, STATUS_OK},
        {"iot", "POST /", TARGET "Logs_20140328.X", "{}", SERVICE_iot, STATUS_OK},
        {"s3", "GET /", NULL, NULL, SERVICE_iot, STATUS_NO_OPERATION},
        {"cognito", "POST /", NULL, NULL, SERVICE_iot, STATUS_NO_OPERATION},

        {NULL, "GET /things", NULL, NULL, SERVICE_iot, STATUS_OK},
        {NULL, "POST /", FORM, "Action=X&Version=2010-05-08", SERVICE_iam, STATUS_OK},
        {NULL, "POST /", FORM, "Version=2011-06-15&Action=X", SERVICE_sts, STATUS_OK},
        {NULL, "POST /", FORM, "Version=2010-03-31", SERVICE_sns, STATUS_OK},
        {NULL, "POST /", FORM, "Version=2012-11-05", SERVICE_iot, STATUS_NO_OPERATION},
        {NULL, "POST /", FORM, "Action=X", SERVICE_iot, STATUS_NO_OPERATION},
        {NULL, "POST /", FORM, "Version=%", SERVICE_iot, STATUS_UNREADABLE},
        {NULL, "POST /things/a", FORM, "Version=2010-05-08", SERVICE_iot, STATUS_OK},
        {NULL, "GET /?Action=X&Version=2011-06-15", NULL, NULL, SERVICE_sts, STATUS_OK},
        {NULL, "GET /?a=b", NULL, NULL, SERVICE_iot, STATUS_OK},
        {NULL, "GET /", NULL, NULL, SERVICE_iot, STATUS_OK},
        {NULL, "POST /", TARGET "Logs_20140328.DescribeLogGroups", "{}", SERVICE_logs, STATUS_OK},
        {NULL, "POST /", TARGET "AWSCognitoIdentityService.X", "{}", SERVICE_cognito, STATUS_OK},
        {NULL, "POST /", TARGET "Logs.PutLogEvents", "{}", SERVICE_iot, STATUS_NO_OPERATION},
        {NULL, "POST /", TARGET "", "{}", SERVICE_iot, STATUS_NO_OPERATION},
        {NULL, "POST /things/a", TARGET "Logs_20140328.X", "{}", SERVICE_iot, STATUS_OK},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *mem = arena_new(1 << 16);
        struct http_header room = {STR(""), STR("")};
        struct http_request request =
            request_make(rows[i].line, rows[i].header, rows[i].body, &room);
        room.value = str_trim(room.value);
        const struct service *service = NULL;
        struct why why = {0};
        enum status status = asked_service(&request, str_from(rows[i].scope), mem, &service, &why);
        if (status != rows[i].status || service != &services[rows[i].service]) {
            fail_msg("row %zu: %s, %s: %s", i, status_name(status), service->id.ptr, why.text);
        }
        assert_int_equal(status,
                         asked_service(&request, str_from(rows[i].scope), mem, &service, NULL));
    }
}

static void the_operation_is_that_of_the_action_or_the_target(void **state)
{
    (void)state;
    static const struct {
        enum service_id service;
        const char *line, *header, *body;
        int op; /* -1: refused */
        const char *why;
    } rows[] = {
        {SERVICE_iam, "POST /", FORM, "Action=GetRole&Version=2010-05-08", OP_iam_GetRole, NULL},
        {SERVICE_iam, "GET /?Action=GetRole&Version=2010-05-08", NULL, NULL, OP_iam_GetRole, NULL},
        {SERVICE_iam, "POST /", NULL, "Version=2010-05-08&Action=GetRole", OP_iam_GetRole, NULL},
        {SERVICE_iam, "POST /", FORM, "Action=EnableMFADevice&Version=2010-05-08",
         OP_iam_EnableMFADevice, NULL},
        {SERVICE_iam, "POST /", FORM, "Action=GetRole&Version=2011-06-15", -1,
         "Could not find operation GetRole for version 2011-06-15"},
        {SERVICE_iam, "POST /", FORM, "Action=GetRole", -1,
         "Could not find operation GetRole for version NO_VERSION_SPECIFIED"},
        {SERVICE_iam, "POST /", FORM, "Action=Publish&Version=2010-05-08", -1,
         "Could not find operation Publish for version 2010-05-08"},
        {SERVICE_iam, "POST /", FORM, "Version=2010-05-08", -1, "the parameter Action is missing"},
        {SERVICE_iam, "POST /", FORM, "Action=%x", -1,
         "the % at character 0 is not followed by two hexadecimal digits"},
        {SERVICE_iam, "POST /things", FORM, "Action=GetRole&Version=2010-05-08", -1,
         "IAM is asked by POST of the path /"},
        {SERVICE_iam, "PUT /", FORM, "Action=GetRole&Version=2010-05-08", -1,
         "IAM is asked by POST of the path /"},
        {SERVICE_logs, "POST /", TARGET "Logs_20140328.GetLogEvents", "{}", OP_logs_GetLogEvents,
         NULL},
        {SERVICE_logs, "POST /", TARGET "AWSCognitoIdentityService.GetLogEvents", "{}", -1,
         "X-Amz-Target \"AWSCognitoIdentityService.GetLogEvents\" is no operation of Amazon "
         "CloudWatch Logs"},
        {SERVICE_logs, "POST /", TARGET "Logs_20140328", "{}", -1,
         "X-Amz-Target \"Logs_20140328\" is no operation of Amazon CloudWatch Logs"},
        {SERVICE_logs, "POST /", NULL, "{}", -1,
         "X-Amz-Target \"\" is no operation of Amazon CloudWatch Logs"},
        {SERVICE_logs, "GET /", TARGET "Logs_20140328.GetLogEvents", NULL, -1,
         "Amazon CloudWatch Logs is asked by POST of the path /"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *mem = arena_new(1 << 16);
        struct http_header room = {STR(""), STR("")};
        struct http_request request =
            request_make(rows[i].line, rows[i].header, rows[i].body, &room);
        room.value = str_trim(room.value);
        struct asked asked = {.op = NULL};
        struct why why = {0};
        enum status status =
            asked_operation(&request, &services[rows[i].service], mem, &asked, &why);
        if (rows[i].op >= 0) {
            CHECK_OK(status);
            assert_ptr_equal(asked.op, &operations[rows[i].op]);
        } else {
            assert_true(status == STATUS_NO_OPERATION || status == STATUS_UNREADABLE);
            assert_string_equal(why.text, rows[i].why);
            assert_int_equal(why.code, status);
            assert_null(asked.op);
        }
    }
}

static void the_input_comes_from_the_form_or_from_json(void **state)
{
    (void)state;
    static const struct {
        enum service_id service;
        const char *line, *header, *body, *in;
    } rows[] = {
        {SERVICE_iam, "POST /", FORM, "Action=GetRole&Version=2010-05-08&RoleName=a+b",
         "{\"RoleName\":\"a b\"}"},
        {SERVICE_iam, "GET /?Action=GetRole&Version=2010-05-08&RoleName=a+b", NULL, NULL,
         "{\"RoleName\":\"a+b\"}"},
        {SERVICE_logs, "POST /", TARGET "Logs_20140328.DescribeLogGroups", "{\"limit\":3,\"x\":1}",
         "{\"limit\":3}"},
        {SERVICE_logs, "POST /", TARGET "Logs_20140328.DescribeLogGroups", NULL, "{}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *mem = arena_new(1 << 16);
        struct http_header room = {STR(""), STR("")};
        struct http_request request =
            request_make(rows[i].line, rows[i].header, rows[i].body, &room);
        room.value = str_trim(room.value);
        struct asked asked;
        const struct value *in = NULL;
        struct str json;
        struct why why = {0};
        CHECK_OK(asked_operation(&request, &services[rows[i].service], mem, &asked, &why));
        CHECK_OK(asked_input(&request, &asked, mem, &in, &why));
        CHECK_OK(value_to_json(in, mem, &json, &why));
        CHECK_STR(json, rows[i].in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_service_is_that_of_the_scope_or_of_the_protocol),
        cmocka_unit_test(the_operation_is_that_of_the_action_or_the_target),
        cmocka_unit_test(the_input_comes_from_the_form_or_from_json),
    };
    return RUN_TESTS("asked", tests);
}
