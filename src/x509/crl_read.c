/* crl_read.c: two passes over the entries. The first counts and checks lengths, so that the table
 * is born with its size and a list beyond the limit costs no memory; the second reads.
 */
#include "base/limits.h"
#include "x509/crl.h"
#include "x509/crl_priv.h"
#include "x509/ossl_priv.h"
#include "x509/sig_priv.h"

#include "base/banned.h"

static enum status unsupported(const struct crl_frame *frame, const uint8_t *at, const char *what,
                               struct why *why)
{
    size_t offset = (size_t)(at - frame->der.ptr);
    return why_at(why, STATUS_UNSUPPORTED, offset, "the revocation list at byte %zu %s", offset,
                  what);
}

/* Extension ::= SEQUENCE { OID, critical BOOLEAN DEFAULT FALSE, OCTET STRING } */
struct extension {
    const uint8_t *at;
    struct bytes oid;
    struct bytes value;
    bool critical;
};

static bool next_extension(struct der *list, struct extension *ret)
{
    struct der_value whole;
    struct der_value part;
    ret->at = list->at;
    ret->critical = false;
    if (!der_expect(list, DER_SEQUENCE, &whole)) {
        return false;
    }
    struct der in = der_of(whole.content);
    if (!der_expect(&in, DER_OID, &part) || !der_oid_ok(part.content)) {
        return false;
    }
    ret->oid = part.content;
    if (der_peek(&in, DER_BOOLEAN) &&
        (!der_next(&in, &part) || !der_boolean(part.content, &ret->critical))) {
        return false;
    }
    if (!der_expect(&in, DER_OCTET_STRING, &part) || !der_at_end(&in)) {
        return false;
    }
    ret->value = part.content;
    return true;
}

/* id-ce is 2.5.29: a certificate extension's OID is these two octets and its number. */
static int id_ce(struct bytes oid)
{
    return oid.len == 3 && oid.ptr[0] == 0x55 && oid.ptr[1] == 0x1d ? oid.ptr[2] : -1;
}

enum {
    ID_CE_CRL_NUMBER = 20,
    ID_CE_REASON_CODE = 21,
    ID_CE_DELTA_INDICATOR = 27,
    ID_CE_ISSUING_POINT = 28,
    ID_CE_CERTIFICATE_ISSUER = 29,
    ID_CE_AUTHORITY_KEY_ID = 35,
    ID_CE_FRESHEST_CRL = 46,
};

/* The one value that an extension's OCTET STRING holds. */
static bool only_value(struct bytes octets, uint8_t tag, struct der_value *ret)
{
    struct der in = der_of(octets);
    return der_expect(&in, tag, ret) && der_at_end(&in);
}

static enum status read_number(const struct crl_frame *frame, const struct extension *ext,
                               struct arena *mem, struct bytes *ret, struct why *why)
{
    struct der_value value;
    struct bytes number;
    if (!only_value(ext->value, DER_INTEGER, &value) || !der_unsigned(value.content, &number) ||
        number.len > CERT_SERIAL_BYTES_MAX) {
        return crl_malformed(frame, ext->at, "CRL number", why);
    }
    return bytes_dup(mem, number, ret, why);
}

/* AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] OPTIONAL, issuer [1], serial [2] } */
static enum status read_authority(const struct crl_frame *frame, const struct extension *ext,
                                  struct arena *mem, struct crl *crl, struct why *why)
{
    struct der_value value;
    struct der_value part;
    if (!only_value(ext->value, DER_SEQUENCE, &value)) {
        return crl_malformed(frame, ext->at, "authority key identifier", why);
    }
    struct der in = der_of(value.content);
    while (!der_at_end(&in)) {
        if (!der_next(&in, &part)) {
            return crl_malformed(frame, ext->at, "authority key identifier", why);
        }
        if (part.tag == DER_CONTEXT_PRIMITIVE(0)) {
            TRY(bytes_dup(mem, part.content, &crl->authority_key_id, why));
        }
    }
    return STATUS_OK;
}

/* Addresses that an extension names. */
struct urls {
    struct str *items; /* LIMIT_DISTRIBUTION_POINTS of them */
    size_t n;
};

/* DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RDN }:
 * the addresses (uniformResourceIdentifier [6]) of a full name. */
