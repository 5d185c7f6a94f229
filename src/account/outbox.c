/* outbox.c: see outbox.h. */
#include "account/outbox.h"

#include "account/iam.h"
#include "account/role.h"
#include "account/subscription.h"
#include "base/limits.h"
#include "contract/errors.h"

#include "base/banned.h"

#define DROPPED STR("DROPPED")

/* ---- how many there are ---------------------------------------------------------------------- */

static enum status count_of(const struct account_ctx *ctx, struct str state, int64_t *ret,
                            struct why *why)
{
    struct outbox_count row = {.state = state};
    enum status status = store_get(ctx->tx, TABLE(outbox_count), &row, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
    }
    *ret = status == STATUS_OK ? row.n : 0;
    return STATUS_OK;
}

static enum status count(const struct account_ctx *ctx, struct str state, int64_t by,
                         struct why *why)
{
    struct outbox_count row = {.state = state};
    TRY(count_of(ctx, state, &row.n, why));
    row.n += by;
    return store_put(ctx->tx, TABLE(outbox_count), &row, why);
}

enum status outbox_counts_get(const struct account_ctx *ctx, struct outbox_counts *ret,
                              struct why *why)
{
    TRY(count_of(ctx, OUTBOX_PENDING, &ret->pending, why));
    TRY(count_of(ctx, OUTBOX_DEAD, &ret->dead, why));
    return count_of(ctx, DROPPED, &ret->dropped, why);
}

