/* Frames that wait for a socket. */
#include "broker/outbound.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "lib/check.h"

static void what_was_put_is_written_in_order_as_the_socket_takes_it(void **state)
{
    (void)state;
    enum { FRAMES = 20000 };
    struct outbound out = {.ptr = NULL};
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    for (uint64_t i = 0; i < FRAMES; i++) {
        CHECK_OK(outbound_put(&out, LINK_UNBAN, &(struct link_unban){i}, NULL));
    }
    static uint8_t got[16 * FRAMES];
    size_t len = 0;
    while (outbound_waiting(&out) > 0) {
        CHECK_OK(outbound_write(&out, ends[0], NULL));
        ssize_t n = recv(ends[1], got + len, sizeof got - len, MSG_DONTWAIT);
        assert_true(n > 0);
        len += (size_t)n;
        CHECK_OK(outbound_put_bytes(&out, (struct bytes){NULL, 0}, NULL));
    }
    for (ssize_t n = 1; n > 0; len += n > 0 ? (size_t)n : 0) {
        n = recv(ends[1], got + len, sizeof got - len, MSG_DONTWAIT);
    }
    struct bytes rest = {got, len};
    for (uint64_t i = 0; i < FRAMES; i++) {
        struct bytes frame;
        size_t used = 0;
        struct link_message message;
        CHECK_OK(link_frame(rest, &frame, &used, NULL));
        CHECK_OK(link_decode(frame, LINK_DOWN, &message, NULL));
        assert_int_equal(message.as.unban.id, i);
        rest = (struct bytes){rest.ptr + used, rest.len - used};
    }
    assert_int_equal(rest.len, 0);
    close(ends[1]);
    CHECK_OK(outbound_put(&out, LINK_UNBAN, &(struct link_unban){1}, NULL));
    CHECK_STATUS(outbound_write(&out, ends[0], NULL), STATUS_IO);
    close(ends[0]);
    outbound_release(&out);
}

static void more_than_may_wait_is_refused(void **state)
{
    (void)state;
    struct outbound out = {.ptr = NULL};
    const size_t size = LIMIT_LINK_FRAME_BYTES / 2;
    char *text = mem_alloc(2 * LIMIT_LINK_FRAME_BYTES);
    assert_non_null(text);
    memset(text, 'x', 2 * LIMIT_LINK_FRAME_BYTES);
    struct link_policy policy = {.id = 1, .document = {text, 2 * LIMIT_LINK_FRAME_BYTES}};
    CHECK_STATUS(outbound_put(&out, LINK_POLICY, &policy, NULL), STATUS_TOO_LARGE);
    policy.document.len = size;
    size_t n = 0;
    while (outbound_put(&out, LINK_POLICY, &policy, NULL) == STATUS_OK) {
        n++;
    }
    assert_int_equal(n, OUTBOUND_MAX / size - 1);
    assert_true(outbound_is_full(&out));
    mem_free(text);
    outbound_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_written_in_order_as_the_socket_takes_it),
        cmocka_unit_test(more_than_may_wait_is_refused),
    };
    return RUN_TESTS("broker/outbound", tests);
}
