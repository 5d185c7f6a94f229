/* credentials.c: see credentials.h. */
#include "cli/credentials.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { FILE_BYTES_MAX = 1 << 20 };

enum status text_file_read(struct arena *mem, const char *path, size_t max, struct str *ret,
                           struct why *why)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return errno == ENOENT ? why_set(why, STATUS_NOT_FOUND, "there is no file %s", path)
                               : why_set(why, STATUS_IO, "%s cannot be opened: %s", path,
                                         strerrordesc_np(errno));
    }
    char *text = arena_alloc(mem, max + 1);
    size_t len = text == NULL ? 0 : fread(text, 1, max + 1, file);
    bool bad = ferror(file) != 0;
    fclose(file);
    TRY_PTR(text);
    if (bad || len > max) {
        return why_set(why, STATUS_IO, "%s cannot be read, or has more than %zu bytes", path, max);
    }
    *ret = (struct str){text, len};
    return STATUS_OK;
}

static struct str region(void)
{
    const char *names[] = {"AWS_REGION", "AWS_DEFAULT_REGION"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            return str_from(value);
        }
    }
    return STR("us-east-1");
}

static void read_line(struct str line, struct credentials *ret)
{
    const struct {
        struct str key;
        struct str *value;
    } rows[] = {{STR("aws_access_key_id"), &ret->key_id},
                {STR("aws_secret_access_key"), &ret->secret},
                {STR("aws_session_token"), &ret->token}};
    size_t equals = str_find_char(line, '=', 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (str_eq(str_trim(str_slice(line, 0, equals)), rows[i].key)) {
            *rows[i].value = str_trim(str_slice(line, equals + 1, line.len));
        }
    }
}

enum status credentials_from_file(struct arena *mem, const char *path, struct str profile,
                                  struct credentials *ret, struct why *why)
{
    struct credentials found = {.region = region()};
    struct str rest;
    struct str line;
    bool inside = false;
    TRY(text_file_read(mem, path, FILE_BYTES_MAX, &rest, why));
    while (str_next(&rest, '\n', &line)) {
        line = str_trim(line);
        if (str_starts(line, STR("["))) {
            inside = str_eq(str_trim(str_slice(line, 1, str_find_char(line, ']', 0))), profile);
        } else if (inside) {
            read_line(line, &found);
        }
    }
    if (str_absent(found.key_id) || str_absent(found.secret)) {
        return why_set(why, STATUS_NOT_FOUND, "%s has no access key for the profile %.*s", path,
                       STR_ARG(profile));
    }
    *ret = found;
    return STATUS_OK;
}

static enum status shared_path(struct arena *mem, const char **ret, struct why *why)
{
    const char *given = getenv("AWS_SHARED_CREDENTIALS_FILE");
    const char *home = getenv("HOME");
    struct str path;
    if (given != NULL && given[0] != '\0') {
        *ret = given;
        return STATUS_OK;
    }
    TRY(str_fmt(mem, &path, why, "%s/.aws/credentials", home == NULL ? "" : home));
    *ret = path.ptr;
    return STATUS_OK;
}

enum status credentials_from_environment(struct arena *mem, struct credentials *ret,
                                         struct why *why)
{
    const char *key = getenv("AWS_ACCESS_KEY_ID");
    const char *secret = getenv("AWS_SECRET_ACCESS_KEY");
    const char *profile = getenv("AWS_PROFILE");
    const char *path = NULL;
    if (key != NULL && key[0] != '\0' && secret != NULL) {
        *ret = (struct credentials){str_from(key), str_from(secret),
                                    str_from(getenv("AWS_SESSION_TOKEN")), region()};
        return STATUS_OK;
    }
    TRY(shared_path(mem, &path, why));
    enum status status = credentials_from_file(
        mem, path, profile == NULL ? STR("default") : str_from(profile), ret, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_NOT_FOUND,
                       "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
                       "AWS_SHARED_CREDENTIALS_FILE to the data folder's credentials");
    }
    return status;
}
