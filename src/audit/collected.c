/* collected.c: see collected.h. */
#include "audit/collected.h"

#include <inttypes.h>

#include "base/buf.h"
#include "codec/json_tree.h"

#include "base/banned.h"

#define SETTING STR("collected")

enum { SETTING_BYTES_MAX = 64 << 10, ERROR_BYTES_MAX = 300 };

/* ---- the setting ----------------------------------------------------------------------------- */

static struct str text_of(const struct json_value *object, const char *key)
{
    const struct json_value *value = json_tree_get(object, str_from(key));
    return value != NULL && value->type == JSON_STRING ? value->text : STR("");
}

static int64_t number_of(const struct json_value *object, const char *key, int64_t fallback)
{
    int64_t number = fallback;
    const struct json_value *value = json_tree_get(object, str_from(key));
    if (value != NULL && value->type == JSON_NUMBER) {
        (void)!json_number_int64(value->text, &number, NULL);
    }
    return number;
}

enum status collected_get(const struct account_ctx *ctx, struct collected *ret, struct why *why)
{
    struct setting row = {.name = SETTING};
    struct collected collected = {.is = true};
    const struct json_value *tree = NULL;
    *ret = (struct collected){.history_from = TIME_NEVER};
    enum status status = store_get(ctx->tx, TABLE(setting), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    if (json_tree_read(row.value, ctx->mem, &tree, NULL) != STATUS_OK) {
        return why_set(why, STATUS_CORRUPT, "the setting collected cannot be read");
    }
    collected.begun = number_of(tree, "begun", 0);
    collected.history_from = number_of(tree, "history", TIME_NEVER);
    const struct json_value *areas = json_tree_get(tree, STR("areas"));
    for (int i = 0; i < AREA_COUNT; i++) {
        const struct json_value *lack = json_tree_get(areas, area_name((enum area)i));
        if (lack != NULL) {
            collected.lacks[i] =
                (struct collected_lack){true, number_of(lack, "count", -1), text_of(lack, "action"),
                                        text_of(lack, "error")};
        }
    }
    *ret = collected;
    return STATUS_OK;
}

static void put_lack(struct json_write *w, enum area area, const struct collected_lack *lack)
{
    json_write_key(w, area_name(area));
    json_write_object(w);
    json_write_member(w, STR("action"), lack->action);
    if (lack->count >= 0) {
        json_write_member_int64(w, STR("count"), lack->count);
    }
    json_write_member(w, STR("error"), str_slice(lack->error, 0, ERROR_BYTES_MAX));
    json_write_end(w);
}

enum status collected_put(const struct account_ctx *ctx, const struct collected *collected,
                          struct why *why)
{
    struct setting row = {.name = SETTING, .modified = clock_now(&ctx->clock)};
    struct buf out;
    struct json_write w;
    buf_init(&out, ctx->mem, SETTING_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_key(&w, STR("areas"));
    json_write_object(&w);
    for (int i = 0; i < AREA_COUNT; i++) {
        if (collected->lacks[i].is) {
            put_lack(&w, (enum area)i, &collected->lacks[i]);
        }
    }
    json_write_end(&w);
    json_write_member_int64(&w, STR("begun"), collected->begun);
    if (collected->history_from != TIME_NEVER) {
        json_write_member_int64(&w, STR("history"), collected->history_from);
    }
    json_write_end(&w);
    json_write_finish(&w);
    TRY(buf_finish(&out, &row.value, why));
    return store_put(ctx->tx, TABLE(setting), &row, why);
}

/* ---- what checks need ------------------------------------------------------------------------ */

#define NEEDS(area)   (1u << AREA_##area)
#define NEEDS_NOTHING (1u << AREA_COUNT)
#define NEEDS_ALL     (NEEDS_NOTHING - 1)

/* A check that is not here may look at anything. */
static const uint32_t needs[CHECK_COUNT] = {
    [CHECK_AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE] = NEEDS(POOLS) | NEEDS(ROLES),
    [CHECK_CA_CERTIFICATE_CRYPTOGRAPHY] = NEEDS(CAS),
    [CHECK_CA_CERTIFICATE_EXPIRING] = NEEDS(CAS),
    [CHECK_CA_CERTIFICATE_KEY_QUALITY] = NEEDS(CAS),
    [CHECK_CA_RSA_SHARED_FACTOR] = NEEDS(CAS) | NEEDS(CERTIFICATES),
    [CHECK_CLIENT_ID_UNRESTRICTED] =
        NEEDS(CERTIFICATES) | NEEDS(POLICIES) | NEEDS(TARGETS) | NEEDS(THINGS) | NEEDS(GROUPS),
    [CHECK_CONFLICTING_CLIENT_IDS] = NEEDS(CONNECTIONS),
    [CHECK_DEVICE_CERTIFICATE_AGE] = NEEDS(CERTIFICATES),
    [CHECK_DEVICE_CERTIFICATE_CRYPTOGRAPHY] = NEEDS(CERTIFICATES),
    [CHECK_DEVICE_CERTIFICATE_EXPIRING] = NEEDS(CERTIFICATES),
    [CHECK_DEVICE_CERTIFICATE_KEY_QUALITY] = NEEDS(CERTIFICATES),
    [CHECK_DEVICE_CERTIFICATE_SHARED] = NEEDS(CONNECTIONS),
    [CHECK_INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES] = NEEDS(CERTIFICATES),
    [CHECK_IOT_POLICY_OVERLY_PERMISSIVE] = NEEDS(POLICIES),
    [CHECK_IOT_POLICY_POTENTIAL_MISCONFIGURATION] = NEEDS(POLICIES),
    [CHECK_IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES] =
        NEEDS(ROLE_ALIASES) | NEEDS(ROLES) | NEEDS(ROLE_USE),
    [CHECK_IOT_ROLE_ALIAS_OVERLY_PERMISSIVE] = NEEDS(ROLE_ALIASES) | NEEDS(ROLES),
    [CHECK_LOGGING_DISABLED] = NEEDS(LOGGING),
    [CHECK_REVOCATION_LIST_EXPIRING] = NEEDS(CAS) | NEEDS(CERTIFICATES),
    [CHECK_REVOKED_CA_CERTIFICATE_STILL_ACTIVE] = NEEDS(CAS),
    [CHECK_REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE] = NEEDS(CERTIFICATES),
    [CHECK_ROLE_TRUST_CONFUSED_DEPUTY] = NEEDS(ROLES) | NEEDS(OTHER_ROLES),
    [CHECK_RSA_SHARED_FACTOR] = NEEDS(CAS) | NEEDS(CERTIFICATES),
    [CHECK_SERVER_CERTIFICATE_EXPIRING] = NEEDS_NOTHING,
    [CHECK_UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE] = NEEDS(POOLS) | NEEDS(ROLES),
};

static uint32_t needs_of(enum check_id check)
{
    return needs[check] != 0 ? needs[check] : NEEDS_ALL;
}

enum status collected_lack(const struct account_ctx *ctx, const struct collected *collected,
                           enum check_id check, struct str *ret, int64_t *ret_count,
                           struct why *why)
{
    struct buf out;
    int64_t count = 0;
    buf_init(&out, ctx->mem, SETTING_BYTES_MAX);
    for (int i = 0; i < AREA_COUNT; i++) {
        const struct collected_lack *lack = &collected->lacks[i];
        if (!lack->is || !(needs_of(check) >> i & 1)) {
            continue;
        }
        bool whole = lack->count < 0;
        count = count < 0 || whole ? -1 : count + lack->count;
        struct str name = area_name((enum area)i);
        if (buf_view(&out).len > 0) {
            buf_put_char(&out, ' ');
        }
        if (whole) {
            buf_put_fmt(&out, "The account did not tell its %.*s: %.*s.", STR_ARG(name),
                        STR_ARG(lack->error));
        } else {
            buf_put_fmt(&out, "The account did not tell %" PRId64 " of its %.*s: %.*s.",
                        lack->count, STR_ARG(name), STR_ARG(lack->error));
        }
    }
    *ret_count = count;
    if (count == 0 && buf_view(&out).len == 0) {
        *ret = STR_ABSENT;
        return STATUS_OK;
    }
    return buf_finish(&out, ret, why);
}
