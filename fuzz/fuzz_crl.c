/* fuzz_crl.c: one revocation list, PEM or DER. What our walk accepts the crypto library accepts
 * too, with the same serial numbers in the same order, and the table finds each of them.
 */
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>

#include "x509/crl.h"

static void require(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void compare_entry(const struct crl *crl, size_t i, const X509_REVOKED *revoked)
{
    const struct crl_entry *entry = &crl->entries[i];
    BIGNUM *theirs = ASN1_INTEGER_to_BN(X509_REVOKED_get0_serialNumber(revoked), NULL);
    BIGNUM *ours = BN_bin2bn(entry->serial, entry->serial_len, NULL);
    require(theirs != NULL && ours != NULL && BN_cmp(theirs, ours) == 0);
    const struct crl_entry *found = crl_find(crl, (struct bytes){entry->serial, entry->serial_len});
    require(found != NULL && found->serial_len == entry->serial_len);
    require(ASN1_TIME_check(X509_REVOKED_get0_revocationDate(revoked)) == 1);
    BN_free(ours);
    BN_free(theirs);
}

static void compare_with_library(const struct crl *crl, struct bytes der)
{
    const unsigned char *p = der.ptr;
    X509_CRL *theirs = d2i_X509_CRL(NULL, &p, (long)der.len);
    require(theirs != NULL && p == der.ptr + der.len);
    STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(theirs);
    size_t n = revoked == NULL ? 0 : (size_t)sk_X509_REVOKED_num(revoked);
    require(n == crl->n_entries);
    for (size_t i = 0; i < n; i++) {
        compare_entry(crl, i, sk_X509_REVOKED_value(revoked, (int)i));
    }
    require((X509_CRL_get0_nextUpdate(theirs) != NULL) == (crl->next_update != TIME_NEVER));
    X509_CRL_free(theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *mem = arena_new(8 << 20);
    struct bytes der;
    struct crl crl = {.version = 0};
    struct why why;
    enum status status = crl_decode(mem, (struct str){(const char *)data, size}, &der, &why);
    if (status == STATUS_OK) {
        status = crl_read(mem, der, &crl, &why);
    }
    if (status == STATUS_OK) {
        compare_with_library(&crl, der);
    } else {
        require(crl.version == 0 && why.text[0] != 0);
    }
    ERR_clear_error();
    arena_free(mem);
    return 0;
}
