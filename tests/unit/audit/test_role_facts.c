/* What the policies of a role mean to the checks that judge roles, by every example of the guides;
 * and role aliases as the runner has them judged. */
#include "audit/role_facts.h"

#include "audit/role_subject.h"
#include "audit_fixture.h"
#include "lib/files.h"
#include "unit/policy/vectors.h"

#define ROLE_ARN    STR("arn:aws:iam::123456789012:role/fleet/Devices")
#define ALIAS_ARN   "arn:aws:iot:us-east-1:123456789012:rolealias/door"
#define OVERLY      CHECK_IOT_ROLE_ALIAS_OVERLY_PERMISSIVE
#define UNUSED      CHECK_IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES
#define DAY         ((int64_t)DAY_MS)
#define FIXTURE_NOW INT64_C(1800000000000)
#define TO_DYNAMO_DB                                                                               \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":["                \
    "\"dynamodb:PutItem\",\"iam:getRole\"],\"Resource\":\"*\"}]}"

static void put_role(struct audit_fixture *f)
{
    const struct iam_role role = {.folded = STR("devices"),
                                  .name = STR("Devices"),
                                  .path = STR("/fleet/"),
                                  .id = STR("AROA1"),
                                  .trust = STR("{}")};
    const struct role_alias alias = {
        .alias = STR("door"), .role_arn = ROLE_ARN, .duration_seconds = 3600};
    fixture_put(f, TABLE(iam_role), &role);
    fixture_put(f, TABLE(role_alias), &alias);
}

static void put_policy(struct audit_fixture *f, const char *name, struct str document)
{
    const struct iam_inline policy = {.kind = STR("role"),
                                      .entity = STR("devices"),
                                      .policy = str_from(name),
                                      .document = document};
    fixture_put(f, TABLE(iam_inline), &policy);
}

static void put_use(struct audit_fixture *f, const char *service, int64_t days_ago)
{
    const struct role_alias_use use = {
        .alias = STR("door"), .service = str_from(service), .last = FIXTURE_NOW - days_ago * DAY};
    fixture_put(f, TABLE(role_alias_use), &use);
}

static const struct role_facts *facts_of(struct audit_fixture *f, struct arena *mem)
{
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(f);
    const struct role_facts *facts = NULL;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    ctx.tx = view;
    ctx.mem = mem;
    CHECK_OK(role_facts_get(&ctx, ROLE_ARN, &facts, NULL));
    return facts;
}

/* ---- the examples ---------------------------------------------------------------------------- */

/* A line for each verdict, with the list of actions, or of what else the reason is about. A list
 * that is longer than a vector wants to have it is "...". */
static void put_verdicts(struct buf *out, const char *column, const struct audit_verdicts *verdicts)
{
    assert_false(verdicts->unknown);
    if (verdicts->n == 0) {
        buf_put_fmt(out, "%s: compliant\n", column);
    }
    for (size_t i = 0; i < verdicts->n; i++) {
        struct str reason = verdicts->list[i].reason;
        size_t open = str_find_char(reason, '[', 0);
        size_t close = str_find_char(reason, ']', 0);
        size_t colon = str_find_char(reason, ':', 0);
        bool listed = open < reason.len;
        struct str list =
            listed ? str_slice(reason, open, close + 1) : str_slice(reason, colon, reason.len - 1);
        bool more = str_ends(str_slice(list, 0, list.len - 1), STR(" more"));
        buf_put_fmt(out, "%s: %.*s%s%.*s\n", column, STR_ARG(verdicts->list[i].code),
                    listed ? " " : "", STR_ARG(more ? STR("...") : list));
    }
}

static void check_vector(struct arena *mem, const struct vector *v)
{
    struct audit_fixture f;
    struct buf got;
    struct audit_verdicts unauthenticated = {.n = 0};
    struct audit_verdicts authenticated = {.n = 0};
    struct audit_verdicts alias = {.n = 0};
    const struct iam_use use = {.service = STR("iot"), .last = FIXTURE_NOW};
    const struct audit_facts facts = {.now = FIXTURE_NOW};
    fixture_open(&f);
    put_role(&f);
    put_policy(&f, "p", v->text);
    const struct role_facts *role = facts_of(&f, mem);
    const struct role_alias_subject subject = {
        .alias = STR("door"), .role = role, .uses = &use, .n_uses = 1};
    CHECK_OK(role_judge(role, role_rules_unauthenticated, ROLE_RULES_UNAUTHENTICATED, mem,
                        &unauthenticated, NULL));
    CHECK_OK(role_judge(role, role_rules, ROLE_RULES, mem, &authenticated, NULL));
    CHECK_OK(audit_checks[OVERLY]->judge(&facts, &subject, mem, &alias, NULL));
    buf_init(&got, mem, 64 << 10);
    put_verdicts(&got, "unauthenticated", &unauthenticated);
    put_verdicts(&got, "authenticated", &authenticated);
    put_verdicts(&got, "role alias", &alias);
    vector_says(v, buf_view(&got));
    fixture_close(&f);
}

