/* policy_check.c: `bulwark policy check`: what the audit says about policies, without a daemon. */
#include <string.h>

#include "base/limits.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "codec/json_write.h"
#include "policy/explain.h"
#include "policy/notes.h"

#include "base/banned.h"

enum {
    CHECK_MEMORY = 512 << 20,
    REPORT_MAX = 64 << 20,
    FINDINGS_MAX = LIMIT_POLICY_STATEMENTS + 2
};

enum format { AS_TEXT, AS_JSON, AS_SARIF };

/* The two checks of the audit, and the codes of their findings. */
struct rule {
    const char *check;
    const char *code;
    const char *severity; /* the audit's */
    const char *level;    /* SARIF's */
    const char *about;
};

enum { RULE_BROAD, RULE_MQTT_WILDCARD, RULE_DENIED_TOPIC, RULE_COUNT };

static const struct rule rules[RULE_COUNT] = {
    [RULE_BROAD] = {"IOT_POLICY_OVERLY_PERMISSIVE_CHECK",
                    "ALLOWS_BROAD_ACCESS_TO_IOT_DATA_PLANE_ACTIONS", "CRITICAL", "error",
                    "A device with this policy can act for devices that it has nothing to do "
                    "with."},
    [RULE_MQTT_WILDCARD] = {"IOT_POLICY_POTENTIAL_MISCONFIGURATION_CHECK",
                            "POLICY_CONTAINS_MQTT_WILDCARDS_IN_DENY_STATEMENT", "MEDIUM", "warning",
                            "A Deny holds + or #, which are plain characters in a policy."},
    [RULE_DENIED_TOPIC] = {"IOT_POLICY_POTENTIAL_MISCONFIGURATION_CHECK",
                           "TOPIC_FILTERS_INTENDED_TO_DENY_ALLOWED_USING_WILDCARDS", "MEDIUM",
                           "warning",
                           "A denied topic is received through a wider filter that is allowed."},
};

struct finding {
    const struct rule *rule;
    uint32_t statement;
    size_t offset; /* of the statement in the document */
    struct str witness;
    uint64_t actions; /* that are too broad, a bit each; 0: not such a finding */
    struct str explanation;
    struct str fix;
};

/* What never has an effect, and is no finding; see policy/notes.h. */
struct remark {
    const struct policy_note *note;
    struct str explanation;
};

/* What was found in one file; error is absent when it could be judged. */
struct result {
    const char *file;
    struct str text; /* absent when it could not be read */
    struct str error;
    struct why why; /* of the error */
    bool has_offset;
    struct finding findings[FINDINGS_MAX];
    size_t n;
    struct remark *remarks;
    size_t n_remarks;
};

typedef void say_function(struct buf *out, const void *ctx);

/* Judging */

enum { SENTENCE_MAX = 1 << 20, ACTION_NAME_MAX = 128 };

struct broad_sentence {
    const struct policy_doc *doc;
    const struct policy_broad_fact *facts;
    size_t n;
};

static void say_broad(struct buf *out, const void *ctx)
{
    const struct broad_sentence *s = ctx;
    policy_explain_broad(out, s->facts, s->n);
}

static void say_broad_fix(struct buf *out, const void *ctx)
{
    const struct broad_sentence *s = ctx;
    policy_fix_broad(out, s->doc, s->facts, s->n);
}

static void say_misconfig(struct buf *out, const void *ctx)
{
    policy_explain_misconfig(out, ctx);
}

static void say_misconfig_fix(struct buf *out, const void *ctx)
{
    policy_fix_misconfig(out, ctx);
}

static enum status write_sentence(struct arena *mem, say_function *say, const void *ctx,
                                  struct str *ret, struct why *why)
{
    struct buf out;
    buf_init(&out, mem, SENTENCE_MAX);
    say(&out, ctx);
    return buf_finish(&out, ret, why);
}

