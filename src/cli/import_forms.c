/* import_forms.c: what documents of each form are made of.
 *
 *  --account-details  {UserDetailList, RoleDetailList, GroupDetailList, Policies}: a page or all
 *  --identity-pools   {IdentityPools: [...]} of list-identity-pools; a pool of
 *                     describe-identity-pool; {IdentityPoolId, Roles} of get-identity-pool-roles
 *  --service-usage    {Arn} says of whom the next report is; a report of
 *                     get-service-last-accessed-details, which may also say Arn itself
 */
#include <stdio.h>

#include "cli/import_documents_priv.h"

#include "base/banned.h"

enum {
    ELEMENT_BYTES_MAX = 960 << 10, /* of the 1 MiB that a request may have */
    PLACE_MAX = 640,
};

const struct import_list_row import_lists[IMPORT_LISTS] = {
    [IMPORT_POLICIES] = {STR_INIT("Policies"), "policies"},
    [IMPORT_USERS] = {STR_INIT("UserDetailList"), "users"},
    [IMPORT_ROLES] = {STR_INIT("RoleDetailList"), "roles"},
    [IMPORT_POOLS] = {STR_INIT("IdentityPools"), "identity pools"},
    [IMPORT_POOL_ROLES] = {STR_INIT("IdentityPoolRoles"), "roles of identity pools"},
    [IMPORT_USAGES] = {STR_INIT("ServiceLastAccessedDetails"), "reports of last use"},
};

/* ---- places ---------------------------------------------------------------------------------- */

/* " document 2: $[3].RoleDetailList[17].Tags" */
static const char *place_text(const struct import_place *place, struct str list, size_t index,
                              struct str path, char text[PLACE_MAX])
{
    size_t n = 0;
    if (place->document > 0) {
        n += (size_t)snprintf(text + n, PLACE_MAX - n, " document %zu:", place->document);
    }
    n += (size_t)snprintf(text + n, PLACE_MAX - n, " $");
    if (place->at > 0) {
        n += (size_t)snprintf(text + n, PLACE_MAX - n, "[%zu]", place->at - 1);
    }
    if (!str_absent(list)) {
        n += (size_t)snprintf(text + n, PLACE_MAX - n, ".%.*s[%zu]", STR_ARG(list), index);
    }
    snprintf(text + n, PLACE_MAX - n, "%.*s", STR_ARG(str_slice(path, 0, 512)));
    return text;
}

void import_document_complain(struct import_documents *documents, const struct import_place *place,
                              struct str path, struct str sentence)
{
    char text[PLACE_MAX];
    import_complain(documents->import, place->path, place_text(place, STR_ABSENT, 0, path, text),
                    sentence);
}

void import_element_complain(struct import_documents *documents, struct import_tally *tally,
                             const struct import_element *element, struct str path,
                             struct str sentence)
{
    char text[PLACE_MAX];
    tally->refused++;
    import_complain(documents->import, element->place.path,
                    place_text(&element->place, element->list, element->index, path, text),
                    sentence);
}

/* ---- elements -------------------------------------------------------------------------------- */

enum status import_text_member(struct import_documents *documents, struct str object,
                               struct str member, struct str *ret, struct why *why)
{
    struct json_read r;
    *ret = STR_ABSENT;
    json_read_init(&r, object, documents->import->mem);
    if (json_read_type(&r) != JSON_OBJECT) {
        return STATUS_OK;
    }
    TRY(json_read_object(&r, why));
    while (json_read_more(&r)) {
        struct str key;
        TRY(json_read_key(&r, &key, why));
        if (str_eq(key, member) && json_read_type(&r) == JSON_STRING) {
            TRY(json_read_string(&r, ret, why));
        } else {
            TRY(json_read_skip(&r, why));
        }
    }
    return json_read_finish(&r, why);
}

static enum status add_element(struct import_documents *documents, enum import_list list,
                               const struct import_element *element, struct why *why)
{
    struct import_tally *tally = &documents->lists[list];
    struct str id;
    if (element->text.len > ELEMENT_BYTES_MAX) {
        import_element_complain(documents, tally, element, STR(""),
                                STR("it is larger than 983040 bytes"));
        return STATUS_OK;
    }
    if (tally->n == IMPORT_ELEMENTS_MAX) {
        return why_set(why, STATUS_TOO_LARGE, "there are more than %d %s", IMPORT_ELEMENTS_MAX,
                       import_lists[list].what);
    }
    if (tally->n == tally->cap) {
        size_t cap = tally->cap == 0 ? 64 : tally->cap * 2;
        struct import_element *grown = arena_grow(documents->import->mem, tally->elements,
                                                  tally->n * sizeof *grown, cap * sizeof *grown);
        TRY_PTR(grown);
        tally->elements = grown;
        tally->cap = cap;
    }
    tally->elements[tally->n++] = *element;
    TRY(import_text_member(documents, element->text,
                           list == IMPORT_POOLS ? STR("IdentityPoolId") : STR("Arn"), &id, why));
    return str_absent(id) || list == IMPORT_POOL_ROLES || list == IMPORT_USAGES
               ? STATUS_OK
               : map_put(&documents->coming, id, documents, why);
}

