#include "x509/issue.h"

#include <openssl/objects.h>
#include <openssl/pem.h>

#include "x509/crl.h"
#include "x509/ossl_priv.h"
#include "x509/pem_priv.h"

#include "base/banned.h"

struct issuer {
    const struct cert *cert;
    X509 *x509;
    EVP_PKEY *key;
};

enum { SERIAL_BYTES = 20, COMMON_NAME_MAX = 64 };

static enum status library_failed(struct why *why, const char *what)
{
    return why_set(why, STATUS_INTERNAL, "%s cannot be made: %s", what, ossl_reason());
}

static bool set_time(ASN1_TIME *time, int64_t ms)
{
    return ms >= 0 && ASN1_TIME_adj(time, (time_t)(ms / SECOND_MS), 0, 0) != NULL;
}

/* 159 random bits, so that the INTEGER is positive and of 20 octets: the highest bit is off, the
 * next one is on, which also leaves no two spellings. */
static bool set_serial(X509 *x509, const struct rnd *rnd)
{
    uint8_t octets[SERIAL_BYTES];
    rnd_fill(rnd, octets, sizeof octets);
    octets[0] = (uint8_t)((octets[0] & 0x7f) | 0x40);
    AUTO(BIGNUM) *number = BN_bin2bn(octets, sizeof octets, NULL);
    return number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != NULL;
}

static X509_NAME *name_of(const struct issue_spec *spec)
{
    if (spec->name_der.ptr != NULL) {
        return ossl_name_read(spec->name_der);
    }
    X509_NAME *name = X509_NAME_new();
    if (name == NULL || !X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                                    (const unsigned char *)spec->common_name.ptr,
                                                    (int)spec->common_name.len, -1, 0)) {
        X509_NAME_free(name);
        return NULL;
    }
    return name;
}

static bool add_extension(X509 *x509, int nid, void *value, int critical)
{
    return value != NULL && X509_add1_ext_i2d(x509, nid, value, critical, X509V3_ADD_DEFAULT) == 1;
}

static bool add_constraints(X509 *x509, const struct issue_spec *spec)
{
    AUTO(BASIC_CONSTRAINTS) *constraints = BASIC_CONSTRAINTS_new();
    if (constraints == NULL) {
        return false;
    }
    constraints->ca = spec->ca ? 0xff : 0;
    if (spec->ca && spec->path_length >= 0) {
        constraints->pathlen = ASN1_INTEGER_new();
        if (constraints->pathlen == NULL ||
            !ASN1_INTEGER_set(constraints->pathlen, spec->path_length)) {
            return false;
        }
    }
    return add_extension(x509, NID_basic_constraints, constraints, 1);
}

static bool add_usage(X509 *x509, const struct issue_spec *spec)
{
    ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    bool ok = bits != NULL;
    if (ok && spec->ca) {
        ok = ASN1_BIT_STRING_set_bit(bits, 5, 1) && ASN1_BIT_STRING_set_bit(bits, 6, 1);
    } else if (ok) {
        ok = ASN1_BIT_STRING_set_bit(bits, 0, 1);
    }
    ok = ok && add_extension(x509, NID_key_usage, bits, 1);
    ASN1_BIT_STRING_free(bits);
    return ok;
}

/* An extension in the words of the library's configuration files. */
static bool add_by_words(X509 *x509, X509 *issuer, int nid, const char *words)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
    AUTO(X509_EXTENSION) *ext = X509V3_EXT_nconf_nid(NULL, &ctx, nid, words);
    return ext != NULL && X509_add_ext(x509, ext, -1);
}

static GENERAL_NAME *url_name(struct str url)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    if (name == NULL || text == NULL || !ASN1_STRING_set(text, url.ptr, (int)url.len)) {
        GENERAL_NAME_free(name);
        ASN1_IA5STRING_free(text);
        return NULL;
    }
    GENERAL_NAME_set0_value(name, GEN_URI, text);
    return name;
}

