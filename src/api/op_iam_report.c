/* op_iam_report.c: reports of when services were last accessed. */
#include "account/iam_report.h"
#include "api/page.h"
#include "api/unpack_iam.h"

#include "base/banned.h"

/* What AWS calls services that devices, and who cares for them, use; others go by their namespace.
 */
static const struct {
    struct str service;
    struct str name;
} names[] = {
    {STR_INIT("cloudwatch"), STR_INIT("Amazon CloudWatch")},
    {STR_INIT("cognito-identity"), STR_INIT("Amazon Cognito Identity")},
    {STR_INIT("dynamodb"), STR_INIT("Amazon DynamoDB")},
    {STR_INIT("firehose"), STR_INIT("Amazon Kinesis Firehose")},
    {STR_INIT("iam"), STR_INIT("AWS Identity and Access Management")},
    {STR_INIT("iot"), STR_INIT("AWS IoT")},
    {STR_INIT("kinesis"), STR_INIT("Amazon Kinesis")},
    {STR_INIT("kms"), STR_INIT("AWS Key Management Service")},
    {STR_INIT("lambda"), STR_INIT("AWS Lambda")},
    {STR_INIT("logs"), STR_INIT("Amazon CloudWatch Logs")},
    {STR_INIT("s3"), STR_INIT("Amazon S3")},
    {STR_INIT("sns"), STR_INIT("Amazon SNS")},
    {STR_INIT("sqs"), STR_INIT("Amazon SQS")},
    {STR_INIT("sts"), STR_INIT("AWS Security Token Service")},
};

static struct str name_of(struct str service)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_eq(names[i].service, service)) {
            return names[i].name;
        }
    }
    return service;
}

enum status op_iam_GenerateServiceLastAccessedDetails(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str granularity = arg_str(call, M_Granularity);
    struct str id;
    TRY(iam_report_create(&ctx, arg_str(call, M_Arn),
                          str_absent(granularity) ? STR("SERVICE_LEVEL") : granularity,
                          call->caller.arn, &id, why));
    reply_str(call, M_JobId, id);
    return STATUS_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum status read_report(struct call *call, struct iam_report_read *ret, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str caller = str_absent(call->caller.arn) ? STR("") : call->caller.arn;
    return iam_report_get(&ctx, arg_str(call, M_JobId), caller, ret, why);
}

static void reply_job(struct call *call, const struct iam_report_read *report)
{
    bool failed = !str_absent(report->lack);
    reply_str(call, M_JobStatus, failed ? STR("FAILED") : STR("COMPLETED"));
    reply_time(call, M_JobCreationDate, report->row.created);
    reply_time(call, M_JobCompletionDate, report->row.created);
    if (failed) {
        reply_begin(call, M_Error);
        reply_str(call, M_Message, report->lack);
        reply_str(call, M_Code, STR("NoSuchEntity"));
        reply_end(call);
    }
}

/* A list that is made whole: a position is the number of what was shown. */
static enum status page_of(const struct call *call, size_t n, size_t *ret_from, size_t *ret_to,
                           struct str *ret_next, struct why *why)
{
    struct page page;
    int64_t from = 0;
    struct str part;
    TRY(call_iam_page(call, &page, why));
    if (!str_absent(page.after)) {
        TRY(page_position_read(page.after, &part, 1, why));
        if (str_to_int64(part, &from) != STATUS_OK || from < 0) {
            return why_set(why, STATUS_INVALID, "the position is none of this list");
        }
    }
    *ret_from = (size_t)from > n ? n : (size_t)from;
    *ret_to = n - *ret_from > page_size(&page) ? *ret_from + page_size(&page) : n;
    *ret_next = STR_ABSENT;
    if (*ret_to < n) {
        TRY(str_fmt(call->mem, &part, why, "%zu", *ret_to));
        TRY(page_position_make(call->mem, &part, 1, ret_next, why));
    }
    return STATUS_OK;
}

static void reply_service(struct call *call, const struct iam_report_service *service)
{
    bool used = service->newest.last != TIME_NEVER;
    reply_begin_item(call);
    reply_str(call, M_ServiceName, name_of(service->service));
    reply_str(call, M_ServiceNamespace, service->service);
    if (used) {
        reply_time(call, M_LastAuthenticated, service->newest.last);
        reply_str(call, M_LastAuthenticatedEntity, service->newest.arn);
        reply_str(call, M_LastAuthenticatedRegion, service->newest.region);
    }
    reply_int(call, M_TotalAuthenticatedEntities, (int64_t)service->users);
    reply_end_item(call);
}

enum status op_iam_GetServiceLastAccessedDetails(struct call *call, struct why *why)
{
    struct iam_report_read report;
    struct str next;
    size_t from, to;
    TRY(read_report(call, &report, why));
    TRY(page_of(call, report.n_services, &from, &to, &next, why));
    reply_job(call, &report);
    reply_str(call, M_JobType, report.row.granularity);
    reply_begin_list(call, M_ServicesLastAccessed);
    for (size_t i = from; i < to; i++) {
        reply_service(call, &report.services[i]);
    }
    reply_end_list(call);
    return reply_next(call, next, why);
}

static void reply_entity(struct call *call, const struct iam_report_entity *holder)
{
    reply_begin_item(call);
    reply_begin(call, M_EntityInfo);
    reply_str(call, M_Arn, holder->arn);
    reply_str(call, M_Name, holder->entity.name);
    reply_str(call, M_Type, holder->entity.kind == IAM_USER ? STR("USER") : STR("ROLE"));
    reply_str(call, M_Id, holder->entity.id);
    reply_str(call, M_Path, holder->entity.path);
    reply_end(call);
    reply_time(call, M_LastAuthenticated, holder->last);
    reply_end_item(call);
}

enum status op_iam_GetServiceLastAccessedDetailsWithEntities(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_report_read report;
    struct iam_report_entity *entities = NULL;
    struct str next;
    size_t n, from, to;
    TRY(read_report(call, &report, why));
    TRY(iam_report_entities(&ctx, &report, arg_str(call, M_ServiceNamespace), &entities, &n, why));
    TRY(page_of(call, n, &from, &to, &next, why));
    reply_job(call, &report);
    reply_begin_list(call, M_EntityDetailsList);
    for (size_t i = from; i < to; i++) {
        reply_entity(call, &entities[i]);
    }
    reply_end_list(call);
    return reply_next(call, next, why);
}
