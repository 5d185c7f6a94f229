/* jit.c: see jit.h. */
#include "provision/jit.h"

#include "account/broker_message.h"
#include "account/ca_certificate.h"
#include "account/cert_intake.h"
#include "account/provisioning_template.h"
#include "base/buf.h"
#include "codec/digest.h"
#include "codec/json_write.h"
#include "provision/register.h"
#include "provision/report.h"

#include "base/banned.h"

enum { EVENT_MAX = 1024 };

#define PENDING STR("PENDING_ACTIVATION")

/* One stranger, while he is looked at. */
struct meeting {
    struct jit *jit;
    const struct jit_stranger *stranger;
    struct account_ctx ctx;
    int64_t now;
    const struct cert *cert;
    bool registered; /* already, as PENDING_ACTIVATION */
    struct ca_certificate ca;
    struct ca_registration_config config;
    struct str template_name; /* absent: the template lies with the CA, or there is none */
    struct str role_arn;
    struct template_filled filled;
    struct provision_plan plan;
    struct jit_met met;
};

struct str jit_outcome_name(enum jit_outcome outcome)
{
    static const struct str names[JIT_OUTCOMES] = {
        [JIT_HELD_BACK] = STR_INIT("held_back"),
        [JIT_REFUSED] = STR_INIT("refused"),
        [JIT_KNOWN] = STR_INIT("known"),
        [JIT_REGISTERED] = STR_INIT("registered"),
        [JIT_PROVISIONED] = STR_INIT("provisioned"),
        [JIT_FAILED] = STR_INIT("failed"),
    };
    return names[outcome];
}

/* A failure of the machine's, which is no verdict on the stranger. */
static bool is_ours(enum status status)
{
    return status == STATUS_NO_MEMORY || status == STATUS_IO || status == STATUS_BUSY ||
           status == STATUS_CORRUPT || status == STATUS_CANCELED || status == STATUS_INTERNAL;
}

static enum status say(struct meeting *m, enum jit_outcome outcome, const char *sentence,
                       struct why *why)
{
    m->met.outcome = outcome;
    return str_dup(m->ctx.mem, str_from(sentence), &m->met.sentence, why);
}

/* ---- before anything dear -------------------------------------------------------------------- */

static enum status at_the_gate(struct meeting *m, bool *ret_on, struct why *why)
{
    uint8_t digest[SHA256_BYTES];
    struct gate *gate = m->jit->gate;
    *ret_on = false;
    TRY(digest_sha256(bytes_of_str(m->stranger->certificate), digest, why));
    if (!str_absent(m->stranger->address) && !gate_address(gate, m->stranger->address, m->now)) {
        return say(m, JIT_HELD_BACK, "too many unknown certificates from this address", why);
    }
    if (!gate_certificate(gate, (struct bytes){digest, sizeof digest}, m->now)) {
        return say(m, JIT_HELD_BACK, "the certificate was here less than a minute ago", why);
    }
    *ret_on = true;
    return STATUS_OK;
}

static enum status read_certificate(struct meeting *m, bool *ret_on, struct why *why)
{
    struct why cause = {.code = STATUS_OK};
    enum status status = cert_intake_read(&m->ctx, m->stranger->certificate, &m->cert, &cause);
    *ret_on = status == STATUS_OK;
    if (status == STATUS_OK) {
        m->met.certificate_id = m->cert->id;
        struct bytes issuer = {m->cert->issuer_sha256, sizeof m->cert->issuer_sha256};
        if (!gate_ca(m->jit->gate, issuer, m->now)) {
            *ret_on = false;
            return say(m, JIT_HELD_BACK, "too many unknown certificates of this CA", why);
        }
        return STATUS_OK;
    }
    return status == STATUS_NO_MEMORY ? why_no_memory(why) : say(m, JIT_REFUSED, cause.text, why);
}

/* ---- who he is: over a view ------------------------------------------------------------------ */

static enum status is_registered(struct meeting *m, bool *ret_on, struct why *why)
{
    struct certificate row;
    enum status status = certificate_get(&m->ctx, m->cert->id, &row, why);
    *ret_on = true;
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    m->met.status = row.status;
    m->met.ca_id = row.ca_id.len > 0 ? row.ca_id : STR_ABSENT;
    m->registered = true;
    if (!str_eq(row.status, PENDING) || row.ca_id.len == 0) {
        m->met.outcome = JIT_KNOWN;
        *ret_on = false;
    }
    return STATUS_OK;
}

