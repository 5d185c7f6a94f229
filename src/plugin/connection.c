/* connection.c: see connection.h. */
#include "plugin/connection.h"

#include "base/limits.h"
#include "codec/hex.h"
#include "plugin/peer.h"

#include "base/banned.h"

enum { CERTIFICATE_MEMORY = 1 << 20 };

enum status judge_init(struct judge *judge, struct str account, struct str region, struct why *why)
{
    TRY(arn_prefixes_make(account, region, &judge->prefixes, why));
    for (int type = 0; type < POLICY_TYPE_COUNT; type++) {
        memcpy(judge->arns[type], judge->prefixes.of[type].text, judge->prefixes.of[type].len);
    }
    return STATUS_OK;
}

enum status connection_new(struct judge *judge, struct mosquitto *handle,
                           struct principal *principal, struct str client_id, struct str address,
                           struct connection **ret, struct why *why)
{
    struct connection *connection = mem_alloc(sizeof *connection + client_id.len + 1);
    TRY_PTR(connection);
    char *id = (char *)(connection + 1);
    memcpy(id, client_id.ptr, client_id.len);
    connection->id = (struct str){id, client_id.len};
    connection->judge = judge;
    connection->handle = handle;
    connection->principal = principal;
    if (address.len < ADDRESS_TEXT_MAX && address.len > 0) {
        memcpy(connection->address, address.ptr, address.len);
    }
    connection->next_of_principal = principal->connections;
    if (principal->connections != NULL) {
        principal->connections->prev_of_principal = connection;
    }
    principal->connections = connection;
    *ret = connection;
    return STATUS_OK;
}

static void let_go_all(struct connection *connection)
{
    for (size_t i = 0; i < connection->n_holdings; i++) {
        policies_let_go(&connection->judge->policies, &connection->holdings[i]);
    }
    mem_free(connection->holdings);
    mem_free(connection->docs);
    connection->holdings = NULL;
    connection->docs = NULL;
    connection->n_holdings = connection->n_docs = 0;
}

void connection_free(struct connection *connection)
{
    struct connection *next = connection->next_of_principal;
    struct connection *prev = connection->prev_of_principal;
    let_go_all(connection);
    *(prev == NULL ? &connection->principal->connections : &prev->next_of_principal) = next;
    if (next != NULL) {
        next->prev_of_principal = prev;
    }
    arena_free(connection->mem);
    mem_free(connection);
}

/* ---- preparing ------------------------------------------------------------------------------- */

/* The thing that it stands for: the one that the principal is attached to exclusively, else the
 * attached one that the client id names. Returns the policies of its groups. */
static struct link_list find_thing(struct connection *connection)
{
    struct link_list rest = connection->principal->things;
    struct link_thing thing;
    struct link_thing found = {0};
    connection->attached = connection->exclusive = false;
    while (link_list_next_thing(&rest, &thing)) {
        bool named = str_eq(thing.name, connection->id);
        connection->attached |= named;
        if (thing.exclusive != 0 || (named && !connection->exclusive)) {
            found = thing;
            connection->exclusive = thing.exclusive != 0;
        }
    }
    connection->thing = found.name;
    connection->thing_type = found.type;
    connection->thing_attributes = found.attributes;
    return found.policies;
}

static bool holds(const struct connection *connection, uint64_t id)
{
    for (size_t i = 0; i < connection->n_holdings; i++) {
        if (connection->holdings[i].policy->id == id) {
            return true;
        }
    }
    return false;
}

static bool hold_all(struct connection *connection, struct link_list ids)
{
    struct link_number number;
    while (link_list_next_number(&ids, &number)) {
        if (holds(connection, number.value)) {
            continue;
        }
        if (policies_hold(&connection->judge->policies, number.value, connection,
                          &connection->holdings[connection->n_holdings], NULL) != STATUS_OK) {
            return false;
        }
        connection->n_holdings++;
    }
    return true;
}

static bool hold_policies(struct connection *connection, struct link_list of_thing)
{
    size_t most = (size_t)connection->principal->policies.n + (size_t)of_thing.n;
    connection->holdings = mem_alloc(most * sizeof *connection->holdings);
    connection->docs = mem_alloc(most * sizeof *connection->docs);
    return connection->holdings != NULL && connection->docs != NULL &&
           hold_all(connection, connection->principal->policies) && hold_all(connection, of_thing);
}

/* When a policy could ask for it; most never do. Once, since after the end there is none to read.
 */
static void read_certificate(struct connection *connection)
{
    struct bytes der;
    connection->asked_certificate = true;
    connection->mem = arena_new(CERTIFICATE_MEMORY);
    if (connection->mem != NULL &&
        peer_certificate(connection->handle, connection->mem, &der, NULL) == STATUS_OK &&
        cert_read(connection->mem, str_of_bytes(der), &connection->cert, NULL) != STATUS_OK) {
        connection->cert = NULL;
    }
}

void connection_prepare(struct connection *connection)
{
    let_go_all(connection);
    connection->stale = false;
    connection_forget_answers(connection);
    connection->complete = hold_policies(connection, find_thing(connection));
    connection->timed = false;
    uint64_t always = 0;
    uint64_t denies = 0;
    bool asks_certificate = false;
    for (size_t i = 0; i < connection->n_holdings; i++) {
        const struct held_policy *policy = connection->holdings[i].policy;
        if (policy->doc == NULL) {
            connection->complete = false;
            continue;
        }
        connection->docs[connection->n_docs++] = policy->doc;
        connection->timed |= policy->timed;
        asks_certificate |= policy->asks_certificate;
        always |= policy->always;
        denies |= policy->denies;
    }
    connection->always = connection->complete ? always & ~denies : 0;
    if (asks_certificate && !connection->asked_certificate) {
        read_certificate(connection);
    }
}

