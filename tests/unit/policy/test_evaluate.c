#include "policy/evaluate.h"
#include "unit/policy/naive.h"

/* Values by name, as a connection would have them. */
struct known {
    const char *key;
    const char *values[3];
};

static size_t known_get(const void *ctx, const struct policy_key *key, struct str *ret, size_t max)
{
    size_t n = 0;
    for (const struct known *k = ctx; k->key != NULL; k++) {
        if (str_eq_nocase(key->name, str_from(k->key))) {
            while (n < max && n < 3 && k->values[n] != NULL) {
                ret[n] = str_from(k->values[n]);
                n++;
            }
        }
    }
    return n;
}

static enum policy_verdict decide(const struct policy_doc *doc, enum policy_action action,
                                  const char *resource, const struct known *known,
                                  struct policy_says *says, struct policy_missing *missing)
{
    const struct policy_values values = {known_get, known};
    const struct policy_request request = {action, str_from(resource), &values};
    return policy_evaluate(&doc, 1, &request, says, missing);
}

static const struct known nothing[] = {{NULL, {NULL}}};

static void deny_wins_and_the_statements_are_named(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct policy_doc *doc = DOC(
        mem, "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:Connect\",\"Resource\":\"*\"},"
             "{\"Effect\":\"Allow\",\"Action\":\"iot:Publish\",\"Resource\":\"" ARN "topic/a*\"},"
             "{\"Effect\":\"Deny\",\"Action\":\"iot:*\",\"Resource\":\"" ARN "topic/ab\"}]}");
    struct policy_says says;
    assert_int_equal(decide(doc, POLICY_PUBLISH, ARN "topic/aa", nothing, &says, NULL),
                     POLICY_ALLOWED);
    assert_int_equal(says.allows, 1);
    assert_int_equal(says.denies, POLICY_NO_STATEMENT);
    assert_int_equal(decide(doc, POLICY_PUBLISH, ARN "topic/ab", nothing, &says, NULL),
                     POLICY_EXPLICIT_DENY);
    assert_int_equal(says.allows, 1);
    assert_int_equal(says.denies, 2);
    assert_int_equal(decide(doc, POLICY_PUBLISH, ARN "topic/b", nothing, &says, NULL),
                     POLICY_IMPLICIT_DENY);
    assert_int_equal(decide(doc, POLICY_RECEIVE, ARN "topic/aa", nothing, &says, NULL),
                     POLICY_IMPLICIT_DENY);
}

/* Whether a document with one statement of these resources says the same of all certificates. */
static bool alike(const char *element, const char *resources)
{
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct str text;
    const struct policy_doc *doc = NULL;
    const struct known me[] = {{"aws:username", {"me"}}, {NULL, {NULL}}};
    const struct policy_values values = {known_get, me, true};
    const struct policy_request request = {.resource = STR(ARN "cert/"),
                                           .values = &values,
                                           .action_name = STR("iot:UpdateCertificate")};
    CHECK_OK(str_fmt(mem, &text, NULL,
                     "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
                     "\"iot:Update*\",\"%s\":[%s]},{\"Effect\":\"Deny\",\"Action\":"
                     "\"iot:DeleteThing\",\"Resource\":\"*cert/1\"}]}",
                     element, resources));
    CHECK_OK(policy_doc_read_as(mem, text, POLICY_OF_IDENTITY, &doc, NULL));
    return policy_says_alike(&doc, 1, &request);
}