static bool add_crl_point(X509 *x509, struct str url)
{
    CRL_DIST_POINTS *points = CRL_DIST_POINTS_new();
    DIST_POINT *point = DIST_POINT_new();
    DIST_POINT_NAME *name = DIST_POINT_NAME_new();
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *uri = url_name(url);
    bool ok = points != NULL && point != NULL && name != NULL && names != NULL && uri != NULL;
    /* Each is pushed into the next; what was pushed belongs to it. */
    if (ok && sk_GENERAL_NAME_push(names, uri) > 0) {
        uri = NULL;
        name->type = 0;
        name->name.fullname = names;
        names = NULL;
        point->distpoint = name;
        name = NULL;
        ok = sk_DIST_POINT_push(points, point) > 0;
        point = ok ? NULL : point;
        ok = ok && add_extension(x509, NID_crl_distribution_points, points, 0);
    } else {
        ok = false;
    }
    GENERAL_NAME_free(uri);
    GENERAL_NAMES_free(names);
    DIST_POINT_NAME_free(name);
    DIST_POINT_free(point);
    CRL_DIST_POINTS_free(points);
    return ok;
}

static bool add_issuer_url(X509 *x509, struct str url)
{
    AUTHORITY_INFO_ACCESS *access = AUTHORITY_INFO_ACCESS_new();
    ACCESS_DESCRIPTION *description = ACCESS_DESCRIPTION_new();
    GENERAL_NAME *uri = url_name(url);
    bool ok = access != NULL && description != NULL && uri != NULL;
    if (ok) {
        ASN1_OBJECT_free(description->method);
        description->method = OBJ_nid2obj(NID_ad_ca_issuers);
        GENERAL_NAME_free(description->location);
        description->location = uri;
        uri = NULL;
        ok = sk_ACCESS_DESCRIPTION_push(access, description) > 0;
        description = ok ? NULL : description;
        ok = ok && add_extension(x509, NID_info_access, access, 0);
    }
    GENERAL_NAME_free(uri);
    ACCESS_DESCRIPTION_free(description);
    AUTHORITY_INFO_ACCESS_free(access);
    return ok;
}

/* issuer is x509 itself for a root, which names no key above its own. */
static bool add_extensions(X509 *x509, X509 *issuer, const struct issue_spec *spec)
{
    return add_constraints(x509, spec) && add_usage(x509, spec) &&
           add_by_words(x509, issuer, NID_subject_key_identifier, "hash") &&
           (X509_get0_subject_key_id(issuer) == NULL || issuer == x509 ||
            add_by_words(x509, issuer, NID_authority_key_identifier, "keyid")) &&
           (str_absent(spec->crl_url) || add_crl_point(x509, spec->crl_url)) &&
           (str_absent(spec->issuer_url) || add_issuer_url(x509, spec->issuer_url));
}

static const EVP_MD *digest_for(const EVP_PKEY *key)
{
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && EVP_PKEY_get_bits(key) > 256 ? EVP_sha384()
                                                                                    : EVP_sha256();
}

static enum status check_spec(const struct issue_spec *spec, struct why *why)
{
    struct str name = spec->common_name;
    if (spec->name_der.ptr == NULL &&
        (name.len == 0 || name.len > COMMON_NAME_MAX || !str_is_utf8(name) ||
         memchr(name.ptr, 0, name.len) != NULL)) {
        return why_set(why, STATUS_INVALID, "a common name has 1 to %d characters",
                       COMMON_NAME_MAX);
    }
    if (spec->not_before < 0 || spec->not_after < spec->not_before) {
        return why_set(why, STATUS_INVALID,
                       "a certificate cannot end before it begins, nor begin before 1970");
    }
    return STATUS_OK;
}

/* All but the extensions and the signature. */
static bool fill(X509 *x509, const struct issue_spec *spec, const X509_NAME *subject,
                 const X509_NAME *issuer, EVP_PKEY *key, const struct rnd *rnd)
{
    return X509_set_version(x509, X509_VERSION_3) && set_serial(x509, rnd) &&
           set_time(X509_getm_notBefore(x509), spec->not_before) &&
           set_time(X509_getm_notAfter(x509), spec->not_after) &&
           X509_set_subject_name(x509, subject) && X509_set_issuer_name(x509, issuer) &&
           X509_set_pubkey(x509, key);
}

static enum status write_der(struct arena *mem, const X509 *x509, struct bytes *ret,
                             struct why *why)
{
    unsigned char *der = NULL;
    int len = i2d_X509(x509, &der);
    if (len <= 0) {
        return library_failed(why, "the certificate");
    }
    enum status status = bytes_dup(mem, (struct bytes){der, (size_t)len}, ret, why);
    OPENSSL_free(der);
    return status;
}

