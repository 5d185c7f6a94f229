/* role.c: see role.h. */
#include "account/role.h"

#include "account/iam_role.h"
#include "account/topic_policy.h"

#include "base/banned.h"

struct role_opened {
    struct str arn;
    bool there;
    struct str name;
    const struct policy_doc *trust;
    const struct access *access;
};

enum status role_source_arn(const struct account_ctx *ctx, struct str type, struct str name,
                            struct str *ret, struct why *why)
{
    struct str arn;
    TRY(account_arn(ctx, type, name, &arn, why));
    /* Of nothing in particular: arn:aws:iot:us-east-1:123456789012: without the slash. */
    *ret = type.len + name.len == 0 ? str_slice(arn, 0, arn.len - 1) : arn;
    return STATUS_OK;
}

enum status role_source(const struct account_ctx *ctx, const struct role_use *use,
                        struct access_value ret[SOURCE_VALUES], struct why *why)
{
    ret[0] = (struct access_value){STR("aws:SourceArn"), use->source_arn};
    ret[1] = (struct access_value){STR("aws:SourceAccount"), use->source_account};
    if (str_absent(use->source_account)) {
        ret[1].value = ctx->id.account;
    }
    return str_absent(use->source_arn) ? role_source_arn(ctx, STR(""), STR(""), &ret[0].value, why)
                                       : STATUS_OK;
}

enum status role_open(const struct account_ctx *ctx, struct str role_arn,
                      const struct role_opened **ret, struct why *why)
{
    struct iam_entity entity;
    struct iam_role row;
    struct role_opened *role = NEW(ctx->mem, struct role_opened);
    TRY_PTR(role);
    role->arn = role_arn;
    enum status status = iam_entity_of_arn(ctx, IAM_ROLE, role_arn, &entity, why);
    if (status == STATUS_NOT_FOUND) {
        *ret = role;
        return STATUS_OK;
    }
    TRY(status);
    TRY(iam_role_get(ctx, entity.name, &row, why));
    TRY(policy_doc_read_as(ctx->mem, row.trust, POLICY_OF_TRUST, &role->trust, why));
    TRY(access_of_entity(ctx, &entity, &role->access, why));
    role->there = true;
    role->name = row.name;
    *ret = role;
    return STATUS_OK;
}

bool role_is_held(const struct role_opened *role)
{
    return role->there;
}

/* ---- trust ----------------------------------------------------------------------------------- */

struct trust_asked {
    struct access_value values[SOURCE_VALUES];
    const struct role_use *use;
};

static size_t trust_value(const void *ctx, const struct policy_key *key, struct str *ret,
                          size_t max)
{
    const struct trust_asked *asked = ctx;
    size_t n = 0;
    for (size_t i = 0; i < SOURCE_VALUES && n < max; i++) {
        if (str_eq_nocase(asked->values[i].key, key->name)) {
            ret[n++] = asked->values[i].value;
        }
    }
    for (size_t i = 0; i < asked->use->n_values && n < max; i++) {
        if (str_eq_nocase(asked->use->values[i].key, key->name)) {
            ret[n++] = asked->use->values[i].value;
        }
    }
    return n;
}

/* The statement that names the service but for its conditions, or POLICY_NO_STATEMENT. */
static int32_t names_it(const struct policy_doc *trust, const struct policy_who *who)
{
    for (size_t s = 0; s < trust->n_statements; s++) {
        const struct policy_statement *statement = &trust->statements[s];
        bool named = false;
        for (size_t p = 0; p < statement->n_principals; p++) {
            named = named || policy_principal_is(&statement->principals[p], who);
        }
        if (named && statement->effect == POLICY_ALLOW &&
            policy_statement_covers(statement, STR("sts:AssumeRole"))) {
            return (int32_t)s;
        }
    }
    return POLICY_NO_STATEMENT;
}

