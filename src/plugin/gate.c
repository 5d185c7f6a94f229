/* gate.c: what the broker asks and tells: who may come in, who may do what, who has left. */
#include <inttypes.h>
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#include "base/arena.h"
#include "plugin/guest.h"

#include "base/banned.h"

/* States of a connection inside the broker (mosquitto_internal.h of 2.0 and 2.1). */
enum { BROKER_ACTIVE = 3, BROKER_DISCONNECTING = 2, BROKER_DUPLICATE = 17 };

/* Exported by the broker, though it is in no header: it alone tells a client that said goodbye from
 * one that was lost. Without it the reason is UNKNOWN. */
int mosquitto__get_state(const struct mosquitto *client) __attribute__((weak));

/* ---- connections by the broker's handle ------------------------------------------------------ */

static uint64_t handle_hash(const struct mosquitto *handle)
{
    return hash_number((uint64_t)(uintptr_t)handle);
}

/* Also one that has departed. */
static struct connection *find_connection(struct guest *guest, const struct mosquitto *handle)
{
    if (guest->last_handle == handle && guest->last != NULL) {
        return guest->last;
    }
    struct connection *found = table_find_number(&guest->by_handle, (uint64_t)(uintptr_t)handle);
    guest->last_handle = handle;
    guest->last = found;
    return found;
}

struct connection *guest_connection_of(const struct guest *guest, struct str client)
{
    struct client *row = clients_find(&guest->clients, client);
    return row == NULL ? NULL : row->connection;
}

static void link_open(struct guest *guest, struct connection *connection)
{
    connection->open = true;
    if (guest->open == NULL) {
        connection->prev = connection->next = connection;
        guest->open = connection;
    } else {
        connection->next = guest->open;
        connection->prev = guest->open->prev;
        connection->prev->next = connection;
        connection->next->prev = connection;
    }
    guest->n_open++;
}

static void unlink_open(struct guest *guest, struct connection *connection)
{
    connection->open = false;
    connection->prev->next = connection->next;
    connection->next->prev = connection->prev;
    if (guest->open == connection) {
        guest->open = connection->next == connection ? NULL : connection->next;
    }
    guest->n_open--;
}

static void link_departed(struct guest *guest, struct connection *connection)
{
    connection->next = NULL;
    connection->prev = guest->departed_last;
    *(connection->prev == NULL ? &guest->departed : &connection->prev->next) = connection;
    guest->departed_last = connection;
    guest->n_departed++;
}

static void unmark(struct guest *guest, struct connection *connection)
{
    for (struct connection **at = &guest->dirty; connection->dirty && *at != NULL;
         at = &(*at)->next_dirty) {
        if (*at == connection) {
            *at = connection->next_dirty;
            guest->dirty_end = *at == NULL ? at : guest->dirty_end;
            connection->dirty = false;
            return;
        }
    }
}

void guest_forget(struct guest *guest, struct connection *connection)
{
    struct principal *principal = connection->principal;
    *(connection->prev == NULL ? &guest->departed : &connection->prev->next) = connection->next;
    *(connection->next == NULL ? &guest->departed_last : &connection->next->prev) =
        connection->prev;
    guest->n_departed--;
    table_remove(&guest->by_handle, handle_hash(connection->handle), connection);
    if (guest->last == connection) {
        guest->last = NULL;
        guest->last_handle = NULL;
    }
    unmark(guest, connection);
    connection_free(connection);
    principals_tidy(&guest->principals, principal);
}

/* ---- who may come in ------------------------------------------------------------------------- */

