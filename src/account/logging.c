/* logging.c: V1 and V2 options are settings, one JSON object each; the default level is also a row
 * of log_target, so that lists of levels are one scan. */
#include "account/logging.h"

#include <arpa/inet.h>

#include "account/group.h"
#include "account/quotas.h"
#include "account/role_alias.h"
#include "base/limits.h"
#include "codec/json_tree.h"
#include "codec/json_write.h"

#include "base/banned.h"

static const struct str V1 = STR_INIT("logging-v1");
static const struct str V2 = STR_INIT("logging-v2");
static const struct str DEFAULT = STR_INIT("DEFAULT");

/* ---- settings ---------------------------------------------------------------------------------
 */

/* The object kept under a name; NULL when there is none. */
static enum status setting_read(const struct account_ctx *ctx, struct str name,
                                const struct json_value **ret, struct why *why)
{
    struct setting row = {.name = name};
    enum status status = store_get(ctx->tx, TABLE(setting), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        *ret = NULL;
        return STATUS_OK;
    }
    TRY(status);
    status = json_tree_read(row.value, ctx->mem, ret, why);
    if (status == STATUS_MALFORMED) {
        return why_set(why, STATUS_CORRUPT, "the setting %.*s cannot be read", STR_ARG(name));
    }
    return status;
}

static enum status setting_write(const struct account_ctx *ctx, struct str name, struct buf *text,
                                 struct why *why)
{
    struct setting row = {.name = name, .modified = clock_now(&ctx->clock)};
    TRY(buf_finish(text, &row.value, why));
    return store_put(ctx->tx, TABLE(setting), &row, why);
}

static struct str text_of(const struct json_value *object, const char *key)
{
    const struct json_value *value = json_tree_get(object, str_from(key));
    return value == NULL ? STR_ABSENT : value->text;
}

/* ---- V1 ---------------------------------------------------------------------------------------
 */

enum status logging_v1_get(const struct account_ctx *ctx, struct logging_v1 *ret, struct why *why)
{
    const struct json_value *stored;
    TRY(setting_read(ctx, V1, &stored, why));
    struct str level = text_of(stored, "logLevel");
    *ret = (struct logging_v1){text_of(stored, "roleArn"),
                               str_absent(level) ? STR("DISABLED") : level};
    return STATUS_OK;
}

enum status logging_v1_set(const struct account_ctx *ctx, struct str role_arn, struct str level,
                           struct why *why)
{
    struct logging_v1 old;
    TRY(role_arn_check(role_arn, why));
    TRY(logging_v1_get(ctx, &old, why));
    struct buf text;
    struct json_write w;
    buf_init(&text, ctx->mem, LIMIT_BODY_BYTES);
    json_write_init(&w, &text);
    json_write_object(&w);
    json_write_member(&w, STR("logLevel"), str_absent(level) ? old.level : level);
    json_write_member(&w, STR("roleArn"), role_arn);
    json_write_end(&w);
    json_write_finish(&w);
    return setting_write(ctx, V1, &text, why);
}

/* ---- V2 ---------------------------------------------------------------------------------------
 */

static enum status events_read(const struct account_ctx *ctx, const struct json_value *list,
                               struct logging_v2 *ret, struct why *why)
{
    size_t n = list == NULL ? 0 : list->n;
    struct logging_event *events = NEW_ARRAY(ctx->mem, struct logging_event, n);
    TRY_PTR(events);
    size_t i = 0;
    for (const struct json_value *one = JSON_FIRST(list); one != NULL; one = one->next) {
        events[i++] = (struct logging_event){text_of(one, "eventType"), text_of(one, "logLevel"),
                                             text_of(one, "logDestination")};
    }
    ret->events = events;
    ret->n_events = n;
    return STATUS_OK;
}

enum status logging_v2_get(const struct account_ctx *ctx, struct logging_v2 *ret, struct why *why)
{
    const struct json_value *stored;
    TRY(setting_read(ctx, V2, &stored, why));
    if (stored == NULL) {
        return why_set(why, STATUS_NOT_CONFIGURED,
                       "V2 logging was never configured in this account; SetV2LoggingOptions does "
                       "it");
    }
    const struct json_value *disable = json_tree_get(stored, STR("disableAllLogs"));
    struct logging_v2 options = {.role_arn = text_of(stored, "roleArn"),
                                 .level = text_of(stored, "defaultLogLevel"),
                                 .disable_all = disable != NULL && disable->boolean};
    TRY(events_read(ctx, json_tree_get(stored, STR("eventConfigurations")), &options, why));
    *ret = options;
    return STATUS_OK;
}

