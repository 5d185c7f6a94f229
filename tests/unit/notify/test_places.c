#include "notify/places.h"

#include "lib/check.h"

static struct places places;

static void one_that_fails_gets_one_call_when_it_is_due(void **state)
{
    (void)state;
    assert_int_equal(place_room(NULL, 0, 4, 100), 4);
    struct place place = {.flights = 1};
    assert_int_equal(place_room(&place, 0, 4, 100), 3);
    place.flights = 4;
    assert_int_equal(place_room(&place, 0, 4, 100), 0);
    place = (struct place){.failures = 2, .due = 50};
    assert_int_equal(place_room(&place, 49, 4, 100), 0);
    assert_int_equal(place_room(&place, 50, 4, 100), 1);
    place.flights = 1;
    assert_int_equal(place_room(&place, 50, 4, 100), 0);
    place = (struct place){.failures = 2, .due = 5000}; /* the clock was set back */
    assert_int_equal(place_room(&place, 0, 4, 100), 1);
}

static void what_is_fine_and_idle_is_forgotten(void **state)
{
    (void)state;
    assert_null(places_find(&places, STR("a")));
    struct place *place = places_take(&places, STR("a"));
    place->flights = 1;
    places_settle(&places, place);
    assert_ptr_equal(places_find(&places, STR("a")), places_take(&places, STR("a")));
    assert_null(places_find(&places, STR("b")));
    place->flights = 0;
    place->failures = 1;
    places_settle(&places, place);
    assert_non_null(places_find(&places, STR("a")));
    place->failures = 0;
    places_settle(&places, place);
    assert_null(places_find(&places, STR("a")));
    places_release(&places);
}

static void when_all_are_taken_an_idle_one_makes_room(void **state)
{
    (void)state;
    char text[16];
    for (int i = 0; i < PLACES_MAX; i++) {
        snprintf(text, sizeof text, "e%d", i);
        struct place *place = places_take(&places, str_from(text));
        assert_non_null(place);
        place->flights = i != 5;
        place->failures = 1;
    }
    struct place *place = places_take(&places, STR("more"));
    assert_non_null(place);
    place->flights = 1;
    assert_null(places_find(&places, STR("e5")));
    assert_int_equal(places.n, PLACES_MAX);
    assert_null(places_take(&places, STR("another")));
    places_release(&places);
    assert_int_equal(places.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_fails_gets_one_call_when_it_is_due),
        cmocka_unit_test(what_is_fine_and_idle_is_forgotten),
        cmocka_unit_test(when_all_are_taken_an_idle_one_makes_room),
    };
    return RUN_TESTS("notify/places", tests);
}
