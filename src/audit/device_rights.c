/* device_rights.c: see device_rights.h. */
#include "audit/device_rights.h"

#include <stdlib.h>

#include "account/effective.h"
#include "account/group_member.h"
#include "account/policy_names.h"
#include "audit/verdict.h"
#include "base/buf.h"
#include "base/map.h"
#include "codec/digest.h"
#include "policy/broad.h"

#include "base/banned.h"

enum {
    DEVICE_RIGHTS_MEMORY = 16 << 20,
    RIGHTS_WORK_MEMORY = 64 << 20,
    SETS_MAX = 16384,
    SET_NAMES_MAX = 4096, /* policies and groups of one certificate that are looked at */
    SET_BYTES_MAX = 1 << 20,
};

struct device_rights_memory {
    struct arena *kept;
    struct arena *work;
    struct map by_set; /* digest of the set -> struct device_rights */
    size_t judged;
};

struct device_rights_memory *device_rights_memory_new(void)
{
    struct device_rights_memory *memory = mem_alloc(sizeof *memory);
    if (memory == NULL) {
        return NULL;
    }
    memory->judged = 0;
    memory->kept = arena_new(DEVICE_RIGHTS_MEMORY);
    memory->work = arena_new(RIGHTS_WORK_MEMORY);
    if (memory->kept == NULL || memory->work == NULL) {
        device_rights_memory_free(memory);
        return NULL;
    }
    map_init(&memory->by_set, memory->kept, SETS_MAX);
    return memory;
}

void device_rights_memory_free(struct device_rights_memory *memory)
{
    if (memory != NULL) {
        arena_free(memory->work);
        arena_free(memory->kept);
        mem_free(memory);
    }
}

size_t device_rights_judged(const struct device_rights_memory *memory)
{
    return memory->judged;
}

/* ---- the set --------------------------------------------------------------------------------- */

/* Where a certificate's rights come from: ARNs whose policies count, itself and groups. */
struct sources {
    struct str certificate; /* ARN */
    struct str *groups;     /* names, sorted, each once */
    size_t n_groups;
};

static int compare(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static enum status add_groups(const struct account_ctx *ctx, struct str thing, struct sources *to,
                              struct why *why)
{
    struct group_member members[QUOTA_GROUPS_OF_THING];
    size_t n = 0;
    TRY(group_members_of_thing(ctx, thing, members, &n, why));
    for (size_t i = 0; i < n; i++) {
        if (to->n_groups == SET_NAMES_MAX) {
            return why_set(why, STATUS_TOO_LARGE,
                           "the things of certificate %.*s are in more than %d groups",
                           STR_ARG(to->certificate), SET_NAMES_MAX);
        }
        to->groups[to->n_groups++] = members[i].group_name;
    }
    return STATUS_OK;
}

static enum status find_sources(const struct account_ctx *ctx, struct str certificate,
                                struct sources *ret, struct why *why)
{
    AUTO_SCAN *scan = NULL;
    *ret = (struct sources){.groups = NULL};
    TRY(account_arn(ctx, STR("cert"), certificate, &ret->certificate, why));
    ret->groups = NEW_ARRAY(ctx->mem, struct str, SET_NAMES_MAX);
    TRY_PTR(ret->groups);
    const struct principal_thing like = {.principal = ret->certificate};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    TRY(store_scan_open(ctx->tx, TABLE(principal_thing), &range, &scan, why));
    for (;;) {
        struct principal_thing row;
        bool more = true;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            break;
        }
        TRY(add_groups(ctx, row.thing, ret, why));
    }
    qsort(ret->groups, ret->n_groups, sizeof *ret->groups, compare);
    size_t n = 0;
    for (size_t i = 0; i < ret->n_groups; i++) {
        if (n == 0 || !str_eq(ret->groups[n - 1], ret->groups[i])) {
            ret->groups[n++] = ret->groups[i];
        }
    }
    ret->n_groups = n;
    return STATUS_OK;
}

/* A digest that equal sets share. The names of policies come in their order. */
static enum status set_key(const struct account_ctx *ctx, const struct sources *from,
                           char ret[SHA256_HEX + 1], struct why *why)
{
    struct policy_names names;
    struct buf out;
    struct str text;
    TRY(policy_names_get(ctx, from->certificate, &names, why));
    buf_init(&out, ctx->mem, SET_BYTES_MAX);
    for (size_t i = 0; i < names.n; i++) {
        buf_put_str(&out, names.at[i]);
        buf_put_char(&out, '\n');
    }
    buf_put_char(&out, '\n');
    for (size_t i = 0; i < from->n_groups; i++) {
        buf_put_str(&out, from->groups[i]);
        buf_put_char(&out, '\n');
    }
    TRY(buf_finish(&out, &text, why));
    return digest_sha256_hex(bytes_of_str(text), ret, why);
}

/* ---- judging a set --------------------------------------------------------------------------- */

/* All statements of the effective policies as one document, and where each stands. */
struct joined {
    struct policy_doc doc;
    const struct policy_version **version; /* of each statement */
    uint32_t *place;                       /* its index in that version's document */
};

static enum status find_policies(const struct account_ctx *ctx, const struct sources *from,
                                 struct effective *ret, struct why *why)
{
    effective_init(ctx, ret);
    TRY(effective_add_principal(ctx, ret, from->certificate, why));
    for (size_t i = 0; i < from->n_groups; i++) {
        struct str arn;
        TRY(account_arn(ctx, STR("thinggroup"), from->groups[i], &arn, why));
        TRY(effective_add_principal(ctx, ret, arn, why));
    }
    return STATUS_OK;
}