static bool banned(const struct guest *guest, const struct principal *principal,
                   const struct client *client, struct str name, struct str address)
{
    char id[2 * LINK_DIGEST_BYTES];
    int64_t now = guest_now(guest);
    if (client != NULL && client->banned > now) {
        return true;
    }
    if (guest->bans.n == 0) {
        return false;
    }
    if (bans_hold(&guest->bans, LINK_BAN_OF_CLIENT, name, now) ||
        bans_hold(&guest->bans, LINK_BAN_OF_ADDRESS, address, now)) {
        return true;
    }
    if (principal == NULL) {
        return false;
    }
    hex_encode((struct bytes){principal->fingerprint, LINK_DIGEST_BYTES}, id);
    return bans_hold(&guest->bans, LINK_BAN_OF_CERTIFICATE, (struct str){id, sizeof id}, now);
}

bool guest_stands(const struct guest *guest, const struct principal *principal,
                  const struct client *client, struct str id, struct str address,
                  enum link_refusal *ret_why)
{
    int64_t now = guest_now(guest);
    *ret_why = principal->gone                                 ? LINK_REFUSAL_UNKNOWN
               : principal->state == LINK_CERTIFICATE_REVOKED  ? LINK_REFUSAL_REVOKED
               : principal->revoked != TIME_NEVER              ? LINK_REFUSAL_REVOKED
               : principal->state != LINK_CERTIFICATE_ACTIVE   ? LINK_REFUSAL_INACTIVE
               : now < principal->not_before                   ? LINK_REFUSAL_NOT_YET_VALID
               : now > principal->not_after                    ? LINK_REFUSAL_EXPIRED
               : banned(guest, principal, client, id, address) ? LINK_REFUSAL_BANNED
                                                               : LINK_REFUSAL_COUNT;
    return *ret_why == LINK_REFUSAL_COUNT;
}

/* One who wants to come in. */
struct visitor {
    struct mosquitto *handle;
    struct str client;
    struct str address;
    bool has_peer;
    struct peer peer;
};

/* More attempts in this second than are looked at. */
static bool storms(struct guest *guest)
{
    int64_t second = guest->steady / SECOND_MS;
    if (second != guest->storm_second) {
        guest->storm_second = second;
        guest->storm_seen = 0;
    }
    guest->storm_seen++;
    return guest->settings.storm_connects > 0 && guest->storm_seen > guest->settings.storm_connects;
}

/* One message and one line each, up to a bound in a second. */
static int refuse(struct guest *guest, const struct visitor *visitor, enum link_refusal why)
{
    int64_t second = guest->steady / SECOND_MS;
    if (second != guest->refused_second) {
        if (guest->refused_seen > GUEST_REFUSED_PER_SECOND) {
            guest_log(MOSQ_LOG_NOTICE, "refused %" PRIu64 " more connections in that second",
                      guest->refused_seen - GUEST_REFUSED_PER_SECOND);
        }
        guest->refused_second = second;
        guest->refused_seen = 0;
    }
    if (guest->refused_seen++ >= GUEST_REFUSED_PER_SECOND) {
        ring_drop(&guest->ring, LINK_REFUSED, 1);
        return MOSQ_ERR_AUTH;
    }
    guest_log(MOSQ_LOG_NOTICE, "refused client %.*s from %.*s: %s", STR_ARG(visitor->client),
              STR_ARG(visitor->address), link_refusal_word(why));
    ring_put(&guest->ring, LINK_REFUSED,
             &(struct link_refused){
                 .at = guest_now(guest),
                 .client = visitor->client,
                 .fingerprint = {visitor->has_peer ? visitor->peer.fingerprint : NULL,
                                 visitor->has_peer ? LINK_DIGEST_BYTES : 0},
                 .address = visitor->address,
                 .why = why,
             });
    return MOSQ_ERR_AUTH;
}

/* True when this fingerprint was told of within the last minute; else it is noted. */
static bool told_of(struct guest *guest, const uint8_t *fingerprint)
{
    uint64_t place;
    memcpy(&place, fingerprint, sizeof place);
    place %= GUEST_STRANGERS;
    bool same = memcmp(guest->strangers[place].fingerprint, fingerprint, LINK_DIGEST_BYTES) == 0;
    if (same && guest->steady - guest->strangers[place].at < GUEST_STRANGER_MS) {
        return true;
    }
    memcpy(guest->strangers[place].fingerprint, fingerprint, LINK_DIGEST_BYTES);
    guest->strangers[place].at = guest->steady;
    return false;
}