enum status outbox_room(const struct account_ctx *ctx, struct why *why)
{
    int64_t pending = 0;
    TRY(count_of(ctx, OUTBOX_PENDING, &pending, why));
    if (pending >= LIMIT_OUTBOX_PENDING) {
        return why_raise(why, STATUS_LIMIT, X_sns_Throttled,
                         "%lld notifications wait to be delivered, and no more than %d may; see "
                         "`bulwark notifications --pending` for what holds them up",
                         (long long)pending, LIMIT_OUTBOX_PENDING);
    }
    return STATUS_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* *ret_there is false when it is gone. */
static enum status find(const struct account_ctx *ctx, struct str id, struct outbox *ret,
                        bool *ret_there, struct why *why)
{
    struct outbox row = {.id = id};
    enum status status = store_get(ctx->tx, TABLE(outbox), &row, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
        *ret = row;
    }
    *ret_there = status == STATUS_OK;
    return STATUS_OK;
}

static enum status insert(const struct account_ctx *ctx, const struct outbox *row, struct why *why)
{
    TRY(store_insert(ctx->tx, TABLE(outbox), row, why));
    return count(ctx, row->state, 1, why);
}

static enum status remove_row(const struct account_ctx *ctx, const struct outbox *row,
                              struct why *why)
{
    TRY(store_delete(ctx->tx, TABLE(outbox), row, why));
    return count(ctx, row->state, -1, why);
}

/* The row, which is PENDING, becomes DEAD; or goes, when enough of them are kept. */
static enum status give_up(const struct account_ctx *ctx, struct outbox *row, struct str error,
                           struct why *why)
{
    int64_t dead = 0;
    TRY(count_of(ctx, OUTBOX_DEAD, &dead, why));
    if (dead >= LIMIT_OUTBOX_DEAD) {
        TRY(remove_row(ctx, row, why));
        return count(ctx, DROPPED, 1, why);
    }
    TRY(count(ctx, row->state, -1, why));
    row->state = OUTBOX_DEAD;
    row->next_try = clock_now(&ctx->clock);
    row->last_error = error;
    TRY(count(ctx, row->state, 1, why));
    return store_put(ctx->tx, TABLE(outbox), row, why);
}

/* ---- telling --------------------------------------------------------------------------------- */

static struct outbox new_row(const struct account_ctx *ctx, struct str kind, struct str topic_arn)
{
    int64_t now = clock_now(&ctx->clock);
    return (struct outbox){.created = now,
                           .kind = kind,
                           .topic_arn = topic_arn,
                           .state = OUTBOX_PENDING,
                           .next_try = now,
                           .endpoint = STR(""),
                           .queued = now};
}

enum status outbox_make(const struct account_ctx *ctx, const struct outbox_message *message,
                        struct outbox *ret, struct why *why)
{
    struct outbox row = new_row(ctx, message->kind, message->topic_arn);
    row.role_arn = message->role_arn;
    row.subject = message->subject;
    row.body = message->body;
    TRY(account_uuid(ctx, &row.id, why));
    row.message = row.id;
    *ret = row;
    return STATUS_OK;
}

enum status outbox_write(const struct account_ctx *ctx, struct outbox *row, struct why *why)
{
    struct why full = {.code = STATUS_OK};
    enum status room = outbox_room(ctx, &full);
    if (room != STATUS_OK && room != STATUS_LIMIT) {
        return why_set(why, room, "%s", full.text);
    }
    TRY(insert(ctx, row, why));
    if (room == STATUS_OK) {
        return STATUS_OK;
    }
    struct str error;
    TRY(str_dup(ctx->mem, str_from(full.text), &error, why));
    return give_up(ctx, row, error, why);
}

enum status outbox_add(const struct account_ctx *ctx, const struct outbox_message *message,
                       struct str *ret_id, struct why *why)
{
    struct outbox row;
    TRY(outbox_make(ctx, message, &row, why));
    TRY(outbox_write(ctx, &row, why));
    *ret_id = row.id;
    return STATUS_OK;
}

enum status outbox_ask(const struct account_ctx *ctx, const struct subscription *subscription,
                       struct why *why)
{
    const struct topic topic = {.name = subscription->topic};
    TRY(outbox_room(ctx, why));
    struct outbox row = new_row(ctx, STR("CONFIRMATION"), STR_ABSENT);
    TRY(topic_arn(ctx, &topic, &row.topic_arn, why));
    TRY(subscription_arn(ctx, subscription, &row.subscription, why));
    TRY(account_uuid(ctx, &row.id, why));
    row.message = row.id;
    row.endpoint = subscription->endpoint;
    row.body = subscription->token;
    return insert(ctx, &row, why);
}

/* ---- spreading ------------------------------------------------------------------------------- */

/* Why the topic does not let it be sent by a role that is not held here; absent: it does. */
static enum status ask_topic(const struct account_ctx *ctx, const struct outbox *row,
                             const struct role_use *use, struct str *ret_refusal, struct why *why)
{
    struct access_value source[SOURCE_VALUES];
    TRY(role_source(ctx, use, source, why));
    const struct access_request request = {.action = use->action,
                                           .resource = use->resource,
                                           .source = source,
                                           .n_source = SOURCE_VALUES};
    return access_denied_by_resource(ctx, row->role_arn, &request, ret_refusal, why);
}

/* Why its role does not let it be sent; absent: it does. */
static enum status ask_role(const struct account_ctx *ctx, const struct outbox *row,
                            struct outbox_spread *spread, struct str *ret_refusal, struct why *why)
{
    struct iam_entity role;
    struct access_decision decision;
    const struct role_use use = {.action = STR("sns:Publish"), .resource = row->topic_arn};
    *ret_refusal = STR_ABSENT;
    if (!str_eq(row->kind, STR("AUDIT")) || str_absent(row->role_arn)) {
        return STATUS_OK; /* what a mitigation action tells was decided by its step */
    }
    enum status status = iam_entity_of_arn(ctx, IAM_ROLE, row->role_arn, &role, why);
    if (status == STATUS_NOT_FOUND) {
        spread->role_unknown = true;
        return ask_topic(ctx, row, &use, ret_refusal, why);
    }
    TRY(status);
    TRY(role_may(ctx, row->role_arn, &use, &decision, why));
    if (!decision.allowed) {
        *ret_refusal = decision.sentence;
    }
    return STATUS_OK;
}

static enum status insert_delivery(const struct account_ctx *ctx, const struct outbox *message,
                                   const struct subscription *subscription, struct why *why)
{
    struct outbox row = *message;
    row.endpoint = subscription->endpoint;
    row.attempts = 0;
    row.last_error = STR_ABSENT;
    row.next_try = clock_now(&ctx->clock);
    TRY(account_uuid(ctx, &row.id, why));
    TRY(subscription_arn(ctx, subscription, &row.subscription, why));
    return insert(ctx, &row, why);
}

static enum status spread_here(const struct account_ctx *ctx, const struct outbox *message,
                               struct str topic, struct outbox_spread *spread, struct why *why)
{
    struct subscription *rows = NULL;
    size_t n = 0;
    size_t confirmed = 0;
    int64_t pending = 0;
    TRY(subscriptions_of(ctx, topic, &rows, &n, why));
    for (size_t i = 0; i < n; i++) {
        confirmed += subscription_is_confirmed(&rows[i]);
    }
    TRY(count_of(ctx, OUTBOX_PENDING, &pending, why));
    if (confirmed > 1 && pending + (int64_t)confirmed > LIMIT_OUTBOX_SPREAD) {
        spread->full = true;
        return STATUS_OK;
    }
    for (size_t i = 0; i < n; i++) {
        if (subscription_is_confirmed(&rows[i])) {
            TRY(insert_delivery(ctx, message, &rows[i], why));
            spread->n++;
        }
    }
    return remove_row(ctx, message, why);
}

static enum status spread_elsewhere(const struct account_ctx *ctx, struct outbox *message,
                                    struct str elsewhere, struct outbox_spread *spread,
                                    struct why *why)
{
    if (str_absent(elsewhere)) {
        spread->dead = true;
        TRY(str_fmt(ctx->mem, &spread->error, why,
                    "topic %.*s is not held here, and no sns-endpoint is set to publish it to",
                    STR_ARG(str_slice(message->topic_arn, 0, 256))));
        return give_up(ctx, message, spread->error, why);
    }
    message->endpoint = elsewhere;
    message->next_try = clock_now(&ctx->clock);
    spread->n = 1;
    return store_put(ctx->tx, TABLE(outbox), message, why);
}

enum status outbox_spread(const struct account_ctx *ctx, struct str id, struct str elsewhere,
                          struct outbox_spread *ret, struct why *why)
{
    struct outbox_spread spread = {.n = 0};
    struct outbox row;
    struct topic topic;
    bool there = false;
    TRY(find(ctx, id, &row, &there, why));
    if (there && row.endpoint.len == 0 && str_eq(row.state, OUTBOX_PENDING)) {
        TRY(ask_role(ctx, &row, &spread, &spread.error, why));
        enum status status = topic_of_arn(ctx, row.topic_arn, &topic, NULL);
        if (!str_absent(spread.error)) {
            spread.dead = true;
            TRY(give_up(ctx, &row, spread.error, why));
        } else if (status == STATUS_OK) {
            TRY(spread_here(ctx, &row, topic.name, &spread, why));
        } else if (status == STATUS_NOT_FOUND || status == STATUS_INVALID) {
            TRY(spread_elsewhere(ctx, &row, elsewhere, &spread, why));
        } else {
            return why_set(why, status, "the topic cannot be read");
        }
    }
    *ret = spread;
    return STATUS_OK;
}

/* ---- after a try ----------------------------------------------------------------------------- */

enum status outbox_done(const struct account_ctx *ctx, struct str id, struct why *why)
{
    struct outbox row = {.id = id};
    enum status status = store_get_columns(ctx->tx, TABLE(outbox), COLUMN_BIT(COL_outbox__state),
                                           &row, ctx->mem, why);
    return status == STATUS_OK          ? remove_row(ctx, &row, why)
           : status == STATUS_NOT_FOUND ? STATUS_OK
                                        : status;
}

enum status outbox_failed(const struct account_ctx *ctx, struct str id, struct str error,
                          int64_t next_try, struct why *why)
{
    struct outbox row;
    bool there = false;
    TRY(find(ctx, id, &row, &there, why));
    if (!there) {
        return STATUS_OK;
    }
    row.attempts++;
    if (next_try == TIME_NEVER) {
        return give_up(ctx, &row, error, why);
    }
    row.last_error = error;
    row.next_try = next_try;
    return store_put(ctx->tx, TABLE(outbox), &row, why);
}

/* Rows of a state (and endpoint, when given) whose time is before that. Collected first: a table is
 * not written while it is scanned. */
static enum status collect(const struct account_ctx *ctx, const struct store_range *range,
                           int64_t before, struct outbox *rows, size_t max, size_t *ret_n,
                           struct why *why)
{
    size_t n = 0;
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(outbox), range, &scan, why));
    for (bool more = true; more && n < max;) {
        TRY(store_scan_next(scan, &rows[n], ctx->mem, &more, why));
        more = more && rows[n].next_try < before;
        n += more;
    }
    *ret_n = n;
    return STATUS_OK;
}

