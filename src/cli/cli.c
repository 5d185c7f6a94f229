#include "cli/cli.h"

#include <errno.h>
#include <string.h>

#include "base/banned.h"

#ifndef BULWARK_VERSION
#define BULWARK_VERSION "unknown"
#endif

struct str cli_text(struct str bytes)
{
    static const struct str mark = {"\xEF\xBB\xBF", 3};
    return str_starts(bytes, mark) ? str_slice(bytes, mark.len, bytes.len) : bytes;
}

enum status cli_read(struct cli *cli, struct arena *mem, const char *path, size_t max,
                     struct str *ret, struct why *why)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? cli->in : fopen(path, "rb");
    if (file == NULL) {
        return why_set(why, STATUS_IO, "it cannot be opened: %s", strerrordesc_np(errno));
    }
    char *bytes = arena_alloc(mem, max + 1);
    size_t len = bytes == NULL ? 0 : fread(bytes, 1, max + 1, file);
    bool failed = ferror(file) != 0;
    int reason = errno;
    if (!standard) {
        fclose(file);
    }
    TRY_PTR(bytes);
    if (failed) {
        return why_set(why, STATUS_IO, "it cannot be read: %s", strerrordesc_np(reason));
    }
    if (len > max) {
        return why_set(why, STATUS_TOO_LARGE, "it is larger than %zu bytes", max);
    }
    *ret = cli_text((struct str){bytes, len});
    return STATUS_OK;
}

int cli_complain(struct cli *cli, const char *path, const struct why *why)
{
    char place[48];
    snprintf(place, sizeof place, "byte %zu", why->offset);
    bool placed = why->code != STATUS_MALFORMED_POLICY || strstr(why->text, place) != NULL;
    fprintf(cli->err, "bulwark: %s: %s%s%s%s\n", path, placed ? "" : "at ", placed ? "" : place,
            placed ? "" : ": ", why->text);
    return CLI_UNUSABLE;
}

/* Columns of a text: characters, not bytes. */
static size_t columns(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    }
    return n;
}

/* Control characters would let a document write to the terminal as it likes. */
static void put_safely(FILE *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < 0x20 || c == 0x7F) {
            fprintf(out, "\\x%02x", c);
        } else {
            fputc(c, out);
        }
    }
}

void cli_wrap_behind(struct cli *cli, size_t at, unsigned indent, struct str text)
{
    struct str word;
    while (str_next(&text, ' ', &word)) {
        size_t n = columns(word);
        bool fits = at + 1 + n <= cli->width;
        if (at == 0 || !fits) {
            fprintf(cli->out, "%s%*s", at == 0 ? "" : "\n", (int)indent, "");
            at = indent;
        } else {
            fputc(' ', cli->out);
            at++;
        }
        put_safely(cli->out, word);
        at += n;
    }
    fputc('\n', cli->out);
}

void cli_wrap(struct cli *cli, unsigned indent, struct str text)
{
    cli_wrap_behind(cli, 0, indent, text);
}

const char *cli_style(const struct cli *cli, enum cli_style style)
{
    static const char *const codes[] = {
        [CLI_PLAIN] = "\033[0m",    [CLI_BOLD] = "\033[1m",    [CLI_RED] = "\033[1;31m",
        [CLI_GREEN] = "\033[1;32m", [CLI_YELLOW] = "\033[33m",
    };
    return cli->color ? codes[style] : "";
}

static void put_usage(FILE *out, const struct cli_command *command)
{
    fprintf(out, "usage: bulwark %s %s\n", command->words, command->usage);
}

int cli_help(struct cli *cli, const struct cli_command *command)
{
    put_usage(cli->out, command);
    fprintf(cli->out, "\n%s", command->help);
    return CLI_OK;
}

int cli_misuse(struct cli *cli, const struct cli_command *command, const char *sentence)
{
    fprintf(cli->err, "bulwark %s: %s\n", command->words, sentence);
    put_usage(cli->err, command);
    return CLI_UNUSABLE;
}

/* Whether the command's words are group and more; an empty group has all commands. */
static bool in_group(const struct cli_command *command, struct str group)
{
    struct str words = str_from(command->words);
    return group.len == 0 ||
           (str_starts(words, group) && words.len > group.len && words.ptr[group.len] == ' ');
}

static void put_commands(FILE *out, const struct cli_command *const *commands, size_t n,
                         struct str group)
{
    fprintf(out, "usage: bulwark %.*s%sCOMMAND [ARGUMENT...]\n\n", STR_ARG(group),
            group.len == 0 ? "" : " ");
    for (size_t i = 0; i < n; i++) {
        if (in_group(commands[i], group)) {
            fprintf(out, "  %-14s %s\n", commands[i]->words, commands[i]->summary);
        }
    }
    fprintf(out, "\n`bulwark %.*s%sCOMMAND --help` says more.\n", STR_ARG(group),
            group.len == 0 ? "" : " ");
}

/* `bulwark policy`: a first word that several commands share, and nothing behind it but --help. */
static bool names_group(const struct cli_command *const *commands, size_t n, int argc, char **argv)
{
    bool named = false;
    for (size_t i = 0; i < n && argc > 0; i++) {
        named |= in_group(commands[i], str_from(argv[0]));
    }
    return named && (argc == 1 || (argc == 2 && strcmp(argv[1], "--help") == 0));
}

/* How many arguments the words of a command take when argv begins with them, else 0. */
static int words_matched(const char *words, int argc, char **argv)
{
    struct str rest = str_from(words);
    struct str word;
    int n = 0;
    while (str_next(&rest, ' ', &word)) {
        if (n >= argc || !str_eq(word, str_from(argv[n]))) {
            return 0;
        }
        n++;
    }
    return n;
}

/* --help anywhere behind a command's words asks for its help, whatever else stands there; what
 * follows "--" is no option. */
static bool asks_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            return true;
        }
    }
    return false;
}

/* What is said of words that name no command: the list, of a group where they begin one. */
static int no_command(struct cli *cli, const struct cli_command *const *commands, size_t n_commands,
                      bool help, int argc, char **argv)
{
    if (help && argc == 0) {
        put_commands(cli->out, commands, n_commands, STR(""));
        return CLI_OK;
    }
    if (names_group(commands, n_commands, argc, argv)) {
        help |= argc == 2;
        put_commands(help ? cli->out : cli->err, commands, n_commands, str_from(argv[0]));
        return help ? CLI_OK : CLI_UNUSABLE;
    }
    fprintf(cli->err, "bulwark: no such command: %s%s%s\n\n", argv[0], argc > 1 ? " " : "",
            argc > 1 ? argv[1] : "");
    put_commands(cli->err, commands, n_commands, STR(""));
    return CLI_UNUSABLE;
}

int cli_main(struct cli *cli, const struct cli_command *const *commands, size_t n_commands,
             int argc, char **argv)
{
    if (argc < 2) {
        put_commands(cli->err, commands, n_commands, STR(""));
        return CLI_UNUSABLE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        fprintf(cli->out, "bulwark %s\n", BULWARK_VERSION);
        return CLI_OK;
    }
    bool help = strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0;
    int from = help ? 2 : 1;
    for (size_t i = 0; i < n_commands; i++) {
        int n = words_matched(commands[i]->words, argc - from, argv + from);
        if (n > 0 && (help || asks_help(argc - from - n, argv + from + n))) {
            return cli_help(cli, commands[i]);
        }
        if (n > 0) {
            return commands[i]->run(cli, commands[i], argc - from - n, argv + from + n);
        }
    }
    return no_command(cli, commands, n_commands, help, argc - from, argv + from);
}