/* An unknown certificate of a CA that the daemon wants to hear of. */
static void tell_stranger(struct guest *guest, const struct visitor *visitor)
{
    for (size_t i = 0; i < guest->n_cas; i++) {
        const struct authority *ca = &guest->cas[i];
        struct bytes der;
        if (memcmp(ca->subject, visitor->peer.issuer, LINK_DIGEST_BYTES) != 0 ||
            told_of(guest, visitor->peer.fingerprint)) {
            continue;
        }
        AUTO_ARENA *mem = arena_new(LIMIT_DER_BYTES + 64);
        if (mem != NULL && peer_certificate(visitor->handle, mem, &der, NULL) == STATUS_OK) {
            ring_put(&guest->ring, LINK_STRANGER,
                     &(struct link_stranger){
                         .at = guest_now(guest),
                         .client = visitor->client,
                         .address = visitor->address,
                         .ca = {ca->fingerprint, LINK_DIGEST_BYTES},
                         .certificate = der,
                     });
        }
        return;
    }
}

/* Its attempts, also those that fail. */
static void count_attempt(struct guest *guest, struct client *client, const struct visitor *visitor)
{
    client_changes(&guest->clients, client);
    client_seen(client, visitor->peer.fingerprint, visitor->address);
    client->connects++;
}

/* True: it comes too often, and is refused for a time. Of attempts that a policy let in alone: who
 * may not be this client shall not get it banned. */
static bool flaps(const struct guest *guest, struct client *client)
{
    int64_t now = guest_now(guest);
    const struct link_settings *settings = &guest->settings;
    if (settings->client_connects == 0 || client == guest->clients.unnamed) {
        return false;
    }
    if (now - client->watched >= (int64_t)settings->client_window_ms) {
        client->watched = now;
        client->attempts = 0;
    }
    if (++client->attempts > settings->client_connects) {
        client->banned = now + (int64_t)settings->client_ban_ms;
        client->attempts = 0;
        client->watched = now;
        return settings->client_ban_ms > 0;
    }
    return false;
}

/* The former connection of the client id, which the broker will now close. */
static void take_over(struct client *client)
{
    if (client->connection != NULL && !client->connection->cut) {
        client->connection->end = LINK_END_DUPLICATE_CLIENTID;
    }
}

static void tell_connected(struct guest *guest, const struct connection *connection,
                           enum link_transport transport)
{
    ring_put(&guest->ring, LINK_CONNECTED,
             &(struct link_connected){
                 .at = guest_now(guest),
                 .client = connection->id,
                 .session = connection->session,
                 .fingerprint = guest_fingerprint(connection),
                 .address = str_from(connection->address),
                 .thing = connection->thing,
                 .exclusive = connection->exclusive,
                 .transport = transport,
                 .protocol = connection->protocol,
                 .keepalive = (uint64_t)connection->keepalive,
                 .clean = connection->clean,
             });
}

/* A connection that was judged and may stay. */
static void let_in(struct guest *guest, struct connection *connection, struct client *client)
{
    enum link_transport transport = mosquitto_client_protocol(connection->handle) == mp_websockets
                                        ? LINK_TRANSPORT_WEBSOCKETS
                                        : LINK_TRANSPORT_TCP;
    take_over(client);
    connection->client = client;
    if (client != guest->clients.unnamed) {
        client->connection = connection;
    }
    connection->session = ++guest->sessions;
    connection->since = connection->last = guest->steady;
    link_open(guest, connection);
    guest->last_handle = NULL;
    tell_connected(guest, connection, transport);
}

