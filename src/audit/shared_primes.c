/* shared_primes.c: see shared_primes.h. */
#include "audit/shared_primes.h"

#include "audit/verdict.h"
#include "base/map.h"
#include "x509/cert.h"
#include "x509/factors.h"

#include "base/banned.h"

enum {
    ROW_MEMORY = 4 << 20,
    CHUNK_MEMORY = 64 << 20,
    KEY_BYTES_MIN = 64, /* taken of the chunk by the smallest key, so that rows are bounded too */
};

/* New keys, until they are checked and written. */
struct chunk {
    const struct shared_primes_env *env;
    struct arena *mem;
    struct map by_hash; /* key hash -> struct rsa_key */
    size_t bytes;
    size_t limit;
    struct bytes *moduli;
    struct store_tx *view;  /* knows of all earlier chunks */
    struct rsa_block block; /* the one that takes the new keys, as it will be */
};

static struct rsa_key *chunk_at(const struct chunk *chunk, size_t i)
{
    return map_at(&chunk->by_hash, i)->value;
}

static enum status chunk_begin(struct chunk *chunk, struct why *why)
{
    size_t most = chunk->limit / KEY_BYTES_MIN + 1;
    arena_clear(chunk->mem);
    map_init(&chunk->by_hash, chunk->mem, most);
    chunk->bytes = 0;
    chunk->moduli = NEW_ARRAY(chunk->mem, struct bytes, most);
    TRY_PTR(chunk->moduli);
    store_read_end(chunk->view);
    chunk->view = NULL;
    return store_read_begin(chunk->env->store, &chunk->view, why);
}

/* ---- pairs ----------------------------------------------------------------------------------- */

/* Notes of each key of the list with which other one it shares a prime; the first word stands. mem
 * is for scratch; what the first n_new keys are told lies in the chunk's own. */
static enum status pair(struct chunk *chunk, struct arena *mem, struct rsa_key **keys, size_t n_new,
                        size_t n, struct why *why)
{
    struct bytes *moduli = NEW_ARRAY(mem, struct bytes, n);
    size_t *with = NEW_ARRAY(mem, size_t, n);
    TRY_PTR(moduli);
    TRY_PTR(with);
    for (size_t i = 0; i < n; i++) {
        moduli[i] = keys[i]->modulus;
    }
    TRY(factors_pairs(mem, moduli, n, with, why));
    for (size_t i = 0; i < n; i++) {
        if (with[i] != FACTORS_NONE && str_absent(keys[i]->other)) {
            keys[i]->other = keys[with[i]]->key_hash;
            if (i < n_new) {
                TRY(str_dup(chunk->mem, keys[i]->other, &keys[i]->other, why));
            }
        }
    }
    return STATUS_OK;
}

/* The new keys that are marked. */
static size_t suspects(const struct chunk *chunk, const bool *shared, struct rsa_key **ret)
{
    size_t n = 0;
    for (size_t i = 0; i < chunk->by_hash.n; i++) {
        if (shared[i]) {
            ret[n++] = chunk_at(chunk, i);
        }
    }
    return n;
}

/* Keys of a block, in one array. */
struct block_keys {
    struct rsa_key *at;
    size_t n;
    bool *had; /* with which it shares a prime was known */
};

static enum status load_block(struct store_tx *view, const struct rsa_block *block,
                              struct arena *mem, struct block_keys *ret, struct why *why)
{
    AUTO_SCAN *scan = NULL;
    const struct rsa_key like = {.block = block->number};
    const struct store_range range = {
        .index = INDEX(rsa_key, by_block), .prefix = &like, .n_prefix = 1};
    ret->n = 0;
    ret->at = NEW_ARRAY(mem, struct rsa_key, (size_t)block->n);
    ret->had = NEW_ARRAY(mem, bool, (size_t)block->n);
    TRY_PTR(ret->at);
    TRY_PTR(ret->had);
    TRY(store_scan_open(view, TABLE(rsa_key), &range, &scan, why));
    for (bool more = true; ret->n < (size_t)block->n; ret->n++) {
        TRY(store_scan_next(scan, &ret->at[ret->n], mem, &more, why));
        if (!more) {
            break;
        }
        ret->had[ret->n] = !str_absent(ret->at[ret->n].other);
    }
    return STATUS_OK;
}

