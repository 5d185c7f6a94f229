/* expression.c: literals, Ref and the functions. */
#include "base/buf.h"
#include "base/limits.h"
#include "codec/json_number.h"
#include "template/template_priv.h"

#include "base/banned.h"

enum { SHOWN_MAX = 64, SELECT_MAX = 65536 };

static struct str shown(struct str text)
{
    return str_slice(text, 0, SHOWN_MAX);
}

/* Charges what is made (invariant 5 of template.h). */
static enum status take(struct filler *f, size_t bytes, const struct place *at, struct why *why)
{
    if (bytes > f->left) {
        return refuse(f, at, why, "the template makes more than %d bytes of text",
                      LIMIT_TEMPLATE_BYTES);
    }
    f->left -= bytes;
    return STATUS_OK;
}

static enum status made_text(struct filler *f, struct str text, const struct place *at,
                             struct made *ret, struct why *why)
{
    TRY(take(f, text.len, at, why));
    *ret = (struct made){.known = text_known(text), .text = text};
    f->unknown = f->unknown || !ret->known;
    return STATUS_OK;
}

static struct str unknown_text(void)
{
    return (struct str){template_unknown, 0};
}

/* ---- Ref ------------------------------------------------------------------------------------- */

/* A value of a device's, on its way into a policy document. */
static enum status check_in_policy(const struct filler *f, struct str name, struct str value,
                                   const struct place *at, struct why *why)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (c < ' ' || c == 0x7f || strchr("*?$\"\\", c) != NULL) {
            return refuse(f, at, why,
                          "the value of %.*s, '%.*s', holds %s; in a policy that would change what "
                          "it allows",
                          STR_ARG(shown(name)), STR_ARG(shown(value)),
                          c < ' ' || c == 0x7f ? "a control character"
                                               : (char[]){'\'', (char)c, '\'', '\0'});
        }
    }
    return STATUS_OK;
}

/* The declared default, or the certificate's own parameter, which needs no declaration. */
static bool is_declared(const struct filler *f, struct str name, struct str *ret_fallback)
{
    const struct template *t = f->template;
    *ret_fallback = STR_ABSENT;
    for (size_t i = 0; i < t->n_parameters; i++) {
        if (str_eq(t->parameters[i].name, name)) {
            *ret_fallback = t->parameters[i].fallback;
            return true;
        }
    }
    for (size_t i = 0; t->use != TEMPLATE_ONCE && i < TEMPLATE_CERTIFICATE_PARAMETERS; i++) {
        if (str_eq(template_certificate_parameters[i].name, name)) {
            return true;
        }
    }
    return false;
}

static enum status parameter(struct filler *f, struct str name, const struct place *at,
                             struct str *ret, struct why *why)
{
    struct str value;
    if (!is_declared(f, name, &value)) {
        return refuse(f, at, why, "'%.*s' is not a parameter that Parameters declares",
                      STR_ARG(shown(name)));
    }
    if (f->checking) {
        *ret = unknown_text();
        return STATUS_OK;
    }
    for (size_t i = 0; i < f->n_values; i++) {
        value = str_eq(f->values[i].name, name) ? f->values[i].value : value;
    }
    if (str_absent(value)) {
        return refuse(f, at, why, "the parameter %.*s has no value and no default",
                      STR_ARG(shown(name)));
    }
    if (f->in_policy) {
        TRY(check_in_policy(f, name, value, at, why));
    }
    *ret = value;
    return STATUS_OK;
}

static enum status run_ref(struct filler *f, const struct json_value *arg, const struct place *at,
                           struct made *ret, struct why *why)
{
    struct str value;
    if (arg->type != JSON_STRING) {
        return refuse(f, at, why, "Ref is the name of a parameter, not %s",
                      json_type_name(arg->type));
    }
    TRY(parameter(f, arg->text, at, &value, why));
    return made_text(f, value, at, ret, why);
}

/* ---- lists ----------------------------------------------------------------------------------- */

enum status make_list(struct filler *f, const struct json_value *value, const struct place *at,
                      struct made *ret, struct why *why)
{
    TRY(make(f, value, at, ret, why));
    if (!ret->list && !ret->either) {
        return refuse(f, at, why, "a list is expected here, not a text");
    }
    return STATUS_OK;
}

