/* reach.c: bounds from above, then values from the texts at hand.
 *
 * First every variable is whatever allows most (GLOBS_ABOVE): if nothing is reachable then, nothing
 * ever is. Else values are tried: words of characters of their own, and all pieces of the pattern's
 * and the policy's own texts that stand where the variable stands. Each trial is decided exactly.
 */
#include "policy/reach.h"

#include "policy/globs_priv.h"

#include "base/banned.h"

enum {
    CANDIDATES_MAX = 96,
    TRIALS_MAX = 512,
    UNKNOWN_MAX = 16,
    VALUE_MAX = 128,
    PATTERN_MAX = 1024
};

struct kind_row {
    enum language_kind language;
    enum policy_action action;
    const char *prefix;
    const char *noun;
};

static const struct kind_row kinds[] = {
    [POLICY_REACH_RECEIVE] = {LANGUAGE_DELIVERY, POLICY_RECEIVE, "topic/", "topic"},
    [POLICY_REACH_PUBLISH] = {LANGUAGE_TOPIC, POLICY_PUBLISH, "topic/", "topic"},
    [POLICY_REACH_SUBSCRIBE] = {LANGUAGE_FILTER, POLICY_SUBSCRIBE, "topicfilter/", "topic filter"},
    [POLICY_REACH_CONNECT] = {LANGUAGE_WORD, POLICY_CONNECT, "client/", "client id"},
};

struct candidate {
    const uint32_t *symbols;
    size_t n;
};

struct variable {
    struct policy_key key;
    struct candidate candidates[CANDIDATES_MAX];
    size_t n;
};

struct question {
    struct arena *mem;
    const struct policy_doc *doc;
    const struct kind_row *row;
    struct str pattern;
    struct variable *variables[POLICY_REACH_VALUES_MAX];
    size_t n_variables;
    bool incomplete; /* not all values could be tried */
    size_t longest_unknown;
    uint64_t work_left; /* of all walks together */
    struct globs_letters letters;
};

static bool relevant(const struct question *q, const struct policy_statement *s)
{
    uint64_t actions = policy_action_bit(q->row->action);
    if (q->row->language == LANGUAGE_DELIVERY) {
        actions |= policy_action_bit(POLICY_SUBSCRIBE);
    }
    return (s->actions & actions) != 0;
}

/* Building the query */

struct parts {
    struct globs globs;
    struct language_glob pattern;
    struct language_term must[2]; /* the pattern, and in some questions a denial */
    struct language_query query;
    const uint32_t *word_statements; /* of the allow terms */
    const uint32_t *filter_statements;
};

static enum status put_tape(struct question *q, struct parts *p, enum policy_action action,
                            bool denials, struct language_tape *tape, const uint32_t **statements,
                            struct why *why)
{
    TRY(globs_of_doc(&p->globs, q->doc, POLICY_ALLOW, action, false, &tape->allow, &tape->n_allow,
                     statements, why));
    return denials ? globs_of_doc(&p->globs, q->doc, POLICY_DENY, action, true, &tape->deny,
                                  &tape->n_deny, NULL, why)
                   : STATUS_OK;
}

/* p->globs says how variables are read; it has been filled. */
static enum status build(struct question *q, struct parts *p, bool denials, struct why *why)
{
    p->query = (struct language_query){
        .kind = q->row->language, .word_prefix = q->row->prefix, .work_left = &q->work_left};
    TRY(globs_of_text(&p->globs, str_from(q->row->prefix), q->pattern, true, &p->pattern, why));
    p->must[0] = (struct language_term){&p->pattern, 1, false};
    p->query.word.must = p->must;
    p->query.word.n_must = 1;
    if (q->row->language == LANGUAGE_DELIVERY) {
        p->query.filter_prefix = "topicfilter/";
        TRY(put_tape(q, p, POLICY_SUBSCRIBE, denials, &p->query.filter, &p->filter_statements,
                     why));
    }
    return put_tape(q, p, q->row->action, denials, &p->query.word, &p->word_statements, why);
}

/* What a shared filter begins with, and what it is judged by. */
#define SHARED "$share/"

