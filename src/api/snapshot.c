/* snapshot.c: the route of snapshot.h, and the head. */
#include "api/snapshot.h"

#include <inttypes.h>

#include "api/extension.h"
#include "api/snapshot_priv.h"
#include "audit/collected.h"
#include "base/limits.h"
#include "codec/json_write.h"
#include "net/http.h"

#include "base/banned.h"

enum { TEXT_BYTES_MAX = 1 << 20 };

struct prepared {
    bool has_head;
    struct snapshot_head head;
    struct adoptee *lines;
    size_t n;
};

/* ---- reading members ------------------------------------------------------------------------- */

struct str adopt_may_text(const struct json_value *value, const char *key)
{
    const struct json_value *member = json_tree_get(value, str_from(key));
    return member != NULL && member->type == JSON_STRING ? member->text : STR_ABSENT;
}

enum status adopt_text(const struct json_value *value, const char *key, struct str *ret,
                       struct why *why)
{
    struct str text = adopt_may_text(value, key);
    if (text.len == 0) {
        return why_set(why, STATUS_INVALID, "its \"%s\" is missing, or no text", key);
    }
    *ret = text;
    return STATUS_OK;
}

int64_t adopt_may_int(const struct json_value *value, const char *key, int64_t fallback)
{
    const struct json_value *member = json_tree_get(value, str_from(key));
    int64_t number = fallback;
    if (member != NULL && member->type == JSON_NUMBER &&
        json_number_int64(member->text, &number, NULL) != STATUS_OK) {
        return fallback;
    }
    return number;
}

bool adopt_may_bool(const struct json_value *value, const char *key)
{
    const struct json_value *member = json_tree_get(value, str_from(key));
    return member != NULL && member->type == JSON_BOOL && member->boolean;
}

int64_t adopt_may_time(const struct json_value *value, const char *key, int64_t fallback)
{
    /* A double has all milliseconds of the years that time_format can write. */
    static const double SECONDS_MAX = 253402300799.0;
    const struct json_value *member = json_tree_get(value, str_from(key));
    double seconds = 0;
    int64_t ms = 0;
    if (member != NULL && member->type == JSON_STRING &&
        time_parse(member->text, &ms, NULL) == STATUS_OK) {
        return ms;
    }
    if (member == NULL || member->type != JSON_NUMBER ||
        json_number_double(member->text, &seconds, NULL) != STATUS_OK || seconds < 0 ||
        seconds > SECONDS_MAX) {
        return fallback;
    }
    return (int64_t)(seconds * SECOND_MS + 0.5);
}

