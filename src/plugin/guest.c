/* guest.c: birth, ticks and death of the guest; the broker's questions are in gate.c, the daemon's
 * messages in intake.c. */
#include "plugin/guest.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/limits.h"

#include "base/banned.h"

enum {
    LOG_LINE = 512,
    LOOK_MS = 100,
    LOOKED_AT = 16,    /* open connections that are looked at again then, for what time changes, */
    LOOKED_PART = 512, /* and this part of all, so that it is everybody's turn within a minute */
    SWEPT = 1024,      /* principals that a tick of a sweep looks at */
    TICK_MS = 2, /* events of the broker come more often than that; ticks do their work less */
    DEPARTED_MS = 1000, /* an ended connection waits for its will: before MQTT 5 it comes at once */
    DEPARTED_5_MS = HOUR_MS, /* MQTT 5 has wills that come later */
};

void guest_log(int level, const char *fmt, ...)
{
    char line[LOG_LINE];
    va_list arguments;
    va_start(arguments, fmt);
    vsnprintf(line, sizeof line, fmt, arguments);
    va_end(arguments);
    mosquitto_log_printf(level, "bulwark: %s", line);
}

/* ---- birth and death ------------------------------------------------------------------------- */

/* What holds until the daemon says otherwise. */
static const struct link_settings settings_first = {
    .max_age_ms = DAY_MS,
    .queue_bytes = RING_BYTES_DEFAULT,
    .counters_ms = MINUTE_MS,
    .storm_connects = 5000,
    .denied_per_minute = 60,
};

static enum status fill(struct guest *guest, const struct guest_options *options, struct why *why)
{
    struct hash_key keys[2];
    rnd_fill(&options->rnd, keys, sizeof keys);
    rnd_fill(&options->rnd, guest->epoch, sizeof guest->epoch);
    guest->options = *options;
    if (strlen(options->name) >= sizeof guest->name) {
        return why_set(why, STATUS_INVALID, "the broker's name has more than %zu bytes",
                       sizeof guest->name - 1);
    }
    memcpy(guest->name, options->name, strlen(options->name));
    guest->settings = settings_first;
    guest->dirty_end = &guest->dirty;
    guest->steady = clock_now(&options->steady);
    guest->ahead = clock_now(&options->wall) - guest->steady;
    guest->heard = guest->steady;
    guest->bans.key = keys[0];
    guest->cas = mem_alloc(GUEST_CAS_MAX * sizeof *guest->cas);
    guest->strangers = mem_alloc(GUEST_STRANGERS * sizeof *guest->strangers);
    TRY_PTR(guest->cas);
    TRY_PTR(guest->strangers);
    TRY(ring_init(&guest->ring, RING_BYTES_DEFAULT, why));
    TRY(clients_init(&guest->clients, &keys[1], guest_now(guest), why));
    return uplink_init(&guest->uplink, options->socket, why);
}

enum status guest_new(const struct guest_options *options, struct guest **ret, struct why *why)
{
    struct guest *guest = mem_alloc(sizeof *guest);
    TRY_PTR(guest);
    guest->uplink.fd = -1;
    enum status status = fill(guest, options, why);
    if (status != STATUS_OK) {
        guest_free(guest);
        return status;
    }
    *ret = guest;
    return STATUS_OK;
}

static void free_connections(struct guest *guest)
{
    while (guest->open != NULL) {
        guest_disconnected_as(guest, guest->open, LINK_END_SERVER_INITIATED_DISCONNECT);
    }
    while (guest->departed != NULL) {
        guest_forget(guest, guest->departed);
    }
    table_release(&guest->by_handle);
}

void guest_free(struct guest *guest)
{
    if (guest == NULL) {
        return;
    }
    free_connections(guest);
    if (guest->uplink.fd >= 0) {
        uplink_poll(guest, 0);
    }
    uplink_release(&guest->uplink);
    if (guest->clients.unnamed != NULL) {
        clients_release(&guest->clients);
    }
    ring_release(&guest->ring);
    bans_release(&guest->bans);
    principals_release(&guest->principals);
    policies_release(&guest->judge.policies);
    mem_free(guest->strangers);
    mem_free(guest->cas);
    mem_free(guest);
}

/* ---- closing what lost its right ------------------------------------------------------------- */

