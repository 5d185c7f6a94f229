/* Columns that came later are filled in once, from the bytes that were kept. */
#include "account/cert_facts.h"

#include "lib/check.h"
#include "lib/files.h"
#include "store/store.h"
#include "x509/cert.h"

struct world {
    struct arena *mem;
    struct store *store;
    int64_t now;
    bool stop;
    struct cert_facts_env env;
};

static bool stopped(void *ctx)
{
    const struct world *w = ctx;
    return w->stop;
}

static void world_open(struct world *w)
{
    *w = (struct world){.mem = arena_new(64 << 20), .now = 1000};
    CHECK_OK(store_open(&(struct store_options){.path = STR_ABSENT}, &w->store, NULL));
    w->env = (struct cert_facts_env){
        .store = w->store, .clock = clock_fixed(&w->now), .canceled = stopped, .cancel_ctx = w};
}

static void world_close(struct world *w)
{
    store_close(w->store);
    arena_free(w->mem);
}

struct put {
    const struct table *table;
    const void *row;
};

static enum status do_put(struct store_tx *tx, void *ctx, struct why *why)
{
    const struct put *put = ctx;
    return store_put(tx, put->table, put->row, why);
}

static void put(struct world *w, const struct table *table, const void *row)
{
    struct put one = {table, row};
    CHECK_OK(store_write(w->store, do_put, &one, NULL));
}

static void put_device(struct world *w, struct str id, struct str exponent, struct str serial)
{
    const struct certificate row = {.id = id,
                                    .status = STR("ACTIVE"),
                                    .ca_id = STR(""),
                                    .issuer_hash = STR("00"),
                                    .serial = serial,
                                    .key_exponent = exponent,
                                    .signature_digest = exponent};
    put(w, TABLE(certificate), &row);
}

static const struct cert *put_vector(struct world *w, const char *name, bool ca)
{
    const struct cert *cert = NULL;
    CHECK_OK(cert_read(w->mem, vector_read(w->mem, name), &cert, NULL));
    if (ca) {
        const struct ca_certificate row = {.id = cert->id,
                                           .status = STR("ACTIVE"),
                                           .issuer_hash = STR("00"),
                                           .subject_hash = STR("00")};
        put(w, TABLE(ca_certificate), &row);
    } else {
        put_device(w, cert->id, STR_ABSENT, STR("07"));
    }
    const struct certificate_der der = {.id = cert->id, .der = cert->der};
    put(w, TABLE(certificate_der), &der);
    return cert;
}

static struct certificate device_of(struct world *w, struct str id)
{
    AUTO_VIEW *view = NULL;
    struct certificate row = {.id = id};
    CHECK_OK(store_read_begin(w->store, &view, NULL));
    CHECK_OK(store_get(view, TABLE(certificate), &row, w->mem, NULL));
    return row;
}

static void what_is_lacking_is_filled_in_and_the_rest_left_alone(void **state)
{
    (void)state;
    struct world w;
    size_t n = 0;
    world_open(&w);
    const struct cert *rsa = put_vector(&w, "x509/device-rsa.pem", false);
    const struct cert *ec = put_vector(&w, "x509/device-p256.pem", false);
    const struct cert *ca = put_vector(&w, "x509/root.pem", true);
    put_device(&w, STR("known"), STR("03"), STR("01"));
    put_device(&w, STR("no-bytes"), STR_ABSENT, STR("01"));
    CHECK_OK(cert_facts_fill(&w.env, &n, NULL));
    assert_int_equal(n, 4);
    struct certificate row = device_of(&w, rsa->id);
    CHECK_STR(row.key_exponent, "010001");
    CHECK_STR(row.signature_digest, "SHA256");
    CHECK_STR(row.serial, "07"); /* what was there stays */
    row = device_of(&w, ec->id);
    assert_true(!str_absent(row.key_exponent) && row.key_exponent.len == 0);
    CHECK_STR(device_of(&w, STR("known")).key_exponent, "03");
    row = device_of(&w, STR("no-bytes"));
    assert_true(!str_absent(row.key_exponent) && row.key_exponent.len == 0);
    AUTO_VIEW *view = NULL;
    struct ca_certificate ca_row = {.id = ca->id};
    CHECK_OK(store_read_begin(w.store, &view, NULL));
    CHECK_OK(store_get(view, TABLE(ca_certificate), &ca_row, w.mem, NULL));
    CHECK_STR(ca_row.key_exponent, "010001");
    store_read_end(view);
    view = NULL;
    world_close(&w);
}

static void it_is_done_once_for_a_folder(void **state)
{
    (void)state;
    struct world w;
    size_t n = 7;
    world_open(&w);
    CHECK_OK(cert_facts_fill(&w.env, &n, NULL));
    assert_int_equal(n, 0);
    const struct cert *late = put_vector(&w, "x509/device-rsa.pem", false);
    CHECK_OK(cert_facts_fill(&w.env, &n, NULL));
    assert_int_equal(n, 0);
    assert_true(str_absent(device_of(&w, late->id).key_exponent));
    world_close(&w);
}

static void many_rows_take_many_batches_and_can_be_stopped(void **state)
{
    (void)state;
    enum { MANY = 501 };
    struct world w;
    size_t n = 0;
    world_open(&w);
    for (int i = 0; i < MANY; i++) {
        struct str id;
        CHECK_OK(str_fmt(w.mem, &id, NULL, "%04d", i));
        put_device(&w, id, i % 100 == 0 ? STR("03") : STR_ABSENT, STR("01"));
    }
    w.stop = true;
    CHECK_STATUS(cert_facts_fill(&w.env, &n, NULL), STATUS_CANCELED);
    assert_int_equal(n, 0);
    w.stop = false;
    CHECK_OK(cert_facts_fill(&w.env, &n, NULL));
    assert_int_equal(n, MANY - 6);
    for (int i = 0; i < MANY; i++) {
        struct str id;
        CHECK_OK(str_fmt(w.mem, &id, NULL, "%04d", i));
        assert_false(str_absent(device_of(&w, id).key_exponent));
    }
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_lacking_is_filled_in_and_the_rest_left_alone),
        cmocka_unit_test(it_is_done_once_for_a_folder),
        cmocka_unit_test(many_rows_take_many_batches_and_can_be_stopped),
    };
    return RUN_TESTS("cert_facts", tests);
}
