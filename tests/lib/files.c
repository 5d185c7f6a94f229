#include "lib/files.h"

#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/check.h"

struct str file_read(struct arena *mem, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("cannot open %s", path);
    }
    fseek(file, 0, SEEK_END);
    size_t len = (size_t)ftell(file);
    rewind(file);
    char *bytes = arena_alloc(mem, len + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, len, file), len);
    fclose(file);
    return (struct str){bytes, len};
}

struct str vector_read(struct arena *mem, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", VECTORS_DIR, name);
    return file_read(mem, path);
}

const char *temp_dir_make(struct arena *mem)
{
    const char *root = getenv("TMPDIR");
    struct str path;
    CHECK_OK(str_fmt(mem, &path, NULL, "%s/bulwark-test-XXXXXX", root == NULL ? "/tmp" : root));
    char *made = mkdtemp(str_z(mem, path));
    assert_non_null(made);
    return made;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

void temp_dir_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
