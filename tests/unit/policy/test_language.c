#include "policy/language.h"
#include "unit/policy/naive.h"

enum { CASES = 1500, LONGEST = 5, TERMS = 3, GLOBS = 2, GLOB = 8 };

/* Small questions as text, so that both sides read the same. */
struct term {
    bool complement;
    unsigned n;
    char globs[GLOBS][GLOB];
};

struct tape {
    struct term must[TERMS];
    struct term allow[TERMS];
    struct term deny[TERMS];
    unsigned n_must, n_allow, n_deny;
};

static void random_terms(uint64_t *state, struct term *terms, unsigned n, const char *const *pieces,
                         unsigned n_pieces)
{
    for (unsigned i = 0; i < n; i++) {
        terms[i].complement = naive_pick(state, 5) == 0;
        terms[i].n = 1 + naive_pick(state, GLOBS);
        for (unsigned g = 0; g < terms[i].n; g++) {
            naive_pieces(state, terms[i].globs[g], pieces, n_pieces, 5);
        }
    }
}

static void random_tape(uint64_t *state, struct tape *tape, const char *const *pieces, unsigned n)
{
    tape->n_must = naive_pick(state, 2);
    tape->n_allow = 1 + naive_pick(state, 2);
    tape->n_deny = naive_pick(state, TERMS);
    random_terms(state, tape->must, tape->n_must, pieces, n);
    random_terms(state, tape->allow, tape->n_allow, pieces, n);
    random_terms(state, tape->deny, tape->n_deny, pieces, n);
}

static bool term_holds(const struct term *term, const char *word)
{
    for (unsigned i = 0; i < term->n; i++) {
        if (naive_match(term->globs[i], word)) {
            return !term->complement;
        }
    }
    return term->complement;
}

static bool tape_holds(const struct tape *tape, const char *word)
{
    bool allowed = false;
    for (unsigned i = 0; i < tape->n_must; i++) {
        if (!term_holds(&tape->must[i], word)) {
            return false;
        }
    }
    for (unsigned i = 0; i < tape->n_deny; i++) {
        if (term_holds(&tape->deny[i], word)) {
            return false;
        }
    }
    for (unsigned i = 0; i < tape->n_allow; i++) {
        allowed |= term_holds(&tape->allow[i], word);
    }
    return allowed;
}

static struct language_term *as_terms(struct arena *mem, const struct term *terms, unsigned n)
{
    struct language_term *out = NEW_ARRAY(mem, struct language_term, n);
    for (unsigned i = 0; i < n; i++) {
        struct language_glob *globs = NEW_ARRAY(mem, struct language_glob, terms[i].n);
        for (unsigned g = 0; g < terms[i].n; g++) {
            uint32_t *symbols = NEW_ARRAY(mem, uint32_t, GLOB);
            uint32_t len = 0;
            for (const char *c = terms[i].globs[g]; *c != '\0'; c++) {
                uint32_t symbol = *c == '*'   ? GLOB_STAR
                                  : *c == '?' ? GLOB_ANY
                                              : (uint32_t)(unsigned char)*c;
                if (symbol != GLOB_STAR || len == 0 || symbols[len - 1] != GLOB_STAR) {
                    symbols[len++] = symbol;
                }
            }
            globs[g] = (struct language_glob){symbols, len};
        }
        out[i] = (struct language_term){globs, terms[i].n, terms[i].complement};
    }
    return out;
}

static struct language_tape as_tape(struct arena *mem, const struct tape *tape)
{
    return (struct language_tape){
        .must = as_terms(mem, tape->must, tape->n_must),
        .n_must = tape->n_must,
        .allow = as_terms(mem, tape->allow, tape->n_allow),
        .n_allow = tape->n_allow,
        .deny = as_terms(mem, tape->deny, tape->n_deny),
        .n_deny = tape->n_deny,
    };
}

/* '~' is the fresh character on the naive side. */
static char *as_text(struct arena *mem, const uint32_t *symbols, size_t n)
{
    char *text = arena_alloc(mem, n + 1);
    for (size_t i = 0; i < n; i++) {
        text[i] = symbols[i] == SYMBOL_FRESH ? '~' : (char)symbols[i];
    }
    return text;
}

static bool any_word(const char *word)
{
    (void)word;
    return true;
}

