#include "broker/rows.h"

#include "account/policy.h"
#include "base/limits.h"
#include "broker/seen.h"
#include "codec/hex.h"
#include "codec/json_tree.h"

#include "base/banned.h"

enum {
    NUMBER_BYTES = 10,    /* of a number of 64 bits on the wire */
    ATTRIBUTE_SPARE = 24, /* lengths of an attribute */
    ATTRIBUTE_LEAST = 6,  /* bytes of one in JSON: "":"", */
    THING_SPARE = 64,
};

/* ---- policies -------------------------------------------------------------------------------- */

enum status row_policy(const struct account_ctx *ctx, struct str name, struct outbound *out,
                       struct why *why)
{
    struct policy policy;
    struct policy_version version;
    uint64_t number = 0;
    TRY(policy_number(name, &number, why));
    enum status status = policy_get(ctx, name, &policy, &version, why);
    if (status == STATUS_NOT_FOUND) {
        return outbound_put(out, LINK_POLICY_GONE, &(struct link_policy_gone){number}, why);
    }
    TRY(status);
    const struct link_policy message = {.id = number,
                                        .name = name,
                                        .version = (uint64_t)policy.default_version,
                                        .document = version.document};
    return outbound_put(out, LINK_POLICY, &message, why);
}

/* ---- principals ------------------------------------------------------------------------------ */

static enum status digest_of(const struct account_ctx *ctx, struct str hex, struct bytes *ret,
                             struct why *why)
{
    uint8_t *sum = arena_alloc(ctx->mem, LINK_DIGEST_BYTES);
    TRY_PTR(sum);
    TRY(hex_decode(hex, sum, LINK_DIGEST_BYTES, why));
    *ret = (struct bytes){sum, LINK_DIGEST_BYTES};
    return STATUS_OK;
}

static enum status number_list(const struct account_ctx *ctx, const struct str *names, size_t n,
                               struct link_list *ret, struct why *why)
{
    void *memory = arena_array(ctx->mem, n, NUMBER_BYTES);
    TRY_PTR(memory);
    struct link_rows rows = link_rows_of(memory, n * NUMBER_BYTES);
    for (size_t i = 0; i < n; i++) {
        struct link_number number;
        TRY(policy_number(names[i], &number.value, why));
        link_rows_add_number(&rows, &number);
    }
    *ret = link_rows_list(&rows);
    return STATUS_OK;
}

static enum status attribute_list(const struct account_ctx *ctx, struct str json,
                                  struct link_list *ret, struct why *why)
{
    const struct json_value *object = NULL;
    *ret = (struct link_list){0};
    if (json.len == 0) {
        return STATUS_OK;
    }
    TRY(json_tree_read(json, ctx->mem, &object, why));
    size_t size = json.len + object->n * ATTRIBUTE_SPARE;
    void *memory = arena_alloc(ctx->mem, size);
    TRY_PTR(memory);
    struct link_rows rows = link_rows_of(memory, size);
    for (const struct json_value *v = JSON_FIRST(object); v != NULL; v = v->next) {
        link_rows_add_attribute(&rows, &(struct link_attribute){v->key, v->text});
    }
    *ret = link_rows_list(&rows);
    return STATUS_OK;
}

/* More than the rows take; at most half a frame, of which the rest needs far less. */
static size_t things_size(const struct seen_principal *seen)
{
    size_t size = 0;
    for (size_t i = 0; i < seen->n_things; i++) {
        const struct seen_thing *thing = &seen->things[i];
        size += THING_SPARE + thing->name.len + thing->type.len +
                thing->attributes.len * (1 + ATTRIBUTE_SPARE / ATTRIBUTE_LEAST) +
                thing->n_policies * NUMBER_BYTES;
    }
    return size < LIMIT_LINK_FRAME_BYTES / 2 ? size : LIMIT_LINK_FRAME_BYTES / 2;
}

