/* What the policies of a device come to together, and CLIENT_ID_UNRESTRICTED_CHECK. */
#include "audit/device_rights.h"

#include "audit_fixture.h"

#define ID_A "aaaa000000000000000000000000000000000000000000000000000000000000"
#define ID_B "bbbb000000000000000000000000000000000000000000000000000000000000"
#define ARN  "arn:aws:iot:us-east-1:123456789012:"

static const char any_id[] = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                             "\"Action\":\"iot:Connect\",\"Resource\":\"" ARN "client/*\"}]}";
static const char said_id[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
    "\"Action\":\"iot:Connect\",\"Resource\":\"" ARN "client/${iot:ClientId}\"}]}";
static const char own_id[] = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                             "\"Action\":\"iot:Connect\",\"Resource\":\"" ARN
                             "client/${iot:Connection.Thing.ThingName}\"}]}";
static const char no_id[] = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\","
                            "\"Action\":\"iot:*\",\"Resource\":\"*\"}]}";
static const char publish[] = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                              "\"Action\":\"iot:Publish\",\"Resource\":\"*\"}]}";

static void put_policy(struct audit_fixture *f, const char *name, const char *document)
{
    const struct policy policy = {
        .name = str_from(name), .default_version = 3, .last_version = 3, .generation_id = STR("g")};
    const struct policy_version version = {.policy = str_from(name),
                                           .version = 3,
                                           .document = str_from(document),
                                           .document_hash = str_from(name)};
    fixture_put(f, TABLE(policy), &policy);
    fixture_put(f, TABLE(policy_version), &version);
}

static void attach(struct audit_fixture *f, const char *policy, const char *target)
{
    const struct policy_target row = {.policy = str_from(policy), .target = str_from(target)};
    fixture_put(f, TABLE(policy_target), &row);
}

static void put_cert(struct audit_fixture *f, const char *id, const char *status)
{
    struct certificate cert = fixture_cert(id);
    cert.status = str_from(status);
    fixture_put(f, TABLE(certificate), &cert);
}

/* The certificate's thing is in a group of which the root carries the policy. */
static void put_thing(struct audit_fixture *f, const char *id, const char *policy)
{
    const struct thing_group root = {.name = STR("all"),
                                     .parent = STR(""),
                                     .root = STR("all"),
                                     .attributes = STR("{}"),
                                     .group_id = STR("1"),
                                     .status = STR("")};
    struct thing_group leaf = root;
    const struct thing thing = {
        .name = STR("pump"), .type_name = STR(""), .attributes = STR("{}"), .thing_id = STR("t")};
    const struct group_member member = {.group_name = STR("pumps"), .thing = STR("pump")};
    struct principal_thing holds = {.thing = STR("pump"), .kind = STR("NON_EXCLUSIVE_THING")};
    CHECK_OK(str_fmt(f->mem, &holds.principal, NULL, ARN "cert/%s", id));
    leaf.name = STR("pumps");
    leaf.parent = STR("all");
    fixture_put(f, TABLE(thing_group), &root);
    fixture_put(f, TABLE(thing_group), &leaf);
    fixture_put(f, TABLE(thing), &thing);
    fixture_put(f, TABLE(group_member), &member);
    fixture_put(f, TABLE(principal_thing), &holds);
    attach(f, policy, ARN "thinggroup/all");
}

static struct page_rows audit(struct audit_fixture *f, struct str *ret_task)
{
    *ret_task = fixture_start(f, CHECK_CLIENT_ID_UNRESTRICTED);
    CHECK_OK(audit_run_all(&f->options, NULL));
    CHECK_STR(fixture_describe(f, *ret_task).task.status, "COMPLETED");
    return fixture_findings(f, *ret_task);
}

/* A document of the certificate itself, one of the group above its thing, and what they come to. */
static void policies_count_together(void **state)
{
    (void)state;
    static const struct {
        const char *own;
        const char *group;
        size_t findings;
    } rows[] = {
        {any_id, publish, 1},  {said_id, publish, 1}, {own_id, publish, 0}, {own_id, any_id, 1},
        {publish, publish, 0}, {any_id, no_id, 0}, /* each policy alone would say otherwise */
        {no_id, any_id, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct audit_fixture f;
        struct str task;
        fixture_open(&f);
        put_policy(&f, "own", rows[i].own);
        put_policy(&f, "group", rows[i].group);
        put_cert(&f, ID_A, "ACTIVE");
        attach(&f, "own", ARN "cert/" ID_A);
        put_thing(&f, ID_A, "group");
        struct page_rows findings = audit(&f, &task);
        if (findings.n != rows[i].findings) {
            fail_msg("row %zu: %zu findings", i, findings.n);
        }
        fixture_close(&f);
    }
}

static void a_finding_names_the_certificate_and_relates_the_policy(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct str task;
    fixture_open(&f);
    put_policy(&f, "open", any_id);
    put_cert(&f, ID_A, "ACTIVE");
    put_cert(&f, ID_B, "INACTIVE");
    attach(&f, "open", ARN "cert/" ID_A);
    attach(&f, "open", ARN "cert/" ID_B);
    struct page_rows findings = audit(&f, &task);
    assert_int_equal(findings.n, 1);
    const struct finding *finding = findings.rows;
    CHECK_STR(finding->resource_key, "deviceCertificateId=" ID_A);
    CHECK_STR(finding->severity, "HIGH");
    CHECK_STR(finding->reason_code, "EFFECTIVE_POLICIES_ALLOW_ANY_CLIENT_ID");
    CHECK_STR(finding->reason,
              "The device may connect under a client id that is not its own (client/<any>): "
              "statement 0 of policy open allows iot:Connect on \"" ARN "client/*\", and no policy "
              "that it has takes that back.");
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(&f);
    const struct page page = {.max = 10};
    struct page_rows related;
    CHECK_OK(store_read_begin(f.store, &view, NULL));
    ctx.tx = view;
    CHECK_OK(finding_related(&ctx, finding->id, &page, &related, NULL));
    assert_int_equal(related.n, 1);
    CHECK_STR(((const struct related_resource *)related.rows)->resource,
              "{\"policyVersionIdentifier\":{\"policyVersionId\":\"3\",\"policyName\":\"open\"}}");
    store_read_end(view);
    view = NULL;
    fixture_close(&f);
}

static void a_policy_that_cannot_be_read_leaves_the_device_unjudged(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct str task;
    fixture_open(&f);
    put_policy(&f, "bad", "{");
    put_cert(&f, ID_A, "ACTIVE");
    attach(&f, "bad", ARN "cert/" ID_A);
    assert_int_equal(audit(&f, &task).n, 0);
    struct audit_described audit = fixture_describe(&f, task);
    assert_int_equal(audit.checks[0].unjudged, 1);
    fixture_close(&f);
}

static void a_set_of_policies_is_judged_once(void **state)
{
    (void)state;
    enum { DEVICES = 300 };
    struct audit_fixture f;
    AUTO_VIEW *view = NULL;
    AUTO_ARENA *mem = arena_new(4 << 20);
    fixture_open(&f);
    put_policy(&f, "open", any_id);
    put_policy(&f, "own", own_id);
    char id[65];
    char target[128];
    for (int i = 0; i < DEVICES; i++) {
        snprintf(id, sizeof id, "%064x", i);
        snprintf(target, sizeof target, ARN "cert/%s", id);
        put_cert(&f, id, "ACTIVE");
        attach(&f, i % 3 == 0 ? "open" : "own", target);
    }
    CHECK_OK(store_read_begin(f.store, &view, NULL));
    struct account_ctx ctx = fixture_ctx(&f);
    ctx.tx = view;
    ctx.mem = mem;
    struct device_rights_memory *memory = device_rights_memory_new();
    for (int i = 0; i < DEVICES; i++) {
        const struct device_rights *rights = NULL;
        arena_clear(mem);
        snprintf(id, sizeof id, "%064x", i);
        CHECK_OK(device_rights_get(memory, &ctx, str_from(id), &rights, NULL));
        assert_int_equal(rights->any_client_id.n, i % 3 == 0);
    }
    assert_int_equal(device_rights_judged(memory), 2);
    device_rights_memory_free(memory);
    store_read_end(view);
    view = NULL;
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_count_together),
        cmocka_unit_test(a_finding_names_the_certificate_and_relates_the_policy),
        cmocka_unit_test(a_policy_that_cannot_be_read_leaves_the_device_unjudged),
        cmocka_unit_test(a_set_of_policies_is_judged_once),
    };
    return RUN_TESTS("device_rights", tests);
}
