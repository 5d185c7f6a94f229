/* errors.h: what each status becomes outside: an exception name and an HTTP status.
 *
 * The name goes into the header x-amzn-ErrorType, by which every SDK picks its exception class. A
 * status is sent under its own name even where the operation's model does not list it: a truthful
 * unknown error helps more than a false known one. Exceptions of the service model take their HTTP
 * status from it; the rest are the common errors of AWS services ("Common errors", IoT API
 * reference) and one of our own, NotImplementedException.
 */
#ifndef CONTRACT_ERRORS_H
#define CONTRACT_ERRORS_H

#include "base/err.h"
#include "base/str.h"

struct api_error {
    struct str exception; /* "ResourceNotFoundException" */
    int http;
};

/* The row of any status but OK. */
struct api_error api_error_of(enum status status);

#endif
