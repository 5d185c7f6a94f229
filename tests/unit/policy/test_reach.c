#include "policy/evaluate.h"
#include "policy/reach.h"
#include "unit/policy/naive.h"

static struct policy_reach ask(struct arena *mem, const char *statements,
                               enum policy_reach_kind kind, const char *pattern)
{
    struct str text;
    struct policy_reach reach;
    struct why why = {0};
    CHECK_OK(
        str_fmt(mem, &text, NULL, "{\"Version\":\"2012-10-17\",\"Statement\":[%s]}", statements));
    if (policy_reach(mem, doc_of(mem, text), kind, str_from(pattern), &reach, &why) != STATUS_OK) {
        fail_msg("%s on %s: %s", pattern, statements, why.text);
    }
    return reach;
}

#define ALLOW(action, resource)                                                                    \
    "{\"Effect\":\"Allow\",\"Action\":\"iot:" action "\",\"Resource\":\"" ARN resource "\"}"
#define DENY(action, resource)                                                                     \
    "{\"Effect\":\"Deny\",\"Action\":\"iot:" action "\",\"Resource\":\"" ARN resource "\"}"
#define DENY_NOT(action, resource)                                                                 \
    "{\"Effect\":\"Deny\",\"Action\":\"iot:" action "\",\"NotResource\":\"" ARN resource "\"}"
#define DENY_IF(action, resource)                                                                  \
    "{\"Effect\":\"Deny\",\"Action\":\"iot:" action "\",\"Resource\":\"" ARN resource              \
    "\",\"Condition\":{\"Bool\":{\"iot:Connection.Thing.IsAttached\":\"false\"}}}"
#define THING "${iot:Connection.Thing.ThingName}"

struct row {
    const char *statements;
    enum policy_reach_kind kind;
    const char *pattern;
    const char *word; /* NULL: never */
    const char *filter;
};

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        AUTO_ARENA *mem = arena_new(256 << 20);
        struct policy_reach reach = ask(mem, rows[i].statements, rows[i].kind, rows[i].pattern);
        if (reach.reachable != (rows[i].word != NULL)) {
            fail_msg("row %zu: %s: %s %.*s", i, rows[i].pattern,
                     reach.reachable ? "reachable" : "never", STR_ARG(reach.word));
        }
        if (reach.reachable) {
            CHECK_STR(reach.word, rows[i].word);
        }
        if (rows[i].filter != NULL) {
            CHECK_STR(reach.filter, rows[i].filter);
        }
    }
}

static void reachable_comes_with_its_witness(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {ALLOW("Publish", "topic/a/*"), POLICY_REACH_PUBLISH, "a/b", "a/b", NULL},
        {ALLOW("Publish", "topic/a/*"), POLICY_REACH_PUBLISH, "*/b", "a/b", NULL},
        {ALLOW("Publish", "topic/a/+"), POLICY_REACH_PUBLISH, "*", NULL, NULL},
        {ALLOW("Publish", "topic/a") "," DENY("Publish", "*"), POLICY_REACH_PUBLISH, "*", NULL,
         NULL},
        {ALLOW("Publish", "topic/a") "," DENY_IF("Publish", "*"), POLICY_REACH_PUBLISH, "?", "a",
         NULL},
        {ALLOW("Publish", "topic/dt/" THING "/x"), POLICY_REACH_PUBLISH, "dt/pump-1/x",
         "dt/pump-1/x", NULL},
        {ALLOW("Publish", "topic/dt/" THING "/x"), POLICY_REACH_PUBLISH, "dt/pump 1/x", NULL, NULL},
        {ALLOW("Publish", "topic/dt/" THING "/x"), POLICY_REACH_PUBLISH, "dt/a/b/x", NULL, NULL},
        {ALLOW("Publish", "topic/" THING "/x"), POLICY_REACH_PUBLISH, "*", "z/x", NULL},
        {ALLOW("Publish", "topic/*") "," DENY_NOT("Publish", "topic/" THING "/*"),
         POLICY_REACH_PUBLISH, "pump-1/x", "pump-1/x", NULL},
        {ALLOW("Publish", "topic/" THING "/*") "," DENY("Publish", "topic/" THING "/secret*"),
         POLICY_REACH_PUBLISH, "pump/secret", NULL, NULL},
        {ALLOW("Publish", "topic/${iot:ClientId}/x") "," ALLOW("Connect", "client/sensor-*"),
         POLICY_REACH_PUBLISH, "admin/x", NULL, NULL},
        {ALLOW("Publish", "topic/${iot:ClientId}/x") "," ALLOW("Connect", "client/sensor-*"),
         POLICY_REACH_PUBLISH, "sensor-7/x", "sensor-7/x", NULL},
        {ALLOW("Connect", "client/${iot:ClientId}"), POLICY_REACH_CONNECT, "admin", "admin", NULL},
        {ALLOW("Connect", "client/x-${iot:ClientId}"), POLICY_REACH_CONNECT, "*", NULL, NULL},
        {ALLOW("Subscribe", "topicfilter/a/*"), POLICY_REACH_SUBSCRIBE, "a/#", "a/#", NULL},
        {ALLOW("Subscribe", "topicfilter/a/?"), POLICY_REACH_SUBSCRIBE, "*#", "a/#", NULL},
        {ALLOW("Subscribe", "topicfilter/a/+") "," ALLOW("Receive", "topic/*"),
         POLICY_REACH_RECEIVE, "a/secret", "a/secret", "a/+"},
        {ALLOW("Subscribe", "topicfilter/a/+") "," ALLOW("Receive", "topic/*"),
         POLICY_REACH_RECEIVE, "a/b/c", NULL, NULL},
        {ALLOW("Subscribe", "topicfilter/a/#") "," ALLOW("Receive", "topic/*"),
         POLICY_REACH_RECEIVE, "a", "a", "a/#"},
        {ALLOW("Subscribe", "topicfilter/#") "," ALLOW("Receive", "*"), POLICY_REACH_RECEIVE,
         "$aws/*", NULL, NULL},
        {ALLOW("Subscribe", "topicfilter/#") "," ALLOW("Receive", "topic/b"), POLICY_REACH_RECEIVE,
         "a", NULL, NULL},
        {ALLOW("Subscribe", "topicfilter/" THING "/#") "," ALLOW("Receive", "topic/a/*"),
         POLICY_REACH_RECEIVE, "*", "a/", "a/#"},
    };
    check_rows(rows, sizeof rows / sizeof rows[0]);
}

