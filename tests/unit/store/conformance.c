#include "conformance.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/rnd.h"
#include "lib/check.h"
#include "lib/fault.h"
#include "store/backend.h"

enum { MEMORY = 64 << 20 };

/* What each test starts with. */
struct fixture {
    const struct conformance *subject;
    struct store *store;
    struct arena *mem;
};

static int set_up(void **state)
{
    const struct conformance *subject = *state;
    struct fixture *f = mem_alloc(sizeof *f);
    f->subject = subject;
    f->store = subject->open(subject->ctx);
    f->mem = arena_new(MEMORY);
    *state = f;
    return f->store == NULL || f->mem == NULL;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    f->subject->close(f->subject->ctx, f->store);
    arena_free(f->mem);
    mem_free(f);
    return 0;
}

/* ---- writing from a test --------------------------------------------------------------------- */

enum verb { INSERT, PUT, DELETE, UPDATE, N_VERBS };

/* One write after the other, in one transaction. */
struct script {
    size_t n;
    uint64_t columns; /* of updates */
    struct {
        enum verb verb;
        const struct table *table;
        const void *row;
    } steps[16];
};

static enum status run_script(struct store_tx *tx, void *ctx, struct why *why)
{
    const struct script *script = ctx;
    for (size_t i = 0; i < script->n; i++) {
        const struct table *table = script->steps[i].table;
        const void *row = script->steps[i].row;
        if (script->steps[i].verb == INSERT) {
            TRY(store_insert(tx, table, row, why));
        } else if (script->steps[i].verb == PUT) {
            TRY(store_put(tx, table, row, why));
        } else if (script->steps[i].verb == UPDATE) {
            TRY(store_update(tx, table, script->columns, row, why));
        } else {
            TRY(store_delete(tx, table, row, why));
        }
    }
    return STATUS_OK;
}

static enum status write_one(struct fixture *f, enum verb verb, const struct table *table,
                             const void *row)
{
    struct script script = {.n = 1, .steps = {{verb, table, row}}};
    return store_write(f->store, run_script, &script, NULL);
}

static enum status update(struct fixture *f, const struct table *table, uint64_t columns,
                          const void *row)
{
    struct script script = {.n = 1, .columns = columns, .steps = {{UPDATE, table, row}}};
    return store_write(f->store, run_script, &script, NULL);
}

#define INSERT_ROW(f, t, ...) write_one(f, INSERT, TABLE(t), &(const struct t){__VA_ARGS__})
#define PUT_ROW(f, t, ...)    write_one(f, PUT, TABLE(t), &(const struct t){__VA_ARGS__})
#define DELETE_ROW(f, t, ...) write_one(f, DELETE, TABLE(t), &(const struct t){__VA_ARGS__})

static enum status get_row(struct fixture *f, const struct table *table, void *row)
{
    struct store_tx *view = NULL;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    enum status status = store_get(view, table, row, f->mem, NULL);
    store_read_end(view);
    return status;
}

/* A thing of which only the name and the type matter. */
static struct thing thing_of(const char *name, const char *type)
{
    return (struct thing){.name = str_from(name), .type_name = str_from(type)};
}

static void put_thing(struct fixture *f, const char *name, const char *type)
{
    struct thing thing = thing_of(name, type);
    CHECK_OK(write_one(f, PUT, TABLE(thing), &thing));
}

static size_t count_all(struct fixture *f, const struct table *table)
{
    struct store_tx *view = NULL;
    size_t n = 0;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    CHECK_OK(store_count(view, table, NULL, 0, &n, NULL));
    store_read_end(view);
    return n;
}

/* The names of the things of a range, with a space behind each. */
static const char *names_in(struct fixture *f, struct store_tx *tx, const struct store_range *range)
{
    char *text = NULL;
    size_t len = 0;
    struct store_scan *scan = NULL;
    CHECK_OK(store_scan_open(tx, TABLE(thing), range, &scan, NULL));
    for (;;) {
        struct thing row = {0};
        bool more = false;
        CHECK_OK(store_scan_next(scan, &row, f->mem, &more, NULL));
        if (!more) {
            break;
        }
        text = arena_grow(f->mem, text, len, len + row.name.len + 1);
        memcpy(text + len, row.name.ptr, row.name.len);
        len += row.name.len + 1;
        text[len - 1] = ' ';
    }
    store_scan_close(scan);
    return str_z(f->mem, (struct str){text, len});
}

#define CHECK_NAMES(f, want, ...)                                                                  \
    do {                                                                                           \
        struct store_tx *view_ = NULL;                                                             \
        CHECK_OK(store_read_begin((f)->store, &view_, NULL));                                      \
        assert_string_equal(names_in(f, view_, &(const struct store_range){__VA_ARGS__}), want);   \
        store_read_end(view_);                                                                     \
    } while (0)

/* ---- single rows ----------------------------------------------------------------------------- */

static void a_row_comes_back_as_it_was_put(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(INSERT_ROW(f, thing, .name = STR("pump-1"), .type_name = STR("pump"),
                        .attributes = STR("{}"), .version = 7, .thing_id = STR("id"),
                        .created = 1234567890123));
    struct thing got = {.name = STR("pump-1")};
    CHECK_OK(get_row(f, TABLE(thing), &got));
    CHECK_STR(got.name, "pump-1");
    CHECK_STR(got.type_name, "pump");
    CHECK_STR(got.attributes, "{}");
    assert_int_equal(got.version, 7);
    CHECK_STR(got.thing_id, "id");
    assert_int_equal(got.created, 1234567890123);
}

static void what_is_not_there_is_not_found_and_leaves_the_row_alone(void **state)
{
    struct fixture *f = *state;
    struct thing got = {.name = STR("none"), .version = 42, .attributes = STR("mine")};
    CHECK_STATUS(get_row(f, TABLE(thing), &got), STATUS_NOT_FOUND);
    assert_int_equal(got.version, 42);
    CHECK_STR(got.attributes, "mine");
    CHECK_STATUS(DELETE_ROW(f, thing, .name = STR("none")), STATUS_NOT_FOUND);
}

static void insert_refuses_a_key_that_is_there_and_put_replaces(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(INSERT_ROW(f, role_alias, .alias = STR("a"), .duration_seconds = 1));
    CHECK_STATUS(INSERT_ROW(f, role_alias, .alias = STR("a"), .duration_seconds = 2),
                 STATUS_EXISTS);
    struct role_alias got = {.alias = STR("a")};
    CHECK_OK(get_row(f, TABLE(role_alias), &got));
    assert_int_equal(got.duration_seconds, 1);
    CHECK_OK(PUT_ROW(f, role_alias, .alias = STR("a"), .duration_seconds = 3));
    CHECK_OK(get_row(f, TABLE(role_alias), &got));
    assert_int_equal(got.duration_seconds, 3);
    assert_int_equal(count_all(f, TABLE(role_alias)), 1);
}

static void deleting_takes_the_row_out_of_every_order(void **state)
{
    struct fixture *f = *state;
    put_thing(f, "a", "pump");
    put_thing(f, "b", "pump");
    CHECK_OK(DELETE_ROW(f, thing, .name = STR("a")));
    CHECK_NAMES(f, "b ", 0);
    CHECK_NAMES(f, "b ", .index = INDEX(thing, by_type));
    CHECK_OK(DELETE_ROW(f, thing, .name = STR("b")));
    CHECK_NAMES(f, "", .index = INDEX(thing, by_type));
}

