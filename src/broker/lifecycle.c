#include "broker/lifecycle.h"

#include "codec/json_write.h"
#include "link/codec.h"

#include "base/banned.h"

enum { LIFECYCLE_BYTES_MAX = 1 << 20 };

static const struct {
    struct str folder;
    struct str name;
} kinds[] = {
    [LIFECYCLE_CONNECTED] = {STR_INIT("presence"), STR_INIT("connected")},
    [LIFECYCLE_DISCONNECTED] = {STR_INIT("presence"), STR_INIT("disconnected")},
    [LIFECYCLE_CONNECT_FAILED] = {STR_INIT("presence"), STR_INIT("connect_failed")},
    [LIFECYCLE_SUBSCRIBED] = {STR_INIT("subscriptions"), STR_INIT("subscribed")},
    [LIFECYCLE_UNSUBSCRIBED] = {STR_INIT("subscriptions"), STR_INIT("unsubscribed")},
};

static void put_topics(struct json_write *w, const struct link_list *topics)
{
    struct link_list rest = *topics;
    struct link_text row;
    json_write_key(w, STR("topics"));
    json_write_array(w);
    while (link_list_next_text(&rest, &row)) {
        json_write_string(w, row.text);
    }
    json_write_end(w);
}

static void put_end(struct json_write *w, const struct lifecycle *event)
{
    bool by_client = str_eq(event->reason, STR("CLIENT_INITIATED_DISCONNECT"));
    json_write_member_bool(w, STR("clientInitiatedDisconnect"), by_client);
    json_write_member(w, STR("disconnectReason"), event->reason);
}

static void put_members(struct json_write *w, const struct lifecycle *event)
{
    enum lifecycle_kind kind = event->kind;
    json_write_member(w, STR("clientId"), event->client);
    json_write_member_int64(w, STR("timestamp"), event->at);
    json_write_member(w, STR("eventType"), kinds[kind].name);
    json_write_member(w, STR("sessionIdentifier"), event->session);
    json_write_member(w, STR("principalIdentifier"), event->principal);
    json_write_member(w, STR("thingName"), event->thing);
    if (kind == LIFECYCLE_CONNECTED || kind == LIFECYCLE_CONNECT_FAILED) {
        json_write_member(w, STR("ipAddress"), event->address);
    }
    if (kind == LIFECYCLE_CONNECT_FAILED) {
        json_write_member(w, STR("connectFailureReason"), STR("AUTHORIZATION_FAILED"));
    }
    if (kind == LIFECYCLE_DISCONNECTED) {
        put_end(w, event);
    }
    if (kind == LIFECYCLE_CONNECTED || kind == LIFECYCLE_DISCONNECTED) {
        json_write_member_int64(w, STR("versionNumber"), event->version);
    }
    if (kind == LIFECYCLE_SUBSCRIBED || kind == LIFECYCLE_UNSUBSCRIBED) {
        put_topics(w, event->topics);
    }
}

static bool has_events(struct str client)
{
    return client.len > 0 && str_find_char(client, '#', 0) == client.len &&
           str_find_char(client, '+', 0) == client.len;
}

enum status lifecycle_write(const struct lifecycle *event, struct arena *mem, struct str *ret_topic,
                            struct str *ret_json, struct why *why)
{
    struct buf out;
    struct json_write w;
    if (!has_events(event->client)) {
        *ret_topic = STR_ABSENT;
        return STATUS_OK;
    }
    buf_init(&out, mem, LIFECYCLE_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    put_members(&w, event);
    json_write_end(&w);
    json_write_finish(&w);
    TRY(buf_finish(&out, ret_json, why));
    return str_fmt(mem, ret_topic, why, "$aws/events/%.*s/%.*s/%.*s",
                   STR_ARG(kinds[event->kind].folder), STR_ARG(kinds[event->kind].name),
                   STR_ARG(event->client));
}
