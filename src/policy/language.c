/* language.c: the walk over sets of states.
 *
 * Invariants:
 *  1. All globs lie side by side in one bit string, those of the filter tape in the first words,
 *     those of the word tape in the rest. A glob of n symbols owns n + 1 bits; the last one means
 *     that it has accepted.
 *  2. A set is closed: where a star's bit is on, the next bit is on too.
 *  3. A set holds no bit before the last star that is on in the same glob: whatever could follow
 *     from there can follow from the star. This keeps sets few, and equal sets equal.
 *  4. Sets that cannot lead to an accepting one are not kept. */
#include "policy/language.h"

#include <string.h>

#include "base/banned.h"

enum { WORD_BITS = 64, NO_SYMBOL = 0x7ffffffd, NO_PARENT = -1, SLOTS_FIRST = 256, ASCII = 128 };

/* Where a word, or a pair of filter and topic, stands in the syntax of MQTT. */
enum mode {
    MODE_FREE,
    MODE_TOPIC_EMPTY,
    MODE_TOPIC,
    MODE_FILTER_EMPTY,
    MODE_FILTER_LEVEL, /* at the beginning of a level */
    MODE_FILTER_INSIDE,
    MODE_FILTER_PLUS,
    MODE_FILTER_END,
    /* pairs */
    MODE_PAIR_GROUP_EMPTY, /* the filter begins with the name of its group */
    MODE_PAIR_GROUP,
    MODE_PAIR_EMPTY,
    MODE_PAIR_LEVEL,
    MODE_PAIR_INSIDE,
    MODE_PAIR_PLUS_FIRST, /* `+` is the first level and the topic is still empty */
    MODE_PAIR_PLUS,
    MODE_PAIR_HASH_FIRST, /* `#` is the whole filter and the topic is still empty */
    MODE_PAIR_HASH,
    MODE_PAIR_PARENT, /* the topic has ended, the filter goes on with "/#" */
    MODE_PAIR_END,
};

struct span {
    uint32_t first;
    uint32_t accept; /* the last bit */
    uint32_t star;   /* the last star's bit, or accept */
    bool open;       /* the last symbol is a star: once there, always accepting */
};

struct group {
    const struct span *spans;
    size_t n;
    bool complement;
};

struct side {
    struct group *must;
    struct group *allow;
    struct group *deny;
    size_t n_must, n_allow, n_deny;
};

struct node {
    int32_t parent;
    uint32_t on_filter; /* the symbols that led here, or NO_SYMBOL */
    uint32_t on_word;
    enum mode mode;
};

struct machine {
    struct arena *mem;
    size_t n_words;        /* of one set */
    size_t n_filter_words; /* those of the filter tape */
    size_t n_spans;
    struct span *spans;
    const struct language_glob **globs;
    struct side word;
    struct side filter;
    bool paired;
    uint32_t *alphabet;
    size_t n_alphabet;
    uint16_t ascii[ASCII]; /* place in the alphabet + 1 */
    uint64_t *advance;     /* for each letter of the alphabet, the states that it moves on */
    uint64_t *stars;
    uint64_t *next; /* the set being made */
    /* sets seen, in the order of finding, and an open-addressed table of index + 1 */
    uint64_t *sets;
    struct node *nodes;
    size_t n_nodes;
    size_t cap;
    uint32_t *slots;
    size_t n_slots;
    uint64_t work;
    uint64_t work_max;
};

static bool bit_is_on(const uint64_t *set, uint32_t bit)
{
    return ((set[bit / WORD_BITS] >> (bit % WORD_BITS)) & 1) != 0;
}

static void bit_put(uint64_t *set, uint32_t bit)
{
    set[bit / WORD_BITS] |= UINT64_C(1) << (bit % WORD_BITS);
}

/* The bits of one word of a set that lie in [from, to). */
static uint64_t bits_between(size_t word, uint32_t from, uint32_t to)
{
    uint64_t base = (uint64_t)word * WORD_BITS;
    uint64_t mask = UINT64_MAX;
    if (from > base) {
        mask &= UINT64_MAX << (from - base);
    }
    if (to < base + WORD_BITS) {
        mask &= (UINT64_C(1) << (to - base)) - 1;
    }
    return mask;
}

