/* unreachable.c: see unreachable.h. */
#include "audit/unreachable.h"

#include <pthread.h>
#include <string.h>

#include "base/map.h"
#include "codec/digest.h"

#include "base/banned.h"

enum { TEXT_MAX = 192, LIFE_MS = UNREACHABLE_SECONDS * SECOND_MS };

/* A host ("http://pki.example") or an address, by its digest. */
struct silence {
    uint8_t key[SHA256_BYTES];
    int64_t since; /* the first of its failures in a row */
    int64_t tried; /* the last */
    char text[TEXT_MAX];
};

struct unreachable {
    struct fetcher fetcher;
    const struct fetcher *inner;
    struct clock clock;
    pthread_mutex_t lock;
    size_t n;
    struct silence rows[UNREACHABLE_MAX];
};

/* The address up to its path: who is asked. */
static struct str host_of(struct str url)
{
    size_t slashes = 0;
    for (size_t i = 0; i < url.len; i++) {
        bool ends = url.ptr[i] == '?' || url.ptr[i] == '#';
        slashes += url.ptr[i] == '/';
        if (ends || slashes == 3) {
            return str_slice(url, 0, i);
        }
    }
    return url;
}

/* ---- what is remembered: under the lock ------------------------------------------------------ */

static struct silence *find(struct unreachable *memory, const uint8_t key[SHA256_BYTES])
{
    for (size_t i = 0; i < memory->n; i++) {
        if (memcmp(memory->rows[i].key, key, SHA256_BYTES) == 0) {
            return &memory->rows[i];
        }
    }
    return NULL;
}

static struct silence *take(struct unreachable *memory, const uint8_t key[SHA256_BYTES],
                            int64_t now)
{
    struct silence *row = &memory->rows[0];
    if (memory->n < UNREACHABLE_MAX) {
        row = &memory->rows[memory->n++];
    } else {
        for (size_t i = 1; i < memory->n; i++) {
            row = memory->rows[i].tried < row->tried ? &memory->rows[i] : row;
        }
    }
    *row = (struct silence){.since = now};
    memcpy(row->key, key, SHA256_BYTES);
    return row;
}

static bool silent(struct unreachable *memory, struct str name, int64_t now, struct silence *ret)
{
    uint8_t key[SHA256_BYTES];
    if (digest_sha256(bytes_of_str(name), key, NULL) != STATUS_OK) {
        return false;
    }
    pthread_mutex_lock(&memory->lock);
    const struct silence *row = find(memory, key);
    /* From the future: the clock was set back, and nobody knows how long ago it was. */
    bool holds = row != NULL && row->tried <= now && now - row->tried < LIFE_MS;
    if (holds) {
        *ret = *row;
    }
    pthread_mutex_unlock(&memory->lock);
    return holds;
}

/* text NULL: it answered. Gives since when it does not. */
static int64_t note(struct unreachable *memory, struct str name, const char *text, int64_t now)
{
    uint8_t key[SHA256_BYTES];
    int64_t since = now;
    if (digest_sha256(bytes_of_str(name), key, NULL) != STATUS_OK) {
        return since;
    }
    pthread_mutex_lock(&memory->lock);
    struct silence *row = find(memory, key);
    if (text == NULL && row != NULL) {
        *row = memory->rows[--memory->n];
    } else if (text != NULL) {
        row = row != NULL ? row : take(memory, key, now);
        struct str shown = str_slice(str_from(text), 0, TEXT_MAX - 1);
        memcpy(row->text, shown.ptr, shown.len);
        row->text[shown.len] = '\0';
        row->tried = now;
        since = row->since;
    }
    pthread_mutex_unlock(&memory->lock);
    return since;
}

/* ---- fetching -------------------------------------------------------------------------------- */

static bool refuse(struct unreachable *memory, struct http_fetch *item, int64_t now)
{
    struct silence row;
    if (!silent(memory, host_of(item->url), now, &row) && !silent(memory, item->url, now, &row)) {
        return false;
    }
    char since[TIME_TEXT_MAX];
    char again[TIME_TEXT_MAX];
    time_format(row.since, since);
    time_format(row.tried + LIFE_MS, again);
    item->reach = HTTP_UNREACHED;
    item->status =
        why_set(&item->why, STATUS_IO, "unreachable since %s, not asked again before %s: %s", since,
                again, row.text);
    return true;
}

static void learn(struct unreachable *memory, struct http_fetch *item, int64_t now)
{
    if (item->status == STATUS_CANCELED) {
        return;
    }
    struct str host = host_of(item->url);
    if (item->status != STATUS_IO || item->reach == HTTP_ANSWERED) {
        note(memory, host, NULL, now);
        note(memory, item->url, NULL, now);
        return;
    }
    struct str name = item->reach == HTTP_UNREACHED ? host : item->url;
    int64_t since = note(memory, name, item->why.text, now);
    if (since < now) {
        struct why cause = item->why;
        char when[TIME_TEXT_MAX];
        item->status = why_set(&item->why, STATUS_IO, "unreachable since %s: %s",
                               time_format(since, when), cause.text);
    }
}

