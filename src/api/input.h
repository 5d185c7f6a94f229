/* input.h: a request to the tree of values that its operation takes.
 *
 * Members come from their places: the path (route.h), the query, headers and the body. Only form is
 * judged here: a member of the wrong type, a body that is not JSON. Bounds come after
 * (validate.h). As AWS does, members and query parameters that the operation does not have are
 * ignored, and so is the body of an operation that takes none.
 */
#ifndef API_INPUT_H
#define API_INPUT_H

#include "api/route.h"
#include "api/value.h"
#include "net/http.h"

/* *ret is a value of the shape route->op->input; texts may be views of the request. UNREADABLE
 * names the member and what is wrong with it. */
MUST_USE enum status input_read(const struct http_request *request, const struct route *route,
                                struct arena *mem, const struct value **ret, struct why *why);

#endif
