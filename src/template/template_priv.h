/* template_priv.h: what the files of this folder share: places, and values with holes in them. */
#ifndef TEMPLATE_TEMPLATE_PRIV_H
#define TEMPLATE_TEMPLATE_PRIV_H

#include "template/template.h"

/* Where in the document something stands: a chain on the stack, written out only for a sentence. */
struct place {
    const struct place *up; /* NULL: the whole document */
    struct str key;         /* absent: an element of a list, */
    size_t index;           /* this one */
};

/* One walk over a template. */
struct filler {
    struct arena *mem;
    const struct template *template;
    const struct template_pair *values;
    size_t n_values;
    bool checking;  /* there are no values yet: what depends on one is not known */
    bool in_policy; /* invariant 4 of template.h holds */
    bool unknown;   /* something not known was met since this was last set to false */
    size_t left;    /* bytes that may still be made */
};

/* What an expression is: a text, or a list of texts. While checking, a text may be not known, so
 * may a whole list be, with its length, and what Mappings has for a key that is not known may be
 * either. */
struct made {
    bool known;
    bool list;
    bool either;
    struct str text;
    const struct str *items; /* known or not, each (text_known) */
    size_t n;
};

/* A text that is not known is this one, by its address. */
extern const char template_unknown[];
static inline bool text_known(struct str text)
{
    return text.ptr != template_unknown;
}

/* INVALID, with the path: "$.a.b[2]: the sentence". */
enum status refuse(const struct filler *f, const struct place *at, struct why *why, const char *fmt,
                   ...) PRINTF_LIKE(4, 5);

/* True for {"Ref": ...} and {"Fn::...": ...}. */
bool is_function(const struct json_value *value);

MUST_USE enum status make(struct filler *f, const struct json_value *value, const struct place *at,
                          struct made *ret, struct why *why);
MUST_USE enum status make_text(struct filler *f, const struct json_value *value,
                               const struct place *at, struct str *ret, struct why *why);

MUST_USE enum status make_list(struct filler *f, const struct json_value *value,
                               const struct place *at, struct made *ret, struct why *why);

/* Any JSON with functions in it, as JSON without; what is not known is written as "". */
MUST_USE enum status make_json(struct filler *f, const struct json_value *value,
                               const struct place *at, struct str *ret, struct why *why);

/* ---- names: rules of the service model --------------------------------------------------------
 */

enum name_kind {
    NAME_THING, /* things, their types and groups */
    NAME_POLICY,
    NAME_ATTRIBUTE,
    NAME_ATTRIBUTE_VALUE,
    NAME_CERTIFICATE,
};

/* OK, also for what is not known. */
MUST_USE enum status name_check(const struct filler *f, enum name_kind kind, struct str name,
                                const struct place *at, struct why *why);

#endif
