/* Log records of provisioning: what is in them, and when they are written. */
#include "provision/report.h"

#include "account/log.h"
#include "account/logging.h"
#include "codec/json_tree.h"
#include "fixture.h"

static enum status log_at(struct fixture *f, const char *level)
{
    const struct logging_v2 change = {.role_arn = STR("arn:aws:iam::123456789012:role/logs"),
                                      .level = str_from(level)};
    return logging_v2_set(&f->ctx, &change, false, &f->why);
}

static enum status report(struct fixture *f, struct str failure)
{
    const struct provision_report what = {
        .event = STR("ProvisionDevice"),
        .failure = failure,
        .certificate_id = STR("aa"),
        .ca_id = STR("bb"),
        .template_name = STR("line"),
        .thing = STR_ABSENT,
        .address = STR("192.0.2.1"),
        .client = STR_ABSENT,
    };
    return provision_report_write(&f->ctx, &what, &f->why);
}

static size_t records(struct fixture *f, struct log_page *ret)
{
    const struct log_query query = {.group = LOG_GROUP_V2,
                                    .stream_prefix = STR_ABSENT,
                                    .from = TIME_NEVER,
                                    .until = TIME_NEVER,
                                    .max = 10};
    CHECK_OK(READ(f, log_read(&f->ctx, &query, ret, &f->why)));
    return ret->n;
}

static void a_failure_says_what_is_known_of_it(void **state)
{
    struct fixture *f = *state;
    struct log_page page;
    const struct json_value *tree;
    CHECK_OK(WRITE(f, log_at(f, "ERROR")));
    CHECK_OK(WRITE(f, report(f, STR("no group is named hall"))));
    assert_int_equal(records(f, &page), 1);
    CHECK_OK(json_tree_read(page.events[0].message, f->ctx.mem, &tree, &f->why));
    static const char *const want[][2] = {
        {"logLevel", "ERROR"},
        {"status", "Failure"},
        {"eventType", "ProvisionDevice"},
        {"accountId", "123456789012"},
        {"provisioningTemplateName", "line"},
        {"deviceCertificateId", "aa"},
        {"caCertificateId", "bb"},
        {"sourceIp", "192.0.2.1"},
        {"details", "no group is named hall"},
    };
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        const struct json_value *value = json_tree_get(tree, str_from(want[i][0]));
        assert_non_null(value);
        CHECK_STR(value->text, want[i][1]);
    }
    assert_null(json_tree_get(tree, STR("clientId")));
    assert_int_equal(json_tree_get(tree, STR("timestamp"))->text.len, 23);
    assert_int_equal(json_tree_get(tree, STR("traceId"))->text.len, 36);
}

static void the_logging_options_decide(void **state)
{
    struct fixture *f = *state;
    struct log_page page;
    CHECK_OK(WRITE(f, report(f, STR("x")))); /* logging was never configured */
    assert_int_equal(records(f, &page), 0);
    CHECK_OK(WRITE(f, log_at(f, "ERROR")));
    CHECK_OK(WRITE(f, report(f, STR_ABSENT))); /* a success is INFO */
    assert_int_equal(records(f, &page), 0);
    CHECK_OK(WRITE(f, log_at(f, "INFO")));
    CHECK_OK(WRITE(f, report(f, STR_ABSENT)));
    assert_int_equal(records(f, &page), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_failure_says_what_is_known_of_it),
        TEST(the_logging_options_decide),
    };
    return RUN_TESTS("provision/report", tests);
}
