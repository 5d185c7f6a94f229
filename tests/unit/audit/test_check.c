/* The eleven checks, each judged at its boundaries, through whole audits of a few resources. */
#include <string.h>

#include "account/logging.h"
#include "audit_net.h"
#include "x509/keyq.h"

/* One device and one CA certificate alike, in every state: how many findings a check has. */
struct cert_row {
    enum check_id check;
    const char *status;
    int64_t not_after; /* from now */
    int64_t age;
    bool roca;
    const char *weak;
    size_t findings;
};

static void put_device(struct audit_fixture *f, const struct cert_row *row)
{
    struct certificate cert = fixture_cert("aa");
    cert.status = str_from(row->status);
    cert.not_after = f->now + row->not_after;
    cert.created = f->now - row->age;
    cert.key_kind = STR("RSA");
    cert.key_bits = 2048;
    cert.key_roca = row->roca;
    cert.weak_key_hash = str_from(row->weak);
    fixture_put(f, TABLE(certificate), &cert);
}

static void put_ca(struct audit_fixture *f, const struct cert_row *row)
{
    const struct ca_certificate ca = {.id = STR("bb"),
                                      .status = str_from(row->status),
                                      .auto_registration = STR("DISABLE"),
                                      .mode = STR("DEFAULT"),
                                      .created = f->now - row->age,
                                      .not_after = f->now + row->not_after,
                                      .serial = STR("01"),
                                      .issuer_hash = STR("00"),
                                      .subject_hash = STR("11"),
                                      .key_kind = STR("RSA"),
                                      .key_bits = 2048,
                                      .key_roca = row->roca,
                                      .weak_key_hash = str_from(row->weak)};
    fixture_put(f, TABLE(ca_certificate), &ca);
}

#define WEAK "0123456789abcdef0123"
#define FAR  (1000 * INT64_C(86400000))
#define D    INT64_C(86400000)

static void certificates_are_judged_at_their_boundaries(void **state)
{
    (void)state;
    static const struct cert_row rows[] = {
        {CHECK_DEVICE_CERTIFICATE_EXPIRING, "ACTIVE", 0, 0, false, "", 1},
        {CHECK_DEVICE_CERTIFICATE_EXPIRING, "ACTIVE", 30 * D, 0, false, "", 1},
        {CHECK_DEVICE_CERTIFICATE_EXPIRING, "ACTIVE", 30 * D + 1, 0, false, "", 0},
        {CHECK_DEVICE_CERTIFICATE_EXPIRING, "PENDING_TRANSFER", 0, 0, false, "", 1},
        {CHECK_DEVICE_CERTIFICATE_EXPIRING, "INACTIVE", 0, 0, false, "", 0},
        {CHECK_DEVICE_CERTIFICATE_EXPIRING, "PENDING_ACTIVATION", 0, 0, false, "", 0},
        {CHECK_CA_CERTIFICATE_EXPIRING, "ACTIVE", 0, 0, false, "", 1},
        {CHECK_CA_CERTIFICATE_EXPIRING, "ACTIVE", 30 * D, 0, false, "", 1},
        {CHECK_CA_CERTIFICATE_EXPIRING, "ACTIVE", 30 * D + 1, 0, false, "", 0},
        {CHECK_CA_CERTIFICATE_EXPIRING, "INACTIVE", 0, 0, false, "", 0},
        {CHECK_DEVICE_CERTIFICATE_AGE, "ACTIVE", FAR, 365 * D, false, "", 1},
        {CHECK_DEVICE_CERTIFICATE_AGE, "ACTIVE", FAR, 365 * D - 1, false, "", 0},
        {CHECK_DEVICE_CERTIFICATE_AGE, "PENDING_TRANSFER", FAR, 400 * D, false, "", 1},
        {CHECK_DEVICE_CERTIFICATE_AGE, "REVOKED", FAR, 400 * D, false, "", 0},
        {CHECK_DEVICE_CERTIFICATE_KEY_QUALITY, "ACTIVE", FAR, 0, true, "", 1},
        {CHECK_DEVICE_CERTIFICATE_KEY_QUALITY, "ACTIVE", FAR, 0, false, WEAK, 1},
        {CHECK_DEVICE_CERTIFICATE_KEY_QUALITY, "ACTIVE", FAR, 0, true, WEAK, 2},
        {CHECK_DEVICE_CERTIFICATE_KEY_QUALITY, "ACTIVE", FAR, 0, false, "0123456789abcdef0124", 0},
        {CHECK_DEVICE_CERTIFICATE_KEY_QUALITY, "INACTIVE", FAR, 0, true, WEAK, 0},
        {CHECK_CA_CERTIFICATE_KEY_QUALITY, "ACTIVE", FAR, 0, true, WEAK, 2},
        {CHECK_CA_CERTIFICATE_KEY_QUALITY, "ACTIVE", FAR, 0, false, "", 0},
        {CHECK_CA_CERTIFICATE_KEY_QUALITY, "INACTIVE", FAR, 0, true, WEAK, 0},
    };
    AUTO_KEYQ_LIST *weak = keyq_list_new(1 << 20);
    assert_non_null(weak);
    CHECK_OK(keyq_list_add(weak, STR("blacklist.RSA-2048"), STR("# keys\n" WEAK "\n"), NULL));
    CHECK_OK(keyq_list_seal(weak, NULL));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct audit_fixture f;
        fixture_open(&f);
        f.options.weak_keys = weak;
        put_device(&f, &rows[i]);
        put_ca(&f, &rows[i]);
        struct net_outcome out = net_audit(&f, rows[i].check);
        if (out.findings.n != rows[i].findings) {
            fail_msg("row %zu has %zu findings", i, out.findings.n);
        }
        assert_int_equal(out.check.non_compliant, rows[i].findings > 0);
        fixture_close(&f);
    }
}

