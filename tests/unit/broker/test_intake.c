/* What a broker tells, taken in exactly once, whatever fails on the way. */
#include "broker/intake.h"

#include "account/client.h"
#include "account/session.h"
#include "account/traffic.h"
#include "fixture.h"

enum { FRAMES = 64 << 10 };

struct telling {
    uint8_t memory[FRAMES];
    struct link_out out;
    struct intake_batch batch;
    uint64_t sequence;
};

static struct telling *begin(uint8_t life)
{
    struct telling *t = mem_alloc(sizeof *t);
    t->out = link_out_of(t->memory, sizeof t->memory);
    t->batch.broker = STR("b");
    t->batch.version = STR("1");
    memset(t->batch.epoch, life, sizeof t->batch.epoch);
    return t;
}

static void end(struct telling *t)
{
    outbound_release(&t->batch.publish);
    mem_free(t);
}

static void come(struct telling *t, const struct fixture *f, const char *client, uint64_t session)
{
    const struct link_connected m = {.sequence = ++t->sequence,
                                     .at = f->now,
                                     .client = str_from(client),
                                     .session = session,
                                     .address = STR("192.0.2.1")};
    assert_true(link_put_connected(&t->out, &m));
}

static void go(struct telling *t, const struct fixture *f, const char *client, uint64_t session)
{
    const struct link_disconnected m = {.sequence = ++t->sequence,
                                        .at = f->now,
                                        .client = str_from(client),
                                        .session = session,
                                        .reason = LINK_END_CONNECTION_LOST};
    assert_true(link_put_disconnected(&t->out, &m));
}

static void count_one(struct telling *t, const struct fixture *f)
{
    uint8_t memory[256];
    struct link_rows rows = link_rows_of(memory, sizeof memory);
    link_rows_add_counter(&rows, &(struct link_counter){.client = STR("lamp"), .sent = 1});
    const struct link_counters m = {
        .sequence = ++t->sequence, .from = f->now, .to = f->now, .rows = link_rows_list(&rows)};
    assert_true(link_put_counters(&t->out, &m));
}

static enum status apply(struct fixture *f, struct telling *t)
{
    t->batch.frames = (struct bytes){t->memory, t->out.len};
    return intake_apply(&f->ctx, &t->batch, &f->why);
}

static int64_t sent(struct fixture *f)
{
    struct traffic row = {.sent = 0};
    bool found = false;
    CHECK_OK(READ(f, traffic_now(&f->ctx, STR("lamp"), &row, &found, &f->why)));
    return found ? row.sent : 0;
}

static size_t sessions(struct fixture *f)
{
    size_t n = 0;
    CHECK_OK(READ(f, store_count(f->ctx.tx, TABLE(session), NULL, 0, &n, &f->why)));
    return n;
}

static void a_batch_is_all_or_nothing_and_its_repetition_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct telling *t = begin(1);
    come(t, f, "lamp", 1);
    count_one(t, f);
    f->now += 1000;
    go(t, f, "lamp", 1);
    /* Each call of the store's backend fails once. */
    uint64_t nothing = fixture_digest(f);
    enum status status = STATUS_IO;
    for (size_t n = 0; status != STATUS_OK; n++) {
        fixture_write_begin(f);
        faulty_plan_set(&f->plan, n, STATUS_IO);
        status = fixture_write_end(f, apply(f, t));
        faulty_plan_set(&f->plan, FAULTY_NEVER, STATUS_IO);
        if (status != STATUS_OK) {
            CHECK_STATUS(status, STATUS_IO);
            assert_true(fixture_digest(f) == nothing);
        }
    }
    assert_int_equal(t->batch.sequence, 3);
    assert_int_equal(sent(f), 1);
    assert_int_equal(sessions(f), 1);
    uint64_t before = fixture_digest(f);
    size_t told = outbound_waiting(&t->batch.publish);
    CHECK_OK(WRITE(f, apply(f, t)));
    assert_int_equal(t->batch.counts.again, 3);
    assert_int_equal(t->batch.sequence, 3);
    assert_true(fixture_digest(f) == before);
    assert_int_equal(outbound_waiting(&t->batch.publish), told); /* events come again */
    end(t);
}

static void a_part_that_is_known_is_told_from_what_is_new(void **state)
{
    struct fixture *f = *state;
    struct telling *t = begin(1);
    count_one(t, f);
    CHECK_OK(WRITE(f, apply(f, t)));
    count_one(t, f);
    CHECK_OK(WRITE(f, apply(f, t)));
    assert_int_equal(t->batch.counts.again, 1);
    assert_int_equal(t->batch.counts.frames[LINK_COUNTERS], 1);
    assert_int_equal(sent(f), 2);
    uint64_t known = 0;
    CHECK_OK(READ(f, intake_sequence(&f->ctx, STR("b"), t->batch.epoch, &known, &f->why)));
    assert_int_equal(known, 2);
    CHECK_OK(READ(f, intake_sequence(&f->ctx, STR("c"), t->batch.epoch, &known, &f->why)));
    assert_int_equal(known, 0);
    end(t);
}

static void a_new_life_ends_what_the_former_left_open(void **state)
{
    struct fixture *f = *state;
    struct telling *first = begin(1);
    struct telling *second = begin(2);
    struct client_state lamp;
    come(first, f, "lamp", 1);
    come(first, f, "stays", 2);
    CHECK_OK(WRITE(f, apply(f, first)));
    int64_t seen = f->now;
    f->now += 5000;
    come(second, f, "stays", 1);
    CHECK_OK(WRITE(f, apply(f, second)));
    assert_false(second->batch.stale);
    CHECK_OK(READ(f, client_get(&f->ctx, STR("lamp"), &lamp, &f->why)));
    assert_false(lamp.online);
    CHECK_STR(lamp.reason, "SERVER_ERROR");
    assert_int_equal(lamp.ended, seen + 1);
    CHECK_OK(READ(f, client_get(&f->ctx, STR("stays"), &lamp, &f->why)));
    assert_true(lamp.online);
    assert_int_equal(sessions(f), 3);
    end(first);
    end(second);
}

static void what_breaks_a_rule_is_passed_over(void **state)
{
    struct fixture *f = *state;
    struct telling *t = begin(1);
    char name[SESSION_CLIENT_BYTES_MAX + 2];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    come(t, f, name, 1);
    go(t, f, name, 1);
    count_one(t, f);
    CHECK_OK(WRITE(f, apply(f, t)));
    assert_int_equal(t->batch.counts.refused, 2);
    assert_non_null(strstr(t->batch.counts.refusal, "129 bytes"));
    assert_int_equal(t->batch.sequence, 3);
    assert_int_equal(sent(f), 1);
    assert_int_equal(sessions(f), 0);
    end(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_batch_is_all_or_nothing_and_its_repetition_changes_nothing),
        TEST(a_part_that_is_known_is_told_from_what_is_new),
        TEST(a_new_life_ends_what_the_former_left_open),
        TEST(what_breaks_a_rule_is_passed_over),
    };
    return RUN_TESTS("broker/intake", tests);
}
