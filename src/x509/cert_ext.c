/* cert_ext.c: what the extensions of a certificate say. */
#include <openssl/objects.h>

#include "base/limits.h"
#include "x509/cert_priv.h"

#include "base/banned.h"

enum { OID_TEXT = 128, URL_BYTES_MAX = 2048 };

OSSL_AUTO(CRL_DIST_POINTS, CRL_DIST_POINTS_free)
OSSL_AUTO(AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free)
OSSL_AUTO(ASN1_BIT_STRING, ASN1_BIT_STRING_free)

/* The decoded extension, or NULL in *ret when there is none. Whether there are two was looked at
 * before. */
static enum status extension(const X509 *x509, int nid, void **ret, struct why *why)
{
    int critical = -1;
    *ret = X509_get_ext_d2i(x509, nid, &critical, NULL);
    if (*ret == NULL && critical != -1) {
        return why_set(why, STATUS_CERT_INVALID, "the extension %s cannot be read: %s",
                       OBJ_nid2ln(nid), ossl_reason());
    }
    ossl_clear();
    return STATUS_OK;
}

static void oid_text(const ASN1_OBJECT *oid, char text[OID_TEXT])
{
    if (OBJ_obj2txt(text, OID_TEXT, oid, 1) <= 0) {
        text[0] = 0;
    }
}

static enum status check_once(const X509 *x509, int i, struct why *why)
{
    const ASN1_OBJECT *oid = X509_EXTENSION_get_object(X509_get_ext(x509, i));
    if (X509_get_ext_by_OBJ(x509, oid, i) >= 0) {
        char text[OID_TEXT];
        oid_text(oid, text);
        return why_set(why, STATUS_CERT_INVALID, "the extension %s occurs twice", text);
    }
    return STATUS_OK;
}

static enum status check_list(struct arena *mem, const X509 *x509, struct cert *cert,
                              struct why *why)
{
    int n = X509_get_ext_count(x509);
    if (n > LIMIT_CERT_EXTENSIONS) {
        return why_set(why, STATUS_TOO_LARGE, "the certificate has %d extensions, the most is %d",
                       n, LIMIT_CERT_EXTENSIONS);
    }
    for (int i = 0; i < n; i++) {
        X509_EXTENSION *ext = X509_get_ext(x509, i);
        TRY(check_once(x509, i, why));
        if (X509_EXTENSION_get_critical(ext) && !X509_supported_extension(ext) &&
            str_absent(cert->unknown_critical)) {
            char text[OID_TEXT];
            oid_text(X509_EXTENSION_get_object(ext), text);
            TRY(str_dup(mem, str_from(text), &cert->unknown_critical, why));
        }
    }
    return STATUS_OK;
}

static enum status read_constraints(const X509 *x509, struct cert *cert, struct why *why)
{
    void *ext = NULL;
    TRY(extension(x509, NID_basic_constraints, &ext, why));
    AUTO(BASIC_CONSTRAINTS) *constraints = ext;
    cert->path_length = -1;
    if (constraints == NULL) {
        return STATUS_OK;
    }
    cert->has_basic_constraints = true;
    cert->ca = constraints->ca != 0;
    if (constraints->pathlen == NULL) {
        return STATUS_OK;
    }
    int64_t length = -1;
    if (!ASN1_INTEGER_get_int64(&length, constraints->pathlen) || length < 0 || !cert->ca) {
        ossl_clear();
        return why_set(why, STATUS_CERT_INVALID,
                       "the path length of basicConstraints is negative, huge, or of no CA");
    }
    cert->path_length = length > 1000 ? 1000 : (int)length;
    return STATUS_OK;
}

static enum status read_usage(const X509 *x509, struct cert *cert, struct why *why)
{
    void *ext = NULL;
    TRY(extension(x509, NID_key_usage, &ext, why));
    AUTO(ASN1_BIT_STRING) *bits = ext;
    if (bits != NULL) {
        cert->has_usage = true;
        for (int i = 0; i < 9; i++) {
            cert->usage |= (unsigned)ASN1_BIT_STRING_get_bit(bits, i) << i;
        }
    }
    return STATUS_OK;
}

static struct bytes octets_of(const ASN1_STRING *string)
{
    return (struct bytes){ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string)};
}

static enum status read_key_ids(struct arena *mem, const X509 *x509, struct cert *cert,
                                struct why *why)
{
    void *ext = NULL;
    TRY(extension(x509, NID_authority_key_identifier, &ext, why));
    AUTO(AUTHORITY_KEYID) *authority = ext;
    if (authority != NULL && authority->keyid != NULL) {
        TRY(bytes_dup(mem, octets_of(authority->keyid), &cert->authority_key_id, why));
    }
    TRY(extension(x509, NID_subject_key_identifier, &ext, why));
    AUTO(ASN1_OCTET_STRING) *subject = ext;
    if (subject != NULL) {
        TRY(bytes_dup(mem, octets_of(subject), &cert->subject_key_id, why));
    }
    return STATUS_OK;
}

