/* mitigate_account.c: see mitigate_account.h. */
#include "cli/mitigate_account.h"

#include <inttypes.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/mitigate_plan.h"
#include "cli/profile.h"
#include "cli/snapshot_file.h"

#include "base/banned.h"

enum { PLAN_MEMORY = 1 << 30, CALL_MEMORY = 64 << 20, REFUSALS_SHOWN = 20 };

struct account_arguments {
    struct plan_request request;
    struct profile_arguments profile;
    const char *journal;
    bool apply;
};

/* What is told of a change that is to be made. */
enum told { TOLD_MADE, TOLD_AGAIN, TOLD_EARLIER, TOLD_KNOWN, TOLD_MOVED, TOLD_REFUSED, TOLD_COUNT };

struct applying {
    struct cli *cli;
    const struct account_arguments *arguments;
    struct arena *mem;
    struct arena *call;
    struct aws *aws;
    struct journal *journal;
    struct plan plan;
    struct str snapshot;                 /* its digest */
    int64_t told[TOLD_COUNT];            /* when applying */
    int64_t counts[JOURNAL_STATE_COUNT]; /* when undoing */
};

/* ---- arguments ------------------------------------------------------------------------------- */

static enum status add_pair(struct plan_pair *pairs, size_t *n, const struct cli_option *option,
                            const char *value, struct why *why)
{
    struct str text = str_from(value);
    size_t equals = str_find_char(text, '=', 0);
    if (equals == 0 || equals + 1 >= text.len) {
        return why_set(why, STATUS_INVALID, "%s is \"%.200s\"; it must be %s", option->name, value,
                       option->value);
    }
    if (*n == PLAN_PAIRS_MAX) {
        return why_set(why, STATUS_INVALID, "%s can be given %d times", option->name,
                       PLAN_PAIRS_MAX);
    }
    pairs[(*n)++] =
        (struct plan_pair){str_slice(text, 0, equals), str_slice(text, equals + 1, text.len)};
    return STATUS_OK;
}

static enum status add_action(void *into, const struct cli_option *option, const char *value,
                              struct why *why)
{
    struct account_arguments *a = into;
    return add_pair(a->request.actions, &a->request.n_actions, option, value, why);
}

static enum status add_code(void *into, const struct cli_option *option, const char *value,
                            struct why *why)
{
    struct account_arguments *a = into;
    return add_pair(a->request.codes, &a->request.n_codes, option, value, why);
}

static enum status add_text(struct str *texts, size_t *n, size_t max,
                            const struct cli_option *option, const char *value, struct why *why)
{
    if (*n == max) {
        return why_set(why, STATUS_INVALID, "%s can be given %zu times", option->name, max);
    }
    texts[(*n)++] = str_from(value);
    return STATUS_OK;
}

static enum status add_group(void *into, const struct cli_option *option, const char *value,
                             struct why *why)
{
    struct account_arguments *a = into;
    return add_text(a->request.groups, &a->request.n_groups, PLAN_GROUPS_MAX, option, value, why);
}

static enum status add_resource(void *into, const struct cli_option *option, const char *value,
                                struct why *why)
{
    struct account_arguments *a = into;
    return add_text(a->request.resources, &a->request.n_resources, PLAN_RESOURCES_MAX, option,
                    value, why);
}

static const struct cli_option options[] = {
    CLI_PROFILE(struct account_arguments, profile),
    CLI_TEXT(struct account_arguments, request.snapshot, "--snapshot", "FILE"),
    CLI_TEXT(struct account_arguments, request.config, "--config", "FILE"),
    CLI_TEXT(struct account_arguments, request.logging_role, "--logging-role", "ARN"),
    CLI_TEXT(struct account_arguments, request.log_level, "--log-level", "LEVEL"),
    CLI_TEXT(struct account_arguments, request.topic, "--topic", "ARN"),
    CLI_TEXT(struct account_arguments, journal, "--journal", "FILE"),
    CLI_FLAG(struct account_arguments, apply, "--apply"),
    {"--action", "CHECK=KIND or CHECK=KIND,KIND", add_action, 0},
    {"--code", "CHECK=CODE or CHECK=CODE,CODE", add_code, 0},
    {"--group", "NAME", add_group, 0},
    {"--resource", "NAME", add_resource, 0},
};
static const struct cli_words words = CLI_WORDS(options, NULL);

static bool has_word(int argc, char **argv, const char *name)
{
    size_t len = strlen(name);
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], name, len) == 0 && (argv[i][len] == '\0' || argv[i][len] == '=')) {
            return true;
        }
    }
    return false;
}

