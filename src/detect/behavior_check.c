/* behavior_check.c: the rules of behavior.h, a function each. */
#include "base/buf.h"
#include "base/map.h"
#include "detect/behavior.h"
#include "net/cidr.h"

#include "base/banned.h"

/* What a rule is given: the behavior, its metric, and where to ask for more. A rule that is broken
 * is INVALID with a sentence; any other failure ends the check. */
struct question {
    const struct behavior *behavior;
    struct metric metric;
    const struct behavior_names *names;
    struct arena *mem;
};

typedef enum status rule(const struct question *q, struct why *why);

static bool has_kind(const struct behavior *behavior, enum criteria_kind kind)
{
    return (behavior->kinds >> kind & 1) == 1;
}

/* Exactly one bit is set. */
static bool is_single(unsigned bits)
{
    return bits != 0 && (bits & (bits - 1)) == 0;
}

/* ---- rules ----------------------------------------------------------------------------------- */

static enum status rule_kind(const struct question *q, struct why *why)
{
    if (!is_single(q->behavior->kinds)) {
        return why_set(why, STATUS_INVALID,
                       "its criteria must have exactly one of value, statisticalThreshold and "
                       "mlDetectionConfig");
    }
    for (int kind = 0; kind < CRITERIA_COUNT; kind++) {
        if (has_kind(q->behavior, (enum criteria_kind)kind) &&
            !metric_takes(&q->metric, (enum criteria_kind)kind)) {
            return why_set(why, STATUS_INVALID, "%.*s criteria are not for %.*s",
                           STR_ARG(criteria_kind_name((enum criteria_kind)kind)),
                           STR_ARG(q->metric.name));
        }
    }
    return STATUS_OK;
}

/* The operators that fit, for the sentence. */
static enum status comparisons_of(const struct question *q, struct str *ret)
{
    struct buf out;
    buf_init(&out, q->mem, WHY_TEXT_MAX);
    for (int i = 0; i < COMPARISON_COUNT; i++) {
        if (metric_compares(&q->metric, (enum comparison)i)) {
            struct str word = comparison_name((enum comparison)i);
            buf_put_fmt(&out, "%s%.*s", buf_view(&out).len == 0 ? "" : ", ", STR_ARG(word));
        }
    }
    return buf_finish(&out, ret, NULL);
}

static enum status rule_comparison(const struct question *q, struct why *why)
{
    const struct behavior *behavior = q->behavior;
    struct str fitting;
    if (has_kind(behavior, CRITERIA_MACHINE_LEARNING)) {
        return !behavior->compares ? STATUS_OK
                                   : why_set(why, STATUS_INVALID,
                                             "criteria with mlDetectionConfig have no "
                                             "comparisonOperator: the model learns the bounds");
    }
    if (behavior->compares && metric_compares(&q->metric, behavior->comparison)) {
        return STATUS_OK;
    }
    TRY(comparisons_of(q, &fitting));
    return why_set(
        why, STATUS_INVALID, "its comparisonOperator is %.*s; for %.*s it must be %.*s",
        STR_ARG(behavior->compares ? comparison_name(behavior->comparison) : STR("missing")),
        STR_ARG(q->metric.name), STR_ARG(fitting));
}

static enum status check_cidrs(const struct behavior_value *value, struct why *why)
{
    for (size_t i = 0; i < value->n; i++) {
        struct cidr cidr;
        struct why reason = {.code = STATUS_OK};
        if (cidr_read(value->texts[i], &cidr, &reason) != STATUS_OK) {
            return why_set(why, STATUS_INVALID, "value.cidrs[%zu]: %s", i, reason.text);
        }
    }
    return STATUS_OK;
}

/* Nothing is ever in an empty list. */
static bool is_vain(const struct behavior *behavior)
{
    switch (behavior->comparison) {
    case COMPARE_NOT_IN_CIDR_SET:
    case COMPARE_NOT_IN_PORT_SET:
    case COMPARE_NOT_IN_SET:
        return behavior->value.n == 0;
    default:
        return false;
    }
}

