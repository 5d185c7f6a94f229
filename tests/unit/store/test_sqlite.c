/* The backend in a SQLite file: it conforms. */
#include "conformance.h"
#include "lib/check.h"
#include "lib/files.h"

struct place {
    struct arena *mem;
    const char *folder;
};

static struct store *open_in_file(void *ctx)
{
    struct place *place = ctx;
    place->mem = arena_new(1 << 20);
    place->folder = temp_dir_make(place->mem);
    struct str path;
    CHECK_OK(str_fmt(place->mem, &path, NULL, "%s/account.db", place->folder));
    struct store *store = NULL;
    const struct store_options options = {.path = path};
    struct why why;
    enum status status = store_open(&options, &store, &why);
    if (status != STATUS_OK) {
        fail_msg("%s: %s", status_name(status), why.text);
    }
    return store;
}

static void close_in_file(void *ctx, struct store *store)
{
    struct place *place = ctx;
    store_close(store);
    temp_dir_remove(place->folder);
    arena_free(place->mem);
}

int main(void)
{
    struct place place = {NULL, NULL};
    const struct conformance subject = {"store/sqlite", open_in_file, close_in_file, &place};
    return conformance_run(&subject);
}
