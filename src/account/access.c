/* access.c: see access.h. */
#include "account/access.h"

#include <inttypes.h>
#include <stdio.h>

#include "account/iam_grant.h"
#include "account/tags.h"
#include "account/topic_policy.h"

#include "base/banned.h"

enum { OWN_VALUES_MAX = 5, EPOCH_TEXT_MAX = 24 };

struct access {
    bool everything;
    struct iam_entity entity; /* unless everything */
    struct str arn;           /* absent: nobody known */
    const struct iam_grant *grants;
    const struct policy_doc **docs; /* one for each grant */
    size_t n;
    struct access_value own[OWN_VALUES_MAX];
    size_t n_own;
    struct tags tags;   /* known as aws:PrincipalTag/KEY */
    bool asks_resource; /* a policy speaks of the tags of resources */
};

/* ---- opening --------------------------------------------------------------------------------- */

static void knows(struct access *access, struct str key, struct str value)
{
    access->own[access->n_own++] = (struct access_value){key, value};
}

/* ---- tags of resources ------------------------------------------------------------------------
 *
 * They are read only for who has a policy that speaks of them. */

static const struct str resource_heads[] = {STR_INIT("aws:ResourceTag/"),
                                            STR_INIT("iam:ResourceTag/")};

/* The length of the head of such a key; 0: it is another. */
static size_t resource_head(struct str key)
{
    for (size_t i = 0; i < sizeof resource_heads / sizeof resource_heads[0]; i++) {
        if (str_eq_nocase(str_slice(key, 0, resource_heads[i].len), resource_heads[i])) {
            return resource_heads[i].len;
        }
    }
    return 0;
}

static bool pattern_asks(const struct policy_pattern *pattern)
{
    for (uint32_t t = 0; t < pattern->n_tokens && pattern->n_variables > 0; t++) {
        if (pattern->tokens[t].kind == POLICY_VARIABLE &&
            resource_head(pattern->tokens[t].text) > 0) {
            return true;
        }
    }
    return false;
}

