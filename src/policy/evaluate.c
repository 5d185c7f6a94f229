#include "policy/evaluate.h"

#include "base/banned.h"

static void missing_add(struct policy_missing *missing, struct str key)
{
    for (size_t i = 0; i < missing->n; i++) {
        if (str_eq_nocase(missing->keys[i], key)) {
            return;
        }
    }
    if (missing->n < POLICY_MISSING_MAX) {
        missing->keys[missing->n++] = key;
    }
}

static void missing_of_pattern(struct policy_missing *missing, const struct policy_pattern *pattern,
                               const struct policy_values *values)
{
    for (uint32_t t = 0; t < pattern->n_tokens && pattern->n_variables > 0; t++) {
        const struct policy_token *token = &pattern->tokens[t];
        struct policy_key key = {token->text, token->key};
        if (token->kind == POLICY_VARIABLE && !policy_values_have(values, &key)) {
            missing_add(missing, token->text);
        }
    }
}

/* Null and IfExists are made for absent keys: they miss nothing. */
static void missing_of_statement(struct policy_missing *missing,
                                 const struct policy_statement *statement,
                                 const struct policy_values *values)
{
    for (size_t i = 0; i < statement->n_resources; i++) {
        missing_of_pattern(missing, &statement->resources[i], values);
    }
    for (size_t i = 0; i < statement->n_conditions; i++) {
        const struct policy_condition *c = &statement->conditions[i];
        if (c->op != POLICY_OP_NULL && !c->if_exists && !policy_values_have(values, &c->key)) {
            missing_add(missing, c->key.name);
        }
        for (size_t v = 0; v < c->n_values; v++) {
            missing_of_pattern(missing, &c->values[v], values);
        }
    }
}

static bool resource_matches(const struct policy_statement *statement,
                             const struct policy_request *request)
{
    for (size_t i = 0; i < statement->n_resources; i++) {
        if (policy_pattern_match(&statement->resources[i], request->resource, request->values)) {
            return !statement->not_resource;
        }
    }
    return statement->not_resource || statement->n_resources == 0;
}

static bool principal_matches(const struct policy_statement *statement,
                              const struct policy_who *who)
{
    for (size_t i = 0; i < statement->n_principals && who != NULL; i++) {
        if (policy_principal_is(&statement->principals[i], who)) {
            return true;
        }
    }
    return statement->n_principals == 0;
}

static bool action_matches(const struct policy_statement *statement,
                           const struct policy_request *request)
{
    if (!str_absent(request->action_name)) {
        return policy_statement_covers(statement, request->action_name);
    }
    return (statement->actions & policy_action_bit(request->action)) != 0;
}

static bool conditions_hold(const struct policy_statement *statement,
                            const struct policy_request *request)
{
    for (size_t i = 0; i < statement->n_conditions; i++) {
        if (!policy_condition_holds(&statement->conditions[i], request->values)) {
            return false;
        }
    }
    return true;
}

static struct policy_says ask(const struct policy_doc *doc, const struct policy_request *request,
                              struct policy_missing *missing)
{
    struct policy_says says = {POLICY_NO_STATEMENT, POLICY_NO_STATEMENT};
    for (size_t i = 0; i < doc->n_statements; i++) {
        const struct policy_statement *statement = &doc->statements[i];
        int32_t *found = statement->effect == POLICY_ALLOW ? &says.allows : &says.denies;
        if (!action_matches(statement, request)) {
            continue;
        }
        if (missing != NULL) {
            missing_of_statement(missing, statement, request->values);
        }
        if (*found == POLICY_NO_STATEMENT && resource_matches(statement, request) &&
            principal_matches(statement, request->who) && conditions_hold(statement, request)) {
            *found = (int32_t)i;
        }
    }
    return says;
}

enum policy_verdict policy_evaluate(const struct policy_doc *const *docs, size_t n_docs,
                                    const struct policy_request *request,
                                    struct policy_says *ret_says,
                                    struct policy_missing *ret_missing)
{
    bool allowed = false;
    bool denied = false;
    if (ret_missing != NULL) {
        ret_missing->n = 0;
    }
    for (size_t i = 0; i < n_docs; i++) {
        struct policy_says says = ask(docs[i], request, ret_missing);
        allowed |= says.allows != POLICY_NO_STATEMENT;
        denied |= says.denies != POLICY_NO_STATEMENT;
        if (ret_says != NULL) {
            ret_says[i] = says;
        }
    }
    return denied ? POLICY_EXPLICIT_DENY : allowed ? POLICY_ALLOWED : POLICY_IMPLICIT_DENY;
}

/* ---- many resources -------------------------------------------------------------------------- */

/* The pattern describes everything that begins with the prefix, or nothing of it. */
static bool pattern_is_alike(const struct policy_pattern *pattern,
                             const struct policy_request *request)
{
    const struct policy_token *first = &pattern->tokens[0];
    if (pattern->n_tokens == 0) {
        return false;
    }
    if (pattern->tokens[pattern->n_tokens - 1].kind == POLICY_STAR &&
        policy_pattern_match(pattern, request->resource, request->values)) {
        return true;
    }
    size_t common = first->kind == POLICY_LITERAL ? first->text.len : 0;
    common = common < request->resource.len ? common : request->resource.len;
    return !pattern->nocase &&
           !str_eq(str_slice(first->text, 0, common), str_slice(request->resource, 0, common));
}

bool policy_says_alike(const struct policy_doc *const *docs, size_t n_docs,
                       const struct policy_request *request)
{
    for (size_t d = 0; d < n_docs; d++) {
        for (size_t s = 0; s < docs[d]->n_statements; s++) {
            const struct policy_statement *statement = &docs[d]->statements[s];
            bool asked = action_matches(statement, request);
            for (size_t i = 0; asked && i < statement->n_resources; i++) {
                if (!pattern_is_alike(&statement->resources[i], request)) {
                    return false;
                }
            }
        }
    }
    return true;
}

const char *policy_verdict_name(enum policy_verdict verdict)
{
    static const char *const names[] = {
        [POLICY_IMPLICIT_DENY] = "IMPLICIT_DENY",
        [POLICY_EXPLICIT_DENY] = "EXPLICIT_DENY",
        [POLICY_ALLOWED] = "ALLOWED",
    };
    return names[verdict];
}