static void putting_moves_the_row_in_every_order(void **state)
{
    struct fixture *f = *state;
    put_thing(f, "a", "pump");
    put_thing(f, "b", "valve");
    put_thing(f, "a", "zebra");
    CHECK_NAMES(f, "a b ", 0);
    CHECK_NAMES(f, "b a ", .index = INDEX(thing, by_type));
}

static void updating_writes_the_columns_named_and_moves_the_row(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(INSERT_ROW(f, thing, .name = STR("a"), .type_name = STR("pump"),
                        .attributes = STR("{}"), .version = 7));
    put_thing(f, "b", "valve");
    const struct thing row = {
        .name = STR("a"), .type_name = STR("zebra"), .attributes = STR("not asked"), .version = 8};
    CHECK_OK(update(f, TABLE(thing),
                    COLUMN_BIT(COL_thing__type_name) | COLUMN_BIT(COL_thing__version), &row));
    struct thing got = {.name = STR("a")};
    CHECK_OK(get_row(f, TABLE(thing), &got));
    CHECK_STR(got.attributes, "{}");
    assert_int_equal(got.version, 8);
    CHECK_NAMES(f, "b a ", .index = INDEX(thing, by_type));
    CHECK_OK(store_check(f->store, NULL));
}

static void updating_what_is_not_there_changes_nothing(void **state)
{
    struct fixture *f = *state;
    const struct thing row = thing_of("none", "pump");
    CHECK_STATUS(update(f, TABLE(thing), COLUMN_BIT(COL_thing__type_name), &row), STATUS_NOT_FOUND);
    assert_int_equal(count_all(f, TABLE(thing)), 0);
}

static void updates_of_keys_of_nothing_and_of_absent_texts_in_orders_are_refused(void **state)
{
    struct fixture *f = *state;
    put_thing(f, "a", "pump");
    const struct thing row = {.name = STR("a"), .version = 2};
    CHECK_STATUS(update(f, TABLE(thing), 0, &row), STATUS_INTERNAL);
    CHECK_STATUS(update(f, TABLE(thing), COLUMN_BIT(COL_thing__name), &row), STATUS_INTERNAL);
    CHECK_STATUS(update(f, TABLE(thing), COLUMN_BIT(40), &row), STATUS_INTERNAL);
    CHECK_STATUS(update(f, TABLE(thing), COLUMN_BIT(COL_thing__type_name), &row), STATUS_INTERNAL);
    CHECK_OK(update(f, TABLE(thing), COLUMN_BIT(COL_thing__version), &row));
}

static void of_a_row_some_columns_can_be_read(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(INSERT_ROW(f, thing, .name = STR("a"), .type_name = STR("pump"),
                        .attributes = STR("{}"), .version = 7));
    struct store_tx *view = NULL;
    struct thing got = {.name = STR("a"), .type_name = STR("mine")};
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    CHECK_OK(store_get_columns(view, TABLE(thing),
                               COLUMN_BIT(COL_thing__version) | COLUMN_BIT(COL_thing__attributes),
                               &got, f->mem, NULL));
    assert_int_equal(got.version, 7);
    CHECK_STR(got.attributes, "{}");
    CHECK_STR(got.type_name, "mine");
    CHECK_STATUS(store_get_columns(view, TABLE(thing), 0, &got, f->mem, NULL), STATUS_INTERNAL);
    got.name = STR("b");
    CHECK_STATUS(
        store_get_columns(view, TABLE(thing), COLUMN_BIT(COL_thing__version), &got, f->mem, NULL),
        STATUS_NOT_FOUND);
    assert_int_equal(got.version, 7);
    store_read_end(view);
}

static void absent_is_not_empty(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(INSERT_ROW(f, thing_type, .name = STR("t"), .description = STR_ABSENT,
                        .searchable = STR("")));
    CHECK_OK(INSERT_ROW(f, certificate_der, .id = STR("none")));
    CHECK_OK(INSERT_ROW(f, certificate_der, .id = STR("empty"), .der = {(const uint8_t *)"", 0}));
    struct thing_type type = {.name = STR("t")};
    CHECK_OK(get_row(f, TABLE(thing_type), &type));
    assert_true(str_absent(type.description));
    assert_false(str_absent(type.searchable));
    assert_int_equal(type.searchable.len, 0);
    struct certificate_der none = {.id = STR("none")};
    struct certificate_der empty = {.id = STR("empty")};
    CHECK_OK(get_row(f, TABLE(certificate_der), &none));
    CHECK_OK(get_row(f, TABLE(certificate_der), &empty));
    assert_null(none.der.ptr);
    assert_non_null(empty.der.ptr);
    assert_int_equal(empty.der.len, 0);
}

static void an_empty_key_is_a_key(void **state)
{
    struct fixture *f = *state;
    put_thing(f, "", "");
    put_thing(f, "a", "");
    struct thing got = {.name = STR("")};
    CHECK_OK(get_row(f, TABLE(thing), &got));
    CHECK_NAMES(f, " a ", 0);
    CHECK_NAMES(f, " a ", .index = INDEX(thing, by_type));
    CHECK_NAMES(f, "a  ", .index = INDEX(thing, by_type), .descending = true);
}

static void an_absent_text_in_an_order_is_refused(void **state)
{
    struct fixture *f = *state;
    struct why why;
    struct thing thing = {.name = STR("a")};
    struct script script = {.n = 1, .steps = {{PUT, TABLE(thing), &thing}}};
    CHECK_STATUS(store_write(f->store, run_script, &script, &why), STATUS_INTERNAL);
    assert_non_null(strstr(why.text, "thing.type_name"));
    CHECK_STATUS(INSERT_ROW(f, thing, .type_name = STR("t")), STATUS_INTERNAL);
    CHECK_STATUS(DELETE_ROW(f, thing, .type_name = STR("t")), STATUS_INTERNAL);
    struct thing got = {.type_name = STR("t")};
    CHECK_STATUS(get_row(f, TABLE(thing), &got), STATUS_INTERNAL);
    assert_int_equal(count_all(f, TABLE(thing)), 0);
}

static void any_bytes_come_back(void **state)
{
    struct fixture *f = *state;
    uint8_t every[1024];
    for (size_t i = 0; i < sizeof every; i++) {
        every[i] = (uint8_t)(i * 7);
    }
    struct str text = {(const char *)every, sizeof every};
    CHECK_OK(INSERT_ROW(f, certificate_der, .id = text, .der = {every, sizeof every}));
    struct certificate_der got = {.id = text};
    CHECK_OK(get_row(f, TABLE(certificate_der), &got));
    assert_int_equal(got.der.len, sizeof every);
    assert_memory_equal(got.der.ptr, every, sizeof every);
    assert_true(str_eq(got.id, text));
}

