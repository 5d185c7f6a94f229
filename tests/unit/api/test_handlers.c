/* test_handlers.c: conversations with the API, one a file in tests/vectors/api/, each with an empty
 * account and every reply held against its shape.
 *
 *     # comment
 *     POST /things/lamp                       a request: method and target,
 *       x-amzn-principal: arn                 indented, a header,
 *       {"thingTypeName":"t"}                 indented, the body (lines are joined)
 *     200 {"thingName":"lamp","thingId":"*"}  the reply: * stands for any text
 *     200 {"nextToken":"$(token)"}            $(name) for any text without " and <, which is kept
 *     GET /things?nextToken=$(token)          and can be used in what follows
 *       {"certificatePem":"$(@x509/a.pem)"}   the text of a file of tests/vectors
 *     run audits                              those in progress, to their end
 *     run mitigations                         likewise, and what is to be undone
 *     run notifications                       one turn of what delivers them
 *     keep sent as name                       the body of the newest message in the outbox
 *     sleep 1000                              moves the clock, in ms
 *     log 1000 message                        a log record of that moment, in the stream "import"
 *     retained topic payload                  a retained message, as a broker told of it
 *     as ann                                  a user asks from now on ("as root": the root)
 *     from 203.0.113.7                        who asks is there from now on
 *     404 ResourceNotFoundException no thing* an error: exception and message
 *
 * Services other than AWS IoT are asked by operation. In the Query protocol each indented line is a
 * parameter, its value as it stands (here it is encoded); of the reply the result alone is shown:
 *     iam:GetRole
 *       RoleName=r
 *     200 <GetRoleResult><Role>*</Role></GetRoleResult>
 *     logs:DescribeLogGroups
 *       {"limit":1}
 *     200 {"logGroups":[]}
 */
#include "exchange.h"

#include <dirent.h>
#include <stdlib.h>

#include "account/local_ca.h"
#include "account/log.h"
#include "account/retained.h"
#include "audit/runner.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/map.h"
#include "codec/json_write.h"
#include "codec/uri.h"
#include "lib/files.h"
#include "mitigate/runner.h"
#include "notify/notifier.h"
#include "provision/jit.h"

enum { FILES_MAX = 64, LINE_MAX_BYTES = 16 << 10 };

struct talk {
    struct site site;
    struct arena *mem;
    struct map kept; /* name -> struct str */
    const char *file;
    int line;
    const struct service *service; /* of the request */
    struct str request, header, body;
};

/* A file of tests/vectors, to stand inside a JSON string. */
static struct str quoted_file(const struct talk *talk, struct str name)
{
    struct buf out;
    struct str text;
    buf_init(&out, talk->mem, LINE_MAX_BYTES);
    json_put_quoted(&out, vector_read(talk->mem, str_z(talk->mem, name)));
    CHECK_OK(buf_finish(&out, &text, NULL));
    return str_slice(text, 1, text.len - 1);
}

static struct str kept_get(const struct talk *talk, struct str name)
{
    if (str_starts(name, STR("@"))) {
        return quoted_file(talk, str_slice(name, 1, name.len));
    }
    const struct str *text = map_get(&talk->kept, name);
    if (text == NULL) {
        fail_msg("%s:%d: nothing is kept as %.*s", talk->file, talk->line, STR_ARG(name));
        return STR_ABSENT;
    }
    return *text;
}

/* Puts what is kept in the place of $(name). */
static const char *fill_in(const struct talk *talk, struct str text)
{
    struct buf out;
    struct str whole;
    buf_init(&out, talk->mem, LINE_MAX_BYTES);
    for (size_t i = 0; i < text.len;) {
        if (text.ptr[i] == '$' && i + 1 < text.len && text.ptr[i + 1] == '(') {
            size_t end = str_find_char(text, ')', i);
            buf_put_str(&out, kept_get(talk, str_slice(text, i + 2, end)));
            i = end + 1;
        } else {
            buf_put_char(&out, text.ptr[i++]);
        }
    }
    CHECK_OK(buf_finish(&out, &whole, NULL));
    return str_z(talk->mem, whole);
}

