/* Fleets larger than what an audit may hold in memory. */
#include "audit_fixture.h"
#include "base/limits.h"

enum { FLEET = 100000, FINDING_BYTES_MIN = 700 };

/* If the findings of the whole fleet were held at once, they would not fit. */
_Static_assert((int64_t)FLEET *FINDING_BYTES_MIN > LIMIT_AUDIT_MEMORY, "a fleet that fits");

static enum status put_fleet(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const int *fleet = arg;
    for (int i = 0; i < *fleet; i++) {
        char id[65];
        snprintf(id, sizeof id, "%064d", i);
        struct certificate cert = fixture_cert(id);
        cert.not_after = 1;
        TRY(store_put(ctx->tx, TABLE(certificate), &cert, why));
    }
    return STATUS_OK;
}

static void judge_fleet(int fleet)
{
    struct audit_fixture f;
    fixture_open(&f);
    CHECK_OK(fixture_write(&f, put_fleet, &fleet, NULL));
    struct str task = fixture_start(&f, CHECK_DEVICE_CERTIFICATE_EXPIRING);
    CHECK_OK(audit_run_all(&f.options, NULL));
    struct audit_described audit = fixture_describe(&f, task);
    assert_int_equal(audit.checks[0].total, fleet);
    assert_int_equal(audit.checks[0].non_compliant, fleet);
    AUTO_VIEW *view = NULL;
    size_t n = 0;
    const struct store_range all = {.n_prefix = 0};
    CHECK_OK(store_read_begin(f.store, &view, NULL));
    CHECK_OK(store_count(view, TABLE(finding), &all, 0, &n, NULL));
    assert_int_equal(n, fleet);
    store_read_end(view);
    view = NULL;
    fixture_close(&f);
}

static void a_hopeless_fleet_is_judged_in_bounded_memory(void **state)
{
    (void)state;
    judge_fleet(FLEET);
}

/* Enough for many pages and commits. */
enum { SMALL_FLEET = 10000 };

static void a_fleet_of_many_pages_is_judged_once(void **state)
{
    (void)state;
    judge_fleet(SMALL_FLEET);
}

static void a_fleet_without_resources_is_compliant(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    struct str task = fixture_start(&f, CHECK_CA_CERTIFICATE_EXPIRING);
    CHECK_OK(audit_run_all(&f.options, NULL));
    struct audit_described audit = fixture_describe(&f, task);
    CHECK_STR(audit.checks[0].status, "COMPLETED_COMPLIANT");
    assert_int_equal(audit.checks[0].total, 0);
    fixture_close(&f);
}

/* With an argument the fleet that takes seconds: the long suite. */
int main(int argc, char **argv)
{
    (void)argv;
    const struct CMUnitTest quick_tests[] = {
        cmocka_unit_test(a_fleet_of_many_pages_is_judged_once),
        cmocka_unit_test(a_fleet_without_resources_is_compliant),
    };
    const struct CMUnitTest long_tests[] = {
        cmocka_unit_test(a_hopeless_fleet_is_judged_in_bounded_memory),
    };
    if (argc > 1) {
        return RUN_TESTS("subject, a large fleet", long_tests);
    }
    return RUN_TESTS("subject", quick_tests);
}
