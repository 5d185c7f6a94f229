/* bench_door.c: what one request costs from its line to its reply, without a network: route, input,
 * validation, the handler over a store of 1,000 things and as many certificates in a file, JSON.
 * For the gates; goal P9 is measured over HTTP (bench_api.py). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/access_cache.h"
#include "account/finding_prefix.h"
#include "account/iam_grant.h"
#include "account/iam_user.h"
#include "api/door.h"
#include "api/page.h"
#include "base/limits.h"
#include "bench.h"
#include "fleet.h"

enum { RESOURCES = 1000, FINDINGS = 20000, FINDINGS_DEEP = 15000, TOKEN_MAX = 1024 };

#define AUDIT "0123456789abcdef0123456789abcdef"
#define CHECK "DEVICE_CERTIFICATE_EXPIRING_CHECK"

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
    struct str body; /* absent: GET */
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
        exchange.request =
            (struct http_request){.method = str_absent(asked->body) ? STR("GET") : STR("POST"),
                                  .path = asked->path,
                                  .query = asked->query,
                                  .body = str_absent(asked->body) ? STR("") : asked->body};
        door_handle(&exchange, asked->site->door);
        if (exchange.reply.status != 200 || exchange.reply.body.len < asked->least) {
            fprintf(stderr, "bench_door: %.*s: status %d\n", STR_ARG(asked->path),
                    exchange.reply.status);
            exit(2);
        }
        arena_free(exchange.mem);
    }
}

/* ---- findings -------------------------------------------------------------------------------- */

static enum status put_finding(struct store_tx *tx, struct str prefix, int number, struct why *why)
{
    char id[160];
    char key[96];
    snprintf(id, sizeof id, "%.*s%012d-0123456789abcdef01234567", STR_ARG(prefix), number);
    snprintf(key, sizeof key, "deviceCertificateId=%064d", number);
    const struct finding row = {.id = str_from(id),
                                .task = STR(AUDIT),
                                .check_name = STR(CHECK),
                                .severity = STR("MEDIUM"),
                                .task_started = FLEET_NOW,
                                .found = FLEET_NOW,
                                .resource_type = STR("DEVICE_CERTIFICATE"),
                                .resource_key = str_from(key),
                                .reason_code = STR("CERTIFICATE_APPROACHING_EXPIRATION"),
                                .reason = STR("Certificate is approaching its expiration.")};
    return store_put(tx, TABLE(finding), &row, why);
}

static enum status make_findings(struct store_tx *tx, void *ctx, struct why *why)
{
    const struct audit_task task = {.id = STR(AUDIT),
                                    .kind = STR("ON_DEMAND_AUDIT_TASK"),
                                    .status = STR("COMPLETED"),
                                    .started = FLEET_NOW,
                                    .finished = FLEET_NOW};
    struct str prefix;
    AUTO_ARENA *mem = arena_new(1 << 16);
    (void)ctx;
    TRY_PTR(mem);
    enum status status = store_insert(tx, TABLE(audit_task), &task, why);
    if (status == STATUS_EXISTS) {
        return STATUS_OK; /* the file is of an earlier run */
    }
    TRY(status);
    TRY(finding_prefix(mem, task.id, STR(CHECK), &prefix, why));
    for (int i = 0; i < FINDINGS; i++) {
        TRY(put_finding(tx, prefix, i, why));
    }
    return STATUS_OK;
}

static struct str findings_body(char *body, size_t size, int max, const char *token)
{
    snprintf(body, size, "{\"taskId\":\"" AUDIT "\",\"maxResults\":%d%s%s%s}", max,
             token[0] == '\0' ? "" : ",\"nextToken\":\"", token, token[0] == '\0' ? "" : "\"");
    return str_from(body);
}

/* One page; the token of the next replaces the one given. */
static void turn_page(struct site *site, char token[TOKEN_MAX])
{
    static const char member[] = "\"nextToken\":\"";
    char body[TOKEN_MAX + 128];
    struct http_exchange exchange = {.mem = arena_new(LIMIT_REQUEST_MEMORY), .finish = finish};
    exchange.request = (struct http_request){.method = STR("POST"),
                                             .path = STR("/audit/findings"),
                                             .body = findings_body(body, sizeof body, 250, token)};
    door_handle(&exchange, site->door);
    const char *reply = str_z(exchange.mem, exchange.reply.body);
    const char *at = reply == NULL ? NULL : strstr(reply, member);
    if (exchange.reply.status != 200 || at == NULL) {
        fprintf(stderr, "bench_door: findings: status %d, or no next page\n",
                exchange.reply.status);
        exit(2);
    }
    at += sizeof member - 1;
    snprintf(token, TOKEN_MAX, "%.*s", (int)strcspn(at, "\""), at);
    arena_free(exchange.mem);
}

/* The request for a page of 50 that begins so deep in the list. */
static struct str deep_page(struct site *site, char *body, size_t size)
{
    char token[TOKEN_MAX] = "";
    site->caller = STR("arn:aws:iam::123456789012:root");
    for (int seen = 0; seen < FINDINGS_DEEP; seen += 250) {
        turn_page(site, token);
    }
    return findings_body(body, size, 50, token);
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
    fleet_must(access_cache_new(&site->env.access, &why), &why);
    fleet_must(store_write(site->env.store, make_user, site, &why), &why);
    fleet_must(store_write(site->env.store, make_findings, site, &why), &why);
    fleet_must(door_new(&options, &site->door, &why), &why);
}

int main(int argc, char **argv)
{
    static struct site site;
    char first_body[TOKEN_MAX + 128];
    char deep_body[TOKEN_MAX + 128];
    open_site(&site, argv[0]);
    const struct str root = STR("arn:aws:iam::123456789012:root");
    const struct str ann = STR("arn:aws:iam::123456789012:user/ann");
    struct asked describe = {&site, STR("/things/device-00000000"), STR_ABSENT, 100, root};
    struct asked by_user = {&site, STR("/things/device-00000000"), STR_ABSENT, 100, ann};
    struct asked things = {&site, STR("/things"), STR("maxResults=50"), 5000, root};
    struct asked certificates = {&site, STR("/certificates"), STR("pageSize=50"), 10000, root};
    struct asked findings = {&site,      STR("/audit/findings"),
                             STR_ABSENT, 10000,
                             root,       findings_body(first_body, sizeof first_body, 50, "")};
    struct asked deep = findings;
    deep.body = deep_page(&site, deep_body, sizeof deep_body);
    const struct bench rows[] = {
        {.goal = "P9", .name = "list-findings-50", .ours = {"ours", ask, &findings}, .batch = 50},
        {.goal = "P9", .name = "list-findings-50-deep", .ours = {"ours", ask, &deep}, .batch = 50},
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
    access_cache_free(site.env.access);
    store_close(site.env.store);
    return status;
}
