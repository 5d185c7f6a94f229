/* The word by which a CA's key is proven. */
#include "account/registration_code.h"
#include "fixture.h"

static void the_code_is_made_once_and_again_after_deletion(void **state)
{
    struct fixture *f = *state;
    struct str none;
    struct str first;
    struct str again;
    CHECK_OK(READ(f, registration_code_find(&f->ctx, &none, &f->why)));
    assert_true(str_absent(none));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no registration code",
                  WRITE(f, registration_code_delete(&f->ctx, &f->why)));
    CHECK_OK(WRITE(f, registration_code_get(&f->ctx, &first, &f->why)));
    CHECK_OK(WRITE(f, registration_code_get(&f->ctx, &again, &f->why)));
    assert_true(str_eq(first, again));
    CHECK_OK(WRITE(f, registration_code_delete(&f->ctx, &f->why)));
    CHECK_OK(WRITE(f, registration_code_get(&f->ctx, &again, &f->why)));
    assert_false(str_eq(first, again));
}

static void the_code_is_64_hexadecimal_digits(void **state)
{
    struct fixture *f = *state;
    struct str code;
    CHECK_OK(WRITE(f, registration_code_get(&f->ctx, &code, &f->why)));
    assert_int_equal(code.len, 64);
    assert_int_equal(strspn(str_z(f->ctx.mem, code), "0123456789abcdef"), 64);
}

static void the_code_is_made_whole_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    struct str code;
    CHECK_ALL_OR_NOTHING(f, registration_code_get(&f->ctx, &code, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_code_is_made_once_and_again_after_deletion),
        TEST(the_code_is_64_hexadecimal_digits),
        TEST(the_code_is_made_whole_or_not_at_all),
    };
    return RUN_TESTS("account/registration_code", tests);
}
