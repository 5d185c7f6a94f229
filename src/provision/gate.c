/* gate.c: see gate.h. */
#include "provision/gate.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"

#include "base/banned.h"

enum { SEEN_BYTES = 16, MILLI = 1000 };

struct seen {
    uint8_t digest[SEEN_BYTES]; /* its beginning: a digest's 16 bytes are as good as all */
    int64_t until;
};

/* Thousandths of a stranger that may still come. */
struct bucket {
    int64_t left;
    int64_t at; /* 0: never used, so full */
};

struct gate {
    pthread_mutex_t lock;
    struct seen seen[GATE_SEEN];
    struct bucket addresses[GATE_BUCKETS];
    struct bucket cas[GATE_BUCKETS];
};

enum status gate_new(struct gate **ret, struct why *why)
{
    struct gate *gate = mem_alloc(sizeof *gate);
    TRY_PTR(gate);
    pthread_mutex_init(&gate->lock, NULL);
    *ret = gate;
    return STATUS_OK;
}

void gate_free(struct gate *gate)
{
    if (gate != NULL) {
        pthread_mutex_destroy(&gate->lock);
        mem_free(gate);
    }
}

bool gate_certificate(struct gate *gate, struct bytes digest, int64_t now)
{
    struct seen *place = &gate->seen[str_hash(str_of_bytes(digest)) % GATE_SEEN];
    size_t n = digest.len < SEEN_BYTES ? digest.len : SEEN_BYTES;
    pthread_mutex_lock(&gate->lock);
    /* A clock that was set back must not shut anybody out for longer than a minute. */
    bool again = now < place->until && place->until - now <= GATE_AGAIN_MS &&
                 memcmp(place->digest, digest.ptr, n) == 0;
    if (!again) {
        memcpy(place->digest, digest.ptr, n);
        place->until = now + GATE_AGAIN_MS;
    }
    pthread_mutex_unlock(&gate->lock);
    return !again;
}

static bool take(struct gate *gate, struct bucket *bucket, int64_t rate, int64_t burst, int64_t now)
{
    pthread_mutex_lock(&gate->lock);
    int64_t passed = bucket->at == 0 || now < bucket->at ? 0 : now - bucket->at;
    int64_t filled = passed > burst * MILLI / rate ? burst * MILLI : bucket->left + passed * rate;
    if (bucket->at == 0 || filled > burst * MILLI) {
        filled = burst * MILLI;
    }
    bool may = filled >= MILLI;
    bucket->left = may ? filled - MILLI : filled;
    bucket->at = now;
    pthread_mutex_unlock(&gate->lock);
    return may;
}

bool gate_address(struct gate *gate, struct str address, int64_t now)
{
    return take(gate, &gate->addresses[str_hash(address) % GATE_BUCKETS], GATE_ADDRESS_RATE,
                GATE_ADDRESS_BURST, now);
}

bool gate_ca(struct gate *gate, struct bytes digest, int64_t now)
{
    return take(gate, &gate->cas[str_hash(str_of_bytes(digest)) % GATE_BUCKETS], GATE_CA_RATE,
                GATE_CA_BURST, now);
}
