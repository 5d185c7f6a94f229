/* handlers.h: the handlers of the operations that are offered: one row of contract/offered.h, one
 * handler.
 *
 * A row's `how` says where the handler op_<operation> runs:
 *   READ            on the connection's thread, with a read view; it never waits for writers
 *   WRITE           on the store's writer thread, inside one transaction
 *   PREPARED_WRITE  as WRITE, after prepare_<operation> ran on a worker thread without a
 *                   transaction: there certificates and policies are parsed
 *   KEYS_WRITE      as PREPARED_WRITE, but prepare_<operation> is slow: it generates keys, and may
 *                   not keep the others waiting (api/workers.h)
 *   DIRECT          on a worker thread without a transaction: the handler uses env->store itself
 *   LATER           nowhere yet: its shapes are in the contract, no handler is, and it answers 501
 *
 * The rows declare the handlers; the files api/op_*.c define them, each for one kind of resource.
 * Operations of the service models without a row answer 501, NotImplementedException.
 */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

#include "api/call.h"
#include "contract/offered.h"

enum handler_kind { KIND_NONE, KIND_READ, KIND_WRITE, KIND_KEYS_WRITE, KIND_DIRECT };

typedef enum status op_handler(struct call *call, struct why *why);

struct handler {
    enum handler_kind kind; /* KIND_NONE: not offered */
    op_handler *run;
    op_handler *prepare; /* NULL: nothing to prepare */
};

/* By op_id. The door takes the table as an argument, so that a test can give its own. */
extern const struct handler handlers[OP_COUNT];

#define DECLARE_READ(name)   op_handler op_##name;
#define DECLARE_WRITE(name)  op_handler op_##name;
#define DECLARE_DIRECT(name) op_handler op_##name;
#define DECLARE_LATER(name)
#define DECLARE_PREPARED_WRITE(name)                                                               \
    op_handler op_##name;                                                                          \
    op_handler prepare_##name;
#define DECLARE_KEYS_WRITE(name)   DECLARE_PREPARED_WRITE(name)
#define DECLARE_HANDLER(name, how) DECLARE_##how(name)
OFFERED(DECLARE_HANDLER)
#undef DECLARE_HANDLER

#endif