static enum status v2_write(const struct account_ctx *ctx, const struct logging_v2 *options,
                            struct why *why)
{
    struct buf text;
    struct json_write w;
    buf_init(&text, ctx->mem, LIMIT_BODY_BYTES);
    json_write_init(&w, &text);
    json_write_object(&w);
    json_write_member(&w, STR("defaultLogLevel"), options->level);
    json_write_member_bool(&w, STR("disableAllLogs"), options->disable_all);
    json_write_key(&w, STR("eventConfigurations"));
    json_write_array(&w);
    for (size_t i = 0; i < options->n_events; i++) {
        json_write_object(&w);
        json_write_member(&w, STR("eventType"), options->events[i].type);
        json_write_member(&w, STR("logDestination"), options->events[i].destination);
        json_write_member(&w, STR("logLevel"), options->events[i].level);
        json_write_end(&w);
    }
    json_write_end(&w);
    json_write_member(&w, STR("roleArn"), options->role_arn);
    json_write_end(&w);
    json_write_finish(&w);
    TRY(setting_write(ctx, V2, &text, why));
    struct log_target row = {DEFAULT, STR(""), options->level};
    return store_put(ctx->tx, TABLE(log_target), &row, why);
}

static enum status v2_check(const struct logging_v2 *options, struct why *why)
{
    if (str_absent(options->role_arn)) {
        return why_set(why, STATUS_INVALID,
                       "roleArn is missing: the first V2 logging options must have one");
    }
    if (str_absent(options->level)) {
        return why_set(why, STATUS_INVALID,
                       "defaultLogLevel is missing: the first V2 logging options must have one");
    }
    for (size_t i = 1; i < options->n_events; i++) {
        for (size_t j = 0; j < i; j++) {
            if (str_eq(options->events[i].type, options->events[j].type)) {
                return why_set(why, STATUS_INVALID, "event type %.*s is configured twice",
                               STR_ARG(options->events[i].type));
            }
        }
    }
    return role_arn_check(options->role_arn, why);
}

enum status logging_v2_set(const struct account_ctx *ctx, const struct logging_v2 *in,
                           bool has_events, struct why *why)
{
    struct logging_v2 options = {0};
    enum status status = logging_v2_get(ctx, &options, why);
    if (status != STATUS_NOT_CONFIGURED) {
        TRY(status);
    }
    if (!str_absent(in->role_arn)) {
        options.role_arn = in->role_arn;
    }
    if (!str_absent(in->level)) {
        options.level = in->level;
    }
    if (has_events) {
        options.events = in->events;
        options.n_events = in->n_events;
    }
    options.disable_all = in->disable_all;
    TRY(v2_check(&options, why));
    return v2_write(ctx, &options, why);
}

enum status logging_v2_text(const struct account_ctx *ctx, struct str *ret, struct why *why)
{
    struct setting row = {.name = V2};
    enum status status = store_get(ctx->tx, TABLE(setting), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        *ret = STR_ABSENT;
        return STATUS_OK;
    }
    TRY(status);
    *ret = row.value;
    return STATUS_OK;
}

static enum status v2_delete(const struct account_ctx *ctx, struct why *why)
{
    const struct store_range all = {0};
    const struct setting row = {.name = V2};
    const struct log_target level = {DEFAULT, STR(""), STR_ABSENT};
    size_t n = 0;
    TRY(store_count(ctx->tx, TABLE(log_target), &all, 2, &n, why));
    if (n > 1) {
        return why_set(why, STATUS_CONFLICT,
                       "V2 logging options cannot be removed while single targets have levels");
    }
    TRY(store_delete(ctx->tx, TABLE(log_target), &level, why));
    return store_delete(ctx->tx, TABLE(setting), &row, why);
}

enum status logging_v2_restore(const struct account_ctx *ctx, struct str text, struct why *why)
{
    struct logging_v2 options;
    if (str_absent(text)) {
        return v2_delete(ctx, why);
    }
    const struct setting row = {.name = V2, .value = text, .modified = clock_now(&ctx->clock)};
    TRY(store_put(ctx->tx, TABLE(setting), &row, why));
    TRY(logging_v2_get(ctx, &options, why));
    const struct log_target level = {DEFAULT, STR(""), options.level};
    return store_put(ctx->tx, TABLE(log_target), &level, why);
}

