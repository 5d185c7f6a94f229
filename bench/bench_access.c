/* bench_access.c: may this caller, may this role do that: the price of authorizing a request and a
 * mitigation step.
 *
 * A user holds one managed policy and one inline policy, a role the same. caller-may opens the user
 * anew for each request, as the API does; role-ask asks a role that was opened once, as a task
 * does. The reference only parses the user's two documents with jansson.
 */
#include <stdio.h>
#include <stdlib.h>

#include "account/iam_grant.h"
#include "account/iam_policy.h"
#include "account/iam_role.h"
#include "account/iam_user.h"
#include "account/role.h"
#include "bench.h"
#include "ref_jansson.h"

enum { ARENA_MAX = 16 << 20 };

#define USER "arn:aws:iam::123456789012:user/ann"
#define CERT "arn:aws:iot:us-east-1:123456789012:cert/0123456789abcdef"

static const struct str TRUST = STR_INIT(
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
    "\"iot.amazonaws.com\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{\"ArnLike\":"
    "{\"aws:SourceArn\":\"arn:aws:iot:*:123456789012:*\"},\"StringEquals\":"
    "{\"aws:SourceAccount\":\"123456789012\"}}}]}");
static const struct str MANAGED = STR_INIT(
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Audits\",\"Effect\":\"Allow\","
    "\"Action\":[\"iot:StartOnDemandAuditTask\",\"iot:CancelAuditTask\",\"iot:DescribeAuditTask\","
    "\"iot:ListAuditTasks\",\"iot:ListAuditFindings\",\"iot:UpdateCertificate\"],\"Resource\":"
    "\"arn:aws:iot:*:123456789012:*\"}]}");
static const struct str INLINE = STR_INIT(
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"FromTheOffice\",\"Effect\":\"Deny\","
    "\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"NotIpAddressIfExists\":"
    "{\"aws:SourceIp\":[\"192.0.2.0/24\",\"198.51.100.0/24\"]}}}]}");

struct data {
    struct account_ctx ctx;
    struct store *store;
    struct arena *kept; /* what role-ask keeps open */
    uint64_t seed;
    const struct role_opened *role;
};

static void need(enum status status, const struct why *why)
{
    if (status != STATUS_OK) {
        fprintf(stderr, "bench_access: %s\n", why->text);
        exit(2);
    }
}

static enum status fill(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct iam_role_create role = {.name = STR("off"), .trust = TRUST};
    const struct iam_policy_create policy = {.name = STR("p"), .document = MANAGED};
    struct iam_role row;
    struct iam_user user;
    struct iam_managed managed;
    (void)arg;
    TRY(iam_role_create(ctx, &role, &row, why));
    TRY(iam_user_create(ctx, STR("ann"), STR_ABSENT, (struct tags){0}, &user, why));
    TRY(iam_policy_create(ctx, &policy, &managed, why));
    TRY(iam_attach(ctx, IAM_ROLE, STR("off"), managed.arn, why));
    TRY(iam_attach(ctx, IAM_USER, STR("ann"), managed.arn, why));
    TRY(iam_inline_put(ctx, IAM_ROLE, STR("off"), STR("i"), INLINE, why));
    return iam_inline_put(ctx, IAM_USER, STR("ann"), STR("i"), INLINE, why);
}

static struct data *make_data(void)
{
    static struct data data;
    struct why why = {.text = "out of memory"};
    const struct store_options options = {.path = STR_ABSENT};
    data.seed = 1;
    data.kept = arena_new(ARENA_MAX);
    data.ctx = (struct account_ctx){.id = {STR("123456789012"), STR("us-east-1")},
                                    .clock = clock_system(),
                                    .rnd = rnd_seeded_for_tests(&data.seed),
                                    .mem = data.kept};
    struct account_call call = {.ctx = &data.ctx, .run = fill};
    need(store_open(&options, &data.store, &why), &why);
    need(store_write(data.store, account_call_run, &call, &why), &why);
    need(store_read_begin(data.store, &data.ctx.tx, &why), &why);
    need(role_open(&data.ctx, STR("arn:aws:iam::123456789012:role/off"), &data.role, &why), &why);
    data.ctx.mem = arena_new(ARENA_MAX);
    return &data;
}

static void must_be_allowed(const struct access_decision *decision)
{
    if (!decision->allowed) {
        fprintf(stderr, "bench_access: %.*s\n", STR_ARG(decision->sentence));
        exit(2);
    }
}

static void callers(void *ctx, size_t n)
{
    struct data *data = ctx;
    const struct access_value from = {STR("aws:SourceIp"), STR("192.0.2.7")};
    const struct access_request request = {STR("iot:UpdateCertificate"), STR(CERT), &from, 1};
    for (size_t i = 0; i < n; i++) {
        struct access_decision decision;
        struct why why;
        need(caller_may(&data->ctx, STR(USER), &request, &decision, &why), &why);
        must_be_allowed(&decision);
        arena_clear(data->ctx.mem);
    }
}

static void roles(void *ctx, size_t n)
{
    struct data *data = ctx;
    const struct access_value from = {STR("aws:SourceIp"), STR("192.0.2.7")};
    const struct role_use use = {.action = STR("iot:UpdateCertificate"),
                                 .resource = STR(CERT),
                                 .values = &from,
                                 .n_values = 1};
    for (size_t i = 0; i < n; i++) {
        struct access_decision decision;
        struct why why;
        need(role_ask(&data->ctx, data->role, &use, &decision, &why), &why);
        must_be_allowed(&decision);
        arena_clear(data->ctx.mem);
    }
}

static void parse(void *ctx, size_t n)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        ref_jansson_parse(MANAGED.ptr, MANAGED.len);
        ref_jansson_parse(INLINE.ptr, INLINE.len);
    }
}

int main(int argc, char **argv)
{
    struct data *data = make_data();
    const struct bench rows[] = {
        {
            .goal = "access",
            .name = "caller-may",
            .ours = {"ours", callers, data},
            .reference = {"jansson", parse, NULL},
            .batch = 1000,
            .floor = 0.5,
        },
        {
            .goal = "access",
            .name = "role-ask",
            .ours = {"ours", roles, data},
            .reference = {"jansson", parse, NULL},
            .batch = 1000,
            .floor = 1.0,
        },
    };
    return bench_main(argc, argv, rows, sizeof rows / sizeof rows[0]);
}