static enum status block_write(struct store_tx *tx, void *ctx, struct why *why)
{
    const struct block_keys *keys = ctx;
    for (size_t i = 0; i < keys->n; i++) {
        if (!keys->had[i] && !str_absent(keys->at[i].other)) {
            TRY(store_put(tx, TABLE(rsa_key), &keys->at[i], why));
        }
    }
    return STATUS_OK;
}

/* Some of the new keys share a prime with some of the block: says which. What the old ones are told
 * is written before the new ones are; cut off in between, it is found and written again. */
static enum status pair_with_block(struct chunk *chunk, const struct rsa_block *block,
                                   const bool *shared, struct why *why)
{
    AUTO_ARENA *mem = arena_new(CHUNK_MEMORY);
    TRY_PTR(mem);
    struct block_keys keys;
    TRY(load_block(chunk->view, block, mem, &keys, why));
    struct rsa_key **list = NEW_ARRAY(mem, struct rsa_key *, chunk->by_hash.n + keys.n);
    TRY_PTR(list);
    size_t n_new = suspects(chunk, shared, list);
    for (size_t i = 0; i < keys.n; i++) {
        list[n_new + i] = &keys.at[i];
    }
    TRY(pair(chunk, mem, list, n_new, n_new + keys.n, why));
    return store_write(chunk->env->store, block_write, &keys, why);
}

static bool any(const bool *shared, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (shared[i]) {
            return true;
        }
    }
    return false;
}

static enum status check_within(struct chunk *chunk, const struct factors_set *set, bool *shared,
                                struct why *why)
{
    TRY(factors_within(set, shared, why));
    if (!any(shared, chunk->by_hash.n)) {
        return STATUS_OK;
    }
    struct rsa_key **list = NEW_ARRAY(chunk->mem, struct rsa_key *, chunk->by_hash.n);
    TRY_PTR(list);
    size_t n = suspects(chunk, shared, list);
    return pair(chunk, chunk->mem, list, n, n, why);
}

/* Goes through all blocks, and ends with the last one in chunk->block. */
static enum status check_blocks(struct chunk *chunk, const struct factors_set *set, bool *shared,
                                struct why *why)
{
    AUTO_SCAN *scan = NULL;
    AUTO_ARENA *mem = arena_new(CHUNK_MEMORY);
    TRY_PTR(mem);
    const struct store_range all = {.index = NULL};
    TRY(store_scan_open(chunk->view, TABLE(rsa_block), &all, &scan, why));
    chunk->block = (struct rsa_block){.number = 0};
    for (;;) {
        struct rsa_block block;
        bool more = true;
        arena_clear(mem);
        if (chunk->env->canceled != NULL && chunk->env->canceled(chunk->env->cancel_ctx)) {
            return why_set(why, STATUS_CANCELED, "the audit was canceled");
        }
        TRY(store_scan_next(scan, &block, mem, &more, why));
        if (!more) {
            break;
        }
        TRY(factors_against(set, block.product, shared, why));
        if (any(shared, chunk->by_hash.n)) {
            TRY(pair_with_block(chunk, &block, shared, why));
        }
        chunk->block = block;
    }
    return chunk->block.number == 0
               ? STATUS_OK
               : store_get(chunk->view, TABLE(rsa_block), &chunk->block, chunk->mem, why);
}

/* Puts the new keys into the last block, or into one of their own. */
static enum status place(struct chunk *chunk, const struct factors_set *set, struct why *why)
{
    struct rsa_block *block = &chunk->block;
    if (block->product.len + chunk->bytes > chunk->limit || block->number == 0) {
        *block = (struct rsa_block){.number = block->number + 1};
    }
    block->n += (int64_t)chunk->by_hash.n;
    return factors_product(set, block->product, chunk->mem, &block->product, why);
}

static enum status chunk_write(struct store_tx *tx, void *ctx, struct why *why)
{
    struct chunk *chunk = ctx;
    for (size_t i = 0; i < chunk->by_hash.n; i++) {
        struct rsa_key *key = chunk_at(chunk, i);
        key->block = chunk->block.number;
        TRY(store_put(tx, TABLE(rsa_key), key, why));
    }
    return store_put(tx, TABLE(rsa_block), &chunk->block, why);
}

