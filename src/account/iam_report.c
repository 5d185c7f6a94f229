/* iam_report.c: see iam_report.h. */
#include "account/iam_report.h"

#include <stdlib.h>

#include "account/iam_grant.h"
#include "account/iam_policy.h"
#include "account/quotas.h"
#include "policy/role.h"

#include "base/banned.h"

/* ---- whose report ---------------------------------------------------------------------------- */

struct subject {
    struct iam_entity entity;
    struct iam_managed policy;
    bool is_policy;
};

static enum status find_subject(const struct account_ctx *ctx, struct str arn, struct subject *ret,
                                struct why *why)
{
    struct arn parts;
    *ret = (struct subject){.is_policy = false};
    if (arn_parse(arn, &parts, NULL) != STATUS_OK || !str_eq(parts.service, STR("iam"))) {
        return why_set(why, STATUS_INVALID,
                       "'%.*s' is not the ARN of a user, role or policy of IAM",
                       STR_ARG(str_slice(arn, 0, 256)));
    }
    ret->is_policy = str_eq(parts.type, STR("policy"));
    if (ret->is_policy) {
        return iam_policy_get(ctx, arn, &ret->policy, why);
    }
    return iam_entity_of_arn(ctx, str_eq(parts.type, STR("user")) ? IAM_USER : IAM_ROLE, arn,
                             &ret->entity, why);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static int64_t oldest_kept(const struct account_ctx *ctx)
{
    return clock_now(&ctx->clock) - IAM_REPORT_DAYS * (int64_t)DAY_MS;
}

/* The oldest report goes when it is too old, or when there are too many. */
static enum status remove_oldest(const struct account_ctx *ctx, bool *ret_again, struct why *why)
{
    const struct store_range all = {.index = INDEX(iam_report, by_created)};
    struct iam_report row;
    bool more = false;
    size_t n = 0;
    *ret_again = false;
    TRY(store_count(ctx->tx, TABLE(iam_report), &all, QUOTA_IAM_REPORTS, &n, why));
    {
        AUTO_SCAN *scan = NULL;
        TRY(store_scan_open(ctx->tx, TABLE(iam_report), &all, &scan, why));
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
    }
    if (more && (n >= QUOTA_IAM_REPORTS || row.created < oldest_kept(ctx))) {
        *ret_again = true;
        return store_delete(ctx->tx, TABLE(iam_report), &row, why);
    }
    return STATUS_OK;
}

enum status iam_report_create(const struct account_ctx *ctx, struct str arn, struct str granularity,
                              struct str caller, struct str *ret_id, struct why *why)
{
    struct subject subject;
    TRY(find_subject(ctx, arn, &subject, why));
    for (bool again = true; again;) {
        TRY(remove_oldest(ctx, &again, why));
    }
    struct iam_report row = {.arn = arn,
                             .granularity = granularity,
                             .caller = str_absent(caller) ? STR("") : caller,
                             .created = clock_now(&ctx->clock)};
    TRY(account_uuid(ctx, &row.id, why));
    TRY(store_insert(ctx->tx, TABLE(iam_report), &row, why));
    *ret_id = row.id;
    return STATUS_OK;
}

/* ---- who ------------------------------------------------------------------------------------- */

static enum status add_holder(const struct account_ctx *ctx, const struct iam_entity *entity,
                              struct iam_report_read *report, struct why *why)
{
    struct iam_report_entity *holder = &report->holders[report->n_holders++];
    *holder = (struct iam_report_entity){.entity = *entity, .last = TIME_NEVER};
    return iam_entity_arn(ctx, entity, &holder->arn, why);
}

/* Everybody who has the policy attached. */
static enum status find_holders(const struct account_ctx *ctx, const struct iam_managed *policy,
                                struct iam_report_read *report, struct why *why)
{
    const struct iam_attached of = {.policy_arn = policy->arn};
    const struct store_range range = {
        .index = INDEX(iam_attached, by_policy), .prefix = &of, .n_prefix = 1};
    size_t most = 0;
    AUTO_SCAN *scan = NULL;
    TRY(store_count(ctx->tx, TABLE(iam_attached), &range, 0, &most, why));
    report->holders = NEW_ARRAY(ctx->mem, struct iam_report_entity, most);
    TRY_PTR(report->holders);
    TRY(store_scan_open(ctx->tx, TABLE(iam_attached), &range, &scan, why));
    while (report->n_holders < most) {
        struct iam_attached row;
        struct iam_entity entity;
        bool more;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            break;
        }
        bool user = str_eq(row.kind, iam_kind_text(IAM_USER));
        TRY(iam_entity_get(ctx, user ? IAM_USER : IAM_ROLE, row.entity, &entity, why));
        TRY(add_holder(ctx, &entity, report, why));
    }
    return STATUS_OK;
}

