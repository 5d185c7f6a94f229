/* cert_read.c: our own walk finds the fields and their exact bytes and refuses what is not strict;
 * the crypto library reads names, extensions and the key. Both must accept.
 */
#include "x509/cert.h"

#include "base/limits.h"
#include "codec/hex.h"
#include "x509/cert_priv.h"
#include "x509/der_priv.h"
#include "x509/pem_priv.h"
#include "x509/sig_priv.h"

#include "base/banned.h"

static const struct pem_kind cert_kind = {
    .what = "certificate",
    .label = {"CERTIFICATE", "X509 CERTIFICATE", NULL},
    .max_text = LIMIT_PEM_BYTES,
    .max_der = LIMIT_DER_BYTES,
};

static enum status malformed(struct cert *cert, const uint8_t *at, const char *what,
                             struct why *why)
{
    size_t offset = (size_t)(at - cert->der.ptr);
    return why_at(why, STATUS_MALFORMED, offset, "the certificate has no %s at byte %zu", what,
                  offset);
}

/* version [0] EXPLICIT INTEGER DEFAULT v1 */
static enum status frame_version(struct der *tbs, struct cert *cert, struct why *why)
{
    struct der_value outer;
    struct der_value version;
    const uint8_t *at = tbs->at;
    cert->version = 1;
    if (!der_peek(tbs, DER_CONTEXT_CONSTRUCTED(0))) {
        return STATUS_OK;
    }
    if (!der_next(tbs, &outer)) {
        return malformed(cert, at, "version", why);
    }
    struct der in = der_of(outer.content);
    if (!der_expect(&in, DER_INTEGER, &version) || !der_at_end(&in) || version.content.len != 1) {
        return malformed(cert, at, "version", why);
    }
    if (version.content.ptr[0] != 2) {
        return why_set(why, STATUS_CERT_INVALID,
                       "the certificate's version field is %d; versions 1 (left out) and 3 (2) are "
                       "accepted",
                       version.content.ptr[0]);
    }
    cert->version = 3;
    return STATUS_OK;
}

static enum status frame_serial(struct der *tbs, struct cert *cert, struct why *why)
{
    struct der_value serial;
    const uint8_t *at = tbs->at;
    if (!der_expect(tbs, DER_INTEGER, &serial) || !der_integer_ok(serial.content)) {
        return malformed(cert, at, "serial number", why);
    }
    if (!der_unsigned(serial.content, &cert->serial)) {
        return why_set(why, STATUS_CERT_INVALID, "the certificate's serial number is negative");
    }
    if (cert->serial.len > CERT_SERIAL_BYTES_MAX) {
        return why_set(why, STATUS_CERT_INVALID,
                       "the certificate's serial number has %zu octets, the most is %d",
                       cert->serial.len, CERT_SERIAL_BYTES_MAX);
    }
    return STATUS_OK;
}

static enum status frame_validity(struct der *tbs, struct cert *cert, struct why *why)
{
    struct der_value validity;
    struct der_value begin;
    struct der_value end;
    const uint8_t *at = tbs->at;
    if (!der_expect(tbs, DER_SEQUENCE, &validity)) {
        return malformed(cert, at, "validity period", why);
    }
    struct der in = der_of(validity.content);
    if (!der_next(&in, &begin) || !der_next(&in, &end) || !der_at_end(&in)) {
        return malformed(cert, at, "validity period", why);
    }
    if (!der_time(&begin, &cert->not_before) || !der_time(&end, &cert->not_after)) {
        return why_set(why, STATUS_CERT_INVALID,
                       "a time of the certificate's validity period is not a date written as "
                       "YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ");
    }
    return STATUS_OK;
}

/* Unique identifiers are refused (no CA may write them, RFC 5280 section 4.1.2.8); extensions need
 * version 3. */
static enum status frame_tail(struct der *tbs, struct cert *cert, struct why *why)
{
    struct der_value extensions;
    const uint8_t *at = tbs->at;
    if (der_at_end(tbs)) {
        return STATUS_OK;
    }
    if (!der_expect(tbs, DER_CONTEXT_CONSTRUCTED(3), &extensions) || !der_at_end(tbs)) {
        return malformed(cert, at, "extensions, or something else,", why);
    }
    if (cert->version != 3) {
        return why_set(why, STATUS_CERT_INVALID, "the certificate of version 1 has extensions");
    }
    return STATUS_OK;
}