static bool fits(struct talk *talk, struct str want, struct str got);

/* $(name) at the start of want takes got up to a quote or a tag. */
static bool fits_kept(struct talk *talk, struct str want, struct str got)
{
    size_t close = str_find_char(want, ')', 0);
    size_t end = 0;
    while (end < got.len && got.ptr[end] != '"' && got.ptr[end] != '<') {
        end++;
    }
    struct str *text = NEW(talk->mem, struct str);
    assert_non_null(text);
    CHECK_OK(str_dup(talk->mem, str_slice(got, 0, end), text, NULL));
    CHECK_OK(map_put(&talk->kept, str_slice(want, 2, close), text, NULL));
    return fits(talk, str_slice(want, close + 1, want.len), str_slice(got, end, got.len));
}

static bool fits(struct talk *talk, struct str want, struct str got)
{
    size_t i = 0;
    for (; i < want.len; i++) {
        struct str rest = str_slice(want, i, want.len);
        if (want.ptr[i] == '*') {
            for (size_t j = i; j <= got.len; j++) {
                if (fits(talk, str_slice(rest, 1, rest.len), str_slice(got, j, got.len))) {
                    return true;
                }
            }
            return false;
        }
        if (str_starts(rest, STR("$("))) {
            return fits_kept(talk, rest, str_slice(got, i, got.len));
        }
        if (i >= got.len || want.ptr[i] != got.ptr[i]) {
            return false;
        }
    }
    return i == got.len;
}

/* The result of an XML reply, without what is around every one. */
static struct str xml_result(struct str body)
{
    size_t begin = str_find_char(body, '>', 0) + 1;
    const char *end = memmem(body.ptr, body.len, "<ResponseMetadata>", 18);
    assert_true(str_starts(body, STR("<")) && end != NULL);
    return str_slice(body, begin, (size_t)(end - body.ptr));
}

/* What a reply looks like in a file. */
static struct str reply_line(struct talk *talk, const struct http_reply *reply)
{
    struct str line, error = reply_header_get(reply, "x-amzn-ErrorType");
    bool xml = talk->service->protocol == PROTOCOL_QUERY;
    if (str_absent(error)) {
        struct str body = xml ? xml_result(reply->body) : reply->body;
        CHECK_OK(str_fmt(talk->mem, &line, NULL, "%d%s%.*s", reply->status,
                         body.len == 0 ? "" : " ", STR_ARG(body)));
    } else {
        CHECK_OK(str_fmt(
            talk->mem, &line, NULL, "%d %.*s %.*s", reply->status, STR_ARG(error),
            STR_ARG(xml ? reply_element(reply, "Message") : reply_member(reply, "message"))));
    }
    return line;
}

static void ask_and_check(struct talk *talk, struct str want)
{
    const char *request = fill_in(talk, talk->request);
    const char *header = str_absent(talk->header) ? NULL : fill_in(talk, talk->header);
    const char *body = str_absent(talk->body) ? NULL : fill_in(talk, talk->body);
    talk->site.caller.service = talk->service->name;
    const struct http_reply *reply = site_ask(&talk->site, request, header, body);
    struct str got = reply_line(talk, reply);
    if (!fits(talk, want, got)) {
        fail_msg("%s:%d: %s\n got %.*s\nwant %.*s\n%s", talk->file, talk->line, request,
                 STR_ARG(got), STR_ARG(want), talk->site.why);
    }
    talk->request = talk->header = talk->body = STR_ABSENT;
}

