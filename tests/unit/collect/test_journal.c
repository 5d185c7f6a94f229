#include "lib/check.h"
#include "lib/files.h"

#include "collect/journal.h"

static struct arena *mem;
static const char *dir;
static struct str path;
static const struct journal_head head = {STR_INIT("123456789012"), STR_INIT("us-east-1"),
                                         STR_INIT("aws"), STR_INIT("5a5a5a5a5a5a5a5a")};

static int setup(void **state)
{
    (void)state;
    mem = arena_new(1 << 20);
    dir = temp_dir_make(mem);
    CHECK_OK(str_fmt(mem, &path, NULL, "%s/j", dir));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    arena_free(mem);
    return 0;
}

static struct change change(const char *resource)
{
    return (struct change){.kind = STR("UPDATE_DEVICE_CERTIFICATE"),
                           .resource = str_from(resource),
                           .part = STR(""),
                           .before = STR("ACTIVE"),
                           .after = STR("INACTIVE"),
                           .finding = STR("f"),
                           .detail = STR("")};
}

static struct journal *opened(void)
{
    struct journal *journal = NULL;
    CHECK_OK(journal_open(path.ptr, JOURNAL_MAKE, &head, &journal, NULL));
    return journal;
}

static void append(const char *text)
{
    FILE *file = fopen(path.ptr, "a");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void what_was_begun_and_how_it_ended_is_known_again(void **state)
{
    (void)state;
    size_t a = 9;
    size_t b = 9;
    const struct change first = change("a");
    const struct change second = change("b");
    const struct change third = change("c");
    struct journal *journal = opened();
    CHECK_OK(journal_begin(journal, &first, &a, NULL));
    CHECK_OK(journal_end(journal, a, JOURNAL_MADE, STR("7"), STR_ABSENT, NULL));
    CHECK_OK(journal_begin(journal, &second, &b, NULL));
    collect_journal_free(journal);
    append("{\"n\":1,\"state\":\"ma"); /* cut off */

    journal = opened();
    assert_int_equal(journal_count(journal), 2);
    const struct journal_entry *entry = journal_find(journal, &first);
    assert_int_equal(entry->state, JOURNAL_MADE);
    CHECK_STR(entry->left, "7");
    CHECK_STR(entry->change.before, "ACTIVE");
    assert_int_equal(journal_find(journal, &second)->state, JOURNAL_BEGUN);
    assert_null(journal_find(journal, &third));
    CHECK_OK(journal_begin(journal, &second, &b, NULL)); /* tried again: the same entry */
    assert_int_equal(b, 1);
    CHECK_OK(journal_end(journal, b, JOURNAL_REFUSED, STR(""), STR("denied"), NULL));
    CHECK_OK(journal_end(journal, a, JOURNAL_KEPT, STR_ABSENT, STR("moved"), NULL));
    collect_journal_free(journal);

    journal = opened();
    assert_int_equal(journal_count(journal), 2);
    assert_int_equal(journal_at(journal, 0)->state, JOURNAL_KEPT);
    CHECK_STR(journal_at(journal, 0)->left, "7");
    CHECK_STR(journal_at(journal, 1)->note, "denied");
    collect_journal_free(journal);
}

static void another_account_and_a_second_writer_are_refused(void **state)
{
    (void)state;
    struct journal *other = NULL;
    const struct journal_head elsewhere = {STR("210987654321"), head.region, head.endpoint,
                                           head.snapshot};
    CHECK_STATUS(journal_open(path.ptr, JOURNAL_THERE, &head, &other, NULL), STATUS_NOT_FOUND);
    struct journal *journal = opened();
    CHECK_STATUS(journal_open(path.ptr, JOURNAL_MAKE, &head, &other, NULL), STATUS_BUSY);
    collect_journal_free(journal);
    CHECK_STATUS(journal_open(path.ptr, JOURNAL_MAKE, &elsewhere, &other, NULL), STATUS_INVALID);
}

static void one_of_another_snapshot_is_refused_or_kept_aside(void **state)
{
    (void)state;
    struct journal_head next = head;
    struct journal *journal = opened();
    struct why why = {.code = STATUS_OK};
    struct str aside;
    size_t n = 9;
    const struct change first = change("a");
    assert_true(str_absent(journal_aside(journal)));
    CHECK_OK(journal_begin(journal, &first, &n, NULL));
    collect_journal_free(journal);
    next.snapshot = STR("c3c3c3c3c3c3c3c3");
    CHECK_STATUS(journal_open(path.ptr, JOURNAL_MAKE, &next, &journal, &why), STATUS_CONFLICT);
    assert_non_null(strstr(why.text, "another snapshot (SHA-256 5a5a5a5a5a5a...)"));
    for (int i = 1; i <= 2; i++) { /* and the first aside is not overwritten by the second */
        next.snapshot = i == 1 ? STR("c3c3c3c3c3c3c3c3") : STR("d4d4d4d4d4d4d4d4");
        CHECK_OK(journal_open(path.ptr, JOURNAL_RENEW, &next, &journal, NULL));
        CHECK_OK(str_fmt(mem, &aside, NULL, "%.*s.%d", STR_ARG(path), i));
        assert_true(str_eq(journal_aside(journal), aside));
        assert_int_equal(journal_count(journal), 0);
        collect_journal_free(journal);
    }
    CHECK_OK(journal_open(path.ptr, JOURNAL_RENEW, &next, &journal, NULL)); /* its own: stays */
    assert_true(str_absent(journal_aside(journal)));
    collect_journal_free(journal);
    CHECK_OK(str_fmt(mem, &aside, NULL, "%.*s.1", STR_ARG(path)));
    next.snapshot = STR_ABSENT; /* an undo takes any */
    CHECK_OK(journal_open(aside.ptr, JOURNAL_THERE, &next, &journal, NULL));
    assert_int_equal(journal_count(journal), 1);
    collect_journal_free(journal);
}

/* What an undo goes by is what was planned last. */
static void begun_again_a_change_is_as_planned_now(void **state)
{
    (void)state;
    size_t n = 9;
    struct change planned = change("a");
    struct journal *journal = opened();
    CHECK_OK(journal_begin(journal, &planned, &n, NULL));
    CHECK_OK(journal_end(journal, n, JOURNAL_RESTORED, STR_ABSENT, STR_ABSENT, NULL));
    planned.before = STR("PENDING_ACTIVATION");
    CHECK_OK(journal_begin(journal, &planned, &n, NULL));
    assert_int_equal(n, 0);
    for (int i = 0; i < 2; i++) { /* at once, and read again */
        CHECK_STR(journal_at(journal, 0)->change.before, "PENDING_ACTIVATION");
        assert_int_equal(journal_at(journal, 0)->state, JOURNAL_BEGUN);
        collect_journal_free(journal);
        journal = opened();
    }
    collect_journal_free(journal);
}

static void lines_that_are_none_are_refused_with_their_place(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "x\n",
        "{\"n\":0,\"state\":\"made\"}\n",
        "{\"n\":1,\"state\":\"begun\",\"kind\":\"UPDATE_CA_CERTIFICATE\"}\n",
        "{\"n\":-1,\"state\":\"begun\"}\n",
        "{\"n\":0,\"state\":\"begun\",\"kind\":\"EXPLODE\"}\n",
        "{\"n\":0,\"state\":\"lost\"}\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct journal *journal = opened();
        collect_journal_free(journal);
        append(lines[i]);
        struct why why = {.code = STATUS_OK};
        assert_true(journal_open(path.ptr, JOURNAL_MAKE, &head, &journal, &why) != STATUS_OK);
        assert_non_null(strstr(why.text, ":2:"));
        assert_int_equal(remove(path.ptr), 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_begun_and_how_it_ended_is_known_again),
        TEST(another_account_and_a_second_writer_are_refused),
        TEST(one_of_another_snapshot_is_refused_or_kept_aside),
        TEST(begun_again_a_change_is_as_planned_now),
        TEST(lines_that_are_none_are_refused_with_their_place),
    };
    return RUN_TESTS("journal", tests);
}