static enum status chunk_end(struct chunk *chunk, size_t *n, struct why *why)
{
    AUTO_FACTORS_SET *set = NULL;
    if (chunk->by_hash.n == 0) {
        return STATUS_OK;
    }
    bool *shared = NEW_ARRAY(chunk->mem, bool, chunk->by_hash.n);
    TRY_PTR(shared);
    TRY(factors_set_new(chunk->moduli, chunk->by_hash.n, &set, why));
    TRY(check_within(chunk, set, shared, why));
    TRY(check_blocks(chunk, set, shared, why));
    TRY(place(chunk, set, why));
    TRY(store_write(chunk->env->store, chunk_write, chunk, why));
    *n += chunk->by_hash.n;
    return chunk_begin(chunk, why);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool is_rsa(struct str key_kind)
{
    return str_eq(key_kind, STR("RSA")) || str_eq(key_kind, STR("RSA-PSS"));
}

/* What the columns of a device or CA certificate say of its key. */
struct holder {
    struct str id;
    struct str key_kind;
    struct str key_hash;
    bool ca;
};

/* The modulus, from the certificate itself; absent when that cannot be read. */
static enum status modulus_of(struct store_tx *view, struct str id, struct arena *mem,
                              struct bytes *ret, struct why *why)
{
    struct certificate_der row = {.id = id};
    const struct cert *cert = NULL;
    *ret = (struct bytes){NULL, 0};
    enum status status = store_get(view, TABLE(certificate_der), &row, mem, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    status = cert_read(mem, str_of_bytes(row.der), &cert, why);
    if (status == STATUS_NO_MEMORY) {
        return status;
    }
    if (status == STATUS_OK) {
        *ret = cert->key.modulus;
    }
    return STATUS_OK;
}

static enum status add_key(struct chunk *chunk, const struct holder *holder, struct bytes modulus,
                           struct why *why)
{
    struct rsa_key *key = NEW(chunk->mem, struct rsa_key);
    struct str copy;
    TRY_PTR(key);
    *key = (struct rsa_key){.ca = holder->ca, .other = STR_ABSENT};
    TRY(str_dup(chunk->mem, holder->key_hash, &key->key_hash, why));
    TRY(str_dup(chunk->mem, holder->id, &key->holder, why));
    TRY(str_dup(chunk->mem, str_of_bytes(modulus), &copy, why));
    key->modulus = bytes_of_str(copy);
    chunk->moduli[chunk->by_hash.n] = key->modulus;
    chunk->bytes += modulus.len < KEY_BYTES_MIN ? KEY_BYTES_MIN : modulus.len;
    return map_put(&chunk->by_hash, key->key_hash, key, why);
}

static enum status look_at(struct chunk *chunk, const struct holder *holder, struct arena *mem,
                           size_t *n, struct why *why)
{
    struct rsa_key known = {.key_hash = holder->key_hash};
    struct bytes modulus;
    if (!is_rsa(holder->key_kind) || str_absent(holder->key_hash) ||
        map_has(&chunk->by_hash, holder->key_hash)) {
        return STATUS_OK;
    }
    enum status status = store_get(chunk->view, TABLE(rsa_key), &known, mem, why);
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    TRY(modulus_of(chunk->view, holder->id, mem, &modulus, why));
    if (modulus.len == 0) {
        return STATUS_OK;
    }
    TRY(add_key(chunk, holder, modulus, why));
    return chunk->bytes >= chunk->limit ? chunk_end(chunk, n, why) : STATUS_OK;
}

#define KEY_COLUMNS(t)                                                                             \
    (COLUMN_BIT(COL_##t##__id) | COLUMN_BIT(COL_##t##__key_kind) | COLUMN_BIT(COL_##t##__key_hash))

static struct holder device_holder(const void *row)
{
    const struct certificate *cert = row;
    return (struct holder){cert->id, cert->key_kind, cert->key_hash, false};
}

static struct holder ca_holder(const void *row)
{
    const struct ca_certificate *ca = row;
    return (struct holder){ca->id, ca->key_kind, ca->key_hash, true};
}

static enum status look_at_all(struct chunk *chunk, const struct table *table, uint64_t columns,
                               struct holder (*holder_of)(const void *row), size_t *n,
                               struct why *why)
{
    union {
        struct certificate device;
        struct ca_certificate ca;
    } row;
    AUTO_VIEW *view = NULL;
    AUTO_SCAN *scan = NULL;
    AUTO_ARENA *mem = arena_new(ROW_MEMORY);
    TRY_PTR(mem);
    TRY(store_read_begin(chunk->env->store, &view, why));
    TRY(store_scan_open(view, table, &(struct store_range){.columns = columns}, &scan, why));
    for (;;) {
        bool more = true;
        arena_clear(mem);
        TRY(store_scan_next(scan, &row, mem, &more, why));
        if (!more) {
            return chunk_end(chunk, n, why);
        }
        const struct holder holder = holder_of(&row);
        TRY(look_at(chunk, &holder, mem, n, why));
    }
}

enum status shared_primes_update(const struct shared_primes_env *env, size_t *ret_n,
                                 struct why *why)
{
    size_t n = 0;
    struct chunk chunk = {.env = env,
                          .mem = arena_new(CHUNK_MEMORY),
                          .limit =
                              env->block_bytes == 0 ? SHARED_PRIMES_BLOCK_BYTES : env->block_bytes};
    enum status status = chunk.mem == NULL ? why_no_memory(why) : chunk_begin(&chunk, why);
    if (status == STATUS_OK) {
        status = look_at_all(&chunk, TABLE(certificate), KEY_COLUMNS(certificate), device_holder,
                             &n, why);
    }
    if (status == STATUS_OK) {
        status = look_at_all(&chunk, TABLE(ca_certificate), KEY_COLUMNS(ca_certificate), ca_holder,
                             &n, why);
    }
    if (status == STATUS_OK && ret_n != NULL) {
        *ret_n = n;
    }
    store_read_end(chunk.view);
    arena_free(chunk.mem);
    return status;
}

/* ---- judging --------------------------------------------------------------------------------- */

enum status shared_primes_ask(struct store_tx *tx, struct str key_kind, struct str key_hash,
                              int64_t bits, struct arena *mem, struct key_subject *ret,
                              struct why *why)
{
    struct rsa_key key = {.key_hash = key_hash};
    *ret = (struct key_subject){.rsa = is_rsa(key_kind), .bits = bits, .other = STR_ABSENT};
    if (!ret->rsa || str_absent(key_hash)) {
        return STATUS_OK;
    }
    enum status status = store_get(tx, TABLE(rsa_key), &key, mem, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    ret->known = true;
    if (!str_absent(key.other)) {
        struct rsa_key other = {.key_hash = key.other};
        TRY(store_get(tx, TABLE(rsa_key), &other, mem, why));
        ret->other = other.holder;
        ret->other_ca = other.ca != 0;
    }
    return STATUS_OK;
}

enum status judge_shared_prime(const struct audit_facts *facts, const void *row, struct arena *mem,
                               struct audit_verdicts *ret, struct why *why)
{
    (void)facts;
    const struct key_subject *key = row;
    if (!key->rsa || (key->known && str_absent(key->other))) {
        return STATUS_OK;
    }
    if (!key->known) {
        verdict_unknown(ret, STR("the key of a certificate could not be read from its bytes"));
        return STATUS_OK;
    }
    struct audit_related *other = NEW(mem, struct audit_related);
    TRY_PTR(other);
    TRY(verdict_add(ret, mem, STR("RSA_KEY_SHARES_A_PRIME"), why,
                    "The %lld-bit RSA key has a prime in common with the key of %s certificate "
                    "%.*s: from the two certificates alone both private keys can be computed.",
                    (long long)key->bits, key->other_ca ? "CA" : "device", STR_ARG(key->other)));
    other->resource.kind = key->other_ca ? RESOURCE_CA_CERTIFICATE : RESOURCE_DEVICE_CERTIFICATE;
    TRY(str_dup(mem, key->other, &other->resource.id, why));
    other->info = STR_ABSENT;
    ret->list[ret->n - 1].related = other;
    ret->list[ret->n - 1].n_related = 1;
    return STATUS_OK;
}
