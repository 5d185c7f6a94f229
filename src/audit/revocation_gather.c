/* revocation_gather.c: fetching, reading and verifying what was noted.
 *
 * Rounds: each fetches every list and issuer certificate noted so far, side by side; issuers that
 * become known may note their own lists and issuers, for the next round. A chain has at most
 * LIMIT_CHAIN_DEPTH issuers, so there are at most as many rounds, and one.
 */
#include <stdio.h>

#include "audit/revocation_priv.h"
#include "base/limits.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "x509/verify.h"

#include "base/banned.h"

/* What one fetch is for: a list, or one address of an issuer's certificate. */
struct wanted {
    struct list_slot *list;
    struct issuer_slot *issuer;
};

struct round {
    struct http_fetch *items;
    struct wanted *wanted;
    size_t n;
    size_t max;
};

/* ---- reading lists --------------------------------------------------------------------------- */

static void list_judge_times(struct revocation *rev, struct list_slot *list)
{
    char when[TIME_TEXT_MAX];
    if (list->crl.next_update != TIME_NEVER && list->crl.next_update <= rev->env.now) {
        list_problem(rev, list, "the list is stale: its nextUpdate was %s",
                     time_format(list->crl.next_update, when));
        list->out_of_time = true;
    } else if (list->crl.this_update > rev->env.now) {
        list_problem(rev, list, "the list is from the future: its thisUpdate is %s",
                     time_format(list->crl.this_update, when));
        list->out_of_time = true;
    }
}

void list_read(struct revocation *rev, struct list_slot *list, struct str pem_or_der)
{
    struct why why = {.code = STATUS_OK};
    enum status status = crl_decode(rev->scratch, pem_or_der, &list->der, &why);
    if (status == STATUS_OK) {
        status = crl_read(rev->mem, list->der, &list->crl, &why);
    }
    char hash[SHA256_HEX + 1];
    if (status == STATUS_OK) {
        status = digest_sha256_hex(list->crl.issuer_der, hash, &why);
    }
    if (status == STATUS_OK) {
        status = str_dup(rev->mem, str_from(hash), &list->issuer_hash, &why);
    }
    if (status != STATUS_OK) {
        list_problem(rev, list, "the list cannot be read: %s", why.text);
        return;
    }
    list->state = LIST_READ;
    list_judge_times(rev, list);
}

/* A list kept in the store serves until margin before its nextUpdate; one without is fetched anew
 * each time. */
static bool list_from_store(struct revocation *rev, struct list_slot *list, int64_t margin)
{
    struct revocation_list row = {.source = list->source};
    if (store_get(rev->env.view, TABLE(revocation_list), &row, rev->scratch, NULL) != STATUS_OK ||
        row.next_update == TIME_NEVER || row.next_update - margin <= rev->env.now) {
        return false;
    }
    list_read(rev, list, str_of_bytes(row.der));
    return list->state == LIST_READ;
}

/* ---- proving issuers ------------------------------------------------------------------------- */

static void issuer_problem(struct revocation *rev, struct issuer_slot *issuer, const char *text)
{
    bool more = issuer->lack.len > 0;
    issuer->state = ISSUER_PROBLEM;
    if (str_fmt(rev->mem, &issuer->problem, NULL, "the certificate of issuer %.*s %s%s%.*s",
                STR_ARG(issuer->name), text, more ? ": " : "",
                STR_ARG(issuer->lack)) != STATUS_OK) {
        issuer->problem = STR("out of memory");
    }
}

static enum status join_lines(struct arena *mem, const struct str *lines, size_t n, struct str *ret,
                              struct why *why)
{
    struct str all = STR_ABSENT;
    for (size_t i = 0; i < n; i++) {
        TRY(str_fmt(mem, &all, why, "%.*s%s%.*s", STR_ARG(all), i == 0 ? "" : "\n",
                    STR_ARG(lines[i])));
    }
    *ret = all;
    return STATUS_OK;
}