static void a_large_value_comes_back(void **state)
{
    struct fixture *f = *state;
    enum { LARGE = 3 << 20 };
    uint8_t *large = arena_alloc(f->mem, LARGE);
    for (size_t i = 0; i < LARGE; i++) {
        large[i] = (uint8_t)(i ^ (i >> 8));
    }
    CHECK_OK(INSERT_ROW(f, revocation_list, .source = STR("url"), .der = {large, LARGE}));
    struct revocation_list got = {.source = STR("url")};
    CHECK_OK(get_row(f, TABLE(revocation_list), &got));
    assert_int_equal(got.der.len, LARGE);
    assert_memory_equal(got.der.ptr, large, LARGE);
}

static void integers_keep_their_extremes_and_sort_as_numbers(void **state)
{
    struct fixture *f = *state;
    static const int64_t times[] = {0, INT64_MAX, -1, INT64_MIN, 1, 10, 9};
    static const int64_t sorted[] = {INT64_MIN, -1, 0, 1, 9, 10, INT64_MAX};
    for (size_t i = 0; i < 7; i++) {
        char id[] = {(char)('z' - (int)i), '\0'};
        CHECK_OK(INSERT_ROW(f, audit_task, .id = str_from(id), .status = STR("COMPLETED"),
                            .started = times[i]));
    }
    struct store_tx *view = NULL;
    struct store_scan *scan = NULL;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    CHECK_OK(store_scan_open(view, TABLE(audit_task),
                             &(struct store_range){.index = INDEX(audit_task, by_started)}, &scan,
                             NULL));
    for (size_t i = 0; i < 7; i++) {
        struct audit_task row = {0};
        bool more = false;
        CHECK_OK(store_scan_next(scan, &row, f->mem, &more, NULL));
        assert_true(more);
        assert_int_equal(row.started, sorted[i]);
    }
    store_scan_close(scan);
    store_read_end(view);
}

/* ---- ranges ---------------------------------------------------------------------------------- */

static void texts_sort_bytewise(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"b", "a", "aa", "B", "\xc3\xa9", "~", "a-1", "a-10", "a-2"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        put_thing(f, names[i], "");
    }
    CHECK_NAMES(f, "B a a-1 a-10 a-2 aa b ~ \xc3\xa9 ", 0);
    CHECK_NAMES(f, "\xc3\xa9 ~ b aa a-2 a-10 a-1 a B ", .descending = true);
}

static void put_fleet(struct fixture *f)
{
    put_thing(f, "a", "pump");
    put_thing(f, "b", "valve");
    put_thing(f, "c", "pump");
    put_thing(f, "d", "");
    put_thing(f, "e", "valve");
}

static void a_scan_follows_the_order_asked_for(void **state)
{
    struct fixture *f = *state;
    put_fleet(f);
    CHECK_NAMES(f, "a b c d e ", 0);
    CHECK_NAMES(f, "e d c b a ", .descending = true);
    CHECK_NAMES(f, "d a c b e ", .index = INDEX(thing, by_type));
    CHECK_NAMES(f, "e b c a d ", .index = INDEX(thing, by_type), .descending = true);
}

static void a_prefix_chooses_rows(void **state)
{
    struct fixture *f = *state;
    put_fleet(f);
    struct thing pump = thing_of("a", "pump");
    struct thing none = thing_of("b", "");
    struct thing other = thing_of("a", "pum");
    const struct table_index *by_type = INDEX(thing, by_type);
    CHECK_NAMES(f, "a c ", .index = by_type, .prefix = &pump, .n_prefix = 1);
    CHECK_NAMES(f, "c a ", .index = by_type, .prefix = &pump, .n_prefix = 1, .descending = true);
    CHECK_NAMES(f, "d ", .index = by_type, .prefix = &none, .n_prefix = 1);
    CHECK_NAMES(f, "", .index = by_type, .prefix = &other, .n_prefix = 1);
    CHECK_NAMES(f, "a ", .index = by_type, .prefix = &pump, .n_prefix = 2);
    CHECK_NAMES(f, "b ", .prefix = &none, .n_prefix = 1);
}

static void from_begins_at_a_position(void **state)
{
    struct fixture *f = *state;
    put_fleet(f);
    struct thing at_c = thing_of("c", "pump");
    struct thing at_bb = thing_of("bb", "q");
    const struct table_index *by_type = INDEX(thing, by_type);
    CHECK_NAMES(f, "c d e ", .from = &at_c, .n_from = 1);
    CHECK_NAMES(f, "c b a ", .from = &at_c, .n_from = 1, .descending = true);
    CHECK_NAMES(f, "c d e ", .from = &at_bb, .n_from = 1);
    CHECK_NAMES(f, "b a ", .from = &at_bb, .n_from = 1, .descending = true);
    CHECK_NAMES(f, "a c b e ", .index = by_type, .from = &at_c, .n_from = 1);
    CHECK_NAMES(f, "c b e ", .index = by_type, .from = &at_c, .n_from = 2);
    CHECK_NAMES(f, "c a d ", .index = by_type, .from = &at_bb, .n_from = 1, .descending = true);
    CHECK_NAMES(f, "c ", .index = by_type, .prefix = &at_c, .n_prefix = 1, .from = &at_c,
                .n_from = 2);
    CHECK_NAMES(f, "c ", .index = by_type, .prefix = &at_c, .n_prefix = 1, .from = &at_bb,
                .n_from = 2);
}

static void after_goes_on_behind_a_row_that_need_not_be_there(void **state)
{
    struct fixture *f = *state;
    put_fleet(f);
    struct thing at_a = thing_of("a", "pump");
    struct thing at_c = thing_of("c", "pump");
    struct thing at_bb = thing_of("bb", "pump");
    const struct table_index *by_type = INDEX(thing, by_type);
    CHECK_NAMES(f, "d e ", .after = &at_c);
    CHECK_NAMES(f, "b a ", .after = &at_c, .descending = true);
    CHECK_NAMES(f, "c b e ", .index = by_type, .after = &at_bb);
    CHECK_NAMES(f, "a d ", .index = by_type, .after = &at_bb, .descending = true);
    CHECK_NAMES(f, "c ", .index = by_type, .prefix = &at_c, .n_prefix = 1, .after = &at_a);
    CHECK_NAMES(f, "", .index = by_type, .prefix = &at_c, .n_prefix = 1, .after = &at_c);
    /* from and after together: whichever lies farther on */
    CHECK_NAMES(f, "d e ", .after = &at_c, .from = &at_a, .n_from = 1);
    CHECK_NAMES(f, "c d e ", .after = &at_a, .from = &at_c, .n_from = 1);
    CHECK_NAMES(f, "a ", .after = &at_c, .from = &at_a, .n_from = 1, .descending = true);
}

static void a_scan_reads_only_the_columns_asked_for(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(INSERT_ROW(f, thing, .name = STR("a"), .type_name = STR("t"), .version = 3,
                        .attributes = STR("{}")));
    struct store_tx *view = NULL;
    struct store_scan *scan = NULL;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    const struct store_range range = {.columns = COLUMN_BIT(COL_thing__version) |
                                                 COLUMN_BIT(COL_thing__attributes)};
    CHECK_OK(store_scan_open(view, TABLE(thing), &range, &scan, NULL));
    struct thing row = {0};
    bool more = false;
    CHECK_OK(store_scan_next(scan, &row, f->mem, &more, NULL));
    assert_true(more);
    assert_int_equal(row.version, 3);
    CHECK_STR(row.attributes, "{}");
    assert_true(str_absent(row.name) && str_absent(row.type_name));
    CHECK_OK(store_scan_next(scan, &row, f->mem, &more, NULL));
    assert_false(more);
    assert_int_equal(row.version, 3); /* untouched */
    store_scan_close(scan);
    store_read_end(view);
}

