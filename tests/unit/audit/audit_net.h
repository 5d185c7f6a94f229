/* audit_net.h: a network in memory, and authorities whose certificates and lists lie in it. */
#ifndef TESTS_UNIT_AUDIT_NET_H
#define TESTS_UNIT_AUDIT_NET_H

#include "audit_fixture.h"
#include "codec/hex.h"
#include "x509/crl.h"
#include "x509/issue.h"

enum { NET_PAGES_MAX = 8, NET_ISSUERS_MAX = 8 };

struct net {
    struct {
        struct str url;
        struct str body;
        size_t fetched;
    } pages[NET_PAGES_MAX];
    size_t n;
    size_t runs;    /* calls of the fetcher */
    size_t fetches; /* addresses asked for in all */
    bool cancel;    /* answers nothing, as when the audit is canceled */
    struct fetcher fetcher;
    struct audit_fixture *f;
    struct issuer *issuers[NET_ISSUERS_MAX];
    size_t n_issuers;
};

static inline void net_answer(struct net *net, struct http_fetch *item)
{
    for (size_t i = 0; i < net->n; i++) {
        if (str_eq(net->pages[i].url, item->url)) {
            net->pages[i].fetched++;
            item->body = net->pages[i].body;
            item->status = STATUS_OK;
            return;
        }
    }
    item->status = why_set(&item->why, STATUS_IO, "nobody answers");
}

static inline void net_run(void *ctx, struct http_fetch *items, size_t n,
                           bool (*canceled)(void *cancel_ctx), void *cancel_ctx)
{
    struct net *net = ctx;
    net->runs++;
    (void)canceled(cancel_ctx);
    for (size_t i = 0; i < n; i++) {
        net->fetches++;
        if (net->cancel) {
            items[i].status = STATUS_CANCELED;
        } else {
            net_answer(net, &items[i]);
        }
    }
}

static inline void net_open(struct net *net, struct audit_fixture *f)
{
    fixture_open(f);
    *net = (struct net){.f = f};
    net->fetcher = (struct fetcher){net_run, net};
    f->options.fetcher = &net->fetcher;
}

static inline void net_close(struct net *net)
{
    for (size_t i = 0; i < net->n_issuers; i++) {
        issuer_free(net->issuers[i]);
    }
    fixture_close(net->f);
}

/* Puts a page there, or another one in its place. */
static inline void net_serve(struct net *net, const char *url, struct str body)
{
    size_t i = 0;
    while (i < net->n && !str_eq(net->pages[i].url, str_from(url))) {
        i++;
    }
    assert_true(i < NET_PAGES_MAX);
    net->n = i == net->n ? i + 1 : net->n;
    net->pages[i].url = str_from(url);
    net->pages[i].body = body;
}

/* ---- authorities ----------------------------------------------------------------------------- */

struct authority {
    struct issuer *issuer;
    const struct cert *cert;
    struct str pem;
};

static inline struct issue_spec net_spec(const struct audit_fixture *f, const char *name,
                                         const char *crl_url, const char *issuer_url)
{
    return (struct issue_spec){.common_name = str_from(name),
                               .not_before = f->now - 1000 * (int64_t)DAY_MS,
                               .not_after = f->now + 1000 * (int64_t)DAY_MS,
                               .path_length = -1,
                               .crl_url = crl_url == NULL ? STR_ABSENT : str_from(crl_url),
                               .issuer_url =
                                   issuer_url == NULL ? STR_ABSENT : str_from(issuer_url)};
}

static inline void net_open_issuer(struct net *net, struct authority *authority, struct str key)
{
    assert_true(net->n_issuers < NET_ISSUERS_MAX);
    CHECK_OK(issuer_open(net->f->mem, key, authority->pem, &authority->issuer, NULL));
    net->issuers[net->n_issuers++] = authority->issuer;
    authority->cert = issuer_cert_get(authority->issuer);
}

static inline struct authority net_root(struct net *net, const char *name)
{
    struct audit_fixture *f = net->f;
    struct authority root = {.issuer = NULL};
    struct str key;
    const struct issue_spec spec = net_spec(f, name, NULL, NULL);
    CHECK_OK(issue_root(f->mem, KEY_SPEC_P256, &spec, &f->options.rnd, &key, &root.pem, NULL));
    net_open_issuer(net, &root, key);
    return root;
}

static inline const struct cert *net_issue(struct audit_fixture *f, const struct authority *by,
                                           struct issue_spec *spec, struct str *ret_key)
{
    struct key_pair pair;
    struct bytes der;
    const struct cert *cert = NULL;
    CHECK_OK(key_make(f->mem, KEY_SPEC_P256, &pair, NULL));
    spec->spki = pair.spki;
    CHECK_OK(issue_certificate(f->mem, by->issuer, spec, &f->options.rnd, &der, NULL));
    CHECK_OK(cert_read(f->mem, str_of_bytes(der), &cert, NULL));
    *ret_key = pair.private_pem;
    return cert;
}

static inline struct authority net_below(struct net *net, const struct authority *above,
                                         const char *name, const char *crl_url,
                                         const char *issuer_url)
{
    struct audit_fixture *f = net->f;
    struct authority mid = {.issuer = NULL};
    struct str key;
    struct issue_spec spec = net_spec(f, name, crl_url, issuer_url);
    spec.ca = true;
    mid.cert = net_issue(f, above, &spec, &key);
    CHECK_OK(cert_pem(f->mem, mid.cert->der, &mid.pem, NULL));
    net_open_issuer(net, &mid, key);
    return mid;
}