/* The issuer's own certificate, as lists see it. */
static enum status issuer_set(struct revocation *rev, struct issuer_slot *issuer,
                              const struct cert *cert, struct why *why)
{
    struct revocation_subject subject = {
        .id = cert->id, .serial = cert->serial_hex, .issuer = cert->issuer, .ca = true};
    TRY(hex_dup(rev->mem, (struct bytes){cert->issuer_sha256, SHA256_BYTES}, &subject.issuer_hash,
                why));
    if (cert->authority_key_id.ptr != NULL) {
        TRY(hex_dup(rev->mem, cert->authority_key_id, &subject.authority_key_id, why));
    }
    TRY(join_lines(rev->mem, cert->crl_urls, cert->n_crl_urls, &subject.crl_urls, why));
    TRY(join_lines(rev->mem, cert->issuer_urls, cert->n_issuer_urls, &subject.issuer_urls, why));
    subject.crl_skipped = str_absent(cert->crl_skipped) ? STR("") : cert->crl_skipped;
    issuer->cert = cert;
    issuer->subject = subject;
    issuer->state = ISSUER_KNOWN;
    return STATUS_OK;
}

/* A registered CA of the name and key id that certificates ask for. */
static bool has_key_id(struct revocation *rev, const struct issuer_slot *issuer,
                       const struct cert *cert)
{
    struct str id;
    return issuer->key_id.len > 0 && cert->subject_key_id.len > 0 &&
           hex_dup(rev->mem, cert->subject_key_id, &id, NULL) == STATUS_OK &&
           str_eq(id, issuer->key_id);
}

/* The certificate that proves it is read for the moment only: a fleet may have an issuer for each
 * device. */
static enum status proven(struct revocation *rev, const struct issuer_slot *issuer,
                          const struct cert *cert, bool registered, bool *ret, struct why *why)
{
    enum { CHILD_MEMORY = 1 << 20 };
    AUTO_ARENA *mem = arena_new(CHILD_MEMORY);
    TRY_PTR(mem);
    const struct cert *child = issuer->child;
    if (child == NULL) {
        TRY(child_load(rev, issuer->child_id, mem, &child, why));
    }
    *ret = (child != NULL && cert_signed_by(child, cert, NULL) == STATUS_OK) ||
           (registered && has_key_id(rev, issuer, cert));
    return STATUS_OK;
}

static void issuer_keep(struct revocation *rev, struct issuer_slot *issuer, const struct cert *cert)
{
    const struct cert *kept = NULL;
    if (cert_read(rev->mem, str_of_bytes(cert->der), &kept, NULL) != STATUS_OK ||
        issuer_set(rev, issuer, kept, NULL) != STATUS_OK) {
        issuer_problem(rev, issuer, "does not fit into the memory of an audit");
    }
}

static enum status issuer_try(struct revocation *rev, struct issuer_slot *issuer,
                              struct str pem_or_der, bool registered, struct why *why)
{
    enum { BUNDLE_MAX = 8 };
    const struct cert **certs = NULL;
    size_t n = 0;
    if (cert_read_bundle(rev->scratch, pem_or_der, BUNDLE_MAX, &certs, &n, NULL) != STATUS_OK) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < n && issuer->state == ISSUER_NOTED; i++) {
        bool is_it = false;
        TRY(proven(rev, issuer, certs[i], registered, &is_it, why));
        if (is_it) {
            issuer_keep(rev, issuer, certs[i]);
        }
    }
    return STATUS_OK;
}

