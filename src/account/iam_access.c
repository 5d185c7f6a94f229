/* iam_access.c: see iam_access.h. */
#include "account/iam_access.h"

#include "account/role_alias_use.h"

#include "base/banned.h"

enum status iam_service_check(struct str service, struct why *why)
{
    bool good = service.len > 0 && service.len <= ROLE_ALIAS_SERVICE_BYTES_MAX;
    for (size_t i = 0; good && i < service.len; i++) {
        char c = service.ptr[i];
        good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }
    if (!good) {
        return why_set(why, STATUS_INVALID,
                       "'%.*s' is not a service: it is the prefix of its actions, such as "
                       "dynamodb, of at most %d lower-case letters, digits and hyphens",
                       STR_ARG(str_slice(service, 0, 256)), ROLE_ALIAS_SERVICE_BYTES_MAX);
    }
    return STATUS_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum status add(const struct account_ctx *ctx, struct iam_uses *uses,
                       const struct iam_use *use, struct why *why)
{
    for (size_t i = 0; i < uses->n; i++) {
        if (str_eq(uses->at[i].service, use->service)) {
            uses->at[i] = uses->at[i].last < use->last ? *use : uses->at[i];
            return STATUS_OK;
        }
    }
    struct iam_use *at =
        arena_grow(ctx->mem, uses->at, uses->n * sizeof *at, (uses->n + 1) * sizeof *at);
    TRY_PTR(at);
    uses->at = at;
    uses->at[uses->n++] = *use;
    return STATUS_OK;
}

static enum status read_own(const struct account_ctx *ctx, enum iam_kind kind, struct str folded,
                            struct iam_uses *ret, struct why *why)
{
    const struct iam_service_use of = {.kind = iam_kind_text(kind), .entity = folded};
    const struct store_range range = {.prefix = &of, .n_prefix = 2};
    struct iam_uses uses = {NULL, 0};
    size_t most = 0;
    AUTO_SCAN *scan = NULL;
    TRY(store_count(ctx->tx, TABLE(iam_service_use), &range, 0, &most, why));
    uses.at = NEW_ARRAY(ctx->mem, struct iam_use, most);
    TRY_PTR(uses.at);
    TRY(store_scan_open(ctx->tx, TABLE(iam_service_use), &range, &scan, why));
    while (uses.n < most) {
        struct iam_service_use row;
        bool more;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            break;
        }
        uses.at[uses.n++] = (struct iam_use){row.service, row.last, row.region};
    }
    *ret = uses;
    return STATUS_OK;
}

/* What is known of the aliases of a role. */
static enum status add_aliases(const struct account_ctx *ctx, struct str role_arn,
                               struct iam_uses *uses, struct why *why)
{
    const struct store_range all = {.index = NULL};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(role_alias), &all, &scan, why));
    for (;;) {
        struct role_alias alias;
        const struct role_alias_use *rows = NULL;
        size_t n = 0;
        bool more;
        TRY(store_scan_next(scan, &alias, ctx->mem, &more, why));
        if (!more) {
            return STATUS_OK;
        }
        if (str_eq(alias.role_arn, role_arn)) {
            TRY(role_alias_uses_get(ctx, alias.alias, &rows, &n, why));
        }
        for (size_t i = 0; i < n; i++) {
            const struct iam_use use = {rows[i].service, rows[i].last, ctx->id.region};
            TRY(add(ctx, uses, &use, why));
        }
    }
}

enum status iam_own_uses_get(const struct account_ctx *ctx, const struct iam_entity *entity,
                             struct iam_uses *ret, struct why *why)
{
    return read_own(ctx, entity->kind, entity->folded, ret, why);
}

enum status iam_uses_get(const struct account_ctx *ctx, const struct iam_entity *entity,
                         struct iam_uses *ret, struct why *why)
{
    struct str arn;
    TRY(read_own(ctx, entity->kind, entity->folded, ret, why));
    if (entity->kind != IAM_ROLE) {
        return STATUS_OK;
    }
    TRY(iam_entity_arn(ctx, entity, &arn, why));
    return add_aliases(ctx, arn, ret, why);
}

/* ---- writing --------------------------------------------------------------------------------- */

static const struct iam_use *find(const struct iam_uses *uses, struct str service)
{
    for (size_t i = 0; i < uses->n; i++) {
        if (str_eq(uses->at[i].service, service)) {
            return &uses->at[i];
        }
    }
    return NULL;
}

enum status iam_uses_note(const struct account_ctx *ctx, const struct iam_entity *entity,
                          const struct iam_use *uses, size_t n, bool dry, enum import_change *ret,
                          struct why *why)
{
    struct iam_uses known;
    size_t fresh = 0;
    size_t later = 0;
    TRY(read_own(ctx, entity->kind, entity->folded, &known, why));
    for (size_t i = 0; i < n; i++) {
        const struct iam_use *old = find(&known, uses[i].service);
        TRY(iam_service_check(uses[i].service, why));
        fresh += old == NULL;
        later += old != NULL && old->last < uses[i].last;
    }
    if (known.n + fresh > IAM_SERVICES_MAX) {
        return why_set(why, STATUS_LIMIT,
                       "%.*s would have uses of %zu services; at most %d are kept",
                       STR_ARG(entity->name), known.n + fresh, IAM_SERVICES_MAX);
    }
    for (size_t i = 0; !dry && i < n; i++) {
        const struct iam_use *old = find(&known, uses[i].service);
        const struct iam_service_use row = {iam_kind_text(entity->kind), entity->folded,
                                            uses[i].service, uses[i].last, uses[i].region};
        if (old == NULL || old->last < uses[i].last) {
            TRY(store_put(ctx->tx, TABLE(iam_service_use), &row, why));
        }
    }
    *ret = fresh + later == 0 ? IMPORT_KNOWN : known.n == 0 ? IMPORT_NEW : IMPORT_CHANGED;
    return STATUS_OK;
}

enum status iam_uses_drop(const struct account_ctx *ctx, enum iam_kind kind, struct str folded,
                          struct why *why)
{
    struct iam_uses uses;
    TRY(read_own(ctx, kind, folded, &uses, why));
    for (size_t i = 0; i < uses.n; i++) {
        const struct iam_service_use row = {
            .kind = iam_kind_text(kind), .entity = folded, .service = uses.at[i].service};
        TRY(store_delete(ctx->tx, TABLE(iam_service_use), &row, why));
    }
    return STATUS_OK;
}
