/* template.c: the sections of a template, and its resources. */
#include "template/template.h"

#include "base/limits.h"
#include "template/template_priv.h"

#include "base/banned.h"

enum { SHOWN_MAX = 64 };

#define CERTIFICATE(word, attr)                                                                    \
    {                                                                                              \
        STR_INIT(TEMPLATE_CERTIFICATE_PREFIX word), STR_INIT(attr)                                 \
    }

const struct template_certificate_parameter
    template_certificate_parameters[TEMPLATE_CERTIFICATE_PARAMETERS] = {
        CERTIFICATE("Country", "Country"),
        CERTIFICATE("Organization", "Organization"),
        CERTIFICATE("OrganizationalUnit", "OrganizationalUnit"),
        CERTIFICATE("DistinguishedNameQualifier", "DistinguishedNameQualifier"),
        CERTIFICATE("StateName", "State"),
        CERTIFICATE("CommonName", "CommonName"),
        CERTIFICATE("SerialNumber", "SerialNumber"),
        {STR_INIT(TEMPLATE_CERTIFICATE_PREFIX "Id"), {NULL, 0}},
};

static const struct str ACTIVE = STR_INIT("ACTIVE");
static const struct str INACTIVE = STR_INIT("INACTIVE");

static struct str shown(struct str text)
{
    return str_slice(text, 0, SHOWN_MAX);
}

static enum status expect(const struct filler *f, const struct json_value *value,
                          enum json_type type, const struct place *at, struct why *why)
{
    if (value->type != type) {
        return refuse(f, at, why, "%s is expected here, not %s", json_type_name(type),
                      json_type_name(value->type));
    }
    return STATUS_OK;
}

/* ---- a thing --------------------------------------------------------------------------------- */

static enum status attributes(struct filler *f, const struct json_value *value,
                              const struct place *at, struct template_thing *thing, struct why *why)
{
    TRY(expect(f, value, JSON_OBJECT, at, why));
    struct template_pair *pairs = NEW_ARRAY(f->mem, struct template_pair, value->n);
    TRY_PTR(pairs);
    thing->has_attributes = true;
    for (const struct json_value *v = value->first; v != NULL; v = v->next) {
        const struct place here = {.up = at, .key = v->key};
        struct template_pair *pair = &pairs[thing->n_attributes++];
        pair->name = v->key;
        TRY(name_check(f, NAME_ATTRIBUTE, v->key, &here, why));
        TRY(make_text(f, v, &here, &pair->value, why));
        TRY(name_check(f, NAME_ATTRIBUTE_VALUE, pair->value, &here, why));
    }
    thing->attributes = pairs;
    return STATUS_OK;
}

static enum status groups(struct filler *f, const struct json_value *value, const struct place *at,
                          struct template_thing *thing, struct why *why)
{
    struct made made;
    TRY(make_list(f, value, at, &made, why));
    thing->has_groups = true;
    thing->groups = made.items;
    thing->n_groups = made.n;
    for (size_t i = 0; i < made.n; i++) {
        const struct place here = {.up = at, .key = STR_ABSENT, .index = i};
        TRY(name_check(f, NAME_THING, made.items[i], &here, why));
    }
    return STATUS_OK;
}

static enum status thing_property(struct filler *f, const struct json_value *value,
                                  const struct place *at, struct template_filled *into,
                                  struct why *why)
{
    struct template_thing *thing = &into->thing;
    if (str_eq(value->key, STR("ThingName"))) {
        TRY(make_text(f, value, at, &thing->name, why));
        return name_check(f, NAME_THING, thing->name, at, why);
    }
    if (str_eq(value->key, STR("ThingTypeName"))) {
        TRY(make_text(f, value, at, &thing->type_name, why));
        return name_check(f, NAME_THING, thing->type_name, at, why);
    }
    if (str_eq(value->key, STR("AttributePayload"))) {
        return attributes(f, value, at, thing, why);
    }
    if (str_eq(value->key, STR("ThingGroups"))) {
        return groups(f, value, at, thing, why);
    }
    if (str_eq(value->key, STR("BillingGroup")) || str_eq(value->key, STR("PackageVersions"))) {
        return refuse(f, at, why, "billing groups and packages are not offered here");
    }
    return refuse(f, at, why,
                  "a thing has ThingName, ThingTypeName, AttributePayload and ThingGroups");
}

/* ---- a certificate --------------------------------------------------------------------------- */

