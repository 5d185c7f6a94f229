/* subject.c: going through all resources of one kind, page by page, and having them judged. */
#include "account/iam_role.h"
#include "account/logging.h"
#include "audit/list_subject.h"
#include "audit/pool_subject.h"
#include "audit/revoked_priv.h"
#include "audit/role_subject.h"
#include "audit/runner_priv.h"
#include "audit/server_subject.h"
#include "audit/session_subject.h"
#include "audit/shared_primes.h"

#include "base/banned.h"

/* One resource, ready to be judged. */
struct presented {
    const void *seen;
    struct resource_id resource; /* RESOURCE_NONE: one of which no finding can be */
};

/* A kind of resource: where its rows are, which count, and what judges see of one. */
struct subject_row {
    const struct table *table; /* its key is one text column; NULL: the account itself, once */
    uint64_t columns;
    bool (*counts)(const struct run *run, const void *row);
    enum status (*want)(struct run *run, const void *row, struct why *why);
    enum status (*present)(struct run *run, const void *row, const void **ret_seen,
                           struct resource_id *ret_resource, struct why *why);
    /* No table either: all of them at once. */
    enum status (*list)(struct run *run, struct presented **ret, size_t *ret_n, struct why *why);
    bool sessions; /* no table: the history of connections, grouped (session_subject.h) */
    enum resource_kind kind;
};

/* Looked at for one page: resources that do not count (revoked certificates, say) end it too. */
enum { PAGE_SCANNED = 4 * PAGE_RESOURCES };

/* ---- device certificates --------------------------------------------------------------------- */

static bool device_counts(const struct run *run, const void *row)
{
    (void)run;
    const struct certificate *cert = row;
    return str_eq(cert->status, STR("ACTIVE")) || str_eq(cert->status, STR("PENDING_TRANSFER"));
}

static bool chain_wanted(const struct run *run)
{
    for (size_t i = 0; i < run->n_checks; i++) {
        const struct audit_check *check = run->checks[i].check;
        if (check->subject == SUBJECT_REVOCATION_LIST ||
            (check->needs_lists && check->points_outside)) {
            return true;
        }
    }
    return false;
}

static enum status device_want(struct run *run, const void *row, struct why *why)
{
    const struct revocation_subject subject = revocation_subject_device(row);
    return revocation_want(run->lists, &subject, chain_wanted(run), why);
}

static enum status device_present(struct run *run, const void *row, const void **ret_seen,
                                  struct resource_id *ret_resource, struct why *why)
{
    (void)run;
    (void)why;
    const struct certificate *cert = row;
    *ret_seen = cert;
    *ret_resource = (struct resource_id){.kind = RESOURCE_DEVICE_CERTIFICATE, .id = cert->id};
    return STATUS_OK;
}

/* ---- CA certificates ------------------------------------------------------------------------- */

static bool ca_counts(const struct run *run, const void *row)
{
    (void)run;
    const struct ca_certificate *ca = row;
    return str_eq(ca->status, STR("ACTIVE"));
}

static enum status ca_want(struct run *run, const void *row, struct why *why)
{
    const struct revocation_subject subject = revocation_subject_ca(row);
    return revocation_want(run->lists, &subject, false, why);
}

static enum status ca_present(struct run *run, const void *row, const void **ret_seen,
                              struct resource_id *ret_resource, struct why *why)
{
    (void)run;
    (void)why;
    const struct ca_certificate *ca = row;
    *ret_seen = ca;
    *ret_resource = (struct resource_id){.kind = RESOURCE_CA_CERTIFICATE, .id = ca->id};
    return STATUS_OK;
}

/* ---- policies -------------------------------------------------------------------------------- */

static bool every_counts(const struct run *run, const void *row)
{
    (void)run;
    (void)row;
    return true;
}

static enum status policy_present(struct run *run, const void *row, const void **ret_seen,
                                  struct resource_id *ret_resource, struct why *why)
{
    const struct policy *policy = row;
    struct policy_version version = {.policy = policy->name, .version = policy->default_version};
    TRY(store_get(run->view, TABLE(policy_version), &version, run->row, why));
    struct policy_subject *seen = NEW(run->row, struct policy_subject);
    TRY_PTR(seen);
    seen->name = policy->name;
    seen->version = policy->default_version;
    TRY(policy_facts_get(run->policies, version.document, version.document_hash, &seen->facts,
                         why));
    struct str number;
    TRY(str_fmt(run->row, &number, why, "%lld", (long long)policy->default_version));
    *ret_seen = seen;
    *ret_resource =
        (struct resource_id){.kind = RESOURCE_IOT_POLICY, .id = policy->name, .extra = number};
    return STATUS_OK;
}

