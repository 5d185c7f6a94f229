/* cert.h: what one certificate says, as plain facts.
 *
 * A certificate is read once, when it is registered (docs/decisions: reading costs 150
 * microseconds, an audit must not); what audits need is in this struct, and from there in columns.
 * All of it lies in the arena it was read into: there is no cert_free.
 *
 * Reading is strict, since the certificate's id is a digest of its bytes and one device must not
 * have two spellings:
 *  1. Exactly one certificate, PEM or DER. Text before the PEM block is skipped (openssl writes
 *     it); several blocks, a private key, or anything after the block but white space is refused.
 *  2. DER as X.690 section 10 has it: definite and shortest lengths, shortest integers, nothing
 *     after the outermost value. Version 1 or 3 as the fields demand.
 *  3. The serial number is not negative and has at most 20 octets (RFC 5280 section 4.1.2.2); zero
 *     is accepted, home-made roots have it.
 *  4. No extension twice (RFC 5280 section 4.2), and those that are read here must be well-formed.
 *  5. Times are "YYMMDDHHMMSSZ" or "YYYYMMDDHHMMSSZ" (RFC 5280 section 4.1.2.5), and real dates.
 *  6. Names must be convertible to UTF-8 and hold no NUL: "good.example\0.evil" is refused, as is
 *     an alternative name with one (CVE-2009-2408).
 */
#ifndef X509_CERT_H
#define X509_CERT_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "x509/key.h"

enum { CERT_SERIAL_BYTES_MAX = 20 };

/* One attribute of a name. The name is that of AWS's policy variables (iot:Certificate.Subject.X):
 * DistinguishedNameQualifier, Country, Organization, OrganizationalUnit, State, CommonName,
 * SerialNumber, Title, Surname, GivenName, Initials, Pseudonym, GenerationQualifier, and from the
 * alternative name AlternativeName.RFC822Name, .DNSName, .DirectoryName,
 * .UniformResourceIdentifier and .IPAddress. An attribute with several values has several rows, in
 * the order of the certificate. Other attributes have no row. */
struct cert_attr {
    struct str name;
    struct str value; /* UTF-8 without NUL */
};

enum cert_usage { /* KeyUsage, as bits of cert.usage */
                  CERT_USAGE_DIGITAL_SIGNATURE = 1 << 0,
                  CERT_USAGE_NON_REPUDIATION = 1 << 1,
                  CERT_USAGE_KEY_ENCIPHERMENT = 1 << 2,
                  CERT_USAGE_DATA_ENCIPHERMENT = 1 << 3,
                  CERT_USAGE_KEY_AGREEMENT = 1 << 4,
                  CERT_USAGE_CERT_SIGN = 1 << 5,
                  CERT_USAGE_CRL_SIGN = 1 << 6,
                  CERT_USAGE_ENCIPHER_ONLY = 1 << 7,
                  CERT_USAGE_DECIPHER_ONLY = 1 << 8,
};

struct cert {
    struct bytes der;
    uint8_t sha256[SHA256_BYTES]; /* of der */
    struct str id;                /* the same, 64 lowercase hex digits: the certificate's id */
    int version;                  /* 1 or 3 */

    struct bytes serial; /* big-endian, 1 to 20 octets, no leading zero octet but for zero itself */
    struct str serial_hex; /* the same in lowercase hex, two digits an octet */

    struct str subject; /* RFC 4514 text (the last RDN first), UTF-8; may be empty */
    struct str issuer;
    struct bytes subject_der; /* DER of the Name, view into der; equal names are compared on it */
    struct bytes issuer_der;
    uint8_t subject_sha256[SHA256_BYTES]; /* of subject_der: what lists of names are keyed by */
    uint8_t issuer_sha256[SHA256_BYTES];
    const struct cert_attr *subject_attrs;
    size_t n_subject_attrs;
    const struct cert_attr *issuer_attrs;
    size_t n_issuer_attrs;

    int64_t not_before; /* ms since 1970, UTC; the first and the last second of validity */
    int64_t not_after;

    struct key key;
    struct str
        signature_algorithm;     /* "sha256WithRSAEncryption", "ecdsa-with-SHA256", "RSASSA-PSS" */
    struct str signature_digest; /* "SHA256"; of PSS the digest inside; "" when none */
    struct str signature_key;    /* kind of key that makes such a signature: "RSA", "RSASSA-PSS",
                                    "EC", "DSA", "OTHER" */

