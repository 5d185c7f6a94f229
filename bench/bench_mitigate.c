/* bench_mitigate.c: a mitigation task over a fleet, with durable steps, against plain batch inserts
 * into SQLite (the reference of P10's batched rows: WAL, NORMAL, 300 bytes, 1,000 a transaction).
 *
 * Each certificate is one finding and one step: planned, its role asked, deactivated; with it its
 * execution and its change are written: three rows, two of whose indexes move. Ours syncs each
 * commit (FULL), as the daemon does; both sides are counted in CPU seconds of the whole process.
 *
 *     bench_mitigate [--certificates N] [--reps N] [--gate] */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "account/finding_prefix.h"
#include "account/iam_grant.h"
#include "account/iam_role.h"
#include "bench.h"
#include "mitigate/runner.h"

enum {
    CERTIFICATES = 100000,
    REPS = 3,
    FILL = 2000,
    PLAIN_ROWS = 300000,
    PLAIN_BYTES = 300,
    PLAIN_BATCH = 1000,
    MEMORY = 64 << 20,
    NAME_MAX_BYTES = 64
};

static const struct str AUDIT = STR_INIT("0123456789abcdef0123456789abcdef");
static const char CHECK[] = "DEVICE_CERTIFICATE_EXPIRING_CHECK";

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_mitigate: %s: %s\n", what, why);
    exit(2);
}

static void must(enum status status, const struct why *why)
{
    if (status != STATUS_OK) {
        die(status_name(status), why->text);
    }
}

