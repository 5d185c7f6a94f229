/* runner_priv.h: one audit being carried out; shared by runner.c, subject.c and page.c. */
#ifndef AUDIT_RUNNER_PRIV_H
#define AUDIT_RUNNER_PRIV_H

#include "account/account.h"
#include "account/role.h"
#include "audit/check.h"
#include "audit/collected.h"
#include "audit/device_rights.h"
#include "audit/policy_facts.h"
#include "audit/revocation.h"
#include "audit/runner.h"
#include "audit/task.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/retries.h"

/* Resources are read in pages; pages are committed together until there is enough of them, so that
 * a compliant fleet costs few commits and a hopeless one never holds up the writer for long. */
enum {
    PAGE_RESOURCES = 1000,
    COMMIT_PAGES = 16,
    COMMIT_FINDINGS = 4000,
    COMMIT_MEMORY = LIMIT_AUDIT_MEMORY / 4,
    COMMIT_MS = 250, /* a cancel takes effect with the next commit, on however slow a disk */
};

/* One check of the task, with the numbers since the last committed page. */
struct check_run {
    const struct audit_check *check;
    struct audit_check_run row; /* as last committed */
    struct audit_facts facts;
    struct str lack;   /* the first reason why a resource could not be judged */
    int64_t missing;   /* resources that are not known (collected.h), */
    struct str untold; /* and why */
    bool suppressions; /* there are some of this check */
};

struct run {
    const struct audit_runner_options *options;
    struct audit_task task;
    struct store_tx *view;
    struct arena *mem;  /* of the run */
    struct arena *page; /* what waits for its commit */
    struct arena *rows; /* cleared for each page of rows */
    struct arena *row;  /* cleared for each resource */
    struct revocation *lists;
    struct policy_memory *policies;
    struct collected collected;          /* what of the account is not known */
    const struct role_opened *role;      /* by which it reads; NULL: nobody need be asked */
    struct str unheld;                   /* the configured role, when the account lacks it */
    struct device_rights_memory *rights; /* made when first needed */
    struct check_run checks[CHECK_COUNT];
    size_t n_checks;
    int64_t waits_until;     /* when checks that lack data are due; TIME_NEVER: none does */
    struct map related_next; /* finding id -> int64_t: the next seq of its related resources */
    bool (*stopping)(void *ctx);
    void *stopping_ctx;
};

/* A verdict on its way into the store. */
struct pending_finding {
    size_t check; /* index into run->checks */
    struct finding row;
    bool outside; /* of another resource than the one judged, which is among the related ones */
    struct related_resource *related;
    size_t n_related;
    struct pending_finding *next;
};

/* What the pages since the last commit came to. */
struct page_result {
    int64_t begun; /* when the first page was read */
    size_t n_pages;
    size_t n_findings; /* and their related resources */
    int64_t n_judged;
    int64_t non_compliant[CHECK_COUNT];
    int64_t suppressed[CHECK_COUNT]; /* of them */
    int64_t unjudged[CHECK_COUNT];
    struct pending_finding *first, **last;
    struct str cursor; /* key of the last resource judged */
    bool subject_done;
};

/* Reads, judges and commits all resources of a subject. CANCELED when the task was, or when the
 * program stops. */
MUST_USE enum status subject_run(struct run *run, enum audit_subject subject, struct why *why);

/* Adds the verdicts of one check on one resource. */
MUST_USE enum status page_add(struct run *run, size_t check, const struct audit_verdicts *verdicts,
                              const struct resource_id *resource, struct page_result *page,
                              struct why *why);

/* Commits pages (runner.h, invariant 3). */
MUST_USE enum status page_commit(struct run *run, enum audit_subject subject,
                                 struct page_result *page, struct why *why);

/* Carries out every task in progress whose time has come. The status is that of the first trouble
 * that keeps a task from its end, in which case *ret_next is when the next one is due, or
 * TIME_NEVER when that is not known. */
MUST_USE enum status run_pass(const struct audit_runner_options *options, struct retries *retries,
                              bool (*stopping)(void *ctx), void *stopping_ctx, int64_t *ret_next,
                              struct why *why);

/* The task's state asked of the store anew: for the fetcher while it waits. */
bool run_canceled(void *run);

void run_tell(const struct run *run, const char *name, struct str subject, struct str text,
              int64_t number);

#endif