enum status adopt_may_json(const struct account_ctx *ctx, const struct json_value *value,
                           const char *key, struct str *ret, struct why *why)
{
    const struct json_value *member = json_tree_get(value, str_from(key));
    struct buf out;
    struct json_write w;
    if (member == NULL || member->type == JSON_NULL) {
        *ret = STR_ABSENT;
        return STATUS_OK;
    }
    buf_init(&out, ctx->mem, TEXT_BYTES_MAX);
    json_write_init(&w, &out);
    TRY(json_put_sorted(&w, member, ctx->mem, why));
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

/* ---- preparing ------------------------------------------------------------------------------- */

static enum status at_line(struct why *why, size_t number, enum status status,
                           const struct why *inner)
{
    return why_set(why, status, "line %zu: %s", number, inner->text);
}

static enum status prepare_line(const struct account_ctx *ctx, struct str text, size_t number,
                                struct adoptee *into, struct why *why)
{
    struct why inner = {.code = STATUS_OK};
    *into = (struct adoptee){.trouble = STR_ABSENT};
    enum status status = snapshot_line_read(text, ctx->mem, &into->line, &inner);
    if (status == STATUS_OK && into->line.kind == SNAPSHOT_MARK) {
        status = why_set(&inner, STATUS_INVALID,
                         "this is a part of a snapshot that is still being collected");
    }
    const struct adopt_kind *kind = adopt_kinds[into->line.kind];
    if (status == STATUS_OK && kind != NULL && kind->prepare != NULL) {
        status = kind->prepare(ctx, into, &inner);
    }
    return status == STATUS_OK ? status : at_line(why, number, status, &inner);
}

static size_t count_lines(struct str body)
{
    size_t n = 1;
    for (size_t i = 0; i < body.len; i++) {
        n += body.ptr[i] == '\n';
    }
    return n;
}

/* The head is told by its first member, which no other line has. */
static enum status prepare_head(struct call *call, struct str line, struct prepared *into,
                                struct why *why)
{
    struct why inner = {.code = STATUS_OK};
    enum status status = snapshot_head_read(line, call->mem, &into->head, &inner);
    into->has_head = status == STATUS_OK;
    return status == STATUS_OK ? status : at_line(why, 1, status, &inner);
}

enum status prepare_import_snapshot(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct str rest = call->request->body;
    size_t most = count_lines(rest);
    struct str line;
    struct prepared *prepared = NEW(call->mem, struct prepared);
    TRY_PTR(prepared);
    if (most > SNAPSHOT_LINES_MAX) {
        return why_set(why, STATUS_TOO_LARGE, "at most %d lines are taken in at once",
                       SNAPSHOT_LINES_MAX);
    }
    prepared->lines = NEW_ARRAY(call->mem, struct adoptee, most);
    TRY_PTR(prepared->lines);
    for (size_t number = 1; str_next(&rest, '\n', &line); number++) {
        if (number == 1 && str_starts(line, STR("{\"bulwarkSnapshot\""))) {
            TRY(prepare_head(call, line, prepared, why));
        } else {
            TRY(prepare_line(&ctx, line, number, &prepared->lines[prepared->n], why));
            prepared->n++;
        }
    }
    call->prepared = prepared;
    return STATUS_OK;
}

/* ---- beginning anew -------------------------------------------------------------------------- */

/* What snapshots tell, and so what goes when another one comes. Its audits and their findings, its
 * history of connections and its own suppressions stay. */
static const struct table *const told_tables[] = {
    TABLE(thing),         TABLE(thing_attribute),    TABLE(thing_type),     TABLE(thing_group),
    TABLE(group_member),  TABLE(principal_thing),    TABLE(certificate),    TABLE(certificate_der),
    TABLE(outgoing),      TABLE(ca_certificate),     TABLE(policy),         TABLE(policy_version),
    TABLE(policy_target), TABLE(role_alias),         TABLE(role_alias_use), TABLE(iam_role),
    TABLE(iam_policy),    TABLE(iam_policy_version), TABLE(iam_inline),     TABLE(iam_attached),
    TABLE(log_target),    TABLE(identity_pool),      TABLE(pool_use),
};

static const struct str told_settings[] = {STR_INIT("logging-v1"), STR_INIT("logging-v2")};

static enum status is_empty(const struct account_ctx *ctx, bool *ret, struct why *why)
{
    const struct store_range all = {.index = NULL};
    *ret = true;
    for (size_t i = 0; i < sizeof told_tables / sizeof told_tables[0] && *ret; i++) {
        size_t n = 0;
        TRY(store_count(ctx->tx, told_tables[i], &all, 1, &n, why));
        *ret = n == 0;
    }
    return STATUS_OK;
}

/* Rows are collected and then deleted, some at a time: a scan and a change do not mix. */
static enum status clear_table(const struct account_ctx *ctx, const struct table *table,
                               struct why *why)
{
    enum { ROWS_AT_ONCE = 1000, ROWS_MEMORY = 64 << 20 };
    const struct store_range all = {.index = NULL};
    AUTO_ARENA *mem = arena_new(ROWS_MEMORY);
    TRY_PTR(mem);
    for (size_t n = ROWS_AT_ONCE; n == ROWS_AT_ONCE;) {
        struct store_scan *scan = NULL;
        bool more = true;
        enum status status = STATUS_OK;
        arena_clear(mem);
        char *rows = arena_array(mem, ROWS_AT_ONCE, table->row_size);
        TRY_PTR(rows);
        TRY(store_scan_open(ctx->tx, table, &all, &scan, why));
        for (n = 0; n < ROWS_AT_ONCE && more && status == STATUS_OK; n += more) {
            status = store_scan_next(scan, rows + n * table->row_size, mem, &more, why);
        }
        store_scan_close(scan);
        TRY(status);
        for (size_t i = 0; i < n; i++) {
            TRY(store_delete(ctx->tx, table, rows + i * table->row_size, why));
        }
    }
    return STATUS_OK;
}

static enum status check_owner(const struct account_ctx *ctx, const struct snapshot_head *head,
                               struct why *why)
{
    struct collected collected;
    bool empty = true;
    if (!str_eq(head->account, ctx->id.account) || !str_eq(head->region, ctx->id.region)) {
        return why_set(why, STATUS_INVALID,
                       "the snapshot is of account %.*s in %.*s, and this is account %.*s in %.*s",
                       STR_ARG(head->account), STR_ARG(head->region), STR_ARG(ctx->id.account),
                       STR_ARG(ctx->id.region));
    }
    TRY(collected_get(ctx, &collected, why));
    if (!collected.is) {
        TRY(is_empty(ctx, &empty, why));
    }
    if (!empty) {
        return why_set(why, STATUS_CONFLICT,
                       "this account was not made of a snapshot and is not empty; a snapshot would "
                       "take the place of all that it holds");
    }
    return STATUS_OK;
}

static enum status begin_anew(const struct account_ctx *ctx, const struct snapshot_head *head,
                              struct why *why)
{
    const struct collected collected = {
        .is = true, .begun = head->begun, .history_from = head->history_from};
    TRY(check_owner(ctx, head, why));
    for (size_t i = 0; i < sizeof told_tables / sizeof told_tables[0]; i++) {
        TRY(clear_table(ctx, told_tables[i], why));
    }
    for (size_t i = 0; i < sizeof told_settings / sizeof told_settings[0]; i++) {
        const struct setting row = {.name = told_settings[i]};
        enum status status = store_delete(ctx->tx, TABLE(setting), &row, why);
        if (status != STATUS_NOT_FOUND) {
            TRY(status);
        }
    }
    return collected_put(ctx, &collected, why);
}

/* ---- the kinds ------------------------------------------------------------------------------- */

const struct adopt_kind *const adopt_kinds[SNAPSHOT_KIND_COUNT] = {
    [SNAPSHOT_UNKNOWN] = &adopt_kind_unknown,
    [SNAPSHOT_AUDIT_CONFIG] = &adopt_kind_audit_config,
    [SNAPSHOT_SUPPRESSION] = &adopt_kind_suppression,
    [SNAPSHOT_LOGGING] = &adopt_kind_logging,
    [SNAPSHOT_CA] = &adopt_kind_ca,
    [SNAPSHOT_CERTIFICATE] = &adopt_kind_certificate,
    [SNAPSHOT_THING_TYPE] = &adopt_kind_thing_type,
    [SNAPSHOT_THING] = &adopt_kind_thing,
    [SNAPSHOT_THINGS_OF] = &adopt_kind_things_of,
    [SNAPSHOT_GROUP] = &adopt_kind_group,
    [SNAPSHOT_MEMBERS] = &adopt_kind_members,
    [SNAPSHOT_POLICY] = &adopt_kind_policy,
    [SNAPSHOT_TARGETS] = &adopt_kind_targets,
    [SNAPSHOT_ROLE_ALIAS] = &adopt_kind_role_alias,
    [SNAPSHOT_MANAGED] = &adopt_kind_managed,
    [SNAPSHOT_ROLE] = &adopt_kind_role,
    [SNAPSHOT_ROLE_USE] = &adopt_kind_role_use,
    [SNAPSHOT_POOL] = &adopt_kind_pool,
    [SNAPSHOT_CONNECTIONS] = &adopt_kind_connections,
};

/* ---- taking in ------------------------------------------------------------------------------- */

enum status adopt_lack(const struct account_ctx *ctx, enum area area, struct str action,
                       struct str error, int64_t count, struct why *why)
{
    struct collected collected;
    TRY(collected_get(ctx, &collected, why));
    struct collected_lack *lack = &collected.lacks[area];
    if (!lack->is) {
        *lack = (struct collected_lack){.is = true, .action = action, .error = error};
    }
    lack->count = lack->count < 0 || count < 0 ? -1 : lack->count + count;
    return collected_put(ctx, &collected, why);
}

/* Refusals of one line that leave the others their place. */
static bool is_the_lines_own(enum status status)
{
    return status == STATUS_MALFORMED_POLICY || status == STATUS_LIMIT ||
           status == STATUS_NOT_FOUND || status == STATUS_CERT_INVALID;
}

static enum status adopt(const struct account_ctx *ctx, const struct adoptee *adoptee,
                         struct why *why)
{
    const struct adopt_kind *kind = adopt_kinds[adoptee->line.kind];
    struct why inner = {.code = STATUS_OK};
    struct str name = snapshot_kind_name(adoptee->line.kind);
    struct str id = str_slice(adoptee->line.id, 0, 256);
    enum status status = STATUS_OK;
    struct str trouble = adoptee->trouble;
    if (kind == NULL) {
        return STATUS_OK;
    }
    if (str_absent(trouble)) {
        status = kind->adopt(ctx, adoptee, &inner);
        if (is_the_lines_own(status)) {
            TRY(str_dup(ctx->mem, str_from(inner.text), &trouble, why));
            status = STATUS_OK;
        }
    }
    if (status != STATUS_OK) {
        return why_set(why, status, "%.*s %.*s: %s", STR_ARG(name), STR_ARG(id), inner.text);
    }
    if (str_absent(trouble)) {
        return STATUS_OK;
    }
    struct str error;
    TRY(str_fmt(ctx->mem, &error, why, "%.*s %.*s cannot be kept here: %.*s", STR_ARG(name),
                STR_ARG(id), STR_ARG(trouble)));
    return adopt_lack(ctx, kind->area, STR(""), error, 1, why);
}

enum status import_snapshot(struct call *call, struct why *why)
{
    const struct prepared *prepared = call->prepared;
    const struct account_ctx ctx = call_account(call);
    struct collected collected;
    if (prepared->has_head) {
        TRY(begin_anew(&ctx, &prepared->head, why));
    }
    TRY(collected_get(&ctx, &collected, why));
    if (!collected.is) {
        return why_set(why, STATUS_CONFLICT, "the head of the snapshot comes first");
    }
    for (size_t i = 0; i < prepared->n; i++) {
        TRY(adopt(&ctx, &prepared->lines[i], why));
    }
    json_write_member_int64(call->out, STR("lines"), (int64_t)prepared->n + prepared->has_head);
    return STATUS_OK;
}
