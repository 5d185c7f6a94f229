/* crl.h: what a revocation list says, and whether it can be believed.
 *
 * A list is read by our own walk over its DER (docs/decisions: the crypto library needs twenty
 * times as long and ten times the memory for lists of 100,000 entries), verified by the crypto
 * library over the exact bytes, and asked by serial number through a hash table. It never changes;
 * all it holds lies in the arena it was read into, at most 48 bytes an entry, and nothing of it
 * points into the input. Reading is strict: a list with trailing bytes, a length that is not exact,
 * an unknown version, an extension twice or a critical one that is not known is refused as a whole,
 * and why says at which byte.
 *
 * Indirect lists are refused (UNSUPPORTED): to overlook that an entry belongs to another issuer
 * would be a silent pass. So would be to take a delta list for a whole one: see crl_is_delta.
 *
 * Serial numbers come from whoever made the list, so the table's hash is keyed with the digest of
 * the whole list: to choose serials that collide is to change the key.
 */
#ifndef X509_CRL_H
#define X509_CRL_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "x509/cert.h"

enum crl_reason {                             /* RFC 5280 section 5.3.1 */
                  CRL_REASON_UNSPECIFIED = 0, /* also without the extension */
                  CRL_REASON_KEY_COMPROMISE = 1,
                  CRL_REASON_CA_COMPROMISE = 2,
                  CRL_REASON_AFFILIATION_CHANGED = 3,
                  CRL_REASON_SUPERSEDED = 4,
                  CRL_REASON_CESSATION_OF_OPERATION = 5,
                  CRL_REASON_CERTIFICATE_HOLD = 6,
                  CRL_REASON_REMOVE_FROM_CRL = 8, /* not revoked any more */
                  CRL_REASON_PRIVILEGE_WITHDRAWN = 9,
                  CRL_REASON_AA_COMPROMISE = 10,
};

/* "keyCompromise"; "unspecified" for numbers without a name. */
const char *crl_reason_name(int reason);

/* 32 bytes, as many as there are entries. */
struct crl_entry {
    int64_t revoked_at;                    /* ms */
    uint8_t serial[CERT_SERIAL_BYTES_MAX]; /* big-endian, without leading zero octets */
    uint8_t serial_len;
    uint8_t reason; /* enum crl_reason */
};

struct crl {
    uint8_t sha256[SHA256_BYTES]; /* of the DER: has the list changed? */
    int version;                  /* 1 or 2 */
    struct str issuer;            /* RFC 4514 text */
    struct bytes issuer_der;      /* compared with a certificate's subject_der */
    struct bytes authority_key_id;
    int64_t this_update;      /* ms */
    int64_t next_update;      /* ms; TIME_NEVER when the list does not say */
    struct bytes number;      /* big-endian, at most 20 octets; absent without the extension */
    struct bytes base_number; /* likewise, of a delta list: of the list that it continues */
    const struct str *freshest_urls; /* where delta lists are; at most LIMIT_DISTRIBUTION_POINTS */
    size_t n_freshest_urls;

    /* Issuing distribution point: what kinds the list is limited to. A certificate of another kind
     * is not judged by it. */
    bool only_users;
    bool only_cas;
    bool only_attributes;
    bool some_reasons; /* lists some reasons of revocation only: absence proves nothing */
    /* Where the list says that it belongs: CAs that split their list over several addresses sign
     * each part for its own. At most LIMIT_DISTRIBUTION_POINTS, others are not kept. */
    bool has_point;
    const struct str *point_urls;
    size_t n_point_urls;

    const struct crl_entry *entries; /* in the order of the list */
    size_t n_entries;

    /* The rest is for crl.c. */
    uint64_t hash_key[4];
    uint32_t *slots; /* index + 1 into entries, 0 for empty; linear probing */
    uint32_t slot_mask;
};

/* The DER of a list given as PEM (one "X509 CRL" block) or DER: in mem for PEM, the input itself
 * for DER. At most LIMIT_CRL_BYTES of DER. */
MUST_USE enum status crl_decode(struct arena *mem, struct str pem_or_der, struct bytes *ret_der,
                                struct why *why);

/* Reads a list. MALFORMED, UNSUPPORTED, or TOO_LARGE (LIMIT_CRL_BYTES, LIMIT_CRL_ENTRIES). Says
 * nothing about its signature. */
MUST_USE enum status crl_read(struct arena *mem, struct bytes der, struct crl *ret,
                              struct why *why);

/* OK when issuer signed exactly these bytes, which crl was read from: names and key ids match,
 * issuer may sign lists (key usage cRLSign, if it has that extension), the algorithm is one of
 * x509/verify.h, the signature verifies. Else CERT_INVALID, saying which of these failed. */
MUST_USE enum status crl_verify(const struct crl *crl, struct bytes der, const struct cert *issuer,
                                struct why *why);

/* The three in one: decoding into scratch, reading into mem, verifying. */
MUST_USE enum status crl_load(struct arena *mem, struct arena *scratch, struct str pem_or_der,
                              const struct cert *issuer, struct crl *ret, struct why *why);

/* The entry of a serial number (big-endian; leading zero octets do not matter), or NULL. Of two
 * entries for one serial the first in the list that says revoked. */
const struct crl_entry *crl_find(const struct crl *crl, struct bytes serial);

/* True when the list says that the serial is revoked: it has an entry, and not one that takes it
 * off the list again. */
bool crl_revokes(const struct crl *crl, struct bytes serial);

/* True of a delta list (RFC 5280 section 5.2.4): it names what has changed since another list, and
 * its silence says nothing. */
static inline bool crl_is_delta(const struct crl *crl)
{
    return crl->base_number.ptr != NULL;
}

/* True when the delta list continues the base: of the same issuer, key and scope; the base is one
 * that it is a difference to, and older than it. Both are believed. */
bool crl_continues(const struct crl *delta, const struct crl *base);

/* True when the list says that the serial, which was on hold, is not revoked any more. */
bool crl_restores(const struct crl *crl, struct bytes serial);

/* True when the list speaks for certificates of this kind: its scope (only_...) includes it. */
bool crl_covers(const struct crl *crl, bool ca);

/* True when the list speaks for certificates that name url as their distribution point: it names no
 * point, or this one (RFC 5280 section 6.3.3 (b)(2)(i)). Another part of a split list, served under
 * url by mistake or on purpose, is signed and fresh and says nothing about them. */
bool crl_serves(const struct crl *crl, struct str url);

#endif
