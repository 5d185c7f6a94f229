/* pki.h: certificates for tests: vectors by name, and authorities made on the spot. */
#ifndef TESTS_UNIT_ACCOUNT_PKI_H
#define TESTS_UNIT_ACCOUNT_PKI_H

#include "account/ca_certificate.h"
#include "account/certificate.h"
#include "fixture.h"
#include "x509/issue.h"

/* tests/vectors/x509/<name>, as text and read. root.pem (RSA) signed mid.pem (EC), device-p384.pem
 * and verification.pem; mid.pem signed device-rsa.pem and device-p256.pem. */
struct str pki_pem(struct fixture *f, const char *name);
const struct cert *pki_cert(struct fixture *f, const char *name);

/* An EC root of that name, open; and its certificate as PEM. The caller frees the issuer. */
struct issuer *pki_root(struct fixture *f, const char *name, struct str *ret_pem);

/* A certificate with the issuer's own name and key and another serial number: PEM. */
struct str pki_twin(struct fixture *f, const struct issuer *issuer);

/* A device certificate; days are counted from the fixture's now. */
struct str pki_device(struct fixture *f, const struct issuer *issuer, const char *name,
                      int from_day, int to_day);

/* Registers a CA without proof, ACTIVE; its id. */
struct str pki_register_ca(struct fixture *f, struct str pem);

/* Registers a device certificate without a CA in a state; its id. */
struct str pki_register(struct fixture *f, struct str pem, const char *status);

/* Registers device-p256.pem ... in a state, whichever: also those that a caller cannot ask for. */
struct str pki_register_as(struct fixture *f, const char *name, const char *status);

#endif