void guest_mark(struct guest *guest, struct connection *connection)
{
    if (!connection->dirty) {
        connection->dirty = true;
        connection->next_dirty = NULL;
        *guest->dirty_end = connection;
        guest->dirty_end = &connection->next_dirty;
    }
}

void guest_cut(struct guest *guest, struct connection *connection, enum link_end end, bool will)
{
    if (end != LINK_END_API_INITIATED_DISCONNECT) {
        connection->always = 0;
        connection->complete = false;
        connection->barred = true;
        connection_forget_answers(connection);
    }
    if (!connection->cut) {
        connection->cut = true;
        connection->cut_will = will;
        connection->end = end;
        guest_mark(guest, connection);
    }
}

static void judge_again(struct guest *guest, struct connection *connection)
{
    enum link_refusal why;
    connection_prepare(connection);
    if (!guest_still_stands(guest, connection, &why)) {
        guest_cut(guest, connection,
                  why == LINK_REFUSAL_BANNED ? LINK_END_SERVER_INITIATED_DISCONNECT
                                             : LINK_END_AUTH_ERROR,
                  true);
    } else if (!connection_may_connect(connection)) {
        guest_cut(guest, connection, LINK_END_FORBIDDEN_ACCESS, true);
    }
}

/* The broker closes it here and now, and says so by guest_disconnected. */
static void close_one(struct guest *guest, struct connection *connection)
{
    bool current = guest_connection_of(guest, connection->id) == connection;
    if (connection->open && current) {
        mosquitto_kick_client_by_clientid(connection->id.ptr, connection->cut_will);
    }
}

/* How many connections of one cause were closed. */
struct toll {
    uint64_t id;
    uint64_t n;
    int64_t decided;
};

static void tell_toll(struct guest *guest, const struct toll *toll)
{
    if (toll->n > 0) {
        guest->steady = clock_now(&guest->options.steady);
        ring_put(&guest->ring, LINK_CUT_DONE,
                 &(struct link_cut_done){.id = toll->id,
                                         .state = toll->id == 0 ? guest->state : 0,
                                         .n = toll->n,
                                         .decided = toll->decided,
                                         .cut = guest_now(guest)});
    }
}

static void work_off_dirty(struct guest *guest)
{
    const int64_t deadline = clock_now(&guest->options.steady) + GUEST_CUT_MS;
    struct toll changes = {0, 0, guest->decided};
    for (unsigned n = 1; guest->dirty != NULL; n++) {
        struct connection *connection = guest->dirty;
        if (!connection->cut && connection->open) {
            judge_again(guest, connection);
        }
        guest->dirty = connection->next_dirty;
        if (guest->dirty == NULL) {
            guest->dirty_end = &guest->dirty;
        }
        connection->dirty = false;
        if (connection->cut && connection->open) {
            struct toll asked = {connection->cut_id, 1, connection->cut_decided};
            changes.n += asked.id == 0;
            close_one(guest, connection); /* may free it */
            if (asked.id != 0) {
                tell_toll(guest, &asked);
            }
        }
        if (n % 8 == 0 && clock_now(&guest->options.steady) >= deadline) {
            break;
        }
    }
    tell_toll(guest, &changes);
}

/* ---- what time does -------------------------------------------------------------------------- */

bool guest_too_old(const struct guest *guest)
{
    return guest->settings.max_age_ms > 0 && !uplink_up(&guest->uplink) &&
           guest->steady - guest->heard > (int64_t)guest->settings.max_age_ms;
}

/* A few of the open connections, in turn: certificates and bans end, policies look at the clock. */
static void look_again(struct guest *guest)
{
    enum link_refusal why;
    if (guest->steady - guest->looked < LOOK_MS) {
        return;
    }
    guest->looked = guest->steady;
    size_t n = LOOKED_AT + guest->n_open / LOOKED_PART;
    n = n < guest->n_open ? n : guest->n_open;
    for (size_t i = 0; i < n; i++) {
        struct connection *connection = guest->open;
        guest->open = connection->next;
        bool stands = guest_still_stands(guest, connection, &why);
        if (!stands || (connection->timed && !connection->stale && !connection->cut &&
                        !connection_may_connect(connection))) {
            guest_mark(guest, connection);
        }
    }
}

