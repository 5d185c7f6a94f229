/* register.c: see register.h. */
#include "provision/register.h"

#include "account/attributes.h"
#include "account/cert_intake.h"
#include "account/group_member.h"
#include "account/membership.h"
#include "account/policy.h"
#include "account/policy_target.h"
#include "account/principal.h"
#include "account/thing.h"
#include "codec/digest.h"
#include "codec/hex.h"

#include "base/banned.h"

#define PENDING STR("PENDING_ACTIVATION")

/* ---- the plan -------------------------------------------------------------------------------- */

static enum status plan_csr(const struct account_ctx *ctx, const struct local_ca *ca,
                            struct provision_plan *plan, struct why *why)
{
    struct csr csr;
    struct bytes der;
    if (ca == NULL) {
        return why_set(why, STATUS_UNSUPPORTED, "this server has no authority of its own");
    }
    TRY(cert_intake_csr(ctx, plan->filled->certificate.csr, &csr, why));
    TRY(local_ca_issue(ctx->mem, ca, csr.key.spki, csr.subject_der, &ctx->clock, &ctx->rnd, &der,
                       why));
    TRY(cert_read(ctx->mem, str_of_bytes(der), &plan->certificate.cert, why));
    return cert_pem(ctx->mem, der, &plan->pem, why);
}

static enum status plan_pem(const struct account_ctx *ctx, struct provision_plan *plan,
                            struct why *why)
{
    const struct template_certificate *wanted = &plan->filled->certificate;
    const struct cert *ca = NULL;
    TRY(cert_intake_read(ctx, wanted->pem, &plan->certificate.cert, why));
    if (!str_absent(wanted->ca_pem)) {
        TRY(cert_intake_read(ctx, wanted->ca_pem, &ca, why));
    }
    return certificate_signer(ctx, plan->certificate.cert, ca, &plan->certificate.ca_id, why);
}

/* The name of a policy that a document makes: the document's digest. */
static enum status plan_policy(const struct account_ctx *ctx, const struct template_policy *policy,
                               struct str *ret, struct why *why)
{
    uint8_t digest[SHA256_BYTES];
    if (str_absent(policy->document)) {
        *ret = policy->name;
        return STATUS_OK;
    }
    TRY(policy_document_check(ctx->mem, policy->document, why));
    TRY(digest_sha256(bytes_of_str(policy->document), digest, why));
    return hex_dup(ctx->mem, (struct bytes){digest, sizeof digest}, ret, why);
}

enum status provision_plan_make(const struct account_ctx *ctx, const struct local_ca *ca,
                                const struct template_filled *filled, struct provision_plan *ret,
                                struct why *why)
{
    struct provision_plan plan = {.filled = filled, .pem = STR_ABSENT};
    plan.certificate.ca_id = STR_ABSENT;
    plan.certificate.status = filled->certificate.status;
    if (!str_absent(filled->certificate.csr)) {
        TRY(plan_csr(ctx, ca, &plan, why));
    } else if (!str_absent(filled->certificate.pem)) {
        TRY(plan_pem(ctx, &plan, why));
    }
    for (size_t i = 0; i < filled->n_policies; i++) {
        TRY(plan_policy(ctx, &filled->policies[i], &plan.policies[i], why));
    }
    *ret = plan;
    return STATUS_OK;
}

/* ---- asking ---------------------------------------------------------------------------------- */

struct work {
    const struct account_ctx *ctx;
    const struct provision_plan *plan;
    const struct provision_actor *actor;
    struct provision_made made;
};

static enum status ask(const struct work *work, struct str action, struct str resource,
                       struct why *why)
{
    struct access_decision decision;
    if (work->actor->role != NULL) {
        const struct role_use use = {
            .source_arn = work->actor->source_arn, .action = action, .resource = resource};
        TRY(role_ask(work->ctx, work->actor->role, &use, &decision, why));
    } else {
        const struct access_request request = {.action = action, .resource = resource};
        TRY(access_decide(work->ctx, work->actor->access, &request, &decision, why));
    }
    if (!decision.allowed) {
        return why_set(why, STATUS_DENIED, "%.*s", STR_ARG(decision.sentence));
    }
    return STATUS_OK;
}

