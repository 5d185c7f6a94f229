/* The data file in a hostile world: crashes, full disks, damage, other processes. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rnd.h"
#include "lib/check.h"
#include "lib/files.h"
#include "place.h"

static int set_up(void **state)
{
    struct place *place = mem_alloc(sizeof *place);
    place_make(place);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    place_remove(*state);
    mem_free(*state);
    return 0;
}

/* ---- kill -9 --------------------------------------------------------------------------------- */

enum { CRASHES = 8, CRASH_MS_MOST = 60 };

/* Two rows in one transaction, told by a number. */
static enum status write_numbered(struct store_tx *tx, void *ctx, struct why *why)
{
    int64_t number = *(const int64_t *)ctx;
    char name[32];
    snprintf(name, sizeof name, "%020lld", (long long)number);
    struct thing thing = {.name = str_from(name), .type_name = STR("")};
    struct role_alias alias = {.alias = str_from(name), .duration_seconds = number};
    TRY(store_insert(tx, TABLE(thing), &thing, why));
    return store_insert(tx, TABLE(role_alias), &alias, why);
}

/* The child: writes on and on from first, and says each number that was acknowledged. */
static void write_until_killed(const struct place *place, int64_t first, int acknowledged)
{
    struct store *store = NULL;
    if (place_try_open(place, &store, NULL) != STATUS_OK) {
        _exit(2);
    }
    for (int64_t number = first;; number++) {
        if (store_write(store, write_numbered, &number, NULL) != STATUS_OK ||
            write(acknowledged, &number, sizeof number) != sizeof number) {
            _exit(3);
        }
    }
}

/* Starts the child, kills it after so many ms (but not before it wrote once); the last number that
 * it said. */
static int64_t run_and_kill(const struct place *place, int64_t first, unsigned ms)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        write_until_killed(place, first, ends[1]);
    }
    close(ends[1]);
    int64_t last = first - 1;
    int64_t number = 0;
    int64_t deadline = 0;
    while (read(ends[0], &number, sizeof number) == sizeof number) {
        assert_int_equal(number, last + 1);
        last = number;
        deadline = deadline == 0 ? clock_monotonic_ms() + ms : deadline;
        if (clock_monotonic_ms() >= deadline) {
            kill(child, SIGKILL); /* what it says until it is dead counts too */
        }
    }
    close(ends[0]);
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    return last;
}

/* Everything up to last is there, at most one more is, and of each both rows. */
static int64_t check_numbers(const struct place *place, int64_t last)
{
    struct store *store = place_open(place);
    struct store_tx *view = NULL;
    struct store_scan *things = NULL;
    AUTO_ARENA *mem = arena_new(16 << 20);
    CHECK_OK(store_check(store, NULL));
    CHECK_OK(store_read_begin(store, &view, NULL));
    CHECK_OK(store_scan_open(view, TABLE(thing), NULL, &things, NULL));
    int64_t n = 0;
    for (bool more = true; more;) {
        struct thing row = {0};
        CHECK_OK(store_scan_next(things, &row, mem, &more, NULL));
        if (more) {
            struct role_alias alias = {.alias = row.name};
            CHECK_OK(store_get(view, TABLE(role_alias), &alias, mem, NULL));
            assert_int_equal(alias.duration_seconds, ++n);
        }
    }
    size_t aliases = 0;
    CHECK_OK(store_count(view, TABLE(role_alias), NULL, 0, &aliases, NULL));
    assert_int_equal(aliases, n);
    assert_true(n == last || n == last + 1);
    store_scan_close(things);
    store_read_end(view);
    store_close(store);
    return n;
}

static void what_was_acknowledged_survives_kill_9_and_nothing_is_torn(void **state)
{
    const struct place *place = *state;
    uint64_t seed = 9;
    struct rnd rnd = rnd_seeded_for_tests(&seed);
    int64_t there = 0;
    for (int i = 0; i < CRASHES; i++) {
        uint32_t dice = 0;
        rnd_fill(&rnd, &dice, sizeof dice);
        int64_t last = run_and_kill(place, there + 1, dice % CRASH_MS_MOST);
        there = check_numbers(place, last);
    }
    assert_true(there >= CRASHES);
}

/* ---- no space -------------------------------------------------------------------------------- */

