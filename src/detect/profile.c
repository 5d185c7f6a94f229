/* profile.c: see profile.h. */
#include "detect/profile.h"

#include "account/thing.h"
#include "detect/profile_check.h"
#include "detect/profile_use.h"
#include "detect/target.h"

#include "base/banned.h"

#define KIND STR("securityprofile")

/* ---- parts ----------------------------------------------------------------------------------- */

static struct str *part_of(struct security_profile *row, enum profile_part part)
{
    struct str *const places[PART_COUNT] = {
        [PART_BEHAVIORS] = &row->behaviors, [PART_ALERT_TARGETS] = &row->alert_targets,
        [PART_RETAINED] = &row->retained,   [PART_RETAINED_V2] = &row->retained_v2,
        [PART_EXPORT] = &row->export,
    };
    return places[part];
}

/* Rule 3: nothing is brought by an empty list or map. */
static bool brings(struct str part)
{
    return !str_absent(part) && !str_eq(part, STR("[]")) && !str_eq(part, STR("{}"));
}

static enum status change_parts(struct security_profile *row, const struct profile_request *in,
                                struct why *why)
{
    static const char *const flags[PART_COUNT] = {
        [PART_BEHAVIORS] = "deleteBehaviors with behaviors",
        [PART_ALERT_TARGETS] = "deleteAlertTargets with alertTargets",
        [PART_RETAINED] = "deleteAdditionalMetricsToRetain with additionalMetricsToRetain",
        [PART_RETAINED_V2] = "deleteAdditionalMetricsToRetain with additionalMetricsToRetainV2",
        [PART_EXPORT] = "deleteMetricsExportConfig with metricsExportConfig",
    };
    for (int part = 0; part < PART_COUNT; part++) {
        struct str *place = part_of(row, (enum profile_part)part);
        if (in->drop[part] && brings(in->parts[part])) {
            return why_set(why, STATUS_INVALID, "%s: an update takes a part away or replaces it",
                           flags[part]);
        }
        if (in->drop[part]) {
            *place = STR_ABSENT;
        } else if (brings(in->parts[part])) {
            *place = in->parts[part];
        }
    }
    return STATUS_OK;
}

/* Checks the row whole, writes what it names. */
static enum status settle(const struct account_ctx *ctx, const struct security_profile *row,
                          struct why *why)
{
    TRY(profile_check(ctx, row, why));
    TRY(profile_use_drop(ctx, row->name, why));
    return profile_check_uses(ctx, row, why);
}

/* ---- making, changing, removing -------------------------------------------------------------- */

enum status profile_get(const struct account_ctx *ctx, struct str name,
                        struct security_profile *ret, struct why *why)
{
    struct security_profile row = {.name = name};
    enum status status = store_get(ctx->tx, TABLE(security_profile), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "no security profile is named %.*s", STR_ARG(name));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

static bool is_same(struct security_profile *old, const struct profile_request *in)
{
    bool same = str_eq(old->description, in->description);
    for (int part = 0; part < PART_COUNT; part++) {
        same = same && str_eq(*part_of(old, (enum profile_part)part), in->parts[part]);
    }
    return same;
}

enum status profile_create(const struct account_ctx *ctx, const struct profile_request *in,
                           struct why *why)
{
    struct security_profile row;
    enum status status = profile_get(ctx, in->name, &row, why);
    if (status == STATUS_OK) {
        return is_same(&row, in)
                   ? STATUS_OK
                   : why_resource(why, ctx, KIND, in->name,
                                  why_set(why, STATUS_EXISTS,
                                          "security profile %.*s exists already, and is another",
                                          STR_ARG(in->name)));
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    row = (struct security_profile){.name = in->name,
                                    .description = in->description,
                                    .version = 1,
                                    .created = clock_now(&ctx->clock)};
    row.modified = row.created;
    for (int part = 0; part < PART_COUNT; part++) {
        *part_of(&row, (enum profile_part)part) = in->parts[part];
    }
    TRY(settle(ctx, &row, why));
    TRY(store_insert(ctx->tx, TABLE(security_profile), &row, why));
    return tags_put(ctx, KIND, in->name, in->tags, why);
}

enum status profile_update(const struct account_ctx *ctx, const struct profile_request *in,
                           struct security_profile *ret, struct why *why)
{
    struct security_profile row;
    TRY(profile_get(ctx, in->name, &row, why));
    TRY(version_check(in->expected_version, row.version, "security profile", in->name, why));
    if (!str_absent(in->description)) {
        row.description = in->description;
    }
    TRY(change_parts(&row, in, why));
    row.version++;
    row.modified = clock_now(&ctx->clock);
    TRY(settle(ctx, &row, why));
    TRY(store_put(ctx->tx, TABLE(security_profile), &row, why));
    *ret = row;
    return STATUS_OK;
}

enum status profile_delete(const struct account_ctx *ctx, struct str name,
                           struct maybe_int expected_version, struct why *why)
{
    struct security_profile row;
    enum status status = profile_get(ctx, name, &row, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    TRY(version_check(expected_version, row.version, "security profile", name, why));
    TRY(target_drop_profile(ctx, name, why));
    TRY(profile_use_drop(ctx, name, why));
    TRY(tags_drop(ctx, KIND, name, why));
    return store_delete(ctx->tx, TABLE(security_profile), &row, why);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static enum status names_of(const struct account_ctx *ctx, const struct page_rows *rows, bool uses,
                            const struct str **ret, struct why *why)
{
    struct str *names = NEW_ARRAY(ctx->mem, struct str, rows->n);
    TRY_PTR(names);
    for (size_t i = 0; i < rows->n; i++) {
        names[i] = uses ? ((const struct profile_use *)rows->rows)[i].profile
                        : ((const struct security_profile *)rows->rows)[i].name;
    }
    *ret = names;
    return STATUS_OK;
}

enum status profile_list(const struct account_ctx *ctx, const struct profile_filter *filter,
                         const struct page *page, const struct str **ret_names,
                         struct page_rows *ret, struct why *why)
{
    const struct store_range all = {.columns = COLUMN_BIT(COL_security_profile__name)};
    bool by_metric = !str_absent(filter->metric);
    bool by_dimension = !str_absent(filter->dimension);
    if (by_metric && by_dimension) {
        return why_set(why, STATUS_INVALID,
                       "dimensionName and metricName cannot both be asked for");
    }
    if (by_metric) {
        TRY(profile_check_metric(ctx, filter->metric, why));
        TRY(profile_use_list(ctx, USE_METRIC, filter->metric, page, ret, why));
    } else if (by_dimension) {
        TRY(profile_check_dimension(ctx, filter->dimension, why));
        TRY(profile_use_list(ctx, USE_DIMENSION, filter->dimension, page, ret, why));
    } else {
        TRY(page_read(ctx, TABLE(security_profile), &all, page, NULL, ret, why));
    }
    return names_of(ctx, ret, by_metric || by_dimension, ret_names, why);
}