static enum status frame_tbs(struct bytes content, struct cert *cert, struct bytes *ret_alg,
                             struct bytes *ret_spki, struct why *why)
{
    struct der tbs = der_of(content);
    struct der_value value;
    TRY(frame_version(&tbs, cert, why));
    TRY(frame_serial(&tbs, cert, why));
    if (!der_expect(&tbs, DER_SEQUENCE, &value)) {
        return malformed(cert, tbs.at, "signature algorithm", why);
    }
    *ret_alg = value.whole;
    if (!der_expect(&tbs, DER_SEQUENCE, &value)) {
        return malformed(cert, tbs.at, "issuer", why);
    }
    cert->issuer_der = value.whole;
    TRY(frame_validity(&tbs, cert, why));
    if (!der_expect(&tbs, DER_SEQUENCE, &value)) {
        return malformed(cert, tbs.at, "subject", why);
    }
    cert->subject_der = value.whole;
    if (!der_expect(&tbs, DER_SEQUENCE, &value)) {
        return malformed(cert, tbs.at, "public key", why);
    }
    *ret_spki = value.whole;
    return frame_tail(&tbs, cert, why);
}

static enum status frame_strict(struct cert *cert, struct why *why)
{
    size_t offset = 0;
    struct der in = der_of(cert->der);
    struct der_value whole;
    if (der_expect(&in, DER_SEQUENCE, &whole) && !der_at_end(&in)) {
        return why_at(why, STATUS_MALFORMED, whole.whole.len,
                      "%zu bytes follow the certificate, from byte %zu",
                      cert->der.len - whole.whole.len, whole.whole.len);
    }
    if (!der_is_strict(cert->der, &offset)) {
        return why_at(why, STATUS_MALFORMED, offset, "the certificate is not DER at byte %zu",
                      offset);
    }
    return STATUS_OK;
}

/* Finds the fields; *ret_spki is the public key's. */
static enum status read_frame(struct cert *cert, struct bytes *ret_spki, struct why *why)
{
    TRY(frame_strict(cert, why));
    struct der in = der_of(cert->der);
    struct der_value whole;
    struct der_value tbs;
    struct der_value alg;
    struct der_value signature;
    struct bytes inner = {NULL, 0};
    if (!der_expect(&in, DER_SEQUENCE, &whole)) {
        return malformed(cert, cert->der.ptr, "SEQUENCE", why);
    }
    in = der_of(whole.content);
    if (!der_expect(&in, DER_SEQUENCE, &tbs)) {
        return malformed(cert, in.at, "signed part", why);
    }
    TRY(frame_tbs(tbs.content, cert, &inner, ret_spki, why));
    if (!der_expect(&in, DER_SEQUENCE, &alg) || !der_expect(&in, DER_BIT_STRING, &signature) ||
        !der_at_end(&in) || signature.content.ptr[0] != 0) {
        return malformed(cert, in.at, "signature", why);
    }
    if (!str_eq(str_of_bytes(inner), str_of_bytes(alg.whole))) {
        return why_set(why, STATUS_CERT_INVALID,
                       "the signature algorithms inside and outside the signed part differ");
    }
    cert->tbs = tbs.whole;
    cert->signature_alg_der = alg.whole;
    cert->signature = (struct bytes){signature.content.ptr + 1, signature.content.len - 1};
    return STATUS_OK;
}

static enum status read_signature_facts(struct cert *cert, struct why *why)
{
    struct sig_algorithm alg;
    TRY(sig_algorithm_read(cert->signature_alg_der, &alg, why));
    cert->signature_algorithm = str_from(alg.name);
    cert->signature_digest = str_from(alg.digest);
    cert->signature_key = str_from(alg.key);
    cert->self_issued = str_eq(str_of_bytes(cert->subject_der), str_of_bytes(cert->issuer_der));
    struct sig sig = {cert->tbs, cert->signature_alg_der, cert->signature, cert->key.spki};
    cert->self_signed =
        cert->self_issued && sig_verify(&sig, true, "certificate", NULL) == STATUS_OK;
    return STATUS_OK;
}

static enum status read_digests(struct arena *mem, struct cert *cert, struct why *why)
{
    TRY(digest_sha256(cert->der, cert->sha256, why));
    TRY(digest_sha256(cert->subject_der, cert->subject_sha256, why));
    TRY(digest_sha256(cert->issuer_der, cert->issuer_sha256, why));
    TRY(hex_dup(mem, (struct bytes){cert->sha256, SHA256_BYTES}, &cert->id, why));
    return hex_dup(mem, cert->serial, &cert->serial_hex, why);
}