static enum status literal_list(struct filler *f, const struct json_value *value,
                                const struct place *at, struct made *ret, struct why *why)
{
    struct str *items = NEW_ARRAY(f->mem, struct str, value->n);
    struct place here = {.up = at, .key = STR_ABSENT};
    TRY_PTR(items);
    TRY(take(f, value->n * sizeof *items, at, why));
    for (const struct json_value *v = value->first; v != NULL; v = v->next, here.index++) {
        TRY(make_text(f, v, &here, &items[here.index], why));
    }
    *ret = (struct made){.known = true, .list = true, .items = items, .n = value->n};
    return STATUS_OK;
}

/* The arguments of a function, of which there are n. */
static enum status arguments(const struct filler *f, const struct json_value *arg, size_t n,
                             const char *form, const struct place *at, struct why *why)
{
    if (arg->type != JSON_ARRAY || arg->n != n) {
        return refuse(f, at, why, "the arguments are %s", form);
    }
    return STATUS_OK;
}

static struct place nth(const struct place *at, size_t index)
{
    return (struct place){.up = at, .key = STR_ABSENT, .index = index};
}

static enum status run_join(struct filler *f, const struct json_value *arg, const struct place *at,
                            struct made *ret, struct why *why)
{
    const struct place first = nth(at, 0);
    const struct place second = nth(at, 1);
    struct str between;
    struct made list;
    struct buf out;
    struct str text;
    TRY(arguments(f, arg, 2, "[delimiter, list]", at, why));
    TRY(make_text(f, arg->first, &first, &between, why));
    TRY(make_list(f, arg->first->next, &second, &list, why));
    bool known = list.known && text_known(between);
    buf_init(&out, f->mem, f->left);
    for (size_t i = 0; i < list.n; i++) {
        known = known && text_known(list.items[i]);
        buf_put_str(&out, i > 0 ? between : STR(""));
        buf_put_str(&out, list.items[i]);
    }
    if (buf_status(&out) == STATUS_TOO_LARGE) {
        return take(f, f->left + 1, at, why);
    }
    TRY(buf_finish(&out, &text, why));
    return made_text(f, known ? text : unknown_text(), at, ret, why);
}

static enum status select_index(struct filler *f, const struct json_value *value,
                                const struct place *at, int64_t *ret, struct why *why)
{
    struct str text = value->text;
    *ret = -1;
    if (value->type != JSON_NUMBER) {
        TRY(make_text(f, value, at, &text, why));
        if (!text_known(text)) {
            return STATUS_OK;
        }
    }
    if (str_to_int64(text, ret) != STATUS_OK || *ret < 0 || *ret > SELECT_MAX) {
        return refuse(f, at, why, "'%.*s' is not an index, which counts from 0",
                      STR_ARG(shown(text)));
    }
    return STATUS_OK;
}

static enum status run_select(struct filler *f, const struct json_value *arg,
                              const struct place *at, struct made *ret, struct why *why)
{
    const struct place first = nth(at, 0);
    const struct place second = nth(at, 1);
    int64_t index;
    struct made list;
    TRY(arguments(f, arg, 2, "[index, list]", at, why));
    TRY(select_index(f, arg->first, &first, &index, why));
    TRY(make_list(f, arg->first->next, &second, &list, why));
    if (index < 0 || !list.known) {
        return made_text(f, unknown_text(), at, ret, why);
    }
    if ((size_t)index >= list.n) {
        return refuse(f, at, why, "there is no element %lld in a list of %zu", (long long)index,
                      list.n);
    }
    return made_text(f, list.items[index], at, ret, why);
}

static size_t count_parts(struct str text, struct str by)
{
    size_t n = 1;
    for (size_t i = 0; i + by.len <= text.len;) {
        bool here = memcmp(text.ptr + i, by.ptr, by.len) == 0;
        n += here;
        i += here ? by.len : 1;
    }
    return n;
}

