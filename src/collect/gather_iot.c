/* gather_iot.c: what AWS IoT holds. */
#include "codec/digest.h"
#include "collect/gather_priv.h"

#include "base/banned.h"

#define PAGE "250"

#define ARGS(...)                                                                                  \
    (const struct aws_arg[]){__VA_ARGS__},                                                         \
        sizeof((const struct aws_arg[]){__VA_ARGS__}) / sizeof(struct aws_arg)

/* ---- singles --------------------------------------------------------------------------------- */

enum status gather_audit_config(struct gather *g, struct why *why)
{
    const struct json_value *reply = NULL;
    enum op_id op = OP_DescribeAccountAuditConfiguration;
    enum status status = gather_call(g, op, NULL, 0, &reply, why);
    if (status != STATUS_OK) {
        return gather_note(g, op, status, why, -1) ? STATUS_OK : status;
    }
    return gather_put(g, SNAPSHOT_AUDIT_CONFIG, STR(""), reply, why);
}

/* One kind of logging options into the line; never having set any is no lack. */
static enum status add_logging(struct gather *g, enum op_id op, const char *key, struct tree *tree,
                               struct why *why)
{
    const struct json_value *reply = NULL;
    enum status status = gather_call(g, op, NULL, 0, &reply, why);
    if (status == STATUS_OK) {
        tree_add(tree, key, reply);
        return STATUS_OK;
    }
    if (status == STATUS_NOT_CONFIGURED || status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    return gather_note(g, op, status, why, -1) ? STATUS_OK : status;
}

enum status gather_logging(struct gather *g, struct why *why)
{
    const struct json_value *value = NULL;
    struct tree tree;
    tree_object(&tree, g->work);
    TRY(add_logging(g, OP_GetLoggingOptions, "v1", &tree, why));
    TRY(add_logging(g, OP_GetV2LoggingOptions, "v2", &tree, why));
    TRY(tree_finish(&tree, &value, why));
    return gather_put(g, SNAPSHOT_LOGGING, STR(""), value, why);
}

/* ---- lists whose items are all there is ------------------------------------------------------ */

/* A suppression has no name: its id is its check and a digest of what it is about. */
static enum status put_suppression(struct gather *g, const struct json_value *item, struct why *why)
{
    enum { RESOURCE_BYTES_MAX = 16 << 10 };
    struct buf out;
    struct json_write w;
    struct str resource, id;
    char digest[SHA256_HEX + 1];
    const struct json_value *about = json_tree_get(item, STR("resourceIdentifier"));
    if (about == NULL) {
        return STATUS_OK;
    }
    buf_init(&out, g->page, RESOURCE_BYTES_MAX);
    json_write_init(&w, &out);
    TRY(json_put_sorted(&w, about, g->page, why));
    TRY(buf_finish(&out, &resource, why));
    TRY(digest_sha256_hex(bytes_of_str(resource), digest, why));
    TRY(str_fmt(g->page, &id, why, "%.*s/%s", STR_ARG(tree_text(item, "checkName")), digest));
    return part_add(g->options->part, SNAPSHOT_SUPPRESSION, id, item, g->page, why);
}

static enum status take_suppressions(void *ctx, const struct json_value *page, struct why *why)
{
    const struct json_value *list = json_tree_get(page, STR("suppressions"));
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        TRY(put_suppression(ctx, v, why));
    }
    return STATUS_OK;
}

enum status gather_suppressions(struct gather *g, struct why *why)
{
    const struct aws_pages pages = {
        .op = OP_ListAuditSuppressions, .page_size = PAGE, .visit = take_suppressions, .ctx = g};
    enum status status = aws_all_pages(g->options->aws, &pages, g->page, why);
    return status != STATUS_OK && gather_note(g, pages.op, status, why, -1) ? STATUS_OK : status;
}

struct items {
    struct gather *g;
    enum snapshot_kind kind;
    const char *list;
    const char *key;
    int64_t n;
};

static enum status take_items(void *ctx, const struct json_value *page, struct why *why)
{
    struct items *items = ctx;
    const struct gather_options *options = items->g->options;
    const struct json_value *list = json_tree_get(page, str_from(items->list));
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        struct str name = tree_text(v, items->key);
        items->n++;
        if (name.len > 0 && !part_has(options->part, items->kind, name)) {
            TRY(part_add(options->part, items->kind, name, v, items->g->page, why));
        }
    }
    gather_tell(items->g, items->n, -1);
    return STATUS_OK;
}

