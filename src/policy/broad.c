#include "policy/broad.h"

#include "base/buf.h"
#include "policy/globs_priv.h"

#include "base/banned.h"

enum { WITNESS_MAX = 64 << 10 };

#define ANY_NAME "<any>"

/* The ways in which a resource can begin when it is a stranger's. After the text stands the
 * stranger's name, or for topic filters a whole level `+`, or a closing `#`. */
struct head {
    struct str text;
    bool name;
    bool plus;
    bool hash;
};

#define FILTER_HEADS(type)                                                                         \
    {STR_INIT(type "$aws/things/"), true, true, true},                                             \
        {STR_INIT(type "+/things/"), true, true, true},                                            \
        {STR_INIT(type "$aws/+/"), true, true, true}, {STR_INIT(type "+/+/"), true, true, true},   \
        {STR_INIT(type "$aws/"), false, false, true}, {STR_INIT(type "+/"), false, false, true},   \
    {                                                                                              \
        STR_INIT(type), false, false, true                                                         \
    }

static const struct head client_heads[] = {{STR_INIT("client/"), true, false, false}};
static const struct head thing_heads[] = {{STR_INIT("thing/"), true, false, false}};
static const struct head topic_heads[] = {{STR_INIT("topic/$aws/things/"), true, false, false}};
static const struct head filter_heads[] = {FILTER_HEADS("topicfilter/")};
static const struct head filter_topic_heads[] = {FILTER_HEADS("topic/")};

struct heads {
    const struct head *items;
    size_t n;
};

#define HEADS(array)                                                                               \
    {                                                                                              \
        (array), sizeof(array) / sizeof(array)[0]                                                  \
    }

/* By type of the action's resource. */
static const struct heads heads_of_type[POLICY_TYPE_COUNT] = {
    [POLICY_TYPE_CLIENT] = HEADS(client_heads),
    [POLICY_TYPE_TOPIC] = HEADS(topic_heads),
    [POLICY_TYPE_TOPICFILTER] = HEADS(filter_heads),
    [POLICY_TYPE_THING] = HEADS(thing_heads),
};
static const struct heads heads_of_wrong_type = HEADS(filter_topic_heads);

uint64_t policy_broad_data_plane(void)
{
    return policy_class_set(POLICY_CLASS_DATA);
}

/* A place in the tokens of a resource. */
struct place {
    const struct policy_token *token;
    const struct policy_token *end;
    size_t offset; /* into a literal */
};

static struct place place_first(const struct policy_rest *rest)
{
    return (struct place){rest->tokens, rest->tokens + rest->n_tokens, rest->offset};
}

static const struct policy_token *place_token(const struct place *p)
{
    return p->token < p->end ? p->token : NULL;
}

static void place_skip(struct place *p)
{
    p->token++;
    p->offset = 0;
}

enum reached { REACHED_NOT, REACHED_END, REACHED_STAR };

/* Follows the pattern through the text of a head. REACHED_STAR: a `*` was met on the way, which can
 * take the rest of the head and all that follows; *p is then at that star. */
static inline enum reached follow(struct place *p, struct str head)
{
    size_t i = 0;
    while (i < head.len) {
        const struct policy_token *token = place_token(p);
        if (token == NULL || token->kind == POLICY_VARIABLE) {
            return REACHED_NOT;
        }
        if (token->kind == POLICY_STAR) {
            return REACHED_STAR;
        }
        if (token->kind == POLICY_ANY) {
            i++;
            place_skip(p);
            continue;
        }
        size_t left = token->text.len - p->offset;
        size_t n = left < head.len - i ? left : head.len - i;
        if (memcmp(token->text.ptr + p->offset, head.ptr + i, n) != 0) {
            return REACHED_NOT;
        }
        i += n;
        p->offset += n;
        if (p->offset == token->text.len) {
            place_skip(p);
        }
    }
    return REACHED_END;
}

/* True when one character c may stand at the place; moves behind it. A `*` does not move. */
static bool take_character(struct place *p, char c)
{
    const struct policy_token *token = place_token(p);
    if (token == NULL || token->kind == POLICY_VARIABLE) {
        return false;
    }
    if (token->kind == POLICY_LITERAL) {
        if (token->text.ptr[p->offset] != c) {
            return false;
        }
        if (++p->offset == token->text.len) {
            place_skip(p);
        }
    } else if (token->kind == POLICY_ANY) {
        place_skip(p);
    }
    return true;
}

