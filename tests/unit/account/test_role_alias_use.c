#include "account/role_alias_use.h"

#include "account/role_alias.h"
#include "fixture.h"

static void create(struct fixture *f, const char *alias)
{
    struct role_alias row;
    CHECK_OK(WRITE(f, role_alias_create(&f->ctx, str_from(alias),
                                        STR("arn:aws:iam::123456789012:role/devices"),
                                        (struct maybe_int){0}, (struct tags){0}, &row, &f->why)));
}

static enum status note(struct fixture *f, const char *alias, const char *service, int64_t at)
{
    return WRITE(f, role_alias_use_note(&f->ctx, str_from(alias), str_from(service), at, &f->why));
}

static size_t uses(struct fixture *f, const char *alias, const struct role_alias_use **ret)
{
    size_t n = 0;
    CHECK_OK(READ(f, role_alias_uses_get(&f->ctx, str_from(alias), ret, &n, &f->why)));
    return n;
}

static void the_latest_use_of_each_service_is_known(void **state)
{
    struct fixture *f = *state;
    const struct role_alias_use *found = NULL;
    create(f, "lamps");
    create(f, "doors");
    assert_int_equal(uses(f, "lamps", &found), 0);
    CHECK_OK(note(f, "lamps", "s3", 500));
    CHECK_OK(note(f, "lamps", "dynamodb", 700));
    CHECK_OK(note(f, "lamps", "s3", 900));
    CHECK_OK(note(f, "lamps", "s3", 800));
    CHECK_OK(note(f, "doors", "s3", 100));
    assert_int_equal(uses(f, "lamps", &found), 2);
    CHECK_STR(found[0].service, "dynamodb");
    assert_int_equal(found[0].last, 700);
    CHECK_STR(found[1].service, "s3");
    assert_int_equal(found[1].last, 900);
}

static void a_deleted_alias_is_forgotten(void **state)
{
    struct fixture *f = *state;
    uint64_t empty = fixture_digest(f);
    create(f, "lamps");
    CHECK_OK(note(f, "lamps", "s3", 500));
    CHECK_OK(note(f, "lamps", "iot", 500));
    CHECK_OK(WRITE(f, role_alias_delete(&f->ctx, STR("lamps"), &f->why)));
    assert_true(fixture_digest(f) == empty);
}

static void what_is_no_service_is_refused(void **state)
{
    static const char *const wrong[] = {"", "S3", "s3:GetObject", "s3 ", "dynamo_db"};
    struct fixture *f = *state;
    create(f, "lamps");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(note(f, "lamps", wrong[i], 1), STATUS_INVALID);
    }
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no role alias is named none", note(f, "none", "s3", 1));
}

static void services_of_one_alias_are_bounded(void **state)
{
    struct fixture *f = *state;
    char service[16];
    create(f, "lamps");
    for (int i = 0; i < ROLE_ALIAS_SERVICES_MAX; i++) {
        snprintf(service, sizeof service, "s%d", i);
        CHECK_OK(note(f, "lamps", service, 1));
    }
    CHECK_REFUSED(f, STATUS_LIMIT, "role alias lamps already has uses of 1000 services, the most",
                  note(f, "lamps", "other", 1));
    CHECK_OK(note(f, "lamps", "s0", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_latest_use_of_each_service_is_known),
        TEST(a_deleted_alias_is_forgotten),
        TEST(what_is_no_service_is_refused),
        TEST(services_of_one_alias_are_bounded),
    };
    return RUN_TESTS("role_alias_use", tests);
}
