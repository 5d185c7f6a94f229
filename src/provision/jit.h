/* jit.h: just-in-time: a device whose certificate nobody registered connects for the first time.
 *
 * When a registered CA that is ACTIVE and whose auto-registration is ENABLEd signed the
 * certificate, it is registered as PENDING_ACTIVATION. Then, by the CA's registrationConfig: no
 * template   registration (JITR): $aws/events/certificates/registered/<caCertificateId> tells, and
 * somebody decides a template    provisioning (JITP): filled from the certificate's subject, in the
 * name of the template's role; thing, policies and what ties them, then ACTIVE
 *
 *  1. Registering with its event is one transaction; provisioning, registration included, is one.
 *  2. When provisioning fails, the certificate is registered alone and stays PENDING_ACTIVATION; a
 *     log record and a counter say why. It is tried anew when the device comes again, so mending
 * the template, the role or a group is enough.
 *  3. Whatever comes again within a minute, or too often from one address or of one CA, is not
 *     looked at (gate.h). What was not signed by such a CA leaves no row.
 *  4. The role must be held by the account and allow each step (register.h); aws:SourceArn is the
 *     ARN of the template, or of the CA certificate when the template lies there.
 * Log records: eventType ProvisionDevice, of JITR RegisterCertificate; Success INFO, Failure ERROR.
 *
 * SPEC: AWS IoT Core developer guide, "Just-in-time provisioning", "Register a client certificate
 * when the client connects (JITR)".
 */
#ifndef PROVISION_JIT_H
#define PROVISION_JIT_H

#include <stdatomic.h>

#include "account/account.h"
#include "provision/gate.h"

enum jit_outcome {
    JIT_HELD_BACK,   /* not looked at (invariant 3) */
    JIT_REFUSED,     /* no such CA signed it, or it is not acceptable */
    JIT_KNOWN,       /* it is registered already */
    JIT_REGISTERED,  /* PENDING_ACTIVATION, and told */
    JIT_PROVISIONED, /* ACTIVE, or what its template says */
    JIT_FAILED,      /* PENDING_ACTIVATION, and logged why */
    JIT_OUTCOMES
};

/* "held_back" ...: as counters and replies have them. */
struct str jit_outcome_name(enum jit_outcome outcome);

struct jit {
    struct store *store;
    struct account_id id;
    struct clock clock;
    struct rnd rnd;
    struct str endpoint;
    bool extensions;
    struct gate *gate;
    atomic_uint_fast64_t counts[JIT_OUTCOMES];
};

struct jit_stranger {
    struct str certificate; /* DER or PEM */
    struct str address;     /* numeric; absent: not known, and not bounded by it */
    struct str client;      /* absent: not known */
};

struct jit_met {
    enum jit_outcome outcome;
    struct str certificate_id; /* absent: it could not be read */
    struct str ca_id;          /* absent: none was found */
    struct str status;         /* of the certificate now; absent: it is not registered */
    struct str thing;          /* provisioned; absent: none */
    struct str sentence;       /* REFUSED, FAILED, HELD_BACK: why; else absent */
};

/* Any thread that may wait for the store; not from inside a store_work. The result lies in mem. A
 * status but OK is a failure of ours (a full disk), not of the stranger. */
MUST_USE enum status jit_meet(struct jit *jit, const struct jit_stranger *stranger,
                              struct arena *mem, struct jit_met *ret, struct why *why);

#endif
