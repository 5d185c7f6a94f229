/* regex.c: see regex.h. */
#include "filter/regex.h"

#include <ctype.h>

#include "base/banned.h"

enum { ASCII = 128, COUNT_MAX = 255, UNBOUNDED = -1 };

/* Characters: a bit for each of ASCII, and one for all the others together. */
struct class
{
    uint64_t ascii[2];
    bool others;
};

enum item_kind { ITEM_ONE, ITEM_OPTIONAL, ITEM_LOOP, ITEM_BEGIN, ITEM_END, ITEM_FOUND };

struct item {
    enum item_kind kind;
    bool starts; /* the first of its alternative */
    struct class class;
};

struct regex {
    size_t n;
    struct item items[];
};

struct reading {
    struct str text;
    size_t at;
    size_t offset;
    struct regex *regex;
    bool starts; /* the next item begins an alternative */
};

/* ---- classes --------------------------------------------------------------------------------- */

static void class_add(struct class *class, unsigned char c)
{
    class->ascii[c / 64] |= UINT64_C(1) << (c % 64);
}

static bool class_has(const struct class *class, unsigned char c)
{
    return c >= ASCII ? class->others : (class->ascii[c / 64] >> (c % 64) & 1) != 0;
}

static void class_negate(struct class *class)
{
    class->ascii[0] = ~class->ascii[0];
    class->ascii[1] = ~class->ascii[1];
    class->others = !class->others;
}

static void class_join(struct class *class, const struct class *more)
{
    class->ascii[0] |= more->ascii[0];
    class->ascii[1] |= more->ascii[1];
    class->others = class->others || more->others;
}

/* \d \s \w, and their complements in capitals. False for other letters. */
static bool class_of_letter(char letter, struct class *ret)
{
    char lower = (char)tolower((unsigned char)letter);
    struct class class = {.others = false};
    if (lower != 'd' && lower != 's' && lower != 'w') {
        return false;
    }
    for (int c = 0; c < ASCII; c++) {
        bool word = isalnum(c) || c == '_';
        bool in = lower == 'd' ? isdigit(c) != 0 : lower == 's' ? isspace(c) != 0 : word;
        if (in) {
            class_add(&class, (unsigned char)c);
        }
    }
    if (lower != letter) {
        class_negate(&class);
    }
    *ret = class;
    return true;
}

/* ---- reading --------------------------------------------------------------------------------- */

#define refuse(r, why, ...) why_at((why), STATUS_INVALID, (r)->offset + (r)->at, __VA_ARGS__)

static bool at_end(const struct reading *r)
{
    return r->at == r->text.len;
}

static char peek(const struct reading *r)
{
    return at_end(r) ? '\0' : r->text.ptr[r->at];
}

