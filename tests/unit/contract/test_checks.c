#include "lib/check.h"

#include "contract/checks.h"

static void seventeen_are_of_aws_and_each_is_found_by_its_name(void **state)
{
    (void)state;
    size_t of_aws = 0;
    for (enum check_id id = 0; id < CHECK_COUNT; id++) {
        of_aws += !check_rows[id].extension;
    }
    assert_int_equal(of_aws, 17);
    assert_true(check_rows[CHECK_SHARED_COGNITO_IDENTITY].extension);
    for (enum check_id id = 0; id < CHECK_COUNT; id++) {
        enum check_id found = CHECK_COUNT;
        assert_true(check_find(check_rows[id].name, &found));
        assert_int_equal(found, id);
    }
}

static void older_names_mean_the_canonical_check(void **state)
{
    (void)state;
    enum check_id found = CHECK_COUNT;
    assert_true(check_find(STR("REVOKED_CA_CERT_CHECK"), &found));
    CHECK_STR(check_rows[found].name, "REVOKED_CA_CERTIFICATE_STILL_ACTIVE_CHECK");
    assert_true(check_find(STR("AUTHENTICATE_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK"), &found));
    CHECK_STR(check_rows[found].name, "AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK");
}

static void other_names_are_no_check(void **state)
{
    (void)state;
    enum check_id found = CHECK_COUNT;
    assert_false(check_find(STR("LOGGING_DISABLED"), &found));
    assert_false(check_find(STR("logging_disabled_check"), &found));
    assert_false(check_find(STR(""), &found));
    assert_int_equal(found, CHECK_COUNT);
}

static void severity_belongs_to_the_check(void **state)
{
    (void)state;
    CHECK_STR(check_rows[CHECK_CONFLICTING_CLIENT_IDS].severity, "HIGH");
    CHECK_STR(check_rows[CHECK_LOGGING_DISABLED].severity, "LOW");
    CHECK_STR(check_rows[CHECK_LOGGING_DISABLED].resource_type, "ACCOUNT_SETTINGS");
}

static void thresholds_have_a_key_only_where_the_guide_lets_them_be_set(void **state)
{
    (void)state;
    CHECK_STR(check_rows[CHECK_DEVICE_CERTIFICATE_AGE].days_key, "CERT_AGE_THRESHOLD_IN_DAYS");
    assert_int_equal(check_rows[CHECK_DEVICE_CERTIFICATE_AGE].days_default, 365);
    CHECK_STR(check_rows[CHECK_CA_CERTIFICATE_EXPIRING].days_key, "");
    assert_int_equal(check_rows[CHECK_CA_CERTIFICATE_EXPIRING].days_default, 30);
    for (enum check_id id = 0; id < CHECK_COUNT; id++) {
        const struct check_row *row = &check_rows[id];
        assert_int_equal(row->days_min > 0, row->days_key.len > 0);
        assert_true(row->days_key.len == 0 || row->days_default >= row->days_min);
        assert_true(row->extension || row->days_min == 0 || row->days_min == 30);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seventeen_are_of_aws_and_each_is_found_by_its_name),
        cmocka_unit_test(older_names_mean_the_canonical_check),
        cmocka_unit_test(other_names_are_no_check),
        cmocka_unit_test(severity_belongs_to_the_check),
        cmocka_unit_test(thresholds_have_a_key_only_where_the_guide_lets_them_be_set),
    };
    return RUN_TESTS("checks", tests);
}