static enum status ask_ours(const struct work *work, struct str action, struct str type,
                            struct str name, struct str *ret_arn, struct why *why)
{
    struct str arn;
    TRY(account_arn(work->ctx, type, name, &arn, why));
    if (ret_arn != NULL) {
        *ret_arn = arn;
    }
    return ask(work, action, arn, why);
}

static enum status note(struct work *work, struct str id, struct str type, struct str name,
                        struct why *why)
{
    struct str arn;
    TRY(account_arn(work->ctx, type, name, &arn, why));
    work->made.resources[work->made.n_resources].id = id;
    work->made.resources[work->made.n_resources++].arn = arn;
    return STATUS_OK;
}

/* What differs and may not be changed (invariant 2). */
static enum status differs(const char *what, struct str name, const char *setting, struct why *why)
{
    return why_set(why, STATUS_CONFLICT,
                   "thing %.*s exists with %s than the template wants, and OverrideSettings for "
                   "%s says neither DO_NOTHING nor what to do",
                   STR_ARG(name), what, setting);
}

/* ---- the thing ------------------------------------------------------------------------------- */

static enum status attributes_of(const struct work *work, bool merge, struct attributes_change *ret,
                                 struct why *why)
{
    const struct template_thing *wanted = &work->plan->filled->thing;
    struct attribute *items = NEW_ARRAY(work->ctx->mem, struct attribute, wanted->n_attributes);
    TRY_PTR(items);
    for (size_t i = 0; i < wanted->n_attributes; i++) {
        items[i] = (struct attribute){wanted->attributes[i].name, wanted->attributes[i].value};
    }
    *ret = (struct attributes_change){wanted->has_attributes, merge, {items, wanted->n_attributes}};
    return STATUS_OK;
}

static enum status thing_make(const struct work *work, struct why *why)
{
    const struct template_thing *wanted = &work->plan->filled->thing;
    struct thing_create create = {.name = wanted->name, .type_name = wanted->type_name};
    struct thing thing;
    TRY(ask_ours(work, STR("iot:CreateThing"), STR("thing"), wanted->name, NULL, why));
    TRY(attributes_of(work, false, &create.attributes, why));
    return thing_create(work->ctx, &create, &thing, why);
}

/* What of a thing that is there is to be changed. */
static enum status thing_changes(const struct work *work, const struct thing *there,
                                 struct thing_update *update, bool *ret_any, struct why *why)
{
    const struct template_thing *wanted = &work->plan->filled->thing;
    struct attributes_change change;
    struct attributes result;
    struct str json;
    TRY(attributes_of(work, wanted->on_attributes == OVERRIDE_MERGE, &change, why));
    TRY(attributes_apply(work->ctx->mem, there->attributes, &change, &result, &json, why));
    *ret_any = false;
    if (!str_absent(wanted->type_name) && !str_eq(wanted->type_name, there->type_name)) {
        if (wanted->on_type == OVERRIDE_FAIL) {
            return differs("another type", there->name, "ThingTypeName", why);
        }
        if (wanted->on_type == OVERRIDE_REPLACE) {
            update->type_name = wanted->type_name;
            *ret_any = true;
        }
    }
    if (wanted->has_attributes && !str_eq(json, there->attributes)) {
        if (wanted->on_attributes == OVERRIDE_FAIL) {
            return differs("other attributes", there->name, "AttributePayload", why);
        }
        if (wanted->on_attributes != OVERRIDE_DO_NOTHING) {
            update->attributes = change;
            *ret_any = true;
        }
    }
    return STATUS_OK;
}

static enum status thing_change(const struct work *work, const struct thing *there, struct why *why)
{
    struct thing_update update = {.name = there->name, .type_name = STR_ABSENT};
    bool any;
    TRY(thing_changes(work, there, &update, &any, why));
    if (!any) {
        return STATUS_OK;
    }
    TRY(ask_ours(work, STR("iot:UpdateThing"), STR("thing"), there->name, NULL, why));
    return thing_update(work->ctx, &update, why);
}

/* ---- its groups ------------------------------------------------------------------------------ */

