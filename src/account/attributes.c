/* attributes.c: see attributes.h. */
#include "account/attributes.h"

#include <stdlib.h>

#include "account/quotas.h"
#include "base/limits.h"
#include "codec/json_read.h"
#include "codec/json_write.h"

#include "base/banned.h"

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const struct attribute *)a)->name, ((const struct attribute *)b)->name);
}

/* The place of name in a sorted list, or NULL. */
static struct attribute *find(struct attribute *items, size_t n, struct str name)
{
    struct attribute key = {name, STR_ABSENT};
    return n == 0 ? NULL : bsearch(&key, items, n, sizeof *items, by_name);
}

static enum status read_items(struct arena *mem, struct str json, struct attribute **ret_items,
                              size_t *ret_n, struct why *why)
{
    struct attribute *items = NULL;
    size_t n = 0;
    size_t cap = 0;
    struct json_read r;
    json_read_init(&r, json, mem);
    TRY(json_read_object(&r, why));
    while (json_read_more(&r)) {
        if (n == cap) {
            size_t wider = cap == 0 ? 8 : 2 * cap;
            items = arena_grow(mem, items, cap * sizeof *items, wider * sizeof *items);
            TRY_PTR(items);
            cap = wider;
        }
        TRY(json_read_key(&r, &items[n].name, why));
        TRY(json_read_string(&r, &items[n].value, why));
        n++;
    }
    TRY(json_read_finish(&r, why));
    *ret_items = items;
    *ret_n = n;
    return STATUS_OK;
}

enum status attributes_read(struct arena *mem, struct str json, struct attributes *ret,
                            struct why *why)
{
    if (str_absent(json)) {
        *ret = (struct attributes){NULL, 0};
        return STATUS_OK;
    }
    struct attribute *items;
    size_t n;
    enum status status = read_items(mem, json, &items, &n, why);
    if (status == STATUS_MALFORMED || status == STATUS_INVALID) {
        return why_set(why, STATUS_CORRUPT, "stored attributes cannot be read");
    }
    TRY(status);
    *ret = (struct attributes){items, n};
    return STATUS_OK;
}

static enum status write_json(struct arena *mem, struct attributes attributes, struct str *ret,
                              struct why *why)
{
    struct buf text;
    struct json_write w;
    buf_init(&text, mem, LIMIT_BODY_BYTES);
    json_write_init(&w, &text);
    json_write_object(&w);
    for (size_t i = 0; i < attributes.n; i++) {
        json_write_member(&w, attributes.items[i].name, attributes.items[i].value);
    }
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&text, ret, why);
}

/* The old items that stay, then the new ones; empty values fall out. */
static size_t combine(struct attributes old, const struct attributes_change *change,
                      struct attribute *items)
{
    size_t n = 0;
    for (size_t i = 0; change->merge && i < old.n; i++) {
        items[n++] = old.items[i];
    }
    size_t n_old = n;
    for (size_t i = 0; i < change->values.n; i++) {
        struct attribute *there = find(items, n_old, change->values.items[i].name);
        *(there != NULL ? there : &items[n++]) = change->values.items[i];
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (items[i].value.len > 0) {
            items[kept++] = items[i];
        }
    }
    return kept;
}

enum status attributes_apply(struct arena *mem, struct str stored,
                             const struct attributes_change *change, struct attributes *ret,
                             struct str *ret_json, struct why *why)
{
    struct attributes all;
    TRY(attributes_read(mem, stored, &all, why));
    if (change->given) {
        struct attribute *items = NEW_ARRAY(mem, struct attribute, all.n + change->values.n + 1);
        TRY_PTR(items);
        size_t n = combine(all, change, items);
        qsort(items, n, sizeof *items, by_name);
        all = (struct attributes){items, n};
    }
    struct str json;
    TRY(write_json(mem, all, &json, why));
    *ret = all;
    *ret_json = json;
    return STATUS_OK;
}

enum status attributes_check(struct attributes attributes, size_t max, const char *kind,
                             struct str name, struct why *why)
{
    if (attributes.n > max) {
        return why_set(why, STATUS_INVALID, "%s %.*s would have %zu attributes; it may have %zu",
                       kind, STR_ARG(name), attributes.n, max);
    }
    size_t bytes = 0;
    for (size_t i = 0; i < attributes.n; i++) {
        bytes += attributes.items[i].name.len + attributes.items[i].value.len;
    }
    if (bytes > QUOTA_ATTRIBUTES_BYTES) {
        return why_set(why, STATUS_INVALID,
                       "the attributes of %s %.*s would be %zu bytes together; they may be %d",
                       kind, STR_ARG(name), bytes, QUOTA_ATTRIBUTES_BYTES);
    }
    return STATUS_OK;
}
