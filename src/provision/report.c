/* report.c: see report.h. */
#include "provision/report.h"

#include "account/log.h"
#include "base/buf.h"
#include "codec/json_write.h"

#include "base/banned.h"

enum { RECORD_MAX = 4096, SUBJECTS_MAX = 3 };

#define STREAM STR("provisioning")

/* "2019-04-28 22:05:30.105" */
static enum status moment(const struct account_ctx *ctx, struct str *ret, struct why *why)
{
    struct civil c = time_to_civil(clock_now(&ctx->clock));
    return str_fmt(ctx->mem, ret, why, "%04d-%02d-%02d %02d:%02d:%02d.%03d", c.year, c.month, c.day,
                   c.hour, c.minute, c.second, c.ms);
}

static enum status record(const struct account_ctx *ctx, const struct provision_report *report,
                          struct str level, struct str *ret, struct why *why)
{
    struct buf out;
    struct json_write w;
    struct str at;
    struct str trace;
    TRY(moment(ctx, &at, why));
    TRY(account_uuid(ctx, &trace, why));
    buf_init(&out, ctx->mem, RECORD_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("timestamp"), at);
    json_write_member(&w, STR("logLevel"), level);
    json_write_member(&w, STR("traceId"), trace);
    json_write_member(&w, STR("accountId"), ctx->id.account);
    json_write_member(&w, STR("status"),
                      str_absent(report->failure) ? STR("Success") : STR("Failure"));
    json_write_member(&w, STR("eventType"), report->event);
    json_write_member(&w, STR("provisioningTemplateName"), report->template_name);
    json_write_member(&w, STR("deviceCertificateId"), report->certificate_id);
    json_write_member(&w, STR("caCertificateId"), report->ca_id);
    json_write_member(&w, STR("thingName"), report->thing);
    json_write_member(&w, STR("clientId"), report->client);
    json_write_member(&w, STR("sourceIp"), report->address);
    json_write_member(&w, STR("details"), report->failure);
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

enum status provision_report_write(const struct account_ctx *ctx,
                                   const struct provision_report *report, struct why *why)
{
    struct str level = str_absent(report->failure) ? STR("INFO") : STR("ERROR");
    struct log_subject subjects[SUBJECTS_MAX];
    struct log_record row = {.at = clock_now(&ctx->clock)};
    size_t n = 0;
    size_t written;
    bool wanted;
    const struct log_subject all[SUBJECTS_MAX] = {
        {STR("PRINCIPAL_ID"), report->certificate_id},
        {STR("SOURCE_IP"), report->address},
        {STR("CLIENT_ID"), report->client},
    };
    for (size_t i = 0; i < SUBJECTS_MAX; i++) {
        if (!str_absent(all[i].name)) {
            subjects[n++] = all[i];
        }
    }
    TRY(log_wanted(ctx, level, report->event, subjects, n, &wanted, why));
    if (!wanted) {
        return STATUS_OK;
    }
    TRY(record(ctx, report, level, &row.message, why));
    return log_append(ctx, LOG_GROUP_V2, STREAM, &row, 1, &written, why);
}
