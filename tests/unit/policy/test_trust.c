/* Which services a trust policy lets act for strangers. */
#include "policy/trust.h"

#include <stdio.h>

#include "lib/check.h"

#define OWN "123456789012"

enum { BOUND, OPEN, WIDE };

/* The conditions of one statement that lets iot.amazonaws.com in, and what they come to. */
static const struct {
    const char *condition;
    int is;
} conditions[] = {
    {NULL, OPEN},
    {"\"StringEquals\":{\"aws:SourceAccount\":\"" OWN "\"}", BOUND},
    {"\"StringEquals\":{\"AWS:sourceaccount\":\"" OWN "\"}", BOUND},
    {"\"StringEquals\":{\"aws:SourceAccount\":\"999999999999\"}", BOUND},
    {"\"StringEquals\":{\"aws:SourceAccount\":\"*\"}", BOUND},
    {"\"StringLike\":{\"aws:SourceAccount\":\"*\"}", WIDE},
    {"\"StringLike\":{\"aws:SourceAccount\":\"12345678901?\"}", WIDE},
    {"\"StringLike\":{\"aws:SourceAccount\":\"000*\"}", WIDE},
    {"\"StringLike\":{\"aws:SourceAccount\":[\"" OWN "\",\"1234*12\"]}", WIDE},
    {"\"StringLike\":{\"aws:SourceAccount\":\"" OWN "\"}", BOUND},
    {"\"StringEqualsIfExists\":{\"aws:SourceAccount\":\"" OWN "\"}", BOUND},
    {"\"StringNotEquals\":{\"aws:SourceAccount\":\"999999999999\"}", WIDE},
    {"\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:us-east-1:" OWN ":*\"}", BOUND},
    {"\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:*:" OWN ":*\"}", BOUND},
    {"\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:*:*:*\"}", WIDE},
    {"\"ArnLike\":{\"aws:SourceArn\":\"arn:*:iot:eu-*:1*:thing/a?\"}", WIDE},
    {"\"StringLike\":{\"aws:SourceArn\":\"arn:aws:iot:*\"}", WIDE},
    {"\"StringLike\":{\"aws:SourceArn\":\"*\"}", WIDE},
    {"\"StringLike\":{\"aws:SourceArn\":\"arn:aws:iot:us-east-1:" OWN ":*\"}", BOUND},
    {"\"StringEquals\":{\"aws:SourceArn\":\"arn:aws:iot:us-east-1:" OWN ":\"}", BOUND},
    /* One that is wide beside one that is not. */
    {"\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:*:*:*\"},"
     "\"StringEquals\":{\"aws:SourceAccount\":\"" OWN "\"}",
     BOUND},
    {"\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:*:*:thing/*\"},"
     "\"StringLike\":{\"aws:SourceAccount\":\"7*\"}",
     WIDE},
    {"\"ArnLike\":{\"aws:SourceArn\":[\"arn:aws:iot:*:" OWN ":*\",\"arn:aws:iot:*:*:rule/r\"]}",
     WIDE},
    /* What a service does not say keeps it out; what it always says does not. */
    {"\"StringEquals\":{\"sts:ExternalId\":\"secret\"}", BOUND},
    {"\"Bool\":{\"aws:SecureTransport\":\"true\"}", OPEN},
    {"\"StringEquals\":{\"aws:SourceAccount\":\"${aws:SourceAccount}\"}", WIDE},
};

static const struct policy_trust_fact *find(struct arena *mem, struct str text, size_t *ret_n)
{
    const struct policy_doc *doc = NULL;
    const struct policy_trust_fact *facts = NULL;
    CHECK_OK(policy_doc_read_as(mem, text, POLICY_OF_TRUST, &doc, NULL));
    CHECK_OK(policy_trust_find(mem, doc, STR(OWN), &facts, ret_n, NULL));
    return facts;
}

