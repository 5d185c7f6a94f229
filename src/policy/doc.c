#include "policy/doc.h"

#include "base/limits.h"
#include "codec/json_read.h"
#include "policy/room_priv.h"

#include "base/banned.h"

#define OPERATOR_ROW(name, text, kind) [POLICY_OP_##name] = {STR_INIT(text), POLICY_OPERAND_##kind},
const struct policy_operator_row policy_operators[POLICY_OPERATOR_COUNT] = {
    POLICY_OPERATOR_LIST(OPERATOR_ROW)};
#undef OPERATOR_ROW

struct reader {
    struct json_read json;
    struct policy_room room;
    enum policy_dialect dialect;
    bool variables;
};

static enum status malformed(struct reader *r, struct why *why, const char *sentence,
                             struct str named)
{
    return why_at(why, STATUS_MALFORMED_POLICY, json_read_offset(&r->json), "%s%s%.*s%s", sentence,
                  named.len > 0 ? ": \"" : "", STR_ARG(str_slice(named, 0, 100)),
                  named.len > 0 ? "\"" : "");
}

/* The texts of one element: while they are read, the open list of the room. */
struct texts {
    struct str *items;
    size_t n;
};

/* The place of one more text; NULL when out of memory. */
static inline struct str *texts_more(struct reader *r, struct texts *texts)
{
    size_t used = texts->n * sizeof *texts->items;
    if (!policy_room_reserve(&r->room, used, used + sizeof *texts->items)) {
        return NULL;
    }
    texts->items = (struct str *)(void *)r->room.at;
    return &texts->items[texts->n++];
}

static inline void texts_keep(struct reader *r, const struct texts *texts)
{
    policy_room_keep(&r->room, texts->n * sizeof *texts->items);
}

/* A string, true, false or a number, as text. */
static __attribute__((noinline)) enum status read_scalar(struct reader *r, struct str *ret,
                                                         struct why *why)
{
    bool flag = false;
    switch (json_read_type(&r->json)) {
    case JSON_BOOL:
        TRY(json_read_bool(&r->json, &flag, why));
        *ret = flag ? STR("true") : STR("false");
        return STATUS_OK;
    case JSON_NUMBER:
        return json_read_number(&r->json, ret, why);
    default:
        return json_read_string(&r->json, ret, why);
    }
}

static inline enum status add_text(struct reader *r, bool scalars, struct texts *texts,
                                   struct why *why)
{
    struct str *place = texts_more(r, texts);
    TRY_PTR(place);
    return scalars ? read_scalar(r, place, why) : json_read_string(&r->json, place, why);
}

/* One text or a list of texts; with scalars also true, false and numbers. */
static enum status read_texts(struct reader *r, bool scalars, struct texts *ret, struct why *why)
{
    *ret = (struct texts){NULL, 0};
    if (json_read_type(&r->json) != JSON_ARRAY) {
        TRY(add_text(r, scalars, ret, why));
    } else {
        TRY(json_read_array(&r->json, why));
        while (json_read_more(&r->json)) {
            TRY(add_text(r, scalars, ret, why));
        }
    }
    texts_keep(r, ret);
    return STATUS_OK;
}

/* "iot:" and something is told at a look. */
static bool action_is_wellformed(struct str text, enum policy_dialect dialect)
{
    if (text.len > 4 && memcmp(text.ptr, "iot:", 4) == 0) {
        return dialect != POLICY_OF_TRUST;
    }
    size_t colon = str_find_char(text, ':', 0);
    struct str service = str_slice(text, 0, colon);
    if (dialect == POLICY_OF_TRUST && !str_eq_nocase(service, STR("sts"))) {
        return false;
    }
    bool wild = str_find_char(service, '*', 0) + str_find_char(service, '?', 0) < 2 * service.len;
    return str_eq(text, STR("*")) ||
           (colon > 0 && colon + 1 < text.len && (dialect == POLICY_OF_IOT || !wild));
}

