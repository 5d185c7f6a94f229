/* snapshot_aws.c: what IAM and Cognito held: read and taken in as bulwark import does it. */
#include "account/identity_pool.h"
#include "api/import_documents.h"
#include "api/snapshot_priv.h"

#include "base/banned.h"

struct element {
    const struct import_row *row;
    void *value;
};

/* Reads one element by a row of the import; what the row refuses is the line's trouble. */
static enum status read_element(const struct account_ctx *ctx, const struct import_row *row,
                                const struct json_value *value, struct adoptee *adoptee,
                                struct element *ret, struct why *why)
{
    struct import_read read = {.mem = ctx->mem, .path = STR_ABSENT};
    struct import_left_out left = {0};
    struct why fault = {.code = STATUS_OK};
    *ret = (struct element){row, arena_alloc(ctx->mem, row->size)};
    TRY_PTR(ret->value);
    if (value == NULL || value->type != JSON_OBJECT) {
        return why_set(why, STATUS_INVALID, "its value lacks an object");
    }
    enum status status = row->read(ctx, &read, value, ret->value, &left, &fault);
    if (import_refuses(status)) {
        return str_fmt(ctx->mem, &adoptee->trouble, why, "%.*s: %s", STR_ARG(read.path),
                       fault.text);
    }
    return status == STATUS_OK ? status : why_set(why, status, "%s", fault.text);
}

static enum status take_element(const struct account_ctx *ctx, const struct element *element,
                                struct why *why)
{
    struct import_read read = {.mem = ctx->mem, .path = STR_ABSENT};
    struct import_run run = {.ctx = *ctx, .read = &read};
    enum import_change change = IMPORT_KNOWN;
    return element->row->take(&run, element->value, &change, why);
}

static enum status prepare_one(const struct account_ctx *ctx, const struct import_row *row,
                               struct adoptee *adoptee, struct why *why)
{
    struct element *element = NEW(ctx->mem, struct element);
    TRY_PTR(element);
    adoptee->read = element;
    return read_element(ctx, row, adoptee->line.value, adoptee, element, why);
}

static enum status adopt_one(const struct account_ctx *ctx, const struct adoptee *adoptee,
                             struct why *why)
{
    return take_element(ctx, adoptee->read, why);
}

static enum status prepare_managed(const struct account_ctx *ctx, struct adoptee *adoptee,
                                   struct why *why)
{
    return prepare_one(ctx, &import_policies_row, adoptee, why);
}

static enum status prepare_role(const struct account_ctx *ctx, struct adoptee *adoptee,
                                struct why *why)
{
    return prepare_one(ctx, &import_roles_row, adoptee, why);
}

static enum status prepare_role_use(const struct account_ctx *ctx, struct adoptee *adoptee,
                                    struct why *why)
{
    return prepare_one(ctx, &import_usage_row, adoptee, why);
}

/* ---- identity pools -------------------------------------------------------------------------- */

struct pool {
    struct element pool;
    struct element roles;
};

static enum status prepare_pool(const struct account_ctx *ctx, struct adoptee *adoptee,
                                struct why *why)
{
    const struct json_value *value = adoptee->line.value;
    struct pool *pool = NEW(ctx->mem, struct pool);
    TRY_PTR(pool);
    adoptee->read = pool;
    TRY(read_element(ctx, &import_pools_row, json_tree_get(value, STR("pool")), adoptee,
                     &pool->pool, why));
    return read_element(ctx, &import_pool_roles_row, json_tree_get(value, STR("roles")), adoptee,
                        &pool->roles, why);
}

/* No account tells whether a pool was used lately, so each is taken for used: it is judged. */
static enum status adopt_pool(const struct account_ctx *ctx, const struct adoptee *adoptee,
                              struct why *why)
{
    const struct pool *pool = adoptee->read;
    const struct pool_use use = {.pool = adoptee->line.id, .last = INT64_MAX};
    TRY(take_element(ctx, &pool->pool, why));
    TRY(take_element(ctx, &pool->roles, why));
    return store_put(ctx->tx, TABLE(pool_use), &use, why);
}

const struct adopt_kind adopt_kind_managed = {AREA_ROLES, prepare_managed, adopt_one};
const struct adopt_kind adopt_kind_role = {AREA_ROLES, prepare_role, adopt_one};
const struct adopt_kind adopt_kind_role_use = {AREA_ROLE_USE, prepare_role_use, adopt_one};
const struct adopt_kind adopt_kind_pool = {AREA_POOLS, prepare_pool, adopt_pool};
