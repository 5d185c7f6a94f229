#include "broker/device_log.h"

#include "account/group.h"
#include "account/group_member.h"
#include "account/logging.h"
#include "codec/json_write.h"

#include "base/banned.h"

enum {
    RECORD_BYTES_MAX = 64 << 10,
    RECORDS_FIRST = 64,
    SUBJECTS_MAX = 3 + QUOTA_GROUPS_OF_THING * QUOTA_GROUP_DEPTH,
};

enum status device_logs_begin(const struct account_ctx *ctx, struct arena *mem,
                              struct device_logs *ret, struct why *why)
{
    struct logging_v2 options;
    struct device_logs logs = {.mem = mem};
    enum status status = logging_v2_get(ctx, &options, why);
    logs.off = status == STATUS_NOT_CONFIGURED || (status == STATUS_OK && options.disable_all);
    if (status != STATUS_NOT_CONFIGURED) {
        TRY(status);
    }
    *ret = logs;
    return STATUS_OK;
}

/* ---- whom a record is about ------------------------------------------------------------------ */

struct subjects {
    struct log_subject at[SUBJECTS_MAX];
    size_t n;
};

static void add_subject(struct subjects *subjects, struct str type, struct str name)
{
    if (name.len > 0 && subjects->n < SUBJECTS_MAX) {
        subjects->at[subjects->n++] = (struct log_subject){type, name};
    }
}

static enum status add_groups(const struct account_ctx *ctx, struct str thing,
                              struct subjects *subjects, struct why *why)
{
    struct group_member rows[QUOTA_GROUPS_OF_THING];
    size_t n = 0;
    TRY(group_members_of_thing(ctx, thing, rows, &n, why));
    for (size_t i = 0; i < n; i++) {
        struct thing_group group;
        struct group_path path;
        TRY(group_get(ctx, rows[i].group_name, &group, why));
        TRY(group_path_get(ctx, &group, &path, why));
        add_subject(subjects, STR("THING_GROUP"), group.name);
        for (size_t k = 0; k < path.n; k++) {
            add_subject(subjects, STR("THING_GROUP"), path.names[k]);
        }
    }
    return STATUS_OK;
}

static enum status is_wanted(const struct account_ctx *ctx, const struct device_log *record,
                             bool *ret, struct why *why)
{
    struct subjects subjects = {.n = 0};
    add_subject(&subjects, STR("CLIENT_ID"), record->client);
    add_subject(&subjects, STR("PRINCIPAL_ID"), record->principal);
    add_subject(&subjects, STR("SOURCE_IP"), record->address);
    if (record->thing.len > 0) {
        TRY(add_groups(ctx, record->thing, &subjects, why));
    }
    return log_wanted(ctx, record->failure ? STR("ERROR") : STR("INFO"), record->event_type,
                      subjects.at, subjects.n, ret, why);
}

/* ---- its text -------------------------------------------------------------------------------- */

/* "2019-04-28 22:05:30.105" */
static enum status timestamp(struct arena *mem, int64_t at, struct str *ret, struct why *why)
{
    struct civil c = time_to_civil(at);
    return str_fmt(mem, ret, why, "%04d-%02d-%02d %02d:%02d:%02d.%03d", c.year, c.month, c.day,
                   c.hour, c.minute, c.second, c.ms);
}

static struct str given(struct str s)
{
    return s.len == 0 ? STR_ABSENT : s;
}

static enum status write_text(const struct account_ctx *ctx, struct arena *mem,
                              const struct device_log *record, struct str *ret, struct why *why)
{
    struct buf out;
    struct json_write w;
    struct str at;
    char trace[UUID_TEXT + 1];
    rnd_uuid(&ctx->rnd, trace);
    TRY(timestamp(ctx->mem, record->at, &at, why));
    buf_init(&out, mem, RECORD_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("timestamp"), at);
    json_write_member(&w, STR("logLevel"), record->failure ? STR("ERROR") : STR("INFO"));
    json_write_member(&w, STR("traceId"), str_from(trace));
    json_write_member(&w, STR("accountId"), ctx->id.account);
    json_write_member(&w, STR("status"), record->failure ? STR("Failure") : STR("Success"));
    json_write_member(&w, STR("eventType"), record->event_type);
    json_write_member(&w, STR("protocol"), STR("MQTT"));
    json_write_member(&w, STR("topicName"), given(record->topic));
    json_write_member(&w, STR("clientId"), given(record->client));
    json_write_member(&w, STR("principalId"), given(record->principal));
    json_write_member(&w, STR("sourceIp"), given(record->address));
    if (record->address.len > 0) {
        json_write_member_int64(&w, STR("sourcePort"), 0);
    }
    json_write_member(&w, STR("reason"), given(record->reason));
    json_write_member(&w, STR("details"), given(record->details));
    json_write_member(&w, STR("disconnectReason"), given(record->disconnect_reason));
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

static enum status make_room(struct device_logs *logs, struct why *why)
{
    if (logs->n < logs->cap) {
        return STATUS_OK;
    }
    size_t cap = logs->cap == 0 ? RECORDS_FIRST : 2 * logs->cap;
    struct log_record *rows =
        arena_grow(logs->mem, logs->rows, logs->cap * sizeof *rows, cap * sizeof *rows);
    TRY_PTR(rows);
    logs->rows = rows;
    logs->cap = cap;
    return STATUS_OK;
}

enum status device_logs_add(const struct account_ctx *ctx, struct device_logs *logs,
                            const struct device_log *record, struct why *why)
{
    bool wanted = false;
    if (logs->off) {
        return STATUS_OK;
    }
    TRY(is_wanted(ctx, record, &wanted, why));
    if (!wanted) {
        return STATUS_OK;
    }
    TRY(make_room(logs, why));
    struct log_record *row = &logs->rows[logs->n];
    row->at = record->at;
    TRY(write_text(ctx, logs->mem, record, &row->message, why));
    logs->n++;
    return STATUS_OK;
}

enum status device_logs_end(const struct account_ctx *ctx, struct device_logs *logs,
                            struct str stream, struct why *why)
{
    size_t added = 0;
    return log_append(ctx, LOG_GROUP_V2, stream, logs->rows, logs->n, &added, why);
}
