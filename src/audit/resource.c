/* resource.c: see resource.h. */
#include "audit/resource.h"

#include "base/buf.h"
#include "codec/json_write.h"

#include "base/banned.h"

enum { IDENTIFIER_BYTES_MAX = 8192, SUBJECT_MAX = 1000, SERIAL_MAX = 20 };

static const struct {
    struct str type;
    struct str member; /* of ResourceIdentifier */
    struct str extra;  /* members inside it, when it is a struct */
    struct str id;
    struct str serial;
} kinds[RESOURCE_KIND_COUNT] = {
    [RESOURCE_DEVICE_CERTIFICATE] = {STR_INIT("DEVICE_CERTIFICATE"),
                                     STR_INIT("deviceCertificateId")},
    [RESOURCE_CA_CERTIFICATE] = {STR_INIT("CA_CERTIFICATE"), STR_INIT("caCertificateId")},
    [RESOURCE_IOT_POLICY] = {STR_INIT("IOT_POLICY"), STR_INIT("policyVersionIdentifier"),
                             .id = STR_INIT("policyName"), .extra = STR_INIT("policyVersionId")},
    [RESOURCE_COGNITO_IDENTITY_POOL] = {STR_INIT("COGNITO_IDENTITY_POOL"),
                                        STR_INIT("cognitoIdentityPoolId")},
    [RESOURCE_CLIENT_ID] = {STR_INIT("CLIENT_ID"), STR_INIT("clientId")},
    [RESOURCE_ACCOUNT_SETTINGS] = {STR_INIT("ACCOUNT_SETTINGS"), STR_INIT("account")},
    [RESOURCE_ROLE_ALIAS] = {STR_INIT("ROLE_ALIAS"), STR_INIT("roleAliasArn")},
    [RESOURCE_IAM_ROLE] = {STR_INIT("IAM_ROLE"), STR_INIT("iamRoleArn")},
    [RESOURCE_ISSUER_CERTIFICATE] = {STR_INIT("ISSUER_CERTIFICATE"),
                                     STR_INIT("issuerCertificateIdentifier"),
                                     .id = STR_INIT("issuerCertificateSubject"),
                                     .extra = STR_INIT("issuerId"),
                                     .serial = STR_INIT("issuerCertificateSerialNumber")},
};

struct str resource_type_name(enum resource_kind kind)
{
    return kinds[kind].type;
}

/* "\\C3\\B6" */
static enum status subject_text(struct str subject, struct arena *mem, struct str *ret,
                                struct why *why)
{
    struct buf out;
    buf_init(&out, mem, SUBJECT_MAX);
    for (size_t i = 0; i < subject.len && buf_view(&out).len + 3 <= SUBJECT_MAX; i++) {
        uint8_t c = (uint8_t)subject.ptr[i];
        if (c >= ' ' && c <= '~') {
            buf_put_char(&out, (char)c);
        } else {
            buf_put_fmt(&out, "\\%02X", c);
        }
    }
    return buf_finish(&out, ret, why);
}

enum status resource_issuer(struct arena *mem, struct str subject, struct str id, struct str serial,
                            struct resource_id *ret, struct why *why)
{
    *ret = (struct resource_id){.kind = RESOURCE_ISSUER_CERTIFICATE,
                                .extra = id,
                                .serial = serial.len <= SERIAL_MAX ? serial : STR_ABSENT};
    return subject_text(subject, mem, &ret->id, why);
}

enum status resource_key(struct arena *mem, const struct resource_id *id, struct str *ret,
                         struct why *why)
{
    struct buf out;
    buf_init(&out, mem, IDENTIFIER_BYTES_MAX);
    buf_put_str(&out, kinds[id->kind].member);
    buf_put_char(&out, '=');
    buf_put_str(&out, id->id);
    if (id->extra.len > 0) {
        buf_put_char(&out, '\n');
        buf_put_str(&out, id->extra);
    }
    if (id->serial.len > 0) {
        buf_put_char(&out, '\n');
        buf_put_str(&out, id->serial);
    }
    return buf_finish(&out, ret, why);
}

enum status resource_json(struct arena *mem, const struct resource_id *id, struct str arn,
                          struct str *ret, struct why *why)
{
    struct buf out;
    struct json_write w;
    buf_init(&out, mem, IDENTIFIER_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("deviceCertificateArn"), arn);
    if (kinds[id->kind].id.len == 0) {
        json_write_member(&w, kinds[id->kind].member, id->id);
    } else {
        json_write_key(&w, kinds[id->kind].member);
        json_write_object(&w);
        json_write_member(&w, kinds[id->kind].extra, id->extra);
        json_write_member(&w, kinds[id->kind].serial, id->serial);
        json_write_member(&w, kinds[id->kind].id, id->id);
        json_write_end(&w);
    }
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

bool resource_key_suffices(enum resource_kind kind)
{
    return kinds[kind].id.len == 0;
}

enum status resource_json_of_key(struct arena *mem, struct str key, struct str *ret,
                                 struct why *why)
{
    struct buf out;
    struct json_write w;
    size_t equals = str_find_char(key, '=', 0);
    buf_init(&out, mem, IDENTIFIER_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, str_slice(key, 0, equals), str_slice(key, equals + 1, key.len));
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}