/* ---- which services -------------------------------------------------------------------------- */

static enum status grants_of(const struct account_ctx *ctx, const struct subject *subject,
                             struct iam_grants *ret, struct why *why)
{
    if (!subject->is_policy) {
        return iam_grants_get(ctx, subject->entity.kind, subject->entity.folded, ret, why);
    }
    struct iam_policy_version version;
    struct iam_grant *grant = NEW(ctx->mem, struct iam_grant);
    TRY_PTR(grant);
    TRY(iam_policy_default_get(ctx, &subject->policy, &version, why));
    *grant = (struct iam_grant){subject->policy.name, subject->policy.arn, version.document};
    *ret = (struct iam_grants){grant, 1};
    return STATUS_OK;
}

static enum status join(const struct account_ctx *ctx, const struct iam_grants *grants,
                        struct policy_role *ret, struct why *why)
{
    struct policy_role_part *parts = NEW_ARRAY(ctx->mem, struct policy_role_part, grants->n);
    TRY_PTR(parts);
    for (size_t i = 0; i < grants->n; i++) {
        parts[i].name = grants->at[i].name;
        TRY(policy_doc_read_as(ctx->mem, grants->at[i].document, POLICY_OF_IDENTITY, &parts[i].doc,
                               why));
    }
    return policy_role_join(ctx->mem, parts, grants->n, ret, why);
}

static enum status add_service(const struct account_ctx *ctx, const struct policy_role *role,
                               struct str service, struct iam_report_read *report, struct why *why)
{
    const struct policy_role_question question = {.service = service};
    struct policy_role_grant grant;
    bool allowed = false;
    for (size_t i = 0; i < report->n_services; i++) {
        if (str_eq(report->services[i].service, service)) {
            return STATUS_OK;
        }
    }
    TRY(policy_role_may(role, &question, &grant, &allowed, why));
    if (!allowed) {
        return STATUS_OK;
    }
    size_t n = report->n_services;
    struct iam_report_service *at =
        arena_grow(ctx->mem, report->services, n * sizeof *at, (n + 1) * sizeof *at);
    TRY_PTR(at);
    report->services = at;
    report->services[report->n_services++] =
        (struct iam_report_service){.service = service, .newest = {.last = TIME_NEVER}};
    return STATUS_OK;
}

/* Those that the policies name, then those that were used: a policy of everything names none. */
static enum status find_services(const struct account_ctx *ctx, const struct subject *subject,
                                 const struct iam_uses *uses, struct iam_report_read *report,
                                 struct why *why)
{
    struct iam_grants grants;
    struct policy_role role;
    const struct str *named = NULL;
    size_t n_named = 0;
    TRY(grants_of(ctx, subject, &grants, why));
    TRY(join(ctx, &grants, &role, why));
    TRY(policy_role_services(ctx->mem, &role, &named, &n_named, why));
    for (size_t i = 0; i < n_named; i++) {
        if (iam_service_check(named[i], NULL) == STATUS_OK) { /* "s3*" names no single one */
            TRY(add_service(ctx, &role, named[i], report, why));
        }
    }
    for (size_t h = 0; h < report->n_holders; h++) {
        for (size_t i = 0; i < uses[h].n; i++) {
            TRY(add_service(ctx, &role, uses[h].at[i].service, report, why));
        }
    }
    return STATUS_OK;
}

static void put_use(struct iam_report_service *service, const struct iam_report_entity *holder,
                    const struct iam_uses *uses, int64_t since)
{
    for (size_t i = 0; i < uses->n; i++) {
        const struct iam_use *use = &uses->at[i];
        if (str_eq(use->service, service->service) && use->last >= since) {
            service->users++;
            if (use->last > service->newest.last) {
                service->newest = *holder;
                service->newest.last = use->last;
                service->newest.region = use->region;
            }
        }
    }
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const struct iam_report_service *)a)->service,
                   ((const struct iam_report_service *)b)->service);
}

