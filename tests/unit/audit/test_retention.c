/* What audits leave behind goes in bounded steps, and nothing else goes. */
#include "audit/retention.h"

#include "audit/suppression.h"
#include "audit_fixture.h"

#define ENDING CHECK_DEVICE_CERTIFICATE_EXPIRING

enum { CERTS = RETENTION_STEP_ROWS + 500 };

static enum status do_step(const struct account_ctx *ctx, void *arg, struct why *why)
{
    bool *more = arg;
    return retention_step(ctx, clock_now(&ctx->clock) - 90 * (int64_t)DAY_MS, more, why);
}

static size_t count(struct audit_fixture *f, const struct table *table)
{
    AUTO_VIEW *view = NULL;
    const struct store_range all = {.index = NULL};
    size_t n = 0;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    CHECK_OK(store_count(view, table, &all, 0, &n, NULL));
    return n;
}

static void old_audits_go_step_by_step_and_young_ones_stay(void **state)
{
    (void)state;
    struct audit_fixture f;
    enum check_id ending = ENDING;
    fixture_open(&f);
    CHECK_OK(fixture_write(&f, do_enable, &ending, NULL));
    for (int i = 0; i < CERTS; i++) {
        char id[16];
        snprintf(id, sizeof id, "%08x", (unsigned)i);
        struct certificate cert = fixture_cert(id);
        cert.not_after = f.now;
        fixture_put(&f, TABLE(certificate), &cert);
    }
    struct str old = fixture_start(&f, ENDING);
    CHECK_OK(audit_run_all(&f.options, NULL));
    f.now += 90 * (int64_t)DAY_MS;
    bool more = true;
    CHECK_OK(fixture_write(&f, do_step, &more, NULL));
    assert_false(more); /* exactly 90 days old: kept */
    f.now += 1;
    struct str young = fixture_start(&f, ENDING);
    CHECK_OK(audit_run_all(&f.options, NULL));
    assert_int_equal(count(&f, TABLE(finding)), 2 * CERTS);
    more = true;
    CHECK_OK(fixture_write(&f, do_step, &more, NULL));
    assert_true(more);
    size_t left = count(&f, TABLE(finding));
    assert_in_range(left, CERTS + 1, 2 * CERTS - 1); /* bounded: not all at once */
    for (int steps = 0; more && steps < 10; steps++) {
        CHECK_OK(fixture_write(&f, do_step, &more, NULL));
    }
    assert_false(more);
    assert_int_equal(count(&f, TABLE(finding)), CERTS);
    assert_int_equal(count(&f, TABLE(audit_task)), 1);
    assert_int_equal(count(&f, TABLE(audit_check_run)), 1);
    assert_int_equal(fixture_describe(&f, young).n_checks, 1);
    (void)old;
    fixture_close(&f);
}

static enum status do_suppress(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct resource_id cert = {.kind = RESOURCE_DEVICE_CERTIFICATE, .id = STR("aa")};
    const int64_t *end = arg;
    const struct suppression_request in = {
        .check = ENDING, .resource = &cert, .expires = *end, .token = STR("t")};
    return suppression_create(ctx, &in, why);
}

static void ended_suppressions_go_after_the_same_time(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    int64_t end = f.now + DAY_MS;
    CHECK_OK(fixture_write(&f, do_suppress, &end, NULL));
    bool more = false;
    f.now = end + 90 * (int64_t)DAY_MS;
    CHECK_OK(fixture_write(&f, do_step, &more, NULL));
    assert_int_equal(count(&f, TABLE(audit_suppression)), 1);
    f.now++;
    CHECK_OK(fixture_write(&f, do_step, &more, NULL));
    assert_int_equal(count(&f, TABLE(audit_suppression)), 0);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_audits_go_step_by_step_and_young_ones_stay),
        cmocka_unit_test(ended_suppressions_go_after_the_same_time),
    };
    return RUN_TESTS("audit/retention", tests);
}
