/* Devices that come for the first time: what becomes of each, and that a failing store leaves none
 * half-made. What templates do is in tests/integration/test_provisioning.py. */
#include "provision/jit.h"

#include "account/broker_message.h"
#include "iam_fixture.h"
#include "pki.h"

#define BODY                                                                                       \
    "{\"Resources\":{\"t\":{\"Type\":\"AWS::IoT::Thing\",\"Properties\":{\"ThingName\":"           \
    "{\"Ref\":\"AWS::IoT::Certificate::CommonName\"}}},"                                           \
    "\"c\":{\"Type\":\"AWS::IoT::Certificate\",\"Properties\":{\"CertificateId\":{\"Ref\":"        \
    "\"AWS::IoT::Certificate::Id\"}}}}}"

struct plant {
    struct issuer *ca;
    struct str ca_id;
    struct jit jit;
};

static struct plant *plant_open(struct fixture *f)
{
    const struct ca_certificate_change change = {.auto_registration = STR("ENABLE")};
    struct plant *p = NEW(f->ctx.mem, struct plant);
    struct str pem;
    assert_non_null(p);
    p->ca = pki_root(f, "Plant", &pem);
    p->ca_id = pki_register_ca(f, pem);
    CHECK_OK(WRITE(f, ca_certificate_update(&f->ctx, p->ca_id, &change, &f->why)));
    p->jit.store = f->store;
    p->jit.id = f->ctx.id;
    p->jit.clock = f->ctx.clock;
    p->jit.rnd = f->ctx.rnd;
    CHECK_OK(gate_new(&p->jit.gate, &f->why));
    return p;
}

static void plant_close(struct plant *p)
{
    gate_free(p->jit.gate);
    issuer_free(p->ca);
}

static void configure(struct fixture *f, const struct plant *p, const char *body)
{
    const struct ca_registration_config config = {
        .template_body = str_from(body),
        .role_arn = STR("arn:aws:iam::123456789012:role/r"),
    };
    const struct ca_certificate_change change = {.config = &config};
    CHECK_OK(WRITE(f, ca_certificate_update(&f->ctx, p->ca_id, &change, &f->why)));
    CHECK_OK(try_role(f, "r", "/", TRUST_IOT));
    CHECK_OK(try_inline(f, IAM_ROLE, "r", "p", POLICY(GRANT("Allow", "iot:*", "*"))));
}

static struct jit_met meet(struct fixture *f, struct plant *p, struct str pem)
{
    const struct jit_stranger stranger = {
        .certificate = pem, .address = STR("192.0.2.1"), .client = STR("c")};
    struct jit_met met;
    CHECK_OK(jit_meet(&p->jit, &stranger, f->ctx.mem, &met, &f->why));
    return met;
}

static void check_outcome(struct jit_met met, enum jit_outcome want)
{
    if (met.outcome != want) {
        fail_msg("%.*s: %.*s", STR_ARG(jit_outcome_name(met.outcome)), STR_ARG(met.sentence));
    }
}

static size_t messages(struct fixture *f)
{
    struct broker_message rows[4];
    size_t n;
    CHECK_OK(READ(f, broker_message_next(&f->ctx, STR_ABSENT, rows, 4, &n, &f->why)));
    return n;
}

static void a_device_is_registered_once_and_told_of_once(void **state)
{
    struct fixture *f = *state;
    struct plant *p = plant_open(f);
    struct str pem = pki_device(f, p->ca, "pump", -1, 100);
    struct jit_met met = meet(f, p, pem);
    check_outcome(met, JIT_REGISTERED);
    CHECK_STR(met.status, "PENDING_ACTIVATION");
    assert_true(str_eq(met.ca_id, p->ca_id));
    assert_int_equal(messages(f), 1);
    check_outcome(meet(f, p, pem), JIT_HELD_BACK);
    f->now += GATE_AGAIN_MS;
    check_outcome(meet(f, p, pem), JIT_KNOWN);
    assert_int_equal(messages(f), 1);
    assert_int_equal(p->jit.counts[JIT_REGISTERED], 1);
    assert_int_equal(p->jit.counts[JIT_HELD_BACK], 1);
    plant_close(p);
}

static void der_is_as_good_as_pem(void **state)
{
    struct fixture *f = *state;
    struct plant *p = plant_open(f);
    const struct cert *cert;
    CHECK_OK(cert_read(f->ctx.mem, pki_device(f, p->ca, "pump", -1, 100), &cert, &f->why));
    struct jit_met met = meet(f, p, str_of_bytes(cert->der));
    check_outcome(met, JIT_REGISTERED);
    assert_true(str_eq(met.certificate_id, cert->id));
    plant_close(p);
}

