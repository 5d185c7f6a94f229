/* scratch.h: a folder for the time of one command. */
#ifndef CLI_SCRATCH_H
#define CLI_SCRATCH_H

#include "base/arena.h"
#include "base/err.h"

/* A new folder of mode 0700 under TMPDIR or /tmp; its path lies in mem. */
MUST_USE enum status scratch_make(struct arena *mem, const char **ret, struct why *why);

/* Removes it with what is in it. Accepts NULL. */
void scratch_remove(const char *path);

#endif