enum status outbox_give_up(const struct account_ctx *ctx, struct str endpoint, int64_t before,
                           struct str error, size_t max, size_t *ret_n, struct why *why)
{
    const struct outbox like = {.state = OUTBOX_PENDING, .endpoint = endpoint};
    const struct store_range range = {
        .index = INDEX(outbox, by_endpoint), .prefix = &like, .n_prefix = 2};
    struct outbox *rows = NEW_ARRAY(ctx->mem, struct outbox, max);
    size_t n = 0;
    TRY_PTR(rows);
    TRY(collect(ctx, &range, before, rows, max, &n, why));
    for (size_t i = 0; i < n; i++) {
        TRY(give_up(ctx, &rows[i], error, why));
    }
    *ret_n = n;
    return STATUS_OK;
}

/* ---- looking after --------------------------------------------------------------------------- */

enum status outbox_list(const struct account_ctx *ctx, struct str state, const struct page *page,
                        struct page_rows *ret, struct why *why)
{
    const struct outbox like = {.state = state};
    const struct store_range range = {
        .index = INDEX(outbox, by_state), .prefix = &like, .n_prefix = 1};
    return page_read(ctx, TABLE(outbox), &range, page, NULL, ret, why);
}

enum status outbox_get(const struct account_ctx *ctx, struct str id, struct outbox *ret,
                       struct why *why)
{
    bool there = false;
    TRY(find(ctx, id, ret, &there, why));
    return there ? STATUS_OK
                 : why_set(why, STATUS_NOT_FOUND,
                           "there is no notification %.*s that is pending or dead", STR_ARG(id));
}

