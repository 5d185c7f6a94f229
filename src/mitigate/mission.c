/* mission.c: see mission.h. */
#include "mitigate/mission.h"

#include <stdlib.h>

#include "account/finding_prefix.h"
#include "codec/json_tree.h"

#include "base/banned.h"

/* ---- as text --------------------------------------------------------------------------------- */

static void put_texts(struct json_write *w, struct str key, const struct str *texts, size_t n)
{
    json_write_key(w, key);
    json_write_array(w);
    for (size_t i = 0; i < n; i++) {
        json_write_string(w, texts[i]);
    }
    json_write_end(w);
}

static void put_codes(struct json_write *w, const struct mission *mission)
{
    bool any = false;
    for (int check = 0; check < CHECK_COUNT; check++) {
        const struct mission_check *of = &mission->checks[check];
        if (of->n_codes > 0 && !any) {
            any = true;
            json_write_key(w, STR("auditCheckToReasonCodeFilter"));
            json_write_object(w);
        }
        if (of->n_codes > 0) {
            put_texts(w, check_rows[check].name, of->codes, of->n_codes);
        }
    }
    if (any) {
        json_write_end(w);
    }
}

static void put_target(struct json_write *w, const struct mission *mission)
{
    json_write_object(w);
    put_codes(w, mission);
    json_write_member(w, STR("auditTaskId"), mission->audit_task);
    if (mission->n_findings > 0) {
        put_texts(w, STR("findingIds"), mission->findings, mission->n_findings);
    }
    json_write_end(w);
}

static void put_mapping(struct json_write *w, const struct mission *mission)
{
    json_write_object(w);
    for (int check = 0; check < CHECK_COUNT; check++) {
        const struct mission_check *of = &mission->checks[check];
        struct str names[MISSION_ACTIONS_MAX];
        for (size_t i = 0; i < of->n_actions; i++) {
            names[i] = of->actions[i]->name;
        }
        if (of->n_actions > 0) {
            put_texts(w, check_rows[check].name, names, of->n_actions);
        }
    }
    json_write_end(w);
}

static enum status put_actions(struct json_write *w, struct arena *mem,
                               const struct mission *mission, struct why *why)
{
    json_write_array(w);
    for (size_t i = 0; i < mission->n_definitions; i++) {
        const struct definition *action = &mission->definitions[i];
        struct str params;
        TRY(action_params_json(mem, &action->params, &params, why));
        json_write_object(w);
        json_write_key(w, STR("actionParams"));
        json_write_raw(w, params);
        json_write_member(w, STR("id"), action->id);
        json_write_member(w, STR("name"), action->name);
        json_write_member(w, STR("roleArn"), action->role_arn);
        json_write_end(w);
    }
    json_write_end(w);
    return STATUS_OK;
}

enum status mission_write(struct arena *mem, const struct mission *mission,
                          struct mitigation_task *row, struct why *why)
{
    struct buf out[3];
    struct json_write w[3];
    for (size_t i = 0; i < 3; i++) {
        buf_init(&out[i], mem, MISSION_BYTES_MAX);
        json_write_init(&w[i], &out[i]);
    }
    put_target(&w[0], mission);
    put_mapping(&w[1], mission);
    TRY(put_actions(&w[2], mem, mission, why));
    for (size_t i = 0; i < 3; i++) {
        json_write_finish(&w[i]);
    }
    TRY(buf_finish(&out[0], &row->target, why));
    TRY(buf_finish(&out[1], &row->mapping, why));
    return buf_finish(&out[2], &row->actions, why);
}

/* ---- from text ------------------------------------------------------------------------------- */

static struct str text_of(const struct json_value *object, const char *key)
{
    const struct json_value *value = json_tree_get(object, str_from(key));
    return value == NULL ? STR_ABSENT : value->text;
}

static size_t read_texts(const struct json_value *list, struct str *ret, size_t max)
{
    size_t n = 0;
    for (const struct json_value *v = JSON_FIRST(list); v != NULL && n < max; v = v->next) {
        ret[n++] = v->text;
    }
    return n;
}

