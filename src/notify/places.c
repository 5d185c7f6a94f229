/* places.c: see places.h. */
#include "notify/places.h"

#include "base/banned.h"

struct place *places_find(struct places *places, struct str endpoint)
{
    for (size_t i = 0; i < places->n; i++) {
        struct place *place = &places->rows[i];
        if (str_eq((struct str){place->endpoint, place->len}, endpoint)) {
            return place;
        }
    }
    return NULL;
}

static void forget(struct places *places, struct place *place)
{
    mem_free(place->endpoint);
    *place = places->rows[--places->n];
}

static void make_room(struct places *places)
{
    for (size_t i = 0; i < places->n; i++) {
        if (places->rows[i].flights == 0) {
            forget(places, &places->rows[i]);
            return;
        }
    }
}

struct place *places_take(struct places *places, struct str endpoint)
{
    struct place *place = places_find(places, endpoint);
    if (place != NULL) {
        return place;
    }
    if (places->n == PLACES_MAX) {
        make_room(places);
    }
    char *text = places->n == PLACES_MAX ? NULL : mem_alloc(endpoint.len + 1);
    if (text == NULL) {
        return NULL;
    }
    memcpy(text, endpoint.ptr, endpoint.len);
    place = &places->rows[places->n++];
    *place = (struct place){.endpoint = text, .len = endpoint.len};
    return place;
}

void places_settle(struct places *places, struct place *place)
{
    if (place->flights == 0 && place->failures == 0) {
        forget(places, place);
    }
}

void places_release(struct places *places)
{
    while (places->n > 0) {
        forget(places, &places->rows[0]);
    }
}

unsigned place_room(const struct place *place, int64_t now, unsigned most, int64_t rest_max)
{
    if (place == NULL) {
        return most;
    }
    if (place->failures > 0) {
        bool resting = now < place->due && place->due - now <= rest_max;
        most = resting ? 0 : 1;
    }
    return place->flights < most ? most - place->flights : 0;
}
