#include "account/tags.h"

#include "account/quotas.h"
#include "fixture.h"

#define ARN(type_and_name) STR("arn:aws:iot:us-east-1:123456789012:" type_and_name)

/* One resource of each kind that can be tagged, each named x. */
static void make_resources(struct fixture *f)
{
    const struct thing_group group = {.name = STR("x"), .parent = STR("")};
    const struct thing_type type = {.name = STR("x")};
    const struct policy policy = {.name = STR("x")};
    const struct role_alias alias = {.alias = STR("x")};
    const struct ca_certificate ca = {.id = STR("x"), .subject_hash = STR("")};
    fixture_write_begin(f);
    CHECK_OK(store_put(f->ctx.tx, TABLE(thing_group), &group, &f->why));
    CHECK_OK(store_put(f->ctx.tx, TABLE(thing_type), &type, &f->why));
    CHECK_OK(store_put(f->ctx.tx, TABLE(policy), &policy, &f->why));
    CHECK_OK(store_put(f->ctx.tx, TABLE(role_alias), &alias, &f->why));
    CHECK_OK(store_put(f->ctx.tx, TABLE(ca_certificate), &ca, &f->why));
    CHECK_OK(fixture_write_end(f, STATUS_OK));
}

static enum status put(struct fixture *f, struct str arn, const struct tag_pair *items, size_t n)
{
    return WRITE(f, tag_resource(&f->ctx, arn, (struct tags){items, n}, &f->why));
}

static struct tags list(struct fixture *f, struct str arn)
{
    struct tags tags;
    CHECK_OK(READ(f, tags_list(&f->ctx, arn, &tags, &f->why)));
    return tags;
}

static void each_kind_of_resource_is_tagged_and_untagged(void **state)
{
    struct fixture *f = *state;
    make_resources(f);
    const struct str arns[] = {ARN("thinggroup/x"), ARN("thingtype/x"), ARN("policy/x"),
                               ARN("rolealias/x"), ARN("cacert/x")};
    const struct tag_pair first[] = {{STR("site"), STR("A")}, {STR("cost"), STR_ABSENT}};
    const struct tag_pair second[] = {{STR("site"), STR("B")}};
    const struct str keys[] = {STR("cost"), STR("none")};
    for (size_t i = 0; i < 5; i++) {
        CHECK_OK(put(f, arns[i], first, 2));
        CHECK_OK(put(f, arns[i], second, 1));
        struct tags tags = list(f, arns[i]);
        assert_int_equal(tags.n, 2);
        CHECK_STR(tags.items[0].key, "cost");
        CHECK_STR(tags.items[0].value, "");
        CHECK_STR(tags.items[1].value, "B");
        CHECK_OK(WRITE(f, untag_resource(&f->ctx, arns[i], keys, 2, &f->why)));
        assert_int_equal(list(f, arns[i]).n, 1);
    }
}

static void what_cannot_be_tagged_is_refused(void **state)
{
    struct fixture *f = *state;
    make_resources(f);
    fixture_certificate(f, "x");
    const struct {
        struct str arn;
        enum status want;
        const char *words;
    } rows[] = {
        {ARN("thinggroup/y"), STATUS_NOT_FOUND, "there is no resource arn:aws:iot"},
        {ARN("thing/x"), STATUS_INVALID, "cannot be tagged"},
        {ARN("cert/x"), STATUS_INVALID, "cannot be tagged"},
        {ARN("thinggroup"), STATUS_INVALID, "cannot be tagged"},
        {STR("arn:aws:iot:eu-west-1:123456789012:policy/x"), STATUS_INVALID, "cannot be tagged"},
        {STR("arn:aws:iot:us-east-1:999999999999:policy/x"), STATUS_INVALID, "of account 1234567"},
        {STR("x"), STATUS_INVALID, "'x' cannot be tagged"},
    };
    const struct tag_pair pair = {STR("k"), STR("v")};
    const struct str key = STR("k");
    struct tags tags;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_REFUSED(f, rows[i].want, rows[i].words, put(f, rows[i].arn, &pair, 1));
        CHECK_REFUSED(f, rows[i].want, rows[i].words,
                      WRITE(f, untag_resource(&f->ctx, rows[i].arn, &key, 1, &f->why)));
        CHECK_REFUSED(f, rows[i].want, rows[i].words,
                      READ(f, tags_list(&f->ctx, rows[i].arn, &tags, &f->why)));
    }
}

