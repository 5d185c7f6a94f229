/* What is logged, read back as lines of text. */
#include "daemon/records.h"

#include <unistd.h>

#include "lib/check.h"

static int64_t now = INT64_C(1767323045678);
static int ends[2];
static struct log log_here;

static int open_log(void **state)
{
    (void)state;
    assert_int_equal(pipe(ends), 0);
    log_here = (struct log){
        .fd = ends[1], .level = LOG_DEBUG, .format = LOG_AS_JSON, .clock = clock_fixed(&now)};
    return 0;
}

static int close_log(void **state)
{
    (void)state;
    close(ends[0]);
    close(ends[1]);
    return 0;
}

/* The line written since the last call. */
static const char *logged(void)
{
    static char text[LOG_LINE_MAX + 1];
    ssize_t n = read(ends[0], text, LOG_LINE_MAX);
    assert_true(n > 0);
    text[n] = '\0';
    return text;
}

#define CHECK_LOGGED(line, part)                                                                   \
    do {                                                                                           \
        if (strstr((line), (part)) == NULL) {                                                      \
            fail_msg("no %s in %s", (part), (line));                                               \
        }                                                                                          \
    } while (0)

static const char *exchange_logged(int http, const struct operation *op, bool misfit)
{
    const struct http_request request = {.path = STR("/nowhere"), .peer = STR("10.0.0.1")};
    const struct door_record record = {.request = &request,
                                       .op = op,
                                       .status = STATUS_INVALID,
                                       .http = http,
                                       .why = "a \"reason\"",
                                       .request_id = STR("r-1"),
                                       .duration_ms = 7,
                                       .misfit = misfit};
    record_exchange(&log_here, &record);
    return logged();
}

static void faults_of_ours_are_errors_and_paths_of_nobody_are_noise(void **state)
{
    (void)state;
    const struct operation *op = &operations[OP_DescribeThing];
    const char *line = exchange_logged(400, op, false);
    CHECK_LOGGED(line, "\"level\":\"info\"");
    CHECK_LOGGED(line, "\"event\":\"api.request\"");
    CHECK_LOGGED(line, "\"operation\":\"DescribeThing\"");
    CHECK_LOGGED(line, "\"http\":400");
    CHECK_LOGGED(line, "\"status\":\"INVALID\"");
    CHECK_LOGGED(line, "\"why\":\"a \\\"reason\\\"\"");
    CHECK_LOGGED(line, "\"request\":\"r-1\"");
    CHECK_LOGGED(line, "\"peer\":\"10.0.0.1\"");
    CHECK_LOGGED(line, "\"ms\":7");
    CHECK_LOGGED(exchange_logged(500, op, false), "\"level\":\"error\"");
    CHECK_LOGGED(exchange_logged(501, op, false), "\"level\":\"info\"");
    CHECK_LOGGED(exchange_logged(200, op, true), "\"level\":\"error\"");
    CHECK_LOGGED(exchange_logged(403, NULL, false), "\"level\":\"info\"");
    line = exchange_logged(404, NULL, false);
    CHECK_LOGGED(line, "\"level\":\"debug\"");
    CHECK_LOGGED(line, "\"operation\":\"/nowhere\"");
}

static void what_the_server_refuses_is_logged_by_whose_fault_it_is(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *level;
    } rows[] = {{413, "\"level\":\"info\""},
                {501, "\"level\":\"info\""},
                {505, "\"level\":\"info\""},
                {503, "\"level\":\"error\""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct http_rejection rejection = {.peer = STR("::1"),
                                                 .status = rows[i].status,
                                                 .exception = STR("XException"),
                                                 .message = STR("too large"),
                                                 .request_id = STR("r-2")};
        record_rejection(&log_here, &rejection);
        const char *line = logged();
        CHECK_LOGGED(line, rows[i].level);
        CHECK_LOGGED(line, "\"event\":\"http.rejected\"");
        CHECK_LOGGED(line, "\"status\":\"XException\"");
        CHECK_LOGGED(line, "\"why\":\"too large\"");
        CHECK_LOGGED(line, "\"request\":\"r-2\"");
        CHECK_LOGGED(line, "\"peer\":\"::1\"");
    }
}

