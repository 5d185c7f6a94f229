/* policy_facts.c: judging a policy's text once, and saying what was found. */
#include "audit/policy_facts.h"

#include "audit/verdict.h"
#include "base/buf.h"
#include "base/map.h"
#include "policy/broad.h"
#include "policy/misconfig.h"

#include "base/banned.h"

enum {
    POLICY_FACTS_MEMORY = 16 << 20,
    POLICY_WORK_MEMORY = 64 << 20,
    POLICY_TEXTS_MAX = 16384,
    REASON_BYTES_MAX = 4096,
    WITNESSES_SHOWN = 3,
};

struct policy_memory {
    struct arena *kept;
    struct arena *work; /* the document in its compiled form */
    struct map by_hash; /* document_hash -> struct policy_facts */
};

struct policy_memory *policy_memory_new(void)
{
    struct policy_memory *memory = mem_alloc(sizeof *memory);
    if (memory == NULL) {
        return NULL;
    }
    memory->kept = arena_new(POLICY_FACTS_MEMORY);
    memory->work = arena_new(POLICY_WORK_MEMORY);
    if (memory->kept == NULL || memory->work == NULL) {
        policy_memory_free(memory);
        return NULL;
    }
    map_init(&memory->by_hash, memory->kept, POLICY_TEXTS_MAX);
    return memory;
}

void policy_memory_free(struct policy_memory *memory)
{
    if (memory != NULL) {
        arena_free(memory->work);
        arena_free(memory->kept);
        mem_free(memory);
    }
}

static void forget(struct policy_memory *memory)
{
    arena_clear(memory->kept);
    map_init(&memory->by_hash, memory->kept, POLICY_TEXTS_MAX);
}

/* SPEC: docs.aws.amazon.com/iot-device-defender, "IoT policies overly permissive". The first
 * sentence is AWS's own, action list and all; the witnesses are ours. */
static enum status say_permissive(const struct policy_broad_fact *facts, size_t n,
                                  struct arena *mem, struct audit_verdicts *ret, struct why *why)
{
    struct buf out;
    buf_init(&out, mem, REASON_BYTES_MAX);
    buf_put_str(&out, STR("Policy allows broad access to IoT data plane actions: ["));
    for (size_t i = 0; i < n; i++) {
        buf_put_fmt(&out, "%siot:%.*s", i == 0 ? "" : ", ",
                    STR_ARG(policy_actions[facts[i].action].name));
    }
    buf_put_str(&out, STR("]."));
    for (size_t i = 0; i < n && i < WITNESSES_SHOWN; i++) {
        buf_put_fmt(&out,
                    " Statement %u allows iot:%.*s on %.*s, of a device that is a stranger, "
                    "through %s\"%.*s\".",
                    (unsigned)facts[i].statement, STR_ARG(policy_actions[facts[i].action].name),
                    STR_ARG(facts[i].witness), facts[i].not_resource ? "NotResource " : "",
                    STR_ARG(facts[i].resource));
    }
    struct str reason;
    TRY(buf_finish(&out, &reason, why));
    return verdict_add(ret, mem, STR("ALLOWS_BROAD_ACCESS_TO_IOT_DATA_PLANE_ACTIONS"), why, "%.*s",
                       STR_ARG(reason));
}

/* SPEC: docs.aws.amazon.com/iot-device-defender, "IoT policy potentially misconfigured". */
static enum status say_misconfigured(const struct policy_misconfig_fact *fact, struct arena *mem,
                                     struct audit_verdicts *ret, struct why *why)
{
    if (fact->kind == POLICY_MQTT_WILDCARD_IN_DENY) {
        return verdict_add(
            ret, mem, STR("POLICY_CONTAINS_MQTT_WILDCARDS_IN_DENY_STATEMENT"), why,
            "Policy contains MQTT wildcards in a Deny statement: statement %u denies "
            "\"%.*s\", where + and # are plain characters; it forbids that one text "
            "and no other.",
            (unsigned)fact->statement, STR_ARG(fact->resource));
    }
    return verdict_add(
        ret, mem, STR("TOPIC_FILTERS_INTENDED_TO_DENY_ALLOWED_USING_WILDCARDS"), why,
        "Topic filters that statement %u means to deny (\"%.*s\") are allowed through "
        "wildcards: statement %u allows the filter %.*s, through which the topic "
        "%.*s is received.",
        (unsigned)fact->statement, STR_ARG(fact->resource), (unsigned)fact->allowed_by,
        STR_ARG(fact->filter), STR_ARG(fact->topic));
}

static enum status judge_doc(struct policy_memory *memory, const struct policy_doc *doc,
                             struct policy_facts *facts, struct why *why)
{
    const struct policy_broad_fact *broad = NULL;
    const struct policy_misconfig_fact *misconfig = NULL;
    size_t n = 0;
    TRY(policy_broad_find(memory->work, doc, policy_broad_data_plane(), &broad, &n, why));
    if (n > 0) {
        TRY(say_permissive(broad, n, memory->kept, &facts->permissive, why));
    }
    TRY(policy_misconfig_find(memory->work, doc, &misconfig, &n, why));
    for (size_t i = 0; i < n; i++) {
        TRY(say_misconfigured(&misconfig[i], memory->kept, &facts->misconfigured, why));
    }
    return STATUS_OK;
}

/* A text that cannot be judged is no fault of the audit. */
static enum status judge_text(struct policy_memory *memory, struct str document,
                              struct policy_facts *facts, struct why *why)
{
    const struct policy_doc *doc = NULL;
    struct why lack = {.code = STATUS_OK};
    enum status status = policy_doc_read(memory->work, document, &doc, &lack);
    if (status == STATUS_OK) {
        status = judge_doc(memory, doc, facts, &lack);
    }
    if (status == STATUS_NO_MEMORY) {
        return why_no_memory(why);
    }
    if (status != STATUS_OK) {
        struct str text;
        TRY(str_fmt(memory->kept, &text, why, "the policy's text: %s", lack.text));
        verdict_unknown(&facts->permissive, text);
        verdict_unknown(&facts->misconfigured, text);
    }
    return STATUS_OK;
}

enum status policy_facts_get(struct policy_memory *memory, struct str document,
                             struct str document_hash, const struct policy_facts **ret,
                             struct why *why)
{
    struct policy_facts *facts = map_get(&memory->by_hash, document_hash);
    if (facts == NULL) {
        arena_clear(memory->work);
        if (memory->by_hash.n == POLICY_TEXTS_MAX ||
            arena_used(memory->kept) > POLICY_FACTS_MEMORY / 2) {
            forget(memory);
        }
        struct str key;
        facts = NEW(memory->kept, struct policy_facts);
        TRY_PTR(facts);
        TRY(judge_text(memory, document, facts, why));
        TRY(str_dup(memory->kept, document_hash, &key, why));
        TRY(map_put(&memory->by_hash, key, facts, why));
    }
    *ret = facts;
    return STATUS_OK;
}
