/* authorization.c: see authorization.h. */
#include "account/authorization.h"

#include "account/cert_intake.h"
#include "account/effective.h"
#include "account/policy_target.h"
#include "codec/json_tree.h"

#include "base/banned.h"

/* What is known of the device. */
struct device {
    struct str client_id;
    const struct cert *cert; /* NULL: not by certificate */
    bool attached;           /* the thing that the client id names is the principal's */
    bool has_thing;
    struct thing thing;
    const struct json_value *attributes;
    char now[TIME_TEXT_MAX];
};

struct authorization {
    size_t n;
    const struct str *names;
    const struct policy_doc *const *docs;
    struct device device;
};

/* ---- values of keys -------------------------------------------------------------------------- */

static size_t give(struct str value, struct str *ret)
{
    if (str_absent(value)) {
        return 0;
    }
    *ret = value;
    return 1;
}

/* "iot:Connection.Thing.Attributes[name]" */
static struct str attribute_of(const struct device *device, struct str key)
{
    size_t open = str_find_char(key, '[', 0);
    size_t close = str_find_char(key, ']', open);
    const struct json_value *value =
        json_tree_get(device->attributes, str_slice(key, open + 1, close));
    return value == NULL ? STR_ABSENT : value->text;
}

static size_t thing_value(const struct device *device, const struct policy_key *key,
                          struct str *ret)
{
    if (!device->has_thing) {
        return 0;
    }
    switch (key->kind) {
    case POLICY_KEY_THING_NAME:
        return give(device->thing.name, ret);
    case POLICY_KEY_THING_TYPE:
        return give(device->thing.type_name, ret);
    default:
        return give(attribute_of(device, key->name), ret);
    }
}

static size_t device_value(const void *ctx, const struct policy_key *key, struct str *ret,
                           size_t max)
{
    const struct device *device = ctx;
    switch (key->kind) {
    case POLICY_KEY_CLIENT_ID:
        return give(device->client_id, ret);
    case POLICY_KEY_THING_NAME:
    case POLICY_KEY_THING_TYPE:
    case POLICY_KEY_ATTRIBUTE:
        return thing_value(device, key, ret);
    case POLICY_KEY_IS_ATTACHED:
        if (str_absent(device->client_id)) {
            return 0;
        }
        return give(device->attached ? STR("true") : STR("false"), ret);
    case POLICY_KEY_CERTIFICATE_ID:
        return give(device->cert == NULL ? STR_ABSENT : device->cert->id, ret);
    case POLICY_KEY_CERTIFICATE:
        return cert_value(device->cert, key->name, ret, max);
    case POLICY_KEY_CURRENT_TIME:
        return give(str_from(device->now), ret);
    default:
        return 0;
    }
}

/* ---- gathering ------------------------------------------------------------------------------- */

/* Which thing the connection stands for: the one the principal is attached to exclusively, else the
 * attached one that the client id names. */
static enum status thing_name_of(const struct account_ctx *ctx, struct str principal,
                                 struct device *device, struct str *ret, struct why *why)
{
    struct principal_thing prefix = {.principal = principal};
    struct store_range range = {.prefix = &prefix, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(principal_thing), &range, &scan, why));
    struct str name = STR_ABSENT;
    for (;;) {
        struct principal_thing row;
        bool more;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            break;
        }
        bool named = !str_absent(device->client_id) && str_eq(row.thing, device->client_id);
        device->attached = device->attached || named;
        if (named || str_eq(row.kind, STR("EXCLUSIVE_THING"))) {
            name = row.thing;
        }
    }
    *ret = name;
    return STATUS_OK;
}

static enum status add_thing(const struct account_ctx *ctx, struct str name, struct device *device,
                             struct effective *effective, struct why *why)
{
    device->thing.name = name;
    TRY(store_get(ctx->tx, TABLE(thing), &device->thing, ctx->mem, why));
    device->has_thing = true;
    if (!str_absent(device->thing.attributes)) {
        TRY(json_tree_read(device->thing.attributes, ctx->mem, &device->attributes, why));
    }
    return effective_add_thing(ctx, effective, name, why);
}

static enum status add_principal(const struct account_ctx *ctx, struct str principal,
                                 struct device *device, struct effective *effective,
                                 struct why *why)
{
    struct policy_target_is is;
    struct str thing;
    TRY(policy_target_find(ctx, principal, &is, why));
    if (is.kind == TARGET_GROUP) {
        return why_set(why, STATUS_INVALID,
                       "a thing group does not connect; the principal is a certificate ARN or an "
                       "Amazon Cognito identity id");
    }
    if (is.kind == TARGET_CERTIFICATE) {
        TRY(cert_der_read(ctx, is.name, &device->cert, why));
    }
    TRY(effective_add_principal(ctx, effective, is.text, why));
    TRY(thing_name_of(ctx, is.text, device, &thing, why));
    return str_absent(thing) ? STATUS_OK : add_thing(ctx, thing, device, effective, why);
}

static bool skipped(const struct authorization_subject *subject, struct str name)
{
    for (size_t i = 0; i < subject->n_skip; i++) {
        if (str_eq(subject->skip[i], name)) {
            return true;
        }
    }
    return false;
}

