#include "policy/role.h"

#include <stdio.h>

#include "policy/broad.h"
#include "policy/globs_priv.h"

#include "base/banned.h"

enum {
    ACTION_NAME_MAX = 64,
    WORK_BYTES_MAX = 2 * LANGUAGE_BYTES_MAX, /* of one question, with its globs */
};

#define ANY_NAME "<any>"

enum status policy_role_join(struct arena *mem, const struct policy_role_part *parts, size_t n,
                             struct policy_role *ret, struct why *why)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        total += parts[i].doc->n_statements;
    }
    struct policy_statement *statements = NEW_ARRAY(mem, struct policy_statement, total);
    struct policy_role_place *places = NEW_ARRAY(mem, struct policy_role_place, total);
    TRY_PTR(statements);
    TRY_PTR(places);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t s = 0; s < parts[i].doc->n_statements; s++) {
            statements[at] = parts[i].doc->statements[s];
            places[at++] = (struct policy_role_place){parts[i].name, (uint32_t)s};
        }
    }
    *ret = (struct policy_role){
        .all = {.id = STR_ABSENT, .statements = statements, .n_statements = total},
        .places = places,
    };
    return STATUS_OK;
}

/* ---- rights wherever they point -------------------------------------------------------------- */

/* The answer to "does this statement leave something of the action?", which depends on the Deny
 * statements that cover the action alone: neighbours have the same. */
struct memo {
    bool known;
    bool found;
    uint32_t *denied_by; /* indexes */
    size_t n_denied_by;
    struct str resource;
    struct str witness;
};

struct search {
    struct arena *mem;
    const struct policy_role *role;
    struct memo *memos;  /* one for each statement */
    uint32_t *denied_by; /* of the action that is looked at */
    size_t n_denied_by;
    struct policy_role_fact *facts;
    size_t n;
    size_t room;
};

static enum status add_fact(struct search *s, const struct policy_role_fact *fact, struct why *why)
{
    if (s->n == s->room) {
        size_t room = s->room == 0 ? 32 : 2 * s->room;
        struct policy_role_fact *grown =
            arena_grow(s->mem, s->facts, s->n * sizeof *grown, room * sizeof *grown);
        TRY_PTR(grown);
        s->facts = grown;
        s->room = room;
    }
    s->facts[s->n++] = *fact;
    return STATUS_OK;
}

/* The unconditional Deny statements that cover the action. */
static size_t denials(const struct policy_doc *doc, struct str action, uint32_t *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < doc->n_statements; i++) {
        const struct policy_statement *s = &doc->statements[i];
        if (s->effect == POLICY_DENY && s->n_conditions == 0 &&
            policy_statement_covers(s, action)) {
            ret[n++] = (uint32_t)i;
        }
    }
    return n;
}

/* The first resource of the statement that can be one of AWS IoT's; absent: none. */
static struct str iot_resource(const struct policy_statement *statement)
{
    for (size_t i = 0; i < statement->n_resources; i++) {
        struct policy_rest rest;
        if (policy_pattern_rest(&statement->resources[i], true, &rest)) {
            return statement->resources[i].text;
        }
    }
    return STR_ABSENT;
}

/* The exact question: a resource that the statement allows, and none of the denials takes. */
static enum status ask_resource(struct search *search, uint32_t index, struct memo *memo,
                                struct why *why)
{
    /* Which action it is matters to client ids alone (globs_priv.h). */
    const enum policy_action any_action = POLICY_LIST_THINGS;
    const struct policy_doc *doc = &search->role->all;
    AUTO_ARENA *work = arena_new(WORK_BYTES_MAX);
    TRY_PTR(work);
    struct globs globs = {.mem = work, .drop_slash = true};
    struct language_term allow;
    struct language_glob something;
    const struct language_term some = {&something, 1, false};
    struct language_answer answer;
    struct str witness;
    struct language_term *deny = NEW_ARRAY(work, struct language_term, memo->n_denied_by);
    TRY_PTR(deny);
    TRY(globs_of_text(&globs, STR(""), STR("?*"), true, &something, why));
    TRY(globs_of_statement(&globs, &doc->statements[index], any_action, &allow, why));
    for (size_t i = 0; i < memo->n_denied_by; i++) {
        TRY(globs_of_statement(&globs, &doc->statements[memo->denied_by[i]], any_action, &deny[i],
                               why));
    }
    const struct language_query query = {.kind = LANGUAGE_WORD,
                                         .word = {.must = &some,
                                                  .n_must = 1,
                                                  .allow = &allow,
                                                  .n_allow = 1,
                                                  .deny = deny,
                                                  .n_deny = memo->n_denied_by}};
    TRY(language_shortest(work, &query, &answer, why));
    memo->found = answer.found;
    if (!answer.found) {
        return STATUS_OK;
    }
    const struct globs_letters letters = globs_fresh_letters(doc, STR_ABSENT);
    TRY(globs_text(&globs, answer.word, answer.n_word, STR(ANY_NAME), &letters, &witness, why));
    return str_dup(search->mem, witness, &memo->witness, why);
}

