/* errors.h: what each status becomes outside: an exception's name and an HTTP status, by service.
 *
 * Every SDK picks its exception class by the name. A status is sent under its own name even where
 * the operation's model does not list it: a truthful unknown error helps more than a false known
 * one. Exceptions of a service model take their HTTP status from it; the rest are the common errors
 * of AWS services ("Common errors" in the references of IoT, IAM and CloudWatch Logs) and one of
 * our own, NotImplemented. A status that a service has no word for (nothing in SNS is a
 * certificate) is its word for a broken rule.
 *
 * Where a service has several exceptions for one status, the code that refuses names the one:
 *     return why_raise(why, STATUS_LIMIT, X_sns_TopicLimitExceeded, "no more than %d topics", n);
 */
#ifndef CONTRACT_ERRORS_H
#define CONTRACT_ERRORS_H

#include "base/err.h"
#include "base/str.h"
#include "contract/contract.h"

struct api_error {
    struct str exception; /* "ResourceNotFoundException" */
    int http;
};

/* The row of any status but OK. */
struct api_error api_error_of(enum service_id service, enum status status);

/* The same, by the exception that why names, if it names one of this service. */
struct api_error api_error_of_why(enum service_id service, enum status status,
                                  const struct why *why);

/* As why_set, and names the exception (enum exception_id). */
#define why_raise(reason, code, id, ...)                                                           \
    __extension__({                                                                                \
        struct why *raise_why_ = (reason);                                                         \
        enum status raise_code_ = why_set(raise_why_, (code), __VA_ARGS__);                        \
        if (raise_why_ != NULL) {                                                                  \
            raise_why_->exception = (unsigned)(id) + 1;                                            \
        }                                                                                          \
        raise_code_;                                                                               \
    })

#endif
