/* op_provisioning_template.c: provisioning templates and their versions. */
#include "account/provisioning_template.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"
#include "store/store.h"

#include "base/banned.h"

static enum status reply_template(struct call *call, struct str name, struct why *why)
{
    struct str arn;
    TRY(call_arn(call, STR("provisioningtemplate"), name, &arn, why));
    reply_str(call, M_templateArn, arn);
    reply_str(call, M_templateName, name);
    return STATUS_OK;
}

/* preProvisioningHook as its JSON column; absent when it was not sent. */
static enum status arg_hook(const struct call *call, struct str *ret, struct why *why)
{
    const struct value *hook = arg_get(call, M_preProvisioningHook);
    struct str version = value_str(hook, M_payloadVersion);
    if (!str_absent(version) && !str_eq(version, STR("2020-04-01"))) {
        return why_set(why, STATUS_INVALID,
                       "preProvisioningHook.payloadVersion is 2020-04-01, the one there is");
    }
    return value_to_json(hook, call->mem, ret, why);
}

/* ---- creating -------------------------------------------------------------------------------- */

enum status prepare_CreateProvisioningTemplate(struct call *call, struct why *why)
{
    return provisioning_body_check(call->mem, arg_str(call, M_templateBody),
                                   provisioning_use(arg_str(call, M_type)), NULL, why);
}

enum status op_CreateProvisioningTemplate(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct provisioning_template row;
    struct provisioning_template_new new = {
        .name = arg_str(call, M_templateName),
        .kind = arg_str(call, M_type),
        .description = arg_str(call, M_description),
        .body = arg_str(call, M_templateBody),
        .role_arn = arg_str(call, M_provisioningRoleArn),
        .enabled = arg_bool(call, M_enabled, false),
    };
    TRY(arg_hook(call, &new.hook, why));
    TRY(unpack_tags(call, M_tags, &new.tags, why));
    TRY(provisioning_template_create(&ctx, &new, &row, why));
    TRY(reply_template(call, row.name, why));
    reply_int(call, M_defaultVersionId, row.default_version);
    return STATUS_OK;
}

/* The kind of the template decides what a body may hold. */
enum status prepare_CreateProvisioningTemplateVersion(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct provisioning_template row;
    AUTO_VIEW *view = NULL;
    TRY(store_read_begin(call->env->store, &view, why));
    ctx.tx = view;
    TRY(provisioning_template_get(&ctx, arg_str(call, M_templateName), &row, NULL, why));
    return provisioning_body_check(call->mem, arg_str(call, M_templateBody),
                                   provisioning_use(row.kind), NULL, why);
}

enum status op_CreateProvisioningTemplateVersion(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct provisioning_template_version version;
    bool set_as_default = arg_bool(call, M_setAsDefault, false);
    TRY(provisioning_version_create(&ctx, arg_str(call, M_templateName),
                                    arg_str(call, M_templateBody), set_as_default, &version, why));
    TRY(reply_template(call, version.template, why));
    reply_int(call, M_versionId, version.version);
    reply_bool(call, M_isDefaultVersion, set_as_default);
    return STATUS_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* What a description and a list have in common. */
static enum status reply_summary(struct call *call, const struct provisioning_template *row,
                                 struct why *why)
{
    TRY(reply_template(call, row->name, why));
    reply_str(call, M_description, row->description);
    reply_time(call, M_creationDate, row->created);
    reply_time(call, M_lastModifiedDate, row->modified);
    reply_bool(call, M_enabled, row->enabled != 0);
    reply_str(call, M_type, row->kind);
    return STATUS_OK;
}

enum status op_DescribeProvisioningTemplate(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct provisioning_template row;
    struct provisioning_template_version version;
    TRY(provisioning_template_get(&ctx, arg_str(call, M_templateName), &row, &version, why));
    TRY(reply_summary(call, &row, why));
    reply_int(call, M_defaultVersionId, row.default_version);
    reply_str(call, M_templateBody, version.body);
    reply_str(call, M_provisioningRoleArn, row.role_arn);
    if (!str_absent(row.hook)) {
        reply_json(call, M_preProvisioningHook, row.hook);
    }
    return STATUS_OK;
}

enum status op_ListProvisioningTemplates(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows listed;
    TRY(call_page(call, &page, why));
    TRY(provisioning_template_list(&ctx, &page, &listed, why));
    const struct provisioning_template *rows = listed.rows;
    reply_begin_list(call, M_templates);
    for (size_t i = 0; i < listed.n; i++) {
        reply_begin_item(call);
        TRY(reply_summary(call, &rows[i], why));
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, listed.next, why);
}

static void reply_version(struct call *call, const struct provisioning_template *template,
                          const struct provisioning_template_version *row)
{
    reply_int(call, M_versionId, row->version);
    reply_time(call, M_creationDate, row->created);
    reply_bool(call, M_isDefaultVersion, row->version == template->default_version);
}

enum status op_DescribeProvisioningTemplateVersion(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct provisioning_template template;
    struct provisioning_template_version version;
    TRY(provisioning_version_get(&ctx, arg_str(call, M_templateName), arg_int(call, M_versionId, 0),
                                 &template, &version, why));
    reply_version(call, &template, &version);
    reply_str(call, M_templateBody, version.body);
    return STATUS_OK;
}

enum status op_ListProvisioningTemplateVersions(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct provisioning_template template;
    struct page page;
    struct page_rows listed;
    TRY(call_page(call, &page, why));
    TRY(provisioning_version_list(&ctx, arg_str(call, M_templateName), &page, &template, &listed,
                                  why));
    const struct provisioning_template_version *rows = listed.rows;
    reply_begin_list(call, M_versions);
    for (size_t i = 0; i < listed.n; i++) {
        reply_begin_item(call);
        reply_version(call, &template, &rows[i]);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, listed.next, why);
}

/* ---- changing -------------------------------------------------------------------------------- */

enum status op_UpdateProvisioningTemplate(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct provisioning_template_change change = {
        .description = arg_str(call, M_description),
        .role_arn = arg_str(call, M_provisioningRoleArn),
        .remove_hook = arg_bool(call, M_removePreProvisioningHook, false),
        .enabled = unpack_bool(call, M_enabled),
        .default_version = unpack_int(call, M_defaultVersionId),
    };
    TRY(arg_hook(call, &change.hook, why));
    return provisioning_template_update(&ctx, arg_str(call, M_templateName), &change, why);
}

enum status op_DeleteProvisioningTemplate(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return provisioning_template_delete(&ctx, arg_str(call, M_templateName), why);
}

enum status op_DeleteProvisioningTemplateVersion(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return provisioning_version_delete(&ctx, arg_str(call, M_templateName),
                                       arg_int(call, M_versionId, 0), why);
}