static void what_is_said_alike_of_all_resources_of_a_kind_is_known(void **state)
{
    (void)state;
    assert_true(alike("Resource", "\"*\""));
    assert_true(alike("Resource", "\"" ARN "cert/*\""));
    assert_true(alike("Resource", "\"arn:aws:iot:*:*:c*\""));
    assert_true(alike("Resource", "\"arn:aws:iot:?s-east-1:*\""));
    assert_true(alike("Resource", "\"" ARN "thing/a\",\"" ARN "cert/*\""));
    assert_true(alike("Resource", "\"" ARN "thing/a?\""));
    assert_true(alike("NotResource", "\"" ARN "cert/*\""));
    assert_true(alike("NotResource", "\"arn:aws:s3:::*\""));
    assert_false(alike("Resource", "\"" ARN "cert/a\""));
    assert_false(alike("Resource", "\"" ARN "cert/a*\""));
    assert_false(alike("Resource", "\"" ARN "cert/*a\""));
    assert_false(alike("Resource", "\"" ARN "cert/?*\""));
    assert_false(alike("Resource", "\"" ARN "cert/${aws:username}*\""));
    assert_false(alike("Resource", "\"arn:aws:iot:*:*:thing/*\"")); /* seen at no glance */
    assert_false(alike("NotResource", "\"" ARN "cert/1*\",\"" ARN "cert/*\""));
}

static void several_policies_decide_together(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct policy_doc *docs[] = {
        DOC(mem, "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"),
        DOC(mem,
            "{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"iot:Publish\",\"Resource\":\"*\"}}"),
    };
    struct policy_says says[2];
    struct policy_request request = {POLICY_PUBLISH, STR(ARN "topic/a"), NULL};
    assert_int_equal(policy_evaluate(docs, 2, &request, says, NULL), POLICY_EXPLICIT_DENY);
    assert_int_equal(says[0].allows, 0);
    assert_int_equal(says[1].denies, 0);
    request.action = POLICY_CONNECT;
    assert_int_equal(policy_evaluate(docs, 2, &request, says, NULL), POLICY_ALLOWED);
    assert_int_equal(policy_evaluate(docs, 0, &request, NULL, NULL), POLICY_IMPLICIT_DENY);
}

static void variables_take_the_connections_values(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct policy_doc *doc =
        DOC(mem, "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":"
                 "\"iot:Publish\",\"Resource\":\"" ARN
                 "topic/${iot:Connection.Thing.ThingName}/x/${*}\"}}");
    const struct known pump[] = {{"iot:Connection.Thing.ThingName", {"pump"}}, {NULL, {NULL}}};
    const struct known star[] = {{"iot:Connection.Thing.ThingName", {"*"}}, {NULL, {NULL}}};
    struct policy_missing missing;
    assert_int_equal(decide(doc, POLICY_PUBLISH, ARN "topic/pump/x/*", pump, NULL, &missing),
                     POLICY_ALLOWED);
    assert_int_equal(missing.n, 0);
    assert_int_equal(decide(doc, POLICY_PUBLISH, ARN "topic/pump/x/y", pump, NULL, NULL),
                     POLICY_IMPLICIT_DENY);
    assert_int_equal(decide(doc, POLICY_PUBLISH, ARN "topic/*/x/*", star, NULL, NULL),
                     POLICY_IMPLICIT_DENY);
    assert_int_equal(decide(doc, POLICY_PUBLISH, ARN "topic/pump/x/*", nothing, NULL, &missing),
                     POLICY_IMPLICIT_DENY);
    assert_int_equal(missing.n, 1);
    CHECK_STR(missing.keys[0], "iot:Connection.Thing.ThingName");
    assert_int_equal(decide(doc, POLICY_CONNECT, ARN "client/x", nothing, NULL, &missing),
                     POLICY_IMPLICIT_DENY);
    assert_int_equal(missing.n, 0);
}

static void short_arns_and_job_prefixes_mean_what_they_abbreviate(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct policy_doc *doc =
        DOC(mem, "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iotjobsdata:*\",\"Resource\":"
                 "\"arn:aws:iot:*\"}]}");
    assert_int_equal(decide(doc, POLICY_UPDATE_JOB, ARN "thing/a", nothing, NULL, NULL),
                     POLICY_ALLOWED);
    assert_int_equal(decide(doc, POLICY_GET_SHADOW, ARN "thing/a", nothing, NULL, NULL),
                     POLICY_IMPLICIT_DENY);
    assert_int_equal(decide(doc, POLICY_UPDATE_JOB, "arn:aws:s3:::thing/a", nothing, NULL, NULL),
                     POLICY_IMPLICIT_DENY);
}