static enum status add_broad(struct arena *mem, struct result *result,
                             const struct broad_sentence *s, struct why *why)
{
    struct finding *f = &result->findings[result->n++];
    f->rule = &rules[RULE_BROAD];
    f->statement = s->facts[0].statement;
    f->offset = s->doc->statements[f->statement].offset;
    f->witness = s->facts[0].witness;
    for (size_t i = 0; i < s->n; i++) {
        f->actions |= UINT64_C(1) << s->facts[i].action;
    }
    TRY(write_sentence(mem, say_broad, s, &f->explanation, why));
    return write_sentence(mem, say_broad_fix, s, &f->fix, why);
}

/* One finding for each statement, with all of its actions. */
static enum status find_broad(struct arena *mem, const struct policy_doc *doc,
                              struct result *result, struct why *why)
{
    const struct policy_broad_fact *facts = NULL;
    size_t n = 0;
    TRY(policy_broad_find(mem, doc, policy_broad_data_plane(), &facts, &n, why));
    for (size_t s = 0; s < doc->n_statements; s++) {
        struct policy_broad_fact of_statement[POLICY_ACTION_COUNT];
        struct broad_sentence sentence = {doc, of_statement, 0};
        for (size_t i = 0; i < n; i++) {
            if (facts[i].statement == s) {
                of_statement[sentence.n++] = facts[i];
            }
        }
        if (sentence.n > 0) {
            TRY(add_broad(mem, result, &sentence, why));
        }
    }
    return STATUS_OK;
}

static enum status find_misconfig(struct arena *mem, const struct policy_doc *doc,
                                  struct result *result, struct why *why)
{
    const struct policy_misconfig_fact *facts = NULL;
    size_t n = 0;
    TRY(policy_misconfig_find(mem, doc, &facts, &n, why));
    for (size_t i = 0; i < n; i++) {
        bool topic = facts[i].kind == POLICY_DENIED_TOPIC_RECEIVED;
        struct finding *f = &result->findings[result->n++];
        f->rule = &rules[topic ? RULE_DENIED_TOPIC : RULE_MQTT_WILDCARD];
        f->statement = facts[i].statement;
        f->offset = doc->statements[f->statement].offset;
        f->witness = topic ? facts[i].filter : facts[i].resource;
        TRY(write_sentence(mem, say_misconfig, &facts[i], &f->explanation, why));
        TRY(write_sentence(mem, say_misconfig_fix, &facts[i], &f->fix, why));
    }
    return STATUS_OK;
}

static void say_note(struct buf *out, const void *ctx)
{
    policy_note_explain(out, ctx);
}

static enum status find_remarks(struct arena *mem, const struct policy_doc *doc,
                                struct result *result, struct why *why)
{
    const struct policy_note *notes = NULL;
    size_t n = 0;
    TRY(policy_notes_find(mem, doc, &notes, &n, why));
    struct remark *remarks = NEW_ARRAY(mem, struct remark, n);
    TRY_PTR(remarks);
    for (size_t i = 0; i < n; i++) {
        remarks[i].note = &notes[i];
        TRY(write_sentence(mem, say_note, &notes[i], &remarks[i].explanation, why));
    }
    result->remarks = remarks;
    result->n_remarks = n;
    return STATUS_OK;
}

static enum status judge(struct cli *cli, struct arena *mem, const char *file,
                         struct result *result, struct why *why)
{
    const struct policy_doc *doc = NULL;
    TRY(cli_read(cli, mem, file, LIMIT_POLICY_BYTES, &result->text, why));
    TRY(policy_doc_read(mem, result->text, &doc, why));
    /* What one verdict lacks, the other still says. */
    struct why second = {.code = STATUS_OK};
    enum status broad = find_broad(mem, doc, result, why);
    enum status misconfig = find_misconfig(mem, doc, result, broad == STATUS_OK ? why : &second);
    TRY(broad);
    TRY(misconfig);
    return find_remarks(mem, doc, result, why);
}

static enum status judge_file(struct cli *cli, struct arena *mem, const char *file,
                              struct result *result)
{
    struct why why = {0};
    result->file = file;
    enum status status = judge(cli, mem, file, result, &why);
    if (status != STATUS_OK) {
        result->has_offset = status == STATUS_MALFORMED_POLICY;
        result->why = why;
        return str_dup(mem, str_from(why.text), &result->error, NULL);
    }
    return STATUS_OK;
}

