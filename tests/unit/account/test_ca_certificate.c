/* Certificate authorities: proof, states, configuration, lists. */
#include "account/ca_certificate.h"

#include "account/provisioning_template.h"
#include "account/registration_code.h"
#include "pki.h"

/* The code that verification.pem carries. */
static enum status set_code(struct fixture *f)
{
    struct str code = pki_pem(f, "verification-code.txt");
    struct setting row = {.name = STR("registration-code"), .value = code};
    return store_put(f->ctx.tx, TABLE(setting), &row, &f->why);
}

static enum status prove(struct fixture *f, const char *ca, const char *verification,
                         const char *mode, struct ca_proof *ret)
{
    struct str pem = verification == NULL ? STR_ABSENT : pki_pem(f, verification);
    return READ(f,
                ca_certificate_prove(&f->ctx, pki_pem(f, ca), pem, str_from(mode), ret, &f->why));
}

static void mode_and_verification_certificate_go_together(void **state)
{
    struct fixture *f = *state;
    struct ca_proof proof;
    CHECK_OK(WRITE(f, set_code(f)));
    CHECK_OK(prove(f, "root.pem", "verification.pem", NULL, &proof));
    assert_false(proof.sni_only);
    CHECK_OK(prove(f, "root.pem", "verification.pem", "DEFAULT", &proof));
    CHECK_OK(prove(f, "root.pem", NULL, "SNI_ONLY", &proof));
    assert_true(proof.sni_only);
    CHECK_REFUSED(f, STATUS_INVALID, "must be empty",
                  prove(f, "root.pem", "verification.pem", "SNI_ONLY", &proof));
    CHECK_REFUSED(f, STATUS_INVALID, "required", prove(f, "root.pem", NULL, NULL, &proof));
    CHECK_REFUSED(f, STATUS_INVALID, "required", prove(f, "root.pem", NULL, "DEFAULT", &proof));
}

static void what_is_no_ca_is_refused(void **state)
{
    struct fixture *f = *state;
    struct ca_proof proof;
    CHECK_REFUSED(f, STATUS_CERT_INVALID, "CA:TRUE",
                  prove(f, "device-rsa.pem", NULL, "SNI_ONLY", &proof));
    CHECK_REFUSED(f, STATUS_CERT_INVALID, "CA:TRUE",
                  prove(f, "not-ca.pem", NULL, "SNI_ONLY", &proof));
    CHECK_REFUSED(f, STATUS_CERT_INVALID, "keyCertSign",
                  prove(f, "no-sign.pem", NULL, "SNI_ONLY", &proof));
    CHECK_REFUSED(f, STATUS_CERT_INVALID, "", prove(f, "sha1.pem", NULL, "SNI_ONLY", &proof));
    CHECK_REFUSED(f, STATUS_CERT_INVALID, "2 PEM blocks",
                  prove(f, "two-certs.bad", NULL, "SNI_ONLY", &proof));
    f->now += INT64_C(20) * 366 * DAY_MS;
    CHECK_REFUSED(f, STATUS_CERT_INVALID, "expired",
                  prove(f, "root.pem", NULL, "SNI_ONLY", &proof));
}

static void the_proof_is_the_code_under_the_cas_signature(void **state)
{
    struct fixture *f = *state;
    struct ca_proof proof;
    CHECK_REFUSED(f, STATUS_CODE_MISMATCH, "GetRegistrationCode",
                  prove(f, "root.pem", "verification.pem", NULL, &proof));
    struct str code;
    CHECK_OK(WRITE(f, registration_code_get(&f->ctx, &code, &f->why)));
    CHECK_REFUSED(f, STATUS_CODE_MISMATCH, "",
                  prove(f, "root.pem", "verification.pem", NULL, &proof));
    CHECK_OK(WRITE(f, set_code(f)));
    CHECK_REFUSED(f, STATUS_CERT_INVALID, "",
                  prove(f, "other-root.pem", "verification.pem", NULL, &proof));
    CHECK_REFUSED(f, STATUS_CERT_INVALID, "",
                  prove(f, "mid.pem", "verification.pem", NULL, &proof));
    enum status two = prove(f, "root.pem", "verification-two.pem", NULL, &proof);
    assert_true(two == STATUS_CODE_MISMATCH || two == STATUS_CERT_INVALID);
    CHECK_OK(prove(f, "root.pem", "verification.pem", NULL, &proof));
    assert_true(str_eq(proof.code, pki_pem(f, "verification-code.txt")));
}

