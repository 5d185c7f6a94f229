/* iam_import.c: see iam_import.h. */
#include "account/iam_import.h"

#include "account/iam_aws.h"
#include "account/quotas.h"
#include "base/limits.h"

#include "base/banned.h"

/* ---- without the store ----------------------------------------------------------------------- */

bool iam_import_is_of_aws(struct str arn)
{
    struct arn parts;
    return arn_parse(arn, &parts, NULL) == STATUS_OK && str_eq(parts.account, STR("aws"));
}

enum status iam_import_arn_check(const struct account_ctx *ctx, struct str type, struct str arn,
                                 struct str path, struct str name, struct why *why)
{
    struct arn parts;
    struct account_id owner = ctx->id;
    struct str expected;
    TRY(arn_parse(arn, &parts, why));
    bool of_aws = str_eq(type, STR("policy")) && str_eq(parts.account, STR("aws"));
    if (!of_aws && !str_eq(parts.account, ctx->id.account)) {
        return why_set(why, STATUS_INVALID,
                       "%.*s is of account %.*s, and this server holds account %.*s (bulwarkd "
                       "--account)",
                       STR_ARG(str_slice(arn, 0, 256)), STR_ARG(str_slice(parts.account, 0, 32)),
                       STR_ARG(ctx->id.account));
    }
    if (of_aws) {
        owner.account = STR("aws");
    }
    TRY(arn_make_iam(ctx->mem, &owner, type, path, name, &expected, why));
    if (!str_eq(arn, expected)) {
        return why_set(why, STATUS_INVALID, "the ARN is %.*s, but path and name make %.*s",
                       STR_ARG(str_slice(arn, 0, 160)), STR_ARG(str_slice(expected, 0, 160)));
    }
    return STATUS_OK;
}

enum status iam_import_document_check(const struct account_ctx *ctx, struct str document,
                                      enum policy_dialect dialect, bool of_aws, struct why *why)
{
    size_t size = dialect == POLICY_OF_TRUST ? QUOTA_IAM_TRUST : QUOTA_IAM_ROLE_INLINE;
    return iam_document_check(ctx, document, dialect, of_aws ? LIMIT_POLICY_BYTES : size, why);
}

static enum status refuse_full(const struct account_ctx *ctx, const struct table *table, size_t max,
                               const char *what, struct why *why)
{
    const struct store_range all = {.index = NULL};
    size_t n;
    TRY(store_count(ctx->tx, table, &all, max, &n, why));
    if (n >= max) {
        return why_set(why, STATUS_LIMIT, "the account already has %zu %s, the most", max, what);
    }
    return STATUS_OK;
}

/* All rows of a range, so that a scan does not outlive what is deleted under it. */
static enum status read_rows(const struct account_ctx *ctx, const struct table *table,
                             const struct store_range *range, void **ret, size_t *ret_n,
                             struct why *why)
{
    size_t most;
    size_t n = 0;
    AUTO_SCAN *scan = NULL;
    TRY(store_count(ctx->tx, table, range, 0, &most, why));
    char *rows = arena_alloc(ctx->mem, (most + 1) * table->row_size);
    TRY_PTR(rows);
    TRY(store_scan_open(ctx->tx, table, range, &scan, why));
    for (bool more = true; n < most; n++) {
        TRY(store_scan_next(scan, rows + n * table->row_size, ctx->mem, &more, why));
        if (!more) {
            break;
        }
    }
    *ret = rows;
    *ret_n = n;
    return STATUS_OK;
}

/* ---- policies of AWS ------------------------------------------------------------------------- */

static bool is_built_in(const struct iam_import_policy *in)
{
    for (size_t i = 0; i < iam_aws_count(); i++) {
        const struct iam_aws_policy *aws = iam_aws_at(i);
        if (str_eq(aws->name, in->name) && str_eq(aws->path, in->path)) {
            return true;
        }
    }
    return false;
}

static const struct iam_policy_version *default_of(const struct iam_import_policy *in)
{
    for (size_t i = 0; i < in->n; i++) {
        if (in->versions[i].version == in->default_version) {
            return &in->versions[i];
        }
    }
    return NULL;
}

static bool same_aws(const struct iam_aws_held *a, const struct iam_aws_held *b)
{
    return str_eq(a->name, b->name) && str_eq(a->path, b->path) && str_eq(a->id, b->id) &&
           str_eq(a->description, b->description) && a->version == b->version &&
           str_eq(a->document, b->document) && a->made == b->made && a->created == b->created &&
           a->modified == b->modified;
}