/* Past the certificate: is there a policy that lets it in, and does it come too often? */
static int admit(struct guest *guest, const struct visitor *visitor, struct principal *principal)
{
    struct connection *connection;
    struct client *client = clients_get(&guest->clients, visitor->client);
    count_attempt(guest, client, visitor);
    if (connection_new(&guest->judge, visitor->handle, principal, visitor->client, visitor->address,
                       &connection, NULL) != STATUS_OK) {
        return MOSQ_ERR_NOMEM;
    }
    connection->clean = mosquitto_client_clean_session(visitor->handle);
    connection->keepalive = mosquitto_client_keepalive(visitor->handle);
    connection->protocol = (uint8_t)mosquitto_client_protocol_version(visitor->handle);
    connection_prepare(connection);
    bool may = connection_may_connect(connection);
    bool comes_too_often = may && flaps(guest, client);
    if (may && !comes_too_often &&
        table_add(&guest->by_handle, handle_hash(visitor->handle), connection, NULL) == STATUS_OK) {
        let_in(guest, connection, client);
        return MOSQ_ERR_SUCCESS;
    }
    connection_free(connection);
    client->auth_failures += may ? 0 : 1;
    if (client->connection == NULL) {
        clients_loosen(&guest->clients, client);
    }
    return may && !comes_too_often
               ? MOSQ_ERR_NOMEM
               : refuse(guest, visitor, may ? LINK_REFUSAL_BANNED : LINK_REFUSAL_POLICY);
}

/* At a reload the broker drops who has no user name, when nobody may be anonymous. With a name it
 * copies it with each message, so they have one for that moment alone. */
void guest_reloading(struct guest *guest)
{
    struct connection *connection = guest->open;
    for (size_t i = 0; i < guest->n_open; i++, connection = connection->next) {
        char id[2 * LINK_DIGEST_BYTES + 1] = {0};
        hex_encode(guest_fingerprint(connection), id);
        if (mosquitto_set_username(connection->handle, id) != MOSQ_ERR_SUCCESS) {
            guest_log(MOSQ_LOG_WARNING, "client %.*s has no user name: the reload drops it",
                      STR_ARG(connection->id));
        }
    }
    guest->named = true;
}

void guest_unname(struct guest *guest)
{
    struct connection *connection = guest->open;
    for (size_t i = 0; i < guest->n_open && guest->named; i++, connection = connection->next) {
        if (mosquitto_set_username(connection->handle, NULL) != MOSQ_ERR_SUCCESS) {
            return; /* it goes on with its name */
        }
    }
    guest->named = false;
}

/* After a reload the broker asks again about those who are in. */
static bool asks_again(struct guest *guest, struct mosquitto *handle)
{
    const struct connection *connection = find_connection(guest, handle);
    return connection != NULL && connection->open &&
           str_eq(connection->id, str_from(mosquitto_client_id(handle)));
}

/* They have been judged at every change: nothing is new. */
static int answer_again(const struct guest *guest)
{
    return guest->last->cut ? MOSQ_ERR_AUTH : MOSQ_ERR_SUCCESS;
}

/* A handle that is used again: the broker never said that its former connection is gone. */
static void forget_handle(struct guest *guest, struct mosquitto *handle)
{
    struct connection *former = find_connection(guest, handle);
    if (former != NULL && former->open) {
        guest_disconnected_as(guest, former, LINK_END_UNKNOWN);
        former = find_connection(guest, handle);
    }
    if (former != NULL) {
        guest_forget(guest, former);
    }
    guest->last_handle = NULL;
}

