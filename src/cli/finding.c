/* finding.c: `bulwark finding ID`: one finding, why it matters, what to do. */
#include "base/clock.h"
#include "cli/api_client.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/report.h"
#include "contract/checks.h"

#include "base/banned.h"

enum { FINDING_MEMORY = 64 << 20, ID_MAX = 128 };

static void put_line(struct cli *cli, const char *name, struct str text)
{
    if (text.len > 0) {
        fprintf(cli->out, "%s%-10s%s %.*s\n", cli_style(cli, CLI_BOLD), name,
                cli_style(cli, CLI_PLAIN), STR_ARG(text));
    }
}

static void put_paragraph(struct cli *cli, const char *title, struct str text)
{
    fprintf(cli->out, "\n%s%s%s\n", cli_style(cli, CLI_BOLD), title, cli_style(cli, CLI_PLAIN));
    cli_wrap(cli, 2, text);
}

static enum status put_related(struct cli *cli, struct api_client *client, struct arena *mem,
                               struct str id, struct why *why)
{
    struct str path;
    const struct json_value *reply;
    TRY(str_fmt(mem, &path, why, "/audit/relatedResources?findingId=%.*s&maxResults=25",
                STR_ARG(id)));
    TRY(api_client_call(client, mem, "GET", path, STR_ABSENT, &reply, why));
    const struct json_value *list = json_tree_get(reply, STR("relatedResources"));
    if (JSON_FIRST(list) != NULL) {
        fprintf(cli->out, "\n%sRelated resources%s\n", cli_style(cli, CLI_BOLD),
                cli_style(cli, CLI_PLAIN));
    }
    for (const struct json_value *r = JSON_FIRST(list); r != NULL; r = r->next) {
        const struct json_value *id_member =
            JSON_FIRST(json_tree_get(r, STR("resourceIdentifier")));
        fprintf(cli->out, "  %.*s  %.*s\n", STR_ARG(json_text(r, "resourceType")),
                STR_ARG(id_member == NULL ? STR("") : id_member->text));
    }
    if (!str_absent(json_text(reply, "nextToken"))) {
        fputs("  ... and more: aws iot list-related-resources-for-audit-finding\n", cli->out);
    }
    return STATUS_OK;
}

static enum status show(struct cli *cli, const struct json_value *finding, struct arena *mem,
                        struct why *why)
{
    struct str resource;
    char when[TIME_TEXT_MAX];
    enum check_id id;
    struct str check = json_text(finding, "checkName");
    TRY(finding_resource(finding, mem, &resource, why));
    put_line(cli, "finding", json_text(finding, "findingId"));
    put_line(cli, "severity", json_text(finding, "severity"));
    put_line(cli, "check", check);
    put_line(cli, "resource", resource);
    put_line(cli, "code", json_text(finding, "reasonForNonComplianceCode"));
    put_line(cli, "found", str_from(time_format(json_moment(finding, "findingTime"), when)));
    put_line(cli, "audit", json_text(finding, "taskId"));
    put_paragraph(cli, "What is wrong", json_text(finding, "reasonForNonCompliance"));
    if (check_find(check, &id) && check_rows[id].about.len > 0) {
        put_paragraph(cli, "Why it matters", check_rows[id].about);
        put_paragraph(cli, "What to do", check_rows[id].fix);
    }
    return STATUS_OK;
}

static enum status carry_out(struct cli *cli, const struct api_target *target, struct str id,
                             struct arena *mem, struct api_client **client, struct why *why)
{
    struct str path;
    const struct json_value *reply;
    TRY(api_client_open(target, mem, client, why));
    TRY(str_fmt(mem, &path, why, "/audit/findings/%.*s", STR_ARG(id)));
    TRY(api_client_call(*client, mem, "GET", path, STR_ABSENT, &reply, why));
    TRY(show(cli, json_tree_get(reply, STR("finding")), mem, why));
    return put_related(cli, *client, mem, id, why);
}

/* As the service model has it: [a-zA-Z0-9_-]+, so that it can stand in a path as it is. */
static bool is_id(struct str id)
{
    bool fine = id.len > 0 && id.len <= ID_MAX;
    for (size_t i = 0; i < id.len && fine; i++) {
        char c = id.ptr[i];
        fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    }
    return fine;
}

struct finding_arguments {
    struct api_target target;
    struct str id; /* absent: none yet */
};

static enum status take_id(void *into, const char *word, struct why *why)
{
    struct finding_arguments *a = into;
    if (!is_id(str_from(word))) {
        return why_set(why, STATUS_INVALID, "\"%.140s\" is no id of a finding", word);
    }
    if (!str_absent(a->id)) {
        return why_set(why, STATUS_INVALID, "one finding at a time");
    }
    a->id = str_from(word);
    return STATUS_OK;
}

static const struct cli_option options[] = {CLI_TARGET(struct finding_arguments, target)};
static const struct cli_words words = CLI_WORDS(options, take_id);

static int run_finding(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct finding_arguments arguments = {.id = STR_ABSENT};
    struct why why = {.code = STATUS_OK};
    if (cli_arguments(&words, &arguments, argc, argv, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    if (str_absent(arguments.id)) {
        return cli_misuse(cli, command, "give the id of a finding");
    }
    AUTO_ARENA *mem = arena_new(FINDING_MEMORY);
    struct api_client *client = NULL;
    enum status status = mem == NULL
                             ? why_no_memory(&why)
                             : carry_out(cli, &arguments.target, arguments.id, mem, &client, &why);
    api_client_close(client);
    if (status != STATUS_OK) {
        fprintf(cli->err, "bulwark finding: %s\n", why.text);
    }
    return status == STATUS_OK ? CLI_OK : CLI_UNUSABLE;
}

const struct cli_command cli_finding = {
    .words = "finding",
    .usage = "ID [--data DIR [--config FILE] | --endpoint URL] [--ca-file FILE]",
    .summary = "one finding: what is wrong, why it matters, what to do",
    .help = "Prints a finding of an audit in full, with what it means and how to mend it.\n\n"
            "  --data DIR        the daemon that serves DIR (default ./bulwark-data)\n"
            "  --config FILE     settings of a daemon that is started (default DIR/last.conf)\n"
            "  --endpoint URL    the API at URL, with AWS credentials of the environment\n"
            "  --ca-file FILE    authorities (PEM) that the endpoint's certificate may chain to\n",
    .run = run_finding,
};
