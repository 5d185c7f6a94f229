/* options.c: see options.h. */
#include "daemon/options.h"

#include <stdio.h>

#include "base/banned.h"

enum option_kind { KIND_TEXT, KIND_NUMBER, KIND_FLAG };

struct option_row {
    struct str name;
    enum option_kind kind;
    size_t offset;
    const char *fallback;
    int64_t min, max;
    const char *value;
    const char *prose;
};

static const struct option_row rows[] = {
#define OPTION_ROW(name, field, kind, fallback, min, max, value, prose)                            \
    {STR_INIT(name), KIND_##kind, offsetof(struct options, field), fallback, min, max,             \
     value,          prose},
    OPTIONS(OPTION_ROW)
#undef OPTION_ROW
};

enum { N_ROWS = sizeof rows / sizeof rows[0], FILE_BYTES_MAX = 65536, LINE_VALUE_COLUMN = 30 };

/* Which settings one place (command line, environment, file) has given. */
struct given {
    const char *place;
    bool by_row[N_ROWS];
};

static const struct option_row *row_find(struct str name)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        if (str_eq(rows[i].name, name)) {
            return &rows[i];
        }
    }
    return NULL;
}

static enum status set_flag(const struct option_row *row, struct str text, bool *ret,
                            struct why *why)
{
    if (text.len == 0 || str_eq(text, STR("true"))) {
        *ret = true;
    } else if (str_eq(text, STR("false"))) {
        *ret = false;
    } else {
        return why_set(why, STATUS_INVALID, "%.*s is '%.*s'; it must be true or false",
                       STR_ARG(row->name), STR_ARG(text));
    }
    return STATUS_OK;
}

static enum status set_number(const struct option_row *row, struct str text, int64_t *ret,
                              struct why *why)
{
    int64_t number = 0;
    if (str_to_int64(text, &number) != STATUS_OK || number < row->min || number > row->max) {
        return why_set(why, STATUS_INVALID,
                       "%.*s is '%.*s'; it must be a whole number from %lld to %lld",
                       STR_ARG(row->name), STR_ARG(text), (long long)row->min, (long long)row->max);
    }
    *ret = number;
    return STATUS_OK;
}

static enum status set(struct options *options, const struct option_row *row, struct str text,
                       struct why *why)
{
    char *field = (char *)options + row->offset;
    switch (row->kind) {
    case KIND_FLAG:
        return set_flag(row, text, (bool *)field, why);
    case KIND_NUMBER:
        return set_number(row, text, (int64_t *)(void *)field, why);
    case KIND_TEXT:
        *(struct str *)(void *)field = text;
        break;
    }
    return STATUS_OK;
}

static enum status set_once(struct options *options, struct given *given,
                            const struct option_row *row, struct str text, struct why *why)
{
    if (given->by_row[row - rows]) {
        return why_set(why, STATUS_INVALID, "%s gives %.*s twice", given->place,
                       STR_ARG(row->name));
    }
    given->by_row[row - rows] = true;
    return set(options, row, text, why);
}

/* ---- the three places ------------------------------------------------------------------------ */

static enum status read_argv(struct options *options, int argc, char *const *argv, struct why *why)
{
    struct given given = {.place = "the command line"};
    for (int i = 1; i < argc; i++) {
        struct str word = str_from(argv[i]);
        if (!str_starts(word, STR("--"))) {
            return why_set(why, STATUS_INVALID, "'%s' is no setting; see --help", argv[i]);
        }
        size_t equals = str_find_char(word, '=', 0);
        const struct option_row *row = row_find(str_slice(word, 2, equals));
        if (row == NULL) {
            return why_set(why, STATUS_INVALID, "there is no setting %.*s; see --help",
                           STR_ARG(str_slice(word, 0, equals)));
        }
        struct str text = equals < word.len ? str_slice(word, equals + 1, word.len) : STR("");
        if (row->kind != KIND_FLAG && equals == word.len) {
            if (++i == argc) {
                return why_set(why, STATUS_INVALID, "--%.*s needs a value", STR_ARG(row->name));
            }
            text = str_from(argv[i]);
        }
        TRY(set_once(options, &given, row, text, why));
    }
    return STATUS_OK;
}

/* "insecure-no-auth" as "BULWARK_INSECURE_NO_AUTH". */
static void env_name(const struct option_row *row, char name[64])
{
    int n = snprintf(name, 64, "BULWARK_");
    for (size_t i = 0; i < row->name.len && n < 63; i++) {
        char c = row->name.ptr[i];
        name[n++] = c == '-' ? '_' : (char)(c - 'a' + 'A');
    }
    name[n] = '\0';
}

static enum status read_environment(struct options *options, const char *(*env)(const char *name),
                                    struct why *why)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        char name[64];
        env_name(&rows[i], name);
        const char *text = env(name);
        if (text != NULL) {
            TRY(set(options, &rows[i], str_from(text), why));
        }
    }
    return STATUS_OK;
}

static enum status read_line(struct options *options, struct given *given, struct str line,
                             struct why *why)
{
    line = str_trim(line);
    if (line.len == 0 || line.ptr[0] == '#') {
        return STATUS_OK;
    }
    size_t space = str_find_char(line, ' ', 0);
    const struct option_row *row = row_find(str_slice(line, 0, space));
    if (row == NULL || str_eq(row->name, STR("config"))) {
        return why_set(why, STATUS_INVALID, "there is no setting %.*s",
                       STR_ARG(str_slice(line, 0, space)));
    }
    return set_once(options, given, row, str_trim(str_slice(line, space, line.len)), why);
}

