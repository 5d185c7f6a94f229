/* page.h: a page of findings, and what is done about each; shared by runner.c and page.c. */
#ifndef MITIGATE_PAGE_H
#define MITIGATE_PAGE_H

#include "mitigate/deeds.h"
#include "mitigate/runner.h"

/* A page ends behind the finding with which its steps have changed so many resources, so that the
 * write-ahead log stays within its bound; and, when another transaction waits, behind so many
 * findings. Large pages are several times cheaper than small ones: steps change the same pages of
 * indexes over and over. */
enum { PAGE_CHANGES = 8000, PAGE_FINDINGS_LEAST = 250 };

struct page_findings {
    const struct mission *mission;
    const struct finding *findings;
    size_t n;
    struct arena *step; /* cleared for each finding */
    /* out */
    size_t n_done;
    struct mitigate_steps steps;
    struct deeds deeds; /* of the steps, in the transaction's memory */
};

/* In a transaction: what is to be done about the findings, up to where the page ends. CANCELED when
 * the task is not in progress any more. */
MUST_USE enum status page_run(const struct account_ctx *ctx, struct page_findings *page,
                              struct why *why);

#endif
