/* test_guest.c: the whole guest in a broker that the test plays: messages of the daemon go in by
 * guest_take, the broker's events by their functions, events come out of the ring. Time is the
 * test's. The link's socket, TLS and the real broker are the integration tests'. */
#include "plugin/guest.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <stdio.h>

#include "base/arena.h"
#include "fake_broker.h"
#include "lib/check.h"
#include "lib/fault.h"

#include "base/banned.h"

static const char everything[] = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                                 "\"Action\":\"iot:*\",\"Resource\":\"*\"}]}";
static const char own_topics[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:Connect\","
    "\"Resource\":\"*\"},{\"Effect\":\"Allow\",\"Action\":[\"iot:Publish\",\"iot:Receive\"],"
    "\"Resource\":\"arn:aws:iot:us-east-1:123456789012:topic/${iot:ClientId}/*\"}]}";

struct world {
    int64_t now; /* steady and wall alike */
    uint64_t seed;
    struct guest *guest;
    struct fake_broker broker;
};

static const uint8_t instance[LINK_ID_BYTES] = "instance";

static void take(struct world *world, enum link_type type, struct link_message message)
{
    struct why why = {0};
    message.type = type;
    if (guest_take(world->guest, &message, &why) != STATUS_OK) {
        fail_msg("%s: %s", link_type_name(type), why.text);
    }
}

static void welcome(struct world *world, bool whole)
{
    take(world, LINK_WELCOME,
         (struct link_message){.as.welcome = {.protocol = LINK_PROTOCOL,
                                              .instance = {instance, LINK_ID_BYTES},
                                              .account = STR("123456789012"),
                                              .region = STR("us-east-1"),
                                              .now = world->now,
                                              .whole = whole}});
    world->guest->uplink.greeted = true;
}

static void take_policy(struct world *world, uint64_t id, const char *document)
{
    take(world, LINK_POLICY,
         (struct link_message){
             .as.policy = {
                 .id = id, .name = STR("p"), .version = 1, .document = str_from(document)}});
}

static void take_principal(struct world *world, unsigned certificate, uint64_t policy,
                           enum link_certificate state)
{
    uint8_t fingerprint[LINK_DIGEST_BYTES];
    uint8_t room[16];
    fake_fingerprint(certificate, fingerprint);
    struct link_rows ids = link_rows_of(room, sizeof room);
    assert_true(link_rows_add_number(&ids, &(struct link_number){policy}));
    take(world, LINK_PRINCIPAL,
         (struct link_message){.as.principal = {.fingerprint = {fingerprint, LINK_DIGEST_BYTES},
                                                .state = state,
                                                .not_after = INT64_MAX,
                                                .revoked = TIME_NEVER,
                                                .policies = link_rows_list(&ids)}});
}

static void take_state(struct world *world)
{
    take(world, LINK_STATE,
         (struct link_message){.as.state = {world->guest->state + 1, world->now}});
}

static int set_up(void **state)
{
    struct world *world = mem_alloc(sizeof *world);
    assert_non_null(world);
    world->now = 1000000;
    world->seed = 7;
    fake_broker = &world->broker;
    struct guest_options options = {
        .socket = "/nonexistent/broker.sock",
        .name = "test",
        .version = "0",
        .wall = clock_fixed(&world->now),
        .steady = clock_fixed(&world->now),
        .rnd = rnd_seeded_for_tests(&world->seed),
    };
    CHECK_OK(guest_new(&options, &world->guest, NULL));
    world->broker.guest = world->guest;
    world->guest->uplink.next = INT64_MAX; /* it does not dial */
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    guest_free(world->guest);
    mem_free(world);
    return 0;
}

static void whole_state(struct world *world)
{
    welcome(world, true);
    take_policy(world, 1, everything);
    take_policy(world, 2, own_topics);
    take_principal(world, 1, 1, LINK_CERTIFICATE_ACTIVE);
    take_principal(world, 2, 2, LINK_CERTIFICATE_ACTIVE);
    take_state(world);
}

static struct mosquitto client_of(const char *id, unsigned certificate)
{
    return (struct mosquitto){.id = id,
                              .address = "10.0.0.1",
                              .state = 3,
                              .protocol_version = 4,
                              .keepalive = 60,
                              .clean = true,
                              .certificate = certificate};
}

static int connects(struct world *world, struct mosquitto *client)
{
    int answer = guest_authenticate(world->guest, client);
    if (answer == MOSQ_ERR_SUCCESS) {
        world->broker.clients[world->broker.n_clients++] = client;
    }
    return answer;
}

static int asks(struct world *world, struct mosquitto *client, int access, const char *topic)
{
    struct mosquitto_evt_acl_check question = {
        .client = client, .topic = topic, .payload = "x", .payloadlen = 1, .access = access};
    return guest_authorize(MOSQ_EVT_ACL_CHECK, &question, world->guest);
}

/* The next event that waits, and it is taken away. False: none. */
static bool next_event(struct world *world, struct link_message *ret)
{
    static uint8_t copy[1 << 20];
    struct bytes unsent = ring_unsent(&world->guest->ring);
    struct bytes frame;
    size_t used;
    CHECK_OK(link_frame(unsent, &frame, &used, NULL));
    if (frame.ptr == NULL) {
        return false;
    }
    memcpy(copy, frame.ptr, frame.len);
    CHECK_OK(link_decode((struct bytes){copy, frame.len}, LINK_UP, ret, NULL));
    ring_sent(&world->guest->ring, used);
    ring_ack(&world->guest->ring, link_sequence(ret));
    return true;
}

static struct link_message event_of(struct world *world, enum link_type type)
{
    struct link_message message;
    while (next_event(world, &message)) {
        if (message.type == type) {
            return message;
        }
    }
    fail_msg("no %s", link_type_name(type));
    return message;
}

static void tick(struct world *world, int64_t ms)
{
    world->now += ms;
    guest_tick(world->guest);
}

static void nobody_comes_in_before_the_first_state(void **state)
{
    struct world *world = *state;
    struct mosquitto client = client_of("a", 1);
    assert_int_equal(connects(world, &client), MOSQ_ERR_AUTH);
    assert_int_equal(event_of(world, LINK_REFUSED).as.refused.why, LINK_REFUSAL_PENDING);
    welcome(world, true);
    take_policy(world, 1, everything);
    take_principal(world, 1, 1, LINK_CERTIFICATE_ACTIVE);
    assert_int_equal(connects(world, &client), MOSQ_ERR_AUTH);
    take_state(world);
    assert_int_equal(connects(world, &client), MOSQ_ERR_SUCCESS);
    guest_reloading(world->guest);
    assert_int_equal(strlen(client.username), 2 * LINK_DIGEST_BYTES);
    tick(world, 100);
    assert_int_equal(strlen(client.username), 0);
}

static void a_connection_may_what_its_policies_say(void **state)
{
    struct world *world = *state;
    struct mosquitto all = client_of("all", 1);
    struct mosquitto own = client_of("own", 2);
    whole_state(world);
    assert_int_equal(connects(world, &all), MOSQ_ERR_SUCCESS);
    assert_int_equal(connects(world, &own), MOSQ_ERR_SUCCESS);
    for (int again = 0; again < 3; again++) { /* decided, then known */
        assert_int_equal(asks(world, &all, MOSQ_ACL_WRITE, "other/1"), MOSQ_ERR_SUCCESS);
        assert_int_equal(asks(world, &own, MOSQ_ACL_WRITE, "own/1"), MOSQ_ERR_SUCCESS);
        assert_int_equal(asks(world, &own, MOSQ_ACL_READ, "own/1"), MOSQ_ERR_SUCCESS);
        assert_int_equal(asks(world, &own, MOSQ_ACL_WRITE, "other/1"), MOSQ_ERR_ACL_DENIED);
        assert_int_equal(asks(world, &own, MOSQ_ACL_SUBSCRIBE, "own/#"), MOSQ_ERR_ACL_DENIED);
        assert_int_equal(asks(world, &own, 99, "own/1"), MOSQ_ERR_ACL_DENIED);
    }
    struct link_message denied = event_of(world, LINK_DENIED);
    CHECK_STR(denied.as.denied.topic, "other/1");
    CHECK_STR(denied.as.denied.client, "own");
}

/* A topic that is longer than what is kept, and others that differ in their last byte alone. */
static void kept_answers_are_of_the_very_topic(void **state)
{
    struct world *world = *state;
    struct mosquitto own = client_of("own", 2);
    char topic[2 * ANSWER_TOPIC_MAX];
    whole_state(world);
    assert_int_equal(connects(world, &own), MOSQ_ERR_SUCCESS);
    for (size_t len = 4; len < sizeof topic - 1; len++) {
        for (int i = 0; i < 8; i++) {
            snprintf(topic, sizeof topic, i % 2 == 0 ? "own/" : "owm/");
            memset(topic + 4, 'a' + i, len - 4);
            topic[len] = '\0';
            assert_int_equal(asks(world, &own, MOSQ_ACL_WRITE, topic),
                             i % 2 == 0 ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED);
        }
    }
    char *longest = mem_alloc(TOPIC_MAX + 2);
    assert_non_null(longest);
    memset(longest, 'x', TOPIC_MAX + 1);
    memcpy(longest, "own/", 4);
    assert_int_equal(asks(world, &own, MOSQ_ACL_WRITE, longest), MOSQ_ERR_ACL_DENIED);
    longest[TOPIC_MAX] = '\0';
    assert_int_equal(asks(world, &own, MOSQ_ACL_WRITE, longest), MOSQ_ERR_SUCCESS);
    mem_free(longest);
}

static void a_change_of_policy_reaches_who_holds_it(void **state)
{
    struct world *world = *state;
    struct mosquitto all = client_of("all", 1);
    struct mosquitto own = client_of("own", 2);
    whole_state(world);
    assert_int_equal(connects(world, &all), MOSQ_ERR_SUCCESS);
    assert_int_equal(connects(world, &own), MOSQ_ERR_SUCCESS);
    take_policy(world, 1, own_topics);
    /* before the tick: the former document is not read any more */
    assert_int_equal(asks(world, &all, MOSQ_ACL_WRITE, "other/1"), MOSQ_ERR_ACL_DENIED);
    assert_int_equal(asks(world, &all, MOSQ_ACL_WRITE, "all/1"), MOSQ_ERR_SUCCESS);
    take_policy(world, 2, "{\"Version\":\"2012-10-17\",\"Statement\":[]}");
    take_state(world);
    tick(world, 100);
    assert_int_equal(world->broker.kicks, 1);
    struct link_message gone = event_of(world, LINK_DISCONNECTED);
    CHECK_STR(gone.as.disconnected.client, "own");
    assert_int_equal(gone.as.disconnected.reason, LINK_END_FORBIDDEN_ACCESS);
    struct link_message done = event_of(world, LINK_CUT_DONE);
    assert_int_equal(done.as.cut_done.n, 1);
    assert_int_equal(done.as.cut_done.cut - done.as.cut_done.decided, 100);
}

static void a_policy_that_is_missing_or_unreadable_denies_all(void **state)
{
    struct world *world = *state;
    struct mosquitto client = client_of("a", 3);
    whole_state(world);
    take_principal(world, 3, 77, LINK_CERTIFICATE_ACTIVE);
    assert_int_equal(connects(world, &client), MOSQ_ERR_AUTH);
    take_policy(world, 77, "{\"Version\":");
    assert_int_equal(connects(world, &client), MOSQ_ERR_AUTH);
    assert_non_null(strstr(world->broker.log, "cannot be read"));
    take_policy(world, 77, everything);
    assert_int_equal(connects(world, &client), MOSQ_ERR_SUCCESS);
    take(world, LINK_POLICY_GONE, (struct link_message){.as.policy_gone = {77}});
    assert_int_equal(asks(world, &client, MOSQ_ACL_WRITE, "a"), MOSQ_ERR_ACL_DENIED);
    tick(world, 100);
    assert_int_equal(world->broker.kicks, 1);
    assert_null(policies_find(&world->guest->judge.policies, 77) == NULL
                    ? NULL
                    : policies_find(&world->guest->judge.policies, 77)->doc);
}

static void who_loses_the_certificate_may_nothing_at_once(void **state)
{
    struct world *world = *state;
    struct mosquitto a = client_of("a", 1);
    struct mosquitto b = client_of("b", 1);
    struct mosquitto other = client_of("own", 2);
    whole_state(world);
    assert_int_equal(connects(world, &a), MOSQ_ERR_SUCCESS);
    assert_int_equal(connects(world, &b), MOSQ_ERR_SUCCESS);
    assert_int_equal(connects(world, &other), MOSQ_ERR_SUCCESS);
    take_principal(world, 1, 1, LINK_CERTIFICATE_REVOKED);
    assert_int_equal(asks(world, &a, MOSQ_ACL_WRITE, "a/1"), MOSQ_ERR_ACL_DENIED);
    assert_int_equal(asks(world, &b, MOSQ_ACL_READ, "b/1"), MOSQ_ERR_ACL_DENIED);
    assert_int_equal(asks(world, &other, MOSQ_ACL_WRITE, "own/1"), MOSQ_ERR_SUCCESS);
    tick(world, 100);
    assert_int_equal(world->broker.kicks, 2);
    /* its will, which comes after it */
    assert_int_equal(asks(world, &a, MOSQ_ACL_WRITE, "will"), MOSQ_ERR_ACL_DENIED);
    take(world, LINK_PRINCIPAL_GONE,
         (struct link_message){
             .as.principal_gone = {{other.certificate == 2 ? instance : NULL, 0}}});
    assert_int_equal(world->broker.kicks, 2);
}

static void a_will_is_judged_after_the_end(void **state)
{
    struct world *world = *state;
    struct mosquitto own = client_of("own", 2);
    whole_state(world);
    assert_int_equal(connects(world, &own), MOSQ_ERR_SUCCESS);
    guest_disconnected(world->guest, &own);
    take_policy(world, 2, own_topics); /* its documents moved meanwhile */
    assert_int_equal(asks(world, &own, MOSQ_ACL_WRITE, "own/will"), MOSQ_ERR_SUCCESS);
    assert_int_equal(asks(world, &own, MOSQ_ACL_WRITE, "other/will"), MOSQ_ERR_ACL_DENIED);
    assert_int_equal(asks(world, &own, MOSQ_ACL_READ, "own/1"), MOSQ_ERR_SUCCESS); /* queued */
    guest_disconnected(world->guest, &own); /* the broker says it again when it stops */
    tick(world, 2000);
    assert_int_equal(world->guest->n_departed, 0);
    assert_int_equal(asks(world, &own, MOSQ_ACL_WRITE, "own/will"), MOSQ_ERR_ACL_DENIED);
    struct link_message event;
    size_t ends = 0;
    while (next_event(world, &event)) {
        ends += event.type == LINK_DISCONNECTED;
    }
    assert_int_equal(ends, 1);
}

static void ends_have_their_reasons(void **state)
{
    struct world *world = *state;
    static const struct {
        int broker_state;
        int64_t silent_ms;
        enum link_end end;
    } rows[] = {
        {2, 0, LINK_END_CLIENT_INITIATED_DISCONNECT}, {17, 0, LINK_END_DUPLICATE_CLIENTID},
        {3, 1000, LINK_END_CONNECTION_LOST},          {3, 91000, LINK_END_MQTT_KEEP_ALIVE_TIMEOUT},
        {3, 200000, LINK_END_CONNECTION_LOST},        {9, 0, LINK_END_UNKNOWN},
    };
    whole_state(world);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mosquitto client = client_of("c", 1);
        assert_int_equal(guest_authenticate(world->guest, &client), MOSQ_ERR_SUCCESS);
        tick(world, rows[i].silent_ms);
        client.state = rows[i].broker_state;
        guest_disconnected(world->guest, &client);
        assert_int_equal(event_of(world, LINK_DISCONNECTED).as.disconnected.reason, rows[i].end);
    }
}