static bool among(struct str name, const struct str *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(names[i], name)) {
            return true;
        }
    }
    return false;
}

static enum status ask_groups(const struct work *work, struct str action, const struct str *groups,
                              size_t n, struct why *why)
{
    struct str thing = work->plan->filled->thing.name;
    if (n > 0) {
        TRY(ask_ours(work, action, STR("thing"), thing, NULL, why));
    }
    for (size_t i = 0; i < n; i++) {
        TRY(ask_ours(work, action, STR("thinggroup"), groups[i], NULL, why));
    }
    return STATUS_OK;
}

static enum status groups_update(const struct work *work, const struct memberships_update *update,
                                 struct why *why)
{
    if (update->n_add + update->n_remove == 0) {
        return STATUS_OK;
    }
    TRY(ask_groups(work, STR("iot:RemoveThingFromThingGroup"), update->remove, update->n_remove,
                   why));
    TRY(ask_groups(work, STR("iot:AddThingToThingGroup"), update->add, update->n_add, why));
    return memberships_update(work->ctx, update, why);
}

static enum status groups_set(const struct work *work, bool is_new, struct why *why)
{
    const struct template_thing *wanted = &work->plan->filled->thing;
    struct group_member there[QUOTA_GROUPS_OF_THING];
    struct str remove[QUOTA_GROUPS_OF_THING];
    struct str names[QUOTA_GROUPS_OF_THING];
    struct str *add = NEW_ARRAY(work->ctx->mem, struct str, wanted->n_groups);
    struct memberships_update update = {.thing = wanted->name, .add = add, .remove = remove};
    size_t n_there;
    TRY_PTR(add);
    TRY(group_members_of_thing(work->ctx, wanted->name, there, &n_there, why));
    for (size_t i = 0; i < n_there; i++) {
        names[i] = there[i].group_name;
        if (!among(names[i], wanted->groups, wanted->n_groups)) {
            remove[update.n_remove++] = names[i];
        }
    }
    for (size_t i = 0; i < wanted->n_groups; i++) {
        if (!among(wanted->groups[i], names, n_there) &&
            !among(wanted->groups[i], add, update.n_add)) {
            add[update.n_add++] = wanted->groups[i];
        }
    }
    if (!is_new && update.n_add + update.n_remove > 0) {
        if (wanted->on_groups == OVERRIDE_FAIL) {
            return differs("other groups", wanted->name, "ThingGroups", why);
        }
        if (wanted->on_groups == OVERRIDE_DO_NOTHING) {
            return STATUS_OK;
        }
        update.n_remove = wanted->on_groups == OVERRIDE_MERGE ? 0 : update.n_remove;
    }
    return groups_update(work, &update, why);
}

static enum status do_thing(struct work *work, struct why *why)
{
    const struct template_thing *wanted = &work->plan->filled->thing;
    struct thing there = {.name = STR_ABSENT};
    if (str_absent(wanted->id)) {
        return STATUS_OK;
    }
    enum status status = thing_get(work->ctx, wanted->name, &there, why);
    bool is_new = status == STATUS_NOT_FOUND;
    if (!is_new) {
        TRY(status);
    }
    TRY((is_new ? thing_make(work, why) : thing_change(work, &there, why)));
    if (wanted->has_groups) {
        TRY(groups_set(work, is_new, why));
    }
    work->made.thing = wanted->name;
    return note(work, wanted->id, STR("thing"), wanted->name, why);
}

/* ---- the certificate ------------------------------------------------------------------------- */

static enum status certificate_make(struct work *work, struct why *why)
{
    const struct certificate_new *new = &work->plan->certificate;
    bool signed_here = !str_absent(work->plan->pem);
    struct certificate row;
    TRY(ask(work,
            signed_here ? STR("iot:CreateCertificateFromCsr") : STR("iot:RegisterCertificate"),
            STR("*"), why));
    TRY(certificate_register(work->ctx, new, &row, why));
    work->made.certificate_id = row.id;
    return STATUS_OK;
}

