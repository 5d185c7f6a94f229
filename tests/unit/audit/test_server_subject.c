/* Certificates of servers, wherever they are shown, and the check of when they end. */
#include "audit/server_subject.h"

#include <string.h>

#include "audit_net.h"
#include "lib/files.h"

#define CHECK CHECK_SERVER_CERTIFICATE_EXPIRING

struct world {
    struct audit_fixture f;
    struct net net;
    struct authority ca;
    struct str leaf; /* PEM, with an end of its own */
    const struct cert *cert;
    const char *folder;
    struct server_shown shown;
    struct bytes der;
    enum status served;
};

static enum status served(void *ctx, struct arena *mem, const struct server_shown **ret,
                          size_t *ret_n, struct why *why)
{
    struct world *w = ctx;
    (void)mem;
    if (w->served != STATUS_OK) {
        return why_set(why, w->served, "not served now");
    }
    *ret = &w->shown;
    *ret_n = 1;
    return STATUS_OK;
}

/* A certificate that ends that far from now. */
static void world_leaf(struct world *w, int64_t end)
{
    struct str key;
    struct issue_spec spec = net_spec(&w->f, "api.example", NULL, NULL);
    spec.not_after = w->f.now + end;
    w->cert = net_issue(&w->f, &w->ca, &spec, &key);
    CHECK_OK(cert_pem(w->f.mem, w->cert->der, &w->leaf, NULL));
    w->der = w->cert->der;
    w->shown = (struct server_shown){STR("the API"), &w->der, 1};
}

static void world_open(struct world *w)
{
    *w = (struct world){.served = STATUS_OK};
    net_open(&w->net, &w->f);
    w->ca = net_root(&w->net, "Root");
    w->folder = temp_dir_make(w->f.mem);
    world_leaf(w, 5 * (int64_t)DAY_MS);
}

static void world_close(struct world *w)
{
    temp_dir_remove(w->folder);
    net_close(&w->net);
}

static struct str path_of(struct world *w, const char *name)
{
    struct str path;
    CHECK_OK(str_fmt(w->f.mem, &path, NULL, "%s/%s", w->folder, name));
    return path;
}

static void write_file(struct world *w, const char *name, struct str body)
{
    FILE *file = fopen(str_z(w->f.mem, path_of(w, name)), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(body.ptr, 1, body.len, file), body.len);
    assert_int_equal(fclose(file), 0);
}

