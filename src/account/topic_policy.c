/* topic_policy.c: see topic_policy.h. */
#include "account/topic_policy.h"

#include "base/banned.h"

static bool is_of_sns(struct str action)
{
    struct str service = str_slice(action, 0, str_find_char(action, ':', 0));
    return str_eq(action, STR("*")) || str_eq_nocase(service, STR("sns"));
}

static enum status check_actions(const struct policy_doc *doc, struct why *why)
{
    for (size_t s = 0; s < doc->n_statements; s++) {
        const struct policy_statement *statement = &doc->statements[s];
        for (size_t i = 0; i < statement->n_actions; i++) {
            if (!is_of_sns(statement->action_texts[i])) {
                return why_set(why, STATUS_INVALID,
                               "Invalid parameter: Policy statement action out of service scope: "
                               "%.*s",
                               STR_ARG(str_slice(statement->action_texts[i], 0, 100)));
            }
        }
    }
    return STATUS_OK;
}

enum status topic_policy_check(const struct account_ctx *ctx, struct str text, struct why *why)
{
    const struct policy_doc *doc = NULL;
    struct why lack = {.code = STATUS_OK};
    if (text.len > TOPIC_POLICY_BYTES_MAX) {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: Policy: it has %zu bytes; at most %d", text.len,
                       TOPIC_POLICY_BYTES_MAX);
    }
    enum status status = policy_doc_read_as(ctx->mem, text, POLICY_OF_RESOURCE, &doc, &lack);
    if (status == STATUS_NO_MEMORY) {
        return why_no_memory(why);
    }
    if (status != STATUS_OK) {
        return why_set(why, STATUS_INVALID, "Invalid parameter: Policy: at byte %zu: %.300s",
                       (size_t)lack.offset, lack.text);
    }
    return check_actions(doc, why);
}

/* arn:aws:sns:..., at a look: every decision passes here. */
bool topic_policy_concerns(struct str arn)
{
    size_t partition = str_find_char(arn, ':', 0);
    size_t service = str_find_char(arn, ':', partition + 1);
    return str_starts(str_slice(arn, service, arn.len), STR(":sns:"));
}

enum status topic_policy_read(const struct account_ctx *ctx, struct str arn,
                              const struct policy_doc **ret, struct why *why)
{
    struct topic row = {.created = 0};
    struct str subscription = STR_ABSENT;
    *ret = NULL;
    if (!topic_policy_concerns(arn) || !arn_is_our_topic(&ctx->id, arn, &row.name, &subscription) ||
        !str_absent(subscription)) {
        return STATUS_OK;
    }
    enum status status = store_get_columns(ctx->tx, TABLE(topic), COLUMN_BIT(COL_topic__policy),
                                           &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && str_absent(row.policy))) {
        return STATUS_OK;
    }
    TRY(status);
    return policy_doc_read_as(ctx->mem, row.policy, POLICY_OF_RESOURCE, ret, why);
}
