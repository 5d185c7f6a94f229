/* bench_json.c: reading the JSON of devices' metrics reports and of policies, against simdjson's
 * DOM parser and jansson.
 *
 * Ours reads every key, string and number of the report as a caller would; the reference only
 * parses. Reports differ in their numbers, are about 1.2 KB and 10 KB, and 512 of them are read
 * round and round.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "bench.h"
#include "codec/json_read.h"
#include "ref_jansson.h"
#include "ref_simdjson.h"

enum { N_REPORTS = 512, LARGEST = 16 << 10 };

struct reports {
    struct str texts[N_REPORTS];
    size_t next;
    struct arena *scratch;
    struct ref_simdjson *reference;
};

static void put_ports(struct buf *out, const char *name, size_t n, uint64_t *seed)
{
    buf_put_fmt(out, "\"%s\":{\"ports\":[", name);
    for (size_t i = 0; i < n; i++) {
        buf_put_fmt(out, "%s{\"interface\":\"eth%d\",\"port\":%d}", i > 0 ? "," : "",
                    (int)(bench_random(seed) % 3), (int)(bench_random(seed) % 65536));
    }
    buf_put_fmt(out, "],\"total\":%zu},", n);
}

static void put_connections(struct buf *out, size_t n, uint64_t *seed)
{
    buf_put_str(out, STR("\"tcp_connections\":{\"established_connections\":{\"connections\":["));
    for (size_t i = 0; i < n; i++) {
        uint64_t r = bench_random(seed);
        buf_put_fmt(out,
                    "%s{\"local_interface\":\"eth0\",\"local_port\":%d,"
                    "\"remote_addr\":\"%d.%d.%d.%d:%d\"}",
                    i > 0 ? "," : "", (int)(r & 65535), (int)(r >> 16 & 255), (int)(r >> 24 & 255),
                    (int)(r >> 32 & 255), (int)(r >> 40 & 255), (int)(r >> 48 & 65535));
    }
    buf_put_fmt(out, "],\"total\":%zu}},", n);
}

static void put_report(struct buf *out, size_t size, uint64_t *seed)
{
    buf_put_fmt(out, "{\"header\":{\"report_id\":%lld,\"version\":\"1.0\"},\"metrics\":{",
                (long long)(bench_random(seed) >> 16));
    put_ports(out, "listening_tcp_ports", 6 * size, seed);
    put_ports(out, "listening_udp_ports", 4 * size, seed);
    put_connections(out, size == 1 ? 5 : 108, seed);
    buf_put_fmt(out,
                "\"network_stats\":{\"bytes_in\":%d,\"bytes_out\":%d,\"packets_in\":%d,"
                "\"packets_out\":%d}},\"custom_metrics\":{",
                (int)(bench_random(seed) >> 34), (int)(bench_random(seed) >> 34),
                (int)(bench_random(seed) >> 40), (int)(bench_random(seed) >> 40));
    buf_put_fmt(out, "\"cpu\":[{\"number\":%d.%d}],\"who\":[{\"string_list\":[\"a\",\"b\"]}]}}",
                (int)(bench_random(seed) % 100), (int)(bench_random(seed) % 100));
}

/* What a device's policy looks like: 0.9 KB, mostly text. */
static void put_policy(struct buf *out, uint64_t *seed)
{
    static const char *const actions[] = {"Publish", "Receive", "Subscribe", "Connect"};
    buf_put_str(out, STR("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": ["));
    for (int i = 0; i < 4; i++) {
        buf_put_fmt(out,
                    "%s\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": [\"iot:%s\"],\n"
                    "      \"Resource\": [\n        \"arn:aws:iot:eu-central-1:123456789012:"
                    "topic/plant-%d/${iot:Connection.Thing.ThingName}/*\"\n      ]\n    }",
                    i > 0 ? "," : "", actions[i], (int)(bench_random(seed) % 1000));
    }
    buf_put_str(out, STR("\n  ]\n}\n"));
}

/* size 0: policies; 1 or 4: reports of about 1.2 KB or 10 KB. */
static struct reports *make_reports(struct arena *mem, size_t size)
{
    uint64_t seed = 20260102;
    struct reports *reports = NEW(mem, struct reports);
    if (reports == NULL || (reports->scratch = arena_new(LARGEST)) == NULL) {
        abort();
    }
    reports->reference = ref_simdjson_new();
    for (size_t i = 0; i < N_REPORTS; i++) {
        struct buf out;
        buf_init(&out, mem, LARGEST);
        if (size == 0) {
            put_policy(&out, &seed);
        } else {
            put_report(&out, size, &seed);
        }
        if (buf_finish(&out, &reports->texts[i], NULL) != STATUS_OK) {
            abort();
        }
        ref_simdjson_add(reports->reference, reports->texts[i].ptr, reports->texts[i].len);
    }
    return reports;
}

static enum status read_value(struct json_read *r, struct why *why);

static enum status read_members(struct json_read *r, bool object, struct why *why)
{
    struct str key;
    while (json_read_more(r)) {
        if (object) {
            TRY(json_read_key(r, &key, why));
            bench_keep(&key);
        }
        TRY(read_value(r, why));
    }
    return STATUS_OK;
}

/* Recursion ends at LIMIT_JSON_DEPTH. */
static enum status read_value(struct json_read *r, struct why *why)
{
    struct str text;
    double number = 0;
    switch (json_read_type(r)) {
    case JSON_OBJECT:
        TRY(json_read_object(r, why));
        return read_members(r, true, why);
    case JSON_ARRAY:
        TRY(json_read_array(r, why));
        return read_members(r, false, why);
    case JSON_STRING:
        TRY(json_read_string(r, &text, why));
        bench_keep(&text);
        return STATUS_OK;
    case JSON_NUMBER:
        TRY(json_read_double(r, &number, why));
        bench_keep(&number);
        return STATUS_OK;
    default:
        return json_read_skip(r, why);
    }
}

static void read_all(void *ctx, size_t n)
{
    struct reports *reports = ctx;
    for (size_t i = 0; i < n; i++) {
        struct json_read r;
        struct why why;
        arena_clear(reports->scratch);
        json_read_init(&r, reports->texts[reports->next], reports->scratch);
        if (read_value(&r, &why) != STATUS_OK || json_read_finish(&r, &why) != STATUS_OK) {
            fprintf(stderr, "report %zu: %s\n", reports->next, why.text);
            exit(2);
        }
        reports->next = (reports->next + 1) % N_REPORTS;
    }
}

static void jansson_all(void *ctx, size_t n)
{
    struct reports *reports = ctx;
    for (size_t i = 0; i < n; i++) {
        ref_jansson_parse(reports->texts[reports->next].ptr, reports->texts[reports->next].len);
        reports->next = (reports->next + 1) % N_REPORTS;
    }
}

int main(int argc, char **argv)
{
    AUTO_ARENA *mem = arena_new(64 << 20);
    struct reports *small = make_reports(mem, 1);
    struct reports *large = make_reports(mem, 4);
    struct reports *policies = make_reports(mem, 0);
    const struct bench rows[] = {
        {
            .goal = "json",
            .name = "json-report-1k",
            .ours = {"ours", read_all, small},
            .reference = {"simdjson-dom", ref_simdjson_run, small->reference},
            .batch = 512,
            .floor = 0.4,
        },
        {
            .goal = "json",
            .name = "json-report-10k",
            .ours = {"ours", read_all, large},
            .reference = {"simdjson-dom", ref_simdjson_run, large->reference},
            .batch = 64,
            .floor = 0.4,
        },
        {
            .goal = "json",
            .name = "json-policy",
            .ours = {"ours", read_all, policies},
            .reference = {"simdjson-dom", ref_simdjson_run, policies->reference},
            .batch = 512,
            .floor = 0.4,
        },
        {
            .goal = "json",
            .name = "json-report-1k-jansson",
            .ours = {"ours", read_all, small},
            .reference = {"jansson", jansson_all, small},
            .batch = 64,
            .floor = 5,
        },
    };
    int status = bench_main(argc, argv, rows, sizeof rows / sizeof rows[0]);
    ref_simdjson_free(small->reference);
    ref_simdjson_free(large->reference);
    arena_free(small->scratch);
    arena_free(large->scratch);
    ref_simdjson_free(policies->reference);
    arena_free(policies->scratch);
    return status;
}