enum status outbox_resend(const struct account_ctx *ctx, struct str id, struct outbox *ret,
                          struct why *why)
{
    struct outbox row;
    TRY(outbox_get(ctx, id, &row, why));
    if (!str_eq(row.state, OUTBOX_DEAD)) {
        return why_set(why, STATUS_INVALID,
                       "notification %.*s is %.*s; only one that is DEAD can be sent again",
                       STR_ARG(id), STR_ARG(row.state));
    }
    TRY(outbox_room(ctx, why));
    TRY(count(ctx, OUTBOX_DEAD, -1, why));
    TRY(count(ctx, OUTBOX_PENDING, 1, why));
    row.state = OUTBOX_PENDING;
    row.attempts = 0;
    row.queued = row.next_try = clock_now(&ctx->clock);
    TRY(store_put(ctx->tx, TABLE(outbox), &row, why));
    *ret = row;
    return STATUS_OK;
}

enum status outbox_prune(const struct account_ctx *ctx, int64_t before, size_t max, size_t *ret_n,
                         struct why *why)
{
    const struct outbox like = {.state = OUTBOX_DEAD};
    const struct store_range range = {
        .index = INDEX(outbox, by_state), .prefix = &like, .n_prefix = 1};
    struct outbox *rows = NEW_ARRAY(ctx->mem, struct outbox, max);
    TRY_PTR(rows);
    TRY(collect(ctx, &range, before, rows, max, ret_n, why));
    for (size_t i = 0; i < *ret_n; i++) {
        TRY(remove_row(ctx, &rows[i], why));
    }
    return STATUS_OK;
}
