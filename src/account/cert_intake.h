/* cert_intake.h: what a certificate must be to be registered, and what is kept of it.
 *
 * A certificate is read once, off the store's writer thread, when it comes in; what audits and
 * lists need goes into columns (CERT_FACT_COLUMNS of model/records.h), and the DER into a table of
 * its own. Nothing parses it again but DescribeCertificate, which makes PEM of the DER.
 */
#ifndef ACCOUNT_CERT_INTAKE_H
#define ACCOUNT_CERT_INTAKE_H

#include "account/account.h"
#include "x509/cert.h"
#include "x509/verify.h"

/* Reads the PEM of one certificate and holds it against what AWS IoT Core registers (IoT Core
 * developer guide, "X.509 client certificates"): one certificate and nothing after it, RSA of at
 * least 2048 bits or EC on P-256, P-384 or P-521, SHA-2 signatures, no critical extension that is
 * not understood, and ctx->clock within its validity. CERT_INVALID says which of these failed. */
MUST_USE enum status cert_intake_read(const struct account_ctx *ctx, struct str pem,
                                      const struct cert **ret, struct why *why);

/* Reads a certificate signing request whose key is one that is registered. INVALID otherwise: the
 * operation that takes requests knows no other refusal. */
MUST_USE enum status cert_intake_csr(const struct account_ctx *ctx, struct str pem, struct csr *ret,
                                     struct why *why);

/* The columns that a device and a CA certificate share; texts lie in ctx->mem. The rest of *row is
 * left alone. */
MUST_USE enum status cert_intake_certificate(const struct account_ctx *ctx, const struct cert *cert,
                                             struct certificate *row, struct why *why);
MUST_USE enum status cert_intake_ca(const struct account_ctx *ctx, const struct cert *cert,
                                    struct ca_certificate *row, struct why *why);

/* Keeps the DER of a registered certificate; the same bytes may be kept twice, since a certificate
 * can be registered as a device's and as a CA's. */
MUST_USE enum status cert_der_put(const struct account_ctx *ctx, const struct cert *cert,
                                  struct why *why);

/* Forgets it, unless the other kind of certificate of that id still needs it. */
MUST_USE enum status cert_der_drop(const struct account_ctx *ctx, struct str id, struct why *why);

/* The PEM of a registered certificate. CORRUPT when its bytes are gone. */
MUST_USE enum status cert_der_pem(const struct account_ctx *ctx, struct str id, struct str *ret_pem,
                                  struct why *why);

/* A registered certificate, read again. For the few questions that columns do not answer: its key,
 * to verify a signature, and the attributes that policy variables name. */
MUST_USE enum status cert_der_read(const struct account_ctx *ctx, struct str id,
                                   const struct cert **ret, struct why *why);

/* Certificate ids are hexadecimal in either case on the wire and lowercase here. */
MUST_USE enum status cert_id_normal(const struct account_ctx *ctx, struct str id, struct str *ret,
                                    struct why *why);

#endif
