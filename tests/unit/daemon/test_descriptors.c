#include "daemon/descriptors.h"

#include <string.h>
#include <sys/resource.h>

#include "base/limits.h"

#include "lib/check.h"

static struct rlimit now(void)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    return limit;
}

static void each_connection_and_each_view_is_counted(void **state)
{
    (void)state;
    assert_true(descriptors_needed(512) >= 512 + 2 * LIMIT_STORE_VIEWS);
    assert_int_equal(descriptors_needed(600) - descriptors_needed(500), 100);
}

/* Lowers the hard limit for good: the last test of the program. */
static void the_soft_limit_is_raised_but_never_beyond_the_hard_one(void **state)
{
    struct why why = {.code = STATUS_OK};
    (void)state;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){64, 100}), 0);
    CHECK_OK(descriptors_raise(80, &why));
    assert_int_equal(now().rlim_cur, 80);
    CHECK_OK(descriptors_raise(70, &why));
    assert_int_equal(now().rlim_cur, 80);
    CHECK_STATUS(descriptors_raise(101, &why), STATUS_LIMIT);
    assert_int_equal(now().rlim_cur, 100);
    assert_non_null(strstr(why.text, "100 files may be open"));
    assert_non_null(strstr(why.text, "101 could be needed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_connection_and_each_view_is_counted),
        cmocka_unit_test(the_soft_limit_is_raised_but_never_beyond_the_hard_one),
    };
    return RUN_TESTS("daemon/descriptors", tests);
}
