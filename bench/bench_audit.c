/* bench_audit.c: goal P4: an audit of a large fleet, against SQLite reading the same certificates
 * and mbedTLS parsing them.
 *
 *     bench_audit [--half] [--full] [--reps N] [--gate audit N]
 *
 * The audit runs all checks of device certificates and both of policies; no certificate names a
 * revocation list, so no signature is verified. The fleet has 200,000 certificates and 20,000
 * policies, or with --full a million and 100,000; growth is against a tenth of it. Stores lie in
 * the program's own folder and are kept for the next run; what an audit wrote is removed again.
 *
 * Every side runs in a process of its own, in turn, so that peak memory is its own; rates are of
 * CPU time of all threads, medians count. Wall time is measured twice: warm, when the file is in
 * memory (the check at opening reads all of it), and cold, when it was taken out of it again. On a
 * busy machine most of it is waiting for a core, which the kernel counts and the rows leave out;
 * what is left is computing and waiting for the disk.
 */
#include <dirent.h>
#include <fcntl.h>
#include <mbedtls/x509_crt.h>
#include <openssl/x509.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "audit/config.h"
#include "audit/runner.h"
#include "audit/task.h"
#include "bench.h"
#include "fleet.h"

enum { REPS_MOST = 9, D2I_CERTIFICATES = 2000, POLICIES_PER_1000 = 100 };
static const double PEAK_KIB = 256 * 1024;
static const double GROWTH_MOST = 11;
static const double WALL_SECONDS = 4; /* for a million, on two cores */

static const enum check_id checks[] = {
    CHECK_DEVICE_CERTIFICATE_AGE,
    CHECK_DEVICE_CERTIFICATE_EXPIRING,
    CHECK_DEVICE_CERTIFICATE_KEY_QUALITY,
    CHECK_REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE,
    CHECK_INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES,
    CHECK_IOT_POLICY_OVERLY_PERMISSIVE,
    CHECK_IOT_POLICY_POTENTIAL_MISCONFIGURATION,
};
enum { N_CHECKS = sizeof checks / sizeof checks[0] };

struct options {
    double half;
    size_t certificates;
    size_t reps;
    const char *folder;
};

/* What one side came to in its process. */
struct run {
    double cpu, wall;
    double queued; /* of wall: a thread could run, and others had the cores */
    double n;      /* findings of an audit, certificates parsed */
    double peak_kib;
};

static double process_seconds(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void die(const char *what)
{
    fprintf(stderr, "bench_audit: %s\n", what);
    exit(2);
}

/* Seconds that the threads of this process have waited for a core (proc(5), schedstat). They work
 * one after another, so that the sum is a part of the wall time. */
static double queued_seconds(void)
{
    double sum = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (const struct dirent *at; tasks != NULL && (at = readdir(tasks)) != NULL;) {
        if (at->d_name[0] == '.') {
            continue;
        }
        char path[320];
        double ran = 0;
        double waited = 0;
        snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", at->d_name);
        FILE *file = fopen(path, "r");
        sum += file != NULL && fscanf(file, "%lf %lf", &ran, &waited) == 2 ? waited / 1e9 : 0;
        if (file != NULL) {
            fclose(file);
        }
    }
    if (tasks != NULL) {
        closedir(tasks);
    }
    return sum;
}

/* Takes the file, which has no changes in memory, out of the page cache; in a process of its own,
 * since closing a file drops the locks that SQLite has on it. */
static void forget_pages(const char *path)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        int file = open(path, O_RDONLY | O_CLOEXEC);
        _exit(file >= 0 && fdatasync(file) == 0 &&
                      posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) == 0
                  ? 0
                  : 2);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        die(path);
    }
}

static struct fleet fleet_of(size_t certificates)
{
    return (struct fleet){.certificates = certificates,
                          .policies = certificates * POLICIES_PER_1000 / 1000};
}

static void fleet_path(const struct options *options, size_t certificates, char *ret, size_t size)
{
    snprintf(ret, size, "%s/fleet-%zu.db", options->folder, certificates);
}

/* ---- ours ------------------------------------------------------------------------------------ */

