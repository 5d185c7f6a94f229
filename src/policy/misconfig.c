#include "policy/misconfig.h"

#include "policy/globs_priv.h"

#include "base/banned.h"

/* True when the resource names topics or filters and holds `+` or `#` in its text. */
static bool holds_mqtt_wildcard(const struct policy_pattern *pattern)
{
    struct policy_rest rest;
    if (!policy_pattern_rest(pattern, true, &rest) || rest.n_tokens == 0 ||
        rest.tokens[0].kind != POLICY_LITERAL) {
        return false;
    }
    struct str head = rest.tokens[0].text;
    head = str_slice(head, rest.offset, head.len);
    if (!str_starts(head, STR("topic/")) && !str_starts(head, STR("topicfilter/"))) {
        return false;
    }
    for (uint32_t t = 0; t < rest.n_tokens; t++) {
        struct str text = rest.tokens[t].kind == POLICY_LITERAL ? rest.tokens[t].text : STR_ABSENT;
        if (str_find_char(text, '+', 0) < text.len || str_find_char(text, '#', 0) < text.len) {
            return true;
        }
    }
    return false;
}

static bool find_wildcard_in_deny(const struct policy_doc *doc, struct policy_misconfig_fact *ret)
{
    for (size_t i = 0; i < doc->n_statements; i++) {
        const struct policy_statement *s = &doc->statements[i];
        for (size_t r = 0; r < s->n_resources; r++) {
            if (s->effect == POLICY_DENY && !s->not_resource &&
                holds_mqtt_wildcard(&s->resources[r])) {
                *ret = (struct policy_misconfig_fact){.kind = POLICY_MQTT_WILDCARD_IN_DENY,
                                                      .statement = (uint32_t)i,
                                                      .resource = s->resources[r].text};
                return true;
            }
        }
    }
    return false;
}

/* The text of a glob as one word: its wildcards become symbols of their own, which only a `*` of
 * another glob absorbs. */
static enum status as_word(struct arena *mem, const struct language_glob *glob,
                           struct language_glob *ret, struct why *why)
{
    uint32_t *symbols = NEW_ARRAY(mem, uint32_t, glob->n);
    TRY_PTR(symbols);
    for (uint32_t i = 0; i < glob->n; i++) {
        bool wild = glob->symbols[i] == GLOB_ANY || glob->symbols[i] == GLOB_STAR;
        symbols[i] = wild ? SYMBOL_WHOLE + i : glob->symbols[i];
    }
    *ret = (struct language_glob){symbols, glob->n};
    return STATUS_OK;
}

/* True when the statement has a `*` or `?`, or is written as NotResource, so that it can allow more
 * than the text of a Deny. */
static bool is_wide(const struct policy_statement *s, struct str other_than)
{
    for (size_t i = 0; i < s->n_resources; i++) {
        if (s->resources[i].wild && !str_eq(s->resources[i].text, other_than)) {
            return true;
        }
    }
    return s->not_resource;
}

/* The first Allow of Subscribe that is wider than the Deny's resource and covers all of it. */
static enum status find_wider_allow(struct globs *globs, const struct policy_doc *doc,
                                    const struct language_glob *denied, struct str denied_text,
                                    uint32_t *ret_statement, bool *ret_found, struct why *why)
{
    struct language_glob word;
    TRY(as_word(globs->mem, denied, &word, why));
    struct language_term must = {&word, 1, false};
    *ret_found = false;
    for (size_t i = 0; i < doc->n_statements && !*ret_found; i++) {
        const struct policy_statement *s = &doc->statements[i];
        if (s->effect != POLICY_ALLOW || (s->actions & policy_action_bit(POLICY_SUBSCRIBE)) == 0 ||
            !is_wide(s, denied_text)) {
            continue;
        }
        struct language_term allow;
        struct language_answer answer;
        TRY(globs_of_statement(globs, s, POLICY_SUBSCRIBE, &allow, why));
        struct language_query query = {
            .kind = LANGUAGE_WORD,
            .word = {.must = &must, .n_must = 1, .allow = &allow, .n_allow = 1},
            .work_left = globs->work_left,
        };
        TRY(language_shortest(globs->mem, &query, &answer, why));
        *ret_found = answer.found;
        *ret_statement = (uint32_t)i;
    }
    return STATUS_OK;
}

static enum status fill_tape(struct globs *globs, const struct policy_doc *doc,
                             enum policy_action action, struct language_tape *tape, struct why *why)
{
    TRY(globs_of_doc(globs, doc, POLICY_ALLOW, action, false, &tape->allow, &tape->n_allow, NULL,
                     why));
    return globs_of_doc(globs, doc, POLICY_DENY, action, false, &tape->deny, &tape->n_deny, NULL,
                        why);
}

/* A filter that may be subscribed to and a topic that it matches, that the Deny describes, and that
 * may be received. The Deny's glob begins with "topicfilter/"; its topics with "topic/". */
