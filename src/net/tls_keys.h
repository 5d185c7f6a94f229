/* tls_keys.h: a server's certificate chain and private key, read from PEM files.
 *
 * A value that never changes and is counted: connections hold the keys they began with while a
 * reload puts others in their place. The pointers are GnuTLS objects; only net/http_server_*.c look
 * at them.
 */
#ifndef NET_TLS_KEYS_H
#define NET_TLS_KEYS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct tls_keys;

/* Reads both files, of at most LIMIT_PEM_BYTES each: the server's certificate first, then its
 * intermediates, at most LIMIT_CHAIN_DEPTH in all. IO when a file cannot be read, INVALID when it
 * holds nothing fit or the key is not that of the certificate; why names the file. The caller holds
 * the one reference. */
MUST_USE enum status tls_keys_read(struct str cert_file, struct str key_file, struct tls_keys **ret,
                                   struct why *why);

/* One more holder, and one less: the last frees. tls_keys_release accepts NULL. */
struct tls_keys *tls_keys_hold(struct tls_keys *keys);
void tls_keys_release(struct tls_keys *keys);

/* gnutls_pcert_st[*ret_n] and gnutls_privkey_t, for the handshake. */
void *tls_keys_chain(struct tls_keys *keys, unsigned *ret_n);
void *tls_keys_private(struct tls_keys *keys);

/* The certificates of the chain as DER, in mem, the server's own first. */
MUST_USE enum status tls_keys_certificates(const struct tls_keys *keys, struct arena *mem,
                                           const struct bytes **ret, size_t *ret_n,
                                           struct why *why);

#endif
