/* recent.c: see recent.h. */
#include "audit/recent.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { ROOM = 2 * RECENT_MAX };

enum status recent_init(struct recent *recent, struct why *why)
{
    *recent = (struct recent){.n = 0};
    recent->entries = mem_alloc(ROOM * sizeof recent->entries[0]);
    recent->order = mem_alloc(ROOM * sizeof(recent->order[0]));
    if (recent->entries == NULL || recent->order == NULL) {
        recent_release(recent);
        return why_no_memory(why);
    }
    recent_clear(recent);
    return STATUS_OK;
}

void recent_release(struct recent *recent)
{
    mem_free(recent->entries);
    mem_free(recent->order);
    *recent = (struct recent){.n = 0};
}

void recent_clear(struct recent *recent)
{
    recent->total = 0;
    recent->n = 0;
    for (size_t i = 0; i < ROOM; i++) {
        recent->order[i] = &recent->entries[i];
    }
}

static int newest_first(const void *a, const void *b)
{
    const struct recent_entry *x = *(struct recent_entry *const *)a;
    const struct recent_entry *y = *(struct recent_entry *const *)b;
    if (x->at != y->at) {
        return x->at > y->at ? -1 : 1;
    }
    return str_cmp((struct str){x->text, x->len}, (struct str){y->text, y->len});
}

void recent_finish(struct recent *recent)
{
    qsort(recent->order, recent->n, sizeof(recent->order[0]), newest_first);
    recent->n = recent->n < RECENT_MAX ? recent->n : RECENT_MAX;
}

void recent_add(struct recent *recent, int64_t at, int64_t connected, int64_t disconnected,
                enum session_kind kind, struct str text)
{
    if (recent->n == ROOM) {
        recent_finish(recent); /* the older half's places are free again */
    }
    struct recent_entry *entry = recent->order[recent->n++];
    entry->at = at;
    entry->connected = connected;
    entry->disconnected = disconnected;
    entry->kind = kind;
    entry->len = text.len < RECENT_TEXT_MAX ? text.len : RECENT_TEXT_MAX;
    if (entry->len > 0) {
        memcpy(entry->text, text.ptr, entry->len);
    }
    recent->total++;
}