static enum status run_split(struct filler *f, const struct json_value *arg, const struct place *at,
                             struct made *ret, struct why *why)
{
    const struct place first = nth(at, 0);
    const struct place second = nth(at, 1);
    struct str by;
    struct str text;
    TRY(arguments(f, arg, 2, "[delimiter, text]", at, why));
    TRY(make_text(f, arg->first, &first, &by, why));
    TRY(make_text(f, arg->first->next, &second, &text, why));
    if (text_known(by) && by.len == 0) {
        return refuse(f, &first, why, "a text cannot be split at an empty delimiter");
    }
    if (!text_known(by) || !text_known(text)) {
        *ret = (struct made){.list = true};
        return STATUS_OK;
    }
    size_t n = count_parts(text, by);
    struct str *items = NEW_ARRAY(f->mem, struct str, n);
    TRY_PTR(items);
    TRY(take(f, n * sizeof *items, at, why));
    size_t start = 0;
    size_t made = 0;
    for (size_t i = 0; i + by.len <= text.len;) {
        bool here = memcmp(text.ptr + i, by.ptr, by.len) == 0;
        if (here) {
            items[made++] = str_slice(text, start, i);
            start = i + by.len;
        }
        i += here ? by.len : 1;
    }
    items[made] = str_slice(text, start, text.len);
    *ret = (struct made){.known = true, .list = true, .items = items, .n = n};
    return STATUS_OK;
}

/* ---- Fn::FindInMap --------------------------------------------------------------------------- */

static enum status run_find(struct filler *f, const struct json_value *arg, const struct place *at,
                            struct made *ret, struct why *why)
{
    const struct json_value *found = f->template->mappings;
    size_t i = 0;
    TRY(arguments(f, arg, 3, "[map, first key, second key]", at, why));
    bool known = true;
    for (const struct json_value *v = arg->first; v != NULL; v = v->next, i++) {
        const struct place here = nth(at, i);
        struct str key;
        TRY(make_text(f, v, &here, &key, why));
        known = known && text_known(key);
        if (!known) {
            continue;
        }
        found = json_tree_get(found, key);
        if (found == NULL) {
            return refuse(f, &here, why, "Mappings has no '%.*s' there", STR_ARG(shown(key)));
        }
    }
    if (!known) {
        TRY(made_text(f, unknown_text(), at, ret, why));
        ret->either = true;
        return STATUS_OK;
    }
    return make(f, found, at, ret, why); /* a literal: Mappings was checked when it was read */
}

/* ---- Fn::Sub --------------------------------------------------------------------------------- */

/* The value of ${name}: one of the function's own variables, or a parameter. */
static enum status variable(struct filler *f, struct str name, const struct json_value *own,
                            const struct place *at, struct str *ret, struct why *why)
{
    const struct json_value *value = json_tree_get(own, name);
    if (value == NULL) {
        return parameter(f, name, at, ret, why);
    }
    const struct place second = nth(at, 1);
    const struct place here = {.up = &second, .key = name};
    return make_text(f, value, &here, ret, why);
}

static enum status substitute(struct filler *f, struct str rest, const struct json_value *own,
                              const struct place *at, struct buf *out, struct why *why)
{
    size_t open;
    while ((open = str_find_char(rest, '$', 0)) < rest.len) {
        struct str value = STR("$");
        size_t after = open + 1;
        if (after < rest.len && rest.ptr[after] == '{') {
            size_t close = str_find_char(rest, '}', after);
            struct str name = str_slice(rest, after + 1, close);
            if (close == rest.len) {
                return refuse(f, at, why, "'${' is not closed");
            }
            after = close + 1;
            if (name.len > 0 && name.ptr[0] == '!') { /* ${!literal} is ${literal} */
                buf_put_str(out, str_slice(rest, 0, open));
                buf_put_fmt(out, "${%.*s}", STR_ARG(str_slice(name, 1, name.len)));
                rest = str_slice(rest, after, rest.len);
                continue;
            }
            TRY(variable(f, str_trim(name), own, at, &value, why));
            f->unknown = f->unknown || !text_known(value);
        }
        buf_put_str(out, str_slice(rest, 0, open));
        buf_put_str(out, value);
        rest = str_slice(rest, after, rest.len);
    }
    buf_put_str(out, rest);
    return STATUS_OK;
}

