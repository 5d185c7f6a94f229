#include "cli/arguments.h"
#include "lib/check.h"

struct given {
    const char *text;
    const char *words[4];
    size_t n_words;
    bool flag;
};

static enum status take(void *into, const char *word, struct why *why)
{
    struct given *given = into;
    (void)why;
    given->words[given->n_words++] = word;
    return STATUS_OK;
}

static const struct cli_option options[] = {
    CLI_TEXT(struct given, text, "--text", "TEXT"),
    CLI_FLAG(struct given, flag, "--flag"),
};
static const struct cli_words with_words = CLI_WORDS(options, take);
static const struct cli_words without = CLI_WORDS(options, NULL);

/* Words split at blanks. */
static enum status read_line(const struct cli_words *words, const char *line, struct given *given,
                             struct why *why)
{
    static char copy[256];
    char *argv[9];
    int argc = 0;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *save = NULL, *word = strtok_r(copy, " ", &save); word != NULL;
         word = strtok_r(NULL, " ", &save)) {
        argv[argc++] = word;
    }
    argv[argc] = NULL;
    *given = (struct given){.text = NULL};
    return cli_arguments(words, given, argc, argv, why);
}

static void a_value_stands_behind_an_equals_sign_or_in_the_next_word(void **state)
{
    (void)state;
    struct given given;
    CHECK_OK(read_line(&with_words, "--text a", &given, NULL));
    assert_string_equal(given.text, "a");
    CHECK_OK(read_line(&with_words, "--text=a=b --flag", &given, NULL));
    assert_string_equal(given.text, "a=b");
    assert_true(given.flag);
    CHECK_OK(read_line(&with_words, "--text=", &given, NULL));
    assert_string_equal(given.text, "");
    CHECK_OK(read_line(&with_words, "--text --flag", &given, NULL));
    assert_string_equal(given.text, "--flag");
    assert_false(given.flag);
}

static void a_dash_alone_and_what_follows_two_are_operands(void **state)
{
    (void)state;
    struct given given;
    CHECK_OK(read_line(&with_words, "a - -- --flag --", &given, NULL));
    assert_int_equal(given.n_words, 4);
    assert_string_equal(given.words[1], "-");
    assert_string_equal(given.words[2], "--flag");
    assert_string_equal(given.words[3], "--");
    assert_false(given.flag);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *sentence;
    } rows[] = {
        {"--texts a", "there is no such option: --texts"},
        {"--tex=a", "there is no such option: --tex"},
        {"-t", "there is no such option: -t"},
        {"--text", "--text lacks its value, TEXT"},
        {"--flag=yes", "--flag takes no value"},
        {"--text a --text=b", "--text is given twice"},
        {"lamp", "\"lamp\" is no option, and nothing else is taken"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct given given;
        struct why why;
        CHECK_STATUS(read_line(&without, rows[i].line, &given, &why), STATUS_INVALID);
        assert_string_equal(why.text, rows[i].sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_stands_behind_an_equals_sign_or_in_the_next_word),
        cmocka_unit_test(a_dash_alone_and_what_follows_two_are_operands),
        cmocka_unit_test(what_is_wrong_is_named),
    };
    return RUN_TESTS("arguments", tests);
}
