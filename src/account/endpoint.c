/* endpoint.c: see endpoint.h. */
#include "account/endpoint.h"

#include "base/banned.h"

static const struct str types[] = {
    STR_INIT("iot:Data"),
    STR_INIT("iot:Data-ATS"),
    STR_INIT("iot:CredentialProvider"),
    STR_INIT("iot:Jobs"),
};

enum status endpoint_get(const struct account_ctx *ctx, struct str type, struct str *ret,
                         struct why *why)
{
    bool known = str_absent(type);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        known = known || str_eq(type, types[i]);
    }
    if (!known) {
        return why_set(why, STATUS_INVALID,
                       "endpoint type '%.*s' does not exist; the types are iot:Data, iot:Data-ATS, "
                       "iot:CredentialProvider and iot:Jobs",
                       STR_ARG(str_slice(type, 0, 128)));
    }
    if (ctx->endpoint.len == 0) {
        return why_set(why, STATUS_NOT_CONFIGURED,
                       "the address of the device endpoint is not configured");
    }
    *ret = ctx->endpoint;
    return STATUS_OK;
}
