/* bench.h: our speed against a reference, in one process and one run.
 *
 * A benchmark is a table of rows; each row has two sides that do the same number of units of work
 * (documents, policies, certificates) on the same data. The sides run in turn, at least seven
 * times; time is the thread's CPU time, so a busy neighbour costs nothing but cache. What counts is
 * the median of the ratios of the pairs: a figure in units a second says little on another machine.
 *
 *     static void judge(void *ctx, size_t n) { ... n policies ... }
 *     int main(int argc, char **argv)
 *     {
 *         struct data *data = make_data();
 *         const struct bench rows[] = {{
 *             .goal = "P5", .name = "policy-judge", .floor = 0.25, .batch = 2000,
 *             .ours = {"ours", judge, data}, .reference = {"simdjson-dom", parse, data},
 *         }};
 *         return bench_main(argc, argv, rows, 1);
 *     }
 *
 * Options of every benchmark:
 *     --reps N        pairs in one series (9)
 *     --half          gate at half the floor: for machines that are shared
 *     --only NAME     this row alone
 *     --gate NAME N   no timing: the row's own side does N units inside bench_gate(), where
 *                     callgrind counts instructions (tools/check-gates)
 *
 * A row prints one line of JSON: goal, name, ours and ref_rate (units per CPU second, medians),
 * reference, ratio, min, max, floor, ok, and "noisy":true when the reference's fastest and slowest
 * run differ by more than 1.6; a noisy series that misses is repeated, at most three in all, and
 * the best median counts.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench_side {
    const char *name;
    void (*run)(void *ctx, size_t n); /* does n units of work */
    void *ctx;
};

struct bench {
    const char *goal; /* "P5": the goal that the floor comes from */
    const char *name; /* tells the rows of a goal apart */
    struct bench_side ours;
    struct bench_side reference; /* .run NULL: nothing to compare with; prints our rate alone */
    size_t batch;                /* units in one call; a run repeats calls for 50 ms of CPU */
    double floor;                /* the least acceptable ours/reference, of rates */
};

/* Runs the rows as the options say. Returns the exit status of main: 0, 1 when a row misses its
 * floor, 2 when the options cannot be read. */
int bench_main(int argc, char **argv, const struct bench *rows, size_t n_rows);

/* True when the options ask for a gate: a main that measures more than its rows leaves it out. */
bool bench_is_gate(int argc, char **argv);

/* For goals that are not a pair of rates (bytes, restart time): prints the same line of JSON and
 * returns ratio >= floor. name, goal and reference are plain words. */
bool bench_print(const char *goal, const char *name, double ours, const char *reference,
                 double ref_rate, double ratio, double floor);

/* CPU seconds of this thread; wall seconds from an arbitrary start; peak resident KiB. */
double bench_cpu_seconds(void);
double bench_wall_seconds(void);
long bench_peak_kib(void);

/* Keeps the compiler from dropping a result that nobody reads. */
static inline void bench_keep(const void *ptr)
{
    __asm__ volatile("" : : "g"(ptr) : "memory");
}

/* The next number of a fixed sequence (splitmix64): the same data in every run. */
uint64_t bench_random(uint64_t *state);

#endif
