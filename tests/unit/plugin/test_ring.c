/* test_ring.c: events wait, are sent, acknowledged, sent anew, and dropped with a count. */
#include "plugin/ring.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/rnd.h"
#include "lib/check.h"

#include "base/banned.h"

static void put(struct ring *ring, uint64_t id, size_t topic)
{
    static char text[LIMIT_LINK_FRAME_BYTES];
    memset(text, 'x', sizeof text);
    struct link_retained message = {.topic = {text, topic}, .at = (int64_t)id};
    ring_put(ring, LINK_RETAINED, &message);
}

/* A daemon: takes bytes as they come, frames when they are whole. */
struct reader {
    uint8_t bytes[4 << 20];
    size_t len;
    uint64_t last;    /* number of the last frame */
    uint64_t dropped; /* that the DROPPED frames say */
    uint64_t frames;
};

static void read_frames(struct reader *reader)
{
    size_t at = 0;
    for (;;) {
        struct bytes frame;
        size_t used;
        struct link_message message;
        struct why why = {0};
        CHECK_OK(
            link_frame((struct bytes){reader->bytes + at, reader->len - at}, &frame, &used, &why));
        if (frame.ptr == NULL) {
            break;
        }
        if (link_decode(frame, LINK_UP, &message, &why) != STATUS_OK) {
            fail_msg("%s", why.text);
        }
        at += used;
        uint64_t sequence = link_sequence(&message);
        assert_true(sequence <= reader->last + 1); /* sent anew, or the next: no gap */
        reader->last = sequence > reader->last ? sequence : reader->last;
        reader->dropped += message.type == LINK_DROPPED ? message.as.dropped.n : 0;
        reader->frames++;
    }
    memmove(reader->bytes, reader->bytes + at, reader->len - at);
    reader->len -= at;
}

static size_t send_some(struct ring *ring, struct reader *reader, size_t most)
{
    struct bytes unsent = ring_unsent(ring);
    size_t n = unsent.len < most ? unsent.len : most;
    n = n < sizeof reader->bytes - reader->len ? n : sizeof reader->bytes - reader->len;
    memcpy(reader->bytes + reader->len, unsent.ptr, n);
    reader->len += n;
    ring_sent(ring, n);
    return n;
}

static void events_are_sent_in_order_and_freed_by_their_ack(void **state)
{
    (void)state;
    static struct reader reader;
    struct ring ring;
    memset(&reader, 0, sizeof reader);
    CHECK_OK(ring_init(&ring, 0, NULL));
    for (uint64_t i = 1; i <= 10; i++) {
        put(&ring, i, 10);
    }
    size_t used = ring.used;
    while (send_some(&ring, &reader, 7) > 0) {
    }
    read_frames(&reader);
    assert_int_equal(reader.last, 10);
    assert_int_equal(ring.used, used);
    ring_ack(&ring, 4);
    assert_int_equal(ring.first, 5);
    ring_ack(&ring, 3); /* an older one */
    assert_int_equal(ring.first, 5);
    ring_rewind(&ring);
    while (send_some(&ring, &reader, 7) > 0) {
    }
    read_frames(&reader);
    assert_int_equal(reader.frames, 16);
    ring_ack(&ring, UINT64_MAX); /* more than there are */
    assert_int_equal(ring.used, 0);
    assert_int_equal(ring.first, 11);
    ring_release(&ring);
}

static void a_frame_that_is_half_sent_is_sent_to_its_end(void **state)
{
    (void)state;
    static struct reader reader;
    struct ring ring;
    memset(&reader, 0, sizeof reader);
    CHECK_OK(ring_init(&ring, 0, NULL));
    put(&ring, 1, 100);
    put(&ring, 2, 100);
    ring_rewind(&ring);
    send_some(&ring, &reader, 20);
    ring_ack(&ring, 2); /* it had both before the connection was lost */
    assert_int_equal(ring.first, 1);
    send_some(&ring, &reader, SIZE_MAX);
    read_frames(&reader);
    assert_int_equal(reader.len, 0);
    assert_int_equal(ring.used, 0);
    ring_release(&ring);
}