int guest_authenticate(struct guest *guest, struct mosquitto *handle)
{
    struct visitor visitor = {.handle = handle,
                              .client = str_from(mosquitto_client_id(handle)),
                              .address = str_from(mosquitto_client_address(handle))};
    enum link_refusal why;
    if (asks_again(guest, handle)) {
        return answer_again(guest);
    }
    forget_handle(guest, handle);
    if (storms(guest)) {
        return refuse(guest, &visitor, LINK_REFUSAL_STORM);
    }
    if (str_absent(visitor.client)) {
        return refuse(guest, &visitor, LINK_REFUSAL_IDENTITY);
    }
    if (!guest->has_state) {
        return refuse(guest, &visitor, LINK_REFUSAL_PENDING);
    }
    if (guest_too_old(guest)) {
        return refuse(guest, &visitor, LINK_REFUSAL_STALE);
    }
    const struct client *client = clients_find(&guest->clients, visitor.client);
    if (banned(guest, NULL, client, visitor.client, visitor.address)) {
        return refuse(guest, &visitor, LINK_REFUSAL_BANNED);
    }
    if (peer_identify(handle, &visitor.peer, NULL) != STATUS_OK) {
        return refuse(guest, &visitor, LINK_REFUSAL_IDENTITY);
    }
    visitor.has_peer = true;
    struct principal *principal = principals_find(&guest->principals, visitor.peer.fingerprint);
    if (principal == NULL || principal->gone) {
        tell_stranger(guest, &visitor);
        return refuse(guest, &visitor, LINK_REFUSAL_UNKNOWN);
    }
    if (principal->state == LINK_CERTIFICATE_PENDING_ACTIVATION) {
        tell_stranger(guest, &visitor); /* what could not be provisioned may be by now */
    }
    return guest_stands(guest, principal, client, visitor.client, visitor.address, &why)
               ? admit(guest, &visitor, principal)
               : refuse(guest, &visitor, why);
}

/* ---- who may do what ------------------------------------------------------------------------- */

/* A minute's DENIED messages of a client are bounded; its count is exact. */
static void tell_denied(struct guest *guest, struct connection *connection, enum link_action action,
                        struct str topic)
{
    struct client *client = connection->client;
    client_changes(&guest->clients, client);
    client->auth_failures++;
    if (guest->steady - client->denied_at >= MINUTE_MS) {
        client->denied_at = guest->steady;
        client->denied = 0;
    }
    client->denied++;
    if (guest->settings.denied_per_minute > 0 &&
        client->denied > guest->settings.denied_per_minute) {
        return;
    }
    ring_put(&guest->ring, LINK_DENIED,
             &(struct link_denied){
                 .at = guest_now(guest),
                 .client = connection->id,
                 .session = connection->session,
                 .fingerprint = guest_fingerprint(connection),
                 .action = action,
                 .topic = topic,
             });
}

/* "$aws/things/THING/defender/metrics/FORMAT": a report for the daemon. */
static bool is_report(struct str topic, struct str *ret_thing, enum link_format *ret_format)
{
    struct str rest = str_slice(topic, sizeof "$aws/things/" - 1, topic.len);
    if (!str_starts(topic, STR("$aws/things/")) || !str_next(&rest, '/', ret_thing)) {
        return false;
    }
    *ret_format = str_eq(rest, STR("defender/metrics/cbor")) ? LINK_FORMAT_CBOR : LINK_FORMAT_JSON;
    return str_eq(rest, STR("defender/metrics/json")) || *ret_format == LINK_FORMAT_CBOR;
}

static void tell_report(struct guest *guest, const struct connection *connection,
                        const struct mosquitto_evt_acl_check *question, struct str topic)
{
    struct str thing;
    enum link_format format;
    if (!is_report(topic, &thing, &format)) {
        return;
    }
    if (question->payloadlen > GUEST_REPORT_MAX) {
        ring_drop(&guest->ring, LINK_REPORT, 1);
        return;
    }
    ring_put(&guest->ring, LINK_REPORT,
             &(struct link_report){
                 .at = guest_now(guest),
                 .client = connection->id,
                 .session = connection->session,
                 .fingerprint = guest_fingerprint(connection),
                 .thing = thing,
                 .format = format,
                 .payload = {question->payload == NULL ? (const uint8_t *)"" : question->payload,
                             question->payloadlen},
             });
}

