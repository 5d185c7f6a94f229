#include "policy/pattern.h"

#if defined __SSE2__
#include <emmintrin.h>
#endif

#include "policy/room_priv.h"

#include "base/banned.h"

enum { VALUE_LENGTH_MAX = 1024, ARN_COLONS = 5 };

/* The names of keys, the common ones first. A PREFIX goes on. */
#define KEY_LIST(X)                                                                                \
    X(THING_NAME, "iot:Connection.Thing.ThingName", WHOLE)                                         \
    X(CLIENT_ID, "iot:ClientId", WHOLE)                                                            \
    X(IS_ATTACHED, "iot:Connection.Thing.IsAttached", WHOLE)                                       \
    X(THING_TYPE, "iot:Connection.Thing.ThingTypeName", WHOLE)                                     \
    X(ATTRIBUTE, "iot:Connection.Thing.Attributes[", PREFIX)                                       \
    X(CERTIFICATE_ID, "iot:CertificateId", WHOLE)                                                  \
    X(CERTIFICATE, "iot:Certificate.", PREFIX)                                                     \
    X(SOURCE_IP, "aws:SourceIp", WHOLE)                                                            \
    X(DOMAIN_NAME, "iot:DomainName", WHOLE)                                                        \
    X(CONNECT_ATTRIBUTES, "iot:ConnectAttributes", WHOLE)                                          \
    X(LAST_WILL_TOPIC, "iot:LastWillTopic", WHOLE)                                                 \
    X(CURRENT_TIME, "aws:CurrentTime", WHOLE)

enum key_extent { WHOLE, PREFIX };

static struct str key_head(struct str name, enum key_extent extent, struct str text)
{
    return extent == PREFIX ? str_slice(name, 0, text.len) : name;
}

/* In whatever case the name is written. */
static enum policy_key_kind key_of_any_case(struct str name)
{
#define KEY_IS(kind, text, extent)                                                                 \
    if (str_eq_nocase(key_head(name, extent, STR(text)), STR(text))) {                             \
        return POLICY_KEY_##kind;                                                                  \
    }
    KEY_LIST(KEY_IS)
#undef KEY_IS
    return POLICY_KEY_OTHER;
}

/* As nearly everybody writes it; a comparison for each, since one with a text known beforehand
 * costs no call. */