/* Text */

static void print_finding(struct cli *cli, const struct finding *f)
{
    enum cli_style style = strcmp(f->rule->level, "error") == 0 ? CLI_RED : CLI_YELLOW;
    fprintf(cli->out, "\n  %s%s%s %s\n", cli_style(cli, style), f->rule->severity,
            cli_style(cli, CLI_PLAIN), f->rule->code);
    cli_wrap(cli, 4, f->explanation);
    fprintf(cli->out, "    %sfix%s\n", cli_style(cli, CLI_BOLD), cli_style(cli, CLI_PLAIN));
    cli_wrap(cli, 6, f->fix);
}

static void print_remarks(struct cli *cli, const struct result *result)
{
    fprintf(cli->out, "\n  %snotes%s\n", cli_style(cli, CLI_BOLD), cli_style(cli, CLI_PLAIN));
    for (size_t i = 0; i < result->n_remarks; i++) {
        cli_wrap(cli, 4, result->remarks[i].explanation);
    }
}

static void print_text(struct cli *cli, const struct result *result)
{
    bool good = result->n == 0;
    if (good && !str_absent(result->error)) {
        return; /* said on err */
    }
    fprintf(cli->out, "%s%s%s: %s%s%s\n", cli_style(cli, CLI_BOLD), result->file,
            cli_style(cli, CLI_PLAIN), cli_style(cli, good ? CLI_GREEN : CLI_RED),
            good ? "compliant" : "not compliant", cli_style(cli, CLI_PLAIN));
    for (size_t i = 0; i < result->n; i++) {
        print_finding(cli, &result->findings[i]);
    }
    if (result->n_remarks > 0) {
        print_remarks(cli, result);
    }
    if (!good || result->n_remarks > 0) {
        fputc('\n', cli->out);
    }
}

/* JSON */

/* All of them, where the sentence says some and a number. */
static void write_actions(struct json_write *w, uint64_t actions)
{
    json_write_key(w, STR("actions"));
    json_write_array(w);
    for (size_t i = 0; i < POLICY_ACTION_COUNT; i++) {
        if ((actions >> i & 1) != 0) {
            char bytes[ACTION_NAME_MAX];
            int len = snprintf(bytes, sizeof bytes, "iot:%.*s", STR_ARG(policy_actions[i].name));
            json_write_string(w, (struct str){bytes, (size_t)len});
        }
    }
    json_write_end(w);
}

static void write_finding(struct json_write *w, const struct finding *f)
{
    json_write_object(w);
    json_write_member(w, STR("check"), str_from(f->rule->check));
    json_write_member(w, STR("reasonCode"), str_from(f->rule->code));
    json_write_member(w, STR("severity"), str_from(f->rule->severity));
    json_write_member_int64(w, STR("statement"), f->statement);
    json_write_member(w, STR("witness"), f->witness);
    if (f->actions != 0) {
        write_actions(w, f->actions);
    }
    json_write_member(w, STR("explanation"), f->explanation);
    json_write_member(w, STR("fix"), f->fix);
    json_write_end(w);
}

static void write_remarks(struct json_write *w, const struct result *result)
{
    json_write_key(w, STR("notes"));
    json_write_array(w);
    for (size_t i = 0; i < result->n_remarks; i++) {
        const struct remark *remark = &result->remarks[i];
        json_write_object(w);
        json_write_member_int64(w, STR("statement"), remark->note->statement);
        json_write_member(w, STR("value"), remark->note->text);
        json_write_member(w, STR("explanation"), remark->explanation);
        json_write_end(w);
    }
    json_write_end(w);
}

