/* authorize.c: see authorize.h. */
#include "api/authorize.h"

#include "account/access_cache.h"
#include "contract/actions.h"
#include "policy/pattern.h"

#include "base/banned.h"

/* Everything a request may name at once; the service model bounds its lists far below. */
enum { TEXTS_MAX = 1024 };

struct texts {
    struct arena *mem;
    struct str *at;
    size_t n;
};

static enum status add_text(struct texts *texts, struct str text, struct why *why)
{
    if (texts->n == TEXTS_MAX) {
        return why_set(why, STATUS_TOO_LARGE, "a request names at most %d resources", TEXTS_MAX);
    }
    struct str *at =
        arena_grow(texts->mem, texts->at, texts->n * sizeof *at, (texts->n + 1) * sizeof *at);
    TRY_PTR(at);
    texts->at = at;
    texts->at[texts->n++] = text;
    return STATUS_OK;
}

/* ---- the way through the request ------------------------------------------------------------- */

/* The texts at the end of a path of members; what is absent on the way adds none. */
static enum status walk(const struct value *value, const uint16_t *members, size_t left,
                        struct texts *texts, struct why *why)
{
    if (value == NULL) {
        return STATUS_OK;
    }
    enum shape_type type = value_type(value);
    if (type == TYPE_LIST || type == TYPE_MAP) {
        for (size_t i = 0; i < value_count(value); i++) {
            TRY(walk(value_at(value, i), members, left, texts, why));
        }
        return STATUS_OK;
    }
    if (type == TYPE_STRUCT) {
        return left == 0 || members[0] == M_NONE
                   ? STATUS_OK
                   : walk(value_get(value, (enum member_id)members[0]), members + 1, left - 1,
                          texts, why);
    }
    return add_text(texts, value_text(value), why);
}

static enum status walk_path(const struct call *call, const struct action_path *path,
                             struct texts *texts, struct why *why)
{
    return walk(call->in, path->members, ACTION_PATH_MAX, texts, why);
}

/* ---- resources ------------------------------------------------------------------------------- */

/* A user or role that is there has the path that it was made with; one that is not has none. */
static enum status iam_arn(const struct call *call, const struct action_resource *resource,
                           struct str name, struct str *ret, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_entity entity;
    enum iam_kind kind = str_eq(resource->type, iam_kind_text(IAM_USER)) ? IAM_USER : IAM_ROLE;
    enum status status = iam_entity_get(&ctx, kind, name, &entity, why);
    if (status == STATUS_NOT_FOUND) {
        return arn_make_iam(call->mem, &ctx.id, resource->type, STR("/"), name, ret, why);
    }
    TRY(status);
    return iam_entity_arn(&ctx, &entity, ret, why);
}

static enum status form_arn(const struct call *call, const struct action_resource *resource,
                            struct str text, struct str *ret, struct why *why)
{
    const struct account_id *id = &call->env->id;
    struct str path = arg_str(call, M_Path);
    switch ((enum resource_form)resource->form) {
    case RESOURCE_OURS:
        return arn_make_of(call->mem, id, op_service(call->op)->name, resource->type, text, ret,
                           why);
    case RESOURCE_IAM_NEW:
        return arn_make_iam(call->mem, id, resource->type, str_absent(path) ? STR("/") : path, text,
                            ret, why);
    case RESOURCE_IAM:
        return iam_arn(call, resource, text, ret, why);
    case RESOURCE_LOGS:
        TRY(str_fmt(call->mem, &text, why, "%.*s:log-stream:%.*s", STR_ARG(text),
                    STR_ARG(arg_str(call, M_logStreamName))));
        return arn_make_of(call->mem, id, STR("logs"), STR("log-group:"), text, ret, why);
    case RESOURCE_ARN:
    case RESOURCE_ALL:
    case RESOURCE_NONE:
        break;
    }
    *ret = text;
    return STATUS_OK;
}