/* True when the text may end at the place. */
static bool may_end(struct place p)
{
    while (place_token(&p) != NULL && place_token(&p)->kind == POLICY_STAR) {
        place_skip(&p);
    }
    return place_token(&p) == NULL;
}

/* How a stranger was found: the head, what stands after it, and the place in the pattern from which
 * the witness goes on. */
struct finding {
    const struct head *head;
    char then; /* 0: a name; '+'; '#' */
    struct place place;
};

/* True when a stranger's name may stand at the place: nothing there says otherwise. `tied` says
 * that
 * ${iot:ClientId} is no free choice. */
static bool name_may_stand(struct place p, bool tied)
{
    const struct policy_token *token = p.token;
    if (token->kind == POLICY_VARIABLE) {
        place_skip(&p);
        return token->key == POLICY_KEY_CLIENT_ID && !tied && may_end(p);
    }
    return token->kind != POLICY_LITERAL;
}

/* True when a whole level `+`, or a closing `#`, may stand at the place, as the head allows. */
static bool wildcard_may_stand(struct place p, const struct head *head, struct finding *ret)
{
    struct place behind = p;
    if (head->plus && take_character(&behind, '+')) {
        struct place slash = behind;
        *ret = (struct finding){head, '+', behind};
        if (may_end(behind) || take_character(&slash, '/')) {
            return true;
        }
    }
    behind = p;
    if (head->hash && take_character(&behind, '#') && may_end(behind)) {
        *ret = (struct finding){head, '#', behind};
        return true;
    }
    return false;
}

/* True when the pattern describes a stranger's resource that begins with the head. */
static bool head_reached(const struct policy_rest *rest, const struct head *head, bool tied,
                         struct finding *ret)
{
    struct place p = place_first(rest);
    enum reached reached = follow(&p, head->text);
    if (reached == REACHED_NOT || place_token(&p) == NULL) {
        return false;
    }
    if (reached == REACHED_STAR && !head->name) {
        return false; /* the head with the name, tried before, has been reached by the same star */
    }
    if (head->name && name_may_stand(p, tied)) {
        *ret = (struct finding){head, 0, p};
        return true;
    }
    return (head->plus || head->hash) && wildcard_may_stand(p, head, ret);
}

/* True when some of several heads can be reached: the last one is the type alone, all others begin
 * with it, and one of `$ + #` follows. */
static bool may_reach_heads(const struct policy_rest *rest, const struct heads *heads)
{
    struct place p = place_first(rest);
    enum reached reached = follow(&p, heads->items[heads->n - 1].text);
    const struct policy_token *token = place_token(&p);
    if (reached == REACHED_NOT || token == NULL || token->kind != POLICY_LITERAL) {
        return reached != REACHED_NOT && token != NULL;
    }
    char next = token->text.ptr[p.offset];
    return next == '$' || next == '+' || next == '#';
}

static bool any_head_reached(const struct policy_rest *rest, const struct heads *heads, bool tied,
                             struct finding *ret)
{
    if (heads->n > 1 && !may_reach_heads(rest, heads)) {
        return false;
    }
    for (size_t i = 0; i < heads->n; i++) {
        if (head_reached(rest, &heads->items[i], tied, ret)) {
            return true;
        }
    }
    return false;
}

/* The heads that the pattern reaches for the action; for Subscribe the right type of resource
 * first, then the wrong one. NULL when none. */
static const struct heads *heads_reached(const struct policy_rest *rest, enum policy_type type,
                                         bool tied, struct finding *ret)
{
    const struct heads *heads = &heads_of_type[type];
    if (any_head_reached(rest, heads, tied, ret)) {
        return heads;
    }
    if (type == POLICY_TYPE_TOPICFILTER &&
        any_head_reached(rest, &heads_of_wrong_type, tied, ret)) {
        return &heads_of_wrong_type;
    }
    return NULL;
}

/* What the actions of one document share. */
struct judge {
    struct arena *mem;
    const struct policy_doc *doc;
    uint64_t denied; /* actions with an unconditional Deny */
    uint64_t work_left;
    bool lettered;
    struct globs_letters letters; /* for further fresh characters, once needed */
};