static void what_does_not_fit_is_counted_and_told(void **state)
{
    (void)state;
    static struct reader reader;
    struct ring ring;
    memset(&reader, 0, sizeof reader);
    CHECK_OK(ring_init(&ring, RING_BYTES_MIN, NULL));
    for (uint64_t i = 0; i < 1000; i++) {
        put(&ring, i, 1000);
    }
    uint64_t kept = ring.next - 1;
    assert_true(kept >= RING_BYTES_MIN / 1100 && kept < 70);
    while (send_some(&ring, &reader, SIZE_MAX) > 0) {
    }
    read_frames(&reader);
    ring_ack(&ring, reader.last);
    put(&ring, 1000, 10);
    send_some(&ring, &reader, SIZE_MAX);
    read_frames(&reader);
    assert_int_equal(reader.dropped, 1000 - kept);
    assert_int_equal(reader.last, kept + 2);
    ring_release(&ring);
}

static void reports_leave_room_for_the_rest(void **state)
{
    (void)state;
    struct ring ring;
    CHECK_OK(ring_init(&ring, RING_BYTES_MIN, NULL));
    static uint8_t payload[1000];
    for (int i = 0; i < 100; i++) {
        struct link_report report = {.payload = {payload, sizeof payload}};
        ring_put(&ring, LINK_REPORT, &report);
    }
    assert_true(ring.reports <= RING_BYTES_MIN / 2);
    uint64_t before = ring.next;
    put(&ring, 1, 10);
    assert_true(ring.next > before);
    ring_ack(&ring, UINT64_MAX);
    assert_int_equal(ring.reports, 0);
    ring_release(&ring);
}

static void a_frame_longer_than_any_is_dropped(void **state)
{
    (void)state;
    struct ring ring;
    CHECK_OK(ring_init(&ring, RING_BYTES_DEFAULT, NULL));
    put(&ring, 1, LIMIT_LINK_FRAME_BYTES);
    assert_int_equal(ring.next, 1);
    assert_int_equal(ring.dropped[LINK_RETAINED], 1);
    put(&ring, 2, LIMIT_LINK_FRAME_BYTES - 100);
    assert_int_equal(ring.dropped[LINK_RETAINED], 0); /* told */
    assert_int_equal(ring.next, 3);
    ring_release(&ring);
}

/* Any order of putting, sending in pieces, acknowledging and losing the connection. */
static void nothing_is_lost_or_torn_in_any_order(void **state)
{
    (void)state;
    uint64_t seed = 42;
    struct rnd rnd = rnd_seeded_for_tests(&seed);
    static struct reader reader;
    struct ring ring;
    memset(&reader, 0, sizeof reader);
    CHECK_OK(ring_init(&ring, RING_BYTES_MIN, NULL));
    uint64_t puts = 0;
    for (int i = 0; i < 200000; i++) {
        uint32_t dice[2];
        rnd_fill(&rnd, dice, sizeof dice);
        switch (dice[0] % 16) {
        case 0:
            ring_ack(&ring, reader.last - reader.last % (1 + dice[1] % 3));
            break;
        case 1:
            if (dice[1] % 8 == 0) {
                reader.len = 0; /* what was half here is gone */
                ring_rewind(&ring);
            }
            break;
        case 2:
        case 3:
        case 4:
            put(&ring, 0, dice[1] % (dice[1] % 64 == 0 ? 60000 : 900));
            puts++;
            break;
        default:
            send_some(&ring, &reader, dice[1] % 2000);
            read_frames(&reader);
        }
        assert_true(ring.used <= ring.cap);
    }
    while (send_some(&ring, &reader, SIZE_MAX) > 0) {
        read_frames(&reader);
    }
    uint64_t waiting = ring.dropped[LINK_RETAINED];
    assert_true(puts > 30000 && reader.dropped + waiting > 0);
    /* each put is a frame or counted; some frames are the counts themselves */
    assert_true(reader.last + reader.dropped + waiting >= puts);
    assert_int_equal(reader.last, ring.next - 1);
    ring_release(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_sent_in_order_and_freed_by_their_ack),
        cmocka_unit_test(a_frame_that_is_half_sent_is_sent_to_its_end),
        cmocka_unit_test(what_does_not_fit_is_counted_and_told),
        cmocka_unit_test(reports_leave_room_for_the_rest),
        cmocka_unit_test(a_frame_longer_than_any_is_dropped),
        cmocka_unit_test(nothing_is_lost_or_torn_in_any_order),
    };
    return RUN_TESTS("plugin/ring", tests);
}
