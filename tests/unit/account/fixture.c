/* fixture.c: see fixture.h. */
#include "fixture.h"

#include <semaphore.h>

/* A transaction that the store's writer holds open while the test's thread works in it. */
struct tx_wait {
    struct store_job job;
    sem_t started, finish, done;
    struct store_tx *tx;
    enum status outcome; /* what work returns */
};

static enum status wait_work(struct store_tx *tx, void *ctx, struct why *why)
{
    struct tx_wait *wait = ctx;
    wait->tx = tx;
    sem_post(&wait->started);
    sem_wait(&wait->finish);
    return wait->outcome == STATUS_OK ? STATUS_OK
                                      : why_set(why, wait->outcome, "refused by the test");
}

static void wait_done(struct store_job *job)
{
    struct tx_wait *wait = job->ctx;
    sem_post(&wait->done);
}

void fixture_write_begin(struct fixture *f)
{
    struct tx_wait *wait = f->wait;
    wait->job = (struct store_job){.work = wait_work, .done = wait_done, .ctx = wait};
    CHECK_OK(store_submit(f->store, &wait->job, &f->why));
    sem_wait(&wait->started);
    f->ctx.tx = wait->tx;
}

enum status fixture_write_end(struct fixture *f, enum status status)
{
    struct tx_wait *wait = f->wait;
    wait->outcome = status;
    f->ctx.tx = NULL;
    sem_post(&wait->finish);
    sem_wait(&wait->done);
    return wait->job.status;
}

void fixture_read_begin(struct fixture *f)
{
    CHECK_OK(store_read_begin(f->store, &f->ctx.tx, &f->why));
}

void fixture_read_end(struct fixture *f)
{
    store_read_end(f->ctx.tx);
    f->ctx.tx = NULL;
}

int fixture_set_up(void **state)
{
    struct fixture *f = mem_alloc(sizeof *f);
    struct tx_wait *wait = mem_alloc(sizeof *wait);
    assert_non_null(f);
    assert_non_null(wait);
    sem_init(&wait->started, 0, 0);
    sem_init(&wait->finish, 0, 0);
    sem_init(&wait->done, 0, 0);
    f->wait = wait;
    f->now = INT64_C(1750000000000);
    f->seed = 7;
    f->ctx = (struct account_ctx){.id = {STR("123456789012"), STR("us-east-1")},
                                  .clock = clock_fixed(&f->now),
                                  .rnd = rnd_seeded_for_tests(&f->seed),
                                  .endpoint = STR("broker.example.org"),
                                  .mem = arena_new(FIXTURE_MEMORY)};
    assert_non_null(f->ctx.mem);
    struct store_db *db;
    faulty_plan_set(&f->plan, FAULTY_NEVER, STATUS_IO);
    CHECK_OK(memory_open(&db, &f->why));
    CHECK_OK(faulty_open(db, &f->plan, &db, &f->why));
    CHECK_OK(store_start(db, 0, &f->store, &f->why));
    *state = f;
    return 0;
}

int fixture_tear_down(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    arena_free(f->ctx.mem);
    sem_destroy(&f->wait->started);
    sem_destroy(&f->wait->finish);
    sem_destroy(&f->wait->done);
    mem_free(f->wait);
    mem_free(f);
    return 0;
}

/* ---- digests ----------------------------------------------------------------------------------
 */

static uint64_t mix(uint64_t digest, struct str part)
{
    return (digest ^ str_hash(part) ^ part.len) * UINT64_C(1099511628211);
}

static uint64_t row_digest(const struct table *table, const char *row)
{
    uint64_t digest = str_hash(str_from(table->name));
    for (size_t i = 0; i < table->n_columns; i++) {
        const void *value = row + table->columns[i].offset;
        bool number = table->columns[i].type == COLUMN_INT;
        struct str text =
            number ? (struct str){value, sizeof(int64_t)} : *(const struct str *)value;
        digest = mix(digest, text);
    }
    return digest;
}

