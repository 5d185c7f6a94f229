/* The log of changes: which exchanges have a line, what it says, and what becomes of the file. */
#include "daemon/trail.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/json_tree.h"
#include "lib/check.h"
#include "lib/files.h"

#define ARN "arn:aws:iot:us-east-1:123456789012:thing/lamp"

static int64_t now = INT64_C(1767323045678);
static struct arena *mem;
static const char *folder;
static struct log quiet = {.fd = -1};
static int log_ends[2];
static struct log loud;

static int setup(void **state)
{
    (void)state;
    mem = arena_new(8 << 20);
    folder = temp_dir_make(mem);
    assert_int_equal(pipe2(log_ends, O_NONBLOCK), 0);
    loud = (struct log){.fd = log_ends[1], .level = LOG_DEBUG, .clock = clock_fixed(&now)};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_dir_remove(folder);
    arena_free(mem);
    close(log_ends[0]);
    close(log_ends[1]);
    return 0;
}

static struct trail *open_trail(size_t max_bytes, unsigned files, bool reads)
{
    struct trail *trail = NULL;
    struct why why;
    const struct trail_options options = {.dir = str_from(folder),
                                          .max_bytes = max_bytes,
                                          .files = files,
                                          .reads = reads,
                                          .clock = clock_fixed(&now),
                                          .log = &loud};
    CHECK_OK(trail_open(&options, &trail, &why));
    return trail;
}

static char *path_of(const char *name)
{
    struct str path;
    CHECK_OK(str_fmt(mem, &path, NULL, "%s/%s", folder, name));
    return str_z(mem, path);
}

static struct str text_of(const char *name)
{
    return file_read(mem, path_of(name));
}

static bool is_there(const char *name)
{
    return access(path_of(name), F_OK) == 0;
}

static size_t lines_of(const char *name)
{
    struct str text = text_of(name);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n += text.ptr[i] == '\n';
    }
    return n;
}

static const struct http_request request = {.path = STR_INIT("/things/lamp"),
                                            .peer = STR_INIT("192.0.2.7")};
static const struct str lamp = STR_INIT(ARN);

/* CreateThing of lamp by ann, done. */
static struct door_record created(void)
{
    return (struct door_record){.request = &request,
                                .op = &operations[OP_CreateThing],
                                .status = STATUS_OK,
                                .http = 200,
                                .why = "",
                                .request_id = STR("r-1"),
                                .key_id = STR("AKIA1"),
                                .user = STR("arn:aws:iam::123456789012:user/ann"),
                                .authority = {STR("iot:CreateThing"), &lamp, 1},
                                .changes = true,
                                .service = SERVICE_iot,
                                .mem = mem};
}

static struct door_record described(void)
{
    struct door_record record = created();
    record.op = &operations[OP_DescribeThing];
    record.changes = false;
    record.authority = (struct authority){.n_resources = 0};
    return record;
}

static void a_line_says_who_did_what_to_what(void **state)
{
    (void)state;
    struct trail *trail = open_trail(1 << 20, 2, false);
    struct door_record record = created();
    trail_exchange(trail, &record);
    CHECK_STR(text_of("audit.log"),
              "{\"time\":\"2026-01-02T03:04:05.678Z\",\"request\":\"r-1\",\"key\":\"AKIA1\","
              "\"user\":\"arn:aws:iam::123456789012:user/ann\",\"source\":\"192.0.2.7\","
              "\"service\":\"iot\",\"operation\":\"CreateThing\",\"action\":\"iot:CreateThing\","
              "\"resources\":[\"" ARN "\"],\"http\":200,\"outcome\":\"OK\"}\n");
    trail_close(trail);
}

static void a_refusal_is_told_and_why_a_failure_by_its_exception(void **state)
{
    (void)state;
    struct trail *trail = open_trail(1 << 20, 2, false);
    struct why why;
    struct door_record record = described();
    record.status = why_set(&why, STATUS_DENIED, "User: ann is not authorized");
    record.why = why.text;
    record.fault = &why;
    record.http = 403;
    record.authority = (struct authority){STR("iot:DescribeThing"), &lamp, 1};
    trail_exchange(trail, &record);
    assert_non_null(strstr(str_z(mem, text_of("audit.log")),
                           "\"http\":403,\"outcome\":\"AccessDeniedException\","
                           "\"why\":\"User: ann is not authorized\"}\n"));
    record = created();
    record.status = why_set(&why, STATUS_INVALID, "what was sent must not be told: hunter2");
    record.why = why.text;
    record.fault = &why;
    record.http = 400;
    trail_exchange(trail, &record);
    assert_non_null(
        strstr(str_z(mem, text_of("audit.log")), "\"outcome\":\"InvalidRequestException\"}\n"));
    assert_null(strstr(str_z(mem, text_of("audit.log")), "hunter2"));
    trail_close(trail);
}

