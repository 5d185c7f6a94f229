/* bench_store.c: goals P10 (durable writes, restart) and P9's growth (the cost of a page).
 *
 *     bench_store [--half] [--only acks|findings|restart|page] [--rows N] [--reps N] [--dir FOLDER]
 *
 * Rates are of wall time, since what is measured is mostly waiting for the disk; sides run in turn
 * and the median of the pairs' ratios counts. --rows is the size of the large fleet (200000; the
 * goals speak of 1000000, which takes a minute to build). Files lie in FOLDER, else under $TMPDIR
 * or /var/tmp, which is a disk where /tmp may be memory.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "bench.h"
#include "store/store.h"

/* FINDINGS_BATCH: as many as an audit commits at once (audit/runner_priv.h, COMMIT_FINDINGS). */
enum { SUBMITTERS = 32, BATCH = 1000, FINDINGS_BATCH = 4000, PAGE_ROWS = 50, REPS_MOST = 31 };
static const double RUN_SECONDS = 0.5;

struct options {
    double half; /* 1, or 0.5 */
    const char *only;
    size_t rows;
    size_t reps;
    char dir[256];
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_store: %s: %s\n", what, why);
    exit(2);
}

static void must(enum status status, const struct why *why)
{
    if (status != STATUS_OK) {
        die(status_name(status), why->text);
    }
}

static struct store *open_at(const char *path)
{
    struct store *store = NULL;
    struct why why;
    const struct store_options options = {.path = str_from(path), .cache_bytes = 64 << 20};
    must(store_open(&options, &store, &why), &why);
    return store;
}

static void remove_database(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    char name[512];
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

/* ---- the reference: SQLite, written plainly -------------------------------------------------- */

static void plain_exec(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        die(sql, sqlite3_errmsg(db));
    }
}

enum { PLAIN_BYTES = 300, PLAIN_BYTES_MOST = 1000 };

struct plain {
    sqlite3 *db;
    sqlite3_stmt *insert;
    int64_t next;
    size_t bytes; /* of a row */
};

/* Rows by number, in WAL mode: the reference Q of the goals when NORMAL and of 300 bytes. */
static void plain_open(struct plain *plain, const char *path, const char *synchronous, size_t bytes)
{
    char sql[64];
    plain->bytes = bytes;
    if (sqlite3_open(path, &plain->db) != SQLITE_OK) {
        die(path, sqlite3_errmsg(plain->db));
    }
    snprintf(sql, sizeof sql, "PRAGMA synchronous=%s", synchronous);
    plain_exec(plain->db, "PRAGMA journal_mode=WAL");
    plain_exec(plain->db, sql);
    plain_exec(plain->db, "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, body TEXT)");
    sqlite3_prepare_v2(plain->db, "INSERT INTO t(body) VALUES(?)", -1, &plain->insert, NULL);
}

static void plain_close(struct plain *plain)
{
    sqlite3_finalize(plain->insert);
    sqlite3_close(plain->db);
}

static void plain_insert(struct plain *plain)
{
    char body[PLAIN_BYTES_MOST];
    memset(body, 'x', plain->bytes);
    snprintf(body, sizeof body, "%lld", (long long)plain->next++);
    sqlite3_bind_text(plain->insert, 1, body, (int)plain->bytes, SQLITE_STATIC);
    if (sqlite3_step(plain->insert) != SQLITE_DONE) {
        die("insert", sqlite3_errmsg(plain->db));
    }
    sqlite3_reset(plain->insert);
}

