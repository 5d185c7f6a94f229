/* Revocation lists of the fleet, and the check of when they end. */
#include "audit/list_subject.h"

#include <string.h>

#include "audit/check.h"
#include "audit_net.h"
#include "lib/files.h"

#define CHECK CHECK_REVOCATION_LIST_EXPIRING
#define URL   "http://r/c"

struct world {
    struct audit_fixture f;
    struct net net;
    struct authority ca;
};

/* A registered CA, and a device whose certificate names its list. */
static void world_open(struct world *w, const char *url)
{
    net_open(&w->net, &w->f);
    w->ca = net_root(&w->net, "Root");
    net_register_ca(&w->f, w->ca.cert, "ACTIVE");
    net_register(&w->f, net_device(&w->f, &w->ca, url, NULL));
}

static struct bytes list_until(struct world *w, int64_t next_update)
{
    struct bytes der;
    CHECK_OK(issue_crl(w->f.mem, w->ca.issuer, NULL, 0, w->f.now - 10 * (int64_t)DAY_MS,
                       next_update, 1, &der, NULL));
    return der;
}

/* ---- when a list ends ------------------------------------------------------------------------ */

static void lists_are_judged_at_their_boundaries(void **state)
{
    (void)state;
    static const struct {
        int64_t next_update; /* from now */
        const char *code;    /* NULL: compliant */
    } rows[] = {
        {-3 * (int64_t)DAY_MS, "REVOCATION_LIST_PAST_NEXT_UPDATE"},
        {0, "REVOCATION_LIST_PAST_NEXT_UPDATE"},
        {SECOND_MS, "REVOCATION_LIST_APPROACHING_NEXT_UPDATE"},
        {DAY_MS, "REVOCATION_LIST_APPROACHING_NEXT_UPDATE"},
        {DAY_MS + SECOND_MS, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world w;
        world_open(&w, URL);
        net_serve(&w.net, URL, str_of_bytes(list_until(&w, w.f.now + rows[i].next_update)));
        struct net_outcome out = net_audit(&w.f, CHECK);
        if (out.findings.n != (rows[i].code != NULL)) {
            fail_msg("row %zu has %zu findings", i, out.findings.n);
        }
        assert_int_equal(out.check.total, 1);
        assert_int_equal(out.check.unjudged, 0);
        if (rows[i].code != NULL) {
            const struct finding *finding = out.findings.rows;
            CHECK_STR(finding->reason_code, rows[i].code);
            CHECK_STR(finding->resource_type, "ISSUER_CERTIFICATE");
            assert_true(net_says(finding->resource, "\"issuerCertificateSubject\":\"CN=Root\""));
            assert_true(net_says(finding->reason, URL));
            assert_true(net_says(finding->info, "NEXT_UPDATE_TIME"));
        }
        net_close(&w.net);
    }
}

/* The issuing side of this program always gives one: a list made by hand. */
static void a_list_that_names_no_end_is_found(void **state)
{
    (void)state;
    struct audit_verdicts verdicts = {.n = 0};
    AUTO_ARENA *mem = arena_new(1 << 16);
    const struct revocation_list_seen list = {.source = STR("file:a.crl"),
                                              .next_update = TIME_NEVER};
    const struct revocation_list_seen *lists[] = {&list, &list};
    const struct cert cert = {.id = STR("aa")};
    const struct list_subject subject = {.issuer = &cert, .lists = lists, .n = 2};
    const struct audit_facts facts = {.now = 1000, .threshold_days = 1};
    CHECK_OK(audit_checks[CHECK]->judge(&facts, &subject, mem, &verdicts, NULL));
    assert_int_equal(verdicts.n, 1);
    CHECK_STR(verdicts.list[0].code, "REVOCATION_LIST_LACKS_NEXT_UPDATE");
    CHECK_STR(verdicts.list[0].reason,
              "The revocation list file:a.crl does not say until when it holds; so does 1 more "
              "list of this issuer: an old copy of it cannot be told from a new one.");
}

/* ---- what cannot be judged ------------------------------------------------------------------- */

static void a_list_that_cannot_be_had_or_believed_is_said(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, URL);
    CHECK_UNKNOWN(net_audit(&w.f, CHECK), "nobody answers");
    net_serve(&w.net, URL, STR("no list"));
    CHECK_UNKNOWN(net_audit(&w.f, CHECK), "cannot be read");
    struct authority other = net_root(&w.net, "Root"); /* a namesake */
    struct bytes der = net_list(&w.f, &other, NULL, 0, 30);
    net_serve(&w.net, URL, str_of_bytes(der));
    CHECK_UNKNOWN(net_audit(&w.f, CHECK), "signature cannot be verified");
    der = net_list(&w.f, &other, NULL, 0, -1); /* stale besides: nobody's word */
    net_serve(&w.net, URL, str_of_bytes(der));
    CHECK_UNKNOWN(net_audit(&w.f, CHECK), "the list is stale");
    net_close(&w.net);
}

static void a_list_that_is_not_fetched_is_said(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "ldap://directory/cn=ca");
    CHECK_UNKNOWN(net_audit(&w.f, CHECK), "the list is not fetched");
    net_close(&w.net);
}