static enum status read_actions(struct reader *r, bool negated, struct policy_statement *statement,
                                struct why *why)
{
    struct texts texts;
    TRY(read_texts(r, false, &texts, why));
    if (texts.n == 0) {
        return malformed(r, why, "Action names no action", STR_ABSENT);
    }
    uint64_t covered = 0;
    for (size_t i = 0; i < texts.n; i++) {
        if (!action_is_wellformed(texts.items[i], r->dialect)) {
            bool trust = r->dialect == POLICY_OF_TRUST;
            return malformed(r, why,
                             trust ? "a trust policy speaks of sts:AssumeRole and its kind alone"
                                   : "an action is written \"service:Name\" or \"*\"",
                             texts.items[i]);
        }
        covered |= policy_actions_covered(texts.items[i]);
    }
    statement->not_action = negated;
    statement->actions = negated ? POLICY_ACTIONS_ALL & ~covered : covered;
    statement->action_texts = texts.items;
    statement->n_actions = texts.n;
    return STATUS_OK;
}

/* True when the text before the first wildcard or variable can begin an ARN. */
static bool resource_is_wellformed(const struct policy_pattern *pattern)
{
    if (pattern->n_tokens == 0) {
        return false;
    }
    if (pattern->tokens[0].kind != POLICY_LITERAL) {
        return true;
    }
    struct str head = pattern->tokens[0].text;
    if (head.len >= 4) {
        return memcmp(head.ptr, "arn:", 4) == 0;
    }
    return pattern->n_tokens > 1 && memcmp(head.ptr, "arn:", head.len) == 0;
}

static enum status read_patterns(struct reader *r, const struct texts *texts, unsigned flags,
                                 struct policy_pattern **ret, struct why *why)
{
    struct policy_pattern *patterns = policy_room_take(&r->room, texts->n * sizeof *patterns);
    TRY_PTR(patterns);
    for (size_t i = 0; i < texts->n; i++) {
        enum status status =
            policy_pattern_read(&r->room, texts->items[i], flags, &patterns[i], why);
        if (status == STATUS_MALFORMED_POLICY && why != NULL) {
            why->offset = json_read_offset(&r->json);
        }
        TRY(status);
    }
    *ret = patterns;
    return STATUS_OK;
}

static unsigned variable_flags(const struct reader *r)
{
    unsigned defaults = r->dialect == POLICY_OF_IOT ? 0 : POLICY_READ_DEFAULTS;
    return r->variables ? POLICY_READ_VARIABLES | defaults : 0;
}

static enum status read_resources(struct reader *r, bool negated,
                                  struct policy_statement *statement, struct why *why)
{
    struct texts texts;
    struct policy_pattern *patterns = NULL;
    unsigned flags = POLICY_READ_WILDCARDS | POLICY_READ_ARN;
    TRY(read_texts(r, false, &texts, why));
    if (texts.n == 0) {
        return malformed(r, why, "Resource names no resource", STR_ABSENT);
    }
    TRY(read_patterns(r, &texts, flags | variable_flags(r), &patterns, why));
    for (size_t i = 0; i < texts.n; i++) {
        if (texts.items[i].len == 0 || !resource_is_wellformed(&patterns[i])) {
            return malformed(r, why, "a resource is an ARN (\"arn:aws:iot:...\") or \"*\"",
                             texts.items[i]);
        }
    }
    statement->not_resource = negated;
    statement->resources = patterns;
    statement->n_resources = texts.n;
    return STATUS_OK;
}

/* Principals */

static enum status add_principals(struct reader *r, struct str member,
                                  struct policy_statement *statement, struct why *why)
{
    struct texts names;
    TRY(read_texts(r, false, &names, why));
    if (names.n == 0) {
        return malformed(r, why, "Principal names nobody under", member);
    }
    size_t n = statement->n_principals;
    struct policy_principal *all = policy_room_grow(&r->room, statement->principals,
                                                    n * sizeof *all, (n + names.n) * sizeof *all);
    TRY_PTR(all);
    for (size_t i = 0; i < names.n; i++) {
        if (!policy_principal_of(member, names.items[i], &all[n + i])) {
            return malformed(r, why,
                             "a principal is \"*\", or \"AWS\" with an account, user or role, "
                             "\"Service\" or \"Federated\"; this is none",
                             names.items[i]);
        }
    }
    statement->principals = all;
    statement->n_principals = n + names.n;
    return STATUS_OK;
}

