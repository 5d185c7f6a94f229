/* pages.c: see pages.h. */
#include "daemon/pages.h"

#include "base/buf.h"
#include "codec/json_write.h"

#include "base/banned.h"

enum { HEALTH_BYTES_MAX = 2048 };

static void reply_text(struct http_exchange *exchange, int status, struct str type, struct str body)
{
    exchange->reply.status = status;
    exchange->reply.body = body;
    http_reply_header(&exchange->reply, STR("Content-Type"), type);
    http_reply_header(&exchange->reply, STR("Cache-Control"), STR("no-store"));
}

static void reply_failed(struct http_exchange *exchange)
{
    reply_text(exchange, 500, STR("text/plain"), STR("out of memory\n"));
}

static enum status health_text(struct arena *mem, bool healthy, const struct why *why,
                               struct str *ret)
{
    struct buf out;
    struct json_write w;
    buf_init(&out, mem, HEALTH_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("status"), healthy ? STR("ok") : STR("failing"));
    json_write_member(&w, STR("version"), STR(BULWARK_VERSION));
    if (!healthy) {
        json_write_member(&w, STR("reason"), str_from(why->text));
    }
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, NULL);
}

void page_health(void *ctx, struct http_exchange *exchange)
{
    const struct metrics *metrics = ctx;
    struct why why = {.code = STATUS_OK};
    AUTO_VIEW *view = NULL;
    bool healthy = store_read_begin(metrics->store, &view, &why) == STATUS_OK &&
                   store_health(metrics->store, &why) == STATUS_OK;
    struct str text;
    if (health_text(exchange->mem, healthy, &why, &text) != STATUS_OK) {
        reply_failed(exchange);
        return;
    }
    reply_text(exchange, healthy ? 200 : 503, STR("application/json"), text);
}

void page_metrics(void *ctx, struct http_exchange *exchange)
{
    bool open = metrics_wants_openmetrics(http_header_get(&exchange->request, STR("Accept")));
    struct str text;
    if (metrics_text(ctx, exchange->mem, open, &text, NULL) != STATUS_OK) {
        reply_failed(exchange);
        return;
    }
    reply_text(exchange, 200, metrics_content_type(open), text);
}
