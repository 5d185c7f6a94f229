#include "codec/form.h"

#include "base/limits.h"

#include "base/banned.h"

/* Plus signs first: a "%2B" is one that was meant. */
static enum status decode(struct arena *mem, struct str part, const char *what, struct str *ret,
                          struct why *why)
{
    struct str text = part;
    if (str_find_char(part, '+', 0) < part.len) {
        char *spaced = arena_alloc(mem, part.len);
        TRY_PTR(spaced);
        for (size_t i = 0; i < part.len; i++) {
            spaced[i] = part.ptr[i] == '+' ? ' ' : part.ptr[i];
        }
        text = (struct str){spaced, part.len};
    }
    TRY(uri_decode(mem, text, &text, why));
    if (!str_is_utf8(text) || str_find_char(text, '\0', 0) != text.len) {
        return why_set(why, STATUS_MALFORMED, "%s of a parameter is not UTF-8 text", what);
    }
    *ret = text;
    return STATUS_OK;
}

static size_t count_parts(struct str form)
{
    struct str part;
    size_t n = 0;
    while (str_next(&form, '&', &part)) {
        n += part.len > 0;
    }
    return n;
}

enum status form_read(struct arena *mem, struct str form, struct uri_query *ret, struct why *why)
{
    size_t n = count_parts(form);
    struct str part;
    if (n > LIMIT_FORM_PARAMETERS) {
        return why_set(why, STATUS_TOO_LARGE, "%zu parameters; at most %d are read", n,
                       LIMIT_FORM_PARAMETERS);
    }
    struct uri_param *params = NEW_ARRAY(mem, struct uri_param, n);
    TRY_PTR(params);
    n = 0;
    while (str_next(&form, '&', &part)) {
        if (part.len == 0) {
            continue;
        }
        size_t equals = str_find_char(part, '=', 0);
        TRY(decode(mem, str_slice(part, 0, equals), "the name", &params[n].name, why));
        TRY(decode(mem, str_slice(part, equals + 1, part.len), "the value", &params[n].value, why));
        n++;
    }
    *ret = (struct uri_query){params, n};
    return STATUS_OK;
}