static enum status write_large(struct store_tx *tx, void *ctx, struct why *why)
{
    static const uint8_t filler[256 << 10];
    int64_t number = *(const int64_t *)ctx;
    char name[32];
    snprintf(name, sizeof name, "%020lld", (long long)number);
    struct revocation_list row = {.source = str_from(name), .der = {filler, sizeof filler}};
    TRY(store_insert(tx, TABLE(revocation_list), &row, why));
    return write_numbered(tx, ctx, why);
}

static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Files that may not grow stand for a full disk: the same calls fail. */
static void a_full_disk_fails_cleanly_and_the_store_goes_on_when_there_is_space(void **state)
{
    const struct place *place = *state;
    struct store *store = place_open(place);
    signal(SIGXFSZ, SIG_IGN);
    limit_file_size(4 << 20);
    int64_t number = 0;
    enum status status = STATUS_OK;
    struct why why;
    while (status == STATUS_OK && number < 1000) {
        number++;
        status = store_write(store, write_large, &number, &why);
    }
    assert_true(number > 2 && number < 100);
    CHECK_STATUS(status, STATUS_IO);
    assert_true(strlen(why.text) > 0);
    CHECK_STATUS(store_write(store, write_large, &number, NULL), STATUS_IO); /* still */
    limit_file_size(RLIM_INFINITY);
    CHECK_OK(store_write(store, write_large, &number, NULL));
    CHECK_OK(store_check(store, NULL));
    store_close(store);
    assert_int_equal(check_numbers(place, number), number);
    signal(SIGXFSZ, SIG_DFL);
}

/* ---- damage ---------------------------------------------------------------------------------- */

static void fill(const struct place *place, int64_t n)
{
    struct store *store = place_open(place);
    for (int64_t number = 1; number <= n; number++) {
        CHECK_OK(store_write(store, write_large, &number, NULL));
    }
    store_close(store);
}

static void scribble(const char *path, off_t at, size_t len)
{
    int file = open(path, O_WRONLY);
    assert_true(file >= 0);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(pwrite(file, &"\x5a\xa5\x13"[i % 3], 1, at + (off_t)i), 1);
    }
    close(file);
}

static void check_corrupt(const struct place *place)
{
    struct store *store = NULL;
    struct why why;
    CHECK_STATUS(place_try_open(place, &store, &why), STATUS_CORRUPT);
    assert_null(store);
    assert_true(strlen(why.text) > 0);
}

static void damage_is_found_at_open(void **state)
{
    const struct place *place = *state;
    fill(place, 4);
    for (off_t page = 1; page < 6; page++) { /* the pages of the first tables */
        scribble(place->path, page * 8192, 64);
    }
    check_corrupt(place);
}

static void what_is_no_database_is_refused(void **state)
{
    const struct place *place = *state;
    FILE *file = fopen(place->path, "w");
    for (int i = 0; i < 1000; i++) {
        fputs("this is a letter, not a database\n", file);
    }
    fclose(file);
    check_corrupt(place);
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
    sqlite3_close(db);
}

static void an_index_that_disagrees_is_found_by_the_full_check(void **state)
{
    const struct place *place = *state;
    fill(place, 1);
    /* A row that is written while the schema does not know the index. */
    run_sql(place->path, "PRAGMA writable_schema=ON;"
                         "CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE"
                         " name='thing_by_type';"
                         "DELETE FROM sqlite_schema WHERE name='thing_by_type'");
    run_sql(place->path, "INSERT INTO thing(name, type_name, version, created)"
                         " VALUES('unseen', '', 1, 1)");
    run_sql(place->path, "PRAGMA writable_schema=ON;"
                         "INSERT INTO sqlite_schema SELECT * FROM kept; DROP TABLE kept");
    struct store *store = place_open(place); /* the quick check does not compare */
    struct why why;
    CHECK_STATUS(store_check(store, &why), STATUS_CORRUPT);
    assert_non_null(strstr(why.text, "thing_by_type"));
    store_close(store);
    const struct store_options thorough = {.path = str_from(place->path), .check_on_open = true};
    CHECK_STATUS(store_open(&thorough, &store, NULL), STATUS_CORRUPT);
}

/* ---- others ---------------------------------------------------------------------------------- */