static void reads_pages_and_strangers_have_no_line_unless_reads_are_wanted(void **state)
{
    (void)state;
    struct why why = {.code = STATUS_OK};
    for (int reads = 0; reads < 2; reads++) {
        struct trail *trail = open_trail(1 << 20, 2, reads);
        struct door_record record = described();
        trail_exchange(trail, &record);
        record.op = NULL; /* a page */
        trail_exchange(trail, &record);
        record.status = why_set(&why, STATUS_UNAUTHENTICATED, "no such key");
        record.fault = &why;
        trail_exchange(trail, &record);
        assert_int_equal(lines_of("audit.log"), reads);
        trail_close(trail);
    }
    trail_exchange(NULL, &(struct door_record){.changes = true}); /* nobody wants to know */
}

static void what_others_sent_cannot_forge_a_line(void **state)
{
    (void)state;
    struct trail *trail = open_trail(1 << 20, 2, false);
    const struct str evil = STR("x\"}\n{\"user\":\"eve\xff");
    struct door_record record = created();
    record.authority.resources = &evil;
    trail_exchange(trail, &record);
    assert_int_equal(lines_of("audit.log"), 1);
    const struct json_value *line;
    CHECK_OK(json_tree_read(text_of("audit.log"), mem, &line, NULL));
    trail_close(trail);
}

