/* daemon.c: see daemon.h. */
#include "daemon/daemon.h"

#include <stdlib.h>

#include "account/access_cache.h"
#include "account/local_ca.h"
#include "api/extension.h"
#include "audit/unreachable.h"
#include "cli/credentials.h"
#include "daemon/auth.h"
#include "daemon/brokers.h"
#include "daemon/data_dir.h"
#include "daemon/descriptors.h"
#include "daemon/devices.h"
#include "daemon/fetch.h"
#include "daemon/jobs.h"
#include "daemon/last_conf.h"
#include "daemon/listen.h"
#include "daemon/pages.h"
#include "daemon/records.h"
#include "daemon/served.h"
#include "daemon/trail.h"
#include "daemon/weak_keys.h"

#include "base/banned.h"

enum { DAEMON_MEMORY = 64 << 20, STOP_GRACE_MS = 10000, N_PAGES = 2 };

struct daemon {
    const struct options *options;
    const struct log *log;
    struct arena *mem; /* of the daemon's life */
    struct listen_address listen;
    struct str url;
    struct store *store;
    struct page_key page_key;
    struct local_ca *ca;
    struct keyq_list *weak_keys;
    struct net_fetcher *fetcher;
    struct unreachable *unreachable; /* stands before it */
    struct audit_listener listener;
    struct audit_runner *runner;
    struct mitigate_runner *mitigator;
    struct notify_listener notify_listener;
    struct mitigate_listener mitigations;
    struct notifier *notifier;
    struct broker_listener broker_listener;
    struct broker_server *brokers;
    struct jit jit;
    struct devices *devices;
    struct jobs_env jobs_env;
    struct ticker_job jobs[TICKER_JOBS_MAX];
    struct ticker *ticker;
    struct api_env env;
    struct trail *trail;
    struct auth auth;
    struct metrics metrics;
    struct door_page pages[N_PAGES];
    struct door *door;
    struct http_server *server;
    struct served served; /* its certificates */
};

/* ---- what is given ----------------------------------------------------------------------------
 */

static bool is_account_id(struct str account)
{
    bool digits = account.len == 12;
    for (size_t i = 0; i < account.len && digits; i++) {
        digits = account.ptr[i] >= '0' && account.ptr[i] <= '9';
    }
    return digits;
}

static bool is_region(struct str region)
{
    bool fine = region.len > 0 && region.len <= 32;
    for (size_t i = 0; i < region.len && fine; i++) {
        char c = region.ptr[i];
        fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }
    return fine;
}

/* RFC 1123's names of hosts, or a numeric address. */
static bool is_host(struct str host)
{
    struct address address;
    struct str label;
    bool fine = host.len <= 253;
    if (address_read(host, &address, NULL) == STATUS_OK) {
        return true;
    }
    while (fine && str_next(&host, '.', &label)) {
        fine = label.len > 0 && label.len <= 63 && label.ptr[0] != '-' &&
               label.ptr[label.len - 1] != '-';
        for (size_t i = 0; i < label.len && fine; i++) {
            char c = label.ptr[i];
            fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '-';
        }
    }
    return fine;
}

/* "HH:MM" to ms after midnight. */
static enum status read_time_of_day(struct str text, int64_t *ret, struct why *why)
{
    int64_t hour = -1;
    int64_t minute = -1;
    bool fine = text.len == 5 && text.ptr[2] == ':' &&
                str_to_int64(str_slice(text, 0, 2), &hour) == STATUS_OK &&
                str_to_int64(str_slice(text, 3, 5), &minute) == STATUS_OK && hour >= 0 &&
                hour < 24 && minute >= 0 && minute < 60;
    if (!fine) {
        return why_set(why, STATUS_INVALID, "schedule-time is '%.*s'; it must be HH:MM",
                       STR_ARG(str_slice(text, 0, 32)));
    }
    *ret = hour * HOUR_MS + minute * MINUTE_MS;
    return STATUS_OK;
}