static const struct globs_letters *judge_letters(struct judge *j)
{
    if (!j->lettered) {
        j->letters = globs_fresh_letters(j->doc, STR_ABSENT);
        j->lettered = true;
    }
    return &j->letters;
}

/* The rest of the pattern in the shortest way it can be filled. */
static void put_rest(struct judge *j, struct buf *out, struct place p)
{
    for (const struct policy_token *t = place_token(&p); t != NULL; t = place_token(&p)) {
        if (t->kind == POLICY_LITERAL) {
            buf_put_str(out, str_slice(t->text, p.offset, t->text.len));
        } else if (t->kind == POLICY_ANY) {
            buf_put_char(out, judge_letters(j)->of[0]);
        } else if (t->kind == POLICY_VARIABLE) {
            buf_put_str(out, STR("${"));
            buf_put_str(out, t->text);
            buf_put_char(out, '}');
        }
        place_skip(&p);
    }
}

static enum status witness_of_finding(struct judge *j, const struct finding *finding,
                                      struct str *ret, struct why *why)
{
    struct buf out;
    struct place p = finding->place;
    const struct policy_token *token = place_token(&p);
    bool open = p.end[-1].kind == POLICY_STAR;
    buf_init(&out, j->mem, WITNESS_MAX);
    buf_put_str(&out, finding->head->text);
    if (finding->then != 0) {
        buf_put_char(&out, finding->then);
    } else {
        buf_put_str(&out, STR(ANY_NAME));
        if (token->kind != POLICY_STAR) {
            place_skip(&p); /* the `?` or the variable has taken the name's first character */
        }
    }
    put_rest(j, &out, p);
    if (open && finding->then == 0 && str_starts(finding->head->text, STR("topic"))) {
        buf_put_str(&out, STR("/shadow/update")); /* the closing `*` takes it: a topic that hurts */
    }
    return buf_finish(&out, ret, why);
}

/* The globs of all that the heads stand for. */
static enum status stranger_globs(struct globs *globs, const struct heads *heads,
                                  struct language_term *ret, struct why *why)
{
    struct language_glob *items = NEW_ARRAY(globs->mem, struct language_glob, 4 * heads->n);
    TRY_PTR(items);
    size_t n = 0;
    for (size_t i = 0; i < heads->n; i++) {
        const struct head *head = &heads->items[i];
        if (head->name) {
            TRY(globs_of_text(globs, head->text, STR("?*"), true, &items[n], why));
            uint32_t *fresh = NEW_ARRAY(globs->mem, uint32_t, items[n].n);
            TRY_PTR(fresh);
            memcpy(fresh, items[n].symbols, items[n].n * sizeof *fresh);
            fresh[items[n].n - 2] = SYMBOL_FRESH;
            items[n++].symbols = fresh;
        }
        if (head->plus) {
            TRY(globs_of_text(globs, head->text, STR("+"), false, &items[n++], why));
            TRY(globs_of_text(globs, head->text, STR("+/*"), true, &items[n++], why));
        }
        if (head->hash) {
            TRY(globs_of_text(globs, head->text, STR("#"), false, &items[n++], why));
        }
    }
    *ret = (struct language_term){items, n, false};
    return STATUS_OK;
}

/* The exact question, with all Deny statements: does the term allow a stranger's resource? */
static enum status ask_exactly(struct judge *j, enum policy_action action, struct globs *globs,
                               const struct heads *heads, const struct language_term *allow,
                               struct str *ret_witness, bool *ret_found, struct why *why)
{
    struct language_term strangers;
    struct language_answer answer;
    struct language_query query = {.kind = LANGUAGE_WORD, .work_left = &j->work_left};
    TRY(stranger_globs(globs, heads, &strangers, why));
    TRY(globs_of_doc(globs, j->doc, POLICY_DENY, action, true, &query.word.deny, &query.word.n_deny,
                     NULL, why));
    query.word.must = &strangers;
    query.word.n_must = 1;
    query.word.allow = allow;
    query.word.n_allow = 1;
    TRY(language_shortest(j->mem, &query, &answer, why));
    *ret_found = answer.found;
    return answer.found ? globs_text(globs, answer.word, answer.n_word, STR(ANY_NAME),
                                     judge_letters(j), ret_witness, why)
                        : STATUS_OK;
}