static enum status read_policy(struct arena *mem, const struct policy_version *version,
                               const struct policy_doc **ret, struct why *why)
{
    struct why lack = {.code = STATUS_OK};
    enum status status = policy_doc_read(mem, version->document, ret, &lack);
    return status == STATUS_OK
               ? status
               : why_set(why, status, "policy %.*s: %s", STR_ARG(version->policy), lack.text);
}

static enum status join(struct arena *mem, const struct effective *policies, struct joined *ret,
                        struct why *why)
{
    size_t n = policies->by_name.n;
    size_t total = 0;
    const struct policy_doc **docs = NEW_ARRAY(mem, const struct policy_doc *, n);
    TRY_PTR(docs);
    for (size_t i = 0; i < n; i++) {
        TRY(read_policy(mem, effective_at(policies, i), &docs[i], why));
        total += docs[i]->n_statements;
    }
    struct policy_statement *statements = NEW_ARRAY(mem, struct policy_statement, total);
    ret->version = NEW_ARRAY(mem, const struct policy_version *, total);
    ret->place = NEW_ARRAY(mem, uint32_t, total);
    TRY_PTR(statements);
    TRY_PTR(ret->version);
    TRY_PTR(ret->place);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t s = 0; s < docs[i]->n_statements; s++) {
            statements[at] = docs[i]->statements[s];
            ret->version[at] = effective_at(policies, i);
            ret->place[at++] = (uint32_t)s;
        }
    }
    ret->doc = (struct policy_doc){
        .id = STR_ABSENT, .statements = statements, .n_statements = total, .variables = true};
    return STATUS_OK;
}

static enum status say_any_client_id(const struct joined *joined,
                                     const struct policy_broad_fact *fact, struct arena *mem,
                                     struct audit_verdicts *ret, struct why *why)
{
    const struct policy_version *version = joined->version[fact->statement];
    struct audit_related *policy = NEW(mem, struct audit_related);
    TRY_PTR(policy);
    TRY(verdict_add(ret, mem, STR("EFFECTIVE_POLICIES_ALLOW_ANY_CLIENT_ID"), why,
                    "The device may connect under a client id that is not its own (%.*s): "
                    "statement %u of policy %.*s allows iot:Connect on %s\"%.*s\", and no policy "
                    "that it has takes that back.",
                    STR_ARG(fact->witness), joined->place[fact->statement],
                    STR_ARG(version->policy), fact->not_resource ? "all but " : "",
                    STR_ARG(fact->resource)));
    policy->resource.kind = RESOURCE_IOT_POLICY;
    TRY(str_dup(mem, version->policy, &policy->resource.id, why));
    TRY(str_fmt(mem, &policy->resource.extra, why, "%lld", (long long)version->version));
    policy->info = STR_ABSENT;
    ret->list[ret->n - 1].related = policy;
    ret->list[ret->n - 1].n_related = 1;
    return STATUS_OK;
}

static enum status judge_set(struct device_rights_memory *memory, const struct account_ctx *ctx,
                             const struct sources *from, struct device_rights *rights,
                             struct why *why)
{
    struct effective policies;
    struct joined joined;
    const struct policy_broad_fact *facts = NULL;
    size_t n = 0;
    TRY(find_policies(ctx, from, &policies, why));
    TRY(join(ctx->mem, &policies, &joined, why));
    TRY(policy_broad_find(ctx->mem, &joined.doc, policy_action_bit(POLICY_CONNECT), &facts, &n,
                          why));
    return n == 0
               ? STATUS_OK
               : say_any_client_id(&joined, &facts[0], memory->kept, &rights->any_client_id, why);
}

/* Whether a set that failed so is left unjudged, rather than the audit. */
static bool is_of_the_set(enum status status)
{
    return status == STATUS_MALFORMED_POLICY || status == STATUS_TOO_LARGE;
}

static enum status judge_new(struct device_rights_memory *memory, const struct account_ctx *ctx,
                             const struct sources *from, struct device_rights *rights,
                             struct why *why)
{
    struct account_ctx work = *ctx;
    struct why lack = {.code = STATUS_OK};
    arena_clear(memory->work);
    work.mem = memory->work;
    memory->judged++;
    enum status status = judge_set(memory, &work, from, rights, &lack);
    if (is_of_the_set(status)) {
        struct str text;
        TRY(str_fmt(memory->kept, &text, why, "the device's policies together: %s", lack.text));
        verdict_unknown(&rights->any_client_id, text);
        return STATUS_OK;
    }
    return status == STATUS_OK ? status : why_set(why, status, "%s", lack.text);
}

enum status device_rights_get(struct device_rights_memory *memory, const struct account_ctx *ctx,
                              struct str certificate, const struct device_rights **ret,
                              struct why *why)
{
    struct sources from;
    char digest[SHA256_HEX + 1];
    TRY(find_sources(ctx, certificate, &from, why));
    TRY(set_key(ctx, &from, digest, why));
    struct device_rights *rights = map_get(&memory->by_set, str_from(digest));
    if (rights == NULL) {
        struct str key;
        if (memory->by_set.n == SETS_MAX || arena_used(memory->kept) > DEVICE_RIGHTS_MEMORY / 2) {
            arena_clear(memory->kept);
            map_init(&memory->by_set, memory->kept, SETS_MAX);
        }
        rights = NEW(memory->kept, struct device_rights);
        TRY_PTR(rights);
        TRY(judge_new(memory, ctx, &from, rights, why));
        TRY(str_dup(memory->kept, str_from(digest), &key, why));
        TRY(map_put(&memory->by_set, key, rights, why));
    }
    *ret = rights;
    return STATUS_OK;
}
