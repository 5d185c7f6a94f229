#include "policy/role.h"
#include "unit/policy/naive.h"

enum { PARTS_MAX = 3 };

static const struct policy_doc *identity_doc(struct arena *mem, struct str text)
{
    const struct policy_doc *doc = NULL;
    struct why why = {0};
    if (policy_doc_read_as(mem, text, POLICY_OF_IDENTITY, &doc, &why) != STATUS_OK) {
        fail_msg("%.*s: %s", STR_ARG(text), why.text);
    }
    return doc;
}

/* A role of policies "p0", "p1" ... with one list of statements each. */
static struct policy_role role_of(struct arena *mem, const char *const *statements, size_t n)
{
    struct policy_role_part parts[PARTS_MAX];
    struct policy_role role;
    for (size_t i = 0; i < n; i++) {
        struct str text;
        CHECK_OK(str_fmt(mem, &text, NULL, "{\"Version\":\"2012-10-17\",\"Statement\":[%s]}",
                         statements[i]));
        CHECK_OK(str_fmt(mem, &parts[i].name, NULL, "p%zu", i));
        parts[i].doc = identity_doc(mem, text);
    }
    CHECK_OK(policy_role_join(mem, parts, n, &role, NULL));
    return role;
}

#define ALLOW(actions, resource)                                                                   \
    "{\"Effect\":\"Allow\",\"Action\":[" actions "],\"Resource\":\"" resource "\"}"
#define DENY(actions, resource)                                                                    \
    "{\"Effect\":\"Deny\",\"Action\":[" actions "],\"Resource\":\"" resource "\"}"

/* Class N of a role: the other operations, and the 5 data-plane actions that no list has. */
static unsigned count_admin(void)
{
    unsigned n = 5;
    for (size_t at = 0; !str_absent(policy_admin_next(&at));) {
        n++;
    }
    return n;
}

/* How many facts of each right, as "data/read-broad/read/write/admin". */
static void check_counts(const char *const *statements, size_t n, const char *want)
{
    AUTO_ARENA *mem = arena_new(64 << 20);
    const struct policy_role role = role_of(mem, statements, n);
    const struct policy_role_fact *facts = NULL;
    size_t n_facts = 0;
    unsigned counts[POLICY_RIGHT_COUNT] = {0};
    char got[64];
    CHECK_OK(policy_role_find(mem, &role, &facts, &n_facts, NULL));
    for (size_t i = 0; i < n_facts; i++) {
        counts[facts[i].right]++;
        assert_true(i == 0 || facts[i - 1].right <= facts[i].right);
    }
    snprintf(got, sizeof got, "%u/%u/%u/%u/", counts[0], counts[1], counts[2], counts[3]);
    size_t len = strlen(got);
    if (counts[4] == count_admin()) {
        snprintf(got + len, sizeof got - len, "all");
    } else {
        snprintf(got + len, sizeof got - len, "%u", counts[4]);
    }
    if (strcmp(got, want) != 0) {
        fail_msg("%s: got %s, not %s", statements[0], got, want);
    }
}

