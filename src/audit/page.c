/* page.c: what a page of judged resources came to, and its way into the store. */
#include "audit/finding.h"
#include "audit/runner_priv.h"
#include "audit/suppression.h"
#include "base/buf.h"

#include "base/banned.h"

enum { MESSAGE_BYTES_MAX = 2000, PROBLEMS_SHOWN = 3 };

/* ---- collecting ------------------------------------------------------------------------------ */

static enum status fill_finding(struct run *run, const struct check_run *check,
                                const struct audit_verdict *verdict,
                                const struct resource_id *resource, struct finding *row,
                                struct why *why)
{
    const struct check_row *named = &check_rows[check->check->id];
    *row = (struct finding){.task = run->task.id,
                            .check_name = named->name,
                            .severity = named->severity,
                            .task_started = run->task.started,
                            .found = clock_now(&run->options->clock),
                            .resource_type = resource_type_name(resource->kind),
                            .reason_code = verdict->code};
    /* Of a policy's verdicts only the judging of the next policy is outlived for sure. */
    TRY(str_dup(run->page, verdict->info, &row->info, why));
    TRY(str_dup(run->page, verdict->reason, &row->reason, why));
    TRY(resource_key(run->page, resource, &row->resource_key, why));
    if (!resource_key_suffices(resource->kind)) {
        TRY(resource_json(run->page, resource, STR_ABSENT, &row->resource, why));
    }
    if (check->suppressions) {
        bool holds = false;
        TRY(suppression_holds(run->view, run->row, row->check_name, row->resource_key,
                              run->task.started, &holds, why));
        row->suppressed = holds;
    }
    return finding_id(run->page, row, resource->id, &row->id, why);
}

static enum status fill_related(struct run *run, const struct audit_related *from,
                                const struct pending_finding *pending, struct related_resource *row,
                                struct why *why)
{
    struct str arn = STR_ABSENT;
    if (from->resource.kind == RESOURCE_DEVICE_CERTIFICATE) {
        TRY(arn_make(run->page, &run->options->account, STR("cert"), from->resource.id, &arn, why));
    }
    *row = (struct related_resource){.finding = pending->row.id,
                                     .resource_type = resource_type_name(from->resource.kind),
                                     .info = from->info};
    return resource_json(run->page, &from->resource, arn, &row->resource, why);
}

/* The resource judged, when the finding is of another one, and what the judge has listed. */
static enum status fill_all_related(struct run *run, const struct audit_verdict *verdict,
                                    const struct resource_id *judged,
                                    struct pending_finding *pending, struct why *why)
{
    size_t most = verdict->n_related + 1;
    bool has_kind = pending->outside && judged->kind != RESOURCE_NONE;
    if (verdict->n_related == 0 && !has_kind) {
        return STATUS_OK;
    }
    pending->related = NEW_ARRAY(run->page, struct related_resource, most);
    TRY_PTR(pending->related);
    if (has_kind) {
        const struct audit_related first = {.resource = *judged, .info = STR_ABSENT};
        TRY(fill_related(run, &first, pending, &pending->related[pending->n_related++], why));
    }
    for (size_t i = 0; i < verdict->n_related; i++) {
        TRY(fill_related(run, &verdict->related[i], pending,
                         &pending->related[pending->n_related++], why));
    }
    return STATUS_OK;
}

enum status page_add(struct run *run, size_t check, const struct audit_verdicts *verdicts,
                     const struct resource_id *resource, struct page_result *page, struct why *why)
{
    struct check_run *of = &run->checks[check];
    page->unjudged[check] += verdicts->unknown;
    if (verdicts->unknown && str_absent(of->lack)) {
        TRY(str_dup(run->mem, verdicts->lack, &of->lack, why));
    }
    page->non_compliant[check] += verdicts->n > 0 && !of->check->points_outside;
    for (size_t i = 0; i < verdicts->n; i++) {
        const struct audit_verdict *verdict = &verdicts->list[i];
        struct pending_finding *pending = NEW(run->page, struct pending_finding);
        TRY_PTR(pending);
        pending->check = check;
        pending->outside = verdict->resource.kind != RESOURCE_NONE;
        TRY(fill_finding(run, of, verdict, pending->outside ? &verdict->resource : resource,
                         &pending->row, why));
        TRY(fill_all_related(run, verdict, resource, pending, why));
        page->suppressed[check] += i == 0 && !pending->outside && pending->row.suppressed != 0;
        *page->last = pending;
        page->last = &pending->next;
        page->n_findings += 1 + pending->n_related;
    }
    return STATUS_OK;
}

