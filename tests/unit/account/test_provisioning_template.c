/* Provisioning templates: versions, defaults, what keeps them from being deleted. */
#include "account/provisioning_template.h"

#include "account/quotas.h"
#include "pki.h"

#define ROLE STR("arn:aws:iam::123456789012:role/provisioning")
#define BODY                                                                                       \
    STR("{\"Resources\":{\"c\":{\"Type\":\"AWS::IoT::Certificate\",\"Properties\":{"               \
        "\"CertificateId\":{\"Ref\":\"AWS::IoT::Certificate::Id\"}}}}}")

static enum status create(struct fixture *f, struct str name, struct str kind, struct str hook,
                          struct provisioning_template *ret)
{
    const struct tag_pair pair = {STR("site"), STR("north")};
    const struct provisioning_template_new in = {.name = name,
                                                 .kind = kind,
                                                 .description = STR_ABSENT,
                                                 .body = BODY,
                                                 .role_arn = ROLE,
                                                 .hook = hook,
                                                 .tags = {&pair, 1}};
    return provisioning_template_create(&f->ctx, &in, ret, &f->why);
}

static void made(struct fixture *f, const char *name, struct str kind)
{
    struct provisioning_template row;
    CHECK_OK(WRITE(f, create(f, str_from(name), kind, STR_ABSENT, &row)));
}

static struct provisioning_template get(struct fixture *f, const char *name)
{
    struct provisioning_template row;
    CHECK_OK(READ(f, provisioning_template_get(&f->ctx, str_from(name), &row, NULL, &f->why)));
    return row;
}

static enum status add_version(struct fixture *f, const char *name, bool is_default)
{
    struct provisioning_template_version row;
    return provisioning_version_create(&f->ctx, str_from(name), BODY, is_default, &row, &f->why);
}

static void a_template_is_for_fleets_unless_it_says_otherwise(void **state)
{
    struct fixture *f = *state;
    struct provisioning_template row;
    uint64_t empty = fixture_digest(f);
    made(f, "t", STR_ABSENT);
    row = get(f, "t");
    CHECK_STR(row.kind, "FLEET_PROVISIONING");
    assert_int_equal(row.default_version, 1);
    CHECK_REFUSED(f, STATUS_EXISTS, "exists already",
                  WRITE(f, create(f, STR("t"), STR_ABSENT, STR_ABSENT, &row)));
    assert_string_equal(f->why.resource,
                        "arn:aws:iot:us-east-1:123456789012:provisioningtemplate/t");
    CHECK_OK(WRITE(f, provisioning_template_delete(&f->ctx, STR("t"), &f->why)));
    assert_true(fixture_digest(f) == empty); /* versions and tags too */
}

static void versions_count_up_and_their_numbers_are_not_used_again(void **state)
{
    struct fixture *f = *state;
    struct provisioning_template_version row;
    made(f, "t", STR_ABSENT);
    CHECK_OK(WRITE(f, add_version(f, "t", false)));
    assert_int_equal(get(f, "t").default_version, 1);
    CHECK_OK(WRITE(f, add_version(f, "t", true)));
    assert_int_equal(get(f, "t").default_version, 3);
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "is the default",
                  WRITE(f, provisioning_version_delete(&f->ctx, STR("t"), 3, &f->why)));
    CHECK_OK(WRITE(f, provisioning_version_delete(&f->ctx, STR("t"), 2, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "has no version 2",
                  READ(f, provisioning_version_get(&f->ctx, STR("t"), 2, NULL, &row, &f->why)));
    for (int i = 0; i < QUOTA_TEMPLATE_VERSIONS - 2; i++) {
        CHECK_OK(WRITE(f, add_version(f, "t", false)));
    }
    assert_int_equal(get(f, "t").last_version, 6);
    CHECK_REFUSED(f, STATUS_VERSIONS_LIMIT, "has 5 versions", WRITE(f, add_version(f, "t", true)));
}

static void an_update_changes_what_it_names(void **state)
{
    struct fixture *f = *state;
    struct provisioning_template_change change = {
        .description = STR("d"), .hook = STR("{\"targetArn\":\"x\"}"), .enabled = {true, true}};
    made(f, "t", STR_ABSENT);
    CHECK_OK(WRITE(f, provisioning_template_update(&f->ctx, STR("t"), &change, &f->why)));
    assert_true(get(f, "t").enabled);
    CHECK_STR(get(f, "t").description, "d");
    CHECK_STR(get(f, "t").role_arn, ROLE.ptr);
    change.remove_hook = true;
    CHECK_REFUSED(f, STATUS_INVALID, "together with a preProvisioningHook",
                  WRITE(f, provisioning_template_update(&f->ctx, STR("t"), &change, &f->why)));
    change = (struct provisioning_template_change){.remove_hook = true};
    CHECK_OK(WRITE(f, provisioning_template_update(&f->ctx, STR("t"), &change, &f->why)));
    assert_true(str_absent(get(f, "t").hook));
    change = (struct provisioning_template_change){.default_version = {true, 7}};
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "has no version 7",
                  WRITE(f, provisioning_template_update(&f->ctx, STR("t"), &change, &f->why)));
    change = (struct provisioning_template_change){.role_arn = STR("arn:aws:iam::1:user/u")};
    CHECK_REFUSED(f, STATUS_INVALID, "",
                  WRITE(f, provisioning_template_update(&f->ctx, STR("t"), &change, &f->why)));
}

