/* What `bulwark import` refuses before it asks anybody. */
#include "unit/cli/run.h"

static void check(const char *words, int code, const char *out, const char *err)
{
    struct ran ran = run_cli(words, "");
    if (ran.code != code || strstr(ran.out, out) == NULL || strstr(ran.err, err) == NULL) {
        fail_msg("%s: %d\n%s\n%s", words, ran.code, ran.out, ran.err);
    }
    ran_free(&ran);
}

static void wrong_words_are_misuse(void **state)
{
    (void)state;
    check("import", CLI_UNUSABLE, "", "it is not said what to import");
    check("import --connections", CLI_UNUSABLE, "", "--connections lacks its value, FILE");
    check("import --nothing x", CLI_UNUSABLE, "", "there is no such option: --nothing");
    check("import --connections x --data", CLI_UNUSABLE, "", "--data lacks its value, DIR");
    check("import --connections x --dry-run", CLI_UNUSABLE, "",
          "--dry-run is not for --connections");
    check("import --connections - --account-details -", CLI_UNUSABLE, "",
          "standard input can be read only once");
    check("import --help", CLI_OK, "--connections FILE", "");
}

static void a_folder_that_is_none_is_said(void **state)
{
    (void)state;
    check("import --data /nonexistent/x --connections -", CLI_UNUSABLE, "", "/nonexistent/x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_words_are_misuse),
        cmocka_unit_test(a_folder_that_is_none_is_said),
    };
    return RUN_TESTS("import", tests);
}
