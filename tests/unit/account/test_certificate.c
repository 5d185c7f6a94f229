/* The life of device certificates. */
#include "account/certificate.h"

#include "account/cert_intake.h"
#include "account/policy.h"
#include "account/policy_target.h"
#include "account/principal.h"
#include "account/thing.h"
#include "pki.h"

/* ---- states -----------------------------------------------------------------------------------
 */

static const char *const states[] = {"ACTIVE", "INACTIVE", "REVOKED", "PENDING_TRANSFER",
                                     "PENDING_ACTIVATION"};

/* A row for each state, a column for each state asked for: o done, = nothing to do, S
 * CertificateStateException, I InvalidRequestException. REGISTER_INACTIVE is the last column. */
static const char *const moves[] = {
    /*                       A    I    R    PT   PA   RI */
    /* ACTIVE */ "=ooIII",
    /* INACTIVE */ "o=oIII",
    /* REVOKED */ "SS=III",
    /* PENDING_TRANSFER */ "SSSIII",
    /* PENDING_ACTIVATION */ "oooIII",
};
static const char *const asked[] = {"ACTIVE",           "INACTIVE",           "REVOKED",
                                    "PENDING_TRANSFER", "PENDING_ACTIVATION", "REGISTER_INACTIVE"};

static void check_move(struct fixture *f, struct str id, const char *from, const char *to,
                       char verdict)
{
    struct certificate before;
    struct certificate after;
    CHECK_OK(READ(f, certificate_get(&f->ctx, id, &before, &f->why)));
    enum status status = WRITE(f, certificate_update(&f->ctx, id, str_from(to), &f->why));
    CHECK_OK(READ(f, certificate_get(&f->ctx, id, &after, &f->why)));
    enum status want = verdict == 'S'   ? STATUS_CERT_STATE
                       : verdict == 'I' ? STATUS_INVALID
                                        : STATUS_OK;
    if (status != want) {
        fail_msg("%s to %s: got %s, want %s", from, to, status_name(status), status_name(want));
    }
    bool moved = verdict == 'o';
    CHECK_STR(after.status, moved ? to : from);
    assert_int_equal(after.version, before.version + moved);
}

static void each_state_moves_to_each_as_the_table_says(void **state)
{
    struct fixture *f = *state;
    for (size_t from = 0; from < 5; from++) {
        for (size_t to = 0; to < 6; to++) {
            struct fixture *own;
            fixture_set_up((void **)&own);
            own->now = f->now;
            struct str id = pki_register_as(own, "device-p256.pem", states[from]);
            own->now += MINUTE_MS;
            check_move(own, id, states[from], asked[to], moves[from][to]);
            fixture_tear_down((void **)&own);
        }
    }
}

static void a_change_is_stamped_and_doing_nothing_is_not(void **state)
{
    struct fixture *f = *state;
    struct certificate row;
    int64_t made = f->now;
    struct str id = pki_register_as(f, "device-p256.pem", "INACTIVE");
    f->now += HOUR_MS;
    CHECK_OK(WRITE(f, certificate_update(&f->ctx, id, STR("INACTIVE"), &f->why)));
    CHECK_OK(READ(f, certificate_get(&f->ctx, id, &row, &f->why)));
    assert_true(row.modified == made && row.version == 1);
    CHECK_OK(WRITE(f, certificate_update(&f->ctx, id, STR("ACTIVE"), &f->why)));
    CHECK_OK(READ(f, certificate_get(&f->ctx, id, &row, &f->why)));
    assert_true(row.modified == made + HOUR_MS && row.version == 2 && row.created == made);
}

/* ---- registering ------------------------------------------------------------------------------
 */

static void statuses_that_may_be_asked_for_at_registration(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *status; /* NULL: not sent */
        int set_as_active;  /* -1: not sent */
        const char *want;   /* NULL: refused */
    } cases[] = {
        {NULL, -1, "INACTIVE"},
        {NULL, 0, "INACTIVE"},
        {NULL, 1, "ACTIVE"},
        {"ACTIVE", -1, "ACTIVE"},
        {"INACTIVE", -1, "INACTIVE"},
        {"REVOKED", -1, "REVOKED"},
        {"ACTIVE", 1, "ACTIVE"},
        {"INACTIVE", 0, "INACTIVE"},
        {"ACTIVE", 0, NULL},
        {"INACTIVE", 1, NULL},
        {"REVOKED", 1, NULL},
        {"PENDING_TRANSFER", -1, NULL},
        {"REGISTER_INACTIVE", -1, NULL},
        {"PENDING_ACTIVATION", -1, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str got = STR_ABSENT;
        struct maybe_bool active = {cases[i].set_as_active >= 0, cases[i].set_as_active == 1};
        enum status status =
            certificate_status_asked(str_from(cases[i].status), active, &got, &f->why);
        CHECK_STATUS(status, cases[i].want == NULL ? STATUS_INVALID : STATUS_OK);
        assert_true(str_eq(got, str_from(cases[i].want)));
    }
}