static void each_class_of_actions_is_a_right_of_its_own(void **state)
{
    (void)state;
    /* 11 data (RetainPublish among them), 4, 4, 11, and all the rest */
    static const struct {
        const char *statement;
        const char *want;
    } rows[] = {
        {ALLOW("\"iot:*\"", "*"), "11/4/4/11/all"},
        {ALLOW("\"*\"", "*"), "11/4/4/11/all"},
        {ALLOW("\"iot:*\"", "arn:aws:iot:*"), "11/4/4/11/all"},
        {ALLOW("\"*\"", "arn:aws:s3:::bucket/*"), "0/0/0/0/0"},
        {ALLOW("\"s3:*\"", "*"), "0/0/0/0/0"},
        {ALLOW("\"iot:Receive\"", "*"), "0/0/0/0/0"},
        {ALLOW("\"iot:DescribeThing\"", ARN "thing/one"), "0/0/1/0/0"},
        {ALLOW("\"iot:DescribeThing\"", ARN "/thing/one*"), "0/0/1/0/0"},
        {ALLOW("\"iot:DescribeThing\"", ARN "thing/*"), "0/1/1/0/0"},
        {ALLOW("\"iot:DescribeThing\"", ARN "thing/${credentials-iot:ThingName}"), "0/0/1/0/0"},
        {ALLOW("\"IOT:creatething\"", ARN "thing/one"), "0/0/0/1/0"},
        {ALLOW("\"iot:AssumeRoleWithCertificate\"", ARN "rolealias/a"), "0/0/0/0/1"},
        {ALLOW("\"iot:ListRetainedMessages\"", "*"), "0/0/0/0/1"},
        {ALLOW("\"iotjobsdata:*\"", "*"), "4/0/0/0/0"},
        {ALLOW("\"iot:List*ForThing\"", ARN "thing/one"), "0/0/2/0/1"},
        {ALLOW("\"iot:RetainPublish\"", ARN "topic/*"), "1/0/0/0/0"},
        {ALLOW("\"iot:Frobnicate\"", "*"), "0/0/0/0/0"},
        {"{\"Effect\":\"Allow\",\"NotAction\":\"iot:*\",\"Resource\":\"*\"}", "0/0/0/0/0"},
        {"{\"Effect\":\"Allow\",\"NotAction\":[\"iot:?[a-z]*\",\"iot:Connect\"],\"Resource\":\"*"
         "\"}",
         "10/4/4/11/all"},
        {"{\"Effect\":\"Allow\",\"Action\":\"iot:CreateThing\",\"NotResource\":\"" ARN "thing/*\"}",
         "0/0/0/1/0"},
        {"{\"Effect\":\"Allow\",\"Action\":\"iot:CreateThing\",\"NotResource\":\"*\"}",
         "0/0/0/0/0"},
        {"{\"Effect\":\"Allow\",\"Action\":\"iot:CreateThing\",\"Resource\":\"*\","
         "\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"true\"}}}",
         "0/0/0/1/0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_counts(&rows[i].statement, 1, rows[i].want);
    }
}

static void a_denial_of_one_policy_takes_back_what_another_allows(void **state)
{
    (void)state;
    const char *const whole[] = {ALLOW("\"iot:*\"", "*"), DENY("\"iot:C*\"", "*")};
    const char *const elsewhere[] = {ALLOW("\"iot:CreateThing\"", ARN "thing/a*"),
                                     DENY("\"iot:*\"", ARN "thing/ab*")};
    const char *const covered[] = {ALLOW("\"iot:CreateThing\"", ARN "thing/ab*"),
                                   DENY("\"iot:*\"", ARN "thing/a*")};
    const char *const other[] = {ALLOW("\"iot:CreateThing\"", ARN "thing/ab*"),
                                 DENY("\"iot:Delete*\"", "*")};
    const char *const conditional[] = {
        ALLOW("\"iot:CreateThing\"", "*"),
        "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"Bool\":{"
        "\"aws:SecureTransport\":\"false\"}}}"};
    check_counts(elsewhere, 2, "0/0/0/1/0");
    check_counts(covered, 2, "0/0/0/0/0");
    check_counts(other, 2, "0/0/0/1/0");
    check_counts(conditional, 2, "0/0/0/1/0");
    AUTO_ARENA *mem = arena_new(64 << 20);
    const struct policy_role role = role_of(mem, whole, 2);
    const struct policy_role_fact *facts = NULL;
    size_t n = 0;
    CHECK_OK(policy_role_find(mem, &role, &facts, &n, NULL));
    assert_true(n > 200);
    for (size_t i = 0; i < n; i++) {
        assert_false(str_starts(facts[i].action, STR("C")));
    }
}

static void the_fact_names_policy_statement_and_witness(void **state)
{
    (void)state;
    const char *const statements[] = {
        ALLOW("\"s3:GetObject\"", "*"),
        ALLOW("\"s3:GetObject\"", "*") "," ALLOW("\"iot:Publish\",\"iot:DeleteThing\"", "*"),
        DENY("\"iot:DeleteThing\"", ARN "client/*"),
    };
    AUTO_ARENA *mem = arena_new(64 << 20);
    const struct policy_role role = role_of(mem, statements, 3);
    const struct policy_role_fact *facts = NULL;
    size_t n = 0;
    CHECK_OK(policy_role_find(mem, &role, &facts, &n, NULL));
    assert_int_equal(n, 2);
    for (size_t i = 0; i < n; i++) {
        CHECK_STR(role.places[facts[i].statement].policy, "p1");
        assert_int_equal(role.places[facts[i].statement].statement, 1);
        CHECK_STR(facts[i].resource, "*");
    }
    CHECK_STR(facts[0].action, "Publish");
    CHECK_STR(facts[0].witness, "topic/$aws/things/<any>/shadow/update");
    CHECK_STR(facts[1].action, "DeleteThing");
    CHECK_STR(facts[1].witness, "<any>");
}

/* ---- services -------------------------------------------------------------------------------- */

static bool may(const struct policy_role *role, const char *service, bool whole)
{
    const struct policy_role_question question = {.service = str_from(service), .whole = whole};
    struct policy_role_grant grant;
    bool found = false;
    CHECK_OK(policy_role_may(role, &question, &grant, &found, NULL));
    return found;
}

static bool may_others(const struct policy_role *role, const char *but)
{
    const struct str services[] = {str_from(but)};
    const struct policy_role_question question = {
        .service = STR_ABSENT, .but = services, .n_but = 1};
    struct policy_role_grant grant;
    bool found = false;
    CHECK_OK(policy_role_may(role, &question, &grant, &found, NULL));
    return found;
}

static void services_are_allowed_in_part_or_whole(void **state)
{
    (void)state;
    static const struct {
        const char *statements;
        bool some, whole, others; /* of dynamodb, and of another service than that */
    } rows[] = {
        {ALLOW("\"dynamodb:PutItem\"", "arn:aws:dynamodb:*:*:table/t"), true, false, false},
        {ALLOW("\"dynamodb:*\"", "arn:aws:dynamodb:*:*:table/t"), true, true, false},
        {ALLOW("\"DynamoDB:**\"", "*"), true, true, false},
        {ALLOW("\"dynamodb:P*\",\"s3:Get*\"", "*"), true, false, true},
        {ALLOW("\"*\"", "*"), true, true, true},
        {ALLOW("\"*\"", "*") "," DENY("\"dynamodb:*\"", "*"), false, false, true},
        {ALLOW("\"*\"", "*") "," DENY("\"dynamodb:*\"", "arn:aws:dynamodb:*"), true, true, true},
        {ALLOW("\"dynamodb:Put*\"", "*") "," DENY("\"dynamodb:P*\"", "*"), false, false, false},
        {ALLOW("\"dynamodb:P*\"", "*") "," DENY("\"dynamodb:Put*\"", "*"), true, false, false},
        {ALLOW("\"*\"",
               "*") ",{\"Effect\":\"Deny\",\"NotAction\":\"dynamodb:*\",\"Resource\":\"*\"}",
         true, true, false},
        {"{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\",\"Resource\":\"*\"}", true, true, true},
        {"{\"Effect\":\"Allow\",\"NotAction\":\"dynamodb:*\",\"Resource\":\"*\"}", false, false,
         true},
        {"{\"Effect\":\"Allow\",\"NotAction\":\"dynamodb:Put*\",\"Resource\":\"*\"}", true, false,
         true},
        {DENY("\"s3:*\"", "*"), false, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ARENA *mem = arena_new(64 << 20);
        const struct policy_role role = role_of(mem, &rows[i].statements, 1);
        if (may(&role, "dynamodb", false) != rows[i].some ||
            may(&role, "dynamodb", true) != rows[i].whole ||
            may_others(&role, "dynamodb") != rows[i].others) {
            fail_msg("row %zu: %s", i, rows[i].statements);
        }
    }
}

static void services_named_are_those_of_allow_statements(void **state)
{
    (void)state;
    const char *const statements[] = {
        ALLOW("\"S3:Get*\",\"iot:*\",\"*\"", "*") "," DENY("\"sqs:*\"", "*"),
        ALLOW("\"s3:PutObject\",\"iam:GetRole\"", "*"),
    };
    AUTO_ARENA *mem = arena_new(64 << 20);
    const struct policy_role role = role_of(mem, statements, 2);
    const struct str *services = NULL;
    size_t n = 0;
    CHECK_OK(policy_role_services(mem, &role, &services, &n, NULL));
    assert_int_equal(n, 3);
    CHECK_STR(services[0], "s3");
    CHECK_STR(services[1], "iot");
    CHECK_STR(services[2], "iam");
}

/* ---- random roles against enumeration ---------------------------------------------------------
 */

static const char *const action_texts[] = {
    "iot:CreateThing",
    "iot:UpdateThing",
    "iot:*Thing",
    "iot:C*",
    "iot:*",
    "*",
    "ec:a",
    "ec:*",
    "ec:?*a",
    "ec:b?",
    "IOT:creatething",
    "s3:*",
    "iot:?*e*g",
    "ec:ab*",
};
static const char *const resources[] = {
    "*", ARN "thing/a", ARN "thing/a*", ARN "thing/?b", ARN "thing/*", ARN "*/b", "arn:aws:s3:::a",
};
enum {
    N_ACTION_TEXTS = sizeof action_texts / sizeof action_texts[0],
    N_RESOURCES = sizeof resources / sizeof resources[0],
    RANDOM_STATEMENTS = 4,
};

struct random_statement {
    bool deny, not_action, not_resource;
    const char *actions[2];
    const char *resource;
};

static void lower(char *out, const char *text)
{
    do {
        *out++ = *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;
    } while (*text++ != '\0');
}

static bool random_covers(const struct random_statement *s, const char *action)
{
    bool hit = false;
    char want[64];
    lower(want, action);
    for (int i = 0; i < 2; i++) {
        char glob[64];
        lower(glob, s->actions[i]);
        hit = hit || naive_match(glob, want);
    }
    return hit != s->not_action;
}

/* rest stands after the fifth colon of an ARN of AWS IoT. */
static bool random_describes(const struct random_statement *s, const char *rest)
{
    char whole[NAIVE_TEXT];
    snprintf(whole, sizeof whole, ARN "%s", rest);
    return naive_match(s->resource, whole) != s->not_resource;
}

/* Whether some resource of AWS IoT, of those enumerated, is allowed. */
static bool enumeration_allows(const struct random_statement *all, unsigned n, const char *action)
{
    static const char *const heads[] = {"thing/", "x/"};
    for (int h = 0; h < 2; h++) {
        char word[8];
        for (unsigned long w = 0; naive_word(w, "ab/", 3, word); w++) {
            char rest[16];
            bool allowed = false;
            bool denied = false;
            snprintf(rest, sizeof rest, "%s%s", heads[h], word);
            for (unsigned i = 0; i < n; i++) {
                bool matches = random_covers(&all[i], action) && random_describes(&all[i], rest);
                allowed = allowed || (matches && !all[i].deny);
                denied = denied || (matches && all[i].deny);
            }
            if (allowed && !denied) {
                return true;
            }
        }
    }
    return false;
}

/* Whether some action of the service is allowed, where a Deny needs the resource "*". */
static bool enumeration_serves(const struct random_statement *all, unsigned n)
{
    char word[8];
    for (unsigned long w = 1; naive_word(w, "abc", 4, word); w++) {
        char action[16];
        bool allowed = false;
        bool denied = false;
        snprintf(action, sizeof action, "ec:%s", word);
        for (unsigned i = 0; i < n; i++) {
            bool covers = random_covers(&all[i], action);
            allowed = allowed || (covers && !all[i].deny);
            denied = denied || (covers && all[i].deny && !all[i].not_resource &&
                                strcmp(all[i].resource, "*") == 0);
        }
        if (allowed && !denied) {
            return true;
        }
    }
    return false;
}

static unsigned random_role(uint64_t *state, struct random_statement *all, char *json, size_t room)
{
    unsigned n = 1 + naive_pick(state, RANDOM_STATEMENTS);
    size_t len = 0;
    for (unsigned i = 0; i < n; i++) {
        all[i] = (struct random_statement){
            .deny = i > 0 && naive_pick(state, 2) == 0,
            .not_action = naive_pick(state, 6) == 0,
            .not_resource = naive_pick(state, 6) == 0,
            .actions = {action_texts[naive_pick(state, N_ACTION_TEXTS)],
                        action_texts[naive_pick(state, N_ACTION_TEXTS)]},
            .resource = resources[naive_pick(state, N_RESOURCES)],
        };
        len += (size_t)snprintf(
            json + len, room - len, "%s{\"Effect\":\"%s\",\"%s\":[\"%s\",\"%s\"],\"%s\":\"%s\"}",
            i == 0 ? "" : ",", all[i].deny ? "Deny" : "Allow",
            all[i].not_action ? "NotAction" : "Action", all[i].actions[0], all[i].actions[1],
            all[i].not_resource ? "NotResource" : "Resource", all[i].resource);
    }
    return n;
}

static bool has_right(const struct policy_role_fact *facts, size_t n, const char *action)
{
    for (size_t i = 0; i < n; i++) {
        if (facts[i].right == POLICY_RIGHT_WRITE && str_eq(facts[i].action, str_from(action))) {
            return true;
        }
    }
    return false;
}

static void random_roles_have_the_rights_that_enumeration_finds(void **state)
{
    (void)state;
    enum { CASES = 1000 };
    static const char *const asked[] = {"CreateThing", "UpdateThing", "RegisterThing"};
    unsigned found[2] = {0};
    for (uint64_t seed = 0; seed < CASES; seed++) {
        AUTO_ARENA *mem = arena_new(64 << 20);
        struct random_statement all[RANDOM_STATEMENTS];
        char json[4096];
        uint64_t random = seed;
        unsigned n = random_role(&random, all, json, sizeof json);
        const char *const statements[] = {json};
        const struct policy_role role = role_of(mem, statements, 1);
        const struct policy_role_fact *facts = NULL;
        size_t n_facts = 0;
        CHECK_OK(policy_role_find(mem, &role, &facts, &n_facts, NULL));
        for (int a = 0; a < 3; a++) {
            char action[32];
            snprintf(action, sizeof action, "iot:%s", asked[a]);
            bool want = enumeration_allows(all, n, action);
            if (has_right(facts, n_facts, asked[a]) != want) {
                fail_msg("seed %llu: %s should be %d in %s", (unsigned long long)seed, action, want,
                         json);
            }
            found[0] += want;
        }
        bool serves = enumeration_serves(all, n);
        if (may(&role, "ec", false) != serves) {
            fail_msg("seed %llu: ec should be %d in %s", (unsigned long long)seed, serves, json);
        }
        found[1] += serves;
    }
    assert_in_range(found[0], CASES / 5, 3 * CASES * 4 / 5);
    assert_in_range(found[1], CASES / 5, CASES * 4 / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_class_of_actions_is_a_right_of_its_own),
        cmocka_unit_test(a_denial_of_one_policy_takes_back_what_another_allows),
        cmocka_unit_test(the_fact_names_policy_statement_and_witness),
        cmocka_unit_test(services_are_allowed_in_part_or_whole),
        cmocka_unit_test(services_named_are_those_of_allow_statements),
        cmocka_unit_test(random_roles_have_the_rights_that_enumeration_finds),
    };
    return RUN_TESTS("role", tests);
}