/* Registered CA certificates of the issuer's name. */
static enum status issuer_from_registry(struct revocation *rev, struct issuer_slot *issuer,
                                        struct why *why)
{
    struct ca_certificate named = {.subject_hash = issuer->name_hash};
    const struct store_range range = {.index = INDEX(ca_certificate, by_subject),
                                      .prefix = &named,
                                      .n_prefix = 1,
                                      .columns = COLUMN_BIT(COL_ca_certificate__id)};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(rev->env.view, TABLE(ca_certificate), &range, &scan, why));
    bool more = true;
    while (more && issuer->state == ISSUER_NOTED) {
        struct ca_certificate row = {.id = STR_ABSENT};
        TRY(store_scan_next(scan, &row, rev->scratch, &more, why));
        struct certificate_der der = {.id = row.id};
        enum status status = STATUS_NOT_FOUND;
        if (more) {
            status = store_get(rev->env.view, TABLE(certificate_der), &der, rev->scratch, why);
        }
        if (status != STATUS_NOT_FOUND) {
            TRY(status);
            TRY(issuer_try(rev, issuer, str_of_bytes(der.der), true, why));
        }
    }
    return STATUS_OK;
}

/* Invariant 8: AWS IoT's name, which is one long OU, and that of a Bulwark's local CA. */
static bool is_the_services_own(const struct revocation *rev, const struct issuer_slot *issuer)
{
    const struct str aws = STR("OU=Amazon Web Services O=Amazon.com Inc. L=Seattle ST=Washington "
                               "C=US");
    const struct str local = STR("CN=Bulwark local CA of account ");
    if (str_absent(rev->env.collected) || !str_absent(issuer->urls)) {
        return false;
    }
    return str_eq(issuer->name, aws) ||
           (str_starts(issuer->name, local) &&
            str_eq(str_slice(issuer->name, local.len, issuer->name.len), rev->env.collected));
}

/* ---- a round --------------------------------------------------------------------------------- */

static enum status round_add(struct revocation *rev, struct round *round, struct wanted wanted,
                             struct str url, size_t max_bytes, struct why *why)
{
    if (round->n == round->max) {
        size_t max = round->max == 0 ? 64 : round->max * 2;
        round->items = arena_grow(rev->scratch, round->items, round->max * sizeof *round->items,
                                  max * sizeof *round->items);
        round->wanted = arena_grow(rev->scratch, round->wanted, round->max * sizeof *round->wanted,
                                   max * sizeof *round->wanted);
        TRY_PTR(round->items);
        TRY_PTR(round->wanted);
        round->max = max;
    }
    round->items[round->n] = (struct http_fetch){
        .url = url, .max_bytes = max_bytes, .mem = rev->scratch, .status = STATUS_IO};
    round->wanted[round->n++] = wanted;
    return STATUS_OK;
}

static enum status round_collect(struct revocation *rev, struct round *round, struct why *why)
{
    for (size_t i = 0; i < rev->lists.n; i++) {
        struct list_slot *list = map_at(&rev->lists, i)->value;
        if (list->state == LIST_NOTED && !list_from_store(rev, list, rev->env.renew_ms)) {
            TRY(round_add(rev, round, (struct wanted){.list = list}, list->source, LIMIT_CRL_BYTES,
                          why));
        }
    }
    for (size_t i = 0; i < rev->issuers.n; i++) {
        struct issuer_slot *issuer = map_at(&rev->issuers, i)->value;
        if (issuer->state != ISSUER_NOTED) {
            continue;
        }
        TRY(issuer_from_registry(rev, issuer, why));
        /* What CreateKeysAndCertificate made is signed by our own authority, which is not listed.
         */
        if (issuer->state == ISSUER_NOTED && !str_absent(rev->env.local_ca)) {
            TRY(issuer_try(rev, issuer, rev->env.local_ca, true, why));
        }
        if (issuer->state == ISSUER_NOTED && is_the_services_own(rev, issuer)) {
            issuer->state = ISSUER_VOUCHED;
        }
        struct str rest = issuer->urls;
        struct str url;
        while (issuer->state == ISSUER_NOTED && str_next(&rest, '\n', &url)) {
            TRY(round_add(rev, round, (struct wanted){.issuer = issuer}, url, LIMIT_PEM_BYTES,
                          why));
        }
    }
    return STATUS_OK;
}

