#include "codec/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "base/arena.h"
#include "codec/hex.h"

#include "base/banned.h"

_Static_assert(SHA256_BYTES == SHA256_DIGEST_LENGTH, "SHA-256 has 32 bytes");
_Static_assert(SHA1_BYTES == SHA_DIGEST_LENGTH, "SHA-1 has 20 bytes");

struct digest {
    EVP_MD_CTX *context;
    bool failed;
};

static enum status outcome(bool done, struct why *why)
{
    return done ? STATUS_OK : why_set(why, STATUS_INTERNAL, "OpenSSL refused to compute a digest");
}

enum status digest_sha256(struct bytes in, uint8_t out[SHA256_BYTES], struct why *why)
{
    return outcome(SHA256(in.ptr == NULL ? out : in.ptr, in.len, out) != NULL, why);
}

enum status digest_sha1(struct bytes in, uint8_t out[SHA1_BYTES], struct why *why)
{
    return outcome(SHA1(in.ptr == NULL ? out : in.ptr, in.len, out) != NULL, why);
}

enum status digest_sha256_hex(struct bytes in, char out[SHA256_HEX + 1], struct why *why)
{
    uint8_t digest[SHA256_BYTES];
    TRY(digest_sha256(in, digest, why));
    hex_encode((struct bytes){digest, sizeof digest}, out);
    out[SHA256_HEX] = '\0';
    return STATUS_OK;
}

enum status digest_hmac_sha256(struct bytes key, struct bytes in, uint8_t out[SHA256_BYTES],
                               struct why *why)
{
    /* HMAC() takes a NULL key for "the key of last time", and the length as int. */
    const uint8_t *key_ptr = key.ptr == NULL ? (const uint8_t *)"" : key.ptr;
    unsigned int len = SHA256_BYTES;
    bool done = key.len <= INT_MAX &&
                HMAC(EVP_sha256(), key_ptr, (int)key.len, in.ptr, in.len, out, &len) != NULL;
    return outcome(done, why);
}

struct digest *digest_new(enum digest_kind kind)
{
    struct digest *digest = mem_alloc(sizeof *digest);
    if (digest == NULL) {
        return NULL;
    }
    digest->context = EVP_MD_CTX_new();
    if (digest->context == NULL) {
        mem_free(digest);
        return NULL;
    }
    const EVP_MD *md = kind == DIGEST_SHA256 ? EVP_sha256() : EVP_sha1();
    digest->failed = EVP_DigestInit_ex(digest->context, md, NULL) != 1;
    return digest;
}

void digest_add(struct digest *digest, struct bytes piece)
{
    digest->failed |= EVP_DigestUpdate(digest->context, piece.ptr, piece.len) != 1;
}

enum status digest_finish(struct digest *digest, uint8_t *out, struct why *why)
{
    return outcome(!digest->failed && EVP_DigestFinal_ex(digest->context, out, NULL) == 1, why);
}

void digest_free(struct digest *digest)
{
    if (digest != NULL) {
        EVP_MD_CTX_free(digest->context);
        mem_free(digest);
    }
}
