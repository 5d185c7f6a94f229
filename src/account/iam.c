/* iam.c: see iam.h. */
#include "account/iam.h"

#include "base/banned.h"

enum { ID_NOISE = 17 };

struct str iam_kind_text(enum iam_kind kind)
{
    return kind == IAM_USER ? STR("user") : STR("role");
}

enum status iam_fold(const struct account_ctx *ctx, struct str name, struct str *ret,
                     struct why *why)
{
    char *text = arena_alloc(ctx->mem, name.len + 1);
    TRY_PTR(text);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        text[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    *ret = (struct str){text, name.len};
    return STATUS_OK;
}

enum status iam_id_make(const struct account_ctx *ctx, struct str prefix, struct str *ret,
                        struct why *why)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint8_t noise[ID_NOISE];
    char text[ID_NOISE + 1] = "";
    rnd_fill(&ctx->rnd, noise, sizeof noise);
    for (size_t i = 0; i < sizeof noise; i++) {
        text[i] = alphabet[noise[i] % 32];
    }
    return str_fmt(ctx->mem, ret, why, "%.*s%s", STR_ARG(prefix), text);
}

static enum status not_found(enum iam_kind kind, struct str name, struct why *why)
{
    return why_set(why, STATUS_NOT_FOUND, "The %.*s with name %.*s cannot be found.",
                   STR_ARG(iam_kind_text(kind)), STR_ARG(name));
}

enum status iam_entity_get(const struct account_ctx *ctx, enum iam_kind kind, struct str name,
                           struct iam_entity *ret, struct why *why)
{
    struct iam_entity entity = {.kind = kind};
    enum status status;
    TRY(iam_fold(ctx, name, &entity.folded, why));
    if (kind == IAM_USER) {
        struct iam_user row = {.folded = entity.folded};
        status = store_get(ctx->tx, TABLE(iam_user), &row, ctx->mem, why);
        entity.name = row.name;
        entity.path = row.path;
        entity.id = row.id;
    } else {
        struct iam_role row = {.folded = entity.folded};
        status = store_get(ctx->tx, TABLE(iam_role), &row, ctx->mem, why);
        entity.name = row.name;
        entity.path = row.path;
        entity.id = row.id;
    }
    if (status == STATUS_NOT_FOUND) {
        return not_found(kind, name, why);
    }
    TRY(status);
    *ret = entity;
    return STATUS_OK;
}

enum status iam_entity_of_arn(const struct account_ctx *ctx, enum iam_kind kind, struct str arn,
                              struct iam_entity *ret, struct why *why)
{
    struct str path;
    struct str name;
    struct iam_entity entity;
    enum status status = STATUS_NOT_FOUND;
    if (arn_is_our_iam(&ctx->id, arn, iam_kind_text(kind), &path, &name)) {
        status = iam_entity_get(ctx, kind, name, &entity, why);
    }
    if (status == STATUS_NOT_FOUND ||
        (status == STATUS_OK && !(str_eq(entity.name, name) && str_eq(entity.path, path)))) {
        return why_set(why, STATUS_NOT_FOUND, "The %.*s %.*s does not exist.",
                       STR_ARG(iam_kind_text(kind)), STR_ARG(str_slice(arn, 0, 256)));
    }
    TRY(status);
    *ret = entity;
    return STATUS_OK;
}

enum status iam_entity_arn(const struct account_ctx *ctx, const struct iam_entity *entity,
                           struct str *ret, struct why *why)
{
    return arn_make_iam(ctx->mem, &ctx->id, iam_kind_text(entity->kind), entity->path, entity->name,
                        ret, why);
}

enum status iam_document_check(const struct account_ctx *ctx, struct str document,
                               enum policy_dialect dialect, size_t size_max, struct why *why)
{
    const struct policy_doc *doc;
    if (!str_is_utf8(document)) {
        return why_set(why, STATUS_MALFORMED_POLICY, "the policy document is not UTF-8");
    }
    size_t size = policy_size(document);
    if (size > size_max) {
        return why_set(why, STATUS_LIMIT,
                       "the policy document has %zu characters without white space; %zu are "
                       "allowed",
                       size, size_max);
    }
    return policy_doc_read_as(ctx->mem, document, dialect, &doc, why);
}