static void every_example_has_its_verdict(void **state)
{
    (void)state;
    for_each_vector("role", true, 55, check_vector);
}

/* ---- role aliases ---------------------------------------------------------------------------- */

static struct audit_described audit(struct audit_fixture *f, enum check_id check,
                                    struct page_rows *ret)
{
    struct str task = fixture_start(f, check);
    CHECK_OK(audit_run_all(&f->options, NULL));
    *ret = fixture_findings(f, task);
    return fixture_describe(f, task);
}

static void the_role_is_related_and_the_policy_is_named(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct page_rows rows;
    fixture_open(&f);
    put_role(&f);
    put_policy(&f, "tight",
               STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                   "\"Action\":\"iot:Receive\",\"Resource\":\"*\"}]}"));
    put_policy(&f, "wide",
               STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                   "\"Action\":\"iot:Publish\",\"Resource\":\"*\"}]}"));
    struct audit_described done = audit(&f, OVERLY, &rows);
    CHECK_STR(done.checks[0].status, "COMPLETED_NON_COMPLIANT");
    assert_int_equal(rows.n, 1);
    const struct finding *finding = rows.rows;
    CHECK_STR(finding->resource_type, "ROLE_ALIAS");
    CHECK_STR(finding->resource_key, "roleAliasArn=" ALIAS_ARN);
    CHECK_STR(finding->reason,
              "Role Devices allows broad access to IoT data plane actions: [iot:Publish]. Policy "
              "wide, statement 0: iot:Publish on topic/$aws/things/<any>/shadow/update.");
    AUTO_VIEW *view = NULL;
    CHECK_OK(store_read_begin(f.store, &view, NULL));
    struct related_resource related = {.finding = finding->id, .seq = 0};
    CHECK_OK(store_get(view, TABLE(related_resource), &related, f.mem, NULL));
    CHECK_STR(related.resource_type, "IAM_ROLE");
    CHECK_STR(related.resource,
              "{\"iamRoleArn\":\"arn:aws:iam::123456789012:role/fleet/Devices\"}");
    store_read_end(view);
    view = NULL;
    fixture_close(&f);
}

static void a_role_that_the_account_lacks_is_not_compliant(void **state)
{
    (void)state;
    static const enum check_id checks[] = {OVERLY, UNUSED};
    for (int i = 0; i < 2; i++) {
        struct audit_fixture f;
        struct page_rows rows;
        fixture_open(&f);
        const struct role_alias alias = {.alias = STR("door"),
                                         .role_arn = STR("arn:aws:iam::123456789012:role/Gone")};
        fixture_put(&f, TABLE(role_alias), &alias);
        struct audit_described done = audit(&f, checks[i], &rows);
        assert_int_equal(rows.n, 0);
        assert_int_equal(done.checks[0].unjudged, 1);
        assert_non_null(strstr(str_z(f.mem, done.checks[0].message),
                               "role arn:aws:iam::123456789012:role/Gone is not in the account's "
                               "IAM"));
        fixture_close(&f);
    }
}

static void a_policy_that_cannot_be_read_is_said(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct page_rows rows;
    fixture_open(&f);
    put_role(&f);
    put_policy(&f, "odd", STR("{"));
    struct audit_described done = audit(&f, OVERLY, &rows);
    assert_int_equal(done.checks[0].unjudged, 1);
    assert_non_null(strstr(str_z(f.mem, done.checks[0].message), "policy odd of role Devices: "));
    fixture_close(&f);
}

/* ---- services -------------------------------------------------------------------------------- */

static void services_count_as_used_for_a_year(void **state)
{
    (void)state;
    static const struct {
        int dynamodb, iam; /* days ago; -1: never */
        const char *reason;
    } rows[] = {
        {-1, -1,
         "Role Devices allows services that role alias door has not used for 365 days: dynamodb "
         "(policy p, statement 0: action \"dynamodb:PutItem\"), iam (policy p, statement 0: action "
         "\"iam:getRole\"). No use of any service by this alias is known."},
        {365, 366,
         "Role Devices allows services that role alias door has not used for 365 days: iam (policy "
         "p, statement 0: action \"iam:getRole\")."},
        {365, 0, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct audit_fixture f;
        struct page_rows found;
        fixture_open(&f);
        put_role(&f);
        put_policy(&f, "p", STR(TO_DYNAMO_DB));
        if (rows[i].dynamodb >= 0) {
            put_use(&f, "dynamodb", rows[i].dynamodb);
            put_use(&f, "iam", rows[i].iam);
        }
        struct audit_described done = audit(&f, UNUSED, &found);
        assert_int_equal(done.checks[0].total, 1);
        assert_int_equal(found.n, rows[i].reason != NULL);
        if (rows[i].reason != NULL) {
            const struct finding *finding = found.rows;
            CHECK_STR(finding->reason_code, "ALLOWS_ACCESS_TO_UNUSED_SERVICES");
            CHECK_STR(finding->reason, rows[i].reason);
        }
        fixture_close(&f);
    }
}

static void everything_is_more_than_what_is_used(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct page_rows found;
    fixture_open(&f);
    put_role(&f);
    put_policy(&f, "p",
               STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                   "\"Action\":[\"iot:Connect\",\"*\"],\"Resource\":\"*\"}]}"));
    put_use(&f, "iot", 1);
    (void)audit(&f, UNUSED, &found);
    assert_int_equal(found.n, 1);
    CHECK_STR(((const struct finding *)found.rows)->reason,
              "Role Devices allows services that role alias door has not used for 365 days: every "
              "other service (policy p, statement 0: action \"*\").");
    fixture_close(&f);
}

