#include "broker/intake.h"

#include <inttypes.h>

#include "account/client.h"
#include "account/retained.h"
#include "account/session.h"
#include "account/traffic.h"
#include "broker/device_log.h"
#include "broker/lifecycle.h"
#include "codec/digest.h"
#include "codec/hex.h"

#include "base/banned.h"

enum { FRAME_MEMORY = 16 << 20, RESULT_MEMORY = 64 << 20, EPOCH_HEX = 2 * LINK_ID_BYTES };

struct intake {
    struct account_ctx ctx; /* mem is of one frame */
    struct arena *results;  /* of the batch */
    struct intake_batch *batch;
    struct broker row;
    struct device_logs logs;
    bool again; /* the frame in hand is known: it changes nothing */
};

/* ---- what frames have in common -------------------------------------------------------------- */

static enum status principal_of(const struct intake *in, struct bytes fingerprint, struct str *ret,
                                struct why *why)
{
    *ret = STR("");
    return fingerprint.ptr == NULL ? STATUS_OK : hex_dup(in->ctx.mem, fingerprint, ret, why);
}

/* A connection's identifier: a uuid of the broker's life and its number there, the same whoever
 * asks and whenever. */
static enum status session_name(const struct intake *in, struct str epoch, uint64_t number,
                                struct str *ret, struct why *why)
{
    uint8_t sum[SHA256_BYTES];
    struct str text;
    char hex[HEX_ID_TEXT];
    TRY(str_fmt(in->ctx.mem, &text, why, "%.*s %.*s %" PRIu64, STR_ARG(in->row.name),
                STR_ARG(epoch), number));
    TRY(digest_sha256(bytes_of_str(text), sum, why));
    sum[6] = (uint8_t)((sum[6] & 0x0f) | 0x80); /* RFC 9562: version 8, of the application's own */
    sum[8] = (uint8_t)((sum[8] & 0x3f) | 0x80);
    hex_encode((struct bytes){sum, HEX_ID_TEXT / 2}, hex);
    return str_fmt(in->ctx.mem, ret, why, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
                   hex + 16, hex + 20);
}

static enum status publish(struct intake *in, struct lifecycle *event, struct why *why)
{
    struct link_publish message = {.text = 1};
    struct str json = STR_ABSENT;
    event->principal = event->principal.len == 0 ? STR_ABSENT : event->principal;
    TRY(lifecycle_write(event, in->ctx.mem, &message.topic, &json, why));
    if (str_absent(message.topic)) {
        return STATUS_OK;
    }
    message.payload = bytes_of_str(json);
    enum status status = outbound_put(&in->batch->publish, LINK_PUBLISH, &message, why);
    return status == STATUS_TOO_LARGE ? STATUS_OK : status; /* events may be lost, not the state */
}

static enum status write_log(struct intake *in, const struct device_log *record, struct why *why)
{
    return in->again ? STATUS_OK : device_logs_add(&in->ctx, &in->logs, record, why);
}

/* ---- connections ----------------------------------------------------------------------------- */

/* Details of the log records of connections that ended, or never began, by our words for it. */
static const struct {
    struct str reason;
    struct str log_reason;
    struct str details;
} ends[] = {
    {STR_INIT("DUPLICATE_CLIENTID"), STR_INIT("DUPLICATE_CLIENT_ID"),
     STR_INIT("A new connection was established with the same client ID")},
    {STR_INIT("FORBIDDEN_ACCESS"), STR_INIT("AUTHORIZATION_FAILURE"),
     STR_INIT("The client lost the right to be connected")},
    {STR_INIT("AUTH_ERROR"), STR_INIT("AUTHENTICATION_FAILURE"),
     STR_INIT("The certificate is not accepted any more")},
    {STR_INIT("THROTTLED"), STR_INIT("THROTTLED"), STR_INIT("The client exceeded a limit")},
    {STR_INIT("SERVER_ERROR"), STR_INIT("SERVER_ERROR"),
     STR_INIT("The broker ended without a word about the connection")},
};