static enum status round_fetch(struct revocation *rev, struct round *round, struct why *why)
{
    if (round->n == 0) {
        return STATUS_OK;
    }
    if (rev->env.fetcher == NULL) {
        for (size_t i = 0; i < round->n; i++) {
            round->items[i].status =
                why_set(&round->items[i].why, STATUS_IO, "the network is not asked");
        }
        return STATUS_OK;
    }
    rev->env.fetcher->run(rev->env.fetcher->ctx, round->items, round->n, rev->env.canceled,
                          rev->env.cancel_ctx);
    for (size_t i = 0; i < round->n; i++) {
        if (round->items[i].status == STATUS_CANCELED) {
            return why_set(why, STATUS_CANCELED, "canceled while fetching %.*s",
                           STR_ARG(round->items[i].url));
        }
    }
    return STATUS_OK;
}

static enum status round_apply(struct revocation *rev, struct round *round, struct why *why)
{
    for (size_t i = 0; i < round->n; i++) {
        struct http_fetch *item = &round->items[i];
        struct list_slot *list = round->wanted[i].list;
        if (list != NULL && item->status != STATUS_OK) {
            if (list_from_store(rev, list, 0)) {
                continue; /* it was to be renewed, and is still good */
            }
            list_problem(rev, list, "the list cannot be fetched: %s", item->why.text);
        } else if (list != NULL) {
            list->from_network = true;
            list_read(rev, list, item->body);
        } else if (item->status != STATUS_OK) {
            round->wanted[i].issuer->lack = str_from(item->why.text);
        } else if (round->wanted[i].issuer->state == ISSUER_NOTED) {
            TRY(issuer_try(rev, round->wanted[i].issuer, item->body, false, why));
        }
    }
    for (size_t i = 0; i < rev->issuers.n; i++) {
        struct issuer_slot *issuer = map_at(&rev->issuers, i)->value;
        if (issuer->state == ISSUER_NOTED) {
            issuer_problem(rev, issuer,
                           str_absent(issuer->urls)
                               ? "is not registered, and no address of it is known"
                               : "is not registered, and none of its addresses gave it");
        }
        issuer->lack = STR_ABSENT;
    }
    return STATUS_OK;
}

/* Fetched lists note where their delta lists are. */
static enum status round_freshen(struct revocation *rev, struct why *why)
{
    for (size_t i = 0; i < rev->lists.n; i++) {
        struct list_slot *list = map_at(&rev->lists, i)->value;
        if (list->state != LIST_READ || list->freshest_noted || crl_is_delta(&list->crl)) {
            continue;
        }
        list->freshest_noted = true;
        for (size_t u = 0; u < list->crl.n_freshest_urls; u++) {
            struct list_slot *delta;
            struct str url = list->crl.freshest_urls[u];
            if (str_starts(url, STR("http://")) || str_starts(url, STR("https://"))) {
                TRY(list_note(rev, url, &delta, why));
                if (delta != NULL && delta->state == LIST_NOTED) {
                    delta->freshest = true;
                }
            }
        }
    }
    return STATUS_OK;
}

/* Known issuers whose chain is wanted note their own lists and the issuer above. */
static enum status round_climb(struct revocation *rev, struct why *why)
{
    for (size_t i = 0; i < rev->issuers.n; i++) {
        struct issuer_slot *issuer = map_at(&rev->issuers, i)->value;
        if (issuer->state != ISSUER_KNOWN || !issuer->chain || issuer->chain_noted) {
            continue;
        }
        issuer->chain_noted = true;
        if (issuer->cert->self_signed) {
            continue;
        }
        struct str rest = issuer->subject.crl_urls;
        struct str url;
        while (str_next(&rest, '\n', &url)) {
            struct list_slot *list;
            TRY(list_note(rev, url, &list, why));
        }
        if (str_absent(issuer->subject.crl_urls) && issuer->subject.crl_skipped.len > 0) {
            TRY(skipped_note(rev, issuer->subject.crl_skipped, why));
        }
        TRY(issuer_note(rev, &issuer->subject, issuer->cert, true, &issuer->above, why));
    }
    return STATUS_OK;
}

/* ---- verifying ------------------------------------------------------------------------------- */

