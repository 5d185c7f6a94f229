/* How issuers become known and chains are followed. */
#include "audit_net.h"

#define ROOT_LIST "http://pki.test/root.crl"
#define ROOT_CERT "http://pki.test/root.pem"
#define MID_CERT  "http://pki.test/mid.pem"
#define CHAIN     CHECK_INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES

/* root signs mid signs devices; where each is found is in the certificates below. */
struct world {
    struct audit_fixture f;
    struct net net;
    struct authority root, mid;
};

static int open_world(void **state)
{
    static struct world world;
    net_open(&world.net, &world.f);
    world.root = net_root(&world.net, "Root");
    world.mid = net_below(&world.net, &world.root, "Mid", ROOT_LIST, ROOT_CERT);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    net_close(&w->net);
    return 0;
}

static void serve_all(struct world *w, size_t n_revoked)
{
    net_serve(&w->net, ROOT_CERT, w->root.pem);
    net_serve(&w->net, MID_CERT, w->mid.pem);
    net_serve(&w->net, ROOT_LIST,
              str_of_bytes(net_list(&w->f, &w->root, &w->mid.cert, n_revoked, 10)));
}

static struct page_rows related_of(struct world *w, struct str id)
{
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(&w->f);
    const struct page page = {.max = PAGE_ROWS_MAX};
    struct page_rows rows;
    CHECK_OK(store_read_begin(w->f.store, &view, NULL));
    ctx.tx = view;
    CHECK_OK(finding_related(&ctx, id, &page, &rows, NULL));
    return rows;
}

static void a_revoked_intermediate_is_one_finding_with_its_devices(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 3; i++) {
        net_register(&w->f, net_device(&w->f, &w->mid, NULL, MID_CERT));
    }
    serve_all(w, 1);
    struct net_outcome out = net_audit(&w->f, CHAIN);
    assert_int_equal(out.check.total, 2); /* the issuers seen: Mid and Root */
    assert_int_equal(out.check.non_compliant, 1);
    assert_true(str_absent(out.check.message));
    assert_int_equal(out.findings.n, 1);
    const struct finding *finding = out.findings.rows;
    CHECK_STR(finding->reason_code, "INTERMEDIATE_CA_REVOKED_BY_ISSUER");
    CHECK_STR(finding->resource_type, "ISSUER_CERTIFICATE");
    assert_true(net_says(finding->resource, "\"issuerCertificateSubject\":\"CN=Mid\""));
    struct str text;
    CHECK_OK(str_fmt(w->f.mem, &text, NULL, "{\"ISSUER_CERTIFICATE_SERIAL_NUMBER\":\"%.*s\"}",
                     STR_ARG(w->mid.cert->serial_hex)));
    assert_true(str_eq(finding->info, text));
    CHECK_OK(str_fmt(w->f.mem, &text, NULL, "\"issuerId\":\"%.*s\"", STR_ARG(w->mid.cert->id)));
    assert_true(net_says(finding->resource, str_z(w->f.mem, text)));
    struct page_rows related = related_of(w, finding->id);
    assert_int_equal(related.n, 3);
    const struct related_resource *rows = related.rows;
    assert_true(net_says(rows[0].resource, "\"deviceCertificateArn\":\"arn:aws:iot:us-east-1:"
                                           "123456789012:cert/"));
    assert_int_equal(w->net.fetches, 3); /* mid, root, and root's list, each once */
}

/* What the service model bounds: printable ASCII, 1,000 characters. */
static void an_issuers_name_fits_the_contract(void **state)
{
    struct world *w = *state;
    struct authority mid = net_below(&w->net, &w->root, "L\xc3\xb6v", ROOT_LIST, ROOT_CERT);
    net_register(&w->f, net_device(&w->f, &mid, NULL, MID_CERT));
    serve_all(w, 0);
    net_serve(&w->net, MID_CERT, mid.pem);
    net_serve(&w->net, ROOT_LIST, str_of_bytes(net_list(&w->f, &w->root, &mid.cert, 1, 10)));
    struct net_outcome out = net_audit(&w->f, CHAIN);
    assert_int_equal(out.findings.n, 1);
    const struct finding *finding = out.findings.rows;
    assert_true(net_says(finding->resource, "\"issuerCertificateSubject\":\"CN=L\\\\C3\\\\B6v\""));
    assert_true(net_says(finding->reason, "L\xc3\xb6v"));
}

static void a_good_chain_is_compliant(void **state)
{
    struct world *w = *state;
    net_register(&w->f, net_device(&w->f, &w->mid, NULL, MID_CERT));
    serve_all(w, 0);
    struct net_outcome out = net_audit(&w->f, CHAIN);
    CHECK_STR(out.check.status, "COMPLETED_COMPLIANT");
    assert_true(str_absent(out.check.message));
}

static void a_chain_that_cannot_be_followed_is_unknown_and_said(void **state)
{
    struct world *w = *state;
    net_register(&w->f, net_device(&w->f, &w->mid, NULL, MID_CERT));
    CHECK_UNKNOWN(net_audit(&w->f, CHAIN), "issuer CN=Mid is not registered, and none of its "
                                           "addresses gave it");
    serve_all(w, 1);
    w->net.n = 0;
    net_serve(&w->net, MID_CERT, w->mid.pem);
    CHECK_UNKNOWN(net_audit(&w->f, CHAIN), "issuer CN=Root is not registered");
}

