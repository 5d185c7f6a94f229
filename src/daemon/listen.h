/* listen.h: "ADDR:PORT" and "[ADDR]:PORT", taken apart and judged. */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

struct listen_address {
    struct str address; /* numeric, without brackets */
    uint16_t port;
    bool loopback; /* 127.0.0.0/8 or ::1 */
    bool v6;
};

/* INVALID when it is not a numeric address and a port of 0 to 65535. */
MUST_USE enum status listen_read(struct str text, struct listen_address *ret, struct why *why);

#endif
