/* Checks of our own: roles, by rows; servers and lists, by the cases of tests/vectors/expiry. */
#include <string.h>

#include "account/cert_intake.h"
#include "audit_fixture.h"
#include "lib/files.h"

static void put_role(struct audit_fixture *f, const char *name, const char *trust)
{
    const struct iam_role role = {.folded = str_from(name),
                                  .name = str_from(name),
                                  .path = STR("/p/"),
                                  .id = STR("AROA1"),
                                  .trust = str_from(trust),
                                  .max_session = 3600};
    fixture_put(f, TABLE(iam_role), &role);
}

static struct page_rows audit(struct audit_fixture *f, enum check_id check, struct str *ret_task)
{
    *ret_task = fixture_start(f, check);
    CHECK_OK(audit_run_all(&f->options, NULL));
    CHECK_STR(fixture_describe(f, *ret_task).task.status, "COMPLETED");
    return fixture_findings(f, *ret_task);
}

#define TRUST(condition)                                                                           \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":" \
    "\"iot.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"" condition "}]}"

static void roles_that_serve_strangers_are_found(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct str task;
    fixture_open(&f);
    put_role(&f, "bound",
             TRUST(",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":"
                   "\"123456789012\"}}"));
    put_role(&f, "open", TRUST(""));
    put_role(&f, "wide",
             TRUST(",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:*:*:*"
                   "\"}}"));
    put_role(&f, "odd", "{");
    struct page_rows findings = audit(&f, CHECK_ROLE_TRUST_CONFUSED_DEPUTY, &task);
    assert_int_equal(findings.n, 2);
    for (size_t i = 0; i < findings.n; i++) {
        const struct finding *finding = &((const struct finding *)findings.rows)[i];
        CHECK_STR(finding->resource_type, "IAM_ROLE");
        CHECK_STR(finding->severity, "HIGH");
        if (str_ends(finding->resource_key, STR("open"))) {
            CHECK_STR(finding->resource_key, "iamRoleArn=arn:aws:iam::123456789012:role/p/open");
            CHECK_STR(finding->reason_code, "TRUST_POLICY_LACKS_SOURCE_CONDITION");
            CHECK_STR(finding->reason,
                      "The trust policy lets iot.amazonaws.com assume the role on behalf of any "
                      "account: statement 0 has no condition on aws:SourceArn or "
                      "aws:SourceAccount.");
        } else {
            CHECK_STR(finding->reason_code, "TRUST_POLICY_SOURCE_CONDITION_TOO_BROAD");
            CHECK_STR(finding->reason,
                      "The trust policy lets iot.amazonaws.com assume the role on behalf of other "
                      "accounts: the conditions of statement 0 hold for aws:SourceArn "
                      "arn:aws:iot:us-east-1:000000000000:x with aws:SourceAccount "
                      "000000000000.");
        }
    }
    struct audit_described audit = fixture_describe(&f, task);
    assert_int_equal(audit.checks[0].total, 4);
    assert_int_equal(audit.checks[0].non_compliant, 2);
    assert_int_equal(audit.checks[0].unjudged, 1);
    fixture_close(&f);
}

/* ---- what ends ------------------------------------------------------------------------------- */

static void put_ca(struct audit_fixture *f, const char *name)
{
    const struct account_ctx ctx = fixture_ctx(f);
    const struct cert *cert = NULL;
    struct ca_certificate row = {
        .status = STR("ACTIVE"), .auto_registration = STR("DISABLE"), .mode = STR("DEFAULT")};
    CHECK_OK(cert_read(f->mem, vector_read(f->mem, name), &cert, NULL));
    CHECK_OK(cert_intake_ca(&ctx, cert, &row, NULL));
    const struct certificate_der der = {.id = cert->id, .der = cert->der};
    fixture_put(f, TABLE(ca_certificate), &row);
    fixture_put(f, TABLE(certificate_der), &der);
}

/* The list, alone in a folder. */
static const char *folder_with(struct audit_fixture *f, struct str body)
{
    const char *folder = temp_dir_make(f->mem);
    struct str path;
    CHECK_OK(str_fmt(f->mem, &path, NULL, "%s/list.crl", folder));
    FILE *file = fopen(str_z(f->mem, path), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(body.ptr, 1, body.len, file), body.len);
    assert_int_equal(fclose(file), 0);
    return folder;
}

static void check_ending(struct str line)
{
    struct audit_fixture f;
    struct str word[4], code = line, task;
    enum check_id check;
    fixture_open(&f);
    for (int i = 0; i < 4; i++) {
        assert_true(str_next(&code, ' ', &word[i]));
    }
    assert_true(check_find(word[0], &check));
    CHECK_OK(time_parse(word[3], &f.now, NULL));
    const char *name = str_z(f.mem, word[1]);
    const char *folder = folder_with(&f, vector_read(f.mem, name));
    if (check == CHECK_REVOCATION_LIST_EXPIRING) {
        put_ca(&f, str_z(f.mem, word[2]));
        f.options.crl_dir = str_from(folder);
    } else {
        CHECK_OK(str_fmt(f.mem, &f.options.watch.places, NULL, "%s/%s", VECTORS_DIR, name));
    }
    struct page_rows findings = audit(&f, check, &task);
    const struct finding *finding = findings.rows;
    bool right =
        code.len == 0 ? findings.n == 0 : findings.n == 1 && str_eq(finding->reason_code, code);
    struct audit_described done = fixture_describe(&f, task);
    if (!right || done.checks[0].unjudged != 0 || done.checks[0].total != 1) {
        fail_msg("%.*s: %zu findings, %d not judged", STR_ARG(line), findings.n,
                 (int)done.checks[0].unjudged);
    }
    temp_dir_remove(folder);
    fixture_close(&f);
}

static void each_case_of_what_ends_has_its_code(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct str text = vector_read(mem, "expiry/cases.txt");
    struct str line;
    size_t n = 0;
    while (str_next(&text, '\n', &line)) {
        if (line.len > 0 && line.ptr[0] != '#') {
            check_ending(line);
            n++;
        }
    }
    assert_int_equal(n, 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles_that_serve_strangers_are_found),
        cmocka_unit_test(each_case_of_what_ends_has_its_code),
    };
    return RUN_TESTS("extensions", tests);
}
