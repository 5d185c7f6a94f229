/* bench_plugin.c: goal P7, the plugin's own part: what each question of the broker costs, with
 * 1,000 connections and 10,000 policies; cutting off one of 1,000,000 registered; the size of a
 * connection. The broker is the stand-in of the unit tests; bench_broker.py measures a real one.
 */
#include <malloc.h>
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "fake_broker.h"
#include "plugin/guest.h"

enum { CLIENTS = 1000, POLICIES_EACH = 10, REGISTERED = 1000000, CUTS = 200 };

/* What the goals allow: bytes of an idle connection, ns of a decision's median, us of a cut. */
enum { IDLE_BYTES_MAX = 1024, DECISION_NS_MAX = 500, CUT_US_MAX = 1000 };

struct world {
    int64_t now;
    uint64_t seed;
    struct guest *guest;
    struct fake_broker broker;
    struct mosquitto clients[CLIENTS];
    char ids[CLIENTS][16];
    char topics[CLIENTS][32];
};

static void take(struct world *world, enum link_type type, struct link_message message)
{
    struct why why = {0};
    message.type = type;
    if (guest_take(world->guest, &message, &why) != STATUS_OK) {
        fprintf(stderr, "%s: %s\n", link_type_name(type), why.text);
        exit(2);
    }
}

static void register_one(struct world *world, const uint8_t *fingerprint, uint64_t first,
                         uint64_t n_policies, enum link_certificate state)
{
    uint8_t room[256];
    struct link_rows ids = link_rows_of(room, sizeof room);
    for (uint64_t i = 0; i < n_policies; i++) {
        link_rows_add_number(&ids, &(struct link_number){first + i});
    }
    take(world, LINK_PRINCIPAL,
         (struct link_message){.as.principal = {.fingerprint = {fingerprint, LINK_DIGEST_BYTES},
                                                .state = state,
                                                .not_after = INT64_MAX,
                                                .revoked = TIME_NEVER,
                                                .policies = link_rows_list(&ids)}});
}

static void add_policies(struct world *world, unsigned client)
{
    char text[1024];
    for (unsigned i = 0; i < POLICIES_EACH; i++) {
        snprintf(text, sizeof text,
                 "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
                 "\"iot:Connect\",\"Resource\":\"arn:aws:iot:us-east-1:123456789012:client/"
                 "${iot:ClientId}\"},{\"Effect\":\"Allow\",\"Action\":[\"iot:Publish\","
                 "\"iot:Receive\"],\"Resource\":\"arn:aws:iot:us-east-1:123456789012:topic/%s/"
                 "${iot:ClientId}/%u/*\"}]}",
                 i == 0 ? "dev" : "other", client + i);
        take(world, LINK_POLICY,
             (struct link_message){.as.policy = {.id = client * POLICIES_EACH + i + 1,
                                                 .name = STR("p"),
                                                 .document = str_from(text)}});
    }
}

static void add_client(struct world *world, unsigned i)
{
    uint8_t fingerprint[LINK_DIGEST_BYTES];
    snprintf(world->ids[i], sizeof world->ids[i], "c%u", i);
    snprintf(world->topics[i], sizeof world->topics[i], "dev/c%u/%u/up", i, i);
    world->clients[i] = (struct mosquitto){.id = world->ids[i],
                                           .address = "10.0.0.1",
                                           .state = 3,
                                           .protocol_version = 4,
                                           .keepalive = 60,
                                           .clean = true,
                                           .certificate = i + 1};
    add_policies(world, i);
    fake_fingerprint(i + 1, fingerprint);
    register_one(world, fingerprint, i * POLICIES_EACH + 1, POLICIES_EACH, LINK_CERTIFICATE_ACTIVE);
}

static void connect_one(struct world *world, unsigned i)
{
    if (guest_authenticate(world->guest, &world->clients[i]) != MOSQ_ERR_SUCCESS) {
        fprintf(stderr, "%s is refused: %s\n", world->ids[i], world->broker.log);
        exit(2);
    }
    ring_ack(&world->guest->ring, UINT64_MAX);
}

