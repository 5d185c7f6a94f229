/* What lists say of a certificate, and above all what they do not say. */
#include "audit/revocation_priv.h"

#include "audit_net.h"
#include "base/limits.h"

#define LIST    "http://pki.test/ca.crl"
#define REVOKED CHECK_REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE

struct world {
    struct audit_fixture f;
    struct net net;
    struct authority ca;
    const struct cert *good;
    const struct cert *bad; /* the one that lists name */
};

static int open_world(void **state)
{
    static struct world world;
    net_open(&world.net, &world.f);
    world.ca = net_root(&world.net, "Root");
    world.good = net_device(&world.f, &world.ca, LIST, NULL);
    world.bad = net_device(&world.f, &world.ca, LIST, NULL);
    net_register_ca(&world.f, world.ca.cert, "ACTIVE");
    net_register(&world.f, world.good);
    net_register(&world.f, world.bad);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    net_close(&w->net);
    return 0;
}

static void revoked_once(struct world *w)
{
    struct net_outcome out = net_audit(&w->f, REVOKED);
    assert_int_equal(out.check.total, 2);
    assert_int_equal(out.check.non_compliant, 1);
    assert_true(str_absent(out.check.message));
    assert_int_equal(out.findings.n, 1);
    const struct finding *finding = out.findings.rows;
    CHECK_STR(finding->reason_code, "CERTIFICATE_REVOKED_BY_ISSUER");
    assert_true(str_ends(finding->resource_key, w->bad->id));
    assert_true(net_says(finding->reason, "keyCompromise"));
    assert_true(net_says(finding->reason, LIST));
}

static void a_der_list_revokes(void **state)
{
    struct world *w = *state;
    net_serve(&w->net, LIST, str_of_bytes(net_list(&w->f, &w->ca, &w->bad, 1, 10)));
    revoked_once(w);
    assert_int_equal(w->net.fetches, 1); /* two certificates, one address */
}

static void a_pem_list_revokes_and_is_kept_until_its_next_update(void **state)
{
    struct world *w = *state;
    net_serve(&w->net, LIST, net_list_pem(&w->f, net_list(&w->f, &w->ca, &w->bad, 1, 10)));
    revoked_once(w);
    revoked_once(w);
    assert_int_equal(w->net.fetches, 1);
    w->f.now += 10 * (int64_t)DAY_MS;
    CHECK_UNKNOWN(net_audit(&w->f, REVOKED), "2 resources could not be judged");
    assert_int_equal(w->net.fetches, 2);
}

