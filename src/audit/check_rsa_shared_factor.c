/* RSA_SHARED_FACTOR_CHECK, an extension: the key of a device certificate has a prime in common with
 * another key that the registry has seen. */
#include "audit/checks_priv.h"
#include "audit/shared_primes.h"

#include "base/banned.h"

const struct audit_check check_rsa_shared_factor = {
    .id = CHECK_RSA_SHARED_FACTOR,
    .subject = SUBJECT_DEVICE_KEY,
    .judge = judge_shared_prime,
};
