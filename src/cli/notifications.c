/* notifications.c: `bulwark notifications`: what is to be delivered, and what was given up. */
#include <inttypes.h>

#include "base/clock.h"
#include "cli/api_client.h"
#include "cli/arguments.h"
#include "cli/cli.h"

#include "base/banned.h"

enum { MEMORY = 64 << 20, ID_MAX = 64, IDS_MAX = 64, PATH_MAX_BYTES = 8192 };

struct request {
    struct api_target target;
    bool pending; /* --pending */
    bool dead;    /* --dead */
    struct str ids[IDS_MAX];
    size_t n_ids;
};

/* ---- showing --------------------------------------------------------------------------------- */

static void put_field(struct cli *cli, const char *name, struct str text)
{
    if (text.len > 0) {
        fprintf(cli->out, "%s%s%s\n", cli_style(cli, CLI_BOLD), name, cli_style(cli, CLI_PLAIN));
        cli_wrap(cli, 2, text);
    }
}

/* Where it goes: an endpoint, or a topic whose subscribers it has not yet been spread to. */
static struct str goes_to(const struct json_value *row)
{
    struct str endpoint = json_text(row, "endpoint");
    return endpoint.len > 0 ? endpoint : json_text(row, "topicArn");
}

static void put_row(struct cli *cli, const struct json_value *row)
{
    char created[TIME_TEXT_MAX];
    fprintf(cli->out, "%.*s  %s  %-12.*s  %3" PRId64 " tries  %.*s\n",
            STR_ARG(json_text(row, "notificationId")),
            time_format(json_moment(row, "creationDate"), created), STR_ARG(json_text(row, "kind")),
            json_number(row, "attempts"), STR_ARG(goes_to(row)));
    struct str error = json_text(row, "lastError");
    if (error.len > 0) {
        cli_wrap(cli, 4, error);
    }
}

static void put_whole(struct cli *cli, const struct json_value *row)
{
    char created[TIME_TEXT_MAX];
    char next[TIME_TEXT_MAX];
    char tries[32];
    snprintf(tries, sizeof tries, "%" PRId64, json_number(row, "attempts"));
    put_field(cli, "notification", json_text(row, "notificationId"));
    put_field(cli, "message", json_text(row, "messageId"));
    put_field(cli, "kind", json_text(row, "kind"));
    put_field(cli, "status", json_text(row, "status"));
    put_field(cli, "topic", json_text(row, "topicArn"));
    put_field(cli, "subscription", json_text(row, "subscriptionArn"));
    put_field(cli, "endpoint", json_text(row, "endpoint"));
    put_field(cli, "created", str_from(time_format(json_moment(row, "creationDate"), created)));
    put_field(cli, "tries", str_from(tries));
    if (json_moment(row, "nextTryDate") != TIME_NEVER) {
        put_field(cli, "next try", str_from(time_format(json_moment(row, "nextTryDate"), next)));
    }
    put_field(cli, "last error", json_text(row, "lastError"));
    put_field(cli, "subject", json_text(row, "subject"));
    put_field(cli, "text", json_text(row, "message"));
}

/* ---- asking ---------------------------------------------------------------------------------- */

struct session {
    struct cli *cli;
    struct api_client *client;
    struct arena *mem;  /* of one reply */
    struct arena *kept; /* of what outlives it */
};

/* A page of those in a state; *token, in session->kept, is where the next one begins. */
static enum status read_page(struct session *s, const char *status, struct str *token,
                             const struct json_value **ret, struct why *why)
{
    struct str path;
    const struct json_value *reply;
    arena_clear(s->mem);
    TRY(str_fmt(s->mem, &path, why, "/bulwark/notifications?maxResults=100%s%.*s&status=%s",
                str_absent(*token) ? "" : "&nextToken=", STR_ARG(*token), status));
    TRY(api_client_call(s->client, s->mem, "GET", path, STR_ABSENT, &reply, why));
    arena_clear(s->kept);
    TRY(str_dup(s->kept, json_text(reply, "nextToken"), token, why));
    *ret = json_tree_get(reply, STR("notifications"));
    return STATUS_OK;
}