static void a_second_connection_of_a_client_id_replaces_the_first(void **state)
{
    struct world *world = *state;
    struct mosquitto first = client_of("c", 1);
    struct mosquitto second = client_of("c", 1);
    whole_state(world);
    assert_int_equal(connects(world, &first), MOSQ_ERR_SUCCESS);
    assert_int_equal(connects(world, &second), MOSQ_ERR_SUCCESS);
    first.state = 9; /* a broker that does not show its states */
    guest_disconnected(world->guest, &first);
    struct link_message gone = event_of(world, LINK_DISCONNECTED);
    assert_int_equal(gone.as.disconnected.reason, LINK_END_DUPLICATE_CLIENTID);
    assert_int_equal(gone.as.disconnected.session, 1);
    assert_int_equal(guest_connection_of(world->guest, STR("c"))->session, 2);
    /* after a reload the broker asks again about those who are in */
    assert_int_equal(guest_authenticate(world->guest, &second), MOSQ_ERR_SUCCESS);
    assert_int_equal(world->guest->sessions, 2);
}

static void who_may_not_be_a_client_cannot_get_it_banned(void **state)
{
    struct world *world = *state;
    struct mosquitto owner = client_of("mine", 1);
    struct mosquitto thief = client_of("mine", 3);
    whole_state(world);
    take_policy(world, 3,
                "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":"
                "\"iot:Connect\",\"Resource\":"
                "\"arn:aws:iot:us-east-1:123456789012:client/other\"}}");
    take_principal(world, 3, 3, LINK_CERTIFICATE_ACTIVE);
    take(world, LINK_SETTINGS,
         (struct link_message){.as.settings = {
                                   .client_connects = 2,
                                   .client_window_ms = 60000,
                                   .client_ban_ms = 1000,
                               }});
    for (int i = 0; i < 10; i++) {
        assert_int_equal(connects(world, &thief), MOSQ_ERR_AUTH);
        assert_int_equal(event_of(world, LINK_REFUSED).as.refused.why, LINK_REFUSAL_POLICY);
    }
    assert_int_equal(clients_find(&world->guest->clients, STR("mine"))->auth_failures, 10);
    /* its own attempts are counted from none, and do get it banned */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(connects(world, &owner), MOSQ_ERR_SUCCESS);
        guest_disconnected(world->guest, &owner);
    }
    assert_int_equal(connects(world, &owner), MOSQ_ERR_AUTH);
    assert_int_equal(event_of(world, LINK_REFUSED).as.refused.why, LINK_REFUSAL_BANNED);
    assert_int_equal(clients_find(&world->guest->clients, STR("mine"))->auth_failures, 10);
    tick(world, 1001);
    assert_int_equal(connects(world, &owner), MOSQ_ERR_SUCCESS);
}