static void write_json(struct buf *out, const struct result *result)
{
    struct json_write w;
    json_write_init(&w, out);
    json_write_object(&w);
    json_write_member(&w, STR("file"), str_from(result->file));
    if (!str_absent(result->error)) {
        json_write_member(&w, STR("error"), result->error);
        if (result->has_offset) {
            json_write_member_int64(&w, STR("offset"), (int64_t)result->why.offset);
        }
    }
    if (str_absent(result->error) || result->n > 0) {
        json_write_member_bool(&w, STR("compliant"), result->n == 0);
        json_write_key(&w, STR("findings"));
        json_write_array(&w);
        for (size_t i = 0; i < result->n; i++) {
            write_finding(&w, &result->findings[i]);
        }
        json_write_end(&w);
        write_remarks(&w, result);
    }
    json_write_end(&w);
    json_write_finish(&w);
    buf_put_char(out, '\n');
}

/* SARIF 2.1.0 (OASIS): one run, a rule for each code, a result for each finding. */

static void write_message(struct json_write *w, struct str key, struct str text)
{
    json_write_key(w, key);
    json_write_object(w);
    json_write_member(w, STR("text"), text);
    json_write_end(w);
}

static void write_sarif_rules(struct json_write *w)
{
    json_write_key(w, STR("rules"));
    json_write_array(w);
    for (size_t i = 0; i < RULE_COUNT; i++) {
        json_write_object(w);
        json_write_member(w, STR("id"), str_from(rules[i].code));
        json_write_member(w, STR("name"), str_from(rules[i].check));
        write_message(w, STR("shortDescription"), str_from(rules[i].about));
        json_write_key(w, STR("defaultConfiguration"));
        json_write_object(w);
        json_write_member(w, STR("level"), str_from(rules[i].level));
        json_write_end(w);
        json_write_end(w);
    }
    json_write_end(w);
}

/* RFC 3986: what is not unreserved or a slash is escaped. */
static enum status file_uri(struct arena *mem, const char *file, struct str *ret, struct why *why)
{
    struct buf out;
    buf_init(&out, mem, LIMIT_URI_BYTES * 4);
    for (const char *c = strcmp(file, "-") == 0 ? "stdin" : file; *c != '\0'; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= '0' && *c <= '9') || memchr("-._~/", *c, 5) != NULL;
        if (plain) {
            buf_put_char(&out, *c);
        } else {
            buf_put_fmt(&out, "%%%02X", (unsigned char)*c);
        }
    }
    return buf_finish(&out, ret, why);
}

/* The place of a byte, in lines and columns from 1 and characters from 0; the run's columnKind says
 * what a character is. */
static void write_sarif_region(struct json_write *w, struct str text, size_t offset)
{
    int64_t line = 1;
    int64_t column = 1;
    int64_t characters = 0;
    for (size_t i = 0; i < text.len && i < offset; i++) {
        bool begins = ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
        bool breaks = text.ptr[i] == '\n';
        line += breaks;
        characters += begins;
        column = breaks ? 1 : column + begins;
    }
    json_write_key(w, STR("region"));
    json_write_object(w);
    json_write_member_int64(w, STR("startLine"), line);
    json_write_member_int64(w, STR("startColumn"), column);
    json_write_member_int64(w, STR("charOffset"), characters);
    json_write_member_int64(w, STR("byteOffset"), (int64_t)offset);
    json_write_end(w);
}

/* offset: NULL when no place in the file is known. */
static void write_sarif_place(struct json_write *w, struct str uri, struct str text,
                              const size_t *offset)
{
    json_write_key(w, STR("physicalLocation"));
    json_write_object(w);
    json_write_key(w, STR("artifactLocation"));
    json_write_object(w);
    json_write_member(w, STR("uri"), uri);
    json_write_end(w);
    if (offset != NULL) {
        write_sarif_region(w, text, *offset);
    }
    json_write_end(w);
}

static void write_sarif_location(struct json_write *w, struct str uri, struct str text,
                                 const struct finding *f)
{
    char name[32];
    snprintf(name, sizeof name, "Statement[%u]", f->statement);
    json_write_key(w, STR("locations"));
    json_write_array(w);
    json_write_object(w);
    write_sarif_place(w, uri, text, &f->offset);
    json_write_key(w, STR("logicalLocations"));
    json_write_array(w);
    json_write_object(w);
    json_write_member(w, STR("fullyQualifiedName"), str_from(name));
    json_write_member(w, STR("kind"), STR("object"));
    json_write_end(w);
    json_write_end(w);
    json_write_end(w);
    json_write_end(w);
}

