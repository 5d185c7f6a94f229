/* metrics.h: what Detect can judge: the metrics of AWS IoT Device Defender, one row each, and what
 * may be said of each kind of metric.
 *
 * Everything that knows a metric reads these rows: the validation of behaviors (detect/behavior.h),
 * `bulwark metrics`, the tables in docs/detect.md, and what evaluates datapoints.
 *
 * Sources: AWS IoT Device Defender developer guide, "Cloud-side metrics", "Device-side metrics",
 * "Custom metrics", "Scoping metrics in security profiles using dimensions"; shapes
 * BehaviorCriteria and MetricValue of the service model. The guide prints "failures" as the unit of
 * the two numbers of listening ports; that is a slip, an older edition says ports.
 */
#ifndef CONTRACT_METRICS_H
#define CONTRACT_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* clang-format off */

/* What a value of a metric is: the member of MetricValue that holds it, its comparison operators,
 * and whether criteria may be statistical or of machine learning. Lists are compared as sets, with
 * what the behavior lists; they have no duration. */
#define METRIC_FORMS(X) \
    X(COUNT,   "count",   NUMERIC, STATIC | STATISTICAL | MACHINE_LEARNING) \
    X(NUMBER,  "number",  NUMERIC, STATIC | STATISTICAL | MACHINE_LEARNING) \
    X(CIDRS,   "cidrs",   CIDR,    STATIC) \
    X(PORTS,   "ports",   PORT,    STATIC) \
    X(NUMBERS, "numbers", SET,     STATIC) \
    X(STRINGS, "strings", SET,     STATIC)

/* The operators, and of which family each is. A criterion says what is normal: a datapoint that
 * satisfies it conforms, any other violates the behavior. */
#define COMPARISONS(X) \
    X(LESS_THAN,           "less-than",           NUMERIC) \
    X(LESS_THAN_EQUALS,    "less-than-equals",    NUMERIC) \
    X(GREATER_THAN,        "greater-than",        NUMERIC) \
    X(GREATER_THAN_EQUALS, "greater-than-equals", NUMERIC) \
    X(IN_CIDR_SET,         "in-cidr-set",         CIDR) \
    X(NOT_IN_CIDR_SET,     "not-in-cidr-set",     CIDR) \
    X(IN_PORT_SET,         "in-port-set",         PORT) \
    X(NOT_IN_PORT_SET,     "not-in-port-set",     PORT) \
    X(IN_SET,              "in-set",              SET) \
    X(NOT_IN_SET,          "not-in-set",          SET)

/* The kinds of criteria, as the API's lists filter by them. */
#define CRITERIA_KINDS(X) X(STATIC) X(STATISTICAL) X(MACHINE_LEARNING)

/* What a datapoint of a window is made of: the SUM of what was measured in it, the LAST value (a
 * gauge), EACH measurement alone, or the elements of a list. */

/* name, measured by the broker (CLOUD) or the device (DEVICE), form, made of, unit, may be scoped by a
 * dimension, source: the broker's counter, or the member of a device's report. */
