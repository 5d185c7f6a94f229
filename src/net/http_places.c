/* http_places.c: a row for each address that has a place, in no order. Connections live long and
 * addresses are few, so a walk over the rows costs less than what would find one faster. */
#include "net/http_places.h"

#include <pthread.h>

#include "base/banned.h"

struct row {
    struct address address;
    unsigned n;
};

struct http_places {
    pthread_mutex_t lock;
    unsigned max;
    unsigned max_of_one;
    unsigned taken;
    unsigned n_rows;
    struct row rows[];
};

struct http_places *http_places_new(unsigned max, unsigned max_of_one)
{
    struct http_places *places = mem_alloc(sizeof *places + max * sizeof places->rows[0]);
    if (places != NULL) {
        pthread_mutex_init(&places->lock, NULL);
        places->max = max;
        places->max_of_one = max_of_one;
    }
    return places;
}

void http_places_free(struct http_places *places)
{
    if (places != NULL) {
        pthread_mutex_destroy(&places->lock);
        mem_free(places);
    }
}

static struct row *find(struct http_places *places, const struct address *address)
{
    for (unsigned i = 0; i < places->n_rows; i++) {
        if (memcmp(&places->rows[i].address, address, sizeof *address) == 0) {
            return &places->rows[i];
        }
    }
    return NULL;
}

static enum http_place take(struct http_places *places, const struct address *address)
{
    if (places->taken == places->max) {
        return HTTP_PLACE_ALL_TAKEN;
    }
    struct row *row = find(places, address);
    if (row != NULL && row->n >= places->max_of_one) {
        return HTTP_PLACE_TOO_MANY_OF_ONE;
    }
    if (row == NULL) {
        row = &places->rows[places->n_rows++];
        *row = (struct row){.address = *address};
    }
    row->n++;
    places->taken++;
    return HTTP_PLACE_GIVEN;
}

enum http_place http_places_take(struct http_places *places, const struct address *address)
{
    pthread_mutex_lock(&places->lock);
    enum http_place place = take(places, address);
    pthread_mutex_unlock(&places->lock);
    return place;
}

bool http_places_leave(struct http_places *places, const struct address *address)
{
    pthread_mutex_lock(&places->lock);
    bool full = places->taken == places->max;
    struct row *row = find(places, address);
    if (row != NULL) {
        places->taken--;
        if (--row->n == 0) {
            *row = places->rows[--places->n_rows];
        }
    }
    pthread_mutex_unlock(&places->lock);
    return full;
}

unsigned http_places_taken(struct http_places *places)
{
    pthread_mutex_lock(&places->lock);
    unsigned taken = places->taken;
    pthread_mutex_unlock(&places->lock);
    return taken;
}

bool http_places_free_one(struct http_places *places)
{
    return http_places_taken(places) < places->max;
}
