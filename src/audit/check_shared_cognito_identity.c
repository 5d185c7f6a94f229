/* SHARED_COGNITO_IDENTITY_CHECK, an extension: the same as of certificates, of the identities of
 * Cognito identity pools. A finding is of the pool, since ResourceIdentifier has no member for an
 * identity; the related client ids say whose they were. Where the pool is not known, the identity's
 * own id stands in its place.
 */
#include "audit/checks_priv.h"
#include "audit/connections.h"

#include "base/banned.h"

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    (void)facts;
    const struct session_subject *subject = row;
    struct connections_extra identity = {.key = "IDENTITY_ID"};
    TRY(str_dup(mem, subject->key, &identity.value, why));
    TRY(judge_overlap(subject, STR("COGNITO_IDENTITY_SHARED_BY_MULTIPLE_DEVICES"),
                      "Cognito identity", &identity, mem, ret, why));
    if (ret->n > 0) {
        struct resource_id *pool = &ret->list[0].resource;
        pool->kind = RESOURCE_COGNITO_IDENTITY_POOL;
        TRY(str_dup(mem, subject->pool.len > 0 ? subject->pool : subject->key, &pool->id, why));
    }
    return STATUS_OK;
}

const struct audit_check check_shared_cognito_identity = {
    .id = CHECK_SHARED_COGNITO_IDENTITY,
    .subject = SUBJECT_IDENTITY_SESSIONS,
    .judge = judge,
    .points_outside = true,
    .window = WINDOW_LAGGED,
};
