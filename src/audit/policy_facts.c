/* policy_facts.c: judging a policy's text once, and saying what was found. */
#include "audit/policy_facts.h"

#include "audit/verdict.h"
#include "base/buf.h"
#include "base/map.h"
#include "policy/explain.h"

#include "base/banned.h"

enum {
    POLICY_FACTS_MEMORY = 16 << 20,
    POLICY_WORK_MEMORY = 64 << 20,
    POLICY_TEXTS_MAX = 16384,
    REASON_BYTES_MAX = 64 << 10,
    STATEMENTS_SHOWN = 3,
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

/* The facts of one statement, in their order; they are ordered by action. */
static size_t facts_of(const struct policy_broad_fact *facts, size_t n, size_t statement,
                       struct policy_broad_fact ret[POLICY_ACTION_COUNT])
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        if (facts[i].statement == statement) {
            ret[found++] = facts[i];
        }
    }
    return found;
}

/* SPEC: docs.aws.amazon.com/iot-device-defender, "IoT policies overly permissive". The first
 * sentence is AWS's own, action list and all; the witnesses are ours. */
static enum status say_permissive(const struct policy_doc *doc,
                                  const struct policy_broad_fact *facts, size_t n,
                                  struct arena *mem, struct audit_verdicts *ret, struct why *why)
{
    struct buf out;
    struct str reason;
    buf_init(&out, mem, REASON_BYTES_MAX);
    policy_explain_actions(&out, facts, n);
    size_t shown = 0;
    for (size_t i = 0; i < doc->n_statements && shown < STATEMENTS_SHOWN; i++) {
        struct policy_broad_fact of_one[POLICY_ACTION_COUNT];
        size_t n_of_one = facts_of(facts, n, i, of_one);
        if (n_of_one > 0) {
            shown++;
            buf_put_char(&out, ' ');
            policy_explain_broad(&out, of_one, n_of_one);
        }
    }
    TRY(buf_finish(&out, &reason, why));
    return verdict_add(ret, mem, STR("ALLOWS_BROAD_ACCESS_TO_IOT_DATA_PLANE_ACTIONS"), why, "%.*s",
                       STR_ARG(reason));
}

/* SPEC: docs.aws.amazon.com/iot-device-defender, "IoT policy potentially misconfigured". */
static enum status say_misconfigured(const struct policy_misconfig_fact *fact, struct arena *mem,
                                     struct audit_verdicts *ret, struct why *why)
{
    struct buf out;
    struct str reason;
    buf_init(&out, mem, REASON_BYTES_MAX);
    policy_explain_misconfig(&out, fact);
    TRY(buf_finish(&out, &reason, why));
    return verdict_add(ret, mem,
                       fact->kind == POLICY_MQTT_WILDCARD_IN_DENY
                           ? STR("POLICY_CONTAINS_MQTT_WILDCARDS_IN_DENY_STATEMENT")
                           : STR("TOPIC_FILTERS_INTENDED_TO_DENY_ALLOWED_USING_WILDCARDS"),
                       why, "%.*s", STR_ARG(reason));
}

static enum status judge_breadth(struct policy_memory *memory, const struct policy_doc *doc,
                                 struct policy_facts *facts, struct why *why)
{
    const struct policy_broad_fact *broad = NULL;
    size_t n = 0;
    TRY(policy_broad_find(memory->work, doc, policy_broad_data_plane(), &broad, &n, why));
    return n > 0 ? say_permissive(doc, broad, n, memory->kept, &facts->permissive, why) : STATUS_OK;
}

static enum status judge_misconfiguration(struct policy_memory *memory,
                                          const struct policy_doc *doc, struct policy_facts *facts,
                                          struct why *why)
{
    const struct policy_misconfig_fact *misconfig = NULL;
    size_t n = 0;
    TRY(policy_misconfig_find(memory->work, doc, &misconfig, &n, why));
    for (size_t i = 0; i < n; i++) {
        TRY(say_misconfigured(&misconfig[i], memory->kept, &facts->misconfigured, why));
    }
    return STATUS_OK;
}

/* What cannot be judged is no fault of the audit, and of one verdict not the other's. */
static enum status undecided(struct policy_memory *memory, enum status status,
                             const struct why *lack, struct audit_verdicts *verdicts,
                             struct why *why)
{
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    if (status == STATUS_NO_MEMORY) {
        return why_no_memory(why);
    }
    struct str text;
    TRY(str_fmt(memory->kept, &text, why, "the policy's text: %s", lack->text));
    verdict_unknown(verdicts, text);
    return STATUS_OK;
}

static enum status judge_text(struct policy_memory *memory, struct str document,
                              struct policy_facts *facts, struct why *why)
{
    const struct policy_doc *doc = NULL;
    struct why lack = {.code = STATUS_OK};
    struct why other = {.code = STATUS_OK};
    enum status breadth = policy_doc_read(memory->work, document, &doc, &lack);
    enum status misconfiguration = breadth;
    if (breadth == STATUS_OK) {
        breadth = judge_breadth(memory, doc, facts, &lack);
        misconfiguration = judge_misconfiguration(memory, doc, facts, &other);
    } else {
        other = lack;
    }
    TRY(undecided(memory, breadth, &lack, &facts->permissive, why));
    return undecided(memory, misconfiguration, &other, &facts->misconfigured, why);
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
