/* sqlite_sql.c: all statements on rows, derived from the descriptors. Plain SQL: row values and ON
 * CONFLICT are understood by PostgreSQL too; INDEXED BY, which is not, says what its planner would
 * find by itself.
 */
#include "store/sqlite_priv.h"

#include "base/banned.h"

/* Names are ours, and some ("key") are words of SQL. */
static void put_name(struct buf *out, const char *name)
{
    buf_put_fmt(out, "\"%s\"", name);
}

static void put_columns(struct buf *out, const struct table *table, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_put_str(out, i == 0 ? STR("") : STR(","));
        put_name(out, table->columns[i].name);
    }
}

static void put_key_condition(struct buf *out, const struct table *table)
{
    for (size_t i = 0; i < table->n_key; i++) {
        buf_put_str(out, i == 0 ? STR(" WHERE ") : STR(" AND "));
        put_name(out, table->columns[i].name);
        buf_put_str(out, STR("=?"));
    }
}

static void put_insert(struct buf *out, const struct table *table)
{
    buf_put_fmt(out, "INSERT INTO \"%s\"(", table->name);
    put_columns(out, table, table->n_columns);
    buf_put_str(out, STR(") VALUES("));
    for (size_t i = 0; i < table->n_columns; i++) {
        buf_put_str(out, i == 0 ? STR("?") : STR(",?"));
    }
    buf_put_str(out, STR(")"));
}

static void put_upsert(struct buf *out, const struct table *table)
{
    put_insert(out, table);
    buf_put_str(out, STR(" ON CONFLICT("));
    put_columns(out, table, table->n_key);
    if (table->n_key == table->n_columns) {
        buf_put_str(out, STR(") DO NOTHING"));
        return;
    }
    buf_put_str(out, STR(") DO UPDATE SET "));
    for (size_t i = table->n_key; i < table->n_columns; i++) {
        const char *name = table->columns[i].name;
        buf_put_fmt(out, "%s\"%s\"=excluded.\"%s\"", i == table->n_key ? "" : ",", name, name);
    }
}

void sql_row(struct buf *out, const struct table *table, enum row_verb verb)
{
    switch (verb) {
    case ROW_INSERT:
        put_insert(out, table);
        break;
    case ROW_PUT:
        put_upsert(out, table);
        break;
    case ROW_DELETE:
        buf_put_fmt(out, "DELETE FROM \"%s\"", table->name);
        put_key_condition(out, table);
        break;
    default:
        buf_put_str(out, STR("SELECT "));
        put_columns(out, table, table->n_columns);
        buf_put_fmt(out, " FROM \"%s\"", table->name);
        put_key_condition(out, table);
    }
}

/* The columns of the mask, each followed by a text. */
static void put_masked(struct buf *out, const struct table *table, uint64_t columns,
                       const char *behind)
{
    const char *before = "";
    for (size_t i = 0; i < table->n_columns; i++) {
        if ((columns & (UINT64_C(1) << i)) != 0) {
            buf_put_fmt(out, "%s\"%s\"%s", before, table->columns[i].name, behind);
            before = ",";
        }
    }
}

void sql_part(struct buf *out, const struct table *table, uint64_t columns, bool get)
{
    if (get) {
        buf_put_str(out, STR("SELECT "));
        put_masked(out, table, columns, "");
        buf_put_fmt(out, " FROM \"%s\"", table->name);
    } else {
        buf_put_fmt(out, "UPDATE \"%s\" SET ", table->name);
        put_masked(out, table, columns, "=?");
    }
    put_key_condition(out, table);
}

static void put_order_name(struct buf *out, const struct scan_plan *plan, size_t i)
{
    put_name(out, plan->table->columns[plan->order.columns[i]].name);
}

/* Columns n_prefix.. of the bound as one row value: ("created","id")>(?,?). Behind the one row that
 * a prefix of all columns names there is nothing. */
static void put_bound(struct buf *out, const struct scan_plan *plan)
{
    if (plan->n_bound == plan->n_prefix) {
        buf_put_str(out, STR("FALSE"));
        return;
    }
    buf_put_str(out, STR("("));
    for (size_t i = plan->n_prefix; i < plan->n_bound; i++) {
        buf_put_str(out, i == plan->n_prefix ? STR("") : STR(","));
        put_order_name(out, plan, i);
    }
    buf_put_fmt(out, ")%s%s(", plan->descending ? "<" : ">", plan->strict ? "" : "=");
    for (size_t i = plan->n_prefix; i < plan->n_bound; i++) {
        buf_put_str(out, i == plan->n_prefix ? STR("?") : STR(",?"));
    }
    buf_put_str(out, STR(")"));
}

static void put_range(struct buf *out, const struct scan_plan *plan)
{
    buf_put_fmt(out, " FROM \"%s\"", plan->table->name);
    if (plan->index != NULL) {
        buf_put_fmt(out, " INDEXED BY \"%s_%s\"", plan->table->name, plan->index->name);
    }
    for (size_t i = 0; i < plan->n_prefix; i++) {
        buf_put_str(out, i == 0 ? STR(" WHERE ") : STR(" AND "));
        put_order_name(out, plan, i);
        buf_put_str(out, STR("=?"));
    }
    if (plan->n_bound > 0) {
        buf_put_str(out, plan->n_prefix == 0 ? STR(" WHERE ") : STR(" AND "));
        put_bound(out, plan);
    }
}

/* Columns of the prefix are the same in all rows and need no ordering. */
static void put_order(struct buf *out, const struct scan_plan *plan)
{
    for (size_t i = plan->n_prefix; i < plan->order.n; i++) {
        buf_put_str(out, i == plan->n_prefix ? STR(" ORDER BY ") : STR(","));
        put_order_name(out, plan, i);
        buf_put_str(out, plan->descending ? STR(" DESC") : STR(""));
    }
}

void sql_scan(struct buf *out, const struct scan_plan *plan, bool counting)
{
    if (counting) {
        buf_put_str(out, STR("SELECT count(*) FROM (SELECT 1"));
        put_range(out, plan);
        buf_put_str(out, STR(" LIMIT ?)"));
        return;
    }
    buf_put_str(out, STR("SELECT "));
    put_masked(out, plan->table, plan->columns, "");
    put_range(out, plan);
    put_order(out, plan);
}
