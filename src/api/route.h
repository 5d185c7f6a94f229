/* route.h: which operation of AWS IoT a method and a path mean.
 *
 * The paths of the operations form a tree of segments, made once at start from the contract. A
 * label ({thingName}) is one whole segment, which must not be empty; a greedy one ({arn+}) is all
 * that is left, slashes included. A literal segment is preferred to a label, so that
 * /thing-groups/addThingToThingGroup is an operation, and a group of that name is still found where
 * the method differs. Segments are compared as they were sent and labels are percent-decoded, so an
 * encoded slash belongs to the name.
 */
#ifndef API_ROUTE_H
#define API_ROUTE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "contract/contract.h"

enum { ROUTE_LABELS_MAX = 4 };

struct router;

/* The caller ends it with router_free, which accepts NULL. Shared by threads. */
MUST_USE enum status router_new(struct router **ret, struct why *why);
void router_free(struct router *router);

struct route {
    const struct operation *op;
    size_t n_labels;
    struct {
        enum member_id member;
        struct str text; /* decoded, UTF-8 */
    } labels[ROUTE_LABELS_MAX];
};

/* Finds the operation. NO_OPERATION: there is none, or not with this method; UNREADABLE: a label is
 * not percent-encoded UTF-8. AWS services answer both of the first kinds alike, with 403 or 404 by
 * service; here it is 404, and the sentence says which. */
MUST_USE enum status route_find(const struct router *router, struct str method, struct str path,
                                struct arena *mem, struct route *ret, struct why *why);

#endif
