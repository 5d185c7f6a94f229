#include "lib/check.h"

#include "contract/contract.h"

static void names_lie_in_order_so_that_halving_finds_each(void **state)
{
    (void)state;
    for (int id = 0; id < OP_COUNT; id++) {
        assert_ptr_equal(
            operation_find((enum service_id)operations[id].service, operations[id].name),
            &operations[id]);
        assert_int_equal(op_id(&operations[id]), id);
    }
    for (int id = M_NONE + 1; id < M_COUNT; id++) {
        assert_int_equal(member_find(member_names[id]), id);
    }
    assert_null(operation_find(SERVICE_iot, STR("CreateThin")));
    assert_null(operation_find(SERVICE_iot, STR("")));
    assert_int_equal(member_find(STR("thingname")), M_NONE);
    assert_int_equal(member_find(STR("")), M_NONE);
}

static void members_of_each_struct_lie_in_order_so_that_halving_finds_each(void **state)
{
    (void)state;
    for (int id = S_NONE + 1; id < S_COUNT; id++) {
        const struct shape *shape = &shapes[id];
        for (size_t i = 0; shape->type == TYPE_STRUCT && i < shape->n; i++) {
            assert_ptr_equal(shape_member_find(shape, shape->members[i].member),
                             &shape->members[i]);
        }
    }
    assert_null(shape_member_find(&shapes[S_CreateThingRequest], M_policyName));
    assert_null(shape_member_find(&shapes[S_CancelAuditTaskResponse], M_policyName));
}

static void create_thing_is_what_the_api_reference_says(void **state)
{
    (void)state;
    const struct operation *op = &operations[OP_CreateThing];
    CHECK_STR(op->path, "/things/{thingName}");
    CHECK_STR(method_names[op->method], "POST");
    assert_true(op->errors & 1ULL << X_ResourceAlreadyExists);
    assert_false(op->errors & 1ULL << X_CertificateState);
    const struct shape *input = &shapes[op->input];
    const struct shape_member *name = shape_member_find(input, M_thingName);
    assert_true(name->required);
    assert_int_equal(name->place, PLACE_URI);
    const struct shape *text = &shapes[name->shape];
    assert_int_equal(text->type, TYPE_STRING);
    assert_true(text->min == 1 && text->max == 128);
    assert_string_equal(patterns[text->pattern].java, "[a-zA-Z0-9:_-]+");
    assert_false(shape_member_find(input, M_thingTypeName)->required);
}

static void what_differs_on_the_wire_is_named_as_on_the_wire(void **state)
{
    (void)state;
    const struct shape *input = &shapes[S_AttachThingPrincipalRequest];
    const struct shape_member *principal = shape_member_find(input, M_principal);
    assert_int_equal(principal->place, PLACE_HEADER);
    CHECK_STR(member_wire(principal), "x-amzn-principal");
    CHECK_STR(member_wire(shape_member_find(input, M_thingName)), "thingName");
    const struct shape *logging = &shapes[S_SetLoggingOptionsRequest];
    assert_int_equal(shape_member_find(logging, M_loggingOptionsPayload)->place, PLACE_PAYLOAD);
}

static void lists_name_what_pages_them(void **state)
{
    (void)state;
    const struct operation *op = &operations[OP_ListCertificates];
    assert_int_equal(op->token_in, M_marker);
    assert_int_equal(op->page_size, M_pageSize);
    assert_int_equal(op->token_out, M_nextMarker);
    assert_int_equal(operations[OP_ListThings].token_out, M_nextToken);
    assert_int_equal(operations[OP_CreateThing].token_in, M_NONE);
}

