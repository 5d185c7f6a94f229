#include "daemon/brokers.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "x509/cert.h"

#include "base/banned.h"

enum { QUEUE_MIB_BYTES = 1 << 20, COUNTERS_MS = 10 * SECOND_MS, DENIED_PER_MINUTE = 60 };

void record_broker(void *ctx, const struct broker_event *event)
{
    static const struct {
        enum log_level level;
        const char *name;
    } rows[] = {
        [BROKER_JOINED] = {LOG_INFO, "broker.joined"},
        [BROKER_LEFT] = {LOG_WARN, "broker.left"},
        [BROKER_TURNED_AWAY] = {LOG_WARN, "broker.turned_away"},
        [BROKER_TROUBLE] = {LOG_ERROR, "broker.trouble"},
        [BROKER_REFUSED] = {LOG_WARN, "broker.events_refused"},
        [BROKER_DROPPED] = {LOG_WARN, "broker.events_dropped"},
        [BROKER_CUT] = {LOG_INFO, "broker.cut"},
    };
    const struct broker_listener *listener = ctx;
    log_event(listener->log, rows[event->what].level, rows[event->what].name,
              LOG_STR("broker", event->broker), LOG_STR("text", event->text),
              LOG_INT("number", event->number), LOG_INT("ms", event->ms));
}

enum status brokers_socket(struct arena *mem, const struct options *options, struct str *ret,
                           struct why *why)
{
    if (options->broker_socket.len > 0) {
        return str_dup(mem, options->broker_socket, ret, why);
    }
    return str_fmt(mem, ret, why, "%.*s/broker.sock", STR_ARG(options->data));
}

enum status brokers_trust(struct arena *mem, struct str data, struct str local_ca_pem,
                          struct broker_options *ret, struct why *why)
{
    struct str folder;
    const struct cert *cert;
    TRY(str_fmt(mem, &folder, why, "%.*s/broker", STR_ARG(data)));
    if (mkdir(folder.ptr, 0755) != 0 && errno != EEXIST) {
        return why_set(why, STATUS_IO, "%s: %s", folder.ptr, strerrordesc_np(errno));
    }
    TRY(str_fmt(mem, &ret->trust_folder, why, "%s/ca", folder.ptr));
    TRY(cert_read(mem, local_ca_pem, &cert, why));
    ret->local_ca = cert->der;
    return STATUS_OK;
}

static enum status read_users(struct arena *mem, struct str names, struct broker_options *ret,
                              struct why *why)
{
    struct str rest = names.len == 0 ? STR_ABSENT : names;
    struct str name;
    while (str_next(&rest, ',', &name)) {
        name = str_trim(name);
        char *z = str_z(mem, name);
        TRY_PTR(z);
        const struct passwd *user = getpwnam(z);
        if (user == NULL) {
            return why_set(why, STATUS_INVALID, "broker-user: there is no user '%.64s'", z);
        }
        if (ret->n_users == BROKER_USERS_MAX) {
            return why_set(why, STATUS_INVALID, "broker-user names more than %d users",
                           BROKER_USERS_MAX);
        }
        ret->users[ret->n_users++] = user->pw_uid;
    }
    return STATUS_OK;
}

enum status brokers_options(struct arena *mem, const struct options *options,
                            struct broker_options *ret, struct why *why)
{
    const struct options *o = options;
    ret->settings = (struct link_settings){
        .max_age_ms = (uint64_t)o->broker_state_hours * HOUR_MS,
        .fail_closed = o->broker_fail_closed,
        .queue_bytes = (uint64_t)o->broker_queue_mib * QUEUE_MIB_BYTES,
        .counters_ms = COUNTERS_MS,
        .storm_connects = (uint64_t)o->storm_connects,
        .client_connects = (uint64_t)o->flapping_connects,
        .client_window_ms = MINUTE_MS,
        .client_ban_ms = (uint64_t)o->flapping_ban_seconds * SECOND_MS,
        .denied_per_minute = DENIED_PER_MINUTE,
    };
    TRY(read_users(mem, o->broker_user, ret, why));
    return brokers_socket(mem, o, &ret->path, why);
}
