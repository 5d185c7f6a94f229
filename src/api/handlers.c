#include "api/handlers.h"

#include "base/banned.h"

#define ROW_READ(name)                                                                             \
    {                                                                                              \
        KIND_READ, op_##name, NULL                                                                 \
    }
#define ROW_WRITE(name)                                                                            \
    {                                                                                              \
        KIND_WRITE, op_##name, NULL                                                                \
    }
#define ROW_DIRECT(name)                                                                           \
    {                                                                                              \
        KIND_DIRECT, op_##name, NULL                                                               \
    }
#define ROW_LATER(name)                                                                            \
    {                                                                                              \
        KIND_NONE, NULL, NULL                                                                      \
    }
#define ROW_PREPARED_WRITE(name)                                                                   \
    {                                                                                              \
        KIND_WRITE, op_##name, prepare_##name                                                      \
    }
#define ROW_KEYS_WRITE(name)                                                                       \
    {                                                                                              \
        KIND_KEYS_WRITE, op_##name, prepare_##name                                                 \
    }
#define ROW(name, how) [OP_##name] = ROW_##how(name),

const struct handler handlers[OP_COUNT] = {OFFERED(ROW)};
