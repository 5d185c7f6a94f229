#include "request.h"

static struct router *router;
static struct pattern_set *set;

static const char name_129[] =
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

struct bad {
    const char *line, *header, *body;
    enum status status;
    const char *says;
};

/* The sentence that follows "1 validation error detected: ". */
#define AT(value, place, rule)                                                                     \
    "1 validation error detected: Value" value " at '" place                                       \
    "' failed to satisfy constraint: Member must " rule

static const struct bad bad_requests[] = {
    /* bounds of what stands in the path */
    {"POST /things/a%20b", NULL, "{}", STATUS_OUT_OF_BOUNDS,
     AT(" 'a b'", "thingName", "satisfy regular expression pattern: [a-zA-Z0-9:_-]+")},
    {"GET /audit/tasks/12345678901234567890123456789012345678901", NULL, NULL, STATUS_OUT_OF_BOUNDS,
     AT(" '12345678901234567890123456789012345678901'", "taskId",
        "have length less than or equal to 40")},
    {"GET /policies/p/version/one", NULL, NULL, STATUS_OUT_OF_BOUNDS,
     AT(" 'one'", "policyVersionId", "satisfy regular expression pattern: [0-9]+")},
    /* the query */
    {"GET /things?maxResults=0", NULL, NULL, STATUS_OUT_OF_BOUNDS,
     AT(" '0'", "maxResults", "have value greater than or equal to 1")},
    {"GET /things?maxResults=251", NULL, NULL, STATUS_OUT_OF_BOUNDS,
     AT(" '251'", "maxResults", "have value less than or equal to 250")},
    {"GET /things?maxResults=many", NULL, NULL, STATUS_UNREADABLE,
     "maxResults: \"many\" is not a whole number of 32 bits"},
    {"GET /things?maxResults=9999999999", NULL, NULL, STATUS_UNREADABLE,
     "maxResults: \"9999999999\" is not a whole number of 32 bits"},
    {"GET /things?maxResults=", NULL, NULL, STATUS_UNREADABLE,
     "maxResults: \"\" is not a whole number of 32 bits"},
    {"GET /things?maxResults=1&maxResults=2", NULL, NULL, STATUS_UNREADABLE,
     "maxResults occurs twice in the query"},
    {"GET /things?maxResults=%zz", NULL, NULL, STATUS_UNREADABLE,
     "maxResults: a percent sign is not followed by two hex digits"},
    {"GET /certificates?isAscendingOrder=yes", NULL, NULL, STATUS_UNREADABLE,
     "isAscendingOrder: \"yes\" is not true or false"},
    {"GET /audit/tasks?startTime=yesterday&endTime=2026-01-02T00:00:00Z", NULL, NULL,
     STATUS_UNREADABLE, "startTime: \"yesterday\" is not a time as 2026-01-02T03:04:05Z"},
    {"GET /audit/tasks?startTime=2026-01-01T00:00:00Z", NULL, NULL, STATUS_OUT_OF_BOUNDS,
     AT("", "endTime", "not be null")},
    {"PUT "
     "/certificates/"
     "0000000000000000000000000000000000000000000000000000000000000000?newStatus=GONE",
     NULL, NULL, STATUS_OUT_OF_BOUNDS,
     AT(" 'GONE'", "newStatus",
        "satisfy enum value set: [ACTIVE, INACTIVE, REVOKED, PENDING_TRANSFER, REGISTER_INACTIVE, "
        "PENDING_ACTIVATION]")},
    /* headers */
    {"PUT /things/lamp/principals", NULL, NULL, STATUS_OUT_OF_BOUNDS,
     AT("", "principal", "not be null")},
    {"PUT /things/lamp/principals", "x-amzn-principal: \xFF", NULL, STATUS_UNREADABLE,
     "x-amzn-principal is not UTF-8 text"},
    /* the body */
    {"POST /policies/p", NULL, "{}", STATUS_OUT_OF_BOUNDS, AT("", "policyDocument", "not be null")},
    {"POST /policies/p", NULL, "", STATUS_OUT_OF_BOUNDS, AT("", "policyDocument", "not be null")},
    {"POST /policies/p", NULL, "{\"policyDocument\":null}", STATUS_OUT_OF_BOUNDS,
     AT("", "policyDocument", "not be null")},
    {"POST /policies/p", NULL, "{\"policyDocument\":1}", STATUS_UNREADABLE,
     "policyDocument: a string is expected, and a number is sent"},
    {"POST /policies/p", NULL, "{\"policyDocument\":\"a\",\"policyDocument\":\"b\"}",
     STATUS_UNREADABLE, "policyDocument: this member is sent twice"},
    /* blobs: base64, bounded in the bytes it stands for */
    {"POST /authorizer/a/test", NULL, "{\"mqttContext\":{\"password\":\"AA=\"}}", STATUS_UNREADABLE,
     "mqttContext.password: base64 is expected, and another text is sent"},
    {"POST /authorizer/a/test", NULL, "{\"mqttContext\":{\"password\":\"\"}}", STATUS_OUT_OF_BOUNDS,
     AT("", "mqttContext.password", "have length greater than or equal to 1")},
    {"POST /things/lamp", NULL, "[]", STATUS_UNREADABLE,
     "the body: an object is expected, and an array is sent"},
    {"POST /things/lamp", NULL, "{\"attributePayload\":{\"attributes\":[]}}", STATUS_UNREADABLE,
     "attributePayload.attributes: an object is expected, and an array is sent"},
    {"POST /things/lamp", NULL, "{\"attributePayload\":{\"attributes\":{\"a b\":\"x\"}}}",
     STATUS_OUT_OF_BOUNDS,
     AT(" 'a b'", "attributePayload.attributes.a b",
        "satisfy regular expression pattern: [a-zA-Z0-9_.,@/:#-]+")},
    {"POST /things/lamp", NULL, "{\"attributePayload\":{\"merge\":\"yes\"}}", STATUS_UNREADABLE,
     "attributePayload.merge: a boolean is expected, and a string is sent"},
    {"POST /tags", NULL, "{\"resourceArn\":\"arn\",\"tags\":[{\"Key\":\"a\"},{\"Value\":\"b\"}]}",
     STATUS_OUT_OF_BOUNDS, AT("", "tags.2.member.Key", "not be null")},
    {"POST /tags", NULL, "{\"resourceArn\":\"arn\",\"tags\":[{\"Key\":\"a\"},7]}",
     STATUS_UNREADABLE, "tags.2: an object is expected, and a number is sent"},
    {"POST /audit/findings", NULL, "{\"startTime\":1e300}", STATUS_UNREADABLE,
     "startTime: a time in the years 1 to 9999 is expected, and another number is sent"},
    {"POST /audit/findings", NULL, "{\"startTime\":true}", STATUS_UNREADABLE,
     "startTime: a number is expected, and a boolean is sent"},
    {"POST /audit/findings", NULL, "{\"maxResults\":1.5}", STATUS_UNREADABLE,
     "maxResults: a whole number of 32 bits is expected, and another number is sent"},
    {"POST /audit/tasks", NULL, "{\"targetCheckNames\":\"X\"}", STATUS_UNREADABLE,
     "targetCheckNames: an array is expected, and a string is sent"},
    /* the payload */
    {"POST /loggingOptions", NULL, "", STATUS_OUT_OF_BOUNDS,
     AT("", "loggingOptionsPayload", "not be null")},
    {"POST /loggingOptions", NULL, "{\"logLevel\":\"INFO\"}", STATUS_OUT_OF_BOUNDS,
     AT("", "loggingOptionsPayload.roleArn", "not be null")},
    {"POST /loggingOptions", NULL, "{\"roleArn\":\"r\",\"logLevel\":\"LOUD\"}",
     STATUS_OUT_OF_BOUNDS,
     AT(" 'LOUD'", "loggingOptionsPayload.logLevel",
        "satisfy enum value set: [DEBUG, INFO, ERROR, WARN, DISABLED]")},
};

