/* What a broker is told: the whole once, then each change walked down to whom it concerns. */
#include "broker/feed.h"

#include <inttypes.h>

#include "account/ban.h"
#include "account/certificate.h"
#include "site.h"

struct telling {
    struct fixture *f;
    struct journal *journal;
    struct store_watch watch;
    struct feed feed;
    struct outbound out;
    struct arena *mem;
};

static struct telling *begin(struct fixture *f, uint64_t state, bool *ret_whole)
{
    struct telling *t = mem_alloc(sizeof *t);
    t->f = f;
    t->mem = arena_new(16 << 20);
    CHECK_OK(journal_new(&f->ctx.id, f->ctx.clock, &t->journal, NULL));
    t->watch = (struct store_watch){.changed = journal_note, .ctx = t->journal};
    journal_tables(t->watch.tables);
    CHECK_OK(store_watch(f->store, &t->watch, NULL));
    feed_begin(&t->feed, t->journal, state, ret_whole);
    return t;
}

static void end(struct telling *t)
{
    CHECK_OK(store_watch(t->f->store, NULL, NULL));
    outbound_release(&t->out);
    journal_close(t->journal);
    arena_free(t->mem);
    mem_free(t);
}

/* The types of the frames that wait, "POLICY PRINCIPAL STATE "; the last STATE's number. */
static const char *taken(struct telling *t, uint64_t *ret_state)
{
    struct bytes rest = {t->out.ptr + t->out.start, outbound_waiting(&t->out)};
    struct str text = STR("");
    while (rest.len > 0) {
        struct bytes frame;
        size_t used = 0;
        struct link_message message;
        CHECK_OK(link_frame(rest, &frame, &used, NULL));
        CHECK_OK(link_decode(frame, LINK_DOWN, &message, NULL));
        CHECK_OK(str_fmt(t->f->ctx.mem, &text, NULL, "%.*s%s ", STR_ARG(text),
                         link_type_name(message.type)));
        if (message.type == LINK_STATE) {
            *ret_state = message.as.state.number;
        }
        rest = (struct bytes){rest.ptr + used, rest.len - used};
    }
    t->out.start = t->out.end = 0;
    return str_z(t->f->ctx.mem, text);
}

/* One slice. */
static const char *tell(struct telling *t)
{
    struct account_ctx ctx = t->f->ctx;
    uint64_t state = 0;
    ctx.mem = t->mem;
    CHECK_OK(feed_fill(&t->feed, t->f->store, &ctx, &t->out, &t->f->why));
    const char *text = taken(t, &state);
    assert_true(state == 0 || state == t->feed.told);
    return text;
}

static void the_whole_is_told_once_and_changes_after(void **state)
{
    struct fixture *f = *state;
    struct ban ban;
    bool whole = false;
    struct str arn = site_make(f);
    struct telling *t = begin(f, 0, &whole);
    assert_true(whole);
    assert_string_equal(tell(t), "POLICY POLICY POLICY PRINCIPAL STATE ");
    assert_false(feed_is_behind(&t->feed));
    CHECK_OK(WRITE(f, policy_attach(&f->ctx, STR("ROOT"), arn, &f->why)));
    assert_true(feed_is_behind(&t->feed));
    assert_string_equal(tell(t), "PRINCIPAL STATE ");
    const struct ban_new in = {
        .kind = STR("CLIENT"), .value = STR("x"), .until = f->now + 1000, .reason = STR_ABSENT};
    CHECK_OK(WRITE(f, ban_add(&f->ctx, &in, &ban, &f->why)));
    CHECK_OK(WRITE(f, ban_remove(&f->ctx, ban.id, &f->why)));
    assert_string_equal(tell(t), "UNBAN STATE "); /* as it is now, once */
    assert_false(feed_is_behind(&t->feed));
    end(t);
}

