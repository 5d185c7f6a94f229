/* Pages are asked for in the tree's order, each once, and whatever a file says. */
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/check.h"
#include "place.h"
#include "store/sqlite_ahead.h"

enum { ROWS = 12000, PAGE = 8192 };

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

/* Names that come in no order, long enough that a page has few of them. */
static struct thing thing_of(size_t i, char name[400])
{
    unsigned long long mixed = i * 2654435761ULL % 16777216;
    snprintf(name, 400, "%08llx%0300llu", mixed, mixed);
    return (struct thing){.name = str_from(name), .type_name = STR(""), .version = (int64_t)i};
}

static enum status put_things(struct store_tx *tx, void *ctx, struct why *why)
{
    size_t n = *(const size_t *)ctx;
    for (size_t i = 0; i < n; i++) {
        char name[400];
        const struct thing thing = thing_of(i, name);
        TRY(store_insert(tx, TABLE(thing), &thing, why));
    }
    return STATUS_OK;
}

static void fill(const struct place *place, size_t n)
{
    struct store *store = place_open(place);
    CHECK_OK(store_write(store, put_things, &n, NULL));
    store_close(store);
}

static int64_t number_of(const struct place *place, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return number;
}

static uint32_t root_of(const struct place *place, const char *name)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT rootpage FROM sqlite_schema WHERE name='%s'", name);
    return (uint32_t)number_of(place, sql);
}

/* ---- what is asked for ----------------------------------------------------------------------- */

static void each_page_of_a_tree_is_asked_for_once(void **state)
{
    static const char *const trees[] = {"thing", "thing_by_type"};
    struct place *place = *state;
    fill(place, ROWS);
    int file = open(place->path, O_RDONLY | O_CLOEXEC);
    for (size_t i = 0; i < 2; i++) {
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT count(*) - 1 FROM dbstat WHERE name='%s'", trees[i]);
        int64_t pages = number_of(place, sql); /* all but the root */
        struct ahead_walk *walk = ahead_walk_new(file, root_of(place, trees[i]));
        assert_non_null(walk);
        assert_true(pages > AHEAD_PAGES);
        uint64_t some = ahead_walk_to(walk, 100);
        assert_true(some >= 100 && some < 200);
        assert_int_equal(ahead_walk_to(walk, UINT64_MAX), pages);
        ahead_walk_free(walk);
    }
    close(file);
}

static int64_t pages_in_memory(int file, size_t pages)
{
    char byte;
    int64_t n = 0;
    for (size_t i = 0; i < pages; i++) {
        struct iovec into = {&byte, 1};
        n += preadv2(file, &into, 1, (off_t)(i * PAGE), RWF_NOWAIT) == 1;
    }
    return n;
}

static void a_scan_reads_the_same_with_it_and_to_the_end(void **state)
{
    struct place *place = *state;
    fill(place, ROWS);
    struct store *store = place_open(place);
    struct store_tx *view = NULL;
    struct store_scan *scan = NULL;
    const struct store_range range = {.ahead = true};
    CHECK_OK(store_read_begin(store, &view, NULL));
    CHECK_OK(store_scan_open(view, TABLE(thing), &range, &scan, NULL));
    char last[400] = "";
    bool more = true;
    size_t n = 0;
    for (; more; n += more) {
        AUTO_ARENA *mem = arena_new(1 << 16);
        struct thing row;
        CHECK_OK(store_scan_next(scan, &row, mem, &more, NULL));
        if (more) {
            assert_true(str_cmp(str_from(last), row.name) < 0);
            snprintf(last, sizeof last, "%.*s", STR_ARG(row.name));
        }
    }
    assert_int_equal(n, ROWS);
    store_scan_close(scan);
    /* One that is left at once does not wait for the rest. */
    CHECK_OK(store_scan_open(view, TABLE(thing), &range, &scan, NULL));
    store_read_end(view);
    store_close(store);
}

static void what_was_asked_for_comes_to_memory(void **state)
{
    struct place *place = *state;
    fill(place, ROWS);
    int file = open(place->path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    assert_int_equal(fstat(file, &about), 0);
    size_t pages = (size_t)about.st_size / PAGE;
    fdatasync(file);
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    int64_t before = pages_in_memory(file, pages);
    if (before > (int64_t)pages / 2) {
        close(file);
        skip(); /* a file system that lives in memory */
    }
    struct ahead_walk *walk = ahead_walk_new(file, root_of(place, "thing"));
    ahead_walk_to(walk, UINT64_MAX);
    ahead_walk_free(walk);
    int64_t wanted = number_of(place, "SELECT count(*) FROM dbstat WHERE name='thing'");
    int64_t now = 0;
    for (int tries = 0; now < wanted && tries < 400; tries++) {
        now = pages_in_memory(file, pages);
        usleep(5000); /* the disk's time, not ours */
    }
    assert_true(now >= wanted);
    close(file);
}

/* ---- what is not ----------------------------------------------------------------------------- */

static void a_small_tree_and_another_page_size_are_left_alone(void **state)
{
    struct place *place = *state;
    fill(place, 3);
    int file = open(place->path, O_RDWR | O_CLOEXEC);
    assert_null(ahead_walk_new(file, root_of(place, "thing")));
    assert_null(ahead_start(file, root_of(place, "thing")));
    assert_null(ahead_walk_new(file, 0));
    assert_null(ahead_walk_new(file, 1u << 30));
    close(file);
    place_remove(place);
    place_make(place);
    fill(place, ROWS);
    uint32_t root = root_of(place, "thing");
    file = open(place->path, O_RDWR | O_CLOEXEC);
    struct ahead_walk *walk = ahead_walk_new(file, root);
    assert_non_null(walk);
    ahead_walk_free(walk);
    assert_int_equal(pwrite(file, "\x10\x00", 2, 16), 2); /* pages of 4096 */
    assert_null(ahead_walk_new(file, root));
    close(file);
}

/* Whatever stands in the pages, the walk ends or goes on when it is told to, and reads nothing
 * that is not there. */
static void a_damaged_file_leads_nowhere(void **state)
{
    struct place *place = *state;
    uint64_t seed = 7;
    fill(place, ROWS);
    uint32_t root = root_of(place, "thing");
    int file = open(place->path, O_RDWR | O_CLOEXEC);
    struct stat about;
    assert_int_equal(fstat(file, &about), 0);
    for (int round = 0; round < 60; round++) {
        for (int i = 0; i < 200; i++) {
            seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
            off_t page = (off_t)(seed >> 33) % (about.st_size / PAGE - 1) + 1;
            page = i < 3 ? (off_t)root - 1 : page;
            uint64_t junk = seed ^ (seed << 21);
            size_t len = i % 3 == 0 ? 8 : 2;
            assert_int_equal(pwrite(file, &junk, len, page * PAGE + (off_t)(seed >> 20) % 200 + 3),
                             len);
        }
        struct ahead_walk *walk = ahead_walk_new(file, root);
        if (walk != NULL) {
            ahead_walk_to(walk, 5000);
            ahead_walk_free(walk);
        }
    }
    close(file);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(each_page_of_a_tree_is_asked_for_once),
        CASE(a_scan_reads_the_same_with_it_and_to_the_end),
        CASE(what_was_asked_for_comes_to_memory),
        CASE(a_small_tree_and_another_page_size_are_left_alone),
        CASE(a_damaged_file_leads_nowhere),
    };
    return RUN_TESTS("store/sqlite_ahead", tests);
}
