/* connection.h: one connection to the broker, and what it may do.
 *
 * All that its policies can ask for is prepared when it is judged: at connect, and anew when its
 * certificate, a thing, a policy changes. A question after that takes no memory and no lock:
 *  1. what its policies always allow, or nothing forbids, is one bit;
 *  2. the last few answers are kept, with the topic in full (no digest that somebody could make
 *     collide), unless a policy looks at the clock;
 *  3. else policy/evaluate.h decides.
 */
#ifndef PLUGIN_CONNECTION_H
#define PLUGIN_CONNECTION_H

#include "plugin/clients.h"
#include "plugin/policies.h"
#include "plugin/principals.h"
#include "x509/cert.h"

struct mosquitto;

/* What all connections share: where ARNs are written, and the clock. */
enum { TOPIC_MAX = 65535 };
struct judge {
    struct arn_prefixes prefixes;
    struct policies policies;
    int64_t now; /* by the daemon's clock */
    char now_text[TIME_TEXT_MAX];
    char id_text[2 * LINK_DIGEST_BYTES + 1];
    char arns[POLICY_TYPE_COUNT][ARN_PREFIX_MAX + TOPIC_MAX + 1];
};

/* Account and region are known, or have changed. INVALID. */
MUST_USE enum status judge_init(struct judge *judge, struct str account, struct str region,
                                struct why *why);

/* What is received is kept apart from what is sent, so that neither drives out the other. */
enum { ANSWER_LANES = 2, ANSWERS = 2, ANSWER_TOPIC_MAX = 61 };
enum { ANSWER_OF_NONE = UINT8_MAX };
enum answer_said { ANSWER_NONE, ANSWER_DENIED, ANSWER_ALLOWED };
struct answer {
    uint8_t action;                   /* ANSWER_OF_NONE: no answer */
    uint8_t said;                     /* enum answer_said */
    char topic[ANSWER_TOPIC_MAX + 1]; /* whole, with its NUL */
};

struct connection {
    struct mosquitto *handle;
    struct judge *judge;
    struct principal *principal;
    struct client *client;
    struct str id; /* of the client, in bytes behind the struct */
    uint64_t always;
    bool complete; /* all policies could be read; else it may do nothing */
    bool timed;

    struct answer answers[ANSWER_LANES][ANSWERS]; /* the newest first */
    const struct policy_doc **docs;
    struct holding *holdings;
    size_t n_docs, n_holdings;

    /* values of policy variables; views into the principal's bytes */
    struct str thing; /* its name; absent: none */
    struct str thing_type;
    struct link_list thing_attributes;
    bool attached;  /* the client id names a thing of the principal */
    bool exclusive; /* it is the principal's only one */
    bool clean;
    bool asked_certificate;
    struct arena *mem; /* of cert */
    const struct cert *cert;

    uint64_t session;
    int64_t since;    /* the plugin's own clock */
    int64_t last;     /* when it last sent or asked for something */
    int keepalive;    /* seconds; 0: none */
    uint8_t protocol; /* 3, 4, 5 */
    bool open;        /* not yet ended; ended ones stay for their will */
    bool stale;       /* its policies or its principal changed: to be prepared before it is asked */
    bool barred;      /* it may do nothing any more */
    bool dirty;       /* to be judged anew */
    bool cut;         /* to be closed, or being closed */
    bool cut_will;
    enum link_end end; /* why, when cut */
    uint64_t cut_id;   /* of the CUT, or 0 */
    int64_t cut_decided;
    struct connection *next_dirty;
    struct connection *prev_of_principal, *next_of_principal;
    struct connection *prev, *next; /* all open ones, or all that wait for their will */
    char address[ADDRESS_TEXT_MAX];
};

/* A connection of the principal that is not judged yet. NO_MEMORY. */
MUST_USE enum status connection_new(struct judge *judge, struct mosquitto *handle,
                                    struct principal *principal, struct str client_id,
                                    struct str address, struct connection **ret, struct why *why);
void connection_free(struct connection *connection);

/* Gathers its thing, policies and values anew, and forgets all answers. Without memory it is not
 * complete. */
void connection_prepare(struct connection *connection);

/* May it? name: the client id (CONNECT), topic or filter, with a NUL behind. */
bool connection_may(struct connection *connection, enum policy_action action, struct str name);

/* The same for topics with a NUL behind, when the answer is at hand; ANSWER_NONE: it is not. */
static inline enum answer_said connection_knows(const struct connection *connection,
                                                enum policy_action action, const char *topic)
{
    if ((connection->always & policy_action_bit(action)) != 0) {
        return ANSWER_ALLOWED;
    }
    const struct answer *lane = connection->answers[action == POLICY_RECEIVE];
    for (size_t i = 0; i < ANSWERS; i++) {
        if (lane[i].action == action && strcmp(lane[i].topic, topic) == 0) {
            return (enum answer_said)lane[i].said;
        }
    }
    return ANSWER_NONE;
}

/* True when the answer is at hand and is yes: for every message. */
static inline bool connection_surely_may(const struct connection *connection,
                                         enum policy_action action, const char *topic)
{
    if ((connection->always & policy_action_bit(action)) != 0) {
        return true;
    }
    const struct answer *lane = connection->answers[action == POLICY_RECEIVE];
    for (size_t i = 0; i < ANSWERS; i++) {
        if (lane[i].action == action && lane[i].said == ANSWER_ALLOWED &&
            strcmp(lane[i].topic, topic) == 0) {
            return true;
        }
    }
    return false;
}

/* No answer is known any more. */
static inline void connection_forget_answers(struct connection *connection)
{
    memset(connection->answers, ANSWER_OF_NONE, sizeof connection->answers);
}

/* Whether it may connect with its client id. */
bool connection_may_connect(struct connection *connection);

#endif
