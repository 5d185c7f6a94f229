#include "account/principal.h"

#include "account/thing.h"
#include "fixture.h"

static const struct str COGNITO = STR_INIT("us-east-1:01234567-89ab-cdef-0123-456789ABCDEF");
static const struct str EXCLUSIVE = STR_INIT("EXCLUSIVE_THING");
static const struct str SHARED = STR_INIT("NON_EXCLUSIVE_THING");

static void make_thing(struct fixture *f, struct str name)
{
    const struct thing_create in = {.name = name};
    struct thing thing;
    CHECK_OK(WRITE(f, thing_create(&f->ctx, &in, &thing, &f->why)));
}

static enum status attach(struct fixture *f, const char *thing, struct str principal,
                          struct str kind)
{
    return WRITE(f, principal_attach(&f->ctx, str_from(thing), principal, kind, &f->why));
}

static enum status detach(struct fixture *f, const char *thing, struct str principal)
{
    return WRITE(f, principal_detach(&f->ctx, str_from(thing), principal, &f->why));
}

static struct str lamp_and_certificate(struct fixture *f)
{
    make_thing(f, STR("lamp"));
    make_thing(f, STR("fan"));
    return fixture_certificate(f, "c0ffee");
}

static void attaching_twice_changes_nothing_and_detaching_undoes_it(void **state)
{
    struct fixture *f = *state;
    struct str arn = lamp_and_certificate(f);
    uint64_t without = fixture_digest(f);
    CHECK_OK(attach(f, "lamp", arn, STR_ABSENT));
    uint64_t with = fixture_digest(f);
    CHECK_OK(attach(f, "lamp", arn, STR_ABSENT));
    CHECK_OK(attach(f, "lamp", arn, SHARED));
    assert_true(fixture_digest(f) == with);
    CHECK_OK(detach(f, "lamp", arn));
    assert_true(fixture_digest(f) == without);
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "is not attached to thing lamp", detach(f, "lamp", arn));
}

static void a_principal_is_a_certificate_of_ours_or_a_cognito_identity(void **state)
{
    struct fixture *f = *state;
    lamp_and_certificate(f);
    CHECK_OK(attach(f, "lamp", COGNITO, STR_ABSENT));
    const struct {
        const char *principal;
        enum status want;
        const char *words;
    } rows[] = {
        {"arn:aws:iot:us-east-1:123456789012:cert/beef", STATUS_NOT_FOUND,
         "no certificate has the id beef"},
        {"arn:aws:iot:us-east-1:999999999999:cert/c0ffee", STATUS_INVALID, "is neither the ARN"},
        {"arn:aws:iot:eu-west-1:123456789012:cert/c0ffee", STATUS_INVALID, "is neither the ARN"},
        {"arn:aws:iot:us-east-1:123456789012:thing/lamp", STATUS_INVALID, "is neither the ARN"},
        {"c0ffee", STATUS_INVALID, "principal 'c0ffee' is neither"},
        {"", STATUS_INVALID, "is neither"},
        {":01234567-89ab-cdef-0123-456789abcdef", STATUS_INVALID, "is neither"},
        {"us-east-1:01234567-89ab-cdef-0123-456789abcde", STATUS_INVALID, "is neither"},
        {"us-east-1:01234567-89ab-cdef-0123-456789abcdeg", STATUS_INVALID, "is neither"},
        {"us_east_1:01234567-89ab-cdef-0123-456789abcdef", STATUS_INVALID, "is neither"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str principal = str_from(rows[i].principal);
        CHECK_REFUSED(f, rows[i].want, rows[i].words, attach(f, "lamp", principal, STR_ABSENT));
        CHECK_REFUSED(f, rows[i].want, rows[i].words, detach(f, "lamp", principal));
        struct page page = {0};
        struct page_rows found;
        CHECK_REFUSED(
            f, rows[i].want, rows[i].words,
            READ(f, things_of_principal(&f->ctx, principal, STR_ABSENT, &page, &found, &f->why)));
    }
}

static void a_thing_must_exist(void **state)
{
    struct fixture *f = *state;
    struct page page = {0};
    struct page_rows rows;
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no thing is named none",
                  attach(f, "none", COGNITO, STR_ABSENT));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no thing is named none", detach(f, "none", COGNITO));
    CHECK_REFUSED(
        f, STATUS_NOT_FOUND, "no thing is named none",
        READ(f, principals_of_thing(&f->ctx, STR("none"), STR_ABSENT, &page, &rows, &f->why)));
}

