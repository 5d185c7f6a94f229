#include "lib/check.h"

#include "collect/request.h"

static struct str header(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->n_headers; i++) {
        if (str_eq_nocase(request->headers[i].name, str_from(name))) {
            return request->headers[i].value;
        }
    }
    return STR_ABSENT;
}

#define ARGS(...)                                                                                  \
    (const struct aws_arg[]){__VA_ARGS__},                                                         \
        sizeof((const struct aws_arg[]){__VA_ARGS__}) / sizeof(struct aws_arg)

static void members_of_rest_go_to_their_places(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4 << 20);
    struct request r;
    CHECK_OK(request_make(&operations[OP_CreatePolicyVersion],
                          ARGS({M_policyName, STR("a=b/c")}, {M_policyDocument, STR("{\"x\"}")},
                               {M_setAsDefault, STR("true")}),
                          mem, &r, NULL));
    CHECK_STR(r.method, "POST");
    CHECK_STR(r.path, "/policies/a%3Db%2Fc/version");
    CHECK_STR(r.query, "setAsDefault=true");
    CHECK_STR(r.body, "{\"policyDocument\":\"{\\\"x\\\"}\"}");
    CHECK_STR(header(&r, "content-type"), "application/json");
    CHECK_OK(request_make(&operations[OP_ListPrincipalThings],
                          ARGS({M_principal, STR("arn:aws:iot")}, {M_nextToken, STR("a b")},
                               {M_maxResults, STR("5")}),
                          mem, &r, NULL));
    CHECK_STR(r.query, "maxResults=5&nextToken=a%20b");
    CHECK_STR(header(&r, "x-amzn-principal"), "arn:aws:iot");
    assert_true(str_absent(r.body));
    CHECK_OK(request_make(&operations[OP_StartOnDemandAuditTask],
                          ARGS({M_targetCheckNames, STR("A\nB")}), mem, &r, NULL));
    CHECK_STR(r.body, "{\"targetCheckNames\":[\"A\",\"B\"]}");
}

static void the_other_protocols_have_forms_and_targets(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4 << 20);
    struct request r;
    CHECK_OK(request_make(&operations[OP_iam_GetAccountAuthorizationDetails],
                          ARGS({M_Filter, STR("Role\nLocalManagedPolicy")}, {M_Marker, STR("a&b")}),
                          mem, &r, NULL));
    CHECK_STR(r.path, "/");
    CHECK_STR(r.body, "Action=GetAccountAuthorizationDetails&Version=2010-05-08&Filter.member.1="
                      "Role&Filter.member.2=LocalManagedPolicy&Marker=a%26b");
    CHECK_OK(request_make(&operations[OP_logs_FilterLogEvents],
                          ARGS({M_logGroupName, STR("g")}, {M_startTime, STR("5")}), mem, &r,
                          NULL));
    CHECK_STR(header(&r, "x-amz-target"), "Logs_20140328.FilterLogEvents");
    CHECK_STR(r.body, "{\"logGroupName\":\"g\",\"startTime\":5}");
    CHECK_OK(request_make(&operations[OP_cognito_ListIdentityPools], NULL, 0, mem, &r, NULL));
    CHECK_STR(r.body, "{}");
}

static void what_an_operation_does_not_have_is_a_fault_of_ours(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4 << 20);
    struct request r;
    CHECK_STATUS(
        request_make(&operations[OP_ListThings], ARGS({M_policyName, STR("x")}), mem, &r, NULL),
        STATUS_INTERNAL);
    CHECK_STATUS(request_make(&operations[OP_GetPolicy], NULL, 0, mem, &r, NULL), STATUS_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_of_rest_go_to_their_places),
        cmocka_unit_test(the_other_protocols_have_forms_and_targets),
        cmocka_unit_test(what_an_operation_does_not_have_is_a_fault_of_ours),
    };
    return RUN_TESTS("request", tests);
}
