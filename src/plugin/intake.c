/* intake.c: what the daemon's messages do: one function each. */
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mqtt_protocol.h>

#include "base/arena.h"
#include "plugin/guest.h"

#include "base/banned.h"

/* ---- the conversation ------------------------------------------------------------------------ */

/* The message has waited for the broker's tick: up to a tenth of a second. Where the daemon's clock
 * is this machine's, as it is but in tests, the machine's own is exact. */
static void set_clock(struct guest *guest, int64_t now)
{
    int64_t steady = clock_now(&guest->options.steady);
    int64_t wall = clock_now(&guest->options.wall);
    bool same = wall - now < SECOND_MS && now - wall < SECOND_MS;
    guest->ahead = (same ? wall : now) - steady;
}

static enum status take_welcome(struct guest *guest, const struct link_welcome *m, struct why *why)
{
    if (m->protocol != LINK_PROTOCOL) {
        return why_set(why, STATUS_UNSUPPORTED,
                       "the daemon speaks version %llu of the link, the plugin %d: install both "
                       "from one release",
                       (unsigned long long)m->protocol, LINK_PROTOCOL);
    }
    bool held = guest->has_state && m->instance.ptr != NULL &&
                memcmp(guest->instance, m->instance.ptr, LINK_ID_BYTES) == 0;
    if (m->instance.ptr == NULL || (m->whole == 0 && !held)) {
        return why_set(why, STATUS_INVALID, "changes to a state that the plugin does not hold");
    }
    TRY(judge_init(&guest->judge, m->account, m->region, why));
    set_clock(guest, m->now);
    if (m->whole != 0) {
        memcpy(guest->instance, m->instance.ptr, LINK_ID_BYTES);
        guest->whole = true;
        guest->generation++;
    }
    guest_log(MOSQ_LOG_NOTICE, "linked to bulwarkd at %s%s", guest->uplink.path,
              m->whole != 0 ? "; reading the whole state" : "");
    return STATUS_OK;
}

static enum status take_settings(struct guest *guest, const struct link_settings *m)
{
    guest->settings = *m;
    ring_resize(&guest->ring,
                (size_t)(m->queue_bytes < RING_BYTES_MAX ? m->queue_bytes : RING_BYTES_MAX));
    return STATUS_OK;
}

static enum status take_state(struct guest *guest, const struct link_state *m)
{
    guest->state = m->number;
    guest->decided = m->decided;
    if (guest->whole) {
        guest->whole = false;
        guest->sweeping = true;
        guest->principals.sweep = guest->principals.first;
        guest_log(MOSQ_LOG_NOTICE, "state %llu: %zu certificates, %zu policies, %zu bans",
                  (unsigned long long)m->number, guest->principals.n, guest->judge.policies.n,
                  guest->bans.n);
    }
    guest->has_state = true;
    return STATUS_OK;
}

static enum status take_ack(struct guest *guest, const struct link_ack *m)
{
    if (m->epoch.ptr != NULL && memcmp(m->epoch.ptr, guest->epoch, LINK_ID_BYTES) == 0) {
        ring_ack(&guest->ring, m->sequence);
    }
    return STATUS_OK;
}

/* ---- policies -------------------------------------------------------------------------------- */

/* Its documents are not read again before it is prepared anew (struct connection, stale). */
static void mark_holders(struct guest *guest, const struct held_policy *policy)
{
    for (const struct holding *h = policy->holders; h != NULL; h = h->next) {
        h->holder->stale = true;
        guest_mark(guest, h->holder);
    }
}

static enum status take_policy(struct guest *guest, const struct link_policy *m, struct why *why)
{
    struct held_policy *policy;
    enum status status = policies_set(&guest->judge.policies, m->id, m->document, guest->generation,
                                      &guest->judge.prefixes, &policy, why);
    if (policy == NULL) {
        return status;
    }
    mark_holders(guest, policy);
    if (status != STATUS_OK) {
        guest_log(MOSQ_LOG_ERR,
                  "policy %.*s, version %llu, cannot be read: %s; whoever holds it may do nothing",
                  STR_ARG(m->name), (unsigned long long)m->version, why == NULL ? "" : why->text);
    }
    return STATUS_OK;
}

