/* What is kept of callers between requests: never longer than what it was read from. */
#include "account/access_cache.h"

#include "iam_fixture.h"

#define ANN USER_ARN("ann")

struct asked {
    struct access_cache *cache;
    struct str who;
    const struct access *access; /* as lent; given back already */
    bool allowed;
};

static enum status ask_within(const struct account_ctx *ctx, struct asked *asked, struct why *why)
{
    const struct access_request request = {.action = STR("iot:ListThings"), .resource = STR("*")};
    struct access_entry *entry = NULL;
    struct access_decision decision;
    TRY(access_cache_take(asked->cache, ctx, asked->who, &asked->access, &entry, why));
    enum status status = access_decide(ctx, asked->access, &request, &decision, why);
    access_cache_give(asked->cache, entry);
    TRY(status);
    asked->allowed = decision.allowed;
    return STATUS_OK;
}

static enum status ask(struct fixture *f, struct access_cache *cache, const char *who,
                       struct asked *ret)
{
    *ret = (struct asked){.cache = cache, .who = str_from(who)};
    return READ(f, ask_within(&f->ctx, ret, &f->why));
}

static struct access_cache *set_up(struct fixture *f)
{
    struct access_cache *cache = NULL;
    CHECK_OK(access_cache_new(&cache, &f->why));
    CHECK_OK(try_user(f, "ann", NULL));
    return cache;
}

static void a_caller_is_read_once_as_long_as_nothing_changes(void **state)
{
    struct fixture *f = *state;
    struct access_cache *cache = set_up(f);
    struct asked first, second;
    CHECK_OK(ask(f, cache, ANN, &first));
    CHECK_OK(ask(f, cache, ANN, &second));
    assert_ptr_equal(first.access, second.access);
    assert_false(second.allowed);
    struct thing thing = {.name = STR("lamp"), .type_name = STR("")};
    CHECK_OK(WRITE(f, store_put(f->ctx.tx, TABLE(thing), &thing, &f->why)));
    CHECK_OK(ask(f, cache, ANN, &second));
    assert_ptr_equal(first.access, second.access); /* things are no business of it */
    access_cache_free(cache);
}

static void every_change_of_what_they_may_counts_at_once(void **state)
{
    struct fixture *f = *state;
    struct access_cache *cache = set_up(f);
    struct iam_policy_version version;
    struct asked asked;
    CHECK_OK(ask(f, cache, ANN, &asked));
    CHECK_OK(try_inline(f, IAM_USER, "ann", "list", ALLOW_LIST_THINGS));
    CHECK_OK(ask(f, cache, ANN, &asked));
    assert_true(asked.allowed);
    CHECK_OK(WRITE(f, iam_inline_delete(&f->ctx, IAM_USER, STR("ann"), STR("list"), &f->why)));
    CHECK_OK(ask(f, cache, ANN, &asked));
    assert_false(asked.allowed);
    CHECK_OK(try_policy(f, "p", NULL, ALLOW_LIST_THINGS));
    CHECK_OK(try_attach(f, IAM_USER, "ann", POLICY_ARN("p")));
    CHECK_OK(ask(f, cache, ANN, &asked));
    assert_true(asked.allowed);
    CHECK_OK(WRITE(f, iam_policy_version_create(&f->ctx, STR(POLICY_ARN("p")),
                                                STR(POLICY(GRANT("Allow", "iot:GetPolicy", "*"))),
                                                true, &version, &f->why)));
    CHECK_OK(ask(f, cache, ANN, &asked));
    assert_false(asked.allowed);
    const struct tag_pair tag = {STR("may"), STR("list")};
    CHECK_OK(try_inline(f, IAM_USER, "ann", "tagged",
                        POLICY("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\","
                               "\"Condition\":{\"StringEquals\":{\"aws:PrincipalTag/may\":"
                               "\"list\"}}}")));
    CHECK_OK(ask(f, cache, ANN, &asked));
    assert_false(asked.allowed);
    CHECK_OK(WRITE(f, tags_put_arn(&f->ctx, STR(ANN), (struct tags){&tag, 1}, &f->why)));
    CHECK_OK(ask(f, cache, ANN, &asked));
    assert_true(asked.allowed);
    access_cache_free(cache);
}

static void who_is_not_there_is_not_kept(void **state)
{
    struct fixture *f = *state;
    struct access_cache *cache = set_up(f);
    struct asked asked;
    CHECK_STATUS(ask(f, cache, USER_ARN("bob"), &asked), STATUS_NOT_FOUND);
    CHECK_OK(try_user(f, "bob", NULL));
    CHECK_OK(ask(f, cache, USER_ARN("bob"), &asked));
    CHECK_OK(WRITE(f, iam_user_delete(&f->ctx, STR("bob"), &f->why)));
    CHECK_STATUS(ask(f, cache, USER_ARN("bob"), &asked), STATUS_NOT_FOUND);
    access_cache_free(cache);
}

/* A change whose transaction was undone changes nothing, and an entry that is lent stays whole. */
static void what_is_lent_outlives_its_place(void **state)
{
    struct fixture *f = *state;
    struct access_cache *cache = set_up(f);
    const struct access *access = NULL;
    struct access_entry *entry = NULL;
    const struct access_request request = {.action = STR("iot:ListThings"), .resource = STR("*")};
    struct access_decision decision;
    struct asked asked;
    CHECK_OK(try_inline(f, IAM_USER, "ann", "list", ALLOW_LIST_THINGS));
    CHECK_OK(READ(f, access_cache_take(cache, &f->ctx, STR(ANN), &access, &entry, &f->why)));
    for (int i = 0; i < ACCESS_CACHE_ENTRIES; i++) {
        char arn[64];
        struct str name = fixture_name(f, "u", i);
        CHECK_OK(try_user(f, str_z(f->ctx.mem, name), NULL));
        snprintf(arn, sizeof arn, "arn:aws:iam::123456789012:user/%.*s", STR_ARG(name));
        CHECK_OK(ask(f, cache, arn, &asked));
    }
    CHECK_OK(READ(f, access_decide(&f->ctx, access, &request, &decision, &f->why)));
    assert_true(decision.allowed);
    access_cache_give(cache, entry);
    CHECK_OK(ask(f, cache, ANN, &asked));
    assert_true(asked.allowed);
    access_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_caller_is_read_once_as_long_as_nothing_changes),
        TEST(every_change_of_what_they_may_counts_at_once),
        TEST(who_is_not_there_is_not_kept),
        TEST(what_is_lent_outlives_its_place),
    };
    return RUN_TESTS("account/access_cache", tests);
}