static void write_sarif_finding(struct json_write *w, struct str uri, struct str text,
                                const struct finding *f)
{
    json_write_object(w);
    json_write_member(w, STR("ruleId"), str_from(f->rule->code));
    json_write_member_int64(w, STR("ruleIndex"), f->rule - rules);
    json_write_member(w, STR("level"), str_from(f->rule->level));
    write_message(w, STR("message"), f->explanation);
    write_sarif_location(w, uri, text, f);
    json_write_key(w, STR("properties"));
    json_write_object(w);
    json_write_member(w, STR("witness"), f->witness);
    if (f->actions != 0) {
        write_actions(w, f->actions);
    }
    json_write_member(w, STR("fix"), f->fix);
    json_write_end(w);
    json_write_end(w);
}

static enum status write_sarif_results(struct json_write *w, struct arena *mem,
                                       struct result *const *results, size_t n, struct why *why)
{
    json_write_key(w, STR("results"));
    json_write_array(w);
    for (size_t i = 0; i < n; i++) {
        struct str uri;
        TRY(file_uri(mem, results[i]->file, &uri, why));
        for (size_t f = 0; f < results[i]->n; f++) {
            write_sarif_finding(w, uri, results[i]->text, &results[i]->findings[f]);
        }
    }
    json_write_end(w);
    return STATUS_OK;
}

/* The file of a notification, and where in it. */
static enum status write_sarif_where(struct json_write *w, struct arena *mem,
                                     const struct result *result, struct why *why)
{
    struct str uri;
    TRY(file_uri(mem, result->file, &uri, why));
    json_write_key(w, STR("locations"));
    json_write_array(w);
    json_write_object(w);
    write_sarif_place(w, uri, result->text, result->has_offset ? &result->why.offset : NULL);
    json_write_end(w);
    json_write_end(w);
    return STATUS_OK;
}

/* Whether every file could be judged, and what stood in the way. */
static enum status write_sarif_invocation(struct json_write *w, struct arena *mem,
                                          struct result *const *results, size_t n, struct why *why)
{
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        all &= str_absent(results[i]->error);
    }
    json_write_key(w, STR("invocations"));
    json_write_array(w);
    json_write_object(w);
    json_write_member_bool(w, STR("executionSuccessful"), all);
    json_write_key(w, STR("toolExecutionNotifications"));
    json_write_array(w);
    for (size_t i = 0; i < n; i++) {
        if (!str_absent(results[i]->error)) {
            json_write_object(w);
            json_write_member(w, STR("level"), STR("error"));
            write_message(w, STR("message"), results[i]->error);
            TRY(write_sarif_where(w, mem, results[i], why));
            json_write_end(w);
        }
    }
    json_write_end(w);
    json_write_end(w);
    json_write_end(w);
    return STATUS_OK;
}

static enum status write_sarif(struct buf *out, struct arena *mem, struct result *const *results,
                               size_t n, struct why *why)
{
    struct json_write w;
    json_write_init(&w, out);
    json_write_object(&w);
    json_write_member(&w, STR("$schema"), STR("https://json.schemastore.org/sarif-2.1.0.json"));
    json_write_member(&w, STR("version"), STR("2.1.0"));
    json_write_key(&w, STR("runs"));
    json_write_array(&w);
    json_write_object(&w);
    json_write_key(&w, STR("tool"));
    json_write_object(&w);
    json_write_key(&w, STR("driver"));
    json_write_object(&w);
    json_write_member(&w, STR("name"), STR("bulwark"));
    write_sarif_rules(&w);
    json_write_end(&w);
    json_write_end(&w);
    json_write_member(&w, STR("columnKind"), STR("unicodeCodePoints"));
    TRY(write_sarif_invocation(&w, mem, results, n, why));
    TRY(write_sarif_results(&w, mem, results, n, why));
    json_write_end(&w);
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
    buf_put_char(out, '\n');
    return STATUS_OK;
}

