#include "x509/anchor.h"

#include "x509/ossl_priv.h"

#include "base/banned.h"

enum status anchor_hash(struct bytes der, uint32_t *ret, struct why *why)
{
    const unsigned char *at = der.ptr;
    AUTO(X509) *cert = d2i_X509(NULL, &at, (long)der.len);
    if (cert == NULL) {
        return why_set(why, STATUS_CERT_INVALID, "it is no certificate: %s", ossl_reason());
    }
    *ret = (uint32_t)X509_subject_name_hash(cert);
    return STATUS_OK;
}
