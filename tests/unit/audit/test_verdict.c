/* The words of judges, and the boundaries of what they judge. */
#include "audit/verdict.h"

#include "base/arena.h"
#include "lib/check.h"

enum { NOW = 1000000000 };

static void expiry_changes_at_the_moment_and_at_the_threshold(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const int64_t day = DAY_MS;
    const struct {
        int64_t not_after;
        int64_t days;
        const char *code; /* NULL: compliant */
    } rows[] = {
        {NOW - 1, 30, "CERTIFICATE_PAST_EXPIRATION"},
        {NOW, 30, "CERTIFICATE_PAST_EXPIRATION"},
        {NOW + 1, 30, "CERTIFICATE_APPROACHING_EXPIRATION"},
        {NOW + 30 * day, 30, "CERTIFICATE_APPROACHING_EXPIRATION"},
        {NOW + 30 * day + 1, 30, NULL},
        {NOW + 30 * day + 1, 31, "CERTIFICATE_APPROACHING_EXPIRATION"},
        {NOW + 3652 * day, 3652, "CERTIFICATE_APPROACHING_EXPIRATION"},
        {NOW + 3652 * day + 1, 3652, NULL},
        {INT64_C(253402300799000), 3652, NULL}, /* the last second of year 9999 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct audit_verdicts verdicts = {.n = 0};
        CHECK_OK(judge_expiry(rows[i].not_after, rows[i].days, NOW, mem, &verdicts, NULL));
        assert_int_equal(verdicts.n, rows[i].code != NULL);
        if (rows[i].code != NULL) {
            struct str info;
            CHECK_STR(verdicts.list[0].code, rows[i].code);
            CHECK_OK(str_fmt(mem, &info, NULL, "{\"EXPIRATION_TIME\":\"%lld\"}",
                             (long long)rows[i].not_after));
            assert_true(str_eq(info, verdicts.list[0].info));
        }
    }
}

static void days_are_whole_and_never_negative(void **state)
{
    (void)state;
    assert_int_equal(days_between(0, DAY_MS - 1), 0);
    assert_int_equal(days_between(0, DAY_MS), 1);
    assert_int_equal(days_between(5, 5), 0);
    assert_int_equal(days_between(DAY_MS, 0), 0);
}

static void a_roca_key_is_named_by_its_cve(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct audit_verdicts verdicts = {.n = 0};
    CHECK_OK(judge_key(2048, false, STR("00000000000000000000"), NULL, mem, &verdicts, NULL));
    assert_int_equal(verdicts.n, 0);
    CHECK_OK(judge_key(2048, true, STR_ABSENT, NULL, mem, &verdicts, NULL));
    assert_int_equal(verdicts.n, 1);
    CHECK_STR(verdicts.list[0].code, "CERTIFICATE_KEY_VULNERABILITY_CVE-2017-15361");
}

static void more_verdicts_than_there_is_room_for_is_an_error(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct audit_verdicts verdicts = {.n = 0};
    for (int i = 0; i < AUDIT_VERDICTS_MAX; i++) {
        CHECK_OK(verdict_add(&verdicts, mem, STR("CODE"), NULL, "number %d", i));
    }
    CHECK_STR(verdicts.list[7].reason, "number 7");
    CHECK_STATUS(verdict_add(&verdicts, mem, STR("CODE"), NULL, "one more"), STATUS_INTERNAL);
    assert_int_equal(verdicts.n, AUDIT_VERDICTS_MAX);
}

static void unknown_carries_what_is_lacking(void **state)
{
    (void)state;
    struct audit_verdicts verdicts = {.n = 0};
    verdict_unknown(&verdicts, STR("no list"));
    assert_true(verdicts.unknown);
    CHECK_STR(verdicts.lack, "no list");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expiry_changes_at_the_moment_and_at_the_threshold),
        cmocka_unit_test(days_are_whole_and_never_negative),
        cmocka_unit_test(a_roca_key_is_named_by_its_cve),
        cmocka_unit_test(more_verdicts_than_there_is_room_for_is_an_error),
        cmocka_unit_test(unknown_carries_what_is_lacking),
    };
    return RUN_TESTS("verdict", tests);
}
