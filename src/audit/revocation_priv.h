/* revocation_priv.h: the inside of a struct revocation, shared by its three files. */
#ifndef AUDIT_REVOCATION_PRIV_H
#define AUDIT_REVOCATION_PRIV_H

#include "audit/revocation.h"
#include "base/map.h"

enum list_state { LIST_NOTED, LIST_READ, LIST_USABLE, LIST_PROBLEM };

/* A revocation list by where it comes from. A file that waits for its issuer stays LIST_READ, with
 * the problem that it is until then. */
struct list_slot {
    struct str source; /* URL, or "file:" and its path */
    enum list_state state;
    struct bytes der;
    struct crl crl;
    struct str issuer_hash;    /* hex SHA-256 of its issuer's name; absent: could not be read */
    const struct cert *signer; /* when USABLE, and of one that is only out of its time */
    bool out_of_time;          /* a PROBLEM by its dates alone */
    struct str problem;        /* absent: none */
    struct str silence;        /* why one without a problem left the last of them unjudged */
    size_t unjudged;
    bool from_network;            /* so that it is kept in the store */
    struct list_slot *next_file;  /* lists of the crl folder */
    struct list_slot *next_delta; /* delta lists that are USABLE */
    bool freshest;                /* it was noted because another list says that deltas are there */
    bool freshest_noted;          /* its own such addresses were */
};

/* VOUCHED: by invariant 8. */
enum issuer_state { ISSUER_NOTED, ISSUER_KNOWN, ISSUER_VOUCHED, ISSUER_PROBLEM };

/* An issuer by its name and key id, as certificates point at it. */
struct issuer_slot {
    struct str name_hash; /* hex SHA-256 of the DER name */
    struct str key_id;    /* hex; absent: certificates do not say */
    struct str name;      /* text */
    struct str urls;      /* where its certificate may be fetched, one a line */
    enum issuer_state state;
    struct str child_id;      /* a certificate that names it: proves it (invariant 2) */
    const struct cert *child; /* the same, when it was read before */
    const struct cert *cert;
    struct str problem;
    struct str lack; /* why the last of its addresses asked did not give it; during a round */
    size_t unjudged;
    bool chain; /* its own issuers and lists are wanted too */
    bool chain_noted;
    struct issuer_slot *above; /* NULL at a root or while unknown */
    /* Its certificate as lists see it; valid when KNOWN. */
    struct revocation_subject subject;
};

struct revocation {
    struct revocation_env env;
    struct arena *mem;
    struct arena *scratch;
    struct map lists;   /* source -> struct list_slot */
    struct map issuers; /* name_hash + key_id -> struct issuer_slot */
    struct list_slot *files;
    struct list_slot *deltas; /* those that are USABLE */
    struct list_slot beyond;  /* stands for all that was not noted for want of room */
    size_t n_pending;
};

/* Both give NULL, and remember that something is beyond, when there is no room. */
MUST_USE enum status list_note(struct revocation *rev, struct str source, struct list_slot **ret,
                               struct why *why);
MUST_USE enum status issuer_note(struct revocation *rev, const struct revocation_subject *cert,
                                 const struct cert *child, bool chain, struct issuer_slot **ret,
                                 struct why *why);

/* Notes the skipped distribution point of a certificate as a list that cannot be had. */
MUST_USE enum status skipped_note(struct revocation *rev, struct str point, struct why *why);

/* The certificate itself, from the store, into mem. NULL when its bytes are gone or unreadable. */
MUST_USE enum status child_load(struct revocation *rev, struct str id, struct arena *mem,
                                const struct cert **ret, struct why *why);

/* Reads the crl folder into rev->files, each LIST_READ or LIST_PROBLEM; that the folder cannot be
 * read is a problem of its own. */
MUST_USE enum status crl_dir_read(struct revocation *rev, struct why *why);

/* Reads bytes into a slot: LIST_READ, or LIST_PROBLEM with its sentence. */
void list_read(struct revocation *rev, struct list_slot *list, struct str pem_or_der);
void list_problem(struct revocation *rev, struct list_slot *list, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* The same sentence, of a list that may become usable yet. */
void list_lacks_issuer(struct revocation *rev, struct list_slot *list, const char *text);

#endif
