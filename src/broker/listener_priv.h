/* listener_priv.h: the socket on which brokers come, and who may.
 *
 * A stream socket of the file system, mode 0660. Whoever connects is asked for its user id by the
 * kernel (SO_PEERCRED): our own, root's, or one that was named.
 */
#ifndef BROKER_LISTENER_PRIV_H
#define BROKER_LISTENER_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/str.h"

enum { LISTENER_USERS_MAX = 8 };

struct listener {
    int fd; /* -1: closed */
    char *path;
    uid_t users[LISTENER_USERS_MAX];
    size_t n_users;
};

/* A socket left behind by a former life is replaced; the caller knows that nobody else lives there.
 * INVALID: something else is at the path; IO. */
MUST_USE enum status listener_open(struct listener *listener, struct str path, const uid_t *users,
                                   size_t n_users, struct why *why);

/* The next who has come; -1 with OK in why->code: nobody has; -1 otherwise: one was turned away,
 * and *ret_uid is who. */
int listener_accept(struct listener *listener, int64_t *ret_uid, struct why *why);

/* Removes the socket. */
void listener_close(struct listener *listener);

#endif
