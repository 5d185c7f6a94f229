/* What is taken in from an account elsewhere: once, whole, or not at all. */
#include "account/iam_import.h"

#include "iam_fixture.h"

#define READS  ALLOW_LIST_THINGS
#define WRITES POLICY(GRANT("Allow", "iot:CreateThing", "*"))
#define BUCKET AWS_ARN("AmazonS3ReadOnlyAccess")

static const struct iam_policy_version two[] = {
    {.version = 4, .document = STR_INIT(READS), .created = 40},
    {.version = 2, .document = STR_INIT(WRITES), .created = 20},
};

static struct iam_import_policy fleet(void)
{
    return (struct iam_import_policy){.arn = STR(POLICY_ARN("team/Fleet")),
                                      .name = STR("Fleet"),
                                      .path = STR("/team/"),
                                      .id = STR("ANPAFLEET"),
                                      .description = STR("what devices do"),
                                      .default_version = 4,
                                      .created = 10,
                                      .modified = 40,
                                      .versions = two,
                                      .n = 2};
}

static struct iam_import_policy bucket(void)
{
    return (struct iam_import_policy){.arn = STR(BUCKET),
                                      .name = STR("AmazonS3ReadOnlyAccess"),
                                      .path = STR("/"),
                                      .id = STR("ANPABUCKET"),
                                      .default_version = 4,
                                      .created = 10,
                                      .modified = 40,
                                      .versions = two,
                                      .n = 2};
}

static enum status policy(struct fixture *f, struct iam_import_policy in, bool dry,
                          enum import_change *ret)
{
    bool built_in = false;
    return WRITE(f, iam_import_policy(&f->ctx, &in, dry, ret, &built_in, &f->why));
}

static const struct iam_import_inline own[] = {{STR_INIT("a"), STR_INIT(READS)},
                                               {STR_INIT("b"), STR_INIT(WRITES)}};
static const struct str attached[] = {STR_INIT(POLICY_ARN("team/Fleet"))};
static const struct tag_pair tags[] = {{STR_INIT("aws:cloudformation:stack-name"), STR_INIT("s")},
                                       {STR_INIT("site"), STR_INIT("north")}};

static struct iam_import_entity role(void)
{
    return (struct iam_import_entity){.kind = IAM_ROLE,
                                      .arn = STR(ROLE_ARN("p/Devices")),
                                      .name = STR("Devices"),
                                      .path = STR("/p/"),
                                      .id = STR("AROADEVICES"),
                                      .trust = STR(TRUST_IOT),
                                      .created = 30,
                                      .own = own,
                                      .n_own = 2,
                                      .attached = attached,
                                      .n_attached = 1,
                                      .tags = {tags, 2}};
}

static enum status entity(struct fixture *f, struct iam_import_entity in, bool dry,
                          enum import_change *ret)
{
    return WRITE(f, iam_import_entity(&f->ctx, &in, dry, ret, &f->why));
}

static void check_entity(struct fixture *f, struct iam_import_entity in, enum import_change want)
{
    enum import_change change = IMPORT_KNOWN;
    uint64_t before = fixture_digest(f);
    CHECK_OK(entity(f, in, true, &change));
    assert_int_equal(change, want);
    assert_true(fixture_digest(f) == before);
    CHECK_OK(entity(f, in, false, &change));
    assert_int_equal(change, want);
    assert_true((fixture_digest(f) == before) == (want == IMPORT_KNOWN));
}

static void policies_are_taken_in_once_with_their_versions(void **state)
{
    struct fixture *f = *state;
    enum import_change change;
    struct iam_policy_versions versions;
    uint64_t empty = fixture_digest(f);
    CHECK_OK(policy(f, fleet(), true, &change));
    assert_int_equal(change, IMPORT_NEW);
    assert_true(fixture_digest(f) == empty);
    CHECK_OK(policy(f, fleet(), false, &change));
    assert_int_equal(change, IMPORT_NEW);
    CHECK_OK(policy(f, fleet(), false, &change));
    assert_int_equal(change, IMPORT_KNOWN);
    CHECK_OK(READ(f, iam_policy_versions_get(&f->ctx, fleet().arn, &versions, &f->why)));
    assert_int_equal(versions.n, 2);
    assert_int_equal(versions.at[0].version, 4);
    assert_int_equal(versions.policy.default_version, 4);
    struct iam_import_policy other = fleet();
    other.n = 1;
    CHECK_OK(policy(f, other, false, &change));
    assert_int_equal(change, IMPORT_CHANGED);
    CHECK_OK(READ(f, iam_policy_versions_get(&f->ctx, fleet().arn, &versions, &f->why)));
    assert_int_equal(versions.n, 1);
}

static void policies_of_aws_keep_the_version_that_counts(void **state)
{
    struct fixture *f = *state;
    enum import_change change;
    struct iam_policy_versions versions;
    bool built_in = false;
    CHECK_OK(policy(f, bucket(), false, &change));
    assert_int_equal(change, IMPORT_NEW);
    CHECK_OK(policy(f, bucket(), false, &change));
    assert_int_equal(change, IMPORT_KNOWN);
    CHECK_OK(READ(f, iam_policy_versions_get(&f->ctx, STR(BUCKET), &versions, &f->why)));
    assert_int_equal(versions.n, 1);
    assert_int_equal(versions.at[0].version, 4);
    assert_int_equal(versions.at[0].created, 40);
    struct iam_import_policy known = bucket();
    known.arn = STR(AWS_ARN("service-role/AWSIoTDeviceDefenderAudit"));
    known.name = STR("AWSIoTDeviceDefenderAudit");
    known.path = STR("/service-role/");
    uint64_t before = fixture_digest(f);
    CHECK_OK(WRITE(f, iam_import_policy(&f->ctx, &known, false, &change, &built_in, &f->why)));
    assert_true(built_in && fixture_digest(f) == before);
}