static void conditions_bind_when_no_stranger_meets_them(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        const char *condition = conditions[i].condition;
        struct str text;
        size_t n = 0;
        arena_clear(mem);
        CHECK_OK(str_fmt(mem, &text, NULL,
                         "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                         "\"Principal\":{\"Service\":\"iot.amazonaws.com\"},"
                         "\"Action\":\"sts:AssumeRole\"%s%s%s}]}",
                         condition == NULL ? "" : ",\"Condition\":{",
                         condition == NULL ? "" : condition, condition == NULL ? "" : "}"));
        const struct policy_trust_fact *facts = find(mem, text, &n);
        int is = n == 0 ? BOUND : facts[0].limited ? WIDE : OPEN;
        if (is != conditions[i].is) {
            fail_msg("%s: %d, not %d", condition, is, conditions[i].is);
        }
        if (n > 0) {
            assert_int_equal(facts[0].source_account.len, 12);
            assert_false(str_eq(facts[0].source_account, STR(OWN)));
        }
    }
}

static void the_source_shown_is_one_that_the_condition_describes(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    size_t n = 0;
    const struct policy_trust_fact *facts =
        find(mem,
             STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                 "\"Principal\":{\"Service\":\"iot.amazonaws.com\"},\"Action\":\"sts:AssumeRole\","
                 "\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:eu-*:12*:rule/*\"}}}]"
                 "}"),
             &n);
    assert_int_equal(n, 1);
    CHECK_STR(facts[0].source_account, "120000000000");
    CHECK_STR(facts[0].source_arn, "arn:aws:iot:eu-:120000000000:rule/x");
}

static void each_service_is_judged_and_other_principals_are_not(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    size_t n = 0;
    const struct policy_trust_fact *facts =
        find(mem,
             STR("{\"Version\":\"2012-10-17\",\"Statement\":["
                 "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"111122223333\"},"
                 "\"Action\":\"sts:AssumeRole\"},"
                 "{\"Effect\":\"Allow\",\"Principal\":{\"Federated\":\"cognito-identity.amazonaws."
                 "com\"},\"Action\":\"sts:AssumeRoleWithWebIdentity\"},"
                 "{\"Effect\":\"Allow\",\"Principal\":{\"Service\":[\"iot.amazonaws.com\","
                 "\"credentials.iot.amazonaws.com\",\"iot.amazonaws.com\"]},"
                 "\"Action\":\"sts:AssumeRole\"},"
                 "{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"tag.amazonaws.com\"},"
                 "\"Action\":\"sts:TagSession\"}]}"),
             &n);
    assert_int_equal(n, 2);
    CHECK_STR(facts[0].service, "iot.amazonaws.com");
    CHECK_STR(facts[1].service, "credentials.iot.amazonaws.com");
    assert_int_equal(facts[1].statement, 2);
}

static void a_deny_takes_strangers_out_again(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    size_t n = 1;
    find(mem,
         STR("{\"Version\":\"2012-10-17\",\"Statement\":["
             "{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"iot.amazonaws.com\"},"
             "\"Action\":\"sts:AssumeRole\"},"
             "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\","
             "\"Condition\":{\"StringNotEquals\":{\"aws:SourceAccount\":\"" OWN "\"}}}]}"),
         &n);
    assert_int_equal(n, 0);
}

static void everybody_is_every_service(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    size_t n = 0;
    const struct policy_trust_fact *facts =
        find(mem,
             STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                 "\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}]}"),
             &n);
    assert_int_equal(n, 1);
    CHECK_STR(facts[0].service, "iot.amazonaws.com");
    assert_false(facts[0].limited);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_bind_when_no_stranger_meets_them),
        cmocka_unit_test(the_source_shown_is_one_that_the_condition_describes),
        cmocka_unit_test(each_service_is_judged_and_other_principals_are_not),
        cmocka_unit_test(a_deny_takes_strangers_out_again),
        cmocka_unit_test(everybody_is_every_service),
    };
    return RUN_TESTS("trust", tests);
}
