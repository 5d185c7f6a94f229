/* err.c: statuses and their sentences. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/banned.h"

static const struct {
    const char *name;
    const char *meaning;
} statuses[STATUS_COUNT] = {
#define STATUS_ROW(name, meaning) [STATUS_##name] = {#name, meaning},
    STATUS_LIST(STATUS_ROW)
#undef STATUS_ROW
};

void why_fill(struct why *why, enum status code, size_t offset, const char *fmt, ...)
{
    if (why == NULL) {
        return;
    }
    va_list args;
    va_start(args, fmt);
    why->code = code;
    why->exception = 0;
    why->offset = offset;
    why->resource[0] = '\0';
    vsnprintf(why->text, sizeof why->text, fmt, args);
    va_end(args);
}

const char *status_name(enum status code)
{
    return (unsigned)code < STATUS_COUNT ? statuses[code].name : "UNKNOWN";
}

const char *status_meaning(enum status code)
{
    return (unsigned)code < STATUS_COUNT ? statuses[code].meaning : "not a status of ours";
}
