/* snapshot.c: see snapshot.h. */
#include "collect/snapshot.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"

#include "base/banned.h"

static const struct str kind_names[SNAPSHOT_KIND_COUNT] = {
#define SNAPSHOT_NAME(id, name) STR_INIT(name),
    SNAPSHOT_KINDS(SNAPSHOT_NAME)
#undef SNAPSHOT_NAME
};

static const struct str area_names[AREA_COUNT] = {
#define AREA_NAME(id, name) STR_INIT(name),
    AREAS(AREA_NAME)
#undef AREA_NAME
};

struct str snapshot_kind_name(enum snapshot_kind kind)
{
    return kind_names[kind];
}

struct str area_name(enum area area)
{
    return area_names[area];
}

/* ---- values ---------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    return str_cmp((*(const struct json_value *const *)a)->key,
                   (*(const struct json_value *const *)b)->key);
}

static enum status put_object(struct json_write *w, const struct json_value *value,
                              struct arena *mem, struct why *why)
{
    const struct json_value **members = NEW_ARRAY(mem, const struct json_value *, value->n);
    size_t n = 0;
    TRY_PTR(members);
    for (const struct json_value *v = value->first; v != NULL; v = v->next) {
        members[n++] = v;
    }
    if (n > 0) {
        qsort(members, n, sizeof members[0], by_key);
    }
    json_write_object(w);
    for (size_t i = 0; i < n; i++) {
        json_write_key(w, members[i]->key);
        TRY(json_put_sorted(w, members[i], mem, why));
    }
    json_write_end(w);
    return STATUS_OK;
}

enum status json_put_sorted(struct json_write *w, const struct json_value *value, struct arena *mem,
                            struct why *why)
{
    if (value->type == JSON_OBJECT) {
        return put_object(w, value, mem, why);
    }
    if (value->type == JSON_ARRAY) {
        json_write_array(w);
        for (const struct json_value *v = value->first; v != NULL; v = v->next) {
            TRY(json_put_sorted(w, v, mem, why));
        }
        json_write_end(w);
        return STATUS_OK;
    }
    json_tree_write(w, value);
    return STATUS_OK;
}

/* ---- the head -------------------------------------------------------------------------------- */

static void put_moment(struct json_write *w, struct str key, int64_t ms)
{
    char text[TIME_TEXT_MAX];
    if (ms != TIME_NEVER) {
        json_write_member(w, key, str_from(time_format(ms, text)));
    }
}

enum status snapshot_head_write(const struct snapshot_head *head, struct arena *mem,
                                struct str *ret, struct why *why)
{
    struct buf out;
    struct json_write w;
    buf_init(&out, mem, SNAPSHOT_LINE_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member_int64(&w, STR("bulwarkSnapshot"), SNAPSHOT_VERSION);
    json_write_member(&w, STR("account"), head->account);
    json_write_member(&w, STR("region"), head->region);
    json_write_member(&w, STR("endpoint"), head->endpoint);
    put_moment(&w, STR("begun"), head->begun);
    put_moment(&w, STR("ended"), head->ended);
    put_moment(&w, STR("historyFrom"), head->history_from);
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

static struct str text_of(const struct json_value *tree, const char *key)
{
    const struct json_value *value = json_tree_get(tree, str_from(key));
    return value != NULL && value->type == JSON_STRING ? value->text : STR_ABSENT;
}

static enum status moment_of(const struct json_value *tree, const char *key, bool required,
                             int64_t *ret, struct why *why)
{
    struct str text = text_of(tree, key);
    *ret = TIME_NEVER;
    if (str_absent(text) && !required) {
        return STATUS_OK;
    }
    if (time_parse(text, ret, NULL) != STATUS_OK) {
        return why_set(why, STATUS_INVALID,
                       "the snapshot's \"%s\" is no moment, 2026-01-02T03:04:05Z", key);
    }
    return STATUS_OK;
}

static bool is_account(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return text.len == 12;
}

static bool is_region(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return false;
        }
    }
    return text.len > 0 && text.len <= 32;
}

enum status snapshot_head_read(struct str line, struct arena *mem, struct snapshot_head *ret,
                               struct why *why)
{
    const struct json_value *tree = NULL;
    struct snapshot_head head = {.begun = TIME_NEVER};
    int64_t version = 0;
    if (line.len > SNAPSHOT_LINE_MAX) {
        return why_set(why, STATUS_TOO_LARGE, "the first line is longer than %d bytes",
                       SNAPSHOT_LINE_MAX);
    }
    TRY(json_tree_read(line, mem, &tree, why));
    const struct json_value *number = json_tree_get(tree, STR("bulwarkSnapshot"));
    if (number == NULL || number->type != JSON_NUMBER ||
        json_number_int64(number->text, &version, NULL) != STATUS_OK) {
        return why_set(
            why, STATUS_INVALID,
            "this is no snapshot of an account: its first line has no \"bulwarkSnapshot\"");
    }
    if (version != SNAPSHOT_VERSION) {
        return why_set(why, STATUS_UNSUPPORTED,
                       "this is a snapshot of version %" PRId64 "; version %d is read", version,
                       SNAPSHOT_VERSION);
    }
    head.account = text_of(tree, "account");
    head.region = text_of(tree, "region");
    head.endpoint = text_of(tree, "endpoint");
    if (!is_account(head.account) || !is_region(head.region)) {
        return why_set(why, STATUS_INVALID,
                       "the snapshot's \"account\" must be twelve digits and its \"region\" a name "
                       "like us-east-1");
    }
    TRY(moment_of(tree, "begun", true, &head.begun, why));
    TRY(moment_of(tree, "ended", false, &head.ended, why));
    TRY(moment_of(tree, "historyFrom", false, &head.history_from, why));
    *ret = head;
    return STATUS_OK;
}