static bool is_topic(const char *word)
{
    return *word != '\0' && strpbrk(word, "+#") == NULL;
}

static bool is_filter(const char *word)
{
    for (const char *c = word; *c != '\0'; c++) {
        bool begins = c == word || c[-1] == '/';
        bool ends = c[1] == '\0' || c[1] == '/';
        if ((*c == '+' && !(begins && ends)) || (*c == '#' && !(begins && c[1] == '\0'))) {
            return false;
        }
    }
    return *word != '\0';
}

struct kind {
    enum language_kind kind;
    bool (*is_word)(const char *word);
    const char *letters;
};

static void check_against_enumeration(const struct kind *kind, uint64_t seed)
{
    static const char *const pieces[] = {"a", "b", "/", "*", "?", "*", "+", "#", "a", "/"};
    struct tape tape;
    uint64_t state = seed;
    AUTO_ARENA *mem = arena_new(64 << 20);
    random_tape(&state, &tape, pieces, 10);
    struct language_query query = {.kind = kind->kind, .word = as_tape(mem, &tape)};
    struct language_answer answer;
    CHECK_OK(language_shortest(mem, &query, &answer, NULL));
    char word[LONGEST + 1] = "";
    bool found = false;
    for (unsigned long i = 0; naive_word(i, kind->letters, LONGEST, word) && !found; i++) {
        found = kind->is_word(word) && tape_holds(&tape, word);
        if (found) {
            break;
        }
    }
    if (found && (!answer.found || answer.n_word != strlen(word))) {
        fail_msg("seed %llu: enumeration finds \"%s\", the walk \"%s\"", (unsigned long long)seed,
                 word, answer.found ? as_text(mem, answer.word, answer.n_word) : "nothing");
    }
    if (answer.found) {
        char *text = as_text(mem, answer.word, answer.n_word);
        if (!kind->is_word(text) || !tape_holds(&tape, text) ||
            (!found && answer.n_word <= LONGEST)) {
            fail_msg("seed %llu: \"%s\" is no answer", (unsigned long long)seed, text);
        }
    }
}

static void the_shortest_word_is_what_enumeration_finds(void **state)
{
    (void)state;
    static const struct kind kinds[] = {
        {LANGUAGE_WORD, any_word, "ab/+#~"},
        {LANGUAGE_TOPIC, is_topic, "ab/~"},
        {LANGUAGE_FILTER, is_filter, "ab/~+#"},
    };
    for (uint64_t seed = 0; seed < CASES; seed++) {
        check_against_enumeration(&kinds[seed % 3], seed);
    }
}

/* MQTT 3.1.1, section 4.7, by recursion over levels. */
static bool filter_matches(const char *filter, const char *topic, bool first)
{
    size_t f = strcspn(filter, "/");
    size_t t = strcspn(topic, "/");
    bool wild = *filter == '+' || *filter == '#';
    if (first && wild && *topic == '$') {
        return false;
    }
    if (strcmp(filter, "#") == 0) {
        return true;
    }
    if (*filter != '+' && (f != t || memcmp(filter, topic, f) != 0)) {
        return false;
    }
    bool more_filter = filter[f] == '/';
    bool more_topic = topic[t] == '/';
    if (!more_topic) {
        return !more_filter || strcmp(filter + f, "/#") == 0;
    }
    return more_filter && filter_matches(filter + f + 1, topic + t + 1, false);
}

/* "GROUP/" and a filter that matches. */
static bool shared_matches(const char *filter, const char *topic)
{
    size_t group = strcspn(filter, "/+#");
    const char *rest = filter + group + 1;
    return group > 0 && filter[group] == '/' && is_filter(rest) &&
           filter_matches(rest, topic, true);
}

static bool delivers(enum language_kind kind, const char *filter, const char *topic)
{
    return kind == LANGUAGE_SHARED ? shared_matches(filter, topic)
                                   : is_filter(filter) && filter_matches(filter, topic, true);
}

struct pair {
    char filter[5];
    char topic[5];
};