static void a_group_is_walked_down_to_its_certificates_page_by_page(void **state)
{
    struct fixture *f = *state;
    enum { THINGS = 450 };
    bool whole = false;
    bool was = false;
    struct str arn = site_make(f);
    struct str root;
    CHECK_OK(account_arn(&f->ctx, STR("thinggroup"), STR("root"), &root, &f->why));
    fixture_write_begin(f);
    for (int i = 0; i < THINGS; i++) {
        const struct thing thing = {.name = fixture_name(f, "t", i), .type_name = STR("")};
        const struct group_member member = {.group_name = STR("leaf"), .thing = thing.name};
        const struct principal_thing pair = {.principal = arn, .thing = thing.name};
        CHECK_OK(store_put(f->ctx.tx, TABLE(thing), &thing, &f->why));
        CHECK_OK(store_put(f->ctx.tx, TABLE(group_member), &member, &f->why));
        CHECK_OK(i == 0 || i == THINGS - 1
                     ? store_put(f->ctx.tx, TABLE(principal_thing), &pair, &f->why)
                     : STATUS_OK);
    }
    CHECK_OK(fixture_write_end(f, STATUS_OK));
    struct telling *t = begin(f, 0, &whole);
    tell(t);
    CHECK_OK(WRITE(f, policy_detach(&f->ctx, STR("ROOT"), root, &was, &f->why)));
    /* The lamp, the first and the last of the others: one certificate three times. */
    assert_string_equal(tell(t), "PRINCIPAL PRINCIPAL PRINCIPAL STATE ");
    assert_false(feed_is_behind(&t->feed));
    end(t);
}

static void who_knows_a_state_is_told_what_changed_since(void **state)
{
    struct fixture *f = *state;
    bool whole = true;
    struct telling *t = begin(f, 0, &whole);
    assert_string_equal(tell(t), "STATE ");
    uint64_t known = t->feed.told;
    site_make(f);
    feed_begin(&t->feed, t->journal, known, &whole);
    assert_false(whole);
    const char *text = tell(t);
    assert_non_null(strstr(text, "POLICY"));
    assert_non_null(strstr(text, "PRINCIPAL"));
    feed_begin(&t->feed, t->journal, t->feed.told, &whole);
    assert_false(whole);
    assert_string_equal(tell(t), "STATE "); /* nothing, and that is said */
    feed_begin(&t->feed, t->journal, t->feed.told + 1, &whole);
    assert_true(whole);
    end(t);
}

static void a_slice_ends_when_much_waits_and_goes_on_where_it_ended(void **state)
{
    struct fixture *f = *state;
    enum { CERTIFICATES = 900 };
    bool whole = false;
    size_t told = 0;
    size_t slices = 0;
    char id[65] = SITE_CERT;
    for (int i = 0; i < CERTIFICATES; i++) {
        snprintf(id, 5, "%04x", i);
        id[4] = 'b';
        fixture_certificate(f, id);
    }
    struct telling *t = begin(f, 0, &whole);
    for (bool last = false; !last; slices++) {
        struct account_ctx ctx = f->ctx;
        const struct link_policy filler = {.document = {id, 64}};
        ctx.mem = t->mem;
        while (outbound_waiting(&t->out) < OUTBOUND_FULL - 20000) {
            CHECK_OK(outbound_put(&t->out, LINK_POLICY, &filler, NULL));
        }
        size_t rows = t->feed.rows;
        CHECK_OK(feed_fill(&t->feed, f->store, &ctx, &t->out, &f->why));
        told += t->feed.rows - rows;
        last = !feed_is_behind(&t->feed);
        t->out.start = t->out.end = 0;
    }
    assert_int_equal(told, CERTIFICATES);
    assert_true(slices > 1);
    end(t);
}

static void changes_that_are_forgotten_are_said_to_be(void **state)
{
    struct fixture *f = *state;
    bool whole = false;
    struct telling *t = begin(f, 0, &whole);
    struct account_ctx ctx = f->ctx;
    ctx.mem = t->mem;
    tell(t);
    journal_note(t->journal, NULL, 0, true);
    assert_true(feed_is_behind(&t->feed));
    CHECK_STATUS(feed_fill(&t->feed, f->store, &ctx, &t->out, &f->why), STATUS_NOT_FOUND);
    end(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_whole_is_told_once_and_changes_after),
        TEST(a_group_is_walked_down_to_its_certificates_page_by_page),
        TEST(who_knows_a_state_is_told_what_changed_since),
        TEST(a_slice_ends_when_much_waits_and_goes_on_where_it_ended),
        TEST(changes_that_are_forgotten_are_said_to_be),
    };
    return RUN_TESTS("broker/feed", tests);
}
