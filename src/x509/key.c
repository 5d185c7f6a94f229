#include "x509/key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/pem.h>

#include "x509/ossl_priv.h"

#include "base/banned.h"

static const char *const kind_names[] = {
    [KEY_OTHER] = "OTHER",
    [KEY_RSA] = "RSA",
    [KEY_RSA_PSS] = "RSA-PSS",
    [KEY_EC] = "EC",
};

const char *key_kind_name(enum key_kind kind)
{
    return kind_names[kind];
}

bool key_kind_read(struct str name, enum key_kind *ret)
{
    for (size_t i = 0; i < sizeof kind_names / sizeof kind_names[0]; i++) {
        if (str_eq(name, str_from(kind_names[i]))) {
            *ret = (enum key_kind)i;
            return true;
        }
    }
    return false;
}

/* The fingerprint of openssl-vulnkey: of the text, not of the number. */
static enum status debian_fingerprint(struct arena *mem, struct bytes modulus,
                                      uint8_t ret[KEY_DEBIAN_BYTES], struct why *why)
{
    static const char digits[] = "0123456789ABCDEF";
    const struct str head = STR("Modulus=");
    size_t len = head.len + 2 * modulus.len + 1;
    char *line = arena_alloc(mem, len);
    TRY_PTR(line);
    memcpy(line, head.ptr, head.len);
    char *p = line + head.len;
    for (size_t i = 0; i < modulus.len; i++) {
        *p++ = digits[modulus.ptr[i] >> 4];
        *p++ = digits[modulus.ptr[i] & 15];
    }
    *p = '\n';
    uint8_t sha1[SHA1_BYTES];
    TRY(digest_sha1((struct bytes){(const uint8_t *)line, len}, sha1, why));
    memcpy(ret, sha1 + sizeof sha1 - KEY_DEBIAN_BYTES, KEY_DEBIAN_BYTES);
    return STATUS_OK;
}

static enum status read_number(struct arena *mem, const EVP_PKEY *pkey, const char *param,
                               const char *name, struct bytes *ret, struct why *why)
{
    AUTO(BIGNUM) *n = NULL;
    if (!EVP_PKEY_get_bn_param(pkey, param, &n) || BN_is_zero(n)) {
        return why_set(why, STATUS_MALFORMED, "the RSA key has no %s: %s", name, ossl_reason());
    }
    size_t len = (size_t)BN_num_bytes(n);
    uint8_t *octets = arena_alloc(mem, len);
    TRY_PTR(octets);
    BN_bn2bin(n, octets);
    *ret = (struct bytes){octets, len};
    return STATUS_OK;
}

static enum status read_rsa(struct arena *mem, const EVP_PKEY *pkey, struct key *key,
                            struct why *why)
{
    TRY(read_number(mem, pkey, OSSL_PKEY_PARAM_RSA_N, "modulus", &key->modulus, why));
    TRY(read_number(mem, pkey, OSSL_PKEY_PARAM_RSA_E, "public exponent", &key->exponent, why));
    bool pss = EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA_PSS;
    key->kind = pss ? KEY_RSA_PSS : KEY_RSA;
    key->algorithm = pss ? STR("RSASSA-PSS") : STR("RSA");
    return debian_fingerprint(mem, key->modulus, key->debian, why);
}

static enum status read_ec(struct arena *mem, const EVP_PKEY *pkey, struct key *key,
                           struct why *why)
{
    char group[80];
    size_t len = 0;
    key->algorithm = STR("EC");
    if (!EVP_PKEY_get_group_name(pkey, group, sizeof group, &len)) {
        ossl_clear();
        key->curve = STR("explicit parameters");
        return STATUS_OK;
    }
    key->kind = KEY_EC;
    const char *nist = EC_curve_nid2nist(OBJ_sn2nid(group));
    bool ours = nist != NULL && (strcmp(nist, "P-256") == 0 || strcmp(nist, "P-384") == 0 ||
                                 strcmp(nist, "P-521") == 0);
    return str_dup(mem, str_from(ours ? nist : group), &key->curve, why);
}

/* A curve that is spelled out instead of named is not "P-256", whatever its numbers are: such a key
 * can be crafted to match another one's certificate (CVE-2020-0601). */
static bool ec_is_explicit(const EVP_PKEY *pkey)
{
    char encoding[32] = "";
    size_t len = 0;
    return EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_ENCODING, encoding,
                                          sizeof encoding, &len) == 1 &&
           strcmp(encoding, OSSL_PKEY_EC_ENCODING_EXPLICIT) == 0;
}

static enum status read_kind(struct arena *mem, const EVP_PKEY *pkey, struct key *key,
                             struct why *why)
{
    key->bits = EVP_PKEY_get_bits(pkey);
    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        return read_rsa(mem, pkey, key, why);
    case EVP_PKEY_EC:
        if (ec_is_explicit(pkey)) {
            key->algorithm = STR("EC");
            key->curve = STR("explicit parameters");
            return STATUS_OK;
        }
        return read_ec(mem, pkey, key, why);
    default: {
        const char *name = EVP_PKEY_get0_type_name(pkey);
        return str_dup(mem, str_from(name == NULL ? "unknown" : name), &key->algorithm, why);
    }
    }
}