/* ---- levels of targets ------------------------------------------------------------------------
 */

static bool is_ip_address(struct arena *mem, struct str s)
{
    unsigned char address[sizeof(struct in6_addr)];
    const char *z = str_z(mem, s);
    return z != NULL &&
           (inet_pton(AF_INET, z, address) == 1 || inet_pton(AF_INET6, z, address) == 1);
}

/* Rule 3 for a target that is not DEFAULT. */
static enum status target_check(const struct account_ctx *ctx, struct str type, struct str name,
                                struct why *why)
{
    if (name.len == 0) {
        return why_set(why, STATUS_INVALID, "targetName is missing: a log target %.*s has one",
                       STR_ARG(type));
    }
    if (str_eq(type, STR("THING_GROUP"))) {
        struct thing_group group;
        enum status status = group_get(ctx, name, &group, why);
        if (status == STATUS_NOT_FOUND) {
            return why_set(why, STATUS_INVALID,
                           "log target THING_GROUP %.*s does not exist: no thing group has that "
                           "name",
                           STR_ARG(str_slice(name, 0, 128)));
        }
        return status;
    }
    if (str_eq(type, STR("SOURCE_IP")) && !is_ip_address(ctx->mem, name)) {
        return why_set(why, STATUS_INVALID, "log target SOURCE_IP '%.*s' is not an IP address",
                       STR_ARG(str_slice(name, 0, 128)));
    }
    return STATUS_OK;
}

static enum status targets_quota(const struct account_ctx *ctx, const struct log_target *row,
                                 struct why *why)
{
    struct log_target old = *row;
    enum status status = store_get(ctx->tx, TABLE(log_target), &old, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    struct store_range all = {0};
    size_t n;
    /* The default's row is no target of its own. */
    TRY(store_count(ctx->tx, TABLE(log_target), &all, QUOTA_LOG_TARGETS + 1, &n, why));
    if (n > QUOTA_LOG_TARGETS) {
        return why_set(why, STATUS_LIMIT,
                       "the account already has log levels for %d targets, the "
                       "most",
                       QUOTA_LOG_TARGETS);
    }
    return STATUS_OK;
}

static enum status default_level_set(const struct account_ctx *ctx, struct logging_v2 *options,
                                     struct str name, struct str level, struct why *why)
{
    if (name.len > 0) {
        return why_set(why, STATUS_INVALID, "log target DEFAULT has no targetName; '%.*s' is given",
                       STR_ARG(str_slice(name, 0, 128)));
    }
    options->level = level;
    return v2_write(ctx, options, why);
}

enum status log_level_set(const struct account_ctx *ctx, struct str target_type,
                          struct str target_name, struct str level, struct why *why)
{
    struct logging_v2 options;
    TRY(logging_v2_get(ctx, &options, why));
    if (str_eq(target_type, DEFAULT)) {
        return default_level_set(ctx, &options, target_name, level, why);
    }
    TRY(target_check(ctx, target_type, target_name, why));
    struct log_target row = {target_type, target_name, level};
    TRY(targets_quota(ctx, &row, why));
    return store_put(ctx->tx, TABLE(log_target), &row, why);
}

enum status log_level_delete(const struct account_ctx *ctx, struct str target_type,
                             struct str target_name, struct why *why)
{
    if (str_eq(target_type, DEFAULT)) {
        return why_set(why, STATUS_INVALID,
                       "the DEFAULT log level cannot be deleted; set it to DISABLED instead");
    }
    struct log_target row = {.target_type = target_type, .target_name = target_name};
    enum status status = store_delete(ctx->tx, TABLE(log_target), &row, why);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status log_levels_list(const struct account_ctx *ctx, struct str target_type,
                            const struct page *page, struct page_rows *ret, struct why *why)
{
    struct logging_v2 options;
    TRY(logging_v2_get(ctx, &options, why));
    struct log_target prefix = {.target_type = target_type};
    struct store_range range = {0};
    if (!str_absent(target_type)) {
        range = (struct store_range){.prefix = &prefix, .n_prefix = 1};
    }
    return page_read(ctx, TABLE(log_target), &range, page, NULL, ret, why);
}