bool mitigate_account_is_meant(int argc, char **argv)
{
    return has_word(argc, argv, "--snapshot") || has_word(argc, argv, "--journal") ||
           has_word(argc, argv, "--endpoint-url");
}

/* The command's two forms differ in a few letters. */
static enum status check_form(int argc, char **argv, struct why *why)
{
    static const char *const others[] = {"--audit", "--finding", "--dry-run", "--task-id",
                                         "--show",  "--data",    "--endpoint"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (has_word(argc, argv, others[i])) {
            return why_set(why, STATUS_INVALID,
                           "%s belongs to the form for a Bulwark daemon (--data DIR or --endpoint "
                           "URL, with --audit or --finding), which acts unless --dry-run is given; "
                           "--endpoint-url, --snapshot and --journal are of the form for an AWS "
                           "account, which is a dry run unless --apply is given",
                           others[i]);
        }
    }
    return STATUS_OK;
}

static enum status read_arguments(struct account_arguments *a, int argc, char **argv,
                                  struct why *why)
{
    TRY(check_form(argc, argv, why));
    TRY(cli_arguments(&words, a, argc, argv, why));
    if (a->request.snapshot == NULL) {
        return why_set(why, STATUS_INVALID,
                       "give --snapshot FILE, which bulwark collect makes of the account");
    }
    if (a->request.log_level == NULL) {
        a->request.log_level = "WARN";
    }
    return a->request.n_actions > 0 ? STATUS_OK
                                    : why_set(why, STATUS_INVALID, "give at least one --action");
}

/* ---- the account ----------------------------------------------------------------------------- */

/* The account of the credentials must be that of the plan: nothing is changed in another. */
static enum status open_account(const struct profile_arguments *profile, struct str account,
                                struct arena *mem, struct arena *call, struct aws **ret,
                                struct journal_head *head, struct why *why)
{
    struct aws_options aws = {.clock = clock_system(), .rnd = rnd_system()};
    const struct json_value *reply = NULL;
    TRY(profile_find(profile, mem, &aws, why));
    TRY(aws_new(&aws, ret, why));
    TRY(aws_call(*ret, OP_sts_GetCallerIdentity, NULL, 0, call, &reply, why));
    const struct json_value *found = json_tree_get(reply, STR("Account"));
    struct str id = found == NULL ? STR("") : found->text;
    if (!str_absent(account) && !str_eq(id, account)) {
        return why_set(why, STATUS_INVALID,
                       "these credentials are of account %.*s, and the snapshot is of %.*s",
                       STR_ARG(str_slice(id, 0, 32)), STR_ARG(account));
    }
    TRY(str_dup(mem, id, &head->account, why));
    head->region = aws.places.region;
    head->snapshot = STR_ABSENT;
    head->endpoint = str_absent(aws.places.all) ? STR("aws") : aws.places.all;
    return STATUS_OK;
}

/* ---- what is shown --------------------------------------------------------------------------- */

static void print_change(FILE *out, const struct change *c)
{
    fprintf(out, "%.*s %.*s", STR_ARG(c->kind),
            STR_ARG(c->resource.len > 0 ? c->resource : STR("of the account")));
    if (c->part.len > 0) {
        fprintf(out, " %.*s", STR_ARG(c->part));
    }
    fprintf(out, ": %.*s -> %.*s", c->before.len > 0 ? (int)c->before.len : 1,
            c->before.len > 0 ? c->before.ptr : "-", STR_ARG(c->after));
}

static void print_plan(const struct applying *a)
{
    FILE *out = a->cli->out;
    const struct plan *plan = &a->plan;
    for (size_t i = 0; i < plan->n; i++) {
        fputs("change  ", out);
        print_change(out, &plan->changes[i]);
        fputc('\n', out);
    }
    for (size_t i = 0; i < plan->n_refused && i < REFUSALS_SHOWN; i++) {
        fprintf(out, "refused %.*s\n", STR_ARG(plan->refused[i]));
    }
    for (size_t i = 0; i < plan->n_unjudged; i++) {
        fprintf(a->cli->err, "bulwark mitigate: %.*s\n", STR_ARG(plan->unjudged[i]));
    }
    fprintf(out, "%zu changes in account %.*s, %zu steps would be refused\n", plan->n,
            STR_ARG(plan->account), plan->n_refused);
}

