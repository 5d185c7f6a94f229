/* aws.h: calls to an AWS account, or to whatever speaks its API, as its own clients make them.
 *
 * Requests and replies follow from the contract's rows, so an operation of any service is called by
 * its id with named members. Each call is signed (sign.h), tried again when the service says that
 * it is too much or not now, later each time with jitter, and what it replies is one JSON tree
 * whatever the wire was.
 *
 * What a refusal means to the caller:
 *   NOT_FOUND        the resource is not there
 *   DENIED           these credentials may not do this; others calls may go through
 *   UNAUTHENTICATED  the credentials are not accepted, or expired: no call will go through
 *   UNSUPPORTED      the endpoint does not have this operation
 *   INVALID          any other refusal
 *   BUSY             throttled, or broken down, after all tries
 *   IO               no answer after all tries
 * The sentence has the error's name and message as they were sent.
 */
#ifndef COLLECT_AWS_H
#define COLLECT_AWS_H

#include "base/clock.h"
#include "base/rnd.h"
#include "codec/json_tree.h"
#include "collect/places.h"
#include "collect/sign.h"

enum {
    AWS_TRIES = 10,       /* while it is throttled */
    AWS_TRIES_BROKEN = 4, /* of them without an answer, or with a 5xx */
    AWS_FIRST_PAUSE_MS = 100,
    AWS_LAST_PAUSE_MS = 20000,
    AWS_TIMEOUT_MS = 60000,
};

struct aws_options {
    struct places places;
    struct sign_key key;
    struct str ca_file; /* absent: the system's authorities */
    struct clock clock;
    struct rnd rnd;
    /* Waits; NULL: sleeps. */
    void (*pause)(void *ctx, int64_t ms);
    void *pause_ctx;
};

struct aws;

/* The texts of options outlive it. The caller ends it with aws_free, which accepts NULL. */
MUST_USE enum status aws_new(const struct aws_options *options, struct aws **ret, struct why *why);
void aws_free(struct aws *aws);

/* A member of a request. Lists are texts, a line each; numbers and booleans are text as well. An
 * absent value is not sent. */
struct aws_arg {
    enum member_id member;
    struct str value;
};

/* The reply's tree lies in mem; an empty one is an empty object. A reply in XML has the members of
 * its shape, with numbers, times and booleans as texts. */
MUST_USE enum status aws_call(struct aws *aws, enum op_id op, const struct aws_arg *args,
                              size_t n_args, struct arena *mem, const struct json_value **ret,
                              struct why *why);

/* The same of a call that must not arrive twice: tried again only when it was throttled, and so did
 * not arrive. BUSY and IO: nobody knows whether it did. */
MUST_USE enum status aws_call_once(struct aws *aws, enum op_id op, const struct aws_arg *args,
                                   size_t n_args, struct arena *mem, const struct json_value **ret,
                                   struct why *why);

/* Calls an operation whose replies come in pages until there is none left; visit is given each
 * page, whose memory is mem, which is cleared before the next. */
struct aws_pages {
    enum op_id op;
    const struct aws_arg *args; /* without token and page size */
    size_t n_args;
    const char *page_size; /* NULL: the service's own */
    enum status (*visit)(void *ctx, const struct json_value *page, struct why *why);
    void *ctx;
};
MUST_USE enum status aws_all_pages(struct aws *aws, const struct aws_pages *pages,
                                   struct arena *mem, struct why *why);

/* Waits as between two tries; for jobs of the service that take a while. */
void aws_wait(struct aws *aws, int64_t ms);

/* "iam:GetRole", as policies name the operation. */
MUST_USE enum status aws_action(struct arena *mem, enum op_id op, struct str *ret, struct why *why);

/* How often it was asked, and how often it said: later. */
struct aws_counts {
    int64_t requests;
    int64_t throttled;
};
struct aws_counts aws_counts_get(const struct aws *aws);

#endif