/* Random policies, all short topics, a second opinion */

static void random_doc(uint64_t *state, struct naive_doc *doc)
{
    static const char *const pieces[] = {"a", "b", "/", "*", "?", "${T}", "*", "a"};
    doc->n = 1 + naive_pick(state, NAIVE_STATEMENTS);
    for (unsigned i = 0; i < doc->n; i++) {
        struct naive_statement *s = &doc->statements[i];
        char tail[64];
        *s = (struct naive_statement){.deny = naive_pick(state, 3) == 0,
                                      .not_resource = naive_pick(state, 5) == 0,
                                      .subscribe = naive_pick(state, 4) == 0,
                                      .n = 1 + naive_pick(state, NAIVE_RESOURCES)};
        for (unsigned r = 0; r < s->n; r++) {
            naive_pieces(state, tail, pieces, 8, 5);
            snprintf(s->resources[r], sizeof s->resources[r], "topic/%s", tail);
        }
    }
}

static void every_short_topic_is_decided_as_by_the_book(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        uint64_t random = seed;
        struct naive_doc naive;
        AUTO_ARENA *mem = arena_new(1 << 20);
        random_doc(&random, &naive);
        const struct known name[] = {{"iot:Connection.Thing.ThingName", {"ab"}}, {NULL, {NULL}}};
        const struct policy_doc *doc = doc_of(mem, naive_json(mem, &naive, "Publish"));
        char word[8];
        for (unsigned long i = 0; naive_word(i, "ab/", 4, word); i++) {
            char topic[64];
            char arn[128];
            snprintf(topic, sizeof topic, "topic/%s", word);
            snprintf(arn, sizeof arn, ARN "%s", topic);
            bool got = decide(doc, POLICY_PUBLISH, arn, name, NULL, NULL) == POLICY_ALLOWED;
            if (got != naive_allows(&naive, false, topic, "ab")) {
                fail_msg("seed %llu: %s", (unsigned long long)seed, topic);
            }
        }
    }
}

static const struct policy_doc *read_as(struct arena *mem, enum policy_dialect dialect,
                                        const char *text)
{
    const struct policy_doc *doc = NULL;
    struct why why = {.text = ""};
    if (policy_doc_read_as(mem, str_from(text), dialect, &doc, &why) != STATUS_OK) {
        fail_msg("%s: %s", text, why.text);
    }
    return doc;
}

