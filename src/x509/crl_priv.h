/* crl_priv.h: the parts of a list, shared by reading it and verifying it. */
#ifndef X509_CRL_PRIV_H
#define X509_CRL_PRIV_H

#include "base/arena.h"
#include "base/err.h"
#include "x509/der_priv.h"

struct crl;

/* The parts of a list, as views into its DER. */
struct crl_frame {
    struct bytes der;
    struct bytes tbs;
    struct bytes alg;
    struct bytes signature;
    struct bytes issuer;
    struct bytes entries;    /* content of revokedCertificates; empty when there is none */
    struct bytes extensions; /* content of the Extensions SEQUENCE; ptr NULL when there is none */
};

/* Finds the signed part (whole in ret_frame->tbs, its content in *ret_tbs), algorithm and
 * signature. MALFORMED, also when bytes follow. */
MUST_USE enum status crl_frame_outer(struct bytes der, struct crl_frame *ret_frame,
                                     struct der *ret_tbs, struct why *why);

/* MALFORMED: "the revocation list has no well-formed <what> at byte <at>". */
MUST_USE enum status crl_malformed(const struct crl_frame *frame, const uint8_t *at,
                                   const char *what, struct why *why);

/* Makes the hash table over the entries that were read; crl->sha256 is its key. */
MUST_USE enum status crl_index(struct arena *mem, struct crl *crl, struct why *why);

#endif
