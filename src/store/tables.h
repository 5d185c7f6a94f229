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

enum { INDEX_COLUMNS_MAX = 8 };

/* An order on a table: these columns, then the key columns that are not among them, so that every
 * order is total and a position in it is a page token. Columns of an order are never absent: what
 * has no value there is stored as the empty text.
 *
 * Columns listed behind the whole key do not order: the index carries them, so that a scan which
 * asks for columns of the index alone never looks up a row. That is what a page of a list costs in
 * a large fleet, where rows that were made one after the other lie far apart. It is paid for when a
 * carried column changes; so of orders on the same table one carries what changes often. */
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
    size_t number; /* its place in tables[] */
};

/* clang-format off */

/* Orders besides the key's: table, name, columns; one list for each table, empty when it has none.
 * A scan asks for one by INDEX(thing, by_type). */
#define INDEXES_thing(X) X(thing, by_type, COL_thing__type_name)
#define INDEXES_thing_attribute(X) X(thing_attribute, by_thing, COL_thing_attribute__thing)
#define INDEXES_thing_type(X)
#define INDEXES_thing_group(X) \
    X(thing_group, by_parent, COL_thing_group__parent) \
    X(thing_group, by_dynamic, COL_thing_group__dynamic)
#define INDEXES_group_member(X) X(group_member, by_thing, COL_group_member__thing)
#define INDEXES_principal_thing(X) X(principal_thing, by_thing, COL_principal_thing__thing)
#define INDEXES_certificate(X) \
    X(certificate, by_created, COL_certificate__created, COL_certificate__id, \
      COL_certificate__status, COL_certificate__mode) \
    X(certificate, by_ca, COL_certificate__ca_id, COL_certificate__created) \
    X(certificate, by_issuer, COL_certificate__issuer_hash)
#define INDEXES_certificate_der(X)
#define INDEXES_outgoing(X)
#define INDEXES_ca_certificate(X) \
    X(ca_certificate, by_created, COL_ca_certificate__created) \
    X(ca_certificate, by_subject, COL_ca_certificate__subject_hash)
#define INDEXES_policy(X) X(policy, by_created, COL_policy__created)
#define INDEXES_policy_version(X)
#define INDEXES_policy_target(X) X(policy_target, by_target, COL_policy_target__target)
#define INDEXES_role_alias(X)
#define INDEXES_role_alias_use(X)
#define INDEXES_provisioning_template(X)
#define INDEXES_provisioning_template_version(X)
#define INDEXES_provisioning_claim(X) \
    X(provisioning_claim, by_expiry, COL_provisioning_claim__expires)
#define INDEXES_broker_message(X)
#define INDEXES_setting(X)
#define INDEXES_log_target(X)
#define INDEXES_tag(X)
#define INDEXES_access_key(X) X(access_key, by_user, COL_access_key__user_arn)
#define INDEXES_iam_user(X)
#define INDEXES_iam_role(X)
#define INDEXES_iam_policy(X)
#define INDEXES_iam_policy_version(X)
#define INDEXES_iam_inline(X)
#define INDEXES_iam_attached(X) X(iam_attached, by_policy, COL_iam_attached__policy_arn)
#define INDEXES_iam_aws_held(X)
#define INDEXES_iam_service_use(X)
#define INDEXES_iam_report(X) X(iam_report, by_created, COL_iam_report__created)
#define INDEXES_audit_setting(X)
#define INDEXES_audit_target(X)
#define INDEXES_audit_task(X) \
    X(audit_task, by_started, COL_audit_task__started, COL_audit_task__id, \
      COL_audit_task__finished) \
    X(audit_task, by_status, COL_audit_task__status, COL_audit_task__started)
#define INDEXES_audit_check_run(X)
#define INDEXES_scheduled_audit(X)
#define INDEXES_audit_suppression(X) \
    X(audit_suppression, by_expiry, COL_audit_suppression__expires) \
    X(audit_suppression, by_token, COL_audit_suppression__token)