/* How the addresses of one host fare. */
struct tally {
    size_t ahead; /* sent in the first wave */
    size_t cut;   /* of them got no whole answer */
};

/* Items on their way. */
struct wave {
    struct unreachable *memory;
    struct http_fetch *items; /* copies: the inner fetcher wants them side by side */
    struct http_fetch **origins;
    size_t n;
    struct map hosts; /* host -> struct tally */
};

/* Whether the item goes now, and not after the first of its host. */
static bool goes(struct wave *wave, const struct http_fetch *item, struct arena *mem, bool first)
{
    struct str host = host_of(item->url);
    struct tally *tally = map_get(&wave->hosts, host);
    if (tally == NULL) {
        tally = NEW(mem, struct tally);
        if (tally == NULL || map_put(&wave->hosts, host, tally, NULL) != STATUS_OK) {
            return true; /* without the memory to count, nobody goes ahead */
        }
    }
    if (!first || tally->ahead == UNREACHABLE_AHEAD) {
        return !first;
    }
    tally->ahead++;
    return true;
}

/* A host that leaves all that went ahead without an answer is as good as out of reach. */
static void count_cut(struct wave *wave, const struct http_fetch *item, int64_t now)
{
    struct tally *tally = map_get(&wave->hosts, host_of(item->url));
    if (tally == NULL || item->status != STATUS_IO || item->reach != HTTP_CUT) {
        return;
    }
    tally->cut++;
    if (tally->cut == UNREACHABLE_AHEAD && tally->ahead == UNREACHABLE_AHEAD) {
        (void)note(wave->memory, host_of(item->url), item->why.text, now);
    }
}

static void wave_run(struct wave *wave, bool first, bool (*canceled)(void *cancel_ctx),
                     void *cancel_ctx)
{
    const struct fetcher *inner = wave->memory->inner;
    if (wave->n == 0) {
        return;
    }
    inner->run(inner->ctx, wave->items, wave->n, canceled, cancel_ctx);
    int64_t now = clock_now(&wave->memory->clock);
    for (size_t i = 0; i < wave->n; i++) {
        if (first) {
            count_cut(wave, &wave->items[i], now);
        }
        learn(wave->memory, &wave->items[i], now);
        *wave->origins[i] = wave->items[i];
    }
    wave->n = 0;
}

/* Sends what goes in this wave; tells whether some are left for the next. */
static bool send_wave(struct wave *wave, struct http_fetch *items, size_t n, bool *done, bool first)
{
    int64_t now = clock_now(&wave->memory->clock);
    bool left = false;
    for (size_t i = 0; i < n; i++) {
        if (done[i]) {
            continue;
        }
        if (refuse(wave->memory, &items[i], now)) {
            done[i] = true;
        } else if (goes(wave, &items[i], items[i].mem, first)) {
            done[i] = true;
            wave->items[wave->n] = items[i];
            wave->origins[wave->n++] = &items[i];
        } else {
            left = true;
        }
    }
    return left;
}

static void run(void *ctx, struct http_fetch *items, size_t n, bool (*canceled)(void *cancel_ctx),
                void *cancel_ctx)
{
    if (n == 0) {
        return;
    }
    struct arena *mem = items[0].mem;
    struct wave wave = {.memory = ctx,
                        .items = NEW_ARRAY(mem, struct http_fetch, n),
                        .origins = NEW_ARRAY(mem, struct http_fetch *, n)};
    bool *done = NEW_ARRAY(mem, bool, n);
    if (wave.items == NULL || wave.origins == NULL || done == NULL) {
        for (size_t i = 0; i < n; i++) {
            items[i].status = why_no_memory(&items[i].why);
        }
        return;
    }
    map_init(&wave.hosts, mem, n);
    bool left = send_wave(&wave, items, n, done, true);
    wave_run(&wave, true, canceled, cancel_ctx);
    if (left) {
        send_wave(&wave, items, n, done, false);
        wave_run(&wave, false, canceled, cancel_ctx);
    }
}

/* ---- life ------------------------------------------------------------------------------------ */

enum status unreachable_new(const struct fetcher *inner, struct clock clock,
                            struct unreachable **ret, struct why *why)
{
    struct unreachable *memory = mem_alloc(sizeof *memory);
    TRY_PTR(memory);
    memory->fetcher = (struct fetcher){run, memory};
    memory->inner = inner;
    memory->clock = clock;
    pthread_mutex_init(&memory->lock, NULL);
    *ret = memory;
    return STATUS_OK;
}

void unreachable_free(struct unreachable *memory)
{
    if (memory != NULL) {
        pthread_mutex_destroy(&memory->lock);
        mem_free(memory);
    }
}

const struct fetcher *unreachable_fetcher_get(struct unreachable *memory)
{
    return &memory->fetcher;
}

void unreachable_forget(struct unreachable *memory)
{
    pthread_mutex_lock(&memory->lock);
    memory->n = 0;
    pthread_mutex_unlock(&memory->lock);
}
