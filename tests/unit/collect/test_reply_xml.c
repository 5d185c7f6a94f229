#include "lib/check.h"

#include "collect/reply_xml.h"
#include "collect/tree.h"

static const struct json_value *convert(struct arena *mem, enum op_id op, const char *text)
{
    const struct xml_node *root = NULL;
    const struct json_value *tree = NULL;
    CHECK_OK(xml_read(str_from(text), mem, &root, NULL));
    CHECK_OK(reply_xml_tree(root, &operations[op], mem, &tree, NULL));
    return tree;
}

static void lists_and_structures_follow_the_shape(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4 << 20);
    const struct json_value *tree = convert(
        mem, OP_iam_ListRoles,
        "<ListRolesResponse><ListRolesResult><IsTruncated>false</IsTruncated><Roles><member>"
        "<RoleName>a</RoleName><Unknown>x</Unknown></member><member><RoleName>b</RoleName>"
        "</member></Roles></ListRolesResult><ResponseMetadata/></ListRolesResponse>");
    CHECK_STR(tree_text(tree, "IsTruncated"), "false");
    const struct json_value *roles = json_tree_get(tree, STR("Roles"));
    assert_int_equal(roles->type, JSON_ARRAY);
    assert_int_equal(roles->n, 2);
    CHECK_STR(tree_text(roles->first, "RoleName"), "a");
    assert_int_equal(roles->first->n, 1);
}

static void an_empty_list_is_a_list_and_no_result_is_an_empty_object(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4 << 20);
    const struct json_value *tree =
        convert(mem, OP_iam_ListRoles,
                "<ListRolesResponse><ListRolesResult><Roles/></ListRolesResult>"
                "</ListRolesResponse>");
    assert_int_equal(json_tree_get(tree, STR("Roles"))->type, JSON_ARRAY);
    tree = convert(mem, OP_iam_PutRolePolicy, "<PutRolePolicyResponse/>");
    assert_int_equal(tree->type, JSON_OBJECT);
    assert_int_equal(tree->n, 0);
}

static void a_member_that_is_there_twice_counts_once(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4 << 20);
    const struct json_value *tree =
        convert(mem, OP_sts_GetCallerIdentity,
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>"
                "<Account>2</Account></GetCallerIdentityResult></GetCallerIdentityResponse>");
    CHECK_STR(tree_text(tree, "Account"), "1");
    assert_int_equal(tree->n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_and_structures_follow_the_shape),
        cmocka_unit_test(an_empty_list_is_a_list_and_no_result_is_an_empty_object),
        cmocka_unit_test(a_member_that_is_there_twice_counts_once),
    };
    return RUN_TESTS("reply_xml", tests);
}