/* ---- cases of services ----------------------------------------------------------------------- */

struct services_case {
    struct audit_fixture f;
    int policies;
    bool any;
};

/* "-", or a code and the services that its sentence names, in that order. */
static void expect(struct services_case *c, enum check_id check, struct str line, size_t number)
{
    struct page_rows found;
    (void)audit(&c->f, check, &found);
    const struct finding *finding = found.rows;
    struct str word;
    if (str_eq(line, STR("-"))) {
        assert_int_equal(found.n, 0);
        return;
    }
    if (found.n != 1 || !str_next(&line, ' ', &word) || !str_eq(word, finding->reason_code)) {
        fail_msg("line %zu: %zu findings", number, found.n);
    }
    struct str rest =
        str_slice(finding->reason, str_find_char(finding->reason, ':', 0) + 1, finding->reason.len);
    while (str_next(&line, ' ', &word)) {
        size_t end = str_find_char(rest, '(', 0);
        struct str service = str_slice(rest, 1, end - 1);
        if (!str_eq(service, word)) {
            fail_msg("line %zu: \"%.*s\"", number, STR_ARG(finding->reason));
        }
        size_t close = str_find_char(rest, ')', end);
        rest = str_slice(rest, close + 2, rest.len);
    }
    assert_true(str_find_char(rest, '(', 0) == rest.len); /* no other service */
}

static void add_statement(struct services_case *c, struct str statement)
{
    struct str document, name;
    CHECK_OK(str_fmt(c->f.mem, &document, NULL, "{\"Version\":\"2012-10-17\",\"Statement\":[%.*s]}",
                     STR_ARG(statement)));
    CHECK_OK(str_fmt(c->f.mem, &name, NULL, "p%d", c->policies++));
    put_policy(&c->f, str_z(c->f.mem, name), document);
}

static void add_use(struct services_case *c, struct str words)
{
    struct str service;
    int64_t days = 0;
    assert_true(str_next(&words, ' ', &service));
    CHECK_OK(str_to_int64(words, &days));
    put_use(&c->f, str_z(c->f.mem, service), days);
}

static void case_line(struct services_case *c, struct str line, size_t number)
{
    struct str key = str_slice(line, 0, str_find_char(line, ' ', 0));
    struct str rest = str_slice(line, key.len + 1, line.len);
    if (!c->any) {
        fixture_open(&c->f);
        put_role(&c->f);
        c->any = true;
    }
    if (str_eq(key, STR("policy"))) {
        add_statement(c, rest);
    } else if (str_eq(key, STR("used"))) {
        add_use(c, rest);
    } else if (str_eq(key, STR("overly"))) {
        expect(c, OVERLY, rest, number);
    } else if (str_eq(key, STR("unused"))) {
        expect(c, UNUSED, rest, number);
    } else {
        fail_msg("line %zu is none of a case", number);
    }
}

static void every_case_of_services_has_its_findings(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct str text = vector_read(mem, "role-alias/cases.txt");
    struct services_case c = {.any = false};
    struct str line;
    size_t n = 0;
    for (size_t number = 1; str_next(&text, '\n', &line); number++) {
        if (line.len == 0 && c.any) {
            fixture_close(&c.f);
            c = (struct services_case){.any = false};
            n++;
        } else if (line.len > 0 && line.ptr[0] != '#') {
            case_line(&c, line, number);
        }
    }
    assert_int_equal(n, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_has_its_verdict),
        cmocka_unit_test(the_role_is_related_and_the_policy_is_named),
        cmocka_unit_test(a_role_that_the_account_lacks_is_not_compliant),
        cmocka_unit_test(a_policy_that_cannot_be_read_is_said),
        cmocka_unit_test(services_count_as_used_for_a_year),
        cmocka_unit_test(everything_is_more_than_what_is_used),
        cmocka_unit_test(every_case_of_services_has_its_findings),
    };
    return RUN_TESTS("role_facts", tests);
}