static enum status import_aws(const struct account_ctx *ctx, const struct iam_import_policy *in,
                              bool dry, enum import_change *ret, struct why *why)
{
    const struct iam_aws_held row = {.arn = in->arn,
                                     .name = in->name,
                                     .path = in->path,
                                     .id = in->id,
                                     .description = in->description,
                                     .version = in->default_version,
                                     .document = default_of(in)->document,
                                     .made = default_of(in)->created,
                                     .created = in->created,
                                     .modified = in->modified};
    struct iam_aws_held old = row;
    enum status status = store_get(ctx->tx, TABLE(iam_aws_held), &old, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        TRY(refuse_full(ctx, TABLE(iam_aws_held), QUOTA_IAM_AWS_HELD, "managed policies of AWS",
                        why));
        *ret = IMPORT_NEW;
    } else {
        TRY(status);
        *ret = same_aws(&row, &old) ? IMPORT_KNOWN : IMPORT_CHANGED;
    }
    return dry || *ret == IMPORT_KNOWN ? STATUS_OK
                                       : store_put(ctx->tx, TABLE(iam_aws_held), &row, why);
}

/* ---- policies of the account ----------------------------------------------------------------- */

static enum status same_versions(const struct account_ctx *ctx, const struct iam_import_policy *in,
                                 struct str folded, bool *ret, struct why *why)
{
    const struct store_range all = {.prefix = &(struct iam_policy_version){.policy = folded},
                                    .n_prefix = 1};
    size_t n;
    *ret = false;
    TRY(store_count(ctx->tx, TABLE(iam_policy_version), &all, 0, &n, why));
    for (size_t i = 0; n == in->n && i < n; i++) {
        struct iam_policy_version old = {.policy = folded, .version = in->versions[i].version};
        enum status status = store_get(ctx->tx, TABLE(iam_policy_version), &old, ctx->mem, why);
        if (status == STATUS_NOT_FOUND) {
            return STATUS_OK;
        }
        TRY(status);
        if (!str_eq(old.document, in->versions[i].document) ||
            old.created != in->versions[i].created) {
            return STATUS_OK;
        }
    }
    *ret = n == in->n;
    return STATUS_OK;
}

static enum status put_versions(const struct account_ctx *ctx, const struct iam_import_policy *in,
                                struct str folded, struct why *why)
{
    const struct store_range all = {.prefix = &(struct iam_policy_version){.policy = folded},
                                    .n_prefix = 1};
    void *rows;
    size_t n;
    TRY(read_rows(ctx, TABLE(iam_policy_version), &all, &rows, &n, why));
    const struct iam_policy_version *old = rows;
    for (size_t i = 0; i < n; i++) {
        TRY(store_delete(ctx->tx, TABLE(iam_policy_version), &old[i], why));
    }
    for (size_t i = 0; i < in->n; i++) {
        struct iam_policy_version row = in->versions[i];
        row.policy = folded;
        TRY(store_insert(ctx->tx, TABLE(iam_policy_version), &row, why));
    }
    return STATUS_OK;
}

static bool same_policy(const struct iam_policy *a, const struct iam_policy *b)
{
    return str_eq(a->name, b->name) && str_eq(a->path, b->path) && str_eq(a->id, b->id) &&
           str_eq(a->description, b->description) && a->default_version == b->default_version &&
           a->created == b->created && a->modified == b->modified;
}

static int64_t last_version(const struct iam_import_policy *in)
{
    int64_t last = 0;
    for (size_t i = 0; i < in->n; i++) {
        last = in->versions[i].version > last ? in->versions[i].version : last;
    }
    return last;
}

static enum status import_own(const struct account_ctx *ctx, const struct iam_import_policy *in,
                              bool dry, enum import_change *ret, struct why *why)
{
    struct iam_policy row = {.name = in->name,
                             .path = in->path,
                             .id = in->id,
                             .description = in->description,
                             .default_version = in->default_version,
                             .last_version = last_version(in),
                             .created = in->created,
                             .modified = in->modified};
    bool same = false;
    TRY(iam_fold(ctx, in->name, &row.folded, why));
    struct iam_policy old = row;
    enum status status = store_get(ctx->tx, TABLE(iam_policy), &old, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        TRY(refuse_full(ctx, TABLE(iam_policy), QUOTA_IAM_POLICIES_MOST, "managed policies", why));
        *ret = IMPORT_NEW;
    } else {
        TRY(status);
        TRY(same_versions(ctx, in, row.folded, &same, why));
        *ret = same && same_policy(&row, &old) ? IMPORT_KNOWN : IMPORT_CHANGED;
        row.last_version =
            old.last_version > row.last_version ? old.last_version : row.last_version;
    }
    if (dry || *ret == IMPORT_KNOWN) {
        return STATUS_OK;
    }
    TRY(store_put(ctx->tx, TABLE(iam_policy), &row, why));
    return put_versions(ctx, in, row.folded, why);
}