static void a_role_is_taken_in_as_it_stands_there(void **state)
{
    struct fixture *f = *state;
    enum import_change change;
    struct iam_grants grants;
    struct iam_import_entity in = role();
    CHECK_OK(policy(f, fleet(), false, &change));
    check_entity(f, role(), IMPORT_NEW);
    check_entity(f, role(), IMPORT_KNOWN);
    CHECK_OK(READ(f, iam_grants_get(&f->ctx, IAM_ROLE, STR("devices"), &grants, &f->why)));
    assert_int_equal(grants.n, 3);
    in.n_own = 1;
    check_entity(f, in, IMPORT_CHANGED);
    in.n_attached = 0;
    check_entity(f, in, IMPORT_CHANGED);
    in.tags.n = 1;
    check_entity(f, in, IMPORT_CHANGED);
    in.trust = STR(POLICY("{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"111122223333\"},"
                          "\"Action\":\"sts:AssumeRole\"}"));
    check_entity(f, in, IMPORT_CHANGED);
    in.path = STR("/q/");
    in.arn = STR(ROLE_ARN("q/Devices"));
    check_entity(f, in, IMPORT_CHANGED);
    check_entity(f, in, IMPORT_KNOWN);
    CHECK_OK(READ(f, iam_grants_get(&f->ctx, IAM_ROLE, STR("devices"), &grants, &f->why)));
    assert_int_equal(grants.n, 1);
    struct tags left;
    CHECK_OK(READ(f, tags_get_arn(&f->ctx, role().arn, &left, &f->why)));
    assert_int_equal(left.n, 0); /* those of the role's former ARN */
}

static void description_and_session_length_are_kept(void **state)
{
    struct fixture *f = *state;
    enum import_change change;
    struct iam_role row;
    struct iam_import_entity in = role();
    in.n_attached = 0;
    CHECK_OK(entity(f, in, false, &change));
    CHECK_OK(WRITE(f, iam_role_update(&f->ctx, STR("Devices"), STR("mine"),
                                      (struct maybe_int){true, 7200}, &f->why)));
    check_entity(f, in, IMPORT_KNOWN);
    in.created = 31;
    check_entity(f, in, IMPORT_CHANGED);
    CHECK_OK(READ(f, iam_role_get(&f->ctx, STR("Devices"), &row, &f->why)));
    CHECK_STR(row.description, "mine");
    assert_int_equal(row.max_session, 7200);
}

static void a_user_with_keys_keeps_its_arn(void **state)
{
    struct fixture *f = *state;
    enum import_change change;
    struct iam_import_entity in = role();
    const struct access_key key = {
        .id = STR("AKIA"), .user_arn = STR(USER_ARN("p/Ann")), .status = STR("ACTIVE")};
    in.kind = IAM_USER;
    in.arn = STR(USER_ARN("p/Ann"));
    in.name = STR("Ann");
    in.n_attached = 0;
    check_entity(f, in, IMPORT_NEW);
    CHECK_OK(WRITE(f, store_put(f->ctx.tx, TABLE(access_key), &key, &f->why)));
    check_entity(f, in, IMPORT_KNOWN);
    in.path = STR("/q/");
    in.arn = STR(USER_ARN("q/Ann"));
    CHECK_REFUSED(f, STATUS_CONFLICT, "has access keys", entity(f, in, false, &change));
}

static void what_is_of_others_is_refused(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *arn, *path, *sentence;
    } rows[] = {
        {"arn:aws:iam::111122223333:role/x", "/", "is of account 111122223333"},
        {"arn:aws:iam::aws:role/x", "/", "is of account aws"},
        {"arn:aws:iam::123456789012:role/x", "/p/", "but path and name make"},
        {"arn:aws:iam::123456789012:user/x", "/", "but path and name make"},
        {"x", "/", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_REFUSED(f, STATUS_INVALID, rows[i].sentence,
                      iam_import_arn_check(&f->ctx, STR("role"), str_from(rows[i].arn),
                                           str_from(rows[i].path), STR("x"), &f->why));
    }
    CHECK_OK(iam_import_arn_check(&f->ctx, STR("policy"), STR(BUCKET), STR("/"),
                                  STR("AmazonS3ReadOnlyAccess"), &f->why));
}

static void an_entity_is_taken_in_all_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    enum import_change change;
    CHECK_OK(policy(f, fleet(), false, &change));
    const struct iam_import_entity in = role();
    CHECK_ALL_OR_NOTHING(f, iam_import_entity(&f->ctx, &in, false, &change, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(policies_are_taken_in_once_with_their_versions),
        TEST(policies_of_aws_keep_the_version_that_counts),
        TEST(a_role_is_taken_in_as_it_stands_there),
        TEST(description_and_session_length_are_kept),
        TEST(a_user_with_keys_keeps_its_arn),
        TEST(what_is_of_others_is_refused),
        TEST(an_entity_is_taken_in_all_or_not_at_all),
    };
    return RUN_TESTS("iam_import", tests);
}
