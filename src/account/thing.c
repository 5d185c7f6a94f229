/* thing.c: see thing.h. */
#include "account/thing.h"

#include <inttypes.h>

#include "account/group_member.h"
#include "account/quotas.h"
#include "account/thing_type.h"

#include "base/banned.h"

enum status version_check(struct maybe_int expected, int64_t current, const char *kind,
                          struct str name, struct why *why)
{
    if (expected.given && expected.value != current) {
        return why_set(why, STATUS_VERSION_CONFLICT,
                       "%s %.*s is at version %" PRId64 ", not at version %" PRId64 " as expected",
                       kind, STR_ARG(name), current, expected.value);
    }
    return STATUS_OK;
}

enum status thing_get(const struct account_ctx *ctx, struct str name, struct thing *ret,
                      struct why *why)
{
    struct thing row = {.name = name};
    enum status status = store_get(ctx->tx, TABLE(thing), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_resource(why, ctx, STR("thing"), name,
                            why_set(why, status, "no thing is named %.*s", STR_ARG(name)));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

/* ---- writing ----------------------------------------------------------------------------------
 */

/* The rows by which things are found by attribute. */
static enum status index_attributes(const struct account_ctx *ctx, const struct thing *thing,
                                    struct attributes attributes, bool add, struct why *why)
{
    for (size_t i = 0; i < attributes.n; i++) {
        struct thing_attribute row = {attributes.items[i].name, attributes.items[i].value,
                                      thing->name};
        TRY(add ? store_put(ctx->tx, TABLE(thing_attribute), &row, why)
                : store_delete(ctx->tx, TABLE(thing_attribute), &row, why));
    }
    return STATUS_OK;
}

static enum status count_check(const struct thing *thing, struct attributes attributes,
                               struct why *why)
{
    bool typed = thing->type_name.len > 0;
    return attributes_check(attributes, typed ? QUOTA_ATTRIBUTES_TYPED : QUOTA_ATTRIBUTES_UNTYPED,
                            typed ? "the thing with a type" : "the thing without a type",
                            thing->name, why);
}

/* Whether the thing that is there is what was asked for. */
static enum status same_or_exists(const struct account_ctx *ctx, const struct thing *old,
                                  const struct thing *wanted, struct thing *ret, struct why *why)
{
    if (!str_eq(old->type_name, wanted->type_name) ||
        !str_eq(old->attributes, wanted->attributes)) {
        return why_resource(why, ctx, STR("thing"), old->name,
                            why_set(why, STATUS_EXISTS,
                                    "thing %.*s exists with another type or other attributes",
                                    STR_ARG(old->name)));
    }
    *ret = *old;
    return STATUS_OK;
}

enum status thing_create(const struct account_ctx *ctx, const struct thing_create *in,
                         struct thing *ret, struct why *why)
{
    struct thing row = {.name = in->name,
                        .type_name = str_absent(in->type_name) ? STR("") : in->type_name,
                        .version = 1,
                        .created = clock_now(&ctx->clock)};
    struct attributes attributes;
    TRY(attributes_apply(ctx->mem, STR_ABSENT, &in->attributes, &attributes, &row.attributes, why));
    TRY(count_check(&row, attributes, why));
    struct thing old;
    enum status status = thing_get(ctx, in->name, &old, why);
    if (status == STATUS_OK) {
        return same_or_exists(ctx, &old, &row, ret, why);
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    if (!str_absent(in->type_name)) {
        TRY(thing_type_assignable(ctx, in->type_name, why));
    }
    TRY(account_uuid(ctx, &row.thing_id, why));
    TRY(store_insert(ctx->tx, TABLE(thing), &row, why));
    TRY(index_attributes(ctx, &row, attributes, true, why));
    *ret = row;
    return STATUS_OK;
}

/* The type that an update leaves. */
static enum status update_type(const struct account_ctx *ctx, const struct thing_update *in,
                               struct thing *row, struct why *why)
{
    if (in->remove_type && !str_absent(in->type_name)) {
        return why_set(why, STATUS_INVALID,
                       "thing %.*s cannot be given type %.*s and lose its type in one update",
                       STR_ARG(in->name), STR_ARG(in->type_name));
    }
    if (in->remove_type) {
        row->type_name = STR("");
    } else if (!str_absent(in->type_name) && !str_eq(in->type_name, row->type_name)) {
        TRY(thing_type_assignable(ctx, in->type_name, why));
        row->type_name = in->type_name;
    }
    return STATUS_OK;
}

enum status thing_update(const struct account_ctx *ctx, const struct thing_update *in,
                         struct why *why)
{
    struct thing row;
    struct attributes old;
    struct attributes attributes;
    TRY(thing_get(ctx, in->name, &row, why));
    TRY(version_check(in->expected_version, row.version, "thing", in->name, why));
    TRY(update_type(ctx, in, &row, why));
    TRY(attributes_read(ctx->mem, row.attributes, &old, why));
    TRY(attributes_apply(ctx->mem, row.attributes, &in->attributes, &attributes, &row.attributes,
                         why));
    TRY(count_check(&row, attributes, why));
    row.version++;
    TRY(store_put(ctx->tx, TABLE(thing), &row, why));
    TRY(index_attributes(ctx, &row, old, false, why));
    return index_attributes(ctx, &row, attributes, true, why);
}

static enum status no_principals(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct principal_thing prefix = {.thing = name};
    struct store_range range = {
        .index = INDEX(principal_thing, by_thing), .prefix = &prefix, .n_prefix = 1};
    size_t n;
    TRY(store_count(ctx->tx, TABLE(principal_thing), &range, 1, &n, why));
    if (n > 0) {
        return why_set(why, STATUS_INVALID,
                       "thing %.*s cannot be deleted while principals are attached to it; detach "
                       "them first (list-thing-principals shows them)",
                       STR_ARG(name));
    }
    return STATUS_OK;
}

enum status thing_delete(const struct account_ctx *ctx, struct str name,
                         struct maybe_int expected_version, struct why *why)
{
    struct thing row;
    struct attributes attributes;
    enum status status = thing_get(ctx, name, &row, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    TRY(version_check(expected_version, row.version, "thing", name, why));
    TRY(no_principals(ctx, name, why));
    TRY(attributes_read(ctx->mem, row.attributes, &attributes, why));
    TRY(index_attributes(ctx, &row, attributes, false, why));
    TRY(group_members_drop_thing(ctx, name, why));
    return store_delete(ctx->tx, TABLE(thing), &row, why);
}

/* ---- lists ------------------------------------------------------------------------------------
 */

static enum status filter_check(const struct things_filter *filter, struct why *why)
{
    if (!str_absent(filter->value) && str_absent(filter->attribute)) {
        return why_set(why, STATUS_INVALID,
                       "attributeValue '%.*s' needs an attributeName beside it",
                       STR_ARG(filter->value));
    }
    if (filter->prefix && str_absent(filter->value)) {
        return why_set(why, STATUS_INVALID, "usePrefixAttributeValue needs an attributeValue");
    }
    return STATUS_OK;
}

/* Rows of thing_attribute under one name, and the things that were found by them. */
struct search {
    const struct things_filter *filter;
    struct thing *things; /* of the rows kept, one beyond the page counted */
    size_t *n;
};

static enum status look_at_attribute(const struct account_ctx *ctx, const void *row,
                                     const void *arg, bool *ret_keep, bool *ret_stop,
                                     struct why *why)
{
    const struct thing_attribute *attribute = row;
    const struct search *search = arg;
    const struct things_filter *filter = search->filter;
    if (filter->prefix && !str_starts(attribute->value, filter->value)) {
        *ret_stop = true;
        return STATUS_OK;
    }
    struct thing *thing = &search->things[*search->n];
    enum status status = thing_get(ctx, attribute->thing, thing, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_CORRUPT,
                       "thing %.*s is found by attribute %.*s and is not there",
                       STR_ARG(attribute->thing), STR_ARG(attribute->name));
    }
    TRY(status);
    *ret_keep = str_absent(filter->type_name) || str_eq(thing->type_name, filter->type_name);
    *search->n += *ret_keep ? 1 : 0;
    return STATUS_OK;
}

static enum status list_by_attribute(const struct account_ctx *ctx,
                                     const struct things_filter *filter, const struct page *page,
                                     struct page_rows *ret, struct why *why)
{
    struct thing_attribute key = {.name = filter->attribute, .value = filter->value};
    bool one_value = !str_absent(filter->value) && !filter->prefix;
    struct store_range range = {.prefix = &key, .n_prefix = one_value ? 2 : 1};
    if (filter->prefix) {
        range.from = &key;
        range.n_from = 2;
    }
    size_t n = 0;
    const struct search search = {filter, NEW_ARRAY(ctx->mem, struct thing, page_size(page) + 1),
                                  &n};
    TRY_PTR(search.things);
    struct page_filter look = {look_at_attribute, &search};
    struct page_rows found;
    TRY(page_read(ctx, TABLE(thing_attribute), &range, page, &look, &found, why));
    *ret = (struct page_rows){search.things, found.n, found.next};
    return STATUS_OK;
}

enum status things_list(const struct account_ctx *ctx, const struct things_filter *filter,
                        const struct page *page, struct page_rows *ret, struct why *why)
{
    TRY(filter_check(filter, why));
    if (!str_absent(filter->attribute)) {
        return list_by_attribute(ctx, filter, page, ret, why);
    }
    struct thing key = {.type_name = filter->type_name};
    struct store_range range = {0};
    if (!str_absent(filter->type_name)) {
        range = (struct store_range){.index = INDEX(thing, by_type), .prefix = &key, .n_prefix = 1};
    }
    return page_read(ctx, TABLE(thing), &range, page, NULL, ret, why);
}