static void counting_counts_the_range_up_to_its_bound(void **state)
{
    struct fixture *f = *state;
    put_fleet(f);
    struct store_tx *view = NULL;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    size_t n = 0;
    struct thing pump = thing_of("b", "pump");
    struct store_range pumps = {.index = INDEX(thing, by_type), .prefix = &pump, .n_prefix = 1};
    CHECK_OK(store_count(view, TABLE(thing), NULL, 0, &n, NULL));
    assert_int_equal(n, 5);
    CHECK_OK(store_count(view, TABLE(thing), NULL, 3, &n, NULL));
    assert_int_equal(n, 3);
    CHECK_OK(store_count(view, TABLE(thing), NULL, 9, &n, NULL));
    assert_int_equal(n, 5);
    CHECK_OK(store_count(view, TABLE(thing), &pumps, 0, &n, NULL));
    assert_int_equal(n, 2);
    pumps.after = &pump;
    CHECK_OK(store_count(view, TABLE(thing), &pumps, 0, &n, NULL));
    assert_int_equal(n, 1);
    store_read_end(view);
}

static void scans_of_one_view_do_not_disturb_each_other(void **state)
{
    struct fixture *f = *state;
    put_fleet(f);
    struct store_tx *view = NULL;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    struct store_scan *outer = NULL;
    CHECK_OK(store_scan_open(view, TABLE(thing), NULL, &outer, NULL));
    for (size_t i = 0;; i++) {
        struct thing row = {0};
        bool more = false;
        CHECK_OK(store_scan_next(outer, &row, f->mem, &more, NULL));
        if (!more) {
            assert_int_equal(i, 5);
            break;
        }
        assert_string_equal(names_in(f, view, NULL), "a b c d e ");
    }
    store_scan_close(outer);
    store_read_end(view);
}

static void a_range_that_makes_no_sense_is_refused(void **state)
{
    struct fixture *f = *state;
    struct store_tx *view = NULL;
    struct store_scan *scan = NULL;
    struct thing thing = thing_of("a", "b");
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    CHECK_STATUS(store_scan_open(view, TABLE(thing),
                                 &(struct store_range){.index = INDEX(policy, by_created)}, &scan,
                                 NULL),
                 STATUS_INTERNAL);
    CHECK_STATUS(store_scan_open(view, TABLE(thing),
                                 &(struct store_range){.prefix = &thing, .n_prefix = 2}, &scan,
                                 NULL),
                 STATUS_INTERNAL);
    CHECK_STATUS(
        store_scan_open(view, TABLE(thing), &(struct store_range){.n_prefix = 1}, &scan, NULL),
        STATUS_INTERNAL);
    assert_null(scan);
    store_read_end(view);
}

/* ---- transactions ---------------------------------------------------------------------------- */

static void a_view_does_not_change_while_it_is_open(void **state)
{
    struct fixture *f = *state;
    put_fleet(f);
    struct store_tx *view = NULL;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    put_thing(f, "f", "pump");
    CHECK_OK(DELETE_ROW(f, thing, .name = STR("a")));
    assert_string_equal(names_in(f, view, NULL), "a b c d e ");
    struct thing got = {.name = STR("a")};
    CHECK_OK(store_get(view, TABLE(thing), &got, f->mem, NULL));
    got.name = STR("f");
    CHECK_STATUS(store_get(view, TABLE(thing), &got, f->mem, NULL), STATUS_NOT_FOUND);
    store_read_end(view);
    CHECK_NAMES(f, "b c d e f ", 0);
}

static void an_open_scan_does_not_see_later_commits(void **state)
{
    struct fixture *f = *state;
    put_fleet(f);
    struct store_tx *view = NULL;
    struct store_scan *scan = NULL;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    CHECK_OK(store_scan_open(view, TABLE(thing), NULL, &scan, NULL));
    size_t n = 0;
    for (bool more = true; more; n += more) {
        struct thing row = {0};
        CHECK_OK(store_scan_next(scan, &row, f->mem, &more, NULL));
        put_thing(f, "zz", "late");
        put_thing(f, "e", "changed");
        if (more) {
            assert_string_not_equal(str_z(f->mem, row.type_name), "changed");
        }
    }
    assert_int_equal(n, 5);
    store_scan_close(scan);
    store_read_end(view);
}

static void views_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct store_tx *views[LIMIT_STORE_VIEWS];
    struct store_tx *extra = NULL;
    for (size_t i = 0; i < LIMIT_STORE_VIEWS; i++) {
        CHECK_OK(store_read_begin(f->store, &views[i], NULL));
    }
    CHECK_STATUS(store_read_begin(f->store, &extra, NULL), STATUS_BUSY);
    for (size_t i = 0; i < LIMIT_STORE_VIEWS; i++) {
        store_read_end(views[i]);
    }
    CHECK_OK(store_read_begin(f->store, &extra, NULL));
    store_read_end(extra);
}

static enum status write_then_fail(struct store_tx *tx, void *ctx, struct why *why)
{
    TRY(run_script(tx, ctx, why));
    return why_set(why, STATUS_LIMIT, "enough");
}

static void a_failing_transaction_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    put_fleet(f);
    struct thing fresh = thing_of("f", "pump");
    struct thing changed = thing_of("a", "valve");
    struct thing gone = thing_of("b", "");
    struct script script = {.n = 3,
                            .steps = {{INSERT, TABLE(thing), &fresh},
                                      {PUT, TABLE(thing), &changed},
                                      {DELETE, TABLE(thing), &gone}}};
    struct why why;
    CHECK_STATUS(store_write(f->store, write_then_fail, &script, &why), STATUS_LIMIT);
    assert_string_equal(why.text, "enough");
    CHECK_NAMES(f, "a b c d e ", 0);
    CHECK_NAMES(f, "d a c b e ", .index = INDEX(thing, by_type));
    CHECK_OK(store_check(f->store, NULL));
}

/* A write transaction reads what it wrote, also through scans. */
static enum status read_own_writes(struct store_tx *tx, void *ctx, struct why *why)
{
    struct fixture *f = ctx;
    struct thing row = thing_of("b2", "pump");
    TRY(store_insert(tx, TABLE(thing), &row, why));
    row = thing_of("c", "");
    TRY(store_delete(tx, TABLE(thing), &row, why));
    assert_string_equal(names_in(f, tx, NULL), "a b b2 d e ");
    struct thing got = {.name = STR("b2")};
    TRY(store_get(tx, TABLE(thing), &got, f->mem, why));
    CHECK_STR(got.type_name, "pump");
    size_t n = 0;
    TRY(store_count(tx, TABLE(thing), NULL, 0, &n, why));
    assert_int_equal(n, 5);
    return STATUS_OK;
}

static void a_transaction_reads_its_own_writes(void **state)
{
    struct fixture *f = *state;
    put_fleet(f);
    CHECK_OK(store_write(f->store, read_own_writes, f, NULL));
    CHECK_NAMES(f, "a b b2 d e ", 0);
}

