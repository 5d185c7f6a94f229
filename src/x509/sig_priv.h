/* sig_priv.h: signature algorithms by name, and signatures over exact bytes. */
#ifndef X509_SIG_PRIV_H
#define X509_SIG_PRIV_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct sig_algorithm {
    const char *name;   /* "sha256WithRSAEncryption" */
    const char *digest; /* "SHA256"; "" when the algorithm has none or hides it */
    const char *key;    /* "RSA", "RSASSA-PSS", "EC", "DSA", "OTHER" */
    bool supported;     /* among those that AWS IoT Core accepts */
};

/* Reads the DER of an AlgorithmIdentifier. The names are the library's constants. MALFORMED. */
MUST_USE enum status sig_algorithm_read(struct bytes alg_der, struct sig_algorithm *ret,
                                        struct why *why);

struct sig {
    struct bytes signed_der; /* one SEQUENCE: what was signed */
    struct bytes alg_der;
    struct bytes signature;
    struct bytes spki; /* the key that is said to have signed */
};

/* OK when the signature verifies. CERT_INVALID when it does not, or, unless any_algorithm, when its
 * algorithm is not supported. what names the signed thing in the sentence. */
MUST_USE enum status sig_verify(const struct sig *sig, bool any_algorithm, const char *what,
                                struct why *why);

#endif
