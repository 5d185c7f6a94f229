/* When services were last used: what is noted of users and roles, and the reports of it. */
#include "account/iam_report.h"

#include "account/role_alias.h"
#include "account/role_alias_use.h"
#include "iam_fixture.h"

#define DATA POLICY(GRANT("Allow", "dynamodb:PutItem", "*") "," GRANT("Allow", "s3:*", "*"))

static enum status note(struct fixture *f, enum iam_kind kind, const char *name,
                        const char *service, int64_t last, bool dry, enum import_change *ret)
{
    struct iam_entity entity;
    const struct iam_use use = {str_from(service), last, STR("us-east-1")};
    TRY(READ(f, iam_entity_get(&f->ctx, kind, str_from(name), &entity, &f->why)));
    return WRITE(f, iam_uses_note(&f->ctx, &entity, &use, 1, dry, ret, &f->why));
}

static enum status create(struct fixture *f, const char *arn, const char *caller, struct str *ret)
{
    return WRITE(f, iam_report_create(&f->ctx, str_from(arn), STR("SERVICE_LEVEL"),
                                      str_from(caller), ret, &f->why));
}

static enum status get(struct fixture *f, struct str id, const char *caller,
                       struct iam_report_read *ret)
{
    return READ(f, iam_report_get(&f->ctx, id, str_from(caller), ret, &f->why));
}

static void the_latest_use_is_kept(void **state)
{
    struct fixture *f = *state;
    enum import_change change;
    struct iam_entity entity;
    struct iam_uses uses;
    CHECK_OK(try_role(f, "R", NULL, TRUST_IOT));
    uint64_t before = fixture_digest(f);
    CHECK_OK(note(f, IAM_ROLE, "R", "s3", 5, true, &change));
    assert_int_equal(change, IMPORT_NEW);
    assert_true(fixture_digest(f) == before);
    CHECK_OK(note(f, IAM_ROLE, "R", "s3", 5, false, &change));
    assert_int_equal(change, IMPORT_NEW);
    CHECK_OK(note(f, IAM_ROLE, "R", "s3", 4, false, &change));
    assert_int_equal(change, IMPORT_KNOWN);
    CHECK_OK(note(f, IAM_ROLE, "R", "iot", 4, false, &change));
    assert_int_equal(change, IMPORT_CHANGED);
    CHECK_OK(READ(f, iam_entity_get(&f->ctx, IAM_ROLE, STR("r"), &entity, &f->why)));
    CHECK_OK(READ(f, iam_uses_get(&f->ctx, &entity, &uses, &f->why)));
    assert_int_equal(uses.n, 2);
    CHECK_STR(uses.at[1].service, "s3");
    assert_int_equal(uses.at[1].last, 5);
    CHECK_REFUSED(f, STATUS_INVALID, "is not a service",
                  note(f, IAM_ROLE, "R", "S3", 9, false, &change));
    CHECK_OK(WRITE(f, iam_role_delete(&f->ctx, STR("R"), &f->why)));
    CHECK_OK(try_role(f, "R", NULL, TRUST_IOT));
    CHECK_OK(READ(f, iam_uses_get(&f->ctx, &entity, &uses, &f->why)));
    assert_int_equal(uses.n, 0);
}

static void what_aliases_did_counts_for_their_role(void **state)
{
    struct fixture *f = *state;
    enum import_change change;
    struct iam_entity entity;
    struct iam_uses uses;
    struct role_alias alias;
    CHECK_OK(try_role(f, "R", NULL, TRUST_IOT));
    CHECK_OK(note(f, IAM_ROLE, "R", "s3", 5, false, &change));
    CHECK_OK(WRITE(f, role_alias_create(&f->ctx, STR("a"), STR(ROLE_ARN("R")),
                                        (struct maybe_int){0}, (struct tags){0}, &alias, &f->why)));
    CHECK_OK(WRITE(f, role_alias_use_note(&f->ctx, STR("a"), STR("s3"), 9, &f->why)));
    CHECK_OK(WRITE(f, role_alias_use_note(&f->ctx, STR("a"), STR("sqs"), 3, &f->why)));
    CHECK_OK(READ(f, iam_entity_get(&f->ctx, IAM_ROLE, STR("R"), &entity, &f->why)));
    CHECK_OK(READ(f, iam_uses_get(&f->ctx, &entity, &uses, &f->why)));
    assert_int_equal(uses.n, 2);
    assert_int_equal(uses.at[0].last, 9);
    CHECK_OK(READ(f, iam_own_uses_get(&f->ctx, &entity, &uses, &f->why)));
    assert_int_equal(uses.n, 1);
    assert_int_equal(uses.at[0].last, 5);
}

