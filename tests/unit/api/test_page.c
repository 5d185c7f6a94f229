#include "lib/check.h"

#include "api/page.h"
#include "codec/json_tree.h"
#include "codec/json_write.h"

static struct arena *mem;
static struct page_key key = {{1, 2, 3}}, other_key = {{9}};
static struct api_env env;
static int64_t now = INT64_C(1767323045678);

static int setup(void **state)
{
    (void)state;
    mem = arena_new(1 << 20);
    env = (struct api_env){.page_key = &key};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

/* A call of an operation with its input given as JSON, wherever the members really come from. */
static struct call call_of(enum op_id id, const char *const *members, size_t n)
{
    const struct operation *op = &operations[id];
    const struct shape *shape = &shapes[op->input];
    struct value *in = NEW(mem, struct value);
    struct value *fields = NEW_ARRAY(mem, struct value, shape->n);
    in->shape = op->input;
    in->count = shape->n;
    in->fields = fields;
    for (size_t i = 0; i + 1 < n; i += 2) {
        const struct shape_member *member =
            shape_member_find(shape, member_find(str_from(members[i])));
        assert_non_null(member);
        CHECK_OK(value_from_json(str_from(members[i + 1]), (enum shape_id)member->shape, true, mem,
                                 &fields[member - shape->members], NULL));
    }
    return (struct call){.op = op, .in = in, .mem = mem, .env = &env, .now = now};
}

#define CALL(id, ...)                                                                              \
    call_of(id, (const char *const[]){__VA_ARGS__},                                                \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* The token that a reply to this call carries for the position, in quotes. */
static const char *token_for(struct call call, const char *position)
{
    struct buf body;
    struct json_write out;
    struct str text;
    const struct json_value *tree;
    buf_init(&body, mem, 1 << 16);
    json_write_init(&out, &body);
    json_write_object(&out);
    call.out = &out;
    CHECK_OK(reply_next(&call, str_from(position), NULL));
    json_write_end(&out);
    json_write_finish(&out);
    CHECK_OK(buf_finish(&body, &text, NULL));
    CHECK_OK(json_tree_read(text, mem, &tree, NULL));
    const struct json_value *token = json_tree_get(tree, member_names[call.op->token_out]);
    if (token == NULL) {
        return NULL;
    }
    struct str quoted;
    CHECK_OK(str_fmt(mem, &quoted, NULL, "\"%.*s\"", STR_ARG(token->text)));
    return str_z(mem, quoted);
}

static void check_page(struct call call, size_t max, bool descending, const char *after)
{
    struct page page;
    struct why why = {0};
    if (call_page(&call, &page, &why) != STATUS_OK) {
        fail_msg("%s", why.text);
    }
    assert_int_equal(page.max, max);
    assert_int_equal(page.descending, descending);
    if (after == NULL) {
        assert_true(str_absent(page.after));
    } else {
        CHECK_STR(page.after, after);
    }
}

static void check_refused(struct call call, const char *says)
{
    struct page page;
    struct why why = {0};
    CHECK_STATUS(call_page(&call, &page, &why), STATUS_INVALID);
    assert_string_equal(why.text, says);
}

static void size_and_direction_come_from_the_request(void **state)
{
    (void)state;
    check_page(CALL(OP_ListThings, "thingTypeName", "\"t\""), PAGE_SIZE_DEFAULT, false, NULL);
    check_page(CALL(OP_ListThings, "maxResults", "7"), 7, false, NULL);
    check_page(CALL(OP_ListCertificates, "pageSize", "250"), 250, true, NULL);
    check_page(CALL(OP_ListCertificates, "ascendingOrder", "true"), PAGE_SIZE_DEFAULT, false, NULL);
    check_page(CALL(OP_ListCertificates, "ascendingOrder", "false"), PAGE_SIZE_DEFAULT, true, NULL);
}

static void a_token_brings_back_its_position(void **state)
{
    (void)state;
    const char *token = token_for(CALL(OP_ListThings, "thingTypeName", "\"t\""), "lamp\n7");
    check_page(CALL(OP_ListThings, "thingTypeName", "\"t\"", "nextToken", token), PAGE_SIZE_DEFAULT,
               false, "lamp\n7");
    /* the size may change from page to page */
    check_page(CALL(OP_ListThings, "thingTypeName", "\"t\"", "maxResults", "3", "nextToken", token),
               3, false, "lamp\n7");
    assert_null(token_for(CALL(OP_ListThings, "maxResults", "1"), NULL));
}

static const char not_for[] = "nextToken does not belong to this request: it is for the same "
                              "operation with the same filters only";
static const char not_ours[] = "nextToken is not a token of this service";

static void a_token_is_for_its_own_list_only(void **state)
{
    (void)state;
    const char *token = token_for(CALL(OP_ListThings, "thingTypeName", "\"t\""), "x");
    check_refused(CALL(OP_ListThings, "thingTypeName", "\"u\"", "nextToken", token), not_for);
    check_refused(CALL(OP_ListThings, "nextToken", token), not_for);
    check_refused(CALL(OP_ListThings, "attributeName", "\"t\"", "nextToken", token), not_for);
    check_refused(CALL(OP_ListThingTypes, "thingTypeName", "\"t\"", "nextToken", token), not_for);
    env.page_key = &other_key;
    check_refused(CALL(OP_ListThings, "thingTypeName", "\"t\"", "nextToken", token), not_for);
}

static void a_token_with_any_character_changed_is_refused(void **state)
{
    (void)state;
    const char *token = token_for(CALL(OP_ListThings, "maxResults", "1"), "position");
    for (size_t i = 1; token[i] != '"'; i++) {
        struct str copy;
        CHECK_OK(str_dup(mem, str_from(token), &copy, NULL));
        char *changed = str_z(mem, copy);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        struct call call = CALL(OP_ListThings, "nextToken", changed);
        struct page page;
        CHECK_STATUS(call_page(&call, &page, NULL), STATUS_INVALID);
    }
}

static void what_is_no_token_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"\"\"", "\"lamp\"", "\"AQ==\"", "\"\xC3\xA9\"",
                                        "\"AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        check_refused(CALL(OP_ListThings, "nextToken", texts[i]), not_ours);
    }
}

