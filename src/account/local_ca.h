/* local_ca.h: the authority of this server's own: it signs the certificates that
 * CreateKeysAndCertificate and CreateCertificateFromCsr return.
 *
 * It lives in two files of the data folder, local-ca.key and local-ca.pem, both of mode 0600, made
 * at the first start. It is not a registered CA: AWS keeps its own out of ListCACertificates too.
 *
 *  1. The certificate is written last, and each file appears whole or not at all. A key without a
 *     certificate has signed nothing, so the pair is made anew; a certificate without its key is an
 *     error, never replaced: certificates in the field hang on it.
 *  2. A key that others may read is refused, as a mistake to be seen rather than repaired.
 *  3. It never changes once opened; signing from several threads at once is allowed.
 */
#ifndef ACCOUNT_LOCAL_CA_H
#define ACCOUNT_LOCAL_CA_H

#include "base/clock.h"
#include "base/rnd.h"
#include "x509/cert.h"

struct local_ca;

/* Loads the authority in the folder, or makes it. account is put into its name. IO, DENIED (rule
 * 2), CERT_INVALID (key and certificate do not belong together), CORRUPT (rule 1). mem must live as
 * long as the result, which the caller ends with local_ca_close. */
MUST_USE enum status local_ca_open(struct arena *mem, struct str folder, struct str account,
                                   const struct clock *clock, const struct rnd *rnd,
                                   struct local_ca **ret, struct why *why);
void local_ca_close(struct local_ca *ca); /* accepts NULL */

/* A device certificate for a public key, valid from a little before now (devices' clocks are late)
 * until ISSUE_NOT_AFTER. name_der absent: the subject of AWS's own, CN=ISSUE_DEVICE_NAME. */
MUST_USE enum status local_ca_issue(struct arena *mem, const struct local_ca *ca, struct bytes spki,
                                    struct bytes name_der, const struct clock *clock,
                                    const struct rnd *rnd, struct bytes *ret_der, struct why *why);

/* The same with the name of AWS's own, and an end: for certificates that last minutes. */
MUST_USE enum status local_ca_issue_until(struct arena *mem, const struct local_ca *ca,
                                          struct bytes spki, int64_t not_after,
                                          const struct clock *clock, const struct rnd *rnd,
                                          struct bytes *ret_der, struct why *why);

/* Its own certificate, PEM: what a broker that requires client certificates trusts. */
struct str local_ca_pem_get(const struct local_ca *ca);

#endif
