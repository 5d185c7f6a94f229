/* exchange.h: a door over a store in memory, and exchanges with it in a line each. */
#ifndef TESTS_UNIT_API_EXCHANGE_H
#define TESTS_UNIT_API_EXCHANGE_H

#include "api/door.h"
#include "api/page.h"
#include "lib/check.h"

struct site {
    struct door *door;
    struct store *store;
    struct api_env env;
    struct page_key page_key;
    int64_t now;
    uint64_t seed;
    /* what the authenticator says; OK with the key "AKIATEST" unless a test changes it */
    enum status identity;
    struct caller caller;
    struct str peer; /* from where; absent: not known */
    bool faulty;     /* the allocation with index fault_at of the door fails, on this thread */
    size_t fault_at;
    bool fault_struck;
    /* the newest record */
    enum status status;
    int http;
    bool misfit;
    const struct operation *op;
    char why[WHY_TEXT_MAX];
    bool changes;
    char action[64];    /* "" unless it was asked for */
    char resource[256]; /* the first */
    size_t n_resources;
};

/* check_replies is on. handlers: OP_COUNT rows. */
void site_open(struct site *site, const struct handler *rows, const struct door_page *pages,
               size_t n_pages);
void site_close(struct site *site);

/* One exchange, waited for. "GET /things?x=y"; header "name: value" or NULL; body or NULL. The
 * reply lives until the next call. */
const struct http_reply *site_ask(struct site *site, const char *line, const char *header,
                                  const char *body);

/* Each thread asks each of the lines, followed by "<thread>-<round>", in each round, all threads at
 * once. Returns how many were answered 200. */
size_t site_ask_crowd(struct site *site, unsigned n_threads, size_t rounds,
                      const char *const *lines, size_t n_lines);

/* The value of a reply's header, or absent. */
struct str reply_header_get(const struct http_reply *reply, const char *name);

/* The text of the first XML element of that name, as it stands, or absent. */
struct str reply_element(const struct http_reply *reply, const char *name);

/* The text of a member of the reply's top object, or absent; for tokens and ids. */
struct str reply_member(const struct http_reply *reply, const char *name);

#endif
