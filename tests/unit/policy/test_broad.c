#include "policy/broad.h"
#include "unit/policy/naive.h"

static void check_vector(struct arena *mem, const struct vector *v)
{
    const struct policy_broad_fact *facts = NULL;
    size_t n = 0;
    struct buf got;
    CHECK_OK(
        policy_broad_find(mem, doc_of(mem, v->text), policy_broad_data_plane(), &facts, &n, NULL));
    buf_init(&got, mem, 4096);
    for (size_t i = 0; i < n; i++) {
        buf_put_fmt(&got, "iot:%.*s\n", STR_ARG(policy_actions[facts[i].action].name));
    }
    vector_says(v, buf_view(&got));
}

static void every_example_has_its_verdict(void **state)
{
    (void)state;
    for_each_vector("broad", true, 60, check_vector);
}

static void the_fact_names_statement_resource_and_witness(void **state)
{
    (void)state;
    struct {
        const char *statement;
        const char *resource;
        const char *witness;
    } const rows[] = {
        {"\"Action\":\"iot:Connect\",\"Resource\":\"" ARN "client/*\"", ARN "client/*",
         "client/<any>"},
        {"\"Action\":\"iot:Connect\",\"Resource\":\"" ARN "client/${iot:ClientId}\"",
         ARN "client/${iot:ClientId}", "client/<any>"},
        {"\"Action\":\"iot:Publish\",\"Resource\":\"*\"", "*",
         "topic/$aws/things/<any>/shadow/update"},
        {"\"Action\":\"iot:Publish\",\"Resource\":\"" ARN "topic/$aws/things/?x?/shadow\"",
         ARN "topic/$aws/things/?x?/shadow", "topic/$aws/things/<any>xy/shadow"},
        {"\"Action\":\"iot:Publish\",\"Resource\":\"" ARN
         "topic/*/${iot:Connection.Thing.ThingName}\"",
         ARN "topic/*/${iot:Connection.Thing.ThingName}",
         "topic/$aws/things/<any>/${iot:Connection.Thing.ThingName}"},
        {"\"Action\":\"iot:Subscribe\",\"Resource\":[\"" ARN "topicfilter/a\",\"" ARN
         "topicfilter/$aws/things/+/shadow/update\"]",
         ARN "topicfilter/$aws/things/+/shadow/update", "topicfilter/$aws/things/+/shadow/update"},
        {"\"Action\":\"iot:Subscribe\",\"Resource\":\"" ARN "topicfilter/?\"", ARN "topicfilter/?",
         "topicfilter/#"},
        {"\"Action\":\"iot:GetThingShadow\",\"NotResource\":\"" ARN "thing/mine\"",
         ARN "thing/mine", "thing/<any>"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ARENA *mem = arena_new(16 << 20);
        struct str text;
        const struct policy_broad_fact *facts = NULL;
        size_t n = 0;
        CHECK_OK(
            str_fmt(mem, &text, NULL,
                    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                    "\"Action\":\"iot:Receive\",\"Resource\":\"*\"},{\"Effect\":\"Allow\",%s}]}",
                    rows[i].statement));
        CHECK_OK(
            policy_broad_find(mem, doc_of(mem, text), policy_broad_data_plane(), &facts, &n, NULL));
        assert_int_equal(n, 1);
        assert_int_equal(facts[0].statement, 1);
        CHECK_STR(facts[0].resource, rows[i].resource);
        CHECK_STR(facts[0].witness, rows[i].witness);
    }
}

static void reading_things_of_all_is_broad_for_its_own_class(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(16 << 20);
    const struct policy_broad_fact *facts = NULL;
    size_t n = 0;
    const struct policy_doc *wide = DOC(mem, "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":"
                                             "\"iot:Describe*\",\"Resource\":\"" ARN "thing/*\"}}");
    const struct policy_doc *narrow =
        DOC(mem, "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iot:Describe*\",\"Resource\":"
                 "\"" ARN "/thing/MyThing*\"}}");
    uint64_t read = policy_class_set(POLICY_CLASS_READ);
    CHECK_OK(policy_broad_find(mem, wide, read, &facts, &n, NULL));
    assert_int_equal(n, 1);
    assert_int_equal(facts[0].action, POLICY_DESCRIBE_THING);
    CHECK_OK(policy_broad_find(mem, narrow, read, &facts, &n, NULL));
    assert_int_equal(n, 0);
    assert_true(policy_allows_anywhere(narrow, STR("iot:DescribeJob")));
    assert_false(policy_allows_anywhere(narrow, STR("iot:CreateJob")));
}

/* Random policies against enumeration of strangers' resources. '~' is the stranger's first
 * character; '^' the device's own name, which no stranger has. */

static void random_doc(uint64_t *state, struct naive_doc *doc, bool subscribe)
{
    static const char *const pieces[] = {"$aws/", "things/", "a",  "*", "?",
                                         "${T}",  "/",       "+/", "#", "things/"};
    static const char *const heads[] = {"topic/", "topic/$aws/things/", "topic/$aws/", "topic/*",
                                        "*"};
    static const char *const filters[] = {"topicfilter/", "topicfilter/$aws/things/",
                                          "topicfilter/$aws/", "topicfilter/+/", "*"};
    doc->n = 1 + naive_pick(state, NAIVE_STATEMENTS);
    for (unsigned i = 0; i < doc->n; i++) {
        struct naive_statement *s = &doc->statements[i];
        *s = (struct naive_statement){.deny = i > 0 && naive_pick(state, 2) == 0,
                                      .not_resource = naive_pick(state, 6) == 0,
                                      .subscribe = subscribe,
                                      .n = 1 + naive_pick(state, NAIVE_RESOURCES)};
        for (unsigned r = 0; r < s->n; r++) {
            char tail[64];
            naive_pieces(state, tail, pieces, 10, 3);
            snprintf(s->resources[r], sizeof s->resources[r], "%s%s",
                     (subscribe ? filters : heads)[naive_pick(state, 5)], tail);
        }
    }
}

static const char *const stranger_heads[] = {"topic/$aws/things/~"};
static const char *const stranger_filters[] = {
    "topicfilter/$aws/things/~", "topicfilter/+/things/~",    "topicfilter/$aws/+/~",
    "topicfilter/+/+/~",         "topicfilter/$aws/things/+", "topicfilter/+/things/+",
    "topicfilter/$aws/+/+",      "topicfilter/+/+/+"};
static const char *const whole_filters[] = {"topicfilter/#",
                                            "topicfilter/$aws/#",
                                            "topicfilter/+/#",
                                            "topicfilter/+/+/#",
                                            "topicfilter/$aws/+/#",
                                            "topicfilter/+/things/#",
                                            "topicfilter/$aws/things/#"};

static bool enumeration_finds(const struct naive_doc *doc, bool subscribe, char *out)
{
    const char *const *heads = subscribe ? stranger_filters : stranger_heads;
    for (size_t h = 0; h < (subscribe ? 8 : 1); h++) {
        char word[8];
        bool plus = strchr(heads[h] + strlen(heads[h]) - 1, '+') != NULL;
        for (unsigned long i = 0; naive_word(i, "a/~", 4, word); i++) {
            snprintf(out, NAIVE_TEXT, "%s%s", heads[h], word);
            if ((!plus || *word == '\0' || *word == '/') &&
                naive_allows(doc, subscribe, out, "^")) {
                return true;
            }
        }
    }
    for (size_t h = 0; subscribe && h < 7; h++) {
        snprintf(out, NAIVE_TEXT, "%s", whole_filters[h]);
        if (naive_allows(doc, true, out, "^")) {
            return true;
        }
    }
    return false;
}

/* The witness as a plain resource: the stranger's name, and the device's own, put in. */
static void plain_witness(struct arena *mem, struct str witness, char out[2 * NAIVE_TEXT])
{
    char text[2 * NAIVE_TEXT];
    const char *own = "${iot:Connection.Thing.ThingName}";
    snprintf(text, sizeof text, "%s", str_z(mem, witness));
    char *any = strstr(text, "<any>");
    if (any != NULL) {
        *any = '~';
        memmove(any + 1, any + 5, strlen(any + 5) + 1);
    }
    *out = '\0';
    for (const char *c = text; *c != '\0';) {
        bool variable = strncmp(c, own, strlen(own)) == 0;
        size_t n = strlen(out);
        snprintf(out + n, 2 * NAIVE_TEXT - n, "%.*s", 1, variable ? "^" : c);
        c += variable ? strlen(own) : 1;
    }
}

static void check_random(uint64_t seed, bool subscribe, unsigned *broad)
{
    uint64_t state = seed;
    struct naive_doc naive;
    char word[NAIVE_TEXT];
    char plain[2 * NAIVE_TEXT];
    const struct policy_broad_fact *facts = NULL;
    size_t n = 0;
    AUTO_ARENA *mem = arena_new(256 << 20);
    random_doc(&state, &naive, subscribe);
    struct str text = naive_json(mem, &naive, "Publish");
    CHECK_OK(
        policy_broad_find(mem, doc_of(mem, text), policy_broad_data_plane(), &facts, &n, NULL));
    if (n == 0 && enumeration_finds(&naive, subscribe, word)) {
        fail_msg("seed %llu: %s is allowed in %.*s", (unsigned long long)seed, word, STR_ARG(text));
    }
    if (n > 0) {
        ++*broad;
        plain_witness(mem, facts[0].witness, plain);
        if (!naive_allows(&naive, subscribe, plain, "^")) {
            fail_msg("seed %llu: %s is not allowed in %.*s", (unsigned long long)seed, plain,
                     STR_ARG(text));
        }
    }
}

static void random_policies_are_broad_when_enumeration_finds_a_stranger(void **state)
{
    (void)state;
    enum { CASES = 3000 };
    unsigned broad = 0;
    for (uint64_t seed = 0; seed < CASES; seed++) {
        check_random(seed, seed % 2 == 0, &broad);
    }
    assert_true(broad > CASES / 5 && broad < CASES * 4 / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_has_its_verdict),
        cmocka_unit_test(the_fact_names_statement_resource_and_witness),
        cmocka_unit_test(random_policies_are_broad_when_enumeration_finds_a_stranger),
        cmocka_unit_test(reading_things_of_all_is_broad_for_its_own_class),
    };
    return RUN_TESTS("broad", tests);
}
