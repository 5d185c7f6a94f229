#include "lib/check.h"

#include "api/percent.h"

static void encoded_text_is_decoded_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out, *says;
    } rows[] = {
        {"", "", NULL},
        {"plain-text_.~", "plain-text_.~", NULL},
        {"a%3Ab%2f+%25", "a:b/+%", NULL},
        {"%E2%82%AC", "\xE2\x82\xAC", NULL},
        {"a%", NULL, "x: a percent sign is not followed by two hex digits"},
        {"a%2", NULL, "x: a percent sign is not followed by two hex digits"},
        {"a%2G", NULL, "x: a percent sign is not followed by two hex digits"},
        {"%C3", NULL, "x is not UTF-8 text"},
        {"%C0%AF", NULL, "x is not UTF-8 text"}, /* an overlong slash */
        {"a%00", NULL, "x is not UTF-8 text"},
        {"\xFF", NULL, "x is not UTF-8 text"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *mem = arena_new(1 << 12);
        struct str out = STR("before");
        struct why why = {0};
        enum status status = percent_text(str_from(rows[i].in), "x", mem, &out, &why);
        if (rows[i].out != NULL) {
            CHECK_OK(status);
            CHECK_STR(out, rows[i].out);
        } else {
            CHECK_STATUS(status, STATUS_UNREADABLE);
            assert_string_equal(why.text, rows[i].says);
            CHECK_STR(out, "before");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoded_text_is_decoded_or_refused),
    };
    return RUN_TESTS("percent", tests);
}
