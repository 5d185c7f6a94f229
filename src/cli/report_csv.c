/* report_csv.c: a line for each finding (RFC 4180), for spreadsheets. */
#include "cli/api_client.h"
#include "cli/report_priv.h"

#include "base/banned.h"

static const char *const columns[] = {
    "severity",  "checkName", "reasonForNonComplianceCode", "reasonForNonCompliance",
    "findingId", "taskId",
};

/* A field that begins like a formula is one to a spreadsheet; a quote mark in front disarms it
 * (OWASP, "CSV injection"). */
static void put_field(FILE *out, struct str text)
{
    bool formula = text.len > 0 && (text.ptr[0] == '=' || text.ptr[0] == '+' ||
                                    text.ptr[0] == '-' || text.ptr[0] == '@');
    fputs(formula ? "\"'" : "\"", out);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"') {
            fputc('"', out);
        }
        fputc(text.ptr[i], out);
    }
    fputc('"', out);
}

static enum status write_csv(struct cli *cli, const struct audit_report *report, struct arena *mem,
                             struct why *why)
{
    const size_t n_columns = sizeof columns / sizeof columns[0];
    fputs("resource,suppressed", cli->out);
    for (size_t i = 0; i < n_columns; i++) {
        fprintf(cli->out, ",%s", columns[i]);
    }
    fputs("\r\n", cli->out);
    for (size_t row = 0; row < report->n; row++) {
        const struct json_value *finding = report->findings[row];
        struct str resource;
        TRY(finding_resource(finding, mem, &resource, why));
        put_field(cli->out, resource);
        fputs(json_true(finding, "isSuppressed") ? ",true" : ",false", cli->out);
        for (size_t i = 0; i < n_columns; i++) {
            fputc(',', cli->out);
            put_field(cli->out, json_text(finding, columns[i]));
        }
        fputs("\r\n", cli->out);
    }
    return STATUS_OK;
}

const struct report_format report_csv = {"csv", write_csv};
