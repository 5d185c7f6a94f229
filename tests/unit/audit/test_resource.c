/* The identifiers of what findings are about. */
#include "audit/resource.h"

#include "lib/check.h"

static const struct {
    struct resource_id id;
    const char *type;
    const char *key;
    const char *json;
} rows[] = {
    {{RESOURCE_DEVICE_CERTIFICATE, STR_INIT("ab"), {0}, {0}},
     "DEVICE_CERTIFICATE",
     "deviceCertificateId=ab",
     "{\"deviceCertificateId\":\"ab\"}"},
    {{RESOURCE_CA_CERTIFICATE, STR_INIT("cd"), {0}, {0}},
     "CA_CERTIFICATE",
     "caCertificateId=cd",
     "{\"caCertificateId\":\"cd\"}"},
    {{RESOURCE_IOT_POLICY, STR_INIT("p"), STR_INIT("3"), {0}},
     "IOT_POLICY",
     "policyVersionIdentifier=p\n3",
     "{\"policyVersionIdentifier\":{\"policyVersionId\":\"3\",\"policyName\":\"p\"}}"},
    {{RESOURCE_ACCOUNT_SETTINGS, STR_INIT("123456789012"), {0}, {0}},
     "ACCOUNT_SETTINGS",
     "account=123456789012",
     "{\"account\":\"123456789012\"}"},
    {{RESOURCE_ISSUER_CERTIFICATE, STR_INIT("CN=\"x\""), STR_INIT("aa"), STR_INIT("01")},
     "ISSUER_CERTIFICATE",
     "issuerCertificateIdentifier=CN=\"x\"\naa\n01",
     "{\"issuerCertificateIdentifier\":{\"issuerId\":\"aa\",\"issuerCertificateSerialNumber\":"
     "\"01\",\"issuerCertificateSubject\":\"CN=\\\"x\\\"\"}}"},
    {{RESOURCE_CLIENT_ID, STR_INIT("c"), {0}, {0}},
     "CLIENT_ID",
     "clientId=c",
     "{\"clientId\":\"c\"}"},
};

static void each_kind_has_its_type_key_and_identifier(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str key;
        struct str json;
        CHECK_OK(resource_key(mem, &rows[i].id, &key, NULL));
        CHECK_OK(resource_json(mem, &rows[i].id, STR_ABSENT, &json, NULL));
        CHECK_STR(resource_type_name(rows[i].id.kind), rows[i].type);
        CHECK_STR(key, rows[i].key);
        CHECK_STR(json, rows[i].json);
    }
}

static void a_key_that_suffices_gives_the_identifier_back(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    size_t plain = 0;
    for (int kind = RESOURCE_NONE + 1; kind < RESOURCE_KIND_COUNT; kind++) {
        const struct resource_id id = {.kind = (enum resource_kind)kind,
                                       .id = STR("a=\"b\"\n\xc3\xbc")};
        if (!resource_key_suffices(id.kind)) {
            continue;
        }
        struct str key, json, again;
        CHECK_OK(resource_key(mem, &id, &key, NULL));
        CHECK_OK(resource_json(mem, &id, STR_ABSENT, &json, NULL));
        CHECK_OK(resource_json_of_key(mem, key, &again, NULL));
        assert_true(json.len > 0 && str_eq(again, json));
        plain++;
    }
    assert_int_equal(plain, 7);
    assert_false(resource_key_suffices(RESOURCE_IOT_POLICY));
    assert_false(resource_key_suffices(RESOURCE_ISSUER_CERTIFICATE));
}

static void every_kind_has_a_type(void **state)
{
    (void)state;
    for (int kind = RESOURCE_NONE + 1; kind < RESOURCE_KIND_COUNT; kind++) {
        assert_true(resource_type_name((enum resource_kind)kind).len > 0);
    }
}

static void an_arn_is_shown_beside_the_id(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct str json;
    CHECK_OK(resource_json(mem, &rows[0].id, STR("arn:x"), &json, NULL));
    CHECK_STR(json, "{\"deviceCertificateArn\":\"arn:x\",\"deviceCertificateId\":\"ab\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_its_type_key_and_identifier),
        cmocka_unit_test(a_key_that_suffices_gives_the_identifier_back),
        cmocka_unit_test(every_kind_has_a_type),
        cmocka_unit_test(an_arn_is_shown_beside_the_id),
    };
    return RUN_TESTS("resource", tests);
}