static void a_certificate_is_registered_with_the_ca_that_signed_it(void **state)
{
    struct fixture *f = *state;
    struct certificate row;
    struct str mid = pki_register_ca(f, pki_pem(f, "mid.pem"));
    pki_register_ca(f, pki_pem(f, "root.pem"));
    struct certificate_new new = {.cert = pki_cert(f, "device-rsa.pem"), .status = STR("ACTIVE")};
    CHECK_OK(READ(f, certificate_signer(&f->ctx, new.cert, NULL, &new.ca_id, &f->why)));
    assert_true(str_eq(new.ca_id, mid));
    CHECK_OK(WRITE(f, certificate_register(&f->ctx, &new, &row, &f->why)));
    CHECK_OK(READ(f, certificate_get(&f->ctx, new.cert->id, &row, &f->why)));
    assert_true(str_eq(row.ca_id, mid));
    CHECK_STR(row.status, "ACTIVE");
    CHECK_STR(row.mode, "SNI_ONLY"); /* as its CA */
    CHECK_STR(row.owner, "123456789012");
    assert_true(str_absent(row.previous_owner) && row.transferred == TIME_NEVER);
    assert_int_equal(row.generation_id.len, UUID_TEXT);
}

static void a_certificate_of_an_unknown_ca_is_refused(void **state)
{
    struct fixture *f = *state;
    const struct cert *cert = pki_cert(f, "device-rsa.pem");
    struct str id;
    CHECK_REFUSED(f, STATUS_CERT_INVALID, "Test Intermediate",
                  READ(f, certificate_signer(&f->ctx, cert, NULL, &id, &f->why)));
    CHECK_REFUSED(f, STATUS_CERT_INVALID, "not registered",
                  READ(f, certificate_signer(&f->ctx, cert, pki_cert(f, "mid.pem"), &id, &f->why)));
}

static void a_ca_of_the_same_name_that_did_not_sign_is_no_signer(void **state)
{
    struct fixture *f = *state;
    struct str id;
    struct str root = pki_register_ca(f, pki_pem(f, "root.pem"));
    struct str other = pki_register_ca(f, pki_pem(f, "other-root.pem"));
    assert_false(str_eq(root, other));
    const struct cert *cert = pki_cert(f, "device-p384.pem");
    CHECK_OK(READ(f, certificate_signer(&f->ctx, cert, NULL, &id, &f->why)));
    assert_true(str_eq(id, root));
    CHECK_REFUSED(
        f, STATUS_CERT_INVALID, "signed",
        READ(f, certificate_signer(&f->ctx, cert, pki_cert(f, "other-root.pem"), &id, &f->why)));
}

static void two_cas_with_one_name_and_key_must_be_told_apart(void **state)
{
    struct fixture *f = *state;
    struct str pem;
    struct str id;
    AUTO_ISSUER *issuer = pki_root(f, "Twins", &pem);
    struct str twin_pem = pki_twin(f, issuer);
    struct str first = pki_register_ca(f, pem);
    struct str second = pki_register_ca(f, twin_pem);
    const struct cert *cert;
    const struct cert *twin;
    CHECK_OK(cert_read(f->ctx.mem, pki_device(f, issuer, "pump", -1, 30), &cert, &f->why));
    CHECK_OK(cert_read(f->ctx.mem, twin_pem, &twin, &f->why));
    CHECK_REFUSED(f, STATUS_CERT_CONFLICT, "caCertificatePem",
                  READ(f, certificate_signer(&f->ctx, cert, NULL, &id, &f->why)));
    CHECK_OK(READ(f, certificate_signer(&f->ctx, cert, twin, &id, &f->why)));
    assert_true(str_eq(id, second));
    CHECK_OK(READ(f, certificate_signer(&f->ctx, cert, issuer_cert_get(issuer), &id, &f->why)));
    assert_true(str_eq(id, first));
}

