#include "mitigate/preview.h"

#include "account/principal.h"
#include "account/session.h"
#include "account/thing.h"
#include "base/buf.h"
#include "mitigate_fixture.h"

/* What the steps of a preview came to, as text: one line each. */
struct seen {
    struct buf text;
};

static enum status visit(void *ctx, const struct preview_step *step, struct why *why)
{
    struct seen *seen = ctx;
    (void)why;
    buf_put_fmt(&seen->text, "%.*s %s%zu changes, %zu principals, %zu things%s\n",
                STR_ARG(step->action->name),
                step->skipped               ? "skipped "
                : step->status != STATUS_OK ? "refused "
                                            : "",
                step->plan->n, step->touched->principals.n, step->touched->things.n,
                step->touched->more ? " and more" : "");
    for (size_t i = 0; i < step->touched->connections.n; i++) {
        buf_put_fmt(&seen->text, "  connected: %.*s\n",
                    STR_ARG(map_at(&step->touched->connections, i)->key));
    }
    return STATUS_OK;
}

static struct str preview(struct fixture *f, const struct request_of *order, struct str after,
                          size_t max, struct str *ret_next)
{
    struct seen seen;
    struct mission mission;
    const struct task_new in = task_of(f, order);
    const struct preview preview = {
        .mission = &mission, .after = after, .max = max, .visit = visit, .ctx = &seen};
    buf_init(&seen.text, f->ctx.mem, 1 << 16);
    buf_put_str(&seen.text, STR("\n"));
    CHECK_OK(READ(f, task_mission(&f->ctx, &in, &mission, &f->why)));
    CHECK_OK(READ(f, preview_run(&f->ctx, &preview, ret_next, &f->why)));
    return buf_view(&seen.text);
}

static void check_preview(struct fixture *f, const struct request_of *order, const char *want)
{
    struct str next;
    uint64_t before = fixture_digest(f);
    struct str text = preview(f, order, STR_ABSENT, 10, &next);
    if (!str_eq(text, str_from(want))) {
        fail_msg("%.*s is not %s", STR_ARG(text), want);
    }
    assert_true(str_absent(next));
    assert_true(fixture_digest(f) == before);
}

static struct str thing_of(struct fixture *f, const char *certificate, const char *thing)
{
    const struct thing_create in = {.name = str_from(thing)};
    struct thing row;
    struct str arn = fixture_certificate(f, certificate);
    CHECK_OK(WRITE(f, thing_create(&f->ctx, &in, &row, &f->why)));
    CHECK_OK(WRITE(f, principal_attach(&f->ctx, in.name, arn, STR_ABSENT, &f->why)));
    return arn;
}

static void connect_client(struct fixture *f, const char *certificate, const char *client,
                           int64_t until)
{
    const struct session row = {.client = str_from(client),
                                .connected = f->now - 5000,
                                .begun = 1,
                                .principal = str_from(certificate),
                                .kind = SESSION_CERTIFICATE,
                                .disconnected = until,
                                .ended_day = session_day(until)};
    put_row(f, TABLE(session), &row);
}

static void a_certificate_touches_itself_its_things_and_connections(void **state)
{
    struct fixture *f = *state;
    account_make(f);
    put_action(f, "off", ACTION_UPDATE_DEVICE_CERTIFICATE);
    thing_of(f, "aa", "lamp");
    thing_of(f, "aa", "door");
    connect_client(f, "aa", "lamp-7", TIME_NEVER);
    connect_client(f, "aa", "gone-before", f->now - 1000);
    connect_client(f, "bb", "another", TIME_NEVER);
    fixture_certificate(f, "bb");
    set_certificate(f, "bb", "REVOKED");
    put_finding(f, CHECK_DEVICE_CERTIFICATE_EXPIRING, "1", "deviceCertificateId=aa");
    put_finding(f, CHECK_DEVICE_CERTIFICATE_EXPIRING, "2", "deviceCertificateId=bb");
    struct str quiet =
        put_finding(f, CHECK_DEVICE_CERTIFICATE_EXPIRING, "3", "deviceCertificateId=aa");
    suppress(f, quiet);
    check_preview(f, &(struct request_of){CHECK_DEVICE_CERTIFICATE_EXPIRING, {"off"}},
                  "\noff 1 changes, 1 principals, 2 things\n"
                  "  connected: lamp-7\n"
                  "off refused 0 changes, 0 principals, 0 things\n"
                  "off skipped 0 changes, 0 principals, 0 things\n");
}