/* ---- what is asked of the account's rules ---------------------------------------------------- */

static struct account_ctx run_ctx(const struct run *run)
{
    return (struct account_ctx){.id = run->options->account,
                                .clock = run->options->clock,
                                .rnd = run->options->rnd,
                                .mem = run->row,
                                .tx = run->view};
}

static enum status role_alias_present(struct run *run, const void *row, const void **ret_seen,
                                      struct resource_id *ret_resource, struct why *why)
{
    const struct account_ctx ctx = run_ctx(run);
    const struct role_alias_subject *seen = NULL;
    TRY(role_alias_subject_get(&ctx, row, &seen, why));
    *ret_seen = seen;
    *ret_resource = (struct resource_id){.kind = RESOURCE_ROLE_ALIAS, .id = seen->arn};
    return STATUS_OK;
}

/* ---- identity pools -------------------------------------------------------------------------- */

static bool pool_counts(const struct run *run, const void *row)
{
    return pool_is_used(row, run->task.started);
}

static enum status pool_present(struct run *run, const void *row, const void **ret_seen,
                                struct resource_id *ret_resource, struct why *why)
{
    const struct account_ctx ctx = run_ctx(run);
    const struct pool_use *use = row;
    const struct pool_subject *seen = NULL;
    TRY(pool_subject_get(&ctx, use->pool, &seen, why));
    *ret_seen = seen;
    *ret_resource = (struct resource_id){.kind = RESOURCE_COGNITO_IDENTITY_POOL, .id = use->pool};
    return STATUS_OK;
}

/* ---- roles and devices' rights --------------------------------------------------------------- */

static bool role_counts(const struct run *run, const void *row)
{
    (void)run;
    (void)row;
    return true;
}

static enum status role_present(struct run *run, const void *row, const void **ret_seen,
                                struct resource_id *ret_resource, struct why *why)
{
    const struct iam_role *role = row;
    const struct account_ctx ctx = run_ctx(run);
    struct role_subject *seen = NEW(run->row, struct role_subject);
    TRY_PTR(seen);
    seen->name = role->name;
    seen->trust = role->trust;
    *ret_seen = seen;
    *ret_resource = (struct resource_id){.kind = RESOURCE_IAM_ROLE};
    return iam_role_arn(&ctx, role, &ret_resource->id, why);
}

static enum status rights_present(struct run *run, const void *row, const void **ret_seen,
                                  struct resource_id *ret_resource, struct why *why)
{
    const struct certificate *cert = row;
    const struct account_ctx ctx = run_ctx(run);
    const struct device_rights *rights = NULL;
    if (run->rights == NULL) {
        run->rights = device_rights_memory_new();
        TRY_PTR(run->rights);
    }
    TRY(device_rights_get(run->rights, &ctx, cert->id, &rights, why));
    *ret_seen = rights;
    *ret_resource = (struct resource_id){.kind = RESOURCE_DEVICE_CERTIFICATE, .id = cert->id};
    return STATUS_OK;
}

static enum status key_present(struct run *run, struct str kind, struct str hash, int64_t bits,
                               const void **ret_seen, struct why *why)
{
    struct key_subject *seen = NEW(run->row, struct key_subject);
    TRY_PTR(seen);
    *ret_seen = seen;
    return shared_primes_ask(run->view, kind, hash, bits, run->row, seen, why);
}

static enum status device_key_present(struct run *run, const void *row, const void **ret_seen,
                                      struct resource_id *ret_resource, struct why *why)
{
    const struct certificate *cert = row;
    *ret_resource = (struct resource_id){.kind = RESOURCE_DEVICE_CERTIFICATE, .id = cert->id};
    return key_present(run, cert->key_kind, cert->key_hash, cert->key_bits, ret_seen, why);
}

static enum status ca_key_present(struct run *run, const void *row, const void **ret_seen,
                                  struct resource_id *ret_resource, struct why *why)
{
    const struct ca_certificate *ca = row;
    *ret_resource = (struct resource_id){.kind = RESOURCE_CA_CERTIFICATE, .id = ca->id};
    return key_present(run, ca->key_kind, ca->key_hash, ca->key_bits, ret_seen, why);
}