static void a_list_that_cannot_be_used_leaves_unknown(void **state)
{
    struct world *w = *state;
    struct authority other = net_root(&w->net, "Root");
    struct authority stranger = net_root(&w->net, "Stranger");
    struct bytes list = net_list(&w->f, &w->ca, &w->bad, 1, 10);
    struct bytes broken;
    CHECK_OK(bytes_dup(w->f.mem, list, &broken, NULL));
    ((uint8_t *)(uintptr_t)broken.ptr)[broken.len - 1] ^= 1;
    struct bytes early;
    CHECK_OK(issue_crl(w->f.mem, w->ca.issuer, NULL, 0, w->f.now + 1000, w->f.now + 2000, 1, &early,
                       NULL));
    const struct {
        struct str body;
        const char *says;
    } rows[] = {
        {STR_ABSENT, "cannot be fetched: nobody answers"},
        {STR("<html>"), "cannot be read"},
        {str_of_bytes(net_list(&w->f, &w->ca, &w->bad, 1, 0)), "stale"},
        {str_of_bytes(early), "from the future"},
        {str_of_bytes(broken), "signature cannot be verified"},
        {str_of_bytes(net_list(&w->f, &other, &w->bad, 1, 10)), "signature cannot be verified"},
        {str_of_bytes(net_list(&w->f, &stranger, &w->bad, 1, 10)), "no certificate of its issuer"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        w->net.n = 0;
        if (!str_absent(rows[i].body)) {
            net_serve(&w->net, LIST, rows[i].body);
        }
        CHECK_UNKNOWN(net_audit(&w->f, REVOKED), rows[i].says);
    }
}

static void without_a_network_nothing_is_judged(void **state)
{
    struct world *w = *state;
    w->f.options.fetcher = NULL;
    CHECK_UNKNOWN(net_audit(&w->f, REVOKED), "the network is not asked");
}

static void a_namesakes_list_says_nothing(void **state)
{
    struct world *w = *state;
    struct authority other = net_root(&w->net, "Root");
    const struct cert *device = net_device(&w->f, &other, "http://pki.test/other.crl", NULL);
    net_register_ca(&w->f, other.cert, "ACTIVE");
    net_register(&w->f, device);
    /* Both lists are genuine; they lie at each other's address. */
    net_serve(&w->net, LIST, str_of_bytes(net_list(&w->f, &other, &w->bad, 1, 10)));
    net_serve(&w->net, "http://pki.test/other.crl",
              str_of_bytes(net_list(&w->f, &w->ca, &device, 1, 10)));
    struct net_outcome out = net_audit(&w->f, REVOKED);
    /* In the order in which the fleet's ids, which are digests, led to them. */
    CHECK_UNKNOWN(out, "3 resources could not be judged. http://pki.test/");
    CHECK_UNKNOWN(out, "/ca.crl: the list is another issuer's.");
    CHECK_UNKNOWN(out, "/other.crl: the list is another issuer's.");
}

static void a_certificate_without_a_list_is_not_revoked(void **state)
{
    struct world *w = *state;
    net_serve(&w->net, LIST, str_of_bytes(net_list(&w->f, &w->ca, NULL, 0, 10)));
    net_register(&w->f, net_device(&w->f, &w->ca, NULL, NULL));
    struct net_outcome out = net_audit(&w->f, REVOKED);
    CHECK_STR(out.check.status, "COMPLETED_COMPLIANT");
    assert_int_equal(out.check.total, 3);
    assert_true(str_absent(out.check.message));
}

#define DIRECTORY "ldap://dir.test/cn=ca?certificateRevocationList"

static void points_that_are_not_fetched_leave_unknown(void **state)
{
    struct world *w = *state;
    net_serve(&w->net, LIST, str_of_bytes(net_list(&w->f, &w->ca, NULL, 0, 10)));
    const struct cert *device = net_device(&w->f, &w->ca, DIRECTORY, NULL);
    CHECK_STR(device->crl_skipped, DIRECTORY);
    net_register(&w->f, device);
    struct net_outcome out = net_audit(&w->f, REVOKED);
    CHECK_UNKNOWN(out, "1 resource could not be judged. " DIRECTORY ": the list is not fetched");
    assert_int_equal(out.check.unjudged, 1);
    CHECK_STR(out.check.status, "COMPLETED_NON_COMPLIANT"); /* though it found nothing */
    assert_int_equal(out.check.non_compliant, 0);
    assert_int_equal(w->net.fetches, 1);
}

static void of_many_lists_the_message_names_some_and_says_where_all_are(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 5; i++) {
        struct str point;
        CHECK_OK(str_fmt(w->f.mem, &point, NULL, "ldap://dir%d.test/cn=ca", i));
        net_register(&w->f, net_device(&w->f, &w->ca, point.ptr, NULL));
    }
    CHECK_UNKNOWN(net_audit(&w->f, REVOKED), " more lists and issuers have problems; the daemon's "
                                             "log has all of them (audit.list_problem).");
}

static void rows_of_before_are_looked_into(void **state)
{
    struct world *w = *state;
    net_serve(&w->net, LIST, str_of_bytes(net_list(&w->f, &w->ca, NULL, 0, 10)));
    const struct cert *certs[] = {net_device(&w->f, &w->ca, DIRECTORY, NULL),
                                  net_device(&w->f, &w->ca, NULL, NULL)};
    for (size_t i = 0; i < 2; i++) {
        struct certificate row = {.id = certs[i]->id,
                                  .status = STR("ACTIVE"),
                                  .ca_id = STR(""),
                                  .mode = STR("DEFAULT"),
                                  NET_FACTS(&w->f, certs[i])};
        row.crl_skipped = STR_ABSENT;
        fixture_put(&w->f, TABLE(certificate), &row);
        net_put_der(&w->f, certs[i]);
    }
    struct net_outcome out = net_audit(&w->f, REVOKED);
    CHECK_UNKNOWN(out, DIRECTORY);
    assert_int_equal(out.check.unjudged, 1);
    struct certificate lost = fixture_cert("00");
    lost.crl_skipped = STR_ABSENT;
    fixture_put(&w->f, TABLE(certificate), &lost);
    out = net_audit(&w->f, REVOKED);
    CHECK_UNKNOWN(out, "a certificate whose bytes cannot be read");
    assert_int_equal(out.check.unjudged, 2);
}

