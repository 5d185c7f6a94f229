/* Making what a template wants: all of it or nothing, asked for step by step. Conversations with
 * the API (tests/vectors/api, tests/integration) go through the OverrideSettings. */
#include "provision/register.h"

#include "account/group.h"
#include "account/policy.h"
#include "account/policy_target.h"
#include "account/principal.h"

#include "account/thing.h"
#include "iam_fixture.h"
#include "pki.h"

#define WHOLE                                                                                      \
    "{\"Parameters\":{\"PEM\":{\"Type\":\"String\"}},\"Resources\":{"                              \
    "\"thing\":{\"Type\":\"AWS::IoT::Thing\",\"Properties\":{\"ThingName\":\"lamp\","              \
    "\"ThingGroups\":[\"hall\"],\"AttributePayload\":{\"k\":\"v\"}}},"                             \
    "\"cert\":{\"Type\":\"AWS::IoT::Certificate\",\"Properties\":{\"CertificatePem\":"             \
    "{\"Ref\":\"PEM\"},\"ThingPrincipalType\":\"EXCLUSIVE_THING\"}},"                              \
    "\"policy\":{\"Type\":\"AWS::IoT::Policy\",\"Properties\":{\"PolicyDocument\":{"               \
    "\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:Connect\","  \
    "\"Resource\":\"*\"}]}}}}}"

static void role_with(struct fixture *f, const char *actions)
{
    CHECK_OK(try_role(f, "r", "/", TRUST_IOT));
    CHECK_OK(try_inline(f, IAM_ROLE, "r", "p", str_z(f->ctx.mem, str_from(actions))));
}

static struct provision_plan plan_of(struct fixture *f, const char *body, struct str pem)
{
    const struct template_pair value = {STR("PEM"), pem};
    const struct template *template;
    struct template_filled *filled = NEW(f->ctx.mem, struct template_filled);
    struct provision_plan plan;
    assert_non_null(filled);
    CHECK_OK(template_read(f->ctx.mem, str_from(body), TEMPLATE_ONCE, &template, NULL, &f->why));
    CHECK_OK(template_fill(f->ctx.mem, template, &value, 1, filled, &f->why));
    CHECK_OK(READ(f, provision_plan_make(&f->ctx, NULL, filled, &plan, &f->why)));
    return plan;
}

static enum status register_as_role(struct fixture *f, const struct provision_plan *plan,
                                    struct provision_made *made)
{
    struct provision_actor actor = {.source_arn = STR("arn:aws:iot:us-east-1:123456789012:x/y")};
    enum status status = role_open(&f->ctx, STR(ROLE_ARN("r")), &actor.role, &f->why);
    return status == STATUS_OK ? provision_register(&f->ctx, plan, &actor, made, &f->why) : status;
}

struct plant {
    struct issuer *ca;
    struct str device;
};

static struct plant plant(struct fixture *f)
{
    struct str pem;
    struct plant plant = {.ca = pki_root(f, "Plant", &pem)};
    const struct group_create hall = {.name = STR("hall"), .parent = STR_ABSENT};
    struct thing_group group;
    pki_register_ca(f, pem);
    plant.device = pki_device(f, plant.ca, "lamp", -1, 100);
    CHECK_OK(WRITE(f, group_create(&f->ctx, &hall, &group, &f->why)));
    return plant;
}