static bool span_is_alive(const uint64_t *set, const struct span *span)
{
    for (size_t w = span->first / WORD_BITS; w <= span->accept / WORD_BITS; w++) {
        if ((set[w] & bits_between(w, span->first, span->accept + 1)) != 0) {
            return true;
        }
    }
    return false;
}

/* Reading the question into the machine */

static size_t count_globs(const struct language_term *terms, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        total += terms[i].n;
    }
    return total;
}

static size_t tape_globs(const struct language_tape *tape)
{
    return count_globs(tape->must, tape->n_must) + count_globs(tape->allow, tape->n_allow) +
           count_globs(tape->deny, tape->n_deny);
}

static void span_fill(struct span *span, const struct language_glob *glob, uint32_t first)
{
    *span = (struct span){first, first + glob->n, first + glob->n, false};
    for (uint32_t i = 0; i < glob->n; i++) {
        if (glob->symbols[i] == GLOB_STAR) {
            span->star = first + i;
        }
    }
    span->open = glob->n > 0 && glob->symbols[glob->n - 1] == GLOB_STAR;
}

static enum status put_terms(struct machine *m, const struct language_term *terms, size_t n,
                             struct group **ret, uint32_t *bit, struct why *why)
{
    struct group *groups = NEW_ARRAY(m->mem, struct group, n);
    TRY_PTR(groups);
    for (size_t i = 0; i < n; i++) {
        groups[i] = (struct group){&m->spans[m->n_spans], terms[i].n, terms[i].complement};
        for (size_t g = 0; g < terms[i].n; g++) {
            span_fill(&m->spans[m->n_spans], &terms[i].globs[g], *bit);
            m->globs[m->n_spans++] = &terms[i].globs[g];
            *bit += terms[i].globs[g].n + 1;
        }
    }
    *ret = groups;
    return STATUS_OK;
}

static enum status put_tape(struct machine *m, const struct language_tape *tape, struct side *side,
                            uint32_t *bit, struct why *why)
{
    side->n_must = tape->n_must;
    side->n_allow = tape->n_allow;
    side->n_deny = tape->n_deny;
    TRY(put_terms(m, tape->must, tape->n_must, &side->must, bit, why));
    TRY(put_terms(m, tape->allow, tape->n_allow, &side->allow, bit, why));
    return put_terms(m, tape->deny, tape->n_deny, &side->deny, bit, why);
}

/* The place of a symbol in the alphabet, or its size when it is not there. */
static size_t letter_of(const struct machine *m, uint32_t symbol)
{
    if (symbol < ASCII) {
        return m->ascii[symbol] != 0 ? m->ascii[symbol] - 1u : m->n_alphabet;
    }
    size_t i = 0;
    while (i < m->n_alphabet && m->alphabet[i] != symbol) {
        i++;
    }
    return i;
}

static void alphabet_add(struct machine *m, uint32_t symbol)
{
    if (letter_of(m, symbol) < m->n_alphabet) {
        return;
    }
    m->alphabet[m->n_alphabet++] = symbol;
    if (symbol < ASCII) {
        m->ascii[symbol] = (uint16_t)m->n_alphabet;
    }
}

enum { ALPHABET_MAX = 2048 };

static void alphabet_add_text(struct machine *m, const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        alphabet_add(m, (unsigned char)*text);
    }
}

static enum status alphabet_read(struct machine *m, const struct language_query *query,
                                 struct why *why)
{
    m->alphabet = NEW_ARRAY(m->mem, uint32_t, ALPHABET_MAX);
    TRY_PTR(m->alphabet);
    alphabet_add(m, SYMBOL_FRESH);
    alphabet_add_text(m, query->kind == LANGUAGE_WORD ? NULL : "#/+"); /* they have a meaning */
    alphabet_add_text(m, query->word_prefix);
    alphabet_add_text(m, query->filter_prefix);
    for (size_t g = 0; g < m->n_spans; g++) {
        for (uint32_t i = 0; i < m->globs[g]->n; i++) {
            uint32_t symbol = m->globs[g]->symbols[i];
            if (symbol != GLOB_ANY && symbol != GLOB_STAR) {
                alphabet_add(m, symbol);
            }
            if (m->n_alphabet == ALPHABET_MAX) {
                return why_set(why, STATUS_TOO_LARGE,
                               "the policy uses more than %d different characters", ALPHABET_MAX);
            }
        }
    }
    return STATUS_OK;
}

