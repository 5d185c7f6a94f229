/* claim.h: certificates that devices without one come with, for some minutes.
 *
 * CreateProvisioningClaim makes a key and a certificate that lets a device ask for one of its own
 * and be provisioned by one template, and no more: its policy (claim_policy_name, made with the
 * first claim of a template) allows the topics of that alone. It expires after CLAIM_MINUTES, and
 * is then removed (claim_sweep).
 *
 * SPEC: CreateProvisioningClaim, API reference; AWS IoT Core developer guide, "Provisioning by
 * trusted user" ("a temporary X.509 certificate ... expires in five minutes").
 */
#ifndef PROVISION_CLAIM_H
#define PROVISION_CLAIM_H

#include "account/certificate.h"
#include "account/local_ca.h"
#include "account/policy.h"

enum { CLAIM_MINUTES = 5 };

struct claim_new {
    struct str template_name;
    struct key_pair keys; /* the caller wipes them */
    struct certificate_new certificate;
    struct str pem;
    int64_t expires;
};

/* Makes key and certificate: slow, off the writer thread. ca NULL: UNSUPPORTED. */
MUST_USE enum status claim_prepare(const struct account_ctx *ctx, const struct local_ca *ca,
                                   struct str template_name, struct claim_new *ret,
                                   struct why *why);

/* Registers it with its policy. NOT_FOUND: no such template; INVALID: a JITP one, or one that is
 * not enabled. */
MUST_USE enum status claim_create(const struct account_ctx *ctx, const struct claim_new *new,
                                  struct why *why);

/* Removes claims that have expired, at most max, with their certificates. */
MUST_USE enum status claim_sweep(const struct account_ctx *ctx, size_t max, size_t *ret_n,
                                 struct why *why);
MUST_USE enum status claim_sweep_is_due(const struct account_ctx *ctx, bool *ret, struct why *why);

#endif