/* An address that a fetcher may be given: http or https, printable ASCII throughout. */
static bool url_usable(struct str url)
{
    bool http = str_eq_nocase(str_slice(url, 0, 7), STR("http://")) ||
                str_eq_nocase(str_slice(url, 0, 8), STR("https://"));
    for (size_t i = 0; http && i < url.len; i++) {
        http = url.ptr[i] > ' ' && url.ptr[i] <= '~';
    }
    return http && url.len <= URL_BYTES_MAX;
}

/* Addresses being collected. */
struct url_list {
    struct str *urls; /* LIMIT_DISTRIBUTION_POINTS */
    size_t n;
    struct str skipped; /* what the first that is not in urls is */
};

enum { SKIPPED_BYTES_MAX = 200 };

static enum status skip(struct arena *mem, struct url_list *list, struct str what, struct why *why)
{
    if (!str_absent(list->skipped)) {
        return STATUS_OK;
    }
    size_t n = what.len < SKIPPED_BYTES_MAX ? what.len : SKIPPED_BYTES_MAX;
    char *text = arena_alloc(mem, n + 1);
    TRY_PTR(text);
    for (size_t i = 0; i < n; i++) {
        text[i] = what.ptr[i] >= ' ' && what.ptr[i] <= '~' ? what.ptr[i] : '?';
    }
    list->skipped = (struct str){text, n};
    return STATUS_OK;
}

static enum status add_url(struct arena *mem, struct url_list *list, const GENERAL_NAME *name,
                           struct why *why)
{
    if (name->type != GEN_URI) {
        return skip(mem, list, STR("a name that is no address"), why);
    }
    struct str url = str_of_bytes(octets_of(name->d.uniformResourceIdentifier));
    if (!url_usable(url) || list->n == LIMIT_DISTRIBUTION_POINTS) {
        return skip(mem, list, url.len == 0 ? STR("an empty address") : url, why);
    }
    TRY(str_dup(mem, url, &list->urls[list->n], why));
    list->n++;
    return STATUS_OK;
}

static enum status add_point(struct arena *mem, struct url_list *list, const DIST_POINT *point,
                             struct why *why)
{
    const DIST_POINT_NAME *name = point->distpoint;
    if (point->CRLissuer != NULL) {
        return skip(mem, list, STR("a list signed by another issuer (indirect)"), why);
    }
    if (name == NULL || name->type != 0) {
        return skip(mem, list, STR("a name relative to the issuer's"), why);
    }
    for (int i = 0; i < sk_GENERAL_NAME_num(name->name.fullname); i++) {
        TRY(add_url(mem, list, sk_GENERAL_NAME_value(name->name.fullname, i), why));
    }
    return STATUS_OK;
}

static enum status read_crl_points(struct arena *mem, const X509 *x509, struct cert *cert,
                                   struct why *why)
{
    void *ext = NULL;
    TRY(extension(x509, NID_crl_distribution_points, &ext, why));
    AUTO(CRL_DIST_POINTS) *points = ext;
    struct url_list list = {.urls = NEW_ARRAY(mem, struct str, LIMIT_DISTRIBUTION_POINTS)};
    TRY_PTR(list.urls);
    for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
        TRY(add_point(mem, &list, sk_DIST_POINT_value(points, i), why));
    }
    cert->crl_urls = list.urls;
    cert->n_crl_urls = list.n;
    cert->crl_skipped = list.skipped;
    return STATUS_OK;
}

static enum status read_issuer_urls(struct arena *mem, const X509 *x509, struct cert *cert,
                                    struct why *why)
{
    void *ext = NULL;
    TRY(extension(x509, NID_info_access, &ext, why));
    AUTO(AUTHORITY_INFO_ACCESS) *access = ext;
    struct url_list list = {.urls = NEW_ARRAY(mem, struct str, LIMIT_DISTRIBUTION_POINTS)};
    TRY_PTR(list.urls);
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access); i++) {
        const ACCESS_DESCRIPTION *description = sk_ACCESS_DESCRIPTION_value(access, i);
        if (OBJ_obj2nid(description->method) == NID_ad_ca_issuers) {
            TRY(add_url(mem, &list, description->location, why));
        }
    }
    cert->issuer_urls = list.urls;
    cert->n_issuer_urls = list.n;
    return STATUS_OK;
}

static enum status read_alternatives(const X509 *x509, int nid, struct attr_list *list,
                                     struct why *why)
{
    void *ext = NULL;
    TRY(extension(x509, nid, &ext, why));
    AUTO(GENERAL_NAMES) *names = ext;
    return attr_list_add_alternatives(list, names, why);
}

enum status cert_read_extensions(struct arena *mem, const X509 *x509, struct cert *cert,
                                 struct attr_list *subject, struct attr_list *issuer,
                                 struct why *why)
{
    TRY(check_list(mem, x509, cert, why));
    TRY(read_constraints(x509, cert, why));
    TRY(read_usage(x509, cert, why));
    TRY(read_key_ids(mem, x509, cert, why));
    TRY(read_crl_points(mem, x509, cert, why));
    TRY(read_issuer_urls(mem, x509, cert, why));
    TRY(read_alternatives(x509, NID_subject_alt_name, subject, why));
    return read_alternatives(x509, NID_issuer_alt_name, issuer, why);
}
