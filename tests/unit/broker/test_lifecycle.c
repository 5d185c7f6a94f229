/* Lifecycle events, word for word. */
#include "broker/lifecycle.h"

#include "lib/check.h"
#include "link/codec.h"

enum { MEMORY = 4 << 20 };

static void events_say_what_AWS_says(void **state)
{
    (void)state;
    uint8_t memory[64];
    struct link_rows rows = link_rows_of(memory, sizeof memory);
    link_rows_add_text(&rows, &(struct link_text){STR("a/#")});
    const struct link_list topics = link_rows_list(&rows);
    const struct {
        struct lifecycle event;
        const char *topic, *json;
    } cases[] = {
        {{.kind = LIFECYCLE_CONNECTED,
          .at = 5,
          .client = STR("c"),
          .session = STR("s"),
          .principal = STR("p"),
          .thing = STR("t"),
          .address = STR("192.0.2.1"),
          .version = 3},
         "$aws/events/presence/connected/c",
         "{\"clientId\":\"c\",\"timestamp\":5,\"eventType\":\"connected\","
         "\"sessionIdentifier\":\"s\",\"principalIdentifier\":\"p\",\"thingName\":\"t\","
         "\"ipAddress\":\"192.0.2.1\",\"versionNumber\":3}"},
        {{.kind = LIFECYCLE_DISCONNECTED,
          .client = STR("c"),
          .reason = STR("CLIENT_INITIATED_DISCONNECT")},
         "$aws/events/presence/disconnected/c",
         "{\"clientId\":\"c\",\"timestamp\":0,\"eventType\":\"disconnected\","
         "\"clientInitiatedDisconnect\":true,"
         "\"disconnectReason\":\"CLIENT_INITIATED_DISCONNECT\",\"versionNumber\":0}"},
        {{.kind = LIFECYCLE_CONNECT_FAILED, .client = STR("c")},
         "$aws/events/presence/connect_failed/c",
         "{\"clientId\":\"c\",\"timestamp\":0,\"eventType\":\"connect_failed\","
         "\"connectFailureReason\":\"AUTHORIZATION_FAILED\"}"},
        {{.kind = LIFECYCLE_UNSUBSCRIBED, .client = STR("c"), .topics = &topics},
         "$aws/events/subscriptions/unsubscribed/c",
         "{\"clientId\":\"c\",\"timestamp\":0,\"eventType\":\"unsubscribed\",\"topics\":[\"a/"
         "#\"]}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_ARENA *mem = arena_new(MEMORY);
        struct str topic, json;
        CHECK_OK(lifecycle_write(&cases[i].event, mem, &topic, &json, NULL));
        CHECK_STR(topic, cases[i].topic);
        CHECK_STR(json, cases[i].json);
    }
}

static void a_client_that_would_be_a_filter_has_none(void **state)
{
    (void)state;
    static const char *const clients[] = {"a#", "+", ""};
    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
        AUTO_ARENA *mem = arena_new(MEMORY);
        struct str topic = STR("x"), json;
        const struct lifecycle event = {.client = str_from(clients[i])};
        CHECK_OK(lifecycle_write(&event, mem, &topic, &json, NULL));
        assert_true(str_absent(topic));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_say_what_AWS_says),
        cmocka_unit_test(a_client_that_would_be_a_filter_has_none),
    };
    return RUN_TESTS("broker/lifecycle", tests);
}
