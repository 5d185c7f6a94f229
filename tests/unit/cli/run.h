/* run.h: one command of `bulwark`, on files of the test's own. */
#ifndef TESTS_CLI_RUN_H
#define TESTS_CLI_RUN_H

#include <stdlib.h>

#include "cli/cli.h"
#include "lib/check.h"

struct ran {
    int code;
    char *out; /* freed by ran_free */
    char *err;
};

static const struct cli_command *const run_commands[] = {&cli_policy_check, &cli_policy_reach,
                                                         &cli_import, &cli_metrics};

/* Words are split at blanks; input is standard input. */
static inline struct ran run_cli_wide(const char *words, const char *input, unsigned width)
{
    struct ran ran = {0};
    size_t n_out = 0;
    size_t n_err = 0;
    char line[4096];
    char *argv[32];
    int argc = 0;
    snprintf(line, sizeof line, "bulwark %s", words);
    for (char *save = NULL, *word = strtok_r(line, " ", &save); word != NULL;
         word = strtok_r(NULL, " ", &save)) {
        argv[argc++] = word;
    }
    struct cli cli = {.in = input[0] == '\0'
                                ? fopen("/dev/null", "r")
                                : fmemopen((void *)(uintptr_t)input, strlen(input), "r"),
                      .out = open_memstream(&ran.out, &n_out),
                      .err = open_memstream(&ran.err, &n_err),
                      .width = width};
    ran.code =
        cli_main(&cli, run_commands, sizeof run_commands / sizeof(run_commands[0]), argc, argv);
    fclose(cli.in);
    fclose(cli.out);
    fclose(cli.err);
    return ran;
}

static inline struct ran run_cli(const char *words, const char *input)
{
    return run_cli_wide(words, input, 60);
}

static inline void ran_free(struct ran *ran)
{
    free(ran->out);
    free(ran->err);
}

#define BOM  "\xEF\xBB\xBF" /* which some editors write before a text */
#define WIDE "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iot:Connect\",\"Resource\":\"*\"}}"
#define NARROW                                                                                     \
    "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iot:Connect\",\"Resource\":"                \
    "\"arn:aws:iot:r:1:client/me\"}}"

#endif
