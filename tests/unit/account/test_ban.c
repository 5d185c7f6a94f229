/* Bans: what can be banned, for how long, and when it is over. */
#include "account/ban.h"

#include "fixture.h"

static struct ban_new ban_of(const struct fixture *f, const char *kind, const char *value)
{
    return (struct ban_new){.kind = str_from(kind),
                            .value = str_from(value),
                            .until = f->now + HOUR_MS,
                            .reason = STR("noisy")};
}

static size_t count(struct fixture *f)
{
    const struct page page = {.max = 10};
    struct page_rows rows;
    CHECK_OK(READ(f, ban_list(&f->ctx, &page, &rows, &f->why)));
    return rows.n;
}

static void a_ban_says_what_it_is_of_and_ends(void **state)
{
    struct fixture *f = *state;
    const struct ban_new in = ban_of(f, "CLIENT", "lamp");
    struct ban ban;
    CHECK_OK(WRITE(f, ban_add(&f->ctx, &in, &ban, &f->why)));
    assert_int_equal(ban.id, 1);
    assert_int_equal(ban.created, f->now);
    assert_int_equal(count(f), 1);
    f->now += HOUR_MS;
    assert_int_equal(count(f), 0);
    size_t n = 0;
    CHECK_OK(WRITE(f, ban_sweep(&f->ctx, 10, &n, &f->why)));
    assert_int_equal(n, 1);
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no ban 1", READ(f, ban_get(&f->ctx, 1, &ban, &f->why)));
}

static void a_target_has_one_ban_and_keeps_its_number(void **state)
{
    struct fixture *f = *state;
    struct ban_new in = ban_of(f, "CLIENT", "lamp");
    const struct ban_new other = ban_of(f, "ADDRESS", "192.0.2.1");
    struct ban ban;
    CHECK_OK(WRITE(f, ban_add(&f->ctx, &in, &ban, &f->why)));
    CHECK_OK(WRITE(f, ban_add(&f->ctx, &other, &ban, &f->why)));
    assert_int_equal(ban.id, 2);
    in.until += HOUR_MS;
    CHECK_OK(WRITE(f, ban_add(&f->ctx, &in, &ban, &f->why)));
    assert_int_equal(ban.id, 1);
    assert_int_equal(ban.until, in.until);
    assert_int_equal(count(f), 2);
    CHECK_OK(WRITE(f, ban_remove(&f->ctx, 1, &f->why)));
    assert_int_equal(count(f), 1);
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no ban 1", WRITE(f, ban_remove(&f->ctx, 1, &f->why)));
}

static void what_cannot_be_banned_is_refused(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *kind, *value, *words;
        int64_t ms;
    } cases[] = {
        {"PLANET", "x", "nothing that can be banned", HOUR_MS},
        {"CLIENT", "", "0 bytes", HOUR_MS},
        {"CERTIFICATE", "abc", "no id of a certificate", HOUR_MS},
        {"CLIENT", "x", "ends in the future", 0},
        {"CLIENT", "x", "within 366 days", BAN_LONGEST_MS + 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ban_new in = ban_of(f, cases[i].kind, cases[i].value);
        struct ban ban;
        in.until = f->now + cases[i].ms;
        CHECK_REFUSED(f, STATUS_INVALID, cases[i].words,
                      WRITE(f, ban_add(&f->ctx, &in, &ban, &f->why)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_ban_says_what_it_is_of_and_ends),
        TEST(a_target_has_one_ban_and_keeps_its_number),
        TEST(what_cannot_be_banned_is_refused),
    };
    return RUN_TESTS("account/ban", tests);
}