static void work_that_failed_is_a_warning_by_its_name(void **state)
{
    (void)state;
    const struct ticker_job job = {.name = "schedules"};
    struct why why;
    (void)why_set(&why, STATUS_IO, "the disk is full");
    record_job_failure(&log_here, &job, &why);
    const char *line = logged();
    CHECK_LOGGED(line, "\"level\":\"warn\"");
    CHECK_LOGGED(line, "\"job\":\"schedules\"");
    CHECK_LOGGED(line, "\"why\":\"the disk is full\"");
}

static const char *audit_logged(struct audit_listener *listener, const char *name, const char *text,
                                int64_t number)
{
    const struct audit_event event = {
        .name = name, .task = STR("t-1"), .text = str_from(text), .number = number};
    record_audit(listener, &event);
    return logged();
}

static void audits_are_logged_and_counted(void **state)
{
    (void)state;
    struct audit_listener listener = {.log = &log_here};
    CHECK_LOGGED(audit_logged(&listener, "audit.started", NULL, 0), "\"level\":\"info\"");
    CHECK_LOGGED(audit_logged(&listener, "audit.finished", "", 12), "\"level\":\"info\"");
    CHECK_LOGGED(audit_logged(&listener, "audit.failed", "broken", 12), "\"level\":\"warn\"");
    const char *line = audit_logged(&listener, "audit.list_problem", "stale", 5);
    CHECK_LOGGED(line, "\"task\":\"t-1\"");
    CHECK_LOGGED(line, "\"text\":\"stale\"");
    CHECK_LOGGED(line, "\"number\":5");
    (void)audit_logged(&listener, "audit.list_problem", "unreachable", 2);
    assert_int_equal(listener.counters.finished, 1);
    assert_int_equal(listener.counters.failed, 1);
    assert_int_equal(listener.counters.list_problems, 2);
    assert_int_equal(listener.counters.answers_unknown, 7);
}

static void mitigations_are_counted_and_pages_are_for_debugging(void **state)
{
    (void)state;
    struct mitigate_listener listener = {.log = &log_here};
    const struct mitigate_event page = {
        .name = "mitigation.page", .task = STR("t"), .number = 9, .steps = {5, 3, 2}};
    const struct mitigate_event end = {
        .name = "mitigation.finished", .task = STR("t"), .number = 9, .ms = 1500};
    const struct mitigate_event undone = {
        .name = "mitigation.undone", .task = STR("t"), .number = 4};
    const struct mitigate_event broken = {
        .name = "mitigation.failed", .task = STR("u"), .text = STR("no such action"), .ms = 500};
    record_mitigation(&listener, &page);
    CHECK_LOGGED(logged(), "\"level\":\"debug\"");
    record_mitigation(&listener, &page);
    logged();
    record_mitigation(&listener, &end);
    const char *line = logged();
    CHECK_LOGGED(line, "\"level\":\"info\"");
    CHECK_LOGGED(line, "\"ms\":1500");
    record_mitigation(&listener, &undone);
    logged();
    record_mitigation(&listener, &broken);
    CHECK_LOGGED(logged(), "\"level\":\"warn\"");
    assert_int_equal(listener.counters.completed, 10);
    assert_int_equal(listener.counters.failed, 6);
    assert_int_equal(listener.counters.skipped, 4);
    assert_int_equal(listener.counters.undone, 4);
    assert_int_equal(listener.counters.ended, 2);
    assert_int_equal(listener.counters.ended_ms, 2000);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_log, close_log)
    const struct CMUnitTest tests[] = {
        CASE(faults_of_ours_are_errors_and_paths_of_nobody_are_noise),
        CASE(what_the_server_refuses_is_logged_by_whose_fault_it_is),
        CASE(work_that_failed_is_a_warning_by_its_name),
        CASE(audits_are_logged_and_counted),
        CASE(mitigations_are_counted_and_pages_are_for_debugging),
    };
    return RUN_TESTS("records", tests);
}
