/* CONFLICTING_CLIENT_IDS_CHECK: a client id connected while it was connected, and the broker ended
 * the older connection.
 *
 * SPEC: docs.aws.amazon.com/iot-device-defender, "Conflicting MQTT client IDs". One is enough, also
 * with the same certificate at both ends: a device that flaps is named there as a cause.
 */
#include "audit/checks_priv.h"
#include "audit/connections.h"
#include "audit/verdict.h"

#include "base/banned.h"

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    (void)facts;
    const struct session_subject *subject = row;
    const struct recent *recent = subject->recent;
    char last[TIME_TEXT_MAX];
    if (recent->total == 0) {
        return STATUS_OK;
    }
    time_format(recent->order[0]->disconnected, last);
    TRY(verdict_add(ret, mem, STR("DUPLICATE_CLIENT_ID_ACROSS_CONNECTIONS"), why,
                    "Client ID used by more than one connection: %zu of its connections %s ended "
                    "because it connected again, the last %s.",
                    recent->total, recent->total == 1 ? "was" : "were", last));
    struct audit_related *related = NEW_ARRAY(mem, struct audit_related, recent->n);
    TRY_PTR(related);
    for (size_t i = 0; i < recent->n; i++) {
        TRY(connection_of_principal(recent->order[i], mem, &related[i], why));
        if (related[i].resource.kind == RESOURCE_CLIENT_ID) {
            TRY(str_dup(mem, subject->key, &related[i].resource.id, why));
        }
    }
    ret->list[0].related = related;
    ret->list[0].n_related = recent->n;
    return STATUS_OK;
}

const struct audit_check check_conflicting_client_ids = {
    .id = CHECK_CONFLICTING_CLIENT_IDS,
    .subject = SUBJECT_CLIENT_TAKEOVERS,
    .judge = judge,
    .window = WINDOW_TO_NOW,
};