static enum status certificate_status(struct filler *f, const struct json_value *value,
                                      const struct place *at, struct str *ret, struct why *why)
{
    struct str text;
    TRY(make_text(f, value, at, &text, why));
    if (!text_known(text) || str_eq_nocase(text, ACTIVE)) {
        *ret = ACTIVE;
        return STATUS_OK;
    }
    if (str_eq_nocase(text, INACTIVE)) {
        *ret = INACTIVE;
        return STATUS_OK;
    }
    return refuse(f, at, why, "'%.*s' is not ACTIVE or INACTIVE", STR_ARG(shown(text)));
}

static enum status certificate_attach(struct filler *f, const struct json_value *value,
                                      const struct place *at, struct str *ret, struct why *why)
{
    TRY(make_text(f, value, at, ret, why));
    if (text_known(*ret) && !str_eq(*ret, STR("EXCLUSIVE_THING")) &&
        !str_eq(*ret, STR("NON_EXCLUSIVE_THING"))) {
        return refuse(f, at, why, "'%.*s' is not EXCLUSIVE_THING or NON_EXCLUSIVE_THING",
                      STR_ARG(shown(*ret)));
    }
    return STATUS_OK;
}

static enum status certificate_property(struct filler *f, const struct json_value *value,
                                        const struct place *at, struct template_filled *into,
                                        struct why *why)
{
    struct template_certificate *certificate = &into->certificate;
    if (str_eq_nocase(value->key, STR("CertificateId"))) { /* the guide has CertificateID too */
        TRY(make_text(f, value, at, &certificate->certificate_id, why));
        return name_check(f, NAME_CERTIFICATE, certificate->certificate_id, at, why);
    }
    if (str_eq(value->key, STR("CertificateSigningRequest"))) {
        return make_text(f, value, at, &certificate->csr, why);
    }
    if (str_eq(value->key, STR("CertificatePem"))) {
        return make_text(f, value, at, &certificate->pem, why);
    }
    if (str_eq(value->key, STR("CACertificatePem"))) {
        return make_text(f, value, at, &certificate->ca_pem, why);
    }
    if (str_eq(value->key, STR("Status"))) {
        return certificate_status(f, value, at, &certificate->status, why);
    }
    if (str_eq(value->key, STR("ThingPrincipalType"))) {
        return certificate_attach(f, value, at, &certificate->attach, why);
    }
    return refuse(f, at, why,
                  "a certificate has CertificateId, CertificateSigningRequest, CertificatePem, "
                  "CACertificatePem, Status and ThingPrincipalType");
}

/* ---- a policy -------------------------------------------------------------------------------- */

/* The document as a JSON object, or as a text that is one. */
static enum status policy_document(struct filler *f, const struct json_value *value,
                                   const struct place *at, struct template_policy *policy,
                                   struct why *why)
{
    bool text = value->type == JSON_STRING || is_function(value);
    f->unknown = false;
    f->in_policy = true;
    TRY(text ? make_text(f, value, at, &policy->document, why)
             : make_json(f, value, at, &policy->document, why));
    f->in_policy = false;
    if (f->unknown) {
        policy->document = (struct str){template_unknown, 0};
    }
    return STATUS_OK;
}

static enum status policy_property(struct filler *f, const struct json_value *value,
                                   const struct place *at, struct template_filled *into,
                                   struct why *why)
{
    struct template_policy *policy = &into->policies[into->n_policies - 1];
    if (str_eq(value->key, STR("PolicyName"))) {
        TRY(make_text(f, value, at, &policy->name, why));
        return name_check(f, NAME_POLICY, policy->name, at, why);
    }
    if (str_eq(value->key, STR("PolicyDocument"))) {
        return policy_document(f, value, at, policy, why);
    }
    return refuse(f, at, why, "a policy has PolicyName or PolicyDocument");
}

/* ---- what is done about what is there -------------------------------------------------------- */

static enum status override(const struct filler *f, const struct json_value *value, bool merge,
                            const struct place *at, enum template_override *ret, struct why *why)
{
    static const struct str words[] = {
        [OVERRIDE_FAIL] = STR_INIT("FAIL"),
        [OVERRIDE_DO_NOTHING] = STR_INIT("DO_NOTHING"),
        [OVERRIDE_REPLACE] = STR_INIT("REPLACE"),
        [OVERRIDE_MERGE] = STR_INIT("MERGE"),
    };
    size_t n = merge ? 4 : 3;
    TRY(expect(f, value, JSON_STRING, at, why));
    for (size_t i = 0; i < n; i++) {
        if (str_eq(value->text, words[i])) {
            *ret = (enum template_override)i;
            return STATUS_OK;
        }
    }
    return refuse(f, at, why, "'%.*s' is not DO_NOTHING, REPLACE%s FAIL%s",
                  STR_ARG(shown(value->text)), merge ? "," : " or", merge ? " or MERGE" : "");
}

