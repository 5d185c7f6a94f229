/* connections.c: `bulwark connections` and `bulwark ban`: who is connected, from where, with which
 * certificate, since when; and who may not be. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cli/api_client.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "codec/json_write.h"

#include "base/banned.h"

enum { MEMORY = 64 << 20, PATH_TEXT_MAX = 2048, CERTIFICATE_SHOWN = 12 };

struct request {
    struct api_target target;
    const char *client;      /* --client ID */
    const char *certificate; /* --certificate ID */
    const char *thing;       /* --thing NAME */
    const char *address;     /* --address IP */
    const char *network;     /* --network CIDR */
    const char *duration;    /* --for 15m */
    const char *reason;      /* --reason TEXT */
    bool all;                /* --all */
    struct str operand;
};

struct session {
    struct cli *cli;
    struct api_client *client;
    struct arena *mem; /* of one reply and what asks for it */
};

/* ---- asking ---------------------------------------------------------------------------------- */

/* "?name=value" or "&name=value" with the value percent-encoded; nothing for NULL. */
static void put_parameter(struct buf *out, const char *name, const char *value)
{
    if (value == NULL) {
        return;
    }
    struct str before = buf_view(out);
    bool first = str_find_char(before, '?', 0) == before.len;
    buf_put_fmt(out, "%c%s=", first ? '?' : '&', name);
    for (const unsigned char *c = (const unsigned char *)value; *c != '\0'; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= '0' && *c <= '9') || *c == '-' || *c == '_' || *c == '.' || *c == '~';
        if (plain) {
            buf_put_char(out, (char)*c);
        } else {
            buf_put_fmt(out, "%%%02X", *c);
        }
    }
}

typedef void put_row(struct cli *cli, const struct json_value *row);

/* All pages of a list; *ret_n is how many rows it has. */
static enum status list(struct session *s, const struct request *request, const char *path,
                        const char *member, put_row *put, size_t *ret_n, struct why *why)
{
    char token[PATH_TEXT_MAX] = "";
    do {
        const struct json_value *reply;
        struct buf text;
        struct str whole;
        arena_clear(s->mem);
        buf_init(&text, s->mem, 4 * PATH_TEXT_MAX);
        /* In the order of their names, as the signature has them. */
        buf_put_str(&text, str_from(path));
        put_parameter(&text, "certificateId", request->certificate);
        put_parameter(&text, "clientId", request->client);
        put_parameter(&text, "includeOffline", request->all ? "true" : NULL);
        put_parameter(&text, "maxResults", "100");
        put_parameter(&text, "nextToken", token[0] == '\0' ? NULL : token);
        put_parameter(&text, "thingName", request->thing);
        TRY(buf_finish(&text, &whole, why));
        TRY(api_client_call(s->client, s->mem, "GET", whole, STR_ABSENT, &reply, why));
        const struct json_value *rows = json_tree_get(reply, str_from(member));
        for (const struct json_value *row = JSON_FIRST(rows); row != NULL; row = row->next) {
            put(s->cli, row);
            (*ret_n)++;
        }
        snprintf(token, sizeof token, "%.*s", STR_ARG(json_text(reply, "nextToken")));
    } while (token[0] != '\0');
    return STATUS_OK;
}

/* ---- connections ----------------------------------------------------------------------------- */

static bool is_true(const struct json_value *row, const char *member)
{
    const struct json_value *value = json_tree_get(row, str_from(member));
    return value != NULL && value->type == JSON_BOOL && value->boolean;
}

static void put_connection(struct cli *cli, const struct json_value *row)
{
    char since[TIME_TEXT_MAX];
    char ended[TIME_TEXT_MAX];
    bool on = is_true(row, "connected");
    struct str certificate = json_text(row, "certificateId");
    struct str thing = json_text(row, "thingName");
    fprintf(cli->out, "%s%.*s%s  %.*s  %s%.*s%s  %s %s", cli_style(cli, CLI_BOLD),
            STR_ARG(json_text(row, "clientId")), cli_style(cli, CLI_PLAIN),
            STR_ARG(json_text(row, "sourceIp")), certificate.len == 0 ? "no certificate" : "",
            STR_ARG(str_slice(certificate, 0, CERTIFICATE_SHOWN)),
            certificate.len > CERTIFICATE_SHOWN ? "..." : "", on ? "since" : "was on from",
            time_format(json_moment(row, "connectedSince"), since));
    if (!on) {
        fprintf(cli->out, " to %s, %.*s", time_format(json_moment(row, "disconnectedAt"), ended),
                STR_ARG(json_text(row, "disconnectReason")));
    }
    if (thing.len > 0) {
        fprintf(cli->out, "  thing %.*s", STR_ARG(thing));
    }
    fprintf(cli->out,
            "  %.*s  sent %" PRId64 " (%" PRId64 " bytes), received %" PRId64 ", denied %" PRId64
            "\n",
            STR_ARG(json_text(row, "brokerName")), json_number(row, "messagesSent"),
            json_number(row, "bytesSent"), json_number(row, "messagesReceived"),
            json_number(row, "authorizationFailures"));
}