static enum status thing_list(const struct account_ctx *ctx, const struct seen_principal *seen,
                              struct link_list *ret, struct why *why)
{
    size_t size = things_size(seen);
    void *memory = arena_alloc(ctx->mem, size);
    TRY_PTR(memory);
    struct link_rows rows = link_rows_of(memory, size);
    for (size_t i = 0; i < seen->n_things; i++) {
        const struct seen_thing *thing = &seen->things[i];
        struct link_thing row = {.name = thing->name,
                                 .type = thing->type.len == 0 ? STR_ABSENT : thing->type,
                                 .exclusive = thing->exclusive};
        TRY(attribute_list(ctx, thing->attributes, &row.attributes, why));
        TRY(number_list(ctx, thing->policies, thing->n_policies, &row.policies, why));
        link_rows_add_thing(&rows, &row);
    }
    *ret = link_rows_list(&rows);
    return STATUS_OK;
}

/* A state that the link does not know is one that may not connect. */
static enum link_certificate state_of(struct str status)
{
    for (enum link_certificate state = 0; state < LINK_CERTIFICATE_COUNT; state++) {
        if (str_eq(str_from(link_certificate_word(state)), status)) {
            return state;
        }
    }
    return LINK_CERTIFICATE_INACTIVE;
}

enum status row_principal(const struct account_ctx *ctx, struct str id, struct outbound *out,
                          struct why *why)
{
    struct seen_principal seen;
    struct link_principal message = {0};
    TRY(digest_of(ctx, id, &message.fingerprint, why));
    enum status status = seen_principal_get(ctx, id, &seen, why);
    if (status == STATUS_NOT_FOUND) {
        return outbound_put(out, LINK_PRINCIPAL_GONE,
                            &(struct link_principal_gone){message.fingerprint}, why);
    }
    TRY(status);
    message.state = state_of(seen.status);
    message.not_before = seen.not_before;
    message.not_after = seen.not_after;
    message.revoked = seen.revoked;
    TRY(number_list(ctx, seen.policies, seen.n_policies, &message.policies, why));
    TRY(thing_list(ctx, &seen, &message.things, why));
    return outbound_put(out, LINK_PRINCIPAL, &message, why);
}

/* ---- authorities, bans ----------------------------------------------------------------------- */

enum status row_ca(const struct account_ctx *ctx, struct str id, struct outbound *out,
                   struct why *why)
{
    struct ca_certificate row = {.id = id};
    struct link_ca message;
    TRY(digest_of(ctx, id, &message.fingerprint, why));
    enum status status = store_get(ctx->tx, TABLE(ca_certificate), &row, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
    }
    if (status == STATUS_NOT_FOUND || !str_eq(row.status, STR("ACTIVE")) ||
        !str_eq(row.auto_registration, STR("ENABLE"))) {
        return outbound_put(out, LINK_CA_GONE, &(struct link_ca_gone){message.fingerprint}, why);
    }
    TRY(digest_of(ctx, row.subject_hash, &message.subject, why));
    return outbound_put(out, LINK_CA, &message, why);
}

static enum link_ban_kind ban_kind_of(struct str word)
{
    enum link_ban_kind kind = 0;
    while (kind < LINK_BAN_OF_COUNT - 1 && !str_eq(str_from(link_ban_kind_word(kind)), word)) {
        kind++;
    }
    return kind;
}

enum status row_ban(const struct account_ctx *ctx, int64_t id, struct outbound *out,
                    struct why *why)
{
    struct ban row = {.id = id};
    enum status status = store_get(ctx->tx, TABLE(ban), &row, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
    }
    if (status == STATUS_NOT_FOUND || row.until <= clock_now(&ctx->clock)) {
        return outbound_put(out, LINK_UNBAN, &(struct link_unban){(uint64_t)id}, why);
    }
    const struct link_ban message = {.id = (uint64_t)id,
                                     .kind = ban_kind_of(row.kind),
                                     .value = row.value,
                                     .until = row.until,
                                     .reason = row.reason};
    return outbound_put(out, LINK_BAN, &message, why);
}