/* ---- committing ------------------------------------------------------------------------------ */

struct commit {
    struct run *run;
    enum audit_subject subject;
    struct page_result *page;
    struct audit_check_run rows[CHECK_COUNT]; /* as they are after the commit */
};

static enum status still_wanted(struct commit *commit, struct store_tx *tx, struct why *why)
{
    struct audit_task task = {.id = commit->run->task.id};
    TRY(store_get(tx, TABLE(audit_task), &task, commit->run->page, why));
    if (!str_eq(task.status, STR("IN_PROGRESS"))) {
        return why_set(why, STATUS_CANCELED, "the audit was canceled");
    }
    return STATUS_OK;
}

/* The next place in a finding's list of related resources, which may have begun in another life. */
static enum status next_related(struct run *run, struct store_tx *tx, struct str finding,
                                int64_t **ret, struct why *why)
{
    int64_t *next = map_get(&run->related_next, finding);
    if (next == NULL) {
        const struct related_resource like = {.finding = finding};
        const struct store_range range = {.prefix = &like, .n_prefix = 1};
        size_t n = 0;
        TRY(store_count(tx, TABLE(related_resource), &range, 0, &n, why));
        next = NEW(run->mem, int64_t);
        TRY_PTR(next);
        *next = (int64_t)n;
        struct str key;
        TRY(str_dup(run->mem, finding, &key, why));
        TRY(map_put(&run->related_next, key, next, why));
    }
    *ret = next;
    return STATUS_OK;
}

/* A finding about another resource is written once, with the first resource that led to it. */
static enum status put_outside(struct commit *commit, struct store_tx *tx,
                               struct pending_finding *pending, struct why *why)
{
    enum status status = store_insert(tx, TABLE(finding), &pending->row, why);
    if (status == STATUS_OK) {
        commit->rows[pending->check].non_compliant++;
        commit->rows[pending->check].suppressed += pending->row.suppressed;
    } else if (status != STATUS_EXISTS) {
        return status;
    }
    int64_t *next = NULL;
    TRY(next_related(commit->run, tx, pending->row.id, &next, why));
    for (size_t i = 0; i < pending->n_related; i++) {
        pending->related[i].seq = (*next)++;
        TRY(store_put(tx, TABLE(related_resource), &pending->related[i], why));
    }
    return STATUS_OK;
}

/* One about the resource judged is written with it, once or, after a restart, again alike; almost
 * always once, and an insertion is cheaper than what may replace. */
static enum status put_own(struct store_tx *tx, struct pending_finding *pending, struct why *why)
{
    enum status status = store_insert(tx, TABLE(finding), &pending->row, why);
    TRY(status == STATUS_EXISTS ? store_put(tx, TABLE(finding), &pending->row, why) : status);
    for (size_t i = 0; i < pending->n_related; i++) {
        pending->related[i].seq = (int64_t)i;
        TRY(store_put(tx, TABLE(related_resource), &pending->related[i], why));
    }
    return STATUS_OK;
}

/* How many problems lists and issuers have; the first few are told with their addresses. */
static size_t say_problems(const struct revocation *lists, struct buf *out)
{
    struct revocation_problems at = revocation_problems_begin(lists);
    struct revocation_problem problem;
    size_t n = 0;
    while (revocation_problems_next(&at, &problem)) {
        if (n++ < PROBLEMS_SHOWN) {
            buf_put_fmt(out, " %.*s: %.*s.", STR_ARG(str_slice(problem.source, 0, 200)),
                        STR_ARG(str_slice(problem.text, 0, 250)));
        }
    }
    if (n > PROBLEMS_SHOWN) {
        buf_put_fmt(out,
                    " %zu more lists and issuers have problems; the daemon's log has all of them "
                    "(audit.list_problem).",
                    n - PROBLEMS_SHOWN);
    }
    return n;
}

