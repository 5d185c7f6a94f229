/* request.c: see request.h. */
#include "collect/request.h"

#include <stdlib.h>

#include "base/limits.h"
#include "codec/json_write.h"
#include "codec/uri.h"

#include "base/banned.h"

enum { ARGS_MAX = 16 };

struct making {
    const struct operation *op;
    const struct aws_arg *args;
    size_t n;
    struct arena *mem;
};

/* The row of an argument; NULL: the operation does not have it. */
static const struct shape_member *row_of(const struct making *m, const struct aws_arg *arg)
{
    return m->op->input == S_NONE ? NULL : shape_member_find(&shapes[m->op->input], arg->member);
}

static bool is_sent(const struct making *m, size_t i, enum place place)
{
    return !str_absent(m->args[i].value) && row_of(m, &m->args[i])->place == place;
}

/* ---- REST ------------------------------------------------------------------------------------ */

static struct str label_value(const struct making *m, struct str label)
{
    for (size_t i = 0; i < m->n; i++) {
        if (is_sent(m, i, PLACE_URI) && str_eq(member_wire(row_of(m, &m->args[i])), label)) {
            return m->args[i].value;
        }
    }
    return STR_ABSENT;
}

static enum status make_path(const struct making *m, struct str *ret, struct why *why)
{
    struct buf out;
    struct str rest = m->op->path;
    struct str part;
    buf_init(&out, m->mem, LIMIT_URI_BYTES);
    (void)str_next(&rest, '/', &part); /* before the first slash there is nothing */
    while (str_next(&rest, '/', &part)) {
        bool label = str_starts(part, STR("{"));
        struct str value = label ? label_value(m, str_slice(part, 1, part.len - 1)) : part;
        if (value.len == 0) {
            return why_set(why, STATUS_INTERNAL, "%.*s lacks its %.*s", STR_ARG(m->op->name),
                           STR_ARG(part));
        }
        buf_put_char(&out, '/');
        uri_encode(&out, value, URI_ENCODE_SLASH);
    }
    return buf_finish(&out, ret, why);
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const struct uri_param *)a)->name, ((const struct uri_param *)b)->name);
}

static enum status make_query(const struct making *m, struct str *ret, struct why *why)
{
    struct uri_param params[ARGS_MAX];
    struct buf out;
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        if (is_sent(m, i, PLACE_QUERY)) {
            params[n++] = (struct uri_param){member_wire(row_of(m, &m->args[i])), m->args[i].value};
        }
    }
    if (n > 0) {
        qsort(params, n, sizeof params[0], by_name);
    }
    buf_init(&out, m->mem, LIMIT_URI_BYTES);
    for (size_t i = 0; i < n; i++) {
        buf_put_str(&out, i == 0 ? STR("") : STR("&"));
        uri_encode(&out, params[i].name, URI_ENCODE_SLASH);
        buf_put_char(&out, '=');
        uri_encode(&out, params[i].value, URI_ENCODE_SLASH);
    }
    return buf_finish(&out, ret, why);
}

static void put_value(struct json_write *w, const struct shape *shape, struct str value)
{
    struct str line;
    switch (shape->type) {
    case TYPE_LIST:
        json_write_array(w);
        while (str_next(&value, '\n', &line)) {
            put_value(w, &shapes[shape->element], line);
        }
        json_write_end(w);
        break;
    case TYPE_INTEGER:
    case TYPE_LONG:
    case TYPE_DOUBLE:
    case TYPE_BOOLEAN:
    case TYPE_TIMESTAMP:
    case TYPE_STRUCT: /* the caller's own JSON */
    case TYPE_MAP:
        json_write_raw(w, value);
        break;
    default:
        json_write_string(w, value);
    }
}

/* The members of the body as a JSON object; absent when a REST request has none. */
static enum status make_json(const struct making *m, bool always, struct str *ret, struct why *why)
{
    struct buf out;
    struct json_write w;
    size_t n = 0;
    buf_init(&out, m->mem, LIMIT_BODY_BYTES);
    json_write_init(&w, &out);
    json_write_object(&w);
    for (size_t i = 0; i < m->n; i++) {
        if (is_sent(m, i, PLACE_BODY)) {
            const struct shape_member *row = row_of(m, &m->args[i]);
            json_write_key(&w, member_wire(row));
            put_value(&w, &shapes[row->shape], m->args[i].value);
            n++;
        }
    }
    json_write_end(&w);
    json_write_finish(&w);
    if (n == 0 && !always) {
        *ret = STR_ABSENT;
        return STATUS_OK;
    }
    return buf_finish(&out, ret, why);
}

