/* snapshot.h: POST /bulwark/import/snapshot: lines of a snapshot (collect/snapshot.h), taken in as
 * they stand there.
 *
 * The head comes first. It makes an account that came in this way hold nothing of what snapshots
 * tell; one that was made otherwise is refused. Then come the other lines, in their order, in as
 * many requests as it takes; each request is taken in whole or not at all. What cannot be kept here
 * (a certificate that cannot be read, a policy that breaks the grammar of IAM) is no end of it: the
 * area then is known in part, which audits say (audit/collected.h).
 *
 * Notification targets are not taken in: this is not the place that tells the account's operators.
 * A check that the account has not enabled is not enabled here, unless none is: then all are, as
 * role "bulwark-collect", which need not exist.
 */
#ifndef API_SNAPSHOT_H
#define API_SNAPSHOT_H

#include "api/call.h"
#include "collect/snapshot.h"

enum { SNAPSHOT_LINES_MAX = 1000 }; /* of one request */

/* One line, read. */
struct adoptee {
    struct snapshot_line line;
    struct str trouble; /* why it cannot be kept; absent: it can */
    void *read;         /* what prepare made of it, for adopt */
};

/* What a kind of line becomes. prepare may be NULL. */
struct adopt_kind {
    enum area area; /* that is known in part when it cannot be kept */
    /* Off the writer thread: what is slow to read. Trouble is what adoptee->trouble says. */
    enum status (*prepare)(const struct account_ctx *ctx, struct adoptee *adoptee, struct why *why);
    enum status (*adopt)(const struct account_ctx *ctx, const struct adoptee *adoptee,
                         struct why *why);
};
extern const struct adopt_kind *const adopt_kinds[SNAPSHOT_KIND_COUNT]; /* NULL: nothing */

/* ---- for the kinds --------------------------------------------------------------------------- */

/* A member that must be there, or may be absent; INVALID names it. */
MUST_USE enum status adopt_text(const struct json_value *value, const char *key, struct str *ret,
                                struct why *why);
struct str adopt_may_text(const struct json_value *value, const char *key);
int64_t adopt_may_int(const struct json_value *value, const char *key, int64_t fallback);
bool adopt_may_bool(const struct json_value *value, const char *key);

/* A moment: epoch seconds or a text of RFC 3339; fallback when it is absent. */
int64_t adopt_may_time(const struct json_value *value, const char *key, int64_t fallback);

/* The member as canonical JSON; absent when it is not there. */
MUST_USE enum status adopt_may_json(const struct account_ctx *ctx, const struct json_value *value,
                                    const char *key, struct str *ret, struct why *why);

/* Notes that `count` resources of an area (-1: all of it) are not known. */
MUST_USE enum status adopt_lack(const struct account_ctx *ctx, enum area area, struct str action,
                                struct str error, int64_t count, struct why *why);

#endif
