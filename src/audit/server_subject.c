/* server_subject.c: see server_subject.h. */
#include "audit/server_subject.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

#include "base/banned.h"

/* ---- places ---------------------------------------------------------------------------------- */

static bool is_file(struct str place)
{
    return str_find_char(place, '/', 0) < place.len;
}

/* "HOST:PORT" or "[ADDRESS]:PORT"; what a host's name may be, the resolver knows. */
static bool is_server(struct str place)
{
    size_t colon = place.len;
    int64_t port = 0;
    for (size_t i = 0; i < place.len; i++) {
        char c = place.ptr[i];
        if ((uint8_t)c <= ' ' || (uint8_t)c >= 0x7f || memchr("@?#%\\\"<>", c, 9) != NULL) {
            return false;
        }
        colon = c == ':' ? i : colon;
    }
    struct str host = str_slice(place, 0, colon);
    bool v6 = str_starts(host, STR("[")) && str_ends(host, STR("]"));
    return host.len > 0 && (v6 || str_find_char(host, ':', 0) == host.len) &&
           str_to_int64(str_slice(place, colon + 1, place.len), &port) == STATUS_OK && port > 0 &&
           port <= 65535;
}

enum status server_places_check(struct str places, struct why *why)
{
    struct str rest = places;
    struct str place;
    size_t n = 0;
    while (places.len > 0 && str_next(&rest, ',', &place)) {
        if (!is_file(place) && !is_server(place)) {
            return why_set(why, STATUS_INVALID,
                           "watch-certificate has '%.*s'; it must be the name of a file, with a "
                           "'/', or HOST:PORT",
                           STR_ARG(str_slice(place, 0, 128)));
        }
        if (++n > LIMIT_SERVER_PLACES) {
            return why_set(why, STATUS_INVALID, "watch-certificate has more than %d places",
                           LIMIT_SERVER_PLACES);
        }
    }
    return STATUS_OK;
}

/* ---- what was found -------------------------------------------------------------------------- */

enum { CHAIN_MAX = LIMIT_CHAIN_DEPTH };

struct gathering {
    const struct server_env *env;
    struct arena *mem;
    struct server_subject *list;
    size_t n;
    size_t max;
};

static struct server_subject *next_subject(struct gathering *g)
{
    if (g->n == g->max) {
        size_t max = g->max == 0 ? 16 : 2 * g->max;
        struct server_subject *list =
            arena_grow(g->mem, g->list, g->max * sizeof *list, max * sizeof *list);
        if (list == NULL) {
            return NULL;
        }
        g->list = list;
        g->max = max;
    }
    g->list[g->n] = (struct server_subject){.cert = NULL};
    return &g->list[g->n++];
}

static enum status add_lack(struct gathering *g, struct str place, const char *text,
                            struct why *why)
{
    struct server_subject *subject = next_subject(g);
    TRY_PTR(subject);
    return str_fmt(g->mem, &subject->lack, why, "%.*s: %s", STR_ARG(place), text);
}

static enum status add_cert(struct gathering *g, struct str place, const struct cert *cert,
                            struct why *why)
{
    for (size_t i = 0; i < g->n; i++) {
        struct server_subject *known = &g->list[i];
        if (known->cert != NULL && str_eq(known->cert->id, cert->id)) {
            return str_fmt(g->mem, &known->places, why, "%.*s, %.*s", STR_ARG(known->places),
                           STR_ARG(place));
        }
    }
    struct server_subject *subject = next_subject(g);
    TRY_PTR(subject);
    subject->cert = cert;
    return str_dup(g->mem, place, &subject->places, why);
}

static enum status add_bundle(struct gathering *g, struct str place, struct str pem,
                              struct why *why)
{
    const struct cert **certs = NULL;
    struct why lack = {.code = STATUS_OK};
    size_t n = 0;
    enum status status = cert_read_bundle(g->mem, pem, CHAIN_MAX, &certs, &n, &lack);
    if (status == STATUS_NO_MEMORY) {
        return why_no_memory(why);
    }
    if (status != STATUS_OK || n == 0) {
        return add_lack(g, place, n == 0 && status == STATUS_OK ? "no certificate" : lack.text,
                        why);
    }
    for (size_t i = 0; i < n; i++) {
        TRY(add_cert(g, place, certs[i], why));
    }
    return STATUS_OK;
}

/* ---- files ----------------------------------------------------------------------------------- */

