#include "base/buf.h"

#include "lib/check.h"
#include "lib/fault.h"

static void pieces_become_one_text(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct buf out;
    struct str text;
    buf_init(&out, mem, 1000);
    buf_put_str(&out, STR("hello "));
    buf_put_fmt(&out, "%s %d", "world", 42);
    buf_put_char(&out, '!');
    buf_put(&out, "\0x", 2);
    buf_put_str(&out, STR_ABSENT);
    CHECK_OK(buf_finish(&out, &text, NULL));
    assert_int_equal(text.len, 17);
    assert_memory_equal(text.ptr, "hello world 42!\0x", 17);
}

static void an_empty_text_is_empty_not_absent(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct buf out;
    struct str text = STR("untouched");
    buf_init(&out, mem, 0);
    CHECK_OK(buf_finish(&out, &text, NULL));
    assert_false(str_absent(text));
    CHECK_STR(text, "");
}

static void the_largest_size_fits_exactly_by_every_putter(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct buf out;
    struct str text;
    for (size_t max = 1; max < 400; max += 37) {
        buf_init(&out, mem, max);
        for (size_t i = 0; i < max; i++) {
            buf_put_char(&out, 'a');
        }
        CHECK_OK(buf_finish(&out, &text, NULL));
        buf_init(&out, mem, max);
        buf_put_fmt(&out, "%*d", (int)max, 7);
        CHECK_OK(buf_finish(&out, &text, NULL));
        assert_int_equal(text.len, max);
    }
}

static void one_byte_more_is_too_large_and_why_names_the_bound(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct buf out;
    struct str text = STR("untouched");
    struct why why;
    buf_init(&out, mem, 5);
    buf_put_fmt(&out, "%s", "123456");
    CHECK_STATUS(buf_finish(&out, &text, &why), STATUS_TOO_LARGE);
    assert_string_equal(why.text, "more than 5 bytes");
    CHECK_STR(text, "untouched");
}

static void after_a_failure_putters_do_nothing(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct buf out;
    struct str text;
    buf_init(&out, mem, 5);
    buf_put_str(&out, STR("1234"));
    buf_put_str(&out, STR("56"));
    CHECK_STATUS(buf_status(&out), STATUS_TOO_LARGE);
    buf_put_char(&out, '5');
    buf_fail(&out, STATUS_MALFORMED);
    CHECK_STR(buf_view(&out), "1234");
    CHECK_STATUS(buf_finish(&out, &text, NULL), STATUS_TOO_LARGE);
}

static void a_failure_found_elsewhere_is_remembered(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct buf out;
    struct str text;
    struct why why;
    buf_init(&out, mem, 5);
    buf_fail(&out, STATUS_CORRUPT);
    CHECK_STATUS(buf_finish(&out, &text, &why), STATUS_CORRUPT);
    assert_string_equal(why.text, status_meaning(STATUS_CORRUPT));
}

static void a_cleared_buf_starts_again(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct buf out;
    struct str text;
    buf_init(&out, mem, 3);
    buf_put_str(&out, STR("1234"));
    buf_clear(&out);
    buf_put_str(&out, STR("abc"));
    CHECK_OK(buf_finish(&out, &text, NULL));
    CHECK_STR(text, "abc");
}

static void an_arena_that_is_full_is_no_memory(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(256);
    struct buf out;
    struct str text;
    buf_init(&out, mem, 100000);
    for (int i = 0; i < 1000; i++) {
        buf_put_str(&out, STR("0123456789"));
    }
    CHECK_STATUS(buf_finish(&out, &text, NULL), STATUS_NO_MEMORY);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        AUTO_ARENA *mem = arena_new(1 << 20);
        struct buf out;
        struct str text;
        fault_start(n);
        buf_init(&out, mem, 100000);
        for (int i = 0; i < 5000; i++) {
            buf_put_fmt(&out, "%d,", i);
        }
        enum status status = buf_finish(&out, &text, NULL);
        if (!fault_stop()) {
            CHECK_OK(status);
            assert_true(str_ends(text, STR("4998,4999,")));
            assert_true(n > 2);
            break;
        }
        CHECK_STATUS(status, STATUS_NO_MEMORY);
    }
}

static void a_bound_near_the_end_of_size_t_does_not_wrap(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct buf out;
    struct str text;
    buf_init(&out, mem, SIZE_MAX);
    buf_put_str(&out, STR("abc"));
    CHECK_OK(buf_finish(&out, &text, NULL));
    CHECK_STR(text, "abc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_become_one_text),
        cmocka_unit_test(an_empty_text_is_empty_not_absent),
        cmocka_unit_test(the_largest_size_fits_exactly_by_every_putter),
        cmocka_unit_test(one_byte_more_is_too_large_and_why_names_the_bound),
        cmocka_unit_test(after_a_failure_putters_do_nothing),
        cmocka_unit_test(a_failure_found_elsewhere_is_remembered),
        cmocka_unit_test(a_cleared_buf_starts_again),
        cmocka_unit_test(an_arena_that_is_full_is_no_memory),
        cmocka_unit_test(every_failed_allocation_is_reported),
        cmocka_unit_test(a_bound_near_the_end_of_size_t_does_not_wrap),
    };
    return RUN_TESTS("buf", tests);
}
