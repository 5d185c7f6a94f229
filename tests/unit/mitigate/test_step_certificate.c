#include "mitigate_fixture.h"

#define EXPIRING CHECK_DEVICE_CERTIFICATE_EXPIRING
#define ISSUER   CHECK_INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES

static struct str set_up(struct fixture *f)
{
    account_make(f);
    put_action(f, "off", ACTION_UPDATE_DEVICE_CERTIFICATE);
    fixture_certificate(f, "aa");
    return put_finding(f, EXPIRING, "1", "deviceCertificateId=aa");
}

static void the_certificate_becomes_inactive_and_active_again(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    mitigate(f, &(struct request_of){EXPIRING, {"off"}});
    only_execution(f, finding, "COMPLETED");
    assert_true(str_eq(get_certificate(f, "aa").status, STR("INACTIVE")));
    struct page_rows rows = undo_task(f);
    check_undone(&rows, NULL);
    struct certificate row = get_certificate(f, "aa");
    CHECK_STR(row.status, "ACTIVE");
    assert_int_equal(row.version, 2); /* both changes are changes */
}

/* All but the state stays as it was, in the row and in every order. */
static void nothing_else_of_the_certificate_changes(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    struct certificate before = get_certificate(f, "aa");
    before.serial = STR("0badcafe");
    before.not_after = 4711;
    before.ca_id = STR("some-ca");
    put_row(f, TABLE(certificate), &before);
    mitigate(f, &(struct request_of){EXPIRING, {"off"}});
    struct certificate after = get_certificate(f, "aa");
    CHECK_STR(after.status, "INACTIVE");
    assert_int_equal(after.version, before.version + 1);
    assert_int_equal(after.modified, f->now);
    CHECK_STR(after.serial, "0badcafe");
    CHECK_STR(after.ca_id, "some-ca");
    assert_int_equal(after.not_after, 4711);
    assert_int_equal(after.created, before.created);
}

/* The role is asked once for all that it says the same of, and one by one where it does not. */
static void a_role_that_allows_some_certificates_is_asked_for_each(void **state)
{
    struct fixture *f = *state;
    struct str allowed = set_up(f);
    CHECK_OK(
        try_inline(f, IAM_ROLE, "mitigate", "all",
                   POLICY(GRANT("Allow", "iot:*", "arn:aws:iot:us-east-1:123456789012:cert/a*"))));
    fixture_certificate(f, "bb");
    fixture_certificate(f, "ab");
    struct str denied = put_finding(f, EXPIRING, "2", "deviceCertificateId=bb");
    struct str second = put_finding(f, EXPIRING, "3", "deviceCertificateId=ab");
    mitigate(f, &(struct request_of){EXPIRING, {"off"}});
    only_execution(f, allowed, "COMPLETED");
    only_execution(f, second, "COMPLETED");
    struct mitigation_execution done = only_execution(f, denied, "FAILED");
    check_message(&done, "INSUFFICIENT_PERMISSIONS", "cert/bb");
    CHECK_STR(get_certificate(f, "bb").status, "ACTIVE");
}

/* What a role denies to all is said of each, with its own name. */
static void a_denial_names_the_certificate(void **state)
{
    struct fixture *f = *state;
    struct str first = set_up(f);
    CHECK_OK(try_inline(f, IAM_ROLE, "mitigate", "never",
                        POLICY(GRANT("Deny", "iot:UpdateCertificate", "*"))));
    fixture_certificate(f, "bb");
    struct str second = put_finding(f, EXPIRING, "2", "deviceCertificateId=bb");
    mitigate(f, &(struct request_of){EXPIRING, {"off"}});
    struct mitigation_execution done = only_execution(f, first, "FAILED");
    check_message(&done, "INSUFFICIENT_PERMISSIONS", "cert/aa");
    done = only_execution(f, second, "FAILED");
    check_message(&done, "INSUFFICIENT_PERMISSIONS", "cert/bb");
}

static void what_is_inactive_already_is_no_change(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    set_certificate(f, "aa", "INACTIVE");
    mitigate(f, &(struct request_of){EXPIRING, {"off"}});
    only_execution(f, finding, "COMPLETED");
    assert_int_equal(undo_task(f).n, 0);
    CHECK_STR(get_certificate(f, "aa").status, "INACTIVE");
}

static void a_state_that_forbids_it_fails_the_step(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    set_certificate(f, "aa", "PENDING_TRANSFER");
    mitigate(f, &(struct request_of){EXPIRING, {"off"}});
    struct mitigation_execution done = only_execution(f, finding, "FAILED");
    check_message(&done, "CertificateStateException", "PENDING_TRANSFER");
}