static bool either(struct str key, const char *name, const char *other)
{
    return str_eq(key, str_from(name)) || str_eq(key, str_from(other));
}

static enum status thing_override(const struct filler *f, const struct json_value *value,
                                  const struct place *at, struct template_filled *into,
                                  struct why *why)
{
    struct template_thing *thing = &into->thing;
    if (either(value->key, "AttributePayload", "ATTRIBUTE_PAYLOAD")) {
        return override(f, value, true, at, &thing->on_attributes, why);
    }
    if (either(value->key, "ThingGroups", "THING_GROUPS")) {
        return override(f, value, true, at, &thing->on_groups, why);
    }
    if (either(value->key, "ThingTypeName", "THING_TYPE_NAME")) {
        return override(f, value, false, at, &thing->on_type, why);
    }
    return refuse(f, at, why,
                  "of a thing AttributePayload, ThingTypeName and ThingGroups can be overridden");
}

static enum status certificate_override(const struct filler *f, const struct json_value *value,
                                        const struct place *at, struct template_filled *into,
                                        struct why *why)
{
    if (!str_eq(value->key, STR("Status"))) {
        return refuse(f, at, why, "of a certificate only Status can be overridden");
    }
    return override(f, value, false, at, &into->certificate.on_status, why);
}

static enum status policy_override(const struct filler *f, const struct json_value *value,
                                   const struct place *at, struct template_filled *into,
                                   struct why *why)
{
    (void)value;
    (void)into;
    return refuse(f, at, why, "a policy has no OverrideSettings");
}

/* ---- whole resources ------------------------------------------------------------------------- */

static enum status thing_begin(const struct filler *f, struct str id, const struct place *at,
                               struct template_filled *into, struct why *why)
{
    if (!str_absent(into->thing.id)) {
        return refuse(f, at, why, "there is a thing already ('%.*s'); a template makes one",
                      STR_ARG(shown(into->thing.id)));
    }
    into->thing.id = id;
    return STATUS_OK;
}

static enum status thing_end(const struct filler *f, const struct place *at,
                             const struct template_filled *into, struct why *why)
{
    return str_absent(into->thing.name) ? refuse(f, at, why, "Properties lacks ThingName")
                                        : STATUS_OK;
}

static enum status certificate_begin(const struct filler *f, struct str id, const struct place *at,
                                     struct template_filled *into, struct why *why)
{
    if (!str_absent(into->certificate.id)) {
        return refuse(f, at, why, "there is a certificate already ('%.*s'); a template has one",
                      STR_ARG(shown(into->certificate.id)));
    }
    into->certificate.id = id;
    into->certificate.status = ACTIVE;
    return STATUS_OK;
}

static enum status certificate_end(const struct filler *f, const struct place *at,
                                   const struct template_filled *into, struct why *why)
{
    const struct template_certificate *c = &into->certificate;
    bool by_id = !str_absent(c->certificate_id);
    if (by_id + !str_absent(c->csr) + !str_absent(c->pem) != 1) {
        return refuse(f, at, why,
                      "Properties has one of CertificateId, CertificateSigningRequest and "
                      "CertificatePem");
    }
    if (!str_absent(c->ca_pem) && str_absent(c->pem)) {
        return refuse(f, at, why, "CACertificatePem goes with CertificatePem");
    }
    if (!by_id && f->template->use != TEMPLATE_ONCE) {
        return refuse(f, at, why, "%s template names its certificate by CertificateId",
                      f->template->use == TEMPLATE_JITP ? "a JITP" : "a FLEET_PROVISIONING");
    }
    return STATUS_OK;
}

static enum status policy_begin(const struct filler *f, struct str id, const struct place *at,
                                struct template_filled *into, struct why *why)
{
    if (into->n_policies == TEMPLATE_POLICIES_MAX) {
        return refuse(f, at, why, "a certificate can have at most %d policies",
                      TEMPLATE_POLICIES_MAX);
    }
    into->policies[into->n_policies++].id = id;
    return STATUS_OK;
}

