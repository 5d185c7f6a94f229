#include "codec/httpdate.h"

#include "lib/check.h"

static void dates_are_written_and_read_back(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {784111777000, "Sun, 06 Nov 1994 08:49:37 GMT"},
        {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {-1000, "Wed, 31 Dec 1969 23:59:59 GMT"},
        {951782400000, "Tue, 29 Feb 2000 00:00:00 GMT"},
        {253402300799000, "Fri, 31 Dec 9999 23:59:59 GMT"},
    };
    char text[HTTPDATE_TEXT + 1];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ms = 42;
        httpdate_format(rows[i].ms, text);
        CHECK_STR(str_from(text), rows[i].text);
        CHECK_OK(httpdate_parse(str_from(rows[i].text), &ms, NULL));
        assert_true(ms == rows[i].ms);
    }
    httpdate_format(784111777999, text);
    CHECK_STR(str_from(text), rows[0].text);
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "Sun, 06 Nov 1994 08:49:37 GM",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Tue, 30 Feb 2000 00:00:00 GMT",
        "Sun, -6 Nov 1994 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994     ",
        "Sunday, 06-Nov-94 08:49:37 GMT",
    };
    int64_t ms = 42;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(httpdate_parse(str_from(bad[i]), &ms, NULL), STATUS_INVALID);
    }
    assert_true(ms == 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_written_and_read_back),
        cmocka_unit_test(other_texts_are_refused),
    };
    return RUN_TESTS("httpdate", tests);
}