static enum status fill(const struct account_ctx *ctx, const struct subject *subject,
                        struct iam_report_read *report, struct why *why)
{
    int64_t since = clock_now(&ctx->clock) - IAM_USE_DAYS * (int64_t)DAY_MS;
    struct iam_uses *uses = NEW_ARRAY(ctx->mem, struct iam_uses, report->n_holders);
    TRY_PTR(uses);
    for (size_t h = 0; h < report->n_holders; h++) {
        TRY(iam_uses_get(ctx, &report->holders[h].entity, &uses[h], why));
    }
    TRY(find_services(ctx, subject, uses, report, why));
    if (report->n_services > 0) {
        qsort(report->services, report->n_services, sizeof *report->services, by_name);
    }
    for (size_t s = 0; s < report->n_services; s++) {
        for (size_t h = 0; h < report->n_holders; h++) {
            put_use(&report->services[s], &report->holders[h], &uses[h], since);
        }
    }
    return STATUS_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum status find_report(const struct account_ctx *ctx, struct str id, struct str caller,
                               struct iam_report *ret, struct why *why)
{
    struct iam_report row = {.id = id};
    enum status status = store_get(ctx->tx, TABLE(iam_report), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND ||
        (status == STATUS_OK && (row.created < oldest_kept(ctx) || !str_eq(row.caller, caller)))) {
        return why_set(why, STATUS_NOT_FOUND, "No report with job id %.*s can be found.",
                       STR_ARG(str_slice(id, 0, 64)));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

static enum status read_report(const struct account_ctx *ctx, struct iam_report_read *report,
                               struct why *why)
{
    struct subject subject;
    TRY(find_subject(ctx, report->row.arn, &subject, why));
    if (subject.is_policy) {
        TRY(find_holders(ctx, &subject.policy, report, why));
    } else {
        report->holders = NEW_ARRAY(ctx->mem, struct iam_report_entity, 1);
        TRY_PTR(report->holders);
        TRY(add_holder(ctx, &subject.entity, report, why));
    }
    return fill(ctx, &subject, report, why);
}

enum status iam_report_get(const struct account_ctx *ctx, struct str id, struct str caller,
                           struct iam_report_read *ret, struct why *why)
{
    struct iam_report_read report = {.lack = STR_ABSENT};
    struct why lack = {.code = STATUS_OK};
    TRY(find_report(ctx, id, caller, &report.row, why));
    enum status status = read_report(ctx, &report, &lack);
    if (status == STATUS_NOT_FOUND || status == STATUS_MALFORMED_POLICY ||
        status == STATUS_TOO_LARGE) { /* it is gone by now, or cannot be judged */
        report = (struct iam_report_read){.row = report.row};
        TRY(str_dup(ctx->mem, str_from(lack.text), &report.lack, why));
    } else if (status != STATUS_OK) {
        return why_set(why, status, "%s", lack.text);
    }
    *ret = report;
    return STATUS_OK;
}

static int by_latest(const void *a, const void *b)
{
    const struct iam_report_entity *x = a;
    const struct iam_report_entity *y = b;
    return x->last != y->last ? (x->last < y->last) - (x->last > y->last) : str_cmp(x->arn, y->arn);
}

enum status iam_report_entities(const struct account_ctx *ctx, const struct iam_report_read *report,
                                struct str service, struct iam_report_entity **ret, size_t *ret_n,
                                struct why *why)
{
    int64_t since = clock_now(&ctx->clock) - IAM_USE_DAYS * (int64_t)DAY_MS;
    size_t n = report->n_holders;
    struct iam_report_entity *entities = NEW_ARRAY(ctx->mem, struct iam_report_entity, n);
    TRY_PTR(entities);
    for (size_t i = 0; i < n; i++) {
        struct iam_uses uses;
        entities[i] = report->holders[i];
        TRY(iam_uses_get(ctx, &entities[i].entity, &uses, why));
        for (size_t u = 0; u < uses.n; u++) {
            if (str_eq(uses.at[u].service, service) && uses.at[u].last >= since) {
                entities[i].last = uses.at[u].last;
                entities[i].region = uses.at[u].region;
            }
        }
    }
    if (n > 0) {
        qsort(entities, n, sizeof *entities, by_latest);
    }
    *ret = entities;
    *ret_n = n;
    return STATUS_OK;
}
