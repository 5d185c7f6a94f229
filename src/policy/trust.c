/* trust.c: see trust.h. */
#include "policy/trust.h"

#include "base/buf.h"
#include "policy/evaluate.h"

#include "base/banned.h"

enum { SOURCE_BYTES_MAX = 4096, ACCOUNT_DIGITS = 12, ACCOUNT_FIELD = 4 };

#define ASSUME     STR("sts:AssumeRole")
#define SOURCE_ARN STR("aws:SourceArn")
#define SOURCE_ACC STR("aws:SourceAccount")

/* An ARN as its six fields; absent ones are not given. */
struct source {
    struct str field[POLICY_ARN_FIELDS];
};

struct search {
    struct arena *mem;
    const struct policy_doc *doc;
    struct str own;
    const struct str *accounts; /* of strangers */
    size_t n_accounts;
    const struct source *sources; /* shapes of ARNs */
    size_t n_sources;
};

static bool is_key(const struct policy_condition *condition, struct str name)
{
    return str_eq_nocase(condition->key.name, name);
}

static bool is_wild(struct str text)
{
    return str_find_char(text, '*', 0) < text.len || str_find_char(text, '?', 0) < text.len;
}

/* ---- what a pattern describes ---------------------------------------------------------------- */

/* A text that the pattern describes: its `*` give way to star, each `?` to one character. */
static enum status fill(struct arena *mem, struct str pattern, struct str star, char one,
                        struct str *ret, struct why *why)
{
    struct buf out;
    buf_init(&out, mem, SOURCE_BYTES_MAX);
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.ptr[i] == '*') {
            buf_put_str(&out, star);
        } else {
            buf_put_char(&out, pattern.ptr[i] == '?' ? one : pattern.ptr[i]);
        }
    }
    return buf_finish(&out, ret, why);
}