/* "Principal": "*", the only name that stands without a kind. */
static enum status add_everybody(struct reader *r, struct policy_statement *statement,
                                 struct why *why)
{
    struct str name = STR_ABSENT;
    struct policy_principal *one = policy_room_take(&r->room, sizeof *one);
    TRY_PTR(one);
    TRY(json_read_string(&r->json, &name, why));
    if (!str_eq(name, STR("*"))) {
        return malformed(r, why, "Principal is \"*\" or an object of AWS, Service, Federated",
                         name);
    }
    *one = (struct policy_principal){POLICY_EVERYBODY, name};
    statement->principals = one;
    statement->n_principals = 1;
    return STATUS_OK;
}

static enum status read_principals(struct reader *r, struct policy_statement *statement,
                                   struct why *why)
{
    static const struct str members[] = {STR_INIT("AWS"), STR_INIT("Service"),
                                         STR_INIT("Federated")};
    enum { N_MEMBERS = sizeof members / sizeof members[0] };
    struct str member = STR_ABSENT;
    uint64_t seen = 0;
    if (json_read_type(&r->json) == JSON_STRING) {
        return add_everybody(r, statement, why);
    }
    TRY(json_read_object(&r->json, why));
    while (json_read_more(&r->json)) {
        unsigned i = 0;
        TRY(json_read_key(&r->json, &member, why));
        while (i < N_MEMBERS && !str_eq(members[i], member)) {
            i++;
        }
        if (i == N_MEMBERS) {
            return malformed(r, why, "Principal has no such member", member);
        }
        TRY(json_read_once(&r->json, &seen, i, member, why));
        TRY(add_principals(r, member, statement, why));
    }
    if (statement->n_principals == 0) {
        return malformed(r, why, "Principal names nobody", STR_ABSENT);
    }
    return STATUS_OK;
}

/* Conditions */

static bool cut_prefix(struct str *s, struct str prefix)
{
    if (!str_starts(*s, prefix)) {
        return false;
    }
    *s = str_slice(*s, prefix.len, s->len);
    return true;
}

static bool operator_read(struct str name, struct policy_condition *ret)
{
    ret->quantifier = POLICY_ONE;
    if (cut_prefix(&name, STR("ForAllValues:"))) {
        ret->quantifier = POLICY_FOR_ALL_VALUES;
    } else if (cut_prefix(&name, STR("ForAnyValue:"))) {
        ret->quantifier = POLICY_FOR_ANY_VALUE;
    }
    ret->if_exists = str_ends(name, STR("IfExists"));
    if (ret->if_exists) {
        name.len -= strlen("IfExists");
    }
    for (int i = 0; i < POLICY_OPERATOR_COUNT; i++) {
        if (str_eq(policy_operators[i].name, name)) {
            ret->op = (enum policy_operator)i;
            bool plain = ret->quantifier == POLICY_ONE && !ret->if_exists;
            return i != POLICY_OP_NULL || plain;
        }
    }
    return false;
}

static unsigned operand_flags(const struct reader *r, enum policy_operator op)
{
    unsigned variables = variable_flags(r);
    bool nocase = op == POLICY_OP_STRING_EQUALS_NOCASE || op == POLICY_OP_STRING_NOT_EQUALS_NOCASE;
    switch (policy_operators[op].operand) {
    case POLICY_OPERAND_STRING:
        return variables | (nocase ? POLICY_READ_NOCASE : 0);
    case POLICY_OPERAND_LIKE:
    case POLICY_OPERAND_ARN:
        return variables | POLICY_READ_WILDCARDS;
    default:
        return 0;
    }
}

/* The place of the next colon outside of ${...}, or the end. */
static size_t field_end(struct str text, size_t from)
{
    for (size_t i = from; i < text.len; i++) {
        if (text.ptr[i] == '$' && i + 1 < text.len && text.ptr[i + 1] == '{') {
            size_t close = str_find_char(text, '}', i);
            i = close < text.len ? close : i;
        } else if (text.ptr[i] == ':') {
            return i;
        }
    }
    return text.len;
}