static void a_jitp_template_has_no_hook(void **state)
{
    struct fixture *f = *state;
    struct provisioning_template row;
    CHECK_REFUSED(f, STATUS_INVALID, "has no preProvisioningHook",
                  WRITE(f, create(f, STR("t"), TEMPLATE_KIND_JITP, STR("{}"), &row)));
}

static void a_template_that_a_ca_names_stays(void **state)
{
    struct fixture *f = *state;
    const struct ca_registration_config config = {.template_name = STR("t")};
    const struct ca_certificate_change change = {.config = &config};
    const struct ca_certificate_change drop = {.remove_auto_registration = true};
    struct str pem;
    struct issuer *ca = pki_root(f, "Plant", &pem);
    struct str id = pki_register_ca(f, pem);
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no provisioning template is named t",
                  WRITE(f, ca_certificate_update(&f->ctx, id, &change, &f->why)));
    made(f, "t", STR_ABSENT);
    CHECK_REFUSED(f, STATUS_INVALID, "not a JITP one",
                  WRITE(f, ca_certificate_update(&f->ctx, id, &change, &f->why)));
    CHECK_OK(WRITE(f, provisioning_template_delete(&f->ctx, STR("t"), &f->why)));
    made(f, "t", TEMPLATE_KIND_JITP);
    CHECK_OK(WRITE(f, ca_certificate_update(&f->ctx, id, &change, &f->why)));
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "provisions with template t",
                  WRITE(f, provisioning_template_delete(&f->ctx, STR("t"), &f->why)));
    CHECK_OK(WRITE(f, ca_certificate_update(&f->ctx, id, &drop, &f->why)));
    CHECK_OK(WRITE(f, provisioning_template_delete(&f->ctx, STR("t"), &f->why)));
    issuer_free(ca);
}

static void documents_without_holes_are_held_against_the_grammar(void **state)
{
    struct fixture *f = *state;
    CHECK_REFUSED(f, STATUS_INVALID, "$.Resources.p.Properties.PolicyDocument: ",
                  provisioning_body_check(
                      f->ctx.mem,
                      STR("{\"Resources\":{\"p\":{\"Type\":\"AWS::IoT::Policy\",\"Properties\":{"
                          "\"PolicyDocument\":{\"Statement\":[{\"Effect\":\"Maybe\"}]}}}}}"),
                      TEMPLATE_ONCE, NULL, &f->why));
    CHECK_OK(provisioning_body_check(f->ctx.mem, BODY, TEMPLATE_JITP, NULL, &f->why));
}

static void there_are_no_more_than_256(void **state)
{
    struct fixture *f = *state;
    struct provisioning_template row;
    for (int i = 0; i < QUOTA_PROVISIONING_TEMPLATES; i++) {
        made(f, fixture_name(f, "t", i).ptr, STR_ABSENT);
    }
    CHECK_REFUSED(f, STATUS_LIMIT, "256 provisioning templates",
                  WRITE(f, create(f, STR("u"), STR_ABSENT, STR_ABSENT, &row)));
}

static void each_change_is_all_or_nothing(void **state)
{
    struct fixture *f = *state;
    struct provisioning_template row;
    CHECK_ALL_OR_NOTHING(f, create(f, STR("t"), STR_ABSENT, STR_ABSENT, &row));
    CHECK_ALL_OR_NOTHING(f, add_version(f, "t", true));
    CHECK_ALL_OR_NOTHING(f, provisioning_version_delete(&f->ctx, STR("t"), 1, &f->why));
    CHECK_ALL_OR_NOTHING(f, provisioning_template_delete(&f->ctx, STR("t"), &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_template_is_for_fleets_unless_it_says_otherwise),
        TEST(versions_count_up_and_their_numbers_are_not_used_again),
        TEST(an_update_changes_what_it_names),
        TEST(a_jitp_template_has_no_hook),
        TEST(a_template_that_a_ca_names_stays),
        TEST(documents_without_holes_are_held_against_the_grammar),
        TEST(there_are_no_more_than_256),
        TEST(each_change_is_all_or_nothing),
    };
    return RUN_TESTS("account/provisioning_template", tests);
}
