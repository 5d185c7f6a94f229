#include "base/buf.h"
#include "policy/globs_priv.h"

#include "base/banned.h"

enum { WITNESS_BYTES_MAX = 1 << 20 };

enum status globs_opaque(struct globs *globs, const struct policy_key *key, uint32_t *ret,
                         struct why *why)
{
    for (size_t i = 0; i < globs->n_keys; i++) {
        if (policy_key_eq(&globs->keys[i], key)) {
            *ret = SYMBOL_OPAQUE + (uint32_t)i;
            return STATUS_OK;
        }
    }
    if (globs->n_keys == GLOBS_KEYS_MAX) {
        return why_set(why, STATUS_TOO_LARGE, "the policy uses more than %d different variables",
                       GLOBS_KEYS_MAX);
    }
    globs->keys[globs->n_keys] = *key;
    *ret = SYMBOL_OPAQUE + (uint32_t)globs->n_keys++;
    return STATUS_OK;
}

/* The code point at *at, which moves behind it. The text is UTF-8, as the JSON reader saw to. */
static uint32_t next_code_point(struct str text, size_t *at)
{
    unsigned char lead = (unsigned char)text.ptr[(*at)++];
    uint32_t code = lead < 0xC0 ? lead : lead < 0xE0 ? lead & 0x1Fu : lead & 0x0Fu;
    if (lead >= 0xF0) {
        code = lead & 0x07u;
    }
    while (lead >= 0xC0 && *at < text.len && ((unsigned char)text.ptr[*at] & 0xC0) == 0x80) {
        code = code << 6 | ((unsigned char)text.ptr[(*at)++] & 0x3Fu);
    }
    return code < SYMBOL_FRESH ? code : '?';
}

/* A glob while it grows; room for the worst case was taken. */
struct draft {
    uint32_t *symbols;
    uint32_t n;
};

static void draft_star(struct draft *d)
{
    if (d->n == 0 || d->symbols[d->n - 1] != GLOB_STAR) {
        d->symbols[d->n++] = GLOB_STAR;
    }
}

static void draft_text(struct draft *d, struct str text)
{
    for (size_t at = 0; at < text.len;) {
        d->symbols[d->n++] = next_code_point(text, &at);
    }
}

static const struct glob_binding *binding_of(const struct globs *globs,
                                             const struct policy_key *key)
{
    for (size_t i = 0; i < globs->n_bindings; i++) {
        if (policy_key_eq(&globs->bindings[i].key, key)) {
            return &globs->bindings[i];
        }
    }
    return NULL;
}

static enum status draft_variable(struct globs *globs, struct draft *d,
                                  const struct policy_token *token, struct why *why)
{
    struct policy_key key = {token->text, token->key};
    const struct glob_binding *binding = binding_of(globs, &key);
    if (binding != NULL) {
        memcpy(d->symbols + d->n, binding->symbols, binding->n * sizeof *binding->symbols);
        d->n += (uint32_t)binding->n;
        return STATUS_OK;
    }
    if (globs->variables != GLOBS_OPAQUE) {
        draft_star(d);
        return STATUS_OK;
    }
    return globs_opaque(globs, &key, &d->symbols[d->n++], why);
}

static size_t draft_bound(const struct globs *globs, const struct policy_rest *rest)
{
    size_t longest = 1;
    for (size_t i = 0; i < globs->n_bindings; i++) {
        longest = globs->bindings[i].n > longest ? globs->bindings[i].n : longest;
    }
    size_t n = 0;
    for (uint32_t t = 0; t < rest->n_tokens; t++) {
        n += rest->tokens[t].kind == POLICY_LITERAL ? rest->tokens[t].text.len : longest;
    }
    return n + 1;
}

