#include "x509/sig_priv.h"

#include <openssl/objects.h>
#include <openssl/rsa.h>

#include "x509/ossl_priv.h"

#include "base/banned.h"

static X509_ALGOR *algor_read(struct bytes der)
{
    const unsigned char *p = der.ptr;
    X509_ALGOR *alg = d2i_X509_ALGOR(NULL, &p, (long)der.len);
    if (alg != NULL && p != der.ptr + der.len) {
        X509_ALGOR_free(alg);
        alg = NULL;
    }
    return alg;
}

/* The digest of an RSASSA-PSS identifier: SHA-1 unless its parameters say another one (RFC 4055).
 */
static int pss_digest_nid(const X509_ALGOR *alg)
{
    const void *value = NULL;
    int type = V_ASN1_UNDEF;
    X509_ALGOR_get0(NULL, &type, &value, alg);
    if (type != V_ASN1_SEQUENCE) {
        return NID_undef;
    }
    const unsigned char *p = ASN1_STRING_get0_data(value);
    AUTO(RSA_PSS_PARAMS) *pss = d2i_RSA_PSS_PARAMS(NULL, &p, ASN1_STRING_length(value));
    if (pss == NULL) {
        return NID_undef;
    }
    const ASN1_OBJECT *digest = NULL;
    if (pss->hashAlgorithm == NULL) {
        return NID_sha1;
    }
    X509_ALGOR_get0(&digest, NULL, NULL, pss->hashAlgorithm);
    return OBJ_obj2nid(digest);
}

static bool digest_is_strong(int nid)
{
    return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

static const char *key_name(int nid)
{
    switch (nid) {
    case NID_rsaEncryption:
        return "RSA";
    case NID_rsassaPss:
        return "RSASSA-PSS";
    case NID_X9_62_id_ecPublicKey:
        return "EC";
    case NID_dsa:
    case NID_dsa_2:
        return "DSA";
    default:
        return "OTHER";
    }
}

static bool pair_is_supported(int digest, int key)
{
    switch (key) {
    case NID_rsaEncryption:
    case NID_rsassaPss:
    case NID_X9_62_id_ecPublicKey:
        return digest_is_strong(digest);
    case NID_dsa:
    case NID_dsa_2:
        return digest == NID_sha256;
    default:
        return false;
    }
}

enum status sig_algorithm_read(struct bytes alg_der, struct sig_algorithm *ret, struct why *why)
{
    AUTO(X509_ALGOR) *alg = algor_read(alg_der);
    if (alg == NULL) {
        return why_set(why, STATUS_MALFORMED, "the signature algorithm cannot be read: %s",
                       ossl_reason());
    }
    const ASN1_OBJECT *object = NULL;
    X509_ALGOR_get0(&object, NULL, NULL, alg);
    int nid = OBJ_obj2nid(object);
    int digest = NID_undef;
    int key = NID_undef;
    if (nid == NID_rsassaPss) {
        key = nid;
        digest = pss_digest_nid(alg);
    } else if (!OBJ_find_sigid_algs(nid, &digest, &key)) {
        digest = NID_undef;
        key = NID_undef;
    }
    ossl_clear();
    const char *name = nid == NID_undef ? "an unknown algorithm" : OBJ_nid2ln(nid);
    *ret = (struct sig_algorithm){
        .name = nid == NID_rsassaPss ? "RSASSA-PSS" : name,
        .digest = digest == NID_undef ? "" : OBJ_nid2sn(digest),
        .key = key_name(key),
        .supported = pair_is_supported(digest, key),
    };
    return STATUS_OK;
}

static EVP_PKEY *spki_read(struct bytes der)
{
    const unsigned char *p = der.ptr;
    return d2i_PUBKEY(NULL, &p, (long)der.len);
}

/* The library verifies encodings of typed values; an ANY that holds a SEQUENCE is encoded as the
 * very bytes it was made of, so what it hashes is what was read. */
static ASN1_TYPE *sequence_of(struct bytes der)
{
    ASN1_TYPE *any = ASN1_TYPE_new();
    ASN1_STRING *text = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
    if (any == NULL || text == NULL || !ASN1_STRING_set(text, der.ptr, (int)der.len)) {
        ASN1_TYPE_free(any);
        ASN1_STRING_free(text);
        return NULL;
    }
    ASN1_TYPE_set(any, V_ASN1_SEQUENCE, text);
    return any;
}

static int verify(const X509_ALGOR *alg, struct bytes signature, ASN1_TYPE *any, EVP_PKEY *key)
{
    ASN1_BIT_STRING bits = {.length = (int)signature.len,
                            .type = V_ASN1_BIT_STRING,
                            .data = (unsigned char *)(uintptr_t)signature.ptr,
                            .flags = ASN1_STRING_FLAG_BITS_LEFT};
    return ASN1_item_verify(ASN1_ITEM_rptr(ASN1_ANY), alg, &bits, any, key);
}

enum status sig_verify(const struct sig *sig, bool any_algorithm, const char *what, struct why *why)
{
    struct sig_algorithm algorithm;
    TRY(sig_algorithm_read(sig->alg_der, &algorithm, why));
    if (!algorithm.supported && !any_algorithm) {
        return why_set(why, STATUS_CERT_INVALID,
                       "the %s is signed with %s%s%s, which proves nothing; SHA-256, SHA-384 or "
                       "SHA-512 with RSA, RSASSA-PSS or ECDSA is needed",
                       what, algorithm.name, algorithm.digest[0] == 0 ? "" : ", digest ",
                       algorithm.digest);
    }
    AUTO(X509_ALGOR) *alg = algor_read(sig->alg_der);
    AUTO(EVP_PKEY) *key = spki_read(sig->spki);
    AUTO(ASN1_TYPE) *any = sequence_of(sig->signed_der);
    if (key == NULL) {
        return why_set(why, STATUS_CERT_INVALID, "the issuer's key cannot be used: %s",
                       ossl_reason());
    }
    if (alg == NULL || any == NULL) {
        ossl_clear();
        return why_no_memory(why);
    }
    if (verify(alg, sig->signature, any, key) != 1) {
        ossl_clear(); /* what it names is the function that said no */
        return why_set(why, STATUS_CERT_INVALID, "the signature of the %s does not verify", what);
    }
    ossl_clear();
    return STATUS_OK;
}
