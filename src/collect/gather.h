/* gather.h: reads an account: every area of it, in order, into a part of a snapshot.
 *
 * What the account refuses does not end it: the area is told as unknown, with the operation and
 * what it said, and an audit of the snapshot then says that it could not judge (docs/collect.md).
 * A resource that goes while it is read is left out. Credentials that are refused, a network that
 * is gone and a full disk do end it; begun again, it goes on where it was.
 *
 * A resource is one line, written when all of it is known, so what is there is not asked for again.
 */
#ifndef COLLECT_GATHER_H
#define COLLECT_GATHER_H

#include "collect/aws.h"
#include "collect/part.h"

/* So many refusals in a row of single resources, and the rest of the area is not asked for. */
enum { GATHER_REFUSALS_MAX = 25, GATHER_NAMES_MAX = 1 << 20 };

/* How far an area is; total is -1 while it is not known. */
struct gather_progress {
    enum area area;
    int64_t done;
    int64_t total;
};

struct gather_options {
    struct aws *aws;
    struct part *part;
    struct clock clock;
    int64_t history_from; /* connections since then; TIME_NEVER: none are asked for */
    int64_t history_to;
    void (*told)(void *ctx, const struct gather_progress *progress); /* may be NULL */
    void *told_ctx;
};

/* What became of an area. */
struct gather_lack {
    bool is;
    bool passing;      /* throttled or broken down: trying again later may help */
    int64_t count;     /* resources that are not known; -1: nobody knows how many */
    struct str action; /* "iam:GetRole" */
    struct str error;
};

struct gathered {
    struct gather_lack lacks[AREA_COUNT];
    int64_t counts[AREA_COUNT]; /* resources that are in the snapshot; -1: told with another area */
    bool passing;               /* of any */
};

/* Texts of *ret lie in mem. UNAUTHENTICATED, IO, NO_MEMORY; what was read until then is kept. */
MUST_USE enum status gather_run(const struct gather_options *options, struct arena *mem,
                                struct gathered *ret, struct why *why);

#endif