static void an_inactive_expired_or_deleted_ca_registers_nothing(void **state)
{
    struct fixture *f = *state;
    struct str pem;
    struct certificate row;
    AUTO_ISSUER *issuer = pki_root(f, "Short", &pem);
    struct certificate_new new = {.ca_id = pki_register_ca(f, pem)};
    CHECK_OK(cert_read(f->ctx.mem, pki_device(f, issuer, "pump", -1, 9000), &new.cert, &f->why));
    int64_t now = f->now;
    f->now += INT64_C(4000) * DAY_MS;
    CHECK_REFUSED(f, STATUS_CERT_INVALID, "expired",
                  WRITE(f, certificate_register(&f->ctx, &new, &row, &f->why)));
    f->now = now;
    struct ca_certificate_change off = {.status = STR("INACTIVE")};
    CHECK_OK(WRITE(f, ca_certificate_update(&f->ctx, new.ca_id, &off, &f->why)));
    CHECK_REFUSED(f, STATUS_CERT_STATE, "INACTIVE",
                  WRITE(f, certificate_register(&f->ctx, &new, &row, &f->why)));
    CHECK_OK(WRITE(f, ca_certificate_delete(&f->ctx, new.ca_id, &f->why)));
    CHECK_REFUSED(f, STATUS_CERT_INVALID, "not registered any more",
                  WRITE(f, certificate_register(&f->ctx, &new, &row, &f->why)));
}

static void the_same_certificate_is_not_registered_twice(void **state)
{
    struct fixture *f = *state;
    struct certificate row;
    struct str id = pki_register_as(f, "device-p256.pem", "REVOKED");
    struct certificate_new new = {.cert = pki_cert(f, "device-p256.pem"), .sni_only = true};
    CHECK_REFUSED(f, STATUS_EXISTS, "registered already",
                  WRITE(f, certificate_register(&f->ctx, &new, &row, &f->why)));
    char arn[160];
    snprintf(arn, sizeof arn, "arn:aws:iot:us-east-1:123456789012:cert/%.*s", STR_ARG(id));
    assert_string_equal(f->why.resource, arn);
    CHECK_OK(READ(f, certificate_get(&f->ctx, id, &row, &f->why)));
    CHECK_STR(row.status, "REVOKED"); /* a second registration does not bring it back */
}

/* ---- lists ------------------------------------------------------------------------------------
 */

static void lists_go_by_creation_both_ways_a_page_at_a_time(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"device-p256.pem", "device-p384.pem", "device-p521.pem"};
    struct str ids[3];
    for (size_t i = 0; i < 3; i++) {
        f->now += SECOND_MS;
        ids[i] = pki_register_as(f, names[i], "INACTIVE");
    }
    for (int descending = 0; descending < 2; descending++) {
        struct page page = {.max = 2, .descending = descending, .after = STR_ABSENT};
        struct page_rows listed;
        CHECK_OK(READ(f, certificate_list(&f->ctx, &page, &listed, &f->why)));
        const struct certificate *rows = listed.rows;
        assert_int_equal(listed.n, 2);
        assert_true(str_eq(rows[0].id, ids[descending ? 2 : 0]));
        CHECK_STR(rows[0].status, "INACTIVE");
        CHECK_STR(rows[0].mode, "SNI_ONLY");
        page.after = listed.next;
        assert_false(str_absent(page.after));
        CHECK_OK(READ(f, certificate_list(&f->ctx, &page, &listed, &f->why)));
        rows = listed.rows;
        assert_int_equal(listed.n, 1);
        assert_true(str_eq(rows[0].id, ids[descending ? 0 : 2]) && str_absent(listed.next));
    }
}

static void certificates_of_a_ca_are_listed_by_its_id(void **state)
{
    struct fixture *f = *state;
    struct str mid = pki_register_ca(f, pki_pem(f, "mid.pem"));
    struct certificate row;
    struct certificate_new new = {.cert = pki_cert(f, "device-p256.pem"), .ca_id = mid};
    CHECK_OK(WRITE(f, certificate_register(&f->ctx, &new, &row, &f->why)));
    pki_register_as(f, "device-p384.pem", "ACTIVE");
    struct page page = {.after = STR_ABSENT};
    struct page_rows listed;
    CHECK_OK(READ(f, certificate_list_by_ca(&f->ctx, mid, &page, &listed, &f->why)));
    assert_int_equal(listed.n, 1);
    assert_true(str_eq(((const struct certificate *)listed.rows)->id, new.cert->id));
    CHECK_OK(READ(f, certificate_list_by_ca(&f->ctx, STR("00"), &page, &listed, &f->why)));
    assert_int_equal(listed.n, 0);
}

/* ---- deleting ---------------------------------------------------------------------------------
 */

