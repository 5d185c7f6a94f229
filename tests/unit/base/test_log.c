#include "base/log.h"

#include <jansson.h>
#include <unistd.h>

#include "lib/check.h"

/* A log whose other end the test reads. */
struct fixture {
    struct log log;
    int64_t now;
    int read_end;
    char text[3 * LOG_LINE_MAX];
};

static void fixture_open(struct fixture *f, enum log_level level, enum log_format format)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    f->read_end = ends[0];
    f->now = 1767323045678;
    f->log = (struct log){ends[1], level, format, clock_fixed(&f->now), false};
}

/* Everything written so far; ends the log. */
static const char *fixture_close(struct fixture *f)
{
    size_t len = 0;
    close(f->log.fd);
    for (;;) {
        ssize_t got = read(f->read_end, f->text + len, sizeof f->text - 1 - len);
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
    }
    close(f->read_end);
    f->text[len] = '\0';
    return f->text;
}

static void the_text_form_is_one_line(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, LOG_INFO, LOG_AS_TEXT);
    log_event(&f.log, LOG_WARN, "audit.finished", LOG_TEXT("task", "t-1"), LOG_INT("findings", -3),
              LOG_STR("note", STR_ABSENT));
    assert_string_equal(fixture_close(&f), "2026-01-02T03:04:05.678Z warn  audit.finished "
                                           "task=\"t-1\" findings=-3 note=\"\"\n");
}

static void the_journal_is_told_the_priority_in_text_alone(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, LOG_INFO, LOG_AS_TEXT);
    f.log.priority = true;
    log_event(&f.log, LOG_WARN, "x", LOG_INT("n", 1));
    assert_string_equal(fixture_close(&f), "<4>2026-01-02T03:04:05.678Z warn  x n=1\n");
    fixture_open(&f, LOG_INFO, LOG_AS_JSON);
    f.log.priority = true;
    log_event(&f.log, LOG_WARN, "x", LOG_INT("n", 1));
    assert_true(fixture_close(&f)[0] == '{');
}

static void levels_above_the_logs_are_dropped(void **state)
{
    (void)state;
    for (int limit = LOG_ERROR; limit <= LOG_DEBUG; limit++) {
        struct fixture f;
        fixture_open(&f, (enum log_level)limit, LOG_AS_TEXT);
        for (int level = LOG_ERROR; level <= LOG_DEBUG; level++) {
            log_event(&f.log, (enum log_level)level, "x", LOG_INT("level", level));
        }
        int lines = 0;
        for (const char *at = fixture_close(&f); *at != '\0'; at++) {
            lines += *at == '\n';
        }
        assert_int_equal(lines, limit + 1);
    }
}

static void no_log_drops_everything(void **state)
{
    (void)state;
    log_event(NULL, LOG_ERROR, "x", LOG_INT("n", 1));
}

static void a_field_cannot_forge_a_line_or_another_field(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, LOG_INFO, LOG_AS_TEXT);
    log_event(&f.log, LOG_INFO, "x",
              LOG_TEXT("name", "a\" level=\"error\n<0>fake\r\x1b[2J\x7f\xc2\x9b\\"));
    const char *text = fixture_close(&f);
    assert_non_null(strstr(text,
                           "name=\"a\\\" level=\\\"error\\u000a<0>fake\\u000d\\u001b[2J\\u007f"
                           "\\u009b\\\\\"\n"));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static json_t *logged_json(const char *key, struct str value)
{
    struct fixture f;
    json_error_t error;
    fixture_open(&f, LOG_DEBUG, LOG_AS_JSON);
    log_event(&f.log, LOG_DEBUG, "test.event", LOG_STR(key, value), LOG_INT("n", INT64_MIN));
    json_t *root = json_loads(fixture_close(&f), JSON_ALLOW_NUL, &error);
    if (root == NULL) {
        fail_msg("%s in %s", error.text, f.text);
    }
    return root;
}