/* Of a user's policies: any service, by name, whatever the case. */
static void actions_of_every_service_are_decided_by_name(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct policy_doc *doc = read_as(
        mem, POLICY_OF_IDENTITY,
        "{\"Version\":\"2012-10-17\",\"Statement\":["
        "{\"Effect\":\"Allow\",\"Action\":[\"sns:Pub*\",\"iot:List?hings\"],\"Resource\":\"*\"},"
        "{\"Effect\":\"Allow\",\"NotAction\":[\"iam:*\",\"sns:*\",\"iot:*\"],\"Resource\":"
        "\"arn:aws:s3:::b/${aws:username}/*\"},"
        "{\"Effect\":\"Deny\",\"Action\":\"*\",\"NotResource\":[\"*\"]},"
        "{\"Effect\":\"Deny\",\"Action\":\"sns:publish\",\"Resource\":\"arn:aws:sns:*:*:no\"}]}");
    static const struct known ann[] = {{"aws:username", {"ann+*x"}}, {NULL, {NULL}}};
    static const struct {
        const char *action, *resource;
        enum policy_verdict verdict;
    } cases[] = {
        {"sns:Publish", "arn:aws:sns:us-east-1:1:yes", POLICY_ALLOWED},
        {"SNS:publish", "arn:aws:sns:us-east-1:1:yes", POLICY_ALLOWED},
        {"sns:Publish", "arn:aws:sns:us-east-1:1:no", POLICY_EXPLICIT_DENY},
        {"sns:Subscribe", "arn:aws:sns:us-east-1:1:yes", POLICY_IMPLICIT_DENY},
        {"iot:ListThings", "*", POLICY_ALLOWED},
        {"iot:ListThingTypes", "*", POLICY_IMPLICIT_DENY},
        {"iam:PassRole", "arn:aws:s3:::b/ann+*x/k", POLICY_IMPLICIT_DENY},
        {"s3:GetObject", "arn:aws:s3:::b/ann+*x/k", POLICY_ALLOWED},
        {"s3:GetObject", "arn:aws:s3:::b/ann+yx/k", POLICY_IMPLICIT_DENY},
    };
    const struct policy_values values = {known_get, ann, true};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct policy_request request = {.action_name = str_from(cases[i].action),
                                               .resource = str_from(cases[i].resource),
                                               .values = &values};
        if (policy_evaluate(&doc, 1, &request, NULL, NULL) != cases[i].verdict) {
            fail_msg("%s on %s", cases[i].action, cases[i].resource);
        }
    }
    const struct policy_values iot_rule = {known_get, ann, false};
    const struct policy_request request = {.action_name = STR("s3:GetObject"),
                                           .resource = STR("arn:aws:s3:::b/ann+*x/k"),
                                           .values = &iot_rule};
    assert_int_equal(policy_evaluate(&doc, 1, &request, NULL, NULL), POLICY_IMPLICIT_DENY);
}

/* ${name, 'text'}: in IAM's policies alone. */
static void a_variable_may_have_a_text_for_when_it_has_no_value(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    static const struct {
        const char *pattern, *resource;
        bool identity, iot;
    } rows[] = {
        {"arn:aws:s3:::${aws:PrincipalTag/team, 'all'}/*", "arn:aws:s3:::all/x", true, false},
        {"arn:aws:s3:::${aws:PrincipalTag/team,'all'}/*", "arn:aws:s3:::all/x", true, false},
        {"arn:aws:s3:::${ aws:PrincipalTag/team , '' }/*", "arn:aws:s3:::/x", true, false},
        {"arn:aws:s3:::${aws:username, 'all'}/*", "arn:aws:s3:::all/x", false, false},
        {"arn:aws:s3:::${aws:username, 'all'}/*", "arn:aws:s3:::ann/x", true, false},
        {"arn:aws:s3:::${aws:username}${a:b,'c:d'}", "arn:aws:s3:::annc:d", true, false},
        {"arn:aws:s3:::${a:b,'*'}", "arn:aws:s3:::x", false, false},
        {"arn:aws:s3:::${a:b,'*'}", "arn:aws:s3:::*", true, false},
        {"arn:aws:s3:::${a:b, all}", "arn:aws:s3:::all", false, false},
        {"arn:aws:s3:::${a:b, 'all}", "arn:aws:s3:::all", false, false},
        {"arn:aws:s3:::${a:b, 'a'll'}", "arn:aws:s3:::a", false, false},
        {"arn:aws:s3:::${, 'all'}", "arn:aws:s3:::all", false, false},
        {"arn:aws:s3:::${aws:username}", "arn:aws:s3:::ann", true, true},
    };
    static const struct known ann[] = {{"aws:username", {"ann"}}, {NULL, {NULL}}};
    const struct policy_values values = {known_get, ann, true};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int dialect = POLICY_OF_IOT; dialect <= POLICY_OF_IDENTITY; dialect++) {
            struct str text;
            CHECK_OK(str_fmt(mem, &text, NULL,
                             "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
                             "\"Action\":\"s3:*\",\"Resource\":\"%s\"}}",
                             rows[i].pattern));
            const struct policy_doc *doc =
                read_as(mem, (enum policy_dialect)dialect, str_z(mem, text));
            const struct policy_request request = {.action_name = STR("s3:GetObject"),
                                                   .resource = str_from(rows[i].resource),
                                                   .values = &values};
            bool want = dialect == POLICY_OF_IOT ? rows[i].iot : rows[i].identity;
            if ((policy_evaluate(&doc, 1, &request, NULL, NULL) == POLICY_ALLOWED) != want) {
                fail_msg("%s on %s as dialect %d", rows[i].pattern, rows[i].resource, dialect);
            }
        }
    }
}

