#include "daemon/fetch.h"
#include "lib/check.h"

static bool never(void *ctx)
{
    (void)ctx;
    return false;
}

static void addresses_are_ruled_and_bad_rules_are_told(void **state)
{
    (void)state;
    struct why why = {.code = STATUS_OK};
    struct net_fetcher *fetcher = NULL;
    const struct net_fetcher_options bad = {.allow = STR("10.0.0.0/8, nonsense")};
    CHECK_STATUS(net_fetcher_new(&bad, &fetcher, &why), STATUS_INVALID);
    assert_non_null(strstr(why.text, "nonsense"));
    const struct net_fetcher_options none = {.allow = STR("")};
    CHECK_OK(net_fetcher_new(&none, &fetcher, &why));
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct http_fetch item = {.url = STR("http://127.0.0.1:1/list"), .max_bytes = 100, .mem = mem};
    const struct fetcher *run = net_fetcher_get(fetcher);
    run->run(run->ctx, &item, 1, never, NULL);
    CHECK_STATUS(item.status, STATUS_DENIED);
    net_fetcher_free(fetcher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_ruled_and_bad_rules_are_told)};
    return RUN_TESTS("fetch", tests);
}
