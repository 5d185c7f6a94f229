/* rnd.c: getrandom(2), or splitmix64 for tests. */
#include "base/rnd.h"

#include <sys/random.h>

#include "base/banned.h"

static void system_fill(void *ctx, void *ptr, size_t len)
{
    (void)ctx;
    unsigned char *at = ptr;
    while (len > 0) {
        ssize_t got = getrandom(at, len > 256 ? 256 : len, 0);
        if (got > 0) {
            at += got;
            len -= (size_t)got;
        }
        /* getrandom fails with EINTR only, once the kernel's pool has started. */
    }
}

struct rnd rnd_system(void)
{
    return (struct rnd){system_fill, NULL};
}

static void seeded_fill(void *ctx, void *ptr, size_t len)
{
    uint64_t *state = ctx;
    unsigned char *at = ptr;
    while (len > 0) {
        *state += 0x9e3779b97f4a7c15u;
        uint64_t z = *state;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        z ^= z >> 31;
        size_t n = len < sizeof z ? len : sizeof z;
        memcpy(at, &z, n);
        at += n;
        len -= n;
    }
}

struct rnd rnd_seeded_for_tests(uint64_t *state)
{
    return (struct rnd){seeded_fill, state};
}

static char *put_hex(char *at, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    return at;
}

void rnd_uuid(const struct rnd *rnd, char text[UUID_TEXT + 1])
{
    static const uint8_t groups[] = {4, 2, 2, 2, 6};
    uint8_t id[16];
    rnd_fill(rnd, id, sizeof id);
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x40);
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
    const uint8_t *from = id;
    for (size_t i = 0; i < sizeof groups; i++) {
        if (i > 0) {
            *text++ = '-';
        }
        text = put_hex(text, from, groups[i]);
        from += groups[i];
    }
    *text = '\0';
}

void rnd_hex_id(const struct rnd *rnd, char text[HEX_ID_TEXT + 1])
{
    uint8_t id[HEX_ID_TEXT / 2];
    rnd_fill(rnd, id, sizeof id);
    *put_hex(text, id, sizeof id) = '\0';
}
