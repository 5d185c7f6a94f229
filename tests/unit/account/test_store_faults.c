/* When the store fails under an operation: whichever of its calls fails, the operation reports that
 * failure, not one of its own making, and the account is as it was. */
#include "account/cert_intake.h"
#include "account/certificate_transfer.h"
#include "account/policy.h"
#include "account/policy_target.h"
#include "account/registration_code.h"
#include "pki.h"
#include "store/faulty.h"

/* What the operations below work on; each leaves what the next one needs. */
struct subject {
    struct certificate_new certificate;
    struct ca_certificate_new ca;
    struct str id;
    struct str arn;
};

static enum status run_code(const struct account_ctx *ctx, void *arg, struct why *why)
{
    (void)arg;
    struct str code;
    return registration_code_get(ctx, &code, why);
}

static enum status run_ca(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct subject *subject = arg;
    struct ca_certificate row;
    return ca_certificate_register(ctx, &subject->ca, &row, why);
}

static enum status run_register(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct subject *subject = arg;
    struct certificate row;
    return certificate_register(ctx, &subject->certificate, &row, why);
}

static enum status run_create(const struct account_ctx *ctx, void *arg, struct why *why)
{
    (void)arg;
    struct policy policy;
    struct tag_pair pair = {STR("team"), STR("ot")};
    return policy_create(ctx, STR("P"), STR("{}"), (struct tags){&pair, 1}, &policy, why);
}

static enum status run_version(const struct account_ctx *ctx, void *arg, struct why *why)
{
    (void)arg;
    struct policy_version version;
    return policy_version_create(ctx, STR("P"), STR("{ }"), true, &version, why);
}

static enum status run_attach(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct subject *subject = arg;
    return policy_attach(ctx, STR("P"), subject->arn, why);
}

static enum status run_detach(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct subject *subject = arg;
    bool was;
    return policy_detach(ctx, STR("P"), subject->arn, &was, why);
}

static enum status run_transfer(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct subject *subject = arg;
    return certificate_transfer(ctx, subject->id, STR("210987654321"), STR_ABSENT, why);
}

static enum status run_cancel(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct subject *subject = arg;
    return certificate_transfer_cancel(ctx, subject->id, why);
}

static enum status run_delete(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct subject *subject = arg;
    return certificate_delete(ctx, subject->id, true, why);
}

typedef enum status operation(const struct account_ctx *ctx, void *arg, struct why *why);
static operation *const operations[] = {run_code,    run_ca,     run_register, run_create,
                                        run_version, run_attach, run_detach,   run_transfer,
                                        run_cancel,  run_attach, run_delete};

/* Fails the first, the second ... call to the store until the operation needs no more. */
static void fail_each_call(struct fixture *f, struct faulty_plan *plan, operation *run, void *arg)
{
    struct account_call call = {.ctx = &f->ctx, .run = run, .arg = arg};
    uint64_t before = fixture_digest(f);
    for (size_t n = 0;; n++) {
        faulty_plan_set(plan, n, STATUS_IO);
        enum status status = store_write(f->store, account_call_run, &call, &f->why);
        bool struck = plan->struck;
        faulty_plan_set(plan, FAULTY_NEVER, STATUS_IO);
        if (!struck) {
            CHECK_OK(status);
            break;
        }
        CHECK_STATUS(status, STATUS_IO);
        assert_true(fixture_digest(f) == before);
    }
    assert_true(fixture_digest(f) != before);
}

static void each_operation_passes_on_each_failure_and_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct faulty_plan plan;
    struct store_db *inner = NULL;
    struct store_db *db = NULL;
    store_close(f->store);
    faulty_plan_set(&plan, FAULTY_NEVER, STATUS_IO);
    CHECK_OK(memory_open(&inner, &f->why));
    CHECK_OK(faulty_open(inner, &plan, &db, &f->why));
    CHECK_OK(store_start(db, 0, &f->store, &f->why));
    struct subject subject = {
        .certificate = {.cert = pki_cert(f, "device-p256.pem"), .ca_id = STR_ABSENT},
    };
    subject.id = subject.certificate.cert->id;
    CHECK_OK(account_arn(&f->ctx, STR("cert"), subject.id, &subject.arn, &f->why));
    CHECK_OK(READ(f, ca_certificate_prove(&f->ctx, pki_pem(f, "mid.pem"), STR_ABSENT,
                                          STR("SNI_ONLY"), &subject.ca.proof, &f->why)));
    subject.ca.active = true;
    subject.certificate.ca_id = subject.ca.proof.ca->id;
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        fail_each_call(f, &plan, operations[i], &subject);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_operation_passes_on_each_failure_and_leaves_nothing),
    };
    return RUN_TESTS("account/store_faults", tests);
}