/* ARNs become six texts each; missing fields are empty. */
static enum status split_arns(struct reader *r, const struct texts *texts, struct texts *ret,
                              struct why *why)
{
    struct texts fields = {NULL, 0};
    for (size_t i = 0; i < texts->n; i++) {
        struct str arn = texts->items[i];
        size_t from = 0;
        for (int f = 0; f < POLICY_ARN_FIELDS; f++) {
            size_t end = f == POLICY_ARN_FIELDS - 1 ? arn.len : field_end(arn, from);
            struct str *field = texts_more(r, &fields);
            TRY_PTR(field);
            *field = str_slice(arn, from, end);
            from = end < arn.len ? end + 1 : arn.len;
        }
    }
    texts_keep(r, &fields);
    *ret = fields;
    return STATUS_OK;
}

struct conditions {
    struct policy_condition *items;
    size_t n;
    size_t cap;
};

static enum status conditions_add(struct reader *r, struct conditions *list,
                                  const struct policy_condition *condition, struct why *why)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct policy_condition *c = &list->items[i];
        if (c->op == condition->op && c->quantifier == condition->quantifier &&
            c->if_exists == condition->if_exists &&
            str_eq_nocase(c->key.name, condition->key.name)) {
            return malformed(r, why, "a condition key occurs twice", condition->key.name);
        }
    }
    if (list->n == list->cap) {
        size_t cap = list->cap == 0 ? 2 : list->cap * 2;
        struct policy_condition *items =
            policy_room_grow(&r->room, list->items, list->cap * sizeof *items, cap * sizeof *items);
        TRY_PTR(items);
        list->items = items;
        list->cap = cap;
    }
    list->items[list->n++] = *condition;
    return STATUS_OK;
}

static enum status read_condition_keys(struct reader *r, struct policy_condition *condition,
                                       struct conditions *list, struct why *why)
{
    struct str key = STR_ABSENT;
    TRY(json_read_object(&r->json, why));
    while (json_read_more(&r->json)) {
        struct texts texts;
        struct policy_pattern *patterns = NULL;
        TRY(json_read_key(&r->json, &key, why));
        if (key.len == 0) {
            return malformed(r, why, "a condition key is empty", STR_ABSENT);
        }
        condition->key = policy_key_of(key);
        TRY(read_texts(r, true, &texts, why));
        if (policy_operators[condition->op].operand == POLICY_OPERAND_ARN) {
            TRY(split_arns(r, &texts, &texts, why));
        }
        TRY(read_patterns(r, &texts, operand_flags(r, condition->op), &patterns, why));
        condition->values = patterns;
        condition->n_values = texts.n;
        TRY(conditions_add(r, list, condition, why));
    }
    return STATUS_OK;
}

static enum status read_conditions(struct reader *r, struct policy_statement *statement,
                                   struct why *why)
{
    struct conditions list = {NULL, 0, 0};
    uint8_t seen[POLICY_OPERATOR_COUNT] = {0}; /* a bit for each way to write an operator */
    TRY(json_read_object(&r->json, why));
    while (json_read_more(&r->json)) {
        struct str name = STR_ABSENT;
        struct policy_condition condition = {0};
        TRY(json_read_key(&r->json, &name, why));
        if (!operator_read(name, &condition)) {
            return malformed(r, why, "no such condition operator", name);
        }
        uint8_t written = (uint8_t)(1 << (condition.quantifier * 2 + condition.if_exists));
        if ((seen[condition.op] & written) != 0) {
            return malformed(r, why, "a condition operator occurs twice", name);
        }
        seen[condition.op] |= written;
        TRY(read_condition_keys(r, &condition, &list, why));
    }
    statement->conditions = list.items;
    statement->n_conditions = list.n;
    return STATUS_OK;
}

/* Statements */