/* issuer NULL: signs itself with signer. */
static enum status build(struct arena *mem, const struct issuer *issuer, EVP_PKEY *signer,
                         EVP_PKEY *key, const struct issue_spec *spec, const struct rnd *rnd,
                         struct bytes *ret, struct why *why)
{
    TRY(check_spec(spec, why));
    AUTO(X509) *x509 = X509_new();
    AUTO(X509_NAME) *subject = name_of(spec);
    if (x509 == NULL || subject == NULL) {
        return library_failed(why, "the subject of the certificate");
    }
    const X509_NAME *issuer_name = issuer == NULL ? subject : X509_get_subject_name(issuer->x509);
    X509 *issuer_x509 = issuer == NULL ? x509 : issuer->x509;
    if (!fill(x509, spec, subject, issuer_name, key, rnd) ||
        !add_extensions(x509, issuer_x509, spec) ||
        X509_sign(x509, signer, digest_for(signer)) <= 0) {
        return library_failed(why, "the certificate");
    }
    ossl_clear();
    return write_der(mem, x509, ret, why);
}

enum status issue_certificate(struct arena *mem, const struct issuer *issuer,
                              const struct issue_spec *spec, const struct rnd *rnd,
                              struct bytes *ret_der, struct why *why)
{
    const unsigned char *p = spec->spki.ptr;
    AUTO(EVP_PKEY) *key = d2i_PUBKEY(NULL, &p, (long)spec->spki.len);
    if (key == NULL) {
        return why_set(why, STATUS_INVALID, "the public key cannot be read: %s", ossl_reason());
    }
    return build(mem, issuer, issuer->key, key, spec, rnd, ret_der, why);
}

static EVP_PKEY *private_key_read(struct str pem)
{
    AUTO(BIO) *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    char no_password[] = "";
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, no_password);
    return key;
}

enum status issue_root(struct arena *mem, enum key_spec key, const struct issue_spec *spec,
                       const struct rnd *rnd, struct str *ret_key_pem, struct str *ret_cert_pem,
                       struct why *why)
{
    struct key_pair pair;
    struct issue_spec root = *spec;
    struct bytes der;
    struct str pem;
    root.ca = true;
    root.name_der = (struct bytes){NULL, 0};
    TRY(key_make(mem, key, &pair, why));
    AUTO(EVP_PKEY) *pkey = private_key_read(pair.private_pem);
    if (pkey == NULL) {
        key_pair_wipe(&pair);
        return library_failed(why, "the key of a new CA");
    }
    enum status status = build(mem, NULL, pkey, pkey, &root, rnd, &der, why);
    status = status == STATUS_OK ? cert_pem(mem, der, &pem, why) : status;
    if (status != STATUS_OK) {
        key_pair_wipe(&pair);
        return status;
    }
    *ret_key_pem = pair.private_pem;
    *ret_cert_pem = pem;
    return STATUS_OK;
}

static enum status open_parts(struct issuer *issuer, struct str key_pem, struct why *why)
{
    const struct cert *cert = issuer->cert;
    const unsigned char *p = cert->der.ptr;
    issuer->x509 = d2i_X509(NULL, &p, (long)cert->der.len);
    issuer->key = private_key_read(key_pem);
    if (issuer->key == NULL) {
        return why_set(why, STATUS_CERT_INVALID, "the private key of %.*s cannot be read: %s",
                       STR_ARG(cert->subject), ossl_reason());
    }
    if (!cert->ca) {
        return why_set(why, STATUS_CERT_INVALID, "%.*s is not a CA", STR_ARG(cert->subject));
    }
    if (issuer->x509 == NULL || X509_check_private_key(issuer->x509, issuer->key) != 1) {
        return why_set(why, STATUS_CERT_INVALID,
                       "the private key does not belong to the certificate of %.*s: %s",
                       STR_ARG(cert->subject), ossl_reason());
    }
    ossl_clear();
    return STATUS_OK;
}

enum status issuer_open(struct arena *mem, struct str key_pem, struct str cert_pem,
                        struct issuer **ret, struct why *why)
{
    const struct cert *cert = NULL;
    TRY(cert_read(mem, cert_pem, &cert, why));
    struct issuer *issuer = mem_alloc(sizeof *issuer);
    TRY_PTR(issuer);
    issuer->cert = cert;
    enum status status = open_parts(issuer, key_pem, why);
    if (status != STATUS_OK) {
        issuer_free(issuer);
        return status;
    }
    *ret = issuer;
    return STATUS_OK;
}

