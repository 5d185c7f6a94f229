#include "codec/base64.h"

#include "lib/check.h"

static struct arena *mem;

static void the_vectors_of_the_rfc_hold(void **state)
{
    (void)state;
    /* RFC 4648, section 10, and the same without padding. */
    static const char *const rows[][3] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xfb\xff\xbf", "+/+/", "-_-_"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int kind = BASE64_STANDARD; kind <= BASE64_URL; kind++) {
            struct str text;
            struct bytes bytes;
            struct str want = str_from(rows[i][0]);
            CHECK_OK(base64_encode(mem, kind, bytes_of_str(want), &text, NULL));
            CHECK_STR(text, rows[i][1 + kind]);
            CHECK_OK(base64_decode(mem, kind, text, &bytes, NULL));
            CHECK_STR(str_of_bytes(bytes), rows[i][0]);
        }
    }
}

static void what_no_encoder_writes_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Zg",     "Zg=",      "Z===", "====", "=",    "Zh==",     "Zm9=",    "Zm 9",
        "Zm9v\n", "Zg==Zg==", "Z=g=", "Zm9-", "Zm9_", "Zm9v====", "Zm9\x80",
    };
    struct bytes bytes = {NULL, 7};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(base64_decode(mem, BASE64_STANDARD, str_from(bad[i]), &bytes, NULL),
                     STATUS_MALFORMED);
    }
    CHECK_STATUS(base64_decode(mem, BASE64_URL, STR("Zg=="), &bytes, NULL), STATUS_MALFORMED);
    CHECK_STATUS(base64_decode(mem, BASE64_URL, STR("Zm9vY"), &bytes, NULL), STATUS_MALFORMED);
    CHECK_STATUS(base64_decode(mem, BASE64_URL, STR("Zm+/"), &bytes, NULL), STATUS_MALFORMED);
    assert_int_equal(bytes.len, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfc_hold),
        cmocka_unit_test(what_no_encoder_writes_is_refused),
    };
    mem = arena_new(1 << 16);
    int failed = RUN_TESTS("base64", tests);
    arena_free(mem);
    return failed;
}