static void tell_retained(struct guest *guest, const struct connection *connection,
                          const struct mosquitto_evt_acl_check *question, struct str topic)
{
    if (question->payloadlen > LIMIT_LINK_FRAME_BYTES / 2) {
        ring_drop(&guest->ring, LINK_RETAINED, 1);
        return;
    }
    ring_put(&guest->ring, LINK_RETAINED,
             &(struct link_retained){
                 .at = guest_now(guest),
                 .client = connection->id,
                 .topic = topic,
                 .payload = {question->payload == NULL ? (const uint8_t *)"" : question->payload,
                             question->payloadlen},
                 .qos = question->qos,
             });
}

static int publishes(struct guest *guest, struct connection *connection,
                     const struct mosquitto_evt_acl_check *question, struct str topic)
{
    bool reserved = topic.len > 0 && topic.ptr[0] == '$' && str_starts(topic, STR("$aws/events/"));
    if (reserved || !connection_may(connection, POLICY_PUBLISH, topic)) {
        tell_denied(guest, connection, LINK_ACTION_PUBLISH, topic);
        return MOSQ_ERR_ACL_DENIED;
    }
    if (question->retain && !connection_may(connection, POLICY_RETAIN_PUBLISH, topic)) {
        tell_denied(guest, connection, LINK_ACTION_RETAIN_PUBLISH, topic);
        return MOSQ_ERR_ACL_DENIED;
    }
    if (connection->open) { /* else it is its will */
        connection->last = guest->steady;
        client_sent(&guest->clients, connection->client, question->payloadlen);
    }
    if (topic.ptr[0] == '$') {
        tell_report(guest, connection, question, topic);
    }
    if (question->retain) {
        tell_retained(guest, connection, question, topic);
    }
    return MOSQ_ERR_SUCCESS;
}

static int receives(struct guest *guest, struct connection *connection, struct str topic)
{
    if (!connection_may(connection, POLICY_RECEIVE, topic)) {
        tell_denied(guest, connection, LINK_ACTION_RECEIVE, topic);
        return MOSQ_ERR_ACL_DENIED;
    }
    client_received(&guest->clients, connection->client);
    return MOSQ_ERR_SUCCESS;
}

static int subscribes(struct guest *guest, struct connection *connection, struct str filter,
                      enum link_type type)
{
    if (type == LINK_SUBSCRIBED && !connection_may(connection, POLICY_SUBSCRIBE, filter)) {
        tell_denied(guest, connection, LINK_ACTION_SUBSCRIBE, filter);
        return MOSQ_ERR_ACL_DENIED;
    }
    struct link_rows rows = link_rows_of(guest->rows, sizeof guest->rows);
    link_rows_add_text(&rows, &(struct link_text){filter});
    struct link_subscribed message = {
        .at = guest_now(guest),
        .client = connection->id,
        .session = connection->session,
        .fingerprint = guest_fingerprint(connection),
        .filters = link_rows_list(&rows),
    };
    connection->last = guest->steady;
    ring_put(&guest->ring, type, &message); /* UNSUBSCRIBED has the same fields */
    return MOSQ_ERR_SUCCESS;
}

/* A session that waits for its client: what it gets is queued by the broker, and asked about again
 * when the client is back. */
static int asked_of_absent(int access)
{
    return access == MOSQ_ACL_READ ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
}

/* Whatever is not the rule. */
static int __attribute__((noinline))
authorize_slowly(struct guest *guest, struct connection *connection,
                 const struct mosquitto_evt_acl_check *question)
{
    struct str topic = str_from(question->topic);
    bool will = connection != NULL && question->access == MOSQ_ACL_WRITE;
    if (connection == NULL || str_absent(topic) || (!connection->open && !will)) {
        return asked_of_absent(question->access);
    }
    if (connection->stale && !connection->barred) {
        connection_prepare(connection);
    }
    switch (question->access) {
    case MOSQ_ACL_READ:
        return receives(guest, connection, topic);
    case MOSQ_ACL_WRITE:
        return publishes(guest, connection, question, topic);
    case MOSQ_ACL_SUBSCRIBE:
        return subscribes(guest, connection, topic, LINK_SUBSCRIBED);
    case MOSQ_ACL_UNSUBSCRIBE:
        return subscribes(guest, connection, topic, LINK_UNSUBSCRIBED);
    default:
        return MOSQ_ERR_ACL_DENIED;
    }
}