/* ---- the account ----------------------------------------------------------------------------- */

/* SPEC: docs.aws.amazon.com/iot-device-defender, "Logging disabled": V1 and V2 both count. */
static enum status logging_is_on(const struct account_ctx *ctx, bool *ret, struct why *why)
{
    struct logging_v1 v1;
    struct logging_v2 v2 = {.disable_all = true};
    TRY(logging_v1_get(ctx, &v1, why));
    enum status status = logging_v2_get(ctx, &v2, why);
    if (status != STATUS_NOT_CONFIGURED) {
        TRY(status);
    }
    *ret = !str_eq(v1.level, STR("DISABLED")) ||
           (!v2.disable_all && !str_eq(v2.level, STR("DISABLED")));
    return STATUS_OK;
}

static enum status account_present(struct run *run, const void *row, const void **ret_seen,
                                   struct resource_id *ret_resource, struct why *why)
{
    (void)row;
    const struct account_ctx ctx = run_ctx(run);
    struct account_subject *seen = NEW(run->row, struct account_subject);
    TRY_PTR(seen);
    seen->account = run->options->account.account;
    TRY(logging_is_on(&ctx, &seen->logging, why));
    *ret_seen = seen;
    *ret_resource = (struct resource_id){.kind = RESOURCE_ACCOUNT_SETTINGS, .id = seen->account};
    return STATUS_OK;
}

/* ---- lists and servers ----------------------------------------------------------------------- */

static enum status want_all(struct run *run, enum audit_subject subject, struct why *why);

/* The lists that any certificate of the fleet names, whatever else this audit looks at. */
static enum status lists_list(struct run *run, struct presented **ret, size_t *ret_n,
                              struct why *why)
{
    struct list_subject *subjects = NULL;
    TRY(want_all(run, SUBJECT_DEVICE_CERTIFICATE, why));
    TRY(want_all(run, SUBJECT_CA_CERTIFICATE, why));
    TRY(list_subjects(run->lists, run->mem, &subjects, ret_n, why));
    *ret = NEW_ARRAY(run->mem, struct presented, *ret_n + 1);
    TRY_PTR(*ret);
    for (size_t i = 0; i < *ret_n; i++) {
        const struct cert *issuer = subjects[i].issuer;
        (*ret)[i].seen = &subjects[i];
        if (issuer != NULL) {
            TRY(resource_issuer(run->mem, issuer->subject, issuer->id, issuer->serial_hex,
                                &(*ret)[i].resource, why));
        }
    }
    return STATUS_OK;
}

static enum status servers_list(struct run *run, struct presented **ret, size_t *ret_n,
                                struct why *why)
{
    struct server_subject *subjects = NULL;
    const struct server_env env = {.watch = &run->options->watch,
                                   .fetcher = run->options->fetcher,
                                   .canceled = run_canceled,
                                   .cancel_ctx = run};
    TRY(server_subjects(&env, run->mem, &subjects, ret_n, why));
    *ret = NEW_ARRAY(run->mem, struct presented, *ret_n + 1);
    TRY_PTR(*ret);
    for (size_t i = 0; i < *ret_n; i++) {
        const struct cert *cert = subjects[i].cert;
        (*ret)[i].seen = &subjects[i];
        if (cert != NULL) {
            TRY(resource_issuer(run->mem, cert->subject, cert->id, cert->serial_hex,
                                &(*ret)[i].resource, why));
        }
    }
    return STATUS_OK;
}

/* ---- the table ------------------------------------------------------------------------------- */

