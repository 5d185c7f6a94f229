/* suppression.h: findings that somebody knows of and accepts, until a day or for good.
 *
 * A suppression is of one check about one resource. While it is in force, findings of later audits
 * about it are written as suppressed, and a check with no others is compliant; earlier findings do
 * not change. Rules (API reference, *AuditSuppression; developer guide, "Audit finding
 * suppressions"; decided here where they are silent):
 *  1. The identifier is of the kind that the check's findings are about.
 *  2. Either expirationDate, later than now, or suppressIndefinitely=true; not both, not neither.
 *  3. One for each check and resource (EXISTS), and each made with a token of its own (EXISTS).
 *  4. At most QUOTA_SUPPRESSIONS. An expired one suppresses nothing, is still listed, and is
 *     removed with the findings of its time (retention.h).
 */
#ifndef AUDIT_SUPPRESSION_H
#define AUDIT_SUPPRESSION_H

#include "account/page.h"
#include "audit/resource.h"
#include "contract/checks.h"

enum { QUOTA_SUPPRESSIONS = 10000 };

#define SUPPRESSION_FOREVER INT64_MAX

struct suppression_request {
    enum check_id check;
    const struct resource_id *resource;
    int64_t expires; /* TIME_NEVER: not given */
    struct maybe_bool indefinitely;
    struct str description; /* absent: none; in an update: unchanged */
    struct str token;       /* of a new one */
};

/* EXISTS, LIMIT, INVALID. */
MUST_USE enum status suppression_create(const struct account_ctx *ctx,
                                        const struct suppression_request *in, struct why *why);
/* What is not given stays; one kind of end replaces the other. NOT_FOUND, INVALID. */
MUST_USE enum status suppression_update(const struct account_ctx *ctx,
                                        const struct suppression_request *in, struct why *why);
MUST_USE enum status suppression_get(const struct account_ctx *ctx, enum check_id check,
                                     const struct resource_id *resource,
                                     struct audit_suppression *ret, struct why *why);
/* One that is not there is no failure. */
MUST_USE enum status suppression_delete(const struct account_ctx *ctx, enum check_id check,
                                        const struct resource_id *resource, struct why *why);

struct suppression_filter {
    struct str check_name;              /* canonical; absent: any */
    const struct resource_id *resource; /* NULL: any */
};

/* By the day they end, those without an end last. rows are struct audit_suppression. */
MUST_USE enum status suppression_list(const struct account_ctx *ctx,
                                      const struct suppression_filter *filter,
                                      const struct page *page, struct page_rows *ret,
                                      struct why *why);

/* Whether a check has any suppression, in force or not: those without cost audits nothing. */
MUST_USE enum status suppression_any(struct store_tx *tx, struct str check_name, bool *ret,
                                     struct why *why);

/* Whether one is in force at `now`. */
MUST_USE enum status suppression_holds(struct store_tx *tx, struct arena *mem,
                                       struct str check_name, struct str resource_key, int64_t now,
                                       bool *ret, struct why *why);

#endif
