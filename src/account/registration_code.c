/* registration_code.c: see registration_code.h. */
#include "account/registration_code.h"

#include "base/banned.h"

#define SETTING_NAME STR("registration-code")

enum { CODE_TEXT = 2 * HEX_ID_TEXT };

enum status registration_code_find(const struct account_ctx *ctx, struct str *ret, struct why *why)
{
    struct setting row = {.name = SETTING_NAME};
    enum status status = store_get(ctx->tx, TABLE(setting), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        *ret = STR_ABSENT;
        return STATUS_OK;
    }
    TRY(status);
    *ret = row.value;
    return STATUS_OK;
}

enum status registration_code_get(const struct account_ctx *ctx, struct str *ret, struct why *why)
{
    struct str code;
    TRY(registration_code_find(ctx, &code, why));
    if (!str_absent(code)) {
        *ret = code;
        return STATUS_OK;
    }
    char *text = arena_alloc(ctx->mem, CODE_TEXT + 1);
    TRY_PTR(text);
    rnd_hex_id(&ctx->rnd, text);
    rnd_hex_id(&ctx->rnd, text + HEX_ID_TEXT);
    struct setting row = {
        .name = SETTING_NAME, .value = {text, CODE_TEXT}, .modified = clock_now(&ctx->clock)};
    TRY(store_insert(ctx->tx, TABLE(setting), &row, why));
    *ret = row.value;
    return STATUS_OK;
}

enum status registration_code_delete(const struct account_ctx *ctx, struct why *why)
{
    struct setting row = {.name = SETTING_NAME};
    enum status status = store_delete(ctx->tx, TABLE(setting), &row, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_NOT_FOUND,
                       "there is no registration code; GetRegistrationCode makes one");
    }
    return status;
}