static void a_policy_touches_all_it_is_attached_to(void **state)
{
    struct fixture *f = *state;
    struct policy_version version = {.policy = STR("wide"), .version = 1, .document = STR("{}")};
    struct policy policy = {.name = STR("wide"), .default_version = 1, .last_version = 1};
    account_make(f);
    put_action(f, "blank", ACTION_REPLACE_DEFAULT_POLICY_VERSION);
    put_action(f, "tell", ACTION_PUBLISH_FINDING_TO_SNS);
    put_row(f, TABLE(policy), &policy);
    put_row(f, TABLE(policy_version), &version);
    struct policy_target target = {STR("wide"), thing_of(f, "aa", "lamp"), f->now};
    put_row(f, TABLE(policy_target), &target);
    target.target = STR("arn:aws:iot:us-east-1:123456789012:thinggroup/g");
    put_row(f, TABLE(policy_target), &target);
    put_row(f, TABLE(group_member), &(struct group_member){STR("g"), STR("door"), f->now});
    put_row(f, TABLE(group_member), &(struct group_member){STR("g"), STR("lamp"), f->now});
    put_finding(f, CHECK_IOT_POLICY_OVERLY_PERMISSIVE, "1", "policyVersionIdentifier=wide\n1");
    check_preview(f, &(struct request_of){CHECK_IOT_POLICY_OVERLY_PERMISSIVE, {"blank", "tell"}},
                  "\nblank 1 changes, 1 principals, 2 things\n"
                  "tell 1 changes, 0 principals, 0 things\n");
}

static void refusals_of_the_role_are_foreseen(void **state)
{
    struct fixture *f = *state;
    account_make(f);
    put_action(f, "off", ACTION_UPDATE_DEVICE_CERTIFICATE);
    put_action(f, "tell", ACTION_PUBLISH_FINDING_TO_SNS);
    fixture_certificate(f, "aa");
    put_finding(f, CHECK_DEVICE_CERTIFICATE_AGE, "1", "deviceCertificateId=aa");
    CHECK_OK(try_inline(f, IAM_ROLE, "mitigate", "all", POLICY(GRANT("Allow", "sns:*", "*"))));
    check_preview(f, &(struct request_of){CHECK_DEVICE_CERTIFICATE_AGE, {"off", "tell"}},
                  "\noff refused 0 changes, 0 principals, 0 things\n"
                  "tell skipped 0 changes, 0 principals, 0 things\n");
}

static void pages_go_on_behind_the_last_finding(void **state)
{
    struct fixture *f = *state;
    struct str next = STR_ABSENT;
    const struct request_of order = {CHECK_DEVICE_CERTIFICATE_AGE, {"off"}};
    account_make(f);
    put_action(f, "off", ACTION_UPDATE_DEVICE_CERTIFICATE);
    for (int i = 0; i < 3; i++) {
        fixture_certificate(f, "aa");
        put_finding(f, CHECK_DEVICE_CERTIFICATE_AGE, str_z(f->ctx.mem, fixture_name(f, "1", i)),
                    "deviceCertificateId=aa");
    }
    struct str text = preview(f, &order, STR_ABSENT, 2, &next);
    assert_false(str_absent(next));
    assert_true(str_ends(text, STR("off 1 changes, 1 principals, 0 things\n")));
    text = preview(f, &order, next, 2, &next);
    CHECK_STR(text, "\noff 1 changes, 1 principals, 0 things\n");
    assert_true(str_absent(next));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_certificate_touches_itself_its_things_and_connections),
        TEST(a_policy_touches_all_it_is_attached_to),
        TEST(refusals_of_the_role_are_foreseen),
        TEST(pages_go_on_behind_the_last_finding),
    };
    return RUN_TESTS("mitigate/preview", tests);
}