static void print_end(const struct applying *a, const char *word, const struct change *change,
                      struct str note)
{
    fprintf(a->cli->out, "%-16s ", word);
    print_change(a->cli->out, change);
    if (note.len > 0) {
        fprintf(a->cli->out, " (%.*s)", STR_ARG(note));
    }
    fputc('\n', a->cli->out);
}

/* ---- applying -------------------------------------------------------------------------------- */

/* What one resource refuses is told of that one; the rest goes on. */
static bool is_refusal(enum status status)
{
    return status == STATUS_DENIED || status == STATUS_INVALID || status == STATUS_NOT_FOUND ||
           status == STATUS_CONFLICT || status == STATUS_VERSIONS_LIMIT ||
           status == STATUS_UNSUPPORTED || status == STATUS_BUSY;
}

static enum journal_state state_of(enum change_end end)
{
    static const enum journal_state states[] = {[CHANGE_MADE] = JOURNAL_MADE,
                                                [CHANGE_KNOWN] = JOURNAL_KNOWN,
                                                [CHANGE_MOVED] = JOURNAL_MOVED,
                                                [CHANGE_RESTORED] = JOURNAL_RESTORED,
                                                [CHANGE_KEPT] = JOURNAL_KEPT};
    return states[end];
}

static void tell(struct applying *a, enum told told, const struct change *change, struct str note)
{
    static const char *const texts[TOLD_COUNT] = {
        [TOLD_MADE] = "made",
        [TOLD_AGAIN] = "made again",
        [TOLD_EARLIER] = "made earlier",
        [TOLD_KNOWN] = "was so already",
        [TOLD_MOVED] = "left alone",
        [TOLD_REFUSED] = "refused",
    };
    a->told[told]++;
    print_end(a, texts[told], change, note);
}

/* Makes it, in the journal before and after. made: an earlier run did, and it is no longer so. */
static enum status make_one(struct applying *a, const struct change *change, bool begun, bool made,
                            struct why *why)
{
    static const enum told tolds[] = {
        [CHANGE_MADE] = TOLD_MADE, [CHANGE_KNOWN] = TOLD_KNOWN, [CHANGE_MOVED] = TOLD_MOVED};
    struct change_outcome outcome;
    struct why inner = {.code = STATUS_OK};
    size_t n = 0;
    TRY(journal_begin(a->journal, change, &n, why));
    enum status status = change_make(a->aws, change, begun, a->call, &outcome, &inner);
    if (status == STATUS_OK) {
        TRY(journal_end(a->journal, n, state_of(outcome.end), outcome.left, outcome.note, why));
        bool again = made && outcome.end == CHANGE_MADE;
        tell(a, again ? TOLD_AGAIN : tolds[outcome.end], change, outcome.note);
        return STATUS_OK;
    }
    if (!is_refusal(status)) {
        return why_set(why, status, "%s", inner.text);
    }
    if (status != STATUS_BUSY) { /* else it stays begun: it may have been made */
        TRY(journal_end(a->journal, n, JOURNAL_REFUSED, STR(""), str_from(inner.text), why));
    }
    tell(a, TOLD_REFUSED, change, str_from(inner.text));
    return STATUS_OK;
}

/* What the journal says was made is looked at again; while it stands, its entry stays what an undo
 * goes by. */
static enum status look_again(struct applying *a, const struct change *change, bool *ret_due,
                              struct why *why)
{
    struct change_outcome outcome = {.end = CHANGE_KNOWN};
    struct why inner = {.code = STATUS_OK};
    enum status status = change_look(a->aws, change, a->call, &outcome, &inner);
    if (status != STATUS_OK && !is_refusal(status)) {
        return why_set(why, status, "%s", inner.text);
    }
    *ret_due = status == STATUS_OK && outcome.end == CHANGE_DUE;
    if (status != STATUS_OK) {
        tell(a, TOLD_REFUSED, change, str_from(inner.text));
    } else if (outcome.end != CHANGE_DUE) {
        tell(a, outcome.end == CHANGE_KNOWN ? TOLD_EARLIER : TOLD_MOVED, change, outcome.note);
    }
    return STATUS_OK;
}

static enum status apply_one(struct applying *a, const struct change *change, struct why *why)
{
    const struct journal_entry *old = journal_find(a->journal, change);
    bool stands = old != NULL && (old->state == JOURNAL_MADE || old->state == JOURNAL_KEPT);
    bool undone = old != NULL && old->state == JOURNAL_RESTORED;
    bool begun = old != NULL && old->state == JOURNAL_BEGUN;
    bool due = true;
    arena_clear(a->call);
    if (stands) {
        TRY(look_again(a, change, &due, why));
    }
    return due ? make_one(a, change, begun, stands || undone, why) : STATUS_OK;
}

