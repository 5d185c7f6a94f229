/* cert_facts.h: columns of certificates that came later, filled in for rows of before.
 *
 * What a certificate says is read when it is registered (cert_intake.h). A column that a later
 * version adds is absent in the rows that are there already; whoever needs it has them filled in
 * first, from the bytes that were kept. That is done once for a data folder, which remembers it.
 */
#ifndef ACCOUNT_CERT_FACTS_H
#define ACCOUNT_CERT_FACTS_H

#include "account/account.h"
#include "x509/key.h"

/* The public exponent as its column has it: hex, "" of other keys than RSA. */
MUST_USE enum status cert_facts_exponent(struct arena *mem, const struct key *key, struct str *ret,
                                         struct why *why);

struct cert_facts_env {
    struct store *store;
    struct clock clock;
    bool (*canceled)(void *ctx);
    void *cancel_ctx;
};

/* Fills in key_exponent and signature_digest of all device and CA certificates that lack them; ""
 * where the bytes are gone or cannot be read. Work is in small transactions: cut off anywhere, it
 * begins again with what is left. *ret_n is how many rows changed, and may be NULL. CANCELED when
 * asked to stop. */
MUST_USE enum status cert_facts_fill(const struct cert_facts_env *env, size_t *ret_n,
                                     struct why *why);

#endif
