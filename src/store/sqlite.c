/* sqlite.c: the backend that keeps everything in one SQLite file (sqlite_priv.h has the map).
 *
 * Invariants
 *  1. The writer's connection is used by one thread at a time, a view's by the view. After an error
 *     from which the writer's connection does not come back to rest it is closed; the next
 *     transaction opens a new one.
 *  2. A view's snapshot is taken when it begins: by a read, because BEGIN alone takes none.
 *  3. The write-ahead log is bounded. After a commit that leaves it above CHECKPOINT_BYTES its
 * pages are copied into the file; above WAL_BYTES_MAX the writer also waits, for RESET_WAIT_MS at
 *     most, for views older than the copy, so that the log can start over. A view older than that
 *     holds the log; stats count it, and later commits try again.
 *  4. A transaction that SQLite itself took back (disk full, I/O error) is lost as a whole: undo
 *     says so, and with it every job of the group.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite_priv.h"

#include "base/banned.h"

enum {
    WRITER_CACHE = 32 << 20,
    VIEW_CACHE = 2 << 20,
    VIEWS_KEPT = 16, /* connections that wait in the pool */
    PATH_MEMORY = 16 << 10,
    CHECKPOINT_BYTES = 16 << 20,
    WAL_BYTES_MAX = 48 << 20,
    WAL_FILE_MAX = 64 << 20,
    RESET_WAIT_MS = 100,
    BUSY_MS = 5000,
    READ_AHEAD_STEP = 128 << 10, /* what Linux reads ahead at once when not told otherwise */
};

struct sqlite_db {
    struct store_db base;
    struct arena *mem; /* of the paths */
    const char *path;
    const char *wal_path;
    size_t cache_bytes;
    int lock;
    int ahead; /* the file, to read ahead; closed last, since closing drops SQLite's locks on it */

    struct sqlite_conn writer;
    struct sqlite_tx writing;
    size_t wal_tried; /* bytes at which the last reset was tried in vain */
    atomic_size_t wal_bytes;
    atomic_size_t wal_held;

    pthread_mutex_t lock_views;
    struct sqlite_tx *idle;
    size_t n_idle;
};

static struct sqlite_db *db_of(struct store_db *db)
{
    return (struct sqlite_db *)db;
}

/* ---- views ----------------------------------------------------------------------------------- */

static struct sqlite_tx *view_pop(struct sqlite_db *db)
{
    pthread_mutex_lock(&db->lock_views);
    struct sqlite_tx *view = db->idle;
    if (view != NULL) {
        db->idle = view->next;
        db->n_idle--;
    }
    pthread_mutex_unlock(&db->lock_views);
    return view;
}

static void view_free(struct sqlite_tx *view)
{
    conn_close(view->conn);
    mem_free(view->conn);
    mem_free(view);
}

static void view_push(struct sqlite_db *db, struct sqlite_tx *view)
{
    pthread_mutex_lock(&db->lock_views);
    bool keep = db->n_idle < VIEWS_KEPT;
    if (keep) {
        view->next = db->idle;
        db->idle = view;
        db->n_idle++;
    }
    pthread_mutex_unlock(&db->lock_views);
    if (!keep) {
        view_free(view);
    }
}

static enum status view_new(struct sqlite_db *db, struct sqlite_tx **ret_view, struct why *why)
{
    struct sqlite_tx *view = mem_alloc(sizeof *view);
    struct sqlite_conn *conn = mem_alloc(sizeof *conn);
    enum status status = view == NULL || conn == NULL ? why_no_memory(why)
                                                      : conn_open(conn, db->path, VIEW_CACHE, why);
    if (status != STATUS_OK) {
        mem_free(conn);
        mem_free(view);
        return status;
    }
    view->base.db = &db->base;
    view->conn = conn;
    conn->ahead = db->ahead;
    *ret_view = view;
    return STATUS_OK;
}

static enum status sqlite_view_begin(struct store_db *base, struct store_tx **ret_tx,
                                     struct why *why)
{
    struct sqlite_db *db = db_of(base);
    struct sqlite_tx *view = view_pop(db);
    if (view == NULL) {
        TRY(view_new(db, &view, why));
    }
    enum status status = conn_run(view->conn, SQL_VIEW_BEGIN, why);
    status = status == STATUS_OK ? conn_run(view->conn, SQL_SNAPSHOT, why) : status;
    if (status != STATUS_OK) {
        view_free(view);
        return status;
    }
    *ret_tx = &view->base;
    return STATUS_OK;
}

