/* revocation.c: noting and asking. Gathering is in revocation_gather.c, the folder in crl_dir.c. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/revocation_priv.h"
#include "base/limits.h"
#include "codec/hex.h"

#include "base/banned.h"

enum status revocation_new(const struct revocation_env *env, struct revocation **ret,
                           struct why *why)
{
    struct revocation *rev = mem_alloc(sizeof *rev);
    TRY_PTR(rev);
    rev->env = *env;
    rev->mem = arena_new(LIMIT_REVOCATION_MEMORY);
    rev->scratch = arena_new(LIMIT_REVOCATION_MEMORY);
    enum status status = STATUS_NO_MEMORY;
    if (rev->mem == NULL || rev->scratch == NULL) {
        why_no_memory(why);
        goto out;
    }
    map_init(&rev->lists, rev->mem, LIMIT_REVOCATION_NOTES);
    map_init(&rev->issuers, rev->mem, LIMIT_REVOCATION_NOTES);
    status = str_absent(env->crl_dir) ? STATUS_OK : crl_dir_read(rev, why);
out:
    if (status != STATUS_OK) {
        revocation_free(rev);
        return status;
    }
    *ret = rev;
    return STATUS_OK;
}

void revocation_free(struct revocation *rev)
{
    if (rev != NULL) {
        arena_free(rev->scratch);
        arena_free(rev->mem);
        mem_free(rev);
    }
}

/* ---- noting ---------------------------------------------------------------------------------- */

/* Half of the memory is for what is read. */
static bool has_room(struct revocation *rev, const struct map *map)
{
    if (map->n < LIMIT_REVOCATION_NOTES && arena_used(rev->mem) < LIMIT_REVOCATION_MEMORY / 2) {
        return true;
    }
    rev->beyond.state = LIST_PROBLEM;
    rev->beyond.source = STR("beyond the bounds of an audit");
    rev->beyond.problem =
        STR("the account's certificates name more issuers and lists than one audit holds");
    return false;
}

enum status list_note(struct revocation *rev, struct str source, struct list_slot **ret,
                      struct why *why)
{
    struct list_slot *list = map_get(&rev->lists, source);
    if (list == NULL && has_room(rev, &rev->lists)) {
        list = NEW(rev->mem, struct list_slot);
        TRY_PTR(list);
        TRY(str_dup(rev->mem, source, &list->source, why));
        TRY(map_put(&rev->lists, list->source, list, why));
        rev->n_pending++;
    }
    *ret = list;
    return STATUS_OK;
}

enum status skipped_note(struct revocation *rev, struct str point, struct why *why)
{
    struct list_slot *list = NULL;
    TRY(list_note(rev, point, &list, why));
    if (list != NULL && list->state == LIST_NOTED) {
        list_problem(rev, list,
                     "the list is not fetched: only http and https addresses are, and "
                     "the certificates that name it have none that is");
    }
    return STATUS_OK;
}

static char *append(char *at, struct str s)
{
    if (s.len > 0) {
        memcpy(at, s.ptr, s.len);
    }
    return at + s.len;
}

/* The map's key of the issuer that a certificate names; made for every certificate of the fleet. */
static enum status issuer_key(struct arena *mem, const struct revocation_subject *cert,
                              struct str *ret, struct why *why)
{
    size_t n = cert->issuer_hash.len + 1 + cert->authority_key_id.len;
    char *text = arena_alloc(mem, n);
    TRY_PTR(text);
    append(append(append(text, cert->issuer_hash), STR("/")), cert->authority_key_id);
    *ret = (struct str){text, n};
    return STATUS_OK;
}

static enum status issuer_of(struct revocation *rev, const struct revocation_subject *cert,
                             struct issuer_slot **ret, struct why *why)
{
    struct str key;
    TRY(issuer_key(rev->scratch, cert, &key, why));
    *ret = map_get(&rev->issuers, key);
    return STATUS_OK;
}