static enum status start_audit(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct audit_config_check enable[N_CHECKS];
    for (size_t i = 0; i < N_CHECKS; i++) {
        enable[i] = (struct audit_config_check){.id = checks[i], .enabled = {true, true}};
    }
    const struct audit_config_update update = {.role_arn =
                                                   STR("arn:aws:iam::123456789012:role/audit"),
                                               .checks = enable,
                                               .n_checks = N_CHECKS};
    TRY(audit_config_update(ctx, &update, why));
    return audit_task_start(ctx, checks, N_CHECKS, arg, why);
}

struct audit_side {
    struct store *store;
    struct arena *mem;
    int64_t now;
    uint64_t seed;
    struct audit_runner_options options;
};

/* An audit is in progress when this returns, and nothing of it is done yet. */
static void audit_begin(struct audit_side *side, struct store *store)
{
    struct why why;
    struct str task;
    *side =
        (struct audit_side){.store = store, .mem = arena_new(1 << 20), .now = FLEET_NOW, .seed = 9};
    side->options = (struct audit_runner_options){.store = store,
                                                  .account = fleet_account(),
                                                  .clock = clock_fixed(&side->now),
                                                  .rnd = rnd_seeded_for_tests(&side->seed)};
    const struct account_ctx ctx = {.id = fleet_account(),
                                    .clock = side->options.clock,
                                    .rnd = side->options.rnd,
                                    .mem = side->mem};
    struct account_call call = {.ctx = &ctx, .run = start_audit, .arg = &task};
    fleet_must(store_write(store, account_call_run, &call, &why), &why);
}

/* The number of findings; everything that the audit wrote is removed. */
static double audit_forget(const char *path)
{
    static const char forget[] = "DELETE FROM finding; DELETE FROM related_resource;"
                                 "DELETE FROM audit_task; DELETE FROM audit_check_run;";
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    double n = -1;
    if (sqlite3_open(path, &db) == SQLITE_OK &&
        sqlite3_prepare_v2(
            db,
            "SELECT count(*) FROM finding, audit_task WHERE status = 'COMPLETED' AND "
            "substr(finding.id, 1, 16) = substr(audit_task.id, 1, 16)",
            -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW) {
        n = sqlite3_column_double(stmt, 0);
    }
    sqlite3_finalize(stmt);
    if (n < 0 || sqlite3_exec(db, forget, NULL, NULL, NULL) != SQLITE_OK) {
        die(sqlite3_errmsg(db));
    }
    sqlite3_close(db);
    return n;
}

static void audit_in(const char *path, size_t certificates, bool cold, struct run *ret)
{
    struct why why;
    struct audit_side side;
    const struct fleet fleet = fleet_of(certificates);
    audit_begin(&side, fleet_open(path, &fleet));
    if (cold) {
        forget_pages(path);
    }
    double queued = queued_seconds();
    double cpu = process_seconds();
    double wall = bench_wall_seconds();
    fleet_must(audit_run_all(&side.options, &why), &why);
    ret->cpu = process_seconds() - cpu;
    ret->wall = bench_wall_seconds() - wall;
    ret->queued = queued_seconds() - queued;
    ret->peak_kib = (double)bench_peak_kib();
    store_close(side.store);
    ret->n = audit_forget(path);
    if (ret->n < (double)certificates / FLEET_EXPIRING) {
        die("the audit did not find the certificates that expire");
    }
}

static void run_audit(const char *path, size_t certificates, struct run *ret)
{
    audit_in(path, certificates, false, ret);
}

static void run_audit_cold(const char *path, size_t certificates, struct run *ret)
{
    audit_in(path, certificates, true, ret);
}

/* ---- the references -------------------------------------------------------------------------- */

static void parse_mbedtls(const unsigned char *der, size_t len)
{
    mbedtls_x509_crt cert;
    mbedtls_x509_crt_init(&cert);
    if (mbedtls_x509_crt_parse_der_nocopy(&cert, der, len) != 0) {
        die("mbedTLS cannot read a certificate");
    }
    bench_keep(&cert);
    mbedtls_x509_crt_free(&cert);
}

static void parse_openssl(const unsigned char *der, size_t len)
{
    X509 *cert = d2i_X509(NULL, &der, (long)len);
    if (cert == NULL) {
        die("OpenSSL cannot read a certificate");
    }
    X509_free(cert);
}

/* All rows of both tables, column by column, and the bytes through parse. */
static void scan(const char *path, size_t most, void (*parse)(const unsigned char *, size_t),
                 struct run *ret)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "SELECT id, der FROM certificate_der LIMIT ?", -1, &stmt, NULL) !=
            SQLITE_OK ||
        sqlite3_bind_int64(stmt, 1, most == 0 ? -1 : (sqlite3_int64)most) != SQLITE_OK) {
        die(sqlite3_errmsg(db));
    }
    double cpu = process_seconds();
    double wall = bench_wall_seconds();
    for (ret->n = 0; sqlite3_step(stmt) == SQLITE_ROW; ret->n++) {
        bench_keep(sqlite3_column_text(stmt, 0));
        parse(sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1));
    }
    ret->cpu = process_seconds() - cpu;
    ret->wall = bench_wall_seconds() - wall;
    ret->peak_kib = (double)bench_peak_kib();
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void run_mbedtls(const char *path, size_t certificates, struct run *ret)
{
    scan(path, 0, parse_mbedtls, ret);
    if (ret->n != (double)certificates) {
        die("the reference did not see every certificate");
    }
}