static double process_seconds(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- the account ----------------------------------------------------------------------------- */

struct site {
    struct store *store;
    struct arena *mem;
    size_t n; /* certificates */
    int64_t now;
    char prefix[NAME_MAX_BYTES]; /* of the findings' ids */
    size_t from;                 /* of the rows being written */
    char task[NAME_MAX_BYTES];
};

static struct account_ctx context(struct site *site, struct store_tx *tx)
{
    return (struct account_ctx){.id = {STR("123456789012"), STR("us-east-1")},
                                .clock = clock_fixed(&site->now),
                                .rnd = rnd_system(),
                                .mem = site->mem,
                                .tx = tx};
}

/* Ids in the order of the findings, which is that in which an audit walks the fleet. */
static void id_of(size_t number, char id[65])
{
    uint64_t state = number;
    snprintf(id, 65, "%016llx", (unsigned long long)number * (UINT64_MAX / (1 << 24)));
    for (size_t i = 1; i < 4; i++) {
        snprintf(id + 16 * i, 17, "%016llx", (unsigned long long)bench_random(&state));
    }
}

static enum status put_certificate(struct store_tx *tx, size_t number, struct why *why)
{
    char id[65];
    id_of(number, id);
    /* Times of creation in another order than ids, as in a fleet. */
    uint64_t state = number;
    const struct certificate row = {
        .id = {id, 64},
        .status = STR("ACTIVE"),
        .ca_id = {id, 0},
        .mode = STR("DEFAULT"),
        .created = INT64_C(1700000000000) + (int64_t)(bench_random(&state) % 1000000000),
        .version = 1,
        .generation_id = {id, 36},
        .owner = STR("123456789012"),
        .serial = {id, 40},
        .issuer = STR("CN=Factory CA,O=Example,C=NL"),
        .subject = STR("CN=device"),
        .issuer_hash = {id, 64},
        .subject_hash = {id, 64},
        .key_kind = STR("EC"),
        .key_bits = 256,
        .key_curve = STR("P-256"),
        .key_hash = {id, 64},
        .signature = STR("ecdsa-with-SHA256"),
    };
    return store_put(tx, TABLE(certificate), &row, why);
}

static enum status put_finding(const struct site *site, struct store_tx *tx, size_t number,
                               struct why *why)
{
    char cert[65];
    char id[160];
    char key[128];
    id_of(number, cert);
    snprintf(id, sizeof id, "%s%.12s-0123456789abcdef01234567", site->prefix, cert);
    snprintf(key, sizeof key, "deviceCertificateId=%s", cert);
    const struct finding row = {.id = str_from(id),
                                .task = AUDIT,
                                .check_name = str_from(CHECK),
                                .severity = STR("MEDIUM"),
                                .task_started = site->now,
                                .found = site->now,
                                .resource_type = STR("DEVICE_CERTIFICATE"),
                                .resource_key = str_from(key),
                                .info = STR("{\"EXPIRATION_TIME\":\"1768262400000\"}"),
                                .reason_code = STR("CERTIFICATE_APPROACHING_EXPIRATION"),
                                .reason = STR("Certificate is approaching its expiration.")};
    return store_put(tx, TABLE(finding), &row, why);
}

static enum status fill_certificates(struct store_tx *tx, void *ctx, struct why *why)
{
    const struct site *site = ctx;
    for (size_t i = site->from; i < site->from + FILL && i < site->n; i++) {
        TRY(put_certificate(tx, i, why));
    }
    return STATUS_OK;
}

static enum status fill_findings(struct store_tx *tx, void *ctx, struct why *why)
{
    const struct site *site = ctx;
    for (size_t i = site->from; i < site->from + FILL && i < site->n; i++) {
        TRY(put_finding(site, tx, i, why));
    }
    return STATUS_OK;
}

static void fill(struct site *site, store_work *work)
{
    struct why why;
    for (site->from = 0; site->from < site->n; site->from += FILL) {
        must(store_write(site->store, work, site, &why), &why);
    }
}

static enum status make_account(struct store_tx *tx, void *arg, struct why *why)
{
    struct site *site = arg;
    const struct account_ctx ctx = context(site, tx);
    const struct iam_role_create role = {
        .name = STR("mitigate"),
        .trust = STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                     "\"Principal\":{\"Service\":\"iot.amazonaws.com\"},\"Action\":"
                     "\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":"
                     "\"123456789012\"}}}]}")};
    const struct action_new action = {.name = STR("off"),
                                      .role_arn = STR("arn:aws:iam::123456789012:role/mitigate"),
                                      .params = {.kind = ACTION_UPDATE_DEVICE_CERTIFICATE}};
    const struct audit_task audit = {.id = AUDIT, .status = STR("COMPLETED")};
    struct iam_role made;
    struct mitigation_action row;
    TRY(iam_role_create(&ctx, &role, &made, why));
    TRY(iam_inline_put(&ctx, IAM_ROLE, role.name, STR("p"),
                       STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                           "\"Action\":\"iot:UpdateCertificate\",\"Resource\":\"*\"}]}"),
                       why));
    TRY(action_create(&ctx, &action, &row, why));
    return store_insert(tx, TABLE(audit_task), &audit, why);
}

static enum status start_task(struct store_tx *tx, void *arg, struct why *why)
{
    struct site *site = arg;
    const struct account_ctx ctx = context(site, tx);
    const struct str name = STR("off");
    const struct task_actions mapping = {str_from(CHECK), &name, 1};
    const struct task_new in = {.id = str_from(site->task),
                                .token = str_from(site->task),
                                .audit_task = AUDIT,
                                .mapping = &mapping,
                                .n_mapping = 1};
    return task_start(&ctx, &in, why);
}

/* ---- the two sides --------------------------------------------------------------------------- */

/* Certificates a CPU second. */
static double mitigate_rate(struct site *site, int rep)
{
    struct why why;
    const struct mitigate_runner_options options = {.store = site->store,
                                                    .account = context(site, NULL).id,
                                                    .clock = clock_fixed(&site->now),
                                                    .rnd = rnd_system()};
    arena_clear(site->mem);
    snprintf(site->task, sizeof site->task, "task-%d", rep);
    must(store_write(site->store, start_task, site, &why), &why);
    double wall = bench_wall_seconds();
    double start = process_seconds();
    must(mitigate_run_all(&options, &why), &why);
    double spent = process_seconds() - start;
    fprintf(stderr, "%zu certificates in %.2f s (%.2f s of CPU)\n", site->n,
            bench_wall_seconds() - wall, spent);
    return (double)site->n / spent;
}

