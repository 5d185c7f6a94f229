/* The most recent of many connections. */
#include "audit/recent.h"

#include "lib/check.h"

static void the_newest_are_kept_whatever_the_order(void **state)
{
    (void)state;
    struct recent recent;
    const int64_t many = 5 * RECENT_MAX + 7;
    CHECK_OK(recent_init(&recent, NULL));
    for (int64_t i = 0; i < many; i++) {
        int64_t at = i * 2741 % many; /* each once */
        recent_add(&recent, at, at - 1, at, SESSION_OTHER, STR("c"));
    }
    recent_finish(&recent);
    assert_int_equal(recent.total, many);
    assert_int_equal(recent.n, RECENT_MAX);
    for (int64_t i = 0; i < RECENT_MAX; i++) {
        assert_int_equal(recent.order[i]->at, many - 1 - i);
        assert_int_equal(recent.order[i]->connected, many - 2 - i);
    }
    recent_clear(&recent);
    recent_finish(&recent);
    assert_int_equal(recent.total, 0);
    assert_int_equal(recent.n, 0);
    recent_release(&recent);
}

static void equal_moments_come_by_text_and_long_texts_are_cut(void **state)
{
    (void)state;
    struct recent recent;
    static char text[RECENT_TEXT_MAX + 10];
    memset(text, 'x', sizeof text);
    CHECK_OK(recent_init(&recent, NULL));
    recent_add(&recent, 5, 5, TIME_NEVER, SESSION_CERTIFICATE, (struct str){text, sizeof text});
    recent_add(&recent, 5, 5, TIME_NEVER, SESSION_OTHER, STR("a"));
    recent_add(&recent, 5, 5, TIME_NEVER, SESSION_OTHER, STR(""));
    recent_finish(&recent);
    assert_int_equal(recent.order[0]->len, 0);
    assert_int_equal(recent.order[1]->text[0], 'a');
    assert_int_equal(recent.order[2]->len, RECENT_TEXT_MAX);
    assert_int_equal(recent.order[2]->kind, SESSION_CERTIFICATE);
    recent_release(&recent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_are_kept_whatever_the_order),
        cmocka_unit_test(equal_moments_come_by_text_and_long_texts_are_cut),
    };
    return RUN_TESTS("recent", tests);
}