static void reserved_and_doubled_keys_are_refused(void **state)
{
    struct fixture *f = *state;
    make_resources(f);
    const struct tag_pair aws = {STR("aws:cloudformation"), STR("v")};
    const struct tag_pair upper = {STR("AWS:x"), STR("v")};
    const struct tag_pair near = {STR("aws"), STR("v")};
    const struct tag_pair twice[] = {{STR("k"), STR("1")}, {STR("k"), STR("2")}};
    CHECK_REFUSED(f, STATUS_INVALID, "'aws:cloudformation' is reserved",
                  put(f, ARN("policy/x"), &aws, 1));
    CHECK_REFUSED(f, STATUS_INVALID, "'AWS:x' is reserved", put(f, ARN("policy/x"), &upper, 1));
    CHECK_REFUSED(f, STATUS_INVALID, "'k' is given twice", put(f, ARN("policy/x"), twice, 2));
    CHECK_OK(put(f, ARN("policy/x"), &near, 1));
}

static void a_resource_has_fifty_tags(void **state)
{
    struct fixture *f = *state;
    make_resources(f);
    struct tag_pair items[QUOTA_TAGS + 1];
    for (int i = 0; i <= QUOTA_TAGS; i++) {
        items[i] = (struct tag_pair){fixture_name(f, "k", i), STR("v")};
    }
    CHECK_REFUSED(f, STATUS_LIMIT, "51 tags are given; a resource may have 50",
                  put(f, ARN("policy/x"), items, QUOTA_TAGS + 1));
    CHECK_OK(put(f, ARN("policy/x"), items, QUOTA_TAGS));
    CHECK_OK(put(f, ARN("policy/x"), items, QUOTA_TAGS));
    uint64_t digest = fixture_digest(f);
    CHECK_REFUSED(f, STATUS_LIMIT, "would have 51 tags; a resource may have 50",
                  put(f, ARN("policy/x"), items + QUOTA_TAGS, 1));
    assert_true(fixture_digest(f) == digest);
    assert_int_equal(list(f, ARN("policy/x")).n, QUOTA_TAGS);
}

static void dropping_takes_the_tags_of_one_resource_only(void **state)
{
    struct fixture *f = *state;
    make_resources(f);
    const struct tag_pair pair = {STR("k"), STR("v")};
    CHECK_OK(put(f, ARN("policy/x"), &pair, 1));
    CHECK_OK(put(f, ARN("cacert/x"), &pair, 1));
    CHECK_OK(WRITE(f, tags_drop(&f->ctx, STR("policy"), STR("x"), &f->why)));
    assert_int_equal(list(f, ARN("policy/x")).n, 0);
    assert_int_equal(list(f, ARN("cacert/x")).n, 1);
}

static void every_failure_leaves_the_account_as_it_was(void **state)
{
    struct fixture *f = *state;
    make_resources(f);
    const struct tag_pair items[] = {{STR("a"), STR("1")}, {STR("b"), STR("2")}};
    const struct tags tags = {items, 2};
    const struct str key = STR("a");
    CHECK_ALL_OR_NOTHING(f, tag_resource(&f->ctx, ARN("policy/x"), tags, &f->why));
    CHECK_ALL_OR_NOTHING(f, untag_resource(&f->ctx, ARN("policy/x"), &key, 1, &f->why));
    CHECK_ALL_OR_NOTHING(f, tags_drop(&f->ctx, STR("policy"), STR("x"), &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_of_resource_is_tagged_and_untagged),
        TEST(what_cannot_be_tagged_is_refused),
        TEST(reserved_and_doubled_keys_are_refused),
        TEST(a_resource_has_fifty_tags),
        TEST(dropping_takes_the_tags_of_one_resource_only),
        TEST(every_failure_leaves_the_account_as_it_was),
    };
    return RUN_TESTS("account/tags", tests);
}