static enum status read_with_library(struct arena *mem, struct cert *cert, struct why *why)
{
    const unsigned char *p = cert->der.ptr;
    AUTO(X509) *x509 = d2i_X509(NULL, &p, (long)cert->der.len);
    if (x509 == NULL || p != cert->der.ptr + cert->der.len) {
        return why_set(why, STATUS_MALFORMED, "the certificate cannot be read: %s", ossl_reason());
    }
    struct attr_list subject;
    struct attr_list issuer;
    TRY(ossl_name_text(mem, X509_get_subject_name(x509), &cert->subject, why));
    TRY(ossl_name_text(mem, X509_get_issuer_name(x509), &cert->issuer, why));
    TRY(attr_list_init(&subject, mem, why));
    TRY(attr_list_init(&issuer, mem, why));
    TRY(attr_list_add_name(&subject, X509_get_subject_name(x509), why));
    TRY(attr_list_add_name(&issuer, X509_get_issuer_name(x509), why));
    TRY(cert_read_extensions(mem, x509, cert, &subject, &issuer, why));
    cert->subject_attrs = subject.rows;
    cert->n_subject_attrs = subject.n;
    cert->issuer_attrs = issuer.rows;
    cert->n_issuer_attrs = issuer.n;
    return STATUS_OK;
}

/* der lies in mem. */
static enum status read_der(struct arena *mem, struct bytes der, const struct cert **ret,
                            struct why *why)
{
    struct cert *cert = NEW(mem, struct cert);
    struct bytes spki = {NULL, 0};
    TRY_PTR(cert);
    cert->der = der;
    TRY(read_frame(cert, &spki, why));
    TRY(read_digests(mem, cert, why));
    TRY(read_with_library(mem, cert, why));
    TRY(key_read(mem, spki, &cert->key, why));
    TRY(read_signature_facts(cert, why));
    *ret = cert;
    return STATUS_OK;
}

enum status cert_read(struct arena *mem, struct str pem_or_der, const struct cert **ret,
                      struct why *why)
{
    struct bytes der;
    TRY(pem_or_der_read(mem, &cert_kind, pem_or_der, &der, why));
    if (pem_is_der(pem_or_der)) {
        TRY(bytes_dup(mem, der, &der, why));
    }
    return read_der(mem, der, ret, why);
}

/* One block of a bundle; blocks of other kinds are refused like anywhere else. */
static enum status bundle_block(struct arena *mem, const struct pem_block *block,
                                const struct cert **ret, struct why *why)
{
    struct bytes der;
    if (!str_eq(block->label, STR("CERTIFICATE"))) {
        return why_at(why, STATUS_MALFORMED, block->start,
                      "the bundle of certificates holds a %.*s at byte %zu", STR_ARG(block->label),
                      block->start);
    }
    TRY(pem_decode(mem, block->body, LIMIT_DER_BYTES, &der, why));
    return read_der(mem, der, ret, why);
}

enum status cert_read_bundle(struct arena *mem, struct str pem_or_der, size_t max,
                             const struct cert ***ret, size_t *ret_n, struct why *why)
{
    const struct cert **certs = NEW_ARRAY(mem, const struct cert *, max);
    size_t n = 0;
    TRY_PTR(certs);
    if (pem_is_der(pem_or_der)) {
        TRY(cert_read(mem, pem_or_der, &certs[n++], why));
    }
    for (size_t from = 0; !pem_is_der(pem_or_der);) {
        struct pem_block block;
        enum status status = pem_next(pem_or_der, from, &block, why);
        if (status == STATUS_NOT_FOUND && n > 0) {
            break;
        }
        if (status == STATUS_NOT_FOUND) {
            return why_set(why, STATUS_MALFORMED, "the input holds no certificate");
        }
        TRY(status);
        if (n == max) {
            return why_set(why, STATUS_TOO_LARGE, "the bundle holds more than %zu certificates",
                           max);
        }
        TRY(bundle_block(mem, &block, &certs[n++], why));
        from = block.end;
    }
    *ret = certs;
    *ret_n = n;
    return STATUS_OK;
}

enum status cert_pem(struct arena *mem, struct bytes der, struct str *ret, struct why *why)
{
    return pem_write(mem, "CERTIFICATE", der, ret, why);
}