static void a_code_deleted_meanwhile_proves_nothing(void **state)
{
    struct fixture *f = *state;
    struct ca_certificate_new new = {.active = true};
    struct ca_certificate row;
    CHECK_OK(WRITE(f, set_code(f)));
    CHECK_OK(prove(f, "root.pem", "verification.pem", NULL, &new.proof));
    CHECK_OK(WRITE(f, registration_code_delete(&f->ctx, &f->why)));
    CHECK_REFUSED(f, STATUS_CODE_MISMATCH, "deleted",
                  WRITE(f, ca_certificate_register(&f->ctx, &new, &row, &f->why)));
}

static void a_ca_is_registered_as_asked_and_once(void **state)
{
    struct fixture *f = *state;
    struct ca_registration_config config = {.template_body = STR("{\"a\":1}"),
                                            .role_arn = STR("arn:aws:iam::123456789012:role/R")};
    struct tag_pair pair = {STR("site"), STR("north")};
    struct ca_certificate_new new = {
        .auto_registration = true, .config = &config, .tags = {&pair, 1}};
    struct ca_certificate row;
    CHECK_OK(WRITE(f, set_code(f)));
    CHECK_OK(prove(f, "root.pem", "verification.pem", NULL, &new.proof));
    CHECK_OK(WRITE(f, ca_certificate_register(&f->ctx, &new, &row, &f->why)));
    CHECK_OK(READ(f, ca_certificate_get(&f->ctx, new.proof.ca->id, &row, &f->why)));
    CHECK_STR(row.status, "INACTIVE");
    CHECK_STR(row.auto_registration, "ENABLE");
    CHECK_STR(row.mode, "DEFAULT");
    CHECK_STR(row.registration, "{\"roleArn\":\"arn:aws:iam::123456789012:role/R\","
                                "\"templateBody\":\"{\\\"a\\\":1}\"}");
    struct str arn;
    struct tags tags;
    CHECK_OK(account_arn(&f->ctx, STR("cacert"), row.id, &arn, &f->why));
    CHECK_OK(READ(f, tags_list(&f->ctx, arn, &tags, &f->why)));
    assert_int_equal(tags.n, 1);
    CHECK_REFUSED(f, STATUS_EXISTS, "registered already",
                  WRITE(f, ca_certificate_register(&f->ctx, &new, &row, &f->why)));
    assert_string_equal(f->why.resource, str_z(f->ctx.mem, arn));
}

static void configurations_that_cannot_be_meant_are_refused(void **state)
{
    struct fixture *f = *state;
    struct ca_registration_config both = {.template_body = STR("{}"), .template_name = STR("t")};
    struct ca_registration_config role = {.role_arn = STR("a role of twenty letters")};
    struct ca_certificate_new new = {.config = &both};
    struct ca_certificate row;
    CHECK_OK(prove(f, "root.pem", NULL, "SNI_ONLY", &new.proof));
    CHECK_REFUSED(f, STATUS_INVALID, "not both",
                  WRITE(f, ca_certificate_register(&f->ctx, &new, &row, &f->why)));
    new.config = &role;
    CHECK_REFUSED(f, STATUS_INVALID, "not an ARN",
                  WRITE(f, ca_certificate_register(&f->ctx, &new, &row, &f->why)));
}

static void an_eleventh_ca_of_one_subject_is_too_many(void **state)
{
    struct fixture *f = *state;
    struct str pem;
    AUTO_ISSUER *issuer = pki_root(f, "Many", &pem);
    for (int i = 0; i < 10; i++) {
        pki_register_ca(f, i == 0 ? pem : pki_twin(f, issuer));
    }
    struct ca_certificate_new new = {.active = true};
    struct ca_certificate row;
    CHECK_OK(READ(f, ca_certificate_prove(&f->ctx, pki_twin(f, issuer), STR_ABSENT, STR("SNI_ONLY"),
                                          &new.proof, &f->why)));
    CHECK_REFUSED(f, STATUS_LIMIT, "10 CA certificates",
                  WRITE(f, ca_certificate_register(&f->ctx, &new, &row, &f->why)));
}

static void template_put(struct fixture *f, const char *name)
{
    const struct provisioning_template_new in = {
        .name = str_from(name),
        .kind = TEMPLATE_KIND_JITP,
        .description = STR_ABSENT,
        .body = STR("{}"), /* whoever makes one has checked it */
        .role_arn = STR("arn:aws:iam::123456789012:role/JITP"),
        .hook = STR_ABSENT,
    };
    struct provisioning_template row;
    CHECK_OK(WRITE(f, provisioning_template_create(&f->ctx, &in, &row, &f->why)));
}