static enum status write_what_is_scanned(struct store_tx *tx, void *ctx, struct why *why)
{
    (void)ctx;
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(tx, TABLE(thing), NULL, &scan, why));
    struct tag tag = {.resource_arn = STR("arn"), .key = STR("k"), .value = STR("v")};
    TRY(store_put(tx, TABLE(tag), &tag, why)); /* another table */
    struct thing row = thing_of("a", "pump");
    CHECK_STATUS(store_put(tx, TABLE(thing), &row, why), STATUS_INTERNAL);
    return STATUS_OK; /* wrongly: the transaction is undone all the same */
}

static void what_is_scanned_is_not_written_and_a_failed_write_is_not_forgotten(void **state)
{
    struct fixture *f = *state;
    struct why why;
    CHECK_STATUS(store_write(f->store, write_what_is_scanned, NULL, &why), STATUS_INTERNAL);
    assert_non_null(strstr(why.text, "scan"));
    assert_int_equal(count_all(f, TABLE(tag)), 0);
}

static enum status leave_a_scan_open(struct store_tx *tx, void *ctx, struct why *why)
{
    struct store_scan *scan = NULL;
    TRY(store_scan_open(tx, TABLE(thing), NULL, &scan, why));
    struct tag tag = {.resource_arn = STR("arn"), .key = STR("k"), .value = STR("v")};
    TRY(store_put(tx, TABLE(tag), &tag, why));
    return *(const enum status *)ctx;
}

static void scans_left_open_are_closed_with_the_transaction(void **state)
{
    struct fixture *f = *state;
    put_fleet(f);
    enum status ends[] = {STATUS_OK, STATUS_LIMIT};
    CHECK_STATUS(store_write(f->store, leave_a_scan_open, &ends[0], NULL), STATUS_OK);
    CHECK_STATUS(store_write(f->store, leave_a_scan_open, &ends[1], NULL), STATUS_LIMIT);
    put_thing(f, "a", "changed");
}

static void a_view_does_not_write(void **state)
{
    struct fixture *f = *state;
    struct store_tx *view = NULL;
    struct thing row = thing_of("a", "b");
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    CHECK_STATUS(store_put(view, TABLE(thing), &row, NULL), STATUS_INTERNAL);
    store_read_end(view);
    assert_int_equal(count_all(f, TABLE(thing)), 0);
}

static enum status write_within(struct store_tx *tx, void *ctx, struct why *why)
{
    (void)tx;
    return store_write(ctx, write_within, ctx, why);
}

static void a_transaction_inside_a_transaction_is_refused(void **state)
{
    struct fixture *f = *state;
    CHECK_STATUS(store_write(f->store, write_within, f->store, NULL), STATUS_INTERNAL);
}

/* ---- groups ---------------------------------------------------------------------------------- */

/* Holds the writer inside a job until it is let go, so that what is submitted meanwhile is one
 * group; then counts what became of it. */
struct gate {
    sem_t reached, open, done;
};

static enum status wait_at_gate(struct store_tx *tx, void *ctx, struct why *why)
{
    (void)tx;
    (void)why;
    struct gate *gate = ctx;
    sem_post(&gate->reached);
    sem_wait(&gate->open);
    return STATUS_OK;
}

struct row_job {
    struct store_job job; /* first: the job is the row_job */
    struct gate *gate;
    struct thing row;
    size_t *order; /* shared counter of done calls */
    size_t done_as;
    enum status end; /* what work says after its write */
};

static enum status row_job_work(struct store_tx *tx, void *ctx, struct why *why)
{
    struct row_job *job = ctx;
    TRY(store_insert(tx, TABLE(thing), &job->row, why));
    return job->end == STATUS_OK ? STATUS_OK : why_set(why, job->end, "as asked");
}

static void row_job_done(struct store_job *base)
{
    struct row_job *job = (struct row_job *)base;
    job->done_as = (*job->order)++;
    sem_post(&job->gate->done);
}

static void gate_done(struct store_job *job)
{
    struct gate *gate = job->ctx;
    sem_post(&gate->done);
}

static void gate_init(struct gate *gate)
{
    sem_init(&gate->reached, 0, 0);
    sem_init(&gate->open, 0, 0);
    sem_init(&gate->done, 0, 0);
}

/* Submits n jobs while the writer is held, lets it go, waits for all. */
static void run_together(struct fixture *f, struct row_job *jobs, size_t n)
{
    struct gate gate;
    gate_init(&gate);
    size_t order = 0;
    struct store_job holder = {.work = wait_at_gate, .done = gate_done, .ctx = &gate};
    CHECK_OK(store_submit(f->store, &holder, NULL));
    sem_wait(&gate.reached);
    for (size_t i = 0; i < n; i++) {
        jobs[i].gate = &gate;
        jobs[i].order = &order;
        jobs[i].job =
            (struct store_job){row_job_work, row_job_done, &jobs[i], STATUS_OK, {0}, NULL};
        CHECK_OK(store_submit(f->store, &jobs[i].job, NULL));
    }
    sem_post(&gate.open);
    for (size_t i = 0; i <= n; i++) {
        sem_wait(&gate.done);
    }
}

static void one_commit_takes_all_that_wait(void **state)
{
    struct fixture *f = *state;
    struct store_stats before, after;
    struct row_job jobs[5] = {0};
    for (size_t i = 0; i < 5; i++) {
        jobs[i].row = (struct thing){.name = {&"abcde"[i], 1}, .type_name = STR("")};
    }
    store_stats_get(f->store, &before);
    run_together(f, jobs, 5);
    store_stats_get(f->store, &after);
    for (size_t i = 0; i < 5; i++) {
        CHECK_OK(jobs[i].job.status);
        assert_int_equal(jobs[i].done_as, i); /* in the order of submission */
    }
    assert_int_equal(after.commits - before.commits, 1);
    assert_int_equal(after.transactions - before.transactions, 6);
    assert_int_equal(after.queued, 0);
    CHECK_NAMES(f, "a b c d e ", 0);
}

static void of_a_group_only_what_fails_is_undone(void **state)
{
    struct fixture *f = *state;
    struct row_job jobs[6] = {0};
    for (size_t i = 0; i < 6; i++) {
        jobs[i].row = (struct thing){.name = {&"abcaef"[i], 1}, .type_name = STR("t")};
    }
    jobs[1].end = STATUS_LIMIT; /* after its write; the fourth finds its key taken */
    run_together(f, jobs, 6);
    CHECK_OK(jobs[0].job.status);
    CHECK_STATUS(jobs[1].job.status, STATUS_LIMIT);
    assert_string_equal(jobs[1].job.why.text, "as asked");
    CHECK_STATUS(jobs[3].job.status, STATUS_EXISTS);
    CHECK_OK(jobs[5].job.status);
    CHECK_NAMES(f, "a c e f ", 0);
    CHECK_NAMES(f, "a c e f ", .index = INDEX(thing, by_type));
    CHECK_OK(store_check(f->store, NULL));
}

static void a_job_sees_what_earlier_ones_of_its_group_wrote(void **state)
{
    struct fixture *f = *state;
    struct row_job jobs[2] = {0};
    jobs[0].row = jobs[1].row = thing_of("a", "");
    run_together(f, jobs, 2);
    CHECK_OK(jobs[0].job.status);
    CHECK_STATUS(jobs[1].job.status, STATUS_EXISTS);
}

