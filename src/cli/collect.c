/* collect.c: `bulwark collect`: an account that lives elsewhere, read into a snapshot or a folder.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/profile.h"
#include "cli/snapshot_file.h"
#include "collect/gather.h"

#include "base/banned.h"

enum {
    COLLECT_MEMORY = 64 << 20,
    CALL_MEMORY = 32 << 20,
    DAYS_DEFAULT = 31,
    DAYS_MAX = 62,
    SHOW_MS = 200,
    BAR_WIDTH = 20,
    ERROR_SHOWN = 240,
};

struct collect {
    struct cli *cli;
    struct profile_arguments profile;
    const char *out;
    const char *data;
    const char *snapshot; /* fill data from this one instead of asking an account */
    const char *config;
    int64_t days;
    struct arena *mem;
    struct arena *call;
    struct aws *aws;
    struct part *part;
    struct str path; /* of the snapshot */
    struct snapshot_head head;
    struct gathered gathered;
    int64_t shown_ms;
    int64_t begun_ms; /* of the area that is shown */
    enum area area;
};

/* ---- arguments ------------------------------------------------------------------------------- */

static enum status set_days(void *into, const struct cli_option *option, const char *value,
                            struct why *why)
{
    struct collect *c = into;
    if (str_to_int64(str_from(value), &c->days) != STATUS_OK || c->days < 0 || c->days > DAYS_MAX) {
        return why_set(why, STATUS_INVALID, "%s is \"%.40s\"; it must be from 0 to %d",
                       option->name, value, DAYS_MAX);
    }
    return STATUS_OK;
}

static const struct cli_option options[] = {
    CLI_PROFILE(struct collect, profile),
    CLI_TEXT(struct collect, out, "--out", "FILE"),
    CLI_TEXT(struct collect, data, "--data", "DIR"),
    CLI_TEXT(struct collect, config, "--config", "FILE"),
    CLI_TEXT(struct collect, snapshot, "--snapshot", "FILE"),
    {"--days", "N", set_days, 0},
};
static const struct cli_words words = CLI_WORDS(options, NULL);

/* ---- progress -------------------------------------------------------------------------------- */

static void put_bar(FILE *err, int64_t done, int64_t total)
{
    int filled = total > 0 ? (int)(done * BAR_WIDTH / total) : 0;
    fputs(" [", err);
    for (int i = 0; i < BAR_WIDTH; i++) {
        fputc(i < filled ? '#' : ' ', err);
    }
    fprintf(err, "] %" PRId64 " of %" PRId64, done, total);
}

static void put_time_left(FILE *err, int64_t passed_ms, int64_t done, int64_t total)
{
    enum { SURE_MS = 3000 };
    if (done > 0 && passed_ms > SURE_MS) {
        int64_t seconds = (total - done) * (passed_ms / done + 1) / SECOND_MS;
        fprintf(err, ", about %" PRId64 " min %02d s left", seconds / 60, (int)(seconds % 60));
    }
}

/* A line on a terminal; nothing elsewhere. */
static void show(void *ctx, const struct gather_progress *progress)
{
    struct collect *c = ctx;
    FILE *err = c->cli->err;
    int64_t now = clock_monotonic_ms();
    if (progress->area != c->area || c->begun_ms == 0) {
        c->area = progress->area;
        c->begun_ms = now;
    }
    if (isatty(fileno(err)) != 1 || now - c->shown_ms < SHOW_MS) {
        return;
    }
    c->shown_ms = now;
    fprintf(err, "\r\033[Kcollecting %.*s", STR_ARG(area_name(progress->area)));
    if (progress->total > 0) {
        put_bar(err, progress->done, progress->total);
        put_time_left(err, now - c->begun_ms, progress->done, progress->total);
    } else if (progress->done > 0) {
        fprintf(err, ": %" PRId64, progress->done);
    }
    struct aws_counts counts = aws_counts_get(c->aws);
    if (counts.throttled > 0) {
        fprintf(err, " (throttled %" PRId64 " times)", counts.throttled);
    }
    fflush(err);
}

static void show_end(const struct collect *c)
{
    if (isatty(fileno(c->cli->err)) == 1) {
        fputs("\r\033[K", c->cli->err);
    }
}

/* ---- what came of it ------------------------------------------------------------------------- */

