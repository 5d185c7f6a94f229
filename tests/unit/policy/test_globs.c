#include "policy/globs_priv.h"
#include "unit/policy/vectors.h"

static struct str glob_text(const struct globs *globs, const struct language_glob *glob)
{
    struct buf out;
    buf_init(&out, globs->mem, 1024);
    for (uint32_t i = 0; i < glob->n; i++) {
        uint32_t symbol = glob->symbols[i];
        struct globs_letters letters = {.of = "~"};
        struct str one;
        if (symbol == GLOB_STAR || symbol == GLOB_ANY) {
            buf_put_char(&out, symbol == GLOB_STAR ? '*' : '?');
            continue;
        }
        CHECK_OK(globs_text(globs, &symbol, 1, STR_ABSENT, &letters, &one, NULL));
        buf_put_str(&out, one);
    }
    return buf_view(&out);
}

static void resources_become_globs(void **state)
{
    (void)state;
    struct {
        const char *resource;
        enum policy_action action;
        bool drop_slash;
        const char *glob; /* NULL: describes nothing */
    } const rows[] = {
        {ARN "topic/\xC3\xA9*?", POLICY_PUBLISH, false, "topic/\xC3\xA9*?"},
        {ARN "/thing/a", POLICY_GET_SHADOW, true, "thing/a"},
        {ARN "/thing/a", POLICY_GET_SHADOW, false, "/thing/a"},
        {"*", POLICY_PUBLISH, false, "*"},
        {"arn:aws:sns:a:b:c", POLICY_PUBLISH, false, NULL},
        {ARN "topic/${iot:ClientId}", POLICY_PUBLISH, false, "topic/${iot:ClientId}"},
        {ARN "client/${iot:ClientId}", POLICY_CONNECT, false, "client/*"},
        {ARN "client/${iot:ClientId}*", POLICY_CONNECT, false, "client/*"},
        {ARN "client/a${iot:ClientId}", POLICY_CONNECT, false, NULL},
        {ARN "client/${iot:ClientId}a", POLICY_CONNECT, false, NULL},
        {ARN "*${iot:ClientId}", POLICY_CONNECT, false, "client/*"},
        {ARN "client/${iot:CertificateId}", POLICY_CONNECT, false, "client/${iot:CertificateId}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ARENA *mem = arena_new(1 << 20);
        struct str text;
        CHECK_OK(
            str_fmt(mem, &text, NULL,
                    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":"
                    "\"*\",\"Resource\":\"%s\"}}",
                    rows[i].resource));
        const struct policy_statement *s = &doc_of(mem, text)->statements[0];
        struct globs globs = {.mem = mem, .drop_slash = rows[i].drop_slash};
        struct language_glob glob;
        bool any = false;
        CHECK_OK(globs_of_pattern(&globs, s, &s->resources[0], rows[i].action, &glob, &any, NULL));
        assert_true(any == (rows[i].glob != NULL));
        if (any) {
            CHECK_STR(glob_text(&globs, &glob), rows[i].glob);
        }
    }
}

static void variables_are_bound_starred_or_opaque(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct policy_doc *doc =
        DOC(mem, "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\","
                 "\"Resource\":\"" ARN "topic/${iot:ClientId}/x\"}}");
    const struct policy_statement *s = &doc->statements[0];
    const uint32_t me[] = {'m', 'e'};
    struct glob_binding binding = {policy_key_of(STR("IOT:CLIENTID")), me, 2};
    struct globs bound = {.mem = mem, .bindings = &binding, .n_bindings = 1};
    struct globs star = {.mem = mem, .variables = GLOBS_STAR};
    struct globs above = {.mem = mem, .variables = GLOBS_ABOVE};
    struct language_term term;
    CHECK_OK(globs_of_statement(&bound, s, POLICY_PUBLISH, &term, NULL));
    CHECK_STR(glob_text(&bound, &term.globs[0]), "topic/me/x");
    CHECK_OK(globs_of_statement(&star, s, POLICY_PUBLISH, &term, NULL));
    CHECK_STR(glob_text(&star, &term.globs[0]), "topic/*/x");
    CHECK_OK(globs_of_statement(&above, s, POLICY_PUBLISH, &term, NULL));
    assert_int_equal(term.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resources_become_globs),
        cmocka_unit_test(variables_are_bound_starred_or_opaque),
    };
    return RUN_TESTS("globs", tests);
}
