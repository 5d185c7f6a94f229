/* shared_primes.c: see shared_primes.h. */
#include "audit/shared_primes.h"

#include "audit/prime_sieve.h"
#include "audit/verdict.h"
#include "base/map.h"
#include "x509/cert.h"
#include "x509/factors.h"

#include "base/banned.h"

enum {
    ROW_MEMORY = 4 << 20,
    CHUNK_MEMORY = 64 << 20,
    ROUND_MEMORY = 512 << 20, /* of a full round of keys of 2048 bits a sixth */
    KEY_BYTES_MIN = 64, /* taken of the chunk by the smallest key, so that rows are bounded too */
};

/* New keys that are checked and written together: at most a block. */
struct chunk {
    const struct shared_primes_env *env;
    size_t limit;      /* bytes of a block */
    struct arena *mem; /* cleared with each chunk */
    struct rsa_key **keys;
    struct bytes *moduli; /* of the keys */
    size_t n;
    size_t bytes;           /* of the moduli */
    struct store_tx *view;  /* knows of all earlier chunks */
    struct rsa_block block; /* the one that takes the new keys, as it will be */
};

static enum status chunk_begin(struct chunk *chunk, struct rsa_key **keys, struct bytes *moduli,
                               size_t n, struct why *why)
{
    arena_clear(chunk->mem);
    chunk->keys = keys;
    chunk->moduli = moduli;
    chunk->n = n;
    chunk->bytes = 0;
    for (size_t i = 0; i < n; i++) {
        chunk->bytes += moduli[i].len;
    }
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
    for (size_t i = 0; i < chunk->n; i++) {
        if (shared[i]) {
            ret[n++] = chunk->keys[i];
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
    struct rsa_key **list = NEW_ARRAY(mem, struct rsa_key *, chunk->n + keys.n);
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
    if (!any(shared, chunk->n)) {
        return STATUS_OK;
    }
    struct rsa_key **list = NEW_ARRAY(chunk->mem, struct rsa_key *, chunk->n);
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
        if (any(shared, chunk->n)) {
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
    block->n += (int64_t)chunk->n;
    return factors_product(set, block->product, chunk->mem, &block->product, why);
}

static enum status chunk_write(struct store_tx *tx, void *ctx, struct why *why)
{
    struct chunk *chunk = ctx;
    for (size_t i = 0; i < chunk->n; i++) {
        struct rsa_key *key = chunk->keys[i];
        key->block = chunk->block.number;
        TRY(store_put(tx, TABLE(rsa_key), key, why));
    }
    return store_put(tx, TABLE(rsa_block), &chunk->block, why);
}

/* Checks the keys of the chunk against all that are known, and writes them. */
static enum status chunk_check(struct chunk *chunk, struct why *why)
{
    AUTO_FACTORS_SET *set = NULL;
    bool *shared = NEW_ARRAY(chunk->mem, bool, chunk->n + 1);
    TRY_PTR(shared);
    TRY(factors_set_new(chunk->moduli, chunk->n, &set, why));
    TRY(check_within(chunk, set, shared, why));
    TRY(check_blocks(chunk, set, shared, why));
    TRY(place(chunk, set, why));
    return store_write(chunk->env->store, chunk_write, chunk, why);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

/* New keys, until they are checked: a block of them at most, or as many as the sieve takes. */
struct round {
    const struct shared_primes_env *env;
    size_t block;       /* bytes */
    struct arena *mem;  /* cleared with each round */
    struct map by_hash; /* key hash -> struct rsa_key, in the order of moduli */
    struct bytes *moduli;
    size_t n_max;
    size_t bytes;
    struct store_tx *view; /* knows of all earlier rounds */
    struct chunk chunk;
    size_t n_looked_at;
};

static enum status round_begin(struct round *round, struct why *why)
{
    arena_clear(round->mem);
    map_init(&round->by_hash, round->mem, SIZE_MAX);
    round->bytes = 0;
    round->n_max = 0;
    round->moduli = NULL;
    store_read_end(round->view);
    round->view = NULL;
    return store_read_begin(round->env->store, &round->view, why);
}

static struct rsa_key *round_at(const struct round *round, size_t i)
{
    return map_at(&round->by_hash, i)->value;
}

/* Keys of one kind (marked or not), in the order of the round, from *from on: at most a block. */
static enum status round_take(struct round *round, const bool *marked, bool which, size_t *from,
                              bool *ret_any, struct why *why)
{
    size_t n = round->by_hash.n - *from;
    struct rsa_key **keys = NEW_ARRAY(round->mem, struct rsa_key *, n + 1);
    struct bytes *moduli = NEW_ARRAY(round->mem, struct bytes, n + 1);
    size_t bytes = 0;
    TRY_PTR(keys);
    TRY_PTR(moduli);
    for (n = 0; *from < round->by_hash.n && bytes < round->block; (*from)++) {
        if (marked[*from] == which) {
            keys[n] = round_at(round, *from);
            moduli[n++] = round->moduli[*from];
            bytes += moduli[n - 1].len;
        }
    }
    *ret_any = n > 0;
    return n == 0 ? STATUS_OK : chunk_begin(&round->chunk, keys, moduli, n, why);
}

/* The last block's number; its product is not read. */
static enum status last_block(struct store_tx *view, struct arena *mem, int64_t *ret,
                              struct why *why)
{
    AUTO_SCAN *scan = NULL;
    const struct store_range numbers = {.columns = COLUMN_BIT(COL_rsa_block__number)};
    TRY(store_scan_open(view, TABLE(rsa_block), &numbers, &scan, why));
    *ret = 0;
    for (bool more = true; more;) {
        struct rsa_block block;
        TRY(store_scan_next(scan, &block, mem, &more, why));
        *ret = more ? block.number : *ret;
    }
    return STATUS_OK;
}

/* Keys that share nothing with anybody: a block of their own. */
static enum status chunk_keep(struct chunk *chunk, struct why *why)
{
    AUTO_FACTORS_SET *set = NULL;
    int64_t last = 0;
    const struct bytes none = {NULL, 0};
    TRY(last_block(chunk->view, chunk->mem, &last, why));
    TRY(factors_set_new(chunk->moduli, chunk->n, &set, why));
    chunk->block = (struct rsa_block){.number = last + 1, .n = (int64_t)chunk->n};
    TRY(factors_product(set, none, chunk->mem, &chunk->block.product, why));
    return store_write(chunk->env->store, chunk_write, chunk, why);
}

/* More keys than a block: those that share nothing are told from the others all at once, and only
 * the others are asked with whom. The first are written first, so that each of the others meets
 * all there are. */
static enum status round_sift(struct round *round, struct why *why)
{
    bool *marked = NEW_ARRAY(round->mem, bool, round->by_hash.n);
    TRY_PTR(marked);
    const struct prime_sieve sieve = {.view = round->view,
                                      .block_bytes = round->block,
                                      .moduli = round->moduli,
                                      .n = round->by_hash.n,
                                      .canceled = round->env->canceled,
                                      .cancel_ctx = round->env->cancel_ctx};
    TRY(prime_sieve_run(&sieve, marked, why));
    for (int which = 0; which < 2; which++) {
        for (size_t from = 0; from < round->by_hash.n;) {
            bool any = false;
            TRY(round_take(round, marked, which == 1, &from, &any, why));
            if (any) {
                TRY(which == 1 ? chunk_check(&round->chunk, why) : chunk_keep(&round->chunk, why));
            }
        }
    }
    return STATUS_OK;
}

static enum status round_end(struct round *round, struct why *why)
{
    size_t from = 0;
    bool any = false;
    size_t n = round->by_hash.n;
    if (n == 0) {
        return STATUS_OK;
    }
    if (round->bytes > round->block) {
        TRY(round_sift(round, why));
    } else {
        bool *marked = NEW_ARRAY(round->mem, bool, n);
        TRY_PTR(marked);
        TRY(round_take(round, marked, false, &from, &any, why));
        TRY(chunk_check(&round->chunk, why));
    }
    round->n_looked_at += n;
    return round_begin(round, why);
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

static enum status add_key(struct round *round, const struct holder *holder, struct bytes modulus,
                           struct why *why)
{
    struct rsa_key *key = NEW(round->mem, struct rsa_key);
    struct str copy;
    size_t n = round->by_hash.n;
    TRY_PTR(key);
    *key = (struct rsa_key){.ca = holder->ca, .other = STR_ABSENT};
    TRY(str_dup(round->mem, holder->key_hash, &key->key_hash, why));
    TRY(str_dup(round->mem, holder->id, &key->holder, why));
    TRY(str_dup(round->mem, str_of_bytes(modulus), &copy, why));
    key->modulus = bytes_of_str(copy);
    if (n == round->n_max) {
        size_t more = n == 0 ? 1024 : 2 * n;
        round->moduli = arena_grow(round->mem, round->moduli, n * sizeof *round->moduli,
                                   more * sizeof *round->moduli);
        TRY_PTR(round->moduli);
        round->n_max = more;
    }
    round->moduli[n] = key->modulus;
    round->bytes += modulus.len < KEY_BYTES_MIN ? KEY_BYTES_MIN : modulus.len;
    return map_put(&round->by_hash, key->key_hash, key, why);
}

static enum status look_at(struct round *round, const struct holder *holder, struct arena *mem,
                           struct why *why)
{
    struct rsa_key known = {.key_hash = holder->key_hash};
    struct bytes modulus;
    if (!is_rsa(holder->key_kind) || str_absent(holder->key_hash) ||
        map_has(&round->by_hash, holder->key_hash)) {
        return STATUS_OK;
    }
    enum status status = store_get(round->view, TABLE(rsa_key), &known, mem, why);
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    TRY(modulus_of(round->view, holder->id, mem, &modulus, why));
    if (modulus.len == 0) {
        return STATUS_OK;
    }
    TRY(add_key(round, holder, modulus, why));
    return round->bytes >= PRIME_SIEVE_BLOCKS * round->block ? round_end(round, why) : STATUS_OK;
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

static enum status look_at_all(struct round *round, const struct table *table, uint64_t columns,
                               struct holder (*holder_of)(const void *row), struct why *why)
{
    union {
        struct certificate device;
        struct ca_certificate ca;
    } row;
    AUTO_VIEW *view = NULL;
    AUTO_SCAN *scan = NULL;
    AUTO_ARENA *mem = arena_new(ROW_MEMORY);
    TRY_PTR(mem);
    TRY(store_read_begin(round->env->store, &view, why));
    TRY(store_scan_open(view, table, &(struct store_range){.columns = columns}, &scan, why));
    for (;;) {
        bool more = true;
        arena_clear(mem);
        TRY(store_scan_next(scan, &row, mem, &more, why));
        if (!more) {
            return round_end(round, why);
        }
        const struct holder holder = holder_of(&row);
        TRY(look_at(round, &holder, mem, why));
    }
}

static enum status update(struct round *round, struct why *why)
{
    if (round->mem == NULL || round->chunk.mem == NULL) {
        return why_no_memory(why);
    }
    TRY(round_begin(round, why));
    TRY(look_at_all(round, TABLE(certificate), KEY_COLUMNS(certificate), device_holder, why));
    return look_at_all(round, TABLE(ca_certificate), KEY_COLUMNS(ca_certificate), ca_holder, why);
}

enum status shared_primes_update(const struct shared_primes_env *env, size_t *ret_n,
                                 struct why *why)
{
    size_t block = env->block_bytes == 0 ? SHARED_PRIMES_BLOCK_BYTES : env->block_bytes;
    struct round round = {.env = env, .block = block, .mem = arena_new(ROUND_MEMORY)};
    round.chunk =
        (struct chunk){.env = env, .limit = block, .mem = arena_new(CHUNK_MEMORY), .view = NULL};
    enum status status = update(&round, why);
    if (status == STATUS_OK && ret_n != NULL) {
        *ret_n = round.n_looked_at;
    }
    store_read_end(round.chunk.view);
    store_read_end(round.view);
    arena_free(round.chunk.mem);
    arena_free(round.mem);
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
