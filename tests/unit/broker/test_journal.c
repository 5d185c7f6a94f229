/* What changed, in order, bounded. */
#include "broker/journal.h"

#include "lib/check.h"

enum { MEMORY = 1 << 20 };

static const struct account_id id = {STR_INIT("123456789012"), STR_INIT("us-east-1")};
static int64_t now = 1000;

static struct journal *open_journal(void)
{
    struct journal *journal = NULL;
    CHECK_OK(journal_new(&id, clock_fixed(&now), &journal, NULL));
    return journal;
}

static void note(struct journal *journal, const struct table *table, const void *row)
{
    const struct store_change change = {table, row};
    journal_note(journal, &change, 1, false);
}

static void note_thing(struct journal *journal, const char *name)
{
    const struct thing row = {.name = str_from(name)};
    note(journal, TABLE(thing), &row);
}

static void each_row_means_one_change(void **state)
{
    (void)state;
    static const char cert[] = "arn:aws:iot:us-east-1:123456789012:cert/ab";
    static const char group[] = "arn:aws:iot:us-east-1:123456789012:thinggroup/g";
    const struct policy policy = {.name = STR("p")};
    const struct policy_target own = {.policy = STR("p"), .target = STR(cert)};
    const struct policy_target all = {.policy = STR("p"), .target = STR(group)};
    const struct policy_target none = {.policy = STR("p"), .target = STR("us-east-1:uuid")};
    const struct certificate certificate = {.id = STR("cd")};
    const struct revoked revoked = {.certificate = STR("ef")};
    const struct principal_thing pair = {.principal = STR(cert), .thing = STR("t")};
    const struct group_member member = {.group_name = STR("g"), .thing = STR("t")};
    const struct ca_certificate ca = {.id = STR("ca")};
    const struct ban ban = {.id = 7};
    const struct {
        const struct table *table;
        const void *row;
        enum change_kind kind;
        const char *key; /* NULL: nothing that a broker sees */
    } cases[] = {
        {TABLE(policy), &policy, CHANGE_POLICY, "p"},
        {TABLE(policy_target), &own, CHANGE_CERTIFICATE, "ab"},
        {TABLE(policy_target), &all, CHANGE_GROUP, "g"},
        {TABLE(policy_target), &none, CHANGE_GROUP, NULL},
        {TABLE(certificate), &certificate, CHANGE_CERTIFICATE, "cd"},
        {TABLE(revoked), &revoked, CHANGE_CERTIFICATE, "ef"},
        {TABLE(principal_thing), &pair, CHANGE_CERTIFICATE, "ab"},
        {TABLE(group_member), &member, CHANGE_THING, "t"},
        {TABLE(ca_certificate), &ca, CHANGE_CA, "ca"},
        {TABLE(ban), &ban, CHANGE_BAN, "7"},
    };
    bool watched[N_TABLES] = {false};
    journal_tables(watched);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_ARENA *mem = arena_new(MEMORY);
        struct journal *journal = open_journal();
        uint64_t before = journal_number(journal);
        struct change change = {.key = STR_ABSENT};
        bool found = false;
        assert_true(watched[cases[i].table->number]);
        note(journal, cases[i].table, cases[i].row);
        CHECK_OK(journal_after(journal, before, mem, &change, &found, NULL));
        assert_int_equal(found, cases[i].key != NULL);
        if (found) {
            assert_int_equal(change.kind, cases[i].kind);
            assert_int_equal(change.at, now);
            CHECK_STR(change.key, cases[i].key);
        }
        journal_close(journal);
    }
    assert_false(watched[TABLE(policy_version)->number]);
}

static void changes_are_read_in_order_from_any_number_known(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(MEMORY);
    struct journal *journal = open_journal();
    struct change change;
    bool found = false;
    uint64_t start = journal_number(journal);
    note_thing(journal, "a");
    note_thing(journal, "a"); /* at once: one change */
    note_thing(journal, "b");
    assert_int_equal(journal_number(journal), start + 2);
    CHECK_OK(journal_after(journal, start + 1, mem, &change, &found, NULL));
    CHECK_STR(change.key, "b");
    CHECK_OK(journal_after(journal, start + 2, mem, &change, &found, NULL));
    assert_false(found);
    CHECK_STATUS(journal_after(journal, start + 3, mem, &change, &found, NULL), STATUS_NOT_FOUND);
    CHECK_STATUS(journal_after(journal, 0, mem, &change, &found, NULL), STATUS_NOT_FOUND);
    journal_close(journal);
}

static void the_oldest_give_way_and_what_is_too_much_forgets_all(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(MEMORY);
    struct journal *journal = open_journal();
    struct change change;
    bool found = false;
    uint64_t start = journal_number(journal);
    for (int i = 0; i <= JOURNAL_MAX; i++) {
        note_thing(journal, i % 2 == 0 ? "even" : "odd");
    }
    CHECK_STATUS(journal_after(journal, start, mem, &change, &found, NULL), STATUS_NOT_FOUND);
    CHECK_OK(journal_after(journal, start + 1, mem, &change, &found, NULL));
    CHECK_STR(change.key, "odd");
    uint64_t last = journal_number(journal);
    journal_note(journal, NULL, 0, true);
    CHECK_STATUS(journal_after(journal, last, mem, &change, &found, NULL), STATUS_NOT_FOUND);
    CHECK_OK(journal_after(journal, journal_number(journal), mem, &change, &found, NULL));
    assert_false(found);
    note_thing(journal, "after");
    CHECK_OK(journal_after(journal, journal_number(journal) - 1, mem, &change, &found, NULL));
    CHECK_STR(change.key, "after");
    journal_close(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_means_one_change),
        cmocka_unit_test(changes_are_read_in_order_from_any_number_known),
        cmocka_unit_test(the_oldest_give_way_and_what_is_too_much_forgets_all),
    };
    return RUN_TESTS("broker/journal", tests);
}