    struct bytes authority_key_id; /* the octets; absent without the extension */
    struct bytes subject_key_id;
    bool has_basic_constraints;
    bool ca;         /* basicConstraints cA; false without the extension, so for version 1 too */
    int path_length; /* pathLenConstraint, or -1 */
    bool has_usage;
    unsigned usage; /* enum cert_usage; 0 without the extension, which then permits everything */

    const struct str *crl_urls; /* http and https only, at most LIMIT_DISTRIBUTION_POINTS */
    size_t n_crl_urls;
    /* The first distribution point that is not in crl_urls, being of another protocol, of an
     * indirect list, or one too many: its address, or what it is, as printable text. Absent: none.
     */
    struct str crl_skipped;
    const struct str *issuer_urls; /* authority information access, caIssuers; same bounds */
    size_t n_issuer_urls;

    struct str unknown_critical; /* OID of the first critical extension that nobody here knows;
                                    absent when there is none */
    bool self_issued;            /* subject equals issuer */
    bool self_signed;            /* self-issued, and its signature verifies with its own key */

    /* For verification (x509/verify.h): exact bytes, views into der. */
    struct bytes tbs;
    struct bytes signature_alg_der;
    struct bytes signature;
};

/* Reads one certificate, PEM or DER (a text whose first byte is 0x30 is DER). At most
 * LIMIT_PEM_BYTES of PEM and LIMIT_DER_BYTES of DER: TOO_LARGE beyond, before anything is read.
 * MALFORMED when the input is not exactly one certificate; CERT_INVALID when it is one that breaks
 * a rule above. The input need not outlive the call. */
MUST_USE enum status cert_read(struct arena *mem, struct str pem_or_der, const struct cert **ret,
                               struct why *why);

/* The same for several certificates in one text, as issuers publish bundles: every PEM block, or
 * one DER. At most max certificates (TOO_LARGE). */
MUST_USE enum status cert_read_bundle(struct arena *mem, struct str pem_or_der, size_t max,
                                      const struct cert ***ret, size_t *ret_n, struct why *why);

/* False when a certificate's bytes surely hold no CRL distribution points: for whoever must know of
 * many certificates and cannot read each. */
bool cert_may_have_crl_points(struct bytes der);

/* PEM text of a certificate, 64 columns, with the final newline. */
MUST_USE enum status cert_pem(struct arena *mem, struct bytes der, struct str *ret,
                              struct why *why);

/* In what a certificate differs from what AWS IoT Core registers (IoT Core developer guide, "X.509
 * client certificates"). These are facts; the caller says what follows. */
enum cert_flaw {
    CERT_FLAW_KEY,       /* RSA below 2048 bits, a curve but P-256, P-384, P-521, another kind */
    CERT_FLAW_SIGNATURE, /* not SHA-256, -384 or -512 with RSA, RSASSA-PSS or ECDSA, nor DSA with
                            SHA-256 */
    CERT_FLAW_CRITICAL, /* a critical extension that must be understood and is not (RFC 5280 4.2) */
    CERT_FLAW_COUNT
};

struct cert_flaws {
    size_t n;
    enum cert_flaw kind[CERT_FLAW_COUNT];
    struct str text[CERT_FLAW_COUNT]; /* one sentence each, in the arena */
};

MUST_USE enum status cert_flaws(struct arena *mem, const struct cert *cert, struct cert_flaws *ret,
                                struct why *why);

/* OK when cert_flaws lists nothing; else CERT_INVALID with the first sentence. */
MUST_USE enum status cert_check_supported(const struct cert *cert, struct why *why);

/* OK within the validity period (both ends inclusive); else CERT_INVALID, saying since when expired
 * or from when valid. */
MUST_USE enum status cert_check_time(const struct cert *cert, int64_t now, struct why *why);

/* The i-th value (from 0) of a subject attribute, by the names of struct cert_attr; absent when
 * there are fewer. */
struct str cert_subject_attr(const struct cert *cert, struct str name, size_t i);

/* The values of a policy variable or condition key, by its whole name, in any case:
 * "iot:Certificate.Subject.CommonName", "iot:Certificate.Issuer.Country.1" (the second value),
 * "iot:Certificate.Subject.OrganizationalUnit.List" (up to five), "iot:Certificate.SerialNumber".
 * Writes at most max of them and says how many; 0 of a NULL certificate, and of other names. */
size_t cert_value(const struct cert *cert, struct str key, struct str *ret, size_t max);

#endif