/* Adds the topics that no shared filter brings to those denied. */
static enum status deny_reserved(struct question *q, struct parts *p, struct language_tape *tape,
                                 struct why *why)
{
    struct language_glob *globs = NEW_ARRAY(q->mem, struct language_glob, 2);
    struct language_term *deny = NEW_ARRAY(q->mem, struct language_term, tape->n_deny + 1);
    TRY_PTR(globs);
    TRY_PTR(deny);
    TRY(globs_of_text(&p->globs, STR("topic/$aws"), STR(""), false, &globs[0], why));
    TRY(globs_of_text(&p->globs, STR("topic/$aws/"), STR("*"), true, &globs[1], why));
    for (size_t i = 0; i < tape->n_deny; i++) {
        deny[i] = tape->deny[i];
    }
    deny[tape->n_deny++] = (struct language_term){globs, 2, false};
    tape->deny = deny;
    return STATUS_OK;
}

/* The same question of shared filters. The answer's filter has its whole name. */
static enum status ask_shared(struct question *q, struct parts *p, struct language_answer *ret,
                              struct why *why)
{
    enum { N = sizeof SHARED - 1 };
    struct language_query query = p->query;
    query.kind = LANGUAGE_SHARED;
    query.filter_prefix = "topicfilter/" SHARED;
    TRY(deny_reserved(q, p, &query.word, why));
    TRY(language_shortest(q->mem, &query, ret, why));
    if (!ret->found) {
        return STATUS_OK;
    }
    uint32_t *filter = NEW_ARRAY(q->mem, uint32_t, N + ret->n_filter);
    TRY_PTR(filter);
    for (size_t i = 0; i < N; i++) {
        filter[i] = (unsigned char)SHARED[i];
    }
    memcpy(filter + N, ret->filter, ret->n_filter * sizeof *filter);
    ret->filter = filter;
    ret->n_filter += N;
    return STATUS_OK;
}

/* A plain filter is the better witness; only where none delivers are shared ones asked about. */
static enum status ask(struct question *q, struct parts *p, struct language_answer *ret,
                       struct why *why)
{
    TRY(language_shortest(q->mem, &p->query, ret, why));
    return ret->found || p->query.kind != LANGUAGE_DELIVERY ? STATUS_OK
                                                            : ask_shared(q, p, ret, why);
}

static enum status parts_new(struct question *q, enum globs_variables variables, struct parts **ret,
                             struct why *why)
{
    struct parts *p = NEW(q->mem, struct parts);
    TRY_PTR(p);
    p->globs.mem = q->mem;
    p->globs.variables = variables;
    *ret = p;
    return STATUS_OK;
}

/* Whether anything is reachable when every variable is a `*`. */
static enum status ask_above(struct question *q, bool denials, bool *ret, struct why *why)
{
    struct parts *p = NULL;
    struct language_answer answer;
    TRY(parts_new(q, GLOBS_ABOVE, &p, why));
    TRY(build(q, p, denials, why));
    TRY(ask(q, p, &answer, why));
    *ret = answer.found;
    return STATUS_OK;
}

/* Candidates for the values of variables */

static enum status variable_of(struct question *q, const struct policy_key *key,
                               struct variable **ret, struct why *why)
{
    for (size_t i = 0; i < q->n_variables; i++) {
        if (policy_key_eq(&q->variables[i]->key, key)) {
            *ret = q->variables[i];
            return STATUS_OK;
        }
    }
    if (q->n_variables == POLICY_REACH_VALUES_MAX) {
        return why_set(why, STATUS_TOO_LARGE,
                       "the question involves more than %d different policy variables",
                       POLICY_REACH_VALUES_MAX);
    }
    struct variable *v = NEW(q->mem, struct variable);
    uint32_t *unknown = NEW_ARRAY(q->mem, uint32_t, UNKNOWN_MAX);
    TRY_PTR(v);
    TRY_PTR(unknown);
    for (size_t i = 0; i < UNKNOWN_MAX; i++) {
        unknown[i] = SYMBOL_FRESH + 1 + (uint32_t)q->n_variables;
    }
    for (size_t n = 1; n <= q->longest_unknown; n++) {
        v->candidates[v->n++] = (struct candidate){unknown, n};
    }
    v->key = *key;
    q->variables[q->n_variables++] = v;
    *ret = v;
    return STATUS_OK;
}