static void a_deleted_certificate_fails_the_step(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    struct str finding = put_finding(f, EXPIRING, "2", "deviceCertificateId=gone");
    mitigate(f, &(struct request_of){EXPIRING, {"off"}});
    struct mitigation_execution done = only_execution(f, finding, "FAILED");
    check_message(&done, "ResourceNotFoundException", "no certificate has the id gone");
}

static void what_was_changed_since_is_kept(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    mitigate(f, &(struct request_of){EXPIRING, {"off"}});
    set_certificate(f, "aa", "REVOKED");
    struct page_rows rows = undo_task(f);
    check_undone(&rows,
                 "the certificate was changed since: it is REVOKED in version 2, and the task"
                 " left it in version 1");
    CHECK_STR(get_certificate(f, "aa").status, "REVOKED");
}

static void what_was_deleted_or_made_anew_is_kept(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    fixture_certificate(f, "bb");
    put_finding(f, EXPIRING, "2", "deviceCertificateId=bb");
    mitigate(f, &(struct request_of){EXPIRING, {"off"}});
    struct certificate row = get_certificate(f, "aa");
    row.generation_id = STR("another");
    put_row(f, TABLE(certificate), &row);
    row = get_certificate(f, "bb");
    CHECK_OK(WRITE(f, store_delete(f->ctx.tx, TABLE(certificate), &row, &f->why)));
    struct page_rows rows = undo_task(f);
    const struct mitigation_change *changes = rows.rows;
    assert_int_equal(rows.n, 2);
    CHECK_STR(changes[0].undo_reason, "the certificate was deleted and registered anew since");
    CHECK_STR(changes[1].undo_reason, "the certificate was deleted since");
}

/* The finding is about the issuer; its devices are the related ones. */
static void of_an_issuer_the_related_certificates_are_meant(void **state)
{
    struct fixture *f = *state;
    static const char *const ids[] = {"aa", "bb", "cc"};
    set_up(f);
    struct str finding = put_finding(f, ISSUER, "1", "issuerCertificateIdentifier=CN=x");
    for (size_t i = 0; i < 3; i++) {
        fixture_certificate(f, ids[i]);
        put_related(f, finding, (int64_t)i, ids[i]);
    }
    put_related(f, finding, 3, "gone");
    set_certificate(f, "cc", "REVOKED");
    mitigate(f, &(struct request_of){ISSUER, {"off"}});
    only_execution(f, finding, "COMPLETED");
    CHECK_STR(get_certificate(f, "aa").status, "INACTIVE");
    CHECK_STR(get_certificate(f, "bb").status, "INACTIVE");
    CHECK_STR(get_certificate(f, "cc").status, "REVOKED");
    struct page_rows rows = undo_task(f);
    assert_int_equal(rows.n, 2);
    CHECK_STR(get_certificate(f, "aa").status, "ACTIVE");
    CHECK_STR(get_certificate(f, "bb").status, "ACTIVE");
}

/* All of a step or nothing: one certificate that may not be changed keeps the others as they are.
 */
static void a_related_certificate_in_transfer_fails_the_whole_step(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    struct str finding = put_finding(f, ISSUER, "1", "issuerCertificateIdentifier=CN=x");
    fixture_certificate(f, "bb");
    put_related(f, finding, 0, "aa");
    put_related(f, finding, 1, "bb");
    set_certificate(f, "bb", "PENDING_TRANSFER");
    mitigate(f, &(struct request_of){ISSUER, {"off"}});
    only_execution(f, finding, "FAILED");
    CHECK_STR(get_certificate(f, "aa").status, "ACTIVE");
}

static void a_finding_of_another_form_is_called_damaged(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    struct str finding = put_finding(f, EXPIRING, "2", "caCertificateId=aa");
    mitigate(f, &(struct request_of){EXPIRING, {"off"}});
    struct mitigation_execution done = only_execution(f, finding, "FAILED");
    check_message(&done, "InternalFailureException", "has no deviceCertificateId");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_certificate_becomes_inactive_and_active_again),
        TEST(nothing_else_of_the_certificate_changes),
        TEST(a_role_that_allows_some_certificates_is_asked_for_each),
        TEST(a_denial_names_the_certificate),
        TEST(what_is_inactive_already_is_no_change),
        TEST(a_state_that_forbids_it_fails_the_step),
        TEST(a_deleted_certificate_fails_the_step),
        TEST(what_was_changed_since_is_kept),
        TEST(what_was_deleted_or_made_anew_is_kept),
        TEST(of_an_issuer_the_related_certificates_are_meant),
        TEST(a_related_certificate_in_transfer_fails_the_whole_step),
        TEST(a_finding_of_another_form_is_called_damaged),
    };
    return RUN_TESTS("mitigate/step_certificate", tests);
}
