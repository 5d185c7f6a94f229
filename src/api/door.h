/* door.h: the whole way of one exchange, from a request that was read to its reply.
 *
 *     page of the daemon's own (/health, /metrics, /console/)?  ->  served by it
 *     authenticate -> which service (asked.h) -> route or action -> input -> validate
 *         -> authorize (authorize.h) -> handler -> reply -> record
 *
 * Handlers of every service read values and write members alike; the protocols differ at the door
 * alone. What the door itself refuses is said in the protocol of the service that was asked.
 *
 * What a caller may is asked over a view of the moment the request came, before anything is done
 * for it: also before what is prepared, since keys are dear.
 *
 * A READ handler runs at once, on the connection's thread, over a read view. A WRITE is handed to
 * the store's writer, after its prepare function, if it has one, ran on a worker; its reply is
 * finished when the commit is durable. DIRECT handlers run on a worker.
 *
 * The door counts calls and errors by operation and replies that do not fit their shape, so that a
 * test run can fail over an operation that nobody called. It logs nothing: each exchange ends in a
 * record that the daemon's callback gets.
 *
 * Requests of a browser: an unsigned request (which only --insecure-no-auth lets in) is refused
 * when its Origin is not this server or its Host is not a loopback name, so that no web page that
 * an operator visits can act on the account through the operator's own browser.
 *
 * Shared by all threads. To end: stop the HTTP server, which waits for open exchanges, then
 * door_free.
 */
#ifndef API_DOOR_H
#define API_DOOR_H

#include "api/authorize.h"
#include "api/handlers.h"
#include "net/http.h"

struct door;
struct extension;

/* Who asks. Fills *ret; a status of the SIGNATURE_, UNAUTHENTICATED or DENIED kinds refuses. */
typedef enum status door_authenticate(void *ctx, const struct http_request *request,
                                      struct arena *mem, struct caller *ret, struct why *why);

/* A page beside the API. Fills exchange->reply; the door finishes the exchange. */
struct door_page {
    struct str path; /* "/health", or, ending in '/', everything below it */
    void (*serve)(void *ctx, struct http_exchange *exchange);
    void *ctx;
};

/* What became of one exchange. Views live as long as the callback runs. */
struct door_record {
    const struct http_request *request;
    const struct operation *op; /* NULL: it got no further than the route, or is a page */
    enum status status;
    int http;
    const char *why; /* the sentence, of a failure; else "" */
    struct str request_id;
    struct str key_id; /* the caller's access key; absent: unsigned */
    struct str user;   /* the caller's ARN; absent: unsigned */
    /* Of an operation that can change the account, and of one that was refused, what it asked to
     * do; else no action and no resources. */
    struct authority authority;
    const struct str *changed; /* what a change that was done says of itself (call.h) */
    size_t n_changed;
    bool changes;            /* the operation can change the account */
    enum service_id service; /* in whose words the answer is */
    const struct why *fault; /* of a failure; names the exception with status and service */
    struct arena *mem;       /* of the exchange */
    int64_t duration_ms;
    bool misfit; /* the handler's reply did not fit its shape */
};

/* Called once for each exchange, on any thread; writes a line, no more. */
typedef void door_recorder(void *ctx, const struct door_record *record);

struct door_options {
    const struct api_env *env;
    const struct handler *handlers; /* OP_COUNT rows; handlers.h has the real ones */
    /* Routes of our own; extension.h has the real one. NULL: none. */
    const struct extension *(*extension)(struct str method, struct str path);
    door_authenticate *authenticate;
    void *authenticate_ctx;
    const struct door_page *pages;
    size_t n_pages;
    door_recorder *record; /* NULL: nobody wants to know */
    void *record_ctx;
    unsigned workers; /* 0: 2 threads */
    bool
        check_replies; /* hold every reply against its shape; a misfit is sent as a fault of ours */
};

/* Copies the options; what they point to outlives the door. */
MUST_USE enum status door_new(const struct door_options *options, struct door **ret,
                              struct why *why);
void door_free(struct door *door); /* accepts NULL */

/* The HTTP server's handler: ctx is the struct door. Finishes the exchange, now or later. */
void door_handle(struct http_exchange *exchange, void *ctx);

/* How often an operation was called, and how often of these in vain. */
struct door_count {
    uint64_t calls;
    uint64_t errors;
};
struct door_count door_count(const struct door *door, enum op_id id);

/* Replies that did not fit their shape, under check_replies. */
uint64_t door_misfits(const struct door *door);

#endif
