/* revocation.c: noting and asking. Gathering is in revocation_gather.c, the folder in crl_dir.c. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/revocation_priv.h"
#include "base/limits.h"
#include "codec/hex.h"

#include "base/banned.h"

enum { SLOTS_MAX = 65536 };

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
    map_init(&rev->lists, rev->mem, SLOTS_MAX);
    map_init(&rev->issuers, rev->mem, SLOTS_MAX);
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

enum status list_note(struct revocation *rev, struct str source, struct list_slot **ret,
                      struct why *why)
{
    struct list_slot *list = map_get(&rev->lists, source);
    if (list == NULL) {
        list = NEW(rev->mem, struct list_slot);
        TRY_PTR(list);
        TRY(str_dup(rev->mem, source, &list->source, why));
        TRY(map_put(&rev->lists, list->source, list, why));
        rev->n_pending++;
    }
    *ret = list;
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

struct issuer_slot *issuer_of(const struct revocation *rev, const struct revocation_subject *cert,
                              struct arena *scratch)
{
    struct str key;
    return issuer_key(scratch, cert, &key, NULL) == STATUS_OK ? map_get(&rev->issuers, key) : NULL;
}

/* The bytes of the certificate itself, read, to prove its issuer with. NULL when they are gone. */
static const struct cert *child_load(struct revocation *rev, struct str id)
{
    struct certificate_der row = {.id = id};
    const struct cert *cert = NULL;
    if (store_get(rev->env.view, TABLE(certificate_der), &row, rev->scratch, NULL) != STATUS_OK ||
        cert_read(rev->mem, str_of_bytes(row.der), &cert, NULL) != STATUS_OK) {
        return NULL;
    }
    return cert;
}

