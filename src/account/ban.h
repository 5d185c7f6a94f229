/* ban.h: who may not connect for a while, whatever certificates and policies say.
 *
 *  1. A ban is of a client id, a certificate (its id), an address or a network (CIDR), and always
 *     ends: at most BAN_LONGEST_MS after it was made.
 *  2. Of one target there is one ban; a new one takes its place, and its number.
 *  3. A ban that is over says nothing; it is swept after.
 * Brokers hold the bans in force and end the connections that one falls on (broker/rows.h).
 */
#ifndef ACCOUNT_BAN_H
#define ACCOUNT_BAN_H

#include "account/page.h"

#define BAN_LONGEST_MS (INT64_C(366) * DAY_MS)

enum { BAN_REASON_BYTES_MAX = 256, BANS_MAX = 10000 };

struct ban_new {
    struct str kind;  /* CLIENT, CERTIFICATE, ADDRESS, NETWORK */
    struct str value; /* a network as net/cidr.h writes it: the caller has read it */
    int64_t until;
    struct str reason; /* absent: none */
    struct str author; /* ARN; absent: not known */
};

/* INVALID: rule 1, or a value that is none of its kind; LIMIT: BANS_MAX. */
MUST_USE enum status ban_add(const struct account_ctx *ctx, const struct ban_new *in,
                             struct ban *ret, struct why *why);

/* NOT_FOUND. */
MUST_USE enum status ban_remove(const struct account_ctx *ctx, int64_t id, struct why *why);
MUST_USE enum status ban_get(const struct account_ctx *ctx, int64_t id, struct ban *ret,
                             struct why *why);

/* A page of struct ban in force, by number. */
MUST_USE enum status ban_list(const struct account_ctx *ctx, const struct page *page,
                              struct page_rows *ret, struct why *why);

/* Forgets at most max bans that are over. *ret_n less than max: that was all. */
MUST_USE enum status ban_sweep(const struct account_ctx *ctx, size_t max, size_t *ret_n,
                               struct why *why);

#endif
