/* policy_target.c: see policy_target.h. */
#include "account/policy_target.h"

#include <stdlib.h>

#include "account/cert_intake.h"
#include "account/certificate.h"
#include "account/group.h"
#include "account/policy.h"
#include "account/policy_names.h"
#include "account/principal.h"
#include "account/quotas.h"

#include "base/banned.h"

/* ---- what a target is ------------------------------------------------------------------------ */

enum status policy_target_read(const struct account_ctx *ctx, struct str text,
                               struct policy_target_is *ret, struct why *why)
{
    struct policy_target_is is = {.text = text, .name = text};
    if (arn_is_ours(&ctx->id, text, STR("cert"), &is.name)) {
        is.kind = TARGET_CERTIFICATE;
        TRY(cert_id_normal(ctx, is.name, &is.name, why));
        TRY(account_arn(ctx, STR("cert"), is.name, &is.text, why));
    } else if (arn_is_ours(&ctx->id, text, STR("thinggroup"), &is.name)) {
        is.kind = TARGET_GROUP;
    } else if (principal_is_cognito(text)) {
        is.kind = TARGET_COGNITO;
    } else {
        return why_set(why, STATUS_INVALID,
                       "'%.*s' is neither the ARN of a certificate or thing group of this account "
                       "and region nor an Amazon Cognito identity id",
                       STR_ARG(str_slice(text, 0, 200)));
    }
    *ret = is;
    return STATUS_OK;
}

enum status policy_target_find(const struct account_ctx *ctx, struct str text,
                               struct policy_target_is *ret, struct why *why)
{
    struct policy_target_is is;
    struct certificate certificate;
    struct thing_group group;
    TRY(policy_target_read(ctx, text, &is, why));
    switch (is.kind) {
    case TARGET_CERTIFICATE:
        TRY(certificate_get(ctx, is.name, &certificate, why));
        break;
    case TARGET_GROUP:
        TRY(group_get(ctx, is.name, &group, why));
        TRY(group_must_be_static(&group, "policies cannot be attached to it", why));
        break;
    case TARGET_COGNITO:
        break;
    }
    *ret = is;
    return STATUS_OK;
}

/* ---- attaching ------------------------------------------------------------------------------- */

static enum status refuse_leaving(const struct account_ctx *ctx, const struct policy_target_is *is,
                                  struct why *why)
{
    struct certificate certificate;
    if (is->kind != TARGET_CERTIFICATE) {
        return STATUS_OK;
    }
    TRY(certificate_get(ctx, is->name, &certificate, why));
    if (!str_eq(certificate.status, STR("PENDING_TRANSFER"))) {
        return STATUS_OK;
    }
    return why_set(why, STATUS_INVALID,
                   "certificate %.*s is being transferred; no policies can be attached to it",
                   STR_ARG(is->name));
}

/* Whether the pair is stored; the row's key columns are set. */
static enum status is_attached(const struct account_ctx *ctx, struct policy_target *row, bool *ret,
                               struct why *why)
{
    enum status status = store_get(ctx->tx, TABLE(policy_target), row, ctx->mem, why);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    *ret = status == STATUS_OK;
    return STATUS_OK;
}

enum status policy_attach(const struct account_ctx *ctx, struct str policy, struct str target,
                          struct why *why)
{
    struct policy row;
    struct policy_target_is is;
    struct policy_names names;
    bool attached;
    TRY(policy_get(ctx, policy, &row, NULL, why));
    TRY(policy_target_find(ctx, target, &is, why));
    TRY(refuse_leaving(ctx, &is, why));
    struct policy_target pair = {.policy = policy, .target = is.text};
    TRY(is_attached(ctx, &pair, &attached, why));
    if (attached) {
        return STATUS_OK;
    }
    TRY(policy_names_get(ctx, is.text, &names, why));
    if (names.n >= QUOTA_POLICIES_OF_TARGET) {
        return why_set(why, STATUS_LIMIT, "%d policies are attached to %.*s; there can be no more",
                       QUOTA_POLICIES_OF_TARGET, STR_ARG(is.text));
    }
    pair.attached = clock_now(&ctx->clock);
    return store_insert(ctx->tx, TABLE(policy_target), &pair, why);
}

enum status policy_detach(const struct account_ctx *ctx, struct str policy, struct str target,
                          bool *ret_was, struct why *why)
{
    struct policy row;
    struct policy_target_is is;
    bool attached;
    TRY(policy_get(ctx, policy, &row, NULL, why));
    TRY(policy_target_read(ctx, target, &is, why));
    struct policy_target pair = {.policy = policy, .target = is.text};
    TRY(is_attached(ctx, &pair, &attached, why));
    if (attached) {
        TRY(store_delete(ctx->tx, TABLE(policy_target), &pair, why));
    }
    *ret_was = attached;
    return STATUS_OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

enum { ATTACHED_MAX = QUOTA_GROUP_DEPTH * QUOTA_POLICIES_OF_TARGET };

struct attached {
    struct policy_target rows[ATTACHED_MAX];
    size_t n;
};

static bool holds(const struct attached *attached, struct str policy)
{
    for (size_t i = 0; i < attached->n; i++) {
        if (str_eq(attached->rows[i].policy, policy)) {
            return true;
        }
    }
    return false;
}

/* Adds the policies of one target that are not there yet. */
static enum status attached_add(const struct account_ctx *ctx, struct str target,
                                struct attached *attached, struct why *why)
{
    struct policy_target prefix = {.target = target};
    struct store_range range = {
        .index = INDEX(policy_target, by_target), .prefix = &prefix, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(policy_target), &range, &scan, why));
    while (attached->n < ATTACHED_MAX) {
        struct policy_target row;
        bool more;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            break;
        }
        if (!holds(attached, row.policy)) {
            attached->rows[attached->n++] = row;
        }
    }
    return STATUS_OK;
}

