#include "account/iam.h"

#include "iam_fixture.h"

static void names_are_found_in_any_case_and_kept_as_made(void **state)
{
    struct fixture *f = *state;
    struct iam_entity entity;
    struct str arn;
    CHECK_OK(try_user(f, "Ann.Lee@x", "/a/b/"));
    CHECK_OK(READ(f, iam_entity_get(&f->ctx, IAM_USER, STR("aNN.lee@X"), &entity, &f->why)));
    CHECK_STR(entity.name, "Ann.Lee@x");
    CHECK_STR(entity.folded, "ann.lee@x");
    CHECK_OK(iam_entity_arn(&f->ctx, &entity, &arn, &f->why));
    CHECK_STR(arn, USER_ARN("a/b/Ann.Lee@x"));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "The role with name ann cannot be found.",
                  READ(f, iam_entity_get(&f->ctx, IAM_ROLE, STR("ann"), &entity, &f->why)));
}

static void an_arn_names_path_and_case_exactly(void **state)
{
    struct fixture *f = *state;
    const char *const others[] = {USER_ARN("Ann"),
                                  USER_ARN("a/ann"),
                                  USER_ARN("a//Ann"),
                                  ROLE_ARN("a/Ann"),
                                  USER_ARN("a/Ann/"),
                                  "arn:aws:iam::111122223333:user/a/Ann",
                                  USER_ARN("a"),
                                  "arn:aws:iam:us-east-1:123456789012:user/a/Ann",
                                  "arn:aws:iam::123456789012:user",
                                  ""};
    struct iam_entity entity;
    CHECK_OK(try_user(f, "Ann", "/a/"));
    CHECK_OK(
        READ(f, iam_entity_of_arn(&f->ctx, IAM_USER, STR(USER_ARN("a/Ann")), &entity, &f->why)));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        CHECK_REFUSED(
            f, STATUS_NOT_FOUND, "does not exist",
            READ(f, iam_entity_of_arn(&f->ctx, IAM_USER, str_from(others[i]), &entity, &f->why)));
    }
}

static void ids_are_of_the_form_of_aws_and_never_the_same(void **state)
{
    struct fixture *f = *state;
    struct str ids[20];
    for (size_t i = 0; i < 20; i++) {
        CHECK_OK(iam_id_make(&f->ctx, STR("AROA"), &ids[i], &f->why));
        assert_int_equal(ids[i].len, 21);
        assert_true(str_starts(ids[i], STR("AROA")));
        for (size_t c = 4; c < 21; c++) {
            assert_non_null(memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ids[i].ptr[c], 32));
        }
        for (size_t j = 0; j < i; j++) {
            assert_false(str_eq(ids[i], ids[j]));
        }
    }
}

static void a_document_is_read_and_measured(void **state)
{
    struct fixture *f = *state;
    struct str document = STR(ALLOW_LIST_THINGS);
    size_t size = policy_size(document);
    CHECK_OK(iam_document_check(&f->ctx, document, POLICY_OF_IDENTITY, size, &f->why));
    CHECK_REFUSED(f, STATUS_LIMIT, "characters without white space",
                  iam_document_check(&f->ctx, document, POLICY_OF_IDENTITY, size - 1, &f->why));
    CHECK_REFUSED(f, STATUS_MALFORMED_POLICY, "a trust policy",
                  iam_document_check(&f->ctx, document, POLICY_OF_TRUST, size, &f->why));
    CHECK_REFUSED(f, STATUS_MALFORMED_POLICY, "not UTF-8",
                  iam_document_check(&f->ctx, STR("{\"\xff\":1}"), POLICY_OF_TRUST, size, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_are_found_in_any_case_and_kept_as_made),
        TEST(an_arn_names_path_and_case_exactly),
        TEST(ids_are_of_the_form_of_aws_and_never_the_same),
        TEST(a_document_is_read_and_measured),
    };
    return RUN_TESTS("account/iam", tests);
}
