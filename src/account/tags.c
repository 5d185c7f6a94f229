/* tags.c: see tags.h. */
#include "account/tags.h"

#include "account/quotas.h"

#include "base/banned.h"

/* What can be tagged: the type in its ARN, and the table whose one key column is its name. */
struct taggable {
    struct str type;
    const struct table *table;
};

static const struct taggable taggables[] = {
    {STR_INIT("thinggroup"), TABLE(thing_group)},
    {STR_INIT("thingtype"), TABLE(thing_type)},
    {STR_INIT("policy"), TABLE(policy)},
    {STR_INIT("rolealias"), TABLE(role_alias)},
    {STR_INIT("cacert"), TABLE(ca_certificate)},
    {STR_INIT("mitigationaction"), TABLE(mitigation_action)},
    {STR_INIT("scheduledaudit"), TABLE(scheduled_audit)},
    {STR_INIT("securityprofile"), TABLE(security_profile)},
    {STR_INIT("custommetric"), TABLE(custom_metric)},
    {STR_INIT("dimension"), TABLE(dimension)},
    {STR_INIT("provisioningtemplate"), TABLE(provisioning_template)},
};

enum { N_TAGGABLES = sizeof taggables / sizeof taggables[0] };

static enum status taggable_exists(const struct account_ctx *ctx, const struct taggable *kind,
                                   struct str name, struct str arn, struct why *why)
{
    char *row = arena_alloc(ctx->mem, kind->table->row_size);
    TRY_PTR(row);
    *(struct str *)(void *)(row + kind->table->columns[0].offset) = name;
    enum status status = store_get(ctx->tx, kind->table, row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "there is no resource %.*s", STR_ARG(arn));
    }
    return status;
}

/* OK when arn names a resource of ours that is there and can be tagged. */
static enum status taggable_check(const struct account_ctx *ctx, struct str arn, struct why *why)
{
    for (size_t i = 0; i < N_TAGGABLES; i++) {
        struct str name;
        if (arn_is_ours(&ctx->id, arn, taggables[i].type, &name)) {
            return taggable_exists(ctx, &taggables[i], name, arn, why);
        }
    }
    return why_set(why, STATUS_INVALID,
                   "'%.*s' cannot be tagged: it must be the ARN of a thing group, thing type, "
                   "policy, role alias, CA certificate, mitigation action, scheduled audit, "
                   "provisioning template, security profile, custom metric or dimension of account "
                   "%.*s in %.*s",
                   STR_ARG(str_slice(arn, 0, 256)), STR_ARG(ctx->id.account),
                   STR_ARG(ctx->id.region));
}

enum status tags_get_arn(const struct account_ctx *ctx, struct str arn, struct tags *ret,
                         struct why *why)
{
    struct tag prefix = {.resource_arn = arn};
    struct store_range range = {.prefix = &prefix, .n_prefix = 1};
    struct tag_pair *items = NEW_ARRAY(ctx->mem, struct tag_pair, QUOTA_TAGS);
    TRY_PTR(items);
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(tag), &range, &scan, why));
    size_t n = 0;
    bool more = true;
    while (n < QUOTA_TAGS) {
        struct tag row;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            break;
        }
        items[n++] = (struct tag_pair){row.key, row.value};
    }
    *ret = (struct tags){items, n};
    return STATUS_OK;
}

static bool tags_have(struct tags tags, struct str key)
{
    for (size_t i = 0; i < tags.n; i++) {
        if (str_eq(tags.items[i].key, key)) {
            return true;
        }
    }
    return false;
}

static bool key_is_reserved(struct str key)
{
    return str_eq_nocase(str_slice(key, 0, 4), STR("aws:"));
}

static enum status tags_check(struct tags tags, struct why *why)
{
    for (size_t i = 0; i < tags.n; i++) {
        struct str key = tags.items[i].key;
        if (key_is_reserved(key)) {
            return why_set(why, STATUS_INVALID,
                           "tag key '%.*s' is reserved: keys may not begin with 'aws:'",
                           STR_ARG(key));
        }
        if (tags_have((struct tags){tags.items, i}, key)) {
            return why_set(why, STATUS_INVALID, "tag key '%.*s' is given twice", STR_ARG(key));
        }
    }
    return STATUS_OK;
}

