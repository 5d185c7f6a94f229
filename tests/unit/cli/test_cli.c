#include "cli/cli.h"
#include "unit/cli/run.h"

static void check(const char *words, int code, const char *out, const char *err)
{
    struct ran ran = run_cli(words, "");
    if (ran.code != code || strstr(ran.out, out) == NULL || strstr(ran.err, err) == NULL) {
        fail_msg("%s: %d\n%s\n%s", words, ran.code, ran.out, ran.err);
    }
    ran_free(&ran);
}

static void commands_are_found_by_their_words(void **state)
{
    (void)state;
    check("help", CLI_OK, "policy check", "");
    check("--help", CLI_OK, "policy reach", "");
    check("help policy reach", CLI_OK, "--receive PATTERN", "");
    check("policy check --help", CLI_OK, "--format sarif", "");
    check("--version", CLI_OK, "bulwark ", "");
    check("", CLI_UNUSABLE, "", "usage: bulwark COMMAND");
    check("policy", CLI_UNUSABLE, "", "usage: bulwark policy COMMAND");
    check("policy", CLI_UNUSABLE, "", "policy reach");
    check("policy --help", CLI_OK, "policy check", "");
    check("help policy", CLI_OK, "policy reach", "");
    check("pol", CLI_UNUSABLE, "", "no such command: pol");
    check("policy chec", CLI_UNUSABLE, "", "no such command: policy chec");
    check("help nothing", CLI_UNUSABLE, "", "no such command: nothing");
}

static void text_is_wrapped_between_words_and_control_bytes_are_shown(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n = 0;
    struct cli cli = {.out = open_memstream(&text, &n), .width = 12};
    cli_wrap(&cli, 2, STR("one two three \x1b[0m averyverylongword"));
    fclose(cli.out);
    assert_string_equal(text, "  one two\n  three \\x1b[0m\n  averyverylongword\n");
    free(text);
    assert_string_equal(cli_style(&cli, CLI_RED), "");
    cli.color = true;
    assert_string_not_equal(cli_style(&cli, CLI_RED), "");
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct cli cli = {.in = stdin};
    struct str text;
    struct why why = {0};
    CHECK_STATUS(cli_read(&cli, mem, "/nowhere/at/all", 10, &text, &why), STATUS_IO);
    char *said = NULL;
    size_t n = 0;
    cli.err = open_memstream(&said, &n);
    assert_int_equal(cli_complain(&cli, "/nowhere/at/all", &why), CLI_UNUSABLE);
    fclose(cli.err);
    assert_string_equal(
        said, "bulwark: /nowhere/at/all: it cannot be opened: No such file or directory\n");
    free(said);
    CHECK_STATUS(cli_read(&cli, mem, "/", 10, &text, &why), STATUS_IO);
    CHECK_STATUS(cli_read(&cli, mem, "/dev/zero", 10, &text, &why), STATUS_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_found_by_their_words),
        cmocka_unit_test(text_is_wrapped_between_words_and_control_bytes_are_shown),
        cmocka_unit_test(a_file_that_cannot_be_read_is_named),
    };
    return RUN_TESTS("cli", tests);
}
