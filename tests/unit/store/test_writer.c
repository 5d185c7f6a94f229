/* The queue and its groups, when the backend fails under them. */
#include "store/writer_priv.h"

#include <pthread.h>
#include <semaphore.h>

#include "lib/check.h"
#include "store/faulty.h"

/* A store in memory that fails on command, and a job that holds the writer. */
struct fixture {
    struct faulty_plan plan;
    struct store *store;
    sem_t reached, open, done;
};

static int set_up(void **state)
{
    struct fixture *f = mem_alloc(sizeof *f);
    struct store_db *inner = NULL;
    struct store_db *db = NULL;
    faulty_plan_set(&f->plan, FAULTY_NEVER, STATUS_IO);
    CHECK_OK(memory_open(&inner, NULL));
    CHECK_OK(faulty_open(inner, &f->plan, &db, NULL));
    CHECK_OK(store_start(db, 4, &f->store, NULL));
    sem_init(&f->reached, 0, 0);
    sem_init(&f->open, 0, 0);
    sem_init(&f->done, 0, 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    mem_free(f);
    return 0;
}

/* The first job of each test waits in its work until the others stand behind it. */
struct job {
    struct store_job job; /* first: the job is this */
    struct fixture *f;
    const char *name; /* of the thing it writes; NULL: it holds the writer */
    bool fails;
};

static enum status job_work(struct store_tx *tx, void *ctx, struct why *why)
{
    struct job *job = ctx;
    if (job->name == NULL) {
        sem_post(&job->f->reached);
        sem_wait(&job->f->open);
        return STATUS_OK;
    }
    struct thing row = {.name = str_from(job->name), .type_name = STR("")};
    TRY(store_insert(tx, TABLE(thing), &row, why));
    return job->fails ? why_set(why, STATUS_LIMIT, "as asked") : STATUS_OK;
}

static void job_done(struct store_job *base)
{
    sem_post(&((struct job *)base)->f->done);
}

static void submit(struct fixture *f, struct job *job)
{
    job->f = f;
    job->job.work = job_work;
    job->job.done = job_done;
    job->job.ctx = job;
    CHECK_OK(store_submit(f->store, &job->job, NULL));
    if (job->name == NULL) {
        sem_wait(&f->reached);
    }
}

/* jobs[0], when it has no name, holds the writer; the n-th call of the backend from its end on
 * fails. */
static void run(struct fixture *f, struct job *jobs, size_t n, size_t fail_at)
{
    for (size_t i = 0; i < n; i++) {
        submit(f, &jobs[i]);
    }
    faulty_plan_set(&f->plan, fail_at, STATUS_IO);
    if (jobs[0].name == NULL) { /* one that nobody waits for would let the next holder through */
        sem_post(&f->open);
    }
    for (size_t i = 0; i < n; i++) {
        sem_wait(&f->done);
    }
    faulty_plan_set(&f->plan, FAULTY_NEVER, STATUS_IO);
}

static size_t count_things(struct fixture *f)
{
    struct store_tx *view = NULL;
    size_t n = 0;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    CHECK_OK(store_count(view, TABLE(thing), NULL, 0, &n, NULL));
    store_read_end(view);
    return n;
}

static void a_commit_that_fails_fails_all_its_jobs(void **state)
{
    struct fixture *f = *state;
    struct job jobs[] = {{.name = NULL}, {.name = "a"}, {.name = "b"}};
    run(f, jobs, 3, 6); /* mark, insert, release, twice; then the commit */
    for (size_t i = 0; i < 3; i++) {
        CHECK_STATUS(jobs[i].job.status, STATUS_IO);
        assert_string_equal(jobs[i].job.why.text, "commit fails on command");
    }
    assert_int_equal(count_things(f), 0);
    struct store_stats stats;
    store_stats_get(f->store, &stats);
    assert_int_equal(stats.commits, 0);
    assert_int_equal(stats.undone, 3);
}

static void a_job_that_failed_itself_keeps_its_own_reason(void **state)
{
    struct fixture *f = *state;
    struct job jobs[] = {{.name = NULL}, {.name = "a", .fails = true}, {.name = "b"}};
    run(f, jobs, 3, 6); /* mark, insert, undo; mark, insert, release; commit */
    CHECK_STATUS(jobs[1].job.status, STATUS_LIMIT);
    assert_string_equal(jobs[1].job.why.text, "as asked");
    CHECK_STATUS(jobs[2].job.status, STATUS_IO);
}

static void an_undo_that_fails_loses_those_before_and_spares_those_behind(void **state)
{
    struct fixture *f = *state;
    struct job jobs[] = {
        {.name = NULL}, {.name = "a"}, {.name = "b", .fails = true}, {.name = "c"}};
    run(f, jobs, 4, 5); /* mark, insert, release; mark, insert, undo */
    CHECK_STATUS(jobs[1].job.status, STATUS_IO);
    CHECK_STATUS(jobs[2].job.status, STATUS_LIMIT);
    CHECK_OK(jobs[3].job.status);
    assert_int_equal(count_things(f), 1);
}

static void a_group_is_no_larger_than_asked(void **state)
{
    struct fixture *f = *state; /* of four */
    struct job jobs[] = {{.name = NULL}, {.name = "a"}, {.name = "b"},
                         {.name = "c"},  {.name = "d"}, {.name = "e"}};
    run(f, jobs, 6, FAULTY_NEVER);
    struct store_stats stats;
    store_stats_get(f->store, &stats);
    assert_int_equal(stats.commits, 2);
    assert_int_equal(stats.transactions, 6);
    assert_int_equal(count_things(f), 5);
}

static void the_store_is_in_trouble_until_a_commit_stands_again(void **state)
{
    struct fixture *f = *state;
    struct why why;
    CHECK_OK(store_health(f->store, NULL));
    static const struct {
        size_t fail_at; /* mark, insert, release; commit */
        const char *sentence;
    } kinds[] = {
        {0, "mark fails on command"},
        {3, "commit fails on command"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct job lost[] = {{.name = NULL}, {.name = "a"}};
        run(f, lost, 2, kinds[i].fail_at);
        CHECK_STATUS(store_health(f->store, &why), STATUS_IO);
        assert_string_equal(why.text, kinds[i].sentence);
        /* A job that fails for a reason of its own proves nothing. */
        struct job own[] = {{.name = "a", .fails = true}};
        run(f, own, 1, FAULTY_NEVER);
        CHECK_STATUS(store_health(f->store, NULL), STATUS_IO);
        struct job stands[] = {{.name = i == 0 ? "b" : "c"}};
        run(f, stands, 1, FAULTY_NEVER);
        CHECK_OK(store_health(f->store, NULL));
    }
    /* A write that the backend fails within the work, as a full disk does before the commit. */
    struct job written[] = {{.name = "a"}};
    faulty_plan_set(&f->plan, 1, STATUS_IO); /* begin, insert */
    submit(f, &written[0]);
    sem_wait(&f->done);
    faulty_plan_set(&f->plan, FAULTY_NEVER, STATUS_IO);
    CHECK_STATUS(store_health(f->store, &why), STATUS_IO);
    assert_string_equal(why.text, "insert fails on command");
}

struct told {
    struct store_watch watch;
    char names[64]; /* of the things told */
    size_t n;
};

static void note(void *ctx, const struct store_change *changes, size_t n, bool all)
{
    struct told *told = ctx;
    assert_false(all);
    for (size_t i = 0; i < n; i++) {
        told->names[told->n++] = ((const struct thing *)changes[i].row)->name.ptr[0];
    }
}

static void a_watcher_is_told_only_of_what_no_failure_took_back(void **state)
{
    struct fixture *f = *state; /* groups of four */
    static const struct {
        struct job jobs[5];
        size_t n, fail_at;
        const char *told;
    } cases[] = {
        {{{.name = NULL}, {.name = "a"}, {.name = "b"}}, 3, 6, ""}, /* the commit */
        {{{.name = NULL}, {.name = "c"}, {.name = "d", .fails = true}, {.name = "e"}}, 4, 5, "e"},
        {{{.name = NULL}, {.name = "f"}, {.name = "g", .fails = true}, {.name = "h"}},
         4,
         FAULTY_NEVER,
         "fh"},
    };
    struct told told = {.watch = {.changed = note, .ctx = &told}};
    told.watch.tables[TABLE(thing)->number] = true;
    CHECK_OK(store_watch(f->store, &told.watch, NULL));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct job jobs[5];
        memcpy(jobs, cases[i].jobs, sizeof jobs);
        memset(told.names, 0, sizeof told.names);
        told.n = 0;
        run(f, jobs, cases[i].n, cases[i].fail_at);
        assert_string_equal(told.names, cases[i].told);
    }
}

static void *let_go(void *arg)
{
    struct fixture *f = arg;
    sem_post(&f->open);
    return NULL;
}

static void closing_settles_what_is_queued(void **state)
{
    struct fixture *f = *state;
    struct job jobs[] = {{.name = NULL}, {.name = "a"}, {.name = "b"}};
    for (size_t i = 0; i < 3; i++) {
        submit(f, &jobs[i]);
    }
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, let_go, f), 0);
    store_close(f->store);
    f->store = NULL;
    pthread_join(thread, NULL);
    for (size_t i = 0; i < 3; i++) {
        CHECK_OK(jobs[i].job.status);
        assert_int_equal(sem_trywait(&f->done), 0); /* done was called before close returned */
    }
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_commit_that_fails_fails_all_its_jobs),
        CASE(a_job_that_failed_itself_keeps_its_own_reason),
        CASE(an_undo_that_fails_loses_those_before_and_spares_those_behind),
        CASE(a_group_is_no_larger_than_asked),
        CASE(the_store_is_in_trouble_until_a_commit_stands_again),
        CASE(a_watcher_is_told_only_of_what_no_failure_took_back),
        CASE(closing_settles_what_is_queued),
    };
    return RUN_TESTS("store/writer", tests);
}
