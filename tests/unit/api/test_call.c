#include "lib/check.h"

#include "api/call.h"
#include "base/limits.h"
#include "codec/json_write.h"

static struct arena *mem;
static struct buf body;
static struct json_write out;
static struct call call;

static int setup(void **state)
{
    (void)state;
    mem = arena_new(1 << 16);
    buf_init(&body, mem, 1 << 12);
    json_write_init(&out, &body);
    json_write_object(&out);
    call = (struct call){.mem = mem, .out = &out};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

static void check_body(const char *want)
{
    struct str text = STR_ABSENT;
    struct why why = {0};
    json_write_end(&out);
    json_write_finish(&out);
    if (buf_finish(&body, &text, &why) != STATUS_OK) {
        fail_msg("%s", why.text);
    }
    CHECK_STR(text, want);
}

static void members_have_their_names_and_types(void **state)
{
    (void)state;
    reply_str(&call, M_thingName, STR("lamp \"7\""));
    reply_int(&call, M_version, 3);
    reply_bool(&call, M_disableAllLogs, false);
    reply_time(&call, M_creationDate, INT64_C(1596168096157));
    reply_double(&call, M_thresholdPercentage, 0.5);
    reply_blob(&call, M_signature, (struct bytes){(const uint8_t *)"\x00\xFF", 2});
    reply_json(&call, M_attributes, STR("{\"a\":\"b\"}"));
    check_body("{\"thingName\":\"lamp \\\"7\\\"\",\"version\":3,\"disableAllLogs\":false,"
               "\"creationDate\":1596168096.157,\"thresholdPercentage\":0.5,\"signature\":\"AP8=\","
               "\"attributes\":{\"a\":\"b\"}}");
}

static void what_is_absent_is_left_out(void **state)
{
    (void)state;
    reply_str(&call, M_thingName, STR_ABSENT);
    reply_time(&call, M_creationDate, TIME_NEVER);
    reply_json(&call, M_attributes, STR_ABSENT);
    reply_value(&call, M_attributes, NULL);
    reply_str(&call, M_thingTypeName, STR("")); /* empty is not absent */
    check_body("{\"thingTypeName\":\"\"}");
}

static void lists_maps_and_objects_nest(void **state)
{
    (void)state;
    reply_begin_list(&call, M_things);
    reply_begin_item(&call);
    reply_str(&call, M_thingName, STR("a"));
    reply_end_item(&call);
    reply_begin_item(&call);
    reply_end_item(&call);
    reply_end_list(&call);
    reply_begin_list(&call, M_thingGroupNames);
    reply_item_str(&call, STR("p"));
    reply_item_json(&call, STR("\"q\""));
    reply_end_list(&call);
    reply_begin_list(&call, M_principals);
    reply_end_list(&call);
    reply_begin_map(&call, M_auditCheckConfigurations);
    reply_begin_entry(&call, STR("X_CHECK"));
    reply_bool(&call, M_enabled, true);
    reply_end_entry(&call);
    reply_end_map(&call);
    reply_begin_map(&call, M_attributes);
    reply_entry_str(&call, STR("k"), STR("v"));
    reply_end_map(&call);
    reply_begin(&call, M_validity);
    reply_time(&call, M_notBefore, 0);
    reply_end(&call);
    check_body("{\"things\":[{\"thingName\":\"a\"},{}],\"thingGroupNames\":[\"p\",\"q\"],"
               "\"principals\":[],\"auditCheckConfigurations\":{\"X_CHECK\":{\"enabled\":true}},"
               "\"attributes\":{\"k\":\"v\"},\"validity\":{\"notBefore\":0.000}}");
}

static void a_value_of_the_request_is_sent_back_as_it_is(void **state)
{
    (void)state;
    struct value value;
    CHECK_OK(
        value_from_json(STR("{\"b\":\"2\",\"a\":\"1\"}"), S_Attributes, true, mem, &value, NULL));
    reply_value(&call, M_attributes, &value);
    check_body("{\"attributes\":{\"a\":\"1\",\"b\":\"2\"}}");
}

static void the_first_failure_stays(void **state)
{
    (void)state;
    char large[1 << 13];
    memset(large, 'x', sizeof(large));
    reply_str(&call, M_thingName, (struct str){large, sizeof(large)});
    reply_str(&call, M_thingTypeName, STR("small"));
    assert_int_equal(buf_status(&body), STATUS_TOO_LARGE);
}

static void arns_are_of_this_account(void **state)
{
    (void)state;
    const struct api_env env = {.id = {STR("123456789012"), STR("eu-west-1")}};
    struct str arn;
    call.env = &env;
    CHECK_OK(call_arn(&call, STR("thing"), STR("a"), &arn, NULL));
    CHECK_STR(arn, "arn:aws:iot:eu-west-1:123456789012:thing/a");
}

#define CALL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CALL_TEST(members_have_their_names_and_types),
        CALL_TEST(what_is_absent_is_left_out),
        CALL_TEST(lists_maps_and_objects_nest),
        CALL_TEST(a_value_of_the_request_is_sent_back_as_it_is),
        CALL_TEST(the_first_failure_stays),
        CALL_TEST(arns_are_of_this_account),
    };
    return RUN_TESTS("call", tests);
}