static enum status log_end(struct intake *in, const struct client_state *row, int64_t at,
                           struct str reason, struct why *why)
{
    struct device_log record = {.at = at,
                                .event_type = STR("Disconnect"),
                                .client = row->client,
                                .principal = row->principal,
                                .thing = row->thing,
                                .address = row->address,
                                .disconnect_reason = reason};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (str_eq(ends[i].reason, reason)) {
            record.failure = true;
            record.reason = ends[i].log_reason;
            record.details = ends[i].details;
        }
    }
    return write_log(in, &record, why);
}

static struct session_event session_event_of(const struct client_state *row, int64_t at)
{
    return (struct session_event){.at = at,
                                  .client = row->client,
                                  .session = row->session,
                                  .principal = row->principal,
                                  .kind = session_kind_of(row->principal),
                                  .address = row->address};
}

static enum status publish_end(struct intake *in, const struct client_state *row, int64_t at,
                               struct str reason, struct why *why)
{
    struct lifecycle event = {.kind = LIFECYCLE_DISCONNECTED,
                              .at = at,
                              .client = row->client,
                              .session = row->session,
                              .principal = row->principal,
                              .thing = row->exclusive ? row->thing : STR_ABSENT,
                              .reason = reason,
                              .version = row->version};
    return publish(in, &event, why);
}

/* What is known of a connection whose client has another one by now: its session has the address,
 * and its events the number before. */
