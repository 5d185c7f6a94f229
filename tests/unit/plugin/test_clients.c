/* test_clients.c: numbers of each client, taken once a window. */
#include "plugin/clients.h"

#include <stdio.h>

#include "lib/check.h"

#include "base/banned.h"

/* In its place: it points into itself. */
static void init(struct clients *clients)
{
    struct hash_key key = {1, 2};
    CHECK_OK(clients_init(clients, &key, 0, NULL));
}

static void numbers_are_taken_once(void **state)
{
    (void)state;
    uint8_t room[4096];
    struct clients clients;
    init(&clients);
    struct client *a = clients_get(&clients, STR("a"));
    client_sent(&clients, a, 10);
    client_sent(&clients, a, 3);
    client_received(&clients, a);
    client_seen(a, NULL, STR("10.0.0.1"));
    clients.to_send = clients.n_changed;
    struct link_rows rows = link_rows_of(room, sizeof room);
    assert_false(clients_take(&clients, &rows));
    struct link_list list = link_rows_list(&rows);
    struct link_counter row;
    assert_true(link_list_next_counter(&list, &row));
    CHECK_STR(row.client, "a");
    CHECK_STR(row.address, "10.0.0.1");
    assert_true(row.sent == 2 && row.received == 1 && row.bytes_min == 3 && row.bytes_max == 10 &&
                row.bytes_sum == 13);
    assert_false(link_list_next_counter(&list, &row));

    clients.to_send = clients.n_changed;
    rows = link_rows_of(room, sizeof room);
    assert_false(clients_take(&clients, &rows));
    assert_int_equal(rows.n, 0);
    client_sent(&clients, a, 0); /* the least of the next window */
    assert_int_equal(a->bytes_min, 0);
    clients_loosen(&clients, a);
    clients_release(&clients);
}

static void what_changes_while_a_window_is_sent_belongs_to_the_next(void **state)
{
    (void)state;
    uint8_t room[64]; /* one row at a time */
    char name[16];
    struct clients clients;
    init(&clients);
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "client-%02d", i);
        struct client *client = clients_get(&clients, str_from(name));
        client_sent(&clients, client, 1);
        clients_loosen(&clients, client);
    }
    clients.to_send = clients.n_changed;
    size_t taken = 0;
    for (bool more = true; more;) {
        struct link_rows rows = link_rows_of(room, sizeof room);
        more = clients_take(&clients, &rows);
        taken += rows.n;
        struct client *first = clients_find(&clients, STR("client-00"));
        client_sent(&clients, first, 1); /* taken already */
    }
    assert_int_equal(taken, 20);
    assert_int_equal(clients.n_changed, 1);
    clients_release(&clients);
}

static void loose_rows_go_when_they_are_sent_and_their_watch_is_over(void **state)
{
    (void)state;
    uint8_t room[4096];
    struct clients clients;
    init(&clients);
    struct client *a = clients_get(&clients, STR("a"));
    struct client *b = clients_get(&clients, STR("b"));
    a->watched = 50;
    b->watched = 50;
    b->banned = 500;
    client_sent(&clients, a, 1);
    clients_loosen(&clients, a);
    clients_loosen(&clients, b);
    clients_tidy(&clients, 1000, 10);
    assert_null(clients_find(&clients, STR("b")));
    assert_non_null(clients_find(&clients, STR("a"))); /* has numbers to tell */
    clients.to_send = clients.n_changed;
    struct link_rows rows = link_rows_of(room, sizeof room);
    clients_take(&clients, &rows);
    clients_tidy(&clients, 55, 10); /* watched until 60 */
    assert_non_null(clients_find(&clients, STR("a")));
    clients_tidy(&clients, 60, 10);
    assert_null(clients_find(&clients, STR("a")));
    assert_int_equal(clients.n, 0);
    clients_release(&clients);
}

static void names_that_only_try_are_bounded(void **state)
{
    (void)state;
    char name[16];
    struct clients clients;
    init(&clients);
    for (int i = 0; i < CLIENTS_LOOSE_MAX; i++) {
        snprintf(name, sizeof name, "%d", i);
        clients_loosen(&clients, clients_get(&clients, str_from(name)));
    }
    assert_ptr_equal(clients_get(&clients, STR("one more")), clients.unnamed);
    struct client *known = clients_get(&clients, STR("7"));
    assert_ptr_not_equal(known, clients.unnamed);
    clients_loosen(&clients, known);
    clients_release(&clients);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_taken_once),
        cmocka_unit_test(what_changes_while_a_window_is_sent_belongs_to_the_next),
        cmocka_unit_test(loose_rows_go_when_they_are_sent_and_their_watch_is_over),
        cmocka_unit_test(names_that_only_try_are_bounded),
    };
    return RUN_TESTS("plugin/clients", tests);
}
