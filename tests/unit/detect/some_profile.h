/* some_profile.h: a profile for tests, with what it names. */
#ifndef TESTS_UNIT_DETECT_SOME_PROFILE_H
#define TESTS_UNIT_DETECT_SOME_PROFILE_H

#include "../account/fixture.h"
#include "detect/custom_metric.h"
#include "detect/dimension.h"
#include "detect/profile.h"

#define SOME_ROLE "arn:aws:iam::123456789012:role/alerts"

#define SOME_BEHAVIORS                                                                             \
    STR("[{\"criteria\":{\"comparisonOperator\":\"less-than\",\"value\":{\"count\":9}},"           \
        "\"metric\":\"aws:num-messages-sent\",\"metricDimension\":{\"dimensionName\":\"d\"},"      \
        "\"name\":\"quiet\"}]")

/* A custom metric "battery" and a dimension "d". */
static inline void some_names(struct fixture *f)
{
    const struct custom_metric_new metric = {
        .name = STR("battery"), .type = STR("number"), .token = STR("t")};
    const struct dimension_new dimension = {.name = STR("d"),
                                            .type = STR("TOPIC_FILTER"),
                                            .values = STR("[\"a/#\"]"),
                                            .token = STR("t")};
    CHECK_OK(WRITE(f, custom_metric_create(&f->ctx, &metric, &f->why)));
    CHECK_OK(WRITE(f, dimension_create(&f->ctx, &dimension, &f->why)));
}

/* Every part but the deprecated list. Needs some_names. */
static inline struct profile_request some_profile(const char *name)
{
    return (struct profile_request){
        .name = str_from(name),
        .description = STR("a profile"),
        .parts = {[PART_BEHAVIORS] = SOME_BEHAVIORS,
                  [PART_ALERT_TARGETS] =
                      STR("{\"SNS\":{\"alertTargetArn\":\"arn:aws:sns:us-east-1:123456789012:t\","
                          "\"roleArn\":\"" SOME_ROLE "\"}}"),
                  [PART_RETAINED_V2] = STR("[{\"metric\":\"battery\"}]"),
                  [PART_EXPORT] = STR("{\"mqttTopic\":\"a/b\",\"roleArn\":\"" SOME_ROLE "\"}")}};
}

#endif
