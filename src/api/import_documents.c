/* import_documents.c: the route of import_documents.h: reads what came on a worker, takes it in in
 * one transaction.
 */
#include "api/import_documents.h"

#include "api/extension.h"
#include "codec/json_write.h"
#include "net/http.h"

#include "base/banned.h"

/* In the order in which they are taken in: what is referred to comes first. */
static const struct import_row *const rows[] = {
    &import_policies_row, &import_users_row,      &import_roles_row,
    &import_pools_row,    &import_pool_roles_row, &import_usage_row,
};
enum { ROWS = sizeof rows / sizeof rows[0] };

struct element {
    const struct import_row *row;
    size_t index; /* in its list */
    void *value;
};

struct refusal {
    struct str list;
    size_t index;
    struct str path;
    struct str why;
};

struct documents {
    bool dry;
    const struct str *assumed;
    size_t n_assumed;
    struct element *elements;
    size_t n_elements;
    struct refusal *refused; /* has room for all elements */
    size_t n_refused;
    struct import_left_out left;
};

bool import_refuses(enum status status)
{
    switch (status) {
    case STATUS_INVALID:
    case STATUS_OUT_OF_BOUNDS:
    case STATUS_MALFORMED:
    case STATUS_MALFORMED_POLICY:
    case STATUS_UNREADABLE:
    case STATUS_NOT_FOUND:
    case STATUS_LIMIT:
    case STATUS_CONFLICT:
        return true;
    default:
        return false;
    }
}

bool import_is_assumed(const struct import_run *run, struct str id)
{
    for (size_t i = 0; i < run->n_assumed; i++) {
        if (str_eq(run->assumed[i], id)) {
            return true;
        }
    }
    return false;
}

static enum status refuse(struct documents *documents, struct arena *mem,
                          const struct import_row *row, size_t index,
                          const struct import_read *read, const struct why *fault, struct why *why)
{
    struct refusal *refusal = &documents->refused[documents->n_refused++];
    *refusal = (struct refusal){row->list, index, str_absent(read->path) ? STR("") : read->path,
                                STR_ABSENT};
    return str_dup(mem, str_from(fault->text), &refusal->why, why);
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum status read_element(const struct account_ctx *ctx, struct documents *documents,
                                const struct import_row *row, const struct json_value *value,
                                size_t index, struct why *why)
{
    struct import_read read = {.mem = ctx->mem, .path = STR_ABSENT};
    struct import_left_out left = {0};
    struct why fault = {.code = STATUS_OK};
    void *element = arena_alloc(ctx->mem, row->size);
    TRY_PTR(element);
    enum status status = value->type == JSON_OBJECT
                             ? row->read(ctx, &read, value, element, &left, &fault)
                             : why_set(&fault, STATUS_INVALID, "it is %s and must be an object",
                                       json_type_name(value->type));
    if (import_refuses(status)) {
        return refuse(documents, ctx->mem, row, index, &read, &fault, why);
    }
    if (status != STATUS_OK) {
        return why_set(why, status, "%s", fault.text);
    }
    documents->elements[documents->n_elements++] = (struct element){row, index, element};
    documents->left.memberships += left.memberships;
    documents->left.boundaries += left.boundaries;
    documents->left.instance_profiles += left.instance_profiles;
    return STATUS_OK;
}

static enum status read_assumed(const struct json_value *body, struct arena *mem,
                                struct documents *documents, struct why *why)
{
    const struct json_value *list = json_tree_get(body, STR("assumed"));
    struct str *assumed = NEW_ARRAY(mem, struct str, list == NULL ? 0 : list->n);
    TRY_PTR(assumed);
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        assumed[documents->n_assumed++] = v->text;
    }
    documents->assumed = assumed;
    return STATUS_OK;
}

static enum status check_members(const struct json_value *body, struct why *why)
{
    for (const struct json_value *member = body->first; member != NULL; member = member->next) {
        bool known = str_eq(member->key, STR("dryRun")) || str_eq(member->key, STR("assumed"));
        enum json_type type = str_eq(member->key, STR("dryRun")) ? JSON_BOOL : JSON_ARRAY;
        for (size_t i = 0; i < ROWS; i++) {
            known = known || str_eq(member->key, rows[i]->list);
        }
        if (!known) {
            return why_set(why, STATUS_INVALID, "there is no list %.*s",
                           STR_ARG(str_slice(member->key, 0, 64)));
        }
        if (member->type != type) {
            return why_set(why, STATUS_INVALID, "%.*s is %s and must be %s", STR_ARG(member->key),
                           json_type_name(member->type), json_type_name(type));
        }
    }
    return STATUS_OK;
}

