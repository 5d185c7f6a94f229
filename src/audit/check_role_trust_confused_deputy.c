/* ROLE_TRUST_CONFUSED_DEPUTY_CHECK, an extension: a service may assume the role whatever account it
 * acts for. What that means exactly is policy/trust.h. */
#include "audit/checks_priv.h"
#include "audit/verdict.h"
#include "base/buf.h"
#include "policy/trust.h"

#include "base/banned.h"

enum { SERVICES_BYTES_MAX = 4096, WORK_MEMORY = 16 << 20 };

/* The services of the facts that are limited, or of those that are not, and the first of them. */
static enum status services_of(const struct policy_trust_fact *facts, size_t n, bool limited,
                               struct arena *mem, struct str *ret,
                               const struct policy_trust_fact **ret_first, struct why *why)
{
    struct buf out;
    buf_init(&out, mem, SERVICES_BYTES_MAX);
    *ret_first = NULL;
    for (size_t i = 0; i < n; i++) {
        if (facts[i].limited == limited) {
            buf_put_str(&out, *ret_first == NULL ? STR("") : STR(", "));
            buf_put_str(&out, facts[i].service);
            *ret_first = *ret_first == NULL ? &facts[i] : *ret_first;
        }
    }
    return buf_finish(&out, ret, why);
}

static enum status say(const struct policy_trust_fact *facts, size_t n, struct arena *mem,
                       struct audit_verdicts *ret, struct why *why)
{
    const struct policy_trust_fact *first = NULL;
    struct str services;
    TRY(services_of(facts, n, false, mem, &services, &first, why));
    if (first != NULL) {
        TRY(verdict_add(ret, mem, STR("TRUST_POLICY_LACKS_SOURCE_CONDITION"), why,
                        "The trust policy lets %.*s assume the role on behalf of any account: "
                        "statement %u has no condition on aws:SourceArn or aws:SourceAccount.",
                        STR_ARG(services), first->statement));
    }
    TRY(services_of(facts, n, true, mem, &services, &first, why));
    if (first != NULL) {
        TRY(verdict_add(ret, mem, STR("TRUST_POLICY_SOURCE_CONDITION_TOO_BROAD"), why,
                        "The trust policy lets %.*s assume the role on behalf of other accounts: "
                        "the conditions of statement %u hold for aws:SourceArn %.*s with "
                        "aws:SourceAccount %.*s.",
                        STR_ARG(services), first->statement, STR_ARG(first->source_arn),
                        STR_ARG(first->source_account)));
    }
    return STATUS_OK;
}

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    const struct role_subject *role = row;
    const struct policy_doc *doc = NULL;
    const struct policy_trust_fact *found = NULL;
    struct why lack = {.code = STATUS_OK};
    size_t n = 0;
    AUTO_ARENA *work = arena_new(WORK_MEMORY);
    TRY_PTR(work);
    enum status status = policy_doc_read_as(work, role->trust, POLICY_OF_TRUST, &doc, &lack);
    if (status == STATUS_OK) {
        status = policy_trust_find(work, doc, facts->account.account, &found, &n, &lack);
    }
    if (status == STATUS_NO_MEMORY) {
        return why_no_memory(why);
    }
    if (status != STATUS_OK) {
        struct str text;
        TRY(str_fmt(mem, &text, why, "the trust policy of role %.*s: %s", STR_ARG(role->name),
                    lack.text));
        verdict_unknown(ret, text);
        return STATUS_OK;
    }
    return say(found, n, mem, ret, why);
}

const struct audit_check check_role_trust_confused_deputy = {
    .id = CHECK_ROLE_TRUST_CONFUSED_DEPUTY,
    .subject = SUBJECT_ROLE,
    .judge = judge,
};
