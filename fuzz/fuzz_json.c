/* fuzz_json.c: our reader, our tree and our writer against jansson.
 *
 * Both must accept and refuse the same texts and see the same values. Where they differ by design,
 * nothing is compared: jansson refuses numbers beyond a double and keys that hold U+0000; ours has
 * bounds on depth and values; and jansson passes over some bytes 0, where ours must refuse.
 * Whatever ours reads it must write, and read again as the same.
 */
#include <stdint.h>
#include <stdlib.h>

/* Its names for types are ours too. */
#define JSON_NULL   JANSSON_NULL
#define JSON_STRING JANSSON_STRING
#define JSON_ARRAY  JANSSON_ARRAY
#define JSON_OBJECT JANSSON_OBJECT
#include <jansson.h>
#undef JSON_NULL
#undef JSON_STRING
#undef JSON_ARRAY
#undef JSON_OBJECT

#include "base/buf.h"
#include "codec/json_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void compare(const struct json_value *ours, json_t *theirs);

static void compare_members(const struct json_value *ours, json_t *theirs)
{
    must(json_object_size(theirs) == ours->n);
    for (const struct json_value *v = ours->first; v != NULL; v = v->next) {
        compare(v, json_object_getn(theirs, v->key.ptr, v->key.len));
    }
}

static void compare_elements(const struct json_value *ours, json_t *theirs)
{
    size_t i = 0;
    must(json_array_size(theirs) == ours->n);
    for (const struct json_value *v = ours->first; v != NULL; v = v->next) {
        compare(v, json_array_get(theirs, i++));
    }
}

static void compare_number(const struct json_value *ours, json_t *theirs)
{
    double value = 0;
    double want = json_real_value(theirs);
    must(json_is_real(theirs));
    must(json_number_double(ours->text, &value, NULL) == STATUS_OK);
    must(memcmp(&value, &want, sizeof value) == 0);
}

static void compare(const struct json_value *ours, json_t *theirs)
{
    must(theirs != NULL);
    switch (ours->type) {
    case JSON_OBJECT:
        must(json_typeof(theirs) == JANSSON_OBJECT);
        compare_members(ours, theirs);
        break;
    case JSON_ARRAY:
        must(json_typeof(theirs) == JANSSON_ARRAY);
        compare_elements(ours, theirs);
        break;
    case JSON_STRING:
        must(json_typeof(theirs) == JANSSON_STRING);
        must(str_eq(ours->text,
                    (struct str){json_string_value(theirs), json_string_length(theirs)}));
        break;
    case JSON_NUMBER:
        compare_number(ours, theirs);
        break;
    case JSON_BOOL:
        must(json_is_boolean(theirs) && json_is_true(theirs) == ours->boolean);
        break;
    default:
        must(ours->type == JSON_NULL && json_typeof(theirs) == JANSSON_NULL);
    }
}

static bool same(const struct json_value *a, const struct json_value *b)
{
    if (a->type != b->type || a->n != b->n || a->boolean != b->boolean || !str_eq(a->key, b->key) ||
        !str_eq(a->text, b->text)) {
        return false;
    }
    const struct json_value *y = b->first;
    for (const struct json_value *x = a->first; x != NULL; x = x->next, y = y->next) {
        if (!same(x, y)) {
            return false;
        }
    }
    return true;
}

static void write_and_read_again(const struct json_value *root, size_t size, struct arena *mem)
{
    struct buf out;
    struct json_write w;
    struct str text;
    const struct json_value *again = NULL;
    buf_init(&out, mem, 8 * size + 64);
    json_write_init(&w, &out);
    json_tree_write(&w, root);
    json_write_finish(&w);
    must(buf_finish(&out, &text, NULL) == STATUS_OK);
    must(json_tree_read(text, mem, &again, NULL) == STATUS_OK);
    must(same(root, again));
}

/* What only jansson refuses. */
static bool is_theirs_alone(const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key;
}

/* Reads the tree, and holds the reader that only passes over values to the same verdict. */
static enum status read_both_ways(struct str text, struct arena *mem,
                                  const struct json_value **root)
{
    struct json_read r;
    struct why why = {0};
    json_read_init(&r, text, mem);
    enum status skipped = json_read_skip(&r, &why);
    skipped = skipped == STATUS_OK ? json_read_finish(&r, &why) : skipped;
    enum status status = json_tree_read(text, mem, root, &why);
    must(skipped != STATUS_OK || status == STATUS_OK || status == STATUS_TOO_LARGE ||
         strstr(why.text, "occurs twice") != NULL);
    must(status != STATUS_OK || skipped == STATUS_OK);
    must(status == STATUS_OK || (why.offset <= text.len && why.text[0] != '\0' && *root == NULL));
    return status;
}

static void hold_against_jansson(struct str text, enum status status, const struct json_value *root)
{
    json_error_t error;
    json_t *theirs = json_loadb(text.ptr, text.len,
                                JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES |
                                    JSON_DECODE_INT_AS_REAL,
                                &error);
    if (status == STATUS_OK && theirs != NULL) {
        compare(root, theirs);
    } else if (status == STATUS_OK) {
        must(is_theirs_alone(&error));
    } else {
        must(theirs == NULL || status == STATUS_TOO_LARGE);
    }
    json_decref(theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    const struct json_value *root = NULL;
    struct arena *mem = arena_new(64 << 20);
    must(mem != NULL);
    enum status status = read_both_ways(text, mem, &root);
    if (str_find_char(text, '\0', 0) < size) {
        must(status != STATUS_OK);
    } else {
        hold_against_jansson(text, status, root);
    }
    if (status == STATUS_OK) {
        write_and_read_again(root, size, mem);
    }
    arena_free(mem);
    return 0;
}
