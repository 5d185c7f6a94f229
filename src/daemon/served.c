/* served.c: see served.h. */
#include "daemon/served.h"

#include "base/banned.h"

void served_init(struct served *served, bool tls)
{
    *served = (struct served){.tls = tls};
    pthread_mutex_init(&served->lock, NULL);
}

void served_set(struct served *served, struct http_server *server)
{
    pthread_mutex_lock(&served->lock);
    served->server = server;
    pthread_mutex_unlock(&served->lock);
}

static enum status ask(struct served *served, struct arena *mem, struct server_shown *shown,
                       struct why *why)
{
    pthread_mutex_lock(&served->lock);
    enum status status =
        served->server == NULL
            ? why_set(why, STATUS_BUSY, "the API is not served at this moment")
            : http_server_certificates(served->server, mem, &shown->der, &shown->n, why);
    pthread_mutex_unlock(&served->lock);
    return status;
}

enum status served_get(void *ctx, struct arena *mem, const struct server_shown **ret, size_t *ret_n,
                       struct why *why)
{
    struct served *served = ctx;
    struct server_shown *shown = NEW(mem, struct server_shown);
    TRY_PTR(shown);
    shown->place = STR("the API");
    if (served->tls) {
        TRY(ask(served, mem, shown, why));
    }
    *ret = shown;
    *ret_n = served->tls ? 1 : 0;
    return STATUS_OK;
}
