/* auth.h: who asks: the access keys of the store, held against the request's signature.
 *
 * With `required` false (--insecure-no-auth, on loopback only) unsigned requests are let in as
 * nobody; a request that is signed is verified all the same.
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