static enum status check_options(struct daemon *d, struct why *why)
{
    const struct options *o = d->options;
    if (o->account.len > 0 && !is_account_id(o->account)) {
        return why_set(why, STATUS_INVALID, "account is '%.*s'; it must be twelve digits",
                       STR_ARG(o->account));
    }
    if (o->region.len > 0 && !is_region(o->region)) {
        return why_set(why, STATUS_INVALID,
                       "region is '%.*s'; it must be lowercase letters, digits and '-'",
                       STR_ARG(o->region));
    }
    if (o->endpoint.len > 0 && !is_host(o->endpoint)) {
        return why_set(why, STATUS_INVALID,
                       "endpoint is '%.*s'; it must be the name of a host or a numeric address, "
                       "without scheme, port or path",
                       STR_ARG(str_slice(o->endpoint, 0, 200)));
    }
    TRY(listen_read(o->listen, &d->listen, why));
    if (o->insecure_no_auth && !d->listen.loopback) {
        return why_set(why, STATUS_INVALID,
                       "insecure-no-auth is refused on %.*s: it is no loopback address, and anyone "
                       "who reaches it could change the account",
                       STR_ARG(o->listen));
    }
    if ((o->tls_certificate.len > 0) != (o->tls_key.len > 0)) {
        return why_set(why, STATUS_INVALID, "tls-certificate and tls-key go together");
    }
    d->env.retention_days = o->audit_days;
    d->env.log_days = o->log_days;
    return read_time_of_day(o->schedule_time, &d->env.schedule_time, why);
}

/* ---- the parts, in order --------------------------------------------------------------------- */

static enum status start_store(struct daemon *d, const struct clock *clock, struct why *why)
{
    const struct options *o = d->options;
    char *dir = str_z(d->mem, o->data);
    TRY_PTR(dir);
    TRY(data_dir_open(dir, why));
    struct store_options store = {.check_on_open = o->check_db};
    if (!o->in_memory) {
        TRY(str_fmt(d->mem, &store.path, why, "%s/bulwark.db", dir));
    }
    TRY(store_open(&store, &d->store, why));
    const struct account_id given = {o->account, o->region};
    TRY(identity_ensure(d->store, d->mem, &given, clock, &d->env.id, why));
    d->env.clock = *clock;
    d->env.rnd = rnd_system();
    d->env.store = d->store;
    d->env.extensions = o->extensions;
    TRY(credentials_check(d->mem, o->data, why));
    TRY(credentials_ensure(d->store, d->mem, o->data, &d->env.id, clock, &d->env.rnd, why));
    TRY(page_key_ensure(d->store, d->mem, clock, &d->env.rnd, &d->page_key, why));
    d->env.page_key = &d->page_key;
    TRY(local_ca_open(d->mem, o->data, d->env.id.account, clock, &d->env.rnd, &d->ca, why));
    d->env.ca = d->ca;
    return STATUS_OK;
}

static enum status start_audits(struct daemon *d, struct why *why)
{
    const struct options *o = d->options;
    const struct net_fetcher_options fetch = {.allow = o->fetch_allow,
                                              .allow_loopback = o->insecure_no_auth};
    TRY(data_dir_readable(d->mem, "crl-dir", o->crl_dir, why));
    TRY(server_places_check(o->watch_certificate, why));
    served_init(&d->served, o->tls_certificate.len > 0);
    TRY(weak_keys_load(o->weak_key_dir, &d->weak_keys, why));
    TRY(net_fetcher_new(&fetch, &d->fetcher, why));
    TRY(unreachable_new(net_fetcher_get(d->fetcher), d->env.clock, &d->unreachable, why));
    d->listener.log = d->log;
    const struct audit_runner_options options = {
        .store = d->store,
        .account = d->env.id,
        .clock = d->env.clock,
        .rnd = d->env.rnd,
        .fetcher = unreachable_fetcher_get(d->unreachable),
        .local_ca = local_ca_pem_get(d->ca),
        .crl_dir = o->crl_dir.len > 0 ? o->crl_dir : STR_ABSENT,
        .weak_keys = d->weak_keys,
        .watch = {.places = o->watch_certificate, .served = served_get, .served_ctx = &d->served},
        .session_lag_ms = o->session_lag_seconds * (int64_t)SECOND_MS,
        .told = record_audit,
        .told_ctx = &d->listener,
    };
    TRY(audit_runner_start(&options, &d->runner, why));
    d->env.audit = d->runner;
    return STATUS_OK;
}