/* The members of a statement, the common ones first; NotPrincipal is known, and refused. */
#define MEMBER_LIST(X)                                                                             \
    X(EFFECT, "Effect")                                                                            \
    X(ACTION, "Action")                                                                            \
    X(RESOURCE, "Resource")                                                                        \
    X(CONDITION, "Condition")                                                                      \
    X(SID, "Sid")                                                                                  \
    X(NOT_ACTION, "NotAction")                                                                     \
    X(NOT_RESOURCE, "NotResource")                                                                 \
    X(PRINCIPAL, "Principal")                                                                      \
    X(NOT_PRINCIPAL, "NotPrincipal")

enum statement_member {
#define MEMBER_ENUM(name, text) name,
    MEMBER_LIST(MEMBER_ENUM)
#undef MEMBER_ENUM
        UNKNOWN_MEMBER
};

/* A comparison for each, since one with a text known beforehand costs no call. */
static enum statement_member member_of(struct str key)
{
#define MEMBER_IS(name, text)                                                                      \
    if (str_eq(key, STR(text))) {                                                                  \
        return name;                                                                               \
    }
    MEMBER_LIST(MEMBER_IS)
#undef MEMBER_IS
    return UNKNOWN_MEMBER;
}

static bool has(uint64_t seen, enum statement_member member)
{
    return ((seen >> member) & 1) != 0;
}

static enum status read_effect(struct reader *r, enum policy_effect *ret, struct why *why)
{
    struct str text = STR_ABSENT;
    TRY(json_read_string(&r->json, &text, why));
    if (str_eq(text, STR("Allow"))) {
        *ret = POLICY_ALLOW;
    } else if (str_eq(text, STR("Deny"))) {
        *ret = POLICY_DENY;
    } else {
        return malformed(r, why, "Effect is \"Allow\" or \"Deny\", in that case", text);
    }
    return STATUS_OK;
}

static enum status read_member(struct reader *r, enum statement_member member,
                               struct policy_statement *s, struct why *why)
{
    switch (member) {
    case SID:
        return json_read_string(&r->json, &s->sid, why);
    case EFFECT:
        return read_effect(r, &s->effect, why);
    case ACTION:
    case NOT_ACTION:
        return read_actions(r, member == NOT_ACTION, s, why);
    case RESOURCE:
    case NOT_RESOURCE:
        return read_resources(r, member == NOT_RESOURCE, s, why);
    case PRINCIPAL:
        return read_principals(r, s, why);
    default:
        return read_conditions(r, s, why);
    }
}

static enum status check_statement(struct reader *r, uint64_t seen, struct why *why)
{
    if (!has(seen, EFFECT)) {
        return malformed(r, why, "a statement has no Effect", STR_ABSENT);
    }
    if (has(seen, ACTION) == has(seen, NOT_ACTION)) {
        return malformed(r, why, "a statement has either Action or NotAction", STR_ABSENT);
    }
    if (r->dialect == POLICY_OF_TRUST) {
        return has(seen, PRINCIPAL)
                   ? STATUS_OK
                   : malformed(r, why, "a statement of a trust policy has a Principal", STR_ABSENT);
    }
    if (r->dialect == POLICY_OF_RESOURCE && !has(seen, PRINCIPAL)) {
        return malformed(r, why, "a statement of a resource's policy has a Principal", STR_ABSENT);
    }
    if (has(seen, RESOURCE) == has(seen, NOT_RESOURCE)) {
        return malformed(r, why, "a statement has either Resource or NotResource", STR_ABSENT);
    }
    return STATUS_OK;
}

/* Why the dialect has no such element, or NULL when it has. */
static const char *refusal_of(enum statement_member member, enum policy_dialect dialect)
{
    switch (member) {
    case UNKNOWN_MEMBER:
        return "a statement has no such element";
    case RESOURCE:
    case NOT_RESOURCE:
        return dialect == POLICY_OF_TRUST ? "a trust policy names no resource; it is its role's"
                                          : NULL;
    case PRINCIPAL:
    case NOT_PRINCIPAL:
        if (dialect == POLICY_OF_TRUST) {
            return member == PRINCIPAL ? NULL : "a trust policy says whom it trusts, in Principal";
        }
        if (dialect == POLICY_OF_RESOURCE) {
            return member == PRINCIPAL ? NULL : "a resource's policy says who, in Principal";
        }
        return dialect == POLICY_OF_IOT
                   ? "an IoT policy names no principal; it is attached to one"
                   : "a policy of a user or role names no principal; it is attached to one";
    default:
        return NULL;
    }
}

