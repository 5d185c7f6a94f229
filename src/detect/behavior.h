/* behavior.h: what a security profile calls normal, read and checked.
 *
 * A behavior names a metric and a criterion that each datapoint of a device must satisfy. These are
 * pure functions over values: whoever calls them says which custom metrics and dimensions there
 * are.
 *
 * Rules (AWS IoT Device Defender developer guide, "Behaviors", "Custom metrics", "ML Detect",
 * "Scoping metrics using dimensions"; quotas of Device Defender; decided here where they are
 * silent):
 *  1. A profile has at most QUOTA_BEHAVIORS behaviors with names of their own: violations are told
 *     apart by profile and behavior.
 *  2. The metric is one of contract/metrics.h or a custom metric that there is.
 *  3. The criterion is of exactly one kind, one that the metric takes: it has `value` (STATIC),
 *     `statisticalThreshold` (STATISTICAL) or `mlDetectionConfig` (MACHINE_LEARNING).
 *  4. STATIC and STATISTICAL have a comparisonOperator that fits the metric, MACHINE_LEARNING has
 *     none, and no duration.
 *  5. `value` has the one member that the metric's values have; a network or an address in cidrs
 * can be read. An empty list is fine where nothing at all shall be normal (in-port-set []), but
 *     not-in-port-set [] could never be violated.
 *  6. durationSeconds is one of metric_durations, and only where datapoints are made over one;
 * where such a metric names none, METRIC_DURATION_DEFAULT applies.
 *  7. A dimension is there, and scopes only metrics that may be scoped; with MACHINE_LEARNING only
 *     numeric ones.
 *  8. All values of a profile together have at most QUOTA_PROFILE_VALUES elements.
 *  9. Statistical and machine-learning criteria may stand beside static ones in one profile.
 */
#ifndef DETECT_BEHAVIOR_H
#define DETECT_BEHAVIOR_H

#include "base/arena.h"
#include "base/err.h"
#include "contract/metrics.h"

enum {
    QUOTA_BEHAVIORS = 100,       /* "Detect quotas": behaviors of a profile */
    QUOTA_PROFILE_VALUES = 1000, /* likewise: value elements of a profile */
    BEHAVIOR_DATAPOINTS_DEFAULT = 1,
    BEHAVIOR_FAULTS_MAX = 200,       /* kept; more are cut off, and the last one says so */
    BEHAVIOR_FAULT_BYTES_MAX = 2048, /* ErrorMessage of the service model */
};

/* The value of a static criterion; what is set follows from form. */
struct behavior_value {
    enum metric_form form;
    size_t n;                /* elements; of a number, 1 */
    int64_t count;           /* COUNT */
    const double *numbers;   /* NUMBER, NUMBERS */
    const int64_t *ports;    /* PORTS */
    const struct str *texts; /* CIDRS, STRINGS */
};

struct behavior {
    struct str name;
    struct str metric;    /* absent: none named */
    struct str dimension; /* absent: not scoped */
    bool dimension_not_in;
    unsigned kinds; /* a bit for each enum criteria_kind that the criterion has; valid: one */
    unsigned forms; /* a bit for each enum metric_form that `value` has; valid: one */
    struct behavior_value value;
    bool compares; /* a comparisonOperator is given */
    enum comparison comparison;
    struct str statistic;   /* "p99.9"; absent: not statistical */
    struct str confidence;  /* "HIGH"; absent: not of machine learning */
    bool has_duration;      /* durationSeconds is given */
    int64_t duration;       /* seconds */
    int to_alarm, to_clear; /* consecutive datapoints */
    bool suppress_alerts;
    bool exported;
};

struct behaviors {
    const struct behavior *at;
    size_t n;
};

/* Reads a JSON list of Behavior, canonical as the API hands it on: shapes, bounds and words of the
 * service model were checked there. Views point into json or mem. CORRUPT when it is no such list.
 */
MUST_USE enum status behaviors_read(struct arena *mem, struct str json, struct behaviors *ret,
                                    struct why *why);

/* What the account knows. Both are asked by name; a status other than OK ends the check. */
struct behavior_names {
    /* *ret_there false: no such custom metric. */
    enum status (*custom_metric)(void *ctx, struct str name, bool *ret_there, struct metric *ret,
                                 struct why *why);
    enum status (*dimension)(void *ctx, struct str name, bool *ret_there, struct why *why);
    void *ctx;
};

/* The metric of that name, of AWS or custom; *ret_there false when there is none. */
MUST_USE enum status behavior_metric(const struct behavior_names *names, struct str name,
                                     bool *ret_there, struct metric *ret, struct why *why);

/* What is wrong, a sentence each that names the behavior; n 0: nothing. */
struct behavior_faults {
    const struct str *at;
    size_t n;
};

MUST_USE enum status behaviors_check(struct arena *mem, const struct behaviors *behaviors,
                                     const struct behavior_names *names,
                                     struct behavior_faults *ret, struct why *why);

#endif