static void a_whole_state_sweeps_what_it_does_not_name(void **state)
{
    struct world *world = *state;
    struct mosquitto a = client_of("a", 1);
    whole_state(world);
    assert_int_equal(connects(world, &a), MOSQ_ERR_SUCCESS);
    welcome(world, true);
    take_policy(world, 2, own_topics);
    take_principal(world, 2, 2, LINK_CERTIFICATE_ACTIVE);
    assert_int_equal(asks(world, &a, MOSQ_ACL_WRITE, "x"), MOSQ_ERR_SUCCESS); /* not yet */
    take_state(world);
    for (int i = 0; i < 3; i++) {
        tick(world, 100);
    }
    assert_int_equal(world->broker.kicks, 1);
    assert_int_equal(world->guest->principals.n, 2); /* the one waits for its will */
    tick(world, 2000);
    assert_int_equal(world->guest->principals.n, 1);
    assert_int_equal(world->guest->judge.policies.n, 1);
}

static void the_state_ages_only_without_the_daemon(void **state)
{
    struct world *world = *state;
    struct mosquitto a = client_of("a", 1);
    struct mosquitto b = client_of("b", 1);
    whole_state(world);
    take(world, LINK_SETTINGS,
         (struct link_message){.as.settings = {.max_age_ms = 1000, .fail_closed = 1}});
    tick(world, 100000);
    world->guest->uplink.greeted = true;
    tick(world, 100);
    assert_int_equal(connects(world, &a), MOSQ_ERR_SUCCESS);
    world->guest->uplink.greeted = false;
    tick(world, 900);
    assert_int_equal(connects(world, &b), MOSQ_ERR_SUCCESS);
    tick(world, 200);
    assert_int_equal(world->broker.kicks, 2);
    assert_int_equal(connects(world, &b), MOSQ_ERR_AUTH);
}

