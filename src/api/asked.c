#include "api/asked.h"

#include "api/value_form.h"
#include "codec/form.h"

#include "base/banned.h"

#define FORM_TYPE "application/x-www-form-urlencoded"

/* ---- the service ----------------------------------------------------------------------------- */

static enum status by_scope(struct str scope, const struct service **ret, struct why *why)
{
    for (int id = 0; id < SERVICE_COUNT; id++) {
        if (str_eq(services[id].name, scope)) {
            *ret = &services[id];
            return STATUS_OK;
        }
    }
    /* The data plane is in the same table; older SDKs sign for AWS IoT by the other names. */
    if (str_eq(scope, STR("iotdata")) || str_eq(scope, STR("iotdevicegateway")) ||
        str_eq(scope, STR("execute-api"))) {
        return STATUS_OK;
    }
    return why_set(why, STATUS_NO_OPERATION, "Bulwark does not offer the service %.*s",
                   STR_ARG(str_slice(scope, 0, 64)));
}

static enum status unknown_service(struct why *why)
{
    return why_set(why, STATUS_NO_OPERATION,
                   "this is a request of another AWS service, which Bulwark does not offer");
}

/* "Logs_20140328.DescribeLogGroups" */
static enum status by_target(struct str target, const struct service **ret, struct why *why)
{
    struct str prefix = str_slice(target, 0, str_find_char(target, '.', 0));
    for (int id = 0; id < SERVICE_COUNT; id++) {
        if (services[id].protocol == PROTOCOL_JSON && str_eq(services[id].target, prefix)) {
            *ret = &services[id];
            return STATUS_OK;
        }
    }
    return unknown_service(why);
}

/* The parameters of the Query protocol: the body, or the query when there is no body. */
static enum status read_parameters(const struct http_request *request, struct arena *mem,
                                   struct uri_query *ret, struct why *why)
{
    enum status status = request->body.len > 0 ? form_read(mem, request->body, ret, why)
                                               : uri_query_read(mem, request->query, ret, why);
    if (status == STATUS_MALFORMED && why != NULL) {
        why->code = STATUS_UNREADABLE;
    }
    return status == STATUS_MALFORMED ? STATUS_UNREADABLE : status;
}

/* A query without Version is no sign of the Query protocol. */
static enum status by_version(const struct http_request *request, bool form_sent, struct arena *mem,
                              const struct service **ret, struct why *why)
{
    struct uri_query form;
    TRY(read_parameters(request, mem, &form, why));
    struct str version = uri_query_get(&form, STR("Version"));
    if (str_absent(version) && !form_sent) {
        return STATUS_OK;
    }
    for (int id = 0; id < SERVICE_COUNT; id++) {
        if (services[id].protocol == PROTOCOL_QUERY && str_eq(services[id].version, version)) {
            *ret = &services[id];
            return STATUS_OK;
        }
    }
    return unknown_service(why);
}

enum status asked_service(const struct http_request *request, struct str scope, struct arena *mem,
                          const struct service **ret, struct why *why)
{
    *ret = &services[SERVICE_iot];
    if (!str_absent(scope)) {
        return by_scope(scope, ret, why);
    }
    if (!str_eq(request->path, STR("/"))) { /* curl -d says "form" of whatever it sends */
        return STATUS_OK;
    }
    struct str target = http_header_get(request, STR("X-Amz-Target"));
    if (!str_absent(target)) {
        return by_target(target, ret, why);
    }
    bool form_sent = str_starts(http_header_get(request, STR("Content-Type")), STR(FORM_TYPE));
    if (form_sent || !str_absent(request->query)) {
        return by_version(request, form_sent, mem, ret, why);
    }
    return STATUS_OK;
}

/* ---- the operation --------------------------------------------------------------------------- */

static enum status action(const struct http_request *request, const struct service *service,
                          struct arena *mem, struct asked *ret, struct why *why)
{
    TRY(read_parameters(request, mem, &ret->form, why));
    struct str name = uri_query_get(&ret->form, STR("Action"));
    struct str version = uri_query_get(&ret->form, STR("Version"));
    if (str_absent(name)) {
        return why_set(why, STATUS_NO_OPERATION, "the parameter Action is missing");
    }
    if (str_eq(version, service->version)) {
        ret->op = operation_find((enum service_id)(service - services), name);
    }
    if (ret->op == NULL) {
        return why_set(
            why, STATUS_NO_OPERATION, "Could not find operation %.*s for version %.*s",
            STR_ARG(str_slice(name, 0, 64)),
            STR_ARG(str_absent(version) ? STR("NO_VERSION_SPECIFIED") : str_slice(version, 0, 64)));
    }
    return STATUS_OK;
}

static enum status target(const struct http_request *request, const struct service *service,
                          struct asked *ret, struct why *why)
{
    struct str text = http_header_get(request, STR("X-Amz-Target"));
    size_t dot = str_find_char(text, '.', 0);
    if (str_eq(str_slice(text, 0, dot), service->target)) {
        ret->op = operation_find((enum service_id)(service - services),
                                 str_slice(text, dot + 1, text.len));
    }
    if (ret->op == NULL) {
        return why_set(why, STATUS_NO_OPERATION, "X-Amz-Target \"%.*s\" is no operation of %.*s",
                       STR_ARG(str_slice(text, 0, 128)), STR_ARG(service->title));
    }
    return STATUS_OK;
}

enum status asked_operation(const struct http_request *request, const struct service *service,
                            struct arena *mem, struct asked *ret, struct why *why)
{
    struct asked asked = {.service = service};
    bool query = service->protocol == PROTOCOL_QUERY;
    bool get = query && str_eq(request->method, STR("GET"));
    if (!str_eq(request->path, STR("/")) || !(get || str_eq(request->method, STR("POST")))) {
        return why_set(why, STATUS_NO_OPERATION, "%.*s is asked by POST of the path /",
                       STR_ARG(service->title));
    }
    if (query) {
        TRY(action(request, service, mem, &asked, why));
    } else {
        TRY(target(request, service, &asked, why));
    }
    *ret = asked;
    return STATUS_OK;
}

bool asked_is_link(const struct http_request *request, struct arena *mem)
{
    struct uri_query query;
    if (!str_eq(request->method, STR("GET")) || !str_eq(request->path, STR("/")) ||
        request->body.len > 0 || uri_query_read(mem, request->query, &query, NULL) != STATUS_OK) {
        return false;
    }
    struct str name = uri_query_get(&query, STR("Action"));
    return str_eq(uri_query_get(&query, STR("Version")), services[SERVICE_sns].version) &&
           (str_eq(name, STR("ConfirmSubscription")) || str_eq(name, STR("Unsubscribe")));
}

enum status asked_input(const struct http_request *request, const struct asked *asked,
                        struct arena *mem, const struct value **ret, struct why *why)
{
    enum shape_id shape = (enum shape_id)asked->op->input;
    struct value *value = NEW(mem, struct value);
    TRY_PTR(value);
    if (asked->service->protocol == PROTOCOL_QUERY) {
        TRY(value_from_form(&asked->form, shape, mem, value, why));
    } else {
        struct str body = request->body.len > 0 ? request->body : STR("{}");
        TRY(value_from_json(body, shape, false, mem, value, why));
    }
    *ret = value;
    return STATUS_OK;
}
