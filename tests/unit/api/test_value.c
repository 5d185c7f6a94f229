#include "request.h"

static struct arena *mem;

static int setup(void **state)
{
    (void)state;
    mem = arena_new(1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

static const struct value *read_as(enum shape_id shape, const char *json)
{
    struct value *value = NEW(mem, struct value);
    struct why why = {0};
    if (value_from_json(str_from(json), shape, false, mem, value, &why) != STATUS_OK) {
        fail_msg("%s", why.text);
    }
    return value;
}

static void members_are_had_by_name_and_are_absent_otherwise(void **state)
{
    (void)state;
    const struct value *in =
        read_as(S_UpdateThingRequest, "{\"thingTypeName\":\"lamp\",\"expectedVersion\":7,"
                                      "\"removeThingType\":true}");
    CHECK_STR(value_str(in, M_thingTypeName), "lamp");
    assert_int_equal(value_int(in, M_expectedVersion, -1), 7);
    assert_true(value_bool(in, M_removeThingType, false));
    assert_false(value_has(in, M_attributePayload));
    assert_false(value_has(in, M_policyName)); /* a member of other shapes only */
    assert_true(str_absent(value_str(NULL, M_thingTypeName)));
    assert_int_equal(value_int(NULL, M_expectedVersion, -1), -1);
    assert_int_equal(value_time(in, M_startTime), TIME_NEVER);
    assert_true(value_bool(in, M_merge, true));
    assert_true(value_double(in, M_incrementFactor, 1.5) == 1.5);
}

static void lists_and_maps_are_walked_in_the_order_of_the_request(void **state)
{
    (void)state;
    const struct value *in = read_as(
        S_TagResourceRequest, "{\"tags\":[{\"Key\":\"b\",\"Value\":\"1\"},{\"Key\":\"a\"}]}");
    const struct value *tags = value_get(in, M_tags);
    assert_int_equal(value_count(tags), 2);
    CHECK_STR(value_str(value_at(tags, 0), M_Key), "b");
    assert_true(str_absent(value_str(value_at(tags, 1), M_Value)));
    assert_int_equal(value_count(value_get(in, M_resourceArn)), 0);

    const struct value *map = read_as(S_Attributes, "{\"z\":\"1\",\"a\":\"2\"}");
    assert_int_equal(value_count(map), 2);
    CHECK_STR(value_key(map, 0), "z");
    CHECK_STR(value_text(value_at(map, 1)), "2");
    CHECK_STR(value_text(value_find(map, STR("a"))), "2");
    assert_null(value_find(map, STR("b")));
    assert_null(value_find(NULL, STR("b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(members_are_had_by_name_and_are_absent_otherwise, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(lists_and_maps_are_walked_in_the_order_of_the_request,
                                        setup, teardown),
    };
    return RUN_TESTS("value", tests);
}
