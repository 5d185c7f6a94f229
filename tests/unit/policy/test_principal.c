/* Who a trust policy names, and who that is. */
#include "policy/principal.h"

#include "lib/check.h"

struct row {
    const char *member;
    const char *name;
    int kind; /* -1: refused */
    const char *text;
};

static const struct row rows[] = {
    {"AWS", "*", POLICY_EVERYBODY, "*"},
    {"AWS", "111122223333", POLICY_ACCOUNT, "111122223333"},
    {"AWS", "arn:aws:iam::111122223333:root", POLICY_ACCOUNT, "111122223333"},
    {"AWS", "arn:aws-cn:iam::111122223333:root", POLICY_ACCOUNT, "111122223333"},
    {"AWS", "arn:aws:iam::111122223333:user/a", POLICY_PERSON, "arn:aws:iam::111122223333:user/a"},
    {"AWS", "arn:aws:iam::111122223333:role/p/a", POLICY_PERSON,
     "arn:aws:iam::111122223333:role/p/a"},
    {"AWS", "arn:aws:sts::111122223333:assumed-role/r/s", POLICY_PERSON,
     "arn:aws:sts::111122223333:assumed-role/r/s"},
    {"AWS", "11112222333", -1, ""},
    {"AWS", "111122223333:", -1, ""},
    {"AWS", "arn:aws:iam::111122223333:*", -1, ""},
    {"AWS", "arn:aws:iam::111122223333:user/*", -1, ""},
    {"AWS", "arn:aws:iam::111122223333:user/", -1, ""},
    {"AWS", "arn:aws:iam::111122223333:group/a", -1, ""},
    {"AWS", "arn:aws:iam:us-east-1:111122223333:user/a", -1, ""},
    {"AWS", "arn:aws:sts::111122223333:user/a", -1, ""},
    {"AWS", "arn:aws:iot::111122223333:role/a", -1, ""},
    {"AWS", "", -1, ""},
    {"Service", "iot.amazonaws.com", POLICY_SERVICE, "iot.amazonaws.com"},
    {"Service", "*", -1, ""},
    {"Service", "iot", -1, ""},
    {"Service", "", -1, ""},
    {"Federated", "cognito-identity.amazonaws.com", POLICY_FEDERATED,
     "cognito-identity.amazonaws.com"},
    {"Federated", "arn:aws:iam::111122223333:saml-provider/x", POLICY_FEDERATED,
     "arn:aws:iam::111122223333:saml-provider/x"},
    {"Federated", "*", -1, ""},
    {"CanonicalUser", "79a5", -1, ""},
    {"aws", "*", -1, ""},
};

static void names_are_read_as_what_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy_principal got = {POLICY_EVERYBODY, STR("untouched")};
        bool read = policy_principal_of(str_from(rows[i].member), str_from(rows[i].name), &got);
        if (read != (rows[i].kind >= 0)) {
            fail_msg("%s %s: %s", rows[i].member, rows[i].name, read ? "read" : "refused");
        }
        CHECK_STR(got.text, read ? rows[i].text : "untouched");
        if (read) {
            assert_int_equal(got.kind, rows[i].kind);
        }
    }
}

static void each_kind_is_who_it_names_and_nobody_else(void **state)
{
    (void)state;
    const struct policy_who iot = {.service = STR("iot.amazonaws.com")};
    const struct policy_who ann = {.arn = STR("arn:aws:iam::111122223333:user/ann"),
                                   .account = STR("111122223333")};
    const struct policy_who cognito = {.federated = STR("cognito-identity.amazonaws.com")};
    const struct policy_who nobody = {.service = STR_ABSENT};
    const struct {
        struct policy_principal principal;
        bool iot, ann, cognito, nobody;
    } cases[] = {
        {{POLICY_EVERYBODY, STR("*")}, true, true, true, true},
        {{POLICY_ACCOUNT, STR("111122223333")}, false, true, false, false},
        {{POLICY_ACCOUNT, STR("111122223334")}, false, false, false, false},
        {{POLICY_PERSON, STR("arn:aws:iam::111122223333:user/ann")}, false, true, false, false},
        {{POLICY_PERSON, STR("arn:aws:iam::111122223333:user/Ann")}, false, false, false, false},
        {{POLICY_SERVICE, STR("iot.amazonaws.com")}, true, false, false, false},
        {{POLICY_SERVICE, STR("ec2.amazonaws.com")}, false, false, false, false},
        {{POLICY_FEDERATED, STR("cognito-identity.amazonaws.com")}, false, false, true, false},
        {{POLICY_SERVICE, STR("")}, false, false, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(policy_principal_is(&cases[i].principal, &iot), cases[i].iot);
        assert_int_equal(policy_principal_is(&cases[i].principal, &ann), cases[i].ann);
        assert_int_equal(policy_principal_is(&cases[i].principal, &cognito), cases[i].cognito);
        assert_int_equal(policy_principal_is(&cases[i].principal, &nobody), cases[i].nobody);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_as_what_they_are),
        cmocka_unit_test(each_kind_is_who_it_names_and_nobody_else),
    };
    return RUN_TESTS("principal", tests);
}
