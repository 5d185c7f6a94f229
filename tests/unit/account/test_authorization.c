/* TestAuthorization: decisions, who made them, and what was not known. */
#include "account/authorization.h"

#include "account/policy.h"
#include "account/policy_target.h"
#include "account/principal.h"
#include "account/thing.h"
#include "pki.h"

#define ARN(rest) "arn:aws:iot:us-east-1:123456789012:" rest

/* A policy of one statement; conditions begin with a comma or are empty. */
static void make_policy(struct fixture *f, const char *name, const char *effect, const char *action,
                        const char *resource, const char *conditions)
{
    struct str document;
    struct policy policy;
    struct tags none = {NULL, 0};
    CHECK_OK(str_fmt(f->ctx.mem, &document, &f->why,
                     "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"%s\","
                     "\"Action\":\"iot:%s\",\"Resource\":\"%s\"%s}]}",
                     effect, action, resource, conditions));
    CHECK_OK(policy_document_check(f->ctx.mem, document, &f->why));
    CHECK_OK(WRITE(f, policy_create(&f->ctx, str_from(name), document, none, &policy, &f->why)));
}

/* A certificate (subject of device-rsa.pem) with the thing pump-1 attached; its ARN. */
static struct str make_device(struct fixture *f)
{
    struct str arn;
    struct thing thing;
    struct attribute attribute = {STR("site"), STR("north")};
    struct thing_create pump = {.name = STR("pump-1"),
                                .attributes = {.given = true, .values = {&attribute, 1}}};
    struct str id = pki_register_as(f, "device-p384.pem", "ACTIVE");
    CHECK_OK(account_arn(&f->ctx, STR("cert"), id, &arn, &f->why));
    CHECK_OK(WRITE(f, thing_create(&f->ctx, &pump, &thing, &f->why)));
    CHECK_OK(WRITE(f, principal_attach(&f->ctx, STR("pump-1"), arn, STR_ABSENT, &f->why)));
    return arn;
}

static void attach(struct fixture *f, const char *policy, struct str target)
{
    CHECK_OK(WRITE(f, policy_attach(&f->ctx, str_from(policy), target, &f->why)));
}

static enum status ask(struct fixture *f, const struct authorization_subject *subject,
                       enum policy_action action, const struct str *resources, size_t n,
                       struct authorization_answer *ret)
{
    struct authorization *authorization;
    TRY(READ(f, authorization_begin(&f->ctx, subject, &authorization, &f->why)));
    return authorization_ask(&f->ctx, authorization, action, resources, n, ret, &f->why);
}

static struct authorization_answer answer_of(struct fixture *f,
                                             const struct authorization_subject *subject,
                                             enum policy_action action, const char *resource)
{
    struct authorization_answer answer;
    struct str text = str_from(resource);
    CHECK_OK(ask(f, subject, action, &text, 1, &answer));
    return answer;
}

static void each_policy_is_listed_by_what_it_says(void **state)
{
    struct fixture *f = *state;
    struct authorization_subject subject = {.principal = make_device(f)};
    make_policy(f, "Allow", "Allow", "Publish", ARN("topic/*"), "");
    make_policy(f, "Deny", "Deny", "Publish", ARN("topic/secret/*"), "");
    make_policy(f, "Silent", "Allow", "Connect", "*", "");
    attach(f, "Allow", subject.principal);
    attach(f, "Deny", subject.principal);
    attach(f, "Silent", subject.principal);
    struct authorization_answer answer =
        answer_of(f, &subject, POLICY_PUBLISH, ARN("topic/open/1"));
    assert_int_equal(answer.verdict, POLICY_ALLOWED);
    assert_int_equal(answer.n_allowed, 1);
    CHECK_STR(answer.allowed[0], "Allow");
    assert_int_equal(answer.n_denied, 0);
    assert_int_equal(answer.n_silent, 2);
    answer = answer_of(f, &subject, POLICY_PUBLISH, ARN("topic/secret/1"));
    assert_int_equal(answer.verdict, POLICY_EXPLICIT_DENY);
    assert_int_equal(answer.n_allowed, 1);
    assert_int_equal(answer.n_denied, 1);
    CHECK_STR(answer.denied[0], "Deny");
    answer = answer_of(f, &subject, POLICY_SUBSCRIBE, ARN("topicfilter/open/#"));
    assert_int_equal(answer.verdict, POLICY_IMPLICIT_DENY);
    assert_int_equal(answer.n_silent, 3);
}

