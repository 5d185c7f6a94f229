/* arguments.h: the one reader of a command's words, by the command's table of options.
 *
 *     --name VALUE, --name=VALUE   an option that takes a value; the word behind it is its value,
 *                                  whatever it looks like
 *     --name                       an option that takes none
 *     --                           what follows is no option
 *     anything else, and "-"       an operand: a file, an id
 *
 * Every complaint names the word. --help is cli_main's.
 */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct cli_option;

/* Puts a value (NULL of an option that takes none) into a command's arguments. INVALID with a
 * sentence that names the option and what its value may be. */
typedef enum status cli_set(void *into, const struct cli_option *option, const char *value,
                            struct why *why);

struct cli_option {
    const char *name;  /* "--data" */
    const char *value; /* what its value is called, "DIR"; NULL: it takes none */
    cli_set *set;
    size_t offset; /* for set: of the field, or what the command likes */
};

/* A text (const char *, NULL before) and a flag (bool). A text given twice is INVALID. */
cli_set cli_set_text;
cli_set cli_set_flag;
#define CLI_TEXT(type, field, name, value)                                                         \
    {                                                                                              \
        name, value, cli_set_text, offsetof(type, field)                                           \
    }
#define CLI_FLAG(type, field, name)                                                                \
    {                                                                                              \
        name, NULL, cli_set_flag, offsetof(type, field)                                            \
    }

/* The rows of a struct api_target. */
#define CLI_TARGET(type, field)                                                                    \
    CLI_TEXT(type, field.data, "--data", "DIR"), CLI_TEXT(type, field.config, "--config", "FILE"), \
        CLI_TEXT(type, field.endpoint, "--endpoint", "URL"),                                       \
        CLI_TEXT(type, field.ca_file, "--ca-file", "FILE")

/* Takes one operand. NULL in struct cli_words: there are none. */
typedef enum status cli_operand(void *into, const char *word, struct why *why);

struct cli_words {
    const struct cli_option *options;
    size_t n_options;
    cli_operand *operand;
};
#define CLI_WORDS(options, operand)                                                                \
    {                                                                                              \
        (options), sizeof(options) / sizeof(options)[0], (operand)                                 \
    }

MUST_USE enum status cli_arguments(const struct cli_words *words, void *into, int argc, char **argv,
                                   struct why *why);

#endif