static enum status say_untrusted(const struct account_ctx *ctx, const struct role_opened *role,
                                 const struct policy_who *who, const struct trust_asked *asked,
                                 int32_t denies, struct str *ret, struct why *why)
{
    struct str text;
    if (denies != POLICY_NO_STATEMENT) {
        TRY(access_statement_text(ctx, role->trust, denies, &text, why));
        return str_fmt(ctx->mem, ret, why,
                       "the trust policy of role %.*s, %.*s, denies %.*s to assume it",
                       STR_ARG(role->name), STR_ARG(text), STR_ARG(who->service));
    }
    int32_t near = names_it(role->trust, who);
    if (near == POLICY_NO_STATEMENT) {
        return str_fmt(ctx->mem, ret, why,
                       "the trust policy of role %.*s does not let %.*s assume it",
                       STR_ARG(role->name), STR_ARG(who->service));
    }
    TRY(access_statement_text(ctx, role->trust, near, &text, why));
    return str_fmt(ctx->mem, ret, why,
                   "the trust policy of role %.*s does not let %.*s assume it: the conditions of "
                   "%.*s do not hold for aws:SourceArn %.*s and aws:SourceAccount %.*s",
                   STR_ARG(role->name), STR_ARG(who->service), STR_ARG(text),
                   STR_ARG(asked->values[0].value), STR_ARG(asked->values[1].value));
}

static enum status ask_trust(const struct account_ctx *ctx, const struct role_opened *role,
                             const struct role_use *use, struct access_decision *ret,
                             struct why *why)
{
    struct trust_asked asked = {.use = use};
    TRY(role_source(ctx, use, asked.values, why));
    const struct policy_who who = {.service = str_absent(use->service) ? STR("iot.amazonaws.com")
                                                                       : use->service};
    const struct policy_values values = {trust_value, &asked, true};
    const struct policy_request request = {.resource = role->arn,
                                           .values = &values,
                                           .action_name = STR("sts:AssumeRole"),
                                           .who = &who};
    struct policy_says says;
    struct access_decision decision = {.allowed = false};
    decision.verdict = policy_evaluate(&role->trust, 1, &request, &says, NULL);
    decision.allowed = decision.verdict == POLICY_ALLOWED;
    if (decision.allowed) {
        decision.sentence = STR("its trust policy lets the service assume it");
    } else {
        TRY(say_untrusted(ctx, role, &who, &asked, says.denies, &decision.sentence, why));
    }
    *ret = decision;
    return STATUS_OK;
}

/* ---- asking ---------------------------------------------------------------------------------- */

enum status role_ask(const struct account_ctx *ctx, const struct role_opened *role,
                     const struct role_use *use, struct access_decision *ret, struct why *why)
{
    struct access_decision decision = {false, POLICY_IMPLICIT_DENY, STR_ABSENT};
    if (!role->there) {
        TRY(str_fmt(ctx->mem, &decision.sentence, why, "role %.*s does not exist",
                    STR_ARG(str_slice(role->arn, 0, 256))));
        *ret = decision;
        return STATUS_OK;
    }
    TRY(ask_trust(ctx, role, use, &decision, why));
    if (decision.allowed && !str_absent(use->action)) {
        struct access_value source[SOURCE_VALUES];
        bool told = topic_policy_concerns(use->resource);
        TRY(told ? role_source(ctx, use, source, why) : STATUS_OK);
        const struct access_request request = {.action = use->action,
                                               .resource = use->resource,
                                               .values = use->values,
                                               .n_values = use->n_values,
                                               .source = source,
                                               .n_source = told ? SOURCE_VALUES : 0};
        TRY(access_decide(ctx, role->access, &request, &decision, why));
    }
    *ret = decision;
    return STATUS_OK;
}

bool role_answers_alike(const struct role_opened *role, const struct role_use *use)
{
    const struct access_request request = {.action = use->action,
                                           .resource = use->resource,
                                           .values = use->values,
                                           .n_values = use->n_values};
    return !role->there || access_decides_alike(role->access, &request);
}

enum status role_may(const struct account_ctx *ctx, struct str role_arn, const struct role_use *use,
                     struct access_decision *ret, struct why *why)
{
    const struct role_opened *role;
    TRY(role_open(ctx, role_arn, &role, why));
    return role_ask(ctx, role, use, ret, why);
}
