/* Log records: once each, in order, in bounded pages, until they are old. */
#include "account/log.h"

#include "account/logging.h"
#include "base/buf.h"
#include "fixture.h"

#define ROLE STR("arn:aws:iam::123456789012:role/log")

static size_t append(struct fixture *f, struct str stream, int64_t at, const char *message)
{
    const struct log_record record = {at, str_from(message)};
    size_t added = 99;
    CHECK_OK(WRITE(f, log_append(&f->ctx, LOG_GROUP_V2, stream, &record, 1, &added, &f->why)));
    return added;
}

static struct log_query everything(void)
{
    return (struct log_query){.group = LOG_GROUP_V2,
                              .stream_prefix = STR_ABSENT,
                              .from = TIME_NEVER,
                              .until = TIME_NEVER,
                              .max = 100};
}

/* The messages of a page, joined. */
static struct str messages(struct fixture *f, const struct log_query *query, struct log_page *page)
{
    struct buf text;
    struct str ret;
    CHECK_OK(READ(f, log_read(&f->ctx, query, page, &f->why)));
    buf_init(&text, f->ctx.mem, 1 << 16);
    for (size_t i = 0; i < page->n; i++) {
        buf_put_str(&text, page->events[i].message);
    }
    CHECK_OK(buf_finish(&text, &ret, NULL));
    return ret;
}

static void a_record_is_once(void **state)
{
    struct fixture *f = *state;
    struct log_page page;
    struct log_query query = everything();
    assert_int_equal(append(f, STR("s"), 1000, "a"), 1);
    assert_int_equal(append(f, STR("s"), 1000, "a"), 0);
    assert_int_equal(append(f, STR("t"), 1000, "a"), 1);
    assert_int_equal(append(f, STR("s"), 1001, "a"), 1);
    CHECK_STR(messages(f, &query, &page), "aaa");
    assert_false(page.more);
}

static void a_record_has_a_moment_and_a_size(void **state)
{
    struct fixture *f = *state;
    static char text[LOG_MESSAGE_BYTES_MAX + 1];
    size_t added;
    memset(text, 'x', sizeof text);
    const struct log_record bad[] = {
        {-1, STR_INIT("x")}, {0, STR_INIT("")}, {0, {text, sizeof text}}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_REFUSED(
            f, STATUS_INVALID, "a log record",
            WRITE(f, log_append(&f->ctx, LOG_GROUP_V2, STR("s"), &bad[i], 1, &added, &f->why)));
    }
    const struct log_record most = {0, {text, sizeof text - 1}};
    CHECK_OK(WRITE(f, log_append(&f->ctx, LOG_GROUP_V2, STR("s"), &most, 1, &added, &f->why)));
}

static void a_group_has_so_many_streams(void **state)
{
    struct fixture *f = *state;
    const struct log_record record = {5, STR_INIT("x")};
    struct log_stream_info streams[LOG_STREAMS_MAX];
    size_t n;
    for (int i = 0; i < LOG_STREAMS_MAX; i++) {
        append(f, fixture_name(f, "s", i), 5 + i, "x");
    }
    CHECK_REFUSED(
        f, STATUS_LIMIT, "50 streams",
        WRITE(f, log_append(&f->ctx, LOG_GROUP_V2, STR("more"), &record, 1, &n, &f->why)));
    append(f, fixture_name(f, "s", 3), 100, "y");
    CHECK_OK(READ(f, log_streams(&f->ctx, LOG_GROUP_V2, streams, &n, &f->why)));
    assert_int_equal(n, LOG_STREAMS_MAX);
    assert_int_equal(streams[3].first, 8);
    assert_int_equal(streams[3].last, 100);
    assert_int_equal(streams[3].ingested, f->now);
}

