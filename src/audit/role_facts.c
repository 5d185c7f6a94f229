/* role_facts.c: judging the policies of a role, and saying what was found. */
#include "audit/role_facts.h"

#include "account/iam_grant.h"
#include "base/buf.h"

#include "base/banned.h"

enum {
    WORK_MEMORY = 64 << 20,
    REASON_BYTES_MAX = 64 << 10,
    ACTIONS_SHOWN = 24,
    STATEMENTS_SHOWN = 3,
    WITNESSES_SHOWN = 4,
};

const struct role_rule role_rules[ROLE_RULES] = {
    {STR_INIT("ALLOWS_ACCESS_TO_IOT_THING_ADMIN_WRITE_ACTIONS"), ROLE_RIGHT(WRITE),
     "thing administration that writes"},
    {STR_INIT("ALLOWS_ACCESS_TO_IOT_NON_THING_ADMIN_ACTIONS"), ROLE_RIGHT(ADMIN),
     "administration of AWS IoT beyond things"},
    {STR_INIT("ALLOWS_BROAD_ACCESS_TO_IOT_THING_ADMIN_READ_ACTIONS"), ROLE_RIGHT(READ_BROAD),
     "broad access to thing administration that reads"},
    {STR_INIT("ALLOWS_BROAD_ACCESS_TO_IOT_DATA_PLANE_ACTIONS"), ROLE_RIGHT(DATA_BROAD),
     "broad access to IoT data plane actions"},
};

const struct role_rule role_rules_unauthenticated[ROLE_RULES_UNAUTHENTICATED] = {
    {STR_INIT("ALLOWS_ACCESS_TO_IOT_ADMIN_ACTIONS"),
     ROLE_RIGHT(READ) | ROLE_RIGHT(WRITE) | ROLE_RIGHT(ADMIN), "administration of AWS IoT"},
    {STR_INIT("ALLOWS_BROAD_ACCESS_TO_IOT_DATA_PLANE_ACTIONS"), ROLE_RIGHT(DATA_BROAD),
     "broad access to IoT data plane actions"},
};

/* ---- facts ----------------------------------------------------------------------------------- */

static enum status read_policies(const struct account_ctx *ctx, const struct iam_entity *entity,
                                 struct role_facts *role, struct why *lack, struct why *why)
{
    struct iam_grants grants;
    TRY(iam_grants_get(ctx, IAM_ROLE, entity->folded, &grants, why));
    struct policy_role_part *parts = NEW_ARRAY(ctx->mem, struct policy_role_part, grants.n);
    TRY_PTR(parts);
    for (size_t i = 0; i < grants.n; i++) {
        parts[i].name = grants.at[i].name;
        enum status status = policy_doc_read_as(ctx->mem, grants.at[i].document, POLICY_OF_IDENTITY,
                                                &parts[i].doc, lack);
        if (status != STATUS_OK) {
            struct str text = str_from(lack->text);
            TRY(str_fmt(ctx->mem, &role->lack, why, "policy %.*s of role %.*s: %.*s",
                        STR_ARG(grants.at[i].name), STR_ARG(entity->name), STR_ARG(text)));
            return status;
        }
    }
    return policy_role_join(ctx->mem, parts, grants.n, &role->role, why);
}

/* The facts in memory of their own, which then holds what the search does not need any more. */
static enum status keep_facts(struct role_facts *role, struct arena *mem,
                              const struct policy_role_fact *facts, size_t n, struct why *why)
{
    struct policy_role_fact *kept = NEW_ARRAY(mem, struct policy_role_fact, n);
    TRY_PTR(kept);
    for (size_t i = 0; i < n; i++) {
        kept[i] = facts[i];
        TRY(str_dup(mem, facts[i].witness, &kept[i].witness, why));
    }
    role->facts = kept;
    role->n = n;
    return STATUS_OK;
}

static enum status find_facts(const struct account_ctx *ctx, const struct iam_entity *entity,
                              struct role_facts *role, struct why *lack, struct why *why)
{
    const struct policy_role_fact *facts = NULL;
    size_t n = 0;
    TRY(read_policies(ctx, entity, role, lack, why));
    AUTO_ARENA *work = arena_new(WORK_MEMORY);
    TRY_PTR(work);
    enum status status = policy_role_find(work, &role->role, &facts, &n, lack);
    if (status != STATUS_OK) {
        struct str text = str_from(lack->text);
        TRY(str_fmt(ctx->mem, &role->lack, why, "the policies of role %.*s: %.*s",
                    STR_ARG(entity->name), STR_ARG(text)));
        return status;
    }
    return keep_facts(role, ctx->mem, facts, n, why);
}

/* Policies that cannot be judged are no fault of the audit. */
static bool is_the_policies_fault(enum status status)
{
    return status == STATUS_MALFORMED_POLICY || status == STATUS_TOO_LARGE;
}