static void all_of_it_is_made_and_tied(void **state)
{
    struct fixture *f = *state;
    struct plant p = plant(f);
    struct provision_made made;
    struct certificate certificate;
    struct page page = {.after = STR_ABSENT};
    struct page_rows rows;
    role_with(f, POLICY(GRANT("Allow", "iot:*", "*")));
    struct provision_plan plan = plan_of(f, WHOLE, p.device);
    CHECK_OK(WRITE(f, register_as_role(f, &plan, &made)));
    CHECK_STR(made.thing, "lamp");
    assert_int_equal(made.n_resources, 3);
    CHECK_STR(made.resources[0].id, "cert");
    CHECK_STR(made.resources[1].arn, "arn:aws:iot:us-east-1:123456789012:thing/lamp");
    CHECK_OK(READ(f, certificate_get(&f->ctx, made.certificate_id, &certificate, &f->why)));
    CHECK_STR(certificate.status, "ACTIVE");
    CHECK_OK(READ(f, principals_of_thing(&f->ctx, STR("lamp"), STR("EXCLUSIVE_THING"), &page, &rows,
                                         &f->why)));
    assert_int_equal(rows.n, 1);
    CHECK_OK(READ(
        f, policy_list_attached(&f->ctx, made.resources[0].arn, false, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    /* Again: everything is as wanted, and stays. */
    uint64_t before = fixture_digest(f);
    CHECK_OK(WRITE(f, register_as_role(f, &plan, &made)));
    assert_true(fixture_digest(f) == before);
    issuer_free(p.ca);
}

/* Each step is a right of its own: without it nothing is made. */
static void each_step_is_asked_for(void **state)
{
    struct fixture *f = *state;
    static const char *const steps[] = {
        "iot:RegisterCertificate", "iot:CreateThing",  "iot:AddThingToThingGroup",
        "iot:CreatePolicy",        "iot:AttachPolicy", "iot:AttachThingPrincipal",
    };
    struct plant p = plant(f);
    struct provision_made made;
    role_with(f, POLICY(GRANT("Allow", "iot:*", "*")));
    struct provision_plan plan = plan_of(f, WHOLE, p.device);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct str text;
        CHECK_OK(
            str_fmt(f->ctx.mem, &text, &f->why,
                    POLICY(GRANT("Allow", "iot:*",
                                 "*") ","
                                      "{\"Effect\":\"Deny\",\"Action\":\"%s\",\"Resource\":\"*\"}"),
                    steps[i]));
        CHECK_OK(try_inline(f, IAM_ROLE, "r", "p", str_z(f->ctx.mem, text)));
        uint64_t before = fixture_digest(f);
        CHECK_REFUSED(f, STATUS_DENIED, steps[i], WRITE(f, register_as_role(f, &plan, &made)));
        assert_true(fixture_digest(f) == before);
    }
    issuer_free(p.ca);
}

static void a_role_that_is_not_held_may_nothing(void **state)
{
    struct fixture *f = *state;
    struct provision_made made;
    struct provision_plan plan = plan_of(f,
                                         "{\"Resources\":{\"t\":{\"Type\":\"AWS::IoT::Thing\","
                                         "\"Properties\":{\"ThingName\":\"a\"}}}}",
                                         STR("-"));
    CHECK_REFUSED(f, STATUS_DENIED, "does not exist", WRITE(f, register_as_role(f, &plan, &made)));
}

/* A policy that a mitigation has blanked is attached blank, not written anew. */
static void a_policy_of_that_document_is_attached_as_it_is(void **state)
{
    struct fixture *f = *state;
    struct plant p = plant(f);
    struct provision_made made;
    struct policy_version version;
    struct policy policy;
    role_with(f, POLICY(GRANT("Allow", "iot:*", "*")));
    struct provision_plan plan = plan_of(f, WHOLE, p.device);
    CHECK_OK(WRITE(f, policy_create(&f->ctx, plan.policies[0], STR("{}"), (struct tags){NULL, 0},
                                    &policy, &f->why)));
    CHECK_OK(WRITE(f, register_as_role(f, &plan, &made)));
    CHECK_OK(READ(f, policy_get(&f->ctx, plan.policies[0], &policy, &version, &f->why)));
    CHECK_STR(version.document, "{}");
    issuer_free(p.ca);
}

static void a_plan_that_cannot_be_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char csr[] =
        "{\"Resources\":{\"c\":{\"Type\":\"AWS::IoT::Certificate\",\"Properties\":{"
        "\"CertificateSigningRequest\":\"x\"}}}}";
    const struct template *template;
    struct template_filled filled;
    struct provision_plan plan;
    CHECK_OK(template_read(f->ctx.mem, str_from(csr), TEMPLATE_ONCE, &template, NULL, &f->why));
    CHECK_OK(template_fill(f->ctx.mem, template, NULL, 0, &filled, &f->why));
    CHECK_REFUSED(f, STATUS_UNSUPPORTED, "no authority of its own",
                  READ(f, provision_plan_make(&f->ctx, NULL, &filled, &plan, &f->why)));
}

static void registering_is_all_or_nothing(void **state)
{
    struct fixture *f = *state;
    struct plant p = plant(f);
    struct provision_made made;
    role_with(f, POLICY(GRANT("Allow", "iot:*", "*")));
    struct provision_plan plan = plan_of(f, WHOLE, p.device);
    CHECK_ALL_OR_NOTHING(f, register_as_role(f, &plan, &made));
    issuer_free(p.ca);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_of_it_is_made_and_tied),
        TEST(each_step_is_asked_for),
        TEST(a_role_that_is_not_held_may_nothing),
        TEST(a_policy_of_that_document_is_attached_as_it_is),
        TEST(a_plan_that_cannot_be_is_refused),
        TEST(registering_is_all_or_nothing),
    };
    return RUN_TESTS("provision/register", tests);
}
