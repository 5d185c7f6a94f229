/* IOT_ROLE_ALIAS_OVERLY_PERMISSIVE_CHECK: the role behind an alias lets the devices that use it act
 * for others, administer, see into the services that watch over the account, or do everything in a
 * service they use.
 *
 * SPEC: docs.aws.amazon.com/iot-device-defender, "Role alias overly permissive".
 */
#include "audit/checks_priv.h"
#include "audit/role_subject.h"
#include "base/buf.h"

#include "base/banned.h"

enum { REASON_BYTES_MAX = 16 << 10 };

/* The guide's five; inspector2 is the prefix that Amazon Inspector has today. */
static const struct str auditing[] = {
    STR_INIT("iam"),       STR_INIT("cloudtrail"), STR_INIT("guardduty"),
    STR_INIT("inspector"), STR_INIT("inspector2"), STR_INIT("trustedadvisor"),
};
enum { N_AUDITING = sizeof auditing / sizeof auditing[0] };

/* What a question is asked of: each of these services. */
struct services {
    const struct str *items;
    size_t n;
    bool whole;
    struct str code;
    const char *what;
};

/* Appends what allows one service; the first one opens the sentence. */
static enum status say_service(const struct role_facts *role, const struct services *services,
                               struct str service, size_t *said, struct buf *out, struct why *why)
{
    const struct policy_role_question question = {.service = service, .whole = services->whole};
    struct policy_role_grant grant;
    bool found = false;
    TRY(policy_role_may(&role->role, &question, &grant, &found, why));
    if (!found) {
        return STATUS_OK;
    }
    const struct policy_role_place *place = &role->role.places[grant.statement];
    if (*said == 0) {
        buf_put_fmt(out, "Role %.*s allows %s: ", STR_ARG(role->name), services->what);
    }
    buf_put_fmt(out, "%s%.*s (policy %.*s, statement %u: %s \"%.*s\")", *said == 0 ? "" : ", ",
                STR_ARG(service), STR_ARG(place->policy), place->statement,
                grant.not_action ? "all actions but" : "action", STR_ARG(grant.action));
    ++*said;
    return STATUS_OK;
}

static enum status judge_services(const struct role_facts *role, const struct services *services,
                                  struct arena *mem, struct audit_verdicts *ret, struct why *why)
{
    struct buf out;
    struct str reason;
    size_t said = 0;
    buf_init(&out, mem, REASON_BYTES_MAX);
    for (size_t i = 0; i < services->n; i++) {
        TRY(say_service(role, services, services->items[i], &said, &out, why));
    }
    buf_put_char(&out, '.');
    TRY(buf_finish(&out, &reason, why));
    return said == 0 ? STATUS_OK
                     : verdict_add(ret, mem, services->code, why, "%.*s", STR_ARG(reason));
}

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    const struct role_alias_subject *alias = row;
    const struct role_facts *role = alias->role;
    struct services used = {.whole = true,
                            .code = STR("ALLOWS_BROAD_ACCESS_TO_USED_SERVICES"),
                            .what = "every action of services that the alias uses"};
    const struct services security = {
        .items = auditing,
        .n = N_AUDITING,
        .code = STR("ALLOWS_ACCESS_TO_SECURITY_AUDITING_SERVICES"),
        .what = "actions of the services that audit the account's security"};
    TRY(role_judge(role, role_rules, ROLE_RULES, mem, ret, why));
    if (ret->unknown) {
        return STATUS_OK;
    }
    TRY(role_alias_used(alias, facts->now, mem, &used.items, &used.n, why));
    TRY(judge_services(role, &used, mem, ret, why));
    TRY(judge_services(role, &security, mem, ret, why));
    return role_relate(role, mem, ret, why);
}

const struct audit_check check_iot_role_alias_overly_permissive = {
    .id = CHECK_IOT_ROLE_ALIAS_OVERLY_PERMISSIVE,
    .subject = SUBJECT_ROLE_ALIAS,
    .judge = judge,
};
