/* template.h: provisioning templates: what is to be made for a device, as a document with holes.
 *
 *     {"Parameters": {"SerialNumber": {"Type": "String"}},
 *      "Resources": {"thing": {"Type": "AWS::IoT::Thing",
 *                              "Properties": {"ThingName": {"Ref": "SerialNumber"}}}, ...}}
 *
 * Reading checks all that can be known before there are values: the form, each Ref, each function
 * and its arguments, each name that is written out. Filling puts values into the holes and checks
 * what came out; it is the same walk, so nothing is checked in one and forgotten in the other.
 * Pure: no store, no clock. What is then made of it is provision/.
 *
 *  1. Texts are literals, {"Ref": parameter}, or Fn::Join, Fn::Select, Fn::Split, Fn::Sub and
 *     Fn::FindInMap over Mappings. They may nest, but not in Parameters and Mappings.
 *  2. Every declared parameter must get a value or have a default, whether it is used or not.
 *     A Ref to one that is not declared is refused, but to those of the certificate
 *     (AWS::IoT::Certificate::CommonName ...) where the certificate gives them.
 *  3. At most one thing, one certificate and TEMPLATE_POLICIES_MAX policies.
 *  4. Values come from devices. In a policy document a value with '*', '?', '$', '"', '\' or a
 *     control character is refused: it would widen the policy, or write statements of its own.
 *  5. Whatever the document and the values, no more than LIMIT_TEMPLATE_BYTES of text are made.
 * All failures are INVALID with the JSON path: "$.Resources.thing.Properties.ThingName: ...".
 *
 * SPEC: AWS IoT Core developer guide, "Provisioning templates" and "Just-in-time provisioning".
 */
#ifndef TEMPLATE_TEMPLATE_H
#define TEMPLATE_TEMPLATE_H

#include "codec/json_tree.h"

enum {
    TEMPLATE_BODY_MAX = 10240,  /* characters, of the service model */
    TEMPLATE_POLICIES_MAX = 10, /* a certificate can have no more */
};

/* Who uses it, which decides what it may hold. */
enum template_use {
    TEMPLATE_ONCE, /* RegisterThing */
    TEMPLATE_JITP, /* when a device first connects: must name its certificate by CertificateId */
    TEMPLATE_FLEET /* by claim: likewise; may hold DeviceConfiguration */
};

struct template_parameter {
    struct str name;
    struct str fallback; /* absent: it has no default */
};

struct template
{
    enum template_use use;
    const struct template_parameter *parameters;
    size_t n_parameters;
    const struct json_value *mappings; /* NULL: none */
    const struct json_value *resources;
    const struct json_value *device; /* DeviceConfiguration; NULL: none */
};

/* What is done when what the template wants made is there already and differs. FAIL when the
 * template says nothing: what is there is not changed unasked. */
enum template_override {
    OVERRIDE_FAIL,
    OVERRIDE_DO_NOTHING,
    OVERRIDE_REPLACE,
    OVERRIDE_MERGE, /* attributes and groups only */
};

struct template_pair {
    struct str name;
    struct str value;
};

struct template_thing {
    struct str id; /* its name in the template; absent: there is none */
    struct str name;
    struct str type_name; /* absent: not said */
    bool has_attributes;
    const struct template_pair *attributes;
    size_t n_attributes;
    bool has_groups;
    const struct str *groups;
    size_t n_groups;
    enum template_override on_type;
    enum template_override on_attributes;
    enum template_override on_groups;
};

/* One of certificate_id, csr and pem is there. */
struct template_certificate {
    struct str id; /* its name in the template; absent: there is none */
    struct str certificate_id;
    struct str csr;
    struct str pem;
    struct str ca_pem; /* with pem; absent: not said */
    struct str status; /* ACTIVE or INACTIVE */
    struct str attach; /* EXCLUSIVE_THING, NON_EXCLUSIVE_THING; absent: not said */
    enum template_override on_status;
};

/* Either a name, of a policy that is there, or a document. */
struct template_policy {
    struct str id;
    struct str name;
    struct str document;
};

struct template_filled {
    struct template_thing thing;
    struct template_certificate certificate;
    struct template_policy policies[TEMPLATE_POLICIES_MAX];
    size_t n_policies;
    struct str device; /* DeviceConfiguration as JSON; absent: none */
};

/* Reads and checks. body must outlive the result, which lies in mem. Policy documents without holes
 * are given to *ret_fixed (may be NULL), so that the caller holds them against the grammar: of the
 * policies of *ret_fixed only those have a document. INVALID. */
MUST_USE enum status template_read(struct arena *mem, struct str body, enum template_use use,
                                   const struct template **ret, struct template_filled *ret_fixed,
                                   struct why *why);

/* Fills the holes. Values of parameters that are not declared are not looked at, unless they are
 * the certificate's. INVALID: a parameter has no value, or a value does not fit its place. */
MUST_USE enum status template_fill(struct arena *mem, const struct template *template,
                                   const struct template_pair *values, size_t n,
                                   struct template_filled *ret, struct why *why);

/* The parameters that a certificate gives: "AWS::IoT::Certificate::" and one of these. attr is the
 * name of x509/cert.h's subject attribute; absent: Id, which is the certificate's own. */
#define TEMPLATE_CERTIFICATE_PREFIX "AWS::IoT::Certificate::"
enum { TEMPLATE_CERTIFICATE_PARAMETERS = 8 };
struct template_certificate_parameter {
    struct str name; /* whole */
    struct str attr;
};
extern const struct template_certificate_parameter
    template_certificate_parameters[TEMPLATE_CERTIFICATE_PARAMETERS];

#endif