/* A member that is the body whole. */
static struct str payload_of(const struct making *m)
{
    for (size_t i = 0; i < m->n; i++) {
        if (is_sent(m, i, PLACE_PAYLOAD)) {
            return m->args[i].value;
        }
    }
    return STR_ABSENT;
}

static enum status make_rest(const struct making *m, struct request *r, struct why *why)
{
    r->method = method_names[m->op->method];
    TRY(make_path(m, &r->path, why));
    TRY(make_query(m, &r->query, why));
    r->body = payload_of(m);
    if (str_absent(r->body)) {
        TRY(make_json(m, false, &r->body, why));
    }
    if (!str_absent(r->body)) {
        r->headers[r->n_headers++] =
            (struct http_header){STR("Content-Type"), STR("application/json")};
    }
    for (size_t i = 0; i < m->n; i++) {
        if (is_sent(m, i, PLACE_HEADER) && r->n_headers < REQUEST_HEADERS_MAX) {
            r->headers[r->n_headers++] =
                (struct http_header){member_wire(row_of(m, &m->args[i])), m->args[i].value};
        }
    }
    return STATUS_OK;
}

/* ---- the other protocols --------------------------------------------------------------------- */

static enum status make_json_rpc(const struct making *m, struct request *r, struct why *why)
{
    struct str target;
    TRY(str_fmt(m->mem, &target, why, "%.*s.%.*s", STR_ARG(op_service(m->op)->target),
                STR_ARG(m->op->name)));
    r->headers[r->n_headers++] = (struct http_header){STR("X-Amz-Target"), target};
    r->headers[r->n_headers++] =
        (struct http_header){STR("Content-Type"), STR("application/x-amz-json-1.1")};
    return make_json(m, true, &r->body, why);
}

static void put_form(struct buf *out, struct str name, unsigned number, struct str value)
{
    buf_put_char(out, '&');
    uri_encode(out, name, URI_ENCODE_SLASH);
    if (number > 0) {
        buf_put_fmt(out, ".member.%u", number);
    }
    buf_put_char(out, '=');
    uri_encode(out, value, URI_ENCODE_SLASH);
}

static enum status make_form(const struct making *m, struct request *r, struct why *why)
{
    struct buf out;
    buf_init(&out, m->mem, LIMIT_BODY_BYTES);
    buf_put_fmt(&out, "Action=%.*s&Version=%.*s", STR_ARG(m->op->name),
                STR_ARG(op_service(m->op)->version));
    for (size_t i = 0; i < m->n; i++) {
        if (!is_sent(m, i, PLACE_BODY)) {
            continue;
        }
        const struct shape_member *row = row_of(m, &m->args[i]);
        struct str rest = m->args[i].value;
        struct str line = rest;
        bool list = shapes[row->shape].type == TYPE_LIST;
        for (unsigned number = 1; list && str_next(&rest, '\n', &line); number++) {
            put_form(&out, member_wire(row), number, line);
        }
        if (!list) {
            put_form(&out, member_wire(row), 0, line);
        }
    }
    r->headers[r->n_headers++] = (struct http_header){
        STR("Content-Type"), STR("application/x-www-form-urlencoded; charset=utf-8")};
    return buf_finish(&out, &r->body, why);
}

enum status request_make(const struct operation *op, const struct aws_arg *args, size_t n,
                         struct arena *mem, struct request *ret, struct why *why)
{
    const struct making m = {op, args, n, mem};
    struct request r = {.method = STR("POST"), .path = STR("/"), .query = STR("")};
    for (size_t i = 0; i < n; i++) {
        if (n > ARGS_MAX || row_of(&m, &args[i]) == NULL) {
            return why_set(why, STATUS_INTERNAL, "%.*s has no member %.*s", STR_ARG(op->name),
                           STR_ARG(member_names[args[i].member]));
        }
    }
    switch (op_service(op)->protocol) {
    case PROTOCOL_REST_JSON:
        TRY(make_rest(&m, &r, why));
        break;
    case PROTOCOL_JSON:
        TRY(make_json_rpc(&m, &r, why));
        break;
    default:
        TRY(make_form(&m, &r, why));
    }
    *ret = r;
    return STATUS_OK;
}
