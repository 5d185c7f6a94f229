/* Lists from a folder: for fleets without a network. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit_net.h"
#include "lib/files.h"

#define REVOKED CHECK_REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE

struct world {
    struct audit_fixture f;
    struct net net;
    struct authority ca;
    const struct cert *device; /* names no list */
    const char *folder;
};

static int open_world(void **state)
{
    static struct world world;
    net_open(&world.net, &world.f);
    world.ca = net_root(&world.net, "Root");
    world.device = net_device(&world.f, &world.ca, NULL, NULL);
    net_register_ca(&world.f, world.ca.cert, "ACTIVE");
    net_register(&world.f, world.device);
    world.folder = temp_dir_make(world.f.mem);
    world.f.options.crl_dir = str_from(world.folder);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    temp_dir_remove(w->folder);
    net_close(&w->net);
    return 0;
}

static void write_file(struct world *w, const char *name, struct str body)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", w->folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(body.ptr, 1, body.len, file), body.len);
    assert_int_equal(fclose(file), 0);
}

static void lists_of_the_folder_revoke_whatever_their_form(void **state)
{
    struct world *w = *state;
    struct bytes der = net_list(&w->f, &w->ca, &w->device, 1, 10);
    const struct {
        const char *name;
        struct str body;
    } rows[] = {{"a.crl", str_of_bytes(der)},
                {"a.der", str_of_bytes(der)},
                {"a.pem", net_list_pem(&w->f, der)},
                {"b.crl", net_list_pem(&w->f, der)}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_file(w, rows[i].name, rows[i].body);
        struct net_outcome out = net_audit(&w->f, REVOKED);
        assert_int_equal(out.findings.n, 1);
        const struct finding *finding = out.findings.rows;
        assert_true(net_says(finding->reason, "file:"));
        temp_dir_remove(w->folder);
        assert_int_equal(mkdir(w->folder, 0700), 0);
    }
    assert_int_equal(w->net.fetches, 0);
}

/* The folder is the way out for lists that are not fetched. */
static void a_list_of_the_folder_speaks_for_points_that_are_not_fetched(void **state)
{
    struct world *w = *state;
    const struct cert *good = net_device(&w->f, &w->ca, "ldap://dir.test/cn=ca", NULL);
    net_register(&w->f, good);
    CHECK_UNKNOWN(net_audit(&w->f, REVOKED), "ldap://dir.test/cn=ca: the list is not fetched");
    write_file(w, "a.crl", str_of_bytes(net_list(&w->f, &w->ca, &w->device, 1, 10)));
    struct net_outcome out = net_audit(&w->f, REVOKED);
    assert_int_equal(out.findings.n, 1);
    assert_int_equal(out.check.unjudged, 0);
    write_file(w, "a.crl", str_of_bytes(net_list(&w->f, &w->ca, &good, 1, 10)));
    out = net_audit(&w->f, REVOKED);
    const struct finding *finding = out.findings.rows;
    assert_int_equal(out.findings.n, 1);
    assert_true(str_ends(finding->resource_key, good->id));
}

static void other_files_are_not_read(void **state)
{
    struct world *w = *state;
    write_file(w, "README.txt", STR("no list"));
    struct net_outcome out = net_audit(&w->f, REVOKED);
    CHECK_STR(out.check.status, "COMPLETED_COMPLIANT");
    assert_true(str_absent(out.check.message));
}

static void a_good_list_of_the_folder_says_not_revoked(void **state)
{
    struct world *w = *state;
    write_file(w, "a.crl", str_of_bytes(net_list(&w->f, &w->ca, NULL, 0, 10)));
    write_file(w, "broken.crl", STR("?")); /* another list answers: no matter */
    struct net_outcome out = net_audit(&w->f, REVOKED);
    CHECK_STR(out.check.status, "COMPLETED_COMPLIANT");
    assert_true(str_absent(out.check.message));
}

/* The only list there is cannot be used: that is no "not revoked". */
static void a_list_that_cannot_be_used_leaves_unknown(void **state)
{
    struct world *w = *state;
    struct authority namesake = net_root(&w->net, "Root");
    const struct {
        struct str body;
        const char *says;
    } rows[] = {
        {str_of_bytes(net_list(&w->f, &w->ca, NULL, 0, 0)), "stale"},
        {STR("?"), "the list cannot be read"},
        {STR(""), "the list cannot be read"},
        {str_of_bytes(net_list(&w->f, &namesake, NULL, 0, 10)), "signature cannot be verified"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_file(w, "a.crl", rows[i].body);
        CHECK_UNKNOWN(net_audit(&w->f, REVOKED), rows[i].says);
    }
}

static void a_list_whose_issuer_is_not_known_leaves_unknown(void **state)
{
    struct world *w = *state;
    struct authority far = net_root(&w->net, "Far");
    net_register(&w->f, net_device(&w->f, &far, NULL, NULL));
    write_file(w, "far.crl", str_of_bytes(net_list(&w->f, &far, NULL, 0, 10)));
    CHECK_UNKNOWN(net_audit(&w->f, REVOKED), "1 resource could not be judged");
    net_register_ca(&w->f, far.cert, "INACTIVE");
    assert_true(str_absent(net_audit(&w->f, REVOKED).check.message));
}

static void another_issuers_list_is_no_matter(void **state)
{
    struct world *w = *state;
    struct authority far = net_root(&w->net, "Far");
    write_file(w, "far.crl", str_of_bytes(net_list(&w->f, &far, &w->device, 1, 10)));
    struct net_outcome out = net_audit(&w->f, REVOKED);
    CHECK_STR(out.check.status, "COMPLETED_COMPLIANT");
    assert_true(str_absent(out.check.message));
}

static void what_is_no_file_is_not_waited_for(void **state)
{
    struct world *w = *state;
    char path[512];
    snprintf(path, sizeof path, "%s/pipe.crl", w->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    CHECK_UNKNOWN(net_audit(&w->f, REVOKED), "it is not a regular file");
}

static void a_folder_that_is_gone_is_said_and_ends_no_audit(void **state)
{
    struct world *w = *state;
    w->f.options.crl_dir = STR("/nonexistent/lists");
    CHECK_UNKNOWN(net_audit(&w->f, REVOKED), "the crl folder cannot be opened");
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(lists_of_the_folder_revoke_whatever_their_form),
        IN_WORLD(a_list_of_the_folder_speaks_for_points_that_are_not_fetched),
        IN_WORLD(other_files_are_not_read),
        IN_WORLD(a_good_list_of_the_folder_says_not_revoked),
        IN_WORLD(a_list_that_cannot_be_used_leaves_unknown),
        IN_WORLD(a_list_whose_issuer_is_not_known_leaves_unknown),
        IN_WORLD(another_issuers_list_is_no_matter),
        IN_WORLD(what_is_no_file_is_not_waited_for),
        IN_WORLD(a_folder_that_is_gone_is_said_and_ends_no_audit),
    };
    return RUN_TESTS("crl_dir", tests);
}