static void put_any(struct machine *m, uint32_t bit)
{
    for (size_t a = 0; a < m->n_alphabet; a++) {
        if (m->alphabet[a] < SYMBOL_WHOLE) {
            bit_put(&m->advance[a * m->n_words], bit);
        }
    }
}

/* For each letter the states it moves on: its own, and those of `?` unless it is a whole piece. */
static enum status advance_fill(struct machine *m, struct why *why)
{
    m->advance = NEW_ARRAY(m->mem, uint64_t, m->n_alphabet * m->n_words);
    m->stars = NEW_ARRAY(m->mem, uint64_t, m->n_words);
    m->next = NEW_ARRAY(m->mem, uint64_t, m->n_words);
    TRY_PTR(m->advance);
    TRY_PTR(m->stars);
    TRY_PTR(m->next);
    for (size_t g = 0; g < m->n_spans; g++) {
        for (uint32_t i = 0; i < m->globs[g]->n; i++) {
            uint32_t symbol = m->globs[g]->symbols[i];
            uint32_t bit = m->spans[g].first + i;
            if (symbol == GLOB_STAR) {
                bit_put(m->stars, bit);
            } else if (symbol != GLOB_ANY) {
                bit_put(&m->advance[letter_of(m, symbol) * m->n_words], bit);
            } else {
                put_any(m, bit);
            }
        }
    }
    return STATUS_OK;
}

static enum status machine_init(struct machine *m, const struct language_query *query,
                                struct why *why)
{
    size_t n_globs = tape_globs(&query->word) + (m->paired ? tape_globs(&query->filter) : 0);
    m->spans = NEW_ARRAY(m->mem, struct span, n_globs);
    m->globs = NEW_ARRAY(m->mem, const struct language_glob *, n_globs);
    TRY_PTR(m->spans);
    TRY_PTR(m->globs);
    uint32_t bit = 0;
    if (m->paired) {
        TRY(put_tape(m, &query->filter, &m->filter, &bit, why));
        bit = (bit + WORD_BITS - 1) / WORD_BITS * WORD_BITS;
    }
    m->n_filter_words = bit / WORD_BITS;
    TRY(put_tape(m, &query->word, &m->word, &bit, why));
    m->n_words = bit / WORD_BITS + 1;
    TRY(alphabet_read(m, query, why));
    return advance_fill(m, why);
}

/* Judging a set */

static bool group_hits(const uint64_t *set, const struct group *group)
{
    for (size_t i = 0; i < group->n; i++) {
        if (bit_is_on(set, group->spans[i].accept)) {
            return !group->complement;
        }
    }
    return group->complement;
}

