/* Provisioning templates: each vector of tests/vectors/template, bounds, and memory that runs out.
 */
#include "template/template.h"

#include <stdlib.h>

#include "base/limits.h"
#include "lib/check.h"

enum { MEMORY = 8 << 20, VECTORS_MAX = 1 << 16, VALUES_MAX = 16 };

/* ---- what comes of a template, as text ------------------------------------------------------- */

static const char *override_name(enum template_override override)
{
    static const char *const names[] = {"FAIL", "DO_NOTHING", "REPLACE", "MERGE"};
    return names[override];
}

static void write_thing(struct json_write *w, const struct template_thing *thing)
{
    json_write_key(w, STR("thing"));
    json_write_object(w);
    json_write_member(w, STR("id"), thing->id);
    json_write_member(w, STR("name"), thing->name);
    json_write_member(w, STR("type"), thing->type_name);
    if (thing->has_attributes) {
        json_write_key(w, STR("attributes"));
        json_write_object(w);
        for (size_t i = 0; i < thing->n_attributes; i++) {
            json_write_member(w, thing->attributes[i].name, thing->attributes[i].value);
        }
        json_write_end(w);
    }
    if (thing->has_groups) {
        json_write_key(w, STR("groups"));
        json_write_array(w);
        for (size_t i = 0; i < thing->n_groups; i++) {
            json_write_string(w, thing->groups[i]);
        }
        json_write_end(w);
    }
    json_write_key(w, STR("on"));
    json_write_array(w);
    json_write_string(w, str_from(override_name(thing->on_attributes)));
    json_write_string(w, str_from(override_name(thing->on_type)));
    json_write_string(w, str_from(override_name(thing->on_groups)));
    json_write_end(w);
    json_write_end(w);
}

static void write_certificate(struct json_write *w, const struct template_certificate *c)
{
    json_write_key(w, STR("certificate"));
    json_write_object(w);
    json_write_member(w, STR("id"), c->id);
    json_write_member(w, STR("certificateId"), c->certificate_id);
    json_write_member(w, STR("csr"), c->csr);
    json_write_member(w, STR("pem"), c->pem);
    json_write_member(w, STR("caPem"), c->ca_pem);
    json_write_member(w, STR("status"), c->status);
    json_write_member(w, STR("attach"), c->attach);
    json_write_member(w, STR("on"), str_from(override_name(c->on_status)));
    json_write_end(w);
}

static struct str text_of(struct arena *mem, const struct template_filled *filled)
{
    struct buf out;
    struct json_write w;
    struct str text = STR_ABSENT;
    buf_init(&out, mem, 1 << 20);
    json_write_init(&w, &out);
    json_write_object(&w);
    if (!str_absent(filled->thing.id)) {
        write_thing(&w, &filled->thing);
    }
    if (!str_absent(filled->certificate.id)) {
        write_certificate(&w, &filled->certificate);
    }
    json_write_key(&w, STR("policies"));
    json_write_array(&w);
    for (size_t i = 0; i < filled->n_policies; i++) {
        json_write_object(&w);
        json_write_member(&w, STR("id"), filled->policies[i].id);
        json_write_member(&w, STR("name"), filled->policies[i].name);
        json_write_member(&w, STR("document"), filled->policies[i].document);
        json_write_end(&w);
    }
    json_write_end(&w);
    if (!str_absent(filled->device)) {
        json_write_key(&w, STR("device"));
        json_write_raw(&w, filled->device);
    }
    json_write_end(&w);
    json_write_finish(&w);
    CHECK_OK(buf_finish(&out, &text, NULL));
    return text;
}

/* ---- the vectors ----------------------------------------------------------------------------- */

struct vector {
    enum template_use use;
    struct str body;
    struct template_pair values[VALUES_MAX];
    size_t n_values;
};

static bool holds(const char *text, struct str words)
{
    return memmem(text, strlen(text), words.ptr, words.len) != NULL;
}

static void check_refused(struct arena *mem, const struct vector *v, bool when_read,
                          struct str words)
{
    const struct template *template = NULL;
    struct template_filled filled;
    struct why why = {.code = STATUS_OK};
    enum status status = template_read(mem, v->body, v->use, &template, NULL, &why);
    if (!when_read) {
        CHECK_OK(status);
        status = template_fill(mem, template, v->values, v->n_values, &filled, &why);
    }
    if (status != STATUS_INVALID || !holds(why.text, words)) {
        fail_msg("%.*s: %s, \"%s\" does not say \"%.*s\"", STR_ARG(v->body), status_name(status),
                 why.text, STR_ARG(words));
    }
}

