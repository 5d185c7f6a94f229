/* plugin.c: bulwark_mosquitto.so, as Mosquitto sees it: plugin interface 5, of 2.0 and later.
 *
 * Options of the broker's configuration:
 *     plugin_opt_socket PATH   the daemon's socket (bulwarkd --broker-socket); needed
 *     plugin_opt_name NAME     by which the daemon knows this broker again; "mosquitto"
 *
 * Mosquitto 2.1 has events for what is inferred here from 2.0's (connect, subscribe, message out):
 * they would be rows of `events`, and what gate.c infers would be told.
 */
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#include "base/arena.h"
#include "plugin/guest.h"

#include "base/banned.h"

#define EXPORT __attribute__((visibility("default")))

static int64_t steady_now(void *ctx)
{
    (void)ctx;
    return clock_monotonic_ms();
}

/* ---- events ---------------------------------------------------------------------------------- */

static int on_authenticate(int event, void *data, void *guest)
{
    (void)event;
    return guest_authenticate(guest, ((struct mosquitto_evt_basic_auth *)data)->client);
}

static int on_disconnect(int event, void *data, void *guest)
{
    (void)event;
    guest_disconnected(guest, ((struct mosquitto_evt_disconnect *)data)->client);
    return MOSQ_ERR_SUCCESS;
}

static int on_tick(int event, void *data, void *guest)
{
    (void)event;
    (void)data;
    guest_tick(guest);
    return MOSQ_ERR_SUCCESS;
}

/* The state comes over the link: there is no file to read again. */
static int on_reload(int event, void *data, void *guest)
{
    (void)event;
    (void)data;
    guest_reloading(guest);
    return MOSQ_ERR_SUCCESS;
}

static const struct {
    int event;
    MOSQ_FUNC_generic_callback call;
} events[] = {
    {MOSQ_EVT_BASIC_AUTH, on_authenticate}, {MOSQ_EVT_ACL_CHECK, guest_authorize},
    {MOSQ_EVT_DISCONNECT, on_disconnect},   {MOSQ_EVT_TICK, on_tick},
    {MOSQ_EVT_RELOAD, on_reload},
};
enum { N_EVENTS = sizeof events / sizeof events[0] };

/* ---- life ------------------------------------------------------------------------------------ */

EXPORT int mosquitto_plugin_version(int count, const int *versions)
{
    for (int i = 0; i < count; i++) {
        if (versions[i] == MOSQ_PLUGIN_VERSION) {
            return MOSQ_PLUGIN_VERSION;
        }
    }
    return -1;
}

/* What the daemon needs to find its guest again at the end. */
struct inside {
    mosquitto_plugin_id_t *identifier;
    struct guest *guest;
};

static enum status read_options(const struct mosquitto_opt *options, int n,
                                struct guest_options *ret, struct why *why)
{
    for (int i = 0; i < n; i++) {
        struct str key = str_from(options[i].key);
        if (str_eq(key, STR("socket"))) {
            ret->socket = options[i].value;
        } else if (str_eq(key, STR("name"))) {
            ret->name = options[i].value;
        } else {
            return why_set(why, STATUS_INVALID, "plugin_opt_%s is no option: socket, name",
                           options[i].key);
        }
    }
    return ret->socket != NULL ? STATUS_OK
                               : why_set(why, STATUS_INVALID, "plugin_opt_socket is missing");
}

static enum status start(struct inside *inside, const struct mosquitto_opt *options, int n,
                         struct why *why)
{
    struct guest_options guest = {
        .name = "mosquitto",
        .version = BULWARK_VERSION,
        .wall = clock_system(),
        .steady = {steady_now, NULL},
        .rnd = rnd_system(),
    };
    TRY(read_options(options, n, &guest, why));
    TRY(guest_new(&guest, &inside->guest, why));
    for (size_t i = 0; i < N_EVENTS; i++) {
        if (mosquitto_callback_register(inside->identifier, events[i].event, events[i].call, NULL,
                                        inside->guest) != MOSQ_ERR_SUCCESS) {
            return why_set(why, STATUS_UNSUPPORTED, "the broker has no event %d", events[i].event);
        }
    }
    return STATUS_OK;
}

EXPORT int mosquitto_plugin_cleanup(void *data, struct mosquitto_opt *options, int n)
{
    struct inside *inside = data;
    (void)options;
    (void)n;
    if (inside != NULL) {
        for (size_t i = 0; i < N_EVENTS; i++) {
            mosquitto_callback_unregister(inside->identifier, events[i].event, events[i].call,
                                          NULL);
        }
        guest_free(inside->guest);
        mem_free(inside);
    }
    return MOSQ_ERR_SUCCESS;
}

EXPORT int mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **data,
                                 struct mosquitto_opt *options, int n)
{
    struct why why = {0};
    struct inside *inside = mem_alloc(sizeof *inside);
    if (inside == NULL) {
        return MOSQ_ERR_NOMEM;
    }
    inside->identifier = identifier;
    if (start(inside, options, n, &why) != STATUS_OK) {
        guest_log(MOSQ_LOG_ERR, "%s", why.text);
        mosquitto_plugin_cleanup(inside, NULL, 0);
        return MOSQ_ERR_INVAL;
    }
    guest_log(MOSQ_LOG_NOTICE, "plugin %s, broker %s, socket %s", BULWARK_VERSION,
              inside->guest->name, inside->guest->uplink.path);
    *data = inside;
    return MOSQ_ERR_SUCCESS;
}