static enum status find_former(struct intake *in, struct client_state *row, struct why *why)
{
    enum { NEAR = 8 };
    const struct session like = {.client = row->client};
    const struct store_range range = {.prefix = &like, .n_prefix = 1, .descending = true};
    struct client_state now;
    AUTO_SCAN *scan = NULL;
    bool more = true;
    enum status status = client_get(&in->ctx, row->client, &now, why);
    if (status == STATUS_OK) {
        row->version = now.version > 0 ? now.version - 1 : 0;
        row->thing = now.thing;
    } else if (status != STATUS_NOT_FOUND) {
        return status;
    }
    TRY(store_scan_open(in->ctx.tx, TABLE(session), &range, &scan, why));
    for (size_t i = 0; i < NEAR && more; i++) {
        struct session session = {.session = STR_ABSENT};
        TRY(store_scan_next(scan, &session, in->ctx.mem, &more, why));
        if (more && str_eq(session.session, row->session)) {
            row->address = session.address;
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

/* The end of a connection: in the history, the client's row, the log, the events. */
static enum status end_connection(struct intake *in, struct client_state *row, int64_t at,
                                  struct str reason, struct why *why)
{
    struct client_state known;
    bool is_known = false;
    if (!in->again) {
        TRY(client_went(&in->ctx, row, at, reason, &known, &is_known, why));
    }
    if (is_known) {
        *row = known;
    } else {
        TRY(find_former(in, row, why));
    }
    if (!in->again) {
        TRY(session_end(&in->ctx, session_event_of(row, at), reason, why));
    }
    TRY(log_end(in, row, at, reason, why));
    return publish_end(in, row, at, reason, why);
}

static enum status take_connected(struct intake *in, const struct link_message *message,
                                  struct why *why)
{
    const struct link_connected *m = &message->as.connected;
    struct client_state former;
    struct client_state row = {.client = m->client,
                               .broker = in->row.name,
                               .epoch = in->row.epoch,
                               .number = (int64_t)m->session,
                               .thing = str_absent(m->thing) ? STR("") : m->thing,
                               .exclusive = (int64_t)m->exclusive,
                               .address = m->address,
                               .websockets = m->transport == LINK_TRANSPORT_WEBSOCKETS,
                               .protocol = (int64_t)m->protocol,
                               .keepalive = (int64_t)m->keepalive,
                               .clean = (int64_t)m->clean,
                               .since = m->at};
    TRY(principal_of(in, m->fingerprint, &row.principal, why));
    TRY(session_name(in, row.epoch, m->session, &row.session, why));
    TRY(session_check(&(struct session_event){.at = m->at, .client = m->client}, why));
    if (in->again) {
        enum status status = client_get(&in->ctx, m->client, &former, why);
        row.version = status == STATUS_OK ? former.version : 0;
    } else {
        TRY(client_came(&in->ctx, &row, &former, why));
        TRY(session_begin(&in->ctx, session_event_of(&row, m->at), why));
    }
    const struct device_log record = {.at = m->at,
                                      .event_type = STR("Connect"),
                                      .client = m->client,
                                      .principal = row.principal,
                                      .thing = row.thing,
                                      .address = m->address};
    TRY(write_log(in, &record, why));
    struct lifecycle event = {.kind = LIFECYCLE_CONNECTED,
                              .at = m->at,
                              .client = m->client,
                              .session = row.session,
                              .principal = row.principal,
                              .thing = row.exclusive ? row.thing : STR_ABSENT,
                              .address = m->address,
                              .version = row.version};
    return publish(in, &event, why);
}

static enum status take_disconnected(struct intake *in, const struct link_message *message,
                                     struct why *why)
{
    const struct link_disconnected *m = &message->as.disconnected;
    struct client_state row = {.client = m->client,
                               .broker = in->row.name,
                               .epoch = in->row.epoch,
                               .number = (int64_t)m->session};
    struct str reason =
        m->reason == LINK_END_UNKNOWN ? STR("CONNECTION_LOST") : str_from(link_end_word(m->reason));
    TRY(principal_of(in, m->fingerprint, &row.principal, why));
    TRY(session_name(in, row.epoch, m->session, &row.session, why));
    TRY(session_check(&(struct session_event){.at = m->at, .client = m->client}, why));
    return end_connection(in, &row, m->at, reason, why);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static const struct {
    struct str reason;
    struct str details;
} refusals[LINK_REFUSAL_COUNT] = {
    [LINK_REFUSAL_IDENTITY] = {STR_INIT("AUTHENTICATION_FAILURE"),
                               STR_INIT("No certificate, or one that cannot be read")},
    [LINK_REFUSAL_UNKNOWN] = {STR_INIT("AUTHENTICATION_FAILURE"),
                              STR_INIT("The certificate is not registered")},
    [LINK_REFUSAL_INACTIVE] = {STR_INIT("AUTHENTICATION_FAILURE"),
                               STR_INIT("The certificate is not ACTIVE")},
    [LINK_REFUSAL_REVOKED] = {STR_INIT("AUTHENTICATION_FAILURE"),
                              STR_INIT("The certificate is revoked")},
    [LINK_REFUSAL_EXPIRED] = {STR_INIT("AUTHENTICATION_FAILURE"),
                              STR_INIT("The certificate has expired")},
    [LINK_REFUSAL_NOT_YET_VALID] = {STR_INIT("AUTHENTICATION_FAILURE"),
                                    STR_INIT("The certificate is not valid yet")},
    [LINK_REFUSAL_POLICY] = {STR_INIT("AUTHORIZATION_FAILURE"), STR_INIT("Authorization Failure")},
    [LINK_REFUSAL_BANNED] = {STR_INIT("BANNED"), STR_INIT("The client is banned for a while")},
    [LINK_REFUSAL_STORM] = {STR_INIT("THROTTLED"), STR_INIT("Too many connections at once")},
    [LINK_REFUSAL_STALE] = {STR_INIT("SERVER_ERROR"),
                            STR_INIT("The broker has not heard of the account for too long")},
    [LINK_REFUSAL_PENDING] = {STR_INIT("AUTHENTICATION_FAILURE"),
                              STR_INIT("The certificate is being registered")},
};

static enum status take_refused(struct intake *in, const struct link_message *message,
                                struct why *why)
{
    const struct link_refused *m = &message->as.refused;
    struct device_log record = {.at = m->at,
                                .failure = true,
                                .event_type = STR("Connect"),
                                .client = m->client,
                                .address = m->address,
                                .reason = refusals[m->why].reason,
                                .details = refusals[m->why].details};
    TRY(principal_of(in, m->fingerprint, &record.principal, why));
    TRY(write_log(in, &record, why));
    if (m->why != LINK_REFUSAL_POLICY) {
        return STATUS_OK;
    }
    struct lifecycle event = {.kind = LIFECYCLE_CONNECT_FAILED,
                              .at = m->at,
                              .client = m->client,
                              .principal = record.principal,
                              .address = m->address};
    return publish(in, &event, why);
}

static enum status take_denied(struct intake *in, const struct link_message *message,
                               struct why *why)
{
    static const struct str types[LINK_ACTION_COUNT] = {
        [LINK_ACTION_CONNECT] = STR_INIT("Connect"),
        [LINK_ACTION_PUBLISH] = STR_INIT("Publish-In"),
        [LINK_ACTION_RECEIVE] = STR_INIT("Publish-Out"),
        [LINK_ACTION_SUBSCRIBE] = STR_INIT("Subscribe"),
        [LINK_ACTION_RETAIN_PUBLISH] = STR_INIT("Publish-In"),
    };
    const struct link_denied *m = &message->as.denied;
    struct client_state row;
    struct device_log record = {.at = m->at,
                                .failure = true,
                                .event_type = types[m->action],
                                .client = m->client,
                                .topic = m->topic,
                                .reason = STR("AUTHORIZATION_FAILURE"),
                                .details = STR("Authorization Failure")};
    if (in->again || in->logs.off) {
        return STATUS_OK;
    }
    TRY(principal_of(in, m->fingerprint, &record.principal, why));
    enum status status = client_get(&in->ctx, m->client, &row, why);
    if (status == STATUS_OK) {
        record.address = row.address;
        record.thing = row.thing;
    } else if (status != STATUS_NOT_FOUND) {
        return status;
    }
    return write_log(in, &record, why);
}

/* ---- subscriptions --------------------------------------------------------------------------- */

static enum status take_filters(struct intake *in, const struct link_subscribed *m,
                                enum lifecycle_kind kind, struct why *why)
{
    struct client_state row = {.thing = STR("")};
    struct link_list rest = m->filters;
    struct link_text filter;
    struct lifecycle event = {
        .kind = kind, .at = m->at, .client = m->client, .topics = &m->filters};
    TRY(principal_of(in, m->fingerprint, &event.principal, why));
    TRY(session_name(in, in->row.epoch, m->session, &event.session, why));
    enum status status = client_get(&in->ctx, m->client, &row, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
        event.thing = row.exclusive ? row.thing : STR_ABSENT;
    }
    while (!in->logs.off && link_list_next_text(&rest, &filter)) {
        bool subscribed = kind == LIFECYCLE_SUBSCRIBED;
        const struct device_log record = {.at = m->at,
                                          .event_type =
                                              subscribed ? STR("Subscribe") : STR("Unsubscribe"),
                                          .client = m->client,
                                          .principal = event.principal,
                                          .thing = row.thing,
                                          .address = row.address,
                                          .topic = filter.text};
        TRY(write_log(in, &record, why));
    }
    return publish(in, &event, why);
}

static enum status take_subscribed(struct intake *in, const struct link_message *message,
                                   struct why *why)
{
    return take_filters(in, &message->as.subscribed, LIFECYCLE_SUBSCRIBED, why);
}

static enum status take_unsubscribed(struct intake *in, const struct link_message *message,
                                     struct why *why)
{
    const struct link_unsubscribed *m = &message->as.unsubscribed;
    const struct link_subscribed same = {.at = m->at,
                                         .client = m->client,
                                         .session = m->session,
                                         .fingerprint = m->fingerprint,
                                         .filters = m->filters};
    return take_filters(in, &same, LIFECYCLE_UNSUBSCRIBED, why);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static enum status take_stranger(struct intake *in, const struct link_message *message,
                                 struct why *why)
{
    if (in->again || in->batch->stranger == NULL) {
        return STATUS_OK;
    }
    return in->batch->stranger(in->batch->stranger_ctx, &in->ctx, &message->as.stranger, why);
}

static enum status take_retained(struct intake *in, const struct link_message *message,
                                 struct why *why)
{
    const struct link_retained *m = &message->as.retained;
    const struct retained row = {.topic = m->topic,
                                 .at = m->at,
                                 .qos = (int64_t)m->qos,
                                 .size = (int64_t)m->payload.len,
                                 .payload = m->payload};
    if (m->topic.len == 0) {
        return why_set(why, STATUS_INVALID, "a retained message without a topic");
    }
    return in->again ? STATUS_OK : retained_set(&in->ctx, &row, why);
}

static int64_t counted(uint64_t n)
{
    return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

static enum status take_counters(struct intake *in, const struct link_message *message,
                                 struct why *why)
{
    const struct link_counters *m = &message->as.counters;
    struct link_list rest = m->rows;
    struct link_counter row;
    if (m->to < 0) {
        return why_set(why, STATUS_INVALID, "counters of a time before 1970");
    }
    while (!in->again && link_list_next_counter(&rest, &row)) {
        struct traffic more = {.client = row.client,
                               .address = row.address,
                               .sent = counted(row.sent),
                               .received = counted(row.received),
                               .bytes_min = counted(row.bytes_min),
                               .bytes_max = counted(row.bytes_max),
                               .bytes_sum = counted(row.bytes_sum),
                               .auth_failures = counted(row.auth_failures),
                               .connects = counted(row.connects),
                               .disconnects = counted(row.disconnects)};
        if (str_absent(row.client)) {
            continue;
        }
        TRY(principal_of(in, row.fingerprint, &more.principal, why));
        TRY(traffic_add(&in->ctx, m->to, more, why));
        in->batch->counts.sent += row.sent;
        in->batch->counts.received += row.received;
        in->batch->counts.auth_failures += row.auth_failures;
    }
    return STATUS_OK;
}

static enum status take_dropped(struct intake *in, const struct link_message *message,
                                struct why *why)
{
    (void)why;
    in->batch->counts.dropped += in->again ? 0 : message->as.dropped.n;
    return STATUS_OK;
}

typedef enum status take_frame(struct intake *in, const struct link_message *message,
                               struct why *why);

/* What is done with each; NULL: it is only acknowledged. */
static take_frame *const takers[LINK_TYPE_END] = {
    [LINK_CONNECTED] = take_connected,   [LINK_DISCONNECTED] = take_disconnected,
    [LINK_REFUSED] = take_refused,       [LINK_DENIED] = take_denied,
    [LINK_SUBSCRIBED] = take_subscribed, [LINK_UNSUBSCRIBED] = take_unsubscribed,
    [LINK_STRANGER] = take_stranger,     [LINK_RETAINED] = take_retained,
    [LINK_COUNTERS] = take_counters,     [LINK_DROPPED] = take_dropped,
};

/* ---- lives of a broker ------------------------------------------------------------------------
 */

static enum status broker_get(const struct account_ctx *ctx, struct str name, struct broker *ret,
                              bool *ret_known, struct why *why)
{
    struct broker row = {.name = name};
    enum status status = store_get(ctx->tx, TABLE(broker), &row, ctx->mem, why);
    *ret_known = status == STATUS_OK;
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
    }
    *ret = row;
    return STATUS_OK;
}

enum status intake_sequence(const struct account_ctx *ctx, struct str broker,
                            const uint8_t epoch[LINK_ID_BYTES], uint64_t *ret, struct why *why)
{
    struct broker row;
    struct str hex;
    bool known = false;
    TRY(hex_dup(ctx->mem, (struct bytes){epoch, LINK_ID_BYTES}, &hex, why));
    TRY(broker_get(ctx, broker, &row, &known, why));
    *ret = known && str_eq(row.epoch, hex) ? (uint64_t)row.sequence : 0;
    return STATUS_OK;
}

/* What the row has lies in keeping->mem, as long as the batch. */
static enum status begin_life(struct intake *in, const struct account_ctx *keeping, struct why *why)
{
    int64_t now = clock_now(&in->ctx.clock);
    struct broker row;
    struct str epoch;
    bool known = false;
    TRY(hex_dup(in->results, (struct bytes){in->batch->epoch, LINK_ID_BYTES}, &epoch, why));
    TRY(broker_get(keeping, in->batch->broker, &row, &known, why));
    if (!known || !str_eq(row.epoch, epoch)) {
        row.stale = known ? row.seen : TIME_NEVER;
        row.sequence = 0;
        row.since = now;
    }
    row.epoch = epoch;
    row.seen = now;
    row.version = in->batch->version;
    in->row = row;
    return STATUS_OK;
}

/* Some of the connections that a former life left open. */
static enum status end_stale(struct intake *in, struct why *why)
{
    struct client_state *rows = NEW_ARRAY(in->results, struct client_state, INTAKE_STALE_STEP);
    size_t n = 0;
    TRY_PTR(rows);
    if (in->row.stale == TIME_NEVER) {
        return STATUS_OK;
    }
    struct account_ctx keeping = in->ctx;
    keeping.mem = in->results;
    TRY(clients_stale(&keeping, in->row.name, in->row.epoch, rows, INTAKE_STALE_STEP, &n, why));
    in->again = false;
    for (size_t i = 0; i < n; i++) {
        int64_t at = rows[i].since < in->row.stale ? in->row.stale : rows[i].since + 1;
        arena_clear(in->ctx.mem);
        TRY(end_connection(in, &rows[i], at, STR("SERVER_ERROR"), why));
    }
    if (n < INTAKE_STALE_STEP) {
        in->row.stale = TIME_NEVER;
    }
    in->batch->stale = n == INTAKE_STALE_STEP;
    return STATUS_OK;
}

/* ---- a batch --------------------------------------------------------------------------------- */

/* Failures that are the frame's own fault, and have written nothing. */
static bool is_refusal(enum status status)
{
    return status == STATUS_INVALID || status == STATUS_LIMIT || status == STATUS_TOO_LARGE ||
           status == STATUS_OUT_OF_BOUNDS;
}

static enum status take_one(struct intake *in, struct bytes frame, struct why *why)
{
    struct link_message message;
    struct intake_counts *counts = &in->batch->counts;
    TRY(link_decode(frame, LINK_UP, &message, why));
    uint64_t sequence = link_sequence(&message);
    in->again = sequence <= (uint64_t)in->row.sequence;
    counts->again += in->again;
    counts->frames[message.type] += !in->again;
    arena_clear(in->ctx.mem);
    struct why refusal = {.code = STATUS_OK};
    enum status status =
        takers[message.type] == NULL ? STATUS_OK : takers[message.type](in, &message, &refusal);
    if (is_refusal(status)) {
        counts->refused++;
        memcpy(counts->refusal, refusal.text, sizeof counts->refusal);
    } else if (status != STATUS_OK) {
        *why = refusal;
        return status;
    }
    if (!in->again) {
        in->row.sequence = (int64_t)sequence;
    }
    return STATUS_OK;
}

static enum status take_all(struct intake *in, struct why *why)
{
    struct bytes rest = in->batch->frames;
    while (rest.len > 0) {
        struct bytes frame;
        size_t used = 0;
        TRY(link_frame(rest, &frame, &used, why));
        if (frame.ptr == NULL) {
            return why_set(why, STATUS_INTERNAL, "a batch ends within a frame");
        }
        TRY(take_one(in, frame, why));
        rest = (struct bytes){rest.ptr + used, rest.len - used};
    }
    return STATUS_OK;
}

enum status intake_apply(const struct account_ctx *ctx, struct intake_batch *batch, struct why *why)
{
    AUTO_ARENA *scratch = arena_new(FRAME_MEMORY);
    AUTO_ARENA *results = arena_new(RESULT_MEMORY);
    TRY_PTR(scratch);
    TRY_PTR(results);
    struct intake in = {.ctx = *ctx, .results = results, .batch = batch};
    in.ctx.mem = scratch;
    outbound_release(&batch->publish); /* of a former try */
    batch->counts = (struct intake_counts){.again = 0};
    batch->stale = false;
    struct account_ctx keeping = in.ctx;
    keeping.mem = results;
    TRY(device_logs_begin(&keeping, results, &in.logs, why));
    TRY(begin_life(&in, &keeping, why));
    TRY(end_stale(&in, why));
    TRY(take_all(&in, why));
    arena_clear(scratch);
    TRY(device_logs_end(&in.ctx, &in.logs, in.row.name, why));
    batch->sequence = (uint64_t)in.row.sequence;
    return store_put(ctx->tx, TABLE(broker), &in.row, why);
}