static enum status start_ticker(struct daemon *d, struct why *why)
{
    d->jobs_env = (struct jobs_env){.store = d->store,
                                    .trail = d->trail,
                                    .account = d->env.id,
                                    .clock = d->env.clock,
                                    .rnd = d->env.rnd,
                                    .runner = d->runner,
                                    .extensions = d->env.extensions,
                                    .schedule_time = d->env.schedule_time,
                                    .retention_days = d->env.retention_days,
                                    .log_days = d->env.log_days};
    const struct ticker_options options = {.clock = d->env.clock,
                                           .jobs = d->jobs,
                                           .n_jobs = jobs_list(&d->jobs_env, d->jobs),
                                           .failed = record_job_failure,
                                           .failed_ctx = (void *)(uintptr_t)d->log};
    return ticker_start(&options, &d->ticker, why);
}

static enum status start_mitigation(struct daemon *d, struct why *why)
{
    const struct mitigate_runner_options options = {
        .store = d->store,
        .account = d->env.id,
        .clock = d->env.clock,
        .rnd = d->env.rnd,
        .told = record_mitigation,
        .told_ctx = &d->mitigations,
        .did = trail_deeds,
        .did_ctx = d->trail,
    };
    d->mitigations.log = d->log;
    TRY(mitigate_runner_start(&options, &d->mitigator, why));
    d->env.mitigate = d->mitigator;
    return STATUS_OK;
}

static enum status start_trail(struct daemon *d, struct why *why)
{
    const struct options *o = d->options;
    const struct trail_options options = {.dir = o->data,
                                          .max_bytes = (size_t)o->audit_log_mib << 20,
                                          .files = (unsigned)o->audit_log_files,
                                          .reads = o->audit_log_reads,
                                          .clock = d->env.clock,
                                          .log = d->log};
    return trail_open(&options, &d->trail, why);
}

static void exchange_done(void *ctx, const struct door_record *record)
{
    const struct daemon *d = ctx;
    trail_exchange(d->trail, record);
    record_exchange((void *)(uintptr_t)d->log, record);
}

/* Devices that come for the first time. */
static enum status start_devices(struct daemon *d, struct why *why)
{
    d->jit.store = d->store;
    d->jit.id = d->env.id;
    d->jit.clock = d->env.clock;
    d->jit.rnd = d->env.rnd;
    d->jit.extensions = d->env.extensions;
    TRY(gate_new(&d->jit.gate, why));
    d->env.jit = &d->jit;
    return devices_start(&d->jit, d->log, &d->devices, why);
}

static enum status start_brokers(struct daemon *d, struct why *why)
{
    struct broker_options options = {.store = d->store,
                                     .account = d->env.id,
                                     .clock = d->env.clock,
                                     .rnd = d->env.rnd,
                                     .told = record_broker,
                                     .told_ctx = &d->broker_listener,
                                     .counters = &d->broker_listener.counters,
                                     .stranger = devices_stranger,
                                     .stranger_ctx = d->devices};
    d->broker_listener.log = d->log;
    TRY(brokers_options(d->mem, d->options, &options, why));
    TRY(brokers_trust(d->mem, d->options->data, local_ca_pem_get(d->ca), &options, why));
    TRY(broker_server_start(&options, &d->brokers, why));
    d->env.brokers = d->brokers;
    devices_publish_through(d->devices, d->brokers);
    return STATUS_OK;
}