static void an_old_token_is_refused(void **state)
{
    (void)state;
    const char *token = token_for(CALL(OP_ListThings, "maxResults", "1"), "x");
    now += PAGE_TOKEN_HOURS * (int64_t)HOUR_MS;
    check_page(CALL(OP_ListThings, "nextToken", token), PAGE_SIZE_DEFAULT, false, "x");
    now += 1;
    check_refused(CALL(OP_ListThings, "nextToken", token),
                  "nextToken is older than 24 hours; begin the list again");
}

static void each_service_has_its_own_size_without_one_and_its_own_tokens(void **state)
{
    (void)state;
    check_page(CALL(OP_iam_ListPolicies, NULL), 100, false, NULL);
    check_page(CALL(OP_iam_ListPolicies, "MaxItems", "7"), 7, false, NULL);
    check_page(CALL(OP_sns_ListTopics, NULL), 100, false, NULL);
    check_page(CALL(OP_logs_DescribeLogGroups, NULL), 50, false, NULL);
    check_page(CALL(OP_iam_ListPolicies, "Marker", token_for(CALL(OP_iam_ListPolicies, NULL), "p")),
               100, false, "p");
    /* Of the same name in another service. */
    const char *token = token_for(CALL(OP_ListPolicies, NULL), "p");
    check_refused(CALL(OP_iam_ListPolicies, "Marker", token),
                  "Marker does not belong to this request: it is for the same operation with the "
                  "same filters only");
}

static void a_reply_that_can_be_truncated_says_whether_it_is(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct call call = CALL(OP_iam_ListRoles, NULL);
        struct buf body;
        struct json_write out;
        buf_init(&body, mem, 1 << 16);
        json_write_init(&out, &body);
        json_write_object(&out);
        call.out = &out;
        CHECK_OK(reply_next(&call, more ? STR("p") : STR_ABSENT, NULL));
        json_write_end(&out);
        assert_true(str_starts(buf_view(&body), more ? STR("{\"IsTruncated\":true,\"Marker\":\"")
                                                     : STR("{\"IsTruncated\":false}")));
    }
}

#define PAGE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAGE_TEST(size_and_direction_come_from_the_request),
        PAGE_TEST(a_token_brings_back_its_position),
        PAGE_TEST(a_token_is_for_its_own_list_only),
        PAGE_TEST(a_token_with_any_character_changed_is_refused),
        PAGE_TEST(what_is_no_token_is_refused),
        PAGE_TEST(an_old_token_is_refused),
        PAGE_TEST(each_service_has_its_own_size_without_one_and_its_own_tokens),
        PAGE_TEST(a_reply_that_can_be_truncated_says_whether_it_is),
    };
    return RUN_TESTS("page", tests);
}