struct awaiting {
    struct gate gate;
    bool before, during;
};

static enum status look_who_waits(struct store_tx *tx, void *ctx, struct why *why)
{
    struct awaiting *awaiting = ctx;
    awaiting->before = store_is_awaited(tx);
    TRY(wait_at_gate(tx, &awaiting->gate, why));
    awaiting->during = store_is_awaited(tx);
    return STATUS_OK;
}

static void awaiting_done(struct store_job *job)
{
    struct awaiting *awaiting = job->ctx;
    sem_post(&awaiting->gate.done);
}

static void a_job_knows_whether_others_wait(void **state)
{
    struct fixture *f = *state;
    struct awaiting awaiting = {.before = true};
    struct row_job other = {.row = thing_of("a", "")};
    size_t order = 0;
    gate_init(&awaiting.gate);
    struct store_job holder = {.work = look_who_waits, .done = awaiting_done, .ctx = &awaiting};
    CHECK_OK(store_submit(f->store, &holder, NULL));
    sem_wait(&awaiting.gate.reached);
    other.gate = &awaiting.gate;
    other.order = &order;
    other.job = (struct store_job){row_job_work, row_job_done, &other, STATUS_OK, {0}, NULL};
    CHECK_OK(store_submit(f->store, &other.job, NULL));
    sem_post(&awaiting.gate.open);
    sem_wait(&awaiting.gate.done);
    sem_wait(&awaiting.gate.done);
    assert_false(awaiting.before);
    assert_true(awaiting.during);
}

static enum status do_nothing(struct store_tx *tx, void *ctx, struct why *why)
{
    (void)tx;
    (void)ctx;
    (void)why;
    return STATUS_OK;
}

static void a_full_queue_is_said_at_once(void **state)
{
    struct fixture *f = *state;
    struct gate gate;
    gate_init(&gate);
    struct store_job *jobs = arena_array(f->mem, LIMIT_STORE_QUEUE + 1, sizeof *jobs);
    struct store_job holder = {.work = wait_at_gate, .done = gate_done, .ctx = &gate};
    CHECK_OK(store_submit(f->store, &holder, NULL));
    sem_wait(&gate.reached);
    for (size_t i = 0; i <= LIMIT_STORE_QUEUE; i++) {
        jobs[i].work = do_nothing;
        jobs[i].done = gate_done;
        jobs[i].ctx = &gate;
        CHECK_STATUS(store_submit(f->store, &jobs[i], NULL),
                     i < LIMIT_STORE_QUEUE ? STATUS_OK : STATUS_BUSY);
    }
    struct thing row = thing_of("a", "");
    struct script script = {.n = 1, .steps = {{PUT, TABLE(thing), &row}}};
    CHECK_STATUS(store_write(f->store, run_script, &script, NULL), STATUS_BUSY);
    sem_post(&gate.open);
    for (size_t i = 0; i <= LIMIT_STORE_QUEUE; i++) {
        sem_wait(&gate.done);
    }
    CHECK_OK(store_write(f->store, run_script, &script, NULL));
}

/* ---- many at once ---------------------------------------------------------------------------- */

/* Two rows that are equal after every transaction; readers look whether they ever are not. */
struct pair_test {
    struct store *store;
    atomic_bool stop;
    atomic_int unequal;
    int writes;
};

static enum status write_pair(struct store_tx *tx, void *ctx, struct why *why)
{
    const int64_t *value = ctx;
    struct role_alias row = {.alias = STR("left"), .duration_seconds = *value};
    TRY(store_put(tx, TABLE(role_alias), &row, why));
    row.alias = STR("right");
    return store_put(tx, TABLE(role_alias), &row, why);
}

static void *read_pairs(void *arg)
{
    struct pair_test *test = arg;
    struct arena *mem = arena_new(1 << 20);
    while (!atomic_load(&test->stop)) {
        struct store_tx *view = NULL;
        struct role_alias left = {.alias = STR("left")};
        struct role_alias right = {.alias = STR("right")};
        if (store_read_begin(test->store, &view, NULL) != STATUS_OK ||
            store_get(view, TABLE(role_alias), &left, mem, NULL) != STATUS_OK ||
            store_get(view, TABLE(role_alias), &right, mem, NULL) != STATUS_OK ||
            left.duration_seconds != right.duration_seconds) {
            atomic_fetch_add(&test->unequal, 1);
        }
        store_read_end(view);
        arena_clear(mem);
    }
    arena_free(mem);
    return NULL;
}

static void *write_pairs(void *arg)
{
    struct pair_test *test = arg;
    for (int64_t i = 0; i < test->writes; i++) {
        if (store_write(test->store, write_pair, &i, NULL) != STATUS_OK) {
            atomic_fetch_add(&test->unequal, 1);
        }
    }
    return NULL;
}

static uint64_t watched(struct fixture *f)
{
    struct store_tx *view = NULL;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    uint64_t number = store_watched(view);
    store_read_end(view);
    return number;
}

static void views_know_whether_watched_tables_have_changed(void **state)
{
    struct fixture *f = *state;
    uint64_t before = watched(f);
    put_thing(f, "a", "pump");
    assert_true(watched(f) == before);
    CHECK_OK(PUT_ROW(f, iam_user, .folded = STR("ann"), .name = STR("ann"), .path = STR("/")));
    uint64_t made = watched(f);
    assert_true(made > before);
    const struct iam_user changed = {.folded = STR("ann"), .name = STR("ann"), .path = STR("/a/")};
    CHECK_OK(update(f, TABLE(iam_user), COLUMN_BIT(COL_iam_user__path), &changed));
    assert_true(watched(f) > made);
    made = watched(f);
    CHECK_OK(DELETE_ROW(f, iam_user, .folded = STR("ann"), .name = STR("ann")));
    assert_true(watched(f) > made);
    made = watched(f);
    assert_true(watched(f) == made);
}

static void readers_see_whole_transactions_only(void **state)
{
    struct fixture *f = *state;
    struct pair_test test = {.store = f->store, .writes = 150};
    int64_t start = -1;
    CHECK_OK(store_write(f->store, write_pair, &start, NULL));
    pthread_t readers[3];
    pthread_t writers[4];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&readers[i], NULL, read_pairs, &test), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&writers[i], NULL, write_pairs, &test), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(writers[i], NULL);
    }
    atomic_store(&test.stop, true);
    for (size_t i = 0; i < 3; i++) {
        pthread_join(readers[i], NULL);
    }
    assert_int_equal(atomic_load(&test.unequal), 0);
}

/* ---- against a naive model ------------------------------------------------------------------- */

/* The model: an array of certificates, unsorted: the table with the most kinds of orders. */
enum { MODEL_ROWS = 64, MODEL_STEPS = 400, MODEL_NAMES = 8 };

struct model {
    struct certificate rows[MODEL_ROWS];
    size_t n;
};

static const uint64_t model_updated = COLUMN_BIT(COL_certificate__status) |
                                      COLUMN_BIT(COL_certificate__ca_id) |
                                      COLUMN_BIT(COL_certificate__owner);