static enum status find_ca(struct meeting *m, bool *ret_on, struct why *why)
{
    struct why cause = {.code = STATUS_OK};
    struct str id;
    *ret_on = false;
    enum status status = certificate_signer(&m->ctx, m->cert, NULL, &id, &cause);
    if (status == STATUS_CERT_INVALID || status == STATUS_CERT_CONFLICT) {
        return say(m, JIT_REFUSED, cause.text, why);
    }
    if (status != STATUS_OK) {
        return why_set(why, status, "%s", cause.text);
    }
    TRY(ca_certificate_get(&m->ctx, id, &m->ca, why));
    m->met.ca_id = m->ca.id;
    if (!str_eq(m->ca.status, STR("ACTIVE"))) {
        return say(m, JIT_REFUSED, "the CA certificate that signed it is not ACTIVE", why);
    }
    if (!str_eq(m->ca.auto_registration, STR("ENABLE"))) {
        return say(m, JIT_REFUSED, "the CA certificate that signed it does not register by itself",
                   why);
    }
    if (m->ca.not_after < m->now) {
        return say(m, JIT_REFUSED, "the CA certificate that signed it has expired", why);
    }
    *ret_on = true;
    return ca_certificate_config(&m->ctx, &m->ca, &m->config, why);
}

/* ---- the template: what fails here is the operator's to mend --------------------------------- */

/* The body, and in whose name. */
static enum status find_template(struct meeting *m, struct str *ret_body, struct why *why)
{
    struct provisioning_template row;
    struct provisioning_template_version version;
    if (str_absent(m->config.template_name)) {
        *ret_body = m->config.template_body;
        m->role_arn = m->config.role_arn;
        return STATUS_OK;
    }
    m->template_name = m->config.template_name;
    TRY(provisioning_template_get(&m->ctx, m->template_name, &row, &version, why));
    if (!row.enabled) {
        return why_set(why, STATUS_CONFLICT, "provisioning template %.*s is not enabled",
                       STR_ARG(row.name));
    }
    *ret_body = version.body;
    m->role_arn = row.role_arn;
    return STATUS_OK;
}

/* The parameters that the certificate gives; of an attribute with several values the first. */
static size_t certificate_values(const struct cert *cert, struct template_pair *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < TEMPLATE_CERTIFICATE_PARAMETERS; i++) {
        const struct template_certificate_parameter *row = &template_certificate_parameters[i];
        struct str value = str_absent(row->attr) ? cert->id : cert_subject_attr(cert, row->attr, 0);
        if (!str_absent(value)) {
            ret[n++] = (struct template_pair){row->name, value};
        }
    }
    return n;
}

static enum status plan(struct meeting *m, struct why *why)
{
    struct template_pair values[TEMPLATE_CERTIFICATE_PARAMETERS];
    const struct template *template;
    struct str body;
    TRY(find_template(m, &body, why));
    TRY(template_read(m->ctx.mem, body, TEMPLATE_JITP, &template, NULL, why));
    size_t n = certificate_values(m->cert, values);
    TRY(template_fill(m->ctx.mem, template, values, n, &m->filled, why));
    if (!str_eq_nocase(m->filled.certificate.certificate_id, m->cert->id)) {
        return why_set(why, STATUS_INVALID,
                       "the template's CertificateId is another certificate's than the one that "
                       "connects: it must be {\"Ref\": \"AWS::IoT::Certificate::Id\"}");
    }
    return provision_plan_make(&m->ctx, NULL, &m->filled, &m->plan, why);
}

/* ---- transactions ---------------------------------------------------------------------------- */

static enum status register_pending(const struct account_ctx *ctx, const struct meeting *m,
                                    struct certificate *ret, struct why *why)
{
    const struct certificate_new new = {
        .cert = m->cert, .ca_id = m->ca.id, .status = STR_ABSENT, .pending = true};
    if (m->registered) {
        return certificate_get(ctx, m->cert->id, ret, why);
    }
    return certificate_register(ctx, &new, ret, why);
}

static enum status publish_registered(const struct account_ctx *ctx, const struct meeting *m,
                                      const struct certificate *row, struct why *why)
{
    struct buf out;
    struct json_write w;
    struct str topic;
    struct str payload;
    buf_init(&out, ctx->mem, EVENT_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("certificateId"), row->id);
    json_write_member(&w, STR("caCertificateId"), m->ca.id);
    json_write_member_int64(&w, STR("timestamp"), m->now);
    json_write_member(&w, STR("certificateStatus"), row->status);
    json_write_member(&w, STR("awsAccountId"), ctx->id.account);
    json_write_key(&w, STR("certificateRegistrationTimestamp")); /* a text, as AWS sends it */
    struct str created;
    TRY(str_fmt(ctx->mem, &created, why, "%lld", (long long)row->created));
    json_write_string(&w, created);
    json_write_end(&w);
    json_write_finish(&w);
    TRY(buf_finish(&out, &payload, why));
    TRY(str_fmt(ctx->mem, &topic, why, "$aws/events/certificates/registered/%.*s",
                STR_ARG(m->ca.id)));
    return broker_message_add(ctx, topic, payload, 1, why);
}

static enum status report(const struct account_ctx *ctx, const struct meeting *m, bool template,
                          struct str failure, struct why *why)
{
    const struct provision_report what = {
        .event = template ? STR("ProvisionDevice") : STR("RegisterCertificate"),
        .failure = failure,
        .certificate_id = m->cert->id,
        .ca_id = m->ca.id,
        .template_name = m->template_name,
        .thing = m->met.thing,
        .address = m->stranger->address,
        .client = m->stranger->client,
    };
    return provision_report_write(ctx, &what, why);
}