static enum status take_policy_gone(struct guest *guest, const struct link_policy_gone *m)
{
    struct held_policy *policy = policies_find(&guest->judge.policies, m->id);
    if (policy != NULL) {
        mark_holders(guest, policy);
        policies_drop(&guest->judge.policies, policy);
    }
    return STATUS_OK;
}

void guest_sweep_policies(struct guest *guest)
{
    struct held_policy *next;
    for (struct held_policy *policy = guest->judge.policies.first; policy != NULL; policy = next) {
        next = policy->next;
        if (policy->generation < guest->generation) {
            mark_holders(guest, policy);
            policies_drop(&guest->judge.policies, policy);
        }
    }
}

/* ---- certificates ---------------------------------------------------------------------------- */

static enum status take_principal(struct guest *guest, const struct link_principal *m,
                                  struct why *why)
{
    struct principal *principal;
    uint8_t *old = NULL;
    TRY(principals_set(&guest->principals, m, guest->generation, &principal, &old, why));
    bool good = principal->state == LINK_CERTIFICATE_ACTIVE && principal->revoked == TIME_NEVER;
    for (struct connection *c = principal->connections; c != NULL; c = c->next_of_principal) {
        c->stale = true;
        if (good) {
            guest_mark(guest, c);
        } else {
            guest_cut(guest, c, LINK_END_AUTH_ERROR, true);
        }
    }
    mem_free(old);
    return STATUS_OK;
}

static enum status take_principal_gone(struct guest *guest, const struct link_principal_gone *m)
{
    struct principal *principal =
        m->fingerprint.ptr == NULL ? NULL : principals_find(&guest->principals, m->fingerprint.ptr);
    if (principal != NULL) {
        for (struct connection *c = principal->connections; c != NULL; c = c->next_of_principal) {
            guest_cut(guest, c, LINK_END_AUTH_ERROR, true);
        }
        principals_drop(&guest->principals, principal);
    }
    return STATUS_OK;
}

static struct authority *find_ca(struct guest *guest, struct bytes fingerprint)
{
    for (size_t i = 0; i < guest->n_cas && fingerprint.ptr != NULL; i++) {
        if (memcmp(guest->cas[i].fingerprint, fingerprint.ptr, LINK_DIGEST_BYTES) == 0) {
            return &guest->cas[i];
        }
    }
    return NULL;
}

static enum status take_ca(struct guest *guest, const struct link_ca *m)
{
    struct authority *ca = find_ca(guest, m->fingerprint);
    if (m->fingerprint.ptr == NULL || m->subject.ptr == NULL) {
        return STATUS_OK;
    }
    if (ca == NULL && guest->n_cas == GUEST_CAS_MAX) {
        guest_log(MOSQ_LOG_WARNING, "more than %d CAs with auto-registration; one is left out",
                  GUEST_CAS_MAX);
        return STATUS_OK;
    }
    ca = ca == NULL ? &guest->cas[guest->n_cas++] : ca;
    memcpy(ca->fingerprint, m->fingerprint.ptr, LINK_DIGEST_BYTES);
    memcpy(ca->subject, m->subject.ptr, LINK_DIGEST_BYTES);
    ca->generation = guest->generation;
    return STATUS_OK;
}

static enum status take_ca_gone(struct guest *guest, const struct link_ca_gone *m)
{
    struct authority *ca = find_ca(guest, m->fingerprint);
    if (ca != NULL) {
        *ca = guest->cas[--guest->n_cas];
    }
    return STATUS_OK;
}

/* ---- bans ------------------------------------------------------------------------------------ */

/* A ban of an address or of a network: those that it could be about. */
static void mark_everybody(struct guest *guest)
{
    struct connection *c = guest->open;
    for (size_t i = 0; i < guest->n_open; i++, c = c->next) {
        enum link_refusal why;
        if (!guest_still_stands(guest, c, &why)) {
            guest_mark(guest, c);
        }
    }
}

