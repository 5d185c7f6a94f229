/* Texts judged once, and what is forgotten. */
#include "audit/policy_facts.h"

#include "lib/check.h"

#define WIDE                                                                                       \
    STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:*\","   \
        "\"Resource\":\"*\"}]}")
#define TIGHT                                                                                      \
    STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"             \
        "\"iot:Publish\",\"Resource\":\"arn:aws:iot:us-east-1:123456789012:topic/a\"}]}")

static const struct policy_facts *get(struct policy_memory *memory, struct str text,
                                      struct str hash)
{
    const struct policy_facts *facts = NULL;
    CHECK_OK(policy_facts_get(memory, text, hash, &facts, NULL));
    return facts;
}

static void the_same_text_is_judged_once(void **state)
{
    (void)state;
    struct policy_memory *memory = policy_memory_new();
    const struct policy_facts *first = get(memory, WIDE, STR("1"));
    assert_int_equal(first->permissive.n, 1);
    assert_int_equal(first->misconfigured.n, 0);
    assert_int_equal(get(memory, TIGHT, STR("2"))->permissive.n, 0);
    assert_ptr_equal(get(memory, WIDE, STR("1")), first);
    /* By its digest, not by its text: that is not even looked at. */
    assert_ptr_equal(get(memory, STR("?"), STR("1")), first);
    policy_memory_free(memory);
}

static void a_text_that_cannot_be_read_is_unknown_in_both(void **state)
{
    (void)state;
    struct policy_memory *memory = policy_memory_new();
    const struct policy_facts *facts = get(memory, STR("{"), STR("1"));
    assert_true(facts->permissive.unknown && facts->misconfigured.unknown);
    assert_int_equal(facts->permissive.n + facts->misconfigured.n, 0);
    assert_true(str_starts(facts->permissive.lack, STR("the policy's text: ")));
    policy_memory_free(memory);
}

/* More texts than are kept: they are judged anew, and the same is found. */
static void what_was_forgotten_is_judged_again(void **state)
{
    (void)state;
    struct policy_memory *memory = policy_memory_new();
    for (int i = 0; i < 20000; i++) {
        char hash[16];
        snprintf(hash, sizeof hash, "%d", i);
        assert_int_equal(get(memory, i % 2 ? WIDE : TIGHT, str_from(hash))->permissive.n, i % 2);
    }
    assert_int_equal(get(memory, WIDE, STR("1"))->permissive.n, 1);
    policy_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_text_is_judged_once),
        cmocka_unit_test(a_text_that_cannot_be_read_is_unknown_in_both),
        cmocka_unit_test(what_was_forgotten_is_judged_again),
    };
    return RUN_TESTS("policy_facts", tests);
}
