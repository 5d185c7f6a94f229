#include "lib/check.h"

#include "api/value_form.h"
#include "codec/form.h"
#include "lib/fault.h"

static enum status read(const char *text, enum shape_id shape, struct arena *mem, struct value *ret,
                        struct why *why)
{
    struct uri_query form;
    CHECK_OK(form_read(mem, str_from(text), &form, why));
    return value_from_form(&form, shape, mem, ret, why);
}

static void parameters_make_the_tree_that_their_names_say(void **state)
{
    (void)state;
    static const struct {
        enum shape_id shape;
        const char *in, *out;
    } rows[] = {
        {S_iam_CreateRoleRequest, "", "{}"},
        {S_iam_CreateRoleRequest, "Action=CreateRole&Version=2010-05-08&RoleName=r&Path=%2Fa%2F",
         "{\"Path\":\"/a/\",\"RoleName\":\"r\"}"},
        {S_iam_CreateRoleRequest,
         "MaxSessionDuration=3600&RoleName=", "{\"MaxSessionDuration\":3600,\"RoleName\":\"\"}"},
        {S_iam_CreateRoleRequest,
         "Tags.member.2.Key=b&Tags.member.1.Value=1&Tags.member.2.Value=2&Tags.member.1.Key=a",
         "{\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"b\",\"Value\":\"2\"}]}"},
        {S_iam_CreateRoleRequest, "Tags=", "{\"Tags\":[]}"},
        {S_iam_CreateRoleRequest, "Tags.member.1.Other.x=1", "{\"Tags\":[{}]}"},
        {S_iam_UntagRoleRequest,
         "TagKeys.member.1=1&TagKeys.member.2=2&TagKeys.member.3=3&TagKeys.member.10=10&"
         "TagKeys.member.4=4&TagKeys.member.5=5&TagKeys.member.6=6&TagKeys.member.9=9&"
         "TagKeys.member.7=7&TagKeys.member.8=8",
         "{\"TagKeys\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\"]}"},
        {S_iam_CreatePolicyVersionRequest, "SetAsDefault=true", "{\"SetAsDefault\":true}"},
        {S_iam_CreatePolicyVersionRequest, "SetAsDefault=False", "{\"SetAsDefault\":false}"},
        {S_sns_CreateTopicInput,
         "Attributes.entry.2.key=b&Attributes.entry.2.value=2&Attributes.entry.1.value=1&"
         "Attributes.entry.1.key=a",
         "{\"Attributes\":{\"a\":\"1\",\"b\":\"2\"}}"},
        {S_sns_CreateTopicInput, "Attributes=", "{\"Attributes\":{}}"},
        {S_sns_PublishInput,
         "Message=m&MessageAttributes.entry.1.Name=n&"
         "MessageAttributes.entry.1.Value.DataType=Binary&"
         "MessageAttributes.entry.1.Value.BinaryValue=AAEC%2Fw%3D%3D",
         "{\"Message\":\"m\",\"MessageAttributes\":{\"n\":{\"BinaryValue\":\"AAEC/w==\","
         "\"DataType\":\"Binary\"}}}"},
        {S_iam_AccessKeyMetadata, "CreateDate=2026-01-02T03%3A04%3A05Z",
         "{\"CreateDate\":1767323045.000}"},
        {S_iam_CreateRoleRequest, "=x&.=y&RoleName..=z", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *mem = arena_new(1 << 20);
        struct value value;
        struct str json;
        struct why why = {0};
        enum status status = read(rows[i].in, rows[i].shape, mem, &value, &why);
        if (rows[i].out == NULL) {
            CHECK_STATUS(status, STATUS_UNREADABLE);
            continue;
        }
        if (status != STATUS_OK) {
            fail_msg("%s: %s", rows[i].in, why.text);
        }
        CHECK_OK(value_to_json(&value, mem, &json, &why));
        CHECK_STR(json, rows[i].out);
    }
}

static void what_does_not_fit_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        enum shape_id shape;
        const char *in, *says;
    } rows[] = {
        {S_iam_CreateRoleRequest, "MaxSessionDuration=1h",
         "MaxSessionDuration: \"1h\" is not a whole number of 32 bits"},
        {S_iam_CreateRoleRequest, "MaxSessionDuration=2147483648",
         "MaxSessionDuration: \"2147483648\" is not a whole number of 32 bits"},
        {S_iam_CreatePolicyVersionRequest, "SetAsDefault=yes",
         "SetAsDefault: \"yes\" is not true or false"},
        {S_iam_AccessKeyMetadata, "CreateDate=today",
         "CreateDate: \"today\" is not a time as 2026-01-02T03:04:05Z"},
        {S_sns_PublishInput,
         "MessageAttributes.entry.1.Name=n&MessageAttributes.entry.1.Value.BinaryValue=A",
         "MessageAttributes.entry.1.Value.BinaryValue: \"A\" is not base64"},
        {S_iam_CreateRoleRequest, "RoleName=a&RoleName=b",
         "RoleName: this parameter is sent twice"},
        {S_iam_CreateRoleRequest, "RoleName=a&RoleName.x=b",
         "RoleName.x: nothing can be inside of this value"},
        {S_iam_CreateRoleRequest, "RoleName.=a", "RoleName.: nothing can be inside of this value"},
        {S_iam_CreateRoleRequest, "Tags=x", "Tags: elements are sent as .member.1, .member.2, ..."},
        {S_iam_CreateRoleRequest, "Tags.1.Key=x",
         "Tags.1.Key: elements are sent as .member.1, .member.2, ..."},
        {S_iam_CreateRoleRequest, "Tags=&Tags.member.1.Key=x",
         "Tags: elements are sent as .member.1, .member.2, ..."},
        {S_iam_CreateRoleRequest, "Tags.member.2.Key=x",
         "Tags.member.2.Key: elements are numbered from 1 without a gap, and number 1 is missing"},
        {S_iam_CreateRoleRequest, "Tags.member.0.Key=x",
         "Tags.member.0.Key: elements are numbered from 1 without a gap, and number 1 is missing"},
        {S_iam_CreateRoleRequest, "Tags.member.01.Key=x",
         "Tags.member.01.Key: elements are numbered from 1 without a gap, and number 1 is "
         "missing"},
        {S_iam_CreateRoleRequest, "Tags.member.1.Key=x&Tags.member.3.Key=y",
         "Tags.member.3.Key: elements are numbered from 1 without a gap, and number 2 is missing"},
        {S_iam_CreateRoleRequest, "Tags.member.1.Key=x&Tags.member.y.Key=y",
         "Tags.member.y.Key: elements are numbered from 1 without a gap, and number 2 is missing"},
        {S_iam_CreateRoleRequest, "Tags.member.1=x",
         "Tags.member.1: members are expected after this name"},
        {S_sns_CreateTopicInput, "Attributes.entry.1.key=a",
         "Attributes.entry.1.key: an entry is a key and a value"},
        {S_sns_CreateTopicInput, "Attributes.entry.1.value=a",
         "Attributes.entry.1.value: an entry is a key and a value"},
        {S_sns_PublishInput, "MessageAttributes.entry.1.key=a",
         "MessageAttributes.entry.1.key: an entry is a Name and a Value"},
        {S_sns_CreateTopicInput,
         "Attributes.entry.1.key=a&Attributes.entry.1.value=1&Attributes.entry.2.key=a&"
         "Attributes.entry.2.value=2",
         "Attributes.entry.2.key: this key is sent twice"},
        {S_iam_CreateRoleRequest,
         "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=x",
         "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a: this name has too "
         "many parts"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *mem = arena_new(1 << 20);
        struct value value = {.count = 77};
        struct why why = {0};
        CHECK_STATUS(read(rows[i].in, rows[i].shape, mem, &value, &why), STATUS_UNREADABLE);
        assert_string_equal(why.text, rows[i].says);
        assert_int_equal(value.count, 77);
    }
}

