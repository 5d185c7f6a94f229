#include "fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account/cert_intake.h"
#include "bench.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "policy_text.h"
#include "x509/issue.h"
#include "x509/key.h"

enum {
    BATCH = 2000, /* rows in one transaction */
    DISTINCT_MEMORY = 64 << 20,
    BATCH_MEMORY = 16 << 20,
    CACHE_BYTES = 256 << 20,
    RSA_BYTES = 256,
    ISSUERS = 8,
};

static const int64_t DAY = INT64_C(86400000);

/* One of the different certificates. */
struct model {
    struct certificate row;
    struct bytes der;
};

struct filler {
    const struct fleet *fleet;
    struct store *store;
    struct arena *mem;   /* of the models */
    struct arena *batch; /* cleared for each */
    struct model models[FLEET_DISTINCT];
    uint64_t seed;
    size_t next; /* the first row of the batch */
    size_t end;
};

void fleet_must(enum status status, const struct why *why)
{
    if (status != STATUS_OK) {
        fprintf(stderr, "fleet: %s: %s\n", status_name(status), why->text);
        exit(2);
    }
}

struct account_id fleet_account(void)
{
    return (struct account_id){STR("123456789012"), STR("us-east-1")};
}

/* ---- certificates ---------------------------------------------------------------------------- */

/* SubjectPublicKeyInfo of RSA up to the modulus, which begins with a zero byte. Nobody knows the
 * factors of a random modulus; to all that reads certificates it is as good as another. */
static const uint8_t rsa_head[] = {0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a,
                                   0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05,
                                   0x00, 0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01,
                                   0x0a, 0x02, 0x82, 0x01, 0x01, 0x00};
static const uint8_t rsa_tail[] = {0x02, 0x03, 0x01, 0x00, 0x01};

static struct bytes rsa_spki(struct filler *f)
{
    size_t len = sizeof rsa_head + RSA_BYTES + sizeof rsa_tail;
    uint8_t *spki = arena_alloc(f->mem, len);
    if (spki == NULL) {
        fleet_must(STATUS_NO_MEMORY, &(struct why){.text = "no memory for keys"});
    }
    uint8_t *modulus = spki + sizeof rsa_head;
    memcpy(spki, rsa_head, sizeof rsa_head);
    for (size_t i = 0; i < RSA_BYTES; i++) {
        modulus[i] = (uint8_t)bench_random(&f->seed);
    }
    modulus[0] |= 0x80;
    modulus[RSA_BYTES - 1] |= 1;
    memcpy(modulus + RSA_BYTES, rsa_tail, sizeof rsa_tail);
    return (struct bytes){spki, len};
}

static struct issuer *make_issuer(struct filler *f, size_t number, const struct rnd *rnd)
{
    struct why why;
    struct issuer *issuer = NULL;
    struct str key;
    struct str cert;
    char name[32];
    snprintf(name, sizeof name, "Plant CA %zu", number);
    const struct issue_spec spec = {.common_name = str_from(name),
                                    .not_before = FLEET_NOW - 1000 * DAY,
                                    .not_after = ISSUE_NOT_AFTER,
                                    .ca = true,
                                    .path_length = -1};
    fleet_must(issue_root(f->mem, number % 2 == 0 ? KEY_SPEC_RSA_2048 : KEY_SPEC_P256, &spec, rnd,
                          &key, &cert, &why),
               &why);
    fleet_must(issuer_open(f->mem, key, cert, &issuer, &why), &why);
    return issuer;
}

static void make_model(struct filler *f, size_t i, const struct issuer *issuer,
                       const struct rnd *rnd)
{
    struct why why;
    struct model *model = &f->models[i];
    char name[32];
    struct key_pair pair;
    const struct cert *cert = NULL;
    const struct account_ctx ctx = {.id = fleet_account(), .mem = f->mem};
    snprintf(name, sizeof name, "device-%06zu", i);
    struct issue_spec spec = {.common_name = str_from(name),
                              .not_before = FLEET_NOW - 400 * DAY,
                              .not_after = FLEET_NOW + 400 * DAY + (int64_t)i * 1000,
                              .path_length = -1};
    if (i % 2 == 0) {
        spec.spki = rsa_spki(f);
    } else {
        fleet_must(key_make(f->mem, KEY_SPEC_P256, &pair, &why), &why);
        spec.spki = pair.spki;
    }
    fleet_must(issue_certificate(f->mem, issuer, &spec, rnd, &model->der, &why), &why);
    fleet_must(cert_read(f->mem, str_of_bytes(model->der), &cert, &why), &why);
    model->row = (struct certificate){.status = STR("ACTIVE"),
                                      .ca_id = STR(""),
                                      .mode = STR("DEFAULT"),
                                      .version = 1,
                                      .generation_id = STR("6f1c6a52-3f0e-4f3e-9b1e-0d6c2b1f8a77"),
                                      .owner = fleet_account().account,
                                      .transferred = TIME_NEVER,
                                      .transfer_accepted = TIME_NEVER,
                                      .transfer_rejected = TIME_NEVER};
    fleet_must(cert_intake_certificate(&ctx, cert, &model->row, &why), &why);
}