struct policy_key policy_key_of(struct str name)
{
#define KEY_IS(kind, text, extent)                                                                 \
    if (str_eq(key_head(name, extent, STR(text)), STR(text))) {                                    \
        return (struct policy_key){name, POLICY_KEY_##kind};                                       \
    }
    KEY_LIST(KEY_IS)
#undef KEY_IS
    return (struct policy_key){name, key_of_any_case(name)};
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

/* The first value; enough for who asks no more. */
static bool first_value(const struct policy_values *values, const struct policy_key *key,
                        struct str *ret)
{
    return values != NULL && values->get != NULL && values->get(values->ctx, key, ret, 1) > 0;
}

bool policy_values_have(const struct policy_values *values, const struct policy_key *key)
{
    struct str first;
    return first_value(values, key, &first);
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
    struct str found;
    if (!first_value(values, key, &found) || (!values->verbatim && !may_be_substituted(found))) {
        return false;
    }
    *ret = found;
    return true;
}

/* One pattern while it is read; its tokens are the open list of the room. */
enum { TOKENS_AT_ONCE = 2 };

struct reading {
    struct policy_room *room;
    struct policy_token *tokens;
    uint32_t n;
    uint32_t n_variables;
    bool wild;
    bool defaults;
};

/* Room for the literal and the token that one special character makes. */
static inline bool reserve(struct reading *r)
{
    size_t used = r->n * sizeof *r->tokens;
    size_t want = used + TOKENS_AT_ONCE * sizeof *r->tokens;
    if (want > r->room->left) {
        if (!policy_room_renew(r->room, used, want)) {
            return false;
        }
        r->tokens = (struct policy_token *)(void *)r->room->at;
    }
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

/* Of what stands between the braces, "name, 'text'", the name and the text; the name alone when it
 * is not of that form. */
static struct str split_default(struct str inside, struct str *ret_text)
{
    size_t comma = str_find_char(inside, ',', 0);
    struct str name = str_trim(str_slice(inside, 0, comma));
    struct str quoted = str_trim(str_slice(inside, comma + 1, inside.len));
    *ret_text = STR_ABSENT;
    if (name.len == 0 || quoted.len < 2 || quoted.ptr[0] != '\'' ||
        str_find_char(quoted, '\'', 1) != quoted.len - 1) {
        return inside;
    }
    *ret_text = str_slice(quoted, 1, quoted.len - 1);
    return name;
}

/* The default of a variable that was read with one: it still stands behind the name. */
static bool default_of(const struct policy_token *token, struct str *ret)
{
    const char *comma = token->text.ptr + token->text.len;
    while (*comma == ' ' || *comma == '\t' || *comma == '\r') {
        comma++;
    }
    if (*comma != ',') {
        return false; /* the brace */
    }
    const char *begin = (const char *)rawmemchr(comma, '\'') + 1;
    *ret = (struct str){begin, (size_t)((const char *)rawmemchr(begin, '\'') - begin)};
    return true;
}

/* Reads "${...}" at from; returns how many bytes it took, 0 when it is ordinary text. */
static size_t put_variable(struct reading *r, struct str text, size_t from, unsigned flags)
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
        if ((flags & POLICY_READ_DEFAULTS) != 0) {
            struct str value;
            name = split_default(name, &value);
            r->defaults = r->defaults || !str_absent(value);
        }
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

enum { SPECIAL = POLICY_READ_WILDCARDS | POLICY_READ_VARIABLES };

static bool read_tokens(struct reading *r, struct str text, unsigned flags)
{
    size_t start = 0;
    size_t first = (flags & SPECIAL) != 0 ? next_special(text, 0) : text.len;
    for (size_t i = first; i < text.len; i = next_special(text, i)) {
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
            size_t took = put_variable(r, text, i, flags);
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

/* The first set bit taken away. */
static inline uint64_t next_bits(uint64_t bits)
{
    return bits & (bits - 1);
}

/* Where the sixth field of the usual ARN begins: it says "iot", and its first five colons are among
 * the first 64 bytes of its first literal. 0 when it is another one. */
static inline uint32_t usual_rest(const struct reading *r)
{
    struct str text = r->n > 0 && r->tokens[0].kind == POLICY_LITERAL ? r->tokens[0].text : STR("");
    size_t len = text.len < 64 ? text.len : 64;
    uint64_t first = 0; /* a bit for each colon: the lowest is the first's, and so on below */
    if (len < LOOK) {
        return 0;
    }
    for (size_t i = 0; i + LOOK <= len; i += LOOK) {
        first |= (uint64_t)colon_bits(text.ptr + i) << i;
    }
    first |= (uint64_t)colon_bits(text.ptr + len - LOOK) << (len - LOOK);
    uint64_t second = next_bits(first);
    uint64_t third = next_bits(second);
    uint64_t fifth = next_bits(next_bits(third));
    if (fifth == 0) {
        return 0;
    }
    unsigned from = (unsigned)__builtin_ctzll(second);
    bool iot = __builtin_ctzll(third) - (int)from == 4 && memcmp(text.ptr + from, ":iot", 4) == 0;
    return iot ? (uint32_t)__builtin_ctzll(fifth) + 1 : 0;
}

/* The colons of the literals; those inside variables part no fields. */
static unsigned count_colons(const struct reading *r)
{
    unsigned n = 0;
    for (uint32_t t = 0; t < r->n; t++) {
        struct str s = r->tokens[t].kind == POLICY_LITERAL ? r->tokens[t].text : STR_ABSENT;
        for (size_t c = 0; c < s.len; c++) {
            n += s.ptr[c] == ':';
        }
    }
    return n;
}

static bool complete_arn(struct reading *r)
{
    bool only_star = r->n == 1 && r->tokens[0].kind == POLICY_STAR;
    for (unsigned n = count_colons(r); n < ARN_COLONS && !only_star; n++) {
        if (!reserve(r)) {
            return false;
        }
        r->tokens[r->n++] = (struct policy_token){POLICY_LITERAL, POLICY_KEY_OTHER, STR(":")};
        put_wildcard(r, '*');
    }
    return true;
}

static void find_rest(uint32_t usual, struct policy_pattern *pattern);

enum status policy_pattern_read(struct policy_room *room, struct str text, unsigned flags,
                                struct policy_pattern *ret, struct why *why)
{
    struct reading r = {.room = room, .tokens = (struct policy_token *)(void *)room->at};
    bool arn = (flags & POLICY_READ_ARN) != 0;
    if (!read_tokens(&r, text, flags)) {
        return why_no_memory(why);
    }
    uint32_t rest = arn ? usual_rest(&r) : 0;
    if (arn && rest == 0 && !complete_arn(&r)) {
        return why_no_memory(why);
    }
    if (r.n_variables > POLICY_VARIABLES_MAX) {
        return why_set(why, STATUS_MALFORMED_POLICY,
                       "a pattern holds %u policy variables; at most %d are allowed", r.n_variables,
                       POLICY_VARIABLES_MAX);
    }
    policy_room_keep(room, r.n * sizeof *r.tokens);
    *ret = (struct policy_pattern){.text = text,
                                   .tokens = r.tokens,
                                   .n_tokens = r.n,
                                   .n_variables = (uint16_t)r.n_variables,
                                   .wild = r.wild,
                                   .defaults = r.defaults,
                                   .nocase = (flags & POLICY_READ_NOCASE) != 0};
    if (arn) {
        find_rest(rest, ret);
    }
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
            if (!policy_variable_get(values, &key, &bound[n]) &&
                !(pattern->defaults && default_of(token, &bound[n]))) {
                return false;
            }
            n++;
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

/* usual: what usual_rest says. */
static void find_rest(uint32_t usual, struct policy_pattern *pattern)
{
    if (usual > 0) {
        pattern->of_iot = true;
        pattern->rest_offset = usual;
    } else if (pattern->n_tokens == 1 && pattern->tokens[0].kind == POLICY_STAR) {
        pattern->of_iot = true;
        return;
    } else {
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
