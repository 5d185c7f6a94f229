#include "lib/fault.h"

#include "base/arena.h"

static struct {
    size_t countdown;
    bool struck;
} plan;

static bool allow(void *ctx)
{
    (void)ctx;
    if (plan.struck || plan.countdown-- > 0) {
        return true;
    }
    plan.struck = true;
    return false;
}

void fault_start(size_t n)
{
    plan.countdown = n;
    plan.struck = false;
    mem_fault_hook(allow, NULL);
}

bool fault_stop(void)
{
    mem_fault_hook(NULL, NULL);
    return plan.struck;
}