static uint64_t table_digest(struct fixture *f, const struct table *table)
{
    struct store_range all = {0};
    AUTO_SCAN *scan = NULL;
    AUTO_ARENA *mem = arena_new(FIXTURE_MEMORY);
    char *row = mem == NULL ? NULL : arena_alloc(mem, table->row_size);
    assert_non_null(row);
    CHECK_OK(store_scan_open(f->ctx.tx, table, &all, &scan, &f->why));
    uint64_t digest = 0;
    for (bool more = true; more;) {
        CHECK_OK(store_scan_next(scan, row, mem, &more, &f->why));
        digest = more ? digest * 31 + row_digest(table, row) : digest;
    }
    return digest;
}

uint64_t fixture_digest(struct fixture *f)
{
    uint64_t digest = 0;
    fixture_read_begin(f);
#define ADD_TABLE(t, columns, n_key) digest = digest * 131 + table_digest(f, TABLE(t));
    RECORDS(ADD_TABLE)
#undef ADD_TABLE
    fixture_read_end(f);
    return digest;
}

/* ---- faults -----------------------------------------------------------------------------------
 */

void fixture_faults_begin(struct fixture *f)
{
    f->faults.phase = FAULTS_MEMORY;
    f->faults.run = 0;
    f->faults.digest = fixture_digest(f);
    f->faults.mem = f->ctx.mem;
}

bool fixture_faults_next(struct fixture *f)
{
    if (f->faults.phase == FAULTS_DONE) {
        return false;
    }
    fixture_write_begin(f);
    if (f->faults.phase == FAULTS_MEMORY) {
        f->ctx.mem = arena_new(FIXTURE_STEP * f->faults.run);
        assert_non_null(f->ctx.mem);
    } else {
        faulty_plan_set(&f->plan, f->faults.run, STATUS_IO);
    }
    f->faults.run++;
    return true;
}

/* A success ends the phase, and is taken back so that the next begins where this one did. */
static void memory_result(struct fixture *f, const char *expr, enum status status)
{
    arena_free(f->ctx.mem);
    f->ctx.mem = f->faults.mem;
    CHECK_STATUS(fixture_write_end(f, STATUS_CANCELED), STATUS_CANCELED);
    if (status != STATUS_OK && status != STATUS_NO_MEMORY) {
        fail_msg("%s: with little memory: %s", expr, status_name(status));
    }
    assert_true(fixture_digest(f) == f->faults.digest);
    if (status == STATUS_OK) {
        assert_true(f->faults.run > 2);
        f->faults.phase = FAULTS_STORE;
        f->faults.run = 0;
    }
}

static void store_result(struct fixture *f, const char *expr, enum status status)
{
    enum status ended = fixture_write_end(f, status);
    bool struck = atomic_load(&f->plan.struck);
    faulty_plan_set(&f->plan, FAULTY_NEVER, STATUS_IO);
    if (ended != (struck ? STATUS_IO : STATUS_OK)) {
        fail_msg("%s: call %zu of the store %s, and it ended %s", expr, f->faults.run - 1,
                 struck ? "failed" : "went well", status_name(ended));
    }
    assert_int_equal(fixture_digest(f) == f->faults.digest, struck);
    if (!struck) {
        assert_true(f->faults.run > 2);
        f->faults.phase = FAULTS_DONE;
    }
}

void fixture_faults_result(struct fixture *f, const char *expr, enum status status)
{
    if (f->faults.phase == FAULTS_MEMORY) {
        memory_result(f, expr, status);
    } else {
        store_result(f, expr, status);
    }
}

/* ---- rows of others ---------------------------------------------------------------------------
 */

struct str fixture_certificate(struct fixture *f, const char *id)
{
    struct certificate row = {.id = str_from(id),
                              .status = STR("ACTIVE"),
                              .ca_id = STR(""),
                              .mode = STR("DEFAULT"),
                              .issuer_hash = STR("00")};
    CHECK_OK(WRITE(f, store_put(f->ctx.tx, TABLE(certificate), &row, &f->why)));
    struct str arn;
    CHECK_OK(account_arn(&f->ctx, STR("cert"), row.id, &arn, &f->why));
    return arn;
}

struct str fixture_name(struct fixture *f, const char *stem, int number)
{
    struct str name;
    CHECK_OK(str_fmt(f->ctx.mem, &name, &f->why, "%s-%03d", stem, number));
    return name;
}
