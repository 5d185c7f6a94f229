#include "base/rnd.h"

#include "lib/check.h"

static bool is_lower_hex(const char *text, size_t n)
{
    return strspn(text, "0123456789abcdef") >= n;
}

static void uuids_have_the_form_of_version_4(void **state)
{
    (void)state;
    uint64_t seed = 1;
    struct rnd sources[] = {rnd_system(), rnd_seeded_for_tests(&seed)};
    for (size_t i = 0; i < 2000; i++) {
        char text[UUID_TEXT + 1];
        rnd_uuid(&sources[i % 2], text);
        assert_int_equal(strlen(text), UUID_TEXT);
        assert_true(is_lower_hex(text, 8) && text[8] == '-');
        assert_true(is_lower_hex(text + 9, 4) && text[13] == '-');
        assert_true(text[14] == '4' && is_lower_hex(text + 14, 4) && text[18] == '-');
        assert_non_null(strchr("89ab", text[19]));
        assert_true(is_lower_hex(text + 19, 4) && text[23] == '-');
        assert_true(is_lower_hex(text + 24, 12));
    }
}

static void hex_ids_are_32_digits(void **state)
{
    (void)state;
    struct rnd rnd = rnd_system();
    char text[HEX_ID_TEXT + 2];
    text[HEX_ID_TEXT + 1] = 'g';
    rnd_hex_id(&rnd, text);
    assert_int_equal(strlen(text), HEX_ID_TEXT);
    assert_true(is_lower_hex(text, HEX_ID_TEXT));
    assert_int_equal(text[HEX_ID_TEXT + 1], 'g');
}

static void the_systems_ids_do_not_repeat(void **state)
{
    (void)state;
    enum { N = 200 };
    struct rnd rnd = rnd_system();
    char texts[N][UUID_TEXT + 1];
    for (size_t i = 0; i < N; i++) {
        rnd_uuid(&rnd, texts[i]);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(texts[i], texts[k]);
        }
    }
}

static void a_seed_gives_the_same_sequence_every_time(void **state)
{
    (void)state;
    uint64_t seed_a = 42, seed_b = 42, seed_c = 43;
    struct rnd a = rnd_seeded_for_tests(&seed_a);
    struct rnd b = rnd_seeded_for_tests(&seed_b);
    struct rnd c = rnd_seeded_for_tests(&seed_c);
    uint8_t x[33], y[33], z[33];
    rnd_fill(&a, x, sizeof x);
    rnd_fill(&b, y, sizeof y);
    rnd_fill(&c, z, sizeof z);
    assert_memory_equal(x, y, sizeof x);
    assert_memory_not_equal(x, z, sizeof x);
    /* The first numbers of splitmix64 from 0, little-endian, as its author publishes them. */
    uint64_t zero = 0;
    uint64_t values[2];
    struct rnd from_zero = rnd_seeded_for_tests(&zero);
    rnd_fill(&from_zero, values, sizeof values);
    assert_true(values[0] == 0xe220a8397b1dcdafu);
    assert_true(values[1] == 0x6e789e6aa1b965f4u);
}

/* Every byte of every length is filled, and none beyond: over many fills each position that is to
 * be written changes at least once. */
static void each_length_is_filled_whole_and_no_further(void **state)
{
    (void)state;
    uint64_t seed = 7;
    struct rnd sources[] = {rnd_system(), rnd_seeded_for_tests(&seed)};
    const size_t lengths[] = {0, 1, 7, 8, 9, 255, 256, 257, 1000};
    for (size_t i = 0; i < 2 * sizeof lengths / sizeof lengths[0]; i++) {
        size_t len = lengths[i / 2];
        uint8_t seen[1001] = {0};
        for (int round = 0; round < 64; round++) {
            uint8_t bytes[1001] = {0};
            rnd_fill(&sources[i % 2], bytes, len);
            for (size_t k = 0; k < sizeof bytes; k++) {
                seen[k] |= bytes[k];
            }
        }
        for (size_t k = 0; k < sizeof seen; k++) {
            assert_int_equal(seen[k] != 0, k < len);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uuids_have_the_form_of_version_4),
        cmocka_unit_test(hex_ids_are_32_digits),
        cmocka_unit_test(the_systems_ids_do_not_repeat),
        cmocka_unit_test(a_seed_gives_the_same_sequence_every_time),
        cmocka_unit_test(each_length_is_filled_whole_and_no_further),
    };
    return RUN_TESTS("rnd", tests);
}