/* ---- lists that speak for some certificates only: asked directly ----------------------------- */

struct direct {
    struct revocation *rev;
    struct store_tx *view;
    struct revocation_subject good, bad;
};

static struct revocation_subject subject_of(struct audit_fixture *f, const struct cert *cert)
{
    const struct certificate row = {.id = cert->id, NET_FACTS(f, cert)};
    return (struct revocation_subject){.id = row.id,
                                       .serial = row.serial,
                                       .issuer = row.issuer,
                                       .issuer_hash = row.issuer_hash,
                                       .authority_key_id = row.authority_key_id,
                                       .crl_urls = row.crl_urls,
                                       .issuer_urls = row.issuer_urls};
}

static bool never(void *ctx)
{
    (void)ctx;
    return false;
}

static void direct_open(struct direct *d, struct world *w)
{
    CHECK_OK(store_read_begin(w->f.store, &d->view, NULL));
    const struct revocation_env env = {.now = w->f.now,
                                       .fetcher = &w->net.fetcher,
                                       .store = w->f.store,
                                       .view = d->view,
                                       .canceled = never};
    d->good = subject_of(&w->f, w->good);
    d->bad = subject_of(&w->f, w->bad);
    CHECK_OK(revocation_new(&env, &d->rev, NULL));
    CHECK_OK(revocation_want(d->rev, &d->good, false, NULL));
    CHECK_OK(revocation_want(d->rev, &d->bad, false, NULL));
    assert_true(revocation_pending(d->rev));
    CHECK_OK(revocation_gather(d->rev, NULL));
    assert_false(revocation_pending(d->rev));
}

static void direct_close(struct direct *d)
{
    revocation_free(d->rev);
    store_read_end(d->view);
}

static struct revocation_word ask(struct direct *d, const struct revocation_subject *cert)
{
    struct revocation_word word;
    CHECK_OK(revocation_ask(d->rev, cert, &word, NULL));
    return word;
}

static void check_part(struct direct *d, enum revocation_answer good, const char *lack)
{
    struct revocation_word word = ask(d, &d->good);
    assert_int_equal(word.answer, good);
    if (good == REVOCATION_UNKNOWN) {
        CHECK_STR(word.lack, lack);
    }
}

static void only_a_list_that_would_name_the_certificate_says_no(void **state)
{
    struct world *w = *state;
    struct direct d;
    net_serve(&w->net, LIST, str_of_bytes(net_list(&w->f, &w->ca, &w->bad, 1, 10)));
    direct_open(&d, w);
    struct list_slot *list = map_get(&d.rev->lists, STR(LIST));
    const struct str here = STR(LIST);
    const struct str elsewhere = STR("http://pki.test/part2.crl");
    struct crl *crl = &list->crl;
    check_part(&d, REVOCATION_NO, NULL);
    crl->has_point = true;
    crl->point_urls = &here;
    crl->n_point_urls = 1;
    check_part(&d, REVOCATION_NO, NULL);
    crl->point_urls = &elsewhere;
    check_part(&d, REVOCATION_UNKNOWN, "the list is another part of the issuer's split list");
    assert_int_equal(ask(&d, &d.bad).answer, REVOCATION_YES);
    crl->has_point = false;
    crl->some_reasons = true;
    check_part(&d, REVOCATION_UNKNOWN, "the list names some reasons of revocation only");
    assert_int_equal(ask(&d, &d.bad).answer, REVOCATION_YES);
    crl->some_reasons = false;
    crl->only_cas = true;
    check_part(&d, REVOCATION_UNKNOWN, "the list is for certificates of another kind");
    assert_int_equal(ask(&d, &d.bad).answer, REVOCATION_UNKNOWN);
    direct_close(&d);
}