/* The command */

struct check_arguments {
    enum format format;
    const char **files;
    size_t n_files;
};

static enum status set_format(void *into, const struct cli_option *option, const char *value,
                              struct why *why)
{
    static const char *const names[] = {
        [AS_TEXT] = "text", [AS_JSON] = "json", [AS_SARIF] = "sarif"};
    struct check_arguments *a = into;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(value, names[i]) == 0) {
            a->format = (enum format)i;
            return STATUS_OK;
        }
    }
    return why_set(why, STATUS_INVALID, "%s is %.40s; it is one of text, json or sarif",
                   option->name, value);
}

static enum status take_file(void *into, const char *word, struct why *why)
{
    struct check_arguments *a = into;
    (void)why;
    a->files[a->n_files++] = word;
    return STATUS_OK;
}

static const struct cli_option options[] = {{"--format", "FORMAT", set_format, 0}};
static const struct cli_words words = CLI_WORDS(options, take_file);

/* Judges all files, prints in the format asked for; *ret_code is the exit code. */
static enum status check_files(struct cli *cli, struct arena *mem, const struct check_arguments *a,
                               int *ret_code, struct why *why)
{
    struct buf out;
    int code = CLI_OK;
    struct result **results = NEW_ARRAY(mem, struct result *, a->n_files);
    TRY_PTR(results);
    buf_init(&out, mem, REPORT_MAX);
    for (size_t i = 0; i < a->n_files; i++) {
        results[i] = NEW(mem, struct result);
        TRY_PTR(results[i]);
        TRY(judge_file(cli, mem, a->files[i], results[i]));
        int worst = !str_absent(results[i]->error) ? CLI_UNUSABLE
                    : results[i]->n > 0            ? CLI_FOUND
                                                   : CLI_OK;
        code = worst > code ? worst : code;
        if (worst == CLI_UNUSABLE) {
            cli_complain(cli, results[i]->file, &results[i]->why);
        }
        if (a->format == AS_TEXT) {
            print_text(cli, results[i]);
        } else if (a->format == AS_JSON) {
            write_json(&out, results[i]);
        }
    }
    if (a->format == AS_SARIF) {
        TRY(write_sarif(&out, mem, results, a->n_files, why));
    }
    struct str text;
    TRY(buf_finish(&out, &text, why));
    fwrite(text.ptr, 1, text.len, cli->out);
    *ret_code = code;
    return STATUS_OK;
}

static int run(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    AUTO_ARENA *mem = arena_new(CHECK_MEMORY);
    struct why why = {0};
    struct check_arguments arguments = {AS_TEXT, NULL, 0};
    int code = CLI_UNUSABLE;
    if (mem != NULL) {
        arguments.files = NEW_ARRAY(mem, const char *, (size_t)argc);
    }
    if (arguments.files == NULL) {
        return cli_misuse(cli, command, "out of memory");
    }
    if (cli_arguments(&words, &arguments, argc, argv, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    if (arguments.n_files == 0) {
        return cli_misuse(cli, command, "which policy files?");
    }
    if (check_files(cli, mem, &arguments, &code, &why) != STATUS_OK) {
        fprintf(cli->err, "bulwark: %s\n", why.text);
        return CLI_UNUSABLE;
    }
    return code;
}

const struct cli_command cli_policy_check = {
    .words = "policy check",
    .usage = "[--format text|json|sarif] FILE...",
    .summary = "judge policy documents as the audit does, with witnesses",
    .help =
        "Judges each policy document by the audit checks IOT_POLICY_OVERLY_PERMISSIVE_CHECK and\n"
        "IOT_POLICY_POTENTIAL_MISCONFIGURATION_CHECK. FILE - is standard input.\n"
        "\n"
        "  --format text   for people (the default)\n"
        "  --format json   one object for each file, one a line: file, compliant,\n"
        "                  findings, notes\n"
        "  --format sarif  SARIF 2.1.0, for code scanning\n"
        "\n"
        "Exit: 0 all compliant, 1 findings, 2 a file could not be read or is malformed.\n",
    .run = run,
};
