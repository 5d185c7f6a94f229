/* call.h: one call of one operation, as its handler sees it.
 *
 * A handler reads its validated input (arg_*), reads or writes the account through call->tx, and
 * writes the members of its reply (reply_*). It returns STATUS_OK, or a status and the sentence for
 * the client; then the reply is dropped and the error of contract/errors.h is sent. A handler is a
 * translation: rules of the account live in account/, of audits in audit/.
 *
 * Life: everything in `mem` lives until the reply is sent. `now` is one moment for the whole call.
 * A WRITE handler runs inside one transaction of the store's writer thread: no waiting, no network,
 * no key generation; that is what its prepare function is for. The reply of a WRITE is sent after
 * the commit is durable.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include "account/account.h"
#include "api/value.h"

struct http_request;
struct json_write;
struct page_key;

/* What every call may use. Made once at start, shared by all threads, never written after. Objects
 * of other folders are pointers that are NULL when the daemon runs without them. */
struct api_env {
    struct account_id id;
    struct clock clock;
    struct rnd rnd;
    struct store *store;
    const struct page_key *page_key;
    struct str endpoint;        /* host name that DescribeEndpoint answers */
    bool extensions;            /* checks and the like that AWS has not */
    const struct local_ca *ca;  /* signs the certificates that CreateKeysAndCertificate makes */
    int64_t schedule_time;      /* ms after midnight UTC, at which scheduled audits run */
    int64_t retention_days;     /* of audits and findings; 0: AUDIT_RETENTION_DAYS */
    int64_t log_days;           /* of log records; 0: 30 */
    struct audit_runner *audit; /* is told that a task row was committed, or asked to cancel */
    struct mitigate_runner *mitigate; /* likewise */
    struct notifier *notifier;        /* likewise, of a row of the outbox */
    struct access_cache *access;      /* of callers; NULL: each is read anew */
    struct broker_server *brokers;    /* publishes, and ends connections */
    struct jit *jit;                  /* meets devices that come for the first time */
};

/* Who asks, as proven by the signature. */
struct caller {
    struct str key_id;  /* access key; absent: unsigned, which only --insecure-no-auth lets in */
    struct str arn;     /* user ARN; absent: unsigned */
    struct str address; /* numeric, from where; the door fills it in */
    struct str service; /* of the signature's scope: "iot"; absent: unsigned */
};

struct call {
    const struct operation *op;
    const struct value *in;             /* of shape op->input; never NULL but in an extension */
    const struct http_request *request; /* of an extension (extension.h), whose op is NULL */
    struct arena *mem;
    const struct api_env *env;
    struct caller caller;
    int64_t now;            /* ms UTC */
    struct store_tx *tx;    /* READ: a view; WRITE: the transaction; prepare: NULL */
    void *prepared;         /* what the prepare function left for the handler */
    struct json_write *out; /* inside the reply's object; NULL in prepare */
    void (*committed)(const struct api_env *env, void *ctx); /* see call_after_commit */
    void *committed_ctx;
    const struct str *changed; /* what it changed, where its resources do not say; for the log */
    size_t n_changed;
};

/* What the rules of the account are given (account/account.h). Their clock stands at call->now:
 * what one call writes has one time. */
static inline struct account_ctx call_account(const struct call *call)
{
    const struct api_env *env = call->env;
    return (struct account_ctx){.id = env->id,
                                .clock = clock_fixed(&call->now),
                                .rnd = env->rnd,
                                .endpoint = env->endpoint,
                                .extensions = env->extensions,
                                .mem = call->mem,
                                .tx = call->tx};
}

/* ---- the input ------------------------------------------------------------------------------- */

static inline struct str arg_str(const struct call *call, enum member_id member)
{
    return value_str(call->in, member);
}

static inline int64_t arg_int(const struct call *call, enum member_id member, int64_t fallback)
{
    return value_int(call->in, member, fallback);
}

static inline bool arg_bool(const struct call *call, enum member_id member, bool fallback)
{
    return value_bool(call->in, member, fallback);
}

static inline int64_t arg_time(const struct call *call, enum member_id member)
{
    return value_time(call->in, member);
}

static inline bool arg_has(const struct call *call, enum member_id member)
{
    return value_has(call->in, member);
}

/* A struct, list or map; NULL when absent. */
static inline const struct value *arg_get(const struct call *call, enum member_id member)
{
    return value_get(call->in, member);
}

/* ---- the reply ------------------------------------------------------------------------------- */

/* Members of the object that is being written; what is absent (STR_ABSENT, TIME_NEVER, a NULL
 * value) is left out. Sticky like the JSON writer: the first failure is remembered and becomes
 * the call's. */
void reply_str(struct call *call, enum member_id member, struct str text);
void reply_int(struct call *call, enum member_id member, int64_t number);
void reply_double(struct call *call, enum member_id member, double number);
void reply_bool(struct call *call, enum member_id member, bool yes);
void reply_time(struct call *call, enum member_id member, int64_t ms);
void reply_blob(struct call *call, enum member_id member, struct bytes bytes); /* as base64 */
void reply_json(struct call *call, enum member_id member, struct str json);    /* as it stands */
void reply_value(struct call *call, enum member_id member, const struct value *value);

/* An object; its members follow, then the end. */
void reply_begin(struct call *call, enum member_id member);
void reply_end(struct call *call);

/* A list. Items are texts, or objects whose members follow. An empty list is sent as []. */
void reply_begin_list(struct call *call, enum member_id member);
void reply_item_str(struct call *call, struct str text);
void reply_item_json(struct call *call, struct str json);
void reply_begin_item(struct call *call);
void reply_end_item(struct call *call);
void reply_end_list(struct call *call);

/* A map. Entries are texts, or objects whose members follow; keys are the caller's to keep unique.
 */
void reply_begin_map(struct call *call, enum member_id member);
void reply_entry_str(struct call *call, struct str key, struct str text);
void reply_begin_entry(struct call *call, struct str key);
void reply_end_entry(struct call *call);
void reply_end_map(struct call *call);

/* ---- around the reply ------------------------------------------------------------------------ */

/* Has told(env, ctx) called once the transaction is durable, before the reply is sent; never when
 * it fails. Runs on the store's writer thread: wake somebody, no more. ctx lives in call->mem. */
void call_after_commit(struct call *call, void (*told)(const struct api_env *env, void *ctx),
                       void *ctx);

/* The ARN of a resource of ours: call_arn(call, STR("thing"), name, &arn, why). */
static inline enum status call_arn(const struct call *call, struct str type, struct str name,
                                   struct str *ret, struct why *why)
{
    return arn_make(call->mem, &call->env->id, type, name, ret, why);
}

#endif
