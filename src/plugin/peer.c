/* peer.c: see peer.h; this folder's door to OpenSSL, as the broker speaks it. */
#include "plugin/peer.h"

#include <mosquitto_broker.h>
#include <openssl/x509.h>

#include "base/limits.h"

#include "base/banned.h"

_Static_assert(LINK_DIGEST_BYTES == SHA256_DIGEST_LENGTH, "a SHA-256");

static void auto_X509(X509 **cert)
{
    X509_free(*cert);
}

static enum status no_certificate(struct why *why)
{
    return why_set(why, STATUS_NOT_FOUND, "the client has shown no certificate");
}

enum status peer_identify(const struct mosquitto *client, struct peer *ret, struct why *why)
{
    AUTO(X509) *cert = mosquitto_client_certificate(client);
    if (cert == NULL) {
        return no_certificate(why);
    }
    if (X509_digest(cert, EVP_sha256(), ret->fingerprint, NULL) != 1 ||
        X509_NAME_digest(X509_get_issuer_name(cert), EVP_sha256(), ret->issuer, NULL) != 1) {
        return why_set(why, STATUS_INTERNAL, "the certificate cannot be digested");
    }
    return STATUS_OK;
}

enum status peer_certificate(const struct mosquitto *client, struct arena *mem, struct bytes *ret,
                             struct why *why)
{
    AUTO(X509) *cert = mosquitto_client_certificate(client);
    int len = cert == NULL ? -1 : i2d_X509(cert, NULL);
    if (len <= 0 || len > LIMIT_DER_BYTES) {
        return no_certificate(why);
    }
    uint8_t *der = arena_alloc(mem, (size_t)len);
    TRY_PTR(der);
    uint8_t *end = der;
    if (i2d_X509(cert, &end) != len) {
        return no_certificate(why);
    }
    *ret = (struct bytes){der, (size_t)len};
    return STATUS_OK;
}