/* Whatever allocation fails: an answer, no crash, and never more than the policies allow. */
static void without_memory_nobody_gets_more_than_is_his(void **state)
{
    struct world *world = *state;
    whole_state(world);
    for (size_t n = 0;; n++) {
        struct mosquitto own = client_of("own", 2);
        fault_start(n);
        int answer = guest_authenticate(world->guest, &own);
        bool may_other = asks(world, &own, MOSQ_ACL_WRITE, "other/1") == MOSQ_ERR_SUCCESS;
        bool struck = fault_stop();
        assert_false(may_other);
        assert_true(answer == MOSQ_ERR_SUCCESS || struck);
        if (answer == MOSQ_ERR_SUCCESS) {
            guest_disconnected(world->guest, &own);
            tick(world, 2000);
        }
        if (!struck) {
            break;
        }
        assert_true(n < 100);
    }
}

int main(void)
{
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_WORLD(nobody_comes_in_before_the_first_state),
        IN_WORLD(a_connection_may_what_its_policies_say),
        IN_WORLD(kept_answers_are_of_the_very_topic),
        IN_WORLD(a_change_of_policy_reaches_who_holds_it),
        IN_WORLD(a_policy_that_is_missing_or_unreadable_denies_all),
        IN_WORLD(who_loses_the_certificate_may_nothing_at_once),
        IN_WORLD(a_will_is_judged_after_the_end),
        IN_WORLD(ends_have_their_reasons),
        IN_WORLD(a_second_connection_of_a_client_id_replaces_the_first),
        IN_WORLD(who_may_not_be_a_client_cannot_get_it_banned),
        IN_WORLD(a_whole_state_sweeps_what_it_does_not_name),
        IN_WORLD(the_state_ages_only_without_the_daemon),
        IN_WORLD(without_memory_nobody_gets_more_than_is_his),
    };
    return RUN_TESTS("plugin/guest", tests);
}
