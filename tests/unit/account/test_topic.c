#include "account/topic.h"

#include "account/quotas.h"
#include "topic_fixture.h"

#define LET_ALL                                                                                    \
    "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"SNS:*\",\"Resource\":" \
    "\"*\"}]}"

static const struct tag_pair pair = {STR_INIT("team"), STR_INIT("lamps")};

static void a_topic_lives_from_create_to_delete(void **state)
{
    struct fixture *f = *state;
    uint64_t empty = fixture_digest(f);
    const struct topic_attribute display = {STR("DisplayName"), STR("Alarms")};
    struct subscription subscription;
    struct topic row;
    struct str text;
    struct tags tags;
    CHECK_OK(WRITE(f, topic_create(&f->ctx, STR("alarms"), &display, 1, (struct tags){&pair, 1},
                                   &row, &f->why)));
    CHECK_OK(READ(f, topic_of_arn(&f->ctx, STR(TOPIC_ARN("alarms")), &row, &f->why)));
    CHECK_STR(row.display_name, "Alarms");
    assert_int_equal(row.created, f->now);
    CHECK_OK(READ(f, topic_policy(&f->ctx, &row, &text, &f->why)));
    assert_non_null(strstr(text.ptr, "\"Resource\":\"" TOPIC_ARN("alarms") "\""));
    CHECK_OK(READ(f, tags_get_arn(&f->ctx, STR(TOPIC_ARN("alarms")), &tags, &f->why)));
    assert_int_equal(tags.n, 1);
    CHECK_OK(try_subscribe(f, TOPIC_ARN("alarms"), "http", "http://a/x", true, &subscription));
    CHECK_OK(WRITE(f, topic_delete(&f->ctx, STR(TOPIC_ARN("alarms")), &f->why)));
    CHECK_OK(WRITE(f, topic_delete(&f->ctx, STR(TOPIC_ARN("alarms")), &f->why)));
    assert_true(fixture_digest(f) == empty);
}

static void making_one_twice_gives_the_first_unless_it_differs(void **state)
{
    struct fixture *f = *state;
    const struct topic_attribute display = {STR("DisplayName"), STR("Alarms")};
    struct topic row;
    CHECK_OK(WRITE(f, topic_create(&f->ctx, STR("alarms"), &display, 1, (struct tags){NULL, 0},
                                   &row, &f->why)));
    uint64_t made = fixture_digest(f);
    f->now += SECOND_MS;
    CHECK_OK(try_topic(f, "alarms"));
    assert_true(fixture_digest(f) == made);
    const struct topic_attribute other = {STR("DisplayName"), STR("Else")};
    CHECK_REFUSED(f, STATUS_INVALID, "already exists with different attributes",
                  WRITE(f, topic_create(&f->ctx, STR("alarms"), &other, 1, (struct tags){NULL, 0},
                                        &row, &f->why)));
}

static void names_are_letters_digits_dashes_and_underscores(void **state)
{
    struct fixture *f = *state;
    static const char *const wrong[] = {"", "a b", "a/b", "a:b", "\xc3\xa4"};
    char text[258];
    memset(text, 'n', 257);
    text[257] = '\0';
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_REFUSED(f, STATUS_INVALID, "must be 1 to 256 letters", try_topic(f, wrong[i]));
    }
    CHECK_REFUSED(f, STATUS_INVALID, "must be 1 to 256 letters", try_topic(f, text));
    text[256] = '\0';
    CHECK_OK(try_topic(f, text));
    CHECK_REFUSED(f, STATUS_INVALID, "FIFO topics are not offered", try_topic(f, "a.fifo"));
}

