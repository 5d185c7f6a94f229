/* import_documents.c: users, roles, policies, identity pools and reports of last use, from the JSON
 * that AWS's tools print.
 *
 * All files are read first and taken apart into elements of lists (import_forms.c), each of which
 * knows where it stands. Then the lists are sent in pieces, in the order in which they refer to one
 * another. A file may hold several documents, one behind the other or in an array.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/import_documents_priv.h"

#include "base/banned.h"

#define ACCOUNT STR("/bulwark/import/account")

enum {
    FILE_BYTES_MAX = 128 << 20,
    READ_BYTES = 64 << 10,
    BATCH_ELEMENTS = 200,
    BATCH_BYTES = 128 << 10,
    BODY_BYTES_MAX = 4 << 20,
};

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
        import_document_complain(documents, &documents->place, STR(""),
                                 STR("it is no JSON object"));
        return STATUS_OK;
    }
    TRY(json_read_array(&r, why));
    while (json_read_more(&r)) {
        struct str element;
        documents->place.at++;
        TRY(json_read_raw(&r, &element, why));
        if (element.ptr[0] != '{') {
            import_document_complain(documents, &documents->place, STR(""),
                                     STR("it is no JSON object"));
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
    struct str rest = cli_text(whole);
    documents->place = (struct import_place){file->path, 0, 0};
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

static void put_element(struct buf *body, const struct import_element *element)
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
        TRY(import_text_member(assumed->documents, text, STR("PolicyArn"), &arn, why));
        assume(assumed, arn);
    }
    return STATUS_OK;
}

static enum status assume_of(struct assumed *assumed, const struct import_element *element,
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

static enum status make_body(struct import_documents *documents, enum import_list list, size_t from,
                             size_t to, struct str *ret, struct why *why)
{
    const struct import_element *elements = documents->lists[list].elements;
    struct buf body;
    struct assumed assumed = {documents, &body, false};
    buf_init(&body, documents->import->call, BODY_BYTES_MAX);
    buf_put_str(&body, STR("{"));
    if (documents->import->dry) {
        buf_put_str(&body, STR("\"dryRun\":true,\"assumed\":["));
        for (size_t i = from; i < to; i++) {
            TRY(assume_of(&assumed, &elements[i], why));
        }
        buf_put_str(&body, STR("],"));
    }
    json_put_quoted(&body, import_lists[list].name);
    buf_put_str(&body, STR(":["));
    for (size_t i = from; i < to; i++) {
        buf_put_str(&body, i == from ? STR("") : STR(","));
        put_element(&body, &elements[i]);
    }
    buf_put_str(&body, STR("]}"));
    return buf_finish(&body, ret, why);
}

static enum status send_batch(struct import_documents *documents, enum import_list list,
                              size_t from, size_t to, struct why *why)
{
    struct import *import = documents->import;
    struct import_tally *tally = &documents->lists[list];
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
            import_element_complain(documents, tally, &tally->elements[index], json_text(r, "path"),
                                    json_text(r, "why"));
        }
    }
    import_show(import, false, "importing: %zu of %zu %s", to, tally->n, import_lists[list].what);
    return STATUS_OK;
}

static enum status send_list(struct import_documents *documents, enum import_list list,
                             struct why *why)
{
    const struct import_tally *tally = &documents->lists[list];
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
    for (size_t i = 0; i < IMPORT_LISTS; i++) {
        const struct import_tally *tally = &documents->lists[i];
        if (tally->n > 0 || tally->refused > 0) {
            fprintf(out,
                    "%s: %" PRId64 " new, %" PRId64 " changed, %" PRId64 " known already, %" PRId64
                    " refused\n",
                    import_lists[i].what, tally->fresh, tally->changed, tally->known,
                    tally->refused);
        }
    }
    print_left_out(documents);
}

static enum status send_all(struct import_documents *documents, struct why *why)
{
    for (enum import_list list = 0; list < IMPORT_LISTS; list++) {
        TRY(send_list(documents, list, why));
    }
    return STATUS_OK;
}

enum status import_documents(struct import *import, struct why *why)
{
    struct import_documents documents = {.import = import};
    size_t files = 0;
    map_init(&documents.coming, import->mem, IMPORT_LISTS * (size_t)IMPORT_ELEMENTS_MAX);
    map_init(&documents.listed, import->mem, IMPORT_ELEMENTS_MAX);
    map_init(&documents.described, import->mem, IMPORT_ELEMENTS_MAX);
    for (size_t i = 0; i < import->n_files; i++) {
        if (import->files[i].format->take != NULL) {
            files++;
            TRY(take_file(&documents, &import->files[i], why));
        }
    }
    if (files == 0) {
        return STATUS_OK;
    }
    import_complain_of_listed(&documents);
    if (documents.pages > 0 && documents.truncated == documents.pages) {
        import_document_complain(
            &documents, &documents.last_page, STR(""),
            STR("it is not the last page, and the last is not among the files"));
    }
    enum status status = send_all(&documents, why);
    import_show(import, true, "%s", "");
    print_counts(&documents); /* what was counted is on the disk, also when it breaks off */
    arena_clear(import->mem);
    return status;
}
