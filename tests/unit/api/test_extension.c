/* Routes of our own. */
#include "api/extension.h"

#include "lib/check.h"

static void a_route_is_found_by_method_and_path(void **state)
{
    (void)state;
    const struct extension *found = extension_find(STR("POST"), STR("/bulwark/import/connections"));
    assert_non_null(found);
    assert_int_equal(found->handler.kind, KIND_WRITE);
    assert_non_null(found->handler.run);
    CHECK_STR(found->action, "bulwark:ImportConnections");
    assert_null(extension_find(STR("GET"), STR("/bulwark/import/connections")));
    found = extension_find(STR("GET"), STR("/bulwark/audit/role"));
    assert_non_null(found);
    assert_int_equal(found->handler.kind, KIND_READ);
    assert_null(extension_find(STR("POST"), STR("/bulwark/import/")));
    assert_null(extension_find(STR("POST"), STR("/")));
}

/* Operations of our own (contract/extensions.json) lie there too, on paths of their own. */
static void no_operation_has_the_path_of_a_route(void **state)
{
    (void)state;
    for (size_t i = 0; i < OP_COUNT; i++) {
        assert_null(extension_find(method_names[operations[i].method], operations[i].path));
        assert_false(str_starts(operations[i].path, STR("/bulwark/import/")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_route_is_found_by_method_and_path),
        cmocka_unit_test(no_operation_has_the_path_of_a_route),
    };
    return RUN_TESTS("extension", tests);
}