static void the_json_form_is_json(void **state)
{
    (void)state;
    json_t *root =
        logged_json("name", STR("plain \"quoted\" \\ \n \x01 \xc3\xa9 \xf0\x9f\x9a\x80"));
    assert_string_equal(json_string_value(json_object_get(root, "time")),
                        "2026-01-02T03:04:05.678Z");
    assert_string_equal(json_string_value(json_object_get(root, "level")), "debug");
    assert_string_equal(json_string_value(json_object_get(root, "event")), "test.event");
    assert_string_equal(json_string_value(json_object_get(root, "name")),
                        "plain \"quoted\" \\ \n \x01 \xc3\xa9 \xf0\x9f\x9a\x80");
    assert_true(json_integer_value(json_object_get(root, "n")) == INT64_MIN);
    json_decref(root);
}

static void every_byte_and_pair_of_bytes_makes_readable_json(void **state)
{
    (void)state;
    for (int first = 1; first < 256; first++) {
        for (int second = 0; second < 256; second += first < 0x80 ? 255 : 1) {
            const char text[] = {(char)first, (char)second};
            json_t *root = logged_json("f", (struct str){text, 2});
            assert_int_equal(json_object_size(root), 5);
            json_decref(root);
        }
    }
}

static void bytes_that_are_no_utf8_are_replaced(void **state)
{
    (void)state;
    json_t *root = logged_json("f", STR("a\xff"
                                        "b\xed\xa0\x80"
                                        "c\xc3"));
    assert_string_equal(json_string_value(json_object_get(root, "f")),
                        "a\xef\xbf\xbd"
                        "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                        "c\xef\xbf\xbd");
    json_decref(root);
}

static void a_huge_field_is_cut_and_the_line_stays_whole(void **state)
{
    (void)state;
    static const char *const units[] = {"x", "\n", "\xc3\xa9", "\"", "\xff"};
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
        char big[2 * LOG_LINE_MAX];
        size_t len = 0;
        while (len + 4 < sizeof big) {
            memcpy(big + len, units[u], strlen(units[u]));
            len += strlen(units[u]);
        }
        for (size_t shift = 0; shift < 7; shift++) {
            struct fixture f;
            fixture_open(&f, LOG_INFO, LOG_AS_JSON);
            log_event(&f.log, LOG_INFO, "x", LOG_STR("pad", str_slice(STR("1234567"), 0, shift)),
                      LOG_STR("big", ((struct str){big, len})), LOG_INT("after", 1));
            const char *text = fixture_close(&f);
            size_t written = strlen(text);
            assert_in_range(written, LOG_LINE_MAX / 2, LOG_LINE_MAX);
            assert_ptr_equal(strchr(text, '\n'), text + written - 1);
            json_t *root = json_loads(text, 0, NULL);
            assert_non_null(root);
            json_decref(root);
        }
    }
}

static void words_name_levels_and_formats(void **state)
{
    (void)state;
    enum log_level level = LOG_DEBUG;
    enum log_format format = LOG_AS_TEXT;
    assert_true(log_level_read(STR("error"), &level) && level == LOG_ERROR);
    assert_true(log_level_read(STR("debug"), &level) && level == LOG_DEBUG);
    assert_false(log_level_read(STR("Error"), &level));
    assert_false(log_level_read(STR("err"), &level));
    assert_false(log_level_read(STR(""), &level));
    assert_int_equal(level, LOG_DEBUG);
    assert_true(log_format_read(STR("json"), &format) && format == LOG_AS_JSON);
    assert_true(log_format_read(STR("text"), &format) && format == LOG_AS_TEXT);
    assert_false(log_format_read(STR("xml"), &format));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_form_is_one_line),
        cmocka_unit_test(the_journal_is_told_the_priority_in_text_alone),
        cmocka_unit_test(levels_above_the_logs_are_dropped),
        cmocka_unit_test(no_log_drops_everything),
        cmocka_unit_test(a_field_cannot_forge_a_line_or_another_field),
        cmocka_unit_test(the_json_form_is_json),
        cmocka_unit_test(every_byte_and_pair_of_bytes_makes_readable_json),
        cmocka_unit_test(bytes_that_are_no_utf8_are_replaced),
        cmocka_unit_test(a_huge_field_is_cut_and_the_line_stays_whole),
        cmocka_unit_test(words_name_levels_and_formats),
    };
    return RUN_TESTS("log", tests);
}
