/* cryptography.c: see cryptography.h. */
#include "audit/cryptography.h"

#include <inttypes.h>

#include "audit/verdict.h"
#include "codec/hex.h"
#include "x509/key.h"

#include "base/banned.h"

static bool is_usual_size(int64_t bits)
{
    static const int64_t usual[] = {2048, 3072, 4096, 6144, 7680, 8192, 15360, 16384};
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        if (bits == usual[i]) {
            return true;
        }
    }
    return false;
}

static enum status judge_size(int64_t bits, struct arena *mem, struct audit_verdicts *ret,
                              struct why *why)
{
    if (bits < KEY_RSA_BITS_MIN) {
        TRY(verdict_add(ret, mem, STR("RSA_KEY_TOO_SHORT"), why,
                        "The RSA key has %" PRId64 " bits; less than %d can be broken.", bits,
                        KEY_RSA_BITS_MIN));
        return verdict_info(ret, mem, "KEY_BITS", bits, why);
    }
    if (!is_usual_size(bits)) {
        TRY(verdict_add(ret, mem, STR("RSA_KEY_SIZE_UNUSUAL"), why,
                        "The RSA key has %" PRId64 " bits, a size that no standard names.", bits));
        return verdict_info(ret, mem, "KEY_BITS", bits, why);
    }
    return STATUS_OK;
}

/* ---- the exponent ---------------------------------------------------------------------------- */

enum { EXPONENT_BYTES_MAX = 32, SMALL_BYTES = 8 };

/* Of at most eight bytes. */
static uint64_t small_number(const uint8_t *bytes, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

static enum status judge_exponent(struct str hex, struct arena *mem, struct audit_verdicts *ret,
                                  struct why *why)
{
    static const struct str code = STR_INIT("RSA_EXPONENT_UNUSUAL");
    uint8_t bytes[EXPONENT_BYTES_MAX];
    size_t n = hex.len / 2;
    if (hex.len == 0) {
        verdict_unknown(ret, STR("the public exponent of the RSA key is not known"));
        return STATUS_OK;
    }
    if (n > sizeof bytes) {
        return verdict_add(ret, mem, code, why,
                           "The public exponent of the RSA key has %zu bits; the standard allows "
                           "256 (FIPS 186-5).",
                           8 * n);
    }
    TRY(hex_decode(hex, bytes, n, why));
    bool even = bytes[n - 1] % 2 == 0;
    if (n > SMALL_BYTES) {
        return even ? verdict_add(ret, mem, code, why,
                                  "The public exponent of the RSA key is even: no private key "
                                  "belongs to it.")
                    : STATUS_OK;
    }
    uint64_t value = small_number(bytes, n);
    if (!even && value > 65536) {
        return STATUS_OK;
    }
    return verdict_add(ret, mem, code, why,
                       "The public exponent of the RSA key is %" PRIu64 "; the standard asks for "
                       "an odd number of more than 65536 (FIPS 186-5).",
                       value);
}

/* ---- kinds and signatures -------------------------------------------------------------------- */

static enum status judge_kind(const struct cryptography *facts, struct arena *mem,
                              struct audit_verdicts *ret, struct why *why)
{
    enum key_kind kind = KEY_OTHER;
    if (!key_kind_read(facts->key_kind, &kind)) {
        kind = KEY_OTHER;
    }
    if (kind == KEY_RSA || kind == KEY_RSA_PSS) {
        TRY(judge_size(facts->key_bits, mem, ret, why));
        return judge_exponent(facts->exponent, mem, ret, why);
    }
    bool known = str_eq(facts->key_curve, STR("P-256")) || str_eq(facts->key_curve, STR("P-384")) ||
                 str_eq(facts->key_curve, STR("P-521"));
    if (kind == KEY_EC && known) {
        return STATUS_OK;
    }
    if (!str_absent(facts->key_curve)) {
        return verdict_add(ret, mem, STR("EC_CURVE_UNUSUAL"), why,
                           "The key is on the curve %.*s; usual are P-256, P-384 and P-521.",
                           STR_ARG(facts->key_curve));
    }
    return verdict_add(ret, mem, STR("KEY_ALGORITHM_UNUSUAL"), why,
                       "The key is neither RSA nor on an elliptic curve of NIST (%.*s).",
                       STR_ARG(facts->key_kind));
}

static bool is_broken(struct str digest)
{
    static const struct str broken[] = {
        STR_INIT("MD2"),
        STR_INIT("MD4"),
        STR_INIT("MD5"),
        STR_INIT("SHA1"),
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        if (str_eq_nocase(digest, broken[i])) {
            return true;
        }
    }
    return false;
}

enum status judge_cryptography(const struct cryptography *facts, struct arena *mem,
                               struct audit_verdicts *ret, struct why *why)
{
    TRY(judge_kind(facts, mem, ret, why));
    if (facts->self_issued || !is_broken(facts->digest)) {
        return STATUS_OK;
    }
    return verdict_add(ret, mem, STR("SIGNATURE_DIGEST_BROKEN"), why,
                       "The certificate is signed with %.*s (%.*s), which does not resist "
                       "collisions.",
                       STR_ARG(facts->digest), STR_ARG(facts->signature));
}
