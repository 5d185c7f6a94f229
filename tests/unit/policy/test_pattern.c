#include "policy/pattern.h"

#include "policy/room_priv.h"
#include "unit/policy/naive.h"

static struct policy_pattern read_pattern(struct arena *mem, const char *text, unsigned flags)
{
    struct policy_pattern pattern;
    struct policy_room room = policy_room_of(mem);
    CHECK_OK(policy_pattern_read(&room, str_from(text), flags, &pattern, NULL));
    return pattern;
}

enum { ALL = POLICY_READ_WILDCARDS | POLICY_READ_VARIABLES };

static void random_globs_match_as_a_recursive_matcher_says(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a", "b", "*", "?", "ab"};
    for (uint64_t seed = 0; seed < 3000; seed++) {
        uint64_t random = seed;
        char glob[32];
        char word[8];
        AUTO_ARENA *mem = arena_new(1 << 20);
        naive_pieces(&random, glob, pieces, 5, 6);
        struct policy_pattern pattern = read_pattern(mem, glob, ALL);
        for (unsigned long i = 0; naive_word(i, "ab", 6, word); i++) {
            if (policy_pattern_match(&pattern, str_from(word), NULL) != naive_match(glob, word)) {
                fail_msg("%s on \"%s\"", glob, word);
            }
        }
    }
}

static void a_question_mark_is_one_character_of_any_length(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct policy_pattern one = read_pattern(mem, "a?b", ALL);
    struct policy_pattern tail = read_pattern(mem, "*?", ALL);
    assert_true(policy_pattern_match(&one,
                                     STR("a\xC3\xA9"
                                         "b"),
                                     NULL));
    assert_true(policy_pattern_match(&one,
                                     STR("a\xF0\x9F\x94\x92"
                                         "b"),
                                     NULL));
    assert_false(policy_pattern_match(&one, STR("ab"), NULL));
    assert_true(policy_pattern_match(&tail, STR("\xC3\xA9"), NULL));
    assert_false(policy_pattern_match(&tail, STR(""), NULL));
}

static void dollar_signs_are_text_unless_they_begin_a_variable(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct policy_pattern p = read_pattern(mem, "$aws/$(*)/${x", ALL);
    assert_int_equal(p.n_variables, 0);
    assert_true(policy_pattern_match(&p, STR("$aws/$(any)/${x"), NULL));
    p = read_pattern(mem, "${*}${?}${$}", ALL);
    assert_true(policy_pattern_match(&p, STR("*?$"), NULL));
    assert_false(policy_pattern_match(&p, STR("aa$"), NULL));
    p = read_pattern(mem, "${*}", POLICY_READ_WILDCARDS);
    assert_true(policy_pattern_match(&p, STR("${anything}"), NULL));
    p = read_pattern(mem, "${iot:ClientId}", ALL);
    assert_int_equal(p.n_variables, 1);
    assert_int_equal(p.tokens[0].key, POLICY_KEY_CLIENT_ID);
    assert_false(policy_pattern_match(&p, STR("${iot:ClientId}"), NULL));
}

static void keys_are_known_by_name_without_regard_to_case(void **state)
{
    (void)state;
    assert_int_equal(policy_key_of(STR("IOT:clientid")).kind, POLICY_KEY_CLIENT_ID);
    assert_int_equal(policy_key_of(STR("iot:Connection.Thing.Attributes[x]")).kind,
                     POLICY_KEY_ATTRIBUTE);
    assert_int_equal(policy_key_of(STR("iot:Certificate.Subject.CommonName.1")).kind,
                     POLICY_KEY_CERTIFICATE);
    assert_int_equal(policy_key_of(STR("iot:CertificateId")).kind, POLICY_KEY_CERTIFICATE_ID);
    assert_int_equal(policy_key_of(STR("iot:ClientIdx")).kind, POLICY_KEY_OTHER);
}

static void the_sixth_field_is_found_past_wildcards_and_variables(void **state)
{
    (void)state;
    struct {
        const char *text;
        bool found;
        const char *first; /* text of the first token from there, NULL when it is none */
    } const rows[] = {
        {"arn:aws:iot:r:1:topic/a*", true, "topic/a"},
        {"arn:aws:iot:r:1:/thing/a", true, "thing/a"},
        {"arn:*:i?t:*:*:client/x", true, "client/x"},
        {"arn:aws:${iot:ClientId}:r:1:topic/a", false, NULL},
        {"arn:aws:sns:r:1:topic/a", false, NULL},
        {"arn:aws:iot:${aws:x}:1:thing/a:b", true, "thing/a:b"},
        {"arn:aws:iot:r:1:*", true, NULL},
        {"*", true, NULL},
        {"arn:aws:iot", true, NULL},
        {"**", true, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ARENA *mem = arena_new(1 << 20);
        struct policy_pattern p = read_pattern(mem, rows[i].text, ALL | POLICY_READ_ARN);
        struct policy_rest rest;
        if (policy_pattern_rest(&p, true, &rest) != rows[i].found) {
            fail_msg("%s", rows[i].text);
        }
        if (rows[i].found && rows[i].first != NULL) {
            CHECK_STR(str_slice(rest.tokens[0].text, rest.offset, rest.tokens[0].text.len),
                      rows[i].first);
        } else if (rows[i].found) {
            assert_int_equal(rest.tokens[0].kind, POLICY_STAR);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_globs_match_as_a_recursive_matcher_says),
        cmocka_unit_test(a_question_mark_is_one_character_of_any_length),
        cmocka_unit_test(dollar_signs_are_text_unless_they_begin_a_variable),
        cmocka_unit_test(keys_are_known_by_name_without_regard_to_case),
        cmocka_unit_test(the_sixth_field_is_found_past_wildcards_and_variables),
    };
    return RUN_TESTS("pattern", tests);
}
