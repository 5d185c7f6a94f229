#include "lib/check.h"

#include "x509/pem_priv.h"

enum { TEST_MEMORY = 1 << 20 };

static const struct pem_kind kind = {
    .what = "thing",
    .label = {"THING", "OLD THING", NULL},
    .max_text = 400,
    .max_der = 100,
};

static void one_block_of_a_wanted_label_is_decoded(void **state)
{
    (void)state;
    static const char *const good[] = {
        "-----BEGIN THING-----\naGVsbG8=\n-----END THING-----\n",
        "-----BEGIN OLD THING-----\naGVsbG8=\n-----END OLD THING-----",
        "-----BEGIN THING-----\r\naG\tVs\r\n bG8=\r\n-----END THING-----\r\n \n",
        "Some text - with -----dashes\n-----BEGIN THING-----\naGVsbG8=\n-----END THING-----\n",
        "-----BEGIN THING-----aGVsbG8=\n-----END THING-----",
    };
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct bytes der;
        struct why why = {.text = ""};
        if (pem_or_der_read(mem, &kind, str_from(good[i]), &der, &why) != STATUS_OK) {
            fail_msg("%zu: %s", i, why.text);
        }
        CHECK_STR(str_of_bytes(der), "hello");
    }
}

static void anything_else_is_refused_with_its_reason(void **state)
{
    (void)state;
#define BLOCK "-----BEGIN THING-----\naGVsbG8=\n-----END THING-----\n"
    static const struct {
        const char *text;
        const char *sentence;
    } rows[] = {
        {"", "the thing is empty"},
        {"hello", "neither DER nor a PEM text with a thing"},
        {BLOCK BLOCK, "2 PEM blocks; exactly one thing"},
        {BLOCK "x", "1 bytes follow the thing's END line, from byte"},
        {"-----BEGIN OTHER-----\naGVsbG8=\n-----END OTHER-----\n", "is a OTHER, not a thing"},
        {BLOCK "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n", "private key"},
        {"-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n", "EC PRIVATE KEY"},
        {"-----BEGIN THING-----\naGVsbG8=\n-----END OTHER-----\n", "no line -----END THING-----"},
        {"-----BEGIN THING-----\naGVsbG8=\n", "no line -----END THING-----"},
        {"-----BEGIN THING\naGVsbG8=\n-----END THING-----\n", "not ended by five dashes"},
        {"-----BEGIN THING----\naGVsbG8=\n-----END THING-----\n", "not ended by five dashes"},
        {"-----BEGIN THING-----\naGVsbG8\n-----END THING-----\n", "not base64"},
        {"-----BEGIN THING-----\naGVsbG9=\n-----END THING-----\n", "not base64"},
        {"-----BEGIN THING-----\nProc-Type: 4\n\naGVsbG8=\n-----END THING-----\n", "not base64"},
        {" -----BEGIN THING-----\naGVsbG8=\n-----END THING-----\n", "neither DER nor"},
    };
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes der = {NULL, 7};
        struct why why = {.text = ""};
        enum status status = pem_or_der_read(mem, &kind, str_from(rows[i].text), &der, &why);
        if (status != STATUS_MALFORMED || strstr(why.text, rows[i].sentence) == NULL) {
            fail_msg("%zu: %s \"%s\"", i, status_name(status), why.text);
        }
        assert_int_equal(der.len, 7);
    }
}

static void sizes_are_bounded_before_and_after_decoding(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct bytes der;
    struct why why = {.text = ""};
    char text[401];
    memset(text, 'x', sizeof text);
    CHECK_STATUS(pem_or_der_read(mem, &kind, (struct str){text, 401}, &der, &why),
                 STATUS_TOO_LARGE);
    assert_string_equal(why.text, "the thing is 401 bytes, the most is 400");
    uint8_t octets[103] = {0x30, 0x81};
    CHECK_STATUS(pem_or_der_read(mem, &kind, (struct str){(char *)octets, 101}, &der, NULL),
                 STATUS_TOO_LARGE);
    for (size_t n = 99; n <= 103; n++) {
        struct str pem;
        CHECK_OK(pem_write(mem, "THING", (struct bytes){octets, n}, &pem, NULL));
        CHECK_STATUS(pem_or_der_read(mem, &kind, pem, &der, NULL),
                     n <= 100 ? STATUS_OK : STATUS_TOO_LARGE);
    }
}

static void der_is_lent_and_known_by_its_second_byte(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct bytes der;
    struct str in = STR("\x30\x81\x01x");
    CHECK_OK(pem_or_der_read(mem, &kind, in, &der, NULL));
    assert_ptr_equal(der.ptr, in.ptr);
    assert_false(pem_is_der(STR("0 text")));
    assert_false(pem_is_der(STR("0")));
    assert_true(pem_is_der(STR("\x30\x82")));
}

static void what_is_written_has_lines_of_64_and_is_read_back(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    uint8_t octets[100];
    for (size_t n = 0; n < sizeof octets; n++) {
        octets[n] = (uint8_t)(n * 37);
        struct str pem;
        struct bytes back;
        CHECK_OK(pem_write(mem, "THING", (struct bytes){octets, n}, &pem, NULL));
        CHECK_OK(pem_or_der_read(mem, &kind, pem, &back, NULL));
        assert_true(str_eq(str_of_bytes(back), (struct str){(char *)octets, n}));
        struct str line;
        while (str_next(&pem, '\n', &line)) {
            assert_true(line.len <= 64);
        }
    }
}

static void blocks_are_found_one_after_the_other(void **state)
{
    (void)state;
    struct str text = STR(BLOCK "between\n" BLOCK);
    struct pem_block block;
    CHECK_OK(pem_next(text, 0, &block, NULL));
    assert_int_equal(block.start, 0);
    CHECK_STR(block.label, "THING");
    CHECK_OK(pem_next(text, block.end, &block, NULL));
    assert_true(block.start > 50);
    CHECK_STATUS(pem_next(text, block.end, &block, NULL), STATUS_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_block_of_a_wanted_label_is_decoded),
        cmocka_unit_test(anything_else_is_refused_with_its_reason),
        cmocka_unit_test(sizes_are_bounded_before_and_after_decoding),
        cmocka_unit_test(der_is_lent_and_known_by_its_second_byte),
        cmocka_unit_test(what_is_written_has_lines_of_64_and_is_read_back),
        cmocka_unit_test(blocks_are_found_one_after_the_other),
    };
    return RUN_TESTS("pem", tests);
}