static enum status take_urls(const struct crl_frame *frame, const struct extension *ext,
                             struct bytes content, const char *what, struct arena *mem,
                             struct urls *urls, struct why *why)
{
    struct der_value names;
    struct der_value name;
    struct der in = der_of(content);
    if (!der_next(&in, &names) || !der_at_end(&in)) {
        return crl_malformed(frame, ext->at, what, why);
    }
    in = der_of(names.content);
    while (names.tag == DER_CONTEXT_CONSTRUCTED(0) && !der_at_end(&in)) {
        if (!der_next(&in, &name)) {
            return crl_malformed(frame, ext->at, what, why);
        }
        if (name.tag == DER_CONTEXT_PRIMITIVE(6) && urls->n < LIMIT_DISTRIBUTION_POINTS) {
            TRY(str_dup(mem, str_of_bytes(name.content), &urls->items[urls->n], why));
            urls->n++;
        }
    }
    return STATUS_OK;
}

static enum status read_point_name(const struct crl_frame *frame, const struct extension *ext,
                                   struct bytes content, struct arena *mem, struct crl *crl,
                                   struct why *why)
{
    struct urls urls = {NEW_ARRAY(mem, struct str, LIMIT_DISTRIBUTION_POINTS), 0};
    TRY_PTR(urls.items);
    TRY(take_urls(frame, ext, content, "issuing distribution point", mem, &urls, why));
    crl->has_point = true;
    crl->point_urls = urls.items;
    crl->n_point_urls = urls.n;
    return STATUS_OK;
}

/* FreshestCRL ::= SEQUENCE OF SEQUENCE { distributionPoint [0], reasons [1], cRLIssuer [2] }, each
 * optional (RFC 5280 section 5.2.6): where the delta lists are. */
static enum status read_freshest(const struct crl_frame *frame, const struct extension *ext,
                                 struct arena *mem, struct crl *crl, struct why *why)
{
    static const char what[] = "freshest CRL";
    struct der_value list;
    struct der_value point;
    struct der_value part;
    struct urls urls = {NEW_ARRAY(mem, struct str, LIMIT_DISTRIBUTION_POINTS), 0};
    TRY_PTR(urls.items);
    if (!only_value(ext->value, DER_SEQUENCE, &list)) {
        return crl_malformed(frame, ext->at, what, why);
    }
    struct der points = der_of(list.content);
    while (!der_at_end(&points)) {
        if (!der_expect(&points, DER_SEQUENCE, &point)) {
            return crl_malformed(frame, ext->at, what, why);
        }
        struct der in = der_of(point.content);
        while (!der_at_end(&in)) {
            if (!der_next(&in, &part)) {
                return crl_malformed(frame, ext->at, what, why);
            }
            if (part.tag == DER_CONTEXT_CONSTRUCTED(0)) {
                TRY(take_urls(frame, ext, part.content, what, mem, &urls, why));
            }
        }
    }
    crl->freshest_urls = urls.items;
    crl->n_freshest_urls = urls.n;
    return STATUS_OK;
}

enum { POINT_NAME, POINT_USERS, POINT_CAS, POINT_REASONS, POINT_INDIRECT, POINT_ATTRIBUTES };

/* Notes one field of the issuing distribution point. */
static enum status note_point_field(const struct crl_frame *frame, const struct extension *ext,
                                    const struct der_value *field, struct arena *mem,
                                    struct crl *crl, struct why *why)
{
    int number = field->tag & 0x1f;
    bool flag = true;
    if (number == POINT_NAME) {
        return read_point_name(frame, ext, field->content, mem, crl, why);
    }
    if (number != POINT_REASONS && !der_boolean(field->content, &flag)) {
        return crl_malformed(frame, ext->at, "issuing distribution point", why);
    }
    if (number == POINT_INDIRECT && flag) {
        return unsupported(frame, ext->at, "is an indirect one", why);
    }
    crl->only_users |= number == POINT_USERS && flag;
    crl->only_cas |= number == POINT_CAS && flag;
    crl->some_reasons |= number == POINT_REASONS;
    crl->only_attributes |= number == POINT_ATTRIBUTES && flag;
    return STATUS_OK;
}

