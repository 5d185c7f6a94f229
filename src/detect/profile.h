/* profile.h: security profiles: what is normal for the devices they are attached to, who is told
 * when it is not, and which metrics are kept beside.
 *
 * Rules (*SecurityProfile operations; AWS IoT Device Defender developer guide, "Detect",
 * "Monitoring the behavior of unregistered devices"; CloudFormation's handlers for what these leave
 * open; decided here where all are silent):
 *  1. Nothing but the name is needed. Behaviors obey behavior.h; metrics and dimensions to retain
 * are there.
 *  2. Versions are counted from 1; each update adds one. An update or deletion that expects another
 *     version is refused.
 *  3. An update replaces what it brings, whole; what it does not bring stays, and so does what it
 *     brings empty. A list is taken away by its delete flag, which may not stand beside the list.
 *  4. Making one again exactly as it is, tags apart, is no failure.
 *  5. Roles are of this account, an alert target is an SNS topic's ARN, the topic of an export one
 * to which can be published. An alert may be defined before its topic is.
 *  6. Deleting a profile takes its targets with it. Deleting what is not there is no failure.
 */
#ifndef DETECT_PROFILE_H
#define DETECT_PROFILE_H

#include "account/page.h"
#include "account/tags.h"

/* A part of a profile that is a JSON value of its own; the order is that of the columns. */
enum profile_part {
    PART_BEHAVIORS,     /* list of Behavior */
    PART_ALERT_TARGETS, /* map of AlertTarget */
    PART_RETAINED,      /* list of metric names, deprecated by AWS */
    PART_RETAINED_V2,   /* list of MetricToRetain */
    PART_EXPORT,        /* MetricsExportConfig */
    PART_COUNT
};

struct profile_request {
    struct str name;
    struct str description;       /* absent: none, or unchanged */
    struct str parts[PART_COUNT]; /* JSON; absent: none, or unchanged */
    bool drop[PART_COUNT];        /* of an update: take the part away */
    struct maybe_int expected_version;
    struct tags tags; /* of a new one */
};

/* EXISTS (resource: its ARN), INVALID. */
MUST_USE enum status profile_create(const struct account_ctx *ctx, const struct profile_request *in,
                                    struct why *why);
/* NOT_FOUND, INVALID, VERSION_CONFLICT. */
MUST_USE enum status profile_update(const struct account_ctx *ctx, const struct profile_request *in,
                                    struct security_profile *ret, struct why *why);
MUST_USE enum status profile_get(const struct account_ctx *ctx, struct str name,
                                 struct security_profile *ret, struct why *why);
/* VERSION_CONFLICT. */
MUST_USE enum status profile_delete(const struct account_ctx *ctx, struct str name,
                                    struct maybe_int expected_version, struct why *why);

/* Which profiles: those that name a metric, or a dimension, or (both absent) all. */
struct profile_filter {
    struct str metric;
    struct str dimension;
};

/* By name; *ret_names has as many texts as ret->n. INVALID when both are asked for; NOT_FOUND when
 * there is no such metric or dimension. */
MUST_USE enum status profile_list(const struct account_ctx *ctx,
                                  const struct profile_filter *filter, const struct page *page,
                                  const struct str **ret_names, struct page_rows *ret,
                                  struct why *why);

#endif
