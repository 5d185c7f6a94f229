#include "lib/check.h"

#include "contract/actions.h"
#include "contract/offered.h"

static void each_operation_that_is_offered_has_a_row(void **state)
{
    (void)state;
    size_t missing = 0;
#define LACKS(name, how)                                                                           \
    if (!action_rows[OP_##name].there) {                                                           \
        print_error("contract/actions.c has no row for %s\n", #name);                              \
        missing++;                                                                                 \
    }
    OFFERED(LACKS)
#undef LACKS
    assert_int_equal(missing, 0);
}

/* The shape at the end of a path, lists and maps gone through; S_NONE when there is no such way. */
static enum shape_id end_of(enum shape_id from, const uint16_t *members, size_t left)
{
    const struct shape *shape = &shapes[from];
    if (shape->type == TYPE_LIST || shape->type == TYPE_MAP) {
        return end_of((enum shape_id)shape->element, members, left);
    }
    if (shape->type != TYPE_STRUCT) {
        return left == 0 || members[0] == M_NONE ? from : S_NONE;
    }
    const struct shape_member *member =
        left == 0 ? NULL : shape_member_find(shape, (enum member_id)members[0]);
    return member == NULL ? S_NONE : end_of((enum shape_id)member->shape, members + 1, left - 1);
}

static void check_path(const struct operation *op, const struct action_path *path)
{
    enum shape_id end = end_of((enum shape_id)op->input, path->members, ACTION_PATH_MAX);
    if (end == S_NONE || (shapes[end].type != TYPE_STRING && shapes[end].type != TYPE_ENUM)) {
        fail_msg("%s: the request has no text at %s ...", op->name.ptr,
                 member_names[path->members[0]].ptr);
    }
}

static void resources_and_roles_are_texts_of_the_request(void **state)
{
    (void)state;
    for (size_t id = 0; id < OP_COUNT; id++) {
        const struct action_row *row = &action_rows[id];
        const struct operation *op = &operations[id];
        assert_true(!row->there || row->resources[0].form != RESOURCE_NONE);
        for (size_t i = 0; i < ACTION_RESOURCES_MAX; i++) {
            const struct action_resource *resource = &row->resources[i];
            const struct action_path other = {{resource->otherwise}};
            if (resource->form == RESOURCE_NONE || resource->form == RESOURCE_ALL) {
                assert_int_equal(resource->path.members[0], M_NONE);
                continue;
            }
            if (op_id(op) != OP_logs_DescribeLogGroups) { /* it names none, and is asked for all */
                check_path(op, &resource->path);
            }
            if (resource->otherwise != M_NONE && op->service != SERVICE_logs) {
                check_path(op, &other);
            }
        }
        for (size_t i = 0; i < ACTION_ROLES_MAX && row->roles[i].members[0] != M_NONE; i++) {
            check_path(op, &row->roles[i]);
        }
    }
}

/* Whatever member of a request is a role for the service is one that must be passed. */
static void each_role_of_a_request_must_be_passed(void **state)
{
    (void)state;
    for (size_t id = 0; id < OP_COUNT; id++) {
        const struct action_row *row = &action_rows[id];
        const struct shape *in = &shapes[operations[id].input];
        if (!row->there || in->type != TYPE_STRUCT || operations[id].service != SERVICE_iot) {
            continue;
        }
        for (size_t i = 0; i < in->n; i++) {
            if (in->members[i].member == M_roleArn && row->roles[0].members[0] != M_roleArn) {
                fail_msg("%s: its roleArn is not passed", operations[id].name.ptr);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operation_that_is_offered_has_a_row),
        cmocka_unit_test(resources_and_roles_are_texts_of_the_request),
        cmocka_unit_test(each_role_of_a_request_must_be_passed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
