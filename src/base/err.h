/* err.h: how anything here says that it failed.
 *
 * A function that can fail returns `enum status` (the compiler objects when it is dropped), writes
 * its results through `ret_` parameters, which stay untouched on failure, and takes a `struct why
 * *` last. The status is for programs: what it becomes outside (an AWS exception, an exit code) is
 * a row of contract/errors.h. The why is for people: one sentence, with the place in the input.
 *
 * Two styles of function, never mixed: TRY style (leave at the first failure; everything held is in
 * an arena or an AUTO handle) and `out:` style (one exit, for transactions and start-up).
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

/* name, what it means. Add at the end of a group; contract/errors.h must have a row for each. */
#define STATUS_LIST(X)                                                                             \
    X(OK, "done")                                                                                  \
    /* our limits and our surroundings */                                                          \
    X(NO_MEMORY, "out of memory")                                                                  \
    X(TOO_LARGE, "larger than its stated bound")                                                   \
    X(IO, "the operating system or the network refused")                                           \
    X(BUSY, "not now; try again")                                                                  \
    X(CANCELED, "stopped on request")                                                              \
    X(CORRUPT, "stored data is not what was stored")                                               \
    X(INTERNAL, "a fault of this program")                                                         \
    X(UNSUPPORTED, "known, and not offered here")                                                  \
    /* what the caller sent */                                                                     \
    X(INVALID, "the request breaks a rule")                                                        \
    X(OUT_OF_BOUNDS, "a member is outside the bounds of its shape")                                \
    X(MALFORMED, "the input cannot be read")                                                       \
    X(MALFORMED_POLICY, "the policy document breaks the policy grammar")                           \
    X(UNREADABLE, "the request does not have the operation's form")                                \
    X(NO_OPERATION, "no operation has that method and path")                                       \
    X(SIGNATURE_MISSING, "the request is not signed")                                              \
    X(SIGNATURE_INCOMPLETE, "the signature lacks a part")                                          \
    X(SIGNATURE_WRONG, "the signature is not that of this request")                                \
    X(UNAUTHENTICATED, "who asks is not proven")                                                   \
    X(DENIED, "who asks may not do this")                                                          \
    /* the state of the account */                                                                 \
    X(NOT_FOUND, "no such resource")                                                               \
    X(EXISTS, "a different resource of that name exists")                                          \
    X(LIMIT, "a quota of the account is used up")                                                  \
    X(NOT_CONFIGURED, "never configured")                                                          \
    X(VERSION_CONFLICT, "the version expected is not the current one")                             \
    X(VERSIONS_LIMIT, "a policy already has its largest number of versions")                       \
    X(DELETE_CONFLICT, "still in use")                                                             \
    X(CONFLICT, "contradicts the present state of the resource")                                   \
    X(TASK_EXISTS, "a task of that id exists")                                                     \
    X(CERT_STATE, "the certificate's state forbids this")                                          \
    X(CERT_INVALID, "the certificate is not acceptable")                                           \
    X(CERT_CONFLICT, "the certificate cannot be told from another one")                            \
    X(CODE_MISMATCH, "the verification certificate does not carry the registration code")          \
    X(TRANSFER_CONFLICT, "the certificate is attached and cannot be transferred")                  \
    X(TRANSFER_DONE, "the transfer was already completed")

enum status {
#define STATUS_ENUM(name, meaning) STATUS_##name,
    STATUS_LIST(STATUS_ENUM)
#undef STATUS_ENUM
        STATUS_COUNT
};

#define MUST_USE                __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

enum { WHY_TEXT_MAX = 512, WHY_RESOURCE_MAX = 320 };

/* Why something failed. Lives on the caller's stack; holds no memory of its own. */
struct why {
    enum status code;
    unsigned exception;              /* its name outside where the code has several, else 0; the
                                        contract's (contract/errors.h) */
    size_t offset;                   /* byte in the input at which reading stopped, else 0 */
    char text[WHY_TEXT_MAX];         /* one sentence, NUL-ended, cut when too long */
    char resource[WHY_RESOURCE_MAX]; /* id or ARN of the resource in the way, or empty */
};

/* Fills *why (when not NULL) and has the value code, so that a failure is one line:
 *     return why_set(why, STATUS_NOT_FOUND, "no thing is named %.*s", STR_ARG(name));
 * They are macros so that the compiler sees which status leaves the function. */
#define why_set(why, code, ...) why_at((why), (code), 0, __VA_ARGS__)

/* As why_set, with the byte offset in the input. */
#define why_at(why, code, offset, ...)                                                             \
    __extension__({                                                                                \
        enum status why_code_ = (code);                                                            \
        why_fill((why), why_code_, (offset), __VA_ARGS__);                                         \
        why_code_;                                                                                 \
    })

void why_fill(struct why *why, enum status code, size_t offset, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Out of memory, said in one place. */
#define why_no_memory(why) why_set((why), STATUS_NO_MEMORY, "out of memory")

/* "NOT_FOUND" and "no such resource". */
const char *status_name(enum status code);
const char *status_meaning(enum status code);

/* Leaves the calling function with the status of expr when that is not OK. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        enum status try_status_ = (expr);                                                          \
        if (try_status_ != STATUS_OK) {                                                            \
            return try_status_;                                                                    \
        }                                                                                          \
    } while (0)

/* Leaves the calling function with NO_MEMORY when ptr is NULL. Needs a `why` in scope. */
#define TRY_PTR(ptr)                                                                               \
    do {                                                                                           \
        if ((ptr) == NULL) {                                                                       \
            return why_no_memory(why);                                                             \
        }                                                                                          \
    } while (0)

/* A foreign handle that releases itself at the end of its scope. The type's file offers
 *     static inline void auto_X509(X509 **p) { X509_free(*p); }
 * and a function holds one with  AUTO(X509) *cert = NULL;  */
#define AUTO(type) __attribute__((cleanup(auto_##type))) type

#endif
