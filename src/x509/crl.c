/* crl.c: two passes over the entries. The first counts and checks lengths, so that the table is
 * born with its size and a list beyond the limit costs no memory; the second reads.
 */
#include "x509/crl.h"

#include "base/limits.h"
#include "x509/der_priv.h"
#include "x509/ossl_priv.h"
#include "x509/pem_priv.h"
#include "x509/sig_priv.h"

#include "base/banned.h"

static const struct pem_kind crl_kind = {
    .what = "revocation list",
    .label = {"X509 CRL", NULL},
    .max_text = (size_t)LIMIT_CRL_BYTES / 2 * 3, /* base64, line ends and some text */
    .max_der = LIMIT_CRL_BYTES,
};

static const char *const reason_names[] = {
    [CRL_REASON_UNSPECIFIED] = "unspecified",
    [CRL_REASON_KEY_COMPROMISE] = "keyCompromise",
    [CRL_REASON_CA_COMPROMISE] = "cACompromise",
    [CRL_REASON_AFFILIATION_CHANGED] = "affiliationChanged",
    [CRL_REASON_SUPERSEDED] = "superseded",
    [CRL_REASON_CESSATION_OF_OPERATION] = "cessationOfOperation",
    [CRL_REASON_CERTIFICATE_HOLD] = "certificateHold",
    [CRL_REASON_REMOVE_FROM_CRL] = "removeFromCRL",
    [CRL_REASON_PRIVILEGE_WITHDRAWN] = "privilegeWithdrawn",
    [CRL_REASON_AA_COMPROMISE] = "aACompromise",
};

const char *crl_reason_name(int reason)
{
    const int n = sizeof reason_names / sizeof reason_names[0];
    bool known = reason >= 0 && reason < n && reason_names[reason] != NULL;
    return reason_names[known ? reason : CRL_REASON_UNSPECIFIED];
}

/* The parts of a list, as views into its DER. */
struct frame {
    struct bytes der;
    struct bytes tbs;
    struct bytes alg;
    struct bytes signature;
    struct bytes issuer;
    struct bytes entries;    /* content of revokedCertificates; empty when there is none */
    struct bytes extensions; /* content of the Extensions SEQUENCE; ptr NULL when there is none */
};

static enum status malformed(const struct frame *frame, const uint8_t *at, const char *what,
                             struct why *why)
{
    size_t offset = (size_t)(at - frame->der.ptr);
    return why_at(why, STATUS_MALFORMED, offset,
                  "the revocation list has no well-formed %s at byte %zu", what, offset);
}