static void check_makes(struct arena *mem, const struct vector *v, struct str want)
{
    const struct template *template = NULL;
    struct template_filled filled;
    struct why why = {.code = STATUS_OK};
    if (template_read(mem, v->body, v->use, &template, NULL, &why) != STATUS_OK ||
        template_fill(mem, template, v->values, v->n_values, &filled, &why) != STATUS_OK) {
        fail_msg("%.*s: %s", STR_ARG(v->body), why.text);
    }
    struct str got = text_of(mem, &filled);
    if (!str_eq(got, want)) {
        fail_msg("%.*s:\n got %.*s\nwant %.*s", STR_ARG(v->body), STR_ARG(got), STR_ARG(want));
    }
}

static struct str behind(struct str line, size_t n)
{
    return str_slice(line, n, line.len);
}

/* True when the line was one that says what comes of the case. */
static bool take_line(struct arena *mem, struct vector *v, struct str line)
{
    if (str_starts(line, STR("use "))) {
        struct str use = behind(line, 4);
        v->use = str_eq(use, STR("once"))   ? TEMPLATE_ONCE
                 : str_eq(use, STR("jitp")) ? TEMPLATE_JITP
                                            : TEMPLATE_FLEET;
    } else if (str_starts(line, STR("body "))) {
        v->body = behind(line, 5);
        v->n_values = 0;
    } else if (str_starts(line, STR("with "))) {
        struct str pair = behind(line, 5);
        size_t at = str_find_char(pair, '=', 0);
        v->values[v->n_values++] =
            (struct template_pair){str_slice(pair, 0, at), behind(pair, at + 1)};
    } else if (str_starts(line, STR("makes "))) {
        check_makes(mem, v, behind(line, 6));
        return true;
    } else if (str_starts(line, STR("refused "))) {
        check_refused(mem, v, true, behind(line, 8));
        return true;
    } else if (str_starts(line, STR("unfilled "))) {
        check_refused(mem, v, false, behind(line, 9));
        return true;
    } else if (line.len > 0 && line.ptr[0] != '#') {
        fail_msg("not a line of a vector: %.*s", STR_ARG(line));
    }
    return false;
}

static void each_vector_is_as_it_says(void **state)
{
    (void)state;
    AUTO_ARENA *file_mem = arena_new(VECTORS_MAX + 64);
    AUTO_ARENA *mem = arena_new(MEMORY);
    char *text = arena_alloc(file_mem, VECTORS_MAX);
    FILE *file = fopen(VECTORS_DIR "/template/templates.txt", "re");
    assert_non_null(file);
    size_t len = fread(text, 1, VECTORS_MAX, file);
    fclose(file);
    struct str rest = {text, len};
    struct str line;
    struct vector v = {.use = TEMPLATE_ONCE};
    size_t n = 0;
    while (str_next(&rest, '\n', &line)) {
        n += take_line(mem, &v, line);
        arena_clear(mem);
    }
    assert_in_range(n, 45, 500);
}

/* ---- bounds ---------------------------------------------------------------------------------- */

static void a_body_has_at_most_10240_characters(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(MEMORY);
    static const char head[] = "{\"Resources\":{\"t\":{\"Type\":\"AWS::IoT::Thing\",\"Properties\":"
                               "{\"ThingName\":\"a\"}}}}";
    char *body = arena_alloc(mem, TEMPLATE_BODY_MAX + 1);
    const struct template *template;
    struct why why;
    assert_non_null(body);
    for (size_t i = 0; i < TEMPLATE_BODY_MAX + 1; i++) {
        body[i] = i < strlen(head) ? head[i] : ' ';
    }
    CHECK_OK(template_read(mem, (struct str){body, TEMPLATE_BODY_MAX}, TEMPLATE_ONCE, &template,
                           NULL, &why));
    CHECK_STATUS(template_read(mem, (struct str){body, TEMPLATE_BODY_MAX + 1}, TEMPLATE_ONCE,
                               &template, NULL, &why),
                 STATUS_INVALID);
    assert_true(holds(why.text, STR("at most 10240 characters")));
}

