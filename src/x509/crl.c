#include "x509/crl.h"

#include "base/limits.h"
#include "x509/crl_priv.h"
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

enum status crl_malformed(const struct crl_frame *frame, const uint8_t *at, const char *what,
                          struct why *why)
{
    size_t offset = (size_t)(at - frame->der.ptr);
    return why_at(why, STATUS_MALFORMED, offset,
                  "the revocation list has no well-formed %s at byte %zu", what, offset);
}

enum status crl_frame_outer(struct bytes der, struct crl_frame *frame, struct der *ret_tbs,
                            struct why *why)
{
    struct der in = der_of(der);
    struct der_value whole;
    struct der_value part;
    frame->der = der;
    if (!der_expect(&in, DER_SEQUENCE, &whole)) {
        return crl_malformed(frame, der.ptr, "SEQUENCE", why);
    }
    if (!der_at_end(&in)) {
        return why_at(why, STATUS_MALFORMED, whole.whole.len,
                      "%zu bytes follow the revocation list, from byte %zu",
                      der.len - whole.whole.len, whole.whole.len);
    }
    in = der_of(whole.content);
    if (!der_expect(&in, DER_SEQUENCE, &part)) {
        return crl_malformed(frame, in.at, "signed part", why);
    }
    frame->tbs = part.whole;
    *ret_tbs = der_of(part.content);
    if (!der_expect(&in, DER_SEQUENCE, &part)) {
        return crl_malformed(frame, in.at, "signature algorithm", why);
    }
    frame->alg = part.whole;
    const uint8_t *at = in.at;
    if (!der_expect(&in, DER_BIT_STRING, &part) || !der_at_end(&in) || part.content.len < 2 ||
        part.content.ptr[0] != 0) {
        return crl_malformed(frame, at, "signature", why);
    }
    frame->signature = (struct bytes){part.content.ptr + 1, part.content.len - 1};
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
enum status crl_index(struct arena *mem, struct crl *crl, struct why *why)
{
    memcpy(crl->hash_key, crl->sha256, sizeof crl->hash_key);
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

enum status crl_decode(struct arena *mem, struct str pem_or_der, struct bytes *ret_der,
                       struct why *why)
{
    return pem_or_der_read(mem, &crl_kind, pem_or_der, ret_der, why);
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
    struct crl_frame frame;
    struct der tbs;
    TRY(check_issuer(crl, issuer, why));
    TRY(crl_frame_outer(der, &frame, &tbs, why));
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

bool crl_restores(const struct crl *crl, struct bytes serial)
{
    const struct crl_entry *entry = crl_find(crl, serial);
    return entry != NULL && entry->reason == CRL_REASON_REMOVE_FROM_CRL;
}

/* Numbers without leading zero octets. */
static int number_compare(struct bytes a, struct bytes b)
{
    return a.len != b.len ? (a.len > b.len) - (a.len < b.len) : memcmp(a.ptr, b.ptr, a.len);
}

static bool same_bytes(struct bytes a, struct bytes b)
{
    return str_eq(str_of_bytes(a), str_of_bytes(b));
}

static bool same_scope(const struct crl *a, const struct crl *b)
{
    bool same = a->only_users == b->only_users && a->only_cas == b->only_cas &&
                a->only_attributes == b->only_attributes && a->some_reasons == b->some_reasons &&
                a->has_point == b->has_point && a->n_point_urls == b->n_point_urls;
    for (size_t i = 0; same && i < a->n_point_urls; i++) {
        same = str_eq(a->point_urls[i], b->point_urls[i]);
    }
    return same;
}

/* SPEC: RFC 5280 section 5.2.4, "a complete CRL and a delta CRL MAY be combined". */
bool crl_continues(const struct crl *delta, const struct crl *base)
{
    return crl_is_delta(delta) && !crl_is_delta(base) && delta->number.ptr != NULL &&
           base->number.ptr != NULL && same_bytes(delta->issuer_der, base->issuer_der) &&
           same_bytes(delta->authority_key_id, base->authority_key_id) && same_scope(delta, base) &&
           number_compare(base->number, delta->base_number) >= 0 &&
           number_compare(base->number, delta->number) < 0;
}

bool crl_covers(const struct crl *crl, bool ca)
{
    return !crl->only_attributes && !(ca ? crl->only_users : crl->only_cas);
}

bool crl_serves(const struct crl *crl, struct str url)
{
    for (size_t i = 0; i < crl->n_point_urls; i++) {
        if (str_eq(crl->point_urls[i], url)) {
            return true;
        }
    }
    return !crl->has_point;
}
