/* authorize.h: may the caller do what the request asks for?
 *
 * What must be allowed is a row of contract/actions.h; what the caller's policies say is decided by
 * account/access.h. The account's root may everything, and so may who is let in unsigned. A role
 * that the request hands to the service needs iam:PassRole besides, with iam:PassedToService.
 *
 * Known to conditions, beside what access.h knows of the caller: aws:SourceIp,
 * aws:RequestedRegion, iam:PolicyARN where a managed policy is attached or detached, and, where
 * the request carries tags or the keys of some, aws:RequestTag/KEY and aws:TagKeys.
 */
#ifndef API_AUTHORIZE_H
#define API_AUTHORIZE_H

#include "api/call.h"

/* What a call does to what: for the decision, and for the log of changes. */
struct authority {
    struct str action; /* "iot:CreateThing" */
    const struct str *resources;
    size_t n_resources; /* from 1 */
};

/* Forms them for an operation. call->tx is a view where authority_needs_view says so, else it is
 * not looked at. The authority of an extension, whose call has no op, is its row's. */
MUST_USE enum status authority_of(const struct call *call, struct authority *ret, struct why *why);
bool authority_needs_view(const struct operation *op);

/* True for callers of whom no policy is asked. */
bool caller_is_free(const struct call *call);

/* DENIED, with AWS's sentence: who may not do which action on which resource, and why. Reads the
 * policies through call->tx, a view. */
MUST_USE enum status authorize(const struct call *call, const struct authority *authority,
                               struct why *why);

#endif
