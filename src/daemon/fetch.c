/* fetch.c: see fetch.h. */
#include "daemon/fetch.h"

#include "base/banned.h"

enum { RULE_MEMORY = 1 << 20, FETCHES_AT_ONCE = 16 };

struct net_fetcher {
    struct fetcher fetcher;
    struct arena *mem;
    struct fetch_rule rule;
};

static void run(void *ctx, struct http_fetch *items, size_t n, bool (*canceled)(void *cancel_ctx),
                void *cancel_ctx)
{
    const struct net_fetcher *fetcher = ctx;
    const struct http_fetch_options options = {.rule = &fetcher->rule,
                                               .parallel = FETCHES_AT_ONCE,
                                               .canceled = canceled,
                                               .cancel_ctx = cancel_ctx};
    http_fetch_all(&options, items, n);
}

enum status net_fetcher_new(const struct net_fetcher_options *options, struct net_fetcher **ret,
                            struct why *why)
{
    struct net_fetcher *fetcher = mem_alloc(sizeof *fetcher);
    TRY_PTR(fetcher);
    fetcher->fetcher = (struct fetcher){run, fetcher};
    fetcher->mem = arena_new(RULE_MEMORY);
    enum status status = fetcher->mem == NULL
                             ? why_no_memory(why)
                             : fetch_rule_read(fetcher->mem, options->allow, &fetcher->rule, why);
    if (status != STATUS_OK) {
        net_fetcher_free(fetcher);
        return status;
    }
    fetcher->rule.allow_loopback = options->allow_loopback;
    *ret = fetcher;
    return STATUS_OK;
}

void net_fetcher_free(struct net_fetcher *fetcher)
{
    if (fetcher != NULL) {
        arena_free(fetcher->mem);
        mem_free(fetcher);
    }
}

const struct fetcher *net_fetcher_get(const struct net_fetcher *fetcher)
{
    return &fetcher->fetcher;
}

const struct fetch_rule *net_fetcher_rule_get(const struct net_fetcher *fetcher)
{
    return &fetcher->rule;
}
