/* What an account elsewhere did not tell is never a pass. */
#include "audit/collected.h"

#include "audit_fixture.h"

static enum status do_collected_put(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return collected_put(ctx, arg, why);
}

static struct collected get(struct audit_fixture *f, struct arena *mem)
{
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(f);
    struct collected collected;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    ctx.tx = view;
    ctx.mem = mem;
    CHECK_OK(collected_get(&ctx, &collected, NULL));
    return collected;
}

static struct str lack_of(struct audit_fixture *f, const struct collected *collected,
                          enum check_id check, struct arena *mem, int64_t *ret_count)
{
    struct account_ctx ctx = fixture_ctx(f);
    struct str lack;
    ctx.mem = mem;
    CHECK_OK(collected_lack(&ctx, collected, check, &lack, ret_count, NULL));
    return lack;
}

static void an_account_of_ones_own_lacks_nothing(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct audit_fixture f;
    fixture_open(&f);
    struct collected collected = get(&f, mem);
    assert_false(collected.is);
    for (int i = 0; i < CHECK_COUNT; i++) {
        int64_t count = -2;
        assert_true(str_absent(lack_of(&f, &collected, (enum check_id)i, mem, &count)));
        assert_int_equal(count, 0);
    }
    fixture_close(&f);
}

static void what_is_put_is_got(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct audit_fixture f;
    struct collected put = {.is = true, .begun = 5, .history_from = TIME_NEVER};
    fixture_open(&f);
    put.lacks[AREA_ROLES] =
        (struct collected_lack){true, 2, STR("iam:GetRole"), STR("no \"role\"")};
    put.lacks[AREA_CAS] = (struct collected_lack){true, -1, STR(""), STR("denied")};
    CHECK_OK(fixture_write(&f, do_collected_put, &put, NULL));
    struct collected got = get(&f, mem);
    assert_true(got.is && got.begun == 5 && got.history_from == TIME_NEVER);
    assert_true(got.lacks[AREA_ROLES].is && got.lacks[AREA_ROLES].count == 2);
    CHECK_STR(got.lacks[AREA_ROLES].error, "no \"role\"");
    CHECK_STR(got.lacks[AREA_ROLES].action, "iam:GetRole");
    assert_true(got.lacks[AREA_CAS].is && got.lacks[AREA_CAS].count == -1);
    assert_false(got.lacks[AREA_POLICIES].is);
    fixture_close(&f);
}

static void a_check_lacks_what_it_needs_and_no_more(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct audit_fixture f;
    struct collected collected = {.is = true};
    int64_t count = 0;
    fixture_open(&f);
    collected.lacks[AREA_POOLS] = (struct collected_lack){true, 2, STR(""), STR("one")};
    collected.lacks[AREA_ROLES] = (struct collected_lack){true, 3, STR(""), STR("two")};
    assert_true(str_absent(lack_of(&f, &collected, CHECK_LOGGING_DISABLED, mem, &count)));
    CHECK_STR(
        lack_of(&f, &collected, CHECK_UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE, mem, &count),
        "The account did not tell 2 of its identity-pools: one. The account did not tell 3 "
        "of its roles: two.");
    assert_int_equal(count, 5);
    collected.lacks[AREA_ROLES].count = -1;
    CHECK_STR(lack_of(&f, &collected, CHECK_IOT_ROLE_ALIAS_OVERLY_PERMISSIVE, mem, &count),
              "The account did not tell its roles: two.");
    assert_int_equal(count, -1);
    (void)lack_of(&f, &collected, CHECK_UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE, mem,
                  &count);
    assert_int_equal(count, -1);
    fixture_close(&f);
}

/* Every check of AWS needs something, and no area but settings is needed by none. */
static void every_check_and_every_area_has_its_counterpart(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4 << 20);
    struct audit_fixture f;
    struct collected all = {.is = true};
    fixture_open(&f);
    for (int a = 0; a < AREA_COUNT; a++) {
        all.lacks[a] = (struct collected_lack){true, -1, STR(""), STR("x")};
    }
    for (int c = 0; c < CHECK_COUNT; c++) {
        int64_t count = 0;
        if (!check_rows[c].extension) {
            assert_false(str_absent(lack_of(&f, &all, (enum check_id)c, mem, &count)));
        }
    }
    for (int a = 0; a < AREA_COUNT; a++) {
        struct collected one = {.is = true};
        int64_t count = 0;
        bool needed = a == AREA_AUDIT_CONFIG || a == AREA_SUPPRESSIONS;
        one.lacks[a] = all.lacks[a];
        for (int c = 0; c < CHECK_COUNT; c++) {
            needed = needed || !str_absent(lack_of(&f, &one, (enum check_id)c, mem, &count));
        }
        assert_true(needed);
    }
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_of_ones_own_lacks_nothing),
        cmocka_unit_test(what_is_put_is_got),
        cmocka_unit_test(a_check_lacks_what_it_needs_and_no_more),
        cmocka_unit_test(every_check_and_every_area_has_its_counterpart),
    };
    return RUN_TESTS("collected", tests);
}