/* ---- --account-details ----------------------------------------------------------------------- */

static enum status take_list(struct import_documents *documents, struct json_read *r,
                             struct str name, enum import_list list, struct why *why)
{
    size_t index = 0;
    TRY(json_read_array(r, why));
    while (json_read_more(r)) {
        struct import_element element = {documents->place, name, index++, STR_ABSENT, STR_ABSENT};
        TRY(json_read_raw(r, &element.text, why));
        if (list == IMPORT_LISTS) { /* of groups, which have no place here */
            documents->groups++;
        } else {
            TRY(add_element(documents, list, &element, why));
        }
    }
    return STATUS_OK;
}

static enum status take_account_member(struct import_documents *documents, struct json_read *r,
                                       size_t *known, bool *more, struct why *why)
{
    static const enum import_list of_account[] = {IMPORT_POLICIES, IMPORT_USERS, IMPORT_ROLES};
    struct str key;
    TRY(json_read_key(r, &key, why));
    for (size_t i = 0; i < sizeof of_account / sizeof of_account[0]; i++) {
        if (str_eq(key, import_lists[of_account[i]].name)) {
            ++*known;
            return take_list(documents, r, key, of_account[i], why);
        }
    }
    if (str_eq(key, STR("GroupDetailList"))) {
        ++*known;
        return take_list(documents, r, key, IMPORT_LISTS, why);
    }
    if (str_eq(key, STR("IsTruncated")) && json_read_type(r) == JSON_BOOL) {
        return json_read_bool(r, more, why);
    }
    *more = *more || str_eq(key, STR("NextToken"));
    return json_read_skip(r, why);
}

static enum status take_account(struct import_documents *documents, struct str text,
                                struct why *why)
{
    struct json_read r;
    size_t known = 0;
    bool more = false;
    json_read_init(&r, text, documents->import->mem);
    TRY(json_read_object(&r, why));
    while (json_read_more(&r)) {
        TRY(take_account_member(documents, &r, &known, &more, why));
    }
    TRY(json_read_finish(&r, why));
    if (known == 0) {
        import_document_complain(
            documents, &documents->place, STR(""),
            STR("it has none of UserDetailList, RoleDetailList, GroupDetailList and Policies: "
                "it is not what `aws iam get-account-authorization-details` shows"));
    }
    documents->pages++;
    documents->truncated += more;
    documents->last_page = documents->place;
    return STATUS_OK;
}

/* ---- --identity-pools ------------------------------------------------------------------------ */

static enum status take_pool(struct import_documents *documents,
                             const struct import_element *element, struct why *why);

static enum status take_listed(struct import_documents *documents, struct str text, struct why *why)
{
    struct json_read r;
    size_t index = 0;
    json_read_init(&r, text, documents->import->mem);
    TRY(json_read_object(&r, why));
    while (json_read_more(&r)) {
        struct str key;
        TRY(json_read_key(&r, &key, why));
        if (!str_eq(key, STR("IdentityPools"))) {
            TRY(json_read_skip(&r, why));
            continue;
        }
        TRY(json_read_array(&r, why));
        while (json_read_more(&r)) {
            struct import_element element = {documents->place, key, index++, STR_ABSENT,
                                             STR_ABSENT};
            TRY(json_read_raw(&r, &element.text, why));
            TRY(take_pool(documents, &element, why));
        }
    }
    return json_read_finish(&r, why);
}

/* Which members an object has, of those that tell pools and their roles apart. */
struct pool_members {
    bool list, id, name, described, roles;
};

static enum status pool_members(struct import_documents *documents, struct str text,
                                struct pool_members *ret, struct why *why)
{
    struct json_read r;
    *ret = (struct pool_members){.list = false};
    json_read_init(&r, text, documents->import->mem);
    TRY(json_read_object(&r, why));
    while (json_read_more(&r)) {
        struct str key;
        TRY(json_read_key(&r, &key, why));
        ret->list = ret->list || str_eq(key, STR("IdentityPools"));
        ret->id = ret->id || str_eq(key, STR("IdentityPoolId"));
        ret->name = ret->name || str_eq(key, STR("IdentityPoolName"));
        ret->described = ret->described || str_eq(key, STR("AllowUnauthenticatedIdentities"));
        ret->roles = ret->roles || str_eq(key, STR("Roles")) || str_eq(key, STR("RoleMappings"));
        TRY(json_read_skip(&r, why));
    }
    return json_read_finish(&r, why);
}

