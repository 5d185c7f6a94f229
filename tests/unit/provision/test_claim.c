/* Claims: for templates of fleets that are enabled, and gone once they have expired. */
#include "provision/claim.h"

#include "account/provisioning_template.h"
#include "lib/files.h"
#include "pki.h"

static void template_of(struct fixture *f, const char *name, struct str kind, bool enabled)
{
    const struct provisioning_template_new in = {
        .name = str_from(name),
        .kind = kind,
        .description = STR_ABSENT,
        .body = STR("{}"), /* whoever makes one has checked it */
        .role_arn = STR("arn:aws:iam::123456789012:role/provisioning"),
        .hook = STR_ABSENT,
        .enabled = enabled,
    };
    struct provisioning_template row;
    CHECK_OK(WRITE(f, provisioning_template_create(&f->ctx, &in, &row, &f->why)));
}

static struct claim_new prepare(struct fixture *f, const char *template_name)
{
    const char *folder = temp_dir_make(f->ctx.mem);
    struct claim_new new;
    struct local_ca *ca = NULL;
    CHECK_OK(local_ca_open(f->ctx.mem, str_from(folder), f->ctx.id.account, &f->ctx.clock,
                           &f->ctx.rnd, &ca, &f->why));
    CHECK_OK(claim_prepare(&f->ctx, ca, str_from(template_name), &new, &f->why));
    local_ca_close(ca);
    temp_dir_remove(folder);
    return new;
}

static void a_claim_expires_and_its_certificate_goes(void **state)
{
    struct fixture *f = *state;
    size_t n = 9;
    bool due = true;
    struct certificate row;
    template_of(f, "fleet", TEMPLATE_KIND_FLEET, true);
    struct claim_new new = prepare(f, "fleet");
    assert_int_equal(new.expires, f->now + CLAIM_MINUTES * MINUTE_MS);
    CHECK_OK(WRITE(f, claim_create(&f->ctx, &new, &f->why)));
    CHECK_OK(READ(f, certificate_get(&f->ctx, new.certificate.cert->id, &row, &f->why)));
    CHECK_STR(row.status, "ACTIVE");
    CHECK_OK(READ(f, claim_sweep_is_due(&f->ctx, &due, &f->why)));
    assert_false(due);
    CHECK_OK(WRITE(f, claim_sweep(&f->ctx, 10, &n, &f->why)));
    assert_int_equal(n, 0);
    f->now += CLAIM_MINUTES * MINUTE_MS + 1;
    CHECK_OK(READ(f, claim_sweep_is_due(&f->ctx, &due, &f->why)));
    assert_true(due);
    CHECK_OK(WRITE(f, claim_sweep(&f->ctx, 10, &n, &f->why)));
    assert_int_equal(n, 1);
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no certificate",
                  READ(f, certificate_get(&f->ctx, new.certificate.cert->id, &row, &f->why)));
    CHECK_OK(READ(f, claim_sweep_is_due(&f->ctx, &due, &f->why)));
    assert_false(due);
    key_pair_wipe(&new.keys);
}

static void a_certificate_that_somebody_revoked_or_deleted_hinders_no_sweep(void **state)
{
    struct fixture *f = *state;
    size_t n = 0;
    template_of(f, "fleet", TEMPLATE_KIND_FLEET, true);
    struct claim_new revoked = prepare(f, "fleet");
    struct claim_new deleted = prepare(f, "fleet");
    CHECK_OK(WRITE(f, claim_create(&f->ctx, &revoked, &f->why)));
    CHECK_OK(WRITE(f, claim_create(&f->ctx, &deleted, &f->why)));
    CHECK_OK(WRITE(
        f, certificate_update(&f->ctx, revoked.certificate.cert->id, STR("REVOKED"), &f->why)));
    CHECK_OK(WRITE(
        f, certificate_update(&f->ctx, deleted.certificate.cert->id, STR("INACTIVE"), &f->why)));
    CHECK_OK(WRITE(f, certificate_delete(&f->ctx, deleted.certificate.cert->id, true, &f->why)));
    f->now += CLAIM_MINUTES * MINUTE_MS + 1;
    CHECK_OK(WRITE(f, claim_sweep(&f->ctx, 10, &n, &f->why)));
    assert_int_equal(n, 2);
    key_pair_wipe(&revoked.keys);
    key_pair_wipe(&deleted.keys);
}

static void a_template_that_takes_no_claims_gets_none(void **state)
{
    struct fixture *f = *state;
    template_of(f, "line", TEMPLATE_KIND_JITP, true);
    template_of(f, "off", TEMPLATE_KIND_FLEET, false);
    struct claim_new new = prepare(f, "line");
    uint64_t before = fixture_digest(f);
    CHECK_REFUSED(f, STATUS_INVALID, "needs no claims",
                  WRITE(f, claim_create(&f->ctx, &new, &f->why)));
    new.template_name = STR("off");
    CHECK_REFUSED(f, STATUS_INVALID, "not enabled", WRITE(f, claim_create(&f->ctx, &new, &f->why)));
    new.template_name = STR("nowhere");
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "nowhere", WRITE(f, claim_create(&f->ctx, &new, &f->why)));
    assert_true(fixture_digest(f) == before);
    CHECK_REFUSED(f, STATUS_UNSUPPORTED, "no authority of its own",
                  claim_prepare(&f->ctx, NULL, STR("line"), &new, &f->why));
}

static void making_a_claim_is_all_or_nothing(void **state)
{
    struct fixture *f = *state;
    template_of(f, "fleet", TEMPLATE_KIND_FLEET, true);
    struct claim_new new = prepare(f, "fleet");
    CHECK_ALL_OR_NOTHING(f, claim_create(&f->ctx, &new, &f->why));
    key_pair_wipe(&new.keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_claim_expires_and_its_certificate_goes),
        TEST(a_certificate_that_somebody_revoked_or_deleted_hinders_no_sweep),
        TEST(a_template_that_takes_no_claims_gets_none),
        TEST(making_a_claim_is_all_or_nothing),
    };
    return RUN_TESTS("provision/claim", tests);
}
