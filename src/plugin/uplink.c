/* uplink.c: see uplink.h. */
#include "plugin/uplink.h"

#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limits.h"
#include "plugin/guest.h"

#include "base/banned.h"

enum { IN_FIRST = 64 << 10, IN_MOST = 4 + LIMIT_LINK_FRAME_BYTES, SEND_AT_ONCE = 1 << 20 };

enum status uplink_init(struct uplink *uplink, const char *path, struct why *why)
{
    size_t len = strlen(path);
    if (len == 0 || len >= UPLINK_PATH_MAX) {
        return why_set(why, STATUS_INVALID, "the path of a socket has 1 to %d bytes",
                       UPLINK_PATH_MAX - 1);
    }
    *uplink = (struct uplink){.fd = -1, .wait_ms = UPLINK_FIRST_RETRY_MS};
    memcpy(uplink->path, path, len);
    uplink->in = mem_alloc(IN_FIRST);
    TRY_PTR(uplink->in);
    uplink->in_cap = IN_FIRST;
    return STATUS_OK;
}

void uplink_release(struct uplink *uplink)
{
    if (uplink->fd >= 0) {
        close(uplink->fd);
    }
    mem_free(uplink->in);
    uplink->fd = -1;
    uplink->in = NULL;
}

/* ---- the connection -------------------------------------------------------------------------- */

static uint64_t random_below(struct guest *guest, uint64_t bound)
{
    uint64_t number;
    rnd_fill(&guest->options.rnd, &number, sizeof number);
    return number % bound;
}

/* The next try: after the wait, half of it by chance, so that brokers do not come all at once. */
static void wait_longer(struct guest *guest)
{
    struct uplink *uplink = &guest->uplink;
    int64_t half = uplink->wait_ms / 2;
    uplink->next = guest->steady + half + (int64_t)random_below(guest, (uint64_t)half + 1);
    uplink->wait_ms *= 2;
    if (uplink->wait_ms > UPLINK_LAST_RETRY_MS) {
        uplink->wait_ms = UPLINK_LAST_RETRY_MS;
    }
}

static void hang_up(struct guest *guest, const char *why)
{
    struct uplink *uplink = &guest->uplink;
    if (uplink->failures++ == 0) {
        guest_log(MOSQ_LOG_WARNING, "no link to bulwarkd at %s: %s; going on by the last state",
                  uplink->path, why);
    }
    if (uplink->fd >= 0) {
        close(uplink->fd);
    }
    uplink->fd = -1;
    uplink->greeted = false;
    uplink->in_len = uplink->out_len = uplink->out_sent = 0;
    ring_rewind(&guest->ring);
    wait_longer(guest);
}

static void hang_up_errno(struct guest *guest)
{
    char text[128];
    hang_up(guest, strerror_r(errno, text, sizeof text));
}