enum status iam_import_policy(const struct account_ctx *ctx, const struct iam_import_policy *in,
                              bool dry, enum import_change *ret, bool *ret_built_in,
                              struct why *why)
{
    *ret_built_in = false;
    if (!iam_import_is_of_aws(in->arn)) {
        return import_own(ctx, in, dry, ret, why);
    }
    *ret_built_in = is_built_in(in);
    if (*ret_built_in) {
        *ret = IMPORT_KNOWN;
        return STATUS_OK;
    }
    return import_aws(ctx, in, dry, ret, why);
}

/* ---- users and roles ------------------------------------------------------------------------- */

/* What an entity holds here. */
struct held {
    const struct iam_import_entity *in;
    struct str folded;
    struct iam_inline *own;
    size_t n_own;
    struct iam_attached *attached;
    size_t n_attached;
    struct str old_arn; /* absent: it is not here */
    bool same;
};

static bool has_inline(const struct iam_import_entity *in, const struct iam_inline *row)
{
    for (size_t i = 0; i < in->n_own; i++) {
        if (str_eq(in->own[i].name, row->policy)) {
            return str_eq(in->own[i].document, row->document);
        }
    }
    return false;
}

static bool has_attached(const struct iam_import_entity *in, struct str arn)
{
    for (size_t i = 0; i < in->n_attached; i++) {
        if (str_eq(in->attached[i], arn)) {
            return true;
        }
    }
    return false;
}

static enum status read_held(const struct account_ctx *ctx, struct held *held, struct why *why)
{
    const struct str kind = iam_kind_text(held->in->kind);
    const struct iam_inline own = {.kind = kind, .entity = held->folded};
    const struct iam_attached attached = {.kind = kind, .entity = held->folded};
    const struct store_range owns = {.prefix = &own, .n_prefix = 2};
    const struct store_range holds = {.prefix = &attached, .n_prefix = 2};
    void *rows;
    TRY(read_rows(ctx, TABLE(iam_inline), &owns, &rows, &held->n_own, why));
    held->own = rows;
    TRY(read_rows(ctx, TABLE(iam_attached), &holds, &rows, &held->n_attached, why));
    held->attached = rows;
    return STATUS_OK;
}

static enum status compare_held(const struct account_ctx *ctx, struct held *held, struct why *why)
{
    const struct iam_import_entity *in = held->in;
    bool same = held->n_own == in->n_own && held->n_attached == in->n_attached;
    for (size_t i = 0; same && i < held->n_own; i++) {
        same = has_inline(in, &held->own[i]);
    }
    for (size_t i = 0; same && i < held->n_attached; i++) {
        same = has_attached(in, held->attached[i].policy_arn);
    }
    if (same) {
        TRY(tags_are(ctx, in->arn, in->tags, &same, why));
    }
    held->same = same;
    return STATUS_OK;
}

/* What stays attached is left alone: it was attached when it was. */
static enum status put_attached(const struct account_ctx *ctx, const struct held *held,
                                struct why *why)
{
    const struct iam_import_entity *in = held->in;
    const struct str kind = iam_kind_text(in->kind);
    for (size_t i = 0; i < held->n_attached; i++) {
        if (!has_attached(in, held->attached[i].policy_arn)) {
            TRY(store_delete(ctx->tx, TABLE(iam_attached), &held->attached[i], why));
        }
    }
    for (size_t i = 0; i < in->n_attached; i++) {
        struct iam_attached row = {kind, held->folded, in->attached[i], clock_now(&ctx->clock)};
        struct iam_attached old = row;
        enum status status = store_get(ctx->tx, TABLE(iam_attached), &old, ctx->mem, why);
        if (status == STATUS_NOT_FOUND) {
            status = store_insert(ctx->tx, TABLE(iam_attached), &row, why);
        }
        TRY(status);
    }
    return STATUS_OK;
}