/* "$share/NAME/FILTER" is judged by its whole name and brings what FILTER does. */
static void a_shared_filter_brings_what_its_filter_does(void **state)
{
    (void)state;
    static const struct row rows[] = {
#define SHARES(filter, topic)                                                                      \
    ALLOW("Subscribe", "topicfilter/$share/" filter) "," ALLOW("Receive", topic)
#define RECEIVE POLICY_REACH_RECEIVE
        {SHARES("g/sec/#", "topic/sec/*"), RECEIVE, "sec/x", "sec/x", "$share/g/sec/#"},
        {SHARES("g/sec/#", "topic/sec*"), RECEIVE, "sec", "sec", "$share/g/sec/#"},
        {SHARES("*", "topic/sec/*"), RECEIVE, "sec/x", "sec/x", "$share/y/sec/x"},
        {SHARES("?/+/x", "topic/*"), RECEIVE, "sec/?", "sec/x", "$share/y/+/x"},
        {SHARES(THING "/sec/#", "topic/sec/*"), RECEIVE, "sec/x", "sec/x", "$share/z/sec/#"},
        {SHARES("g/" THING "/#", "*"), RECEIVE, "pump/x", "pump/x", "$share/g/pump/#"},
        {ALLOW("Subscribe", "topicfilter/*") "," ALLOW("Receive", "*"), RECEIVE, "a", "a", "a"},
        {ALLOW("Subscribe", "topicfilter/*") "," DENY("Subscribe", "topicfilter/sec/*") "," DENY(
             "Subscribe", "topicfilter/+*") "," DENY("Subscribe",
                                                     "topicfilter/#") "," ALLOW("Receive", "*"),
         RECEIVE, "sec/x", "sec/x", "$share/y/sec/x"},
        /* no group, no level, nothing behind it, another level */
        {SHARES("/sec/#", "*"), RECEIVE, "sec/x", NULL, NULL},
        {SHARES("+/sec/#", "*"), RECEIVE, "sec/x", NULL, NULL},
        {SHARES("#", "*"), RECEIVE, "sec/x", NULL, NULL},
        {SHARES("g", "*"), RECEIVE, "sec/x", NULL, NULL},
        {SHARES("g/", "*"), RECEIVE, "*x", NULL, NULL},
        {SHARES("g/+", "*"), RECEIVE, "sec/x", NULL, NULL},
        {ALLOW("Subscribe", "topicfilter/$shared/g/sec/#") "," ALLOW("Receive", "*"), RECEIVE,
         "sec/x", NULL, NULL},
        /* taken back, or without the right to receive */
        {SHARES("*", "*") "," DENY("Subscribe", "topicfilter/$share/*/sec/*") "," DENY(
             "Subscribe", "topicfilter/$share/*/+*") "," DENY("Subscribe",
                                                              "topicfilter/$share/*/#"),
         RECEIVE, "sec/x", NULL, NULL},
        {SHARES("*", "*") "," DENY("Receive", "topic/sec/*"), RECEIVE, "sec/*", NULL, NULL},
        {SHARES("*", "topic/other"), RECEIVE, "sec/*", NULL, NULL},
        /* reserved topics are not shared; others that begin with a `$` may be, by name */
        {SHARES("*", "*"), RECEIVE, "$aws/*", NULL, NULL},
        {SHARES("g/$aws/things/#", "*"), RECEIVE, "$aws*", NULL, NULL},
        {SHARES("g/#", "*"), RECEIVE, "$SYS/x", NULL, NULL},
        {SHARES("g/$SYS/#", "*"), RECEIVE, "$SYS/x", "$SYS/x", "$share/g/$SYS/#"},
        {SHARES("g/$awsome/#", "*"), RECEIVE, "$aws*", "$awsome/", "$share/g/$awsome/#"},
        /* subscribing is asked about by the whole name */
        {SHARES("g/sec/#", "*"), POLICY_REACH_SUBSCRIBE, "$share/*", "$share/g/sec/#", NULL},
        {SHARES("g/sec/#", "*"), POLICY_REACH_SUBSCRIBE, "sec/*", NULL, NULL},
        {ALLOW("Subscribe", "topicfilter/sec/#"), POLICY_REACH_SUBSCRIBE, "$share/*", NULL, NULL},
    };
    check_rows(rows, sizeof rows / sizeof rows[0]);
    AUTO_ARENA *mem = arena_new(256 << 20);
    struct policy_reach r = ask(mem, SHARES("g/sec/#", "*"), RECEIVE, "sec/x");
    assert_int_equal(r.subscribed_by, 0);
    assert_int_equal(r.allowed_by, 1);
    r = ask(mem, SHARES("*", "*") "," DENY("Subscribe", "topicfilter/$share/*"), RECEIVE, "sec/x");
    assert_int_equal(r.barrier, POLICY_BARRIER_DENIED);
    assert_int_equal(r.n_denied_by, 1);
    assert_int_equal(r.denied_by[0], 2);
    r = ask(mem, SHARES("*", "*"), RECEIVE, "$aws/*");
    assert_int_equal(r.barrier, POLICY_BARRIER_NO_DELIVERY);
}