static void plain_exec(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        die(sql, sqlite3_errmsg(db));
    }
}

static double plain_rate(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL;
    char body[PLAIN_BYTES];
    memset(body, 'x', sizeof body);
    if (sqlite3_open(path, &db) != SQLITE_OK) {
        die(path, sqlite3_errmsg(db));
    }
    plain_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                   "CREATE TABLE t(id INTEGER PRIMARY KEY, body TEXT)");
    sqlite3_prepare_v2(db, "INSERT INTO t(body) VALUES(?)", -1, &insert, NULL);
    double start = process_seconds();
    for (size_t i = 0; i < PLAIN_ROWS; i++) {
        if (i % PLAIN_BATCH == 0) {
            plain_exec(db, i == 0 ? "BEGIN" : "COMMIT; BEGIN");
        }
        sqlite3_bind_text(insert, 1, body, sizeof body, SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE) {
            die("insert", sqlite3_errmsg(db));
        }
        sqlite3_reset(insert);
    }
    plain_exec(db, "COMMIT");
    double spent = process_seconds() - start;
    sqlite3_finalize(insert);
    sqlite3_close(db);
    return PLAIN_ROWS / spent;
}

/* ---- the program ----------------------------------------------------------------------------- */

static void remove_database(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    char name[256];
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

static void make_site(struct site *site, const char *path)
{
    struct why why;
    struct str prefix;
    remove_database(path);
    must(store_open(&(struct store_options){.path = str_from(path)}, &site->store, &why), &why);
    must(finding_prefix(site->mem, AUDIT, str_from(CHECK), &prefix, &why), &why);
    snprintf(site->prefix, sizeof site->prefix, "%.*s", STR_ARG(prefix));
    must(store_write(site->store, make_account, site, &why), &why);
    fill(site, fill_findings);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static size_t number_after(int argc, char **argv, const char *option, size_t fallback)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], option) == 0) {
            return (size_t)strtoul(argv[i + 1], NULL, 10);
        }
    }
    return fallback;
}

int main(int argc, char **argv)
{
    char ours[] = "/tmp/bench-mitigate-XXXXXX";
    char theirs[64];
    double rates[32], references[32], ratios[32];
    size_t reps = number_after(argc, argv, "--reps", REPS);
    struct site site = {.mem = arena_new(MEMORY),
                        .n = number_after(argc, argv, "--certificates", CERTIFICATES),
                        .now = INT64_C(1767225600000)};
    if (bench_is_gate(argc, argv)) {
        return 0;
    }
    if (site.mem == NULL || close(mkstemp(ours)) != 0 || reps == 0 || reps > 32) {
        die("start", "no memory, no place in /tmp, or --reps not from 1 to 32");
    }
    snprintf(theirs, sizeof theirs, "%s-plain", ours);
    make_site(&site, ours);
    for (size_t i = 0; i < reps; i++) {
        fill(&site, fill_certificates); /* all active again */
        rates[i] = mitigate_rate(&site, (int)i);
        references[i] = plain_rate(theirs);
        remove_database(theirs);
        ratios[i] = rates[i] / references[i];
    }
    store_close(site.store);
    remove_database(ours);
    qsort(rates, reps, sizeof rates[0], by_size);
    qsort(references, reps, sizeof references[0], by_size);
    qsort(ratios, reps, sizeof ratios[0], by_size);
    return bench_print("P10", "mitigate-certificates", rates[reps / 2],
                       "sqlite-normal-1000-rows-a-txn", references[reps / 2], ratios[reps / 2],
                       0.25)
               ? 0
               : 1;
}