/* The first resource of the statement that describes a stranger, no denial considered. */
static bool find_reaching(const struct policy_statement *s, enum policy_type type, size_t from,
                          struct policy_rest *rest, struct finding *finding, size_t *ret_index,
                          const struct heads **ret_heads)
{
    bool tied = type != POLICY_TYPE_CLIENT || policy_statement_attached(s);
    for (size_t i = from; i < s->n_resources; i++) {
        if (policy_pattern_rest(&s->resources[i], true, rest) && rest->n_tokens > 0) {
            *ret_heads = heads_reached(rest, type, tied, finding);
            if (*ret_heads != NULL) {
                *ret_index = i;
                return true;
            }
        }
    }
    return false;
}

/* As find_reaching, and no unconditional denial takes all of it back. */
static enum status find_undenied(struct judge *j, const struct policy_statement *s,
                                 enum policy_action action, struct policy_broad_fact *fact,
                                 bool *ret_found, struct why *why)
{
    const struct heads *heads = NULL;
    struct policy_rest rest;
    struct finding finding;
    size_t i = 0;
    *ret_found = false;
    for (size_t from = 0; !*ret_found && find_reaching(s, policy_actions[action].type, from, &rest,
                                                       &finding, &i, &heads);
         from = i + 1) {
        struct globs globs = {.mem = j->mem, .drop_slash = true};
        struct language_glob glob;
        bool any = false;
        TRY(globs_of_pattern(&globs, s, &s->resources[i], action, &glob, &any, why));
        struct language_term allow = {&glob, any, false};
        fact->resource = s->resources[i].text;
        TRY(ask_exactly(j, action, &globs, heads, &allow, &fact->witness, ret_found, why));
    }
    return STATUS_OK;
}

static enum status judge_not_resource(struct judge *j, const struct policy_statement *statement,
                                      enum policy_action action, struct policy_broad_fact *fact,
                                      bool *ret_found, struct why *why)
{
    const struct heads *heads = &heads_of_type[policy_actions[action].type];
    struct globs globs = {.mem = j->mem, .drop_slash = true};
    struct language_term allow;
    fact->resource = statement->resources[0].text;
    TRY(globs_of_statement(&globs, statement, action, &allow, why));
    return ask_exactly(j, action, &globs, heads, &allow, &fact->witness, ret_found, why);
}

/* Facts by action, while they are found. */
struct found {
    struct policy_broad_fact facts[POLICY_ACTION_COUNT];
    uint64_t actions;
};

static enum policy_action first_action(uint64_t actions)
{
    return (enum policy_action)__builtin_ctzll(actions);
}

/* Actions where only the automata can tell: one by one. */
static enum status judge_exactly(struct judge *j, uint32_t index, uint64_t actions,
                                 struct found *found, struct why *why)
{
    const struct policy_statement *s = &j->doc->statements[index];
    for (; actions != 0; actions &= actions - 1) {
        enum policy_action action = first_action(actions);
        struct policy_broad_fact fact = {action, index, s->not_resource, STR_ABSENT, STR_ABSENT};
        bool broad = false;
        if (s->not_resource) {
            TRY(judge_not_resource(j, s, action, &fact, &broad, why));
        } else {
            TRY(find_undenied(j, s, action, &fact, &broad, why));
        }
        if (broad) {
            found->facts[action] = fact;
            found->actions |= policy_action_bit(action);
        }
    }
    return STATUS_OK;
}

/* Actions of one type of resource that nothing denies: one look for all of them. */
static enum status judge_by_head(struct judge *j, uint32_t index, uint64_t actions,
                                 enum policy_type type, struct found *found, struct why *why)
{
    const struct policy_statement *s = &j->doc->statements[index];
    const struct heads *heads = NULL;
    struct policy_rest rest;
    struct finding finding;
    struct str witness;
    size_t i = 0;
    if (!find_reaching(s, type, 0, &rest, &finding, &i, &heads)) {
        return STATUS_OK;
    }
    TRY(witness_of_finding(j, &finding, &witness, why));
    for (; actions != 0; actions &= actions - 1) {
        enum policy_action action = first_action(actions);
        found->facts[action] =
            (struct policy_broad_fact){action, index, false, s->resources[i].text, witness};
        found->actions |= policy_action_bit(action);
    }
    return STATUS_OK;
}