static enum status list(struct session *s, const struct request *request, size_t *ret_n,
                        struct why *why)
{
    const char *status = request->pending ? "PENDING" : "DEAD";
    struct str token = STR_ABSENT;
    do {
        const struct json_value *rows;
        TRY(read_page(s, status, &token, &rows, why));
        for (const struct json_value *row = JSON_FIRST(rows); row != NULL; row = row->next) {
            put_row(s->cli, row);
            (*ret_n)++;
        }
    } while (!str_absent(token));
    fprintf(s->cli->out, "%zu %s\n", *ret_n, status);
    return STATUS_OK;
}

static enum status call_one(struct session *s, const char *method, struct str id, const char *verb,
                            const struct json_value **ret, struct why *why)
{
    struct str path;
    arena_clear(s->mem);
    TRY(str_fmt(s->mem, &path, why, "/bulwark/notifications/%.*s%s", STR_ARG(id), verb));
    bool post = verb[0] != '\0';
    return api_client_call(s->client, s->mem, method, path, post ? STR("{}") : STR_ABSENT, ret,
                           why);
}

static enum status show(struct session *s, const struct request *request, size_t *ret_n,
                        struct why *why)
{
    const struct json_value *row;
    TRY(call_one(s, "GET", request->ids[0], "", &row, why));
    put_whole(s->cli, row);
    *ret_n = 1;
    return STATUS_OK;
}

static enum status send_one(struct session *s, struct str id, size_t *ret_n, struct why *why)
{
    const struct json_value *row;
    TRY(call_one(s, "POST", id, "/resend", &row, why));
    (*ret_n)++;
    return STATUS_OK;
}

/* The ids of a page first: what was sent again is in no later page. */
static enum status send_dead(struct session *s, size_t *ret_n, struct why *why)
{
    for (bool more = true; more;) {
        struct str token = STR_ABSENT;
        struct str ids[100];
        size_t n = 0;
        const struct json_value *rows;
        TRY(read_page(s, "DEAD", &token, &rows, why));
        more = !str_absent(token);
        for (const struct json_value *row = JSON_FIRST(rows); row != NULL && n < 100;
             row = row->next) {
            TRY(str_dup(s->kept, json_text(row, "notificationId"), &ids[n++], why));
        }
        for (size_t i = 0; i < n; i++) {
            TRY(send_one(s, ids[i], ret_n, why));
        }
    }
    return STATUS_OK;
}

static enum status send(struct session *s, const struct request *request, size_t *ret_n,
                        struct why *why)
{
    enum status status = request->dead ? send_dead(s, ret_n, why) : STATUS_OK;
    for (size_t i = 0; i < request->n_ids && status == STATUS_OK; i++) {
        status = send_one(s, request->ids[i], ret_n, why);
    }
    fprintf(s->cli->out, "%zu will be sent again\n", *ret_n);
    return status;
}

/* ---- the commands ---------------------------------------------------------------------------- */

static bool is_id(struct str id)
{
    bool fine = id.len > 0 && id.len <= ID_MAX;
    for (size_t i = 0; i < id.len && fine; i++) {
        char c = id.ptr[i];
        fine =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    }
    return fine;
}

static enum status take_id(void *into, const char *word, struct why *why)
{
    struct request *request = into;
    if (!is_id(str_from(word)) || request->n_ids == IDS_MAX) {
        return why_set(why, STATUS_INVALID,
                       "it takes ids of notifications, at most %d; \"%.140s\" is none, or one more",
                       IDS_MAX, word);
    }
    request->ids[request->n_ids++] = str_from(word);
    return STATUS_OK;
}

static const struct cli_option options[] = {CLI_TARGET(struct request, target),
                                            CLI_FLAG(struct request, pending, "--pending"),
                                            CLI_FLAG(struct request, dead, "--dead")};
static const struct cli_words words = CLI_WORDS(options, take_id);

