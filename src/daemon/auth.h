/* auth.h: who asks: the access keys of the store, held against the request's signature.
 *
 * With `required` false (--insecure-no-auth, on loopback only) everybody is let in, as the SDKs
 * sign even with made-up keys; whoever signs with a key of the account is known by it all the same.
 */
#ifndef DAEMON_AUTH_H
#define DAEMON_AUTH_H

#include "api/door.h"

struct auth {
    struct store *store;
    struct clock clock;
    bool required;
};

/* A door_authenticate; ctx is the struct auth. */
door_authenticate auth_request;

#endif