/* Names made of a character that occurs nowhere differ only in length, and length matters to `?`
 * alone: beyond the number of `?` in any one pattern all are alike. */
static size_t longest_unknown(const struct policy_doc *doc, struct str pattern)
{
    size_t longest = 0;
    for (size_t i = 0; i < doc->n_statements; i++) {
        for (size_t r = 0; r < doc->statements[i].n_resources; r++) {
            const struct policy_pattern *p = &doc->statements[i].resources[r];
            size_t n = 0;
            for (uint32_t t = 0; t < p->n_tokens; t++) {
                n += p->tokens[t].kind == POLICY_ANY;
            }
            longest = n > longest ? n : longest;
        }
    }
    size_t n = 0;
    for (size_t i = 0; i < pattern.len; i++) {
        n += pattern.ptr[i] == '?';
    }
    return (n > longest ? n : longest) + 1;
}

static bool is_name_character(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == ':';
}

/* What a thing can be called; and for other keys, what is ever put in the place of a variable. */
static bool may_be_in_value(const struct variable *v, uint32_t symbol)
{
    if (symbol == GLOB_STAR || symbol == GLOB_ANY) {
        return true;
    }
    if (v->key.kind == POLICY_KEY_THING_NAME || v->key.kind == POLICY_KEY_THING_TYPE) {
        return is_name_character(symbol);
    }
    return symbol != '$' && symbol != '+' && symbol != '#' && symbol < SYMBOL_OPAQUE;
}

static void candidate_add(struct question *q, struct variable *v, const uint32_t *symbols, size_t n)
{
    for (size_t i = 0; i < v->n; i++) {
        if (v->candidates[i].n == n &&
            memcmp(v->candidates[i].symbols, symbols, n * sizeof *symbols) == 0) {
            return;
        }
    }
    if (v->n == CANDIDATES_MAX) {
        q->incomplete = true;
        return;
    }
    v->candidates[v->n++] = (struct candidate){symbols, n};
}

/* A piece of a text as a value: `?` is some character, `*` some character or nothing. */
static enum status candidate_of_piece(struct question *q, struct variable *v, const uint32_t *from,
                                      size_t n, struct why *why)
{
    bool star = false;
    for (int with = 0; with < 2; with++) {
        uint32_t *symbols = NEW_ARRAY(q->mem, uint32_t, n);
        TRY_PTR(symbols);
        size_t len = 0;
        for (size_t i = 0; i < n; i++) {
            bool wild = from[i] == GLOB_ANY || from[i] == GLOB_STAR;
            star |= from[i] == GLOB_STAR;
            if (from[i] != GLOB_STAR || with == 1) {
                symbols[len++] = wild ? SYMBOL_FRESH : from[i];
            }
        }
        if (len > 0) {
            candidate_add(q, v, symbols, len);
        }
        if (!star) {
            break;
        }
    }
    return STATUS_OK;
}

/* The symbol of a literal that stands beside a variable; 0 when there is none or it is a wildcard.
 */
static uint32_t neighbor(const struct language_glob *glob, uint32_t at, int step)
{
    if ((step < 0 && at == 0) || (step > 0 && at + 1 >= glob->n)) {
        return 0;
    }
    uint32_t symbol = glob->symbols[step < 0 ? at - 1 : at + 1];
    return symbol < SYMBOL_FRESH ? symbol : 0;
}

static bool fits(const struct language_glob *text, size_t at, uint32_t beside)
{
    return at >= text->n || beside == 0 || text->symbols[at] == beside ||
           text->symbols[at] >= SYMBOL_FRESH;
}

/* All pieces of a text that stand between the same neighbors as the variable does. */
static enum status candidates_of_text(struct question *q, struct variable *v, uint32_t before,
                                      uint32_t after, const struct language_glob *text,
                                      struct why *why)
{
    for (size_t i = 0; i < text->n; i++) {
        if (i > 0 && !fits(text, i - 1, before)) {
            continue;
        }
        for (size_t j = i; j < text->n && j - i < VALUE_MAX; j++) {
            if (!may_be_in_value(v, text->symbols[j])) {
                break;
            }
            if (fits(text, j + 1, after)) {
                TRY(candidate_of_piece(q, v, text->symbols + i, j + 1 - i, why));
            }
        }
    }
    return STATUS_OK;
}

