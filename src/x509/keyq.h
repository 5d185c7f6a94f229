/* keyq.h: keys that can be computed from their public half.
 *
 * ROCA (CVE-2017-15361): the RSA library of certain Infineon chips made primes of the form
 * k * M + (65537^a mod M), M a product of the first primes; so modulo each small prime the modulus
 * is a power of 65537, which random moduli are with a chance of about 2^-28. Debian
 * (CVE-2008-0166): OpenSSL of Debian had 32,768 keys for each size and kind of machine; they are
 * listed by fingerprint (packages openssl-blacklist, openssl-blacklist-extra).
 *
 * Both work on stored facts (modulus, struct key's debian): no key is parsed. Constant tables, no
 * multi-precision library: an audit of a million keys spends 0.3 s here.
 */
#ifndef X509_KEYQ_H
#define X509_KEYQ_H

#include "x509/key.h"

/* True when the modulus (big-endian) has the fingerprint of ROCA: for each odd prime p up to 167 it
 * is a power of 65537 modulo p. False for a modulus of no bytes. */
bool keyq_is_roca(struct bytes modulus);

/* Lists of weak Debian keys, by key size. Built once, then read-only and shared by threads; at most
 * 16 bytes an entry. */
struct keyq_list;

/* An empty list for at most max entries in all. NULL when out of memory. The owner calls
 * keyq_list_free, which accepts NULL. */
struct keyq_list *keyq_list_new(size_t max);
void keyq_list_free(struct keyq_list *list);

/* Adds one file of openssl-blacklist: lines of 20 hex digits, comments from '#', blank lines. The
 * key size is the number at the end of the file's name ("blacklist.RSA-2048"). INVALID for a name
 * without one, and for a line of another form, with the line's number; TOO_LARGE beyond max. */
MUST_USE enum status keyq_list_add(struct keyq_list *list, struct str file_name, struct str text,
                                   struct why *why);

/* Ends building, once: sorts, drops duplicates, gives back spare memory. Before it, nothing is
 * found. */
MUST_USE enum status keyq_list_seal(struct keyq_list *list, struct why *why);

/* Entries, and the bytes that a sealed list takes. */
size_t keyq_list_size(const struct keyq_list *list);
size_t keyq_list_bytes(const struct keyq_list *list);

/* True when a key of that many bits and that fingerprint (struct key's debian) is listed. A NULL
 * list lists nothing. */
bool keyq_list_has(const struct keyq_list *list, int bits, const uint8_t debian[KEY_DEBIAN_BYTES]);

static inline void auto_keyq_list(struct keyq_list **list)
{
    keyq_list_free(*list);
}
/* AUTO_KEYQ_LIST *list = keyq_list_new(...);  freed at the end of the scope. */
#define AUTO_KEYQ_LIST __attribute__((cleanup(auto_keyq_list))) struct keyq_list

#endif