/* All filters and topics of at most four letters that match. */
static size_t all_pairs(enum language_kind kind, struct pair *out)
{
    size_t n = 0;
    struct pair p;
    for (unsigned long f = 0; naive_word(f, "a$/+#", 4, p.filter); f++) {
        for (unsigned long t = 0; naive_word(t, "a$/", 4, p.topic); t++) {
            if (is_topic(p.topic) && delivers(kind, p.filter, p.topic)) {
                out[n++] = p;
            }
        }
    }
    return n;
}

static void check_delivery(enum language_kind kind, const struct pair *pairs, size_t n,
                           uint64_t seed)
{
    static const char *const pieces[] = {"a", "$", "/", "*", "?", "*", "+", "#", "a", "/"};
    struct tape word;
    struct tape filter;
    uint64_t state = seed;
    AUTO_ARENA *mem = arena_new(64 << 20);
    random_tape(&state, &word, pieces, 8);
    random_tape(&state, &filter, pieces, 10);
    struct language_query query = {
        .kind = kind, .word = as_tape(mem, &word), .filter = as_tape(mem, &filter)};
    struct language_answer answer;
    CHECK_OK(language_shortest(mem, &query, &answer, NULL));
    for (size_t i = 0; i < n && !answer.found; i++) {
        if (tape_holds(&word, pairs[i].topic) && tape_holds(&filter, pairs[i].filter)) {
            fail_msg("seed %llu: %s is delivered through %s", (unsigned long long)seed,
                     pairs[i].topic, pairs[i].filter);
        }
    }
    if (answer.found) {
        char *topic = as_text(mem, answer.word, answer.n_word);
        char *text = as_text(mem, answer.filter, answer.n_filter);
        if (!is_topic(topic) || !delivers(kind, text, topic) || !tape_holds(&word, topic) ||
            !tape_holds(&filter, text)) {
            fail_msg("seed %llu: %s through %s is no answer", (unsigned long long)seed, topic,
                     text);
        }
    }
}

static void check_deliveries(enum language_kind kind)
{
    AUTO_ARENA *mem = arena_new(64 << 20);
    struct pair *pairs = NEW_ARRAY(mem, struct pair, 100000);
    size_t n = all_pairs(kind, pairs);
    assert_true(n > 200 && n < 100000);
    for (uint64_t seed = 0; seed < CASES; seed++) {
        check_delivery(kind, pairs, n, seed);
    }
}

static void a_delivery_is_what_enumeration_finds(void **state)
{
    (void)state;
    check_deliveries(LANGUAGE_DELIVERY);
}

static void a_shared_delivery_is_what_enumeration_finds(void **state)
{
    (void)state;
    check_deliveries(LANGUAGE_SHARED);
}

static void text_to_glob(uint32_t *symbols, const char *text)
{
    for (; *text != '\0'; text++) {
        *symbols++ = *text == '*' ? GLOB_STAR : *text == '?' ? GLOB_ANY : (uint32_t)*text;
    }
}

static void a_question_beyond_the_bound_is_refused(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(256 << 20);
    uint32_t allow_symbols[64];
    uint32_t deny_symbols[64];
    const char *allow_text = "*";
    char deny_text[64] = "*a";
    memset(deny_text + 2, '?', 40);
    deny_text[42] = '\0';
    text_to_glob(allow_symbols, allow_text);
    text_to_glob(deny_symbols, deny_text);
    /* Words whose 41st letter from the end is an a, and is none: the set of states doubles with
     * each letter, and no word is accepted. */
    struct language_glob allow = {allow_symbols, 1};
    struct language_glob deny = {deny_symbols, 42};
    struct language_term allow_term = {&allow, 1, false};
    struct language_term must[] = {{&deny, 1, false}};
    struct language_term deny_term = {&deny, 1, false};
    struct language_query query = {
        .kind = LANGUAGE_WORD,
        .word = {must, 1, &allow_term, 1, &deny_term, 1},
    };
    struct language_answer answer;
    struct why why = {0};
    CHECK_STATUS(language_shortest(mem, &query, &answer, &why), STATUS_TOO_LARGE);
    assert_true(why.text[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shortest_word_is_what_enumeration_finds),
        cmocka_unit_test(a_delivery_is_what_enumeration_finds),
        cmocka_unit_test(a_shared_delivery_is_what_enumeration_finds),
        cmocka_unit_test(a_question_beyond_the_bound_is_refused),
    };
    return RUN_TESTS("language", tests);
}
