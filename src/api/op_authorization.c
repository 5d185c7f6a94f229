/* op_authorization.c: which policies decide for a device, and what they decide. */
#include "account/authorization.h"
#include "account/effective.h"
#include "api/handlers.h"
#include "api/unpack.h"

#include "base/banned.h"

/* With an identity pool, AWS weighs the pool's IAM roles too. They are not known here, and an
 * answer without them would be another answer than the one asked for. */
static enum status refuse_pool(const struct call *call, struct why *why)
{
    if (!arg_has(call, M_cognitoIdentityPoolId)) {
        return STATUS_OK;
    }
    return why_set(why, STATUS_UNSUPPORTED,
                   "cognitoIdentityPoolId asks for the IAM roles of an identity pool, which this "
                   "server does not know; without it, the policies attached to the principal are "
                   "weighed");
}

/* ---- GetEffectivePolicies -------------------------------------------------------------------- */

static enum status gather(struct call *call, const struct account_ctx *ctx,
                          struct effective *effective, struct why *why)
{
    struct str principal = arg_str(call, M_principal);
    struct str thing = arg_str(call, M_thingName);
    if (str_absent(principal) && str_absent(thing)) {
        return why_set(why, STATUS_INVALID, "name a principal, a thing, or both");
    }
    effective_init(ctx, effective);
    if (!str_absent(principal)) {
        TRY(effective_add_principal(ctx, effective, principal, why));
    }
    return str_absent(thing) ? STATUS_OK : effective_add_thing(ctx, effective, thing, why);
}

enum status op_GetEffectivePolicies(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct effective effective;
    TRY(refuse_pool(call, why));
    TRY(gather(call, &ctx, &effective, why));
    reply_begin_list(call, M_effectivePolicies);
    for (size_t i = 0; i < effective.by_name.n; i++) {
        const struct policy_version *version = effective_at(&effective, i);
        struct str arn;
        TRY(call_arn(call, STR("policy"), version->policy, &arn, why));
        reply_begin_item(call);
        reply_str(call, M_policyName, version->policy);
        reply_str(call, M_policyArn, arn);
        reply_str(call, M_policyDocument, version->document);
        reply_end_item(call);
    }
    reply_end_list(call);
    return STATUS_OK;
}

/* ---- TestAuthorization ----------------------------------------------------------------------- */

static enum status action_of(struct str type, enum policy_action *ret, struct why *why)
{
    static const struct {
        struct str type;
        enum policy_action action;
    } rows[] = {
        {STR_INIT("CONNECT"), POLICY_CONNECT},
        {STR_INIT("PUBLISH"), POLICY_PUBLISH},
        {STR_INIT("RECEIVE"), POLICY_RECEIVE},
        {STR_INIT("SUBSCRIBE"), POLICY_SUBSCRIBE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (str_eq(rows[i].type, type)) {
            *ret = rows[i].action;
            return STATUS_OK;
        }
    }
    return why_set(why, STATUS_INVALID, "each of authInfos needs an actionType");
}

static enum status reply_policies(struct call *call, const struct str *names, size_t n,
                                  struct why *why)
{
    reply_begin_list(call, M_policies);
    for (size_t i = 0; i < n; i++) {
        struct str arn;
        TRY(call_arn(call, STR("policy"), names[i], &arn, why));
        reply_begin_item(call);
        reply_str(call, M_policyName, names[i]);
        reply_str(call, M_policyArn, arn);
        reply_end_item(call);
    }
    reply_end_list(call);
    return STATUS_OK;
}

static enum status reply_answer(struct call *call, const struct authorization_answer *answer,
                                struct why *why)
{
    reply_begin(call, M_allowed);
    TRY(reply_policies(call, answer->allowed, answer->n_allowed, why));
    reply_end(call);
    reply_begin(call, M_denied);
    reply_begin(call, M_implicitDeny);
    TRY(reply_policies(call, answer->silent, answer->n_silent, why));
    reply_end(call);
    reply_begin(call, M_explicitDeny);
    TRY(reply_policies(call, answer->denied, answer->n_denied, why));
    reply_end(call);
    reply_end(call);
    reply_str(call, M_authDecision, str_from(policy_verdict_name(answer->verdict)));
    reply_begin_list(call, M_missingContextValues);
    for (size_t i = 0; i < answer->missing.n; i++) {
        reply_item_str(call, answer->missing.keys[i]);
    }
    reply_end_list(call);
    return STATUS_OK;
}

/* One of authInfos: asked, and answered as an item of authResults. */
static enum status answer_one(struct call *call, const struct account_ctx *ctx,
                              const struct authorization *authorization, const struct value *info,
                              struct why *why)
{
    const struct str *resources;
    size_t n;
    enum policy_action action;
    struct authorization_answer answer;
    struct str type = value_str(info, M_actionType);
    TRY(unpack_texts(call, value_get(info, M_resources), &resources, &n, why));
    TRY(action_of(type, &action, why));
    TRY(authorization_ask(ctx, authorization, action, resources, n, &answer, why));
    reply_begin_item(call);
    reply_begin(call, M_authInfo);
    reply_str(call, M_actionType, type);
    reply_begin_list(call, M_resources);
    for (size_t i = 0; i < n; i++) {
        reply_item_str(call, resources[i]);
    }
    reply_end_list(call);
    reply_end(call);
    TRY(reply_answer(call, &answer, why));
    reply_end_item(call);
    return STATUS_OK;
}

enum status op_TestAuthorization(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct authorization *authorization;
    struct authorization_subject subject = {
        .principal = arg_str(call, M_principal),
        .client_id = arg_str(call, M_clientId),
    };
    TRY(refuse_pool(call, why));
    TRY(unpack_texts(call, arg_get(call, M_policyNamesToAdd), &subject.add, &subject.n_add, why));
    TRY(unpack_texts(call, arg_get(call, M_policyNamesToSkip), &subject.skip, &subject.n_skip,
                     why));
    TRY(authorization_begin(&ctx, &subject, &authorization, why));
    const struct value *infos = arg_get(call, M_authInfos);
    reply_begin_list(call, M_authResults);
    for (size_t i = 0; i < value_count(infos); i++) {
        TRY(answer_one(call, &ctx, authorization, value_at(infos, i), why));
    }
    reply_end_list(call);
    return STATUS_OK;
}
