#include "policy/pattern.h"

#if defined __SSE2__
#include <emmintrin.h>
#endif

#include "base/banned.h"

enum { VALUE_LENGTH_MAX = 1024, ARN_COLONS = 5 };

struct key_row {
    struct str name;
    enum policy_key_kind kind;
    bool prefix; /* the name goes on */
};

static const struct key_row key_rows[] = {
    {STR_INIT("iot:Connection.Thing.ThingName"), POLICY_KEY_THING_NAME, false},
    {STR_INIT("iot:ClientId"), POLICY_KEY_CLIENT_ID, false},
    {STR_INIT("iot:Connection.Thing.IsAttached"), POLICY_KEY_IS_ATTACHED, false},
    {STR_INIT("iot:Connection.Thing.ThingTypeName"), POLICY_KEY_THING_TYPE, false},
    {STR_INIT("iot:Connection.Thing.Attributes["), POLICY_KEY_ATTRIBUTE, true},
    {STR_INIT("iot:CertificateId"), POLICY_KEY_CERTIFICATE_ID, false},
    {STR_INIT("iot:Certificate."), POLICY_KEY_CERTIFICATE, true},
    {STR_INIT("aws:SourceIp"), POLICY_KEY_SOURCE_IP, false},
    {STR_INIT("iot:DomainName"), POLICY_KEY_DOMAIN_NAME, false},
    {STR_INIT("iot:ConnectAttributes"), POLICY_KEY_CONNECT_ATTRIBUTES, false},
    {STR_INIT("iot:LastWillTopic"), POLICY_KEY_LAST_WILL_TOPIC, false},
    {STR_INIT("aws:CurrentTime"), POLICY_KEY_CURRENT_TIME, false},
};

struct policy_key policy_key_of(struct str name)
{
    for (size_t i = 0; i < sizeof key_rows / sizeof key_rows[0]; i++) {
        const struct key_row *row = &key_rows[i];
        struct str head = row->prefix ? str_slice(name, 0, row->name.len) : name;
        if (head.len == row->name.len &&
            (str_eq(head, row->name) || str_eq_nocase(head, row->name))) {
            return (struct policy_key){name, row->kind};
        }
    }
    return (struct policy_key){name, POLICY_KEY_OTHER};
}

bool policy_key_eq(const struct policy_key *a, const struct policy_key *b)
{
    return a->kind == b->kind && str_eq_nocase(a->name, b->name);
}

size_t policy_values_get(const struct policy_values *values, const struct policy_key *key,
                         struct str ret[POLICY_VALUES_MAX])
{
    if (values == NULL || values->get == NULL) {
        return 0;
    }
    size_t n = values->get(values->ctx, key, ret, POLICY_VALUES_MAX);
    return n < POLICY_VALUES_MAX ? n : POLICY_VALUES_MAX;
}

static bool may_be_substituted(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (memchr("*$+?#", value.ptr[i], 5) != NULL) {
            return false;
        }
    }
    return value.len <= VALUE_LENGTH_MAX || str_utf8_length(value) <= VALUE_LENGTH_MAX;
}

bool policy_variable_get(const struct policy_values *values, const struct policy_key *key,
                         struct str *ret)
{
    struct str found[POLICY_VALUES_MAX];
    if (policy_values_get(values, key, found) == 0 ||
        (!values->verbatim && !may_be_substituted(found[0]))) {
        return false;
    }
    *ret = found[0];
    return true;
}

/* The tokens of one pattern while it is read: few on the stack, many in the arena. */
enum { TOKENS_LOCAL = 24, TOKENS_AT_ONCE = 2 };

struct reading {
    struct arena *mem;
    struct policy_token *tokens;
    uint32_t n;
    uint32_t cap;
    uint32_t n_variables;
    bool wild;
    unsigned colons;                 /* of the literals: those inside variables are no separators */
    unsigned colons_of_first;        /* those in the first literal */
    size_t colon_at[ARN_COLONS + 1]; /* and where in it they are, from 1 */
    struct policy_token local[TOKENS_LOCAL];
};