/* The journal beside the snapshot follows it; one that was named must be of this snapshot. */
static enum status open_journal(struct applying *a, struct journal_head *head, struct str *ret_path,
                                struct why *why)
{
    const char *named = a->arguments->journal;
    head->snapshot = a->snapshot;
    *ret_path = str_from(named);
    if (named == NULL) {
        TRY(str_fmt(a->mem, ret_path, why, "%s.journal", a->arguments->request.snapshot));
    }
    TRY(journal_open(ret_path->ptr, named == NULL ? JOURNAL_RENEW : JOURNAL_MAKE, head, &a->journal,
                     why));
    struct str aside = journal_aside(a->journal);
    if (!str_absent(aside)) {
        fprintf(a->cli->out, "The journal of another snapshot is kept as %.*s.\n", STR_ARG(aside));
    }
    return STATUS_OK;
}

static enum status apply_all(struct applying *a, struct why *why)
{
    struct journal_head head;
    struct str path;
    if (a->plan.untold > 0) {
        return why_set(why, STATUS_TOO_LARGE,
                       "%" PRId64 " more changes belong to steps too large to be shown whole; "
                       "nothing was changed",
                       a->plan.untold);
    }
    TRY(open_account(&a->arguments->profile, a->plan.account, a->mem, a->call, &a->aws, &head,
                     why));
    if (!str_eq(head.region, a->plan.region)) {
        return why_set(why, STATUS_INVALID, "the snapshot is of %.*s, and --region is %.*s",
                       STR_ARG(a->plan.region), STR_ARG(head.region));
    }
    TRY(open_journal(a, &head, &path, why));
    for (size_t i = 0; i < a->plan.n; i++) {
        TRY(apply_one(a, &a->plan.changes[i], why));
    }
    fprintf(a->cli->out,
            "%" PRId64 " made, %" PRId64 " made again, %" PRId64 " made earlier, %" PRId64
            " were so already, %" PRId64 " left alone, %" PRId64
            " refused; bulwark mitigate undo --journal %.*s takes them back\n",
            a->told[TOLD_MADE], a->told[TOLD_AGAIN], a->told[TOLD_EARLIER], a->told[TOLD_KNOWN],
            a->told[TOLD_MOVED], a->told[TOLD_REFUSED], STR_ARG(path));
    return STATUS_OK;
}

static enum status carry_out(struct applying *a, struct why *why)
{
    TRY_PTR(a->mem);
    TRY_PTR(a->call);
    TRY(snapshot_file_digest(a->arguments->request.snapshot, a->mem, &a->snapshot, why));
    TRY(plan_make(&a->arguments->request, a->mem, &a->plan, why));
    print_plan(a);
    if (!a->arguments->apply) {
        fputs("This was a dry run: nothing was asked of the account, and nothing changed. --apply "
              "makes the changes.\n",
              a->cli->out);
        return STATUS_OK;
    }
    return apply_all(a, why);
}

static void release(struct applying *a)
{
    collect_journal_free(a->journal);
    aws_free(a->aws);
    arena_free(a->call);
    arena_free(a->mem);
}

