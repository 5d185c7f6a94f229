/* broker_message.c: see broker_message.h. */
#include "account/broker_message.h"

#include "account/quotas.h"

#include "base/banned.h"

enum status broker_message_next(const struct account_ctx *ctx, struct str after,
                                struct broker_message *rows, size_t max, size_t *ret_n,
                                struct why *why)
{
    const struct broker_message last = {.id = after};
    const struct store_range range = {.after = str_absent(after) ? NULL : &last};
    AUTO_SCAN *scan = NULL;
    bool more = true;
    size_t n = 0;
    TRY(store_scan_open(ctx->tx, TABLE(broker_message), &range, &scan, why));
    while (n < max) {
        TRY(store_scan_next(scan, &rows[n], ctx->mem, &more, why));
        if (!more) {
            break;
        }
        n++;
    }
    *ret_n = n;
    return STATUS_OK;
}

enum status broker_message_done(const struct account_ctx *ctx, struct str id, struct why *why)
{
    const struct broker_message row = {.id = id};
    enum status status = store_delete(ctx->tx, TABLE(broker_message), &row, why);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* One goes for one that comes: the bound holds by each addition alone. */
static enum status make_room(const struct account_ctx *ctx, struct why *why)
{
    const struct store_range all = {.index = NULL};
    struct broker_message oldest;
    size_t n;
    TRY(store_count(ctx->tx, TABLE(broker_message), &all, QUOTA_BROKER_MESSAGES, &n, why));
    if (n < QUOTA_BROKER_MESSAGES) {
        return STATUS_OK;
    }
    TRY(broker_message_next(ctx, STR_ABSENT, &oldest, 1, &n, why));
    return n == 0 ? STATUS_OK : broker_message_done(ctx, oldest.id, why);
}

enum status broker_message_add(const struct account_ctx *ctx, struct str topic, struct str payload,
                               int64_t qos, struct why *why)
{
    struct broker_message row = {
        .created = clock_now(&ctx->clock), .topic = topic, .payload = payload, .qos = qos};
    char uuid[UUID_TEXT + 1];
    TRY(make_room(ctx, why));
    rnd_uuid(&ctx->rnd, uuid);
    TRY(str_fmt(ctx->mem, &row.id, why, "%016llx-%s", (unsigned long long)row.created, uuid));
    return store_insert(ctx->tx, TABLE(broker_message), &row, why);
}
