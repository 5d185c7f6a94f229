#include "lib/check.h"

#include "api/route.h"
#include "base/buf.h"
#include "lib/fault.h"

static struct router *router;

/* The path of an operation with each label replaced by its number and an encoded slash. */
static struct str path_of(const struct operation *op, struct arena *mem)
{
    struct buf path;
    struct str rest = str_slice(op->path, 1, op->path.len), segment, text;
    int n = 0;
    buf_init(&path, mem, 1 << 12);
    while (str_next(&rest, '/', &segment)) {
        buf_put_char(&path, '/');
        if (str_starts(segment, STR("{"))) {
            buf_put_fmt(&path, "label%d%%2Fx", n++);
        } else {
            buf_put_str(&path, segment);
        }
    }
    CHECK_OK(buf_finish(&path, &text, NULL));
    return text;
}

static void every_operation_is_found_by_its_method_and_path(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    for (int id = 0; id < OP_END_iot; id++) {
        const struct operation *op = &operations[id];
        struct route route = {0};
        struct why why = {0};
        CHECK_OK(route_find(router, method_names[op->method], path_of(op, mem), mem, &route, &why));
        assert_ptr_equal(route.op, op);
        for (size_t i = 0; i < route.n_labels; i++) {
            char want[32];
            snprintf(want, sizeof(want), "label%zu/x", i);
            CHECK_STR(route.labels[i].text, want);
            const struct shape_member *member =
                shape_member_find(&shapes[op->input], route.labels[i].member);
            assert_int_equal(member->place, PLACE_URI);
        }
    }
}

static enum status find(const char *method, const char *path, struct route *ret, struct why *why)
{
    static struct arena *mem;
    arena_free(mem);
    mem = arena_new(1 << 16);
    return route_find(router, str_from(method), str_from(path), mem, ret, why);
}

static void labels_are_decoded_once(void **state)
{
    (void)state;
    struct route route;
    struct why why;
    CHECK_OK(find("GET", "/things/A%3Ab%252F+c", &route, &why));
    assert_ptr_equal(route.op, &operations[OP_DescribeThing]);
    assert_int_equal(route.labels[0].member, M_thingName);
    CHECK_STR(route.labels[0].text, "A:b%2F+c");
    CHECK_OK(find("GET", "/policies/p/version/1", &route, &why));
    assert_int_equal(route.labels[0].member, M_policyName);
    assert_int_equal(route.labels[1].member, M_policyVersionId);
    CHECK_STR(route.labels[1].text, "1");
}

static void a_label_has_the_member_that_its_wire_name_means(void **state)
{
    (void)state;
    struct route route;
    struct why why;
    CHECK_OK(find("GET", "/cacertificate/ab12", &route, &why));
    assert_ptr_equal(route.op, &operations[OP_DescribeCACertificate]);
    assert_int_equal(route.labels[0].member, M_certificateId);
}

static void a_literal_is_preferred_and_a_label_still_found(void **state)
{
    (void)state;
    struct route route;
    struct why why;
    CHECK_OK(find("PUT", "/thing-groups/addThingToThingGroup", &route, &why));
    assert_ptr_equal(route.op, &operations[OP_AddThingToThingGroup]);
    CHECK_OK(find("GET", "/thing-groups/addThingToThingGroup", &route, &why));
    assert_ptr_equal(route.op, &operations[OP_DescribeThingGroup]);
    CHECK_STR(route.labels[0].text, "addThingToThingGroup");
}

static void a_greedy_label_takes_the_rest(void **state)
{
    (void)state;
    struct route route;
    struct why why;
    CHECK_OK(find("GET", "/destinations/arn:aws:iot:x/http/1", &route, &why));
    assert_ptr_equal(route.op, &operations[OP_GetTopicRuleDestination]);
    CHECK_STR(route.labels[0].text, "arn:aws:iot:x/http/1");
    CHECK_OK(find("GET", "/destinations", &route, &why));
    assert_ptr_equal(route.op, &operations[OP_ListTopicRuleDestinations]);
}

static void what_is_no_operation_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        enum status status;
        const char *says;
    } rows[] = {
        {"GET", "/", STATUS_NO_OPERATION, "no operation has this path"},
        {"GET", "", STATUS_NO_OPERATION, "no operation has this path"},
        {"GET", "things", STATUS_NO_OPERATION, "no operation has this path"},
        {"GET", "/nothing", STATUS_NO_OPERATION, "no operation has this path"},
        {"GET", "/things/", STATUS_NO_OPERATION, "no operation has this path"},
        {"GET", "//things", STATUS_NO_OPERATION, "no operation has this path"},
        {"GET", "/things/a/b/c/d/e/f/g/h", STATUS_NO_OPERATION, "no operation has this path"},
        {"GET", "/th%69ngs", STATUS_NO_OPERATION, "no operation has this path"},
        {"PUT", "/things", STATUS_NO_OPERATION, "no operation is PUT of this path"},
        {"HEAD", "/things", STATUS_NO_OPERATION, "no operation is HEAD of this path"},
        {"get", "/things", STATUS_NO_OPERATION, "no operation is get of this path"},
        {"GET", "/things/%", STATUS_UNREADABLE,
         "thingName: a percent sign is not followed by two hex digits"},
        {"GET", "/things/%4", STATUS_UNREADABLE,
         "thingName: a percent sign is not followed by two hex digits"},
        {"GET", "/things/%C3", STATUS_UNREADABLE, "thingName is not UTF-8 text"},
        {"GET", "/things/a%00b", STATUS_UNREADABLE, "thingName is not UTF-8 text"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct route route = {0};
        struct why why = {0};
        CHECK_STATUS(find(rows[i].method, rows[i].path, &route, &why), rows[i].status);
        assert_string_equal(why.text, rows[i].says);
        assert_null(route.op);
    }
}

static void a_router_that_runs_out_of_memory_is_no_router(void **state)
{
    (void)state;
    for (size_t n = 0; n < 2; n++) {
        struct router *other = NULL;
        struct why why;
        fault_start(n);
        CHECK_STATUS(router_new(&other, &why), STATUS_NO_MEMORY);
        assert_true(fault_stop());
        assert_null(other);
    }
    router_free(NULL);
}

int main(void)
{
    struct why why;
    if (router_new(&router, &why) != STATUS_OK) {
        fprintf(stderr, "%s\n", why.text);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_is_found_by_its_method_and_path),
        cmocka_unit_test(labels_are_decoded_once),
        cmocka_unit_test(a_label_has_the_member_that_its_wire_name_means),
        cmocka_unit_test(a_literal_is_preferred_and_a_label_still_found),
        cmocka_unit_test(a_greedy_label_takes_the_rest),
        cmocka_unit_test(what_is_no_operation_is_refused),
        cmocka_unit_test(a_router_that_runs_out_of_memory_is_no_router),
    };
    int failed = RUN_TESTS("route", tests);
    router_free(router);
    return failed;
}