/* An account that the pattern describes, other than own; absent when there is none such. */
static enum status account_of(struct arena *mem, struct str pattern, struct str own,
                              struct str *ret, struct why *why)
{
    static const char zeros[] = "000000000000";
    static const char nines[] = "999999999999";
    *ret = STR_ABSENT;
    size_t stars = 0;
    for (size_t i = 0; i < pattern.len; i++) {
        stars += pattern.ptr[i] == '*';
    }
    size_t fixed = pattern.len - stars;
    if (!is_wild(pattern) || fixed > ACCOUNT_DIGITS) {
        return STATUS_OK;
    }
    struct str rest = STR("");
    for (int nine = 0; nine < 2; nine++) {
        const char *digits = nine ? nines : zeros;
        size_t at = str_find_char(pattern, '*', 0);
        struct str head = str_slice(pattern, 0, at);
        struct str text;
        rest = at < pattern.len ? str_slice(pattern, at + 1, pattern.len) : STR("");
        TRY(str_fmt(mem, &text, why, "%.*s%.*s%.*s", STR_ARG(head), (int)(ACCOUNT_DIGITS - fixed),
                    digits, STR_ARG(rest)));
        TRY(fill(mem, text, STR(""), digits[0], &text, why));
        if (text.len == ACCOUNT_DIGITS && !str_eq(text, own)) {
            *ret = text;
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

/* ---- the shapes that the policy's conditions have -------------------------------------------- */

static void split(struct str arn, struct source *ret)
{
    struct str rest = arn;
    *ret = (struct source){.field = {STR_ABSENT}};
    for (size_t i = 0; i < POLICY_ARN_FIELDS; i++) {
        ret->field[i] = STR_ABSENT;
    }
    for (size_t i = 0; i + 1 < POLICY_ARN_FIELDS; i++) {
        if (!str_next(&rest, ':', &ret->field[i])) {
            return;
        }
    }
    if (!str_absent(rest)) {
        ret->field[POLICY_ARN_FIELDS - 1] = rest;
    }
}

/* The i-th value of a condition on an ARN. */
static struct source value_source(const struct policy_condition *condition, size_t i)
{
    struct source source;
    if (policy_operators[condition->op].operand == POLICY_OPERAND_ARN) {
        for (size_t f = 0; f < POLICY_ARN_FIELDS; f++) {
            source.field[f] = condition->values[POLICY_ARN_FIELDS * i + f].text;
        }
    } else {
        split(condition->values[i].text, &source);
    }
    return source;
}

static size_t n_values(const struct policy_condition *condition)
{
    return policy_operators[condition->op].operand == POLICY_OPERAND_ARN
               ? condition->n_values / POLICY_ARN_FIELDS
               : condition->n_values;
}

static enum status add_account(struct search *s, struct str *accounts, struct str pattern,
                               struct why *why)
{
    struct str account;
    TRY(account_of(s->mem, pattern, s->own, &account, why));
    if (!str_absent(account)) {
        accounts[s->n_accounts++] = account;
    }
    return STATUS_OK;
}

static enum status add_condition(struct search *s, const struct policy_condition *condition,
                                 struct str *accounts, struct source *sources, struct why *why)
{
    for (size_t i = 0; i < n_values(condition); i++) {
        if (is_key(condition, SOURCE_ACC)) {
            TRY(add_account(s, accounts, condition->values[i].text, why));
        } else if (is_key(condition, SOURCE_ARN)) {
            sources[s->n_sources] = value_source(condition, i);
            struct str account = sources[s->n_sources++].field[ACCOUNT_FIELD];
            if (!str_absent(account)) {
                TRY(add_account(s, accounts, account, why));
            }
        }
    }
    return STATUS_OK;
}

/* The strangers and the shapes to try: any, and one for each value that the policy has. */
static enum status gather(struct search *s, struct why *why)
{
    size_t most = 1;
    for (size_t i = 0; i < s->doc->n_statements; i++) {
        for (size_t c = 0; c < s->doc->statements[i].n_conditions; c++) {
            most += s->doc->statements[i].conditions[c].n_values;
        }
    }
    struct str *accounts = NEW_ARRAY(s->mem, struct str, most);
    struct source *sources = NEW_ARRAY(s->mem, struct source, most);
    TRY_PTR(accounts);
    TRY_PTR(sources);
    TRY(add_account(s, accounts, STR("*"), why));
    split(STR("arn:*:*:*:*:*"), &sources[s->n_sources++]);
    for (size_t i = 0; i < s->doc->n_statements; i++) {
        const struct policy_statement *statement = &s->doc->statements[i];
        for (size_t c = 0; c < statement->n_conditions; c++) {
            TRY(add_condition(s, &statement->conditions[c], accounts, sources, why));
        }
    }
    s->accounts = accounts;
    s->sources = sources;
    return STATUS_OK;
}

/* ---- asking ---------------------------------------------------------------------------------- */

struct asked {
    struct str arn;
    struct str account;
};

static size_t value_of(const void *ctx, const struct policy_key *key, struct str *ret, size_t max)
{
    const struct asked *asked = ctx;
    if (max == 0) {
        return 0;
    }
    if (str_eq_nocase(key->name, SOURCE_ARN)) {
        ret[0] = asked->arn;
    } else if (str_eq_nocase(key->name, SOURCE_ACC)) {
        ret[0] = asked->account;
    } else if (str_eq_nocase(key->name, STR("aws:SecureTransport"))) {
        ret[0] = STR("true");
    } else {
        return 0;
    }
    return 1;
}

/* An ARN of the stranger, in the shape of a value; absent when that names another account. */
static enum status make_arn(const struct search *s, const struct source *shape, struct str service,
                            struct str account, struct str *ret, struct why *why)
{
    const struct str any[POLICY_ARN_FIELDS] = {
        STR("arn"),       STR("aws"), str_slice(service, 0, str_find_char(service, '.', 0)),
        STR("us-east-1"), account,    STR("x")};
    struct str field[POLICY_ARN_FIELDS];
    struct str named = shape->field[ACCOUNT_FIELD];
    *ret = STR_ABSENT;
    if (!str_absent(named) && !is_wild(named)) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < POLICY_ARN_FIELDS; i++) {
        struct str given = shape->field[i];
        if (i == ACCOUNT_FIELD || str_absent(given) || str_eq(given, STR("*"))) {
            field[i] = any[i];
        } else {
            struct str star = i + 1 == POLICY_ARN_FIELDS ? STR("x") : STR("");
            TRY(fill(s->mem, given, star, 'x', &field[i], why));
        }
    }
    return str_fmt(s->mem, ret, why, "%.*s:%.*s:%.*s:%.*s:%.*s:%.*s", STR_ARG(field[0]),
                   STR_ARG(field[1]), STR_ARG(field[2]), STR_ARG(field[3]), STR_ARG(field[4]),
                   STR_ARG(field[5]));
}

static bool speaks_of_source(const struct policy_statement *statement)
{
    for (size_t c = 0; c < statement->n_conditions; c++) {
        if (is_key(&statement->conditions[c], SOURCE_ARN) ||
            is_key(&statement->conditions[c], SOURCE_ACC)) {
            return true;
        }
    }
    return false;
}

static bool ask(const struct search *s, struct str service, const struct asked *asked,
                struct policy_trust_fact *ret)
{
    const struct policy_who who = {.service = service};
    const struct policy_values values = {value_of, asked, true};
    const struct policy_request request = {
        .resource = STR("*"), .values = &values, .action_name = ASSUME, .who = &who};
    struct policy_says says;
    if (policy_evaluate(&s->doc, 1, &request, &says, NULL) != POLICY_ALLOWED) {
        return false;
    }
    *ret = (struct policy_trust_fact){
        .service = service,
        .statement = (uint32_t)says.allows,
        .limited = speaks_of_source(&s->doc->statements[says.allows]),
        .source_arn = asked->arn,
        .source_account = asked->account,
    };
    return true;
}

static enum status ask_all(const struct search *s, struct str service,
                           struct policy_trust_fact *ret, bool *ret_found, struct why *why)
{
    *ret_found = false;
    for (size_t a = 0; a < s->n_accounts; a++) {
        for (size_t i = 0; i < s->n_sources; i++) {
            struct asked asked = {.account = s->accounts[a]};
            TRY(make_arn(s, &s->sources[i], service, asked.account, &asked.arn, why));
            if (!str_absent(asked.arn) && ask(s, service, &asked, ret)) {
                *ret_found = true;
                return STATUS_OK;
            }
        }
    }
    return STATUS_OK;
}

/* ---- services -------------------------------------------------------------------------------- */

/* The service that a principal stands for here; absent: none. */
static struct str service_of(const struct policy_principal *principal)
{
    switch (principal->kind) {
    case POLICY_SERVICE:
        return principal->text;
    case POLICY_EVERYBODY:
        return STR("iot.amazonaws.com");
    default:
        return STR_ABSENT;
    }
}

static bool is_known(const struct str *services, size_t n, struct str service)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(services[i], service)) {
            return true;
        }
    }
    return false;
}

