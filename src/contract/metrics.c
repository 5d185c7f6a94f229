/* metrics.c: the rows of metrics.h. */
#include "contract/metrics.h"

#include "base/banned.h"

#define STATIC           (1U << CRITERIA_STATIC)
#define STATISTICAL      (1U << CRITERIA_STATISTICAL)
#define MACHINE_LEARNING (1U << CRITERIA_MACHINE_LEARNING)

#define OFFLINE STR("aws:disconnect-duration")

const struct metric metrics[] = {
#define METRIC_ROW(name, side, form, made, unit, dimension, source)                                \
    {STR_INIT(name), SIDE_##side, FORM_##form,     MADE_##made,                                    \
     STR_INIT(unit), dimension,   STR_INIT(source)},
    METRICS(METRIC_ROW)
#undef METRIC_ROW
};

const size_t n_metrics = sizeof metrics / sizeof metrics[0];

const int32_t metric_durations[METRIC_DURATIONS] = {300, 600, 900, 1800, 3600};

static const struct {
    struct str member;
    enum comparison_family family;
    unsigned kinds;
} forms[FORM_COUNT_OF] = {
#define FORM_ROW(form, member, family, kinds)                                                      \
    [FORM_##form] = {STR_INIT(member), FAMILY_##family, kinds},
    METRIC_FORMS(FORM_ROW)
#undef FORM_ROW
};

static const struct {
    struct str word;
    enum comparison_family family;
} comparisons[COMPARISON_COUNT] = {
#define COMPARISON_ROW(id, word, family) [COMPARE_##id] = {STR_INIT(word), FAMILY_##family},
    COMPARISONS(COMPARISON_ROW)
#undef COMPARISON_ROW
};

static const struct {
    struct str type;
    enum metric_form form;
} custom_types[] = {
#define TYPE_ROW(type, form) {STR_INIT(type), FORM_##form},
    CUSTOM_METRIC_TYPES(TYPE_ROW)
#undef TYPE_ROW
};

const struct metric *metric_find(struct str name)
{
    for (size_t i = 0; i < n_metrics; i++) {
        if (str_eq(metrics[i].name, name)) {
            return &metrics[i];
        }
    }
    return NULL;
}

bool metric_custom(struct str name, struct str type, struct metric *ret)
{
    for (size_t i = 0; i < sizeof custom_types / sizeof custom_types[0]; i++) {
        if (str_eq(custom_types[i].type, type)) {
            enum metric_form form = custom_types[i].form;
            *ret = (struct metric){.name = name,
                                   .side = SIDE_CUSTOM,
                                   .form = form,
                                   .made = form == FORM_NUMBER ? MADE_LAST : MADE_LIST,
                                   .unit = STR(""),
                                   .source = STR("custom_metrics")};
            return true;
        }
    }
    return false;
}

static bool is_offline(const struct metric *metric)
{
    return str_eq(metric->name, OFFLINE);
}

bool metric_takes(const struct metric *metric, enum criteria_kind kind)
{
    if (is_offline(metric)) {
        return kind != CRITERIA_MACHINE_LEARNING;
    }
    return (forms[metric->form].kinds >> kind & 1) == 1;
}

bool metric_compares(const struct metric *metric, enum comparison comparison)
{
    if (is_offline(metric)) {
        return comparison == COMPARE_LESS_THAN || comparison == COMPARE_LESS_THAN_EQUALS;
    }
    return comparisons[comparison].family == forms[metric->form].family;
}

bool metric_has_duration(const struct metric *metric)
{
    return metric->made != MADE_LIST && !is_offline(metric);
}

struct str metric_form_member(enum metric_form form)
{
    return forms[form].member;
}

struct str criteria_kind_name(enum criteria_kind kind)
{
    static const struct str names[CRITERIA_COUNT] = {
#define KIND_NAME(kind) STR_INIT(#kind),
        CRITERIA_KINDS(KIND_NAME)
#undef KIND_NAME
    };
    return names[kind];
}

struct str comparison_name(enum comparison comparison)
{
    return comparisons[comparison].word;
}

bool comparison_find(struct str word, enum comparison *ret)
{
    for (int i = 0; i < COMPARISON_COUNT; i++) {
        if (str_eq(comparisons[i].word, word)) {
            *ret = (enum comparison)i;
            return true;
        }
    }
    return false;
}