/* IssuingDistributionPoint (RFC 5280 section 5.2.5): fields [0] to [5], each optional, in order. */
static enum status read_issuing_point(const struct crl_frame *frame, const struct extension *ext,
                                      struct arena *mem, struct crl *crl, struct why *why)
{
    struct der_value value;
    struct der_value field;
    if (!only_value(ext->value, DER_SEQUENCE, &value)) {
        return crl_malformed(frame, ext->at, "issuing distribution point", why);
    }
    struct der in = der_of(value.content);
    for (int last = -1; !der_at_end(&in); last = field.tag & 0x1f) {
        if (!der_next(&in, &field) || (field.tag & 0xc0) != DER_CONTEXT ||
            (field.tag & 0x1f) > POINT_ATTRIBUTES || (field.tag & 0x1f) <= last) {
            return crl_malformed(frame, ext->at, "issuing distribution point", why);
        }
        TRY(note_point_field(frame, ext, &field, mem, crl, why));
    }
    return STATUS_OK;
}

static enum status read_extension(const struct crl_frame *frame, const struct extension *ext,
                                  struct arena *mem, struct crl *crl, struct why *why)
{
    switch (id_ce(ext->oid)) {
    case ID_CE_CRL_NUMBER:
        return read_number(frame, ext, mem, &crl->number, why);
    case ID_CE_AUTHORITY_KEY_ID:
        return read_authority(frame, ext, mem, crl, why);
    case ID_CE_ISSUING_POINT:
        return read_issuing_point(frame, ext, mem, crl, why);
    case ID_CE_DELTA_INDICATOR:
        return read_number(frame, ext, mem, &crl->base_number, why);
    case ID_CE_FRESHEST_CRL:
        return read_freshest(frame, ext, mem, crl, why);
    default:
        return ext->critical
                   ? unsupported(frame, ext->at, "has a critical extension that is not known", why)
                   : STATUS_OK;
    }
}

static bool seen_before(struct bytes list, const struct extension *ext)
{
    struct der in = der_of(list);
    struct extension other;
    while (in.at != ext->at && next_extension(&in, &other)) {
        if (str_eq(str_of_bytes(other.oid), str_of_bytes(ext->oid))) {
            return true;
        }
    }
    return false;
}

static enum status read_extensions(const struct crl_frame *frame, struct arena *mem,
                                   struct crl *crl, struct why *why)
{
    struct der in = der_of(frame->extensions);
    for (size_t n = 0; !der_at_end(&in); n++) {
        struct extension ext;
        const uint8_t *at = in.at;
        if (!next_extension(&in, &ext)) {
            return crl_malformed(frame, at, "extension", why);
        }
        if (n == LIMIT_CERT_EXTENSIONS) {
            return why_set(why, STATUS_TOO_LARGE, "the revocation list has more than %d extensions",
                           LIMIT_CERT_EXTENSIONS);
        }
        if (seen_before(frame->extensions, &ext)) {
            return crl_malformed(frame, at, "extension (it occurs twice)", why);
        }
        TRY(read_extension(frame, &ext, mem, crl, why));
    }
    return STATUS_OK;
}

/* reasonCode ::= ENUMERATED; 7 is unused. */
static bool reason_ok(struct bytes value, uint8_t *ret)
{
    struct der_value reason;
    if (!only_value(value, DER_ENUMERATED, &reason) || reason.content.len != 1 ||
        reason.content.ptr[0] > CRL_REASON_AA_COMPROMISE || reason.content.ptr[0] == 7) {
        return false;
    }
    *ret = reason.content.ptr[0];
    return true;
}

static enum status read_entry_extensions(const struct crl_frame *frame, struct bytes list,
                                         uint8_t *ret_reason, struct why *why)
{
    struct der in = der_of(list);
    for (size_t n = 0; !der_at_end(&in); n++) {
        struct extension ext;
        const uint8_t *at = in.at;
        if (!next_extension(&in, &ext) || n == LIMIT_CERT_EXTENSIONS ||
            (n > 0 && seen_before(list, &ext))) {
            return crl_malformed(frame, at, "entry extension", why);
        }
        int id = id_ce(ext.oid);
        if (id == ID_CE_REASON_CODE && !reason_ok(ext.value, ret_reason)) {
            return crl_malformed(frame, at, "reason code", why);
        }
        if (id == ID_CE_CERTIFICATE_ISSUER) {
            return unsupported(frame, at, "has an entry of another issuer", why);
        }
        if (ext.critical && id != ID_CE_REASON_CODE) {
            return unsupported(frame, at,
                               "has an entry with a critical extension that is not known", why);
        }
    }
    return STATUS_OK;
}