static enum status judge_resource(struct search *search, uint32_t index, struct memo *memo,
                                  struct why *why)
{
    const struct policy_statement *s = &search->role->all.statements[index];
    struct str written = iot_resource(s);
    memo->resource = s->not_resource ? s->resources[0].text : written;
    memo->witness = written;
    memo->found = !str_absent(written);
    return s->not_resource || (memo->found && memo->n_denied_by > 0)
               ? ask_resource(search, index, memo, why)
               : STATUS_OK;
}

/* Whether statement `index` allows the action that is looked at, which it covers, on some resource.
 */
static enum status allows_somewhere(struct search *search, uint32_t index, const struct memo **ret,
                                    struct why *why)
{
    struct memo *memo = &search->memos[index];
    size_t n = search->n_denied_by;
    bool same = memo->known && memo->n_denied_by == n &&
                memcmp(memo->denied_by, search->denied_by, n * sizeof *memo->denied_by) == 0;
    if (!same) {
        memo->denied_by = NEW_ARRAY(search->mem, uint32_t, n);
        TRY_PTR(memo->denied_by);
        memcpy(memo->denied_by, search->denied_by, n * sizeof *memo->denied_by);
        memo->n_denied_by = n;
        TRY(judge_resource(search, index, memo, why));
        memo->known = true;
    }
    *ret = memo;
    return STATUS_OK;
}

/* Adds the right to one action, given without prefix, if the role has it. */
static enum status find_action(struct search *search, enum policy_right right, struct str name,
                               struct why *why)
{
    const struct policy_doc *doc = &search->role->all;
    char room[ACTION_NAME_MAX];
    int len = snprintf(room, sizeof room, "iot:%.*s", STR_ARG(name));
    const struct str action = {room, (size_t)len};
    search->n_denied_by = denials(doc, action, search->denied_by);
    for (uint32_t i = 0; i < doc->n_statements; i++) {
        const struct policy_statement *s = &doc->statements[i];
        const struct memo *memo = NULL;
        if (s->effect == POLICY_DENY || !policy_statement_covers(s, action)) {
            continue;
        }
        TRY(allows_somewhere(search, i, &memo, why));
        if (memo->found) {
            const struct policy_role_fact fact = {right,           name,           i,
                                                  s->not_resource, memo->resource, memo->witness};
            return add_fact(search, &fact, why);
        }
    }
    return STATUS_OK;
}

static enum status find_class(struct search *search, enum policy_right right,
                              enum policy_class class, struct why *why)
{
    for (uint64_t left = policy_class_set(class); left != 0; left &= left - 1) {
        TRY(find_action(search, right, policy_actions[__builtin_ctzll(left)].name, why));
    }
    return STATUS_OK;
}

static enum status find_admin(struct search *search, struct why *why)
{
    size_t at = 0;
    for (struct str name = policy_admin_next(&at); !str_absent(name);
         name = policy_admin_next(&at)) {
        TRY(find_action(search, POLICY_RIGHT_ADMIN, name, why));
    }
    return STATUS_OK;
}

static enum status find_broad(struct search *search, enum policy_right right,
                              enum policy_class class, struct why *why)
{
    const struct policy_broad_fact *broad = NULL;
    size_t n = 0;
    TRY(policy_broad_find(search->mem, &search->role->all, policy_class_set(class), &broad, &n,
                          why));
    for (size_t i = 0; i < n; i++) {
        const struct policy_role_fact fact = {right,
                                              policy_actions[broad[i].action].name,
                                              broad[i].statement,
                                              broad[i].not_resource,
                                              broad[i].resource,
                                              broad[i].witness};
        TRY(add_fact(search, &fact, why));
    }
    return STATUS_OK;
}

