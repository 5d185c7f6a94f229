#include "lib/check.h"
#include "lib/fault.h"
#include "lib/files.h"

#include "base/buf.h"
#include "base/limits.h"
#include "codec/hex.h"
#include "x509/crl.h"

enum { TEST_MEMORY = 8 << 20 };

static enum status read_text(struct arena *mem, struct str text, struct crl *crl, struct why *why)
{
    struct bytes der;
    TRY(crl_decode(mem, text, &der, why));
    return crl_read(mem, der, crl, why);
}

static struct str hex(struct arena *mem, struct bytes b)
{
    struct str text = STR_ABSENT;
    CHECK_OK(hex_dup(mem, b, &text, NULL));
    return text;
}

/* What make-vectors writes down of a list. */
static struct str render(struct arena *mem, const struct crl *crl)
{
    struct buf out;
    struct str text = STR_ABSENT;
    buf_init(&out, mem, 1 << 20);
    buf_put_fmt(&out, "version: %d\nissuer: %.*s\nthis_update: %lld\nnext_update: %lld\n",
                crl->version, STR_ARG(crl->issuer), (long long)crl->this_update,
                (long long)crl->next_update);
    buf_put_fmt(&out, "number: %.*s\nscope: %s%s%s%s\n", STR_ARG(hex(mem, crl->number)),
                crl->only_users ? "users" : "", crl->only_cas ? "cas" : "",
                crl->only_attributes ? "attributes" : "", crl->some_reasons ? "some-reasons" : "");
    for (size_t i = 0; i < crl->n_entries; i++) {
        const struct crl_entry *entry = &crl->entries[i];
        struct bytes serial = {entry->serial, entry->serial_len};
        buf_put_fmt(&out, "entry: %.*s %lld %s\n", STR_ARG(hex(mem, serial)),
                    (long long)entry->revoked_at, crl_reason_name(entry->reason));
    }
    CHECK_OK(buf_finish(&out, &text, NULL));
    return text;
}

static void every_list_is_read_as_openssl_made_it(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct str names = vector_read(mem, "x509/crl.list");
    struct str name;
    size_t n = 0;
    while (str_next(&names, '\n', &name) && name.len > 0) {
        char path[128];
        struct crl crl;
        struct why why = {.text = ""};
        snprintf(path, sizeof path, "x509/%.*s.crl", STR_ARG(name));
        if (read_text(mem, vector_read(mem, path), &crl, &why) != STATUS_OK) {
            fail_msg("%s: %s", path, why.text);
        }
        snprintf(path, sizeof path, "x509/%.*s.crl.txt", STR_ARG(name));
        CHECK_STR(render(mem, &crl), str_z(mem, vector_read(mem, path)));
        n++;
    }
    assert_true(n >= 10);
}

static void what_is_wrong_is_refused_with_its_reason(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct str rows = vector_read(mem, "x509/crl-bad.list");
    struct str row;
    size_t n = 0;
    while (str_next(&rows, '\n', &row) && row.len > 0) {
        struct str file = STR_ABSENT;
        struct str status = STR_ABSENT;
        char path[128];
        struct crl crl = {.version = 77};
        struct why why = {.text = ""};
        assert_true(str_next(&row, '\t', &file) && str_next(&row, '\t', &status));
        snprintf(path, sizeof path, "x509/%.*s", STR_ARG(file));
        enum status got = read_text(mem, vector_read(mem, path), &crl, &why);
        if (got == STATUS_OK || !str_eq(str_from(status_name(got)), status) ||
            strstr(why.text, str_z(mem, row)) == NULL) {
            fail_msg("%s: got %s \"%s\"", path, status_name(got), why.text);
        }
        assert_int_equal(crl.version, 77);
        n++;
    }
    assert_true(n >= 25);
}

static void no_cut_of_a_list_is_a_list(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct bytes der = bytes_of_str(vector_read(mem, "x509/root-crl.der"));
    struct crl crl;
    for (size_t len = 0; len < der.len; len++) {
        CHECK_STATUS(crl_read(mem, (struct bytes){der.ptr, len}, &crl, NULL), STATUS_MALFORMED);
    }
    CHECK_OK(crl_read(mem, der, &crl, NULL));
}

static void der_is_lent_and_pem_is_the_same_list(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct str der = vector_read(mem, "x509/root-crl.der");
    struct bytes lent;
    struct bytes decoded;
    CHECK_OK(crl_decode(mem, der, &lent, NULL));
    assert_ptr_equal(lent.ptr, der.ptr);
    CHECK_OK(crl_decode(mem, vector_read(mem, "x509/root.crl"), &decoded, NULL));
    assert_true(str_eq(str_of_bytes(lent), str_of_bytes(decoded)));
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    AUTO_ARENA *files = arena_new(TEST_MEMORY);
    struct str pem = vector_read(files, "x509/root.crl");
    for (size_t max = 0;; max += 64) {
        AUTO_ARENA *mem = arena_new(max);
        struct crl crl = {.version = 77};
        enum status status = read_text(mem, pem, &crl, NULL);
        if (status == STATUS_OK) {
            assert_true(max > 1024);
            break;
        }
        CHECK_STATUS(status, STATUS_NO_MEMORY);
        assert_int_equal(crl.version, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_list_is_read_as_openssl_made_it),
        cmocka_unit_test(what_is_wrong_is_refused_with_its_reason),
        cmocka_unit_test(no_cut_of_a_list_is_a_list),
        cmocka_unit_test(der_is_lent_and_pem_is_the_same_list),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return RUN_TESTS("crl_read", tests);
}