static enum status show_connections(struct session *s, const struct request *request,
                                    struct why *why)
{
    size_t n = 0;
    TRY(list(s, request, "/bulwark/connections", "connections", put_connection, &n, why));
    fprintf(s->cli->out, "%zu %s\n", n, request->all ? "clients" : "connections");
    return STATUS_OK;
}

/* ---- bans ------------------------------------------------------------------------------------ */

static void put_ban(struct cli *cli, const struct json_value *row)
{
    char until[TIME_TEXT_MAX];
    fprintf(cli->out, "%" PRId64 "  %.*s %.*s  until %s", json_number(row, "banId"),
            STR_ARG(json_text(row, "banType")), STR_ARG(json_text(row, "banValue")),
            time_format(json_moment(row, "expirationDate"), until));
    struct str reason = json_text(row, "banReason");
    fprintf(cli->out, "%s%.*s\n", reason.len > 0 ? "  " : "", STR_ARG(reason));
}

static enum status show_bans(struct session *s, const struct request *request, struct why *why)
{
    size_t n = 0;
    TRY(list(s, request, "/bulwark/bans", "bans", put_ban, &n, why));
    fprintf(s->cli->out, "%zu bans\n", n);
    return STATUS_OK;
}

/* "90s", "15m", "2h", "7d" to seconds. */
static enum status read_duration(const char *text, int64_t *ret, struct why *why)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    struct str all = str_from(text);
    int64_t n = 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0] && all.len > 1; i++) {
        if (all.ptr[all.len - 1] == units[i].unit &&
            str_to_int64(str_slice(all, 0, all.len - 1), &n) == STATUS_OK && n > 0 &&
            n <= 366 * INT64_C(86400) / units[i].seconds) {
            *ret = n * units[i].seconds;
            return STATUS_OK;
        }
    }
    return why_set(why, STATUS_INVALID,
                   "--for takes a number and s, m, h or d, at most 366d, not \"%.64s\"", text);
}

/* What is banned: of the four exactly one. */
static bool target_of(const struct request *request, const char **ret_kind, const char **ret_value)
{
    const struct {
        const char *kind, *value;
    } rows[] = {{"CLIENT", request->client},
                {"CERTIFICATE", request->certificate},
                {"ADDRESS", request->address},
                {"NETWORK", request->network}};
    size_t n = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].value != NULL) {
            *ret_kind = rows[i].kind;
            *ret_value = rows[i].value;
            n++;
        }
    }
    return n == 1;
}

static enum status add_ban(struct session *s, const struct request *request, struct why *why)
{
    const struct json_value *row;
    const char *kind = "", *value = "";
    int64_t seconds = 0;
    struct json_write w;
    struct buf out;
    struct str body;
    (void)target_of(request, &kind, &value);
    TRY(read_duration(request->duration, &seconds, why));
    buf_init(&out, s->mem, PATH_TEXT_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("banType"), str_from(kind));
    json_write_member(&w, STR("banValue"), str_from(value));
    json_write_member_int64(&w, STR("durationSeconds"), seconds);
    json_write_member(&w, STR("banReason"), str_from(request->reason));
    json_write_end(&w);
    json_write_finish(&w);
    TRY(buf_finish(&out, &body, why));
    TRY(api_client_call(s->client, s->mem, "POST", STR("/bulwark/bans"), body, &row, why));
    put_ban(s->cli, row);
    return STATUS_OK;
}

static enum status remove_ban(struct session *s, const struct request *request, struct why *why)
{
    const struct json_value *row;
    struct str path;
    TRY(str_fmt(s->mem, &path, why, "/bulwark/bans/%.*s", STR_ARG(request->operand)));
    TRY(api_client_call(s->client, s->mem, "DELETE", path, STR_ABSENT, &row, why));
    fprintf(s->cli->out, "ban %.*s is lifted\n", STR_ARG(request->operand));
    return STATUS_OK;
}

/* ---- the commands ---------------------------------------------------------------------------- */

static enum status take_number(void *into, const char *word, struct why *why)
{
    struct request *request = into;
    int64_t number = 0;
    if (request->operand.len > 0 || str_to_int64(str_from(word), &number) != STATUS_OK ||
        number < 1) {
        return why_set(why, STATUS_INVALID, "it takes the number of one ban, not \"%.64s\"", word);
    }
    request->operand = str_from(word);
    return STATUS_OK;
}

static const struct cli_option options[] = {
    CLI_TARGET(struct request, target),
    CLI_TEXT(struct request, client, "--client", "ID"),
    CLI_TEXT(struct request, certificate, "--certificate", "ID"),
    CLI_TEXT(struct request, thing, "--thing", "NAME"),
    CLI_TEXT(struct request, address, "--address", "IP"),
    CLI_TEXT(struct request, network, "--network", "CIDR"),
    CLI_TEXT(struct request, duration, "--for", "TIME"),
    CLI_TEXT(struct request, reason, "--reason", "TEXT"),
    CLI_FLAG(struct request, all, "--all"),
};
static const struct cli_words words = CLI_WORDS(options, take_number);