/* A glob without what its type of resource says. */
static struct language_glob without_type(struct language_glob glob)
{
    uint32_t i = 0;
    while (i < glob.n && glob.symbols[i] != '/' && glob.symbols[i] < SYMBOL_FRESH) {
        i++;
    }
    return i < glob.n && glob.symbols[i] == '/'
               ? (struct language_glob){glob.symbols + i + 1, glob.n - i - 1}
               : glob;
}

struct texts {
    struct language_glob *items; /* the pattern and the relevant resources, variables opaque */
    size_t n;
    struct globs globs;
};

static enum status texts_read(struct question *q, struct texts *ret, struct why *why)
{
    size_t n = 1;
    for (size_t i = 0; i < q->doc->n_statements; i++) {
        n += q->doc->statements[i].n_resources;
    }
    ret->globs = (struct globs){.mem = q->mem};
    ret->items = NEW_ARRAY(q->mem, struct language_glob, n);
    TRY_PTR(ret->items);
    TRY(globs_of_text(&ret->globs, STR(""), q->pattern, true, &ret->items[0], why));
    ret->n = 1;
    for (size_t i = 0; i < q->doc->n_statements; i++) {
        const struct policy_statement *s = &q->doc->statements[i];
        bool counts = relevant(q, s) || (s->actions & policy_action_bit(POLICY_CONNECT)) != 0;
        for (size_t r = 0; r < s->n_resources && counts; r++) {
            bool any = false;
            struct language_glob glob;
            TRY(globs_of_pattern(&ret->globs, s, &s->resources[r], POLICY_PUBLISH, &glob, &any,
                                 why));
            if (any) {
                ret->items[ret->n++] = without_type(glob);
            }
        }
    }
    return STATUS_OK;
}

static enum status candidates_of_glob(struct question *q, const struct texts *texts,
                                      const struct language_glob *glob, struct why *why)
{
    uint64_t seen = 0;
    for (uint32_t i = 0; i < glob->n; i++) {
        if (glob->symbols[i] < SYMBOL_OPAQUE || glob->symbols[i] >= GLOB_ANY) {
            continue;
        }
        struct variable *v = NULL;
        TRY(variable_of(q, &texts->globs.keys[glob->symbols[i] - SYMBOL_OPAQUE], &v, why));
        for (size_t t = 0; t < texts->n; t++) {
            TRY(candidates_of_text(q, v, neighbor(glob, i, -1), neighbor(glob, i, 1),
                                   &texts->items[t], why));
        }
        uint64_t bit = UINT64_C(1) << (glob->symbols[i] - SYMBOL_OPAQUE);
        q->incomplete |= (seen & bit) != 0;
        seen |= bit;
    }
    return STATUS_OK;
}

static enum status find_candidates(struct question *q, struct why *why)
{
    struct texts texts;
    TRY(texts_read(q, &texts, why));
    for (size_t t = 1; t < texts.n; t++) {
        TRY(candidates_of_glob(q, &texts, &texts.items[t], why));
    }
    return STATUS_OK;
}

/* Trials */

static size_t bind_trial(const struct question *q, const size_t *choice, struct glob_binding *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < q->n_variables; i++) {
        const struct candidate *c = &q->variables[i]->candidates[choice[i]];
        ret[n++] = (struct glob_binding){q->variables[i]->key, c->symbols, c->n};
    }
    return n;
}

/* The next combination, as an odometer turns; false after the last. */
static bool next_choice(const struct question *q, size_t *choice)
{
    for (size_t i = 0; i < q->n_variables; i++) {
        if (++choice[i] < q->variables[i]->n) {
            return true;
        }
        choice[i] = 0;
    }
    return false;
}

static bool has_connect(const struct policy_doc *doc)
{
    for (size_t i = 0; i < doc->n_statements; i++) {
        const struct policy_statement *s = &doc->statements[i];
        if (s->effect == POLICY_ALLOW && (s->actions & policy_action_bit(POLICY_CONNECT)) != 0) {
            return true;
        }
    }
    return false;
}

