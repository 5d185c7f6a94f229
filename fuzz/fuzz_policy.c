/* fuzz_policy.c: any text as a policy: read, judged in every way, decided and asked about.
 *
 * Beyond not crashing, what the analyses say must agree: a word that is reachable without a
 * condition and without variables is allowed when it is asked for.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "policy/broad.h"
#include "policy/evaluate.h"
#include "policy/explain.h"
#include "policy/misconfig.h"
#include "policy/reach.h"

enum { MEMORY = 256 << 20, TEXT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len);

static bool is_plain(const struct policy_doc *doc)
{
    for (size_t i = 0; i < doc->n_statements; i++) {
        const struct policy_statement *s = &doc->statements[i];
        for (size_t r = 0; r < s->n_resources; r++) {
            if (s->n_conditions > 0 || s->resources[r].n_variables > 0 || s->not_resource ||
                !str_starts(s->resources[r].text, STR("arn:aws:iot:r:1:topic/"))) {
                return false;
            }
        }
    }
    return true;
}

static void check_witness(struct arena *mem, const struct policy_doc *doc,
                          const struct policy_reach *reach)
{
    struct policy_request request = {POLICY_PUBLISH, STR_ABSENT, NULL};
    if (!reach->reachable || !is_plain(doc)) {
        return;
    }
    if (str_fmt(mem, &request.resource, NULL, "arn:aws:iot:r:1:topic/%.*s", STR_ARG(reach->word)) ==
            STATUS_OK &&
        policy_evaluate(&doc, 1, &request, NULL, NULL) != POLICY_ALLOWED) {
        abort();
    }
}

static void explain_all(struct arena *mem, const struct policy_doc *doc)
{
    const struct policy_broad_fact *broad = NULL;
    const struct policy_misconfig_fact *misconfig = NULL;
    size_t n = 0;
    struct buf out;
    buf_init(&out, mem, 8 << 20);
    if (policy_broad_find(mem, doc, UINT64_MAX, &broad, &n, NULL) == STATUS_OK && n > 0) {
        policy_explain_actions(&out, broad, n);
        policy_explain_broad(&out, broad, n);
        policy_fix_broad(&out, doc, broad, n);
    }
    if (policy_misconfig_find(mem, doc, &misconfig, &n, NULL) == STATUS_OK) {
        for (size_t i = 0; i < n; i++) {
            policy_explain_misconfig(&out, &misconfig[i]);
            policy_fix_misconfig(&out, &misconfig[i]);
        }
    }
}

/* IAM's dialects: whatever is read can be decided. */
static void decide_as_iam(struct str text)
{
    const struct policy_who who = {.service = STR("iot.amazonaws.com"),
                                   .arn = STR("arn:aws:iam::111122223333:user/a"),
                                   .account = STR("111122223333")};
    const struct policy_request request = {
        .action_name = STR("sts:AssumeRole"), .resource = STR("*"), .who = &who};
    for (int dialect = POLICY_OF_IDENTITY; dialect <= POLICY_OF_RESOURCE; dialect++) {
        AUTO_ARENA *mem = arena_new(MEMORY);
        const struct policy_doc *doc = NULL;
        struct policy_says says;
        if (policy_doc_read_as(mem, text, (enum policy_dialect)dialect, &doc, NULL) == STATUS_OK &&
            policy_evaluate(&doc, 1, &request, &says, NULL) == POLICY_ALLOWED &&
            (says.allows < 0 || doc->statements[says.allows].effect != POLICY_ALLOW)) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *ptr, size_t len)
{
    static const char *const patterns[] = {"*", "a/*", "$aws/things/?*/shadow/update"};
    if (len > TEXT_MAX) {
        return 0;
    }
    AUTO_ARENA *mem = arena_new(MEMORY);
    const struct policy_doc *doc = NULL;
    struct why why = {0};
    struct str text = {(const char *)ptr, len};
    decide_as_iam(text);
    enum status status = policy_doc_read(mem, text, &doc, &why);
    if (status != STATUS_OK) {
        if (status != STATUS_NO_MEMORY && (why.text[0] == '\0' || why.offset > len)) {
            abort();
        }
        return 0;
    }
    explain_all(mem, doc);
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        for (int kind = POLICY_REACH_RECEIVE; kind <= POLICY_REACH_CONNECT; kind++) {
            struct policy_reach reach;
            struct buf out;
            AUTO_ARENA *scratch = arena_new(MEMORY);
            buf_init(&out, scratch, 8 << 20);
            if (policy_reach(scratch, doc, (enum policy_reach_kind)kind, str_from(patterns[i]),
                             &reach, NULL) == STATUS_OK) {
                policy_explain_reach(&out, doc, (enum policy_reach_kind)kind, &reach);
                if (kind == POLICY_REACH_PUBLISH) {
                    check_witness(scratch, doc, &reach);
                }
            }
        }
    }
    return 0;
}