/* ---- lines ----------------------------------------------------------------------------------- */

enum status snapshot_line_write(enum snapshot_kind kind, struct str id,
                                const struct json_value *value, struct arena *mem, struct str *ret,
                                struct why *why)
{
    struct buf out;
    struct json_write w;
    buf_init(&out, mem, SNAPSHOT_LINE_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("kind"), kind_names[kind]);
    json_write_member(&w, STR("id"), id);
    json_write_key(&w, STR("value"));
    TRY(json_put_sorted(&w, value, mem, why));
    json_write_end(&w);
    json_write_finish(&w);
    if (buf_status(&out) == STATUS_TOO_LARGE) {
        return why_set(why, STATUS_TOO_LARGE, "%.*s %.*s is larger than %d bytes",
                       STR_ARG(kind_names[kind]), STR_ARG(str_slice(id, 0, 200)),
                       SNAPSHOT_LINE_MAX);
    }
    return buf_finish(&out, ret, why);
}

static bool find_kind(struct str name, enum snapshot_kind *ret)
{
    for (int i = 0; i < SNAPSHOT_KIND_COUNT; i++) {
        if (str_eq(kind_names[i], name)) {
            *ret = (enum snapshot_kind)i;
            return true;
        }
    }
    return false;
}

enum status snapshot_line_read(struct str line, struct arena *mem, struct snapshot_line *ret,
                               struct why *why)
{
    const struct json_value *tree = NULL;
    struct snapshot_line read = {.kind = SNAPSHOT_END};
    if (line.len > SNAPSHOT_LINE_MAX) {
        return why_set(why, STATUS_TOO_LARGE, "the line is longer than %d bytes",
                       SNAPSHOT_LINE_MAX);
    }
    TRY(json_tree_read(line, mem, &tree, why));
    struct str name = text_of(tree, "kind");
    read.id = text_of(tree, "id");
    read.value = json_tree_get(tree, STR("value"));
    if (str_absent(name) || str_absent(read.id) || read.value == NULL ||
        read.value->type != JSON_OBJECT || tree->n != 3) {
        return why_set(why, STATUS_INVALID,
                       "the line is not {\"kind\":TEXT,\"id\":TEXT,\"value\":OBJECT}");
    }
    if (!find_kind(name, &read.kind)) {
        return why_set(why, STATUS_INVALID, "nothing is known of the kind \"%.*s\"",
                       STR_ARG(str_slice(name, 0, 64)));
    }
    if (read.id.len > SNAPSHOT_ID_MAX) {
        return why_set(why, STATUS_TOO_LARGE, "the id is longer than %d bytes", SNAPSHOT_ID_MAX);
    }
    *ret = read;
    return STATUS_OK;
}

/* The number of lines that the last one says there are. */
static enum status check_end(const struct snapshot_order *order, const struct snapshot_line *line,
                             struct why *why)
{
    int64_t lines = -1;
    const struct json_value *number = json_tree_get(line->value, STR("lines"));
    bool told = number != NULL && number->type == JSON_NUMBER &&
                json_number_int64(number->text, &lines, NULL) == STATUS_OK;
    if (!told || lines != order->n) {
        return why_set(why, STATUS_INVALID,
                       "the last line counts %" PRId64 " lines; there are %" PRId64, lines,
                       order->n);
    }
    return STATUS_OK;
}

enum status snapshot_order_next(struct snapshot_order *order, const struct snapshot_line *line,
                                struct why *why)
{
    struct str former = {order->id, order->id_len};
    bool first = order->n == 0;
    if (order->ended) {
        return why_set(why, STATUS_INVALID, "there are lines behind the end");
    }
    if (line->kind == SNAPSHOT_MARK) {
        return why_set(why, STATUS_INVALID,
                       "this is a part of a snapshot that is still being collected");
    }
    if (!first && (line->kind < order->kind ||
                   (line->kind == order->kind && str_cmp(line->id, former) <= 0))) {
        return why_set(why, STATUS_INVALID, "%.*s %.*s is out of order, or there twice",
                       STR_ARG(kind_names[line->kind]), STR_ARG(str_slice(line->id, 0, 200)));
    }
    if (line->kind == SNAPSHOT_END) {
        TRY(check_end(order, line, why));
        order->ended = true;
        return STATUS_OK;
    }
    order->kind = line->kind;
    order->id_len = line->id.len;
    memcpy(order->id, line->id.ptr, line->id.len);
    order->n++;
    return STATUS_OK;
}