/* A client id is the device's choice, within what the policy lets it connect as; other variables of
 * those statements may be what they like. True also when the policy speaks of no Connect: another
 * one may. */
static enum status may_connect_as(struct question *q, const struct glob_binding *bindings, size_t n,
                                  bool *ret, struct why *why)
{
    const struct glob_binding *client = NULL;
    for (size_t i = 0; i < n; i++) {
        client = bindings[i].key.kind == POLICY_KEY_CLIENT_ID ? &bindings[i] : client;
    }
    *ret = true;
    if (client == NULL || q->row->action == POLICY_CONNECT || !has_connect(q->doc)) {
        return STATUS_OK;
    }
    struct globs globs = {
        .mem = q->mem, .bindings = bindings, .n_bindings = n, .variables = GLOBS_ABOVE};
    struct language_glob name;
    struct language_answer answer;
    TRY(globs_of_text(&globs, STR("client/"), STR_ABSENT, false, &name, why));
    uint32_t *symbols = NEW_ARRAY(q->mem, uint32_t, name.n + client->n);
    TRY_PTR(symbols);
    memcpy(symbols, name.symbols, name.n * sizeof *symbols);
    memcpy(symbols + name.n, client->symbols, client->n * sizeof *symbols);
    name = (struct language_glob){symbols, name.n + (uint32_t)client->n};
    struct language_term must = {&name, 1, false};
    struct language_query query = {
        .kind = LANGUAGE_WORD, .word = {.must = &must, .n_must = 1}, .work_left = &q->work_left};
    TRY(globs_of_doc(&globs, q->doc, POLICY_ALLOW, POLICY_CONNECT, false, &query.word.allow,
                     &query.word.n_allow, NULL, why));
    TRY(globs_of_doc(&globs, q->doc, POLICY_DENY, POLICY_CONNECT, true, &query.word.deny,
                     &query.word.n_deny, NULL, why));
    TRY(language_shortest(q->mem, &query, &answer, why));
    *ret = answer.found;
    return STATUS_OK;
}

/* The statement among the allow terms that describes the word found. */
static enum status find_allower(struct question *q, const struct language_tape *tape,
                                const uint32_t *statements, const char *prefix,
                                const uint32_t *word, size_t n, uint32_t *ret, struct why *why)
{
    size_t n_prefix = strlen(prefix);
    uint32_t *symbols = NEW_ARRAY(q->mem, uint32_t, n_prefix + n);
    TRY_PTR(symbols);
    for (size_t i = 0; i < n_prefix; i++) {
        symbols[i] = (unsigned char)prefix[i];
    }
    memcpy(symbols + n_prefix, word, n * sizeof *word);
    struct language_glob glob = {symbols, (uint32_t)(n_prefix + n)};
    struct language_term must = {&glob, 1, false};
    for (size_t i = 0; i < tape->n_allow; i++) {
        struct language_query query = {
            .kind = LANGUAGE_WORD,
            .word = {.must = &must, .n_must = 1, .allow = &tape->allow[i], .n_allow = 1},
        };
        struct language_answer answer;
        TRY(language_shortest(q->mem, &query, &answer, why));
        if (answer.found) {
            *ret = statements[i];
            return STATUS_OK;
        }
    }
    return why_set(why, STATUS_INTERNAL, "a witness is allowed by no statement");
}

static enum status report(struct question *q, struct parts *p, const struct language_answer *answer,
                          struct policy_reach *ret, struct why *why)
{
    struct policy_reach reach = {.reachable = true};
    TRY(globs_text(&p->globs, answer->word, answer->n_word, STR_ABSENT, &q->letters, &reach.word,
                   why));
    TRY(find_allower(q, &p->query.word, p->word_statements, q->row->prefix, answer->word,
                     answer->n_word, &reach.allowed_by, why));
    if (q->row->language == LANGUAGE_DELIVERY) {
        TRY(globs_text(&p->globs, answer->filter, answer->n_filter, STR_ABSENT, &q->letters,
                       &reach.filter, why));
        TRY(find_allower(q, &p->query.filter, p->filter_statements, "topicfilter/", answer->filter,
                         answer->n_filter, &reach.subscribed_by, why));
    }
    for (size_t i = 0; i < p->globs.n_bindings; i++) {
        const struct glob_binding *b = &p->globs.bindings[i];
        struct policy_reach_value *value = &reach.values[reach.n_values++];
        value->key = b->key.name;
        TRY(globs_text(&p->globs, b->symbols, b->n, STR_ABSENT, &q->letters, &value->value, why));
    }
    *ret = reach;
    return STATUS_OK;
}