/* { serial INTEGER, revocationDate Time, crlEntryExtensions SEQUENCE OPTIONAL } */
static enum status read_entry(const struct crl_frame *frame, struct bytes content, int version,
                              struct crl_entry *entry, struct why *why)
{
    struct der in = der_of(content);
    struct der_value serial;
    struct der_value when;
    struct bytes digits;
    if (!der_expect(&in, DER_INTEGER, &serial) || !der_unsigned(serial.content, &digits) ||
        digits.len > CERT_SERIAL_BYTES_MAX) {
        return crl_malformed(frame, content.ptr, "serial number (0 or more, at most 20 octets)",
                             why);
    }
    memcpy(entry->serial, digits.ptr, digits.len);
    entry->serial_len = (uint8_t)digits.len;
    if (!der_next(&in, &when) || !der_time(&when, &entry->revoked_at)) {
        return crl_malformed(frame, content.ptr, "revocation date", why);
    }
    if (der_at_end(&in)) {
        return STATUS_OK;
    }
    struct der_value extensions;
    const uint8_t *at = in.at;
    if (!der_expect(&in, DER_SEQUENCE, &extensions) || !der_at_end(&in) || version != 2 ||
        extensions.content.len == 0) {
        return crl_malformed(frame, at, "entry extensions (of a list of version 2)", why);
    }
    return read_entry_extensions(frame, extensions.content, &entry->reason, why);
}

/* How many entries there are; each a SEQUENCE whose length is exact. */
static enum status count_entries(const struct crl_frame *frame, size_t *ret, struct why *why)
{
    struct der in = der_of(frame->entries);
    struct der_value entry;
    size_t n = 0;
    for (; !der_at_end(&in); n++) {
        const uint8_t *at = in.at;
        if (!der_expect(&in, DER_SEQUENCE, &entry)) {
            return crl_malformed(frame, at, "entry", why);
        }
        if (n == LIMIT_CRL_ENTRIES) {
            return why_set(why, STATUS_TOO_LARGE, "the revocation list has more than %d entries",
                           LIMIT_CRL_ENTRIES);
        }
    }
    *ret = n;
    return STATUS_OK;
}

static enum status read_entries(const struct crl_frame *frame, struct arena *mem, struct crl *crl,
                                struct why *why)
{
    size_t n = 0;
    TRY(count_entries(frame, &n, why));
    struct crl_entry *entries = NEW_ARRAY(mem, struct crl_entry, n);
    TRY_PTR(entries);
    struct der in = der_of(frame->entries);
    for (size_t i = 0; i < n; i++) {
        struct der_value entry;
        if (!der_next(&in, &entry)) {
            return crl_malformed(frame, in.at, "entry", why);
        }
        TRY(read_entry(frame, entry.content, crl->version, &entries[i], why));
    }
    crl->entries = entries;
    crl->n_entries = n;
    return STATUS_OK;
}

static enum status frame_version(struct crl_frame *frame, struct der *tbs, struct crl *crl,
                                 struct why *why)
{
    struct der_value version;
    const uint8_t *at = tbs->at;
    crl->version = 1;
    if (!der_peek(tbs, DER_INTEGER)) {
        return STATUS_OK;
    }
    if (!der_next(tbs, &version) || version.content.len != 1 || version.content.ptr[0] != 1) {
        return crl_malformed(frame, at, "version (1, left out, or 2)", why);
    }
    crl->version = 2;
    return STATUS_OK;
}