static void sqlite_view_end(struct store_tx *tx)
{
    struct sqlite_tx *view = (struct sqlite_tx *)tx;
    if (conn_run(view->conn, SQL_VIEW_END, NULL) == STATUS_OK) {
        view_push(db_of(tx->db), view);
    } else {
        view_free(view);
    }
}

/* ---- the writer ------------------------------------------------------------------------------ */

/* Called by SQLite after each commit with the pages that the log has. */
static int note_wal(void *ctx, sqlite3 *handle, const char *name, int pages)
{
    struct sqlite_db *db = ctx;
    (void)handle;
    (void)name;
    atomic_store(&db->wal_bytes, (size_t)pages * PAGE_BYTES);
    return SQLITE_OK;
}

static enum status writer_open(struct sqlite_db *db, struct why *why)
{
    if (db->writer.handle != NULL) {
        return STATUS_OK;
    }
    TRY(conn_open(&db->writer, db->path, db->cache_bytes, why));
    sqlite3_wal_hook(db->writer.handle, note_wal, db);
    return STATUS_OK;
}

/* Brings the connection to rest, or gives it up. */
static void writer_rest(struct sqlite_db *db)
{
    if (!sqlite3_get_autocommit(db->writer.handle) &&
        conn_run(&db->writer, SQL_ROLLBACK, NULL) != STATUS_OK) {
        conn_close(&db->writer);
    }
}

static enum status sqlite_write_begin(struct store_db *base, struct store_tx **ret_tx,
                                      struct why *why)
{
    struct sqlite_db *db = db_of(base);
    TRY(writer_open(db, why));
    TRY(conn_run(&db->writer, SQL_WRITE_BEGIN, why));
    db->writing.base.db = base;
    db->writing.conn = &db->writer;
    *ret_tx = &db->writing.base;
    return STATUS_OK;
}

/* SQLite rolls back by itself when it cannot go on; then nothing is left to commit or undo. */
static enum status still_open(const struct sqlite_tx *tx, struct why *why)
{
    if (sqlite3_get_autocommit(tx->conn->handle)) {
        return why_set(why, STATUS_IO, "the database took back the whole transaction: %.400s",
                       tx->base.broken == STATUS_OK ? "no cause given" : tx->base.why.text);
    }
    return STATUS_OK;
}

static enum status sqlite_commit(struct store_tx *base, struct why *why)
{
    struct sqlite_tx *tx = (struct sqlite_tx *)base;
    enum status status = still_open(tx, why);
    status = status == STATUS_OK ? conn_run(tx->conn, SQL_COMMIT, why) : status;
    if (status != STATUS_OK) {
        writer_rest(db_of(base->db));
    }
    return status;
}

static void sqlite_rollback(struct store_tx *tx)
{
    writer_rest(db_of(tx->db));
}

static enum status sqlite_mark(struct store_tx *base, struct why *why)
{
    struct sqlite_tx *tx = (struct sqlite_tx *)base;
    TRY(still_open(tx, why));
    return conn_run(tx->conn, SQL_MARK, why);
}

static enum status sqlite_undo(struct store_tx *base, struct why *why)
{
    struct sqlite_tx *tx = (struct sqlite_tx *)base;
    TRY(still_open(tx, why));
    TRY(conn_run(tx->conn, SQL_UNDO, why));
    return conn_run(tx->conn, SQL_RELEASE, why);
}

static enum status sqlite_release(struct store_tx *base, struct why *why)
{
    struct sqlite_tx *tx = (struct sqlite_tx *)base;
    TRY(still_open(tx, why));
    return conn_run(tx->conn, SQL_RELEASE, why);
}

/* ---- care ------------------------------------------------------------------------------------ */

static size_t file_size(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && about.st_size > 0 ? (size_t)about.st_size : 0;
}

/* The log could not be emptied because a view still reads it: tried again when it has grown by as
 * much as would have been copied. */