static inline const struct cert *net_device(struct audit_fixture *f, const struct authority *by,
                                            const char *crl_url, const char *issuer_url)
{
    struct str key;
    struct issue_spec spec = net_spec(f, "device", crl_url, issuer_url);
    return net_issue(f, by, &spec, &key);
}

/* A list of n certificates, good from a day ago until next_days from now. */
static inline struct bytes net_list(struct audit_fixture *f, const struct authority *by,
                                    const struct cert *const *certs, size_t n, int next_days)
{
    struct issue_revoked revoked[4];
    struct bytes der;
    assert_true(n <= 4);
    for (size_t i = 0; i < n; i++) {
        revoked[i] = (struct issue_revoked){certs[i]->serial, f->now - 5 * (int64_t)DAY_MS,
                                            CRL_REASON_KEY_COMPROMISE};
    }
    CHECK_OK(issue_crl(f->mem, by->issuer, revoked, n, f->now - 10 * (int64_t)DAY_MS,
                       f->now + next_days * (int64_t)DAY_MS, 1, &der, NULL));
    return der;
}

static inline struct str net_list_pem(struct audit_fixture *f, struct bytes der)
{
    struct str pem;
    CHECK_OK(crl_pem(f->mem, der, &pem, NULL));
    return pem;
}

/* ---- the registry ---------------------------------------------------------------------------- */

static inline struct str net_lines(struct audit_fixture *f, const struct str *lines, size_t n)
{
    struct str all = STR_ABSENT;
    for (size_t i = 0; i < n; i++) {
        CHECK_OK(str_fmt(f->mem, &all, NULL, "%.*s%s%.*s", STR_ARG(all), i == 0 ? "" : "\n",
                         STR_ARG(lines[i])));
    }
    return all;
}

static inline struct str net_hex(struct audit_fixture *f, struct bytes bytes)
{
    struct str text = STR_ABSENT;
    if (bytes.ptr != NULL) {
        CHECK_OK(hex_dup(f->mem, bytes, &text, NULL));
    }
    return text;
}

#define NET_FACTS(f, cert)                                                                         \
    .not_after = (cert)->not_after, .serial = (cert)->serial_hex, .issuer = (cert)->issuer,        \
    .subject = (cert)->subject,                                                                    \
    .issuer_hash = net_hex(f, (struct bytes){(cert)->issuer_sha256, SHA256_BYTES}),                \
    .subject_hash = net_hex(f, (struct bytes){(cert)->subject_sha256, SHA256_BYTES}),              \
    .authority_key_id = net_hex(f, (cert)->authority_key_id),                                      \
    .subject_key_id = net_hex(f, (cert)->subject_key_id), .key_kind = STR("EC"), .key_bits = 256,  \
    .crl_urls = net_lines(f, (cert)->crl_urls, (cert)->n_crl_urls),                                \
    .crl_skipped = str_absent((cert)->crl_skipped) ? STR("") : (cert)->crl_skipped,                \
    .issuer_urls = net_lines(f, (cert)->issuer_urls, (cert)->n_issuer_urls)

static inline void net_put_der(struct audit_fixture *f, const struct cert *cert)
{
    const struct certificate_der der = {.id = cert->id, .der = cert->der};
    fixture_put(f, TABLE(certificate_der), &der);
}

static inline void net_register(struct audit_fixture *f, const struct cert *cert)
{
    const struct certificate row = {.id = cert->id,
                                    .status = STR("ACTIVE"),
                                    .ca_id = STR(""),
                                    .mode = STR("DEFAULT"),
                                    .created = f->now,
                                    NET_FACTS(f, cert)};
    fixture_put(f, TABLE(certificate), &row);
    net_put_der(f, cert);
}

static inline void net_register_ca(struct audit_fixture *f, const struct cert *cert,
                                   const char *status)
{
    const struct ca_certificate row = {.id = cert->id,
                                       .status = str_from(status),
                                       .auto_registration = STR("DISABLE"),
                                       .mode = STR("DEFAULT"),
                                       .created = f->now,
                                       NET_FACTS(f, cert)};
    fixture_put(f, TABLE(ca_certificate), &row);
    net_put_der(f, cert);
}

/* ---- what an audit says ---------------------------------------------------------------------- */

struct net_outcome {
    struct str task;
    struct audit_check_run check;
    struct page_rows findings;
};

static inline struct net_outcome net_audit(struct audit_fixture *f, enum check_id check)
{
    struct net_outcome out = {.task = fixture_start(f, check)};
    CHECK_OK(audit_run_all(&f->options, NULL));
    struct audit_described audit = fixture_describe(f, out.task);
    CHECK_STR(audit.task.status, "COMPLETED");
    out.check = audit.checks[0];
    out.findings = fixture_findings(f, out.task);
    return out;
}

static inline bool net_says(struct str text, const char *part)
{
    struct str wanted = str_from(part);
    for (size_t i = 0; i + wanted.len <= text.len; i++) {
        if (str_eq(str_slice(text, i, i + wanted.len), wanted)) {
            return true;
        }
    }
    return false;
}

/* The check's message has these words, and there is no finding. */
#define CHECK_UNKNOWN(outcome, words)                                                              \
    do {                                                                                           \
        struct net_outcome unknown_ = (outcome);                                                   \
        assert_int_equal(unknown_.findings.n, 0);                                                  \
        if (!net_says(unknown_.check.message, words)) {                                            \
            fail_msg("message \"%.*s\" lacks \"%s\"", STR_ARG(unknown_.check.message), words);     \
        }                                                                                          \
    } while (0)

#endif
