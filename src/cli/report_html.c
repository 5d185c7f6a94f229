/* report_html.c: one page that stands alone: to mail, to print, to keep. */
#include "cli/api_client.h"
#include "cli/report_priv.h"
#include "contract/checks.h"

#include "base/banned.h"

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Bulwark audit</title>\n"
    "<style>\nbody{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 "
    "1em}\n"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;"
    "padding:.4em .8em;border-bottom:1px solid #ccc}\ncode{overflow-wrap:anywhere}\n"
    ".CRITICAL,.HIGH{color:#a40000}.MEDIUM{color:#8a5a00}.LOW{color:#555}\n"
    ".advice{background:#f4f4f4;padding:.6em 1em}"
    ".unjudged{border:2px solid #8a5a00;background:#fff6e0;padding:0 1em}\n</style>\n";

static void put(FILE *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        const char *safe = c == '&'   ? "&amp;"
                           : c == '<' ? "&lt;"
                           : c == '>' ? "&gt;"
                           : c == '"' ? "&quot;"
                                      : NULL;
        if (safe != NULL) {
            fputs(safe, out);
        } else {
            fputc(c, out);
        }
    }
}

static enum status put_row(FILE *out, const struct json_value *finding, struct arena *mem,
                           struct why *why)
{
    struct str resource;
    TRY(finding_resource(finding, mem, &resource, why));
    fputs("<tr><td><code>", out);
    put(out, resource);
    fputs(json_true(finding, "isSuppressed") ? "</code> (suppressed)<td>" : "</code><td>", out);
    put(out, json_text(finding, "reasonForNonCompliance"));
    fputs("</tr>\n", out);
    return STATUS_OK;
}

static void put_heading(FILE *out, struct str severity, struct str check)
{
    enum check_id id;
    fputs("<h2 class=\"", out);
    put(out, severity);
    fputs("\">", out);
    put(out, severity);
    fputs(": ", out);
    put(out, check);
    fputs("</h2>\n", out);
    if (check_find(check, &id)) {
        fputs("<p class=\"advice\">", out);
        put(out, check_rows[id].about);
        fputs("<br>", out);
        put(out, check_rows[id].fix);
        fputs("</p>\n", out);
    }
    fputs("<table><tr><th>Resource<th>What is wrong</tr>\n", out);
}

/* Before the findings: who reads no further must not take their absence for a clean bill. */
static void put_unjudged(FILE *out, const struct audit_report *report)
{
    struct str why;
    struct str broken = report_broken_off(report);
    const struct json_value *run = report_next_unjudged(report_checks(report), &why);
    if (run == NULL && str_absent(broken)) {
        return;
    }
    fputs("<div class=\"unjudged\"><p><strong>Not everything could be judged.</strong>", out);
    if (!str_absent(broken)) {
        fputs(" The audit ended ", out);
        put(out, broken);
        fputs(".", out);
    }
    fputs("</p>\n<ul>\n", out);
    for (; run != NULL; run = report_next_unjudged(run->next, &why)) {
        fputs("<li>", out);
        put(out, run->key);
        fputs(": ", out);
        put(out, why);
        fputs("</li>\n", out);
    }
    fputs("</ul></div>\n", out);
}

static const char *ending(const struct audit_report *report)
{
    return report->n > 0 ? "</table>\n</html>\n"
           : report_unjudged(report)
               ? "<p>Nothing was found in what could be judged.</p>\n</html>\n"
           : report_waits(report)
               ? "<p>Nothing found so far; what waits for its data goes on.</p>\n</html>\n"
               : "<p>Nothing found.</p>\n</html>\n";
}

static enum status write_html(struct cli *cli, const struct audit_report *report, struct arena *mem,
                              struct why *why)
{
    FILE *out = cli->out;
    struct str check = STR_ABSENT;
    fputs(head, out);
    fputs("<h1>Bulwark audit</h1>\n<p>Audit <code>", out);
    put(out, report->task_id);
    fputs("</code> of ", out);
    put(out, report->url);
    fprintf(out, ": %zu finding%s.</p>\n", report->n, report->n == 1 ? "" : "s");
    put_unjudged(out, report);
    for (size_t i = 0; i < report->n; i++) {
        const struct json_value *finding = report->findings[i];
        if (!str_eq(check, json_text(finding, "checkName"))) {
            fputs(i == 0 ? "" : "</table>\n", out);
            check = json_text(finding, "checkName");
            put_heading(out, json_text(finding, "severity"), check);
        }
        TRY(put_row(out, finding, mem, why));
    }
    fputs(ending(report), out);
    return STATUS_OK;
}

const struct report_format report_html = {"html", write_html};
