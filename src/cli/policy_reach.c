/* policy_reach.c: `bulwark policy reach`: can a device ever, with a witness or a proof. */
#include "base/limits.h"
#include "cli/arguments.h"
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

static enum status set_pattern(void *into, const struct cli_option *option, const char *value,
                               struct why *why)
{
    struct reach_arguments *a = into;
    if (a->pattern != NULL) {
        return why_set(why, STATUS_INVALID,
                       "one of --receive, --publish, --subscribe, --connect at a time");
    }
    a->kind = (enum policy_reach_kind)option->offset;
    a->pattern = value;
    return STATUS_OK;
}

static enum status take_file(void *into, const char *word, struct why *why)
{
    struct reach_arguments *a = into;
    if (a->file != NULL) {
        return why_set(why, STATUS_INVALID, "one policy file at a time");
    }
    a->file = word;
    return STATUS_OK;
}

/* The offset of an option is its kind. */
static const struct cli_option options[] = {
    {"--receive", "PATTERN", set_pattern, POLICY_REACH_RECEIVE},
    {"--publish", "PATTERN", set_pattern, POLICY_REACH_PUBLISH},
    {"--subscribe", "PATTERN", set_pattern, POLICY_REACH_SUBSCRIBE},
    {"--connect", "PATTERN", set_pattern, POLICY_REACH_CONNECT},
};
static const struct cli_words words = CLI_WORDS(options, take_file);

static enum status read_arguments(struct reach_arguments *a, int argc, char **argv, struct why *why)
{
    TRY(cli_arguments(&words, a, argc, argv, why));
    if (a->file == NULL) {
        return why_set(why, STATUS_INVALID, "which policy file?");
    }
    return a->pattern != NULL
               ? STATUS_OK
               : why_set(why, STATUS_INVALID,
                         "one of --receive, --publish, --subscribe, --connect is needed");
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
    struct why why = {0};
    if (read_arguments(&arguments, argc, argv, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    AUTO_ARENA *mem = arena_new(REACH_MEMORY);
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