/* Room for the literal and the token that one special character makes. */
static bool reserve(struct reading *r)
{
    if (r->n + TOKENS_AT_ONCE <= r->cap) {
        return true;
    }
    struct policy_token *more = NEW_ARRAY(r->mem, struct policy_token, 2 * (size_t)r->cap);
    if (more == NULL) {
        return false;
    }
    memcpy(more, r->tokens, r->n * sizeof *more);
    r->tokens = more;
    r->cap *= 2;
    return true;
}

static void put_literal(struct reading *r, const char *ptr, size_t len)
{
    struct policy_token *last = r->n > 0 ? &r->tokens[r->n - 1] : NULL;
    if (len == 0) {
        return;
    }
    if (last != NULL && last->kind == POLICY_LITERAL && last->text.ptr + last->text.len == ptr) {
        last->text.len += len;
        return;
    }
    r->tokens[r->n++] = (struct policy_token){POLICY_LITERAL, POLICY_KEY_OTHER, {ptr, len}};
}

static void put_wildcard(struct reading *r, char c)
{
    enum policy_token_kind kind = c == '*' ? POLICY_STAR : POLICY_ANY;
    r->wild = true;
    if (kind == POLICY_STAR && r->n > 0 && r->tokens[r->n - 1].kind == POLICY_STAR) {
        return;
    }
    r->tokens[r->n++] = (struct policy_token){kind, POLICY_KEY_OTHER, STR_ABSENT};
}

/* Reads "${...}" at from; returns how many bytes it took, 0 when it is ordinary text. */
static size_t put_variable(struct reading *r, struct str text, size_t from)
{
    if (from + 1 >= text.len || text.ptr[from + 1] != '{') {
        return 0;
    }
    const char *brace = memchr(text.ptr + from + 2, '}', text.len - from - 2);
    if (brace == NULL) {
        return 0;
    }
    size_t close = (size_t)(brace - text.ptr);
    struct str name = {text.ptr + from + 2, close - from - 2};
    if (name.len == 1 && memchr("*?$", name.ptr[0], 3) != NULL) {
        put_literal(r, name.ptr, 1);
    } else {
        struct policy_key key = policy_key_of(name);
        r->tokens[r->n++] = (struct policy_token){POLICY_VARIABLE, key.kind, name};
        r->n_variables++;
    }
    return close + 1 - from;
}

/* Sixteen bytes at a look; bit n says that byte n is one of those asked for. */
enum { LOOK = 16 };

#if defined __SSE2__
static inline __m128i look_at(const char *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

static inline unsigned special_bits(const char *at)
{
    __m128i v = look_at(at);
    __m128i wild =
        _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('*')), _mm_cmpeq_epi8(v, _mm_set1_epi8('?')));
    __m128i variable = _mm_cmpeq_epi8(v, _mm_set1_epi8('$'));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(wild, variable));
}

static inline unsigned colon_bits(const char *at)
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(look_at(at), _mm_set1_epi8(':')));
}
#else
static unsigned special_bits(const char *at)
{
    unsigned bits = 0;
    for (unsigned i = 0; i < LOOK; i++) {
        bits |= (unsigned)(at[i] == '*' || at[i] == '?' || at[i] == '$') << i;
    }
    return bits;
}

static unsigned colon_bits(const char *at)
{
    unsigned bits = 0;
    for (unsigned i = 0; i < LOOK; i++) {
        bits |= (unsigned)(at[i] == ':') << i;
    }
    return bits;
}
#endif

/* The next `*`, `?` or `$` at or after from, or the end. The last look goes back over bytes seen
 * before, where there are enough. */
