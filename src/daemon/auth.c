/* auth.c: see auth.h. */
#include "daemon/auth.h"

#include "api/sigv4.h"

#include "base/banned.h"

/* A look-up for one request: the key's row, in the request's arena. */
struct lookup {
    struct store *store;
    struct arena *mem;
    struct access_key key;
};

static enum status find_secret(void *ctx, struct str access_key, struct str *ret, struct why *why)
{
    struct lookup *lookup = ctx;
    AUTO_VIEW *view = NULL;
    TRY(store_read_begin(lookup->store, &view, why));
    struct access_key key = {.id = access_key};
    enum status status = store_get(view, TABLE(access_key), &key, lookup->mem, why);
    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && !str_eq(key.status, STR("ACTIVE")))) {
        *ret = STR_ABSENT;
        return STATUS_OK;
    }
    TRY(status);
    lookup->key = key;
    *ret = key.secret;
    return STATUS_OK;
}

static void wipe(struct lookup *lookup)
{
    if (lookup->key.secret.len > 0) {
        mem_wipe((char *)(uintptr_t)lookup->key.secret.ptr, lookup->key.secret.len);
    }
}

/* AWS IoT's control plane was signed as "execute-api" until 2023; SDKs of that age still do. */
static bool is_iot(struct str service)
{
    return str_eq(service, STR("iot")) || str_eq(service, STR("execute-api"));
}

static enum status verify(const struct auth *auth, const struct http_request *request,
                          struct arena *mem, struct caller *ret, struct why *why)
{
    struct lookup lookup = {.store = auth->store, .mem = mem};
    struct sigv4 signature;
    enum status status =
        sigv4_verify(request, clock_now(&auth->clock), find_secret, &lookup, mem, &signature, why);
    wipe(&lookup);
    TRY(status);
    if (!is_iot(signature.service)) {
        return why_set(why, STATUS_SIGNATURE_WRONG,
                       "the request is signed for the service '%.*s'; this server offers iot",
                       STR_ARG(str_slice(signature.service, 0, 64)));
    }
    *ret = (struct caller){.key_id = lookup.key.id, .arn = lookup.key.user_arn};
    return STATUS_OK;
}

enum status auth_request(void *ctx, const struct http_request *request, struct arena *mem,
                         struct caller *ret, struct why *why)
{
    const struct auth *auth = ctx;
    struct caller caller = {.key_id = STR_ABSENT};
    enum status status = verify(auth, request, mem, &caller, why);
    if (status != STATUS_OK && auth->required) {
        return status;
    }
    *ret = caller;
    return STATUS_OK;
}