static void each_state_but_active_and_pending_transfer_can_be_deleted(void **state)
{
    (void)state;
    static const enum status want[] = {STATUS_CERT_STATE, STATUS_OK, STATUS_OK, STATUS_CERT_STATE,
                                       STATUS_OK};
    for (size_t i = 0; i < 5; i++) {
        for (int force = 0; force < 2; force++) {
            struct fixture *f;
            fixture_set_up((void **)&f);
            struct str id = pki_register_as(f, "device-p256.pem", states[i]);
            CHECK_STATUS(WRITE(f, certificate_delete(&f->ctx, id, force, &f->why)), want[i]);
            struct certificate row;
            CHECK_STATUS(READ(f, certificate_get(&f->ctx, id, &row, &f->why)),
                         want[i] == STATUS_OK ? STATUS_NOT_FOUND : STATUS_OK);
            fixture_tear_down((void **)&f);
        }
    }
}

static const struct str allow_all = STR_INIT(
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:*\","
    "\"Resource\":\"*\"}]}");

static enum status make_policy(struct fixture *f, const char *name)
{
    struct policy policy;
    struct tags none = {NULL, 0};
    return policy_create(&f->ctx, str_from(name), allow_all, none, &policy, &f->why);
}

static void what_is_attached_stands_in_the_way_of_deletion(void **state)
{
    struct fixture *f = *state;
    struct str arn;
    struct thing thing;
    struct thing_create lamp = {.name = STR("lamp")};
    struct str id = pki_register_as(f, "device-p256.pem", "INACTIVE");
    CHECK_OK(account_arn(&f->ctx, STR("cert"), id, &arn, &f->why));
    CHECK_OK(WRITE(f, make_policy(f, "P")));
    CHECK_OK(WRITE(f, policy_attach(&f->ctx, STR("P"), arn, &f->why)));
    CHECK_OK(WRITE(f, thing_create(&f->ctx, &lamp, &thing, &f->why)));
    CHECK_OK(WRITE(f, principal_attach(&f->ctx, STR("lamp"), arn, STR_ABSENT, &f->why)));
    for (int force = 0; force < 2; force++) {
        CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "thing lamp",
                      WRITE(f, certificate_delete(&f->ctx, id, force, &f->why)));
        assert_string_equal(f->why.resource, "arn:aws:iot:us-east-1:123456789012:thing/lamp");
    }
    CHECK_OK(WRITE(f, principal_detach(&f->ctx, STR("lamp"), arn, &f->why)));
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "policy P",
                  WRITE(f, certificate_delete(&f->ctx, id, false, &f->why)));
    CHECK_OK(WRITE(f, certificate_delete(&f->ctx, id, true, &f->why)));
    struct page page = {.after = STR_ABSENT};
    struct page_rows listed;
    CHECK_OK(READ(f, policy_list_targets(&f->ctx, STR("P"), false, &page, &listed, &f->why)));
    assert_int_equal(listed.n, 0);
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no certificate",
                  WRITE(f, certificate_delete(&f->ctx, id, true, &f->why)));
}

/* ---- faults -----------------------------------------------------------------------------------
 */

static void registration_and_deletion_happen_whole_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    struct certificate row;
    struct certificate_new new = {.cert = pki_cert(f, "device-p256.pem"), .sni_only = true};
    CHECK_ALL_OR_NOTHING(f, certificate_register(&f->ctx, &new, &row, &f->why));
    CHECK_ALL_OR_NOTHING(f, certificate_update(&f->ctx, row.id, STR("REVOKED"), &f->why));
    CHECK_ALL_OR_NOTHING(f, certificate_delete(&f->ctx, row.id, false, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_state_moves_to_each_as_the_table_says),
        TEST(a_change_is_stamped_and_doing_nothing_is_not),
        TEST(statuses_that_may_be_asked_for_at_registration),
        TEST(a_certificate_is_registered_with_the_ca_that_signed_it),
        TEST(a_certificate_of_an_unknown_ca_is_refused),
        TEST(a_ca_of_the_same_name_that_did_not_sign_is_no_signer),
        TEST(two_cas_with_one_name_and_key_must_be_told_apart),
        TEST(an_inactive_expired_or_deleted_ca_registers_nothing),
        TEST(the_same_certificate_is_not_registered_twice),
        TEST(lists_go_by_creation_both_ways_a_page_at_a_time),
        TEST(certificates_of_a_ca_are_listed_by_its_id),
        TEST(each_state_but_active_and_pending_transfer_can_be_deleted),
        TEST(what_is_attached_stands_in_the_way_of_deletion),
        TEST(registration_and_deletion_happen_whole_or_not_at_all),
    };
    return RUN_TESTS("account/certificate", tests);
}