static void run_openssl(const char *path, size_t certificates, struct run *ret)
{
    (void)certificates;
    scan(path, D2I_CERTIFICATES, parse_openssl, ret);
}

/* ---- in turn --------------------------------------------------------------------------------- */

typedef void side_run(const char *path, size_t certificates, struct run *ret);

static struct run in_process(const struct options *options, side_run *side, size_t certificates)
{
    int ends[2];
    char path[512];
    struct run run = {.n = 0};
    fleet_path(options, certificates, path, sizeof path);
    fflush(stdout);
    if (pipe(ends) != 0) {
        die("no pipe");
    }
    pid_t child = fork();
    if (child == 0) {
        side(path, certificates, &run);
        _exit(write(ends[1], &run, sizeof run) == (ssize_t)sizeof run ? 0 : 2);
    }
    close(ends[1]);
    bool got = child > 0 && read(ends[0], &run, sizeof run) == (ssize_t)sizeof run;
    close(ends[0]);
    if (waitpid(child, NULL, 0) != child || !got) {
        die("a side ended early");
    }
    return run;
}

static void run_build(const char *path, size_t certificates, struct run *ret)
{
    const struct fleet fleet = fleet_of(certificates);
    store_close(fleet_open(path, &fleet));
    ret->n = 1;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_size);
    return values[n / 2];
}

enum figure { CPU, WALL, QUEUED, PEAK, N_FIGURES };

struct figures {
    double small[N_FIGURES][REPS_MOST];
    double large[N_FIGURES][REPS_MOST];
    double cold[N_FIGURES][REPS_MOST];
    double reference[REPS_MOST];
    double d2i[REPS_MOST];     /* seconds a certificate */
    double against[REPS_MOST]; /* ratios of the pairs, of rates */
    double slower[REPS_MOST];
    double growth[REPS_MOST];
    double findings;
};

static void keep(double figures[N_FIGURES][REPS_MOST], size_t i, const struct run *run)
{
    figures[CPU][i] = run->cpu;
    figures[WALL][i] = run->wall - run->queued;
    figures[QUEUED][i] = run->queued;
    figures[PEAK][i] = run->peak_kib;
}

static void measure(const struct options *options, struct figures *f)
{
    double n = (double)options->certificates;
    for (size_t i = 0; i < options->reps; i++) {
        struct run small = in_process(options, run_audit, options->certificates / 10);
        struct run large = in_process(options, run_audit, options->certificates);
        struct run cold = in_process(options, run_audit_cold, options->certificates);
        struct run parse = in_process(options, run_mbedtls, options->certificates);
        struct run d2i = in_process(options, run_openssl, options->certificates);
        keep(f->small, i, &small);
        keep(f->large, i, &large);
        keep(f->cold, i, &cold);
        f->reference[i] = parse.cpu;
        f->d2i[i] = d2i.cpu / d2i.n;
        f->against[i] = parse.cpu / large.cpu;
        f->slower[i] = d2i.cpu / d2i.n * n / large.cpu;
        f->growth[i] = large.cpu / small.cpu;
        f->findings = large.n;
    }
}