static void services_own_what_lies_between_their_first_and_their_end(void **state)
{
    (void)state;
    assert_int_equal(services[0].first, 0);
    for (int id = 0; id < SERVICE_COUNT; id++) {
        const struct service *service = &services[id];
        assert_true(service->first < service->end && service->end <= OP_COUNT);
        assert_true(service->first_exception < service->end_exception);
        if (id > 0) {
            assert_int_equal(service->first, services[id - 1].end);
            assert_int_equal(service->first_exception, services[id - 1].end_exception);
        }
        for (int op = service->first; op < service->end; op++) {
            assert_ptr_equal(op_service(&operations[op]), service);
        }
    }
    assert_int_equal(services[SERVICE_COUNT - 1].end, OP_COUNT);
    assert_int_equal(services[SERVICE_COUNT - 1].end_exception, X_COUNT);
}

static void create_role_is_what_the_api_reference_says(void **state)
{
    (void)state;
    const struct operation *op = operation_find(SERVICE_iam, STR("CreateRole"));
    assert_ptr_equal(op, &operations[OP_iam_CreateRole]);
    assert_true(op->errors & 1ULL << (X_iam_EntityAlreadyExists - X_FIRST_iam));
    assert_false(op->errors & 1ULL << (X_iam_NoSuchEntity - X_FIRST_iam));
    assert_int_equal(op->output, S_iam_CreateRoleResponse);
    const struct shape_member *name = shape_member_find(&shapes[op->input], M_RoleName);
    assert_true(name->required && shapes[name->shape].max == 64);
    assert_int_equal(operations[OP_iam_ListRoles].token_in, M_Marker);
    assert_int_equal(operations[OP_iam_ListRoles].page_size, M_MaxItems);
    CHECK_STR(services[SERVICE_iam].version, "2010-05-08");
    CHECK_STR(exceptions[X_iam_NoSuchEntity].name, "NoSuchEntity");
    assert_int_equal(exceptions[X_iam_NoSuchEntity].http, 404);
}

static void of_other_services_the_rest_is_known_by_name(void **state)
{
    (void)state;
    const struct operation *op = operation_find(SERVICE_iam, STR("EnableMFADevice"));
    assert_non_null(op);
    assert_int_equal(op->input, S_NONE);
    assert_null(operation_find(SERVICE_iam, STR("EnableMFADevices")));
    assert_null(operation_find(SERVICE_iam, STR("CreateThing")));
    assert_null(operation_find(SERVICE_iot, STR("CreateRole")));
    assert_ptr_not_equal(operation_find(SERVICE_iam, STR("CreatePolicy")),
                         operation_find(SERVICE_iot, STR("CreatePolicy")));
}

static void a_map_says_what_its_keys_are_called(void **state)
{
    (void)state;
    assert_string_equal(shapes[S_sns_MessageAttributeMap].entry[0], "Name");
    assert_string_equal(shapes[S_sns_MessageAttributeMap].entry[1], "Value");
    assert_null(shapes[S_sns_TopicAttributesMap].entry);
}

static void bounds_that_the_model_lacks_compare_false(void **state)
{
    (void)state;
    const struct shape *list = &shapes[S_AbortCriteriaList];
    assert_false(0 >= list->min);
    assert_false(1e18 > list->max);
    assert_true(shapes[S_ResourceAttributes].type == TYPE_MAP);
    assert_true(shapes[S_PrivateKey].secret);
    assert_false(shapes[S_PublicKey].secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_lie_in_order_so_that_halving_finds_each),
        cmocka_unit_test(members_of_each_struct_lie_in_order_so_that_halving_finds_each),
        cmocka_unit_test(create_thing_is_what_the_api_reference_says),
        cmocka_unit_test(what_differs_on_the_wire_is_named_as_on_the_wire),
        cmocka_unit_test(lists_name_what_pages_them),
        cmocka_unit_test(services_own_what_lies_between_their_first_and_their_end),
        cmocka_unit_test(create_role_is_what_the_api_reference_says),
        cmocka_unit_test(of_other_services_the_rest_is_known_by_name),
        cmocka_unit_test(a_map_says_what_its_keys_are_called),
        cmocka_unit_test(bounds_that_the_model_lacks_compare_false),
    };
    return RUN_TESTS("contract", tests);
}
