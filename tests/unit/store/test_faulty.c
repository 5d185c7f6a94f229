/* The failing backend: without a fault it conforms like the one behind it; with one, at whatever
 * call, everything acknowledged stays, nothing half-done appears, and the store goes on.
 *
 *     test_faulty memory|sqlite          the conformance suite
 *     test_faulty memory-faults|sqlite-faults
 */
#include "store/faulty.h"

#include "conformance.h"
#include "lib/check.h"
#include "place.h"

struct subject {
    bool in_file;
    struct place place;
    struct faulty_plan plan;
};

static struct store *open_faulty(void *ctx)
{
    struct subject *subject = ctx;
    struct store_db *inner = NULL;
    struct store_db *db = NULL;
    struct store *store = NULL;
    place_make(&subject->place);
    const struct store_options options = {.path = str_from(subject->place.path)};
    CHECK_OK(subject->in_file ? sqlite_open(&options, &inner, NULL) : memory_open(&inner, NULL));
    faulty_plan_set(&subject->plan, FAULTY_NEVER, STATUS_IO);
    CHECK_OK(faulty_open(inner, &subject->plan, &db, NULL));
    CHECK_OK(store_start(db, 0, &store, NULL));
    return store;
}

static void close_faulty(void *ctx, struct store *store)
{
    struct subject *subject = ctx;
    store_close(store);
    place_remove(&subject->place);
}

/* ---- every point of failure ------------------------------------------------------------------ */

enum { THINGS_KEPT = 3 };

static enum status thing_of(struct arena *mem, int64_t number, struct thing *ret, struct why *why)
{
    *ret = (struct thing){.type_name = STR("")};
    return str_fmt(mem, &ret->name, why, "thing-%lld", (long long)number);
}

/* A transaction that adds one to a counter, writes a thing of that number and deletes the one three
 * before: after any failure, counter and things agree, or the transaction was torn. */
static enum status count_on(struct store_tx *tx, void *ctx, struct why *why)
{
    AUTO_ARENA *mem = arena_new(1 << 16);
    int64_t *acknowledged = ctx;
    struct role_alias counter = {.alias = STR("counter")};
    enum status status = store_get(tx, TABLE(role_alias), &counter, mem, why);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    counter.duration_seconds++;
    struct thing thing;
    TRY(thing_of(mem, counter.duration_seconds, &thing, why));
    TRY(store_insert(tx, TABLE(thing), &thing, why));
    TRY(store_put(tx, TABLE(role_alias), &counter, why));
    if (counter.duration_seconds > THINGS_KEPT) {
        TRY(thing_of(mem, counter.duration_seconds - THINGS_KEPT, &thing, why));
        TRY(store_delete(tx, TABLE(thing), &thing, why));
    }
    *acknowledged = counter.duration_seconds;
    return STATUS_OK;
}

/* Reads all that is there by every reading verb. */
static enum status read_back(struct store *store, int64_t *ret_counter, size_t *ret_things)
{
    AUTO_ARENA *mem = arena_new(1 << 20);
    AUTO_VIEW *view = NULL;
    TRY(store_read_begin(store, &view, NULL));
    struct role_alias counter = {.alias = STR("counter")};
    enum status status = store_get(view, TABLE(role_alias), &counter, mem, NULL);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    size_t counted = 0;
    TRY(store_count(view, TABLE(thing), NULL, 0, &counted, NULL));
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(view, TABLE(thing), NULL, &scan, NULL));
    size_t n = 0;
    for (bool more = true; more; n += more) {
        struct thing row = {0};
        TRY(store_scan_next(scan, &row, mem, &more, NULL));
    }
    assert_int_equal(n, counted);
    *ret_counter = counter.duration_seconds;
    *ret_things = n;
    return STATUS_OK;
}

static void check_whole(struct store *store, int64_t acknowledged)
{
    int64_t counter = -1;
    size_t things = 0;
    CHECK_OK(read_back(store, &counter, &things));
    assert_int_equal(counter, acknowledged);
    assert_int_equal(things, acknowledged < THINGS_KEPT ? acknowledged : THINGS_KEPT);
    CHECK_OK(store_check(store, NULL));
}

/* One write and one reading, of which the n-th call fails; false when there were fewer. */
static bool strike(struct subject *subject, struct store *store, size_t n, enum status fault,
                   int64_t *acknowledged)
{
    int64_t counter = 0;
    size_t things = 0;
    int64_t now = *acknowledged;
    faulty_plan_set(&subject->plan, n, fault);
    enum status wrote = store_write(store, count_on, &now, NULL);
    bool in_write = atomic_load(&subject->plan.struck);
    enum status read = read_back(store, &counter, &things);
    bool struck = atomic_load(&subject->plan.struck);
    faulty_plan_set(&subject->plan, FAULTY_NEVER, fault);
    CHECK_STATUS(wrote, in_write ? fault : STATUS_OK);
    CHECK_STATUS(read, struck && !in_write ? fault : STATUS_OK);
    *acknowledged = wrote == STATUS_OK ? now : *acknowledged;
    return struck;
}

static void no_fault_tears_a_transaction_or_loses_an_acknowledged_one(void **state)
{
    struct subject *subject = *state;
    static const enum status faults[] = {STATUS_IO, STATUS_NO_MEMORY};
    for (size_t f = 0; f < 2; f++) {
        struct store *store = open_faulty(subject);
        int64_t acknowledged = 0;
        size_t n = 0;
        while (strike(subject, store, n, faults[f], &acknowledged)) {
            check_whole(store, acknowledged);
            n++;
        }
        assert_true(n > 12); /* each verb of both was failed once */
        check_whole(store, acknowledged);
        close_faulty(subject, store);
    }
}

static void a_store_that_failed_for_long_goes_on_when_it_can(void **state)
{
    struct subject *subject = *state;
    struct store *store = open_faulty(subject);
    int64_t acknowledged = 0;
    CHECK_OK(store_write(store, count_on, &acknowledged, NULL));
    faulty_plan_set(&subject->plan, 0, STATUS_IO);
    atomic_store(&subject->plan.keep_failing, true);
    for (size_t i = 0; i < 20; i++) {
        int64_t lost = 0;
        struct why why;
        CHECK_STATUS(store_write(store, count_on, &lost, &why), STATUS_IO);
        assert_string_equal(why.text, "write_begin fails on command");
    }
    atomic_store(&subject->plan.keep_failing, false);
    faulty_plan_set(&subject->plan, FAULTY_NEVER, STATUS_IO);
    CHECK_OK(store_write(store, count_on, &acknowledged, NULL));
    assert_int_equal(acknowledged, 2);
    check_whole(store, acknowledged);
    close_faulty(subject, store);
}

static int run_faults(struct subject *subject)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(no_fault_tears_a_transaction_or_loses_an_acknowledged_one,
                                  subject),
        cmocka_unit_test_prestate(a_store_that_failed_for_long_goes_on_when_it_can, subject),
    };
    return RUN_TESTS(subject->in_file ? "store/faulty sqlite faults" : "store/faulty memory faults",
                     tests);
}

int main(int argc, char **argv)
{
    struct str what = str_from(argc > 1 ? argv[1] : "memory");
    struct subject subject = {.in_file = str_starts(what, STR("sqlite"))};
    if (str_ends(what, STR("-faults"))) {
        return run_faults(&subject);
    }
    const struct conformance conformance = {subject.in_file ? "store/faulty sqlite"
                                                            : "store/faulty memory",
                                            open_faulty, close_faulty, &subject};
    return conformance_run(&conformance);
}