static void an_issuer_without_an_address_is_unknown_and_said(void **state)
{
    struct world *w = *state;
    net_register(&w->f, net_device(&w->f, &w->mid, NULL, NULL));
    CHECK_UNKNOWN(net_audit(&w->f, CHAIN), "no address of it is known");
}

/* Whoever answers at the address may send any certificate of the right name. */
static void an_issuer_that_did_not_sign_is_refused(void **state)
{
    struct world *w = *state;
    struct authority other = net_root(&w->net, "Mid");
    net_register(&w->f, net_device(&w->f, &w->mid, NULL, MID_CERT));
    serve_all(w, 1);
    net_serve(&w->net, MID_CERT, other.pem);
    CHECK_UNKNOWN(net_audit(&w->f, CHAIN), "none of its addresses gave it");
}

static void a_self_signed_device_has_no_chain(void **state)
{
    struct world *w = *state;
    struct authority alone = net_root(&w->net, "Device");
    net_register(&w->f, alone.cert);
    struct net_outcome out = net_audit(&w->f, CHAIN);
    CHECK_STR(out.check.status, "COMPLETED_COMPLIANT");
    assert_int_equal(out.check.total, 0);
    assert_true(str_absent(out.check.message));
    assert_int_equal(w->net.fetches, 0);
}

/* A certificate that only says that Mid issued it must not keep Mid's list from being believed. */
static void a_forged_certificate_hides_no_issuer(void **state)
{
    struct world *w = *state;
    struct certificate forged = fixture_cert("00");
    const struct cert *real = net_device(&w->f, &w->mid, "http://pki.test/mid.crl", NULL);
    struct authority liar = net_root(&w->net, "Mid");
    const struct cert *lie = net_device(&w->f, &liar, "http://pki.test/mid.crl", NULL);
    const struct certificate facts = {NET_FACTS(&w->f, real)};
    const struct certificate_der der = {.id = forged.id, .der = lie->der};
    forged.issuer = facts.issuer;
    forged.issuer_hash = facts.issuer_hash;
    forged.authority_key_id = facts.authority_key_id;
    forged.crl_urls = facts.crl_urls;
    fixture_put(&w->f, TABLE(certificate), &forged);
    fixture_put(&w->f, TABLE(certificate_der), &der);
    net_register(&w->f, real);
    net_register_ca(&w->f, w->mid.cert, "INACTIVE");
    net_serve(&w->net, "http://pki.test/mid.crl",
              str_of_bytes(net_list(&w->f, &w->mid, &real, 1, 10)));
    struct net_outcome out = net_audit(&w->f, CHECK_REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE);
    assert_int_equal(out.findings.n, 1);
    const struct finding *finding = out.findings.rows;
    assert_true(str_ends(finding->resource_key, real->id));
}

static void different_addresses_are_asked_side_by_side(void **state)
{
    struct world *w = *state;
    net_register_ca(&w->f, w->root.cert, "ACTIVE");
    net_register(&w->f, net_device(&w->f, &w->root, "http://pki.test/a.crl", NULL));
    net_register(&w->f, net_device(&w->f, &w->root, "http://pki.test/b.crl", NULL));
    net_register(&w->f, net_device(&w->f, &w->root, "http://pki.test/a.crl", NULL));
    struct net_outcome out = net_audit(&w->f, CHECK_REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE);
    CHECK_UNKNOWN(out, "3 resources could not be judged");
    assert_int_equal(w->net.runs, 1);
    assert_int_equal(w->net.fetches, 2);
}

static void a_canceled_fetch_leaves_the_task_to_whoever_canceled_it(void **state)
{
    struct world *w = *state;
    net_register_ca(&w->f, w->root.cert, "ACTIVE");
    net_register(&w->f, net_device(&w->f, &w->root, ROOT_LIST, NULL));
    w->net.cancel = true;
    struct str task = fixture_start(&w->f, CHECK_REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE);
    struct audit_runner *runner = NULL;
    CHECK_OK(audit_runner_start(&w->f.options, &runner, NULL));
    audit_runner_stop(runner);
    CHECK_STR(fixture_describe(&w->f, task).task.status, "IN_PROGRESS");
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(a_revoked_intermediate_is_one_finding_with_its_devices),
        IN_WORLD(an_issuers_name_fits_the_contract),
        IN_WORLD(a_good_chain_is_compliant),
        IN_WORLD(a_chain_that_cannot_be_followed_is_unknown_and_said),
        IN_WORLD(an_issuer_without_an_address_is_unknown_and_said),
        IN_WORLD(an_issuer_that_did_not_sign_is_refused),
        IN_WORLD(a_self_signed_device_has_no_chain),
        IN_WORLD(a_forged_certificate_hides_no_issuer),
        IN_WORLD(different_addresses_are_asked_side_by_side),
        IN_WORLD(a_canceled_fetch_leaves_the_task_to_whoever_canceled_it),
    };
    return RUN_TESTS("revocation_gather", tests);
}