static bool would_wait(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* A Unix socket connects at once or not at all. */
static bool dial(struct guest *guest)
{
    struct uplink *uplink = &guest->uplink;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, uplink->path, sizeof address.sun_path);
    uplink->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (uplink->fd < 0 ||
        connect(uplink->fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        hang_up_errno(guest);
        return false;
    }
    struct link_out out = link_out_of(uplink->out, sizeof uplink->out);
    if (!guest_hello(guest, &out)) {
        hang_up(guest, "HELLO is too long");
        return false;
    }
    uplink->out_len = out.len;
    uplink->out_sent = 0;
    ring_rewind(&guest->ring);
    return true;
}

/* ---- sending --------------------------------------------------------------------------------- */

/* Bytes that went; 0: not now; -1: hung up. */
static ssize_t send_some(struct guest *guest, struct bytes bytes)
{
    size_t n = bytes.len < SEND_AT_ONCE ? bytes.len : SEND_AT_ONCE;
    ssize_t sent = send(guest->uplink.fd, bytes.ptr, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && !would_wait()) {
        hang_up_errno(guest);
        return -1;
    }
    return sent < 0 ? 0 : sent;
}

/* HELLO first; events once the daemon has welcomed us. */
static void send_all(struct guest *guest)
{
    struct uplink *uplink = &guest->uplink;
    while (uplink->fd >= 0 && uplink->out_sent < uplink->out_len) {
        ssize_t n = send_some(guest, (struct bytes){uplink->out + uplink->out_sent,
                                                    uplink->out_len - uplink->out_sent});
        if (n <= 0) {
            return;
        }
        uplink->out_sent += (size_t)n;
    }
    for (int i = 0; i < 2 && uplink->greeted; i++) { /* before and after the ring's turn */
        struct bytes unsent = ring_unsent(&guest->ring);
        ssize_t n = unsent.len == 0 ? 0 : send_some(guest, unsent);
        if (n <= 0) {
            return;
        }
        ring_sent(&guest->ring, (size_t)n);
    }
}

/* ---- receiving ------------------------------------------------------------------------------- */

static bool take_one(struct guest *guest, struct bytes frame)
{
    struct uplink *uplink = &guest->uplink;
    struct link_message message;
    struct why why = {0};
    if (link_decode(frame, LINK_DOWN, &message, &why) != STATUS_OK ||
        guest_take(guest, &message, &why) != STATUS_OK) {
        hang_up(guest, why.text);
        return false;
    }
    if (message.type == LINK_WELCOME) {
        uplink->greeted = true;
        uplink->failures = 0;
        uplink->wait_ms = UPLINK_FIRST_RETRY_MS;
    }
    return true;
}

/* Takes the frames that are whole, until the time is up. False: hung up. */
static bool take_frames(struct guest *guest, int64_t deadline)
{
    struct uplink *uplink = &guest->uplink;
    size_t at = 0;
    unsigned n = 0;
    uplink->more = false;
    while (uplink->in_len > at) {
        struct bytes frame;
        size_t used;
        struct why why = {0};
        if (link_frame((struct bytes){uplink->in + at, uplink->in_len - at}, &frame, &used, &why) !=
            STATUS_OK) {
            hang_up(guest, why.text);
            return false;
        }
        if (frame.ptr == NULL) {
            break;
        }
        if (!take_one(guest, frame)) {
            return false;
        }
        at += used;
        if (++n % 16 == 0 && clock_now(&guest->options.steady) >= deadline) {
            uplink->more = true;
            break;
        }
    }
    memmove(uplink->in, uplink->in + at, uplink->in_len - at);
    uplink->in_len -= at;
    return true;
}

/* Room for more bytes: a frame that fills the buffer gets a larger one. */
static bool in_room(struct uplink *uplink)
{
    if (uplink->in_len < uplink->in_cap) {
        return true;
    }
    size_t cap = uplink->in_cap * 2 < IN_MOST ? uplink->in_cap * 2 : IN_MOST;
    uint8_t *in = cap > uplink->in_cap ? mem_grow(uplink->in, cap) : NULL;
    if (in != NULL) {
        uplink->in = in;
        uplink->in_cap = cap;
    }
    return in != NULL;
}

static void receive(struct guest *guest, int64_t deadline)
{
    struct uplink *uplink = &guest->uplink;
    while (take_frames(guest, deadline) && !uplink->more) {
        if (!in_room(uplink)) {
            hang_up(guest, "out of memory");
            return;
        }
        ssize_t n = recv(uplink->fd, uplink->in + uplink->in_len, uplink->in_cap - uplink->in_len,
                         MSG_DONTWAIT);
        if (n == 0) {
            hang_up(guest, "it has closed the connection");
            return;
        }
        if (n < 0) {
            if (!would_wait()) {
                hang_up_errno(guest);
            }
            return;
        }
        uplink->in_len += (size_t)n;
    }
}

void uplink_poll(struct guest *guest, int64_t budget_ms)
{
    struct uplink *uplink = &guest->uplink;
    if (uplink->fd < 0 && (guest->steady < uplink->next || !dial(guest))) {
        return;
    }
    send_all(guest);
    if (uplink->fd >= 0) {
        receive(guest, guest->steady + budget_ms);
    }
    if (uplink->fd >= 0) {
        send_all(guest);
    }
}
