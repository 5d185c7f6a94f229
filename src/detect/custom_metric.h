/* custom_metric.h: metrics that an account defines and its devices report.
 *
 * Rules (AWS IoT Device Defender developer guide, "Custom metrics"; *CustomMetric operations;
 * decided here where they are silent):
 *  1. A name does not begin with "aws:": these are AWS's. Name and type stay; displayName may
 * change.
 *  2. Making one again with the same token, type and displayName is no failure; otherwise EXISTS.
 *  3. One that a security profile names cannot be deleted. Deleting what is not there is no
 * failure.
 *  4. An account has at most QUOTA_CUSTOM_METRICS.
 */
#ifndef DETECT_CUSTOM_METRIC_H
#define DETECT_CUSTOM_METRIC_H

#include "account/page.h"
#include "account/tags.h"

enum { QUOTA_CUSTOM_METRICS = 100 }; /* "Detect quotas" */

struct custom_metric_new {
    struct str name;
    struct str type; /* a word of CUSTOM_METRIC_TYPES */
    struct str display_name;
    struct str token;
    struct tags tags;
};

/* INVALID, EXISTS (resource: its ARN), LIMIT. */
MUST_USE enum status custom_metric_create(const struct account_ctx *ctx,
                                          const struct custom_metric_new *in, struct why *why);
/* NOT_FOUND. */
MUST_USE enum status custom_metric_update(const struct account_ctx *ctx, struct str name,
                                          struct str display_name, struct custom_metric *ret,
                                          struct why *why);
MUST_USE enum status custom_metric_get(const struct account_ctx *ctx, struct str name,
                                       struct custom_metric *ret, struct why *why);
/* INVALID: rule 3. */
MUST_USE enum status custom_metric_delete(const struct account_ctx *ctx, struct str name,
                                          struct why *why);
/* By name; rows are struct custom_metric. */
MUST_USE enum status custom_metric_list(const struct account_ctx *ctx, const struct page *page,
                                        struct page_rows *ret, struct why *why);

#endif
