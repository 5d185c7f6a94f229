/* request.h: requests and exchanges made in a line, for the tests of this folder. */
#ifndef TESTS_UNIT_API_REQUEST_H
#define TESTS_UNIT_API_REQUEST_H

#include "lib/check.h"

#include "api/input.h"
#include "api/pattern.h"
#include "api/validate.h"
#include "base/limits.h"

/* "POST /things/lamp?x=y" and a body; header "name: value", NULL for none. */
static inline struct http_request request_make(const char *line, const char *header,
                                               const char *body, struct http_header *room)
{
    struct http_request request = {.query = STR_ABSENT, .loopback = true};
    struct str rest = str_from(line), target = STR_ABSENT, name = STR_ABSENT;
    assert_true(str_next(&rest, ' ', &request.method));
    target = rest;
    assert_true(str_next(&target, '?', &request.path));
    request.query = target;
    request.body = body == NULL ? STR("") : str_from(body);
    if (header != NULL) {
        struct str value = str_from(header);
        assert_true(str_next(&value, ':', &name));
        *room = (struct http_header){name, str_slice(value, 1, value.len)};
        request.headers = room;
        request.n_headers = 1;
    }
    return request;
}

/* What the door does before a handler runs. */
static inline enum status request_admit(const struct router *router, const struct pattern_set *set,
                                        const struct http_request *request, struct arena *mem,
                                        const struct value **ret, struct why *why)
{
    struct route route;
    TRY(route_find(router, request->method, request->path, mem, &route, why));
    TRY(input_read(request, &route, mem, ret, why));
    return validate_value(set, *ret, mem, why);
}

#endif
