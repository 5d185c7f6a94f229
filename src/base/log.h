/* log.h: one event, one line, on one sink given at start.
 *
 * Library floors (1 to 5) never log: they return a status and a why. Programs log, once, where the
 * failure stops travelling. An event has a dotted name ("audit.finished"), a level and fields; the
 * text form is for people and journald, the JSON form for machines. Secrets are never fields.
 *     log_event(log, LOG_INFO, "api.request", LOG_STR("operation", op), LOG_INT("status", 200));
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

#include "base/clock.h"
#include "base/str.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_AS_TEXT, LOG_AS_JSON };

struct log {
    int fd;               /* each event is one write(2) of at most LOG_LINE_MAX bytes */
    enum log_level level; /* events above it are dropped before they are formatted */
    enum log_format format;
    struct clock clock;
    bool priority; /* text lines begin with "<6>", which journald takes off again (sd-daemon(3)) */
};

enum { LOG_LINE_MAX = 4096 };

struct log_field {
    const char *key;
    struct str text; /* absent: the field is the number */
    int64_t number;
};

#define LOG_STR(key, s)  ((struct log_field){(key), (s).ptr == NULL ? STR("") : (s), 0})
#define LOG_TEXT(key, z) LOG_STR(key, str_from(z))
#define LOG_INT(key, n)  ((struct log_field){(key), {NULL, 0}, (n)})

/* A NULL log drops everything. Control characters in fields are escaped: one event, one line. */
void log_write(const struct log *log, enum log_level level, const char *event,
               const struct log_field *fields, size_t n_fields);

#define log_event(log, level, event, ...)                                                          \
    log_write((log), (level), (event), (const struct log_field[]){__VA_ARGS__},                    \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

/* "error", "warn", "info", "debug" and "text", "json" to the enum; false for other words. */
bool log_level_read(struct str word, enum log_level *ret);
bool log_format_read(struct str word, enum log_format *ret);

#endif
