#include "net/tls_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <unistd.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/arena.h"
#include "base/limits.h"

#include "base/banned.h"

struct tls_keys {
    atomic_uint holders;
    unsigned n;
    gnutls_pcert_st chain[LIMIT_CHAIN_DEPTH];
    gnutls_privkey_t private;
};

/* The whole of a small file. */
static enum status read_file(struct arena *mem, struct str name, gnutls_datum_t *ret,
                             struct why *why)
{
    char *path = str_z(mem, name);
    uint8_t *bytes = arena_alloc(mem, LIMIT_PEM_BYTES + 1);
    TRY_PTR(path);
    TRY_PTR(bytes);
    size_t n = 0;
    ssize_t got = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        while (n <= LIMIT_PEM_BYTES && (got = read(fd, bytes + n, LIMIT_PEM_BYTES + 1 - n)) > 0) {
            n += (size_t)got;
        }
        close(fd);
    }
    if (got < 0) {
        return why_set(why, STATUS_IO, "%s cannot be read: %s", path, strerrordesc_np(errno));
    }
    if (n > LIMIT_PEM_BYTES) {
        return why_set(why, STATUS_INVALID, "%s is larger than %d bytes", path, LIMIT_PEM_BYTES);
    }
    *ret = (gnutls_datum_t){bytes, (unsigned)n};
    return STATUS_OK;
}

static enum status refuse(struct str file, const char *what, int code, struct why *why)
{
    return why_set(why, STATUS_INVALID, "%.*s %s (%s)", STR_ARG(file), what, gnutls_strerror(code));
}

/* Whether the private key belongs to the certificate: both have one public key. */
static bool same_key(struct tls_keys *keys)
{
    unsigned char ids[2][64];
    size_t lens[2] = {sizeof ids[0], sizeof ids[1]};
    gnutls_pubkey_t public = NULL;
    bool same = gnutls_pubkey_init(&public) == 0 &&
                gnutls_pubkey_import_privkey(public, keys->private, 0, 0) == 0 &&
                gnutls_pubkey_get_key_id(public, GNUTLS_KEYID_USE_SHA256, ids[0], &lens[0]) == 0 &&
                gnutls_pubkey_get_key_id(keys->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, ids[1],
                                         &lens[1]) == 0 &&
                lens[0] == lens[1] && memcmp(ids[0], ids[1], lens[0]) == 0;
    if (public != NULL) {
        gnutls_pubkey_deinit(public);
    }
    return same;
}

static enum status fill(struct tls_keys *keys, struct str cert_file, const gnutls_datum_t *cert,
                        struct str key_file, const gnutls_datum_t *key, struct why *why)
{
    unsigned n = LIMIT_CHAIN_DEPTH;
    int code = gnutls_pcert_list_import_x509_raw(keys->chain, &n, cert, GNUTLS_X509_FMT_PEM,
                                                 GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);
    if (code < 0) {
        return refuse(cert_file, "holds no usable certificate chain", code, why);
    }
    keys->n = n;
    code = gnutls_privkey_init(&keys->private);
    if (code == 0) {
        code = gnutls_privkey_import_x509_raw(keys->private, key, GNUTLS_X509_FMT_PEM, NULL, 0);
    }
    if (code < 0) {
        return refuse(key_file, "holds no usable private key", code, why);
    }
    if (!same_key(keys)) {
        return why_set(why, STATUS_INVALID, "the private key of %.*s is not that of %.*s",
                       STR_ARG(key_file), STR_ARG(cert_file));
    }
    return STATUS_OK;
}

enum status tls_keys_read(struct str cert_file, struct str key_file, struct tls_keys **ret,
                          struct why *why)
{
    gnutls_datum_t cert;
    gnutls_datum_t key;
    AUTO_ARENA *mem = arena_new(4 * LIMIT_PEM_BYTES);
    TRY_PTR(mem);
    TRY(read_file(mem, cert_file, &cert, why));
    TRY(read_file(mem, key_file, &key, why));
    struct tls_keys *keys = mem_alloc(sizeof *keys);
    TRY_PTR(keys);
    atomic_init(&keys->holders, 1);
    enum status status = fill(keys, cert_file, &cert, key_file, &key, why);
    mem_wipe(key.data, key.size);
    if (status != STATUS_OK) {
        tls_keys_release(keys);
        return status;
    }
    *ret = keys;
    return STATUS_OK;
}

struct tls_keys *tls_keys_hold(struct tls_keys *keys)
{
    atomic_fetch_add(&keys->holders, 1);
    return keys;
}

void tls_keys_release(struct tls_keys *keys)
{
    if (keys == NULL || atomic_fetch_sub(&keys->holders, 1) != 1) {
        return;
    }
    for (unsigned i = 0; i < keys->n; i++) {
        gnutls_pcert_deinit(&keys->chain[i]);
    }
    if (keys->private != NULL) {
        gnutls_privkey_deinit(keys->private);
    }
    mem_free(keys);
}

void *tls_keys_chain(struct tls_keys *keys, unsigned *ret_n)
{
    *ret_n = keys->n;
    return keys->chain;
}

void *tls_keys_private(struct tls_keys *keys)
{
    return keys->private;
}

enum status tls_keys_certificates(const struct tls_keys *keys, struct arena *mem,
                                  const struct bytes **ret, size_t *ret_n, struct why *why)
{
    struct bytes *list = NEW_ARRAY(mem, struct bytes, keys->n);
    TRY_PTR(list);
    for (unsigned i = 0; i < keys->n; i++) {
        const gnutls_datum_t *der = &keys->chain[i].cert;
        TRY(bytes_dup(mem, (struct bytes){der->data, der->size}, &list[i], why));
    }
    *ret = list;
    *ret_n = keys->n;
    return STATUS_OK;
}
