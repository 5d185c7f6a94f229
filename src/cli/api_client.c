/* api_client.c: see api_client.h. */
#include "cli/api_client.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/credentials.h"
#include "cli/interrupt.h"
#include "cli/launch.h"
#include "cli/scratch.h"
#include "cli/snapshot_file.h"
#include "net/http_client.h"

#include "base/banned.h"

enum { ENDPOINT_BYTES_MAX = 4096, CALL_TIMEOUT_MS = 60000 };

struct api_client {
    struct str url;
    struct str ca_file;
    struct credentials credentials;
    struct launched *daemon;     /* started for this client, or NULL */
    const char *scratch;         /* its folder, which goes with it; NULL: it stays */
    struct interrupt *interrupt; /* while there is one of these */
};

/* ---- finding the daemon ---------------------------------------------------------------------- */

static struct str first_line(struct str text)
{
    return str_slice(text, 0, str_find_char(text, '\n', 0));
}

/* What a call that got no reply means to the operator. */
static enum status unreachable(const struct api_client *client, enum status status, struct why *why)
{
    struct str url = str_slice(client->url, 0, 200);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "no bulwarkd is listening at %.*s", STR_ARG(url));
    }
    if (status == STATUS_UNAUTHENTICATED) {
        return why_set(why, status,
                       "the certificate that %.*s shows is not trusted; give --ca-file FILE with "
                       "its authority, or with the certificate itself when it is self-signed, and "
                       "an address that it is for",
                       STR_ARG(url));
    }
    return status;
}

/* Asks at the address in DIR/endpoint. NOT_FOUND: there is none, or nobody is there. */
static enum status ask_endpoint(struct api_client *client, const char *path, struct arena *mem,
                                struct why *why)
{
    struct str text;
    struct http_answer answer;
    struct http_call call = {.method = STR("GET"), .ca_file = client->ca_file};
    if (text_file_read(mem, path, ENDPOINT_BYTES_MAX, &text, why) != STATUS_OK) {
        return STATUS_NOT_FOUND;
    }
    client->url = first_line(text);
    TRY(str_fmt(mem, &call.url, why, "%.*s/health", STR_ARG(client->url)));
    enum status status = http_call(&call, mem, &answer, why);
    return status == STATUS_OK ? status : unreachable(client, status, why);
}

static enum status watch(struct api_client *client, struct arena *mem, struct why *why)
{
    return client->interrupt != NULL ? STATUS_OK : interrupt_watch(mem, &client->interrupt, why);
}

static enum status make_scratch(struct api_client *client, struct arena *mem, struct why *why)
{
    interrupt_hold(client->interrupt);
    enum status status = scratch_make(mem, &client->scratch, why);
    interrupt_folder(client->interrupt, client->scratch);
    interrupt_release(client->interrupt);
    return status;
}

/* An endpoint left by a daemon that was killed may be anybody's by now, so whatever else is wrong
 * there, a daemon is started; if ours still serves, the new one says that the folder is in use. */
static enum status open_data(struct api_client *client, const struct launch *wanted,
                             struct arena *mem, struct why *why)
{
    struct launch launch = *wanted;
    const char *data = launch.data;
    struct str path;
    TRY(str_fmt(mem, &path, why, "%s/endpoint", data));
    enum status status = ask_endpoint(client, path.ptr, mem, why);
    if (status == STATUS_UNAUTHENTICATED) {
        return status;
    }
    if (status == STATUS_OK && launch.config != NULL) {
        return why_set(why, STATUS_INVALID,
                       "a daemon with settings of its own serves %s already; --config is for one "
                       "that is started for the command",
                       data);
    }
    if (status != STATUS_OK) {
        struct str text;
        TRY(watch(client, mem, why));
        launch.interrupt = client->interrupt;
        TRY(launch_daemon(&launch, mem, &client->daemon, why));
        TRY(text_file_read(mem, path.ptr, ENDPOINT_BYTES_MAX, &text, why));
        client->url = first_line(text);
    }
    TRY(str_fmt(mem, &path, why, "%s/credentials", data));
    return credentials_from_file(mem, path.ptr, STR("default"), &client->credentials, why);
}

/* A daemon that holds what a snapshot says, for this client alone. */
static enum status open_snapshot(struct api_client *client, const struct api_target *target,
                                 struct arena *mem, struct why *why)
{
    struct snapshot_head head;
    if (target->endpoint != NULL || target->data != NULL) {
        return why_set(why, STATUS_INVALID, "give --snapshot, or --endpoint or --data, not both");
    }
    TRY(snapshot_file_head(target->snapshot, mem, &head, why));
    TRY(watch(client, mem, why));
    TRY(make_scratch(client, mem, why));
    const struct launch launch = {.data = client->scratch,
                                  .config = target->config,
                                  .account = head.account,
                                  .region = head.region,
                                  .in_memory = true};
    TRY(open_data(client, &launch, mem, why));
    return snapshot_file_send(target->snapshot, client, why);
}

