/* metrics.c: see metrics.h. */
#include "daemon/metrics.h"

#include <inttypes.h>

#include "account/outbox.h"
#include "base/buf.h"
#include "base/limits.h"

#include "base/banned.h"

struct page_writer {
    struct buf out;
    bool openmetrics;
};

static void family(struct page_writer *w, const char *name, bool counter, const char *help)
{
    const char *total = counter && !w->openmetrics ? "_total" : "";
    buf_put_fmt(&w->out, "# HELP bulwark_%s%s %s\n", name, total, help);
    buf_put_fmt(&w->out, "# TYPE bulwark_%s%s %s\n", name, total, counter ? "counter" : "gauge");
}

/* labels is "" or "{...}". */
static void sample(struct page_writer *w, const char *name, bool counter, const char *labels,
                   uint64_t value)
{
    buf_put_fmt(&w->out, "bulwark_%s%s%s %" PRIu64 "\n", name, counter ? "_total" : "", labels,
                value);
}

static void one(struct page_writer *w, const char *name, bool counter, const char *help,
                uint64_t value)
{
    family(w, name, counter, help);
    sample(w, name, counter, "", value);
}

static void put_http(struct page_writer *w, const struct http_server *server)
{
    struct http_server_counters c;
    http_server_counters((struct http_server *)(uintptr_t)server, &c);
    one(w, "http_connections", true, "Connections accepted.", c.connections);
    one(w, "http_connections_refused", true, "Connections closed at once: too many.", c.refused);
    one(w, "http_requests", true, "Requests given to the API.", c.requests);
    one(w, "http_requests_rejected", true, "Requests refused before the API.", c.rejected);
    one(w, "http_timeouts", true, "Connections cut: idle, or too slow in all.", c.timeouts);
    one(w, "http_received_bytes", true, "Bytes of requests.", c.bytes_in);
    one(w, "http_sent_bytes", true, "Bytes of replies' bodies.", c.bytes_out);
    one(w, "http_open_connections", false, "Connections open now.", c.open);
}

static void put_store(struct page_writer *w, struct store *store)
{
    struct store_stats s;
    store_stats_get(store, &s);
    one(w, "store_commits", true, "Syncs to disk.", s.commits);
    one(w, "store_transactions", true, "Transactions that became durable.", s.transactions);
    one(w, "store_transactions_undone", true, "Transactions undone.", s.undone);
    one(w, "store_queued_transactions", false, "Transactions waiting now.", s.queued);
    one(w, "store_open_views", false, "Read views open now.", s.views);
    one(w, "store_wal_held", true, "Times an open view kept the write-ahead log above its bound.",
        s.wal_held);
    one(w, "store_file_bytes", false, "Size of the database.", s.file_bytes);
    one(w, "store_wal_bytes", false, "Size of the write-ahead log.", s.wal_bytes);
}

static void put_operations(struct page_writer *w, const struct door *door, const char *name,
                           const char *help, bool errors)
{
    family(w, name, true, help);
    for (size_t i = 0; i < OP_COUNT; i++) {
        struct door_count count = door_count(door, (enum op_id)i);
        if (count.calls > 0) {
            buf_put_fmt(&w->out,
                        "bulwark_%s_total{service=\"%.*s\",operation=\"%.*s\"} %" PRIu64 "\n", name,
                        STR_ARG(op_service(&operations[i])->id), STR_ARG(operations[i].name),
                        errors ? count.errors : count.calls);
        }
    }
}

static void put_audits(struct page_writer *w, const struct audit_counters *audits)
{
    one(w, "audits_finished", true, "Audits that came to their end.", audits->finished);
    one(w, "audits_failed", true, "Audits that ended FAILED.", audits->failed);
    one(w, "audit_list_problems", true,
        "Revocation lists and issuers that could not be used, once an audit each.",
        audits->list_problems);
    one(w, "audit_answers_unknown", true,
        "Questions about revocation left open by lists that could not be used.",
        audits->answers_unknown);
}

enum { COUNT_MAX = 100000 }; /* rows counted for a page */

/* Rows with one value in the first column of an order; a store that cannot be read says so
 * elsewhere. */