/* A pool that is only listed has to be described too, or it is not known enough to be kept. */
static enum status take_pool(struct import_documents *documents,
                             const struct import_element *element, struct why *why)
{
    struct import *import = documents->import;
    struct pool_members has;
    struct str id;
    TRY(pool_members(documents, element->text, &has, why));
    TRY(import_text_member(documents, element->text, STR("IdentityPoolId"), &id, why));
    if (has.name && !has.described && !str_absent(id)) {
        struct import_element *kept = NEW(import->mem, struct import_element);
        TRY_PTR(kept);
        *kept = *element;
        return map_put(&documents->listed, id, kept, why);
    }
    if (!has.id && !has.name) {
        import_element_complain(
            documents, &documents->lists[IMPORT_POOLS], element, STR(""),
            STR("it is neither a list of identity pools, nor a pool, nor a pool's roles"));
        return STATUS_OK;
    }
    if (has.name && !str_absent(id)) {
        TRY(map_put(&documents->described, id, documents, why));
    }
    return add_element(documents, has.name ? IMPORT_POOLS : IMPORT_POOL_ROLES, element, why);
}

static enum status take_pools(struct import_documents *documents, struct str text, struct why *why)
{
    struct pool_members has;
    TRY(pool_members(documents, text, &has, why));
    if (has.list) {
        return take_listed(documents, text, why);
    }
    const struct import_element element = {documents->place, STR_ABSENT, 0, STR_ABSENT, text};
    return take_pool(documents, &element, why);
}

void import_complain_of_listed(struct import_documents *documents)
{
    for (size_t i = 0; i < documents->listed.n; i++) {
        const struct map_entry *entry = map_at(&documents->listed, i);
        if (!map_has(&documents->described, entry->key)) {
            import_element_complain(documents, &documents->lists[IMPORT_POOLS], entry->value,
                                    STR(""),
                                    STR("the pool is listed, but no document describes it "
                                        "(describe-identity-pool)"));
        }
    }
}

/* ---- --service-usage ------------------------------------------------------------------------- */

/* The first LastAuthenticatedEntity: of a report on a user or role, itself. */
static enum status used_by(struct import_documents *documents, struct json_read *r, struct str *ret,
                           struct why *why)
{
    if (json_read_type(r) != JSON_ARRAY) {
        return json_read_skip(r, why);
    }
    TRY(json_read_array(r, why));
    while (json_read_more(r)) {
        struct str text;
        struct str arn;
        TRY(json_read_raw(r, &text, why));
        TRY(import_text_member(documents, text, STR("LastAuthenticatedEntity"), &arn, why));
        *ret = str_absent(*ret) ? arn : *ret;
    }
    return STATUS_OK;
}

struct report_members {
    struct str arn, entity;
    bool report, more;
};

static enum status report_members(struct import_documents *documents, struct str text,
                                  struct report_members *ret, struct why *why)
{
    struct json_read r;
    *ret = (struct report_members){.report = false};
    json_read_init(&r, text, documents->import->mem);
    TRY(json_read_object(&r, why));
    while (json_read_more(&r)) {
        struct str key;
        TRY(json_read_key(&r, &key, why));
        if (str_eq(key, STR("Arn")) && json_read_type(&r) == JSON_STRING) {
            TRY(json_read_string(&r, &ret->arn, why));
        } else if (str_eq(key, STR("ServicesLastAccessed"))) {
            ret->report = true;
            TRY(used_by(documents, &r, &ret->entity, why));
        } else if (str_eq(key, STR("IsTruncated")) && json_read_type(&r) == JSON_BOOL) {
            TRY(json_read_bool(&r, &ret->more, why));
        } else {
            ret->report = ret->report || str_eq(key, STR("JobStatus"));
            TRY(json_read_skip(&r, why));
        }
    }
    return json_read_finish(&r, why);
}

static enum status take_usage(struct import_documents *documents, struct str text, struct why *why)
{
    struct import_element element = {documents->place, STR_ABSENT, 0, STR_ABSENT, text};
    struct import_tally *tally = &documents->lists[IMPORT_USAGES];
    struct report_members has;
    TRY(report_members(documents, text, &has, why));
    if (!has.report) {
        documents->arn = has.arn;
        if (str_absent(has.arn)) {
            import_element_complain(documents, tally, &element, STR(""),
                                    STR("it is neither {\"Arn\": ...} nor what `aws iam "
                                        "get-service-last-accessed-details` shows"));
        }
        return STATUS_OK;
    }
    if (str_absent(has.arn)) {
        element.arn = str_absent(documents->arn) ? has.entity : documents->arn;
        if (str_absent(element.arn)) {
            import_element_complain(
                documents, tally, &element, STR(""),
                STR("the report does not say of whom it is; put {\"Arn\": \"arn:...\"} "
                    "before it"));
            return STATUS_OK;
        }
    }
    if (has.more) {
        import_element_complain(documents, tally, &element, STR(".IsTruncated"),
                                STR("the report goes on; ask with --max-items 1000"));
        return STATUS_OK;
    }
    documents->arn = STR_ABSENT;
    return add_element(documents, IMPORT_USAGES, &element, why);
}

const struct import_format import_of_account = {take_account};
const struct import_format import_of_pools = {take_pools};
const struct import_format import_of_usage = {take_usage};
