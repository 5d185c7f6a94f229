/* op_provisioning.c: things made from templates, claims, and devices that come for the first time.
 */
#include "account/broker_message.h"
#include "account/cert_intake.h"
#include "account/provisioning_template.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"
#include "contract/errors.h"
#include "provision/claim.h"
#include "provision/jit.h"
#include "provision/register.h"
#include "store/store.h"

#include "base/banned.h"

/* ---- RegisterThing --------------------------------------------------------------------------- */

struct registering {
    struct template_filled filled;
    struct provision_plan plan;
};

static enum status unpack_parameters(const struct call *call, struct template_pair **ret,
                                     size_t *ret_n, struct why *why)
{
    const struct value *map = arg_get(call, M_parameters);
    size_t n = value_count(map);
    struct template_pair *pairs = NEW_ARRAY(call->mem, struct template_pair, n);
    TRY_PTR(pairs);
    for (size_t i = 0; i < n; i++) {
        pairs[i] = (struct template_pair){value_key(map, i), value_text(value_at(map, i))};
    }
    *ret = pairs;
    *ret_n = n;
    return STATUS_OK;
}

enum status prepare_RegisterThing(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct registering *work = NEW(call->mem, struct registering);
    const struct template *template;
    struct template_pair *values;
    size_t n;
    AUTO_VIEW *view = NULL;
    TRY_PTR(work);
    TRY(provisioning_body_check(call->mem, arg_str(call, M_templateBody), TEMPLATE_ONCE, &template,
                                why));
    TRY(unpack_parameters(call, &values, &n, why));
    TRY(template_fill(call->mem, template, values, n, &work->filled, why));
    TRY(store_read_begin(call->env->store, &view, why));
    ctx.tx = view;
    TRY(provision_plan_make(&ctx, call->env->ca, &work->filled, &work->plan, why));
    call->prepared = work;
    return STATUS_OK;
}

/* RegisterThing has a word of its own for a resource that cannot be made or is not there. */
static enum status say_failure(enum status status, struct why *cause, struct why *why)
{
    switch (status) {
    case STATUS_OK:
        return STATUS_OK;
    case STATUS_CONFLICT:
        return why_raise(why, status, X_ConflictingResourceUpdate, "%s", cause->text);
    case STATUS_NOT_FOUND:
    case STATUS_EXISTS:
    case STATUS_LIMIT:
    case STATUS_CERT_STATE:
    case STATUS_CERT_INVALID:
    case STATUS_CERT_CONFLICT:
        return why_raise(why, status, X_ResourceRegistrationFailure, "%s", cause->text);
    default:
        if (why != NULL) {
            *why = *cause;
        }
        return status;
    }
}

static enum status reply_made(struct call *call, const struct account_ctx *ctx,
                              const struct provision_made *made, struct why *why)
{
    struct str pem = STR_ABSENT;
    if (!str_absent(made->certificate_id)) {
        TRY(cert_der_pem(ctx, made->certificate_id, &pem, why));
    }
    reply_str(call, M_certificatePem, pem);
    reply_begin_map(call, M_resourceArns);
    for (size_t i = 0; i < made->n_resources; i++) {
        reply_entry_str(call, made->resources[i].id, made->resources[i].arn);
    }
    reply_end_map(call);
    return STATUS_OK;
}

enum status op_RegisterThing(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct registering *work = call->prepared;
    struct provision_actor actor = {.role = NULL};
    struct provision_made made;
    struct why cause = {.code = STATUS_OK};
    TRY(access_of_caller(&ctx, call->caller.arn, &actor.access, why));
    TRY(say_failure(provision_register(&ctx, &work->plan, &actor, &made, &cause), &cause, why));
    return reply_made(call, &ctx, &made, why);
}

/* ---- claims ---------------------------------------------------------------------------------- */

enum status prepare_CreateProvisioningClaim(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct claim_new *new = NEW(call->mem, struct claim_new);
    TRY_PTR(new);
    arena_hold_secret(call->mem); /* the key, and the reply that carries it */
    TRY(claim_prepare(&ctx, call->env->ca, arg_str(call, M_templateName), new, why));
    call->prepared = new;
    return STATUS_OK;
}

enum status op_CreateProvisioningClaim(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct claim_new *new = call->prepared;
    enum status status = claim_create(&ctx, new, why);
    if (status == STATUS_OK) {
        reply_str(call, M_certificateId, new->certificate.cert->id);
        reply_str(call, M_certificatePem, new->pem);
        reply_begin(call, M_keyPair);
        reply_str(call, M_PublicKey, new->keys.public_pem);
        reply_str(call, M_PrivateKey, new->keys.private_pem);
        reply_end(call);
        reply_time(call, M_expiration, new->expires);
    }
    key_pair_wipe(&new->keys);
    return status;
}

/* ---- devices that come for the first time: operations of our own ------------------------------
 */

enum status op_MeetDevice(struct call *call, struct why *why)
{
    const struct jit_stranger stranger = {.certificate = arg_str(call, M_certificatePem),
                                          .address = STR_ABSENT,
                                          .client = STR_ABSENT};
    struct jit_met met;
    if (call->env->jit == NULL) {
        return why_set(why, STATUS_UNSUPPORTED, "this server meets no devices");
    }
    TRY(jit_meet(call->env->jit, &stranger, call->mem, &met, why));
    reply_str(call, M_outcome, jit_outcome_name(met.outcome));
    reply_str(call, M_certificateId, met.certificate_id);
    reply_str(call, M_caCertificateId, met.ca_id);
    reply_str(call, M_status, met.status);
    reply_str(call, M_thingName, met.thing);
    reply_str(call, M_message, met.sentence);
    return STATUS_OK;
}

enum status op_ListBrokerMessages(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct store_range all = {.index = NULL};
    struct page page;
    struct page_rows listed;
    TRY(call_page(call, &page, why));
    TRY(page_read(&ctx, TABLE(broker_message), &all, &page, NULL, &listed, why));
    const struct broker_message *rows = listed.rows;
    reply_begin_list(call, M_messages);
    for (size_t i = 0; i < listed.n; i++) {
        reply_begin_item(call);
        reply_str(call, M_messageId, rows[i].id);
        reply_time(call, M_creationDate, rows[i].created);
        reply_str(call, M_topic, rows[i].topic);
        reply_str(call, M_payload, rows[i].payload);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, listed.next, why);
}