static void a_report_lists_what_is_allowed_and_when_it_was_used(void **state)
{
    struct fixture *f = *state;
    enum import_change change;
    struct str id;
    struct iam_report_read report;
    struct iam_report_entity *entities = NULL;
    size_t n = 0;
    int64_t day = DAY_MS;
    CHECK_OK(try_role(f, "R", NULL, TRUST_IOT));
    CHECK_OK(try_user(f, "u", NULL));
    CHECK_OK(try_policy(f, "Data", NULL, DATA));
    CHECK_OK(try_attach(f, IAM_ROLE, "R", POLICY_ARN("Data")));
    CHECK_OK(try_attach(f, IAM_USER, "u", POLICY_ARN("Data")));
    CHECK_OK(note(f, IAM_ROLE, "R", "s3", f->now - day, false, &change));
    CHECK_OK(note(f, IAM_USER, "u", "s3", f->now - 2 * day, false, &change));
    CHECK_OK(note(f, IAM_USER, "u", "dynamodb", f->now - 401 * day, false, &change));
    CHECK_OK(note(f, IAM_USER, "u", "sqs", f->now, false, &change)); /* not allowed any more */
    CHECK_OK(create(f, POLICY_ARN("Data"), NULL, &id));
    CHECK_OK(get(f, id, "", &report));
    assert_int_equal(report.n_services, 2);
    CHECK_STR(report.services[0].service, "dynamodb");
    assert_int_equal(report.services[0].users, 0);
    CHECK_STR(report.services[1].service, "s3");
    assert_int_equal(report.services[1].users, 2);
    CHECK_STR(report.services[1].newest.arn, ROLE_ARN("R"));
    CHECK_OK(READ(f, iam_report_entities(&f->ctx, &report, STR("s3"), &entities, &n, &f->why)));
    assert_int_equal(n, 2);
    CHECK_STR(entities[0].arn, ROLE_ARN("R"));
    CHECK_STR(entities[1].arn, USER_ARN("u"));
    CHECK_OK(create(f, USER_ARN("u"), NULL, &id));
    CHECK_OK(get(f, id, "", &report));
    CHECK_STR(report.services[1].newest.arn, USER_ARN("u"));
}

static void everything_names_what_was_used(void **state)
{
    struct fixture *f = *state;
    enum import_change change;
    struct str id;
    struct iam_report_read report;
    CHECK_OK(try_role(f, "R", NULL, TRUST_IOT));
    CHECK_OK(try_inline(f, IAM_ROLE, "R", "all", POLICY(GRANT("Allow", "*", "*"))));
    CHECK_OK(note(f, IAM_ROLE, "R", "sqs", f->now, false, &change));
    CHECK_OK(create(f, ROLE_ARN("R"), NULL, &id));
    CHECK_OK(get(f, id, "", &report));
    assert_int_equal(report.n_services, 1);
    CHECK_STR(report.services[0].service, "sqs");
}

static void a_report_is_of_who_asked_and_ends(void **state)
{
    struct fixture *f = *state;
    struct str id, later;
    struct iam_report_read report;
    CHECK_OK(try_role(f, "R", NULL, TRUST_IOT));
    CHECK_OK(create(f, ROLE_ARN("R"), USER_ARN("ann"), &id));
    CHECK_OK(get(f, id, USER_ARN("ann"), &report));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "can be found", get(f, id, USER_ARN("bob"), &report));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "can be found", get(f, id, "", &report));
    CHECK_OK(WRITE(f, iam_role_delete(&f->ctx, STR("R"), &f->why)));
    CHECK_OK(get(f, id, USER_ARN("ann"), &report));
    CHECK_STR(report.lack, "The role " ROLE_ARN("R") " does not exist.");
    CHECK_OK(try_role(f, "R", NULL, TRUST_IOT));
    f->now += IAM_REPORT_DAYS * (int64_t)DAY_MS + 1;
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "can be found", get(f, id, USER_ARN("ann"), &report));
    CHECK_OK(create(f, ROLE_ARN("R"), NULL, &later));
    const struct store_range all = {.index = NULL};
    size_t n = 0;
    CHECK_OK(READ(f, store_count(f->ctx.tx, TABLE(iam_report), &all, 0, &n, &f->why)));
    assert_int_equal(n, 1); /* the old one is gone */
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "does not exist", create(f, ROLE_ARN("X"), NULL, &id));
    CHECK_REFUSED(f, STATUS_INVALID, "is not the ARN", create(f, "arn:aws:s3:::b", NULL, &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_latest_use_is_kept),
        TEST(what_aliases_did_counts_for_their_role),
        TEST(a_report_lists_what_is_allowed_and_when_it_was_used),
        TEST(everything_names_what_was_used),
        TEST(a_report_is_of_who_asked_and_ends),
    };
    return RUN_TESTS("iam_report", tests);
}
