/* REVOCATION_LIST_EXPIRING_CHECK, an extension: a list by which certificates of the fleet are
 * judged has ended, ends soon, or does not say until when it holds. A list past its nextUpdate
 * judges nothing (revocation.h), so this tells before the checks of revocation cannot.
 *
 * One finding for each issuer and code, with the list that ends first; a list that could not be had
 * at all is not judged, and said so. SPEC: RFC 5280, 5.1.2.5: conforming lists have a nextUpdate.
 */
#include <inttypes.h>

#include "audit/checks_priv.h"
#include "audit/list_subject.h"
#include "audit/verdict.h"

#include "base/banned.h"

enum fault { FAULT_PAST, FAULT_SOON, FAULT_NEVER, FAULT_COUNT, FAULT_NONE = FAULT_COUNT };

/* Lists of one issuer that have the same fault. */
struct faulty {
    const struct revocation_list_seen *first; /* the one that ends first */
    size_t n;
};

static enum fault fault_of(const struct revocation_list_seen *list, const struct audit_facts *facts)
{
    if (list->next_update == TIME_NEVER) {
        return FAULT_NEVER;
    }
    if (list->next_update <= facts->now) {
        return FAULT_PAST;
    }
    return list->next_update - facts->now <= facts->threshold_days * DAY_MS ? FAULT_SOON
                                                                            : FAULT_NONE;
}

/* How many more there are of the kind, as a half sentence. */
static enum status others(size_t n, struct arena *mem, struct str *ret, struct why *why)
{
    *ret = STR("");
    return n == 1 ? STATUS_OK
                  : str_fmt(mem, ret, why, "; so %s %zu more %s of this issuer",
                            n == 2 ? "does" : "do", n - 1, n == 2 ? "list" : "lists");
}

static enum status say(enum fault fault, const struct faulty *faulty,
                       const struct audit_facts *facts, struct arena *mem,
                       struct audit_verdicts *ret, struct why *why)
{
    char when[TIME_TEXT_MAX];
    struct str more;
    const struct revocation_list_seen *list = faulty->first;
    TRY(others(faulty->n, mem, &more, why));
    if (fault == FAULT_NEVER) {
        return verdict_add(ret, mem, STR("REVOCATION_LIST_LACKS_NEXT_UPDATE"), why,
                           "The revocation list %.*s does not say until when it holds%.*s: an old "
                           "copy of it cannot be told from a new one.",
                           STR_ARG(list->source), STR_ARG(more));
    }
    time_format(list->next_update, when);
    if (fault == FAULT_PAST) {
        TRY(verdict_add(ret, mem, STR("REVOCATION_LIST_PAST_NEXT_UPDATE"), why,
                        "The revocation list %.*s ended %s, %" PRId64
                        " days ago%.*s: what its issuer has revoked since is not known.",
                        STR_ARG(list->source), when, days_between(list->next_update, facts->now),
                        STR_ARG(more)));
    } else {
        TRY(verdict_add(ret, mem, STR("REVOCATION_LIST_APPROACHING_NEXT_UPDATE"), why,
                        "The revocation list %.*s ends %s, in %" PRId64
                        " days (the threshold is %" PRId64
                        ")%.*s, and its issuer has published no newer one.",
                        STR_ARG(list->source), when, days_between(facts->now, list->next_update),
                        facts->threshold_days, STR_ARG(more)));
    }
    return verdict_info(ret, mem, "NEXT_UPDATE_TIME", list->next_update, why);
}

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    const struct list_subject *subject = row;
    struct faulty faults[FAULT_COUNT + 1] = {{NULL, 0}};
    if (subject->issuer == NULL) {
        verdict_unknown(ret, subject->lack);
        return STATUS_OK;
    }
    for (size_t i = 0; i < subject->n; i++) {
        struct faulty *faulty = &faults[fault_of(subject->lists[i], facts)];
        faulty->n++;
        if (faulty->first == NULL || subject->lists[i]->next_update < faulty->first->next_update) {
            faulty->first = subject->lists[i];
        }
    }
    for (int fault = 0; fault < FAULT_COUNT; fault++) {
        if (faults[fault].n > 0) {
            TRY(say((enum fault)fault, &faults[fault], facts, mem, ret, why));
        }
    }
    return STATUS_OK;
}

const struct audit_check check_revocation_list_expiring = {
    .id = CHECK_REVOCATION_LIST_EXPIRING,
    .subject = SUBJECT_REVOCATION_LIST,
    .judge = judge,
    .needs_lists = true,
};
