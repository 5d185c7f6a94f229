/* deed.h: what the program did to the account by itself, for the log of changes: steps of
 * mitigation tasks, what their undoing restored, audits that a schedule started.
 *
 * Deeds are told when they are durable. Who did it is the role as which it was done, and the task
 * or the schedule by which it came about.
 */
#ifndef ACCOUNT_DEED_H
#define ACCOUNT_DEED_H

#include "base/str.h"

enum { DEED_RESOURCES_MAX = 500 };

struct deed {
    struct str cause;   /* "mitigation", "undo", "schedule" */
    struct str task;    /* of mitigation, or the audit that was started */
    struct str finding; /* about which a step was made; absent: none */
    struct str name;    /* of the mitigation action or of the schedule; absent: none */
    struct str role;    /* ARN; absent: as itself */
    struct str action;  /* "iot:UpdateCertificate"; absent: it came to none */
    const struct str *resources;
    size_t n_resources; /* at most DEED_RESOURCES_MAX; more are several deeds */
    struct str outcome; /* "OK", or the name of the error */
    struct str why;     /* of an error; absent: none */
};

/* Told of n deeds in the order in which they were done; views live as long as the call. */
typedef void deed_listener(void *ctx, const struct deed *deeds, size_t n);

#endif
