/* op_mitigation.h: what the operations of AWS on mitigation tasks and our own have in common. */
#ifndef API_OP_MITIGATION_H
#define API_OP_MITIGATION_H

#include "api/call.h"
#include "mitigate/task.h"

/* The target and the mapping of a request. */
MUST_USE enum status mitigation_unpack(const struct call *call, struct task_new *ret,
                                       struct why *why);

/* Wakes the runner once the transaction is durable. */
void mitigation_wake(struct call *call);

#endif