static enum status try_values(struct question *q, const size_t *choice, struct policy_reach *ret,
                              bool *ret_found, struct why *why)
{
    struct parts *p = NULL;
    struct language_answer answer;
    bool connects = false;
    struct glob_binding *bindings = NEW_ARRAY(q->mem, struct glob_binding, POLICY_REACH_VALUES_MAX);
    TRY_PTR(bindings);
    TRY(parts_new(q, GLOBS_OPAQUE, &p, why));
    p->globs.bindings = bindings;
    p->globs.n_bindings = bind_trial(q, choice, bindings);
    *ret_found = false;
    TRY(may_connect_as(q, bindings, p->globs.n_bindings, &connects, why));
    if (!connects) {
        return STATUS_OK;
    }
    TRY(build(q, p, true, why));
    TRY(ask(q, p, &answer, why));
    *ret_found = answer.found;
    return answer.found ? report(q, p, &answer, ret, why) : STATUS_OK;
}

static enum status try_all(struct question *q, struct policy_reach *ret, bool *ret_found,
                           struct why *why)
{
    size_t choice[POLICY_REACH_VALUES_MAX] = {0};
    size_t trials = 0;
    *ret_found = false;
    do {
        if (++trials > TRIALS_MAX) {
            q->incomplete = true;
            break;
        }
        TRY(try_values(q, choice, ret, ret_found, why));
    } while (!*ret_found && next_choice(q, choice));
    return STATUS_OK;
}

/* Explaining "never" */

static bool any_allow(const struct policy_doc *doc, enum policy_action action)
{
    for (size_t i = 0; i < doc->n_statements; i++) {
        const struct policy_statement *s = &doc->statements[i];
        if (s->effect == POLICY_ALLOW && (s->actions & policy_action_bit(action)) != 0) {
            return true;
        }
    }
    return false;
}

/* Which half of a delivery is not allowed: a topic that may be received is sought alone. */
static enum status name_missing_allow(struct question *q, struct policy_reach *ret, struct why *why)
{
    ret->barrier = POLICY_BARRIER_NO_ALLOW;
    ret->action = q->row->action;
    if (q->row->language != LANGUAGE_DELIVERY) {
        return STATUS_OK;
    }
    static const struct kind_row alone = {LANGUAGE_TOPIC, POLICY_RECEIVE, "topic/", "topic"};
    struct question half = *q;
    bool received = false;
    half.row = &alone;
    TRY(ask_above(&half, false, &received, why));
    if (received) {
        ret->action = POLICY_SUBSCRIBE;
        ret->barrier = any_allow(q->doc, POLICY_SUBSCRIBE) ? POLICY_BARRIER_NO_DELIVERY
                                                           : POLICY_BARRIER_NO_ALLOW;
    }
    return STATUS_OK;
}

/* True when the statement denies something of what would be allowed otherwise. */
static enum status takes_back(struct question *q, const struct policy_statement *s,
                              enum policy_action action, bool *ret, struct why *why)
{
    struct parts *p = NULL;
    struct language_answer answer;
    *ret = false;
    if ((s->actions & policy_action_bit(action)) == 0) {
        return STATUS_OK;
    }
    TRY(parts_new(q, GLOBS_ABOVE, &p, why));
    TRY(build(q, p, false, why));
    p->globs.variables = GLOBS_STAR;
    TRY(globs_of_statement(&p->globs, s, action, &p->must[1], why));
    if (q->row->language == LANGUAGE_DELIVERY && action == POLICY_SUBSCRIBE) {
        p->query.filter.must = &p->must[1];
        p->query.filter.n_must = 1;
    } else {
        p->query.word.n_must = 2;
    }
    TRY(ask(q, p, &answer, why));
    *ret = answer.found;
    return STATUS_OK;
}