static void several_resources_are_allowed_when_each_is(void **state)
{
    struct fixture *f = *state;
    struct authorization_subject subject = {.principal = make_device(f)};
    struct authorization_answer answer;
    make_policy(f, "A", "Allow", "Publish", ARN("topic/a"), "");
    make_policy(f, "B", "Allow", "Publish", ARN("topic/b"), "");
    make_policy(f, "D", "Deny", "Publish", ARN("topic/d"), "");
    attach(f, "A", subject.principal);
    attach(f, "B", subject.principal);
    attach(f, "D", subject.principal);
    const struct str resources[] = {STR(ARN("topic/a")), STR(ARN("topic/b")), STR(ARN("topic/c")),
                                    STR(ARN("topic/d"))};
    static const enum policy_verdict want[] = {POLICY_ALLOWED, POLICY_ALLOWED, POLICY_IMPLICIT_DENY,
                                               POLICY_EXPLICIT_DENY};
    for (size_t n = 1; n <= 4; n++) {
        CHECK_OK(ask(f, &subject, POLICY_PUBLISH, resources, n, &answer));
        assert_int_equal(answer.verdict, want[n - 1]);
    }
    CHECK_REFUSED(f, STATUS_INVALID, "resources is empty",
                  ask(f, &subject, POLICY_PUBLISH, resources, 0, &answer));
    const struct str no_arn = STR("topic/a");
    CHECK_REFUSED(f, STATUS_INVALID, "not an ARN",
                  ask(f, &subject, POLICY_PUBLISH, &no_arn, 1, &answer));
}

static void added_policies_count_and_skipped_ones_do_not(void **state)
{
    struct fixture *f = *state;
    struct authorization_subject subject = {.principal = make_device(f)};
    struct str deny = STR("Deny");
    struct str allow = STR("Allow");
    struct str unknown = STR("Unknown");
    struct authorization_answer answer;
    make_policy(f, "Allow", "Allow", "Connect", "*", "");
    make_policy(f, "Deny", "Deny", "Connect", "*", "");
    attach(f, "Allow", subject.principal);
    subject.add = &deny;
    subject.n_add = 1;
    answer = answer_of(f, &subject, POLICY_CONNECT, ARN("client/c"));
    assert_int_equal(answer.verdict, POLICY_EXPLICIT_DENY);
    subject.skip = &deny;
    subject.n_skip = 1;
    answer = answer_of(f, &subject, POLICY_CONNECT, ARN("client/c"));
    assert_int_equal(answer.verdict, POLICY_ALLOWED);
    subject.skip = &allow;
    subject.n_add = 0;
    answer = answer_of(f, &subject, POLICY_CONNECT, ARN("client/c"));
    assert_int_equal(answer.verdict, POLICY_IMPLICIT_DENY);
    subject.skip = &unknown;
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "Unknown",
                  ask(f, &subject, POLICY_CONNECT, &unknown, 1, &answer));
    subject = (struct authorization_subject){.add = &allow, .n_add = 1};
    answer = answer_of(f, &subject, POLICY_CONNECT, ARN("client/c"));
    assert_int_equal(answer.verdict, POLICY_ALLOWED); /* without any principal */
}

static void principals_that_cannot_connect_are_refused(void **state)
{
    struct fixture *f = *state;
    struct authorization *authorization;
    struct authorization_subject subject = {.principal = STR_ABSENT};
    CHECK_REFUSED(f, STATUS_INVALID, "principal",
                  READ(f, authorization_begin(&f->ctx, &subject, &authorization, &f->why)));
    subject.principal = STR("nobody");
    CHECK_REFUSED(f, STATUS_INVALID, "neither",
                  READ(f, authorization_begin(&f->ctx, &subject, &authorization, &f->why)));
    subject.principal = STR(ARN("cert/ab"));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no certificate",
                  READ(f, authorization_begin(&f->ctx, &subject, &authorization, &f->why)));
}

/* A resource with a variable, and a client id (NULL: not given): what is decided, what is missing.
 */
