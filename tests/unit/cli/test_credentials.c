#include <stdlib.h>

#include "cli/credentials.h"
#include "lib/check.h"
#include "lib/files.h"

static const char *write_file(struct arena *mem, const char *dir, const char *text)
{
    struct str path;
    CHECK_OK(str_fmt(mem, &path, NULL, "%s/credentials", dir));
    FILE *file = fopen(path.ptr, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path.ptr;
}

static void a_profile_is_read_and_others_are_not(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4 << 20);
    const char *dir = temp_dir_make(mem);
    const char *path = write_file(mem, dir,
                                  "[other]\naws_access_key_id = NO\n[default]\r\n"
                                  "aws_access_key_id=AKIA1\n aws_secret_access_key = s/+= \n"
                                  "[third]\naws_secret_access_key = NO\n");
    struct credentials found;
    CHECK_OK(credentials_from_file(mem, path, STR("default"), &found, NULL));
    CHECK_STR(found.key_id, "AKIA1");
    CHECK_STR(found.secret, "s/+=");
    assert_true(str_absent(found.token));
    CHECK_STATUS(credentials_from_file(mem, path, STR("third"), &found, NULL), STATUS_NOT_FOUND);
    CHECK_STATUS(credentials_from_file(mem, "/nonexistent/x", STR("default"), &found, NULL),
                 STATUS_NOT_FOUND);
    temp_dir_remove(dir);
}

static void the_environment_wins_over_the_file(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4 << 20);
    struct credentials found;
    setenv("AWS_ACCESS_KEY_ID", "AKIAENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_REGION", "eu-west-3", 1);
    CHECK_OK(credentials_from_environment(mem, &found, NULL));
    CHECK_STR(found.key_id, "AKIAENV");
    CHECK_STR(found.region, "eu-west-3");
    unsetenv("AWS_ACCESS_KEY_ID");
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials", 1);
    CHECK_STATUS(credentials_from_environment(mem, &found, NULL), STATUS_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_is_read_and_others_are_not),
        cmocka_unit_test(the_environment_wins_over_the_file),
    };
    return RUN_TESTS("credentials", tests);
}