static void a_bad_request_is_told_its_member_and_its_bound(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad_requests) / sizeof(bad_requests[0]); i++) {
        const struct bad *bad = &bad_requests[i];
        AUTO_ARENA *mem = arena_new(LIMIT_REQUEST_MEMORY);
        const struct value *in = NULL;
        struct why why = {0};
        struct http_header room;
        struct http_request request = request_make(bad->line, bad->header, bad->body, &room);
        enum status status = request_admit(router, set, &request, mem, &in, &why);
        if (status != bad->status || strcmp(why.text, bad->says) != 0) {
            fail_msg("%s %s\n got %s \"%s\"\nwant %s \"%s\"", bad->line,
                     bad->body == NULL ? "" : bad->body, status_name(status), why.text,
                     status_name(bad->status), bad->says);
        }
    }
}

static enum status admit(const char *line, const char *header, const char *body, struct arena *mem,
                         const struct value **ret, struct why *why)
{
    struct http_header room;
    struct http_request request = request_make(line, header, body, &room);
    return request_admit(router, set, &request, mem, ret, why);
}

static void what_is_not_json_is_told_where(void **state)
{
    (void)state;
    static const char *const bodies[] = {"{",
                                         "{\"a\":}",
                                         "nul",
                                         "{} {}",
                                         "{\"a\":\"\\ud800\"}",
                                         "\xEF\xBB\xBF{}",
                                         "{\"policyDocument\":\"\xFF\"}"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        AUTO_ARENA *mem = arena_new(LIMIT_REQUEST_MEMORY);
        const struct value *in;
        struct why why = {0};
        CHECK_STATUS(admit("POST /policies/p", NULL, bodies[i], mem, &in, &why), STATUS_UNREADABLE);
        assert_int_equal(why.code, STATUS_UNREADABLE);
        assert_true(why.text[0] != '\0');
    }
}

