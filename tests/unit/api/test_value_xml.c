#include "lib/check.h"

#include "api/value_xml.h"

static struct str written(struct arena *mem, enum shape_id shape, const char *json)
{
    struct value value;
    struct why why = {0};
    struct buf out;
    struct xml_write w;
    if (value_from_json(str_from(json), shape, true, mem, &value, &why) != STATUS_OK) {
        fail_msg("%s: %s", json, why.text);
    }
    buf_init(&out, mem, 1 << 16);
    xml_write_init(&w, &out);
    xml_write_root(&w, STR("r"), STR(""));
    value_to_xml(&w, &value, mem);
    xml_write_end(&w);
    xml_write_finish(&w);
    if (buf_status(&out) != STATUS_OK) {
        return STR_ABSENT;
    }
    return str_slice(buf_view(&out), 3, buf_view(&out).len - 4);
}

static void every_type_has_its_form(void **state)
{
    (void)state;
    static const struct {
        enum shape_id shape;
        const char *in, *out;
    } rows[] = {
        {S_iam_CreateRoleRequest, "{}", ""},
        {S_iam_CreateRoleRequest, "{\"RoleName\":\"a<b\",\"MaxSessionDuration\":3600}",
         "<MaxSessionDuration>3600</MaxSessionDuration><RoleName>a&lt;b</RoleName>"},
        {S_iam_CreateRoleRequest, "{\"Tags\":[{\"Key\":\"k\",\"Value\":\"\"}]}",
         "<Tags><member><Key>k</Key><Value></Value></member></Tags>"},
        {S_iam_CreateRoleRequest, "{\"Tags\":[]}", "<Tags></Tags>"},
        {S_iam_UntagRoleRequest, "{\"TagKeys\":[\"a\",\"b\"]}",
         "<TagKeys><member>a</member><member>b</member></TagKeys>"},
        {S_iam_AccessKeyMetadata, "{\"CreateDate\":1767323045.678}",
         "<CreateDate>2026-01-02T03:04:05.678Z</CreateDate>"},
        {S_iam_CreatePolicyVersionRequest, "{\"SetAsDefault\":false}",
         "<SetAsDefault>false</SetAsDefault>"},
        {S_iam_CreatePolicyVersionRequest, "{\"SetAsDefault\":true}",
         "<SetAsDefault>true</SetAsDefault>"},
        {S_sns_CreateTopicInput, "{\"Attributes\":{\"a&\":\"1\"}}",
         "<Attributes><entry><key>a&amp;</key><value>1</value></entry></Attributes>"},
        {S_sns_PublishInput,
         "{\"MessageAttributes\":{\"n\":{\"BinaryValue\":\"AAEC/w==\",\"DataType\":\"Binary\"}}}",
         "<MessageAttributes><entry><Name>n</Name><Value><BinaryValue>AAEC/w==</BinaryValue>"
         "<DataType>Binary</DataType></Value></entry></MessageAttributes>"},
        {S_IncrementFactor, "1.25", "1.25"},
        {S_UnsignedLong, "9223372036854775807", "9223372036854775807"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *mem = arena_new(1 << 20);
        CHECK_STR(written(mem, rows[i].shape, rows[i].in), rows[i].out);
    }
}

static void a_text_that_xml_cannot_say_fails_the_reply(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    assert_true(str_absent(written(mem, S_iam_CreateRoleRequest, "{\"Description\":\"\\u0001\"}")));
    assert_true(
        str_absent(written(mem, S_sns_CreateTopicInput, "{\"Attributes\":{\"\\u0007\":\"1\"}}")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_has_its_form),
        cmocka_unit_test(a_text_that_xml_cannot_say_fails_the_reply),
    };
    return RUN_TESTS("value_xml", tests);
}