static void never_names_what_forbids(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(256 << 20);
    struct policy_reach r =
        ask(mem, ALLOW("Subscribe", "topicfilter/*"), POLICY_REACH_RECEIVE, "a");
    assert_int_equal(r.barrier, POLICY_BARRIER_NO_ALLOW);
    assert_int_equal(r.action, POLICY_RECEIVE);
    r = ask(mem, ALLOW("Receive", "topic/*"), POLICY_REACH_RECEIVE, "a");
    assert_int_equal(r.barrier, POLICY_BARRIER_NO_ALLOW);
    assert_int_equal(r.action, POLICY_SUBSCRIBE);
    r = ask(mem, ALLOW("Receive", "topic/*") "," ALLOW("Subscribe", "topicfilter/b"),
            POLICY_REACH_RECEIVE, "a");
    assert_int_equal(r.barrier, POLICY_BARRIER_NO_DELIVERY);
    r = ask(
        mem,
        DENY("Publish", "topic/z") "," ALLOW("Publish", "topic/*") "," DENY("Publish", "topic/a*"),
        POLICY_REACH_PUBLISH, "a/?");
    assert_int_equal(r.barrier, POLICY_BARRIER_DENIED);
    assert_int_equal(r.n_denied_by, 1);
    assert_int_equal(r.denied_by[0], 2);
    r = ask(mem,
            ALLOW("Receive", "topic/*") "," ALLOW("Subscribe", "topicfilter/*") "," DENY(
                "Subscribe", "topicfilter/*"),
            POLICY_REACH_RECEIVE, "a");
    assert_int_equal(r.barrier, POLICY_BARRIER_DENIED);
    assert_int_equal(r.denied_by[0], 2);
}

