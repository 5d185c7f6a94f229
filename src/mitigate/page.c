/* page.c: see page.h. */
#include "mitigate/page.h"

#include "mitigate/step.h"

#include "base/banned.h"

/* What the findings of the page came to, by check. */
struct page_numbers {
    struct {
        int64_t failed, succeeded, skipped;
    } checks[CHECK_COUNT];
};

/* The page being run. */
struct page_state {
    const struct account_ctx *ctx; /* mem: of the page */
    const struct mission *mission;
    struct account_ctx step_ctx; /* mem: cleared for each finding */
    struct permissions permissions;
    struct page_numbers numbers;
    struct mitigate_steps steps;
    struct deeds deeds;
    size_t n_changes;
};

/* ---- one finding ----------------------------------------------------------------------------- */

static struct mitigation_execution execution_of(const struct page_state *page,
                                                const struct finding *finding,
                                                const struct definition *action, size_t seq)
{
    return (struct mitigation_execution){.task = page->mission->row.id,
                                         .finding = finding->id,
                                         .seq = (int64_t)seq,
                                         .action = action->name,
                                         .action_id = action->id,
                                         .started = TIME_NEVER,
                                         .finished = TIME_NEVER};
}

static enum status put_skipped(struct page_state *page, const struct finding *finding,
                               const struct definition *action, size_t seq, struct str message,
                               struct why *why)
{
    struct mitigation_execution row = execution_of(page, finding, action, seq);
    row.status = STR("SKIPPED");
    row.message = message;
    page->steps.skipped++;
    return store_insert(page->ctx->tx, TABLE(mitigation_execution), &row, why);
}

/* *ret_failed: the step was refused. */
static enum status run_step(struct page_state *page, const struct finding *finding,
                            const struct definition *action, size_t seq, bool *ret_failed,
                            struct why *why)
{
    const struct step step = {&page->step_ctx, &page->permissions, action, finding};
    struct mitigation_execution row = execution_of(page, finding, action, seq);
    struct step_plan plan = {.n = 0};
    struct why refusal = {.code = STATUS_OK};
    row.started = clock_now(&page->ctx->clock);
    enum status status = step_plan(&step, &plan, &refusal);
    *ret_failed = step_is_refused(status);
    if (*ret_failed) {
        row.status = STR("FAILED");
        row.error_code = step_error_code(status);
        row.message = str_from(refusal.text);
        page->steps.failed++;
    } else if (status != STATUS_OK) {
        return why_set(why, status, "%s", refusal.text);
    } else {
        row.status = STR("COMPLETED");
        TRY(step_apply(&step, &plan, row.task, row.seq, why));
        page->n_changes += plan.n;
        page->steps.completed++;
    }
    TRY(deeds_add_step(&page->deeds, &row, action, plan.changes, *ret_failed ? 0 : plan.n,
                       sizeof *plan.changes, why));
    row.finished = clock_now(&page->ctx->clock);
    return store_insert(page->ctx->tx, TABLE(mitigation_execution), &row, why);
}

static enum status run_actions(struct page_state *page, const struct finding *finding,
                               const struct mission_check *of, bool suppressed, bool *ret_failed,
                               struct why *why)
{
    bool failed = false;
    for (size_t i = 0; i < of->n_actions; i++) {
        if (suppressed) {
            TRY(put_skipped(page, finding, of->actions[i], i, STR("the finding is suppressed"),
                            why));
        } else if (failed) {
            TRY(put_skipped(page, finding, of->actions[i], i,
                            STR("an earlier action on the finding failed"), why));
        } else {
            TRY(run_step(page, finding, of->actions[i], i, &failed, why));
        }
    }
    *ret_failed = failed;
    return STATUS_OK;
}

static enum status run_finding(struct page_state *page, const struct finding *finding,
                               struct why *why)
{
    enum check_id check = CHECK_COUNT;
    bool failed = false;
    enum mission_part part = mission_part(page->mission, finding, &check);
    arena_clear(page->step_ctx.mem);
    if (part == PART_WANTED || part == PART_SUPPRESSED) {
        TRY(run_actions(page, finding, &page->mission->checks[check], part == PART_SUPPRESSED,
                        &failed, why));
    }
    if (part == PART_WANTED) {
        page->numbers.checks[check].failed += failed;
        page->numbers.checks[check].succeeded += !failed;
    } else if (part != PART_NONE) {
        page->numbers.checks[check].skipped++;
    }
    return STATUS_OK;
}

/* ---- the page -------------------------------------------------------------------------------- */

static enum status put_numbers(struct page_state *page, struct why *why)
{
    for (int check = 0; check < CHECK_COUNT; check++) {
        struct mitigation_check row = {.task = page->mission->row.id,
                                       .name = check_rows[check].name};
        if (page->mission->checks[check].n_actions > 0) {
            TRY(store_get(page->ctx->tx, TABLE(mitigation_check), &row, page->ctx->mem, why));
            row.failed += page->numbers.checks[check].failed;
            row.succeeded += page->numbers.checks[check].succeeded;
            row.skipped += page->numbers.checks[check].skipped;
            TRY(store_put(page->ctx->tx, TABLE(mitigation_check), &row, why));
        }
    }
    return STATUS_OK;
}

static bool gives_way(const struct page_state *page, const struct page_findings *in)
{
    return in->n_done > 0 && in->n_done % PAGE_FINDINGS_LEAST == 0 &&
           store_is_awaited(page->ctx->tx);
}

enum status page_run(const struct account_ctx *ctx, struct page_findings *in, struct why *why)
{
    struct mitigation_task row;
    struct page_state *page = NEW(ctx->mem, struct page_state);
    TRY_PTR(page);
    TRY(task_get(ctx, in->mission->row.id, &row, why));
    if (!str_eq(row.status, STR("IN_PROGRESS"))) {
        return why_set(why, STATUS_CANCELED, "the task was canceled");
    }
    page->ctx = ctx;
    page->mission = in->mission;
    page->step_ctx = *ctx;
    page->step_ctx.mem = in->step;
    permissions_init(&page->permissions, ctx);
    page->deeds = (struct deeds){.mem = ctx->mem, .account = &page->ctx->id};
    in->n_done = 0;
    while (in->n_done < in->n && page->n_changes < PAGE_CHANGES && !gives_way(page, in)) {
        TRY(run_finding(page, &in->findings[in->n_done], why));
        in->n_done++;
    }
    if (in->n_done == 0) {
        return STATUS_OK;
    }
    in->steps = page->steps;
    in->deeds = page->deeds;
    row.cursor = in->findings[in->n_done - 1].id;
    TRY(put_numbers(page, why));
    return store_put(ctx->tx, TABLE(mitigation_task), &row, why);
}
