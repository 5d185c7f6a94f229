#include "codec/hex.h"

#include "lib/check.h"

static void bytes_become_lowercase_digits_and_come_back(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4096);
    uint8_t bytes[256];
    uint8_t back[256];
    struct str text;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
    }
    CHECK_OK(hex_dup(mem, (struct bytes){bytes, sizeof bytes}, &text, NULL));
    assert_int_equal(text.len, 512);
    assert_memory_equal(text.ptr + 2 * 0xa0, "a0a1", 4);
    CHECK_OK(hex_decode(text, back, sizeof back, NULL));
    assert_memory_equal(back, bytes, sizeof back);
    CHECK_OK(hex_decode(STR("DeadBEEF"), back, 4, NULL));
    assert_memory_equal(back, "\xde\xad\xbe\xef", 4);
}

static void other_lengths_and_characters_are_refused(void **state)
{
    (void)state;
    uint8_t out[2];
    struct why why;
    CHECK_STATUS(hex_decode(STR("abc"), out, 2, NULL), STATUS_MALFORMED);
    CHECK_STATUS(hex_decode(STR("abcde"), out, 2, NULL), STATUS_MALFORMED);
    CHECK_STATUS(hex_decode(STR(""), out, 2, NULL), STATUS_MALFORMED);
    CHECK_STATUS(hex_decode(STR("ab-d"), out, 2, &why), STATUS_MALFORMED);
    assert_int_equal(why.offset, 2);
    CHECK_STATUS(hex_decode(STR("abcg"), out, 2, &why), STATUS_MALFORMED);
    assert_int_equal(why.offset, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_become_lowercase_digits_and_come_back),
        cmocka_unit_test(other_lengths_and_characters_are_refused),
    };
    return RUN_TESTS("hex", tests);
}
