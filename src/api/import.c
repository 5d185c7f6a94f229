/* import.c: what histories and configurations of accounts that live elsewhere are taken in by
 * (extension.h).
 */
#include "account/session.h"
#include "api/connection_line.h"
#include "api/extension.h"
#include "api/log_line.h"
#include "base/limits.h"
#include "codec/json_write.h"
#include "net/http.h"

#include "base/banned.h"

/* The log stream of records that were imported. */
#define IMPORT_STREAM STR("import")

struct refused {
    size_t line; /* from 1 */
    struct str why;
};

struct prepared {
    struct session_event *events;
    size_t n_events;
    struct log_record *records; /* the lines that are of AWSIotLogsV2 */
    size_t n_records;
    struct refused *refused;
    size_t n_refused;
    size_t n_lines; /* that are not empty */
    size_t n_skipped;
};

static size_t count_lines(struct str body)
{
    size_t n = 1;
    for (size_t i = 0; i < body.len; i++) {
        n += body.ptr[i] == '\n';
    }
    return n;
}

static enum status read_one(struct call *call, struct prepared *into, struct str line,
                            size_t number, struct why *why)
{
    struct why refusal = {.code = STATUS_OK};
    struct session_event *event = &into->events[into->n_events];
    bool is_event = false;
    enum status status = connection_line_read(line, call->mem, event, &is_event, &refusal);
    bool is_log = false;
    if (status == STATUS_OK) {
        status = log_line_read(line, call->mem, &into->records[into->n_records], &is_log, &refusal);
    }
    if (status == STATUS_NO_MEMORY) {
        return why_no_memory(why);
    }
    if (status == STATUS_OK) {
        into->n_records += is_log;
        into->n_events += is_event;
        into->n_skipped += !is_event;
        return STATUS_OK;
    }
    struct refused *refused = &into->refused[into->n_refused++];
    refused->line = number;
    return str_dup(call->mem, str_from(refusal.text), &refused->why, why);
}

enum status prepare_import_connections(struct call *call, struct why *why)
{
    struct str rest = call->request->body;
    size_t most = count_lines(rest);
    struct str line;
    if (most > IMPORT_LINES_MAX + 1) {
        return why_set(why, STATUS_TOO_LARGE, "at most %d lines are taken in at once",
                       IMPORT_LINES_MAX);
    }
    struct prepared *prepared = NEW(call->mem, struct prepared);
    TRY_PTR(prepared);
    prepared->events = NEW_ARRAY(call->mem, struct session_event, most);
    prepared->records = NEW_ARRAY(call->mem, struct log_record, most);
    TRY_PTR(prepared->records);
    prepared->refused = NEW_ARRAY(call->mem, struct refused, most);
    TRY_PTR(prepared->events);
    TRY_PTR(prepared->refused);
    for (size_t number = 1; str_next(&rest, '\n', &line); number++) {
        line = str_trim(line);
        if (line.len > 0) {
            prepared->n_lines++;
            TRY(read_one(call, prepared, line, number, why));
        }
    }
    call->prepared = prepared;
    return STATUS_OK;
}

/* Sessions have no names; how many there are is what can be said. */
static enum status say_changed(struct call *call, const struct session_applied *applied,
                               struct why *why)
{
    struct str *text = NEW(call->mem, struct str);
    TRY_PTR(text);
    TRY(str_fmt(call->mem, text, why, "%zu events of connections", (size_t)applied->changed));
    call->changed = text;
    call->n_changed = applied->changed > 0;
    return STATUS_OK;
}

enum status import_connections(struct call *call, struct why *why)
{
    const struct prepared *prepared = call->prepared;
    const struct account_ctx ctx = call_account(call);
    struct session_applied applied = {0, 0};
    struct json_write *w = call->out;
    size_t logged = 0;
    TRY(session_apply(&ctx, prepared->events, prepared->n_events, &applied, why));
    TRY(log_append(&ctx, LOG_GROUP_V2, IMPORT_STREAM, prepared->records, prepared->n_records,
                   &logged, why));
    TRY(say_changed(call, &applied, why));
    json_write_member_int64(w, STR("lines"), (int64_t)prepared->n_lines);
    json_write_member_int64(w, STR("changed"), (int64_t)applied.changed);
    json_write_member_int64(w, STR("known"), (int64_t)applied.known);
    json_write_member_int64(w, STR("skipped"), (int64_t)prepared->n_skipped);
    json_write_member_int64(w, STR("logged"), (int64_t)logged);
    json_write_key(w, STR("refused"));
    json_write_array(w);
    for (size_t i = 0; i < prepared->n_refused; i++) {
        json_write_object(w);
        json_write_member_int64(w, STR("line"), (int64_t)prepared->refused[i].line);
        json_write_member(w, STR("why"), prepared->refused[i].why);
        json_write_end(w);
    }
    json_write_end(w);
    return STATUS_OK;
}
