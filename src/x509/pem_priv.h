/* pem_priv.h: PEM (RFC 7468), one block where one is wanted.
 *
 * A block's base64 may be broken by white space anywhere, is otherwise the strict alphabet with
 * correct padding, and has no header lines. Text before a block is skipped unless it holds a NUL
 * octet (then it is no text).
 */
#ifndef X509_PEM_PRIV_H
#define X509_PEM_PRIV_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct pem_block {
    struct str label; /* "CERTIFICATE" */
    struct str body;  /* between the two lines */
    size_t start;     /* of "-----BEGIN" in the text */
    size_t end;       /* just after the END line's last dash */
};

/* The first block at or after from. NOT_FOUND when no line begins one; MALFORMED when one does not
 * end as it began. */
MUST_USE enum status pem_next(struct str text, size_t from, struct pem_block *ret, struct why *why);

/* What a reader wants. */
struct pem_kind {
    const char *what;     /* "certificate", for sentences */
    const char *label[3]; /* accepted labels, NULL-ended */
    size_t max_text;      /* largest input as PEM */
    size_t max_der;       /* largest DER */
};

/* The DER of exactly one object, given as PEM or as DER itself (which then is lent, not copied).
 * TOO_LARGE and MALFORMED; a private key in the text is named as such. */
MUST_USE enum status pem_or_der_read(struct arena *mem, const struct pem_kind *kind, struct str in,
                                     struct bytes *ret_der, struct why *why);

/* True when the input is DER: a SEQUENCE with a long length, which no text begins with. */
bool pem_is_der(struct str in);

/* The octets of a block's body. MALFORMED, TOO_LARGE beyond max. */
MUST_USE enum status pem_decode(struct arena *mem, struct str body, size_t max, struct bytes *ret,
                                struct why *why);

/* "-----BEGIN label-----", lines of 64 characters, the END line, each with a newline. */
MUST_USE enum status pem_write(struct arena *mem, const char *label, struct bytes der,
                               struct str *ret, struct why *why);

#endif
