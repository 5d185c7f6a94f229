#include "base/limits.h"
#include "lib/fault.h"
#include "policy/broad.h"
#include "policy/doc.h"
#include "policy/misconfig.h"
#include "unit/policy/vectors.h"

static void check_malformed(struct arena *mem, const struct vector *v)
{
    const struct policy_doc *doc = NULL;
    struct why why = {0};
    enum status got = policy_doc_read(mem, v->text, &doc, &why);
    if (got != STATUS_MALFORMED_POLICY || why.code != got || why.text[0] == '\0' ||
        why.offset > v->text.len) {
        fail_msg("%s: %s, %s, offset %zu: %s", v->name, status_name(got), status_name(why.code),
                 why.offset, why.text);
    }
    assert_null(doc);
}

static void every_bad_document_is_refused_with_a_sentence(void **state)
{
    (void)state;
    for_each_vector("malformed", false, 30, check_malformed);
}

static void the_offset_and_sentence_name_the_place(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct policy_doc *doc = NULL;
    struct why why = {0};
    struct str text = STR("{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\"}}");
    CHECK_STATUS(policy_doc_read(mem, text, &doc, &why), STATUS_MALFORMED_POLICY);
    assert_non_null(strstr(why.text, "Principal"));
    assert_true(why.offset >= 30 && why.offset <= 45);
}

static void a_policy_may_have_no_statement(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"Version\":\"2012-10-17\",\"Statement\":[]}",
        "{\"Statement\":[ ],\"Version\":\"2012-10-17\"}",
    };
    AUTO_ARENA *mem = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct policy_doc *doc = doc_of(mem, str_from(texts[i]));
        assert_int_equal(doc->n_statements, 0);
        assert_true(doc->variables);
        assert_false(policy_allows_anywhere(doc, STR("iot:Connect")));
    }
}

static void a_document_keeps_what_it_says(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct policy_doc *doc = DOC(
        mem,
        "{\"Id\":\"i\",\"Statement\":[{\"Sid\":\"s\",\"Effect\":\"Deny\",\"NotAction\":"
        "[\"iot:Publish\",\"iot:Connect\"],\"NotResource\":[\"" ARN "topic/a*\",\"*\"],"
        "\"Condition\":{\"ForAnyValue:StringLikeIfExists\":{\"iot:ClientId\":[\"a\",true,3]},"
        "\"ArnLike\":{\"iot:LastWillTopic\":\"" ARN "topic/a:b\"}}}],\"Version\":\"2012-10-17\"}");
    assert_true(doc->variables);
    CHECK_STR(doc->id, "i");
    assert_int_equal(doc->n_statements, 1);
    const struct policy_statement *s = &doc->statements[0];
    CHECK_STR(s->sid, "s");
    assert_int_equal(s->effect, POLICY_DENY);
    assert_true(s->not_action && s->not_resource);
    assert_false(s->actions & policy_action_bit(POLICY_PUBLISH));
    assert_true(s->actions & policy_action_bit(POLICY_SUBSCRIBE));
    assert_int_equal(s->n_resources, 2);
    CHECK_STR(s->resources[0].text, ARN "topic/a*");
    assert_int_equal(s->n_conditions, 2);
    const struct policy_condition *like = &s->conditions[0];
    assert_int_equal(like->op, POLICY_OP_STRING_LIKE);
    assert_int_equal(like->quantifier, POLICY_FOR_ANY_VALUE);
    assert_true(like->if_exists);
    assert_int_equal(like->key.kind, POLICY_KEY_CLIENT_ID);
    assert_int_equal(like->n_values, 3);
    CHECK_STR(like->values[1].text, "true");
    CHECK_STR(like->values[2].text, "3");
    assert_int_equal(s->conditions[1].n_values, POLICY_ARN_FIELDS);
    CHECK_STR(s->conditions[1].values[5].text, "topic/a:b");
}

