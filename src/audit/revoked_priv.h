/* revoked_priv.h: what the three revocation checks share. */
#ifndef AUDIT_REVOKED_PRIV_H
#define AUDIT_REVOKED_PRIV_H

#include "audit/check.h"
#include "audit/revocation.h"

struct revocation_subject revocation_subject_device(const struct certificate *cert);
struct revocation_subject revocation_subject_ca(const struct ca_certificate *ca);

/* CERTIFICATE_REVOKED_BY_ISSUER, or unknown with the reason. */
MUST_USE enum status judge_revoked(struct revocation *lists,
                                   const struct revocation_subject *subject, struct arena *mem,
                                   struct audit_verdicts *ret, struct why *why);

#endif