/* "Name=value" behind the parameters so far. */
static void add_parameter(struct talk *talk, struct str line)
{
    struct buf out;
    struct str filled = str_from(fill_in(talk, line));
    size_t equals = str_find_char(filled, '=', 0);
    buf_init(&out, talk->mem, LIMIT_BODY_BYTES);
    buf_put_str(&out, talk->body);
    buf_put_char(&out, '&');
    uri_encode(&out, str_slice(filled, 0, equals), URI_ENCODE_SLASH);
    buf_put_char(&out, '=');
    uri_encode(&out, str_slice(filled, equals + 1, filled.len), URI_ENCODE_SLASH);
    CHECK_OK(buf_finish(&out, &talk->body, NULL));
}

static void take_indented(struct talk *talk, struct str line)
{
    line = str_slice(line, 2, line.len);
    if (talk->service->protocol == PROTOCOL_QUERY) {
        add_parameter(talk, line);
    } else if (str_starts(line, STR("x-"))) {
        talk->header = line;
    } else if (str_absent(talk->body)) {
        talk->body = line;
    } else {
        struct str first = talk->body;
        CHECK_OK(str_fmt(talk->mem, &talk->body, NULL, "%.*s%.*s", STR_ARG(first), STR_ARG(line)));
    }
}

static void run_audits(struct talk *talk)
{
    const struct api_env *env = &talk->site.env;
    const struct audit_runner_options options = {
        .store = env->store, .account = env->id, .clock = env->clock, .rnd = env->rnd};
    struct why why;
    CHECK_OK(audit_run_all(&options, &why));
}

static void run_mitigations(struct talk *talk)
{
    const struct mitigate_runner_options options = {.store = talk->site.store,
                                                    .account = talk->site.env.id,
                                                    .clock = talk->site.env.clock,
                                                    .rnd = talk->site.env.rnd};
    CHECK_OK(mitigate_run_all(&options, NULL));
}

/* As whoever is sent it would. */
static void keep_sent(struct talk *talk, struct str name)
{
    struct store_tx *view = NULL;
    struct store_scan *scan = NULL;
    const struct outbox all = {.state = STR("PENDING")};
    const struct store_range newest = {
        .index = INDEX(outbox, by_state), .prefix = &all, .n_prefix = 1, .descending = true};
    struct outbox row;
    bool more = false;
    struct str *text = NEW(talk->mem, struct str);
    assert_non_null(text);
    CHECK_OK(store_read_begin(talk->site.store, &view, NULL));
    CHECK_OK(store_scan_open(view, TABLE(outbox), &newest, &scan, NULL));
    CHECK_OK(store_scan_next(scan, &row, talk->mem, &more, NULL));
    assert_true(more);
    store_scan_close(scan);
    store_read_end(view);
    *text = row.body;
    CHECK_OK(map_put(&talk->kept, name, text, NULL));
}

static void run_notifications(struct talk *talk)
{
    const struct notifier_options options = {.store = talk->site.store,
                                             .account = talk->site.env.id,
                                             .clock = talk->site.env.clock,
                                             .rnd = talk->site.env.rnd};
    struct notifier *notifier = NULL;
    CHECK_OK(notifier_new(&options, &notifier, NULL));
    notifier_turn(notifier, STR("http://127.0.0.1"), 0);
    notifier_stop(notifier);
}

/* "iam:GetRole"; false when the line does not begin with a service. */
static bool take_action(struct talk *talk, struct str line)
{
    struct str id = str_slice(line, 0, str_find_char(line, ':', 0));
    struct str name = str_slice(line, id.len + 1, line.len);
    for (int i = 0; i < SERVICE_COUNT; i++) {
        const struct service *service = &services[i];
        if (i == SERVICE_iot || id.len == line.len || !str_eq(service->id, id)) {
            continue;
        }
        talk->service = service;
        talk->request = STR("POST /");
        if (service->protocol == PROTOCOL_QUERY) {
            CHECK_OK(str_fmt(talk->mem, &talk->body, NULL, "Action=%.*s&Version=%.*s",
                             STR_ARG(name), STR_ARG(service->version)));
        } else {
            CHECK_OK(str_fmt(talk->mem, &talk->header, NULL, "X-Amz-Target: %.*s.%.*s",
                             STR_ARG(service->target), STR_ARG(name)));
        }
        return true;
    }
    return false;
}