/* CPU seconds of all threads: what a busy machine and a slow disk leave alone. */
static double process_seconds(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double plain_rate(struct plain *plain, size_t batch, double (*now)(void))
{
    double start = now();
    double spent = 0;
    size_t n = 0;
    while (spent < RUN_SECONDS) {
        plain_exec(plain->db, "BEGIN");
        for (size_t i = 0; i < batch; i++, n++) {
            plain_insert(plain);
        }
        plain_exec(plain->db, "COMMIT");
        spent = now() - start;
    }
    return (double)n / spent;
}

/* ---- pairs ----------------------------------------------------------------------------------- */

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

/* Runs both sides in turn and prints the row. */
static bool pairs(const struct options *options, const char *goal, const char *name,
                  double (*ours)(void *), void *our_ctx, const char *reference,
                  double (*theirs)(void *), void *their_ctx, double floor)
{
    double our_rates[REPS_MOST];
    double their_rates[REPS_MOST];
    double ratios[REPS_MOST];
    for (size_t i = 0; i < options->reps; i++) {
        our_rates[i] = ours(our_ctx);
        their_rates[i] = theirs(their_ctx);
        ratios[i] = our_rates[i] / their_rates[i];
    }
    return bench_print(goal, name, median(our_rates, options->reps), reference,
                       median(their_rates, options->reps), median(ratios, options->reps),
                       floor * options->half);
}

/* ---- acknowledged mutations ------------------------------------------------------------------ */

struct acks {
    struct store *store;
    struct plain plain;
    double until;
    int64_t next; /* of the names, by atomic addition */
    int64_t acknowledged;
};

static enum status put_one(struct store_tx *tx, void *ctx, struct why *why)
{
    char name[64];
    snprintf(name, sizeof name, "device-%08llx-%020lld",
             (unsigned long long)(*(int64_t *)ctx * 2654435761), (long long)*(int64_t *)ctx);
    struct thing thing = {
        .name = str_from(name),
        .type_name = STR("pump"),
        .attributes = STR("{\"line\":\"7\",\"model\":\"P-200\",\"site\":\"Rotterdam\"}"),
        .version = 1,
        .thing_id = STR("6f1c6a52-3f0e-4f3e-9b1e-0d6c2b1f8a77"),
        .created = 1767225600000,
    };
    return store_insert(tx, TABLE(thing), &thing, why);
}

static void *submit_on_and_on(void *arg)
{
    struct acks *acks = arg;
    struct why why;
    while (bench_wall_seconds() < acks->until) {
        int64_t number = __atomic_fetch_add(&acks->next, 1, __ATOMIC_RELAXED);
        must(store_write(acks->store, put_one, &number, &why), &why);
        __atomic_fetch_add(&acks->acknowledged, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static double acks_ours(void *ctx)
{
    struct acks *acks = ctx;
    pthread_t threads[SUBMITTERS];
    double start = bench_wall_seconds();
    acks->until = start + RUN_SECONDS;
    acks->acknowledged = 0;
    for (size_t i = 0; i < SUBMITTERS; i++) {
        pthread_create(&threads[i], NULL, submit_on_and_on, acks);
    }
    for (size_t i = 0; i < SUBMITTERS; i++) {
        pthread_join(threads[i], NULL);
    }
    return (double)acks->acknowledged / (bench_wall_seconds() - start);
}

static double acks_plain(void *ctx)
{
    return plain_rate(&((struct acks *)ctx)->plain, 1, bench_wall_seconds);
}

static bool bench_acks(const struct options *options, const char *ours, const char *theirs)
{
    struct acks acks = {.next = 0};
    acks.store = open_at(ours);
    plain_open(&acks.plain, theirs, "FULL", PLAIN_BYTES);
    bool ok = pairs(options, "P10", "acknowledged-mutations-32-clients", acks_ours, &acks,
                    "sqlite-full-1-row-a-txn", acks_plain, &acks, 5);
    store_close(acks.store);
    plain_close(&acks.plain);
    return ok;
}

/* ---- findings -------------------------------------------------------------------------------- */

struct findings {
    struct store *store;
    struct plain plain;
    int64_t next;
};

/* The number in 12 hex digits: resources come in the order of their ids. */
static void put_number(char *text, int64_t number)
{
    for (size_t i = 12; i > 0; i--, number >>= 4) {
        text[i - 1] = "0123456789abcdef"[number & 15];
    }
}

/* A finding as an audit writes it: the id as audit/finding.h makes it, the rest as page.c. */
static struct finding finding_of(int64_t number, char id[60], char key[85])
{
    memcpy(id, "0123456789abcdef-4cbd-000000000000-89abcdef0123456789abcdef", 60);
    memcpy(key,
           "deviceCertificateId=00000000000000000000000000000000000000000000000000000000"
           "00000000",
           85);
    put_number(id + 22, number);
    put_number(key + 20, number);
    return (struct finding){
        .id = {id, 59},
        .task = STR("0123456789abcdef0123456789abcdef"),
        .check_name = STR("DEVICE_CERTIFICATE_EXPIRING_CHECK"),
        .severity = STR("MEDIUM"),
        .task_started = 1767225600000,
        .found = 1767225600000 + number / BATCH,
        .resource_type = STR("DEVICE_CERTIFICATE"),
        .resource_key = {key, 84},
        .info = STR("{\"EXPIRATION_TIME\":\"1768262400000\"}"),
        .reason_code = STR("CERTIFICATE_APPROACHING_EXPIRATION"),
        .reason =
            STR("Certificate is approaching its expiration: it ends 2026-01-13T00:00:00.000Z, "
                "in 12 days (the threshold is 30)."),
    };
}

static size_t finding_bytes(const struct finding *row)
{
    return row->id.len + row->task.len + row->check_name.len + row->severity.len +
           row->resource_type.len + row->resource_key.len + row->info.len + row->reason_code.len +
           row->reason.len + 3 * sizeof(int64_t);
}

static enum status put_findings(struct store_tx *tx, void *ctx, struct why *why)
{
    struct findings *findings = ctx;
    for (int64_t i = 0; i < FINDINGS_BATCH; i++) {
        char id[60];
        char key[85];
        const struct finding finding = finding_of(findings->next++, id, key);
        TRY(store_insert(tx, TABLE(finding), &finding, why));
    }
    return STATUS_OK;
}

static double findings_ours(void *ctx)
{
    struct findings *findings = ctx;
    struct why why;
    double start = process_seconds();
    double spent = 0;
    size_t n = 0;
    while (spent < RUN_SECONDS) {
        must(store_write(findings->store, put_findings, findings, &why), &why);
        n += FINDINGS_BATCH;
        spent = process_seconds() - start;
    }
    return (double)n / spent;
}

static double findings_plain(void *ctx)
{
    return plain_rate(&((struct findings *)ctx)->plain, BATCH, process_seconds);
}

/* Against rows of as many bytes, and against the goals' 300 whatever ours have. */
static bool bench_findings(const struct options *options, const char *ours, const char *theirs)
{
    struct findings findings = {.next = 0};
    char id[60];
    char key[85];
    const struct finding finding = finding_of(0, id, key);
    const struct {
        const char *name, *reference;
        size_t bytes;
        double floor;
    } sides[] = {
        {"findings-batched", "sqlite-normal-1000-rows-a-txn-same-bytes", finding_bytes(&finding),
         0.5},
        {"findings-batched-300", "sqlite-normal-1000-rows-a-txn", PLAIN_BYTES, 0.5},
    };
    bool ok = true;
    findings.store = open_at(ours);
    for (size_t i = 0; i < 2; i++) {
        plain_open(&findings.plain, theirs, "NORMAL", sides[i].bytes);
        ok = pairs(options, "P10", sides[i].name, findings_ours, &findings, sides[i].reference,
                   findings_plain, &findings, sides[i].floor) &&
             ok;
        plain_close(&findings.plain);
        remove_database(theirs);
    }
    fprintf(stderr, "a finding has %zu bytes\n", finding_bytes(&finding));
    store_close(findings.store);
    return ok;
}

/* ---- a fleet --------------------------------------------------------------------------------- */

struct fleet {
    size_t first, last; /* numbers of this transaction */
};

static void fleet_hex(char text[65], uint64_t number)
{
    uint64_t state = number;
    for (size_t i = 0; i < 4; i++) {
        snprintf(text + 16 * i, 17, "%016llx", (unsigned long long)bench_random(&state));
    }
}

static enum status put_device(struct store_tx *tx, size_t number, struct why *why)
{
    char id[65];
    char name[40];
    fleet_hex(id, number);
    snprintf(name, sizeof name, "device-%08zu", number);
    struct thing thing = {.name = str_from(name),
                          .type_name = STR("pump"),
                          .attributes = STR("{\"line\":\"7\",\"site\":\"Rotterdam\"}"),
                          .version = 1,
                          .thing_id = {id, 36},
                          .created = 1767225600000 + (int64_t)number};
    struct certificate cert = {
        .id = str_from(id),
        .status = STR("ACTIVE"),
        .ca_id = STR(""),
        .mode = STR("DEFAULT"),
        .created = thing.created,
        .modified = thing.created,
        .version = 1,
        .generation_id = {id, 36},
        .owner = STR("123456789012"),
        .not_before = thing.created,
        .not_after = thing.created + 31536000000,
        .serial = {id, 40},
        .issuer = STR("CN=Factory CA,O=Example,C=NL"),
        .subject = str_from(name),
        .issuer_hash = {id, 64},
        .subject_hash = {id, 64},
        .authority_key_id = {id, 40},
        .subject_key_id = {id, 40},
        .key_kind = STR("EC"),
        .key_bits = 256,
        .key_curve = STR("P-256"),
        .key_hash = {id, 64},
        .signature = STR("ecdsa-with-SHA256"),
    };
    TRY(store_insert(tx, TABLE(thing), &thing, why));
    return store_insert(tx, TABLE(certificate), &cert, why);
}

static enum status put_devices(struct store_tx *tx, void *ctx, struct why *why)
{
    const struct fleet *fleet = ctx;
    for (size_t number = fleet->first; number < fleet->last; number++) {
        TRY(put_device(tx, number, why));
    }
    return STATUS_OK;
}

static void build_fleet(const char *path, size_t rows)
{
    struct why why;
    struct store *store = NULL;
    const struct store_options options = {.path = str_from(path), .cache_bytes = 512 << 20};
    must(store_open(&options, &store, &why), &why);
    for (size_t at = 0; at < rows; at += 10 * BATCH) {
        struct fleet fleet = {at, at + 10 * BATCH < rows ? at + 10 * BATCH : rows};
        must(store_write(store, put_devices, &fleet, &why), &why);
    }
    store_close(store);
}

/* ---- restart --------------------------------------------------------------------------------- */

static size_t scan_table(struct store *store, const struct table *table, void *row)
{
    struct why why;
    struct store_tx *view = NULL;
    struct store_scan *scan = NULL;
    struct arena *mem = arena_new(1 << 20);
    size_t n = 0;
    must(store_read_begin(store, &view, &why), &why);
    must(store_scan_open(view, table, NULL, &scan, &why), &why);
    for (bool more = true; more; n += more) {
        if (n % 64 == 0) {
            arena_clear(mem);
        }
        must(store_scan_next(scan, row, mem, &more, &why), &why);
    }
    store_scan_close(scan);
    store_read_end(view);
    arena_free(mem);
    return n;
}

static double plain_scan(const char *path)
{
    static const char *const tables_read[] = {"SELECT * FROM thing", "SELECT * FROM certificate"};
    sqlite3 *db = NULL;
    double start = bench_wall_seconds();
    if (sqlite3_open(path, &db) != SQLITE_OK) {
        die(path, sqlite3_errmsg(db));
    }
    for (size_t i = 0; i < 2; i++) {
        sqlite3_stmt *stmt = NULL;
        sqlite3_prepare_v2(db, tables_read[i], -1, &stmt, NULL);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            for (int c = 0; c < sqlite3_column_count(stmt); c++) {
                const void *cell = sqlite3_column_blob(stmt, c);
                bench_keep(&cell);
            }
        }
        sqlite3_finalize(stmt);
    }
    sqlite3_close(db);
    return bench_wall_seconds() - start;
}

/* Opening with its check, then reading everything. */
static bool bench_restart(const struct options *options, const char *path)
{
    double ours[REPS_MOST];
    double theirs[REPS_MOST];
    double opened = 0;
    size_t reps = options->reps > 3 ? 3 : options->reps;
    for (size_t i = 0; i < reps; i++) {
        struct thing thing;
        struct certificate cert;
        double start = bench_wall_seconds();
        struct store *store = open_at(path);
        opened = bench_wall_seconds() - start;
        size_t n = scan_table(store, TABLE(thing), &thing);
        n += scan_table(store, TABLE(certificate), &cert);
        ours[i] = bench_wall_seconds() - start;
        store_close(store);
        if (n != 2 * options->rows) {
            die("restart", "rows are missing");
        }
        theirs[i] = plain_scan(path);
    }
    double mine = median(ours, reps);
    double bound = 2 * median(theirs, reps) + 2;
    fprintf(stderr, "restart with %zu things and certificates: open and check %.2f s\n",
            options->rows, opened);
    return bench_print("P10", "restart-and-scan-seconds", mine, "2-plain-scans-and-2-s", bound,
                       bound / mine, options->half);
}

/* ---- a page ---------------------------------------------------------------------------------- */

struct page {
    struct store *store;
    struct arena *mem;
    size_t rows;
    uint64_t state;
    void (*read)(struct page *page, size_t at);
};

/* A page: a view, a scan, fifty rows. */
static void read_page(struct page *page, const struct table *table, const struct store_range *range)
{
    struct why why;
    struct store_tx *view = NULL;
    struct store_scan *scan = NULL;
    must(store_read_begin(page->store, &view, &why), &why);
    must(store_scan_open(view, table, range, &scan, &why), &why);
    bool more = true;
    for (size_t i = 0; i < PAGE_ROWS && more; i++) {
        struct certificate row; /* the larger of the two */
        must(store_scan_next(scan, &row, page->mem, &more, &why), &why);
    }
    store_scan_close(scan);
    store_read_end(view);
    arena_clear(page->mem);
}

/* As ListThings: by name, behind a random one. */
static void page_of_things(struct page *page, size_t at)
{
    char name[40];
    snprintf(name, sizeof name, "device-%08zu", at);
    struct thing after = {.name = str_from(name)};
    read_page(page, TABLE(thing), &(const struct store_range){.after = &after});
}

/* As ListCertificates: by creation, which scatters the rows, since ids are hashes. */
static void page_of_certificates(struct page *page, size_t at)
{
    char id[65];
    fleet_hex(id, at);
    struct certificate after = {.id = str_from(id), .created = 1767225600000 + (int64_t)at};
    const struct store_range range = {
        .index = INDEX(certificate, by_created),
        .after = &after,
        .columns = COLUMN_BIT(COL_certificate__id) | COLUMN_BIT(COL_certificate__status) |
                   COLUMN_BIT(COL_certificate__mode) | COLUMN_BIT(COL_certificate__created)};
    read_page(page, TABLE(certificate), &range);
}

static double page_rate(void *ctx)
{
    struct page *page = ctx;
    double start = bench_cpu_seconds();
    double spent = 0;
    size_t n = 0;
    while (spent < RUN_SECONDS / 2) {
        page->read(page, bench_random(&page->state) % (page->rows - PAGE_ROWS));
        n++;
        spent = bench_cpu_seconds() - start;
    }
    return (double)n / spent;
}

static bool bench_page(const struct options *options, const char *large, const char *small)
{
    struct page pages[2] = {{.rows = options->rows, .state = 1}, {.rows = 1000, .state = 1}};
    build_fleet(small, 1000);
    pages[0].store = open_at(large);
    pages[1].store = open_at(small);
    pages[0].mem = arena_new(1 << 20);
    pages[1].mem = arena_new(1 << 20);
    pages[0].read = pages[1].read = page_of_things;
    bool ok = pairs(options, "P9", "page-of-50-things-of-a-large-fleet", page_rate, &pages[0],
                    "page-of-50-of-1000", page_rate, &pages[1], 0.8);
    pages[0].read = pages[1].read = page_of_certificates;
    ok = pairs(options, "P9", "page-of-50-certificates-of-a-large-fleet", page_rate, &pages[0],
               "page-of-50-of-1000", page_rate, &pages[1], 0.8) &&
         ok;
    for (size_t i = 0; i < 2; i++) {
        store_close(pages[i].store);
        arena_free(pages[i].mem);
    }
    return ok;
}

/* ---- main ------------------------------------------------------------------------------------ */

static bool read_number(const char *text, size_t least, size_t most, size_t *ret)
{
    char *end = NULL;
    unsigned long long value = text == NULL ? 0 : strtoull(text, &end, 10);
    *ret = (size_t)value;
    return text != NULL && *end == '\0' && value >= least && value <= most;
}

static bool read_options(char **argv, struct options *options, const char **ret_dir)
{
    for (char **at = argv + 1; *at != NULL; at++) {
        if (strcmp(*at, "--half") == 0) {
            options->half = 0.5;
        } else if (strcmp(*at, "--only") == 0 && at[1] != NULL) {
            options->only = *++at;
        } else if (strcmp(*at, "--dir") == 0 && at[1] != NULL) {
            *ret_dir = *++at;
        } else if (strcmp(*at, "--rows") == 0 &&
                   read_number(at[1], 1000, 100000000, &options->rows)) {
            at++;
        } else if (strcmp(*at, "--reps") == 0 && read_number(at[1], 1, REPS_MOST, &options->reps)) {
            at++;
        } else {
            return false;
        }
    }
    return true;
}

static bool wanted(const struct options *options, const char *name)
{
    return options->only == NULL || strcmp(options->only, name) == 0;
}

static bool run_all(const struct options *options)
{
    char ours[512];
    char theirs[512];
    char large[512];
    bool ok = true;
    snprintf(ours, sizeof ours, "%s/ours.db", options->dir);
    snprintf(theirs, sizeof theirs, "%s/plain.db", options->dir);
    snprintf(large, sizeof large, "%s/fleet.db", options->dir);
    if (wanted(options, "acks")) {
        ok = bench_acks(options, ours, theirs) && ok;
        remove_database(ours);
        remove_database(theirs);
    }
    if (wanted(options, "findings")) {
        ok = bench_findings(options, ours, theirs) && ok;
        remove_database(ours);
        remove_database(theirs);
    }
    if (wanted(options, "restart") || wanted(options, "page")) {
        build_fleet(large, options->rows);
    }
    if (wanted(options, "restart")) {
        ok = bench_restart(options, large) && ok;
    }
    if (wanted(options, "page")) {
        ok = bench_page(options, large, ours) && ok;
    }
    remove_database(ours);
    remove_database(large);
    return ok;
}

int main(int argc, char **argv)
{
    struct options options = {.half = 1, .rows = 200000, .reps = 7};
    const char *dir = getenv("TMPDIR");
    dir = dir == NULL ? "/var/tmp" : dir;
    if (argc < 1 || !read_options(argv, &options, &dir)) {
        fprintf(stderr, "usage: bench_store [--half] [--only acks|findings|restart|page] "
                        "[--rows N] [--reps N] [--dir FOLDER]\n");
        return 2;
    }
    snprintf(options.dir, sizeof options.dir, "%.200s/bench-store-XXXXXX", dir);
    if (mkdtemp(options.dir) == NULL) {
        die(options.dir, "no folder can be made there");
    }
    bool ok = run_all(&options);
    rmdir(options.dir);
    return ok ? 0 : 1;
}
