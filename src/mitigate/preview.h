/* preview.h: what a task would do, without doing it: the blast radius.
 *
 * Each step is planned as the runner would plan it, refusals of the role included, over a view that
 * nothing changes. Steps are planned by themselves: what an earlier step of the same task would
 * change is not seen by a later one. Beside what a step changes, it tells whom it touches: the
 * principals, things and open connections that would feel it.
 *
 *  - A deactivated device certificate touches itself, the things it is attached to, and the
 *    connections (by client id) that it has open as far as the history knows (account/session.h).
 *  - A thing that comes into a group touches itself.
 *  - A blank policy touches every principal the policy is attached to, their things and
 *    connections; of thing groups, the things directly in them.
 *  - A deactivated CA certificate touches nobody: it registers no more, and what it registered goes
 *    on. Nor do logging and messages.
 */
#ifndef MITIGATE_PREVIEW_H
#define MITIGATE_PREVIEW_H

#include "mitigate/step.h"

/* Of one step, so many principals, things and connections are told; beyond, `more` says so. */
enum { TOUCHED_MAX = 1000 };

struct touched {
    struct map principals, things, connections; /* names, each once */
    bool more;
};

struct preview_step {
    const struct finding *finding;
    const struct definition *action;
    bool skipped;       /* the finding is suppressed, or an action before would fail */
    enum status status; /* OK, or why the step would be refused */
    struct str message;
    const struct step_plan *plan;
    const struct touched *touched;
};

struct preview {
    const struct mission *mission;
    struct str after; /* id of the last finding of the page before; absent: from the first */
    size_t max;       /* findings of a page */
    /* Called for each step in turn; what it is given lives until it returns. */
    enum status (*visit)(void *ctx, const struct preview_step *step, struct why *why);
    void *ctx;
};

/* One page. *ret_next is the position of the next, absent after the last. */
MUST_USE enum status preview_run(const struct account_ctx *ctx, const struct preview *preview,
                                 struct str *ret_next, struct why *why);

#endif
