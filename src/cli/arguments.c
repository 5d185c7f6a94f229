/* arguments.c: see arguments.h. */
#include "cli/arguments.h"

#include <string.h>

#include "base/banned.h"

enum status cli_set_text(void *into, const struct cli_option *option, const char *value,
                         struct why *why)
{
    const char **field = (void *)((char *)into + option->offset);
    if (*field != NULL) {
        return why_set(why, STATUS_INVALID, "%s is given twice", option->name);
    }
    *field = value;
    return STATUS_OK;
}

enum status cli_set_flag(void *into, const struct cli_option *option, const char *value,
                         struct why *why)
{
    (void)value;
    (void)why;
    *(bool *)((char *)into + option->offset) = true;
    return STATUS_OK;
}

/* The option that a word names, before '=' if it has one. */
static const struct cli_option *find(const struct cli_words *words, const char *word)
{
    size_t len = strcspn(word, "=");
    for (size_t i = 0; i < words->n_options; i++) {
        const char *name = words->options[i].name;
        if (strlen(name) == len && strncmp(name, word, len) == 0) {
            return &words->options[i];
        }
    }
    return NULL;
}

static enum status read_option(const struct cli_words *words, void *into, int argc, char **argv,
                               int *at, struct why *why)
{
    const char *word = argv[*at];
    const struct cli_option *option = find(words, word);
    const char *equals = strchr(word, '=');
    const char *value = equals == NULL ? NULL : equals + 1;
    if (option == NULL) {
        return why_set(why, STATUS_INVALID, "there is no such option: %.*s",
                       (int)strcspn(word, "="), word);
    }
    if (option->value == NULL && value != NULL) {
        return why_set(why, STATUS_INVALID, "%s takes no value", option->name);
    }
    if (option->value != NULL && value == NULL) {
        if (*at + 1 >= argc) {
            return why_set(why, STATUS_INVALID, "%s lacks its value, %s", option->name,
                           option->value);
        }
        value = argv[++*at];
    }
    return option->set(into, option, value, why);
}

enum status cli_arguments(const struct cli_words *words, void *into, int argc, char **argv,
                          struct why *why)
{
    bool options = true;
    for (int i = 0; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
        } else if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
            TRY(read_option(words, into, argc, argv, &i, why));
        } else if (words->operand == NULL) {
            return why_set(why, STATUS_INVALID, "\"%s\" is no option, and nothing else is taken",
                           argv[i]);
        } else {
            TRY(words->operand(into, argv[i], why));
        }
    }
    return STATUS_OK;
}