static int run(struct cli *cli, const struct cli_command *command, const struct request *request,
               enum status (*what)(struct session *s, const struct request *request, size_t *ret_n,
                                   struct why *why),
               size_t *ret_n)
{
    AUTO_ARENA *mem = arena_new(MEMORY);
    AUTO_ARENA *reply = arena_new(MEMORY);
    AUTO_ARENA *kept = arena_new(MEMORY);
    struct session s = {.cli = cli, .mem = reply, .kept = kept};
    struct why why = {.code = STATUS_OK};
    enum status status = mem == NULL || reply == NULL || kept == NULL
                             ? why_no_memory(&why)
                             : api_client_open(&request->target, mem, &s.client, &why);
    status = status == STATUS_OK ? what(&s, request, ret_n, &why) : status;
    if (status != STATUS_OK) {
        fprintf(cli->err, "bulwark %s: %s\n", command->words, why.text);
    }
    api_client_close(s.client);
    return status == STATUS_OK ? CLI_OK : CLI_UNUSABLE;
}

/* What was asked for, and whether it is what the command takes. */
static bool reads(struct cli *cli, const struct cli_command *command, int argc, char **argv,
                  struct request *request, bool (*fits)(const struct request *request),
                  const char *rule)
{
    struct why why = {.code = STATUS_OK};
    bool read = cli_arguments(&words, request, argc, argv, &why) == STATUS_OK;
    if (!read || !fits(request)) {
        cli_misuse(cli, command, read ? rule : why.text);
        return false;
    }
    return true;
}

static bool fits_list(const struct request *request)
{
    return request->n_ids == 0 && !(request->pending && request->dead);
}

static int run_list(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct request request = {.n_ids = 0};
    size_t n = 0;
    if (!reads(cli, command, argc, argv, &request, fits_list, "it takes --dead or --pending")) {
        return CLI_UNUSABLE;
    }
    int code = run(cli, command, &request, list, &n);
    return code == CLI_OK && !request.pending && n > 0 ? CLI_FOUND : code;
}

static bool fits_show(const struct request *request)
{
    return request->n_ids == 1 && !request->dead && !request->pending;
}

static int run_show(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct request request = {.n_ids = 0};
    size_t n = 0;
    return reads(cli, command, argc, argv, &request, fits_show, "give the id of one notification")
               ? run(cli, command, &request, show, &n)
               : CLI_UNUSABLE;
}

static bool fits_send(const struct request *request)
{
    return request->dead != (request->n_ids > 0) && !request->pending;
}

static int run_send(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct request request = {.n_ids = 0};
    size_t n = 0;
    return reads(cli, command, argc, argv, &request, fits_send,
                 "give ids of notifications, or --dead for all of them")
               ? run(cli, command, &request, send, &n)
               : CLI_UNUSABLE;
}

#define WHERE                                                                                      \
    "  --data DIR        the daemon that serves DIR (default ./bulwark-data)\n"                    \
    "  --endpoint URL    the API at URL, with AWS credentials of the environment\n"                \
    "  --ca-file FILE    authorities (PEM) that the endpoint's certificate may chain to\n"
#define TARGET "[--data DIR | --endpoint URL] [--ca-file FILE]"

const struct cli_command cli_notifications = {
    .words = "notifications",
    .usage = "[--dead | --pending] " TARGET,
    .summary = "notifications that were given up, or wait",
    .help = "Lists notifications that were given up, each with why, or those that wait.\n"
            "Exit status: 0 none was given up, 1 some were (2: it could not be told).\n\n"
            "  --dead            those given up (the default)\n"
            "  --pending         those that wait to be delivered\n" WHERE,
    .run = run_list,
};

const struct cli_command cli_notifications_show = {
    .words = "notifications show",
    .usage = "ID " TARGET,
    .summary = "one notification whole, with its text",
    .help = "Prints a notification that waits or was given up.\n\n" WHERE,
    .run = run_show,
};

const struct cli_command cli_notifications_send = {
    .words = "notifications send",
    .usage = "{ID... | --dead} " TARGET,
    .summary = "notifications that were given up, again",
    .help = "Has notifications that were given up delivered again, as if they were new.\n\n"
            "  --dead            all of them\n" WHERE,
    .run = run_send,
};
