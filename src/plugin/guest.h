/* guest.h: Bulwark inside the broker: everything that it knows, and what it does at each event.
 *
 * All of it happens in the broker's one thread, called by the broker: nothing here waits, locks or
 * runs without bound, and nothing ends the broker. The tables below are the whole truth while a
 * question is answered; the daemon keeps them current over the link (uplink.h), which is tended at
 * each tick.
 *
 * Without a daemon the guest goes on by what it last knew, for as long as the settings say.
 */
#ifndef PLUGIN_GUEST_H
#define PLUGIN_GUEST_H

#include "base/clock.h"
#include "base/limits.h"
#include "base/rnd.h"
#include "codec/hex.h"
#include "plugin/bans.h"
#include "plugin/connection.h"
#include "plugin/peer.h"
#include "plugin/ring.h"
#include "plugin/uplink.h"

enum {
    GUEST_NAME_MAX = 128,
    /* how long a tick may take: for rows of the daemon; the same before the first whole state, when
     * nobody may connect yet; and for closing connections that lost their right */
    GUEST_INTAKE_MS = 5,
    GUEST_FIRST_INTAKE_MS = 50,
    GUEST_CUT_MS = 50,
    GUEST_DEPARTED_MAX = 65536,     /* ended connections that may still have a will to come */
    GUEST_REFUSED_PER_SECOND = 200, /* REFUSED messages and lines of the log; the rest is counted */
    GUEST_STRANGERS = 1024,         /* fingerprints that were told of within the last minute */
    GUEST_STRANGER_MS = MINUTE_MS,
    GUEST_REPORT_MAX = 128 << 10,
    GUEST_CAS_MAX = 1024,
};

struct guest_options {
    const char *socket;  /* of the daemon */
    const char *name;    /* of this broker */
    const char *version; /* of the plugin */
    struct clock wall;
    struct clock steady; /* never goes back */
    struct rnd rnd;
};

struct authority {
    uint8_t fingerprint[LINK_DIGEST_BYTES];
    uint8_t subject[LINK_DIGEST_BYTES];
    uint64_t generation;
};

struct guest {
    struct guest_options options;
    char name[GUEST_NAME_MAX];
    struct link_settings settings;

    /* time: steady is the tick's, now is by the daemon's clock */
    int64_t steady;
    int64_t ahead; /* now - steady */
    int64_t heard; /* steady time at which the daemon was last connected */

    /* the state */
    bool has_state; /* a whole one was taken since the broker started */
    bool whole;     /* one is on its way */
    uint8_t instance[LINK_ID_BYTES];
    uint64_t state;      /* number of the last STATE */
    int64_t decided;     /* of the last STATE */
    uint64_t generation; /* counts whole states */
    bool sweeping;
    bool closed; /* the state is too old, and nobody may stay */
    struct judge judge;
    struct principals principals;
    struct bans bans;
    struct authority *cas;
    size_t n_cas;

    /* connections */
    struct table by_handle;
    const struct mosquitto *last_handle; /* whom the last event was about */
    struct connection *last;
    struct connection *open;     /* a ring, and who of it is looked at again next */
    int64_t looked;              /* when some were */
    bool named;                  /* they have user names, for a reload */
    struct connection *departed; /* oldest first */
    struct connection *departed_last;
    size_t n_open, n_departed;
    struct connection *dirty;
    struct connection **dirty_end;
    struct clients clients;
    uint64_t sessions; /* how many there were */

    /* bounds */
    int64_t storm_second;
    uint64_t storm_seen;
    int64_t refused_second;
    uint64_t refused_seen;
    struct {
        uint8_t fingerprint[LINK_DIGEST_BYTES];
        int64_t at;
    } * strangers;

    uint8_t epoch[LINK_ID_BYTES];
    struct ring ring;
    struct uplink uplink;
    uint8_t rows[64 << 10]; /* where lists of messages are made */
};

/* NULL: why says what is wrong. The strings of the options are copied. */
MUST_USE enum status guest_new(const struct guest_options *options, struct guest **ret,
                               struct why *why);

/* Sends what it can without waiting, and frees everything. Accepts NULL. */
void guest_free(struct guest *guest);

/* ---- the broker's events; each returns what the broker is told (MOSQ_ERR_...) -----------------
 */

/* A client wants to connect. */
int guest_authenticate(struct guest *guest, struct mosquitto *handle);

/* It wants to publish, to subscribe, or is about to receive: of a struct mosquitto_evt_acl_check.
 * What is asked for each message has the form in which the broker calls, so that it calls it. */
int guest_authorize(int event, void *question, void *guest);

/* The broker reads its configuration again, and is about to drop who has no user name. */
void guest_reloading(struct guest *guest);

/* After a reload: see gate.c. */
void guest_unname(struct guest *guest);

/* A client has gone. */
void guest_disconnected(struct guest *guest, struct mosquitto *handle);

/* Called by the broker at least every 100 ms. */
void guest_tick(struct guest *guest);

/* ---- between the files of this folder -------------------------------------------------------- */

static inline int64_t guest_now(const struct guest *guest)
{
    return guest->steady + guest->ahead;
}

static inline struct bytes guest_fingerprint(const struct connection *connection)
{
    return (struct bytes){connection->principal->fingerprint, LINK_DIGEST_BYTES};
}

/* One message of the daemon takes effect. MALFORMED and the like: the link must be closed. */
MUST_USE enum status guest_take(struct guest *guest, const struct link_message *message,
                                struct why *why);

/* The frame of HELLO. */
bool guest_hello(struct guest *guest, struct link_out *out);

/* The connection is judged anew at the end of this tick. */
void guest_mark(struct guest *guest, struct connection *connection);

/* The connection shall be closed. It may do nothing from now on, unless somebody merely asked for
 * its end (API_INITIATED_DISCONNECT): then its will is still its own. */
void guest_cut(struct guest *guest, struct connection *connection, enum link_end end, bool will);

/* False when the principal may have no connection with that client id and address; *ret_why then
 * says why. Policies apart. client: the row of the client id, or NULL. */
bool guest_stands(const struct guest *guest, const struct principal *principal,
                  const struct client *client, struct str id, struct str address,
                  enum link_refusal *ret_why);

/* The same of a connection. */
static inline bool guest_still_stands(const struct guest *guest, const struct connection *c,
                                      enum link_refusal *ret_why)
{
    return guest_stands(guest, c->principal, c->client, c->id, str_from(c->address), ret_why);
}

/* The present connection of a client id; NULL: none. */
struct connection *guest_connection_of(const struct guest *guest, struct str client);

/* An open connection has ended; it waits for its will among the departed. */
void guest_disconnected_as(struct guest *guest, struct connection *connection, enum link_end end);

/* Policies that the last whole state did not name. */
void guest_sweep_policies(struct guest *guest);

/* A departed connection is forgotten. */
void guest_forget(struct guest *guest, struct connection *connection);

/* The daemon was away for longer than the settings allow. */
bool guest_too_old(const struct guest *guest);

/* One line of the broker's log. */
void guest_log(int level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
