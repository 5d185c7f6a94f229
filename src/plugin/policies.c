/* policies.c: see policies.h. */
#include "plugin/policies.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/limits.h"

#include "base/banned.h"

enum { COMPILED_MAX = 32 << 20 };

/* ---- names ----------------------------------------------------------------------------------- */

static struct str partition_of(struct str region)
{
    return str_starts(region, STR("cn-"))       ? STR("aws-cn")
           : str_starts(region, STR("us-gov-")) ? STR("aws-us-gov")
                                                : STR("aws");
}

enum status arn_prefixes_make(struct str account, struct str region, struct arn_prefixes *ret,
                              struct why *why)
{
    struct arn_prefixes made = {0};
    for (int type = 0; type < POLICY_TYPE_COUNT; type++) {
        struct arn_prefix *prefix = &made.of[type];
        struct str name = policy_type_prefix((enum policy_type)type);
        int len = snprintf(prefix->text, sizeof prefix->text, "arn:%.*s:iot:%.*s:%.*s:%.*s",
                           STR_ARG(partition_of(region)), STR_ARG(region), STR_ARG(account),
                           STR_ARG(name));
        if (len < 0 || (size_t)len >= sizeof prefix->text) {
            return why_set(why, STATUS_INVALID, "account or region are too long");
        }
        prefix->len = (size_t)len;
    }
    *ret = made;
    return STATUS_OK;
}

/* ---- what can be said beforehand ------------------------------------------------------------- */

/* The pattern describes every resource that begins with the prefix. */
static bool covers_all(const struct policy_pattern *pattern, const struct arn_prefix *prefix)
{
    const struct policy_token *t = pattern->tokens;
    if (pattern->n_tokens == 1) {
        return t[0].kind == POLICY_STAR;
    }
    return pattern->n_tokens == 2 && t[0].kind == POLICY_LITERAL && t[1].kind == POLICY_STAR &&
           str_starts((struct str){prefix->text, prefix->len}, t[0].text);
}

static bool statement_covers_all(const struct policy_statement *statement,
                                 const struct arn_prefix *prefix)
{
    for (size_t i = 0; i < statement->n_resources && !statement->not_resource; i++) {
        if (covers_all(&statement->resources[i], prefix)) {
            return true;
        }
    }
    return false;
}

static const enum policy_action asked[] = {POLICY_CONNECT, POLICY_PUBLISH, POLICY_RECEIVE,
                                           POLICY_SUBSCRIBE, POLICY_RETAIN_PUBLISH};

static uint64_t always_of(const struct policy_statement *statement,
                          const struct arn_prefixes *prefixes)
{
    uint64_t always = 0;
    if (statement->effect != POLICY_ALLOW || statement->n_conditions > 0) {
        return 0;
    }
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        uint64_t bit = policy_action_bit(asked[i]);
        if ((statement->actions & bit) != 0 &&
            statement_covers_all(statement, &prefixes->of[policy_actions[asked[i]].type])) {
            always |= bit;
        }
    }
    return always;
}

static bool pattern_asks(const struct policy_pattern *pattern, enum policy_key_kind key)
{
    for (uint32_t i = 0; i < pattern->n_tokens; i++) {
        if (pattern->tokens[i].kind == POLICY_VARIABLE && pattern->tokens[i].key == key) {
            return true;
        }
    }
    return false;
}

static bool statement_asks(const struct policy_statement *statement, enum policy_key_kind key)
{
    bool asks = false;
    for (size_t i = 0; i < statement->n_resources; i++) {
        asks |= pattern_asks(&statement->resources[i], key);
    }
    for (size_t i = 0; i < statement->n_conditions; i++) {
        const struct policy_condition *condition = &statement->conditions[i];
        asks |= condition->key.kind == key;
        for (size_t v = 0; v < condition->n_values; v++) {
            asks |= pattern_asks(&condition->values[v], key);
        }
    }
    return asks;
}