/* What stands for a resource that the request does not name by its own member. */
static enum status add_unnamed(const struct call *call, const struct action_resource *resource,
                               struct texts *texts, struct why *why)
{
    struct str other = arg_str(call, (enum member_id)resource->otherwise);
    struct str arn;
    if (resource->form == RESOURCE_LOGS && !str_starts(other, STR("arn:"))) {
        TRY(form_arn(call, resource, str_absent(other) ? STR("") : other, &arn, why));
        return add_text(texts, arn, why);
    }
    if (resource->form == RESOURCE_IAM && str_eq(resource->type, iam_kind_text(IAM_USER)) &&
        !str_absent(call->caller.arn)) {
        return add_text(texts, call->caller.arn, why);
    }
    return str_absent(other) ? STATUS_OK : add_text(texts, other, why);
}

static enum status add_resource(const struct call *call, const struct action_resource *resource,
                                struct texts *texts, struct why *why)
{
    struct texts named = {.mem = call->mem};
    TRY(walk_path(call, &resource->path, &named, why));
    for (size_t i = 0; i < named.n; i++) {
        struct str arn;
        TRY(form_arn(call, resource, named.at[i], &arn, why));
        TRY(add_text(texts, arn, why));
    }
    return named.n > 0 ? STATUS_OK : add_unnamed(call, resource, texts, why);
}

enum status authority_of(const struct call *call, struct authority *ret, struct why *why)
{
    const struct operation *op = call->op;
    const struct action_row *row = &action_rows[op_id(op)];
    struct texts texts = {.mem = call->mem};
    struct authority authority = {.n_resources = 0};
    TRY(str_fmt(call->mem, &authority.action, why, "%.*s:%.*s", STR_ARG(op_service(op)->name),
                STR_ARG(str_absent(row->name) ? op->name : row->name)));
    for (size_t i = 0; i < ACTION_RESOURCES_MAX && row->resources[i].form != RESOURCE_NONE; i++) {
        TRY(add_resource(call, &row->resources[i], &texts, why));
    }
    if (texts.n == 0) {
        TRY(add_text(&texts, STR("*"), why));
    }
    authority.resources = texts.at;
    authority.n_resources = texts.n;
    *ret = authority;
    return STATUS_OK;
}

bool authority_needs_view(const struct operation *op)
{
    return op != NULL && action_rows[op_id(op)].resources[0].form == RESOURCE_IAM;
}

/* ---- deciding -------------------------------------------------------------------------------- */

bool caller_is_free(const struct call *call)
{
    return str_absent(call->caller.arn) || arn_is_root(&call->env->id, call->caller.arn);
}

enum { VALUES_MAX = 4 + 2 * POLICY_VALUES_MAX };

struct question {
    struct account_ctx ctx;
    const struct access *access;
    struct access_value *values; /* room for VALUES_MAX */
    size_t n_values;
    size_t n_keys; /* of tags */
};

static void knows(struct question *question, struct str key, struct str value)
{
    question->values[question->n_values++] = (struct access_value){key, value};
}

/* No value may be lost on the way: what did not fit could be what a condition forbids. */
static enum status knows_key(struct question *question, struct str key, struct why *why)
{
    if (question->n_keys == POLICY_VALUES_MAX) {
        return why_set(why, STATUS_TOO_LARGE, "a request names at most %d tags", POLICY_VALUES_MAX);
    }
    question->n_keys++;
    knows(question, STR("aws:TagKeys"), key);
    return STATUS_OK;
}

static enum status knows_tag(struct question *question, struct str key, struct str value,
                             struct why *why)
{
    struct str name;
    TRY(knows_key(question, key, why));
    TRY(str_fmt(question->ctx.mem, &name, why, "aws:RequestTag/%.*s", STR_ARG(key)));
    knows(question, name, str_absent(value) ? STR("") : value);
    return STATUS_OK;
}

