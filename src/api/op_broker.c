/* op_broker.c: who is connected, who may not, and what brokers publish for the API: operations of
 * AWS IoT's data plane, and our own beside them. */
#include <inttypes.h>

#include "account/ban.h"
#include "account/client.h"
#include "account/retained.h"
#include "account/thing.h"
#include "account/traffic.h"
#include "api/handlers.h"
#include "api/page.h"
#include "broker/server.h"
#include "codec/base64.h"
#include "codec/json_tree.h"
#include "net/cidr.h"

#include "base/banned.h"

enum { TOPIC_BYTES_MAX = 256, PROPERTIES_MAX = 20, PROPERTY_SPARE = 24 };

/* ---- connections ----------------------------------------------------------------------------- */

static struct str reason_of(const struct client_state *row)
{
    static const struct str known[] = {STR_INIT("AUTH_ERROR"),
                                       STR_INIT("CLIENT_INITIATED_DISCONNECT"),
                                       STR_INIT("CLIENT_ERROR"),
                                       STR_INIT("CONNECTION_LOST"),
                                       STR_INIT("DUPLICATE_CLIENTID"),
                                       STR_INIT("FORBIDDEN_ACCESS"),
                                       STR_INIT("MQTT_KEEP_ALIVE_TIMEOUT"),
                                       STR_INIT("SERVER_ERROR"),
                                       STR_INIT("SERVER_INITIATED_DISCONNECT"),
                                       STR_INIT("THROTTLED"),
                                       STR_INIT("WEBSOCKET_TTL_EXPIRATION"),
                                       STR_INIT("CUSTOMAUTH_TTL_EXPIRATION")};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (str_eq(known[i], row->reason)) {
            return known[i];
        }
    }
    return str_eq(row->reason, STR("API_INITIATED_DISCONNECT"))
               ? STR("SERVER_INITIATED_DISCONNECT") /* the operation's word for it */
               : STR("UNKNOWN");
}

enum status op_GetThingConnectivityData(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str name = arg_str(call, M_thingName);
    struct client_state row;
    struct thing thing;
    TRY(thing_get(&ctx, name, &thing, why));
    enum status status = client_of_thing(&ctx, name, &row, why);
    reply_str(call, M_thingName, name);
    if (status == STATUS_NOT_FOUND) {
        reply_bool(call, M_connected, false);
        reply_str(call, M_disconnectReason, STR("NONE"));
        return STATUS_OK;
    }
    TRY(status);
    reply_bool(call, M_connected, row.online != 0);
    reply_time(call, M_timestamp, row.online ? row.since : row.ended);
    reply_str(call, M_disconnectReason, row.online ? STR("NONE") : reason_of(&row));
    return STATUS_OK;
}

enum status op_DeleteConnection(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str client = arg_str(call, M_clientId);
    struct client_state row;
    TRY(client_get(&ctx, client, &row, why));
    if (!row.online) {
        return why_set(why, STATUS_NOT_FOUND, "client %.*s is not connected", STR_ARG(client));
    }
    if (arg_bool(call, M_cleanSession, false)) {
        return why_set(why, STATUS_INVALID,
                       "cleanSession is not offered: the broker keeps a client's session until the "
                       "client or its expiry ends it");
    }
    return broker_cut(call->env->brokers, client, LINK_END_API_INITIATED_DISCONNECT,
                      !arg_bool(call, M_preventWillMessage, false), why);
}

static enum status reply_connection(struct call *call, const struct client_state *row,
                                    struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct traffic traffic = {.sent = 0};
    bool found = false;
    TRY(traffic_now(&ctx, row->client, &traffic, &found, why));
    reply_begin_item(call);
    reply_str(call, M_clientId, row->client);
    reply_bool(call, M_connected, row->online != 0);
    reply_str(call, M_brokerName, row->broker);
    reply_str(call, M_sessionId, row->session);
    if (row->principal.len > 0) {
        reply_str(call, M_certificateId, row->principal);
    }
    if (row->thing.len > 0) {
        reply_str(call, M_thingName, row->thing);
    }
    reply_str(call, M_sourceIp, row->address);
    reply_str(call, M_transport, row->websockets ? STR("WEBSOCKETS") : STR("TCP"));
    reply_int(call, M_mqttVersion, row->protocol);
    reply_int(call, M_keepAliveSeconds, row->keepalive);
    reply_time(call, M_connectedSince, row->since);
    reply_time(call, M_disconnectedAt, row->ended);
    if (!row->online) {
        reply_str(call, M_disconnectReason, row->reason);
    }
    reply_int(call, M_messagesSent, traffic.sent);
    reply_int(call, M_messagesReceived, traffic.received);
    reply_int(call, M_bytesSent, traffic.bytes_sum);
    reply_int(call, M_authorizationFailures, traffic.auth_failures);
    reply_end_item(call);
    return STATUS_OK;
}