static uint64_t count_rows(struct store *store, const struct table *table,
                           const struct table_index *index, const void *like)
{
    const struct store_range range = {.index = index, .prefix = like, .n_prefix = 1};
    size_t n = 0;
    AUTO_VIEW *view = NULL;
    if (store_read_begin(store, &view, NULL) != STATUS_OK ||
        store_count(view, table, &range, COUNT_MAX, &n, NULL) != STATUS_OK) {
        return 0;
    }
    return n;
}

/* A store that cannot be read says so elsewhere. */
static struct outbox_counts count_outbox(const struct metrics *metrics, struct arena *mem)
{
    struct outbox_counts counts = {0};
    struct outbox_counts read;
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = {.mem = mem};
    if (store_read_begin(metrics->store, &view, NULL) == STATUS_OK) {
        ctx.tx = view;
        if (outbox_counts_get(&ctx, &read, NULL) == STATUS_OK) {
            counts = read;
        }
    }
    return counts;
}

static void put_notifications(struct page_writer *w, const struct metrics *metrics,
                              struct arena *mem)
{
    const struct notify_counters *c = metrics->notifications;
    const struct outbox_counts rows = count_outbox(metrics, mem);
    one(w, "notifications_delivered", true, "Deliveries that a receiver took.", c->delivered);
    one(w, "notifications_failed", true, "Tries to deliver that failed.", c->failed);
    one(w, "notifications_dead", true, "Deliveries given up.", c->dead);
    one(w, "notifications_pending", false, "Messages and deliveries waiting now.",
        (uint64_t)rows.pending);
    one(w, "notifications_pending_limit", false, "At so many no further message is taken.",
        LIMIT_OUTBOX_PENDING);
    one(w, "notifications_dead_letters", false, "Deliveries given up and kept.",
        (uint64_t)rows.dead);
    one(w, "notifications_dropped", true, "Deliveries given up and not kept: too many are.",
        (uint64_t)rows.dropped);
}

static void put_tasks(struct page_writer *w, struct store *store)
{
    static const char *const states[] = {"IN_PROGRESS", "COMPLETED", "FAILED", "CANCELED"};
    family(w, "mitigation_tasks", false, "Mitigation tasks kept now, to 100000 of a status.");
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        const struct mitigation_task like = {.status = str_from(states[i])};
        buf_put_fmt(
            &w->out, "bulwark_mitigation_tasks{status=\"%s\"} %" PRIu64 "\n", states[i],
            count_rows(store, TABLE(mitigation_task), INDEX(mitigation_task, by_status), &like));
    }
}

static void put_mitigations(struct page_writer *w, const struct metrics *metrics)
{
    const struct mitigate_counters *c = metrics->mitigations;
    put_tasks(w, metrics->store);
    family(w, "mitigation_steps", true, "Actions on findings that are done with.");
    sample(w, "mitigation_steps", true, "{result=\"completed\"}", c->completed);
    sample(w, "mitigation_steps", true, "{result=\"failed\"}", c->failed);
    sample(w, "mitigation_steps", true, "{result=\"skipped\"}", c->skipped);
    one(w, "mitigation_undone", true, "Changes of mitigation tasks taken back.", c->undone);
    buf_put_fmt(&w->out,
                "# HELP bulwark_mitigation_task_seconds From asking for a task to its end.\n"
                "# TYPE bulwark_mitigation_task_seconds summary\n"
                "bulwark_mitigation_task_seconds_sum %.3f\n"
                "bulwark_mitigation_task_seconds_count %" PRIu64 "\n",
                (double)c->ended_ms / SECOND_MS, (uint64_t)c->ended);
}

static void put_broker_events(struct page_writer *w, const struct broker_counters *c)
{
    family(w, "broker_events", true, "Events of brokers taken in.");
    for (int type = 0; type < LINK_TYPE_END; type++) {
        const char *name = link_type_name((enum link_type)type);
        uint64_t n = c->frames[type];
        if (name != NULL && n > 0) {
            buf_put_fmt(&w->out, "bulwark_broker_events_total{event=\"%s\"} %" PRIu64 "\n", name,
                        n);
        }
    }
}

