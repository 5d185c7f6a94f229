/* log.c: formats an event into a line on the stack and writes it with one call. */
#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"

static const char *const level_names[] = {"error", "warn", "info", "debug"};
/* syslog's numbers, which journald reads at the start of a line (sd-daemon(3)). */
static const int level_syslog[] = {3, 4, 6, 7};

struct line {
    char text[LOG_LINE_MAX];
    size_t len;
};

static void line_put(struct line *line, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void line_put(struct line *line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    size_t room = sizeof line->text - line->len;
    int len = vsnprintf(line->text + line->len, room, fmt, args);
    va_end(args);
    if (len > 0) {
        line->len += (size_t)len < room ? (size_t)len : room - 1;
    }
}

static void line_put_bytes(struct line *line, const char *ptr, size_t len)
{
    if (len < sizeof line->text - line->len) {
        memcpy(line->text + line->len, ptr, len);
        line->len += len;
    }
}

/* The C1 control codes, U+0080 to U+009F, which some terminals obey. */
static bool is_c1(const unsigned char *p, size_t len)
{
    return len == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

/* A JSON string; the text form uses the same quoting, so that a field cannot forge another. Bytes
 * that are no UTF-8 become U+FFFD. */
static void line_put_quoted(struct line *line, struct str s)
{
    line_put(line, "\"");
    while (s.len > 0 && line->len < sizeof line->text - 64) {
        size_t len = str_utf8_sequence(s);
        const unsigned char *p = (const unsigned char *)s.ptr;
        if (len == 0) {
            line_put(line, "\\ufffd");
        } else if (p[0] == '"' || p[0] == '\\') {
            line_put(line, "\\%c", p[0]);
        } else if (p[0] < 0x20 || p[0] == 0x7f || is_c1(p, len)) {
            line_put(line, "\\u%04x", len == 2 ? p[1] : p[0]);
        } else {
            line_put_bytes(line, s.ptr, len);
        }
        s = str_slice(s, len == 0 ? 1 : len, s.len);
    }
    line_put(line, "\"");
}

static void line_put_value(struct line *line, const struct log_field *field)
{
    if (field->text.ptr == NULL) {
        line_put(line, "%" PRId64, field->number);
    } else {
        line_put_quoted(line, field->text);
    }
}

void log_write(const struct log *log, enum log_level level, const char *event,
               const struct log_field *fields, size_t n_fields)
{
    if (log == NULL || level > log->level) {
        return;
    }
    char when[TIME_TEXT_MAX];
    time_format(clock_now(&log->clock), when);
    struct line line = {.len = 0};
    bool json = log->format == LOG_AS_JSON;
    if (json) {
        line_put(&line, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", when,
                 level_names[level], event);
    } else {
        if (log->priority) {
            line_put(&line, "<%d>", level_syslog[level]);
        }
        line_put(&line, "%s %-5s %s", when, level_names[level], event);
    }
    for (size_t i = 0; i < n_fields && line.len < LOG_LINE_MAX / 2; i++) {
        line_put(&line, json ? ",\"%s\":" : " %s=", fields[i].key);
        line_put_value(&line, &fields[i]);
    }
    line_put(&line, json ? "}" : "");
    line.text[line.len < LOG_LINE_MAX - 1 ? line.len : LOG_LINE_MAX - 1] = '\n';
    /* A log that cannot be written has nowhere to complain to. */
    ssize_t written = write(log->fd, line.text, line.len + 1);
    (void)written;
}

bool log_level_read(struct str word, enum log_level *ret)
{
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (str_eq(word, str_from(level_names[i]))) {
            *ret = (enum log_level)i;
            return true;
        }
    }
    return false;
}

bool log_format_read(struct str word, enum log_format *ret)
{
    bool json = str_eq(word, STR("json"));
    if (!json && !str_eq(word, STR("text"))) {
        return false;
    }
    *ret = json ? LOG_AS_JSON : LOG_AS_TEXT;
    return true;
}
