/* sqlite_schema.c: which schema a file has, and how it gets to ours.
 *
 * Migrations are numbered from 1, forward only, each one transaction with the number it leads to. A
 * file says what it is by SQLite's application_id and which number it has by user_version; both are
 * in the header, so a file of another program or of a newer one is told without looking further.
 */
#include "store/sqlite_pack.h"

#include "base/banned.h"

enum { APPLICATION_ID = 0x42554c57 }; /* "BULW" */

enum status schema_version(struct sqlite_conn *conn, const char *path, int64_t *ret_version,
                           struct why *why)
{
    int64_t id = 0;
    int64_t version = 0;
    int64_t objects = 0;
    TRY(conn_number(conn, "PRAGMA application_id", &id, why));
    TRY(conn_number(conn, "PRAGMA user_version", &version, why));
    TRY(conn_number(conn, "SELECT count(*) FROM sqlite_schema", &objects, why));
    if (id == 0 && version == 0 && objects == 0) {
        *ret_version = 0;
        return STATUS_OK;
    }
    if (id != APPLICATION_ID || version < 1) {
        return why_set(why, STATUS_UNSUPPORTED, "%s is a database of another program", path);
    }
    if (version > (int64_t)n_migrations) {
        return why_set(why, STATUS_UNSUPPORTED,
                       "%s has schema %lld, made by a newer version; this one knows schemas up to "
                       "%zu",
                       path, (long long)version, n_migrations);
    }
    *ret_version = version;
    return STATUS_OK;
}

static enum status run_migration(struct sqlite_conn *conn, size_t number, struct why *why)
{
    char stamp[96];
    sqlite3_snprintf(sizeof stamp, stamp, "PRAGMA application_id=%d;PRAGMA user_version=%d",
                     APPLICATION_ID, (int)number);
    TRY(conn_exec(conn, migrations[number - 1].text.ptr, "its statements", why));
    return conn_exec(conn, stamp, "its stamp", why);
}

enum status schema_migrate(struct sqlite_conn *conn, int64_t version, struct why *why)
{
    TRY(pack_register(conn, why));
    for (size_t number = (size_t)version + 1; number <= n_migrations; number++) {
        struct why cause;
        TRY(conn_run(conn, SQL_WRITE_BEGIN, why));
        enum status status = run_migration(conn, number, &cause);
        status = status == STATUS_OK ? conn_run(conn, SQL_COMMIT, &cause) : status;
        if (status != STATUS_OK) {
            if (!sqlite3_get_autocommit(conn->handle)) {
                status = conn_run(conn, SQL_ROLLBACK, NULL) == STATUS_OK ? status : STATUS_IO;
            }
            return why_set(why, status, "migration %s: %.400s", migrations[number - 1].name,
                           cause.text);
        }
    }
    return STATUS_OK;
}

enum status schema_fits(struct sqlite_conn *conn, struct why *why)
{
    for (size_t t = 0; t < N_TABLES; t++) {
        sqlite3_stmt *stmt = NULL;
        for (enum row_verb verb = ROW_GET; verb < N_ROW_VERBS; verb++) {
            TRY(conn_row_statement(conn, table_stored(tables[t]), verb, &stmt, why));
        }
        for (size_t i = 0; i < tables[t]->n_indexes; i++) {
            struct scan_plan plan = {.table = tables[t], .index = tables[t]->indexes[i]};
            plan.order = order_of(plan.table, plan.index);
            plan.columns = row_all_columns(plan.table);
            TRY(conn_scan_take(conn, &plan, false, &stmt, why));
            conn_scan_give(conn, stmt);
        }
    }
    return STATUS_OK;
}