static void print_area(const struct collect *c, enum area area)
{
    const struct gather_lack *lack = &c->gathered.lacks[area];
    FILE *out = c->cli->out;
    fprintf(out, "  %-20.*s", STR_ARG(area_name(area)));
    if (c->gathered.counts[area] >= 0) {
        fprintf(out, " %8" PRId64, c->gathered.counts[area]);
    } else {
        fprintf(out, " %8s", "");
    }
    if (lack->is && lack->count >= 0) {
        fprintf(out, "   %" PRId64 " not known", lack->count);
    } else if (lack->is) {
        fputs("   not known", out);
    }
    fputc('\n', out);
    if (lack->is) {
        fprintf(out, "    %.*s\n", STR_ARG(str_slice(lack->error, 0, ERROR_SHOWN)));
    }
}

/* How many areas are not known, or not all of them. */
static int print_summary(const struct collect *c, int64_t lines)
{
    struct aws_counts counts = aws_counts_get(c->aws);
    int lacking = 0;
    fprintf(c->cli->out, "Account %.*s in %.*s: %" PRId64 " lines in %.*s, by %" PRId64 " requests",
            STR_ARG(c->head.account), STR_ARG(c->head.region), lines, STR_ARG(c->path),
            counts.requests);
    if (counts.throttled > 0) {
        fprintf(c->cli->out, ", %" PRId64 " of them throttled", counts.throttled);
    }
    fputc('\n', c->cli->out);
    for (int i = 0; i < AREA_COUNT; i++) {
        if (c->gathered.counts[i] >= 0 || c->gathered.lacks[i].is) {
            print_area(c, (enum area)i);
        }
        lacking += c->gathered.lacks[i].is;
    }
    if (lacking > 0) {
        fprintf(c->cli->out,
                "%d areas are not known, or not all of them: an audit says of the checks that need "
                "them that they could not judge.\n",
                lacking);
    }
    if (c->gathered.passing) {
        fprintf(c->cli->out,
                "Some may be told later: run it again, and it goes on from %.*s.part\n",
                STR_ARG(c->path));
    }
    return lacking;
}

/* ---- the command ----------------------------------------------------------------------------- */

static enum status find_account(struct collect *c, struct why *why)
{
    const struct json_value *reply = NULL;
    TRY(aws_call(c->aws, OP_sts_GetCallerIdentity, NULL, 0, c->call, &reply, why));
    const struct json_value *account = json_tree_get(reply, STR("Account"));
    if (account == NULL || account->type != JSON_STRING) {
        return why_set(why, STATUS_INVALID, "sts:GetCallerIdentity does not tell the account");
    }
    return str_dup(c->mem, account->text, &c->head.account, why);
}

static enum status make_folder(struct collect *c, struct why *why)
{
    if (mkdir(c->data, 0700) != 0 && errno != EEXIST) {
        return why_set(why, STATUS_IO, "%s cannot be made: %s", c->data, strerrordesc_np(errno));
    }
    return str_fmt(c->mem, &c->path, why, "%s/collected.snapshot", c->data);
}

static enum status open_account(struct collect *c, struct why *why)
{
    struct aws_options aws = {.clock = clock_system(), .rnd = rnd_system()};
    TRY(profile_find(&c->profile, c->mem, &aws, why));
    c->head.region = aws.places.region;
    c->head.endpoint = str_absent(aws.places.all) ? STR("aws") : aws.places.all;
    c->head.begun = clock_now(&aws.clock);
    c->head.ended = TIME_NEVER;
    c->head.history_from = c->days == 0 ? TIME_NEVER : c->head.begun - c->days * (int64_t)DAY_MS;
    TRY(aws_new(&aws, &c->aws, why));
    return find_account(c, why);
}

static enum status gather(struct collect *c, int64_t *ret_lines, struct why *why)
{
    int64_t kept = 0;
    TRY(part_open(c->path, &c->head, &c->part, &kept, why));
    if (kept > 0) {
        char began[TIME_TEXT_MAX];
        fprintf(c->cli->err, "going on from %.*s.part, begun %s: %" PRId64 " lines are there\n",
                STR_ARG(c->path), time_format(c->head.begun, began), kept);
    }
    const struct gather_options gathering = {.aws = c->aws,
                                             .part = c->part,
                                             .clock = clock_system(),
                                             .history_from = c->head.history_from,
                                             .history_to = c->head.begun,
                                             .told = show,
                                             .told_ctx = c};
    enum status status = gather_run(&gathering, c->mem, &c->gathered, why);
    show_end(c);
    TRY(status);
    const struct clock now = clock_system();
    c->head.ended = clock_now(&now);
    if (c->gathered.lacks[AREA_CONNECTIONS].is) {
        c->head.history_from = TIME_NEVER;
    }
    return part_finish(c->part, &c->head, c->gathered.passing, ret_lines, why);
}

