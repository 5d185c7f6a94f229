/* principals.c: see principals.h. */
#include "plugin/principals.h"

#include "base/arena.h"

#include "base/banned.h"

/* A SHA-256 is as good as random; nobody is in here who was not registered. */
static uint64_t hash_of(const uint8_t *fingerprint)
{
    uint64_t hash;
    memcpy(&hash, fingerprint, sizeof hash);
    return hash;
}

static bool is_fingerprint(const void *value, const void *key)
{
    return memcmp(((const struct principal *)value)->fingerprint, key, LINK_DIGEST_BYTES) == 0;
}

struct principal *principals_find(const struct principals *principals,
                                  const uint8_t fingerprint[LINK_DIGEST_BYTES])
{
    return table_find(&principals->by_fingerprint, hash_of(fingerprint), is_fingerprint,
                      fingerprint);
}

static enum status add(struct principals *principals, const uint8_t *fingerprint,
                       struct principal **ret, struct why *why)
{
    struct principal *principal = mem_alloc(sizeof *principal);
    TRY_PTR(principal);
    memcpy(principal->fingerprint, fingerprint, LINK_DIGEST_BYTES);
    enum status status =
        table_add(&principals->by_fingerprint, hash_of(fingerprint), principal, why);
    if (status != STATUS_OK) {
        mem_free(principal);
        return status;
    }
    principal->next = principals->first;
    if (principal->next != NULL) {
        principal->next->prev = principal;
    }
    principals->first = principal;
    principals->n++;
    *ret = principal;
    return STATUS_OK;
}

/* Both lists, one behind the other. */
static uint8_t *copy_lists(const struct link_principal *row)
{
    uint8_t *bytes = mem_alloc(row->policies.rows.len + row->things.rows.len);
    if (bytes != NULL && row->policies.rows.len > 0) {
        memcpy(bytes, row->policies.rows.ptr, row->policies.rows.len);
    }
    if (bytes != NULL && row->things.rows.len > 0) {
        memcpy(bytes + row->policies.rows.len, row->things.rows.ptr, row->things.rows.len);
    }
    return bytes;
}

static void fill(struct principal *principal, const struct link_principal *row, uint8_t *bytes,
                 uint64_t generation)
{
    const size_t n = row->policies.rows.len;
    principal->state = (enum link_certificate)row->state;
    principal->not_before = row->not_before;
    principal->not_after = row->not_after;
    principal->revoked = row->revoked;
    principal->policies = (struct link_list){row->policies.n, {bytes, n}};
    principal->things = (struct link_list){row->things.n, {bytes + n, row->things.rows.len}};
    principal->bytes = bytes;
    principal->generation = generation;
    principal->gone = false;
}

enum status principals_set(struct principals *principals, const struct link_principal *row,
                           uint64_t generation, struct principal **ret, uint8_t **ret_old,
                           struct why *why)
{
    if (row->fingerprint.ptr == NULL) {
        return why_set(why, STATUS_INVALID, "a principal without fingerprint");
    }
    uint8_t *bytes = copy_lists(row);
    TRY_PTR(bytes);
    struct principal *principal = principals_find(principals, row->fingerprint.ptr);
    if (principal == NULL) {
        enum status status = add(principals, row->fingerprint.ptr, &principal, why);
        if (status != STATUS_OK) {
            mem_free(bytes);
            return status;
        }
    }
    *ret_old = principal->bytes;
    fill(principal, row, bytes, generation);
    *ret = principal;
    return STATUS_OK;
}

static void free_principal(struct principals *principals, struct principal *principal)
{
    table_remove(&principals->by_fingerprint, hash_of(principal->fingerprint), principal);
    if (principals->sweep == principal) {
        principals->sweep = principal->next;
    }
    *(principal->prev == NULL ? &principals->first : &principal->prev->next) = principal->next;
    if (principal->next != NULL) {
        principal->next->prev = principal->prev;
    }
    principals->n--;
    mem_free(principal->bytes);
    mem_free(principal);
}

void principals_tidy(struct principals *principals, struct principal *principal)
{
    if (principal->gone && principal->connections == NULL) {
        free_principal(principals, principal);
    }
}

void principals_drop(struct principals *principals, struct principal *principal)
{
    principal->gone = true;
    principals_tidy(principals, principal);
}

void principals_release(struct principals *principals)
{
    while (principals->first != NULL) {
        free_principal(principals, principals->first);
    }
    table_release(&principals->by_fingerprint);
}