/* The trust policy of the guides: one service, on behalf of one account alone. */
static void a_trust_policy_lets_in_whom_it_names_on_its_conditions(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct policy_doc *doc =
        read_as(mem, POLICY_OF_TRUST,
                "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
                "{\"Service\":\"iot.amazonaws.com\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{"
                "\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:*:111122223333:*\"},"
                "\"StringEquals\":{\"aws:SourceAccount\":\"111122223333\"}}}]}");
    static const struct {
        const char *service, *action, *arn, *account;
        enum policy_verdict verdict;
    } cases[] = {
        {"iot.amazonaws.com", "sts:AssumeRole",
         "arn:aws:iot:us-east-1:111122223333:", "111122223333", POLICY_ALLOWED},
        {"iot.amazonaws.com", "sts:AssumeRole",
         "arn:aws:iot:us-east-1:111122223333:mitigationaction/a", "111122223333", POLICY_ALLOWED},
        {"iot.amazonaws.com", "sts:AssumeRole",
         "arn:aws:iot:us-east-1:444455556666:", "111122223333", POLICY_IMPLICIT_DENY},
        {"iot.amazonaws.com", "sts:AssumeRole",
         "arn:aws:iot:us-east-1:111122223333:", "444455556666", POLICY_IMPLICIT_DENY},
        {"iot.amazonaws.com", "sts:AssumeRole", NULL, "111122223333", POLICY_IMPLICIT_DENY},
        {"iot.amazonaws.com", "sts:TagSession",
         "arn:aws:iot:us-east-1:111122223333:", "111122223333", POLICY_IMPLICIT_DENY},
        {"ec2.amazonaws.com", "sts:AssumeRole",
         "arn:aws:iot:us-east-1:111122223333:", "111122223333", POLICY_IMPLICIT_DENY},
        {NULL, "sts:AssumeRole", "arn:aws:iot:us-east-1:111122223333:", "111122223333",
         POLICY_IMPLICIT_DENY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct known known[] = {{"aws:SourceArn", {cases[i].arn}},
                                      {"aws:SourceAccount", {cases[i].account}},
                                      {NULL, {NULL}}};
        const struct policy_values values = {known_get, known};
        const struct policy_who who = {.service = str_from(cases[i].service)};
        const struct policy_request request = {.action_name = str_from(cases[i].action),
                                               .resource = STR("*"),
                                               .values = &values,
                                               .who = &who};
        if (policy_evaluate(&doc, 1, &request, NULL, NULL) != cases[i].verdict) {
            fail_msg("case %zu", i);
        }
    }
    const struct policy_request nobody = {.action_name = STR("sts:AssumeRole"),
                                          .resource = STR("*")};
    assert_int_equal(policy_evaluate(&doc, 1, &nobody, NULL, NULL), POLICY_IMPLICIT_DENY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deny_wins_and_the_statements_are_named),
        cmocka_unit_test(several_policies_decide_together),
        cmocka_unit_test(variables_take_the_connections_values),
        cmocka_unit_test(short_arns_and_job_prefixes_mean_what_they_abbreviate),
        cmocka_unit_test(every_short_topic_is_decided_as_by_the_book),
        cmocka_unit_test(actions_of_every_service_are_decided_by_name),
        cmocka_unit_test(what_is_said_alike_of_all_resources_of_a_kind_is_known),
        cmocka_unit_test(a_variable_may_have_a_text_for_when_it_has_no_value),
        cmocka_unit_test(a_trust_policy_lets_in_whom_it_names_on_its_conditions),
    };
    return RUN_TESTS("evaluate", tests);
}