#define TYPE_BIT(name, text, class, type, jobs)                                                    \
    +((POLICY_TYPE_##type == TYPE) ? UINT64_C(1) << POLICY_##name : 0)

/* The actions of each type that a stranger's resource can have. */
static const uint64_t actions_of_type[POLICY_TYPE_COUNT] = {
#define TYPE POLICY_TYPE_CLIENT
    [TYPE] = POLICY_ACTION_LIST(TYPE_BIT),
#undef TYPE
#define TYPE POLICY_TYPE_TOPIC
    [TYPE] = POLICY_ACTION_LIST(TYPE_BIT),
#undef TYPE
#define TYPE POLICY_TYPE_TOPICFILTER
    [TYPE] = POLICY_ACTION_LIST(TYPE_BIT),
#undef TYPE
#define TYPE POLICY_TYPE_THING
    [TYPE] = POLICY_ACTION_LIST(TYPE_BIT),
#undef TYPE
};

/* All of these. */
static uint64_t stranger_actions(void)
{
    return actions_of_type[POLICY_TYPE_CLIENT] | actions_of_type[POLICY_TYPE_TOPIC] |
           actions_of_type[POLICY_TYPE_TOPICFILTER] | actions_of_type[POLICY_TYPE_THING];
}

/* actions have strangers' resources. */
static enum status judge_statement(struct judge *j, uint32_t index, uint64_t actions,
                                   struct found *found, struct why *why)
{
    uint64_t by_head = j->doc->statements[index].not_resource ? 0 : actions & ~j->denied;
    TRY(judge_exactly(j, index, actions & ~by_head, found, why));
    while (by_head != 0) {
        enum policy_type type = policy_actions[first_action(by_head)].type;
        uint64_t group = by_head & actions_of_type[type];
        TRY(judge_by_head(j, index, group, type, found, why));
        by_head &= ~group;
    }
    return STATUS_OK;
}

static uint64_t denied_actions(const struct policy_doc *doc)
{
    uint64_t denied = 0;
    for (size_t i = 0; i < doc->n_statements; i++) {
        const struct policy_statement *s = &doc->statements[i];
        denied |= s->effect == POLICY_DENY && s->n_conditions == 0 ? s->actions : 0;
    }
    return denied;
}

enum status policy_broad_find(struct arena *mem, const struct policy_doc *doc, uint64_t actions,
                              const struct policy_broad_fact **ret, size_t *ret_n, struct why *why)
{
    struct judge j = {
        .mem = mem, .doc = doc, .denied = denied_actions(doc), .work_left = LANGUAGE_WORK_MAX};
    struct found found;
    found.actions = 0;
    actions &= stranger_actions();
    for (size_t i = 0; i < doc->n_statements; i++) {
        const struct policy_statement *s = &doc->statements[i];
        uint64_t open = s->actions & actions & ~found.actions;
        if (s->effect == POLICY_ALLOW && open != 0) {
            TRY(judge_statement(&j, (uint32_t)i, open, &found, why));
        }
    }
    struct policy_broad_fact *facts = NULL;
    size_t n = 0;
    if (found.actions != 0) {
        facts =
            NEW_ARRAY(mem, struct policy_broad_fact, (size_t)__builtin_popcountll(found.actions));
        TRY_PTR(facts);
    }
    for (uint64_t left = found.actions; left != 0; left &= left - 1) {
        facts[n++] = found.facts[first_action(left)];
    }
    *ret = facts;
    *ret_n = n;
    return STATUS_OK;
}

bool policy_allows_anywhere(const struct policy_doc *doc, struct str action)
{
    bool allowed = false;
    for (size_t i = 0; i < doc->n_statements; i++) {
        const struct policy_statement *s = &doc->statements[i];
        if (!policy_statement_covers(s, action)) {
            continue;
        }
        if (s->effect == POLICY_ALLOW) {
            allowed = true;
            continue;
        }
        for (size_t r = 0; r < s->n_resources && s->n_conditions == 0 && !s->not_resource; r++) {
            if (str_eq(s->resources[r].text, STR("*"))) {
                return false;
            }
        }
    }
    return allowed;
}
