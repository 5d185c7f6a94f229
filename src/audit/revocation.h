/* revocation.h: what revocation lists say of the certificates of one audit.
 *
 * An audit notes what judging its certificates will need (revocation_want), gathers all of it at
 * once (revocation_gather: lists and issuer certificates are fetched side by side, each address
 * once, however many certificates name it), then asks (revocation_ask, revocation_chain). Lists are
 * kept in the store until their nextUpdate.
 *
 * Invariants
 *  1. A list counts only if its issuer's certificate is known and its signature verifies.
 *  2. An issuer's certificate counts only if it signed a certificate that names it as issuer,
 * whether it comes from the registry or from an authority-information-access address. A registered
 * CA, which the operator vouches for, may have the key id that certificates name instead: else one
 * forged certificate, seen first, would keep the lists of a real issuer from being believed.
 *  3. What could not be used is a problem with a sentence, and what it leaves unjudged is unknown,
 *     never "not revoked". A certificate that names no list, and whose issuer has none in the crl
 *     folder, is not revoked (nobody could say otherwise). One that names only lists which are not
 *     fetched (ldap, names relative to the issuer's) is unknown, unless the folder has its issuer's
 *     list. A file of the folder that cannot be read could be anyone's list.
 *  4. A list past its nextUpdate is a problem: it judges nothing (a rule of ours).
 *  5. Only the list that the key of the certificate's issuer signed speaks for it: another CA of
 *     the same name has other serial numbers.
 *  6. "Revoked" counts from every such list. "Not revoked" only from one that would name the
 *     certificate: of its kind, for all reasons, and, when the list is a part of a split one, for
 *     an address that the certificate names. Files of the folder are no exception: a part proves
 *     nothing of certificates that do not name its address (RFC 5280, 6.3.3 (b)(2)).
 * *  7. A delta list (RFC 5280, 5.2.4) adds to others and stands for none: what it names is
 * revoked, or restored after a hold when it continues the list that has the hold; its silence says
 * nothing. They are in the folder, or where a fetched list says (freshest CRL). One that cannot be
 * used is a problem that is told, and the list it belongs to is believed until its own nextUpdate.
 *  8. An account that was read elsewhere (audit/collected.h) does not hold the certificate of the
 *     authority with which its service issues. The service vouches for that one, by its name, where
 *     a certificate names no address of it: it ends a chain like a root.
 *
 * Source: RFC 5280, sections 4.2.1.13, 4.2.2.1, 5, 6.3.
 */
#ifndef AUDIT_REVOCATION_H
#define AUDIT_REVOCATION_H

#include "audit/fetch.h"
#include "store/store.h"
#include "x509/cert.h"
#include "x509/crl.h"

struct revocation;

struct revocation_env {
    int64_t now;
    const struct fetcher *fetcher; /* NULL: the network is not asked */
    struct str local_ca;           /* PEM of the server's own authority; absent: none */
    struct str collected;          /* account that was read elsewhere; absent: it is our own */
    struct str crl_dir;            /* folder of *.crl, *.pem, *.der; absent: none */
    int64_t renew_ms;              /* kept lists that end within are fetched anew, if they can be */
    struct store *store;           /* keeps fetched lists; NULL: they are not kept */
    struct store_tx *view;         /* the audit's view: registered CAs, kept lists */
    bool (*canceled)(void *ctx);
    void *cancel_ctx;
};

/* Reads the crl folder. The caller ends it with revocation_free (accepts NULL). Uses at most
 * LIMIT_REVOCATION_MEMORY; what does not fit is a problem of its list. Issuers and lists beyond
 * LIMIT_REVOCATION_NOTES, or beyond half of that memory, are one problem together. */
MUST_USE enum status revocation_new(const struct revocation_env *env, struct revocation **ret,
                                    struct why *why);
void revocation_free(struct revocation *rev);

/* A certificate as lists see it: columns of the registry. */
struct revocation_subject {
    struct str id; /* to look up its bytes when its issuer must be proven */
    struct str serial;
    struct str issuer; /* RFC 4514 text, for sentences */
    struct str issuer_hash;
    struct str authority_key_id;
    struct str crl_urls;    /* one a line */
    struct str crl_skipped; /* a distribution point that is not among them; "": none; absent: not
                               known, and then read from the certificate */
    struct str issuer_urls; /* one a line */
    bool ca;
    bool self_issued; /* it is its own issuer: there is no chain above it */
};

/* Notes what judging this certificate will need; with chain also what its issuers need. Cheap when
 * all of it was noted before. */
MUST_USE enum status revocation_want(struct revocation *rev, const struct revocation_subject *cert,
                                     bool chain, struct why *why);

/* True when something noted has not been gathered yet. */
bool revocation_pending(const struct revocation *rev);

/* Fetches, reads and verifies all that was noted. CANCELED when the audit was; other failures are
 * problems of single lists, not of the call. */
MUST_USE enum status revocation_gather(struct revocation *rev, struct why *why);

enum revocation_answer { REVOCATION_NO, REVOCATION_YES, REVOCATION_UNKNOWN };

struct revocation_word {
    enum revocation_answer answer;
    struct str source;  /* YES: the list that says so */
    int64_t revoked_at; /* YES */
    const char *reason; /* YES: as crl_reason_name */
    struct str lack;    /* UNKNOWN: why; counted as a certificate left unjudged by that problem */
};

/* What the lists say. Texts live as long as rev. */
MUST_USE enum status revocation_ask(struct revocation *rev, const struct revocation_subject *cert,
                                    struct revocation_word *ret, struct why *why);

/* An issuer in a certificate's chain that its own issuer has revoked. */
struct revoked_issuer {
    struct str subject;
    struct str id;     /* of its certificate: hex SHA-256 of the DER */
    struct str serial; /* hex */
    struct revocation_word word;
};

/* The revoked issuers above a certificate, nearest first, at most max; *ret_unknown when the chain
 * could not be followed to its root or judged to its end. */
MUST_USE enum status revocation_chain(struct revocation *rev, const struct revocation_subject *cert,
                                      struct revoked_issuer *list, size_t max, size_t *ret_n,
                                      bool *ret_unknown, struct str *ret_lack, struct why *why);

/* How many different issuers have been seen in chains. */
size_t revocation_issuers(const struct revocation *rev);

/* One list of those gathered, judged or not, whatever came of it. */
struct revocation_list_seen {
    struct str source;
    const struct cert *signer; /* NULL: it could not be had, read or verified */
    struct str lack;           /* why; with a signer absent */
    int64_t next_update;       /* with a signer; TIME_NEVER: the list does not say */
};
struct revocation_lists {
    const struct revocation *rev;
    const struct list_slot *beyond;
    const struct list_slot *file;
    size_t list;
};
/* Files of issuers that no certificate names, and delta lists, are left out. Texts live as long as
 * rev. */
struct revocation_lists revocation_lists_begin(const struct revocation *rev);
/* False when that was all. */
bool revocation_lists_next(struct revocation_lists *at, struct revocation_list_seen *ret);

/* Problems, for the check's message, the log and the metrics: what is beyond the bounds, the
 * folder's, then those of addresses, then issuers. */
struct revocation_problem {
    struct str source; /* URL or file */
    struct str text;   /* one sentence */
    size_t unjudged;   /* answers it made unknown */
};
struct revocation_problems {
    const struct revocation *rev;
    const struct list_slot *beyond;
    const struct list_slot *file;
    size_t list;
    size_t issuer;
};
struct revocation_problems revocation_problems_begin(const struct revocation *rev);
/* False when that was all. */
bool revocation_problems_next(struct revocation_problems *at, struct revocation_problem *ret);

#endif