enum status issuer_note(struct revocation *rev, const struct revocation_subject *cert,
                        const struct cert *child, bool chain, struct issuer_slot **ret,
                        struct why *why)
{
    struct issuer_slot *issuer = issuer_of(rev, cert, rev->scratch);
    if (issuer == NULL) {
        issuer = NEW(rev->mem, struct issuer_slot);
        TRY_PTR(issuer);
        struct str key;
        TRY(issuer_key(rev->mem, cert, &key, why));
        TRY(str_dup(rev->mem, cert->issuer_hash, &issuer->name_hash, why));
        TRY(str_dup(rev->mem, cert->authority_key_id, &issuer->key_id, why));
        TRY(str_dup(rev->mem, cert->issuer, &issuer->name, why));
        TRY(str_dup(rev->mem, cert->issuer_urls, &issuer->urls, why));
        issuer->child = child != NULL ? child : child_load(rev, cert->id);
        TRY(map_put(&rev->issuers, key, issuer, why));
        rev->n_pending++;
    }
    if (chain && !issuer->chain) {
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
    bool has_list = !str_absent(cert->crl_urls) || rev->files != NULL;
    struct issuer_slot *issuer;
    return has_list || chain ? issuer_note(rev, cert, NULL, chain, &issuer, why) : STATUS_OK;
}

bool revocation_pending(const struct revocation *rev)
{
    return rev->n_pending > 0;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static bool same_name(const struct issuer_slot *issuer, const struct crl *crl)
{
    return issuer->cert != NULL &&
           str_eq(str_of_bytes(issuer->cert->subject_der), str_of_bytes(crl->issuer_der));
}

/* One list's word on a serial number. Lists of another issuer or kind say nothing. */
static bool list_answers(const struct list_slot *list, const struct issuer_slot *issuer,
                         const struct revocation_subject *cert, struct bytes serial,
                         struct revocation_word *word)
{
    if (list->state != LIST_USABLE || issuer == NULL || !same_name(issuer, &list->crl) ||
        !crl_covers(&list->crl, cert->ca)) {
        return false;
    }
    if (crl_revokes(&list->crl, serial)) {
        const struct crl_entry *entry = crl_find(&list->crl, serial);
        *word = (struct revocation_word){.answer = REVOCATION_YES,
                                         .source = list->source,
                                         .revoked_at = entry->revoked_at,
                                         .reason = crl_reason_name(entry->reason)};
    }
    return true;
}

/* A list that could have answered and cannot makes the answer unknown, unless another one says
 * revoked. */
static void list_lacks(struct list_slot *list, struct issuer_slot *issuer,
                       struct revocation_word *word)
{
    if (word->answer == REVOCATION_NO) {
        word->answer = REVOCATION_UNKNOWN;
        if (list->state == LIST_PROBLEM) {
            word->lack = list->problem;
            list->unjudged++;
        } else if (issuer != NULL && issuer->state == ISSUER_PROBLEM) {
            word->lack = issuer->problem;
            issuer->unjudged++;
        } else {
            word->lack = STR("the list at the certificate's address is another issuer's");
        }
    }
}

/* All lists a certificate names. Distribution points are alternatives: one that answers is enough.
 */
static void ask_urls(struct revocation *rev, const struct revocation_subject *cert,
                     struct issuer_slot *issuer, struct bytes serial, struct revocation_word *word)
{
    bool answered = false;
    struct list_slot *silent = NULL;
    struct str rest = cert->crl_urls;
    struct str url;
    while (word->answer != REVOCATION_YES && str_next(&rest, '\n', &url)) {
        struct list_slot *list = map_get(&rev->lists, url);
        if (list == NULL) {
            continue;
        }
        if (list_answers(list, issuer, cert, serial, word)) {
            answered = true;
        } else {
            silent = list;
        }
    }
    for (struct list_slot *file = rev->files; file != NULL && word->answer != REVOCATION_YES;
         file = file->next_file) {
        answered = list_answers(file, issuer, cert, serial, word) || answered;
    }
    if (!answered && silent != NULL) {
        list_lacks(silent, issuer, word);
    }
}

enum status revocation_ask(struct revocation *rev, const struct revocation_subject *cert,
                           struct revocation_word *ret, struct why *why)
{
    struct revocation_word word = {.answer = REVOCATION_NO};
    if (str_absent(cert->crl_urls) && rev->files == NULL) {
        *ret = word;
        return STATUS_OK;
    }
    uint8_t serial[CERT_SERIAL_BYTES_MAX];
    size_t n = cert->serial.len / 2;
    if (n > sizeof serial || hex_decode(cert->serial, serial, n, NULL) != STATUS_OK) {
        return why_set(why, STATUS_CORRUPT, "certificate %.*s has the serial number '%.*s'",
                       STR_ARG(cert->id), STR_ARG(cert->serial));
    }
    arena_clear(rev->scratch);
    struct issuer_slot *issuer = issuer_of(rev, cert, rev->scratch);
    ask_urls(rev, cert, issuer, (struct bytes){serial, n}, &word);
    *ret = word;
    return STATUS_OK;
}

enum status revocation_chain(struct revocation *rev, const struct revocation_subject *cert,
                             struct revoked_issuer *list, size_t max, size_t *ret_n,
                             bool *ret_unknown, struct str *ret_lack, struct why *why)
{
    size_t n = 0;
    arena_clear(rev->scratch);
    struct issuer_slot *issuer = issuer_of(rev, cert, rev->scratch);
    *ret_unknown = false;
    for (size_t depth = 0; issuer != NULL && depth < LIMIT_CHAIN_DEPTH; depth++) {
        if (issuer->state != ISSUER_KNOWN) {
            *ret_unknown = true;
            *ret_lack = issuer->problem;
            issuer->unjudged++;
            break;
        }
        struct revocation_word word;
        TRY(revocation_ask(rev, &issuer->subject, &word, why));
        if (word.answer == REVOCATION_YES && n < max) {
            list[n++] = (struct revoked_issuer){issuer->cert->subject, issuer->key_id,
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

size_t revocation_issuers(const struct revocation *rev)
{
    size_t n = 0;
    for (size_t i = 0; i < rev->issuers.n; i++) {
        n += ((const struct issuer_slot *)map_at(&rev->issuers, i)->value)->chain;
    }
    return n;
}

/* Problems in one numbering: folder, addresses, issuers. */
static bool problem_nth(const struct revocation *rev, size_t nth, struct revocation_problem *ret,
                        size_t *ret_n)
{
    size_t n = 0;
    for (const struct list_slot *file = rev->files; file != NULL; file = file->next_file) {
        if (file->state == LIST_PROBLEM && n++ == nth) {
            *ret = (struct revocation_problem){file->source, file->problem, file->unjudged};
            return true;
        }
    }
    for (size_t i = 0; i < rev->lists.n; i++) {
        const struct list_slot *list = map_at(&rev->lists, i)->value;
        if (list->state == LIST_PROBLEM && n++ == nth) {
            *ret = (struct revocation_problem){list->source, list->problem, list->unjudged};
            return true;
        }
    }
    for (size_t i = 0; i < rev->issuers.n; i++) {
        const struct issuer_slot *issuer = map_at(&rev->issuers, i)->value;
        if (issuer->state == ISSUER_PROBLEM && n++ == nth) {
            *ret = (struct revocation_problem){issuer->name, issuer->problem, issuer->unjudged};
            return true;
        }
    }
    *ret_n = n;
    return false;
}

size_t revocation_problem_count(const struct revocation *rev)
{
    struct revocation_problem ignored;
    size_t n = 0;
    (void)problem_nth(rev, SIZE_MAX, &ignored, &n);
    return n;
}

struct revocation_problem revocation_problem_at(const struct revocation *rev, size_t i)
{
    struct revocation_problem problem = {.unjudged = 0};
    size_t n = 0;
    (void)problem_nth(rev, i, &problem, &n);
    return problem;
}
