/* Clients: one row each, whichever connection is the present one. */
#include "account/client.h"

#include "fixture.h"

static struct client_state row_of(const struct fixture *f, const char *client, int64_t number)
{
    return (struct client_state){.client = str_from(client),
                                 .broker = STR("b"),
                                 .epoch = STR("e1"),
                                 .number = number,
                                 .principal = STR(""),
                                 .thing = STR(""),
                                 .since = f->now};
}

static struct client_state come(struct fixture *f, struct client_state row)
{
    struct client_state former;
    CHECK_OK(WRITE(f, client_came(&f->ctx, &row, &former, &f->why)));
    return row;
}

static bool go(struct fixture *f, const struct client_state *row)
{
    struct client_state gone;
    bool known = false;
    CHECK_OK(WRITE(
        f, client_went(&f->ctx, row, f->now, STR("CONNECTION_LOST"), &gone, &known, &f->why)));
    return known;
}

static void the_end_of_a_former_connection_leaves_the_present_one(void **state)
{
    struct fixture *f = *state;
    struct client_state now;
    const struct client_state first = come(f, row_of(f, "lamp", 1));
    const struct client_state second = come(f, row_of(f, "lamp", 2));
    assert_false(go(f, &first));
    CHECK_OK(READ(f, client_get(&f->ctx, STR("lamp"), &now, &f->why)));
    assert_true(now.online);
    assert_true(go(f, &second));
    assert_false(go(f, &second));
    CHECK_OK(READ(f, client_get(&f->ctx, STR("lamp"), &now, &f->why)));
    assert_false(now.online);
    CHECK_STR(now.reason, "CONNECTION_LOST");
    assert_int_equal(now.ended, f->now);
}

static void versions_count_connections_until_an_hour_offline(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(come(f, row_of(f, "lamp", 1)).version, 0);
    struct client_state row = come(f, row_of(f, "lamp", 2));
    assert_int_equal(row.version, 1);
    assert_true(go(f, &row));
    f->now += HOUR_MS;
    row = come(f, row_of(f, "lamp", 3));
    assert_int_equal(row.version, 2);
    assert_true(go(f, &row));
    f->now += HOUR_MS + 1;
    assert_int_equal(come(f, row_of(f, "lamp", 4)).version, 0);
}

static void a_thing_is_stood_for_by_who_says_so_online_before_others(void **state)
{
    struct fixture *f = *state;
    struct client_state a = row_of(f, "a", 1);
    struct client_state b = row_of(f, "b", 2);
    struct client_state got;
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "ever connected",
                  READ(f, client_of_thing(&f->ctx, STR("lamp"), &got, &f->why)));
    come(f, row_of(f, "lamp", 3));
    CHECK_OK(READ(f, client_of_thing(&f->ctx, STR("lamp"), &got, &f->why)));
    CHECK_STR(got.client, "lamp");
    a.thing = b.thing = STR("lamp");
    a = come(f, a);
    f->now += 1000;
    b.since = f->now;
    b = come(f, b);
    CHECK_OK(READ(f, client_of_thing(&f->ctx, STR("lamp"), &got, &f->why)));
    CHECK_STR(got.client, "b");
    assert_true(go(f, &b));
    CHECK_OK(READ(f, client_of_thing(&f->ctx, STR("lamp"), &got, &f->why)));
    CHECK_STR(got.client, "a");
}

static void only_other_lives_of_the_same_broker_are_stale(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *client, *broker, *epoch;
    } rows[] = {{"a", "b", "e1"}, {"b", "b", "e2"}, {"c", "b", "e3"}, {"d", "other", "e1"}};
    struct client_state stale[4];
    size_t n = 0;
    for (size_t i = 0; i < 4; i++) {
        struct client_state row = row_of(f, rows[i].client, 1);
        row.broker = str_from(rows[i].broker);
        row.epoch = str_from(rows[i].epoch);
        come(f, row);
    }
    CHECK_OK(READ(f, clients_stale(&f->ctx, STR("b"), STR("e2"), stale, 4, &n, &f->why)));
    assert_int_equal(n, 2);
    CHECK_STR(stale[0].client, "a");
    CHECK_STR(stale[1].client, "c");
    CHECK_OK(READ(f, clients_stale(&f->ctx, STR("b"), STR("e2"), stale, 1, &n, &f->why)));
    assert_int_equal(n, 1);
}

static size_t list(struct fixture *f, struct clients_filter filter)
{
    const struct page page = {.max = 10};
    struct page_rows rows;
    CHECK_OK(READ(f, clients_list(&f->ctx, &filter, &page, &rows, &f->why)));
    return rows.n;
}

static void lists_are_by_what_is_asked_for_and_old_ones_are_swept(void **state)
{
    struct fixture *f = *state;
    struct client_state a = row_of(f, "a", 1);
    a.principal = STR("p");
    a.thing = STR("lamp");
    a = come(f, a);
    come(f, row_of(f, "b", 2));
    assert_int_equal(list(f, (struct clients_filter){.offline = false}), 2);
    assert_int_equal(list(f, (struct clients_filter){.principal = STR("p")}), 1);
    assert_int_equal(list(f, (struct clients_filter){.thing = STR("lamp")}), 1);
    assert_true(go(f, &a));
    assert_int_equal(list(f, (struct clients_filter){.principal = STR("p")}), 0);
    assert_int_equal(list(f, (struct clients_filter){.offline = true}), 2);
    struct str cursor = STR("");
    CHECK_OK(WRITE(f, clients_sweep(&f->ctx, f->now + 1, 1, &cursor, &f->why)));
    CHECK_STR(cursor, "a");
    CHECK_OK(WRITE(f, clients_sweep(&f->ctx, f->now + 1, 10, &cursor, &f->why)));
    assert_true(str_absent(cursor));
    assert_int_equal(list(f, (struct clients_filter){.offline = true}), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_end_of_a_former_connection_leaves_the_present_one),
        TEST(versions_count_connections_until_an_hour_offline),
        TEST(a_thing_is_stood_for_by_who_says_so_online_before_others),
        TEST(only_other_lives_of_the_same_broker_are_stale),
        TEST(lists_are_by_what_is_asked_for_and_old_ones_are_swept),
    };
    return RUN_TESTS("account/client", tests);
}
