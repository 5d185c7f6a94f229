/* clients.h: what the cloud side counts, for each client id.
 *
 * A row lives while the client is connected, while it has numbers that were not sent, and while its
 * attempts are watched for flapping, those that a policy let in. Client ids that only try are
 * bounded, since each is a stranger's word: beyond, they are counted on a row without a name.
 */
#ifndef PLUGIN_CLIENTS_H
#define PLUGIN_CLIENTS_H

#include "link/codec.h"
#include "plugin/table.h"

enum { ADDRESS_TEXT_MAX = 48, CLIENTS_LOOSE_MAX = 65536 };

struct connection;

struct client {
    struct connection *connection; /* the one that is open */
    uint64_t sent, received, bytes_sum;
    uint32_t bytes_min,
        bytes_max; /* of a message, which has less than 256 MiB; UINT32_MAX, 0: none */
    uint32_t auth_failures, connects, disconnects;
    struct client *next_changed; /* in the order of their first change since they were sent */
    struct client *prev, *next;  /* loose ones, in the order in which they became so */
    int64_t watched;             /* since when attempts are counted for flapping */
    int64_t banned;              /* until when, for flapping */
    int64_t denied_at;           /* since when DENIED messages are counted */
    uint32_t attempts;
    uint32_t denied;
    bool changed;
    bool loose;
    bool has_fingerprint;
    uint8_t fingerprint[LINK_DIGEST_BYTES];
    char address[ADDRESS_TEXT_MAX];
    size_t id_len;
    char id[];
};

struct clients {
    struct hash_key key;
    struct table by_id;
    struct client *changed, **changed_end;
    struct client *loose, *loose_last;
    size_t n, n_loose, n_changed;
    struct client *unnamed; /* for those beyond the bound */
    int64_t from;           /* when the present window began */
    int64_t to;             /* of the window that is being sent; TIME_NEVER: none is */
    uint64_t to_send;       /* rows of it that are left */
};

/* NO_MEMORY. */
MUST_USE enum status clients_init(struct clients *clients, const struct hash_key *key, int64_t now,
                                  struct why *why);
void clients_release(struct clients *clients);

static inline struct str client_id(const struct client *client)
{
    return (struct str){client->id, client->id_len};
}

/* NULL when it has no row. */
struct client *clients_find(const struct clients *clients, struct str id);

/* Its row; the unnamed one beyond the bound, or without memory. */
struct client *clients_get(struct clients *clients, struct str id);

/* It has no connection any more: the row goes once it is sent and `now` is past what it is watched
 * for. clients_tidy frees those that may go, a few at a time. */
void clients_loosen(struct clients *clients, struct client *client);
void clients_tidy(struct clients *clients, int64_t now, int64_t watch_ms);

/* Its numbers change now. */
static inline void client_changes(struct clients *clients, struct client *client)
{
    if (!client->changed) {
        client->changed = true;
        client->next_changed = NULL;
        *clients->changed_end = client;
        clients->changed_end = &client->next_changed;
        clients->n_changed++;
    }
}

static inline void client_sent(struct clients *clients, struct client *client, uint32_t bytes)
{
    client_changes(clients, client);
    if (__builtin_expect(bytes < client->bytes_min, 0)) {
        client->bytes_min = bytes;
    }
    if (__builtin_expect(bytes > client->bytes_max, 0)) {
        client->bytes_max = bytes;
    }
    client->bytes_sum += bytes;
    client->sent++;
}

static inline void client_received(struct clients *clients, struct client *client)
{
    client_changes(clients, client);
    client->received++;
}

void client_seen(struct client *client, const uint8_t *fingerprint, struct str address);

/* Fills rows with the numbers of the window, oldest change first, and forgets them: all, or as many
 * as fit. False: there are none left. */
bool clients_take(struct clients *clients, struct link_rows *rows);

#endif
