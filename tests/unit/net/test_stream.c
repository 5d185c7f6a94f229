/* A plain stream over a pair of sockets. TLS streams are what test_tls_keys speaks to, and
 * tests/integration/test_api_tls.py. */
#include "net/stream.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/check.h"

struct pair {
    struct stream stream;
    int peer;
};

static void pair_open(struct pair *pair)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    CHECK_OK(stream_open(&pair->stream, fds[0], NULL, NULL));
    pair->peer = fds[1];
}

static void bytes_go_both_ways_and_nothing_waits(void **state)
{
    (void)state;
    struct pair pair;
    char text[8];
    pair_open(&pair);
    assert_int_equal(stream_handshake(&pair.stream), 1);
    assert_int_equal(stream_read(&pair.stream, text, sizeof text), STREAM_AGAIN);
    assert_int_equal(write(pair.peer, "hello", 5), 5);
    assert_int_equal(stream_read(&pair.stream, text, sizeof text), 5);
    assert_memory_equal(text, "hello", 5);
    assert_int_equal(stream_write(&pair.stream, STR("there")), 5);
    assert_int_equal(read(pair.peer, text, sizeof text), 5);
    static const char much[1 << 16];
    ssize_t n = 0;
    while ((n = stream_write(&pair.stream, (struct str){much, sizeof much})) > 0) {
    }
    assert_int_equal(n, STREAM_AGAIN);
    stream_close(&pair.stream);
    close(pair.peer);
}

static void finishing_ends_writing_alone(void **state)
{
    (void)state;
    struct pair pair;
    char text[8];
    pair_open(&pair);
    stream_finish(&pair.stream);
    assert_int_equal(read(pair.peer, text, sizeof text), 0);
    assert_int_equal(write(pair.peer, "more", 4), 4);
    assert_int_equal(stream_read(&pair.stream, text, sizeof text), 4);
    close(pair.peer);
    assert_int_equal(stream_read(&pair.stream, text, sizeof text), STREAM_END);
    assert_int_equal(stream_write(&pair.stream, STR("x")), STREAM_BROKEN);
    stream_close(&pair.stream);
    assert_int_equal(pair.stream.fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_go_both_ways_and_nothing_waits),
        cmocka_unit_test(finishing_ends_writing_alone),
    };
    return RUN_TESTS("stream", tests);
}
