/* op_audit_finding.c: what audits found. */
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack_audit.h"
#include "audit/finding.h"
#include "contract/checks.h"

#include "base/banned.h"

static void reply_resource(struct call *call, struct str type, struct str resource, struct str info)
{
    reply_str(call, M_resourceType, type);
    reply_json(call, M_resourceIdentifier, resource);
    if (!str_absent(info)) {
        reply_json(call, M_additionalInfo, info);
    }
}

static void reply_related(struct call *call, const struct page_rows *rows)
{
    const struct related_resource *related = rows->rows;
    reply_begin_list(call, M_relatedResources);
    for (size_t i = 0; i < rows->n; i++) {
        reply_begin_item(call);
        reply_resource(call, related[i].resource_type, related[i].resource, related[i].info);
        reply_end_item(call);
    }
    reply_end_list(call);
}

/* SPEC: API reference, AuditFinding: "For [the intermediate CA] check, relatedResources is empty";
 * they are listed by ListRelatedResourcesForAuditFinding alone. */
static bool related_shown(const struct finding *finding)
{
    return !str_eq(finding->check_name,
                   check_rows[CHECK_INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES].name);
}

static enum status reply_finding(struct call *call, const struct finding *finding, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    reply_str(call, M_findingId, finding->id);
    reply_str(call, M_taskId, finding->task);
    reply_str(call, M_checkName, finding->check_name);
    reply_time(call, M_taskStartTime, finding->task_started);
    reply_time(call, M_findingTime, finding->found);
    reply_str(call, M_severity, finding->severity);
    reply_begin(call, M_nonCompliantResource);
    reply_resource(call, finding->resource_type, finding->resource, finding->info);
    reply_end(call);
    if (related_shown(finding)) {
        const struct page first = {.max = FINDING_RELATED_MAX};
        struct page_rows rows;
        TRY(finding_related(&ctx, finding->id, &first, &rows, why));
        if (rows.n > 0) {
            reply_related(call, &rows);
        }
    }
    reply_str(call, M_reasonForNonCompliance, finding->reason);
    reply_str(call, M_reasonForNonComplianceCode, finding->reason_code);
    reply_bool(call, M_isSuppressed, finding->suppressed != 0);
    return STATUS_OK;
}

enum status op_DescribeAuditFinding(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct finding finding;
    TRY(finding_get(&ctx, arg_str(call, M_findingId), &finding, why));
    reply_begin(call, M_finding);
    TRY(reply_finding(call, &finding, why));
    reply_end(call);
    return STATUS_OK;
}

/* ---- listing --------------------------------------------------------------------------------- */

static enum status read_filter(const struct call *call, struct finding_filter *ret, struct why *why)
{
    struct finding_filter filter = {.task = arg_str(call, M_taskId),
                                    .start = arg_time(call, M_startTime),
                                    .end = arg_time(call, M_endTime)};
    filter.check_name = STR_ABSENT;
    if (arg_has(call, M_checkName)) {
        enum check_id id;
        TRY(unpack_check(call, M_checkName, &id, why));
        filter.check_name = check_rows[id].name;
    }
    filter.suppressed.given = arg_has(call, M_listSuppressedFindings);
    filter.suppressed.value = arg_bool(call, M_listSuppressedFindings, false);
    const struct resource_id *resource = NULL;
    TRY(unpack_resource_id(call, M_resourceIdentifier, &resource, why));
    if (resource != NULL) {
        TRY(resource_key(call->mem, resource, &filter.resource_key, why));
    }
    *ret = filter;
    return STATUS_OK;
}

enum status op_ListAuditFindings(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct finding_filter filter;
    struct page page;
    struct page_rows rows;
    TRY(read_filter(call, &filter, why));
    TRY(call_page(call, &page, why));
    TRY(finding_list(&ctx, &filter, &page, &rows, why));
    const struct finding *findings = rows.rows;
    reply_begin_list(call, M_findings);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        TRY(reply_finding(call, &findings[i], why));
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

enum status op_ListRelatedResourcesForAuditFinding(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(finding_related(&ctx, arg_str(call, M_findingId), &page, &rows, why));
    reply_related(call, &rows);
    return reply_next(call, rows.next, why);
}