static enum status find_delivery(struct globs *globs, const struct policy_doc *doc,
                                 const struct language_glob *denied,
                                 struct policy_misconfig_fact *fact, bool *ret_found,
                                 struct why *why)
{
    enum { FILTER_PREFIX = 12, TOPIC_PREFIX = 6 }; /* "topicfilter/", "topic/" */
    uint32_t *symbols = NEW_ARRAY(globs->mem, uint32_t, denied->n);
    TRY_PTR(symbols);
    size_t n = denied->n - FILTER_PREFIX;
    memcpy(symbols, denied->symbols, TOPIC_PREFIX * sizeof *symbols);
    symbols[TOPIC_PREFIX - 1] = '/';
    memcpy(symbols + TOPIC_PREFIX, denied->symbols + FILTER_PREFIX, n * sizeof *symbols);
    struct language_glob topics = {symbols, (uint32_t)n + TOPIC_PREFIX};
    struct language_term must = {&topics, 1, false};
    struct language_query query = {.kind = LANGUAGE_DELIVERY,
                                   .word_prefix = "topic/",
                                   .filter_prefix = "topicfilter/",
                                   .word = {.must = &must, .n_must = 1},
                                   .work_left = globs->work_left};
    struct language_answer answer;
    TRY(fill_tape(globs, doc, POLICY_RECEIVE, &query.word, why));
    TRY(fill_tape(globs, doc, POLICY_SUBSCRIBE, &query.filter, why));
    TRY(language_shortest(globs->mem, &query, &answer, why));
    *ret_found = answer.found;
    if (answer.found) {
        struct globs_letters letters = globs_fresh_letters(doc, STR_ABSENT);
        TRY(globs_text(globs, answer.word, answer.n_word, STR_ABSENT, &letters, &fact->topic, why));
        TRY(globs_text(globs, answer.filter, answer.n_filter, STR_ABSENT, &letters, &fact->filter,
                       why));
    }
    return STATUS_OK;
}

static bool begins_with(const struct language_glob *glob, const char *text)
{
    uint32_t i = 0;
    while (text[i] != '\0' && i < glob->n && glob->symbols[i] == (unsigned char)text[i]) {
        i++;
    }
    return text[i] == '\0';
}

static enum status judge_denied_filter(struct globs *globs, const struct policy_doc *doc,
                                       uint32_t index, const struct policy_pattern *pattern,
                                       struct policy_misconfig_fact *ret, bool *ret_found,
                                       struct why *why)
{
    struct language_glob denied;
    struct policy_misconfig_fact fact = {
        .kind = POLICY_DENIED_TOPIC_RECEIVED, .statement = index, .resource = pattern->text};
    bool any = false;
    *ret_found = false;
    TRY(globs_of_pattern(globs, &doc->statements[index], pattern, POLICY_SUBSCRIBE, &denied, &any,
                         why));
    if (!any || !begins_with(&denied, "topicfilter/") || holds_mqtt_wildcard(pattern)) {
        return STATUS_OK;
    }
    bool wider = false;
    TRY(find_wider_allow(globs, doc, &denied, pattern->text, &fact.allowed_by, &wider, why));
    if (!wider) {
        return STATUS_OK;
    }
    TRY(find_delivery(globs, doc, &denied, &fact, ret_found, why));
    if (*ret_found) {
        *ret = fact;
    }
    return STATUS_OK;
}

static enum status find_denied_topic(struct arena *mem, const struct policy_doc *doc,
                                     struct policy_misconfig_fact *ret, bool *ret_found,
                                     struct why *why)
{
    uint64_t work_left = LANGUAGE_WORK_MAX;
    struct globs globs = {.mem = mem, .drop_slash = true, .work_left = &work_left};
    *ret_found = false;
    for (size_t i = 0; i < doc->n_statements; i++) {
        const struct policy_statement *s = &doc->statements[i];
        bool denies = s->effect == POLICY_DENY && !s->not_resource &&
                      (s->actions & policy_action_bit(POLICY_SUBSCRIBE)) != 0;
        for (size_t r = 0; r < s->n_resources && denies && !*ret_found; r++) {
            TRY(judge_denied_filter(&globs, doc, (uint32_t)i, &s->resources[r], ret, ret_found,
                                    why));
        }
        if (*ret_found) {
            break;
        }
    }
    return STATUS_OK;
}

/* The usual policy denies nothing and is done with after one look. */
static bool denies_anything(const struct policy_doc *doc)
{
    for (size_t i = 0; i < doc->n_statements; i++) {
        if (doc->statements[i].effect == POLICY_DENY) {
            return true;
        }
    }
    return false;
}

enum status policy_misconfig_find(struct arena *mem, const struct policy_doc *doc,
                                  const struct policy_misconfig_fact **ret, size_t *ret_n,
                                  struct why *why)
{
    struct policy_misconfig_fact found[POLICY_MISCONFIG_COUNT];
    size_t n = 0;
    if (denies_anything(doc)) {
        bool received = false;
        n += find_wildcard_in_deny(doc, &found[n]);
        TRY(find_denied_topic(mem, doc, &found[n], &received, why));
        n += received;
    }
    struct policy_misconfig_fact *facts = NULL;
    if (n > 0) {
        facts = NEW_ARRAY(mem, struct policy_misconfig_fact, n);
        TRY_PTR(facts);
        memcpy(facts, found, n * sizeof *facts);
    }
    *ret = facts;
    *ret_n = n;
    return STATUS_OK;
}
