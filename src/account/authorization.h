/* authorization.h: TestAuthorization: may this principal do that, which policies say so, and what
 * was not known when they were asked.
 *
 * The device is described by its principal and client id. What follows from them is known (the
 * certificate's id and attributes; the thing that the client id names, when it is attached to the
 * principal, or the thing to which the principal is attached exclusively; its type, attributes and
 * groups); what only a connection has (address, host name, last will) is missing, and is named.
 */
#ifndef ACCOUNT_AUTHORIZATION_H
#define ACCOUNT_AUTHORIZATION_H

#include "account/account.h"
#include "policy/evaluate.h"

struct authorization_subject {
    struct str principal;  /* certificate ARN or Cognito identity id; absent: policies alone */
    struct str client_id;  /* absent: not known */
    const struct str *add; /* names of policies, as if attached to the principal */
    size_t n_add;
    const struct str *skip; /* as if not attached */
    size_t n_skip;
};

struct authorization;

/* Gathers what decides. INVALID: a principal of another form, or neither principal nor policies to
 * add; NOT_FOUND: the certificate, or a policy to add or to skip. All in ctx->mem. */
MUST_USE enum status authorization_begin(const struct account_ctx *ctx,
                                         const struct authorization_subject *subject,
                                         struct authorization **ret, struct why *why);

/* Names of policies, each once. Over several resources a policy may be on several lists. */
struct authorization_answer {
    enum policy_verdict verdict;
    const struct str *allowed; /* those with a statement that allows it */
    size_t n_allowed;
    const struct str *denied; /* with a statement that denies it */
    size_t n_denied;
    const struct str *silent; /* with neither, for one of the resources at least */
    size_t n_silent;
    struct policy_missing missing;
};

/* One action on all of the resources: allowed when each is. INVALID: no resource, or one that is no
 * ARN. */
MUST_USE enum status authorization_ask(const struct account_ctx *ctx,
                                       const struct authorization *authorization,
                                       enum policy_action action, const struct str *resources,
                                       size_t n_resources, struct authorization_answer *ret,
                                       struct why *why);

#endif
