/* What an audit finds is found once, whatever fails under it. */
#include "audit_net.h"
#include "lib/fault.h"

#define ENDING CHECK_DEVICE_CERTIFICATE_EXPIRING
#define CHAIN  CHECK_INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES

enum { DEVICES = 3 };

struct world {
    struct audit_fixture f;
    struct net net;
    const struct cert *root;
    const struct cert *mid;
    const struct cert *devices[DEVICES];
};

static int open_world(void **state)
{
    static struct world world;
    struct world *w = &world;
    net_open(&w->net, &w->f);
    struct authority root = net_root(&w->net, "Root");
    struct authority mid = net_below(&w->net, &root, "Mid", "http://r/crl", NULL);
    w->root = root.cert;
    w->mid = mid.cert;
    net_serve(&w->net, "http://r/crl", str_of_bytes(net_list(&w->f, &root, &w->mid, 1, 5)));
    for (int i = 0; i < DEVICES; i++) {
        w->devices[i] = net_device(&w->f, &mid, NULL, NULL);
    }
    w->f.now += 990 * (int64_t)DAY_MS; /* all end within ten days */
    net_serve(&w->net, "http://r/crl", str_of_bytes(net_list(&w->f, &root, &w->mid, 1, 5)));
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    net_close(&w->net);
    return 0;
}

static void register_all(struct world *w)
{
    net_register_ca(&w->f, w->root, "ACTIVE");
    net_register_ca(&w->f, w->mid, "ACTIVE");
    for (int i = 0; i < DEVICES; i++) {
        net_register(&w->f, w->devices[i]);
    }
}

static enum status do_start_both(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const enum check_id both[] = {ENDING, CHAIN};
    return audit_task_start(ctx, both, 2, arg, why);
}

static struct str start_both(struct world *w)
{
    enum check_id ending = ENDING;
    enum check_id chain = CHAIN;
    struct str task = STR_ABSENT;
    CHECK_OK(fixture_write(&w->f, do_enable, &ending, NULL));
    CHECK_OK(fixture_write(&w->f, do_enable, &chain, NULL));
    CHECK_OK(fixture_write(&w->f, do_start_both, &task, NULL));
    return task;
}

static size_t count_related(struct world *w, struct str task)
{
    AUTO_VIEW *view = NULL;
    struct page_rows rows = fixture_findings(&w->f, task);
    const struct finding *findings = rows.rows;
    size_t all = 0;
    CHECK_OK(store_read_begin(w->f.store, &view, NULL));
    for (size_t i = 0; i < rows.n; i++) {
        const struct related_resource like = {.finding = findings[i].id};
        const struct store_range range = {.prefix = &like, .n_prefix = 1};
        size_t n = 0;
        CHECK_OK(store_count(view, TABLE(related_resource), &range, 0, &n, NULL));
        all += n;
    }
    return all;
}

/* Each device ends soon; one issuer is revoked, for all of them. */
static void check_complete(struct world *w, struct str task)
{
    struct audit_described audit = fixture_describe(&w->f, task);
    CHECK_STR(audit.task.status, "COMPLETED");
    assert_int_equal(audit.statistics.non_compliant, 2);
    assert_int_equal(audit.checks[0].total, DEVICES);
    assert_int_equal(audit.checks[0].non_compliant, DEVICES);
    assert_int_equal(audit.checks[1].total, 2);
    assert_int_equal(audit.checks[1].non_compliant, 1);
    assert_int_equal(fixture_findings(&w->f, task).n, DEVICES + 1);
    assert_int_equal(count_related(w, task), DEVICES);
}

/* The n-th call fails, for each n until the audit needs no more; then the audit is run again. */
static void whatever_call_of_the_store_fails_nothing_is_doubled_or_lost(void **state)
{
    struct world *w = *state;
    size_t n = 0;
    for (bool struck = true; struck; n++) {
        struct faulty_plan plan;
        fixture_open_faulty(&w->f, &plan);
        register_all(w);
        struct str task = start_both(w);
        faulty_plan_set(&plan, n, STATUS_IO);
        enum status status = audit_run_all(&w->f.options, NULL);
        struck = plan.struck;
        faulty_plan_set(&plan, FAULTY_NEVER, STATUS_IO);
        if (status != STATUS_OK) {
            CHECK_STATUS(status, STATUS_IO);
            CHECK_OK(audit_run_all(&w->f.options, NULL));
        }
        check_complete(w, task);
        store_close(w->f.store); /* before its plan goes */
        CHECK_OK(store_open(&(struct store_options){.path = STR_ABSENT}, &w->f.store, NULL));
    }
    assert_true(n > 30);
}

/* An allocation that fails may leave a chain unjudged, which the check then says. */
static void whatever_allocation_fails_nothing_is_lost_unsaid(void **state)
{
    struct world *w = *state;
    size_t n = 0;
    register_all(w);
    for (bool struck = true; struck; n++) {
        struct str task = start_both(w);
        fault_start(n);
        enum status status = audit_run_all(&w->f.options, NULL);
        struck = fault_stop();
        if (status != STATUS_OK) {
            CHECK_STATUS(status, STATUS_NO_MEMORY);
            CHECK_OK(audit_run_all(&w->f.options, NULL));
        }
        struct audit_described audit = fixture_describe(&w->f, task);
        if (str_absent(audit.checks[1].message)) {
            check_complete(w, task);
        } else {
            assert_true(net_says(audit.checks[1].message, "could not be judged"));
            assert_int_equal(audit.checks[0].non_compliant, DEVICES);
        }
    }
    assert_true(n > 5);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(whatever_call_of_the_store_fails_nothing_is_doubled_or_lost),
        IN_WORLD(whatever_allocation_fails_nothing_is_lost_unsaid),
    };
    return RUN_TESTS("page", tests);
}