static void mark_banned(struct guest *guest, const struct link_ban *m)
{
    uint8_t fingerprint[LINK_DIGEST_BYTES];
    struct principal *principal;
    struct connection *c;
    switch ((enum link_ban_kind)m->kind) {
    case LINK_BAN_OF_CLIENT:
        c = guest_connection_of(guest, m->value);
        if (c != NULL) {
            guest_mark(guest, c);
        }
        break;
    case LINK_BAN_OF_CERTIFICATE:
        if (hex_decode(m->value, fingerprint, sizeof fingerprint, NULL) != STATUS_OK) {
            break;
        }
        principal = principals_find(&guest->principals, fingerprint);
        for (c = principal == NULL ? NULL : principal->connections; c != NULL;
             c = c->next_of_principal) {
            guest_mark(guest, c);
        }
        break;
    default:
        mark_everybody(guest);
    }
}

static enum status take_ban(struct guest *guest, const struct link_ban *m)
{
    struct why why = {0};
    if (bans_set(&guest->bans, m, guest->generation, &why) != STATUS_OK) {
        guest_log(MOSQ_LOG_ERR, "the ban of %s %.*s cannot be kept: %s",
                  link_ban_kind_word((enum link_ban_kind)m->kind), STR_ARG(m->value), why.text);
        return STATUS_OK;
    }
    mark_banned(guest, m);
    return STATUS_OK;
}

/* ---- what the daemon asks for ---------------------------------------------------------------- */

static enum status take_cut(struct guest *guest, const struct link_cut *m)
{
    struct connection *c = guest_connection_of(guest, m->client);
    if (c == NULL || !c->open || c->cut || (m->session != 0 && m->session != c->session)) {
        ring_put(
            &guest->ring, LINK_CUT_DONE,
            &(struct link_cut_done){.id = m->id, .decided = m->decided, .cut = guest_now(guest)});
        return STATUS_OK;
    }
    c->cut_id = m->id;
    c->cut_decided = m->decided;
    guest_cut(guest, c, (enum link_end)m->reason, m->will != 0);
    return STATUS_OK;
}

/* The library wants texts with a NUL. True when it took it. */
static bool add_text(mosquitto_property **list, int identifier, struct str text, char *room,
                     size_t size)
{
    if (str_absent(text)) {
        return true;
    }
    if (text.len >= size) {
        return false;
    }
    memcpy(room, text.ptr, text.len);
    room[text.len] = '\0';
    return mosquitto_property_add_string(list, identifier, room) == MOSQ_ERR_SUCCESS;
}

enum { PROPERTY_TEXT_MAX = 32 << 10 };

static bool add_pairs(mosquitto_property **list, struct link_list rest, char *room)
{
    struct link_attribute pair;
    char *value = room + PROPERTY_TEXT_MAX;
    while (link_list_next_attribute(&rest, &pair)) {
        if (pair.name.len >= PROPERTY_TEXT_MAX || pair.value.len >= PROPERTY_TEXT_MAX) {
            return false;
        }
        memcpy(room, pair.name.ptr, pair.name.len);
        room[pair.name.len] = '\0';
        memcpy(value, pair.value.ptr, pair.value.len);
        value[pair.value.len] = '\0';
        if (mosquitto_property_add_string_pair(list, MQTT_PROP_USER_PROPERTY, room, value) !=
            MOSQ_ERR_SUCCESS) {
            return false;
        }
    }
    return true;
}

