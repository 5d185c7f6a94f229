/* bench_door.c: what one request costs from its line to its reply, without a network: route, input,
 * validation, the handler over a store of 1,000 things and as many certificates in a file, JSON.
 * For the gates; goal P9 is measured over HTTP (bench_api.py). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/iam_grant.h"
#include "account/iam_user.h"
#include "api/door.h"
#include "api/page.h"
#include "base/limits.h"
#include "bench.h"
#include "fleet.h"

enum { RESOURCES = 1000 };

struct site {
    struct door *door;
    struct page_key page_key;
    int64_t now;
    struct api_env env;
    struct str caller; /* ARN of who asks */
};

struct asked {
    struct site *site;
    struct str path, query;
    size_t least; /* bytes of a good reply */
    struct str caller;
};

static void finish(struct http_exchange *exchange)
{
    (void)exchange;
}

static enum status authenticate(void *ctx, const struct http_request *request, struct arena *mem,
                                struct caller *ret, struct why *why)
{
    const struct site *site = ctx;
    (void)request;
    (void)mem;
    (void)why;
    *ret = (struct caller){.key_id = STR("AKIABENCH"), .arn = site->caller, .service = STR("iot")};
    return STATUS_OK;
}

static void ask(void *ctx, size_t n)
{
    const struct asked *asked = ctx;
    asked->site->caller = asked->caller;
    for (size_t i = 0; i < n; i++) {
        struct http_exchange exchange = {.mem = arena_new(LIMIT_REQUEST_MEMORY), .finish = finish};
        exchange.request = (struct http_request){
            .method = STR("GET"), .path = asked->path, .query = asked->query, .body = STR("")};
        door_handle(&exchange, asked->site->door);
        if (exchange.reply.status != 200 || exchange.reply.body.len < asked->least) {
            fprintf(stderr, "bench_door: %.*s: status %d\n", STR_ARG(asked->path),
                    exchange.reply.status);
            exit(2);
        }
        arena_free(exchange.mem);
    }
}

/* A user as an operator makes them: a policy of his own and two of AWS's. */
static enum status make_user(struct store_tx *tx, void *ctx, struct why *why)
{
    static const char own[] =
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":["
        "\"iot:Describe*\",\"iot:List*\",\"iot:Get*\"],\"Resource\":\"*\"},{\"Effect\":\"Deny\","
        "\"Action\":\"iot:*\",\"Resource\":\"arn:aws:iot:*:*:thing/secret-*\",\"Condition\":{"
        "\"NotIpAddress\":{\"aws:SourceIp\":[\"192.0.2.0/24\",\"127.0.0.0/8\"]}}}]}";
    static const struct str attached[] = {
        STR_INIT("arn:aws:iam::aws:policy/service-role/AWSIoTDeviceDefenderAudit"),
        STR_INIT("arn:aws:iam::aws:policy/service-role/AWSIoTLogging")};
    const struct site *site = ctx;
    AUTO_ARENA *mem = arena_new(1 << 20);
    TRY_PTR(mem);
    const struct account_ctx account = {
        .id = site->env.id, .clock = site->env.clock, .rnd = site->env.rnd, .mem = mem, .tx = tx};
    const struct str name = STR("ann");
    struct iam_user user;
    enum status status = iam_user_create(&account, name, STR_ABSENT, (struct tags){0}, &user, why);
    if (status == STATUS_EXISTS) {
        return STATUS_OK; /* the file is of an earlier run */
    }
    TRY(status);
    TRY(iam_inline_put(&account, IAM_USER, name, STR("own"), str_from(own), why));
    TRY(iam_attach(&account, IAM_USER, name, attached[0], why));
    return iam_attach(&account, IAM_USER, name, attached[1], why);
}

static void open_site(struct site *site, const char *program)
{
    struct why why;
    char path[512];
    const char *slash = strrchr(program, '/');
    int folder = slash == NULL ? 0 : (int)(slash - program + 1);
    const struct fleet fleet = {.certificates = RESOURCES, .things = RESOURCES};
    snprintf(path, sizeof path, "%.*sfleet-door.db", folder, program);
    site->now = FLEET_NOW;
    site->env = (struct api_env){.id = fleet_account(),
                                 .clock = clock_fixed(&site->now),
                                 .rnd = rnd_system(),
                                 .store = fleet_open(path, &fleet),
                                 .page_key = &site->page_key,
                                 .endpoint = STR("broker.example")};
    const struct door_options options = {.env = &site->env,
                                         .handlers = handlers,
                                         .authenticate = authenticate,
                                         .authenticate_ctx = site};
    fleet_must(store_write(site->env.store, make_user, site, &why), &why);
    fleet_must(door_new(&options, &site->door, &why), &why);
}

int main(int argc, char **argv)
{
    static struct site site;
    open_site(&site, argv[0]);
    const struct str root = STR("arn:aws:iam::123456789012:root");
    const struct str ann = STR("arn:aws:iam::123456789012:user/ann");
    struct asked describe = {&site, STR("/things/device-00000000"), STR_ABSENT, 100, root};
    struct asked by_user = {&site, STR("/things/device-00000000"), STR_ABSENT, 100, ann};
    struct asked things = {&site, STR("/things"), STR("maxResults=50"), 5000, root};
    struct asked certificates = {&site, STR("/certificates"), STR("pageSize=50"), 10000, root};
    const struct bench rows[] = {
        {.goal = "P9", .name = "describe-thing", .ours = {"ours", ask, &describe}, .batch = 500},
        {.goal = "P9", .name = "describe-by-user", .ours = {"ours", ask, &by_user}, .batch = 500},
        {.goal = "P9", .name = "list-things-50", .ours = {"ours", ask, &things}, .batch = 50},
        {.goal = "P9",
         .name = "list-certificates-50",
         .ours = {"ours", ask, &certificates},
         .batch = 50},
    };
    int status = bench_main(argc, argv, rows, sizeof rows / sizeof rows[0]);
    door_free(site.door);
    store_close(site.env.store);
    return status;
}