static void take_user(struct talk *talk, struct str name)
{
    const struct account_id *id = &talk->site.env.id;
    struct str *arn = &talk->site.caller.arn;
    if (str_eq(name, STR("root"))) {
        CHECK_OK(arn_make_root(talk->mem, id, arn, NULL));
    } else {
        CHECK_OK(arn_make_iam(talk->mem, id, STR("user"), STR("/"), name, arn, NULL));
    }
}

static enum status append_log(const struct account_ctx *ctx, void *arg, struct why *why)
{
    size_t added;
    return log_append(ctx, LOG_GROUP_V2, STR("import"), arg, 1, &added, why);
}

static void write_log(struct talk *talk, struct str line)
{
    size_t space = str_find_char(line, ' ', 0);
    struct log_record record = {0, str_slice(line, space + 1, line.len)};
    const struct account_ctx ctx = {
        .id = talk->site.env.id, .clock = clock_fixed(&talk->site.now), .mem = talk->mem};
    struct account_call call = {.ctx = &ctx, .run = append_log, .arg = &record};
    CHECK_OK(str_to_int64(str_slice(line, 0, space), &record.at));
    CHECK_OK(store_write(talk->site.store, account_call_run, &call, NULL));
}

static enum status set_retained(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return retained_set(ctx, arg, why);
}

static void write_retained(struct talk *talk, struct str line)
{
    size_t space = str_find_char(line, ' ', 0);
    struct str payload = str_slice(line, space + 1, line.len);
    struct retained row = {.topic = str_slice(line, 0, space),
                           .at = talk->site.now,
                           .size = (int64_t)payload.len,
                           .payload = bytes_of_str(payload)};
    const struct account_ctx ctx = {
        .id = talk->site.env.id, .clock = clock_fixed(&talk->site.now), .mem = talk->mem};
    struct account_call call = {.ctx = &ctx, .run = set_retained, .arg = &row};
    CHECK_OK(store_write(talk->site.store, account_call_run, &call, NULL));
}

static void take_run(struct talk *talk, struct str what)
{
    if (str_eq(what, STR("audits"))) {
        run_audits(talk);
    } else if (str_eq(what, STR("mitigations"))) {
        run_mitigations(talk);
    } else {
        CHECK_STR(what, "notifications");
        run_notifications(talk);
    }
}

static void take_line(struct talk *talk, struct str line)
{
    if (line.len == 0 || line.ptr[0] == '#') {
        return;
    }
    if (str_starts(line, STR("  "))) {
        take_indented(talk, line);
    } else if (line.ptr[0] >= '0' && line.ptr[0] <= '9') {
        ask_and_check(talk, line);
    } else if (str_starts(line, STR("run "))) {
        take_run(talk, str_slice(line, 4, line.len));
    } else if (str_starts(line, STR("keep sent as "))) {
        keep_sent(talk, str_slice(line, 13, line.len));
    } else if (str_starts(line, STR("sleep "))) {
        int64_t ms = 0;
        CHECK_OK(str_to_int64(str_slice(line, 6, line.len), &ms));
        talk->site.now += ms;
    } else if (str_starts(line, STR("log "))) {
        write_log(talk, str_slice(line, 4, line.len));
    } else if (str_starts(line, STR("retained "))) {
        write_retained(talk, str_slice(line, 9, line.len));
    } else if (str_starts(line, STR("as "))) {
        take_user(talk, str_slice(line, 3, line.len));
    } else if (str_starts(line, STR("from "))) {
        talk->site.peer = str_slice(line, 5, line.len);
    } else if (!take_action(talk, line)) {
        talk->service = &services[SERVICE_iot];
        talk->request = line;
    }
}

