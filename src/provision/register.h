/* register.h: makes what a filled template wants: thing, certificate, policies, and what ties them.
 *
 *  1. All of it is one transaction of the caller's: all or nothing.
 *  2. What is there already and is as wanted stays; what differs is treated as the template's
 *     OverrideSettings say, and without a word from them nothing is changed: CONFLICT.
 *  3. Each step is asked for first, as the operation that it is (iot:CreateThing on the thing ...):
 *     of the provisioning role, or of who called RegisterThing. Otherwise RegisterThing would be
 *     a way around every other permission.
 *  4. A policy document becomes a policy named by its digest. One of that name that is there is
 *     attached as it is, also when somebody gave it another default version: he meant it.
 *  5. The certificate's status comes last: nothing half-made can connect.
 */
#ifndef PROVISION_REGISTER_H
#define PROVISION_REGISTER_H

#include "account/access.h"
#include "account/certificate.h"
#include "account/local_ca.h"
#include "account/role.h"
#include "template/template.h"

/* What can be done off the writer thread, over a view. */
struct provision_plan {
    const struct template_filled *filled;
    struct certificate_new certificate; /* cert NULL: it is named by its id, or there is none */
    struct str pem;                     /* of a certificate signed here; absent: none was */
    struct str policies[TEMPLATE_POLICIES_MAX]; /* names */
};

/* Reads certificate or request, signs the latter with ca (NULL: UNSUPPORTED), and holds policy
 * documents against the grammar. Of filled, which must live as long as the plan. INVALID,
 * CERT_INVALID, CERT_CONFLICT, MALFORMED_POLICY. */
MUST_USE enum status provision_plan_make(const struct account_ctx *ctx, const struct local_ca *ca,
                                         const struct template_filled *filled,
                                         struct provision_plan *ret, struct why *why);

/* Who is asked: one of the two. */
struct provision_actor {
    const struct role_opened *role;
    struct str source_arn;       /* with role: aws:SourceArn */
    const struct access *access; /* of the caller */
};

enum { PROVISION_RESOURCES_MAX = TEMPLATE_POLICIES_MAX + 2 };

struct provision_made {
    struct str thing;          /* name; absent: none */
    struct str certificate_id; /* absent: none */
    struct {
        struct str id; /* in the template */
        struct str arn;
    } resources[PROVISION_RESOURCES_MAX];
    size_t n_resources;
};

/* DENIED: a step is not permitted. CONFLICT: invariant 2. NOT_FOUND: a type, group, policy or
 * certificate that must be there. Others as the steps have them. */
MUST_USE enum status provision_register(const struct account_ctx *ctx,
                                        const struct provision_plan *plan,
                                        const struct provision_actor *actor,
                                        struct provision_made *ret, struct why *why);

#endif