/* The row as it is before anything is attached; made when it was not there. */
static enum status find_certificate(struct work *work, struct why *why)
{
    const struct certificate_new *new = &work->plan->certificate;
    struct certificate row;
    struct str id =
        new->cert != NULL ? new->cert->id : work->plan->filled->certificate.certificate_id;
    enum status status = certificate_get(work->ctx, id, &row, why);
    if (status == STATUS_NOT_FOUND && new->cert != NULL) {
        return certificate_make(work, why);
    }
    TRY(status);
    work->made.certificate_id = row.id;
    return STATUS_OK;
}

/* Invariant 5. PENDING_ACTIVATION waits for just this, so nothing has to override it. */
static enum status do_status(const struct work *work, struct why *why)
{
    const struct template_certificate *wanted = &work->plan->filled->certificate;
    struct certificate row;
    TRY(certificate_get(work->ctx, work->made.certificate_id, &row, why));
    if (str_eq(row.status, wanted->status)) {
        return STATUS_OK;
    }
    if (!str_eq(row.status, PENDING) && wanted->on_status != OVERRIDE_REPLACE) {
        return wanted->on_status == OVERRIDE_DO_NOTHING
                   ? STATUS_OK
                   : why_set(why, STATUS_CONFLICT,
                             "certificate %.*s is %.*s, the template wants it %.*s, and "
                             "OverrideSettings for Status says neither DO_NOTHING nor REPLACE",
                             STR_ARG(row.id), STR_ARG(row.status), STR_ARG(wanted->status));
    }
    TRY(ask_ours(work, STR("iot:UpdateCertificate"), STR("cert"), row.id, NULL, why));
    return certificate_update(work->ctx, row.id, wanted->status, why);
}

/* ---- the policies ---------------------------------------------------------------------------- */

static enum status policy_make(const struct work *work, struct str name, struct str document,
                               struct why *why)
{
    struct policy row;
    const struct tags no_tags = {NULL, 0};
    enum status status = policy_get(work->ctx, name, &row, NULL, why);
    if (status != STATUS_NOT_FOUND) {
        return status; /* invariant 4 */
    }
    TRY(ask_ours(work, STR("iot:CreatePolicy"), STR("policy"), name, NULL, why));
    return policy_create(work->ctx, name, document, no_tags, &row, why);
}

static enum status do_policies(struct work *work, struct why *why)
{
    const struct template_filled *filled = work->plan->filled;
    for (size_t i = 0; i < filled->n_policies; i++) {
        struct str name = work->plan->policies[i];
        struct str arn;
        if (!str_absent(filled->policies[i].document)) {
            TRY(policy_make(work, name, filled->policies[i].document, why));
        }
        if (!str_absent(work->made.certificate_id)) {
            TRY(ask_ours(work, STR("iot:AttachPolicy"), STR("cert"), work->made.certificate_id,
                         &arn, why));
            TRY(policy_attach(work->ctx, name, arn, why));
        }
        TRY(note(work, filled->policies[i].id, STR("policy"), name, why));
    }
    return STATUS_OK;
}

static enum status do_attach(const struct work *work, struct why *why)
{
    struct str arn;
    if (str_absent(work->made.thing)) {
        return STATUS_OK;
    }
    TRY(ask_ours(work, STR("iot:AttachThingPrincipal"), STR("cert"), work->made.certificate_id,
                 &arn, why));
    return principal_attach(work->ctx, work->made.thing, arn,
                            work->plan->filled->certificate.attach, why);
}

enum status provision_register(const struct account_ctx *ctx, const struct provision_plan *plan,
                               const struct provision_actor *actor, struct provision_made *ret,
                               struct why *why)
{
    struct work work = {.ctx = ctx, .plan = plan, .actor = actor};
    bool has_certificate = !str_absent(plan->filled->certificate.id);
    if (has_certificate) {
        TRY(find_certificate(&work, why));
        TRY(note(&work, plan->filled->certificate.id, STR("cert"), work.made.certificate_id, why));
    }
    TRY(do_thing(&work, why));
    TRY(do_policies(&work, why));
    if (has_certificate) {
        TRY(do_attach(&work, why));
        TRY(do_status(&work, why));
    }
    *ret = work.made;
    return STATUS_OK;
}
