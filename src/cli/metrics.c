/* metrics.c: `bulwark metrics`: what Detect can judge, and what a behavior may say of it. */
#include <string.h>

#include "cli/arguments.h"
#include "cli/cli.h"
#include "codec/json_write.h"
#include "contract/metrics.h"

#include "base/banned.h"

enum { METRICS_MEMORY = 256 << 10, METRICS_BYTES_MAX = 64 << 10 };

static const char *const side_names[] = {
    [SIDE_CLOUD] = "broker", [SIDE_DEVICE] = "device", [SIDE_CUSTOM] = "custom"};

/* ---- for people ------------------------------------------------------------------------------ */

static void print_criteria(FILE *out, const struct metric *metric)
{
    const char *between = "";
    for (int kind = 0; kind < CRITERIA_COUNT; kind++) {
        if (metric_takes(metric, (enum criteria_kind)kind)) {
            struct str name = criteria_kind_name((enum criteria_kind)kind);
            fprintf(out, "%s%.*s", between, STR_ARG(name));
            between = ", ";
        }
    }
}

static void print_comparisons(FILE *out, const struct metric *metric)
{
    const char *between = "";
    for (int i = 0; i < COMPARISON_COUNT; i++) {
        if (metric_compares(metric, (enum comparison)i)) {
            fprintf(out, "%s%.*s", between, STR_ARG(comparison_name((enum comparison)i)));
            between = ", ";
        }
    }
}

static void print_durations(FILE *out)
{
    for (size_t i = 0; i < METRIC_DURATIONS; i++) {
        fprintf(out, "%s%d", i == 0 ? "" : ", ", (int)metric_durations[i]);
    }
}

static void print_metric(struct cli *cli, const struct metric *metric)
{
    FILE *out = cli->out;
    struct str member = metric_form_member(metric->form);
    fprintf(out, "%.*s\n  %s: %.*s\n", STR_ARG(metric->name), side_names[metric->side],
            STR_ARG(metric->source));
    fprintf(out, "  value.%.*s%s%.*s\n  ", STR_ARG(member), metric->unit.len == 0 ? "" : ", in ",
            STR_ARG(metric->unit));
    print_comparisons(out, metric);
    fputs("\n  criteria: ", out);
    print_criteria(out, metric);
    if (metric_has_duration(metric)) {
        fputs("; durationSeconds ", out);
        print_durations(out);
    }
    fprintf(out, "%s\n", metric->dimension ? "; may be scoped by a dimension" : "");
}

/* ---- for programs ---------------------------------------------------------------------------- */

static void put_metric(struct json_write *w, const struct metric *metric)
{
    json_write_object(w);
    json_write_member(w, STR("name"), metric->name);
    json_write_member(w, STR("side"), str_from(side_names[metric->side]));
    json_write_member(w, STR("source"), metric->source);
    json_write_member(w, STR("value"), metric_form_member(metric->form));
    json_write_member(w, STR("unit"), metric->unit);
    json_write_member_bool(w, STR("dimension"), metric->dimension);
    json_write_member_bool(w, STR("duration"), metric_has_duration(metric));
    json_write_key(w, STR("criteria"));
    json_write_array(w);
    for (int kind = 0; kind < CRITERIA_COUNT; kind++) {
        if (metric_takes(metric, (enum criteria_kind)kind)) {
            json_write_string(w, criteria_kind_name((enum criteria_kind)kind));
        }
    }
    json_write_end(w);
    json_write_key(w, STR("comparisonOperators"));
    json_write_array(w);
    for (int i = 0; i < COMPARISON_COUNT; i++) {
        if (metric_compares(metric, (enum comparison)i)) {
            json_write_string(w, comparison_name((enum comparison)i));
        }
    }
    json_write_end(w);
    json_write_end(w);
}

static enum status print_json(struct cli *cli, struct arena *mem, struct why *why)
{
    struct buf out;
    struct json_write w;
    struct str text;
    buf_init(&out, mem, METRICS_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_array(&w);
    for (size_t i = 0; i < n_metrics; i++) {
        put_metric(&w, &metrics[i]);
    }
    json_write_end(&w);
    json_write_finish(&w);
    TRY(buf_finish(&out, &text, why));
    fprintf(cli->out, "%.*s\n", STR_ARG(text));
    return STATUS_OK;
}

/* ---- the command ----------------------------------------------------------------------------- */

static enum status set_format(void *into, const struct cli_option *option, const char *value,
                              struct why *why)
{
    bool *json = into;
    *json = strcmp(value, "json") == 0;
    return *json || strcmp(value, "text") == 0
               ? STATUS_OK
               : why_set(why, STATUS_INVALID, "%s is %.40s; it is one of text or json",
                         option->name, value);
}

static const struct cli_option options[] = {{"--format", "FORMAT", set_format, 0}};
static const struct cli_words words = CLI_WORDS(options, NULL);

static int run_metrics(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    bool json = false;
    struct why why = {.code = STATUS_OK};
    if (cli_arguments(&words, &json, argc, argv, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    for (size_t i = 0; !json && i < n_metrics; i++) {
        print_metric(cli, &metrics[i]);
    }
    AUTO_ARENA *mem = arena_new(METRICS_MEMORY);
    if (json && (mem == NULL || print_json(cli, mem, &why) != STATUS_OK)) {
        fprintf(cli->err, "bulwark metrics: %s\n", why.text);
        return CLI_UNUSABLE;
    }
    return CLI_OK;
}

const struct cli_command cli_metrics = {
    .words = "metrics",
    .usage = "[--format text|json]",
    .summary = "the metrics that behaviors of security profiles can be about",
    .help = "Prints the metrics of AWS IoT Device Defender Detect: where each is measured, which\n"
            "member of a criterion's value it has, its comparison operators and kinds of\n"
            "criteria. Custom metrics of an account: aws iot list-custom-metrics.\n",
    .run = run_metrics,
};