static void a_pattern_of_nothing_is_a_mistake(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(64 << 20);
    const struct policy_doc *doc =
        DOC(mem, "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}");
    struct policy_reach reach;
    struct {
        enum policy_reach_kind kind;
        const char *pattern;
    } const rows[] = {
        {POLICY_REACH_PUBLISH, "a/#"},     {POLICY_REACH_RECEIVE, "+"},
        {POLICY_REACH_SUBSCRIBE, "a/#/b"}, {POLICY_REACH_PUBLISH, ""},
        {POLICY_REACH_PUBLISH, "\xff"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_STATUS(policy_reach(mem, doc, rows[i].kind, str_from(rows[i].pattern), &reach, NULL),
                     STATUS_INVALID);
    }
}

/* Random policies against enumeration of words and names */

static void random_doc(uint64_t *state, struct naive_doc *doc, const char *type)
{
    static const char *const pieces[] = {"a", "b", "/", "*", "?", "${T}", "a", "/"};
    doc->n = 1 + naive_pick(state, NAIVE_STATEMENTS);
    for (unsigned i = 0; i < doc->n; i++) {
        struct naive_statement *s = &doc->statements[i];
        *s = (struct naive_statement){.deny = i > 0 && naive_pick(state, 2) == 0};
        s->not_resource = naive_pick(state, 6) == 0;
        s->n = 1 + naive_pick(state, NAIVE_RESOURCES);
        for (unsigned r = 0; r < s->n; r++) {
            char tail[64];
            naive_pieces(state, tail, pieces, 8, 4);
            snprintf(s->resources[r], sizeof s->resources[r], "%s%s", type, tail);
        }
    }
}

/* The value as reported; any will do where the policy has no variable. */
static const char *value_of(struct arena *mem, const struct policy_reach *reach)
{
    return reach->n_values == 0 ? "unknown" : str_z(mem, reach->values[0].value);
}

static bool enumeration_finds(const struct naive_doc *doc, const char *pattern, char *word,
                              char *value)
{
    for (unsigned long w = 1; naive_word(w, "ab/~", 4, word); w++) {
        char text[32];
        snprintf(text, sizeof text, "topic/%s", word);
        if (!naive_match(pattern, word)) {
            continue;
        }
        for (unsigned long v = 1; naive_word(v, "ab", 2, value); v++) {
            if (naive_allows(doc, false, text, value)) {
                return true;
            }
        }
    }
    return false;
}

static void check_reach(uint64_t seed, unsigned *undecided)
{
    static const char *const pieces[] = {"a", "b", "/", "*", "?"};
    uint64_t state = seed;
    struct naive_doc doc;
    struct policy_reach reach;
    char pattern[32];
    char word[8] = "";
    char value[8] = "";
    AUTO_ARENA *mem = arena_new(512 << 20);
    random_doc(&state, &doc, "topic/");
    do {
        naive_pieces(&state, pattern, pieces, 5, 4);
    } while (*pattern == '\0');
    struct str text = naive_json(mem, &doc, "Publish");
    enum status status =
        policy_reach(mem, doc_of(mem, text), POLICY_REACH_PUBLISH, str_from(pattern), &reach, NULL);
    if (status == STATUS_TOO_LARGE) {
        ++*undecided;
        return;
    }
    CHECK_OK(status);
    if (!reach.reachable && enumeration_finds(&doc, pattern, word, value)) {
        fail_msg("seed %llu: %s reaches \"%s\" in %.*s as %s", (unsigned long long)seed, pattern,
                 word, STR_ARG(text), value);
    }
    if (reach.reachable) {
        char resource[3 * NAIVE_TEXT];
        const char *name = value_of(mem, &reach);
        const char *bound = str_z(mem, reach.word);
        snprintf(resource, sizeof resource, "topic/%s", bound);
        if (!naive_match(pattern, bound) || !naive_allows(&doc, false, resource, name)) {
            fail_msg("seed %llu: \"%s\" as %s is no witness in %.*s", (unsigned long long)seed,
                     bound, name, STR_ARG(text));
        }
    }
}

static void random_policies_reach_what_enumeration_finds(void **state)
{
    (void)state;
    enum { CASES = 4000 };
    unsigned undecided = 0;
    for (uint64_t seed = 0; seed < CASES; seed++) {
        check_reach(seed, &undecided);
    }
    assert_true(undecided < CASES / 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reachable_comes_with_its_witness),
        cmocka_unit_test(a_shared_filter_brings_what_its_filter_does),
        cmocka_unit_test(never_names_what_forbids),
        cmocka_unit_test(a_pattern_of_nothing_is_a_mistake),
        cmocka_unit_test(random_policies_reach_what_enumeration_finds),
    };
    return RUN_TESTS("reach", tests);
}