static bool report(const struct options *options, struct figures *f)
{
    size_t reps = options->reps;
    double n = (double)options->certificates;
    double cpu = median(f->large[CPU], reps);
    double wall = median(f->large[WALL], reps);
    double cold = median(f->cold[WALL], reps);
    double most = WALL_SECONDS * n / 1000000;
    double peak = median(f->large[PEAK], reps);
    double growth = median(f->growth, reps);
    bool ok =
        bench_print("P4", "audit-cpu", n / cpu, "sqlite-scan+mbedtls-parse",
                    n / median(f->reference, reps), median(f->against, reps), options->half / 3);
    ok &= bench_print("P4", "audit-cpu-against-d2i", n / cpu, "openssl-d2i-of-2000",
                      1 / median(f->d2i, reps), median(f->slower, reps), options->half * 20);
    ok &= bench_print("P4", "audit-growth-of-10", growth, "at-most", GROWTH_MOST,
                      GROWTH_MOST / growth, 1);
    ok &= bench_print("P4", "audit-peak-kib", peak, "at-most", PEAK_KIB, PEAK_KIB / peak, 1);
    ok &= bench_print("P4", "audit-peak-kib-growth", peak, "a-tenth-of-the-fleet",
                      median(f->small[PEAK], reps), median(f->small[PEAK], reps) / peak, 0.8);
    ok &= bench_print("P4", "audit-wall-seconds-warm", wall, "at-most", most, most / wall,
                      options->half);
    ok &= bench_print("P4", "audit-wall-seconds-cold", cold, "at-most", most, most / cold,
                      options->half);
    bench_print("P4", "audit-findings-a-second", f->findings / wall, "none", 0, 1, 0);
    fprintf(stderr,
            "%.0f certificates, %.0f findings: %.2f s CPU, peak %.0f MiB; wall %.2f s warm and "
            "%.2f s cold, and waiting for a core %.2f s and %.2f s\n",
            n, f->findings, cpu, peak / 1024, wall, cold, median(f->large[QUEUED], reps),
            median(f->cold[QUEUED], reps));
    return ok;
}

/* ---- the gate -------------------------------------------------------------------------------- */

static void gate_run(void *ctx, size_t n)
{
    (void)n;
    struct why why;
    struct audit_side *side = ctx;
    fleet_must(audit_run_all(&side->options, &why), &why);
}

/* Prepared here, so that only the audit is counted. */
static int gate(const struct options *options, int argc, char **argv)
{
    char path[512];
    struct audit_side side;
    size_t certificates = strtoull(argv[3], NULL, 10);
    const struct fleet fleet = fleet_of(certificates);
    fleet_path(options, certificates, path, sizeof path);
    audit_begin(&side, fleet_open(path, &fleet));
    const struct bench row = {.name = "audit", .ours = {"ours", gate_run, &side}};
    int status = bench_main(argc, argv, &row, 1);
    store_close(side.store);
    audit_forget(path);
    return status;
}

static bool read_options(int argc, char **argv, struct options *options)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--half") == 0) {
            options->half = 0.5;
        } else if (strcmp(argv[i], "--full") == 0) {
            options->certificates = 1000000;
            options->reps = 3;
        } else if (strcmp(argv[i], "--reps") == 0 && i + 1 < argc) {
            options->reps = strtoull(argv[++i], NULL, 10);
        } else {
            return false;
        }
    }
    return options->reps >= 1 && options->reps <= REPS_MOST;
}

int main(int argc, char **argv)
{
    char folder[400];
    snprintf(folder, sizeof folder, "%.*s",
             (int)(strrchr(argv[0], '/') == NULL ? 0 : strrchr(argv[0], '/') - argv[0]), argv[0]);
    struct options options = {
        .half = 1, .certificates = 200000, .reps = 7, .folder = folder[0] == '\0' ? "." : folder};
    if (argc == 4 && strcmp(argv[1], "--gate") == 0) {
        return gate(&options, argc, argv);
    }
    if (!read_options(argc, argv, &options)) {
        fprintf(stderr, "usage: %s [--half] [--full] [--reps 1..%d] [--gate audit N]\n", argv[0],
                REPS_MOST);
        return 2;
    }
    in_process(&options, run_build, options.certificates / 10);
    in_process(&options, run_build, options.certificates);
    static struct figures figures;
    measure(&options, &figures);
    return report(&options, &figures) ? 0 : 1;
}