static void a_group_is_there_once_it_was_configured_or_written_to(void **state)
{
    struct fixture *f = *state;
    struct log_group groups[LOG_GROUPS];
    size_t n;
    CHECK_OK(READ(f, log_groups(&f->ctx, groups, &n, &f->why)));
    assert_int_equal(n, 0);
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "log group does not exist",
                  READ(f, log_group_check(&f->ctx, LOG_GROUP_V2, &f->why)));
    CHECK_OK(WRITE(f, logging_v1_set(&f->ctx, ROLE, STR("INFO"), &f->why)));
    CHECK_OK(READ(f, log_groups(&f->ctx, groups, &n, &f->why)));
    assert_int_equal(n, 1);
    CHECK_STR(groups[0].name, "AWSIotLogs");
    append(f, STR("s"), 1, "x");
    CHECK_OK(READ(f, log_groups(&f->ctx, groups, &n, &f->why)));
    assert_int_equal(n, 2);
    CHECK_STR(groups[1].name, "AWSIotLogsV2");
    CHECK_OK(READ(f, log_stream_check(&f->ctx, LOG_GROUP_V2, STR("s"), &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "log stream does not exist",
                  READ(f, log_stream_check(&f->ctx, LOG_GROUP_V2, STR("t"), &f->why)));
}

static void a_query_is_bounded_by_time_stream_and_pattern(void **state)
{
    struct fixture *f = *state;
    struct log_page page;
    struct log_query query = everything();
    append(f, STR("s1"), 10, "a");
    append(f, STR("s2"), 20, "b");
    append(f, STR("s1"), 30, "c");
    append(f, STR("t"), 40, "d");
    query.from = 20;
    query.until = 40;
    CHECK_STR(messages(f, &query, &page), "bc");
    query.descending = true;
    CHECK_STR(messages(f, &query, &page), "cb");
    query = everything();
    query.stream_prefix = STR("s");
    CHECK_STR(messages(f, &query, &page), "abc");
    const struct str names[] = {STR_INIT("t"), STR_INIT("s2")};
    query = everything();
    query.streams = names;
    query.n_streams = 2;
    CHECK_STR(messages(f, &query, &page), "bd");
    query.n_streams = 1;
    CHECK_STR(messages(f, &query, &page), "d");
    query = everything();
    CHECK_OK(filter_compile(STR("?a ?d"), f->ctx.mem, &query.filter, NULL));
    CHECK_STR(messages(f, &query, &page), "ad");
    query.group = LOG_GROUP_V1;
    CHECK_STR(messages(f, &query, &page), "");
}

static void pages_join_without_gap_or_overlap_in_both_directions(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 26; i++) {
        char letter[2] = {(char)('a' + i), 0};
        append(f, STR("s"), 100 + i / 3, letter);
    }
    for (int descending = 0; descending < 2; descending++) {
        struct log_query query = everything();
        struct log_page page;
        struct log_page whole;
        size_t n = 0;
        query.descending = descending == 1;
        messages(f, &query, &whole);
        query.max = 4;
        do {
            messages(f, &query, &page);
            for (size_t i = 0; i < page.n; i++) {
                CHECK_STR(page.events[i].message, str_z(f->ctx.mem, whole.events[n + i].message));
            }
            n += page.n;
            query.after = &page.next;
        } while (page.more);
        assert_int_equal(n, 26);
        const struct log_place place = {whole.events[9].at, whole.events[9].id, true};
        query.after = &place;
        messages(f, &query, &page);
        assert_true(str_eq(page.events[0].message, whole.events[9].message));
    }
}

static void a_search_that_finds_nothing_ends_its_page(void **state)
{
    struct fixture *f = *state;
    static char text[LOG_MESSAGE_BYTES_MAX];
    struct log_query query = everything();
    struct log_page page;
    size_t pages = 0;
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 20; i++) { /* 5 MiB */
        const struct log_record record = {i, {text, sizeof text}};
        size_t added;
        CHECK_OK(WRITE(f, log_append(&f->ctx, LOG_GROUP_V2, STR("s"), &record, 1, &added, NULL)));
    }
    append(f, STR("s"), 50, "needle");
    CHECK_OK(filter_compile(STR("needle"), f->ctx.mem, &query.filter, NULL));
    struct str found = messages(f, &query, &page);
    assert_int_equal(page.n, 0);
    for (; page.more; pages++) {
        const struct log_place next = page.next;
        query.after = &next;
        found = messages(f, &query, &page);
    }
    CHECK_STR(found, "needle");
    assert_int_equal(pages, 1);
}