enum status child_load(struct revocation *rev, struct str id, struct arena *mem,
                       const struct cert **ret, struct why *why)
{
    struct certificate_der row = {.id = id};
    *ret = NULL;
    enum status status = store_get(rev->env.view, TABLE(certificate_der), &row, rev->scratch, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    if (cert_read(mem, str_of_bytes(row.der), ret, NULL) != STATUS_OK) {
        *ret = NULL;
    }
    return STATUS_OK;
}

/* What of a certificate's distribution points nobody asks, when it has no other; "" otherwise.
 * Certificates registered before that was kept are looked into. */
static enum status skipped_point(struct revocation *rev, const struct revocation_subject *cert,
                                 struct str *ret, struct why *why)
{
    *ret = STR("");
    if (!str_absent(cert->crl_urls)) {
        return STATUS_OK;
    }
    if (!str_absent(cert->crl_skipped)) {
        *ret = cert->crl_skipped;
        return STATUS_OK;
    }
    struct certificate_der row = {.id = cert->id};
    const struct cert *read = NULL;
    enum status status = store_get(rev->env.view, TABLE(certificate_der), &row, rev->scratch, why);
    if (status == STATUS_OK && !cert_may_have_crl_points(row.der)) {
        return STATUS_OK;
    }
    if (status == STATUS_OK) {
        status = cert_read(rev->scratch, str_of_bytes(row.der), &read, why);
    }
    if (status == STATUS_OK) {
        *ret = str_absent(read->crl_skipped) ? STR("") : read->crl_skipped;
    } else if (status != STATUS_NO_MEMORY && status != STATUS_IO && status != STATUS_BUSY) {
        *ret = STR("a certificate whose bytes cannot be read");
        status = STATUS_OK;
    }
    return status;
}

enum status issuer_note(struct revocation *rev, const struct revocation_subject *cert,
                        const struct cert *child, bool chain, struct issuer_slot **ret,
                        struct why *why)
{
    struct issuer_slot *issuer = NULL;
    TRY(issuer_of(rev, cert, &issuer, why));
    if (issuer == NULL && has_room(rev, &rev->issuers)) {
        issuer = NEW(rev->mem, struct issuer_slot);
        TRY_PTR(issuer);
        struct str key;
        TRY(issuer_key(rev->mem, cert, &key, why));
        TRY(str_dup(rev->mem, cert->issuer_hash, &issuer->name_hash, why));
        TRY(str_dup(rev->mem, cert->authority_key_id, &issuer->key_id, why));
        TRY(str_dup(rev->mem, cert->issuer, &issuer->name, why));
        TRY(str_dup(rev->mem, cert->issuer_urls, &issuer->urls, why));
        TRY(str_dup(rev->mem, cert->id, &issuer->child_id, why));
        issuer->child = child;
        TRY(map_put(&rev->issuers, key, issuer, why));
        rev->n_pending++;
    }
    if (issuer != NULL && chain && !issuer->chain) {
        issuer->chain = true;
        rev->n_pending++;
    }
    *ret = issuer;
    return STATUS_OK;
}

enum status revocation_want(struct revocation *rev, const struct revocation_subject *cert,
                            bool chain, struct why *why)
{
    arena_clear(rev->scratch);
    struct str rest = cert->crl_urls;
    struct str url;
    while (str_next(&rest, '\n', &url)) {
        struct list_slot *list;
        TRY(list_note(rev, url, &list, why));
    }
    struct str skipped;
    TRY(skipped_point(rev, cert, &skipped, why));
    if (skipped.len > 0) {
        TRY(skipped_note(rev, skipped, why));
    }
    bool has_list = !str_absent(cert->crl_urls) || rev->files != NULL;
    struct issuer_slot *issuer;
    chain = chain && !cert->self_issued;
    return has_list || chain ? issuer_note(rev, cert, NULL, chain, &issuer, why) : STATUS_OK;
}

bool revocation_pending(const struct revocation *rev)
{
    return rev->n_pending > 0;
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* A question on its way through the lists. */
struct asking {
    const struct revocation_subject *cert;
    struct issuer_slot *issuer; /* NULL: not noted */
    struct bytes serial;
    struct str skipped; /* a distribution point that nobody asks; "": none */
    bool answered;
    struct list_slot *silent; /* one that should have answered and could not */
    struct str lack;          /* why */
};

/* Invariant 5. */
static bool signed_by_issuer(const struct list_slot *list, const struct issuer_slot *issuer)
{
    if (list->state != LIST_USABLE || issuer == NULL || issuer->state != ISSUER_KNOWN) {
        return false;
    }
    const struct bytes mine = {issuer->cert->key.spki_sha256, SHA256_BYTES};
    const struct bytes its = {list->signer->key.spki_sha256, SHA256_BYTES};
    return str_eq(str_of_bytes(mine), str_of_bytes(its)) &&
           str_eq(str_of_bytes(issuer->cert->subject_der), str_of_bytes(list->crl.issuer_der));
}

static bool serves_any(const struct crl *crl, struct str urls)
{
    struct str url;
    while (crl->has_point && str_next(&urls, '\n', &url)) {
        if (crl_serves(crl, url)) {
            return true;
        }
    }
    return !crl->has_point;
}

/* Why this list's silence on a certificate says nothing; absent when it says "not revoked". urls
 * are the addresses for which it may speak. */
static struct str silence_lacks(const struct list_slot *list, const struct asking *ask,
                                struct str urls)
{
    if (!str_absent(list->problem)) {
        return list->problem;
    }
    if (ask->issuer != NULL && ask->issuer->state == ISSUER_PROBLEM) {
        return ask->issuer->problem;
    }
    if (!signed_by_issuer(list, ask->issuer)) {
        return STR("the list is another issuer's");
    }
    if (crl_is_delta(&list->crl)) {
        return STR("the list is a delta list: it says what has changed since another");
    }
    if (!crl_covers(&list->crl, ask->cert->ca)) {
        return STR("the list is for certificates of another kind");
    }
    if (list->crl.some_reasons) {
        return STR("the list names some reasons of revocation only");
    }
    if (!serves_any(&list->crl, urls)) {
        return STR("the list is another part of the issuer's split list");
    }
    return STR_ABSENT;
}

/* Whether a hold that the list has was taken back by a delta list that continues it. */
static bool is_restored(const struct revocation *rev, const struct list_slot *list,
                        const struct asking *ask)
{
    if (crl_find(&list->crl, ask->serial)->reason != CRL_REASON_CERTIFICATE_HOLD) {
        return false;
    }
    for (const struct list_slot *delta = rev->deltas; delta != NULL; delta = delta->next_delta) {
        if (signed_by_issuer(delta, ask->issuer) && crl_continues(&delta->crl, &list->crl) &&
            crl_restores(&delta->crl, ask->serial)) {
            return true;
        }
    }
    return false;
}

static void ask_list(const struct revocation *rev, struct list_slot *list, struct asking *ask,
                     struct str urls, struct revocation_word *word)
{
    if (signed_by_issuer(list, ask->issuer) && crl_covers(&list->crl, ask->cert->ca) &&
        crl_revokes(&list->crl, ask->serial) && !is_restored(rev, list, ask)) {
        const struct crl_entry *entry = crl_find(&list->crl, ask->serial);
        *word = (struct revocation_word){.answer = REVOCATION_YES,
                                         .source = list->source,
                                         .revoked_at = entry->revoked_at,
                                         .reason = crl_reason_name(entry->reason)};
        return;
    }
    struct str lack = silence_lacks(list, ask, urls);
    if (str_absent(lack)) {
        ask->answered = true;
    } else if (ask->silent == NULL) {
        ask->silent = list;
        ask->lack = lack;
    }
}

/* Whether a file of the folder should have an answer: it is the issuer's, or nobody knows whose,
 * and not for certificates of another kind. */
static bool file_concerns(const struct list_slot *file, const struct asking *ask)
{
    if (str_absent(file->issuer_hash)) {
        return true;
    }
    return str_eq(file->issuer_hash, ask->cert->issuer_hash) &&
           crl_covers(&file->crl, ask->cert->ca) &&
           (file->state != LIST_USABLE || ask->issuer == NULL ||
            ask->issuer->state != ISSUER_KNOWN || signed_by_issuer(file, ask->issuer));
}

/* All lists that could know the certificate. Distribution points are alternatives: one that answers
 * is enough. */
static void ask_lists(struct revocation *rev, struct asking *ask, struct revocation_word *word)
{
    struct str rest = ask->cert->crl_urls;
    struct str url;
    while (word->answer != REVOCATION_YES && str_next(&rest, '\n', &url)) {
        struct list_slot *list = map_get(&rev->lists, url);
        if (list != NULL) {
            ask_list(rev, list, ask, url, word);
        }
    }
    struct list_slot *skipped = map_get(&rev->lists, ask->skipped);
    if (skipped != NULL) {
        ask_list(rev, skipped, ask, ask->skipped, word);
    }
    for (struct list_slot *file = rev->files; file != NULL && word->answer != REVOCATION_YES;
         file = file->next_file) {
        if (file_concerns(file, ask)) {
            ask_list(rev, file, ask, ask->cert->crl_urls, word);
        }
    }
    for (struct list_slot *delta = rev->deltas; delta != NULL && word->answer != REVOCATION_YES;
         delta = delta->next_delta) {
        if (crl_revokes(&delta->crl, ask->serial)) {
            ask_list(rev, delta, ask, ask->cert->crl_urls, word);
        }
    }
}

/* Invariant 3. */
static struct revocation_word unknown(struct revocation *rev, struct asking *ask)
{
    if (rev->beyond.state == LIST_PROBLEM && (ask->silent == NULL || ask->issuer == NULL)) {
        ask->silent = &rev->beyond;
        ask->lack = rev->beyond.problem;
    }
    if (ask->silent != NULL && !str_absent(ask->silent->problem)) {
        ask->silent->unjudged++;
    } else if (ask->issuer != NULL && ask->issuer->state == ISSUER_PROBLEM) {
        ask->issuer->unjudged++;
    } else if (ask->silent != NULL) {
        ask->silent->silence = ask->lack;
        ask->silent->unjudged++;
    }
    return (struct revocation_word){
        .answer = REVOCATION_UNKNOWN,
        .lack = ask->silent != NULL ? ask->lack : STR("its revocation list was not asked for")};
}

enum status revocation_ask(struct revocation *rev, const struct revocation_subject *cert,
                           struct revocation_word *ret, struct why *why)
{
    struct revocation_word word = {.answer = REVOCATION_NO};
    struct str skipped;
    arena_clear(rev->scratch);
    TRY(skipped_point(rev, cert, &skipped, why));
    if (str_absent(cert->crl_urls) && skipped.len == 0 && rev->files == NULL) {
        *ret = word;
        return STATUS_OK;
    }
    uint8_t serial[CERT_SERIAL_BYTES_MAX];
    size_t n = cert->serial.len / 2;
    if (n > sizeof serial || hex_decode(cert->serial, serial, n, NULL) != STATUS_OK) {
        return why_set(why, STATUS_CORRUPT, "certificate %.*s has the serial number '%.*s'",
                       STR_ARG(cert->id), STR_ARG(cert->serial));
    }
    struct asking ask = {.cert = cert, .serial = {serial, n}, .skipped = skipped};
    TRY(issuer_of(rev, cert, &ask.issuer, why));
    ask_lists(rev, &ask, &word);
    bool asked = !str_absent(cert->crl_urls) || skipped.len > 0 || ask.silent != NULL;
    *ret = word.answer == REVOCATION_NO && !ask.answered && asked ? unknown(rev, &ask) : word;
    return STATUS_OK;
}

/* A chain that ends before a root. */
static void chain_lacks(struct revocation *rev, struct issuer_slot *issuer, bool *ret_unknown,
                        struct str *ret_lack)
{
    *ret_unknown = true;
    if (issuer == NULL && rev->beyond.state == LIST_PROBLEM) {
        *ret_lack = rev->beyond.problem;
        rev->beyond.unjudged++;
    } else if (issuer == NULL) {
        *ret_lack = STR("the certificate's chain was not followed to a root");
    } else {
        *ret_lack = str_absent(issuer->problem) ? STR("an issuer of the certificate's chain was "
                                                      "not looked for: the chain is too long")
                                                : issuer->problem;
        issuer->unjudged++;
    }
}

enum status revocation_chain(struct revocation *rev, const struct revocation_subject *cert,
                             struct revoked_issuer *list, size_t max, size_t *ret_n,
                             bool *ret_unknown, struct str *ret_lack, struct why *why)
{
    size_t n = 0;
    struct issuer_slot *issuer = NULL;
    arena_clear(rev->scratch);
    TRY(issuer_of(rev, cert, &issuer, why));
    *ret_unknown = false;
    for (size_t depth = 0; !cert->self_issued; depth++) {
        if (issuer != NULL && issuer->state == ISSUER_VOUCHED) {
            break;
        }
        if (issuer == NULL || issuer->state != ISSUER_KNOWN || depth == LIMIT_CHAIN_DEPTH) {
            chain_lacks(rev, issuer, ret_unknown, ret_lack);
            break;
        }
        if (issuer->cert->self_signed) {
            break; /* a root: nobody is above it who could revoke it */
        }
        struct revocation_word word;
        TRY(revocation_ask(rev, &issuer->subject, &word, why));
        if (word.answer == REVOCATION_YES && n < max) {
            list[n++] = (struct revoked_issuer){issuer->cert->subject, issuer->cert->id,
                                                issuer->subject.serial, word};
        } else if (word.answer == REVOCATION_UNKNOWN) {
            *ret_unknown = true;
            *ret_lack = word.lack;
        }
        issuer = issuer->above;
    }
    *ret_n = n;
    return STATUS_OK;
}

/* ---- problems -------------------------------------------------------------------------------- */

void list_problem(struct revocation *rev, struct list_slot *list, const char *fmt, ...)
{
    char text[WHY_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    list->state = LIST_PROBLEM;
    if (str_dup(rev->mem, str_from(text), &list->problem, NULL) != STATUS_OK) {
        list->problem = STR("out of memory");
    }
}

void list_lacks_issuer(struct revocation *rev, struct list_slot *list, const char *text)
{
    list_problem(rev, list, "the list's signature cannot be verified: %s", text);
    list->state = LIST_READ;
}

size_t revocation_issuers(const struct revocation *rev)
{
    size_t n = 0;
    for (size_t i = 0; i < rev->issuers.n; i++) {
        n += ((const struct issuer_slot *)map_at(&rev->issuers, i)->value)->chain;
    }
    return n;
}

/* ---- what was gathered ----------------------------------------------------------------------- */

struct revocation_lists revocation_lists_begin(const struct revocation *rev)
{
    return (struct revocation_lists){.rev = rev, .beyond = &rev->beyond, .file = rev->files};
}

/* Whether some certificate names the list's issuer; of one that cannot be read nobody knows. */
static bool of_the_fleet(const struct revocation *rev, const struct list_slot *list)
{
    for (size_t i = 0; i < rev->issuers.n; i++) {
        const struct issuer_slot *issuer = map_at(&rev->issuers, i)->value;
        if (str_eq(issuer->name_hash, list->issuer_hash)) {
            return true;
        }
    }
    return str_absent(list->issuer_hash);
}

static struct revocation_list_seen see(const struct list_slot *list)
{
    struct revocation_list_seen seen = {.source = list->source, .signer = list->signer};
    if (seen.signer != NULL) {
        seen.next_update = list->crl.next_update;
    } else {
        seen.lack = str_absent(list->problem) ? STR("the list was not asked for") : list->problem;
    }
    return seen;
}

/* Delta lists live for hours and come again; what ends is the list that they add to. */
static bool is_addition(const struct list_slot *list)
{
    return list->freshest || crl_is_delta(&list->crl);
}

bool revocation_lists_next(struct revocation_lists *at, struct revocation_list_seen *ret)
{
    const struct list_slot *beyond = at->beyond;
    at->beyond = NULL;
    if (beyond != NULL && beyond->state == LIST_PROBLEM) {
        *ret = see(beyond);
        return true;
    }
    while (at->file != NULL) {
        const struct list_slot *file = at->file;
        at->file = file->next_file;
        if (of_the_fleet(at->rev, file) && !is_addition(file)) {
            *ret = see(file);
            return true;
        }
    }
    while (at->list < at->rev->lists.n) {
        const struct list_slot *list = map_at(&at->rev->lists, at->list++)->value;
        if (!is_addition(list)) {
            *ret = see(list);
            return true;
        }
    }
    return false;
}

struct revocation_problems revocation_problems_begin(const struct revocation *rev)
{
    return (struct revocation_problems){.rev = rev, .beyond = &rev->beyond, .file = rev->files};
}

/* Files of issuers that the fleet has nothing to do with are no problem. */
static bool list_shows(const struct list_slot *list, struct revocation_problem *ret)
{
    struct str text = str_absent(list->problem) ? list->silence : list->problem;
    *ret = (struct revocation_problem){list->source, text, list->unjudged};
    return list->state == LIST_PROBLEM || list->unjudged > 0;
}

bool revocation_problems_next(struct revocation_problems *at, struct revocation_problem *ret)
{
    const struct list_slot *beyond = at->beyond;
    at->beyond = NULL;
    if (beyond != NULL && list_shows(beyond, ret)) {
        return true;
    }
    while (at->file != NULL) {
        const struct list_slot *file = at->file;
        at->file = file->next_file;
        if (list_shows(file, ret)) {
            return true;
        }
    }
    while (at->list < at->rev->lists.n) {
        if (list_shows(map_at(&at->rev->lists, at->list++)->value, ret)) {
            return true;
        }
    }
    while (at->issuer < at->rev->issuers.n) {
        const struct issuer_slot *issuer = map_at(&at->rev->issuers, at->issuer++)->value;
        if (issuer->state == ISSUER_PROBLEM) {
            *ret = (struct revocation_problem){issuer->name, issuer->problem, issuer->unjudged};
            return true;
        }
    }
    return false;
}