/* Into *s, which is zeroed. */
static enum status read_statement(struct reader *r, struct policy_statement *s, struct why *why)
{
    uint64_t seen = 0;
    struct str key = STR_ABSENT;
    s->offset = (uint32_t)json_read_offset(&r->json);
    TRY(json_read_object(&r->json, why));
    while (json_read_more(&r->json)) {
        TRY(json_read_key(&r->json, &key, why));
        enum statement_member member = member_of(key);
        const char *refusal = refusal_of(member, r->dialect);
        if (refusal != NULL) {
            return malformed(r, why, refusal, key);
        }
        if (has(seen, member)) {
            return json_read_once(&r->json, &seen, member, key, why);
        }
        seen |= UINT64_C(1) << member;
        TRY(read_member(r, member, s, why));
    }
    return check_statement(r, seen, why);
}

struct statements {
    struct policy_statement *items;
    size_t n;
    size_t cap;
};

static enum status statements_add(struct reader *r, struct statements *list, struct why *why)
{
    if (list->n == LIMIT_POLICY_STATEMENTS) {
        return why_at(why, STATUS_MALFORMED_POLICY, json_read_offset(&r->json),
                      "a policy has at most %d statements", LIMIT_POLICY_STATEMENTS);
    }
    if (list->n == list->cap) {
        size_t cap = list->cap == 0 ? 4 : list->cap * 2;
        struct policy_statement *items =
            policy_room_grow(&r->room, list->items, list->cap * sizeof *items, cap * sizeof *items);
        TRY_PTR(items);
        list->items = items;
        list->cap = cap;
    }
    return read_statement(r, &list->items[list->n++], why);
}

static enum status read_statements(struct reader *r, struct policy_doc *doc, struct why *why)
{
    struct statements list = {NULL, 0, 0};
    if (json_read_type(&r->json) == JSON_ARRAY) {
        TRY(json_read_array(&r->json, why));
        while (json_read_more(&r->json)) {
            TRY(statements_add(r, &list, why));
        }
    } else {
        TRY(statements_add(r, &list, why));
    }
    doc->statements = list.items;
    doc->n_statements = list.n;
    return STATUS_OK;
}

static enum status read_version(struct reader *r, bool *ret_variables, struct why *why)
{
    struct str text = STR_ABSENT;
    TRY(json_read_string(&r->json, &text, why));
    if (!str_eq(text, STR("2012-10-17")) && !str_eq(text, STR("2008-10-17"))) {
        return malformed(r, why, "Version is \"2012-10-17\" or \"2008-10-17\"", text);
    }
    *ret_variables = str_eq(text, STR("2012-10-17"));
    return STATUS_OK;
}

/* The statements mean different things under different versions. A Version that comes after them
 * is looked for first; the place of the statements is kept meanwhile. */
static enum status read_document(struct reader *r, struct policy_doc *doc, struct why *why)
{
    enum { VERSION, ID, STATEMENT };
    struct str key = STR_ABSENT;
    struct json_read statements = r->json;
    bool passed_over = false;
    uint64_t seen = 0;
    TRY(json_read_object(&r->json, why));
    while (json_read_more(&r->json)) {
        TRY(json_read_key(&r->json, &key, why));
        if (str_eq(key, STR("Version"))) {
            TRY(json_read_once(&r->json, &seen, VERSION, key, why));
            TRY(read_version(r, &r->variables, why));
        } else if (str_eq(key, STR("Id"))) {
            TRY(json_read_once(&r->json, &seen, ID, key, why));
            TRY(json_read_string(&r->json, &doc->id, why));
        } else if (str_eq(key, STR("Statement"))) {
            TRY(json_read_once(&r->json, &seen, STATEMENT, key, why));
            statements = r->json;
            passed_over = ((seen >> VERSION) & 1) == 0;
            TRY(passed_over ? json_read_skip(&r->json, why) : read_statements(r, doc, why));
        } else {
            return malformed(r, why, "a policy has no such element", key);
        }
    }
    TRY(json_read_finish(&r->json, why));
    if (((seen >> STATEMENT) & 1) == 0) {
        return malformed(r, why, "the policy has no Statement", STR_ABSENT);
    }
    doc->variables = r->variables;
    if (passed_over) {
        r->json = statements;
        TRY(read_statements(r, doc, why));
    }
    return STATUS_OK;
}

