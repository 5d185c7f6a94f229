/* weak_key.h: an RSA key with the flaw of CVE-2017-15361, made on purpose. For tests and the demo;
 * nothing of it is in the programs. */
#ifndef TESTS_LIB_WEAK_KEY_H
#define TESTS_LIB_WEAK_KEY_H

#include <stdbool.h>
#include <stdio.h>

/* Writes the private key of an RSA-2048 pair, PEM ("PRIVATE KEY"), whose primes are
 * k * M + (65537^a mod M), M the product of the primes up to 167. False when the crypto library
 * fails. Takes about half a second. */
bool weak_key_write(FILE *out);

#endif