int mitigate_account_run(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct account_arguments arguments = {.apply = false};
    struct why why = {.code = STATUS_OK};
    if (read_arguments(&arguments, argc, argv, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    struct applying a = {.cli = cli,
                         .arguments = &arguments,
                         .mem = arena_new(PLAN_MEMORY),
                         .call = arena_new(CALL_MEMORY)};
    enum status status = carry_out(&a, &why);
    if (status != STATUS_OK) {
        fprintf(cli->err, "bulwark mitigate: %s\n", why.text);
    }
    bool trouble = a.plan.n_refused > 0 || a.told[TOLD_MOVED] > 0 || a.told[TOLD_REFUSED] > 0 ||
                   a.plan.n_unjudged > 0;
    release(&a);
    return status != STATUS_OK ? CLI_UNUSABLE : trouble ? CLI_FOUND : CLI_OK;
}

/* ---- undoing --------------------------------------------------------------------------------- */

struct undo_arguments {
    struct profile_arguments profile;
    const char *journal;
    bool apply;
};

static const struct cli_option undo_options[] = {
    CLI_PROFILE(struct undo_arguments, profile),
    CLI_TEXT(struct undo_arguments, journal, "--journal", "FILE"),
    CLI_FLAG(struct undo_arguments, apply, "--apply"),
};
static const struct cli_words undo_words = CLI_WORDS(undo_options, NULL);

static void tell_entry(struct applying *a, enum journal_state state, const struct change *change,
                       struct str note)
{
    static const char *const texts[JOURNAL_STATE_COUNT] = {
        [JOURNAL_BEGUN] = "begun",
        [JOURNAL_MADE] = "made",
        [JOURNAL_KNOWN] = "was so already",
        [JOURNAL_MOVED] = "left alone",
        [JOURNAL_REFUSED] = "refused",
        [JOURNAL_RESTORED] = "restored",
        [JOURNAL_KEPT] = "kept",
    };
    a->counts[state]++;
    print_end(a, texts[state], change, note);
}

/* One whose end is not known is first found out about, as when it is gone on with. */
static enum status settle(struct applying *a, size_t n, struct why *why)
{
    const struct journal_entry *entry = journal_at(a->journal, n);
    struct change_outcome outcome;
    if (entry->state != JOURNAL_BEGUN) {
        return STATUS_OK;
    }
    TRY(change_make(a->aws, &entry->change, true, a->call, &outcome, why));
    return journal_end(a->journal, n, state_of(outcome.end), outcome.left, outcome.note, why);
}

static enum status undo_one(struct applying *a, size_t n, bool apply, struct why *why)
{
    struct change_outcome outcome;
    struct why inner = {.code = STATUS_OK};
    arena_clear(a->call);
    if (apply) {
        TRY(settle(a, n, why));
    }
    const struct journal_entry *entry = journal_at(a->journal, n);
    bool pending = entry->state == JOURNAL_MADE || entry->state == JOURNAL_BEGUN;
    if (!pending || !apply) {
        tell_entry(a, entry->state, &entry->change, entry->note);
        return STATUS_OK;
    }
    enum status status =
        change_undo(a->aws, &entry->change, entry->left, a->call, &outcome, &inner);
    if (status != STATUS_OK && !is_refusal(status)) {
        return why_set(why, status, "%s", inner.text);
    }
    if (status != STATUS_OK) { /* it stays made: another time */
        tell_entry(a, JOURNAL_REFUSED, &entry->change, str_from(inner.text));
        return STATUS_OK;
    }
    TRY(journal_end(a->journal, n, state_of(outcome.end), STR_ABSENT, outcome.note, why));
    tell_entry(a, state_of(outcome.end), &entry->change, outcome.note);
    return STATUS_OK;
}

static enum status undo_all(struct applying *a, const struct undo_arguments *arguments,
                            struct why *why)
{
    struct journal_head head;
    TRY_PTR(a->mem);
    TRY_PTR(a->call);
    TRY(open_account(&arguments->profile, STR_ABSENT, a->mem, a->call, &a->aws, &head, why));
    TRY(journal_open(arguments->journal, JOURNAL_THERE, &head, &a->journal, why));
    for (size_t n = journal_count(a->journal); n > 0; n--) {
        TRY(undo_one(a, n - 1, arguments->apply, why));
    }
    if (!arguments->apply) {
        fprintf(a->cli->out,
                "%" PRId64 " changes would be taken back. This was a dry run; --apply does it.\n",
                a->counts[JOURNAL_MADE] + a->counts[JOURNAL_BEGUN]);
        return STATUS_OK;
    }
    fprintf(a->cli->out, "%" PRId64 " restored, %" PRId64 " kept, %" PRId64 " refused\n",
            a->counts[JOURNAL_RESTORED], a->counts[JOURNAL_KEPT], a->counts[JOURNAL_REFUSED]);
    return STATUS_OK;
}

int mitigate_account_undo(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct undo_arguments arguments = {.apply = false};
    struct why why = {.code = STATUS_OK};
    if (cli_arguments(&undo_words, &arguments, argc, argv, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    if (arguments.journal == NULL) {
        return cli_misuse(cli, command, "give the --journal that the mitigation wrote");
    }
    struct applying a = {.cli = cli, .mem = arena_new(PLAN_MEMORY), .call = arena_new(CALL_MEMORY)};
    enum status status = undo_all(&a, &arguments, &why);
    if (status != STATUS_OK) {
        fprintf(cli->err, "bulwark mitigate undo: %s\n", why.text);
    }
    bool trouble = a.counts[JOURNAL_KEPT] > 0 || a.counts[JOURNAL_REFUSED] > 0;
    release(&a);
    return status != STATUS_OK ? CLI_UNUSABLE : trouble ? CLI_FOUND : CLI_OK;
}