enum status tags_put_arn(const struct account_ctx *ctx, struct str arn, struct tags tags,
                         struct why *why)
{
    if (tags.n == 0) {
        return STATUS_OK;
    }
    /* Before the quadratic search for doubles. */
    if (tags.n > QUOTA_TAGS) {
        return why_set(why, STATUS_LIMIT, "%zu tags are given; a resource may have %d", tags.n,
                       QUOTA_TAGS);
    }
    TRY(tags_check(tags, why));
    struct tags old;
    TRY(tags_get_arn(ctx, arn, &old, why));
    size_t n = old.n;
    for (size_t i = 0; i < tags.n; i++) {
        struct tag_pair pair = tags.items[i];
        n += tags_have(old, pair.key) ? 0 : 1;
        struct tag row = {arn, pair.key, str_absent(pair.value) ? STR("") : pair.value};
        TRY(store_put(ctx->tx, TABLE(tag), &row, why));
    }
    if (n > QUOTA_TAGS) {
        return why_set(why, STATUS_LIMIT, "%.*s would have %zu tags; a resource may have %d",
                       STR_ARG(arn), n, QUOTA_TAGS);
    }
    return STATUS_OK;
}

static enum status tag_delete(const struct account_ctx *ctx, struct str arn, struct str key,
                              struct why *why)
{
    struct tag row = {.resource_arn = arn, .key = key};
    enum status status = store_delete(ctx->tx, TABLE(tag), &row, why);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status tags_put(const struct account_ctx *ctx, struct str type, struct str name,
                     struct tags tags, struct why *why)
{
    struct str arn;
    TRY(account_arn(ctx, type, name, &arn, why));
    return tags_put_arn(ctx, arn, tags, why);
}

enum status tags_drop_arn(const struct account_ctx *ctx, struct str arn, struct why *why)
{
    struct tags old;
    TRY(tags_get_arn(ctx, arn, &old, why));
    for (size_t i = 0; i < old.n; i++) {
        TRY(tag_delete(ctx, arn, old.items[i].key, why));
    }
    return STATUS_OK;
}

enum status tags_drop(const struct account_ctx *ctx, struct str type, struct str name,
                      struct why *why)
{
    struct str arn;
    TRY(account_arn(ctx, type, name, &arn, why));
    return tags_drop_arn(ctx, arn, why);
}

enum status tags_replace_arn(const struct account_ctx *ctx, struct str arn, struct tags tags,
                             struct why *why)
{
    TRY(tags_drop_arn(ctx, arn, why));
    for (size_t i = 0; i < tags.n; i++) {
        const struct tag_pair *pair = &tags.items[i];
        const struct tag row = {arn, pair->key, str_absent(pair->value) ? STR("") : pair->value};
        TRY(store_put(ctx->tx, TABLE(tag), &row, why));
    }
    return STATUS_OK;
}

enum status tags_are(const struct account_ctx *ctx, struct str arn, struct tags tags, bool *ret,
                     struct why *why)
{
    bool same = true;
    const struct store_range all = {.prefix = &(struct tag){.resource_arn = arn}, .n_prefix = 1};
    size_t n;
    TRY(store_count(ctx->tx, TABLE(tag), &all, tags.n + 1, &n, why));
    same = n == tags.n;
    for (size_t i = 0; same && i < tags.n; i++) {
        struct tag row = {.resource_arn = arn, .key = tags.items[i].key};
        enum status status = store_get(ctx->tx, TABLE(tag), &row, ctx->mem, why);
        if (status != STATUS_NOT_FOUND) {
            TRY(status);
        }
        same = status == STATUS_OK && str_eq(row.value, tags.items[i].value);
    }
    *ret = same;
    return STATUS_OK;
}

enum status tags_remove_arn(const struct account_ctx *ctx, struct str arn, const struct str *keys,
                            size_t n, struct why *why)
{
    for (size_t i = 0; i < n; i++) {
        TRY(tag_delete(ctx, arn, keys[i], why));
    }
    return STATUS_OK;
}

enum status tag_resource(const struct account_ctx *ctx, struct str arn, struct tags tags,
                         struct why *why)
{
    TRY(taggable_check(ctx, arn, why));
    return tags_put_arn(ctx, arn, tags, why);
}

enum status untag_resource(const struct account_ctx *ctx, struct str arn, const struct str *keys,
                           size_t n, struct why *why)
{
    TRY(taggable_check(ctx, arn, why));
    return tags_remove_arn(ctx, arn, keys, n, why);
}

enum status tags_list(const struct account_ctx *ctx, struct str arn, struct tags *ret,
                      struct why *why)
{
    TRY(taggable_check(ctx, arn, why));
    return tags_get_arn(ctx, arn, ret, why);
}
