#include "account/finding_prefix.h"

#include "lib/check.h"

static void a_checks_findings_lie_within_its_tasks(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4096);
    struct str task, one, other;
    struct str id = STR("0123456789abcdef0123456789abcdef");
    CHECK_OK(finding_prefix(mem, id, STR_ABSENT, &task, NULL));
    CHECK_STR(task, "0123456789abcdef-");
    CHECK_OK(finding_prefix(mem, id, STR("LOGGING_DISABLED_CHECK"), &one, NULL));
    CHECK_OK(finding_prefix(mem, id, STR("CA_CERTIFICATE_EXPIRING_CHECK"), &other, NULL));
    assert_true(str_starts(one, task) && str_starts(other, task));
    assert_int_equal(one.len, task.len + 5);
    assert_false(str_eq(one, other));
}

static void a_short_task_is_taken_whole(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4096);
    struct str prefix;
    CHECK_OK(finding_prefix(mem, STR("a"), STR_ABSENT, &prefix, NULL));
    CHECK_STR(prefix, "a-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checks_findings_lie_within_its_tasks),
        cmocka_unit_test(a_short_task_is_taken_whole),
    };
    return RUN_TESTS("account/finding_prefix", tests);
}