static enum status policy_end(const struct filler *f, const struct place *at,
                              const struct template_filled *into, struct why *why)
{
    const struct template_policy *policy = &into->policies[into->n_policies - 1];
    if (str_absent(policy->name) == str_absent(policy->document)) {
        return refuse(f, at, why, "Properties has PolicyName or PolicyDocument, and not both");
    }
    return STATUS_OK;
}

/* One row, one type of resource. */
static const struct kind {
    struct str type;
    enum status (*begin)(const struct filler *f, struct str id, const struct place *at,
                         struct template_filled *into, struct why *why);
    enum status (*property)(struct filler *f, const struct json_value *value,
                            const struct place *at, struct template_filled *into, struct why *why);
    enum status (*override)(const struct filler *f, const struct json_value *value,
                            const struct place *at, struct template_filled *into, struct why *why);
    enum status (*end)(const struct filler *f, const struct place *at,
                       const struct template_filled *into, struct why *why);
} kinds[] = {
    {STR_INIT("AWS::IoT::Thing"), thing_begin, thing_property, thing_override, thing_end},
    {STR_INIT("AWS::IoT::Certificate"), certificate_begin, certificate_property,
     certificate_override, certificate_end},
    {STR_INIT("AWS::IoT::Policy"), policy_begin, policy_property, policy_override, policy_end},
};

static enum status resource_kind(const struct filler *f, const struct json_value *resource,
                                 const struct place *at, const struct kind **ret, struct why *why)
{
    const struct json_value *type = json_tree_get(resource, STR("Type"));
    const struct place here = {.up = at, .key = STR("Type")};
    if (type == NULL) {
        return refuse(f, at, why, "a resource has a Type");
    }
    TRY(expect(f, type, JSON_STRING, &here, why));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (str_eq(type->text, kinds[i].type)) {
            *ret = &kinds[i];
            return STATUS_OK;
        }
    }
    return refuse(f, &here, why,
                  "'%.*s' is not AWS::IoT::Thing, AWS::IoT::Certificate or AWS::IoT::Policy",
                  STR_ARG(shown(type->text)));
}

static enum status resource_section(struct filler *f, const struct kind *kind,
                                    const struct json_value *section, const struct place *at,
                                    struct template_filled *into, struct why *why)
{
    bool properties = str_eq(section->key, STR("Properties"));
    if (str_eq(section->key, STR("Type"))) {
        return STATUS_OK;
    }
    if (!properties && !str_eq(section->key, STR("OverrideSettings"))) {
        return refuse(f, at, why, "a resource has Type, Properties and OverrideSettings");
    }
    TRY(expect(f, section, JSON_OBJECT, at, why));
    for (const struct json_value *v = section->first; v != NULL; v = v->next) {
        const struct place here = {.up = at, .key = v->key};
        TRY((properties ? kind->property(f, v, &here, into, why)
                        : kind->override(f, v, &here, into, why)));
    }
    return STATUS_OK;
}

static enum status resource(struct filler *f, const struct json_value *value,
                            const struct place *at, struct template_filled *into, struct why *why)
{
    const struct kind *kind = NULL;
    TRY(expect(f, value, JSON_OBJECT, at, why));
    TRY(resource_kind(f, value, at, &kind, why));
    TRY(kind->begin(f, value->key, at, into, why));
    for (const struct json_value *v = value->first; v != NULL; v = v->next) {
        const struct place here = {.up = at, .key = v->key};
        TRY(resource_section(f, kind, v, &here, into, why));
    }
    return kind->end(f, at, into, why);
}

static void nothing_yet(struct template_filled *into)
{
    *into = (struct template_filled){
        .thing = {.id = STR_ABSENT}, .certificate = {.id = STR_ABSENT}, .device = STR_ABSENT};
}

