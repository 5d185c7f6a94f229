#include "daemon/brokers.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "link/codec.h"
#include "x509/cert.h"

#include "base/banned.h"

enum {
    QUEUE_MIB_BYTES = 1 << 20,
    COUNTERS_MS = 10 * SECOND_MS,
    DENIED_PER_MINUTE = 60,
    NOTIFY_PROPERTIES_BYTES = 4 << 10,                        /* a notification's headers */
    NOTIFY_PAYLOAD_MAX = LIMIT_LINK_FRAME_BYTES - (16 << 10), /* beside them and the topic */
};

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

/* ---- notifications --------------------------------------------------------------------------- */

struct notification {
    struct broker_publish publish;
    struct notify_publish *of;
    char properties[NOTIFY_PROPERTIES_BYTES];
};

static void notification_ended(struct broker_publish *publish)
{
    struct notification *one = publish->ctx;
    notify_published(one->of, publish->status, &publish->why);
    mem_free(one);
}

static enum status put_headers(struct notification *one, struct why *why)
{
    struct link_publish *message = &one->publish.message;
    struct link_rows rows = link_rows_of(one->properties, sizeof one->properties);
    for (size_t i = 0; i < one->of->n_headers; i++) {
        const struct http_header *header = &one->of->headers[i];
        if (str_eq(header->name, STR("Content-Type"))) {
            message->content_type = header->value;
        } else {
            link_rows_add_attribute(&rows, &(struct link_attribute){header->name, header->value});
        }
    }
    message->properties = link_rows_list(&rows);
    return rows.out.full ? why_set(why, STATUS_LIMIT, "its headers have more than %d bytes",
                                   NOTIFY_PROPERTIES_BYTES)
                         : STATUS_OK;
}

enum status brokers_notify(void *ctx, struct notify_publish *publish, struct why *why)
{
    if (publish->payload.len > NOTIFY_PAYLOAD_MAX) {
        return why_set(why, STATUS_LIMIT, "the message has %zu bytes; a broker is sent at most %d",
                       publish->payload.len, NOTIFY_PAYLOAD_MAX);
    }
    struct notification *one = mem_alloc(sizeof *one);
    TRY_PTR(one);
    one->of = publish;
    one->publish.done = notification_ended;
    one->publish.ctx = one;
    one->publish.message = (struct link_publish){
        .topic = publish->topic, .payload = bytes_of_str(publish->payload), .qos = 1, .text = 1};
    enum status status = put_headers(one, why);
    if (status == STATUS_OK) {
        status = broker_publish_begin(ctx, &one->publish, why);
    }
    if (status != STATUS_OK) {
        mem_free(one);
    }
    return status;
}

/* ---- settings -------------------------------------------------------------------------------- */

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
