/* access_cache.c: see access_cache.h. */
#include "account/access_cache.h"

#include <pthread.h>

#include "base/banned.h"

struct access_entry {
    struct arena *mem; /* all that follows lies in it, or points into it */
    struct str arn;
    uint64_t version;
    const struct access *access;
    unsigned holders; /* the cache is one; under the lock */
    uint64_t used_at;
};

struct access_cache {
    pthread_mutex_t lock; /* of all that follows; nothing is read or compiled under it */
    struct access_entry *entries[ACCESS_CACHE_ENTRIES];
    uint64_t uses;
};

enum status access_cache_new(struct access_cache **ret, struct why *why)
{
    struct access_cache *cache = mem_alloc(sizeof *cache);
    TRY_PTR(cache);
    pthread_mutex_init(&cache->lock, NULL);
    *ret = cache;
    return STATUS_OK;
}

static void entry_free(struct access_entry *entry)
{
    arena_free(entry->mem);
    mem_free(entry);
}

/* Under the lock. */
static void let_go(struct access_entry *entry)
{
    if (entry != NULL && --entry->holders == 0) {
        entry_free(entry);
    }
}

void access_cache_free(struct access_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    for (size_t i = 0; i < ACCESS_CACHE_ENTRIES; i++) {
        let_go(cache->entries[i]);
    }
    pthread_mutex_destroy(&cache->lock);
    mem_free(cache);
}

/* Under the lock: the place of the caller, or else a free one, or that of who asked longest ago. */
static struct access_entry **place_of(struct access_cache *cache, struct str arn)
{
    struct access_entry **place = &cache->entries[0];
    for (size_t i = 0; i < ACCESS_CACHE_ENTRIES; i++) {
        struct access_entry **at = &cache->entries[i];
        if (*at != NULL && str_eq((*at)->arn, arn)) {
            return at;
        }
        bool older = *place != NULL && (*at == NULL || (*at)->used_at < (*place)->used_at);
        place = older ? at : place;
    }
    return place;
}

static struct access_entry *find(struct access_cache *cache, struct str arn, uint64_t version)
{
    pthread_mutex_lock(&cache->lock);
    struct access_entry *entry = *place_of(cache, arn);
    if (entry == NULL || entry->version != version || !str_eq(entry->arn, arn)) {
        entry = NULL;
    } else {
        entry->holders++;
        entry->used_at = ++cache->uses;
    }
    pthread_mutex_unlock(&cache->lock);
    return entry;
}

/* The entry is the cache's and the caller's then. */
static void keep(struct access_cache *cache, struct access_entry *entry)
{
    pthread_mutex_lock(&cache->lock);
    struct access_entry **place = place_of(cache, entry->arn);
    let_go(*place);
    *place = entry;
    entry->holders = 2;
    entry->used_at = ++cache->uses;
    pthread_mutex_unlock(&cache->lock);
}

static enum status open_entry(const struct account_ctx *ctx, struct str arn,
                              struct access_entry *entry, struct why *why)
{
    struct account_ctx own = *ctx;
    own.mem = entry->mem;
    TRY(str_dup(entry->mem, arn, &entry->arn, why));
    entry->version = store_watched(ctx->tx);
    return access_of_caller(&own, entry->arn, &entry->access, why);
}

enum status access_cache_take(struct access_cache *cache, const struct account_ctx *ctx,
                              struct str caller_arn, const struct access **ret,
                              struct access_entry **ret_entry, struct why *why)
{
    struct access_entry *entry = find(cache, caller_arn, store_watched(ctx->tx));
    if (entry == NULL) {
        entry = mem_alloc(sizeof *entry);
        TRY_PTR(entry);
        entry->mem = arena_new(ACCESS_CACHE_MEMORY);
        enum status status =
            entry->mem == NULL ? why_no_memory(why) : open_entry(ctx, caller_arn, entry, why);
        if (status != STATUS_OK) {
            entry_free(entry);
            *ret_entry = NULL;
            return status == STATUS_NO_MEMORY ? access_of_caller(ctx, caller_arn, ret, why)
                                              : status;
        }
        keep(cache, entry);
    }
    *ret = entry->access;
    *ret_entry = entry;
    return STATUS_OK;
}

void access_cache_give(struct access_cache *cache, struct access_entry *entry)
{
    if (entry != NULL) {
        pthread_mutex_lock(&cache->lock);
        let_go(entry);
        pthread_mutex_unlock(&cache->lock);
    }
}