/* Longer than any block of memory that a document is cut from. */
static void long_lists_are_kept_whole(void **state)
{
    (void)state;
    enum { ITEMS = 300, STATEMENTS = 9 };
    AUTO_ARENA *mem = arena_new(16 << 20);
    struct buf text;
    buf_init(&text, mem, LIMIT_POLICY_BYTES);
    buf_put_str(&text, STR("{\"Version\":\"2012-10-17\",\"Statement\":["));
    for (int s = 0; s < STATEMENTS; s++) {
        buf_put_fmt(&text, "%s{\"Effect\":\"Allow\",\"Action\":[", s == 0 ? "" : ",");
        for (int i = 0; i < ITEMS; i++) {
            buf_put_fmt(&text, "%s\"iot:A%d\"", i == 0 ? "" : ",", i);
        }
        buf_put_str(&text, STR("],\"Resource\":["));
        for (int i = 0; i < ITEMS; i++) {
            buf_put_fmt(&text, "%s\"" ARN "topic/%d/?*${iot:ClientId}/*\"", i == 0 ? "" : ",", i);
        }
        buf_put_str(&text, STR("],\"Condition\":{\"StringLike\":{"));
        for (int i = 0; i < ITEMS; i++) {
            buf_put_fmt(&text, "%s\"key%d\":[\"a\",\"%d*\"]", i == 0 ? "" : ",", i, i);
        }
        buf_put_str(&text, STR("}}}"));
    }
    buf_put_str(&text, STR("]}"));
    const struct policy_doc *doc = doc_of(mem, buf_view(&text));
    assert_int_equal(doc->n_statements, STATEMENTS);
    for (size_t n = 0; n < STATEMENTS * ITEMS; n++) {
        const struct policy_statement *s = &doc->statements[n / ITEMS];
        int i = (int)(n % ITEMS);
        char want[96];
        assert_true(s->n_actions == ITEMS && s->n_resources == ITEMS && s->n_conditions == ITEMS);
        snprintf(want, sizeof want, "iot:A%d", i);
        CHECK_STR(s->action_texts[i], want);
        snprintf(want, sizeof want, ARN "topic/%d/?*${iot:ClientId}/*", i);
        CHECK_STR(s->resources[i].text, want);
        assert_int_equal(s->resources[i].n_tokens, 6);
        assert_int_equal(s->resources[i].tokens[0].kind, POLICY_LITERAL);
        assert_int_equal(s->resources[i].tokens[5].kind, POLICY_STAR);
        snprintf(want, sizeof want, "%d*", i);
        CHECK_STR(s->conditions[i].values[1].text, want);
    }
}

static void size_counts_characters_without_white_space(void **state)
{
    (void)state;
    assert_int_equal(policy_size(STR("{ \"a\":\t\"\xC3\xA9 x\"\r\n}")), 10);
}

static void too_many_bytes_and_statements_are_refused(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(16 << 20);
    const struct policy_doc *doc = NULL;
    char *big = arena_alloc(mem, LIMIT_POLICY_BYTES + 1);
    memset(big, ' ', LIMIT_POLICY_BYTES + 1);
    CHECK_STATUS(policy_doc_read(mem, (struct str){big, LIMIT_POLICY_BYTES + 1}, &doc, NULL),
                 STATUS_TOO_LARGE);
    for (int extra = 0; extra < 2; extra++) {
        struct buf text;
        buf_init(&text, mem, LIMIT_POLICY_BYTES);
        buf_put_str(&text, STR("{\"Statement\":["));
        for (int i = 0; i < LIMIT_POLICY_STATEMENTS + extra; i++) {
            buf_put_fmt(&text, "%s{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}",
                        i == 0 ? "" : ",");
        }
        buf_put_str(&text, STR("]}"));
        CHECK_STATUS(policy_doc_read(mem, buf_view(&text), &doc, NULL),
                     extra == 0 ? STATUS_OK : STATUS_MALFORMED_POLICY);
    }
}

static void actions_without_number_are_found_by_name(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct policy_doc *doc = DOC(
        mem, "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"iot:createjob*\"],\"Resource\":"
             "\"*\"},{\"Effect\":\"Allow\",\"NotAction\":\"iot:Create*\",\"Resource\":\"*\"}]}");
    assert_true(policy_statement_covers(&doc->statements[0], STR("iot:CreateJobTemplate")));
    assert_false(policy_statement_covers(&doc->statements[0], STR("iot:CreatePolicy")));
    assert_false(policy_statement_covers(&doc->statements[1], STR("iot:CreateJob")));
    assert_true(policy_statement_covers(&doc->statements[1], STR("iot:DeleteJob")));
}

