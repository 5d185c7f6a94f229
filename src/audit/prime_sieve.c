/* prime_sieve.c: see prime_sieve.h. */
#include "audit/prime_sieve.h"

#include "model/records.h"
#include "x509/factors.h"

#include "base/banned.h"

enum { NUMBERS_MEMORY = 128 << 20, BLOCKS_MAX = PRIME_SIEVE_BLOCKS + 2 };

struct work {
    const struct prime_sieve *sieve;
    struct arena *mem; /* of the products, and of what the rest comes to modulo them */
    size_t from[BLOCKS_MAX + 1];
    struct bytes products[BLOCKS_MAX];
    struct bytes others[BLOCKS_MAX];
    size_t n;
    struct factors_set *top; /* of the products */
};

static const struct bytes nothing = {NULL, 0};

static enum status not_canceled(const struct work *work, struct why *why)
{
    const struct prime_sieve *sieve = work->sieve;
    return sieve->canceled != NULL && sieve->canceled(sieve->cancel_ctx)
               ? why_set(why, STATUS_CANCELED, "the audit was canceled")
               : STATUS_OK;
}

size_t prime_sieve_block_end(const struct prime_sieve *sieve, size_t from)
{
    size_t bytes = 0;
    while (from < sieve->n && bytes < sieve->block_bytes) {
        bytes += sieve->moduli[from++].len;
    }
    return from;
}

/* ---- the new --------------------------------------------------------------------------------- */

static enum status multiply_blocks(struct work *work, struct why *why)
{
    const struct prime_sieve *sieve = work->sieve;
    for (size_t from = 0; from < sieve->n; work->n++) {
        AUTO_FACTORS_SET *set = NULL;
        if (work->n == BLOCKS_MAX) {
            return why_set(why, STATUS_TOO_LARGE, "more than %d blocks of moduli at once",
                           BLOCKS_MAX);
        }
        size_t end = prime_sieve_block_end(sieve, from);
        TRY(not_canceled(work, why));
        TRY(factors_set_new(sieve->moduli + from, end - from, &set, why));
        TRY(factors_product(set, nothing, work->mem, &work->products[work->n], why));
        work->from[work->n] = from;
        from = end;
        work->from[work->n + 1] = end;
    }
    return factors_set_new(work->products, work->n, &work->top, why);
}

/* ---- the old --------------------------------------------------------------------------------- */

/* All products of before, folded into one number, a group of blocks at a time. */
struct fold {
    struct work *work;
    struct arena *group_mem;
    struct bytes group[PRIME_SIEVE_BLOCKS];
    size_t n;
    size_t bytes;
    struct arena *mem[2]; /* the number lies in one of them, the next one goes into the other */
    int at;
    struct bytes number; /* absent: nothing was folded yet */
};

/* Its tree is gone when the product is used. */
static enum status multiply_group(const struct fold *fold, struct bytes *ret, struct why *why)
{
    AUTO_FACTORS_SET *set = NULL;
    TRY(factors_set_new(fold->group, fold->n, &set, why));
    return factors_product(set, nothing, fold->group_mem, ret, why);
}

static enum status fold_group(struct fold *fold, struct why *why)
{
    struct bytes product;
    int to = 1 - fold->at;
    if (fold->n == 0) {
        return STATUS_OK;
    }
    TRY(not_canceled(fold->work, why));
    TRY(multiply_group(fold, &product, why));
    arena_clear(fold->mem[to]);
    TRY(factors_times(fold->work->top, fold->number, product, fold->mem[to], &fold->number, why));
    fold->at = to;
    fold->n = 0;
    fold->bytes = 0;
    arena_clear(fold->group_mem);
    return STATUS_OK;
}

static enum status fold_all(struct fold *fold, struct why *why)
{
    AUTO_SCAN *scan = NULL;
    const struct store_range all = {.index = NULL};
    size_t most = PRIME_SIEVE_BLOCKS * fold->work->sieve->block_bytes;
    TRY(store_scan_open(fold->work->sieve->view, TABLE(rsa_block), &all, &scan, why));
    for (bool more = true;;) {
        struct rsa_block block;
        if (fold->n == PRIME_SIEVE_BLOCKS || fold->bytes >= most) {
            TRY(fold_group(fold, why));
        }
        TRY(store_scan_next(scan, &block, fold->group_mem, &more, why));
        if (!more) {
            return fold_group(fold, why);
        }
        fold->group[fold->n++] = block.product;
        fold->bytes += block.product.len;
    }
}

/* ---- both ------------------------------------------------------------------------------------ */

/* What the rest of the world comes to modulo each block's product. */
static enum status look_around(struct work *work, struct why *why)
{
    struct fold fold = {.work = work,
                        .group_mem = arena_new(NUMBERS_MEMORY),
                        .mem = {arena_new(NUMBERS_MEMORY), arena_new(NUMBERS_MEMORY)}};
    enum status status = STATUS_NO_MEMORY;
    if (fold.group_mem == NULL || fold.mem[0] == NULL || fold.mem[1] == NULL) {
        why_no_memory(why);
    } else {
        status = fold_all(&fold, why);
    }
    arena_free(fold.group_mem);
    if (status == STATUS_OK) {
        status = factors_others(work->top, fold.number, work->mem, work->others, why);
    }
    arena_free(fold.mem[0]);
    arena_free(fold.mem[1]);
    return status;
}

static enum status go_down(struct work *work, bool *ret_shared, struct why *why)
{
    factors_set_free(work->top);
    work->top = NULL;
    for (size_t i = 0; i < work->n; i++) {
        AUTO_FACTORS_SET *set = NULL;
        size_t from = work->from[i];
        TRY(not_canceled(work, why));
        TRY(factors_set_new(work->sieve->moduli + from, work->from[i + 1] - from, &set, why));
        TRY(factors_shared(set, work->others[i], ret_shared + from, why));
    }
    return STATUS_OK;
}

enum status prime_sieve_run(const struct prime_sieve *sieve, bool *ret_shared, struct why *why)
{
    struct work work = {.sieve = sieve, .mem = arena_new(NUMBERS_MEMORY)};
    enum status status = work.mem == NULL ? why_no_memory(why) : STATUS_OK;
    if (status == STATUS_OK && sieve->n > 0) {
        status = multiply_blocks(&work, why);
    }
    if (status == STATUS_OK && sieve->n > 0) {
        status = look_around(&work, why);
    }
    if (status == STATUS_OK && sieve->n > 0) {
        status = go_down(&work, ret_shared, why);
    }
    factors_set_free(work.top);
    arena_free(work.mem);
    return status;
}