static enum status draft_rest(struct globs *globs, const struct policy_rest *rest,
                              struct language_glob *ret, struct why *why)
{
    struct draft d = {NEW_ARRAY(globs->mem, uint32_t, draft_bound(globs, rest)), 0};
    TRY_PTR(d.symbols);
    for (uint32_t t = 0; t < rest->n_tokens; t++) {
        const struct policy_token *token = &rest->tokens[t];
        switch (token->kind) {
        case POLICY_LITERAL:
            draft_text(&d, str_slice(token->text, t == 0 ? rest->offset : 0, token->text.len));
            break;
        case POLICY_ANY:
            d.symbols[d.n++] = GLOB_ANY;
            break;
        case POLICY_STAR:
            draft_star(&d);
            break;
        case POLICY_VARIABLE:
            TRY(draft_variable(globs, &d, token, why));
            break;
        }
    }
    *ret = (struct language_glob){d.symbols, d.n};
    return STATUS_OK;
}

/* The index of ${iot:ClientId} among the tokens; n_tokens when there is none. */
static uint32_t find_client_id(const struct policy_rest *rest)
{
    uint32_t t = 0;
    while (t < rest->n_tokens && !(rest->tokens[t].kind == POLICY_VARIABLE &&
                                   rest->tokens[t].key == POLICY_KEY_CLIENT_ID)) {
        t++;
    }
    return t;
}

/* "client/${iot:ClientId}" tested on client w asks whether "client/w" is "client/w": what stands
 * before the variable must be able to be "client/" and what stands behind it nothing, else the
 * lengths differ. */
static bool names_every_client(const struct policy_rest *rest, uint32_t at)
{
    for (uint32_t t = at + 1; t < rest->n_tokens; t++) {
        if (rest->tokens[t].kind != POLICY_STAR) {
            return false;
        }
    }
    struct policy_token before[8];
    if (at > sizeof before / sizeof before[0]) {
        return false;
    }
    memcpy(before, rest->tokens, at * sizeof before[0]);
    struct policy_pattern pattern = {.tokens = before, .n_tokens = at};
    for (uint32_t t = 0; t < at; t++) {
        pattern.n_variables += before[t].kind == POLICY_VARIABLE;
    }
    if (at > 0 && before[0].kind == POLICY_LITERAL) {
        before[0].text = str_slice(before[0].text, rest->offset, before[0].text.len);
    }
    return policy_pattern_match(&pattern, STR("client/"), NULL);
}

enum status globs_of_text(struct globs *globs, struct str prefix, struct str text, bool wild,
                          struct language_glob *ret, struct why *why)
{
    struct draft d = {NEW_ARRAY(globs->mem, uint32_t, prefix.len + text.len), 0};
    TRY_PTR(d.symbols);
    draft_text(&d, prefix);
    for (size_t at = 0; at < text.len;) {
        uint32_t code = next_code_point(text, &at);
        if (wild && code == '*') {
            draft_star(&d);
        } else {
            d.symbols[d.n++] = wild && code == '?' ? GLOB_ANY : code;
        }
    }
    *ret = (struct language_glob){d.symbols, d.n};
    return STATUS_OK;
}

enum status globs_of_pattern(struct globs *globs, const struct policy_statement *statement,
                             const struct policy_pattern *pattern, enum policy_action action,
                             struct language_glob *ret, bool *ret_any, struct why *why)
{
    struct policy_rest rest;
    *ret_any = policy_pattern_rest(pattern, globs->drop_slash, &rest);
    if (!*ret_any) {
        return STATUS_OK;
    }
    uint32_t at = find_client_id(&rest);
    if (policy_actions[action].type == POLICY_TYPE_CLIENT && at < rest.n_tokens &&
        !policy_statement_attached(statement)) {
        *ret_any = names_every_client(&rest, at);
        return *ret_any ? globs_of_text(globs, STR("client/"), STR("*"), true, ret, why)
                        : STATUS_OK;
    }
    return draft_rest(globs, &rest, ret, why);
}

enum status globs_of_statement(struct globs *globs, const struct policy_statement *statement,
                               enum policy_action action, struct language_term *ret,
                               struct why *why)
{
    struct language_glob *items =
        NEW_ARRAY(globs->mem, struct language_glob, statement->n_resources);
    TRY_PTR(items);
    size_t n = 0;
    bool subtracts = (statement->effect == POLICY_DENY) != statement->not_resource;
    for (size_t i = 0; i < statement->n_resources; i++) {
        bool any = false;
        if (globs->variables == GLOBS_ABOVE && subtracts &&
            statement->resources[i].n_variables > 0) {
            continue;
        }
        TRY(globs_of_pattern(globs, statement, &statement->resources[i], action, &items[n], &any,
                             why));
        n += any;
    }
    *ret = (struct language_term){items, n, statement->not_resource};
    return STATUS_OK;
}

