#include "broker/journal.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#include "base/banned.h"

struct entry {
    enum change_kind kind;
    int64_t at;
    char *key;
    size_t len;
};

struct journal {
    const struct account_id *id;
    struct clock clock;
    pthread_mutex_t lock;              /* of all that follows */
    uint64_t last;                     /* number of the newest entry */
    size_t n;                          /* entries kept: numbers last - n + 1 to last */
    struct entry entries[JOURNAL_MAX]; /* number i at i % JOURNAL_MAX */
};

enum status journal_new(const struct account_id *id, struct clock clock, struct journal **ret,
                        struct why *why)
{
    struct journal *journal = mem_alloc(sizeof *journal);
    TRY_PTR(journal);
    journal->id = id;
    journal->clock = clock;
    journal->last = 1; /* 0 is the number of those who know nothing */
    pthread_mutex_init(&journal->lock, NULL);
    *ret = journal;
    return STATUS_OK;
}

static struct entry *entry_at(struct journal *journal, uint64_t number)
{
    return &journal->entries[number % JOURNAL_MAX];
}

static void forget_all(struct journal *journal)
{
    for (; journal->n > 0; journal->n--) {
        struct entry *entry = entry_at(journal, journal->last - journal->n + 1);
        mem_free(entry->key);
        entry->key = NULL;
    }
    journal->last++; /* nobody holds this number */
}

void journal_close(struct journal *journal)
{
    if (journal != NULL) {
        forget_all(journal);
        pthread_mutex_destroy(&journal->lock);
        mem_free(journal);
    }
}

/* ---- writing --------------------------------------------------------------------------------- */

static void add(struct journal *journal, enum change_kind kind, struct str key, int64_t at)
{
    struct entry *newest = entry_at(journal, journal->last);
    if (journal->n > 0 && newest->kind == kind && newest->at == at &&
        str_eq((struct str){newest->key, newest->len}, key)) {
        return; /* several rows of one change */
    }
    char *copy = mem_alloc(key.len + 1);
    if (copy == NULL) {
        forget_all(journal);
        return;
    }
    memcpy(copy, key.ptr, key.len);
    struct entry *entry = entry_at(journal, ++journal->last);
    mem_free(entry->key); /* the oldest gives way */
    *entry = (struct entry){kind, at, copy, key.len};
    journal->n += journal->n < JOURNAL_MAX;
}

/* ---- from rows to changes ---------------------------------------------------------------------
 */

static void note_target(struct journal *journal, const void *key, int64_t at)
{
    const struct policy_target *row = key;
    struct str name;
    if (arn_is_ours(journal->id, row->target, STR("cert"), &name)) {
        add(journal, CHANGE_CERTIFICATE, name, at);
    } else if (arn_is_ours(journal->id, row->target, STR("thinggroup"), &name)) {
        add(journal, CHANGE_GROUP, name, at);
    }
}

static void note_pair(struct journal *journal, const void *key, int64_t at)
{
    const struct principal_thing *row = key;
    struct str name;
    if (arn_is_ours(journal->id, row->principal, STR("cert"), &name)) {
        add(journal, CHANGE_CERTIFICATE, name, at);
    }
}

static void note_policy(struct journal *journal, const void *key, int64_t at)
{
    add(journal, CHANGE_POLICY, ((const struct policy *)key)->name, at);
}

static void note_certificate(struct journal *journal, const void *key, int64_t at)
{
    add(journal, CHANGE_CERTIFICATE, ((const struct certificate *)key)->id, at);
}

static void note_revoked(struct journal *journal, const void *key, int64_t at)
{
    add(journal, CHANGE_CERTIFICATE, ((const struct revoked *)key)->certificate, at);
}

static void note_thing(struct journal *journal, const void *key, int64_t at)
{
    add(journal, CHANGE_THING, ((const struct thing *)key)->name, at);
}

static void note_member(struct journal *journal, const void *key, int64_t at)
{
    add(journal, CHANGE_THING, ((const struct group_member *)key)->thing, at);
}

static void note_ca(struct journal *journal, const void *key, int64_t at)
{
    add(journal, CHANGE_CA, ((const struct ca_certificate *)key)->id, at);
}

static void note_ban(struct journal *journal, const void *key, int64_t at)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%" PRId64, ((const struct ban *)key)->id);
    add(journal, CHANGE_BAN, (struct str){text, (size_t)len}, at);
}

/* A table whose rows brokers see, and what a change of one means. Versions of policies are not
 * among them: which of them counts is said by the policy's row. */
static const struct {
    const struct table *table;
    void (*note)(struct journal *journal, const void *key, int64_t at);
} watched[] = {
    {TABLE(policy), note_policy},
    {TABLE(policy_target), note_target},
    {TABLE(certificate), note_certificate},
    {TABLE(revoked), note_revoked},
    {TABLE(principal_thing), note_pair},
    {TABLE(thing), note_thing},
    {TABLE(group_member), note_member},
    {TABLE(ca_certificate), note_ca},
    {TABLE(ban), note_ban},
};

enum { N_WATCHED = sizeof watched / sizeof watched[0] };

void journal_tables(bool ret_tables[N_TABLES])
{
    for (size_t i = 0; i < N_WATCHED; i++) {
        ret_tables[watched[i].table->number] = true;
    }
}

void journal_note(void *ctx, const struct store_change *changes, size_t n, bool all)
{
    struct journal *journal = ctx;
    int64_t at = clock_now(&journal->clock);
    pthread_mutex_lock(&journal->lock);
    for (size_t i = 0; i < n && !all; i++) {
        for (size_t w = 0; w < N_WATCHED; w++) {
            if (watched[w].table == changes[i].table) {
                watched[w].note(journal, changes[i].row, at);
            }
        }
    }
    if (all) {
        forget_all(journal);
    }
    pthread_mutex_unlock(&journal->lock);
}

/* ---- reading --------------------------------------------------------------------------------- */

uint64_t journal_number(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    uint64_t number = journal->last;
    pthread_mutex_unlock(&journal->lock);
    return number;
}

enum status journal_after(struct journal *journal, uint64_t number, struct arena *mem,
                          struct change *ret, bool *ret_found, struct why *why)
{
    enum status status = STATUS_OK;
    pthread_mutex_lock(&journal->lock);
    if (number > journal->last || number < journal->last - journal->n) {
        status = why_set(why, STATUS_NOT_FOUND, "the changes after state %" PRIu64 " are forgotten",
                         number);
    } else if (number == journal->last) {
        *ret_found = false;
    } else {
        const struct entry *entry = entry_at(journal, number + 1);
        struct change change = {.number = number + 1, .kind = entry->kind, .at = entry->at};
        status = str_dup(mem, (struct str){entry->key, entry->len}, &change.key, why);
        if (status == STATUS_OK) {
            *ret = change;
            *ret_found = true;
        }
    }
    pthread_mutex_unlock(&journal->lock);
    return status;
}