static enum status unsupported(const struct frame *frame, const uint8_t *at, const char *what,
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
    if (!der_expect(&in, DER_OID, &part)) {
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
};

/* The one value that an extension's OCTET STRING holds. */
static bool only_value(struct bytes octets, uint8_t tag, struct der_value *ret)
{
    struct der in = der_of(octets);
    return der_expect(&in, tag, ret) && der_at_end(&in);
}

static enum status read_number(const struct frame *frame, const struct extension *ext,
                               struct arena *mem, struct crl *crl, struct why *why)
{
    struct der_value value;
    struct bytes number;
    if (!only_value(ext->value, DER_INTEGER, &value) || !der_unsigned(value.content, &number) ||
        number.len > CERT_SERIAL_BYTES_MAX) {
        return malformed(frame, ext->at, "CRL number", why);
    }
    return bytes_dup(mem, number, &crl->number, why);
}

/* AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] OPTIONAL, issuer [1], serial [2] } */
static enum status read_authority(const struct frame *frame, const struct extension *ext,
                                  struct arena *mem, struct crl *crl, struct why *why)
{
    struct der_value value;
    struct der_value part;
    if (!only_value(ext->value, DER_SEQUENCE, &value)) {
        return malformed(frame, ext->at, "authority key identifier", why);
    }
    struct der in = der_of(value.content);
    while (!der_at_end(&in)) {
        if (!der_next(&in, &part)) {
            return malformed(frame, ext->at, "authority key identifier", why);
        }
        if (part.tag == DER_CONTEXT_PRIMITIVE(0)) {
            TRY(bytes_dup(mem, part.content, &crl->authority_key_id, why));
        }
    }
    return STATUS_OK;
}

/* IssuingDistributionPoint (RFC 5280 section 5.2.5): [0] point, then flags [1] users, [2] CAs, [3]
 * reasons, [4] indirect, [5] attributes. */
static enum status read_issuing_point(const struct frame *frame, const struct extension *ext,
                                      struct crl *crl, struct why *why)
{
    struct der_value value;
    struct der_value part;
    if (!only_value(ext->value, DER_SEQUENCE, &value)) {
        return malformed(frame, ext->at, "issuing distribution point", why);
    }
    struct der in = der_of(value.content);
    int last = -1;
    while (!der_at_end(&in)) {
        bool flag = true;
        if (!der_next(&in, &part) || (part.tag & 0xc0) != DER_CONTEXT || (part.tag & 0x1f) > 5 ||
            (part.tag & 0x1f) <= last) {
            return malformed(frame, ext->at, "issuing distribution point", why);
        }
        last = part.tag & 0x1f;
        if (last != 0 && last != 3 && !der_boolean(part.content, &flag)) {
            return malformed(frame, ext->at, "issuing distribution point", why);
        }
        if (last == 4 && flag) {
            return unsupported(frame, ext->at, "is an indirect one", why);
        }
        crl->only_users |= last == 1 && flag;
        crl->only_cas |= last == 2 && flag;
        crl->some_reasons |= last == 3;
        crl->only_attributes |= last == 5 && flag;
    }
    return STATUS_OK;
}

static enum status read_extension(const struct frame *frame, const struct extension *ext,
                                  struct arena *mem, struct crl *crl, struct why *why)
{
    switch (id_ce(ext->oid)) {
    case ID_CE_CRL_NUMBER:
        return read_number(frame, ext, mem, crl, why);
    case ID_CE_AUTHORITY_KEY_ID:
        return read_authority(frame, ext, mem, crl, why);
    case ID_CE_ISSUING_POINT:
        return read_issuing_point(frame, ext, crl, why);
    case ID_CE_DELTA_INDICATOR:
        return unsupported(frame, ext->at, "is a delta list", why);
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

static enum status read_extensions(const struct frame *frame, struct arena *mem, struct crl *crl,
                                   struct why *why)
{
    struct der in = der_of(frame->extensions);
    for (size_t n = 0; !der_at_end(&in); n++) {
        struct extension ext;
        const uint8_t *at = in.at;
        if (!next_extension(&in, &ext)) {
            return malformed(frame, at, "extension", why);
        }
        if (n == LIMIT_CERT_EXTENSIONS) {
            return why_set(why, STATUS_TOO_LARGE, "the revocation list has more than %d extensions",
                           LIMIT_CERT_EXTENSIONS);
        }
        if (seen_before(frame->extensions, &ext)) {
            return malformed(frame, at, "extension (it occurs twice)", why);
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

static enum status read_entry_extensions(const struct frame *frame, struct bytes list,
                                         uint8_t *ret_reason, struct why *why)
{
    struct der in = der_of(list);
    for (size_t n = 0; !der_at_end(&in); n++) {
        struct extension ext;
        const uint8_t *at = in.at;
        if (!next_extension(&in, &ext) || n == LIMIT_CERT_EXTENSIONS ||
            (n > 0 && seen_before(list, &ext))) {
            return malformed(frame, at, "entry extension", why);
        }
        int id = id_ce(ext.oid);
        if (id == ID_CE_REASON_CODE && !reason_ok(ext.value, ret_reason)) {
            return malformed(frame, at, "reason code", why);
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
static enum status read_entry(const struct frame *frame, struct bytes content, int version,
                              struct crl_entry *entry, struct why *why)
{
    struct der in = der_of(content);
    struct der_value serial;
    struct der_value when;
    struct bytes digits;
    if (!der_expect(&in, DER_INTEGER, &serial) || !der_unsigned(serial.content, &digits) ||
        digits.len > CERT_SERIAL_BYTES_MAX) {
        return malformed(frame, content.ptr, "serial number (0 or more, at most 20 octets)", why);
    }
    memcpy(entry->serial, digits.ptr, digits.len);
    entry->serial_len = (uint8_t)digits.len;
    if (!der_next(&in, &when) || !der_time(&when, &entry->revoked_at)) {
        return malformed(frame, content.ptr, "revocation date", why);
    }
    if (der_at_end(&in)) {
        return STATUS_OK;
    }
    struct der_value extensions;
    const uint8_t *at = in.at;
    if (!der_expect(&in, DER_SEQUENCE, &extensions) || !der_at_end(&in) || version != 2 ||
        extensions.content.len == 0) {
        return malformed(frame, at, "entry extensions (of a list of version 2)", why);
    }
    return read_entry_extensions(frame, extensions.content, &entry->reason, why);
}

/* How many entries there are; each a SEQUENCE whose length is exact. */
static enum status count_entries(const struct frame *frame, size_t *ret, struct why *why)
{
    struct der in = der_of(frame->entries);
    struct der_value entry;
    size_t n = 0;
    for (; !der_at_end(&in); n++) {
        const uint8_t *at = in.at;
        if (!der_expect(&in, DER_SEQUENCE, &entry)) {
            return malformed(frame, at, "entry", why);
        }
        if (n == LIMIT_CRL_ENTRIES) {
            return why_set(why, STATUS_TOO_LARGE, "the revocation list has more than %d entries",
                           LIMIT_CRL_ENTRIES);
        }
    }
    *ret = n;
    return STATUS_OK;
}

static enum status read_entries(const struct frame *frame, struct arena *mem, struct crl *crl,
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
            return malformed(frame, in.at, "entry", why);
        }
        TRY(read_entry(frame, entry.content, crl->version, &entries[i], why));
    }
    crl->entries = entries;
    crl->n_entries = n;
    return STATUS_OK;
}

/* Multiplies to 128 bits and folds: every bit of the product depends on both factors. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t serial_hash(const struct crl *crl, const uint8_t *serial, size_t len)
{
    uint64_t word[3] = {0, 0, 0};
    memcpy(word, serial, len);
    const uint64_t *key = crl->hash_key;
    return fold(fold(word[0] ^ key[0], word[1] ^ key[1]) ^ key[3], word[2] ^ len << 56 ^ key[2]);
}

static bool entry_is(const struct crl_entry *entry, struct bytes serial)
{
    return entry->serial_len == serial.len && memcmp(entry->serial, serial.ptr, serial.len) == 0;
}

/* A later entry for the same serial gets no slot, unless the earlier one takes off the list. */
static void index_entry(struct crl *crl, uint32_t i)
{
    const struct crl_entry *entry = &crl->entries[i];
    struct bytes serial = {entry->serial, entry->serial_len};
    uint32_t at = (uint32_t)serial_hash(crl, entry->serial, entry->serial_len) & crl->slot_mask;
    for (; crl->slots[at] != 0; at = (at + 1) & crl->slot_mask) {
        const struct crl_entry *other = &crl->entries[crl->slots[at] - 1];
        if (entry_is(other, serial)) {
            crl->slots[at] = other->reason == CRL_REASON_REMOVE_FROM_CRL ? i + 1 : crl->slots[at];
            return;
        }
    }
    crl->slots[at] = i + 1;
}

/* At most three quarters of the slots are used: 32 + 4 * 8 / 3 bytes an entry at the most. */
static enum status build_index(struct arena *mem, struct crl *crl, struct why *why)
{
    size_t n_slots = 4;
    while (n_slots / 4 * 3 < crl->n_entries) {
        n_slots *= 2;
    }
    crl->slots = NEW_ARRAY(mem, uint32_t, n_slots);
    TRY_PTR(crl->slots);
    crl->slot_mask = (uint32_t)n_slots - 1;
    for (uint32_t i = 0; i < crl->n_entries; i++) {
        index_entry(crl, i);
    }
    return STATUS_OK;
}

static enum status frame_outer(struct bytes der, struct frame *frame, struct der *ret_tbs,
                               struct why *why)
{
    struct der in = der_of(der);
    struct der_value whole;
    struct der_value part;
    frame->der = der;
    if (!der_expect(&in, DER_SEQUENCE, &whole)) {
        return malformed(frame, der.ptr, "SEQUENCE", why);
    }
    if (!der_at_end(&in)) {
        return why_at(why, STATUS_MALFORMED, whole.whole.len,
                      "%zu bytes follow the revocation list, from byte %zu",
                      der.len - whole.whole.len, whole.whole.len);
    }
    in = der_of(whole.content);
    if (!der_expect(&in, DER_SEQUENCE, &part)) {
        return malformed(frame, in.at, "signed part", why);
    }
    frame->tbs = part.whole;
    *ret_tbs = der_of(part.content);
    if (!der_expect(&in, DER_SEQUENCE, &part)) {
        return malformed(frame, in.at, "signature algorithm", why);
    }
    frame->alg = part.whole;
    const uint8_t *at = in.at;
    if (!der_expect(&in, DER_BIT_STRING, &part) || !der_at_end(&in) || part.content.len < 2 ||
        part.content.ptr[0] != 0) {
        return malformed(frame, at, "signature", why);
    }
    frame->signature = (struct bytes){part.content.ptr + 1, part.content.len - 1};
    return STATUS_OK;
}

static enum status frame_version(struct frame *frame, struct der *tbs, struct crl *crl,
                                 struct why *why)
{
    struct der_value version;
    const uint8_t *at = tbs->at;
    crl->version = 1;
    if (!der_peek(tbs, DER_INTEGER)) {
        return STATUS_OK;
    }
    if (!der_next(tbs, &version) || version.content.len != 1 || version.content.ptr[0] != 1) {
        return malformed(frame, at, "version (1, left out, or 2)", why);
    }
    crl->version = 2;
    return STATUS_OK;
}

static enum status frame_times(struct frame *frame, struct der *tbs, struct crl *crl,
                               struct why *why)
{
    struct der_value value;
    const uint8_t *at = tbs->at;
    if (!der_next(tbs, &value) || !der_time(&value, &crl->this_update)) {
        return malformed(frame, at, "thisUpdate", why);
    }
    at = tbs->at;
    crl->next_update = TIME_NEVER;
    if ((der_peek(tbs, DER_UTC_TIME) || der_peek(tbs, DER_GENERALIZED_TIME)) &&
        (!der_next(tbs, &value) || !der_time(&value, &crl->next_update))) {
        return malformed(frame, at, "nextUpdate", why);
    }
    return STATUS_OK;
}

/* revokedCertificates SEQUENCE OPTIONAL, crlExtensions [0] EXPLICIT OPTIONAL */
static enum status frame_tail(struct frame *frame, struct der *tbs, const struct crl *crl,
                              struct why *why)
{
    struct der_value value;
    const uint8_t *at = tbs->at;
    frame->entries = (struct bytes){at, 0};
    if (der_peek(tbs, DER_SEQUENCE)) {
        if (!der_next(tbs, &value)) {
            return malformed(frame, at, "list of entries", why);
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
        return malformed(frame, at, "extensions (of a list of version 2)", why);
    }
    frame->extensions = value.content;
    return STATUS_OK;
}

static enum status read_frame(struct bytes der, struct frame *frame, struct crl *crl,
                              struct why *why)
{
    struct der tbs;
    struct der_value value;
    TRY(frame_outer(der, frame, &tbs, why));
    TRY(frame_version(frame, &tbs, crl, why));
    const uint8_t *at = tbs.at;
    if (!der_expect(&tbs, DER_SEQUENCE, &value) ||
        !str_eq(str_of_bytes(value.whole), str_of_bytes(frame->alg))) {
        return malformed(frame, at, "signature algorithm (the same inside and outside)", why);
    }
    at = tbs.at;
    if (!der_expect(&tbs, DER_SEQUENCE, &value)) {
        return malformed(frame, at, "issuer", why);
    }
    frame->issuer = value.whole;
    TRY(frame_times(frame, &tbs, crl, why));
    return frame_tail(frame, &tbs, crl, why);
}

static enum status read_issuer(struct arena *mem, const struct frame *frame, struct crl *crl,
                               struct why *why)
{
    size_t offset = 0;
    AUTO(X509_NAME) *name = NULL;
    if (frame->issuer.len > LIMIT_DER_BYTES) {
        return why_set(why, STATUS_TOO_LARGE, "the revocation list's issuer has %zu bytes",
                       frame->issuer.len);
    }
    if (!der_is_strict(frame->issuer, &offset) || (name = ossl_name_read(frame->issuer)) == NULL) {
        return malformed(frame, frame->issuer.ptr, "issuer", why);
    }
    TRY(ossl_name_text(mem, name, &crl->issuer, why));
    return bytes_dup(mem, frame->issuer, &crl->issuer_der, why);
}

enum status crl_decode(struct arena *mem, struct str pem_or_der, struct bytes *ret_der,
                       struct why *why)
{
    return pem_or_der_read(mem, &crl_kind, pem_or_der, ret_der, why);
}

enum status crl_read(struct arena *mem, struct bytes der, struct crl *ret, struct why *why)
{
    struct frame frame;
    struct crl crl = {.version = 0};
    if (der.len > LIMIT_CRL_BYTES) {
        return why_set(why, STATUS_TOO_LARGE, "the revocation list is %zu bytes, the most is %d",
                       der.len, LIMIT_CRL_BYTES);
    }
    TRY(read_frame(der, &frame, &crl, why));
    TRY(read_issuer(mem, &frame, &crl, why));
    TRY(read_extensions(&frame, mem, &crl, why));
    TRY(read_entries(&frame, mem, &crl, why));
    if (!ossl_sha256(der, crl.sha256)) {
        return why_no_memory(why);
    }
    memcpy(crl.hash_key, crl.sha256, sizeof crl.hash_key);
    TRY(build_index(mem, &crl, why));
    *ret = crl;
    return STATUS_OK;
}

static enum status check_issuer(const struct crl *crl, const struct cert *issuer, struct why *why)
{
    struct bytes authority = crl->authority_key_id;
    struct bytes subject = issuer->subject_key_id;
    if (!str_eq(str_of_bytes(crl->issuer_der), str_of_bytes(issuer->subject_der))) {
        return why_set(why, STATUS_CERT_INVALID, "the revocation list is of %.*s, not of %.*s",
                       STR_ARG(crl->issuer), STR_ARG(issuer->subject));
    }
    if (authority.ptr != NULL && subject.ptr != NULL &&
        !str_eq(str_of_bytes(authority), str_of_bytes(subject))) {
        return why_set(why, STATUS_CERT_INVALID,
                       "the revocation list is signed with another key of %.*s than the one known",
                       STR_ARG(issuer->subject));
    }
    if (issuer->has_usage && (issuer->usage & CERT_USAGE_CRL_SIGN) == 0) {
        return why_set(why, STATUS_CERT_INVALID,
                       "the key usage of %.*s does not permit to sign revocation lists",
                       STR_ARG(issuer->subject));
    }
    return STATUS_OK;
}

enum status crl_verify(const struct crl *crl, struct bytes der, const struct cert *issuer,
                       struct why *why)
{
    struct frame frame;
    struct der tbs;
    TRY(check_issuer(crl, issuer, why));
    TRY(frame_outer(der, &frame, &tbs, why));
    struct sig sig = {frame.tbs, frame.alg, frame.signature, issuer->key.spki};
    return sig_verify(&sig, false, "revocation list", why);
}

enum status crl_load(struct arena *mem, struct arena *scratch, struct str pem_or_der,
                     const struct cert *issuer, struct crl *ret, struct why *why)
{
    struct bytes der;
    struct crl crl;
    TRY(crl_decode(scratch, pem_or_der, &der, why));
    TRY(crl_read(mem, der, &crl, why));
    TRY(crl_verify(&crl, der, issuer, why));
    *ret = crl;
    return STATUS_OK;
}

const struct crl_entry *crl_find(const struct crl *crl, struct bytes serial)
{
    while (serial.len > 1 && serial.ptr[0] == 0) {
        serial = (struct bytes){serial.ptr + 1, serial.len - 1};
    }
    if (serial.len == 0 || serial.len > CERT_SERIAL_BYTES_MAX) {
        return NULL;
    }
    uint32_t at = (uint32_t)serial_hash(crl, serial.ptr, serial.len) & crl->slot_mask;
    for (; crl->slots[at] != 0; at = (at + 1) & crl->slot_mask) {
        const struct crl_entry *entry = &crl->entries[crl->slots[at] - 1];
        if (entry_is(entry, serial)) {
            return entry;
        }
    }
    return NULL;
}

bool crl_revokes(const struct crl *crl, struct bytes serial)
{
    const struct crl_entry *entry = crl_find(crl, serial);
    return entry != NULL && entry->reason != CRL_REASON_REMOVE_FROM_CRL;
}

bool crl_covers(const struct crl *crl, bool ca)
{
    return !crl->only_attributes && !(ca ? crl->only_users : crl->only_cas);
}