static const char *const model_words[MODEL_NAMES] = {"", "a", "aa", "ab", "b", "\x01", "~", "\xff"};

static struct certificate model_row(uint64_t dice)
{
    return (struct certificate){
        .id = str_from(model_words[dice % MODEL_NAMES]),
        .status = str_from(model_words[(dice >> 8) % 3]),
        .ca_id = str_from(model_words[(dice >> 16) % 4]),
        .mode = STR("DEFAULT"),
        .created = (int64_t)((dice >> 24) % 3) - 1,
        .issuer_hash = str_from(model_words[(dice >> 32) % MODEL_NAMES]),
        .owner = (dice >> 40) % 4 == 0 ? STR_ABSENT : STR("HIGH"),
    };
}

static size_t model_find(const struct model *model, struct str id)
{
    size_t i = 0;
    while (i < model->n && !str_eq(model->rows[i].id, id)) {
        i++;
    }
    return i;
}

static enum status model_apply(struct model *model, enum verb verb, const struct certificate *row)
{
    size_t at = model_find(model, row->id);
    if (verb == DELETE) {
        if (at == model->n) {
            return STATUS_NOT_FOUND;
        }
        model->rows[at] = model->rows[--model->n];
        return STATUS_OK;
    }
    if (verb == INSERT && at < model->n) {
        return STATUS_EXISTS;
    }
    if (verb == UPDATE) {
        if (at == model->n) {
            return STATUS_NOT_FOUND;
        }
        model->rows[at].status = row->status;
        model->rows[at].ca_id = row->ca_id;
        model->rows[at].owner = row->owner;
        return STATUS_OK;
    }
    model->rows[at] = *row;
    model->n += at == model->n;
    return STATUS_OK;
}

/* Whether the row belongs to the range, by the definition in store.h. */
static bool model_in_range(const struct order *order, const struct store_range *range,
                           const struct certificate *row)
{
    const struct table *table = TABLE(certificate);
    int sign = range->descending ? -1 : 1;
    return (range->n_prefix == 0 ||
            order_compare(table, order, range->n_prefix, row, range->prefix) == 0) &&
           (range->n_from == 0 ||
            sign * order_compare(table, order, range->n_from, row, range->from) >= 0) &&
           (range->after == NULL ||
            sign * order_compare(table, order, order->n, row, range->after) > 0);
}

/* The least row of the range behind last (NULL: of all), by looking at each. */
static const struct certificate *model_next(const struct model *model, const struct order *order,
                                            const struct store_range *range,
                                            const struct certificate *last)
{
    const struct certificate *best = NULL;
    int sign = range->descending ? -1 : 1;
    for (size_t i = 0; i < model->n; i++) {
        const struct certificate *row = &model->rows[i];
        bool behind = last == NULL ||
                      sign * order_compare(TABLE(certificate), order, order->n, row, last) > 0;
        if (behind && model_in_range(order, range, row) &&
            (best == NULL ||
             sign * order_compare(TABLE(certificate), order, order->n, row, best) < 0)) {
            best = row;
        }
    }
    return best;
}

static void check_same_row(const struct certificate *got, const struct certificate *want)
{
    assert_true(str_eq(got->id, want->id) && str_eq(got->status, want->status));
    assert_true(str_eq(got->ca_id, want->ca_id) && got->created == want->created);
    assert_true(str_eq(got->issuer_hash, want->issuer_hash));
    assert_int_equal(str_absent(got->owner), str_absent(want->owner));
}

static void check_range(struct fixture *f, struct store_tx *tx, const struct model *model,
                        const struct store_range *range)
{
    struct order order = order_of(TABLE(certificate), range->index);
    struct store_scan *scan = NULL;
    const struct certificate *want = NULL;
    size_t n = 0;
    CHECK_OK(store_scan_open(tx, TABLE(certificate), range, &scan, NULL));
    for (;; n++) {
        struct certificate got = {0};
        bool more = false;
        CHECK_OK(store_scan_next(scan, &got, f->mem, &more, NULL));
        want = model_next(model, &order, range, want);
        assert_int_equal(more, want != NULL);
        if (!more) {
            break;
        }
        check_same_row(&got, want);
    }
    store_scan_close(scan);
    size_t counted = 0;
    CHECK_OK(store_count(tx, TABLE(certificate), range, 0, &counted, NULL));
    assert_int_equal(counted, n);
}

/* A range of any shape; what it points to is in rows. When there is both a prefix and a from, the
 * from has the prefix's columns. */
static struct store_range random_range(uint64_t dice, struct certificate rows[2])
{
    static const struct table_index *const indexes[] = {NULL, INDEX(certificate, by_created),
                                                        INDEX(certificate, by_ca),
                                                        INDEX(certificate, by_issuer)};
    struct store_range range = {.index = indexes[dice % 4], .descending = (dice >> 2) % 2 == 0};
    struct order order = order_of(TABLE(certificate), range.index);
    range.prefix = range.from = &rows[0];
    range.after = (dice >> 3) % 2 == 0 ? NULL : &rows[1];
    range.n_prefix = (dice >> 4) % (order.n + 1);
    range.n_from = (dice >> 12) % (order.n + 1);
    if (range.n_from <= range.n_prefix) {
        range.n_from = 0;
    }
    for (size_t i = 0; i < range.n_prefix; i++) { /* a page's last row has its prefix */
        const struct column *column = &TABLE(certificate)->columns[order.columns[i]];
        size_t size = column->type == COLUMN_INT ? sizeof(int64_t) : sizeof(struct str);
        memcpy(row_cell(&rows[1], column), row_cell(&rows[0], column), size);
    }
    return range;
}

static void any_sequence_of_writes_reads_as_in_a_naive_model(void **state)
{
    struct fixture *f = *state;
    uint64_t seed = 20260101;
    struct rnd rnd = rnd_seeded_for_tests(&seed);
    struct model model = {.n = 0};
    for (size_t step = 0; step < MODEL_STEPS; step++) {
        uint64_t dice[4];
        rnd_fill(&rnd, dice, sizeof dice);
        struct certificate row = model_row(dice[0]);
        enum verb verb = (enum verb)(dice[1] % N_VERBS);
        CHECK_STATUS(verb == UPDATE ? update(f, TABLE(certificate), model_updated, &row)
                                    : write_one(f, verb, TABLE(certificate), &row),
                     model_apply(&model, verb, &row));
        struct certificate edges[2] = {model_row(dice[2]), model_row(dice[2] >> 7)};
        struct store_range range = random_range(dice[3], edges);
        struct store_tx *view = NULL;
        CHECK_OK(store_read_begin(f->store, &view, NULL));
        check_range(f, view, &model, &range);
        store_read_end(view);
        arena_clear(f->mem);
    }
    CHECK_OK(store_check(f->store, NULL));
}

/* ---- hearing of changes ---------------------------------------------------------------------- */

/* What a watcher was told, as text: "thing a; thing b; | thing c; |" with a bar at each end. */
struct heard {
    struct store_watch watch;
    struct fixture *f;
    char text[512];
    size_t len;
    bool all;
    bool shown; /* each time, a view had the last row */
};