enum status op_ListConnections(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str client = arg_str(call, M_clientId);
    const struct clients_filter filter = {.principal = arg_str(call, M_certificateId),
                                          .thing = arg_str(call, M_thingName),
                                          .offline = arg_bool(call, M_includeOffline, false)};
    struct client_state one;
    struct page page;
    struct page_rows rows = {&one, 1, STR_ABSENT};
    TRY(call_page(call, &page, why));
    page.descending = false;
    if (!str_absent(client)) {
        enum status status = client_get(&ctx, client, &one, why);
        rows.n = status == STATUS_OK && (one.online || filter.offline);
        TRY(status == STATUS_NOT_FOUND ? STATUS_OK : status);
    } else {
        TRY(clients_list(&ctx, &filter, &page, &rows, why));
    }
    reply_begin_list(call, M_connections);
    for (size_t i = 0; i < rows.n; i++) {
        TRY(reply_connection(call, (const struct client_state *)rows.rows + i, why));
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

/* ---- bans ------------------------------------------------------------------------------------ */

static void reply_ban(struct call *call, const struct ban *row)
{
    reply_int(call, M_banId, row->id);
    reply_str(call, M_banType, row->kind);
    reply_str(call, M_banValue, row->value);
    reply_time(call, M_expirationDate, row->until);
    reply_time(call, M_creationDate, row->created);
    reply_str(call, M_banReason, row->reason);
    reply_str(call, M_author, row->author);
}

static enum status check_place(struct str kind, struct str value, struct why *why)
{
    struct address address;
    struct cidr network;
    if (str_eq(kind, STR("ADDRESS"))) {
        return address_read(value, &address, why);
    }
    return str_eq(kind, STR("NETWORK")) ? cidr_read(value, &network, why) : STATUS_OK;
}

enum status op_CreateBan(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct ban_new in = {.kind = arg_str(call, M_banType),
                               .value = arg_str(call, M_banValue),
                               .until = call->now + arg_int(call, M_durationSeconds, 0) * SECOND_MS,
                               .reason = arg_str(call, M_banReason),
                               .author = call->caller.arn};
    struct ban row;
    TRY(check_place(in.kind, in.value, why));
    TRY(ban_add(&ctx, &in, &row, why));
    reply_ban(call, &row);
    return STATUS_OK;
}

enum status op_DeleteBan(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return ban_remove(&ctx, arg_int(call, M_banId, 0), why);
}

enum status op_ListBans(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    page.descending = false;
    TRY(ban_list(&ctx, &page, &rows, why));
    reply_begin_list(call, M_bans);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        reply_ban(call, (const struct ban *)rows.rows + i);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

/* ---- retained messages ------------------------------------------------------------------------
 */

enum status op_GetRetainedMessage(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct retained row;
    TRY(retained_get(&ctx, arg_str(call, M_topic), &row, why));
    reply_str(call, M_topic, row.topic);
    reply_blob(call, M_payload, row.payload);
    reply_int(call, M_qos, row.qos);
    reply_int(call, M_lastModifiedTime, row.at);
    return STATUS_OK;
}

enum status op_ListRetainedMessages(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    page.descending = false;
    TRY(retained_list(&ctx, &page, &rows, why));
    reply_begin_list(call, M_retainedTopics);
    for (size_t i = 0; i < rows.n; i++) {
        const struct retained *row = (const struct retained *)rows.rows + i;
        reply_begin_item(call);
        reply_str(call, M_topic, row->topic);
        reply_int(call, M_payloadSize, row->size);
        reply_int(call, M_qos, row->qos);
        reply_int(call, M_lastModifiedTime, row->at);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

/* ---- publishing ------------------------------------------------------------------------------ */

static enum status check_topic(struct str topic, const char *what, struct why *why)
{
    bool wild =
        str_find_char(topic, '#', 0) < topic.len || str_find_char(topic, '+', 0) < topic.len;
    if (topic.len == 0 || topic.len > TOPIC_BYTES_MAX || wild ||
        memchr(topic.ptr, '\0', topic.len) != NULL) {
        return why_set(why, STATUS_INVALID, "%s must have 1 to %d bytes, without wildcards and NUL",
                       what, TOPIC_BYTES_MAX);
    }
    return STATUS_OK;
}

/* The header is base64 of JSON: the list, or (so the SDKs write a list that they are given as text)
 * a text that holds it. */
static enum status read_list(const struct call *call, struct str header,
                             const struct json_value **ret, struct why *why)
{
    struct bytes json;
    TRY(base64_decode(call->mem, BASE64_STANDARD, header, &json, why));
    TRY(json_tree_read(str_of_bytes(json), call->mem, ret, why));
    return (*ret)->type == JSON_STRING ? json_tree_read((*ret)->text, call->mem, ret, why)
                                       : STATUS_OK;
}

/* [{"name": "value"}, ...]: each object has one member. */
static enum status read_properties(const struct call *call, struct link_list *ret, struct why *why)
{
    struct str header = arg_str(call, M_userProperties);
    const struct json_value *list = NULL;
    if (str_absent(header)) {
        return STATUS_OK;
    }
    if (read_list(call, header, &list, why) != STATUS_OK || list->type != JSON_ARRAY ||
        list->n > PROPERTIES_MAX) {
        return why_set(why, STATUS_INVALID,
                       "userProperties must be an array of at most %d objects, as JSON in base64",
                       PROPERTIES_MAX);
    }
    size_t size = header.len + list->n * PROPERTY_SPARE;
    void *memory = arena_alloc(call->mem, size);
    TRY_PTR(memory);
    struct link_rows rows = link_rows_of(memory, size);
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        if (v->type != JSON_OBJECT || v->n != 1 || v->first->type != JSON_STRING) {
            return why_set(why, STATUS_INVALID,
                           "each of the userProperties must be an object with one text");
        }
        link_rows_add_attribute(&rows, &(struct link_attribute){v->first->key, v->first->text});
    }
    *ret = link_rows_list(&rows);
    return STATUS_OK;
}

static enum status read_correlation(const struct call *call, struct bytes *ret, struct why *why)
{
    struct str text = arg_str(call, M_correlationData);
    if (str_absent(text)) {
        return STATUS_OK;
    }
    return base64_decode(call->mem, BASE64_STANDARD, text, ret, why) == STATUS_OK
               ? STATUS_OK
               : why_set(why, STATUS_INVALID, "correlationData is no base64");
}

static enum status set_retained(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return retained_set(ctx, arg, why);
}

/* A broker does not tell its plugin of what the plugin itself has published. */
static enum status keep_retained(struct call *call, const struct link_publish *message,
                                 struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct retained row = {.topic = message->topic,
                           .at = call->now,
                           .qos = (int64_t)message->qos,
                           .size = (int64_t)message->payload.len,
                           .payload = message->payload};
    struct account_call write = {.ctx = &ctx, .run = set_retained, .arg = &row};
    return store_write(call->env->store, account_call_run, &write, why);
}

enum status op_Publish(struct call *call, struct why *why)
{
    int64_t expiry = arg_int(call, M_messageExpiry, 0);
    struct link_publish message = {
        .topic = arg_str(call, M_topic),
        .payload = bytes_of_str(arg_str(call, M_payload)),
        .qos = (uint64_t)arg_int(call, M_qos, 0),
        .retain = arg_bool(call, M_retain, false),
        .text = str_eq(arg_str(call, M_payloadFormatIndicator), STR("UTF8_DATA")),
        .expiry = (uint64_t)expiry,
        .content_type = arg_str(call, M_contentType),
        .response_topic = arg_str(call, M_responseTopic)};
    TRY(check_topic(message.topic, "a topic", why));
    if (message.payload.len > RETAINED_PAYLOAD_MAX) {
        return why_set(why, STATUS_INVALID, "the payload has %zu bytes; it may have %d",
                       message.payload.len, RETAINED_PAYLOAD_MAX);
    }
    if (expiry < 0 || expiry > UINT32_MAX) {
        return why_set(why, STATUS_INVALID, "messageExpiry must be 0 to %" PRIu32 " seconds",
                       UINT32_MAX);
    }
    if (!str_absent(message.response_topic)) {
        TRY(check_topic(message.response_topic, "a response topic", why));
    }
    TRY(read_properties(call, &message.properties, why));
    TRY(read_correlation(call, &message.correlation, why));
    TRY(broker_publish(call->env->brokers, &message, why));
    return message.retain ? keep_retained(call, &message, why) : STATUS_OK;
}
