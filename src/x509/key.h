/* key.h: what is so about a public key, and keys made here.
 *
 * A key is read out of a SubjectPublicKeyInfo once; what audits need of it is plain values, so that
 * nobody above this folder holds a handle of the crypto library. Nothing here says that a key is
 * bad: key_flaws lists in what it differs from what AWS IoT Core accepts, the caller decides.
 */
#ifndef X509_KEY_H
#define X509_KEY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "codec/digest.h"

enum key_kind {
    KEY_OTHER, /* DSA, Ed25519, a curve given by its parameters, ... */
    KEY_RSA,
    KEY_RSA_PSS, /* RSA that may sign with PSS only */
    KEY_EC,
};

enum { KEY_DEBIAN_BYTES = 10 };

struct key {
    enum key_kind kind;
    int bits;             /* of the modulus, or of the order of the curve; 0 when unknown */
    struct str algorithm; /* "RSA", "RSASSA-PSS", "EC", else the library's name: "ED25519" */
    struct str curve;     /* "P-256", "P-384", "P-521", else the library's name ("secp256k1",
                             "brainpoolP256r1"); absent for other keys */
    struct bytes spki;    /* DER of the SubjectPublicKeyInfo */
    uint8_t spki_sha256[SHA256_BYTES];
    struct bytes modulus;  /* big-endian without leading zeros; absent unless RSA */
    struct bytes exponent; /* the public one, likewise */
    /* Low 80 bits of SHA-1("Modulus=<UPPERCASE HEX>\n"), the line that `openssl x509 -noout
     * -modulus` prints: what openssl-vulnkey looks up in its lists (CVE-2008-0166). Zero unless
     * RSA. */
    uint8_t debian[KEY_DEBIAN_BYTES];
};

/* Reads the DER of a SubjectPublicKeyInfo. The result and all it points to lie in mem. MALFORMED
 * when it is none, when bytes follow it, or when its point is not on its curve. */
MUST_USE enum status key_read(struct arena *mem, struct bytes spki, struct key *ret,
                              struct why *why);

/* "RSA", "RSA-PSS", "EC" and "OTHER": how a kind is written into a column. */
const char *key_kind_name(enum key_kind kind);
bool key_kind_read(struct str name, enum key_kind *ret);

/* The smallest RSA modulus that AWS IoT Core registers. */
enum { KEY_RSA_BITS_MIN = 2048 };

/* OK when AWS IoT Core registers certificates of this kind of key: RSA of at least 2048 bits, or
 * EC on P-256, P-384 or P-521 (IoT Core developer guide, "X.509 client certificates"). Else
 * CERT_INVALID, with the sentence. */
MUST_USE enum status key_check_supported(const struct key *key, struct why *why);

/* A pair made here. private_pem is a secret: hand it out once, then key_pair_wipe. */
struct key_pair {
    struct str private_pem; /* as AWS returns it: "RSA PRIVATE KEY" or "EC PRIVATE KEY" */
    struct str public_pem;  /* "PUBLIC KEY" */
    struct bytes spki;      /* DER of the same public key */
};

enum key_spec {
    KEY_SPEC_RSA_2048,
    KEY_SPEC_RSA_3072,
    KEY_SPEC_RSA_4096,
    KEY_SPEC_P256,
    KEY_SPEC_P384
};

/* A new pair, from the crypto library's own random generator (seeded by the kernel; keys are the
 * one thing for which struct rnd is not asked). An RSA-2048 pair takes about 100 ms of one core. */
MUST_USE enum status key_make(struct arena *mem, enum key_spec spec, struct key_pair *ret,
                              struct why *why);

/* Overwrites the private key's text, in the arena. */
void key_pair_wipe(struct key_pair *pair);

#endif
