/* peer.h: the certificate with which a client of the broker proved who it is. */
#ifndef PLUGIN_PEER_H
#define PLUGIN_PEER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "link/codec.h"

struct mosquitto;

/* SHA-256 of its DER, and of the DER of its issuer's name. NOT_FOUND: the client has shown none. */
struct peer {
    uint8_t fingerprint[LINK_DIGEST_BYTES];
    uint8_t issuer[LINK_DIGEST_BYTES];
};
MUST_USE enum status peer_identify(const struct mosquitto *client, struct peer *ret,
                                   struct why *why);

/* Its DER, in the arena. NOT_FOUND, NO_MEMORY. */
MUST_USE enum status peer_certificate(const struct mosquitto *client, struct arena *mem,
                                      struct bytes *ret, struct why *why);

#endif