static void lengths_are_counted_in_characters(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(LIMIT_REQUEST_MEMORY);
    const struct value *in;
    struct why why;
    char body[1200] = "{\"resourceArn\":\"arn\",\"tags\":[{\"Key\":\"";
    for (int i = 0; i < 128; i++) {
        memcpy(body + strlen(body), "\xC3\xA9\0", 3);
    }
    memcpy(body + strlen(body), "\"}]}", 5);
    CHECK_OK(admit("POST /tags", NULL, body, mem, &in, &why));
    memcpy(body + strlen(body) - 4, "e\"}]}", 6);
    CHECK_STATUS(admit("POST /tags", NULL, body, mem, &in, &why), STATUS_OUT_OF_BOUNDS);
    assert_non_null(strstr(why.text, "have length less than or equal to 128"));
}

static void several_faults_are_counted_and_named(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(LIMIT_REQUEST_MEMORY);
    const struct value *in;
    struct why why;
    CHECK_STATUS(admit("POST /role-aliases/a%20b", NULL, "{\"credentialDurationSeconds\":1}", mem,
                       &in, &why),
                 STATUS_OUT_OF_BOUNDS);
    assert_string_equal(
        why.text,
        "3 validation errors detected: Value '1' at 'credentialDurationSeconds' failed to satisfy "
        "constraint: Member must have value greater than or equal to 900; Value 'a b' at "
        "'roleAlias' failed to satisfy constraint: Member must satisfy regular expression pattern: "
        "[\\w=,@-]+; Value at 'roleArn' failed to satisfy constraint: Member must not be null");
}

static void a_long_value_is_cut_between_characters(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(LIMIT_REQUEST_MEMORY);
    const struct value *in;
    struct why why;
    char line[200];
    snprintf(line, sizeof(line), "GET /things/%s", name_129);
    CHECK_STATUS(admit(line, NULL, NULL, mem, &in, &why), STATUS_OUT_OF_BOUNDS);
    assert_non_null(strstr(why.text, "aaa...' at 'thingName'"));
    assert_null(strstr(why.text, name_129));
}

static void many_faults_cost_no_memory_each(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(LIMIT_REQUEST_MEMORY);
    const struct value *in;
    struct why why;
    char *body = arena_alloc(mem, LIMIT_BODY_BYTES);
    size_t n = (size_t)snprintf(body, 64, "{\"resourceArn\":\"arn\",\"tags\":[{}");
    while (n < LIMIT_BODY_BYTES / 4) {
        memcpy(body + n, ",{}", 3);
        n += 3;
    }
    memcpy(body + n, "]}", 3);
    AUTO_ARENA *own = arena_new(LIMIT_REQUEST_MEMORY);
    CHECK_STATUS(admit("POST /tags", NULL, body, own, &in, &why), STATUS_OUT_OF_BOUNDS);
    assert_non_null(strstr(why.text, "validation errors detected"));
}