/* ---- which lists ----------------------------------------------------------------------------- */

static void write_file(const char *folder, const char *name, struct bytes body)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(body.ptr, 1, body.len, file), body.len);
    assert_int_equal(fclose(file), 0);
}

static void lists_of_the_folder_count_when_the_fleet_has_their_issuer(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, NULL);
    const char *folder = temp_dir_make(w.f.mem);
    w.f.options.crl_dir = str_from(folder);
    struct authority stranger = net_root(&w.net, "Stranger");
    write_file(folder, "stale.crl", list_until(&w, w.f.now - SECOND_MS));
    write_file(folder, "staler.crl", list_until(&w, w.f.now - 2 * (int64_t)DAY_MS));
    write_file(folder, "good.crl", list_until(&w, w.f.now + 30 * (int64_t)DAY_MS));
    write_file(folder, "stranger.crl", net_list(&w.f, &stranger, NULL, 0, -1));
    struct net_outcome out = net_audit(&w.f, CHECK);
    assert_int_equal(out.findings.n, 1);
    assert_int_equal(out.check.total, 1);
    assert_int_equal(out.check.non_compliant, 1);
    assert_int_equal(out.check.unjudged, 0);
    const struct finding *finding = out.findings.rows;
    assert_true(net_says(finding->reason, "file:staler.crl ended"));
    assert_true(net_says(finding->reason, "2 days ago; so does 1 more list of this issuer"));
    write_file(folder, "broken.crl", (struct bytes){(const uint8_t *)"0", 1});
    out = net_audit(&w.f, CHECK);
    assert_int_equal(out.findings.n, 1);
    assert_int_equal(out.check.unjudged, 1);
    assert_true(net_says(out.check.message, "file:broken.crl"));
    temp_dir_remove(folder);
    net_close(&w.net);
}

/* The lists of an intermediate are named by its own certificate. */
static void lists_of_intermediates_count(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, NULL);
    struct authority mid = net_below(&w.net, &w.ca, "Mid", URL, NULL);
    net_register_ca(&w.f, mid.cert, "INACTIVE"); /* so that only the chain leads to its list */
    net_register(&w.f, net_device(&w.f, &mid, NULL, NULL));
    net_serve(&w.net, URL, str_of_bytes(list_until(&w, w.f.now - SECOND_MS)));
    struct net_outcome out = net_audit(&w.f, CHECK);
    assert_int_equal(out.findings.n, 1);
    net_close(&w.net);
}

static void an_account_without_lists_is_compliant(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, NULL);
    struct net_outcome out = net_audit(&w.f, CHECK);
    assert_int_equal(out.findings.n, 0);
    assert_int_equal(out.check.total, 0);
    assert_int_equal(out.check.unjudged, 0);
    net_close(&w.net);
}

/* ---- kept lists ------------------------------------------------------------------------------ */

/* A list that ends soon is fetched anew before it is said to end; when that fails it still holds.
 */
static void a_kept_list_is_renewed_before_it_is_found(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, URL);
    net_serve(&w.net, URL, str_of_bytes(list_until(&w, w.f.now + 5 * (int64_t)DAY_MS)));
    assert_int_equal(net_audit(&w.f, CHECK).findings.n, 0);
    assert_int_equal(net_audit(&w.f, CHECK).findings.n, 0);
    assert_int_equal(w.net.fetches, 1); /* kept */
    w.f.now += 4 * (int64_t)DAY_MS + SECOND_MS;
    net_serve(&w.net, URL, STR("the server is being repaired"));
    struct net_outcome out = net_audit(&w.f, CHECK);
    assert_int_equal(w.net.fetches, 2);
    CHECK_UNKNOWN(out, "cannot be read");
    w.net.n = 0; /* nobody answers at all */
    out = net_audit(&w.f, CHECK);
    assert_int_equal(w.net.fetches, 3);
    assert_int_equal(out.findings.n, 1);
    CHECK_STR(((const struct finding *)out.findings.rows)->reason_code,
              "REVOCATION_LIST_APPROACHING_NEXT_UPDATE");
    net_serve(&w.net, URL, str_of_bytes(list_until(&w, w.f.now + 5 * (int64_t)DAY_MS)));
    assert_int_equal(net_audit(&w.f, CHECK).findings.n, 0);
    assert_int_equal(w.net.fetches, 4);
    net_close(&w.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_judged_at_their_boundaries),
        cmocka_unit_test(a_list_that_names_no_end_is_found),
        cmocka_unit_test(a_list_that_cannot_be_had_or_believed_is_said),
        cmocka_unit_test(a_list_that_is_not_fetched_is_said),
        cmocka_unit_test(lists_of_the_folder_count_when_the_fleet_has_their_issuer),
        cmocka_unit_test(lists_of_intermediates_count),
        cmocka_unit_test(an_account_without_lists_is_compliant),
        cmocka_unit_test(a_kept_list_is_renewed_before_it_is_found),
    };
    return RUN_TESTS("list_subject", tests);
}
