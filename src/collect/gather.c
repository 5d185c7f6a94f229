/* gather.c: the areas in order, and what they share. */
#include "collect/gather.h"

#include "collect/gather_priv.h"

#include "base/limits.h"

#include "base/banned.h"

enum {
    NAMES_MEMORY = 1 << 30,
    PAGE_MEMORY = 64 << 20,
    WORK_MEMORY = 64 << 20,
};

static const struct {
    gather_area *run;
    enum snapshot_kind counted; /* lines that are its resources */
} areas[AREA_COUNT] = {
    [AREA_AUDIT_CONFIG] = {gather_audit_config, SNAPSHOT_AUDIT_CONFIG},
    [AREA_SUPPRESSIONS] = {gather_suppressions, SNAPSHOT_SUPPRESSION},
    [AREA_LOGGING] = {gather_logging, SNAPSHOT_LOGGING},
    [AREA_CAS] = {gather_cas, SNAPSHOT_CA},
    [AREA_CERTIFICATES] = {gather_certificates, SNAPSHOT_CERTIFICATE},
    [AREA_THINGS] = {gather_things, SNAPSHOT_THING},
    [AREA_GROUPS] = {gather_groups, SNAPSHOT_GROUP},
    [AREA_POLICIES] = {gather_policies, SNAPSHOT_POLICY},
    [AREA_ROLE_ALIASES] = {gather_role_aliases, SNAPSHOT_ROLE_ALIAS},
    [AREA_ROLES] = {gather_roles, SNAPSHOT_ROLE},
    [AREA_ROLE_USE] = {gather_role_use, SNAPSHOT_ROLE_USE},
    [AREA_POOLS] = {gather_pools, SNAPSHOT_POOL},
    [AREA_CONNECTIONS] = {gather_connections, SNAPSHOT_CONNECTIONS},
};

void gather_tell(struct gather *g, int64_t done, int64_t total)
{
    const struct gather_options *options = g->options;
    if (options->told != NULL) {
        const struct gather_progress progress = {g->area, done, total};
        options->told(options->told_ctx, &progress);
    }
}

/* ---- what is not known ----------------------------------------------------------------------- */

static void add_lack(struct gather *g, struct str action, struct str error, int64_t count,
                     bool passing)
{
    struct gather_lack *lack = &g->out->lacks[g->area];
    if (!lack->is) {
        lack->is = true;
        lack->action = STR("");
        lack->error = STR("");
        (void)!str_dup(g->mem, action, &lack->action, NULL);
        (void)!str_dup(g->mem, error, &lack->error, NULL);
    }
    lack->count = lack->count < 0 || count < 0 ? -1 : lack->count + count;
    lack->passing = lack->passing || passing;
    g->out->passing = g->out->passing || passing;
}

void gather_note_text(struct gather *g, struct str action, struct str error)
{
    add_lack(g, action, error, -1, false);
}

bool gather_note(struct gather *g, enum op_id op, enum status status, const struct why *why,
                 int64_t count)
{
    struct str action = STR("");
    bool known = status == STATUS_DENIED || status == STATUS_UNSUPPORTED ||
                 status == STATUS_INVALID || status == STATUS_BUSY || status == STATUS_TOO_LARGE ||
                 status == STATUS_NOT_CONFIGURED || status == STATUS_NOT_FOUND;
    if (known) {
        (void)!aws_action(g->work, op, &action, NULL);
        add_lack(g, action, str_from(why->text), count, status == STATUS_BUSY);
    }
    return known;
}

bool gather_note_other(struct gather *g, enum area area, enum op_id op, enum status status,
                       const struct why *why)
{
    enum area at = g->area;
    g->area = area;
    bool known = gather_note(g, op, status, why, -1);
    g->area = at;
    return known;
}

/* ---- calls ----------------------------------------------------------------------------------- */

enum status gather_call(struct gather *g, enum op_id op, const struct aws_arg *args, size_t n,
                        const struct json_value **ret, struct why *why)
{
    return aws_call(g->options->aws, op, args, n, g->work, ret, why);
}

enum status gather_put(struct gather *g, enum snapshot_kind kind, struct str id,
                       const struct json_value *value, struct why *why)
{
    return part_add(g->options->part, kind, id, value, g->work, why);
}

enum status gather_refusal(struct gather *g, enum op_id op, enum status status, struct why *why)
{
    if (status == STATUS_OK) {
        status = why_set(why, STATUS_INVALID, "the reply of %.*s does not describe it",
                         STR_ARG(operations[op].name));
    }
    if (status == STATUS_NOT_FOUND) {
        g->refused = 0;
        return STATUS_OK; /* deleted while the others were read */
    }
    if (!gather_note(g, op, status, why, 1)) {
        return status;
    }
    g->refused++;
    return STATUS_OK;
}

/* ---- lists of names -------------------------------------------------------------------------- */

struct naming {
    struct gather *g;
    const struct list_of_names *what;
    struct names *into;
};

static enum status add_name(struct gather *g, struct names *into, struct str name, struct why *why)
{
    if (into->n == GATHER_NAMES_MAX) {
        return why_set(why, STATUS_TOO_LARGE, "the account has more than %d resources of a kind",
                       GATHER_NAMES_MAX);
    }
    if (into->n == into->cap) {
        size_t wider = into->cap == 0 ? 256 : into->cap * 2;
        into->at = arena_grow(g->names, into->at, into->cap * sizeof into->at[0],
                              wider * sizeof into->at[0]);
        TRY_PTR(into->at);
        into->cap = wider;
    }
    TRY(str_dup(g->names, name, &into->at[into->n], why));
    into->n++;
    return STATUS_OK;
}