static void make_models(struct filler *f)
{
    struct issuer *issuers[ISSUERS];
    uint64_t seed = 11;
    struct rnd rnd = rnd_seeded_for_tests(&seed);
    for (size_t i = 0; i < ISSUERS; i++) {
        issuers[i] = make_issuer(f, i, &rnd);
    }
    for (size_t i = 0; i < FLEET_DISTINCT; i++) {
        make_model(f, i, issuers[i % ISSUERS], &rnd);
    }
    for (size_t i = 0; i < ISSUERS; i++) {
        issuer_free(issuers[i]);
    }
}

static enum status put_certificates(struct store_tx *tx, void *ctx, struct why *why)
{
    struct filler *f = ctx;
    for (size_t i = f->next; i < f->end; i++) {
        const struct model *model = &f->models[i % FLEET_DISTINCT];
        struct certificate row = model->row;
        char id[65];
        snprintf(
            id, sizeof id, "%016llx%016llx%016llx%016llx",
            (unsigned long long)bench_random(&f->seed), (unsigned long long)bench_random(&f->seed),
            (unsigned long long)bench_random(&f->seed), (unsigned long long)bench_random(&f->seed));
        row.id = str_from(id);
        row.created = FLEET_NOW - (int64_t)(bench_random(&f->seed) % 300) * DAY + (int64_t)i;
        row.modified = row.created;
        if (i % FLEET_EXPIRING == 7) {
            row.not_after = FLEET_NOW + (int64_t)(bench_random(&f->seed) % 30) * DAY;
        }
        const struct certificate_der der = {.id = row.id, .der = model->der};
        TRY(store_insert(tx, TABLE(certificate), &row, why));
        TRY(store_insert(tx, TABLE(certificate_der), &der, why));
    }
    return STATUS_OK;
}

/* ---- policies -------------------------------------------------------------------------------- */

static enum status put_policies(struct store_tx *tx, void *ctx, struct why *why)
{
    struct filler *f = ctx;
    for (size_t i = f->next; i < f->end; i++) {
        char name[32];
        char hash[SHA256_HEX + 1];
        struct buf out;
        struct str text;
        snprintf(name, sizeof name, "policy-%07zu", i);
        buf_init(&out, f->batch, 4096);
        policy_text_put(&out, bench_random(&f->seed));
        TRY(buf_finish(&out, &text, why));
        TRY(digest_sha256_hex(bytes_of_str(text), hash, why));
        const struct policy policy = {.name = str_from(name),
                                      .default_version = 1,
                                      .last_version = 1,
                                      .created = FLEET_NOW,
                                      .modified = FLEET_NOW,
                                      .generation_id = STR("6f1c6a52-3f0e-4f3e-9b1e-0d6c2b1f8a77")};
        const struct policy_version version = {.policy = policy.name,
                                               .version = 1,
                                               .document = text,
                                               .document_hash = str_from(hash),
                                               .created = FLEET_NOW};
        TRY(store_insert(tx, TABLE(policy), &policy, why));
        TRY(store_insert(tx, TABLE(policy_version), &version, why));
    }
    return STATUS_OK;
}

/* ---- things ---------------------------------------------------------------------------------- */

/* Every number below 2^24 stands once; the order looks like none. */
static size_t scattered(size_t i)
{
    return i * 2654435761u % (1u << 24);
}

