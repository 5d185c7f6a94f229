/* principal.h: who a trust policy, or that of a resource, speaks of, and whether that is who asks.
 *
 * The Principal element of IAM's grammar:
 *     https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 * A name holds no wildcard; the one `*` there is stands alone and means everybody, services too.
 * An account (its twelve digits, or the ARN of its root) stands for each user and role of it.
 */
#ifndef POLICY_PRINCIPAL_H
#define POLICY_PRINCIPAL_H

#include <stdbool.h>

#include "base/str.h"

enum policy_principal_kind {
    POLICY_EVERYBODY,
    POLICY_ACCOUNT,   /* text: twelve digits */
    POLICY_PERSON,    /* text: the ARN of a user, a role or a session of one; or the id of one that
                         is deleted, which is nobody */
    POLICY_SERVICE,   /* text: iot.amazonaws.com */
    POLICY_FEDERATED, /* text: an identity provider: a host name, or an ARN */
};

struct policy_principal {
    enum policy_principal_kind kind;
    struct str text;
};

/* Reads one name under a member of the Principal object: "AWS", "Service" or "Federated". False
 * when the member is another, or the name can be none of the kind. */
bool policy_principal_of(struct str member, struct str name, struct policy_principal *ret);

/* Who asks. What is absent is not known, or not of that kind. */
struct policy_who {
    struct str service;
    struct str arn;
    struct str account; /* that arn is of */
    struct str federated;
};

bool policy_principal_is(const struct policy_principal *principal, const struct policy_who *who);

#endif
