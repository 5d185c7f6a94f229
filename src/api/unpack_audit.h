/* unpack_audit.h: parts of requests that the operations of audits have in common. */
#ifndef API_UNPACK_AUDIT_H
#define API_UNPACK_AUDIT_H

#include "api/call.h"
#include "audit/resource.h"
#include "contract/checks.h"

/* A ResourceIdentifier; *ret is NULL when the member is absent. INVALID unless it has exactly one
 * member. */
MUST_USE enum status unpack_resource_id(const struct call *call, enum member_id member,
                                        const struct resource_id **ret, struct why *why);

/* A check's name or alias; INVALID names the member when there is no such check. */
MUST_USE enum status unpack_check(const struct call *call, enum member_id member,
                                  enum check_id *ret, struct why *why);

/* A list of them, in the order given; absent: none. */
MUST_USE enum status unpack_checks(const struct call *call, enum member_id member,
                                   const enum check_id **ret, size_t *ret_n, struct why *why);

#endif
