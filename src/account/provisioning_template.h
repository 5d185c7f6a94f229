/* provisioning_template.h: provisioning templates that the account keeps, and their versions.
 *
 *  1. A template is of one kind for good: JITP, for devices whose CA names it (ca_certificate.h),
 * or FLEET_PROVISIONING, for devices that come with a claim. Its body is read when it comes in
 *     (template/template.h), policy documents without holes included, and kept as it was sent.
 *  2. It has 1 to QUOTA_TEMPLATE_VERSIONS versions, one of which is the default: the one in effect.
 *     Numbers count up from 1 and are never used again.
 *  3. The default version is not deleted but with the template; a template that a CA certificate
 *     names is not deleted.
 *  4. A hook is a function of AWS Lambda, which is not here to be asked: it is kept, and whoever
 *     provisions with such a template refuses.
 */
#ifndef ACCOUNT_PROVISIONING_TEMPLATE_H
#define ACCOUNT_PROVISIONING_TEMPLATE_H

#include "account/page.h"
#include "account/tags.h"
#include "template/template.h"

#define TEMPLATE_KIND_FLEET STR("FLEET_PROVISIONING")
#define TEMPLATE_KIND_JITP  STR("JITP")

/* INVALID with the JSON path. Pure: it runs off the writer thread, before the functions below,
 * which do not read the body again. ret may be NULL. */
MUST_USE enum status provisioning_body_check(struct arena *mem, struct str body,
                                             enum template_use use, const struct template **ret,
                                             struct why *why);

/* What a kind's templates are used for; kind absent: FLEET_PROVISIONING. */
enum template_use provisioning_use(struct str kind);

struct provisioning_template_new {
    struct str name;
    struct str kind;        /* absent: FLEET_PROVISIONING */
    struct str description; /* absent: none */
    struct str body;
    struct str role_arn;
    struct str hook; /* JSON; absent: none */
    bool enabled;
    struct tags tags;
};

/* Version 1, the default. EXISTS (resource: its ARN); LIMIT: QUOTA_PROVISIONING_TEMPLATES; INVALID:
 * role_arn is no role's, a JITP template with a hook; and as tags_put. */
MUST_USE enum status provisioning_template_create(const struct account_ctx *ctx,
                                                  const struct provisioning_template_new *in,
                                                  struct provisioning_template *ret,
                                                  struct why *why);

/* NOT_FOUND. ret_default may be NULL. */
MUST_USE enum status provisioning_template_get(const struct account_ctx *ctx, struct str name,
                                               struct provisioning_template *ret,
                                               struct provisioning_template_version *ret_default,
                                               struct why *why);

/* Rows of struct provisioning_template by name. */
MUST_USE enum status provisioning_template_list(const struct account_ctx *ctx,
                                                const struct page *page, struct page_rows *ret,
                                                struct why *why);

/* Absent members stay as they are. */
struct provisioning_template_change {
    struct str description;
    struct str role_arn;
    struct str hook;
    bool remove_hook;
    struct maybe_bool enabled;
    struct maybe_int default_version;
};

/* NOT_FOUND: template or version; INVALID as create, or a hook and its removal. */
MUST_USE enum status provisioning_template_update(const struct account_ctx *ctx, struct str name,
                                                  const struct provisioning_template_change *change,
                                                  struct why *why);

/* With all its versions. NOT_FOUND; DELETE_CONFLICT (resource: the CA certificate that names it).
 */
MUST_USE enum status provisioning_template_delete(const struct account_ctx *ctx, struct str name,
                                                  struct why *why);

/* A further version. NOT_FOUND, VERSIONS_LIMIT. */
MUST_USE enum status provisioning_version_create(const struct account_ctx *ctx, struct str name,
                                                 struct str body, bool set_as_default,
                                                 struct provisioning_template_version *ret,
                                                 struct why *why);

/* NOT_FOUND for either. ret_template may be NULL. */
MUST_USE enum status provisioning_version_get(const struct account_ctx *ctx, struct str name,
                                              int64_t version,
                                              struct provisioning_template *ret_template,
                                              struct provisioning_template_version *ret,
                                              struct why *why);

/* Rows of struct provisioning_template_version by number, without bodies. NOT_FOUND. */
MUST_USE enum status provisioning_version_list(const struct account_ctx *ctx, struct str name,
                                               const struct page *page,
                                               struct provisioning_template *ret_template,
                                               struct page_rows *ret, struct why *why);

/* NOT_FOUND; DELETE_CONFLICT: the default version. */
MUST_USE enum status provisioning_version_delete(const struct account_ctx *ctx, struct str name,
                                                 int64_t version, struct why *why);

#endif
