#include "account/ca_certificate.h"
#include "mitigate_fixture.h"

#define CHECK CHECK_CA_CERTIFICATE_EXPIRING

static struct ca_certificate get(struct fixture *f)
{
    struct ca_certificate row = {.id = STR("ca")};
    CHECK_OK(READ(f, store_get(f->ctx.tx, TABLE(ca_certificate), &row, f->ctx.mem, &f->why)));
    return row;
}

static struct str set_up(struct fixture *f)
{
    const struct ca_certificate row = {.id = STR("ca"),
                                       .status = STR("ACTIVE"),
                                       .auto_registration = STR("DISABLE"),
                                       .mode = STR("DEFAULT"),
                                       .version = 1,
                                       .subject_hash = STR("00")};
    account_make(f);
    put_action(f, "off", ACTION_UPDATE_CA_CERTIFICATE);
    put_row(f, TABLE(ca_certificate), &row);
    return put_finding(f, CHECK, "1", "caCertificateId=ca");
}

static void the_ca_becomes_inactive_and_active_again(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    mitigate(f, &(struct request_of){CHECK, {"off"}});
    only_execution(f, finding, "COMPLETED");
    CHECK_STR(get(f).status, "INACTIVE");
    struct page_rows rows = undo_task(f);
    check_undone(&rows, NULL);
    CHECK_STR(get(f).status, "ACTIVE");
}

static void a_ca_that_was_changed_since_is_kept(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    mitigate(f, &(struct request_of){CHECK, {"off"}});
    const struct ca_certificate_change change = {.auto_registration = STR("ENABLE")};
    CHECK_OK(WRITE(f, ca_certificate_update(&f->ctx, STR("ca"), &change, &f->why)));
    struct page_rows rows = undo_task(f);
    check_undone(&rows, "it is INACTIVE in version 3, and the task left it in version 2");
    CHECK_STR(get(f).status, "INACTIVE");
}

static void a_ca_that_is_gone_is_said_so(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    put_finding(f, CHECK, "2", "caCertificateId=none");
    mitigate(f, &(struct request_of){CHECK, {"off"}});
    only_execution(f, finding, "COMPLETED");
    assert_int_equal(describe(f).checks[0].row.failed, 1);
    const struct ca_certificate row = get(f);
    CHECK_OK(WRITE(f, store_delete(f->ctx.tx, TABLE(ca_certificate), &row, &f->why)));
    struct page_rows rows = undo_task(f);
    check_undone(&rows, "the CA certificate was deleted since");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_ca_becomes_inactive_and_active_again),
        TEST(a_ca_that_was_changed_since_is_kept),
        TEST(a_ca_that_is_gone_is_said_so),
    };
    return RUN_TESTS("mitigate/step_ca_certificate", tests);
}
