/* policy_reach.c: `bulwark policy reach`: can a device ever, with a witness or a proof. */
#include <string.h>

#include "base/limits.h"
#include "cli/cli.h"
#include "policy/explain.h"
#include "policy/reach.h"

#include "base/banned.h"

enum { REACH_MEMORY = 512 << 20, SENTENCE_MAX = 64 << 10 };

struct reach_arguments {
    const char *file;
    const char *pattern;
    enum policy_reach_kind kind;
};

static const struct {
    const char *option;
    enum policy_reach_kind kind;
} kind_options[] = {
    {"--receive", POLICY_REACH_RECEIVE},
    {"--publish", POLICY_REACH_PUBLISH},
    {"--subscribe", POLICY_REACH_SUBSCRIBE},
    {"--connect", POLICY_REACH_CONNECT},
};

static bool kind_read(const char *word, enum policy_reach_kind *ret)
{
    for (size_t i = 0; i < sizeof kind_options / sizeof kind_options[0]; i++) {
        if (strcmp(word, kind_options[i].option) == 0) {
            *ret = kind_options[i].kind;
            return true;
        }
    }
    return false;
}

/* NULL when the arguments are complete, else what is wrong with them. */
static const char *arguments_read(int argc, char **argv, struct reach_arguments *ret)
{
    bool options = true;
    for (int i = 0; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
        } else if (options && kind_read(argv[i], &ret->kind)) {
            if (ret->pattern != NULL) {
                return "one of --receive, --publish, --subscribe, --connect at a time";
            }
            if (++i == argc) {
                return "the option needs a pattern";
            }
            ret->pattern = argv[i];
        } else if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
            return "no such option";
        } else if (ret->file != NULL) {
            return "one policy file at a time";
        } else {
            ret->file = argv[i];
        }
    }
    if (ret->file == NULL) {
        return "which policy file?";
    }
    return ret->pattern == NULL ? "one of --receive, --publish, --subscribe, --connect is needed"
                                : NULL;
}

static enum status answer(struct cli *cli, struct arena *mem, const struct reach_arguments *a,
                          bool *ret_reachable, struct why *why)
{
    struct str text;
    struct str sentence;
    struct buf out;
    const struct policy_doc *doc = NULL;
    struct policy_reach reach;
    TRY(cli_read(cli, mem, a->file, LIMIT_POLICY_BYTES, &text, why));
    TRY(policy_doc_read(mem, text, &doc, why));
    TRY(policy_reach(mem, doc, a->kind, str_from(a->pattern), &reach, why));
    buf_init(&out, mem, SENTENCE_MAX);
    policy_explain_reach(&out, doc, a->kind, &reach);
    TRY(buf_finish(&out, &sentence, why));
    fprintf(cli->out, "%s%s%s\n", cli_style(cli, reach.reachable ? CLI_RED : CLI_GREEN),
            reach.reachable ? "reachable" : "never", cli_style(cli, CLI_PLAIN));
    cli_wrap(cli, 2, sentence);
    *ret_reachable = reach.reachable;
    return STATUS_OK;
}

static int run(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct reach_arguments arguments = {NULL, NULL, POLICY_REACH_RECEIVE};
    const char *wrong = arguments_read(argc, argv, &arguments);
    if (wrong != NULL) {
        return cli_misuse(cli, command, wrong);
    }
    AUTO_ARENA *mem = arena_new(REACH_MEMORY);
    struct why why = {0};
    bool reachable = false;
    enum status status =
        mem == NULL ? why_no_memory(&why) : answer(cli, mem, &arguments, &reachable, &why);
    if (status != STATUS_OK) {
        return cli_complain(cli, arguments.file, &why);
    }
    return reachable ? CLI_FOUND : CLI_OK;
}

const struct cli_command cli_policy_reach = {
    .words = "policy reach",
    .usage = "FILE (--receive | --publish | --subscribe | --connect) PATTERN",
    .summary = "can a device with this policy ever reach what a pattern describes",
    .help =
        "Answers exactly, whatever the device is called and whichever conditions hold. FILE is\n"
        "a policy document, - for standard input. PATTERN is written as in a policy: `*` is\n"
        "any text, `?` any one character.\n"
        "\n"
        "  --receive PATTERN    receive a message on such a topic: by a filter that it may\n"
        "                       subscribe to and that matches, with the right to receive\n"
        "  --publish PATTERN    publish to such a topic\n"
        "  --subscribe PATTERN  subscribe to such a topic filter\n"
        "  --connect PATTERN    connect with such a client id\n"
        "\n"
        "Exit: 0 never (and what forbids it), 1 reachable (with the witness), 2 unusable "
        "input.\n",
    .run = run,
};