static int run(struct cli *cli, const struct cli_command *command, int argc, char **argv,
               bool (*fits)(const struct request *request), const char *rule,
               enum status (*what)(struct session *s, const struct request *request,
                                   struct why *why))
{
    struct request request = {.all = false};
    struct why why = {.code = STATUS_OK};
    AUTO_ARENA *mem = arena_new(MEMORY);
    AUTO_ARENA *reply = arena_new(MEMORY);
    struct session s = {.cli = cli, .mem = reply};
    bool read = cli_arguments(&words, &request, argc, argv, &why) == STATUS_OK;
    if (!read || !fits(&request)) {
        return cli_misuse(cli, command, read ? rule : why.text);
    }
    enum status status = mem == NULL || reply == NULL
                             ? why_no_memory(&why)
                             : api_client_open(&request.target, mem, &s.client, &why);
    status = status == STATUS_OK ? what(&s, &request, &why) : status;
    if (status != STATUS_OK) {
        fprintf(cli->err, "bulwark %s: %s\n", command->words, why.text);
    }
    api_client_close(s.client);
    return status == STATUS_OK ? CLI_OK : CLI_UNUSABLE;
}

static bool no_ban_words(const struct request *r)
{
    return r->address == NULL && r->network == NULL && r->duration == NULL && r->reason == NULL;
}

static bool fits_connections(const struct request *r)
{
    int n = (r->client != NULL) + (r->certificate != NULL) + (r->thing != NULL);
    return n <= 1 && no_ban_words(r) && r->operand.len == 0;
}

static int run_connections(struct cli *cli, const struct cli_command *command, int argc,
                           char **argv)
{
    return run(cli, command, argc, argv, fits_connections,
               "it takes --client, --certificate or --thing, and --all", show_connections);
}

static bool fits_list(const struct request *r)
{
    return r->client == NULL && r->certificate == NULL && r->thing == NULL && no_ban_words(r) &&
           !r->all && r->operand.len == 0;
}

static int run_bans(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    return run(cli, command, argc, argv, fits_list, "it takes no more words", show_bans);
}

static bool fits_add(const struct request *r)
{
    const char *kind, *value;
    return target_of(r, &kind, &value) && r->duration != NULL && r->thing == NULL && !r->all &&
           r->operand.len == 0;
}

static int run_add(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    return run(cli, command, argc, argv, fits_add,
               "it takes one of --client, --certificate, --address and --network, and --for",
               add_ban);
}

static bool fits_remove(const struct request *r)
{
    struct request others = *r;
    others.operand = STR_ABSENT;
    return fits_list(&others) && r->operand.len > 0;
}

static int run_remove(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    return run(cli, command, argc, argv, fits_remove, "give the number of a ban", remove_ban);
}

#define WHERE                                                                                      \
    "  --data DIR        the daemon that serves DIR (default ./bulwark-data)\n"                    \
    "  --endpoint URL    the API at URL, with AWS credentials of the environment\n"                \
    "  --ca-file FILE    authorities (PEM) that the endpoint's certificate may chain to\n"
#define TARGET "[--data DIR | --endpoint URL] [--ca-file FILE]"

const struct cli_command cli_connections = {
    .words = "connections",
    .usage = "[--client ID | --certificate ID | --thing NAME] [--all] " TARGET,
    .summary = "who is connected, from where, since when",
    .help =
        "Lists the clients that are connected to the brokers: client id, address, certificate,\n"
        "since when, the thing they stand for, and what they did in the last minutes.\n\n"
        "  --client ID       that client alone\n"
        "  --certificate ID  those that came with a certificate\n"
        "  --thing NAME      those that stand for a thing\n"
        "  --all             those that are gone too, with when and why\n" WHERE,
    .run = run_connections,
};

const struct cli_command cli_ban_list = {
    .words = "ban list",
    .usage = TARGET,
    .summary = "who may not connect, and until when",
    .help = "Lists the bans in force.\n\n" WHERE,
    .run = run_bans,
};

const struct cli_command cli_ban_add = {
    .words = "ban add",
    .usage = "{--client ID | --certificate ID | --address IP | --network CIDR} --for TIME "
             "[--reason TEXT] " TARGET,
    .summary = "keep a client, certificate or address out for a while",
    .help = "Bans one, and ends the connections that it falls on. A ban always ends; one of the\n"
            "same target takes the place of the former.\n\n"
            "  --client ID       a client id\n"
            "  --certificate ID  the id of a certificate (its SHA-256 in hex)\n"
            "  --address IP      a source address\n"
            "  --network CIDR    a network, as 192.0.2.0/24\n"
            "  --for TIME        how long: a number and s, m, h or d, at most 366d\n"
            "  --reason TEXT     why, for who looks later\n" WHERE,
    .run = run_add,
};

const struct cli_command cli_ban_remove = {
    .words = "ban remove",
    .usage = "NUMBER " TARGET,
    .summary = "lift a ban before its end",
    .help = "Lifts the ban of that number (see `bulwark ban list`).\n\n" WHERE,
    .run = run_remove,
};
