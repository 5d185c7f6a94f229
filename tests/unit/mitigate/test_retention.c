#include "mitigate/retention.h"

#include "mitigate_fixture.h"

static size_t count(struct fixture *f, const struct table *table)
{
    const struct store_range all = {0};
    size_t n = 0;
    CHECK_OK(READ(f, store_count(f->ctx.tx, table, &all, 0, &n, &f->why)));
    return n;
}

static bool step(struct fixture *f)
{
    bool more = false;
    int64_t before = f->now - MITIGATION_RETENTION_DAYS * (int64_t)DAY_MS;
    CHECK_OK(WRITE(f, mitigation_retention_step(&f->ctx, before, &more, &f->why)));
    return more;
}

static bool is_due(struct fixture *f)
{
    bool due = false;
    int64_t before = f->now - MITIGATION_RETENTION_DAYS * (int64_t)DAY_MS;
    CHECK_OK(READ(f, mitigation_retention_is_due(&f->ctx, before, &due, &f->why)));
    return due;
}

/* A task with so many changes. */
static void set_up(struct fixture *f, size_t n)
{
    const enum check_id issuer = CHECK_INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES;
    account_make(f);
    put_action(f, "off", ACTION_UPDATE_DEVICE_CERTIFICATE);
    struct str finding = put_finding(f, issuer, "1", "issuerCertificateIdentifier=CN=x");
    for (size_t i = 0; i < n; i++) {
        const char *id = str_z(f->ctx.mem, fixture_name(f, "cert", (int)i));
        fixture_certificate(f, id);
        put_related(f, finding, (int64_t)i, id);
    }
    start_task(f, &(struct request_of){issuer, {"off"}});
}

static void old_tasks_go_in_bounded_steps_and_wholly(void **state)
{
    struct fixture *f = *state;
    set_up(f, MITIGATION_RETENTION_ROWS + 10);
    run_tasks(f);
    f->now += MITIGATION_RETENTION_DAYS * (int64_t)DAY_MS;
    assert_false(is_due(f)); /* exactly so old: kept */
    assert_false(step(f));
    f->now++;
    assert_true(is_due(f));
    assert_true(step(f));
    assert_int_equal(count(f, TABLE(mitigation_change)), 10);
    assert_int_equal(count(f, TABLE(mitigation_task)), 1);
    assert_true(step(f));
    assert_false(step(f));
    assert_int_equal(count(f, TABLE(mitigation_change)), 0);
    assert_int_equal(count(f, TABLE(mitigation_execution)), 0);
    assert_int_equal(count(f, TABLE(mitigation_check)), 0);
    assert_int_equal(count(f, TABLE(mitigation_task)), 0);
    assert_int_equal(count(f, TABLE(certificate)), MITIGATION_RETENTION_ROWS + 10);
}

static void what_is_in_progress_stays(void **state)
{
    struct fixture *f = *state;
    struct mitigation_task row;
    set_up(f, 1);
    f->now += 2 * MITIGATION_RETENTION_DAYS * (int64_t)DAY_MS;
    assert_false(step(f));
    run_tasks(f);
    CHECK_OK(WRITE(f, undo_start(&f->ctx, TASK, &row, &f->why)));
    assert_false(step(f));
    run_tasks(f);
    assert_true(step(f));
    assert_int_equal(count(f, TABLE(mitigation_task)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(old_tasks_go_in_bounded_steps_and_wholly),
        TEST(what_is_in_progress_stays),
    };
    return RUN_TESTS("mitigate/retention", tests);
}