static enum status run_sub(struct filler *f, const struct json_value *arg, const struct place *at,
                           struct made *ret, struct why *why)
{
    const struct json_value *text = arg;
    const struct json_value *own = NULL;
    struct buf out;
    struct str made;
    if (arg->type == JSON_ARRAY && arg->n == 2) {
        text = arg->first;
        own = text->next;
    }
    if (text->type != JSON_STRING || (own != NULL && own->type != JSON_OBJECT)) {
        return refuse(f, at, why, "the arguments are a text, or [text, {variable: value}]");
    }
    bool before = f->unknown;
    f->unknown = false;
    buf_init(&out, f->mem, f->left);
    TRY(substitute(f, text->text, own, at, &out, why));
    bool known = !f->unknown;
    f->unknown = f->unknown || before;
    if (buf_status(&out) == STATUS_TOO_LARGE) {
        return take(f, f->left + 1, at, why);
    }
    TRY(buf_finish(&out, &made, why));
    return made_text(f, known ? made : unknown_text(), at, ret, why);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static const struct {
    struct str name;
    enum status (*run)(struct filler *f, const struct json_value *arg, const struct place *at,
                       struct made *ret, struct why *why);
} functions[] = {
    {STR_INIT("Ref"), run_ref},           {STR_INIT("Fn::Join"), run_join},
    {STR_INIT("Fn::Select"), run_select}, {STR_INIT("Fn::Split"), run_split},
    {STR_INIT("Fn::Sub"), run_sub},       {STR_INIT("Fn::FindInMap"), run_find},
};

bool is_function(const struct json_value *value)
{
    return value->type == JSON_OBJECT && value->n == 1 &&
           (str_eq(value->first->key, STR("Ref")) || str_starts(value->first->key, STR("Fn::")));
}

static enum status run(struct filler *f, const struct json_value *call, const struct place *at,
                       struct made *ret, struct why *why)
{
    const struct place here = {.up = at, .key = call->key};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (str_eq(call->key, functions[i].name)) {
            return functions[i].run(f, call, &here, ret, why);
        }
    }
    return refuse(f, at, why,
                  "'%.*s' is no function of provisioning templates; Ref, Fn::Join, Fn::Select, "
                  "Fn::Split, Fn::Sub and Fn::FindInMap are",
                  STR_ARG(shown(call->key)));
}

enum status make(struct filler *f, const struct json_value *value, const struct place *at,
                 struct made *ret, struct why *why)
{
    if (value->type == JSON_STRING) {
        return made_text(f, value->text, at, ret, why);
    }
    if (value->type == JSON_ARRAY) {
        return literal_list(f, value, at, ret, why);
    }
    if (is_function(value)) {
        return run(f, value->first, at, ret, why);
    }
    return refuse(f, at, why, "a text, or a function that gives one, is expected here, not %s",
                  json_type_name(value->type));
}

enum status make_text(struct filler *f, const struct json_value *value, const struct place *at,
                      struct str *ret, struct why *why)
{
    struct made made;
    TRY(make(f, value, at, &made, why));
    if (made.list) {
        return refuse(f, at, why, "a text is expected here, not a list");
    }
    *ret = made.known ? made.text : unknown_text();
    return STATUS_OK;
}

/* ---- JSON with functions in it --------------------------------------------------------------- */

static void write_made(struct json_write *w, const struct made *made)
{
    if (!made->list) {
        json_write_string(w, made->text);
        return;
    }
    json_write_array(w);
    for (size_t i = 0; i < made->n; i++) {
        json_write_string(w, made->items[i]);
    }
    json_write_end(w);
}

static enum status write_deep(struct filler *f, const struct json_value *value,
                              const struct place *at, struct json_write *w, struct why *why)
{
    if (value->type == JSON_STRING || is_function(value)) {
        struct made made;
        TRY(make(f, value, at, &made, why));
        f->unknown = f->unknown || !made.known;
        write_made(w, &made);
        return STATUS_OK;
    }
    if (value->type != JSON_ARRAY && value->type != JSON_OBJECT) {
        json_tree_write(w, value);
        return STATUS_OK;
    }
    bool object = value->type == JSON_OBJECT;
    struct place here = {.up = at, .key = STR_ABSENT};
    if (object) {
        json_write_object(w);
    } else {
        json_write_array(w);
    }
    for (const struct json_value *v = value->first; v != NULL; v = v->next, here.index++) {
        if (object) {
            here.key = v->key;
            json_write_key(w, v->key);
        }
        TRY(write_deep(f, v, &here, w, why));
    }
    json_write_end(w);
    return STATUS_OK;
}

enum status make_json(struct filler *f, const struct json_value *value, const struct place *at,
                      struct str *ret, struct why *why)
{
    struct buf out;
    struct json_write w;
    buf_init(&out, f->mem, LIMIT_TEMPLATE_BYTES);
    json_write_init(&w, &out);
    TRY(write_deep(f, value, at, &w, why));
    json_write_finish(&w);
    if (buf_status(&out) == STATUS_TOO_LARGE) {
        return take(f, f->left + 1, at, why);
    }
    return buf_finish(&out, ret, why);
}
