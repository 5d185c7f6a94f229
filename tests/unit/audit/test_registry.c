/* The table of checks. */
#include "audit/check.h"

#include "lib/check.h"

static void each_check_stands_in_its_own_place(void **state)
{
    (void)state;
    size_t n = 0;
    for (int id = 0; id < CHECK_COUNT; id++) {
        const struct audit_check *check = audit_checks[id];
        if (check != NULL) {
            assert_int_equal(check->id, id);
            assert_non_null(check->judge);
            assert_true(check->subject < SUBJECT_COUNT);
            n++;
        }
    }
    assert_int_equal(n, CHECK_COUNT);
}

static void checks_of_lists_that_point_outside_are_those_of_chains(void **state)
{
    (void)state;
    for (int id = 0; id < CHECK_COUNT; id++) {
        const struct audit_check *check = audit_checks[id];
        if (check != NULL && check->points_outside && check->needs_lists) {
            assert_int_equal(check->id,
                             CHECK_INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES);
        }
    }
}

static void checks_of_connections_have_a_window_and_no_others(void **state)
{
    (void)state;
    for (int id = 0; id < CHECK_COUNT; id++) {
        const struct audit_check *check = audit_checks[id];
        if (check != NULL) {
            assert_int_equal(check->window != WINDOW_NONE,
                             check->subject >= SUBJECT_CERTIFICATE_SESSIONS &&
                                 check->subject <= SUBJECT_CLIENT_TAKEOVERS);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_check_stands_in_its_own_place),
        cmocka_unit_test(checks_of_lists_that_point_outside_are_those_of_chains),
        cmocka_unit_test(checks_of_connections_have_a_window_and_no_others),
    };
    return RUN_TESTS("registry", tests);
}
