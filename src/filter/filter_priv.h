/* filter_priv.h: what the files of this folder share: a pattern while it is read, and the pieces
 * that it becomes. */
#ifndef FILTER_FILTER_PRIV_H
#define FILTER_FILTER_PRIV_H

#include "codec/json_tree.h"
#include "filter/filter.h"
#include "filter/regex.h"

/* ---- reading --------------------------------------------------------------------------------- */

struct parse {
    struct str text;
    size_t at;
    struct arena *mem;
    unsigned depth;   /* of parentheses */
    unsigned n_tests; /* and terms */
    unsigned n_regexes;
    struct str field; /* of a pattern of words: the name at hand; absent: conditions on JSON */
};

/* INVALID at the place where reading stands. */
#define parse_refuse(p, why, ...) why_at((why), STATUS_INVALID, (p)->at, __VA_ARGS__)

void parse_spaces(struct parse *p);
char parse_peek(const struct parse *p);                  /* NUL at the end */
bool parse_take(struct parse *p, const char *sign);      /* moves over it when it stands there */
bool parse_take_word(struct parse *p, const char *word); /* likewise, in any case, a whole word */
MUST_USE enum status parse_count_test(struct parse *p, struct why *why);

/* Behind an opening quote, up to the next one: the text, cut at each * when wild. A backslash takes
 * the meaning from a quote, a backslash and a *. */
MUST_USE enum status parse_quoted(struct parse *p, char quote, bool wild, const struct str **ret,
                                  size_t *ret_n, struct why *why);

/* Behind a %. */
MUST_USE enum status parse_regex(struct parse *p, const struct regex **ret, struct why *why);

/* ---- values ---------------------------------------------------------------------------------- */

enum comparison { CMP_EQ, CMP_NE, CMP_LT, CMP_GT, CMP_LE, CMP_GE };

/* What is compared with. */
struct operand {
    const struct regex *regex; /* NULL: a text, cut at its wildcards */
    const struct str *pieces;
    size_t n_pieces;
    bool quoted;
    bool is_number; /* without quotes */
    double number;
};

MUST_USE enum status parse_comparison(struct parse *p, enum comparison *ret, struct why *why);
MUST_USE enum status parse_operand(struct parse *p, enum comparison comparison, struct operand *ret,
                                   struct why *why);

/* type: JSON_STRING, JSON_NUMBER, JSON_BOOL; or JSON_BROKEN: a word of a record, which may be
 * a number as well. */
bool operand_holds(const struct operand *operand, enum comparison comparison, enum json_type type,
                   struct str text);

/* ---- selectors ------------------------------------------------------------------------------- */

enum step_kind { STEP_MEMBER, STEP_ELEMENT, STEP_EACH_MEMBER, STEP_EACH_ELEMENT };

struct step {
    enum step_kind kind;
    struct str name;
    size_t element;
};

struct selector {
    const struct step *steps;
    size_t n;
};

/* At a $. */
MUST_USE enum status parse_selector(struct parse *p, struct selector *ret, struct why *why);

/* Calls holds(arg, value) for each value selected until one gives true; whether one did. */
bool selector_any(const struct selector *selector, const struct json_value *root,
                  bool (*holds)(const void *arg, const struct json_value *value), const void *arg);

/* ---- conditions ------------------------------------------------------------------------------ */

enum node_kind { NODE_AND, NODE_OR, NODE_COMPARE, NODE_IS_NULL, NODE_IS_BOOL, NODE_NOT_EXISTS };

struct node {
    enum node_kind kind;
    const struct node *left, *right;
    struct selector selector;
    enum comparison comparison;
    struct operand operand;
    bool truth; /* of NODE_IS_BOOL */
};

/* Conditions joined by && and ||, on JSON or, with p->field, on that word. */
MUST_USE enum status parse_conditions(struct parse *p, const struct node **ret, struct why *why);

bool node_holds_json(const struct node *node, const struct json_value *root);
bool node_holds_word(const struct node *node, struct str word);

/* ---- words by place -------------------------------------------------------------------------- */

struct places;

/* Behind a [, up to the end. */
MUST_USE enum status parse_places(struct parse *p, const struct places **ret, struct why *why);
MUST_USE enum status places_match(const struct places *places, struct str record,
                                  struct arena *scratch, bool *ret, struct why *why);

#endif
