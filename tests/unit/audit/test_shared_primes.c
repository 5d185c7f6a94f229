/* Keys of the registry that share a prime: looked at once, found whenever the second one comes. */
#include "audit/shared_primes.h"

#include <gmp.h>

#include "audit_net.h"

enum { PRIME_BITS = 512, SPKI_MAX = 512 };

struct world {
    struct audit_fixture f;
    struct net net;
    struct authority root;
    size_t n;
    struct str ids[16];
};

static void world_open(struct world *w)
{
    *w = (struct world){.n = 0};
    net_open(&w->net, &w->f);
    w->root = net_root(&w->net, "root");
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void prime(mpz_t ret, unsigned i)
{
    mpz_set_ui(ret, 3);
    mpz_mul_2exp(ret, ret, PRIME_BITS - 2);
    mpz_add_ui(ret, ret, 1000000u * i);
    mpz_nextprime(ret, ret);
}

/* Puts a tag and a length of two bytes before what ends at *at + len. */
static void wrap(uint8_t **at, size_t *len, uint8_t tag)
{
    *at -= 4;
    (*at)[0] = tag;
    (*at)[1] = 0x82;
    (*at)[2] = (uint8_t)(*len >> 8);
    (*at)[3] = (uint8_t)*len;
    *len += 4;
}

static void prepend(uint8_t **at, size_t *len, const void *bytes, size_t n)
{
    *at -= n;
    memcpy(*at, bytes, n);
    *len += n;
}

/* A SubjectPublicKeyInfo of the product of two primes. */
static struct bytes spki(struct arena *mem, unsigned p, unsigned q)
{
    static const uint8_t exponent[] = {2, 3, 1, 0, 1};
    static const uint8_t algorithm[] = {0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86,
                                        0xf7, 0x0d, 1, 1, 1,    5,    0};
    uint8_t modulus[2 * PRIME_BITS / 8 + 1] = {0};
    uint8_t *buffer = arena_alloc(mem, SPKI_MAX);
    uint8_t *at = buffer + SPKI_MAX;
    size_t len = 0;
    mpz_t a, b;
    assert_non_null(buffer);
    mpz_init(a);
    mpz_init(b);
    prime(a, p);
    prime(b, q);
    mpz_mul(a, a, b);
    assert_int_equal(mpz_sizeinbase(a, 2), 2 * PRIME_BITS);
    mpz_export(modulus + 1, NULL, 1, 1, 1, 0, a);
    mpz_clear(a);
    mpz_clear(b);
    prepend(&at, &len, exponent, sizeof exponent);
    size_t rest = len;
    len = 0;
    prepend(&at, &len, modulus, sizeof modulus);
    wrap(&at, &len, 2);
    len += rest;
    wrap(&at, &len, 0x30);
    prepend(&at, &len, "", 1);
    wrap(&at, &len, 3);
    prepend(&at, &len, algorithm, sizeof algorithm);
    wrap(&at, &len, 0x30);
    return (struct bytes){at, len};
}

/* Registers a certificate of that key; ca: as a CA certificate. */
static struct str add(struct world *w, unsigned p, unsigned q, bool ca)
{
    struct bytes der;
    const struct cert *cert = NULL;
    char *hash = arena_alloc(w->f.mem, 65);
    struct issue_spec spec = net_spec(&w->f, "device", NULL, NULL);
    spec.spki = spki(w->f.mem, p, q);
    CHECK_OK(issue_certificate(w->f.mem, w->root.issuer, &spec, &w->f.options.rnd, &der, NULL));
    CHECK_OK(cert_read(w->f.mem, str_of_bytes(der), &cert, NULL));
    hex_encode((struct bytes){cert->key.spki_sha256, SHA256_BYTES}, hash);
    struct certificate row = fixture_cert("");
    row.id = cert->id;
    row.key_kind = STR("RSA");
    row.key_bits = 1024;
    row.key_hash = (struct str){hash, 64};
    const struct ca_certificate ca_row = {.id = row.id,
                                          .status = STR("ACTIVE"),
                                          .auto_registration = STR("DISABLE"),
                                          .mode = STR("DEFAULT"),
                                          .serial = STR("01"),
                                          .issuer_hash = STR("00"),
                                          .subject_hash = STR("11"),
                                          .key_kind = row.key_kind,
                                          .key_bits = row.key_bits,
                                          .key_hash = row.key_hash};
    const struct certificate_der bytes = {.id = row.id, .der = cert->der};
    fixture_put(&w->f, ca ? TABLE(ca_certificate) : TABLE(certificate),
                ca ? (const void *)&ca_row : (const void *)&row);
    fixture_put(&w->f, TABLE(certificate_der), &bytes);
    return row.id;
}

static size_t update(struct world *w, size_t block_bytes)
{
    const struct shared_primes_env env = {.store = w->f.store, .block_bytes = block_bytes};
    size_t n = 0;
    CHECK_OK(shared_primes_update(&env, &n, NULL));
    return n;
}

static size_t blocks(struct world *w)
{
    AUTO_VIEW *view = NULL;
    size_t n = 0;
    CHECK_OK(store_read_begin(w->f.store, &view, NULL));
    CHECK_OK(
        store_count(view, TABLE(rsa_block), &(struct store_range){.index = NULL}, 0, &n, NULL));
    return n;
}

static struct page_rows audit(struct world *w, enum check_id check)
{
    struct str task = fixture_start(&w->f, check);
    CHECK_OK(audit_run_all(&w->f.options, NULL));
    CHECK_STR(fixture_describe(&w->f, task).task.status, "COMPLETED");
    return fixture_findings(&w->f, task);
}

static bool has(const struct page_rows *findings, struct str id, struct str named)
{
    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *finding = &((const struct finding *)findings->rows)[i];
        if (str_ends(finding->resource_key, id)) {
            for (size_t at = 0; at + named.len <= finding->reason.len; at++) {
                if (str_eq(str_slice(finding->reason, at, at + named.len), named)) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void both_of_a_pair_are_found_and_name_each_other(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct str a = add(&w, 1, 2, false);
    struct str b = add(&w, 2, 3, false);
    add(&w, 4, 5, false);
    struct str ca = add(&w, 6, 5, true);
    struct page_rows findings = audit(&w, CHECK_RSA_SHARED_FACTOR);
    assert_int_equal(findings.n, 3);
    assert_true(has(&findings, a, b));
    assert_true(has(&findings, b, a));
    CHECK_STR(((const struct finding *)findings.rows)->reason_code, "RSA_KEY_SHARES_A_PRIME");
    CHECK_STR(((const struct finding *)findings.rows)->severity, "CRITICAL");
    findings = audit(&w, CHECK_CA_RSA_SHARED_FACTOR);
    assert_int_equal(findings.n, 1);
    assert_true(has(&findings, ca, STR("device certificate")));
    net_close(&w.net);
}

static void one_key_in_two_certificates_shares_nothing(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    add(&w, 1, 2, false);
    add(&w, 1, 2, false);
    assert_int_equal(update(&w, 0), 1);
    add(&w, 1, 2, false); /* a renewal, later */
    add(&w, 1, 2, true);
    assert_int_equal(update(&w, 0), 0);
    assert_int_equal(audit(&w, CHECK_RSA_SHARED_FACTOR).n, 0);
    net_close(&w.net);
}

/* Blocks of two keys: those that come later meet the old ones through the products alone. */
static void new_keys_meet_old_ones_in_whatever_block(void **state)
{
    (void)state;
    enum { BLOCK = 256 };
    struct world w;
    world_open(&w);
    struct str a = add(&w, 1, 2, false);
    add(&w, 3, 4, false);
    add(&w, 5, 6, false);
    add(&w, 7, 8, false);
    add(&w, 9, 10, false);
    assert_int_equal(update(&w, BLOCK), 5);
    assert_int_equal(blocks(&w), 3);
    assert_int_equal(audit(&w, CHECK_RSA_SHARED_FACTOR).n, 0);
    struct str late = add(&w, 11, 1, false);
    assert_int_equal(update(&w, BLOCK), 1);
    assert_int_equal(blocks(&w), 3);
    assert_int_equal(update(&w, BLOCK), 0);
    struct page_rows findings = audit(&w, CHECK_RSA_SHARED_FACTOR);
    assert_int_equal(findings.n, 2);
    assert_true(has(&findings, a, late));
    assert_true(has(&findings, late, a));
    net_close(&w.net);
}

static void a_prime_once_seen_is_known_when_its_certificate_is_gone(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct str gone = add(&w, 1, 2, false);
    update(&w, 0);
    struct certificate off = fixture_cert("");
    off.id = gone;
    off.status = STR("REVOKED");
    fixture_put(&w.f, TABLE(certificate), &off);
    struct str late = add(&w, 2, 3, false);
    struct page_rows findings = audit(&w, CHECK_RSA_SHARED_FACTOR);
    assert_int_equal(findings.n, 1);
    assert_true(has(&findings, late, gone));
    net_close(&w.net);
}

static void a_key_that_cannot_be_read_is_unjudged(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct certificate cert = fixture_cert("aa");
    cert.key_kind = STR("RSA");
    cert.key_hash = STR("bb");
    fixture_put(&w.f, TABLE(certificate), &cert);
    struct str task = fixture_start(&w.f, CHECK_RSA_SHARED_FACTOR);
    CHECK_OK(audit_run_all(&w.f.options, NULL));
    struct audit_described audit = fixture_describe(&w.f, task);
    assert_int_equal(audit.checks[0].total, 1);
    assert_int_equal(audit.checks[0].unjudged, 1);
    net_close(&w.net);
}

/* ---- many at once ---------------------------------------------------------------------------- */

enum { MANY = 100, MANY_BLOCK = 256 }; /* two keys a block, 32 a round */

struct many {
    unsigned p[MANY], q[MANY];
    struct str id[MANY];
};

static bool share(const struct many *m, size_t i, size_t k)
{
    bool same = m->p[i] == m->p[k] && m->q[i] == m->q[k];
    return !same &&
           (m->p[i] == m->p[k] || m->p[i] == m->q[k] || m->q[i] == m->p[k] || m->q[i] == m->q[k]);
}

/* The key of the i-th certificate as the store knows it. */
static struct rsa_key key_of(struct world *w, const struct many *m, size_t i)
{
    AUTO_VIEW *view = NULL;
    struct certificate cert = {.id = m->id[i]};
    struct rsa_key key = {.key_hash = STR_ABSENT};
    CHECK_OK(store_read_begin(w->f.store, &view, NULL));
    CHECK_OK(store_get(view, TABLE(certificate), &cert, w->f.mem, NULL));
    key.key_hash = cert.key_hash;
    CHECK_OK(store_get(view, TABLE(rsa_key), &key, w->f.mem, NULL));
    return key;
}

/* Whoever shares a prime with any of the first n has been told of one with whom. */
static void check_told(struct world *w, const struct many *m, size_t n)
{
    struct rsa_key keys[MANY];
    for (size_t i = 0; i < n; i++) {
        keys[i] = key_of(w, m, i);
    }
    for (size_t i = 0; i < n; i++) {
        struct rsa_key key = keys[i];
        bool any = false;
        bool right = false;
        for (size_t k = 0; k < n; k++) {
            any = any || share(m, i, k);
            right = right || (share(m, i, k) && str_eq(keys[k].key_hash, key.other));
        }
        if (any == str_absent(key.other) || any != right) {
            fail_msg("key %zu of %zu is told the wrong thing", i, n);
        }
    }
}

/* primes: of how many; few make all of them share, many make pairs rare. */
static void check_installments(unsigned primes, const size_t *upto, size_t n)
{
    struct world w;
    struct many m;
    uint64_t seed = primes;
    size_t have = 0;
    world_open(&w);
    for (size_t step = 0; step < n; step++) {
        size_t before = have;
        for (; have < upto[step]; have++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            m.p[have] = (unsigned)(seed >> 33) % primes;
            m.q[have] = m.p[have] + 1 + (unsigned)(seed >> 40) % primes;
            m.id[have] = add(&w, m.p[have], m.q[have], false);
        }
        assert_true(update(&w, MANY_BLOCK) <= have - before);
        assert_int_equal(update(&w, MANY_BLOCK), 0);
        check_told(&w, &m, have);
    }
    net_close(&w.net);
}

static void many_keys_are_told_what_looking_at_each_pair_tells(void **state)
{
    (void)state;
    static const size_t at_once[] = {MANY};
    static const size_t steps[] = {45, 46, MANY};
    check_installments(400, at_once, 1); /* more than three rounds */
    check_installments(400, steps, 3);
    check_installments(12, steps, 3);
}

/* Stopped in the middle, what is written stands, and the rest is looked at later. */
static bool stop_later(void *ctx)
{
    int *left = ctx;
    return --*left < 0;
}

static void a_first_look_that_is_stopped_goes_on(void **state)
{
    (void)state;
    struct world w;
    struct many m;
    world_open(&w);
    for (size_t i = 0; i < 40; i++) {
        m.p[i] = (unsigned)(i % 20) * 2;
        m.q[i] = m.p[i] + 1 + (unsigned)(i / 20) * 50;
        m.id[i] = add(&w, m.p[i], m.q[i], false);
    }
    for (int steps = 0;; steps++) {
        int left = steps;
        const struct shared_primes_env env = {.store = w.f.store,
                                              .block_bytes = MANY_BLOCK,
                                              .canceled = stop_later,
                                              .cancel_ctx = &left};
        enum status status = shared_primes_update(&env, NULL, NULL);
        if (status == STATUS_OK) {
            assert_true(steps > 5);
            break;
        }
        CHECK_STATUS(status, STATUS_CANCELED);
    }
    check_told(&w, &m, 40);
    net_close(&w.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_of_a_pair_are_found_and_name_each_other),
        cmocka_unit_test(one_key_in_two_certificates_shares_nothing),
        cmocka_unit_test(new_keys_meet_old_ones_in_whatever_block),
        cmocka_unit_test(a_prime_once_seen_is_known_when_its_certificate_is_gone),
        cmocka_unit_test(a_key_that_cannot_be_read_is_unjudged),
        cmocka_unit_test(many_keys_are_told_what_looking_at_each_pair_tells),
        cmocka_unit_test(a_first_look_that_is_stopped_goes_on),
    };
    return RUN_TESTS("shared_primes", tests);
}