static void attributes_are_checked_set_and_taken_back(void **state)
{
    struct fixture *f = *state;
    struct topic row;
    CHECK_OK(try_topic(f, "alarms"));
    const struct {
        const char *name, *value, *says;
    } wrong[] = {
        {"KmsMasterKeyId", "k", "KmsMasterKeyId is not offered"},
        {"Policy", "{", "Invalid parameter: Policy: at byte 1: "},
        {"Policy", "{\"Version\":\"2012-10-17\"}", "the policy has no Statement"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct topic_attribute attribute = {str_from(wrong[i].name),
                                                  str_from(wrong[i].value)};
        CHECK_REFUSED(f, STATUS_INVALID, wrong[i].says,
                      WRITE(f, topic_set(&f->ctx, STR(TOPIC_ARN("alarms")), &attribute, &f->why)));
    }
    const struct topic_attribute policy = {STR("Policy"), STR(LET_ALL)};
    CHECK_OK(WRITE(f, topic_set(&f->ctx, STR(TOPIC_ARN("alarms")), &policy, &f->why)));
    CHECK_OK(READ(f, topic_of_arn(&f->ctx, STR(TOPIC_ARN("alarms")), &row, &f->why)));
    CHECK_STR(row.policy, LET_ALL);
    const struct topic_attribute none = {STR("Policy"), STR_ABSENT};
    CHECK_OK(WRITE(f, topic_set(&f->ctx, STR(TOPIC_ARN("alarms")), &none, &f->why)));
    CHECK_OK(READ(f, topic_of_arn(&f->ctx, STR(TOPIC_ARN("alarms")), &row, &f->why)));
    assert_true(str_absent(row.policy));
}

static void arns_of_others_name_no_topic_of_ours(void **state)
{
    struct fixture *f = *state;
    struct topic row;
    static const char *const strange[] = {"arn:aws:sns:us-east-1:210987654321:alarms",
                                          "arn:aws:sns:eu-west-1:123456789012:alarms",
                                          TOPIC_ARN("alarms:id"), TOPIC_ARN("none"), TOPIC_ARN("")};
    CHECK_OK(try_topic(f, "alarms"));
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        CHECK_REFUSED(f, STATUS_NOT_FOUND, "Topic does not exist",
                      READ(f, topic_of_arn(&f->ctx, str_from(strange[i]), &row, &f->why)));
    }
    CHECK_REFUSED(f, STATUS_INVALID, "is not the ARN of a topic",
                  READ(f, topic_of_arn(&f->ctx, STR("alarms"), &row, &f->why)));
    CHECK_REFUSED(f, STATUS_INVALID, "is not the ARN of a topic",
                  READ(f, topic_of_arn(&f->ctx, STR("arn:aws:iot:us-east-1:123456789012:thing/a"),
                                       &row, &f->why)));
}

static void an_account_has_so_many_topics_and_lists_them_by_name(void **state)
{
    struct fixture *f = *state;
    fixture_write_begin(f);
    for (int i = 0; i < QUOTA_TOPICS; i++) {
        struct topic row;
        CHECK_OK(topic_create(&f->ctx, fixture_name(f, "t", i), NULL, 0, (struct tags){NULL, 0},
                              &row, &f->why));
    }
    CHECK_OK(fixture_write_end(f, STATUS_OK));
    CHECK_REFUSED(f, STATUS_LIMIT, "1000 topics", try_topic(f, "more"));
    const struct page page = {.max = 2};
    struct page_rows rows;
    CHECK_OK(READ(f, topics_list(&f->ctx, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 2);
    assert_false(str_absent(rows.next));
}

static void a_topic_is_made_and_deleted_wholly_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    struct topic row;
    struct subscription subscription;
    CHECK_ALL_OR_NOTHING(
        f, topic_create(&f->ctx, STR("alarms"), NULL, 0, (struct tags){&pair, 1}, &row, &f->why));
    CHECK_OK(try_subscribe(f, TOPIC_ARN("alarms"), "http", "http://a/x", true, &subscription));
    CHECK_ALL_OR_NOTHING(f, topic_delete(&f->ctx, STR(TOPIC_ARN("alarms")), &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_topic_lives_from_create_to_delete),
        TEST(making_one_twice_gives_the_first_unless_it_differs),
        TEST(names_are_letters_digits_dashes_and_underscores),
        TEST(attributes_are_checked_set_and_taken_back),
        TEST(arns_of_others_name_no_topic_of_ours),
        TEST(an_account_has_so_many_topics_and_lists_them_by_name),
        TEST(a_topic_is_made_and_deleted_wholly_or_not_at_all),
    };
    return RUN_TESTS("account/topic", tests);
}