#define METRICS(X) \
    X("aws:message-byte-size",        CLOUD,  COUNT, EACH, "bytes",       true,  "bytes of each message the device sends") \
    X("aws:num-messages-sent",        CLOUD,  COUNT, SUM,  "messages",    true,  "messages published by the device") \
    X("aws:num-messages-received",    CLOUD,  COUNT, SUM,  "messages",    true,  "messages delivered to the device") \
    X("aws:num-authorization-failures", CLOUD, COUNT, SUM, "failures",    true,  "requests of the device that were denied") \
    X("aws:source-ip-address",        CLOUD,  CIDRS, LIST, "",            true,  "addresses the device connected from") \
    X("aws:num-connection-attempts",  CLOUD,  COUNT, SUM,  "attempts",    false, "connections tried, successful or not") \
    X("aws:num-disconnects",          CLOUD,  COUNT, SUM,  "disconnects", false, "disconnects of any kind") \
    X("aws:disconnect-duration",      CLOUD,  COUNT, LAST, "seconds",     false, "how long the device has been offline") \
    X("aws:all-bytes-in",             DEVICE, COUNT, SUM,  "bytes",       false, "network_stats.bytes_in") \
    X("aws:all-bytes-out",            DEVICE, COUNT, SUM,  "bytes",       false, "network_stats.bytes_out") \
    X("aws:all-packets-in",           DEVICE, COUNT, SUM,  "packets",     false, "network_stats.packets_in") \
    X("aws:all-packets-out",          DEVICE, COUNT, SUM,  "packets",     false, "network_stats.packets_out") \
    X("aws:num-listening-tcp-ports",  DEVICE, COUNT, LAST, "ports",       false, "listening_tcp_ports.total") \
    X("aws:num-listening-udp-ports",  DEVICE, COUNT, LAST, "ports",       false, "listening_udp_ports.total") \
    X("aws:num-established-tcp-connections", DEVICE, COUNT, LAST, "connections", false, "tcp_connections.established_connections.total") \
    X("aws:listening-tcp-ports",      DEVICE, PORTS, LIST, "",            false, "listening_tcp_ports.ports[].port") \
    X("aws:listening-udp-ports",      DEVICE, PORTS, LIST, "",            false, "listening_udp_ports.ports[].port") \
    X("aws:destination-ip-addresses", DEVICE, CIDRS, LIST, "",            false, "addresses of tcp_connections.established_connections.connections[].remote_addr")

/* Types of custom metrics: the API's word, the form of their values. Reported under custom_metrics. */
#define CUSTOM_METRIC_TYPES(X) \
    X("number",          NUMBER) \
    X("number-list",     NUMBERS) \
    X("string-list",     STRINGS) \
    X("ip-address-list", CIDRS)

#define METRIC_FORM_ENUM(form, member, family, kinds) FORM_##form,
enum metric_form { METRIC_FORMS(METRIC_FORM_ENUM) FORM_COUNT_OF };
#undef METRIC_FORM_ENUM

enum comparison_family { FAMILY_NUMERIC, FAMILY_CIDR, FAMILY_PORT, FAMILY_SET };

#define COMPARISON_ENUM(id, word, family) COMPARE_##id,
enum comparison { COMPARISONS(COMPARISON_ENUM) COMPARISON_COUNT };
#undef COMPARISON_ENUM

#define CRITERIA_ENUM(kind) CRITERIA_##kind,
enum criteria_kind { CRITERIA_KINDS(CRITERIA_ENUM) CRITERIA_COUNT };
#undef CRITERIA_ENUM

/* clang-format on */

enum metric_side { SIDE_CLOUD, SIDE_DEVICE, SIDE_CUSTOM };

enum metric_made { MADE_SUM, MADE_LAST, MADE_EACH, MADE_LIST };

/* Everything that a rule about a metric asks of it. */
struct metric {
    struct str name;
    enum metric_side side;
    enum metric_form form;
    enum metric_made made;
    struct str unit; /* "": none */
    bool dimension;  /* may be scoped by one */
    struct str source;
};

extern const struct metric metrics[];
extern const size_t n_metrics;

/* A metric of AWS by name; NULL for any other name. */
const struct metric *metric_find(struct str name);

/* A custom metric of a type of CUSTOM_METRIC_TYPES; false when the type is none. */
bool metric_custom(struct str name, struct str type, struct metric *ret);

/* Whether behaviors on the metric may have criteria of the kind. The guide's "ML
 * Detect" leaves out how long a device is offline. */
bool metric_takes(const struct metric *metric, enum criteria_kind kind);

/* Whether the operator fits the metric. How long a device is offline is only held below a bound. */
bool metric_compares(const struct metric *metric, enum comparison comparison);

/* Whether datapoints of the metric are made over a duration that the behavior names. */
bool metric_has_duration(const struct metric *metric);

struct str metric_form_member(enum metric_form form); /* "count": a member of MetricValue */
struct str criteria_kind_name(enum criteria_kind kind);
struct str comparison_name(enum comparison comparison);
bool comparison_find(struct str word, enum comparison *ret);

/* The durations that a criterion may name, in seconds, ascending. */
enum { METRIC_DURATIONS = 5, METRIC_DURATION_DEFAULT = 300 };
extern const int32_t metric_durations[METRIC_DURATIONS];

#endif