enum status policy_role_find(struct arena *mem, const struct policy_role *role,
                             const struct policy_role_fact **ret, size_t *ret_n, struct why *why)
{
    struct search search = {.mem = mem, .role = role};
    search.memos = NEW_ARRAY(mem, struct memo, role->all.n_statements);
    search.denied_by = NEW_ARRAY(mem, uint32_t, role->all.n_statements);
    TRY_PTR(search.memos);
    TRY_PTR(search.denied_by);
    TRY(find_broad(&search, POLICY_RIGHT_DATA_BROAD, POLICY_CLASS_DATA, why));
    TRY(find_broad(&search, POLICY_RIGHT_READ_BROAD, POLICY_CLASS_READ, why));
    TRY(find_class(&search, POLICY_RIGHT_READ, POLICY_CLASS_READ, why));
    TRY(find_class(&search, POLICY_RIGHT_WRITE, POLICY_CLASS_WRITE, why));
    TRY(find_class(&search, POLICY_RIGHT_ADMIN, POLICY_CLASS_UNASSIGNED, why));
    TRY(find_admin(&search, why));
    *ret = search.facts;
    *ret_n = search.n;
    return STATUS_OK;
}

/* ---- services -------------------------------------------------------------------------------- */

static enum status lower_dup(struct arena *mem, struct str text, struct str *ret, struct why *why)
{
    char *copy = arena_alloc(mem, text.len + 1);
    TRY_PTR(copy);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        copy[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    copy[text.len] = '\0';
    *ret = (struct str){copy, text.len};
    return STATUS_OK;
}

/* One text of an Action element. Actions are compared without regard to case. */
static enum status glob_of_action(struct globs *globs, struct str text, struct language_glob *ret,
                                  struct why *why)
{
    struct str folded;
    TRY(lower_dup(globs->mem, text, &folded, why));
    return globs_of_text(globs, STR(""), folded, true, ret, why);
}

static enum status term_of_actions(struct globs *globs, const struct policy_statement *statement,
                                   struct language_term *ret, struct why *why)
{
    struct language_glob *items = NEW_ARRAY(globs->mem, struct language_glob, statement->n_actions);
    TRY_PTR(items);
    for (size_t i = 0; i < statement->n_actions; i++) {
        TRY(glob_of_action(globs, statement->action_texts[i], &items[i], why));
    }
    *ret = (struct language_term){items, statement->n_actions, statement->not_action};
    return STATUS_OK;
}

static bool denies_everywhere(const struct policy_statement *s)
{
    bool everywhere = false;
    for (size_t i = 0; i < s->n_resources && !s->not_resource; i++) {
        everywhere = everywhere || str_eq(s->resources[i].text, STR("*"));
    }
    return s->effect == POLICY_DENY && s->n_conditions == 0 && everywhere;
}

/* The words that a question is about, and what takes them back: the same for all statements. */
struct asked {
    struct arena *mem;
    struct globs globs;
    struct language_term must[2]; /* the service; not the services excluded */
    struct language_term *deny;
    size_t n_deny;
};

static enum status asked_services(struct asked *asked, const struct policy_role_question *question,
                                  struct why *why)
{
    struct globs *globs = &asked->globs;
    struct language_glob *service = NEW(asked->mem, struct language_glob);
    struct language_glob *but = NEW_ARRAY(asked->mem, struct language_glob, question->n_but);
    TRY_PTR(service);
    TRY_PTR(but);
    TRY(str_absent(question->service)
            ? globs_of_text(globs, STR(""), STR("?*:?*"), true, service, why)
            : globs_of_text(globs, question->service, STR(":?*"), true, service, why));
    for (size_t i = 0; i < question->n_but; i++) {
        TRY(globs_of_text(globs, question->but[i], STR(":*"), true, &but[i], why));
    }
    asked->must[0] = (struct language_term){service, 1, false};
    asked->must[1] = (struct language_term){but, question->n_but, true};
    return STATUS_OK;
}

static enum status asked_init(struct asked *asked, const struct policy_doc *doc,
                              const struct policy_role_question *question, struct why *why)
{
    TRY(asked_services(asked, question, why));
    asked->deny = NEW_ARRAY(asked->mem, struct language_term, doc->n_statements);
    TRY_PTR(asked->deny);
    for (size_t i = 0; i < doc->n_statements; i++) {
        if (denies_everywhere(&doc->statements[i])) {
            TRY(term_of_actions(&asked->globs, &doc->statements[i], &asked->deny[asked->n_deny++],
                                why));
        }
    }
    return STATUS_OK;
}

static enum status ask_actions(const struct asked *asked, const struct language_term *allow,
                               bool *ret_found, struct why *why)
{
    const struct language_query query = {.kind = LANGUAGE_WORD,
                                         .word = {.must = asked->must,
                                                  .n_must = 2,
                                                  .allow = allow,
                                                  .n_allow = 1,
                                                  .deny = asked->deny,
                                                  .n_deny = asked->n_deny}};
    struct language_answer answer;
    TRY(language_shortest(asked->mem, &query, &answer, why));
    *ret_found = answer.found;
    return STATUS_OK;
}

/* The service that an action text speaks of; absent: "*", all of them. */
static struct str service_of(struct str action)
{
    size_t colon = str_find_char(action, ':', 0);
    return colon == action.len ? STR_ABSENT : str_slice(action, 0, colon);
}

/* True when the text is "*", or "service:*" of the service. */
static bool is_whole(struct str action, struct str service)
{
    struct str own = service_of(action);
    struct str rest = str_absent(own) ? action : str_slice(action, own.len + 1, action.len);
    size_t stars = 0;
    while (stars < rest.len && rest.ptr[stars] == '*') {
        stars++;
    }
    return stars == rest.len && (str_absent(own) || str_eq_nocase(own, service));
}

/* True when a NotAction leaves the whole service in. */
static bool excludes_nothing_of(const struct policy_statement *s, struct str service)
{
    bool spoken = false;
    for (size_t i = 0; i < s->n_actions; i++) {
        struct str own = service_of(s->action_texts[i]);
        spoken = spoken || str_absent(own) || str_eq_nocase(own, service);
    }
    return !spoken;
}

static enum status ask_statement(struct asked *asked, const struct policy_statement *s,
                                 const struct policy_role_question *question, struct str *ret_text,
                                 bool *ret_found, struct why *why)
{
    *ret_found = false;
    if (s->not_action) {
        struct language_term allow;
        if (question->whole && !excludes_nothing_of(s, question->service)) {
            return STATUS_OK;
        }
        *ret_text = s->action_texts[0];
        TRY(term_of_actions(&asked->globs, s, &allow, why));
        return ask_actions(asked, &allow, ret_found, why);
    }
    for (size_t i = 0; i < s->n_actions && !*ret_found; i++) {
        struct language_glob glob;
        const struct language_term allow = {&glob, 1, false};
        if (!question->whole || is_whole(s->action_texts[i], question->service)) {
            *ret_text = s->action_texts[i];
            TRY(glob_of_action(&asked->globs, s->action_texts[i], &glob, why));
            TRY(ask_actions(asked, &allow, ret_found, why));
        }
    }
    return STATUS_OK;
}

enum status policy_role_may(const struct policy_role *role,
                            const struct policy_role_question *question,
                            struct policy_role_grant *ret, bool *ret_found, struct why *why)
{
    AUTO_ARENA *work = arena_new(WORK_BYTES_MAX);
    TRY_PTR(work);
    struct asked asked = {.mem = work, .globs = {.mem = work}};
    bool found = false;
    TRY(asked_init(&asked, &role->all, question, why));
    for (uint32_t i = 0; i < role->all.n_statements && !found; i++) {
        const struct policy_statement *s = &role->all.statements[i];
        struct str text = STR_ABSENT;
        if (s->effect == POLICY_ALLOW) {
            TRY(ask_statement(&asked, s, question, &text, &found, why));
            *ret = found ? (struct policy_role_grant){i, s->not_action, text} : *ret;
        }
    }
    *ret_found = found;
    return STATUS_OK;
}

static bool is_among(const struct str *items, size_t n, struct str one)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(items[i], one)) {
            return true;
        }
    }
    return false;
}

enum status policy_role_services(struct arena *mem, const struct policy_role *role,
                                 const struct str **ret, size_t *ret_n, struct why *why)
{
    size_t n = 0;
    size_t room = 0;
    for (size_t i = 0; i < role->all.n_statements; i++) {
        room += role->all.statements[i].n_actions;
    }
    struct str *services = NEW_ARRAY(mem, struct str, room);
    TRY_PTR(services);
    for (size_t i = 0; i < role->all.n_statements; i++) {
        const struct policy_statement *s = &role->all.statements[i];
        for (size_t a = 0; a < s->n_actions && s->effect == POLICY_ALLOW && !s->not_action; a++) {
            struct str own = service_of(s->action_texts[a]);
            struct str folded;
            if (str_absent(own)) {
                continue;
            }
            TRY(lower_dup(mem, own, &folded, why));
            if (!is_among(services, n, folded)) {
                services[n++] = folded;
            }
        }
    }
    *ret = services;
    *ret_n = n;
    return STATUS_OK;
}
