/* CA_RSA_SHARED_FACTOR_CHECK, an extension: the same of the key of a CA certificate. */
#include "audit/checks_priv.h"
#include "audit/shared_primes.h"

#include "base/banned.h"

const struct audit_check check_ca_rsa_shared_factor = {
    .id = CHECK_CA_RSA_SHARED_FACTOR,
    .subject = SUBJECT_CA_KEY,
    .judge = judge_shared_prime,
};
