/* bench_policy.c: judging policies as an audit does (P5), against simdjson parsing the same texts.
 *
 * Policies are those of policy_text.h. Ours reads the text, runs both checks of the audit and
 * forgets the arena; the reference makes a DOM.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "policy/broad.h"
#include "policy/evaluate.h"
#include "policy/misconfig.h"
#include "policy/reach.h"
#include "policy_text.h"
#include "ref_simdjson.h"

enum { N_POLICIES = 1024, ARENA_MAX = 64 << 20 };

struct data {
    struct arena *mem;     /* the texts */
    struct arena *scratch; /* of one judgement */
    struct str texts[N_POLICIES];
    const struct policy_doc *docs[N_POLICIES];
    struct ref_simdjson *ref;
    size_t bytes;
};

static void need(bool ok)
{
    if (!ok) {
        fputs("bench_policy: a policy could not be judged\n", stderr);
        exit(2);
    }
}

static struct data *make_data(void)
{
    static struct data data;
    uint64_t seed = 5;
    data.mem = arena_new(ARENA_MAX);
    data.scratch = arena_new(ARENA_MAX);
    data.ref = ref_simdjson_new();
    need(data.mem != NULL && data.scratch != NULL);
    for (size_t i = 0; i < N_POLICIES; i++) {
        struct buf out;
        buf_init(&out, data.mem, 4096);
        policy_text_put(&out, bench_random(&seed));
        need(buf_finish(&out, &data.texts[i], NULL) == STATUS_OK);
        need(policy_doc_read(data.mem, data.texts[i], &data.docs[i], NULL) == STATUS_OK);
        ref_simdjson_add(data.ref, data.texts[i].ptr, data.texts[i].len);
        data.bytes += data.texts[i].len;
    }
    return &data;
}

static void judge(void *ctx, size_t n)
{
    struct data *data = ctx;
    uint64_t actions = policy_broad_data_plane();
    for (size_t i = 0; i < n; i++) {
        const struct policy_doc *doc = NULL;
        const struct policy_broad_fact *broad = NULL;
        const struct policy_misconfig_fact *misconfig = NULL;
        size_t n_broad = 0;
        size_t n_misconfig = 0;
        arena_clear(data->scratch);
        need(policy_doc_read(data->scratch, data->texts[i % N_POLICIES], &doc, NULL) == STATUS_OK);
        need(policy_broad_find(data->scratch, doc, actions, &broad, &n_broad, NULL) == STATUS_OK);
        need(policy_misconfig_find(data->scratch, doc, &misconfig, &n_misconfig, NULL) ==
             STATUS_OK);
        bench_keep(broad);
        bench_keep(misconfig);
    }
}

static size_t thing_get(const void *ctx, const struct policy_key *key, struct str *ret, size_t max)
{
    (void)max;
    if (key->kind == POLICY_KEY_THING_NAME || key->kind == POLICY_KEY_IS_ATTACHED) {
        *ret = key->kind == POLICY_KEY_THING_NAME ? *(const struct str *)ctx : STR("true");
        return 1;
    }
    return 0;
}

/* One decision of the broker on a compiled policy. */
static void decide(void *ctx, size_t n)
{
    struct data *data = ctx;
    const struct str thing = STR("press-000123");
    const struct policy_values values = {thing_get, &thing};
    const struct policy_request request = {
        POLICY_PUBLISH, STR(ARN_HEAD "topic/$aws/things/press-000123/shadow/update"), &values};
    for (size_t i = 0; i < n; i++) {
        enum policy_verdict verdict =
            policy_evaluate(&data->docs[i % N_POLICIES], 1, &request, NULL, NULL);
        bench_keep(&verdict);
        need(verdict == POLICY_ALLOWED);
    }
}

/* One question of `bulwark policy reach`. */
static void reach(void *ctx, size_t n)
{
    struct data *data = ctx;
    for (size_t i = 0; i < n; i++) {
        struct policy_reach answer;
        arena_clear(data->scratch);
        need(policy_reach(data->scratch, data->docs[i % N_POLICIES], POLICY_REACH_PUBLISH,
                          STR("$aws/things/other/shadow/*"), &answer, NULL) == STATUS_OK);
        bench_keep(&answer);
    }
}

int main(int argc, char **argv)
{
    struct data *data = make_data();
    fprintf(stderr, "policies of %zu bytes\n", data->bytes / N_POLICIES);
    const struct bench rows[] = {
        {.goal = "P5",
         .name = "policy-judge",
         .ours = {"ours", judge, data},
         .reference = {"simdjson-dom", ref_simdjson_run, data->ref},
         .batch = 2048,
         .floor = 0.25},
        {.goal = "P5", .name = "policy-decide", .ours = {"ours", decide, data}, .batch = 8192},
        {.goal = "P5", .name = "policy-reach", .ours = {"ours", reach, data}, .batch = 64},
    };
    return bench_main(argc, argv, rows, sizeof rows / sizeof rows[0]);
}