static enum status fill_folder(struct collect *c, const char *snapshot, struct why *why)
{
    TRY(snapshot_into_folder(snapshot, c->data, c->config, c->mem, why));
    fprintf(c->cli->out, "%s holds the account; audit it with bulwark audit --data %s\n", c->data,
            c->data);
    return STATUS_OK;
}

static enum status carry_out(struct collect *c, int *ret_lacking, struct why *why)
{
    int64_t lines = 0;
    TRY_PTR(c->mem);
    TRY_PTR(c->call);
    if (c->snapshot != NULL) {
        return fill_folder(c, c->snapshot, why);
    }
    c->path = str_from(c->out);
    if (c->data != NULL) {
        TRY(make_folder(c, why));
    }
    TRY(open_account(c, why));
    TRY(gather(c, &lines, why));
    *ret_lacking = print_summary(c, lines);
    return c->data == NULL ? STATUS_OK : fill_folder(c, c->path.ptr, why);
}

static int run_collect(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct collect c = {.cli = cli, .days = DAYS_DEFAULT};
    struct why why = {.code = STATUS_OK};
    int lacking = 0;
    if (cli_arguments(&words, &c, argc, argv, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    if ((c.out == NULL) == (c.data == NULL)) {
        return cli_misuse(cli, command, "give either --out FILE or --data DIR");
    }
    if (c.snapshot != NULL && c.data == NULL) {
        return cli_misuse(cli, command, "--snapshot fills a folder: give --data DIR");
    }
    c.mem = arena_new(COLLECT_MEMORY);
    c.call = arena_new(CALL_MEMORY);
    enum status status = carry_out(&c, &lacking, &why);
    if (status != STATUS_OK) {
        fprintf(cli->err, "bulwark collect: %s\n", why.text);
    }
    if (status != STATUS_OK && c.part != NULL && c.head.ended == TIME_NEVER) {
        fprintf(cli->err,
                "What was read is in %.*s.part; run it again, and it goes on from there.\n",
                STR_ARG(c.path));
    }
    part_free(c.part);
    aws_free(c.aws);
    arena_free(c.call);
    arena_free(c.mem);
    return status != STATUS_OK ? CLI_UNUSABLE : lacking > 0 ? CLI_FOUND : CLI_OK;
}

const struct cli_command cli_collect = {
    .words = "collect",
    .usage = "(--out FILE | --data DIR [--config FILE] [--snapshot FILE]) [--endpoint-url URL] "
             "[--region REGION] "
             "[--profile NAME] [--ca-file FILE] [--days N]",
    .summary = "read an AWS account, or what speaks its API, to audit it here",
    .help =
        "Reads what audits need to know of an account: its AWS IoT certificates, policies, "
        "things,\n"
        "groups, role aliases and settings, the roles and identity pools that devices use, and "
        "who\n"
        "was connected. It changes nothing there.\n\n"
        "  --out FILE          into a snapshot file, which bulwark audit --snapshot FILE judges\n"
        "  --data DIR          into a data folder that is new, or was made in this way\n"
        "  --snapshot FILE     fill the folder from this snapshot, and ask no account\n"
        "  --config FILE       settings of the daemon that is started to fill the folder\n"
        "  --endpoint-url URL  ask there instead of AWS (AWS_ENDPOINT_URL)\n"
        "  --region REGION     the region (AWS_REGION, the profile's)\n"
        "  --profile NAME      credentials and region of this profile of AWS's tools\n"
        "  --ca-file FILE      trust these authorities (PEM) too (AWS_CA_BUNDLE)\n"
        "  --days N            days of connections to read from the log group AWSIotLogsV2\n"
        "                      (default 31, at most 62, 0: none)\n\n"
        "Credentials are found as AWS's tools find them. When it is cut off, run it again: it "
        "goes\n"
        "on from FILE.part. What the account refuses to tell is told at the end, and is unknown "
        "to\n"
        "audits of the snapshot.\n\n"
        "Exit status: 0 everything was told; 1 some was not; 2 it broke off.\n",
    .run = run_collect,
};