/* What could not be judged is said, however the check ended. */
static enum status check_message(struct run *run, const struct check_run *check, int64_t unjudged,
                                 struct str *ret, struct why *why)
{
    if (unjudged == 0) {
        return STATUS_OK;
    }
    struct buf out;
    buf_init(&out, run->page, MESSAGE_BYTES_MAX);
    buf_put_fmt(&out, "%lld %s could not be judged.", (long long)unjudged,
                unjudged == 1 ? "resource" : "resources");
    if (check->missing > 0) {
        buf_put_fmt(&out, " %.*s", STR_ARG(str_slice(check->untold, 0, 1000)));
    }
    bool told = check->check->needs_lists && say_problems(run->lists, &out) > 0;
    if (!told && check->lack.len > 0) {
        buf_put_fmt(&out, " %.*s.", STR_ARG(str_slice(check->lack, 0, 300)));
    }
    return buf_finish(&out, ret, why);
}

static enum status put_check(struct commit *commit, struct store_tx *tx, size_t i, struct why *why)
{
    struct run *run = commit->run;
    struct audit_check_run *row = &commit->rows[i];
    const struct audit_check *check = run->checks[i].check;
    bool issuers = check->points_outside && check->needs_lists;
    row->non_compliant += commit->page->non_compliant[i];
    row->suppressed += commit->page->suppressed[i];
    if (issuers) { /* of those seen before a restart at least the revoked ones are known */
        int64_t seen = (int64_t)revocation_issuers(run->lists);
        seen = seen > row->total ? seen : row->total;
        row->total = seen > row->non_compliant ? seen : row->non_compliant;
    } else {
        row->total += commit->page->n_judged;
    }
    row->unjudged += commit->page->unjudged[i];
    row->cursor = commit->page->cursor;
    if (commit->page->subject_done) {
        row->unjudged += run->checks[i].missing;
        row->status = row->non_compliant > row->suppressed || row->unjudged > 0
                          ? STR("COMPLETED_NON_COMPLIANT")
                          : STR("COMPLETED_COMPLIANT");
        TRY(check_message(run, &run->checks[i], row->unjudged, &row->message, why));
    }
    return store_put(tx, TABLE(audit_check_run), row, why);
}

static enum status commit_work(struct store_tx *tx, void *ctx, struct why *why)
{
    struct commit *commit = ctx;
    struct run *run = commit->run;
    TRY(still_wanted(commit, tx, why));
    for (struct pending_finding *p = commit->page->first; p != NULL; p = p->next) {
        TRY(p->outside ? put_outside(commit, tx, p, why) : put_own(tx, p, why));
    }
    for (size_t i = 0; i < run->n_checks; i++) {
        if (run->checks[i].check->subject == commit->subject) {
            TRY(put_check(commit, tx, i, why));
        }
    }
    return STATUS_OK;
}

enum status page_commit(struct run *run, enum audit_subject subject, struct page_result *page,
                        struct why *why)
{
    struct commit *commit = NEW(run->page, struct commit);
    TRY_PTR(commit);
    *commit = (struct commit){.run = run, .subject = subject, .page = page};
    for (size_t i = 0; i < run->n_checks; i++) {
        commit->rows[i] = run->checks[i].row;
    }
    TRY(store_write(run->options->store, commit_work, commit, why));
    for (size_t i = 0; i < run->n_checks; i++) {
        if (run->checks[i].check->subject == subject) {
            run->checks[i].row.total = commit->rows[i].total;
            run->checks[i].row.unjudged = commit->rows[i].unjudged;
            run->checks[i].row.non_compliant = commit->rows[i].non_compliant;
            run->checks[i].row.suppressed = commit->rows[i].suppressed;
        }
    }
    return STATUS_OK;
}