static void an_exclusive_principal_has_one_thing(void **state)
{
    struct fixture *f = *state;
    struct str arn = lamp_and_certificate(f);
    CHECK_OK(attach(f, "lamp", arn, EXCLUSIVE));
    CHECK_REFUSED(f, STATUS_INVALID, "it belongs to thing lamp exclusively",
                  attach(f, "fan", arn, STR_ABSENT));
    CHECK_REFUSED(f, STATUS_INVALID, "it belongs to thing lamp exclusively",
                  attach(f, "fan", arn, EXCLUSIVE));
    CHECK_OK(attach(f, "lamp", COGNITO, EXCLUSIVE));
    CHECK_OK(detach(f, "lamp", arn));
    CHECK_OK(attach(f, "lamp", arn, SHARED));
    CHECK_OK(attach(f, "fan", arn, SHARED));
    CHECK_OK(detach(f, "lamp", arn));
    make_thing(f, STR("door"));
    CHECK_REFUSED(f, STATUS_INVALID, "exclusively: it is attached to thing fan",
                  attach(f, "door", arn, EXCLUSIVE));
}

static void the_kind_changes_only_by_detaching(void **state)
{
    struct fixture *f = *state;
    struct str arn = lamp_and_certificate(f);
    CHECK_OK(attach(f, "lamp", arn, EXCLUSIVE));
    CHECK_OK(attach(f, "lamp", arn, STR_ABSENT));
    CHECK_REFUSED(f, STATUS_INVALID, "as EXCLUSIVE_THING; detach it before",
                  attach(f, "lamp", arn, SHARED));
    CHECK_OK(detach(f, "lamp", arn));
    CHECK_OK(attach(f, "lamp", arn, STR_ABSENT));
    CHECK_REFUSED(f, STATUS_INVALID, "as NON_EXCLUSIVE_THING; detach it before",
                  attach(f, "lamp", arn, EXCLUSIVE));
}

static size_t count(struct fixture *f, struct str thing, struct str principal, struct str kind)
{
    size_t n = 0;
    struct page page = {.max = 2};
    do {
        struct page_rows rows;
        CHECK_OK(
            READ(f, str_absent(principal)
                        ? principals_of_thing(&f->ctx, thing, kind, &page, &rows, &f->why)
                        : things_of_principal(&f->ctx, principal, kind, &page, &rows, &f->why)));
        assert_true(rows.n <= 2);
        n += rows.n;
        page.after = rows.next;
    } while (!str_absent(page.after));
    return n;
}

static void lists_are_paged_and_filtered_by_kind(void **state)
{
    struct fixture *f = *state;
    struct str shared = lamp_and_certificate(f);
    for (int i = 0; i < 5; i++) {
        make_thing(f, fixture_name(f, "t", i));
        CHECK_OK(attach(f, fixture_name(f, "t", i).ptr, shared, STR_ABSENT));
    }
    CHECK_OK(attach(f, "lamp", shared, STR_ABSENT));
    CHECK_OK(attach(f, "lamp", COGNITO, EXCLUSIVE));
    CHECK_OK(attach(f, "lamp", fixture_certificate(f, "beef"), EXCLUSIVE));
    assert_int_equal(count(f, STR_ABSENT, shared, STR_ABSENT), 6);
    assert_int_equal(count(f, STR_ABSENT, shared, SHARED), 6);
    assert_int_equal(count(f, STR_ABSENT, shared, EXCLUSIVE), 0);
    assert_int_equal(count(f, STR("lamp"), STR_ABSENT, STR_ABSENT), 3);
    assert_int_equal(count(f, STR("lamp"), STR_ABSENT, EXCLUSIVE), 2);
    assert_int_equal(count(f, STR("fan"), STR_ABSENT, STR_ABSENT), 0);
}

static void every_failure_leaves_the_account_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct str arn = lamp_and_certificate(f);
    CHECK_ALL_OR_NOTHING(f, principal_attach(&f->ctx, STR("lamp"), arn, EXCLUSIVE, &f->why));
    CHECK_ALL_OR_NOTHING(f, principal_detach(&f->ctx, STR("lamp"), arn, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(attaching_twice_changes_nothing_and_detaching_undoes_it),
        TEST(a_principal_is_a_certificate_of_ours_or_a_cognito_identity),
        TEST(a_thing_must_exist),
        TEST(an_exclusive_principal_has_one_thing),
        TEST(the_kind_changes_only_by_detaching),
        TEST(lists_are_paged_and_filtered_by_kind),
        TEST(every_failure_leaves_the_account_as_it_was),
    };
    return RUN_TESTS("account/principal", tests);
}
