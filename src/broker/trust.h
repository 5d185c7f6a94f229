/* trust.h: the folder of authorities that brokers trust in TLS, kept as the account has them.
 *
 * A broker requires client certificates; its TLS must let in whatever may be registered, and leave
 * it to the plugin who is. So the folder holds the certificates of ACTIVE authorities, of the local
 * one (CreateKeysAndCertificate), and of device certificates that are their own issuer and were
 * registered without an authority. OpenSSL looks there for an issuer when it first meets one, so an
 * authority that is registered later needs no restart. What is taken out is trusted until the
 * broker starts again, in TLS; its devices are refused by the plugin at once, by their state.
 *
 * Beside the folder, ca.pem holds the same in one file (the first thousand), for listeners that
 * take no folder: they read it when the broker starts.
 *
 * Files are HASH.N (x509/anchor.h), each made beside its place and moved there. Others in the
 * folder are left alone.
 */
#ifndef BROKER_TRUST_H
#define BROKER_TRUST_H

#include "account/account.h"

struct trust;

/* Makes the folder when it is not there (mode 0755; its parents must be). IO. The caller ends it
 * with trust_free, which accepts NULL. */
MUST_USE enum status trust_new(struct str folder, struct trust **ret, struct why *why);
void trust_free(struct trust *trust);

/* Makes the folder what the account has: local is the local authority's DER (NULL: none). ctx->tx
 * is a view. */
MUST_USE enum status trust_fill(struct trust *trust, const struct account_ctx *ctx,
                                struct bytes local, struct why *why);

/* The authority, or device certificate, of that id was made, changed or removed. */
MUST_USE enum status trust_update(struct trust *trust, const struct account_ctx *ctx, struct str id,
                                  bool authority, struct why *why);

/* How many are trusted. */
size_t trust_count(const struct trust *trust);

#endif