static enum status put_held(const struct account_ctx *ctx, const struct held *held, struct why *why)
{
    const struct iam_import_entity *in = held->in;
    for (size_t i = 0; i < held->n_own; i++) {
        TRY(store_delete(ctx->tx, TABLE(iam_inline), &held->own[i], why));
    }
    for (size_t i = 0; i < in->n_own; i++) {
        const struct iam_inline row = {iam_kind_text(in->kind), held->folded, in->own[i].name,
                                       in->own[i].document};
        TRY(store_put(ctx->tx, TABLE(iam_inline), &row, why));
    }
    TRY(put_attached(ctx, held, why));
    if (!str_absent(held->old_arn)) {
        TRY(tags_drop_arn(ctx, held->old_arn, why));
    }
    return tags_replace_arn(ctx, in->arn, in->tags, why);
}

static enum status import_role(const struct account_ctx *ctx, struct held *held, bool dry,
                               struct why *why)
{
    const struct iam_import_entity *in = held->in;
    struct iam_role row = {.folded = held->folded, .max_session = 3600};
    enum status status = store_get(ctx->tx, TABLE(iam_role), &row, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
        TRY(arn_make_iam(ctx->mem, &ctx->id, STR("role"), row.path, row.name, &held->old_arn, why));
        held->same = held->same && str_eq(row.name, in->name) && str_eq(row.path, in->path) &&
                     str_eq(row.id, in->id) && str_eq(row.trust, in->trust) &&
                     row.created == in->created;
    } else {
        TRY(refuse_full(ctx, TABLE(iam_role), QUOTA_IAM_ROLES_MOST, "roles", why));
    }
    if (dry || (held->same && !str_absent(held->old_arn))) {
        return STATUS_OK;
    }
    row.name = in->name;
    row.path = in->path;
    row.id = in->id;
    row.trust = in->trust;
    row.created = in->created;
    return store_put(ctx->tx, TABLE(iam_role), &row, why);
}

/* Keys are of an ARN, and would be of nobody when it changes. */
static enum status refuse_keys(const struct account_ctx *ctx, const struct held *held,
                               struct why *why)
{
    const struct access_key owner = {.user_arn = held->old_arn};
    const struct store_range range = {
        .index = INDEX(access_key, by_user), .prefix = &owner, .n_prefix = 1};
    size_t n = 0;
    TRY(store_count(ctx->tx, TABLE(access_key), &range, 1, &n, why));
    return n == 0 ? STATUS_OK
                  : why_set(why, STATUS_CONFLICT,
                            "the user is %.*s here and has access keys; delete them first",
                            STR_ARG(held->old_arn));
}

static enum status import_user(const struct account_ctx *ctx, struct held *held, bool dry,
                               struct why *why)
{
    const struct iam_import_entity *in = held->in;
    struct iam_user old = {.folded = held->folded};
    enum status status = store_get(ctx->tx, TABLE(iam_user), &old, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
        TRY(arn_make_iam(ctx->mem, &ctx->id, STR("user"), old.path, old.name, &held->old_arn, why));
        held->same = held->same && str_eq(old.name, in->name) && str_eq(old.path, in->path) &&
                     str_eq(old.id, in->id) && old.created == in->created;
        if (!str_eq(held->old_arn, in->arn)) {
            TRY(refuse_keys(ctx, held, why));
        }
    } else {
        TRY(refuse_full(ctx, TABLE(iam_user), QUOTA_IAM_USERS, "users", why));
    }
    if (dry || (held->same && !str_absent(held->old_arn))) {
        return STATUS_OK;
    }
    const struct iam_user row = {held->folded, in->name, in->path, in->id, in->created};
    return store_put(ctx->tx, TABLE(iam_user), &row, why);
}

enum status iam_import_entity(const struct account_ctx *ctx, const struct iam_import_entity *in,
                              bool dry, enum import_change *ret, struct why *why)
{
    struct held held = {.in = in, .old_arn = STR_ABSENT, .same = true};
    TRY(iam_fold(ctx, in->name, &held.folded, why));
    if (in->n_attached > QUOTA_IAM_ATTACHED_MOST) {
        return why_set(why, STATUS_LIMIT, "it has %zu managed policies; at most %d are taken in",
                       in->n_attached, QUOTA_IAM_ATTACHED_MOST);
    }
    TRY(read_held(ctx, &held, why));
    TRY(compare_held(ctx, &held, why));
    TRY(in->kind == IAM_ROLE ? import_role(ctx, &held, dry, why)
                             : import_user(ctx, &held, dry, why));
    if (str_absent(held.old_arn)) {
        *ret = IMPORT_NEW;
    } else {
        *ret = held.same ? IMPORT_KNOWN : IMPORT_CHANGED;
    }
    return dry || *ret == IMPORT_KNOWN ? STATUS_OK : put_held(ctx, &held, why);
}