/* A key of an algorithm that the library does not know is still a key: one of another kind. */
static enum status read_unknown(struct bytes spki, struct key *key, struct why *why)
{
    const unsigned char *p = spki.ptr;
    X509_PUBKEY *pub = d2i_X509_PUBKEY(NULL, &p, (long)spki.len);
    bool whole = pub != NULL && p == spki.ptr + spki.len;
    ASN1_OBJECT *algorithm = NULL;
    if (whole) {
        X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, pub);
    }
    int nid = algorithm == NULL ? NID_undef : OBJ_obj2nid(algorithm);
    X509_PUBKEY_free(pub);
    bool known =
        nid == NID_rsaEncryption || nid == NID_rsassaPss || nid == NID_X9_62_id_ecPublicKey;
    if (!whole || known) {
        return why_set(why, STATUS_MALFORMED, "the public key cannot be read: %s", ossl_reason());
    }
    ossl_clear();
    key->algorithm = nid == NID_undef ? STR("unknown") : str_from(OBJ_nid2sn(nid));
    return STATUS_OK;
}

enum status key_read(struct arena *mem, struct bytes spki, struct key *ret, struct why *why)
{
    struct key key = {.kind = KEY_OTHER};
    TRY(bytes_dup(mem, spki, &key.spki, why));
    TRY(digest_sha256(spki, key.spki_sha256, why));
    const unsigned char *p = spki.ptr;
    AUTO(EVP_PKEY) *pkey = d2i_PUBKEY(NULL, &p, (long)spki.len);
    if (pkey == NULL) {
        TRY(read_unknown(spki, &key, why));
    } else if (p != spki.ptr + spki.len) {
        return why_at(why, STATUS_MALFORMED, (size_t)(p - spki.ptr), "bytes follow the public key");
    } else {
        TRY(read_kind(mem, pkey, &key, why));
    }
    *ret = key;
    return STATUS_OK;
}

enum status key_check_supported(const struct key *key, struct why *why)
{
    switch (key->kind) {
    case KEY_RSA:
    case KEY_RSA_PSS:
        if (key->bits >= KEY_RSA_BITS_MIN) {
            return STATUS_OK;
        }
        return why_set(why, STATUS_CERT_INVALID,
                       "the key is RSA of %d bits; at least %d bits are needed", key->bits,
                       KEY_RSA_BITS_MIN);
    case KEY_EC:
        if (str_starts(key->curve, STR("P-"))) {
            return STATUS_OK;
        }
        break;
    case KEY_OTHER:
        break;
    }
    if (!str_absent(key->curve)) {
        return why_set(why, STATUS_CERT_INVALID,
                       "the key is on the curve %.*s; P-256, P-384 or P-521 is needed",
                       STR_ARG(key->curve));
    }
    return why_set(why, STATUS_CERT_INVALID,
                   "the key is of kind %.*s; RSA, or EC on P-256, P-384 or P-521 is needed",
                   STR_ARG(key->algorithm));
}

static EVP_PKEY *generate(enum key_spec spec)
{
    switch (spec) {
    case KEY_SPEC_RSA_2048:
        return EVP_RSA_gen(2048);
    case KEY_SPEC_RSA_3072:
        return EVP_RSA_gen(3072);
    case KEY_SPEC_RSA_4096:
        return EVP_RSA_gen(4096);
    case KEY_SPEC_P256:
        return EVP_EC_gen("P-256");
    case KEY_SPEC_P384:
        return EVP_EC_gen("P-384");
    }
    return NULL;
}

/* The texts of a pair. The BIO's own copy of the private key is cleansed when it is freed. */
static enum status write_pair(struct arena *mem, EVP_PKEY *pkey, struct key_pair *ret,
                              struct why *why)
{
    AUTO(BIO) *private = BIO_new(BIO_s_mem());
    AUTO(BIO) *public = BIO_new(BIO_s_mem());
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(pkey, &der);
    struct key_pair pair = {.private_pem = STR_ABSENT};
    enum status status = STATUS_INTERNAL;
    if (private != NULL && public != NULL && len > 0 &&
        PEM_write_bio_PrivateKey_traditional(private, pkey, NULL, NULL, 0, NULL, NULL) &&
        PEM_write_bio_PUBKEY(public, pkey)) {
        status = bytes_dup(mem, (struct bytes){der, (size_t)len}, &pair.spki, why);
    } else {
        why_fill(why, status, 0, "the new key cannot be written: %s", ossl_reason());
    }
    OPENSSL_free(der);
    TRY(status);
    TRY(ossl_bio_text(mem, public, &pair.public_pem, why));
    TRY(ossl_bio_text(mem, private, &pair.private_pem, why));
    *ret = pair;
    return STATUS_OK;
}

enum status key_make(struct arena *mem, enum key_spec spec, struct key_pair *ret, struct why *why)
{
    AUTO(EVP_PKEY) *pkey = generate(spec);
    if (pkey == NULL) {
        return why_set(why, STATUS_INTERNAL, "no key can be made: %s", ossl_reason());
    }
    return write_pair(mem, pkey, ret, why);
}

void key_pair_wipe(struct key_pair *pair)
{
    if (!str_absent(pair->private_pem)) {
        mem_wipe((char *)(uintptr_t)pair->private_pem.ptr, pair->private_pem.len);
    }
    pair->private_pem = STR_ABSENT;
}