static enum status frame_times(struct crl_frame *frame, struct der *tbs, struct crl *crl,
                               struct why *why)
{
    struct der_value value;
    const uint8_t *at = tbs->at;
    if (!der_next(tbs, &value) || !der_time(&value, &crl->this_update)) {
        return crl_malformed(frame, at, "thisUpdate", why);
    }
    at = tbs->at;
    crl->next_update = TIME_NEVER;
    if ((der_peek(tbs, DER_UTC_TIME) || der_peek(tbs, DER_GENERALIZED_TIME)) &&
        (!der_next(tbs, &value) || !der_time(&value, &crl->next_update))) {
        return crl_malformed(frame, at, "nextUpdate", why);
    }
    return STATUS_OK;
}

/* revokedCertificates SEQUENCE OPTIONAL, crlExtensions [0] EXPLICIT OPTIONAL */
static enum status frame_tail(struct crl_frame *frame, struct der *tbs, const struct crl *crl,
                              struct why *why)
{
    struct der_value value;
    const uint8_t *at = tbs->at;
    frame->entries = (struct bytes){at, 0};
    if (der_peek(tbs, DER_SEQUENCE)) {
        if (!der_next(tbs, &value)) {
            return crl_malformed(frame, at, "list of entries", why);
        }
        frame->entries = value.content;
    }
    at = tbs->at;
    frame->extensions = (struct bytes){at, 0};
    if (der_at_end(tbs)) {
        return STATUS_OK;
    }
    if (!der_expect(tbs, DER_CONTEXT_CONSTRUCTED(0), &value) || !der_at_end(tbs) ||
        crl->version != 2 || !only_value(value.content, DER_SEQUENCE, &value) ||
        value.content.len == 0) {
        return crl_malformed(frame, at, "extensions (of a list of version 2)", why);
    }
    frame->extensions = value.content;
    return STATUS_OK;
}

static enum status read_frame(struct bytes der, struct crl_frame *frame, struct crl *crl,
                              struct why *why)
{
    struct der tbs;
    struct der_value value;
    TRY(crl_frame_outer(der, frame, &tbs, why));
    TRY(frame_version(frame, &tbs, crl, why));
    const uint8_t *at = tbs.at;
    if (!der_expect(&tbs, DER_SEQUENCE, &value) ||
        !str_eq(str_of_bytes(value.whole), str_of_bytes(frame->alg))) {
        return crl_malformed(frame, at, "signature algorithm (the same inside and outside)", why);
    }
    at = tbs.at;
    if (!der_expect(&tbs, DER_SEQUENCE, &value)) {
        return crl_malformed(frame, at, "issuer", why);
    }
    frame->issuer = value.whole;
    TRY(frame_times(frame, &tbs, crl, why));
    return frame_tail(frame, &tbs, crl, why);
}

static enum status read_issuer(struct arena *mem, const struct crl_frame *frame, struct crl *crl,
                               struct why *why)
{
    size_t offset = 0;
    AUTO(X509_NAME) *name = NULL;
    if (frame->issuer.len > LIMIT_DER_BYTES) {
        return why_set(why, STATUS_TOO_LARGE, "the revocation list's issuer has %zu bytes",
                       frame->issuer.len);
    }
    if (!der_is_strict(frame->issuer, &offset) || (name = ossl_name_read(frame->issuer)) == NULL) {
        return crl_malformed(frame, frame->issuer.ptr, "issuer", why);
    }
    TRY(ossl_name_text(mem, name, &crl->issuer, why));
    return bytes_dup(mem, frame->issuer, &crl->issuer_der, why);
}

enum status crl_read(struct arena *mem, struct bytes der, struct crl *ret, struct why *why)
{
    struct crl_frame frame;
    struct crl crl = {.version = 0};
    struct sig_algorithm algorithm;
    if (der.len > LIMIT_CRL_BYTES) {
        return why_set(why, STATUS_TOO_LARGE, "the revocation list is %zu bytes, the most is %d",
                       der.len, LIMIT_CRL_BYTES);
    }
    TRY(read_frame(der, &frame, &crl, why));
    TRY(sig_algorithm_read(frame.alg, &algorithm, why));
    TRY(read_issuer(mem, &frame, &crl, why));
    TRY(read_extensions(&frame, mem, &crl, why));
    TRY(read_entries(&frame, mem, &crl, why));
    TRY(digest_sha256(der, crl.sha256, why));
    TRY(crl_index(mem, &crl, why));
    *ret = crl;
    return STATUS_OK;
}