/* Past the age of the state, when the settings say so, nobody stays. */
static void fail_closed(struct guest *guest)
{
    bool closed = guest->settings.fail_closed != 0 && guest_too_old(guest);
    if (closed && !guest->closed) {
        struct connection *connection = guest->open;
        for (size_t i = 0; i < guest->n_open; i++, connection = connection->next) {
            guest_cut(guest, connection, LINK_END_SERVER_INITIATED_DISCONNECT, true);
        }
    }
    guest->closed = closed;
}

static void tidy_departed(struct guest *guest)
{
    while (guest->departed != NULL) {
        struct connection *oldest = guest->departed;
        int64_t wait = oldest->protocol >= 5 ? DEPARTED_5_MS : DEPARTED_MS;
        if (guest->n_departed <= GUEST_DEPARTED_MAX && oldest->last + wait > guest->steady) {
            return;
        }
        guest_forget(guest, oldest);
    }
}

/* After a whole state: what it did not name is gone. */
static void sweep(struct guest *guest)
{
    for (int i = 0; i < SWEPT && guest->principals.sweep != NULL; i++) {
        struct principal *principal = guest->principals.sweep;
        guest->principals.sweep = principal->next;
        if (principal->generation < guest->generation) {
            for (struct connection *c = principal->connections; c != NULL;
                 c = c->next_of_principal) {
                guest_mark(guest, c);
            }
            principals_drop(&guest->principals, principal);
        }
    }
    if (guest->principals.sweep != NULL) {
        return;
    }
    guest->sweeping = false;
    bans_sweep(&guest->bans, guest->generation, guest_now(guest));
    for (size_t i = 0; i < guest->n_cas;) {
        if (guest->cas[i].generation < guest->generation) {
            guest->cas[i] = guest->cas[--guest->n_cas];
        } else {
            i++;
        }
    }
    guest_sweep_policies(guest);
}

static void send_counters(struct guest *guest)
{
    struct clients *clients = &guest->clients;
    int64_t now = guest_now(guest);
    int64_t every =
        guest->settings.counters_ms == 0 ? MINUTE_MS : (int64_t)guest->settings.counters_ms;
    if (clients->to == TIME_NEVER && now - clients->from >= every) {
        clients->to = now;
        clients->to_send = clients->n_changed;
    }
    if (clients->to == TIME_NEVER ||
        !ring_has_room(&guest->ring, sizeof guest->rows + LINK_LENGTH_BYTES + 64)) {
        return; /* without room they go on counting */
    }
    struct link_rows rows = link_rows_of(guest->rows, sizeof guest->rows);
    bool more = clients_take(clients, &rows);
    if (rows.n > 0) {
        ring_put(&guest->ring, LINK_COUNTERS,
                 &(struct link_counters){
                     .from = clients->from, .to = clients->to, .rows = link_rows_list(&rows)});
    }
    if (!more) {
        clients->from = clients->to;
        clients->to = TIME_NEVER;
    }
}

void guest_tick(struct guest *guest)
{
    int64_t steady = clock_now(&guest->options.steady);
    if (steady - guest->steady < TICK_MS && !guest->uplink.more && guest->dirty == NULL) {
        return;
    }
    guest->steady = steady;
    guest->judge.now = guest_now(guest);
    uplink_poll(guest, guest->has_state ? GUEST_INTAKE_MS : GUEST_FIRST_INTAKE_MS);
    if (uplink_up(&guest->uplink)) {
        guest->heard = guest->steady;
    }
    if (guest->sweeping) {
        sweep(guest);
    }
    look_again(guest);
    guest_unname(guest);
    fail_closed(guest);
    work_off_dirty(guest);
    tidy_departed(guest);
    send_counters(guest);
    clients_tidy(&guest->clients, guest_now(guest), (int64_t)guest->settings.client_window_ms);
}

bool guest_hello(struct guest *guest, struct link_out *out)
{
    bool held = guest->has_state && !guest->whole;
    return link_put_hello(out,
                          &(struct link_hello){
                              .protocol = LINK_PROTOCOL,
                              .version = str_from(guest->options.version),
                              .broker = str_from(guest->name),
                              .epoch = {guest->epoch, LINK_ID_BYTES},
                              .instance = {held ? guest->instance : NULL, held ? LINK_ID_BYTES : 0},
                              .state = held ? guest->state : 0,
                              .first = guest->ring.first,
                              .next = guest->ring.next,
                          });
}
