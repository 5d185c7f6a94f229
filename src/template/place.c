/* place.c: the sentences of template_priv.h, and the names. */
#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "template/template_priv.h"

#include "base/banned.h"

enum { PATH_MAX_BYTES = 300, SENTENCE_MAX = 400, SHOWN_MAX = 64 };

const char template_unknown[] = "";

/* A key that reads well behind a dot. */
static bool plain(struct str key)
{
    for (size_t i = 0; i < key.len; i++) {
        char c = key.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-') {
            return false;
        }
    }
    return key.len > 0;
}

static void put_place(struct buf *out, const struct place *at)
{
    if (at == NULL) {
        buf_put_char(out, '$');
        return;
    }
    put_place(out, at->up);
    struct str key = str_slice(at->key, 0, SHOWN_MAX);
    if (str_absent(at->key)) {
        buf_put_fmt(out, "[%zu]", at->index);
    } else if (plain(key)) {
        buf_put_fmt(out, ".%.*s", STR_ARG(key));
    } else {
        buf_put_fmt(out, "['%.*s']", STR_ARG(key));
    }
}

enum status refuse(const struct filler *f, const struct place *at, struct why *why, const char *fmt,
                   ...)
{
    char sentence[SENTENCE_MAX];
    struct buf path;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(sentence, sizeof sentence, fmt, args);
    va_end(args);
    buf_init(&path, f->mem, PATH_MAX_BYTES);
    put_place(&path, at);
    struct str text = buf_view(&path);
    return why_set(why, STATUS_INVALID, "%.*s: %s", STR_ARG(text), sentence);
}

/* ---- names ----------------------------------------------------------------------------------- */

struct name_rule {
    const char *what;
    const char *marks; /* that may stand beside letters and digits */
    size_t min;
    size_t max;
};

static const struct name_rule rules[] = {
    [NAME_THING] = {"the name of a thing, type or group", ":_-", 1, 128},
    [NAME_POLICY] = {"a policy's name", "_+=,.@-", 1, 128},
    [NAME_ATTRIBUTE] = {"an attribute's name", "_.,@/:#-", 1, 128},
    [NAME_ATTRIBUTE_VALUE] = {"an attribute's value", "_.,@/:#=[]-", 0, 800},
    [NAME_CERTIFICATE] = {"a certificate's id", NULL, 64, 64},
};

static bool may_stand(const struct name_rule *rule, char c)
{
    bool digit = c >= '0' && c <= '9';
    if (rule->marks == NULL) {
        return digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    }
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return digit || letter || (c != '\0' && strchr(rule->marks, c) != NULL);
}

enum status name_check(const struct filler *f, enum name_kind kind, struct str name,
                       const struct place *at, struct why *why)
{
    const struct name_rule *rule = &rules[kind];
    bool good = name.len >= rule->min && name.len <= rule->max;
    if (!text_known(name)) {
        return STATUS_OK;
    }
    for (size_t i = 0; good && i < name.len; i++) {
        good = may_stand(rule, name.ptr[i]);
    }
    if (good) {
        return STATUS_OK;
    }
    struct str shown = str_slice(name, 0, SHOWN_MAX);
    if (rule->marks == NULL) {
        return refuse(f, at, why, "'%.*s' is not %s: it has 64 hexadecimal digits", STR_ARG(shown),
                      rule->what);
    }
    return refuse(f, at, why,
                  "'%.*s'%s cannot be %s: it has %zu to %zu letters, digits and characters of %s",
                  STR_ARG(shown), shown.len < name.len ? "..." : "", rule->what, rule->min,
                  rule->max, rule->marks);
}
