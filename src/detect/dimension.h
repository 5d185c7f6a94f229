/* dimension.h: topic filters under a name, by which behaviors scope a metric.
 *
 * Rules (AWS IoT Device Defender developer guide, "Scoping metrics in security profiles using
 * dimensions"; *Dimension operations; MQTT 3.1.1 section 4.7 of filters; decided here where they
 * are silent):
 *  1. The only type is TOPIC_FILTER. Its values are topic filters: '#' stands last and alone in its
 *     level, '+' alone in its; ${iot:ClientId} stands for the client id of the device.
 *  2. Name and type stay; the values may change.
 *  3. Making one again with the same token and values is no failure; otherwise EXISTS.
 *  4. One that a security profile names cannot be deleted. Deleting what is not there is no
 * failure.
 *  5. An account has at most QUOTA_DIMENSIONS.
 */
#ifndef DETECT_DIMENSION_H
#define DETECT_DIMENSION_H

#include "account/page.h"
#include "account/tags.h"

enum { QUOTA_DIMENSIONS = 10 }; /* "Detect quotas" */

struct dimension_new {
    struct str name;
    struct str type;
    struct str values; /* JSON list of texts */
    struct str token;
    struct tags tags;
};

/* INVALID, EXISTS (resource: its ARN), LIMIT. */
MUST_USE enum status dimension_create(const struct account_ctx *ctx, const struct dimension_new *in,
                                      struct why *why);
/* NOT_FOUND, INVALID. */
MUST_USE enum status dimension_update(const struct account_ctx *ctx, struct str name,
                                      struct str values, struct dimension *ret, struct why *why);
MUST_USE enum status dimension_get(const struct account_ctx *ctx, struct str name,
                                   struct dimension *ret, struct why *why);
/* INVALID: rule 4. */
MUST_USE enum status dimension_delete(const struct account_ctx *ctx, struct str name,
                                      struct why *why);
/* By name; rows are struct dimension. */
MUST_USE enum status dimension_list(const struct account_ctx *ctx, const struct page *page,
                                    struct page_rows *ret, struct why *why);

#endif