static void ask(struct world *world, unsigned i, int access, const char *topic, int want)
{
    struct mosquitto_evt_acl_check question = {.client = &world->clients[i],
                                               .topic = topic,
                                               .payload = "x",
                                               .payloadlen = 1,
                                               .access = access};
    if (guest_authorize(MOSQ_EVT_ACL_CHECK, &question, world->guest) != want) {
        fprintf(stderr, "%s, %s: not %d\n", world->ids[i], topic, want);
        exit(2);
    }
}

/* A message that is like the last: one question for publish, one for receive. */
static void message(void *ctx, size_t n)
{
    struct world *world = ctx;
    for (size_t i = 0; i < n; i++) {
        ask(world, i % CLIENTS, MOSQ_ACL_WRITE, world->topics[i % CLIENTS], MOSQ_ERR_SUCCESS);
        ask(world, i % CLIENTS, MOSQ_ACL_READ, world->topics[i % CLIENTS], MOSQ_ERR_SUCCESS);
    }
}

static struct world *make_world(void)
{
    static const uint8_t instance[LINK_ID_BYTES] = "instance";
    struct world *world = calloc(1, sizeof *world);
    world->now = 1000000;
    world->seed = 7;
    fake_broker = &world->broker;
    struct guest_options options = {
        .socket = "/nonexistent/broker.sock",
        .name = "bench",
        .version = "0",
        .wall = clock_fixed(&world->now),
        .steady = clock_fixed(&world->now),
        .rnd = rnd_seeded_for_tests(&world->seed),
    };
    if (guest_new(&options, &world->guest, NULL) != STATUS_OK) {
        exit(2);
    }
    world->broker.guest = world->guest;
    world->guest->uplink.next = INT64_MAX;
    take(world, LINK_WELCOME,
         (struct link_message){.as.welcome = {.protocol = LINK_PROTOCOL,
                                              .instance = {instance, LINK_ID_BYTES},
                                              .account = STR("123456789012"),
                                              .region = STR("us-east-1"),
                                              .now = world->now,
                                              .whole = 1}});
    world->guest->uplink.greeted = true;
    world->guest->settings.storm_connects = 0;
    for (unsigned i = 0; i < CLIENTS; i++) {
        add_client(world, i);
    }
    take(world, LINK_STATE, (struct link_message){.as.state = {1, world->now}});
    while (world->guest->sweeping) {
        world->now += 10;
        guest_tick(world->guest);
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        connect_one(world, i);
    }
    message(world, CLIENTS); /* what is asked once is asked */
    return world;
}

/* A topic that was not asked for before: ten policies, twenty statements. */
static void decide(void *ctx, size_t n)
{
    struct world *world = ctx;
    char topic[64];
    for (size_t i = 0; i < n; i++) {
        unsigned c = (unsigned)(i % CLIENTS);
        memcpy(topic, world->topics[c], sizeof world->topics[c]);
        size_t len = strlen(topic);
        snprintf(topic + len, sizeof topic - len, "/%zu", i);
        ask(world, c, MOSQ_ACL_WRITE, topic, MOSQ_ERR_SUCCESS);
    }
}

/* A client comes and goes: digest of its certificate, policies, the decision, both events. */
static void come_and_go(void *ctx, size_t n)
{
    struct world *world = ctx;
    for (size_t i = 0; i < n; i++) {
        guest_disconnected(world->guest, &world->clients[i % CLIENTS]);
        connect_one(world, (unsigned)(i % CLIENTS));
    }
}

static void storm(void *ctx, size_t n)
{
    struct world *world = ctx;
    static struct mosquitto visitor = {.id = "visitor", .address = "10.0.0.2", .certificate = 1};
    world->guest->settings.storm_connects = 1;
    for (size_t i = 0; i < n; i++) {
        if (i % 1000 == 0) {
            ring_ack(&world->guest->ring, UINT64_MAX);
        }
        (void)guest_authenticate(world->guest, &visitor);
    }
    world->guest->settings.storm_connects = 0;
}