static enum status work_register(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct meeting *m = arg;
    struct certificate row;
    TRY(register_pending(ctx, m, &row, why));
    TRY(publish_registered(ctx, m, &row, why));
    m->met.status = PENDING;
    m->met.outcome = JIT_REGISTERED;
    return report(ctx, m, false, STR_ABSENT, why);
}

static enum status work_provision(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct meeting *m = arg;
    struct certificate row;
    struct provision_made made;
    struct provision_actor actor = {.source_arn = STR_ABSENT};
    bool named = !str_absent(m->template_name);
    TRY(register_pending(ctx, m, &row, why));
    TRY(role_open(ctx, m->role_arn, &actor.role, why));
    TRY(role_source_arn(ctx, named ? STR("provisioningtemplate") : STR("cacert"),
                        named ? m->template_name : m->ca.id, &actor.source_arn, why));
    TRY(provision_register(ctx, &m->plan, &actor, &made, why));
    m->met.thing = made.thing;
    m->met.status = m->filled.certificate.status;
    m->met.outcome = JIT_PROVISIONED;
    return report(ctx, m, true, STR_ABSENT, why);
}

/* Invariant 2: the certificate alone, and why. */
static enum status work_fail(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct meeting *m = arg;
    struct certificate row;
    TRY(register_pending(ctx, m, &row, why));
    m->met.thing = STR_ABSENT;
    m->met.status = row.status;
    m->met.outcome = JIT_FAILED;
    return report(ctx, m, true, m->met.sentence, why);
}

static enum status
run(struct meeting *m,
    enum status (*work)(const struct account_ctx *ctx, void *arg, struct why *why), struct why *why)
{
    struct account_call call = {.ctx = &m->ctx, .run = work, .arg = m};
    struct why cause = {.code = STATUS_OK};
    enum status status = store_write(m->jit->store, account_call_run, &call, &cause);
    if (status == STATUS_EXISTS) { /* somebody registered it in between */
        m->met.outcome = JIT_KNOWN;
        m->met.thing = STR_ABSENT;
        m->met.status = STR_ABSENT;
        return STATUS_OK;
    }
    return status == STATUS_OK ? STATUS_OK : why_set(why, status, "%s", cause.text);
}

static enum status provision(struct meeting *m, enum status planned, struct why *cause,
                             struct why *why)
{
    enum status status = planned;
    if (status == STATUS_OK) {
        status = run(m, work_provision, cause);
    }
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    if (is_ours(status)) {
        return why_set(why, status, "%s", cause->text);
    }
    TRY(str_dup(m->ctx.mem, str_from(cause->text), &m->met.sentence, why));
    return run(m, work_fail, why);
}

/* ---- the meeting ----------------------------------------------------------------------------- */

/* What is found out over one view; *ret_on: there is something to write. */
static enum status look(struct meeting *m, bool *ret_on, enum status *ret_planned,
                        struct why *ret_cause, struct why *why)
{
    AUTO_VIEW *view = NULL;
    TRY(store_read_begin(m->jit->store, &view, why));
    m->ctx.tx = view;
    TRY(is_registered(m, ret_on, why));
    if (*ret_on) {
        TRY(find_ca(m, ret_on, why));
    }
    if (!*ret_on) {
        return STATUS_OK;
    }
    bool has_template =
        !str_absent(m->config.template_name) || !str_absent(m->config.template_body);
    if (!has_template) {
        m->met.outcome = m->registered ? JIT_KNOWN : JIT_REGISTERED;
        *ret_on = !m->registered;
        return STATUS_OK;
    }
    m->met.outcome = JIT_PROVISIONED;
    *ret_planned = plan(m, ret_cause);
    return STATUS_OK;
}

static enum status meet(struct meeting *m, struct why *why)
{
    bool on;
    struct why cause = {.code = STATUS_OK};
    enum status planned = STATUS_OK;
    TRY(at_the_gate(m, &on, why));
    if (on) {
        TRY(read_certificate(m, &on, why));
    }
    if (on) {
        TRY(look(m, &on, &planned, &cause, why));
    }
    if (!on) {
        return STATUS_OK;
    }
    return m->met.outcome == JIT_REGISTERED ? run(m, work_register, why)
                                            : provision(m, planned, &cause, why);
}

enum status jit_meet(struct jit *jit, const struct jit_stranger *stranger, struct arena *mem,
                     struct jit_met *ret, struct why *why)
{
    struct meeting *m = NEW(mem, struct meeting);
    TRY_PTR(m);
    m->jit = jit;
    m->stranger = stranger;
    m->now = clock_now(&jit->clock);
    m->ctx = (struct account_ctx){.id = jit->id,
                                  .clock = clock_fixed(&m->now),
                                  .rnd = jit->rnd,
                                  .endpoint = jit->endpoint,
                                  .extensions = jit->extensions,
                                  .mem = mem};
    TRY(meet(m, why));
    atomic_fetch_add_explicit(&jit->counts[m->met.outcome], 1, memory_order_relaxed);
    *ret = m->met;
    return STATUS_OK;
}
