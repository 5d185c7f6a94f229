/* Which lines of a history are log records. */
#include "api/log_line.h"

#include "lib/check.h"

static void lines_of_the_log_group_are_told_from_others(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum status status;
        bool is_log;
        int64_t at;
    } rows[] = {
        {"{\"timestamp\":\"1970-01-02 00:00:00.005\",\"eventType\":\"Connect\"}", STATUS_OK, true,
         DAY_MS + 5},
        {"{\"eventType\":\"Publish-In\",\"timestamp\":\"1970-01-01T00:00:01Z\",\"a\":[{}]}",
         STATUS_OK, true, 1000},
        {"{\"eventType\":\"connected\",\"timestamp\":1000}", STATUS_OK, false, 0},
        {"{\"timestamp\":\"1970-01-02 00:00:00.005\"}", STATUS_OK, false, 0},
        {"{\"timestamp\":\"1970-01-02 00:00:00.005\",\"eventType\":7}", STATUS_OK, false, 0},
        {"{\"eventType\":\"Connect\",\"timestamp\":\"1969-12-31 00:00:00\"}", STATUS_OK, false, 0},
        {"{\"eventType\":\"Connect\",\"timestamp\":\"yesterday ...\"}", STATUS_INVALID, false, 0},
        {"{\"eventType\":\"Connect\"} x", STATUS_MALFORMED, false, 0},
        {"[]", STATUS_INVALID, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ARENA *mem = arena_new(1 << 16);
        struct log_record record;
        bool is_log = false;
        enum status status = log_line_read(str_from(rows[i].line), mem, &record, &is_log, NULL);
        if (status != rows[i].status || is_log != rows[i].is_log ||
            (is_log && record.at != rows[i].at)) {
            fail_msg("%s: %s", rows[i].line, status_name(status));
        }
        if (is_log) {
            CHECK_STR(record.message, rows[i].line);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_the_log_group_are_told_from_others),
    };
    return RUN_TESTS("api/log_line", tests);
}