static void list_keep(struct revocation *rev, const struct list_slot *list);

/* Finds the issuer that signed the list; *ret_named: there is one of that name at least. */
static void find_signer(const struct revocation *rev, struct list_slot *list, bool *ret_named,
                        struct why *why)
{
    for (size_t i = 0; i < rev->issuers.n && list->signer == NULL; i++) {
        const struct issuer_slot *issuer = map_at(&rev->issuers, i)->value;
        if (issuer->state == ISSUER_KNOWN &&
            str_eq(str_of_bytes(issuer->cert->subject_der), str_of_bytes(list->crl.issuer_der))) {
            *ret_named = true;
            if (crl_verify(&list->crl, list->der, issuer->cert, why) == STATUS_OK) {
                list->signer = issuer->cert;
            }
        }
    }
}

static void delta_note(struct revocation *rev, struct list_slot *list)
{
    if (crl_is_delta(&list->crl)) {
        list->next_delta = rev->deltas;
        rev->deltas = list;
    }
}

static void list_verify(struct revocation *rev, struct list_slot *list, bool file)
{
    struct why why = {.code = STATUS_OK};
    bool named = false;
    find_signer(rev, list, &named, &why);
    if (list->signer != NULL) {
        list->state = LIST_USABLE;
        list->problem = STR_ABSENT;
        delta_note(rev, list);
    }
    if (list->state == LIST_USABLE && list->from_network) {
        list_keep(rev, list);
    } else if (list->state == LIST_READ) {
        list_lacks_issuer(rev, list, named ? why.text : "no certificate of its issuer is known");
        list->state = file ? LIST_READ : LIST_PROBLEM;
    }
}

/* Whose a list is that is out of its time: it judges nothing, but that is to be said of somebody.
 * The bytes of a fetched one are gone when the next round begins. */
static void list_place(struct revocation *rev, struct list_slot *list, bool file)
{
    bool named = false;
    if (list->out_of_time && list->signer == NULL && list->der.ptr != NULL) {
        find_signer(rev, list, &named, NULL);
        list->der = file ? list->der : (struct bytes){NULL, 0};
    }
}

static void lists_verify(struct revocation *rev)
{
    for (size_t i = 0; i < rev->lists.n; i++) {
        struct list_slot *list = map_at(&rev->lists, i)->value;
        if (list->state == LIST_READ) {
            list_verify(rev, list, false);
        }
        list_place(rev, list, false);
    }
    for (struct list_slot *file = rev->files; file != NULL; file = file->next_file) {
        if (file->state == LIST_READ) {
            list_verify(rev, file, true);
        }
        list_place(rev, file, true);
    }
}

static enum status keep_work(struct store_tx *tx, void *ctx, struct why *why)
{
    return store_put(tx, TABLE(revocation_list), ctx, why);
}

/* Keeping is a convenience for the next audit: a failure of it is none of this one. */
static void list_keep(struct revocation *rev, const struct list_slot *list)
{
    if (rev->env.store == NULL || list->crl.next_update == TIME_NEVER) {
        return;
    }
    struct revocation_list row = {.source = list->source,
                                  .fetched = rev->env.now,
                                  .this_update = list->crl.this_update,
                                  .next_update = list->crl.next_update,
                                  .der = list->der};
    enum status ignored = store_write(rev->env.store, keep_work, &row, NULL);
    (void)ignored;
}

enum status revocation_gather(struct revocation *rev, struct why *why)
{
    arena_clear(rev->scratch);
    for (int depth = 0; rev->n_pending > 0 && depth <= LIMIT_CHAIN_DEPTH; depth++) {
        struct round round = {.n = 0};
        rev->n_pending = 0;
        TRY(round_collect(rev, &round, why));
        TRY(round_fetch(rev, &round, why));
        TRY(round_apply(rev, &round, why));
        TRY(round_freshen(rev, why));
        TRY(round_climb(rev, why));
    }
    rev->n_pending = 0;
    lists_verify(rev);
    return STATUS_OK;
}