enum status globs_of_doc(struct globs *globs, const struct policy_doc *doc,
                         enum policy_effect effect, enum policy_action action, bool unconditional,
                         const struct language_term **ret, size_t *ret_n,
                         const uint32_t **ret_statements, struct why *why)
{
    struct language_term *terms = NEW_ARRAY(globs->mem, struct language_term, doc->n_statements);
    uint32_t *statements = NEW_ARRAY(globs->mem, uint32_t, doc->n_statements);
    TRY_PTR(terms);
    TRY_PTR(statements);
    size_t n = 0;
    for (size_t i = 0; i < doc->n_statements; i++) {
        const struct policy_statement *s = &doc->statements[i];
        if (s->effect == effect && (s->actions & policy_action_bit(action)) != 0 &&
            !(unconditional && s->n_conditions > 0)) {
            TRY(globs_of_statement(globs, s, action, &terms[n], why));
            statements[n++] = (uint32_t)i;
        }
    }
    *ret = terms;
    *ret_n = n;
    if (ret_statements != NULL) {
        *ret_statements = statements;
    }
    return STATUS_OK;
}

static void mark_used(bool used[256], struct str text)
{
    for (size_t c = 0; c < text.len; c++) {
        used[(unsigned char)text.ptr[c]] = true;
    }
}

struct globs_letters globs_fresh_letters(const struct policy_doc *doc, struct str other)
{
    bool used[256] = {false};
    mark_used(used, other);
    for (size_t i = 0; i < doc->n_statements; i++) {
        for (size_t r = 0; r < doc->statements[i].n_resources; r++) {
            mark_used(used, doc->statements[i].resources[r].text);
        }
    }
    const char *next = "xyzabcdefghijklmnopqrstuvw0123456789XYZABCDEFGHIJKLMNOPQRSTUVW";
    struct globs_letters letters;
    for (size_t i = 0; i < GLOBS_LETTERS; i++) {
        while (*next != '\0' && used[(unsigned char)*next]) {
            next++;
        }
        letters.of[i] = *next != '\0' ? *next++ : '~';
    }
    return letters;
}

static void put_code_point(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_put_char(out, (char)c);
        return;
    }
    if (c < 0x800) {
        buf_put_char(out, (char)(0xC0 | c >> 6));
    } else if (c < 0x10000) {
        buf_put_char(out, (char)(0xE0 | c >> 12));
        buf_put_char(out, (char)(0x80 | (c >> 6 & 0x3F)));
    } else {
        buf_put_char(out, (char)(0xF0 | c >> 18));
        buf_put_char(out, (char)(0x80 | (c >> 12 & 0x3F)));
        buf_put_char(out, (char)(0x80 | (c >> 6 & 0x3F)));
    }
    buf_put_char(out, (char)(0x80 | (c & 0x3F)));
}

enum status globs_text(const struct globs *globs, const uint32_t *symbols, size_t n,
                       struct str first, const struct globs_letters *letters, struct str *ret,
                       struct why *why)
{
    struct buf out;
    bool fresh_seen = false;
    buf_init(&out, globs->mem, WITNESS_BYTES_MAX);
    for (size_t i = 0; i < n; i++) {
        if (symbols[i] >= SYMBOL_OPAQUE) {
            struct str name = globs->keys[symbols[i] - SYMBOL_OPAQUE].name;
            buf_put_fmt(&out, "${%.*s}", STR_ARG(name));
        } else if (symbols[i] < SYMBOL_FRESH) {
            put_code_point(&out, symbols[i]);
        } else if (!fresh_seen && !str_absent(first)) {
            fresh_seen = true;
            buf_put_str(&out, first);
        } else {
            buf_put_char(&out, letters->of[symbols[i] - SYMBOL_FRESH]);
        }
    }
    return buf_finish(&out, ret, why);
}