static size_t next_special(struct str text, size_t from)
{
    size_t i = from;
    for (; i + LOOK <= text.len; i += LOOK) {
        unsigned bits = special_bits(text.ptr + i);
        if (bits != 0) {
            return i + (unsigned)__builtin_ctz(bits);
        }
    }
    if (i < text.len && text.len >= LOOK) {
        size_t back = text.len - LOOK;
        unsigned bits = special_bits(text.ptr + back) >> (i - back);
        return bits != 0 ? i + (unsigned)__builtin_ctz(bits) : text.len;
    }
    while (i < text.len && text.ptr[i] != '*' && text.ptr[i] != '?' && text.ptr[i] != '$') {
        i++;
    }
    return i;
}

static bool read_tokens(struct reading *r, struct str text, unsigned flags)
{
    size_t start = 0;
    for (size_t i = next_special(text, 0); i < text.len; i = next_special(text, i)) {
        char c = text.ptr[i];
        if (!reserve(r)) {
            return false;
        }
        if (c != '$' && (flags & POLICY_READ_WILDCARDS) != 0) {
            put_literal(r, text.ptr + start, i - start);
            put_wildcard(r, c);
            start = ++i;
        } else if (c == '$' && (flags & POLICY_READ_VARIABLES) != 0) {
            put_literal(r, text.ptr + start, i - start);
            size_t took = put_variable(r, text, i);
            start = i + took;
            i += took == 0 ? 1 : took;
        } else {
            i++;
        }
    }
    if (!reserve(r)) {
        return false;
    }
    put_literal(r, text.ptr + start, text.len - start);
    return true;
}

/* Colons of the literals, from 1, and where they stand in the first literal; at most ARN_COLONS. */
static void find_colons(struct reading *r)
{
    struct str first =
        r->n > 0 && r->tokens[0].kind == POLICY_LITERAL ? r->tokens[0].text : STR("");
    size_t i = 0;
    for (; i + LOOK <= first.len && r->colons < ARN_COLONS; i += LOOK) {
        unsigned bits = colon_bits(first.ptr + i);
        for (; bits != 0 && r->colons < ARN_COLONS; bits &= bits - 1) {
            r->colon_at[++r->colons] = i + (unsigned)__builtin_ctz(bits);
        }
    }
    for (; i < first.len && r->colons < ARN_COLONS; i++) {
        if (first.ptr[i] == ':') {
            r->colon_at[++r->colons] = i;
        }
    }
    r->colons_of_first = r->colons;
    for (uint32_t t = 1; t < r->n && r->colons < ARN_COLONS; t++) {
        struct str s = r->tokens[t].kind == POLICY_LITERAL ? r->tokens[t].text : STR_ABSENT;
        for (size_t c = 0; c < s.len; c++) {
            r->colons += s.ptr[c] == ':';
        }
    }
}

static bool complete_arn(struct reading *r)
{
    bool only_star = r->n == 1 && r->tokens[0].kind == POLICY_STAR;
    for (unsigned n = r->colons; n < ARN_COLONS && !only_star; n++) {
        if (!reserve(r)) {
            return false;
        }
        r->tokens[r->n++] = (struct policy_token){POLICY_LITERAL, POLICY_KEY_OTHER, STR(":")};
        put_wildcard(r, '*');
    }
    return true;
}

static void find_rest(struct reading *r, struct policy_pattern *pattern);

enum status policy_pattern_read(struct arena *mem, struct str text, unsigned flags,
                                struct policy_pattern *ret, struct why *why)
{
    struct reading r;
    r.mem = mem;
    r.tokens = r.local;
    r.cap = TOKENS_LOCAL;
    r.n = 0;
    r.n_variables = 0;
    r.wild = false;
    r.colons = 0;
    bool arn = (flags & POLICY_READ_ARN) != 0;
    if (!read_tokens(&r, text, flags)) {
        return why_no_memory(why);
    }
    if (arn) {
        find_colons(&r);
        if (!complete_arn(&r)) {
            return why_no_memory(why);
        }
    }
    if (r.n_variables > POLICY_VARIABLES_MAX) {
        return why_set(why, STATUS_MALFORMED_POLICY,
                       "a pattern holds %u policy variables; at most %d are allowed", r.n_variables,
                       POLICY_VARIABLES_MAX);
    }
    if (r.tokens == r.local) {
        r.tokens = NEW_ARRAY(mem, struct policy_token, r.n);
        TRY_PTR(r.tokens);
        memcpy(r.tokens, r.local, r.n * sizeof *r.tokens);
    }
    struct policy_pattern pattern = {.text = text,
                                     .tokens = r.tokens,
                                     .n_tokens = r.n,
                                     .n_variables = (uint16_t)r.n_variables,
                                     .wild = r.wild,
                                     .nocase = (flags & POLICY_READ_NOCASE) != 0};
    if (arn) {
        find_rest(&r, &pattern);
    }
    *ret = pattern;
    return STATUS_OK;
}

