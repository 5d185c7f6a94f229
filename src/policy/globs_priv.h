/* globs_priv.h: from the patterns of a document to the globs of language.h, and back to text.
 *
 * Only what stands after the fifth colon of an ARN becomes a glob: partition, region and account
 * are nobody's secret and the examples of the field hold placeholders there.
 *
 * A variable becomes, in this order: the word it is bound to; a `*`, when asked for; an opaque
 * symbol, the same for the same key. On Connect,
 * ${iot:ClientId} is the very name that is being tested, so "client/${iot:ClientId}" describes
 * every client and "client/x-${iot:ClientId}" none; a statement that ties the client id to an
 * attached thing leaves it opaque.
 */
#ifndef POLICY_GLOBS_PRIV_H
#define POLICY_GLOBS_PRIV_H

#include "policy/doc.h"
#include "policy/language.h"

enum { GLOBS_KEYS_MAX = 64 };

struct glob_binding {
    struct policy_key key;
    const uint32_t *symbols;
    size_t n;
};

enum globs_variables {
    GLOBS_OPAQUE,
    GLOBS_STAR,
    /* As GLOBS_STAR, and patterns with a variable are left out where a `*` would allow less: in
     * Deny with Resource and in Allow with NotResource. The question errs only towards "allowed".
     */
    GLOBS_ABOVE,
};

struct globs {
    struct arena *mem;
    const struct glob_binding *bindings;
    size_t n_bindings;
    enum globs_variables variables;
    bool drop_slash;                        /* judge ":/thing/x" as ":thing/x" */
    struct policy_key keys[GLOBS_KEYS_MAX]; /* opaque symbol SYMBOL_OPAQUE + i */
    size_t n_keys;
    uint64_t *work_left; /* for the questions asked with these globs; see language.h */
};

/* The opaque symbol of a key. TOO_LARGE beyond GLOBS_KEYS_MAX. */
MUST_USE enum status globs_opaque(struct globs *globs, const struct policy_key *key, uint32_t *ret,
                                  struct why *why);

/* The statement's resources as they apply to the action; complement for NotResource. */
MUST_USE enum status globs_of_statement(struct globs *globs,
                                        const struct policy_statement *statement,
                                        enum policy_action action, struct language_term *ret,
                                        struct why *why);

/* One resource of it; *ret_any is false when it describes nothing. */
MUST_USE enum status globs_of_pattern(struct globs *globs, const struct policy_statement *statement,
                                      const struct policy_pattern *pattern,
                                      enum policy_action action, struct language_glob *ret,
                                      bool *ret_any, struct why *why);

/* prefix, then text with `*` and `?` as wildcards when wild. */
MUST_USE enum status globs_of_text(struct globs *globs, struct str prefix, struct str text,
                                   bool wild, struct language_glob *ret, struct why *why);

/* Terms of all statements of the effect that cover the action; unconditional ones only when asked.
 * *ret_statements, when not NULL, gets the index of each term's statement. */
MUST_USE enum status globs_of_doc(struct globs *globs, const struct policy_doc *doc,
                                  enum policy_effect effect, enum policy_action action,
                                  bool unconditional, const struct language_term **ret,
                                  size_t *ret_n, const uint32_t **ret_statements, struct why *why);

/* Letters and digits that occur neither in the document nor in other, for the fresh symbols;
 * '~' where there are no more. */
enum { GLOBS_LETTERS = 16 };
struct globs_letters {
    char of[GLOBS_LETTERS];
};
struct globs_letters globs_fresh_letters(const struct policy_doc *doc, struct str other);

/* A word as text: fresh symbols as `first` once (when not absent) and then as their letters, opaque
 * ones as "${name}". */
MUST_USE enum status globs_text(const struct globs *globs, const uint32_t *symbols, size_t n,
                                struct str first, const struct globs_letters *letters,
                                struct str *ret, struct why *why);

#endif