static void a_second_opener_is_told_who_has_the_file(void **state)
{
    const struct place *place = *state;
    struct store *first = place_open(place);
    struct store *second = NULL;
    struct why why;
    char number[24];
    snprintf(number, sizeof number, "%ld", (long)getpid());
    CHECK_STATUS(place_try_open(place, &second, &why), STATUS_BUSY);
    assert_null(second);
    assert_non_null(strstr(why.text, place->path));
    assert_non_null(strstr(why.text, number));
    pid_t child = fork();
    if (child == 0) {
        _exit(place_try_open(place, &second, NULL) == STATUS_BUSY ? 0 : 1);
    }
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    store_close(first);
    store_close(place_open(place)); /* free again */
}

static void check_mode(const char *path, const char *suffix)
{
    char name[4096];
    struct stat about;
    snprintf(name, sizeof name, "%s%s", path, suffix);
    assert_int_equal(stat(name, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void nobody_else_may_read_the_files(void **state)
{
    const struct place *place = *state;
    mode_t old = umask(0);
    struct store *store = place_open(place);
    check_mode(place->path, "");
    check_mode(place->path, "-wal");
    check_mode(place->path, "-shm");
    check_mode(place->path, ".lock");
    store_close(store);
    assert_int_equal(chmod(place->path, 0644), 0);
    store_close(place_open(place));
    check_mode(place->path, "");
    umask(old);
}

static void a_folder_that_is_not_there_is_said(void **state)
{
    (void)state;
    const struct store_options options = {.path = STR("/nonexistent/folder/account.db")};
    struct store *store = NULL;
    struct why why;
    CHECK_STATUS(store_open(&options, &store, &why), STATUS_IO);
    assert_non_null(strstr(why.text, "/nonexistent/folder"));
}

/* ---- the log --------------------------------------------------------------------------------- */

/* Eight megabytes that differ from the last ones: pages that stay the same are not written. */
struct megabytes {
    uint8_t bytes[8 << 20];
    int64_t n;
};

static enum status write_megabytes(struct store_tx *tx, void *ctx, struct why *why)
{
    struct megabytes *large = ctx;
    memset(large->bytes, (int)(++large->n), sizeof large->bytes);
    struct revocation_list row = {
        .source = STR("one"), .der = {large->bytes, sizeof large->bytes}, .fetched = large->n};
    return store_put(tx, TABLE(revocation_list), &row, why);
}

static void write_log(struct store *store, struct megabytes *large, int n)
{
    for (int i = 0; i < n; i++) {
        CHECK_OK(store_write(store, write_megabytes, large, NULL));
    }
    CHECK_OK(store_write(store, write_numbered, &large->n, NULL)); /* tidying is over */
}

static void the_log_is_bounded_and_an_old_view_that_holds_it_is_counted(void **state)
{
    const struct place *place = *state;
    struct store *store = place_open(place);
    struct store_stats stats;
    struct megabytes *large = NEW(place->mem, struct megabytes);
    write_log(store, large, 14);
    store_stats_get(store, &stats);
    assert_int_equal(stats.wal_held, 0);
    assert_true(stats.wal_bytes <= 64 << 20);

    struct store_tx *old = NULL;
    CHECK_OK(store_read_begin(store, &old, NULL));
    write_log(store, large, 9);
    store_stats_get(store, &stats);
    assert_int_equal(stats.views, 1);
    assert_true(stats.wal_held >= 1);
    assert_true(stats.wal_bytes > 64 << 20);
    store_read_end(old);

    write_log(store, large, 4);
    store_stats_get(store, &stats);
    assert_true(stats.wal_bytes <= 64 << 20);
    store_close(store);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(what_was_acknowledged_survives_kill_9_and_nothing_is_torn),
        CASE(a_full_disk_fails_cleanly_and_the_store_goes_on_when_there_is_space),
        CASE(damage_is_found_at_open),
        CASE(what_is_no_database_is_refused),
        CASE(an_index_that_disagrees_is_found_by_the_full_check),
        CASE(a_second_opener_is_told_who_has_the_file),
        CASE(nobody_else_may_read_the_files),
        CASE(a_folder_that_is_not_there_is_said),
        CASE(the_log_is_bounded_and_an_old_view_that_holds_it_is_counted),
    };
    return RUN_TESTS("store/sqlite_file", tests);
}
