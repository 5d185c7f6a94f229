/* scratch.c: see scratch.h. */
#include "cli/scratch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"

#include "base/banned.h"

enum { OPEN_FOLDERS = 8 };

enum status scratch_make(struct arena *mem, const char **ret, struct why *why)
{
    const char *parent = getenv("TMPDIR");
    struct str path;
    TRY(str_fmt(mem, &path, why, "%s/bulwark-XXXXXX",
                parent == NULL || parent[0] != '/' ? "/tmp" : parent));
    char *text = str_z(mem, path);
    TRY_PTR(text);
    if (mkdtemp(text) == NULL) {
        return why_set(why, STATUS_IO, "a folder for the time of the command cannot be made: %s",
                       strerrordesc_np(errno));
    }
    *ret = text;
    return STATUS_OK;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    (void)remove(path);
    return 0;
}

void scratch_remove(const char *path)
{
    if (path != NULL) {
        (void)nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
    }
}
