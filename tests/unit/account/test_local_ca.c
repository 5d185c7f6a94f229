/* The authority of the server's own, in its two files. */
#include "account/local_ca.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files.h"
#include "pki.h"
#include "x509/verify.h"

static char *path_in(struct fixture *f, const char *folder, const char *name)
{
    struct str path;
    CHECK_OK(str_fmt(f->ctx.mem, &path, &f->why, "%s/%s", folder, name));
    return str_z(f->ctx.mem, path);
}

static enum status open_in(struct fixture *f, const char *folder, struct local_ca **ret)
{
    return local_ca_open(f->ctx.mem, str_from(folder), f->ctx.id.account, &f->ctx.clock,
                         &f->ctx.rnd, ret, &f->why);
}

static void assert_private(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void the_first_start_makes_it_and_the_next_finds_it(void **state)
{
    struct fixture *f = *state;
    const char *folder = temp_dir_make(f->ctx.mem);
    struct local_ca *ca;
    struct local_ca *again;
    CHECK_OK(open_in(f, folder, &ca));
    assert_private(path_in(f, folder, "local-ca.key"));
    assert_private(path_in(f, folder, "local-ca.pem"));
    assert_int_equal(access(path_in(f, folder, "local-ca.key.new"), F_OK), -1);
    CHECK_OK(open_in(f, folder, &again));
    assert_true(str_eq(local_ca_pem_get(ca), local_ca_pem_get(again)));
    const struct cert *cert;
    CHECK_OK(cert_read(f->ctx.mem, local_ca_pem_get(ca), &cert, &f->why));
    CHECK_STR(cert->subject, "CN=Bulwark local CA of account 123456789012");
    assert_true(cert->ca && cert->self_signed && cert->path_length == 0);
    local_ca_close(ca);
    local_ca_close(again);
    local_ca_close(NULL);
    temp_dir_remove(folder);
}

static void what_it_issues_is_valid_now_and_until_2049(void **state)
{
    struct fixture *f = *state;
    const char *folder = temp_dir_make(f->ctx.mem);
    struct local_ca *ca;
    struct key_pair pair;
    struct bytes der;
    const struct cert *cert;
    const struct cert *issuer;
    CHECK_OK(open_in(f, folder, &ca));
    CHECK_OK(key_make(f->ctx.mem, KEY_SPEC_P256, &pair, &f->why));
    CHECK_OK(local_ca_issue(f->ctx.mem, ca, pair.spki, (struct bytes){NULL, 0}, &f->ctx.clock,
                            &f->ctx.rnd, &der, &f->why));
    CHECK_OK(cert_read(f->ctx.mem, str_of_bytes(der), &cert, &f->why));
    CHECK_OK(cert_read(f->ctx.mem, local_ca_pem_get(ca), &issuer, &f->why));
    CHECK_OK(cert_signed_by(cert, issuer, &f->why));
    CHECK_OK(cert_check_supported(cert, &f->why));
    CHECK_OK(cert_check_time(cert, f->now, &f->why));
    assert_true(cert->not_after == ISSUE_NOT_AFTER);
    CHECK_STR(cert->subject, "CN=AWS IoT Certificate");
    assert_false(cert->ca);
    const struct cert *named = pki_cert(f, "device-p384.pem");
    CHECK_OK(local_ca_issue(f->ctx.mem, ca, pair.spki, named->subject_der, &f->ctx.clock,
                            &f->ctx.rnd, &der, &f->why));
    CHECK_OK(cert_read(f->ctx.mem, str_of_bytes(der), &cert, &f->why));
    CHECK_STR(cert->subject, "CN=pump-3");
    local_ca_close(ca);
    temp_dir_remove(folder);
}

static void a_key_without_its_certificate_is_made_anew(void **state)
{
    struct fixture *f = *state;
    const char *folder = temp_dir_make(f->ctx.mem);
    struct local_ca *ca;
    CHECK_OK(open_in(f, folder, &ca));
    struct str before = local_ca_pem_get(ca);
    local_ca_close(ca);
    assert_int_equal(unlink(path_in(f, folder, "local-ca.pem")), 0);
    CHECK_OK(open_in(f, folder, &ca));
    assert_false(str_eq(local_ca_pem_get(ca), before));
    local_ca_close(ca);
    temp_dir_remove(folder);
}

static void a_certificate_without_its_key_is_an_error_and_stays(void **state)
{
    struct fixture *f = *state;
    const char *folder = temp_dir_make(f->ctx.mem);
    struct local_ca *ca;
    CHECK_OK(open_in(f, folder, &ca));
    local_ca_close(ca);
    assert_int_equal(unlink(path_in(f, folder, "local-ca.key")), 0);
    CHECK_REFUSED(f, STATUS_CORRUPT, "local-ca.key", open_in(f, folder, &ca));
    assert_int_equal(access(path_in(f, folder, "local-ca.pem"), F_OK), 0);
    assert_int_equal(access(path_in(f, folder, "local-ca.key"), F_OK), -1);
    temp_dir_remove(folder);
}

static void a_key_that_others_may_read_is_refused(void **state)
{
    struct fixture *f = *state;
    const char *folder = temp_dir_make(f->ctx.mem);
    struct local_ca *ca;
    CHECK_OK(open_in(f, folder, &ca));
    local_ca_close(ca);
    assert_int_equal(chmod(path_in(f, folder, "local-ca.key"), 0640), 0);
    CHECK_REFUSED(f, STATUS_DENIED, "mode 640", open_in(f, folder, &ca));
    temp_dir_remove(folder);
}

static void files_of_two_authorities_are_refused(void **state)
{
    struct fixture *f = *state;
    const char *one = temp_dir_make(f->ctx.mem);
    const char *two = temp_dir_make(f->ctx.mem);
    struct local_ca *ca;
    CHECK_OK(open_in(f, one, &ca));
    local_ca_close(ca);
    CHECK_OK(open_in(f, two, &ca));
    local_ca_close(ca);
    assert_int_equal(rename(path_in(f, one, "local-ca.key"), path_in(f, two, "local-ca.key")), 0);
    CHECK_REFUSED(f, STATUS_CERT_INVALID, "", open_in(f, two, &ca));
    temp_dir_remove(one);
    temp_dir_remove(two);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    struct fixture *f = *state;
    struct local_ca *ca;
    CHECK_REFUSED(f, STATUS_IO, "/nonexistent/", open_in(f, "/nonexistent", &ca));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_start_makes_it_and_the_next_finds_it),
        TEST(what_it_issues_is_valid_now_and_until_2049),
        TEST(a_key_without_its_certificate_is_made_anew),
        TEST(a_certificate_without_its_key_is_an_error_and_stays),
        TEST(a_key_that_others_may_read_is_refused),
        TEST(files_of_two_authorities_are_refused),
        TEST(a_folder_that_is_not_there_is_named),
    };
    return RUN_TESTS("account/local_ca", tests);
}
