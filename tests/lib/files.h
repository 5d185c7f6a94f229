/* files.h: whole files for tests: vectors by name, and temporary folders. */
#ifndef TESTS_LIB_FILES_H
#define TESTS_LIB_FILES_H

#include "base/arena.h"
#include "base/str.h"

/* The bytes of a file; fails the running test when it cannot be read. */
struct str file_read(struct arena *mem, const char *path);

/* tests/vectors/<name>. */
struct str vector_read(struct arena *mem, const char *name);

/* A new empty folder under $TMPDIR or /tmp; the caller removes it with temp_dir_remove. */
const char *temp_dir_make(struct arena *mem);
void temp_dir_remove(const char *path);

#endif
