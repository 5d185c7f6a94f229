/* Certificates on their way to another account. */
#include "account/certificate_transfer.h"

#include "account/policy.h"
#include "account/policy_target.h"
#include "pki.h"

#define OTHER STR("210987654321")

static struct certificate row_of(struct fixture *f, struct str id)
{
    struct certificate row;
    CHECK_OK(READ(f, certificate_get(&f->ctx, id, &row, &f->why)));
    return row;
}

static size_t outgoing(struct fixture *f)
{
    struct page page = {.after = STR_ABSENT};
    struct page_rows listed;
    CHECK_OK(READ(f, certificate_list_outgoing(&f->ctx, &page, &listed, &f->why)));
    return listed.n;
}

static void only_an_inactive_certificate_is_transferred(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        enum status want;
    } rows[] = {
        {"ACTIVE", STATUS_CERT_STATE},
        {"INACTIVE", STATUS_OK},
        {"REVOKED", STATUS_CERT_STATE},
        {"PENDING_TRANSFER", STATUS_CERT_STATE},
        {"PENDING_ACTIVATION", STATUS_CERT_STATE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture *f;
        fixture_set_up((void **)&f);
        struct str id = pki_register_as(f, "device-p256.pem", rows[i].status);
        CHECK_STATUS(WRITE(f, certificate_transfer(&f->ctx, id, OTHER, STR_ABSENT, &f->why)),
                     rows[i].want);
        fixture_tear_down((void **)&f);
    }
}

static void a_transfer_to_the_owner_or_with_policies_is_refused(void **state)
{
    struct fixture *f = *state;
    struct str id = pki_register_as(f, "device-p256.pem", "INACTIVE");
    struct str arn;
    struct policy policy;
    struct tags none = {NULL, 0};
    CHECK_REFUSED(
        f, STATUS_INVALID, "owns",
        WRITE(f, certificate_transfer(&f->ctx, id, STR("123456789012"), STR_ABSENT, &f->why)));
    CHECK_OK(account_arn(&f->ctx, STR("cert"), id, &arn, &f->why));
    CHECK_OK(WRITE(f, policy_create(&f->ctx, STR("P"), STR("{}"), none, &policy, &f->why)));
    CHECK_OK(WRITE(f, policy_attach(&f->ctx, STR("P"), arn, &f->why)));
    CHECK_REFUSED(f, STATUS_TRANSFER_CONFLICT, "policy P",
                  WRITE(f, certificate_transfer(&f->ctx, id, OTHER, STR_ABSENT, &f->why)));
    bool was;
    CHECK_OK(WRITE(f, policy_detach(&f->ctx, STR("P"), arn, &was, &f->why)));
    CHECK_OK(WRITE(f, certificate_transfer(&f->ctx, id, OTHER, STR_ABSENT, &f->why)));
    CHECK_REFUSED(f, STATUS_INVALID, "being transferred",
                  WRITE(f, policy_attach(&f->ctx, STR("P"), arn, &f->why)));
}

enum { ACCEPT, ACCEPT_ACTIVE, REJECT, CANCEL, WAYS };

static enum status leave(struct fixture *f, struct str id, int way)
{
    switch (way) {
    case ACCEPT:
    case ACCEPT_ACTIVE:
        return certificate_transfer_accept(&f->ctx, id, way == ACCEPT_ACTIVE, &f->why);
    case REJECT:
        return certificate_transfer_reject(&f->ctx, id, STR("not ours"), &f->why);
    default:
        return certificate_transfer_cancel(&f->ctx, id, &f->why);
    }
}

