/* fuzz_cert.c: one certificate, PEM or DER. What is accepted must be one that the crypto library
 * reads too, with the same serial number, and must read the same from its own PEM.
 */
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "x509/cert.h"
#include "x509/keyq.h"
#include "x509/verify.h"

static void require(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void compare_with_library(const struct cert *cert)
{
    const unsigned char *p = cert->der.ptr;
    X509 *x509 = d2i_X509(NULL, &p, (long)cert->der.len);
    require(x509 != NULL && p == cert->der.ptr + cert->der.len);
    BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), NULL);
    BIGNUM *ours = BN_bin2bn(cert->serial.ptr, (int)cert->serial.len, NULL);
    require(serial != NULL && ours != NULL && BN_cmp(serial, ours) == 0);
    require((X509_get_version(x509) == X509_VERSION_3) == (cert->version == 3));
    BN_free(ours);
    BN_free(serial);
    X509_free(x509);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *mem = arena_new(4 << 20);
    const struct cert *cert = NULL;
    const struct cert *again = NULL;
    struct why why;
    if (cert_read(mem, (struct str){(const char *)data, size}, &cert, &why) == STATUS_OK) {
        struct cert_flaws flaws;
        struct cert_chain chain;
        struct str pem;
        compare_with_library(cert);
        require(str_is_utf8(cert->subject) && str_is_utf8(cert->issuer));
        require(cert_pem(mem, cert->der, &pem, NULL) == STATUS_OK);
        require(cert_read(mem, pem, &again, NULL) == STATUS_OK);
        require(memcmp(cert->sha256, again->sha256, sizeof cert->sha256) == 0);
        require(cert_flaws(mem, cert, &flaws, NULL) == STATUS_OK);
        require(cert_chain_find(cert, &again, 1, &chain, NULL) == STATUS_OK);
        (void)keyq_is_roca(cert->key.modulus);
    } else {
        require(cert == NULL && why.text[0] != 0);
    }
    require(ERR_peek_error() == 0);
    arena_free(mem);
    return 0;
}