/* room has two texts */
static bool add_properties(mosquitto_property **list, const struct link_publish *m, char *room)
{
    bool good = m->text == 0 ||
                mosquitto_property_add_byte(list, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, 1) == 0;
    if (m->expiry != 0) {
        uint32_t expiry = m->expiry < UINT32_MAX ? (uint32_t)m->expiry : UINT32_MAX;
        good &= mosquitto_property_add_int32(list, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, expiry) == 0;
    }
    if (m->correlation.ptr != NULL) {
        good &= m->correlation.len <= UINT16_MAX &&
                mosquitto_property_add_binary(list, MQTT_PROP_CORRELATION_DATA, m->correlation.ptr,
                                              (uint16_t)m->correlation.len) == 0;
    }
    return good &&
           add_text(list, MQTT_PROP_CONTENT_TYPE, m->content_type, room, PROPERTY_TEXT_MAX) &&
           add_text(list, MQTT_PROP_RESPONSE_TOPIC, m->response_topic, room, PROPERTY_TEXT_MAX) &&
           add_pairs(list, m->properties, room);
}

/* The broker takes the properties with a message that it takes. */
static bool publish(struct guest *guest, const struct link_publish *m)
{
    char *topic = (char *)guest->rows; /* free between messages */
    mosquitto_property *properties = NULL;
    _Static_assert(sizeof guest->rows >= 2 * PROPERTY_TEXT_MAX, "room for two texts");
    bool wild = str_find_char(m->topic, '+', 0) < m->topic.len ||
                str_find_char(m->topic, '#', 0) < m->topic.len;
    if (m->topic.len == 0 || wild || m->topic.len >= sizeof guest->rows ||
        !add_properties(&properties, m, topic)) {
        mosquitto_property_free_all(&properties);
        return false;
    }
    memcpy(topic, m->topic.ptr, m->topic.len);
    topic[m->topic.len] = '\0';
    int done = mosquitto_broker_publish_copy(NULL, topic, (int)m->payload.len, m->payload.ptr,
                                             (int)m->qos, m->retain != 0, properties);
    if (done != MOSQ_ERR_SUCCESS) {
        mosquitto_property_free_all(&properties);
    }
    return done == MOSQ_ERR_SUCCESS;
}

static enum status take_publish(struct guest *guest, const struct link_publish *m)
{
    bool done = publish(guest, m);
    ring_put(&guest->ring, LINK_PUBLISHED,
             &(struct link_published){.id = m->id,
                                      .end = done ? LINK_PUBLISH_DONE : LINK_PUBLISH_REFUSED});
    return STATUS_OK;
}

/* A row of the state. */
static enum status take_row(struct guest *guest, const struct link_message *message,
                            struct why *why)
{
    switch (message->type) {
    case LINK_POLICY:
        return take_policy(guest, &message->as.policy, why);
    case LINK_POLICY_GONE:
        return take_policy_gone(guest, &message->as.policy_gone);
    case LINK_PRINCIPAL:
        return take_principal(guest, &message->as.principal, why);
    case LINK_PRINCIPAL_GONE:
        return take_principal_gone(guest, &message->as.principal_gone);
    case LINK_CA:
        return take_ca(guest, &message->as.ca);
    case LINK_CA_GONE:
        return take_ca_gone(guest, &message->as.ca_gone);
    case LINK_BAN:
        return take_ban(guest, &message->as.ban);
    case LINK_UNBAN:
        bans_drop(&guest->bans, message->as.unban.id);
        return STATUS_OK;
    default:
        return why_set(why, STATUS_INVALID, "a message that does not come down");
    }
}

enum status guest_take(struct guest *guest, const struct link_message *message, struct why *why)
{
    if (!uplink_up(&guest->uplink) && message->type != LINK_WELCOME) {
        return why_set(why, STATUS_INVALID, "%s before WELCOME", link_type_name(message->type));
    }
    switch (message->type) {
    case LINK_WELCOME:
        return take_welcome(guest, &message->as.welcome, why);
    case LINK_SETTINGS:
        return take_settings(guest, &message->as.settings);
    case LINK_STATE:
        return take_state(guest, &message->as.state);
    case LINK_PUBLISH:
        return take_publish(guest, &message->as.publish);
    case LINK_CUT:
        return take_cut(guest, &message->as.cut);
    case LINK_ACK:
        return take_ack(guest, &message->as.ack);
    default:
        return take_row(guest, message, why);
    }
}