static bool statement_asks(const struct policy_statement *statement)
{
    for (size_t i = 0; i < statement->n_resources; i++) {
        if (pattern_asks(&statement->resources[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < statement->n_conditions; i++) {
        const struct policy_condition *c = &statement->conditions[i];
        bool asks = resource_head(c->key.name) > 0;
        for (size_t v = 0; !asks && v < c->n_values; v++) {
            asks = pattern_asks(&c->values[v]);
        }
        if (asks) {
            return true;
        }
    }
    return false;
}

static bool doc_asks(const struct policy_doc *doc)
{
    for (size_t s = 0; s < doc->n_statements; s++) {
        if (statement_asks(&doc->statements[s])) {
            return true;
        }
    }
    return false;
}

/* ---- opening, continued -----------------------------------------------------------------------
 */

static enum status compile(const struct account_ctx *ctx, struct access *access, struct why *why)
{
    struct iam_grants grants;
    TRY(iam_grants_get(ctx, access->entity.kind, access->entity.folded, &grants, why));
    access->docs = NEW_ARRAY(ctx->mem, const struct policy_doc *, grants.n);
    TRY_PTR(access->docs);
    for (size_t i = 0; i < grants.n; i++) {
        TRY(policy_doc_read_as(ctx->mem, grants.at[i].document, POLICY_OF_IDENTITY,
                               &access->docs[i], why));
        access->asks_resource = access->asks_resource || doc_asks(access->docs[i]);
    }
    access->grants = grants.at;
    access->n = grants.n;
    return STATUS_OK;
}

enum status access_of_entity(const struct account_ctx *ctx, const struct iam_entity *entity,
                             const struct access **ret, struct why *why)
{
    struct access *access = NEW(ctx->mem, struct access);
    TRY_PTR(access);
    access->entity = *entity;
    TRY(iam_entity_arn(ctx, entity, &access->arn, why));
    TRY(compile(ctx, access, why));
    TRY(tags_get_arn(ctx, access->arn, &access->tags, why));
    knows(access, STR("aws:PrincipalArn"), access->arn);
    knows(access, STR("aws:PrincipalAccount"), ctx->id.account);
    knows(access, STR("aws:userid"), entity->id);
    if (entity->kind == IAM_USER) {
        knows(access, STR("aws:PrincipalType"), STR("User"));
        knows(access, STR("aws:username"), entity->name);
    } else {
        knows(access, STR("aws:PrincipalType"), STR("AssumedRole"));
    }
    *ret = access;
    return STATUS_OK;
}

enum status access_of_caller(const struct account_ctx *ctx, struct str caller_arn,
                             const struct access **ret, struct why *why)
{
    struct iam_entity entity;
    if (!str_absent(caller_arn) && !arn_is_root(&ctx->id, caller_arn)) {
        TRY(iam_entity_of_arn(ctx, IAM_USER, caller_arn, &entity, why));
        return access_of_entity(ctx, &entity, ret, why);
    }
    struct access *access = NEW(ctx->mem, struct access);
    TRY_PTR(access);
    access->everything = true;
    access->arn = caller_arn;
    *ret = access;
    return STATUS_OK;
}

/* ---- values ---------------------------------------------------------------------------------- */

struct asked {
    const struct access *access;
    const struct access_request *request;
    struct str now;
    struct str epoch;
    bool of_resource; /* the resource's policy asks */
    struct tags tags; /* of the resource */
};

static size_t values_among(const struct access_value *values, size_t n_values, struct str key,
                           struct str *ret, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < n_values && n < max; i++) {
        if (str_eq_nocase(values[i].key, key) && !str_absent(values[i].value)) {
            ret[n++] = values[i].value;
        }
    }
    return n;
}

/* Keys of tags are compared without regard to case, as what stands before them. */
static size_t tag_value(struct tags tags, struct str key, struct str *ret)
{
    const struct str head = STR("aws:PrincipalTag/");
    if (!str_eq_nocase(str_slice(key, 0, head.len), head)) {
        return 0;
    }
    for (size_t i = 0; i < tags.n; i++) {
        if (str_eq_nocase(tags.items[i].key, str_slice(key, head.len, key.len))) {
            *ret = tags.items[i].value;
            return 1;
        }
    }
    return 0;
}

static size_t resource_value(struct tags tags, struct str key, struct str *ret, size_t max)
{
    size_t head = resource_head(key);
    size_t n = 0;
    for (size_t i = 0; head > 0 && i < tags.n && n < max; i++) {
        if (str_eq_nocase(tags.items[i].key, str_slice(key, head, key.len))) {
            ret[n++] = tags.items[i].value;
        }
    }
    return n;
}

static size_t asked_value(const void *ctx, const struct policy_key *key, struct str *ret,
                          size_t max)
{
    const struct asked *asked = ctx;
    const struct access_value times[] = {{STR("aws:CurrentTime"), asked->now},
                                         {STR("aws:EpochTime"), asked->epoch}};
    size_t n = values_among(asked->request->values, asked->request->n_values, key->name, ret, max);
    if (n == 0 && asked->of_resource) {
        n = values_among(asked->request->source, asked->request->n_source, key->name, ret, max);
    }
    if (n == 0) {
        n = values_among(asked->access->own, asked->access->n_own, key->name, ret, max);
    }
    if (n == 0) {
        n = tag_value(asked->access->tags, key->name, ret);
    }
    if (n == 0) {
        n = resource_value(asked->tags, key->name, ret, max);
    }
    return n > 0 ? n : values_among(times, 2, key->name, ret, max);
}

/* ---- sentences ------------------------------------------------------------------------------- */

enum status access_statement_text(const struct account_ctx *ctx, const struct policy_doc *doc,
                                  int32_t statement, struct str *ret, struct why *why)
{
    struct str sid = doc->statements[statement].sid;
    if (sid.len == 0) {
        return str_fmt(ctx->mem, ret, why, "statement %" PRId32, statement + 1);
    }
    return str_fmt(ctx->mem, ret, why, "statement %" PRId32 " (%.*s)", statement + 1,
                   STR_ARG(str_slice(sid, 0, 64)));
}

/* "policy P, statement 2 (Sid)" */
static enum status place_text(const struct account_ctx *ctx, const struct access *access, size_t at,
                              int32_t statement, struct str *ret, struct why *why)
{
    struct str text;
    TRY(access_statement_text(ctx, access->docs[at], statement, &text, why));
    return str_fmt(ctx->mem, ret, why, "policy %.*s, %.*s", STR_ARG(access->grants[at].name),
                   STR_ARG(text));
}

/* True when the statement would allow the request but for its conditions. */
static bool conditions_keep_it(const struct policy_doc *doc,
                               const struct policy_statement *statement,
                               const struct policy_request *request)
{
    struct policy_statement bare = *statement;
    bare.n_conditions = 0;
    const struct policy_doc one = {
        .variables = doc->variables, .statements = &bare, .n_statements = 1};
    const struct policy_doc *docs[] = {&one};
    return policy_evaluate(docs, 1, request, NULL, NULL) == POLICY_ALLOWED;
}

/* What comes nearest to allowing it: the first statement that allows the action elsewhere, or under
 * conditions that do not hold. Absent when no statement speaks of the action. */
static enum status near_miss(const struct account_ctx *ctx, const struct access *access,
                             const struct policy_request *request, struct str *ret, struct why *why)
{
    *ret = STR_ABSENT;
    for (size_t i = 0; i < access->n; i++) {
        const struct policy_doc *doc = access->docs[i];
        for (size_t s = 0; s < doc->n_statements; s++) {
            const struct policy_statement *statement = &doc->statements[s];
            struct str place;
            if (statement->effect != POLICY_ALLOW ||
                !policy_statement_covers(statement, request->action_name)) {
                continue;
            }
            bool conditions = conditions_keep_it(doc, statement, request);
            TRY(place_text(ctx, access, i, (int32_t)s, &place, why));
            return str_fmt(ctx->mem, ret, why, " (%.*s, allows it %s)", STR_ARG(place),
                           conditions ? "under conditions that do not hold" : "on other resources");
        }
    }
    return STATUS_OK;
}

static enum status say_allowed(const struct account_ctx *ctx, const struct access *access,
                               const struct policy_says *says, struct str *ret, struct why *why)
{
    struct str place = STR_ABSENT;
    for (size_t i = 0; i < access->n && str_absent(place); i++) {
        if (says[i].allows != POLICY_NO_STATEMENT) {
            TRY(place_text(ctx, access, i, says[i].allows, &place, why));
        }
    }
    return str_fmt(ctx->mem, ret, why, "%.*s, allows it", STR_ARG(place));
}

static enum status say_denied(const struct account_ctx *ctx, const struct access *access,
                              const struct access_request *request, const struct policy_says *says,
                              struct str *ret, struct why *why)
{
    struct str place = STR_ABSENT;
    for (size_t i = 0; i < access->n && str_absent(place); i++) {
        if (says[i].denies != POLICY_NO_STATEMENT) {
            TRY(place_text(ctx, access, i, says[i].denies, &place, why));
        }
    }
    if (access->entity.kind == IAM_ROLE) {
        return str_fmt(ctx->mem, ret, why, "%.*s, of role %.*s denies %.*s on %.*s", STR_ARG(place),
                       STR_ARG(access->entity.name), STR_ARG(request->action),
                       STR_ARG(request->resource));
    }
    return str_fmt(ctx->mem, ret, why,
                   "User: %.*s is not authorized to perform: %.*s on resource: %.*s with an "
                   "explicit deny in an identity-based policy: %.*s",
                   STR_ARG(access->arn), STR_ARG(request->action), STR_ARG(request->resource),
                   STR_ARG(place));
}

static enum status say_silent(const struct account_ctx *ctx, const struct access *access,
                              const struct access_request *request,
                              const struct policy_request *asked, struct str *ret, struct why *why)
{
    struct str near;
    TRY(near_miss(ctx, access, asked, &near, why));
    if (access->entity.kind == IAM_ROLE) {
        return str_fmt(ctx->mem, ret, why, "no policy of role %.*s allows %.*s on %.*s%.*s",
                       STR_ARG(access->entity.name), STR_ARG(request->action),
                       STR_ARG(request->resource), STR_ARG(near));
    }
    return str_fmt(ctx->mem, ret, why,
                   "User: %.*s is not authorized to perform: %.*s on resource: %.*s because no "
                   "identity-based policy allows the %.*s action%.*s",
                   STR_ARG(access->arn), STR_ARG(request->action), STR_ARG(request->resource),
                   STR_ARG(request->action), STR_ARG(near));
}

/* ---- deciding -------------------------------------------------------------------------------- */

/* Their own policies alone. */
static enum status decide_own(const struct account_ctx *ctx, const struct access *access,
                              const struct policy_request *question,
                              const struct access_request *request, struct access_decision *ret,
                              struct why *why)
{
    struct policy_says *says = NEW_ARRAY(ctx->mem, struct policy_says, access->n);
    TRY_PTR(says);
    struct access_decision decision = {.allowed = false};
    decision.verdict = policy_evaluate(access->docs, access->n, question, says, NULL);
    decision.allowed = decision.verdict == POLICY_ALLOWED;
    switch (decision.verdict) {
    case POLICY_ALLOWED:
        TRY(say_allowed(ctx, access, says, &decision.sentence, why));
        break;
    case POLICY_EXPLICIT_DENY:
        TRY(say_denied(ctx, access, request, says, &decision.sentence, why));
        break;
    case POLICY_IMPLICIT_DENY:
        TRY(say_silent(ctx, access, request, question, &decision.sentence, why));
        break;
    }
    *ret = decision;
    return STATUS_OK;
}

/* ---- the resource's own policy --------------------------------------------------------------- */

static enum status say_of_resource(const struct account_ctx *ctx, struct str arn,
                                   const struct policy_doc *doc, int32_t statement,
                                   const struct access_request *request, const char *verb,
                                   struct str *ret, struct why *why)
{
    struct str place;
    TRY(access_statement_text(ctx, doc, statement, &place, why));
    return str_fmt(ctx->mem, ret, why, "the policy of topic %.*s, %.*s, %s %.*s to %.*s",
                   STR_ARG(request->resource), STR_ARG(place), verb, STR_ARG(request->action),
                   STR_ARG(arn));
}

static enum status say_denied_by_resource(const struct account_ctx *ctx,
                                          const struct access *access,
                                          const struct access_request *request, struct str cause,
                                          struct str *ret, struct why *why)
{
    if (access->entity.kind == IAM_ROLE) {
        *ret = cause;
        return STATUS_OK;
    }
    return str_fmt(ctx->mem, ret, why,
                   "User: %.*s is not authorized to perform: %.*s on resource: %.*s with an "
                   "explicit deny in a resource-based policy: %.*s",
                   STR_ARG(access->arn), STR_ARG(request->action), STR_ARG(request->resource),
                   STR_ARG(cause));
}

/* IMPLICIT_DENY when there is no such policy, or it does not speak of this. What cannot be read
 * denies, so that nobody is let in by mistake. */
static enum status decide_by_resource(const struct account_ctx *ctx, const struct access *access,
                                      const struct policy_request *question,
                                      const struct access_request *request,
                                      struct access_decision *ret, struct why *why)
{
    const struct policy_doc *doc = NULL;
    struct policy_says says;
    struct why lack = {.code = STATUS_OK};
    struct policy_request of = *question;
    const struct policy_who who = {.arn = access->arn, .account = ctx->id.account};
    struct access_decision decision = {false, POLICY_IMPLICIT_DENY, STR_ABSENT};
    enum status status = topic_policy_read(ctx, request->resource, &doc, &lack);
    of.who = &who;
    if (status == STATUS_MALFORMED_POLICY) {
        decision.verdict = POLICY_EXPLICIT_DENY;
        TRY(str_fmt(ctx->mem, &decision.sentence, why,
                    "the policy of topic %.*s cannot be read and lets nobody in (%.200s); the "
                    "account's root can set another",
                    STR_ARG(request->resource), lack.text));
    } else if (status != STATUS_OK) {
        return why_set(why, status, "%s", lack.text);
    } else if (doc != NULL) {
        decision.verdict = policy_evaluate(&doc, 1, &of, &says, NULL);
        decision.allowed = decision.verdict == POLICY_ALLOWED;
    }
    if (doc != NULL && decision.verdict != POLICY_IMPLICIT_DENY) {
        TRY(say_of_resource(ctx, access->arn, doc, decision.allowed ? says.allows : says.denies,
                            request, decision.allowed ? "allows" : "denies", &decision.sentence,
                            why));
    }
    *ret = decision;
    return STATUS_OK;
}

/* ---- both ------------------------------------------------------------------------------------ */

/* The tags of a resource are read for whose policies speak of them, and for topics, whose own
 * policy may. */
static enum status resource_tags(const struct account_ctx *ctx, const struct access *access,
                                 const struct access_request *request, struct tags *ret,
                                 struct why *why)
{
    struct str topic, subscription;
    *ret = (struct tags){NULL, 0};
    if (!access->asks_resource &&
        !arn_is_our_topic(&ctx->id, request->resource, &topic, &subscription)) {
        return STATUS_OK;
    }
    return tags_get_arn(ctx, request->resource, ret, why);
}

enum status access_decide(const struct account_ctx *ctx, const struct access *access,
                          const struct access_request *request, struct access_decision *ret,
                          struct why *why)
{
    if (access->everything) {
        *ret = (struct access_decision){true, POLICY_ALLOWED, STR("the account's root may do all")};
        return STATUS_OK;
    }
    char now[TIME_TEXT_MAX];
    char epoch[EPOCH_TEXT_MAX];
    int64_t ms = clock_now(&ctx->clock);
    snprintf(epoch, sizeof epoch, "%" PRId64, ms / SECOND_MS);
    struct asked asked = {access, request, str_from(time_format(ms, now)), str_from(epoch), false};
    TRY(resource_tags(ctx, access, request, &asked.tags, why));
    const struct policy_values values = {asked_value, &asked, true};
    const struct policy_request question = {
        .resource = request->resource, .values = &values, .action_name = request->action};
    struct access_decision own, resource;
    TRY(decide_own(ctx, access, &question, request, &own, why));
    *ret = own;
    if (!topic_policy_concerns(request->resource)) {
        return STATUS_OK;
    }
    asked.of_resource = true;
    TRY(decide_by_resource(ctx, access, &question, request, &resource, why));
    if (own.verdict != POLICY_EXPLICIT_DENY && resource.verdict == POLICY_EXPLICIT_DENY) {
        *ret = resource;
        return say_denied_by_resource(ctx, access, request, resource.sentence, &ret->sentence, why);
    }
    if (own.verdict == POLICY_IMPLICIT_DENY && resource.allowed) {
        *ret = resource;
    }
    return STATUS_OK;
}

enum status access_denied_by_resource(const struct account_ctx *ctx, struct str arn,
                                      const struct access_request *request, struct str *ret,
                                      struct why *why)
{
    char now[TIME_TEXT_MAX];
    char epoch[EPOCH_TEXT_MAX];
    int64_t ms = clock_now(&ctx->clock);
    struct access access = {.arn = arn};
    snprintf(epoch, sizeof epoch, "%" PRId64, ms / SECOND_MS);
    knows(&access, STR("aws:PrincipalArn"), arn);
    knows(&access, STR("aws:PrincipalAccount"), ctx->id.account);
    struct asked asked = {&access, request, str_from(time_format(ms, now)), str_from(epoch), true};
    TRY(resource_tags(ctx, &access, request, &asked.tags, why));
    const struct policy_values values = {asked_value, &asked, true};
    const struct policy_request question = {
        .resource = request->resource, .values = &values, .action_name = request->action};
    struct access_decision decision;
    TRY(decide_by_resource(ctx, &access, &question, request, &decision, why));
    *ret = decision.verdict == POLICY_EXPLICIT_DENY ? decision.sentence : STR_ABSENT;
    return STATUS_OK;
}

bool access_decides_alike(const struct access *access, const struct access_request *request)
{
    /* Of the values only what a variable in a resource could name counts; times are none of it. */
    const struct asked asked = {access, request, STR_ABSENT, STR_ABSENT, false};
    const struct policy_values values = {asked_value, &asked, true};
    const struct policy_request question = {
        .resource = request->resource, .values = &values, .action_name = request->action};
    return access->everything ||
           (!access->asks_resource && policy_says_alike(access->docs, access->n, &question));
}

enum status caller_may(const struct account_ctx *ctx, struct str caller_arn,
                       const struct access_request *request, struct access_decision *ret,
                       struct why *why)
{
    const struct access *access;
    enum status status = access_of_caller(ctx, caller_arn, &access, why);
    if (status == STATUS_NOT_FOUND) {
        struct access_decision decision = {false, POLICY_IMPLICIT_DENY, STR_ABSENT};
        TRY(str_fmt(ctx->mem, &decision.sentence, why,
                    "User: %.*s is not authorized to perform: %.*s on resource: %.*s because the "
                    "user does not exist",
                    STR_ARG(caller_arn), STR_ARG(request->action), STR_ARG(request->resource)));
        *ret = decision;
        return STATUS_OK;
    }
    TRY(status);
    return access_decide(ctx, access, request, ret, why);
}

enum status caller_may_pass(const struct account_ctx *ctx, struct str caller_arn,
                            struct str role_arn, struct str service, struct access_decision *ret,
                            struct why *why)
{
    const struct access_value to = {STR("iam:PassedToService"), service};
    const struct access_request request = {STR("iam:PassRole"), role_arn, &to, 1};
    return caller_may(ctx, caller_arn, &request, ret, why);
}