static enum status name_denials(struct question *q, struct policy_reach *ret, struct why *why)
{
    uint32_t *denials = NEW_ARRAY(q->mem, uint32_t, q->doc->n_statements);
    TRY_PTR(denials);
    ret->barrier = POLICY_BARRIER_DENIED;
    ret->action = q->row->action;
    for (size_t i = 0; i < q->doc->n_statements; i++) {
        const struct policy_statement *s = &q->doc->statements[i];
        bool denies = false;
        if (s->effect != POLICY_DENY || s->n_conditions > 0) {
            continue;
        }
        TRY(takes_back(q, s, q->row->action, &denies, why));
        if (!denies && q->row->language == LANGUAGE_DELIVERY) {
            TRY(takes_back(q, s, POLICY_SUBSCRIBE, &denies, why));
        }
        if (denies) {
            denials[ret->n_denied_by++] = (uint32_t)i;
        }
    }
    ret->denied_by = denials;
    return STATUS_OK;
}

static enum status explain_never(struct question *q, struct policy_reach *ret, struct why *why)
{
    bool allowed = false;
    *ret = (struct policy_reach){.reachable = false};
    TRY(ask_above(q, false, &allowed, why));
    return allowed ? name_denials(q, ret, why) : name_missing_allow(q, ret, why);
}

/* A pattern that describes nothing of its kind is a mistake, not a "never". */
static enum status check_pattern(struct question *q, struct why *why)
{
    struct globs globs = {.mem = q->mem};
    struct language_glob glob;
    struct language_glob all;
    struct language_answer answer;
    bool topic = q->row->language == LANGUAGE_DELIVERY || q->row->language == LANGUAGE_TOPIC;
    if (q->pattern.len == 0 || q->pattern.len > PATTERN_MAX || !str_is_utf8(q->pattern)) {
        return why_set(why, STATUS_INVALID, "a pattern is UTF-8 text of 1 to %d bytes",
                       PATTERN_MAX);
    }
    TRY(globs_of_text(&globs, STR(""), q->pattern, true, &glob, why));
    TRY(globs_of_text(&globs, STR(""), STR("*"), true, &all, why));
    struct language_term must = {&glob, 1, false};
    struct language_term allow = {&all, 1, false};
    struct language_query query = {
        .kind = topic ? LANGUAGE_TOPIC : q->row->language,
        .word = {.must = &must, .n_must = 1, .allow = &allow, .n_allow = 1},
    };
    TRY(language_shortest(q->mem, &query, &answer, why));
    if (!answer.found) {
        return why_set(why, STATUS_INVALID, "the pattern \"%.*s\" describes no %s%s",
                       STR_ARG(q->pattern), q->row->noun,
                       topic ? ": `+` and `#` are plain characters here, and no topic holds them; "
                               "the wildcards are `*` and `?`"
                             : "");
    }
    return STATUS_OK;
}

enum status policy_reach(struct arena *mem, const struct policy_doc *doc,
                         enum policy_reach_kind kind, struct str pattern, struct policy_reach *ret,
                         struct why *why)
{
    struct question q = {.mem = mem,
                         .doc = doc,
                         .row = &kinds[kind],
                         .pattern = pattern,
                         .work_left = LANGUAGE_WORK_MAX};
    bool possible = false;
    bool found = false;
    q.letters = globs_fresh_letters(doc, pattern);
    TRY(check_pattern(&q, why));
    TRY(ask_above(&q, true, &possible, why));
    if (!possible) {
        return explain_never(&q, ret, why);
    }
    q.longest_unknown = longest_unknown(doc, pattern);
    if (q.longest_unknown > UNKNOWN_MAX) {
        q.longest_unknown = UNKNOWN_MAX;
        q.incomplete = true;
    }
    TRY(find_candidates(&q, why));
    TRY(try_all(&q, ret, &found, why));
    if (found) {
        return STATUS_OK;
    }
    if (q.incomplete) {
        return why_set(why, STATUS_TOO_LARGE,
                       "it cannot be decided: the policy's variables allow too many values, and "
                       "none of those tried reaches the pattern");
    }
    return explain_never(&q, ret, why);
}