/* ---- values of policy variables -------------------------------------------------------------- */

static size_t give(struct str value, struct str *ret)
{
    if (str_absent(value)) {
        return 0;
    }
    *ret = value;
    return 1;
}

/* "iot:Connection.Thing.Attributes[name]" */
static size_t give_attribute(const struct connection *connection, struct str key, struct str *ret)
{
    size_t open = str_find_char(key, '[', 0);
    struct str name = str_slice(key, open + 1, str_find_char(key, ']', open));
    struct link_list rest = connection->thing_attributes;
    struct link_attribute attribute;
    while (link_list_next_attribute(&rest, &attribute)) {
        if (str_eq(attribute.name, name)) {
            return give(attribute.value, ret);
        }
    }
    return 0;
}

static size_t give_connect_attributes(const struct connection *connection, struct str *ret)
{
    return connection->clean ? 0 : give(STR("PersistentConnect"), ret);
}

static size_t give_certificate_id(const struct connection *connection, struct str *ret)
{
    char *text = connection->judge->id_text;
    hex_encode((struct bytes){connection->principal->fingerprint, LINK_DIGEST_BYTES}, text);
    return give((struct str){text, 2 * LINK_DIGEST_BYTES}, ret);
}

static size_t give_thing(const struct connection *connection, const struct policy_key *key,
                         struct str *ret)
{
    if (str_absent(connection->thing)) {
        return 0;
    }
    switch (key->kind) {
    case POLICY_KEY_THING_NAME:
        return give(connection->thing, ret);
    case POLICY_KEY_THING_TYPE:
        return give(connection->thing_type, ret);
    default:
        return give_attribute(connection, key->name, ret);
    }
}

/* Host name and last will are not shown to a plugin: their keys are absent. */
static size_t give_value(const void *ctx, const struct policy_key *key, struct str *ret, size_t max)
{
    const struct connection *connection = ctx;
    switch (key->kind) {
    case POLICY_KEY_CLIENT_ID:
        return give(connection->id, ret);
    case POLICY_KEY_SOURCE_IP:
        return give(connection->address[0] == '\0' ? STR_ABSENT : str_from(connection->address),
                    ret);
    case POLICY_KEY_THING_NAME:
    case POLICY_KEY_THING_TYPE:
    case POLICY_KEY_ATTRIBUTE:
        return give_thing(connection, key, ret);
    case POLICY_KEY_IS_ATTACHED:
        return give(connection->attached ? STR("true") : STR("false"), ret);
    case POLICY_KEY_CERTIFICATE_ID:
        return give_certificate_id(connection, ret);
    case POLICY_KEY_CERTIFICATE:
        return cert_value(connection->cert, key->name, ret, max);
    case POLICY_KEY_CONNECT_ATTRIBUTES:
        return give_connect_attributes(connection, ret);
    case POLICY_KEY_CURRENT_TIME:
        return give(str_from(time_format(connection->judge->now, connection->judge->now_text)),
                    ret);
    default:
        return 0;
    }
}

/* ---- deciding -------------------------------------------------------------------------------- */

static bool decide(struct connection *connection, enum policy_action action, struct str name)
{
    struct judge *judge = connection->judge;
    enum policy_type type = policy_actions[action].type;
    char *arn = judge->arns[type];
    size_t prefix = judge->prefixes.of[type].len;
    if (name.len > TOPIC_MAX) {
        return false;
    }
    memcpy(arn + prefix, name.ptr, name.len);
    struct policy_values values = {give_value, connection, false};
    struct policy_request request = {
        .action = action,
        .resource = {arn, prefix + name.len},
        .values = &values,
    };
    return policy_evaluate(connection->docs, connection->n_docs, &request, NULL, NULL) ==
           POLICY_ALLOWED;
}

static void keep_answer(struct connection *connection, enum policy_action action, struct str name,
                        bool allowed)
{
    struct answer *lane = connection->answers[action == POLICY_RECEIVE];
    if (name.len <= ANSWER_TOPIC_MAX && !connection->timed) {
        memmove(&lane[1], &lane[0], (ANSWERS - 1) * sizeof lane[0]);
        lane[0].action = (uint8_t)action;
        lane[0].said = allowed ? ANSWER_ALLOWED : ANSWER_DENIED;
        memcpy(lane[0].topic, name.ptr, name.len);
        lane[0].topic[name.len] = '\0';
    }
}

bool connection_may(struct connection *connection, enum policy_action action, struct str name)
{
    if (!connection->complete) {
        return false;
    }
    enum answer_said known = connection_knows(connection, action, name.ptr);
    if (known != ANSWER_NONE) {
        return known == ANSWER_ALLOWED;
    }
    bool allowed = decide(connection, action, name);
    keep_answer(connection, action, name, allowed);
    return allowed;
}

bool connection_may_connect(struct connection *connection)
{
    return connection_may(connection, POLICY_CONNECT, connection->id);
}