static enum status rule_value(const struct question *q, struct why *why)
{
    const struct behavior *behavior = q->behavior;
    struct str member = metric_form_member(q->metric.form);
    if (!has_kind(behavior, CRITERIA_STATIC)) {
        return STATUS_OK;
    }
    if (behavior->forms != 1U << q->metric.form) {
        return why_set(why, STATUS_INVALID, "its value must have %.*s, and nothing else, for %.*s",
                       STR_ARG(member), STR_ARG(q->metric.name));
    }
    if (behavior->compares && is_vain(behavior)) {
        return why_set(why, STATUS_INVALID, "value.%.*s is empty, so %.*s could never be violated",
                       STR_ARG(member), STR_ARG(comparison_name(behavior->comparison)));
    }
    return q->metric.form == FORM_CIDRS ? check_cidrs(&behavior->value, why) : STATUS_OK;
}

static bool is_duration(int64_t seconds)
{
    for (size_t i = 0; i < METRIC_DURATIONS; i++) {
        if (metric_durations[i] == seconds) {
            return true;
        }
    }
    return false;
}

static enum status rule_duration(const struct question *q, struct why *why)
{
    const struct behavior *behavior = q->behavior;
    if (!behavior->has_duration) {
        return STATUS_OK;
    }
    if (has_kind(behavior, CRITERIA_MACHINE_LEARNING)) {
        return why_set(why, STATUS_INVALID,
                       "criteria with mlDetectionConfig have no "
                       "durationSeconds");
    }
    if (!metric_has_duration(&q->metric)) {
        return why_set(why, STATUS_INVALID,
                       "%.*s is not measured over a duration; leave "
                       "durationSeconds out",
                       STR_ARG(q->metric.name));
    }
    if (!is_duration(behavior->duration)) {
        return why_set(why, STATUS_INVALID,
                       "durationSeconds is %lld; it may be 300, 600, 900, "
                       "1800 or 3600",
                       (long long)behavior->duration);
    }
    return STATUS_OK;
}

static enum status rule_dimension(const struct question *q, struct why *why)
{
    const struct behavior *behavior = q->behavior;
    bool there;
    if (str_absent(behavior->dimension)) {
        return STATUS_OK;
    }
    if (!q->metric.dimension) {
        return why_set(why, STATUS_INVALID, "%.*s cannot be scoped by a dimension",
                       STR_ARG(q->metric.name));
    }
    TRY(q->names->dimension(q->names->ctx, behavior->dimension, &there, why));
    return there ? STATUS_OK
                 : why_set(why, STATUS_INVALID, "no dimension is named %.*s",
                           STR_ARG(behavior->dimension));
}

/* Those that can be asked once metric and kind are plain. */
static rule *const rules[] = {rule_comparison, rule_value, rule_duration, rule_dimension};

/* ---- all of them ----------------------------------------------------------------------------- */

struct faults {
    struct arena *mem;
    struct str *at;
    size_t n;
};

/* Adds a sentence; who is the behavior it is about, or absent. */
static enum status add(struct faults *faults, struct str who, const char *text)
{
    struct buf out;
    if (faults->n == BEHAVIOR_FAULTS_MAX) {
        return STATUS_OK;
    }
    buf_init(&out, faults->mem, BEHAVIOR_FAULT_BYTES_MAX);
    if (faults->n == BEHAVIOR_FAULTS_MAX - 1) {
        buf_put_str(&out, STR("there are more faults than are listed here"));
    } else if (str_absent(who)) {
        buf_put_str(&out, str_from(text));
    } else {
        buf_put_fmt(&out, "behavior %.*s: %s", STR_ARG(who), text);
    }
    return buf_finish(&out, &faults->at[faults->n++], NULL);
}

