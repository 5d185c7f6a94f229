/* The backend in memory: it conforms. */
#include "conformance.h"
#include "lib/check.h"

static struct store *open_in_memory(void *ctx)
{
    (void)ctx;
    struct store *store = NULL;
    const struct store_options options = {.path = STR_ABSENT};
    CHECK_OK(store_open(&options, &store, NULL));
    return store;
}

static void close_in_memory(void *ctx, struct store *store)
{
    (void)ctx;
    store_close(store);
}

int main(void)
{
    const struct conformance subject = {"store/memory", open_in_memory, close_in_memory, NULL};
    return conformance_run(&subject);
}
