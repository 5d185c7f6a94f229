/* pattern.h: text with wildcards and variables, as a policy writes it, and its match.
 *
 * `*` stands for any run of characters, also across `/`; `?` for exactly one character (a UTF-8
 * sequence, not a byte). With Version 2012-10-17, `${name}` stands for the value that the
 * connection has for a key, and `${*}`, `${?}`, `${$}` for those characters themselves; in IAM's
 * own policies `${name, 'text'}` stands for the text when there is no value; with the older Version
 * all of this is ordinary text. `$(*)` is ordinary text always.
 *     https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 *
 * A pattern is read once into tokens and never changes; its tokens lie in the room that it was read
 * into. Two tokens of the same wildcard never stand side by side after a `*`.
 *
 * Matching takes no memory and time of at most (length of the text) x (length of the pattern), so
 * it is fit for the broker's every message.
 */
#ifndef POLICY_PATTERN_H
#define POLICY_PATTERN_H

#include "base/err.h"
#include "base/str.h"

/* What a key of a condition, or the name of a variable, asks for. Names are compared without
 * regard to case. */
enum policy_key_kind {
    POLICY_KEY_OTHER,       /* unknown here; a source of values may know it by its name */
    POLICY_KEY_CLIENT_ID,   /* iot:ClientId, as the device sent it */
    POLICY_KEY_SOURCE_IP,   /* aws:SourceIp */
    POLICY_KEY_DOMAIN_NAME, /* iot:DomainName */
    POLICY_KEY_THING_NAME,  /* iot:Connection.Thing.ThingName */
    POLICY_KEY_THING_TYPE,  /* iot:Connection.Thing.ThingTypeName */
    POLICY_KEY_ATTRIBUTE,   /* iot:Connection.Thing.Attributes[name] */
    POLICY_KEY_IS_ATTACHED, /* iot:Connection.Thing.IsAttached: "true" or "false" */
    POLICY_KEY_CERTIFICATE_ID,
    POLICY_KEY_CERTIFICATE, /* iot:Certificate.Subject.CommonName and all others of the kind */
    POLICY_KEY_CONNECT_ATTRIBUTES, /* iot:ConnectAttributes: PersistentConnect, LastWill */
    POLICY_KEY_LAST_WILL_TOPIC,    /* iot:LastWillTopic, an ARN */
    POLICY_KEY_CURRENT_TIME,       /* aws:CurrentTime, RFC 3339 */
};

struct policy_key {
    struct str name; /* as the document writes it */
    enum policy_key_kind kind;
};

struct policy_key policy_key_of(struct str name);

/* True when both ask for the same value. */
bool policy_key_eq(const struct policy_key *a, const struct policy_key *b);

/* As many as the tags of a request or the attributes of a certificate's name: sources have no more,
 * or refuse. */
enum { POLICY_VALUES_MAX = 64 };

/* Where values come from: a TestAuthorization request, or the broker's connection. get writes at
 * most max values of the key to ret and says how many there are: 0 when the key is absent. The
 * values live as long as the source. get must not allocate when the match must not. */
struct policy_values {
    size_t (*get)(const void *ctx, const struct policy_key *key, struct str *ret, size_t max);
    const void *ctx;
    bool verbatim; /* any value is put in a variable's place, as IAM does for users and roles */
};

/* The number of values, at most POLICY_VALUES_MAX; a NULL source has none. */
size_t policy_values_get(const struct policy_values *values, const struct policy_key *key,
                         struct str ret[POLICY_VALUES_MAX]);

/* Whether there is any. */
bool policy_values_have(const struct policy_values *values, const struct policy_key *key);

/* The text that a variable puts in its place: the first value, unless it holds one of `* $ + ? #`
 * or is longer than 1024 characters; then nothing is put there and false is returned. What is put
 * there is compared as it stands: a `*` of a value is no wildcard. */
bool policy_variable_get(const struct policy_values *values, const struct policy_key *key,
                         struct str *ret);

enum policy_token_kind { POLICY_LITERAL, POLICY_ANY, POLICY_STAR, POLICY_VARIABLE };

struct policy_token {
    enum policy_token_kind kind;
    enum policy_key_kind key; /* of a variable */
    struct str text;          /* a literal's bytes (never empty), a variable's name */
};

/* More variables than this in one pattern are refused (POLICY_VARIABLES_MAX). */
enum { POLICY_VARIABLES_MAX = 16 };

struct policy_pattern {
    struct str text; /* as written */
    const struct policy_token *tokens;
    uint32_t n_tokens;
    uint16_t n_variables;
    bool wild;     /* holds `*` or `?` */
    bool nocase;   /* literals and variables match without regard to ASCII case */
    bool defaults; /* some variable has a text for when there is no value */
    /* of an ARN: where its sixth field begins, see policy_pattern_rest */
    bool of_iot;
    uint32_t rest_token;
    uint32_t rest_offset;
};

enum policy_reading {
    POLICY_READ_VARIABLES = 1, /* ${...} is honoured */
    POLICY_READ_WILDCARDS = 2, /* `*` and `?` are */
    POLICY_READ_ARN = 4,       /* an ARN of fewer than six fields is completed with `*` */
    POLICY_READ_NOCASE = 8,    /* sets nocase */
    POLICY_READ_DEFAULTS = 16, /* ${name, 'text'} is honoured */
};

/* Reads text as a pattern; text is lent and must live as long as the pattern, whose tokens lie in
 * the room of its document (room_priv.h). flags is a set of enum policy_reading. Fails with
 * MALFORMED_POLICY beyond POLICY_VARIABLES_MAX variables, and with NO_MEMORY. */
struct policy_room;
MUST_USE enum status policy_pattern_read(struct policy_room *room, struct str text, unsigned flags,
                                         struct policy_pattern *ret, struct why *why);

/* True when the pattern describes the whole of text. A variable without a value makes the pattern
 * match nothing. */
bool policy_pattern_match(const struct policy_pattern *pattern, struct str text,
                          const struct policy_values *values);

/* The part of an ARN after its fifth colon, as a place among the tokens: the first token is cut
 * at offset bytes. Colons inside variables do not count. */
struct policy_rest {
    const struct policy_token *tokens;
    uint32_t n_tokens;
    uint32_t offset; /* into the first token's text, when that is a literal */
};

/* Gives it, for a pattern read with POLICY_READ_ARN; partition, region and account are passed over
 * unread, the service must be able to be "iot". False when it cannot be, or when there is no sixth
 * field. A pattern that is one `*` is its own rest. One leading `/` is passed over when drop_slash.
 */
bool policy_pattern_rest(const struct policy_pattern *pattern, bool drop_slash,
                         struct policy_rest *ret);

#endif
