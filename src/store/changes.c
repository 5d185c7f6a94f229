#include "store/changes_priv.h"

#include "base/limits.h"
#include "store/row_priv.h"

#include "base/banned.h"

enum { CHANGES_FIRST = 64 };

static bool make_room(struct changes *changes)
{
    if (changes->mem == NULL) {
        changes->mem = arena_new(LIMIT_STORE_CHANGES_BYTES);
    }
    if (changes->mem == NULL || changes->n < changes->cap) {
        return changes->mem != NULL;
    }
    size_t cap = changes->cap == 0 ? CHANGES_FIRST : 2 * changes->cap;
    struct store_change *at =
        arena_grow(changes->mem, changes->at, changes->cap * sizeof *at, cap * sizeof *at);
    if (at == NULL) {
        return false;
    }
    changes->at = at;
    changes->cap = cap;
    return true;
}

void changes_note(struct changes *changes, const struct table *table, const void *row)
{
    if (changes->watch == NULL || !changes->watch->tables[table->number] || changes->all) {
        return;
    }
    uint64_t key = (UINT64_C(1) << table->n_key) - 1;
    void *copy = make_room(changes) ? arena_alloc(changes->mem, table->row_size) : NULL;
    if (copy == NULL || row_copy(table, key, row, copy, changes->mem, NULL) != STATUS_OK) {
        changes->all = true;
        return;
    }
    changes->at[changes->n++] = (struct store_change){table, copy};
}

void changes_undo(struct changes *changes, size_t n)
{
    changes->n = n < changes->n ? n : changes->n;
}

void changes_tell(struct changes *changes)
{
    if (changes->watch != NULL && (changes->n > 0 || changes->all)) {
        changes->watch->changed(changes->watch->ctx, changes->at, changes->n, changes->all);
    }
    changes_forget(changes);
}

void changes_forget(struct changes *changes)
{
    if (changes->mem != NULL) {
        arena_clear(changes->mem);
    }
    changes->at = NULL;
    changes->n = 0;
    changes->cap = 0;
    changes->all = false;
}

void changes_release(struct changes *changes)
{
    arena_free(changes->mem);
    *changes = (struct changes){.watch = NULL};
}