static enum status attached_collect(const struct account_ctx *ctx,
                                    const struct policy_target_is *is, bool recursive,
                                    struct attached *attached, struct why *why)
{
    TRY(attached_add(ctx, is->text, attached, why));
    if (is->kind != TARGET_GROUP || !recursive) {
        return STATUS_OK;
    }
    struct thing_group group;
    struct group_path path;
    TRY(group_get(ctx, is->name, &group, why));
    TRY(group_path_get(ctx, &group, &path, why));
    for (size_t i = path.n; i-- > 0;) {
        struct str arn;
        TRY(account_arn(ctx, STR("thinggroup"), path.names[i], &arn, why));
        TRY(attached_add(ctx, arn, attached, why));
    }
    return STATUS_OK;
}

static int by_attached(const void *a, const void *b)
{
    const struct policy_target *left = a;
    const struct policy_target *right = b;
    if (left->attached != right->attached) {
        return left->attached < right->attached ? -1 : 1;
    }
    return str_cmp(left->policy, right->policy);
}

static enum status position_of(struct arena *mem, const struct policy_target *row, struct str *ret,
                               struct why *why)
{
    struct str parts[2] = {STR_ABSENT, row->policy};
    TRY(str_fmt(mem, &parts[0], why, "%lld", (long long)row->attached));
    return page_position_make(mem, parts, 2, ret, why);
}

static enum status position_read(struct str text, struct policy_target *ret, struct why *why)
{
    struct str parts[2];
    TRY(page_position_read(text, parts, 2, why));
    ret->policy = parts[1];
    if (str_to_int64(parts[0], &ret->attached) != STATUS_OK) {
        return why_set(why, STATUS_INVALID, "the marker is none of this list");
    }
    return STATUS_OK;
}

/* The part of the sorted rows that a page shows. */
static enum status attached_page(const struct account_ctx *ctx, struct attached *attached,
                                 const struct page *page, struct page_rows *ret, struct why *why)
{
    qsort(attached->rows, attached->n, sizeof attached->rows[0], by_attached);
    struct policy_target after;
    if (!str_absent(page->after)) {
        TRY(position_read(page->after, &after, why));
    }
    struct policy_target *rows = NEW_ARRAY(ctx->mem, struct policy_target, attached->n);
    TRY_PTR(rows);
    struct page_rows shown = {.rows = rows, .next = STR_ABSENT};
    for (size_t i = 0; i < attached->n; i++) {
        const struct policy_target *row =
            &attached->rows[page->descending ? attached->n - 1 - i : i];
        int order = str_absent(page->after) ? 1 : by_attached(row, &after);
        if (page->descending && !str_absent(page->after)) {
            order = -order;
        }
        if (order <= 0) {
            continue;
        }
        if (shown.n == page_size(page)) {
            TRY(position_of(ctx->mem, &rows[shown.n - 1], &shown.next, why));
            break;
        }
        rows[shown.n++] = *row;
    }
    *ret = shown;
    return STATUS_OK;
}

enum status policy_list_attached(const struct account_ctx *ctx, struct str target, bool recursive,
                                 const struct page *page, struct page_rows *ret, struct why *why)
{
    struct policy_target_is is;
    TRY(policy_target_find(ctx, target, &is, why));
    struct attached *attached = NEW(ctx->mem, struct attached);
    TRY_PTR(attached);
    TRY(attached_collect(ctx, &is, recursive, attached, why));
    return attached_page(ctx, attached, page, ret, why);
}

static enum status is_principal(const struct account_ctx *ctx, const void *row, const void *arg,
                                bool *ret_keep, bool *ret_stop, struct why *why)
{
    (void)arg;
    (void)ret_stop;
    (void)why;
    const struct policy_target *pair = row;
    struct str group;
    *ret_keep = !arn_is_ours(&ctx->id, pair->target, STR("thinggroup"), &group);
    return STATUS_OK;
}

enum status policy_list_targets(const struct account_ctx *ctx, struct str policy,
                                bool principals_only, const struct page *page,
                                struct page_rows *ret, struct why *why)
{
    struct policy row;
    TRY(policy_get(ctx, policy, &row, NULL, why));
    struct policy_target prefix = {.policy = policy};
    struct store_range range = {.prefix = &prefix, .n_prefix = 1};
    struct page_filter filter = {.look = is_principal};
    return page_read(ctx, TABLE(policy_target), &range, page, principals_only ? &filter : NULL, ret,
                     why);
}