static enum status gather_items(struct gather *g, enum op_id op, struct items items,
                                struct why *why)
{
    items.g = g;
    const struct aws_pages pages = {
        .op = op, .page_size = PAGE, .visit = take_items, .ctx = &items};
    enum status status = aws_all_pages(g->options->aws, &pages, g->page, why);
    return status != STATUS_OK && gather_note(g, op, status, why, -1) ? STATUS_OK : status;
}

enum status gather_things(struct gather *g, struct why *why)
{
    const struct items types = {
        .kind = SNAPSHOT_THING_TYPE, .list = "thingTypes", .key = "thingTypeName"};
    const struct items things = {.kind = SNAPSHOT_THING, .list = "things", .key = "thingName"};
    TRY(gather_items(g, OP_ListThingTypes, types, why));
    return gather_items(g, OP_ListThings, things, why);
}

/* ---- certificates ---------------------------------------------------------------------------- */

static enum status one_ca(struct gather *g, struct str id, struct why *why)
{
    const struct json_value *reply = NULL;
    enum op_id op = OP_DescribeCACertificate;
    enum status status = gather_call(g, op, ARGS({M_certificateId, id}), &reply, why);
    const struct json_value *value = json_tree_get(reply, STR("certificateDescription"));
    if (status != STATUS_OK || value == NULL) {
        return gather_refusal(g, op, status, why);
    }
    return gather_put(g, SNAPSHOT_CA, id, value, why);
}

enum status gather_cas(struct gather *g, struct why *why)
{
    const struct list_of_names what = {.op = OP_ListCACertificates,
                                       .page_size = PAGE,
                                       .list = "certificates",
                                       .key = "certificateId"};
    struct names names;
    TRY(gather_names(g, &what, &names, why));
    return gather_each(g, &names, SNAPSHOT_CA, one_ca, why);
}

static enum status things_by(struct gather *g, enum op_id op, const char *list, struct str arn,
                             struct why *why)
{
    const struct aws_arg args[] = {{M_principal, arn}};
    const struct pages_of what = {.kind = SNAPSHOT_THINGS_OF,
                                  .op = op,
                                  .args = args,
                                  .n_args = 1,
                                  .page_size = PAGE,
                                  .list = list,
                                  .owner_key = "principal",
                                  .list_key = "things",
                                  .owner = arn};
    return gather_pages_of(g, &what, why);
}

/* The things of a principal. That they are not told is a lack of the things, not of the
 * certificates. */
static enum status things_of(struct gather *g, struct str arn, struct why *why)
{
    enum status status = STATUS_UNSUPPORTED;
    enum op_id op = OP_ListPrincipalThingsV2;
    if (!g->no_things && !g->no_v2) {
        status = things_by(g, op, "principalThingObjects", arn, why);
        g->no_v2 = status == STATUS_UNSUPPORTED || status == STATUS_BUSY;
    }
    if (!g->no_things && g->no_v2) {
        op = OP_ListPrincipalThings;
        status = things_by(g, op, "things", arn, why);
    }
    if (g->no_things || status == STATUS_OK || status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    g->no_things = gather_note_other(g, AREA_THINGS, op, status, why);
    return g->no_things ? STATUS_OK : status;
}

static enum status one_certificate(struct gather *g, struct str id, struct why *why)
{
    const struct json_value *reply = NULL;
    enum op_id op = OP_DescribeCertificate;
    enum status status = gather_call(g, op, ARGS({M_certificateId, id}), &reply, why);
    const struct json_value *value = json_tree_get(reply, STR("certificateDescription"));
    if (status != STATUS_OK || value == NULL) {
        return gather_refusal(g, op, status, why);
    }
    TRY(things_of(g, tree_text(value, "certificateArn"), why));
    return gather_put(g, SNAPSHOT_CERTIFICATE, id, value, why);
}

enum status gather_certificates(struct gather *g, struct why *why)
{
    const struct list_of_names what = {.op = OP_ListCertificates,
                                       .page_size = PAGE,
                                       .list = "certificates",
                                       .key = "certificateId"};
    struct names names;
    TRY(gather_names(g, &what, &names, why));
    return gather_each(g, &names, SNAPSHOT_CERTIFICATE, one_certificate, why);
}

/* ---- thing groups ---------------------------------------------------------------------------- */

static enum status one_group(struct gather *g, struct str name, struct why *why)
{
    const struct json_value *reply = NULL;
    const struct aws_arg args[] = {{M_thingGroupName, name}};
    const struct pages_of members = {.kind = SNAPSHOT_MEMBERS,
                                     .op = OP_ListThingsInThingGroup,
                                     .args = args,
                                     .n_args = 1,
                                     .page_size = PAGE,
                                     .list = "things",
                                     .owner_key = "thingGroupName",
                                     .list_key = "things",
                                     .owner = name};
    enum status status = gather_call(g, OP_DescribeThingGroup, args, 1, &reply, why);
    if (status != STATUS_OK) {
        return gather_refusal(g, OP_DescribeThingGroup, status, why);
    }
    status = gather_pages_of(g, &members, why);
    if (status != STATUS_OK) {
        return gather_refusal(g, members.op, status, why);
    }
    return gather_put(g, SNAPSHOT_GROUP, name, reply, why);
}

enum status gather_groups(struct gather *g, struct why *why)
{
    const struct list_of_names what = {
        .op = OP_ListThingGroups, .page_size = "100", .list = "thingGroups", .key = "groupName"};
    struct names names;
    TRY(gather_names(g, &what, &names, why));
    return gather_each(g, &names, SNAPSHOT_GROUP, one_group, why);
}

/* ---- policies -------------------------------------------------------------------------------- */

/* All versions with their documents; *ret_op names the call that was refused. */
static enum status versions_of(struct gather *g, struct str name, struct tree *into,
                               enum op_id *ret_op, struct why *why)
{
    const struct json_value *list = NULL;
    *ret_op = OP_ListPolicyVersions;
    TRY(gather_call(g, *ret_op, ARGS({M_policyName, name}), &list, why));
    list = json_tree_get(list, STR("policyVersions"));
    *ret_op = OP_GetPolicyVersion;
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        const struct json_value *reply = NULL;
        struct str number = tree_text(v, "versionId");
        TRY(gather_call(g, *ret_op, ARGS({M_policyName, name}, {M_policyVersionId, number}), &reply,
                        why));
        tree_add(into, NULL, reply);
    }
    return STATUS_OK;
}

