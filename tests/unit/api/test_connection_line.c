/* Lines of a history of connections, in the forms of the guides. */
#include "api/connection_line.h"

#include "lib/check.h"

static struct arena *mem;

static int set_up(void **state)
{
    (void)state;
    mem = arena_new(1 << 20);
    return mem == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

static struct session_event read_event(const char *line)
{
    struct session_event event = {.at = TIME_NEVER};
    bool is_event = false;
    CHECK_OK(connection_line_read(str_from(line), mem, &event, &is_event, NULL));
    assert_true(is_event);
    return event;
}

static void lifecycle_events_are_read(void **state)
{
    (void)state;
    struct session_event e = read_event(
        "{\"clientId\":\"186b5\",\"timestamp\":1573002230757,\"eventType\":\"connected\","
        "\"sessionIdentifier\":\"a4666d2a7d844ae4ac5d7b38c9cb7967\",\"principalIdentifier\":"
        "\"12345678901234567890123456789012345678901234567890123456789012AB\","
        "\"ipAddress\":\"192.0.2.0\",\"versionNumber\":0,\"new\":{\"x\":[1]}}");
    assert_true(e.begins);
    assert_int_equal(e.at, INT64_C(1573002230757));
    CHECK_STR(e.client, "186b5");
    CHECK_STR(e.session, "a4666d2a7d844ae4ac5d7b38c9cb7967");
    CHECK_STR(e.principal, "12345678901234567890123456789012345678901234567890123456789012ab");
    assert_int_equal(e.kind, SESSION_CERTIFICATE);
    CHECK_STR(e.address, "192.0.2.0");
    e = read_event("{\"clientId\":\"186b5\",\"timestamp\":1573002340451,\"eventType\":"
                   "\"disconnected\",\"disconnectReason\":\"MQTT_KEEP_ALIVE_TIMEOUT\"}");
    assert_false(e.begins);
    CHECK_STR(e.reason, "MQTT_KEEP_ALIVE_TIMEOUT");
}

static void log_lines_are_read(void **state)
{
    (void)state;
    struct session_event e = read_event(
        "{\"timestamp\":\"2017-08-10 15:37:23.476\",\"status\":\"Success\",\"eventType\":"
        "\"Connect\",\"clientId\":\"c\",\"principalId\":\"us-east-1:11111111-2222-3333-4444-"
        "555555555555\",\"sourceIp\":\"205.251.233.181\",\"cognitoIdentityPoolId\":\"pool\"}");
    assert_int_equal(e.at, INT64_C(1502379443476));
    assert_int_equal(e.kind, SESSION_COGNITO);
    CHECK_STR(e.pool, "pool");
    CHECK_STR(e.address, "205.251.233.181");
    e = read_event("{\"timestamp\":\"2017-08-10T17:37:23.476+02:00\",\"eventType\":\"Disconnect\","
                   "\"clientId\":\"c\",\"reason\":\"DUPLICATE_CLIENT_ID\",\"disconnectReason\":"
                   "\"CLIENT_INITIATED_DISCONNECT\"}");
    assert_int_equal(e.at, INT64_C(1502379443476));
    CHECK_STR(e.reason, "DUPLICATE_CLIENTID");
}

static void other_lines_are_skipped(void **state)
{
    (void)state;
    const char *const lines[] = {
        "{\"eventType\":\"Publish-In\",\"clientId\":\"c\"}",
        "{\"eventType\":\"connect_failed\",\"clientId\":\"c\",\"timestamp\":1}",
        "{\"eventType\":\"Connect\",\"status\":\"Failure\",\"clientId\":\"c\",\"timestamp\":1}",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct session_event event = {.at = TIME_NEVER};
        bool is_event = true;
        CHECK_OK(connection_line_read(str_from(lines[i]), mem, &event, &is_event, NULL));
        assert_false(is_event);
    }
}

static void what_cannot_be_read_is_refused_with_its_reason(void **state)
{
    (void)state;
    const struct {
        const char *line;
        enum status status;
        const char *says;
    } rows[] = {
        {"nonsense", STATUS_MALFORMED, "byte 0"},
        {"[]", STATUS_INVALID, "object"},
        {"{}", STATUS_INVALID, "no eventType"},
        {"{\"eventType\":\"connected\",\"clientId\":\"c\"}", STATUS_INVALID, "no timestamp"},
        {"{\"eventType\":\"connected\",\"timestamp\":5}", STATUS_INVALID, "no clientId"},
        {"{\"eventType\":\"connected\",\"clientId\":\"c\",\"timestamp\":-5}", STATUS_INVALID,
         "1970"},
        {"{\"eventType\":\"connected\",\"clientId\":\"c\",\"timestamp\":\"yesterday\"}",
         STATUS_INVALID, "yesterday"},
        {"{\"eventType\":\"connected\",\"clientId\":\"c\",\"timestamp\":\"2017-13-10 15:37:23\"}",
         STATUS_INVALID, ""},
        {"{\"eventType\":\"connected\",\"clientId\":\"c\",\"clientId\":\"d\",\"timestamp\":5}",
         STATUS_MALFORMED, "twice"},
        {"{\"eventType\":\"connected\",\"clientId\":7,\"timestamp\":5}", STATUS_INVALID, "string"},
        {"{\"eventType\":\"connected\",\"clientId\":\"c\",\"timestamp\":5}x", STATUS_MALFORMED, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct session_event event = {.at = TIME_NEVER};
        struct why why = {.code = STATUS_OK};
        bool is_event = false;
        CHECK_STATUS(connection_line_read(str_from(rows[i].line), mem, &event, &is_event, &why),
                     rows[i].status);
        if (strstr(why.text, rows[i].says) == NULL) {
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].line, why.text, rows[i].says);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lifecycle_events_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(log_lines_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_lines_are_skipped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_refused_with_its_reason, set_up,
                                        tear_down),
    };
    return RUN_TESTS("connection_line", tests);
}
