#include "unit/cli/run.h"

static void exit_codes_say_whether_it_can_ever(void **state)
{
    (void)state;
    struct {
        const char *words;
        const char *input;
        int code;
        const char *out;
        const char *err;
    } const rows[] = {
        {"policy reach - --connect admin", WIDE, CLI_FOUND, "reachable", ""},
        {"policy reach --connect admin -", NARROW, CLI_OK, "never", ""},
        {"policy reach - --connect admin", BOM WIDE, CLI_FOUND, "reachable", ""},
        {"policy reach - --connect admin", BOM BOM WIDE, CLI_UNUSABLE, "", "byte 0"},
        {"policy reach --publish * -", WIDE, CLI_OK, "No Allow", ""},
        {"policy reach - --publish a/#", WIDE, CLI_UNUSABLE, "", "describes no topic"},
        {"policy reach - --publish", WIDE, CLI_UNUSABLE, "", "--publish lacks its value, PATTERN"},
        {"policy reach -", WIDE, CLI_UNUSABLE, "", "is needed"},
        {"policy reach --connect a", WIDE, CLI_UNUSABLE, "", "which policy file"},
        {"policy reach - - --connect a", WIDE, CLI_UNUSABLE, "", "one policy file"},
        {"policy reach - --connect a --publish a", WIDE, CLI_UNUSABLE, "", "at a time"},
        {"policy reach - --see a", WIDE, CLI_UNUSABLE, "", "no such option: --see"},
        {"policy reach - --connect a", "[]", CLI_UNUSABLE, "", "-: byte 0 begins an array"},
        {"policy reach --help", "", CLI_OK, "usage: bulwark policy reach", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ran ran = run_cli(rows[i].words, rows[i].input);
        if (ran.code != rows[i].code || strstr(ran.out, rows[i].out) == NULL ||
            strstr(ran.err, rows[i].err) == NULL) {
            fail_msg("%s: %d\n%s\n%s", rows[i].words, ran.code, ran.out, ran.err);
        }
        ran_free(&ran);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_codes_say_whether_it_can_ever),
    };
    return RUN_TESTS("policy_reach", tests);
}