/* Each bucket counts the ones before it too. */
static void put_cuts(struct page_writer *w, const struct broker_counters *c)
{
    uint64_t n = 0;
    const char *name = "broker_cut_seconds";
    buf_put_fmt(&w->out,
                "# HELP bulwark_%s From a decision to the end of the connections it cut.\n", name);
    buf_put_fmt(&w->out, "# TYPE bulwark_%s histogram\n", name);
    for (int i = 0; i < BROKER_CUT_BUCKETS; i++) {
        n += c->cut_within[i];
        if (i < BROKER_CUT_BUCKETS - 1) {
            buf_put_fmt(&w->out, "bulwark_%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
                        (double)broker_cut_bounds_ms[i] / SECOND_MS, n);
        }
    }
    buf_put_fmt(&w->out, "bulwark_%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, n);
    buf_put_fmt(&w->out, "bulwark_%s_sum %g\nbulwark_%s_count %" PRIu64 "\n", name,
                (double)c->cut_ms / SECOND_MS, name, n);
}

static void put_brokers(struct page_writer *w, const struct broker_counters *c)
{
    one(w, "brokers", false, "Brokers that are there now.", c->peers);
    put_broker_events(w, c);
    one(w, "broker_batches", true, "Transactions that took in events of brokers.", c->batches);
    one(w, "broker_events_again", true, "Events that came again and were known.", c->again);
    one(w, "broker_events_refused", true, "Events passed over: they broke a rule.", c->refused);
    one(w, "broker_events_dropped", true, "Events that brokers had no room for.", c->dropped);
    one(w, "broker_rows", true, "Rows of the account told to brokers.", c->rows);
    one(w, "broker_published", true, "Messages that a broker published for us.", c->published);
    one(w, "broker_publish_failed", true, "Messages that no broker published.", c->publish_failed);
    one(w, "client_messages_sent", true, "Messages that clients published.", c->sent);
    one(w, "client_messages_received", true, "Messages delivered to clients.", c->received);
    one(w, "client_auth_failures", true, "What clients were denied.", c->auth_failures);
    one(w, "client_connections_cut", true, "Connections ended by a change or a command.", c->cut);
    put_cuts(w, c);
}

static void put_strangers(struct page_writer *w, const struct jit *jit)
{
    family(w, "devices_met", true,
           "Devices that came with a certificate that was not registered, by what became of them.");
    for (size_t i = 0; i < JIT_OUTCOMES; i++) {
        buf_put_fmt(&w->out, "bulwark_devices_met_total{outcome=\"%.*s\"} %" PRIu64 "\n",
                    STR_ARG(jit_outcome_name((enum jit_outcome)i)),
                    (uint64_t)atomic_load_explicit(&jit->counts[i], memory_order_relaxed));
    }
}

enum status metrics_text(const struct metrics *metrics, struct arena *mem, bool openmetrics,
                         struct str *ret, struct why *why)
{
    struct page_writer w = {.openmetrics = openmetrics};
    buf_init(&w.out, mem, LIMIT_REPLY_BYTES);
    family(&w, "build_info", false, "What is running.");
    buf_put_str(&w.out, STR("bulwark_build_info{version=\"" BULWARK_VERSION "\"} 1\n"));
    put_http(&w, metrics->server);
    put_store(&w, metrics->store);
    put_operations(&w, metrics->door, "api_calls", "Calls of operations.", false);
    put_operations(&w, metrics->door, "api_errors", "Calls of operations that failed.", true);
    one(&w, "api_reply_misfits", true, "Replies that did not fit their shape.",
        door_misfits(metrics->door));
    put_audits(&w, metrics->audits);
    put_mitigations(&w, metrics);
    put_notifications(&w, metrics, mem);
    put_brokers(&w, metrics->brokers);
    put_strangers(&w, metrics->jit);
    if (openmetrics) {
        buf_put_str(&w.out, STR("# EOF\n"));
    }
    return buf_finish(&w.out, ret, why);
}

bool metrics_wants_openmetrics(struct str accept)
{
    struct str name = STR("application/openmetrics-text");
    for (size_t i = 0; i + name.len <= accept.len; i++) {
        if (str_eq(str_slice(accept, i, i + name.len), name)) {
            return true;
        }
    }
    return false;
}

struct str metrics_content_type(bool openmetrics)
{
    return openmetrics ? STR("application/openmetrics-text; version=1.0.0; charset=utf-8")
                       : STR("text/plain; version=0.0.4; charset=utf-8");
}
