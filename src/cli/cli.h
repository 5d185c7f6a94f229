/* cli.h: what a command of `bulwark` is given, and the table of commands.
 *
 * A command is a function; everything it reads and writes comes in struct cli, so that a test can
 * run it on files of its own. Exit codes: 0 nothing wrong, 1 something was found, 2 the question
 * could not be answered (bad arguments, unreadable or malformed input).
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { CLI_OK = 0, CLI_FOUND = 1, CLI_UNUSABLE = 2 };

struct cli {
    FILE *in;
    FILE *out;
    FILE *err;
    bool color;     /* out is a terminal and NO_COLOR is not set */
    unsigned width; /* columns to wrap text at */
};

struct cli_command {
    const char *words;   /* "policy check" */
    const char *usage;   /* what follows the words */
    const char *summary; /* one line for `bulwark help` */
    const char *help;    /* the text of --help, after the usage line */
    int (*run)(struct cli *cli, const struct cli_command *command, int argc, char **argv);
};

extern const struct cli_command cli_api;
extern const struct cli_command cli_audit;
extern const struct cli_command cli_broker_config;
extern const struct cli_command cli_collect;
extern const struct cli_command cli_ban_add;
extern const struct cli_command cli_ban_list;
extern const struct cli_command cli_ban_remove;
extern const struct cli_command cli_connections;
extern const struct cli_command cli_finding;
extern const struct cli_command cli_import;
extern const struct cli_command cli_metrics;
extern const struct cli_command cli_mitigate;
extern const struct cli_command cli_mitigate_list;
extern const struct cli_command cli_mitigate_show;
extern const struct cli_command cli_mitigate_undo;
extern const struct cli_command cli_notifications;
extern const struct cli_command cli_notifications_send;
extern const struct cli_command cli_notifications_show;
extern const struct cli_command cli_provision;
extern const struct cli_command cli_policy_check;
extern const struct cli_command cli_policy_reach;

/* A file's text behind a byte order mark at its very beginning, which some editors and shells write
 * and RFC 8259, section 8.1, lets a reader ignore. */
struct str cli_text(struct str bytes);

/* The text of a whole file, or of cli->in when path is "-". IO with the system's reason; TOO_LARGE
 * beyond max bytes. The sentence does not name the file: cli_complain does. */
MUST_USE enum status cli_read(struct cli *cli, struct arena *mem, const char *path, size_t max,
                              struct str *ret, struct why *why);

/* "bulwark: FILE: sentence" on err, with the place in the file when the sentence lacks it. Returns
 * CLI_UNUSABLE. */
int cli_complain(struct cli *cli, const char *path, const struct why *why);

/* Writes text to cli->out, broken between words to the width, each line begun with indent spaces.
 */
void cli_wrap(struct cli *cli, unsigned indent, struct str text);

/* The same behind what the line begins with already, so many columns of it. */
void cli_wrap_behind(struct cli *cli, size_t columns, unsigned indent, struct str text);

/* Styles, empty when there is no color. */
enum cli_style { CLI_PLAIN, CLI_BOLD, CLI_RED, CLI_GREEN, CLI_YELLOW };
const char *cli_style(const struct cli *cli, enum cli_style style);

/* The usage line and help of a command, on out; for --help. Returns CLI_OK. */
int cli_help(struct cli *cli, const struct cli_command *command);

/* "bulwark WORDS: sentence" and the usage line, on err. Returns CLI_UNUSABLE. */
int cli_misuse(struct cli *cli, const struct cli_command *command, const char *sentence);

/* Finds the command that argv[1..] names in the table and runs it on the rest. Knows `help`,
 * `--help` and `--version` itself. */
int cli_main(struct cli *cli, const struct cli_command *const *commands, size_t n_commands,
             int argc, char **argv);

#endif
