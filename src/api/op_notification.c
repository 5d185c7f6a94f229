/* op_notification.c: operations of our own on what is in the outbox: what waits, what was given up
 * and why, and sending it again. */
#include "account/outbox.h"
#include "api/handlers.h"
#include "api/page.h"
#include "notify/notifier.h"

#include "base/banned.h"

/* What is asked of a subscription's owner is a secret: whoever reads it could confirm in his name.
 */
static bool is_secret(const struct outbox *row)
{
    return str_eq(row->kind, STR("CONFIRMATION"));
}

static void reply_row(struct call *call, const struct outbox *row)
{
    reply_str(call, M_notificationId, row->id);
    reply_str(call, M_messageId, row->message);
    reply_str(call, M_kind, row->kind);
    reply_str(call, M_status, row->state);
    reply_str(call, M_topicArn, row->topic_arn);
    reply_str(call, M_roleArn, row->role_arn);
    reply_str(call, M_subscriptionArn, row->subscription);
    if (row->endpoint.len > 0) {
        reply_str(call, M_endpoint, row->endpoint);
    }
    reply_int(call, M_attempts, row->attempts);
    reply_time(call, M_creationDate, row->created);
    if (str_eq(row->state, OUTBOX_PENDING)) {
        reply_time(call, M_nextTryDate, row->next_try);
    }
    reply_str(call, M_lastError, row->last_error);
}

enum status op_ListNotifications(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    page.descending = false;
    TRY(outbox_list(&ctx, arg_str(call, M_status), &page, &rows, why));
    reply_begin_list(call, M_notifications);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        reply_row(call, (const struct outbox *)rows.rows + i);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

enum status op_DescribeNotification(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct outbox row;
    TRY(outbox_get(&ctx, arg_str(call, M_notificationId), &row, why));
    reply_row(call, &row);
    reply_str(call, M_subject, row.subject);
    if (!is_secret(&row)) {
        reply_str(call, M_message, row.body);
    }
    return STATUS_OK;
}

static void wake(const struct api_env *env, void *ctx)
{
    (void)ctx;
    notifier_wake(env->notifier);
}

enum status op_ResendNotification(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct outbox row;
    TRY(outbox_resend(&ctx, arg_str(call, M_notificationId), &row, why));
    reply_row(call, &row);
    call_after_commit(call, wake, NULL);
    return STATUS_OK;
}