static void each_way_out_leaves_what_the_contract_says(void **state)
{
    (void)state;
    for (int way = 0; way < WAYS; way++) {
        struct fixture *f;
        fixture_set_up((void **)&f);
        struct str id = pki_register_as(f, "device-p256.pem", "INACTIVE");
        int64_t sent = f->now += MINUTE_MS;
        CHECK_OK(WRITE(f, certificate_transfer(&f->ctx, id, OTHER, STR("take care"), &f->why)));
        assert_int_equal(outgoing(f), 1);
        struct certificate row = row_of(f, id);
        CHECK_STR(row.status, "PENDING_TRANSFER");
        CHECK_STR(row.transfer_to, "210987654321");
        int64_t left = f->now += MINUTE_MS;
        CHECK_OK(WRITE(f, leave(f, id, way)));
        assert_int_equal(outgoing(f), 0);
        row = row_of(f, id);
        bool accepted = way == ACCEPT || way == ACCEPT_ACTIVE;
        CHECK_STR(row.status, way == ACCEPT_ACTIVE ? "ACTIVE" : "INACTIVE");
        CHECK_STR(row.owner, accepted ? "210987654321" : "123456789012");
        assert_true(str_absent(row.previous_owner) == !accepted);
        assert_true(str_absent(row.transfer_to));
        CHECK_STR(row.transfer_message, "take care");
        assert_true(row.transferred == sent);
        assert_true(row.transfer_accepted == (accepted ? left : TIME_NEVER));
        assert_true(row.transfer_rejected == (way == REJECT ? left : TIME_NEVER));
        assert_true(str_eq(row.transfer_reject, way == REJECT ? STR("not ours") : STR_ABSENT));
        for (int again = 0; again < WAYS; again++) {
            CHECK_REFUSED(f, STATUS_TRANSFER_DONE, "has ended", WRITE(f, leave(f, id, again)));
        }
        fixture_tear_down((void **)&f);
    }
}

static void what_was_never_sent_cannot_arrive(void **state)
{
    struct fixture *f = *state;
    struct str id = pki_register_as(f, "device-p256.pem", "INACTIVE");
    for (int way = 0; way < WAYS; way++) {
        CHECK_REFUSED(f, STATUS_INVALID, "not being transferred", WRITE(f, leave(f, id, way)));
        CHECK_REFUSED(f, STATUS_NOT_FOUND, "no certificate", WRITE(f, leave(f, STR("ab"), way)));
    }
}

static void the_outgoing_are_listed_by_creation_in_pages(void **state)
{
    struct fixture *f = *state;
    struct str first = pki_register_as(f, "device-p256.pem", "PENDING_TRANSFER");
    f->now += SECOND_MS;
    pki_register_as(f, "device-p384.pem", "INACTIVE");
    f->now += SECOND_MS;
    struct str last = pki_register_as(f, "device-p521.pem", "PENDING_TRANSFER");
    struct page page = {.max = 1, .descending = true, .after = STR_ABSENT};
    struct page_rows listed;
    CHECK_OK(READ(f, certificate_list_outgoing(&f->ctx, &page, &listed, &f->why)));
    const struct certificate *rows = listed.rows;
    assert_true(listed.n == 1 && str_eq(rows[0].id, last));
    page.after = listed.next;
    CHECK_OK(READ(f, certificate_list_outgoing(&f->ctx, &page, &listed, &f->why)));
    rows = listed.rows;
    assert_true(listed.n == 1 && str_eq(rows[0].id, first) && str_absent(listed.next));
}

static void a_transfer_happens_whole_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    struct str id = pki_register_as(f, "device-p256.pem", "INACTIVE");
    CHECK_ALL_OR_NOTHING(f, certificate_transfer(&f->ctx, id, OTHER, STR("m"), &f->why));
    CHECK_ALL_OR_NOTHING(f, certificate_transfer_reject(&f->ctx, id, STR("no"), &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_an_inactive_certificate_is_transferred),
        TEST(a_transfer_to_the_owner_or_with_policies_is_refused),
        TEST(each_way_out_leaves_what_the_contract_says),
        TEST(what_was_never_sent_cannot_arrive),
        TEST(the_outgoing_are_listed_by_creation_in_pages),
        TEST(a_transfer_happens_whole_or_not_at_all),
    };
    return RUN_TESTS("account/certificate_transfer", tests);
}
