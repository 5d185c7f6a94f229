/* The backend in a SQLite file: it conforms. */
#include "conformance.h"
#include "place.h"

static struct store *open_in_file(void *ctx)
{
    place_make(ctx);
    return place_open(ctx);
}

static void close_in_file(void *ctx, struct store *store)
{
    store_close(store);
    place_remove(ctx);
}

int main(void)
{
    struct place place = {NULL, NULL, NULL};
    const struct conformance subject = {"store/sqlite", open_in_file, close_in_file, &place};
    return conformance_run(&subject);
}