void issuer_free(struct issuer *issuer)
{
    if (issuer != NULL) {
        X509_free(issuer->x509);
        EVP_PKEY_free(issuer->key);
        mem_free(issuer);
    }
}

const struct cert *issuer_cert_get(const struct issuer *issuer)
{
    return issuer->cert;
}

static bool set_integer(ASN1_INTEGER *integer, struct bytes octets)
{
    AUTO(BIGNUM) *number = BN_bin2bn(octets.ptr, (int)octets.len, NULL);
    return number != NULL && BN_to_ASN1_INTEGER(number, integer) != NULL;
}

static bool add_reason(X509_REVOKED *entry, int reason)
{
    if (reason == CRL_REASON_UNSPECIFIED) {
        return true;
    }
    ASN1_ENUMERATED *code = ASN1_ENUMERATED_new();
    bool ok = code != NULL && ASN1_ENUMERATED_set(code, reason) &&
              X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, code, 0, X509V3_ADD_DEFAULT) == 1;
    ASN1_ENUMERATED_free(code);
    return ok;
}

static bool add_revoked(X509_CRL *crl, const struct issue_revoked *revoked)
{
    AUTO(X509_REVOKED) *entry = X509_REVOKED_new();
    AUTO(ASN1_INTEGER) *serial = ASN1_INTEGER_new();
    AUTO(ASN1_TIME) *when = ASN1_TIME_new();
    if (entry == NULL || serial == NULL || when == NULL || !set_integer(serial, revoked->serial) ||
        !set_time(when, revoked->when) || !X509_REVOKED_set_serialNumber(entry, serial) ||
        !X509_REVOKED_set_revocationDate(entry, when) || !add_reason(entry, revoked->reason) ||
        !X509_CRL_add0_revoked(crl, entry)) {
        return false;
    }
    entry = NULL;
    return true;
}

static bool set_updates(X509_CRL *crl, int64_t this_update, int64_t next_update)
{
    AUTO(ASN1_TIME) *time = ASN1_TIME_new();
    return time != NULL && set_time(time, this_update) && X509_CRL_set1_lastUpdate(crl, time) &&
           (next_update == TIME_NEVER ||
            (set_time(time, next_update) && X509_CRL_set1_nextUpdate(crl, time)));
}

static bool add_crl_extensions(X509_CRL *crl, X509 *issuer, int64_t number)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, NULL, NULL, crl, 0);
    AUTO(X509_EXTENSION) *ext =
        X509V3_EXT_nconf_nid(NULL, &ctx, NID_authority_key_identifier, "keyid");
    AUTO(ASN1_INTEGER) *value = ASN1_INTEGER_new();
    bool named = X509_get0_subject_key_id(issuer) != NULL;
    return ext != NULL && (!named || X509_CRL_add_ext(crl, ext, -1)) && value != NULL &&
           ASN1_INTEGER_set_int64(value, number) &&
           X509_CRL_add1_ext_i2d(crl, NID_crl_number, value, 0, X509V3_ADD_DEFAULT) == 1;
}

enum status issue_crl(struct arena *mem, const struct issuer *issuer,
                      const struct issue_revoked *revoked, size_t n, int64_t this_update,
                      int64_t next_update, int64_t number, struct bytes *ret_der, struct why *why)
{
    AUTO(X509_CRL) *crl = X509_CRL_new();
    bool ok = crl != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2) &&
              X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->x509)) &&
              set_updates(crl, this_update, next_update);
    for (size_t i = 0; ok && i < n; i++) {
        ok = add_revoked(crl, &revoked[i]);
    }
    unsigned char *der = NULL;
    int len = 0;
    if (ok && add_crl_extensions(crl, issuer->x509, number) &&
        X509_CRL_sign(crl, issuer->key, digest_for(issuer->key)) > 0) {
        len = i2d_X509_CRL(crl, &der);
    }
    if (len <= 0) {
        return library_failed(why, "the revocation list");
    }
    enum status status = bytes_dup(mem, (struct bytes){der, (size_t)len}, ret_der, why);
    OPENSSL_free(der);
    ossl_clear();
    return status;
}

enum status crl_pem(struct arena *mem, struct bytes der, struct str *ret, struct why *why)
{
    return pem_write(mem, "X509 CRL", der, ret, why);
}