/* Calls that succeeded, over all conversations, by op_id. */
static uint64_t granted[OP_COUNT];

static void conversation_goes_as_written(void **state)
{
    static struct talk talk;
    struct local_ca *ca = NULL;
    talk = (struct talk){.mem = arena_new(16 << 20), .file = *state};
    map_init(&talk.kept, talk.mem, 256);
    const char *folder = temp_dir_make(talk.mem);
    struct why why;
    site_open(&talk.site, handlers, NULL, 0);
    CHECK_OK(local_ca_open(talk.mem, str_from(folder), talk.site.env.id.account,
                           &talk.site.env.clock, &talk.site.env.rnd, &ca, &why));
    talk.site.env.ca = ca;
    struct jit jit = {.store = talk.site.env.store,
                      .id = talk.site.env.id,
                      .clock = talk.site.env.clock,
                      .rnd = talk.site.env.rnd};
    CHECK_OK(gate_new(&jit.gate, &why));
    talk.site.env.jit = &jit;
    struct str rest = vector_read(talk.mem, talk.file), line;
    while (str_next(&rest, '\n', &line)) {
        talk.line++;
        take_line(&talk, line);
    }
    for (int id = 0; id < OP_COUNT; id++) {
        struct door_count count = door_count(talk.site.door, (enum op_id)id);
        granted[id] += count.calls - count.errors;
    }
    site_close(&talk.site);
    gate_free(jit.gate);
    local_ca_close(ca);
    temp_dir_remove(folder);
    arena_free(talk.mem);
}

/* ---- the files ------------------------------------------------------------------------------- */

static int is_conversation(const struct dirent *entry)
{
    return str_ends(str_from(entry->d_name), STR(".txt"));
}

static void each_row_has_what_its_kind_needs(void **state)
{
    (void)state;
    for (int id = 0; id < OP_COUNT; id++) {
        const struct handler *row = &handlers[id];
        assert_int_equal(row->run != NULL, row->kind != KIND_NONE);
        bool prepared = row->kind == KIND_WRITE || row->kind == KIND_KEYS_WRITE;
        assert_true(row->prepare == NULL || prepared);
        assert_true(row->prepare != NULL || row->kind != KIND_KEYS_WRITE);
    }
}

/* Runs last. A new row needs a conversation. */
/* What a broker is asked to do; tests/integration/test_broker_link.py has one. */
static bool needs_broker(enum op_id id)
{
    return id == OP_DeleteConnection || id == OP_Publish;
}

static void each_operation_that_is_offered_is_granted_once(void **state)
{
    (void)state;
    size_t missing = 0;
    for (int id = 0; id < OP_COUNT; id++) {
        if (handlers[id].kind != KIND_NONE && granted[id] == 0 && !needs_broker((enum op_id)id)) {
            print_error("no conversation in tests/vectors/api is granted %s\n",
                        operations[id].name.ptr);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

int main(void)
{
    static char names[FILES_MAX][264];
    struct CMUnitTest tests[FILES_MAX + 2] = {cmocka_unit_test(each_row_has_what_its_kind_needs)};
    struct dirent **entries = NULL;
    int n = scandir(VECTORS_DIR "/api", &entries, is_conversation, alphasort);
    if (n <= 0 || n > FILES_MAX) {
        fprintf(stderr, "%d conversations in " VECTORS_DIR "/api\n", n);
        return 1;
    }
    for (int i = 0; i < n; i++) {
        snprintf(names[i], sizeof(names[i]), "api/%s", entries[i]->d_name);
        tests[i + 1] = (struct CMUnitTest){
            .name = names[i], .test_func = conversation_goes_as_written, .initial_state = names[i]};
        free(entries[i]);
    }
    free(entries);
    tests[n + 1] =
        (struct CMUnitTest)cmocka_unit_test(each_operation_that_is_offered_is_granted_once);
    return _cmocka_run_group_tests("handlers", tests, (size_t)n + 2, NULL, NULL);
}