/* Reads the documents of those that are not skipped. */
static enum status compile(const struct account_ctx *ctx, const struct effective *effective,
                           const struct authorization_subject *subject,
                           struct authorization *authorization, struct why *why)
{
    size_t max = effective->by_name.n;
    struct str *names = NEW_ARRAY(ctx->mem, struct str, max);
    TRY_PTR(names);
    const struct policy_doc **docs = NEW_ARRAY(ctx->mem, const struct policy_doc *, max);
    TRY_PTR(docs);
    size_t n = 0;
    for (size_t i = 0; i < max; i++) {
        const struct policy_version *version = effective_at(effective, i);
        if (skipped(subject, version->policy)) {
            continue;
        }
        names[n] = version->policy;
        TRY(policy_doc_read(ctx->mem, version->document, &docs[n], why));
        n++;
    }
    authorization->n = n;
    authorization->names = names;
    authorization->docs = docs;
    return STATUS_OK;
}

enum status authorization_begin(const struct account_ctx *ctx,
                                const struct authorization_subject *subject,
                                struct authorization **ret, struct why *why)
{
    if (str_absent(subject->principal) && subject->n_add == 0) {
        return why_set(why, STATUS_INVALID, "name a principal, or policies in policyNamesToAdd");
    }
    struct authorization *authorization = NEW(ctx->mem, struct authorization);
    TRY_PTR(authorization);
    struct device *device = &authorization->device;
    device->client_id = subject->client_id;
    time_format(clock_now(&ctx->clock), device->now);
    struct effective effective;
    struct effective named; /* skipped names must exist: a misspelled one would mislead */
    effective_init(ctx, &effective);
    effective_init(ctx, &named);
    if (!str_absent(subject->principal)) {
        TRY(add_principal(ctx, subject->principal, device, &effective, why));
    }
    for (size_t i = 0; i < subject->n_add; i++) {
        TRY(effective_add_policy(ctx, &effective, subject->add[i], why));
    }
    for (size_t i = 0; i < subject->n_skip; i++) {
        TRY(effective_add_policy(ctx, &named, subject->skip[i], why));
    }
    TRY(compile(ctx, &effective, subject, authorization, why));
    *ret = authorization;
    return STATUS_OK;
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* What each policy says over all resources asked so far. */
struct tally {
    bool allows;
    bool denies;
    bool silent;
};

static enum status ask_one(const struct account_ctx *ctx, const struct authorization *authorization,
                           const struct policy_request *request, struct tally *tally,
                           struct authorization_answer *answer, struct why *why)
{
    struct policy_says *says = NEW_ARRAY(ctx->mem, struct policy_says, authorization->n);
    TRY_PTR(says);
    struct policy_missing missing = {.n = 0};
    enum policy_verdict verdict =
        policy_evaluate(authorization->docs, authorization->n, request, says, &missing);
    for (size_t i = 0; i < authorization->n; i++) {
        bool allows = says[i].allows != POLICY_NO_STATEMENT;
        bool denies = says[i].denies != POLICY_NO_STATEMENT;
        tally[i].allows = tally[i].allows || allows;
        tally[i].denies = tally[i].denies || denies;
        tally[i].silent = tally[i].silent || (!allows && !denies);
    }
    for (size_t i = 0; i < missing.n; i++) {
        bool there = false;
        for (size_t j = 0; j < answer->missing.n; j++) {
            there = there || str_eq_nocase(answer->missing.keys[j], missing.keys[i]);
        }
        if (!there && answer->missing.n < POLICY_MISSING_MAX) {
            answer->missing.keys[answer->missing.n++] = missing.keys[i];
        }
    }
    bool worse = verdict == POLICY_EXPLICIT_DENY ||
                 (verdict == POLICY_IMPLICIT_DENY && answer->verdict == POLICY_ALLOWED);
    if (worse) {
        answer->verdict = verdict;
    }
    return STATUS_OK;
}

static enum status list_policies(const struct account_ctx *ctx,
                                 const struct authorization *authorization,
                                 const struct tally *tally, struct authorization_answer *answer,
                                 struct why *why)
{
    struct str *names = NEW_ARRAY(ctx->mem, struct str, 3 * authorization->n);
    TRY_PTR(names);
    struct str *denied = names + authorization->n;
    struct str *silent = denied + authorization->n;
    for (size_t i = 0; i < authorization->n; i++) {
        struct str name = authorization->names[i];
        if (tally[i].allows) {
            names[answer->n_allowed++] = name;
        }
        if (tally[i].denies) {
            denied[answer->n_denied++] = name;
        }
        if (tally[i].silent) {
            silent[answer->n_silent++] = name;
        }
    }
    answer->allowed = names;
    answer->denied = denied;
    answer->silent = silent;
    return STATUS_OK;
}

enum status authorization_ask(const struct account_ctx *ctx,
                              const struct authorization *authorization, enum policy_action action,
                              const struct str *resources, size_t n_resources,
                              struct authorization_answer *ret, struct why *why)
{
    if (n_resources == 0) {
        return why_set(why, STATUS_INVALID, "resources is empty; name at least one ARN");
    }
    struct authorization_answer answer = {.verdict = POLICY_ALLOWED};
    struct tally *tally = NEW_ARRAY(ctx->mem, struct tally, authorization->n);
    TRY_PTR(tally);
    struct policy_values values = {device_value, &authorization->device};
    for (size_t i = 0; i < n_resources; i++) {
        struct arn arn;
        TRY(arn_parse(resources[i], &arn, why));
        struct policy_request request = {
            .action = action, .resource = resources[i], .values = &values};
        TRY(ask_one(ctx, authorization, &request, tally, &answer, why));
    }
    TRY(list_policies(ctx, authorization, tally, &answer, why));
    *ret = answer;
    return STATUS_OK;
}