#define INDEXES_finding(X)
#define INDEXES_related_resource(X)
#define INDEXES_revocation_list(X)
#define INDEXES_rsa_key(X) X(rsa_key, by_block, COL_rsa_key__block)
#define INDEXES_rsa_block(X)
#define INDEXES_mitigation_action(X)
#define INDEXES_mitigation_task(X) \
    X(mitigation_task, by_started, COL_mitigation_task__started) \
    X(mitigation_task, by_status, COL_mitigation_task__status, COL_mitigation_task__started) \
    X(mitigation_task, by_token, COL_mitigation_task__token) \
    X(mitigation_task, by_undo, COL_mitigation_task__undo, COL_mitigation_task__undo_started)
#define INDEXES_mitigation_check(X)
#define INDEXES_mitigation_execution(X)
#define INDEXES_mitigation_change(X)
#define INDEXES_outbox(X) \
    X(outbox, by_state, COL_outbox__state, COL_outbox__next_try) \
    X(outbox, by_endpoint, COL_outbox__state, COL_outbox__endpoint, COL_outbox__next_try)
#define INDEXES_outbox_count(X)
#define INDEXES_security_profile(X)
#define INDEXES_profile_use(X) X(profile_use, by_profile, COL_profile_use__profile)
#define INDEXES_profile_target(X) X(profile_target, by_target, COL_profile_target__target)
#define INDEXES_custom_metric(X)
#define INDEXES_dimension(X)
#define INDEXES_topic(X)
#define INDEXES_subscription(X)

#define INDEXES_log_stream(X)
#define INDEXES_log_event(X) \
    X(log_event, by_stream, COL_log_event__log_group, COL_log_event__stream, COL_log_event__at) \
    X(log_event, by_ingested, COL_log_event__ingested)

#define INDEXES_session(X) \
    X(session, by_end, COL_session__ended_day, COL_session__kind, COL_session__principal, \
      COL_session__connected, COL_session__client, COL_session__begun, COL_session__disconnected)
#define INDEXES_takeover(X)
#define INDEXES_pool_use(X)
#define INDEXES_identity_pool(X)

#define INDEXES_broker(X)
#define INDEXES_client_state(X) \
    X(client_state, by_online, COL_client_state__online, COL_client_state__broker, \
      COL_client_state__epoch) \
    X(client_state, by_thing, COL_client_state__thing) \
    X(client_state, by_principal, COL_client_state__principal)
#define INDEXES_traffic(X)
#define INDEXES_ban(X) \
    X(ban, by_target, COL_ban__kind, COL_ban__value) \
    X(ban, by_until, COL_ban__until)
#define INDEXES_retained(X)
#define INDEXES_revoked(X)

#define TABLE_EXTERN(t, columns, n_key) extern const struct table table_##t;
RECORDS(TABLE_EXTERN)
#undef TABLE_EXTERN

#define INDEX_EXTERN(t, name, ...) extern const struct table_index index_##t##_##name;
#define INDEX_EXTERNS(t, columns, n_key) INDEXES_##t(INDEX_EXTERN)
RECORDS(INDEX_EXTERNS)
#undef INDEX_EXTERNS
#undef INDEX_EXTERN

/* How many there are, as constants. */
#define TABLE_NUMBER(t, columns, n_key) TABLE_NUMBER_##t,
enum { RECORDS(TABLE_NUMBER) N_TABLES };
#undef TABLE_NUMBER
#define INDEX_NUMBER(t, name, ...) INDEX_NUMBER_##t##_##name,
#define INDEX_NUMBERS(t, columns, n_key) INDEXES_##t(INDEX_NUMBER)
enum { RECORDS(INDEX_NUMBERS) N_INDEXES };
#undef INDEX_NUMBERS
#undef INDEX_NUMBER

extern const struct table *const tables[N_TABLES];

/* Whose changes are counted (store_watched): what decides who may do what. */
#define WATCHED_TABLES(X) \
    X(iam_user) \
    X(iam_inline) \
    X(iam_attached) \
    X(iam_policy) \
    X(iam_policy_version) \
    X(iam_aws_held) \
    X(tag)

/* clang-format on */

#define TABLE(t)       (&table_##t)
#define INDEX(t, name) (&index_##t##_##name)

#endif