static void certificates_are_judged_at_their_boundaries(void **state)
{
    (void)state;
    static const struct {
        int64_t end;
        const char *code;
    } rows[] = {
        {-2 * (int64_t)DAY_MS, "CERTIFICATE_PAST_EXPIRATION"},
        {0, "CERTIFICATE_PAST_EXPIRATION"},
        {30 * (int64_t)DAY_MS, "CERTIFICATE_APPROACHING_EXPIRATION"},
        {30 * (int64_t)DAY_MS + SECOND_MS, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world w;
        world_open(&w);
        world_leaf(&w, rows[i].end);
        w.f.options.watch = (struct server_watch){.served = served, .served_ctx = &w};
        struct net_outcome out = net_audit(&w.f, CHECK);
        if (out.findings.n != (rows[i].code != NULL) || out.check.total != 1) {
            fail_msg("row %zu has %zu findings", i, out.findings.n);
        }
        if (rows[i].code != NULL) {
            const struct finding *finding = out.findings.rows;
            CHECK_STR(finding->reason_code, rows[i].code);
            CHECK_STR(finding->severity, "HIGH");
            CHECK_STR(finding->resource_type, "ISSUER_CERTIFICATE");
            assert_true(net_says(finding->resource, str_z(w.f.mem, w.cert->id)));
            assert_true(
                net_says(finding->reason, "The certificate CN=api.example, shown by the API, "));
        }
        world_close(&w);
    }
}

static void one_certificate_in_several_places_is_one_resource(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    write_file(&w, "a.pem", w.leaf);
    struct str places;
    CHECK_OK(str_fmt(w.f.mem, &places, NULL, "broker.example:8883,%s/a.pem", w.folder));
    net_serve(&w.net, "https://broker.example:8883/", w.leaf);
    w.f.options.watch = (struct server_watch){.places = places, .served = served, .served_ctx = &w};
    struct net_outcome out = net_audit(&w.f, CHECK);
    assert_int_equal(out.findings.n, 1);
    assert_int_equal(out.check.total, 1);
    const struct finding *finding = out.findings.rows;
    struct str words;
    CHECK_OK(str_fmt(w.f.mem, &words, NULL, "shown by the API, %s/a.pem, broker.example:8883, ends",
                     w.folder));
    assert_true(net_says(finding->reason, str_z(w.f.mem, words)));
    world_close(&w);
}

/* With an intermediate that ended nobody can verify the server. */
static void each_certificate_of_a_chain_counts(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct str both;
    CHECK_OK(str_fmt(w.f.mem, &both, NULL, "%.*s%.*s", STR_ARG(w.leaf), STR_ARG(w.ca.pem)));
    net_serve(&w.net, "https://[::1]:8883/", both);
    w.f.options.watch = (struct server_watch){.places = STR("[::1]:8883")};
    struct net_outcome out = net_audit(&w.f, CHECK);
    assert_int_equal(out.check.total, 2);
    assert_int_equal(out.findings.n, 1);
    w.f.now += 999 * (int64_t)DAY_MS;
    assert_int_equal(net_audit(&w.f, CHECK).findings.n, 2);
    world_close(&w);
}

static void what_cannot_be_had_or_read_is_said(void **state)
{
    (void)state;
    static const char *const names[] = {"missing.pem", "empty.pem", "text.pem", "."};
    static const char *const words[] = {"No such file", "certificate", "certificate",
                                        "not a regular file"};
    struct world w;
    world_open(&w);
    write_file(&w, "empty.pem", STR(""));
    write_file(&w, "text.pem", STR("hello"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        w.f.options.watch = (struct server_watch){.places = path_of(&w, names[i])};
        struct net_outcome out = net_audit(&w.f, CHECK);
        assert_int_equal(out.check.unjudged, 1);
        CHECK_UNKNOWN(out, words[i]);
        CHECK_UNKNOWN(out, names[i]);
    }
    w.f.options.watch = (struct server_watch){.places = STR("away.example:443")};
    CHECK_UNKNOWN(net_audit(&w.f, CHECK), "away.example:443: nobody answers");
    net_serve(&w.net, "https://away.example:443/", STR("no certificate"));
    CHECK_UNKNOWN(net_audit(&w.f, CHECK), "away.example:443: ");
    w.f.options.fetcher = NULL;
    CHECK_UNKNOWN(net_audit(&w.f, CHECK), "the network is not asked");
    w.served = STATUS_BUSY;
    w.f.options.watch = (struct server_watch){.served = served, .served_ctx = &w};
    CHECK_UNKNOWN(net_audit(&w.f, CHECK), "not served now");
    world_close(&w);
}

static void places_are_files_or_servers(void **state)
{
    (void)state;
    static const struct {
        const char *places;
        const char *bad; /* NULL: fine */
    } rows[] = {
        {"", NULL},
        {"a:1", NULL},
        {"broker.example:8883,/etc/x.pem,./y.pem,[2001:db8::1]:443,10.0.0.1:65535", NULL},
        {"x.pem", "'x.pem'"},
        {"a:0", "'a:0'"},
        {"a:65536", "'a:65536'"},
        {"a:", "'a:'"},
        {":443", "':443'"},
        {"::1:443", "'::1:443'"},
        {"a:1,,b:2", "''"},
        {"u@a:1", "'u@a:1'"},
        {"a b:1", "'a b:1'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct why why = {.code = STATUS_OK};
        enum status status = server_places_check(str_from(rows[i].places), &why);
        if ((status == STATUS_OK) != (rows[i].bad == NULL) ||
            (rows[i].bad != NULL && strstr(why.text, rows[i].bad) == NULL)) {
            fail_msg("\"%s\": %s", rows[i].places, why.text);
        }
    }
    char many[4 * 65] = "";
    for (int i = 0; i < 65; i++) {
        memcpy(many + 4 * i, "a:1,", 4);
    }
    assert_int_equal(server_places_check((struct str){many, 4 * 65 - 1}, NULL), STATUS_INVALID);
    assert_int_equal(server_places_check((struct str){many, 4 * 64 - 1}, NULL), STATUS_OK);
}

static void nothing_to_watch_is_compliant(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct net_outcome out = net_audit(&w.f, CHECK);
    assert_int_equal(out.check.total, 0);
    CHECK_STR(out.check.status, "COMPLETED_COMPLIANT");
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_are_judged_at_their_boundaries),
        cmocka_unit_test(one_certificate_in_several_places_is_one_resource),
        cmocka_unit_test(each_certificate_of_a_chain_counts),
        cmocka_unit_test(what_cannot_be_had_or_read_is_said),
        cmocka_unit_test(places_are_files_or_servers),
        cmocka_unit_test(nothing_to_watch_is_compliant),
    };
    return RUN_TESTS("server_subject", tests);
}