enum status role_facts_get(const struct account_ctx *ctx, struct str role_arn,
                           const struct role_facts **ret, struct why *why)
{
    struct iam_entity entity;
    struct why lack = {.code = STATUS_OK};
    struct role_facts *role = NEW(ctx->mem, struct role_facts);
    TRY_PTR(role);
    *role = (struct role_facts){.arn = role_arn, .name = STR_ABSENT, .lack = STR_ABSENT};
    *ret = role;
    enum status status = iam_entity_of_arn(ctx, IAM_ROLE, role_arn, &entity, &lack);
    if (status == STATUS_NOT_FOUND) {
        return str_fmt(ctx->mem, &role->lack, why, "role %.*s is not in the account's IAM",
                       STR_ARG(role_arn));
    }
    if (status != STATUS_OK) {
        return why_set(why, status, "%s", lack.text);
    }
    role->name = entity.name;
    status = find_facts(ctx, &entity, role, &lack, why);
    if (is_the_policies_fault(status) && !str_absent(role->lack)) {
        return STATUS_OK;
    }
    return status == STATUS_NO_MEMORY ? why_no_memory(why) : status;
}

/* ---- sentences ------------------------------------------------------------------------------- */

/* The facts that a rule is about. */
struct picked {
    const struct role_facts *role;
    const struct role_rule *rule;
    size_t n;
};

static bool picks(const struct picked *picked, size_t fact)
{
    return (picked->rule->rights >> picked->role->facts[fact].right & 1) != 0;
}

static void put_actions(struct buf *out, const struct picked *picked)
{
    size_t shown = 0;
    for (size_t i = 0; i < picked->role->n && shown < ACTIONS_SHOWN; i++) {
        if (picks(picked, i)) {
            buf_put_fmt(out, "%siot:%.*s", shown == 0 ? "" : ", ",
                        STR_ARG(picked->role->facts[i].action));
            shown++;
        }
    }
    if (shown < picked->n) {
        buf_put_fmt(out, " and %zu more", picked->n - shown);
    }
}

/* True when an earlier fact of the rule, of the same statement, has the same witness. */
static bool witness_is_told(const struct picked *picked, size_t fact)
{
    const struct policy_role_fact *facts = picked->role->facts;
    for (size_t i = 0; i < fact; i++) {
        if (picks(picked, i) && facts[i].statement == facts[fact].statement &&
            str_eq(facts[i].witness, facts[fact].witness)) {
            return true;
        }
    }
    return false;
}

/* How one statement gives the right, in examples. */
static void put_statement(struct buf *out, const struct picked *picked, uint32_t statement)
{
    const struct role_facts *role = picked->role;
    const struct policy_role_place *place = &role->role.places[statement];
    size_t shown = 0;
    buf_put_fmt(out, " Policy %.*s, statement %u: ", STR_ARG(place->policy), place->statement);
    for (size_t i = 0; i < role->n && shown < WITNESSES_SHOWN; i++) {
        const struct policy_role_fact *fact = &role->facts[i];
        if (picks(picked, i) && fact->statement == statement && !witness_is_told(picked, i)) {
            buf_put_fmt(out, "%siot:%.*s on %.*s", shown == 0 ? "" : "; ", STR_ARG(fact->action),
                        STR_ARG(fact->witness));
            shown++;
        }
    }
    buf_put_char(out, '.');
}

static void put_statements(struct buf *out, const struct picked *picked)
{
    size_t shown = 0;
    for (uint32_t s = 0; s < picked->role->role.all.n_statements && shown < STATEMENTS_SHOWN; s++) {
        bool has = false;
        for (size_t i = 0; i < picked->role->n && !has; i++) {
            has = picks(picked, i) && picked->role->facts[i].statement == s;
        }
        if (has) {
            put_statement(out, picked, s);
            shown++;
        }
    }
}

static enum status judge_rule(const struct picked *picked, struct arena *mem,
                              struct audit_verdicts *ret, struct why *why)
{
    struct buf out;
    struct str reason;
    buf_init(&out, mem, REASON_BYTES_MAX);
    buf_put_fmt(&out, "Role %.*s allows %s: [", STR_ARG(picked->role->name), picked->rule->what);
    put_actions(&out, picked);
    buf_put_str(&out, STR("]."));
    put_statements(&out, picked);
    TRY(buf_finish(&out, &reason, why));
    return verdict_add(ret, mem, picked->rule->code, why, "%.*s", STR_ARG(reason));
}

enum status role_judge(const struct role_facts *role, const struct role_rule *rules, size_t n_rules,
                       struct arena *mem, struct audit_verdicts *ret, struct why *why)
{
    if (!str_absent(role->lack)) {
        verdict_unknown(ret, role->lack);
        return STATUS_OK;
    }
    for (size_t r = 0; r < n_rules; r++) {
        struct picked picked = {role, &rules[r], 0};
        for (size_t i = 0; i < role->n; i++) {
            picked.n += picks(&picked, i);
        }
        if (picked.n > 0) {
            TRY(judge_rule(&picked, mem, ret, why));
        }
    }
    return STATUS_OK;
}

enum status role_relate(const struct role_facts *role, struct arena *mem,
                        struct audit_verdicts *ret, struct why *why)
{
    if (ret->n == 0) {
        return STATUS_OK;
    }
    struct audit_related *related = NEW(mem, struct audit_related);
    TRY_PTR(related);
    related->resource.kind = RESOURCE_IAM_ROLE;
    related->info = STR_ABSENT;
    TRY(str_dup(mem, role->arn, &related->resource.id, why));
    for (size_t i = 0; i < ret->n; i++) {
        ret->list[i].related = related;
        ret->list[i].n_related = 1;
    }
    return STATUS_OK;
}
