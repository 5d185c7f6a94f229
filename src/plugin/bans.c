/* bans.c: see bans.h. */
#include "plugin/bans.h"

#include "base/arena.h"

#include "base/banned.h"

struct asked {
    const struct bans *bans;
    enum link_ban_kind kind;
    struct str value;
    int64_t now;
};

static struct str value_of(const struct ban *ban)
{
    return (struct str){ban->value, ban->value_len};
}

static uint64_t hash_value(const struct bans *bans, struct str value)
{
    return hash_keyed(&bans->key, value);
}

static bool is_asked(const void *value, const void *key)
{
    const struct ban *ban = value;
    const struct asked *asked = key;
    return ban->kind == asked->kind && ban->until > asked->now &&
           str_eq(value_of(ban), asked->value);
}

static bool is_id(const void *value, const void *key)
{
    return ((const struct ban *)value)->id == *(const uint64_t *)key;
}

static void take_out_network(struct bans *bans, const struct ban *ban)
{
    for (size_t i = 0; i < bans->n_networks; i++) {
        if (bans->networks[i] == ban) {
            bans->networks[i] = bans->networks[--bans->n_networks];
            return;
        }
    }
}

static void free_ban(struct bans *bans, struct ban *ban)
{
    take_out_network(bans, ban);
    table_remove(&bans->by_value, hash_value(bans, value_of(ban)), ban);
    table_remove(&bans->by_id, hash_number(ban->id), ban);
    *(ban->prev == NULL ? &bans->first : &ban->prev->next) = ban->next;
    if (ban->next != NULL) {
        ban->next->prev = ban->prev;
    }
    bans->n--;
    mem_free(ban);
}

void bans_release(struct bans *bans)
{
    while (bans->first != NULL) {
        free_ban(bans, bans->first);
    }
    table_release(&bans->by_value);
    table_release(&bans->by_id);
}

void bans_drop(struct bans *bans, uint64_t id)
{
    struct ban *ban = table_find(&bans->by_id, hash_number(id), is_id, &id);
    if (ban != NULL) {
        free_ban(bans, ban);
    }
}

/* The spelling by which it is found. */
static enum status read_value(struct ban *ban, struct str value, struct why *why)
{
    struct address address;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        bool upper = ban->kind != LINK_BAN_OF_CLIENT && c >= 'A' && c <= 'Z';
        ban->value[i] = (char)(upper ? c + ('a' - 'A') : c);
    }
    ban->value_len = value.len;
    switch (ban->kind) {
    case LINK_BAN_OF_ADDRESS:
        return address_read(value, &address, why);
    case LINK_BAN_OF_NETWORK:
        return cidr_read(value, &ban->network, why);
    default:
        return STATUS_OK;
    }
}

static enum status file(struct bans *bans, struct ban *ban, struct why *why)
{
    if (bans->n == BANS_MAX ||
        (ban->kind == LINK_BAN_OF_NETWORK && bans->n_networks == BANS_NETWORKS_MAX)) {
        return why_set(why, STATUS_LIMIT, "more than %d bans, or %d of networks", BANS_MAX,
                       BANS_NETWORKS_MAX);
    }
    TRY(table_add(&bans->by_id, hash_number(ban->id), ban, why));
    enum status status = table_add(&bans->by_value, hash_value(bans, value_of(ban)), ban, why);
    if (status != STATUS_OK) {
        table_remove(&bans->by_id, hash_number(ban->id), ban);
        return status;
    }
    if (ban->kind == LINK_BAN_OF_NETWORK) {
        bans->networks[bans->n_networks++] = ban;
    }
    ban->next = bans->first;
    if (ban->next != NULL) {
        ban->next->prev = ban;
    }
    bans->first = ban;
    bans->n++;
    return STATUS_OK;
}

enum status bans_set(struct bans *bans, const struct link_ban *row, uint64_t generation,
                     struct why *why)
{
    bans_drop(bans, row->id);
    struct ban *ban = mem_alloc(sizeof *ban + row->value.len + 1);
    TRY_PTR(ban);
    ban->id = row->id;
    ban->kind = (enum link_ban_kind)row->kind;
    ban->until = row->until;
    ban->generation = generation;
    enum status status = read_value(ban, row->value, why);
    status = status != STATUS_OK ? status : file(bans, ban, why);
    if (status != STATUS_OK) {
        mem_free(ban);
    }
    return status;
}

void bans_sweep(struct bans *bans, uint64_t generation, int64_t now)
{
    for (struct ban *ban = bans->first, *next; ban != NULL; ban = next) {
        next = ban->next;
        if (ban->generation < generation || ban->until <= now) {
            free_ban(bans, ban);
        }
    }
}

static bool network_holds(const struct bans *bans, struct str text, int64_t now)
{
    struct address address;
    if (bans->n_networks == 0 || address_read(text, &address, NULL) != STATUS_OK) {
        return false;
    }
    for (size_t i = 0; i < bans->n_networks; i++) {
        if (bans->networks[i]->until > now && cidr_holds(&bans->networks[i]->network, &address)) {
            return true;
        }
    }
    return false;
}

bool bans_hold(const struct bans *bans, enum link_ban_kind kind, struct str value, int64_t now)
{
    struct asked asked = {bans, kind, value, now};
    if (bans->n == 0) {
        return false;
    }
    return table_find(&bans->by_value, hash_value(bans, value), is_asked, &asked) != NULL ||
           (kind == LINK_BAN_OF_ADDRESS && network_holds(bans, value, now));
}
