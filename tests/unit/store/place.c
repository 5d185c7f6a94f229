#include "place.h"

#include "lib/check.h"
#include "lib/files.h"

void place_make(struct place *place)
{
    place->mem = arena_new(64 << 20);
    place->folder = temp_dir_make(place->mem);
    struct str path;
    CHECK_OK(str_fmt(place->mem, &path, NULL, "%s/account.db", place->folder));
    place->path = path.ptr;
}

void place_remove(struct place *place)
{
    temp_dir_remove(place->folder);
    arena_free(place->mem);
}

enum status place_try_open(const struct place *place, struct store **ret_store, struct why *why)
{
    const struct store_options options = {.path = str_from(place->path)};
    return store_open(&options, ret_store, why);
}

struct store *place_open(const struct place *place)
{
    struct store *store = NULL;
    struct why why;
    enum status status = place_try_open(place, &store, &why);
    if (status != STATUS_OK) {
        fail_msg("%s: %s", status_name(status), why.text);
    }
    return store;
}