static enum status slurp(struct arena *mem, struct str name, struct str *ret, struct why *why)
{
    char *path = str_z(mem, name);
    char *bytes = arena_alloc(mem, LIMIT_PEM_BYTES + 1);
    struct stat st;
    size_t n = 0;
    ssize_t got = -1;
    TRY_PTR(path);
    TRY_PTR(bytes);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return why_set(why, STATUS_IO, "it cannot be opened: %s", strerrordesc_np(errno));
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return why_set(why, STATUS_IO, "it is not a regular file");
    }
    while (n <= LIMIT_PEM_BYTES && (got = read(fd, bytes + n, LIMIT_PEM_BYTES + 1 - n)) > 0) {
        n += (size_t)got;
    }
    close(fd);
    if (got < 0) {
        return why_set(why, STATUS_IO, "it cannot be read: %s", strerrordesc_np(errno));
    }
    if (n > LIMIT_PEM_BYTES) {
        return why_set(why, STATUS_TOO_LARGE, "it is larger than %d bytes", LIMIT_PEM_BYTES);
    }
    *ret = (struct str){bytes, n};
    return STATUS_OK;
}

static enum status gather_file(struct gathering *g, struct str place, struct why *why)
{
    struct str text;
    struct why lack = {.code = STATUS_OK};
    enum status status = slurp(g->mem, place, &text, &lack);
    if (status == STATUS_NO_MEMORY) {
        return why_no_memory(why);
    }
    return status == STATUS_OK ? add_bundle(g, place, text, why)
                               : add_lack(g, place, lack.text, why);
}

/* ---- servers --------------------------------------------------------------------------------- */

static enum status ask_servers(struct gathering *g, const struct str *places, size_t n,
                               struct why *why)
{
    struct http_fetch *items = NEW_ARRAY(g->mem, struct http_fetch, n + 1);
    TRY_PTR(items);
    for (size_t i = 0; i < n; i++) {
        items[i] = (struct http_fetch){.max_bytes = CHAIN_MAX * LIMIT_PEM_BYTES,
                                       .certificate = true,
                                       .mem = g->mem,
                                       .status = STATUS_IO};
        TRY(str_fmt(g->mem, &items[i].url, why, "https://%.*s/", STR_ARG(places[i])));
        why_set(&items[i].why, STATUS_IO, "the network is not asked");
    }
    if (n > 0 && g->env->fetcher != NULL) {
        g->env->fetcher->run(g->env->fetcher->ctx, items, n, g->env->canceled, g->env->cancel_ctx);
    }
    for (size_t i = 0; i < n; i++) {
        if (items[i].status == STATUS_CANCELED) {
            return why_set(why, STATUS_CANCELED, "canceled while asking %.*s", STR_ARG(places[i]));
        }
        TRY(items[i].status == STATUS_OK ? add_bundle(g, places[i], items[i].body, why)
                                         : add_lack(g, places[i], items[i].why.text, why));
    }
    return STATUS_OK;
}

/* ---- all ------------------------------------------------------------------------------------- */

static enum status gather_served(struct gathering *g, struct why *why)
{
    const struct server_watch *watch = g->env->watch;
    const struct server_shown *shown = NULL;
    struct why lack = {.code = STATUS_OK};
    size_t n = 0;
    if (watch->served == NULL) {
        return STATUS_OK;
    }
    enum status status = watch->served(watch->served_ctx, g->mem, &shown, &n, &lack);
    if (status == STATUS_NO_MEMORY) {
        return why_no_memory(why);
    }
    if (status != STATUS_OK) {
        return add_lack(g, STR("this program"), lack.text, why);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < shown[i].n; k++) {
            TRY(add_bundle(g, shown[i].place, str_of_bytes(shown[i].der[k]), why));
        }
    }
    return STATUS_OK;
}

enum status server_subjects(const struct server_env *env, struct arena *mem,
                            struct server_subject **ret, size_t *ret_n, struct why *why)
{
    struct gathering g = {.env = env, .mem = mem};
    struct str servers[LIMIT_SERVER_PLACES];
    struct str rest = env->watch->places;
    struct str place;
    size_t n = 0;
    TRY(gather_served(&g, why));
    while (env->watch->places.len > 0 && str_next(&rest, ',', &place)) {
        if (is_file(place)) {
            TRY(gather_file(&g, place, why));
        } else if (n < LIMIT_SERVER_PLACES) {
            servers[n++] = place;
        }
    }
    TRY(ask_servers(&g, servers, n, why));
    *ret = g.list;
    *ret_n = g.n;
    return STATUS_OK;
}