static void foresee(struct held_policy *policy, const struct arn_prefixes *prefixes)
{
    policy->always = 0;
    policy->denies = 0;
    policy->timed = policy->asks_certificate = false;
    for (size_t i = 0; i < policy->doc->n_statements; i++) {
        const struct policy_statement *statement = &policy->doc->statements[i];
        policy->always |= always_of(statement, prefixes);
        policy->denies |= statement->effect == POLICY_DENY ? statement->actions : 0;
        policy->timed |= statement_asks(statement, POLICY_KEY_CURRENT_TIME);
        policy->asks_certificate |= statement_asks(statement, POLICY_KEY_CERTIFICATE);
    }
}

/* ---- the set --------------------------------------------------------------------------------- */

static bool is_id(const void *value, const void *key)
{
    return ((const struct held_policy *)value)->id == *(const uint64_t *)key;
}

struct held_policy *policies_find(const struct policies *policies, uint64_t id)
{
    return table_find(&policies->by_id, hash_number(id), is_id, &id);
}

static enum status find_or_add(struct policies *policies, uint64_t id, struct held_policy **ret,
                               struct why *why)
{
    *ret = policies_find(policies, id);
    if (*ret != NULL) {
        return STATUS_OK;
    }
    struct held_policy *policy = mem_alloc(sizeof *policy);
    TRY_PTR(policy);
    policy->id = id;
    enum status status = table_add(&policies->by_id, hash_number(id), policy, why);
    if (status != STATUS_OK) {
        mem_free(policy);
        return status;
    }
    policy->next = policies->first;
    if (policy->next != NULL) {
        policy->next->prev = policy;
    }
    policies->first = policy;
    policies->n++;
    *ret = policy;
    return STATUS_OK;
}

static void forget_document(struct held_policy *policy)
{
    arena_free(policy->mem);
    policy->mem = NULL;
    policy->doc = NULL;
}

static void free_policy(struct policies *policies, struct held_policy *policy)
{
    forget_document(policy);
    table_remove(&policies->by_id, hash_number(policy->id), policy);
    *(policy->prev == NULL ? &policies->first : &policy->prev->next) = policy->next;
    if (policy->next != NULL) {
        policy->next->prev = policy->prev;
    }
    policies->n--;
    mem_free(policy);
}

void policies_release(struct policies *policies)
{
    while (policies->first != NULL) {
        free_policy(policies, policies->first);
    }
    table_release(&policies->by_id);
}

enum status policies_set(struct policies *policies, uint64_t id, struct str document,
                         uint64_t generation, const struct arn_prefixes *prefixes,
                         struct held_policy **ret_policy, struct why *why)
{
    *ret_policy = NULL;
    TRY(find_or_add(policies, id, ret_policy, why));
    struct held_policy *policy = *ret_policy;
    forget_document(policy);
    policy->generation = generation;
    struct arena *mem = arena_new(COMPILED_MAX);
    TRY_PTR(mem);
    policy->mem = mem;
    struct str text;
    const struct policy_doc *doc;
    TRY(str_dup(mem, document, &text, why));
    TRY(policy_doc_read(mem, text, &doc, why));
    policy->doc = doc;
    foresee(policy, prefixes);
    return STATUS_OK;
}

void policies_drop(struct policies *policies, struct held_policy *policy)
{
    if (policy->holders == NULL) {
        free_policy(policies, policy);
    } else {
        forget_document(policy);
    }
}

enum status policies_hold(struct policies *policies, uint64_t id, struct connection *holder,
                          struct holding *holding, struct why *why)
{
    struct held_policy *policy;
    TRY(find_or_add(policies, id, &policy, why));
    *holding = (struct holding){policy, holder, NULL, policy->holders};
    if (holding->next != NULL) {
        holding->next->prev = holding;
    }
    policy->holders = holding;
    return STATUS_OK;
}

void policies_let_go(struct policies *policies, struct holding *holding)
{
    struct held_policy *policy = holding->policy;
    *(holding->prev == NULL ? &policy->holders : &holding->prev->next) = holding->next;
    if (holding->next != NULL) {
        holding->next->prev = holding->prev;
    }
    if (policy->holders == NULL && policy->mem == NULL) {
        free_policy(policies, policy);
    }
}
