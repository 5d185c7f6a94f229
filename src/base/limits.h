/* limits.h: every largest size, one list. Past it: a named error, not memory.
 *
 * Sizes are bytes unless the name says otherwise. Quotas of the AWS contract (policies a
 * certificate, versions a policy) are not here: they are rules of the account (account/quotas.h).
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    /* the API door */
    LIMIT_BODY_BYTES = 1 << 20,
    LIMIT_HEADER_BYTES = 16 << 10, /* request line and headers together */
    LIMIT_REPLY_BYTES = 8 << 20,
    LIMIT_REQUEST_MEMORY = 32 << 20, /* one request's arena */
    LIMIT_CONNECTIONS = 512,
    LIMIT_CONNECTIONS_PER_ADDRESS = 256,
    LIMIT_IDLE_SECONDS = 30,
    LIMIT_REQUEST_SECONDS = 60, /* from the first byte of a request to its last */

    /* formats */
    LIMIT_JSON_DEPTH = 32,
    LIMIT_JSON_VALUES = 1 << 16, /* of one tree; readers without a tree have no such bound */
    LIMIT_URI_BYTES = 8 << 10,
    LIMIT_QUERY_PARAMETERS = 128,
    LIMIT_FORM_PARAMETERS = 4096, /* of a request of the Query protocol */

    /* certificates */
    LIMIT_PEM_BYTES = 65536, /* the service model's largest CertificatePem */
    LIMIT_DER_BYTES = 48 << 10,
    LIMIT_CHAIN_DEPTH = 8,
    LIMIT_CHAIN_TRIALS = 64, /* signatures verified in search of one chain */
    LIMIT_CERT_EXTENSIONS = 64,
    LIMIT_CERT_ATTRIBUTES = 64, /* of one name with its alternative name */
    LIMIT_CSR_BYTES = 4096,     /* the service model's largest CertificateSigningRequest */
    LIMIT_CRL_BYTES = 64 << 20,
    LIMIT_CRL_ENTRIES = 1 << 20,
    LIMIT_DISTRIBUTION_POINTS = 8, /* CRL or issuer addresses kept of one certificate */

    /* policies: the raw text bound of the service model */
    LIMIT_POLICY_BYTES = 404600,
    LIMIT_POLICY_STATEMENTS = 512,

    /* the link to a broker */
    LIMIT_LINK_FRAME_BYTES = 1 << 20, /* of a message, without the length before it */

    /* notifications */
    LIMIT_OUTBOX_PENDING = 100000, /* that wait; no further message is taken then */
    LIMIT_OUTBOX_SPREAD = 200000,  /* no message becomes deliveries while there would be more */
    LIMIT_OUTBOX_DEAD = 100000,    /* given up and kept; further ones are dropped, and counted */

    /* provisioning templates */
    LIMIT_TEMPLATE_BYTES = 1 << 20, /* of text that one makes */

    /* work outside requests */
    LIMIT_STORE_QUEUE = 16384,           /* write transactions that may wait */
    LIMIT_STORE_VIEWS = 256,             /* read views open at once */
    LIMIT_STORE_GROUP_BYTES = 8 << 20,   /* a group commit takes no further job beyond */
    LIMIT_STORE_CHANGES_BYTES = 8 << 20, /* keys noted for a watcher; beyond: all changed */
    LIMIT_STORE_MEMORY = 1 << 30,        /* rows of a store in memory */
    LIMIT_AUDIT_MEMORY = 64 << 20,       /* the arena of one page of an audit */
    LIMIT_MITIGATION_MEMORY = 128 << 20, /* likewise of a mitigation; one step may change many */
    LIMIT_REVOCATION_MEMORY = 96 << 20,  /* lists of one audit; the same again while reading them */
    LIMIT_REVOCATION_NOTES = 65536,      /* issuers, and lists, of one audit */
    LIMIT_CRL_DIR_FILES = 4096,
    LIMIT_SERVER_PLACES = 64, /* where certificates of servers are watched */
    LIMIT_FETCH_SECONDS = 20,
};

#endif