/* What a connection of a device with one policy takes, from the allocator's books. */
static double idle_bytes(struct world *world)
{
    enum { MORE = 1000 };
    static struct mosquitto clients[MORE];
    static char ids[MORE][16];
    uint8_t fingerprint[LINK_DIGEST_BYTES];
    fake_fingerprint(CLIENTS + 1, fingerprint);
    register_one(world, fingerprint, 1, 1, LINK_CERTIFICATE_ACTIVE);
    size_t before = mallinfo2().uordblks;
    for (unsigned i = 0; i < MORE; i++) {
        snprintf(ids[i], sizeof ids[i], "idle-%u", i);
        clients[i] = world->clients[0];
        clients[i].id = ids[i];
        clients[i].certificate = CLIENTS + 1;
        if (guest_authenticate(world->guest, &clients[i]) != MOSQ_ERR_SUCCESS) {
            exit(2);
        }
        ring_ack(&world->guest->ring, UINT64_MAX);
    }
    return (double)(mallinfo2().uordblks - before) / MORE;
}

static double now_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of the broker's time: the row comes, the next tick closes the connection. */
static double worst_cut_us(struct world *world)
{
    double worst = 0;
    for (uint64_t i = 0; i < REGISTERED; i++) {
        uint8_t fingerprint[LINK_DIGEST_BYTES] = {0};
        uint64_t number = i * UINT64_C(0x9e3779b97f4a7c15);
        memcpy(fingerprint, &number, sizeof number);
        register_one(world, fingerprint, 1 + i % (CLIENTS * POLICIES_EACH), 1,
                     LINK_CERTIFICATE_ACTIVE);
    }
    for (unsigned i = 0; i < CUTS; i++) {
        uint8_t fingerprint[LINK_DIGEST_BYTES];
        fake_fingerprint(i + 1, fingerprint);
        world->broker.clients[0] = &world->clients[i];
        world->broker.n_clients = 1;
        double began = now_us();
        register_one(world, fingerprint, i * POLICIES_EACH + 1, POLICIES_EACH,
                     LINK_CERTIFICATE_INACTIVE);
        world->now += 10;
        guest_tick(world->guest);
        double took = now_us() - began;
        worst = took > worst ? took : worst;
        if (world->broker.kicks != i + 1) {
            fprintf(stderr, "connection %u was not closed\n", i);
            exit(2);
        }
    }
    return worst;
}

static double median_decision_ns(struct world *world)
{
    enum { ROUNDS = 101, AT_ONCE = 1000 };
    double took[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        double began = now_us();
        message(world, AT_ONCE);
        took[i] = (now_us() - began) * 1000 / AT_ONCE / 2;
    }
    qsort(took, ROUNDS, sizeof took[0], by_size);
    return took[ROUNDS / 2];
}

static bool print_bound(const char *name, double figure, double most, const char *unit)
{
    bool ok = figure <= most;
    printf("{\"goal\":\"P7\",\"name\":\"%s\",\"ours\":%.1f,\"unit\":\"%s\",\"most\":%.0f,\"ok\":%s}"
           "\n",
           name, figure, unit, most, ok ? "true" : "false");
    return ok;
}

int main(int argc, char **argv)
{
    struct world *world = make_world();
    const struct bench rows[] = {
        {.goal = "P7", .name = "plugin-question", .batch = 10000, .ours = {"ours", message, world}},
        {.goal = "P7", .name = "plugin-decide", .batch = 1000, .ours = {"ours", decide, world}},
        {.goal = "P7",
         .name = "plugin-connect",
         .batch = 1000,
         .ours = {"ours", come_and_go, world}},
        {.goal = "P7", .name = "plugin-storm", .batch = 10000, .ours = {"ours", storm, world}},
    };
    int code = bench_main(argc, argv, rows, sizeof rows / sizeof rows[0]);
    if (bench_is_gate(argc, argv) || code == 2) {
        return code;
    }
    bool ok = print_bound("plugin-idle-connection", idle_bytes(world), IDLE_BYTES_MAX, "bytes");
    ok &= print_bound("plugin-decision", median_decision_ns(world), DECISION_NS_MAX, "ns");
    ok &= print_bound("plugin-cut-of-a-million", worst_cut_us(world), CUT_US_MAX, "us");
    return ok ? code : 1;
}
