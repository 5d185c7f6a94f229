/* unpack_audit.c: see unpack_audit.h. */
#include "api/unpack_audit.h"

#include "contract/contract.h"

#include "base/banned.h"

/* Which members of a ResourceIdentifier make which kind; the first three of a row are read from the
 * struct inside `member`, when it is one. */
static const struct {
    enum member_id member;
    enum resource_kind kind;
    enum member_id id, extra, serial;
} identifiers[] = {
    {M_deviceCertificateId, RESOURCE_DEVICE_CERTIFICATE, M_NONE, M_NONE, M_NONE},
    {M_caCertificateId, RESOURCE_CA_CERTIFICATE, M_NONE, M_NONE, M_NONE},
    {M_cognitoIdentityPoolId, RESOURCE_COGNITO_IDENTITY_POOL, M_NONE, M_NONE, M_NONE},
    {M_clientId, RESOURCE_CLIENT_ID, M_NONE, M_NONE, M_NONE},
    {M_account, RESOURCE_ACCOUNT_SETTINGS, M_NONE, M_NONE, M_NONE},
    {M_iamRoleArn, RESOURCE_IAM_ROLE, M_NONE, M_NONE, M_NONE},
    {M_roleAliasArn, RESOURCE_ROLE_ALIAS, M_NONE, M_NONE, M_NONE},
    {M_policyVersionIdentifier, RESOURCE_IOT_POLICY, M_policyName, M_policyVersionId, M_NONE},
    {M_issuerCertificateIdentifier, RESOURCE_ISSUER_CERTIFICATE, M_issuerCertificateSubject,
     M_issuerId, M_issuerCertificateSerialNumber},
};

enum status unpack_resource_id(const struct call *call, enum member_id member,
                               const struct resource_id **ret, struct why *why)
{
    const struct value *in = arg_get(call, member);
    size_t given = 0;
    if (in == NULL) {
        *ret = NULL;
        return STATUS_OK;
    }
    struct resource_id *id = NEW(call->mem, struct resource_id);
    TRY_PTR(id);
    for (size_t i = 0; i < sizeof identifiers / sizeof identifiers[0]; i++) {
        const struct value *value = value_get(in, identifiers[i].member);
        if (value == NULL) {
            continue;
        }
        given++;
        id->kind = identifiers[i].kind;
        if (identifiers[i].id == M_NONE) {
            id->id = value_text(value);
        } else {
            id->id = value_str(value, identifiers[i].id);
            id->extra = value_str(value, identifiers[i].extra);
            id->serial = identifiers[i].serial == M_NONE ? STR_ABSENT
                                                         : value_str(value, identifiers[i].serial);
        }
    }
    if (given != 1) {
        return why_set(why, STATUS_INVALID,
                       "resourceIdentifier must have exactly one member; it has %zu", given);
    }
    *ret = id;
    return STATUS_OK;
}

static enum status find_check(struct str member, struct str name, enum check_id *ret,
                              struct why *why)
{
    if (!check_find(name, ret)) {
        return why_set(why, STATUS_INVALID, "%.*s: there is no check %.*s", STR_ARG(member),
                       STR_ARG(str_slice(name, 0, 128)));
    }
    return STATUS_OK;
}

enum status unpack_check(const struct call *call, enum member_id member, enum check_id *ret,
                         struct why *why)
{
    return find_check(member_names[member], arg_str(call, member), ret, why);
}

enum status unpack_checks(const struct call *call, enum member_id member, const enum check_id **ret,
                          size_t *ret_n, struct why *why)
{
    const struct value *names = arg_get(call, member);
    size_t n = value_count(names);
    enum check_id *checks = NEW_ARRAY(call->mem, enum check_id, n);
    TRY_PTR(checks);
    for (size_t i = 0; i < n; i++) {
        TRY(find_check(member_names[member], value_text(value_at(names, i)), &checks[i], why));
    }
    *ret = checks;
    *ret_n = n;
    return STATUS_OK;
}
