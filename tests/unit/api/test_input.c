#include "request.h"

static struct router *router;

static const struct value *read_in(const char *line, const char *header, const char *body,
                                   struct arena *mem)
{
    struct http_header room;
    struct http_request request = request_make(line, header, body, &room);
    struct route route;
    const struct value *in = NULL;
    struct why why = {0};
    CHECK_OK(route_find(router, request.method, request.path, mem, &route, &why));
    if (input_read(&request, &route, mem, &in, &why) != STATUS_OK) {
        fail_msg("%s: %s", line, why.text);
    }
    return in;
}

static void members_come_from_their_places(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct value *in = read_in("POST /things/A%3Ab", NULL,
                                     "{\"thingTypeName\":\"t\",\"thingName\":\"other\"}", mem);
    CHECK_STR(value_str(in, M_thingName), "A:b"); /* the body cannot override the path */
    CHECK_STR(value_str(in, M_thingTypeName), "t");

    in = read_in("PUT /things/a%2Fb/principals?thingPrincipalType=EXCLUSIVE_THING",
                 "x-amzn-principal: arn:aws:iot:r:1:cert/f", NULL, mem);
    CHECK_STR(value_str(in, M_thingName), "a/b");
    CHECK_STR(value_str(in, M_principal), "arn:aws:iot:r:1:cert/f");
    CHECK_STR(value_str(in, M_thingPrincipalType), "EXCLUSIVE_THING");

    in = read_in("POST /loggingOptions", NULL, "{\"roleArn\":\"r\"}", mem);
    CHECK_STR(value_str(value_get(in, M_loggingOptionsPayload), M_roleArn), "r");
}

static void the_query_is_decoded_and_typed(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct value *in = read_in("GET /certificates?pageSize=7&&marker=a%26b+c&"
                                     "isAscendingOrder=true&ascendingOrder=false&=&x",
                                     NULL, NULL, mem);
    assert_int_equal(value_int(in, M_pageSize, 0), 7);
    CHECK_STR(value_str(in, M_marker), "a&b+c"); /* a plus sign is a plus sign */
    assert_true(value_bool(in, M_ascendingOrder, false));

    in = read_in("GET /audit/relatedResources?findingId=arn%3Aa%2Fb", NULL, NULL, mem);
    CHECK_STR(value_str(in, M_findingId), "arn:a/b");

    in = read_in("GET /audit/tasks?startTime=2026-01-02T03:04:05.678000Z&"
                 "endTime=2026-01-02T05:04:05%2B02:00",
                 NULL, NULL, mem);
    assert_int_equal(value_time(in, M_startTime), INT64_C(1767323045678));
    assert_int_equal(value_time(in, M_endTime), INT64_C(1767323045000));

    in = read_in("GET /things?thingTypeName=&attributeName", NULL, NULL, mem);
    assert_false(str_absent(value_str(in, M_thingTypeName)));
    CHECK_STR(value_str(in, M_thingTypeName), "");
    CHECK_STR(value_str(in, M_attributeName), "");
}

static void a_query_of_too_many_parameters_is_refused(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    char line[16 + 3 * LIMIT_QUERY_PARAMETERS] = "GET /things?";
    for (int i = 0; i <= LIMIT_QUERY_PARAMETERS; i++) {
        memcpy(line + strlen(line), "&x", 3);
    }
    struct http_header room;
    struct http_request request = request_make(line, NULL, NULL, &room);
    struct route route;
    const struct value *in = NULL;
    struct why why;
    CHECK_OK(route_find(router, request.method, request.path, mem, &route, &why));
    CHECK_STATUS(input_read(&request, &route, mem, &in, &why), STATUS_UNREADABLE);
    assert_string_equal(why.text, "the query has more than 128 parameters");
    assert_null(in);
}

int main(void)
{
    struct why why;
    if (router_new(&router, &why) != STATUS_OK) {
        fprintf(stderr, "%s\n", why.text);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_from_their_places),
        cmocka_unit_test(the_query_is_decoded_and_typed),
        cmocka_unit_test(a_query_of_too_many_parameters_is_refused),
    };
    int failed = RUN_TESTS("input", tests);
    router_free(router);
    return failed;
}
