/* weak_keys.c: see weak_keys.h. */
#include "daemon/weak_keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* Debian's lists have 32,768 keys for each of four sizes and three kinds of machine. */
enum { KEYS_MAX = 4 << 20, FILE_MEMORY = 128 << 20 };

static enum status slurp(struct arena *mem, FILE *file, const char *name, struct str *ret,
                         struct why *why)
{
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = size < 0 || size > FILE_MEMORY / 2 ? NULL : arena_alloc(mem, (size_t)size);
    if (text == NULL || fread(text, 1, (size_t)size, file) != (size_t)size) {
        return why_set(why, STATUS_IO, "the list of weak keys %s cannot be read", name);
    }
    *ret = (struct str){text, (size_t)size};
    return STATUS_OK;
}

static enum status add_file(struct keyq_list *list, int dir, const char *name, struct why *why)
{
    AUTO_ARENA *scratch = arena_new(FILE_MEMORY);
    TRY_PTR(scratch);
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (file == NULL) {
        return why_set(why, STATUS_IO, "the list of weak keys %s cannot be opened: %s", name,
                       strerrordesc_np(errno));
    }
    struct str text;
    enum status status = slurp(scratch, file, name, &text, why);
    fclose(file);
    TRY(status);
    return keyq_list_add(list, str_from(name), text, why);
}

static enum status add_all(struct keyq_list *list, DIR *dir, struct why *why)
{
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        if (str_starts(str_from(entry->d_name), STR("blacklist."))) {
            TRY(add_file(list, dirfd(dir), entry->d_name, why));
        }
    }
    return keyq_list_seal(list, why);
}

enum status weak_keys_load(struct str dir, struct keyq_list **ret, struct why *why)
{
    if (dir.len == 0) {
        *ret = NULL;
        return STATUS_OK;
    }
    AUTO_ARENA *mem = arena_new(FILE_MEMORY);
    TRY_PTR(mem);
    char *name = str_z(mem, dir);
    TRY_PTR(name);
    AUTO_KEYQ_LIST *list = keyq_list_new(KEYS_MAX);
    TRY_PTR(list);
    DIR *folder = opendir(name);
    if (folder == NULL) {
        return why_set(why, STATUS_IO, "the folder of weak keys %s cannot be opened: %s", name,
                       strerrordesc_np(errno));
    }
    enum status status = add_all(list, folder, why);
    closedir(folder);
    TRY(status);
    *ret = list;
    list = NULL; /* the caller's now */
    return STATUS_OK;
}
