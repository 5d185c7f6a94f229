#include "base/err.h"

#include <ctype.h>

#include "lib/check.h"

static void every_status_has_its_own_name_and_a_meaning(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        const char *name = status_name((enum status)i);
        assert_non_null(name);
        assert_true(isupper((unsigned char)name[0]));
        assert_true(strlen(status_meaning((enum status)i)) > 3);
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(name, status_name((enum status)k));
        }
    }
    assert_string_equal(status_name(STATUS_NOT_FOUND), "NOT_FOUND");
    assert_string_equal(status_meaning(STATUS_NOT_FOUND), "no such resource");
}

static void a_number_that_is_no_status_has_a_name_too(void **state)
{
    (void)state;
    assert_string_equal(status_name((enum status)STATUS_COUNT), "UNKNOWN");
    assert_string_equal(status_name((enum status) - 1), "UNKNOWN");
    assert_string_equal(status_meaning((enum status)9999), "not a status of ours");
}

static void why_holds_code_sentence_and_place(void **state)
{
    (void)state;
    struct why why = {.resource = "left from before"};
    enum status status = why_at(&why, STATUS_MALFORMED, 17, "no %s at %d", "colon", 17);
    CHECK_STATUS(status, STATUS_MALFORMED);
    assert_int_equal(why.code, STATUS_MALFORMED);
    assert_int_equal(why.offset, 17);
    assert_string_equal(why.text, "no colon at 17");
    assert_string_equal(why.resource, "");
}

static void a_failure_without_a_why_is_still_a_failure(void **state)
{
    (void)state;
    struct why *nobody = NULL;
    CHECK_STATUS(why_set(nobody, STATUS_IO, "disk %d", 3), STATUS_IO);
    CHECK_STATUS(why_no_memory(nobody), STATUS_NO_MEMORY);
}

static void a_long_sentence_is_cut_not_overrun(void **state)
{
    (void)state;
    struct {
        struct why why;
        char guard;
    } box = {.guard = 'g'};
    char text[4 * WHY_TEXT_MAX];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    CHECK_STATUS(why_set(&box.why, STATUS_INVALID, "%s", text), STATUS_INVALID);
    assert_int_equal(strlen(box.why.text), WHY_TEXT_MAX - 1);
    assert_string_equal(box.why.resource, "");
    assert_int_equal(box.guard, 'g');
}

static int visited;

static enum status leaves_at_the_first_failure(enum status first, void *ptr, struct why *why)
{
    visited = 0;
    TRY(first);
    visited = 1;
    TRY_PTR(ptr);
    visited = 2;
    return STATUS_OK;
}

static void try_leaves_with_the_status_it_met(void **state)
{
    (void)state;
    struct why why = {0};
    CHECK_STATUS(leaves_at_the_first_failure(STATUS_DENIED, &why, &why), STATUS_DENIED);
    assert_int_equal(visited, 0);
    CHECK_STATUS(leaves_at_the_first_failure(STATUS_OK, NULL, &why), STATUS_NO_MEMORY);
    assert_int_equal(visited, 1);
    assert_string_equal(why.text, "out of memory");
    CHECK_OK(leaves_at_the_first_failure(STATUS_OK, &why, &why));
    assert_int_equal(visited, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_own_name_and_a_meaning),
        cmocka_unit_test(a_number_that_is_no_status_has_a_name_too),
        cmocka_unit_test(why_holds_code_sentence_and_place),
        cmocka_unit_test(a_failure_without_a_why_is_still_a_failure),
        cmocka_unit_test(a_long_sentence_is_cut_not_overrun),
        cmocka_unit_test(try_leaves_with_the_status_it_met),
    };
    return RUN_TESTS("err", tests);
}