static void strangers_leave_no_row(void **state)
{
    struct fixture *f = *state;
    struct plant *p = plant_open(f);
    struct str pem;
    struct issuer *forger = pki_root(f, "Plant", &pem); /* the same name, another key */
    uint64_t before = fixture_digest(f);
    check_outcome(meet(f, p, pki_device(f, forger, "pump", -1, 100)), JIT_REFUSED);
    check_outcome(meet(f, p, pki_device(f, p->ca, "late", -9, -1)), JIT_REFUSED);
    check_outcome(meet(f, p, pki_pem(f, "device-p384.pem")), JIT_REFUSED);
    check_outcome(meet(f, p, STR("junk")), JIT_REFUSED);
    check_outcome(meet(f, p, STR("")), JIT_REFUSED);
    assert_true(fixture_digest(f) == before);
    issuer_free(forger);
    plant_close(p);
}

static void too_many_from_one_address_are_not_looked_at(void **state)
{
    struct fixture *f = *state;
    struct plant *p = plant_open(f);
    char junk[16];
    size_t refused = 0;
    for (int i = 0; i < GATE_ADDRESS_BURST + 50; i++) {
        snprintf(junk, sizeof junk, "junk %d", i);
        refused += meet(f, p, str_from(junk)).outcome == JIT_REFUSED;
    }
    assert_int_equal(refused, GATE_ADDRESS_BURST);
    check_outcome(meet(f, p, pki_device(f, p->ca, "pump", -1, 100)), JIT_HELD_BACK);
    plant_close(p);
}

static void a_template_provisions_and_its_failure_waits(void **state)
{
    struct fixture *f = *state;
    struct plant *p = plant_open(f);
    configure(f, p, BODY);
    struct jit_met met = meet(f, p, pki_device(f, p->ca, "pump", -1, 100));
    check_outcome(met, JIT_PROVISIONED);
    CHECK_STR(met.thing, "pump");
    CHECK_STR(met.status, "ACTIVE");
    struct str odd = pki_device(f, p->ca, "no good name", -1, 100);
    met = meet(f, p, odd);
    check_outcome(met, JIT_FAILED);
    CHECK_STR(met.status, "PENDING_ACTIVATION");
    assert_non_null(strstr(met.sentence.ptr, "'no good name' cannot be the name of a thing"));
    assert_true(str_absent(met.thing));
    assert_int_equal(messages(f), 0);
    f->now += GATE_AGAIN_MS;
    check_outcome(meet(f, p, odd), JIT_FAILED);
    plant_close(p);
}

/* The template names another certificate than the one that is here: it would activate a stranger's.
 */
static void a_template_that_names_another_certificate_is_refused(void **state)
{
    struct fixture *f = *state;
    struct plant *p = plant_open(f);
    configure(f, p,
              "{\"Resources\":{\"c\":{\"Type\":\"AWS::IoT::Certificate\",\"Properties\":{"
              "\"CertificateId\":\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
              "\"}}}}");
    struct jit_met met = meet(f, p, pki_device(f, p->ca, "pump", -1, 100));
    check_outcome(met, JIT_FAILED);
    assert_non_null(strstr(met.sentence.ptr, "another certificate's"));
    plant_close(p);
}

/* A store that fails, at each of its calls: an error of ours, and no half of a device. */
static void a_failing_store_is_no_verdict_on_the_device(void **state)
{
    struct fixture *f = *state;
    struct plant *p = plant_open(f);
    configure(f, p, BODY);
    struct str pem = pki_device(f, p->ca, "pump", -1, 100);
    const struct jit_stranger stranger = {
        .certificate = pem, .address = STR_ABSENT, .client = STR_ABSENT};
    uint64_t before = fixture_digest(f);
    for (size_t n = 0;; n++) {
        struct jit_met met;
        f->now += GATE_AGAIN_MS;
        faulty_plan_set(&f->plan, n, STATUS_IO);
        enum status status = jit_meet(&p->jit, &stranger, f->ctx.mem, &met, &f->why);
        faulty_plan_set(&f->plan, FAULTY_NEVER, STATUS_OK);
        if (status == STATUS_OK) {
            check_outcome(met, JIT_PROVISIONED);
            assert_in_range(n, 10, 1000);
            break;
        }
        assert_true(fixture_digest(f) == before);
    }
    plant_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_device_is_registered_once_and_told_of_once),
        TEST(der_is_as_good_as_pem),
        TEST(strangers_leave_no_row),
        TEST(too_many_from_one_address_are_not_looked_at),
        TEST(a_template_provisions_and_its_failure_waits),
        TEST(a_template_that_names_another_certificate_is_refused),
        TEST(a_failing_store_is_no_verdict_on_the_device),
    };
    return RUN_TESTS("provision/jit", tests);
}