/* Keeps a broken rule as a fault; any other failure stays one. */
static enum status keep(struct faults *faults, struct str who, enum status status,
                        const struct why *broken, struct why *why)
{
    if (status == STATUS_INVALID) {
        return add(faults, who, broken->text);
    }
    if (status != STATUS_OK && why != NULL) {
        *why = *broken;
    }
    return status;
}

enum status behavior_metric(const struct behavior_names *names, struct str name, bool *ret_there,
                            struct metric *ret, struct why *why)
{
    const struct metric *known = metric_find(name);
    if (known == NULL) {
        return names->custom_metric(names->ctx, name, ret_there, ret, why);
    }
    *ret_there = true;
    *ret = *known;
    return STATUS_OK;
}

static enum status find_metric(const struct behavior *behavior, struct question *q, struct why *why)
{
    bool there;
    if (str_absent(behavior->metric)) {
        return why_set(why, STATUS_INVALID, "it names no metric");
    }
    TRY(behavior_metric(q->names, behavior->metric, &there, &q->metric, why));
    if (!there) {
        return why_set(why, STATUS_INVALID,
                       "there is no metric %.*s; `bulwark metrics` lists those of AWS, and "
                       "custom ones are made with CreateCustomMetric",
                       STR_ARG(str_slice(behavior->metric, 0, 128)));
    }
    return STATUS_OK;
}

static enum status check_one(const struct behavior *behavior, const struct behavior_names *names,
                             struct faults *faults, struct why *why)
{
    struct question q = {.behavior = behavior, .names = names, .mem = faults->mem};
    struct why broken = {.code = STATUS_OK};
    enum status status = find_metric(behavior, &q, &broken);
    if (status == STATUS_OK) {
        status = rule_kind(&q, &broken);
    }
    if (status != STATUS_OK) {
        return keep(faults, behavior->name, status, &broken, why);
    }
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        status = rules[i](&q, &broken);
        TRY(keep(faults, behavior->name, status, &broken, why));
    }
    return STATUS_OK;
}

/* Rules 1 and 8: those about all behaviors together. */
static enum status check_together(const struct behaviors *behaviors, struct faults *faults,
                                  struct why *why)
{
    struct map names; /* a set: what it leads to does not matter */
    struct why broken;
    size_t elements = 0;
    map_init(&names, faults->mem, behaviors->n + 1);
    for (size_t i = 0; i < behaviors->n; i++) {
        const struct behavior *behavior = &behaviors->at[i];
        elements += behavior->value.n;
        if (map_has(&names, behavior->name)) {
            TRY(add(faults, behavior->name, "another behavior has the same name"));
        } else {
            TRY(map_put(&names, behavior->name, faults, why));
        }
    }
    if (behaviors->n > QUOTA_BEHAVIORS) {
        (void)why_set(&broken, STATUS_INVALID, "there are %zu behaviors; a profile has at most %d",
                      behaviors->n, QUOTA_BEHAVIORS);
        TRY(add(faults, STR_ABSENT, broken.text));
    }
    if (elements > QUOTA_PROFILE_VALUES) {
        (void)why_set(&broken, STATUS_INVALID,
                      "the values have %zu elements together; a profile has at most %d", elements,
                      QUOTA_PROFILE_VALUES);
        TRY(add(faults, STR_ABSENT, broken.text));
    }
    return STATUS_OK;
}

enum status behaviors_check(struct arena *mem, const struct behaviors *behaviors,
                            const struct behavior_names *names, struct behavior_faults *ret,
                            struct why *why)
{
    struct faults faults = {.mem = mem, .at = NEW_ARRAY(mem, struct str, BEHAVIOR_FAULTS_MAX)};
    TRY_PTR(faults.at);
    for (size_t i = 0; i < behaviors->n; i++) {
        TRY(check_one(&behaviors->at[i], names, &faults, why));
    }
    TRY(check_together(behaviors, &faults, why));
    *ret = (struct behavior_faults){faults.at, faults.n};
    return STATUS_OK;
}
