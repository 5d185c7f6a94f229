/* fuzz_query.c: whatever a client of the Query protocol sends is read and judged, or refused with
 * an XML reply that a client can read. The input is the form of a POST; its Version says which
 * service is asked. What was understood must read back from its canonical JSON as the same, and
 * from there be written as XML, unless it has a character that XML has not. */
#include <stdint.h>
#include <stdlib.h>

#include "api/asked.h"
#include "api/pattern.h"
#include "api/reply.h"
#include "api/validate.h"
#include "api/value_xml.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pattern_set *set;

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* Elements end in the order in which they began, there is one root, and no '<' or '&' is bare. */
static void check_well_formed(struct str xml)
{
    struct str open[XML_DEPTH_MAX];
    size_t depth = 0, roots = 0;
    must(str_is_utf8(xml));
    for (size_t at = 0; at < xml.len; at++) {
        if (xml.ptr[at] == '&') {
            size_t end = str_find_char(xml, ';', at);
            must(end < xml.len && end - at <= 5);
        }
        if (xml.ptr[at] != '<') {
            must(depth > 0);
            must((unsigned char)xml.ptr[at] >= 0x20 || xml.ptr[at] == '\t' || xml.ptr[at] == '\n');
            continue;
        }
        size_t end = str_find_char(xml, '>', at);
        bool closing = xml.ptr[at + 1] == '/';
        struct str name = str_slice(xml, at + 1 + closing, end);
        name = str_slice(name, 0, str_find_char(name, ' ', 0));
        if (closing) {
            must(depth > 0 && str_eq(open[--depth], name));
        } else {
            must(depth < XML_DEPTH_MAX && (depth > 0 || roots++ == 0));
            open[depth++] = name;
        }
        at = end;
    }
    must(depth == 0 && roots == 1);
}

static void check_written(const struct asked *asked, const struct value *in, struct arena *mem)
{
    struct str json, again, xml;
    struct value copy;
    must(value_to_json(in, mem, &json, NULL) == STATUS_OK);
    must(value_from_json(json, (enum shape_id)in->shape, true, mem, &copy, NULL) == STATUS_OK);
    must(value_to_json(&copy, mem, &again, NULL) == STATUS_OK);
    must(str_eq(json, again));
    enum status status = reply_xml(asked->op, &copy, STR("id"), mem, &xml, NULL);
    must(status == STATUS_OK || status == STATUS_INTERNAL || status == STATUS_TOO_LARGE);
    if (status == STATUS_OK) {
        check_well_formed(xml);
    }
}

static void check_refusal(const struct service *service, enum status status, const struct why *why,
                          struct arena *mem)
{
    struct http_exchange exchange = {.mem = mem};
    must(why->code == status && why->text[0] != '\0');
    reply_error(&exchange, (enum service_id)(service - services), STR("id"), status, why);
    must(exchange.reply.status == 400);
    if (service->protocol == PROTOCOL_QUERY) {
        check_well_formed(exchange.reply.body);
    }
}

static enum status understand(const struct http_request *request, const struct service **ret,
                              struct arena *mem, struct why *why)
{
    struct asked asked;
    const struct value *in = NULL;
    TRY(asked_service(request, STR_ABSENT, mem, ret, why));
    if ((*ret)->protocol != PROTOCOL_QUERY) {
        return STATUS_OK;
    }
    TRY(asked_operation(request, *ret, mem, &asked, why));
    if (asked.op->input == S_NONE) {
        return STATUS_OK; /* known by name alone: 501 */
    }
    TRY(asked_input(request, &asked, mem, &in, why));
    check_written(&asked, in, mem);
    return validate_value(set, in, mem, why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct why why = {0};
    if (set == NULL) {
        must(pattern_set_new(&set, &why) == STATUS_OK);
    }
    if (size > LIMIT_BODY_BYTES) {
        return 0;
    }
    const struct http_header form = {STR("Content-Type"), STR("application/x-www-form-urlencoded")};
    const struct http_request request = {.method = STR("POST"),
                                         .path = STR("/"),
                                         .query = STR_ABSENT,
                                         .headers = &form,
                                         .n_headers = 1,
                                         .body = {(const char *)data, size}};
    const struct service *service = NULL;
    AUTO_ARENA *mem = arena_new((size_t)4 * LIMIT_REQUEST_MEMORY);
    enum status status = understand(&request, &service, mem, &why);
    if (status != STATUS_OK && service->protocol == PROTOCOL_QUERY) {
        check_refusal(service, status, &why, mem);
    }
    return 0;
}
