/* Overlaps of connections, against comparing each with each. */
#include "audit/overlap.h"

#include <stdlib.h>

#include "lib/check.h"

enum { MANY = 40, TRIALS = 3000 };

struct span {
    int64_t connected, disconnected;
    char client;
};

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1;
    return *state >> 33;
}

static int by_connected(const void *a, const void *b)
{
    const struct span *x = a;
    const struct span *y = b;
    return (x->connected > y->connected) - (x->connected < y->connected);
}

static void add_all(struct overlap *overlap, const struct span *spans, size_t n)
{
    overlap_clear(overlap);
    for (size_t i = 0; i < n; i++) {
        overlap_add(overlap, spans[i].connected, spans[i].disconnected,
                    (struct str){&spans[i].client, 1});
    }
    recent_finish(&overlap->recent);
}

static int64_t end_of(const struct overlap *overlap, const struct span *span)
{
    return span->disconnected == TIME_NEVER || span->disconnected > overlap->to
               ? overlap->to
               : span->disconnected;
}

static int64_t start_of(const struct overlap *overlap, const struct span *span)
{
    return span->connected > overlap->from ? span->connected : overlap->from;
}

static bool overlaps(const struct overlap *overlap, const struct span *spans, size_t n, size_t i)
{
    for (size_t j = 0; j < n; j++) {
        int64_t start = start_of(overlap, &spans[i]) > start_of(overlap, &spans[j])
                            ? start_of(overlap, &spans[i])
                            : start_of(overlap, &spans[j]);
        int64_t end = end_of(overlap, &spans[i]) < end_of(overlap, &spans[j])
                          ? end_of(overlap, &spans[i])
                          : end_of(overlap, &spans[j]);
        if (spans[j].client != spans[i].client && start < end) {
            return true;
        }
    }
    return false;
}

/* One client id has one connection at a time, or for some ms two; so the spans of one follow each
 * other, as the history makes sure. */
static size_t make(uint64_t *random, struct span *spans)
{
    size_t n = 0;
    for (char client = 'a'; client < 'a' + 4; client++) {
        int64_t at = (int64_t)(next_random(random) % 200);
        for (size_t i = 0; i < 10; i++) {
            int64_t length = (int64_t)(next_random(random) % 12);
            spans[n++] = (struct span){at, at + length, client};
            at += length + (int64_t)(next_random(random) % 90);
        }
        if (next_random(random) % 4 == 0) {
            spans[n - 1].disconnected = TIME_NEVER;
        }
    }
    qsort(spans, n, sizeof spans[0], by_connected);
    return n;
}

static void they_are_those_that_comparing_each_with_each_finds(void **state)
{
    (void)state;
    uint64_t random = 5;
    struct overlap overlap;
    size_t found = 0;
    CHECK_OK(overlap_init(&overlap, 100, 500, NULL));
    for (int trial = 0; trial < TRIALS; trial++) {
        struct span spans[MANY];
        size_t n = make(&random, spans);
        size_t want = 0;
        add_all(&overlap, spans, n);
        for (size_t i = 0; i < n; i++) {
            want += overlaps(&overlap, spans, n, i);
        }
        assert_int_equal(overlap.recent.total, want);
        assert_int_equal(overlap.recent.n, want);
        for (size_t i = 0; i < want; i++) {
            const struct recent_entry *entry = overlap.recent.order[i];
            size_t same = 0;
            for (size_t j = 0; j < n; j++) {
                same +=
                    spans[j].client == entry->text[0] && spans[j].connected == entry->connected &&
                    spans[j].disconnected == entry->disconnected && overlaps(&overlap, spans, n, j);
            }
            assert_true(same >= 1);
            assert_true(i == 0 || overlap.recent.order[i - 1]->connected >= entry->connected);
        }
        found += want;
    }
    assert_true(found > TRIALS);
    overlap_release(&overlap);
}

static void intervals_are_half_open_and_a_client_never_meets_itself(void **state)
{
    (void)state;
    struct overlap overlap;
    const struct span touching[] = {{10, 20, 'a'}, {20, 30, 'b'}};
    const struct span again[] = {{10, 50, 'a'}, {20, 60, 'a'}};
    const struct span empty[] = {{10, 50, 'a'}, {20, 20, 'b'}};
    const struct span meeting[] = {{10, 21, 'a'}, {20, 30, 'b'}};
    CHECK_OK(overlap_init(&overlap, 0, 100, NULL));
    add_all(&overlap, touching, 2);
    assert_int_equal(overlap.recent.total, 0);
    add_all(&overlap, again, 2);
    assert_int_equal(overlap.recent.total, 0);
    add_all(&overlap, empty, 2);
    assert_int_equal(overlap.recent.total, 0);
    add_all(&overlap, meeting, 2);
    assert_int_equal(overlap.recent.total, 2);
    overlap_release(&overlap);
}

static void the_most_recent_are_listed_and_all_are_counted(void **state)
{
    (void)state;
    struct overlap overlap;
    const int64_t many = 3 * RECENT_MAX;
    CHECK_OK(overlap_init(&overlap, 0, 1000000, NULL));
    for (int64_t i = 0; i < many; i++) {
        char client[16];
        int len = snprintf(client, sizeof client, "c%d", (int)i);
        overlap_add(&overlap, i, TIME_NEVER, (struct str){client, (size_t)len});
    }
    recent_finish(&overlap.recent);
    assert_int_equal(overlap.recent.total, many);
    assert_int_equal(overlap.recent.n, RECENT_MAX);
    for (int64_t i = 0; i < RECENT_MAX; i++) {
        assert_int_equal(overlap.recent.order[i]->connected, many - 1 - i);
    }
    overlap_release(&overlap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_those_that_comparing_each_with_each_finds),
        cmocka_unit_test(intervals_are_half_open_and_a_client_never_meets_itself),
        cmocka_unit_test(the_most_recent_are_listed_and_all_are_counted),
    };
    return RUN_TESTS("overlap", tests);
}