static void levels_go_from_the_special_to_the_general(void **state)
{
    struct fixture *f = *state;
    static const struct log_subject lamp = {STR_INIT("CLIENT_ID"), STR_INIT("lamp")};
    static const struct logging_event events[] = {
        {STR_INIT("Publish-In"), STR_INIT("DEBUG"), {NULL, 0}}};
    struct logging_v2 options = {
        .role_arn = ROLE, .level = STR("WARN"), .events = events, .n_events = 1};
    bool wanted;
#define WANTED(level, event, n)                                                                    \
    (READ(f, log_wanted(&f->ctx, STR(level), STR(event), &lamp, n, &wanted, &f->why)) ==           \
         STATUS_OK &&                                                                              \
     wanted)
    assert_false(WANTED("ERROR", "Connect", 0));
    CHECK_OK(WRITE(f, logging_v2_set(&f->ctx, &options, true, &f->why)));
    assert_true(WANTED("WARN", "Connect", 1));
    assert_false(WANTED("INFO", "Connect", 1));
    assert_true(WANTED("DEBUG", "Publish-In", 1));
    CHECK_OK(WRITE(f, log_level_set(&f->ctx, lamp.type, lamp.name, STR("INFO"), &f->why)));
    assert_true(WANTED("INFO", "Connect", 1));
    assert_false(WANTED("INFO", "Connect", 0));
    assert_false(WANTED("DEBUG", "Publish-In", 1));
    CHECK_OK(WRITE(f, log_level_set(&f->ctx, lamp.type, lamp.name, STR("DISABLED"), &f->why)));
    assert_false(WANTED("ERROR", "Connect", 1));
    options.disable_all = true;
    CHECK_OK(WRITE(f, logging_v2_set(&f->ctx, &options, true, &f->why)));
    assert_false(WANTED("ERROR", "Connect", 0));
#undef WANTED
    CHECK_REFUSED(
        f, STATUS_INVALID, "no level",
        READ(f, log_wanted(&f->ctx, STR("DISABLED"), STR("x"), NULL, 0, &wanted, &f->why)));
}

static void what_came_in_long_ago_goes(void **state)
{
    struct fixture *f = *state;
    struct log_query query = everything();
    struct log_page page;
    bool due;
    size_t n;
    int64_t first = f->now;
    append(f, STR("s"), first + DAY_MS, "a"); /* the moment it tells of does not matter */
    append(f, STR("s"), 1, "b");
    f->now += HOUR_MS;
    append(f, STR("s"), 2, "c");
    CHECK_OK(READ(f, log_sweep_is_due(&f->ctx, first, &due, &f->why)));
    assert_false(due);
    CHECK_OK(READ(f, log_sweep_is_due(&f->ctx, first + 1, &due, &f->why)));
    assert_true(due);
    CHECK_OK(WRITE(f, log_sweep(&f->ctx, first + 1, 1, &n, &f->why)));
    assert_int_equal(n, 1);
    CHECK_OK(WRITE(f, log_sweep(&f->ctx, first + 1, 5, &n, &f->why)));
    assert_int_equal(n, 1);
    CHECK_STR(messages(f, &query, &page), "c");
}

static void appending_is_all_or_nothing(void **state)
{
    struct fixture *f = *state;
    const struct log_record records[] = {{1, STR_INIT("a")}, {2, STR_INIT("b")}};
    size_t added;
    CHECK_ALL_OR_NOTHING(f,
                         log_append(&f->ctx, LOG_GROUP_V2, STR("s"), records, 2, &added, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_record_is_once),
        TEST(a_record_has_a_moment_and_a_size),
        TEST(a_group_has_so_many_streams),
        TEST(a_group_is_there_once_it_was_configured_or_written_to),
        TEST(a_query_is_bounded_by_time_stream_and_pattern),
        TEST(pages_join_without_gap_or_overlap_in_both_directions),
        TEST(a_search_that_finds_nothing_ends_its_page),
        TEST(levels_go_from_the_special_to_the_general),
        TEST(what_came_in_long_ago_goes),
        TEST(appending_is_all_or_nothing),
    };
    return RUN_TESTS("account/log", tests);
}