static enum status resources(struct filler *f, struct template_filled *into, struct why *why)
{
    const struct place at = {.key = STR("Resources")};
    nothing_yet(into);
    for (const struct json_value *v = f->template->resources->first; v != NULL; v = v->next) {
        const struct place here = {.up = &at, .key = v->key};
        TRY(resource(f, v, &here, into, why));
    }
    if (f->template->use != TEMPLATE_ONCE && str_absent(into->certificate.id)) {
        return refuse(f, &at, why,
                      "there is no AWS::IoT::Certificate, by whose CertificateId the device's "
                      "certificate is named");
    }
    if (f->template->device != NULL) {
        const struct place device = {.key = STR("DeviceConfiguration")};
        TRY(make_json(f, f->template->device, &device, &into->device, why));
    }
    return STATUS_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum status parameter_member(const struct filler *f, const struct json_value *member,
                                    const struct place *at, struct template_parameter *into,
                                    struct why *why)
{
    TRY(expect(f, member, JSON_STRING, at, why));
    if (str_eq(member->key, STR("Default"))) {
        into->fallback = member->text;
        return STATUS_OK;
    }
    if (str_eq(member->key, STR("Type")) && !str_eq(member->text, STR("String"))) {
        return refuse(f, at, why, "'%.*s' is not String, the one type of parameters",
                      STR_ARG(shown(member->text)));
    }
    if (!str_eq(member->key, STR("Type")) && !str_eq(member->key, STR("Description"))) {
        return refuse(f, at, why, "a parameter has Type, Default and Description");
    }
    return STATUS_OK;
}

/* Parameters that nothing would ever give a value to. */
static enum status parameter_check(const struct filler *f, const struct template_parameter *row,
                                   const struct place *at, struct why *why)
{
    bool of_certificate = str_starts(row->name, STR(TEMPLATE_CERTIFICATE_PREFIX));
    bool known = false;
    for (size_t i = 0; i < TEMPLATE_CERTIFICATE_PARAMETERS; i++) {
        known = known || str_eq(row->name, template_certificate_parameters[i].name);
    }
    if (of_certificate && !known) {
        return refuse(f, at, why,
                      "a certificate gives Country, Organization, OrganizationalUnit, "
                      "DistinguishedNameQualifier, StateName, CommonName, SerialNumber and Id");
    }
    if (f->template->use == TEMPLATE_JITP && !of_certificate && str_absent(row->fallback)) {
        return refuse(f, at, why,
                      "it has no Default, and when a device first connects only "
                      "AWS::IoT::Certificate::... have values");
    }
    return STATUS_OK;
}

static enum status parameters(const struct filler *f, const struct json_value *section,
                              const struct place *at, struct template *into, struct why *why)
{
    TRY(expect(f, section, JSON_OBJECT, at, why));
    struct template_parameter *rows = NEW_ARRAY(f->mem, struct template_parameter, section->n);
    TRY_PTR(rows);
    for (const struct json_value *v = section->first; v != NULL; v = v->next) {
        const struct place here = {.up = at, .key = v->key};
        struct template_parameter *row = &rows[into->n_parameters++];
        *row = (struct template_parameter){.name = v->key, .fallback = STR_ABSENT};
        TRY(expect(f, v, JSON_OBJECT, &here, why));
        for (const struct json_value *m = v->first; m != NULL; m = m->next) {
            const struct place member = {.up = &here, .key = m->key};
            TRY(parameter_member(f, m, &member, row, why));
        }
        if (json_tree_get(v, STR("Type")) == NULL) {
            return refuse(f, &here, why, "a parameter has a Type, which is String");
        }
        TRY(parameter_check(f, row, &here, why));
    }
    into->parameters = rows;
    return STATUS_OK;
}

static enum status mapped_value(const struct filler *f, const struct json_value *value,
                                const struct place *at, struct why *why)
{
    if (value->type != JSON_ARRAY) {
        return expect(f, value, JSON_STRING, at, why);
    }
    struct place here = {.up = at, .key = STR_ABSENT};
    for (const struct json_value *v = value->first; v != NULL; v = v->next, here.index++) {
        TRY(expect(f, v, JSON_STRING, &here, why));
    }
    return STATUS_OK;
}

/* Two levels of names, and texts or lists of texts below. */
static enum status mappings(const struct filler *f, const struct json_value *value, int levels,
                            const struct place *at, struct why *why)
{
    TRY(expect(f, value, JSON_OBJECT, at, why));
    for (const struct json_value *v = value->first; v != NULL; v = v->next) {
        const struct place here = {.up = at, .key = v->key};
        TRY((levels == 0 ? mapped_value(f, v, &here, why)
                         : mappings(f, v, levels - 1, &here, why)));
    }
    return STATUS_OK;
}

static enum status section(const struct filler *f, const struct json_value *value,
                           struct template *into, struct why *why)
{
    const struct place at = {.key = value->key};
    if (str_eq(value->key, STR("Parameters"))) {
        return parameters(f, value, &at, into, why);
    }
    if (str_eq(value->key, STR("Resources"))) {
        into->resources = value;
        return expect(f, value, JSON_OBJECT, &at, why);
    }
    if (str_eq(value->key, STR("Mappings"))) {
        into->mappings = value;
        return mappings(f, value, 2, &at, why);
    }
    if (str_eq(value->key, STR("DeviceConfiguration"))) {
        into->device = value;
        if (into->use != TEMPLATE_FLEET) {
            return refuse(f, &at, why,
                          "only a FLEET_PROVISIONING template has it, whose devices "
                          "are answered");
        }
        return expect(f, value, JSON_OBJECT, &at, why);
    }
    if (str_eq(value->key, STR("Description")) || str_eq(value->key, STR("Version")) ||
        str_eq(value->key, STR("AWSTemplateFormatVersion"))) {
        return expect(f, value, JSON_STRING, &at, why);
    }
    return refuse(f, &at, why,
                  "a template has Parameters, Resources, Mappings and DeviceConfiguration");
}

static enum status read_tree(struct arena *mem, struct str body, const struct json_value **ret,
                             struct why *why)
{
    struct why cause = {.code = STATUS_OK};
    if (str_utf8_length(body) > TEMPLATE_BODY_MAX) {
        return why_set(why, STATUS_INVALID, "a template has at most %d characters",
                       TEMPLATE_BODY_MAX);
    }
    enum status status = json_tree_read(body, mem, ret, &cause);
    if (status == STATUS_NO_MEMORY) {
        return why_no_memory(why);
    }
    if (status != STATUS_OK) {
        return why_at(why, STATUS_INVALID, cause.offset,
                      "the template cannot be read as JSON, byte %zu: %s", cause.offset,
                      cause.text);
    }
    return STATUS_OK;
}

/* The fixed documents alone: what hangs on a value is nothing to look at yet. */
static void forget_unknown(struct template_filled *filled)
{
    for (size_t i = 0; i < filled->n_policies; i++) {
        if (!text_known(filled->policies[i].document)) {
            filled->policies[i].document = STR_ABSENT;
        }
    }
}

enum status template_read(struct arena *mem, struct str body, enum template_use use,
                          const struct template **ret, struct template_filled *ret_fixed,
                          struct why *why)
{
    const struct json_value *tree;
    struct template *template = NEW(mem, struct template);
    struct template_filled *fixed = NEW(mem, struct template_filled);
    TRY_PTR(template);
    TRY_PTR(fixed);
    template->use = use;
    struct filler f = {
        .mem = mem, .template = template, .checking = true, .left = LIMIT_TEMPLATE_BYTES};
    TRY(read_tree(mem, body, &tree, why));
    TRY(expect(&f, tree, JSON_OBJECT, NULL, why));
    for (const struct json_value *v = tree->first; v != NULL; v = v->next) {
        TRY(section(&f, v, template, why));
    }
    if (template->resources == NULL || template->resources->n == 0) {
        return refuse(&f, NULL, why, "a template has Resources, one at least");
    }
    TRY(resources(&f, fixed, why));
    forget_unknown(fixed);
    if (ret_fixed != NULL) {
        *ret_fixed = *fixed;
    }
    *ret = template;
    return STATUS_OK;
}

/* ---- filling --------------------------------------------------------------------------------- */

/* Invariant 2 of the header: also of parameters that nothing refers to. */
static enum status all_have_values(const struct filler *f, struct why *why)
{
    const struct place at = {.key = STR("Parameters")};
    for (size_t i = 0; i < f->template->n_parameters; i++) {
        const struct template_parameter *row = &f->template->parameters[i];
        bool has = !str_absent(row->fallback);
        for (size_t v = 0; !has && v < f->n_values; v++) {
            has = str_eq(f->values[v].name, row->name) && !str_absent(f->values[v].value);
        }
        if (!has) {
            const struct place here = {.up = &at, .key = row->name};
            bool of_certificate = str_starts(row->name, STR(TEMPLATE_CERTIFICATE_PREFIX));
            return refuse(f, &here, why, "the parameter has no value%s, and no default",
                          of_certificate ? ", since the certificate's subject lacks it" : "");
        }
    }
    return STATUS_OK;
}

enum status template_fill(struct arena *mem, const struct template *template,
                          const struct template_pair *values, size_t n, struct template_filled *ret,
                          struct why *why)
{
    struct template_filled *filled = NEW(mem, struct template_filled);
    struct filler f = {.mem = mem,
                       .template = template,
                       .values = values,
                       .n_values = n,
                       .left = LIMIT_TEMPLATE_BYTES};
    TRY_PTR(filled);
    TRY(all_have_values(&f, why));
    TRY(resources(&f, filled, why));
    *ret = *filled;
    return STATUS_OK;
}