static void good_requests_pass(void **state)
{
    (void)state;
    static const struct {
        const char *line, *header, *body;
    } rows[] = {
        {"POST /things/lamp", NULL,
         "{\"thingTypeName\":\"t\",\"attributePayload\":{\"attributes\":{\"a\":\"\"}}}"},
        {"POST /things/lamp", NULL, NULL},
        {"POST /things/lamp", NULL,
         "{\"unknown\":[1,{\"x\":null}],\"thingName\":\"ignored here\"}"},
        {"GET /things?nextToken=a%2Fb&unknown=%20&attributeName=a", NULL, NULL},
        {"GET /things?", NULL, NULL},
        {"GET /audit/tasks?startTime=2026-01-02T03:04:05.678000Z&endTime=2026-01-02T03:04:05Z",
         NULL, NULL},
        {"POST /audit/findings", NULL,
         "{\"startTime\":1596168096,\"endTime\":\"2026-01-02T03:04:05Z\"}"},
        {"POST /loggingOptions", NULL, "{\"roleArn\":\"r\",\"logLevel\":\"INFO\"}"},
        {"PUT /things/lamp/principals", "X-Amzn-Principal: arn:aws:iot:us-east-1:1:cert/ab", NULL},
        {"GET /things", NULL, "this operation takes no body"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *mem = arena_new(LIMIT_REQUEST_MEMORY);
        const struct value *in;
        struct why why = {0};
        if (admit(rows[i].line, rows[i].header, rows[i].body, mem, &in, &why) != STATUS_OK) {
            fail_msg("%s: %s", rows[i].line, why.text);
        }
    }
}

static void a_reply_must_fit_its_shape(void **state)
{
    (void)state;
    static const struct {
        enum op_id op;
        const char *body;
        const char *says; /* NULL: it fits */
    } rows[] = {
        {OP_CreateThing, "{\"thingName\":\"a\",\"thingArn\":\"x\",\"thingId\":\"y\"}", NULL},
        {OP_CreateThing, "{}", NULL},
        {OP_CreateThing, "{\"thingNam\":\"a\"}",
         "CreateThing: the reply does not fit its shape: thingNam: no such member is expected, and "
         "one is sent"},
        {OP_CreateThing, "{\"thingName\":7}",
         "CreateThing: the reply does not fit its shape: thingName: a string is expected, and a "
         "number is sent"},
        {OP_CreateThing, "{\"thingName\":\"a b\"}",
         "CreateThing: the reply does not fit its shape: 1 validation error detected: Value 'a b' "
         "at 'thingName' failed to satisfy constraint: Member must satisfy regular expression "
         "pattern: [a-zA-Z0-9:_-]+"},
        {OP_CreateThing, "",
         "CreateThing: the reply does not fit its shape: unexpected end of the text"},
        {OP_DeletePolicy, "", NULL},
        {OP_DeletePolicy, "{}", "DeletePolicy: the reply has a body"},
        {OP_CancelAuditTask, "{}", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *mem = arena_new(1 << 20);
        struct why why = {0};
        enum status status =
            validate_reply(set, &operations[rows[i].op], str_from(rows[i].body), mem, &why);
        CHECK_STATUS(status, rows[i].says == NULL ? STATUS_OK : STATUS_INTERNAL);
        if (rows[i].says != NULL && rows[i].body[0] != '\0') {
            assert_string_equal(why.text, rows[i].says);
        }
    }
}

int main(void)
{
    struct why why;
    if (router_new(&router, &why) != STATUS_OK || pattern_set_new(&set, &why) != STATUS_OK) {
        fprintf(stderr, "%s\n", why.text);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_request_is_told_its_member_and_its_bound),
        cmocka_unit_test(what_is_not_json_is_told_where),
        cmocka_unit_test(lengths_are_counted_in_characters),
        cmocka_unit_test(several_faults_are_counted_and_named),
        cmocka_unit_test(a_long_value_is_cut_between_characters),
        cmocka_unit_test(many_faults_cost_no_memory_each),
        cmocka_unit_test(good_requests_pass),
        cmocka_unit_test(a_reply_must_fit_its_shape),
    };
    int failed = RUN_TESTS("validate", tests);
    pattern_set_free(set);
    router_free(router);
    return failed;
}