static void a_bad_serial_number_is_a_corrupt_row(void **state)
{
    struct world *w = *state;
    struct direct d;
    struct revocation_word word;
    direct_open(&d, w);
    d.good.serial = STR("0x");
    CHECK_STATUS(revocation_ask(d.rev, &d.good, &word, NULL), STATUS_CORRUPT);
    direct_close(&d);
}

static void an_address_never_asked_for_is_unknown(void **state)
{
    struct world *w = *state;
    struct direct d;
    direct_open(&d, w);
    d.good.crl_urls = STR("http://pki.test/never.crl");
    check_part(&d, REVOCATION_UNKNOWN, "its revocation list was not asked for");
    direct_close(&d);
}

static void problems_are_listed_with_what_they_left_unjudged(void **state)
{
    struct world *w = *state;
    struct direct d;
    direct_open(&d, w);
    ask(&d, &d.good);
    ask(&d, &d.bad);
    struct revocation_problems at = revocation_problems_begin(d.rev);
    struct revocation_problem problem;
    assert_true(revocation_problems_next(&at, &problem));
    CHECK_STR(problem.source, LIST);
    CHECK_STR(problem.text, "the list cannot be fetched: nobody answers");
    assert_int_equal(problem.unjudged, 2);
    assert_false(revocation_problems_next(&at, &problem));
    direct_close(&d);
}

/* Issuers that nobody knows, one for each certificate. */
static struct revocation_subject orphan(struct audit_fixture *f, size_t number)
{
    struct revocation_subject cert = {.serial = STR("01"), .crl_urls = STR(LIST)};
    CHECK_OK(str_fmt(f->mem, &cert.id, NULL, "%064zu", number));
    cert.issuer_hash = cert.id;
    cert.issuer = cert.id;
    return cert;
}

static void issuers_beyond_the_bound_leave_unknown(void **state)
{
    struct world *w = *state;
    struct direct d = {.rev = NULL};
    CHECK_OK(store_read_begin(w->f.store, &d.view, NULL));
    const struct revocation_env env = {.now = w->f.now, .view = d.view, .canceled = never};
    CHECK_OK(revocation_new(&env, &d.rev, NULL));
    for (size_t i = 0; i <= LIMIT_REVOCATION_NOTES; i++) {
        const struct revocation_subject cert = orphan(&w->f, i);
        CHECK_OK(revocation_want(d.rev, &cert, false, NULL));
    }
    CHECK_OK(revocation_gather(d.rev, NULL));
    const struct revocation_subject first = orphan(&w->f, 0);
    const struct revocation_subject last = orphan(&w->f, LIMIT_REVOCATION_NOTES);
    struct revocation_word word = ask(&d, &first);
    assert_int_equal(word.answer, REVOCATION_UNKNOWN);
    CHECK_STR(word.lack, "the list cannot be fetched: the network is not asked");
    word = ask(&d, &last);
    assert_int_equal(word.answer, REVOCATION_UNKNOWN);
    assert_true(net_says(word.lack, "more issuers and lists than one audit holds"));
    struct revocation_problems at = revocation_problems_begin(d.rev);
    struct revocation_problem problem;
    assert_true(revocation_problems_next(&at, &problem));
    assert_int_equal(problem.unjudged, 1);
    CHECK_STR(problem.source, "beyond the bounds of an audit");
    direct_close(&d);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(a_der_list_revokes),
        IN_WORLD(a_pem_list_revokes_and_is_kept_until_its_next_update),
        IN_WORLD(a_list_that_cannot_be_used_leaves_unknown),
        IN_WORLD(without_a_network_nothing_is_judged),
        IN_WORLD(a_namesakes_list_says_nothing),
        IN_WORLD(a_certificate_without_a_list_is_not_revoked),
        IN_WORLD(points_that_are_not_fetched_leave_unknown),
        IN_WORLD(of_many_lists_the_message_names_some_and_says_where_all_are),
        IN_WORLD(rows_of_before_are_looked_into),
        IN_WORLD(issuers_beyond_the_bound_leave_unknown),
        IN_WORLD(only_a_list_that_would_name_the_certificate_says_no),
        IN_WORLD(a_bad_serial_number_is_a_corrupt_row),
        IN_WORLD(an_address_never_asked_for_is_unknown),
        IN_WORLD(problems_are_listed_with_what_they_left_unjudged),
    };
    return RUN_TESTS("revocation", tests);
}
