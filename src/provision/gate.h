/* gate.h: how often strangers may cost us something: certificates that nobody knows yet.
 *
 * Before a certificate is read, and before its signature is verified, three questions, each a look
 * into memory: was this certificate here within GATE_AGAIN_MS; has its address, and has its CA, had
 * more than its share lately. Buckets fill at a rate up to a burst (token bucket).
 *
 * Tables have a fixed size. A certificate that finds its place taken takes it over: it can only
 * forget that one was here, which the buckets bound. Addresses and CAs that share a place share a
 * bucket: it can only hold back more. Any thread.
 */
#ifndef PROVISION_GATE_H
#define PROVISION_GATE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

enum {
    GATE_SEEN = 8192,   /* certificates remembered */
    GATE_BUCKETS = 512, /* of addresses, and of CAs */
    GATE_AGAIN_MS = 60 * 1000,
    GATE_ADDRESS_RATE = 20, /* a second; a plant comes from one address */
    GATE_ADDRESS_BURST = 200,
    GATE_CA_RATE = 50,
    GATE_CA_BURST = 1000,
};

struct gate;

MUST_USE enum status gate_new(struct gate **ret, struct why *why);
void gate_free(struct gate *gate); /* accepts NULL */

/* True when the certificate (its digest, as bytes) may be looked at now: it counts as seen then. */
bool gate_certificate(struct gate *gate, struct bytes digest, int64_t now);

/* True when one more is within the share of that address, of that CA. */
bool gate_address(struct gate *gate, struct str address, int64_t now);
bool gate_ca(struct gate *gate, struct bytes digest, int64_t now);

#endif
