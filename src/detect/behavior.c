/* behavior.c: reading behaviors; see behavior.h. */
#include "detect/behavior.h"

#include "codec/json_number.h"
#include "codec/json_tree.h"

#include "base/banned.h"

static struct str text_of(const struct json_value *object, const char *key)
{
    const struct json_value *value = json_tree_get(object, str_from(key));
    return value == NULL ? STR_ABSENT : value->text;
}

static bool bool_of(const struct json_value *object, const char *key)
{
    const struct json_value *value = json_tree_get(object, str_from(key));
    return value != NULL && value->boolean;
}

/* *ret_given false and *ret untouched when the member is absent. */
static enum status int_of(const struct json_value *object, const char *key, bool *ret_given,
                          int64_t *ret, struct why *why)
{
    const struct json_value *value = json_tree_get(object, str_from(key));
    *ret_given = value != NULL;
    return value == NULL ? STATUS_OK : json_number_int64(value->text, ret, why);
}

/* ---- values ---------------------------------------------------------------------------------- */

static enum status read_texts(struct arena *mem, const struct json_value *list,
                              struct behavior_value *value, struct why *why)
{
    struct str *texts = NEW_ARRAY(mem, struct str, list->n);
    TRY_PTR(texts);
    for (const struct json_value *v = list->first; v != NULL; v = v->next) {
        texts[value->n++] = v->text;
    }
    value->texts = texts;
    return STATUS_OK;
}

static enum status read_ports(struct arena *mem, const struct json_value *list,
                              struct behavior_value *value, struct why *why)
{
    int64_t *ports = NEW_ARRAY(mem, int64_t, list->n);
    TRY_PTR(ports);
    for (const struct json_value *v = list->first; v != NULL; v = v->next) {
        TRY(json_number_int64(v->text, &ports[value->n++], why));
    }
    value->ports = ports;
    return STATUS_OK;
}

static enum status read_numbers(struct arena *mem, const struct json_value *list,
                                struct behavior_value *value, struct why *why)
{
    struct json_value one = *list;
    one.next = NULL;
    const struct json_value *first = list->type == JSON_ARRAY ? list->first : &one;
    double *numbers = NEW_ARRAY(mem, double, list->type == JSON_ARRAY ? list->n : 1);
    TRY_PTR(numbers);
    for (const struct json_value *v = first; v != NULL; v = v->next) {
        TRY(json_number_double(v->text, &numbers[value->n++], why));
    }
    value->numbers = numbers;
    return STATUS_OK;
}

static enum status read_member(struct arena *mem, enum metric_form form,
                               const struct json_value *json, struct behavior_value *value,
                               struct why *why)
{
    value->form = form;
    value->n = 0;
    switch (form) {
    case FORM_COUNT:
        value->n = 1;
        return json_number_int64(json->text, &value->count, why);
    case FORM_NUMBER:
    case FORM_NUMBERS:
        return read_numbers(mem, json, value, why);
    case FORM_PORTS:
        return read_ports(mem, json, value, why);
    default:
        return read_texts(mem, json, value, why);
    }
}

static enum status read_value(struct arena *mem, const struct json_value *json,
                              struct behavior *behavior, struct why *why)
{
    for (int form = 0; form < FORM_COUNT_OF; form++) {
        const struct json_value *member =
            json_tree_get(json, metric_form_member((enum metric_form)form));
        if (member != NULL) {
            behavior->forms |= 1U << form;
            TRY(read_member(mem, (enum metric_form)form, member, &behavior->value, why));
        }
    }
    return STATUS_OK;
}

/* ---- criteria -------------------------------------------------------------------------------- */

static enum status read_numbers_of(const struct json_value *criteria, struct behavior *behavior,
                                   struct why *why)
{
    bool given;
    int64_t to_alarm = BEHAVIOR_DATAPOINTS_DEFAULT;
    int64_t to_clear = BEHAVIOR_DATAPOINTS_DEFAULT;
    TRY(int_of(criteria, "consecutiveDatapointsToAlarm", &given, &to_alarm, why));
    TRY(int_of(criteria, "consecutiveDatapointsToClear", &given, &to_clear, why));
    TRY(int_of(criteria, "durationSeconds", &behavior->has_duration, &behavior->duration, why));
    behavior->to_alarm = (int)to_alarm;
    behavior->to_clear = (int)to_clear;
    return STATUS_OK;
}

static enum status read_criteria(struct arena *mem, const struct json_value *criteria,
                                 struct behavior *behavior, struct why *why)
{
    const struct json_value *value = json_tree_get(criteria, STR("value"));
    const struct json_value *statistical = json_tree_get(criteria, STR("statisticalThreshold"));
    const struct json_value *learning = json_tree_get(criteria, STR("mlDetectionConfig"));
    struct str comparison = text_of(criteria, "comparisonOperator");
    behavior->compares = comparison_find(comparison, &behavior->comparison);
    behavior->statistic = text_of(statistical, "statistic");
    behavior->confidence = text_of(learning, "confidenceLevel");
    behavior->kinds = (value != NULL ? 1U << CRITERIA_STATIC : 0) |
                      (statistical != NULL ? 1U << CRITERIA_STATISTICAL : 0) |
                      (learning != NULL ? 1U << CRITERIA_MACHINE_LEARNING : 0);
    TRY(read_value(mem, value, behavior, why));
    return read_numbers_of(criteria, behavior, why);
}

static enum status read_behavior(struct arena *mem, const struct json_value *json,
                                 struct behavior *ret, struct why *why)
{
    const struct json_value *dimension = json_tree_get(json, STR("metricDimension"));
    struct behavior behavior = {
        .name = text_of(json, "name"),
        .metric = text_of(json, "metric"),
        .dimension = text_of(dimension, "dimensionName"),
        .dimension_not_in = str_eq(text_of(dimension, "operator"), STR("NOT_IN")),
        .suppress_alerts = bool_of(json, "suppressAlerts"),
        .exported = bool_of(json, "exportMetric"),
        .duration = METRIC_DURATION_DEFAULT,
    };
    TRY(read_criteria(mem, json_tree_get(json, STR("criteria")), &behavior, why));
    *ret = behavior;
    return STATUS_OK;
}

enum status behaviors_read(struct arena *mem, struct str json, struct behaviors *ret,
                           struct why *why)
{
    const struct json_value *list = NULL;
    enum status status = json_tree_read(json, mem, &list, why);
    if (status == STATUS_NO_MEMORY) {
        return status;
    }
    if (status != STATUS_OK || list->type != JSON_ARRAY) {
        return why_set(why, STATUS_CORRUPT, "behaviors cannot be read: they are no JSON list");
    }
    struct behavior *at = NEW_ARRAY(mem, struct behavior, list->n);
    TRY_PTR(at);
    size_t n = 0;
    for (const struct json_value *v = list->first; v != NULL; v = v->next) {
        TRY(read_behavior(mem, v, &at[n++], why));
    }
    *ret = (struct behaviors){at, n};
    return STATUS_OK;
}
