/* cert_priv.h: the parts that cert_read is put together from. */
#ifndef X509_CERT_PRIV_H
#define X509_CERT_PRIV_H

#include "x509/cert.h"
#include "x509/ossl_priv.h"

/* Attributes of one name being collected. */
struct attr_list {
    struct arena *mem;
    struct cert_attr *rows; /* LIMIT_CERT_ATTRIBUTES */
    size_t n;
};

MUST_USE enum status attr_list_init(struct attr_list *list, struct arena *mem, struct why *why);

/* The rows of a distinguished name. CERT_INVALID for a NUL, TOO_LARGE beyond the limit. */
MUST_USE enum status attr_list_add_name(struct attr_list *list, const X509_NAME *name,
                                        struct why *why);

/* The rows of an alternative name. */
MUST_USE enum status attr_list_add_alternatives(struct attr_list *list, const GENERAL_NAMES *names,
                                                struct why *why);

/* Fills what the extensions say, alternative names included: subject and issuer hold the rows of
 * the distinguished names and are added to. */
MUST_USE enum status cert_read_extensions(struct arena *mem, const X509 *x509, struct cert *cert,
                                          struct attr_list *subject, struct attr_list *issuer,
                                          struct why *why);

#endif