/* The place after the character at p: its lead byte and the continuation bytes behind it. */
static size_t after_character(struct str text, size_t p)
{
    p++;
    while (p < text.len && ((unsigned char)text.ptr[p] & 0xC0) == 0x80) {
        p++;
    }
    return p;
}

/* The values of a pattern's variables, in the order of its tokens, for the time of one match. */
static bool bind(const struct policy_pattern *pattern, const struct policy_values *values,
                 struct str bound[POLICY_VARIABLES_MAX])
{
    unsigned n = 0;
    for (uint32_t t = 0; t < pattern->n_tokens && n < pattern->n_variables; t++) {
        const struct policy_token *token = &pattern->tokens[t];
        if (token->kind == POLICY_VARIABLE) {
            struct policy_key key = {token->text, token->key};
            if (!policy_variable_get(values, &key, &bound[n++])) {
                return false;
            }
        }
    }
    return true;
}

/* How far one token takes the text at p; SIZE_MAX when it does not match there. */
static size_t take(const struct policy_token *token, const struct str *value, bool nocase,
                   struct str text, size_t p)
{
    if (token->kind == POLICY_ANY) {
        return p < text.len ? after_character(text, p) : SIZE_MAX;
    }
    struct str want = token->kind == POLICY_VARIABLE ? *value : token->text;
    struct str part = str_slice(text, p, p + want.len);
    return nocase ? (str_eq_nocase(part, want) ? p + want.len : SIZE_MAX)
                  : (str_eq(part, want) ? p + want.len : SIZE_MAX);
}

/* Greedy search: only the last `*` ever needs to absorb more, since whatever an earlier one could
 * still do, the later one can do as well. */
static bool match_bound(const struct policy_pattern *pattern, struct str text,
                        const struct str *bound)
{
    uint32_t t = 0;
    uint32_t v = 0;
    size_t p = 0;
    bool starred = false;
    uint32_t star_t = 0;
    uint32_t star_v = 0;
    size_t star_p = 0;
    for (;;) {
        if (t < pattern->n_tokens && pattern->tokens[t].kind == POLICY_STAR) {
            if (++t == pattern->n_tokens) {
                return true;
            }
            starred = true;
            star_t = t;
            star_v = v;
            star_p = p;
            continue;
        }
        size_t next = SIZE_MAX;
        if (t < pattern->n_tokens) {
            next = take(&pattern->tokens[t], &bound[v], pattern->nocase, text, p);
        } else if (p == text.len) {
            return true;
        }
        if (next != SIZE_MAX) {
            v += pattern->tokens[t].kind == POLICY_VARIABLE;
            t++;
            p = next;
        } else if (starred && star_p < text.len) {
            star_p = after_character(text, star_p);
            t = star_t;
            v = star_v;
            p = star_p;
        } else {
            return false;
        }
    }
}

bool policy_pattern_match(const struct policy_pattern *pattern, struct str text,
                          const struct policy_values *values)
{
    struct str bound[POLICY_VARIABLES_MAX + 1];
    return bind(pattern, values, bound) && match_bound(pattern, text, bound);
}

