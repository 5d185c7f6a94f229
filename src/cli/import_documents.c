/* import_documents.c: users, roles, policies, identity pools and reports of last use, from the JSON
 * that AWS's tools print.
 *
 * All files are read first and taken apart into elements of lists, each of which knows where it
 * stands. Then the lists are sent in pieces, in the order in which they refer to one another.
 * Documents of the three forms:
 *  --account-details  {UserDetailList, RoleDetailList, GroupDetailList, Policies}: a page or all
 *  --identity-pools   {IdentityPools: [...]} of list-identity-pools; a pool of
 *                     describe-identity-pool; {IdentityPoolId, Roles} of get-identity-pool-roles
 *  --service-usage    {Arn} says of whom the next report is; a report of
 *                     get-service-last-accessed-details, which may also say Arn itself
 * A file may hold several documents, one behind the other or in an array.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/map.h"
#include "cli/import_priv.h"

#include "base/banned.h"

#define ACCOUNT STR("/bulwark/import/account")

enum {
    FILE_BYTES_MAX = 128 << 20,
    READ_BYTES = 64 << 10,
    ELEMENTS_MAX = 100000,
    BATCH_ELEMENTS = 200,
    BATCH_BYTES = 128 << 10,
    ELEMENT_BYTES_MAX = 960 << 10, /* of the 1 MiB that a request may have */
    PLACE_MAX = 640,
    SHOWN_ARN = 200,
};

enum list { POLICIES, USERS, ROLES, POOLS, POOL_ROLES, USAGES, LISTS };
static const struct {
    struct str name; /* of the request's list */
    const char *what;
} lists[LISTS] = {
    [POLICIES] = {STR_INIT("Policies"), "policies"},
    [USERS] = {STR_INIT("UserDetailList"), "users"},
    [ROLES] = {STR_INIT("RoleDetailList"), "roles"},
    [POOLS] = {STR_INIT("IdentityPools"), "identity pools"},
    [POOL_ROLES] = {STR_INIT("IdentityPoolRoles"), "roles of identity pools"},
    [USAGES] = {STR_INIT("ServiceLastAccessedDetails"), "reports of last use"},
};

/* Where a document stands: its file, its number there, its place in an array. */
struct place {
    const char *path;
    size_t document; /* from 1; 0: it is the only one */
    size_t at;       /* from 1: in an array; 0: in none */
};

struct element {
    struct place place;
    struct str list; /* that it stands in, in its document; absent: it is the document */
    size_t index;
    struct str arn; /* USAGES: of whom; absent: the document says it */
    struct str text;
};

struct tally {
    struct element *elements;
    size_t n, cap;
    int64_t fresh, changed, known, refused;
};

struct import_documents {
    struct import *import;
    struct place place;
    struct tally lists[LISTS];
    struct map coming; /* ARNs and ids that the files have; what a dry run assumes */
    struct map listed; /* pools of list-identity-pools, to their places */
    struct map described;
    struct str arn; /* whose the next report is; absent: not said */
    size_t pages, truncated;
    struct place last_page;
    int64_t groups, built_in, memberships, boundaries, profiles;
};

/* ---- places ---------------------------------------------------------------------------------- */

