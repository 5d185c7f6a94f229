#include <jansson.h>

#include "base/buf.h"
#include "lib/files.h"
#include "unit/cli/run.h"

static void exit_codes_say_what_was_found(void **state)
{
    (void)state;
    struct {
        const char *words;
        const char *input;
        int code;
        const char *out;
        const char *err;
    } const rows[] = {
        {"policy check -", NARROW, CLI_OK, "-: compliant", ""},
        {"policy check -", WIDE, CLI_FOUND, "CRITICAL ALLOWS_BROAD_ACCESS", ""},
        {"policy check -", "{", CLI_UNUSABLE, "", "-: byte 1: the text ends in an object"},
        {"policy check /nowhere", "", CLI_UNUSABLE, "",
         "bulwark: /nowhere: it cannot be opened: No such file"},
        {"policy check - /nowhere", WIDE, CLI_UNUSABLE, "not compliant", "cannot be opened"},
        {"policy check", "", CLI_UNUSABLE, "", "which policy files?"},
        {"policy check --format", "", CLI_UNUSABLE, "", "--format lacks its value"},
        {"policy check --format xml -", "", CLI_UNUSABLE, "", "text, json or sarif"},
        {"policy check --colour -", "", CLI_UNUSABLE, "", "no such option: --colour"},
        {"policy check -- --format", "", CLI_UNUSABLE, "", "--format: it cannot be opened"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ran ran = run_cli(rows[i].words, rows[i].input);
        if (ran.code != rows[i].code || strstr(ran.out, rows[i].out) == NULL ||
            strstr(ran.err, rows[i].err) == NULL) {
            fail_msg("%s: %d\n%s\n%s", rows[i].words, ran.code, ran.out, ran.err);
        }
        ran_free(&ran);
    }
}

static const char *text_of(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "(absent)" : text;
}

static void notes_change_no_verdict(void **state)
{
    (void)state;
    const char *slip = "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iot:Publsh\","
                       "\"Resource\":\"*\"}}";
    struct ran text = run_cli("policy check -", slip);
    assert_int_equal(text.code, CLI_OK);
    assert_non_null(strstr(text.out, "-: compliant\n\n  notes\n    Statement 0: \"iot:Publsh\""));
    ran_free(&text);
    struct ran json = run_cli("policy check --format json -", slip);
    assert_int_equal(json.code, CLI_OK);
    json_t *object = json_loads(json.out, 0, NULL);
    assert_true(json_is_true(json_object_get(object, "compliant")));
    assert_int_equal(json_array_size(json_object_get(object, "notes")), 1);
    json_t *note = json_array_get(json_object_get(object, "notes"), 0);
    assert_int_equal(json_integer_value(json_object_get(note, "statement")), 0);
    assert_string_equal(text_of(note, "value"), "iot:Publsh");
    assert_non_null(strstr(text_of(note, "explanation"), "no known action"));
    json_decref(object);
    ran_free(&json);
    struct ran none = run_cli("policy check --format json -", NARROW);
    object = json_loads(none.out, 0, NULL);
    assert_true(json_is_array(json_object_get(object, "notes")));
    assert_int_equal(json_array_size(json_object_get(object, "notes")), 0);
    json_decref(object);
    ran_free(&none);
}

static void json_has_one_object_for_each_file(void **state)
{
    (void)state;
    struct ran ran = run_cli("policy check --format=json - /nowhere", WIDE);
    assert_int_equal(ran.code, CLI_UNUSABLE);
    json_t *first = json_loads(ran.out, JSON_DISABLE_EOF_CHECK, NULL);
    json_t *second = json_loads(strchr(ran.out, '\n'), 0, NULL);
    assert_string_equal(text_of(first, "file"), "-");
    assert_true(json_is_false(json_object_get(first, "compliant")));
    assert_int_equal(json_array_size(json_object_get(first, "findings")), 1);
    json_t *finding = json_array_get(json_object_get(first, "findings"), 0);
    assert_string_equal(text_of(finding, "check"), "IOT_POLICY_OVERLY_PERMISSIVE_CHECK");
    assert_string_equal(text_of(finding, "reasonCode"),
                        "ALLOWS_BROAD_ACCESS_TO_IOT_DATA_PLANE_ACTIONS");
    assert_int_equal(json_integer_value(json_object_get(finding, "statement")), 0);
    assert_string_equal(text_of(finding, "witness"), "client/<any>");
    json_t *actions = json_object_get(finding, "actions");
    assert_int_equal(json_array_size(actions), 1);
    assert_string_equal(json_string_value(json_array_get(actions, 0)), "iot:Connect");
    assert_non_null(strstr(text_of(finding, "explanation"), "iot:Connect on client/<any>"));
    assert_string_equal(text_of(second, "file"), "/nowhere");
    assert_non_null(strstr(text_of(second, "error"), "cannot be opened"));
    json_decref(first);
    json_decref(second);
    ran_free(&ran);
}

static void sarif_has_rules_results_and_places(void **state)
{
    (void)state;
    struct ran ran = run_cli("policy check --format sarif -", WIDE);
    json_t *sarif = json_loads(ran.out, 0, NULL);
    assert_non_null(sarif);
    assert_int_equal(ran.code, CLI_FOUND);
    assert_string_equal(text_of(sarif, "version"), "2.1.0");
    json_t *run = json_array_get(json_object_get(sarif, "runs"), 0);
    json_t *driver = json_object_get(json_object_get(run, "tool"), "driver");
    json_t *rules = json_object_get(driver, "rules");
    json_t *result = json_array_get(json_object_get(run, "results"), 0);
    size_t rule = (size_t)json_integer_value(json_object_get(result, "ruleIndex"));
    assert_string_equal(text_of(result, "ruleId"), text_of(json_array_get(rules, rule), "id"));
    assert_string_equal(text_of(result, "level"), "error");
    json_t *place = json_array_get(json_object_get(result, "locations"), 0);
    json_t *file = json_object_get(json_object_get(place, "physicalLocation"), "artifactLocation");
    assert_string_equal(text_of(file, "uri"), "stdin");
    json_t *invocation = json_array_get(json_object_get(run, "invocations"), 0);
    assert_true(json_is_true(json_object_get(invocation, "executionSuccessful")));
    json_decref(sarif);
    ran_free(&ran);
}

/* The next fenced block of the page that opens with the words; false after the last. */
static bool next_block(struct str *page, struct str *ret_words, struct str *ret_body)
{
    struct str line;
    while (str_next(page, '\n', &line)) {
        if (!str_starts(line, STR("```"))) {
            continue;
        }
        const char *from = page->ptr;
        const char *to = from;
        *ret_words = str_slice(line, 3, line.len);
        while (str_next(page, '\n', &line) && !str_eq(line, STR("```"))) {
            to = line.ptr + line.len + 1;
        }
        *ret_body = (struct str){from, (size_t)(to - from)};
        return true;
    }
    return false;
}

/* "$ bulwark policy check policy.json" and its output, on the document shown before it. */
static void check_example(struct arena *mem, struct str example, const char *document)
{
    struct str command;
    struct str words;
    struct str word;
    struct buf line;
    assert_true(str_next(&example, '\n', &command));
    assert_true(str_starts(command, STR("$ bulwark ")));
    words = str_slice(command, strlen("$ bulwark "), command.len);
    buf_init(&line, mem, 4096);
    while (str_next(&words, ' ', &word)) {
        buf_put_str(&line, str_eq(word, STR("policy.json")) ? STR("-") : word);
        buf_put_char(&line, ' ');
    }
    struct ran ran = run_cli_wide(str_z(mem, buf_view(&line)), document, 80);
    struct str out = str_from(ran.out);
    struct str want = example;
    if (str_starts(out, STR("-: "))) {
        out = str_slice(out, 1, out.len);
        want = str_slice(want, strlen("policy.json"), want.len);
    }
    if (!str_eq(out, want)) {
        fail_msg("%.*s: got\n%s", STR_ARG(command), ran.out);
    }
    ran_free(&ran);
}

static void the_manuals_examples_print_what_it_shows(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct str page = file_read(mem, DOCS_DIR "/policies.md");
    struct str words;
    struct str body;
    const char *document = NULL;
    int examples = 0;
    while (next_block(&page, &words, &body)) {
        if (str_eq(words, STR("json"))) {
            document = str_z(mem, body);
        } else {
            assert_non_null(document);
            check_example(mem, body, document);
            examples++;
        }
    }
    assert_true(examples >= 8);
}

static json_t *place_of(json_t *notified)
{
    json_t *location = json_array_get(json_object_get(notified, "locations"), 0);
    return json_object_get(location, "physicalLocation");
}

static json_t *region_of(json_t *notified)
{
    return json_object_get(place_of(notified), "region");
}

/* The statement begins on the third line, behind a letter of two bytes. */
static void sarif_says_which_file_and_where(void **state)
{
    (void)state;
    struct ran ran = run_cli("policy check --format sarif - /nowhere",
                             "{\"Id\":\"\xc3\xa4\",\n\"Statement\":[\n {\"Effect\":\"Allow\","
                             "\"Action\":\"iot:Connect\",\"Resource\":\"*\"}]}");
    json_t *sarif = json_loads(ran.out, 0, NULL);
    assert_non_null(sarif);
    json_t *run = json_array_get(json_object_get(sarif, "runs"), 0);
    json_t *region = region_of(json_array_get(json_object_get(run, "results"), 0));
    assert_string_equal(text_of(run, "columnKind"), "unicodeCodePoints");
    assert_int_equal(json_integer_value(json_object_get(region, "startLine")), 3);
    assert_int_equal(json_integer_value(json_object_get(region, "startColumn")), 2);
    assert_int_equal(json_integer_value(json_object_get(region, "charOffset")), 26);
    assert_int_equal(json_integer_value(json_object_get(region, "byteOffset")), 27);
    json_t *invocation = json_array_get(json_object_get(run, "invocations"), 0);
    json_t *notified = json_array_get(json_object_get(invocation, "toolExecutionNotifications"), 0);
    assert_string_equal(text_of(json_object_get(place_of(notified), "artifactLocation"), "uri"),
                        "/nowhere");
    assert_null(region_of(notified));
    json_decref(sarif);
    ran_free(&ran);
}

static void a_malformed_file_is_pointed_into(void **state)
{
    (void)state;
    struct ran ran = run_cli("policy check --format sarif -", "{\n x");
    json_t *sarif = json_loads(ran.out, 0, NULL);
    json_t *run = json_array_get(json_object_get(sarif, "runs"), 0);
    json_t *invocation = json_array_get(json_object_get(run, "invocations"), 0);
    json_t *region =
        region_of(json_array_get(json_object_get(invocation, "toolExecutionNotifications"), 0));
    assert_int_equal(json_integer_value(json_object_get(region, "startLine")), 2);
    assert_int_equal(json_integer_value(json_object_get(region, "charOffset")), 3);
    assert_string_equal(ran.err, "bulwark: -: byte 3 is 'x', where a key in quotes is due\n");
    json_decref(sarif);
    ran_free(&ran);
}

static void a_byte_order_mark_is_no_part_of_a_policy(void **state)
{
    (void)state;
    struct ran plain = run_cli("policy check -", WIDE);
    struct ran marked = run_cli("policy check -", BOM WIDE);
    assert_int_equal(marked.code, CLI_FOUND);
    assert_string_equal(marked.out, plain.out);
    assert_string_equal(marked.err, "");
    ran_free(&marked);
    ran_free(&plain);
}

static void a_place_is_said_once(void **state)
{
    (void)state;
    struct ran ran = run_cli("policy check -", "{\"Statement\":[],\"Else\":1}");
    assert_non_null(strstr(ran.err, "bulwark: -: at byte 23: a policy has no such element"));
    ran_free(&ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_codes_say_what_was_found),
        cmocka_unit_test(notes_change_no_verdict),
        cmocka_unit_test(json_has_one_object_for_each_file),
        cmocka_unit_test(the_manuals_examples_print_what_it_shows),
        cmocka_unit_test(sarif_has_rules_results_and_places),
        cmocka_unit_test(sarif_says_which_file_and_where),
        cmocka_unit_test(a_malformed_file_is_pointed_into),
        cmocka_unit_test(a_byte_order_mark_is_no_part_of_a_policy),
        cmocka_unit_test(a_place_is_said_once),
    };
    return RUN_TESTS("policy_check", tests);
}
