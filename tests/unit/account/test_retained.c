/* Copies of retained messages. */
#include "account/retained.h"

#include "fixture.h"

static struct retained message(const struct fixture *f, const char *topic, const char *payload)
{
    return (struct retained){.topic = str_from(topic),
                             .at = f->now,
                             .qos = 1,
                             .size = (int64_t)strlen(payload),
                             .payload = bytes_of_str(str_from(payload))};
}

static void a_message_stays_until_an_empty_one_takes_it_away(void **state)
{
    struct fixture *f = *state;
    const struct retained hello = message(f, "a/b", "hello");
    const struct retained none = message(f, "a/b", "");
    struct retained got;
    const struct page page = {.max = 10};
    struct page_rows rows;
    CHECK_OK(WRITE(f, retained_set(&f->ctx, &hello, &f->why)));
    CHECK_OK(READ(f, retained_get(&f->ctx, STR("a/b"), &got, &f->why)));
    CHECK_STR(str_of_bytes(got.payload), "hello");
    CHECK_OK(READ(f, retained_list(&f->ctx, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    assert_int_equal(((const struct retained *)rows.rows)->size, 5);
    assert_null(((const struct retained *)rows.rows)->payload.ptr);
    CHECK_OK(WRITE(f, retained_set(&f->ctx, &none, &f->why)));
    CHECK_OK(WRITE(f, retained_set(&f->ctx, &none, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "retained for topic a/b",
                  READ(f, retained_get(&f->ctx, STR("a/b"), &got, &f->why)));
}

static void a_message_has_a_largest_size(void **state)
{
    struct fixture *f = *state;
    struct retained large = message(f, "a", "x");
    large.payload =
        (struct bytes){arena_alloc(f->ctx.mem, RETAINED_PAYLOAD_MAX + 1), RETAINED_PAYLOAD_MAX + 1};
    CHECK_REFUSED(f, STATUS_TOO_LARGE, "131073 bytes",
                  WRITE(f, retained_set(&f->ctx, &large, &f->why)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_stays_until_an_empty_one_takes_it_away),
        TEST(a_message_has_a_largest_size),
    };
    return RUN_TESTS("account/retained", tests);
}