/* " document 2: $[3].RoleDetailList[17].Tags" */
static const char *place_text(const struct place *place, struct str list, size_t index,
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

static void complain(struct import_documents *documents, const struct place *place, struct str path,
                     struct str sentence)
{
    char text[PLACE_MAX];
    import_complain(documents->import, place->path, place_text(place, STR_ABSENT, 0, path, text),
                    sentence);
}

static void complain_of(struct import_documents *documents, struct tally *tally,
                        const struct element *element, struct str path, struct str sentence)
{
    char text[PLACE_MAX];
    tally->refused++;
    import_complain(documents->import, element->place.path,
                    place_text(&element->place, element->list, element->index, path, text),
                    sentence);
}

/* ---- elements -------------------------------------------------------------------------------- */

/* A member of an object that is a text; absent when it is none. */
static enum status text_member(struct import_documents *documents, struct str object,
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

static enum status add_element(struct import_documents *documents, enum list list,
                               const struct element *element, struct why *why)
{
    struct tally *tally = &documents->lists[list];
    struct str id;
    if (element->text.len > ELEMENT_BYTES_MAX) {
        complain_of(documents, tally, element, STR(""), STR("it is larger than 983040 bytes"));
        return STATUS_OK;
    }
    if (tally->n == ELEMENTS_MAX) {
        return why_set(why, STATUS_TOO_LARGE, "there are more than %d %s", ELEMENTS_MAX,
                       lists[list].what);
    }
    if (tally->n == tally->cap) {
        size_t cap = tally->cap == 0 ? 64 : tally->cap * 2;
        struct element *grown = arena_grow(documents->import->mem, tally->elements,
                                           tally->n * sizeof *grown, cap * sizeof *grown);
        TRY_PTR(grown);
        tally->elements = grown;
        tally->cap = cap;
    }
    tally->elements[tally->n++] = *element;
    TRY(text_member(documents, element->text, list == POOLS ? STR("IdentityPoolId") : STR("Arn"),
                    &id, why));
    return str_absent(id) || list == POOL_ROLES || list == USAGES
               ? STATUS_OK
               : map_put(&documents->coming, id, documents, why);
}

/* ---- --account-details ----------------------------------------------------------------------- */

static enum status take_list(struct import_documents *documents, struct json_read *r,
                             struct str name, enum list list, struct why *why)
{
    size_t index = 0;
    TRY(json_read_array(r, why));
    while (json_read_more(r)) {
        struct element element = {documents->place, name, index++, STR_ABSENT, STR_ABSENT};
        TRY(json_read_raw(r, &element.text, why));
        if (list == LISTS) { /* of groups, which have no place here */
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
    static const enum list of_account[] = {POLICIES, USERS, ROLES};
    struct str key;
    TRY(json_read_key(r, &key, why));
    for (size_t i = 0; i < sizeof of_account / sizeof of_account[0]; i++) {
        if (str_eq(key, lists[of_account[i]].name)) {
            ++*known;
            return take_list(documents, r, key, of_account[i], why);
        }
    }
    if (str_eq(key, STR("GroupDetailList"))) {
        ++*known;
        return take_list(documents, r, key, LISTS, why);
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
        complain(documents, &documents->place, STR(""),
                 STR("it has none of UserDetailList, RoleDetailList, GroupDetailList and Policies: "
                     "it is not what `aws iam get-account-authorization-details` shows"));
    }
    documents->pages++;
    documents->truncated += more;
    documents->last_page = documents->place;
    return STATUS_OK;
}

/* ---- --identity-pools ------------------------------------------------------------------------ */

static enum status take_pool(struct import_documents *documents, const struct element *element,
                             struct why *why);

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
            struct element element = {documents->place, key, index++, STR_ABSENT, STR_ABSENT};
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
static enum status take_pool(struct import_documents *documents, const struct element *element,
                             struct why *why)
{
    struct import *import = documents->import;
    struct pool_members has;
    struct str id;
    TRY(pool_members(documents, element->text, &has, why));
    TRY(text_member(documents, element->text, STR("IdentityPoolId"), &id, why));
    if (has.name && !has.described && !str_absent(id)) {
        struct element *kept = NEW(import->mem, struct element);
        TRY_PTR(kept);
        *kept = *element;
        return map_put(&documents->listed, id, kept, why);
    }
    if (!has.id && !has.name) {
        complain_of(documents, &documents->lists[POOLS], element, STR(""),
                    STR("it is neither a list of identity pools, nor a pool, nor a pool's roles"));
        return STATUS_OK;
    }
    if (has.name && !str_absent(id)) {
        TRY(map_put(&documents->described, id, documents, why));
    }
    return add_element(documents, has.name ? POOLS : POOL_ROLES, element, why);
}

static enum status take_pools(struct import_documents *documents, struct str text, struct why *why)
{
    struct pool_members has;
    TRY(pool_members(documents, text, &has, why));
    if (has.list) {
        return take_listed(documents, text, why);
    }
    const struct element element = {documents->place, STR_ABSENT, 0, STR_ABSENT, text};
    return take_pool(documents, &element, why);
}

static void complain_of_listed(struct import_documents *documents)
{
    for (size_t i = 0; i < documents->listed.n; i++) {
        const struct map_entry *entry = map_at(&documents->listed, i);
        if (!map_has(&documents->described, entry->key)) {
            complain_of(documents, &documents->lists[POOLS], entry->value, STR(""),
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
        TRY(text_member(documents, text, STR("LastAuthenticatedEntity"), &arn, why));
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
    struct element element = {documents->place, STR_ABSENT, 0, STR_ABSENT, text};
    struct tally *tally = &documents->lists[USAGES];
    struct report_members has;
    TRY(report_members(documents, text, &has, why));
    if (!has.report) {
        documents->arn = has.arn;
        if (str_absent(has.arn)) {
            complain_of(documents, tally, &element, STR(""),
                        STR("it is neither {\"Arn\": ...} nor what `aws iam "
                            "get-service-last-accessed-details` shows"));
        }
        return STATUS_OK;
    }
    if (str_absent(has.arn)) {
        element.arn = str_absent(documents->arn) ? has.entity : documents->arn;
        if (str_absent(element.arn)) {
            complain_of(documents, tally, &element, STR(""),
                        STR("the report does not say of whom it is; put {\"Arn\": \"arn:...\"} "
                            "before it"));
            return STATUS_OK;
        }
    }
    if (has.more) {
        complain_of(documents, tally, &element, STR(".IsTruncated"),
                    STR("the report goes on; ask with --max-items 1000"));
        return STATUS_OK;
    }
    documents->arn = STR_ABSENT;
    return add_element(documents, USAGES, &element, why);
}

const struct import_format import_of_account = {take_account};
const struct import_format import_of_pools = {take_pools};
const struct import_format import_of_usage = {take_usage};

/* ---- files ----------------------------------------------------------------------------------- */

static enum status read_file(struct import *import, const char *path, struct str *ret,
                             struct why *why)
{
    bool standard = strcmp(path, "-") == 0;
    struct buf text;
    char *chunk = arena_alloc(import->mem, READ_BYTES);
    TRY_PTR(chunk);
    FILE *file = standard ? import->cli->in : fopen(path, "re");
    if (file == NULL) {
        return why_set(why, STATUS_IO, "%s cannot be opened: %s", path, strerrordesc_np(errno));
    }
    buf_init(&text, import->mem, FILE_BYTES_MAX);
    for (size_t n; (n = fread(chunk, 1, READ_BYTES, file)) > 0;) {
        buf_put(&text, chunk, n);
    }
    bool failed = ferror(file) != 0;
    int reason = errno;
    if (!standard) {
        fclose(file);
    }
    if (failed) {
        return why_set(why, STATUS_IO, "%s cannot be read: %s", path, strerrordesc_np(reason));
    }
    if (buf_status(&text) == STATUS_TOO_LARGE) {
        return why_set(why, STATUS_TOO_LARGE, "%s is larger than %d bytes", path, FILE_BYTES_MAX);
    }
    return buf_finish(&text, ret, why);
}

/* A document, or an array of documents. */
static enum status take_document(struct import_documents *documents,
                                 const struct import_format *format, struct str text,
                                 struct why *why)
{
    struct json_read r;
    json_read_init(&r, text, documents->import->mem);
    documents->place.at = 0;
    if (json_read_type(&r) == JSON_OBJECT) {
        return format->take(documents, text, why);
    }
    if (json_read_type(&r) != JSON_ARRAY) {
        complain(documents, &documents->place, STR(""), STR("it is no JSON object"));
        return STATUS_OK;
    }
    TRY(json_read_array(&r, why));
    while (json_read_more(&r)) {
        struct str element;
        documents->place.at++;
        TRY(json_read_raw(&r, &element, why));
        if (element.ptr[0] != '{') {
            complain(documents, &documents->place, STR(""), STR("it is no JSON object"));
            continue;
        }
        TRY(format->take(documents, element, why));
    }
    return STATUS_OK;
}

static bool is_blank(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr(" \t\r\n", text.ptr[i]) == NULL) {
            return false;
        }
    }
    return true;
}

/* What is no JSON ends the file: nobody knows where the next document would begin. */
static enum status take_file(struct import_documents *documents, const struct import_file *file,
                             struct why *why)
{
    struct str whole;
    TRY(read_file(documents->import, file->path, &whole, why));
    struct str rest = whole;
    documents->place = (struct place){file->path, 0, 0};
    documents->arn = STR_ABSENT;
    for (size_t number = 1; number == 1 || !is_blank(rest); number++) {
        struct json_read r;
        struct str text;
        struct why fault = {.code = STATUS_OK};
        size_t before = whole.len - rest.len;
        json_read_init(&r, rest, documents->import->mem);
        enum status status = json_read_raw(&r, &text, &fault);
        bool more = status == STATUS_OK && !is_blank((struct str){r.at, (size_t)(r.end - r.at)});
        documents->place.document = number > 1 || more ? number : 0;
        if (status == STATUS_OK) {
            rest = (struct str){r.at, (size_t)(r.end - r.at)};
            before = (size_t)(text.ptr - whole.ptr);
            status = take_document(documents, file->format, text, &fault);
        }
        if (status == STATUS_NO_MEMORY || status == STATUS_TOO_LARGE) {
            return why_set(why, status, "%s: %s", file->path, fault.text);
        }
        if (status != STATUS_OK) {
            return why_set(why, status, "%s: the document at byte %zu: %s", file->path, before,
                           fault.text);
        }
    }
    return STATUS_OK;
}

/* ---- sending --------------------------------------------------------------------------------- */

static void put_element(struct buf *body, const struct element *element)
{
    if (str_absent(element->arn)) {
        buf_put_str(body, element->text);
        return;
    }
    buf_put_str(body, STR("{\"Arn\":"));
    json_put_quoted(body, element->arn);
    buf_put_char(body, ',');
    buf_put_str(body, str_slice(element->text, 1, element->text.len)); /* it has other members */
}

/* What a dry run takes for being here: what an element refers to, where the files have it. */
struct assumed {
    struct import_documents *documents;
    struct buf *body;
    bool any;
};

static void assume(struct assumed *assumed, struct str id)
{
    if (!str_absent(id) && map_has(&assumed->documents->coming, id)) {
        buf_put_str(assumed->body, assumed->any ? STR(",") : STR(""));
        json_put_quoted(assumed->body, id);
        assumed->any = true;
    }
}

static enum status assume_attached(struct assumed *assumed, struct json_read *r, struct why *why)
{
    TRY(json_read_array(r, why));
    while (json_read_more(r)) {
        struct str text;
        struct str arn;
        TRY(json_read_raw(r, &text, why));
        TRY(text_member(assumed->documents, text, STR("PolicyArn"), &arn, why));
        assume(assumed, arn);
    }
    return STATUS_OK;
}

static enum status assume_of(struct assumed *assumed, const struct element *element,
                             struct why *why)
{
    struct json_read r;
    assume(assumed, element->arn);
    json_read_init(&r, element->text, assumed->documents->import->mem);
    if (json_read_type(&r) != JSON_OBJECT) {
        return STATUS_OK;
    }
    TRY(json_read_object(&r, why));
    while (json_read_more(&r)) {
        struct str key;
        struct str id;
        TRY(json_read_key(&r, &key, why));
        bool names = str_eq(key, STR("Arn")) || str_eq(key, STR("IdentityPoolId"));
        if (names && json_read_type(&r) == JSON_STRING) {
            TRY(json_read_string(&r, &id, why));
            assume(assumed, id);
        } else if (str_eq(key, STR("AttachedManagedPolicies")) &&
                   json_read_type(&r) == JSON_ARRAY) {
            TRY(assume_attached(assumed, &r, why));
        } else {
            TRY(json_read_skip(&r, why));
        }
    }
    return STATUS_OK;
}

static enum status make_body(struct import_documents *documents, enum list list, size_t from,
                             size_t to, struct str *ret, struct why *why)
{
    const struct element *elements = documents->lists[list].elements;
    struct buf body;
    struct assumed assumed = {documents, &body, false};
    buf_init(&body, documents->import->call, 4 << 20);
    buf_put_str(&body, STR("{"));
    if (documents->import->dry) {
        buf_put_str(&body, STR("\"dryRun\":true,\"assumed\":["));
        for (size_t i = from; i < to; i++) {
            TRY(assume_of(&assumed, &elements[i], why));
        }
        buf_put_str(&body, STR("],"));
    }
    json_put_quoted(&body, lists[list].name);
    buf_put_str(&body, STR(":["));
    for (size_t i = from; i < to; i++) {
        buf_put_str(&body, i == from ? STR("") : STR(","));
        put_element(&body, &elements[i]);
    }
    buf_put_str(&body, STR("]}"));
    return buf_finish(&body, ret, why);
}

static enum status send_batch(struct import_documents *documents, enum list list, size_t from,
                              size_t to, struct why *why)
{
    struct import *import = documents->import;
    struct tally *tally = &documents->lists[list];
    const struct json_value *reply = NULL;
    struct str body;
    arena_clear(import->call);
    TRY(make_body(documents, list, from, to, &body, why));
    TRY(api_client_call(import->client, import->call, "POST", ACCOUNT, body, &reply, why));
    tally->fresh += json_number(reply, "new");
    tally->changed += json_number(reply, "changed");
    tally->known += json_number(reply, "known");
    documents->built_in += json_number(reply, "builtIn");
    documents->memberships += json_number(reply, "memberships");
    documents->boundaries += json_number(reply, "boundaries");
    documents->profiles += json_number(reply, "instanceProfiles");
    const struct json_value *refused = json_tree_get(reply, STR("refused"));
    for (const struct json_value *r = JSON_FIRST(refused); r != NULL; r = r->next) {
        size_t index = from + (size_t)json_number(r, "index");
        if (index < to) {
            complain_of(documents, tally, &tally->elements[index], json_text(r, "path"),
                        json_text(r, "why"));
        }
    }
    import_show(import, false, "importing: %zu of %zu %s", to, tally->n, lists[list].what);
    return STATUS_OK;
}

static enum status send_list(struct import_documents *documents, enum list list, struct why *why)
{
    const struct tally *tally = &documents->lists[list];
    size_t from = 0;
    while (from < tally->n) {
        size_t to = from + 1;
        size_t bytes = tally->elements[from].text.len;
        while (to < tally->n && to - from < BATCH_ELEMENTS &&
               bytes + tally->elements[to].text.len <= BATCH_BYTES) {
            bytes += tally->elements[to++].text.len;
        }
        TRY(send_batch(documents, list, from, to, why));
        from = to;
    }
    return STATUS_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void print_left_out(const struct import_documents *documents)
{
    const struct {
        int64_t n;
        const char *what;
    } rows[] = {
        {documents->groups, "groups of users"},
        {documents->memberships, "memberships in them"},
        {documents->boundaries, "permissions boundaries"},
        {documents->profiles, "instance profiles"},
        {documents->built_in, "policies of AWS that are built in"},
    };
    const char *before = "left out: ";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].n > 0) {
            fprintf(documents->import->cli->out, "%s%" PRId64 " %s", before, rows[i].n,
                    rows[i].what);
            before = ", ";
        }
    }
    if (before[0] == ',') {
        fputs("\n", documents->import->cli->out);
    }
}

static void print_counts(const struct import_documents *documents)
{
    FILE *out = documents->import->cli->out;
    if (documents->import->dry) {
        fputs("dry run; nothing was written\n", out);
    }
    for (size_t i = 0; i < LISTS; i++) {
        const struct tally *tally = &documents->lists[i];
        if (tally->n > 0 || tally->refused > 0) {
            fprintf(out,
                    "%s: %" PRId64 " new, %" PRId64 " changed, %" PRId64 " known already, %" PRId64
                    " refused\n",
                    lists[i].what, tally->fresh, tally->changed, tally->known, tally->refused);
        }
    }
    print_left_out(documents);
}

static enum status send_all(struct import_documents *documents, struct why *why)
{
    for (enum list list = 0; list < LISTS; list++) {
        TRY(send_list(documents, list, why));
    }
    return STATUS_OK;
}

enum status import_documents(struct import *import, struct why *why)
{
    struct import_documents documents = {.import = import};
    size_t files = 0;
    map_init(&documents.coming, import->mem, LISTS * (size_t)ELEMENTS_MAX);
    map_init(&documents.listed, import->mem, ELEMENTS_MAX);
    map_init(&documents.described, import->mem, ELEMENTS_MAX);
    for (size_t i = 0; i < import->n_files; i++) {
        if (import->files[i].format->take != NULL) {
            files++;
            TRY(take_file(&documents, &import->files[i], why));
        }
    }
    if (files == 0) {
        return STATUS_OK;
    }
    complain_of_listed(&documents);
    if (documents.pages > 0 && documents.truncated == documents.pages) {
        complain(&documents, &documents.last_page, STR(""),
                 STR("it is not the last page, and the last is not among the files"));
    }
    enum status status = send_all(&documents, why);
    import_show(import, true, "%s", "");
    print_counts(&documents); /* what was counted is on the disk, also when it breaks off */
    arena_clear(import->mem);
    return status;
}