static void the_file_is_of_its_owner_alone_and_is_appended_to(void **state)
{
    (void)state;
    struct stat st;
    struct door_record record = created();
    for (size_t i = 1; i <= 2; i++) {
        struct trail *trail = open_trail(1 << 20, 2, false);
        trail_exchange(trail, &record);
        CHECK_OK(trail_sync(trail, NULL));
        CHECK_OK(trail_sync(trail, NULL));
        assert_int_equal(lines_of("audit.log"), i);
        trail_close(trail);
    }
    assert_int_equal(stat(path_of("audit.log"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void full_files_give_way_and_the_oldest_goes(void **state)
{
    (void)state;
    struct trail *trail = open_trail(1000, 3, false);
    struct door_record record = created();
    for (size_t i = 0; i < 40; i++) {
        trail_exchange(trail, &record);
    }
    size_t line = text_of("audit.log.1").len / lines_of("audit.log.1");
    assert_int_equal(lines_of("audit.log.1"), 1000 / line);
    assert_int_equal(lines_of("audit.log.2"), 1000 / line);
    assert_in_range(lines_of("audit.log"), 1, 1000 / line);
    assert_false(is_there("audit.log.3"));
    trail_close(trail);
    trail = open_trail(1000, 1, false); /* one file begins anew */
    for (size_t i = 0; i < 10; i++) {
        trail_exchange(trail, &record);
    }
    assert_in_range(lines_of("audit.log"), 1, 1000 / line);
    trail_close(trail);
}

static void a_file_that_others_moved_is_made_anew_when_asked(void **state)
{
    (void)state;
    struct trail *trail = open_trail(1 << 20, 3, false);
    struct door_record record = created();
    trail_exchange(trail, &record);
    assert_int_equal(rename(path_of("audit.log"), path_of("moved")), 0);
    trail_exchange(trail, &record);
    CHECK_OK(trail_reopen(trail, NULL));
    trail_exchange(trail, &record);
    assert_int_equal(lines_of("moved"), 2);
    assert_int_equal(lines_of("audit.log"), 1);
    trail_close(trail);
}

static void a_line_that_was_cut_off_ends_before_the_next(void **state)
{
    (void)state;
    struct door_record record = created();
    FILE *file = fopen(path_of("audit.log"), "w");
    assert_non_null(file);
    fputs("{\"time\":\"20", file);
    fclose(file);
    struct trail *trail = open_trail(1 << 20, 2, false);
    trail_exchange(trail, &record);
    assert_int_equal(lines_of("audit.log"), 2);
    assert_true(str_starts(text_of("audit.log"), STR("{\"time\":\"20\n{\"time\":\"2026")));
    trail_close(trail);
}

static void what_is_no_file_of_ours_is_refused(void **state)
{
    (void)state;
    struct trail *trail = NULL;
    struct why why;
    const struct trail_options options = {
        .dir = str_from(folder), .max_bytes = 1000, .files = 1, .log = &quiet};
    assert_int_equal(symlink("/dev/null", path_of("audit.log")), 0);
    CHECK_STATUS(trail_open(&options, &trail, &why), STATUS_IO);
    assert_int_equal(unlink(path_of("audit.log")), 0);
    assert_int_equal(mkfifo(path_of("audit.log"), 0600), 0);
    CHECK_STATUS(trail_open(&options, &trail, &why), STATUS_IO);
    assert_non_null(strstr(why.text, "audit.log is no regular file"));
    assert_null(trail);
}

/* A full disk, played by the largest size of a file. */
static void a_line_that_has_no_room_is_taken_back_and_told(void **state)
{
    (void)state;
    struct rlimit before, small;
    char text[4096] = "";
    struct trail *trail = open_trail(1 << 20, 2, false);
    struct door_record record = created();
    trail_exchange(trail, &record);
    size_t line = text_of("audit.log").len;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = line + line / 2;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    trail_exchange(trail, &record);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(text_of("audit.log").len, line);
    assert_true(read(log_ends[0], text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, "trail.failed"));
    assert_non_null(strstr(text, "request=\"r-1\""));
    trail_exchange(trail, &record);
    assert_int_equal(lines_of("audit.log"), 2);
    trail_close(trail);
}

static void what_the_daemon_did_by_itself_has_lines(void **state)
{
    (void)state;
    struct trail *trail = open_trail(1 << 20, 2, false);
    const struct deed deeds[] = {
        {.cause = STR("mitigation"),
         .task = STR("t"),
         .finding = STR("f"),
         .name = STR("off"),
         .role = STR("arn:aws:iam::123456789012:role/off"),
         .action = STR("iot:UpdateCertificate"),
         .resources = &lamp,
         .n_resources = 1,
         .outcome = STR("OK")},
        {.cause = STR("mitigation"),
         .task = STR("t"),
         .action = STR("sns:Publish"),
         .outcome = STR("INSUFFICIENT_PERMISSIONS"),
         .why = STR("no policy")},
        {.cause = STR("schedule"), .task = STR("a"), .name = STR("daily"), .outcome = STR("OK")},
    };
    trail_deeds(trail, deeds, 3);
    CHECK_STR(text_of("audit.log"),
              "{\"time\":\"2026-01-02T03:04:05.678Z\",\"cause\":\"mitigation\",\"task\":\"t\","
              "\"finding\":\"f\",\"name\":\"off\","
              "\"user\":\"arn:aws:iam::123456789012:role/off\",\"service\":\"iot\","
              "\"action\":\"iot:UpdateCertificate\",\"resources\":[\"" ARN "\"],"
              "\"outcome\":\"OK\"}\n"
              "{\"time\":\"2026-01-02T03:04:05.678Z\",\"cause\":\"mitigation\",\"task\":\"t\","
              "\"service\":\"sns\",\"action\":\"sns:Publish\","
              "\"outcome\":\"INSUFFICIENT_PERMISSIONS\",\"why\":\"no policy\"}\n"
              "{\"time\":\"2026-01-02T03:04:05.678Z\",\"cause\":\"schedule\",\"task\":\"a\","
              "\"name\":\"daily\",\"service\":\"iot\",\"outcome\":\"OK\"}\n");
    trail_close(trail);
}

static void many_deeds_are_whole_lines_across_files(void **state)
{
    (void)state;
    enum { MANY_DEEDS = 5000 };
    struct trail *trail = open_trail(400 << 10, 9, false);
    struct deed *deeds = NEW_ARRAY(mem, struct deed, MANY_DEEDS);
    assert_non_null(deeds);
    for (size_t i = 0; i < MANY_DEEDS; i++) {
        deeds[i] = (struct deed){.cause = STR("undo"),
                                 .task = STR("t"),
                                 .action = STR("iot:UpdateCertificate"),
                                 .resources = &lamp,
                                 .n_resources = 1,
                                 .outcome = STR("OK")};
    }
    trail_deeds(trail, deeds, MANY_DEEDS);
    size_t lines = lines_of("audit.log");
    for (unsigned i = 1; i < 9; i++) {
        char name[16];
        snprintf(name, sizeof name, "audit.log.%u", i);
        lines += is_there(name) ? lines_of(name) : 0;
    }
    assert_int_equal(lines, MANY_DEEDS);
    trail_close(trail);
}

#define TRAIL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRAIL_TEST(a_line_says_who_did_what_to_what),
        TRAIL_TEST(a_refusal_is_told_and_why_a_failure_by_its_exception),
        TRAIL_TEST(reads_pages_and_strangers_have_no_line_unless_reads_are_wanted),
        TRAIL_TEST(what_others_sent_cannot_forge_a_line),
        TRAIL_TEST(the_file_is_of_its_owner_alone_and_is_appended_to),
        TRAIL_TEST(full_files_give_way_and_the_oldest_goes),
        TRAIL_TEST(a_file_that_others_moved_is_made_anew_when_asked),
        TRAIL_TEST(a_line_that_was_cut_off_ends_before_the_next),
        TRAIL_TEST(what_is_no_file_of_ours_is_refused),
        TRAIL_TEST(a_line_that_has_no_room_is_taken_back_and_told),
        TRAIL_TEST(what_the_daemon_did_by_itself_has_lines),
        TRAIL_TEST(many_deeds_are_whole_lines_across_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
