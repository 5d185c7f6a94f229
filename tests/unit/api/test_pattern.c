#include "lib/check.h"

#include "api/pattern.h"
#include "lib/fault.h"

static struct pattern_set *set;

static bool matches(enum shape_id shape, const char *text)
{
    AUTO_ARENA *mem = arena_new(1 << 20);
    bool yes = false;
    CHECK_OK(pattern_matches(set, shapes[shape].pattern, str_from(text), mem, &yes, NULL));
    return yes;
}

static void a_text_matches_as_a_whole_or_not(void **state)
{
    (void)state;
    static const struct {
        enum shape_id shape;
        const char *text;
        bool matches;
    } rows[] = {
        {S_ThingName, "lamp-7:a_B", true},
        {S_ThingName, "lamp 7", false},
        {S_ThingName, "", false},
        {S_ThingName, "lamp\n", false}, /* a dollar would let the last line feed pass */
        {S_ThingName, "l\xC3\xA4mpchen", false},
        {S_CertificateId, "0x00aF", true},
        {S_CertificateId, "0y", false},
        {S_TagKey,
         "Stra\xC3\x9F"
         "e 7:/=+-@",
         true}, /* Unicode letters, by their category */
        {S_TagKey, "a\tb", false},
        {S_PolicyName, "a+b=c,d.e@f-g", true},
        {S_PolicyName, "a b", false},
        {S_PolicyName, "\xC3\xA4", false}, /* Java's \w is ASCII */
        {S_ThingGroupDescription, "printable ASCII ~ and space", true},
        {S_ThingGroupDescription, "\x7F", false},
        {S_ThingGroupDescription, "caf\xC3\xA9", false}, /* and so is \p{Graph} */
        {S_ThingGroupDescription, "", true},
        {S_Comment, "caf\xC3\xA9 \xF0\x9F\x90\x82", true}, /* [^\p{C}]+ */
        {S_Comment,
         "a\xE2\x80\x8B"
         "b",
         false}, /* U+200B is of category Cf */
        {S_Comment, "", false},
        {S_ReasonCode, "A_1", true},
        {S_ReasonCode, "a", false},
        {S_VerificationStateDescription, "\xC2\x85 is no control character of ASCII", true},
        {S_VerificationStateDescription, "\x1F", false},
        {S_Message, "any\n\xE2\x82\xAC", true}, /* [\s\S]* */
        {S_DayOfMonth, "31", true},
        {S_DayOfMonth, "32", false},
        {S_DayOfMonth, "LAST", true},
        {S_DayOfMonth, "1LAST", false}, /* the anchors hold for each alternative */
        {S_EvaluationStatistic, "p99.9", true},
        {S_EvaluationStatistic, "p99x9", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (matches(rows[i].shape, rows[i].text) != rows[i].matches) {
            fail_msg("%s: \"%s\" should%s match %s", shapes[rows[i].shape].name.ptr, rows[i].text,
                     rows[i].matches ? "" : " not", patterns[shapes[rows[i].shape].pattern].java);
        }
    }
}

static void texts_that_invite_backtracking_end_soon(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(32 << 20);
    size_t n = 1 << 20;
    char *text = arena_alloc(mem, n);
    memset(text, 'a', n);
    text[n - 1] = '\n';
    for (enum pattern_id id = 0; id < P_COUNT; id++) {
        bool yes;
        CHECK_OK(pattern_matches(set, id, (struct str){text, n}, mem, &yes, NULL));
    }
}

static void a_set_that_runs_out_of_memory_is_no_set(void **state)
{
    (void)state;
    for (size_t n = 0; n < 40; n++) {
        struct pattern_set *other = NULL;
        struct why why;
        fault_start(n);
        enum status status = pattern_set_new(&other, &why);
        if (fault_stop()) {
            assert_int_not_equal(status, STATUS_OK);
            assert_null(other);
        } else {
            CHECK_OK(status);
            pattern_set_free(other);
        }
    }
}

int main(void)
{
    struct why why;
    if (pattern_set_new(&set, &why) != STATUS_OK) {
        fprintf(stderr, "%s\n", why.text);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_matches_as_a_whole_or_not),
        cmocka_unit_test(texts_that_invite_backtracking_end_soon),
        cmocka_unit_test(a_set_that_runs_out_of_memory_is_no_set),
    };
    int failed = RUN_TESTS("pattern", tests);
    pattern_set_free(set);
    return failed;
}