/* Each ${x} doubles what it stands for, eleven levels deep: without a bound 4 GiB of text. */
static void what_a_template_makes_is_bounded(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(MEMORY);
    struct buf body;
    struct str text;
    struct template_filled filled;
    const struct template *template;
    struct why why;
    char *big = arena_alloc(mem, 4096);
    assert_non_null(big);
    for (int i = 0; i < 4096; i++) {
        big[i] = 'a';
    }
    const struct template_pair value = {STR("A"), {big, 4096}};
    buf_init(&body, mem, TEMPLATE_BODY_MAX);
    buf_put_str(&body, STR("{\"Parameters\":{\"A\":{\"Type\":\"String\"}},\"Resources\":{\"t\":{"
                           "\"Type\":\"AWS::IoT::Thing\",\"Properties\":{\"ThingName\":"));
    for (int i = 0; i < 3; i++) {
        buf_put_str(&body, STR("{\"Fn::Sub\":[\""));
        for (int j = 0; j < 500; j++) {
            buf_put_str(&body, STR("${x}"));
        }
        buf_put_str(&body, STR("\",{\"x\":"));
    }
    buf_put_str(&body, STR("{\"Ref\":\"A\"}"));
    buf_put_str(&body, STR("}]}}]}}]}}}}}"));
    CHECK_OK(buf_finish(&body, &text, NULL));
    CHECK_OK(template_read(mem, text, TEMPLATE_ONCE, &template, NULL, &why));
    CHECK_STATUS(template_fill(mem, template, &value, 1, &filled, &why), STATUS_INVALID);
    assert_true(holds(why.text, STR("bytes of text")));
}

static void only_documents_without_holes_are_given_when_read(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(MEMORY);
    const struct template *template;
    struct template_filled fixed;
    struct why why;
    CHECK_OK(template_read(
        mem,
        STR("{\"Parameters\":{\"N\":{\"Type\":\"String\"}},\"Resources\":{"
            "\"p\":{\"Type\":\"AWS::IoT::Policy\",\"Properties\":{\"PolicyDocument\":{\"a\":1}}},"
            "\"q\":{\"Type\":\"AWS::IoT::Policy\",\"Properties\":{\"PolicyDocument\":{\"a\":"
            "[{\"Ref\":\"N\"}]}}},"
            "\"r\":{\"Type\":\"AWS::IoT::Policy\",\"Properties\":{\"PolicyName\":\"n\"}}}}"),
        TEMPLATE_ONCE, &template, &fixed, &why));
    assert_int_equal(fixed.n_policies, 3);
    CHECK_STR(fixed.policies[0].document, "{\"a\":1}");
    assert_true(str_absent(fixed.policies[1].document));
    assert_true(str_absent(fixed.policies[2].document));
}

/* ---- memory that runs out -------------------------------------------------------------------- */

static enum status read_and_fill(struct arena *mem)
{
    static const struct template_pair value = {STR_INIT("N"), STR_INIT("lamp")};
    const struct template *template;
    struct template_filled filled;
    struct why why;
    TRY(template_read(
        mem,
        STR("{\"Parameters\":{\"N\":{\"Type\":\"String\"}},\"Resources\":{"
            "\"t\":{\"Type\":\"AWS::IoT::Thing\",\"Properties\":{\"ThingName\":{\"Fn::Join\":[\"\","
            "[\"a\",{\"Ref\":\"N\"}]]},\"AttributePayload\":{\"k\":{\"Fn::Sub\":\"${N}\"}}}},"
            "\"q\":{\"Type\":\"AWS::IoT::Policy\",\"Properties\":{\"PolicyDocument\":{\"a\":"
            "[{\"Ref\":\"N\"}]}}}}}"),
        TEMPLATE_ONCE, &template, NULL, &why));
    return template_fill(mem, template, &value, 1, &filled, &why);
}

static void running_out_of_memory_is_said(void **state)
{
    (void)state;
    for (size_t max = 256;; max += 256) {
        AUTO_ARENA *mem = arena_new(max);
        enum status status = read_and_fill(mem);
        if (status == STATUS_OK) {
            assert_in_range(max, 1024, 1 << 20);
            return;
        }
        CHECK_STATUS(status, STATUS_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_vector_is_as_it_says),
        cmocka_unit_test(a_body_has_at_most_10240_characters),
        cmocka_unit_test(what_a_template_makes_is_bounded),
        cmocka_unit_test(only_documents_without_holes_are_given_when_read),
        cmocka_unit_test(running_out_of_memory_is_said),
    };
    return RUN_TESTS("template/template", tests);
}