static bool side_accepts(const uint64_t *set, const struct side *side)
{
    bool allowed = false;
    for (size_t i = 0; i < side->n_must; i++) {
        if (!group_hits(set, &side->must[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < side->n_deny; i++) {
        if (group_hits(set, &side->deny[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < side->n_allow && !allowed; i++) {
        allowed = group_hits(set, &side->allow[i]);
    }
    return allowed;
}

/* True when every continuation of the set is in the union of the group's globs. */
static bool group_is_sure(const uint64_t *set, const struct group *group)
{
    for (size_t i = 0; i < group->n; i++) {
        const struct span *span = &group->spans[i];
        if (span->open && bit_is_on(set, span->accept)) {
            return true;
        }
    }
    return false;
}

static bool group_is_alive(const uint64_t *set, const struct group *group)
{
    if (group->complement) {
        return !group_is_sure(set, group);
    }
    for (size_t i = 0; i < group->n; i++) {
        if (span_is_alive(set, &group->spans[i])) {
            return true;
        }
    }
    return false;
}

/* False when no continuation of the set can be accepted. */
static bool side_is_alive(const uint64_t *set, const struct side *side)
{
    for (size_t i = 0; i < side->n_must; i++) {
        if (!group_is_alive(set, &side->must[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < side->n_deny; i++) {
        if (!side->deny[i].complement && group_is_sure(set, &side->deny[i])) {
            return false;
        }
        if (side->deny[i].complement) {
            struct group positive = side->deny[i];
            positive.complement = false;
            if (!group_is_alive(set, &positive)) {
                return false;
            }
        }
    }
    for (size_t i = 0; i < side->n_allow; i++) {
        if (group_is_alive(set, &side->allow[i])) {
            return true;
        }
    }
    return false;
}

static bool mode_accepts(enum mode mode)
{
    switch (mode) {
    case MODE_TOPIC_EMPTY:
    case MODE_FILTER_EMPTY:
    case MODE_PAIR_GROUP_EMPTY:
    case MODE_PAIR_GROUP:
    case MODE_PAIR_EMPTY:
    case MODE_PAIR_PLUS_FIRST:
    case MODE_PAIR_HASH_FIRST:
    case MODE_PAIR_PARENT:
        return false;
    default:
        return true;
    }
}

static bool machine_accepts(const struct machine *m, const uint64_t *set, enum mode mode)
{
    return mode_accepts(mode) && side_accepts(set, &m->word) &&
           (!m->paired || side_accepts(set, &m->filter));
}

/* Making the next set */

static void drop_dominated(const struct machine *m, uint64_t *set)
{
    for (size_t g = 0; g < m->n_spans; g++) {
        const struct span *span = &m->spans[g];
        uint32_t star = span->star;
        while (star > span->first && !(bit_is_on(m->stars, star) && bit_is_on(set, star))) {
            star--;
        }
        if (star == span->first) {
            continue;
        }
        for (size_t w = span->first / WORD_BITS; w <= star / WORD_BITS; w++) {
            set[w] &= ~bits_between(w, span->first, star);
        }
    }
}

static void close_set(const struct machine *m, uint64_t *set)
{
    uint64_t carry = 0;
    for (size_t w = 0; w < m->n_words; w++) {
        uint64_t stars = set[w] & m->stars[w];
        set[w] |= stars << 1 | carry;
        carry = stars >> (WORD_BITS - 1);
    }
    drop_dominated(m, set);
}

/* Moves the words [from, to) of a set by one letter. */
static void step(struct machine *m, const uint64_t *set, size_t letter, size_t from, size_t to)
{
    const uint64_t *advance = &m->advance[letter * m->n_words];
    uint64_t carry = 0;
    for (size_t w = from; w < to; w++) {
        uint64_t moved = set[w] & advance[w];
        m->next[w] = (moved << 1) | carry | (set[w] & m->stars[w]);
        carry = moved >> (WORD_BITS - 1);
    }
}

static uint64_t set_hash(const struct machine *m, const uint64_t *set, enum mode mode)
{
    uint64_t h = UINT64_C(0x9E3779B97F4A7C15) ^ (uint64_t)mode;
    for (size_t w = 0; w < m->n_words; w++) {
        h = (h ^ set[w]) * UINT64_C(0xFF51AFD7ED558CCD);
        h ^= h >> 32;
    }
    return h;
}

static size_t find_slot(const struct machine *m, const uint64_t *set, enum mode mode)
{
    size_t slot = set_hash(m, set, mode) & (m->n_slots - 1);
    while (m->slots[slot] != 0) {
        size_t node = m->slots[slot] - 1;
        if (m->nodes[node].mode == mode &&
            memcmp(&m->sets[node * m->n_words], set, m->n_words * sizeof *set) == 0) {
            break;
        }
        slot = (slot + 1) & (m->n_slots - 1);
    }
    return slot;
}

/* Room for twice as many sets. Memory is the second bound of the walk. */
static enum status machine_grow(struct machine *m, struct why *why)
{
    size_t cap = m->cap == 0 ? SLOTS_FIRST / 2 : m->cap * 2;
    size_t set_bytes = m->n_words * sizeof *m->sets;
    if (cap * (set_bytes + sizeof *m->nodes + 2 * sizeof *m->slots) > LANGUAGE_BYTES_MAX) {
        return why_set(why, STATUS_TOO_LARGE,
                       "the question needs more than %d MiB of states; the policy has too many `?` "
                       "after `*`",
                       LANGUAGE_BYTES_MAX >> 20);
    }
    uint64_t *sets = arena_grow(m->mem, m->sets, m->cap * set_bytes, cap * set_bytes);
    TRY_PTR(sets);
    m->sets = sets;
    struct node *nodes = arena_grow(m->mem, m->nodes, m->cap * sizeof *nodes, cap * sizeof *nodes);
    TRY_PTR(nodes);
    m->nodes = nodes;
    m->slots = NEW_ARRAY(m->mem, uint32_t, cap * 2);
    TRY_PTR(m->slots);
    m->n_slots = cap * 2;
    m->cap = cap;
    for (size_t i = 0; i < m->n_nodes; i++) {
        m->slots[find_slot(m, &m->sets[i * m->n_words], nodes[i].mode)] = (uint32_t)i + 1;
    }
    return STATUS_OK;
}

/* Closes m->next and keeps it when it is new and not dead. */
static enum status keep_next(struct machine *m, struct node node, bool *ret_accepts,
                             struct why *why)
{
    close_set(m, m->next);
    if (!side_is_alive(m->next, &m->word) || (m->paired && !side_is_alive(m->next, &m->filter))) {
        return STATUS_OK;
    }
    if (m->n_nodes == m->cap) {
        TRY(machine_grow(m, why));
    }
    size_t slot = find_slot(m, m->next, node.mode);
    if (m->slots[slot] != 0) {
        return STATUS_OK;
    }
    memcpy(&m->sets[m->n_nodes * m->n_words], m->next, m->n_words * sizeof *m->next);
    m->nodes[m->n_nodes++] = node;
    m->slots[slot] = (uint32_t)m->n_nodes;
    *ret_accepts = machine_accepts(m, m->next, node.mode);
    return STATUS_OK;
}

/* The syntax of MQTT: which tapes a letter moves, and where that leads */

struct move {
    bool on_filter;
    bool on_word;
    enum mode to;
};

enum { MOVES_MAX = 2 };

static size_t one(struct move *out, bool on_filter, bool on_word, enum mode to)
{
    *out = (struct move){on_filter, on_word, to};
    return 1;
}

static size_t filter_moves(enum mode mode, uint32_t letter, struct move *out)
{
    bool begins = mode == MODE_FILTER_EMPTY || mode == MODE_FILTER_LEVEL;
    if (mode == MODE_FILTER_END) {
        return 0;
    }
    if (letter == '/') {
        return one(out, false, true, MODE_FILTER_LEVEL);
    }
    if (mode == MODE_FILTER_PLUS) {
        return 0;
    }
    if (letter == '+' || letter == '#') {
        return begins ? one(out, false, true, letter == '+' ? MODE_FILTER_PLUS : MODE_FILTER_END)
                      : 0;
    }
    return one(out, false, true, MODE_FILTER_INSIDE);
}

/* The name of the group of a shared filter, before topic and filter begin. */
static size_t group_moves(enum mode mode, uint32_t letter, struct move *out)
{
    if (letter == '+' || letter == '#' || (letter == '/' && mode == MODE_PAIR_GROUP_EMPTY)) {
        return 0;
    }
    return one(out, true, false, letter == '/' ? MODE_PAIR_EMPTY : MODE_PAIR_GROUP);
}

/* A filter and a topic that go through the same level letter by letter. */
static size_t same_moves(enum mode mode, uint32_t letter, struct move *out)
{
    bool begins = mode != MODE_PAIR_INSIDE;
    if (letter == '+' || letter == '#') {
        bool first = mode == MODE_PAIR_EMPTY;
        enum mode plus = first ? MODE_PAIR_PLUS_FIRST : MODE_PAIR_PLUS;
        enum mode hash = first ? MODE_PAIR_HASH_FIRST : MODE_PAIR_HASH;
        return begins ? one(out, true, false, letter == '+' ? plus : hash) : 0;
    }
    if (letter == '/') {
        size_t n = one(out, true, true, MODE_PAIR_LEVEL);
        return mode == MODE_PAIR_EMPTY ? n : n + one(out + 1, true, false, MODE_PAIR_PARENT);
    }
    return one(out, true, true, MODE_PAIR_INSIDE);
}

/* A filter that has said `+` and waits for the topic to end its level, or `#` and waits for good.
 */
static size_t waiting_moves(enum mode mode, uint32_t letter, struct move *out)
{
    bool first = mode == MODE_PAIR_PLUS_FIRST || mode == MODE_PAIR_HASH_FIRST;
    bool hash = mode == MODE_PAIR_HASH || mode == MODE_PAIR_HASH_FIRST;
    if (letter == '+' || letter == '#' || (first && letter == '$')) {
        return 0;
    }
    if (hash) {
        return one(out, false, true, MODE_PAIR_HASH);
    }
    if (letter == '/') {
        size_t n = one(out, true, true, MODE_PAIR_LEVEL);
        return first ? n : n + one(out + 1, true, false, MODE_PAIR_PARENT);
    }
    return one(out, false, true, MODE_PAIR_PLUS);
}

static size_t free_moves(enum mode mode, uint32_t letter, struct move *out)
{
    (void)letter;
    return one(out, false, true, mode);
}

static size_t topic_moves(enum mode mode, uint32_t letter, struct move *out)
{
    (void)mode;
    return letter == '+' || letter == '#' ? 0 : one(out, false, true, MODE_TOPIC);
}

static size_t parent_moves(enum mode mode, uint32_t letter, struct move *out)
{
    (void)mode;
    return letter == '#' ? one(out, true, false, MODE_PAIR_END) : 0;
}

static size_t no_moves(enum mode mode, uint32_t letter, struct move *out)
{
    (void)mode;
    (void)letter;
    (void)out;
    return 0;
}

typedef size_t moves_function(enum mode mode, uint32_t letter, struct move out[MOVES_MAX]);

static moves_function *const moves_of[] = {
    [MODE_FREE] = free_moves,           [MODE_TOPIC_EMPTY] = topic_moves,
    [MODE_TOPIC] = topic_moves,         [MODE_FILTER_EMPTY] = filter_moves,
    [MODE_FILTER_LEVEL] = filter_moves, [MODE_FILTER_INSIDE] = filter_moves,
    [MODE_FILTER_PLUS] = filter_moves,  [MODE_FILTER_END] = filter_moves,
    [MODE_PAIR_EMPTY] = same_moves,     [MODE_PAIR_LEVEL] = same_moves,
    [MODE_PAIR_INSIDE] = same_moves,    [MODE_PAIR_PLUS_FIRST] = waiting_moves,
    [MODE_PAIR_PLUS] = waiting_moves,   [MODE_PAIR_HASH_FIRST] = waiting_moves,
    [MODE_PAIR_HASH] = waiting_moves,   [MODE_PAIR_PARENT] = parent_moves,
    [MODE_PAIR_END] = no_moves,         [MODE_PAIR_GROUP_EMPTY] = group_moves,
    [MODE_PAIR_GROUP] = group_moves,
};

static enum mode first_mode(enum language_kind kind)
{
    switch (kind) {
    case LANGUAGE_TOPIC:
        return MODE_TOPIC_EMPTY;
    case LANGUAGE_FILTER:
        return MODE_FILTER_EMPTY;
    case LANGUAGE_DELIVERY:
        return MODE_PAIR_EMPTY;
    case LANGUAGE_SHARED:
        return MODE_PAIR_GROUP_EMPTY;
    case LANGUAGE_WORD:
        break;
    }
    return MODE_FREE;
}

/* True when the letter leads from the set where the fresh character leads, which has been there
 * before: it means nothing to MQTT, and no glob waits for it. */
static bool is_like_fresh(const struct machine *m, const uint64_t *set, size_t letter)
{
    uint32_t symbol = m->alphabet[letter];
    if (letter == 0 || symbol == '/' || symbol == '+' || symbol == '#' || symbol == '$') {
        return false;
    }
    const uint64_t *advance = &m->advance[letter * m->n_words];
    for (size_t w = 0; w < m->n_words; w++) {
        if (((advance[w] ^ m->advance[w]) & set[w]) != 0) {
            return false;
        }
    }
    return true;
}

/* All sets that the node at `from` leads to; stops at the first accepting one. */
static enum status expand(struct machine *m, size_t from, bool *ret_accepts, struct why *why)
{
    for (size_t a = 0; a < m->n_alphabet && !*ret_accepts; a++) {
        struct move moves[MOVES_MAX];
        enum mode mode = m->nodes[from].mode;
        size_t n = moves_of[mode](mode, m->alphabet[a], moves);
        m->work += m->n_words;
        if (is_like_fresh(m, &m->sets[from * m->n_words], a)) {
            continue;
        }
        for (size_t i = 0; i < n && !*ret_accepts; i++) {
            const uint64_t *set = &m->sets[from * m->n_words];
            m->work += m->n_words + m->n_spans;
            if (m->work > m->work_max) {
                return why_set(why, STATUS_TOO_LARGE,
                               "the question is too large to be decided exactly: the policy has "
                               "too many wildcards");
            }
            memcpy(m->next, set, m->n_words * sizeof *set);
            if (moves[i].on_filter) {
                step(m, set, a, 0, m->n_filter_words);
            }
            if (moves[i].on_word) {
                step(m, set, a, m->n_filter_words, m->n_words);
            }
            uint32_t letter = m->alphabet[a];
            struct node node = {(int32_t)from, moves[i].on_filter ? letter : NO_SYMBOL,
                                moves[i].on_word ? letter : NO_SYMBOL, moves[i].to};
            TRY(keep_next(m, node, ret_accepts, why));
        }
    }
    return STATUS_OK;
}

/* The letters on the way to the last node, for one tape. */
static enum status spell(const struct machine *m, bool on_filter, const uint32_t **ret,
                         size_t *ret_n, struct why *why)
{
    uint32_t *letters = NEW_ARRAY(m->mem, uint32_t, m->n_nodes);
    TRY_PTR(letters);
    size_t n = 0;
    for (int32_t i = (int32_t)m->n_nodes - 1; i != NO_PARENT; i = m->nodes[i].parent) {
        uint32_t letter = on_filter ? m->nodes[i].on_filter : m->nodes[i].on_word;
        if (letter != NO_SYMBOL) {
            letters[n++] = letter;
        }
    }
    for (size_t i = 0; i < n / 2; i++) {
        uint32_t other = letters[i];
        letters[i] = letters[n - 1 - i];
        letters[n - 1 - i] = other;
    }
    *ret = letters;
    *ret_n = n;
    return STATUS_OK;
}

/* Moves the first set over text that precedes the word proper. */
static enum status skip_prefix(struct machine *m, const char *text, size_t from, size_t to,
                               struct why *why)
{
    uint64_t *set = NEW_ARRAY(m->mem, uint64_t, m->n_words);
    TRY_PTR(set);
    for (; text != NULL && *text != '\0'; text++) {
        size_t letter = letter_of(m, (unsigned char)*text);
        memcpy(set, m->next, m->n_words * sizeof *set);
        step(m, set, letter, from, to);
        close_set(m, m->next);
    }
    return STATUS_OK;
}

enum status language_shortest(struct arena *mem, const struct language_query *query,
                              struct language_answer *ret, struct why *why)
{
    struct machine m = {.mem = mem};
    bool accepts = false;
    m.paired = query->kind == LANGUAGE_DELIVERY || query->kind == LANGUAGE_SHARED;
    m.work_max = query->work_left == NULL ? LANGUAGE_WORK_MAX : *query->work_left;
    TRY(machine_init(&m, query, why));
    m.work = m.n_alphabet * m.n_words;
    for (size_t g = 0; g < m.n_spans; g++) {
        bit_put(m.next, m.spans[g].first);
    }
    close_set(&m, m.next);
    TRY(skip_prefix(&m, query->filter_prefix, 0, m.n_filter_words, why));
    TRY(skip_prefix(&m, query->word_prefix, m.n_filter_words, m.n_words, why));
    struct node start = {NO_PARENT, NO_SYMBOL, NO_SYMBOL, first_mode(query->kind)};
    TRY(keep_next(&m, start, &accepts, why));
    for (size_t i = 0; i < m.n_nodes && !accepts; i++) {
        TRY(expand(&m, i, &accepts, why));
    }
    if (query->work_left != NULL) {
        *query->work_left -= m.work < m.work_max ? m.work : m.work_max;
    }
    struct language_answer answer = {.found = accepts};
    if (accepts) {
        TRY(spell(&m, false, &answer.word, &answer.n_word, why));
        TRY(spell(&m, true, &answer.filter, &answer.n_filter, why));
    }
    *ret = answer;
    return STATUS_OK;
}