/* The credentials of the account whose SNS holds topics that are not held here. */
static enum status read_sns_sign(struct daemon *d, struct http_sign *ret, struct why *why)
{
    struct credentials credentials;
    struct why inner = {.code = STATUS_OK};
    if (credentials_from_environment(d->mem, &credentials, &inner) != STATUS_OK) {
        return why_set(why, STATUS_INVALID, "sns-endpoint is set, but there are %s", inner.text);
    }
    *ret = (struct http_sign){.access_key = credentials.key_id,
                              .secret = credentials.secret,
                              .security_token = credentials.token};
    return STATUS_OK;
}

static enum status make_notifier(struct daemon *d, struct why *why)
{
    struct notifier_options options = {
        .store = d->store,
        .account = d->env.id,
        .clock = d->env.clock,
        .rnd = d->env.rnd,
        .rule = net_fetcher_rule_get(d->fetcher),
        .told = record_notification,
        .told_ctx = &d->notify_listener,
        .publish = brokers_notify,
        .publish_ctx = d->brokers,
    };
    d->notify_listener.log = d->log;
    if (d->options->sns_endpoint.len > 0) {
        options.elsewhere = d->options->sns_endpoint;
        options.ca_file = str_from(getenv("AWS_CA_BUNDLE"));
        TRY(read_sns_sign(d, &options.sign, why));
    }
    TRY(notifier_new(&options, &d->notifier, why));
    d->env.notifier = d->notifier;
    return STATUS_OK;
}

/* Once it is known where we listen. */
static enum status start_notifier(struct daemon *d, struct why *why)
{
    struct str url = d->options->public_url.len > 0 ? d->options->public_url : d->url;
    while (str_ends(url, STR("/"))) {
        url = str_slice(url, 0, url.len - 1);
    }
    return notifier_start(d->notifier, url, why);
}

static enum status start_door(struct daemon *d, struct why *why)
{
    d->pages[0] = (struct door_page){STR("/health"), page_health, &d->metrics};
    d->pages[1] = (struct door_page){STR("/metrics"), page_metrics, &d->metrics};
    d->auth = (struct auth){
        .store = d->store, .clock = d->env.clock, .required = !d->options->insecure_no_auth};
    d->env.endpoint = d->options->endpoint.len > 0 ? d->options->endpoint : d->listen.address;
    const struct door_options door = {
        .env = &d->env,
        .handlers = handlers,
        .extension = extension_find,
        .authenticate = auth_request,
        .authenticate_ctx = &d->auth,
        .pages = d->pages,
        .n_pages = N_PAGES,
        .record = exchange_done,
        .record_ctx = d,
        .workers = (unsigned)d->options->workers,
        .check_replies = d->options->check_replies,
    };
    TRY(access_cache_new(&d->env.access, why));
    return door_new(&door, &d->door, why);
}

static enum status start_server(struct daemon *d, struct why *why)
{
    const struct options *o = d->options;
    bool tls = o->tls_certificate.len > 0;
    const struct http_server_config config = {
        .address = d->listen.address,
        .port = d->listen.port,
        .io_threads = (unsigned)o->io_threads,
        .cert_file = tls ? o->tls_certificate : STR_ABSENT,
        .key_file = tls ? o->tls_key : STR_ABSENT,
        .limits = {.connections = (unsigned)o->connections,
                   .connections_per_address = (unsigned)o->connections_per_address,
                   .idle_seconds = (unsigned)o->idle_seconds,
                   .request_ms = (unsigned)(o->request_seconds * SECOND_MS)},
        .handle = door_handle,
        .ctx = d->door,
        .rejected = record_rejection,
        .rejected_ctx = (void *)(uintptr_t)d->log,
        .rnd = d->env.rnd,
    };
    d->metrics = (struct metrics){.store = d->store,
                                  .door = d->door,
                                  .audits = &d->listener.counters,
                                  .notifications = &d->notify_listener.counters,
                                  .mitigations = &d->mitigations.counters,
                                  .brokers = &d->broker_listener.counters,
                                  .jit = &d->jit};
    TRY(http_server_start(&config, &d->server, why));
    d->metrics.server = d->server;
    served_set(&d->served, d->server);
    TRY(str_fmt(d->mem, &d->url, why, "%s://%s%.*s%s:%u", tls ? "https" : "http",
                d->listen.v6 ? "[" : "", STR_ARG(d->listen.address), d->listen.v6 ? "]" : "",
                (unsigned)http_server_port(d->server)));
    struct str line;
    TRY(last_conf_text(d->mem, o, &line, why));
    TRY(data_dir_write(d->mem, o->data, "last.conf", line, why));
    TRY(str_fmt(d->mem, &line, why, "%.*s\n", STR_ARG(d->url)));
    return data_dir_write(d->mem, o->data, "endpoint", line, why);
}

