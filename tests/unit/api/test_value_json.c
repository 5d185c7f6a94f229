#include "request.h"

#include "lib/fault.h"

static void a_value_is_written_canonically(void **state)
{
    (void)state;
    static const struct {
        enum shape_id shape;
        const char *in, *out;
    } rows[] = {
        {S_Attributes, "{ \"z\" : \"1\", \"a\": \"\\u00e9\" }", "{\"a\":\"\xC3\xA9\",\"z\":\"1\"}"},
        {S_Attributes, "{}", "{}"},
        {S_AttributePayload, "{\"merge\":true,\"attributes\":{}}",
         "{\"attributes\":{},\"merge\":true}"},
        {S_AttributePayload, "{\"merge\":null,\"unknown\":{\"a\":[]}}", "{}"},
        {S_ResourceIdentifier,
         "{\"policyVersionIdentifier\":{\"policyVersionId\":\"1\",\"policyName\":\"p\"}}",
         "{\"policyVersionIdentifier\":{\"policyName\":\"p\",\"policyVersionId\":\"1\"}}"},
        {S_Timestamp, "1596168096.1567", "1596168096.157"},
        {S_Timestamp, "1596168096", "1596168096.000"},
        {S_Timestamp, "-0.5", "-0.500"},
        {S_Timestamp, "\"2020-07-31T04:01:36.157Z\"", "1596168096.157"},
        {S_Timestamp, "1.596168096157e9", "1596168096.157"},
        {S_BinaryParameterValue, "\"AAEC/w==\"", "\"AAEC/w==\""},
        {S_TargetAuditCheckNames, "[\"b\",\"a\"]", "[\"b\",\"a\"]"},
        {S_TargetAuditCheckNames, "[]", "[]"},
        {S_IncrementFactor, "1.25", "1.25"},
        {S_UnsignedLong, "9223372036854775807", "9223372036854775807"},
        {S_UnsignedLong, "1e3", "1000"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *mem = arena_new(1 << 20);
        struct value value;
        struct str json;
        struct why why = {0};
        if (value_from_json(str_from(rows[i].in), rows[i].shape, false, mem, &value, &why) !=
            STATUS_OK) {
            fail_msg("%s: %s", rows[i].in, why.text);
        }
        CHECK_OK(value_to_json(&value, mem, &json, &why));
        CHECK_STR(json, rows[i].out);
    }
}

static void what_does_not_fit_is_refused_and_leaves_no_value(void **state)
{
    (void)state;
    static const struct {
        enum shape_id shape;
        const char *in, *says;
    } rows[] = {
        {S_Attributes, "{\"a\":null}", "a: a string is expected, and null is sent"},
        {S_Attributes, "{\"a\":\"1\",\"a\":\"2\"}", NULL},
        {S_TargetAuditCheckNames, "[\"a\",null]", "2: a string is expected, and null is sent"},
        {S_Timestamp, "\"soon\"", "the body: a time is expected, and another text is sent"},
        {S_Timestamp, "253402300800",
         "the body: a time in the years 1 to 9999 is expected, and another number is sent"},
        {S_BinaryParameterValue, "\"A\"", "the body: base64 is expected, and another text is sent"},
        {S_UnsignedLong, "9223372036854775808",
         "the body: a whole number of 64 bits is expected, and another number is sent"},
        {S_IncrementFactor, "1e999", NULL},
        {S_IncrementFactor, "\"1\"", "the body: a number is expected, and a string is sent"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *mem = arena_new(1 << 20);
        struct value value = {.shape = S_NONE};
        struct why why = {0};
        CHECK_STATUS(value_from_json(str_from(rows[i].in), rows[i].shape, false, mem, &value, &why),
                     STATUS_UNREADABLE);
        assert_int_equal(value.shape, S_NONE);
        assert_true(why.text[0] != '\0');
        if (rows[i].says != NULL) {
            assert_string_equal(why.text, rows[i].says);
        }
    }
}

static void an_absent_value_is_an_absent_text(void **state)
{
    (void)state;
    struct str json = STR("before");
    CHECK_OK(value_to_json(NULL, NULL, &json, NULL));
    assert_true(str_absent(json));
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    struct str text = STR("{\"attributes\":{\"b\":\"\\n\",\"a\":\"2\"},\"merge\":true}");
    for (size_t n = 0;; n++) {
        struct why why = {0};
        struct value value = {.shape = S_NONE};
        struct str json;
        fault_start(n);
        struct arena *mem = arena_new(1 << 20);
        enum status status =
            mem == NULL ? STATUS_NO_MEMORY
                        : value_from_json(text, S_AttributePayload, false, mem, &value, &why);
        if (status == STATUS_OK) {
            status = value_to_json(&value, mem, &json, &why);
        }
        bool struck = fault_stop();
        arena_free(mem);
        if (!struck) {
            CHECK_OK(status);
            break;
        }
        CHECK_STATUS(status, STATUS_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_written_canonically),
        cmocka_unit_test(what_does_not_fit_is_refused_and_leaves_no_value),
        cmocka_unit_test(an_absent_value_is_an_absent_text),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return RUN_TESTS("value_json", tests);
}