static enum status read_target(struct arena *mem, struct mission *mission, struct why *why)
{
    const struct json_value *target = NULL;
    TRY(json_tree_read(mission->row.target, mem, &target, why));
    mission->audit_task = text_of(target, "auditTaskId");
    mission->n_findings = read_texts(json_tree_get(target, STR("findingIds")), mission->findings,
                                     MISSION_FINDINGS_MAX);
    const struct json_value *codes = json_tree_get(target, STR("auditCheckToReasonCodeFilter"));
    for (const struct json_value *v = JSON_FIRST(codes); v != NULL; v = v->next) {
        enum check_id check;
        if (check_find(v->key, &check)) {
            struct mission_check *of = &mission->checks[check];
            of->n_codes = read_texts(v, of->codes, MISSION_CODES_MAX);
        }
    }
    return STATUS_OK;
}

static enum status read_actions(struct arena *mem, const struct account_id *account,
                                struct mission *mission, struct why *why)
{
    const struct json_value *list = NULL;
    TRY(json_tree_read(mission->row.actions, mem, &list, why));
    mission->definitions = NEW_ARRAY(mem, struct definition, list->n);
    TRY_PTR(mission->definitions);
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        struct definition *action = &mission->definitions[mission->n_definitions++];
        struct buf params;
        struct json_write w;
        struct str text;
        action->name = text_of(v, "name");
        action->id = text_of(v, "id");
        action->role_arn = text_of(v, "roleArn");
        buf_init(&params, mem, ACTION_PARAMS_BYTES);
        json_write_init(&w, &params);
        json_tree_write(&w, json_tree_get(v, STR("actionParams")));
        TRY(buf_finish(&params, &text, why));
        TRY(action_params_read(mem, text, &action->params, why));
        TRY(arn_make(mem, account, STR("mitigationaction"), action->name, &action->arn, why));
    }
    return STATUS_OK;
}

static const struct definition *find_definition(const struct mission *mission, struct str name)
{
    for (size_t i = 0; i < mission->n_definitions; i++) {
        if (str_eq(mission->definitions[i].name, name)) {
            return &mission->definitions[i];
        }
    }
    return NULL;
}

static enum status read_mapping(struct arena *mem, struct mission *mission, struct why *why)
{
    const struct json_value *mapping = NULL;
    TRY(json_tree_read(mission->row.mapping, mem, &mapping, why));
    for (const struct json_value *v = JSON_FIRST(mapping); v != NULL; v = v->next) {
        enum check_id check;
        struct str names[MISSION_ACTIONS_MAX];
        size_t n = read_texts(v, names, MISSION_ACTIONS_MAX);
        for (size_t i = 0; check_find(v->key, &check) && i < n; i++) {
            const struct definition *action = find_definition(mission, names[i]);
            if (action == NULL) {
                return why_set(why, STATUS_CORRUPT, "action %.*s of a task is not defined",
                               STR_ARG(names[i]));
            }
            struct mission_check *of = &mission->checks[check];
            of->actions[of->n_actions++] = action;
        }
    }
    return STATUS_OK;
}

enum status mission_read(struct arena *mem, const struct account_id *account,
                         const struct mitigation_task *row, struct mission *ret, struct why *why)
{
    *ret = (struct mission){.row = *row};
    enum status status = read_target(mem, ret, why);
    status = status == STATUS_OK ? read_actions(mem, account, ret, why) : status;
    status = status == STATUS_OK ? read_mapping(mem, ret, why) : status;
    if (status == STATUS_OK || status == STATUS_NO_MEMORY) {
        return status;
    }
    return why_set(why, STATUS_CORRUPT, "what mitigation task %.*s is to do cannot be read",
                   STR_ARG(row->id));
}

/* ---- findings -------------------------------------------------------------------------------- */

static bool has_text(const struct str *texts, size_t n, struct str text)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(texts[i], text)) {
            return true;
        }
    }
    return false;
}

enum mission_part mission_part(const struct mission *mission, const struct finding *finding,
                               enum check_id *ret_check)
{
    enum check_id check;
    bool named = str_absent(mission->audit_task)
                     ? has_text(mission->findings, mission->n_findings, finding->id)
                     : str_eq(mission->audit_task, finding->task);
    if (!named || !check_find(finding->check_name, &check) ||
        mission->checks[check].n_actions == 0) {
        return PART_NONE;
    }
    const struct mission_check *of = &mission->checks[check];
    *ret_check = check;
    if (of->n_codes > 0 && !has_text(of->codes, of->n_codes, finding->reason_code)) {
        return PART_LEFT_OUT;
    }
    return finding->suppressed != 0 ? PART_SUPPRESSED : PART_WANTED;
}