static bool sid_is_wellformed(struct str sid)
{
    for (size_t i = 0; i < sid.len; i++) {
        char c = sid.ptr[i];
        bool good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!good) {
            return false;
        }
    }
    return true;
}

/* What IAM asks of a document beyond what IoT does. */
static enum status check_as_iam(struct reader *r, const struct policy_doc *doc, struct why *why)
{
    if (doc->n_statements == 0) {
        return malformed(r, why, "the policy has no statement", STR_ABSENT);
    }
    for (size_t i = 0; i < doc->n_statements && r->dialect != POLICY_OF_RESOURCE; i++) {
        struct str sid = doc->statements[i].sid;
        if (!sid_is_wellformed(sid)) {
            return malformed(r, why, "a Sid is letters and digits alone", sid);
        }
        for (size_t j = 0; j < i && sid.len > 0; j++) {
            if (str_eq(doc->statements[j].sid, sid)) {
                return malformed(r, why, "a Sid occurs twice", sid);
            }
        }
    }
    return STATUS_OK;
}

/* What the JSON reader refuses is a malformed policy to everybody above. */
static enum status as_policy_status(enum status status, struct why *why)
{
    bool of_json =
        status == STATUS_MALFORMED || status == STATUS_INVALID || status == STATUS_TOO_LARGE;
    if (of_json && why != NULL) {
        why->code = STATUS_MALFORMED_POLICY;
    }
    return of_json ? STATUS_MALFORMED_POLICY : status;
}

enum status policy_doc_read_as(struct arena *mem, struct str text, enum policy_dialect dialect,
                               const struct policy_doc **ret, struct why *why)
{
    if (text.len > LIMIT_POLICY_BYTES) {
        return why_set(why, STATUS_TOO_LARGE,
                       "the policy document has %zu bytes; at most %d are "
                       "read",
                       text.len, LIMIT_POLICY_BYTES);
    }
    struct reader r = {.room = policy_room_of(mem), .dialect = dialect};
    struct policy_doc *doc = policy_room_take(&r.room, sizeof *doc);
    TRY_PTR(doc);
    json_read_init(&r.json, text, mem);
    TRY(as_policy_status(read_document(&r, doc, why), why));
    if (dialect != POLICY_OF_IOT) {
        TRY(check_as_iam(&r, doc, why));
    }
    *ret = doc;
    return STATUS_OK;
}

enum status policy_doc_read(struct arena *mem, struct str text, const struct policy_doc **ret,
                            struct why *why)
{
    return policy_doc_read_as(mem, text, POLICY_OF_IOT, ret, why);
}

size_t policy_size(struct str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        n += !space && ((unsigned char)c & 0xC0) != 0x80;
    }
    return n;
}

bool policy_statement_covers(const struct policy_statement *statement, struct str action)
{
    for (size_t i = 0; i < statement->n_actions; i++) {
        if (policy_action_matches(statement->action_texts[i], action)) {
            return !statement->not_action;
        }
    }
    return statement->not_action;
}

bool policy_statement_attached(const struct policy_statement *statement)
{
    for (size_t i = 0; i < statement->n_conditions; i++) {
        const struct policy_condition *c = &statement->conditions[i];
        bool demands = c->op == POLICY_OP_BOOL && c->key.kind == POLICY_KEY_IS_ATTACHED &&
                       !c->if_exists && c->quantifier == POLICY_ONE && c->n_values > 0;
        for (size_t v = 0; v < c->n_values && demands; v++) {
            struct str value = c->values[v].text;
            demands = str_eq(value, STR("true")) || str_eq_nocase(value, STR("true"));
        }
        if (demands) {
            return true;
        }
    }
    return false;
}