static enum status judge(struct str text)
{
    AUTO_ARENA *mem = arena_new(64 << 20);
    const struct policy_doc *doc = NULL;
    const struct policy_broad_fact *broad = NULL;
    const struct policy_misconfig_fact *misconfig = NULL;
    size_t n = 0;
    struct why why = {0};
    if (mem == NULL) {
        return STATUS_NO_MEMORY;
    }
    TRY(policy_doc_read(mem, text, &doc, &why));
    TRY(policy_broad_find(mem, doc, policy_broad_data_plane(), &broad, &n, &why));
    return policy_misconfig_find(mem, doc, &misconfig, &n, &why);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct str text = vector_file(mem, "misconfig", "M2-wider-allow", ".json");
    size_t n = 0;
    for (;; n++) {
        fault_start(n);
        enum status status = judge(text);
        if (!fault_stop()) {
            CHECK_OK(status);
            break;
        }
        CHECK_STATUS(status, STATUS_NO_MEMORY);
    }
    assert_true(n > 2);
}

#define IAM(statements) "{\"Version\":\"2012-10-17\",\"Statement\":[" statements "]}"
#define LET(rest)       "{\"Effect\":\"Allow\"," rest "}"
#define PUBLISH         "\"Action\":\"sns:Publish\""
#define ASSUME          "\"Action\":\"sts:AssumeRole\""
#define ON_ALL          ",\"Resource\":\"*\""
#define BY(who)         ",\"Principal\":" who

static void each_dialect_has_its_own_rules(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *refusals[3]; /* by IoT, identity, trust; NULL: read */
    } cases[] = {
        {IAM(LET(PUBLISH ON_ALL)), {NULL, NULL, "a trust policy speaks of sts:AssumeRole"}},
        {IAM(LET(ASSUME ON_ALL)), {NULL, NULL, "a trust policy names no resource"}},
        {IAM(LET(ASSUME)), {"either Resource", "either Resource", "has a Principal"}},
        {IAM(LET(ASSUME BY("\"*\""))), {"an IoT policy names", "of a user or role names", NULL}},
        {IAM(LET("\"Action\":\"*\"" BY("\"*\""))),
         {"names no principal", "names no principal", "a trust policy speaks"}},
        {IAM(LET("\"Action\":[\"STS:assumerole*\",\"sts:TagSession\"]" BY("\"*\""))),
         {"names no principal", "names no principal", NULL}},
        {IAM(LET(ASSUME ",\"NotPrincipal\":\"*\"")),
         {"names no principal", "names no principal", "says whom it trusts"}},
        {IAM(LET(ASSUME BY("{\"AWS\":[\"*\",\"111122223333\"],\"Service\":\"a.b\"}"))),
         {"names no principal", "names no principal", NULL}},
        {IAM(LET(ASSUME BY("{}"))), {"names no principal", "names no principal", "names nobody"}},
        {IAM(LET(ASSUME BY("{\"AWS\":[]}"))),
         {"names no principal", "names no principal", "names nobody"}},
        {IAM(LET(ASSUME BY("{\"AWS\":\"bob\"}"))),
         {"names no principal", "names no principal", "this is none: \"bob\""}},
        {IAM(LET(ASSUME BY("{\"Service\":\"a.b\",\"Service\":\"c.d\"}"))),
         {"names no principal", "names no principal", "Service"}},
        {IAM(LET(ASSUME BY("{\"Host\":\"a.b\"}"))),
         {"names no principal", "names no principal", "no such member: \"Host\""}},
        {IAM(LET(ASSUME BY("\"111122223333\""))),
         {"names no principal", "names no principal", "Principal is \"*\" or"}},
        {IAM(LET(ASSUME BY("7"))), {"names no principal", "names no principal", "object"}},
        {IAM(LET("\"Action\":\"i*:Publish\"" ON_ALL)),
         {NULL, "an action is written", "a trust policy speaks"}},
        {IAM(""), {NULL, "has no statement", "has no statement"}},
        {IAM(LET("\"Sid\":\"a b\"," PUBLISH ON_ALL)),
         {NULL, "letters and digits alone: \"a b\"", "a trust policy speaks"}},
        {IAM(LET("\"Sid\":\"a\"," PUBLISH ON_ALL) "," LET("\"Sid\":\"a\"," PUBLISH ON_ALL)),
         {NULL, "a Sid occurs twice: \"a\"", "a trust policy speaks"}},
        {IAM(LET("\"Sid\":\"\"," PUBLISH ON_ALL) "," LET("\"Sid\":\"\"," PUBLISH ON_ALL)),
         {NULL, NULL, "a trust policy speaks"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int dialect = POLICY_OF_IOT; dialect <= POLICY_OF_TRUST; dialect++) {
            AUTO_ARENA *mem = arena_new(1 << 20);
            const struct policy_doc *doc = NULL;
            struct why why = {.text = ""};
            const char *refusal = cases[i].refusals[dialect];
            enum status got = policy_doc_read_as(mem, str_from(cases[i].text),
                                                 (enum policy_dialect)dialect, &doc, &why);
            if (got != (refusal == NULL ? STATUS_OK : STATUS_MALFORMED_POLICY) ||
                (refusal != NULL && strstr(why.text, refusal) == NULL)) {
                fail_msg("%s as dialect %d: %s: %s", cases[i].text, dialect, status_name(got),
                         why.text);
            }
        }
    }
}