/* True when the tokens of one ARN field can be "iot". */
static bool service_may_be_iot(const struct policy_token *from, size_t from_offset,
                               const struct policy_token *to, size_t to_offset)
{
    struct policy_token field[8];
    uint32_t n = 0;
    for (const struct policy_token *t = from; t <= to && n < 8; t++) {
        size_t begin = t == from ? from_offset : 0;
        size_t end = t == to ? to_offset : t->text.len;
        field[n] = *t;
        if (t->kind == POLICY_LITERAL) {
            field[n].text = str_slice(t->text, begin, end);
            n += field[n].text.len > 0;
        } else {
            n++;
        }
    }
    struct policy_pattern pattern = {.tokens = field, .n_tokens = n};
    for (uint32_t i = 0; i < n; i++) {
        pattern.n_variables += field[i].kind == POLICY_VARIABLE;
    }
    return policy_pattern_match(&pattern, STR("iot"), NULL);
}

/* The n-th colon (from 1) of the literals, as token and offset of the byte after it. */
static bool find_colon(const struct policy_pattern *p, unsigned nth, uint32_t *ret_token,
                       size_t *ret_after)
{
    for (uint32_t t = 0; t < p->n_tokens; t++) {
        struct str s = p->tokens[t].kind == POLICY_LITERAL ? p->tokens[t].text : STR_ABSENT;
        for (size_t i = 0; i < s.len; i++) {
            if (s.ptr[i] == ':' && --nth == 0) {
                *ret_token = t;
                *ret_after = i + 1;
                return true;
            }
        }
    }
    return false;
}

/* The usual ARN says "iot" and has its first five colons in its first literal. */
static bool find_rest_at_once(const struct reading *r, struct policy_pattern *pattern)
{
    if (r->colons_of_first < ARN_COLONS || r->colon_at[3] - r->colon_at[2] != 4 ||
        memcmp(pattern->tokens[0].text.ptr + r->colon_at[2], ":iot", 4) != 0) {
        return false;
    }
    pattern->of_iot = true;
    pattern->rest_token = 0;
    pattern->rest_offset = (uint32_t)r->colon_at[ARN_COLONS] + 1;
    return true;
}

static void find_rest_slowly(struct policy_pattern *pattern)
{
    uint32_t from = 0;
    uint32_t to = 0;
    size_t begin = 0;
    size_t end = 0;
    if (find_colon(pattern, 2, &from, &begin) && find_colon(pattern, 3, &to, &end) &&
        service_may_be_iot(&pattern->tokens[from], begin, &pattern->tokens[to], end - 1) &&
        find_colon(pattern, ARN_COLONS, &from, &begin)) {
        pattern->of_iot = true;
        pattern->rest_token = from;
        pattern->rest_offset = (uint32_t)begin;
    }
}

static void find_rest(struct reading *r, struct policy_pattern *pattern)
{
    if (pattern->n_tokens == 1 && pattern->tokens[0].kind == POLICY_STAR) {
        pattern->of_iot = true;
        return;
    }
    if (pattern->n_tokens > 0 && !find_rest_at_once(r, pattern)) {
        find_rest_slowly(pattern);
    }
    if (pattern->of_iot && pattern->rest_offset == pattern->tokens[pattern->rest_token].text.len) {
        pattern->rest_token++;
        pattern->rest_offset = 0;
    }
}

bool policy_pattern_rest(const struct policy_pattern *pattern, bool drop_slash,
                         struct policy_rest *ret)
{
    if (!pattern->of_iot) {
        return false;
    }
    uint32_t from = pattern->rest_token;
    uint32_t begin = pattern->rest_offset;
    const struct policy_token *first = &pattern->tokens[from];
    if (drop_slash && from < pattern->n_tokens && first->kind == POLICY_LITERAL &&
        first->text.ptr[begin] == '/' && ++begin == first->text.len) {
        from++;
        begin = 0;
    }
    *ret = (struct policy_rest){pattern->tokens + from, pattern->n_tokens - from, begin};
    return true;
}