/* Tags are a list of {Key, Value}, or a map; keys to be taken away are a list of texts. */
static enum status knows_tags(const struct call *call, struct question *question, struct why *why)
{
    static const enum member_id with_values[] = {M_tags, M_Tags, M_IdentityPoolTags};
    static const enum member_id keys_alone[] = {M_tagKeys, M_TagKeys};
    for (size_t m = 0; m < sizeof with_values / sizeof with_values[0]; m++) {
        const struct value *tags = arg_get(call, with_values[m]);
        bool map = tags != NULL && value_type(tags) == TYPE_MAP;
        bool list = tags != NULL && value_type(tags) == TYPE_LIST;
        for (size_t i = 0; (map || list) && i < value_count(tags); i++) {
            const struct value *at = value_at(tags, i);
            if (list && value_type(at) != TYPE_STRUCT) {
                break; /* a list of another kind under that name */
            }
            TRY(map ? knows_tag(question, value_key(tags, i), value_text(at), why)
                    : knows_tag(question, value_str(at, M_Key), value_str(at, M_Value), why));
        }
    }
    for (size_t m = 0; m < sizeof keys_alone / sizeof keys_alone[0]; m++) {
        const struct value *keys = arg_get(call, keys_alone[m]);
        for (size_t i = 0; i < value_count(keys); i++) {
            TRY(knows_key(question, value_text(value_at(keys, i)), why));
        }
    }
    return STATUS_OK;
}

static enum status ask(const struct question *question, struct str action, struct str resource,
                       struct why *why)
{
    const struct access_request request = {action, resource, question->values, question->n_values};
    struct access_decision decision;
    TRY(access_decide(&question->ctx, question->access, &request, &decision, why));
    return decision.allowed ? STATUS_OK
                            : why_set(why, STATUS_DENIED, "%.*s", STR_ARG(decision.sentence));
}

/* iam:PassRole for each role that the request hands over. */
static enum status ask_roles(const struct call *call, struct question *question, struct why *why)
{
    const struct action_row *row = &action_rows[op_id(call->op)];
    struct texts roles = {.mem = call->mem};
    struct str to;
    for (size_t i = 0; i < ACTION_ROLES_MAX && row->roles[i].members[0] != M_NONE; i++) {
        TRY(walk_path(call, &row->roles[i], &roles, why));
    }
    TRY(str_fmt(call->mem, &to, why, "%.*s.amazonaws.com", STR_ARG(op_service(call->op)->name)));
    knows(question, STR("iam:PassedToService"), to);
    for (size_t i = 0; i < roles.n; i++) {
        TRY(ask(question, STR("iam:PassRole"), roles.at[i], why));
    }
    return STATUS_OK;
}

/* Only who asks for an operation of AWS can hand over a role. */
static enum status ask_all(const struct call *call, const struct authority *authority,
                           struct question *question, struct why *why)
{
    question->values = NEW_ARRAY(call->mem, struct access_value, VALUES_MAX);
    TRY_PTR(question->values);
    knows(question, STR("aws:SourceIp"), call->caller.address);
    knows(question, STR("aws:RequestedRegion"), call->env->id.region);
    if (call->op != NULL) {
        knows(question, STR("iam:PolicyARN"), arg_str(call, M_PolicyArn));
        TRY(knows_tags(call, question, why));
    }
    for (size_t i = 0; i < authority->n_resources; i++) {
        TRY(ask(question, authority->action, authority->resources[i], why));
    }
    return call->op == NULL ? STATUS_OK : ask_roles(call, question, why);
}

enum status authorize(const struct call *call, const struct authority *authority, struct why *why)
{
    struct question question = {.ctx = call_account(call)};
    const struct action_row *row = call->op == NULL ? NULL : &action_rows[op_id(call->op)];
    if (caller_is_free(call) || (row != NULL && row->free)) {
        return STATUS_OK;
    }
    if (row != NULL && !row->there) {
        return why_set(why, STATUS_INTERNAL, "%.*s has no row in the table of actions",
                       STR_ARG(call->op->name));
    }
    struct access_cache *cache = call->env->access;
    struct access_entry *entry = NULL;
    enum status status =
        cache == NULL ? access_of_caller(&question.ctx, call->caller.arn, &question.access, why)
                      : access_cache_take(cache, &question.ctx, call->caller.arn, &question.access,
                                          &entry, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_DENIED,
                       "User: %.*s is not authorized to perform: %.*s on resource: %.*s because "
                       "the user does not exist",
                       STR_ARG(call->caller.arn), STR_ARG(authority->action),
                       STR_ARG(authority->resources[0]));
    }
    TRY(status);
    status = ask_all(call, authority, &question, why);
    access_cache_give(cache, entry);
    return status;
}