static enum status slurp(struct arena *mem, struct str path, struct str *ret, struct why *why)
{
    char *name = str_z(mem, path);
    char *text = arena_alloc(mem, FILE_BYTES_MAX);
    TRY_PTR(name);
    TRY_PTR(text);
    FILE *file = fopen(name, "re");
    if (file == NULL) {
        return why_set(why, STATUS_IO, "the configuration file %s cannot be opened", name);
    }
    size_t len = fread(text, 1, FILE_BYTES_MAX, file);
    bool bad = ferror(file) != 0;
    fclose(file);
    if (bad || len == FILE_BYTES_MAX) {
        return why_set(why, STATUS_IO,
                       "the configuration file %s cannot be read, or has more than "
                       "%d bytes",
                       name, FILE_BYTES_MAX - 1);
    }
    *ret = (struct str){text, len};
    return STATUS_OK;
}

static enum status read_file(struct arena *mem, struct options *options, struct str path,
                             struct why *why)
{
    struct given given = {.place = "the configuration file"};
    struct str rest;
    struct str line;
    TRY(slurp(mem, path, &rest, why));
    for (size_t number = 1; str_next(&rest, '\n', &line); number++) {
        struct why inner = {.code = STATUS_OK};
        enum status status = read_line(options, &given, line, &inner);
        if (status != STATUS_OK) {
            return why_set(why, status, "%.*s, line %zu: %s", STR_ARG(path), number, inner.text);
        }
    }
    return STATUS_OK;
}

enum status options_read(struct arena *mem, int argc, char *const *argv,
                         const char *(*env)(const char *name), struct options *ret, struct why *why)
{
    struct options options = {.help = false};
    /* The file is named by what wins over it, so the winners are read twice. */
    struct options winners = {.config = STR("")};
    TRY(read_environment(&winners, env, why));
    TRY(read_argv(&winners, argc, argv, why));
    for (size_t i = 0; i < N_ROWS; i++) {
        if (rows[i].kind != KIND_FLAG) {
            TRY(set(&options, &rows[i], str_from(rows[i].fallback), why));
        }
    }
    if (winners.config.len > 0) {
        TRY(read_file(mem, &options, winners.config, why));
    }
    TRY(read_environment(&options, env, why));
    TRY(read_argv(&options, argc, argv, why));
    *ret = options;
    return STATUS_OK;
}

static enum status put_text(struct buf *out, const struct option_row *row, struct str text,
                            struct why *why)
{
    if (text.len == 0) {
        return STATUS_OK;
    }
    if (str_find_char(text, '\n', 0) < text.len || str_trim(text).len < text.len) {
        return why_set(why, STATUS_INVALID,
                       "%.*s has a line break, or white space at an end, which no line of a "
                       "configuration file can have",
                       STR_ARG(row->name));
    }
    buf_put_fmt(out, "%.*s %.*s\n", STR_ARG(row->name), STR_ARG(text));
    return STATUS_OK;
}

enum status options_put(struct buf *out, const struct options *options, struct str name,
                        struct why *why)
{
    const struct option_row *row = row_find(name);
    const char *field = (const char *)options + row->offset;
    switch (row->kind) {
    case KIND_FLAG:
        buf_put_fmt(out, "%.*s %s\n", STR_ARG(name), *(const bool *)field ? "true" : "false");
        break;
    case KIND_NUMBER:
        buf_put_fmt(out, "%.*s %lld\n", STR_ARG(name),
                    (long long)*(const int64_t *)(const void *)field);
        break;
    case KIND_TEXT:
        return put_text(out, row, *(const struct str *)(const void *)field, why);
    }
    return STATUS_OK;
}

enum status options_help(struct arena *mem, struct str *ret, struct why *why)
{
    struct buf out;
    buf_init(&out, mem, FILE_BYTES_MAX);
    buf_put_str(&out, STR("Usage: bulwarkd [--SETTING VALUE]...\n\n"
                          "Serves the AWS IoT Device Defender API for a fleet of your own.\n\n"));
    for (size_t i = 0; i < N_ROWS; i++) {
        size_t start = out.len;
        buf_put_fmt(&out, "  --%.*s %s", STR_ARG(rows[i].name), rows[i].value);
        do {
            buf_put_char(&out, ' ');
        } while (out.len - start < LINE_VALUE_COLUMN && buf_status(&out) == STATUS_OK);
        buf_put_str(&out, str_from(rows[i].prose));
        if (rows[i].fallback[0] != '\0') {
            buf_put_fmt(&out, " (default %s)", rows[i].fallback);
        }
        buf_put_char(&out, '\n');
    }
    buf_put_str(&out, STR("\nEach may stand as a line `SETTING VALUE` in the file of --config, or "
                          "as BULWARK_SETTING\nin the environment. SIGHUP reads TLS files again "
                          "and forgets which "
                          "hosts were\nunreachable; SIGTERM ends after the work in hand.\n"));
    return buf_finish(&out, ret, why);
}