static void without_lists_of_weak_keys_none_is_weak(void **state)
{
    (void)state;
    struct audit_fixture f;
    const struct cert_row row = {.status = "ACTIVE", .not_after = FAR, .weak = WEAK};
    fixture_open(&f);
    put_device(&f, &row);
    assert_int_equal(net_audit(&f, CHECK_DEVICE_CERTIFICATE_KEY_QUALITY).findings.n, 0);
    fixture_close(&f);
}

/* ---- logging --------------------------------------------------------------------------------- */

struct logging_row {
    const char *v1; /* NULL: never set */
    const char *v2;
    bool disable_all;
    bool on;
};

#define LOG_ROLE STR("arn:aws:iam::123456789012:role/log")

static enum status set_logging(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct logging_row *row = arg;
    if (row->v1 != NULL) {
        TRY(logging_v1_set(ctx, LOG_ROLE, str_from(row->v1), why));
    }
    if (row->v2 != NULL) {
        const struct logging_v2 v2 = {
            .role_arn = LOG_ROLE, .level = str_from(row->v2), .disable_all = row->disable_all};
        TRY(logging_v2_set(ctx, &v2, false, why));
    }
    return STATUS_OK;
}

static void either_logging_counts(void **state)
{
    (void)state;
    static const struct logging_row rows[] = {
        {NULL, NULL, false, false},         {"DISABLED", NULL, false, false},
        {"ERROR", NULL, false, true},       {NULL, "DISABLED", false, false},
        {NULL, "WARN", false, true},        {NULL, "WARN", true, false},
        {NULL, "DISABLED", true, false},    {"INFO", "DISABLED", true, true},
        {"DISABLED", "DEBUG", false, true}, {"DISABLED", "DEBUG", true, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct audit_fixture f;
        struct logging_row row = rows[i];
        fixture_open(&f);
        CHECK_OK(fixture_write(&f, set_logging, &row, NULL));
        struct net_outcome out = net_audit(&f, CHECK_LOGGING_DISABLED);
        assert_int_equal(out.check.total, 1);
        if (out.findings.n != !row.on) {
            fail_msg("row %zu has %zu findings", i, out.findings.n);
        }
        fixture_close(&f);
    }
}

/* ---- policies -------------------------------------------------------------------------------- */

#define DOC(statements) "{\"Version\":\"2012-10-17\",\"Statement\":[" statements "]}"
#define IOT             "arn:aws:iot:us-east-1:123456789012:"

static void policies_are_judged_by_their_default_version(void **state)
{
    (void)state;
    static const struct {
        enum check_id check;
        const char *text;
        const char *code; /* NULL: compliant */
    } rows[] = {
        {CHECK_IOT_POLICY_OVERLY_PERMISSIVE,
         DOC("{\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"*\"}"),
         "ALLOWS_BROAD_ACCESS_TO_IOT_DATA_PLANE_ACTIONS"},
        {CHECK_IOT_POLICY_OVERLY_PERMISSIVE,
         DOC("{\"Effect\":\"Allow\",\"Action\":\"iot:Connect\",\"Resource\":\"" IOT
             "client/${iot:Connection.Thing.ThingName}\"}"),
         NULL},
        {CHECK_IOT_POLICY_POTENTIAL_MISCONFIGURATION,
         DOC("{\"Effect\":\"Allow\",\"Action\":\"iot:Subscribe\",\"Resource\":\"" IOT
             "topicfilter/a/*\"},{\"Effect\":\"Deny\",\"Action\":\"iot:Subscribe\","
             "\"Resource\":\"" IOT "topicfilter/a/#\"}"),
         "POLICY_CONTAINS_MQTT_WILDCARDS_IN_DENY_STATEMENT"},
        {CHECK_IOT_POLICY_POTENTIAL_MISCONFIGURATION,
         DOC("{\"Effect\":\"Allow\",\"Action\":\"iot:Publish\",\"Resource\":\"" IOT "topic/a\"}"),
         NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct audit_fixture f;
        fixture_open(&f);
        const struct policy policy = {
            .name = STR("p"), .default_version = 7, .generation_id = STR("g")};
        const struct policy_version version = {.policy = STR("p"),
                                               .version = 7,
                                               .document = str_from(rows[i].text),
                                               .document_hash = STR("h")};
        fixture_put(&f, TABLE(policy), &policy);
        fixture_put(&f, TABLE(policy_version), &version);
        struct net_outcome out = net_audit(&f, rows[i].check);
        if (out.findings.n != (rows[i].code != NULL)) {
            fail_msg("row %zu has %zu findings", i, out.findings.n);
        }
        if (rows[i].code != NULL) {
            const struct finding *finding = out.findings.rows;
            CHECK_STR(finding->reason_code, rows[i].code);
            CHECK_STR(finding->resource_key, "policyVersionIdentifier=p\n7");
        }
        fixture_close(&f);
    }
}

/* ---- revoked CA certificates ----------------------------------------------------------------- */

static void a_ca_that_its_issuer_revoked_is_found_while_active(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        size_t findings;
    } rows[] = {{"ACTIVE", 1}, {"INACTIVE", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct audit_fixture f;
        struct net net;
        net_open(&net, &f);
        struct authority root = net_root(&net, "Root");
        struct authority mid = net_below(&net, &root, "Mid", "http://r/c", "http://r/i");
        net_register_ca(&f, mid.cert, rows[i].status);
        net_serve(&net, "http://r/c", str_of_bytes(net_list(&f, &root, &mid.cert, 1, 5)));
        net_serve(&net, "http://r/i", root.pem); /* the root is not registered */
        struct net_outcome out = net_audit(&f, CHECK_REVOKED_CA_CERTIFICATE_STILL_ACTIVE);
        assert_int_equal(out.findings.n, rows[i].findings);
        assert_int_equal(out.check.total, rows[i].findings);
        net_close(&net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_are_judged_at_their_boundaries),
        cmocka_unit_test(without_lists_of_weak_keys_none_is_weak),
        cmocka_unit_test(either_logging_counts),
        cmocka_unit_test(policies_are_judged_by_their_default_version),
        cmocka_unit_test(a_ca_that_its_issuer_revoked_is_found_while_active),
    };
    return RUN_TESTS("check", tests);
}