static enum status list_services(const struct search *s, struct str **ret, size_t *ret_n,
                                 struct why *why)
{
    size_t most = 0;
    for (size_t i = 0; i < s->doc->n_statements; i++) {
        most += s->doc->statements[i].n_principals;
    }
    struct str *services = NEW_ARRAY(s->mem, struct str, most);
    TRY_PTR(services);
    size_t n = 0;
    for (size_t i = 0; i < s->doc->n_statements; i++) {
        const struct policy_statement *statement = &s->doc->statements[i];
        for (size_t p = 0; p < statement->n_principals; p++) {
            struct str service = service_of(&statement->principals[p]);
            if (statement->effect == POLICY_ALLOW && !str_absent(service) &&
                !is_known(services, n, service)) {
                services[n++] = service;
            }
        }
    }
    *ret = services;
    *ret_n = n;
    return STATUS_OK;
}

enum status policy_trust_find(struct arena *mem, const struct policy_doc *doc, struct str account,
                              const struct policy_trust_fact **ret, size_t *ret_n, struct why *why)
{
    struct search s = {.mem = mem, .doc = doc, .own = account};
    struct str *services = NULL;
    size_t n_services = 0;
    TRY(list_services(&s, &services, &n_services, why));
    struct policy_trust_fact *facts = NEW_ARRAY(mem, struct policy_trust_fact, n_services);
    TRY_PTR(facts);
    size_t n = 0;
    if (n_services > 0) {
        TRY(gather(&s, why));
    }
    for (size_t i = 0; i < n_services; i++) {
        bool found = false;
        TRY(ask_all(&s, services[i], &facts[n], &found, why));
        n += found;
    }
    *ret = facts;
    *ret_n = n;
    return STATUS_OK;
}