static const struct {
    const char *resource;
    const char *conditions;
    const char *client_id;
    const char *asked;
    enum policy_verdict verdict;
    const char *missing;
} variables[] = {
    {ARN("client/${iot:ClientId}"), "", "c1", ARN("client/c1"), POLICY_ALLOWED, NULL},
    {ARN("client/${iot:ClientId}"), "", "c1", ARN("client/c2"), POLICY_IMPLICIT_DENY, NULL},
    {ARN("client/${iot:ClientId}"), "", NULL, ARN("client/c1"), POLICY_IMPLICIT_DENY,
     "iot:ClientId"},
    {ARN("client/${iot:Connection.Thing.ThingName}"), "", "pump-1", ARN("client/pump-1"),
     POLICY_ALLOWED, NULL},
    {ARN("client/${iot:Connection.Thing.ThingName}"), "", "pump-2", ARN("client/pump-2"),
     POLICY_IMPLICIT_DENY, "iot:Connection.Thing.ThingName"},
    {ARN("client/${iot:Connection.Thing.Attributes[site]}"), "", "pump-1", ARN("client/north"),
     POLICY_ALLOWED, NULL},
    {ARN("client/${iot:Certificate.Subject.CommonName}"), "", NULL, ARN("client/pump-3"),
     POLICY_ALLOWED, NULL},
    {ARN("client/${iot:Certificate.Issuer.CommonName}"), "", NULL, ARN("client/Bulwark Test Root"),
     POLICY_ALLOWED, NULL},
    {ARN("client/${iot:Certificate.Subject.CommonName.1}"), "", NULL, ARN("client/pump-3"),
     POLICY_IMPLICIT_DENY, "iot:Certificate.Subject.CommonName.1"},
    {"*", ",\"Condition\":{\"Bool\":{\"iot:Connection.Thing.IsAttached\":\"true\"}}", "pump-1",
     ARN("client/pump-1"), POLICY_ALLOWED, NULL},
    {"*", ",\"Condition\":{\"Bool\":{\"iot:Connection.Thing.IsAttached\":\"true\"}}", "other",
     ARN("client/other"), POLICY_IMPLICIT_DENY, NULL},
    {"*", ",\"Condition\":{\"Bool\":{\"iot:Connection.Thing.IsAttached\":\"true\"}}", NULL,
     ARN("client/other"), POLICY_IMPLICIT_DENY, "iot:Connection.Thing.IsAttached"},
    {"*", ",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}", "pump-1",
     ARN("client/pump-1"), POLICY_IMPLICIT_DENY, "aws:SourceIp"},
};

static void variables_have_the_values_of_the_device_or_are_missing(void **state)
{
    struct fixture *f = *state;
    struct str arn = make_device(f);
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        struct str name = fixture_name(f, "V", (int)i);
        make_policy(f, str_z(f->ctx.mem, name), "Allow", "Connect", variables[i].resource,
                    variables[i].conditions);
        struct authorization_subject subject = {.principal = arn,
                                                .client_id = str_from(variables[i].client_id),
                                                .add = &name,
                                                .n_add = 1};
        struct authorization_answer answer =
            answer_of(f, &subject, POLICY_CONNECT, variables[i].asked);
        if (answer.verdict != variables[i].verdict) {
            fail_msg("row %zu: %s", i, policy_verdict_name(answer.verdict));
        }
        size_t n_missing = variables[i].missing == NULL ? 0 : 1;
        if (answer.missing.n != n_missing) {
            fail_msg("row %zu: %zu keys are missing", i, answer.missing.n);
        }
        if (n_missing == 1) {
            CHECK_STR(answer.missing.keys[0], variables[i].missing);
        }
    }
}

static void a_thing_attached_exclusively_needs_no_client_id_of_its_name(void **state)
{
    struct fixture *f = *state;
    struct str arn = make_device(f);
    struct str name = STR("V");
    CHECK_OK(WRITE(f, principal_detach(&f->ctx, STR("pump-1"), arn, &f->why)));
    CHECK_OK(
        WRITE(f, principal_attach(&f->ctx, STR("pump-1"), arn, STR("EXCLUSIVE_THING"), &f->why)));
    make_policy(f, "V", "Allow", "Publish", ARN("topic/${iot:Connection.Thing.ThingName}/up"), "");
    struct authorization_subject subject = {
        .principal = arn, .client_id = STR("anything"), .add = &name, .n_add = 1};
    struct authorization_answer answer =
        answer_of(f, &subject, POLICY_PUBLISH, ARN("topic/pump-1/up"));
    assert_int_equal(answer.verdict, POLICY_ALLOWED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_policy_is_listed_by_what_it_says),
        TEST(several_resources_are_allowed_when_each_is),
        TEST(added_policies_count_and_skipped_ones_do_not),
        TEST(principals_that_cannot_connect_are_refused),
        TEST(variables_have_the_values_of_the_device_or_are_missing),
        TEST(a_thing_attached_exclusively_needs_no_client_id_of_its_name),
    };
    return RUN_TESTS("account/authorization", tests);
}
