#include "codec/json_write.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "codec/json_read.h"
#include "lib/check.h"

static struct arena *mem;
static struct buf out;
static struct json_write w;

static void begin(void)
{
    buf_init(&out, mem, 4096);
    json_write_init(&w, &out);
}

static struct str finish(void)
{
    struct str text = STR_ABSENT;
    json_write_finish(&w);
    CHECK_OK(buf_finish(&out, &text, NULL));
    return text;
}

static void commas_and_closers_are_the_writers_business(void **state)
{
    (void)state;
    begin();
    json_write_object(&w);
    json_write_key(&w, STR("a"));
    json_write_array(&w);
    json_write_int64(&w, INT64_MIN);
    json_write_bool(&w, true);
    json_write_null(&w);
    json_write_object(&w);
    json_write_end(&w);
    json_write_end(&w);
    json_write_member(&w, STR("s"), STR(""));
    json_write_member(&w, STR("absent"), STR_ABSENT);
    json_write_member_int64(&w, STR("i"), 5);
    json_write_member_bool(&w, STR("b"), false);
    json_write_member_time(&w, STR("t"), 1596168096157);
    json_write_member_time(&w, STR("never"), TIME_NEVER);
    json_write_member_double(&w, STR("d"), 0.5);
    json_write_key(&w, STR("raw"));
    json_write_raw(&w, STR("[1]"));
    json_write_end(&w);
    CHECK_STR(finish(), "{\"a\":[-9223372036854775808,true,null,{}],\"s\":\"\",\"i\":5,"
                        "\"b\":false,\"t\":1596168096.157,\"d\":0.5,\"raw\":[1]}");
}

static void strings_are_escaped_and_always_utf8(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        const char *want;
    } rows[] = {
        {STR_INIT("a\"b\\c/\b\f\n\r\t"), "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\""},
        {STR_INIT("\0\x1f\x7f"), "\"\\u0000\\u001f\\u007f\""},
        {STR_INIT("\xe2\x82\xac\xf0\x9f\x98\x80"), "\"\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {STR_INIT("x\xffy\xe2\x82"), "\"x\xef\xbf\xbdy\xef\xbf\xbd\xef\xbf\xbd\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin();
        json_write_string(&w, rows[i].text);
        CHECK_STR(finish(), rows[i].want);
    }
}

/* The quoted form without its quotes. */
static struct str quoted(struct arena *arena, struct str s)
{
    struct buf quoted;
    struct str text = STR_ABSENT;
    buf_init(&quoted, arena, 4096);
    json_put_quoted(&quoted, s);
    CHECK_OK(buf_finish(&quoted, &text, NULL));
    return str_slice(text, 1, text.len - 1);
}

/* Plain bytes are passed over in words: where a byte stands changes nothing. */
static void a_byte_is_escaped_wherever_it_stands(void **state)
{
    (void)state;
    enum { LENGTH = 24 };
    for (int c = 0; c < 256; c++) {
        AUTO_ARENA *arena = arena_new(1 << 20);
        char byte = (char)c;
        struct str alone = quoted(arena, (struct str){&byte, 1});
        for (size_t at = 0; at < LENGTH; at++) {
            char text[LENGTH];
            memset(text, 'x', sizeof text);
            text[at] = byte;
            struct str whole = quoted(arena, (struct str){text, sizeof text});
            assert_int_equal(whole.len, LENGTH - 1 + alone.len);
            assert_true(str_eq(str_slice(whole, at, at + alone.len), alone));
        }
    }
}

static void doubles_are_short_and_read_back(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *want;
    } rows[] = {
        {0.1, "0.1"},
        {-0.0, "-0"},
        {100, "100"},
        {1e300, "1e+300"},
        {0.1 + 0.2, "0.30000000000000004"},
        {5e-324, "5e-324"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double back = 0;
        begin();
        json_write_double(&w, rows[i].value);
        struct str text = finish();
        CHECK_STR(text, rows[i].want);
        CHECK_OK(json_number_double(text, &back, NULL));
        assert_memory_equal(&back, &rows[i].value, sizeof back);
    }
    begin();
    json_write_double(&w, NAN);
    assert_int_equal(buf_status(&out), STATUS_INTERNAL);
    begin();
    json_write_double(&w, -INFINITY);
    assert_int_equal(buf_status(&out), STATUS_INTERNAL);
}

static void moments_are_seconds_with_three_digits(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *want;
    } rows[] = {
        {1596168096157, "1596168096.157"},
        {1000, "1.000"},
        {5, "0.005"},
        {-1, "-0.001"},
        {-1500, "-1.500"},
        {TIME_NEVER, "null"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin();
        json_write_time(&w, rows[i].ms);
        CHECK_STR(finish(), rows[i].want);
    }
}

static void value_without_key(void)
{
    json_write_object(&w);
    json_write_null(&w);
}

static void key_in_array(void)
{
    json_write_array(&w);
    json_write_key(&w, STR("a"));
}

static void two_keys(void)
{
    json_write_object(&w);
    json_write_key(&w, STR("a"));
    json_write_key(&w, STR("b"));
}

static void end_after_key(void)
{
    json_write_object(&w);
    json_write_key(&w, STR("a"));
    json_write_end(&w);
}

static void two_values(void)
{
    json_write_null(&w);
    json_write_null(&w);
}

static void one_end_too_many(void)
{
    json_write_array(&w);
    json_write_end(&w);
    json_write_end(&w);
}

static void left_open(void)
{
    json_write_array(&w);
    json_write_finish(&w);
}

static void nothing(void)
{
    json_write_finish(&w);
}

static void too_deep(void)
{
    for (int i = 0; i <= LIMIT_JSON_DEPTH; i++) {
        json_write_array(&w);
    }
}

static void a_wrong_order_of_calls_is_a_fault_of_ours(void **state)
{
    (void)state;
    void (*const wrong[])(void) = {value_without_key, key_in_array, two_keys,
                                   end_after_key,     two_values,   one_end_too_many,
                                   left_open,         nothing,      too_deep};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        begin();
        wrong[i]();
        if (buf_status(&out) != STATUS_INTERNAL) {
            fail_msg("wrong order %zu went unseen", i);
        }
    }
}

static void a_bound_of_the_buffer_is_reported_once(void **state)
{
    (void)state;
    struct str text;
    buf_init(&out, mem, 4);
    json_write_init(&w, &out);
    json_write_string(&w, STR("longer"));
    json_write_finish(&w);
    CHECK_STATUS(buf_finish(&out, &text, NULL), STATUS_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_and_closers_are_the_writers_business),
        cmocka_unit_test(strings_are_escaped_and_always_utf8),
        cmocka_unit_test(a_byte_is_escaped_wherever_it_stands),
        cmocka_unit_test(doubles_are_short_and_read_back),
        cmocka_unit_test(moments_are_seconds_with_three_digits),
        cmocka_unit_test(a_wrong_order_of_calls_is_a_fault_of_ours),
        cmocka_unit_test(a_bound_of_the_buffer_is_reported_once),
    };
    mem = arena_new(1 << 20);
    int failed = RUN_TESTS("json_write", tests);
    arena_free(mem);
    return failed;
}