static enum status take_names(void *ctx, const struct json_value *page, struct why *why)
{
    const struct naming *naming = ctx;
    const struct list_of_names *what = naming->what;
    const struct json_value *list = json_tree_get(page, str_from(what->list));
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        struct str name = what->key != NULL        ? tree_text(v, what->key)
                          : v->type == JSON_STRING ? v->text
                                                   : STR_ABSENT;
        if (name.len > 0) {
            TRY(add_name(naming->g, naming->into, name, why));
        }
    }
    gather_tell(naming->g, 0, -1);
    return STATUS_OK;
}

enum status gather_names(struct gather *g, const struct list_of_names *what, struct names *ret,
                         struct why *why)
{
    struct naming naming = {g, what, ret};
    const struct aws_pages pages = {.op = what->op,
                                    .args = what->args,
                                    .n_args = what->n_args,
                                    .page_size = what->page_size,
                                    .visit = take_names,
                                    .ctx = &naming};
    *ret = (struct names){.n = 0};
    enum status status = aws_all_pages(g->options->aws, &pages, g->page, why);
    if (status != STATUS_OK && gather_note(g, what->op, status, why, -1)) {
        return STATUS_OK;
    }
    return status;
}

enum status gather_each(struct gather *g, const struct names *names, enum snapshot_kind kind,
                        gather_one *one, struct why *why)
{
    g->refused = 0;
    for (size_t i = 0; i < names->n; i++) {
        gather_tell(g, (int64_t)i, (int64_t)names->n);
        if (part_has(g->options->part, kind, names->at[i])) {
            continue;
        }
        if (g->refused == GATHER_REFUSALS_MAX) {
            g->out->lacks[g->area].count += (int64_t)(names->n - i);
            break;
        }
        arena_clear(g->work);
        TRY(one(g, names->at[i], why));
        if (part_has(g->options->part, kind, names->at[i])) {
            g->refused = 0;
        }
    }
    return STATUS_OK;
}

/* ---- lists of one resource ------------------------------------------------------------------- */

struct paging {
    struct gather *g;
    const struct pages_of *what;
    unsigned n;
};

static enum status take_page(void *ctx, const struct json_value *page, struct why *why)
{
    struct paging *paging = ctx;
    const struct pages_of *what = paging->what;
    struct gather *g = paging->g;
    const struct json_value *list = json_tree_get(page, str_from(what->list));
    const struct json_value *value = NULL;
    struct tree tree;
    struct str id;
    if (list == NULL || list->n == 0) {
        return STATUS_OK;
    }
    tree_object(&tree, g->page);
    tree_add_text(&tree, what->owner_key, what->owner);
    tree_add(&tree, what->list_key, list);
    TRY(tree_finish(&tree, &value, why));
    TRY(str_fmt(g->page, &id, why, "%.*s/%05u", STR_ARG(what->owner), ++paging->n));
    return part_add(g->options->part, what->kind, id, value, g->page, why);
}

enum status gather_pages_of(struct gather *g, const struct pages_of *what, struct why *why)
{
    struct paging paging = {g, what, 0};
    const struct aws_pages pages = {.op = what->op,
                                    .args = what->args,
                                    .n_args = what->n_args,
                                    .page_size = what->page_size,
                                    .visit = take_page,
                                    .ctx = &paging};
    return aws_all_pages(g->options->aws, &pages, g->page, why);
}

/* ---- the run --------------------------------------------------------------------------------- */

/* A lack as a line, so that whoever audits the snapshot knows of it. */
static enum status put_lack(struct gather *g, enum area area, struct why *why)
{
    const struct gather_lack *lack = &g->out->lacks[area];
    const struct json_value *value = NULL;
    struct tree tree;
    arena_clear(g->work);
    tree_object(&tree, g->work);
    tree_add_text(&tree, "action", lack->action);
    tree_add_text(&tree, "error", lack->error);
    if (lack->count >= 0) {
        tree_add_int(&tree, "count", lack->count);
    }
    TRY(tree_finish(&tree, &value, why));
    return gather_put(g, SNAPSHOT_UNKNOWN, area_name(area), value, why);
}

static enum status run_areas(struct gather *g, struct why *why)
{
    for (int i = 0; i < AREA_COUNT; i++) {
        g->area = (enum area)i;
        arena_clear(g->names);
        arena_clear(g->page);
        arena_clear(g->work);
        g->out->counts[i] = -1;
        if (areas[i].run != NULL) {
            gather_tell(g, 0, -1);
            TRY(areas[i].run(g, why));
            g->out->counts[i] = part_count(g->options->part, areas[i].counted);
        }
    }
    for (int i = 0; i < AREA_COUNT; i++) {
        if (g->out->lacks[i].is) {
            TRY(put_lack(g, (enum area)i, why));
        }
    }
    return STATUS_OK;
}

enum status gather_run(const struct gather_options *options, struct arena *mem,
                       struct gathered *ret, struct why *why)
{
    struct gather g = {.options = options,
                       .mem = mem,
                       .names = arena_new(NAMES_MEMORY),
                       .page = arena_new(PAGE_MEMORY),
                       .work = arena_new(WORK_MEMORY),
                       .out = ret};
    *ret = (struct gathered){.passing = false};
    enum status status = STATUS_NO_MEMORY;
    if (g.names == NULL || g.page == NULL || g.work == NULL) {
        why_no_memory(why);
    } else {
        status = run_areas(&g, why);
    }
    arena_free(g.work);
    arena_free(g.page);
    arena_free(g.names);
    return status;
}