/* Names that begin with digits stand among the numbers, and each group is still one. */
static void odd_numbers_do_not_tear_groups_apart(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct value value;
    struct why why = {0};
    CHECK_STATUS(read("Tags.member.9.Key=1&Tags.member.10.Key=2&Tags.member.1a.Key=3&"
                      "Tags.member.10.Value=4&Tags.member.1a.Value=5&Tags.member.9.Value=6",
                      S_iam_CreateRoleRequest, mem, &value, &why),
                 STATUS_UNREADABLE);
    assert_non_null(strstr(why.text, "Tags.member.9.Key: elements are numbered"));
}

static void each_failed_allocation_is_told(void **state)
{
    (void)state;
    size_t n = 0;
    bool struck = true;
    for (size_t i = 0; struck; i++) {
        AUTO_ARENA *mem = arena_new(1 << 20);
        AUTO_ARENA *own = arena_new(1 << 20);
        struct uri_query form;
        struct value value;
        struct why why = {0};
        CHECK_OK(form_read(mem,
                           STR("Attributes.entry.1.key=a&Attributes.entry.1.value=1&"
                               "Tags.member.1.Key=x&Tags.member.1.Value=y"),
                           &form, &why));
        fault_start(i);
        enum status status = value_from_form(&form, S_sns_CreateTopicInput, own, &value, &why);
        struck = fault_stop();
        CHECK_STATUS(status, struck ? STATUS_NO_MEMORY : STATUS_OK);
        n += struck;
    }
    assert_true(n > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_make_the_tree_that_their_names_say),
        cmocka_unit_test(what_does_not_fit_is_refused_by_name),
        cmocka_unit_test(odd_numbers_do_not_tear_groups_apart),
        cmocka_unit_test(each_failed_allocation_is_told),
    };
    return RUN_TESTS("value_form", tests);
}