static void hear(void *ctx, const struct store_change *changes, size_t n, bool all)
{
    struct heard *heard = ctx;
    AUTO_VIEW *view = NULL;
    AUTO_ARENA *mem = arena_new(1 << 20);
    CHECK_OK(store_read_begin(heard->f->store, &view, NULL));
    for (size_t i = 0; i < n; i++) {
        const struct thing *key = changes[i].row;
        struct thing row = {.name = key->name};
        heard->len += (size_t)snprintf(heard->text + heard->len, sizeof heard->text - heard->len,
                                       "%s %.*s; ", changes[i].table->name, STR_ARG(key->name));
        heard->shown &= i + 1 < n || store_get(view, TABLE(thing), &row, mem, NULL) == STATUS_OK;
        heard->shown &= str_absent(key->attributes);
    }
    heard->all |= all;
    heard->len += (size_t)snprintf(heard->text + heard->len, sizeof heard->text - heard->len, "|");
}

static void hear_only_all(void *ctx, const struct store_change *changes, size_t n, bool all)
{
    struct heard *heard = ctx;
    (void)changes;
    (void)n;
    heard->all |= all;
}

static void listen_to_things(struct fixture *f, struct heard *ret)
{
    *ret = (struct heard){.watch = {.changed = hear, .ctx = ret}, .f = f, .shown = true};
    ret->watch.tables[TABLE(thing)->number] = true;
    CHECK_OK(store_watch(f->store, &ret->watch, NULL));
}

static void a_watcher_hears_of_what_became_durable_and_of_nothing_else(void **state)
{
    struct fixture *f = *state;
    struct heard heard;
    const struct thing a = {.name = STR("a"), .type_name = STR(""), .attributes = STR("{}")};
    const struct thing b = {.name = STR("b"), .type_name = STR("")};
    const struct role_alias other = {.alias = STR("x")};
    struct script both = {.n = 3,
                          .steps = {{INSERT, TABLE(thing), &a},
                                    {PUT, TABLE(role_alias), &other},
                                    {PUT, TABLE(thing), &b}}};
    struct script undone = {.n = 2,
                            .steps = {{DELETE, TABLE(thing), &b}, {INSERT, TABLE(thing), &a}}};
    struct script gone = {.n = 2, .steps = {{DELETE, TABLE(thing), &a}, {PUT, TABLE(thing), &b}}};
    struct script some = {
        .n = 1, .columns = COLUMN_BIT(COL_thing__version), .steps = {{UPDATE, TABLE(thing), &b}}};
    listen_to_things(f, &heard);
    CHECK_OK(store_write(f->store, run_script, &both, NULL));
    CHECK_OK(write_one(f, PUT, TABLE(role_alias), &other));
    CHECK_STATUS(store_write(f->store, run_script, &undone, NULL), STATUS_EXISTS);
    CHECK_OK(store_write(f->store, run_script, &gone, NULL));
    CHECK_OK(store_write(f->store, run_script, &some, NULL));
    CHECK_OK(store_watch(f->store, NULL, NULL));
    CHECK_OK(write_one(f, PUT, TABLE(thing), &a));
    assert_string_equal(heard.text, "thing a; thing b; |thing a; thing b; |thing b; |");
    assert_true(heard.shown);
    assert_false(heard.all);
}

/* More than is kept of one transaction. */
static enum status put_many(struct store_tx *tx, void *ctx, struct why *why)
{
    char name[1024];
    struct thing row = {.name = {name, sizeof name}, .type_name = STR("")};
    memset(name, 'x', sizeof name);
    for (size_t i = 0; i < LIMIT_STORE_CHANGES_BYTES / sizeof name + 1; i++) {
        (void)ctx;
        TRY(store_put(tx, TABLE(thing), &row, why));
    }
    return STATUS_OK;
}

static void a_watcher_is_told_when_more_changed_than_can_be_said(void **state)
{
    struct fixture *f = *state;
    struct heard heard;
    const struct thing a = {.name = STR("a"), .type_name = STR("")};
    listen_to_things(f, &heard);
    heard.watch.changed = hear_only_all;
    CHECK_OK(store_write(f->store, put_many, NULL, NULL));
    assert_true(heard.all);
    heard.all = false;
    heard.watch.changed = hear;
    CHECK_OK(write_one(f, PUT, TABLE(thing), &a));
    CHECK_OK(store_watch(f->store, NULL, NULL));
    assert_string_equal(heard.text, "thing a; |");
    assert_false(heard.all);
}

int conformance_run(const struct conformance *subject)
{
#define CASE(test)                                                                                 \
    {                                                                                              \
#test, test, set_up, tear_down, (void *)(uintptr_t)subject                                 \
    }
    const struct CMUnitTest tests[] = {
        CASE(a_row_comes_back_as_it_was_put),
        CASE(what_is_not_there_is_not_found_and_leaves_the_row_alone),
        CASE(insert_refuses_a_key_that_is_there_and_put_replaces),
        CASE(deleting_takes_the_row_out_of_every_order),
        CASE(putting_moves_the_row_in_every_order),
        CASE(updating_writes_the_columns_named_and_moves_the_row),
        CASE(updating_what_is_not_there_changes_nothing),
        CASE(updates_of_keys_of_nothing_and_of_absent_texts_in_orders_are_refused),
        CASE(of_a_row_some_columns_can_be_read),
        CASE(absent_is_not_empty),
        CASE(an_empty_key_is_a_key),
        CASE(an_absent_text_in_an_order_is_refused),
        CASE(any_bytes_come_back),
        CASE(a_large_value_comes_back),
        CASE(integers_keep_their_extremes_and_sort_as_numbers),
        CASE(texts_sort_bytewise),
        CASE(a_scan_follows_the_order_asked_for),
        CASE(a_prefix_chooses_rows),
        CASE(from_begins_at_a_position),
        CASE(after_goes_on_behind_a_row_that_need_not_be_there),
        CASE(a_scan_reads_only_the_columns_asked_for),
        CASE(counting_counts_the_range_up_to_its_bound),
        CASE(scans_of_one_view_do_not_disturb_each_other),
        CASE(a_range_that_makes_no_sense_is_refused),
        CASE(a_view_does_not_change_while_it_is_open),
        CASE(an_open_scan_does_not_see_later_commits),
        CASE(views_are_bounded),
        CASE(a_failing_transaction_leaves_nothing),
        CASE(a_transaction_reads_its_own_writes),
        CASE(what_is_scanned_is_not_written_and_a_failed_write_is_not_forgotten),
        CASE(scans_left_open_are_closed_with_the_transaction),
        CASE(a_view_does_not_write),
        CASE(a_transaction_inside_a_transaction_is_refused),
        CASE(one_commit_takes_all_that_wait),
        CASE(of_a_group_only_what_fails_is_undone),
        CASE(a_job_sees_what_earlier_ones_of_its_group_wrote),
        CASE(a_job_knows_whether_others_wait),
        CASE(a_full_queue_is_said_at_once),
        CASE(views_know_whether_watched_tables_have_changed),
        CASE(readers_see_whole_transactions_only),
        CASE(a_watcher_hears_of_what_became_durable_and_of_nothing_else),
        CASE(a_watcher_is_told_when_more_changed_than_can_be_said),
        CASE(any_sequence_of_writes_reads_as_in_a_naive_model),
    };
#undef CASE
    return RUN_TESTS(subject->name, tests);
}