static enum status named_findings(const struct account_ctx *ctx, const struct mission *mission,
                                  struct str after, struct finding *ret, size_t max, size_t *ret_n,
                                  struct why *why)
{
    size_t n = 0;
    for (size_t i = 0; i < mission->n_findings && n < max; i++) {
        if (!str_absent(after) && str_cmp(mission->findings[i], after) <= 0) {
            continue;
        }
        struct finding row = {.id = mission->findings[i]};
        enum status status = store_get(ctx->tx, TABLE(finding), &row, ctx->mem, why);
        if (status != STATUS_NOT_FOUND) {
            TRY(status);
            ret[n++] = row;
        }
    }
    *ret_n = n;
    return STATUS_OK;
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Where the findings of the task's checks lie, in the order of ids. */
static enum status find_runs(struct arena *mem, const struct mission *mission,
                             struct str ret[CHECK_COUNT], size_t *ret_n, struct why *why)
{
    size_t n = 0;
    for (int check = 0; check < CHECK_COUNT; check++) {
        if (mission->checks[check].n_actions > 0) {
            TRY(finding_prefix(mem, mission->audit_task, check_rows[check].name, &ret[n], why));
            n++;
        }
    }
    qsort(ret, n, sizeof ret[0], by_text);
    *ret_n = n;
    return STATUS_OK;
}

bool mission_tells(const struct mission *mission)
{
    for (size_t i = 0; i < mission->n_definitions; i++) {
        if (mission->definitions[i].params.kind == ACTION_PUBLISH_FINDING_TO_SNS) {
            return true;
        }
    }
    return false;
}

/* 0: all. */
static uint64_t columns_of(const struct mission *mission)
{
    if (mission_tells(mission)) {
        return 0;
    }
    return COLUMN_BIT(COL_finding__id) | COLUMN_BIT(COL_finding__task) |
           COLUMN_BIT(COL_finding__check_name) | COLUMN_BIT(COL_finding__resource_type) |
           COLUMN_BIT(COL_finding__resource_key) | COLUMN_BIT(COL_finding__reason_code) |
           COLUMN_BIT(COL_finding__suppressed);
}

/* Findings of one check of the audit, after an id when that lies among them. */
static enum status take_run(const struct account_ctx *ctx, const struct mission *mission,
                            struct str prefix, struct str after, struct finding *ret, size_t max,
                            size_t *n, struct why *why)
{
    const struct finding first = {.id = prefix};
    const struct finding last = {.id = after};
    bool within = !str_absent(after) && str_starts(after, prefix);
    const struct store_range range = {.from = within ? NULL : &first,
                                      .n_from = within ? 0 : 1,
                                      .after = within ? &last : NULL,
                                      .columns = columns_of(mission)};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(finding), &range, &scan, why));
    while (*n < max) {
        bool more = false;
        TRY(store_scan_next(scan, &ret[*n], ctx->mem, &more, why));
        if (!more || !str_starts(ret[*n].id, prefix)) {
            break;
        }
        enum check_id check;
        *n += mission_part(mission, &ret[*n], &check) != PART_NONE;
    }
    return STATUS_OK;
}

enum status mission_findings(const struct account_ctx *ctx, const struct mission *mission,
                             struct str after, struct finding *ret, size_t max, size_t *ret_n,
                             struct why *why)
{
    if (str_absent(mission->audit_task)) {
        return named_findings(ctx, mission, after, ret, max, ret_n, why);
    }
    struct str runs[CHECK_COUNT];
    size_t n_runs = 0;
    size_t n = 0;
    TRY(find_runs(ctx->mem, mission, runs, &n_runs, why));
    for (size_t i = 0; i < n_runs && n < max; i++) {
        bool passed =
            !str_absent(after) && !str_starts(after, runs[i]) && str_cmp(runs[i], after) < 0;
        if (!passed) {
            TRY(take_run(ctx, mission, runs[i], after, ret, max, &n, why));
        }
    }
    *ret_n = n;
    return STATUS_OK;
}