/* Where it is attached; that this is not told is a lack of its own. */
static enum status targets_of(struct gather *g, struct str name, struct why *why)
{
    const struct aws_arg args[] = {{M_policyName, name}};
    const struct pages_of what = {.kind = SNAPSHOT_TARGETS,
                                  .op = OP_ListTargetsForPolicy,
                                  .args = args,
                                  .n_args = 1,
                                  .page_size = PAGE,
                                  .list = "targets",
                                  .owner_key = "policyName",
                                  .list_key = "targets",
                                  .owner = name};
    enum status status = gather_pages_of(g, &what, why);
    if (status == STATUS_OK || status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    return gather_note_other(g, AREA_TARGETS, what.op, status, why) ? STATUS_OK : status;
}

static enum status one_policy(struct gather *g, struct str name, struct why *why)
{
    const struct json_value *policy = NULL;
    const struct json_value *versions = NULL;
    const struct json_value *value = NULL;
    struct tree list, tree;
    enum op_id op = OP_GetPolicy;
    enum status status = gather_call(g, op, ARGS({M_policyName, name}), &policy, why);
    tree_array(&list, g->work);
    if (status == STATUS_OK) {
        status = versions_of(g, name, &list, &op, why);
    }
    if (status != STATUS_OK) {
        return gather_refusal(g, op, status, why);
    }
    TRY(targets_of(g, name, why));
    TRY(tree_finish(&list, &versions, why));
    tree_object(&tree, g->work);
    tree_add(&tree, "policy", policy);
    tree_add(&tree, "versions", versions);
    TRY(tree_finish(&tree, &value, why));
    return gather_put(g, SNAPSHOT_POLICY, name, value, why);
}

enum status gather_policies(struct gather *g, struct why *why)
{
    const struct list_of_names what = {
        .op = OP_ListPolicies, .page_size = PAGE, .list = "policies", .key = "policyName"};
    struct names names;
    TRY(gather_names(g, &what, &names, why));
    return gather_each(g, &names, SNAPSHOT_POLICY, one_policy, why);
}

/* ---- role aliases ---------------------------------------------------------------------------- */

static enum status one_role_alias(struct gather *g, struct str name, struct why *why)
{
    const struct json_value *reply = NULL;
    enum op_id op = OP_DescribeRoleAlias;
    enum status status = gather_call(g, op, ARGS({M_roleAlias, name}), &reply, why);
    const struct json_value *value = json_tree_get(reply, STR("roleAliasDescription"));
    if (status != STATUS_OK || value == NULL) {
        return gather_refusal(g, op, status, why);
    }
    return gather_put(g, SNAPSHOT_ROLE_ALIAS, name, value, why);
}

enum status gather_role_aliases(struct gather *g, struct why *why)
{
    const struct list_of_names what = {
        .op = OP_ListRoleAliases, .page_size = PAGE, .list = "roleAliases"};
    struct names names;
    TRY(gather_names(g, &what, &names, why));
    return gather_each(g, &names, SNAPSHOT_ROLE_ALIAS, one_role_alias, why);
}
