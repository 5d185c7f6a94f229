/* fake_broker.h: the symbols that the plugin asks of Mosquitto, with clients that a test makes. */
#ifndef FAKE_BROKER_H
#define FAKE_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guest;

/* What the broker knows of a client. */
struct mosquitto {
    const char *id;
    const char *address;
    int state; /* of the broker: 3 active, 2 said goodbye, 17 replaced, 0 new */
    int protocol_version;
    int keepalive;
    bool clean;
    unsigned certificate; /* number of its certificate, from 1; 0: none */
    char username[80];
};

struct fake_broker {
    struct guest *guest;             /* told of kicks as by the real one */
    struct mosquitto *clients[4096]; /* that a kick finds */
    size_t n_clients;
    size_t kicks, wills;
    size_t published;
    char last_topic[256];
    char log[4096]; /* the last lines */
};

/* The one that the symbols act on. */
extern struct fake_broker *fake_broker;

/* DER of the certificate with that number, as the stand-in for OpenSSL gives it. */
void fake_fingerprint(unsigned certificate, uint8_t fingerprint[32]);

#endif