static void updates_change_what_they_name(void **state)
{
    struct fixture *f = *state;
    struct ca_certificate row;
    struct str id = pki_register_ca(f, pki_pem(f, "root.pem"));
    struct ca_registration_config config = {.template_name = STR("line-7")};
    template_put(f, "line-7");
    struct ca_certificate_change on = {.auto_registration = STR("ENABLE"), .config = &config};
    CHECK_OK(WRITE(f, ca_certificate_update(&f->ctx, id, &on, &f->why)));
    CHECK_OK(READ(f, ca_certificate_get(&f->ctx, id, &row, &f->why)));
    CHECK_STR(row.status, "ACTIVE");
    CHECK_STR(row.auto_registration, "ENABLE");
    CHECK_STR(row.registration, "{\"templateName\":\"line-7\"}");
    assert_int_equal(row.version, 2);
    struct ca_certificate_change remove = {.status = STR("INACTIVE"),
                                           .remove_auto_registration = true};
    CHECK_OK(WRITE(f, ca_certificate_update(&f->ctx, id, &remove, &f->why)));
    CHECK_OK(READ(f, ca_certificate_get(&f->ctx, id, &row, &f->why)));
    CHECK_STR(row.status, "INACTIVE");
    CHECK_STR(row.auto_registration, "DISABLE");
    assert_true(str_absent(row.registration));
    struct ca_certificate_change nothing = {.status = STR_ABSENT};
    CHECK_OK(WRITE(f, ca_certificate_update(&f->ctx, id, &nothing, &f->why)));
    CHECK_OK(READ(f, ca_certificate_get(&f->ctx, id, &row, &f->why)));
    assert_int_equal(row.version, 3);
    on.remove_auto_registration = true;
    CHECK_REFUSED(f, STATUS_INVALID, "removeAutoRegistration",
                  WRITE(f, ca_certificate_update(&f->ctx, id, &on, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no CA certificate",
                  WRITE(f, ca_certificate_update(&f->ctx, STR("00"), &remove, &f->why)));
}

static void lists_go_by_creation_and_by_template(void **state)
{
    struct fixture *f = *state;
    struct ca_registration_config config = {.template_name = STR("line-7")};
    struct ca_certificate_change named = {.config = &config};
    template_put(f, "line-7");
    struct str first = pki_register_ca(f, pki_pem(f, "root.pem"));
    f->now += SECOND_MS;
    struct str second = pki_register_ca(f, pki_pem(f, "mid.pem"));
    CHECK_OK(WRITE(f, ca_certificate_update(&f->ctx, second, &named, &f->why)));
    struct page page = {.after = STR_ABSENT};
    struct page_rows listed;
    CHECK_OK(READ(f, ca_certificate_list(&f->ctx, STR_ABSENT, &page, &listed, &f->why)));
    const struct ca_certificate *rows = listed.rows;
    assert_true(listed.n == 2 && str_eq(rows[0].id, first) && str_eq(rows[1].id, second));
    CHECK_OK(READ(f, ca_certificate_list(&f->ctx, STR("line-7"), &page, &listed, &f->why)));
    rows = listed.rows;
    assert_true(listed.n == 1 && str_eq(rows[0].id, second));
}

static void only_an_inactive_ca_is_deleted(void **state)
{
    struct fixture *f = *state;
    struct ca_certificate_change off = {.status = STR("INACTIVE")};
    struct str id = pki_register_ca(f, pki_pem(f, "root.pem"));
    CHECK_REFUSED(f, STATUS_CERT_STATE, "ACTIVE",
                  WRITE(f, ca_certificate_delete(&f->ctx, id, &f->why)));
    CHECK_OK(WRITE(f, ca_certificate_update(&f->ctx, id, &off, &f->why)));
    CHECK_OK(WRITE(f, ca_certificate_delete(&f->ctx, id, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no CA certificate",
                  WRITE(f, ca_certificate_delete(&f->ctx, id, &f->why)));
}

static void registration_happens_whole_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    struct ca_certificate_new new = {.active = false};
    struct ca_certificate row;
    CHECK_OK(prove(f, "root.pem", NULL, "SNI_ONLY", &new.proof));
    CHECK_ALL_OR_NOTHING(f, ca_certificate_register(&f->ctx, &new, &row, &f->why));
    CHECK_ALL_OR_NOTHING(f, ca_certificate_delete(&f->ctx, new.proof.ca->id, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(mode_and_verification_certificate_go_together),
        TEST(what_is_no_ca_is_refused),
        TEST(the_proof_is_the_code_under_the_cas_signature),
        TEST(a_code_deleted_meanwhile_proves_nothing),
        TEST(a_ca_is_registered_as_asked_and_once),
        TEST(configurations_that_cannot_be_meant_are_refused),
        TEST(an_eleventh_ca_of_one_subject_is_too_many),
        TEST(updates_change_what_they_name),
        TEST(lists_go_by_creation_and_by_template),
        TEST(only_an_inactive_ca_is_deleted),
        TEST(registration_happens_whole_or_not_at_all),
    };
    return RUN_TESTS("account/ca_certificate", tests);
}