/* The rule comes first: a message on a topic that was asked for before, not reserved, not retained.
 * It costs what the broker's own bookkeeping costs. */
int guest_authorize(int event, void *asked, void *of)
{
    struct guest *guest = of;
    const struct mosquitto_evt_acl_check *question = asked;
    (void)event;
    struct connection *connection = find_connection(guest, question->client);
    bool usual = connection != NULL && connection->open && !connection->stale &&
                 question->topic != NULL && question->topic[0] != '$';
    if (usual && question->access == MOSQ_ACL_READ) {
        if (connection_surely_may(connection, POLICY_RECEIVE, question->topic)) {
            client_received(&guest->clients, connection->client);
            return MOSQ_ERR_SUCCESS;
        }
    } else if (usual && question->access == MOSQ_ACL_WRITE && !question->retain &&
               connection_surely_may(connection, POLICY_PUBLISH, question->topic)) {
        connection->last = guest->steady;
        client_sent(&guest->clients, connection->client, question->payloadlen);
        return MOSQ_ERR_SUCCESS;
    }
    return authorize_slowly(guest, connection, question);
}

/* ---- who has left ---------------------------------------------------------------------------- */

/* Closed by the broker one and a half keepalives after the last packet, give or take a few seconds.
 * Pings are not shown to a plugin, so of a client that pings it cannot be told. */
static bool keepalive_over(const struct guest *guest, const struct connection *connection)
{
    int64_t silent = guest->steady - connection->last;
    int64_t allowed = (int64_t)connection->keepalive * SECOND_MS * 3 / 2;
    return allowed > 0 && silent >= allowed - SECOND_MS && silent <= allowed + 6 * SECOND_MS;
}

static enum link_end end_of(const struct guest *guest, const struct connection *connection,
                            const struct mosquitto *handle)
{
    int state = mosquitto__get_state == NULL ? -1 : mosquitto__get_state(handle);
    if (connection->end != LINK_END_UNKNOWN) {
        return connection->end; /* our doing, or a second connection came */
    }
    switch (state) {
    case BROKER_DUPLICATE:
        return LINK_END_DUPLICATE_CLIENTID;
    case BROKER_DISCONNECTING:
        return LINK_END_CLIENT_INITIATED_DISCONNECT;
    case BROKER_ACTIVE:
        return keepalive_over(guest, connection) ? LINK_END_MQTT_KEEP_ALIVE_TIMEOUT
                                                 : LINK_END_CONNECTION_LOST;
    default:
        return keepalive_over(guest, connection) ? LINK_END_MQTT_KEEP_ALIVE_TIMEOUT
                                                 : LINK_END_UNKNOWN;
    }
}

void guest_disconnected_as(struct guest *guest, struct connection *connection, enum link_end end)
{
    struct client *client = connection->client;
    unlink_open(guest, connection);
    link_departed(guest, connection);
    connection->last = guest->steady;
    client_changes(&guest->clients, client);
    client->disconnects++;
    ring_put(&guest->ring, LINK_DISCONNECTED,
             &(struct link_disconnected){
                 .at = guest_now(guest),
                 .client = connection->id,
                 .session = connection->session,
                 .fingerprint = guest_fingerprint(connection),
                 .reason = end,
             });
    connection->client = guest->clients.unnamed; /* its row may go before it */
    if (client->connection == connection) {
        clients_loosen(&guest->clients, client);
    }
}

void guest_disconnected(struct guest *guest, struct mosquitto *handle)
{
    struct connection *connection = find_connection(guest, handle);
    if (connection != NULL && connection->open) {
        guest_disconnected_as(guest, connection, end_of(guest, connection, handle));
    }
}
