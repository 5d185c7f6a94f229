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

static enum status verify(const struct auth *auth, const struct http_request *request,
                          struct arena *mem, struct caller *ret, struct why *why)
{
    struct lookup lookup = {.store = auth->store, .mem = mem};
    struct sigv4 signature;
    enum status status =
        sigv4_verify(request, clock_now(&auth->clock), find_secret, &lookup, mem, &signature, why);
    wipe(&lookup);
    TRY(status);
    *ret = (struct caller){
        .key_id = lookup.key.id, .arn = lookup.key.user_arn, .service = signature.service};
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
    if (status != STATUS_OK) { /* nobody known, but what is asked for can still be told */
        struct sigv4 claim = {.service = STR_ABSENT};
        status = sigv4_read(request, mem, &claim, NULL);
        caller.service = status == STATUS_OK ? claim.service : STR_ABSENT;
    }
    *ret = caller;
    return STATUS_OK;
}
