/* tables.h: the store's tables, derived from model/records.h: what a backend needs to know of them.
 *
 * TABLE(thing) is the descriptor of `struct thing`. A new kind of record is a list of columns and a
 * row in model/records.h, its indexes here, and a numbered migration in store/schema/.
 */
#ifndef STORE_TABLES_H
#define STORE_TABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "model/records.h"

enum column_type { COLUMN_TEXT, COLUMN_INT, COLUMN_BYTES };

struct column {
    const char *name;
    enum column_type type;
    size_t offset; /* in the record struct: struct str, int64_t or struct bytes */
};

enum { INDEX_COLUMNS_MAX = 6 };

/* An order on a table: these columns, then the key columns that are not among them, so that every
 * order is total and a position in it is a page token. */
struct table_index {
    const char *name;                         /* "by_type" */
    size_t n;                                 /* without the key columns that follow */
    unsigned char columns[INDEX_COLUMNS_MAX]; /* COL_table__column */
};

struct table {
    const char *name;
    const struct column *columns;
    size_t n_columns;
    size_t n_key; /* the first n_key columns are the key */
    size_t row_size;
    const struct table_index *const *indexes; /* orders besides the key's */
    size_t n_indexes;
};

/* clang-format off */

/* Orders besides the key's: table, name, columns. A scan asks for one by INDEX(thing, by_type). */
#define INDEXES(X) \
    X(thing, by_type, COL_thing__type_name) \
    X(thing_attribute, by_thing, COL_thing_attribute__thing) \
    X(thing_group, by_parent, COL_thing_group__parent) \
    X(thing_group, by_dynamic, COL_thing_group__dynamic) \
    X(group_member, by_thing, COL_group_member__thing) \
    X(principal_thing, by_thing, COL_principal_thing__thing) \
    X(certificate, by_created, COL_certificate__created) \
    X(certificate, by_ca, COL_certificate__ca_id, COL_certificate__created) \
    X(certificate, by_issuer, COL_certificate__issuer_hash) \
    X(ca_certificate, by_created, COL_ca_certificate__created) \
    X(ca_certificate, by_subject, COL_ca_certificate__subject_hash) \
    X(policy, by_created, COL_policy__created) \
    X(policy_target, by_target, COL_policy_target__target) \
    X(audit_task, by_started, COL_audit_task__started) \
    X(audit_task, by_status, COL_audit_task__status, COL_audit_task__started) \
    X(finding, by_task, COL_finding__task, COL_finding__check_name, COL_finding__found) \
    X(finding, by_time, COL_finding__found) \
    X(finding, by_resource, COL_finding__resource_key, COL_finding__found)

extern const struct table *const tables[];
extern const size_t n_tables;

#define TABLE_EXTERN(t, columns, n_key) extern const struct table table_##t;
RECORDS(TABLE_EXTERN)
#undef TABLE_EXTERN
#define INDEX_EXTERN(t, name, ...) extern const struct table_index index_##t##_##name;
INDEXES(INDEX_EXTERN)
#undef INDEX_EXTERN

/* clang-format on */

#define TABLE(t)       (&table_##t)
#define INDEX(t, name) (&index_##t##_##name)

#endif
