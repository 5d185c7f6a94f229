#include "policy/notes.h"

#include "unit/policy/vectors.h"

static void check_vector(struct arena *mem, const struct vector *v)
{
    const struct policy_note *notes = NULL;
    size_t n = 0;
    struct buf got;
    CHECK_OK(policy_notes_find(mem, doc_of(mem, v->text), &notes, &n, NULL));
    buf_init(&got, mem, 64 << 10);
    for (size_t i = 0; i < n; i++) {
        policy_note_explain(&got, &notes[i]);
        buf_put_char(&got, '\n');
    }
    vector_says(v, buf_view(&got));
}

static void every_example_has_its_notes(void **state)
{
    (void)state;
    for_each_vector("notes", true, 3, check_vector);
}

static void a_note_says_where_and_what(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct policy_note *notes = NULL;
    size_t n = 0;
    const struct policy_doc *doc =
        DOC(mem, "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},"
                 "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":"
                 "{\"IpAddress\":{\"aws:SourceIp\":\"x\"}}}]}");
    CHECK_OK(policy_notes_find(mem, doc, &notes, &n, NULL));
    assert_int_equal(n, 1);
    assert_int_equal(notes[0].kind, POLICY_NOTE_VALUE);
    assert_int_equal(notes[0].statement, 1);
    assert_int_equal(notes[0].op, POLICY_OP_IP_ADDRESS);
    CHECK_STR(notes[0].text, "x");
}

static void a_failed_allocation_is_reported(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    AUTO_ARENA *little = arena_new(64);
    const struct policy_note *notes = NULL;
    size_t n = 0;
    const struct policy_doc *doc = doc_of(mem, vector_file(mem, "notes", "N2-each-kind", ".json"));
    CHECK_STATUS(policy_notes_find(little, doc, &notes, &n, NULL), STATUS_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_has_its_notes),
        cmocka_unit_test(a_note_says_where_and_what),
        cmocka_unit_test(a_failed_allocation_is_reported),
    };
    return RUN_TESTS("notes", tests);
}