static enum status put_things(struct store_tx *tx, void *ctx, struct why *why)
{
    struct filler *f = ctx;
    for (size_t i = f->next; i < f->end; i++) {
        char name[48];
        char uuid[64];
        snprintf(name, sizeof name, "device-%08zu", scattered(i));
        snprintf(uuid, sizeof uuid, "6f1c6a52-3f0e-4f3e-9b1e-%012zx", i);
        const struct thing thing = {
            .name = str_from(name),
            .type_name = STR(""),
            .attributes = STR("{\"line\":\"7\",\"model\":\"P-200\",\"site\":\"Rotterdam\"}"),
            .version = 1,
            .thing_id = str_from(uuid),
            .created = FLEET_NOW,
        };
        TRY(store_insert(tx, TABLE(thing), &thing, why));
    }
    return STATUS_OK;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void put_all(struct filler *f, store_work *put, size_t n)
{
    for (f->next = 0; f->next < n; f->next = f->end) {
        struct why why;
        f->end = f->next + BATCH < n ? f->next + BATCH : n;
        arena_clear(f->batch);
        fleet_must(store_write(f->store, put, f, &why), &why);
    }
}

void fleet_fill(struct store *store, const struct fleet *fleet)
{
    struct filler *f = calloc(1, sizeof *f);
    if (f == NULL || (f->mem = arena_new(DISTINCT_MEMORY)) == NULL ||
        (f->batch = arena_new(BATCH_MEMORY)) == NULL) {
        fleet_must(STATUS_NO_MEMORY, &(struct why){.text = "no memory for a fleet"});
        return;
    }
    f->fleet = fleet;
    f->store = store;
    f->seed = 4;
    if (fleet->certificates > 0) {
        make_models(f);
    }
    put_all(f, put_certificates, fleet->certificates);
    put_all(f, put_policies, fleet->policies);
    put_all(f, put_things, fleet->things);
    arena_free(f->batch);
    arena_free(f->mem);
    free(f);
}

static struct store *open_store(const char *path, size_t cache_bytes)
{
    struct why why;
    struct store *store = NULL;
    const struct store_options options = {.path = str_from(path), .cache_bytes = cache_bytes};
    fleet_must(store_open(&options, &store, &why), &why);
    return store;
}

static void remove_database(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    char name[512];
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

/* Stands for the tables and their columns: a store of another shape is made anew. */
static uint64_t shape_of_tables(void)
{
    uint64_t shape = 0;
    for (size_t t = 0; t < N_TABLES; t++) {
        for (size_t i = 0; i < tables[t]->n_columns; i++) {
            shape = shape * 31 + str_hash(str_from(tables[t]->columns[i].name));
        }
        for (size_t i = 0; i < tables[t]->n_indexes; i++) {
            shape = shape * 31 + str_hash(str_from(tables[t]->indexes[i]->name));
        }
    }
    return shape;
}

/* The shape is written beside the store, in PATH.shape. */
static bool is_of_shape(const char *path)
{
    char name[512];
    unsigned long long shape = 0;
    snprintf(name, sizeof name, "%s.shape", path);
    FILE *file = fopen(name, "r");
    bool same = file != NULL && fscanf(file, "%llx", &shape) == 1 && shape == shape_of_tables();
    if (file != NULL) {
        fclose(file);
    }
    return same && access(path, F_OK) == 0;
}

static void note_shape(const char *path)
{
    char name[512];
    snprintf(name, sizeof name, "%s.shape", path);
    FILE *file = fopen(name, "w");
    if (file == NULL || fprintf(file, "%llx\n", (unsigned long long)shape_of_tables()) < 0 ||
        fclose(file) != 0) {
        perror(name);
        exit(2);
    }
}

void fleet_make(const char *path, const struct fleet *fleet)
{
    if (is_of_shape(path)) {
        return;
    }
    char unfinished[512];
    snprintf(unfinished, sizeof unfinished, "%s.new", path);
    remove_database(path);
    remove_database(unfinished);
    struct store *store = open_store(unfinished, CACHE_BYTES);
    fleet_fill(store, fleet);
    store_close(store);
    if (rename(unfinished, path) != 0) {
        perror(path);
        exit(2);
    }
    remove_database(unfinished);
    note_shape(path);
}

/* Runs make_fleet, which lies beside this program. */
static void make_elsewhere(const char *path, const struct fleet *fleet)
{
    char program[512] = "";
    char numbers[3][24];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - sizeof "make_fleet");
    char *slash = len > 0 ? strrchr(program, '/') : NULL;
    if (slash != NULL) {
        memcpy(slash + 1, "make_fleet", sizeof "make_fleet");
    }
    snprintf(numbers[0], sizeof numbers[0], "%zu", fleet->certificates);
    snprintf(numbers[1], sizeof numbers[1], "%zu", fleet->policies);
    snprintf(numbers[2], sizeof numbers[2], "%zu", fleet->things);
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        execl(program, program, path, numbers[0], numbers[1], numbers[2], (char *)NULL);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "fleet: %s could not make %s\n", program, path);
        exit(2);
    }
}

struct store *fleet_open(const char *path, const struct fleet *fleet)
{
    if (!is_of_shape(path)) {
        make_elsewhere(path, fleet);
    }
    return open_store(path, 0);
}