/* What the judges of certificates read; the rest of the row is not fetched. */
#define CERT_COLUMNS(t)                                                                            \
    (COLUMN_BIT(COL_##t##__id) | COLUMN_BIT(COL_##t##__status) | COLUMN_BIT(COL_##t##__created) |  \
     COLUMN_BIT(COL_##t##__not_after) | COLUMN_BIT(COL_##t##__serial) |                            \
     COLUMN_BIT(COL_##t##__issuer) | COLUMN_BIT(COL_##t##__issuer_hash) |                          \
     COLUMN_BIT(COL_##t##__subject_hash) | COLUMN_BIT(COL_##t##__subject_key_id) |                 \
     COLUMN_BIT(COL_##t##__authority_key_id) | COLUMN_BIT(COL_##t##__key_bits) |                   \
     COLUMN_BIT(COL_##t##__weak_key_hash) | COLUMN_BIT(COL_##t##__key_roca) |                      \
     COLUMN_BIT(COL_##t##__crl_urls) | COLUMN_BIT(COL_##t##__crl_skipped) |                        \
     COLUMN_BIT(COL_##t##__issuer_urls))

/* What the judges of keys read. */
#define KEY_COLUMNS(t)                                                                             \
    (COLUMN_BIT(COL_##t##__id) | COLUMN_BIT(COL_##t##__status) | COLUMN_BIT(COL_##t##__key_kind) | \
     COLUMN_BIT(COL_##t##__key_bits) | COLUMN_BIT(COL_##t##__key_hash))

/* What the judges of cryptography read. */
#define CRYPTOGRAPHY_COLUMNS(t)                                                                    \
    (COLUMN_BIT(COL_##t##__id) | COLUMN_BIT(COL_##t##__status) | COLUMN_BIT(COL_##t##__key_kind) | \
     COLUMN_BIT(COL_##t##__key_bits) | COLUMN_BIT(COL_##t##__key_curve) |                          \
     COLUMN_BIT(COL_##t##__key_exponent) | COLUMN_BIT(COL_##t##__signature) |                      \
     COLUMN_BIT(COL_##t##__signature_digest) | COLUMN_BIT(COL_##t##__issuer_hash) |                \
     COLUMN_BIT(COL_##t##__subject_hash))

static const struct subject_row subjects[SUBJECT_COUNT] = {
    [SUBJECT_DEVICE_CERTIFICATE] = {TABLE(certificate), CERT_COLUMNS(certificate), device_counts,
                                    device_want, device_present},
    [SUBJECT_CA_CERTIFICATE] = {TABLE(ca_certificate), CERT_COLUMNS(ca_certificate), ca_counts,
                                ca_want, ca_present},
    [SUBJECT_POLICY] = {TABLE(policy), 0, every_counts, NULL, policy_present},
    [SUBJECT_ROLE_ALIAS] = {TABLE(role_alias), 0, every_counts, NULL, role_alias_present},
    [SUBJECT_IDENTITY_POOL] = {TABLE(pool_use), 0, pool_counts, NULL, pool_present},
    [SUBJECT_ACCOUNT] = {NULL, 0, NULL, NULL, account_present},
    [SUBJECT_CERTIFICATE_SESSIONS] = {.sessions = true, .kind = RESOURCE_DEVICE_CERTIFICATE},
    [SUBJECT_IDENTITY_SESSIONS] = {.sessions = true, .kind = RESOURCE_NONE},
    [SUBJECT_CLIENT_TAKEOVERS] = {.sessions = true, .kind = RESOURCE_CLIENT_ID},
    [SUBJECT_ROLE] = {TABLE(iam_role), 0, role_counts, NULL, role_present},
    [SUBJECT_DEVICE_RIGHTS] = {TABLE(certificate),
                               COLUMN_BIT(COL_certificate__id) |
                                   COLUMN_BIT(COL_certificate__status),
                               device_counts, NULL, rights_present},
    [SUBJECT_DEVICE_KEY] = {TABLE(certificate), KEY_COLUMNS(certificate), device_counts, NULL,
                            device_key_present},
    [SUBJECT_CA_KEY] = {TABLE(ca_certificate), KEY_COLUMNS(ca_certificate), ca_counts, NULL,
                        ca_key_present},
    [SUBJECT_DEVICE_CRYPTOGRAPHY] = {TABLE(certificate), CRYPTOGRAPHY_COLUMNS(certificate),
                                     device_counts, NULL, device_present},
    [SUBJECT_CA_CRYPTOGRAPHY] = {TABLE(ca_certificate), CRYPTOGRAPHY_COLUMNS(ca_certificate),
                                 ca_counts, NULL, ca_present},
    [SUBJECT_REVOCATION_LIST] = {.list = lists_list},
    [SUBJECT_SERVER_CERTIFICATE] = {.list = servers_list},
};

/* ---- pages ----------------------------------------------------------------------------------- */

/* The rows of one page, and where they end. */
struct rows {
    char *bytes;
    size_t size;
    size_t n;
    struct str last; /* key of the last row looked at */
    bool more;
};

static struct str row_key(const struct table *table, const void *row)
{
    return *(const struct str *)((const char *)row + table->columns[0].offset);
}

static enum status rows_read(struct run *run, const struct subject_row *subject,
                             struct store_scan *scan, struct rows *rows, struct why *why)
{
    rows->size = subject->table->row_size;
    rows->bytes = arena_array(run->rows, PAGE_RESOURCES, rows->size);
    TRY_PTR(rows->bytes);
    rows->more = true;
    for (size_t i = 0; i < PAGE_SCANNED && rows->n < PAGE_RESOURCES; i++) {
        char *row = rows->bytes + rows->n * rows->size;
        TRY(store_scan_next(scan, row, run->rows, &rows->more, why));
        if (!rows->more) {
            break;
        }
        rows->last = row_key(subject->table, row);
        rows->n += subject->counts(run, row);
    }
    return STATUS_OK;
}

static enum status rows_prepare(struct run *run, const struct subject_row *subject,
                                const struct rows *rows, struct why *why)
{
    if (subject->want == NULL || run->lists == NULL) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < rows->n; i++) {
        TRY(subject->want(run, rows->bytes + i * rows->size, why));
    }
    return revocation_pending(run->lists) ? revocation_gather(run->lists, why) : STATUS_OK;
}

/* Has everything gathered that judging the resources of a table by lists needs. */
static enum status want_all(struct run *run, enum audit_subject subject, struct why *why)
{
    const struct subject_row *kind = &subjects[subject];
    const struct store_range range = {.columns = kind->columns};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(run->view, kind->table, &range, &scan, why));
    for (bool more = true; more;) {
        struct rows rows = {.n = 0};
        if (run_canceled(run)) {
            return why_set(why, STATUS_CANCELED, "the audit was canceled");
        }
        arena_clear(run->rows);
        TRY(rows_read(run, kind, scan, &rows, why));
        TRY(rows_prepare(run, kind, &rows, why));
        more = rows.more;
    }
    return STATUS_OK;
}

static enum status judge(struct run *run, enum audit_subject subject, const void *seen,
                         const struct resource_id *resource, struct page_result *page,
                         struct why *why)
{
    for (size_t i = 0; i < run->n_checks; i++) {
        const struct audit_check *check = run->checks[i].check;
        if (check->subject == subject) {
            struct audit_verdicts verdicts = {.n = 0};
            TRY(check->judge(&run->checks[i].facts, seen, run->page, &verdicts, why));
            TRY(page_add(run, i, &verdicts, resource, page, why));
        }
    }
    return STATUS_OK;
}

static enum status judge_row(struct run *run, enum audit_subject subject, const void *row,
                             struct page_result *page, struct why *why)
{
    const void *seen = NULL;
    struct resource_id resource;
    arena_clear(run->row);
    TRY(subjects[subject].present(run, row, &seen, &resource, why));
    return judge(run, subject, seen, &resource, page, why);
}

static void page_begin(struct run *run, struct page_result *page)
{
    arena_clear(run->page);
    *page = (struct page_result){.begun = clock_now(&run->options->clock)};
    page->last = &page->first;
}

static bool page_due(const struct run *run, const struct page_result *page)
{
    return page->subject_done || page->n_pages >= COMMIT_PAGES ||
           page->n_findings >= COMMIT_FINDINGS ||
           clock_now(&run->options->clock) - page->begun >= COMMIT_MS ||
           arena_used(run->page) >= COMMIT_MEMORY;
}

/* Adds one page of rows to what waits for its commit. */
static enum status judge_page(struct run *run, enum audit_subject subject, struct store_scan *scan,
                              struct page_result *page, struct why *why)
{
    const struct subject_row *kind = &subjects[subject];
    struct rows rows = {.n = 0};
    arena_clear(run->rows);
    TRY(rows_read(run, kind, scan, &rows, why));
    TRY(rows_prepare(run, kind, &rows, why));
    for (size_t i = 0; i < rows.n; i++) {
        TRY(judge_row(run, subject, rows.bytes + i * rows.size, page, why));
    }
    page->n_pages++;
    page->n_judged += (int64_t)rows.n;
    page->subject_done = !rows.more;
    return str_absent(rows.last) ? STATUS_OK : str_dup(run->page, rows.last, &page->cursor, why);
}

static enum status run_table(struct run *run, enum audit_subject subject, struct str cursor,
                             struct why *why)
{
    const struct table *table = subjects[subject].table;
    char *after = arena_alloc(run->mem, table->row_size);
    TRY_PTR(after);
    *(struct str *)(after + table->columns[0].offset) = cursor;
    const struct store_range range = {.after = str_absent(cursor) ? NULL : after,
                                      .columns = subjects[subject].columns,
                                      .ahead = true};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(run->view, table, &range, &scan, why));
    struct page_result page;
    page_begin(run, &page);
    while (!page.subject_done) {
        if (run->stopping != NULL && run->stopping(run->stopping_ctx)) {
            return why_set(why, STATUS_CANCELED, "the program stops");
        }
        TRY(judge_page(run, subject, scan, &page, why));
        if (page_due(run, &page)) {
            bool done = page.subject_done;
            TRY(page_commit(run, subject, &page, why));
            page_begin(run, &page);
            page.subject_done = done;
        }
    }
    return STATUS_OK;
}

/* ---- connections ----------------------------------------------------------------------------- */

/* One principal or client id more; *ret_more false when there was none. */
static enum status judge_group(struct run *run, enum audit_subject subject,
                               struct session_stream *stream, struct page_result *page,
                               struct str *ret_key, bool *ret_more, struct why *why)
{
    const struct session_subject *seen = NULL;
    arena_clear(run->row);
    TRY(session_stream_next(stream, run->row, run->stopping, run->stopping_ctx, &seen, why));
    *ret_more = seen != NULL;
    if (seen == NULL) {
        return STATUS_OK;
    }
    const struct resource_id resource = {.kind = subjects[subject].kind, .id = seen->key};
    *ret_key = seen->key;
    page->n_judged++;
    return judge(run, subject, seen, &resource, page, why);
}

static enum status judge_groups(struct run *run, enum audit_subject subject,
                                struct session_stream *stream, struct why *why)
{
    struct page_result page;
    page_begin(run, &page);
    for (size_t n = 1; !page.subject_done; n++) {
        bool more = false;
        struct str key = STR_ABSENT;
        if (run->stopping != NULL && run->stopping(run->stopping_ctx)) {
            return why_set(why, STATUS_CANCELED, "the program stops");
        }
        TRY(judge_group(run, subject, stream, &page, &key, &more, why));
        page.subject_done = !more;
        page.n_pages += n % PAGE_RESOURCES == 0;
        if (page_due(run, &page)) {
            if (more) {
                TRY(str_dup(run->page, key, &page.cursor, why));
            }
            TRY(page_commit(run, subject, &page, why));
            page_begin(run, &page);
            page.subject_done = !more;
        }
    }
    return STATUS_OK;
}

static enum status run_sessions(struct run *run, enum audit_subject subject,
                                const struct check_run *first, struct why *why)
{
    const struct audit_window window = {.from = first->facts.from, .to = first->facts.to};
    struct session_stream *stream = NULL;
    TRY(session_stream_open(run->view, subject, &window, first->row.cursor, &stream, why));
    enum status status = judge_groups(run, subject, stream, why);
    session_stream_close(stream);
    return status;
}

/* All in one commit: begun again, they may come in another order. */
static enum status run_list(struct run *run, enum audit_subject subject, struct why *why)
{
    struct presented *list = NULL;
    struct page_result page;
    size_t n = 0;
    TRY(subjects[subject].list(run, &list, &n, why));
    page_begin(run, &page);
    for (size_t i = 0; i < n; i++) {
        arena_clear(run->row);
        TRY(judge(run, subject, list[i].seen, &list[i].resource, &page, why));
    }
    page.n_judged = (int64_t)n;
    page.subject_done = true;
    return page_commit(run, subject, &page, why);
}

enum status subject_run(struct run *run, enum audit_subject subject, struct why *why)
{
    const struct check_run *first = NULL;
    for (size_t i = 0; i < run->n_checks && first == NULL; i++) {
        first = run->checks[i].check->subject == subject ? &run->checks[i] : NULL;
    }
    if (first == NULL) {
        return STATUS_OK;
    }
    /* All checks of a subject advance together, so they share one cursor. */
    if (subjects[subject].sessions) {
        return run_sessions(run, subject, first, why);
    }
    if (subjects[subject].list != NULL) {
        return run_list(run, subject, why);
    }
    if (subjects[subject].table != NULL) {
        return run_table(run, subject, first->row.cursor, why);
    }
    struct page_result page;
    page_begin(run, &page);
    page.n_judged = 1;
    page.subject_done = true;
    TRY(judge_row(run, subject, NULL, &page, why));
    return page_commit(run, subject, &page, why);
}