static int hex_digit(const struct reading *r, size_t at)
{
    if (at >= r->text.len || !isxdigit((unsigned char)r->text.ptr[at])) {
        return -1;
    }
    char c = (char)tolower((unsigned char)r->text.ptr[at]);
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Behind a backslash. *ret_single is the character when the class is one, else -1. */
static enum status read_escape(struct reading *r, struct class *ret, int *ret_single,
                               struct why *why)
{
    char c = peek(r);
    int single = (unsigned char)c;
    *ret_single = -1;
    if (at_end(r)) {
        return refuse(r, why, "the regular expression ends in a backslash");
    }
    if (class_of_letter(c, ret)) {
        r->at++;
        return STATUS_OK;
    }
    if (c == 'x') {
        int high = hex_digit(r, r->at + 1);
        int low = hex_digit(r, r->at + 2);
        single = high * 16 + low;
        if (high < 0 || low < 0 || single >= ASCII) {
            return refuse(r, why, "\\x stands before two hex digits, of at most 7f");
        }
        r->at += 2;
    } else if (isalnum((unsigned char)c) || single >= ASCII || single < ' ') {
        return refuse(r, why, "\\%c means nothing in a regular expression here", c);
    }
    r->at++;
    *ret = (struct class){.others = false};
    class_add(ret, (unsigned char)single);
    *ret_single = single;
    return STATUS_OK;
}

static bool stands_for_itself(char c)
{
    return c != '\0' && (isalnum((unsigned char)c) || strchr(" _#=@/;:,-", c) != NULL);
}

/* One character or escape within [ and ]. */
static enum status read_class_part(struct reading *r, struct class *ret, int *ret_single,
                                   struct why *why)
{
    char c = peek(r);
    if (c == '\\') {
        r->at++;
        return read_escape(r, ret, ret_single, why);
    }
    if ((unsigned char)c >= ASCII || c < ' ' || c == '[') {
        return refuse(r, why, "a class [...] holds ASCII characters; other signs want a backslash");
    }
    r->at++;
    *ret = (struct class){.others = false};
    class_add(ret, (unsigned char)c);
    *ret_single = (unsigned char)c;
    return STATUS_OK;
}

/* Behind [. */
static enum status read_class(struct reading *r, struct class *ret, struct why *why)
{
    struct class class = {.others = false};
    bool negated = peek(r) == '^';
    size_t n = 0;
    r->at += negated;
    for (; !at_end(r) && peek(r) != ']'; n++) {
        struct class part;
        int first;
        int last;
        TRY(read_class_part(r, &part, &first, why));
        class_join(&class, &part);
        if (first < 0 || peek(r) != '-' || r->at + 1 >= r->text.len ||
            r->text.ptr[r->at + 1] == ']') {
            continue;
        }
        r->at++;
        TRY(read_class_part(r, &part, &last, why));
        if (last < first) {
            return refuse(r, why, "a range of a class ends before it begins");
        }
        for (int c = first; c <= last; c++) {
            class_add(&class, (unsigned char)c);
        }
    }
    if (at_end(r) || n == 0) {
        return refuse(r, why, at_end(r) ? "a class [ lacks its ]" : "a class [] is empty");
    }
    r->at++;
    if (negated) {
        class_negate(&class);
    }
    *ret = class;
    return STATUS_OK;
}

static enum status read_one(struct reading *r, struct class *ret, struct why *why)
{
    char c = peek(r);
    int single;
    if (c == '\\') {
        r->at++;
        return read_escape(r, ret, &single, why);
    }
    if (c == '[') {
        r->at++;
        return read_class(r, ret, why);
    }
    struct class class = {.others = false};
    if (c == '.') {
        class_add(&class, '\n');
        class_negate(&class);
    } else if (c == '(' || c == ')') {
        return refuse(r, why, "regular expressions of filter patterns have no parentheses");
    } else if (!stands_for_itself(c)) {
        return refuse(r, why, "this character wants a backslash before it, or something before it");
    } else {
        class_add(&class, (unsigned char)c);
    }
    r->at++;
    *ret = class;
    return STATUS_OK;
}

static enum status read_number(struct reading *r, int *ret, struct why *why)
{
    int n = 0;
    size_t from = r->at;
    for (; isdigit((unsigned char)peek(r)) && n <= COUNT_MAX; r->at++) {
        n = n * 10 + (peek(r) - '0');
    }
    if (r->at == from || n > COUNT_MAX) {
        return refuse(r, why, "a count {n,m} has numbers of at most %d", COUNT_MAX);
    }
    *ret = n;
    return STATUS_OK;
}

/* Behind {. */
static enum status read_counts(struct reading *r, int *ret_min, int *ret_max, struct why *why)
{
    TRY(read_number(r, ret_min, why));
    *ret_max = *ret_min;
    if (peek(r) == ',') {
        r->at++;
        r->at += peek(r) == ' ';
        *ret_max = UNBOUNDED;
        if (peek(r) != '}') {
            TRY(read_number(r, ret_max, why));
        }
    }
    if (peek(r) != '}' || (*ret_max != UNBOUNDED && *ret_max < *ret_min)) {
        return refuse(r, why, "a count is {n}, {n,} or {n,m} with m not below n");
    }
    r->at++;
    return STATUS_OK;
}

static enum status read_quantifier(struct reading *r, int *ret_min, int *ret_max, struct why *why)
{
    char c = peek(r);
    *ret_min = c == '?' || c == '*' ? 0 : 1;
    *ret_max = c == '*' || c == '+' ? UNBOUNDED : 1;
    if (c == '{') {
        r->at++;
        TRY(read_counts(r, ret_min, ret_max, why));
    } else if (c == '?' || c == '*' || c == '+') {
        r->at++;
    }
    if (peek(r) != '\0' && strchr("?*+{", peek(r)) != NULL) {
        return refuse(r, why, "a repetition cannot be repeated");
    }
    return STATUS_OK;
}

static enum status put_item(struct reading *r, enum item_kind kind, const struct class *class,
                            struct why *why)
{
    if (r->regex->n == REGEX_ITEMS_MAX) {
        return why_at(why, STATUS_TOO_LARGE, r->offset + r->at,
                      "the regular expression has more than %d parts when its counts are written "
                      "out",
                      REGEX_ITEMS_MAX);
    }
    struct item *item = &r->regex->items[r->regex->n++];
    item->kind = kind;
    item->starts = r->starts;
    if (class != NULL) {
        item->class = *class;
    }
    r->starts = false;
    return STATUS_OK;
}

static enum status read_item(struct reading *r, struct why *why)
{
    char c = peek(r);
    if (c == '^' || c == '$') {
        r->at++;
        if (peek(r) != '\0' && strchr("?*+{", peek(r)) != NULL) {
            return refuse(r, why, "^ and $ cannot be repeated");
        }
        return put_item(r, c == '^' ? ITEM_BEGIN : ITEM_END, NULL, why);
    }
    if (c == '|') {
        if (r->starts) {
            return refuse(r, why, "an alternative is empty");
        }
        r->at++;
        TRY(put_item(r, ITEM_FOUND, NULL, why));
        r->starts = true;
        return STATUS_OK;
    }
    struct class class;
    int min;
    int max;
    TRY(read_one(r, &class, why));
    TRY(read_quantifier(r, &min, &max, why));
    for (int i = 0; i < min; i++) {
        TRY(put_item(r, ITEM_ONE, &class, why));
    }
    for (int i = min; i < max; i++) {
        TRY(put_item(r, ITEM_OPTIONAL, &class, why));
    }
    return max == UNBOUNDED ? put_item(r, ITEM_LOOP, &class, why) : STATUS_OK;
}

enum status regex_compile(struct str text, size_t offset, struct arena *mem,
                          const struct regex **ret, struct why *why)
{
    struct reading r = {.text = text, .offset = offset, .starts = true};
    size_t items = REGEX_ITEMS_MAX * sizeof(struct item);
    r.regex = arena_alloc(mem, sizeof *r.regex + items);
    TRY_PTR(r.regex);
    while (!at_end(&r)) {
        TRY(read_item(&r, why));
    }
    if (r.starts) {
        return refuse(&r, why, "the regular expression, or its last alternative, is empty");
    }
    TRY(put_item(&r, ITEM_FOUND, NULL, why));
    *ret = r.regex;
    return STATUS_OK;
}

/* ---- matching -------------------------------------------------------------------------------- */

/* Whether an item may be passed without a character. */
static bool is_passed(const struct item *item, bool first, bool last)
{
    return item->kind == ITEM_OPTIONAL || item->kind == ITEM_LOOP ||
           (item->kind == ITEM_BEGIN && first) || (item->kind == ITEM_END && last);
}

/* The places reached before text at `at`, widened by what takes no character; those after the next
 * character go to next. True: an alternative is over. */
static bool step(const struct regex *regex, bool *places, bool *next, struct str text, size_t at)
{
    bool last = at == text.len;
    unsigned char c = last ? 0 : (unsigned char)text.ptr[at];
    for (size_t i = 0; i < regex->n; i++) {
        const struct item *item = &regex->items[i];
        if (!places[i] && !item->starts) {
            continue;
        }
        if (item->kind == ITEM_FOUND) {
            return true;
        }
        places[i + 1] = places[i + 1] || is_passed(item, at == 0, last);
        if (!last && item->kind <= ITEM_LOOP && class_has(&item->class, c)) {
            next[i + 1] = true;
            next[i] = next[i] || item->kind == ITEM_LOOP;
        }
    }
    return false;
}

bool regex_matches(const struct regex *regex, struct str text)
{
    bool sets[2][REGEX_ITEMS_MAX + 1] = {{false}};
    size_t now = 0;
    for (size_t at = 0; at <= text.len;) {
        bool *next = sets[1 - now];
        memset(next, 0, regex->n + 1);
        if (step(regex, sets[now], next, text, at)) {
            return true;
        }
        size_t width = at == text.len ? 1 : str_utf8_sequence(str_slice(text, at, text.len));
        at += width == 0 ? 1 : width;
        now = 1 - now;
    }
    return false;
}