static void wal_reset(struct sqlite_db *db)
{
    size_t bytes = atomic_load(&db->wal_bytes);
    if (bytes < WAL_BYTES_MAX || bytes < db->wal_tried + CHECKPOINT_BYTES) {
        return;
    }
    sqlite3_busy_timeout(db->writer.handle, RESET_WAIT_MS);
    int rc =
        sqlite3_wal_checkpoint_v2(db->writer.handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(db->writer.handle, BUSY_MS);
    if (rc == SQLITE_OK) {
        atomic_store(&db->wal_bytes, 0);
        db->wal_tried = 0;
    } else {
        atomic_fetch_add(&db->wal_held, 1);
        db->wal_tried = bytes;
    }
}

/* A checkpoint that fails has lost nothing: the log still has everything. */
static void sqlite_tidy(struct store_db *base)
{
    struct sqlite_db *db = db_of(base);
    if (db->writer.handle == NULL || atomic_load(&db->wal_bytes) < CHECKPOINT_BYTES) {
        return;
    }
    int in_log = 0;
    int copied = 0;
    int rc = sqlite3_wal_checkpoint_v2(db->writer.handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log,
                                       &copied);
    if (rc == SQLITE_OK && copied == in_log) {
        atomic_store(&db->wal_bytes, 0); /* the next commit starts the log over */
    }
    wal_reset(db);
}

/* The check at opening reads all of the file, by key, and would wait for each page. Read in the
 * file's order they come as fast as the disk gives; of a file that would fill half of the machine's
 * memory, nothing is asked for. */
static void read_all_ahead(const struct sqlite_db *db)
{
    struct stat about;
    uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    if (db->ahead < 0 || fstat(db->ahead, &about) != 0 || (uint64_t)about.st_size > memory / 2) {
        return;
    }
    for (off_t at = 0; at < about.st_size; at += READ_AHEAD_STEP) {
        posix_fadvise(db->ahead, at, READ_AHEAD_STEP, POSIX_FADV_WILLNEED);
    }
}

static enum status check_with(struct sqlite_conn *conn, const char *sql, struct why *why)
{
    sqlite3_stmt *stmt = NULL;
    enum status status = STATUS_OK;
    int rc = sqlite3_prepare_v2(conn->handle, sql, -1, &stmt, NULL);
    rc = rc == SQLITE_OK ? sqlite3_step(stmt) : rc;
    if (rc != SQLITE_ROW) {
        status = conn_fail(conn, rc, "checking", "the store", why);
    } else {
        const char *said = (const char *)sqlite3_column_text(stmt, 0);
        if (said == NULL || !str_eq(str_from(said), STR("ok"))) {
            status = why_set(why, STATUS_CORRUPT, "the store is damaged: %s",
                             said == NULL ? "no answer" : said);
        }
    }
    sqlite3_finalize(stmt);
    return status;
}

static enum status sqlite_check(struct store_db *base, struct why *why)
{
    struct store_tx *view = NULL;
    TRY(sqlite_view_begin(base, &view, why));
    enum status status =
        check_with(((struct sqlite_tx *)view)->conn, "PRAGMA integrity_check(1)", why);
    sqlite_view_end(view);
    return status;
}

static void sqlite_stats(struct store_db *base, struct store_stats *ret_stats)
{
    struct sqlite_db *db = db_of(base);
    ret_stats->file_bytes = file_size(db->path);
    ret_stats->wal_bytes = file_size(db->wal_path);
    ret_stats->wal_held = atomic_load(&db->wal_held);
}

/* The last connection to close copies the log into the file and removes it. */
static void sqlite_close(struct store_db *base)
{
    struct sqlite_db *db = db_of(base);
    for (struct sqlite_tx *view; (view = view_pop(db)) != NULL;) {
        view_free(view);
    }
    conn_close(&db->writer);
    if (db->ahead >= 0) {
        close(db->ahead);
    }
    if (db->lock >= 0) {
        close(db->lock);
    }
    pthread_mutex_destroy(&db->lock_views);
    arena_free(db->mem);
    mem_free(db);
}

static const struct store_backend sqlite_backend = {
    .name = "sqlite",
    .view_begin = sqlite_view_begin,
    .view_end = sqlite_view_end,
    .write_begin = sqlite_write_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .mark = sqlite_mark,
    .undo = sqlite_undo,
    .release = sqlite_release,
    .get = sqlite_get,
    .insert = sqlite_insert,
    .put = sqlite_put,
    .delete = sqlite_delete,
    .update = sqlite_update,
    .scan_open = sqlite_scan_open,
    .scan_next = sqlite_scan_next,
    .scan_close = sqlite_scan_close,
    .count = sqlite_count,
    .check = sqlite_check,
    .tidy = sqlite_tidy,
    .stats = sqlite_stats,
    .close = sqlite_close,
};

/* ---- opening --------------------------------------------------------------------------------- */

static enum status db_new(struct str path, size_t cache_bytes, struct sqlite_db **ret_db,
                          struct why *why)
{
    struct sqlite_db *db = mem_alloc(sizeof *db);
    TRY_PTR(db);
    db->base.backend = &sqlite_backend;
    db->lock = -1;
    db->ahead = -1;
    db->cache_bytes = cache_bytes == 0 ? WRITER_CACHE : cache_bytes;
    pthread_mutex_init(&db->lock_views, NULL);
    db->mem = arena_new(PATH_MEMORY);
    struct str wal = STR_ABSENT;
    enum status status = db->mem == NULL ? why_no_memory(why)
                                         : str_fmt(db->mem, &wal, why, "%.*s-wal", STR_ARG(path));
    db->path = status == STATUS_OK ? str_z(db->mem, path) : NULL;
    db->wal_path = wal.ptr;
    if (db->path == NULL) {
        sqlite_close(&db->base);
        return status == STATUS_OK ? why_no_memory(why) : status;
    }
    *ret_db = db;
    return STATUS_OK;
}

/* Before the first page is written. */
static enum status make_wal(struct sqlite_db *db, struct why *why)
{
    char sql[160];
    sqlite3_snprintf(sizeof sql, sql,
                     "PRAGMA page_size=%d;PRAGMA journal_mode=WAL;"
                     "PRAGMA journal_size_limit=%d",
                     PAGE_BYTES, WAL_FILE_MAX);
    return conn_exec(&db->writer, sql, "its settings", why);
}

/* Opens the file and finds out whether it can be used; *ret_version is its schema's. */
static enum status db_look(struct sqlite_db *db, bool full_check, int64_t *ret_version,
                           struct why *why)
{
    int64_t version = 0;
    TRY(writer_open(db, why));
    db->ahead = open(db->path, O_RDONLY | O_CLOEXEC); /* without it nothing is read ahead */
    TRY(schema_version(&db->writer, db->path, &version, why));
    TRY(make_wal(db, why));
    if (version > 0) {
        read_all_ahead(db);
        TRY(check_with(&db->writer,
                       full_check ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)", why));
    }
    *ret_version = version;
    return STATUS_OK;
}

static enum status db_prepare(struct sqlite_db *db, bool full_check, struct why *why)
{
    int64_t version = 0;
    struct why cause = {.code = STATUS_OK};
    TRY(sqlite_file_take(db->path, &db->lock, why));
    enum status status = db_look(db, full_check, &version, &cause);
    if (status == STATUS_CORRUPT) {
        return why_set(why, status,
                       "%s cannot be used (%.300s); nothing in it was changed: put a backup in its "
                       "place",
                       db->path, cause.text);
    }
    if (status != STATUS_OK) {
        return why_set(why, status, "%s", cause.text);
    }
    TRY(schema_migrate(&db->writer, version, why));
    return schema_fits(&db->writer, why);
}

enum status sqlite_open(const struct store_options *options, struct store_db **ret_db,
                        struct why *why)
{
    struct sqlite_db *db = NULL;
    /* SQLite counts its memory under one lock of the process, which the writer and all views would
     * take at each allocation; nobody asks for the count. Refused, and without effect, when SQLite
     * is at work already. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    TRY(db_new(options->path, options->cache_bytes, &db, why));
    enum status status = db_prepare(db, options->check_on_open, why);
    if (status != STATUS_OK) {
        sqlite_close(&db->base);
        return status;
    }
    *ret_db = &db->base;
    return STATUS_OK;
}
