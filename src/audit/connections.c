/* connections.c: see connections.h. */
#include "audit/connections.h"

#include <inttypes.h>
#include <stdio.h>

#include "audit/verdict.h"
#include "base/buf.h"
#include "codec/json_write.h"

#include "base/banned.h"

enum { INFO_BYTES_MAX = 4096, NUMBER_MAX = 24 };

static void put_moment(struct json_write *w, const char *key, int64_t ms)
{
    char text[NUMBER_MAX];
    if (ms != TIME_NEVER) {
        int len = snprintf(text, sizeof text, "%" PRId64, ms);
        json_write_member(w, str_from(key), (struct str){text, (size_t)len});
    }
}

static enum status info_of(const struct recent_entry *entry, const struct connections_extra *extra,
                           struct arena *mem, struct str *ret, struct why *why)
{
    struct buf out;
    struct json_write w;
    buf_init(&out, mem, INFO_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    put_moment(&w, "CONNECTION_TIME", entry->connected);
    put_moment(&w, "DISCONNECTION_TIME", entry->disconnected);
    if (extra != NULL) {
        json_write_member(&w, str_from(extra->key), extra->value);
    }
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

enum status connection_of_client(const struct recent_entry *entry,
                                 const struct connections_extra *extra, struct arena *mem,
                                 struct audit_related *ret, struct why *why)
{
    ret->resource = (struct resource_id){.kind = RESOURCE_CLIENT_ID};
    TRY(str_dup(mem, (struct str){entry->text, entry->len}, &ret->resource.id, why));
    return info_of(entry, extra, mem, &ret->info, why);
}

/* SPEC: the guide names no keys; PRINCIPAL_ID is ours, and the resource is a certificate when the
 * principal is one, else the client id is all that ResourceIdentifier has a member for. */
enum status connection_of_principal(const struct recent_entry *entry, struct arena *mem,
                                    struct audit_related *ret, struct why *why)
{
    struct connections_extra principal = {.key = "PRINCIPAL_ID"};
    TRY(str_dup(mem, (struct str){entry->text, entry->len}, &principal.value, why));
    ret->resource = (struct resource_id){.kind = RESOURCE_CLIENT_ID};
    if (entry->kind == SESSION_CERTIFICATE) {
        ret->resource.kind = RESOURCE_DEVICE_CERTIFICATE;
        ret->resource.id = principal.value;
    }
    return info_of(entry, &principal, mem, &ret->info, why);
}

enum status judge_overlap(const struct session_subject *subject, struct str code, const char *whose,
                          const struct connections_extra *extra, struct arena *mem,
                          struct audit_verdicts *ret, struct why *why)
{
    const struct recent *recent = subject->recent;
    char last[TIME_TEXT_MAX];
    if (recent->total == 0) {
        return STATUS_OK;
    }
    time_format(recent->order[0]->connected, last);
    TRY(verdict_add(ret, mem, code, why,
                    "%s shared by one or more devices: of %zu connections, %zu were open at the "
                    "same time as one of another client ID; the last of them began %s.",
                    whose, subject->n, recent->total, last));
    struct audit_related *related = NEW_ARRAY(mem, struct audit_related, recent->n);
    TRY_PTR(related);
    for (size_t i = 0; i < recent->n; i++) {
        TRY(connection_of_client(recent->order[i], extra, mem, &related[i], why));
    }
    ret->list[ret->n - 1].related = related;
    ret->list[ret->n - 1].n_related = recent->n;
    return STATUS_OK;
}
