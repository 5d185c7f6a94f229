#include <stdlib.h>

#include "cli/profile.h"
#include "lib/check.h"
#include "lib/files.h"

static struct arena *mem;
static const char *dir;

static void write_file(const char *name, const char *text)
{
    struct str path;
    CHECK_OK(str_fmt(mem, &path, NULL, "%s/%s", dir, name));
    FILE *file = fopen(path.ptr, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int setup(void **state)
{
    (void)state;
    static const char *const variables[] = {
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN", "AWS_PROFILE",
        "AWS_REGION",        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",  "AWS_ENDPOINT_URL_IOT",
        "AWS_CA_BUNDLE",     "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"};
    struct str path;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        unsetenv(variables[i]);
    }
    mem = arena_new((size_t)64 << 20);
    dir = temp_dir_make(mem);
    CHECK_OK(str_fmt(mem, &path, NULL, "%s/credentials", dir));
    setenv("AWS_SHARED_CREDENTIALS_FILE", path.ptr, 1);
    CHECK_OK(str_fmt(mem, &path, NULL, "%s/config", dir));
    setenv("AWS_CONFIG_FILE", path.ptr, 1);
    write_file("credentials",
               "[default]\naws_access_key_id = D\naws_secret_access_key = DS\n"
               "[work]\naws_access_key_id=W\naws_secret_access_key=WS\naws_session_token=WT\n");
    write_file("config",
               "[default]\nregion = us-west-2\n"
               "[profile  work]\nregion=eu-west-1\nendpoint_url = http://127.0.0.1:1\n"
               "s3 =\n  region = nested\n"
               "[work]\nregion = not-this\n"
               "[profile keys]\naws_access_key_id = C\naws_secret_access_key = CS\nregion = r\n"
               "[profile role]\nrole_arn = arn:aws:iam::1:role/x\nregion = r\n"
               "[profile empty]\nregion = r\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    arena_free(mem);
    return 0;
}

static struct aws_options found(struct profile_arguments arguments)
{
    struct aws_options options = {.ca_file = STR_ABSENT};
    CHECK_OK(profile_find(&arguments, mem, &options, NULL));
    return options;
}

static void a_profile_has_keys_region_and_endpoint(void **state)
{
    (void)state;
    struct aws_options options = found((struct profile_arguments){.profile = NULL});
    CHECK_STR(options.key.access_key, "D");
    CHECK_STR(options.places.region, "us-west-2");
    assert_true(str_absent(options.places.all));
    options = found((struct profile_arguments){.profile = "work"});
    CHECK_STR(options.key.access_key, "W");
    CHECK_STR(options.key.token, "WT");
    CHECK_STR(options.places.region, "eu-west-1");
    CHECK_STR(options.places.all, "http://127.0.0.1:1");
    options = found((struct profile_arguments){.profile = "keys"});
    CHECK_STR(options.key.secret, "CS");
    setenv("AWS_PROFILE", "work", 1);
    CHECK_STR(found((struct profile_arguments){.profile = NULL}).key.access_key, "W");
}

static void what_is_nearer_wins(void **state)
{
    (void)state;
    setenv("AWS_ACCESS_KEY_ID", "E", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "ES", 1);
    setenv("AWS_DEFAULT_REGION", "ap-south-1", 1);
    setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:2", 1);
    setenv("AWS_ENDPOINT_URL_IOT", "http://127.0.0.1:3", 1);
    struct aws_options options = found((struct profile_arguments){.profile = NULL});
    CHECK_STR(options.key.access_key, "E");
    CHECK_STR(options.places.region, "ap-south-1");
    CHECK_STR(options.places.all, "http://127.0.0.1:2");
    CHECK_STR(options.places.single[SERVICE_iot], "http://127.0.0.1:3");
    options = found((struct profile_arguments){
        .profile = "work", .region = "sa-east-1", .endpoint_url = "http://127.0.0.1:4"});
    CHECK_STR(options.key.access_key, "W"); /* a profile that is named is meant */
    CHECK_STR(options.places.region, "sa-east-1");
    CHECK_STR(options.places.all, "http://127.0.0.1:4");
    assert_true(str_absent(options.places.single[SERVICE_iot]));
    setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", 1);
    options = found((struct profile_arguments){.profile = NULL});
    assert_true(str_absent(options.places.all));
}

static void what_is_missing_or_not_done_here_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *profile;
        enum status status;
        const char *says;
    } rows[] = {
        {"role", STATUS_UNSUPPORTED, "role_arn"},
        {"empty", STATUS_NOT_FOUND, "has no aws_access_key_id"},
        {"nobody", STATUS_NOT_FOUND, "--region"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct profile_arguments arguments = {.profile = rows[i].profile};
        struct aws_options options;
        struct why why = {.code = STATUS_OK};
        CHECK_STATUS(profile_find(&arguments, mem, &options, &why), rows[i].status);
        assert_non_null(strstr(why.text, rows[i].says));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_profile_has_keys_region_and_endpoint),
        TEST(what_is_nearer_wins),
        TEST(what_is_missing_or_not_done_here_is_said),
    };
    return RUN_TESTS("profile", tests);
}
