/* clients.c: see clients.h. */
#include "plugin/clients.h"

#include "base/arena.h"

#include "base/banned.h"

enum { TIDY_AT_ONCE = 64 };

static bool is_id(const void *value, const void *key)
{
    return str_eq(client_id(value), *(const struct str *)key);
}

enum status clients_init(struct clients *clients, const struct hash_key *key, int64_t now,
                         struct why *why)
{
    struct client *unnamed = mem_alloc(sizeof *unnamed + 1);
    TRY_PTR(unnamed);
    unnamed->bytes_min = UINT32_MAX;
    *clients = (struct clients){.key = *key, .unnamed = unnamed, .from = now, .to = TIME_NEVER};
    clients->changed_end = &clients->changed;
    return STATUS_OK;
}

struct client *clients_find(const struct clients *clients, struct str id)
{
    return table_find(&clients->by_id, hash_keyed(&clients->key, id), is_id, &id);
}

/* ---- loose rows: a list, oldest first -------------------------------------------------------- */

void clients_loosen(struct clients *clients, struct client *client)
{
    client->connection = NULL;
    if (client->loose || client == clients->unnamed) {
        return;
    }
    client->loose = true;
    client->next = NULL;
    client->prev = clients->loose_last;
    *(client->prev == NULL ? &clients->loose : &client->prev->next) = client;
    clients->loose_last = client;
    clients->n_loose++;
}

static void unloose(struct clients *clients, struct client *client)
{
    if (!client->loose) {
        return;
    }
    *(client->prev == NULL ? &clients->loose : &client->prev->next) = client->next;
    *(client->next == NULL ? &clients->loose_last : &client->next->prev) = client->prev;
    client->loose = false;
    clients->n_loose--;
}

static void free_client(struct clients *clients, struct client *client)
{
    unloose(clients, client);
    table_remove(&clients->by_id, hash_keyed(&clients->key, client_id(client)), client);
    clients->n--;
    mem_free(client);
}

static bool may_go(const struct client *client, int64_t now, int64_t watch_ms)
{
    return !client->changed && client->banned <= now && client->watched + watch_ms <= now;
}

void clients_tidy(struct clients *clients, int64_t now, int64_t watch_ms)
{
    for (int i = 0; i < TIDY_AT_ONCE && clients->loose != NULL; i++) {
        struct client *client = clients->loose;
        if (may_go(client, now, watch_ms)) {
            free_client(clients, client);
        } else { /* once more when it comes round */
            unloose(clients, client);
            clients_loosen(clients, client);
        }
    }
}

struct client *clients_get(struct clients *clients, struct str id)
{
    struct client *client = clients_find(clients, id);
    if (client != NULL) {
        unloose(clients, client);
        return client;
    }
    if (clients->n_loose >= CLIENTS_LOOSE_MAX) {
        return clients->unnamed;
    }
    client = mem_alloc(sizeof *client + id.len + 1);
    if (client == NULL) {
        return clients->unnamed;
    }
    memcpy(client->id, id.ptr, id.len);
    client->id_len = id.len;
    client->bytes_min = UINT32_MAX;
    if (table_add(&clients->by_id, hash_keyed(&clients->key, id), client, NULL) != STATUS_OK) {
        mem_free(client);
        return clients->unnamed;
    }
    clients->n++;
    return client;
}

void client_seen(struct client *client, const uint8_t *fingerprint, struct str address)
{
    size_t n = address.len < ADDRESS_TEXT_MAX ? address.len : 0;
    client->has_fingerprint = fingerprint != NULL;
    if (fingerprint != NULL) {
        memcpy(client->fingerprint, fingerprint, LINK_DIGEST_BYTES);
    }
    if (n > 0) {
        memcpy(client->address, address.ptr, n);
    }
    client->address[n] = '\0';
}

static struct link_counter row_of(const struct client *client, bool named)
{
    return (struct link_counter){
        .client = named ? client_id(client) : STR_ABSENT,
        .fingerprint = {client->has_fingerprint ? client->fingerprint : NULL,
                        client->has_fingerprint ? LINK_DIGEST_BYTES : 0},
        .address = client->address[0] == '\0' ? STR_ABSENT : str_from(client->address),
        .sent = client->sent,
        .received = client->received,
        .bytes_min = client->sent == 0 ? 0 : client->bytes_min,
        .bytes_max = client->bytes_max,
        .bytes_sum = client->bytes_sum,
        .auth_failures = client->auth_failures,
        .connects = client->connects,
        .disconnects = client->disconnects,
    };
}

bool clients_take(struct clients *clients, struct link_rows *rows)
{
    while (clients->changed != NULL && clients->to_send > 0) {
        struct client *client = clients->changed;
        struct link_counter row = row_of(client, client != clients->unnamed);
        if (!link_rows_add_counter(rows, &row)) {
            return true;
        }
        clients->changed = client->next_changed;
        if (clients->changed == NULL) {
            clients->changed_end = &clients->changed;
        }
        clients->to_send--;
        clients->n_changed--;
        client->changed = false;
        client->sent = client->received = 0;
        client->bytes_min = UINT32_MAX;
        client->bytes_max = 0;
        client->bytes_sum = 0;
        client->auth_failures = client->connects = client->disconnects = 0;
    }
    return false;
}

/* Connections end first: all that is left is loose. */
void clients_release(struct clients *clients)
{
    while (clients->loose != NULL) {
        free_client(clients, clients->loose);
    }
    mem_free(clients->unnamed);
    table_release(&clients->by_id);
}
