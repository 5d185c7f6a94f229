#include "account/membership.h"
#include "account/principal.h"
#include "account/thing.h"
#include "mitigate_fixture.h"

#define CHECK CHECK_DEVICE_CERTIFICATE_SHARED

static void make_group(struct fixture *f, const char *name, const char *parent)
{
    const struct group_create in = {.name = str_from(name), .parent = str_from(parent)};
    struct thing_group group;
    CHECK_OK(WRITE(f, group_create(&f->ctx, &in, &group, &f->why)));
}

static void make_thing(struct fixture *f, const char *name, struct str principal)
{
    const struct thing_create in = {.name = str_from(name)};
    struct thing thing;
    CHECK_OK(WRITE(f, thing_create(&f->ctx, &in, &thing, &f->why)));
    CHECK_OK(WRITE(f, principal_attach(&f->ctx, in.name, principal, STR_ABSENT, &f->why)));
}

static enum status add(struct fixture *f, const char *thing, const char *group)
{
    const struct membership in = {.thing_name = str_from(thing), .group_name = str_from(group)};
    return WRITE(f, membership_add(&f->ctx, &in, &f->why));
}

static enum status drop(struct fixture *f, const char *thing, const char *group)
{
    const struct membership in = {.thing_name = str_from(thing), .group_name = str_from(group)};
    return WRITE(f, membership_remove(&f->ctx, &in, &f->why));
}

static bool is_in(struct fixture *f, const char *thing, const char *group)
{
    struct group_member row = {.group_name = str_from(group), .thing = str_from(thing)};
    return READ(f, store_get(f->ctx.tx, TABLE(group_member), &row, f->ctx.mem, &f->why)) ==
           STATUS_OK;
}

/* Two things, lamp and door, share the certificate. */
static struct str set_up(struct fixture *f)
{
    account_make(f);
    put_action(f, "away", ACTION_ADD_THINGS_TO_THING_GROUP);
    make_group(f, "Quarantine", NULL);
    struct str arn = fixture_certificate(f, "aa");
    make_thing(f, "lamp", arn);
    make_thing(f, "door", arn);
    return put_finding(f, CHECK, "1", "deviceCertificateId=aa");
}

static void all_things_of_the_certificate_come_and_go(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    mitigate(f, &(struct request_of){CHECK, {"away"}});
    only_execution(f, finding, "COMPLETED");
    assert_true(is_in(f, "lamp", "Quarantine") && is_in(f, "door", "Quarantine"));
    struct page_rows rows = undo_task(f);
    assert_int_equal(rows.n, 2);
    assert_false(is_in(f, "lamp", "Quarantine") || is_in(f, "door", "Quarantine"));
}

static void who_was_in_the_group_before_stays_there(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    CHECK_OK(add(f, "lamp", "Quarantine"));
    mitigate(f, &(struct request_of){CHECK, {"away"}});
    struct page_rows rows = undo_task(f);
    check_undone(&rows, NULL);
    assert_true(is_in(f, "lamp", "Quarantine"));
    assert_false(is_in(f, "door", "Quarantine"));
}

static void who_left_or_came_anew_since_is_kept(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    mitigate(f, &(struct request_of){CHECK, {"away"}});
    f->now += 1000;
    CHECK_OK(drop(f, "lamp", "Quarantine"));
    CHECK_OK(drop(f, "door", "Quarantine"));
    CHECK_OK(add(f, "door", "Quarantine"));
    struct page_rows rows = undo_task(f);
    const struct mitigation_change *changes = rows.rows;
    assert_int_equal(rows.n, 2);
    CHECK_STR(changes[0].resource, "door");
    CHECK_STR(changes[0].undo_reason, "the thing was removed from the group and added again since");
    CHECK_STR(changes[1].undo_reason, "the thing is no longer in the group");
    assert_true(is_in(f, "door", "Quarantine"));
}

static void no_thing_is_nothing_to_do(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    fixture_certificate(f, "bb");
    struct str finding = put_finding(f, CHECK, "2", "deviceCertificateId=bb");
    mitigate(f, &(struct request_of){CHECK, {"away"}});
    only_execution(f, finding, "COMPLETED");
}

/* The second thing may not; so the first does not either. */
static void one_thing_of_the_hierarchy_keeps_all_away(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    make_group(f, "Ward", "Quarantine");
    CHECK_OK(add(f, "lamp", "Ward"));
    mitigate(f, &(struct request_of){CHECK, {"away"}});
    struct mitigation_execution done = only_execution(f, finding, "FAILED");
    check_message(&done, "InvalidRequestException", "it is in Ward of the same hierarchy");
    assert_false(is_in(f, "door", "Quarantine"));
}

static void an_eleventh_group_fails_the_step(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    for (int i = 0; i < 10; i++) {
        struct str name = fixture_name(f, "group", i);
        make_group(f, str_z(f->ctx.mem, name), NULL);
        CHECK_OK(add(f, "lamp", str_z(f->ctx.mem, name)));
    }
    mitigate(f, &(struct request_of){CHECK, {"away"}});
    struct mitigation_execution done = only_execution(f, finding, "FAILED");
    check_message(&done, "InvalidRequestException", "it is in 10 groups already, the most");
}

static void a_group_that_is_missing_or_dynamic_fails_the_step(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    CHECK_OK(
        WRITE(f, group_delete(&f->ctx, STR("Quarantine"), false, (struct maybe_int){0}, &f->why)));
    mitigate(f, &(struct request_of){CHECK, {"away"}});
    struct mitigation_execution done = only_execution(f, finding, "FAILED");
    check_message(&done, "ResourceNotFoundException", "Quarantine");
}

static void a_thing_of_two_related_certificates_is_added_once(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    struct str issuer = put_finding(f, CHECK_INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES,
                                    "1", "issuerCertificateIdentifier=CN=x");
    struct str arn = fixture_certificate(f, "bb");
    CHECK_OK(WRITE(f, principal_attach(&f->ctx, STR("lamp"), arn, STR_ABSENT, &f->why)));
    put_related(f, issuer, 0, "aa");
    put_related(f, issuer, 1, "bb");
    put_related(f, issuer, 2, "gone");
    mitigate(f, &(struct request_of){CHECK_INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES,
                                     {"away"}});
    only_execution(f, issuer, "COMPLETED");
    assert_int_equal(undo_task(f).n, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_things_of_the_certificate_come_and_go),
        TEST(who_was_in_the_group_before_stays_there),
        TEST(who_left_or_came_anew_since_is_kept),
        TEST(no_thing_is_nothing_to_do),
        TEST(one_thing_of_the_hierarchy_keeps_all_away),
        TEST(an_eleventh_group_fails_the_step),
        TEST(a_group_that_is_missing_or_dynamic_fails_the_step),
        TEST(a_thing_of_two_related_certificates_is_added_once),
    };
    return RUN_TESTS("mitigate/step_groups", tests);
}
