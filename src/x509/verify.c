#include "x509/verify.h"

#include "x509/der_priv.h"
#include "x509/ossl_priv.h"
#include "x509/pem_priv.h"
#include "x509/sig_priv.h"

#include "base/banned.h"

static bool bytes_equal(struct bytes a, struct bytes b)
{
    return str_eq(str_of_bytes(a), str_of_bytes(b));
}

bool cert_names_issuer(const struct cert *cert, const struct cert *issuer)
{
    bool key_ids = cert->authority_key_id.ptr != NULL && issuer->subject_key_id.ptr != NULL;
    return bytes_equal(cert->issuer_der, issuer->subject_der) &&
           (!key_ids || bytes_equal(cert->authority_key_id, issuer->subject_key_id));
}

static enum status check_is_ca(const struct cert *issuer, struct why *why)
{
    if (!issuer->ca) {
        return why_set(why, STATUS_CERT_INVALID,
                       "%.*s is not a CA: its certificate does not say so in basicConstraints",
                       STR_ARG(issuer->subject));
    }
    if (issuer->has_usage && (issuer->usage & CERT_USAGE_CERT_SIGN) == 0) {
        return why_set(why, STATUS_CERT_INVALID,
                       "the key usage of %.*s does not permit to sign certificates",
                       STR_ARG(issuer->subject));
    }
    return STATUS_OK;
}

static enum status verify_signature(const struct cert *cert, const struct cert *issuer,
                                    struct why *why)
{
    struct sig sig = {cert->tbs, cert->signature_alg_der, cert->signature, issuer->key.spki};
    return sig_verify(&sig, false, "certificate", why);
}

enum status cert_signed_by(const struct cert *cert, const struct cert *issuer, struct why *why)
{
    if (!bytes_equal(cert->issuer_der, issuer->subject_der)) {
        return why_set(why, STATUS_CERT_INVALID, "the certificate is issued by %.*s, not by %.*s",
                       STR_ARG(cert->issuer), STR_ARG(issuer->subject));
    }
    if (!cert_names_issuer(cert, issuer)) {
        return why_set(why, STATUS_CERT_INVALID,
                       "the certificate is signed with another key of %.*s than the one known: the "
                       "key ids differ",
                       STR_ARG(issuer->subject));
    }
    TRY(check_is_ca(issuer, why));
    return verify_signature(cert, issuer, why);
}

/* A search for a chain: depth first, the first complete one wins. */
struct search {
    const struct cert *const *candidates;
    size_t n_candidates;
    size_t trials;          /* signatures that may still be verified */
    struct cert_chain path; /* being tried */
    struct cert_chain best;
};