static enum status open_target(struct api_client *client, const struct api_target *target,
                               struct arena *mem, struct why *why)
{
    client->ca_file = str_from(target->ca_file);
    if (target->endpoint != NULL && target->data != NULL) {
        return why_set(why, STATUS_INVALID, "give --endpoint or --data, not both");
    }
    if (target->endpoint != NULL && target->config != NULL) {
        return why_set(why, STATUS_INVALID,
                       "--config is for a daemon that is started for --data; the one at --endpoint "
                       "has its own");
    }
    if (target->snapshot != NULL) {
        return open_snapshot(client, target, mem, why);
    }
    if (target->endpoint == NULL) {
        const struct launch launch = {.data =
                                          target->data == NULL ? "./bulwark-data" : target->data,
                                      .config = target->config,
                                      .account = target->make_for.account,
                                      .region = target->make_for.region};
        return open_data(client, &launch, mem, why);
    }
    client->url = str_from(target->endpoint);
    while (str_ends(client->url, STR("/"))) {
        client->url = str_slice(client->url, 0, client->url.len - 1);
    }
    return credentials_from_environment(mem, &client->credentials, why);
}

enum status api_client_open(const struct api_target *target, struct arena *mem,
                            struct api_client **ret, struct why *why)
{
    struct api_client *client = NEW(mem, struct api_client);
    TRY_PTR(client);
    enum status status = open_target(client, target, mem, why);
    if (status != STATUS_OK) {
        api_client_close(client);
        return status;
    }
    *ret = client;
    return STATUS_OK;
}

void api_client_close(struct api_client *client)
{
    if (client != NULL) {
        launched_end(client->daemon);
        scratch_remove(client->scratch);
        interrupt_end(client->interrupt);
    }
}

struct str api_client_url(const struct api_client *client)
{
    return client->url;
}

const struct credentials *api_client_credentials(const struct api_client *client)
{
    return &client->credentials;
}

/* ---- calling --------------------------------------------------------------------------------- */

static enum status refusal_status(int http)
{
    return http == 404                  ? STATUS_NOT_FOUND
           : http == 403 || http == 401 ? STATUS_DENIED
           : http < 500                 ? STATUS_INVALID
                                        : STATUS_IO;
}

static enum status refused(const struct http_answer *answer, const struct json_value *body,
                           struct why *why)
{
    struct str message = json_text(body, "message");
    return why_set(why, refusal_status(answer->status), "%.*s%s%.*s (HTTP %d)",
                   STR_ARG(answer->error_type), answer->error_type.len > 0 ? ": " : "",
                   STR_ARG(message), answer->status);
}

enum status api_client_call(struct api_client *client, struct arena *mem, const char *method,
                            struct str path_and_query, struct str body,
                            const struct json_value **ret, struct why *why)
{
    const struct http_header json = {STR("Content-Type"), STR("application/json")};
    struct http_call call = {.method = str_from(method),
                             .headers = &json,
                             .n_headers = str_absent(body) ? 0 : 1,
                             .body = body,
                             .ca_file = client->ca_file,
                             .timeout_ms = CALL_TIMEOUT_MS,
                             .sign = {.access_key = client->credentials.key_id,
                                      .secret = client->credentials.secret,
                                      .security_token = client->credentials.token,
                                      .region = client->credentials.region,
                                      .service = STR("iot")}};
    struct http_answer answer;
    const struct json_value *tree = NULL;
    TRY(str_fmt(mem, &call.url, why, "%.*s%.*s", STR_ARG(client->url), STR_ARG(path_and_query)));
    enum status status = http_call(&call, mem, &answer, why);
    if (status != STATUS_OK) {
        interrupt_hold(client->interrupt); /* nothing is said of an end that was asked for */
        interrupt_release(client->interrupt);
        return unreachable(client, status, why);
    }
    if (answer.body.len > 0) {
        TRY(json_tree_read(answer.body, mem, &tree, why));
    }
    if (answer.status != 200) {
        return refused(&answer, tree, why);
    }
    *ret = tree;
    return STATUS_OK;
}

/* ---- trees ----------------------------------------------------------------------------------- */

struct str json_text(const struct json_value *object, const char *member)
{
    const struct json_value *value = json_tree_get(object, str_from(member));
    return value != NULL && value->type == JSON_STRING ? value->text : STR_ABSENT;
}

int64_t json_number(const struct json_value *object, const char *member)
{
    const struct json_value *value = json_tree_get(object, str_from(member));
    int64_t number = 0;
    if (value == NULL || value->type != JSON_NUMBER ||
        json_number_int64(value->text, &number, NULL) != STATUS_OK) {
        return 0;
    }
    return number;
}

bool json_true(const struct json_value *object, const char *member)
{
    const struct json_value *value = json_tree_get(object, str_from(member));
    return value != NULL && value->type == JSON_BOOL && value->boolean;
}

int64_t json_moment(const struct json_value *object, const char *member)
{
    const struct json_value *value = json_tree_get(object, str_from(member));
    double seconds = 0;
    if (value == NULL || value->type != JSON_NUMBER ||
        json_number_double(value->text, &seconds, NULL) != STATUS_OK) {
        return TIME_NEVER;
    }
    return (int64_t)(seconds * 1000 + 0.5);
}
