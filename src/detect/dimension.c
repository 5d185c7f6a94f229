/* dimension.c: see dimension.h. */
#include "detect/dimension.h"

#include "codec/json_tree.h"
#include "detect/profile_use.h"

#include "base/banned.h"

#define KIND STR("dimension")

/* ---- filters --------------------------------------------------------------------------------- */

/* One level of a filter: '+' and '#' stand alone, and '#' is the last. */
static bool is_level(struct str level, bool last)
{
    bool wild =
        str_find_char(level, '+', 0) < level.len || str_find_char(level, '#', 0) < level.len;
    if (!wild) {
        return true;
    }
    return str_eq(level, STR("+")) || (last && str_eq(level, STR("#")));
}

static bool is_filter(struct str filter)
{
    size_t start = 0;
    for (size_t i = 0; i <= filter.len; i++) {
        bool ends = i == filter.len;
        if (!ends && filter.ptr[i] == '\0') {
            return false;
        }
        if (ends || filter.ptr[i] == '/') {
            if (!is_level(str_slice(filter, start, i), ends)) {
                return false;
            }
            start = i + 1;
        }
    }
    return filter.len > 0;
}

static enum status check_filters(const struct account_ctx *ctx, struct str filters, struct why *why)
{
    const struct json_value *list = NULL;
    size_t i = 0;
    TRY(json_tree_read(filters, ctx->mem, &list, why));
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next, i++) {
        if (!is_filter(v->text)) {
            return why_set(why, STATUS_INVALID,
                           "stringValues[%zu] '%.*s' is not a topic filter: # must be the last "
                           "level and alone in it, + alone in its level",
                           i, STR_ARG(v->text));
        }
    }
    return STATUS_OK;
}

/* ---- one ------------------------------------------------------------------------------------- */

enum status dimension_get(const struct account_ctx *ctx, struct str name, struct dimension *ret,
                          struct why *why)
{
    struct dimension row = {.name = name};
    enum status status = store_get(ctx->tx, TABLE(dimension), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "no dimension is named %.*s", STR_ARG(name));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

static bool is_same(const struct dimension *old, const struct dimension_new *in)
{
    return str_eq(old->token, in->token) && str_eq(old->type, in->type) &&
           str_eq(old->filters, in->values);
}

static enum status check_room(const struct account_ctx *ctx, struct why *why)
{
    const struct store_range all = {0};
    size_t n = 0;
    TRY(store_count(ctx->tx, TABLE(dimension), &all, QUOTA_DIMENSIONS, &n, why));
    if (n >= QUOTA_DIMENSIONS) {
        return why_set(why, STATUS_LIMIT, "the account has %d dimensions, the most",
                       QUOTA_DIMENSIONS);
    }
    return STATUS_OK;
}

enum status dimension_create(const struct account_ctx *ctx, const struct dimension_new *in,
                             struct why *why)
{
    struct dimension old;
    TRY(check_filters(ctx, in->values, why));
    enum status status = dimension_get(ctx, in->name, &old, why);
    if (status == STATUS_OK) {
        return is_same(&old, in)
                   ? STATUS_OK
                   : why_resource(why, ctx, KIND, in->name,
                                  why_set(why, STATUS_EXISTS, "dimension %.*s exists already",
                                          STR_ARG(in->name)));
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    TRY(check_room(ctx, why));
    struct dimension row = {.name = in->name,
                            .type = in->type,
                            .filters = in->values,
                            .token = in->token,
                            .created = clock_now(&ctx->clock)};
    row.modified = row.created;
    TRY(store_insert(ctx->tx, TABLE(dimension), &row, why));
    return tags_put(ctx, KIND, in->name, in->tags, why);
}

enum status dimension_update(const struct account_ctx *ctx, struct str name, struct str values,
                             struct dimension *ret, struct why *why)
{
    struct dimension row;
    TRY(check_filters(ctx, values, why));
    TRY(dimension_get(ctx, name, &row, why));
    row.filters = values;
    row.modified = clock_now(&ctx->clock);
    TRY(store_put(ctx->tx, TABLE(dimension), &row, why));
    *ret = row;
    return STATUS_OK;
}

enum status dimension_delete(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct dimension row = {.name = name};
    TRY(profile_use_none(ctx, USE_DIMENSION, name, why));
    TRY(tags_drop(ctx, KIND, name, why));
    enum status status = store_delete(ctx->tx, TABLE(dimension), &row, why);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status dimension_list(const struct account_ctx *ctx, const struct page *page,
                           struct page_rows *ret, struct why *why)
{
    const struct store_range all = {0};
    return page_read(ctx, TABLE(dimension), &all, page, NULL, ret, why);
}
