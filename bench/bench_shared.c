/* bench_shared.c: the audit of shared certificates over a long history, against one bare scan of
 * the index that it reads.
 *
 *     bench_shared [--full] [options of bench.h]
 *
 * A million sessions of the last 31 days, or with --full ten million: a hundred of each client,
 * most with a certificate of its own, one certificate in a thousand shared by two clients. The
 * store lies in the program's own folder and is kept for the next run; it is filled without the
 * index, which is made at the end.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/session.h"
#include "audit/config.h"
#include "audit/runner.h"
#include "audit/task.h"
#include "audit/window.h"
#include "bench.h"
#include "fleet.h"

enum { PER_CLIENT = 100, SHARED_EACH = 1000, MANY = 1000000, FULL = 10000000, SQL_MAX = 2048 };

struct sides {
    char path[512];
    struct store *store;
    struct arena *mem;
    int64_t now;
    struct audit_runner_options options;
    sqlite3 *db;
    size_t sessions;
};

static void die(const char *what)
{
    fprintf(stderr, "bench_shared: %s\n", what);
    exit(2);
}

static void sql(sqlite3 *db, const char *text)
{
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK) {
        die(sqlite3_errmsg(db));
    }
}

/* ---- the history ----------------------------------------------------------------------------- */

/* The index as the migration made it: kept, so that it can be made anew behind the rows. */
static void index_text(sqlite3 *db, char text[SQL_MAX])
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(db, "SELECT sql FROM sqlite_schema WHERE name = 'session_by_end'", -1,
                           &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW) {
        die(sqlite3_errmsg(db));
    }
    snprintf(text, SQL_MAX, "%s", (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
}

static void put_session(sqlite3_stmt *stmt, size_t client, size_t i, uint64_t *seed)
{
    char name[32];
    char principal[65];
    const int64_t slot = (int64_t)WINDOW_DAYS * DAY_MS / PER_CLIENT;
    size_t owner = client % SHARED_EACH == 1 ? client - 1 : client;
    int64_t connected = FLEET_NOW - (int64_t)WINDOW_DAYS * DAY_MS + (int64_t)i * slot +
                        (int64_t)(bench_random(seed) % (uint64_t)(slot / 10));
    int64_t disconnected = connected + slot / 2;
    snprintf(name, sizeof name, "device-%08zu", client);
    snprintf(principal, sizeof principal, "%016llx%048zx",
             (unsigned long long)(owner * UINT64_C(0x9E3779B97F4A7C15)), owner);
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(stmt, 2, connected);
    sqlite3_bind_text(stmt, 3, principal, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(stmt, 4, disconnected);
    sqlite3_bind_int64(stmt, 5, session_day(disconnected));
    if (sqlite3_step(stmt) != SQLITE_DONE || sqlite3_reset(stmt) != SQLITE_OK) {
        die("a session cannot be written");
    }
}

static void fill(const char *path, size_t sessions)
{
    char index[SQL_MAX];
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    uint64_t seed = 12;
    if (sqlite3_open(path, &db) != SQLITE_OK) {
        die(sqlite3_errmsg(db));
    }
    index_text(db, index);
    sql(db, "PRAGMA synchronous=OFF; PRAGMA cache_size=-262144; DROP INDEX session_by_end; BEGIN");
    if (sqlite3_prepare_v2(
            db,
            "INSERT INTO session(client, connected, begun, principal, kind, disconnected, reason,"
            " ended_day) VALUES(?, ?, 1, ?, 0, ?, '', ?)",
            -1, &stmt, NULL) != SQLITE_OK) {
        die(sqlite3_errmsg(db));
    }
    for (size_t i = 0; i < sessions; i++) {
        put_session(stmt, i / PER_CLIENT, i % PER_CLIENT, &seed);
    }
    sqlite3_finalize(stmt);
    sql(db, "COMMIT");
    sql(db, index);
    sql(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    sqlite3_close(db);
}

/* Made under another name and then moved, so that a cut-off run leaves nothing half done. */
static void make(const char *path, size_t sessions)
{
    char other[600];
    struct why why;
    struct store *store = NULL;
    snprintf(other, sizeof other, "%s.new", path);
    unlink(other);
    const struct store_options options = {.path = str_from(other)};
    fleet_must(store_open(&options, &store, &why), &why);
    store_close(store);
    fill(other, sessions);
    if (rename(other, path) != 0) {
        die("the store cannot be moved to its place");
    }
}

static void sides_open(struct sides *sides, const char *folder, size_t sessions)
{
    struct why why;
    *sides = (struct sides){.now = FLEET_NOW, .sessions = sessions};
    snprintf(sides->path, sizeof sides->path, "%s/sessions-%zu.db", folder, sessions);
    if (access(sides->path, F_OK) != 0) {
        make(sides->path, sessions);
    }
    const struct store_options options = {.path = str_from(sides->path)};
    fleet_must(store_open(&options, &sides->store, &why), &why);
    sides->mem = arena_new(64 << 20);
    sides->options = (struct audit_runner_options){
        .store = sides->store,
        .account = fleet_account(),
        .clock = clock_fixed(&sides->now),
        .rnd = rnd_system(), /* a kept store has tasks of former runs */
        .session_lag_ms = 2 * HOUR_MS};
    if (sqlite3_open_v2(sides->path, &sides->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        die(sqlite3_errmsg(sides->db));
    }
}

static void sides_close(struct sides *sides)
{
    sqlite3_close(sides->db);
    store_close(sides->store);
    arena_free(sides->mem);
}

/* ---- the sides ------------------------------------------------------------------------------- */

static enum status start_audit(const struct account_ctx *ctx, void *arg, struct why *why)
{
    static const enum check_id check = CHECK_DEVICE_CERTIFICATE_SHARED;
    const struct audit_setting on = {
        .name = check_rows[check].name, .enabled = 1, .enabled_at = FLEET_NOW - DAY_MS};
    TRY(store_put(ctx->tx, TABLE(audit_setting), &on, why));
    return audit_task_start(ctx, &check, 1, arg, why);
}

static void begin(struct sides *sides, struct str *ret_task)
{
    struct why why;
    arena_clear(sides->mem);
    const struct account_ctx ctx = {.id = sides->options.account,
                                    .clock = sides->options.clock,
                                    .rnd = sides->options.rnd,
                                    .mem = sides->mem};
    struct account_call call = {.ctx = &ctx, .run = start_audit, .arg = ret_task};
    fleet_must(store_write(sides->store, account_call_run, &call, &why), &why);
}

static void check_result(struct sides *sides, struct str task)
{
    struct why why;
    AUTO_VIEW *view = NULL;
    struct audit_check_run run = {.task = task, .name = STR("DEVICE_CERTIFICATE_SHARED_CHECK")};
    fleet_must(store_read_begin(sides->store, &view, &why), &why);
    fleet_must(store_get(view, TABLE(audit_check_run), &run, sides->mem, &why), &why);
    size_t clients = sides->sessions / PER_CLIENT;
    if (!str_eq(run.status, STR("COMPLETED_NON_COMPLIANT")) ||
        run.non_compliant != (int64_t)((clients + SHARED_EACH - 2) / SHARED_EACH) ||
        run.total + run.non_compliant != (int64_t)clients) {
        die("the audit did not find the certificates that are shared");
    }
}

static void run_audit(void *ctx, size_t n)
{
    struct sides *sides = ctx;
    struct why why;
    struct str task;
    (void)n;
    begin(sides, &task);
    fleet_must(audit_run_all(&sides->options, &why), &why);
    check_result(sides, task);
}

static void run_scan(void *ctx, size_t n)
{
    struct sides *sides = ctx;
    sqlite3_stmt *stmt = NULL;
    size_t seen = 0;
    if (sqlite3_prepare_v2(sides->db,
                           "SELECT client, connected, begun, principal, disconnected FROM session "
                           "INDEXED BY session_by_end WHERE ended_day >= 0",
                           -1, &stmt, NULL) != SQLITE_OK) {
        die(sqlite3_errmsg(sides->db));
    }
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        bench_keep(sqlite3_column_text(stmt, 0));
        bench_keep((const void *)(intptr_t)sqlite3_column_int64(stmt, 1));
        bench_keep((const void *)(intptr_t)sqlite3_column_int64(stmt, 2));
        bench_keep(sqlite3_column_text(stmt, 3));
        bench_keep((const void *)(intptr_t)sqlite3_column_int64(stmt, 4));
        seen++;
    }
    sqlite3_finalize(stmt);
    if (seen != n) {
        die("the reference did not see every session");
    }
}

int main(int argc, char **argv)
{
    char folder[400];
    const char *slash = strrchr(argv[0], '/');
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - argv[0]),
             slash == NULL ? "." : argv[0]);
    size_t sessions = MANY;
    bool gate = argc == 4 && strcmp(argv[1], "--gate") == 0;
    if (gate) {
        sessions = strtoull(argv[3], NULL, 10) / PER_CLIENT * PER_CLIENT;
    } else if (argc > 1 && strcmp(argv[1], "--full") == 0) {
        sessions = FULL;
        argv[1] = argv[0];
        argc--;
        argv++;
    }
    struct sides sides;
    sides_open(&sides, folder, sessions);
    const struct bench row = {.goal = "shared",
                              .name = "shared-audit",
                              .ours = {"ours", run_audit, &sides},
                              .reference = {"sqlite-index-scan", run_scan, &sides},
                              .batch = sessions,
                              .floor = 1.0 / 3};
    int status = bench_main(argc, argv, &row, 1);
    if (!gate) {
        fprintf(stderr, "%zu sessions, peak %ld MiB\n", sessions, bench_peak_kib() / 1024);
    }
    sides_close(&sides);
    return status;
}
