#include "net/http_places.h"

#include "lib/check.h"

static struct address named(const char *text)
{
    struct address address;
    CHECK_OK(address_read(str_from(text), &address, NULL));
    return address;
}

static void places_are_bounded_in_all_and_for_one(void **state)
{
    (void)state;
    struct http_places *places = http_places_new(4, 2);
    struct address a = named("10.0.0.1");
    struct address mapped = named("::ffff:10.0.0.1");
    struct address b = named("2001:db8::1");
    struct address c = named("10.0.0.2");
    assert_int_equal(http_places_take(places, &a), HTTP_PLACE_GIVEN);
    assert_int_equal(http_places_take(places, &mapped), HTTP_PLACE_GIVEN);
    assert_int_equal(http_places_take(places, &a), HTTP_PLACE_TOO_MANY_OF_ONE);
    assert_int_equal(http_places_take(places, &b), HTTP_PLACE_GIVEN);
    assert_true(http_places_free_one(places));
    assert_int_equal(http_places_take(places, &c), HTTP_PLACE_GIVEN);
    assert_false(http_places_free_one(places));
    assert_int_equal(http_places_take(places, &b), HTTP_PLACE_ALL_TAKEN);
    assert_int_equal(http_places_taken(places), 4);
    assert_true(http_places_leave(places, &a));
    assert_false(http_places_leave(places, &c));
    assert_int_equal(http_places_take(places, &b), HTTP_PLACE_GIVEN);
    assert_int_equal(http_places_take(places, &b), HTTP_PLACE_TOO_MANY_OF_ONE);
    assert_int_equal(http_places_take(places, &a), HTTP_PLACE_GIVEN);
    http_places_free(places);
    http_places_free(NULL);
}

/* Against plain counting, over many comings and goings. */
static void what_was_given_comes_back(void **state)
{
    (void)state;
    enum { ALL = 20, ONE = 3, ADDRESSES = 12 };
    struct http_places *places = http_places_new(ALL, ONE);
    unsigned counts[ADDRESSES] = {0};
    unsigned all = 0;
    uint32_t random = 1;
    for (int i = 0; i < 20000; i++) {
        random = random * 1664525u + 1013904223u;
        unsigned which = (random >> 16) % ADDRESSES;
        struct address address = {.bytes = {[15] = (uint8_t)which}};
        if ((random >> 28) % 2 == 0 && counts[which] > 0) {
            assert_int_equal(http_places_leave(places, &address), all == ALL);
            counts[which]--;
            all--;
        } else {
            bool given = http_places_take(places, &address) == HTTP_PLACE_GIVEN;
            assert_int_equal(given, all < ALL && counts[which] < ONE);
            counts[which] += given;
            all += given;
        }
        assert_int_equal(http_places_taken(places), all);
    }
    http_places_free(places);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_bounded_in_all_and_for_one),
        cmocka_unit_test(what_was_given_comes_back),
    };
    return RUN_TESTS("http_places", tests);
}
