/* bench_time.c: reading a time of day, against strptime and timegm of the C library.
 *
 * No goal of its own: it keeps the harness honest, and every request carries times.
 */
#include <time.h>

#include "base/clock.h"
#include "bench.h"

enum { N_TEXTS = 1024 };

static char texts[N_TEXTS][TIME_TEXT_MAX];

static void make_texts(void)
{
    uint64_t seed = 1;
    for (size_t i = 0; i < N_TEXTS; i++) {
        time_format((int64_t)(bench_random(&seed) % (4102444800u * 1000u)), texts[i]);
    }
}

static void ours(void *ctx, size_t n)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        int64_t ms = 0;
        enum status status = time_parse(str_from(texts[i % N_TEXTS]), &ms, NULL);
        bench_keep(&status);
        bench_keep(&ms);
    }
}

static void libc(void *ctx, size_t n)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        struct tm tm = {0};
        strptime(texts[i % N_TEXTS], "%Y-%m-%dT%H:%M:%S", &tm);
        time_t t = timegm(&tm);
        bench_keep(&t);
    }
}

int main(int argc, char **argv)
{
    make_texts();
    const struct bench rows[] = {{
        .goal = "base",
        .name = "time-parse",
        .ours = {"ours", ours, NULL},
        .reference = {"strptime", libc, NULL},
        .batch = 10000,
        .floor = 0.8,
    }};
    return bench_main(argc, argv, rows, sizeof rows / sizeof rows[0]);
}