/* Too few of them are no reason not to serve. */
static void raise_descriptors(const struct daemon *d)
{
    struct why why = {.code = STATUS_OK};
    size_t need = descriptors_needed((size_t)d->options->connections);
    if (descriptors_raise(need, &why) != STATUS_OK) {
        log_event(d->log, LOG_WARN, "bulwarkd.few_files", LOG_TEXT("why", why.text));
    }
}

static enum status start_parts(struct daemon *d, const struct clock *clock, struct why *why)
{
    TRY(check_options(d, why));
    raise_descriptors(d);
    TRY(start_store(d, clock, why));
    TRY(start_trail(d, why));
    TRY(start_audits(d, why));
    TRY(start_mitigation(d, why));
    TRY(start_ticker(d, why));
    TRY(start_devices(d, why));
    TRY(start_brokers(d, why));
    TRY(make_notifier(d, why));
    TRY(start_door(d, why));
    TRY(start_server(d, why));
    return start_notifier(d, why);
}

enum status daemon_start(const struct options *options, const struct log *log,
                         const struct clock *clock, struct daemon **ret, struct why *why)
{
    struct daemon *daemon = mem_alloc(sizeof *daemon);
    TRY_PTR(daemon);
    daemon->options = options;
    daemon->log = log;
    daemon->mem = arena_new(DAEMON_MEMORY);
    enum status status = daemon->mem == NULL ? why_no_memory(why) : start_parts(daemon, clock, why);
    if (status != STATUS_OK) {
        daemon_stop(daemon);
        return status;
    }
    *ret = daemon;
    return STATUS_OK;
}

struct account_id daemon_account(const struct daemon *daemon)
{
    return daemon->env.id;
}

struct str daemon_url(const struct daemon *daemon)
{
    return daemon->url;
}

enum status daemon_reload(struct daemon *daemon, struct why *why)
{
    unreachable_forget(daemon->unreachable);
    struct why untold = {.code = STATUS_OK};
    enum status trail = trail_reopen(daemon->trail, &untold);
    TRY(http_server_reload_tls(daemon->server, why));
    return trail == STATUS_OK ? STATUS_OK : why_set(why, trail, "%s", untold.text);
}

bool daemon_stop(struct daemon *daemon)
{
    if (daemon == NULL) {
        return true;
    }
    if (daemon->url.len > 0) {
        data_dir_remove(daemon->mem, daemon->options->data, "endpoint");
    }
    if (daemon->runner != NULL) {
        served_set(&daemon->served, NULL);
    }
    if (!http_server_stop(daemon->server, STOP_GRACE_MS)) {
        return false; /* an exchange still holds the rest; what is committed is safe */
    }
    door_free(daemon->door);
    access_cache_free(daemon->env.access);
    ticker_stop(daemon->ticker);
    trail_close(daemon->trail);
    mitigate_runner_stop(daemon->mitigator);
    notifier_stop(daemon->notifier);
    devices_stop(daemon->devices);
    broker_server_stop(daemon->brokers);
    devices_free(daemon->devices);
    audit_runner_stop(daemon->runner);
    unreachable_free(daemon->unreachable);
    net_fetcher_free(daemon->fetcher);
    keyq_list_free(daemon->weak_keys);
    local_ca_close(daemon->ca);
    gate_free(daemon->jit.gate);
    store_close(daemon->store);
    arena_free(daemon->mem);
    mem_free(daemon);
    return true;
}
