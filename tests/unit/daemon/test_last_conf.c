#include "daemon/last_conf.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/check.h"
#include "lib/files.h"

static const char *nothing(const char *name)
{
    (void)name;
    return NULL;
}

static struct options settings(struct arena *mem, char *const *argv, int argc)
{
    struct options options;
    CHECK_OK(options_read(mem, argc, argv, nothing, &options, NULL));
    return options;
}

static void judging_is_kept_and_serving_is_not(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    char *const argv[] = {(char *)(uintptr_t) "bulwarkd", (char *)(uintptr_t) "--crl-dir=/tmp/..",
                          (char *)(uintptr_t) "--insecure-no-auth",
                          (char *)(uintptr_t) "--audit-days=7", (char *)(uintptr_t) "--workers=3"};
    struct options options = settings(mem, argv, 5);
    struct str text;
    CHECK_OK(last_conf_text(mem, &options, &text, NULL));
    text = str_slice(text, str_find_char(text, '\n', 0) + 1, text.len);
    CHECK_STR(text, "crl-dir /\nfetch-allow 127.0.0.0/8,::1\nextensions false\naudit-days 7\n"
                    "session-lag-seconds 7200\nschedule-time 02:00\nlog-days 30\n");
}

/* Paths that are relative would mean another file where the folder is audited from. */
static void certificates_that_are_watched_are_kept_and_so_is_the_api_s(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    char *const argv[] = {
        (char *)(uintptr_t) "bulwarkd",
        (char *)(uintptr_t) "--watch-certificate=broker.example:8883,./x.pem,/tmp/y.pem",
        (char *)(uintptr_t) "--tls-certificate=/dev/../dev/null",
        (char *)(uintptr_t) "--tls-key=/dev/null"};
    struct options options = settings(mem, argv, 4);
    struct str text;
    struct str expected;
    char *here = get_current_dir_name();
    CHECK_OK(last_conf_text(mem, &options, &text, NULL));
    CHECK_OK(str_fmt(mem, &expected, NULL,
                     "watch-certificate broker.example:8883,%s/./x.pem,/tmp/y.pem,/dev/null\n",
                     here));
    free(here);
    assert_non_null(strstr(str_z(mem, text), str_z(mem, expected)));
}

static void what_could_not_be_read_back_is_refused(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    static const struct {
        const char *word;
        enum status status;
        const char *sentence;
    } rows[] = {
        {"--crl-dir=/nowhere", STATUS_IO, "the folder /nowhere cannot be found: No such file"},
        {"--fetch-allow=10.0.0.0/8,\n::1", STATUS_INVALID, "fetch-allow has a line break"},
        {"--endpoint=a ", STATUS_INVALID, "white space"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *const argv[] = {(char *)(uintptr_t) "bulwarkd", (char *)(uintptr_t)rows[i].word};
        struct options options = settings(mem, argv, 2);
        struct str text;
        struct why why;
        CHECK_STATUS(last_conf_text(mem, &options, &text, &why), rows[i].status);
        assert_non_null(strstr(why.text, rows[i].sentence));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judging_is_kept_and_serving_is_not),
        cmocka_unit_test(certificates_that_are_watched_are_kept_and_so_is_the_api_s),
        cmocka_unit_test(what_could_not_be_read_back_is_refused),
    };
    return RUN_TESTS("last_conf", tests);
}