static bool on_path(const struct search *search, const struct cert *cert)
{
    for (size_t i = 0; i < search->path.n; i++) {
        if (memcmp(search->path.links[i]->sha256, cert->sha256, SHA256_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

/* How many links below a new one count against its path length: those that are not self-issued
 * (RFC 5280 section 4.2.1.9). */
static bool path_length_ok(const struct search *search, const struct cert *issuer)
{
    int below = 0;
    for (size_t i = 0; i < search->path.n; i++) {
        below += !search->path.links[i]->self_issued;
    }
    return issuer->path_length < 0 || below <= issuer->path_length;
}

static bool is_issuer(struct search *search, const struct cert *cert, const struct cert *issuer)
{
    if (!cert_names_issuer(cert, issuer) || check_is_ca(issuer, NULL) != STATUS_OK ||
        on_path(search, issuer) || !path_length_ok(search, issuer) || search->trials == 0) {
        return false;
    }
    search->trials--;
    return verify_signature(cert, issuer, NULL) == STATUS_OK;
}

static void search_up(struct search *search, const struct cert *cert)
{
    if (cert->self_signed) {
        search->path.complete = true;
        search->best = search->path;
        return;
    }
    if (search->path.n > search->best.n) {
        search->best = search->path;
    }
    for (size_t i = 0; i < search->n_candidates && search->path.n < LIMIT_CHAIN_DEPTH; i++) {
        const struct cert *issuer = search->candidates[i];
        if (!is_issuer(search, cert, issuer)) {
            continue;
        }
        search->path.links[search->path.n++] = issuer;
        search_up(search, issuer);
        if (search->best.complete) {
            return;
        }
        search->path.n--;
    }
}

enum status cert_chain_find(const struct cert *cert, const struct cert *const *candidates,
                            size_t n_candidates, struct cert_chain *ret, struct why *why)
{
    (void)why;
    struct search search = {
        .candidates = candidates, .n_candidates = n_candidates, .trials = LIMIT_CHAIN_TRIALS};
    search_up(&search, cert);
    *ret = search.best;
    return STATUS_OK;
}

static const struct pem_kind csr_kind = {
    .what = "certificate signing request",
    .label = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", NULL},
    .max_text = LIMIT_CSR_BYTES,
    .max_der = LIMIT_CSR_BYTES,
};

/* CertificationRequest { info { version, subject, spki, ... }, algorithm, signature }: the
 * subject's and the key's exact bytes. */
static bool csr_frame(struct csr *csr, struct bytes *ret_spki)
{
    struct der in = der_of(csr->der);
    struct der_value value;
    if (!der_expect(&in, DER_SEQUENCE, &value)) {
        return false;
    }
    in = der_of(value.content);
    if (!der_expect(&in, DER_SEQUENCE, &value)) {
        return false;
    }
    in = der_of(value.content);
    if (!der_expect(&in, DER_INTEGER, &value) || value.content.len != 1 ||
        value.content.ptr[0] != 0 || !der_expect(&in, DER_SEQUENCE, &value)) {
        return false;
    }
    csr->subject_der = value.whole;
    if (!der_expect(&in, DER_SEQUENCE, &value)) {
        return false;
    }
    *ret_spki = value.whole;
    return true;
}

static enum status csr_verify(const struct csr *csr, struct why *why)
{
    const unsigned char *p = csr->der.ptr;
    AUTO(X509_REQ) *req = d2i_X509_REQ(NULL, &p, (long)csr->der.len);
    if (req == NULL || p != csr->der.ptr + csr->der.len) {
        return why_set(why, STATUS_MALFORMED, "the certificate signing request cannot be read: %s",
                       ossl_reason());
    }
    EVP_PKEY *key = X509_REQ_get0_pubkey(req);
    if (key == NULL || X509_REQ_verify(req, key) != 1) {
        ossl_clear(); /* what it names is the function that said no */
        return why_set(why, STATUS_MALFORMED,
                       "the signature of the certificate signing request does not verify");
    }
    ossl_clear();
    return STATUS_OK;
}

enum status csr_read(struct arena *mem, struct str pem_or_der, struct csr *ret, struct why *why)
{
    struct csr csr = {.subject = STR_ABSENT};
    struct bytes der;
    struct bytes spki;
    size_t offset = 0;
    TRY(pem_or_der_read(mem, &csr_kind, pem_or_der, &der, why));
    TRY(bytes_dup(mem, der, &csr.der, why));
    if (!der_is_strict(csr.der, &offset) || !csr_frame(&csr, &spki)) {
        return why_at(
            why, STATUS_MALFORMED, offset,
            "the certificate signing request is not DER of version 1, or bytes follow it");
    }
    TRY(csr_verify(&csr, why));
    TRY(key_read(mem, spki, &csr.key, why));
    AUTO(X509_NAME) *name = ossl_name_read(csr.subject_der);
    if (name == NULL || ossl_name_text(mem, name, &csr.subject, why) != STATUS_OK) {
        return why_set(why, STATUS_MALFORMED,
                       "the subject of the certificate signing request is not text");
    }
    *ret = csr;
    return STATUS_OK;
}

enum status verification_check(const struct cert *verification, const struct cert *ca,
                               struct str code, struct why *why)
{
    const struct str common_name = STR("CommonName");
    TRY(cert_signed_by(verification, ca, why));
    struct str name = cert_subject_attr(verification, common_name, 0);
    if (str_absent(name) || !str_absent(cert_subject_attr(verification, common_name, 1))) {
        return why_set(why, STATUS_CODE_MISMATCH,
                       "the verification certificate's subject must have exactly one common name, "
                       "the registration code");
    }
    if (!str_eq(name, code)) {
        return why_set(
            why, STATUS_CODE_MISMATCH,
            "the verification certificate's common name is \"%.*s\", not the registration "
            "code \"%.*s\"",
            STR_ARG(name), STR_ARG(code));
    }
    return STATUS_OK;
}