static void a_trust_policy_keeps_whom_it_names(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct policy_doc *doc = NULL;
    struct str text = STR(IAM(
        LET(ASSUME BY("{\"Service\":[\"iot.amazonaws.com\",\"a.b\"],\"AWS\":\"111122223333\"}"))));
    CHECK_OK(policy_doc_read_as(mem, text, POLICY_OF_TRUST, &doc, NULL));
    const struct policy_statement *s = &doc->statements[0];
    assert_int_equal(s->n_resources, 0);
    assert_int_equal(s->n_principals, 3);
    assert_int_equal(s->principals[0].kind, POLICY_SERVICE);
    CHECK_STR(s->principals[1].text, "a.b");
    assert_int_equal(s->principals[2].kind, POLICY_ACCOUNT);
}

static void a_policy_of_a_resource_names_who_and_what(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct policy_doc *doc = NULL;
    struct why why;
    struct str text =
        STR(IAM(LET("\"Sid\":\"__default_statement_ID\",\"Action\":\"SNS:Publish\"" ON_ALL BY(
            "{\"AWS\":\"*\"}"))));
    CHECK_OK(policy_doc_read_as(mem, text, POLICY_OF_RESOURCE, &doc, NULL));
    assert_int_equal(doc->statements[0].n_principals, 1);
    assert_int_equal(doc->statements[0].n_resources, 1);
    CHECK_STATUS(
        policy_doc_read_as(mem, STR(IAM(LET(PUBLISH ON_ALL))), POLICY_OF_RESOURCE, &doc, &why),
        STATUS_MALFORMED_POLICY);
    assert_non_null(strstr(why.text, "a statement of a resource's policy has a Principal"));
    CHECK_STATUS(
        policy_doc_read_as(mem, STR(IAM(LET(PUBLISH BY("\"*\"")))), POLICY_OF_RESOURCE, &doc, &why),
        STATUS_MALFORMED_POLICY);
    assert_non_null(strstr(why.text, "either Resource or NotResource"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bad_document_is_refused_with_a_sentence),
        cmocka_unit_test(the_offset_and_sentence_name_the_place),
        cmocka_unit_test(a_policy_may_have_no_statement),
        cmocka_unit_test(a_document_keeps_what_it_says),
        cmocka_unit_test(long_lists_are_kept_whole),
        cmocka_unit_test(size_counts_characters_without_white_space),
        cmocka_unit_test(a_policy_of_a_resource_names_who_and_what),
        cmocka_unit_test(too_many_bytes_and_statements_are_refused),
        cmocka_unit_test(every_failed_allocation_is_reported),
        cmocka_unit_test(actions_without_number_are_found_by_name),
        cmocka_unit_test(each_dialect_has_its_own_rules),
        cmocka_unit_test(a_trust_policy_keeps_whom_it_names),
    };
    return RUN_TESTS("doc", tests);
}