static enum status read_lists(const struct account_ctx *ctx, const struct json_value *body,
                              struct documents *documents, struct why *why)
{
    size_t most = 0;
    for (const struct json_value *member = body->first; member != NULL; member = member->next) {
        most += member->n;
    }
    documents->elements = NEW_ARRAY(ctx->mem, struct element, most);
    documents->refused = NEW_ARRAY(ctx->mem, struct refusal, most);
    TRY_PTR(documents->elements);
    TRY_PTR(documents->refused);
    for (size_t i = 0; i < ROWS; i++) {
        size_t index = 0;
        const struct json_value *list = json_tree_get(body, rows[i]->list);
        for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
            TRY(read_element(ctx, documents, rows[i], v, index++, why));
        }
    }
    return STATUS_OK;
}

enum status prepare_import_account(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    const struct json_value *body;
    struct documents *documents = NEW(call->mem, struct documents);
    TRY_PTR(documents);
    TRY(json_tree_read(call->request->body, call->mem, &body, why));
    if (body->type != JSON_OBJECT) {
        return why_set(why, STATUS_INVALID, "the body is %s and must be an object",
                       json_type_name(body->type));
    }
    TRY(check_members(body, why));
    const struct json_value *dry = json_tree_get(body, STR("dryRun"));
    documents->dry = dry != NULL && dry->boolean;
    TRY(read_assumed(body, call->mem, documents, why));
    TRY(read_lists(&ctx, body, documents, why));
    call->prepared = documents;
    return STATUS_OK;
}

/* ---- taking in ------------------------------------------------------------------------------- */

struct counts {
    int64_t changes[IMPORT_CHANGED + 1];
    int64_t built_in;
    struct str *changed; /* what was new or has changed; has room for all elements */
    size_t n_changed;
};

static enum status take(const struct account_ctx *ctx, struct documents *documents,
                        const struct element *element, struct counts *counts, struct why *why)
{
    struct import_read read = {.mem = ctx->mem, .path = STR_ABSENT};
    struct import_run run = {.ctx = *ctx,
                             .read = &read,
                             .dry = documents->dry,
                             .assumed = documents->assumed,
                             .n_assumed = documents->n_assumed};
    struct why fault = {.code = STATUS_OK};
    enum import_change change = IMPORT_KNOWN;
    enum status status = element->row->take(&run, element->value, &change, &fault);
    if (import_refuses(status)) {
        return refuse(documents, ctx->mem, element->row, element->index, &read, &fault, why);
    }
    if (status != STATUS_OK) {
        return why_set(why, status, "%s", fault.text);
    }
    counts->changes[change] += !run.built_in;
    counts->built_in += run.built_in;
    if (change != IMPORT_KNOWN && !documents->dry) {
        counts->changed[counts->n_changed++] = run.id;
    }
    return STATUS_OK;
}

static void reply_counts(struct json_write *w, const struct documents *documents,
                         const struct counts *counts)
{
    json_write_member_int64(w, STR("new"), counts->changes[IMPORT_NEW]);
    json_write_member_int64(w, STR("changed"), counts->changes[IMPORT_CHANGED]);
    json_write_member_int64(w, STR("known"), counts->changes[IMPORT_KNOWN]);
    json_write_member_int64(w, STR("builtIn"), counts->built_in);
    json_write_member_int64(w, STR("memberships"), (int64_t)documents->left.memberships);
    json_write_member_int64(w, STR("boundaries"), (int64_t)documents->left.boundaries);
    json_write_member_int64(w, STR("instanceProfiles"), (int64_t)documents->left.instance_profiles);
    json_write_key(w, STR("refused"));
    json_write_array(w);
    for (size_t i = 0; i < documents->n_refused; i++) {
        const struct refusal *refusal = &documents->refused[i];
        json_write_object(w);
        json_write_member(w, STR("list"), refusal->list);
        json_write_member_int64(w, STR("index"), (int64_t)refusal->index);
        json_write_member(w, STR("path"), refusal->path);
        json_write_member(w, STR("why"), refusal->why);
        json_write_end(w);
    }
    json_write_end(w);
}

enum status import_account(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    /* A transaction that is tried again begins from what was read. */
    struct documents documents = *(const struct documents *)call->prepared;
    struct counts counts = {.built_in = 0};
    counts.changed = NEW_ARRAY(call->mem, struct str, documents.n_elements);
    TRY_PTR(counts.changed);
    for (size_t i = 0; i < documents.n_elements; i++) {
        TRY(take(&ctx, &documents, &documents.elements[i], &counts, why));
    }
    call->changed = counts.changed;
    call->n_changed = counts.n_changed;
    reply_counts(call->out, &documents, &counts);
    return STATUS_OK;
}
